//! Real files through the binary: each one outcome, and as many released as ever.

use std::collections::BTreeMap;

use crate::common::files;
use crate::common::run::{Deid, Ended};
use crate::common::shared;

/// Ordinary files that are released at least.
const RELEASED: usize = 200;

/// Ordinary files that are not, each with its cause.
const REFUSED: [(&str, &str); 12] = [
    // They name files that the export does not have.
    ("fo-dicom__DICOMDIR", "media-directory"),
    ("pydicom__620105_DICOMDIR", "media-directory"),
    ("pydicom__DICOMDIR", "media-directory"),
    ("pydicom__DICOMDIR-bigEnd", "media-directory"),
    ("pydicom__DICOMDIR-empty.dcm", "media-directory"),
    ("pydicom__DICOMDIR-implicit", "media-directory"),
    ("pydicom__DICOMDIR-nopatient", "media-directory"),
    ("pydicom__DICOMDIR-reordered", "media-directory"),
    // Such a one, too; its items claim more than there is.
    ("pydicom__DICOMDIR-nooffset", "truncated"),
    // It ends in a value of 4.7 MB.
    ("pixelmed__testspectrum.dcm", "truncated"),
    // A header that ends behind a VR of blanks: where the next element starts cannot be told.
    ("fo-dicom__GH179B.dcm", "malformed"),
    // ACR-NEMA 1.0 of 1985: it has no SOP Class and no UIDs, and samples of 12 bits in a row.
    ("fo-dicom__GH340.dcm", "missing-identity"),
];

fn tally<'a>(ended: impl Iterator<Item = &'a Ended>) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    ended.for_each(|ended| *counts.entry(ended.outcome.as_str()).or_default() += 1);
    counts
}

#[test]
fn real_files_end_with_one_outcome_each_and_most_are_released() {
    let Some(input) = shared("corpus/dev") else { return };
    let place = tempfile::tempdir().unwrap();
    let ran = Deid::new(&input, place.path()).run();
    assert!(matches!(ran.code, Some(0 | 1)), "{:?} {}", ran.code, ran.err);
    let outcomes = ran.outcomes();
    assert_eq!(outcomes.len(), files(&input).len());
    for (name, ended) in &outcomes {
        if ended.outcome == "released" {
            assert!(ended.why.is_empty());
            continue;
        }
        assert!(!ended.why.is_empty(), "{name} has no cause");
        println!("{} {name}: {}", ended.outcome, ended.why[..ended.why.len().min(4)].join("; "));
    }
    let malformed = |name: &str| name.starts_with("malformed_public") || name.ends_with(".csv");
    let ordinary = tally(outcomes.iter().filter(|(name, _)| !malformed(name)).map(|(_, e)| e));
    let broken = tally(outcomes.iter().filter(|(name, _)| malformed(name)).map(|(_, e)| e));
    println!("ordinary {ordinary:?}, malformed {broken:?}, {:?}, {} KiB", ran.wall, ran.peak_kib);
    for (name, ended) in outcomes.iter().filter(|(name, _)| !malformed(name)) {
        let refused = REFUSED.iter().find(|(file, _)| Some(*file) == name.strip_prefix("files/"));
        let why = ended.why.first().map(String::as_str);
        assert_eq!(why, refused.map(|(_, cause)| *cause), "{name}");
    }
    let released = ordinary.get("released").copied().unwrap_or_default();
    assert!(released >= RELEASED, "{released} released");
    assert!(ran.peak_kib <= 1 << 20);
}
