//! A name hidden in pixels in the ways that are hard to see: it is masked, or its file is held.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use dicom_dictionary_std::tags;
use veridact::detect::TextDetector;
use veridact::jobs::worker::{Lane, WorkerOptions, WorkerPool};
use veridact::model::{Coverage, Picture, Region, Tag, VR};

use crate::common::run::Deid;
use crate::detect::write_in;
use crate::pixels::fixture::Image;

const NAME: &str = "ADELINE MARTIN";
const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
const ULTRASOUND: &str = "1.2.840.10008.5.1.4.1.1.3.1";
const SIZE: (u32, u32) = (320, 256);

/// A frame of something that moves: soft discs, a gradient and grain. The same `time`, the same frame.
fn scene((width, height): (u32, u32), time: u32) -> Picture {
    let mut state = time.wrapping_mul(2_654_435_761).wrapping_add(99);
    let swing = f64::from(time) * 0.11;
    let discs = [
        (0.35 + 0.05 * swing.sin(), 0.45, 0.22, 70.0),
        (0.62, 0.55 + 0.06 * (swing * 0.7).cos(), 0.17, 45.0),
        (0.5, 0.8, 0.3, -30.0),
    ];
    let mut samples = Vec::with_capacity((width * height) as usize);
    for y in 0..height {
        for x in 0..width {
            let (u, v) = (f64::from(x) / f64::from(width), f64::from(y) / f64::from(height));
            let mut grey = 50.0 + 30.0 * u;
            for (left, top, radius, depth) in discs {
                let away = ((u - left).powi(2) + (v - top).powi(2)).sqrt() / radius;
                grey += depth / (1.0 + (12.0 * (away - 1.0)).exp());
            }
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            samples.push((grey + f64::from(state >> 28)).clamp(0.0, 255.0) as u8);
        }
    }
    Picture { width, height, channels: 1, samples }
}

/// An image of Adeline Martin.
fn image((class, modality): (&str, &str), number: u32, pictures: &[Picture]) -> Image {
    let mut image = Image::new("MONOCHROME2", 1, 8);
    image.size = (pictures[0].height as u16, pictures[0].width as u16);
    image.frames = pictures.len() as u32;
    image.cells = pictures.iter().flat_map(|it| &it.samples).map(|grey| (*grey).into()).collect();
    let mut put = |tag: Tag, vr, text: &str| image.extra.push((tag, vr, text.into()));
    put(tags::SOP_CLASS_UID, VR::UI, class);
    put(tags::SOP_INSTANCE_UID, VR::UI, &format!("2.25.77{number}"));
    put(tags::STUDY_INSTANCE_UID, VR::UI, "2.25.7001");
    put(tags::SERIES_INSTANCE_UID, VR::UI, &format!("2.25.70{number}"));
    put(tags::MODALITY, VR::CS, modality);
    put(tags::IMAGE_TYPE, VR::CS, "ORIGINAL\\PRIMARY");
    put(tags::PATIENT_NAME, VR::PN, "Martin^Adeline");
    put(tags::PATIENT_ID, VR::LO, "AM-24711");
    put(tags::PATIENT_BIRTH_DATE, VR::DA, "19740210");
    put(tags::STUDY_DATE, VR::DA, "20190311");
    image
}

/// What was planted: the frames that show it, and where.
struct Planted {
    frames: std::ops::Range<u32>,
    ink: Region,
}

fn brighter(grey: u8) -> u8 {
    grey.saturating_add(28)
}

fn one_frame_of_500() -> (Image, Planted) {
    let mut pictures: Vec<Picture> = (0..500).map(|time| scene(SIZE, time)).collect();
    let ink = write_in(&mut pictures[313], NAME, (40, 30), (2, brighter));
    (image((CT, "CT"), 1, &pictures), Planted { frames: 313..314, ink })
}

fn dark_on_light() -> (Image, Planted) {
    let mut picture = scene((480, 420), 3);
    picture.samples.iter_mut().for_each(|grey| *grey = 255 - *grey / 4);
    let ink = write_in(&mut picture, NAME, (60, 200), (2, |grey| grey - 60));
    (image((CT, "CT"), 2, &[picture]), Planted { frames: 0..1, ink })
}

/// Text alone, as 0 and 1.
fn stencil((width, height): (u32, u32), at: (u32, u32)) -> (Vec<u8>, Region) {
    let mut picture =
        Picture { width, height, channels: 1, samples: vec![0; (width * height) as usize] };
    let ink = write_in(&mut picture, NAME, at, (2, |_| 1));
    (picture.samples, ink)
}

fn in_an_overlay() -> (Image, Planted) {
    let (bits, ink) = stencil((480, 424), (60, 90));
    let mut image = image((CT, "CT"), 3, &[scene((480, 424), 4)]);
    let mut put = |element, vr, value: &[u8]| {
        image.extra.push((Tag(0x6000, element), vr, value.to_vec()));
    };
    put(0x0010, VR::US, &424_u16.to_le_bytes());
    put(0x0011, VR::US, &480_u16.to_le_bytes());
    put(0x0040, VR::CS, b"G");
    put(0x0050, VR::SS, &[1, 0, 1, 0]);
    put(0x0100, VR::US, &1_u16.to_le_bytes());
    put(0x0102, VR::US, &0_u16.to_le_bytes());
    let packed = bits
        .chunks(8)
        .map(|eight| eight.iter().enumerate().fold(0, |byte, (at, bit)| byte | bit << at));
    put(0x3000, VR::OW, &packed.collect::<Vec<u8>>());
    (image, Planted { frames: 0..1, ink })
}

fn in_unused_bits() -> (Image, Planted) {
    let (bits, ink) = stencil((480, 420), (60, 300));
    let mut image = image((CT, "CT"), 4, &[scene((480, 420), 5)]);
    (image.allocated, image.stored, image.high, image.vr) = (16, 12, 11, VR::OW);
    for (cell, bit) in image.cells.iter_mut().zip(bits) {
        *cell = (*cell * 16) | (u64::from(bit) << 13);
    }
    (image, Planted { frames: 0..1, ink })
}

/// Two ramps of the same greys: the text has the indices of the other one.
fn in_a_palette() -> (Image, Planted) {
    let (bits, ink) = stencil((480, 420), (60, 340));
    let mut image = image((ULTRASOUND, "US"), 5, &[scene((480, 420), 6)]);
    image.photometric = "PALETTE COLOR";
    for (cell, bit) in image.cells.iter_mut().zip(bits) {
        *cell = *cell / 2 + u64::from(bit) * 128;
    }
    let grey = |index: u16| (index % 128) * 514;
    let table: Vec<u8> = (0..256).flat_map(|index| grey(index).to_le_bytes()).collect();
    let descriptor: Vec<u8> = [256_u16, 0, 16].into_iter().flat_map(u16::to_le_bytes).collect();
    for colour in 0..3 {
        image.extra.push((Tag(0x0028, 0x1101 + colour), VR::US, descriptor.clone()));
        image.extra.push((Tag(0x0028, 0x1201 + colour), VR::OW, table.clone()));
    }
    (image, Planted { frames: 0..1, ink })
}

fn in_four_frames_of_a_film() -> (Image, Planted) {
    let mut pictures: Vec<Picture> = (0..100).map(|time| scene(SIZE, time)).collect();
    let shown = pictures[40..44].iter_mut();
    let ink = shown.map(|it| write_in(it, NAME, (30, 200), (2, |_| 200))).last().unwrap();
    (image((ULTRASOUND, "US"), 6, &pictures), Planted { frames: 40..44, ink })
}

/// A planted file by its name.
type Case = (&'static str, fn() -> (Image, Planted));

const CASES: [Case; 6] = [
    ("one frame of 500", one_frame_of_500),
    ("dark on light", dark_on_light),
    ("overlay", in_an_overlay),
    ("unused bits", in_unused_bits),
    ("palette", in_a_palette),
    ("film", in_four_frames_of_a_film),
];

fn pool() -> WorkerPool {
    let deadline = Duration::from_secs(60);
    WorkerPool::new(WorkerOptions {
        deadline,
        ..WorkerOptions::new(env!("CARGO_BIN_EXE_veridact"))
    })
}

fn frame_of(pool: &WorkerPool, file: &Path, frame: u32, region: Region) -> Vec<Vec<u8>> {
    let samples = pool.samples(Lane::Batch, file, frame).unwrap();
    let wide = (samples.bytes_per_sample * samples.samples_per_pixel) as usize;
    let row = |y: u32| {
        let from = (y * samples.columns + region.x0) as usize * wide;
        samples.bytes[from..from + region.width() as usize * wide].to_vec()
    };
    (region.y0..region.y1).map(row).collect()
}

#[test]
fn what_is_hidden_in_pixels_is_masked_or_holds_its_file() {
    if TextDetector::embedded().is_err() {
        return println!("skipped: this build has no weights");
    }
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    fs::create_dir(&input).unwrap();
    let mut planted = BTreeMap::new();
    for (name, make) in CASES {
        let (image, plant) = make();
        fs::write(input.join(format!("{name}.dcm")), image.file()).unwrap();
        planted.insert(name, plant);
    }
    let deid = Deid::new(&input, &place.path().join("run")).with(&[
        "--profile",
        "research",
        "--suspected",
        "mask",
        "-j",
        "2",
    ]);
    let ran = deid.run_within(Duration::from_secs(600));
    let outcomes = ran.outcomes();
    assert_eq!(outcomes.len(), CASES.len(), "{}", ran.err);
    let pool = pool();
    for (name, plant) in planted {
        let file = format!("{name}.dcm");
        let ended = &outcomes[&file];
        println!("{name}: {} {:?}", ended.outcome, ended.why);
        if ended.outcome == "held" {
            continue;
        }
        assert_eq!(ended.outcome, "released", "{name}: {:?}", ended.why);
        let output = deid.output.join(ended.output.as_ref().unwrap());
        if name == "overlay" {
            let bytes = fs::read(&output).unwrap();
            assert!(!bytes.windows(4).any(|four| four == [0, 0x60, 0, 0x30]), "the overlay stays");
            continue;
        }
        for frame in plant.frames {
            let rows = frame_of(&pool, &output, frame, plant.ink);
            let first = rows[0][..rows[0].len() / plant.ink.width() as usize].to_vec();
            let is_flat = |row: &Vec<u8>| row.chunks(first.len()).all(|pixel| pixel == first);
            assert!(rows.iter().all(is_flat), "{name}: frame {frame} still shows it");
        }
    }
}

#[test]
fn a_film_is_searched_where_something_is_new_and_compared_elsewhere() {
    if TextDetector::embedded().is_err() {
        return println!("skipped: this build has no weights");
    }
    let place = tempfile::tempdir().unwrap();
    let (image, plant) = in_four_frames_of_a_film();
    let path = place.path().join("film.dcm");
    fs::write(&path, image.file()).unwrap();
    let cancel = AtomicBool::new(false);
    let found = pool().survey(Lane::Batch, vec![(path.clone(), 100)], &cancel).unwrap();
    assert_eq!(found.len(), 100);
    let searched: Vec<u32> =
        found.iter().filter(|it| it.coverage.is_searched()).map(|it| it.frame).collect();
    println!("searched {searched:?}");
    assert!([0, 50, 99].iter().all(|frame| searched.contains(frame)));
    assert!(searched.len() <= 12, "{searched:?}");
    assert!(found.iter().all(|it| it.coverage.is_searched() || it.coverage == Coverage::Compared));
    let sees = |frame: usize| {
        found[frame].findings.iter().any(|it| it.region.intersection(plant.ink).is_some())
    };
    assert!((40..44).any(sees), "{searched:?}");
    assert!(!sees(0) && !sees(99), "what a searched frame shows is told of that frame only");
}

#[test]
fn frames_with_the_same_samples_are_one() {
    if TextDetector::embedded().is_err() {
        return println!("skipped: this build has no weights");
    }
    let place = tempfile::tempdir().unwrap();
    let mut still = scene(SIZE, 1);
    let ink = write_in(&mut still, NAME, (30, 200), (2, |_| 200));
    let mut pictures = vec![still; 20];
    pictures[7] = scene(SIZE, 2);
    let path = place.path().join("film.dcm");
    fs::write(&path, image((ULTRASOUND, "US"), 1, &pictures).file()).unwrap();
    let cancel = AtomicBool::new(false);
    let found = pool().survey(Lane::Batch, vec![(path, 20)], &cancel).unwrap();
    for (at, frame) in found.iter().enumerate() {
        assert!(frame.coverage.is_searched() && frame.frame == at as u32);
        let sees = frame.findings.iter().any(|it| it.region.intersection(ink).is_some());
        assert_eq!(sees, at != 7, "{at}");
        assert!(at == 7 || frame.findings == found[0].findings);
    }
}

#[test]
fn what_stands_on_some_slices_of_a_stack_is_found_on_these() {
    if TextDetector::embedded().is_err() {
        return println!("skipped: this build has no weights");
    }
    let place = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    let mut ink = Region { x0: 0, y0: 0, x1: 0, y1: 0 };
    for number in 0..30 {
        let mut slice = scene(SIZE, number);
        if (8..19).contains(&number) {
            ink = write_in(&mut slice, NAME, (30, 20), (2, |_| 210));
        }
        let path = place.path().join(format!("{number}.dcm"));
        fs::write(&path, image((CT, "CT"), number, &[slice]).file()).unwrap();
        files.push((path, 1));
    }
    // One file cannot be read, and one is gone.
    fs::write(&files[3].0, b"nothing").unwrap();
    fs::remove_file(&files[25].0).unwrap();
    let found = pool().survey(Lane::Batch, files, &AtomicBool::new(false)).unwrap();
    assert_eq!(found.len(), 30);
    for (at, frame) in found.iter().enumerate() {
        assert_eq!(frame.coverage.is_unseen(), at == 3 || at == 25, "{at}");
        let sees = frame.findings.iter().any(|it| it.region.intersection(ink).is_some());
        assert_eq!(sees, (8..19).contains(&at), "{at}: {:?}", frame.coverage);
    }
    assert!(found.iter().any(|frame| frame.coverage == Coverage::Compared));
}

/// A site profile.
fn profile(place: &Path, lines: &str) -> String {
    let path = place.join("site.toml");
    let head = "format = 1\nname = \"site\"\nextends = \"research\"\n";
    fs::write(&path, format!("{head}{lines}\n")).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn text_in_an_overlay_that_a_profile_keeps_holds_its_file() {
    if TextDetector::embedded().is_err() {
        return println!("skipped: this build has no weights");
    }
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    fs::create_dir(&input).unwrap();
    let (image, _) = in_an_overlay();
    fs::write(input.join("named.dcm"), image.file()).unwrap();
    let mut plain = image;
    for (tag, _, value) in &mut plain.extra {
        match *tag {
            // A disc: no text.
            Tag(0x6000, 0x3000) => value.iter_mut().enumerate().for_each(|(at, byte)| {
                let (x, y) = ((at % 60) as i32 * 8 - 240, (at / 60) as i32 - 212);
                *byte = if x * x + y * y < 9000 { 0xFF } else { 0 };
            }),
            tags::SOP_INSTANCE_UID => *value = b"2.25.7799".to_vec(),
            tags::SERIES_INSTANCE_UID => *value = b"2.25.7098".to_vec(),
            _ => {}
        }
    }
    fs::write(input.join("plain.dcm"), plain.file()).unwrap();
    let site = "rule = [{ tag = \"(60xx,3000)\", action = \"keep\", why = \"shutters\" }]";
    let site = profile(place.path(), site);
    let deid = Deid::new(&input, &place.path().join("run")).with(&["--profile", &site]);
    let ran = deid.run();
    let outcomes = ran.outcomes();
    let [named, plain] = ["named.dcm", "plain.dcm"].map(|file| &outcomes[file]);
    assert_eq!(named.outcome, "held", "{named:?} {}", ran.err);
    assert!(named.why.iter().any(|why| why.contains("overlay")), "{named:?}");
    assert_eq!(plain.outcome, "released", "{plain:?}");
}

#[test]
fn each_policy_masks_what_it_says_and_the_export_does_so() {
    if TextDetector::embedded().is_err() {
        return println!("skipped: this build has no weights");
    }
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    fs::create_dir(&input).unwrap();
    let mut texts = Vec::new();
    for (number, kind, file) in [(1, (CT, "CT"), "ct.dcm"), (2, (ULTRASOUND, "US"), "us.dcm")] {
        let mut picture = scene((480, 420), 8);
        let name = write_in(&mut picture, NAME, (60, 60), (2, |_| 235));
        let level = write_in(&mut picture, "MEDIAN LATERAL", (60, 330), (2, |_| 235));
        fs::write(input.join(file), image(kind, number, &[picture]).file()).unwrap();
        texts = vec![name, level];
    }
    let pool = pool();
    // Of the CT image the name and the other words, then of the ultrasound image.
    for (policy, wanted) in [
        ("by-kind", [true, false, true, true]),
        ("mask-all", [true; 4]),
        ("paranoid", [true; 4]),
        ("mask-matching", [true, false, true, false]),
    ] {
        let folder = place.path().join(policy);
        fs::create_dir(&folder).unwrap();
        let site = profile(&folder, &format!("burned-in-text = \"{policy}\""));
        let deid = Deid::new(&input, &folder.join("run")).with(&["--profile", &site]);
        let ran = deid.run();
        let outcomes = ran.outcomes();
        let mut masked = Vec::new();
        for file in ["ct.dcm", "us.dcm"] {
            let ended = &outcomes[file];
            assert_eq!(ended.outcome, "released", "{policy} {file}: {ended:?}");
            let output = deid.output.join(ended.output.as_ref().unwrap());
            for text in &texts {
                let rows = frame_of(&pool, &output, 0, *text);
                let first = rows[0][0];
                masked.push(rows.iter().flatten().all(|grey| *grey == first));
            }
        }
        assert_eq!(masked, wanted, "{policy}");
    }
}

#[test]
fn detect_lists_every_input_with_what_would_become_of_it() {
    if TextDetector::embedded().is_err() {
        return println!("skipped: this build has no weights");
    }
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name).to_str().unwrap().to_owned();
    let mut picture = scene((480, 420), 8);
    let name = write_in(&mut picture, NAME, (60, 60), (2, |_| 235));
    let other = write_in(&mut picture, "MEDIAN LATERAL", (60, 330), (2, |_| 235));
    fs::write(at("one.dcm"), image((CT, "CT"), 1, &[picture.clone()]).file()).unwrap();
    let grey = image::GrayImage::from_raw(480, 420, picture.samples).unwrap();
    grey.save(at("two.png")).unwrap();
    fs::write(at("three.dcm"), b"no image").unwrap();
    let inputs = [at("one.dcm"), at("two.png"), at("three.dcm"), at("four.png")];
    let list = at("found.json");
    let mut arguments = vec!["detect", "--policy", "by-kind", "--json", &list];
    arguments.extend(inputs.iter().map(String::as_str));
    let ran = crate::common::run::veridact(place.path(), &arguments);
    assert_ne!(ran.code, Some(0), "two cannot be read");
    let all: serde_json::Value = serde_json::from_slice(&fs::read(&list).unwrap()).unwrap();
    let images = all["images"].as_object().unwrap();
    assert_eq!(images.keys().collect::<Vec<_>>(), ["four", "one", "three", "two"]);
    for (name, is_read) in [("one", true), ("two", true), ("three", false), ("four", false)] {
        assert_eq!(images[name]["looked_at"].as_bool(), Some(is_read), "{name}");
        assert_eq!(!images[name]["boxes"].as_array().unwrap().is_empty(), is_read, "{name}");
    }
    let tier = |image: &str, text: Region| {
        let image = &images[image];
        let edge = |corners: &serde_json::Value, at: usize| corners[at].as_u64().unwrap() as u32;
        let region = |it: &serde_json::Value| {
            let [x0, y0, x1, y1] = [0, 1, 2, 3].map(|at| edge(it, at));
            Region { x0, y0, x1, y1 }
        };
        let boxes = image["boxes"].as_array().unwrap();
        let place = boxes.iter().position(|it| region(it).intersection(text).is_some()).unwrap();
        image["tiers"][place].as_str().unwrap().to_owned()
    };
    assert_eq!(
        (tier("one", name).as_str(), tier("one", other).as_str()),
        ("automatic", "suspected")
    );
    assert_eq!(tier("two", other), "automatic", "a picture is of a kind that carries text");
    let tiers = images["one"]["tiers"].as_array().unwrap();
    assert!(tiers.first().is_some_and(|tier| tier == "automatic"));
}
