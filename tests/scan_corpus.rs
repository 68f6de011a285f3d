//! The scanner and the splice writer over real and damaged files, where there are any.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use veridact::dicom::{Edits, Limits, NewMeta, Scan, Source, scan, splice};

use crate::common::{files, shared};

/// The dataset's bytes as they lie in the source.
fn dataset(scan: &Scan) -> Vec<u8> {
    scan.source.read(scan.dataset.clone()).unwrap()
}

fn spliced(scan: &Scan) -> Vec<u8> {
    let meta = NewMeta {
        transfer_syntax: scan.meta.transfer_syntax.clone(),
        sop_class: "1.2.840.10008.5.1.4.1.1.7".into(),
        sop_instance: "2.25.1".into(),
    };
    let mut out = Vec::new();
    let count = splice(scan, &Edits::default(), &meta, &mut out).unwrap();
    assert_eq!(count, out.len() as u64);
    out
}

#[test]
fn every_file_scans_or_has_a_cause_and_unedited_bytes_stay() {
    for part in ["corpus/dev", "corpus/malformed", "midi/set11/input", "midi/set12/input"] {
        let Some(root) = shared(part) else { continue };
        let mut counts: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for path in files(&root) {
            let name = path.strip_prefix(&root).unwrap().display().to_string();
            let start = Instant::now();
            let result = scan(Source::open(&path).unwrap(), &Limits::default());
            assert!(start.elapsed() < Duration::from_secs(10), "{name}");
            match result {
                Err(error) => counts
                    .entry(error.cause().slug().into())
                    .or_default()
                    .push(format!("{name}: {error}")),
                Ok(found) => {
                    counts.entry("ok".into()).or_default().push(name.clone());
                    let again =
                        scan(Source::from_bytes(spliced(&found)), &Limits::default()).unwrap();
                    assert!(dataset(&again) == dataset(&found), "{name}");
                    assert_eq!(again.nodes.len(), found.nodes.len(), "{name}");
                }
            }
        }
        for (cause, names) in &counts {
            println!("{part} {cause}: {}", names.len());
            if cause != "ok" && part == "corpus/dev" {
                names
                    .iter()
                    .filter(|name| !name.starts_with("malformed"))
                    .for_each(|name| println!("   {name}"));
            }
        }
    }
}
