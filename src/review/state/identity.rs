//! Questions whose files these are: shown, answered, and what they hold back.

use std::collections::BTreeSet;

use crate::model::{
    Decision, IdentityAnswer, IdentityResolution, InstanceUid, PatientKey, Phi, SeriesUid,
};
use crate::review::ReviewState;
use crate::review::command::{IdentityCommand, Screen};
use crate::review::effect::Effect;
use crate::review::identity::{Identities, IdentityQuestion, Said};
use crate::review::rows::{Choice, GateRow, QuestionRow, QuestionState};
use crate::store::EventBody;

/// The questions, and what is known of their answers.
#[derive(Debug, Default)]
pub(super) struct Identity {
    pub questions: Vec<IdentityQuestion>,
    /// Series with files that a question holds.
    pub held: BTreeSet<SeriesUid>,
    /// Whether something was answered, and nobody told yet what follows from it.
    pub awaits: bool,
    /// The question that is shown.
    shown: BTreeSet<PatientKey>,
}

impl ReviewState {
    /// Takes in the questions of identity and whose each series is, after each answer anew.
    pub fn set_identities(&mut self, asked: Identities) -> Vec<Effect> {
        self.identity.awaits = false;
        let held = asked.questions.iter().flat_map(|it| it.held.iter().cloned()).collect();
        let before = std::mem::replace(&mut self.identity.held, held);
        self.identity.questions = asked.questions;
        self.outline.set_owners(asked.owners);
        let changed = before.symmetric_difference(&self.identity.held).cloned().collect();
        self.recount(&changed);
        // Pseudonym, dates and names of the instance shown may be those of another person now.
        let shown = self.selection.instance.clone();
        shown.map(|instance| Effect::Plan { instance }).into_iter().collect()
    }

    pub(super) fn identity(&mut self, command: IdentityCommand) -> Vec<Effect> {
        match command {
            IdentityCommand::Show(patients) => self.show_question(patients),
            IdentityCommand::Step(by) => self.step_questions(by),
            IdentityCommand::NextHeld => self.next_held(),
            IdentityCommand::Answer(patients, answer) => self.answer_question(&patients, answer),
        }
    }

    pub(super) fn show_question(&mut self, patients: BTreeSet<PatientKey>) -> Vec<Effect> {
        self.view.screen = Screen::Identity;
        self.identity.shown = patients;
        Vec::new()
    }

    /// The place of the question that is shown: the one named last, else the first.
    fn question_shown(&self) -> usize {
        let questions = &self.identity.questions;
        let named = questions.iter().position(|it| it.patients == self.identity.shown);
        // After undo a question may have other patients than when it was shown.
        let near =
            || questions.iter().position(|it| !it.patients.is_disjoint(&self.identity.shown));
        named.or_else(near).unwrap_or(0)
    }

    fn show_question_at(&mut self, at: usize) -> Vec<Effect> {
        let found = self.identity.questions.get(at).map(|it| it.patients.clone());
        found.map(|patients| self.show_question(patients)).unwrap_or_default()
    }

    fn step_questions(&mut self, by: i32) -> Vec<Effect> {
        let last = self.identity.questions.len().saturating_sub(1);
        let to = self.question_shown().saturating_add_signed(by as isize).min(last);
        self.show_question_at(to)
    }

    fn next_held(&mut self) -> Vec<Effect> {
        let (count, from) = (self.identity.questions.len(), self.question_shown());
        let holds = |at: &usize| self.identity.questions.get(*at).is_some_and(|it| it.holds());
        let next = (1..=count).map(|step| (from + step) % count).find(holds);
        match next {
            Some(at) => self.show_question_at(at),
            None => vec![Effect::news("No question of identity holds files")],
        }
    }

    fn answer_question(
        &mut self,
        patients: &BTreeSet<PatientKey>,
        answer: IdentityAnswer,
    ) -> Vec<Effect> {
        let asked = self.identity.questions.iter().find(|it| it.patients == *patients);
        // What is on its way must be there first: the next answer rests on it.
        let Some(question) = asked.filter(|it| !self.is_saving(it)) else { return Vec::new() };
        if !question.answers.contains(&answer) || question.said == Said::One(answer) {
            return Vec::new();
        }
        let said = IdentityResolution { patients: patients.clone(), answer, basis: question.basis };
        let body = EventBody::decided(vec![Decision::ResolveIdentity(said)]);
        vec![self.pending.send(&self.reader, body)]
    }

    fn is_saving(&self, question: &IdentityQuestion) -> bool {
        let is_answer = |decision: &Decision| match decision {
            Decision::ResolveIdentity(said) => !said.patients.is_disjoint(&question.patients),
            _ => false,
        };
        self.identity.awaits || self.pending.decisions().any(is_answer)
    }

    /// The questions, in the order of the screens.
    pub fn question_rows(&self) -> Vec<QuestionRow> {
        let shown = self.question_shown();
        let questions = self.identity.questions.iter().enumerate();
        questions.map(|(at, question)| self.question_row(question, at == shown)).collect()
    }

    fn question_row(&self, question: &IdentityQuestion, shown: bool) -> QuestionRow {
        let state = match question.state() {
            _ if self.is_saving(question) => QuestionState::Saving,
            state => state,
        };
        QuestionRow {
            patients: question.patients.clone(),
            label: question.label.clone(),
            matter: question.matter.clone(),
            state,
            words: question.words(state),
            people: question.people.clone(),
            choices: question.answers.iter().map(|answer| question.choice(*answer)).collect(),
            shown,
        }
    }

    /// The question that an instance's patient is asked about.
    pub(super) fn question_of(&self, instance: &InstanceUid) -> Option<BTreeSet<PatientKey>> {
        self.question_of_series(self.outline.series_of(instance)?)
    }

    /// The question that holds files of a series, or speaks of them.
    pub fn question_of_series(&self, series: &SeriesUid) -> Option<BTreeSet<PatientKey>> {
        let questions = || self.identity.questions.iter();
        let holds = questions().find(|it| it.held.contains(series));
        let speaks = |it: &&IdentityQuestion| it.people.iter().any(|p| p.series.contains(series));
        let found = holds.or_else(|| questions().find(speaks))?;
        Some(found.patients.clone())
    }

    /// The questions that hold files, a line each.
    pub(super) fn questions_at_gate(&self) -> Vec<GateRow> {
        let holding = self.identity.questions.iter().filter(|it| it.holds());
        // Without an answer nothing can go at all.
        let must_answer = self.approved().is_empty() && self.waits_for_identity();
        holding
            .map(|question| GateRow {
                demand: None,
                series: None,
                question: Some(question.patients.clone()),
                patient: Phi::default(),
                modality: String::new(),
                label: question.label.clone(),
                words: format!(
                    "{} until somebody says whose files these are: {}",
                    match question.held.len() {
                        1 => "1 series waits".to_owned(),
                        count => format!("{count} series wait"),
                    },
                    question.matter.join("; ")
                ),
                must_answer,
            })
            .collect()
    }
}

impl IdentityQuestion {
    /// Whether files wait for it.
    pub fn holds(&self) -> bool {
        !self.held.is_empty()
    }

    fn state(&self) -> QuestionState {
        match (self.said, self.holds()) {
            (Said::Nothing, true) => QuestionState::Holds,
            (Said::Nothing, false) => QuestionState::Listed,
            (Said::Changed, _) => QuestionState::Changed,
            (Said::One(_) | Said::Several, true) => QuestionState::InVain,
            (Said::One(_) | Said::Several, false) => QuestionState::Answered,
        }
    }

    fn words(&self, state: QuestionState) -> String {
        let files: usize = self.people.iter().map(|person| person.files).sum();
        match state {
            QuestionState::Saving => "saving…".to_owned(),
            QuestionState::Holds => {
                let verb = if files == 1 { "stays" } else { "stay" };
                let files = counted(files, "file", "files");
                format!("{files} {verb} out of the export until this is answered")
            }
            QuestionState::Listed => "no file is held: answer it if you know better".to_owned(),
            QuestionState::Changed => {
                "it was answered, but files say something new since: answer it again".to_owned()
            }
            QuestionState::InVain => {
                "answered, but that does not tell these people apart: files are still held"
                    .to_owned()
            }
            QuestionState::Answered => match self.said {
                Said::One(answer) => {
                    let choice = self.choice(answer);
                    format!("answered: {}", lower(&choice.title))
                }
                _ => "answered for each patient ID by itself".to_owned(),
            },
        }
    }

    fn choice(&self, answer: IdentityAnswer) -> Choice {
        let (title, consequence) = match answer {
            IdentityAnswer::Merge => (one(), "One pseudonym for all these IDs"),
            IdentityAnswer::Confirm => self.as_it_is(),
            IdentityAnswer::Split => (people(self.people.len()), self.told_apart()),
        };
        let chosen = self.said == Said::One(answer);
        Choice { answer, title, consequence: consequence.to_owned(), chosen }
    }

    /// What it means to leave patients as their IDs have them.
    fn as_it_is(&self) -> (String, &'static str) {
        if !self.answers.contains(&IdentityAnswer::Merge) && !self.blocks {
            return ("It is right so".to_owned(), "Each keeps the pseudonym shown above");
        }
        match self.patients.len() {
            1 => (one(), "One pseudonym for all these files"),
            count => (people(count), "Each ID keeps a pseudonym of its own"),
        }
    }

    fn told_apart(&self) -> &'static str {
        match self.patients.len() {
            1 => "Files are told apart by name and birth date",
            _ => "Files are told apart by ID, name and birth date",
        }
    }
}

fn one() -> String {
    "One person".to_owned()
}

fn people(count: usize) -> String {
    match count {
        2 => "Two people".to_owned(),
        3 => "Three people".to_owned(),
        count => format!("{count} people"),
    }
}

fn lower(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_lowercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
