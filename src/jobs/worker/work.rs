//! What a worker does for a request.

use std::fs::File;
use std::hint::black_box;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use crate::detect::{
    Depth, DetectError, TextDetector, TextReader, detector_id, findings, look,
    look_without_detector, picture_from_file,
};
use crate::jobs::worker::protocol::{Abilities, Misbehaviour, Reply, Request};
use crate::jobs::worker::{WorkerArguments, WorkerError};
use crate::jobs::worker::{image, survey};
use crate::model::{Cause, Finding, FindingSource, FrameFindings, Picture};

/// No picture file is larger than this.
const LONGEST_PICTURE_FILE: u64 = 256 << 20;

/// Says that a step is done, which starts the deadline anew.
pub(crate) type Tick<'a> = &'a mut dyn FnMut() -> io::Result<()>;

/// What a worker keeps from request to request: nothing that an answer depends on.
pub(crate) struct Work {
    arguments: WorkerArguments,
    eyes: Option<Eyes>,
}

/// Detector and reader, loaded once they are needed.
pub(crate) struct Eyes {
    detector: Result<TextDetector, DetectError>,
    reader: Option<TextReader>,
}

impl Work {
    pub(crate) fn new(arguments: WorkerArguments) -> Self {
        Self { arguments, eyes: None }
    }

    /// Does what is asked.
    pub(crate) fn on(&mut self, request: &Request, tick: Tick<'_>) -> Result<Reply, WorkerError> {
        match request {
            Request::Ping => Ok(Reply::Able(self.abilities())),
            Request::Render { path, frame, rendering } => {
                image::show(path, *frame, *rendering).map(Reply::Rendered)
            }
            Request::Detect { path, frames, painted, lines } => {
                let what = (frames, painted.as_slice(), *lines);
                image::look_at(self.eyes(), path, what, tick).map(Reply::Findings)
            }
            Request::Survey { files } => {
                survey::survey(self.eyes(), files, tick).map(Reply::Findings)
            }
            Request::Mask { path, regions, out } => {
                image::mask(path, regions, out, tick).map(Reply::Masked)
            }
            Request::Samples { path, frame } => image::samples(path, *frame).map(Reply::Samples),
            Request::DetectPicture { path } => {
                let picture = read_picture(path)?;
                Ok(Reply::Findings(vec![self.eyes().look((&[picture], Depth::Thorough), 0)]))
            }
            Request::Misbehave(_) if !self.arguments.misbehave => {
                Err(WorkerError::failed("this worker does not misbehave"))
            }
            Request::Misbehave(how) => {
                misbehave(*how);
                Ok(Reply::Able(self.abilities()))
            }
        }
    }

    fn abilities(&mut self) -> Abilities {
        let eyes = self.eyes();
        Abilities {
            detector: eyes.detector.is_ok().then(detector_id),
            reads: eyes.reader.is_some(),
            cpu: cpu_time(),
        }
    }

    fn eyes(&mut self) -> &mut Eyes {
        let tessdata = self.arguments.tessdata.as_deref();
        self.eyes.get_or_insert_with(|| Eyes {
            detector: TextDetector::embedded().map(|it| it.with(self.arguments.suspicion)),
            reader: TextReader::open(tessdata).ok(),
        })
    }
}

impl Eyes {
    /// Looks at one frame in its renderings.
    pub(crate) fn look(&mut self, pictures: (&[Picture], Depth<'_>), frame: u32) -> FrameFindings {
        match &self.detector {
            Ok(detector) => look(pictures, frame, detector, self.reader.as_mut()),
            Err(why) => look_without_detector(pictures.0, frame, why, self.reader.as_mut()),
        }
    }

    /// Begins to remember what is read in a series, or forgets it.
    pub(crate) fn remember(&mut self, series: bool) {
        if let Some(reader) = &mut self.reader {
            reader.remember(series);
        }
    }

    /// Why no detector runs, if so.
    pub(crate) fn why_closed(&self) -> Option<String> {
        self.detector.as_ref().err().map(ToString::to_string)
    }

    /// Looks at an overlay plane; nothing where that cannot be done, as the frame says so already.
    pub(crate) fn look_at_plane(&mut self, plane: &Picture) -> Vec<Finding> {
        let Ok(detector) = &self.detector else { return Vec::new() };
        let planes = (std::slice::from_ref(plane), Depth::Thorough);
        let found = findings(planes, FindingSource::Overlay, detector, self.reader.as_mut());
        found.unwrap_or_default()
    }
}

/// CPU time of this process and all its threads, in hundredths of a second, as Linux tells it.
fn cpu_time() -> Option<Duration> {
    let status = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program comes before, in brackets, and may hold anything.
    let (_, rest) = status.rsplit_once(')')?;
    let mut cells = rest.split_whitespace().skip(11);
    let mut ticks = || cells.next()?.parse::<u64>().ok();
    Some(Duration::from_millis(10 * (ticks()? + ticks()?)))
}

fn read_picture(path: &Path) -> Result<Picture, WorkerError> {
    let file = File::open(path).map_err(|error| WorkerError::unreadable(&error))?;
    let mut bytes = Vec::new();
    file.take(LONGEST_PICTURE_FILE)
        .read_to_end(&mut bytes)
        .map_err(|error| WorkerError::unreadable(&error))?;
    picture_from_file(&bytes)
        .map_err(|error| WorkerError::new(Cause::Undecodable, error.to_string()))
}

fn misbehave(how: Misbehaviour) {
    match how {
        Misbehaviour::Sleep(milliseconds) => {
            std::thread::sleep(Duration::from_millis(milliseconds));
        }
        Misbehaviour::Crash => std::process::abort(),
        Misbehaviour::Panic => std::panic::panic_any("asked to"),
        Misbehaviour::Allocate(bytes) => {
            let bytes = usize::try_from(bytes).unwrap_or(usize::MAX >> 1);
            black_box(vec![1_u8; bytes]);
        }
        Misbehaviour::Recurse(bytes) => {
            black_box(recurse(bytes));
        }
        Misbehaviour::Babble => {
            use std::io::Write as _;
            // A stream that is gone makes no difference here.
            let _gone = io::stdout().write_all(&[0xFF; 64]);
        }
    }
}

fn recurse(bytes: u64) -> u64 {
    let here = black_box([bytes; 512]);
    let used = size_of_val(&here) as u64;
    if bytes <= used { 1 } else { here[0].min(1) + recurse(bytes - used) }
}
