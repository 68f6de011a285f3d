//! Identifiers from outside, through the binary.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::people::{Person, released, write_people};
use crate::common::run::{Deid, key_file, veridact};

const PEOPLE: [Person; 3] = [
    ("QX4711", "", "SECRETA^ONE", "19700102"),
    ("QX4712", "NORTH", "SECRETB^TWO", "19810203"),
    ("QX4713", "", "SECRETC^THREE", "19920304"),
];

fn run_with(place: &Path, table: &str) -> Deid {
    let input = place.join("in");
    write_people(&input, &PEOPLE);
    let file = place.join("crosswalk.csv");
    fs::write(&file, table).unwrap();
    let mut deid = Deid::new(&input, place);
    deid.more.extend(["--crosswalk".to_owned(), file.to_str().unwrap().to_owned()]);
    deid
}

#[test]
fn what_the_table_names_is_taken_and_the_rest_comes_from_the_key() {
    let place = tempfile::tempdir().unwrap();
    let deid = run_with(
        place.path(),
        "patient_id,issuer,pseudonym,day_offset,accession,accession_pseudonym\n\
         QX4711,,SITE-001,-60,,\nQX4712,NORTH,SITE-002,,,\nQX4712,,SITE-003,,,\n\
         ,,,,QX-ACC-0,ACC-900\n",
    );
    let maps = place.path().join("maps");
    let deid = Deid {
        more: [deid.more.clone(), vec!["--maps".into(), maps.to_str().unwrap().into()]].concat(),
        ..deid
    };
    let ran = deid.run();
    assert_eq!(ran.code, Some(0), "{} {}", ran.err, ran.out);
    let found = released(&deid, &ran);
    let first = &found["0.dcm"];
    assert_eq!(
        [&first.id, &first.name, &first.date, &first.accession],
        ["SITE-001", "SITE-001", "20191231", "ACC-900"]
    );
    assert_eq!((found["1.dcm"].id.as_str(), found["1.dcm"].accession.as_str()), ("SITE-002", ""));
    assert!(found["2.dcm"].id.starts_with("VD-"));
    let outputs = ran.outcomes();
    assert!(outputs["0.dcm"].output.as_ref().unwrap().starts_with("SITE-001/"));
    let map = fs::read_to_string(maps.join("patid_mapping.csv")).unwrap();
    assert!(map.contains("QX4711,SITE-001\n") && map.contains("QX4712,SITE-002\n"));
    let report = fs::read_to_string(deid.output.join("report.json")).unwrap();
    assert!(report.contains("1 patients are not in the crosswalk"), "{report}");

    let key = key_file(&deid.place, deid.key);
    let (output, key) = (deid.output.to_str().unwrap(), key.to_str().unwrap());
    let table = place.path().join("crosswalk.csv");
    let table = table.to_str().unwrap();
    let withdraw = ["withdraw", output, "--key-file", key, "--patient", "QX4711"];
    assert_eq!(veridact(place.path(), &withdraw).code, Some(2), "the key alone does not know it");
    let withdrawn = veridact(place.path(), &[&withdraw[..], &["--crosswalk", table]].concat());
    assert_eq!(withdrawn.code, Some(0), "{}", withdrawn.err);
    assert!(!deid.output.join("SITE-001").exists());
}

#[test]
fn a_table_that_contradicts_itself_is_refused_before_anything_is_written() {
    let place = tempfile::tempdir().unwrap();
    for (table, line) in [
        ("patient_id,pseudonym\nQX4711,SITE-001\nQX4713,SITE-001\n", 3),
        ("patient_id,birthday\nQX4711,SITE-001\n", 1),
    ] {
        let deid = run_with(place.path(), table);
        let ran = deid.run();
        assert_eq!(ran.code, Some(2));
        assert!(ran.err.contains(&format!("line {line}:")), "{}", ran.err);
        assert!(!ran.err.contains("QX47") && !ran.err.contains("SITE"), "{}", ran.err);
        assert!(!deid.output.exists());
    }
}

#[test]
fn a_crosswalk_may_not_lie_in_the_export_and_pseudonyms_may_not_identify() {
    let place = tempfile::tempdir().unwrap();
    let mut deid = run_with(place.path(), "patient_id,pseudonym\nQX4711,QX4711\n");
    let ran = deid.run();
    assert_eq!(ran.outcomes()["0.dcm"].outcome, "held", "an ID does not stand for itself");
    let inside: PathBuf = deid.output.join("crosswalk.csv");
    fs::write(&inside, "patient_id,pseudonym\n").unwrap();
    *deid.more.last_mut().unwrap() = inside.to_str().unwrap().to_owned();
    let ran = deid.run();
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("may not lie inside the output folder"), "{}", ran.err);
}

#[test]
fn everybody_else_gets_a_pseudonym_of_the_form_that_the_table_gives() {
    let place = tempfile::tempdir().unwrap();
    let table = "patient_id,pseudonym,accession,accession_pseudonym\n\
                 QX4711,SITE-001,,\n*,SITE-#####,,\n,,*,A########\n";
    let deid = run_with(place.path(), table);
    let ran = deid.run();
    assert_eq!(ran.code, Some(0), "{} {}", ran.err, ran.out);
    let found = released(&deid, &ran);
    let of = |file: &str| (found[file].id.clone(), found[file].accession.clone());
    let ([first, second, third], accession) =
        (["0.dcm", "1.dcm", "2.dcm"].map(|file| of(file).0), of("1.dcm").1);
    assert_eq!(first, "SITE-001");
    assert!(second.starts_with("SITE-") && second.len() == 10 && second != third, "{second}");
    assert!(accession.starts_with('A') && accession.len() == 9, "{accession}");
    assert!(!fs::read_to_string(deid.output.join("report.json")).unwrap().contains("crosswalk:"));
}

#[test]
fn a_form_that_makes_one_of_two_patients_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    // Four figures are ten thousand pseudonyms: of four hundred patients two share one.
    let people: Vec<(String, String)> =
        (0..400).map(|number| (format!("QX{number:05}"), format!("SECRET{number}^X"))).collect();
    let people: Vec<Person> =
        people.into_iter().map(|(id, name)| (&*id.leak(), "", &*name.leak(), "19700102")).collect();
    write_people(&input, &people);
    let file = place.path().join("crosswalk.csv");
    fs::write(&file, "patient_id,pseudonym\n*,SITE-####\n").unwrap();
    let mut deid = Deid::new(&input, place.path());
    deid.more.extend(["--crosswalk".to_owned(), file.to_str().unwrap().to_owned()]);
    let ran = deid.run();
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("line 2") && !ran.err.contains("QX"), "{}", ran.err);
    assert!(!deid.output.join("manifest.json").exists());
}
