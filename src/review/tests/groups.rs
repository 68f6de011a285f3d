//! Look-alike groups: how they are ordered and gone through; stacks that are judged by projections.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Desk, card, finding, found, instance, region, series};
use crate::model::{
    Digest256, FindingAnswer, FoldKind, LookAlike, Phi, Proposal, Region, SeriesUid, Tier, Verdict,
    Why,
};
use crate::review::{
    Command, Effect, FindingCommand, InstanceCard, MaskCommand, OpenItem, Risk, ScopeLevel,
    SelectCommand, SeriesState, VerdictCommand, ViewCommand,
};
use crate::store::EventBody;

/// A screen save in the series of CT slices: of another group than they.
fn screen_save(of: &str, name: &str) -> InstanceCard {
    let mut card = card(of, "CT", name, 1);
    let look = LookAlike {
        sop_class: "1.2.840.10008.5.1.4.1.1.7".to_owned(),
        image_type: Phi::new("DERIVED\\SECONDARY\\SCREEN SAVE".to_owned()),
        ..(*card.entry.look).clone()
    };
    card.entry.group = look.id();
    card.entry.look = Arc::new(look);
    card.entry.sop_class = "Secondary Capture Image Storage".to_owned();
    card
}

fn kinds(desk: &Desk) -> Vec<(String, usize, Vec<Risk>)> {
    let rows = desk.state.group_rows();
    rows.into_iter().map(|row| (row.look.modality.clone(), row.instances, row.risks)).collect()
}

fn look_of(desk: &Desk, name: &str) -> Arc<LookAlike> {
    Arc::clone(&desk.state.outline().instance(&instance(name)).unwrap().look)
}

fn go(desk: &mut Desk, name: &str) {
    let look = look_of(desk, name);
    desk.send(Command::Select(SelectCommand::Group(Some(look))));
}

fn approve(desk: &mut Desk) {
    let shown = instance(desk.shown());
    let (verdict, reason) = (Verdict::Approved, String::new());
    desk.send(Command::Verdict(VerdictCommand { shown, verdict, reason, repeat: false }));
}

fn series_shown(desk: &Desk) -> Option<SeriesUid> {
    desk.state.selection().series.clone()
}

#[test]
fn a_screen_save_among_slices_is_a_group_of_its_own_and_comes_first() {
    let mut desk = Desk::new();
    desk.state.grow(vec![screen_save("s1", "save")]);
    let found = kinds(&desk);
    assert_eq!(found[0], ("CT".to_owned(), 1, vec![Risk::Capture]));
    assert_eq!(found[1], ("CT".to_owned(), 3, vec![]), "the slices of both series");
    assert_eq!(found[2], ("DX".to_owned(), 1, vec![]));
    let rows = desk.state.group_rows();
    assert_eq!(rows[1].series, [series("s1"), series("s2")]);
    assert_eq!((rows[0].undecided(), rows[1].undecided()), (1, 2));
}

#[test]
fn what_reads_like_a_header_outweighs_every_kind_of_image() {
    let mut desk = Desk::new();
    desk.state.grow(vec![screen_save("s1", "save"), card("s4", "US", "us", 3)]);
    let box_of_name = finding(region(1, 1, 9, 5), "DOE");
    desk.state.found(&instance("d"), vec![found(0, vec![box_of_name]), found(1, Vec::new())]);
    assert_eq!(kinds(&desk)[2], ("DX".to_owned(), 1, vec![Risk::OpenText]));
    let like_a_name = Proposal { tier: Tier::Mask, why: Why::Resembles };
    desk.state.proposed(vec![(instance("d"), vec![vec![like_a_name], Vec::new()])]);
    let first = &desk.state.group_rows()[0];
    assert_eq!(first.risks, [Risk::Named, Risk::OpenText]);
    assert_eq!((first.example.as_str(), first.findings), ("d", [1, 0, 0]));
    // Answered, the name stays a reason to look there first.
    desk.show("d");
    desk.send(Command::Select(SelectCommand::NextFinding));
    desk.send(Command::Finding(FindingCommand::AnswerSelected(FindingAnswer::Mask)));
    let first = &desk.state.group_rows()[0];
    assert_eq!((first.risks.as_slice(), first.findings), (&[Risk::Named][..], [0, 1, 0]));
}

#[test]
fn one_goes_through_a_group_then_through_the_next_by_risk() {
    let mut desk = Desk::new();
    desk.state.grow(vec![card("s0", "XA", "x", 1), card("s4", "CT", "e", 1)]);
    go(&mut desk, "a");
    assert_eq!(series_shown(&desk), Some(series("s1")));
    assert!(!desk.state.goes_through(&series("s3")) && desk.state.goes_through(&series("s4")));
    // Arrows stay in the group.
    for wanted in ["s2", "s4", "s4"] {
        desk.send(Command::Select(SelectCommand::NextSeries));
        assert_eq!(series_shown(&desk), Some(series(wanted)));
    }
    for (name, frames) in [("a", 2), ("b", 1), ("c", 1), ("e", 1)] {
        let seen = (0..frames).map(|frame| found(frame, Vec::new())).collect();
        desk.state.found(&instance(name), seen);
    }
    go(&mut desk, "a");
    for _ in 0..3 {
        let shown = Some(instance(desk.shown()));
        desk.send(Command::Next { shown, repeat: false });
    }
    let approved = ["s1", "s2", "s4"].map(|uid| desk.state.series_state(&series(uid)));
    assert_eq!(approved, [SeriesState::Approved, SeriesState::Approved, SeriesState::Approved]);
    assert_eq!(series_shown(&desk), Some(series("s0")), "angiography is the next by risk");
    assert!(desk.notices().iter().any(|words| words.contains("here is the next")));
    // Who goes elsewhere has left the group.
    desk.show("d");
    assert!(desk.state.group().is_none());
}

#[test]
fn groups_are_stepped_through_by_risk() {
    let mut desk = Desk::new();
    desk.state.grow(vec![card("s0", "XA", "x", 1)]);
    desk.show("x");
    desk.send(Command::Select(SelectCommand::StepGroups(1)));
    assert_eq!(series_shown(&desk), Some(series("s1")));
    desk.send(Command::Select(SelectCommand::StepGroups(1)));
    assert_eq!(series_shown(&desk), Some(series("s3")));
    desk.send(Command::Select(SelectCommand::StepGroups(1)));
    assert_eq!(series_shown(&desk), Some(series("s3")), "there is none behind the last");
    desk.send(Command::Select(SelectCommand::Group(None)));
    assert!(desk.state.goes_through(&series("s1")));
}

/// Shows a projection, as the window does once it is painted.
fn paint(desk: &mut Desk, kind: FoldKind) {
    desk.send(Command::View(ViewCommand::Fold(Some(kind))));
    let (of, look, shown) = desk.state.fold_shown().unwrap();
    assert_eq!(shown, kind);
    let effects = desk.state.painted_fold(&of, &look, kind);
    desk.run(effects);
}

fn open_items(desk: &Desk, of: &str) -> Vec<OpenItem> {
    desk.state.summary(&series(of)).unwrap().open_items()
}

#[test]
fn a_stack_that_nobody_searched_may_be_judged_by_three_projections() {
    let mut desk = Desk::new();
    desk.show("a");
    assert_eq!(open_items(&desk, "s1"), [OpenItem::NotLookedAt(2)], "one of three was painted");
    for kind in [FoldKind::Max, FoldKind::Mean, FoldKind::Min] {
        paint(&mut desk, kind);
        assert_eq!(open_items(&desk, "s1"), [OpenItem::NotLookedAt(2)]);
    }
    paint(&mut desk, FoldKind::Sigma);
    assert_eq!(open_items(&desk, "s1"), []);
    approve(&mut desk);
    assert_eq!(desk.state.series_state(&series("s1")), SeriesState::Approved);
    // After a restart it is so still, and of another stack it is not.
    let again = Desk::on(desk.disk);
    assert_eq!(open_items(&again, "s1"), []);
    assert_eq!(open_items(&again, "s2"), [OpenItem::NotLookedAt(1)]);
}

#[test]
fn a_stack_with_another_file_was_not_judged() {
    let mut desk = Desk::new();
    desk.show("a");
    FoldKind::ALL.into_iter().for_each(|kind| paint(&mut desk, kind));
    assert_eq!(open_items(&desk, "s1"), []);
    let mut other = card("s1", "CT", "b", 1);
    other.entry.input = Some(Digest256([77; 32]));
    desk.state.grow(vec![other]);
    assert_eq!(open_items(&desk, "s1"), [OpenItem::NotLookedAt(2)]);
}

#[test]
fn single_images_and_captures_are_not_judged_by_projections() {
    let mut desk = Desk::new();
    desk.state.grow(vec![screen_save("s1", "save"), screen_save("s1", "save2")]);
    desk.show("d");
    FoldKind::ALL.into_iter().for_each(|kind| paint(&mut desk, kind));
    assert_eq!(open_items(&desk, "s3"), [OpenItem::Unseen(1)], "DX frame by frame");
    desk.show("save");
    FoldKind::ALL.into_iter().for_each(|kind| paint(&mut desk, kind));
    assert!(open_items(&desk, "s1").contains(&OpenItem::Unseen(1)), "captures one by one");
    assert!(open_items(&desk, "s1").contains(&OpenItem::NotLookedAt(3)), "and not the slices");
    // A series of one frame has none.
    desk.show("c");
    desk.send(Command::View(ViewCommand::CycleFolds));
    assert!(desk.state.fold_shown().is_none());
    assert!(desk.notices().iter().any(|words| words.contains("no projections")));
}

#[test]
fn nothing_is_decided_before_a_projection_is_painted() {
    let mut desk = Desk::new();
    let all = [("a", 2), ("b", 1)];
    for (name, frames) in all {
        let seen = (0..frames).map(|frame| found(frame, Vec::new())).collect();
        desk.state.found(&instance(name), seen);
    }
    desk.show("a");
    desk.send(Command::View(ViewCommand::CycleFolds));
    approve(&mut desk);
    assert_eq!(desk.state.series_state(&series("s1")), SeriesState::Undecided);
    let (of, look, kind) = desk.state.fold_shown().unwrap();
    let effects = desk.state.painted_fold(&of, &look, FoldKind::Sigma);
    assert!(effects.is_empty() && !desk.state.selection().painted, "another one was painted");
    let effects = desk.state.painted_fold(&of, &look, kind);
    desk.run(effects);
    approve(&mut desk);
    assert_eq!(desk.state.series_state(&series("s1")), SeriesState::Approved);
}

#[test]
fn what_could_not_be_saved_was_not_looked_at() {
    let mut desk = Desk::new();
    desk.show("a");
    desk.send(Command::View(ViewCommand::Fold(Some(FoldKind::Max))));
    let (of, look, kind) = desk.state.fold_shown().unwrap();
    let effects = desk.state.painted_fold(&of, &look, kind);
    let [Effect::Append(event)] = &effects[..] else { panic!("{effects:?}") };
    assert!(matches!(&event.body, EventBody::Folded { kinds, .. } if kinds.len() == 1));
    assert_eq!(desk.state.folds_seen(), BTreeSet::from([FoldKind::Max]));
    desk.state.not_recorded(event.ticket, "the disk is full");
    assert_eq!(desk.state.folds_seen(), BTreeSet::new());
}

#[test]
fn a_step_to_a_frame_leaves_the_projection_and_another_series_keeps_it() {
    let mut desk = Desk::new();
    desk.state.grow(vec![card("s2", "CT", "c2", 1)]);
    desk.show("a");
    paint(&mut desk, FoldKind::Max);
    desk.send(Command::Select(SelectCommand::NextSeries));
    assert_eq!(desk.state.fold_shown().unwrap().0, series("s2"));
    assert!(!desk.state.selection().painted);
    desk.send(Command::Select(SelectCommand::StepFrames(1)));
    assert!(desk.state.fold_shown().is_none());
    assert_eq!(desk.shown(), "c2");
    assert!(desk.state.selection().painted);
}

#[test]
fn the_boxes_of_a_stack_stand_once_with_their_frames() {
    let mut desk = Desk::new();
    let name = || finding(region(1, 1, 9, 5), "DOE");
    desk.state.found(&instance("a"), vec![found(0, vec![name()]), found(1, vec![name()])]);
    desk.state.found(&instance("b"), vec![found(0, vec![finding(region(20, 1, 30, 5), "L")])]);
    desk.show("a");
    let (of, look) = desk.state.stack_shown().unwrap();
    let boxes = desk.state.fold_boxes(&of, &look);
    let told: Vec<_> = boxes.iter().map(|it| (it.region.x0, it.frames, it.open)).collect();
    assert_eq!(told, [(1, 2, 2), (20, 1, 1)]);
    assert_eq!(boxes[1].first, (instance("b"), 0));
}

fn draw(desk: &mut Desk, region: Region) {
    desk.send(Command::Mask(MaskCommand::Add(region)));
}

fn painted(desk: &Desk, name: &str) -> Vec<Region> {
    let lies = desk.state.outline().lies(&instance(name)).unwrap();
    desk.state.decisions().masks_for(lies, &instance(name), 0, super::SIZE)
}

#[test]
fn masks_of_a_series_go_to_its_group_in_one_step_with_their_exceptions() {
    let mut desk = Desk::new();
    desk.state.grow(vec![screen_save("s2", "save")]);
    desk.show("b");
    assert!(desk.state.group_offer().is_none());
    let (place, other) = (region(1, 1, 40, 9), region(50, 50, 60, 60));
    draw(&mut desk, place);
    draw(&mut desk, other);
    let id = desk.state.mask_rows(&instance("b"), 0)[0].id;
    desk.send(Command::Mask(MaskCommand::Except(id, ScopeLevel::Instance)));
    let offer = desk.state.group_offer().unwrap();
    assert_eq!((offer.masks, offer.series, offer.instances, offer.left_out), (2, 1, 1, 1));
    assert!(painted(&desk, "c").is_empty(), "nothing is done before it is asked for");
    desk.send(Command::Mask(MaskCommand::GiveToGroup));
    assert_eq!(painted(&desk, "c"), [place, other]);
    assert_eq!(painted(&desk, "b"), [other], "what was taken out stays out");
    assert!(painted(&desk, "save").is_empty(), "a screen save looks otherwise");
    assert!(painted(&desk, "d").is_empty());
    let offer = desk.state.group_offer().unwrap();
    assert_eq!(offer.masks, 0, "given once it is not offered again");
    // What joins later is masked, too, and nobody has decided about it.
    desk.state.grow(vec![card("s9", "CT", "late", 1)]);
    assert_eq!(painted(&desk, "late"), [place, other]);
    assert_eq!(desk.state.series_state(&series("s9")), SeriesState::Undecided);
    desk.send(Command::Undo);
    assert!(painted(&desk, "c").is_empty());
    assert_eq!(painted(&desk, "a"), [place, other], "those of the series are back");
}

#[test]
fn a_mask_of_the_group_makes_verdicts_in_it_stale_and_no_others() {
    let mut desk = Desk::new();
    desk.show("c");
    approve(&mut desk);
    desk.show("a");
    draw(&mut desk, region(1, 1, 40, 9));
    assert_eq!(desk.state.series_state(&series("s2")), SeriesState::Approved);
    assert_eq!(desk.state.group_offer().unwrap().decided, 1);
    desk.send(Command::Mask(MaskCommand::GiveToGroup));
    assert_eq!(
        desk.state.series_state(&series("s2")),
        SeriesState::Stale { was: Verdict::Approved }
    );
    desk.send(Command::Undo);
    assert_eq!(desk.state.series_state(&series("s2")), SeriesState::Approved);
}

#[test]
fn exceptions_are_text_outside_of_the_masks_and_none_where_others_have_some() {
    let mut desk = Desk::new();
    let (name, label) = (region(2, 2, 30, 8), region(70, 2, 76, 8));
    let text = |at: Region| finding(at, "DOE");
    for (of, frames) in [
        ("a", vec![found(0, vec![text(name)]), found(1, vec![text(name)])]),
        ("b", vec![found(0, vec![text(name), text(label)])]),
        ("c", vec![found(0, Vec::new())]),
    ] {
        desk.state.found(&instance(of), frames);
    }
    desk.state.grow(vec![card("s2", "CT", "unseen", 1)]);
    desk.show("a");
    draw(&mut desk, region(1, 1, 40, 9));
    let offer = desk.state.group_offer().unwrap();
    let told: Vec<_> =
        offer.exceptions.iter().map(|it| (it.instance.as_str().to_owned(), it.why)).collect();
    let wanted = [
        ("a".to_owned(), "text where others have none"),
        ("b".to_owned(), "text outside of the masks"),
        ("unseen".to_owned(), "nobody looked for text yet"),
    ];
    assert_eq!(told, wanted);
    assert_eq!(offer.most_text, Some((instance("a"), 2)));
    // Where more have text than not, those without are told.
    desk.state.found(&instance("c"), vec![found(0, vec![text(name)])]);
    desk.state.grow(vec![card("s2", "CT", "empty", 1)]);
    desk.state.found(&instance("empty"), vec![found(0, Vec::new())]);
    let offer = desk.state.group_offer().unwrap();
    let last = offer.exceptions.iter().find(|it| it.instance == instance("empty")).unwrap();
    assert_eq!((last.why, last.position), ("no text where others have some", 2));
    assert!(offer.exceptions.iter().all(|it| it.instance != instance("c")));
}

#[test]
fn a_finding_masked_for_its_series_goes_to_the_group_as_well() {
    let mut desk = Desk::new();
    let place = region(2, 2, 30, 8);
    for of in ["a", "c"] {
        desk.state.found(&instance(of), vec![found(0, vec![finding(place, "DOE")])]);
    }
    desk.show("a");
    desk.send(Command::Select(SelectCommand::NextFinding));
    desk.send(Command::Finding(FindingCommand::AnswerSelected(FindingAnswer::Mask)));
    assert!(painted(&desk, "c").is_empty());
    desk.send(Command::Mask(MaskCommand::GiveToGroup));
    assert_eq!(painted(&desk, "c"), [place]);
    assert_eq!(desk.state.summary(&series("s2")).unwrap().open_findings, 0);
}

#[test]
fn a_keep_at_the_scope_of_the_group_reaches_it_and_not_the_batch() {
    let mut desk = Desk::new();
    let place = region(2, 2, 12, 8);
    for of in ["a", "c", "d"] {
        desk.state.found(&instance(of), vec![found(0, vec![finding(place, "L")])]);
    }
    desk.show("a");
    desk.send(Command::Scope(ScopeLevel::Group));
    assert_eq!(desk.state.scope_banner().unwrap().text, "3 instances");
    desk.send(Command::Select(SelectCommand::NextFinding));
    desk.send(Command::Finding(FindingCommand::AnswerSelected(FindingAnswer::Keep)));
    let open = |desk: &Desk, of: &str| desk.state.summary(&series(of)).unwrap().open_findings;
    assert_eq!((open(&desk, "s1"), open(&desk, "s2"), open(&desk, "s3")), (0, 0, 1));
    // A mask drawn there reaches the series at most.
    draw(&mut desk, region(50, 50, 60, 60));
    assert!(painted(&desk, "c").is_empty());
}

#[test]
fn frames_after_the_one_shown_are_the_likeliest_then_those_of_the_next_series() {
    let mut desk = Desk::new();
    desk.show("a");
    let ahead = |desk: &Desk| -> Vec<String> {
        let frames = desk.state.ahead().into_iter();
        frames.map(|(uid, frame)| format!("{} {frame}", uid.as_str())).collect()
    };
    assert_eq!(ahead(&desk), ["a 1", "b 0", "c 0", "d 0", "d 1"]);
    desk.show("b");
    assert_eq!(ahead(&desk), ["a 1", "a 0", "c 0", "d 0", "d 1"]);
    // In a group only its series come next.
    go(&mut desk, "c");
    assert_eq!(ahead(&desk), ["a 1", "b 0", "c 0"]);
}
