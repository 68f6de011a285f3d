//! `kill -9` at any moment of index, detect, review and export: the next run ends as if nothing had
//! happened. In the long form there are five hundred kills, by the clock and at single calls.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use veridact::demo::{Rng, Sample};
use veridact::detect::TextDetector;
use veridact::export::STAGING_NAME;

use crate::common::run::{Deid, Ran, demo_files, published, run_prepared, veridact};
use crate::common::soak::scaled;
use crate::faults::decisions::Room;
use crate::faults::layer::{Call, Class, Fault, Layer};

const SAMPLES: [(Sample, u16); 8] = [
    (Sample::CtSlice, 1),
    (Sample::CtSlice, 2),
    (Sample::CtSlice, 3),
    (Sample::MrSlice, 1),
    (Sample::Report, 1),
    (Sample::ScreenSave, 1),
    (Sample::Palette, 1),
    (Sample::Jpeg, 1),
];

/// A batch whose runs are killed.
struct Chaos {
    place: tempfile::TempDir,
    more: Vec<String>,
    wanted: BTreeMap<PathBuf, Vec<u8>>,
    wall: Duration,
    calls: Vec<Call>,
    rng: Rng,
    /// Kills, by what the run was at.
    kills: BTreeMap<&'static str, usize>,
}

/// What a run was at when it ended, as its calls tell.
fn phase(calls: &[Call]) -> &'static str {
    let input = calls.iter().position(|call| call.path.iter().any(|part| part == "in"));
    let read =
        input.is_some_and(|first| calls[first..].iter().any(|call| call.class == Class::Write));
    let exports = calls.iter().any(|call| call.path.iter().any(|part| part == STAGING_NAME));
    match (exports, read) {
        (true, _) => "export",
        (false, true) => "detect and plan",
        (false, false) => "index",
    }
}

impl Chaos {
    fn new(samples: &[(Sample, u16)], more: &[&str], lane: &str) -> Self {
        let place = tempfile::tempdir().unwrap();
        demo_files(&place.path().join("in"), samples);
        let mut chaos = Self {
            place,
            more: more.iter().map(|&word| word.to_owned()).collect(),
            wanted: BTreeMap::new(),
            wall: Duration::ZERO,
            calls: Vec::new(),
            rng: Rng::lane(20_261_122, lane),
            kills: BTreeMap::new(),
        };
        let deid = chaos.deid("undisturbed");
        let layer = chaos.layer();
        let ran = chaos.run(&deid, &layer, Fault::Nothing, Duration::from_secs(300));
        ended(&ran);
        chaos.wanted = published(&deid.output);
        assert!(chaos.wanted.len() > samples.len() / 2);
        (chaos.wall, chaos.calls) = (ran.wall, layer.calls());
        assert_eq!(phase(&chaos.calls), "export");
        chaos
    }

    fn deid(&self, name: &str) -> Deid {
        let mut deid = Deid::new(&self.place.path().join("in"), &self.place.path().join(name));
        deid.more.clone_from(&self.more);
        deid
    }

    fn layer(&self) -> Layer {
        Layer::new(self.place.path(), self.place.path().with_extension("trace"))
    }

    fn run(&self, deid: &Deid, layer: &Layer, fault: Fault, limit: Duration) -> Ran {
        run_prepared(&deid.place, &deid.arguments(), limit, &|command| layer.before(fault, command))
    }

    /// Kills runs until one is let through, and holds the output against the undisturbed one.
    fn round(&mut self, number: usize) {
        let deid = self.deid(&format!("round {number}"));
        let layer = self.layer();
        for _ in 0..=self.rng.bits() % 3 {
            // Mostly while it works, sometimes when it is done.
            let after = self.wall.mul_f64((self.rng.bits() % 1100) as f64 / 1000.0);
            let call = &self.calls[self.rng.bits() as usize % self.calls.len()];
            let (fault, limit) = match self.rng.bits() % 2 {
                0 => (Fault::Nothing, after),
                _ => (Fault::Kill(call.class, call.number), Duration::from_secs(300)),
            };
            let ran = self.run(&deid, &layer, fault, limit);
            if ran.code.is_none() {
                *self.kills.entry(phase(&layer.calls())).or_default() += 1;
            }
            partly_published(&deid.output, &self.wanted);
        }
        ended(&deid.run());
        assert!(published(&deid.output) == self.wanted, "a killed run left a trace in the output");
        assert!(!deid.output.join(STAGING_NAME).exists());
        let verified = veridact(&deid.place, &["verify".as_ref(), deid.output.as_os_str()]);
        assert_eq!(verified.code, Some(0), "{}", verified.out);
        let review = deid.place.join("out.veridact");
        let checked = veridact(
            &deid.place,
            &[
                "audit".as_ref(),
                "check".as_ref(),
                review.as_os_str(),
                "--export".as_ref(),
                deid.output.as_os_str(),
            ],
        );
        assert_eq!(checked.code, Some(0), "{}{}", checked.out, checked.err);
        fs::remove_dir_all(&deid.place).unwrap();
    }

    /// Goes on until there were so many kills.
    fn until(mut self, wanted: usize, lane: &str) {
        let (begun, mut rounds) = (Instant::now(), 0);
        while self.kills.values().sum::<usize>() < wanted {
            assert!(rounds < wanted * 3, "hardly a run is killed: {:?}", self.kills);
            self.round(rounds);
            rounds += 1;
        }
        fs::remove_file(self.layer().trace).unwrap();
        println!("{lane}: {rounds} rounds, kills: {:?}, {:?}", self.kills, begun.elapsed());
    }
}

/// Whatever is visible after a kill is whole: instances are those of an undisturbed run.
fn partly_published(output: &Path, wanted: &BTreeMap<PathBuf, Vec<u8>>) {
    if !output.exists() {
        return;
    }
    for (path, bytes) in published(output) {
        let visible = !path.starts_with(STAGING_NAME) && !path.ends_with("manifest.json");
        assert!(!visible || wanted.get(&path) == Some(&bytes), "{} is not whole", path.display());
    }
}

fn ended(ran: &Ran) {
    assert!(matches!(ran.code, Some(0 | 1)), "{:?} {}{}", ran.code, ran.out, ran.err);
}

#[test]
fn runs_that_are_killed_leave_no_trace() {
    let more = ["--no-detect", "-j", "2"];
    Chaos::new(&SAMPLES, &more, "killed").until(scaled(3, 250), "killed");
}

#[test]
fn runs_that_are_killed_while_workers_look_leave_no_trace() {
    if TextDetector::embedded().is_err() {
        println!("skipped: no text detector in this build");
        return;
    }
    // Looking takes a second a frame: one that is masked, and two that are not.
    let samples = [(Sample::Palette, 1), (Sample::CtSlice, 1), (Sample::MrSlice, 1)];
    Chaos::new(&samples, &["-j", "2"], "looking").until(scaled(2, 90), "killed while looking");
}

#[test]
fn curators_who_are_killed_lose_no_decision() {
    let (wanted, begun) = (scaled(4, 160), Instant::now());
    let mut rng = Rng::lane(20_261_122, "curators");
    let (mut killed, mut made) = (0, 0);
    let longest = Duration::from_secs(300);
    let walls = [false, true].map(|deciding| Room::new().sitting(longest, deciding).0);
    for _ in 0..wanted * 5 {
        let room = Room::new();
        // One sits down again where the one before was killed.
        for _ in 0..3 {
            let deciding = !rng.bits().is_multiple_of(4);
            let share = (rng.bits() % 1100) as f64 / 1000.0;
            let after = walls[usize::from(deciding)].mul_f64(share);
            let (_, was_killed, shown) = room.sitting(after, deciding);
            killed += usize::from(was_killed);
            made += shown.made.len();
            room.nothing_is_lost(&shown);
        }
        if killed >= wanted {
            break;
        }
    }
    assert!(made > 0 || wanted < 10, "nobody came to a decision");
    assert!(killed >= wanted, "hardly a curator is killed: {killed}");
    println!("{killed} kills, {made} decisions shown as made, {:?}", begun.elapsed());
}
