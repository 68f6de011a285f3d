//! The walks.

use egui::{Key, Modifiers, PointerButton};
use egui_kittest::kittest::Queryable;
use veridact::jobs::backend::{DestinationStanding, JobEvent, OutcomeRecord};
use veridact::model::{Cause, InstanceUid, Outcome, Phi, Region, SeriesUid};
use veridact::render::Rendering;
use veridact::review::{Effect, FindingState, GateDemand, ScopeLevel, Screen, SeriesState};

use super::world::{CT, NAME, READ, World};
use super::{Look, Walk};

fn first() -> InstanceUid {
    InstanceUid::new("1.1.1")
}

fn ct() -> SeriesUid {
    SeriesUid::new("s1")
}

#[test]
fn the_whole_way_from_open_to_export() {
    let mut walk = Walk::new(World::default(), Some("in"));
    // Boxes and diff are there.
    assert!(walk.has("Series 1, CT Axial 5 mm, undecided"));
    assert!(walk.has(&format!("Finding 1, {READ}, open")));
    assert!(walk.has("(0010,0010) PatientName, changed"));
    assert!(walk.has("(0008,0080) InstitutionName, removed"));
    assert!(walk.has("(0028,0010) Rows, kept"));
    assert!(walk.review().selection().painted, "the frame is on the screen");
    walk.shot("review");

    // A mask by drag.
    walk.press(Key::M);
    let (from, to) = (walk.at((60, 180), CT), walk.at((140, 220), CT));
    walk.drag(from, to);
    let rows = walk.review().mask_rows(&first(), 0);
    let near = |a: u32, b: u32| a.abs_diff(b) <= 1;
    let drawn = rows[0].region;
    assert_eq!(rows.len(), 1);
    assert!(near(drawn.x0, 60) && near(drawn.y0, 180) && near(drawn.x1, 140));
    assert!(!rows[0].pending, "it is on disk");

    // A finding answered.
    walk.press(Key::Escape);
    walk.press(Key::Tab);
    walk.press(Key::Y);
    let rows = walk.review().finding_rows(&first(), 0);
    assert_eq!(rows[0].state, FindingState::Masked);
    walk.shot("masked");

    // An attribute kept for the instance, and taken back by undo and redo.
    walk.click("Actions for (0010,0010)");
    walk.shot("menu");
    walk.click("For the instance");
    walk.click("Keep the value");
    assert!(walk.has("(0010,0010) PatientName, kept on purpose"));
    walk.press_with(Modifiers::COMMAND, Key::Z);
    assert!(walk.has("(0010,0010) PatientName, changed"));
    walk.press_with(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert!(walk.has("(0010,0010) PatientName, kept on purpose"));

    // Approved by key; the view goes on.
    walk.press(Key::P);
    assert_eq!(walk.review().series_state(&ct()), SeriesState::Approved);
    assert_ne!(walk.review().selection().series, Some(ct()), "the next series is shown");

    // The gate and the export.
    walk.press_with(Modifiers::COMMAND, Key::E);
    walk.click("Choose destination…");
    walk.shot("gate");
    walk.press(Key::P);
    let approved = walk.review().approved();
    assert_eq!(approved, [ct()], "nothing is approved behind the gate");
    walk.click("Export approved series");
    let world = walk.world.borrow();
    let asked = world.ran.iter().find_map(|effect| match effect {
        Effect::Export(request) => Some(request.clone()),
        _ => None,
    });
    drop(world);
    let asked = asked.expect("the export was asked for");
    assert_eq!(asked.destination, std::path::Path::new("chosen"));
    assert_eq!(asked.series, [ct()]);
    assert!(walk.has("Show released files"));
    assert!(walk.has_part("out/report.html"));
    walk.shot("report");
}

#[test]
fn the_start_says_what_to_do_and_opens_what_was_typed_chosen_or_refused() {
    let mut walk = Walk::new(World::default(), None);
    walk.shot("start");
    walk.write("Folder path", "missing");
    walk.click("Open path");
    assert!(walk.has("the folder cannot be read"));
    walk.click("Open folder…");
    assert!(walk.has("Series 1, CT Axial 5 mm, undecided"));
    assert_eq!(walk.world.borrow().opened.last().unwrap(), std::path::Path::new("chosen"));
}

#[test]
fn a_folder_without_instances_says_so_and_lists_its_problems() {
    let mut walk = Walk::new(World { empty: true, ..World::default() }, Some("in"));
    assert!(walk.has_part("No DICOM instance was found"));
    assert!(walk.has("Problem: in/readme.txt: not a DICOM file"));
    assert!(walk.has_part("in/damaged/0007.dcm"));
    walk.shot("empty");
}

#[test]
fn a_verdict_does_nothing_before_the_picture_is_on_the_screen() {
    let mut walk = Walk::new(World { holds_pictures: true, ..World::default() }, Some("in"));
    walk.press(Key::P);
    walk.press(Key::U);
    let appended = |walk: &Walk| {
        walk.world.borrow().ran.iter().filter(|it| matches!(it, Effect::Append(_))).count()
    };
    assert_eq!(appended(&walk), 0);
    assert_eq!(walk.review().series_state(&ct()), SeriesState::Undecided);
}

#[test]
fn what_cannot_be_shown_says_why_and_can_be_held_with_a_reason() {
    let mut walk = Walk::new(World { unpaintable: true, ..World::default() }, Some("in"));
    walk.shot("unpaintable");
    walk.press(Key::P);
    assert_eq!(walk.review().series_state(&ct()), SeriesState::Undecided);
    walk.press(Key::H);
    walk.shot("reason");
    walk.click("Needs a second reader");
    let reason = "Needs a second reader".to_owned();
    assert_eq!(walk.review().series_state(&ct()), SeriesState::Held { reason });
}

#[test]
fn what_could_not_be_saved_is_said_and_not_decided() {
    let mut walk = Walk::new(World { refuses: true, ..World::default() }, Some("in"));
    walk.press(Key::Tab);
    walk.press(Key::N);
    assert!(walk.has_part("Not saved, and so not decided"));
    assert_eq!(walk.review().finding_rows(&first(), 0)[0].state, FindingState::Open);
    walk.shot("not-saved");
}

#[test]
fn masks_are_moved_resized_nudged_and_deleted() {
    let mut walk = Walk::new(World::default(), Some("in"));
    walk.press(Key::M);
    let (from, to) = (walk.at((100, 100), CT), walk.at((140, 130), CT));
    walk.drag(from, to);
    walk.press(Key::Escape);
    let region = |walk: &Walk| walk.review().mask_rows(&first(), 0).first().map(|row| row.region);
    let drawn = region(&walk).unwrap();
    let (from, to) = (walk.at((120, 115), CT), walk.at((130, 125), CT));
    walk.drag(from, to);
    let moved = region(&walk).unwrap();
    assert_eq!((moved.x0, moved.y0), (drawn.x0 + 10, drawn.y0 + 10));
    assert_eq!((moved.width(), moved.height()), (drawn.width(), drawn.height()));
    walk.shot("handles");
    let (from, to) =
        (walk.at((moved.x1, moved.y1), CT), walk.at((moved.x1 + 20, moved.y1 + 8), CT));
    walk.drag(from, to);
    let resized = region(&walk).unwrap();
    assert_eq!((resized.x0, resized.y0), (moved.x0, moved.y0));
    assert!(resized.x1.abs_diff(moved.x1 + 20) <= 1 && resized.y1.abs_diff(moved.y1 + 8) <= 1);
    walk.press(Key::ArrowLeft);
    assert_eq!(region(&walk).unwrap().x0, resized.x0 - 1);
    walk.press(Key::Delete);
    assert_eq!(region(&walk), None);
    walk.press_with(Modifiers::COMMAND, Key::Z);
    assert!(region(&walk).is_some());
}

#[test]
fn wheel_and_keys_walk_frames_and_the_window_is_rendered_by_the_worker() {
    let mut walk = Walk::new(World::default(), Some("in"));
    walk.press(Key::ArrowDown);
    assert_eq!(walk.review().selection().instance, Some(InstanceUid::new("1.1.2")));
    walk.press(Key::ArrowRight);
    assert_eq!(walk.review().selection().series, Some(SeriesUid::new("s2")));
    walk.press(Key::End);
    assert_eq!(walk.review().selection().frame, 11);
    walk.shot("ultrasound");
    walk.press(Key::Num2);
    let last = walk.world.borrow().shows.last().cloned().unwrap();
    assert!(matches!(last.2, Rendering::Window(window) if window.center == -600.0));
    let middle = walk.at((320, 240), (640, 480));
    let event = |pressed: bool, pos| egui::Event::PointerButton {
        pos,
        button: PointerButton::Secondary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    walk.harness.hover_at(middle);
    walk.harness.step();
    walk.harness.event(event(true, middle));
    walk.harness.step();
    walk.harness.hover_at(middle + egui::vec2(60.0, 0.0));
    walk.harness.step();
    walk.harness.event(event(false, middle + egui::vec2(60.0, 0.0)));
    walk.settle();
    let last = walk.world.borrow().shows.last().cloned().unwrap();
    assert!(matches!(last.2, Rendering::Window(window) if window.width > 1500.0));
    assert_eq!(last.1, 11, "the frame stays");
}

#[test]
fn the_scope_is_changed_by_key_and_said_with_its_count() {
    let mut walk = Walk::new(World::default(), Some("in"));
    assert!(walk.has("touches 4 instances"));
    walk.press(Key::OpenBracket);
    assert_eq!(walk.review().selection().level, ScopeLevel::Instance);
    assert!(walk.has("touches 1 instance"));
    walk.click("Scope frame");
    walk.press(Key::Tab);
    walk.press(Key::N);
    assert_eq!(walk.review().finding_rows(&first(), 0)[0].state, FindingState::Kept);
}

#[test]
fn an_attribute_is_replaced_and_the_override_taken_back() {
    let mut walk = Walk::new(World::default(), Some("in"));
    walk.click("Actions for (0010,0010)");
    walk.click("Replace with…");
    walk.write("Replacement value", "NOBODY");
    walk.click("Replace");
    walk.shot("replaced");
    walk.click("Actions for (0010,0010)");
    walk.click("Take override back (series)");
    let decisions = walk.review().decisions();
    assert!(decisions.overrides_for(walk.lies().unwrap(), &first()).is_empty());
    walk.write("Search attributes", "hospital");
    assert!(walk.has("(0008,0080) InstitutionName, removed"));
    assert!(!walk.has("(0028,0010) Rows, kept"));
}

#[test]
fn an_instance_without_image_is_judged_by_its_metadata() {
    let mut walk = Walk::new(World::default(), Some("in"));
    walk.click("Series 3, SR Dose report, undecided");
    assert!(walk.review().selection().painted);
    walk.shot("no-image");
    walk.press(Key::P);
    assert_eq!(walk.review().series_state(&SeriesUid::new("s3")), SeriesState::Approved);
}

#[test]
fn an_export_can_be_cancelled() {
    let mut walk = Walk::new(World { holds_export: true, ..World::default() }, Some("in"));
    walk.click("Series 3, SR Dose report, undecided");
    walk.press(Key::P);
    walk.press_with(Modifiers::COMMAND, Key::E);
    walk.write("Destination folder", "out");
    walk.click("Export approved series");
    walk.shot("exporting");
    walk.click("Cancel export");
    assert!(walk.world.borrow().cancelled);
}

#[test]
fn long_names_stay_on_their_line() {
    let world = World { label: Some("Wörtlich ".repeat(56)), ..World::default() };
    let mut walk = Walk::new(world, Some("in"));
    let line = walk.harness.get_by_label_contains("Series 1, CT Wörtlich").rect();
    assert!(line.width() < 300.0 && line.height() < 30.0);
    walk.shot("long");
}

#[test]
fn light_theme_scaling_and_a_small_window_keep_everything_in_reach() {
    for (name, size, scale, theme) in [
        ("light", (1440.0, 900.0), 1.0, egui::Theme::Light),
        ("scaled", (1152.0, 720.0), 1.25, egui::Theme::Dark),
        ("small", (1000.0, 640.0), 1.0, egui::Theme::Dark),
    ] {
        let look = Look { size, scale, theme, ..Look::default() };
        let mut walk = Walk::with(World::default(), Some("in"), &look);
        let screen = egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(size.0, size.1));
        for label in ["Approve", "Undo", "Image", "Menu File", "Mask finding 1"] {
            let rect = walk.harness.get_by_label(label).rect();
            assert!(screen.expand(1.0).contains_rect(rect), "{name}: {label} {rect:?}");
        }
        walk.press(Key::F1);
        walk.shot(&format!("help-{name}"));
        walk.click("Close help");
        assert!(!walk.has("Close help"), "{name}: the sheet is put away");
        walk.shot(name);
    }
}

#[test]
fn masked_pixels_are_covered_until_the_masks_are_lifted() {
    let mut walk = Walk::new(World::default(), Some("in"));
    walk.press(Key::Tab);
    walk.press(Key::Y);
    let inside = Region { x0: NAME.x0 + 2, y0: NAME.y0 + 2, x1: NAME.x1 - 2, y1: NAME.y1 - 2 };
    let from = walk.at((inside.x0, inside.y0), CT);
    let to = walk.at((inside.x1, inside.y1), CT);
    let brightest = |walk: &mut Walk| {
        let image = walk.harness.render().unwrap();
        let mut most = 0;
        for y in from.y as u32..to.y as u32 {
            for x in from.x as u32..to.x as u32 {
                most = most.max(image.get_pixel(x, y).0[1]);
            }
        }
        most
    };
    assert!(brightest(&mut walk) < 120, "the bright text does not show through");
    walk.harness.key_down(Key::Backtick);
    walk.settle();
    assert!(brightest(&mut walk) > 240, "it shows while the key is held");
    walk.harness.key_up(Key::Backtick);
    walk.settle();
    assert!(brightest(&mut walk) < 120);
}

/// A folder that was let go over the window.
#[derive(Debug)]
struct Dropped(&'static str);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &std::path::Path {
        std::path::Path::new(self.0)
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("a folder".to_owned())
    }
}

#[test]
fn a_dropped_folder_is_opened_and_one_that_is_open_is_left_when_all_is_on_disk() {
    let mut walk = Walk::new(World::default(), None);
    for (dropped, opened) in [("first", 1), ("second", 2)] {
        walk.harness.input_mut().dropped_files = vec![std::sync::Arc::new(Dropped(dropped))];
        walk.settle();
        assert_eq!(walk.world.borrow().opened.len(), opened);
        assert_eq!(walk.world.borrow().opened.last().unwrap(), std::path::Path::new(dropped));
        assert!(walk.has(dropped), "the folder's name stands above");
        walk.press(Key::F2);
    }
    // What was seen in the first folder was written before it was left.
    let world = walk.world.borrow();
    assert!(world.ran.iter().any(|effect| matches!(effect, Effect::Append(_))));
}

#[test]
fn a_folder_that_cannot_be_opened_leaves_the_open_one_as_it_is() {
    let mut walk = Walk::new(World::default(), Some("in"));
    walk.harness.input_mut().dropped_files = vec![std::sync::Arc::new(Dropped("missing"))];
    walk.settle();
    assert!(walk.has_part("the folder cannot be read"));
    assert!(walk.has("Series 1, CT Axial 5 mm, undecided"));
}

/// Approves the report and goes to the gate.
fn at_the_gate(world: World) -> Walk {
    let mut walk = Walk::new(world, Some("in"));
    walk.click("Series 3, SR Dose report, undecided");
    walk.press(Key::P);
    walk.press_with(Modifiers::COMMAND, Key::E);
    walk.click("Choose destination…");
    walk
}

fn exports(walk: &Walk) -> Vec<veridact::review::ExportRequest> {
    let world = walk.world.borrow();
    let asked = world.ran.iter().filter_map(|effect| match effect {
        Effect::Export(request) => Some(request.clone()),
        _ => None,
    });
    asked.collect()
}

#[test]
fn an_export_that_lies_there_changes_only_after_its_name_was_typed() {
    let standing = Some(DestinationStanding::HoldsExport { files: 1203 });
    let mut walk = at_the_gate(World { standing, ..World::default() });
    assert!(walk.has_part("It holds an export of 1,203 files"));
    walk.shot("confirm");
    walk.click("Export approved series");
    walk.write("Name of the destination", "chose");
    walk.click("Export approved series");
    assert_eq!(exports(&walk), [], "nothing before the whole name stands there");
    walk.write("Name of the destination", "n");
    walk.click("Export approved series");
    let [request] = exports(&walk).try_into().unwrap();
    assert!(request.into_existing);
    // The next export must be confirmed anew.
    walk.press_with(Modifiers::COMMAND, Key::E);
    assert!(walk.has("Type the name of the destination first"));
}

#[test]
fn a_profile_for_a_benchmark_says_so_and_asks_for_the_word() {
    let world =
        World { demands: vec![GateDemand::Faces, GateDemand::Benchmark], ..World::default() };
    let mut walk = at_the_gate(world);
    assert!(walk.has_part("Profile for a benchmark only"));
    assert!(walk.has_part("nobody said that this is one"));
    assert!(!walk.has_part("Override"), "nothing takes the place of the word");
    walk.shot("gate-benchmark");
    walk.write("The word benchmark", "bench");
    walk.click("It is for a benchmark");
    assert!(walk.has_part("nobody said that this is one"), "half a word is none");
    walk.write("The word benchmark", "mark");
    walk.click("It is for a benchmark");
    assert!(!walk.has_part("nobody said that this is one"));
    assert!(walk.has_part("Profile for a benchmark only"));
}

#[test]
fn a_destination_that_cannot_be_used_is_refused_with_a_reason() {
    let why = "the output folder lies inside the input folder; choose a folder outside the input";
    let standing = Some(DestinationStanding::Refused { why: why.to_owned() });
    let mut walk = at_the_gate(World { standing, ..World::default() });
    assert!(walk.has(why));
    walk.shot("refused");
    walk.click("Export approved series");
    assert_eq!(exports(&walk), []);
}

#[test]
fn every_outcome_is_listed_with_its_reason_walked_by_key_and_can_be_accepted() {
    let mut walk = at_the_gate(World::default());
    walk.click("Export approved series");
    assert!(walk.has("File 1, released, in/1.1.1.dcm, "));
    assert!(walk.has("File 6, rejected, in/1.3.1.dcm, Not part of the study"));
    assert!(walk.has("File 8, problem, in/readme.txt, not a DICOM file"));
    walk.click("Show held files");
    assert!(!walk.has("File 1, released, in/1.1.1.dcm, "));
    // Down walks the list, and not the series behind it.
    walk.press(Key::ArrowDown);
    assert_eq!(walk.review().view().screen, Screen::Report);
    assert!(walk.has("• (0008,1030): a name of the subject (carriers)"));
    walk.shot("outcomes");
    walk.click("Accept… reason 1");
    walk.write("Reason to accept", "it is that of a street");
    assert!(walk.has("This names somebody: the reason must say “a name of the subject”."));
    walk.shot("spelled");
    walk.write("Reason to accept", ", and a name of the subject");
    walk.click("Accept");
    assert!(walk.has("accepted; export again to release it"));
    let held = InstanceUid::new("1.1.4");
    assert!(walk.review().decisions().residual(&held, "(0008,1030)").is_some());
    walk.press(Key::ArrowDown);
    assert!(walk.has("• not decided in the review"));
    walk.press(Key::ArrowUp);
    walk.click("Go to the instance");
    assert_eq!(walk.review().selection().instance, Some(held));
    assert_eq!(walk.review().view().screen, Screen::Review);
}

#[test]
fn outcomes_of_the_last_export_are_there_after_a_restart() {
    let outcomes = vec![OutcomeRecord {
        path: Phi::new("in/1.2.1.dcm".into()),
        instance: Some(InstanceUid::new("1.2.1")),
        outcome: Outcome::Quarantined { cause: Cause::Undecodable },
    }];
    let mut walk = Walk::new(World { outcomes, ..World::default() }, Some("in"));
    walk.press(Key::F4);
    let why = "the pixels must be masked and cannot be decoded";
    assert!(walk.has(&format!("File 1, quarantined, in/1.2.1.dcm, {why}")));
    assert!(walk.has_part("Exported before this window was opened"));
}

#[test]
fn a_frame_is_taken_out_of_a_mask_and_painted_again() {
    let mut walk = Walk::new(World::default(), Some("in"));
    walk.press(Key::ArrowRight);
    walk.press(Key::M);
    let size = (640, 480);
    let (from, to) = (walk.at((50, 50), size), walk.at((250, 150), size));
    walk.drag(from, to);
    walk.press(Key::Escape);
    assert!(walk.has("Mask 1, the whole series, painted over"));
    walk.click("Mask 1, the whole series, painted over");
    walk.press(Key::E);
    assert!(walk.has("Mask 1, the whole series, not on this frame"));
    walk.shot("excepted");
    walk.press(Key::End);
    assert!(walk.has("Mask 1, the whole series, painted over"), "only on that frame");
    walk.press(Key::Home);
    walk.click("Mask this frame again 1");
    assert!(walk.has("Mask 2, this frame only, painted over"));
    walk.click("Delete mask 2");
    assert!(!walk.has("Mask 2, this frame only, painted over"));
}

#[test]
fn all_open_findings_of_a_frame_are_kept_by_one_key() {
    let mut walk = Walk::new(World::default(), Some("in"));
    walk.press_with(Modifiers::SHIFT, Key::A);
    assert_eq!(walk.review().finding_rows(&first(), 0)[0].state, FindingState::Kept);
}

#[test]
fn the_strip_of_frames_is_clicked_to_a_frame() {
    let mut walk = Walk::new(World::default(), Some("in"));
    walk.press(Key::ArrowRight);
    let strip = walk.harness.get_by_label("Frame of the series").rect();
    let last = egui::pos2(strip.max.x - 3.0, strip.center().y);
    walk.drag(last, last);
    assert_eq!(walk.review().selection().frame, 11);
}

#[test]
fn a_value_that_the_attribute_cannot_hold_is_refused_while_it_is_typed() {
    let mut walk = Walk::new(World::default(), Some("in"));
    walk.click("Actions for (0010,0030)");
    walk.click("Replace with…");
    walk.write("Replacement value", "1961");
    assert!(walk.has("A date: YYYYMMDD"));
    walk.click("Replace");
    assert!(walk.review().decisions().overrides_for(walk.lies().unwrap(), &first()).is_empty());
    walk.click("Cancel replacement");
    walk.click("Actions for (0028,0010)");
    assert!(walk.has_part("cannot be read without this attribute"));
    assert!(!walk.has("Remove the attribute"));
}

#[test]
fn names_that_no_font_can_draw_are_said() {
    // These windows have the built-in fonts only.
    let greek =
        World { patient: Some("Παπαδάκη^Ελένη".to_owned()), ..World::default() };
    assert!(!Walk::new(greek, Some("in")).has_part("no font for some characters"));
    let kanji =
        World { patient: Some("Yamada^Tarou=山田^太郎".to_owned()), ..World::default() };
    let look = Look { any_script: true, ..Look::default() };
    assert!(Walk::with(kanji, Some("in"), &look).has_part("no font for some characters"));
}

#[test]
fn a_found_box_becomes_a_mask_that_can_be_resized() {
    let mut walk = Walk::new(World::default(), Some("in"));
    walk.press_with(Modifiers::SHIFT, Key::Y);
    assert!(walk.has("Select a finding first (Tab)"));
    walk.press(Key::Tab);
    walk.press_with(Modifiers::SHIFT, Key::Y);
    assert_eq!(walk.review().mask_rows(&first(), 0)[0].region, NAME);
    assert_eq!(walk.review().finding_rows(&first(), 0)[0].state, FindingState::Masked);
    let (from, to) = (walk.at((NAME.x1, NAME.y1), CT), walk.at((NAME.x1 + 30, NAME.y1 + 6), CT));
    walk.drag(from, to);
    let grown = walk.review().mask_rows(&first(), 0)[0].region;
    assert!(grown.x1.abs_diff(NAME.x1 + 30) <= 1 && grown.x0 == NAME.x0, "{grown:?}");
}

#[test]
fn the_wheel_goes_on_by_a_frame_zooms_with_ctrl_and_a_double_click_fits() {
    let mut walk = Walk::new(World::default(), Some("in"));
    let middle = walk.at((128, 128), CT);
    let wheel = |walk: &mut Walk, notches: f32, modifiers: Modifiers| {
        walk.harness.hover_at(middle);
        walk.harness.step();
        walk.harness.event(egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Line,
            delta: egui::vec2(0.0, notches),
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Unknown,
            modifiers,
        });
        walk.settle();
    };
    let shown = |walk: &Walk| walk.review().selection().instance.clone().unwrap();
    wheel(&mut walk, -1.0, Modifiers::NONE);
    assert_eq!(shown(&walk), InstanceUid::new("1.1.2"));
    wheel(&mut walk, 1.0, Modifiers::NONE);
    assert_eq!(shown(&walk), first());
    let fitted = "256 × 256   281 %   C 40  W 400";
    assert!(walk.has(fitted));
    wheel(&mut walk, 3.0, Modifiers::COMMAND);
    assert!(!walk.has(fitted), "zoomed in");
    assert_eq!(shown(&walk), first(), "the frame stays");
    // The zoom goes on for a moment after the wheel stands still.
    walk.harness.run_steps(40);
    // In one step: two of the harness take longer than a double click may.
    for pressed in [true, false, true, false] {
        walk.harness.input_mut().events.push(egui::Event::PointerButton {
            pos: middle,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        });
    }
    walk.settle();
    assert!(walk.has(fitted));
}

#[test]
fn a_window_is_not_closed_under_a_running_export() {
    let mut walk = at_the_gate(World { holds_export: true, ..World::default() });
    walk.click("Export approved series");
    let raw = walk.harness.input_mut();
    let id = raw.viewport_id;
    raw.viewports.entry(id).or_default().events.push(egui::ViewportEvent::Close);
    walk.settle();
    assert!(walk.has_part("An export is running: wait for it, or cancel it first"));
}

/// One ID of two people, and one person who may have two IDs.
fn asked() -> World {
    World { asks: vec!["DOE^JANE", "ROE^JOHN^M"], ..World::default() }
}

const TWO_PEOPLE: &str = "Two people: Files are told apart by name and birth date";
const ONE_PERSON: &str = "One person: One pseudonym for all these files";

#[test]
fn a_question_of_identity_is_answered_taken_back_and_holds_at_the_gate_meanwhile() {
    let mut walk = Walk::new(asked(), Some("in"));
    assert!(walk.has("Identity (1 open)"));
    assert!(walk.has("1 question of identity"));
    assert!(walk.has_part("nobody said yet whose files these are"));
    walk.press(Key::A);
    walk.press(Key::P);
    walk.click("Series 3, SR Dose report, undecided");
    walk.press(Key::P);
    assert!(walk.has_part("Approved although nobody said yet whose files these are"));
    assert_eq!(walk.review().approved(), [], "they are approved, and held all the same");

    // The gate leads to the question.
    walk.press_with(Modifiers::COMMAND, Key::E);
    assert!(walk.has("Say first whose the approved files are"));
    assert!(walk.has_part("2 series wait until somebody says whose files these are"));
    walk.shot("identity-gate");
    walk.click("Go to the question of line 1");
    assert_eq!(walk.review().view().screen, Screen::Identity);
    for words in ["DOE^JANE", "ROE^JOHN^M", "1961-04-12", "≠ Name", "≠ Birth date", "Sex"] {
        assert!(walk.has(words), "{words}");
    }
    walk.shot("identity");
    walk.press(Key::P);
    walk.press(Key::X);
    assert!(!walk.has("Reject because"), "behind the question no series is decided");

    walk.click(TWO_PEOPLE);
    assert!(walk.has_part("Answered: two people"));
    assert!(walk.has("VD-SUBJECT-0") && walk.has("VD-SUBJECT-1"));
    assert!(walk.has("Identity (2)"));
    assert_eq!(walk.review().approved().len(), 2);
    assert!(walk.has("part 0") && walk.has("part 1"), "the outline tells them apart");
    walk.shot("identity-answered");
    // Another answer takes its place; undo brings back what was there before.
    walk.click(ONE_PERSON);
    assert!(walk.has_part("Answered: one person") && !walk.has("part 0"));
    walk.press_with(Modifiers::COMMAND, Key::Z);
    assert!(walk.has_part("Answered: two people"));
    walk.press_with(Modifiers::COMMAND, Key::Z);
    assert!(walk.has("Identity (1 open)") && !walk.has("part 0"));
    assert_eq!(walk.review().approved(), []);
    walk.press_with(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert!(walk.has_part("Answered: two people"));
}

#[test]
fn questions_are_walked_by_key_and_left_open() {
    let mut walk = Walk::new(asked(), Some("in"));
    walk.press(Key::F3);
    assert!(walk.has("Question 1 of 2"));
    walk.press(Key::ArrowDown);
    assert!(walk.has("Question 2 of 2"));
    assert!(walk.has("Two people: Each ID keeps a pseudonym of its own"));
    assert!(!walk.has(TWO_PEOPLE), "they differ in nothing but the ID");
    walk.shot("identity-two-ids");
    walk.click("Leave it open: Nothing is held; the report lists it");
    assert!(walk.has("Question 1 of 2"), "the one that holds files");
    walk.click("Leave it open: Files stay held");
    assert_eq!(walk.review().view().screen, Screen::Review);
    walk.harness.get_by_label_contains("Question 2: ").click();
    walk.settle();
    walk.click("One person: One pseudonym for all these IDs");
    assert!(walk.has_part("Answered: one person"));
    assert!(walk.has("Identity (1 open)"), "the other still holds");
    // Reached and pressed without a mouse.
    walk.press(Key::ArrowUp);
    walk.harness.get_by_label(ONE_PERSON).focus();
    walk.settle();
    walk.press(Key::Enter);
    assert!(walk.has_part("Answered: one person") && walk.has("Identity (2)"));
}

#[test]
fn an_answer_that_could_not_be_saved_is_none() {
    let mut walk = Walk::new(asked(), Some("in"));
    walk.press(Key::F3);
    walk.world.borrow_mut().refuses = true;
    walk.click(TWO_PEOPLE);
    assert!(walk.has_part("Not saved, and so not decided"));
    assert!(walk.has("Identity (1 open)"));
}

#[test]
fn a_batch_without_questions_says_so() {
    let mut walk = Walk::new(World::default(), Some("in"));
    assert!(!walk.has_part("Identity (") && !walk.has("Screen Identity"));
    walk.press(Key::F3);
    assert!(walk.has_part("No question of identity"));
}

#[test]
fn long_names_and_many_people_stay_in_their_columns() {
    let long = "Oberhuber-Wolkenstein^Maria Magdalena Theresia^von und zu^Dr.^MD PhD";
    let many = vec![long, "ROE^JOHN", "DOE^JANE", "POE^JANE^M"];
    for (name, size, scale, theme) in [
        ("light", (1440.0, 900.0), 1.0, egui::Theme::Light),
        ("scaled", (1152.0, 720.0), 1.25, egui::Theme::Dark),
        ("small", (1000.0, 640.0), 1.0, egui::Theme::Dark),
    ] {
        let look = Look { size, scale, theme, ..Look::default() };
        let world = World { asks: many.clone(), ..World::default() };
        let mut walk = Walk::with(world, Some("in"), &look);
        walk.press(Key::F3);
        let rect = |desk: &Walk, label: &str| desk.harness.get_by_label(label).rect();
        let (first, second) = (rect(&walk, "A"), rect(&walk, "B"));
        assert!(rect(&walk, long).max.x < second.min.x, "{name}: it stays under its letter");
        assert!(rect(&walk, long).min.x >= first.min.x - 1.0);
        walk.shot(&format!("identity-{name}"));
    }
}

#[test]
fn the_wall_lists_groups_by_risk_and_leads_into_one() {
    let mut walk = Walk::at_the_wall(World::default(), Some("in"), &Look::default());
    assert_eq!(walk.review().view().screen, Screen::Wall);
    assert!(walk.has_part("4 look-alike groups, 4 to decide"));
    let order: Vec<String> = walk
        .review()
        .group_rows()
        .iter()
        .map(|row| format!("{} {:?}", row.look.modality, row.risks))
        .collect();
    let wanted = ["CT [Named, OpenText]", "US [Ultrasound]", "SR [Report]", "DX []"];
    assert_eq!(order, wanted);
    walk.shot("wall");
    // A verdict key does nothing here: no image is on the screen.
    walk.press(Key::P);
    assert!(walk.world.borrow().log.is_empty());
    // By keyboard: to the ultrasound, and into it.
    walk.press(Key::ArrowRight);
    walk.press(Key::Enter);
    assert_eq!(walk.review().view().screen, Screen::Review);
    assert_eq!(walk.review().selection().series, Some(SeriesUid::new("s2")));
    assert!(walk.has("Group: US 640 × 480"));
    assert!(!walk.has("Series 1, CT Axial 5 mm, undecided"), "only the group is listed");
    walk.shot("wall-group");
    // Another group and back, then all series again.
    walk.press(Key::PageDown);
    assert_eq!(walk.review().selection().series, Some(SeriesUid::new("s3")));
    walk.press(Key::PageUp);
    walk.press(Key::L);
    assert!(walk.has("Series 1, CT Axial 5 mm, undecided"));
    // By mouse, with a filter.
    walk.press(Key::F5);
    walk.click("List With text");
    assert!(!walk.has_part("Group 2"));
    walk.click("Group 1, CT  256 × 256, 1 series, 4 instances, 1 undecided");
    assert_eq!(walk.review().selection().series, Some(ct()));
    walk.press(Key::F5);
    walk.click("List Decided");
    assert!(walk.has("No group is of this kind: list all"));
}

#[test]
fn a_stack_is_judged_by_its_projections_and_a_spot_leads_to_its_frame() {
    let mut walk = Walk::new(World::default(), Some("in"));
    walk.press(Key::ArrowDown);
    walk.press(Key::V);
    assert!(walk.has("Show max") && walk.review().view().fold.is_some());
    walk.shot("fold-max");
    // Nobody answers a finding of a frame that is not seen, or takes a frame out of a mask.
    walk.press(Key::A);
    assert!(walk.has_part("Look at a frame first"));
    let folded = |walk: &Walk| {
        let log = &walk.world.borrow().log;
        log.iter().filter(|it| it.body.kind() == "folded").count()
    };
    assert_eq!(folded(&walk), 1);
    for _ in 0..3 {
        walk.press(Key::V);
    }
    assert_eq!(folded(&walk), 4);
    walk.shot("fold-sigma");
    let seen = walk.review().folds_seen();
    assert_eq!(seen.len(), 4);
    // A mask drawn here is one of the series, whatever the scope.
    walk.click("Scope frame");
    walk.press(Key::M);
    let (from, to) = (walk.at((60, 180), CT), walk.at((140, 220), CT));
    walk.drag(from, to);
    let rows = walk.review().mask_rows(&InstanceUid::new("1.1.3"), 0);
    assert_eq!((rows.len(), rows[0].level), (1, ScopeLevel::Series));
    walk.press(Key::Escape);
    // The bar is on the first frame alone.
    let bar = walk.at((100, 12), CT);
    walk.drag(bar, bar);
    assert_eq!(walk.review().view().fold, None);
    let selection = walk.review().selection().clone();
    assert_eq!((selection.instance, selection.frame), (Some(first()), 0));
    assert!(selection.painted);
}

#[test]
fn the_history_lists_steps_leads_to_them_and_takes_several_back() {
    let mut walk = Walk::new(World::default(), Some("in"));
    walk.press(Key::F7);
    assert!(walk.has("Nothing was decided yet"));
    walk.press(Key::F2);
    walk.press(Key::Tab);
    walk.press(Key::Y);
    walk.press(Key::M);
    let (from, to) = (walk.at((60, 180), CT), walk.at((140, 220), CT));
    walk.drag(from, to);
    walk.press(Key::Escape);
    walk.click("Series 3, SR Dose report, undecided");
    walk.press(Key::P);
    walk.press(Key::F7);
    let steps: Vec<String> = walk
        .review()
        .history_rows()
        .iter()
        .map(|row| format!("{} {:?}", row.words.expose(), row.takes_back))
        .collect();
    let wanted = [
        "Approved · series SR Dose report Some(1)".to_owned(),
        "Mask drawn · series CT Axial 5 mm Some(2)".to_owned(),
        format!("Masked “{READ}” · series CT Axial 5 mm Some(3)"),
    ];
    assert_eq!(steps, wanted);
    walk.shot("history");
    // Down to the mask: the verdict goes as well.
    let mask = walk.review().history_rows()[1].seq;
    walk.click(&format!("Take back down to {mask}"));
    assert!(walk.review().mask_rows(&first(), 0).is_empty());
    let report = SeriesUid::new("s3");
    assert_eq!(walk.review().series_state(&report), SeriesState::Undecided);
    let rows = walk.review().history_rows();
    assert_eq!(rows.iter().map(|row| row.undone).collect::<Vec<_>>(), [true, true, false]);
    walk.press(Key::F7);
    walk.shot("history-back");
    // Redo takes them in again one by one.
    walk.press_with(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    walk.press_with(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!(walk.review().series_state(&report), SeriesState::Approved);
    // A click on a step leads to its place.
    walk.press(Key::F7);
    let answer = walk.review().history_rows()[2].seq;
    walk.click(&format!("Step {answer}: Masked “{READ}” · series CT Axial 5 mm"));
    assert_eq!(walk.review().selection().series, Some(ct()));
    assert_eq!(walk.review().view().screen, Screen::Review);
}

#[test]
fn the_palette_finds_commands_and_series_by_typing() {
    let mut walk = Walk::new(World::default(), Some("in"));
    walk.press_with(Modifiers::COMMAND, Key::K);
    assert!(walk.has("Command palette"));
    walk.shot("palette");
    walk.write("Type what you want, or a series", "gate");
    assert!(walk.has("Run Gate and export…") && !walk.has("Run Undo"));
    walk.press(Key::Enter);
    assert_eq!(walk.review().view().screen, Screen::Gate);
    assert!(!walk.has("Command palette"));
    // A series, by its name and its patient.
    walk.press_with(Modifiers::COMMAND, Key::K);
    walk.write("Type what you want, or a series", "roe hand");
    walk.shot("palette-series");
    walk.press(Key::Enter);
    assert_eq!(walk.review().selection().series, Some(SeriesUid::new("s4")));
    // Typing is not a command, and Escape leaves all as it is.
    walk.press_with(Modifiers::COMMAND, Key::K);
    walk.press(Key::P);
    walk.press(Key::Escape);
    assert!(!walk.has("Command palette"));
    assert!(walk.world.borrow().log.iter().all(|it| it.body.kind() != "decided"));
}

#[test]
fn masks_are_offered_to_the_group_with_a_preview_and_exceptions_are_listed() {
    let mut walk = Walk::new(World { second_ct: true, ..World::default() }, Some("in"));
    walk.press_with(Modifiers::COMMAND, Key::G);
    assert!(walk.has_part("This series has no masks, and its group has none"));
    walk.click("Close window");
    walk.press(Key::Tab);
    walk.press(Key::Y);
    walk.press(Key::M);
    let (from, to) = (walk.at((60, 180), CT), walk.at((140, 220), CT));
    walk.drag(from, to);
    walk.press(Key::Escape);
    walk.press_with(Modifiers::COMMAND, Key::G);
    assert!(walk.has("2 masks would reach 2 other instances in 1 other series of 256 × 256"));
    // One of six has text.
    assert!(walk.has("1 instance where something is otherwise"));
    walk.shot("offer");
    walk.click("Give to the group");
    let masked = |walk: &Walk, name: &str| {
        let rows = walk.review().mask_rows(&InstanceUid::new(name), 0);
        rows.iter().map(|row| row.level).collect::<Vec<_>>()
    };
    assert_eq!(masked(&walk, "1.5.2"), [ScopeLevel::Group]);
    assert_eq!(masked(&walk, "1.1.1"), [ScopeLevel::Group], "and no second one for its series");
    assert!(masked(&walk, "1.4.1").is_empty(), "a hand looks otherwise");
    assert!(walk.has_part("All masks of this series are the group's"));
    walk.shot("offer-given");
    // An exception leads to its image; one step takes all of it back.
    walk.click("Series 2, CT Axial 1 mm, undecided");
    walk.click("Exception 1");
    assert_eq!(walk.review().selection().instance, Some(first()));
    walk.press_with(Modifiers::COMMAND, Key::Z);
    assert!(masked(&walk, "1.5.2").is_empty());
    assert_eq!(masked(&walk, "1.1.1"), [ScopeLevel::Series]);
}

/// Buttons, fields and boxes without a name of their own: nobody could tell them by ear.
fn unnamed(walk: &Walk) -> Vec<String> {
    use egui::accesskit::Role as R;
    use egui_kittest::kittest::NodeT;
    let is_asked = |role: R| {
        matches!(
            role,
            R::Button
                | R::CheckBox
                | R::ComboBox
                | R::Link
                | R::RadioButton
                | R::Slider
                | R::TextInput
        )
    };
    let nodes = walk.harness.root().children_recursive();
    let bare = nodes.filter(|node| {
        let node = node.accesskit_node();
        let named = node.label().or_else(|| node.value()).unwrap_or_default();
        let labelled = node.labelled_by().next().is_some();
        is_asked(node.role()) && !node.is_hidden() && named.trim().is_empty() && !labelled
    });
    bare.map(|node| format!("{node:?}")).collect()
}

#[test]
fn every_widget_of_every_screen_has_a_name() {
    let mut walk = Walk::new(World { second_ct: true, ..asked() }, Some("in"));
    assert_eq!(unnamed(&walk), Vec::<String>::new(), "review");
    for (key, screen) in [
        (Key::F5, Screen::Wall),
        (Key::F3, Screen::Identity),
        (Key::F7, Screen::History),
        (Key::F4, Screen::Report),
    ] {
        walk.press(key);
        assert_eq!(walk.review().view().screen, screen);
        assert_eq!(unnamed(&walk), Vec::<String>::new(), "{screen:?}");
    }
    walk.press_with(Modifiers::COMMAND, Key::E);
    assert_eq!(unnamed(&walk), Vec::<String>::new(), "gate");
    walk.press(Key::F2);
    walk.press(Key::V);
    assert_eq!(unnamed(&walk), Vec::<String>::new(), "projection");
    for (held, key) in [(Modifiers::COMMAND, Key::K), (Modifiers::COMMAND, Key::G)] {
        walk.press_with(held, key);
        assert_eq!(unnamed(&walk), Vec::<String>::new(), "{key:?}");
        walk.press(Key::Escape);
    }
    assert_eq!(unnamed(&Walk::new(World::default(), None)), Vec::<String>::new(), "start");
}

#[test]
fn a_thousand_clean_slices_in_ten_series_take_at_most_twenty_keys() {
    let world = World { many: Some((10, 100)), ..World::default() };
    let mut walk = Walk::at_the_wall(world, Some("in"), &Look::default());
    let mut keys = 0;
    let undecided = |walk: &Walk| walk.review().status_counts().undecided;
    assert_eq!((undecided(&walk), walk.review().group_rows().len()), (10, 1));
    while undecided(&walk) > 0 {
        walk.press(Key::Space);
        keys += 1;
        assert!(keys <= 20, "{} series are undecided", undecided(&walk));
    }
    walk.press_with(Modifiers::COMMAND, Key::E);
    keys += 1;
    for letter in ["/", "o", "u", "t"] {
        walk.harness.event(egui::Event::Text(letter.to_owned()));
        walk.settle();
        keys += 1;
    }
    walk.press(Key::Enter);
    keys += 1;
    println!("{keys} keys");
    let [request] = exports(&walk).try_into().unwrap();
    assert_eq!((request.series.len(), request.destination), (10, "/out".into()));
    assert_eq!(walk.review().view().screen, Screen::Report);
    assert!(keys <= 20, "{keys} keys");
}

#[test]
fn a_key_held_down_for_ten_seconds_approves_at_most_one_series() {
    let world = World { many: Some((10, 5)), ..World::default() };
    let mut walk = Walk::new(world, Some("in"));
    for key in [Key::Space, Key::P] {
        walk.harness.key_down(key);
        for _ in 0..300 {
            walk.harness.event(egui::Event::Key {
                key,
                physical_key: None,
                pressed: true,
                repeat: true,
                modifiers: Modifiers::NONE,
            });
            walk.harness.step();
        }
        walk.harness.key_up(key);
        walk.settle();
    }
    // One for the press of each of the two keys.
    assert!(walk.review().status_counts().approved <= 2);
}

#[test]
fn what_comes_next_is_asked_for_ahead_with_the_window_in_use() {
    let mut walk = Walk::new(World::default(), Some("in"));
    let ahead = |walk: &Walk| walk.world.borrow().ahead.clone();
    assert_eq!(ahead(&walk)[0], (InstanceUid::new("1.1.2"), 0, Rendering::Default));
    walk.press(Key::Num2);
    walk.press(Key::ArrowDown);
    let frames = ahead(&walk);
    assert_eq!(frames[0].0, InstanceUid::new("1.1.3"));
    assert!(matches!(frames[0].2, Rendering::Window(_)));
    let of_next = frames.iter().find(|(uid, ..)| *uid == InstanceUid::new("1.2.1")).unwrap();
    assert_eq!(of_next.2, Rendering::Default, "another series begins with its own window");
}

#[test]
fn a_series_is_played_until_it_is_stopped() {
    let mut walk = Walk::new(World::default(), Some("in"));
    walk.click("Series 2, US Abdomen cine, undecided");
    walk.press(Key::C);
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..120 {
        walk.harness.step();
        seen.insert(walk.review().selection().frame);
    }
    assert_eq!(seen.len(), 12, "every frame, and again from the first: {seen:?}");
    walk.press(Key::Escape);
    let frame = walk.review().selection().frame;
    walk.harness.run_steps(30);
    assert_eq!(walk.review().selection().frame, frame);
    // A series of a single image has nothing to play, and another series stops it.
    walk.press(Key::C);
    walk.click("Series 4, DX Hand ap, undecided");
    walk.harness.run_steps(10);
    assert_eq!(walk.review().selection().series, Some(SeriesUid::new("s4")));
    assert!(walk.world.borrow().log.iter().all(|it| it.body.kind() != "decided"));
}

#[test]
fn new_screens_are_looked_at_in_both_themes_and_scales() {
    for (theme, scale, name) in
        [(egui::Theme::Light, 1.0, "light"), (egui::Theme::Dark, 1.5, "150")]
    {
        let look = Look { size: (1280.0, 860.0), theme, scale, ..Look::default() };
        let label =
            Some("An axial series whose description says much more than there is room for".into());
        let world = World { second_ct: true, label, ..World::default() };
        let mut walk = Walk::at_the_wall(world, Some("in"), &look);
        walk.shot(&format!("wall-{name}"));
        walk.press(Key::F2);
        walk.press(Key::Tab);
        walk.press(Key::Y);
        walk.press_with(Modifiers::COMMAND, Key::G);
        walk.shot(&format!("offer-{name}"));
        walk.press(Key::Escape);
        walk.press_with(Modifiers::COMMAND, Key::K);
        walk.shot(&format!("palette-{name}"));
        walk.press(Key::Escape);
        walk.press(Key::V);
        walk.shot(&format!("fold-{name}"));
        walk.press(Key::F7);
        walk.shot(&format!("history-{name}"));
        assert!(walk.has_part("Take back"));
    }
}

#[test]
fn a_review_goes_on_where_it_was_left() {
    let mut walk = Walk::new(World::default(), Some("in"));
    walk.click("Series 4, DX Hand ap, undecided");
    // What was seen is written when one leaves.
    walk.press_with(Modifiers::COMMAND, Key::E);
    let log = walk.world.borrow().log.clone();
    assert!(log.iter().any(|it| it.body.kind() == "looked"));
    let again = |log| Walk::new(World { log, ..World::default() }, Some("in"));
    let shown = |walk: &Walk| walk.review().selection().series.clone();
    assert_eq!(shown(&again(log)), Some(SeriesUid::new("s4")));
    assert_eq!(shown(&again(Vec::new())), Some(ct()), "a new one begins with the first");
}

#[test]
fn a_projection_of_fewer_frames_than_there_are_is_not_taken_for_the_stack() {
    let mut walk = Walk::new(World::default(), Some("in"));
    walk.press(Key::V);
    let folded = |walk: &Walk| {
        walk.world.borrow().log.iter().filter(|it| it.body.kind() == "folded").count()
    };
    assert_eq!(folded(&walk), 1);
    // Another slice comes in while the folder is read; what was folded is without it.
    let mut more = walk.world.borrow().cards()[0].clone();
    more.entry.instance = InstanceUid::new("1.1.9");
    more.entry.path = Phi::new("in/1.1.9.dcm".into());
    let event = JobEvent::Indexed { cards: vec![more], problems: Vec::new() };
    walk.world.borrow_mut().events.push_back(event);
    walk.settle();
    walk.press(Key::V);
    assert!(!walk.review().selection().painted);
    assert_eq!(folded(&walk), 1, "nobody saw the stack as it is now");
}
