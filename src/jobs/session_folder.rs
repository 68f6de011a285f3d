//! One folder of a window, its review, and the threads that work on both.
//!
//! Four threads live as long as the folder is open: one owns the review store (an event is
//! answered when it is durable) and has started the others; one reads the folder and then looks
//! at it (batch lane); one folds its stacks; one serves the curator (the latest request wins). An export runs on a
//! thread of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, TryRecvError, unbounded};

use crate::index::Batch;
use crate::jobs::archive::input_folder;
use crate::jobs::backend::{JobEvent, Opened};
use crate::jobs::look::looker_id;
use crate::jobs::session::{SessionOptions, Wake};
use crate::jobs::session_export::{ExportJob, export};
use crate::jobs::session_glance::{Glance, glance};
use crate::jobs::session_look::read_and_look;
use crate::jobs::session_project::{Wish, project};
use crate::jobs::session_store::{StoreRequest, keep};
use crate::model::{Digest256, FrameFindings, InstanceUid, SeriesUid};
use crate::review::{ExportRequest, Journal};
use crate::store::{Detection, ReviewStore, StoreError, placement_fault};

/// The system refused to start a thread.
const NO_THREAD: &str = "the system gives no more threads; close other programs and try again";

/// Where to work.
pub(crate) struct Place {
    /// The folder.
    pub(crate) root: PathBuf,
    /// Its review, where it does not lie beside the folder.
    pub(crate) review: Option<PathBuf>,
}

impl Place {
    fn review(&self) -> PathBuf {
        self.review.clone().unwrap_or_else(|| beside(&self.root))
    }
}

/// What all threads of a folder see.
pub(crate) struct Shared {
    pub(crate) options: Arc<SessionOptions>,
    pub(crate) opened: Mutex<Folder>,
    pub(crate) cancel_export: AtomicBool,
    /// Whether an export runs: what nobody waits for waits then.
    pub(crate) exporting: AtomicBool,
    stop: AtomicBool,
    events: Sender<JobEvent>,
    wake: Wake,
}

/// The folder that is open.
#[derive(Default)]
pub(crate) struct Folder {
    pub(crate) root: PathBuf,
    pub(crate) review: PathBuf,
    /// The batch as it was read.
    pub(crate) batch: Batch,
    /// What answers about identities make of it: the instances they speak of.
    pub(crate) answered: Batch,
    pub(crate) complete: bool,
    pub(crate) paths: BTreeMap<InstanceUid, PathBuf>,
    pub(crate) findings: BTreeMap<Digest256, Vec<FrameFindings>>,
    pub(crate) journal: Journal,
    /// What the curator looks at: text is looked for there first.
    pub(crate) wished: Option<SeriesUid>,
}

impl Shared {
    pub(crate) fn tell(&self, event: JobEvent) {
        // The window may be gone: then nobody needs to know.
        if self.events.send(event).is_ok() {
            (self.wake)();
        }
    }

    pub(crate) fn folder(&self) -> MutexGuard<'_, Folder> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_exporting(&self) -> bool {
        self.exporting.load(Ordering::Relaxed)
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Where the file of an instance lies.
    pub(crate) fn file_of(&self, instance: &InstanceUid) -> Option<PathBuf> {
        let folder = self.folder();
        let path = folder.paths.get(instance)?;
        Some(folder.batch.file(folder.batch.instances.get(path)?))
    }
}

/// The window's end of an open folder.
pub(crate) struct Desk {
    /// The store's thread.
    pub(crate) store: Sender<StoreRequest>,
    shared: Arc<Shared>,
    root: PathBuf,
    events: Receiver<JobEvent>,
    curator: Sender<Glance>,
    projector: Sender<Wish>,
    thread: JoinHandle<()>,
}

impl Desk {
    /// Begins to open a folder; the first event is [`JobEvent::Opened`] or [`JobEvent::Failed`].
    ///
    /// # Errors
    /// When no thread can be started.
    pub(crate) fn begin(
        options: &Arc<SessionOptions>,
        wake: &Wake,
        place: Place,
        waits_for: Vec<JoinHandle<()>>,
    ) -> Result<Self, String> {
        let (events, received) = unbounded();
        let (store, for_store) = unbounded();
        let (curator, for_curator) = unbounded();
        let (projector, for_projector) = unbounded();
        let shared = Arc::new(Shared {
            options: Arc::clone(options),
            opened: Mutex::default(),
            cancel_export: AtomicBool::new(false),
            exporting: AtomicBool::new(false),
            stop: AtomicBool::new(false),
            events,
            wake: Arc::clone(wake),
        });
        let root = place.root.clone();
        let (mine, to_store) = (Arc::clone(&shared), store.clone());
        let to_projector = projector.clone();
        let thread = spawn("review", move || {
            for thread in waits_for {
                // One that panicked has left its review, too.
                let _ended = thread.join().is_err();
            }
            match open(&mine, &place) {
                Ok((store, stored)) => {
                    let received = (&for_store, &for_curator, &for_projector);
                    work(&mine, (store, stored), (to_store, to_projector), received);
                }
                Err(why) => mine.tell(JobEvent::Failed { why }),
            }
        })?;
        Ok(Self { store, shared, root, events: received, curator, projector, thread })
    }

    /// Ends the work on the folder: what was sent to the store is written still.
    pub(crate) fn leave(self) -> JoinHandle<()> {
        self.shared.stop.store(true, Ordering::Relaxed);
        self.cancel_export();
        self.thread
    }

    /// Whether this is that folder.
    pub(crate) fn is_at(&self, folder: &Path) -> bool {
        match (self.root.canonicalize(), folder.canonicalize()) {
            (Ok(own), Ok(other)) => own == other,
            _ => self.root == folder,
        }
    }

    /// The first event there is, if any; a thread that ended without one failed.
    pub(crate) fn first_answer(&self) -> Option<JobEvent> {
        match self.events.try_recv() {
            Ok(event) => Some(event),
            Err(TryRecvError::Empty) if !self.thread.is_finished() => None,
            Err(_) => Some(JobEvent::Failed { why: "opening the folder failed".to_owned() }),
        }
    }

    /// What has happened since.
    pub(crate) fn events(&self) -> impl Iterator<Item = JobEvent> {
        self.events.try_iter()
    }

    /// Asks the curator's thread.
    pub(crate) fn ask(&self, glance: Glance) {
        // The thread ends only with the session.
        let _gone = self.curator.send(glance).is_err();
    }

    /// Asks the thread that folds stacks.
    pub(crate) fn project(&self, wish: Wish) {
        // The thread ends only with the session.
        let _gone = self.projector.send(wish).is_err();
    }

    /// Asks the running export to stop.
    pub(crate) fn cancel_export(&self) {
        self.shared.cancel_export.store(true, Ordering::Relaxed);
    }

    /// Starts an export.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(crate) fn export(&self, request: ExportRequest) -> Result<(), String> {
        self.shared.cancel_export.store(false, Ordering::Relaxed);
        let (shared, store) = (Arc::clone(&self.shared), self.store.clone());
        let job = ExportJob {
            destination: request.destination,
            series: request.series,
            into_existing: request.into_existing,
        };
        spawn("export", move || {
            shared.exporting.store(true, Ordering::Relaxed);
            let ended = export(&shared, &job, &store);
            shared.exporting.store(false, Ordering::Relaxed);
            if let Err(why) = ended {
                shared.tell(JobEvent::ExportFailed { why });
            }
        })
        .map(|_detached| ())
    }
}

/// `FOLDER.veridact` beside the folder.
fn beside(root: &Path) -> PathBuf {
    let absolute = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
    // A path that ends in `..` has no name of its own.
    let root = match absolute.file_name() {
        Some(_) => absolute,
        None => absolute.canonicalize().unwrap_or(absolute),
    };
    let mut name = root.file_name().unwrap_or_default().to_owned();
    name.push(".veridact");
    root.with_file_name(name)
}

/// Says why a folder cannot be read, before anything is made beside it.
fn unreadable(root: &Path) -> Option<String> {
    let place = root.display();
    match std::fs::metadata(root) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Some(format!("there is no such folder; check the path: {place}"))
        }
        Err(error) => Some(format!("the folder cannot be reached ({}): {place}", error.kind())),
        Ok(found) if !found.is_dir() => {
            Some(format!("this is a file; open the folder that it lies in: {place}"))
        }
        Ok(_) => std::fs::read_dir(root).err().map(|error| {
            format!("the folder cannot be listed ({}); check its rights: {place}", error.kind())
        }),
    }
}

/// Words for a review that cannot be opened, with what to do.
fn closed(error: &StoreError) -> String {
    match error {
        StoreError::Io { doing: "making the review", source, path } => format!(
            "the review cannot be made ({}); give it another place with \
             `veridact open FOLDER --review PLACE`: {}",
            source.kind(),
            path.display()
        ),
        StoreError::NewerSchema { .. } => {
            format!("{error}; open it with that one, or read it with `veridact audit show`")
        }
        other => other.to_string(),
    }
}

/// Opens the review of a folder and tells the window.
fn open(shared: &Shared, place: &Place) -> Result<(ReviewStore, Vec<Detection>), String> {
    let root = input_folder(&place.root, &shared.stop).map_err(|error| error.to_string())?;
    let place = &Place { root, review: place.review.clone() };
    if let Some(why) = unreadable(&place.root) {
        return Err(why);
    }
    let review = place.review();
    if let Some(fault) = placement_fault(&review, &place.root, None) {
        return Err(fault.to_string());
    }
    let store = ReviewStore::open_or_create(&review).map_err(|error| closed(&error))?;
    store.check_audit().map_err(|error| error.to_string())?;
    let log = store.events().map_err(|error| error.to_string())?;
    let outcomes = store.outcomes().map_err(|error| error.to_string())?;
    let stored = store.detections().map_err(|error| error.to_string())?;
    let options = &shared.options;
    *shared.folder() = Folder {
        root: place.root.clone(),
        review: review.clone(),
        batch: Batch::new(&place.root),
        journal: Journal::replay(&log),
        ..Folder::default()
    };
    shared.tell(JobEvent::Opened(Box::new(Opened {
        folder: place.root.clone(),
        reader: options.reader.clone(),
        log,
        outcomes,
        profile: options.profile.name().to_owned(),
        profile_digest: options.profile.digest(),
        demands: options.profile.gate().to_vec(),
        detector: options
            .detect
            .then(|| looker_id(&options.device_rules, options.pool.suspicion())),
        key: options.key.fingerprint(),
        review,
        news: options.news.clone(),
    })));
    Ok((store, stored))
}

/// Starts the other threads and keeps the store until nobody can send to it any more.
fn work(
    shared: &Shared,
    (store, stored): (ReviewStore, Vec<Detection>),
    (to_store, to_projector): (Sender<StoreRequest>, Sender<Wish>),
    (for_store, for_curator, for_projector): (
        &Receiver<StoreRequest>,
        &Receiver<Glance>,
        &Receiver<Wish>,
    ),
) {
    let named = |name: &str| thread::Builder::new().name(name.to_owned());
    thread::scope(|scope| {
        let curator = named("curator").spawn_scoped(scope, || glance(shared, for_curator));
        let batch = named("batch").spawn_scoped(scope, || {
            let (to_store, to_projector) = (to_store, to_projector);
            read_and_look(shared, stored, (&to_store, &to_projector));
        });
        let projector = named("projector").spawn_scoped(scope, || project(shared, for_projector));
        if curator.is_err() || batch.is_err() || projector.is_err() {
            shared.tell(JobEvent::Failed { why: NO_THREAD.to_owned() });
        }
        keep(shared, store, for_store);
    });
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, String> {
    let started = thread::Builder::new().name(name.to_owned()).spawn(work);
    started.map_err(|_no_thread| NO_THREAD.to_owned())
}
