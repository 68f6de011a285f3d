//! The scanner over the shared corpus: an answer for every file, quickly.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use veridact::dicom::{Edits, Limits, NewMeta, Scan, ScanNote, Source, scan, splice};

/// The shared data, if they are there.
fn shared() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let folder = std::env::var_os("VERIDACT_SHARED").map_or_else(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .filter(|path| path.extension().is_none_or(|end| end != "csv" && end != "db"))
        .collect();
    files.sort();
    files
}

#[test]
fn every_file_of_the_corpus_gets_an_answer() {
    let Some(shared) = shared() else {
        println!("skipped: no shared data");
        return;
    };
    for folder in ["dev/files", "dev/made_with_dcmtk", "dev/malformed_public", "malformed"] {
        let mut counts = BTreeMap::<_, u32>::new();
        for path in files_below(&shared.join("corpus").join(folder)) {
            let started = Instant::now();
            let scanned = scan(Source::open(&path).unwrap(), &Limits::default());
            assert!(started.elapsed() < Duration::from_secs(5), "{}", path.display());
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let key = match scanned {
                Ok(found) => {
                    if !found.notes.is_empty() {
                        println!("  {name}: {:?}", found.notes);
                    }
                    unedited_is_unchanged(&found);
                    "scanned"
                }
                Err(error) => {
                    println!("  {name}: {error}");
                    error.cause().slug()
                }
            };
            *counts.entry(key).or_default() += 1;
        }
        println!("{folder}: {counts:?}");
    }
}

/// Writes the scan without edits and holds the dataset against the one it came from.
fn unedited_is_unchanged(scanned: &Scan) {
    let meta = NewMeta {
        transfer_syntax: scanned.meta.transfer_syntax.clone(),
        sop_class: "1.2.840.10008.5.1.4.1.1.7".to_owned(),
        sop_instance: "2.25.1".to_owned(),
    };
    let mut out = Vec::new();
    let count = splice(scanned, &Edits::default(), &meta, &mut out).unwrap();
    assert_eq!(count, out.len() as u64);
    let again = scan(Source::from_bytes(out), &Limits::default()).unwrap();
    let odd = [ScanNote::OutOfOrder];
    assert!(again.notes.iter().all(|note| odd.contains(note)), "{:?}", again.notes);
    assert_eq!(again.encoding, scanned.encoding);
    assert_eq!(again.nodes.len(), scanned.nodes.len());
    if !scanned.notes.contains(&ScanNote::LooseDelimiter) {
        let bytes = |scan: &Scan| scan.source.read(scan.dataset.clone()).unwrap();
        assert!(bytes(&again) == bytes(scanned));
    }
}
