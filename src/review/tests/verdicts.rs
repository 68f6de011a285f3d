//! Verdicts: what they need, what makes them stale, and what Space does.

use super::{Desk, finding, found, instance, region, series};
use crate::model::{Digest256, FindingAnswer, Override, PatientKey, Tag, Verdict};
use crate::review::{
    AttributeCommand, Basis, Command, Effect, ExportCommand, FindingCommand, MaskCommand, OpenItem,
    ScopeLevel, SelectCommand, SeriesState, VerdictCommand,
};

fn give(desk: &mut Desk, shown: &str, verdict: Verdict, reason: &str) {
    let (shown, reason) = (instance(shown), reason.to_owned());
    desk.send(Command::Verdict(VerdictCommand { shown, verdict, reason, repeat: false }));
}

fn approve(desk: &mut Desk, shown: &str) {
    give(desk, shown, Verdict::Approved, "");
}

fn space(desk: &mut Desk) {
    let shown = desk.state.selection().instance.clone();
    desk.send(Command::Next { shown, repeat: false });
}

fn state(desk: &Desk, name: &str) -> SeriesState {
    desk.state.series_state(&series(name))
}

const STALE: SeriesState = SeriesState::Stale { was: Verdict::Approved };

/// A desk on which `s1` is approved.
fn approved() -> Desk {
    let mut desk = Desk::new();
    desk.show("a");
    approve(&mut desk, "a");
    assert_eq!(state(&desk, "s1"), SeriesState::Approved);
    desk
}

#[test]
fn a_verdict_waits_for_the_disk_and_only_then_the_view_advances() {
    let mut desk = Desk::new();
    desk.show("a");
    let command = VerdictCommand {
        shown: instance("a"),
        verdict: Verdict::Approved,
        reason: String::new(),
        repeat: false,
    };
    let effects = desk.state.handle(Command::Verdict(command));
    assert_eq!(state(&desk, "s1"), SeriesState::Undecided);
    assert!(desk.state.series_rows()[0].pending);
    assert_eq!(desk.shown(), "a");
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Show { .. })));
    desk.run(effects);
    assert_eq!(state(&desk, "s1"), SeriesState::Approved);
    assert_eq!(desk.shown(), "c");
}

#[test]
fn verdict_keys_need_the_painted_instance_and_no_repeat() {
    let mut desk = Desk::new();
    desk.paints = false;
    desk.show("a");
    approve(&mut desk, "a");
    assert!(desk.disk.log.is_empty(), "not painted");
    desk.state.painted(&instance("a"), 1);
    approve(&mut desk, "a");
    assert!(desk.disk.log.is_empty(), "another frame was painted");
    desk.state.painted(&instance("a"), 0);
    approve(&mut desk, "b");
    assert!(desk.disk.log.is_empty(), "the key was meant for another instance");
    let (shown, reason) = (instance("a"), String::new());
    let verdict = Verdict::Approved;
    desk.send(Command::Verdict(VerdictCommand { shown, verdict, reason, repeat: true }));
    assert!(desk.disk.log.is_empty(), "the key was held");
    approve(&mut desk, "a");
    assert_eq!(state(&desk, "s1"), SeriesState::Approved);
}

#[test]
fn a_held_key_never_decides_the_next_series() {
    let mut desk = Desk::new();
    desk.show("a");
    let press = |desk: &Desk| VerdictCommand {
        shown: desk.state.selection().instance.clone().unwrap(),
        verdict: Verdict::Approved,
        reason: String::new(),
        repeat: false,
    };
    let (first, second) = (press(&desk), press(&desk));
    let mut effects = desk.state.handle(Command::Verdict(first));
    effects.extend(desk.state.handle(Command::Verdict(second)));
    desk.run(effects);
    assert_eq!(state(&desk, "s1"), SeriesState::Approved);
    assert_eq!(state(&desk, "s2"), SeriesState::Undecided);
}

#[test]
fn hold_and_reject_need_a_reason() {
    let mut desk = Desk::new();
    desk.show("a");
    give(&mut desk, "a", Verdict::Held, "  ");
    assert_eq!(state(&desk, "s1"), SeriesState::Undecided);
    assert_eq!(desk.notices().len(), 1);
    give(&mut desk, "a", Verdict::Held, "ask the clinic");
    assert_eq!(state(&desk, "s1"), SeriesState::Held { reason: "ask the clinic".to_owned() });
    desk.show("a");
    give(&mut desk, "a", Verdict::Undecided, "");
    assert_eq!(state(&desk, "s1"), SeriesState::Undecided);
    assert_eq!(desk.shown(), "a", "clearing stays");
}

#[test]
fn what_cannot_be_shown_can_be_rejected_and_not_approved() {
    let mut desk = Desk::new();
    desk.paints = false;
    desk.show("d");
    desk.state.not_paintable(&instance("d"), 0);
    approve(&mut desk, "d");
    assert_eq!(state(&desk, "s3"), SeriesState::Undecided);
    give(&mut desk, "d", Verdict::Rejected, "cannot be shown");
    assert!(matches!(state(&desk, "s3"), SeriesState::Rejected { .. }));
}

#[test]
fn open_findings_refuse_an_approval_by_name() {
    let mut desk = Desk::new();
    let place = region(10, 10, 40, 20);
    desk.state.found(&instance("b"), vec![found(0, vec![finding(place, "DOE")])]);
    desk.show("a");
    approve(&mut desk, "a");
    assert_eq!(state(&desk, "s1"), SeriesState::Undecided);
    assert_eq!(desk.notices(), ["Not approved: 1 finding is not answered"]);
    space(&mut desk);
    assert_eq!((desk.shown(), desk.state.selection().finding), ("b", Some(0)));
    desk.send(Command::Finding(FindingCommand::AnswerSelected(FindingAnswer::Mask)));
    approve(&mut desk, "b");
    assert_eq!(state(&desk, "s1"), SeriesState::Approved);
}

#[test]
fn frames_of_a_radiograph_must_be_seen_one_by_one() {
    let mut desk = Desk::new();
    desk.show("d");
    approve(&mut desk, "d");
    assert_eq!(desk.notices(), ["Not approved: 1 frame was not seen"]);
    desk.send(Command::Select(SelectCommand::StepFrames(1)));
    approve(&mut desk, "d");
    assert_eq!(state(&desk, "s3"), SeriesState::Approved);
}

#[test]
fn a_screen_save_among_slices_must_be_seen_by_a_person() {
    let mut desk = Desk::new();
    let mut save = super::card("s2", "CT", "save", 1);
    save.entry.sop_class = "Secondary Capture Image Storage".to_owned();
    desk.state.grow(vec![save]);
    for name in ["c", "save"] {
        desk.state.found(&instance(name), vec![found(0, Vec::new())]);
    }
    let open = desk.state.summary(&series("s2")).unwrap().open_items();
    assert_eq!(open, [OpenItem::Unseen(1)]);
}

#[test]
fn slices_that_nobody_looked_at_are_named_and_space_goes_there() {
    let mut desk = Desk::new();
    desk.state.found(&instance("b"), vec![found(0, Vec::new())]);
    desk.show("a");
    space(&mut desk);
    assert_eq!((desk.shown(), desk.state.selection().frame), ("a", 1));
    assert_eq!(state(&desk, "s1"), SeriesState::Undecided);
    space(&mut desk);
    assert_eq!(state(&desk, "s1"), SeriesState::Approved, "the detector looked at b");
    assert_eq!(desk.shown(), "c");

    let mut desk = Desk::new();
    desk.show("a");
    approve(&mut desk, "a");
    assert_eq!(state(&desk, "s1"), SeriesState::Approved);
    assert_eq!(desk.notices(), ["Approved although 2 frames were looked at by nobody"]);
}

#[test]
fn space_again_and_again_approves_only_what_is_finished() {
    let mut desk = Desk::new();
    let place = region(10, 10, 40, 20);
    desk.state.found(&instance("c"), vec![found(0, vec![finding(place, "DOE")])]);
    desk.show("a");
    for _press in 0..40 {
        space(&mut desk);
    }
    assert_eq!(state(&desk, "s1"), SeriesState::Approved);
    assert_eq!(state(&desk, "s2"), SeriesState::Undecided);
    assert_eq!(desk.shown(), "c");
    desk.send(Command::Finding(FindingCommand::AnswerShown(FindingAnswer::Mask)));
    for _press in 0..40 {
        space(&mut desk);
    }
    assert_eq!(state(&desk, "s2"), SeriesState::Approved);
    assert_eq!(state(&desk, "s3"), SeriesState::Approved);
    let seen: Vec<u64> = desk.state.series_rows().iter().map(|row| row.seen).collect();
    assert_eq!(seen, [3, 1, 2]);
}

#[test]
fn space_held_down_moves_but_never_approves() {
    let mut desk = Desk::new();
    desk.show("a");
    for _repeat in 0..40 {
        let shown = desk.state.selection().instance.clone();
        desk.send(Command::Next { shown, repeat: true });
    }
    assert_eq!(desk.shown(), "b");
    assert_eq!(state(&desk, "s1"), SeriesState::Undecided);
}

#[test]
fn whatever_a_verdict_rests_on_makes_it_stale() {
    type Change = fn(&mut Desk);
    let changes: [(&str, Change); 10] = [
        ("profile", |desk| {
            desk.state.set_basis(Basis { profile: Digest256([8; 32]), ..super::basis() });
        }),
        ("detector", |desk| desk.state.set_basis(Basis { detector: None, ..super::basis() })),
        ("dictionary", |desk| {
            desk.state.dictionary(&PatientKey::new("p"), Some(Digest256([8; 32])));
        }),
        ("dictionary growing", |desk| desk.state.dictionary(&PatientKey::new("p"), None)),
        ("input", |desk| desk.state.inputs_read(&[(instance("b"), Digest256([8; 32]))])),
        ("member", |desk| desk.state.grow(vec![super::card("s1", "CT", "new", 1)])),
        ("findings", |desk| {
            let found = found(0, vec![finding(region(1, 1, 9, 9), "X")]);
            desk.state.found(&instance("b"), vec![found]);
        }),
        ("mask", |desk| {
            desk.show("b");
            desk.send(Command::Mask(MaskCommand::Add(region(1, 1, 20, 20))));
        }),
        ("override", |desk| {
            desk.show("b");
            let (tag, action) = (Tag(0x0010, 0x0010), Override::Empty);
            desk.send(Command::Attribute(AttributeCommand::Set { tag, path: None, action }));
        }),
        ("override of the batch", |desk| {
            desk.show("c");
            desk.send(Command::Scope(ScopeLevel::Batch));
            let (tag, action) = (Tag(0x0010, 0x0010), Override::Empty);
            desk.send(Command::Attribute(AttributeCommand::Set { tag, path: None, action }));
        }),
    ];
    for (name, change) in changes {
        let mut desk = approved();
        change(&mut desk);
        assert_eq!(state(&desk, "s1"), STALE, "{name}");
        assert!(desk.state.approved().is_empty(), "{name}");
    }
}

#[test]
fn what_touches_another_series_leaves_a_verdict_alone() {
    let mut desk = approved();
    desk.show("c");
    desk.send(Command::Mask(MaskCommand::Add(region(1, 1, 20, 20))));
    desk.state.found(&instance("b"), vec![found(0, Vec::new())]);
    assert_eq!(state(&desk, "s1"), SeriesState::Approved, "nothing found is nothing new");
}

#[test]
fn undoing_a_change_restores_the_verdict_and_undoing_a_verdict_takes_it_back() {
    let mut desk = approved();
    desk.show("a");
    desk.send(Command::Mask(MaskCommand::Add(region(1, 1, 20, 20))));
    assert_eq!(state(&desk, "s1"), STALE);
    desk.send(Command::Undo);
    assert_eq!(state(&desk, "s1"), SeriesState::Approved);
    desk.send(Command::Undo);
    assert_eq!(state(&desk, "s1"), SeriesState::Undecided);
    desk.send(Command::Redo);
    assert_eq!(state(&desk, "s1"), SeriesState::Approved);
}

#[test]
fn a_verdict_after_a_mask_on_its_way_rests_on_that_mask() {
    let mut desk = Desk::new();
    desk.show("a");
    let mut effects = desk.state.handle(Command::Mask(MaskCommand::Add(region(1, 1, 20, 20))));
    let (shown, reason) = (instance("a"), String::new());
    let verdict = Verdict::Approved;
    let command = VerdictCommand { shown, verdict, reason, repeat: false };
    effects.extend(desk.state.handle(Command::Verdict(command)));
    assert_eq!(effects.len(), 1, "the verdict waits");
    desk.run(effects);
    assert_eq!(state(&desk, "s1"), SeriesState::Approved);
}

#[test]
fn verdicts_hold_after_a_restart() {
    let desk = approved();
    let desk = Desk::on(desk.disk);
    assert_eq!(state(&desk, "s1"), SeriesState::Approved);
}

#[test]
fn nothing_is_approved_while_names_or_files_are_still_being_read() {
    let mut desk = Desk::new();
    desk.state.dictionary(&PatientKey::new("p"), None);
    desk.show("a");
    approve(&mut desk, "a");
    assert!(desk.notices()[0].contains("names are still being collected"));
    let mut unread = super::card("s2", "CT", "late", 1);
    unread.entry.input = None;
    desk.state.grow(vec![unread]);
    desk.state.dictionary(&PatientKey::new("p"), Some(Digest256([3; 32])));
    let open = desk.state.summary(&series("s2")).unwrap().open_items();
    assert!(open.contains(&OpenItem::InputUnread(1)));
    desk.state.inputs_read(&[(instance("late"), Digest256([4; 32]))]);
    let open = desk.state.summary(&series("s2")).unwrap().open_items();
    assert!(!open.contains(&OpenItem::InputUnread(1)));
}

#[test]
fn a_series_whose_members_disagree_is_not_approved() {
    let mut desk = Desk::new();
    let mut stranger = super::card("s1", "CT", "stranger", 1);
    stranger.patient = PatientKey::new("q");
    desk.state.grow(vec![stranger]);
    desk.show("a");
    approve(&mut desk, "a");
    assert!(desk.notices()[0].contains("do not agree"));
    assert_eq!(desk.state.series_rows().len(), 3, "listed once");
}

#[test]
fn instances_of_another_size_stay_open_until_they_are_decided() {
    let mut desk = Desk::new();
    let mut odd = super::card("s1", "CT", "odd", 1);
    odd.entry.image_size = Some((50, 50));
    desk.state.grow(vec![odd]);
    desk.show("a");
    desk.send(Command::Mask(MaskCommand::Add(region(1, 1, 20, 20))));
    approve(&mut desk, "a");
    assert!(desk.notices()[0].contains("1 instance has another size than the masks"));
    desk.show("odd");
    let id = desk.state.mask_rows(&instance("odd"), 0)[0].id;
    desk.send(Command::Mask(MaskCommand::Except(id, ScopeLevel::Instance)));
    approve(&mut desk, "odd");
    assert_eq!(state(&desk, "s1"), SeriesState::Approved);
}

#[test]
fn the_gate_names_what_stays_out_and_faces_are_asked_about_once() {
    let mut desk = Desk::new();
    let confirm = |faces_accepted| {
        let destination = "out".into();
        let into_existing = false;
        Command::Export(ExportCommand::Confirm { destination, faces_accepted, into_existing })
    };
    desk.send(confirm(false));
    assert_eq!(desk.notices(), ["Nothing to export: no series is approved"]);
    let mut face = super::card("s2", "CT", "c", 1);
    face.entry.face_risk = true;
    desk.state.grow(vec![face]);
    desk.show("c");
    approve(&mut desk, "c");
    let rows = desk.state.what_blocks_export();
    assert_eq!(rows.iter().filter(|row| row.must_answer).count(), 1);
    // Approving went on to the first of the two frames of s3.
    assert!(
        rows.iter().any(|row| row.series == Some(series("s3"))
            && row.words == "undecided; 1 frame was not seen")
    );
    let lines = rows.iter().filter(|row| row.series == Some(series("s3"))).count();
    assert_eq!(lines, 1, "a line a series");
    let exports = |desk: &mut Desk| {
        let effects = std::mem::take(&mut desk.effects);
        effects.into_iter().filter(|it| matches!(it, Effect::Export(_))).count()
    };
    desk.send(confirm(false));
    assert_eq!(exports(&mut desk), 0);
    desk.send(confirm(true));
    assert_eq!(exports(&mut desk), 1);
    let mut desk = Desk::on(desk.disk);
    let mut face = super::card("s2", "CT", "c", 1);
    face.entry.face_risk = true;
    desk.state.grow(vec![face]);
    assert_eq!(state(&desk, "s2"), SeriesState::Approved);
    desk.send(confirm(false));
    assert_eq!(exports(&mut desk), 1, "the answer is in the log");
}
