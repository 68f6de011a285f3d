//! Rows of the tables beside the log.

use std::path::PathBuf;

use crate::model::{Digest256, FrameFindings, InstanceUid, Outcome, Phi, SeriesUid};
use crate::store::wire;

/// One input file as it was when it was indexed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceRecord {
    /// Its path, relative to the input folder. File names often hold names of people.
    pub path: Phi<PathBuf>,
    /// SHA-256 of the whole file.
    pub input: Digest256,
    /// Bytes.
    pub size: u64,
    /// SOP Instance UID.
    pub instance: InstanceUid,
    /// Series Instance UID.
    pub series: SeriesUid,
}

/// What detection said of one instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detection {
    /// Which instance.
    pub instance: InstanceUid,
    /// SHA-256 of the input file that was looked at.
    pub input: Digest256,
    /// Names detector, model and settings.
    pub detector: Digest256,
    /// Frame by frame.
    pub frames: Vec<FrameFindings>,
}

impl Detection {
    /// The findings of an instance as they stand in the table; `None` for what cannot be written.
    pub fn frames_to_text(frames: &[FrameFindings]) -> Option<String> {
        wire::encode_frames(frames).ok()
    }

    /// Reads them back; `None` when the text does not say what this version knows.
    pub fn frames_from_text(text: &str) -> Option<Vec<FrameFindings>> {
        wire::decode_frames(text)
    }
}

/// How one input file ended in the last export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeRecord {
    /// Its path, relative to the input folder.
    pub path: Phi<PathBuf>,
    /// Its SOP Instance UID, where it has one.
    pub instance: Option<InstanceUid>,
    /// How it ended.
    pub outcome: Outcome,
}

/// What a review works with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The input folder.
    pub input: Phi<PathBuf>,
    /// Name of the profile in force.
    pub profile_name: String,
    /// Digest of the profile with all its layers.
    pub profile: Digest256,
    /// Fingerprint of the project key; `None` before one is chosen.
    pub key: Option<Digest256>,
    /// Names detector, model and settings; `None` when there was no detection.
    pub detector: Option<Digest256>,
}
