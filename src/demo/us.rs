//! Ultrasound: cine runs in RGB and YBR, a palette picture and a JPEG.

use dicom_dictionary_std::{tags, uids};
use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;

use crate::demo::canvas::Canvas;
use crate::demo::dataset::{Dataset, Value};
use crate::demo::encode::Syntax;
use crate::demo::header::{self, Belongs, PixelShape};
use crate::demo::instance::Instance;
use crate::demo::people::SIOBHAN;
use crate::demo::pictures::{self, Fan};
use crate::demo::truth::{BurnedText, Kind, Planted};
use crate::model::{Region, VR};

const COLUMNS: usize = 512;
const ROWS: usize = 384;
/// Rows of the banner.
const BANNER: usize = 40;
/// Frames of each cine run.
const FRAMES: u32 = 8;

const FAN: Fan =
    Fan { size: (COLUMNS, ROWS), apex: (256.0, 52.0), depth: (12.0, 316.0), half: 0.72 };

/// One frame: grey picture, what colour its text has, and where the text stands.
struct Frame {
    grey: Canvas,
    ink: Canvas,
    burned: Vec<BurnedText>,
}

fn frame(phase: f32, seed: u64) -> Frame {
    let mut grey = pictures::fan(&FAN, phase, seed);
    let mut ink = Canvas::new(COLUMNS, ROWS, 0.0);
    banner(&mut grey);
    let day = SIOBHAN.study;
    let right = |text: &str, size: f32| COLUMNS - Canvas::text_width(text, size) - 8;
    let name = format!("{}  {}", SIOBHAN.banner(), SIOBHAN.id);
    let place = SIOBHAN.institution.to_owned();
    let when = format!("{} 10:18:01", day.slashed());
    let birth = format!("DOB {}", SIOBHAN.birth.slashed());
    let (when_x, birth_x) = (right(&when, 10.0), right(&birth, 10.0));
    let lines = [
        (name, (8, 5), 10.0, true),
        (place, (8, 22), 10.0, true),
        (when, (when_x, 5), 10.0, true),
        (birth, (birth_x, 22), 10.0, true),
        ("MI 0.8".to_owned(), (452, 58), 9.0, false),
        ("TIS 0.4".to_owned(), (452, 74), 9.0, false),
        ("16 CM".to_owned(), (452, 356), 9.0, false),
        ("4C 3.5 MHZ".to_owned(), (24, 356), 9.0, false),
    ];
    let mut burned = Vec::new();
    for (text, at, size, identifies) in lines {
        let region = ink.text(at, size, &text, 1.0);
        burned.push(BurnedText { text, region, frames: (0, 0), identifies });
    }
    scales(&mut grey);
    Frame { grey, ink, burned }
}

fn banner(canvas: &mut Canvas) {
    canvas.data[..BANNER * COLUMNS].fill(0.13);
}

/// Grey wedge at the left, ticks of depth at the right.
fn scales(canvas: &mut Canvas) {
    for row in 60..180 {
        let shade = (180 - row) as f32 / 120.0;
        canvas.data[row * COLUMNS + 10..][..8].fill(shade);
    }
    for tick in 0..17 {
        let row = 62 + tick * 18;
        let length = if tick % 5 == 0 { 10 } else { 5 };
        canvas.data[row * COLUMNS + 436..][..length].fill(0.7);
    }
}

impl Frame {
    /// RGB samples; text is yellow, the banner bluish.
    fn rgb(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(COLUMNS * ROWS * 3);
        for (at, (grey, ink)) in self.grey.data.iter().zip(&self.ink.data).enumerate() {
            let tint = if at < BANNER * COLUMNS { [0.7, 1.0, 1.6] } else { [1.0, 0.99, 0.95] };
            for (colour, tint) in [0.96, 0.92, 0.45].into_iter().zip(tint) {
                let shade = grey * tint;
                let shade = shade + (colour - shade) * ink;
                out.push((shade.clamp(0.0, 1.0) * 255.0).round() as u8);
            }
        }
        out
    }

    /// Indices of a palette: 0 to 239 grey, from 240 the text.
    fn indices(&self) -> Vec<u8> {
        let pixels = self.grey.data.iter().zip(&self.ink.data);
        let index = |(grey, ink): (&f32, &f32)| {
            if *ink > 0.15 {
                (240.0 + 15.0 * ink).round() as u8
            } else {
                (grey.clamp(0.0, 1.0) * 239.0).round() as u8
            }
        };
        pixels.map(index).collect()
    }
}

/// RGB as YBR_FULL (PS3.3 C.7.6.3.1.2).
fn ybr(rgb: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(rgb.len());
    for pixel in rgb.chunks_exact(3) {
        let [r, g, b] = [pixel[0], pixel[1], pixel[2]].map(f32::from);
        let y = 0.299 * r + 0.587 * g + 0.114 * b;
        let cb = -0.1687 * r - 0.3313 * g + 0.5 * b + 128.0;
        let cr = 0.5 * r - 0.4187 * g - 0.0813 * b + 128.0;
        out.extend([y, cb, cr].map(|sample| sample.round().clamp(0.0, 255.0) as u8));
    }
    out
}

fn header(seed: u64, number: u16, class: &'static str) -> Dataset {
    let belongs = Belongs::new(seed, SIOBHAN, number).of(class, "US", "US HEART");
    let mut dataset = header::common(&belongs, 1);
    header::image(&mut dataset, &SIOBHAN, "ORIGINAL\\PRIMARY");
    header::private(&mut dataset, &SIOBHAN);
    dataset.texts(&[
        (tags::BODY_PART_EXAMINED, "HEART"),
        (tags::PATIENT_ORIENTATION, ""),
        (tags::LOSSY_IMAGE_COMPRESSION, "00"),
    ]);
    dataset.plant(tags::STATION_NAME, Kind::Inst, "CRAGMOOR-US3");
    dataset.items(tags::SEQUENCE_OF_ULTRASOUND_REGIONS, vec![region()]);
    dataset
}

/// The sector as an ultrasound region.
fn region() -> Dataset {
    let mut item = Dataset::new();
    let sector = Region { x0: 40, y0: 50, x1: 430, y1: 376 };
    item.u32(tags::REGION_LOCATION_MIN_X0, &[sector.x0]);
    item.u32(tags::REGION_LOCATION_MIN_Y0, &[sector.y0]);
    item.u32(tags::REGION_LOCATION_MAX_X1, &[sector.x1]);
    item.u32(tags::REGION_LOCATION_MAX_Y1, &[sector.y1]);
    item.u32(tags::REGION_FLAGS, &[0]);
    item.u16(tags::REGION_SPATIAL_FORMAT, &[1]);
    item.u16(tags::REGION_DATA_TYPE, &[1]);
    item.u16(tags::PHYSICAL_UNITS_X_DIRECTION, &[3]);
    item.u16(tags::PHYSICAL_UNITS_Y_DIRECTION, &[3]);
    item.f64(tags::PHYSICAL_DELTA_X, &[0.0506]);
    item.f64(tags::PHYSICAL_DELTA_Y, &[0.0506]);
    item
}

fn colour(photometric: &'static str) -> PixelShape {
    PixelShape { size: (ROWS, COLUMNS), photometric, bits: (8, 8), signed: false }
}

fn named(file: &str, dataset: Dataset) -> Instance {
    let folder = format!("O'Neill, Siobhan/{file}");
    let mut instance = Instance::new(folder, dataset, SIOBHAN.charset);
    instance.source_title = Some("CRAGMOOR_US3");
    instance.named = vec![Planted::new(Kind::Name, "O'Neill, Siobhan")];
    instance
}

/// A cine run with a banner, as RGB or, with `as_ybr`, as YBR_FULL.
pub fn cine(seed: u64, as_ybr: bool) -> Instance {
    let class = uids::ULTRASOUND_MULTI_FRAME_IMAGE_STORAGE;
    let mut dataset = header(seed, if as_ybr { 2 } else { 1 }, class);
    dataset.texts(&[
        (tags::NUMBER_OF_FRAMES, &FRAMES.to_string()),
        (tags::FRAME_TIME, "42"),
        (tags::HEART_RATE, "68"),
    ]);
    dataset.pointer(tags::FRAME_INCREMENT_POINTER, tags::FRAME_TIME);
    let mut pixels = Vec::new();
    let mut burned = Vec::new();
    for number in 0..FRAMES {
        let shift = if as_ybr { 0.37 } else { 0.0 };
        let frame = frame(number as f32 / FRAMES as f32 + shift, seed ^ u64::from(as_ybr));
        let rgb = frame.rgb();
        pixels.extend(if as_ybr { ybr(&rgb) } else { rgb });
        burned = frame.burned;
    }
    for text in &mut burned {
        text.frames = (0, FRAMES - 1);
    }
    colour(if as_ybr { "YBR_FULL" } else { "RGB" }).put(&mut dataset, pixels);
    let mut instance = named(if as_ybr { "cine_2.dcm" } else { "cine_1.dcm" }, dataset);
    instance.burned = burned;
    instance
}

/// A single picture in PALETTE COLOR.
pub fn palette(seed: u64) -> Instance {
    let mut dataset = header(seed, 3, uids::ULTRASOUND_IMAGE_STORAGE);
    let frame = frame(0.2, seed ^ 0x30);
    colour("PALETTE COLOR").put(&mut dataset, frame.indices());
    for (descriptor, data, tint) in [
        (
            tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
            tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
            1.0,
        ),
        (
            tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
            tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
            0.86,
        ),
        (
            tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
            tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
            0.62,
        ),
    ] {
        dataset.u16(descriptor, &[256, 0, 16]);
        dataset.bytes(data, VR::OW, table(tint));
    }
    let mut instance = named("still_3.dcm", dataset);
    instance.burned = frame.burned;
    instance
}

/// A palette of 256 entries of 16 bits: sepia greys, then the text's colours up to green.
fn table(tint: f32) -> Vec<u8> {
    let entry = |index: u16| {
        let shade = if index < 240 {
            f32::from(index) / 239.0 * (tint + (1.0 - tint) * f32::from(index) / 239.0)
        } else {
            let part = f32::from(index - 240) / 15.0;
            part * if tint == 0.86 { 1.0 } else { 0.55 }
        };
        (shade.clamp(0.0, 1.0) * 65535.0).round() as u16
    };
    (0..256).flat_map(|index| entry(index).to_le_bytes()).collect()
}

/// A single picture in JPEG Baseline.
pub fn jpeg(seed: u64) -> Instance {
    let mut dataset = header(seed, 4, uids::ULTRASOUND_IMAGE_STORAGE);
    let frame = frame(0.6, seed ^ 0x40);
    let mut fragment = Vec::new();
    let encoded = JpegEncoder::new_with_quality(&mut fragment, 90).encode(
        &frame.rgb(),
        COLUMNS as u32,
        ROWS as u32,
        ExtendedColorType::Rgb8,
    );
    debug_assert!(encoded.is_ok(), "a vector takes all bytes, and the size is fixed");
    if fragment.len() % 2 == 1 {
        fragment.push(0);
    }
    colour("YBR_FULL_422").put(&mut dataset, Vec::new());
    dataset.put(tags::PIXEL_DATA, VR::OB, Value::Fragments(vec![Vec::new(), fragment]));
    dataset.texts(&[
        (tags::LOSSY_IMAGE_COMPRESSION, "01"),
        (tags::LOSSY_IMAGE_COMPRESSION_RATIO, "8"),
        (tags::LOSSY_IMAGE_COMPRESSION_METHOD, "ISO_10918_1"),
    ]);
    let mut instance = named("still_4.jpg.dcm", dataset);
    instance.syntax = Syntax::JpegBaseline;
    instance.burned = frame.burned;
    instance
}
