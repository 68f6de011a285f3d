//! Policy, markers and structure.

use veridact::model::{AttributePath, Override, Phi};

use crate::verify::fixture::{
    Case, NEW_INSTANCE, OLD_SERIES, OLD_STUDY, assert_found, assert_passes, element, item, rules,
};

fn path(text: &str) -> AttributePath {
    text.parse().unwrap()
}

#[test]
fn an_action_that_was_not_done_is_found() {
    for (what, tag, vr, value) in [
        ("X", (0x0010, 0x1001), "PN", "Other"),
        ("Z", (0x0008, 0x0090), "PN", "Somebody^Else"),
        ("U not made here", (0x0020, 0x0052), "UI", "1.2.3.4.5.6.7.8"),
        ("unknown attribute", (0x0018, 0xFFF0), "LO", "x"),
        ("no attribute of a dataset", (0x0004, 0x1500), "CS", "X"),
        ("private", (0x0009, 0x1001), "LO", "x"),
        ("private creator", (0x0009, 0x0010), "LO", "INVENTED"),
        ("age", (0x0010, 0x1010), "AS", "094Y"),
    ] {
        let mut case = Case::new();
        case.input.set(tag, vr, value);
        case.staged.set(tag, vr, value);
        let place = format!("({:04X},{:04X})", tag.0, tag.1);
        println!("{what}");
        assert_found(&case.run(), "policy", &place);
    }
}

#[test]
fn what_should_be_gone_may_be_empty_or_a_dummy_where_it_is_text() {
    let mut case = Case::new();
    for dummy in ["", "REMOVED"] {
        case.staged.set((0x0010, 0x2299), "LO", dummy);
        assert_passes(&case.run());
    }
    for (tag, vr, value) in [
        ((0x0010, 0x2299), "LO", "Somewhere"),
        ((0x6000, 0x3000), "OW", "\0\0"),
        ((0x0088, 0x0200), "SQ", ""),
    ] {
        let mut case = Case::new();
        case.staged.set(tag, vr, value);
        assert_found(&case.run(), "policy", &format!("({:04X},{:04X})", tag.0, tag.1));
    }
}

#[test]
fn equal_values_are_found_where_other_ones_are_due() {
    for (tag, vr, value) in [
        ((0x0008, 0x0050), "SH", "A77881-X"),
        ((0x0008, 0x0080), "LO", "Somewhere"),
        ((0x0008, 0x0021), "DA", "20230707"),
        ((0x0040, 0x2016), "LO", "7788"),
    ] {
        let mut case = Case::new();
        case.input.set(tag, vr, value);
        case.staged.set(tag, vr, value);
        assert_found(&case.run(), "policy", &format!("({:04X},{:04X})", tag.0, tag.1));
        case.staged.set(tag, vr, "");
        assert_passes(&case.run());
    }
}

#[test]
fn rules_hold_at_every_depth() {
    let mut case = Case::new();
    let inner = item(&element(0x0010, 0x1000, "LO", b"some id"));
    case.staged.set((0x0008, 0x2218), "SQ", item(&element(0x0008, 0x1111, "SQ", &inner)));
    assert_found(&case.run(), "policy", "(0008,2218)[0].(0008,1111)[0].(0010,1000)");
}

/// A case in which both files have a kernel of convolution, at the top level and in a sequence,
/// under one rule more.
fn under(rule: &str) -> Case {
    let mut case = Case::new();
    case.rules = rules(&[rule]);
    let kernel = item(&element(0x0018, 0x1210, "SH", b"B30f"));
    let two = [kernel.clone(), kernel].concat();
    for set in [&mut case.input, &mut case.staged] {
        set.set((0x0018, 0x1210), "SH", "B30f");
        set.set((0x0040, 0x0555), "SQ", &two);
    }
    case
}

#[test]
fn what_a_rule_of_the_profile_removes_is_demanded_where_it_is_meant() {
    let top = "(0018,1210)";
    let nested = ["(0040,0555)[0].(0018,1210)", "(0040,0555)[1].(0018,1210)"];
    let all = [top, nested[0], nested[1]];
    for (conditions, found) in [
        ("tag = \"(0018,1210)\"", &all[..]),
        ("path = \"(0018,1210)\"", &all[..1]),
        ("path = \"(0040,0555).(0018,1210)\"", &nested[..]),
        ("path = \"*.(0040,0555).(0018,12xx)\"", &nested[..]),
        ("path = \"(0040,0275).(0018,1210)\"", &[]),
        ("tag = \"(0018,1210)\"\nmodality = [\"MR\", \"CT\"]", &all[..]),
        ("tag = \"(0018,1210)\"\nmodality = \"MR\"", &[]),
        ("tag = \"(0018,1210)\"\nmanufacturer = \"invented\"", &all[..]),
        ("tag = \"(0018,1210)\"\nmanufacturer = \"other\"", &[]),
        ("tag = \"(0018,1210)\"\nvalue = '^B\\d+f$'", &all[..]),
        ("tag = \"(0018,1210)\"\nvalue = '^H'", &[]),
        ("vr = \"SH\"\nvalue = '^B'\nmanufacturer = \"scanners\"", &all[..]),
    ] {
        let verdict = under(&format!("{conditions}\naction = \"remove\"")).run();
        println!("{conditions}");
        found.iter().for_each(|place| assert_found(&verdict, "policy", place));
        let count = verdict.findings.iter().filter(|r| r.check == "policy").count();
        assert_eq!(count, found.len(), "{verdict:?}");
    }
}

#[test]
fn a_rule_looks_at_what_the_input_was() {
    // Neither manufacturer nor value stand in the staged file any more.
    let rule =
        "tag = \"(0018,1210)\"\nmanufacturer = \"invented\"\nvalue = 'B'\naction = \"remove\"";
    let mut case = under(rule);
    case.staged.set((0x0008, 0x0070), "LO", "").set((0x0018, 0x1210), "SH", "C30f");
    assert_found(&case.run(), "policy", "(0018,1210)");
    // What protects the rest is touched by no rule.
    case.rules =
        rules(&["tag = \"(0028,xxxx)\"\naction = \"remove\"", "vr = \"CS\"\naction = \"X\""]);
    let verdict = case.run();
    assert!(verdict.findings.iter().all(|r| r.place != "(0028,0010)" && r.place != "(0008,0060)"));
}

#[test]
fn a_private_attribute_that_a_rule_removes_may_not_stay_though_the_plan_says_so() {
    let mut case = Case::new();
    for set in [&mut case.input, &mut case.staged] {
        set.set((9, 0x11), "LO", "INVENTED ").set((9, 0x1101), "LO", "filter b30");
    }
    case.kept.insert(path("(0009,1101)"));
    assert_passes(&case.run());
    case.rules = rules(&["tag = '(0009,\"Invented\",02)'\naction = \"remove\""]);
    assert_passes(&case.run());
    case.rules = rules(&["tag = '(0009,\"Invented\",01)'\naction = \"remove\""]);
    assert_found(&case.run(), "policy", "(0009,1101)");
}

#[test]
fn uids_are_new_and_consistent() {
    let mut case = Case::new();
    case.staged.set((0x20, 0xE), "UI", OLD_SERIES);
    let verdict = case.run();
    assert_found(&verdict, "policy", "(0020,000E)");
    assert_found(&verdict, "identifier", "(0020,000E)");
    let mut case = Case::new();
    case.staged.set((0x20, 0xD), "UI", "2.25.999");
    assert_found(&case.run(), "policy", "(0020,000D)");
    let mut case = Case::new();
    case.staged.set((0x20, 0xE), "UI", format!("{OLD_STUDY}.1"));
    assert_found(&case.run(), "identifier", "(0020,000E)");
}

#[test]
fn the_name_is_the_pseudonym() {
    let mut case = Case::new();
    case.staged.set((0x10, 0x10), "PN", "Somebody^Else");
    assert_found(&case.run(), "policy", "(0010,0010)");
    case.staged.set((0x10, 0x10), "PN", "");
    assert_passes(&case.run());
}

#[test]
fn a_reviewers_override_is_an_exception_and_must_be_done() {
    let mut case = Case::new();
    case.staged.set((8, 0x80), "LO", "St. Elsewhere Hospital");
    assert_found(&case.run(), "policy", "(0008,0080)");
    case.overrides.insert(path("(0008,0080)"), Override::Keep);
    let verdict = case.run();
    assert_passes(&verdict);
    assert_eq!(verdict.listed.len(), 1);
    case.overrides.insert(path("(0008,0080)"), Override::Empty);
    assert_found(&case.run(), "policy", "(0008,0080)");
    case.overrides
        .insert(path("(0008,0080)"), Override::ReplaceWith(Phi::new("elsewhere".to_owned())));
    assert_found(&case.run(), "policy", "(0008,0080)");
}

#[test]
fn a_kept_private_attribute_may_stay_with_its_creator() {
    let mut case = Case::new();
    case.staged.set((9, 0x10), "LO", "INVENTED").set((9, 0x1001), "LO", "filter b30");
    case.kept.insert(path("(0009,1001)"));
    assert_passes(&case.run());
    case.staged.set((9, 0x11), "LO", "OTHER");
    assert_found(&case.run(), "policy", "(0009,0011)");
}

#[test]
fn markers_must_say_what_was_done() {
    for (tag, value, place) in [
        ((0x12, 0x62), "NO", "(0012,0062)"),
        ((0x12, 0x63), "", "(0012,0063)"),
        ((0x28, 0x303), "UNMODIFIED", "(0028,0303)"),
        ((0x28, 0x301), "NO", "(0028,0301)"),
        ((0x28, 0x302), "NO", "(0028,0302)"),
    ] {
        let mut case = Case::new();
        case.staged.set(tag, "CS", value);
        assert_found(&case.run(), "markers", place);
    }
    let mut case = Case::new();
    case.pixels_decided = true;
    case.staged.set((0x28, 0x301), "CS", "NO");
    assert_passes(&case.run());
}

#[test]
fn a_file_that_does_not_agree_with_itself_is_broken() {
    for (tag, value, place) in [
        ((0x20, 0xD), "", "(0020,000D)"),
        ((8, 0x60), "", "(0008,0060)"),
        ((0x10, 0x20), "", "(0010,0020)"),
        ((0x20, 0xE), "2.25.01", "(0020,000E)"),
    ] {
        let mut case = Case::new();
        let vr = case.staged.elements[&tag].0.clone();
        case.staged.set(tag, &vr, value);
        let verdict = case.run();
        assert_found(&verdict, "structure", place);
        assert!(verdict.structure().is_some());
    }
    let mut case = Case::new();
    case.staged.meta.push((0x3, "UI", b"2.25.5".to_vec()));
    let bytes = case.staged.bytes();
    let at = bytes.windows(NEW_INSTANCE.len()).position(|w| w == NEW_INSTANCE.as_bytes()).unwrap();
    let mut bytes = bytes;
    bytes[at + 5] = b'9';
    let source = veridact::dicom::Source::from_bytes(bytes);
    let scan = veridact::dicom::scan(source, &veridact::dicom::Limits::default()).unwrap();
    let verdict = case.run_on(&scan, veridact::verify::PixelExpectation::Untouched);
    assert_found(&verdict, "structure", "file meta (0002,0003)");
}

#[test]
fn two_images_in_one_file_are_broken() {
    let mut case = Case::new();
    case.staged.set((0x7FE0, 0x0008), "OW", [0; 4]);
    assert_found(&case.run(), "structure", "(7FE0,0010)");
}

#[test]
fn what_tells_the_origin_may_not_stand_in_file_meta() {
    let mut case = Case::new();
    case.staged.meta.push((0x0100, "UI", b"1.2.3.4".to_vec()));
    assert_found(&case.run(), "structure", "file meta (0002,0100)");
}

#[test]
fn references_are_collected() {
    let mut case = Case::new();
    let reference = item(&element(8, 0x1155, "UI", b"2.25.77"));
    case.staged.set((8, 0x1140), "SQ", reference);
    let verdict = case.run();
    assert_passes(&verdict);
    assert_eq!(verdict.references, ["2.25.77"]);
}
