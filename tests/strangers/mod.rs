//! What strangers hand in: folders full of links, identifiers that are path tricks, crosswalks,
//! profiles, device rules, exports and reviews. Each ends in a refusal with words or in an outcome,
//! and nothing is written outside of output and review.

mod handed_in;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::common::r#gen::{Element, PLAIN, Value, padded};
use crate::common::people::{Person, write_people};
use crate::common::run::{Deid, Ran, key_file, run_within, tree, veridact};

/// Nobody waits longer for a refusal.
const LIMIT: Duration = Duration::from_secs(30);
/// No process may hold more, in KiB.
const MEMORY: u64 = 1 << 20;

const PEOPLE: [Person; 2] =
    [("QX4711", "", "SECRETA^ONE", "19700102"), ("QX4712", "", "SECRETB^TWO", "19810203")];

/// A folder for a test: `in` with two people, `outside` with a letter, and `run` for a run.
struct Place {
    root: tempfile::TempDir,
    before: BTreeMap<PathBuf, String>,
}

/// Every entry outside of the run's own: what it is, and what is in it.
fn entries(root: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let meta = path.symlink_metadata().unwrap();
            let mode = meta.permissions().mode();
            let content = match () {
                () if meta.is_file() => format!("{mode:o} {:?}", fs::read(&path).unwrap()),
                () if meta.is_symlink() => format!("to {:?}", fs::read_link(&path).unwrap()),
                () => format!("{mode:o}"),
            };
            if meta.is_dir() && path != root.join("run") {
                folders.push(path.clone());
            }
            found.insert(path, content);
        }
    }
    found
}

impl Place {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        write_people(&root.path().join("in"), &PEOPLE);
        fs::create_dir_all(root.path().join("outside")).unwrap();
        fs::create_dir_all(root.path().join("run")).unwrap();
        fs::write(root.path().join("outside/letter"), "dear").unwrap();
        Self { root, before: BTreeMap::new() }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn deid(&self) -> Deid {
        Deid::new(&self.at("in"), &self.at("run"))
    }

    /// Runs with these arguments beside `--no-detect`.
    fn run(&mut self, more: &[&str]) -> Ran {
        let deid = self.deid().with(&[&["--no-detect"], more].concat());
        self.before = entries(self.root.path());
        deid.run_within(LIMIT)
    }

    /// Asserts that a run ended well or with words, and touched nothing but its own.
    #[track_caller]
    fn untouched(&self, what: &str, ran: &Ran) {
        assert!(matches!(ran.code, Some(0..=2)), "{what}: {:?} {}", ran.code, ran.err);
        assert!(!ran.err.contains("panicked"), "{what}: {}", ran.err);
        assert!(ran.peak_kib <= MEMORY, "{what}: {} KiB", ran.peak_kib);
        assert!(ran.code != Some(2) || !ran.err.trim().is_empty(), "{what}: no words");
        for secret in ["SECRET", "QX47"] {
            assert!(!ran.err.contains(secret) && !ran.out.contains(secret), "{what}: {}", ran.err);
        }
        let after = entries(self.root.path());
        assert!(after == self.before, "{what}: something outside was touched");
    }

    #[track_caller]
    fn refused(&self, what: &str, ran: &Ran, words: &str) {
        self.untouched(what, ran);
        assert_eq!(ran.code, Some(2), "{what}: {}", ran.out);
        assert!(ran.err.contains(words), "{what}: no {words}: {}", ran.err);
        println!("{what}: {}", ran.err.trim().replace('\n', " | "));
    }
}

#[test]
fn links_and_devices_in_the_input_are_listed_and_never_followed() {
    let mut place = Place::new();
    let (input, outside) = (place.at("in"), place.at("outside"));
    fs::create_dir(outside.join("study")).unwrap();
    write_people(&outside.join("study"), &[("QX4799", "", "SECRETZ^FAR", "19600101")]);
    symlink(outside.join("study/0.dcm"), input.join("file-out")).unwrap();
    symlink(outside.join("study"), input.join("folder-out")).unwrap();
    symlink(".", input.join("circle")).unwrap();
    symlink("0.dcm", input.join("file-inside")).unwrap();
    symlink("nowhere", input.join("broken")).unwrap();
    let _socket = UnixListener::bind(input.join("socket")).unwrap();
    let ran = place.run(&[]);
    place.untouched("links", &ran);
    let outcomes = ran.outcomes();
    let odd = ["broken", "circle", "file-inside", "file-out", "folder-out", "socket"];
    for name in odd {
        assert_eq!(outcomes[name].outcome, "problem", "{name}");
        assert!(!outcomes[name].why.is_empty(), "{name}");
    }
    assert_eq!(outcomes.len(), odd.len() + 2);
    assert_eq!(ran.code, Some(1));
    let listed = veridact(place.root.path(), &["index", input.to_str().unwrap(), "--json"]);
    odd.iter().for_each(|name| assert!(listed.out.contains(name), "{name}: {}", listed.out));
}

/// A small file of somebody, in which one identifier is a trick.
fn write_with(path: &Path, number: usize, tag: (u16, u16), trick: &[u8]) {
    let uid = |part: usize| format!("1.2.826.0.1.9.{number}.{part}");
    let elements = [
        ((0x0008, 0x0016), "UI", "1.2.840.10008.5.1.4.1.1.7".to_owned()),
        ((0x0008, 0x0018), "UI", uid(1)),
        ((0x0008, 0x0050), "SH", format!("QX-ACC-{number}")),
        ((0x0008, 0x0060), "CS", "OT".to_owned()),
        ((0x0010, 0x0010), "PN", format!("SECRET^{number}")),
        ((0x0010, 0x0020), "LO", format!("QX47{number}")),
        ((0x0020, 0x000D), "UI", uid(2)),
        ((0x0020, 0x000E), "UI", uid(3)),
    ];
    let elements: Vec<Element> = elements
        .into_iter()
        .map(|(at, vr, text)| {
            let bytes = if at == tag { trick } else { text.as_bytes() };
            Element { tag: at, vr, value: Value::Bytes(padded(vr, bytes)) }
        })
        .collect();
    fs::write(path, PLAIN.file(&elements)).unwrap();
}

/// Whether a name can be that of a file anywhere, and tells nothing.
fn is_plain_name(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let sign = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    name.bytes().all(sign)
        && name.len() <= 68
        && !name.starts_with(['.', '-'])
        && !name.ends_with('.')
        && !["CON", "PRN", "AUX", "NUL", "COM1", "LPT1"].contains(&stem.as_str())
}

#[test]
fn identifiers_that_are_path_tricks_name_nothing() {
    let mut place = Place::new();
    let long = "7".repeat(300);
    let tricks: [&[u8]; 20] = [
        b"../../outside/letter",
        b"..",
        b"/etc/passwd",
        b"..\\..\\outside\\letter",
        b"C:\\letter",
        b"CON",
        b"aux.txt",
        b"LPT1",
        b"a.",
        b"~",
        b"-rf",
        b"=cmd|' /C calc'!A0",
        b"one\nfile\toutcome",
        b"one\0two",
        "\u{202E}mcd.exe".as_bytes(),
        b"<script>alert(1)</script>",
        b"%2e%2e%2fletter",
        b"\xFF\xFE",
        long.as_bytes(),
        b"*?\"<>|:",
    ];
    let tags =
        [(0x0010, 0x0020), (0x0008, 0x0018), (0x0020, 0x000D), (0x0020, 0x000E), (0x0008, 0x0050)];
    for (number, trick) in tricks.iter().enumerate() {
        for (part, tag) in tags.into_iter().enumerate() {
            let number = number * tags.len() + part;
            write_with(&place.at("in").join(format!("t{number:03}")), 100 + number, tag, trick);
        }
    }
    let maps = place.at("run").join("maps");
    let ran = place.run(&["--maps", maps.to_str().unwrap()]);
    place.untouched("tricks", &ran);
    let outcomes = ran.outcomes();
    assert_eq!(outcomes.len(), 2 + tricks.len() * tags.len());
    let released = outcomes.values().filter(|ended| ended.outcome == "released").count();
    println!("{released} of {} files with tricks released", outcomes.len());
    assert!(released > outcomes.len() / 2);
    let output = place.deid().output;
    for (path, bytes) in tree(&output) {
        for part in path.iter() {
            let name = part.to_str().unwrap();
            assert!(is_plain_name(name), "{name}");
        }
        for trick in tricks.iter().filter(|trick| trick.len() > 4) {
            let is_there = bytes.windows(trick.len()).any(|window| window == *trick);
            assert!(!is_there, "{}: {:?}", path.display(), String::from_utf8_lossy(trick));
        }
    }
}

#[test]
fn a_crosswalk_of_a_stranger_names_no_path_device_or_formula() {
    let mut place = Place::new();
    let long = "A".repeat(300);
    let file = place.at("crosswalk.csv");
    for new in [
        "../../outside/x",
        "..",
        "/etc/x",
        "a/b",
        "a\\b",
        "CON",
        "con",
        "aux.txt",
        "LPT9.log",
        "A.",
        "=cmd",
        "@SUM(1)",
        "-1+2",
        "+1",
        "~",
        "\u{202E}x",
        "a b",
        "\"a\nb\"",
        &long,
    ] {
        fs::write(&file, format!("patient_id,pseudonym\nQX4711,{new}\n")).unwrap();
        let ran = place.run(&["--crosswalk", file.to_str().unwrap()]);
        place.refused(&format!("{new:.20?}"), &ran, "line 2:");
        assert!(!place.deid().output.exists(), "{new}");
    }
    let table = "patient_id,pseudonym\nQX4711,Site-1\nQX4712,SITE-1\n";
    fs::write(&file, table).unwrap();
    let ran = place.run(&["--crosswalk", file.to_str().unwrap()]);
    place.refused("names that differ in case only", &ran, "line 3:");
    for (what, bytes) in [
        ("no text", vec![0xFF; 4096]),
        ("zeros", vec![0; 4096]),
        ("one endless quote", [&b"patient_id,pseudonym\n\""[..], &[b'a'; 1 << 20]].concat()),
        ("many columns", [&b"patient_id"[..], &b",x".repeat(100_000)].concat()),
    ] {
        fs::write(&file, bytes).unwrap();
        let ran = place.run(&["--crosswalk", file.to_str().unwrap()]);
        place.refused(what, &ran, "line");
    }
}

#[test]
fn links_in_the_output_lead_nowhere() {
    let mut place = Place::new();
    let (output, outside) = (place.deid().output, place.at("outside"));
    fs::create_dir(&output).unwrap();
    symlink(&outside, output.join(".veridact-staging")).unwrap();
    let ran = place.run(&[]);
    place.refused("staging is a link", &ran, "link");
    fs::remove_file(output.join(".veridact-staging")).unwrap();
    for name in ["lock", "ledger"] {
        fs::create_dir(output.join(".veridact-staging")).unwrap();
        symlink(outside.join("letter"), output.join(".veridact-staging").join(name)).unwrap();
        let ran = place.run(&[]);
        place.refused(&format!("the {name} is a link"), &ran, "output");
        fs::remove_dir_all(output.join(".veridact-staging")).unwrap();
    }
    assert_eq!(place.run(&[]).code, Some(0));

    // Where a patient's folder was, there is a link now; the files of the export itself are links.
    let patients = || fs::read_dir(&output).unwrap().map(|entry| entry.unwrap().path());
    let patient = patients().find(|path| path.is_dir()).unwrap();
    fs::remove_dir_all(&patient).unwrap();
    symlink(&outside, &patient).unwrap();
    let ran = place.run(&[]);
    place.refused("a patient's folder is a link", &ran, "link");
    fs::remove_file(&patient).unwrap();
    for name in ["report.html", "report.json", "report.csv"] {
        fs::remove_file(output.join(name)).unwrap();
        symlink(outside.join("letter"), output.join(name)).unwrap();
    }
    let ran = place.run(&[]);
    place.untouched("reports are links", &ran);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let report = output.join("report.html").symlink_metadata().unwrap();
    assert!(report.is_file(), "the link was replaced");
}

#[test]
fn a_manifest_of_a_stranger_takes_nothing_away_elsewhere() {
    let mut place = Place::new();
    assert_eq!(place.run(&[]).code, Some(0));
    let manifest = place.deid().output.join("manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    let parsed: serde_json::Value = serde_json::from_str(&text).unwrap();
    let path = parsed["files"][0]["path"].as_str().unwrap();
    let key = key_file(&place.at("run"), 1);
    for trick in ["../../outside/letter", "/etc/hostname", "a/../../../outside/letter", "", "."] {
        fs::write(&manifest, text.replace(path, trick)).unwrap();
        let ran = place.run(&[]);
        place.refused(&format!("manifest: {trick:?}"), &ran, "manifest");
        let output = place.deid().output;
        let arguments = ["withdraw", output.to_str().unwrap(), "--file", trick, "--key-file"];
        let arguments = [&arguments[..], &[key.to_str().unwrap()]].concat();
        let ran = run_within(&place.at("run"), &arguments, LIMIT);
        place.refused(&format!("withdraw {trick:?}"), &ran, "");
    }
    for (what, text) in [("nothing", ""), ("a list", "[]"), ("deep", &"[".repeat(100_000))] {
        fs::write(&manifest, text).unwrap();
        let ran = place.run(&[]);
        place.refused(&format!("manifest: {what}"), &ran, "manifest");
    }
}
