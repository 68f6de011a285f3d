//! What the profile demands of an export, and what meets it.

use std::path::PathBuf;

use super::{Desk, card, instance, series};
use crate::model::{Cause, Decision, Phi, StudyUid, Verdict};
use crate::review::{
    Command, Effect, ExportCommand, GateDemand, ProblemCard, Unmet, VerdictCommand,
};
use crate::store::EventBody;

fn desk(demands: &[GateDemand]) -> Desk {
    let mut desk = Desk::new();
    desk.state.set_demands(demands.to_vec());
    desk
}

fn give(desk: &mut Desk, shown: &str, verdict: Verdict) {
    desk.show(shown);
    let (shown, reason) = (instance(shown), "r".to_owned());
    desk.send(Command::Verdict(VerdictCommand { shown, verdict, reason, repeat: false }));
}

fn unmet(desk: &Desk) -> Vec<(GateDemand, usize)> {
    desk.state.unmet().iter().map(|Unmet { demand, count, .. }| (*demand, *count)).collect()
}

/// Asks for an export; whether it starts, and what was said.
fn export(desk: &mut Desk) -> (bool, String) {
    desk.effects.clear();
    desk.send(Command::Export(ExportCommand::Confirm {
        destination: PathBuf::from("out"),
        faces_accepted: false,
        into_existing: false,
    }));
    let starts = desk.effects.iter().any(|effect| matches!(effect, Effect::Export(_)));
    (starts, desk.notices().join("; "))
}

#[test]
fn every_series_needs_a_verdict_where_the_profile_says_so() {
    let mut desk = desk(&[GateDemand::Decided]);
    give(&mut desk, "a", Verdict::Approved);
    assert_eq!(unmet(&desk), [(GateDemand::Decided, 2)]);
    let (starts, said) = export(&mut desk);
    assert!(!starts && said == "The gate stays shut: 2 series have no verdict", "{said}");
    let row = desk.state.what_blocks_export().remove(0);
    assert!(row.must_answer && row.demand == Some(GateDemand::Decided));
    give(&mut desk, "c", Verdict::Held);
    give(&mut desk, "d", Verdict::Rejected);
    assert_eq!(unmet(&desk), []);
    assert!(export(&mut desk).0);
}

#[test]
fn an_override_needs_a_reason_and_is_for_one_export() {
    let mut desk = desk(&[GateDemand::Decided]);
    give(&mut desk, "a", Verdict::Approved);
    let with = |reason: &str| {
        let (demand, reason) = (GateDemand::Decided, reason.to_owned());
        Command::Export(ExportCommand::Override { demand, reason })
    };
    desk.send(with("  "));
    assert!(desk.notices()[0].contains("A reason is needed"));
    assert!(!export(&mut desk).0);
    desk.send(with("the rest is for next week "));
    let last = &desk.disk.log.last().unwrap().body;
    let wanted = ("decided", "the rest is for next week");
    assert!(
        matches!(last, EventBody::Overridden { demand, reason } if (&**demand, &**reason) == wanted)
    );
    assert!(export(&mut desk).0);
    let body = EventBody::Published { manifest: crate::model::Digest256([1; 32]), released: 1 };
    let published = desk.disk.write("ann", body);
    desk.state.recorded(&published);
    assert!(!export(&mut desk).0, "the next export is asked anew");
    let count = desk.disk.log.len();
    desk.state.set_demands(Vec::new());
    desk.send(with("nothing is open"));
    assert_eq!(desk.disk.log.len(), count);
}

#[test]
fn files_that_cannot_be_read_are_acknowledged_and_others_ask_again() {
    let mut desk = desk(&[GateDemand::Problems]);
    let problem = |path: &str, cause| ProblemCard { path: Phi::new(path.into()), cause };
    desk.state.grow_problems(vec![problem("x", Cause::Truncated)]);
    // A copy of what is there is no problem of reading.
    desk.state.grow_problems(vec![problem("copy", Cause::Duplicate)]);
    give(&mut desk, "a", Verdict::Approved);
    assert_eq!(unmet(&desk), [(GateDemand::Problems, 1)]);
    desk.send(Command::Export(ExportCommand::SeenProblems));
    assert_eq!(unmet(&desk), []);
    let count = desk.disk.log.len();
    desk.send(Command::Export(ExportCommand::SeenProblems));
    assert_eq!(desk.disk.log.len(), count, "once is enough");
    assert!(export(&mut desk).0);
    desk.state.grow_problems(vec![problem("y", Cause::NotDicom)]);
    assert_eq!(unmet(&desk), [(GateDemand::Problems, 2)]);
}

#[test]
fn each_face_is_answered_for_by_itself() {
    let mut desk = desk(&[GateDemand::Faces]);
    for (of, name) in [("s1", "a"), ("s2", "c")] {
        let mut face = card(of, "CT", name, if name == "a" { 2 } else { 1 });
        face.entry.face_risk = true;
        desk.state.grow(vec![face]);
        give(&mut desk, name, Verdict::Approved);
    }
    assert_eq!(unmet(&desk), [(GateDemand::Faces, 2)]);
    desk.send(Command::Export(ExportCommand::ReleaseFace(series("s1"))));
    assert_eq!(desk.state.unmet()[0].series, [series("s2")]);
    assert!(!export(&mut desk).0);
    give(&mut desk, "c", Verdict::Held);
    assert!(export(&mut desk).0);
}

#[test]
fn two_readers_are_needed_where_the_profile_says_so() {
    let mut desk = desk(&[GateDemand::SecondReading]);
    give(&mut desk, "a", Verdict::Approved);
    assert_eq!(unmet(&desk), [(GateDemand::SecondReading, 1)]);
    give(&mut desk, "a", Verdict::Approved);
    assert_eq!(unmet(&desk), [(GateDemand::SecondReading, 1)], "the same reader twice");
    let second = |desk: &mut Desk, verdict, rests_on: Option<_>| {
        let decision =
            Decision::SetVerdict { series: series("s1"), verdict, reason: String::new() };
        let fingerprints = rests_on.into_iter().map(|digest| (series("s1"), digest)).collect();
        let body = EventBody::Decided { decisions: vec![decision], fingerprints };
        let recorded = desk.disk.write("bob", body);
        desk.state.recorded(&recorded);
    };
    let now = desk.state.summary(&series("s1")).unwrap().fingerprint;
    second(&mut desk, Verdict::Approved, Some(crate::model::Digest256([9; 32])));
    give(&mut desk, "a", Verdict::Approved);
    assert_eq!(unmet(&desk), [(GateDemand::SecondReading, 1)], "of what is not any more");
    second(&mut desk, Verdict::Approved, now);
    assert_eq!(unmet(&desk), []);
    second(&mut desk, Verdict::Held, now);
    give(&mut desk, "a", Verdict::Approved);
    assert_eq!(unmet(&desk), [(GateDemand::SecondReading, 1)], "who held it must approve again");
}

#[test]
fn a_study_that_would_go_in_part_is_told() {
    let mut desk = desk(&[GateDemand::WholeStudies]);
    let mut other = card("s4", "CT", "e", 1);
    other.study = StudyUid::new("other");
    desk.state.grow(vec![other]);
    give(&mut desk, "e", Verdict::Approved);
    assert_eq!(unmet(&desk), [], "one study goes whole, of the other nothing");
    give(&mut desk, "a", Verdict::Approved);
    assert_eq!(unmet(&desk), [(GateDemand::WholeStudies, 1)]);
    assert_eq!(desk.state.unmet()[0].series, [series("s2"), series("s3")]);
}
