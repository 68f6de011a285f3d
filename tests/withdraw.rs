//! Published instances are taken back: gone, remembered, and not published again by themselves.

use std::fs;
use std::path::Path;

use veridact::demo::Sample;
use veridact::export::{Manifest, Tombstone, WITHDRAWN_NAME};
use veridact::store::{EventBody, ReviewStore};

use crate::common::run::{Deid, Ran, demo_files, key_file, veridact};

const SAMPLES: [(Sample, u16); 4] =
    [(Sample::CtSlice, 1), (Sample::CtSlice, 2), (Sample::MrSlice, 1), (Sample::Report, 1)];

fn exported(place: &Path) -> Deid {
    let input = place.join("in");
    demo_files(&input, &SAMPLES);
    let deid = Deid::new(&input, place);
    assert_eq!(deid.run().code, Some(0));
    deid
}

fn manifest(deid: &Deid) -> Manifest {
    Manifest::read(&deid.output).unwrap().unwrap()
}

fn paths(deid: &Deid) -> Vec<String> {
    manifest(deid).files.into_iter().map(|file| file.path).collect()
}

fn with_key(deid: &Deid, command: &str, more: &[&str]) -> Ran {
    let key = key_file(&deid.place, deid.key);
    let mut arguments = vec![command, deid.output.to_str().unwrap()];
    arguments.extend(["--key-file", key.to_str().unwrap()]);
    arguments.extend(more);
    veridact(&deid.place, &arguments)
}

#[test]
fn a_withdrawn_file_is_gone_listed_held_and_comes_back_only_when_asked_for() {
    let place = tempfile::tempdir().unwrap();
    let mut deid = exported(place.path());
    let before = paths(&deid);
    let gone = before[1].clone();
    let absolute = deid.output.join(&gone);
    let copy = fs::read(&absolute).unwrap();

    let file = absolute.to_str().unwrap();
    let ran = with_key(&deid, "withdraw", &["--file", file, "--reason", "Mrs X asked for it"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.starts_with("1 files withdrawn, 0 were before"), "{}", ran.out);
    assert!(!absolute.exists());
    assert_eq!(manifest(&deid).withdrawn, [Tombstone::of(&gone, "other").unwrap()]);
    let list = fs::read_to_string(deid.output.join(WITHDRAWN_NAME)).unwrap();
    assert!(list.starts_with("file,study,series,instance\n") && list.contains(&gone));
    let text = fs::read_to_string(deid.output.join("manifest.json")).unwrap() + &list;
    assert!(!text.contains("Mrs X"), "a person's words stay in the review");
    let store = ReviewStore::open(&place.path().join("out.veridact")).unwrap();
    let last = store.events().unwrap().pop().unwrap();
    assert!(matches!(
        last.body,
        EventBody::Withdrawn { instances: 1, reason, .. } if reason == "Mrs X asked for it"
    ));
    store.close().unwrap();
    let verified = with_key(&deid, "verify", &[]);
    assert_eq!(verified.code, Some(0), "{}", verified.out);

    fs::create_dir_all(absolute.parent().unwrap()).unwrap();
    fs::write(&absolute, &copy).unwrap();
    let verified = with_key(&deid, "verify", &[]);
    assert_eq!(verified.code, Some(1));
    assert!(verified.out.contains("it was withdrawn and is there"), "{}", verified.out);
    fs::remove_file(&absolute).unwrap();

    let again = deid.run();
    assert_eq!(again.code, Some(1));
    let outcomes = again.outcomes();
    let held: Vec<_> = outcomes.values().filter(|ended| ended.outcome == "held").collect();
    assert_eq!(held.len(), 1);
    assert!(held[0].why[0].starts_with("withdrawn:"), "{:?}", held[0].why);
    assert_eq!(manifest(&deid).withdrawn.len(), 1);

    deid.more.push("--republish".to_owned());
    assert_eq!(deid.run().code, Some(0));
    assert_eq!(paths(&deid), before);
    assert!(manifest(&deid).withdrawn.is_empty() && !deid.output.join(WITHDRAWN_NAME).exists());
    assert_eq!(with_key(&deid, "verify", &[]).code, Some(0));
}

#[test]
fn patients_and_studies_are_named_by_old_or_new_identifiers() {
    let place = tempfile::tempdir().unwrap();
    let deid = exported(place.path());
    let before = paths(&deid);
    let part = |depth: usize| before[0].split('/').nth(depth).unwrap().to_owned();
    let of = |name: &str| before.iter().filter(|path| path.contains(name)).count();

    let study = part(1);
    let ran = with_key(&deid, "withdraw", &["--study", &study, "--reason", "quality"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(paths(&deid).len(), before.len() - of(&study));
    assert!(manifest(&deid).withdrawn.iter().all(|stone| stone.reason == "quality"));

    let batch = veridact::index::Batch::read(&deid.input).unwrap();
    let key = veridact::engine::key::ProjectKey::from_bytes([deid.key; 32]);
    let named = batch.instances.values().find(|found| key.pseudonym(&found.patient) == part(0));
    let person = named.unwrap();
    let (id, issuer) = (person.labels.patient_id.expose(), person.person.issuer.expose());
    let ran = with_key(&deid, "withdraw", &["--patient", id, "--issuer", issuer]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(paths(&deid).iter().all(|path| !path.starts_with(&part(0))));
    assert!(!ran.out.contains(id.as_str()));
    let again = with_key(&deid, "withdraw", &["--patient", &part(0)]);
    let all = of(&part(0));
    assert!(again.out.starts_with(&format!("0 files withdrawn, {all} were before")));
}

#[test]
fn what_is_not_there_changes_nothing_and_is_told_without_its_name() {
    let place = tempfile::tempdir().unwrap();
    let deid = exported(place.path());
    let before = paths(&deid);
    let file = before[0].as_str();
    for named in [["--patient", "QX4711"], ["--study", "1.2.QX"], ["--file", "QX.dcm"]] {
        let arguments = ["--file", file, named[0], named[1]];
        let ran = with_key(&deid, "withdraw", &arguments);
        assert_eq!(ran.code, Some(2));
        assert!(ran.err.contains("number") && !ran.err.contains("QX"), "{}", ran.err);
        assert_eq!(paths(&deid), before);
    }
    let keyless = ["withdraw", deid.output.to_str().unwrap(), "--file", file];
    let ran = veridact(&deid.place, &keyless);
    assert!(ran.code == Some(2) && ran.err.contains("no project key"), "{}", ran.err);
    assert_eq!(with_key(&deid, "withdraw", &[]).code, Some(2), "nothing is named");
    assert_eq!(with_key(&deid, "verify", &[]).code, Some(0), "nothing is left behind");
}

#[test]
fn where_studies_go_whole_one_file_that_stays_keeps_its_study_back() {
    let place = tempfile::tempdir().unwrap();
    let site = place.path().join("site.toml");
    let profile =
        "format = 1\nname = \"site\"\nextends = \"research\"\ngate = [\"whole-studies\"]\n";
    fs::write(&site, profile).unwrap();
    let input = place.path().join("in");
    demo_files(&input, &SAMPLES);
    let deid = Deid::new(&input, place.path());
    let deid = deid.with(&["--no-detect", "--profile", site.to_str().unwrap()]);
    assert_eq!(deid.run().code, Some(0));
    let before = paths(&deid);
    let study = |path: &str| path.split('/').nth(1).unwrap().to_owned();
    let gone = before[0].clone();
    let alike = before.iter().filter(|path| study(path) == study(&gone)).count();
    assert!((2..before.len()).contains(&alike), "{before:?}");
    let file = deid.output.join(&gone);
    let ran = with_key(&deid, "withdraw", &["--file", file.to_str().unwrap(), "--reason", "other"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);

    let ran = deid.run();
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let held = ran.outcomes().into_values().filter(|it| it.outcome == "held").collect::<Vec<_>>();
    assert_eq!(held.len(), alike, "{held:?}");
    let of_study = held.iter().filter(|it| it.why[0].contains("studies go whole")).count();
    assert_eq!(of_study, alike - 1);
    let left = paths(&deid);
    assert_eq!(left.len(), before.len() - alike);
    assert!(left.iter().all(|path| study(path) != study(&gone)), "the export forgets them");
    assert_eq!(with_key(&deid, "verify", &[]).code, Some(0));
}
