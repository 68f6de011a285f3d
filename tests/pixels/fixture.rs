//! Small DICOM files with pixels, written byte by byte, and the checks of what masking made.

use std::io::Write;

use dicom_dictionary_std::tags;
use veridact::dicom::pixels::{FrameReader, RawFrame, Words, image_shape};
use veridact::dicom::{Edits, Limits, NewContent, NewElement, NewMeta, Scan, Source, scan, splice};
use veridact::engine::mask::{MaskReport, mask_pixels};
use veridact::model::{NewValue, Region, Tag, VR};
use veridact::render::{RenderContext, Rendering, render};

pub const IMPLICIT: &str = "1.2.840.10008.1.2";
pub const EXPLICIT: &str = "1.2.840.10008.1.2.1";
pub const BIG: &str = "1.2.840.10008.1.2.2";
pub const DEFLATED: &str = "1.2.840.10008.1.2.1.99";

/// An image: its attributes, and its stored cells, frame by frame, interleaved.
#[derive(Clone, Debug)]
pub struct Image {
    pub syntax: &'static str,
    pub photometric: &'static str,
    pub size: (u16, u16),
    pub frames: u32,
    pub samples: u16,
    pub allocated: u16,
    pub stored: u16,
    pub high: u16,
    pub signed: bool,
    pub planar: bool,
    pub vr: VR,
    pub tag: Tag,
    pub extra: Vec<(Tag, VR, Vec<u8>)>,
    pub cells: Vec<u64>,
}

impl Image {
    /// Cells from a fixed sequence that looks random, over all bits of a cell.
    pub fn new(photometric: &'static str, samples: u16, allocated: u16) -> Self {
        let mut image = Self {
            syntax: EXPLICIT,
            photometric,
            size: (7, 10),
            frames: 3,
            samples,
            allocated,
            stored: allocated,
            high: allocated - 1,
            signed: false,
            planar: false,
            vr: if allocated > 8 { VR::OW } else { VR::OB },
            tag: tags::PIXEL_DATA,
            extra: Vec::new(),
            cells: Vec::new(),
        };
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        image.cells = (0..image.count())
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 20) & (u64::MAX >> (64 - u32::from(allocated)))
            })
            .collect();
        image
    }

    pub fn count(&self) -> usize {
        self.frames as usize * self.frame_cells()
    }

    pub fn frame_cells(&self) -> usize {
        usize::from(self.size.0) * usize::from(self.size.1) * usize::from(self.samples)
    }

    /// The value of the pixel data element for these cells.
    pub fn encode(&self, cells: &[u64]) -> Vec<u8> {
        let big = self.syntax == BIG;
        let mut out = Vec::new();
        if self.allocated == 1 {
            for eight in cells.chunks(8) {
                out.push(eight.iter().rev().fold(0, |byte, cell| byte << 1 | *cell as u8));
            }
        } else {
            let width = usize::from(self.allocated / 8);
            for frame in cells.chunks(self.frame_cells()) {
                for cell in self.in_file_order(frame) {
                    let bytes = &cell.to_le_bytes()[..width];
                    if big {
                        out.extend(bytes.iter().rev());
                    } else {
                        out.extend(bytes);
                    }
                }
            }
        }
        if out.len() % 2 == 1 {
            out.push(0);
        }
        if big && self.vr == VR::OW && self.allocated <= 8 {
            out.chunks_exact_mut(2).for_each(|pair| pair.swap(0, 1));
        }
        out
    }

    fn in_file_order(&self, frame: &[u64]) -> Vec<u64> {
        let samples = usize::from(self.samples);
        if !self.planar {
            return frame.to_vec();
        }
        (0..samples)
            .flat_map(|sample| frame.iter().skip(sample).step_by(samples).copied())
            .collect()
    }

    /// The whole file.
    pub fn file(&self) -> Vec<u8> {
        self.file_with(&self.encode(&self.cells))
    }

    pub fn file_with(&self, value: &[u8]) -> Vec<u8> {
        let mut writer = Writer { big: self.syntax == BIG, implicit: self.syntax == IMPLICIT };
        let mut dataset = writer.elements(self.elements());
        dataset.extend(writer.element(self.tag, self.vr, value));
        wrapped(self.syntax, dataset)
    }

    /// The whole file with encapsulated frames.
    pub fn file_of_fragments(&self, table: &[u8], fragments: &[Vec<u8>]) -> Vec<u8> {
        let mut writer = Writer { big: false, implicit: false };
        let mut dataset = writer.elements(self.elements());
        dataset.extend([0xE0, 0x7F, 0x10, 0, b'O', b'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]);
        for item in [table].into_iter().chain(fragments.iter().map(Vec::as_slice)) {
            dataset.extend([0xFE, 0xFF, 0x00, 0xE0]);
            let even = item.len() + item.len() % 2;
            dataset.extend((even as u32).to_le_bytes());
            dataset.extend(item);
            dataset.resize(dataset.len() + even - item.len(), 0);
        }
        dataset.extend([0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]);
        wrapped(self.syntax, dataset)
    }

    fn elements(&self) -> Vec<(Tag, VR, Vec<u8>)> {
        let big = self.syntax == BIG;
        let number = |n: u16| if big { n.to_be_bytes().to_vec() } else { n.to_le_bytes().to_vec() };
        let mut all = vec![
            (tags::SOP_CLASS_UID, VR::UI, b"1.2.840.10008.5.1.4.1.1.7".to_vec()),
            (tags::SOP_INSTANCE_UID, VR::UI, b"2.25.1".to_vec()),
            (tags::SAMPLES_PER_PIXEL, VR::US, number(self.samples)),
            (tags::PHOTOMETRIC_INTERPRETATION, VR::CS, self.photometric.into()),
            (tags::NUMBER_OF_FRAMES, VR::IS, self.frames.to_string().into()),
            (tags::ROWS, VR::US, number(self.size.0)),
            (tags::COLUMNS, VR::US, number(self.size.1)),
            (tags::BITS_ALLOCATED, VR::US, number(self.allocated)),
            (tags::BITS_STORED, VR::US, number(self.stored)),
            (tags::HIGH_BIT, VR::US, number(self.high)),
            (tags::PIXEL_REPRESENTATION, VR::US, number(self.signed.into())),
        ];
        if self.samples > 1 {
            all.push((tags::PLANAR_CONFIGURATION, VR::US, number(self.planar.into())));
        }
        all.retain(|(tag, ..)| self.extra.iter().all(|(other, ..)| other != tag));
        all.extend(self.extra.iter().cloned());
        all.sort_by_key(|(tag, ..)| *tag);
        all
    }

    /// The stored value of a cell.
    pub fn value(&self, cell: u64) -> i64 {
        let shifted = cell >> (self.high + 1 - self.stored);
        let value = shifted & (u64::MAX >> (64 - u32::from(self.stored)));
        let negative = self.signed && value >> (self.stored - 1) == 1;
        if negative { value as i64 - (1 << self.stored) } else { value as i64 }
    }
}

struct Writer {
    big: bool,
    implicit: bool,
}

impl Writer {
    fn elements(&mut self, elements: Vec<(Tag, VR, Vec<u8>)>) -> Vec<u8> {
        elements.iter().flat_map(|(tag, vr, value)| self.element(*tag, *vr, value)).collect()
    }

    fn element(&mut self, tag: Tag, vr: VR, value: &[u8]) -> Vec<u8> {
        let mut value = value.to_vec();
        if value.len() % 2 == 1 {
            value.push(if vr == VR::UI || vr == VR::OB { 0 } else { b' ' });
        }
        let mut out = Vec::new();
        out.extend(self.short(tag.0));
        out.extend(self.short(tag.1));
        let length = value.len() as u32;
        if !self.implicit {
            out.extend(vr.to_string().as_bytes());
            if matches!(vr, VR::OB | VR::OW | VR::OF | VR::OD | VR::UN | VR::SQ) {
                out.extend([0, 0]);
            } else {
                out.extend(self.short(length as u16));
                out.extend(value);
                return out;
            }
        }
        out.extend(if self.big { length.to_be_bytes() } else { length.to_le_bytes() });
        out.extend(value);
        out
    }

    fn short(&self, number: u16) -> [u8; 2] {
        if self.big { number.to_be_bytes() } else { number.to_le_bytes() }
    }
}

fn wrapped(syntax: &str, dataset: Vec<u8>) -> Vec<u8> {
    let mut meta_writer = Writer { big: false, implicit: false };
    let meta = [
        meta_writer.element(Tag(2, 1), VR::OB, &[0, 1]),
        meta_writer.element(Tag(2, 2), VR::UI, b"1.2.840.10008.5.1.4.1.1.7"),
        meta_writer.element(Tag(2, 3), VR::UI, b"2.25.1"),
        meta_writer.element(Tag(2, 0x10), VR::UI, syntax.as_bytes()),
        meta_writer.element(Tag(2, 0x12), VR::UI, b"2.25.2"),
    ]
    .concat();
    let mut out = vec![0; 128];
    out.extend(b"DICM");
    out.extend(meta_writer.element(Tag(2, 0), VR::UL, &(meta.len() as u32).to_le_bytes()));
    out.extend(meta);
    if syntax == DEFLATED {
        let mut deflater =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        deflater.write_all(&dataset).unwrap();
        out.extend(deflater.finish().unwrap());
    } else {
        out.extend(dataset);
    }
    out
}

pub fn scanned(file: Vec<u8>) -> Scan {
    scan(Source::from_bytes(file), &Limits::default()).unwrap()
}

pub fn frames(scan: &Scan) -> Vec<RawFrame> {
    let shape = image_shape(scan).unwrap().unwrap();
    let reader = FrameReader::new(scan, &shape).unwrap();
    (0..shape.frames).map(|frame| reader.decode(frame).unwrap()).collect()
}

/// Masks, and gives the report, the new value and the whole new file, scanned again.
pub fn masked(scan: &Scan, regions: &dyn Fn(u32) -> Vec<Region>) -> (MaskReport, Vec<u8>, Scan) {
    let shape = image_shape(scan).unwrap().unwrap();
    let mut value = Vec::new();
    let report = mask_pixels(scan, &shape, regions, &mut value).unwrap();
    assert_eq!(report.length, value.len() as u64);
    assert_eq!(value.len() % 2, 0);
    let mut edits = Edits::default();
    let tag = scan.node(shape.element).tag;
    let content = NewContent::Stream(Source::from_bytes(value.clone()));
    edits.replace(shape.element, NewElement { tag, vr: report.vr, content });
    for (tag, vr, new) in &report.attributes {
        let bytes = match new {
            NewValue::Text(text) => text.expose().clone().into_bytes(),
            NewValue::Bytes(bytes) => bytes.expose().clone(),
            NewValue::Absent => {
                edits.remove(scan.find(*tag).unwrap());
                continue;
            }
            _ => unreachable!("masking gives text and bytes"),
        };
        match scan.find(*tag) {
            Some(id) => edits.set_value(id, bytes),
            None => {
                let content = NewContent::Bytes(bytes);
                edits.insert(None, NewElement { tag: *tag, vr: *vr, content });
            }
        }
    }
    let meta = NewMeta {
        transfer_syntax: report
            .transfer_syntax
            .map_or_else(|| scan.meta.transfer_syntax.clone(), str::to_owned),
        sop_class: "1.2.840.10008.5.1.4.1.1.7".into(),
        sop_instance: "2.25.1".into(),
    };
    let mut file = Vec::new();
    splice(scan, &edits, &meta, &mut file).unwrap();
    (report, value, scanned(file))
}

/// The cell at an index, whatever its kind, as bits.
pub fn bits(words: &Words, at: usize) -> u64 {
    match words {
        Words::U8(words) => words[at].into(),
        Words::U16(words) => words[at].into(),
        Words::U32(words) => words[at].into(),
        Words::F32(words) => words[at].to_bits().into(),
        Words::F64(words) => words[at].to_bits(),
    }
}

/// Checks frame by frame: outside equal, inside uniform and shown black.
pub fn check(before: &[RawFrame], scan: &Scan, report: &MaskReport) {
    let shape = image_shape(scan).unwrap().unwrap();
    let context = RenderContext::from_scan(scan, &shape);
    let after = frames(scan);
    assert_eq!(before.len(), after.len());
    for (old, new) in before.iter().zip(&after) {
        let regions = report.filled.iter().find(|(frame, _)| *frame == old.frame);
        let inside = |x: u32, y: u32| {
            regions.is_some_and(|(_, list)| list.iter().any(|region| region.contains(x, y)))
        };
        assert_eq!(old.photometric, new.photometric);
        let picture = render(new, &context, Rendering::Default);
        let samples = u32::from(old.samples_per_pixel);
        let mut fill = None;
        for (x, y) in (0..old.rows).flat_map(|y| (0..old.columns).map(move |x| (x, y))) {
            let pixel = (y * old.columns + x) as usize;
            let cells = |frame: &RawFrame| -> Vec<u64> {
                let first = pixel * samples as usize;
                (first..first + samples as usize).map(|at| bits(&frame.words, at)).collect()
            };
            if inside(x, y) {
                assert_eq!(*fill.get_or_insert(cells(new)), cells(new), "inside is uniform");
                let channels = usize::from(picture.channels);
                let shown = &picture.samples[pixel * channels..(pixel + 1) * channels];
                assert!(shown.iter().all(|level| *level <= 1), "{:?}: {shown:?}", new.photometric);
            } else {
                assert_eq!(cells(old), cells(new), "outside is equal at {x},{y}");
            }
        }
    }
}

/// Frames 0 and 2 in part, one region far outside; frame 1 stays.
pub fn two_frames(frame: u32) -> Vec<Region> {
    match frame {
        0 => vec![
            Region { x0: 1, y0: 1, x1: 4, y1: 3 },
            Region { x0: 8, y0: 5, x1: 400, y1: 400 },
            Region { x0: 50, y0: 0, x1: 60, y1: 4 },
        ],
        2 => vec![Region { x0: 3, y0: 2, x1: 6, y1: 7 }],
        _ => Vec::new(),
    }
}
