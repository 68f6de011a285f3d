//! Identity conflicts through the binary: held, listed, answered, accepted.

use std::collections::BTreeSet;
use std::fs;

use crate::common::people::{Person, released, write_people};
use crate::common::run::{Deid, veridact};

const TWO_PEOPLE: [Person; 4] = [
    ("QX4711", "", "SECRETA^ONE", "19700102"),
    ("QX4711", "", "SECRETB^TWO", "19810203"),
    ("QX4712", "", "SECRETC^THREE", "19920304"),
    ("QX4713", "", "SECRETC^THREE", "19920304"),
];

#[test]
fn one_id_of_two_people_is_listed_and_held_until_it_is_accepted() {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    write_people(&input, &TWO_PEOPLE);
    let listed = veridact(place.path(), &["index", input.to_str().unwrap(), "--json"]);
    let kinds: BTreeSet<String> = listed.json()["identity"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| found["kind"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kinds, ["two-names", "two-birth-dates", "two-ids"].map(str::to_owned).into());
    let text = veridact(place.path(), &["index", input.to_str().unwrap()]);
    assert!(text.out.contains("one patient ID with two names: 1 patients, 2 files"));
    for out in [&listed.out, &text.out] {
        assert!(!out.contains("SECRET") && !out.contains("QX47"));
    }

    let mut deid = Deid::new(&input, place.path());
    let ran = deid.run();
    assert_eq!(ran.code, Some(1));
    let outcomes = ran.outcomes();
    for name in ["0.dcm", "1.dcm"] {
        assert_eq!(outcomes[name].outcome, "held");
        let why = outcomes[name].why.join("\n");
        assert!(why.contains("identity conflict: one patient ID with two names"), "{why}");
        assert!(why.contains("identity conflict: one patient ID with two birth dates"), "{why}");
    }
    let report = fs::read_to_string(deid.output.join("report.json")).unwrap();
    assert!(report.contains("2 files: the same name and birth date under two patient IDs."));
    let released = released(&deid, &ran);
    assert_ne!(released["2.dcm"].id, released["3.dcm"].id, "a likely person is no sure one");

    deid.more.extend(["--accept-identity", "two-names"].map(str::to_owned));
    assert_eq!(deid.run().code, Some(1), "the birth dates still stand in the way");
    deid.more.extend(["--accept-identity", "two-birth-dates"].map(str::to_owned));
    assert_eq!(deid.run().code, Some(0));
    let report = fs::read_to_string(deid.output.join("report.json")).unwrap();
    assert!(report.contains("2 files could go in spite of an identity conflict"), "{report}");
}

#[test]
fn answers_split_and_merge_patients_and_are_kept_in_the_review() {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    write_people(&input, &TWO_PEOPLE);
    let answers = place.path().join("answers.csv");
    fs::write(&answers, "patient_id,answer,group\nQX4711,split,\nQX4712,merge,a\nQX4713,merge,a\n")
        .unwrap();
    let mut deid = Deid::new(&input, place.path());
    deid.more.extend(["--identity".to_owned(), answers.to_str().unwrap().to_owned()]);
    let ran = deid.run();
    assert_eq!(ran.code, Some(0), "{} {}", ran.err, ran.out);
    let found = released(&deid, &ran);
    assert_ne!(found["0.dcm"].id, found["1.dcm"].id);
    assert_ne!(found["0.dcm"].date, found["1.dcm"].date, "each has day offsets of its own");
    let whose = |name: &str| (&found[name].id, &found[name].date);
    assert_eq!(whose("2.dcm"), whose("3.dcm"));
    assert!(found.values().all(|now| now.id.starts_with("VD-")));

    deid.more.truncate(1);
    let again = deid.run();
    assert_eq!((again.code, released(&deid, &again)), (Some(0), found), "they are in the review");
}

#[test]
fn answers_that_cannot_be_taken_are_told_with_their_line_and_without_values() {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    write_people(&input, &TWO_PEOPLE);
    let answers = place.path().join("answers.csv");
    for (text, line) in [
        ("patient_id,answer\nQX4711,perhaps\n", 2),
        ("patient_id,answer\nQX4711,split\nQX4711,confirm\n", 3),
        ("patient_id,answer,group\nQX4712,merge,a\n", 2),
        ("patient_id,answer\nUNKNOWN,split\n", 2),
        ("patient_id,answer\nQX9999,split\n", 2),
    ] {
        fs::write(&answers, text).unwrap();
        let mut deid = Deid::new(&input, place.path());
        deid.more.extend(["--identity".to_owned(), answers.to_str().unwrap().to_owned()]);
        let ran = deid.run();
        assert_eq!(ran.code, Some(2), "{text}");
        assert!(
            ran.err.contains(&format!("line {line}:")) && !ran.err.contains("QX"),
            "{}",
            ran.err
        );
    }
}

#[test]
fn people_without_ids_never_share_a_pseudonym() {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    write_people(
        &input,
        &[
            ("", "", "SECRETA^ONE", "19700102"),
            ("0000", "", "SECRETA^ONE", "19700102"),
            ("ANONYMOUS", "", "SECRETB^TWO", "19700102"),
            ("", "", "", ""),
            ("", "", "", ""),
        ],
    );
    let deid = Deid::new(&input, place.path());
    let ran = deid.run();
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    let found = released(&deid, &ran);
    assert_eq!(found["0.dcm"].id, found["1.dcm"].id);
    assert_eq!(found.values().map(|now| &now.id).collect::<BTreeSet<_>>().len(), 4);
}
