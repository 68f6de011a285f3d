//! `kill -9` at any moment: the next run ends as if nothing had happened.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use veridact::demo::{Rng, Sample};
use veridact::detect::TextDetector;
use veridact::export::STAGING_NAME;

use crate::common::run::{Deid, Ran, demo_files, published, veridact};
use crate::common::soak::scaled;

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

/// Kills runs of `deid` until one is let through, and holds the output against `wanted`.
fn round(deid: &Deid, rng: &mut Rng, wall: Duration, wanted: &BTreeMap<PathBuf, Vec<u8>>) -> usize {
    let deaths = 1 + (rng.bits() % 3) as usize;
    let mut killed = 0;
    for _ in 0..deaths {
        // Mostly while it works, sometimes when it is done.
        let after = wall.mul_f64((rng.bits() % 1100) as f64 / 1000.0);
        let ran = deid.run_within(after);
        killed += usize::from(ran.code.is_none());
        partly_published(&deid.output, wanted);
    }
    ended(&deid.run());
    assert!(published(&deid.output) == *wanted, "a killed run left a trace in the output");
    assert!(!deid.output.join(STAGING_NAME).exists());
    let verified = veridact(&deid.place, &["verify".as_ref(), deid.output.as_os_str()]);
    assert_eq!(verified.code, Some(0), "{}", verified.out);
    killed
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

fn chaos(samples: &[(Sample, u16)], rounds: usize, more: &[&str], lane: &str) {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    demo_files(&input, samples);
    let undisturbed = Deid::new(&input, &place.path().join("undisturbed")).with(more);
    let ran = undisturbed.run();
    ended(&ran);
    let wanted = published(&undisturbed.output);
    assert!(wanted.len() > samples.len() / 2);
    let mut rng = Rng::lane(20_261_122, lane);
    let mut killed = 0;
    let began = Instant::now();
    for number in 0..rounds {
        let room = place.path().join(format!("round {number}"));
        killed += round(&Deid::new(&input, &room).with(more), &mut rng, ran.wall, &wanted);
        fs::remove_dir_all(&room).unwrap();
    }
    println!("{lane}: {rounds} rounds, {killed} kills, {:?}", began.elapsed());
    assert!(rounds < 10 || killed > rounds / 2, "hardly a run was killed: {killed}");
}

#[test]
fn runs_that_are_killed_leave_no_trace() {
    chaos(&SAMPLES, scaled(2, 150), &["--no-detect", "-j", "2"], "killed");
}

#[test]
fn runs_that_are_killed_while_workers_look_leave_no_trace() {
    if TextDetector::embedded().is_err() {
        println!("skipped: no text detector in this build");
        return;
    }
    // Looking takes a second a frame: one that is masked, and two that are not.
    let samples = [(Sample::Palette, 1), (Sample::CtSlice, 1), (Sample::MrSlice, 1)];
    chaos(&samples, scaled(1, 20), &["-j", "2"], "killed while looking");
}
