//! `veridact verify`: what it finds in a published folder, with and without a review.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use veridact::demo::Sample;
use veridact::engine::key::ProjectKey;
use veridact::export::{Manifest, STAGING_NAME};
use veridact::index::Batch;
use veridact::model::Decision;
use veridact::store::{EventBody, NewEvent, ReviewStore};

use crate::common::checker::values;
use crate::common::r#gen::{Element, PLAIN, Value, padded};
use crate::common::run::{Deid, Ran, demo_files, key_file, tree, veridact};

/// The Patient ID of the demo's Jane.
const JANES_ID: &str = "48211907";

struct World {
    place: tempfile::TempDir,
    deid: Deid,
}

impl World {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let input = place.path().join("in");
        demo_files(&input, &[(Sample::Report, 1), (Sample::CtSlice, 1), (Sample::CtSlice, 2)]);
        let deid = Deid::new(&input, &place.path().join("run"));
        let ran = deid.run();
        assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
        Self { place, deid }
    }

    fn review(&self) -> PathBuf {
        self.deid.place.join("out.veridact")
    }

    fn verify(&self, more: &[&str]) -> Ran {
        let mut arguments = vec!["verify", self.deid.output.to_str().unwrap()];
        arguments.extend(more);
        veridact(self.place.path(), &arguments)
    }

    /// Code and faults, as `path: what`.
    #[track_caller]
    fn faults(&self, more: &[&str]) -> (Option<i32>, Vec<String>) {
        let ran = self.verify(&[&["--json"], more].concat());
        let all = ran.json();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let faults = all["faults"].as_array().unwrap().iter();
        let faults =
            faults.map(|fault| format!("{}: {}", text(&fault["path"]), text(&fault["what"])));
        (ran.code, faults.collect())
    }

    /// Paths of the released files.
    fn released(&self) -> Vec<String> {
        let manifest = Manifest::read(&self.deid.output).unwrap().unwrap();
        manifest.files.into_iter().map(|file| file.path).collect()
    }

    /// Writes a text into a value of a released file and makes the manifest say that it belongs.
    fn plant(&self, text: &str) -> String {
        let mut manifest = Manifest::read(&self.deid.output).unwrap().unwrap();
        for file in &mut manifest.files {
            let path = self.deid.output.join(&file.path);
            let mut bytes = fs::read(&path).unwrap();
            let fits = values(&bytes)
                .unwrap()
                .into_iter()
                .find(|value| value.path == "(0008,0070)" && value.bytes.len() >= text.len());
            let Some(value) = fits else { continue };
            let at = bytes.windows(value.bytes.len()).position(|part| part == value.bytes).unwrap();
            let new = format!("{text:width$}", width = value.bytes.len());
            bytes[at..at + new.len()].copy_from_slice(new.as_bytes());
            fs::write(&path, &bytes).unwrap();
            file.sha256 = hex::encode(Sha256::digest(&bytes));
            let path = file.path.clone();
            fs::write(self.deid.output.join("manifest.json"), manifest.to_text().unwrap()).unwrap();
            return path;
        }
        panic!("no released file has a manufacturer")
    }
}

#[test]
fn a_clean_export_passes_and_says_what_was_looked_for() {
    let world = World::new();
    let ran = world.verify(&[]);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    let review = format!("review {}", world.review().display());
    let input = world.deid.input.canonicalize().unwrap();
    let strings = format!("strings of the subjects of {} (3 files): looked for", input.display());
    for words in ["3 files in the manifest, 0 faults", &review, &strings, "not checked: policy"] {
        assert!(ran.out.contains(words), "{words}: {}", ran.out);
    }
    let all = world.verify(&["--json"]).json();
    assert_eq!(all["files"], 3);
    assert!(all["not_checked"].as_array().unwrap().len() > 2);
    // Without a review the names of the subjects are not known, and that is said.
    fs::rename(world.review(), world.place.path().join("elsewhere")).unwrap();
    let ran = world.verify(&[]);
    assert_eq!(ran.code, Some(0));
    assert!(
        ran.out.contains("not checked: strings of the subjects: none were given"),
        "{}",
        ran.out
    );
}

#[test]
fn changes_gaps_strangers_and_leftovers_are_found() {
    let world = World::new();
    let output = &world.deid.output;
    // An image: its last byte is a sample.
    let size = |name: &String| fs::metadata(output.join(name)).unwrap().len();
    let name = world.released().into_iter().max_by_key(size).unwrap();
    let whole = fs::read(output.join(&name)).unwrap();
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    fs::write(output.join(&name), &flipped).unwrap();
    let one = |what: &str| (Some(1), vec![format!("{name}: {what}")]);
    // What the flipped byte does to the form is a fault of its own.
    let (code, mut faults) = world.faults(&[]);
    faults.truncate(1);
    assert_eq!((code, faults), one("it is not what was published"));
    fs::remove_file(output.join(&name)).unwrap();
    assert_eq!(world.faults(&[]), one("it is missing"));
    fs::write(output.join(&name), &whole).unwrap();
    for stray in ["stray.dcm", "copy/of/manifest.json"] {
        let path = output.join(stray);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &whole).unwrap();
        let found = world.faults(&[]);
        assert_eq!(found, (Some(1), vec![format!("{stray}: the manifest does not name it")]));
        fs::remove_file(path).unwrap();
    }
    let staging = output.join(STAGING_NAME);
    fs::create_dir(&staging).unwrap();
    let left = format!("{STAGING_NAME}: an export did not end: run it again");
    assert_eq!(world.faults(&[]), (Some(1), vec![left.clone()]));
    fs::write(staging.join("half.dcm"), &whole[..200]).unwrap();
    assert_eq!(world.faults(&[]), (Some(1), vec![left]));
    fs::remove_dir_all(staging).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", output.join("link")).unwrap();
    assert_eq!(world.faults(&[]).1.len(), 1);
    fs::remove_file(output.join("link")).unwrap();
    assert_eq!(world.faults(&[]), (Some(0), Vec::new()));
    // No export at all, and a manifest that points out of its folder.
    let input = world.deid.input.to_str().unwrap();
    assert_eq!(veridact(world.place.path(), &["verify", input]).code, Some(2));
    let manifest = fs::read_to_string(output.join("manifest.json")).unwrap();
    fs::write(world.place.path().join("secret"), &whole).unwrap();
    fs::write(output.join("manifest.json"), manifest.replace(&name, "../../secret")).unwrap();
    assert_eq!(world.verify(&[]).code, Some(2), "a path out of the export was followed");
}

#[test]
fn a_planted_name_is_found_with_the_review_and_only_with_it() {
    let world = World::new();
    let path = world.plant(JANES_ID);
    let fault = format!("{path}: an ID of the subject");
    let review = world.review();
    let explicit = ["--review", review.to_str().unwrap()];
    assert_eq!(world.faults(&[]), (Some(1), vec![fault.clone()]));
    assert_eq!(world.faults(&explicit), (Some(1), vec![fault]));
    for text in [world.verify(&[]).out, world.verify(&[]).err] {
        assert!(!text.contains(JANES_ID), "a value was printed");
    }
    let elsewhere = world.place.path().join("elsewhere");
    fs::rename(&review, &elsewhere).unwrap();
    assert_eq!(world.faults(&[]), (Some(0), Vec::new()));
    // The input is not there: asked for, that is a failure; else it is said.
    fs::rename(&elsewhere, &review).unwrap();
    fs::rename(&world.deid.input, &elsewhere).unwrap();
    let ran = world.verify(&[]);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    let words = "not checked: strings of the subjects: the input folder cannot be read";
    assert!(ran.out.contains(words), "{}", ran.out);
    assert_eq!(world.verify(&explicit).code, Some(2));
    assert_eq!(world.verify(&["--review", "/no/such/review"]).code, Some(2));
}

#[test]
fn a_place_that_a_reviewer_accepted_is_no_fault_under_the_right_key() {
    let world = World::new();
    let path = world.plant(JANES_ID);
    let batch = Batch::read(&world.deid.input).unwrap();
    let key = ProjectKey::from_bytes([1; 32]);
    let file = |uid: &str| path.ends_with(&format!("/{}.dcm", key.uid(uid)));
    let instance = batch.instances.values().find(|found| file(found.uid.as_str())).unwrap();
    let mut store = ReviewStore::open(&world.review()).unwrap();
    let decision = Decision::AcceptResidual {
        instance: instance.uid.clone(),
        place: "(0008,0070)".into(),
        reason: "a phantom".into(),
    };
    let body = EventBody::decided(vec![decision]);
    let event = NewEvent { ticket: 0, reader: "reader".into(), body };
    store.append(&event, Timestamp::UNIX_EPOCH).unwrap();
    store.close().unwrap();
    let ran = world.verify(&[]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.contains("only the key tells which"), "{}", ran.out);
    let key = |byte| key_file(world.place.path(), byte).to_str().unwrap().to_owned();
    assert_eq!(world.faults(&["--key-file", &key(1)]), (Some(0), Vec::new()));
    assert_eq!(world.verify(&["--key-file", &key(2)]).code, Some(2));
}

#[test]
fn what_a_review_does_not_know_is_said() {
    let world = World::new();
    let input = world.place.path().join("second");
    demo_files(&input, &[(Sample::MrSlice, 1)]);
    let mut second = Deid::new(&input, &world.deid.place);
    second
        .more
        .extend(["--review".to_owned(), world.place.path().join("r2").display().to_string()]);
    assert_eq!(second.run().code, Some(0));
    let key = key_file(world.place.path(), 1);
    let first = world.review();
    let ran =
        world.verify(&["--review", first.to_str().unwrap(), "--key-file", key.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    let words = "strings of the subjects of 1 files of batches that the review does not know";
    assert!(ran.out.contains(words), "{}", ran.out);
    // A file that changed since may have told other names.
    let slice = tree(&world.deid.input).into_keys().next().unwrap();
    fs::remove_file(world.deid.input.join(slice)).unwrap();
    let ran = world.verify(&[]);
    assert!(ran.out.contains("strings of 1 input files that are gone"), "{}", ran.out);
}

#[test]
fn a_review_that_is_open_elsewhere_is_said_or_refused() {
    let world = World::new();
    let _open = ReviewStore::open(&world.review()).unwrap();
    let ran = world.verify(&[]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert!(
        ran.out.contains("not checked: strings of the subjects: the review is open"),
        "{}",
        ran.out
    );
    let review = world.review();
    let ran = world.verify(&["--review", review.to_str().unwrap()]);
    assert_eq!(ran.code, Some(2), "{}", ran.out);
    assert!(Path::new(&world.deid.output).exists());
}

#[test]
fn a_name_in_a_clinical_phrase_is_no_fault_where_the_profile_leaves_it() {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    fs::create_dir(&input).unwrap();
    let elements: Vec<Element> = [
        ((0x0008, 0x0016), "UI", "1.2.840.10008.5.1.4.1.1.7"),
        ((0x0008, 0x0018), "UI", "1.2.826.0.1.9.1"),
        ((0x0008, 0x0060), "CS", "OT"),
        ((0x0008, 0x1030), "LO", "Bishop score of 7"),
        ((0x0010, 0x0010), "PN", "Bishop^Quillfeather"),
        ((0x0010, 0x0020), "LO", "QF4711832"),
        ((0x0020, 0x000D), "UI", "1.2.826.0.1.9.2"),
        ((0x0020, 0x000E), "UI", "1.2.826.0.1.9.3"),
    ]
    .map(|(tag, vr, text)| Element { tag, vr, value: Value::Bytes(padded(vr, text.as_bytes())) })
    .into();
    fs::write(input.join("a.dcm"), PLAIN.file(&elements)).unwrap();
    let key = key_file(place.path(), 7);
    let key = key.to_str().unwrap();
    let (out, review) = (place.path().join("out"), place.path().join("out.veridact"));
    let (out, review) = (out.to_str().unwrap(), review.to_str().unwrap());
    let ran = |arguments: &[&str]| veridact(place.path(), arguments);
    let deid = ran(&[
        "deid",
        input.to_str().unwrap(),
        out,
        "--approve",
        "all",
        "--no-detect",
        "--profile",
        "tcia",
        "--key-file",
        key,
    ]);
    assert_eq!(deid.code, Some(0), "{}{}", deid.out, deid.err);
    let verified = ran(&["verify", out, "--review", review, "--key-file", key, "--json"]);
    assert_eq!(verified.json()["faults"].as_array().unwrap().len(), 0, "{}", verified.out);
    // Under another name for the rules nobody knows that the word may stay.
    let manifest = place.path().join("out/manifest.json");
    let written = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, written.replace("tcia ", "mine ")).unwrap();
    let verified = ran(&["verify", out, "--review", review, "--key-file", key, "--json"]);
    assert_eq!(verified.json()["faults"].as_array().unwrap().len(), 1, "{}", verified.out);
}

#[test]
fn the_log_is_checked_against_what_was_given_away() {
    let world = World::new();
    let (review, output) = (world.review(), world.deid.output.clone());
    let (review, output) = (review.to_str().unwrap(), output.to_str().unwrap());
    let audit = |more: &[&str]| veridact(world.place.path(), &[&["audit"], more].concat());
    let report = fs::read(world.deid.output.join("report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    let head = report["audit_head"].as_str().unwrap();
    let whole = audit(&["check", review, "--export", output, "--head", head]);
    assert_eq!(whole.code, Some(0), "{}{}", whole.out, whole.err);
    assert_eq!(whole.out.matches("holds: ").count(), 4, "{}", whole.out);
    assert!(!whole.out.contains("not checked"), "{}", whole.out);
    let without = audit(&["check", review]);
    assert!(without.out.contains("not checked: that no entry is missing"), "{}", without.out);

    let shown = audit(&["show", review]);
    assert!(shown.out.contains("3 instances released"), "{}", shown.out);
    let everything = [whole.out, shown.out].concat();
    assert!(!everything.contains(JANES_ID) && !everything.to_lowercase().contains("jane"));

    // The end is cut: the chain holds, the head does not.
    let database = Path::new(review).join("review.db");
    let cut = "DROP TRIGGER events_no_delete;
        DELETE FROM events WHERE seq = (SELECT max(seq) FROM events);";
    let connection = rusqlite::Connection::open(&database).unwrap();
    connection.execute_batch(cut).unwrap();
    connection.close().unwrap();
    assert_eq!(audit(&["check", review]).code, Some(0));
    let cut = audit(&["check", review, "--export", output]);
    assert_eq!(cut.code, Some(1), "{}", cut.out);
    assert_eq!(cut.out.matches("FAULT: ").count(), 2, "{}", cut.out);
    assert_eq!(audit(&["check", review, "--head", head]).code, Some(1));
    assert_eq!(audit(&["check", review, "--head", "soon"]).code, Some(2));
    assert_eq!(audit(&["check", output]).code, Some(2));
}

#[test]
fn a_list_of_names_is_enough_to_find_a_leak_and_never_says_more_than_it_knows() {
    let world = World::new();
    let folder = world.place.path();
    let list = folder.join("names.csv");
    let with = |text: &str| {
        fs::write(&list, text).unwrap();
        let output = world.deid.output.to_str().unwrap();
        let arguments = ["verify", output, "--identifiers", list.to_str().unwrap()];
        // Far from the review: it lies beside the export.
        let away = folder.join("away.veridact");
        fs::rename(world.review(), &away).unwrap();
        let ran = veridact(folder, &arguments);
        fs::rename(&away, world.review()).unwrap();
        ran
    };
    let clean = with("kind,value\nname,Jane Marguerite Roe\npatient-id,48211907\n");
    assert_eq!(clean.code, Some(0), "{}", clean.out);
    assert!(clean.out.contains("2 strings of the list that was given: looked for"));
    world.plant(JANES_ID);
    let found = with(&format!("kind,value\nid,{JANES_ID}\n"));
    assert_eq!(found.code, Some(1), "{}", found.out);
    assert!(!found.out.contains(JANES_ID), "the value itself is not shown");
    let other = with("kind,value\nid,77120345\n");
    assert_eq!(other.code, Some(0), "what is not on the list is not looked for: {}", other.out);
    for (text, why) in [
        ("kind,value\nhair,red\n", "line 2: the kind is not known"),
        ("kind,value\ndate,3.4.1961\n", "line 2: a date must be YYYYMMDD"),
        ("kind,value\nname,\n", "line 2: there is no value"),
    ] {
        let refused = with(text);
        assert_eq!(refused.code, Some(2));
        assert!(refused.err.contains(why), "{}", refused.err);
    }
}
