use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;

use crate::devices::import::{Format, ImportOptions, Imported, LineUse, import};
use crate::devices::{Area, Ask, Compare, Condition, DeviceRules, ImageSize};
use crate::model::Region;

fn read(text: &str, format: Format) -> Imported {
    import(text, format, ImportOptions::default())
}

/// The only rule of a script, which has nothing but that.
fn one(text: &str, format: Format) -> crate::devices::DeviceRule {
    let mut found = read(text, format);
    assert_eq!(found.not_understood, [], "{text}");
    assert_eq!(found.rules.len(), 1, "{text}");
    found.rules.remove(0)
}

fn masks(area: &Area) -> (ImageSize, &[Region]) {
    let Area::Boxes(boxes) = area else { panic!("no boxes") };
    (boxes.size, &boxes.masks)
}

/// Conditions as a file of rules writes them.
fn written(conditions: &[Condition]) -> String {
    let all: Vec<String> = conditions.iter().map(ToString::to_string).collect();
    all.join("\n")
}

const SIZE: &str = "Rows.equals(\"100\") * Columns.equals(\"200\")";

#[test]
fn a_ctp_script_becomes_rules() {
    let script = "\
A library of our own

Acme ultrasound
 { Modality.equals(\"US\") *
   [0008,0070].containsIgnoreCase(\"acme\") * // the old name
   ( [00081090].startsWith(\"M1\") + ![0018,1020].isLessThan(\"3\") ) *
   [0028,0010].equals(\"100\") * [0028,0011].equals(\"200\") }
 (0,0,200,20)   (150,90,100,100)
\t(-20,-10,10,10)

Nobody
 { [0009[ACME ONE]01].matches(\"x[0-9]\") * Rows.equals(\"9\") * Columns.equals(\"9\") } (0,0,9,1)
";
    let found = read(script, Format::Ctp);
    assert_eq!(found.not_understood, []);
    let [first, second] = &found.rules[..] else { panic!("{:?}", found.rules) };
    assert_eq!((first.name.as_str(), second.name.as_str()), ("Acme ultrasound", "Nobody"));
    assert_eq!(first.author, "not named in the CTP script");
    assert_eq!(first.reason, "Imported from line 4 of a CTP script");
    assert_eq!(
        written(&first.conditions),
        "{ attribute = \"Modality\", equals = \"US\" }\n\
         { attribute = \"Manufacturer\", contains = \"acme\" }\n\
         { any = [{ attribute = \"ManufacturerModelName\", starts-with = \"M1\" }, \
         { not = { attribute = \"SoftwareVersions\", less-than = 3.0 } }] }"
    );
    let expected = [(0, 0, 200, 20), (150, 90, 200, 100), (180, 90, 190, 100)];
    let expected = expected.map(|(x0, y0, x1, y1)| Region { x0, y0, x1, y1 });
    let size = ImageSize::Exactly { rows: 100, columns: 200 };
    assert_eq!(masks(&first.area), (size, &expected[..]));
    assert_eq!(
        written(&second.conditions),
        "{ attribute = '(0009,\"ACME ONE\",01)', matches = \"^(?:x[0-9])$\" }"
    );
    let in_first = found.lines.iter().filter(|line| **line == LineUse::Rule(0)).count();
    let in_second = found.lines.iter().filter(|line| **line == LineUse::Rule(1)).count();
    assert_eq!((found.lines.len(), in_first, in_second), (12, 6, 1));
}

#[test]
fn and_binds_closer_than_or_and_not_closest() {
    let both = import(
        "{ !Modality.equals(\"A\") * Modality.equals(\"B\") + Modality.equals(\"C\") } (0,0,1,1)",
        Format::Ctp,
        ImportOptions { author: Some("J. Doe"), any_size: true },
    );
    assert_eq!(both.rules[0].author, "J. Doe");
    assert_eq!(masks(&both.rules[0].area).0, ImageSize::Any);
    assert_eq!(
        written(&both.rules[0].conditions),
        "{ any = [{ all = [{ not = { attribute = \"Modality\", equals = \"A\" } }, \
         { attribute = \"Modality\", equals = \"B\" }] }, \
         { attribute = \"Modality\", equals = \"C\" }] }"
    );
}

#[test]
fn what_a_ctp_script_says_and_no_rule_can_is_told_with_its_line() {
    for (script, line, said) in [
        ("{ Modality.equals(\"US\") } (0,0,1,1)".to_owned(), 1, "no image size"),
        (format!("{{ {SIZE} * Rows.equals(\"7\") }} (0,0,1,1)"), 1, "two image sizes"),
        (format!("{{ {SIZE} *\n Manfacturer.equals(\"x\") }} (0,0,1,1)"), 2, "called Manfacturer"),
        (format!("{{ {SIZE} *\n Rows.sounds(\"x\") }} (0,0,1,1)"), 2, "no method sounds"),
        (format!("{{ {SIZE} *\n\n Rows.equals(x) }} (0,0,1,1)"), 3, "\" is missing"),
        (format!("{{ {SIZE} Modality.equals(\"x\") }} (0,0,1,1)"), 1, "an operator is missing"),
        (format!("{{ ( {SIZE} }} (0,0,1,1)"), 1, ") is missing"),
        (format!("{{ {SIZE} * true. }} (0,0,1,1)"), 1, "ask nothing"),
        (format!("{{ {SIZE} * A.contains(\"\") }} (0,0,1,1)"), 1, "no attribute called A"),
        (format!("{{ {SIZE} * Modality.contains(\"\") }} (0,0,1,1)"), 1, "fits every file"),
        (
            format!("{{ {SIZE} * Modality.matches(\"(?=x)\") }} (0,0,1,1)"),
            1,
            "no regular expression",
        ),
        (format!("{{ {SIZE} * Modality.isLessThan(\"x\") }} (0,0,1,1)"), 1, "needs a number"),
        (
            format!("{{ {SIZE} * [0018,6011]::[0018,6018].equals(\"1\") }} (0,0,1,1)"),
            1,
            "sequences",
        ),
        (format!("{{ {SIZE} * [0002,0013].equals(\"1\") }} (0,0,1,1)"), 1, "file meta"),
        (format!("{{ {SIZE} }}\n"), 1, "it exempts images"),
        (format!("{{ {SIZE} }}\n(0,0,1,1)\n(0,0,x,1)"), 3, "four whole numbers"),
        (format!("{{ {SIZE} }}\n(0,0,1,1)\n(200,0,9,9)"), 3, "covers no pixel"),
        ("(0,0,1,1)".to_owned(), 1, "a region without a signature"),
        (format!("{{ {SIZE} }} (0,0,1,1)\nsee (below)"), 2, "hold no region"),
        (format!("{{ {SIZE} }} (0,0,1,1)\n(0,0,1"), 2, "a parenthesis is not closed"),
        (format!("{{ {SIZE} }} (0,0,1,1)\n}}"), 2, "closes what was not opened"),
        ("x\n{ Modality".to_owned(), 2, "a brace is not closed"),
    ] {
        let found = read(&script, Format::Ctp);
        let told = found.not_understood.iter().find(|told| told.line == line);
        let told = told.unwrap_or_else(|| panic!("{script}: {found:?}"));
        assert!(told.why.contains(said), "{script}\n{}", told.why);
    }
}

#[test]
fn all_lines_of_a_signature_that_is_not_imported_are_listed() {
    let script =
        format!("{{ {SIZE} *\n Modality.sounds(\"x\") *\n Modality.equals(\"y\") }}\n(0,0,1,1)\n");
    let found = read(&script, Format::Ctp);
    let lines: Vec<usize> = found.not_understood.iter().map(|told| told.line).collect();
    assert_eq!(lines, [1, 2, 3, 4]);
    assert_eq!(found.not_understood[0].why, "not imported, as line 2 is not understood");
    assert_eq!(found.not_understood[3].why, "belongs to what starts on line 1");
}

#[test]
fn a_deid_recipe_becomes_rules() {
    let recipe = "\
FORMAT dicom

%filter graylist
# ours
LABEL Acme ultrasound # (J. Doe)
  contains Modality US
  + contains Manufacturer acme|ACME INC
  + missing SoftwareVersions || notcontains SoftwareVersions v[12]
  + equals Rows 100
  + equals Columns 200
  coordinates 0,0,200,20
  ctpcoordinates 150,90,10,5

label Acme ultrasound
  equals 0x00191001 A|B
  + contains ManufacturerModelName Scan AS+
  + equals Rows 100
  + equals Columns 200
  coordinates all
  keepcoordinates 10,20,190,100
  ctpcoordinates 10,90,30,10
";
    let found = read(recipe, Format::Deid);
    assert_eq!(found.not_understood, []);
    let [first, second] = &found.rules[..] else { panic!("{:?}", found.rules) };
    assert_eq!((first.author.as_str(), second.name.as_str()), ("J. Doe", "Acme ultrasound (2)"));
    assert_eq!(
        written(&first.conditions),
        "{ attribute = \"Modality\", contains = \"US\" }\n\
         { attribute = \"Manufacturer\", contains = [\"acme\", \"ACME INC\"] }\n\
         { any = [{ attribute = \"SoftwareVersions\", is = \"missing\" }, \
         { not = { attribute = \"SoftwareVersions\", matches = \"v[12]\" } }] }"
    );
    let size = ImageSize::Exactly { rows: 100, columns: 200 };
    let boxes = [(0, 0, 200, 20), (150, 90, 160, 95)];
    let boxes = boxes.map(|(x0, y0, x1, y1)| Region { x0, y0, x1, y1 });
    assert_eq!(masks(&first.area), (size, &boxes[..]));
    assert_eq!(
        written(&second.conditions),
        "{ attribute = \"(0019,1001)\", equals = [\"A\", \"B\"] }\n\
         { attribute = \"ManufacturerModelName\", matches = \"Scan AS+\" }"
    );
    let Area::Boxes(boxes) = &second.area else { panic!("no boxes") };
    assert_eq!(boxes.masks[0], size.whole());
    // A later box to mask is no longer kept.
    let kept: u64 = boxes.keeps.iter().map(|keep| keep.area()).sum();
    assert_eq!(kept, 180 * 80 - 30 * 10);
    let frames = found.lines.iter().filter(|line| **line == LineUse::Frame).count();
    assert_eq!(frames, 2);
}

#[test]
fn ultrasound_regions_of_a_recipe_become_the_rule_on_them() {
    let recipe = "%filter graylist\nLABEL Regions\n present SequenceOfUltrasoundRegions\n \
                  keepcoordinates from:SequenceOfUltrasoundRegions\n";
    let rule = one(recipe, Format::Deid);
    assert_eq!(rule.area, Area::OutsideUltrasoundRegions);
    let rule = one(&recipe.replace(" keep", " coordinates all\n keep"), Format::Deid);
    assert_eq!(rule.area, Area::OutsideUltrasoundRegions);
}

#[test]
fn what_a_deid_recipe_says_and_no_rule_can_is_told_with_its_line() {
    let head = "%filter graylist\nLABEL a\n contains Modality US\n";
    let size = " + equals Rows 100\n + equals Columns 200\n coordinates 0,0,9,9\n";
    for (recipe, line, said) in [
        (format!("{head} coordinates 0,0,9,9\n"), 2, "no image size"),
        (head.to_owned(), 2, "without coordinates"),
        ("%filter graylist\nLABEL a\n coordinates all\n".to_owned(), 2, "without a condition"),
        (format!("{head}{size} contains Modality CT\n"), 7, "neither + nor ||"),
        (format!("{head}{size} + contains Manfacturer CT\n"), 7, "called Manfacturer"),
        (format!("{head}{size} + sounds Modality CT\n"), 7, "no condition sounds"),
        (format!("{head}{size} + contains Modality\n"), 7, "needs a value"),
        (format!("{head}{size} + contains Modality CT # old\n"), 7, "deid reads #"),
        (format!("{head}{size} + contains Modality a||\n"), 7, "|| without"),
        (format!("{head}{size} + contains Modality \\S\n"), 7, "lower case"),
        (format!("{head}{size} + contains Modality (\n"), 7, "no regular expression"),
        (format!("{head}{size} + contains Modality a|\n"), 7, "an empty word"),
        (format!("{head}{size} + empty Modality CT\n"), 7, "empty has no value"),
        (format!("{head}{size} + contains ImplementationVersionName x\n"), 7, "file meta"),
        (format!("{head}{size} coordinates 9,9,9,9\n"), 7, "covers no pixel"),
        (format!("{head}{size} coordinates 9,9,9\n"), 7, "four whole numbers"),
        (format!("{head}{size} coordinates from:Rows\n"), 7, "Ultrasound Regions only"),
        (format!("{head}{size} keepcoordinates from:SequenceOfUltrasoundRegions\n"), 6, "no other"),
        (format!("{head} coordinates from:SequenceOfUltrasoundRegions\n"), 4, "kept only"),
        ("LABEL a\n".to_owned(), 1, "in front of all sections"),
        ("%filter\n".to_owned(), 1, "needs a name"),
        ("%filter a\ncontains Modality US".to_owned(), 2, "in no label"),
        ("%header\nREMOVE PatientID".to_owned(), 2, "not about pixels"),
        ("%header\n".to_owned(), 1, "not about pixels"),
        ("FORMAT nifti".to_owned(), 1, "format is not known"),
    ] {
        let found = read(&recipe, Format::Deid);
        let told = found.not_understood.iter().find(|told| told.line == line);
        let told = told.unwrap_or_else(|| panic!("{recipe}: {found:?}"));
        assert!(told.why.contains(said), "{recipe}\n{}", told.why);
    }
}

#[test]
fn a_size_alone_stays_a_condition() {
    let rule = one(&format!("{{ {SIZE} }} (0,0,9,9)"), Format::Ctp);
    assert_eq!(rule.conditions.len(), 2);
    assert_eq!(masks(&rule.area).0, ImageSize::Exactly { rows: 100, columns: 200 });
    let Condition::Test { ask: Ask::Text(compare, _), .. } = &rule.conditions[0] else { panic!() };
    assert_eq!(*compare, Compare::Equals);
}

#[test]
fn whose_script_it_is_can_be_guessed() {
    assert_eq!(Format::guess("FORMAT dicom\n"), Some(Format::Deid));
    assert_eq!(Format::guess("x\n  LABEL {a}\n"), Some(Format::Deid));
    assert_eq!(Format::guess("US\n { Rows.equals(\"1\") } (0,0,1,1)"), Some(Format::Ctp));
    assert_eq!(Format::guess("[[rule]]\n"), None);
}

/// Every line is accounted for, and every rule can be written and read back.
fn accounted(text: &str, format: Format, any_size: bool) -> Result<(), TestCaseError> {
    let found = import(text, format, ImportOptions { author: None, any_size });
    prop_assert_eq!(found.lines.len(), text.lines().count());
    let told: Vec<usize> = found.not_understood.iter().map(|told| told.line).collect();
    for (at, (line, now)) in text.lines().zip(&found.lines).enumerate() {
        prop_assert_eq!(told.contains(&(at + 1)), *now == LineUse::NotUnderstood);
        let says_nothing = match format {
            Format::Ctp => !line.contains(['{', '}', '(', ')']),
            Format::Deid => line.trim().is_empty() || line.trim().starts_with('#'),
        };
        prop_assert!(*now != LineUse::Comment || says_nothing, "line {} is lost: {}", at + 1, line);
    }
    let rules = DeviceRules::new(found.rules).map_err(TestCaseError::fail)?;
    prop_assert_eq!(DeviceRules::parse(&rules.to_toml()).unwrap(), rules);
    Ok(())
}

fn ctp_text() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "\n",
        " ",
        "*",
        "+",
        "!",
        "\"",
        ".",
        ",",
        "::",
        "//",
        "/*",
        "é",
        "Modality",
        "Rows.equals(\"100\")",
        "Columns.equals(\"200\")",
        "[0008,0070]",
        "[0009[ACME]01]",
        ".contains(\"x\")",
        ".matches(\"a|b\")",
        "(0,0,9,9)",
        "(-9,1,5,5)",
        "{ Rows.equals(\"9\") * Columns.equals(\"9\") }",
        "\r\n",
        "true.",
    ]);
    vec(part, 0..40).prop_map(|parts| parts.concat())
}

fn deid_text() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "\n",
        "\n",
        " ",
        "FORMAT dicom\n",
        "%filter graylist\n",
        "%header\n",
        "LABEL a # (b)\n",
        "# x\n",
        "+ ",
        "|| ",
        "contains Modality US",
        "equals Rows 100\n",
        "+ equals Columns 200\n",
        "notequals",
        "missing Manufacturer",
        "coordinates 0,0,9,9\n",
        "ctpcoordinates 1,2,3,4\n",
        "keepcoordinates 0,0,5,5\n",
        "coordinates all\n",
        "é",
        "\r\n",
        "x|y",
        "||",
        "#",
        "keepcoordinates from:SequenceOfUltrasoundRegions\n",
    ]);
    vec(part, 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn every_line_of_a_ctp_script_is_accounted_for(text in ctp_text(), any_size: bool) {
        accounted(&text, Format::Ctp, any_size)?;
    }

    #[test]
    fn every_line_of_a_deid_recipe_is_accounted_for(text in deid_text(), any_size: bool) {
        accounted(&text, Format::Deid, any_size)?;
    }

    #[test]
    fn every_line_of_any_text_is_accounted_for(text in "(\\PC|[\n\r\t{}()#]){0,120}") {
        accounted(&text, Format::Ctp, true)?;
        accounted(&text, Format::Deid, true)?;
        accounted(&format!("%filter a\nLABEL a\n{text}"), Format::Deid, true)?;
    }
}

#[test]
fn long_scripts_are_read_in_little_time() {
    let begun = Instant::now();
    // Every rule is named after the same comment.
    let script = "Acme\n{ Modality.equals(\"US\") } (0,0,1,1)\n".to_owned()
        + &"{ Modality.equals(\"US\") } (0,0,1,1)\n".repeat(20_000);
    let options = ImportOptions { author: None, any_size: true };
    let found = import(&script, Format::Ctp, options);
    assert_eq!(found.rules.len(), 20_001);
    assert_eq!(found.rules[20_000].name, "Acme (20001)");
    assert!(DeviceRules::new(found.rules).is_ok());
    // Each mask cuts all that is kept.
    let mut recipe = "%filter a\nLABEL b\ncontains Modality US\n".to_owned();
    for at in 0..2000 {
        recipe += &format!("keepcoordinates {at},{at},{},{}\n", at + 3000, at + 50);
    }
    for at in 0..2000 {
        recipe += &format!("coordinates {},{at},{},{}\n", 2 * at, 2 * at + 1, at + 900);
    }
    let found = import(&recipe, Format::Deid, options);
    assert!(found.not_understood.iter().any(|told| told.why.contains("at most 256 boxes")));
    assert_eq!(found.rules.len(), 0);
    // Each turn puts what stands before it one level further in: a million would fill the stack.
    let turns = "\n + equals Rows 1\n || equals Rows 2".repeat(100_000);
    let recipe = format!("%filter a\nLABEL b\ncontains Modality US{turns}\ncoordinates all\n");
    let found = import(&recipe, Format::Deid, options);
    assert!(found.not_understood.iter().any(|told| told.why.contains("nest too deeply")));
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
}

#[test]
fn a_name_with_a_number_is_no_longer_than_a_name_may_be() {
    let text = format!(
        "format = 1\n[[rule]]\nname = \"{}\"\nauthor = \"a\"\nreason = \"r\"\nmodality = \"US\"\n\
         size = \"any\"\nmask = \"all\"\n",
        "é".repeat(399)
    );
    let rules = DeviceRules::parse(&text).unwrap();
    let both = rules.clone().and(rules);
    assert_eq!(both.rules()[1].name.chars().count(), 400);
    assert_eq!(DeviceRules::parse(&both.to_toml()).unwrap(), both);
}

#[test]
fn a_rule_that_shares_a_line_with_something_not_understood_is_none() {
    let rule =
        |size: u32| format!("{{ Rows.equals(\"{size}\") * Columns.equals(\"9\") }} (0,0,9,1)");
    let read =
        |text: &str| import(text, Format::Ctp, ImportOptions { author: None, any_size: false });
    // Two on one line are two.
    let found = read(&format!("{}{}\n", rule(7), rule(9)));
    assert_eq!((found.rules.len(), &found.lines[..]), (2, &[LineUse::Rule(0)][..]));
    // What is wrong may stand before it or behind it; its neighbours on other lines stay, unless they share
    // one with it.
    let (other, wrong) = (LineUse::Rule(0), LineUse::NotUnderstood);
    for (text, lines) in [
        (format!("( {}\n{}\n", rule(7), rule(9)), [wrong, other]),
        (format!("{}\n{} )\n", rule(9), rule(7)), [other, wrong]),
    ] {
        let found = read(&text);
        assert_eq!((found.rules.len(), &found.lines[..]), (1, &lines[..]), "{text}");
    }
    let chain = format!("{}\n(0,0,1,1) {}\n(0,0,2,1) {} )\n{}", rule(6), rule(7), rule(8), rule(9));
    let found = read(&chain);
    assert_eq!(found.lines, [wrong, wrong, wrong, other]);
    assert_eq!(found.rules.len(), 1);
}
