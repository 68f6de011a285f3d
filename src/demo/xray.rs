//! Radiographs with labels in their corners, and an angiogram.

use dicom_dictionary_std::{tags, uids};

use crate::demo::canvas::Canvas;
use crate::demo::dataset::{Dataset, code};
use crate::demo::encode::Syntax;
use crate::demo::header::{self, Belongs, PixelShape};
use crate::demo::instance::Instance;
use crate::demo::people::{ELENI, Person, RUTH, TAROU};
use crate::demo::pictures;
use crate::demo::truth::{BurnedText, Kind, Planted};

/// Where the label stands, how high its capitals are, and where the side marker stands; in
/// per mille of the picture's side.
struct Corner {
    label: (usize, usize),
    size: usize,
    marker: (usize, usize),
    side: &'static str,
    /// Whether the label stands on a dark plate.
    plate: bool,
}

/// Burns two lines of label and the marker in, with brightness `ink`.
fn label(canvas: &mut Canvas, person: &Person, corner: &Corner, ink: f32) -> Vec<BurnedText> {
    let at = |part: usize| part * canvas.width / 1000;
    let size = at(corner.size) as f32;
    let (left, top) = (at(corner.label.0), at(corner.label.1));
    if corner.plate {
        let width = Canvas::text_width(&person.label(), size);
        let rows = top.saturating_sub(6)..(top + (size * 3.1) as usize).min(canvas.height);
        for row in rows {
            let line = &mut canvas.data[row * canvas.width..][..canvas.width];
            line[left.saturating_sub(6)..(left + width + 6).min(canvas.width)].fill(0.04);
        }
    }
    let marker = (at(corner.marker.0), at(corner.marker.1));
    let lines = [
        (person.label(), (left, top), size, true),
        (person.birth_label(), (left, top + (size * 1.6) as usize), size, true),
        (corner.side.to_owned(), marker, size * 1.8, false),
    ];
    let burn = |(text, place, size, identifies): (String, (usize, usize), f32, bool)| {
        let region = canvas.text(place, size, &text, ink);
        BurnedText { text, region, frames: (0, 0), identifies }
    };
    lines.map(burn).into()
}

fn twelve_bits(size: usize, photometric: &'static str) -> PixelShape {
    PixelShape { size: (size, size), photometric, bits: (16, 12), signed: false }
}

/// Brightness 0 to 1 as samples of 12 bits.
fn samples(canvas: &Canvas, inverted: bool) -> Vec<u8> {
    let mut scaled = canvas.clone();
    scaled.paint(|_, _, pixel| {
        let pixel = pixel.clamp(0.0, 1.0);
        4095.0 * if inverted { 1.0 - pixel } else { pixel }
    });
    scaled.words(0.0..=4095.0)
}

fn radiograph(dataset: &mut Dataset, part: &str, view: &str) {
    dataset.texts(&[
        (tags::BODY_PART_EXAMINED, part),
        (tags::VIEW_POSITION, view),
        (tags::KVP, "110"),
        (tags::EXPOSURE, "3"),
        (tags::IMAGER_PIXEL_SPACING, "0.35\\0.35"),
        (tags::WINDOW_CENTER, "2048"),
        (tags::WINDOW_WIDTH, "4096"),
        (tags::PATIENT_ORIENTATION, "L\\F"),
        (tags::BURNED_IN_ANNOTATION, "NO"),
    ]);
}

/// A chest by Computed Radiography; what Burned In Annotation says is wrong, as often.
pub fn chest(seed: u64) -> Instance {
    let class = uids::COMPUTED_RADIOGRAPHY_IMAGE_STORAGE;
    let belongs = Belongs::new(seed, TAROU, 1).of(class, "CR", "CR CHEST PA");
    let mut dataset = header::common(&belongs, 1);
    header::image(&mut dataset, &TAROU, "ORIGINAL\\PRIMARY");
    header::private(&mut dataset, &TAROU);
    radiograph(&mut dataset, "CHEST", "PA");
    let size = 1024;
    let mut canvas = pictures::chest(size, seed);
    let corner = Corner { label: (24, 24), size: 21, marker: (930, 120), side: "L", plate: false };
    let burned = label(&mut canvas, &TAROU, &corner, 0.97);
    twelve_bits(size, "MONOCHROME2").put(&mut dataset, samples(&canvas, false));
    let mut instance = Instance::new("YT0031877/chest pa.dcm", dataset, TAROU.charset);
    instance.burned = burned;
    instance.named = vec![Planted::new(Kind::Mrn, TAROU.id)];
    instance
}

/// A hand by Digital X-Ray, white being low (MONOCHROME1).
pub fn hand(seed: u64) -> Instance {
    let class = uids::DIGITAL_X_RAY_IMAGE_STORAGE_FOR_PRESENTATION;
    let belongs = Belongs::new(seed, TAROU, 2).of(class, "DX", "DX HAND");
    let mut dataset = header::common(&belongs, 1);
    header::image(&mut dataset, &TAROU, "ORIGINAL\\PRIMARY\\");
    radiograph(&mut dataset, "HAND", "PA");
    dataset.plant(tags::DETECTOR_ID, Kind::Other, "PAB-DET-20931");
    dataset.empty(&[
        tags::DETECTOR_TYPE,
        tags::POSITIONER_TYPE,
        tags::ACQUISITION_CONTEXT_SEQUENCE,
    ]);
    dataset.texts(&[
        (tags::PRESENTATION_INTENT_TYPE, "FOR PRESENTATION"),
        (tags::IMAGE_LATERALITY, "R"),
        (tags::PIXEL_INTENSITY_RELATIONSHIP, "LOG"),
        (tags::RESCALE_INTERCEPT, "0"),
        (tags::RESCALE_SLOPE, "1"),
        (tags::RESCALE_TYPE, "US"),
        (tags::PRESENTATION_LUT_SHAPE, "INVERSE"),
        (tags::LOSSY_IMAGE_COMPRESSION, "00"),
    ]);
    let sign = crate::model::VR::SS;
    dataset.bytes(tags::PIXEL_INTENSITY_RELATIONSHIP_SIGN, sign, 1_i16.to_le_bytes().into());
    dataset.items(tags::ANATOMIC_REGION_SEQUENCE, vec![code("85562004", "SCT", "Hand")]);
    let mut view = code("399348003", "SCT", "antero-posterior");
    view.empty(&[tags::VIEW_MODIFIER_CODE_SEQUENCE]);
    dataset.items(tags::VIEW_CODE_SEQUENCE, vec![view]);
    let size = 900;
    let mut canvas = pictures::hand(size, seed);
    let corner = Corner { label: (32, 900), size: 20, marker: (60, 90), side: "R", plate: false };
    let burned = label(&mut canvas, &TAROU, &corner, 0.95);
    twelve_bits(size, "MONOCHROME1").put(&mut dataset, samples(&canvas, true));
    let mut instance = Instance::new("YT0031877/hand_Yamada.dcm", dataset, TAROU.charset);
    instance.burned = burned;
    instance.named =
        vec![Planted::new(Kind::Mrn, TAROU.id), Planted::new(Kind::Name, TAROU.family)];
    instance
}

/// A chest in Explicit VR Big Endian, of a patient aged 93.
pub fn chest_big_endian(seed: u64) -> Instance {
    let class = uids::COMPUTED_RADIOGRAPHY_IMAGE_STORAGE;
    let belongs = Belongs::new(seed, RUTH, 1).of(class, "CR", "CR CHEST AP BEDSIDE");
    let mut dataset = header::common(&belongs, 1);
    header::image(&mut dataset, &RUTH, "ORIGINAL\\PRIMARY");
    header::private(&mut dataset, &RUTH);
    radiograph(&mut dataset, "CHEST", "AP");
    let history = "93 year old lady, Ruth lives with her son";
    let parts = [(Kind::Age, "93 year old"), (Kind::Name, RUTH.given)];
    dataset.plant_in(tags::ADDITIONAL_PATIENT_HISTORY, history, &parts);
    let size = 768;
    let mut canvas = pictures::chest(size, seed ^ 0x51);
    let corner = Corner { label: (24, 916), size: 24, marker: (60, 60), side: "R", plate: true };
    let burned = label(&mut canvas, &RUTH, &corner, 0.97);
    twelve_bits(size, "MONOCHROME2").put(&mut dataset, samples(&canvas, false));
    let mut instance = Instance::new(format!("{}/bedside", RUTH.id), dataset, RUTH.charset);
    instance.syntax = Syntax::BigEndian;
    instance.source_title = Some("WINTERBAY_CR");
    instance.burned = burned;
    instance.named = vec![Planted::new(Kind::Mrn, RUTH.id)];
    instance
}

/// A chest as bare Implicit VR Little Endian: neither preamble nor file meta.
pub fn chest_without_meta(seed: u64) -> Instance {
    let class = uids::COMPUTED_RADIOGRAPHY_IMAGE_STORAGE;
    let belongs = Belongs::new(seed, ELENI, 1).of(class, "CR", "CR CHEST PA");
    let mut dataset = header::common(&belongs, 1);
    header::image(&mut dataset, &ELENI, "ORIGINAL\\PRIMARY");
    radiograph(&mut dataset, "CHEST", "PA");
    let size = 640;
    let mut canvas = pictures::chest(size, seed ^ 0x77);
    let corner = Corner { label: (460, 26), size: 24, marker: (60, 140), side: "R", plate: false };
    let burned = label(&mut canvas, &ELENI, &corner, 0.97);
    twelve_bits(size, "MONOCHROME2").put(&mut dataset, samples(&canvas, false));
    let mut instance = Instance::new("Papadaki/old archive/0017", dataset, ELENI.charset);
    instance.syntax = Syntax::Implicit;
    instance.part10 = false;
    instance.burned = burned;
    instance.named = vec![Planted::new(Kind::Name, ELENI.family)];
    instance
}

/// Frames of the angiogram.
const FRAMES: u32 = 10;

/// An angiogram of several frames, with the name on each.
pub fn angiogram(seed: u64) -> Instance {
    let class = uids::X_RAY_ANGIOGRAPHIC_IMAGE_STORAGE;
    let belongs = Belongs::new(seed, ELENI, 2).of(class, "XA", "CORONARY ANGIO LCA");
    let mut dataset = header::common(&belongs, 1);
    header::image(&mut dataset, &ELENI, "ORIGINAL\\PRIMARY\\SINGLE PLANE");
    header::private(&mut dataset, &ELENI);
    dataset.texts(&[
        (tags::BODY_PART_EXAMINED, "HEART"),
        (tags::PIXEL_INTENSITY_RELATIONSHIP, "DISP"),
        (tags::RADIATION_SETTING, "GR"),
        (tags::KVP, "78"),
        (tags::X_RAY_TUBE_CURRENT, "640"),
        (tags::EXPOSURE_TIME, "8"),
        (tags::POSITIONER_MOTION, "STATIC"),
        (tags::POSITIONER_PRIMARY_ANGLE, "-30"),
        (tags::POSITIONER_SECONDARY_ANGLE, "15"),
        (tags::PATIENT_ORIENTATION, "L\\F"),
        (tags::FRAME_TIME, "66"),
        (tags::NUMBER_OF_FRAMES, &FRAMES.to_string()),
        (tags::LOSSY_IMAGE_COMPRESSION, "00"),
    ]);
    dataset.pointer(tags::FRAME_INCREMENT_POINTER, tags::FRAME_TIME);
    let size = 448;
    let mut pixels = Vec::new();
    let mut burned = Vec::new();
    for frame in 0..FRAMES {
        let filled = frame as f32 / (FRAMES - 1) as f32;
        let mut canvas = pictures::vessels(size, filled, seed);
        let lines = [ELENI.banner(), ELENI.id.to_owned()];
        let named = pictures::page(&mut canvas, &lines, (6, 6), 11.0);
        let scale = ["LAO 30 CRAN 15".to_owned()];
        let plain = pictures::page(&mut canvas, &scale, (300, 430), 10.0);
        pixels.extend(canvas.bytes());
        if frame == 0 {
            burned = super::ct::burned(&lines, &named, true);
            burned.extend(super::ct::burned(&scale, &plain, false));
        }
    }
    for text in &mut burned {
        text.frames = (0, FRAMES - 1);
    }
    let shape =
        PixelShape { size: (size, size), photometric: "MONOCHROME2", bits: (8, 8), signed: false };
    shape.put(&mut dataset, pixels);
    let mut instance = Instance::new("Papadaki/XA_run1.dcm", dataset, ELENI.charset);
    instance.burned = burned;
    instance.named = vec![Planted::new(Kind::Name, ELENI.family)];
    instance
}
