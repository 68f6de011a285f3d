//! Look-alike groups: what may be judged together, and which of them are the riskiest.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{InstanceUid, LookAlike, SeriesUid};
use crate::review::series::SeriesState;

/// What of a group lies in one series, counted with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookCount {
    /// The instance that stands for them: the first with a finding, else the first.
    pub example: InstanceUid,
    /// Number of instances.
    pub instances: usize,
    /// Number of frames.
    pub frames: u64,
    /// Findings: open, masked, kept.
    pub findings: [u64; 3],
    /// Frames that the detector did not look at.
    pub unsearched: u64,
    /// Findings whose text is that of a value in a header.
    pub named: u64,
    /// Instances that cannot be decoded.
    pub undecodable: u64,
}

/// Why a group should be looked at before others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Risk {
    /// Text in it is that of a value in a header.
    Named,
    /// Some of it cannot be decoded.
    Undecodable,
    /// The files say that something is burned in.
    BurnedIn,
    /// Secondary captures and screen saves.
    Capture,
    /// Ultrasound.
    Ultrasound,
    /// Scanned paper or film, documents.
    Scan,
    /// Angiography and fluoroscopy.
    Angiography,
    /// Dose reports and other reports.
    Report,
    /// Text that nobody answered.
    OpenText,
}

impl Risk {
    /// All, gravest first.
    pub const ALL: [Self; 9] = [
        Self::Named,
        Self::Undecodable,
        Self::BurnedIn,
        Self::Capture,
        Self::Ultrasound,
        Self::Scan,
        Self::Angiography,
        Self::Report,
        Self::OpenText,
    ];

    /// In a few words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Named => "text of a header",
            Self::Undecodable => "cannot be decoded",
            Self::BurnedIn => "says: burned in",
            Self::Capture => "capture",
            Self::Ultrasound => "ultrasound",
            Self::Scan => "scan",
            Self::Angiography => "angiography",
            Self::Report => "report",
            Self::OpenText => "open text",
        }
    }

    /// How much it weighs: what was found weighs more than what a kind of image is known for.
    const fn weight(self) -> u32 {
        match self {
            Self::Named => 16,
            Self::Undecodable => 12,
            Self::BurnedIn => 8,
            Self::Capture => 7,
            Self::Ultrasound => 6,
            Self::Scan => 5,
            Self::Angiography => 4,
            Self::Report => 3,
            Self::OpenText => 2,
        }
    }
}

/// What is risky about a group.
pub(super) fn risks(look: &LookAlike, open: u64, named: u64, undecodable: u64) -> BTreeSet<Risk> {
    let mut risks = BTreeSet::new();
    let mut note = |there: bool, risk: Risk| {
        if there {
            risks.insert(risk);
        }
    };
    let image_type = look.image_type.expose().to_ascii_uppercase();
    let is_kind = |kinds: &[&str]| kinds.contains(&look.modality.as_str());
    let is_class = |root: &str| look.sop_class.starts_with(root);
    note(named > 0, Risk::Named);
    note(undecodable > 0, Risk::Undecodable);
    note(look.burned_in == "YES", Risk::BurnedIn);
    let is_save = ["SECONDARY", "SCREEN", "SAVE"].iter().any(|word| image_type.contains(word));
    note(is_class("1.2.840.10008.5.1.4.1.1.7") || is_save, Risk::Capture);
    note(is_kind(&["US", "IVUS"]), Risk::Ultrasound);
    let is_scanned = matches!(look.conversion_type.as_str(), "DF" | "SD" | "DI" | "SI");
    note(is_scanned || is_kind(&["DOC"]) || is_class("1.2.840.10008.5.1.4.1.1.104"), Risk::Scan);
    note(is_kind(&["XA", "RF", "DSA"]), Risk::Angiography);
    note(is_kind(&["SR"]) || is_class("1.2.840.10008.5.1.4.1.1.88"), Risk::Report);
    note(open > 0, Risk::OpenText);
    risks
}

/// One group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRow {
    /// What its instances have in common.
    pub look: Arc<LookAlike>,
    /// The series that instances of it lie in, in the outline's order.
    pub series: Vec<SeriesUid>,
    /// Number of instances.
    pub instances: usize,
    /// Number of frames.
    pub frames: u64,
    /// Findings: open, masked, kept.
    pub findings: [u64; 3],
    /// Frames that the detector did not look at.
    pub unsearched: u64,
    /// Number of its series that are undecided, stale, approved, held, rejected.
    pub states: [usize; 5],
    /// What is risky about it, gravest first.
    pub risks: Vec<Risk>,
    /// The instance that stands for it.
    pub example: InstanceUid,
    /// Whether the instance shown is of it.
    pub selected: bool,
}

impl GroupRow {
    /// Number of series that need a verdict.
    pub const fn undecided(&self) -> usize {
        let [undecided, stale, ..] = self.states;
        undecided + stale
    }

    /// How much there is to fear; groups are listed by it, greatest first.
    pub fn weight(&self) -> u32 {
        self.risks.iter().map(|risk| risk.weight()).sum()
    }
}

/// The place of a state in [`GroupRow::states`].
pub(super) const fn place_of(state: &SeriesState) -> usize {
    match state {
        SeriesState::Undecided => 0,
        SeriesState::Stale { .. } => 1,
        SeriesState::Approved => 2,
        SeriesState::Held { .. } => 3,
        SeriesState::Rejected { .. } => 4,
    }
}
