//! What the log can hold.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::model::{Decision, Digest256, FoldKind, InstanceUid, SeriesUid};
use crate::store::wire;

/// The frames of one instance that a reader had on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookedAt {
    /// Which instance.
    pub instance: InstanceUid,
    /// SHA-256 of the input file that was shown: another file under the same UID was not seen.
    pub input: Digest256,
    /// Half-open ranges of frames, counted from 0, ascending, apart.
    pub frames: Vec<(u32, u32)>,
}

/// One frame of a sample.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SampledFrame {
    /// Which instance.
    pub instance: InstanceUid,
    /// SHA-256 of the input file.
    pub input: Digest256,
    /// Which frame, counted from 0.
    pub frame: u32,
}

/// One thing that happened in a review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventBody {
    /// A reader decided. All decisions of one event are one step of undo.
    Decided {
        /// What, in order.
        decisions: Vec<Decision>,
        /// For each verdict among them, what it rested on.
        fingerprints: BTreeMap<SeriesUid, Digest256>,
    },
    /// A reader took back what event `seq` decided.
    Undone {
        /// The event that is taken back.
        seq: u64,
    },
    /// A reader decided again what event `seq` had decided.
    Redone {
        /// The event that holds again.
        seq: u64,
    },
    /// A reader had these frames on the screen.
    Looked {
        /// What was shown.
        at: Vec<LookedAt>,
    },
    /// A reader looked at projections of a stack.
    Folded {
        /// Names the stack by its frames: one with another frame was not looked at.
        stack: Digest256,
        /// Which projections.
        kinds: BTreeSet<FoldKind>,
    },
    /// A reader answered a question of the gate.
    Acknowledged {
        /// Which question, such as `face-risk`. No values.
        what: String,
        /// The series it was asked of; empty for the whole batch.
        series: Vec<SeriesUid>,
    },
    /// What the gate would have asked was not asked (`--approve all`).
    Waived {
        /// Which question. No values.
        what: String,
    },
    /// A reader let an export go though a demand of the gate was not met.
    Overridden {
        /// Which demand, by name.
        demand: String,
        /// Why, as typed.
        reason: String,
    },
    /// Frames that nobody had looked at were drawn at random.
    Sampled {
        /// Of how many.
        population: u64,
        /// Names what would have gone out then.
        basis: Digest256,
        /// The frames, in the order in which they are to be judged.
        frames: Vec<SampledFrame>,
    },
    /// A reader judged one frame of a sample.
    SampleJudged {
        /// Which.
        frame: SampledFrame,
        /// Whether something in it identifies.
        leak: bool,
    },
    /// A reader signed for what would go out.
    Signed {
        /// What they signed.
        statement: String,
        /// Names what would go out.
        batch: Digest256,
    },
    /// An export became visible; nothing before it can be undone.
    Published {
        /// SHA-256 of the manifest.
        manifest: Digest256,
        /// Number of instances released.
        released: u64,
    },
    /// Published instances were taken back.
    Withdrawn {
        /// SHA-256 of the manifest, which has their tombstones.
        manifest: Digest256,
        /// Number of instances.
        instances: u64,
        /// Why, as typed.
        reason: String,
    },
}

impl EventBody {
    /// One decision, without a fingerprint.
    pub fn decided(decisions: Vec<Decision>) -> Self {
        Self::Decided { decisions, fingerprints: BTreeMap::new() }
    }

    /// The stable name, as it stands in the log.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Decided { .. } => "decided",
            Self::Undone { .. } => "undone",
            Self::Redone { .. } => "redone",
            Self::Looked { .. } => "looked",
            Self::Folded { .. } => "folded",
            Self::Acknowledged { .. } => "acknowledged",
            Self::Waived { .. } => "waived",
            Self::Overridden { .. } => "overridden",
            Self::Sampled { .. } => "sampled",
            Self::SampleJudged { .. } => "sample-judged",
            Self::Signed { .. } => "signed",
            Self::Published { .. } => "published",
            Self::Withdrawn { .. } => "withdrawn",
        }
    }

    /// The payload, as it stands in the log; `None` for what cannot be written.
    pub fn to_payload(&self) -> Option<String> {
        wire::encode_body(self).ok()
    }

    /// Reads what stands in a log: a kind, and its payload; `None` when it does not say what this
    /// version knows.
    pub fn from_payload(kind: &str, payload: &str) -> Option<Self> {
        wire::decode_body(kind, payload)
    }
}

/// An event on its way into the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// Tells the answer to this request from others; it is not stored. 0 where nobody waits.
    pub ticket: u64,
    /// The reader's name as claimed.
    pub reader: String,
    /// What happened.
    pub body: EventBody,
}

/// An event that is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The ticket of the request; 0 for events read back.
    pub ticket: u64,
    /// Its place in the log, counted from 1, without gaps.
    pub seq: u64,
    /// When, as the caller said.
    pub at: Timestamp,
    /// The reader's name as claimed.
    pub reader: String,
    /// What happened.
    pub body: EventBody,
    /// The audit chain up to here.
    pub hmac: Digest256,
}

/// Where the audit chain ends; it stands in manifest and report, so that cutting the tail is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditHead {
    /// The last event; 0 when there is none.
    pub seq: u64,
    /// The chain up to it.
    pub hmac: Digest256,
}
