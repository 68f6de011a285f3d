//! Which files the batch holds, and which of them are there to fail.

use dicom_dictionary_std::{tags, uids};

use crate::demo::dataset::Dataset;
use crate::demo::encode;
use crate::demo::encode::Syntax;
use crate::demo::instance::Instance;
use crate::demo::people::JANE;
use crate::demo::truth::{Expected, FileTruth};
use crate::demo::{ct, mr, sr, us, xray};
use crate::model::{Cause, VR};

/// A kind of instance that the demo can make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sample {
    /// A slice of a CT series, 16 bits signed, Explicit VR Little Endian.
    CtSlice,
    /// A dose report: Secondary Capture that calls itself CT.
    DoseReport,
    /// An Enhanced CT with functional groups; UTF-8, aged 93.
    EnhancedCt,
    /// A slice of an MR series; Implicit VR Little Endian, Latin-1.
    MrSlice,
    /// A saved screen; deflated.
    ScreenSave,
    /// A chest by CR with corner labels; ISO 2022.
    Chest,
    /// A hand by DX with corner labels; MONOCHROME1.
    Hand,
    /// A chest in Explicit VR Big Endian.
    BigEndian,
    /// A chest without preamble and file meta; Greek.
    WithoutMeta,
    /// An angiogram of several frames.
    Angiogram,
    /// An ultrasound cine run in RGB.
    CineRgb,
    /// An ultrasound cine run in YBR_FULL.
    CineYbr,
    /// An ultrasound picture in PALETTE COLOR.
    Palette,
    /// An ultrasound picture in JPEG Baseline.
    Jpeg,
    /// A Comprehensive SR.
    Report,
}

impl Sample {
    /// Every kind.
    pub const ALL: [Self; 15] = [
        Self::CtSlice,
        Self::DoseReport,
        Self::EnhancedCt,
        Self::MrSlice,
        Self::ScreenSave,
        Self::Chest,
        Self::Hand,
        Self::BigEndian,
        Self::WithoutMeta,
        Self::Angiogram,
        Self::CineRgb,
        Self::CineYbr,
        Self::Palette,
        Self::Jpeg,
        Self::Report,
    ];

    /// How many instances of this kind the batch holds.
    pub const fn count(self) -> u16 {
        match self {
            Self::CtSlice => ct::SLICES,
            Self::MrSlice => mr::SLICES,
            _ => 1,
        }
    }
}

/// Makes instance `number` (from 1) of a kind; the same for the same seed.
///
/// Numbers beyond [`Sample::count`] give the last one that there is.
pub fn instance(sample: Sample, number: u16, seed: u64) -> Instance {
    let number = number.clamp(1, sample.count());
    match sample {
        Sample::CtSlice => ct::slice(seed, number),
        Sample::DoseReport => ct::dose_report(seed),
        Sample::EnhancedCt => ct::enhanced(seed),
        Sample::MrSlice => mr::slice(seed, number),
        Sample::ScreenSave => mr::screen_save(seed),
        Sample::Chest => xray::chest(seed),
        Sample::Hand => xray::hand(seed),
        Sample::BigEndian => xray::chest_big_endian(seed),
        Sample::WithoutMeta => xray::chest_without_meta(seed),
        Sample::Angiogram => xray::angiogram(seed),
        Sample::CineRgb => us::cine(seed, false),
        Sample::CineYbr => us::cine(seed, true),
        Sample::Palette => us::palette(seed),
        Sample::Jpeg => us::jpeg(seed),
        Sample::Report => sr::report(seed),
    }
}

/// A file that cannot be released, as bytes, with what must be said of it.
pub fn problems(seed: u64) -> Vec<(Vec<u8>, FileTruth)> {
    let slice = ct::slice(seed, 3);
    let whole = slice.bytes();
    let cut = whole.get(..whole.len() / 2).unwrap_or_default().to_vec();
    let note = format!("Please send the CT of {} ({}) to Dr. Whitcombe.\n", JANE.spoken(), JANE.id);
    let folder = format!("Roe_Jane_{}", JANE.id);
    vec![
        problem(&format!("{folder}/CT_copy/IM0003.dcm"), whole, Cause::Duplicate),
        problem(&format!("{folder}/CT_copy/IM0003_broken.dcm"), cut, Cause::Truncated),
        problem("notes for Jane Roe.txt", note.into_bytes(), Cause::NotDicom),
        problem("DICOMDIR", directory(seed), Cause::MediaDirectory),
    ]
}

fn problem(file: &str, bytes: Vec<u8>, cause: Cause) -> (Vec<u8>, FileTruth) {
    let truth = FileTruth {
        file: file.to_owned(),
        uid: String::new(),
        patient: String::new(),
        modality: String::new(),
        syntax: String::new(),
        phi: Vec::new(),
        kept: Vec::new(),
        boxes: Vec::new(),
        expected: Expected { released: false, cause: cause.slug().to_owned() },
    };
    (bytes, truth)
}

/// A media directory with one patient record.
fn directory(seed: u64) -> Vec<u8> {
    let uid = ct::series(seed).instance_uid(999);
    let mut record = Dataset::new();
    record.u32(tags::OFFSET_OF_THE_NEXT_DIRECTORY_RECORD, &[0]);
    record.u16(tags::RECORD_IN_USE_FLAG, &[0xFFFF]);
    record.u32(tags::OFFSET_OF_REFERENCED_LOWER_LEVEL_DIRECTORY_ENTITY, &[0]);
    record.texts(&[
        (tags::DIRECTORY_RECORD_TYPE, "PATIENT"),
        (tags::PATIENT_NAME, JANE.name),
        (tags::PATIENT_ID, JANE.id),
    ]);
    let mut root = Dataset::new();
    root.text(tags::FILE_SET_ID, "ROE_JANE");
    root.u32(tags::OFFSET_OF_THE_FIRST_DIRECTORY_RECORD_OF_THE_ROOT_DIRECTORY_ENTITY, &[0]);
    root.u32(tags::OFFSET_OF_THE_LAST_DIRECTORY_RECORD_OF_THE_ROOT_DIRECTORY_ENTITY, &[0]);
    root.u16(tags::FILE_SET_CONSISTENCY_FLAG, &[0]);
    root.items(tags::DIRECTORY_RECORD_SEQUENCE, vec![record]);
    let mut meta = Dataset::new();
    meta.bytes(tags::FILE_META_INFORMATION_VERSION, VR::OB, vec![0, 1]);
    meta.texts(&[
        (tags::MEDIA_STORAGE_SOP_CLASS_UID, uids::MEDIA_STORAGE_DIRECTORY_STORAGE),
        (tags::MEDIA_STORAGE_SOP_INSTANCE_UID, &uid),
        (tags::TRANSFER_SYNTAX_UID, Syntax::Explicit.uid()),
        (tags::IMPLEMENTATION_CLASS_UID, crate::demo::instance::IMPLEMENTATION),
    ]);
    let mut out = vec![0; 128];
    out.extend_from_slice(b"DICM");
    out.extend(encode::file_meta(&meta));
    out.extend(encode::dataset(&root, Syntax::Explicit, JANE.charset));
    out
}
