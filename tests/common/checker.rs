//! The tests' own leak checker: nothing of the product is used here, so that a mistake of the
//! product is not made twice.
//!
//! It reads released files with a reader of its own, decodes every text-bearing value in every way
//! it may be read, and searches for what was planted: word-bounded, from three characters, without
//! regard to case, dates in many forms. What it cannot see: text in pixels, and strings in
//! compressed streams.

mod charset;
mod reader;
mod terms;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

pub use reader::{Value, values};
pub use terms::{Planted, Term, folded, terms};

use terms::Seen;

/// What a truth says about one file.
#[derive(Clone, Debug, Default)]
pub struct FileTruth {
    /// SOP Instance UID of the input.
    pub uid: String,
    /// What was planted.
    pub phi: Vec<Planted>,
    /// Values that were to be kept: where a planted word stands in one of these, it may stay.
    pub kept: Vec<String>,
    /// Whether it must be released.
    pub released: bool,
}

/// A planted string that was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leak {
    /// Where: file and path of the attribute.
    pub place: String,
    /// What was found there.
    pub term: Term,
    /// What it is.
    pub kind: String,
}

/// Reads a `truth.json`, of the demo or of the identified sets, by the input's path.
pub fn midi_phi(truth_json: &str) -> BTreeMap<String, FileTruth> {
    let truth: serde_json::Value = serde_json::from_str(truth_json).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
    let planted = |phi: &serde_json::Value| Planted {
        kind: text(&phi["kind"]),
        text: text(&phi["text"]),
        words: list(&phi["words"]).iter().map(text).collect(),
        path: normal_path(&text(&phi["path"])),
        iso: text(&phi["iso"]),
    };
    let one = |file: &serde_json::Value| {
        let kept = list(&file["kept"]);
        let kept = kept
            .iter()
            .map(|kept| kept.as_str().unwrap_or(kept["value"].as_str().unwrap_or_default()));
        let truth = FileTruth {
            uid: text(&file["uid"]),
            phi: list(&file["phi"]).iter().map(planted).collect(),
            kept: kept.map(str::to_owned).collect(),
            released: file["expected"]["released"].as_bool().unwrap_or(true),
        };
        (text(&file["file"]), truth)
    };
    list(&truth["files"]).iter().map(one).collect()
}

/// `<(0010,1002)>[<0000>]<(0010,0020)>` as `(0010,1002)[0].(0010,0020)`.
fn normal_path(path: &str) -> String {
    if !path.starts_with('<') {
        return path.to_owned();
    }
    let mut out = String::new();
    for part in path.split(['<', '>']).filter(|part| !part.is_empty()) {
        match part.strip_prefix('[').or(Some(part)) {
            Some("]" | "") => {}
            Some(index) if index.chars().all(|glyph| glyph.is_ascii_digit()) => {
                out += &format!("[{}].", index.parse::<u32>().unwrap_or_default());
            }
            _ => out += &part.to_uppercase(),
        }
    }
    out
}

/// Old → new of `uid_mapping.csv` (`id_old,id_new`).
pub fn uid_map(csv: &str) -> BTreeMap<String, String> {
    let rows = csv.lines().skip(1).filter_map(|line| line.split_once(','));
    rows.map(|(old, new)| (old.trim().to_owned(), new.trim().to_owned())).collect()
}

/// What to search for, by term.
fn wanted(planted: &[Planted]) -> BTreeMap<Term, String> {
    planted
        .iter()
        .flat_map(|phi| terms(phi).into_iter().map(|term| (term, phi.kind.clone())))
        .collect()
}

/// Searches one released file, its relative path `name` included.
///
/// # Panics
/// When the file cannot be read to its end: then nothing can be said of it.
pub fn leaks_in_file(name: &str, bytes: &[u8], truth: &FileTruth) -> BTreeSet<Leak> {
    let wanted = wanted(&truth.phi);
    let kept: Vec<Seen> = truth.kept.iter().map(|phrase| Seen::new(phrase)).collect();
    let mut found = leaks_in_text(name, &format!("{name} (its name)"), truth);
    let values = values(bytes).unwrap_or_else(|why| panic!("{name}: {why}"));
    for value in &values {
        let place = format!("{name} {}", value.path);
        let mut leak = |term: &Term, kind: &String| {
            found.insert(Leak { place: place.clone(), term: term.clone(), kind: kind.clone() });
        };
        if value.pixels {
            opaque(&value.bytes, &wanted).iter().for_each(|(term, kind)| leak(term, kind));
            continue;
        }
        let date = matches!(&value.vr, b"DA" | b"DT");
        for text in texts(value) {
            let seen = Seen::new(&text);
            for (term, kind) in &wanted {
                // A DA without a written VR is told by its path; words in one are words.
                let date = date && is_figures(&text)
                    || value.vr == *b"??" && is_date_at(&text, &value.path, term);
                if term.stands_beside(&kept, &seen, &value.path, date) {
                    leak(term, kind);
                }
            }
        }
    }
    found
}

/// The long terms that stand in opaque bytes, in one byte a letter or in two.
fn opaque<'a>(
    bytes: &[u8],
    wanted: &'a BTreeMap<Term, String>,
) -> BTreeSet<(&'a Term, &'a String)> {
    let terms: Vec<_> = wanted.iter().filter(|(term, _)| term.in_bytes().is_some()).collect();
    let texts = terms.iter().filter_map(|(term, _)| term.in_bytes());
    let narrow = texts.clone().map(|text| text.as_bytes().to_vec());
    let wide = texts.map(|text| text.encode_utf16().flat_map(u16::to_le_bytes).collect());
    let patterns: Vec<Vec<u8>> = narrow.chain(wide).collect();
    let search = aho_corasick::AhoCorasickBuilder::new()
        .ascii_case_insensitive(true)
        .build(&patterns)
        .unwrap();
    let hits = search.find_overlapping_iter(bytes);
    hits.map(|hit| terms[hit.pattern().as_usize() % terms.len()]).collect()
}

/// Whether a value without VR is the date of that path: eight digits or more and nothing else.
fn is_date_at(text: &str, path: &str, term: &Term) -> bool {
    let standard = |path: &str| {
        let last = path.rsplit('.').next().unwrap_or_default();
        let group = last.get(1..5).and_then(|group| u16::from_str_radix(group, 16).ok());
        group.is_some_and(|group| group % 2 == 0)
    };
    let day = matches!(term, Term::Day(_) | Term::DayAt { .. });
    day && standard(path) && text.trim().len() >= 8 && is_figures(text)
}

fn is_figures(text: &str) -> bool {
    text.chars().all(|glyph| glyph.is_ascii_digit() || ".+- \0\\".contains(glyph))
}

/// Searches text that is no DICOM value: a name, a report, a manifest.
pub fn leaks_in_text(text: &str, place: &str, truth: &FileTruth) -> BTreeSet<Leak> {
    let wanted = wanted(&truth.phi);
    let seen = Seen::new(text);
    let hits = wanted.into_iter().filter(|(term, _)| term.stands_in(&seen, "", false));
    hits.map(|(term, kind)| Leak { place: place.to_owned(), term, kind }).collect()
}

/// The texts that a value may hold, and what is wrapped in them.
fn texts(value: &Value) -> Vec<String> {
    let mut texts = plain_texts(value);
    let wrapped: Vec<String> = texts
        .iter()
        .flat_map(|text| std::iter::once(percent_decoded(text)).chain(charset::unwrapped(text)))
        .filter(|text| !text.is_empty())
        .collect();
    texts.extend(wrapped);
    texts
}

/// A text without the percent signs of a URL; empty where there are none.
fn percent_decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut out = parts.next().unwrap_or_default().as_bytes().to_vec();
    if out.len() == text.len() {
        return String::new();
    }
    for part in parts {
        let code = part.get(..2).and_then(|code| u8::from_str_radix(code, 16).ok());
        out.push(code.unwrap_or(b'%'));
        out.extend(part.get(if code.is_some() { 2 } else { 0 }..).unwrap_or_default().bytes());
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn plain_texts(value: &Value) -> Vec<String> {
    let binary: [&[u8; 2]; 13] =
        [b"AT", b"FD", b"FL", b"OD", b"OF", b"OL", b"OV", b"SL", b"SS", b"SV", b"UL", b"US", b"UV"];
    match &value.vr {
        b"OB" | b"OW" => {
            let mut found = charset::runs(&value.bytes, 3);
            if value.bytes.len() < 1 << 16 {
                found.extend(charset::readings(&value.bytes, &value.charset));
            }
            found
        }
        b"UN" | b"??" => {
            let mut found = charset::runs(&value.bytes, 3);
            if value.bytes.len() < 1 << 20 {
                found.extend(charset::readings(&value.bytes, &value.charset));
            }
            found
        }
        vr if binary.contains(&vr) => charset::runs(&value.bytes, 4),
        _ => charset::readings(&value.bytes, &value.charset),
    }
}

/// Searches a whole output folder: each DICOM file for what `truth_of` says of its SOP Instance
/// UID, everything else and all names for `everywhere`.
///
/// Gives the leaks, and the UID of each released file, sorted: one that stands twice was released
/// twice.
pub fn leaks_in_folder(
    output: &Path,
    everywhere: &FileTruth,
    truth_of: impl Fn(&str) -> FileTruth,
) -> (BTreeSet<Leak>, Vec<String>) {
    let mut leaks = BTreeSet::new();
    let mut released = Vec::new();
    let mut folders = vec![output.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(output).unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            leaks.extend(leaks_in_text(&name, &format!("{name} (its name)"), everywhere));
            let bytes = fs::read(&path).unwrap();
            if bytes.get(128..132) == Some(b"DICM") {
                let uid = sop_instance(&bytes);
                leaks.extend(leaks_in_file(&name, &bytes, &truth_of(&uid)));
                released.push(uid);
            } else {
                let text = String::from_utf8_lossy(&bytes);
                leaks.extend(leaks_in_text(&text, &name, everywhere));
            }
        }
    }
    released.sort();
    (leaks, released)
}

/// SOP Instance UID of a file; empty when there is none.
pub fn sop_instance(bytes: &[u8]) -> String {
    let values = values(bytes).unwrap_or_default();
    let value = values.iter().find(|value| value.path == "(0008,0018)");
    let text = value.map(|value| String::from_utf8_lossy(&value.bytes).into_owned());
    text.unwrap_or_default().trim_matches(['\0', ' ']).to_owned()
}

#[cfg(test)]
mod tests;
