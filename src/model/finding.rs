//! Something in a picture that may identify.

use crate::model::{Phi, Region};

/// Who or what found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingSource {
    /// The text detector.
    Detector,
    /// The fallback when no detector can run: proposals that Tesseract reads.
    Tesseract,
    /// Shapes like strokes of letters, where the detector sees no text.
    Shape,
    /// The same, outside of where an ultrasound device says that its image is.
    ShapeOutside,
    /// A rule for devices of this kind.
    Device,
    /// The detector, where a rule for devices of this kind says that text names nobody.
    Exempt,
    /// A rule for devices that may be about this file and cannot be applied: the whole picture.
    Unsettled,
    /// Text in an overlay plane, not in the samples.
    Overlay,
    /// A person.
    Human,
}

impl FindingSource {
    /// Whether only shapes speak for it.
    pub const fn is_shape(self) -> bool {
        matches!(self, Self::Shape | Self::ShapeOutside)
    }
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

/// What a policy proposes for a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Paint it over.
    Mask,
    /// Show it to a human; unmasked without one.
    Suspected,
    /// Never masked by a tool, always listed.
    Listed,
}

impl Tier {
    /// Stable name, for reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mask => "mask",
            Self::Suspected => "suspected",
            Self::Listed => "listed",
        }
    }
}

/// What a proposal rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// All text of such images is masked.
    Always,
    /// A rule for the device says so.
    Device,
    /// A rule for the device says that what stands there names nobody.
    Exempt,
    /// A rule for the device may be about this file, and cannot be applied.
    Unsettled,
    /// It reads like a string that identifies a subject of the batch.
    Resembles,
    /// It reads like a date, an age, a number or a label that identifies.
    Identifies,
    /// It stands in the same place of many images of the series.
    Lasting,
    /// It is a part of a label of which another part identifies.
    Label,
    /// It is as long as a name, and its words are not known: it may have been misread.
    Unread,
    /// Other text of the same picture identifies, and this cannot be read as words that name nobody.
    Company,
    /// It is made of words that name nobody.
    Allowed,
    /// It is a mark of a side, which clinical use needs.
    Laterality,
    /// It is in an overlay plane, which the profile's rules speak of.
    Overlay,
    /// Only its shape is like that of letters.
    Shape,
    /// The same, and it stands outside of where an ultrasound device says that its image is.
    Outside,
    /// Nothing but the detector says that it is text.
    Unsupported,
}

impl Why {
    /// A line for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Always => "text in such images is masked",
            Self::Device => "a rule for this device",
            Self::Exempt => "a rule for this device says that it names nobody",
            Self::Unsettled => "a rule for this device cannot be applied",
            Self::Resembles => "reads like a string that identifies somebody of the batch",
            Self::Identifies => "reads like a date, an age, a number or a label",
            Self::Lasting => "stands in the same place of many images",
            Self::Label => "part of a label that identifies",
            Self::Unread => "as long as a name, and cannot be read as anything else",
            Self::Company => "other text of this picture identifies, and this cannot be read",
            Self::Allowed => "words that name nobody",
            Self::Laterality => "a mark of a side",
            Self::Overlay => "stands in an overlay plane",
            Self::Shape => "shaped like letters",
            Self::Outside => "shaped like letters, outside the ultrasound image",
            Self::Unsupported => "nothing but the detector says that it is text",
        }
    }
}

impl Default for Proposal {
    /// What nobody judged is suspected.
    fn default() -> Self {
        Self { tier: Tier::Suspected, why: Why::Unsupported }
    }
}

/// What becomes of a finding where nobody decides, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Proposal {
    /// What to do.
    pub tier: Tier,
    /// What it rests on.
    pub why: Why,
}

/// Whether a frame was looked at; *not looked at* is never the same as *nothing found*.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// Nobody looked, and why (no values).
    NotLookedAt(String),
    /// Not searched by itself: compared with the frames around it, and held against what was found in
    /// those that were searched. There may be findings all the same.
    Compared,
    /// The detector ran through and found nothing.
    NothingFound,
    /// The detector ran through and found this many regions.
    Found(usize),
}

impl Coverage {
    /// Whether the detector ran over this very frame.
    pub const fn is_searched(&self) -> bool {
        matches!(self, Self::NothingFound | Self::Found(_))
    }

    /// Whether nobody looked in any way.
    pub const fn is_unseen(&self) -> bool {
        matches!(self, Self::NotLookedAt(_))
    }
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
