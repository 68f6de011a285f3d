//! The report, through the binary: what it counts, what it shows, and that it names nobody.

mod page;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use dicom_dictionary_std::tags;
use jiff::Timestamp;
use serde_json::Value as Json;
use veridact::demo::Sample;
use veridact::export::{GroupRow, Report, RuleRow, StudyLine, Tally};
use veridact::index::Batch;
use veridact::model::{Decision, InstanceUid, Mask, MaskId, Region, Scope, SeriesUid, Tag, VR};
use veridact::store::{EventBody, NewEvent, ReviewStore};

use crate::common::checker::{Value, values};
use crate::common::run::{Deid, demo_files, key_file, veridact};
use crate::hidden;
use crate::pixels::fixture::Image;
use crate::report::page::{faults, figures};

const FILM: (&str, &str) = ("1.2.840.10008.5.1.4.1.1.3.1", "US");
const CAPTURE: (&str, &str) = ("1.2.840.10008.5.1.4.1.1.7", "OT");
const PHOTOGRAPH: (&str, &str) = ("1.2.840.10008.5.1.4.1.1.77.1.4", "XC");

/// Strings of the input that may stand nowhere in a report.
const PHI: [&str; 10] = [
    "adeline",
    "martin",
    "am-24711",
    "19740210",
    "1974-02-10",
    "20190311",
    "2019-03-11",
    "2.25.710",
    "2.25.700",
    "quillfeather",
];

/// An image of Adeline Martin; `number` tells series, study and instance.
fn image((class, modality): (&str, &str), number: [u32; 3], mut image: Image) -> Image {
    let [study, series, instance] = number;
    let mut put = |tag: Tag, vr, text: &str| image.extra.push((tag, vr, text.into()));
    put(tags::SOP_CLASS_UID, VR::UI, class);
    put(tags::SOP_INSTANCE_UID, VR::UI, &format!("2.25.7100{instance}"));
    put(tags::STUDY_INSTANCE_UID, VR::UI, &format!("2.25.7002{study}"));
    put(tags::SERIES_INSTANCE_UID, VR::UI, &format!("2.25.7003{series}"));
    put(tags::MODALITY, VR::CS, modality);
    put(tags::IMAGE_TYPE, VR::CS, "ORIGINAL\\PRIMARY");
    put(tags::PATIENT_NAME, VR::PN, "Martin^Adeline");
    put(tags::PATIENT_ID, VR::LO, "AM-24711");
    put(tags::PATIENT_BIRTH_DATE, VR::DA, "19740210");
    put(tags::STUDY_DATE, VR::DA, "20190311");
    put(tags::INSTITUTION_NAME, VR::LO, "Martin Clinic");
    put(tags::WINDOW_CENTER, VR::DS, "128");
    put(tags::WINDOW_WIDTH, VR::DS, "256");
    image
}

fn sized(photometric: &'static str, samples: u16, size: (u16, u16), frames: u32) -> Image {
    let mut image = Image::new(photometric, samples, 8);
    (image.size, image.frames) = (size, frames);
    // Rows and columns that can be told apart, and no two frames alike.
    image.cells = (0..image.count() as u64).map(|at| 30 + (at * 7 + at / 97) % 200).collect();
    image
}

fn images() -> [(&'static str, Image); 4] {
    let colour = || sized("RGB", 3, (48, 64), 1);
    [
        ("film", image(FILM, [1, 1, 1], sized("MONOCHROME2", 1, (360, 480), 3))),
        ("one", image(CAPTURE, [2, 2, 2], colour())),
        ("two", image(CAPTURE, [2, 2, 3], colour())),
        ("photo", image(PHOTOGRAPH, [2, 3, 4], colour())),
    ]
}

/// A mask over a series, or over one frame of an instance.
fn mask(id: u64, region: [u32; 4], image_size: (u32, u32), scope: Scope) -> Decision {
    let [x0, y0, x1, y1] = region;
    let (id, region) = (MaskId(id), Region { x0, y0, x1, y1 });
    Decision::AddMask(Mask { id, region, image_size, scope, exceptions: Vec::new() })
}

fn masks() -> Vec<Decision> {
    let series = |number: u32| Scope::Series(SeriesUid::new(&format!("2.25.7003{number}")));
    let last = Scope::Frame(InstanceUid::new("2.25.71001"), 2);
    vec![
        mask(1, [60, 30, 200, 60], (480, 360), series(1)),
        mask(2, [10, 300, 470, 350], (480, 360), last),
        mask(3, [8, 8, 40, 20], (64, 48), series(2)),
        mask(4, [0, 0, 64, 24], (64, 48), series(3)),
    ]
}

fn append(review: &Path, decisions: Vec<Decision>) {
    let mut store = ReviewStore::open(review).unwrap();
    let body = EventBody::decided(decisions);
    let event = NewEvent { ticket: 0, reader: "reader".into(), body };
    store.append(&event, Timestamp::UNIX_EPOCH).unwrap();
    store.close().unwrap();
}

/// The three forms of a report, without the head of the log.
struct Forms {
    page: String,
    json: Json,
    table: String,
}

impl Forms {
    fn of(output: &Path) -> Self {
        let read = |name: &str| fs::read_to_string(output.join(name)).unwrap();
        let mut json: Json = serde_json::from_str(&read("report.json")).unwrap();
        let head = json["audit_head"].as_str().unwrap().to_owned();
        json["audit_head"] = Json::Null;
        let page = read("report.html");
        assert_eq!(page.matches(&head).count(), 1);
        Self { page: page.replace(&head, ""), json, table: read("report.csv") }
    }

    /// Everything but the pictures, in small letters.
    fn words(&self) -> String {
        let mut parts = self.page.split("data:image/png;base64,");
        let first = parts.next().unwrap().to_owned();
        let page = parts.fold(first, |page, part| page + part.split_once('"').unwrap().1);
        format!("{page}{}{}", self.json, self.table).to_lowercase()
    }

    fn is_about_nobody(&self) {
        let words = self.words();
        for phi in PHI {
            assert!(!words.contains(phi), "{phi}");
        }
    }
}

/// The released files by the UID that they have their name of.
fn released(output: &Path) -> BTreeMap<String, Vec<Value>> {
    let files = crate::common::files(output).into_iter();
    let files = files.filter(|path| path.extension().is_some_and(|end| end == "dcm"));
    let stem = |path: &PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    files.map(|path| (stem(&path), values(&fs::read(path).unwrap()).unwrap())).collect()
}

fn text(values: &[Value], path: &str) -> String {
    let found = values.iter().find(|value| value.path == path);
    let text = found.map(|value| String::from_utf8(value.bytes.clone()).unwrap());
    text.unwrap_or_default().trim_matches([' ', '\0']).to_owned()
}

/// The decoded picture of a figure: columns, rows, channels, samples.
fn decoded(png: &[u8]) -> (usize, usize, usize, Vec<u8>) {
    let picture = image::load_from_memory_with_format(png, image::ImageFormat::Png).unwrap();
    let channels = usize::from(picture.color().channel_count());
    (picture.width() as usize, picture.height() as usize, channels, picture.into_bytes())
}

/// Compares a picture with a released frame of `size`: each of its pixels lies between the least and the
/// greatest of those it stands for, and where all of these were painted over, it is as they are.
fn is_the_released_frame(png: &[u8], samples: &[u8], (columns, rows): (usize, usize)) {
    let (width, height, channels, drawn) = decoded(png);
    assert!(width.max(height) <= 192 && width * rows == height * columns, "{width} × {height}");
    for y in 0..height {
        for x in 0..width {
            let part = |at: usize, of: usize, all: usize| at * all / of..(at + 1) * all / of;
            for channel in 0..channels {
                let down = part(y, height, rows);
                let there = down.flat_map(move |y| part(x, width, columns).map(move |x| (x, y)));
                let there: Vec<u8> =
                    there.map(|(x, y)| samples[(y * columns + x) * channels + channel]).collect();
                let (least, most) = (there.iter().min().unwrap(), there.iter().max().unwrap());
                let shown = drawn[(y * width + x) * channels + channel];
                assert!((*least..=*most).contains(&shown), "{x} {y}: {shown}, not {least}–{most}");
            }
        }
    }
}

#[test]
fn a_report_counts_shows_and_claims_what_was_released() {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    demo_files(&input, &[(Sample::CtSlice, 1), (Sample::CtSlice, 2), (Sample::Report, 1)]);
    for (name, image) in images() {
        fs::write(input.join(name), image.file()).unwrap();
    }
    fs::write(input.join("note of Adeline Martin.txt"), "no DICOM").unwrap();
    let deid = Deid::new(&input, &place.path().join("run")).with(&["--no-detect", "-j", "2"]);
    assert_eq!(deid.run().code, Some(1));
    let review = place.path().join("run/out.veridact");
    assert!(figures(&Forms::of(&deid.output).page).is_empty(), "nothing is masked yet");
    append(&review, masks());
    let ran = deid.run();
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert_eq!(ran.json()["tally"]["released"], 7, "{}", ran.out);

    let (forms, files) = (Forms::of(&deid.output), released(&deid.output));
    assert_eq!(faults(&forms.page), [""; 0]);
    assert!(forms.page.len() < 2_000_000);
    forms.is_about_nobody();
    pictures_are_released_pixels(&forms, &files);
    counts_add_up(&forms, &files);
    studies_say_what_their_files_say(&forms.json, &files);
    what_did_not_run_is_said(&forms.json);

    let once = deid.with(&["--no-detect", "-j", "1"]);
    assert_eq!(once.run().code, Some(1));
    let again = Forms::of(&once.output);
    assert!(again.page == forms.page && again.table == forms.table && again.json == forms.json);
    a_withdrawn_instance_is_not_shown(&once, &forms);
}

fn pictures_are_released_pixels(forms: &Forms, files: &BTreeMap<String, Vec<Value>>) {
    let figures = figures(&forms.page);
    let frames: Vec<_> = figures.iter().map(|figure| figure.frame).collect();
    // Two ways in which frames of the film are masked, two captures, and no photograph.
    assert_eq!(figures.len(), 4);
    assert_eq!(frames.iter().filter(|frame| **frame == 2).count(), 1, "{frames:?}");
    assert!(forms.page.contains("1 masked instance not shown here, as it may show a face"));
    for figure in &figures {
        let values = &files[&figure.instance];
        let pixels = &values.iter().find(|value| value.path == "(7FE0,0010)").unwrap().bytes;
        let is_film = text(values, "(0008,0060)") == "US";
        let size = if is_film { (480, 360) } else { (64, 48) };
        let length = size.0 * size.1 * if is_film { 1 } else { 3 };
        let samples = &pixels[length * figure.frame..][..length];
        let png = figure.png.as_ref().expect("a picture");
        is_the_released_frame(png, samples, size);
        let (width, height, channels, drawn) = decoded(png);
        let wanted: &[[u32; 4]] = match (is_film, figure.frame) {
            (true, 2) => &[[10, 300, 460, 50], [60, 30, 140, 30]],
            (true, _) => &[[60, 30, 140, 30]],
            (false, _) => &[[8, 8, 32, 12]],
        };
        let outlines: BTreeSet<_> = figure.outlines.iter().copied().collect();
        assert_eq!(outlines, wanted.iter().copied().collect());
        for [x, y, across, down] in outlines {
            // Inside of the outline nothing of the picture is left.
            let inside = |at: u32, length: u32, of: usize, all: usize| {
                (at as usize * of).div_ceil(all)..(at + length) as usize * of / all
            };
            let mut seen = BTreeSet::new();
            for y in inside(y, down, height, size.1) {
                for x in inside(x, across, width, size.0) {
                    seen.insert(drawn[(y * width + x) * channels..][..channels].to_vec());
                }
            }
            assert_eq!(seen.len(), 1, "a mask is not of one colour");
        }
        if !is_film {
            assert!(drawn == samples, "a small picture is shown as it is");
        }
    }
}

fn what_did_not_run_is_said(json: &Json) {
    let ran = |what: &str| {
        let steps = json["steps"].as_array().unwrap().iter();
        steps.filter(|step| step["what"] == what).map(|step| step["ran"].as_bool()).next().unwrap()
    };
    assert_eq!(ran("Search for text in pixels"), Some(false));
    assert_eq!(ran("Second look at what was painted over"), Some(false));
    assert_eq!(ran("Painting over"), Some(true));
    assert_eq!(ran("Review by a person"), Some(false));
    let has = |part: &str, line: &str| {
        let lines = json[part].as_array().unwrap();
        assert!(lines.iter().any(|it| it.as_str().unwrap().contains(line)), "{line} {lines:?}");
    };
    has("not_checked", "masked frames were not looked through for text again");
    has("risks", "No picture was searched for text");
    has("risks", "1 released instance may show a face");
    has("risks", "Dates are moved by one offset for each patient");
    has("to_do", "1 file could not be read");
    has("to_do", "8 frames that neither the detector nor a person looked at");
    has("to_do", "Nobody reviewed this export");
}

/// Rows of a table: part, what, count.
fn rows(table: &str) -> Vec<(String, String, u64)> {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    assert_eq!(reader.headers().unwrap(), vec!["part", "what", "count"]);
    let row = |row: csv::StringRecord| (row[0].into(), row[1].into(), row[2].parse().unwrap());
    reader.records().map(|found| row(found.unwrap())).collect()
}

fn counts_add_up(forms: &Forms, files: &BTreeMap<String, Vec<Value>>) {
    let (rows, json) = (rows(&forms.table), &forms.json);
    let sum = |part: &str| rows.iter().filter(|row| row.0 == part).map(|row| row.2).sum::<u64>();
    let tally = |name: &str| json["tally"][name].as_u64().unwrap();
    assert_eq!(sum("outcome"), tally("files"));
    assert_eq!(sum("cause"), tally("files") - tally("released"));
    assert_eq!(sum("modality"), tally("released"));
    assert_eq!(sum("group"), tally("files") - tally("problems"));
    assert_eq!(sum("study"), tally("released"));
    assert_eq!(sum("masked instances of series"), 4);
    assert_eq!(sum("frames"), 3 + 3 + 2, "each of them was looked at by nobody");
    assert_eq!(files.len() as u64, tally("released"));
    let groups = json["groups"].as_array().unwrap();
    let film = groups.iter().find(|group| group["masked"] == 1 && group["released"] == 1).unwrap();
    let name = film["name"].as_str().unwrap();
    assert_eq!(name, "US · Ultrasound Multi-frame Image Storage · 480 × 360 · several frames");
    // Each released instance got a new identity by one rule of the table.
    let rules = json["rules"].as_array().unwrap();
    let rule = |name: &str| rules.iter().find(|row| row["rule"] == name).expect(name);
    let identity = rule("E.1-1 (0008,0018)");
    assert_eq!(identity["instances"], 7);
    assert_eq!(identity["attributes"], 7);
    let marks = rule("marks what was done (PS3.15 E.1)");
    assert_eq!((&marks["layer"], &marks["instances"]), (&"standard".into(), &7.into()));
    let attributes: u64 = rules.iter().map(|row| row["attributes"].as_u64().unwrap()).sum();
    assert_eq!(sum("rule"), attributes);
    println!("{} rules decided {attributes} attributes in {} groups", rules.len(), groups.len());
}

fn studies_say_what_their_files_say(json: &Json, files: &BTreeMap<String, Vec<Value>>) {
    let lines = json["studies"].as_array().unwrap();
    let mut studies: BTreeMap<String, Vec<&Vec<Value>>> = BTreeMap::new();
    for values in files.values() {
        studies.entry(text(values, "(0020,000D)")).or_default().push(values);
    }
    assert_eq!(lines.len(), studies.len());
    let mut dangling = 0;
    for line in lines {
        let instances = &studies[line["study"].as_str().unwrap()];
        assert_eq!(line["instances"], instances.len());
        let mut codes: BTreeMap<String, usize> = BTreeMap::new();
        let (mut burned, mut temporal) = (BTreeMap::new(), BTreeMap::new());
        let mut gone = 0;
        for values in instances {
            assert_eq!(text(values, "(0012,0062)"), "YES");
            let is_code = |value: &&Value| {
                value.path.starts_with("(0012,0064)[") && value.path.ends_with("].(0008,0100)")
            };
            for value in values.iter().filter(is_code) {
                let code = String::from_utf8(value.bytes.clone()).unwrap();
                *codes.entry(code.trim().to_owned()).or_default() += 1;
            }
            let stated = Some(text(values, "(0028,0301)")).filter(|text| !text.is_empty());
            *burned.entry(stated.unwrap_or_else(|| "not there".into())).or_insert(0_usize) += 1;
            *temporal.entry(text(values, "(0028,0303)")).or_insert(0_usize) += 1;
            let refers = values.iter().filter(|value| value.path.ends_with("(0008,1155)"));
            let refers: BTreeSet<String> = refers
                .map(|value| String::from_utf8(value.bytes.clone()).unwrap())
                .map(|uid| uid.trim_matches(['\0', ' ']).to_owned())
                .collect();
            gone += refers.iter().filter(|uid| !files.contains_key(*uid)).count();
        }
        dangling += gone;
        assert_eq!(line["codes"], serde_json::json!(codes));
        assert_eq!(line["burned_in"], serde_json::json!(burned));
        assert_eq!(line["temporal"], serde_json::json!(temporal));
        assert_eq!(line["identity_removed"], instances.len());
        assert_eq!(line["dangling"], gone);
        assert_eq!(line["conforms"], true);
        let claim = line["claim"].as_str().unwrap();
        assert!(claim.starts_with("Conforms to the PS3.15 Basic Application Level"), "{claim}");
        // Nobody looked at pixels: that is not claimed, and the line says so.
        assert!(claim.contains("Clean Pixel Data is asked for by the profile"), "{claim}");
        assert!(!codes.contains_key("113101"));
    }
    assert_eq!(json["dangling_references"], dangling);
    assert!(dangling > 0, "the demo's report refers to what is not there");
}

fn a_withdrawn_instance_is_not_shown(deid: &Deid, forms: &Forms) {
    let gone = figures(&forms.page)[0].instance.clone();
    let all = crate::common::files(&deid.output);
    let file = all.iter().find(|path| path.ends_with(format!("{gone}.dcm"))).unwrap();
    let key = key_file(&deid.place, deid.key);
    let arguments = [
        "withdraw".as_ref(),
        deid.output.as_os_str(),
        "--key-file".as_ref(),
        key.as_os_str(),
        "--file".as_ref(),
        file.as_os_str(),
        "--reason".as_ref(),
        "other".as_ref(),
    ];
    let ran = veridact(&deid.place, &arguments);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let page = fs::read_to_string(deid.output.join("report.html")).unwrap();
    let left = figures(&page);
    assert!(!left.is_empty() && left.iter().all(|figure| figure.instance != gone));
    assert!(page.contains("Taken away with its instance"));
    assert_eq!(faults(&page), [""; 0]);
}

#[test]
fn an_accepted_finding_is_listed_with_a_reason_only_if_that_names_nobody() {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    let channel = || {
        use crate::common::r#gen::{Element, Item, Value};
        let bits = Element { tag: (0x5400, 0x1004), vr: "US", value: Value::Bytes(vec![8, 0]) };
        let items = vec![Item { elements: vec![bits], defined: true }];
        vec![Element {
            tag: (0x5400, 0x0100),
            vr: "SQ",
            value: Value::Items { items, defined: true },
        }]
    };
    for number in 0..4 {
        hidden::write(&input, number, "1.2.840.10008.5.1.4.1.1.9.4.1", channel());
    }
    let site = place.path().join("site.toml");
    let lines = "format = 1\nname = \"site\"\ntitle = \"For Ottoline\"\nextends = \"research\"\n\
        legal-basis-not-satisfied = [\"what Ottoline signed\", \"what the board <b>decided\"]\n\
        [[rule]]\ntag = \"(0010,0010)\"\naction = \"pseudonym\"\nwhy = \"Quillfeather asked for it\"\n\
        [[rule]]\ntag = \"(0010,0020)\"\naction = \"pseudonym\"\nwhy = \"the board asked for it\"\n";
    fs::write(&site, lines).unwrap();
    let deid = Deid::new(&input, &place.path().join("run"));
    let deid = deid.with(&["--no-detect", "--profile", site.to_str().unwrap()]);
    let ran = deid.run();
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert_eq!(ran.json()["tally"]["held"], 4);
    let batch = Batch::read(&input).unwrap();
    let reasons = [
        "a beep and no speech",
        "it is Ottoline's own beep",
        "told by Mr Grey",
        "a beep and no speech",
    ];
    let accept = batch.instances.values().zip(reasons).map(|(instance, reason)| {
        let (instance, place) = (instance.uid.clone(), "(5400,0100)".to_owned());
        Decision::AcceptResidual { instance, place, reason: reason.to_owned() }
    });
    append(&place.path().join("run/out.veridact"), accept.collect());
    let ran = deid.run();
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    let forms = Forms::of(&deid.output);
    let residuals = forms.json["residuals"].as_array().unwrap();
    let told: Vec<_> = residuals.iter().map(|row| (&row["reason"], &row["instances"])).collect();
    assert_eq!(residuals.len(), 2, "{residuals:?}");
    assert!(told.contains(&(&serde_json::json!({"told": "a beep and no speech"}), &2.into())));
    assert!(told.contains(&(&serde_json::json!("in_review"), &2.into())));
    assert_eq!(residuals[0]["place"], "(5400,0100)");
    assert!(forms.page.contains("it stands in the review"));
    assert!(forms.page.contains("what the board &lt;b&gt;decided"));
    let rules: Vec<_> =
        forms.json["rules"].as_array().unwrap().iter().map(|row| &row["rule"]).collect();
    assert!(rules.contains(&&"profile site: the board asked for it".into()), "{rules:?}");
    assert!(forms.page.contains("rules whose words hold a string of a subject"));
    let words = forms.words();
    for phi in ["ottoline", "quillfeather", "grey", "qf4711832"] {
        assert!(!words.contains(phi), "{phi}");
    }
    assert_eq!(faults(&forms.page), [""; 0]);
}

/// A report of nobody, as large as asked for.
fn made(studies: usize, word: &str) -> Report {
    let tally = Tally { files: studies, released: studies, ..Tally::default() };
    let study = |number: usize| StudyLine {
        study: format!("2.25.{number:039}"),
        series: 3,
        instances: 4,
        conforms: number != 7_777,
        claim: if number == 7_777 { "Does not conform.".into() } else { word.to_owned() },
        ..StudyLine::default()
    };
    let group = |number: usize| GroupRow {
        number,
        name: format!("{word} {number}"),
        tally: tally.clone(),
        masked: 0,
    };
    let rule = |number: usize| RuleRow {
        layer: "site",
        rule: format!("{word} {number}"),
        attributes: 5,
        instances: 3,
    };
    Report {
        studies: (0..studies).map(study).collect(),
        groups: (1..=studies.min(1_000)).map(group).collect(),
        rules: (0..studies.min(1_000)).map(rule).collect(),
        risks: vec![word.to_owned()],
        profile: word.to_owned(),
        causes: BTreeMap::from([(word.to_owned(), 1)]),
        tally,
        ..Report::default()
    }
}

#[test]
fn reports_of_nothing_and_of_ten_thousand_studies_are_whole_pages() {
    let empty = Report::default().to_html();
    assert_eq!(faults(&empty), [""; 0]);
    assert!(empty.contains("Nothing was released."));
    let word = "<img src=x> \"&' = - \u{1}\u{7f} ".to_owned() + &"Überlänge".repeat(60);
    let large = made(10_000, &word);
    let page = large.to_html();
    assert_eq!(faults(&page), [""; 0]);
    assert!(page.contains("9900 more studies stand in report.json."));
    assert!(page.contains("800 more rows stand in report.json."));
    assert!(page.contains("Does not conform."), "what does not conform is never left out");
    assert!(page.len() < 2_000_000, "{}", page.len());
    assert_eq!(rows(&large.to_csv()).iter().filter(|row| row.0 == "study").count(), 10_000);
}
