//! Decisions under faults: what the window showed as made is there afterwards, whatever came.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use veridact::demo::Sample;
use veridact::review::Journal;
use veridact::store::{EventBody, ReviewStore};

use super::curator::{INTENTS, LIMIT, PLACE, fold};
use super::export::copy;
use super::layer::{Class, Failure, Fault, Layer, Loses, some};
use crate::common::run::demo_files;
use crate::common::soak::scaled;

/// Where a curator sits.
pub struct Room {
    place: tempfile::TempDir,
    layer: Layer,
}

/// What a curator was shown.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Entries of the log shown as made: number, HMAC, and what was decided then.
    pub made: Vec<(u64, String, String)>,
    /// How many were shown as not made.
    pub refused: usize,
    /// What was decided in the end; `None` where it did not come to that.
    pub ended: Option<String>,
    /// Whether the disk failed for good.
    is_broken: bool,
    all: String,
}

impl Room {
    /// A room in which somebody sat before, and what was shown then.
    fn after(before: &Self) -> Self {
        let place = tempfile::tempdir().unwrap();
        for folder in ["in", "in.veridact"] {
            copy(&before.place.path().join(folder), &place.path().join(folder));
        }
        let trace = place.path().with_extension("trace");
        Self { layer: Layer::new(place.path(), trace), place }
    }

    /// A room with two small instances in it.
    pub fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        demo_files(&place.path().join("in"), &[(Sample::CtSlice, 1), (Sample::Report, 1)]);
        let trace = place.path().with_extension("trace");
        Self { layer: Layer::new(place.path(), trace), place }
    }

    /// A file that the layer does not see.
    fn beside(&self, end: &str) -> PathBuf {
        self.place.path().with_extension(end)
    }

    fn review(&self) -> PathBuf {
        self.place.path().join("in.veridact")
    }

    /// Lets a curator sit down.
    fn start(&self, fault: Option<Fault>) -> Child {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "faults::curator::a_curator_decides"])
            .args(["--ignored", "--nocapture", "--test-threads=1"])
            .env(PLACE, self.place.path())
            .stdin(Stdio::null())
            .stdout(fs::File::create(self.beside("shown")).unwrap())
            .stderr(fs::File::create(self.beside("err")).unwrap());
        if let Some(fault) = fault {
            self.layer.before(fault, &mut command);
        }
        command.spawn().unwrap()
    }

    /// What was shown until now.
    fn shown(&self) -> Shown {
        let all = fs::read_to_string(self.beside("shown")).unwrap();
        // A line that was cut was not shown.
        let whole = all.rfind('\n').map_or("", |end| &all[..end]);
        let mut shown =
            Shown { made: Vec::new(), refused: 0, ended: None, is_broken: false, all: all.clone() };
        for line in whole.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            match words[..] {
                ["made", seq, hmac, fold] => {
                    shown.made.push((seq.parse().unwrap(), hmac.to_owned(), fold.to_owned()));
                }
                ["refused", ..] => shown.refused += 1,
                ["ended", fold] => shown.ended = Some(fold.to_owned()),
                _ => {}
            }
        }
        shown
    }

    /// Waits for a curator, without end of patience but for what hangs.
    fn wait(&self, child: &mut Child) -> Option<i32> {
        let begun = Instant::now();
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return status.code();
            }
            assert!(begun.elapsed() < 2 * LIMIT, "{}", self.shown().all);
            std::thread::sleep(Duration::from_millis(3));
        }
    }

    /// One sitting.
    fn sit(&self, fault: Option<Fault>) -> (Option<i32>, Shown) {
        let mut child = self.start(fault);
        let code = self.wait(&mut child);
        let err = fs::read_to_string(self.beside("err")).unwrap();
        assert!(!err.contains("panicked"), "{err}");
        (code, self.shown())
    }

    /// A sitting that is killed after a while, if it is not over by then. The clock begins when it
    /// does, or when all is read and decisions are made. How long it was, whether it was killed, and
    /// what was shown.
    pub fn sitting(&self, limit: Duration, deciding: bool) -> (Duration, bool, Shown) {
        let (mut begun, mut child) = (Instant::now(), self.start(None));
        let mut counts = !deciding;
        while child.try_wait().unwrap().is_none() && !(counts && begun.elapsed() >= limit) {
            if !counts && self.shown().all.contains("read\n") {
                (counts, begun) = (true, Instant::now());
            }
            assert!(counts || begun.elapsed() < LIMIT, "{}", self.shown().all);
            std::thread::sleep(Duration::from_millis(1));
        }
        let over = child.try_wait().unwrap().is_some();
        if !over {
            child.kill().unwrap();
        }
        let killed = !child.wait().unwrap().success() && !over;
        (begun.elapsed(), killed, self.shown())
    }

    /// Every decision that was shown as made is in the log, which is whole.
    pub fn nothing_is_lost(&self, shown: &Shown) {
        if !ReviewStore::is_at(&self.review()) {
            assert!(shown.made.is_empty(), "{}", shown.all);
            return;
        }
        let store = ReviewStore::open(&self.review()).unwrap();
        store.check_audit().unwrap();
        let log = store.events().unwrap();
        for (seq, hmac, decided) in &shown.made {
            let entry = log.get(*seq as usize - 1);
            let entry = entry.unwrap_or_else(|| panic!("entry {seq} is lost: {}", shown.all));
            assert_eq!((entry.seq, &entry.hmac.to_string()), (*seq, hmac), "{}", shown.all);
            let journal = Journal::replay(&log[..*seq as usize]);
            assert_eq!(&fold(journal.decisions()), decided, "entry {seq}");
        }
        // What was refused is not decided: nothing stands behind what was shown. A disk that takes nothing
        // any more cannot be made to forget it either.
        if let Some(ended) = shown.ended.as_ref().filter(|_| !shown.is_broken) {
            assert_eq!(&fold(Journal::replay(&log).decisions()), ended, "{}", shown.all);
        }
        store.close().unwrap();
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        for end in ["shown", "err", "trace", "hold"] {
            let _gone = fs::remove_file(self.beside(end)).is_ok();
        }
    }
}

/// Sittings with a fault at one call after the other, each followed by one without; the first of all in
/// a new room, or in one where somebody decided before.
fn sittings(
    class: Class,
    quick: usize,
    decided_before: bool,
    fault: impl Fn(usize) -> Fault,
) -> [usize; 4] {
    let first = Room::new();
    let (code, before) = first.sit(None);
    assert_eq!((code, before.refused), (Some(0), 0), "{}", before.all);
    assert!(before.made.len() >= INTENTS as usize, "{}", before.all);
    first.nothing_is_lost(&before);
    let room = || if decided_before { Room::after(&first) } else { Room::new() };
    let undisturbed = room();
    let (code, shown) = undisturbed.sit(Some(Fault::Nothing));
    assert_eq!((code, shown.refused), (Some(0), 0), "{}", shown.all);
    let calls = undisturbed.layer.calls();
    let mut figures = [0; 4];
    for at in some(&calls, class, quick) {
        let room = room();
        let (code, mut shown) = room.sit(Some(fault(at)));
        shown.is_broken = matches!(fault(at), Fault::Fails(Class::Write, _, Failure::FromThenOn));
        let lost = room.layer.lost();
        assert_eq!(code.is_none(), lost.is_some(), "{code:?} {}", shown.all);
        if decided_before {
            room.nothing_is_lost(&Shown { ended: None, ..before.clone() });
        }
        room.nothing_is_lost(&shown);
        figures[0] += 1;
        figures[1] += shown.made.len();
        figures[2] += shown.refused;
        figures[3] += lost.map_or(0, |(contents, names)| contents + names);
        let last = shown.made.last().map_or(0, |(seq, ..)| *seq);
        let (code, shown) = room.sit(None);
        assert_eq!((code, shown.refused), (Some(0), 0), "{}", shown.all);
        assert!(shown.made.first().is_some_and(|(seq, ..)| *seq > last), "{}", shown.all);
        room.nothing_is_lost(&shown);
    }
    let count = calls.iter().filter(|call| call.class == class).count();
    let [runs, made, refused, lost] = figures;
    println!(
        "{count} calls; {runs} sittings: {made} made, {refused} refused, {lost} lost by the disk"
    );
    figures
}

const FAILURES: [Failure; 3] = [Failure::Once, Failure::FromThenOn, Failure::DiskFull];

fn writing_fails(at: usize) -> Fault {
    Fault::Fails(Class::Write, at, FAILURES[at % FAILURES.len()])
}

fn power_fails(at: usize) -> Fault {
    let kinds = [Loses::All, Loses::Contents, Loses::Parts(at as u64)];
    Fault::PowerLoss(at, kinds[at % kinds.len()])
}

#[test]
fn no_decision_is_lost_when_writing_fails() {
    let [_, made, refused, _] = sittings(Class::Write, 5, false, writing_fails);
    assert!(made > 0 && refused > 0);
    sittings(Class::Write, 3, true, writing_fails);
}

#[test]
fn no_decision_is_lost_when_reading_fails() {
    let [_, made, ..] =
        sittings(Class::Read, 6, true, |at| Fault::Fails(Class::Read, at, FAILURES[(at + 1) % 2]));
    assert!(made > 0);
}

#[test]
fn what_was_refused_is_not_decided_though_the_program_dies() {
    let room = Room::new();
    fs::write(room.place.path().join("pause"), "").unwrap();
    let (_, undisturbed) = room.sit(Some(Fault::Nothing));
    let calls = room.layer.calls();
    let flushes = calls
        .iter()
        .filter(|call| call.what.ends_with("sync") && call.path.ends_with("review.db-wal"));
    // In the middle of what is decided.
    let at = flushes.rev().nth(undisturbed.made.len() / 2).unwrap().number;
    let room = Room::new();
    fs::write(room.place.path().join("pause"), "").unwrap();
    let mut child = room.start(Some(Fault::Fails(Class::Write, at, Failure::Once)));
    until("a refusal", &|| room.shown().refused > 0);
    child.kill().unwrap();
    child.wait().unwrap();
    let shown = room.shown();
    assert!(!shown.made.is_empty() && shown.made.len() < undisturbed.made.len(), "{}", shown.all);
    room.nothing_is_lost(&shown);
    let store = ReviewStore::open(&room.review()).unwrap();
    assert_eq!(store.events().unwrap().len(), shown.made.len(), "{}", shown.all);
}

#[test]
fn a_review_whose_folder_cannot_be_listed_is_not_made_anew() {
    let room = Room::new();
    let (_, before) = room.sit(None);
    let (code, shown) = room.sit(Some(Fault::EachFails("list")));
    assert_eq!((code, shown.made.len()), (Some(0), 0), "{}", shown.all);
    assert!(room.layer.failed() && shown.all.contains("failed "), "{}", shown.all);
    room.nothing_is_lost(&before);
}

#[test]
fn no_decision_is_lost_when_the_power_fails() {
    let [_, made, _, lost] = sittings(Class::Write, 5, false, power_fails);
    assert!(made > 0 && lost > 0);
    sittings(Class::Write, 3, true, power_fails);
}

fn until(what: &str, ready: &dyn Fn() -> bool) {
    let begun = Instant::now();
    while !ready() {
        assert!(begun.elapsed() < LIMIT, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn nothing_is_shown_as_made_before_it_is_on_the_disk() {
    let mut room = Room::new();
    let (wait, hold) = (room.place.path().join("wait"), room.beside("hold"));
    fs::write(&wait, "").unwrap();
    room.layer.hold = Some(hold.clone());
    let mut child = room.start(Some(Fault::Nothing));
    until("the folder is read", &|| room.shown().all.contains("read\n"));
    fs::write(&hold, "").unwrap();
    fs::remove_file(&wait).unwrap();
    until("a flush", &|| room.layer.said().contains("held\n"));
    let written = room.layer.calls();
    std::thread::sleep(Duration::from_millis(scaled(300, 2000) as u64));
    assert_eq!(room.shown().made, [], "shown as made, though not on the disk");
    // It was on its way: written, and not flushed.
    let last = written.iter().rfind(|call| call.class == Class::Write).unwrap();
    assert!(last.what == "write" && last.path.ends_with("review.db-wal"), "{last:?}");
    fs::remove_file(&hold).unwrap();
    assert_eq!(room.wait(&mut child), Some(0));
    let shown = room.shown();
    assert!(shown.made.len() >= INTENTS as usize);
    room.nothing_is_lost(&shown);
    // Each entry has a flush of its own, and no flush failed.
    let flushes = room.layer.calls();
    let flushes = flushes.iter().filter(|call| {
        matches!(call.what.as_str(), "fsync" | "fdatasync") && call.path.ends_with("review.db-wal")
    });
    assert!(flushes.count() >= shown.made.len());
    let store = ReviewStore::open(&room.review()).unwrap();
    let log = store.events().unwrap();
    assert!(log.iter().any(|entry| matches!(entry.body, EventBody::Undone { .. })));
    assert!(log.iter().any(|entry| matches!(entry.body, EventBody::Redone { .. })));
}
