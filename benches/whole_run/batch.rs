//! The batches: folders that are there, or made by code.

use std::fs;
use std::path::{Path, PathBuf};

use dicom_dictionary_std::tags;
use veridact::demo::{DemoOptions, Sample, instance, write};

/// Slices of one made series, and series of one made patient.
const SLICES: u16 = 20;
const SERIES: usize = 5;

/// The files of a run, in the order in which a walk lists them.
pub struct Batch {
    /// What it is called in the table.
    pub name: String,
    /// Where it lies.
    pub folder: PathBuf,
    /// Paths below the folder.
    pub files: Vec<PathBuf>,
    /// Bytes of all files.
    pub bytes: u64,
}

impl Batch {
    /// A folder that is there, or one of the made batches, written to `room`.
    pub fn of(name: &str, room: &Path) -> Result<Self, String> {
        let words = |error: &dyn std::fmt::Display| error.to_string();
        let folder = match name.split_once('=') {
            _ if name == "demo" => {
                write(room, &DemoOptions::default()).map_err(|error| words(&error))?;
                room.to_owned()
            }
            Some(("ct", count)) => {
                let count = count.parse().map_err(|_no| "ct= needs a number".to_owned())?;
                ct(room, count).map_err(|error| words(&error))?;
                room.to_owned()
            }
            _ => PathBuf::from(name).canonicalize().map_err(|error| words(&error))?,
        };
        let files = veridact::index::walk(&folder).map_err(|error| words(&error))?.files;
        let lengths = files.iter().map(|file| folder.join(file).metadata());
        let bytes = lengths.map(|found| found.map_or(0, |found| found.len())).sum();
        let last = Path::new(name).file_name().map_or(name.into(), |last| last.to_string_lossy());
        Ok(Self { name: last.into_owned(), folder, files, bytes })
    }
}

/// The demo's CT series again and again: each time another series, every fifth time another
/// patient, all with UIDs of their own.
fn ct(room: &Path, count: usize) -> std::io::Result<()> {
    let slices: Vec<_> = (1..=SLICES)
        .map(|number| instance(Sample::CtSlice, number, DemoOptions::default().seed))
        .collect();
    for number in 0..count {
        let (series, slice) = (number / usize::from(SLICES), number % usize::from(SLICES));
        let patient = series / SERIES;
        let Some(made) = slices.get(slice) else { continue };
        let mut made = made.clone();
        made.dataset
            .text(tags::PATIENT_ID, &format!("MADE{patient:06}"))
            .text(tags::STUDY_INSTANCE_UID, &format!("2.25.77{patient:06}"))
            .text(tags::SERIES_INSTANCE_UID, &format!("2.25.78{series:06}"))
            .text(tags::SOP_INSTANCE_UID, &format!("2.25.79{number:09}"));
        let folder = room.join(format!("{patient:04}/{series:05}"));
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("{slice:03}.dcm")), made.bytes())?;
    }
    Ok(())
}
