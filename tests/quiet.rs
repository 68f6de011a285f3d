//! Nothing that identifies is written anywhere but into the review: every command is run on files full of
//! names, and all that appears on disk meanwhile, and all that is said of errors, is searched.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use aho_corasick::AhoCorasick;
use veridact::demo::Sample;

use crate::common::files;
use crate::common::run::{demo_files, key_file};

const SAMPLES: [(Sample, u16); 5] = [
    (Sample::CtSlice, 1),
    (Sample::Report, 1),
    (Sample::ScreenSave, 1),
    (Sample::Palette, 1),
    (Sample::Jpeg, 1),
];

/// A name that stands in the path of the input only.
const FOLDER: &str = "Quittenbaum Zwetschge";

struct Room {
    place: tempfile::TempDir,
    words: BTreeSet<String>,
}

impl Room {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        for folder in ["home", "tmp", "config", "data", "cache", "work"] {
            fs::create_dir(place.path().join(folder)).unwrap();
        }
        let input = place.path().join(FOLDER);
        let truths = demo_files(&input, &SAMPLES);
        fs::write(input.join("Roe Jane.txt"), "no instance").unwrap();
        let mut words: BTreeSet<String> = ["Quittenbaum", "Zwetschge"].map(str::to_owned).into();
        for phi in truths.iter().flat_map(|truth| &truth.phi) {
            // Short words and common ones stand in programs, too.
            let telling = phi.words.iter().filter(|word| word.chars().count() >= 6);
            words.extend(telling.cloned());
        }
        assert!(words.len() > 10, "{words:?}");
        Self { place, words }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    fn search(&self) -> AhoCorasick {
        let wide = |word: &String| word.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let plain = self.words.iter().map(|word| word.as_bytes().to_vec());
        let all: Vec<Vec<u8>> = plain.chain(self.words.iter().map(wide)).collect();
        AhoCorasick::builder().ascii_case_insensitive(true).build(all).unwrap()
    }

    /// Everything on disk but what is made to hold identities: input, review, maps.
    fn elsewhere(&self) -> Vec<PathBuf> {
        let secret = [FOLDER, "out.veridact", "maps", "known.csv"].map(|name| self.path(name));
        let all = files(self.place.path()).into_iter();
        all.filter(|path| !secret.iter().any(|secret| path.starts_with(secret))).collect()
    }

    /// Runs a command; what it prints, and what it says.
    fn run(&self, arguments: &[OsString]) -> (Option<i32>, Vec<u8>, Vec<u8>) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_veridact"));
        command.args(arguments).current_dir(self.path("work")).stdin(Stdio::null());
        for (variable, folder) in [
            ("HOME", "home"),
            ("TMPDIR", "tmp"),
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_DATA_HOME", "data"),
            ("XDG_STATE_HOME", "data"),
            ("XDG_CACHE_HOME", "cache"),
        ] {
            command.env(variable, self.path(folder));
        }
        command.env("RUST_BACKTRACE", "full").env("RUST_LOG", "trace");
        let done = command.output().unwrap();
        (done.status.code(), done.stdout, done.stderr)
    }
}

/// Looks at all that appears on disk while `run` runs.
fn watched(room: &Room, run: impl FnOnce()) -> BTreeMap<PathBuf, &'static str> {
    let search = room.search();
    let ended = AtomicBool::new(false);
    let look = |found: &mut BTreeMap<PathBuf, &'static str>| {
        for path in room.elsewhere() {
            let name = path.strip_prefix(room.place.path()).unwrap().to_string_lossy().into_owned();
            if search.is_match(name.as_bytes()) {
                found.insert(path.clone(), "named in a path");
            }
            let Ok(bytes) = fs::read(&path) else { continue };
            // What is staged is not checked yet; it must be its owner's alone.
            let staged = name.contains(".veridact-staging");
            if staged {
                let folder = path.ancestors().find(|it| it.ends_with(".veridact-staging")).unwrap();
                let mode = fs::metadata(folder).map_or(0o700, |found| found.permissions().mode());
                if mode & 0o077 != 0 {
                    found.insert(path.clone(), "staged, and open to others");
                }
            } else if search.is_match(&bytes) {
                found.insert(path.clone(), "named in the bytes");
            }
        }
    };
    thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut found = BTreeMap::new();
            while !ended.load(Ordering::Relaxed) {
                look(&mut found);
                thread::sleep(Duration::from_millis(30));
            }
            look(&mut found);
            found
        });
        run();
        ended.store(true, Ordering::Relaxed);
        watcher.join().unwrap()
    })
}

#[test]
fn nothing_that_identifies_is_written_outside_of_the_review() {
    let room = Room::new();
    let key: OsString = key_file(room.place.path(), 7).into();
    let (input, output): (OsString, OsString) = (room.path(FOLDER).into(), room.path("out").into());
    let review: OsString = room.path("out.veridact").into();
    let known = room.path("known.csv");
    fs::write(&known, "kind,value\nname,Zwetschge^Ottilie\n").unwrap();
    let words = |text: &str, more: &[&OsString]| {
        let mut all: Vec<OsString> = text.split(' ').map(OsString::from).collect();
        all.extend(more.iter().map(|word| (*word).clone()));
        all
    };
    let flag = OsString::from("--key-file");
    let maps: OsString = room.path("maps").into();
    let file: OsString = files(&room.path(FOLDER)).remove(0).into();
    let missing: OsString = room.path(FOLDER).join("no such file").into();
    let deid = ["--no-detect", "--maps"].map(OsString::from);
    // With what they print, whether that is for others than the curator, and how they may end.
    let commands = [
        (words("index", &[&input]), false, 1),
        (words("plan", &[&file, &flag, &key]), false, 0),
        (
            words("deid --approve all", &[&input, &output, &deid[0], &deid[1], &maps, &flag, &key]),
            false,
            1,
        ),
        (words("deid --approve all", &[&input, &output, &deid[0], &flag, &key]), false, 1),
        (words("verify --review", &[&review, &output, &flag, &key]), true, 0),
        (words("verify --identifiers", &[&known.clone().into(), &output]), true, 0),
        (words("audit show", &[&review]), true, 0),
        (words("audit check", &[&review]), true, 0),
        (words("support", &[&review]), true, 0),
        (words("rules check", &[&missing]), true, 2),
        (words("profile show", &[&missing]), true, 2),
        (words("withdraw --patient Zwetschge --reason other", &[&output, &flag, &key]), true, 2),
        (words("deid --approve all", &[&missing, &output, &flag, &key]), true, 2),
        (words("verify", &[&input]), true, 2),
        (words("audit check", &[&input]), true, 2),
        (words("key show", &[&missing]), true, 2),
        (words("deid --approve reviewed", &[&input, &output, &deid[0], &flag, &key]), false, 1),
    ];
    let search = room.search();
    let mut told = Vec::new();
    let found = watched(&room, || {
        for (arguments, public, code) in &commands {
            let (ended, out, err) = room.run(arguments);
            let name = arguments[0].to_string_lossy().into_owned();
            let err = String::from_utf8_lossy(&err).into_owned();
            if ended != Some(*code) {
                told.push(format!("{name} ended with {ended:?}: {err}"));
            }
            // A path that was typed may be said again: it is the last thing of a line.
            let said = err.replace(&*input.to_string_lossy(), "");
            let said = said.replace("no such file", "").replace("Zwetschge --reason", "");
            if search.is_match(&said) {
                told.push(format!("{name} says whom: {said}"));
            }
            if err.contains("panicked") {
                told.push(format!("{name} panicked"));
            }
            let out = String::from_utf8_lossy(&out).replace(&*input.to_string_lossy(), "");
            if *public && search.is_match(&out) {
                told.push(format!("{name} prints whom: {out}"));
            }
        }
    });
    assert!(told.is_empty(), "{told:#?}");
    assert!(found.is_empty(), "{found:#?}");
    assert!(files(&room.path("tmp")).is_empty(), "temporary files are left behind");
    // The search is not blind: the review holds them all.
    let seen = |path: &Path| fs::read(path).is_ok_and(|bytes| search.is_match(&bytes));
    assert!(files(&room.path("out.veridact")).iter().any(|path| seen(path)));
    assert!(files(&room.path("maps")).iter().any(|path| seen(path)));
    assert!(room.path("out/manifest.json").exists());
}
