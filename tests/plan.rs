//! What is planned for attributes that no row of the standard's table decides alone: private ones,
//! content items by concept, dates in other VRs; and that a second pass finds nothing left to do.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use veridact::demo::{Sample, instance};
use veridact::dicom::{Limits, Scan, Source, scan};
use veridact::engine::apply::apply;
use veridact::engine::identifiers::Identifiers;
use veridact::engine::key::ProjectKey;
use veridact::engine::plan::{PixelWork, PlanRequest, Planner};
use veridact::index::{Batch, Entry, read_instance};
use veridact::model::{Action, Digest256, Layer, NewValue, Plan, PlannedEdit};
use veridact::profile::Profile;

use crate::common::r#gen::{Element, Form, Item, PLAIN, Value, files, padded};
use crate::common::shared;
use crate::common::soak::cases;

const IMPLICIT: Form = Form { explicit: false, ..PLAIN };

fn text(tag: (u16, u16), vr: &'static str, text: &str) -> Element {
    Element { tag, vr, value: Value::Bytes(padded(vr, text.as_bytes())) }
}

fn bytes(tag: (u16, u16), vr: &'static str, bytes: &[u8]) -> Element {
    Element { tag, vr, value: Value::Bytes(bytes.to_vec()) }
}

fn sequence(tag: (u16, u16), items: Vec<Vec<Element>>) -> Element {
    let items = items.into_iter().map(|elements| Item { elements, defined: true }).collect();
    Element { tag, vr: "SQ", value: Value::Items { items, defined: true } }
}

/// An instance of a CT, with `more` in it.
fn ct(more: Vec<Element>) -> Vec<Element> {
    let mut elements = vec![
        text((0x0008, 0x0016), "UI", "1.2.840.10008.5.1.4.1.1.2"),
        text((0x0008, 0x0018), "UI", "1.3.6.1.4.1.5962.1.1"),
        text((0x0008, 0x0020), "DA", "20200229"),
        text((0x0008, 0x0060), "CS", "CT"),
        text((0x0010, 0x0010), "PN", "Quillfeather^Ottoline"),
        text((0x0010, 0x0020), "LO", "QF4711832"),
        text((0x0020, 0x000D), "UI", "1.3.6.1.4.1.5962.1.2"),
        text((0x0020, 0x000E), "UI", "1.3.6.1.4.1.5962.1.3"),
    ];
    elements.extend(more);
    elements.sort_by_key(|element| element.tag);
    elements
}

fn scanned(bytes: Vec<u8>) -> Scan {
    scan(Source::from_bytes(bytes), &Limits::default()).unwrap()
}

fn key() -> ProjectKey {
    ProjectKey::from_bytes([3; 32])
}

/// The plan for one file as a batch of its own; `None` when it is no instance.
fn plan_of(input: &Scan, profile: &Profile) -> Option<Plan> {
    let (instance, found) = read_instance(input, Path::new("a.dcm"), Digest256([0; 32])).ok()?;
    let mut batch = Batch::new(Path::new("in"));
    batch.add(Entry::Instance(Box::new(instance), found));
    let identifiers = Identifiers::compile(&batch.subjects).unwrap();
    let key = key();
    let planner = Planner { profile, key: &key, identifiers: &identifiers };
    let request = PlanRequest {
        scan: input,
        instance: batch.instances.values().next().unwrap(),
        overrides: &|_| None,
        pixels: PixelWork::default(),
        pixel_edits: &[],
        identifiers: &identifiers,
        provisional: false,
    };
    Some(planner.plan(&request).unwrap())
}

fn planned(form: Form, elements: &[Element], profile: &str) -> Plan {
    let profile = Profile::load(profile).unwrap();
    plan_of(&scanned(form.file(elements)), &profile).unwrap()
}

/// Action and new text by path.
fn outcome(plan: &Plan) -> BTreeMap<String, (Action, Option<String>)> {
    let of = |edit: &PlannedEdit| {
        let value = match &edit.value {
            NewValue::Text(text) => Some(text.expose().clone()),
            NewValue::Bytes(bytes) => Some(format!("{:02X?}", bytes.expose())),
            _ => None,
        };
        (edit.path.to_string(), (edit.action, value))
    };
    plan.edits.iter().map(of).collect()
}

fn is_kept(plan: &Plan, path: &str) -> bool {
    plan.kept.iter().any(|edit| edit.path.to_string() == path) && !outcome(plan).contains_key(path)
}

fn days() -> i32 {
    let patient = veridact::model::PatientKey::new("\u{1f}QF4711832");
    key().day_offset(&patient)
}

#[test]
fn known_private_attributes_stay_go_or_move_and_unknown_ones_go() {
    let elements = ct(vec![
        text((0x0043, 0x0010), "LO", "GEMS_PARM_01"),
        text((0x0043, 0x1027), "SH", "0.984:1"),
        text((0x0043, 0x10FE), "LO", "nobody knows"),
        text((0x0009, 0x0010), "LO", "GEMS_PETD_01"),
        text((0x0009, 0x1005), "DT", "20200229101500"),
        text((0x0009, 0x1007), "LO", "1.2.840.113619.2.55.3.1"),
        text((0x0029, 0x0010), "LO", "SIEMENS CSA HEADER"),
        bytes((0x0029, 0x1010), "OB", b"SV10"),
        text((0x0055, 0x0010), "LO", "ACME UNKNOWN"),
        text((0x0055, 0x1001), "DS", "1.5"),
        text((0x0057, 0x1001), "DS", "1.5"),
    ]);
    let plan = planned(PLAIN, &elements, "research");
    let done = outcome(&plan);
    for path in ["(0043,0010)", "(0043,1027)", "(0009,0010)"] {
        assert!(is_kept(&plan, path), "{path}");
    }
    for path in
        ["(0043,10FE)", "(0029,0010)", "(0029,1010)", "(0055,0010)", "(0055,1001)", "(0057,1001)"]
    {
        assert_eq!(done[path].0, Action::Remove, "{path}");
    }
    let (action, moved) = &done["(0009,1005)"];
    let expected = veridact::engine::dates::shift_dt("20200229101500", days());
    assert_eq!((*action, moved), (Action::ShiftDate, &expected));
    assert_eq!(done["(0009,1007)"].1.as_deref(), Some(&*key().uid("1.2.840.113619.2.55.3.1")));
    // The profile of the benchmark leaves names of creators that somebody knows.
    let lone = ct(vec![text((0x0043, 0x0010), "LO", "GEMS_PARM_01")]);
    assert!(is_kept(&planned(PLAIN, &lone, "midi-b"), "(0043,0010)"));
    assert!(!is_kept(&planned(PLAIN, &lone, "research"), "(0043,0010)"));
    // A profile without the option keeps none.
    let basic = outcome(&planned(PLAIN, &elements, "basic"));
    assert_eq!(basic["(0043,1027)"].0, Action::Remove);
}

/// The outcome under a profile that changes `base` by a few lines.
fn with_site(
    elements: &[Element],
    base: &str,
    lines: &str,
) -> BTreeMap<String, (Action, Option<String>)> {
    let site = format!("format = 1\nname = \"site\"\nextends = \"{base}\"\n{lines}\n");
    let profile = Profile::parse("site", &site, Layer::Site).unwrap();
    outcome(&plan_of(&scanned(PLAIN.file(elements)), &profile).unwrap())
}

#[test]
fn dates_move_by_the_study_or_to_the_day_that_the_key_picks() {
    let mut elements = ct(vec![
        text((0x0008, 0x002A), "DT", "20200229101500.5"),
        text((0x0040, 0x0244), "DA", "20200229"),
    ]);
    let new = |done: &BTreeMap<String, (Action, Option<String>)>, path: &str| {
        done[path].1.clone().unwrap()
    };
    let hashed = with_site(&elements, "research", "dates = \"hash\"");
    let day = new(&hashed, "(0008,0020)");
    assert_ne!(day, "20200229");
    assert_eq!(hashed["(0008,0020)"].0, Action::HashDate);
    assert_eq!(new(&hashed, "(0008,002A)"), format!("{day}101500.5"));
    assert_eq!(new(&hashed, "(0040,0244)"), day);
    let study = with_site(&elements, "research", "date-offset = \"study\"");
    let of_study = new(&study, "(0008,0020)");
    assert_ne!(of_study, new(&outcome(&planned(PLAIN, &elements, "research")), "(0008,0020)"));
    // Another study of the same patient moves otherwise; a hashed day stays what it was.
    for element in &mut elements {
        if element.tag == (0x0020, 0x000D) {
            *element = text((0x0020, 0x000D), "UI", "1.3.6.1.4.1.5962.9.9");
        }
    }
    let study = with_site(&elements, "research", "date-offset = \"study\"");
    assert_ne!(of_study, new(&study, "(0008,0020)"));
    assert_eq!(new(&with_site(&elements, "research", "dates = \"hash\""), "(0008,0020)"), day);
}

#[test]
fn a_number_that_is_a_date_becomes_a_small_one() {
    for number in ["20200229", "20190101101500"] {
        let elements = ct(vec![text((0x0020, 0x0011), "IS", number)]);
        let done = outcome(&planned(PLAIN, &elements, "research"));
        let (action, new) = &done["(0020,0011)"];
        assert_eq!(*action, Action::Dummy, "{number}");
        assert!((1..=9999).contains(&new.clone().unwrap().parse::<u32>().unwrap()), "{number}");
        assert_eq!(done, outcome(&planned(PLAIN, &elements, "research")));
    }
    for number in ["5", "20209999", "1201"] {
        let elements = ct(vec![text((0x0020, 0x0011), "IS", number)]);
        let done = outcome(&planned(PLAIN, &elements, "research"));
        assert!(!done.contains_key("(0020,0011)"), "{number}");
    }
}

#[test]
fn what_an_iod_asks_for_is_added_where_the_profile_says_so() {
    let elements = ct(vec![text((0x0028, 0x0004), "CS", "MONOCHROME2")]);
    let done = with_site(&elements, "research", "complete-iod = true");
    // KVP is of Type 2; Rescale Intercept is of Type 1, and nothing tells it.
    assert_eq!(done["(0018,0060)"], (Action::Set, None));
    assert!(!done.contains_key("(0028,1052)"));
    assert!(!outcome(&planned(PLAIN, &elements, "research")).contains_key("(0018,0060)"));
    // What the markers add is added once.
    let nameless = ct(Vec::new()).into_iter().filter(|e| e.tag.0 != 0x0010).collect::<Vec<_>>();
    let site = "format = 1\nname = \"s\"\nextends = \"research\"\ncomplete-iod = true\n";
    let site = Profile::parse("s", site, Layer::Site).unwrap();
    let input = scanned(PLAIN.file(&nameless));
    let plan = plan_of(&input, &site).unwrap();
    apply(&input, &plan, None, &mut Vec::new()).unwrap();
    let mut radiograph = elements;
    radiograph.retain(|element| element.tag != (0x0008, 0x0016));
    radiograph.push(text((0x0008, 0x0016), "UI", "1.2.840.10008.5.1.4.1.1.1.1"));
    radiograph.sort_by_key(|element| element.tag);
    let done = with_site(&radiograph, "research", "complete-iod = true");
    assert_eq!(done["(2050,0020)"].1.as_deref(), Some("IDENTITY"));
    assert_eq!(done["(0008,0068)"].1.as_deref(), Some("FOR PRESENTATION"));
    assert_eq!(done["(0028,0301)"].1.as_deref(), Some("YES"));
    assert!(!done.contains_key("(0020,0062)"), "no side is invented");
}

#[test]
fn names_that_are_split_or_encoded_are_seen() {
    let elements = ct(vec![
        text((0x0018, 0x1020), "LO", "Quill\\feather"),
        text((0x0018, 0x0010), "LO", "Otto\\line"),
        text((0x0010, 0x21B0), "LT", "see T3R0b2xpbmUgUXVpbGxmZWF0aGVy now"),
        text((0x0018, 0x1030), "LO", "for 4F74746F6C696E65 today"),
    ]);
    let done = outcome(&planned(PLAIN, &elements, "research"));
    assert_eq!(done["(0018,1020)"].0, Action::Empty);
    assert_eq!(done["(0018,0010)"].0, Action::Empty);
    assert_eq!(done["(0010,21B0)"].1.as_deref(), Some("see now"));
    assert_eq!(done["(0018,1030)"].1.as_deref(), Some("today"));
}

#[test]
fn numbers_that_spell_an_identifier_go_and_other_numbers_stay() {
    let spelled = b"QF4711832.QF4711832.....";
    let numbers = [1.5_f64, 2.5, -7.25].map(f64::to_le_bytes).concat();
    let elements = ct(vec![
        bytes((0x0018, 0x9087), "FD", spelled),
        bytes((0x0018, 0x9089), "FD", &numbers),
        bytes((0x0072, 0x0067), "OF", spelled),
        bytes((0x0072, 0x0078), "UL", b"QA1234567.QA1234567....."),
    ]);
    let done = outcome(&planned(PLAIN, &elements, "research"));
    assert_eq!(done["(0018,9087)"].0, Action::Empty);
    assert_eq!(done["(0072,0067)"].0, Action::Empty);
    assert!(!done.contains_key("(0018,9089)") && !done.contains_key("(0072,0078)"));
}

#[test]
fn names_in_bytes_are_read_in_the_character_set_of_the_dataset() {
    // Cyrillic, as ISO 8859-5 has it.
    let name = [0xB6_u8, 0xDE, 0xE0, 0xD2, 0xDA, 0xD2, 0xD5, 0xDB];
    let said = [&b"\xDE\xE1\xDC\xDE\xE2\xE0 "[..], &name].concat();
    let other = [0xB6_u8, 0xDE, 0xE0, 0xD2, 0xDA, 0xD2, 0xD5, 0xDC, 0xDC, 0xDC];
    let elements = ct(vec![
        text((0x0008, 0x0005), "CS", "ISO_IR 144"),
        bytes((0x0010, 0x1001), "PN", &[&name[..], b"^", &name[..4]].concat()),
        text((0x0051, 0x0010), "LO", "SIEMENS MR HEADER"),
        bytes((0x0051, 0x1008), "OB", &said),
        bytes((0x0051, 0x1013), "OB", &other),
        bytes((0x0072, 0x0069), "OW", &said),
    ]);
    let plan = planned(PLAIN, &elements, "research");
    let done = outcome(&plan);
    assert_eq!(done["(0051,1008)"].0, Action::Remove);
    assert_eq!(done["(0072,0069)"].0, Action::Empty);
    assert!(is_kept(&plan, "(0051,1013)"));

    // Kanji between escape sequences, which are ASCII (JIS X 0208 by ISO 2022).
    let (name, other) = (b"\x1b$B;3ED\x1b(B", b"\x1b$B;3@n\x1b(B");
    let elements = ct(vec![
        text((0x0008, 0x0005), "CS", "\\ISO 2022 IR 87"),
        bytes((0x0010, 0x1001), "PN", &[b"YAMADA=", &name[..]].concat()),
        text((0x0051, 0x0010), "LO", "SIEMENS MR HEADER"),
        bytes((0x0051, 0x1008), "OB", &[b"seen by ", &name[..]].concat()),
        bytes((0x0051, 0x1013), "OB", other),
        bytes((0x0072, 0x0069), "OW", name),
    ]);
    let plan = planned(PLAIN, &elements, "research");
    let done = outcome(&plan);
    assert_eq!(done["(0051,1008)"].0, Action::Remove);
    assert_eq!(done["(0072,0069)"].0, Action::Empty);
    assert!(is_kept(&plan, "(0051,1013)"));
}

#[test]
fn private_text_without_a_vr_is_cleaned_and_a_file_in_a_value_goes() {
    let elements = ct(vec![
        text((0x0043, 0x0010), "LO", "GEMS_PARM_01"),
        bytes((0x0043, 0x1027), "UN", b"0.984:1 for Ottoline "),
        text((0x0029, 0x0010), "LO", "SIEMENS CSA HEADER"),
        bytes((0x0029, 0x1010), "OB", b"\x1F\x8B\x08\x00whatever is in here"),
    ]);
    let plan = planned(PLAIN, &elements, "research");
    let done = outcome(&plan);
    assert_eq!(done["(0043,1027)"], (Action::Clean, Some("0.984:1".into())));
    assert_eq!(done["(0029,1010)"].0, Action::Remove);
}

#[test]
fn the_sex_of_a_subject_in_a_report_follows_the_option() {
    let code = |value: &'static str, meaning: &'static str| {
        vec![
            text((0x0008, 0x0100), "SH", value),
            text((0x0008, 0x0102), "SH", "DCM"),
            text((0x0008, 0x0104), "LO", meaning),
        ]
    };
    let elements = ct(vec![sequence(
        (0x0040, 0xA730),
        vec![vec![
            text((0x0040, 0xA040), "CS", "CODE"),
            sequence((0x0040, 0xA043), vec![code("121032", "Subject Sex")]),
            sequence((0x0040, 0xA168), vec![code("M", "Male")]),
        ]],
    )]);
    let place = "(0040,A730)[0].(0040,A168)[0].(0008,0104)";
    assert_eq!(outcome(&planned(PLAIN, &elements, "basic"))[place].0, Action::Dummy);
    assert!(!outcome(&planned(PLAIN, &elements, "research")).contains_key(place));
}

#[test]
fn sealed_values_and_seals_go() {
    let sealed = vec![bytes((0x0400, 0x0520), "OB", b"0123456789abcdef")];
    let elements = ct(vec![
        sequence((0x0400, 0x0500), vec![sealed.clone()]),
        sequence((0x4FFE, 0x0001), vec![sealed]),
    ]);
    for profile in ["research", "basic", "midi-b"] {
        let done = outcome(&planned(PLAIN, &elements, profile));
        assert_eq!(done["(0400,0500)"].0, Action::Remove, "{profile}");
        assert_eq!(done["(4FFE,0001)"].0, Action::Remove, "{profile}");
    }
}

#[test]
fn kept_private_text_is_cleaned_and_binary_with_a_name_goes() {
    let elements = ct(vec![
        text((0x0043, 0x0010), "LO", "GEMS_PARM_01"),
        text((0x0043, 0x1027), "SH", "for Ottoline"),
        text((0x2001, 0x0010), "LO", "Philips Imaging DD 001"),
        bytes((0x2001, 0x1003), "FL", &1000.0_f32.to_le_bytes()),
        text((0x0051, 0x0010), "LO", "SIEMENS MR HEADER"),
        bytes((0x0051, 0x1008), "UN", b"xx\0QF4711832\0xx"),
    ]);
    let plan = planned(PLAIN, &elements, "research");
    let done = outcome(&plan);
    assert_eq!(done["(0043,1027)"].0, Action::Empty);
    assert!(is_kept(&plan, "(2001,1003)"));
    assert_eq!(done["(0051,1008)"].0, Action::Remove);
}

#[test]
fn without_vrs_the_table_tells_them() {
    let mut elements = ct(vec![
        text((0x2001, 0x0010), "LO", "Philips Imaging DD 001 "),
        bytes((0x2001, 0x1003), "FL", &1000.0_f32.to_le_bytes()),
        text((0x0019, 0x0010), "LO", "SIEMENS MR HEADER"),
        text((0x0019, 0x100C), "IS", "800"),
    ]);
    elements.sort_by_key(|element| element.tag);
    let plan = planned(IMPLICIT, &elements, "research");
    for path in ["(2001,0010)", "(2001,1003)", "(0019,100C)"] {
        assert!(is_kept(&plan, path), "{path}");
    }
}

#[test]
fn a_block_number_is_nothing_without_its_creator() {
    // The same attribute in another block, and one whose creator stands in another item.
    let inner = vec![text((0x0043, 0x1027), "SH", "0.984:1")];
    let elements = ct(vec![
        text((0x0043, 0x0011), "LO", "GEMS_PARM_01"),
        text((0x0043, 0x1127), "SH", "0.984:1"),
        text((0x0043, 0x1027), "SH", "0.984:1"),
        sequence((0x0008, 0x1140), vec![inner]),
    ]);
    let plan = planned(PLAIN, &elements, "research");
    let done = outcome(&plan);
    assert!(is_kept(&plan, "(0043,1127)"));
    assert_eq!(done["(0043,1027)"].0, Action::Remove);
    assert_eq!(done["(0008,1140)[0].(0043,1027)"].0, Action::Remove);
}

fn item(value_type: &str, concept: (&str, &str), value: Element) -> Vec<Element> {
    let name = vec![
        text((0x0008, 0x0100), "SH", concept.1),
        text((0x0008, 0x0102), "SH", concept.0),
        text((0x0008, 0x0104), "LO", "Some concept"),
    ];
    vec![text((0x0040, 0xA040), "CS", value_type), sequence((0x0040, 0xA043), vec![name]), value]
}

#[test]
fn content_items_follow_their_concept() {
    let said = |text_value: &str| text((0x0040, 0xA160), "UT", text_value);
    let tree = sequence(
        (0x0040, 0xA730),
        vec![
            item("TEXT", ("DCM", "110119"), said("SCANNER9")),
            item("TEXT", ("DCM", "109054"), said("calm, seen by Ottoline")),
            item("TEXT", ("LN", "0000-0"), said("chest clear")),
        ],
    );
    let elements = ct(vec![tree]);
    let done = outcome(&planned(PLAIN, &elements, "research"));
    let at = |number: usize| done.get(&format!("(0040,A730)[{number}].(0040,A160)"));
    assert_eq!(at(0).map(|found| found.0), Some(Action::Dummy), "a station");
    let (action, cleaned) = at(1).unwrap();
    assert_eq!((*action, cleaned.as_deref()), (Action::Clean, Some("calm, seen")));
    assert_eq!(at(2), None);
    let device = "format = 1\nname = \"t\"\nextends = \"research\"\noptions = [\"retain-device-identity\"]\n";
    let device = Profile::parse("t", device, Layer::Site).unwrap();
    let plan = plan_of(&scanned(PLAIN.file(&elements)), &device).unwrap();
    assert!(!outcome(&plan).contains_key("(0040,A730)[0].(0040,A160)"), "retained");
}

/// A site's profile of these rules; the reason is added.
fn site(base: &str, rules: &[&str]) -> Profile {
    let rules: Vec<String> =
        rules.iter().map(|rule| format!("[[rule]]\n{rule}\nwhy = \"w\"\n")).collect();
    let text = format!("format = 1\nname = \"s\"\nextends = \"{base}\"\n{}", rules.concat());
    Profile::parse("s", &text, Layer::Site).unwrap()
}

#[test]
fn rules_of_a_site_meet_paths_values_and_what_made_the_instance() {
    let step = |text_value: &str| vec![text((0x0040, 0x0007), "LO", text_value)];
    let elements = ct(vec![
        text((0x0008, 0x0070), "LO", "SIEMENS Healthineers"),
        text((0x0008, 0x0005), "CS", "ISO_IR 192"),
        text((0x0018, 0x0015), "CS", "CHEST"),
        text((0x0018, 0x1030), "LO", "Bauchübersicht"),
        text((0x0018, 0x1400), "LO", "seltsam"),
        text((0x0018, 0x0050), "DS", "1.25"),
        text((0x0018, 0x0060), "DS", "120"),
        sequence((0x0040, 0x0275), vec![step("calm"), step("quick")]),
        text((0x0040, 0x0007), "LO", "slow"),
    ]);
    let profile = site(
        "research",
        &[
            "path = \"(0040,0275).(0040,0007)\"\naction = \"remove\"",
            "tag = \"(0018,1030)\"\naction = \"remove\"",
            "tag = \"(0018,1030)\"\nvalue = '^Bauchübersicht$'\naction = \"keep\"",
            "tag = \"(0018,1400)\"\naction = \"remove\"",
            "tag = \"(0018,1400)\"\nvalue = '^AXIAL$'\naction = \"keep\"",
            "tag = \"(0018,0050)\"\nmodality = [\"CT\", \"MR\"]\nmanufacturer = \"siemens\"\naction = \"remove\"",
            "tag = \"(0018,0060)\"\nmodality = \"MR\"\naction = \"remove\"",
        ],
    );
    for form in [PLAIN, IMPLICIT] {
        let plan = plan_of(&scanned(form.file(&elements)), &profile).unwrap();
        let done = outcome(&plan);
        let what = |path: &str| done.get(path).map(|found| found.0);
        assert_eq!(what("(0040,0275)[0].(0040,0007)"), Some(Action::Remove));
        assert_eq!(what("(0040,0275)[1].(0040,0007)"), Some(Action::Remove));
        assert_eq!(what("(0040,0007)"), None, "no word of it identifies");
        assert!(is_kept(&plan, "(0018,1030)"), "{done:?}");
        assert_eq!(what("(0018,1400)"), Some(Action::Remove));
        assert_eq!(what("(0018,0050)"), Some(Action::Remove));
        assert_eq!(what("(0018,0060)"), None);
        let edit = plan.edits.iter().find(|edit| edit.path.to_string() == "(0018,0050)").unwrap();
        assert_eq!((&*edit.rule, edit.layer), ("profile s: w", Layer::Site));
    }
}

#[test]
fn a_private_attribute_that_a_site_keeps_stays_with_its_creator() {
    let elements = ct(vec![
        text((0x0029, 0x0010), "LO", "ACME OTHER"),
        text((0x0029, 0x1008), "LO", "not this one"),
        text((0x0029, 0x0011), "LO", "ACME SCANS"),
        text((0x0029, 0x1108), "LO", "spiral"),
        text((0x0029, 0x1109), "LO", "nobody knows"),
    ]);
    let keep = "tag = '(0029,\"Acme Scans\",08)'\naction = \"keep\"";
    for base in ["basic", "research"] {
        let plan = plan_of(&scanned(PLAIN.file(&elements)), &site(base, &[keep])).unwrap();
        let done = outcome(&plan);
        for path in ["(0029,0011)", "(0029,1108)"] {
            assert!(is_kept(&plan, path), "{base} {path} {done:?}");
        }
        for path in ["(0029,0010)", "(0029,1008)", "(0029,1109)"] {
            assert_eq!(done[path].0, Action::Remove, "{base} {path}");
        }
    }
    // What the table knows to be safe, a site may still take away.
    let elements = ct(vec![
        text((0x0043, 0x0010), "LO", "GEMS_PARM_01"),
        text((0x0043, 0x1027), "SH", "0.984:1"),
    ]);
    let gone = "path = '(0043,\"GEMS_PARM_01\",27)'\naction = \"remove\"";
    let plan = plan_of(&scanned(PLAIN.file(&elements)), &site("research", &[gone])).unwrap();
    assert_eq!(outcome(&plan)["(0043,1027)"].0, Action::Remove);
    assert_eq!(outcome(&plan)["(0043,0010)"].0, Action::Remove, "nothing is left of its block");
}

/// Edits that a second pass may plan: everything that is keyed, and the marks of what was done.
fn is_expected_again(edit: &PlannedEdit) -> bool {
    let is_keyed = matches!(
        edit.action,
        Action::ReplaceUid | Action::ShiftDate | Action::YearOnly | Action::Pseudonym
    );
    is_keyed || edit.path.tag().group() == 0x0012 || edit.rule.starts_with("marks what was done")
}

fn again(input: &Scan, profile: &Profile) -> Option<Vec<String>> {
    let plan = plan_of(input, profile)?;
    let mut out = Vec::new();
    apply(input, &plan, None, &mut out).ok()?;
    let output = scanned(out);
    let second = plan_of(&output, profile).unwrap();
    let changes = |edit: &&PlannedEdit| {
        let Some((id, node)) = output.iter().find(|(id, _)| output.path(*id) == edit.path) else {
            return edit.value != NewValue::Absent;
        };
        match &edit.value {
            NewValue::Empty => !node.value.is_empty(),
            NewValue::Text(text) => {
                let old = veridact::dicom::text::text_value(&output, id).unwrap();
                old.text.trim_matches([' ', '\0']) != text.expose().trim_matches([' ', '\0'])
            }
            NewValue::Bytes(bytes) => output.value(id, 1 << 20).unwrap() != *bytes.expose(),
            _ => true,
        }
    };
    let odd = second.edits.iter().filter(|edit| !is_expected_again(edit)).filter(changes);
    Some(odd.map(|edit| format!("{} {:?} {}", edit.path, edit.action, edit.rule)).collect())
}

#[test]
fn a_second_pass_over_the_demo_and_real_files_plans_only_what_is_keyed() {
    let profiles = ["research", "basic", "safe-harbor", "tcia"];
    for profile in profiles.map(|name| Profile::load(name).unwrap()) {
        for sample in Sample::ALL {
            let left = again(&scanned(instance(sample, 1, 7).bytes()), &profile);
            assert_eq!(left, Some(Vec::new()), "{sample:?} {}", profile.name());
        }
    }
    let Some(corpus) = shared("corpus/dev/files") else { return };
    let (mut files, mut left) = (0, Vec::new());
    let profile = Profile::load("research").unwrap();
    for path in crate::common::files(&corpus) {
        let Ok(source) = Source::open(&path) else { continue };
        let Ok(input) = scan(source, &Limits::default()) else { continue };
        if let Some(found) = again(&input, &profile) {
            files += 1;
            left.extend(found.into_iter().map(|edit| format!("{}: {edit}", path.display())));
        }
    }
    println!("{files} files");
    assert!(
        files > 150 && left.is_empty(),
        "{} edits: {:#?}",
        left.len(),
        &left[..left.len().min(20)]
    );
}

proptest! {
    #![proptest_config(cases(200, 20_000))]

    #[test]
    fn planning_is_total_and_every_plan_can_be_done(
        (form, more) in files(),
        which in prop::sample::select(vec!["research", "basic", "safe-harbor", "tcia", "midi-b"]),
    ) {
        let profile = Profile::load(which).unwrap();
        let more = more.into_iter().filter(|e| e.tag.0 != 0x7FE0 && e.tag.0 > 0x0008).collect();
        let form = Form { meta: true, ..form };
        if let Ok(input) = scan(Source::from_bytes(form.file(&ct(more))), &Limits::default())
            && let Some(plan) = plan_of(&input, &profile)
        {
            let mut out = Vec::new();
            prop_assert!(apply(&input, &plan, None, &mut out).is_ok());
            prop_assert!(scan(Source::from_bytes(out), &Limits::default()).is_ok());
        }
    }
}
