//! One open folder: the state of its review, what the jobs said, and rows kept until they change.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use crate::jobs::backend::{DestinationStanding, JobEvent, Opened, OutcomeRecord};
use crate::model::{Cause, FoldKind, InstanceUid, LookAlike, Picture, SeriesUid};
use crate::render::Folded;
use crate::review::{
    Basis, Command, DiffRow, Effect, FoldBox, FrameMark, GroupOffer, GroupRow, HistoryRow,
    InstanceRow, Journal, OutcomeRow, QuestionRow, ReviewState, Screen, SelectCommand, SeriesRow,
    StatusCounts, ViewCommand, diff_rows, mark_overrides,
};
use crate::ui::viewer::Tiles;

/// Stacks that are kept folded.
const MOST_FOLDS: usize = 4;

/// Steps done of steps there are.
pub(super) type Steps = (usize, usize);

/// How the export stands.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) enum Export {
    /// None was asked for.
    #[default]
    Idle,
    /// It runs.
    Running {
        /// Instances through.
        steps: Steps,
        /// Whether it was asked to stop.
        cancelled: bool,
    },
    /// It is through.
    Done {
        /// The report.
        report: PathBuf,
        /// The output folder.
        output: PathBuf,
    },
    /// It stopped.
    Failed(String),
}

/// The diff of one instance.
pub(super) struct PlanView {
    /// Which instance.
    pub instance: InstanceUid,
    /// Its rows.
    pub rows: Vec<DiffRow>,
    /// Whether the patient's dictionary is not complete.
    pub provisional: bool,
}

/// Rows that panels draw, built anew only after something happened.
#[derive(Default)]
pub(super) struct Rows {
    /// All series.
    pub series: Vec<SeriesRow>,
    /// The look-alike groups; kept up only while they are on the screen.
    pub groups: Vec<GroupRow>,
    /// The instances of the series shown.
    pub instances: Vec<InstanceRow>,
    /// The frames of the series shown.
    pub marks: Vec<FrameMark>,
    /// Projections of the stack shown that were on the screen; `None` where there is no stack.
    pub folds_seen: Option<BTreeSet<FoldKind>>,
    /// The places with text of the stack, while it is shown as one picture.
    pub fold_boxes: Vec<FoldBox>,
    /// The steps of the readers; kept up only while they are on the screen.
    pub history: Vec<HistoryRow>,
    /// What can be offered to the look-alike group; kept up only while that is on the screen.
    pub offer: Option<GroupOffer>,
    /// The questions of identity.
    pub questions: Vec<QuestionRow>,
    /// Figures for the status bar.
    pub counts: StatusCounts,
    /// How the files of the last export ended; kept up only while they are on the screen.
    pub outcomes: Vec<OutcomeRow>,
}

/// A picture of a look-alike group.
pub(super) struct Thumb {
    /// The picture.
    pub picture: Arc<Picture>,
    /// Whether it is of whole stacks, not of one image.
    pub folded: bool,
    /// It, on the graphics card, once it was drawn.
    pub tiles: Option<Tiles>,
}

/// A stack as one picture of each kind.
#[derive(Clone)]
pub(super) struct FoldedStack {
    /// The series.
    pub series: SeriesUid,
    /// The group.
    pub look: Arc<LookAlike>,
    /// The pictures.
    pub folded: Arc<Folded>,
    /// Its frames, in order.
    pub stack: Arc<[(InstanceUid, u32)]>,
}

/// One open folder.
pub(super) struct Session {
    /// The review.
    pub state: ReviewState,
    /// The folder.
    pub folder: PathBuf,
    /// The review's folder.
    pub review: PathBuf,
    /// Name of the profile.
    pub profile: String,
    /// Fingerprint of the key.
    pub key: String,
    /// Files read; `None` when all are.
    pub index: Option<Steps>,
    /// Instances detection went through; `None` when it is not running.
    pub detect: Option<Steps>,
    /// The export.
    pub export: Export,
    /// The destination that was looked at last, and how it stands.
    pub destination: Option<(PathBuf, DestinationStanding)>,
    /// The diff.
    pub plan: Option<PlanView>,
    /// Rows.
    pub rows: Rows,
    /// A picture of each look-alike group.
    pub thumbs: BTreeMap<Arc<LookAlike>, Thumb>,
    /// The stacks that were folded last, the newest at the end.
    pub folds: Vec<FoldedStack>,
    /// Whether the offer to the look-alike group is on the screen.
    pub offers: bool,
    /// The stack that was asked for last, and how many frames it had.
    pub fold_asked: Option<(SeriesUid, Arc<LookAlike>, u64)>,
    failed: Option<(InstanceUid, u32, Cause)>,
    /// Whether the reader has not chosen yet what to look at.
    resumes: bool,
    stale: bool,
}

impl Session {
    /// A review as it lies on disk, over a batch that is still being read.
    pub fn new(opened: Opened) -> Self {
        let basis = Basis { profile: opened.profile_digest, detector: opened.detector };
        let journal = Journal::replay(&opened.log);
        let mut state = ReviewState::new(&opened.reader, basis, journal);
        state.set_demands(opened.demands);
        state.set_outcomes(opened.outcomes);
        Self {
            state,
            folder: opened.folder,
            review: opened.review,
            profile: opened.profile,
            key: opened.key,
            index: Some((0, 0)),
            detect: None,
            export: Export::Idle,
            destination: None,
            plan: None,
            rows: Rows::default(),
            thumbs: BTreeMap::new(),
            folds: Vec::new(),
            offers: false,
            fold_asked: None,
            failed: None,
            resumes: true,
            stale: true,
        }
    }

    /// Applies an intent.
    pub fn handle(&mut self, command: Command) -> Vec<Effect> {
        self.stale = true;
        self.resumes &= !matches!(command, Command::Select(_));
        self.state.handle(command)
    }

    /// Says that a frame is on the screen.
    pub fn painted(&mut self, instance: &InstanceUid, frame: u32) {
        self.stale = true;
        self.state.painted(instance, frame);
    }

    /// Shows or hides what can be offered to the look-alike group.
    pub const fn show_offer(&mut self, on: bool) {
        self.stale |= self.offers != on;
        self.offers = on;
    }

    /// Says that a projection of the stack shown is on the screen.
    pub fn painted_fold(
        &mut self,
        series: &SeriesUid,
        look: &Arc<LookAlike>,
        kind: FoldKind,
    ) -> Vec<Effect> {
        self.stale = true;
        self.state.painted_fold(series, look, kind)
    }

    /// Why the selected frame cannot be shown.
    pub fn failed_frame(&self) -> Option<String> {
        let selection = self.state.selection();
        let (instance, frame, cause) = self.failed.as_ref()?;
        let same = selection.instance.as_ref() == Some(instance) && selection.frame == *frame;
        same.then(|| cause.to_string())
    }

    /// Takes in what the jobs said, apart from pictures.
    pub fn take(&mut self, event: JobEvent) -> Vec<Effect> {
        self.stale = true;
        match event {
            JobEvent::IndexProgress { done, total } => self.index = Some((done, total)),
            JobEvent::Indexed { cards, problems } => {
                self.state.grow(cards);
                self.state.grow_problems(problems);
                return self.select_first();
            }
            JobEvent::IndexFinished { dictionaries } => {
                self.index = None;
                for (patient, digest) in &dictionaries {
                    self.state.dictionary(patient, Some(*digest));
                }
                return self.go_on();
            }
            JobEvent::Identities(asked) => return self.state.set_identities(*asked),
            JobEvent::Recorded(event) => return self.state.recorded(&event),
            JobEvent::AppendFailed { ticket, why } => {
                return self.state.not_recorded(ticket, &why);
            }
            JobEvent::ShowFailed { instance, frame, cause } => {
                self.state.not_paintable(&instance, frame);
                self.state.fault(&instance, cause);
                self.failed = Some((instance, frame, cause));
            }
            JobEvent::Thumb { look, picture, folded } => {
                self.thumbs.insert(look, Thumb { picture, folded, tiles: None });
            }
            JobEvent::Folded { series, look, folded, stack } => {
                self.folds.retain(|it| it.series != series || it.look != look);
                self.folds.push(FoldedStack { series, look, folded, stack: stack.into() });
                let extra = self.folds.len().saturating_sub(MOST_FOLDS);
                self.folds.drain(..extra);
            }
            JobEvent::Planned { instance, plan, values } => {
                let rows = diff_rows(&plan, &values);
                self.plan = Some(PlanView { instance, rows, provisional: plan.provisional });
            }
            JobEvent::Detected { instance, frames } => self.state.found(&instance, frames),
            JobEvent::Proposed { proposals } => self.state.proposed(proposals),
            JobEvent::DetectProgress { done, total } => {
                self.detect = (done < total).then_some((done, total));
            }
            JobEvent::Destination { path, standing } => self.destination = Some((path, standing)),
            other => self.take_export(other),
        }
        Vec::new()
    }

    fn take_export(&mut self, event: JobEvent) {
        match event {
            JobEvent::ExportProgress { done, total } => {
                let cancelled = matches!(self.export, Export::Running { cancelled: true, .. });
                self.export = Export::Running { steps: (done, total), cancelled };
            }
            JobEvent::Exported { outcomes, report, output } => {
                self.outcomes(outcomes);
                self.export = Export::Done { report, output };
                self.destination = None;
            }
            JobEvent::ExportFailed { why } => {
                self.export = Export::Failed(why);
                self.destination = None;
            }
            _ => {}
        }
    }

    fn outcomes(&mut self, outcomes: Vec<OutcomeRecord>) {
        self.state.set_outcomes(outcomes);
    }

    /// Whether the selected instance has an image; `true` where nothing is selected.
    pub fn has_pixels(&self) -> bool {
        let shown = self.state.selection().instance.as_ref();
        let entry = shown.and_then(|uid| self.state.outline().instance(uid));
        entry.is_none_or(|entry| entry.has_pixels())
    }

    /// The projections of the stack shown, once they are there.
    pub fn fold_shown(&self) -> Option<(FoldKind, Option<&FoldedStack>)> {
        let (series, look, kind) = self.state.fold_shown()?;
        let frames = self.state.stack_frames(&series, &look);
        // One of fewer frames was made while the folder was being read: it shows less than there is.
        let is_whole = |it: &&FoldedStack| it.stack.len() as u64 == frames;
        let found = self.folds.iter().find(|it| it.series == series && it.look == look);
        Some((kind, found.filter(is_whole)))
    }

    /// The stack to ask for, if one is shown folded and is not there.
    pub fn fold_wanted(&mut self) -> Option<(SeriesUid, Arc<LookAlike>)> {
        let (_, None) = self.fold_shown()? else { return None };
        let (series, look, _) = self.state.fold_shown()?;
        let frames = self.state.stack_frames(&series, &look);
        let wanted = (series, look, frames);
        (self.fold_asked.as_ref() != Some(&wanted)).then(|| {
            self.fold_asked = Some(wanted.clone());
            (wanted.0, wanted.1)
        })
    }

    /// Selects the series that was looked at last before the window was closed, unless the reader went
    /// elsewhere since.
    fn go_on(&mut self) -> Vec<Effect> {
        let last = self.state.journal().last_looked();
        let series = last.and_then(|uid| self.state.outline().series_of(uid).cloned());
        match series.filter(|_| self.resumes && self.state.view().screen == Screen::Wall) {
            Some(series) => self.select_behind(series),
            None => Vec::new(),
        }
    }

    /// Selects a series and stays at the screen that is shown.
    fn select_behind(&mut self, series: SeriesUid) -> Vec<Effect> {
        let screen = self.state.view().screen;
        let mut effects = self.state.handle(Command::Select(SelectCommand::Series(series)));
        effects.extend(self.state.handle(Command::View(ViewCommand::Screen(screen))));
        effects
    }

    /// Shows the first series as soon as there is one and nothing is selected; the groups stay in front.
    fn select_first(&mut self) -> Vec<Effect> {
        if self.state.selection().series.is_some() {
            return Vec::new();
        }
        let first = self.state.outline().series().next().map(|(uid, _)| uid.clone());
        match first {
            Some(series) => self.select_behind(series),
            None => Vec::new(),
        }
    }

    /// Builds the rows anew where something happened since.
    pub fn refresh(&mut self) {
        if !std::mem::take(&mut self.stale) {
            return;
        }
        self.rows.series = self.state.series_rows();
        self.rows.questions = self.state.question_rows();
        self.rows.counts = self.state.status_counts();
        let selection = self.state.selection();
        let shown = selection.series.as_ref().map(|uid| self.state.instance_rows(uid));
        self.rows.instances = shown.unwrap_or_default();
        let marks = selection.series.as_ref().map(|uid| self.state.frame_marks(uid));
        self.rows.marks = marks.unwrap_or_default();
        self.rows.folds_seen = self.state.stack_shown().map(|_| self.state.folds_seen());
        let folded = self.state.fold_shown();
        let boxes = folded.map(|(series, look, _)| self.state.fold_boxes(&series, &look));
        self.rows.fold_boxes = boxes.unwrap_or_default();
        self.rows.offer = self.offers.then(|| self.state.group_offer()).flatten();
        if self.state.view().screen == Screen::Wall {
            self.rows.groups = self.state.group_rows();
        }
        if self.state.view().screen == Screen::History {
            self.rows.history = self.state.history_rows();
        }
        if self.state.view().screen == Screen::Report {
            self.rows.outcomes = self.state.outcome_rows();
        }
        if let Some(plan) = &mut self.plan
            && let Some(lies) = self.state.outline().lies(&plan.instance)
        {
            mark_overrides(&mut plan.rows, self.state.decisions(), (lies, &plan.instance));
        }
    }

    /// The diff of the instance shown, once it is there.
    pub fn plan_shown(&self) -> Option<&PlanView> {
        let shown = self.state.selection().instance.as_ref()?;
        self.plan.as_ref().filter(|plan| plan.instance == *shown)
    }
}
