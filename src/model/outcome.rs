//! How each input file ends.

use std::fmt;

/// A structural reason why a file can never be released as it is. Each is a place in the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// The bytes are not DICOM.
    NotDicom,
    /// The file ends before its data do, or a length claims more than there is.
    Truncated,
    /// Sequences nest deeper than the limit.
    TooDeep,
    /// There are more elements than the limit.
    TooManyElements,
    /// Elements cannot be told apart: bad VR, bad delimiter, tags out of all order.
    Malformed,
    /// The transfer syntax is not known.
    UnknownTransferSyntax,
    /// Inflating gives more than the limit.
    InflateLimit,
    /// SOP Class, SOP Instance, Study or Series Instance UID, Modality or Patient ID is missing.
    MissingIdentity,
    /// A DICOMDIR: it names files that the export does not have.
    MediaDirectory,
    /// An instance of the same UID and the same content is in the batch already.
    Duplicate,
    /// Another file of the batch has the same UID and other content, and what was decided under that
    /// UID may have been meant for either.
    ConflictingIdentity,
    /// The pixels could not be decoded though they must be masked.
    Undecodable,
    /// The frame is larger than the limit, or its attributes contradict each other.
    ImageLimits,
    /// A worker crashed, ran out of time or out of memory on it.
    WorkerFailed,
    /// The file could not be read.
    Unreadable,
    /// The staged file does not parse or does not agree with itself.
    VerifyStructure,
    /// The plan could not be applied.
    ApplyFailed,
    /// The text is in a character set that cannot be decoded.
    CharacterSet,
}

impl Cause {
    /// Every cause with its stable name (for reports and `--json`) and its words for people.
    pub const ALL: [(Self, &'static str, &'static str); 18] = [
        (Self::NotDicom, "not-dicom", "not a DICOM file"),
        (Self::Truncated, "truncated", "the file ends too early or a length claims too much"),
        (Self::TooDeep, "too-deep", "sequences are nested too deeply"),
        (Self::TooManyElements, "too-many-elements", "the file has too many elements"),
        (Self::Malformed, "malformed", "the elements cannot be told apart"),
        (Self::UnknownTransferSyntax, "unknown-transfer-syntax", "the transfer syntax is unknown"),
        (Self::InflateLimit, "inflate-limit", "the deflated data grow beyond the limit"),
        (
            Self::MissingIdentity,
            "missing-identity",
            "an identifying UID, the modality or the patient ID is missing",
        ),
        (Self::MediaDirectory, "media-directory", "a DICOMDIR is not released"),
        (Self::Duplicate, "duplicate", "the same instance is in the batch already"),
        (
            Self::ConflictingIdentity,
            "conflicting-identity",
            "another file has the same SOP Instance UID and other content",
        ),
        (Self::Undecodable, "undecodable", "the pixels must be masked and cannot be decoded"),
        (Self::ImageLimits, "image-limits", "the image is too large or contradicts itself"),
        (
            Self::WorkerFailed,
            "worker-failed",
            "the worker crashed, or hit its time or memory limit",
        ),
        (Self::Unreadable, "unreadable", "the file could not be read"),
        (Self::VerifyStructure, "verify-structure", "the staged file does not agree with itself"),
        (Self::ApplyFailed, "apply-failed", "the plan could not be applied"),
        (
            Self::CharacterSet,
            "character-set",
            "the text is in a character set that cannot be decoded",
        ),
    ];

    /// The stable name, for reports and `--json`.
    pub fn slug(self) -> &'static str {
        Self::ALL.into_iter().find(|(cause, ..)| *cause == self).map_or("", |(_, slug, _)| slug)
    }

    /// Reads [`Cause::slug`].
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, name, _)| *name == slug).map(|(cause, ..)| cause)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = Self::ALL.into_iter().find(|(cause, ..)| cause == self);
        f.write_str(words.map_or("", |(.., words)| words))
    }
}

/// What verify says where a string is left that names somebody by itself: nobody lets one stay without
/// saying so in these words.
pub const DIRECT_IDENTIFIERS: [&str; 5] = [
    "a name of the subject",
    "an ID of the subject",
    "a telephone number",
    "the birth date of the subject",
    "an identifier of another subject",
];

/// Why a staged file is held: something of its content must be mended or accepted by a person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HoldReason {
    /// Which check of verify spoke, such as `identifier` or `policy`.
    pub check: String,
    /// The place: an attribute path, `frame 3 at 10,20 to 90,40`, `file meta`. Never a value.
    pub place: String,
    /// What is the matter, without values, such as `a name of the subject`.
    pub what: String,
}

/// How one input file ends. Exactly one for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is in the export.
    Released,
    /// Its content needs a person: undecided, held by a reviewer, or found wanting by verify.
    Held {
        /// All that stands in the way.
        reasons: Vec<HoldReason>,
    },
    /// A reviewer rejected it.
    Rejected {
        /// The reviewer's words.
        reason: String,
    },
    /// Its structure forbids release; the original stays where it is and is only referred to.
    Quarantined {
        /// Why.
        cause: Cause,
    },
    /// It could not even be indexed.
    Problem {
        /// Why.
        cause: Cause,
    },
}

impl Outcome {
    /// The stable name, for reports and `--json`.
    pub const fn slug(&self) -> &'static str {
        match self {
            Self::Released => "released",
            Self::Held { .. } => "held",
            Self::Rejected { .. } => "rejected",
            Self::Quarantined { .. } => "quarantined",
            Self::Problem { .. } => "problem",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Cause;

    #[test]
    fn every_cause_has_its_own_slug_and_words() {
        for (cause, slug, words) in Cause::ALL {
            assert_eq!(Cause::from_slug(slug), Some(cause));
            assert_eq!(cause.to_string(), words);
        }
    }
}
