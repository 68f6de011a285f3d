use proptest::prelude::*;

use super::*;
use crate::model::{Action, ActionCode, AttributePath, Layer, Override, Phi, Tag, VR};

const CT: &str = "1.2.840.10008.5.1.4.1.1.2";

fn resolve(profile: &Profile, path: &str, vr: VR) -> Resolved {
    let path: AttributePath = path.parse().unwrap();
    profile.resolve(&AttributeQuery {
        path: &path,
        vr,
        sop_class: CT,
        known: true,
        present_nonempty: true,
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
    assert_eq!(kind("(0018,0050)"), None, "not in Table E.1-1");
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
            "format = 1\nname = \"t\"\noptions = [\n  \"clean-graphics\",\n  \"retain-safe-private\",\n]\n",
            "profile t, line 5: option retain-safe-private is not implemented",
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
            .contains("shipped are research, safe-harbor, basic")
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
    fn resolving_is_total_and_fits_the_vr(group in 0u16.., element in 0u16.., vr in 0usize..34, which in 0usize..3, known: bool, ct: bool) {
        let all = [
            VR::AE, VR::AS, VR::AT, VR::CS, VR::DA, VR::DS, VR::DT, VR::FL, VR::FD, VR::IS, VR::LO, VR::LT, VR::OB, VR::OD,
            VR::OF, VR::OL, VR::OV, VR::OW, VR::PN, VR::SH, VR::SL, VR::SQ, VR::SS, VR::ST, VR::SV, VR::TM, VR::UC, VR::UI,
            VR::UL, VR::UN, VR::UR, VR::US, VR::UT, VR::UV,
        ];
        let profile = Profile::load(shipped().nth(which).unwrap()).unwrap();
        let path = AttributePath::root(Tag(group, element));
        let sop_class = if ct { CT } else { "1.2.3" };
        let query = AttributeQuery { path: &path, vr: all[vr], sop_class, known, present_nonempty: true };
        let found = profile.resolve(&query);
        prop_assert!(resolve::can_carry(all[vr], found.action), "{:?}", found);
        prop_assert!(!found.rule.is_empty());
    }
}
