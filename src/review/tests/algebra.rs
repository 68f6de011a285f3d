//! Folding and resolving, against references that expand everything.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{SIZE, instance, mask, region, series};
use crate::model::{
    AttributePath, Decision, Digest256, FindingAnswer, GroupId, InstanceUid, Lies, MaskId,
    Override, Phi, Region, Scope, Tag, Verdict,
};
use crate::review::decisions::covered;
use crate::review::{
    Decisions, FindingState, Journal, Member, Provenance, SeriesBasis, fingerprint,
};
use crate::store::EventBody;

const SERIES: [&str; 2] = ["s1", "s2"];
/// Instances with their series.
const INSTANCES: [(&str, &str); 3] = [("a", "s1"), ("b", "s1"), ("c", "s2")];
const PATIENT_NAME: Tag = Tag(0x0010, 0x0010);

fn group(number: u8) -> GroupId {
    GroupId(Digest256([number; 32]))
}

/// Slices of both series look alike; `b` is among them and does not. Of group 2 there is nothing.
fn group_of(name: &str) -> GroupId {
    group(u8::from(name == "b"))
}

/// Calls `with` with where an instance of a series lies.
fn lying<T>(name: &str, of: &str, with: impl FnOnce(Lies<'_>) -> T) -> T {
    let series = series(of);
    with(Lies { series: &series, group: group_of(name) })
}

fn scopes() -> impl Strategy<Value = Scope> {
    prop_oneof![
        Just(Scope::Batch),
        (0..3u8).prop_map(|at| Scope::Group(group(at))),
        (0..SERIES.len()).prop_map(|at| Scope::Series(series(SERIES[at]))),
        (0..INSTANCES.len()).prop_map(|at| Scope::Instance(instance(INSTANCES[at].0))),
        (0..INSTANCES.len(), 0..2u32)
            .prop_map(|(at, frame)| Scope::Frame(instance(INSTANCES[at].0), frame)),
    ]
}

fn regions() -> impl Strategy<Value = Region> {
    (0..6u32, 0..6u32).prop_map(|(x, y)| region(x * 10, y * 10, x * 10 + 15, y * 10 + 15))
}

fn overrides() -> impl Strategy<Value = Option<Override>> {
    prop_oneof![
        Just(None),
        Just(Some(Override::Keep)),
        Just(Some(Override::Remove)),
        Just(Some(Override::ReplaceWith(Phi::new("X".to_owned())))),
    ]
}

fn decisions() -> impl Strategy<Value = Decision> {
    prop_oneof![
        (1..6u64, regions(), scopes()).prop_map(|(id, region, scope)| mask(id, region, scope)),
        (1..6u64, regions())
            .prop_map(|(id, region)| Decision::ChangeMask { id: MaskId(id), region }),
        (1..6u64).prop_map(|id| Decision::RemoveMask(MaskId(id))),
        (1..6u64, scopes())
            .prop_map(|(id, scope)| Decision::ExceptFromMask { id: MaskId(id), scope }),
        (scopes(), regions(), any::<bool>()).prop_map(|(scope, region, keep)| {
            let answer = if keep { FindingAnswer::Keep } else { FindingAnswer::Mask };
            let text = Phi::new("DOE".to_owned());
            Decision::AnswerFinding { scope, region, text, image_size: SIZE, answer }
        }),
        (scopes(), any::<bool>(), overrides()).prop_map(|(scope, one_path, action)| {
            let path = one_path.then(|| AttributePath::root(PATIENT_NAME).to_string());
            Decision::OverrideAttribute { scope, tag: PATIENT_NAME, path, action }
        }),
        (0..SERIES.len(), any::<bool>()).prop_map(|(at, approved)| Decision::SetVerdict {
            series: series(SERIES[at]),
            verdict: if approved { Verdict::Approved } else { Verdict::Undecided },
            reason: String::new(),
        }),
    ]
}

#[derive(Clone, Debug)]
enum Step {
    Decide(Vec<Decision>),
    Undo,
    Redo,
    Publish,
}

fn steps() -> impl Strategy<Value = Vec<(&'static str, Step)>> {
    let step = prop_oneof![
        6 => prop::collection::vec(decisions(), 1..3).prop_map(Step::Decide),
        3 => Just(Step::Undo),
        2 => Just(Step::Redo),
        1 => Just(Step::Publish),
    ];
    let reader = prop_oneof![Just("ann"), Just("bob")];
    prop::collection::vec((reader, step), 0..30)
}

/// Runs steps as the window would, on an incremental journal.
fn run(steps: &[(&'static str, Step)]) -> (super::Disk, Journal) {
    let (mut disk, mut journal) = (super::Disk::default(), Journal::default());
    for (reader, step) in steps {
        let body = match step {
            Step::Decide(decisions) => Some(EventBody::decided(decisions.clone())),
            Step::Undo => journal.undoable(reader).map(|seq| EventBody::Undone { seq }),
            Step::Redo => journal.redoable(reader).map(|seq| EventBody::Redone { seq }),
            Step::Publish => {
                Some(EventBody::Published { manifest: Digest256([0; 32]), released: 0 })
            }
        };
        if let Some(body) = body {
            journal.apply(&disk.write(reader, body));
        }
    }
    (disk, journal)
}

fn fold(decisions: &[Decision]) -> Decisions {
    let mut folded = Decisions::default();
    for (at, decision) in decisions.iter().enumerate() {
        let fingerprints = BTreeMap::new();
        let by = Provenance { seq: at as u64, reader: "ann", fingerprints: &fingerprints };
        folded.apply(decision, by);
    }
    folded
}

/// The slow reference for masks: every decision is played for this one frame.
fn painted(decisions: &[Decision], (of, series_name): (&str, &str), frame: u32) -> Vec<Region> {
    let (series, instance) = (series(series_name), instance(of));
    let lies = Lies { series: &series, group: group_of(of) };
    let mut masks: BTreeMap<MaskId, (Region, Scope, bool)> = BTreeMap::new();
    let mut answers: Vec<(u8, Region, FindingAnswer)> = Vec::new();
    for decision in decisions {
        match decision {
            Decision::AddMask(mask) => {
                masks.insert(mask.id, (mask.region, mask.scope.clone(), false));
            }
            Decision::ChangeMask { id, region } => {
                if let Some(mask) = masks.get_mut(id) {
                    mask.0 = *region;
                }
            }
            Decision::RemoveMask(id) => {
                masks.remove(id);
            }
            Decision::ExceptFromMask { id, scope } => {
                if let Some((_, of, excepted)) = masks.get_mut(id)
                    && scope.rank() > of.rank()
                {
                    *excepted |= scope.covers(lies, &instance, frame);
                }
            }
            Decision::AnswerFinding { scope, region, answer, .. }
                if scope.covers(lies, &instance, frame) =>
            {
                answers.retain(|(rank, other, _)| (*rank, other) != (scope.rank(), region));
                answers.push((scope.rank(), *region, *answer));
            }
            _ => {}
        }
    }
    let by_masks = masks
        .into_values()
        .filter(|(_, scope, excepted)| !excepted && scope.covers(lies, &instance, frame))
        .map(|(region, ..)| region);
    let by_answers = answers
        .iter()
        .filter(|(rank, region, answer)| {
            let narrower = answers.iter().any(|(other, at, _)| other > rank && at == region);
            *answer == FindingAnswer::Mask && !narrower
        })
        .map(|(_, region, _)| *region);
    let mut all: Vec<Region> = by_masks.chain(by_answers).collect();
    all.sort();
    all.dedup();
    all
}

proptest! {
    #[test]
    fn masks_are_the_union_without_narrower_exceptions(
        list in prop::collection::vec(decisions(), 0..25)
    ) {
        let folded = fold(&list);
        for (name, of) in INSTANCES {
            for frame in 0..2 {
                let found = lying(name, of, |lies| folded.masks_for(lies, &instance(name), frame, SIZE));
                prop_assert_eq!(found, painted(&list, (name, of), frame));
                let other_size = lying(name, of, |lies| folded.masks_for(lies, &instance(name), frame, (9, 9)));
                prop_assert!(other_size.is_empty());
            }
        }
    }

    #[test]
    fn the_narrower_override_wins_then_the_single_path_then_the_later(
        list in prop::collection::vec(decisions(), 0..25)
    ) {
        let folded = fold(&list);
        let path = AttributePath::root(PATIENT_NAME);
        for (name, of) in INSTANCES {
            let mut best: BTreeMap<(u8, bool), Option<&Override>> = BTreeMap::new();
            for decision in &list {
                if let Decision::OverrideAttribute { scope, path, action, .. } = decision
                    && !matches!(scope, Scope::Frame(..))
                    && lying(name, of, |lies| scope.covers(lies, &instance(name), 0))
                {
                    best.insert((scope.rank(), path.is_some()), action.as_ref());
                }
            }
            let expected = best.iter().rev().find_map(|((rank, _), action)| Some((*action)?).zip(Some(*rank)));
            let (series, instance) = (series(of), instance(name));
            let lies = Lies { series: &series, group: group_of(name) };
            let found = folded.override_for(lies, &instance, &path);
            prop_assert_eq!(found.map(|(action, scope)| (action, scope.rank())), expected);
            let nested = AttributePath::root(Tag(0x0008, 0x1111)).child(0, PATIENT_NAME);
            let everywhere = folded.override_for(lies, &instance, &nested);
            let expected = best.iter().rev().find_map(|((rank, one_path), action)| {
                (!one_path).then_some((*action)?).zip(Some(*rank))
            });
            prop_assert_eq!(everywhere.map(|(action, scope)| (action, scope.rank())), expected);
        }
    }

    #[test]
    fn a_log_folds_the_same_from_disk_as_step_by_step(steps in steps()) {
        let (disk, journal) = run(&steps);
        prop_assert_eq!(Journal::replay(&disk.log), journal);
    }

    #[test]
    fn what_holds_is_the_fold_of_what_is_not_taken_back(steps in steps()) {
        let (disk, journal) = run(&steps);
        let mut standing: BTreeMap<u64, Vec<Decision>> = BTreeMap::new();
        let mut away: BTreeMap<u64, Vec<Decision>> = BTreeMap::new();
        for event in &disk.log {
            match &event.body {
                EventBody::Decided { decisions, .. } => {
                    standing.insert(event.seq, decisions.clone());
                }
                EventBody::Undone { seq } => {
                    away.extend(standing.remove(seq).map(|it| (*seq, it)));
                }
                EventBody::Redone { seq } => {
                    standing.extend(away.remove(seq).map(|it| (*seq, it)));
                }
                _ => {}
            }
        }
        let mut expected = Decisions::default();
        for (seq, decisions) in &standing {
            let fingerprints = BTreeMap::new();
            let reader = &disk.log[*seq as usize - 1].reader;
            for decision in decisions {
                expected.apply(decision, Provenance { seq: *seq, reader, fingerprints: &fingerprints });
            }
        }
        prop_assert_eq!(journal.decisions(), &expected);
    }

    #[test]
    fn redo_after_undo_changes_nothing_and_undo_after_a_step_neither(
        steps in steps(), last in prop::collection::vec(decisions(), 1..3)
    ) {
        let (mut disk, mut journal) = run(&steps);
        let before = journal.decisions().clone();
        journal.apply(&disk.write("ann", EventBody::decided(last)));
        let after = journal.decisions().clone();
        let seq = journal.undoable("ann").unwrap();
        journal.apply(&disk.write("ann", EventBody::Undone { seq }));
        prop_assert_eq!(journal.decisions(), &before);
        prop_assert_eq!(journal.redoable("ann"), Some(seq));
        journal.apply(&disk.write("ann", EventBody::Redone { seq }));
        prop_assert_eq!(journal.decisions(), &after);
    }

    #[test]
    fn nobody_takes_back_what_is_published_or_anothers(steps in steps()) {
        let (disk, journal) = run(&steps);
        for reader in ["ann", "bob"] {
            for seq in [journal.undoable(reader), journal.redoable(reader)].into_iter().flatten() {
                prop_assert_eq!(&disk.log[seq as usize - 1].reader, reader);
                prop_assert!(journal.published().is_none_or(|last| seq > last));
            }
        }
    }

    #[test]
    fn a_decision_for_another_series_never_touches_a_verdict(
        list in prop::collection::vec(decisions(), 0..15), more in decisions()
    ) {
        let before = print(&fold(&list));
        let touches = match &more {
            Decision::AddMask(new) => {
                // Drawn under a name that stood elsewhere, it takes that one's place.
                list.iter().any(|it| matches!(it, Decision::AddMask(old) if old.id == new.id))
                    || touches_s1(&new.scope)
            }
            Decision::AnswerFinding { scope, .. } | Decision::OverrideAttribute { scope, .. } => {
                touches_s1(scope)
            }
            Decision::SetVerdict { .. } => false,
            _ => true,
        };
        let mut all = list.clone();
        all.push(more);
        if !touches {
            prop_assert_eq!(print(&fold(&all)), before);
        }
    }

    #[test]
    fn covering_is_exact(list in prop::collection::vec(regions(), 0..5), wanted in regions()) {
        let pixel = |x, y| list.iter().any(|region| region.contains(x, y));
        let all = (wanted.y0..wanted.y1).all(|y| (wanted.x0..wanted.x1).all(|x| pixel(x, y)));
        prop_assert_eq!(covered(wanted, &list), all);
    }
}

fn touches_s1(scope: &Scope) -> bool {
    match scope {
        Scope::Batch => true,
        Scope::Group(id) => *id != group(2),
        Scope::Series(uid) => uid.as_str() == "s1",
        Scope::Instance(uid) | Scope::Frame(uid, _) => uid.as_str() != "c",
    }
}

fn print(decisions: &Decisions) -> Digest256 {
    let (uid, names) = (series("s1"), [instance("a"), instance("b")]);
    let member = |name: &InstanceUid| Member {
        input: Digest256([9; 32]),
        group: group_of(name.as_str()),
        image_size: Some(SIZE),
        findings: &[],
    };
    let basis = SeriesBasis {
        series: &uid,
        profile: Digest256([1; 32]),
        dictionary: Digest256([2; 32]),
        detector: None,
        members: names.iter().map(|name| (name, member(name))).collect(),
    };
    fingerprint(&basis, decisions)
}

fn answer(scope: Scope, region: Region, text: &str, answer: FindingAnswer) -> Decision {
    let text = Phi::new(text.to_owned());
    Decision::AnswerFinding { scope, region, text, image_size: SIZE, answer }
}

fn state_of(decisions: &Decisions, at: (&str, u32), region: Region, text: &str) -> FindingState {
    let text = Phi::new(text.to_owned());
    lying(at.0, "s1", |lies| {
        decisions.finding_state((lies, &instance(at.0), at.1), (region, &text), SIZE)
    })
}

#[test]
fn a_keep_binds_to_region_and_text() {
    let place = region(10, 10, 40, 20);
    let folded = fold(&[answer(Scope::Series(series("s1")), place, "LEFT", FindingAnswer::Keep)]);
    assert_eq!(state_of(&folded, ("a", 0), place, "LEFT"), FindingState::Kept);
    assert_eq!(state_of(&folded, ("b", 1), region(11, 10, 42, 21), "LEFT"), FindingState::Kept);
    assert_eq!(state_of(&folded, ("a", 0), place, "DOE"), FindingState::Open);
    assert_eq!(state_of(&folded, ("a", 0), region(50, 10, 80, 20), "LEFT"), FindingState::Open);
    assert_eq!(state_of(&folded, ("a", 0), region(10, 10, 43, 20), "LEFT"), FindingState::Open);
}

#[test]
fn a_keep_of_what_nobody_could_read_stays_with_its_instance() {
    let place = region(10, 10, 40, 20);
    let wide = fold(&[answer(Scope::Batch, place, " ", FindingAnswer::Keep)]);
    assert_eq!(state_of(&wide, ("a", 0), place, " "), FindingState::Open);
    let own = Scope::Instance(instance("a"));
    let narrow = fold(&[answer(own, place, "", FindingAnswer::Keep)]);
    assert_eq!(state_of(&narrow, ("a", 1), place, ""), FindingState::Kept);
    assert_eq!(state_of(&narrow, ("b", 1), place, ""), FindingState::Open);
}

#[test]
fn a_finding_under_masks_counts_as_masked_and_a_sliver_does_not_count() {
    let scope = Scope::Series(series("s1"));
    let halves = [
        mask(1, region(10, 10, 25, 20), scope.clone()),
        mask(2, region(25, 10, 39, 20), scope.clone()),
    ];
    let place = region(10, 10, 40, 20);
    assert_eq!(state_of(&fold(&halves), ("a", 0), place, "DOE"), FindingState::Masked);
    assert_eq!(state_of(&fold(&halves[..1]), ("a", 0), place, "DOE"), FindingState::Open);
}

#[test]
fn a_narrower_keep_takes_a_found_box_out_of_a_wider_mask_answer() {
    let place = region(10, 10, 40, 20);
    let folded = fold(&[
        answer(Scope::Series(series("s1")), place, "DOE", FindingAnswer::Mask),
        answer(Scope::Frame(instance("a"), 1), place, "DOE", FindingAnswer::Keep),
    ]);
    let painted = |name, frame| {
        lying(name, "s1", |lies| folded.masks_for(lies, &instance(name), frame, SIZE))
    };
    assert_eq!(painted("a", 0), [place]);
    assert!(painted("a", 1).is_empty());
    assert_eq!(painted("b", 1), [place]);
}

#[test]
fn an_override_for_a_frame_is_refused() {
    let scope = Scope::Frame(instance("a"), 0);
    let action = Some(Override::Keep);
    let over = Decision::OverrideAttribute { scope, tag: PATIENT_NAME, path: None, action };
    assert_eq!(fold(&[over]), Decisions::default());
}

#[test]
fn the_same_mask_drawn_anew_gives_the_same_fingerprint() {
    let scope = || Scope::Series(series("s1"));
    let place = region(10, 10, 25, 20);
    let first = fold(&[mask(1, place, scope())]);
    let anew =
        fold(&[mask(1, place, scope()), Decision::RemoveMask(MaskId(1)), mask(2, place, scope())]);
    assert_eq!(print(&first), print(&anew));
    assert_ne!(print(&first), print(&fold(&[mask(1, region(10, 10, 25, 21), scope())])));
}

#[test]
fn what_is_decided_for_a_group_reaches_its_instances_in_every_series() {
    let place = region(10, 10, 40, 20);
    let folded = fold(&[
        mask(1, place, Scope::Group(group(0))),
        Decision::ExceptFromMask { id: MaskId(1), scope: Scope::Instance(instance("c")) },
    ]);
    let painted = |name, of| {
        lying(name, of, |lies| !folded.masks_for(lies, &instance(name), 0, SIZE).is_empty())
    };
    assert!(painted("a", "s1"));
    assert!(!painted("b", "s1"), "it is in the series, and looks otherwise");
    assert!(!painted("c", "s2"), "it was taken out");
    assert_ne!(print(&folded), print(&Decisions::default()), "a verdict rests on it");
}
