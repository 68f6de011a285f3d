//! The demo batch: invented people, drawn pictures, and the truth about what was planted.
//!
//! It stands in for real data in `make demo` and in the tests. Every file is made by code from a
//! seed; the encoder is this room's own, so that what the product reads was not written by the
//! code that reads it. The pictures are drawings: a detector that finds the text here has shown
//! that it works, not how well it does on devices of the world.

mod batch;
mod calendar;
mod canvas;
mod ct;
mod dataset;
mod encode;
mod font;
mod header;
mod instance;
mod mr;
mod people;
mod pictures;
mod rng;
mod sr;
mod truth;
mod us;
mod xray;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub use batch::{Sample, instance, problems};
pub use calendar::Day;
pub use canvas::{Canvas, Ellipse};
pub use dataset::{Dataset, Value, code};
pub use encode::{Charset, Syntax};
pub use header::{Belongs, PixelShape};
pub use instance::Instance;
pub use people::Person;
pub use rng::Rng;
pub use truth::{BoxTruth, BurnedText, Expected, FileTruth, KeptTruth, Kind, PhiTruth};
pub use truth::{Planted, Truth};

/// The people of the batch.
pub const PEOPLE: [Person; 6] =
    [people::JANE, people::SIOBHAN, people::JUERGEN, people::TAROU, people::ELENI, people::RUTH];

/// What [`fn@write`] may be told.
#[derive(Clone, Debug)]
pub struct DemoOptions {
    /// What identifiers and pictures are drawn from.
    pub seed: u64,
    /// Where the truth goes: a file outside of the batch; `None` writes none.
    pub truth: Option<PathBuf>,
}

impl Default for DemoOptions {
    fn default() -> Self {
        Self { seed: 20_261_122, truth: None }
    }
}

/// What [`fn@write`] made.
#[derive(Clone, Debug)]
pub struct DemoReport {
    /// Number of files.
    pub files: usize,
    /// Their bytes together.
    pub bytes: u64,
    /// The truth about them.
    pub truth: Truth,
}

/// Why the batch could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DemoError {
    /// The folder exists and holds something: nothing is overwritten.
    #[error("the folder for the demo batch is not empty: {0}")]
    NotEmpty(PathBuf),
    /// The truth would lie among the files that it is about.
    #[error("the truth must lie outside of the batch: {0}")]
    TruthInside(PathBuf),
    /// The system did not let a file be written.
    #[error("cannot write {path}")]
    Write {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Writes the demo batch into `folder`, which must be new or empty.
///
/// About 60 files and 25 MB, the same bytes for the same seed.
///
/// # Errors
/// [`DemoError::NotEmpty`] and [`DemoError::TruthInside`] before anything is written.
pub fn write(folder: &Path, options: &DemoOptions) -> Result<DemoReport, DemoError> {
    let fail = |path: &Path| {
        let path = path.to_owned();
        move |source| DemoError::Write { path, source }
    };
    fs::create_dir_all(folder).map_err(fail(folder))?;
    if fs::read_dir(folder).map_err(fail(folder))?.next().is_some() {
        return Err(DemoError::NotEmpty(folder.to_owned()));
    }
    if let Some(truth) = options.truth.as_deref().filter(|truth| inside(truth, folder)) {
        return Err(DemoError::TruthInside(truth.to_owned()));
    }
    let mut report = DemoReport { files: 0, bytes: 0, truth: Truth::new(options.seed) };
    let mut put = |bytes: &[u8], truth: FileTruth| {
        let path = folder.join(&truth.file);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(fail(parent))?;
        }
        fs::write(&path, bytes).map_err(fail(&path))?;
        report.files += 1;
        report.bytes += bytes.len() as u64;
        report.truth.files.push(truth);
        Ok(())
    };
    for sample in Sample::ALL {
        for number in 1..=sample.count() {
            let made = instance(sample, number, options.seed);
            put(&made.bytes(), made.truth())?;
        }
    }
    for (bytes, truth) in problems(options.seed) {
        put(&bytes, truth)?;
    }
    report.truth.files.sort_by(|one, other| one.file.cmp(&other.file));
    if let Some(path) = &options.truth {
        let text = serde_json::to_string_pretty(&report.truth).map_err(io::Error::from);
        text.and_then(|text| fs::write(path, text + "\n")).map_err(fail(path))?;
    }
    Ok(report)
}

/// Whether `path` lies in `folder`, whatever links and dots are on the way.
fn inside(path: &Path, folder: &Path) -> bool {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    match (parent.canonicalize(), folder.canonicalize()) {
        (Ok(parent), Ok(folder)) => parent.starts_with(folder),
        _ => path.starts_with(folder),
    }
}

#[cfg(test)]
mod tests;
