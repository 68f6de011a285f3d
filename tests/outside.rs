//! Exports held against readers that share no code with the product: `tools/outside_readers.py`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::common::run::{Deid, veridact};
use crate::common::shared;

/// The machine may be slow, and pixels are looked at.
const LIMIT: Duration = Duration::from_secs(3600);

/// Whether the readers are installed.
fn are_there() -> bool {
    let runs = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| program == "dciodvfy" || status.success())
    };
    runs("python3", &["-c", "import pydicom"])
        && runs("dcmdump", &["--version"])
        && runs("dciodvfy", &[])
}

/// Exports `input` and has every released file read.
fn assert_read(place: &Path, name: &str, input: &Path, more: &[&str]) {
    let run = Deid::new(input, &place.join(name)).with(more);
    let ran = run.run_within(LIMIT);
    assert!(matches!(ran.code, Some(0 | 1)), "{name}: {:?} {}", ran.code, ran.err);
    let result = run.place.join("result.json");
    fs::write(&result, &ran.out).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/outside_readers.py");
    let read =
        Command::new("python3").arg(script).args([input, &run.output, &result]).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&read.stdout), String::from_utf8_lossy(&read.stderr));
    println!("{name} {more:?}\n{out}{err}");
    assert!(read.status.success(), "{name}: the readers found something");
}

fn demo(place: &Path) -> PathBuf {
    let folder = place.join("demo-batch");
    let ran = veridact(place, &[Path::new("demo"), &folder]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    folder
}

#[test]
#[ignore = "takes minutes, and needs pydicom, dcmtk and dicom3tools"]
fn outside_readers_read_whole_what_is_released_and_find_no_new_error() {
    if !are_there() {
        println!("skipped: pydicom, dcmdump or dciodvfy is not installed");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let demo = demo(place.path());
    for profile in ["research", "basic", "safe-harbor"] {
        let more = ["--no-detect", "--profile", profile];
        assert_read(place.path(), &format!("demo-{profile}"), &demo, &more);
        if let Some(corpus) = shared("corpus/dev") {
            assert_read(place.path(), &format!("dev-{profile}"), &corpus, &more);
        }
    }
    for set in ["set11", "set12"] {
        if let Some(input) = shared(&format!("midi/{set}/input")) {
            assert_read(place.path(), set, &input, &["--no-detect"]);
        }
    }
    // With masks.
    assert_read(place.path(), "demo-masked", &demo, &[]);
}
