//! Worker processes, kept warm, in two lanes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::detect::Suspicion;
use crate::engine::mask::MaskReport;
use crate::jobs::worker::WorkerError;
use crate::jobs::worker::child::{Answer, WorkerProcess};
use crate::jobs::worker::protocol::{
    Abilities, FrameSamples, Frames, Misbehaviour, Rendered, Reply, Request,
};
use crate::model::{Cause, FrameFindings, Region};
use crate::render::Rendering;

/// How often one who waits for a worker looks whether to stop.
const GLANCE: Duration = Duration::from_millis(25);

/// For requests that nobody cancels.
static NEVER: AtomicBool = AtomicBool::new(false);

/// How workers are started and bounded.
#[derive(Clone, Debug)]
pub struct WorkerOptions {
    /// The program, called as `PROGRAM worker …`: this very binary.
    pub program: PathBuf,
    /// Workers of the batch lane, at least 1. The curator's lane has one more, started when first
    /// asked.
    pub count: usize,
    /// The most address space of one worker, in bytes; 0 for no limit.
    pub address_space: u64,
    /// The longest that one step of a request may take (a frame, where frames are many).
    pub deadline: Duration,
    /// Where Tesseract's models may be, before the usual places (what `TESSDATA_PREFIX` says).
    pub tessdata: Option<PathBuf>,
    /// Variables that workers get besides a few of their own; they see no others. `LD_LIBRARY_PATH`
    /// belongs here where Tesseract is not where the system looks.
    pub environment: Vec<(OsString, OsString)>,
    /// What they suspect beside what they find.
    pub suspicion: Suspicion,
    /// Lets workers go wrong on purpose (tests only).
    pub misbehave: bool,
}

impl WorkerOptions {
    /// One worker with 3 GiB of address space and three minutes a step: on a busy machine a large
    /// picture takes one.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            count: 1,
            address_space: 3 << 30,
            deadline: Duration::from_secs(180),
            tessdata: None,
            environment: Vec::new(),
            suspicion: Suspicion::Sober,
            misbehave: false,
        }
    }
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// A person who waits for a picture: never queues behind the batch.
    Curator,
    /// The batch.
    Batch,
}

/// Worker processes. Shared by reference among threads; each request takes one worker for itself.
///
/// A worker that crashes, exceeds its limits or its deadline is killed and replaced; its request
/// fails with [`Cause::WorkerFailed`](crate::model::Cause::WorkerFailed) and is not tried again.
/// Answers do not depend on which worker gives them. Dropping the pool ends all workers.
pub struct WorkerPool {
    options: WorkerOptions,
    curator: Queue,
    batch: Queue,
    stopping: AtomicBool,
}

impl std::fmt::Debug for WorkerPool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WorkerPool").field("options", &self.options).finish_non_exhaustive()
    }
}

/// Places for workers; a place is empty until a worker is needed there.
struct Queue {
    free: Mutex<Vec<Option<WorkerProcess>>>,
    freed: Condvar,
}

impl WorkerPool {
    /// A pool; workers start when they are first needed.
    pub fn new(options: WorkerOptions) -> Self {
        let batch = Queue::new(options.count.max(1));
        Self { options, curator: Queue::new(1), batch, stopping: AtomicBool::new(false) }
    }

    /// What its workers suspect beside what they find.
    pub const fn suspicion(&self) -> Suspicion {
        self.options.suspicion
    }

    /// Starts a worker and asks what it can do.
    ///
    /// # Errors
    /// When it does not start or answer.
    pub fn ping(&self, lane: Lane) -> Result<Abilities, WorkerError> {
        self.able(lane, &Request::Ping)
    }

    /// Shows one frame, counted from 0.
    ///
    /// # Errors
    /// When the file cannot be scanned, has no image or no such frame, does not decode, or the
    /// worker fails.
    pub fn render(
        &self,
        lane: Lane,
        path: &Path,
        frame: u32,
        rendering: Rendering,
    ) -> Result<Rendered, WorkerError> {
        let request = Request::Render { path: path.to_owned(), frame, rendering };
        match self.ask(lane, &request, &NEVER)? {
            Reply::Rendered(rendered) => Ok(rendered),
            _ => Err(unexpected()),
        }
    }

    /// Finds and reads text in frames of an instance, in their default rendering; one answer a
    /// frame, in the order asked. An instance without an image gives none.
    ///
    /// The deadline counts frame by frame; setting `cancel` ends it within a moment.
    ///
    /// # Errors
    /// When the file cannot be scanned, its image contradicts itself or is too large, or the
    /// worker fails. A frame that does not decode is no error: it was not looked at.
    pub fn detect(
        &self,
        lane: Lane,
        path: &Path,
        frames: Frames,
        cancel: &AtomicBool,
    ) -> Result<Vec<FrameFindings>, WorkerError> {
        let (path, painted, lines) = (path.to_owned(), Vec::new(), false);
        let request = Request::Detect { path, frames, painted, lines };
        match self.ask(lane, &request, cancel)? {
            Reply::Findings(frames) => Ok(frames),
            _ => Err(unexpected()),
        }
    }

    /// Looks at frames that belong together: a film, or the slices of a stack. Searched are the first,
    /// middle and last, those that differ most from their neighbours, and projections of all; the others
    /// are compared. Frames are numbered from 0 through all `files`, given with their numbers of frames.
    ///
    /// # Errors
    /// When the worker fails; a frame that does not decode is one that was not looked at.
    pub fn survey(
        &self,
        lane: Lane,
        files: Vec<(PathBuf, u32)>,
        cancel: &AtomicBool,
    ) -> Result<Vec<FrameFindings>, WorkerError> {
        match self.ask(lane, &Request::Survey { files }, cancel)? {
            Reply::Findings(frames) => Ok(frames),
            _ => Err(unexpected()),
        }
    }

    /// The same for one frame, line by line, with regions painted over with what is around them before it
    /// is looked at; what lies outside the picture is left out.
    ///
    /// # Errors
    /// As [`WorkerPool::detect`], and when the instance has no image.
    pub fn detect_painted(
        &self,
        lane: Lane,
        path: &Path,
        (frame, painted): (u32, &[Region]),
        cancel: &AtomicBool,
    ) -> Result<FrameFindings, WorkerError> {
        let (frames, painted) = (Frames::These(vec![frame]), painted.to_vec());
        let path = path.to_owned();
        let request = Request::Detect { path, frames, painted, lines: true };
        match self.ask(lane, &request, cancel)? {
            Reply::Findings(frames) => frames.into_iter().next().ok_or_else(unexpected),
            _ => Err(unexpected()),
        }
    }

    /// Writes the samples of an instance with regions painted over to a new file `out`,
    /// owner-only; see [`mask_pixels`](crate::engine::mask::mask_pixels).
    ///
    /// # Errors
    /// When the pixels cannot be decoded, `out` exists or cannot be written, or the worker fails;
    /// then nothing of `out` is left.
    pub fn mask(
        &self,
        lane: Lane,
        path: &Path,
        regions: &[(u32, Vec<Region>)],
        out: &Path,
    ) -> Result<MaskReport, WorkerError> {
        let not_written = |what: &str| WorkerError::new(Cause::ApplyFailed, what);
        if out.symlink_metadata().is_ok() {
            return Err(not_written("the file for the masked pixels exists"));
        }
        let request =
            Request::Mask { path: path.to_owned(), regions: regions.to_vec(), out: out.to_owned() };
        let masked = self.ask(lane, &request, &NEVER).and_then(|reply| match reply {
            Reply::Masked(report) => Ok(report),
            _ => Err(unexpected()),
        });
        let whole = |report: &MaskReport| out.metadata().is_ok_and(|is| is.len() == report.length);
        let masked = masked.and_then(|report| match whole(&report) {
            true => Ok(report),
            false => Err(not_written("the masked pixels are not all there")),
        });
        if masked.is_err() {
            // A worker that crashed leaves a part; one that failed has taken it away itself.
            let _gone = std::fs::remove_file(out);
        }
        masked
    }

    /// Decodes one frame, counted from 0.
    ///
    /// # Errors
    /// When the file cannot be scanned, has no image or no such frame, does not decode, or the
    /// worker fails.
    pub fn samples(
        &self,
        lane: Lane,
        path: &Path,
        frame: u32,
    ) -> Result<FrameSamples, WorkerError> {
        let request = Request::Samples { path: path.to_owned(), frame };
        match self.ask(lane, &request, &NEVER)? {
            Reply::Samples(samples) => Ok(samples),
            _ => Err(unexpected()),
        }
    }

    /// Finds and reads text in a PNG or JPEG file.
    ///
    /// # Errors
    /// When the file cannot be read or decoded, or the worker fails. A detector that cannot run is
    /// no error: the answer then says that the picture was not looked at.
    pub fn detect_picture(&self, lane: Lane, path: &Path) -> Result<FrameFindings, WorkerError> {
        let request = Request::DetectPicture { path: path.to_owned() };
        match self.ask(lane, &request, &NEVER)? {
            Reply::Findings(frames) => frames.into_iter().next().ok_or_else(unexpected),
            _ => Err(unexpected()),
        }
    }

    /// Has a worker go wrong on purpose; needs [`WorkerOptions::misbehave`].
    ///
    /// # Errors
    /// Most likely.
    pub fn misbehave(&self, lane: Lane, how: Misbehaviour) -> Result<Abilities, WorkerError> {
        self.able(lane, &Request::Misbehave(how))
    }

    /// Ends all requests now and lets no others begin; they fail.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    fn able(&self, lane: Lane, request: &Request) -> Result<Abilities, WorkerError> {
        match self.ask(lane, request, &NEVER)? {
            Reply::Able(able) => Ok(able),
            _ => Err(unexpected()),
        }
    }

    /// Asks any worker of the lane; blocks until it answered, failed, or `cancel` was set.
    pub(crate) fn ask(
        &self,
        lane: Lane,
        request: &Request,
        cancel: &AtomicBool,
    ) -> Result<Reply, WorkerError> {
        let stop = || cancel.load(Ordering::Relaxed) || self.stopping.load(Ordering::Relaxed);
        let queue = match lane {
            Lane::Curator => &self.curator,
            Lane::Batch => &self.batch,
        };
        let mut place = queue.take(&stop).ok_or_else(stopped)?;
        let warm = place.worker.take().and_then(WorkerProcess::still_alive);
        let mut worker = match warm {
            Some(worker) => worker,
            None => WorkerProcess::start(&self.options)?,
        };
        match worker.ask(request, self.options.deadline, &stop) {
            Answer::Given(reply) => {
                place.worker = Some(worker);
                match reply {
                    Reply::Failed(error) => Err(error),
                    reply => Ok(reply),
                }
            }
            Answer::Broken(error) => {
                worker.kill();
                Err(error)
            }
            Answer::Unwanted => {
                worker.kill();
                Err(stopped())
            }
        }
    }
}

impl Drop for WorkerPool {
    fn drop(&mut self) {
        // All streams are closed first, so that the workers end side by side.
        for queue in [&self.curator, &self.batch] {
            queue.free().iter_mut().flatten().for_each(WorkerProcess::close);
        }
    }
}

/// A worker's place, given back when dropped, whatever happened.
struct Place<'a> {
    queue: &'a Queue,
    worker: Option<WorkerProcess>,
}

impl Queue {
    fn new(places: usize) -> Self {
        Self {
            free: Mutex::new(std::iter::repeat_with(|| None).take(places).collect()),
            freed: Condvar::new(),
        }
    }

    /// The places stay right even where a thread panicked that held them.
    fn free(&self) -> MutexGuard<'_, Vec<Option<WorkerProcess>>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place, one with a running worker if there is any; `None` when it should stop.
    fn take(&self, stop: &dyn Fn() -> bool) -> Option<Place<'_>> {
        let mut free = self.free();
        while !stop() {
            let warm = free.iter().rposition(Option::is_some);
            if let Some(at) = warm.or_else(|| free.len().checked_sub(1)) {
                return Some(Place { queue: self, worker: free.swap_remove(at) });
            }
            let waited = self.freed.wait_timeout(free, GLANCE);
            free = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        None
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.queue.free().push(self.worker.take());
        self.queue.freed.notify_one();
    }
}

fn unexpected() -> WorkerError {
    WorkerError::failed("the worker answered something else")
}

fn stopped() -> WorkerError {
    WorkerError::failed("stopped")
}
