//! What looking for text costs, in CPU seconds: one picture, a film of 100 frames, a stack of 300
//! slices, each held against one picture of its kind that is looked at by itself, in the same run.
//!
//! `cargo bench --bench detect` builds everything as it ships; `--profile dev` shares what
//! `make build` makes. Beside it stands the `tesseract` program, where there is one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use veridact::detect::{Depth, TextDetector};
use veridact::jobs::worker::{Frames, Lane, WorkerOptions, WorkerPool};
use veridact::model::Picture;

const SIDE: u32 = 512;
const FILM: u32 = 100;
const STACK: u32 = 300;
const NAME: [[u8; 7]; 6] = [
    [0x11, 0x1b, 0x15, 0x15, 0x11, 0x11, 0x11],
    [0x0e, 0x11, 0x11, 0x1f, 0x11, 0x11, 0x11],
    [0x1e, 0x11, 0x11, 0x1e, 0x14, 0x12, 0x11],
    [0x1f, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04],
    [0x0e, 0x04, 0x04, 0x04, 0x04, 0x04, 0x0e],
    [0x11, 0x11, 0x19, 0x15, 0x13, 0x11, 0x11],
];

/// A frame of something that moves, with grain; and with four lines of print, or none.
fn frame(time: u32, has_text: bool) -> Picture {
    let mut state = time.wrapping_mul(2_654_435_761).wrapping_add(99);
    let swing = f64::from(time) * 0.05;
    let discs = [
        (0.35 + 0.05 * swing.sin(), 0.45, 0.22, 70.0),
        (0.62, 0.55 + 0.06 * (swing * 0.7).cos(), 0.17, 45.0),
    ];
    let mut samples = Vec::new();
    for y in 0..SIDE {
        for x in 0..SIDE {
            let (u, v) = (f64::from(x) / f64::from(SIDE), f64::from(y) / f64::from(SIDE));
            let mut grey = 40.0 + 30.0 * u;
            for (left, top, radius, depth) in discs {
                let away = f64::hypot(u - left, v - top) / radius;
                grey += depth / (1.0 + (12.0 * (away - 1.0)).exp());
            }
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            samples.push((grey + f64::from(state >> 28)).clamp(0.0, 255.0) as u8);
        }
    }
    for line in (0..4).filter(|_| has_text) {
        for (letter, rows) in NAME.iter().cycle().take(18).enumerate() {
            for (pixel, row) in (0..14).flat_map(|y| (0..10).map(move |x| ((x, y), y / 2))) {
                if rows[row] >> (4 - pixel.0 / 2) & 1 == 1 {
                    let (x, y) = (24 + letter * 12 + pixel.0, 20 + line * 24 + pixel.1);
                    samples[y * SIDE as usize + x] = 230;
                }
            }
        }
    }
    Picture { width: SIDE, height: SIDE, channels: 1, samples }
}

/// A DICOM file of some frames.
fn file(path: &Path, frames: &[Picture]) -> PathBuf {
    let mut bytes = vec![0; 128];
    bytes.extend(b"DICM");
    let mut put = |tag: (u16, u16), vr: &[u8; 2], value: &[u8]| {
        bytes.extend(tag.0.to_le_bytes());
        bytes.extend(tag.1.to_le_bytes());
        bytes.extend(vr);
        if vr == b"OW" {
            bytes.extend([0, 0]);
            bytes.extend((value.len() as u32).to_le_bytes());
        } else {
            bytes.extend((value.len() as u16).to_le_bytes());
        }
        bytes.extend(value);
    };
    put((2, 0), b"UL", &28_u32.to_le_bytes());
    put((2, 0x10), b"UI", b"1.2.840.10008.1.2.1\0");
    put((8, 0x16), b"UI", b"1.2.840.10008.5.1.4.1.1.7\0");
    put((8, 0x18), b"UI", b"1.2.3.4.");
    put((0x28, 2), b"US", &1_u16.to_le_bytes());
    put((0x28, 4), b"CS", b"MONOCHROME2 ");
    put((0x28, 8), b"IS", format!("{:<4}", frames.len()).as_bytes());
    for (element, number) in [(0x10, SIDE as u16), (0x11, SIDE as u16)] {
        put((0x28, element), b"US", &number.to_le_bytes());
    }
    for (element, number) in [(0x100, 8_u16), (0x101, 8), (0x102, 7), (0x103, 0)] {
        put((0x28, element), b"US", &number.to_le_bytes());
    }
    let samples: Vec<u8> = frames.iter().flat_map(|it| it.samples.iter().copied()).collect();
    put((0x7FE0, 0x10), b"OW", &samples);
    fs::write(path, bytes).expect("the file is written");
    path.to_owned()
}

fn cpu(pool: &WorkerPool) -> Duration {
    let able = pool.ping(Lane::Batch).expect("a worker");
    able.cpu.expect("the system tells CPU time")
}

/// CPU seconds of some work of the worker.
fn cost(pool: &WorkerPool, mut work: impl FnMut()) -> f64 {
    let before = cpu(pool);
    work();
    (cpu(pool) - before).as_secs_f64()
}

/// Highest resident size of the children of this process, in MiB.
fn peak() -> u64 {
    let own = std::process::id().to_string();
    let status = |line: &str, name: &str| line.strip_prefix(name).map(|it| it.trim().to_owned());
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let texts = processes.filter_map(|it| fs::read_to_string(it.path().join("status")).ok());
    let of_child = texts.filter_map(|text| {
        let find = |name: &str| text.lines().find_map(|line| status(line, name));
        (find("PPid:")? == own).then(|| find("VmHWM:"))?
    });
    let kib = of_child.filter_map(|text| text.split(' ').next()?.parse::<u64>().ok());
    kib.max().unwrap_or_default() / 1024
}

fn tesseract(picture: &Path) -> Option<f64> {
    let timed = Command::new("sh")
        .arg("-c")
        .arg("export OMP_THREAD_LIMIT=1; tesseract \"$0\" - >/dev/null 2>&1 && times")
        .arg(picture)
        .output()
        .ok()?;
    let text = String::from_utf8(timed.stdout).ok()?;
    let seconds = |cell: &str| {
        let (minutes, seconds) = cell.trim_end_matches('s').split_once('m')?;
        Some(minutes.parse::<f64>().ok()? * 60.0 + seconds.parse::<f64>().ok()?)
    };
    // The second line is what the children took.
    text.lines().nth(1)?.split_whitespace().map(seconds).sum()
}

fn main() {
    let Ok(detector) = TextDetector::embedded() else {
        return println!("this build has no detector");
    };
    let place = tempfile::tempdir().expect("a temporary folder");
    let pool = WorkerPool::new(WorkerOptions {
        deadline: Duration::from_secs(600),
        ..WorkerOptions::new(env!("CARGO_BIN_EXE_veridact"))
    });
    pool.ping(Lane::Batch).expect("a worker");
    let cancel = AtomicBool::new(false);
    println!("512 × 512                          CPU s   of one frame");
    for has_text in [false, true] {
        let what = if has_text { "with print" } else { "without text" };
        let single = file(&place.path().join("one"), &[frame(7, has_text)]);
        let look = |_| drop(pool.detect(Lane::Batch, &single, Frames::All, &cancel).expect("seen"));
        look(0);
        let one = cost(&pool, || (0..5).for_each(look)) / 5.0;
        println!("one frame {what:<14}         {one:>8.2}   1.0");
        let frames: Vec<Picture> = (0..FILM).map(|time| frame(time, has_text)).collect();
        let film = file(&place.path().join("film"), &frames);
        let survey = |files: Vec<(PathBuf, u32)>| {
            let found = pool.survey(Lane::Batch, files, &cancel).expect("seen");
            found.iter().filter(|frame| frame.coverage.is_searched()).count()
        };
        let mut searched = 0;
        let spent = cost(&pool, || searched = survey(vec![(film.clone(), FILM)]));
        let ratio = spent / one;
        println!("{FILM} frames {what:<14}        {spent:>8.2} {ratio:>5.1}   searched {searched}");
        let slices: Vec<(PathBuf, u32)> = (0..STACK)
            .map(|at| {
                let name = format!("slice{at}");
                (file(&place.path().join(name), &[frame(at, has_text)]), 1)
            })
            .collect();
        let spent = cost(&pool, || searched = survey(slices.clone()));
        let ratio = spent / one;
        println!(
            "{STACK} slices {what:<14}        {spent:>8.2} {ratio:>5.1}   searched {searched}"
        );
    }
    let picture = frame(7, true);
    let begun = std::time::Instant::now();
    for _ in 0..5 {
        detector.find(&picture, Depth::Thorough).expect("seen");
    }
    println!("its passes alone, nothing read  {:>8.2}", begun.elapsed().as_secs_f64() / 5.0);
    println!("worker, highest resident size   {:>8} MiB", peak());
    let png = place.path().join("one.png");
    let image =
        image::GrayImage::from_raw(SIDE, SIDE, picture.samples).expect("as large as it says");
    image.save(&png).expect("the picture is written");
    match tesseract(&png) {
        Some(spent) => println!("the tesseract program           {spent:>8.2}"),
        None => println!("the tesseract program is not there"),
    }
}
