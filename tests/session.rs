//! The backend of a window, without one: what happens when the world is not as it should be.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use veridact::demo::Sample;
use veridact::engine::key::ProjectKey;
use veridact::export::Destination;
use veridact::jobs::backend::{Backend, DestinationStanding, EventBody, JobEvent, NewEvent};
use veridact::jobs::{Session, SessionOptions};
use veridact::model::{
    Cause, Decision, IdentityAnswer, IdentityResolution, InstanceUid, NewValue, Outcome, Plan,
    SeriesUid, Tag,
};
use veridact::render::Rendering;
use veridact::review::{Effect, ExportRequest, Identities, IdentityQuestion, Said};

use crate::common::people::write_people;
use crate::common::run::demo_files;
use crate::common::session::options;

fn session() -> Session {
    Session::new(options(), Arc::new(|| {}))
}

/// Polls until an event answers; a minute is more than anything here may take.
fn until<T>(
    session: &mut Session,
    what: &str,
    mut answers: impl FnMut(&JobEvent) -> Option<T>,
) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = session.poll().iter().find_map(&mut answers) {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Opens a folder: `Ok` with its review, or why not.
fn open(session: &mut Session, folder: &Path) -> Result<PathBuf, String> {
    session.open(folder);
    until(session, "an answer", |event| match event {
        JobEvent::Opened(opened) => Some(Ok(opened.review.clone())),
        JobEvent::Failed { why } => Some(Err(why.clone())),
        _ => None,
    })
}

/// Opens a folder and waits until all of it is read; its instances.
fn opened(session: &mut Session, folder: &Path) -> Vec<(InstanceUid, SeriesUid)> {
    session.open(folder);
    let mut found = Vec::new();
    until(session, "the index", |event| match event {
        JobEvent::Indexed { cards, .. } => {
            found.extend(cards.iter().map(|it| (it.entry.instance.clone(), it.series.clone())));
            None
        }
        JobEvent::Failed { why } => panic!("{why}"),
        JobEvent::IndexFinished { .. } => Some(()),
        _ => None,
    });
    found
}

fn standing(session: &mut Session, path: &Path) -> DestinationStanding {
    session.look_into(path);
    until(session, "the standing", |event| match event {
        JobEvent::Destination { path: of, standing } if of == path => Some(standing.clone()),
        _ => None,
    })
}

fn refused(session: &mut Session, path: &Path) -> String {
    match standing(session, path) {
        DestinationStanding::Refused { why } => why,
        other => panic!("{other:?}"),
    }
}

fn batch(folder: &Path) -> PathBuf {
    let input = folder.join("in");
    demo_files(&input, &[(Sample::CtSlice, 1), (Sample::Report, 1)]);
    input
}

#[test]
fn a_folder_that_cannot_be_opened_leaves_nothing_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = session();
    let why = open(&mut session, &folder.path().join("typo")).unwrap_err();
    assert!(why.starts_with("there is no such folder; check the path"), "{why}");
    let file = folder.path().join("scan.dcm");
    fs::write(&file, "x").unwrap();
    let why = open(&mut session, &file).unwrap_err();
    assert!(why.starts_with("this is a file; open the folder that it lies in"), "{why}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no review was made");
}

#[test]
fn a_review_that_another_window_has_is_refused_until_that_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let input = batch(folder.path());
    let mut first = session();
    open(&mut first, &input).unwrap();
    let mut second = session();
    let why = open(&mut second, &input).unwrap_err();
    assert!(why.contains("open in another window or command; close it there first"), "{why}");
    let why = open(&mut first, &input).unwrap_err();
    assert_eq!(why, "this folder is open in this window already");
    drop(first);
    open(&mut second, &input).unwrap();
}

#[test]
fn one_folder_after_the_other_and_a_wrong_one_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (batch(&folder.path().join("1")), batch(&folder.path().join("2")));
    let mut session = session();
    let review = open(&mut session, &one).unwrap();
    open(&mut session, &folder.path().join("typo")).unwrap_err();
    let body = EventBody::Waived { what: "nothing".into() };
    session.run(Effect::Append(NewEvent { ticket: 5, reader: "curator".into(), body }));
    until(&mut session, "the first folder still works", |event| match event {
        JobEvent::Recorded(recorded) if recorded.ticket == 5 => Some(()),
        _ => None,
    });
    assert_ne!(open(&mut session, &two).unwrap(), review);
    // Back again: its review is free by now.
    session.open(&one);
    let log = until(&mut session, "the first folder again", |event| match event {
        JobEvent::Opened(opened) => Some(opened.log.len()),
        JobEvent::Failed { why } => panic!("{why}"),
        _ => None,
    });
    assert_eq!(log, 1, "what was decided there is there");
}

#[test]
fn the_review_may_lie_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let input = batch(folder.path());
    let elsewhere = folder.path().join("elsewhere.veridact");
    let options = SessionOptions { review: Some((input.clone(), elsewhere.clone())), ..options() };
    let mut session = Session::new(options, Arc::new(|| {}));
    assert_eq!(open(&mut session, &input).unwrap(), elsewhere);
    assert!(!folder.path().join("in.veridact").exists());
}

#[test]
fn a_destination_that_cannot_be_used_says_so_before_the_export() {
    let folder = tempfile::tempdir().unwrap();
    let input = batch(folder.path());
    let mut session = session();
    let review = open(&mut session, &input).unwrap();
    let out = folder.path().join("out");
    assert_eq!(standing(&mut session, &out), DestinationStanding::Free);
    assert!(!out.exists(), "looking makes nothing");
    let why = refused(&mut session, &input.join("out"));
    assert!(why.ends_with("choose a folder outside the input"), "{why}");
    let why = refused(&mut session, &review.join("out"));
    assert!(why.contains("may not lie inside the review"), "{why}");
    let why = refused(&mut session, Path::new("out"));
    assert!(why.starts_with("give the whole path"), "{why}");
    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("holiday.jpg"), "x").unwrap();
    let why = refused(&mut session, &other);
    assert!(why.ends_with("choose a new or empty folder"), "{why}");
    let _held = Destination::open(&out, &input, &ProjectKey::from_bytes([7; 32])).unwrap();
    let why = refused(&mut session, &out);
    assert!(why.ends_with("wait until that export has ended"), "{why}");
}

/// Asks for an export; how its files ended, or why it stopped.
fn export(
    session: &mut Session,
    destination: &Path,
    into_existing: bool,
) -> Result<Vec<Outcome>, String> {
    let request =
        ExportRequest { destination: destination.to_owned(), series: Vec::new(), into_existing };
    session.run(Effect::Export(request));
    until(session, "the end of the export", |event| match event {
        JobEvent::Exported { outcomes, .. } => {
            Some(Ok(outcomes.iter().map(|record| record.outcome.clone()).collect()))
        }
        JobEvent::ExportFailed { why } => Some(Err(why.clone())),
        _ => None,
    })
}

#[test]
fn an_identity_conflict_holds_in_the_window_too() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in");
    let people = [("QX1", "", "DOE^JANE", "19700102"), ("QX1", "", "ROE^JOHN", "19700102")];
    write_people(&input, &people);
    let mut session = session();
    opened(&mut session, &input);
    let outcomes = export(&mut session, &folder.path().join("out"), false).unwrap();
    assert_eq!(outcomes.len(), 2);
    for outcome in outcomes {
        let Outcome::Held { reasons } = outcome else { panic!("{outcome:?}") };
        assert_eq!(reasons[0].what, "identity conflict: one patient ID with two names");
    }
}

fn identities(session: &mut Session) -> Identities {
    until(session, "the questions of identity", |event| match event {
        JobEvent::Identities(asked) => Some((**asked).clone()),
        JobEvent::Failed { why } => panic!("{why}"),
        _ => None,
    })
}

fn append(session: &mut Session, body: EventBody) -> Identities {
    session.run(Effect::Append(NewEvent { ticket: 1, reader: "curator".into(), body }));
    identities(session)
}

fn answered(question: &IdentityQuestion, answer: IdentityAnswer) -> EventBody {
    let (patients, basis) = (question.patients.clone(), question.basis);
    let said = IdentityResolution { patients, answer, basis };
    EventBody::decided(vec![Decision::ResolveIdentity(said)])
}

fn pseudonyms(question: &IdentityQuestion) -> Vec<&str> {
    question.people.iter().map(|person| person.pseudonym.as_str()).collect()
}

/// The Patient ID that an instance would get.
fn planned_id(session: &mut Session, uid: &str) -> String {
    let instance = InstanceUid::new(uid);
    session.run(Effect::Plan { instance: instance.clone() });
    let plan: Arc<Plan> = until(session, "a plan", |event| match event {
        JobEvent::Planned { instance: of, plan, .. } if *of == instance => Some(plan.clone()),
        _ => None,
    });
    let id = plan.edits.iter().find(|edit| edit.path.tag() == Tag(0x0010, 0x0020)).unwrap();
    let NewValue::Text(text) = &id.value else { panic!("no text") };
    text.expose().clone()
}

#[test]
fn answers_change_plan_and_outline_are_undone_and_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in");
    let people = [
        ("QX1", "", "DOE^JANE", "19700102"),
        ("QX1", "", "ROE^JOHN", "19810203"),
        ("QX2", "", "POE^ANN", "19920304"),
        ("QX3", "", "POE^ANN", "19920304"),
        ("UNKNOWN", "", "LOE^MAX", "19920304"),
    ];
    write_people(&input, &people);
    let mut session = session();
    session.open(&input);
    let asked = identities(&mut session);
    let [two_names, two_ids, dummy] = asked.questions.as_slice() else { panic!("three questions") };
    use IdentityAnswer::{Confirm, Merge, Split};
    assert_eq!(two_names.answers, [Confirm, Split]);
    assert_eq!(two_ids.answers, [Merge, Confirm]);
    assert_eq!(dummy.answers, [Confirm]);
    assert_eq!((two_names.held.len(), two_ids.held.len(), dummy.held.len()), (2, 0, 0));
    assert_eq!(
        two_names.matter,
        ["one patient ID with two names", "one patient ID with two birth dates"]
    );
    let [jane, john] = &two_names.people[..] else { panic!("two people") };
    assert!(jane.says[2].expose().contains("DOE^JANE") && jane.files == 1);
    assert_eq!(jane.pseudonym, john.pseudonym);
    for secret in ["QX1", "DOE", "1970"] {
        assert!(!format!("{asked:?}").contains(secret), "values do not print");
    }
    let uid = |number: usize| format!("1.2.826.0.1.9.{number}");
    assert_eq!(planned_id(&mut session, &uid(0)), planned_id(&mut session, &uid(1)));

    let now = append(&mut session, answered(two_names, Split));
    let first = &now.questions[0];
    assert_eq!((first.said, first.held.len(), now.owners.len()), (Said::One(Split), 0, 2));
    let [own, other] = pseudonyms(first)[..] else { panic!("two people") };
    assert_ne!(own, other);
    let planned = [planned_id(&mut session, &uid(0)), planned_id(&mut session, &uid(1))];
    assert!(planned.contains(&own.to_owned()) && planned.contains(&other.to_owned()));
    let now = append(&mut session, answered(two_ids, Merge));
    let [own, other] = pseudonyms(&now.questions[1])[..] else { panic!("two people") };
    assert_eq!(own, other);
    assert_eq!(planned_id(&mut session, &uid(3)), planned_id(&mut session, &uid(2)));

    let undone = append(&mut session, EventBody::Undone { seq: 2 });
    assert_eq!(undone.questions[1].said, Said::Nothing);
    assert_ne!(planned_id(&mut session, &uid(3)), planned_id(&mut session, &uid(2)));
    let again = append(&mut session, EventBody::Redone { seq: 2 });
    assert_eq!(again, now);
    drop(session);
    let mut session = Session::new(options(), Arc::new(|| {}));
    session.open(&input);
    assert_eq!(identities(&mut session), again, "they are in the review");
    drop(session);

    // A file that says something new opens a question again that was merged, not one that was split.
    write_people(&input.join("more"), &[("QX2", "", "POE^BEA", "19920304")]);
    let mut session = Session::new(options(), Arc::new(|| {}));
    session.open(&input);
    let changed = identities(&mut session);
    let said =
        |asked: &Identities| -> Vec<Said> { asked.questions.iter().map(|it| it.said).collect() };
    assert_eq!(said(&again), [Said::One(Split), Said::One(Merge), Said::Nothing]);
    assert!(said(&changed).contains(&Said::Changed) && said(&changed).contains(&Said::One(Split)));
}

#[test]
fn an_export_into_another_one_needs_a_word_and_its_outcomes_are_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let input = batch(folder.path());
    let out = folder.path().join("out");
    let mut session = session();
    opened(&mut session, &input);
    let outcomes = export(&mut session, &out, false).unwrap();
    assert!(matches!(outcomes.as_slice(), [Outcome::Held { .. }, Outcome::Held { .. }]));
    // Nothing was released, and yet the folder is no stranger's and not new.
    let holds = DestinationStanding::HoldsExport { files: 0 };
    assert_eq!(standing(&mut session, &out), holds);
    let why = export(&mut session, &out, false).unwrap_err();
    assert!(why.contains("confirm that it may change"), "{why}");
    export(&mut session, &out, true).unwrap();
    drop(session);
    let mut session = Session::new(options(), Arc::new(|| {}));
    session.open(&input);
    let kept = until(&mut session, "the review", |event| match event {
        JobEvent::Opened(opened) => Some(opened.outcomes.len()),
        _ => None,
    });
    assert_eq!(kept, 2);
    let other = SessionOptions { key: ProjectKey::from_bytes([8; 32]), ..options() };
    drop(session);
    let mut session = Session::new(other, Arc::new(|| {}));
    opened(&mut session, &input);
    let why = refused(&mut session, &out);
    assert!(why.contains("was written with project key"), "{why}");
    assert!(why.contains("or start the window with that key"), "{why}");
}

#[test]
fn a_folder_that_vanishes_is_said_and_nothing_is_exported_from_it() {
    let folder = tempfile::tempdir().unwrap();
    let input = batch(folder.path());
    let mut session = session();
    let found = opened(&mut session, &input);
    fs::rename(&input, folder.path().join("moved")).unwrap();
    let (instance, _) = &found[0];
    session.show(instance, 0, Rendering::Default);
    let cause = until(&mut session, "a picture", |event| match event {
        JobEvent::ShowFailed { cause, .. } => Some(*cause),
        _ => None,
    });
    assert_eq!(cause, Cause::Unreadable);
    session.run(Effect::Plan { instance: instance.clone() });
    let why = until(&mut session, "a plan", |event| match event {
        JobEvent::Failed { why } => Some(why.clone()),
        _ => None,
    });
    assert!(why.starts_with("this file cannot be read any more; is its folder still there?"));
    let out = folder.path().join("out");
    let why = export(&mut session, &out, false).unwrap_err();
    assert!(why.starts_with("the input folder is gone; bring it back"), "{why}");
    assert!(!out.exists());
}
