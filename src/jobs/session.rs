//! The backend of a window: the folder it works on, and the one that is being opened.
//!
//! Nothing here waits: a folder is opened by its own threads (`session_folder`), and takes the
//! place of the one before only when its review is open.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::devices::DeviceRules;
use crate::engine::key::ProjectKey;
use crate::jobs::backend::{Backend, JobEvent};
use crate::jobs::session_folder::{Desk, Place};
use crate::jobs::session_glance::Glance;
use crate::jobs::session_project::Wish;
use crate::jobs::session_store::StoreRequest;
use crate::jobs::worker::WorkerPool;
use crate::model::{InstanceUid, LookAlike, SeriesUid};
use crate::profile::Profile;
use crate::render::Rendering;
use crate::review::Effect;

/// The longest that closing waits for threads that are in the middle of something.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a session works with.
#[derive(Debug)]
pub struct SessionOptions {
    /// The rules.
    pub profile: Profile,
    /// The project key.
    pub key: ProjectKey,
    /// The worker processes.
    pub pool: WorkerPool,
    /// Who decides, as claimed.
    pub reader: String,
    /// A folder whose review lies elsewhere than beside it, and where.
    pub review: Option<(PathBuf, PathBuf)>,
    /// Words for the curator when the first folder is open, such as that a key was made.
    pub news: Option<String>,
    /// Whether burned-in text is looked for.
    pub detect: bool,
    /// What is known of devices that burn text in.
    pub device_rules: DeviceRules,
    /// Whether stacks are folded before anybody asks for them.
    pub folds: bool,
    /// Threads of an export.
    pub threads: usize,
}

/// Wakes the window after an event.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// The backend of a window.
pub struct Session {
    options: Arc<SessionOptions>,
    wake: Wake,
    /// The folder that the window works on.
    open: Option<Desk>,
    /// The folder that is being opened.
    opening: Option<Desk>,
    /// Threads of folders that were left; the next folder waits for them, for they may still hold
    /// its review.
    leaving: Vec<JoinHandle<()>>,
    /// What the session itself has to say.
    said: Vec<JobEvent>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Session")
    }
}

impl Session {
    /// A session without a folder. `wake` is called after each event, from any thread.
    pub fn new(options: SessionOptions, wake: Wake) -> Self {
        Self {
            options: Arc::new(options),
            wake,
            open: None,
            opening: None,
            leaving: Vec::new(),
            said: Vec::new(),
        }
    }

    fn leave(&mut self, desk: Option<Desk>) {
        self.leaving.extend(desk.map(Desk::leave));
    }

    fn say(&mut self, event: JobEvent) {
        self.said.push(event);
        (self.wake)();
    }

    /// Takes the first answer of a folder that is being opened: from now on the window works on
    /// it, or it is forgotten.
    fn settle_opening(&mut self) -> Option<JobEvent> {
        let answer = self.opening.as_ref()?.first_answer()?;
        let desk = self.opening.take();
        if matches!(answer, JobEvent::Opened(_)) {
            let before = std::mem::replace(&mut self.open, desk);
            self.leave(before);
        } else {
            self.leave(desk);
        }
        Some(answer)
    }
}

impl Drop for Session {
    /// All that was sent is on disk when this returns, unless a thread hangs in the system.
    fn drop(&mut self) {
        let (open, opening) = (self.open.take(), self.opening.take());
        self.leave(open);
        self.leave(opening);
        self.options.pool.stop();
        let begun = Instant::now();
        while self.leaving.iter().any(|thread| !thread.is_finished()) && begun.elapsed() < PATIENCE
        {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Backend for Session {
    fn open(&mut self, folder: &Path) {
        if self.open.as_ref().is_some_and(|desk| desk.is_at(folder)) {
            let why = "this folder is open in this window already".to_owned();
            return self.say(JobEvent::Failed { why });
        }
        // The latest wish wins.
        let before = self.opening.take();
        self.leave(before);
        let elsewhere = self.options.review.as_ref().filter(|(of, _)| of == folder);
        let review = elsewhere.map(|(_, review)| review.clone());
        let place = Place { root: folder.to_owned(), review };
        let waits_for = std::mem::take(&mut self.leaving);
        match Desk::begin(&self.options, &self.wake, place, waits_for) {
            Ok(desk) => self.opening = Some(desk),
            Err(why) => self.say(JobEvent::Failed { why }),
        }
    }

    fn run(&mut self, effect: Effect) {
        match effect {
            Effect::Append(event) => {
                let ticket = event.ticket;
                let sent = self
                    .open
                    .as_ref()
                    .is_some_and(|desk| desk.store.send(StoreRequest::Append(event)).is_ok());
                if !sent {
                    let why = "the review is closed".to_owned();
                    self.say(JobEvent::AppendFailed { ticket, why });
                }
            }
            Effect::Show { instance, frame } => self.show(&instance, frame, Rendering::Default),
            Effect::Plan { instance } => {
                if let Some(desk) = &self.open {
                    desk.ask(Glance::Plan(instance));
                }
            }
            Effect::Draw => {
                let sent = self.open.as_ref().map(|desk| desk.store.send(StoreRequest::Draw));
                if sent.is_none_or(|sent| sent.is_err()) {
                    self.say(JobEvent::Failed { why: "the review is closed".to_owned() });
                }
            }
            Effect::Export(request) => {
                let refused = self.open.as_ref().and_then(|desk| desk.export(request).err());
                if let Some(why) = refused {
                    self.say(JobEvent::ExportFailed { why });
                }
            }
            Effect::Notify(_) | Effect::Quit => {}
        }
    }

    fn show(&mut self, instance: &InstanceUid, frame: u32, rendering: Rendering) {
        if let Some(desk) = &self.open {
            desk.ask(Glance::Show(instance.clone(), frame, rendering));
        }
    }

    fn ahead(&mut self, frames: Vec<(InstanceUid, u32, Rendering)>) {
        if let Some(desk) = &self.open {
            desk.ask(Glance::Ahead(frames));
        }
    }

    fn fold(&mut self, series: &SeriesUid, look: &Arc<LookAlike>) {
        if let Some(desk) = &self.open {
            desk.project(Wish::Stack(series.clone(), Arc::clone(look)));
        }
    }

    fn look_into(&mut self, destination: &Path) {
        if let Some(desk) = &self.open {
            desk.ask(Glance::Destination(destination.to_owned()));
        }
    }

    fn cancel_export(&mut self) {
        if let Some(desk) = &self.open {
            desk.cancel_export();
        }
    }

    fn poll(&mut self) -> Vec<JobEvent> {
        let mut events = std::mem::take(&mut self.said);
        events.extend(self.settle_opening());
        if let Some(desk) = &self.open {
            events.extend(desk.events());
        }
        events
    }
}
