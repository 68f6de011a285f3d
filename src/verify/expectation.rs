//! What a staged file should be: everything that verify is told.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::dicom::Scan;
use crate::model::{AttributePath, Override, Region};
use crate::profile::{ConfidentialityOption, Rule};
use crate::verify::Identifiers;

/// The policy in force, as data: nothing here was resolved by the planner.
#[derive(Clone, Copy, Debug)]
pub struct Policy<'a> {
    /// The options: they choose the columns of Table E.1-1.
    pub options: &'a [ConfidentialityOption],
    /// The profile's own rules, in order; a later one wins.
    pub rules: &'a [Rule],
    /// Whether ages over 89 years must have gone.
    pub cap_ages: bool,
    /// Whether names stay inside clinical phrases.
    pub keeps_phrases: bool,
    /// Value that Longitudinal Temporal Information Modified (0028,0303) must have.
    pub temporal: &'a str,
}

/// What a staged file should be.
#[derive(Clone, Copy)]
pub struct Expectation<'a> {
    /// The file it was made from.
    pub input: &'a Scan,
    /// Path below the export's root under which it will be published: file and folder names are
    /// looked at as well.
    pub name: &'a Path,
    /// The strings of all subjects of the batch.
    pub identifiers: &'a Identifiers,
    /// Which of them is the file's own, by the place in the list given to [`Identifiers::new`].
    pub own: usize,
    /// The policy in force.
    pub policy: Policy<'a>,
    /// What reviewers want for attributes instead, resolved for this instance.
    pub overrides: &'a BTreeMap<AttributePath, Override>,
    /// Attributes that a rule keeps on purpose (the plan's `kept`): private ones may stay, and a
    /// clinical word in them is listed.
    pub kept: &'a BTreeSet<AttributePath>,
    /// Attributes whose dates the plan wrote: they may equal an original date by chance.
    pub written: &'a BTreeSet<AttributePath>,
    /// Values that may stand in PN attributes and as Patient ID: the pseudonym of the patient.
    pub pseudonyms: &'a BTreeSet<String>,
    /// New UID for each UID of the input, as far as known; used where it has the input's UID.
    pub new_uids: &'a BTreeMap<String, String>,
    /// Transfer Syntax UID that it should have.
    pub transfer_syntax: &'a str,
    /// What should have happened to the pixels.
    pub pixels: PixelExpectation<'a>,
    /// Whether every frame was decided, so that Burned In Annotation may have become NO.
    pub pixels_decided: bool,
    /// Places that a person accepted, as [`crate::model::HoldReason::place`] names them.
    pub accepted: &'a BTreeSet<String>,
}

/// What should have happened to the pixels.
#[derive(Clone, Copy)]
pub enum PixelExpectation<'a> {
    /// Nothing: the bytes are the input's.
    Untouched,
    /// Regions were painted over.
    Masked(MaskedPixels<'a>),
}

/// What was painted.
#[derive(Clone, Copy)]
pub struct MaskedPixels<'a> {
    /// Painted regions by frame, counted from 0; frames that are not named are untouched.
    pub regions: &'a BTreeMap<u32, Vec<Region>>,
    /// Regions with a recorded keep, by frame: text may stand there.
    pub kept: &'a BTreeMap<u32, Vec<Region>>,
    /// Decoded frames, and text found again.
    pub proof: &'a dyn PixelProof,
}

/// Decoded samples of one frame: row-major, interleaved, `rows × columns × samples_per_pixel`
/// values of `bytes_per_sample` bytes each.
#[derive(Clone, PartialEq, Eq)]
pub struct Samples {
    /// Columns.
    pub columns: u32,
    /// Rows.
    pub rows: u32,
    /// Samples per pixel.
    pub samples_per_pixel: u32,
    /// Bytes of one sample.
    pub bytes_per_sample: u32,
    /// The samples; the byte order does not matter as long as it is the same for both files.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Samples {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Samples({}×{}×{})", self.columns, self.rows, self.samples_per_pixel)
    }
}

/// Why a frame could not be decoded or looked at; no values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ProofError(pub String);

/// What the export decodes and detects for verify, which does the comparing.
///
/// Both files are decoded in the same way and into the same colour space. Nothing is looked up in
/// what was decoded before the file was written: `staged_frame` and `residual_text` read the
/// staged file again.
pub trait PixelProof {
    /// Samples of a frame of the input.
    ///
    /// # Errors
    /// When it cannot be decoded: the file is held.
    fn input_frame(&self, frame: u32) -> Result<Samples, ProofError>;

    /// Samples of a frame of the staged file.
    ///
    /// # Errors
    /// When it cannot be decoded: the file is held.
    fn staged_frame(&self, frame: u32) -> Result<Samples, ProofError>;

    /// Regions of a frame of the staged file in which text is detected; `None` when detection is
    /// off, which is noted as not checked.
    ///
    /// # Errors
    /// When it could not be looked at: the file is held.
    fn residual_text(&self, frame: u32) -> Result<Option<Vec<Region>>, ProofError>;
}
