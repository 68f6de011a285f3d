//! The identified sets through the binary, judged by a checker that shares no code with it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::common::checker::{leaks_in_file, midi_phi};
use crate::common::run::Deid;
use crate::common::shared;

#[test]
fn every_file_is_released_and_no_planted_string_is_left() {
    for set in ["set11", "set12"] {
        let Some(folder) = shared(&format!("midi/{set}")) else { return };
        let truths = midi_phi(&fs::read_to_string(folder.join("truth/truth.json")).unwrap());
        let place = tempfile::tempdir().unwrap();
        let deid = Deid::new(&folder.join("input"), place.path()).with(&[
            "--no-detect",
            "--profile",
            "research",
        ]);
        let ran = deid.run();
        let outcomes = ran.outcomes();
        let mut leaks = BTreeSet::new();
        let mut released = 0;
        for (name, ended) in &outcomes {
            let Some(output) = &ended.output else {
                println!("{set} {name}: {} {:?}", ended.outcome, ended.why);
                continue;
            };
            released += 1;
            let bytes = fs::read(deid.output.join(output)).unwrap();
            leaks.extend(leaks_in_file(output, &bytes, &truths[name]));
        }
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        for leak in &leaks {
            *kinds.entry(&leak.kind).or_default() += 1;
            println!("{set} leak: {} at {}: {:?}", leak.kind, leak.place, leak.term);
        }
        println!("{set}: {released} of {} released, leaks {kinds:?}, {:?}", truths.len(), ran.wall);
        assert_eq!(released, truths.len());
        assert_eq!(ran.code, Some(0));
        assert!(leaks.is_empty(), "{} planted strings were found", leaks.len());
    }
}
