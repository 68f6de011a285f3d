//! The parent's side of one worker process.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::jobs::worker::message::{Message, read_message, write_message};
use crate::jobs::worker::pool::WorkerOptions;
use crate::jobs::worker::protocol::{Reply, Request};
use crate::jobs::worker::{WorkerArguments, WorkerError};
use crate::model::Cause;

/// How often a waiting parent looks whether it should stop.
const GLANCE: Duration = Duration::from_millis(25);
/// How long a worker gets to end by itself once its stream is closed.
const GRACE: Duration = Duration::from_millis(500);
/// Variables that a worker gets whatever the caller passes on: one thread each, plain messages.
const ENVIRONMENT: [(&str, &str); 4] = [
    ("OMP_THREAD_LIMIT", "1"),
    ("RTEN_NUM_THREADS", "1"),
    ("RAYON_NUM_THREADS", "1"),
    ("LC_ALL", "C.UTF-8"),
];

/// One worker process with two threads that move bytes, so that neither writing to it nor reading
/// from it can outlast a deadline.
pub(crate) struct WorkerProcess {
    process: Child,
    requests: Option<SyncSender<Message>>,
    replies: Option<Receiver<io::Result<Option<Message>>>>,
    movers: Vec<JoinHandle<()>>,
}

/// How a request ended, and whether the worker may get another.
pub(crate) enum Answer {
    /// The worker answered.
    Given(Reply),
    /// The worker answered that it failed in itself; or it did not answer. It must go.
    Broken(WorkerError),
    /// The caller does not want the answer any more; the worker must go.
    Unwanted,
}

impl WorkerProcess {
    pub(crate) fn start(options: &WorkerOptions) -> Result<Self, WorkerError> {
        let cannot = |error: io::Error| {
            WorkerError::failed(format!("a worker cannot be started: {}", error.kind()))
        };
        let arguments = WorkerArguments {
            address_space: options.address_space,
            tessdata: options.tessdata.clone(),
            suspicion: options.suspicion,
            misbehave: options.misbehave,
        };
        let mut process = Command::new(&options.program)
            .arg("worker")
            .args(arguments.to_arguments())
            .env_clear()
            .envs(options.environment.iter().map(|(name, value)| (name, value)))
            .envs(ENVIRONMENT)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Libraries may print what they see.
            .stderr(Stdio::null())
            // An interrupt typed at the terminal is for the parent, which then stops its workers.
            .process_group(0)
            .spawn()
            .map_err(cannot)?;
        let (requests, to_write) = mpsc::sync_channel::<Message>(1);
        let (read, replies) = mpsc::sync_channel(2);
        let (input, output) = (process.stdin.take(), process.stdout.take());
        let mut worker =
            Self { process, requests: Some(requests), replies: Some(replies), movers: Vec::new() };
        if let Some(mut input) = input {
            worker.mover(move || {
                while let Ok(message) = to_write.recv()
                    && write_message(&mut input, &message).is_ok()
                {}
            })?;
        }
        if let Some(mut output) = output {
            worker.mover(move || {
                loop {
                    let message = read_message(&mut output);
                    let last = !matches!(message, Ok(Some(_)));
                    if read.send(message).is_err() || last {
                        break;
                    }
                }
            })?;
        }
        Ok(worker)
    }

    fn mover(&mut self, work: impl FnOnce() + Send + 'static) -> Result<(), WorkerError> {
        let thread = thread::Builder::new().name(String::from("worker pipe")).spawn(work);
        self.movers.push(thread.map_err(|_system| WorkerError::failed("no thread for a pipe"))?);
        Ok(())
    }

    /// Itself, if it still runs: one that ended between two requests is replaced, not blamed on
    /// the next.
    pub(crate) fn still_alive(mut self) -> Option<Self> {
        matches!(self.process.try_wait(), Ok(None)).then_some(self)
    }

    /// Asks, and waits for the answer as long as each step takes no longer than `deadline` and
    /// nobody wants to `stop`.
    pub(crate) fn ask(
        &mut self,
        request: &Request,
        deadline: Duration,
        stop: &dyn Fn() -> bool,
    ) -> Answer {
        let Ok(message) = request.encode() else {
            return Answer::Given(Reply::Failed(WorkerError::failed("the request makes no sense")));
        };
        let sent = self.requests.as_ref().is_some_and(|requests| requests.send(message).is_ok());
        let Some(replies) = self.replies.as_ref().filter(|_| sent) else {
            return Answer::Broken(WorkerError::failed("the worker is gone"));
        };
        let mut since = Instant::now();
        loop {
            if stop() {
                return Answer::Unwanted;
            }
            let left = deadline.saturating_sub(since.elapsed());
            match replies.recv_timeout(left.min(GLANCE)) {
                Ok(Ok(Some(message))) => match Reply::decode(message) {
                    Ok(Reply::Progress) => since = Instant::now(),
                    Ok(Reply::Failed(error)) if error.cause == Cause::WorkerFailed => {
                        return Answer::Broken(error);
                    }
                    Ok(reply) => return Answer::Given(reply),
                    Err(_) => return Answer::Broken(nonsense()),
                },
                Ok(Ok(None)) | Err(RecvTimeoutError::Disconnected) => {
                    return Answer::Broken(self.how_it_ended());
                }
                Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Answer::Broken(self.how_it_ended());
                }
                Ok(Err(_)) => return Answer::Broken(nonsense()),
                Err(RecvTimeoutError::Timeout) if since.elapsed() >= deadline => {
                    return Answer::Broken(WorkerError::failed("the worker ran out of time"));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    fn how_it_ended(&mut self) -> WorkerError {
        let status = self.wait(GRACE);
        let how = status.map_or_else(|| String::from("its answers ended"), |how| how.to_string());
        WorkerError::failed(format!("the worker crashed ({how})"))
    }

    /// Waits for it to end, not longer than `most`.
    fn wait(&mut self, most: Duration) -> Option<std::process::ExitStatus> {
        let since = Instant::now();
        loop {
            match self.process.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) if since.elapsed() < most => thread::sleep(Duration::from_millis(2)),
                Ok(None) | Err(_) => return None,
            }
        }
    }

    /// Ends it at once.
    pub(crate) fn kill(mut self) {
        self.end(Duration::ZERO);
    }

    /// Closes its stream: it will end by itself.
    pub(crate) fn close(&mut self) {
        self.requests = None;
    }

    fn end(&mut self, grace: Duration) {
        self.close();
        if self.wait(grace).is_none() {
            // Either may fail only because it has ended by itself.
            let _ended = self.process.kill();
            let _reaped = self.process.wait();
        }
        self.replies = None;
        for mover in self.movers.drain(..) {
            // A mover that panicked has moved nothing more; there is nothing left to do about it.
            let _panicked = mover.join();
        }
    }
}

impl Drop for WorkerProcess {
    fn drop(&mut self) {
        self.end(GRACE);
    }
}

fn nonsense() -> WorkerError {
    WorkerError::failed("the worker's answer makes no sense")
}
