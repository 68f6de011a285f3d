//! A published folder, without its input.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};
use veridact::verify::{FolderExpectation, FolderVerdict, Identifiers, verify_folder};

use crate::verify::fixture::{Dataset, assert_found, clean, subjects};

fn publish(folder: &Path, set: &Dataset) {
    let bytes = set.bytes();
    fs::create_dir_all(folder.join("a")).unwrap();
    fs::write(folder.join("a/1.dcm"), &bytes).unwrap();
    fs::write(folder.join("report.json"), "{}").unwrap();
    let manifest = format!(
        "{{\"format\":1,\"files\":[{{\"path\":\"a/1.dcm\",\"sha256\":\"{}\",\"bytes\":{}}}]}}",
        hex::encode(Sha256::digest(&bytes)),
        bytes.len()
    );
    fs::write(folder.join("manifest.json"), manifest).unwrap();
}

fn check(folder: &Path) -> FolderVerdict {
    let identifiers = Identifiers::new(&subjects()).unwrap();
    let expectation = FolderExpectation {
        identifiers: Some(&identifiers),
        beside: &["report.json"],
        staging: ".staging",
        accepted: &BTreeMap::new(),
        keeps_phrases: &std::collections::BTreeSet::new(),
    };
    verify_folder(folder, &expectation).unwrap()
}

#[test]
fn a_clean_folder_passes_and_says_what_was_not_checked() {
    let folder = tempfile::tempdir().unwrap();
    publish(folder.path(), &clean());
    let verdict = check(folder.path());
    assert!(verdict.passes(), "{verdict:?}");
    assert_eq!((verdict.files.len(), verdict.not_checked.len()), (1, 3));
}

#[test]
fn leaks_and_missing_markers_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let mut set = clean();
    set.set((8, 0x70), "LO", "Zwetschge").set((8, 0x1090), "LO", "PX 990022");
    set.set((0x12, 0x62), "CS", "NO");
    publish(folder.path(), &set);
    let verdict = &check(folder.path()).files["a/1.dcm"];
    assert_found(verdict, "identifier", "(0008,0070)");
    assert_found(verdict, "identifier", "(0008,1090)");
    assert_found(verdict, "markers", "(0012,0062)");
}

#[test]
fn changed_missing_and_extra_files_are_found() {
    let folder = tempfile::tempdir().unwrap();
    publish(folder.path(), &clean());
    let file = folder.path().join("a/1.dcm");
    let mut bytes = fs::read(&file).unwrap();
    fs::write(folder.path().join("a/2.dcm"), &bytes).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&file, &bytes).unwrap();
    let places = |verdict: FolderVerdict| -> Vec<String> {
        verdict.manifest.into_iter().map(|reason| reason.place).collect()
    };
    assert_eq!(places(check(folder.path())), ["a/1.dcm", "a/2.dcm"]);
    fs::remove_file(&file).unwrap();
    fs::remove_file(folder.path().join("a/2.dcm")).unwrap();
    assert_eq!(places(check(folder.path())), ["a/1.dcm"]);
    fs::remove_file(folder.path().join("manifest.json")).unwrap();
    assert_eq!(places(check(folder.path())), ["manifest.json"]);
}

#[test]
fn a_staging_folder_is_one_finding_and_what_lies_in_it_none() {
    let folder = tempfile::tempdir().unwrap();
    publish(folder.path(), &clean());
    fs::create_dir(folder.path().join(".staging")).unwrap();
    let verdict = check(folder.path());
    assert_eq!(verdict.manifest.len(), 1);
    fs::write(folder.path().join(".staging/half.dcm"), "x").unwrap();
    assert_eq!(check(folder.path()), verdict);
    // Elsewhere the name means nothing.
    fs::rename(folder.path().join(".staging"), folder.path().join("a/.staging")).unwrap();
    assert_eq!(check(folder.path()).manifest[0].place, "a/.staging/half.dcm");
}

#[test]
fn what_is_no_dicom_is_broken() {
    let folder = tempfile::tempdir().unwrap();
    publish(folder.path(), &clean());
    fs::write(folder.path().join("a/note.txt"), "x").unwrap();
    let verdict = check(folder.path());
    assert_found(&verdict.files["a/note.txt"], "structure", "file");
}
