//! Exports under faults: after the next run all is as if nothing had happened, and what is visible
//! in between is whole.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use veridact::demo::{Sample, instance};
use veridact::export::{Manifest, STAGING_NAME};
use veridact::index::digest_file;
use veridact::store::{AuditHead, ReviewStore};

use super::layer::{Call, Class, Failure, Fault, Layer, Loses, some};
use crate::common::run::{Deid, Ran, key_file, published, run_prepared, tree, veridact};
use crate::common::soak::scaled;
use crate::hostile::shrink;

const SAMPLES: [(Sample, u16); 4] =
    [(Sample::CtSlice, 1), (Sample::CtSlice, 2), (Sample::MrSlice, 1), (Sample::Report, 1)];
/// More than any run here may take, also where many others want the processor.
const LIMIT: Duration = Duration::from_secs(300);

type Files = BTreeMap<PathBuf, Vec<u8>>;

/// A batch, and what undisturbed runs make of it.
struct Batch {
    place: tempfile::TempDir,
    /// An export of what the batch was before, which runs begin with.
    before: Option<PathBuf>,
    /// Where its log ends.
    head: Option<AuditHead>,
    old: Files,
    wanted: Files,
    maps: Files,
    code: Option<i32>,
    calls: Vec<Call>,
}

impl Batch {
    /// A batch that is exported for the first time.
    fn first() -> Self {
        let place = tempfile::tempdir().unwrap();
        small_files(&place.path().join("in"), &SAMPLES);
        Self::of(place, None, Files::new())
    }

    /// A batch that is exported again: one file is gone, one has another content, one is new.
    fn again() -> Self {
        let place = tempfile::tempdir().unwrap();
        let input = place.path().join("in");
        small_files(&input, &SAMPLES);
        let before = place.path().join("before");
        let deid = deid(&input, &before);
        assert_eq!(deid.run().code, Some(0));
        let path = |number: usize| {
            input.join(instance(SAMPLES[number].0, SAMPLES[number].1, 20_261_122).file)
        };
        fs::remove_file(path(0)).unwrap();
        let mut bytes = fs::read(path(1)).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(path(1), bytes).unwrap();
        small_files(&input, &[(Sample::CtSlice, 3)]);
        let old = published(&deid.output);
        Self::of(place, Some(before), old)
    }

    fn of(place: tempfile::TempDir, before: Option<PathBuf>, old: Files) -> Self {
        let head = before.as_ref().map(|before| log(before).audit_head());
        let mut batch = Self {
            place,
            head,
            before,
            old,
            wanted: Files::new(),
            maps: Files::new(),
            code: None,
            calls: Vec::new(),
        };
        let (deid, layer) = batch.room("undisturbed");
        let ran = run(&deid, &layer, Fault::Nothing);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        batch.code = ran.code;
        batch.wanted = published(&deid.output);
        batch.maps = tree(&deid.place.join("maps"));
        batch.calls = layer.calls();
        assert!(batch.wanted != batch.old && batch.maps.len() > 1);
        batch
    }

    /// A place for runs, with what they begin with.
    fn room(&self, name: &str) -> (Deid, Layer) {
        let room = self.place.path().join(name);
        match &self.before {
            Some(before) => copy(before, &room),
            None => fs::create_dir(&room).unwrap(),
        }
        let deid = deid(&self.place.path().join("in"), &room);
        let layer = Layer::new(self.place.path(), std::env::temp_dir().join(trace_name()));
        (deid, layer)
    }

    /// Whatever is visible is whole: as it was, or as it shall be.
    #[track_caller]
    fn nothing_half_written(&self, output: &Path) {
        if !output.exists() {
            return;
        }
        for (path, bytes) in published(output) {
            let visible = !path.starts_with(STAGING_NAME) && !path.ends_with("manifest.json");
            let whole = [&self.old, &self.wanted].iter().any(|of| of.get(&path) == Some(&bytes));
            assert!(!visible || whole, "{} is not whole", path.display());
        }
        let manifest = Manifest::read(output).unwrap();
        let ledger = fs::read_to_string(output.join(STAGING_NAME).join("ledger"));
        let ledger = ledger.unwrap_or_default();
        let files = || manifest.iter().flat_map(|manifest| &manifest.files);
        for (path, _) in published(output) {
            let path = path.to_str().unwrap();
            let visible = path.ends_with(".dcm") && !path.starts_with(STAGING_NAME);
            // Or nobody would know of it, should the next run be of another batch.
            let known = files().any(|file| file.path == path) || ledger.contains(path);
            assert!(!visible || known, "{path} stands neither in the manifest nor in the ledger");
        }
        // What is there before may be on its way out; the next run settles that.
        for file in files() {
            if self.before.is_none() {
                let digest = digest_file(&output.join(&file.path)).unwrap();
                assert_eq!(digest.to_hex(), file.sha256, "{}", file.path);
            }
        }
    }

    /// All is as after an undisturbed run.
    #[track_caller]
    fn is_whole(&self, deid: &Deid) {
        assert!(
            published(&deid.output) == self.wanted,
            "{}",
            difference(&published(&deid.output), &self.wanted)
        );
        assert!(tree(&deid.place.join("maps")) == self.maps, "other maps");
        assert!(!deid.output.join(STAGING_NAME).exists());
        if let Some(head) = &self.head {
            log(&deid.place).check_audit_against(head).unwrap();
        }
        let key = key_file(&deid.place, deid.key);
        let output = deid.output.as_os_str();
        let verified = veridact(
            &deid.place,
            &["verify".as_ref(), output, "--key-file".as_ref(), key.as_os_str()],
        );
        assert_eq!(verified.code, Some(0), "{}{}", verified.out, verified.err);
        let review = deid.place.join("out.veridact");
        let checked = veridact(
            &deid.place,
            &["audit".as_ref(), "check".as_ref(), review.as_os_str(), "--export".as_ref(), output],
        );
        assert_eq!(checked.code, Some(0), "{}{}", checked.out, checked.err);
    }

    /// A run with a fault, then one without. How the first ended.
    fn attempt(&self, fault: Fault, shown: &str) -> Attempt {
        let (deid, layer) = self.room("room");
        let ran = run(&deid, &layer, fault);
        let told = format!("{shown}: {:?} {}", ran.code, ran.err);
        assert!(!ran.err.contains("panicked") && ran.wall < LIMIT, "{told}");
        let lost = layer.lost();
        match (fault, ran.code) {
            (Fault::PowerLoss(..), None) => assert!(lost.is_some(), "{told}"),
            (_, code) => assert!(matches!(code, Some(0..=2)), "{told}"),
        }
        println!("{told}");
        self.nothing_half_written(&deid.output);
        // An input that cannot be read is one that is not released.
        let reads = matches!(fault, Fault::Fails(Class::Read, ..));
        if ran.code == Some(0) || (ran.code == Some(1) && !reads) {
            assert!(published(&deid.output) == self.wanted, "{told}");
        }
        let next = deid.run();
        assert_eq!(next.code, self.code, "{told}\nthen {}", next.err);
        self.is_whole(&deid);
        let (failed, seen) = (layer.failed(), layer.calls().len());
        fs::remove_file(&layer.trace).unwrap();
        fs::remove_dir_all(&deid.place).unwrap();
        Attempt { code: ran.code, failed, lost, seen }
    }
}

/// How a run with a fault ended.
struct Attempt {
    code: Option<i32>,
    failed: bool,
    lost: Option<(usize, usize)>,
    seen: usize,
}

fn log(room: &Path) -> ReviewStore {
    ReviewStore::open_to_read(&room.join("out.veridact")).unwrap()
}

fn trace_name() -> String {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("veridact-trace-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

fn deid(input: &Path, room: &Path) -> Deid {
    let maps = room.join("maps");
    let more = ["--no-detect", "-j", "1", "--maps", maps.to_str().unwrap()];
    Deid::new(input, room).with(&more)
}

/// Instances with few pixels: each call that reads or writes some of them fails in its turn.
fn small_files(folder: &Path, samples: &[(Sample, u16)]) {
    for &(sample, number) in samples {
        let mut made = instance(sample, number, 20_261_122);
        if sample != Sample::Report {
            shrink(&mut made.dataset);
        }
        let path = folder.join(&made.file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, made.bytes()).unwrap();
    }
}

fn run(deid: &Deid, layer: &Layer, fault: Fault) -> Ran {
    run_prepared(&deid.place, &deid.arguments(), LIMIT, &|command| layer.before(fault, command))
}

/// Copies a folder.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

/// Paths that differ, for a message.
fn difference(one: &Files, two: &Files) -> String {
    let paths = one.keys().chain(two.keys());
    let differ = paths.filter(|path| one.get(*path) != two.get(*path));
    differ.map(|path| format!("{} differs\n", path.display())).collect()
}

/// Runs with the fault at one call after the other; what became of them, in figures.
fn each(batch: &Batch, class: Class, quick: usize, fault: impl Fn(usize) -> Fault) -> Figures {
    let begun = Instant::now();
    let mut figures = Figures::default();
    for at in some(&batch.calls, class, quick) {
        let call = batch.calls.iter().find(|call| call.class == class && call.number == at);
        let call = call.map(|call| format!("{} {}", call.what, call.path.display()));
        let ended = batch.attempt(fault(at), &format!("{at}: {}", call.unwrap()));
        figures.runs += 1;
        figures.hit += usize::from(ended.failed || ended.lost.is_some());
        figures.stopped += usize::from(ended.code != Some(0));
        let (contents, names) = ended.lost.unwrap_or_default();
        figures.contents += contents;
        figures.names += names;
        assert!(ended.seen > 0);
    }
    let count = batch.calls.iter().filter(|call| call.class == class).count();
    println!("{count} calls of a run, {figures:?}, {:?}", begun.elapsed());
    figures
}

#[derive(Debug, Default)]
struct Figures {
    runs: usize,
    /// Runs in which the fault came.
    hit: usize,
    /// Runs that did not release all.
    stopped: usize,
    /// Contents and names that were lost.
    contents: usize,
    names: usize,
}

const FAILURES: [Failure; 3] = [Failure::Once, Failure::FromThenOn, Failure::DiskFull];

/// The `at`-th kind of loss, another one in each repetition of the long tests.
fn loses(at: usize) -> Loses {
    [Loses::All, Loses::Contents, Loses::Parts(at as u64)][at % 3]
}

#[test]
fn every_call_that_writes_fails_in_turn() {
    let batch = Batch::first();
    let figures = each(&batch, Class::Write, 6, |at| {
        Fault::Fails(Class::Write, at, FAILURES[at % FAILURES.len()])
    });
    assert!(
        figures.hit * 4 >= figures.runs * 3 && figures.stopped * 2 > figures.runs,
        "{figures:?}"
    );
}

#[test]
fn every_call_that_writes_fails_in_turn_when_an_export_changes() {
    let batch = Batch::again();
    let figures = each(&batch, Class::Write, 4, |at| {
        Fault::Fails(Class::Write, at, FAILURES[at % FAILURES.len()])
    });
    assert!(figures.hit * 4 >= figures.runs * 3, "{figures:?}");
}

#[test]
fn every_call_that_reads_fails_in_turn() {
    let batch = Batch::first();
    let figures =
        each(&batch, Class::Read, 6, |at| Fault::Fails(Class::Read, at, FAILURES[at % 2]));
    assert!(
        figures.hit * 10 > figures.runs * 9 && figures.stopped * 2 > figures.runs,
        "{figures:?}"
    );
}

#[test]
fn every_call_that_reads_fails_in_turn_when_an_export_changes() {
    let batch = Batch::again();
    let figures =
        each(&batch, Class::Read, 3, |at| Fault::Fails(Class::Read, at, FAILURES[at % 2]));
    assert!(figures.hit * 10 > figures.runs * 9, "{figures:?}");
}

#[test]
fn the_power_fails_at_every_call() {
    let batch = Batch::first();
    let figures = each(&batch, Class::Write, 6, |at| Fault::PowerLoss(at, loses(at)));
    assert!(
        figures.hit == figures.runs && figures.names > 0 && figures.contents > 0,
        "{figures:?}"
    );
}

#[test]
fn the_power_fails_at_every_call_when_an_export_changes() {
    let batch = Batch::again();
    let figures = each(&batch, Class::Write, 4, |at| Fault::PowerLoss(at, loses(at)));
    assert!(figures.hit == figures.runs && figures.names > 0, "{figures:?}");
}

/// Of the calls behind a rename into the export, the first when all of a series is flushed.
fn when_visible(calls: &[Call]) -> Vec<usize> {
    let writes: Vec<&Call> = calls.iter().filter(|call| call.class == Class::Write).collect();
    let is_visible = |call: &Call| {
        let staged = call.path.iter().any(|part| part == STAGING_NAME);
        call.what == "rename" && call.path.extension().is_some_and(|end| end == "dcm") && !staged
    };
    let (mut found, mut visible) = (Vec::new(), false);
    for call in writes {
        if visible && !is_visible(call) && !call.what.ends_with("sync") {
            found.push(call.number);
        }
        visible = is_visible(call) || (visible && call.what.ends_with("sync"));
    }
    found
}

#[test]
fn what_is_visible_is_known_whenever_the_power_fails() {
    let batch = Batch::first();
    let moments = when_visible(&batch.calls);
    assert!(moments.len() > 1, "{moments:?}");
    for at in moments.into_iter().take(scaled(1, 100)) {
        let ended = batch.attempt(Fault::PowerLoss(at, Loses::All), &format!("{at}: visible"));
        assert!(ended.lost.is_some());
    }
}

#[test]
fn what_a_run_said_to_be_done_outlives_the_power() {
    for batch in [Batch::first(), Batch::again()] {
        let some = (0..scaled(1, 20) as u64).map(Loses::Parts);
        for loses in [Loses::All, Loses::Contents].into_iter().chain(some) {
            let (deid, layer) = batch.room("room");
            let ran = run(&deid, &layer, Fault::PowerLossAfter(loses));
            assert_eq!(ran.code, batch.code, "{}", ran.err);
            println!("{loses:?}: {:?} lost", layer.lost());
            batch.is_whole(&deid);
            fs::remove_file(&layer.trace).unwrap();
            fs::remove_dir_all(&deid.place).unwrap();
        }
    }
}
