//! `veridact rules`: what it prints, writes and refuses, and how rules do on pictures.

use std::fs;
use std::path::Path;

use veridact::demo::Sample;

use crate::common::run::{Ran, demo_files, veridact};

fn rules(home: &Path, arguments: &[&str]) -> Ran {
    veridact(home, &[&["rules"], arguments].concat())
}

fn written(home: &Path, name: &str, text: &str) -> String {
    let path = home.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn the_example_of_the_manual_and_the_shipped_rules_can_be_used() {
    let home = tempfile::tempdir().unwrap();
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/device-rules.md");
    let page = fs::read_to_string(page).unwrap();
    let example = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let file = written(home.path(), "devices.toml", example);
    let ran = rules(home.path(), &["check", &file]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    for words in [
        "2 rules",
        "acme-m1-banner",
        "attribute = \"Modality\", equals",
        "768 rows, 1024 columns: masks 2, keeps 1",
    ] {
        assert!(ran.out.contains(words), "no {words}: {}", ran.out);
    }
    let ran = rules(home.path(), &["check", "shipped"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.contains("masks all outside ultrasound regions"), "{}", ran.out);
}

#[test]
fn what_is_wrong_with_rules_is_told_with_its_line() {
    let home = tempfile::tempdir().unwrap();
    let file = written(home.path(), "bad.toml", "format = 1\n\n[[rule]]\nname = \"n\"\n");
    let ran = rules(home.path(), &["check", &file]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("line 3") && ran.err.contains("author"), "{}", ran.err);
    let ran = rules(home.path(), &["check", "nowhere.toml"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("nowhere.toml"), "{}", ran.err);
}

const SCRIPT: &str = "\
A script of our own
Acme
 { Modality.equals(\"US\") * Rows.equals(\"384\") * Columns.equals(\"512\") }
 (0,0,512,40)
Others
 { Modality.equals(\"XA\") *
   Rows.equals(\"384\") }
 (0,0,512,40)
";

#[test]
fn a_script_is_imported_and_what_is_not_understood_is_listed() {
    let home = tempfile::tempdir().unwrap();
    let script = written(home.path(), "a.script", SCRIPT);
    let target = home.path().join("rules.toml");
    let target = target.to_str().unwrap();
    let ran = rules(home.path(), &["import", &script, "--author", "J. Doe", "-o", target]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    for words in [
        "line 6: no image size",
        "lines 7 to 8: belongs to what starts on line 6",
        "1 rules; 3 lines of the CTP script are in no rule",
    ] {
        assert!(ran.err.contains(words), "no {words}: {}", ran.err);
    }
    let text = fs::read_to_string(target).unwrap();
    assert!(text.contains("# line 6: no image size") && text.contains("author = \"J. Doe\""));
    let ran = rules(home.path(), &["check", target]);
    assert_eq!((ran.code, ran.out.starts_with("1 rules")), (Some(0), true), "{}", ran.err);
    // Somebody's own rules are never written over.
    let ran = rules(home.path(), &["import", &script, "-o", target]);
    assert_eq!(ran.code, Some(2));
    assert_eq!(fs::read_to_string(target).unwrap(), text);
    let ran = rules(home.path(), &["import", &script, "--any-size"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(ran.out.matches("[[rule]]").count(), 2);
    let recipe = "FORMAT dicom\n%filter graylist\nLABEL a\n contains Modality US\n + equals Rows 9\n \
                  + equals Columns 9\n coordinates 0,0,9,2\n";
    let recipe = written(home.path(), "deid.dicom", recipe);
    let ran = rules(home.path(), &["import", &recipe]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.contains("mask = [[0, 0, 9, 2]]"), "{}", ran.out);
    let ran = rules(home.path(), &["import", &recipe, "--format", "ctp"]);
    assert_eq!(ran.code, Some(0), "all of it is comment: {}", ran.err);
    let odd = written(home.path(), "odd", "what is this?\n");
    assert_eq!(rules(home.path(), &["import", &odd]).code, Some(2));
}

#[test]
fn rules_are_held_against_the_text_that_is_found() {
    let home = tempfile::tempdir().unwrap();
    let input = home.path().join("in");
    let truths = demo_files(&input, &[(Sample::Jpeg, 1), (Sample::Chest, 1), (Sample::Report, 1)]);
    let input = input.to_str().unwrap();
    let text = "format = 1\n[[rule]]\nname = 'banner'\nauthor = 'a'\nreason = 'r'\nmodality = 'US'\n\
                size = { rows = 384, columns = 512 }\nmask = [[0, 0, 512, 40], [0, 200, 9, 220]]\n";
    let file = written(home.path(), "rules.toml", text);
    let ran = rules(home.path(), &["test", &file, input, "--json"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let found = ran.json();
    if !found["files"][0]["unseen"].is_null() {
        // Nothing is said of masks where nobody looked.
        println!("skipped: this build has no weights");
        assert_eq!(found["rules"][0]["masks"], serde_json::json!([]), "{found:#}");
        return;
    }
    let banner = &found["rules"][0];
    assert_eq!((&banner["files"], &banner["with_text_left"]), (&1.into(), &1.into()), "{found:#}");
    let masks = banner["masks"].as_array().unwrap();
    let with_text = |mask: &serde_json::Value| mask["with_text"].as_u64().unwrap();
    assert_eq!(masks.iter().map(with_text).collect::<Vec<_>>(), [1, 0], "{found:#}");
    assert_eq!(found["without_rule"]["files"], 1, "{found:#}");
    let files = found["files"].as_array().unwrap();
    let fits = |file: &&serde_json::Value| file["rules"][0] == "banner";
    let picture = files.iter().find(fits).unwrap();
    let left = picture["left"].as_array().unwrap();
    // Depth and frequency stand under the banner, and nothing of the banner is left.
    assert!(
        !left.is_empty() && left.iter().all(|place| place["box"][3].as_u64() > Some(42)),
        "{left:?}"
    );
    assert_eq!(picture["masks_without_text"], serde_json::json!([[0, 200, 9, 220]]));
    let shown = rules(home.path(), &["test", &file, input]);
    assert_eq!(shown.code, Some(1), "{}", shown.err);
    for words in ["fits 1 files; text is left in 1", "mask 0,0 to 512,40: text under it in 1 of 1"]
    {
        assert!(shown.out.contains(words), "no {words}: {}", shown.out);
    }
    // Masked wholly, nothing is left; that every mask has text is another matter.
    let all = text.replace("[[0, 0, 512, 40], [0, 200, 9, 220]]", "'all'");
    let file = written(home.path(), "all.toml", &all);
    assert_eq!(rules(home.path(), &["test", &file, input]).code, Some(0));
    // Paths are printed; what stands in them says nothing of values.
    for truth in &truths {
        for it in truth.phi.iter().filter(|it| !truth.file.contains(&it.text)) {
            assert!(!shown.out.contains(&it.text) && !ran.out.contains(&it.text), "a value");
        }
    }
}
