//! The headline figures, on the demo batch: what identifies goes, what must survive survives.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Duration;

use veridact::demo::{FileTruth, Sample, problems};
use veridact::detect::TextDetector;
use veridact::dicom::pixels::{decode_frame, image_shape};
use veridact::dicom::{Limits, Scan, Source, scan};

use crate::common::checker::{self, leaks_in_file, midi_phi, values};
use crate::common::run::{Deid, Ended, demo_files};

/// One of each kind that has text in its pixels or its header, few slices.
const SAMPLES: [(Sample, u16); 16] = [
    (Sample::CtSlice, 1),
    (Sample::CtSlice, 3),
    (Sample::DoseReport, 1),
    (Sample::EnhancedCt, 1),
    (Sample::MrSlice, 1),
    (Sample::ScreenSave, 1),
    (Sample::Chest, 1),
    (Sample::Hand, 1),
    (Sample::BigEndian, 1),
    (Sample::WithoutMeta, 1),
    (Sample::Angiogram, 1),
    (Sample::CineRgb, 1),
    (Sample::CineYbr, 1),
    (Sample::Palette, 1),
    (Sample::Jpeg, 1),
    (Sample::Report, 1),
];

/// Least share of identifying boxes that are painted over, in percent.
const MASKED_FLOOR: usize = 95;

/// The batch, its files that must fail included.
fn batch(input: &Path) -> Vec<FileTruth> {
    let mut truths = demo_files(input, &SAMPLES);
    for (bytes, truth) in problems(20_261_122) {
        let path = input.join(&truth.file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        truths.push(truth);
    }
    truths
}

/// The truth as the checker reads it.
fn for_checker(truths: &[FileTruth]) -> BTreeMap<String, checker::FileTruth> {
    midi_phi(&serde_json::json!({ "files": truths }).to_string())
}

/// The pixels of a region of a frame, each as its bytes.
fn pixels(scanned: &Scan, frame: u32, [x0, y0, x1, y1]: [u32; 4]) -> Vec<Vec<u8>> {
    let shape = image_shape(scanned).unwrap().unwrap();
    let words = decode_frame(scanned, &shape, frame).unwrap().words.to_le_bytes();
    let pixel =
        usize::from(shape.samples_per_pixel) * usize::from(shape.bits_allocated.div_ceil(8));
    let at = |x: u32, y: u32| (y as usize * shape.columns as usize + x as usize) * pixel;
    let places = (y0..y1).flat_map(|y| (x0..x1).map(move |x| at(x, y)));
    places.map(|at| words[at..at + pixel].to_vec()).collect()
}

/// The most frequent pixel, and its share in percent.
fn most(pixels: &[Vec<u8>]) -> (&[u8], usize) {
    let mut counts: BTreeMap<&[u8], usize> = BTreeMap::new();
    pixels.iter().for_each(|pixel| *counts.entry(pixel).or_default() += 1);
    let (pixel, count) = counts.into_iter().max_by_key(|(_, count)| *count).unwrap();
    (pixel, count * 100 / pixels.len())
}

/// Whether a text is gone: its box is of one colour, or what is left of the input there is its
/// plain background between two masks. Text covers a tenth of its box and more.
fn is_painted(before: &Scan, after: &Scan, frame: u32, region: [u32; 4]) -> bool {
    let (was, is) = (pixels(before, frame, region), pixels(after, frame, region));
    let (background, _) = most(&was);
    let ink_left =
        was.iter().zip(&is).filter(|(was, is)| was == is && was.as_slice() != background).count();
    let unchanged = was.iter().zip(&is).filter(|(was, is)| was == is).count();
    most(&is).1 >= 98 || (ink_left * 100 <= is.len() && unchanged * 5 <= is.len())
}

#[derive(Debug, Default)]
struct Score {
    leaks: BTreeSet<checker::Leak>,
    kept: usize,
    lost: Vec<String>,
    masked: usize,
    legible: Vec<String>,
    harmless_masked: usize,
    harmless: usize,
}

impl Score {
    fn file(
        &mut self,
        truth: &FileTruth,
        of: &checker::FileTruth,
        (input, output): (&Path, &Path),
    ) {
        let (path, name) = (output, output.to_string_lossy());
        let bytes = fs::read(path).unwrap();
        self.leaks.extend(leaks_in_file(&name, &bytes, of));
        let found = values(&bytes).unwrap();
        for kept in &truth.kept {
            let value = found.iter().find(|value| value.path == kept.path);
            let text = value.map(|value| match &value.vr {
                b"US" => {
                    let big = truth.syntax == "1.2.840.10008.1.2.2";
                    let one = |two: &[u8]| {
                        let two = [two[0], two[1]];
                        if big { u16::from_be_bytes(two) } else { u16::from_le_bytes(two) }
                    };
                    let all: Vec<String> =
                        value.bytes.chunks_exact(2).map(|two| one(two).to_string()).collect();
                    all.join("\\")
                }
                _ => String::from_utf8_lossy(&value.bytes).trim_matches(['\0', ' ']).to_owned(),
            });
            let numbers = text.as_deref() == Some(kept.value.as_str())
                // Implicit VR: the checker does not know that these are numbers.
                || value.is_some_and(|value| {
                    value.bytes.len() == 2
                        && kept.value.parse::<u16>().is_ok_and(|number| {
                            value.bytes == number.to_le_bytes() || value.bytes == number.to_be_bytes()
                        })
                });
            // Masking stores a JPEG uncompressed, in the colours that its decoder gives.
            let recoloured = kept.path == "(0028,0004)"
                && truth.syntax == "1.2.840.10008.1.2.4.50"
                && text.as_deref() == Some("RGB");
            if numbers || recoloured {
                self.kept += 1;
            } else {
                self.lost.push(format!("{} {}", truth.file, kept.path));
            }
        }
        if truth.boxes.is_empty() {
            return;
        }
        let read = |path| scan(Source::open(path).unwrap(), &Limits::default()).unwrap();
        let (before, scanned) = (&read(input), read(path));
        for text in &truth.boxes {
            for frame in text.frames[0]..=text.frames[1] {
                let painted = is_painted(before, &scanned, frame, text.region);
                match (text.identifies, painted) {
                    (true, true) => self.masked += 1,
                    (true, false) => self.legible.push(format!(
                        "{} frame {frame} {:?} {}",
                        truth.file, text.region, text.text
                    )),
                    (false, painted) => {
                        self.harmless += 1;
                        self.harmless_masked += usize::from(painted);
                    }
                }
            }
        }
    }
}

/// Every file is released but those that are there to fail.
fn assert_ended(truths: &[FileTruth], outcomes: &BTreeMap<String, Ended>) {
    assert_eq!(outcomes.len(), truths.len());
    for truth in truths {
        let ended = &outcomes[&truth.file];
        let released = ended.outcome == "released";
        assert_eq!(released, truth.expected.released, "{}: {ended:?}", truth.file);
        if !released {
            assert!(ended.why.contains(&truth.expected.cause), "{}: {ended:?}", truth.file);
        }
    }
}

fn score(detect: bool) {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    let truths = batch(&input);
    let checked = for_checker(&truths);
    let more: &[&str] = if detect { &["-j", "2"] } else { &["--no-detect"] };
    let deid = Deid::new(&input, &place.path().join("run")).with(more);
    // Looking takes minutes on a busy machine.
    let ran = deid.run_within(Duration::from_secs(1200));
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let outcomes = ran.outcomes();
    for (name, ended) in outcomes.iter().filter(|(_, ended)| ended.outcome != "released") {
        println!("{} {name}: {:?}", ended.outcome, ended.why);
    }
    let mut score = Score::default();
    for truth in &truths {
        if let Some(output) = &outcomes[&truth.file].output {
            let files = (&*input.join(&truth.file), &*deid.output.join(output));
            score.file(truth, &checked[&truth.file], files);
        }
    }
    let boxes = score.masked + score.legible.len();
    println!(
        "demo, detection {detect}: {} leaks, {} of {} values kept, {} of {boxes} identifying boxes masked, {} of {} harmless ones, {:?}, {} KiB",
        score.leaks.len(),
        score.kept,
        score.kept + score.lost.len(),
        score.masked,
        score.harmless_masked,
        score.harmless,
        ran.wall,
        ran.peak_kib
    );
    score.legible.iter().for_each(|legible| println!("not masked: {legible}"));
    score.leaks.iter().for_each(|leak| println!("leak: {leak:?}"));
    assert_ended(&truths, &outcomes);
    assert!(score.leaks.is_empty());
    assert!(score.lost.is_empty(), "lost: {:?}", score.lost);
    assert!(score.kept > 100);
    if detect {
        assert!(score.masked * 100 >= boxes * MASKED_FLOOR, "{} of {boxes}", score.masked);
        assert!(boxes > 10);
    } else {
        // Nobody looked: a picture that is found masked would mean that the measure is blind.
        assert_eq!(score.masked, 0);
    }
}

#[test]
fn headers_are_clean_and_what_must_survive_survives() {
    score(false);
}

#[test]
fn burned_in_text_is_painted_over() {
    if TextDetector::embedded().is_err() {
        println!("skipped: no text detector in this build");
        return;
    }
    score(true);
}
