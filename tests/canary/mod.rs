//! Canaries: marked strings in every carrier there is; none may come out, in any character set.
//! And the counter-test: with one rule switched off, verify holds the file.

pub(crate) mod carriers;
mod judge;
mod thousand;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use aho_corasick::AhoCorasick;
use veridact::demo::{Charset, Instance, Syntax};
use veridact::index::Batch;

use crate::canary::carriers::{ACCENTED, HIDDEN, WORDS, all, base, kept_by_site};
use crate::canary::judge::Judge;
use crate::common::checker::values;
use crate::common::run::{Deid, tree};

/// All forms in which a canary may stand in bytes.
fn patterns() -> AhoCorasick {
    let mut forms: BTreeSet<Vec<u8>> = BTreeSet::new();
    for word in WORDS.iter().chain(&[HIDDEN, ACCENTED]) {
        for word in [(*word).to_owned(), word.to_uppercase(), word.to_lowercase()] {
            forms.insert(word.as_bytes().to_vec());
            forms.insert(word.chars().map(|glyph| u32::from(glyph) as u8).collect());
            forms.insert(word.encode_utf16().flat_map(u16::to_le_bytes).collect());
            forms.insert(word.encode_utf16().flat_map(u16::to_be_bytes).collect());
        }
    }
    // The first word in base64, and split over two values.
    forms.extend([b"WnF4Y2FuYXJ5".to_vec(), b"Zqx\\canary".to_vec()]);
    AhoCorasick::builder().ascii_case_insensitive(true).build(forms).unwrap()
}

/// Places in an output where a canary stands: names, bytes, and values of deflated files.
fn found(output: &Path) -> Vec<String> {
    let search = patterns();
    let mut found = Vec::new();
    for (path, bytes) in tree(output) {
        let name = path.to_string_lossy().into_owned();
        if search.is_match(name.as_bytes()) {
            found.push(format!("name {name}"));
        }
        if let Some(hit) = search.find(&bytes) {
            found.push(format!("{name} at byte {}", hit.start()));
        }
        if bytes.get(128..132) != Some(b"DICM") {
            continue;
        }
        match values(&bytes) {
            Ok(values) => {
                let hits = values.iter().filter(|value| search.is_match(&value.bytes));
                found.extend(hits.map(|value| format!("{name} {}", value.path)));
            }
            Err(why) => found.push(format!("{name} cannot be read to its end: {why}")),
        }
    }
    found
}

/// Syntaxes and character sets that carriers are written in, one after the other.
const FORMS: [(Syntax, Charset); 6] = [
    (Syntax::Explicit, Charset::Ascii),
    (Syntax::Implicit, Charset::Latin1),
    (Syntax::BigEndian, Charset::Utf8),
    (Syntax::Deflated, Charset::Japanese),
    (Syntax::Explicit, Charset::Greek),
    (Syntax::Explicit, Charset::Utf8),
];

/// Writes every carrier; which file carries what, and whether it must be released.
fn write_all(input: &Path) -> BTreeMap<String, (String, bool)> {
    let mut written = BTreeMap::new();
    for (number, carrier) in all().iter().enumerate() {
        for (turn, (syntax, charset)) in [FORMS[0], FORMS[1 + number % 5]].into_iter().enumerate() {
            let mut made = base(number * 2 + turn, charset);
            made.syntax = syntax;
            (carrier.plant)(&mut made);
            let path = input.join(&made.file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let bytes = (carrier.bytes)(&made);
            fs::write(path, bytes).unwrap();
            let name = format!("{} ({syntax:?}, {charset:?})", carrier.name);
            written.insert(made.file.clone(), (name, carrier.released));
        }
    }
    written
}

#[test]
fn no_canary_leaves_in_any_carrier() {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    let written = write_all(&input);
    assert!(found(&input).len() > written.len(), "the search is blind");
    let deid = Deid::new(&input, &place.path().join("run"));
    let ran = deid.run();
    assert!(matches!(ran.code, Some(0 | 1)), "{}", ran.err);
    let outcomes = ran.outcomes();
    assert_eq!(outcomes.len(), written.len());
    let mut wrong = Vec::new();
    let mut released = 0;
    for (file, (name, must)) in &written {
        let ended = &outcomes[file];
        released += usize::from(ended.outcome == "released");
        if ended.outcome != "released" {
            println!("{} {name}: {:?}", ended.outcome, ended.why);
            if *must {
                wrong.push(name);
            }
        }
    }
    let leaks = found(&deid.output);
    for leak in &leaks {
        let of = outcomes.iter().find(|(_, ended)| {
            ended.output.as_ref().is_some_and(|output| leak.starts_with(output.as_str()))
        });
        println!("leak: {leak}: {:?}", of.map(|(file, _)| &written[file].0));
    }
    println!("canaries: {released} of {} files released, {} leaks", written.len(), leaks.len());
    assert!(leaks.is_empty(), "{} canaries came out", leaks.len());
    assert!(wrong.is_empty(), "not released: {wrong:#?}");
    // Nobody can read an overlay in the samples' bits off the bytes: it must not go.
    let overlays = written.iter().filter(|(_, (name, _))| name.contains("unused bits"));
    assert!(overlays.clone().count() > 0);
    for (file, _) in overlays {
        assert_eq!(outcomes[file].outcome, "held", "{file}");
    }
}

/// One instance with everything that the rules take away.
fn full(folder: &Path) -> (PathBuf, Instance) {
    let mut made = base(7000, Charset::Latin1);
    all().iter().filter(|carrier| carrier.released).for_each(|carrier| (carrier.plant)(&mut made));
    made.file = "full.dcm".into();
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("full.dcm"), made.bytes()).unwrap();
    (folder.join("full.dcm"), made)
}

#[test]
fn each_edit_that_is_left_out_is_found_by_verify() {
    let place = tempfile::tempdir().unwrap();
    let (_, made) = full(&place.path().join("in"));
    let batch = Batch::read(&place.path().join("in")).unwrap();
    let judge = Judge::new(&batch);
    let whole = judge.staged(&judge.plan);
    let verdict = judge.verdict(&whole, "VD/1/2/3.dcm");
    assert!(verdict.passes(), "the whole plan: {verdict:?}");
    let (mut dropped, mut carried, mut missed) = (0, 0, Vec::new());
    let (search, input) = (patterns(), values(&made.bytes()).unwrap());
    let carries = |path: &str| {
        input.iter().any(|value| value.path.starts_with(path) && search.is_match(&value.bytes))
    };
    for left_out in &judge.plan.edits {
        let mut plan = judge.plan.clone();
        plan.edits.retain(|edit| edit.path != left_out.path);
        let Some(staged) = judge.try_staged(&plan) else { continue };
        if staged == whole {
            continue;
        }
        dropped += 1;
        carried += usize::from(carries(&left_out.path.to_string()));
        if judge.verdict(&staged, "VD/1/2/3.dcm").passes() {
            missed.push(format!("{} {:?} {}", left_out.path, left_out.action, left_out.vr));
        }
    }
    println!(
        "{dropped} edits left out, {carried} with canaries, {} of them not seen by verify: {missed:#?}",
        missed.len()
    );
    assert!(dropped > 40, "{dropped}");
    assert!(carried > 25, "{carried}");
    // Attributes that were added, or that had said nothing, may be missing: nobody is betrayed.
    let serious: Vec<_> =
        missed.iter().filter(|missed| carries(missed.split(' ').next().unwrap())).collect();
    assert!(serious.is_empty(), "verify does not see {serious:#?}");
}

#[test]
fn what_the_engine_does_not_plan_is_found_by_verify_too() {
    let place = tempfile::tempdir().unwrap();
    full(&place.path().join("in"));
    let batch = Batch::read(&place.path().join("in")).unwrap();
    let judge = Judge::new(&batch);
    let whole = judge.staged(&judge.plan);
    for name in ["Zqxcanary/1.dcm", "a/zqx_73519_cnry.dcm", "a/Wvutmark Zqxcanary.dcm"] {
        assert!(!judge.verdict(&whole, name).passes(), "{name}");
    }
    let mut preamble = whole.clone();
    preamble[..9].copy_from_slice(b"Zqxcanary");
    assert!(!judge.verdict(&preamble, "a/1.dcm").passes(), "preamble");
    let mut meta = whole.clone();
    let length = u32::from_le_bytes(meta[140..144].try_into().unwrap());
    let end = 144 + length as usize;
    let title = b"\x02\x00\x16\x00AE\x0a\x00ZQXCANARY ";
    meta[140..144].copy_from_slice(&(length + title.len() as u32).to_le_bytes());
    meta.splice(end..end, *title);
    assert!(!judge.verdict(&meta, "a/1.dcm").passes(), "file meta");
    let mut behind = whole.clone();
    behind.extend(b"\xfc\xff\xfc\xffOB\0\0\x0a\0\0\0Zqxcanary ");
    assert!(!judge.verdict(&behind, "a/1.dcm").passes(), "padding behind the dataset");
    let mut junk = whole;
    junk.extend(b"Zqxcanary^Wvutmark ZQX-73519-CNRY");
    assert!(!judge.verdict(&junk, "a/1.dcm").passes(), "bytes behind the dataset");
}

#[test]
fn a_site_rule_that_keeps_an_attribute_lets_no_identifier_out() {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    let mut kept = Vec::new();
    for (number, carrier) in kept_by_site().into_iter().enumerate() {
        let mut made = base(8000 + number, Charset::Ascii);
        (carrier.plant)(&mut made);
        let path = input.join(&made.file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, made.bytes()).unwrap();
        kept.push((made.file.clone(), carrier));
    }
    let ran = Deid::new(&input, &place.path().join("plain")).run();
    assert_eq!(ran.code, Some(0), "with all rules: {}", ran.out);
    let mut text =
        "format = 1\nname = \"site\"\ntitle = \"Site\"\nextends = \"research\"\n".to_owned();
    for (_, carrier) in &kept {
        text += &format!(
            "\n[[rule]]\ntag = \"{}\"\naction = \"keep\"\nwhy = \"one rule switched off\"\n",
            carrier.name
        );
    }
    let profile = place.path().join("site.toml");
    fs::write(&profile, text).unwrap();
    let deid = Deid::new(&input, &place.path().join("site")).with(&[
        "--no-detect",
        "--profile",
        profile.to_str().unwrap(),
    ]);
    let ran = deid.run();
    assert!(matches!(ran.code, Some(0 | 1)), "{}", ran.err);
    // The engine cleans what a rule keeps, or verify holds it: nothing comes out either way.
    for (file, carrier) in &kept {
        let ended = &ran.outcomes()[file];
        println!("kept by a site: {} {}", carrier.name, ended.outcome);
    }
    let leaks = found(&deid.output);
    assert!(leaks.is_empty(), "{leaks:?}");
    assert!(kept.len() >= 8);
}
