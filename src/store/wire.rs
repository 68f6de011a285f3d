//! How the log and the tables write model types: JSON with names of its own, so that a change of
//! a type in the house never changes what older reviews say.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{
    Coverage, Decision, Digest256, Finding, FindingAnswer, FindingSource, FoldKind, FrameFindings,
    GroupId, IdentityAnswer, IdentityResolution, InstanceUid, Mask, MaskId, Override, PatientKey,
    Phi, Region, Scope, SeriesUid, Tag, Verdict,
};
use crate::store::{EventBody, LookedAt, SampledFrame};

/// Writes the payload of an event.
pub(super) fn encode_body(body: &EventBody) -> Result<String, serde_json::Error> {
    serde_json::to_string(&WireBody::from(body))
}

/// Reads the payload of an event back; `None` when it does not say what this version knows.
pub(super) fn decode_body(kind: &str, payload: &str) -> Option<EventBody> {
    let body = EventBody::try_from(serde_json::from_str::<WireBody>(payload).ok()?).ok()?;
    (body.kind() == kind).then_some(body)
}

/// Writes the findings of an instance.
pub(super) fn encode_frames(frames: &[FrameFindings]) -> Result<String, serde_json::Error> {
    serde_json::to_string(&frames.iter().map(WireFrame::from).collect::<Vec<_>>())
}

/// Reads the findings of an instance back.
pub(super) fn decode_frames(text: &str) -> Option<Vec<FrameFindings>> {
    let frames: Vec<WireFrame> = serde_json::from_str(text).ok()?;
    Some(frames.into_iter().map(FrameFindings::from).collect())
}

/// The text is no digest, or a number is no tag and no mask's name.
struct NotReadable;

/// Names of masks are counted from 1: nobody gets so far.
const LAST_MASK: u64 = u64::MAX >> 1;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum WireBody {
    Decided { decisions: Vec<WireDecision>, fingerprints: BTreeMap<String, String> },
    Undone { seq: u64 },
    Redone { seq: u64 },
    Looked { at: Vec<WireLooked> },
    Folded { stack: String, kinds: Vec<String> },
    Acknowledged { what: String, series: Vec<String> },
    Waived { what: String },
    Overridden { demand: String, reason: String },
    Sampled { population: u64, basis: String, frames: Vec<WireSampled> },
    SampleJudged { frame: WireSampled, leak: bool },
    Signed { statement: String, batch: String },
    Published { manifest: String, released: u64 },
    Withdrawn { manifest: String, instances: u64, reason: String },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireLooked {
    instance: String,
    input: String,
    frames: Vec<(u32, u32)>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireSampled {
    instance: String,
    input: String,
    frame: u32,
}

impl From<&SampledFrame> for WireSampled {
    fn from(it: &SampledFrame) -> Self {
        let (instance, input) = (it.instance.as_str().to_owned(), it.input.to_hex());
        Self { instance, input, frame: it.frame }
    }
}

impl TryFrom<WireSampled> for SampledFrame {
    type Error = NotReadable;

    fn try_from(it: WireSampled) -> Result<Self, NotReadable> {
        let input = digest(&it.input)?;
        Ok(Self { instance: InstanceUid::new(&it.instance), input, frame: it.frame })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum WireScope {
    Frame(String, u32),
    Instance(String),
    Series(String),
    Group(String),
    Batch,
}

#[derive(Serialize, Deserialize)]
struct WireRegion(u32, u32, u32, u32);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireMask {
    id: u64,
    region: WireRegion,
    image_size: (u32, u32),
    scope: WireScope,
    exceptions: Vec<WireScope>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WireAnswer {
    Mask,
    Keep,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WireOverride {
    Keep,
    Remove,
    Empty,
    ReplaceWith(String),
    Clean,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WireVerdict {
    Undecided,
    Approved,
    Held,
    Rejected,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WireIdentity {
    Confirm,
    Merge,
    Split,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum WireDecision {
    AddMask(WireMask),
    ChangeMask {
        id: u64,
        region: WireRegion,
    },
    RemoveMask {
        id: u64,
    },
    ExceptFromMask {
        id: u64,
        scope: WireScope,
    },
    AnswerFinding {
        scope: WireScope,
        region: WireRegion,
        text: String,
        image_size: (u32, u32),
        answer: WireAnswer,
    },
    OverrideAttribute {
        scope: WireScope,
        tag: (u16, u16),
        path: Option<String>,
        action: Option<WireOverride>,
    },
    SetVerdict {
        series: String,
        verdict: WireVerdict,
        reason: String,
    },
    AcceptResidual {
        instance: String,
        place: String,
        reason: String,
    },
    ResolveIdentity {
        patients: Vec<String>,
        answer: WireIdentity,
        basis: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireFrame {
    frame: u32,
    coverage: WireCoverage,
    findings: Vec<WireFinding>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WireCoverage {
    NotLookedAt(String),
    Compared,
    NothingFound,
    Found(usize),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WireSource {
    Detector,
    Tesseract,
    Shape,
    ShapeOutside,
    Device,
    Exempt,
    Unsettled,
    Overlay,
    Human,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireFinding {
    region: WireRegion,
    text: String,
    score: u8,
    read_confidence: u8,
    source: WireSource,
}

/// Two enums with the same variants without fields.
macro_rules! same_names {
    ($model:ident, $wire:ident, $($name:ident),+) => {
        impl From<$model> for $wire {
            fn from(value: $model) -> Self {
                match value { $($model::$name => Self::$name),+ }
            }
        }

        impl From<$wire> for $model {
            fn from(value: $wire) -> Self {
                match value { $($wire::$name => Self::$name),+ }
            }
        }
    };
}

same_names!(FindingAnswer, WireAnswer, Mask, Keep);
same_names!(IdentityAnswer, WireIdentity, Confirm, Merge, Split);
same_names!(Verdict, WireVerdict, Undecided, Approved, Held, Rejected);
same_names!(
    FindingSource,
    WireSource,
    Detector,
    Tesseract,
    Shape,
    ShapeOutside,
    Device,
    Exempt,
    Unsettled,
    Overlay,
    Human
);

fn digest(text: &str) -> Result<Digest256, NotReadable> {
    Digest256::from_hex(text).ok_or(NotReadable)
}

impl From<Region> for WireRegion {
    fn from(region: Region) -> Self {
        Self(region.x0, region.y0, region.x1, region.y1)
    }
}

impl From<WireRegion> for Region {
    fn from(region: WireRegion) -> Self {
        Self { x0: region.0, y0: region.1, x1: region.2, y1: region.3 }
    }
}

impl From<&Scope> for WireScope {
    fn from(scope: &Scope) -> Self {
        match scope {
            Scope::Frame(uid, frame) => Self::Frame(uid.as_str().to_owned(), *frame),
            Scope::Instance(uid) => Self::Instance(uid.as_str().to_owned()),
            Scope::Series(uid) => Self::Series(uid.as_str().to_owned()),
            Scope::Group(id) => Self::Group(id.0.to_hex()),
            Scope::Batch => Self::Batch,
        }
    }
}

impl TryFrom<WireScope> for Scope {
    type Error = NotReadable;

    fn try_from(scope: WireScope) -> Result<Self, NotReadable> {
        Ok(match scope {
            WireScope::Frame(uid, frame) => Self::Frame(InstanceUid::new(&uid), frame),
            WireScope::Instance(uid) => Self::Instance(InstanceUid::new(&uid)),
            WireScope::Series(uid) => Self::Series(SeriesUid::new(&uid)),
            WireScope::Group(id) => Self::Group(GroupId(digest(&id)?)),
            WireScope::Batch => Self::Batch,
        })
    }
}

impl From<&Override> for WireOverride {
    fn from(action: &Override) -> Self {
        match action {
            Override::Keep => Self::Keep,
            Override::Remove => Self::Remove,
            Override::Empty => Self::Empty,
            Override::ReplaceWith(text) => Self::ReplaceWith(text.expose().clone()),
            Override::Clean => Self::Clean,
        }
    }
}

impl From<WireOverride> for Override {
    fn from(action: WireOverride) -> Self {
        match action {
            WireOverride::Keep => Self::Keep,
            WireOverride::Remove => Self::Remove,
            WireOverride::Empty => Self::Empty,
            WireOverride::ReplaceWith(text) => Self::ReplaceWith(Phi::new(text)),
            WireOverride::Clean => Self::Clean,
        }
    }
}

impl From<&Mask> for WireMask {
    fn from(mask: &Mask) -> Self {
        Self {
            id: mask.id.0,
            region: mask.region.into(),
            image_size: mask.image_size,
            scope: (&mask.scope).into(),
            exceptions: mask.exceptions.iter().map(WireScope::from).collect(),
        }
    }
}

impl TryFrom<WireMask> for Mask {
    type Error = NotReadable;

    fn try_from(mask: WireMask) -> Result<Self, NotReadable> {
        // Behind the last name there is none for the next mask.
        if mask.id > LAST_MASK {
            return Err(NotReadable);
        }
        Ok(Self {
            id: MaskId(mask.id),
            region: mask.region.into(),
            image_size: mask.image_size,
            scope: mask.scope.try_into()?,
            exceptions: mask
                .exceptions
                .into_iter()
                .map(Scope::try_from)
                .collect::<Result<_, _>>()?,
        })
    }
}

impl From<&Decision> for WireDecision {
    fn from(decision: &Decision) -> Self {
        match decision {
            Decision::AddMask(mask) => Self::AddMask(mask.into()),
            Decision::ChangeMask { id, region } => {
                Self::ChangeMask { id: id.0, region: (*region).into() }
            }
            Decision::RemoveMask(id) => Self::RemoveMask { id: id.0 },
            Decision::ExceptFromMask { id, scope } => {
                Self::ExceptFromMask { id: id.0, scope: scope.into() }
            }
            Decision::AnswerFinding { scope, region, text, image_size, answer } => {
                Self::AnswerFinding {
                    scope: scope.into(),
                    region: (*region).into(),
                    text: text.expose().clone(),
                    image_size: *image_size,
                    answer: (*answer).into(),
                }
            }
            Decision::OverrideAttribute { scope, tag, path, action } => Self::OverrideAttribute {
                scope: scope.into(),
                tag: (tag.group(), tag.element()),
                path: path.clone(),
                action: action.as_ref().map(WireOverride::from),
            },
            Decision::SetVerdict { series, verdict, reason } => Self::SetVerdict {
                series: series.as_str().to_owned(),
                verdict: (*verdict).into(),
                reason: reason.clone(),
            },
            Decision::AcceptResidual { instance, place, reason } => Self::AcceptResidual {
                instance: instance.as_str().to_owned(),
                place: place.clone(),
                reason: reason.clone(),
            },
            Decision::ResolveIdentity(resolution) => Self::ResolveIdentity {
                patients: resolution.patients.iter().map(|key| key.as_str().to_owned()).collect(),
                answer: resolution.answer.into(),
                basis: resolution.basis.to_hex(),
            },
        }
    }
}

impl TryFrom<WireDecision> for Decision {
    type Error = NotReadable;

    fn try_from(decision: WireDecision) -> Result<Self, NotReadable> {
        Ok(match decision {
            WireDecision::AddMask(mask) => Self::AddMask(mask.try_into()?),
            WireDecision::ChangeMask { id, region } => {
                Self::ChangeMask { id: MaskId(id), region: region.into() }
            }
            WireDecision::RemoveMask { id } => Self::RemoveMask(MaskId(id)),
            WireDecision::ExceptFromMask { id, scope } => {
                Self::ExceptFromMask { id: MaskId(id), scope: scope.try_into()? }
            }
            WireDecision::AnswerFinding { scope, region, text, image_size, answer } => {
                Self::AnswerFinding {
                    scope: scope.try_into()?,
                    region: region.into(),
                    text: Phi::new(text),
                    image_size,
                    answer: answer.into(),
                }
            }
            WireDecision::OverrideAttribute { scope, tag, path, action } => {
                Self::OverrideAttribute {
                    scope: scope.try_into()?,
                    tag: Tag(tag.0, tag.1),
                    path,
                    action: action.map(Override::from),
                }
            }
            WireDecision::SetVerdict { series, verdict, reason } => Self::SetVerdict {
                series: SeriesUid::new(&series),
                verdict: verdict.into(),
                reason,
            },
            WireDecision::AcceptResidual { instance, place, reason } => {
                Self::AcceptResidual { instance: InstanceUid::new(&instance), place, reason }
            }
            WireDecision::ResolveIdentity { patients, answer, basis } => {
                Self::ResolveIdentity(IdentityResolution {
                    patients: patients.iter().map(|key| PatientKey::new(key)).collect(),
                    answer: answer.into(),
                    // Zeros are no basis of any files: the question stays open.
                    basis: Digest256::from_hex(&basis).unwrap_or(Digest256([0; 32])),
                })
            }
        })
    }
}

impl From<&EventBody> for WireBody {
    fn from(body: &EventBody) -> Self {
        match body {
            EventBody::Decided { decisions, fingerprints } => Self::Decided {
                decisions: decisions.iter().map(WireDecision::from).collect(),
                fingerprints: fingerprints
                    .iter()
                    .map(|(series, print)| (series.as_str().to_owned(), print.to_hex()))
                    .collect(),
            },
            EventBody::Undone { seq } => Self::Undone { seq: *seq },
            EventBody::Redone { seq } => Self::Redone { seq: *seq },
            EventBody::Looked { at } => Self::Looked {
                at: at
                    .iter()
                    .map(|looked| WireLooked {
                        instance: looked.instance.as_str().to_owned(),
                        input: looked.input.to_hex(),
                        frames: looked.frames.clone(),
                    })
                    .collect(),
            },
            EventBody::Folded { stack, kinds } => Self::Folded {
                stack: stack.to_hex(),
                kinds: kinds.iter().map(|kind| kind.name().to_owned()).collect(),
            },
            EventBody::Acknowledged { what, series } => Self::Acknowledged {
                what: what.clone(),
                series: series.iter().map(|uid| uid.as_str().to_owned()).collect(),
            },
            EventBody::Waived { what } => Self::Waived { what: what.clone() },
            EventBody::Overridden { demand, reason } => {
                Self::Overridden { demand: demand.clone(), reason: reason.clone() }
            }
            EventBody::Sampled { population, basis, frames } => Self::Sampled {
                population: *population,
                basis: basis.to_hex(),
                frames: frames.iter().map(WireSampled::from).collect(),
            },
            EventBody::SampleJudged { frame, leak } => {
                Self::SampleJudged { frame: WireSampled::from(frame), leak: *leak }
            }
            EventBody::Signed { statement, batch } => {
                Self::Signed { statement: statement.clone(), batch: batch.to_hex() }
            }
            EventBody::Published { manifest, released } => {
                Self::Published { manifest: manifest.to_hex(), released: *released }
            }
            EventBody::Withdrawn { manifest, instances, reason } => Self::Withdrawn {
                manifest: manifest.to_hex(),
                instances: *instances,
                reason: reason.clone(),
            },
        }
    }
}

impl TryFrom<WireBody> for EventBody {
    type Error = NotReadable;

    fn try_from(body: WireBody) -> Result<Self, NotReadable> {
        Ok(match body {
            WireBody::Decided { decisions, fingerprints } => Self::Decided {
                decisions: decisions
                    .into_iter()
                    .map(Decision::try_from)
                    .collect::<Result<_, NotReadable>>()?,
                fingerprints: fingerprints
                    .into_iter()
                    .map(|(series, print)| Ok((SeriesUid::new(&series), digest(&print)?)))
                    .collect::<Result<_, NotReadable>>()?,
            },
            WireBody::Undone { seq } => Self::Undone { seq },
            WireBody::Redone { seq } => Self::Redone { seq },
            WireBody::Looked { at } => Self::Looked {
                at: at
                    .into_iter()
                    .map(|looked| {
                        Ok(LookedAt {
                            instance: InstanceUid::new(&looked.instance),
                            input: digest(&looked.input)?,
                            frames: looked.frames,
                        })
                    })
                    .collect::<Result<_, NotReadable>>()?,
            },
            WireBody::Folded { stack, kinds } => Self::Folded {
                stack: digest(&stack)?,
                kinds: kinds
                    .iter()
                    .map(|kind| FoldKind::parse(kind).ok_or(NotReadable))
                    .collect::<Result<_, _>>()?,
            },
            WireBody::Acknowledged { what, series } => Self::Acknowledged {
                what,
                series: series.iter().map(|uid| SeriesUid::new(uid)).collect(),
            },
            WireBody::Waived { what } => Self::Waived { what },
            WireBody::Overridden { demand, reason } => Self::Overridden { demand, reason },
            WireBody::Sampled { population, basis, frames } => {
                let frames = frames.into_iter().map(SampledFrame::try_from);
                let frames = frames.collect::<Result<_, NotReadable>>()?;
                Self::Sampled { population, basis: digest(&basis)?, frames }
            }
            WireBody::SampleJudged { frame, leak } => {
                Self::SampleJudged { frame: frame.try_into()?, leak }
            }
            WireBody::Signed { statement, batch } => {
                Self::Signed { statement, batch: digest(&batch)? }
            }
            WireBody::Published { manifest, released } => {
                Self::Published { manifest: digest(&manifest)?, released }
            }
            WireBody::Withdrawn { manifest, instances, reason } => {
                Self::Withdrawn { manifest: digest(&manifest)?, instances, reason }
            }
        })
    }
}

impl From<&FrameFindings> for WireFrame {
    fn from(frame: &FrameFindings) -> Self {
        Self {
            frame: frame.frame,
            coverage: match &frame.coverage {
                Coverage::NotLookedAt(why) => WireCoverage::NotLookedAt(why.clone()),
                Coverage::Compared => WireCoverage::Compared,
                Coverage::NothingFound => WireCoverage::NothingFound,
                Coverage::Found(count) => WireCoverage::Found(*count),
            },
            findings: frame
                .findings
                .iter()
                .map(|finding| WireFinding {
                    region: finding.region.into(),
                    text: finding.text.expose().clone(),
                    score: finding.score,
                    read_confidence: finding.read_confidence,
                    source: finding.source.into(),
                })
                .collect(),
        }
    }
}

impl From<WireFrame> for FrameFindings {
    fn from(frame: WireFrame) -> Self {
        Self {
            frame: frame.frame,
            coverage: match frame.coverage {
                WireCoverage::NotLookedAt(why) => Coverage::NotLookedAt(why),
                WireCoverage::Compared => Coverage::Compared,
                WireCoverage::NothingFound => Coverage::NothingFound,
                WireCoverage::Found(count) => Coverage::Found(count),
            },
            findings: frame
                .findings
                .into_iter()
                .map(|finding| Finding {
                    region: finding.region.into(),
                    text: Phi::new(finding.text),
                    score: finding.score,
                    read_confidence: finding.read_confidence,
                    source: finding.source.into(),
                })
                .collect(),
        }
    }
}
