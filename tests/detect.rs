//! Detection on pictures made here, and, where they are, on the shared pictures with ground truth.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use veridact::detect::{
    Depth, DetectError, TextDetector, TextReader, look, look_without_detector, picture_from_file,
};
use veridact::model::{Coverage, FindingSource, Picture, Region};

/// A 5 × 7 font, one byte a row, the high bit of five on the left.
const GLYPHS: [(char, [u8; 7]); 17] = [
    ('0', [0x0e, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0e]),
    ('1', [0x04, 0x0c, 0x04, 0x04, 0x04, 0x04, 0x0e]),
    ('2', [0x0e, 0x11, 0x01, 0x02, 0x04, 0x08, 0x1f]),
    ('4', [0x02, 0x06, 0x0a, 0x12, 0x1f, 0x02, 0x02]),
    ('7', [0x1f, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08]),
    ('9', [0x0e, 0x11, 0x11, 0x0f, 0x01, 0x02, 0x0c]),
    ('A', [0x0e, 0x11, 0x11, 0x1f, 0x11, 0x11, 0x11]),
    ('D', [0x1c, 0x12, 0x11, 0x11, 0x11, 0x12, 0x1c]),
    ('E', [0x1f, 0x10, 0x10, 0x1e, 0x10, 0x10, 0x1f]),
    ('I', [0x0e, 0x04, 0x04, 0x04, 0x04, 0x04, 0x0e]),
    ('L', [0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x1f]),
    ('M', [0x11, 0x1b, 0x15, 0x15, 0x11, 0x11, 0x11]),
    ('N', [0x11, 0x11, 0x19, 0x15, 0x13, 0x11, 0x11]),
    ('O', [0x0e, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0e]),
    ('R', [0x1e, 0x11, 0x11, 0x1e, 0x14, 0x12, 0x11]),
    ('T', [0x1f, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04]),
    ('V', [0x11, 0x11, 0x11, 0x11, 0x11, 0x0a, 0x04]),
];

/// A dark grey picture with a little fixed noise.
pub(crate) fn noise(width: u32, height: u32) -> Picture {
    let mut state = 1u32;
    let samples = (0..width * height)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            30 + (state >> 28) as u8
        })
        .collect();
    Picture { width, height, channels: 1, samples }
}

/// Writes white text and says where its ink is.
pub(crate) fn write(picture: &mut Picture, text: &str, at: (u32, u32), size: u32) -> Region {
    write_in(picture, text, at, (size, |_| 235))
}

/// Writes text, each pixel of it made from what was there, and says where its ink is.
pub(crate) fn write_in(
    picture: &mut Picture,
    text: &str,
    at: (u32, u32),
    (size, ink): (u32, fn(u8) -> u8),
) -> Region {
    let mut pen = at.0;
    for letter in text.chars() {
        let rows = GLYPHS.iter().find(|(known, _)| *known == letter).map(|(_, rows)| rows);
        for (y, row) in (0..).zip(rows.into_iter().flatten()) {
            for x in (0..5).filter(|x| row >> (4 - x) & 1 == 1) {
                let spot = (pen + x * size, at.1 + y * size);
                fill(
                    picture,
                    Region { x0: spot.0, y0: spot.1, x1: spot.0 + size, y1: spot.1 + size },
                    ink,
                );
            }
        }
        pen += 6 * size;
    }
    Region { x0: at.0, y0: at.1, x1: pen - size, y1: at.1 + 7 * size }
}

fn fill(picture: &mut Picture, region: Region, ink: fn(u8) -> u8) {
    for y in region.y0..region.y1 {
        for x in region.x0..region.x1 {
            let pixel = &mut picture.samples[(y * picture.width + x) as usize];
            *pixel = ink(*pixel);
        }
    }
}

/// The same picture turned by a quarter to the right, and as RGB.
fn turned(picture: &Picture) -> Picture {
    let (width, height) = (picture.height, picture.width);
    let at =
        |x: u32, y: u32| picture.samples[((picture.height - 1 - x) * picture.width + y) as usize];
    let samples = (0..height).flat_map(|y| (0..width).flat_map(move |x| [at(x, y); 3])).collect();
    Picture { width, height, channels: 3, samples }
}

/// Share of the area of `wanted` that the regions cover.
fn covered(wanted: Region, regions: &[Region]) -> f64 {
    let inside = |x, y| regions.iter().any(|region| region.contains(x, y));
    let pixels = (wanted.y0..wanted.y1).flat_map(|y| (wanted.x0..wanted.x1).map(move |x| (x, y)));
    pixels.filter(|(x, y)| inside(*x, *y)).count() as f64 / wanted.area() as f64
}

/// The detector, or none where this build has no weights (then that is what it must say).
fn detector() -> Option<TextDetector> {
    match TextDetector::embedded() {
        Ok(detector) => Some(detector),
        Err(error) => {
            assert!(matches!(error, veridact::detect::DetectError::NoWeights), "{error}");
            println!("skipped: this build has no weights");
            None
        }
    }
}

#[test]
fn text_is_found_where_it_was_written_in_reading_order() {
    let Some(detector) = detector() else { return };
    let mut picture = noise(512, 480);
    let wanted = [
        write(&mut picture, "ADELINE MARTIN", (24, 30), 2),
        write(&mut picture, "1974 02 10", (300, 200), 2),
        write(&mut picture, "LEVEL 40", (40, 420), 3),
    ];
    let found = look((std::slice::from_ref(&picture), Depth::Thorough), 5, &detector, None);
    assert_eq!((found.frame, &found.coverage), (5, &Coverage::Found(found.findings.len())));
    let regions: Vec<Region> = found.findings.iter().map(|finding| finding.region).collect();
    for ink in wanted {
        assert!(covered(ink, &regions) > 0.95, "{ink:?} is not covered by {regions:?}");
    }
    assert!(regions.is_sorted_by_key(|region| (region.y0, region.x0)));
    let boxed: u64 = regions.iter().map(|region| region.area()).sum();
    let ink: u64 = wanted.iter().map(|region| region.area()).sum();
    assert!(boxed < 4 * ink, "the boxes are far larger than the text: {regions:?}");
    assert_eq!(
        look((std::slice::from_ref(&picture), Depth::Thorough), 5, &detector, None),
        found,
        "a second look must say the same"
    );
}

#[test]
fn a_picture_without_text_has_none() {
    let Some(detector) = detector() else { return };
    for picture in [noise(512, 512), noise(320, 240), noise(33, 900)] {
        assert_eq!(
            look((std::slice::from_ref(&picture), Depth::Thorough), 0, &detector, None).coverage,
            Coverage::NothingFound
        );
    }
}

#[test]
fn small_turned_colour_and_large_pictures_are_looked_at() {
    let Some(detector) = detector() else { return };
    let mut small = noise(256, 200);
    let ink = write(&mut small, "MARTIN 1974", (20, 90), 1);
    let found = detector.find(&small, Depth::Thorough).unwrap();
    assert!(found.scale > 1.9);
    assert!(
        covered(ink, &found.regions.iter().map(|found| found.region).collect::<Vec<_>>()) > 0.9
    );

    let mut flat = noise(480, 420);
    let ink = write(&mut flat, "ADELINE MARTIN", (60, 40), 2);
    let quarter = turned(&flat);
    let ink = Region { x0: 420 - ink.y1, y0: ink.x0, x1: 420 - ink.y0, y1: ink.x1 };
    let found = detector.find(&quarter, Depth::Thorough).unwrap();
    assert!(
        covered(ink, &found.regions.iter().map(|found| found.region).collect::<Vec<_>>()) > 0.9
    );

    let mut large = noise(2600, 2000);
    let ink = write(&mut large, "ADELINE MARTIN", (2100, 1900), 4);
    let found = detector.find(&large, Depth::Thorough).unwrap();
    assert!(found.scale < 0.8);
    assert!(
        covered(ink, &found.regions.iter().map(|found| found.region).collect::<Vec<_>>()) > 0.9
    );
}

#[test]
fn what_cannot_be_looked_at_is_not_nothing_found() {
    let Some(detector) = detector() else { return };
    let contradicts = Picture { width: 512, height: 512, channels: 3, samples: vec![0; 512 * 512] };
    let empty = Picture { width: 0, height: 0, channels: 1, samples: Vec::new() };
    let endless =
        Picture { width: 1, height: 40_000_000, channels: 1, samples: vec![0; 40_000_000] };
    for picture in [contradicts, empty, endless] {
        let found = look((std::slice::from_ref(&picture), Depth::Thorough), 0, &detector, None);
        assert!(matches!(found.coverage, Coverage::NotLookedAt(_)), "{:?}", found.coverage);
        assert!(found.findings.is_empty());
    }
}

#[test]
fn what_was_found_is_read_upright_and_turned() {
    let Some(detector) = detector() else { return };
    let Ok(mut reader) = TextReader::open(None) else {
        println!("skipped: Tesseract's English model is not installed");
        return;
    };
    let mut picture = noise(512, 400);
    write(&mut picture, "ADELINE MARTIN 1974", (30, 60), 3);
    for picture in [picture.clone(), turned(&picture)] {
        let found = look(
            (std::slice::from_ref(&picture), Depth::Thorough),
            0,
            &detector,
            Some(&mut reader),
        );
        let text: Vec<&str> = found.findings.iter().map(|f| f.text.expose().as_str()).collect();
        let text = text.join(" ");
        assert!(text.contains("MARTIN"), "read {text:?}");
        assert!(found.findings.iter().any(|finding| finding.read_confidence > 50));
        assert_eq!(
            look(
                (std::slice::from_ref(&picture), Depth::Thorough),
                0,
                &detector,
                Some(&mut reader)
            ),
            found
        );
    }
}

#[test]
fn what_one_rendering_blots_is_read_in_another() {
    let Some(detector) = detector() else { return };
    let Ok(mut reader) = TextReader::open(None) else { return };
    let mut plain = noise(512, 256);
    let place = write(&mut plain, "ADELINE MARTIN", (30, 60), 3);
    let mut blotted = plain.clone();
    fill(&mut blotted, Region { y0: place.y0 + 9, ..place }, |_| 235);
    let mut read = |pictures: &[Picture]| {
        let found = look((pictures, Depth::Thorough), 0, &detector, Some(&mut reader));
        let texts = found.findings.iter().map(|finding| finding.text.expose().clone());
        texts.collect::<Vec<String>>().join(" ")
    };
    let alone = read(std::slice::from_ref(&blotted));
    assert!(!alone.contains("MARTIN"), "read {alone:?}");
    let both = read(&[blotted, plain]);
    assert!(both.contains("MARTIN"), "read {both:?}");
}

#[test]
fn without_a_detector_shapes_are_read_and_nobody_has_looked() {
    let Ok(mut reader) = TextReader::open(None) else { return };
    let mut picture = noise(512, 256);
    let place = write(&mut picture, "ADELINE MARTIN", (30, 60), 3);
    let why = DetectError::NoWeights;
    let found = look_without_detector(&[picture], 3, &why, Some(&mut reader));
    assert_eq!(found.coverage, Coverage::NotLookedAt(why.to_string()));
    assert_eq!(found.frame, 3);
    let read = found.findings.iter().find(|it| it.text.expose().contains("MARTI"));
    let texts: Vec<_> = found.findings.iter().map(|it| (it.region, it.text.expose())).collect();
    let Some(read) = read else { panic!("{place:?}: {texts:?}") };
    // What is read badly is told as the shape that it is.
    assert!(matches!(read.source, FindingSource::Tesseract | FindingSource::Shape));
    assert!(covered(place, &[read.region]) > 0.4, "{:?} of {place:?}", read.region);
    let blank = look_without_detector(&[noise(256, 256)], 0, &why, Some(&mut reader));
    assert!(blank.coverage.is_unseen() && blank.findings.is_empty());
}

#[test]
fn an_unreadable_region_stands_with_empty_text() {
    let Ok(mut reader) = TextReader::open(None) else { return };
    let blank = Picture { width: 90, height: 40, channels: 1, samples: vec![0; 3600] };
    for region in [Region { x0: 0, y0: 0, x1: 90, y1: 40 }, Region { x0: 95, y0: 0, x1: 99, y1: 4 }]
    {
        let reading = reader.read(&blank, region).unwrap();
        assert_eq!((reading.text.expose().as_str(), reading.confidence), ("", 0));
    }
}

fn shared_text() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let folder = std::env::var_os("VERIDACT_SHARED").map_or(beside, PathBuf::from).join("text");
    if !folder.join("gt.json").is_file() {
        println!("skipped: no shared data");
        return None;
    }
    Some(folder)
}

/// Every word of clear contrast on a handful of shared pictures is at least touched, and most are
/// covered; the whole set is scored by `every_shared_picture` with `eval.py`.
#[test]
fn words_of_shared_pictures_are_found() {
    let (Some(folder), Some(detector)) = (shared_text(), detector()) else { return };
    let truth: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.join("gt.json")).unwrap()).unwrap();
    let (mut words, mut hit) = (0, 0);
    for (id, image) in truth["images"].as_object().unwrap().iter().step_by(16) {
        let bytes = fs::read(folder.join(format!("img/{id}.png"))).unwrap();
        let found = detector.find(&picture_from_file(&bytes).unwrap(), Depth::Thorough).unwrap();
        let regions: Vec<Region> = found.regions.iter().map(|found| found.region).collect();
        for word in image["words"].as_array().unwrap() {
            if word["ignore"] == true || word["contrast"].as_f64().unwrap() < 60.0 {
                continue;
            }
            let edge = |at: usize| word["box"][at].as_u64().unwrap() as u32;
            let ink = Region { x0: edge(0), y0: edge(1), x1: edge(2), y1: edge(3) };
            words += 1;
            hit += usize::from(covered(ink, &regions) > 0.9);
        }
    }
    assert!(words > 40, "only {words} words: the sample shows nothing");
    assert!(hit * 100 >= words * 88, "only {hit} of {words} words are covered");
}

/// Writes the boxes of every shared picture where `VERIDACT_PREDICTIONS` says, for `eval.py`.
#[test]
#[ignore = "a minute of work; run by hand with VERIDACT_PREDICTIONS=FILE"]
fn every_shared_picture() {
    let (Some(folder), Some(detector)) = (shared_text(), detector()) else { return };
    let Some(out) = std::env::var_os("VERIDACT_PREDICTIONS") else { return };
    let mut reader = std::env::var_os("VERIDACT_READ").and_then(|_| TextReader::open(None).ok());
    let mut names: Vec<PathBuf> =
        fs::read_dir(folder.join("img")).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    let mut json = String::from("{\"images\": {");
    for (index, path) in names.iter().enumerate() {
        let picture = picture_from_file(&fs::read(path).unwrap()).unwrap();
        let before = cpu_seconds();
        let found =
            look((std::slice::from_ref(&picture), Depth::Thorough), 0, &detector, reader.as_mut());
        let seconds = cpu_seconds() - before;
        let boxes: Vec<[u32; 4]> = found
            .findings
            .iter()
            .map(|finding| finding.region)
            .map(|region| [region.x0, region.y0, region.x1, region.y1])
            .collect();
        let texts: Vec<(&str, u8)> = found
            .findings
            .iter()
            .map(|finding| (finding.text.expose().as_str(), finding.read_confidence))
            .collect();
        let (id, comma) =
            (path.file_stem().unwrap().to_str().unwrap(), if index > 0 { "," } else { "" });
        let texts = serde_json::to_string(&texts).unwrap();
        write!(
            json,
            "{comma}\"{id}\": {{\"boxes\": {boxes:?}, \"texts\": {texts}, \"cpu_s\": {seconds}}}"
        )
        .unwrap();
    }
    json.push_str("}}");
    fs::write(out, json).unwrap();
}

/// User and system time of this process (Linux counts it in hundredths).
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let after_name = stat.rsplit_once(')').unwrap().1;
    let ticks: Vec<f64> = after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|field| field.parse().unwrap())
        .collect();
    (ticks[0] + ticks[1]) / 100.0
}
