//! Something in a picture that may identify.

use crate::model::{Phi, Region};

/// Who or what found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingSource {
    /// The text detector.
    Detector,
    /// The fallback when no detector can run: proposals that Tesseract reads.
    Tesseract,
    /// A person.
    Human,
}

/// A region of one frame that may identify, with what was read in it.
///
/// Findings are frozen when they are made: integer boxes in image pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where, in image pixels of the frame.
    pub region: Region,
    /// What the recogniser read; empty when it could read nothing (the box stands all the same).
    pub text: Phi<String>,
    /// How sure the detector is, 0 to 100.
    pub score: u8,
    /// How sure the recogniser is of the text, 0 to 100.
    pub read_confidence: u8,
    /// Who found it.
    pub source: FindingSource,
}

/// Confidence of the recogniser from which a text is legible, in percent.
const LEGIBLE: u8 = 60;
/// Score from which the detector is sure, in percent: text gets 80 and more, speckle and the edges
/// of organs 50 to 75.
const SURE: u8 = 76;

impl Finding {
    /// Whether something can be read in it: three letters or digits, and the recogniser is sure.
    pub fn is_legible(&self) -> bool {
        let letters = self.text.expose().chars().filter(|letter| letter.is_alphanumeric()).count();
        letters >= 3 && self.read_confidence >= LEGIBLE
    }

    /// Whether it may well be the detector's noise: it is not sure, and nothing can be read.
    pub fn is_faint(&self) -> bool {
        self.source == FindingSource::Detector && self.score < SURE && !self.is_legible()
    }
}

/// Whether a frame was looked at; *not looked at* is never the same as *nothing found*.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// Nobody looked, and why (no values).
    NotLookedAt(String),
    /// The detector ran through and found nothing.
    NothingFound,
    /// The detector ran through and found this many regions.
    Found(usize),
}

/// What detection says of one frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameFindings {
    /// Frame, counted from 0.
    pub frame: u32,
    /// Whether it was looked at.
    pub coverage: Coverage,
    /// What was found, top to bottom.
    pub findings: Vec<Finding>,
}
