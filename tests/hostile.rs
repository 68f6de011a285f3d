//! Hostile files through the whole binary: always an outcome, never a crash, a hang or a flood.

use std::fs;
use std::path::Path;
use std::time::Duration;

use dicom_dictionary_std::tags;
use veridact::demo::{Dataset, Rng, Sample, instance};
use veridact::detect::TextDetector;
use veridact::model::VR;

use crate::common::files;
use crate::common::run::{Deid, Ran};
use crate::common::shared;
use crate::common::soak::scaled;

/// Nobody waits longer for one file.
const LIMIT: Duration = Duration::from_secs(10);
/// No process of a run may hold more, in KiB.
const MEMORY: u64 = 1 << 20;

/// Asserts what must hold of every run, whatever the files are.
#[track_caller]
fn assert_sane(name: &str, input: &Path, ran: &Ran) {
    assert!(matches!(ran.code, Some(0 | 1)), "{name}: {:?} {}", ran.code, ran.err);
    assert!(!ran.err.contains("panicked"), "{name}: {}", ran.err);
    assert!(ran.peak_kib <= MEMORY, "{name}: {} KiB", ran.peak_kib);
    let outcomes = ran.outcomes();
    let wanted: Vec<String> = files(input)
        .iter()
        .map(|path| path.strip_prefix(input).unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(outcomes.len(), wanted.len(), "{name}");
    for file in wanted {
        let ended = &outcomes[&file];
        let released = ended.outcome == "released";
        assert_eq!(released, ended.output.is_some(), "{name} {file}");
        assert_eq!(released, ended.why.is_empty(), "{name} {file}: {ended:?}");
    }
}

/// One file, in a folder and a run of its own.
fn alone(name: &str, bytes: &[u8], more: &[&str]) -> String {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    fs::create_dir(&input).unwrap();
    fs::write(input.join("file"), bytes).unwrap();
    let ran = Deid::new(&input, &place.path().join("run")).with(more).run_within(LIMIT);
    assert_sane(name, &input, &ran);
    let ended = ran.outcomes()["file"].clone();
    println!("{name}: {} {:?}, {:?}, {} KiB", ended.outcome, ended.why, ran.wall, ran.peak_kib);
    ended.outcome
}

/// Preamble and file meta of Explicit VR Little Endian, then `dataset`.
fn part10(dataset: &[u8]) -> Vec<u8> {
    let element = |number: u16, vr: &[u8; 2], value: &[u8]| {
        let mut value = value.to_vec();
        value.resize(value.len().next_multiple_of(2), 0);
        let mut out = [[2, 0], number.to_le_bytes()].concat();
        out.extend(vr);
        out.extend((value.len() as u16).to_le_bytes());
        out.extend(value);
        out
    };
    let meta = [
        element(0x0002, b"UI", b"1.2.840.10008.5.1.4.1.1.7"),
        element(0x0003, b"UI", b"2.25.7"),
        element(0x0010, b"UI", b"1.2.840.10008.1.2.1"),
    ]
    .concat();
    let length = element(0x0000, b"UL", &(meta.len() as u32).to_le_bytes());
    [&[0; 128][..], b"DICM", &length, &meta, dataset].concat()
}

fn short(group: u16, number: u16, vr: &[u8; 2], value: &[u8]) -> Vec<u8> {
    let mut out = [group.to_le_bytes(), number.to_le_bytes()].concat();
    out.extend(vr);
    out.extend((value.len() as u16).to_le_bytes());
    out.extend(value);
    out
}

fn long(group: u16, number: u16, vr: &[u8; 2], length: u32) -> Vec<u8> {
    let mut out = [group.to_le_bytes(), number.to_le_bytes()].concat();
    out.extend(vr);
    out.extend([0, 0]);
    out.extend(length.to_le_bytes());
    out
}

fn identity() -> Vec<u8> {
    [
        short(0x08, 0x16, b"UI", b"1.2.840.10008.5.1.4.1.1.7\0"),
        short(0x08, 0x18, b"UI", b"2.25.7"),
        short(0x10, 0x10, b"PN", b"Invented^Ada"),
        short(0x10, 0x20, b"LO", b"774411"),
        short(0x20, 0x0D, b"UI", b"2.25.8"),
        short(0x20, 0x0E, b"UI", b"2.25.9"),
    ]
    .concat()
}

#[test]
fn a_million_levels_end_with_an_outcome() {
    let level = [
        &long(0x40, 0xA730, b"SQ", u32::MAX)[..],
        &[0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF],
    ]
    .concat();
    let open = [identity(), level.repeat(1_000_000)].concat();
    alone("a million levels, never closed", &part10(&open), &["--no-detect"]);
    let end = [0xFE, 0xFF, 0x0D, 0xE0, 0, 0, 0, 0, 0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0];
    let closed = [open, end.repeat(1_000_000)].concat();
    alone("a million levels, all closed", &part10(&closed), &["--no-detect"]);
}

/// Elements of a file that is nothing but small ones. What looks at all of them for each of them would
/// take minutes.
const SMALL: u32 = 120_000;

#[test]
fn many_small_elements_cost_what_they_are() {
    let texts = |numbers: &mut dyn Iterator<Item = u32>| -> Vec<u8> {
        let tag = |number: u32| (0x0019 + 2 * (number / 0xE000) as u16, (number % 0xE000) as u16);
        numbers
            .flat_map(|number| {
                let (group, element) = tag(number);
                short(group, 0x1000 + element, b"LO", b"ab")
            })
            .collect()
    };
    let ordered = [identity(), texts(&mut (0..SMALL))].concat();
    alone("small elements in order", &part10(&ordered), &["--no-detect"]);
    // Without order each may be behind any other.
    let reversed = [texts(&mut (0..SMALL).rev()), identity()].concat();
    alone("small elements without order", &part10(&reversed), &["--no-detect"]);
    // One attribute again and again, of which something is kept.
    let names = short(0x08, 0x0090, b"PN", b"AB^C").repeat(SMALL as usize);
    alone("the same element", &part10(&[identity(), names].concat()), &["--no-detect"]);
    let items: Vec<u8> = (0..SMALL / 4)
        .flat_map(|_| {
            [&[0xFE, 0xFF, 0x00, 0xE0, 10, 0, 0, 0][..], &short(8, 0x0104, b"LO", b"ab")].concat()
        })
        .collect();
    let sequence = [&long(0x40, 0xA730, b"SQ", items.len() as u32)[..], &items].concat();
    alone("small items", &part10(&[identity(), sequence].concat()), &["--no-detect"]);
}

#[test]
fn what_a_header_claims_costs_nothing() {
    let claims = |rows: u16, columns: u16, frames: &[u8], bytes: u32| {
        [
            identity(),
            short(0x28, 0x02, b"US", &[1, 0]),
            short(0x28, 0x04, b"CS", b"MONOCHROME2 "),
            short(0x28, 0x08, b"IS", frames),
            short(0x28, 0x10, b"US", &rows.to_le_bytes()),
            short(0x28, 0x11, b"US", &columns.to_le_bytes()),
            short(0x28, 0x0100, b"US", &[16, 0]),
            short(0x28, 0x0101, b"US", &[16, 0]),
            short(0x28, 0x0102, b"US", &[15, 0]),
            short(0x28, 0x0103, b"US", &[0, 0]),
            long(0x7FE0, 0x10, b"OW", bytes),
            vec![0; 4],
        ]
        .concat()
    };
    for more in [&["--no-detect"][..], &["-j", "1"]] {
        let huge = part10(&claims(60_000, 60_000, b"1000", 4));
        assert_ne!(alone("60,000 × 60,000 × 1,000", &huge, more), "released");
        let short = part10(&claims(16, 16, b"1 ", 4));
        assert_ne!(alone("4 of 512 bytes", &short, more), "released");
        let huge = part10(&claims(60_000, 60_000, b"1000", u32::MAX - 1));
        assert_ne!(alone("4 GB of pixels", &huge, more), "released");
        let many = part10(&claims(1, 1, b"2147483646", 4));
        assert_ne!(alone("2,147,483,646 frames", &many, more), "released");
    }
    let mut small = part10(&long(0x42, 0x11, b"OB", 0xFFFF_FFF0));
    small.resize(233.max(small.len()), 0);
    assert_ne!(alone("a small file claiming 4 GB", &small, &["--no-detect"]), "released");
    for (name, bytes) in [
        ("nothing", Vec::new()),
        ("preamble only", part10(b"")[..132].to_vec()),
        ("file meta only", part10(b"")),
        ("zeros", vec![0; 10_000]),
        ("ones", vec![0xFF; 10_000]),
    ] {
        assert_ne!(alone(name, &bytes, &["--no-detect"]), "released");
    }
}

/// A small file of each encoding.
fn seeds() -> Vec<Vec<u8>> {
    let whole = |sample| instance(sample, 1, 20_261_122).bytes();
    let mut seeds = vec![whole(Sample::Report), whole(Sample::Jpeg)];
    for sample in [Sample::CtSlice, Sample::MrSlice, Sample::BigEndian, Sample::EnhancedCt] {
        let mut made = instance(sample, 1, 20_261_122);
        shrink(&mut made.dataset);
        seeds.push(made.bytes());
    }
    let mut made = instance(Sample::ScreenSave, 1, 20_261_122);
    shrink(&mut made.dataset);
    seeds.push(made.bytes());
    seeds
}

/// Cuts the picture down to 16 × 16, so that there is more header than pixels to hit.
pub(crate) fn shrink(dataset: &mut Dataset) {
    let number =
        |tag| dataset.shown(tag).and_then(|text| text.trim().parse::<usize>().ok()).unwrap_or(1);
    let bytes = number(tags::BITS_ALLOCATED).div_ceil(8);
    let length = 256 * number(tags::SAMPLES_PER_PIXEL) * number(tags::NUMBER_OF_FRAMES) * bytes;
    let vr = if bytes == 2 { VR::OW } else { VR::OB };
    dataset.u16(tags::ROWS, &[16]).u16(tags::COLUMNS, &[16]);
    dataset.bytes(tags::PIXEL_DATA, vr, vec![7; length]);
}

/// One way to damage a file.
pub(crate) fn mutate(rng: &mut Rng, seed: &[u8]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    // Mostly the header: that is where lengths stand.
    let head = bytes.len().min(3000);
    let mut below = |limit: usize| (rng.bits() % limit.max(1) as u64) as usize;
    let at = if below(4) == 0 { below(bytes.len()) } else { below(head) };
    match below(9) {
        0 => bytes.truncate(at),
        1 => (0..=below(8)).for_each(|_| {
            let at = below(head);
            bytes[at] ^= 1 << below(8);
        }),
        2 => bytes[at..].iter_mut().take(4).for_each(|byte| *byte = 0xFF),
        3 => bytes[at..].iter_mut().take(16).for_each(|byte| *byte = 0),
        4 => {
            let end = (at + below(64)).min(bytes.len());
            bytes.drain(at..end);
        }
        5 => {
            let end = (at + below(512)).min(bytes.len());
            let copy = bytes[at..end].to_vec();
            bytes.splice(at..at, copy);
        }
        6 => bytes.extend((0..below(600)).map(|number| number as u8)),
        7 => {
            // A VR is exchanged.
            let vrs = [b"SQ", b"UN", b"OB", b"UL", b"PN", b"UT"];
            let vr = vrs[below(vrs.len())];
            if let Some(place) = bytes[at..].windows(2).position(|two| two == b"LO") {
                bytes[at + place..at + place + 2].copy_from_slice(vr);
            }
        }
        _ => {
            let from = below(bytes.len());
            let chunk: Vec<u8> = bytes[from..].iter().take(32).copied().collect();
            bytes.iter_mut().skip(at).zip(chunk).for_each(|(byte, new)| *byte = new);
        }
    }
    bytes
}

/// Writes mutants of every seed.
fn mutants(folder: &Path, count: usize, lane: &str) {
    let mut rng = Rng::lane(20_261_122, lane);
    let seeds = seeds();
    for number in 0..count {
        let bytes = mutate(&mut rng, &seeds[number % seeds.len()]);
        fs::write(folder.join(format!("m{number:04}")), bytes).unwrap();
    }
}

pub(crate) fn folder_run(name: &str, input: &Path, more: &[&str], limit: Duration) {
    let place = tempfile::tempdir().unwrap();
    let ran = Deid::new(input, place.path()).with(more).run_within(limit);
    assert_sane(name, input, &ran);
    // A run of this length is seen, where anything is.
    let is_measured = ran.peak_kib > 0 || !Path::new("/proc/self/status").exists();
    assert!(is_measured, "{name}: nobody looked at the memory");
    let mut counts = std::collections::BTreeMap::new();
    for ended in ran.outcomes().values() {
        *counts.entry(ended.outcome.clone()).or_insert(0) += 1;
    }
    println!("{name}: {counts:?}, {:?}, {} KiB", ran.wall, ran.peak_kib);
}

#[test]
fn mutants_end_with_one_outcome_each() {
    let input = tempfile::tempdir().unwrap();
    mutants(input.path(), scaled(280, 2_800), "plain");
    folder_run("mutants", input.path(), &["--no-detect"], Duration::from_secs(600));
}

#[test]
fn mutants_are_looked_at_and_masked_without_harm() {
    if TextDetector::embedded().is_err() {
        println!("skipped: no text detector in this build");
        return;
    }
    let input = tempfile::tempdir().unwrap();
    mutants(input.path(), 42, "seen");
    folder_run(
        "mutants looked at",
        input.path(),
        &["--suspected", "mask"],
        Duration::from_secs(600),
    );
}

#[test]
fn broken_files_of_the_corpus_end_with_one_outcome_each() {
    for part in ["corpus/malformed", "corpus/dev/malformed_public"] {
        let Some(input) = shared(part) else { continue };
        folder_run(part, &input, &["--no-detect"], Duration::from_secs(600));
    }
}
