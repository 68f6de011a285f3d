//! The layer below a program's file calls (`faults.c`): built once, put before a program, asked
//! what it saw.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use crate::common::soak::scaled;

/// Which calls are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// What reads contents and folders.
    Read,
    /// What changes or flushes something.
    Write,
}

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The device gives an error once.
    Once,
    /// And from then on.
    FromThenOn,
    /// The disk is full from then on; what is being written is cut in half.
    DiskFull,
}

/// What is lost when the power fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loses {
    /// All that was not flushed.
    All,
    /// Contents that were not flushed: names stay.
    Contents,
    /// Parts of both, chosen by this number.
    Parts(u64),
}

/// What goes wrong.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// Nothing: calls are counted.
    Nothing,
    /// One call fails.
    Fails(Class, usize, Failure),
    /// Each reading call of this name fails.
    EachFails(&'static str),
    /// The program is killed before one call.
    Kill(Class, usize),
    /// The power fails before the call that changes something with this number.
    PowerLoss(usize, Loses),
    /// The power fails when the program has ended.
    PowerLossAfter(Loses),
}

/// One call that the layer saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its class.
    pub class: Class,
    /// Its place among those of its class, from 1.
    pub number: usize,
    /// Its name.
    pub what: String,
    /// What it was called on; of a rename, the new name.
    pub path: PathBuf,
}

/// The layer before one run.
pub struct Layer {
    /// Below this folder it sees everything.
    pub below: PathBuf,
    /// What it saw.
    pub trace: PathBuf,
    /// As long as this file is there, flushes of a journal wait.
    pub hold: Option<PathBuf>,
}

impl Layer {
    /// Before a program that works below a folder; what it sees is written to `trace`.
    pub fn new(below: &Path, trace: PathBuf) -> Self {
        Self { below: below.canonicalize().unwrap(), trace, hold: None }
    }

    /// Puts the layer before a command.
    pub fn before(&self, fault: Fault, command: &mut Command) {
        if self.trace.exists() {
            fs::remove_file(&self.trace).unwrap();
        }
        command
            .env("LD_PRELOAD", library())
            .env("FAULTS_BELOW", &self.below)
            .env("FAULTS_TRACE", &self.trace);
        if let Some(hold) = &self.hold {
            command.env("FAULTS_HOLD", hold);
        }
        match fault {
            Fault::Nothing => {}
            Fault::Fails(class, at, failure) => {
                let (code, onwards) = match failure {
                    Failure::Once => (rustix::io::Errno::IO, false),
                    Failure::FromThenOn => (rustix::io::Errno::IO, true),
                    Failure::DiskFull => (rustix::io::Errno::NOSPC, true),
                };
                at_call(command, class, at);
                command.env("FAULTS_ERROR", code.raw_os_error().to_string());
                if onwards {
                    command.env("FAULTS_ONWARDS", "1");
                }
            }
            Fault::EachFails(name) => {
                at_call(command, Class::Read, 1);
                command.env("FAULTS_CALL", name).env("FAULTS_ONWARDS", "1");
                command.env("FAULTS_ERROR", rustix::io::Errno::IO.raw_os_error().to_string());
            }
            Fault::Kill(class, at) => {
                at_call(command, class, at);
                command.env("FAULTS_KILL", "1");
            }
            Fault::PowerLoss(at, loses) => {
                at_call(command, Class::Write, at);
                command.env("FAULTS_LOSE", word(loses));
            }
            Fault::PowerLossAfter(loses) => {
                command.env("FAULTS_LOSE", word(loses));
            }
        }
    }

    /// What it has written so far.
    pub fn said(&self) -> String {
        let said = fs::read(&self.trace).unwrap_or_default();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(!said.contains("the layer stopped"), "{}", said.lines().last().unwrap_or_default());
        said
    }

    /// The calls it saw.
    pub fn calls(&self) -> Vec<Call> {
        self.said().lines().filter_map(call).collect()
    }

    /// Whether a call failed.
    pub fn failed(&self) -> bool {
        self.said().lines().any(|line| line == "failed")
    }

    /// How many contents and names were lost; `None` where the power did not fail.
    pub fn lost(&self) -> Option<(usize, usize)> {
        let said = self.said();
        let words: Vec<&str> = said.lines().last()?.split(' ').collect();
        match words[..] {
            ["lost", contents, "contents", names, "names"] => {
                Some((contents.parse().unwrap(), names.parse().unwrap()))
            }
            _ => None,
        }
    }
}

fn at_call(command: &mut Command, class: Class, at: usize) {
    let class = if class == Class::Read { "read" } else { "write" };
    command.env("FAULTS_CLASS", class).env("FAULTS_AT", at.to_string());
}

fn word(loses: Loses) -> String {
    match loses {
        Loses::All => "all".to_owned(),
        Loses::Contents => "data".to_owned(),
        Loses::Parts(seed) => (seed + 1).to_string(),
    }
}

fn call(line: &str) -> Option<Call> {
    let mut words = line.splitn(4, ' ');
    let number = words.next()?.parse().ok()?;
    let class = match words.next()? {
        "read" => Class::Read,
        "write" => Class::Write,
        _ => return None,
    };
    let (what, path) = (words.next()?.to_owned(), words.next()?.into());
    Some(Call { class, number, what, path })
}

/// The layer as a library, built where cargo keeps what tests make.
fn library() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults");
        let mut digest = Sha256::new();
        for name in ["faults.c", "power.h"] {
            digest.update(fs::read(sources.join(name)).unwrap());
        }
        let name = format!("faults-{}.so", &hex::encode(digest.finalize())[..16]);
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        if !path.exists() {
            let beside = path.with_extension(std::process::id().to_string());
            let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
            let done = Command::new(compiler)
                .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
                .args([&beside, &sources.join("faults.c")])
                .args(["-ldl", "-lpthread"])
                .output()
                .unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
            fs::rename(&beside, &path).unwrap();
        }
        path
    })
}

/// Some of many calls. In the long tests these are all, but no more than some dozen of one name on one
/// file, which differ in nothing but how far a loop has come; else they are about `quick`, and of these a half are of as many kinds as
/// there are, for one of each kind tells more than many of one; the others stand at even steps.
pub fn some(calls: &[Call], class: Class, quick: usize) -> Vec<usize> {
    let of_class: Vec<&Call> = calls.iter().filter(|call| call.class == class).collect();
    if scaled(0, 1) > 0 {
        let mut alike: BTreeMap<(&str, &Path), Vec<usize>> = BTreeMap::new();
        for call in &of_class {
            alike.entry((&call.what, &call.path)).or_default().push(call.number);
        }
        let each = scaled(0, 24);
        let chosen: BTreeSet<usize> =
            alike.values().flat_map(|of| steps(of, each.min(of.len()))).collect();
        return chosen.into_iter().collect();
    }
    // Calls of one name on files that differ in numbers only are of one kind.
    let mut kinds: BTreeMap<(&str, String), Vec<usize>> = BTreeMap::new();
    for call in &of_class {
        let path = call.path.to_string_lossy().replace(|letter: char| letter.is_ascii_digit(), "");
        kinds.entry((&call.what, path)).or_default().push(call.number);
    }
    let kinds: Vec<usize> = kinds.values().map(|of_one| of_one[of_one.len() / 2]).collect();
    let even: Vec<usize> = of_class.iter().map(|call| call.number).collect();
    let half = quick / 2;
    let chosen: BTreeSet<usize> =
        steps(&kinds, half).into_iter().chain(steps(&even, quick - half)).collect();
    chosen.into_iter().collect()
}

/// So many of some numbers, evenly chosen.
fn steps(of: &[usize], count: usize) -> Vec<usize> {
    (0..count).filter_map(|at| of.get((2 * at + 1) * of.len() / (2 * count)).copied()).collect()
}
