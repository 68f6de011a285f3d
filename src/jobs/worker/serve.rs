//! The child's side: a loop that answers requests until its parent is gone.
//!
//! Requests are read on one thread and worked on in another with a large stack, so that the end of
//! the stream ends the process even in the middle of a request: a worker never outlives its
//! parent. A panic fails the request and ends the worker after its answer, for nobody knows what
//! state it left behind.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;

use rustix::process::{Resource, Rlimit, setrlimit};

use crate::detect::Suspicion;
use crate::jobs::worker::WorkerError;
use crate::jobs::worker::message::{Message, read_message, write_message};
use crate::jobs::worker::protocol::{Reply, Request};
use crate::jobs::worker::work::Work;

/// Stack for decoders that nest deeply.
const STACK: usize = 64 << 20;

/// What a worker process is told when it starts.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct WorkerArguments {
    /// The most address space it may take, in bytes; 0 for no limit.
    pub address_space: u64,
    /// Where Tesseract's models may be, before the usual places.
    pub tessdata: Option<PathBuf>,
    /// Whether it obeys when asked to go wrong (tests only).
    pub misbehave: bool,
    /// What it suspects beside what it finds.
    pub suspicion: Suspicion,
}

impl WorkerArguments {
    /// Reads `[--address-space BYTES] [--tessdata FOLDER] [--paranoid] [--misbehave]`, what follows
    /// `veridact worker`.
    ///
    /// # Errors
    /// When there is anything else.
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, WorkerError> {
        let mut parsed = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            match argument.to_str() {
                Some("--address-space") => {
                    let bytes = arguments.next();
                    let bytes = bytes.as_deref().and_then(|bytes| bytes.to_str()?.parse().ok());
                    parsed.address_space = bytes.ok_or_else(bad_arguments)?;
                }
                Some("--tessdata") => {
                    let folder = arguments.next().ok_or_else(bad_arguments)?;
                    parsed.tessdata = Some(folder.into());
                }
                Some("--paranoid") => parsed.suspicion = Suspicion::Paranoid,
                Some("--misbehave") => parsed.misbehave = true,
                _ => return Err(bad_arguments()),
            }
        }
        Ok(parsed)
    }

    /// What [`WorkerArguments::parse`] reads.
    pub fn to_arguments(&self) -> Vec<OsString> {
        let mut arguments: Vec<OsString> =
            vec!["--address-space".into(), self.address_space.to_string().into()];
        if let Some(folder) = &self.tessdata {
            arguments.extend(["--tessdata".into(), folder.clone().into_os_string()]);
        }
        if self.suspicion == Suspicion::Paranoid {
            arguments.push("--paranoid".into());
        }
        if self.misbehave {
            arguments.push("--misbehave".into());
        }
        arguments
    }
}

fn bad_arguments() -> WorkerError {
    WorkerError::failed("a worker was started with arguments that make no sense")
}

/// Limits this process, then serves on its standard streams. What `veridact worker` does.
///
/// # Errors
/// When a limit cannot be set, and those of [`serve`].
pub fn serve_standard_streams(arguments: &WorkerArguments) -> Result<(), WorkerError> {
    limit(arguments).map_err(|_error| WorkerError::failed("the limits could not be set"))?;
    serve(arguments, io::stdin().lock(), io::stdout())
}

/// Sees to it that a crash leaves no picture of this process's memory, which holds what was read and
/// the project key. The limit is one byte: with none at all, Linux still hands the memory to a program
/// that collects dumps, where the system has one (`core(5)`).
///
/// # Errors
/// Those of the system.
pub fn no_core_dumps() -> io::Result<()> {
    Ok(setrlimit(Resource::Core, Rlimit { current: Some(1), maximum: Some(1) })?)
}

/// No core dumps. No more address space than was said.
fn limit(arguments: &WorkerArguments) -> io::Result<()> {
    no_core_dumps()?;
    if arguments.address_space > 0 {
        let most = Some(arguments.address_space);
        setrlimit(Resource::As, Rlimit { current: most, maximum: most })?;
    }
    Ok(())
}

/// Answers the requests of `input` on `output`, one at a time, until `input` ends. Sets no limits.
///
/// Returns as soon as `input` ends, even while a request is being worked on; its answer is lost.
///
/// # Errors
/// When the streams fail, or what arrives is no message.
pub fn serve(
    arguments: &WorkerArguments,
    mut input: impl Read,
    output: impl Write + Send + 'static,
) -> Result<(), WorkerError> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let mut work = Work::new(arguments.clone());
    let mut output = io::BufWriter::with_capacity(1 << 16, output);
    let worker = thread::Builder::new()
        .name(String::from("work"))
        .stack_size(STACK)
        .spawn(move || {
            for message in receiver {
                match answer(&mut work, &message, &mut output) {
                    Ok(Mind::Sound) => {}
                    Ok(Mind::Shaken) | Err(_) => break,
                }
            }
        })
        .map_err(|_system| WorkerError::failed("no thread to work in"))?;
    loop {
        match read_message(&mut input) {
            Ok(None) => return Ok(()),
            Ok(Some(message)) => {
                if sender.send(message).is_err() {
                    // The worker thread ended by itself: its answers are out.
                    return worker.join().map_err(|_panic| WorkerError::failed("panicked"));
                }
            }
            Err(_) => return Err(WorkerError::failed("what arrived is no message")),
        }
    }
}

/// Whether a worker can go on after a request.
enum Mind {
    Sound,
    Shaken,
}

fn answer(work: &mut Work, message: &Message, output: &mut impl Write) -> io::Result<Mind> {
    let mut out = |reply: Reply| {
        let encoded = reply.encode().map_err(|_senseless| io::ErrorKind::InvalidData)?;
        write_message(output, &encoded)
    };
    let request = match Request::decode(message) {
        Ok(request) => request,
        Err(_) => {
            out(Reply::Failed(WorkerError::failed("the request makes no sense")))?;
            return Ok(Mind::Sound);
        }
    };
    let mut tick = || out(Reply::Progress);
    let done = catch_unwind(AssertUnwindSafe(|| work.on(&request, &mut tick)));
    let (reply, mind) = match done {
        Ok(Ok(reply)) => (reply, Mind::Sound),
        Ok(Err(error)) => (Reply::Failed(error), Mind::Sound),
        // What a panic says may hold values.
        Err(_) => (Reply::Failed(WorkerError::failed("the worker panicked")), Mind::Shaken),
    };
    match out(reply) {
        // The answer was too long to send: that is an answer too, and nothing of it went out.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
            out(Reply::Failed(WorkerError::new(
                crate::model::Cause::ImageLimits,
                "the picture is too large to hand over",
            )))?;
        }
        other => other?,
    }
    Ok(mind)
}
