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
            return vec![Effect::refused("Nothing to export: no series is approved")];
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

    /// The series that an export would release now: approved, and not stale.
    pub fn approved(&self) -> Vec<SeriesUid> {
        self.outline
            .series()
            .filter(|(uid, _)| self.series_state(uid) == SeriesState::Approved)
            .map(|(uid, _)| uid.clone())
            .collect()
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
            let patient = entry.and_then(|entry| self.outline.patient(&entry.patient));
            let patient = patient.map(|patient| patient.label.clone()).unwrap_or_default();
            GateRow { series: series.cloned(), patient, modality, label, words, must_answer }
        };
        let mut rows = Vec::new();
        if self.approved().is_empty() {
            rows.push(row(None, "no series is approved".to_owned(), true));
        }
        for uid in self.faces_unanswered() {
            rows.push(row(Some(&uid), "may show a face".to_owned(), true));
        }
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
