//! Computed tomography: a series, a dose report saved among it, and an enhanced instance.

use dicom_dictionary_std::{tags, uids};

use crate::demo::canvas::Canvas;
use crate::demo::dataset::{Dataset, code};
use crate::demo::header::{self, Belongs, PixelShape};
use crate::demo::instance::Instance;
use crate::demo::people::{JANE, RUTH};
use crate::demo::pictures;
use crate::demo::truth::{BurnedText, Kind, Planted};
use crate::model::Region;

/// Slices of the series.
pub const SLICES: u16 = 20;
/// Sides of a slice in pixels.
const SIDE: usize = 256;
/// Distance of two slices in mm.
const STEP: f64 = 7.5;

/// The series that the slices belong to.
pub fn series(seed: u64) -> Belongs {
    Belongs::new(seed, JANE, 2).of(uids::CT_IMAGE_STORAGE, "CT", "CT THORAX WITH CONTRAST")
}

/// Where slice `number` (from 1) lies, in mm towards the head.
fn height(number: u16) -> f64 {
    -f64::from(number - 1) * STEP
}

/// Slice `number`, counted from 1, of a thorax.
pub fn slice(seed: u64, number: u16) -> Instance {
    let belongs = series(seed);
    let mut dataset = header::common(&belongs, number);
    header::image(&mut dataset, &JANE, "ORIGINAL\\PRIMARY\\AXIAL");
    header::private(&mut dataset, &JANE);
    plane(&mut dataset, &belongs, number);
    let protocol = format!("THORAX 1.5 {}", JANE.spoken());
    dataset.plant_in(tags::PROTOCOL_NAME, &protocol, &[(Kind::Name, &JANE.spoken())]);
    dataset.texts(&[
        (tags::BODY_PART_EXAMINED, "CHEST"),
        (tags::SLICE_THICKNESS, "1.5"),
        (tags::KVP, "120"),
        (tags::X_RAY_TUBE_CURRENT, "210"),
        (tags::CONVOLUTION_KERNEL, "H30S"),
        (tags::PATIENT_POSITION, "HFS"),
        (tags::ACQUISITION_NUMBER, "1"),
        (tags::RESCALE_INTERCEPT, "0"),
        (tags::RESCALE_SLOPE, "1"),
        (tags::WINDOW_CENTER, "40\\-600"),
        (tags::WINDOW_WIDTH, "400\\1500"),
        (tags::WINDOW_CENTER_WIDTH_EXPLANATION, "MEDIASTINUM\\LUNG"),
        (tags::BURNED_IN_ANNOTATION, "NO"),
    ]);
    let localiser = belongs.instance_uid(if number == 1 { 2 } else { 1 });
    let referenced = tags::SOURCE_IMAGE_SEQUENCE;
    header::references(&mut dataset, referenced, uids::CT_IMAGE_STORAGE, &[localiser]);
    let level = f32::from(number - 1) / f32::from(SLICES - 1);
    let pixels = pictures::thorax(SIDE, level, seed).words(-1024.0..=3071.0);
    shape(SIDE).put(&mut dataset, pixels);
    let file = format!("Roe_Jane_{}/CT_{}_Thorax/IM{number:04}.dcm", JANE.id, JANE.study.iso());
    let mut instance = Instance::new(file, dataset, JANE.charset);
    instance.source_title = Some("ORSOLA_CT2");
    instance.named = folder_names();
    instance
}

/// What the folder of Jane's files tells.
pub(super) fn folder_names() -> Vec<Planted> {
    vec![
        Planted::new(Kind::Name, "Roe_Jane"),
        Planted::new(Kind::Mrn, JANE.id),
        Planted { day: Some(JANE.study), ..Planted::new(Kind::Date, &JANE.study.iso()) },
    ]
}

const fn shape(side: usize) -> PixelShape {
    PixelShape { size: (side, side), photometric: "MONOCHROME2", bits: (16, 16), signed: true }
}

fn plane(dataset: &mut Dataset, belongs: &Belongs, number: u16) {
    dataset.plant(tags::FRAME_OF_REFERENCE_UID, Kind::Uid, &belongs.frame);
    dataset.empty(&[tags::POSITION_REFERENCE_INDICATOR]);
    let height = height(number);
    dataset.texts(&[
        (tags::IMAGE_POSITION_PATIENT, &format!("-190\\-190\\{height}")),
        (tags::IMAGE_ORIENTATION_PATIENT, "1\\0\\0\\0\\1\\0"),
        (tags::SLICE_LOCATION, &height.to_string()),
        (tags::PIXEL_SPACING, "1.484375\\1.484375"),
    ]);
}

/// The dose report: a Secondary Capture that calls itself CT, as scanners save it in the study.
pub fn dose_report(seed: u64) -> Instance {
    let class = uids::SECONDARY_CAPTURE_IMAGE_STORAGE;
    let belongs = Belongs::new(seed, JANE, 99).of(class, "CT", "Dose Report");
    let mut dataset = header::common(&belongs, 1);
    header::image(&mut dataset, &JANE, "DERIVED\\SECONDARY\\OTHER\\DOSE REPORT");
    dataset.texts(&[
        (tags::CONVERSION_TYPE, "WSD"),
        (tags::PATIENT_ORIENTATION, ""),
        (tags::BODY_PART_EXAMINED, "CHEST"),
    ]);
    let day = JANE.study;
    dataset.plant_day(tags::DATE_OF_SECONDARY_CAPTURE, Kind::DateElement, day, &day.compact());
    let mut canvas = Canvas::new(640, 480, 0.02);
    let who = [
        format!("{}   {}   {}", JANE.banner(), JANE.id, JANE.sex),
        format!("BORN {}   ACC. {}", JANE.birth.slashed(), JANE.accession),
        format!("EXAM {}   {}", JANE.study.slashed(), JANE.institution),
        "DR. WHITCOMBE / T. PEMBERLEY".to_owned(),
    ];
    let doses = [
        "SCAN\tKV\tMAS\tCTDIVOL\tDLP",
        "TOPOGRAM\t120\t35\t0.13\t6.2",
        "THORAX\t120\t168\t7.42\t281.9",
        "TOTAL DLP\t\t\t\t288.1",
        "PHANTOM TYPE   BODY 32 CM",
    ]
    .map(str::to_owned);
    let named = pictures::page(&mut canvas, &who, (28, 24), 13.0);
    let plain = pictures::page(&mut canvas, &doses, (28, 168), 13.0);
    rule(&mut canvas, 140);
    let shape =
        PixelShape { size: (480, 640), photometric: "MONOCHROME2", bits: (8, 8), signed: false };
    shape.put(&mut dataset, canvas.bytes());
    let file = format!("Roe_Jane_{}/CT_{}_Thorax/SC0099.dcm", JANE.id, JANE.study.iso());
    let mut instance = Instance::new(file, dataset, JANE.charset);
    instance.burned = burned(&who, &named, true);
    instance.burned.extend(burned(&doses, &plain, false));
    instance.named = folder_names();
    instance
}

fn rule(canvas: &mut Canvas, row: usize) {
    let width = canvas.width;
    canvas.data[row * width + 24..(row + 1) * width - 24].fill(0.45);
}

/// Lines of text with their regions, on frame 0.
pub(super) fn burned(lines: &[String], regions: &[Region], identifies: bool) -> Vec<BurnedText> {
    let one = |(text, region): (&String, &Region)| BurnedText {
        text: text.replace('\t', " "),
        region: *region,
        frames: (0, 0),
        identifies,
    };
    lines.iter().zip(regions).map(one).collect()
}

/// Frames of the enhanced instance.
const FRAMES: u16 = 8;

/// An Enhanced CT of a patient aged 93: functional groups, nested sequences, UTF-8.
pub fn enhanced(seed: u64) -> Instance {
    let class = uids::ENHANCED_CT_IMAGE_STORAGE;
    let belongs = Belongs::new(seed, RUTH, 3).of(class, "CT", "CT CHEST LOW DOSE");
    let mut dataset = header::common(&belongs, 1);
    header::image(&mut dataset, &RUTH, "DERIVED\\PRIMARY\\VOLUME\\RESAMPLED");
    enhanced_header(&mut dataset, &belongs);
    let side = 160;
    let mut pixels = Vec::new();
    let mut groups = Vec::new();
    for frame in 0..FRAMES {
        let level = f32::from(frame) / f32::from(FRAMES - 1);
        pixels.extend(pictures::thorax(side, level, seed ^ 5).words(-1024.0..=3071.0));
        groups.push(frame_group(frame, &belongs));
    }
    dataset.items(
        tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE,
        vec![shared_groups(&belongs.instance_uid(901))],
    );
    dataset.items(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, groups);
    dataset.text(tags::NUMBER_OF_FRAMES, &FRAMES.to_string());
    shape(side).put(&mut dataset, pixels);
    let mut instance =
        Instance::new(format!("{}/enhanced/00000001", RUTH.id), dataset, RUTH.charset);
    instance.source_title = Some("WINTERBAY_CT");
    instance.named = vec![Planted::new(Kind::Mrn, RUTH.id)];
    instance
}

fn enhanced_header(dataset: &mut Dataset, belongs: &Belongs) {
    dataset.plant(tags::FRAME_OF_REFERENCE_UID, Kind::Uid, &belongs.frame);
    dataset.plant(tags::DEVICE_SERIAL_NUMBER, Kind::Other, "WB-SN-40417");
    dataset.empty(&[
        tags::POSITION_REFERENCE_INDICATOR,
        tags::ACQUISITION_CONTEXT_SEQUENCE,
        tags::BODY_PART_EXAMINED,
    ]);
    let moment = format!("{}101800.25", RUTH.study.compact());
    dataset.plant_day(tags::ACQUISITION_DATE_TIME, Kind::DateElement, RUTH.study, &moment);
    dataset.texts(&[
        (tags::PATIENT_POSITION, "HFS"),
        (tags::PIXEL_PRESENTATION, "MONOCHROME"),
        (tags::VOLUMETRIC_PROPERTIES, "VOLUME"),
        (tags::VOLUME_BASED_CALCULATION_TECHNIQUE, "NONE"),
        (tags::BURNED_IN_ANNOTATION, "NO"),
        (tags::LOSSY_IMAGE_COMPRESSION, "00"),
        (tags::PRESENTATION_LUT_SHAPE, "IDENTITY"),
        (tags::CONTENT_QUALIFICATION, "PRODUCT"),
        (tags::ACQUISITION_NUMBER, "1"),
        (tags::MULTIENERGY_CT_ACQUISITION, "NO"),
    ]);
    dataset.f64(tags::ACQUISITION_DURATION, &[4.2]);
    let mut organisation = Dataset::new();
    organisation.plant(tags::DIMENSION_ORGANIZATION_UID, Kind::Uid, &belongs.instance_uid(900));
    dataset.items(tags::DIMENSION_ORGANIZATION_SEQUENCE, vec![organisation]);
    let mut series = Dataset::new();
    series.plant(tags::SERIES_INSTANCE_UID, Kind::Uid, &belongs.series);
    let localiser = [belongs.instance_uid(2)];
    header::references(&mut series, tags::REFERENCED_SOP_SEQUENCE, belongs.class, &localiser);
    let mut study = Dataset::new();
    study.plant(tags::STUDY_INSTANCE_UID, Kind::Uid, &belongs.study);
    study.items(tags::REFERENCED_SERIES_SEQUENCE, vec![series]);
    dataset.items(tags::REFERENCED_IMAGE_EVIDENCE_SEQUENCE, vec![study]);
    let mut index = Dataset::new();
    index.pointer(tags::DIMENSION_INDEX_POINTER, tags::IN_STACK_POSITION_NUMBER);
    index.pointer(tags::FUNCTIONAL_GROUP_POINTER, tags::FRAME_CONTENT_SEQUENCE);
    index.plant(tags::DIMENSION_ORGANIZATION_UID, Kind::Uid, &belongs.instance_uid(900));
    dataset.items(tags::DIMENSION_INDEX_SEQUENCE, vec![index]);
}

/// An item with one sequence of one item.
fn group(dataset: &mut Dataset, tag: crate::model::Tag, fill: impl FnOnce(&mut Dataset)) {
    let mut item = Dataset::new();
    fill(&mut item);
    dataset.items(tag, vec![item]);
}

fn shared_groups(event: &str) -> Dataset {
    let mut shared = Dataset::new();
    group(&mut shared, tags::PIXEL_MEASURES_SEQUENCE, |item| {
        item.texts(&[(tags::PIXEL_SPACING, "2.4\\2.4"), (tags::SLICE_THICKNESS, "5")]);
    });
    group(&mut shared, tags::PLANE_ORIENTATION_SEQUENCE, |item| {
        item.text(tags::IMAGE_ORIENTATION_PATIENT, "1\\0\\0\\0\\1\\0");
    });
    group(&mut shared, tags::FRAME_ANATOMY_SEQUENCE, |item| {
        item.text(tags::FRAME_LATERALITY, "U");
        item.items(tags::ANATOMIC_REGION_SEQUENCE, vec![code("51185008", "SCT", "Thorax")]);
    });
    group(&mut shared, tags::CT_IMAGE_FRAME_TYPE_SEQUENCE, |item| {
        item.texts(&[
            (tags::FRAME_TYPE, "DERIVED\\PRIMARY\\VOLUME\\RESAMPLED"),
            (tags::PIXEL_PRESENTATION, "MONOCHROME"),
            (tags::VOLUMETRIC_PROPERTIES, "VOLUME"),
            (tags::VOLUME_BASED_CALCULATION_TECHNIQUE, "NONE"),
        ]);
    });
    group(&mut shared, tags::IRRADIATION_EVENT_IDENTIFICATION_SEQUENCE, |item| {
        item.plant(tags::IRRADIATION_EVENT_UID, Kind::Uid, event);
    });
    group(&mut shared, tags::CT_ACQUISITION_TYPE_SEQUENCE, |item| {
        item.text(tags::ACQUISITION_TYPE, "SPIRAL");
        item.texts(&[(tags::CONSTANT_VOLUME_FLAG, "NO"), (tags::FLUOROSCOPY_FLAG, "NO")]);
    });
    group(&mut shared, tags::CT_RECONSTRUCTION_SEQUENCE, |item| {
        item.texts(&[
            (tags::RECONSTRUCTION_ALGORITHM, "FILTER_BACK_PROJ"),
            (tags::CONVOLUTION_KERNEL, "B40"),
            (tags::CONVOLUTION_KERNEL_GROUP, "SOFT_TISSUE"),
        ]);
        item.text(tags::RECONSTRUCTION_DIAMETER, "384");
        item.text(tags::IMAGE_FILTER, "NONE");
        item.f64(tags::RECONSTRUCTION_ANGLE, &[360.0]);
        item.f64(tags::RECONSTRUCTION_PIXEL_SPACING, &[2.4, 2.4]);
    });
    group(&mut shared, tags::CTX_RAY_DETAILS_SEQUENCE, |item| {
        item.texts(&[(tags::KVP, "100"), (tags::FILTER_TYPE, "FLAT")]);
        item.text(tags::FOCAL_SPOTS, "0.7");
        item.text(tags::FILTER_MATERIAL, "ALUMINUM");
    });
    group(&mut shared, tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE, |item| {
        item.texts(&[
            (tags::RESCALE_INTERCEPT, "0"),
            (tags::RESCALE_SLOPE, "1"),
            (tags::RESCALE_TYPE, "HU"),
        ]);
    });
    group(&mut shared, tags::FRAME_VOILUT_SEQUENCE, |item| {
        item.texts(&[(tags::WINDOW_CENTER, "40"), (tags::WINDOW_WIDTH, "400")]);
    });
    shared
}

fn frame_group(frame: u16, belongs: &Belongs) -> Dataset {
    let mut groups = Dataset::new();
    group(&mut groups, tags::FRAME_CONTENT_SEQUENCE, |item| {
        let day = RUTH.study;
        for (tag, second) in
            [(tags::FRAME_ACQUISITION_DATE_TIME, 0), (tags::FRAME_REFERENCE_DATE_TIME, 1)]
        {
            let moment = format!("{}1018{:02}.5", day.compact(), frame * 2 + second);
            item.plant_day(tag, Kind::DateElement, day, &moment);
        }
        item.text(tags::STACK_ID, "1");
        item.u32(tags::IN_STACK_POSITION_NUMBER, &[u32::from(frame) + 1]);
        item.u32(tags::DIMENSION_INDEX_VALUES, &[u32::from(frame) + 1]);
        item.u16(tags::FRAME_ACQUISITION_NUMBER, &[1]);
        item.f64(tags::FRAME_ACQUISITION_DURATION, &[500.0]);
        let label = format!("Frame {frame} of {}", RUTH.spoken());
        item.plant_in(tags::FRAME_COMMENTS, &label, &[(Kind::Name, &RUTH.spoken())]);
    });
    group(&mut groups, tags::PLANE_POSITION_SEQUENCE, |item| {
        let height = -f64::from(frame) * 5.0;
        item.text(tags::IMAGE_POSITION_PATIENT, &format!("-192\\-192\\{height}"));
    });
    group(&mut groups, tags::REFERENCED_IMAGE_SEQUENCE, |item| {
        item.text(tags::REFERENCED_SOP_CLASS_UID, belongs.class);
        item.plant(tags::REFERENCED_SOP_INSTANCE_UID, Kind::Uid, &belongs.instance_uid(2));
        item.items(
            tags::PURPOSE_OF_REFERENCE_CODE_SEQUENCE,
            vec![code("121311", "DCM", "Localizer")],
        );
    });
    groups
}
