//! Magnetic resonance: a series in Implicit VR Little Endian, and a deflated screen save.

use dicom_dictionary_std::{tags, uids};

use crate::demo::canvas::Canvas;
use crate::demo::ct;
use crate::demo::encode::Syntax;
use crate::demo::header::{self, Belongs, PixelShape};
use crate::demo::instance::Instance;
use crate::demo::people::JUERGEN;
use crate::demo::pictures;
use crate::demo::truth::{Kind, Planted};

/// Slices of the series.
pub const SLICES: u16 = 24;
const SIDE: usize = 256;

fn folder_names() -> Vec<Planted> {
    vec![Planted::new(Kind::Name, "Müller-Lüdke")]
}

/// Slice `number`, counted from 1, of a head.
pub fn slice(seed: u64, number: u16) -> Instance {
    let belongs = Belongs::new(seed, JUERGEN, 4).of(uids::MR_IMAGE_STORAGE, "MR", "MR Schädel T2");
    let mut dataset = header::common(&belongs, number);
    header::image(&mut dataset, &JUERGEN, "ORIGINAL\\PRIMARY\\M\\SE");
    header::private(&mut dataset, &JUERGEN);
    dataset.plant(tags::FRAME_OF_REFERENCE_UID, Kind::Uid, &belongs.frame);
    dataset.empty(&[tags::POSITION_REFERENCE_INDICATOR, tags::SCAN_OPTIONS]);
    let height = f64::from(number) * 6.0 - 60.0;
    dataset.texts(&[
        (tags::BODY_PART_EXAMINED, "HEAD"),
        (tags::SCANNING_SEQUENCE, "SE"),
        (tags::SEQUENCE_VARIANT, "SK"),
        (tags::MR_ACQUISITION_TYPE, "2D"),
        (tags::REPETITION_TIME, "4200"),
        (tags::ECHO_TIME, "98"),
        (tags::ECHO_TRAIN_LENGTH, "15"),
        (tags::MAGNETIC_FIELD_STRENGTH, "1.5"),
        (tags::SLICE_THICKNESS, "5"),
        (tags::SPACING_BETWEEN_SLICES, "6"),
        (tags::PATIENT_POSITION, "HFS"),
        (tags::IMAGE_POSITION_PATIENT, &format!("-115\\-115\\{height}")),
        (tags::IMAGE_ORIENTATION_PATIENT, "1\\0\\0\\0\\1\\0"),
        (tags::SLICE_LOCATION, &height.to_string()),
        (tags::PIXEL_SPACING, "0.8984375\\0.8984375"),
        (tags::WINDOW_CENTER, "560"),
        (tags::WINDOW_WIDTH, "1150"),
        (tags::BURNED_IN_ANNOTATION, "NO"),
    ]);
    let protocol = format!("t2_tse_tra {}", JUERGEN.accession);
    dataset.plant_in(tags::PROTOCOL_NAME, &protocol, &[(Kind::Acc, JUERGEN.accession)]);
    dataset.plant(tags::PERFORMING_PHYSICIAN_NAME, Kind::Name, JUERGEN.physician);
    let mut canvas = pictures::head(SIDE, f32::from(number) / f32::from(SLICES + 1), seed);
    canvas.paint(|_, _, pixel| pixel * 1100.0);
    shape(16, 12).put(&mut dataset, canvas.words(0.0..=4095.0));
    let file = format!("Müller-Lüdke/MR_T2_tra/{number:03}.dcm");
    let mut instance = Instance::new(file, dataset, JUERGEN.charset);
    instance.syntax = Syntax::Implicit;
    instance.source_title = Some("GRUENWALDE_MR1");
    instance.named = folder_names();
    instance
}

const fn shape(allocated: u16, stored: u16) -> PixelShape {
    PixelShape {
        size: (SIDE, SIDE),
        photometric: "MONOCHROME2",
        bits: (allocated, stored),
        signed: false,
    }
}

/// A saved screen of the workstation: deflated, with the name in a corner and a scale that stays.
pub fn screen_save(seed: u64) -> Instance {
    let class = uids::SECONDARY_CAPTURE_IMAGE_STORAGE;
    let belongs = Belongs::new(seed, JUERGEN, 50).of(class, "MR", "Screen Save");
    let mut dataset = header::common(&belongs, 1);
    header::image(&mut dataset, &JUERGEN, "DERIVED\\SECONDARY\\SCREEN SAVE");
    dataset.texts(&[
        (tags::CONVERSION_TYPE, "WSD"),
        (tags::PATIENT_ORIENTATION, ""),
        (tags::BODY_PART_EXAMINED, "HEAD"),
    ]);
    let (width, height) = (640, 512);
    let head = pictures::head(448, 0.5, seed);
    let mut canvas = Canvas::new(width, height, 0.03);
    for (row, line) in head.data.chunks(448).enumerate() {
        canvas.data[(row + 32) * width + 96..][..448].copy_from_slice(line);
    }
    let who = [
        JUERGEN.banner(),
        format!("{}  {}", JUERGEN.id, JUERGEN.sex),
        JUERGEN.birth.slashed(),
        JUERGEN.study.slashed(),
    ];
    let scan = ["T2 TSE TRA", "TR 4200", "TE 98", "SL 5.0"].map(str::to_owned);
    let named = pictures::page(&mut canvas, &who, (10, 10), 12.0);
    let plain = pictures::page(&mut canvas, &scan, (10, 418), 12.0);
    let shape = PixelShape { size: (height, width), ..shape(8, 8) };
    shape.put(&mut dataset, canvas.bytes());
    let file = "Müller-Lüdke/Bildschirm_1.dcm".to_owned();
    let mut instance = Instance::new(file, dataset, JUERGEN.charset);
    instance.syntax = Syntax::Deflated;
    instance.burned = ct::burned(&who, &named, true);
    instance.burned.extend(ct::burned(&scan, &plain, false));
    instance.named = folder_names();
    instance
}
