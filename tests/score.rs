//! The ten checks, on files and answers made here; and over the identified sets, where they are.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde_json::{Value as Json, json};
use veridact::score::{
    AnswerKey, BoxReader, CheckAction, Crosswalk, Grouping, Illegible, Line, PixelBox, Scorecard,
    Scorer,
};

use crate::common::r#gen::{Element, Item, PLAIN, Value};
use crate::common::run::{Deid, veridact};
use crate::common::{files, shared};

/// Reads the same in every box, or nothing at all.
struct Reads(Option<&'static str>);

impl BoxReader for Reads {
    fn read(&self, _: &Path, _: PixelBox) -> Result<String, Illegible> {
        self.0.map(str::to_owned).ok_or(Illegible)
    }
}

fn element(tag: (u16, u16), vr: &'static str, text: &str) -> Element {
    Element { tag, vr, value: Value::Bytes(text.as_bytes().to_vec()) }
}

/// What a tool made of instance `number`.
fn output(number: u32, more: Vec<Element>) -> Vec<u8> {
    let mut elements = vec![
        element((0x0008, 0x0018), "UI", &format!("2.25.9{number}")),
        element((0x0008, 0x0060), "CS", "CT"),
        element((0x0010, 0x0020), "LO", "NEW"),
    ];
    elements.extend(more);
    elements.sort_by_key(|element| element.tag);
    PLAIN.file(&elements)
}

fn check(action: &str, place: &str, value: Json, text: Json) -> Json {
    json!({
        "scope": "<Instance>", "tag": place, "tag_ds": place, "tag_name": "<a name>", "value": value,
        "action": format!("<{action}>"), "action_text": text, "answer_category": [],
        "answer_category_v2": {
            "hipaa": { "z": "HIPAA-A", "m": "" }, "dicom": { "p15": "", "iod": "DICOM-IOD-1", "safe": "" },
            "tcia": { "ptkb": "", "p15": "TCIA-P15-DESC-C", "rev": "" }, "prev_cat": "",
        },
    })
}

/// A folder with an answer key, crosswalks and an output.
struct Place(tempfile::TempDir);

impl Place {
    fn new(answers: &[(&str, &str, Vec<Json>)], outputs: &[(&str, Vec<u8>)]) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        let database = Connection::open(place.path("key.db")).unwrap();
        database
            .execute_batch(
                "CREATE TABLE answer_data (\"index\" INTEGER, Modality TEXT, SOPClassUID TEXT, \
                 PatientID INTEGER, StudyInstanceUID TEXT, SeriesInstanceUID TEXT, \
                 SOPInstanceUID TEXT, AnswerData TEXT)",
            )
            .unwrap();
        for (instance, series, checks) in answers {
            let data: serde_json::Map<String, Json> = checks
                .iter()
                .enumerate()
                .map(|(at, check)| (at.to_string(), check.clone()))
                .collect();
            let data = serde_json::to_string(&data).unwrap();
            database
                .execute(
                    "INSERT INTO answer_data VALUES (0, 'CT', '1', 4711, '1.9', ?1, ?2, ?3)",
                    (series, instance, data),
                )
                .unwrap();
        }
        fs::create_dir(place.path("out")).unwrap();
        for (name, bytes) in outputs {
            fs::write(place.path("out").join(name), bytes).unwrap();
        }
        let uids = "id_old,id_new\n1.2.1,2.25.91\n1.2.2,2.25.92\n1.2.3,2.25.93\n1.7,2.25.7\n";
        fs::write(place.path("uids.csv"), uids).unwrap();
        fs::write(place.path("patients.csv"), "id_old,id_new\n4711,NEW\n").unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn score(&self, reader: &dyn BoxReader, grouping: Grouping) -> Scorecard {
        let key = AnswerKey::read(&self.path("key.db")).unwrap();
        let map = |name| Crosswalk::read(&self.path(name)).unwrap();
        let scorer = Scorer::new(key, map("uids.csv"), map("patients.csv"));
        let out = self.path("out");
        let scored = files(&out)
            .iter()
            .map(|path| scorer.file(&out, path.strip_prefix(&out).unwrap(), reader).unwrap())
            .collect();
        Scorecard::of(&scorer, scored, grouping)
    }
}

const PASS: Line = Line { pass: 1, fail: 0, blank: 0 };
const FAIL: Line = Line { pass: 0, fail: 1, blank: 0 };
const BLANK: Line = Line { pass: 0, fail: 0, blank: 1 };

/// The mark of one check on one file with these elements.
fn marked(checked: Json, more: Vec<Element>, reader: &dyn BoxReader) -> Line {
    let place = Place::new(&[("1.2.1", "1.5", vec![checked])], &[("a.dcm", output(1, more))]);
    place.score(reader, Grouping::Instances).total
}

#[test]
fn each_action_passes_fails_and_is_left_blank_as_the_validator_does() {
    let (none, text) = (Json::Null, |text: &str| Json::from(format!("<{text}>")));
    let there = |vr, value: &str| vec![element((0x0008, 0x103E), vr, value)];
    let at = "<(0008,103e)>";
    let cases = [
        // Presence: an empty attribute is there, but has no value.
        ("tag_retained", none.clone(), none.clone(), there("LO", ""), PASS),
        ("tag_retained", none.clone(), none.clone(), Vec::new(), FAIL),
        ("text_notnull", none.clone(), none.clone(), there("LO", "  "), FAIL),
        ("text_notnull", none.clone(), none.clone(), there("LO", "x"), PASS),
        ("text_notnull", none.clone(), none.clone(), Vec::new(), FAIL),
        // Texts.
        ("text_retained", none.clone(), text("chest"), there("LO", "CT Chest"), PASS),
        ("text_retained", none.clone(), text("chest"), there("LO", ""), FAIL),
        ("text_retained", none.clone(), text("chest"), Vec::new(), FAIL),
        ("text_retained", none.clone(), none.clone(), there("LO", "x"), BLANK),
        ("text_removed", none.clone(), text("Jane Doe"), there("LO", "CT chest"), PASS),
        ("text_removed", none.clone(), text("Jane Doe"), there("LO", "for Doe"), FAIL),
        ("text_removed", none.clone(), text("for"), there("LO", "chest"), BLANK),
        ("text_removed", none.clone(), text("for"), Vec::new(), PASS),
        // Dates and UIDs: the old one is no part of the new one; nothing is fine.
        ("date_shifted", text("20200101"), none.clone(), there("LO", "20190505"), PASS),
        ("date_shifted", text("20200101"), none.clone(), there("LO", "20200101120000"), FAIL),
        ("date_shifted", text("20200101"), none.clone(), there("LO", ""), PASS),
        ("date_shifted", none.clone(), none.clone(), there("LO", "x"), BLANK),
        ("uid_changed", text("1.7"), none.clone(), there("LO", "2.25.7"), PASS),
        ("uid_changed", text("1.7"), none.clone(), there("LO", "1.7.8"), FAIL),
        ("uid_consistent", text("1.7"), none.clone(), there("LO", "2.25.7"), PASS),
        ("uid_consistent", text("1.7"), none.clone(), there("LO", "2.25.8"), FAIL),
        ("uid_consistent", text("1.8"), none.clone(), there("LO", "2.25.8"), FAIL),
        ("uid_consistent", text("1.7"), none.clone(), Vec::new(), PASS),
        ("patid_consistent", text("4711"), none.clone(), there("LO", "NEW"), PASS),
        ("patid_consistent", text("4711"), none.clone(), there("LO", "4711"), FAIL),
        ("patid_consistent", text("4711"), none.clone(), Vec::new(), PASS),
    ];
    for (action, value, answer, elements, expected) in cases {
        let asked = check(action, at, value, answer);
        let found = marked(asked.clone(), elements, &Reads(None));
        assert_eq!(found, expected, "{asked}");
    }
}

#[test]
fn pixels_are_compared_by_digest_and_hidden_text_by_what_is_read() {
    let pixels = || vec![element((0x7FE0, 0x0010), "OB", "1234")];
    let digest = |text: &str| check("pixels_retained", "", Json::Null, text.into());
    assert_eq!(marked(digest("<81dc9bdb52d04dc20036dbd8313ed055>"), pixels(), &Reads(None)), PASS);
    assert_eq!(marked(digest("<0>"), pixels(), &Reads(None)), FAIL);
    assert_eq!(marked(digest("<None>"), Vec::new(), &Reads(None)), PASS);

    let told = json!({ "text": "DOE JANE [F]\nDOB: 01.02.1960", "top_left": [1, 2], "bottom_right": [30, 40] });
    let hidden = check("pixels_hidden", "", Json::Null, format!("<{told}>").into());
    assert_eq!(marked(hidden.clone(), pixels(), &Reads(Some(""))), PASS);
    assert_eq!(marked(hidden.clone(), pixels(), &Reads(Some("chest"))), PASS);
    assert_eq!(marked(hidden.clone(), pixels(), &Reads(Some("jane"))), FAIL);
    // The label and the letter in brackets are not looked for.
    assert_eq!(marked(hidden.clone(), pixels(), &Reads(Some("DOB F"))), PASS);
    // What cannot be read counts nowhere.
    let nowhere = marked(hidden, pixels(), &Reads(None));
    assert_eq!(nowhere, Line::default());
}

#[test]
fn places_lead_into_sequences_and_private_blocks() {
    let item = Item { elements: vec![element((0x0008, 0x1155), "UI", "2.25.7")], defined: true };
    let sequence = Element {
        tag: (0x0008, 0x1140),
        vr: "SQ",
        value: Value::Items { items: vec![item], defined: false },
    };
    let private = || {
        vec![element((0x0009, 0x0011), "LO", "Acme"), element((0x0009, 0x1102), "LO", "kept words")]
    };
    let nested =
        check("uid_consistent", "<(0008,1140)>[<0000>]<(0008,1155)>", "<1.7>".into(), Json::Null);
    assert_eq!(marked(nested, vec![sequence], &Reads(None)), PASS);
    let kept = |place| check("text_retained", place, Json::Null, "<kept>".into());
    assert_eq!(marked(kept("<(0009,\"ACME\",02)>"), private(), &Reads(None)), PASS);
    assert_eq!(marked(kept("<(0009,1102)>"), private(), &Reads(None)), FAIL);
    let creator = check("tag_retained", "<(0009,0011)>", Json::Null, Json::Null);
    assert_eq!(marked(creator, private(), &Reads(None)), PASS);
}

#[test]
fn what_is_missing_fails_what_it_should_keep_and_passes_what_it_cannot_leak() {
    let (at, text) = ("<(0008,103e)>", Json::from("<x>"));
    let all: Vec<Json> = CheckAction::ALL
        .iter()
        .map(|action| check(action.as_str(), at, text.clone(), text.clone()))
        .collect();
    let place = Place::new(&[("1.2.1", "1.5", all)], &[]);
    let card = place.score(&Reads(None), Grouping::Instances);
    let passed: Vec<&str> =
        card.actions.iter().filter(|(_, line)| line.pass > 0).map(|(it, _)| it.as_str()).collect();
    assert_eq!(passed, ["text_removed", "date_shifted", "uid_changed", "pixels_hidden"]);
    assert_eq!((card.total.pass, card.total.fail, card.unseen.missing), (4, 6, 1));
}

#[test]
fn a_series_counts_once_with_its_worst_mark() {
    let wanted =
        |text: &str| vec![check("text_retained", "<(0008,103e)>", Json::Null, text.into())];
    let answers = [
        ("1.2.1", "1.5", wanted("<chest>")),
        ("1.2.2", "1.5", wanted("<chest>")),
        ("1.2.3", "1.6", wanted("<chest>")),
    ];
    let of = |number, text: &str| output(number, vec![element((0x0008, 0x103E), "LO", text)]);
    let outputs = [("a", of(1, "chest")), ("b", of(2, "")), ("c", of(3, "chest"))];
    let place = Place::new(&answers, &outputs);
    let by_instance = place.score(&Reads(None), Grouping::Instances);
    assert_eq!(by_instance.total, Line { pass: 2, fail: 1, blank: 0 });
    let by_series = place.score(&Reads(None), Grouping::Series);
    assert_eq!(by_series.total, Line { pass: 1, fail: 1, blank: 0 });
    assert_eq!(by_series.discrepancies.len(), 1);
    let rule = ("tcia", "TCIA-P15-DESC-C".to_owned());
    assert_eq!(by_series.categories[&rule], by_series.total);
}

#[test]
fn the_second_table_names_leaks_that_no_check_sees() {
    let asked = vec![
        check(
            "text_removed",
            "<(0010,0010)>",
            "<Quinby^Ottoline>".into(),
            "<Quinby Ottoline>".into(),
        ),
        check("text_retained", "<(0008,103e)>", Json::Null, "<chest thorax 12>".into()),
    ];
    let leaky = vec![
        element((0x0008, 0x103E), "LO", "chest"),
        element((0x0008, 0x1030), "LO", "for quinby"),
        element((0x0009, 0x0010), "LO", "ACME"),
        element((0x0009, 0x1001), "OB", "xxOttolineQuinby Ottoline"),
        element((0x0010, 0x0010), "PN", "NEW"),
    ];
    let place = Place::new(
        &[("1.2.1", "1.5", asked)],
        &[
            ("Ottoline.dcm", output(1, leaky)),
            ("b.dcm", output(9, Vec::new())),
            ("c", b"no".to_vec()),
        ],
    );
    let card = place.score(&Reads(None), Grouping::Instances);
    let unseen = &card.unseen;
    let found: Vec<_> = unseen.by_carrier().into_iter().collect();
    assert_eq!(found, [("attributes", 1), ("bytes", 2), ("file name", 1)]);
    assert_eq!((unseen.unmatched.len(), unseen.unreadable.len()), (1, 1));
    // Two clinical words were to be kept, the number is none; one is there.
    assert_eq!((unseen.words, unseen.words_kept), (2, 1));
    assert!(!format!("{card:?}").contains("Ottoline Quinby"));
}

#[test]
fn answers_that_are_not_answers_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.db");
    fs::write(&path, "no database").unwrap();
    assert!(AnswerKey::read(&path).is_err());
    let place = Place::new(&[("1.2.1", "1.5", vec![json!({ "action": "<jump>" })])], &[]);
    let error = AnswerKey::read(&place.path("key.db")).unwrap_err();
    assert_eq!(error.to_string(), "row 1 of the answers cannot be understood");
}

#[test]
fn the_command_prints_both_tables() {
    let asked = vec![check("text_retained", "<(0008,103e)>", Json::Null, "<chest>".into())];
    let made = output(1, vec![element((0x0008, 0x103E), "LO", "CT chest")]);
    let place = Place::new(&[("1.2.1", "1.5", asked)], &[("a.dcm", made)]);
    let path = |name: &str| place.path(name).to_string_lossy().into_owned();
    let arguments = [
        "score",
        "--answers",
        &path("key.db"),
        "--output",
        &path("out"),
        "--uid-map",
        &path("uids.csv"),
        "--patid-map",
        &path("patients.csv"),
    ]
    .map(str::to_owned);
    let ran = veridact(place.0.path(), &arguments);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(
        ran.out.contains("text_retained                    1         0         0  100.000 %"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("What the answers cannot see"));
    let mut as_json = arguments.to_vec();
    as_json.push("--json".into());
    let ran = veridact(place.0.path(), &as_json);
    assert_eq!(ran.json()["actions"]["text_retained"]["pass"], 1);
    fs::remove_file(place.path("uids.csv")).unwrap();
    assert_eq!(veridact(place.0.path(), &arguments).code, Some(2));
}

/// Exports an identified set and scores it, by instance and by series.
fn scored(set: &Path, profile: &str) -> [Json; 2] {
    let place = tempfile::tempdir().unwrap();
    let maps = place.path().join("maps");
    let mut more = vec!["--no-detect", "--profile", profile, "--maps", maps.to_str().unwrap()];
    if profile == "midi-b" {
        more.extend(["--acknowledge", "benchmark"]);
    }
    let deid = Deid::new(&set.join("input"), place.path()).with(&more);
    let ran = deid.run();
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let path = |path: PathBuf| path.to_string_lossy().into_owned();
    let arguments = [
        "score".into(),
        "--json".into(),
        "--no-detect".into(),
        "--answers".into(),
        path(set.join("answer.db")),
        "--output".into(),
        path(deid.output.clone()),
        "--uid-map".into(),
        path(maps.join("uid_mapping.csv")),
        "--patid-map".into(),
        path(maps.join("patid_mapping.csv")),
    ];
    let by_series = arguments.iter().cloned().chain(["--series".into()]).collect::<Vec<_>>();
    [veridact(place.path(), &arguments).json(), veridact(place.path(), &by_series).json()]
}

/// What docs/midi-b.md says; pixels are not looked for here.
#[test]
fn with_the_profile_of_the_benchmark_every_check_passes_that_is_not_of_pixels() {
    for set in ["set11", "set12"] {
        let Some(folder) = shared(&format!("midi/{set}")) else { return };
        for card in scored(&folder, "midi-b") {
            println!("{set}: {} actions {}", card["without_pixels"], card["actions"]);
            assert_eq!(card["without_pixels"]["fail"], 0);
            assert_eq!(card["without_pixels"]["blank"], 0);
            assert_eq!(card["unseen"]["leaks"].as_array().unwrap().len(), 0);
            assert_eq!(card["unseen"]["missing"], 0);
        }
    }
}

#[test]
fn with_the_profile_for_research_nothing_leaks_and_texts_survive() {
    for set in ["set11", "set12"] {
        let Some(folder) = shared(&format!("midi/{set}")) else { return };
        let [card, _] = scored(&folder, "research");
        println!("{set}: {} actions {}", card["without_pixels"], card["actions"]);
        assert_eq!(card["unseen"]["leaks"].as_array().unwrap().len(), 0);
        for action in ["text_removed", "date_shifted", "uid_changed", "uid_consistent"] {
            assert_eq!(card["actions"][action]["percent"], 100.0, "{action}");
        }
        let kept = |what: &str| card["unseen"][what].as_f64().unwrap();
        assert!(kept("clinical_words_kept") >= 0.99 * kept("clinical_words"));
        assert!(card["actions"]["text_retained"]["percent"].as_f64().unwrap() >= 99.0);
    }
}
