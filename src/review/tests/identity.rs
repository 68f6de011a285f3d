//! Questions whose files these are: what they hold back, and how they are answered.

use std::collections::BTreeSet;

use super::{Desk, Disk, card, series};
use crate::model::{
    Decision, Digest256, IdentityAnswer, IdentityResolution, PatientKey, Phi, Verdict,
};
use crate::review::{
    Command, Effect, ExportCommand, Identities, IdentityCommand, IdentityQuestion, OpenItem,
    PersonSaid, QuestionState, Said, Screen, SeriesOwner, SeriesState, VerdictCommand,
};
use crate::store::EventBody;

fn patients(names: &[&str]) -> BTreeSet<PatientKey> {
    names.iter().map(|name| PatientKey::new(name)).collect()
}

fn person(name: &str, files: usize, of: &str) -> PersonSaid {
    PersonSaid {
        says: std::array::from_fn(|_| Phi::new([name.to_owned()].into())),
        files,
        paths: Vec::new(),
        series: [series(of)].into(),
        pseudonym: "VD-1".to_owned(),
    }
}

/// One ID with two names: `s1` is of one, `s2` of the other.
fn two_names() -> IdentityQuestion {
    IdentityQuestion {
        patients: patients(&["p"]),
        basis: Digest256([5; 32]),
        label: Phi::new("4711 · DOE^JANE / ROE^JOHN".to_owned()),
        matter: vec!["one patient ID with two names".to_owned()],
        blocks: true,
        people: vec![person("DOE^JANE", 2, "s1"), person("ROE^JOHN", 1, "s2")].into(),
        answers: vec![IdentityAnswer::Confirm, IdentityAnswer::Split],
        said: Said::Nothing,
        held: [series("s1"), series("s2")].into(),
    }
}

/// Another patient, who may have two IDs.
fn two_ids() -> IdentityQuestion {
    IdentityQuestion {
        patients: patients(&["q", "r"]),
        matter: vec!["the same name and birth date under two patient IDs".to_owned()],
        blocks: false,
        people: vec![person("POE^ANN", 1, "s3"), person("POE^ANN", 1, "s3")].into(),
        answers: vec![IdentityAnswer::Merge, IdentityAnswer::Confirm],
        held: BTreeSet::new(),
        ..two_names()
    }
}

/// What the jobs tell after each answer.
fn told(desk: &Desk) -> Identities {
    let mut questions = vec![two_names(), two_ids()];
    for said in desk.state.decisions().identities() {
        let question = questions.iter_mut().find(|it| it.patients == said.patients);
        if let Some(question) = question {
            question.said = Said::One(said.answer);
            question.held.clear();
        }
    }
    Identities { questions, owners: Vec::new() }
}

fn asked() -> Desk {
    let mut desk = Desk::new();
    tell(&mut desk);
    desk
}

fn tell(desk: &mut Desk) {
    let effects = desk.state.set_identities(told(desk));
    desk.run(effects);
}

fn approve(desk: &mut Desk, name: &str) {
    desk.show(name);
    let shown = desk.state.selection().instance.clone().unwrap();
    desk.send(Command::Verdict(VerdictCommand {
        shown,
        verdict: Verdict::Approved,
        reason: String::new(),
        repeat: false,
    }));
}

fn answer(desk: &mut Desk, patients: BTreeSet<PatientKey>, answer: IdentityAnswer) {
    desk.send(Command::Identity(IdentityCommand::Answer(patients, answer)));
}

fn states(desk: &Desk) -> Vec<QuestionState> {
    desk.state.question_rows().iter().map(|row| row.state).collect()
}

#[test]
fn a_series_is_approved_and_stays_out_until_somebody_says_whose_it_is() {
    let mut desk = asked();
    approve(&mut desk, "c");
    assert_eq!(desk.notices(), ["Approved although nobody said yet whose files these are"]);
    assert_eq!(desk.state.series_state(&series("s2")), SeriesState::Approved);
    assert_eq!(desk.state.approved(), []);
    let row = &desk.state.what_blocks_export()[0];
    assert_eq!(row.question, Some(patients(&["p"])));
    assert_eq!(
        row.words,
        "2 series wait until somebody says whose files these are: one patient ID with two names"
    );
    assert!(row.must_answer, "nothing else is approved");
    desk.send(Command::Export(ExportCommand::Confirm {
        destination: "out".into(),
        faces_accepted: false,
        into_existing: false,
    }));
    let why = "Nothing to export: nobody said yet whose the approved files are";
    assert_eq!(desk.notices(), [why]);

    answer(&mut desk, patients(&["p"]), IdentityAnswer::Split);
    tell(&mut desk);
    assert_eq!(desk.state.approved(), [series("s2")], "its verdict does not rest on the answer");
    assert!(desk.state.what_blocks_export().iter().all(|row| row.question.is_none()));
    desk.send(Command::Undo);
    tell(&mut desk);
    assert_eq!(desk.state.approved(), []);
}

#[test]
fn space_never_approves_what_nobody_knows_the_owner_of() {
    let mut desk = asked();
    desk.show("c");
    let shown = desk.state.selection().instance.clone();
    desk.send(Command::Next { shown, repeat: false });
    assert_eq!(desk.notices()[0], "Left open: nobody said yet whose files these are");
    assert_eq!(desk.state.series_state(&series("s2")), SeriesState::Undecided);
    let open = &desk.state.series_rows()[1].open;
    assert_eq!(open, &[OpenItem::Identity]);
}

#[test]
fn an_answer_rests_on_what_the_files_say_and_is_made_when_it_is_on_disk() {
    let mut desk = asked();
    let command = || IdentityCommand::Answer(patients(&["p"]), IdentityAnswer::Split);
    let effects = desk.state.handle(Command::Identity(command()));
    let [Effect::Append(event)] = effects.as_slice() else { panic!("one event") };
    let said = IdentityResolution {
        patients: patients(&["p"]),
        answer: IdentityAnswer::Split,
        basis: Digest256([5; 32]),
    };
    assert_eq!(event.body, EventBody::decided(vec![Decision::ResolveIdentity(said)]));
    assert_eq!(states(&desk), [QuestionState::Saving, QuestionState::Listed]);
    assert_eq!(desk.state.handle(Command::Identity(command())), [], "once is enough");
    let recorded = desk.disk.append(event);
    desk.state.recorded(&recorded);
    assert_eq!(states(&desk)[0], QuestionState::Saving, "nobody told what follows from it");
    tell(&mut desk);
    let row = &desk.state.question_rows()[0];
    assert_eq!((row.state, row.words.as_str()), (QuestionState::Answered, "answered: two people"));
    assert!(row.choices.iter().any(|it| it.chosen && it.answer == IdentityAnswer::Split));
    assert_eq!(desk.state.handle(Command::Identity(command())), [], "it stands already");
    answer(&mut desk, patients(&["p"]), IdentityAnswer::Confirm);
    tell(&mut desk);
    assert_eq!(desk.state.question_rows()[0].words, "answered: one person");
    assert_eq!(desk.state.decisions().identities().len(), 1, "it takes the other's place");
}

#[test]
fn only_answers_that_make_sense_are_taken() {
    let mut desk = asked();
    answer(&mut desk, patients(&["p"]), IdentityAnswer::Merge);
    answer(&mut desk, patients(&["q", "r"]), IdentityAnswer::Split);
    answer(&mut desk, patients(&["q"]), IdentityAnswer::Confirm);
    assert_eq!(desk.state.decisions().identities(), []);
    let titles = |at: usize| -> Vec<String> {
        let row = desk.state.question_rows().remove(at);
        row.choices.into_iter().map(|it| format!("{}: {}", it.title, it.consequence)).collect()
    };
    assert_eq!(
        titles(0),
        [
            "One person: One pseudonym for all these files",
            "Two people: Files are told apart by name and birth date"
        ]
    );
    assert_eq!(
        titles(1),
        [
            "One person: One pseudonym for all these IDs",
            "Two people: Each ID keeps a pseudonym of its own"
        ]
    );
}

#[test]
fn questions_are_walked_and_undo_goes_where_it_took_something_back() {
    let mut desk = asked();
    let shown = |desk: &Desk| desk.state.question_rows().iter().position(|row| row.shown);
    assert_eq!(shown(&desk), Some(0));
    desk.send(Command::Identity(IdentityCommand::Step(1)));
    assert_eq!((desk.state.view().screen, shown(&desk)), (Screen::Identity, Some(1)));
    desk.send(Command::Identity(IdentityCommand::Step(1)));
    assert_eq!(shown(&desk), Some(1), "there is no third");
    desk.send(Command::Identity(IdentityCommand::NextHeld));
    assert_eq!(shown(&desk), Some(0));
    answer(&mut desk, patients(&["p"]), IdentityAnswer::Confirm);
    tell(&mut desk);
    desk.send(Command::Identity(IdentityCommand::NextHeld));
    assert_eq!(desk.notices(), ["No question of identity holds files"]);
    desk.show("a");
    assert_eq!(desk.state.view().screen, Screen::Review);
    desk.send(Command::Identity(IdentityCommand::Show(patients(&["q", "r"]))));
    desk.send(Command::Undo);
    assert_eq!((desk.state.view().screen, shown(&desk)), (Screen::Identity, Some(0)));
}

#[test]
fn an_answer_that_ended_or_tells_nobody_apart_says_so() {
    let mut desk = asked();
    let mut now = told(&desk);
    now.questions[0].said = Said::Changed;
    now.questions[1].said = Said::One(IdentityAnswer::Confirm);
    now.questions[1].held = [series("s3")].into();
    desk.state.set_identities(now);
    assert_eq!(states(&desk), [QuestionState::Changed, QuestionState::InVain]);
    assert_eq!(desk.state.status_counts().questions, 2);
    assert!(desk.state.question_rows()[1].words.contains("files are still held"));
}

#[test]
fn the_outline_lists_series_under_whose_they_are() {
    let mut desk = Desk::on(Disk::default());
    desk.state.grow(vec![card("s4", "CT", "e", 1)]);
    let owner = |of: &str, name: &str| SeriesOwner {
        series: series(of),
        owner: PatientKey::new(name),
        label: Phi::new(name.to_owned()),
    };
    let listed = |desk: &Desk| -> Vec<(String, String)> {
        let rows = desk.state.series_rows().into_iter();
        rows.map(|row| (row.series.as_str().to_owned(), row.patient_label.into_inner())).collect()
    };
    let fingerprints =
        |desk: &Desk| ["s1", "s2"].map(|of| desk.state.summary(&series(of)).unwrap().fingerprint);
    let before = fingerprints(&desk);
    let owners = vec![owner("s1", "jane"), owner("s2", "john"), owner("s4", "jane")];
    desk.state.set_identities(Identities { questions: Vec::new(), owners });
    let wanted = [("s1", "jane"), ("s4", "jane"), ("s2", "john"), ("s3", "DOE^JANE")];
    assert_eq!(listed(&desk), wanted.map(|(of, whose)| (of.to_owned(), whose.to_owned())));
    assert_eq!(fingerprints(&desk), before, "verdicts rest on the batch as it was read");
    desk.state.set_identities(Identities::default());
    assert!(listed(&desk).iter().all(|(_, whose)| whose == "DOE^JANE"));
}
