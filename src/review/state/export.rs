//! The gate, the export and the end.

use std::path::PathBuf;

use crate::model::{Cause, Digest256, SeriesUid};
use crate::profile::GateDemand;
use crate::review::ReviewState;
use crate::review::command::{ExportCommand, Screen};
use crate::review::effect::{Effect, ExportRequest};
use crate::review::gate::{BENCHMARK, FACES, GateFacts, Unmet, problems_question, unmet};
use crate::review::going::{GateSeries, batch_digest};
use crate::review::rows::GateRow;
use crate::review::sample::Sample;
use crate::review::series::SeriesState;
use crate::store::{EventBody, SampledFrame};

const MAY_SHOW: &str = "may show a face";

impl ReviewState {
    pub(super) fn export(&mut self, command: ExportCommand) -> Vec<Effect> {
        match command {
            ExportCommand::Ask => {
                self.view.screen = Screen::Gate;
                self.flush_seen().into_iter().collect()
            }
            ExportCommand::SeenProblems => self.seen_problems(),
            ExportCommand::ReleaseFace(series) => {
                vec![self.acknowledge(FACES.to_owned(), vec![series])]
            }
            ExportCommand::ForBenchmark { typed } => self.for_benchmark(&typed),
            ExportCommand::Override { demand, reason } => self.override_demand(demand, &reason),
            ExportCommand::Draw => self.draw(),
            ExportCommand::NextSampled => self.next_sampled(),
            ExportCommand::Judge { leak } => self.judge(leak),
            ExportCommand::Sign { statement } => self.sign(&statement),
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
        let mut open = self.unmet();
        let faces = open.iter().position(|unmet| unmet.demand == GateDemand::Faces);
        let faces = faces.map(|at| open.remove(at).series);
        if faces.is_some() && !faces_accepted {
            return vec![Effect::refused(
                "Approved series may show faces: say at the gate that they may be released",
            )];
        }
        if !open.is_empty() {
            return vec![Effect::refused(format!("The gate stays shut: {}", listed(&open)))];
        }
        let Some(series_with_faces) = faces else {
            let mut effects: Vec<Effect> = self.flush_seen().into_iter().collect();
            effects.push(Effect::Export(ExportRequest { destination, series, into_existing }));
            return effects;
        };
        let effects = vec![self.acknowledge(FACES.to_owned(), series_with_faces)];
        // The export starts when the answer is on disk.
        let again = ExportCommand::Confirm { destination, faces_accepted: false, into_existing };
        self.pending.waiting.push_front(crate::review::Command::Export(again));
        effects
    }

    fn acknowledge(&mut self, what: String, series: Vec<SeriesUid>) -> Effect {
        self.pending.send(&self.reader, EventBody::Acknowledged { what, series })
    }

    fn seen_problems(&mut self) -> Vec<Effect> {
        let facts = self.gate_facts();
        let (count, question) = (facts.problems, facts.problems_question);
        if count == 0 || self.journal.acknowledged_whole(&question) {
            return Vec::new();
        }
        vec![self.acknowledge(question, Vec::new())]
    }

    fn for_benchmark(&mut self, typed: &str) -> Vec<Effect> {
        if typed.trim() != BENCHMARK {
            return vec![Effect::refused(format!("Type the word {BENCHMARK} to go on"))];
        }
        if self.journal.acknowledged_whole(BENCHMARK) {
            return Vec::new();
        }
        vec![self.acknowledge(BENCHMARK.to_owned(), Vec::new())]
    }

    fn override_demand(&mut self, demand: GateDemand, reason: &str) -> Vec<Effect> {
        if !demand.can_be_overridden() {
            return vec![Effect::refused("No override takes the place of this demand")];
        }
        if reason.trim().is_empty() {
            return vec![Effect::refused("A reason is needed to override a demand of the gate")];
        }
        if self.unmet().iter().all(|unmet| unmet.demand != demand) {
            return Vec::new();
        }
        let (demand, reason) = (demand.name().to_owned(), reason.trim().to_owned());
        vec![self.pending.send(&self.reader, EventBody::Overridden { demand, reason })]
    }

    fn draw(&mut self) -> Vec<Effect> {
        if self.approved().is_empty() {
            return vec![Effect::refused("Nothing to draw from: no series is approved")];
        }
        // What was looked at until now is no part of it.
        self.flush_seen().into_iter().chain([Effect::Draw]).collect()
    }

    pub(super) fn next_sampled(&mut self) -> Vec<Effect> {
        let facts = self.gate_facts();
        let next = facts.sample().and_then(|sample| sample.open().next().cloned());
        match next {
            Some(next) => self.show_frame(&next.instance, next.frame),
            None => vec![Effect::news("Every frame of the sample is judged")],
        }
    }

    /// Names what would go out now, as samples and signatures do.
    pub fn batch(&self) -> Digest256 {
        batch_digest(&self.gate_facts().series)
    }

    /// The sample that speaks for what would go out now.
    pub fn sample(&self) -> Option<Sample> {
        self.gate_facts().sample().cloned()
    }

    /// Whether the sample asks about the frame shown.
    pub fn is_sampled(&self) -> bool {
        let Some(instance) = &self.selection.instance else { return false };
        let last = self.journal.samples().last();
        last.is_some_and(|sample| sample.asks_about(instance, self.selection.frame))
    }

    fn judge(&mut self, leak: bool) -> Vec<Effect> {
        if !self.is_sampled() || !self.selection.painted {
            return Vec::new();
        }
        let Some(entry) = self.shown().map(|(_, entry)| entry) else { return Vec::new() };
        let Some(input) = entry.input else { return Vec::new() };
        let (instance, frame) = (entry.instance.clone(), self.selection.frame);
        let frame = SampledFrame { instance, input, frame };
        vec![self.pending.send(&self.reader, EventBody::SampleJudged { frame, leak })]
    }

    fn sign(&mut self, statement: &str) -> Vec<Effect> {
        if statement.trim().is_empty() {
            return vec![Effect::refused("Say what you sign")];
        }
        if self.approved().is_empty() {
            return vec![Effect::refused("Nothing to sign for: no series is approved")];
        }
        let mut open = self.unmet();
        open.retain(|unmet| unmet.demand != GateDemand::Signed);
        if !open.is_empty() {
            return vec![Effect::refused(format!("Sign last: {}", listed(&open)))];
        }
        let batch = self.batch();
        let statement = statement.trim().to_owned();
        vec![self.pending.send(&self.reader, EventBody::Signed { statement, batch })]
    }

    /// The demands of the profile that are not met now.
    pub fn unmet(&self) -> Vec<Unmet> {
        unmet(&self.demands, &self.gate_facts())
    }

    fn gate_facts(&self) -> GateFacts<'_> {
        let series = self.outline.series().filter_map(|(uid, entry)| {
            let summary = self.summary(uid)?;
            Some(GateSeries {
                series: uid.clone(),
                study: entry.study.clone(),
                state: summary.state.clone(),
                fingerprint: summary.fingerprint,
                face_risk: summary.face_risk > 0,
                identity: self.identity.held.contains(uid),
                unseen: summary.frames.saturating_sub(summary.seen),
            })
        });
        // What shares its UID with another file is no problem of reading.
        let problems = || {
            let all = self.outline.problems().iter();
            all.filter(|it| !matches!(it.cause, Cause::Duplicate | Cause::ConflictingIdentity))
        };
        GateFacts {
            series: series.collect(),
            problems: problems().count(),
            problems_question: problems_question(
                problems().map(|it| (it.path.expose().as_path(), it.cause)),
            ),
            journal: &self.journal,
        }
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

    /// What stands in the way of an export, each where it is mended, a line a series.
    ///
    /// Series that are not approved do not stop it: they stay out, and are listed for that.
    pub fn what_blocks_export(&self) -> Vec<GateRow> {
        let row = |series: Option<&SeriesUid>, words: String, must_answer| {
            let entry = series.and_then(|uid| self.outline.one_series(uid));
            let label = entry.map(|entry| entry.label.clone()).unwrap_or_default();
            let modality = entry.map(|entry| entry.modality.clone()).unwrap_or_default();
            let patient = series.map(|uid| self.outline.patient_label(uid)).unwrap_or_default();
            let (series, question, demand) = (series.cloned(), None, None);
            GateRow { series, question, demand, patient, modality, label, words, must_answer }
        };
        let mut rows = Vec::new();
        if self.approved().is_empty() && !self.waits_for_identity() {
            rows.push(row(None, "no series is approved".to_owned(), true));
        }
        for unmet in self.unmet() {
            let demand = Some(unmet.demand);
            if unmet.demand == GateDemand::Faces {
                let faces = unmet.series.iter();
                let face = |uid| GateRow { demand, ..row(Some(uid), MAY_SHOW.to_owned(), true) };
                rows.extend(faces.map(face));
            } else {
                rows.push(GateRow { demand, ..row(None, unmet.words(), true) });
            }
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

fn listed(open: &[Unmet]) -> String {
    open.iter().map(Unmet::words).collect::<Vec<_>>().join("; ")
}
