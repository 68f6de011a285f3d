//! One open review: outline, journal, selection, and what is on its way to the disk.

mod export;
mod findings;
mod folds;
mod groups;
mod history;
mod identity;
mod masks;
mod offer;
mod outcomes;
mod pending;
mod select;
mod show;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{
    Cause, Decision, Digest256, FoldKind, FrameFindings, InstanceUid, LookAlike, PatientKey,
    Proposal, Scope, SeriesUid,
};
use crate::profile::GateDemand;
use crate::review::command::{Command, ScopeLevel, Screen, ViewCommand};
use crate::review::decisions::Decisions;
use crate::review::effect::Effect;
use crate::review::folds::FoldsSeen;
use crate::review::journal::Journal;
use crate::review::outline::{InstanceCard, InstanceEntry, Outline, ProblemCard};
use crate::review::seen::Seen;
use crate::review::series::{Basis, Demand, SeriesState, SeriesSummary, Sight};
use crate::store::{EventBody, OutcomeRecord, Recorded};
use identity::Identity;
pub use outcomes::HELD_BY_READER;
use pending::Pending;

/// What is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The series.
    pub series: Option<SeriesUid>,
    /// The instance.
    pub instance: Option<InstanceUid>,
    /// The frame, counted from 0.
    pub frame: u32,
    /// The finding: its place among those of the frame.
    pub finding: Option<usize>,
    /// How far what one does next shall reach.
    pub level: ScopeLevel,
    /// Whether this very frame is on the screen.
    pub painted: bool,
    /// Whether this very frame cannot be shown.
    pub unpaintable: bool,
}

/// How things are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// Which screen.
    pub screen: Screen,
    /// Whether the metadata diff stands beside the image.
    pub diff: bool,
    /// Whether boxes of findings are drawn.
    pub findings: bool,
    /// Whether what is under the masks is shown.
    pub reveal: bool,
    /// The projection that stands for the stack; `None` shows frames.
    pub fold: Option<FoldKind>,
}

/// One open review.
#[derive(Debug)]
pub struct ReviewState {
    reader: String,
    basis: Basis,
    /// What the profile demands of an export.
    demands: Vec<GateDemand>,
    outline: Outline,
    journal: Journal,
    findings: BTreeMap<InstanceUid, Vec<FrameFindings>>,
    /// What the profile would do with each of them, by frame and finding, once that is told.
    proposals: BTreeMap<InstanceUid, Vec<Vec<Proposal>>>,
    outcomes: Vec<OutcomeRecord>,
    identity: Identity,
    summaries: BTreeMap<SeriesUid, SeriesSummary>,
    /// What was painted and is not on its way to the log yet.
    fresh: Seen,
    /// What was painted and is on its way; it counts as seen all the while.
    sent: Seen,
    pending: Pending,
    /// Projections that were painted and are on their way to the log.
    fresh_folds: FoldsSeen,
    /// Groups of each series that were judged by their projections.
    judged: BTreeMap<SeriesUid, BTreeSet<Arc<LookAlike>>>,
    /// Whether what was looked at could not be written when that was tried last.
    unwritten: bool,
    selection: Selection,
    /// The look-alike group that the reader goes through.
    group: Option<Arc<LookAlike>>,
    view: View,
}

impl ReviewState {
    /// Opens a review on an empty outline. `reader` is the name that stands beside decisions, as
    /// claimed.
    pub fn new(reader: &str, basis: Basis, journal: Journal) -> Self {
        Self {
            reader: reader.to_owned(),
            basis,
            demands: vec![GateDemand::Faces],
            outline: Outline::default(),
            journal,
            findings: BTreeMap::new(),
            proposals: BTreeMap::new(),
            outcomes: Vec::new(),
            identity: Identity::default(),
            summaries: BTreeMap::new(),
            fresh: Seen::default(),
            sent: Seen::default(),
            pending: Pending::default(),
            fresh_folds: FoldsSeen::default(),
            judged: BTreeMap::new(),
            unwritten: false,
            selection: Selection {
                series: None,
                instance: None,
                frame: 0,
                finding: None,
                level: ScopeLevel::Series,
                painted: false,
                unpaintable: false,
            },
            group: None,
            view: View {
                screen: Screen::Wall,
                diff: true,
                findings: true,
                reveal: false,
                fold: None,
            },
        }
    }

    // What comes in from outside.

    /// Takes in instances as the index streams them.
    pub fn grow(&mut self, cards: Vec<InstanceCard>) {
        let touched: BTreeSet<SeriesUid> =
            cards.into_iter().filter_map(|card| self.outline.add(card)).collect();
        self.recount(&touched);
    }

    /// Takes in files that are not part of the batch.
    pub fn grow_problems(&mut self, problems: Vec<ProblemCard>) {
        problems.into_iter().for_each(|problem| self.outline.add_problem(problem));
    }

    /// Takes in the SHA-256 of input files.
    pub fn inputs_read(&mut self, inputs: &[(InstanceUid, Digest256)]) {
        let touched: BTreeSet<SeriesUid> = inputs
            .iter()
            .filter_map(|(instance, input)| self.outline.set_input(instance, *input))
            .collect();
        if let (Some(instance), true) = (self.selection.instance.clone(), self.selection.painted) {
            self.note_seen(&instance, self.selection.frame);
        }
        self.recount(&touched);
    }

    /// Takes in the digest of a patient's dictionary, complete or (`None`) growing again.
    pub fn dictionary(&mut self, patient: &PatientKey, digest: Option<Digest256>) {
        let touched = self.outline.set_dictionary(patient, digest);
        self.recount(&touched.into_iter().collect());
    }

    /// Takes in what detection found in an instance, in the place of what it found before.
    pub fn found(&mut self, instance: &InstanceUid, frames: Vec<FrameFindings>) {
        self.found_many(vec![(instance.clone(), frames)]);
    }

    /// Takes in what detection found in many instances: each series is counted once.
    pub fn found_many(&mut self, found: Vec<(InstanceUid, Vec<FrameFindings>)>) {
        let mut touched = BTreeSet::new();
        for (instance, frames) in found {
            if self.selection.instance.as_ref() == Some(&instance) {
                self.selection.finding = None;
            }
            touched.extend(self.outline.series_of(&instance).cloned());
            self.proposals.remove(&instance);
            self.findings.insert(instance, frames);
        }
        self.recount(&touched);
    }

    /// Takes in what the profile would do with what was found: it decides nothing.
    pub fn proposed(&mut self, proposals: Vec<(InstanceUid, Vec<Vec<Proposal>>)>) {
        let series = proposals.iter().filter_map(|(uid, _)| self.outline.series_of(uid).cloned());
        let touched = series.collect();
        self.proposals.extend(proposals);
        self.recount(&touched);
    }

    fn proposal(&self, instance: &InstanceUid, frame: u32, finding: usize) -> Option<Proposal> {
        let frames = self.findings_of(instance);
        let at = frames.iter().position(|found| found.frame == frame)?;
        self.proposals.get(instance)?.get(at)?.get(finding).copied()
    }

    /// Takes in what turned out to be wrong with an instance.
    pub fn fault(&mut self, instance: &InstanceUid, cause: Cause) {
        if let Some(series) = self.outline.add_cause(instance, cause) {
            self.recount(&BTreeSet::from([series]));
        }
    }

    /// Changes profile or detector: verdicts that rest on another one turn stale.
    pub fn set_basis(&mut self, basis: Basis) {
        self.basis = basis;
        self.recount_all();
    }

    /// Says what the profile demands of an export; by default that faces are answered for.
    pub fn set_demands(&mut self, demands: Vec<GateDemand>) {
        self.demands = demands;
    }

    /// Whether the profile is for a benchmark only: what it makes may not leave the house.
    pub fn is_for_benchmark(&self) -> bool {
        self.demands.contains(&GateDemand::Benchmark)
    }

    /// Takes in how the files of an export ended.
    pub fn set_outcomes(&mut self, outcomes: Vec<OutcomeRecord>) {
        self.outcomes = outcomes;
    }

    /// Says that a frame is on the screen now; one that is no longer selected was only passed.
    pub fn painted(&mut self, instance: &InstanceUid, frame: u32) {
        if self.is_shown(instance, frame) && self.fold_shown().is_none() {
            self.selection.painted = true;
            self.selection.unpaintable = false;
            self.note_seen(instance, frame);
        }
    }

    /// Says that the selected frame cannot be shown: it can be held or rejected, not approved.
    pub fn not_paintable(&mut self, instance: &InstanceUid, frame: u32) {
        if self.is_shown(instance, frame) {
            self.selection.painted = false;
            self.selection.unpaintable = true;
        }
    }

    /// Takes in an event that is durable: only now what it decides is made.
    pub fn recorded(&mut self, event: &Recorded) -> Vec<Effect> {
        let request = self.pending.settle(event.ticket);
        self.unwritten = false;
        let mut touched = self.touched_by(&event.body);
        let before = self.decisions().identities().to_vec();
        self.journal.apply(event);
        self.identity.awaits |= before != self.decisions().identities();
        touched.extend(self.touched_by(&event.body));
        if self.pending.is_empty() {
            self.sent = Seen::default();
        }
        self.recount(&touched);
        let mut effects = Vec::new();
        if let Some(instance) = self.selection.instance.clone()
            && self.selection.series.as_ref().is_some_and(|series| touched.contains(series))
        {
            effects.push(Effect::Plan { instance });
        }
        effects.extend(self.after_record(event, request.is_some()));
        effects.extend(self.run_waiting());
        effects
    }

    /// Takes in that an event could not be written: nothing was decided. `why` names the fault
    /// without values.
    pub fn not_recorded(&mut self, ticket: u64, why: &str) -> Vec<Effect> {
        let Some(event) = self.pending.settle(ticket) else { return Vec::new() };
        self.pending.waiting.clear();
        if let EventBody::Folded { stack, .. } = event.body {
            // It must be looked at again: nothing says so of a projection that is gone.
            self.fresh_folds.forget(stack);
            self.recount_all();
            return vec![Effect::failed(format!("Not saved which projections you saw: {why}"))];
        }
        let EventBody::Looked { at } = &event.body else {
            return vec![Effect::failed(format!("Not saved, and so not decided: {why}"))];
        };
        // It was seen all the same: the next event says so again.
        at.iter().for_each(|looked| self.fresh.take(looked));
        self.unwritten = true;
        vec![Effect::failed(format!("Not saved which frames you saw: {why}"))]
    }

    /// Applies one intent of the reader and says what must happen outside.
    pub fn handle(&mut self, command: Command) -> Vec<Effect> {
        if command.waits() && !self.pending.is_empty() {
            self.pending.waiting.push_back(command);
            return Vec::new();
        }
        match command {
            Command::Select(command) => self.select(command),
            Command::Mask(command) => self.mask(command),
            Command::Finding(command) => self.finding(command),
            Command::Attribute(command) => self.attribute(command),
            Command::Identity(command) => self.identity(command),
            Command::Verdict(command) => self.verdict(&command),
            Command::Next { shown, repeat } => self.next(shown.as_ref(), repeat),
            Command::Narrower => self.change_level(-1),
            Command::Wider => self.change_level(1),
            Command::Scope(level) => self.set_level(level),
            Command::AcceptResidual { instance, place, reason } => {
                self.accept_residual(instance, place, reason)
            }
            Command::Undo => self.undo(),
            Command::Redo => self.redo(),
            Command::UndoTo(seq) => self.undo_to(seq),
            Command::ShowStep(seq) => self.show_step(seq),
            Command::Export(command) => self.export(command),
            Command::View(command) => self.change_view(&command),
            Command::Quit => self.quit(),
        }
    }

    fn run_waiting(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        while self.pending.is_empty()
            && let Some(command) = self.pending.waiting.pop_front()
        {
            effects.extend(self.handle(command));
        }
        effects
    }

    // What others may ask.

    /// The batch as listed.
    pub const fn outline(&self) -> &Outline {
        &self.outline
    }

    /// The fold of the log.
    pub const fn journal(&self) -> &Journal {
        &self.journal
    }

    /// What is decided, durably.
    pub const fn decisions(&self) -> &Decisions {
        self.journal.decisions()
    }

    /// What is looked at.
    pub const fn selection(&self) -> &Selection {
        &self.selection
    }

    /// How things are shown.
    pub const fn view(&self) -> View {
        self.view
    }

    /// How a series stands, in figures.
    pub fn summary(&self, series: &SeriesUid) -> Option<&SeriesSummary> {
        self.summaries.get(series)
    }

    /// How a series stands.
    pub fn series_state(&self, series: &SeriesUid) -> SeriesState {
        self.summary(series).map_or(SeriesState::Undecided, |summary| summary.state.clone())
    }

    /// What detection found in an instance.
    pub fn findings_of(&self, instance: &InstanceUid) -> &[FrameFindings] {
        self.findings.get(instance).map_or(&[], Vec::as_slice)
    }

    /// Number of decisions on their way to the disk.
    pub fn pending_count(&self) -> usize {
        self.pending.len()
    }

    // Within.

    fn sight(&self) -> Sight<'_> {
        Sight {
            outline: &self.outline,
            decisions: self.journal.decisions(),
            findings: &self.findings,
            proposals: &self.proposals,
            seen: [self.journal.seen(), &self.sent, &self.fresh],
            judged: &self.judged,
            held: &self.identity.held,
            basis: self.basis,
        }
    }

    fn is_shown(&self, instance: &InstanceUid, frame: u32) -> bool {
        self.selection.instance.as_ref() == Some(instance) && self.selection.frame == frame
    }

    /// The instance shown, with its series.
    fn shown(&self) -> Option<(&SeriesUid, &InstanceEntry)> {
        let instance = self.selection.instance.as_ref()?;
        Some((self.outline.series_of(instance)?, self.outline.instance(instance)?))
    }

    /// Books a painted frame and mends the counts that depend on it.
    fn note_seen(&mut self, instance: &InstanceUid, frame: u32) {
        let Some(series) = self.outline.series_of(instance).cloned() else { return };
        let Some(entry) = self.outline.instance(instance) else { return };
        let Some(input) = entry.input.filter(|_read| frame < entry.frames) else { return };
        let sight = self.sight();
        if sight.was_seen(entry, frame) {
            return;
        }
        let modality = self.outline.one_series(&series).map_or("", |series| &series.modality);
        let waited = sight.waits_for(modality, entry, frame);
        self.fresh.add(instance, input, frame);
        if let Some(summary) = self.summaries.get_mut(&series) {
            summary.seen += 1;
            match waited {
                Demand::Nothing => {}
                Demand::AnyEyes => {
                    summary.not_looked_at = summary.not_looked_at.saturating_sub(1);
                }
                Demand::HumanEyes => summary.unseen = summary.unseen.saturating_sub(1),
            }
        }
    }

    fn recount(&mut self, touched: &BTreeSet<SeriesUid>) {
        for series in touched {
            let judged = self.judged_by_folds(series);
            self.judged.insert(series.clone(), judged);
            if let Some(summary) = self.sight().summary(series) {
                self.summaries.insert(series.clone(), summary);
            }
        }
    }

    fn recount_all(&mut self) {
        let all = self.outline.series().map(|(uid, _)| uid.clone()).collect();
        self.recount(&all);
    }

    /// The series whose counts an event may change.
    fn touched_by(&self, body: &EventBody) -> BTreeSet<SeriesUid> {
        let decisions: &[Decision] = match body {
            EventBody::Decided { decisions, .. } => decisions,
            EventBody::Undone { seq } | EventBody::Redone { seq } => self.journal.step(*seq),
            EventBody::Looked { at } => {
                return at
                    .iter()
                    .filter_map(|looked| self.outline.series_of(&looked.instance).cloned())
                    .collect();
            }
            _ => &[],
        };
        decisions.iter().flat_map(|decision| self.series_touched(decision)).collect()
    }

    fn series_touched(&self, decision: &Decision) -> Vec<SeriesUid> {
        if let Decision::SetVerdict { series, .. } = decision {
            return vec![series.clone()];
        }
        match self.scope_of(decision) {
            Some(Scope::Batch) => self.outline.series().map(|(uid, _)| uid.clone()).collect(),
            Some(Scope::Series(series)) => vec![series],
            Some(Scope::Group(id)) => self.series_of_group(id),
            Some(Scope::Instance(instance) | Scope::Frame(instance, _)) => {
                self.outline.series_of(&instance).cloned().into_iter().collect()
            }
            None => Vec::new(),
        }
    }

    /// How far a decision reaches, by what holds now.
    fn scope_of(&self, decision: &Decision) -> Option<Scope> {
        match decision {
            Decision::AddMask(mask) => Some(mask.scope.clone()),
            Decision::ChangeMask { id, .. }
            | Decision::RemoveMask(id)
            | Decision::ExceptFromMask { id, .. } => {
                self.decisions().mask(*id).map(|mask| mask.scope.clone())
            }
            Decision::AnswerFinding { scope, .. } | Decision::OverrideAttribute { scope, .. } => {
                Some(scope.clone())
            }
            Decision::SetVerdict { series, .. } => Some(Scope::Series(series.clone())),
            Decision::AcceptResidual { instance, .. } => Some(Scope::Instance(instance.clone())),
            // Verdicts do not rest on it, and what follows from it is told apart.
            Decision::ResolveIdentity(_) => None,
        }
    }

    fn change_view(&mut self, command: &ViewCommand) -> Vec<Effect> {
        match command {
            ViewCommand::Screen(screen) => self.view.screen = *screen,
            ViewCommand::ToggleDiff => self.view.diff = !self.view.diff,
            ViewCommand::ToggleFindings => self.view.findings = !self.view.findings,
            ViewCommand::CycleFolds => return self.cycle_folds(),
            ViewCommand::Fold(kind) => return self.set_fold(*kind),
            ViewCommand::Reveal(on) => self.view.reveal = *on,
        }
        Vec::new()
    }
}
