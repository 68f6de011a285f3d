//! What the fuzzers hold, held for the inputs that they left behind: `fuzz/seeds`, one folder for
//! each target. `tools/fuzz.sh` makes them.

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::common::files;

#[path = "../fuzz/src/targets/mod.rs"]
mod targets;

use targets::{ALL, Target};

/// Nobody waits longer for one input. A fuzzer stops at ten seconds, and is not disturbed by other
/// tests.
const LIMIT: Duration = Duration::from_secs(60);
/// Most bytes of the seeds of one target.
const LARGEST: u64 = 120_000;
/// Fewer inputs would show little.
const FEWEST: usize = 8;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// Runs a target on one input, and says what is wrong with that.
fn replay(target: &Target, name: &str, bytes: &[u8]) -> Option<String> {
    let begun = Instant::now();
    let ran = catch_unwind(AssertUnwindSafe(|| (target.run)(bytes)));
    let took = begun.elapsed();
    match ran {
        Err(_) => Some(format!("{} does not hold for {name}", target.name)),
        Ok(()) if took > LIMIT => Some(format!("{} takes {took:?} for {name}", target.name)),
        Ok(()) => None,
    }
}

#[test]
fn what_the_fuzzers_hold_holds_for_every_seed() {
    let mut wrong = Vec::new();
    for target in &ALL {
        let folder = fuzz().join("seeds").join(target.name);
        let seeds = files(&folder);
        assert!(seeds.len() >= FEWEST, "{} has {} seeds only", target.name, seeds.len());
        let begun = Instant::now();
        let mut size = 0;
        for seed in &seeds {
            let bytes = fs::read(seed).unwrap();
            size += bytes.len() as u64;
            let name = seed.strip_prefix(&folder).unwrap().display().to_string();
            wrong.extend(replay(target, &name, &bytes));
        }
        assert!(size <= LARGEST, "the seeds of {} have {size} bytes", target.name);
        println!("{}: {} seeds, {size} bytes, {:?}", target.name, seeds.len(), begun.elapsed());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn first_inputs_are_there_for_every_target_and_hold() {
    let inputs = targets::first::first_inputs();
    for target in &ALL {
        let mut own = inputs.iter().filter(|(name, _)| *name == target.name).peekable();
        assert!(own.peek().is_some(), "{} has no first input", target.name);
        // Of those of a kind some are enough here: the fuzzers start from all.
        for (at, (_, bytes)) in own.enumerate().step_by(5) {
            assert_eq!(replay(target, &format!("first input {at}"), bytes), None);
        }
    }
}

#[test]
fn every_target_has_a_fuzzer_and_every_folder_a_target() {
    let targets: BTreeSet<&str> = ALL.iter().map(|target| target.name).collect();
    assert_eq!(targets.len(), ALL.len(), "two targets of one name");
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    for name in &targets {
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name}");
        let source = fs::read_to_string(fuzz().join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(source.contains(&format!("targets::run(\"{name}\", data)")), "{name}");
    }
    for entry in fs::read_dir(fuzz().join("seeds")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(targets.contains(name.as_str()), "fuzz/seeds/{name} is of no target");
    }
}

#[test]
fn a_target_that_fails_is_told_with_its_input() {
    let target = Target { name: "broken", run: |data| assert!(data.is_empty()) };
    assert_eq!(replay(&target, "nothing", b""), None);
    let told = replay(&target, "a byte", b"x");
    assert_eq!(told.as_deref(), Some("broken does not hold for a byte"));
    assert!(catch_unwind(|| targets::run("no such target", b"")).is_err());
}
