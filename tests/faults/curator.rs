//! A curator who decides through the code of the window, as a process of its own; it says what it is
//! shown as made.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use veridact::jobs::Session;
use veridact::jobs::backend::{Backend, JobEvent};
use veridact::model::{Region, Verdict};
use veridact::review::{
    Basis, Command as Intent, Decisions, Effect, Journal, MaskCommand, ReviewState, SelectCommand,
    VerdictCommand,
};

use crate::common::session::options;

/// Where it sits; without it, nobody decides.
pub const PLACE: &str = "VERIDACT_CURATOR";
/// Intents of one sitting.
pub const INTENTS: u32 = 10;
/// More than anything here may take, also where many others want the processor.
pub const LIMIT: Duration = Duration::from_secs(300);

/// Names what is decided.
pub fn fold(decisions: &Decisions) -> String {
    hex::encode(&Sha256::digest(format!("{decisions:?}"))[..8])
}

/// A window without its picture: the state of a review over a session.
struct Curator {
    session: Session,
    state: ReviewState,
    asked: usize,
    answered: usize,
    place: PathBuf,
    /// Whether all files were read.
    indexed: bool,
    /// When something else failed.
    failed: Option<Instant>,
}

/// Says something to whoever started this process; it is out when this returns.
fn say(words: &str) {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{words}").and_then(|()| out.flush()).unwrap();
}

/// Waits as long as a file is there.
fn wait_for(file: &Path) {
    let begun = Instant::now();
    while file.exists() {
        assert!(begun.elapsed() < LIMIT, "a file stays for too long");
        std::thread::sleep(Duration::from_millis(1));
    }
}

impl Curator {
    fn open(place: &Path) -> Option<Self> {
        let mut session = Session::new(options(), Arc::new(|| {}));
        session.open(&place.join("in"));
        let begun = Instant::now();
        loop {
            let mut events = session.poll().into_iter();
            match events.next() {
                Some(JobEvent::Opened(opened)) => {
                    let basis = Basis { profile: opened.profile_digest, detector: opened.detector };
                    let journal = Journal::replay(&opened.log);
                    let state = ReviewState::new(&opened.reader, basis, journal);
                    let (asked, answered, indexed, failed) = (0, 0, false, None);
                    let place = place.to_owned();
                    let mut curator =
                        Self { session, state, asked, answered, place, indexed, failed };
                    events.for_each(|event| curator.take(event));
                    return Some(curator);
                }
                Some(JobEvent::Failed { why }) => {
                    say(&format!("failed {why}"));
                    return None;
                }
                _ => {}
            }
            assert!(begun.elapsed() < LIMIT, "the folder is not opened");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn run(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                // What is to be shown counts as painted.
                Effect::Show { instance, frame } => self.state.painted(&instance, frame),
                Effect::Notify(_) | Effect::Quit => {}
                effect => {
                    self.asked += usize::from(matches!(effect, Effect::Append(_)));
                    self.session.run(effect);
                }
            }
        }
    }

    fn take(&mut self, event: JobEvent) {
        match event {
            JobEvent::Indexed { cards, .. } => {
                self.state.grow(cards);
                let first = self.state.outline().series().next().map(|(uid, _)| uid.clone());
                let selects = self.state.selection().series.is_none();
                if let Some(first) = first.filter(|_| selects) {
                    let effects = self.state.handle(Intent::Select(SelectCommand::Series(first)));
                    self.run(effects);
                }
            }
            JobEvent::IndexFinished { dictionaries } => {
                for (patient, digest) in &dictionaries {
                    self.state.dictionary(patient, Some(*digest));
                }
                self.indexed = true;
                say("read");
            }
            JobEvent::Identities(asked) => {
                let effects = self.state.set_identities(*asked);
                self.run(effects);
            }
            JobEvent::Recorded(event) => {
                let effects = self.state.recorded(&event);
                self.answered += 1;
                let fold = fold(self.state.decisions());
                say(&format!("made {} {} {fold}", event.seq, event.hmac));
                self.run(effects);
            }
            JobEvent::AppendFailed { ticket, why } => {
                let effects = self.state.not_recorded(ticket, &why);
                self.answered += 1;
                say(&format!("refused {why}"));
                wait_for(&self.place.join("pause"));
                self.run(effects);
            }
            JobEvent::Failed { why } => {
                self.failed = Some(Instant::now());
                say(&format!("told {why}"));
            }
            _ => {}
        }
    }

    /// Lets events come until something is so.
    fn until(&mut self, what: &str, ready: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !ready(self) {
            for event in self.session.poll() {
                self.take(event);
            }
            assert!(begun.elapsed() < LIMIT, "waited in vain: {what}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Whether a verdict can be given.
    fn is_read(&self) -> bool {
        let selected = self.state.selection().series.as_ref();
        let summary = selected.and_then(|series| self.state.summary(series));
        summary.is_some_and(|it| it.fingerprint.is_some() && !it.provisional)
    }

    fn intent(&self, number: u32) -> Intent {
        let shown = self.state.selection().instance.clone().unwrap();
        match number % 5 {
            0 | 1 => {
                let region = Region { x0: number, y0: 1, x1: number + 20, y1: 30 };
                Intent::Mask(MaskCommand::Add(region))
            }
            2 => Intent::Verdict(VerdictCommand {
                shown,
                verdict: Verdict::Held,
                reason: format!("for reason {number}"),
                repeat: false,
            }),
            3 => Intent::Undo,
            _ => Intent::Redo,
        }
    }
}

#[test]
#[ignore = "no test: the process that the tests beside it start, under the file layer"]
fn a_curator_decides() {
    let Some(place) = std::env::var_os(PLACE).map(PathBuf::from) else { return };
    // The name of the test stands before what comes first.
    say("");
    let Some(mut curator) = Curator::open(&place) else { return };
    let waited = |failed: Instant| failed.elapsed() > Duration::from_secs(1);
    curator.until("the folder is read", |it| it.indexed || it.failed.is_some_and(waited));
    // A folder that cannot be read leaves nothing to decide.
    if !curator.is_read() {
        return say("nothing to decide");
    }
    wait_for(&place.join("wait"));
    // Who is watched closely draws one mask after the other, and waits for each.
    let slow = place.join("pause").exists();
    for number in 0..INTENTS {
        let effects = curator.state.handle(curator.intent(if slow { 0 } else { number }));
        curator.run(effects);
        // One does not always wait for the disk.
        if slow || number % 3 == 2 {
            curator.until("answers", |it| it.state.pending_count() == 0);
        }
    }
    curator.until("all answers", |it| it.asked == it.answered && it.state.pending_count() == 0);
    let fold = fold(curator.state.decisions());
    drop(curator);
    say(&format!("ended {fold}"));
}
