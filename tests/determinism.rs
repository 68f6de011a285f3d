//! What is written is a function of batch, profile, key and decisions, and of nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use jiff::Timestamp;
use veridact::demo::Sample;
use veridact::index::Batch;
use veridact::model::{Decision, Verdict};
use veridact::store::{EventBody, NewEvent, ReviewStore};

use crate::common::checker::values;
use crate::common::run::{Deid, demo_files, published, tree};

const SAMPLES: [(Sample, u16); 9] = [
    (Sample::CtSlice, 1),
    (Sample::CtSlice, 2),
    (Sample::CtSlice, 3),
    (Sample::MrSlice, 1),
    (Sample::Report, 1),
    (Sample::WithoutMeta, 1),
    (Sample::ScreenSave, 1),
    (Sample::BigEndian, 1),
    (Sample::Jpeg, 1),
];

/// Values of UIDs and the patient's name and ID, without those that the standard defines.
fn identities(files: &BTreeMap<PathBuf, Vec<u8>>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (path, bytes) in files {
        if path.ends_with("manifest.json") {
            continue;
        }
        found.extend(path.iter().map(|part| part.to_string_lossy().into_owned()));
        for value in values(bytes).unwrap() {
            let text = String::from_utf8_lossy(&value.bytes);
            let text = text.trim_matches(['\0', ' ']).to_owned();
            let person = ["(0010,0010)", "(0010,0020)"].contains(&value.path.as_str());
            let uid = value.vr == *b"UI" && text.starts_with("2.25.");
            let ours = value.path.starts_with("META") || value.path.contains("(0002,");
            if (person || uid) && !ours && !text.is_empty() {
                found.insert(text);
            }
        }
    }
    found
}

#[test]
fn threads_and_repetition_change_nothing_and_another_key_everything() {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    demo_files(&input, &SAMPLES);
    let one = Deid::new(&input, &place.path().join("one")).with(&["--no-detect", "-j", "1"]);
    let two = Deid::new(&input, &place.path().join("two")).with(&["--no-detect", "-j", "2"]);
    let mut other = Deid::new(&input, &place.path().join("three")).with(&["--no-detect"]);
    other.key = 2;
    for deid in [&one, &two, &other] {
        let ran = deid.run();
        assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    }
    let first = published(&one.output);
    assert_eq!(first.len(), SAMPLES.len() + 1);
    assert!(first == published(&two.output), "one and two threads differ");
    // Once more into the same output.
    let ran = one.run();
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert!(first == published(&one.output), "repetition changed something");
    let (ours, theirs) = (identities(&first), identities(&published(&other.output)));
    assert!(ours.len() > 3 * SAMPLES.len(), "{}", ours.len());
    let both: Vec<_> = ours.intersection(&theirs).collect();
    assert!(both.is_empty(), "alike under two keys: {both:?}");
}

#[test]
fn an_output_of_another_key_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    demo_files(&input, &[(Sample::Report, 1)]);
    let mut deid = Deid::new(&input, &place.path().join("one"));
    assert_eq!(deid.run().code, Some(0));
    let before = tree(&deid.output);
    deid.key = 2;
    assert_eq!(deid.run().code, Some(2));
    assert!(before == tree(&deid.output), "a refused run changed the output");
}

#[test]
fn a_series_rejected_later_is_withdrawn() {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    demo_files(&input, &[(Sample::Report, 1), (Sample::CtSlice, 1), (Sample::CtSlice, 2)]);
    let deid = Deid::new(&input, &place.path().join("one"));
    assert_eq!(deid.run().code, Some(0));
    let before = published(&deid.output);
    let batch = Batch::read(&input).unwrap();
    let report = batch.instances.values().find(|found| found.modality == "SR").unwrap();
    let mut store = ReviewStore::open(&place.path().join("one/out.veridact")).unwrap();
    let decision = Decision::SetVerdict {
        series: report.series.clone(),
        verdict: Verdict::Rejected,
        reason: "wrong patient".into(),
    };
    let body = EventBody::decided(vec![decision]);
    let event = NewEvent { ticket: 0, reader: "reader".into(), body };
    store.append(&event, Timestamp::UNIX_EPOCH).unwrap();
    store.close().unwrap();
    let ran = deid.run();
    assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
    let outcomes = ran.outcomes();
    let path = report.path.to_string_lossy().into_owned();
    assert_eq!(outcomes[&path].outcome, "rejected");
    let after = published(&deid.output);
    assert_eq!(after.len(), before.len() - 1);
    for (path, bytes) in after.iter().filter(|(path, _)| !path.ends_with("manifest.json")) {
        assert!(before.get(path) == Some(bytes), "{}", path.display());
    }
    let verified =
        crate::common::run::veridact(place.path(), &["verify".as_ref(), deid.output.as_os_str()]);
    assert_eq!(verified.code, Some(0), "{}", verified.out);
}
