//! Commands and effects: what is pending, made, shown and taken back.

use super::{Desk, Disk, SIZE, finding, found, instance, region, series};
use crate::model::{
    Action, ActionCode, AttributePath, Cause, Digest256, FindingAnswer, HoldReason, Layer, MaskId,
    NewValue, Outcome, Override, Phi, Plan, PlannedEdit, Proposal, Scope, Tag, Tier, VR, Why,
};
use crate::review::{
    AttributeCommand, BeforeValue, Command, DiffClass, Effect, FindingCommand, FindingState,
    MaskCommand, NoticeLevel, ProblemCard, ScopeLevel, Screen, SelectCommand, diff_rows,
    mark_overrides,
};
use crate::store::OutcomeRecord;

fn painted(desk: &Desk, of: &str, name: &str) -> usize {
    let lies = desk.state.outline().lies(&instance(name)).unwrap();
    assert_eq!(*lies.series, series(of));
    desk.state.decisions().masks_for(lies, &instance(name), 0, SIZE).len()
}

#[test]
fn a_mask_is_pending_until_its_event_is_durable() {
    let mut desk = Desk::new();
    desk.show("a");
    let effects = desk.state.handle(Command::Mask(MaskCommand::Add(region(1, 1, 20, 20))));
    let [Effect::Append(event)] = effects.as_slice() else { panic!("one event") };
    assert_eq!(painted(&desk, "s1", "a"), 0);
    let row = &desk.state.mask_rows(&instance("a"), 0)[0];
    assert!(row.pending && row.applies);
    assert_eq!(desk.state.status_counts().pending, 1);
    let recorded = desk.disk.append(event);
    desk.state.recorded(&recorded);
    assert_eq!(painted(&desk, "s1", "a"), 1);
    assert!(!desk.state.mask_rows(&instance("a"), 0)[0].pending);
    // The same answer twice changes nothing.
    desk.state.recorded(&recorded);
    assert_eq!(painted(&desk, "s1", "a"), 1);
}

#[test]
fn what_could_not_be_written_is_not_decided() {
    let mut desk = Desk::new();
    desk.show("a");
    let effects = desk.state.handle(Command::Mask(MaskCommand::Add(region(1, 1, 20, 20))));
    let [Effect::Append(event)] = effects.as_slice() else { panic!("one event") };
    assert!(desk.state.handle(Command::Undo).is_empty(), "it waits for the disk");
    let effects = desk.state.not_recorded(event.ticket, "the disk is full");
    assert!(matches!(
        effects.as_slice(),
        [Effect::Notify(notice)] if notice.level == NoticeLevel::Failed
    ));
    assert!(desk.state.mask_rows(&instance("a"), 0).is_empty());
    assert_eq!(desk.state.status_counts().pending, 0);
}

#[test]
fn what_was_seen_and_cannot_be_written_does_not_hold_the_window_open() {
    let mut desk = Desk::new();
    desk.show("a");
    let effects = desk.state.handle(Command::Quit);
    let [Effect::Append(event)] = effects.as_slice() else { panic!("one event") };
    let effects = desk.state.not_recorded(event.ticket, "the disk is full");
    let [Effect::Notify(notice)] = effects.as_slice() else { panic!("one notice") };
    assert_eq!(notice.text, "Not saved which frames you saw: the disk is full");
    assert_eq!(desk.state.handle(Command::Quit), [Effect::Quit], "nothing decided is lost");
    // When something can be written again, so can this.
    desk.send(Command::Mask(MaskCommand::Add(region(1, 1, 20, 20))));
    assert!(matches!(desk.state.handle(Command::Quit).as_slice(), [Effect::Append(_)]));
}

#[test]
fn a_frame_taken_out_of_a_mask_can_be_painted_again_by_one_of_its_own() {
    let mut desk = Desk::new();
    desk.show("a");
    desk.send(Command::Mask(MaskCommand::Add(region(1, 1, 20, 20))));
    let id = desk.state.mask_rows(&instance("a"), 0)[0].id;
    desk.send(Command::Mask(MaskCommand::Except(id, ScopeLevel::Frame)));
    let row = desk.state.mask_rows(&instance("a"), 0).remove(0);
    assert!(row.excepted && !row.applies);
    assert_eq!(painted(&desk, "s1", "a"), 0);
    let other = desk.state.mask_rows(&instance("b"), 0).remove(0);
    assert!(other.applies && !other.excepted);
    desk.send(Command::Mask(MaskCommand::Again(id)));
    assert_eq!(painted(&desk, "s1", "a"), 1);
    let again = desk.state.mask_rows(&instance("a"), 0).into_iter().find(|row| row.applies);
    let again = again.unwrap();
    assert_eq!((again.region, again.level), (region(1, 1, 20, 20), ScopeLevel::Frame));
    desk.send(Command::Undo);
    assert_eq!(painted(&desk, "s1", "a"), 0);
}

#[test]
fn the_strip_marks_what_was_seen_searched_and_found() {
    let mut desk = Desk::new();
    let boxes = vec![finding(region(1, 1, 30, 9), "JANE"), finding(region(1, 30, 30, 39), "L")];
    desk.state.found(&instance("a"), vec![found(0, boxes)]);
    desk.show("a");
    let marks = desk.state.frame_marks(&series("s1"));
    assert_eq!(marks.len(), 3);
    assert!(marks[0].seen && marks[0].looked_at && marks[0].findings == [2, 0, 0]);
    assert!(!marks[1].seen && !marks[1].looked_at);
    let first = desk.state.finding_rows(&instance("a"), 0).remove(0).finding;
    desk.send(Command::Finding(FindingCommand::Answer(first, FindingAnswer::Mask)));
    desk.send(Command::Finding(FindingCommand::AnswerShown(FindingAnswer::Keep)));
    assert_eq!(desk.state.frame_marks(&series("s1"))[0].findings, [0, 1, 1]);
}

#[test]
fn what_the_profile_would_do_shows_until_other_things_are_found() {
    let mut desk = Desk::new();
    let boxes = || vec![finding(region(1, 1, 30, 9), "JANE"), finding(region(1, 30, 30, 39), "L")];
    desk.state.found(&instance("a"), vec![found(0, Vec::new()), found(2, boxes())]);
    let told = |desk: &Desk| -> Vec<Option<Proposal>> {
        desk.state.finding_rows(&instance("a"), 2).iter().map(|row| row.proposal).collect()
    };
    assert_eq!(told(&desk), [None, None]);
    let mask = Proposal { tier: Tier::Mask, why: Why::Resembles };
    let listed = Proposal { tier: Tier::Listed, why: Why::Laterality };
    desk.state.proposed(vec![(instance("a"), vec![Vec::new(), vec![mask, listed]])]);
    assert_eq!(told(&desk), [Some(mask), Some(listed)]);
    let open = desk
        .state
        .finding_rows(&instance("a"), 2)
        .iter()
        .all(|row| row.state == FindingState::Open);
    assert!(open, "it decides nothing");
    desk.state.found(&instance("a"), vec![found(2, boxes())]);
    assert_eq!(told(&desk), [None, None]);
}

#[test]
fn what_an_answer_paints_on_other_frames_is_shown_there() {
    let mut desk = Desk::new();
    let place = region(1, 1, 30, 9);
    desk.state.found(&instance("a"), vec![found(0, vec![finding(place, "JANE")])]);
    desk.show("a");
    desk.send(Command::Mask(MaskCommand::Add(region(50, 50, 60, 60))));
    let first = desk.state.finding_rows(&instance("a"), 0).remove(0).finding;
    desk.send(Command::Finding(FindingCommand::Answer(first, FindingAnswer::Mask)));
    assert_eq!(desk.state.painted_elsewhere(&instance("a"), 0), [], "its box shows it");
    assert_eq!(desk.state.painted_elsewhere(&instance("a"), 1), [place]);
    assert_eq!(desk.state.painted_elsewhere(&instance("b"), 0), [place]);
}

#[test]
fn outcomes_say_why_and_what_verify_found_can_be_accepted() {
    let mut desk = Desk::new();
    let reason = |check: &str, place: &str| HoldReason {
        check: check.into(),
        place: place.into(),
        what: "a name of the subject".into(),
    };
    let record = |name: &str, outcome| OutcomeRecord {
        path: Phi::new(name.into()),
        instance: Some(instance(name)),
        outcome,
    };
    let reasons = vec![reason("carriers", "(0008,1030)"), reason("review", "series")];
    desk.state
        .set_outcomes(vec![record("a", Outcome::Held { reasons }), record("b", Outcome::Released)]);
    let rows = desk.state.outcome_rows();
    let [found, decided] = rows[0].reasons.as_slice() else { panic!("two reasons") };
    assert_eq!(found.words, "(0008,1030): a name of the subject (carriers)");
    assert_eq!(found.residual.as_deref(), Some("(0008,1030)"));
    assert!(!found.accepted && decided.residual.is_none());
    assert!(rows[1].reasons.is_empty());
    let place = "(0008,1030)".to_owned();
    let accept = |reason: &str| Command::AcceptResidual {
        instance: instance("a"),
        place: place.clone(),
        reason: reason.to_owned(),
    };
    desk.send(accept(" "));
    assert!(!desk.state.outcome_rows()[0].reasons[0].accepted, "a reason is needed");
    desk.send(accept("it is that of a street"));
    assert!(!desk.state.outcome_rows()[0].reasons[0].accepted, "it must be spelled out");
    assert!(desk.notices().last().unwrap().contains("“a name of the subject”"));
    assert_eq!(desk.state.outcome_rows()[0].reasons[0].spelled, Some("a name of the subject"));
    desk.send(accept("A name of the subject that is that of a street, too"));
    assert!(desk.state.outcome_rows()[0].reasons[0].accepted);
}

#[test]
fn attributes_that_the_rest_is_read_by_are_not_overridden() {
    let mut desk = Desk::new();
    desk.show("a");
    let rows = Tag(0x0028, 0x0010);
    let set = AttributeCommand::Set { tag: rows, path: None, action: Override::Remove };
    desk.send(Command::Attribute(set));
    assert!(desk.notices()[0].contains("cannot be read without"));
    let lies = desk.state.outline().lies(&instance("a")).unwrap();
    assert!(desk.state.decisions().overrides_for(lies, &instance("a")).is_empty());
}

#[test]
fn masks_are_drawn_moved_excepted_and_taken_back() {
    let mut desk = Desk::new();
    desk.show("a");
    desk.send(Command::Scope(ScopeLevel::Batch));
    desk.send(Command::Mask(MaskCommand::Add(region(90, 70, 200, 200))));
    // Never wider than the series, never outside the image.
    let row = desk.state.mask_rows(&instance("b"), 0).remove(0);
    assert_eq!((row.level, row.region), (ScopeLevel::Series, region(90, 70, 100, 80)));
    assert_eq!(painted(&desk, "s2", "c"), 0);
    desk.send(Command::Mask(MaskCommand::Change(row.id, region(0, 0, 10, 10))));
    desk.send(Command::Mask(MaskCommand::Except(row.id, ScopeLevel::Instance)));
    assert_eq!((painted(&desk, "s1", "a"), painted(&desk, "s1", "b")), (0, 1));
    assert!(!desk.state.mask_rows(&instance("a"), 0)[0].applies);
    desk.send(Command::Undo);
    assert_eq!(painted(&desk, "s1", "a"), 1);
    desk.send(Command::Mask(MaskCommand::Remove(row.id)));
    assert_eq!(painted(&desk, "s1", "b"), 0);
    desk.send(Command::Undo);
    desk.send(Command::Undo);
    let back = desk.state.mask_rows(&instance("b"), 0).remove(0);
    assert_eq!(back.region, region(90, 70, 100, 80));
    desk.send(Command::Redo);
    assert_eq!(desk.state.mask_rows(&instance("b"), 0)[0].region, region(0, 0, 10, 10));
    desk.send(Command::Mask(MaskCommand::Except(row.id, ScopeLevel::Series)));
    assert_eq!(desk.notices().len(), 1, "an exception must be narrower");
}

#[test]
fn names_of_masks_are_never_used_twice() {
    let mut desk = Desk::new();
    desk.show("a");
    let mut first = desk.state.handle(Command::Mask(MaskCommand::Add(region(0, 0, 5, 5))));
    first.extend(desk.state.handle(Command::Mask(MaskCommand::Add(region(5, 5, 9, 9)))));
    desk.run(first);
    desk.send(Command::Undo);
    let mut desk = Desk::on(desk.disk);
    desk.show("a");
    desk.send(Command::Mask(MaskCommand::Add(region(20, 20, 30, 30))));
    let ids: Vec<MaskId> =
        desk.state.mask_rows(&instance("a"), 0).iter().map(|row| row.id).collect();
    assert_eq!(ids, [MaskId(1), MaskId(3)]);
}

#[test]
fn undo_reaches_back_over_a_restart_but_not_to_another_reader() {
    let mut desk = Desk::new();
    desk.show("a");
    desk.send(Command::Mask(MaskCommand::Add(region(1, 1, 20, 20))));
    desk.disk.write(
        "bob",
        crate::store::EventBody::decided(vec![super::mask(
            7,
            region(50, 50, 60, 60),
            Scope::Series(series("s1")),
        )]),
    );
    let mut desk = Desk::on(desk.disk);
    assert_eq!(painted(&desk, "s1", "a"), 2);
    desk.send(Command::Undo);
    assert_eq!(painted(&desk, "s1", "a"), 1);
    assert_eq!(desk.shown(), "a", "undo goes where it took place");
    desk.send(Command::Undo);
    assert_eq!(painted(&desk, "s1", "a"), 1);
    assert_eq!(desk.notices(), ["Nothing to undo"]);
    desk.send(Command::Redo);
    assert_eq!(painted(&desk, "s1", "a"), 2);
}

#[test]
fn answers_need_a_painted_image_and_bind_at_the_scope() {
    let mut desk = Desk::new();
    let box_a = region(10, 10, 40, 20);
    for name in ["a", "b"] {
        let findings = vec![finding(box_a, "DOE"), finding(region(50, 50, 70, 60), "")];
        desk.state.found(&instance(name), vec![found(0, findings)]);
    }
    desk.paints = false;
    desk.show("a");
    desk.send(Command::Finding(FindingCommand::AnswerShown(FindingAnswer::Mask)));
    assert!(desk.disk.log.is_empty());
    desk.state.painted(&instance("a"), 0);
    desk.send(Command::Select(SelectCommand::NextFinding));
    desk.send(Command::Finding(FindingCommand::AnswerSelected(FindingAnswer::Mask)));
    let states = |desk: &Desk, name: &str| -> Vec<FindingState> {
        desk.state.finding_rows(&instance(name), 0).iter().map(|row| row.state).collect()
    };
    assert_eq!(states(&desk, "b"), [FindingState::Masked, FindingState::Open]);
    desk.send(Command::Finding(FindingCommand::AnswerShown(FindingAnswer::Keep)));
    assert_eq!(states(&desk, "a"), [FindingState::Masked, FindingState::Kept]);
    assert_eq!(states(&desk, "b"), [FindingState::Masked, FindingState::Open]);
    assert_eq!(desk.notices().len(), 1, "the keep of unread text was narrowed");
    desk.send(Command::Undo);
    assert_eq!(states(&desk, "a"), [FindingState::Masked, FindingState::Open]);
}

#[test]
fn wheel_and_tab_walk_the_series() {
    let mut desk = Desk::new();
    desk.state.found(&instance("b"), vec![found(0, vec![finding(region(1, 1, 9, 9), "X")])]);
    desk.send(Command::Select(SelectCommand::Series(series("s1"))));
    desk.send(Command::Select(SelectCommand::StepFrames(1)));
    assert_eq!((desk.shown(), desk.state.selection().frame), ("a", 1));
    desk.send(Command::Select(SelectCommand::StepFrames(5)));
    assert_eq!((desk.shown(), desk.state.selection().frame), ("b", 0));
    desk.send(Command::Select(SelectCommand::FirstFrame));
    assert_eq!(desk.shown(), "a");
    desk.send(Command::Select(SelectCommand::NextFinding));
    assert_eq!((desk.shown(), desk.state.selection().finding), ("b", Some(0)));
    desk.send(Command::Select(SelectCommand::NextSeries));
    assert_eq!(desk.shown(), "c");
    desk.send(Command::Select(SelectCommand::PreviousSeries));
    assert_eq!(desk.shown(), "a");
    assert_eq!(desk.state.view().screen, Screen::Review);
}

#[test]
fn the_banner_counts_what_a_step_would_touch() {
    let mut desk = Desk::new();
    let mut odd = super::card("s1", "CT", "odd", 1);
    odd.entry.image_size = Some((50, 50));
    desk.state.grow(vec![odd]);
    desk.show("a");
    let text = |desk: &Desk| desk.state.scope_banner().map(|banner| banner.text).unwrap();
    assert_eq!(text(&desk), "2 instances; 1 of another size stays undecided");
    desk.send(Command::Narrower);
    assert_eq!(text(&desk), "1 instance");
    desk.send(Command::Narrower);
    desk.send(Command::Narrower);
    assert_eq!(text(&desk), "1 frame of 2");
}

#[test]
fn an_override_asks_for_a_new_plan_and_is_marked_in_the_diff() {
    let mut desk = Desk::new();
    desk.show("a");
    desk.effects.clear();
    let tag = Tag(0x0008, 0x103E);
    let action = Override::Remove;
    desk.send(Command::Attribute(AttributeCommand::Set { tag, path: None, action }));
    assert_eq!(desk.effects, [Effect::Plan { instance: instance("a") }]);
    let path = AttributePath::root(tag);
    let lies = desk.state.outline().lies(&instance("b")).unwrap();
    let (over, scope) = desk.state.decisions().override_for(lies, &instance("b"), &path).unwrap();
    assert_eq!((over, scope), (&Override::Remove, &Scope::Series(series("s1"))));
    let before = [BeforeValue { path, vr: VR::LO, value: Phi::new("x".to_owned()) }];
    let mut rows = diff_rows(&Plan::default(), &before);
    let lies = desk.state.outline().lies(&instance("a")).unwrap();
    mark_overrides(&mut rows, desk.state.decisions(), (lies, &instance("a")));
    assert_eq!(rows[0].overridden, Some(Scope::Series(series("s1"))));
}

fn edit(path: AttributePath, action: Action, value: NewValue) -> PlannedEdit {
    let (rule, layer) = ("E.1-1".into(), Layer::Standard);
    PlannedEdit { path, vr: VR::LO, code: ActionCode::X, action, value, rule, layer }
}

#[test]
fn the_diff_lists_all_attributes_in_their_order() {
    let sequence = AttributePath::root(Tag(0x0008, 0x1110));
    let inside = sequence.child(0, Tag(0x0008, 0x1155));
    let name = AttributePath::root(Tag(0x0010, 0x0010));
    let kept = AttributePath::root(Tag(0x0010, 0x0040));
    let added = AttributePath::root(Tag(0x0012, 0x0062));
    let rows_after = AttributePath::root(Tag(0x0028, 0x0010));
    let text = |text: &str| NewValue::Text(Phi::new(text.to_owned()));
    let plan = Plan {
        edits: vec![
            edit(sequence.clone(), Action::Remove, NewValue::Absent),
            edit(name.clone(), Action::Pseudonym, text("P1")),
            edit(added.clone(), Action::Set, text("YES")),
            edit(AttributePath::root(Tag(0x0010, 0x0030)), Action::Remove, NewValue::Absent),
        ],
        kept: vec![edit(kept.clone(), Action::Keep, text("F"))],
        held: Vec::new(),
        provisional: false,
    };
    let before: Vec<BeforeValue> = [&sequence, &inside, &name, &kept, &rows_after]
        .into_iter()
        .map(|path| BeforeValue {
            path: path.clone(),
            vr: VR::LO,
            value: Phi::new("old".to_owned()),
        })
        .collect();
    let rows = diff_rows(&plan, &before);
    let seen: Vec<(&AttributePath, DiffClass, char)> =
        rows.iter().map(|row| (&row.path, row.class, row.letter)).collect();
    assert_eq!(
        seen,
        [
            (&sequence, DiffClass::Removed, 'X'),
            (&inside, DiffClass::Removed, 'X'),
            (&name, DiffClass::Changed, 'P'),
            (&kept, DiffClass::KeptOnPurpose, 'K'),
            (&added, DiffClass::Added, 'S'),
            (&rows_after, DiffClass::Kept, 'K'),
        ]
    );
    assert_eq!(rows[2].keyword, "PatientName");
    assert_eq!(rows[2].after, Some(Phi::new("P1".to_owned())));
    assert_eq!((&rows[1].before, &rows[1].after), (&Some(Phi::new("old".to_owned())), &None));
}

#[test]
fn problems_and_doubles_have_their_lane() {
    let mut desk = Desk::new();
    let path = Phi::new("x".into());
    desk.state.grow_problems(vec![ProblemCard { path, cause: Cause::NotDicom }]);
    let mut double = super::card("s2", "CT", "a", 1);
    double.entry.path = Phi::new("elsewhere".into());
    desk.state.grow(vec![double]);
    let causes: Vec<Cause> = desk.state.problem_rows().iter().map(|row| row.cause).collect();
    assert_eq!(causes, [Cause::NotDicom, Cause::Duplicate]);
    assert!(desk.state.series_rows()[0].causes.is_empty());
    let mut other = super::card("s2", "CT", "a", 1);
    other.entry.path = Phi::new("third".into());
    other.entry.input = Some(Digest256([99; 32]));
    desk.state.grow(vec![other]);
    let causes: Vec<Cause> = desk.state.problem_rows().iter().map(|row| row.cause).collect();
    assert_eq!(causes, [Cause::NotDicom, Cause::Duplicate, Cause::ConflictingIdentity]);
    assert_eq!(desk.state.series_rows()[0].causes, [Cause::ConflictingIdentity]);
    assert_eq!(desk.state.status_counts().instances, 4);
    assert_eq!(desk.state.series_rows()[1].instances, 1);
}

#[test]
fn what_was_seen_is_sent_when_the_series_is_left_and_on_quit() {
    let mut desk = Desk::on(Disk::default());
    desk.show("a");
    desk.send(Command::Select(SelectCommand::StepFrames(1)));
    assert!(desk.disk.log.is_empty());
    desk.show("c");
    assert_eq!(desk.disk.log.len(), 1);
    desk.send(Command::Quit);
    assert_eq!(desk.disk.log.len(), 2);
    assert_eq!(desk.effects.last(), Some(&Effect::Quit));
    let desk = Desk::on(desk.disk);
    let seen: Vec<u64> = desk.state.series_rows().iter().map(|row| row.seen).collect();
    assert_eq!(seen, [2, 1, 0]);
}
