//! The backend of a window: one folder, its review, and the threads that work on both.
//!
//! Three threads live as long as the session: one reads the folder and then looks at it (batch
//! lane), one serves the curator (frames and plans, the latest request wins), one owns the review
//! store: an event is answered when it is durable. An export runs on a thread of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};
use jiff::Timestamp;

use crate::detect::detector_id;
use crate::engine::key::ProjectKey;
use crate::index::{Batch, Entry, Problem, walk};
use crate::jobs::NEVER;
use crate::jobs::backend::{Backend, JobEvent, Opened};
use crate::jobs::conclude::{outcome_records, write_quarantine};
use crate::jobs::deid::{current_fingerprints, instance_records, key_digest};
use crate::jobs::look::look_at;
use crate::jobs::session_export::{ExportJob, export};
use crate::jobs::session_plan::plan_instance;
use crate::jobs::session_rows::{card, problem_card};
use crate::jobs::worker::{Lane, WorkerPool};
use crate::model::{Cause, Coverage, Digest256, FrameFindings, InstanceUid, Phi, resolved};
use crate::profile::Profile;
use crate::render::Rendering;
use crate::review::{Effect, ExportRequest, Journal};
use crate::store::{Detection, EventBody, NewEvent, ReviewStore, Settings, placement_fault};

/// Instances that are sent to the window at once while the index streams.
const CHUNK: usize = 64;

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
    /// Whether burned-in text is looked for.
    pub detect: bool,
    /// Threads of an export.
    pub threads: usize,
}

/// Wakes the window after an event.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// The backend of a window.
pub struct Session {
    shared: Arc<Shared>,
    events: Receiver<JobEvent>,
    curator: Option<Sender<Glance>>,
    store: Option<Sender<StoreRequest>>,
}

/// What all threads of a session see.
pub(crate) struct Shared {
    pub(crate) options: SessionOptions,
    pub(crate) opened: Mutex<Folder>,
    pub(crate) cancel_export: AtomicBool,
    stop: AtomicBool,
    events: Sender<JobEvent>,
    wake: Wake,
}

/// The folder that is open.
#[derive(Default)]
pub(crate) struct Folder {
    pub(crate) root: PathBuf,
    pub(crate) review: PathBuf,
    pub(crate) batch: Batch,
    pub(crate) complete: bool,
    pub(crate) paths: BTreeMap<InstanceUid, PathBuf>,
    pub(crate) findings: BTreeMap<Digest256, Vec<FrameFindings>>,
    pub(crate) journal: Journal,
}

/// What the curator waits for.
enum Glance {
    Show(InstanceUid, u32, Rendering),
    Plan(InstanceUid),
}

/// What the store's thread is asked.
pub(crate) enum StoreRequest {
    Append(NewEvent),
    Detected(Detection),
    Indexed,
    Exported(Box<ExportDone>),
}

/// What an export leaves for the store.
pub(crate) struct ExportDone {
    pub(crate) outcomes: Vec<crate::store::OutcomeRecord>,
    pub(crate) manifest: Digest256,
    pub(crate) released: u64,
    pub(crate) finish: Box<dyn FnOnce(String) -> std::io::Result<PathBuf> + Send>,
    pub(crate) output: PathBuf,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Session")
    }
}

impl Shared {
    pub(crate) fn tell(&self, event: JobEvent) {
        // The window may be gone: then nobody needs to know.
        if self.events.send(event).is_ok() {
            (self.wake)();
        }
    }

    pub(crate) fn folder(&self) -> std::sync::MutexGuard<'_, Folder> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

impl Session {
    /// A session without a folder. `wake` is called after each event, from any thread.
    pub fn new(options: SessionOptions, wake: Wake) -> Self {
        let (events, received) = unbounded();
        let shared = Shared {
            options,
            opened: Mutex::default(),
            cancel_export: AtomicBool::new(false),
            stop: AtomicBool::new(false),
            events,
            wake,
        };
        Self { shared: Arc::new(shared), events: received, curator: None, store: None }
    }

    fn start(&mut self, root: &Path) -> Result<(), String> {
        let review = review_folder(root);
        if let Some(fault) = placement_fault(&review, root, None) {
            return Err(fault.to_string());
        }
        let store = ReviewStore::open_or_create(&review).map_err(|error| error.to_string())?;
        store.check_audit().map_err(|error| error.to_string())?;
        let log = store.events().map_err(|error| error.to_string())?;
        let options = &self.shared.options;
        *self.shared.folder() = Folder {
            root: root.to_owned(),
            review: review.clone(),
            batch: Batch::new(root),
            journal: Journal::replay(&log),
            ..Folder::default()
        };
        self.shared.tell(JobEvent::Opened(Box::new(Opened {
            reader: options.reader.clone(),
            log,
            profile: options.profile.name().to_owned(),
            profile_digest: options.profile.digest(),
            detector: options.detect.then(detector_id),
            key: options.key.fingerprint(),
            review,
        })));
        let stored = store.detections().map_err(|error| error.to_string())?;
        self.start_threads(store, stored)
    }

    fn start_threads(&mut self, store: ReviewStore, stored: Vec<Detection>) -> Result<(), String> {
        let (to_store, for_store) = unbounded();
        let (to_curator, for_curator) = unbounded();
        let shared = Arc::clone(&self.shared);
        spawn("store", move || keep(&shared, store, &for_store))?;
        let shared = Arc::clone(&self.shared);
        spawn("curator", move || glance(&shared, &for_curator))?;
        let (shared, sender) = (Arc::clone(&self.shared), to_store.clone());
        spawn("batch", move || read_and_look(&shared, stored, &sender))?;
        self.store = Some(to_store);
        self.curator = Some(to_curator);
        Ok(())
    }

    fn ask(&self, glance: Glance) {
        if let Some(curator) = &self.curator {
            // The thread ends only with the session.
            let _gone = curator.send(glance).is_err();
        }
    }

    fn export(&self, request: ExportRequest) {
        let Some(store) = self.store.clone() else { return };
        self.shared.cancel_export.store(false, Ordering::Relaxed);
        let shared = Arc::clone(&self.shared);
        let job = ExportJob { destination: request.destination, series: request.series };
        let started = spawn("export", move || {
            if let Err(why) = export(&shared, &job, &store) {
                shared.tell(JobEvent::ExportFailed { why });
            }
        });
        if let Err(why) = started {
            self.shared.tell(JobEvent::ExportFailed { why });
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        self.shared.cancel_export.store(true, Ordering::Relaxed);
        self.shared.options.pool.stop();
    }
}

impl Backend for Session {
    fn open(&mut self, folder: &Path) {
        if self.store.is_some() {
            // One session, one folder: its threads and its lock end with it.
            let why = "close this folder first: a window works on one folder".to_owned();
            return self.shared.tell(JobEvent::Failed { why });
        }
        if let Err(why) = self.start(folder) {
            self.shared.tell(JobEvent::Failed { why });
        }
    }

    fn run(&mut self, effect: Effect) {
        match effect {
            Effect::Append(event) => match &self.store {
                Some(store) if store.send(StoreRequest::Append(event.clone())).is_ok() => {}
                _ => {
                    let why = "the review is closed".to_owned();
                    self.shared.tell(JobEvent::AppendFailed { ticket: event.ticket, why });
                }
            },
            Effect::Show { instance, frame } => self.show(&instance, frame, Rendering::Default),
            Effect::Plan { instance } => self.ask(Glance::Plan(instance)),
            Effect::Export(request) => self.export(request),
            Effect::Notify(_) | Effect::Quit => {}
        }
    }

    fn show(&mut self, instance: &InstanceUid, frame: u32, rendering: Rendering) {
        self.ask(Glance::Show(instance.clone(), frame, rendering));
    }

    fn cancel_export(&mut self) {
        self.shared.cancel_export.store(true, Ordering::Relaxed);
    }

    fn poll(&mut self) -> Vec<JobEvent> {
        self.events.try_iter().collect()
    }
}

/// `FOLDER.veridact` beside the folder.
fn review_folder(root: &Path) -> PathBuf {
    let root = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
    let mut name = root.file_name().unwrap_or_default().to_owned();
    name.push(".veridact");
    root.with_file_name(name)
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), String> {
    let started = thread::Builder::new().name(name.to_owned()).spawn(work);
    started.map(|_| ()).map_err(|_no_thread| "the system gives no more threads".to_owned())
}

/// Owns the store: one event after the other, each answered when it is durable.
fn keep(shared: &Shared, mut store: ReviewStore, requests: &Receiver<StoreRequest>) {
    for request in requests {
        match request {
            StoreRequest::Append(event) => match store.append(&event, Timestamp::now()) {
                Ok(recorded) => {
                    shared.folder().journal.apply(&recorded);
                    shared.tell(JobEvent::Recorded(recorded));
                }
                Err(error) => {
                    let why = error.to_string();
                    shared.tell(JobEvent::AppendFailed { ticket: event.ticket, why });
                }
            },
            StoreRequest::Detected(detection) => {
                tell_fault(shared, store.put_detection(&detection))
            }
            StoreRequest::Indexed => tell_fault(shared, record_batch(shared, &mut store)),
            StoreRequest::Exported(done) => finish_export(shared, &mut store, *done),
        }
    }
    tell_fault(shared, store.close());
}

fn tell_fault(shared: &Shared, done: Result<(), crate::store::StoreError>) {
    if let Err(error) = done {
        shared.tell(JobEvent::Failed { why: error.to_string() });
    }
}

fn record_batch(shared: &Shared, store: &mut ReviewStore) -> Result<(), crate::store::StoreError> {
    let options = &shared.options;
    let (records, root) = {
        let folder = shared.folder();
        let root = resolved(&folder.root).unwrap_or_else(|| folder.root.clone());
        (instance_records(&folder.batch), root)
    };
    store.put_instances(&root, &records)?;
    store.put_settings(&Settings {
        input: Phi::new(root),
        profile_name: options.profile.name().to_owned(),
        profile: options.profile.digest(),
        key: Some(key_digest(&options.key)),
        detector: options.detect.then(detector_id),
    })
}

/// Records what was published, and completes the report with the head of the log.
fn finish_export(shared: &Shared, store: &mut ReviewStore, done: ExportDone) {
    let body = EventBody::Published { manifest: done.manifest, released: done.released };
    let event = NewEvent { ticket: 0, reader: shared.options.reader.clone(), body };
    let recorded = match store.append(&event, Timestamp::now()) {
        Ok(recorded) => recorded,
        Err(error) => return shared.tell(JobEvent::ExportFailed { why: error.to_string() }),
    };
    shared.folder().journal.apply(&recorded);
    shared.tell(JobEvent::Recorded(recorded));
    tell_fault(shared, store.put_outcomes(&done.outcomes));
    let head = store.audit_head();
    match (done.finish)(format!("{} {}", head.seq, head.hmac)) {
        Ok(report) => {
            shared.tell(JobEvent::Exported { outcomes: done.outcomes, report, output: done.output })
        }
        Err(_) => {
            shared.tell(JobEvent::ExportFailed { why: "the report cannot be written".into() })
        }
    }
}

/// Serves the curator: of the waiting requests of one kind only the latest is answered.
fn glance(shared: &Shared, requests: &Receiver<Glance>) {
    while let Ok(first) = requests.recv() {
        let (mut show, mut plan) = (None, None);
        for request in std::iter::once(first).chain(requests.try_iter()) {
            match request {
                Glance::Show(instance, frame, rendering) => {
                    show = Some((instance, frame, rendering))
                }
                Glance::Plan(instance) => plan = Some(instance),
            }
        }
        if let Some((instance, frame, rendering)) = show {
            show_frame(shared, instance, frame, rendering);
        }
        if let Some(instance) = plan {
            plan_instance(shared, &instance);
        }
    }
}

fn show_frame(shared: &Shared, instance: InstanceUid, frame: u32, rendering: Rendering) {
    let Some(path) = file_of(shared, &instance) else { return };
    match shared.options.pool.render(Lane::Curator, &path, frame, rendering) {
        Ok(rendered) => shared.tell(JobEvent::Shown {
            instance,
            frame,
            picture: Arc::new(rendered.picture),
            window: rendered.window.map(|window| (window.center, window.width)),
        }),
        Err(error) => shared.tell(JobEvent::ShowFailed { instance, frame, cause: error.cause }),
    }
}

/// Where the file of an instance lies.
pub(crate) fn file_of(shared: &Shared, instance: &InstanceUid) -> Option<PathBuf> {
    let folder = shared.folder();
    let path = folder.paths.get(instance)?;
    Some(folder.batch.file(folder.batch.instances.get(path)?))
}

/// Reads the whole folder, then looks at every image that the review knows nothing of.
fn read_and_look(shared: &Shared, stored: Vec<Detection>, store: &Sender<StoreRequest>) {
    let root = shared.folder().root.clone();
    let found = match walk(&root) {
        Ok(found) => found,
        Err(_) => return shared.tell(JobEvent::Failed { why: "the folder cannot be read".into() }),
    };
    let total = found.files.len();
    for (at, chunk) in found.files.chunks(CHUNK).enumerate() {
        if shared.is_stopping() {
            return;
        }
        take_in(shared, chunk.iter().map(|path| Entry::read(&root, path)).collect());
        shared.tell(JobEvent::IndexProgress { done: (at * CHUNK + chunk.len()).min(total), total });
    }
    let unreadable = |path| Entry::Problem(Problem { path, cause: Cause::Unreadable });
    take_in(shared, found.unreadable.into_iter().map(unreadable).collect());
    let dictionaries = {
        let mut folder = shared.folder();
        folder.complete = true;
        folder
            .batch
            .subjects
            .iter()
            .map(|(patient, found)| (patient.clone(), found.digest()))
            .collect()
    };
    shared.tell(JobEvent::IndexFinished { dictionaries });
    let _closing = store.send(StoreRequest::Indexed).is_err();
    if shared.options.detect {
        look(shared, stored, store);
    }
}

/// Takes entries into the batch and sends them to the window.
fn take_in(shared: &Shared, entries: Vec<Entry>) {
    let (mut cards, mut problems) = (Vec::new(), Vec::new());
    let mut folder = shared.folder();
    for entry in entries {
        match &entry {
            Entry::Instance(instance, _) => {
                folder.paths.entry(instance.uid.clone()).or_insert_with(|| instance.path.clone());
                cards.push(card(instance));
            }
            Entry::Problem(problem) => problems.push(problem_card(problem)),
        }
        folder.batch.add(entry);
    }
    drop(folder);
    shared.tell(JobEvent::Indexed { cards, problems });
}

/// Looks at every image; what the review already knows of the same file is taken from there.
fn look(shared: &Shared, stored: Vec<Detection>, store: &Sender<StoreRequest>) {
    let batch = shared.folder().batch.clone();
    let detector = detector_id();
    let known: BTreeMap<_, _> =
        stored.into_iter().map(|found| (found.instance.clone(), found)).collect();
    let wanted: Vec<_> = batch.instances.values().filter(|instance| instance.frames > 0).collect();
    for (at, instance) in wanted.iter().enumerate() {
        if shared.is_stopping() {
            return;
        }
        let kept = known
            .get(&instance.uid)
            .filter(|found| found.input == instance.digest && found.detector == detector);
        let frames = match kept {
            Some(found) => found.frames.clone(),
            None => {
                let frames = look_at(&shared.options.pool, Lane::Batch, &batch, instance, &NEVER);
                let uid = instance.uid.clone();
                let detection = Detection {
                    instance: uid,
                    input: instance.digest,
                    detector,
                    frames: frames.clone(),
                };
                let failed =
                    frames.iter().all(|frame| matches!(frame.coverage, Coverage::NotLookedAt(_)));
                // A worker that failed is asked again next time.
                let _closing = !failed && store.send(StoreRequest::Detected(detection)).is_err();
                frames
            }
        };
        shared.folder().findings.insert(instance.digest, frames.clone());
        shared.tell(JobEvent::Detected { instance: instance.uid.clone(), frames });
        shared.tell(JobEvent::DetectProgress { done: at + 1, total: wanted.len() });
    }
}

/// The fingerprints on which verdicts would rest now.
pub(crate) fn fingerprints(
    shared: &Shared,
    folder: &Folder,
) -> BTreeMap<crate::model::SeriesUid, Digest256> {
    let detector = shared.options.detect.then(detector_id);
    current_fingerprints(
        &folder.batch,
        &shared.options.profile,
        detector,
        &folder.findings,
        folder.journal.decisions(),
    )
}

/// The outcomes of an export, and the lists of what is quarantined, in the review.
pub(crate) fn keep_outcomes(
    folder: &Folder,
    exported: &[crate::export::Exported],
) -> std::io::Result<Vec<crate::store::OutcomeRecord>> {
    write_quarantine(&folder.review, exported)?;
    Ok(outcome_records(&folder.batch, exported))
}
