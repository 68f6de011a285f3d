//! Runs the real binary, with a deadline, and says how much memory it and its workers took.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::process::{cpu_times, family, resident};
use veridact::demo::{FileTruth, Sample, instance};
use veridact::engine::key::ProjectKey;
use veridact::export::write_owner_only;

/// How a run ended.
#[derive(Debug)]
pub struct Ran {
    /// Exit code; `None` when a signal ended it, the deadline's among them.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
    /// How long it took.
    pub wall: Duration,
    /// CPU time, that of workers which ended before included; as last seen, so a moment too little.
    pub cpu: Duration,
    /// Highest resident size seen of one process of the run, in KiB; 0 where `/proc` is not there.
    pub peak_kib: u64,
}

impl Ran {
    /// The standard output as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("no JSON: {}", self.err))
    }

    /// Input path → outcome, each listed once.
    pub fn outcomes(&self) -> BTreeMap<String, Ended> {
        let all = self.json();
        let mut found = BTreeMap::new();
        for file in all["files"].as_array().unwrap() {
            let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
            let ended = Ended {
                outcome: text(&file["outcome"]),
                output: file["output"].as_str().map(str::to_owned),
                why: file["why"].as_array().unwrap().iter().map(text).collect(),
            };
            let input = text(&file["input"]);
            assert!(found.insert(input.clone(), ended).is_none(), "{input} is listed twice");
        }
        found
    }
}

/// How one file ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// `released`, `held`, …
    pub outcome: String,
    /// Path below the output.
    pub output: Option<String>,
    /// Reasons or causes.
    pub why: Vec<String>,
}

/// Runs the binary in an environment of its own: `home` stands for the user's.
pub fn veridact<S: AsRef<OsStr>>(home: &Path, arguments: &[S]) -> Ran {
    run_within(home, arguments, Duration::from_secs(300))
}

/// The same; after `limit` it is killed.
pub fn run_within<S: AsRef<OsStr>>(home: &Path, arguments: &[S], limit: Duration) -> Ran {
    run_prepared(home, arguments, limit, &|_| {})
}

/// The same; `prepare` has the last word on its environment.
pub fn run_prepared<S: AsRef<OsStr>>(
    home: &Path,
    arguments: &[S],
    limit: Duration,
    prepare: &dyn Fn(&mut Command),
) -> Ran {
    let place = tempfile::tempdir().unwrap();
    let (out, err) = (place.path().join("out"), place.path().join("err"));
    let begun = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_veridact"));
    command
        .args(arguments)
        .env("HOME", home)
        .env_remove("XDG_CONFIG_HOME")
        .stdin(Stdio::null())
        .stdout(File::create(&out).unwrap())
        .stderr(File::create(&err).unwrap());
    prepare(&mut command);
    let mut child = command.spawn().unwrap();
    let (code, peak_kib, cpu) = wait(&mut child, begun, limit);
    let wall = begun.elapsed();
    let read = |path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
    Ran { code, out: read(out), err: read(err), wall, cpu, peak_kib }
}

fn wait(child: &mut Child, begun: Instant, limit: Duration) -> (Option<i32>, u64, Duration) {
    let (mut peak, mut cpu) = (0, Duration::ZERO);
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return (status.code(), peak, cpu);
        }
        if begun.elapsed() > limit {
            child.kill().unwrap();
            child.wait().unwrap();
            return (None, peak, cpu);
        }
        let (own, children) = cpu_times(child.id());
        cpu = cpu.max(own + children);
        peak = peak.max(family(child.id()).into_iter().map(resident).max().unwrap_or_default());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Writes a key file whose key is `byte` again and again.
pub fn key_file(folder: &Path, byte: u8) -> PathBuf {
    let path = folder.join(format!("key-{byte}"));
    write_owner_only(&path, ProjectKey::from_bytes([byte; 32]).to_text().as_bytes()).unwrap();
    path
}

/// A run of `deid` in a folder of its own.
pub struct Deid {
    /// Everything of this run lies here.
    pub place: PathBuf,
    /// The input folder.
    pub input: PathBuf,
    /// The output folder.
    pub output: PathBuf,
    /// Further arguments.
    pub more: Vec<String>,
    /// Byte of the project key.
    pub key: u8,
}

impl Deid {
    /// From `input` to `place/out`, with `--no-detect`.
    pub fn new(input: &Path, place: &Path) -> Self {
        fs::create_dir_all(place).unwrap();
        Self {
            place: place.to_owned(),
            input: input.to_owned(),
            output: place.join("out"),
            more: vec!["--no-detect".to_owned()],
            key: 1,
        }
    }

    /// The same with these arguments instead of `--no-detect`.
    pub fn with(mut self, more: &[&str]) -> Self {
        self.more = more.iter().map(|text| (*text).to_owned()).collect();
        self
    }

    /// Runs it; JSON comes to standard output.
    pub fn run(&self) -> Ran {
        self.run_within(Duration::from_secs(300))
    }

    /// Runs it; it is killed after `limit`.
    pub fn run_within(&self, limit: Duration) -> Ran {
        run_within(&self.place, &self.arguments(), limit)
    }

    /// What stands on its command line.
    pub fn arguments(&self) -> Vec<std::ffi::OsString> {
        let key = key_file(&self.place, self.key);
        let mut arguments: Vec<std::ffi::OsString> = vec!["deid".into()];
        arguments.extend([self.input.clone().into(), self.output.clone().into()]);
        arguments.extend(["--approve", "all", "--json", "--key-file"].map(Into::into));
        arguments.push(key.into());
        arguments.extend(self.more.iter().map(Into::into));
        arguments
    }
}

/// Writes instances of the demo, one of each kind given; their truths.
pub fn demo_files(folder: &Path, samples: &[(Sample, u16)]) -> Vec<FileTruth> {
    let mut truths = Vec::new();
    for &(sample, number) in samples {
        let made = instance(sample, number, 20_261_122);
        let path = folder.join(&made.file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, made.bytes()).unwrap();
        truths.push(made.truth());
    }
    truths
}

/// Every file below a folder, with its bytes.
pub fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    crate::common::files(folder)
        .into_iter()
        .map(|path| (path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap()))
        .collect()
}

/// What must not differ between runs: instances and manifest. The report tells the head of the
/// audit log, which knows of each run.
pub fn published(output: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = tree(output);
    files.retain(|path, _| {
        path.extension().is_some_and(|end| end == "dcm") || path.ends_with("manifest.json")
    });
    files
}
