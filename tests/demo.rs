//! The demo batch as the checker sees it: before de-identification everything planted is found, so
//! that both truth and checker are to be believed.

use std::collections::BTreeSet;

use veridact::demo::{DemoOptions, Sample, Syntax, instance, write};

use crate::common::checker::{FileTruth, Term, leaks_in_file, midi_phi, sop_instance, terms};
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
