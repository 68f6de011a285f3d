//! The real binary as a worker: what kills one fails one request, and the next works.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use veridact::detect::{TextDetector, TextReader, detector_id, look};
use veridact::jobs::worker::{Lane, Misbehaviour, WorkerOptions, WorkerPool};
use veridact::model::{Cause, Coverage, Picture};

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
    assert!(began.elapsed() < Duration::from_millis(900), "they end by themselves");
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
            assert_eq!(found, look(&picture, 0, &detector, reader.as_mut()));
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
