use proptest::prelude::*;

use super::*;
use crate::model::{Action, ActionCode, AttributePath, Layer, Override, Phi, Tag, VR};

const CT: &str = "1.2.840.10008.5.1.4.1.1.2";

fn resolve(profile: &Profile, path: &str, vr: VR) -> Resolved {
    resolve_in(CT, profile, path, vr)
}

fn resolve_in(sop_class: &str, profile: &Profile, path: &str, vr: VR) -> Resolved {
    let path: AttributePath = path.parse().unwrap();
    profile.resolve(&AttributeQuery {
        path: &path,
        vr,
        sop_class,
        modality: "CT",
        manufacturer: "",
        known: true,
        present_nonempty: true,
        private: None,
        concept: None,
        value: &|| None,
    })
}

fn with_options(options: &str) -> Profile {
    let text = format!("format = 1\nname = \"t\"\noptions = [{options}]\n");
    Profile::parse("t", &text, Layer::Site).unwrap()
}

#[test]
fn the_table_is_whole() {
    assert_eq!(table::rows().len(), 657);
    let count = |code| table::rows().iter().filter(|row| row.basic == code).count();
    // The counts of the edition, by an independent reading.
    assert_eq!(
        (count(ActionCode::X), count(ActionCode::D), count(ActionCode::U), count(ActionCode::Z)),
        (417, 93, 55, 42)
    );
    assert_eq!(
        (
            count(ActionCode::XD),
            count(ActionCode::XZ),
            count(ActionCode::XZD),
            count(ActionCode::ZD),
            count(ActionCode::XZU)
        ),
        (23, 11, 8, 6, 2)
    );
    let column = |at: usize| table::rows().iter().filter(|row| row.options[at].is_some()).count();
    let columns: Vec<usize> = (0..10).map(column).collect();
    assert_eq!(columns, [1, 60, 59, 10, 19, 169, 169, 141, 4, 4]);
}

#[test]
fn every_row_of_every_option_resolves_to_its_own_code() {
    for option in ConfidentialityOption::all().filter(|option| option.is_implemented()) {
        let profile = with_options(&format!("\"{}\"", option.name()));
        for row in table::rows().iter().filter(|row| !row.tag.contains("odd")) {
            let tag = row.tag.to_lowercase().replace("xx", "02");
            let path: AttributePath = tag.parse().unwrap();
            if matches!(path.tag(), Tag(0x0010, 0x0010 | 0x0020)) {
                continue;
            }
            let cell = option.column().and_then(|column| row.options[column]);
            let found = resolve(&profile, &tag, VR::LO);
            let expected = cell.map_or((row.basic, Layer::Standard), |code| (code, Layer::Option));
            assert_eq!((found.code, found.layer), expected, "{} {tag}", option.name());
        }
    }
}

#[test]
fn the_shipped_profiles_load_and_say_what_they_do_not_satisfy() {
    for name in shipped() {
        let profile = Profile::load(name).unwrap();
        assert_eq!(profile.name(), name);
        assert!(!profile.legal_basis_not_satisfied().is_empty());
        assert!(profile.method_text().len() <= 64);
    }
    assert_eq!(shipped().next(), Some("research"));
}

#[test]
fn research_decides_as_a_curator_expects() {
    let research = Profile::load("research").unwrap();
    for (path, vr, action) in [
        ("(0010,0010)", VR::PN, Action::Pseudonym),
        ("(0010,0020)", VR::LO, Action::Pseudonym),
        ("(0010,0030)", VR::DA, Action::Empty),
        ("(0010,0040)", VR::CS, Action::Keep),
        ("(0010,1010)", VR::AS, Action::CapAge),
        ("(0010,1040)", VR::LO, Action::Remove),
        ("(0008,0020)", VR::DA, Action::ShiftDate),
        ("(0008,0030)", VR::TM, Action::Keep),
        ("(0008,0018)", VR::UI, Action::ReplaceUid),
        ("(0008,0016)", VR::UI, Action::Keep),
        ("(0008,0050)", VR::SH, Action::Empty),
        ("(0008,0080)", VR::LO, Action::Remove),
        ("(0008,0090)", VR::PN, Action::Empty),
        ("(0008,1030)", VR::LO, Action::Clean),
        ("(0008,103E)", VR::LO, Action::Clean),
        ("(0008,1140)", VR::SQ, Action::ReplaceUid),
        ("(0008,1140)[0].(0008,1155)", VR::UI, Action::ReplaceUid),
        ("(0008,1140)[0].(0008,1150)", VR::UI, Action::Keep),
        ("(0018,0050)", VR::DS, Action::Keep),
        ("(0018,1000)", VR::LO, Action::Remove),
        ("(0028,0010)", VR::US, Action::Keep),
        ("(0040,A730)", VR::SQ, Action::Keep),
        ("(0040,A123)", VR::PN, Action::Dummy),
        ("(0088,0200)", VR::SQ, Action::Remove),
        ("(6000,3000)", VR::OW, Action::Remove),
        ("(0020,0052)", VR::UI, Action::ReplaceUid),
        ("(0008,0060)", VR::CS, Action::Keep),
    ] {
        assert_eq!(resolve(&research, path, vr).action, action, "{path}");
    }
}

#[test]
fn compounds_are_settled_by_type() {
    let basic = Profile::load("basic").unwrap();
    // Acquisition Date (0008,0022) X/Z is Type 3 in CT: removed. Study Date (0008,0020) Z is Type 2.
    assert_eq!(resolve(&basic, "(0008,0020)", VR::DA).action, Action::Empty);
    let kind = |path: &str| table::attribute_type(CT, &path.parse().unwrap());
    assert_eq!(kind("(0010,0010)"), Some(table::AttributeType::Type2));
    assert_eq!(kind("(0008,0018)"), Some(table::AttributeType::Type1));
    assert_eq!(kind("(0018,0050)"), None, "not in Table E.1-1, and may be empty");
}

#[test]
fn what_an_iod_needs_keeps_its_place_without_its_value() {
    let basic = Profile::load("basic").unwrap();
    let storage = |class: &str| format!("1.2.840.10008.5.1.4.1.1.{class}");
    let (presentation, plan) = (storage("11.1"), storage("481.5"));
    for (sop_class, path, vr, action) in [
        // X in the table, but Type 1 in a presentation state.
        (&*presentation, "(0070,0082)", VR::DA, Action::Dummy),
        (&*presentation, "(0070,0083)", VR::TM, Action::Dummy),
        (CT, "(0070,0082)", VR::DA, Action::Remove),
        // X, but Type 2C: animals have somebody who answers for them.
        (CT, "(0010,2297)", VR::PN, Action::Empty),
        (CT, "(0010,2299)", VR::LO, Action::Empty),
        // X/D, but Type 2 in a plan.
        (&*plan, "(300A,0006)", VR::DA, Action::Empty),
        (&*plan, "(300A,0007)", VR::TM, Action::Empty),
        // Type 1C: the condition is not known, so that the table's word counts.
        (CT, "(0040,0275)[0].(0040,1001)", VR::SH, Action::Remove),
        // Type 1 of an optional module, and no text.
        (CT, "(6000,3000)", VR::OW, Action::Remove),
    ] {
        assert_eq!(resolve_in(sop_class, &basic, path, vr).action, action, "{sop_class} {path}");
    }
}

#[test]
fn a_content_tree_keeps_its_structure_and_loses_its_words() {
    let basic = Profile::load("basic").unwrap();
    let tree = "(0040,A730)[0].(0040,A730)[1].(0040,A730)[0].";
    for (attribute, vr, action) in [
        ("(0040,A040)", VR::CS, Action::Keep),
        ("(0040,A010)", VR::CS, Action::Keep),
        ("(0040,A043)[0].(0008,0100)", VR::SH, Action::Keep),
        ("(0040,A043)[0].(0008,0102)", VR::SH, Action::Keep),
        ("(0040,A043)[0].(0008,0104)", VR::LO, Action::Dummy),
        ("(0040,A160)", VR::UT, Action::Dummy),
        ("(0040,A300)[0].(0040,A30A)", VR::DS, Action::Dummy),
    ] {
        let path = format!("{tree}{attribute}");
        assert_eq!(resolve(&basic, &path, vr).action, action, "{path}");
    }
}

#[test]
fn types_are_known_at_every_depth() {
    use table::AttributeType::{Type1, Type1C};
    let kind = |class: &str, path: &str| table::attribute_type(class, &path.parse().unwrap());
    let tree = "(0040,A730)[0].(0040,A730)[1].(0040,A730)[0].(0040,A160)";
    for class in [CT, "1.2.3"] {
        assert_eq!(kind(class, tree), Some(Type1C));
        assert_eq!(kind(class, "(0009,1001)[0].(0008,0104)"), Some(Type1));
        assert_eq!(kind(class, "(0008,0104)"), None, "in no sequence");
    }
    assert_eq!(kind("1.2.3", "(0008,0018)"), None, "the IOD is not known");
    assert_eq!(kind(CT, "(0008,0008)"), Some(Type1));
    assert_eq!(kind(CT, "(0018,A001)[0].(0008,0070)"), Some(Type1));
}

#[test]
fn safe_harbor_keeps_years_only() {
    let profile = Profile::load("safe-harbor").unwrap();
    assert_eq!(resolve(&profile, "(0008,0020)", VR::DA).action, Action::YearOnly);
    assert_eq!(resolve(&profile, "(0010,0030)", VR::DA).action, Action::Empty);
    assert_eq!(resolve(&profile, "(0018,1000)", VR::LO).action, Action::Remove);
    assert_eq!(profile.temporal_marker(), "MODIFIED");
}

#[test]
fn a_site_profile_changes_one_rule_and_says_so() {
    let text = "format = 1\nname = \"site\"\nextends = \"research\"\n\n[[rule]]\ntag = \"(0008,1030)\"\naction = \"keep\"\nwhy = \"our descriptions come from a list\"\n";
    let site = Profile::parse("site.toml", text, Layer::Site).unwrap();
    let found = resolve(&site, "(0008,1030)", VR::LO);
    assert_eq!((found.action, found.layer), (Action::Keep, Layer::Site));
    assert_eq!(&*found.rule, "profile site: our descriptions come from a list");
    assert_eq!(resolve(&site, "(0008,103E)", VR::LO).layer, Layer::Option);
    assert_ne!(site.digest(), Profile::load("research").unwrap().digest());
}

#[test]
fn what_is_wrong_is_refused_with_its_line() {
    let cases = [
        ("format = 2\nname = \"t\"\n", "profile t, line 1: the format must be 1"),
        (
            "format = 1\nname = \"t\"\nextends = \"best\"\n",
            "profile t, line 3: there is no shipped profile best",
        ),
        (
            "format = 1\nname = \"t\"\nstandard = \"2020\"\n",
            "profile t, line 3: the table here is PS3.15 2026d Table E.1-1",
        ),
        (
            "format = 1\nname = \"t\"\noptions = [\n  \"clean-graphics\",\n  \"clean-recognizable-visual-features\",\n]\n",
            "profile t, line 5: option clean-recognizable-visual-features is not implemented",
        ),
        (
            "format = 1\nname = \"t\"\noptions = [\"retain-full-dates\", \"retain-modified-dates\"]\n",
            "profile t, line 3: full and modified dates exclude each other (PS3.15 E.3.6)",
        ),
        (
            "format = 1\nname = \"t\"\n[[rule]]\ntag = \"(0010,10)\"\naction = \"X\"\nwhy = \"w\"\n",
            "profile t, line 3: a tag is written (gggg,eeee); x stands for any digit",
        ),
        (
            "format = 1\nname = \"t\"\n\n[[rule]]\ntag = \"(0010,0010)\"\naction = \"shift\"\nwhy = \"w\"\n",
            "profile t, line 4: VR PN cannot carry the action shift",
        ),
        (
            "format = 1\nname = \"t\"\n[[rule]]\ntag = \"(0010,0010)\"\naction = \"hide\"\nwhy = \"w\"\n",
            "profile t, line 3: there is no action hide",
        ),
        (
            "format = 1\nname = \"t\"\n[[rule]]\ntag = \"(0010,0010)\"\naction = \"X\"\nwhy = \" \"\n",
            "profile t, line 3: a rule needs a reason (why)",
        ),
        (
            "format = 1\nname = \"t\"\n[[rule]]\naction = \"X\"\nwhy = \"w\"\n",
            "profile t, line 3: a rule needs a tag, a path or a VR",
        ),
    ];
    for (text, message) in cases {
        assert_eq!(Profile::parse("t", text, Layer::Site).unwrap_err().to_string(), message);
    }
    let unknown =
        Profile::parse("t", "format = 1\nname = \"t\"\ncolour = 1\n", Layer::Site).unwrap_err();
    assert!(unknown.to_string().contains("line 3"), "{unknown}");
    assert!(
        Profile::load("nosuch")
            .unwrap_err()
            .to_string()
            .contains("shipped are research, safe-harbor, basic, tcia, midi-b")
    );
}

#[test]
fn overrides_that_protect_less_are_told() {
    let research = Profile::load("research").unwrap();
    let name = resolve(&research, "(0010,0010)", VR::PN);
    assert!(is_weaker(&name, &Override::Keep));
    assert!(is_weaker(&name, &Override::ReplaceWith(Phi::new("x".into()))));
    assert!(!is_weaker(&name, &Override::Remove));
    assert!(!is_weaker(&resolve(&research, "(0018,0050)", VR::DS), &Override::Keep));
}

/// A profile of these rules over the Basic Profile; the reason is added.
fn with_rules(rules: &[&str]) -> Profile {
    let rules: Vec<String> =
        rules.iter().map(|rule| format!("[[rule]]\n{rule}\nwhy = \"w\"\n")).collect();
    let text = format!("format = 1\nname = \"t\"\n{}", rules.concat());
    Profile::parse("t", &text, Layer::Site).unwrap()
}

/// An attribute of an instance, as a rule may ask for it.
#[derive(Clone, Copy)]
struct Asked<'a> {
    vr: VR,
    modality: &'a str,
    manufacturer: &'a str,
    creator: &'a str,
    value: Option<&'a str>,
}

const PLAIN: Asked<'_> =
    Asked { vr: VR::LO, modality: "CT", manufacturer: "", creator: "", value: None };

fn action(profile: &Profile, path: &str, asked: Asked<'_>) -> Action {
    let path: AttributePath = path.parse().unwrap();
    let creator = asked.creator;
    let private = private::PrivateAttribute { creator, parents: private::ROOT };
    let query = AttributeQuery {
        path: &path,
        vr: asked.vr,
        sop_class: CT,
        modality: asked.modality,
        manufacturer: asked.manufacturer,
        known: true,
        present_nonempty: true,
        private: (path.tag().group() % 2 == 1).then_some(private),
        concept: None,
        value: &|| asked.value.map(str::to_owned),
    };
    profile.resolve(&query).action
}

#[test]
fn a_path_means_every_item_and_nothing_else() {
    let profile = with_rules(&["path = \"(0040,0275).(0018,0050)\"\naction = \"remove\""]);
    let asked = Asked { vr: VR::DS, ..PLAIN };
    let done = |path: &str| action(&profile, path, asked) == Action::Remove;
    assert!(done("(0040,0275)[0].(0018,0050)") && done("(0040,0275)[7].(0018,0050)"));
    for path in [
        "(0018,0050)",
        "(0040,0276)[0].(0018,0050)",
        "(0008,1111)[0].(0040,0275)[0].(0018,0050)",
        "(0040,0275)[0].(0008,1111)[0].(0018,0050)",
    ] {
        assert!(!done(path), "{path}");
    }
    let top = with_rules(&["path = \"(0008,0104)\"\naction = \"remove\""]);
    assert_eq!(action(&top, "(0008,0104)", PLAIN), Action::Remove);
    assert_ne!(action(&top, "(0040,0275)[0].(0008,0104)", PLAIN), Action::Remove);
}

#[test]
fn a_star_means_any_depth() {
    let profile = with_rules(&["path = \"*.(0040,0008).(0008,0104)\"\naction = \"empty\""]);
    let code = |around: &str| {
        let asked = Asked { vr: VR::ST, ..PLAIN };
        action(&profile, &format!("{around}(0040,0008)[1].(0008,0104)"), asked)
    };
    // Code Meaning needs a value: a dummy is what empties it.
    for around in ["", "(0040,0275)[0].", "(0040,A730)[2].(0040,A730)[1].(0040,0275)[0]."] {
        assert_eq!(code(around), Action::Dummy, "{around}");
    }
    assert_eq!(action(&profile, "(0008,0104)", PLAIN), Action::Keep);
    assert_eq!(action(&profile, "(0040,0009)[0].(0008,0104)", PLAIN), Action::Keep);
    let sequences = with_rules(&["path = \"(0008,11xx).(0008,0104)\"\naction = \"remove\""]);
    let asked = Asked { vr: VR::LO, ..PLAIN };
    assert_eq!(action(&sequences, "(0008,1140)[0].(0008,0104)", asked), Action::Remove);
}

#[test]
fn a_private_attribute_is_named_by_its_creator_whatever_its_block() {
    let csa = Asked { vr: VR::LO, creator: "SIEMENS CSA HEADER", ..PLAIN };
    let profile = with_rules(&["tag = '(0029,\"Siemens CSA Header\",10)'\naction = \"keep\""]);
    for path in ["(0029,1010)", "(0029,1110)", "(0029,FF10)", "(0040,0275)[0].(0029,1010)"] {
        assert_eq!(action(&profile, path, csa), Action::Keep, "{path}");
    }
    assert_eq!(action(&profile, "(0029,1011)", csa), Action::Remove);
    assert_eq!(action(&profile, "(0051,1010)", csa), Action::Remove);
    let other = Asked { creator: "SIEMENS MEDCOM HEADER", ..csa };
    assert_eq!(action(&profile, "(0029,1010)", other), Action::Remove);
    assert_eq!(action(&profile, "(0029,0010)", csa), Action::Remove, "the creator itself");
    let path = "path = '(0040,0275).(0029,\"a.b (c), d\",xx)'\naction = \"keep\"";
    let nested = with_rules(&[path]);
    let asked = Asked { creator: "A.B (C), D ", ..csa };
    assert_eq!(action(&nested, "(0040,0275)[3].(0029,2342)", asked), Action::Keep);
    assert_eq!(action(&nested, "(0029,2342)", asked), Action::Remove);
}

#[test]
fn rules_ask_for_modality_manufacturer_and_sop_class() {
    let on = |condition: &str| {
        with_rules(&[&format!("tag = \"(0018,0050)\"\n{condition}\naction = \"remove\"")])
    };
    let of = |modality| Asked { vr: VR::DS, modality, ..PLAIN };
    let by = |manufacturer| Asked { vr: VR::DS, manufacturer, ..PLAIN };
    let list = on("modality = [\"US\", \"MR\"]");
    let done = |profile: &Profile, asked| action(profile, "(0018,0050)", asked) == Action::Remove;
    assert!(done(&list, of("MR")) && done(&list, of("US")) && !done(&list, of("CT")));
    let one = on("modality = \"CT\"");
    assert!(done(&one, of("CT")) && !done(&one, of("US")));
    let maker = on("manufacturer = \"siemens\"");
    assert!(done(&maker, by("SIEMENS Healthineers")) && done(&maker, by("Siemens")));
    assert!(!done(&maker, by("GE MEDICAL SYSTEMS")) && !done(&maker, by("")));
    assert!(done(&on(&format!("sop-class = \"{CT}\"")), by("")));
    assert!(!done(&on("sop-class = \"1.2.3\""), by("")));
    let both = on("modality = \"CT\"\nmanufacturer = \"siemens\"\nvr = \"DS\"");
    assert!(done(&both, by("SIEMENS")) && !done(&both, Asked { vr: VR::IS, ..by("SIEMENS") }));
}

#[test]
fn a_value_that_cannot_be_read_never_fits() {
    let careful = "tag = \"(0018,1030)\"\naction = \"remove\"";
    let exception = "tag = \"(0018,1030)\"\nvalue = '^(HEAD|CHEST)( ROUTINE)?$'\naction = \"keep\"";
    let profile = with_rules(&[careful, exception]);
    let of = |value| action(&profile, "(0018,1030)", Asked { value, ..PLAIN });
    assert_eq!(of(Some("HEAD ROUTINE")), Action::Keep);
    assert_eq!(of(Some("HEAD of Roe")), Action::Remove);
    assert_eq!(of(Some("HEAD\\ROE")), Action::Remove, "all values are one text");
    assert_eq!(of(None), Action::Remove);
    // The other way round what cannot be read would stay.
    let part = "tag = \"(0018,1030)\"\nvalue = '(?i)dr\\.'\naction = \"remove\"";
    let profile = with_rules(&["tag = \"(0018,1030)\"\naction = \"keep\"", part]);
    let of = |value| action(&profile, "(0018,1030)", Asked { value, ..PLAIN });
    assert_eq!(of(Some("for DR. ROE")), Action::Remove);
    assert_eq!(of(None), Action::Keep);
}

#[test]
fn a_value_is_read_only_where_all_else_fits() {
    let profile = with_rules(&[
        "tag = \"(0018,1030)\"\nvalue = 'x'\nmodality = \"MR\"\naction = \"remove\"",
        "vr = \"LO\"\nvalue = 'x'\naction = \"remove\"",
    ]);
    for path in ["(0018,1030)", "(0018,0050)", "(0008,1030)"] {
        let path: AttributePath = path.parse().unwrap();
        profile.resolve(&AttributeQuery {
            path: &path,
            vr: if path.tag() == Tag(0x0018, 0x0050) { VR::DS } else { VR::LO },
            sop_class: CT,
            modality: "CT",
            manufacturer: "",
            known: true,
            present_nonempty: true,
            private: None,
            concept: None,
            value: &|| panic!("nobody had to read it"),
        });
    }
}

#[test]
fn the_last_rule_that_fits_wins_and_one_that_names_the_attribute_before_one_by_vr() {
    let tag = "tag = \"(0018,9xxx)\"\naction = \"empty\"";
    let path = "path = \"(0018,9306)\"\naction = \"remove\"";
    let vr = "vr = \"FD\"\naction = \"dummy\"";
    let asked = Asked { vr: VR::FD, ..PLAIN };
    let of = |rules: &[&str], at| action(&with_rules(rules), at, asked);
    assert_eq!(of(&[tag, path, vr], "(0018,9306)"), Action::Remove);
    assert_eq!(of(&[path, tag, vr], "(0018,9306)"), Action::Empty);
    assert_eq!(of(&[tag, path, vr], "(0018,9307)"), Action::Empty);
    assert_eq!(of(&[tag, path, vr], "(0020,9307)"), Action::Dummy);
}

#[test]
fn a_rule_is_told_back_as_it_was_written() {
    for (text, told) in [
        ("(0010,0010)", "(0010,0010)"),
        ("(60xx,300a)", "(60xx,300A)"),
        ("(0029, \"SIEMENS CSA HEADER\", 1x)", "(0029,\"SIEMENS CSA HEADER\",1x)"),
    ] {
        assert_eq!(Place::of_tag(text).unwrap().to_string(), told);
    }
    for path in ["(0040,0275).(0040,0007)", "*.(0040,0275).(0029,\"X.Y\",10)", "(0008,0104)"] {
        assert_eq!(Place::of_path(path).unwrap().to_string(), path);
    }
}

#[test]
fn every_condition_changes_the_digest() {
    let conditions = [
        "tag = \"(0018,1030)\"",
        "path = \"(0018,1030)\"",
        "path = \"(0040,0275).(0018,1030)\"",
        "path = \"*.(0040,0275).(0018,1030)\"",
        "tag = '(0019,\"A\",30)'",
        "tag = '(0019,\"B\",30)'",
        "tag = \"(0018,1030)\"\nvr = \"LO\"",
        "tag = \"(0018,1030)\"\nsop-class = \"1.2\"",
        "tag = \"(0018,1030)\"\nmodality = \"CT\"",
        "tag = \"(0018,1030)\"\nmodality = [\"CT\", \"MR\"]",
        "tag = \"(0018,1030)\"\nmanufacturer = \"a\"",
        "tag = \"(0018,1030)\"\nvalue = 'a'",
        "tag = \"(0018,1030)\"\nvalue = 'b'",
    ];
    let digest = |text: &str| with_rules(&[&format!("{text}\naction = \"remove\"")]).digest();
    let all: Vec<_> = conditions.iter().map(|text| digest(text)).collect();
    for (at, one) in all.iter().enumerate() {
        assert!(!all[..at].contains(one), "{}", conditions[at]);
    }
    let twice = "\n\n\ntag = \"(0018,1030)\"";
    assert_eq!(digest(twice), all[0], "where a rule stands changes nothing");
}

#[test]
fn every_setting_changes_the_digest() {
    let digest = |key: &str, value: &str| {
        let text = format!("format = 1\nname = \"t\"\n{key} = {value}\n");
        Profile::parse("t", &text, Layer::Site).unwrap().digest()
    };
    for (key, one, other) in [
        ("options", "[]", "[\"clean-graphics\"]"),
        ("ages", "\"keep\"", "\"cap89\""),
        ("dates", "\"shift\"", "\"hash\""),
        ("date-offset", "\"patient\"", "\"study\""),
        ("free-text", "\"empty\"", "\"strict\""),
        ("names-in-clinical-phrases", "\"cut\"", "\"keep\""),
        ("unknown-private", "\"remove\"", "\"clean\""),
        ("keep-known-creators", "false", "true"),
        ("complete-iod", "false", "true"),
        ("encapsulated-documents", "\"remove\"", "\"hold\""),
        ("identity", "\"issuer-and-id\"", "\"id\""),
    ] {
        assert_ne!(digest(key, one), digest(key, other), "{key}");
    }
}

#[test]
fn a_condition_that_is_wrong_is_refused_with_its_line() {
    let tag = "tag = \"(0018,1030)\"";
    for (rule, message) in [
        (format!("{tag}\npath = \"(0018,1030)\""), "a rule has a tag or a path, not both"),
        (
            "path = \"(0040,0275)[0].(0040,0007)\"".to_owned(),
            "a path has no item numbers: it means every item",
        ),
        (
            "path = \"(0040,0275).*.(0040,0007)\"".to_owned(),
            "a path is written (gggg,eeee).(gggg,eeee); * in front of it stands for any depth",
        ),
        (
            "path = '(0029,\"X\",10).(0008,0104)'".to_owned(),
            "a private attribute by its creator can only be the last step",
        ),
        (
            "tag = '(0028,\"X\",10)'".to_owned(),
            "a private attribute is written (gggg,\"CREATOR\",ee), its group is odd",
        ),
        (
            "tag = '(0029,\" \",10)'".to_owned(),
            "a private attribute is written (gggg,\"CREATOR\",ee), its group is odd",
        ),
        (
            "tag = \"(0028,0010)\"".to_owned(),
            "(0028,0010) is protected: the rest cannot be read without it",
        ),
        (format!("{tag}\nsop-class = \"CT\""), "a SOP Class is named by its UID"),
        (
            format!("{tag}\nmodality = []"),
            "a modality is written as CT, several as [\"CT\", \"MR\"]",
        ),
        (format!("{tag}\nmanufacturer = \" \""), "a manufacturer needs a part of its name"),
        (format!("{tag}\nvalue = '(a'"), "the value is no regular expression: unclosed group"),
        (
            format!("{tag}\nvalue = '\\w{{500}}'"),
            "the value is no regular expression: Compiled regex exceeds size limit of 1048576 bytes.",
        ),
        ("modality = \"CT\"".to_owned(), "a rule needs a tag, a path or a VR"),
    ] {
        let text =
            format!("format = 1\nname = \"t\"\n[[rule]]\n{rule}\naction = \"X\"\nwhy = \"w\"\n");
        let error = Profile::parse("t", &text, Layer::Site).unwrap_err().to_string();
        assert_eq!(error, format!("profile t, line 3: {message}"), "{rule}");
    }
    let list = "format = 1\nname = \"t\"\n[[rule]]\nvr = \"DA\"\nmodality = 7\naction = \"X\"\n";
    let error = Profile::parse("t", list, Layer::Site).unwrap_err().to_string();
    assert!(error.contains("line 5") && error.contains("a word or a list of words"), "{error}");
}

#[test]
fn patterns_of_one_profile_take_so_much_memory_and_no_more() {
    let rule = "[[rule]]\ntag = \"(0018,1030)\"\nvalue = 'a'\naction = \"X\"\nwhy = \"w\"\n";
    let text = |count| format!("format = 1\nname = \"t\"\n{}", rule.repeat(count));
    assert!(Profile::parse("t", &text(256), Layer::Site).is_ok());
    let error = Profile::parse("t", &text(257), Layer::Site).unwrap_err().to_string();
    assert_eq!(error, "profile t, line 1283: more than 256 rules ask for a value");
}

#[test]
fn the_shortest_way_to_a_rule_finds_what_trying_all_finds() {
    let profile = Profile::load("midi-b").unwrap();
    let rules = profile.rules();
    let mut tags: Vec<Tag> = table::rows()
        .iter()
        .filter_map(|row| row.tag.to_lowercase().replace("xx", "02").parse().ok())
        .map(|path: AttributePath| path.tag())
        .collect();
    tags.extend([Tag(0x6002, 0x4000), Tag(0x0029, 0x1010), Tag(0x0018, 0x0050)]);
    for tag in tags {
        let naming = |rule: &&Rule| rule.place.as_ref().is_some_and(|place| place.tags().fits(tag));
        let slow: Vec<&Rule> = rules.iter().rev().filter(naming).collect();
        let quick = profile.index().naming(tag).map(|at| &rules[at]).filter(naming);
        assert_eq!(quick.collect::<Vec<_>>(), slow, "{tag}");
    }
}

fn any_rule() -> impl Strategy<Value = String> {
    let place = prop::sample::select(vec![
        "tag = \"(0018,1030)\"",
        "tag = \"(00xx,10xx)\"",
        "tag = \"(xxxx,xxxx)\"",
        "tag = '(0029,\"A\",xx)'",
        "tag = \"(0029,xxxx)\"",
        "path = \"(0040,0275).(0018,1030)\"",
        "path = \"*.(0040,0275).(xxxx,xxxx)\"",
        "path = \"(0040,xxxx).(0029,10xx)\"",
        "vr = \"UN\"",
        "vr = \"LO\"",
    ]);
    let condition = prop::sample::select(vec![
        "",
        "modality = [\"CT\", \"MR\"]",
        "manufacturer = \"a\"",
        "value = '^a'",
        "value = ''",
        "sop-class = \"1.2.3\"",
    ]);
    let action = prop::sample::select(vec![
        "keep", "remove", "empty", "dummy", "clean", "uid", "X", "Z/D", "C", "K", "U", "X/Z/U*",
    ]);
    (place, condition, action).prop_map(|(place, condition, action)| {
        format!("{place}\n{condition}\naction = \"{action}\"")
    })
}

/// An action that the VR cannot carry is refused where the rule names a VR.
fn is_allowed(rule: &str) -> bool {
    !(rule.contains("vr = \"UN\"") && rule.contains("\"clean\""))
}

proptest! {
    #[test]
    fn rules_of_any_kind_leave_resolving_total(
        rules in prop::collection::vec(any_rule().prop_filter("a VR's action", |r| is_allowed(r)), 0..8),
        tag in prop::sample::select(vec![
            Tag(0x0018, 0x1030), Tag(0x0029, 0x1010), Tag(0x0029, 0x0010), Tag(0x0040, 0x0275),
            Tag(0x0008, 0x0060), Tag(0x0028, 0x0010), Tag(0x0010, 0x0020), Tag(0x6002, 0x1010),
        ]),
        depth in 0usize..3,
        vr in prop::sample::select(vec![VR::LO, VR::UN, VR::SQ, VR::DA, VR::PN, VR::US, VR::UI, VR::OB]),
        value in prop::option::of("[a-c\\\\]{0,3}"),
    ) {
        let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
        let profile = with_rules(&rules);
        let step = crate::model::PathStep { sequence: Tag(0x0040, 0x0275), item: 1 };
        let path = AttributePath::nested(vec![step; depth], tag);
        let query = AttributeQuery {
            path: &path, vr, sop_class: CT, modality: "MR", manufacturer: "A", known: true,
            present_nonempty: true, concept: None, value: &|| value.clone(),
            private: Some(private::PrivateAttribute { creator: "A", parents: private::ROOT }),
        };
        let found = profile.resolve(&query);
        prop_assert!(resolve::can_carry(vr, found.action), "{:?}", found);
        prop_assert!(!resolve::is_protected(tag) || found.action == Action::Keep);
        // What wins fits, and no later rule that names the attribute does.
        let naming = |rule: &&Rule| rule.place.is_some() && rule.fits(&query);
        let last = profile.rules().iter().rev().find(naming);
        if let Some(rule) = last.filter(|_| !resolve::is_protected(tag)) {
            prop_assert_eq!(&found.rule, &rule.label);
        }
    }
}

proptest! {
    #[test]
    fn resolving_is_total_and_fits_the_vr(group in 0u16.., element in 0u16.., vr in 0usize..34, which in 0usize..5, known: bool, ct: bool) {
        let all = [
            VR::AE, VR::AS, VR::AT, VR::CS, VR::DA, VR::DS, VR::DT, VR::FL, VR::FD, VR::IS, VR::LO, VR::LT, VR::OB, VR::OD,
            VR::OF, VR::OL, VR::OV, VR::OW, VR::PN, VR::SH, VR::SL, VR::SQ, VR::SS, VR::ST, VR::SV, VR::TM, VR::UC, VR::UI,
            VR::UL, VR::UN, VR::UR, VR::US, VR::UT, VR::UV,
        ];
        let profile = Profile::load(shipped().nth(which).unwrap()).unwrap();
        let path = AttributePath::root(Tag(group, element));
        let sop_class = if ct { CT } else { "1.2.3" };
        let query = AttributeQuery { path: &path, vr: all[vr], sop_class, modality: "CT", manufacturer: "", known, present_nonempty: true, private: None, concept: None, value: &|| None };
        let found = profile.resolve(&query);
        prop_assert!(resolve::can_carry(all[vr], found.action), "{:?}", found);
        prop_assert!(!found.rule.is_empty());
    }
}
