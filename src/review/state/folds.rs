//! Stacks shown as one picture: what of a look-alike group lies in a series.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{Digest256, FoldKind, InstanceUid, LookAlike, Region, SeriesUid};
use crate::review::ReviewState;
use crate::review::decisions::FindingState;
use crate::review::effect::Effect;
use crate::review::folds::{are_enough, stack_digest};
use crate::review::outline::InstanceEntry;
use crate::review::rows::FoldBox;
use crate::store::EventBody;

impl ReviewState {
    /// The stack of what is shown, if it has more than one frame.
    pub fn stack_shown(&self) -> Option<(SeriesUid, Arc<LookAlike>)> {
        let (series, entry) = self.shown()?;
        (self.stack_frames(series, &entry.look) > 1)
            .then(|| (series.clone(), Arc::clone(&entry.look)))
    }

    /// Number of frames of a stack, as far as the batch was read.
    pub fn stack_frames(&self, series: &SeriesUid, look: &Arc<LookAlike>) -> u64 {
        self.stack(series, look).map(|it| u64::from(it.frames)).sum()
    }

    /// The stack that is shown as one picture, and how.
    pub fn fold_shown(&self) -> Option<(SeriesUid, Arc<LookAlike>, FoldKind)> {
        let kind = self.view.fold?;
        self.stack_shown().map(|(series, look)| (series, look, kind))
    }

    fn stack<'a>(
        &'a self,
        series: &SeriesUid,
        look: &'a Arc<LookAlike>,
    ) -> impl Iterator<Item = &'a InstanceEntry> {
        self.outline.members(series).filter(move |entry| entry.look == *look)
    }

    /// Names a stack; `None` while a file of it was not read.
    fn stack_name(&self, series: &SeriesUid, look: &Arc<LookAlike>) -> Option<Digest256> {
        let mut frames = Vec::new();
        for entry in self.stack(series, look) {
            let input = entry.input?;
            frames.extend((0..entry.frames).map(|frame| (input, frame)));
        }
        Some(stack_digest(frames))
    }

    /// Projections of the stack shown that were on the screen.
    pub fn folds_seen(&self) -> BTreeSet<FoldKind> {
        let stack = self.stack_shown();
        let name = stack.and_then(|(series, look)| self.stack_name(&series, &look));
        name.map(|name| self.folds_of(name)).unwrap_or_default()
    }

    fn folds_of(&self, stack: Digest256) -> BTreeSet<FoldKind> {
        let mut seen = self.journal.folds().of(stack);
        seen.extend(self.fresh_folds.of(stack));
        seen
    }

    /// Says that a projection of the stack shown is on the screen now.
    pub fn painted_fold(
        &mut self,
        of: &SeriesUid,
        look: &Arc<LookAlike>,
        kind: FoldKind,
    ) -> Vec<Effect> {
        let is_shown = |shown: &(SeriesUid, Arc<LookAlike>, FoldKind)| {
            (&shown.0, &shown.1, shown.2) == (of, look, kind)
        };
        if !self.fold_shown().as_ref().is_some_and(is_shown) {
            return Vec::new();
        }
        self.selection.painted = true;
        self.selection.unpaintable = false;
        let Some(stack) = self.stack_name(of, look) else { return Vec::new() };
        if self.journal.folds().of(stack).contains(&kind) || !self.fresh_folds.add(stack, [kind]) {
            return Vec::new();
        }
        self.recount(&BTreeSet::from([of.clone()]));
        vec![self.pending.send(&self.reader, EventBody::Folded { stack, kinds: [kind].into() })]
    }

    /// Groups of a series that were judged by their projections.
    pub(super) fn judged_by_folds(&self, series: &SeriesUid) -> BTreeSet<Arc<LookAlike>> {
        if self.journal.folds().is_empty() && self.fresh_folds.is_empty() {
            return BTreeSet::new();
        }
        let mut looks: BTreeMap<&Arc<LookAlike>, u64> = BTreeMap::new();
        for entry in self.outline.members(series) {
            *looks.entry(&entry.look).or_default() += u64::from(entry.frames);
        }
        let is_judged = |(look, frames): &(&Arc<LookAlike>, u64)| {
            let name = self.stack_name(series, look);
            *frames > 1 && name.is_some_and(|name| are_enough(&self.folds_of(name), *frames))
        };
        looks.into_iter().filter(is_judged).map(|(look, _)| Arc::clone(look)).collect()
    }

    /// The boxes of a stack, each place once, with how many frames have it and how they stand.
    pub fn fold_boxes(&self, series: &SeriesUid, look: &Arc<LookAlike>) -> Vec<FoldBox> {
        let sight = self.sight();
        let mut boxes: BTreeMap<Region, FoldBox> = BTreeMap::new();
        for entry in self.stack(series, look) {
            for found in self.findings_of(&entry.instance) {
                for finding in &found.findings {
                    let state = sight.finding_state(series, entry, (found.frame, finding));
                    let it = boxes.entry(finding.region).or_insert_with(|| FoldBox {
                        region: finding.region,
                        text: finding.text.clone(),
                        frames: 0,
                        open: 0,
                        masked: 0,
                        first: (entry.instance.clone(), found.frame),
                    });
                    it.frames += 1;
                    match state {
                        FindingState::Open => it.open += 1,
                        FindingState::Masked => it.masked += 1,
                        FindingState::Kept => {}
                    }
                }
            }
        }
        boxes.into_values().collect()
    }

    /// Shows the next way to look at the stack: its frames, then each projection.
    pub(super) fn cycle_folds(&mut self) -> Vec<Effect> {
        if self.stack_shown().is_none() {
            return vec![Effect::refused("A single frame has no projections")];
        }
        let at = self.view.fold.and_then(|kind| FoldKind::ALL.iter().position(|it| *it == kind));
        self.set_fold(FoldKind::ALL.get(at.map_or(0, |at| at + 1)).copied())
    }

    /// Shows the stack as one picture, or its frames.
    pub(super) fn set_fold(&mut self, kind: Option<FoldKind>) -> Vec<Effect> {
        if self.view.fold == kind {
            return Vec::new();
        }
        self.view.fold = kind;
        self.selection.painted = false;
        self.selection.finding = None;
        match (kind, self.selection.instance.clone()) {
            (None, Some(instance)) => vec![Effect::Show { instance, frame: self.selection.frame }],
            _ => Vec::new(),
        }
    }

    /// Leaves the projections for a frame of the series.
    pub(super) fn show_one(&mut self, instance: &InstanceUid, frame: u32) -> Vec<Effect> {
        let mut effects = self.set_fold(None);
        effects.extend(self.show_frame(instance, frame));
        effects
    }
}
