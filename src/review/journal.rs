//! The log of a review, folded: what holds now, and what each reader can take back.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::model::{Decision, Digest256, InstanceUid, MaskId, SeriesUid};
use crate::profile::GateDemand;
use crate::review::decisions::{Decisions, Provenance};
use crate::review::folds::FoldsSeen;
use crate::review::sample::Sample;
use crate::review::seen::Seen;
use crate::store::{EventBody, Recorded};

/// One step of a reader that can be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    at: Timestamp,
    reader: String,
    decisions: Vec<Decision>,
    fingerprints: BTreeMap<SeriesUid, Digest256>,
}

/// A step as the history tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepTold<'a> {
    /// Its place in the log.
    pub seq: u64,
    /// When it was made.
    pub at: Timestamp,
    /// Who made it, as claimed.
    pub reader: &'a str,
    /// What it decided.
    pub decisions: &'a [Decision],
    /// Whether it was taken back.
    pub undone: bool,
}

/// What one reader can take back, and what they can decide again.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
struct Stacks {
    undo: Vec<u64>,
    redo: Vec<u64>,
}

/// The fold of a log.
///
/// What holds is the fold, in the log's order, of all steps that are not taken back; so undo and
/// redo give exactly what was there before, whatever other readers did in between.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Journal {
    steps: BTreeMap<u64, Step>,
    undone: BTreeSet<u64>,
    stacks: BTreeMap<String, Stacks>,
    decisions: Decisions,
    seen: Seen,
    /// An instance of what was looked at last.
    last_looked: Option<InstanceUid>,
    folds: FoldsSeen,
    acknowledged: BTreeMap<String, BTreeSet<SeriesUid>>,
    overridden: BTreeSet<String>,
    samples: Vec<Sample>,
    /// What was signed, by whom, and in which entry.
    signed: BTreeMap<Digest256, (String, u64)>,
    last: u64,
    last_mask: u64,
    published: Option<u64>,
}

impl Journal {
    /// Folds a log from its beginning.
    pub fn replay<'a>(events: impl IntoIterator<Item = &'a Recorded>) -> Self {
        let mut journal = Self::default();
        for event in events {
            journal.take(event);
        }
        journal.refold();
        journal
    }

    /// Takes in the next event; one that was taken in already changes nothing.
    pub fn apply(&mut self, event: &Recorded) {
        if event.seq <= self.last {
            return;
        }
        if self.take(event) {
            self.refold();
        } else if let Some(step) = self.steps.get(&event.seq) {
            fold(&mut self.decisions, event.seq, step);
        }
    }

    /// Books an event; says whether the decisions must be folded again.
    fn take(&mut self, event: &Recorded) -> bool {
        if event.seq <= self.last {
            return false;
        }
        self.last = event.seq;
        match &event.body {
            EventBody::Decided { decisions, fingerprints } => {
                self.decided(event, decisions, fingerprints);
                false
            }
            EventBody::Undone { seq } => self.flip(&event.reader, *seq, true),
            EventBody::Redone { seq } => self.flip(&event.reader, *seq, false),
            EventBody::Looked { at } => {
                at.iter().for_each(|looked| self.seen.take(looked));
                if let Some(last) = at.last() {
                    self.last_looked = Some(last.instance.clone());
                }
                false
            }
            EventBody::Folded { stack, kinds } => {
                self.folds.add(*stack, kinds.iter().copied());
                false
            }
            EventBody::Acknowledged { what, series } => {
                self.acknowledged.entry(what.clone()).or_default().extend(series.iter().cloned());
                false
            }
            EventBody::Overridden { demand, .. } => {
                self.overridden.insert(demand.clone());
                false
            }
            EventBody::Sampled { .. } => {
                self.samples.extend(Sample::drawn(&event.body));
                false
            }
            EventBody::SampleJudged { frame, leak } => {
                // An older sample is past mending.
                if let Some(last) = self.samples.last_mut() {
                    last.judge(frame, *leak);
                }
                false
            }
            EventBody::Signed { batch, .. } => {
                self.signed.insert(*batch, (event.reader.clone(), event.seq));
                false
            }
            EventBody::Waived { .. } | EventBody::Withdrawn { .. } => false,
            EventBody::Published { .. } => {
                self.stacks.clear();
                // An override is for one export.
                self.overridden.clear();
                self.published = Some(event.seq);
                false
            }
        }
    }

    fn decided(
        &mut self,
        event: &Recorded,
        decisions: &[Decision],
        fingerprints: &BTreeMap<SeriesUid, Digest256>,
    ) {
        for decision in decisions {
            if let Decision::AddMask(mask) = decision {
                self.last_mask = self.last_mask.max(mask.id.0);
            }
        }
        let stacks = self.stacks.entry(event.reader.clone()).or_default();
        stacks.undo.push(event.seq);
        stacks.redo.clear();
        let step = Step {
            at: event.at,
            reader: event.reader.clone(),
            decisions: decisions.to_vec(),
            fingerprints: fingerprints.clone(),
        };
        self.steps.insert(event.seq, step);
    }

    /// Takes a step back or in again. What is not the reader's next one to go changes nothing.
    fn flip(&mut self, reader: &str, seq: u64, back: bool) -> bool {
        let Some(stacks) = self.stacks.get_mut(reader) else { return false };
        let (from, to) = if back {
            (&mut stacks.undo, &mut stacks.redo)
        } else {
            (&mut stacks.redo, &mut stacks.undo)
        };
        if from.last() != Some(&seq) {
            return false;
        }
        from.pop();
        to.push(seq);
        if back { self.undone.insert(seq) } else { self.undone.remove(&seq) }
    }

    fn refold(&mut self) {
        self.decisions = Decisions::default();
        for (seq, step) in &self.steps {
            if !self.undone.contains(seq) {
                fold(&mut self.decisions, *seq, step);
            }
        }
    }

    /// What holds now.
    pub const fn decisions(&self) -> &Decisions {
        &self.decisions
    }

    /// Gives out what holds now.
    pub fn into_decisions(self) -> Decisions {
        self.decisions
    }

    /// What was looked at.
    pub const fn seen(&self) -> &Seen {
        &self.seen
    }

    /// The last event taken in; 0 when there is none.
    pub const fn last(&self) -> u64 {
        self.last
    }

    /// The last export that became visible.
    pub const fn published(&self) -> Option<u64> {
        self.published
    }

    /// The step that undo would take back for a reader: their own, not before the last export.
    pub fn undoable(&self, reader: &str) -> Option<u64> {
        self.stacks.get(reader)?.undo.last().copied()
    }

    /// The step that redo would take in again for a reader.
    pub fn redoable(&self, reader: &str) -> Option<u64> {
        self.stacks.get(reader)?.redo.last().copied()
    }

    /// The steps that undo would take back for a reader, in that order.
    pub fn undo_order(&self, reader: &str) -> Vec<u64> {
        let own = self.stacks.get(reader);
        own.map(|stacks| stacks.undo.iter().rev().copied().collect()).unwrap_or_default()
    }

    /// All steps, oldest first.
    pub fn steps(&self) -> impl DoubleEndedIterator<Item = StepTold<'_>> {
        self.steps.iter().map(|(seq, step)| StepTold {
            seq: *seq,
            at: step.at,
            reader: &step.reader,
            decisions: &step.decisions,
            undone: self.undone.contains(seq),
        })
    }

    /// What a step decided.
    pub fn step(&self, seq: u64) -> &[Decision] {
        self.steps.get(&seq).map_or(&[], |step| &step.decisions)
    }

    /// An instance of what was looked at last: where a reader goes on after a restart.
    pub const fn last_looked(&self) -> Option<&InstanceUid> {
        self.last_looked.as_ref()
    }

    /// The projections that readers looked at.
    pub const fn folds(&self) -> &FoldsSeen {
        &self.folds
    }

    /// Whether a reader answered this question of the gate for a series.
    pub fn acknowledged(&self, what: &str, series: &SeriesUid) -> bool {
        self.acknowledged.get(what).is_some_and(|there| there.contains(series))
    }

    /// Whether a reader answered this question of the gate for the whole batch.
    pub fn acknowledged_whole(&self, what: &str) -> bool {
        self.acknowledged.contains_key(what)
    }

    /// Whether a reader let the next export go without this demand of the gate.
    pub fn is_overridden(&self, demand: GateDemand) -> bool {
        self.overridden.contains(demand.name())
    }

    /// The samples that were drawn, oldest first; only the last one can still be judged.
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// Who signed for what would go out under this digest, as claimed, and in which entry.
    pub fn signed(&self, batch: &Digest256) -> Option<(&str, u64)> {
        self.signed.get(batch).map(|(reader, seq)| (reader.as_str(), *seq))
    }

    /// The demands that readers overrode for the next export, by name.
    pub fn overridden(&self) -> impl Iterator<Item = &str> {
        self.overridden.iter().map(String::as_str)
    }

    /// A name that no mask of this review ever had.
    pub const fn next_mask(&self) -> MaskId {
        MaskId(self.last_mask + 1)
    }
}

fn fold(decisions: &mut Decisions, seq: u64, step: &Step) {
    let by = Provenance { seq, reader: &step.reader, fingerprints: &step.fingerprints };
    for decision in &step.decisions {
        decisions.apply(decision, by);
    }
}
