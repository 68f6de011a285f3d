//! The layer does what it says: what was not flushed is gone when the power fails, the rest stays.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::layer::{Class, Failure, Fault, Layer, Loses};

const PLACE: &str = "VERIDACT_WRITER";

#[test]
#[ignore = "no test: the process that the tests beside it start, under the file layer"]
fn a_program_that_writes() {
    let Some(place) = std::env::var_os(PLACE).map(PathBuf::from) else { return };
    let at = |name: &str| place.join(name);
    let flush = |path: &Path| File::open(path).unwrap().sync_all().unwrap();
    // Whole, and its name, too; then more that nobody flushes.
    fs::write(at("kept"), "kept").unwrap();
    flush(&at("kept"));
    flush(&place);
    File::options().append(true).open(at("kept")).unwrap().write_all(b" and more").unwrap();
    // A content without a name, a name without a content, a folder in which all is flushed.
    fs::write(at("nameless"), "whole").unwrap();
    flush(&at("nameless"));
    fs::write(at("old"), "changed").unwrap();
    fs::create_dir(at("folder")).unwrap();
    fs::write(at("folder/in it"), "whole").unwrap();
    flush(&at("folder/in it"));
    flush(&at("folder"));
    // One takes the place of another, one goes.
    fs::write(at("new"), "new").unwrap();
    flush(&at("new"));
    fs::rename(at("new"), at("replaced")).unwrap();
    fs::remove_file(at("removed")).unwrap();
    fs::remove_dir(at("empty")).unwrap();
}

/// Runs the program above with a fault; whether it ended well.
fn run(fault: Fault) -> (tempfile::TempDir, bool, Layer) {
    let place = tempfile::tempdir().unwrap();
    for name in ["old", "replaced", "removed"] {
        fs::write(place.path().join(name), name).unwrap();
    }
    fs::create_dir(place.path().join("empty")).unwrap();
    let trace = place.path().with_extension("trace");
    let layer = Layer::new(place.path(), trace);
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "faults::model::a_program_that_writes", "--ignored"]);
    command.env(PLACE, place.path());
    layer.before(fault, &mut command);
    let ended = command.output().unwrap().status.success();
    (place, ended, layer)
}

/// What stands in a folder, by name; `None` of what does not.
fn stands(place: &Path, name: &str) -> Option<String> {
    let path = place.join(name);
    match path.is_dir() {
        true => Some("a folder".to_owned()),
        false => fs::read_to_string(path).ok(),
    }
}

const NAMES: [&str; 9] =
    ["kept", "nameless", "old", "folder", "folder/in it", "new", "replaced", "removed", "empty"];

fn assert_stand(fault: Fault, wanted: [Option<&str>; 9]) {
    let (place, ended, layer) = run(fault);
    assert!(ended, "{}", layer.said());
    let found = NAMES.map(|name| stands(place.path(), name));
    assert_eq!(found, wanted.map(|text| text.map(str::to_owned)), "{fault:?}");
    fs::remove_file(&layer.trace).unwrap();
}

#[test]
fn what_was_not_flushed_is_lost() {
    let (kept, whole, folder) = (Some("kept"), Some("whole"), Some("a folder"));
    let there = [
        Some("kept and more"),
        whole,
        Some("changed"),
        folder,
        whole,
        None,
        Some("new"),
        None,
        None,
    ];
    assert_stand(Fault::Nothing, there);
    // Nothing after the only flush of the folder stays but contents of files that were there.
    let before =
        [kept, None, Some("old"), None, None, None, Some("replaced"), Some("removed"), folder];
    assert_stand(Fault::PowerLossAfter(Loses::All), before);
    let emptied = [kept, whole, Some("old"), folder, whole, None, Some("new"), None, None];
    assert_stand(Fault::PowerLossAfter(Loses::Contents), emptied);
    // Of parts, those that were flushed are always there, and losses differ.
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..12 {
        let (place, _, layer) = run(Fault::PowerLossAfter(Loses::Parts(seed)));
        let found = NAMES.map(|name| stands(place.path(), name));
        assert!(found[0].as_ref().is_some_and(|text| text.starts_with("kept")));
        assert!(found[1].is_none() || found[1].as_deref() == whole);
        seen.insert(found);
        fs::remove_file(&layer.trace).unwrap();
    }
    assert!(seen.len() > 3, "{seen:?}");
}

#[test]
fn every_call_is_seen_and_any_of_them_fails() {
    let (_place, _, layer) = run(Fault::Nothing);
    let calls = layer.calls();
    let count = |what: &str| calls.iter().filter(|call| call.what == what).count();
    assert_eq!((count("rename"), count("unlink"), count("rmdir"), count("mkdir")), (1, 1, 1, 1));
    assert_eq!((count("write"), count("fsync")), (6, 6));
    let writes = calls.iter().filter(|call| call.class == Class::Write).count();
    fs::remove_file(&layer.trace).unwrap();
    for at in [1, writes / 2, writes] {
        for fault in [
            Fault::Fails(Class::Write, at, Failure::Once),
            Fault::Fails(Class::Write, at, Failure::FromThenOn),
            Fault::PowerLoss(at, Loses::All),
        ] {
            let (_place, ended, layer) = run(fault);
            assert!(!ended, "{fault:?}");
            assert_ne!(layer.failed(), layer.lost().is_some());
            fs::remove_file(&layer.trace).unwrap();
        }
    }
}
