//! What people decide.

use std::collections::BTreeSet;

use dicom_core::Tag;

use crate::model::{
    Digest256, InstanceUid, Mask, MaskId, PatientKey, Phi, Region, Scope, SeriesUid,
};

/// The answer to a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FindingAnswer {
    /// Paint it over.
    Mask,
    /// Leave it: it does not identify.
    Keep,
}

/// What a reviewer wants done to an attribute instead of what the profile says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Override {
    /// Keep the value.
    Keep,
    /// Remove the attribute.
    Remove,
    /// Empty the value.
    Empty,
    /// Put this text there.
    ReplaceWith(Phi<String>),
    /// Clean the value.
    Clean,
}

/// Whether a series may be released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Nothing was said.
    Undecided,
    /// It may be released.
    Approved,
    /// It waits.
    Held,
    /// It is never released.
    Rejected,
}

/// The answer to the question whose files these are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdentityAnswer {
    /// It is fine as it is.
    Confirm,
    /// The patients are one subject: one pseudonym, one day offset, one dictionary.
    Merge,
    /// Each distinct patient ID, name and birth date is a subject of its own.
    Split,
}

/// What a reviewer said about the identity of patients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityResolution {
    /// Which patients, as the index joins them.
    pub patients: BTreeSet<PatientKey>,
    /// The answer.
    pub answer: IdentityAnswer,
    /// What the files said of them: a file that says something new opens the question again.
    pub basis: Digest256,
}

/// One decision of a reviewer: stored once, with its scope, never expanded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Draws a mask.
    AddMask(Mask),
    /// Moves or resizes a mask.
    ChangeMask {
        /// Which.
        id: MaskId,
        /// Its new place.
        region: Region,
    },
    /// Takes a mask away.
    RemoveMask(MaskId),
    /// Takes frames or instances out of a mask.
    ExceptFromMask {
        /// Which.
        id: MaskId,
        /// What is taken out.
        scope: Scope,
    },
    /// Answers a finding. A keep binds to region **and** text.
    AnswerFinding {
        /// Where it applies.
        scope: Scope,
        /// The finding's region.
        region: Region,
        /// The finding's text.
        text: Phi<String>,
        /// Columns and rows of the image.
        image_size: (u32, u32),
        /// The answer.
        answer: FindingAnswer,
    },
    /// Overrides the action for an attribute at the top level or at any depth.
    OverrideAttribute {
        /// Where it applies; `Frame` is refused.
        scope: Scope,
        /// Which attribute, at every depth where the path below is empty.
        tag: Tag,
        /// The whole path as text where only one place is meant.
        path: Option<String>,
        /// What to do; `None` takes an override back.
        action: Option<Override>,
    },
    /// Says whether a series may be released.
    SetVerdict {
        /// Which series.
        series: SeriesUid,
        /// The verdict.
        verdict: Verdict,
        /// Why: needed to hold or reject.
        reason: String,
    },
    /// Accepts that something verify found may stay, with a typed reason.
    AcceptResidual {
        /// Which instance.
        instance: InstanceUid,
        /// The place that verify named.
        place: String,
        /// The reason.
        reason: String,
    },
    /// Says whose files these are. It takes the place of what was said before of any of the patients.
    ResolveIdentity(IdentityResolution),
}
