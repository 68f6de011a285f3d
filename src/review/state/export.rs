//! The gate, the export and the end.

use std::path::PathBuf;

use crate::model::SeriesUid;
use crate::review::ReviewState;
use crate::review::command::{ExportCommand, Screen};
use crate::review::effect::{Effect, ExportRequest};
use crate::review::rows::GateRow;
use crate::review::series::SeriesState;
use crate::store::EventBody;

/// The gate's question about recognizable features, as it stands in the log.
const FACES: &str = "face-risk";

impl ReviewState {
    pub(super) fn export(&mut self, command: ExportCommand) -> Vec<Effect> {
        match command {
            ExportCommand::Ask => {
                self.view.screen = Screen::Gate;
                self.flush_seen().into_iter().collect()
            }
            ExportCommand::Confirm { destination, faces_accepted, into_existing } => {
                self.confirm_export((destination, into_existing), faces_accepted)
            }
        }
    }

    fn confirm_export(
        &mut self,
        (destination, into_existing): (PathBuf, bool),
        faces_accepted: bool,
    ) -> Vec<Effect> {
        let series = self.approved();
        if series.is_empty() {
            let why = if self.waits_for_identity() {
                "Nothing to export: nobody said yet whose the approved files are"
            } else {
                "Nothing to export: no series is approved"
            };
            return vec![Effect::refused(why)];
        }
        let faces = self.faces_unanswered();
        if faces.is_empty() {
            let mut effects: Vec<Effect> = self.flush_seen().into_iter().collect();
            effects.push(Effect::Export(ExportRequest { destination, series, into_existing }));
            return effects;
        }
        if !faces_accepted {
            return vec![Effect::refused(
                "Approved series may show faces: say at the gate that they may be released",
            )];
        }
        let body = EventBody::Acknowledged { what: FACES.to_owned(), series: faces };
        let effects = vec![self.pending.send(&self.reader, body)];
        // The export starts when the answer is on disk.
        let again = ExportCommand::Confirm { destination, faces_accepted: false, into_existing };
        self.pending.waiting.push_front(crate::review::Command::Export(again));
        effects
    }

    /// The series that an export would release now: approved, not stale, and nobody asks whose
    /// files they are.
    pub fn approved(&self) -> Vec<SeriesUid> {
        self.outline
            .series()
            .filter(|(uid, _)| self.series_state(uid) == SeriesState::Approved)
            .filter(|(uid, _)| !self.identity.held.contains(*uid))
            .map(|(uid, _)| uid.clone())
            .collect()
    }

    /// Whether approved series wait for nothing but an answer about their identity.
    pub fn waits_for_identity(&self) -> bool {
        self.identity.held.iter().any(|uid| self.series_state(uid) == SeriesState::Approved)
    }

    /// Approved series that may show recognizable features and nobody said yes to.
    fn faces_unanswered(&self) -> Vec<SeriesUid> {
        let risky = |uid: &SeriesUid| self.summary(uid).is_some_and(|it| it.face_risk > 0);
        self.approved()
            .into_iter()
            .filter(|uid| risky(uid) && !self.journal.acknowledged(FACES, uid))
            .collect()
    }

    /// What stands in the way of an export, each where it is mended, a line a series.
    ///
    /// Series that are not approved do not stop it: they stay out, and are listed for that.
    pub fn what_blocks_export(&self) -> Vec<GateRow> {
        let row = |series: Option<&SeriesUid>, words: String, must_answer| {
            let entry = series.and_then(|uid| self.outline.one_series(uid));
            let label = entry.map(|entry| entry.label.clone()).unwrap_or_default();
            let modality = entry.map(|entry| entry.modality.clone()).unwrap_or_default();
            let patient = series.map(|uid| self.outline.patient_label(uid)).unwrap_or_default();
            let (series, question) = (series.cloned(), None);
            GateRow { series, question, patient, modality, label, words, must_answer }
        };
        let mut rows = Vec::new();
        if self.approved().is_empty() && !self.waits_for_identity() {
            rows.push(row(None, "no series is approved".to_owned(), true));
        }
        for uid in self.faces_unanswered() {
            rows.push(row(Some(&uid), "may show a face".to_owned(), true));
        }
        rows.extend(self.questions_at_gate());
        for (uid, _) in self.outline.series() {
            let Some(summary) = self.summary(uid) else { continue };
            let mut words = match &summary.state {
                SeriesState::Approved => continue,
                SeriesState::Undecided => "undecided".to_owned(),
                SeriesState::Held { reason } => format!("held: {reason}"),
                SeriesState::Rejected { reason } => format!("rejected: {reason}"),
                SeriesState::Stale { .. } => {
                    "its verdict is stale: something it rested on changed".to_owned()
                }
            };
            if summary.state.needs_verdict() {
                for item in summary.open_items() {
                    words.push_str(&format!("; {item}"));
                }
            }
            rows.push(row(Some(uid), words, false));
        }
        rows
    }

    pub(super) fn quit(&mut self) -> Vec<Effect> {
        // Nothing decided is lost with what could not be written: it must not hold the window open.
        let flushed = if self.unwritten { None } else { self.flush_seen() };
        match flushed {
            Some(effect) => {
                self.pending.waiting.push_back(crate::review::Command::Quit);
                vec![effect]
            }
            None => vec![Effect::Quit],
        }
    }
}
