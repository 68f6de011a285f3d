//! The ten checks of the MIDI-B challenge, on anybody's output.
//!
//! The official validator is a set of Python programs that needs a database of answers, two
//! crosswalks and hours. This room does what it does, quirks included, so that every claim about
//! an engine can be repeated in a minute by whoever holds the answers: see `docs/midi-b.md`.
//!
//! A check sees an attribute as the validator prints it (module `print`), at a place that it
//! writes in its own way (module `indexed`). What no check can see is counted in a second table:
//! module [`unseen`].
//!
//! Two things differ, and are said in the report: text in pixels is read by Tesseract, not by
//! EasyOCR; and a value of a private attribute that is written without a VR is printed as bytes
//! unless it is text, where the validator would look into a dictionary of its own.

mod answers;
mod checks;
mod crosswalk;
mod indexed;
mod print;
mod scorecard;
mod scorer;
mod text;
mod tokens;
pub mod unseen;

use std::io;
use std::path::Path;

pub use answers::{Answer, AnswerKey, Check, CheckAction};
pub use checks::Mark;
pub use crosswalk::Crosswalk;
pub use scorecard::{Discrepancy, Grouping, Line, Scorecard};
pub use scorer::{Scored, Scorer};
pub use unseen::{Leak, Unseen};

/// A box of pixels: left, top, right, bottom; half-open, as the answers write it.
pub type PixelBox = [u32; 4];

/// Reads text in pixels, where hostile data can do no harm.
pub trait BoxReader: Sync {
    /// What is legible in a box of the first frame; empty when nothing is.
    ///
    /// # Errors
    /// When the pixels cannot be decoded or nobody here can read.
    fn read(&self, file: &Path, pixels: PixelBox) -> Result<String, Illegible>;
}

/// A box could not be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the pixels could not be read")]
pub struct Illegible;

/// A score could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScoreError {
    /// The answers are no database with a table `answer_data`, or lack a column.
    #[error("the answers cannot be read")]
    Answers(#[from] rusqlite::Error),
    /// A row of the answers is not what the validator writes.
    #[error("row {row} of the answers cannot be understood")]
    Row {
        /// Number of the row, from 1.
        row: usize,
    },
    /// A crosswalk is no CSV with the header `id_old,id_new`.
    #[error("the crosswalk is no CSV with the header id_old,id_new")]
    Crosswalk,
    /// A file or folder could not be read.
    #[error("a file could not be read")]
    Io(#[from] io::Error),
}
