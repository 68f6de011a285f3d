//! An output folder as somebody else left it: manifest, and ledger of a run that was killed.

use std::fs;

use veridact::engine::key::ProjectKey;
use veridact::export::{Destination, MANIFEST_NAME, Manifest, STAGING_NAME};
use veridact::verify::{FolderExpectation, verify_folder};

use super::Head;

/// The input: how long the manifest is (two bytes), the manifest, and the ledger.
pub fn output_folder(data: &[u8]) {
    let mut head = Head::new(data);
    let length = head.number();
    let (manifest, ledger) = (head.bytes(length), head.rest());
    if let Ok(read) = Manifest::parse(manifest) {
        let text = read.to_text().expect("what was read can be written");
        assert_eq!(Manifest::parse(text.as_bytes()).expect("what was written can be read"), read);
        let lines = read.withdrawn_list().lines().count();
        assert!(lines > read.withdrawn.len(), "a line for each, and a header");
    }
    settled(manifest, ledger);
}

/// Opens the folder and settles it. What lies beside it stays as it is, whatever is written there.
fn settled(manifest: &[u8], ledger: &[u8]) {
    let place = tempfile::tempdir().expect("a temporary folder");
    let (root, beside) = (place.path().join("out"), place.path().join("beside"));
    let staging = root.join(STAGING_NAME);
    fs::create_dir_all(&staging).expect("a folder");
    fs::create_dir_all(root.join("p/1/2")).expect("a folder");
    fs::write(&beside, "stays").expect("a file");
    fs::write(root.join("p/1/2/3.dcm"), "abc").expect("a file");
    fs::write(root.join(MANIFEST_NAME), manifest).expect("a file");
    fs::write(staging.join("ledger"), ledger).expect("a file");
    let key = key();
    if let Ok(destination) = Destination::reopen(&root, &key) {
        let read =
            Manifest::read(&root).expect("it is as the folder is left").expect("it is there");
        assert_eq!(&read, destination.manifest(), "what it holds is what is written");
        assert!(
            read.files.iter().all(|file| !read.withdrawn.iter().any(|it| it.path == file.path))
        );
        drop(destination);
        let again = Destination::reopen(&root, &key).expect("what was settled can be opened");
        assert_eq!(&read, again.manifest(), "settling twice is settling once");
    }
    let expectation = FolderExpectation {
        identifiers: None,
        beside: &[],
        staging: STAGING_NAME,
        keeps_phrases: &Default::default(),
        accepted: &Default::default(),
    };
    // A manifest that cannot be read is an error of its own.
    if let Ok(verdict) = verify_folder(&root, &expectation) {
        assert!(!verdict.passes(), "that file is no DICOM");
    }
    assert_eq!(fs::read(&beside).expect("it is there"), b"stays");
}

fn key() -> ProjectKey {
    ProjectKey::from_bytes([7; 32])
}
