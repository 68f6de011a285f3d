//! How a series stands, and what it still needs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use crate::model::{
    Cause, Digest256, FindingSource, FrameFindings, InstanceUid, Lies, LookAlike, Proposal, Scope,
    SeriesUid, Verdict, Why,
};
use crate::review::decisions::{Decisions, FindingState, VerdictGiven};
use crate::review::fingerprint::{Member, SeriesBasis, fingerprint};
use crate::review::groups::LookCount;
use crate::review::outline::{InstanceEntry, Outline};
use crate::review::seen::Seen;

/// How a series stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeriesState {
    /// Nobody said anything.
    Undecided,
    /// It may be released.
    Approved,
    /// It waits.
    Held {
        /// Why.
        reason: String,
    },
    /// It is never released.
    Rejected {
        /// Why.
        reason: String,
    },
    /// Something that the verdict rested on changed since; it is not released.
    Stale {
        /// The verdict that was.
        was: Verdict,
    },
}

impl SeriesState {
    /// Judges a verdict against what it would rest on now; `None` when that cannot be told yet.
    pub fn of(given: Option<&VerdictGiven>, current: Option<Digest256>) -> Self {
        let Some(given) = given else { return Self::Undecided };
        if given.fingerprint.is_none() || given.fingerprint != current {
            return Self::Stale { was: given.verdict };
        }
        let reason = given.reason.clone();
        match given.verdict {
            Verdict::Undecided => Self::Undecided,
            Verdict::Approved => Self::Approved,
            Verdict::Held => Self::Held { reason },
            Verdict::Rejected => Self::Rejected { reason },
        }
    }

    /// Whether a reader must still say something.
    pub const fn needs_verdict(&self) -> bool {
        matches!(self, Self::Undecided | Self::Stale { .. })
    }

    /// The word shown to people.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Undecided => "undecided",
            Self::Approved => "approved",
            Self::Held { .. } => "held",
            Self::Rejected { .. } => "rejected",
            Self::Stale { .. } => "stale",
        }
    }
}

/// Something that keeps a series from being approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OpenItem {
    /// Findings that nobody answered.
    Findings(u64),
    /// Frames that a person must see one by one and nobody saw.
    Unseen(u64),
    /// Frames of a stack that neither a person nor a detector looked at; only Space waits for
    /// them.
    NotLookedAt(u64),
    /// Instances of another size than the series' masks were drawn for.
    OtherSize(u64),
    /// The patient's subject dictionary is not complete.
    Provisional,
    /// Files that were not read whole yet.
    InputUnread(u64),
    /// Instances do not agree on patient, study or modality.
    Conflict,
    /// Nobody said whose its files are: the export holds them, approved or not.
    Identity,
}

impl OpenItem {
    /// Whether an explicit approval is refused because of it.
    pub const fn refuses_approval(self) -> bool {
        !matches!(self, Self::NotLookedAt(_) | Self::Identity)
    }
}

impl fmt::Display for OpenItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Findings(1) => f.write_str("1 finding is not answered"),
            Self::Findings(n) => write!(f, "{n} findings are not answered"),
            Self::Unseen(1) => f.write_str("1 frame was not seen"),
            Self::Unseen(n) => write!(f, "{n} frames were not seen"),
            Self::NotLookedAt(1) => f.write_str("1 frame was looked at by nobody"),
            Self::NotLookedAt(n) => write!(f, "{n} frames were looked at by nobody"),
            Self::OtherSize(1) => f.write_str("1 instance has another size than the masks"),
            Self::OtherSize(n) => write!(f, "{n} instances have another size than the masks"),
            Self::Provisional => f.write_str("the patient's names are still being collected"),
            Self::InputUnread(1) => f.write_str("1 file is still being read"),
            Self::InputUnread(n) => write!(f, "{n} files are still being read"),
            Self::Conflict => {
                f.write_str("its instances do not agree on patient, study or modality")
            }
            Self::Identity => f.write_str("nobody said yet whose files these are"),
        }
    }
}

/// Whose eyes an instance needs before it is approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Demand {
    /// It has no image.
    Nothing,
    /// A person's or the detector's, frame by frame: slices of a stack.
    AnyEyes,
    /// A person's, frame by frame.
    HumanEyes,
}

impl Demand {
    /// What an instance demands: slices of CT, MR, PET and NM may be left to the detector, a
    /// screen save among them may not, nor may any other modality, known or not.
    pub fn of(modality: &str, entry: &InstanceEntry) -> Self {
        if !entry.has_pixels() {
            Self::Nothing
        } else if matches!(modality, "CT" | "MR" | "PT" | "NM") && !is_capture(&entry.sop_class) {
            Self::AnyEyes
        } else {
            Self::HumanEyes
        }
    }
}

/// Secondary Capture classes, by name or UID.
fn is_capture(sop_class: &str) -> bool {
    sop_class.contains("Secondary Capture") || sop_class.starts_with("1.2.840.10008.5.1.4.1.1.7")
}

/// What a verdict rests on beside inputs and decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Basis {
    /// The profile with all its layers.
    pub profile: Digest256,
    /// Detector, model and settings; `None` where there is no detection.
    pub detector: Option<Digest256>,
}

/// How a series stands, counted once and kept until something touches it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesSummary {
    /// How it stands.
    pub state: SeriesState,
    /// What a verdict would rest on now; `None` while that cannot be told.
    pub fingerprint: Option<Digest256>,
    /// Findings nobody answered.
    pub open_findings: u64,
    /// Findings that will be painted over.
    pub masked_findings: u64,
    /// Findings that stay on purpose.
    pub kept_findings: u64,
    /// Frames with pixels.
    pub frames: u64,
    /// Of these, seen by a person.
    pub seen: u64,
    /// Frames that a person must see and nobody saw.
    pub unseen: u64,
    /// Frames of stacks that neither a person nor a detector looked at.
    pub not_looked_at: u64,
    /// Instances of another size than the series' masks.
    pub other_size: u64,
    /// Files not read whole yet.
    pub unread: u64,
    /// Instances that may show recognizable features.
    pub face_risk: u64,
    /// Whether the patient's dictionary is not complete.
    pub provisional: bool,
    /// Whether its instances do not agree.
    pub conflict: bool,
    /// Whether files of it are held by a question of identity.
    pub identity: bool,
    /// What is wrong with instances of it, each cause once.
    pub causes: BTreeSet<Cause>,
    /// Number of instances of each image size (`None`: without an image).
    pub sizes: BTreeMap<Option<(u32, u32)>, usize>,
    /// What of each look-alike group lies in it.
    pub looks: BTreeMap<Arc<LookAlike>, LookCount>,
}

impl SeriesSummary {
    /// Findings: open, masked, kept.
    pub const fn findings(&self) -> [u64; 3] {
        [self.open_findings, self.masked_findings, self.kept_findings]
    }

    /// What keeps the series from being approved; empty when nothing does.
    pub fn open_items(&self) -> Vec<OpenItem> {
        let mut items = Vec::new();
        let mut note = |count: u64, item: OpenItem| items.extend((count > 0).then_some(item));
        note(self.open_findings, OpenItem::Findings(self.open_findings));
        note(self.unseen, OpenItem::Unseen(self.unseen));
        note(self.not_looked_at, OpenItem::NotLookedAt(self.not_looked_at));
        note(self.other_size, OpenItem::OtherSize(self.other_size));
        note(self.unread, OpenItem::InputUnread(self.unread));
        items.extend(self.provisional.then_some(OpenItem::Provisional));
        items.extend(self.conflict.then_some(OpenItem::Conflict));
        items.extend(self.identity.then_some(OpenItem::Identity));
        items
    }
}

/// Where a summary is taken from.
#[derive(Clone, Copy)]
pub(super) struct Sight<'a> {
    pub outline: &'a Outline,
    pub decisions: &'a Decisions,
    pub findings: &'a BTreeMap<InstanceUid, Vec<FrameFindings>>,
    /// What the profile would do with each of them.
    pub proposals: &'a BTreeMap<InstanceUid, Vec<Vec<Proposal>>>,
    /// What is on disk, what is on its way, and what is not yet.
    pub seen: [&'a Seen; 3],
    /// Groups of each series that were judged by their projections.
    pub judged: &'a BTreeMap<SeriesUid, BTreeSet<Arc<LookAlike>>>,
    /// Series with files that a question of identity holds.
    pub held: &'a BTreeSet<SeriesUid>,
    pub basis: Basis,
}

impl<'a> Sight<'a> {
    pub fn frames_of(&self, instance: &InstanceUid) -> &'a [FrameFindings] {
        self.findings.get(instance).map_or(&[], Vec::as_slice)
    }

    pub fn was_seen(&self, entry: &InstanceEntry, frame: u32) -> bool {
        let Some(input) = entry.input else { return false };
        self.seen.iter().any(|seen| seen.has(&entry.instance, input, frame))
    }

    fn detector_looked(&self, instance: &InstanceUid, frame: u32) -> bool {
        let frames = self.frames_of(instance);
        // Findings mostly stand at their own index.
        let at = usize::try_from(frame).ok().and_then(|at| frames.get(at));
        at.filter(|found| found.frame == frame)
            .or_else(|| frames.iter().find(|found| found.frame == frame))
            .is_some_and(|found| !found.coverage.is_unseen())
    }

    /// Whether the stack of an instance was judged by its projections.
    pub fn was_judged(&self, entry: &InstanceEntry) -> bool {
        let series = self.outline.series_of(&entry.instance);
        let judged = series.and_then(|series| self.judged.get(series));
        judged.is_some_and(|looks| looks.contains(&entry.look))
    }

    /// Whether a frame still waits for eyes, and whose.
    pub fn waits_for(&self, modality: &str, entry: &InstanceEntry, frame: u32) -> Demand {
        match Demand::of(modality, entry) {
            _ if self.was_seen(entry, frame) => Demand::Nothing,
            Demand::AnyEyes if self.detector_looked(&entry.instance, frame) => Demand::Nothing,
            Demand::AnyEyes if self.was_judged(entry) => Demand::Nothing,
            demand => demand,
        }
    }

    /// How a finding stands.
    pub fn finding_state(
        &self,
        series: &SeriesUid,
        entry: &InstanceEntry,
        (frame, finding): (u32, &crate::model::Finding),
    ) -> FindingState {
        let Some(size) = entry.image_size else { return FindingState::Open };
        let lies = Lies { series, group: entry.group };
        self.decisions.finding_state(
            (lies, &entry.instance, frame),
            (finding.region, &finding.text),
            size,
        )
    }

    /// Whether a mask for the whole series leaves this instance out because of its size, and
    /// nothing else was decided for it.
    pub fn left_out_by_size(&self, series: &SeriesUid, entry: &InstanceEntry) -> bool {
        let Some(size) = entry.image_size else { return false };
        let lies = Lies { series, group: entry.group };
        let around = || self.decisions.masks_around(lies, &entry.instance, 0);
        let applies = around().any(|mask| mask.applies_to(lies, &entry.instance, 0, size));
        let excepted =
            |scopes: &[Scope]| scopes.iter().any(|scope| scope.covers(lies, &entry.instance, 0));
        !applies
            && around().any(|mask| {
                matches!(mask.scope, Scope::Series(_))
                    && mask.image_size != size
                    && !excepted(&mask.exceptions)
            })
    }

    /// What a verdict on a series would rest on now; `None` while an input was not read whole or
    /// the patient's dictionary is not complete.
    pub fn fingerprint(&self, series: &SeriesUid) -> Option<Digest256> {
        let entry = self.outline.one_series(series)?;
        let dictionary = self.outline.patient(&entry.patient)?.dictionary?;
        let mut members = BTreeMap::new();
        for member in self.outline.members(series) {
            let findings = self.frames_of(&member.instance);
            let (input, image_size, group) = (member.input?, member.image_size, member.group);
            members.insert(&member.instance, Member { input, group, image_size, findings });
        }
        let (profile, detector) = (self.basis.profile, self.basis.detector);
        let basis = SeriesBasis { series, profile, dictionary, detector, members };
        Some(fingerprint(&basis, self.decisions))
    }

    /// Counts a series.
    pub fn summary(&self, series: &SeriesUid) -> Option<SeriesSummary> {
        let entry = self.outline.one_series(series)?;
        let current = self.fingerprint(series);
        let patient = self.outline.patient(&entry.patient);
        let mut summary = SeriesSummary {
            state: SeriesState::of(self.decisions.verdict(series), current),
            fingerprint: current,
            open_findings: 0,
            masked_findings: 0,
            kept_findings: 0,
            frames: 0,
            seen: 0,
            unseen: 0,
            not_looked_at: 0,
            other_size: 0,
            unread: 0,
            face_risk: 0,
            provisional: patient.is_none_or(|patient| patient.dictionary.is_none()),
            conflict: entry.conflict,
            identity: self.held.contains(series),
            causes: BTreeSet::new(),
            sizes: BTreeMap::new(),
            looks: BTreeMap::new(),
        };
        for member in self.outline.members(series) {
            summary.unread += u64::from(member.input.is_none());
            summary.causes.extend(&member.causes);
            *summary.sizes.entry(member.image_size).or_default() += 1;
            summary.face_risk += u64::from(member.face_risk);
            summary.other_size += u64::from(self.left_out_by_size(series, member));
            let before = summary.findings();
            self.count_findings(series, member, &mut summary);
            self.count_look(member, before, &mut summary);
            self.count_frames(&entry.modality, member, &mut summary);
        }
        Some(summary)
    }

    fn count_findings(
        &self,
        series: &SeriesUid,
        member: &InstanceEntry,
        summary: &mut SeriesSummary,
    ) {
        for found in self.frames_of(&member.instance) {
            // What stands in an overlay goes with it, or holds the export.
            let in_samples =
                found.findings.iter().filter(|finding| finding.source != FindingSource::Overlay);
            for finding in in_samples {
                match self.finding_state(series, member, (found.frame, finding)) {
                    FindingState::Open => summary.open_findings += 1,
                    FindingState::Masked => summary.masked_findings += 1,
                    FindingState::Kept => summary.kept_findings += 1,
                }
            }
        }
    }

    fn count_look(&self, member: &InstanceEntry, before: [u64; 3], summary: &mut SeriesSummary) {
        let after = summary.findings();
        let count = summary.looks.entry(Arc::clone(&member.look)).or_insert_with(|| LookCount {
            example: member.instance.clone(),
            instances: 0,
            frames: 0,
            findings: [0; 3],
            unsearched: 0,
            named: 0,
            undecodable: 0,
        });
        if count.findings == [0; 3] && after != before {
            count.example = member.instance.clone();
        }
        count.instances += 1;
        count.frames += u64::from(member.frames);
        let is_unsearched = |frame: &u32| !self.detector_looked(&member.instance, *frame);
        count.unsearched += (0..member.frames).filter(is_unsearched).count() as u64;
        let new = after.iter().zip(before).map(|(after, before)| after - before);
        count.findings.iter_mut().zip(new).for_each(|(sum, new)| *sum += new);
        count.undecodable += u64::from(member.causes.contains(&Cause::Undecodable));
        let proposals = self.proposals.get(&member.instance).into_iter().flatten();
        for (found, proposed) in self.frames_of(&member.instance).iter().zip(proposals) {
            let both = found.findings.iter().zip(proposed);
            count.named += both.filter(|(_, it)| it.why == Why::Resembles).count() as u64;
        }
    }

    fn count_frames(&self, modality: &str, member: &InstanceEntry, summary: &mut SeriesSummary) {
        summary.frames += u64::from(member.frames);
        for frame in 0..member.frames {
            summary.seen += u64::from(self.was_seen(member, frame));
            match self.waits_for(modality, member, frame) {
                Demand::Nothing => {}
                Demand::AnyEyes => summary.not_looked_at += 1,
                Demand::HumanEyes => summary.unseen += 1,
            }
        }
    }
}
