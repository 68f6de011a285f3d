//! Verdicts, the next thing to decide, undo and redo.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{Decision, InstanceUid, Lies, LookAlike, Scope, SeriesUid, Verdict};
use crate::review::ReviewState;
use crate::review::command::{FindingRef, VerdictCommand};
use crate::review::decisions::FindingState;
use crate::review::effect::Effect;
use crate::review::series::{Demand, OpenItem};
use crate::store::{EventBody, Recorded};

impl ReviewState {
    pub(super) fn verdict(&mut self, command: &VerdictCommand) -> Vec<Effect> {
        if command.repeat || self.selection.instance.as_ref() != Some(&command.shown) {
            return Vec::new();
        }
        // What cannot be shown can still be kept back.
        let keeps_back = command.verdict != Verdict::Approved;
        if !(self.selection.painted || (keeps_back && self.selection.unpaintable)) {
            return Vec::new();
        }
        let needs_reason = matches!(command.verdict, Verdict::Held | Verdict::Rejected);
        if needs_reason && command.reason.trim().is_empty() {
            return vec![Effect::refused("A reason is needed to hold or reject a series")];
        }
        let Some(series) = self.selection.series.clone() else { return Vec::new() };
        let open = self.summary(&series).map(|it| it.open_items()).unwrap_or_default();
        let waits = open.iter().copied().filter(|item| item.refuses_approval());
        if command.verdict == Verdict::Approved && waits.clone().next().is_some() {
            return vec![Effect::refused(format!("Not approved: {}", listed(waits)))];
        }
        let mut effects = self.give_verdict(&series, command.verdict, command.reason.trim());
        let passed = open.into_iter().filter(|item| !item.refuses_approval());
        if command.verdict == Verdict::Approved && passed.clone().next().is_some() {
            effects.push(Effect::news(format!("Approved although {}", listed(passed))));
        }
        effects
    }

    fn give_verdict(&mut self, series: &SeriesUid, verdict: Verdict, reason: &str) -> Vec<Effect> {
        let clears = verdict == Verdict::Undecided;
        if clears && self.decisions().verdict(series).is_none() {
            return Vec::new();
        }
        let current = self.summary(series).and_then(|summary| summary.fingerprint);
        let Some(current) = current.or_else(|| clears.then_some(crate::model::Digest256([0; 32])))
        else {
            return vec![Effect::refused(
                "Not yet: files or names of this patient are still being read",
            )];
        };
        let mut effects: Vec<Effect> = self.flush_seen().into_iter().collect();
        let decision =
            Decision::SetVerdict { series: series.clone(), verdict, reason: reason.to_owned() };
        let fingerprints =
            if clears { BTreeMap::new() } else { BTreeMap::from([(series.clone(), current)]) };
        let body = EventBody::Decided { decisions: vec![decision], fingerprints };
        effects.push(self.pending.send(&self.reader, body));
        effects
    }

    /// Goes to the next thing that needs a decision, or approves what is finished.
    pub(super) fn next(&mut self, shown: Option<&InstanceUid>, repeat: bool) -> Vec<Effect> {
        let Some(series) = self.selection.series.clone() else { return self.next_series(None) };
        if self.selection.instance.as_ref() != shown {
            return Vec::new();
        }
        // What is not painted yet must be seen first, or it would be passed unseen.
        if !self.selection.painted && !self.selection.unpaintable {
            return Vec::new();
        }
        if !self.series_state(&series).needs_verdict() {
            return self.next_series(Some(&series));
        }
        if let Some(finding) = self.next_open_finding(&series) {
            return self.show_finding(&finding);
        }
        if let Some((instance, frame)) = self.next_unseen(&series) {
            return self.show_one(&instance, frame);
        }
        let open = self.summary(&series).map(|it| it.open_items()).unwrap_or_default();
        if open.is_empty() && self.selection.painted {
            return if repeat {
                Vec::new()
            } else {
                self.give_verdict(&series, Verdict::Approved, "")
            };
        }
        let mut effects = Vec::new();
        if !open.is_empty() {
            effects.push(Effect::refused(format!("Left open: {}", listed(open.into_iter()))));
        }
        effects.extend(self.next_series(Some(&series)));
        effects
    }

    /// The next series after `from`, around the end, that needs a verdict; when the group that one goes
    /// through has none, the first of the next group.
    fn next_series(&mut self, from: Option<&SeriesUid>) -> Vec<Effect> {
        let order = self.order();
        let start = from.and_then(|uid| order.iter().position(|other| other == uid));
        let start = start.map_or(0, |at| at + 1);
        let next = order
            .iter()
            .cycle()
            .skip(start)
            .take(order.len())
            .filter(|uid| Some(*uid) != from)
            .find(|uid| self.series_state(uid).needs_verdict() && !self.verdict_pending(uid));
        if let Some(series) = next {
            return self.show_of_group(series);
        }
        let group = self.group.is_some().then(|| self.next_group()).flatten();
        // A series of several groups is left, not shown again.
        let leads_on = |look: &Arc<LookAlike>| Some(look) != self.group.as_ref();
        match group.filter(leads_on) {
            Some(look) => {
                let mut effects = self.go_through(Some(look));
                effects.push(Effect::news("This group needs nothing more: here is the next"));
                effects
            }
            None => vec![Effect::news("No other series needs a verdict")],
        }
    }

    /// Whether a verdict on a series is on its way to the disk.
    pub(super) fn verdict_pending(&self, series: &SeriesUid) -> bool {
        self.pending.decisions().any(
            |decision| matches!(decision, Decision::SetVerdict { series: of, .. } if of == series),
        )
    }

    /// The next open finding of the series, from the selected one on, around the end.
    fn next_open_finding(&self, series: &SeriesUid) -> Option<FindingRef> {
        let all = self.findings_of_series();
        let selected = self.selected_finding();
        let start = selected.and_then(|finding| all.iter().position(|other| *other == finding));
        let start = start.map_or(0, |at| at + 1);
        let sight = self.sight();
        let mut around = all.iter().cycle().skip(start).take(all.len());
        around
            .find(|reference| {
                let entry = self.outline.instance(&reference.instance);
                let found = self.finding_index(reference).and_then(|at| {
                    self.findings_of_frame(&reference.instance, reference.frame).get(at)
                });
                entry.zip(found).is_some_and(|(entry, finding)| {
                    let frame = reference.frame;
                    sight.finding_state(series, entry, (frame, finding)) == FindingState::Open
                })
            })
            .cloned()
    }

    /// The next frame that waits for eyes, then the next instance that masks leave out.
    fn next_unseen(&self, series: &SeriesUid) -> Option<(InstanceUid, u32)> {
        let modality = &self.outline.one_series(series)?.modality;
        let sight = self.sight();
        // From a frame that cannot be shown only forward, else two of them would hold the reader.
        let only_forward = self.selection.unpaintable;
        let shown = (self.selection.instance.as_ref(), self.selection.frame);
        let mut passed = false;
        let mut unseen = None;
        for entry in self.outline.members(series) {
            for frame in 0..entry.frames {
                if (Some(&entry.instance), frame) == shown {
                    passed = true;
                } else if (passed || !only_forward)
                    && unseen.is_none()
                    && sight.waits_for(modality, entry, frame) != Demand::Nothing
                {
                    unseen = Some((entry.instance.clone(), frame));
                }
            }
        }
        unseen.or_else(|| {
            self.outline
                .members(series)
                .filter(|entry| self.selection.instance.as_ref() != Some(&entry.instance))
                .find(|entry| sight.left_out_by_size(series, entry))
                .map(|entry| (entry.instance.clone(), 0))
        })
    }

    pub(super) fn undo(&mut self) -> Vec<Effect> {
        match self.journal.undoable(&self.reader) {
            Some(seq) => vec![self.pending.send(&self.reader, EventBody::Undone { seq })],
            None => vec![Effect::refused("Nothing to undo")],
        }
    }

    pub(super) fn redo(&mut self) -> Vec<Effect> {
        match self.journal.redoable(&self.reader) {
            Some(seq) => vec![self.pending.send(&self.reader, EventBody::Redone { seq })],
            None => vec![Effect::refused("Nothing to redo")],
        }
    }

    /// What follows when an event of ours is durable: the view moves only now.
    pub(super) fn after_record(&mut self, event: &Recorded, ours: bool) -> Vec<Effect> {
        if !ours {
            return Vec::new();
        }
        match &event.body {
            EventBody::Decided { decisions, .. } => {
                let given = decisions.iter().find_map(|decision| match decision {
                    Decision::SetVerdict { series, verdict, .. } => Some((series, *verdict)),
                    _ => None,
                });
                match given {
                    Some((series, verdict))
                        if verdict != Verdict::Undecided
                            && self.selection.series.as_ref() == Some(series) =>
                    {
                        self.next_series(Some(series))
                    }
                    _ => Vec::new(),
                }
            }
            EventBody::Undone { seq } | EventBody::Redone { seq } => self.show_step(*seq),
            // Where there is a leak there is something to mend first.
            EventBody::SampleJudged { leak: false, .. } => self.next_sampled(),
            _ => Vec::new(),
        }
    }

    /// Goes where a step took place, unless it touches what is shown.
    pub(super) fn show_step(&mut self, seq: u64) -> Vec<Effect> {
        let step = self.journal.step(seq);
        if let Some(Decision::ResolveIdentity(said)) = step.first() {
            let patients = said.patients.clone();
            return self.show_question(patients);
        }
        let Some(scope) = step.iter().find_map(|it| self.scope_of(it)) else {
            return Vec::new();
        };
        if let Some((series, entry)) = self.shown()
            && scope.covers(
                Lies { series, group: entry.group },
                &entry.instance,
                self.selection.frame,
            )
        {
            return Vec::new();
        }
        match scope {
            Scope::Batch | Scope::Group(_) => Vec::new(),
            Scope::Series(series) => self.show_series(&series),
            Scope::Instance(instance) => self.show_frame(&instance, 0),
            Scope::Frame(instance, frame) => self.show_frame(&instance, frame),
        }
    }
}

fn listed(items: impl Iterator<Item = OpenItem>) -> String {
    items.map(|item| item.to_string()).collect::<Vec<_>>().join("; ")
}
