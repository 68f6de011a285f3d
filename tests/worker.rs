//! The real binary as a worker: what kills one fails one request, and the next works.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use veridact::detect::{Depth, TextDetector, TextReader, detector_id, look};
use veridact::jobs::worker::{Frames, Lane, Misbehaviour, WorkerOptions, WorkerPool};
use veridact::model::{Cause, Coverage, FrameFindings, Picture, Region};
use veridact::render::{Rendering, Window};

use crate::detect::{noise, write};

fn options() -> WorkerOptions {
    WorkerOptions {
        misbehave: true,
        address_space: 2 << 30,
        deadline: Duration::from_secs(20),
        ..WorkerOptions::new(env!("CARGO_BIN_EXE_veridact"))
    }
}

fn fails_and_goes_on(pool: &WorkerPool, how: Misbehaviour) -> String {
    let error = pool.misbehave(Lane::Batch, how).unwrap_err();
    assert_eq!(error.cause, Cause::WorkerFailed, "{how:?}");
    pool.ping(Lane::Batch).unwrap();
    error.what
}

fn png(picture: &Picture) -> Vec<u8> {
    let image = image::GrayImage::from_raw(picture.width, picture.height, picture.samples.clone());
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.unwrap().write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[test]
fn what_kills_a_worker_fails_one_request() {
    let pool = WorkerPool::new(options());
    assert!(fails_and_goes_on(&pool, Misbehaviour::Crash).contains("signal"));
    assert!(fails_and_goes_on(&pool, Misbehaviour::Panic).contains("panicked"));
    assert!(fails_and_goes_on(&pool, Misbehaviour::Allocate(3 << 30)).contains("signal"));
    assert!(fails_and_goes_on(&pool, Misbehaviour::Allocate(u64::MAX)).contains("panicked"));
    assert!(fails_and_goes_on(&pool, Misbehaviour::Recurse(1 << 30)).contains("signal"));
    assert!(fails_and_goes_on(&pool, Misbehaviour::Babble).contains("no sense"));
    pool.misbehave(Lane::Batch, Misbehaviour::Allocate(100 << 20)).unwrap();
    pool.misbehave(Lane::Batch, Misbehaviour::Recurse(12 << 20)).unwrap();
}

#[test]
fn a_worker_past_its_deadline_is_killed() {
    let pool = WorkerPool::new(WorkerOptions { deadline: Duration::from_secs(4), ..options() });
    pool.ping(Lane::Batch).unwrap();
    let began = Instant::now();
    let error = pool.misbehave(Lane::Batch, Misbehaviour::Sleep(60_000)).unwrap_err();
    assert_eq!(error.cause, Cause::WorkerFailed);
    assert!(error.what.contains("time"));
    assert!(began.elapsed() < Duration::from_secs(10));
    pool.ping(Lane::Batch).unwrap();
}

#[test]
fn the_curator_does_not_wait_for_the_batch_and_stop_ends_what_runs() {
    let pool = WorkerPool::new(options());
    pool.ping(Lane::Curator).unwrap();
    std::thread::scope(|scope| {
        let busy = scope.spawn(|| pool.misbehave(Lane::Batch, Misbehaviour::Sleep(15_000)));
        std::thread::sleep(Duration::from_millis(100));
        let queued = scope.spawn(|| pool.ping(Lane::Batch));
        let began = Instant::now();
        pool.ping(Lane::Curator).unwrap();
        assert!(began.elapsed() < Duration::from_secs(5));
        assert!(!busy.is_finished() && !queued.is_finished());
        pool.stop();
        assert!(busy.join().unwrap().is_err() && queued.join().unwrap().is_err());
        assert!(began.elapsed() < Duration::from_secs(10));
    });
    assert!(pool.ping(Lane::Curator).is_err(), "a stopped pool begins nothing");
}

#[test]
fn dropping_a_pool_ends_its_workers() {
    let pool = WorkerPool::new(WorkerOptions { count: 2, ..options() });
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| pool.misbehave(Lane::Batch, Misbehaviour::Sleep(300)).unwrap());
        }
    });
    let began = Instant::now();
    drop(pool);
    assert!(began.elapsed() < Duration::from_secs(5), "none is waited for long");
}

#[test]
fn a_worker_finds_what_the_detector_finds_here() {
    let folder = tempfile::tempdir().unwrap();
    let mut picture = noise(480, 420);
    write(&mut picture, "ADELINE MARTIN", (30, 50), 3);
    let path = folder.path().join("shown.png");
    fs::write(&path, png(&picture)).unwrap();
    let pool = WorkerPool::new(options());
    let found = pool.detect_picture(Lane::Batch, &path).unwrap();
    assert_eq!(pool.detect_picture(Lane::Curator, &path).unwrap(), found);
    let able = pool.ping(Lane::Batch).unwrap();
    match TextDetector::embedded() {
        Ok(detector) => {
            assert_eq!(able.detector, Some(detector_id()));
            let mut reader = TextReader::open(None).ok();
            assert_eq!(able.reads, reader.is_some());
            assert!(matches!(found.coverage, Coverage::Found(_)));
            assert_eq!(
                found,
                look(
                    (std::slice::from_ref(&picture), Depth::Thorough),
                    0,
                    &detector,
                    reader.as_mut()
                )
            );
        }
        Err(_) => assert!(matches!(found.coverage, Coverage::NotLookedAt(_))),
    }
}

#[test]
fn a_file_that_is_no_picture_gets_a_cause() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("not.png");
    let pool = WorkerPool::new(options());
    let missing = pool.detect_picture(Lane::Batch, &path).unwrap_err();
    assert_eq!(missing.cause, Cause::Unreadable);
    assert!(!missing.to_string().contains("not.png"), "paths stay out of errors");
    fs::write(&path, b"not a picture").unwrap();
    let broken = pool.detect_picture(Lane::Batch, &path).unwrap_err();
    assert_eq!(broken.cause, Cause::Undecodable);
}

/// A secondary capture, Explicit VR Little Endian, MONOCHROME2, 16 bits, made of 8-bit frames.
struct Instance {
    columns: u16,
    rows: u16,
    frames: u32,
    samples: Vec<u16>,
}

impl Instance {
    fn of(frames: &[&Picture]) -> Self {
        let samples = frames.iter().flat_map(|frame| &frame.samples).map(|s| u16::from(*s) * 16);
        Self {
            columns: frames[0].width as u16,
            rows: frames[0].height as u16,
            frames: frames.len() as u32,
            samples: samples.collect(),
        }
    }

    fn write(&self, path: &Path) {
        let text = |text: &str| {
            let mut bytes = text.as_bytes().to_vec();
            bytes.resize(bytes.len().next_multiple_of(2), b' ');
            bytes
        };
        let number = |number: u16| number.to_le_bytes().to_vec();
        let mut bytes = vec![0; 128];
        bytes.extend(b"DICM");
        let mut meta = Vec::new();
        element(&mut meta, (2, 0x10), b"UI", b"1.2.840.10008.1.2.1\0");
        element(&mut bytes, (2, 0), b"UL", &(meta.len() as u32).to_le_bytes());
        bytes.extend(meta);
        element(&mut bytes, (8, 0x16), b"UI", b"1.2.840.10008.5.1.4.1.1.7\0");
        element(&mut bytes, (8, 0x18), b"UI", b"1.2.3.4.");
        element(&mut bytes, (0x28, 2), b"US", &number(1));
        element(&mut bytes, (0x28, 4), b"CS", b"MONOCHROME2 ");
        element(&mut bytes, (0x28, 8), b"IS", &text(&self.frames.to_string()));
        element(&mut bytes, (0x28, 0x10), b"US", &number(self.rows));
        element(&mut bytes, (0x28, 0x11), b"US", &number(self.columns));
        element(&mut bytes, (0x28, 0x100), b"US", &number(16));
        element(&mut bytes, (0x28, 0x101), b"US", &number(12));
        element(&mut bytes, (0x28, 0x102), b"US", &number(11));
        element(&mut bytes, (0x28, 0x103), b"US", &number(0));
        if !self.samples.is_empty() {
            let samples: Vec<u8> = self.samples.iter().flat_map(|s| s.to_le_bytes()).collect();
            element(&mut bytes, (0x7FE0, 0x10), b"OW", &samples);
        }
        fs::write(path, bytes).unwrap();
    }
}

fn element(bytes: &mut Vec<u8>, (group, element): (u16, u16), vr: &[u8; 2], value: &[u8]) {
    bytes.extend([group.to_le_bytes(), element.to_le_bytes()].concat());
    bytes.extend(vr);
    if vr == b"OW" {
        bytes.extend([0; 2]);
        bytes.extend((value.len() as u32).to_le_bytes());
    } else {
        bytes.extend((value.len() as u16).to_le_bytes());
    }
    bytes.extend(value);
}

#[test]
fn frames_are_rendered_and_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("three frames");
    let plain = noise(420, 410);
    let mut written = plain.clone();
    let ink = write(&mut written, "ADELINE MARTIN", (30, 50), 3);
    Instance::of(&[&plain, &written, &plain]).write(&path);
    let pool = WorkerPool::new(options());

    let window = Window { center: 127.5 * 16.0 + 0.5, width: 255.0 * 16.0 + 1.0 };
    let shown = pool.render(Lane::Curator, &path, 1, Rendering::Window(window)).unwrap();
    assert_eq!((&shown.picture, shown.frames, shown.window), (&written, 3, Some(window)));
    let first = pool.render(Lane::Curator, &path, 0, Rendering::Default).unwrap();
    assert!(first.window.is_some(), "an automatic window is told too");
    let none = pool.render(Lane::Curator, &path, 3, Rendering::Default).unwrap_err();
    assert_eq!(none.cause, Cause::Undecodable);

    let cancel = AtomicBool::new(false);
    let all = pool.detect(Lane::Batch, &path, Frames::All, &cancel).unwrap();
    let some = pool.detect(Lane::Batch, &path, Frames::These(vec![1, 9]), &cancel).unwrap();
    assert_eq!(all.iter().map(|found| found.frame).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(some[0], all[1]);
    assert!(matches!(some[1], FrameFindings { frame: 9, coverage: Coverage::NotLookedAt(_), .. }));
    if TextDetector::embedded().is_ok() {
        assert_eq!(all[0].coverage, Coverage::NothingFound);
        assert!(all[1].findings.iter().any(|found| found.region.intersection(ink).is_some()));
    }
    cancel.store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(pool.detect(Lane::Batch, &path, Frames::All, &cancel).is_err());
}

#[test]
fn masks_are_painted_and_frames_decoded() {
    let folder = tempfile::tempdir().unwrap();
    let (path, out) = (folder.path().join("in"), folder.path().join("out"));
    let mut picture = noise(400, 64);
    write(&mut picture, "MARTIN", (9, 9), 3);
    let mut instance = Instance::of(&[&picture, &picture]);
    instance.write(&path);
    let pool = WorkerPool::new(options());
    let mask = Region { x0: 5, y0: 5, x1: 200, y1: 40 };
    let regions = vec![(1, vec![mask, Region { x0: 390, y0: 0, x1: 500, y1: 3 }])];

    let masked = pool.mask(Lane::Batch, &path, &regions, &out).unwrap();
    assert_eq!(masked.transfer_syntax, None);
    assert_eq!(masked.filled.len(), 1);
    let bytes = fs::read(&out).unwrap();
    let samples: Vec<u16> =
        bytes.chunks_exact(2).map(|cell| u16::from_le_bytes([cell[0], cell[1]])).collect();
    assert_eq!(samples.len(), instance.samples.len());
    for (at, (new, old)) in samples.iter().zip(&instance.samples).enumerate() {
        let (frame, x, y) = (at / 25_600, at as u32 % 400, at as u32 % 25_600 / 400);
        let inside = frame == 1 && regions[0].1.iter().any(|region| region.contains(x, y));
        assert_eq!(*new, if inside { 0 } else { *old });
    }
    assert_eq!(
        pool.mask(Lane::Batch, &path, &regions, &out).unwrap_err().cause,
        Cause::ApplyFailed,
        "it exists"
    );
    assert_eq!(fs::read(&out).unwrap(), bytes, "and stays as it is");

    let staged = folder.path().join("staged");
    instance.samples = samples;
    instance.write(&staged);
    for frame in 0..2 {
        let is = pool.samples(Lane::Batch, &staged, frame).unwrap();
        assert_eq!(
            (is.columns, is.rows, is.samples_per_pixel, is.bytes_per_sample),
            (400, 64, 1, 2)
        );
        assert_eq!(is.bytes, bytes[frame as usize * 51_200..][..51_200]);
        let was = pool.samples(Lane::Batch, &path, frame).unwrap();
        assert_eq!(is == was, frame == 0);
    }
    assert_eq!(pool.samples(Lane::Batch, &path, 2).unwrap_err().cause, Cause::Undecodable);
    if TextDetector::embedded().is_ok() {
        let frames = Frames::These(vec![1, 0]);
        let again = pool.detect(Lane::Batch, &staged, frames, &AtomicBool::new(false)).unwrap();
        // What only has the shape of letters is no text.
        let on_text = |at: usize| {
            let mut texts = again[at].findings.iter().filter(|found| !found.source.is_shape());
            texts.any(|found| found.region.intersection(mask).is_some())
        };
        assert!(!on_text(0) && on_text(1), "the masked frame has no text any more");
    }
}

#[test]
fn what_is_painted_before_a_look_is_not_seen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in");
    let mut picture = noise(480, 420);
    let first = write(&mut picture, "ADELINE MARTIN", (30, 50), 3);
    let second = write(&mut picture, "1974 02 10", (30, 300), 3);
    Instance::of(&[&noise(480, 420), &picture]).write(&path);
    let pool = WorkerPool::new(options());
    let look = |painted: &[Region]| {
        let found = pool.detect_painted(Lane::Batch, &path, (1, painted), &AtomicBool::new(false));
        found.unwrap()
    };
    let plain =
        pool.detect(Lane::Batch, &path, Frames::These(vec![1]), &AtomicBool::new(false)).unwrap();
    let regions = |frame: &FrameFindings| -> Vec<Region> {
        frame.findings.iter().map(|found| found.region).collect()
    };
    assert_eq!(regions(&plain[0]), regions(&look(&[])));
    if TextDetector::embedded().is_err() {
        return;
    }
    let sees = |painted: &[Region], text: Region| {
        look(painted).findings.iter().any(|found| found.region.intersection(text).is_some())
    };
    assert!(sees(&[], first) && sees(&[], second));
    let outside = Region { x0: 470, y0: 410, x1: 900, y1: 900 };
    let painted = [first.grown(6), outside];
    assert!(!sees(&painted, first) && sees(&painted, second));
    // Two letters stick out of the paint.
    let rest = Region { x0: first.x1 - 33, ..first };
    assert!(sees(&[Region { x1: rest.x0, ..first.grown(6) }], rest));
}

#[test]
fn what_a_header_claims_is_checked_before_decoding() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hostile");
    let pool = WorkerPool::new(options());
    let cancel = AtomicBool::new(false);
    for (frames, samples) in [(1000, 100), (1, 100), (u32::MAX, 2)] {
        Instance { columns: 60_000, rows: 60_000, frames, samples: vec![0; samples] }.write(&path);
        let began = Instant::now();
        let error = pool.detect(Lane::Batch, &path, Frames::All, &cancel).unwrap_err();
        assert!(matches!(error.cause, Cause::ImageLimits | Cause::Truncated), "{error}");
        assert!(pool.render(Lane::Batch, &path, 0, Rendering::Default).is_err());
        assert!(began.elapsed() < Duration::from_secs(10));
    }
    Instance { columns: 9, rows: 9, frames: 1, samples: Vec::new() }.write(&path);
    assert_eq!(pool.detect(Lane::Batch, &path, Frames::All, &cancel).unwrap(), []);
    let error = pool.render(Lane::Batch, &path, 0, Rendering::Default).unwrap_err();
    assert_eq!(error.cause, Cause::Undecodable);
}

#[test]
fn every_shared_file_is_shown_or_has_a_cause() {
    for part in ["corpus/dev", "corpus/malformed"] {
        let Some(root) = crate::common::shared(part) else { return };
        let pool = WorkerPool::new(options());
        let (mut shown, mut refused) = (0, 0);
        for path in crate::common::files(&root) {
            match pool.render(Lane::Batch, &path, 0, Rendering::Default) {
                Ok(_) => shown += 1,
                Err(error) => {
                    assert_ne!(error.cause, Cause::WorkerFailed, "{}: {error}", path.display());
                    refused += 1;
                }
            }
        }
        println!("{part}: {shown} shown, {refused} refused");
    }
}

#[test]
fn a_program_that_is_no_worker_fails_every_request() {
    for program in ["/bin/true", "/bin/cat", "/nowhere/at/all"] {
        let pool = WorkerPool::new(WorkerOptions {
            program: PathBuf::from(program),
            deadline: Duration::from_secs(5),
            ..options()
        });
        assert_eq!(pool.ping(Lane::Batch).unwrap_err().cause, Cause::WorkerFailed, "{program}");
    }
}

#[test]
fn misbehaviour_is_refused_by_ordinary_workers() {
    let pool = WorkerPool::new(WorkerOptions { misbehave: false, ..options() });
    let error = pool.misbehave(Lane::Batch, Misbehaviour::Crash).unwrap_err();
    assert!(error.what.contains("does not misbehave"));
}
