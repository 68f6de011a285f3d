//! The demo batch as the checker sees it: before de-identification everything planted is found, so
//! that both truth and checker are to be believed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use veridact::demo::{DemoOptions, Sample, Syntax, instance, write};

use crate::common::checker::{FileTruth, Term, leaks_in_file, leaks_in_folder, midi_phi};
use crate::common::checker::{sop_instance, terms, uid_map};
use crate::common::shared;

/// What the checker finds in a file, and what it should have found at attributes.
fn found_and_missed(name: &str, bytes: &[u8], truth: &FileTruth) -> (usize, Vec<String>) {
    let plain = FileTruth { kept: Vec::new(), ..truth.clone() };
    let leaks = leaks_in_file(name, bytes, &plain);
    let mut missed = Vec::new();
    // Streams in a PDF are compressed; names of private blocks are no paths.
    let in_dataset =
        |path: &str| path.starts_with('(') && !path.contains('"') && path != "(0042,0011)";
    for phi in truth.phi.iter().filter(|phi| in_dataset(&phi.path)) {
        let wanted: BTreeSet<Term> = terms(phi);
        if wanted.is_empty() {
            continue;
        }
        let place = format!("{name} {}", phi.path);
        if !leaks.iter().any(|leak| leak.place == place && wanted.contains(&leak.term)) {
            missed.push(format!("{} at {place}", phi.kind));
        }
    }
    (leaks.len(), missed)
}

#[test]
fn the_checker_finds_everything_that_the_demo_planted() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("batch");
    let truth = place.path().join("truth.json");
    let options = DemoOptions { truth: Some(truth.clone()), ..DemoOptions::default() };
    write(&folder, &options).unwrap();
    let truths = midi_phi(&std::fs::read_to_string(truth).unwrap());
    let mut seen = 0;
    for (name, truth) in &truths {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        if !truth.released || bytes.get(128..132) != Some(b"DICM") {
            continue;
        }
        assert_eq!(sop_instance(&bytes), truth.uid);
        let (found, missed) = found_and_missed(name, &bytes, truth);
        assert!(missed.is_empty(), "{missed:?}");
        assert!(found > 20, "{name}: {found}");
        seen += 1;
    }
    assert!(seen > 50, "{seen} files");
}

#[test]
fn an_instance_without_meta_is_bare() {
    let made = instance(Sample::WithoutMeta, 1, 1);
    assert_eq!(made.syntax, Syntax::Implicit);
    assert_eq!(made.bytes()[..4], [8, 0, 5, 0]);
}

#[test]
fn the_checker_finds_what_the_identified_sets_planted() {
    for set in ["set11", "set12"] {
        let Some(folder) = shared(&format!("midi/{set}")) else { return };
        let truth = std::fs::read_to_string(folder.join("truth/truth.json")).unwrap();
        let (mut planted, mut lost) = (0, Vec::new());
        for (name, truth) in midi_phi(&truth) {
            let bytes = std::fs::read(folder.join("input").join(&name)).unwrap();
            if bytes.get(128..132) != Some(b"DICM") {
                continue;
            }
            planted += truth.phi.len();
            lost.extend(found_and_missed(&name, &bytes, &truth).1);
        }
        println!("{set}: {planted} planted, {} not found where they stand", lost.len());
        assert!(lost.is_empty(), "{lost:#?}");
    }
}

/// The program, with a configuration of its own.
fn veridact(place: &Path, arguments: &[&str]) -> Option<i32> {
    let done = Command::new(env!("CARGO_BIN_EXE_veridact"))
        .args(arguments)
        .current_dir(place)
        .env("XDG_CONFIG_HOME", place.join("configuration"))
        .env("HOME", place)
        .output()
        .unwrap();
    println!("{}", String::from_utf8_lossy(&done.stdout));
    eprintln!("{}", String::from_utf8_lossy(&done.stderr));
    done.status.code()
}

#[test]
fn nothing_that_was_planted_is_in_what_the_program_releases() {
    let place = tempfile::tempdir().unwrap();
    let truth = place.path().join("truth.json");
    let options = DemoOptions { truth: Some(truth.clone()), ..DemoOptions::default() };
    write(&place.path().join("batch"), &options).unwrap();
    let text = std::fs::read_to_string(truth).unwrap();
    let truths = midi_phi(&text);
    assert_eq!(veridact(place.path(), &["key", "new", "key"]), Some(0));
    let deid = ["deid", "batch", "out", "--approve", "all", "--no-detect", "--key-file", "key"];
    let code = veridact(place.path(), &[&deid[..], &["--maps", "maps"]].concat());
    assert_eq!(code, Some(1), "some files of the batch are there to fail");

    let map = uid_map(&std::fs::read_to_string(place.path().join("maps/uid_mapping.csv")).unwrap());
    let new = |truth: &FileTruth| map.get(&truth.uid).cloned().unwrap_or_default();
    let by_uid: BTreeMap<String, &FileTruth> =
        truths.values().filter(|truth| truth.released).map(|truth| (new(truth), truth)).collect();
    let everywhere = FileTruth {
        phi: truths.values().flat_map(|truth| truth.phi.clone()).collect(),
        ..FileTruth::default()
    };
    let (leaks, released) = leaks_in_folder(&place.path().join("out"), &everywhere, |uid| {
        by_uid.get(uid).map_or_else(|| panic!("{uid} is of no input"), |truth| (*truth).clone())
    });
    assert!(leaks.is_empty(), "{leaks:#?}");
    let expected: Vec<String> = by_uid.into_keys().collect();
    assert_eq!(released, expected);
}
