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
        known: true,
        present_nonempty: true,
        private: None,
        concept: None,
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
            "profile t, line 3: a rule needs a tag or a VR",
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
        let query = AttributeQuery { path: &path, vr: all[vr], sop_class, known, present_nonempty: true, private: None, concept: None };
        let found = profile.resolve(&query);
        prop_assert!(resolve::can_carry(all[vr], found.action), "{:?}", found);
        prop_assert!(!found.rule.is_empty());
    }
}
