//! Walks over the real thing: worker processes, a review on disk, an export into a folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{Key, Modifiers, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use veridact::demo::{FileTruth, Sample};
use veridact::detect::TextDetector;
use veridact::engine::key::ProjectKey;
use veridact::jobs::worker::{Lane, WorkerOptions, WorkerPool};
use veridact::jobs::{Session, SessionOptions};
use veridact::model::{FoldKind, InstanceUid, Region, SeriesUid};
use veridact::profile::Profile;
use veridact::review::{FindingState, ScopeLevel, Screen, SeriesState};
use veridact::ui::App;

use super::Desk;
use super::world::TestPicker;
use crate::common::checker::values;
use crate::common::people::{Person, write_people};
use crate::common::run::{demo_files, key_file, published, veridact};

/// Where a walk takes place.
struct Place {
    folder: tempfile::TempDir,
    truths: Vec<FileTruth>,
}

impl Place {
    fn new(samples: &[(Sample, u16)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let truths = demo_files(&folder.path().join("in"), samples);
        Self { folder, truths }
    }

    fn of_people(people: &[Person]) -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap(), truths: Vec::new() };
        write_people(&place.input(), people);
        place
    }

    fn input(&self) -> PathBuf {
        self.folder.path().join("in")
    }

    fn output(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    /// Opens a window on it, with a new session.
    fn window(&self, profile: &str, detect: bool) -> Desk {
        let mut pool = WorkerOptions::new(env!("CARGO_BIN_EXE_veridact"));
        pool.count = 2;
        let options = SessionOptions {
            profile: Profile::load(profile).unwrap(),
            key: ProjectKey::from_bytes([7; 32]),
            pool: WorkerPool::new(pool),
            reader: "curator".into(),
            review: None,
            news: None,
            detect,
            device_rules: veridact::devices::DeviceRules::default(),
            folds: true,
            threads: 2,
        };
        let (input, output) = (self.input(), self.output());
        let size = vec2(1440.0, 900.0);
        // The invented people have names in many scripts, for which tests have no fonts.
        let builder = Harness::builder().with_size(size).allow_missing_glyphs();
        let harness = builder.build_eframe(move |creation| {
            let backend = Box::new(Session::new(options, Arc::new(|| {})));
            let picker = Box::new(TestPicker(Some(output), false));
            App::new(&creation.egui_ctx, backend, picker, Some(&input))
        });
        let mut desk = Desk { harness };
        desk.until("the folder is read", |desk| {
            desk.has_review() && desk.is_read() && (!detect || desk.is_searched())
        });
        // From the wall to the first series.
        desk.press(Key::F2);
        desk
    }
}

impl Desk {
    fn has_review(&self) -> bool {
        self.harness.state().review().is_some()
    }

    /// Whether all dictionaries are complete: then every series knows what a verdict rests on.
    fn is_read(&self) -> bool {
        let review = self.review();
        let mut series = review.outline().series().peekable();
        series.peek().is_some()
            && series.all(|(uid, _)| {
                review.summary(uid).is_some_and(|it| it.fingerprint.is_some() && !it.provisional)
            })
    }

    /// Whether every image was looked at, as far as the detector looks at all.
    fn is_searched(&self) -> bool {
        let review = self.review();
        let outline = review.outline();
        let entries = outline.series().flat_map(|(uid, _)| outline.members(uid));
        entries
            .filter(|entry| entry.has_pixels())
            .all(|entry| !review.findings_of(&entry.instance).is_empty())
    }

    /// The only series of a modality.
    fn series(&self, modality: &str) -> SeriesUid {
        let mut found = self.review().outline().series().filter(|(_, it)| it.modality == modality);
        let (uid, _) = found.next().unwrap();
        assert!(found.next().is_none());
        uid.clone()
    }

    /// Clicks a series of the outline and waits for its picture.
    fn show(&mut self, modality: &str) {
        let wanted = self.series(modality);
        let part = format!(", {modality} ");
        self.harness.get_by_label_contains(&part).click();
        self.settle();
        self.until("the series is shown", |desk| {
            let selection = desk.review().selection();
            selection.series.as_ref() == Some(&wanted) && selection.painted
        });
    }

    fn shown(&self) -> (InstanceUid, u32) {
        let selection = self.review().selection();
        (selection.instance.clone().unwrap(), selection.frame)
    }

    fn size(&self) -> (u32, u32) {
        self.review().outline().instance(&self.shown().0).unwrap().image_size.unwrap()
    }

    /// Waits until all that was decided is on disk.
    fn saved(&mut self) {
        self.until("it is on disk", |desk| desk.review().pending_count() == 0);
    }

    /// Presses a key and waits until what it decided is on disk.
    fn decide(&mut self, held: Modifiers, key: Key) {
        self.press_with(held, key);
        self.saved();
    }

    fn masks(&self) -> Vec<Region> {
        let (instance, frame) = self.shown();
        let rows = self.review().mask_rows(&instance, frame);
        rows.iter().filter(|row| row.applies).map(|row| row.region).collect()
    }

    fn findings(&self) -> Vec<(String, FindingState)> {
        let (instance, frame) = self.shown();
        let rows = self.review().finding_rows(&instance, frame);
        rows.into_iter().map(|row| (row.text.into_inner(), row.state)).collect()
    }

    /// Types into the search of the diff: rows outside what is on the screen are not there.
    fn seek(&mut self, text: &str) {
        if self.harness.get_by_label("Search attributes").value().is_some_and(|it| !it.is_empty()) {
            self.click("Clear search");
        }
        self.write("Search attributes", text);
        // The keys belong to the image again.
        self.press(Key::Escape);
    }

    /// Chooses an override of an attribute: scope, then what to do.
    fn over(&mut self, path: &str, scope: &str, action: &str) {
        self.seek(path);
        self.click(&format!("Actions for {path}"));
        self.click(&format!("For the {scope}"));
        self.click(action);
        self.saved();
    }

    /// Answers every finding of the series shown, looks at every frame, and stops before the
    /// verdict.
    fn finish(&mut self, answer: (Modifiers, Key)) {
        for _step in 0..200 {
            let series = self.review().selection().series.clone().unwrap();
            let summary = self.review().summary(&series).unwrap();
            if summary.open_items().is_empty() {
                return;
            }
            let open = self.findings().iter().any(|(_, state)| *state == FindingState::Open);
            if open {
                self.decide(answer.0, answer.1);
            } else {
                self.press(Key::Space);
            }
            self.until("the frame is shown", |desk| desk.review().selection().painted);
        }
        panic!("the series is never finished");
    }
}

/// The files of an export by modality.
fn exported(folder: &Path) -> BTreeMap<String, Vec<PathBuf>> {
    let mut found: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for path in crate::common::files(folder) {
        if path.extension().is_some_and(|end| end == "dcm") {
            let modality = text_of(&path, "(0008,0060)").unwrap();
            found.entry(modality).or_default().push(path);
        }
    }
    found
}

/// The value of an attribute of a file, read by the checker; `None` where it is not there.
fn text_of(path: &Path, attribute: &str) -> Option<String> {
    let found = values(&fs::read(path).unwrap()).unwrap();
    let value = found.into_iter().find(|value| value.path == attribute)?;
    Some(String::from_utf8_lossy(&value.bytes).trim_end_matches([' ', '\0']).to_owned())
}

/// The different pixels of a region of the first frame.
fn pixels(path: &Path, region: Region) -> std::collections::BTreeSet<Vec<u8>> {
    let pool = WorkerPool::new(WorkerOptions::new(env!("CARGO_BIN_EXE_veridact")));
    let frame = pool.samples(Lane::Batch, path, 0).unwrap();
    let width = (frame.samples_per_pixel * frame.bytes_per_sample) as usize;
    let all: Vec<&[u8]> = frame.bytes.chunks_exact(width).collect();
    let mut found = std::collections::BTreeSet::new();
    for y in region.y0..region.y1 {
        for x in region.x0..region.x1 {
            found.insert(all[(y * frame.columns + x) as usize].to_vec());
        }
    }
    found
}

const CHEST: (Sample, u16) = (Sample::Chest, 1);

#[test]
fn a_batch_goes_the_whole_way_and_comes_out_as_decided() {
    if TextDetector::embedded().is_err() {
        return println!("skipped: no weights");
    }
    let place = Place::new(&[
        CHEST,
        (Sample::CtSlice, 1),
        (Sample::CtSlice, 2),
        (Sample::CineRgb, 1),
        (Sample::Report, 1),
    ]);
    fs::write(place.input().join("notes.txt"), "not an image").unwrap();
    let mut desk = place.window("research", true);
    assert!(desk.has("Problem: notes.txt: not a DICOM file"));

    // Boxes with what was read, and the diff of that instance.
    desk.show("CR");
    let read: Vec<String> = desk.findings().into_iter().map(|(text, _)| text).collect();
    assert!(read.iter().any(|text| text.contains("YAMADA")), "{read:?}");
    assert!(desk.has_part("YAMADA"));
    desk.seek("PatientName");
    desk.until("the diff is there", |desk| desk.has("(0010,0010) PatientName, changed"));

    // A mask is drawn, moved, resized, nudged, deleted; each step goes back and forth.
    let size = desk.size();
    desk.press(Key::M);
    desk.drag(desk.at((300, 300), size), desk.at((400, 360), size));
    desk.saved();
    let drawn = desk.masks()[0];
    assert!(drawn.x0.abs_diff(300) <= 2 && drawn.y1.abs_diff(360) <= 2, "{drawn:?}");
    desk.press(Key::Escape);
    desk.drag(desk.at((350, 330), size), desk.at((370, 350), size));
    desk.saved();
    let moved = desk.masks()[0];
    assert!(moved.x0.abs_diff(drawn.x0 + 20) <= 2, "{moved:?}");
    assert_eq!((moved.width(), moved.height()), (drawn.width(), drawn.height()));
    desk.drag(desk.at((moved.x1, moved.y1), size), desk.at((moved.x1 + 40, moved.y1 + 30), size));
    desk.saved();
    let resized = desk.masks()[0];
    assert_eq!((resized.x0, resized.y0), (moved.x0, moved.y0));
    assert!(resized.x1.abs_diff(moved.x1 + 40) <= 2, "{resized:?}");
    desk.decide(Modifiers::NONE, Key::Delete);
    assert_eq!(desk.masks(), []);
    desk.decide(Modifiers::COMMAND, Key::Z);
    assert_eq!(desk.masks(), [resized]);
    desk.decide(Modifiers::COMMAND, Key::Z);
    assert_eq!(desk.masks(), [moved]);
    desk.decide(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!(desk.masks(), [resized]);

    // One found box becomes a mask, the laterality mark is kept, the rest is masked.
    desk.press(Key::Escape);
    desk.press(Key::Tab);
    let keep = desk.findings().iter().position(|(text, _)| text.trim().len() == 1);
    for (number, answer) in [(keep.unwrap_or(0), Key::N), (1, Key::Y)] {
        desk.click(&format!(
            "{} finding {}",
            if answer == Key::N { "Keep" } else { "Mask" },
            number + 1
        ));
        desk.saved();
    }
    desk.finish((Modifiers::NONE, Key::A));
    let states: Vec<FindingState> = desk.findings().iter().map(|(_, state)| *state).collect();
    assert!(states.contains(&FindingState::Kept) && states.contains(&FindingState::Masked));

    // Attributes are overridden for the instance, the series and the batch.
    desk.over("(0010,0040)", "instance", "Empty the value");
    desk.over("(0008,0070)", "batch", "Remove the attribute");
    desk.seek("(0008,103E)");
    desk.click("Actions for (0008,103E)");
    desk.click("For the series");
    desk.click("Replace with…");
    desk.write("Replacement value", "CHEST PA");
    desk.click("Replace");
    desk.saved();
    desk.seek("(0010,0040)");
    desk.until("the diff shows it", |desk| desk.has("(0010,0040) PatientSex, removed"));

    // Approved by key, the slices too; the cine is held, the report rejected.
    let (chest, slices) = (desk.series("CR"), desk.series("CT"));
    desk.decide(Modifiers::NONE, Key::P);
    assert_eq!(desk.review().series_state(&chest), SeriesState::Approved);
    desk.show("CT");
    desk.finish((Modifiers::SHIFT, Key::A));
    desk.decide(Modifiers::NONE, Key::P);
    assert_eq!(desk.review().series_state(&slices), SeriesState::Approved);
    desk.show("US");
    desk.press(Key::H);
    desk.click("Needs a second reader");
    desk.saved();
    desk.show("SR");
    desk.press(Key::X);
    desk.click("Not part of the study");
    desk.saved();

    export(&mut desk, &place);
    outcomes(&mut desk, &place);
    output(&place, &[resized]);
}

/// Through the gate, into a new folder.
fn export(desk: &mut Desk, place: &Place) {
    desk.press_with(Modifiers::COMMAND, Key::E);
    assert_eq!(desk.review().view().screen, Screen::Gate);
    desk.click("Choose destination…");
    desk.until("the destination is looked at", |desk| desk.has("New or empty"));
    desk.click("Export approved series");
    desk.until("the export is through", |desk| desk.review().view().screen == Screen::Report);
    assert!(place.output().join("report.html").exists());
}

/// Every file of the input is listed with how it ended, and why.
fn outcomes(desk: &mut Desk, place: &Place) {
    let mut wanted = vec![("problem", "notes.txt", "not a DICOM file")];
    wanted.extend(place.truths.iter().map(|truth| match truth.modality.as_str() {
        "US" => ("held", truth.file.as_str(), "held by a reviewer: Needs a second reader"),
        "SR" => ("rejected", truth.file.as_str(), "Not part of the study"),
        _ => ("released", truth.file.as_str(), ""),
    }));
    for (outcome, path, why) in &wanted {
        let part = format!(", {outcome}, {path}, {why}");
        assert!(desk.has_part(&part), "{part}");
    }
    assert!(desk.has_part(&format!("{} files in all", wanted.len())));
}

fn output(place: &Place, masks: &[Region]) {
    let ran = veridact(place.folder.path(), &["verify".as_ref(), place.output().as_os_str()]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    let found = exported(&place.output());
    let kinds: Vec<(&str, usize)> = found.iter().map(|(it, files)| (&**it, files.len())).collect();
    assert_eq!(kinds, [("CR", 1), ("CT", 2)], "what was held or rejected is not there");
    let chest = &found["CR"][0];
    for region in masks {
        let inside = pixels(chest, *region);
        assert_eq!(inside.len(), 1, "uniform");
        assert!(inside.iter().all(|pixel| pixel.iter().all(|byte| *byte == 0)), "black");
    }
    let beside = Region { x0: masks[0].x1 + 2, x1: masks[0].x1 + 60, ..masks[0] };
    assert!(pixels(chest, beside).len() > 1, "what lies beside is as it was");
    assert_eq!(text_of(chest, "(0010,0040)").as_deref(), Some(""), "emptied for the instance");
    assert_eq!(text_of(chest, "(0008,103E)").as_deref(), Some("CHEST PA"), "for the series");
    for path in found.values().flatten() {
        assert_eq!(text_of(path, "(0008,0070)"), None, "removed for the batch");
    }
    for slice in &found["CT"] {
        assert_eq!(text_of(slice, "(0010,0040)").as_deref(), Some("F"), "of another instance");
        assert_ne!(text_of(slice, "(0008,103E)").as_deref(), Some("CHEST PA"));
    }
}

#[test]
fn a_closed_window_finds_everything_again() {
    let place = Place::new(&[CHEST, (Sample::CineRgb, 1)]);
    let mut desk = place.window("research", true);
    desk.show("US");
    // A mask of the series that one frame is taken out of.
    let size = desk.size();
    desk.press(Key::M);
    desk.drag(desk.at((60, 60), size), desk.at((200, 120), size));
    desk.saved();
    desk.press(Key::Escape);
    desk.press(Key::ArrowDown);
    desk.until("the second frame is shown", |desk| {
        desk.shown().1 == 1 && desk.review().selection().painted
    });
    desk.click("Take out of mask 1");
    desk.click("Not on this frame");
    desk.saved();
    assert_eq!(desk.masks(), []);
    desk.press(Key::ArrowUp);
    desk.until("the first frame is shown", |desk| desk.shown().1 == 0);
    let mask = desk.masks();
    assert_eq!(mask.len(), 1);
    desk.show("CR");
    let findings = desk.findings();
    if !findings.is_empty() {
        desk.press(Key::Tab);
        desk.decide(Modifiers::NONE, Key::N);
    }
    let answered = desk.findings();
    desk.over("(0010,0040)", "batch", "Remove the attribute");
    desk.press(Key::H);
    desk.click("Waits for the sender");
    desk.saved();
    let held = SeriesState::Held { reason: "Waits for the sender".into() };
    let chest = desk.series("CR");
    assert_eq!(desk.review().series_state(&chest), held);
    drop(desk);

    let mut desk = place.window("research", true);
    assert_eq!(desk.review().series_state(&chest), held, "the verdict");
    assert!(desk.has_part(", held"));
    desk.show("US");
    assert_eq!(desk.masks(), mask, "the mask");
    desk.press(Key::ArrowDown);
    desk.until("the second frame is shown", |desk| desk.shown().1 == 1);
    assert_eq!(desk.masks(), [], "its exception");
    desk.show("CR");
    assert_eq!(desk.findings(), answered, "findings, and what was kept");
    desk.seek("(0010,0040)");
    desk.until("the diff shows the override", |desk| desk.has("(0010,0040) PatientSex, removed"));
    assert!(
        desk.review().decisions().overrides_for(desk.lies().unwrap(), &desk.shown().0).len() == 1
    );
    // Undo goes on where the last window ended.
    desk.decide(Modifiers::COMMAND, Key::Z);
    assert_eq!(desk.review().series_state(&chest), SeriesState::Undecided);
    desk.decide(Modifiers::COMMAND, Key::Z);
    assert!(
        desk.review().decisions().overrides_for(desk.lies().unwrap(), &desk.shown().0).is_empty()
    );
    desk.decide(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert!(
        !desk.review().decisions().overrides_for(desk.lies().unwrap(), &desk.shown().0).is_empty()
    );
}

#[test]
fn what_changes_under_a_verdict_makes_it_stale_and_keeps_it_back() {
    let place = Place::new(&[(Sample::CtSlice, 1), (Sample::CtSlice, 2), (Sample::Report, 1)]);
    let approve = |desk: &mut Desk, modality: &str| {
        desk.show(modality);
        desk.decide(Modifiers::NONE, Key::P);
    };
    let mut desk = place.window("research", false);
    desk.show("CT");
    desk.press(Key::ArrowDown);
    desk.until("the second slice is shown", |desk| desk.review().selection().painted);
    approve(&mut desk, "CT");
    approve(&mut desk, "SR");
    let (slices, report) = (desk.series("CT"), desk.series("SR"));
    for series in [&slices, &report] {
        assert_eq!(desk.review().series_state(series), SeriesState::Approved);
    }
    drop(desk);

    // Another profile: both.
    let desk = place.window("basic", false);
    for series in [&slices, &report] {
        assert!(matches!(desk.review().series_state(series), SeriesState::Stale { .. }));
    }
    assert_eq!(desk.harness.query_all_by_label_contains(", stale").count(), 2, "visibly");
    drop(desk);

    // The old profile again, and another file: its series only.
    let slice = crate::common::files(&place.input());
    let slice = slice.iter().find(|path| path.to_string_lossy().contains("IM0002")).unwrap();
    let mut bytes = fs::read(slice).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(slice, bytes).unwrap();
    let mut desk = place.window("research", false);
    assert!(matches!(desk.review().series_state(&slices), SeriesState::Stale { .. }));
    assert_eq!(desk.review().series_state(&report), SeriesState::Approved);
    desk.show("CT");
    assert!(desk.has_part("something it rested on changed"));
    desk.press_with(Modifiers::COMMAND, Key::E);
    assert!(desk.has_part("its verdict is stale"));
    export(&mut desk, &place);
    assert_eq!(desk.harness.query_all_by_label_contains("the approval is stale").count(), 2);
    let found = exported(&place.output());
    assert_eq!(found.keys().collect::<Vec<_>>(), ["SR"]);

    // A second export into the same folder asks to be confirmed by name.
    desk.press_with(Modifiers::COMMAND, Key::E);
    desk.until("the destination is looked at", |desk| {
        desk.has_part("It holds an export of 1 file")
    });
    assert!(desk.has("Type the name of the destination first"));
    desk.write("Name of the destination", "out");
    desk.click("Export approved series");
    desk.until("the export is through", |desk| desk.review().view().screen == Screen::Report);
    assert_eq!(desk.review().selection().level, ScopeLevel::Series);
}

/// Approves every series; none of them has an image.
fn approve_all(desk: &mut Desk) {
    approve_all_but(desk, None);
}

/// Approves every series but one; none of them has an image.
fn approve_all_but(desk: &mut Desk, other: Option<&SeriesUid>) {
    let mut series: Vec<SeriesUid> =
        desk.review().outline().series().map(|(uid, _)| uid.clone()).collect();
    desk.press(Key::F2);
    for number in 1..=series.len() {
        if series.get(number - 1) == other {
            continue;
        }
        desk.harness.get_by_label_contains(&format!("Series {number}, ")).click();
        desk.settle();
        desk.until("the metadata are shown", |desk| desk.review().selection().painted);
        desk.decide(Modifiers::NONE, Key::P);
    }
    series.retain(|uid| Some(uid) != other);
    let approved = |uid| desk.review().series_state(uid) == SeriesState::Approved;
    assert!(series.iter().all(approved));
}

/// Patient ID of every exported file, sorted.
fn exported_ids(place: &Place) -> Vec<String> {
    let found = exported(&place.output());
    let files = found.values().flatten();
    let mut ids: Vec<String> = files.map(|path| text_of(path, "(0010,0020)").unwrap()).collect();
    ids.sort();
    ids
}

#[test]
fn whose_files_these_are_is_answered_taken_back_found_again_and_exported() {
    let place = Place::of_people(&[
        ("QX1", "", "DOE^JANE", "19700102"),
        ("QX1", "", "ROE^JOHN", "19810203"),
        ("QX2", "", "POE^ANN", "19920304"),
        ("QX3", "", "POE^ANN", "19920304"),
    ]);
    let mut desk = place.window("research", false);
    desk.until("the questions are asked", |desk| desk.has("Identity (1 open)"));
    approve_all(&mut desk);
    assert_eq!(desk.review().approved().len(), 2, "two wait for an answer");
    export(&mut desk, &place);
    let held = "held, 0.dcm, identity conflict: one patient ID with two names";
    assert!(desk.has_part(held));
    assert_eq!(exported_ids(&place).len(), 2);

    // From the file that was held to its question.
    desk.harness.get_by_label_contains(held).click();
    desk.settle();
    desk.click("Go to the question of reason 1");
    desk.click("Two people: Files are told apart by name and birth date");
    desk.until("it is answered", |desk| desk.has_part("Answered: two people"));
    assert_eq!(desk.review().approved().len(), 4);
    assert!(desk.has("DOE^JANE · QX1 · 19700102") && desk.has("ROE^JOHN · QX1 · 19810203"));
    desk.shot("real-split");
    desk.decide(Modifiers::COMMAND, Key::Z);
    desk.until("it is open again", |desk| desk.has("Identity (1 open)"));
    assert_eq!(desk.review().approved().len(), 2);
    desk.decide(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    desk.until("it is answered again", |desk| desk.has_part("Answered: two people"));
    desk.press(Key::ArrowDown);
    desk.click("One person: One pseudonym for all these IDs");
    desk.until("both are answered", |desk| desk.has_part("Answered: one person"));
    assert!(desk.has("POE^ANN · QX2 + QX3 · 19920304"));
    drop(desk);

    let mut desk = place.window("research", false);
    desk.until("the questions are there", |desk| desk.has("Identity (2)"));
    assert_eq!(desk.review().approved().len(), 4, "answers and verdicts are there");
    desk.press_with(Modifiers::COMMAND, Key::E);
    desk.click("Choose destination…");
    desk.until("the destination is looked at", |desk| desk.has_part("It holds an export"));
    desk.write("Name of the destination", "out");
    desk.click("Export approved series");
    desk.until("the export is through", |desk| desk.review().view().screen == Screen::Report);
    let ids = exported_ids(&place);
    assert_eq!(ids.len(), 4);
    let different: std::collections::BTreeSet<&String> = ids.iter().collect();
    assert_eq!(different.len(), 3, "two people under one ID, and one under two");
}

#[test]
fn the_gate_holds_the_command_line_as_it_holds_the_window() {
    let place = Place::new(&[(Sample::Report, 1), (Sample::CtSlice, 1)]);
    let site = place.folder.path().join("site.toml");
    let text = "format = 1\nname = \"site\"\nextends = \"research\"\ngate = [\"decided\"]\n";
    fs::write(&site, text).unwrap();
    let site = site.to_str().unwrap();
    let mut desk = place.window(site, false);
    desk.until("the folder is read", Desk::is_read);
    desk.show("SR");
    desk.finish((Modifiers::NONE, Key::A));
    desk.decide(Modifiers::NONE, Key::P);
    desk.press_with(Modifiers::COMMAND, Key::E);
    desk.click("Choose destination…");
    desk.until("the destination is looked at", |desk| desk.has("New or empty"));
    assert!(desk.has("Meet what the profile demands, or override it, first"));
    assert!(desk.has("1 series has no verdict"));
    desk.shot("demand");
    desk.click("Override… line 1");
    desk.write("Why this export may go all the same", "Mrs X waits for it");
    desk.shot("override");
    desk.click("Override once");
    desk.saved();
    desk.click("Export approved series");
    desk.until("the export is through", |desk| desk.review().view().screen == Screen::Report);
    drop(desk);
    let report = || {
        let text = fs::read_to_string(place.output().join("report.json")).unwrap();
        serde_json::from_str::<serde_json::Value>(&text).unwrap()
    };
    assert_eq!(report()["overridden"], serde_json::json!(["decided"]));

    let folder = place.folder.path();
    let (input, output, key) = (place.input(), place.output(), key_file(folder, 7));
    let review = folder.join("in.veridact");
    let deid = |more: &[&str]| {
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        let mut arguments = vec!["deid".to_owned(), text(&input), text(&output)];
        let usual = ["--approve", "reviewed", "--no-detect", "--profile", site, "--review"];
        arguments.extend(usual.map(str::to_owned));
        arguments.extend([text(&review), "--key-file".to_owned(), text(&key)]);
        arguments.extend(more.iter().map(|text| (*text).to_owned()));
        veridact(folder, &arguments)
    };
    let refused = deid(&[]);
    assert_eq!(refused.code, Some(2), "{}", refused.out);
    assert!(refused.err.contains("the gate stays shut: 1 series has no verdict (decided)"));
    assert_eq!(deid(&["--override", "decided="]).code, Some(2), "a reason is needed");
    assert_eq!(deid(&["--override", "soon=now"]).code, Some(2), "there is no such demand");
    let went = deid(&["--override", "decided=Mrs X waits for it"]);
    assert_eq!(went.code, Some(1), "{}", went.err);
    assert_eq!(report()["overridden"], serde_json::json!(["decided"]));
    assert_eq!(exported(&place.output()).len(), 1, "the approved series and nothing else");
    for (path, bytes) in crate::common::run::tree(&place.output()) {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("Mrs X"), "{}", path.display());
    }
    let shown = veridact(folder, &["audit", "show", review.to_str().unwrap()]);
    assert_eq!(shown.out.matches("demand of the gate: decided").count(), 2, "{}", shown.out);
    assert!(!shown.out.contains("Mrs X"));
}

#[test]
fn a_sample_is_drawn_judged_and_signed_for_before_the_export() {
    let place = Place::new(&[(Sample::CtSlice, 1), (Sample::CtSlice, 2), (Sample::CtSlice, 3)]);
    let site = place.folder.path().join("site.toml");
    let text = "format = 1\nname = \"site\"\nextends = \"research\"\nsample-size = 1\n\
                gate = [\"sample\", \"signed\"]\n";
    fs::write(&site, text).unwrap();
    let mut desk = place.window(site.to_str().unwrap(), false);
    desk.until("the folder is read", Desk::is_read);
    desk.show("CT");
    desk.decide(Modifiers::NONE, Key::P);
    desk.press_with(Modifiers::COMMAND, Key::E);
    assert!(desk.has_part("2 frames wait for a sample without a leak"));
    desk.shot("sample-asked");
    desk.click("Draw a sample, line 1");
    desk.until("it is drawn", |desk| desk.has_part("0 of 1 judged"));
    assert!(desk.has_part("Sample of 2 frames"));
    desk.click("Next frame of the sample, line 1");
    desk.until("it is shown", |desk| desk.review().selection().painted);
    assert!(desk.review().is_sampled());
    desk.shot("sampled");
    desk.click("Nothing");
    desk.saved();
    desk.press_with(Modifiers::COMMAND, Key::E);
    assert!(desk.has_part("1 of 1 judged, 0 leaks; with 95 % confidence at most 95.0 %"));
    desk.click("Choose destination…");
    desk.until("the destination is looked at", |desk| desk.has("New or empty"));
    desk.click("Sign, line 1");
    desk.saved();
    desk.shot("signed");
    desk.click("Export approved series");
    desk.until("the export is through", |desk| desk.review().view().screen == Screen::Report);
    let text = fs::read_to_string(place.output().join("report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    let assured = report["assurances"].as_array().unwrap();
    assert!(assured[0].as_str().unwrap().starts_with("1 of 2 frames that nobody had looked at"));
    assert!(assured[1].as_str().unwrap().contains("signed for in entry"));
}

#[test]
fn a_batch_comes_out_alike_from_window_command_line_parts_and_interrupted_runs() {
    let place = Place::of_people(&[
        ("QF48101", "", "DOE^JANE", "19700102"),
        ("QF48111", "", "ROE^JOHN", "19810203"),
        ("QF48121", "", "POE^ANN", "19920304"),
        ("QF48131", "", "LOW^MARK", "19630405"),
        ("QF48141", "", "HAY^ROSE", "19740506"),
        ("QF48151", "", "FIN^HUGO", "19850607"),
        ("QF48161", "", "ASH^IRIS", "19960708"),
        ("QF48171", "", "OAK^PAUL", "19570809"),
        ("QF48181", "", "ELM^DORA", "19680910"),
    ]);
    fs::write(place.input().join("note.txt"), "no instance").unwrap();
    // Two slices with a mask.
    demo_files(&place.input(), &[(Sample::CtSlice, 1), (Sample::CtSlice, 2)]);
    let mut desk = place.window("research", false);
    desk.until("the folder is read", Desk::is_read);
    let slices = desk.series("CT");
    approve_all_but(&mut desk, Some(&slices));
    desk.press(Key::F2);
    desk.show("CT");
    let size = desk.size();
    desk.press(Key::M);
    desk.drag(desk.at((60, 60), size), desk.at((200, 120), size));
    desk.saved();
    assert_eq!(desk.masks().len(), 1);
    desk.press(Key::Escape);
    desk.decide(Modifiers::NONE, Key::P);
    export(&mut desk, &place);
    drop(desk);
    let by_window = published(&place.output());
    assert_eq!(by_window.len(), 9 + 2 + 1, "{:?}", by_window.keys());

    let folder = place.folder.path();
    let key = key_file(folder, 7);
    let start = |name: &str, output: &str, more: &[&str]| {
        // Each run has the review to itself.
        let review = folder.join(format!("{name}.veridact"));
        if !review.exists() {
            fs::create_dir(&review).unwrap();
            for (path, bytes) in crate::common::run::tree(&folder.join("in.veridact")) {
                fs::create_dir_all(review.join(&path).parent().unwrap()).unwrap();
                fs::write(review.join(path), bytes).unwrap();
            }
        }
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_veridact"));
        command.arg("deid").args([place.input(), folder.join(output)]);
        command.args(["--approve", "reviewed", "--no-detect", "--json", "--review"]).arg(review);
        command.arg("--key-file").arg(&key).args(more).env("HOME", folder);
        command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::piped());
        command.stderr(std::process::Stdio::piped()).spawn().unwrap()
    };
    let ended = |child: std::process::Child| {
        let done = child.wait_with_output().unwrap();
        let err = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(1), "the note is a problem: {err}");
        serde_json::from_slice::<serde_json::Value>(&done.stdout).unwrap()
    };
    ended(start("whole", "by-command", &["--acknowledge", "faces"]));
    assert!(published(&folder.join("by-command")) == by_window, "the command line differs");

    // All at once, into one folder.
    let parts = ["1/4", "2/4", "3/4", "4/4"];
    let running: Vec<_> = parts
        .iter()
        .map(|part| {
            let name = part.replace('/', "-of-");
            start(&name, "by-parts", &["--acknowledge", "faces", "--shard", part])
        })
        .collect();
    let mut released = Vec::new();
    for (part, child) in parts.iter().zip(running) {
        let done = child.wait_with_output().unwrap();
        let err = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(matches!(done.status.code(), Some(0 | 1)), "{part}: {err}");
        let told: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
        released.push(told["tally"]["released"].as_u64().unwrap());
    }
    assert_eq!(released.iter().sum::<u64>(), 11, "{released:?}");
    assert!(released.iter().filter(|count| **count > 0).count() > 1, "{released:?}");
    let by_parts = folder.join("by-parts");
    assert!(published(&by_parts) == by_window, "the parts differ");
    let mut files = 0;
    for number in 1..=4 {
        let report = fs::read(by_parts.join(format!("report-{number}-of-4.json"))).unwrap();
        let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
        assert_eq!(report["part"], serde_json::json!([number, 4]));
        files += report["tally"]["files"].as_u64().unwrap();
        let review = folder.join(format!("{number}-of-4.veridact"));
        let arguments: [&std::ffi::OsStr; 5] = [
            "audit".as_ref(),
            "check".as_ref(),
            review.as_ref(),
            "--export".as_ref(),
            by_parts.as_ref(),
        ];
        let checked = veridact(folder, &arguments);
        assert_eq!(checked.code, Some(0), "{}{}", checked.out, checked.err);
    }
    assert_eq!(files, 12, "every file is in the report of one part");
    let checked = veridact(folder, &["verify".as_ref(), by_parts.as_os_str()]);
    assert_eq!(checked.code, Some(0), "{}", checked.out);
    // One run for all takes the place of the parts.
    ended(start("whole", "by-parts", &["--acknowledge", "faces"]));
    assert!(published(&by_parts) == by_window && by_parts.join("report.html").exists());
    assert!(!by_parts.join("report-1-of-4.html").exists());

    // Killed again and again, at other moments, and taken up.
    for pause in [40, 90, 160, 250, 400] {
        let mut child = start("killed", "interrupted", &["--acknowledge", "faces"]);
        std::thread::sleep(std::time::Duration::from_millis(pause));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    ended(start("killed", "interrupted", &["--acknowledge", "faces"]));
    assert!(published(&folder.join("interrupted")) == by_window, "a resumed run differs");
}

#[test]
fn stacks_are_folded_by_the_workers_and_kept_with_the_review() {
    let place = Place::new(&[
        (Sample::CtSlice, 1),
        (Sample::CtSlice, 2),
        (Sample::CtSlice, 3),
        (Sample::Chest, 1),
    ]);
    let mut desk = place.window("research", false);
    desk.show("CT");
    desk.press(Key::V);
    desk.until("the projection is painted", |desk| {
        desk.review().folds_seen().contains(&FoldKind::Max)
    });
    desk.shot("real-fold");
    desk.press(Key::F5);
    desk.until("the wall has its groups", |desk| desk.has_part("look-alike groups"));
    desk.shot("real-wall");
    drop(desk);
    let kept = place.folder.path().join("in.veridact/projections");
    let names = || -> Vec<PathBuf> {
        let all = fs::read_dir(&kept).unwrap().map(|it| it.unwrap().path());
        all.filter(|path| path.extension().is_none()).collect()
    };
    let before = names();
    assert!(!before.is_empty());
    // Found again, and not made anew.
    let mut desk = place.window("research", false);
    desk.show("CT");
    assert!(desk.review().folds_seen().contains(&FoldKind::Max));
    desk.press(Key::V);
    desk.until("the projection is painted", |desk| desk.review().selection().painted);
    drop(desk);
    let after = names();
    assert!(before.iter().all(|name| after.contains(name)));
}
