//! What the profile demands of an export, and what meets it.

use std::path::PathBuf;

use super::{Desk, card, instance, series};
use crate::model::{Cause, Decision, Phi, StudyUid, Verdict};
use crate::review::{
    Command, Effect, ExportCommand, GateDemand, ProblemCard, Unmet, VerdictCommand,
};
use crate::store::{EventBody, SampledFrame};

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
    desk.effects.clear();
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
fn a_profile_for_a_benchmark_asks_for_the_word_and_takes_no_override() {
    let mut desk = desk(&[GateDemand::Benchmark]);
    give(&mut desk, "a", Verdict::Approved);
    assert!(desk.state.is_for_benchmark());
    assert_eq!(unmet(&desk), [(GateDemand::Benchmark, 1)]);
    let (demand, reason) = (GateDemand::Benchmark, "I am in a hurry".to_owned());
    desk.send(Command::Export(ExportCommand::Override { demand, reason }));
    for typed in ["", "yes", "Benchmark!"] {
        desk.send(Command::Export(ExportCommand::ForBenchmark { typed: typed.to_owned() }));
    }
    assert_eq!(unmet(&desk), [(GateDemand::Benchmark, 1)]);
    assert!(!export(&mut desk).0);
    desk.send(Command::Export(ExportCommand::ForBenchmark { typed: " benchmark ".to_owned() }));
    assert_eq!(unmet(&desk), []);
    assert!(export(&mut desk).0);
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

/// Draws the given frames of `s1` as the jobs would, of what would go out now.
fn draw(desk: &mut Desk, frames: &[(&str, u32)]) {
    desk.send(Command::Export(ExportCommand::Draw));
    assert!(desk.effects.iter().any(|effect| matches!(effect, Effect::Draw)));
    let input = |name: &str| crate::model::Digest256([name.len() as u8; 32]);
    let frames = frames.iter().map(|(name, frame)| SampledFrame {
        instance: instance(name),
        input: input(name),
        frame: *frame,
    });
    let basis = desk.state.batch();
    let body = EventBody::Sampled { population: 9, basis, frames: frames.collect() };
    let recorded = desk.disk.write("ann", body);
    let effects = desk.state.recorded(&recorded);
    desk.run(effects);
}

#[test]
fn a_sample_of_what_nobody_saw_is_judged_frame_by_frame() {
    let mut desk = desk(&[GateDemand::Sample]);
    give(&mut desk, "a", Verdict::Approved);
    // Of the three frames of s1 the first was painted.
    assert_eq!(unmet(&desk), [(GateDemand::Sample, 2)]);
    draw(&mut desk, &[("a", 1), ("b", 0)]);
    assert_eq!(unmet(&desk), [(GateDemand::Sample, 2)], "nobody judged it yet");
    let judge = |desk: &mut Desk, leak| desk.send(Command::Export(ExportCommand::Judge { leak }));
    desk.show("c");
    let count = desk.disk.log.len();
    judge(&mut desk, false);
    assert_eq!(desk.disk.log.len(), count, "what is shown is not in the sample");
    desk.send(Command::Export(ExportCommand::NextSampled));
    assert!(desk.state.is_sampled());
    assert_eq!((desk.shown(), desk.state.selection().frame), ("a", 1));
    judge(&mut desk, false);
    assert_eq!(desk.shown(), "b", "on to the next");
    judge(&mut desk, true);
    let sample = desk.state.sample().unwrap();
    assert_eq!((sample.judged(), sample.leaks()), (2, 1));
    assert!(sample.words().contains("leaks found in 1"), "{}", sample.words());
    // All were seen by now, and yet the leak goes nowhere, however often somebody draws.
    assert_eq!(unmet(&desk), [(GateDemand::Sample, 1)]);
    draw(&mut desk, &[]);
    assert_eq!(unmet(&desk), [(GateDemand::Sample, 1)]);
    desk.state.grow(vec![card("s1", "CT", "bb", 1)]);
    desk.show("a");
    give(&mut desk, "a", Verdict::Approved);
    assert_eq!(unmet(&desk), [(GateDemand::Sample, 1)]);
    assert!(desk.state.sample().is_none(), "the old sample speaks for another batch");
}

#[test]
fn a_signature_comes_last_and_is_for_exactly_what_goes() {
    let mut desk = desk(&[GateDemand::Decided, GateDemand::Signed]);
    let sign =
        |statement: &str| Command::Export(ExportCommand::Sign { statement: statement.to_owned() });
    give(&mut desk, "a", Verdict::Approved);
    desk.effects.clear();
    desk.send(sign("all is well"));
    assert!(desk.notices()[0].starts_with("Sign last: "), "other demands are open");
    give(&mut desk, "c", Verdict::Held);
    give(&mut desk, "d", Verdict::Rejected);
    assert_eq!(unmet(&desk), [(GateDemand::Signed, 1)]);
    assert!(!export(&mut desk).0);
    desk.send(sign(" "));
    assert!(desk.notices().iter().any(|words| words == "Say what you sign"));
    desk.send(sign("all is well"));
    assert!(export(&mut desk).0);
    give(&mut desk, "c", Verdict::Approved);
    assert_eq!(unmet(&desk), [(GateDemand::Signed, 2)]);
}
