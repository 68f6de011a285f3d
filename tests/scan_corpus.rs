//! The scanner and the splice writer over real and damaged files, where there are any.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use veridact::dicom::{Edits, Limits, NewMeta, Scan, ScanNote, Source, scan, splice};

use crate::common::{files, shared};

const FOLDERS: [&str; 6] = [
    "corpus/dev/files",
    "corpus/dev/made_with_dcmtk",
    "corpus/dev/malformed_public",
    "corpus/malformed",
    "midi/set11/input",
    "midi/set12/input",
];

/// Ordinary files that are broken all the same, with what is wrong with them.
const BROKEN: [(&str, &str); 3] = [
    // A header ends behind a VR of two blanks.
    ("fo-dicom__GH179B.dcm", "malformed"),
    // These end early: in a value of 4.7 MB, in an item.
    ("pixelmed__testspectrum.dcm", "truncated"),
    ("pydicom__DICOMDIR-nooffset", "truncated"),
];

/// Ordinary files of which some headers are written anew.
const MENDED: [&str; 4] = [
    // A VR of two blanks.
    "fo-dicom__GH179A.dcm",
    // The header of a sequence is missing.
    "fo-dicom__GH364.dcm",
    // A private sequence with VRs in a dataset without, four bytes too short by its length.
    "fo-dicom__GH626.dcm",
    // Fragments in a dataset without VRs.
    "pydicom__SC_rgb_jpeg.dcm",
];

#[test]
fn every_file_gets_an_answer_and_unedited_bytes_stay() {
    for folder in FOLDERS {
        let Some(root) = shared(folder) else { continue };
        let mut counts = BTreeMap::<_, u32>::new();
        for path in files(&root) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let started = Instant::now();
            let scanned = scan(Source::open(&path).unwrap(), &Limits::default());
            assert!(started.elapsed() < Duration::from_secs(5), "{name}");
            let key = match scanned {
                Ok(found) => {
                    if !found.notes.is_empty() {
                        println!("   {name}: {:?}", found.notes);
                    }
                    unedited_is_unchanged(&found);
                    let mended = found.notes.contains(&ScanNote::Mended);
                    if folder == FOLDERS[0] {
                        assert_eq!(mended, MENDED.contains(&name.as_str()), "{name}");
                    }
                    "scanned"
                }
                Err(error) => {
                    println!("   {name}: {error}");
                    error.cause().slug()
                }
            };
            *counts.entry(key).or_default() += 1;
            if folder == FOLDERS[0] {
                let broken = BROKEN.iter().find(|(file, _)| *file == name);
                assert_eq!(key, broken.map_or("scanned", |(_, cause)| cause), "{name}");
            }
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
    let odd = [ScanNote::OutOfOrder, ScanNote::SyntaxMismatch];
    assert!(again.notes.iter().all(|note| odd.contains(note)), "{:?}", again.notes);
    assert_eq!(again.encoding, scanned.encoding);
    assert_eq!(again.nodes.len(), scanned.nodes.len());
    if !scanned.notes.contains(&ScanNote::LooseDelimiter) {
        let bytes = |scan: &Scan| scan.source.read(scan.dataset.clone()).unwrap();
        assert!(bytes(&again) == bytes(scanned));
    }
}
