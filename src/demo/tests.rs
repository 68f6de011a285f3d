//! Tests of the batch as a whole.

use std::collections::BTreeSet;

use crate::demo::{DemoError, DemoOptions, Instance, Sample, Syntax, instance, write};

const SEED: u64 = 3;

/// One instance of each kind.
fn samples() -> Vec<Instance> {
    Sample::ALL.into_iter().map(|sample| instance(sample, 1, SEED)).collect()
}

#[test]
fn what_the_truth_claims_stands_in_the_bytes() {
    for made in samples() {
        let bytes = made.bytes();
        let truth = made.truth();
        assert!(truth.phi.len() > 20, "{} has few planted strings", made.file);
        for phi in truth.phi.iter().filter(|phi| phi.path.starts_with('(')) {
            let wanted = made.charset.encode(&phi.text);
            let found = bytes.windows(wanted.len()).any(|window| window == wanted);
            assert!(found, "{:?} at {} is not in {}", phi.kind, phi.path, made.file);
        }
        for phi in truth.phi.iter().filter(|phi| phi.path == "FILE") {
            assert!(made.file.contains(&phi.text), "{} is not in its own path", made.file);
        }
        assert!(truth.kept.len() >= 4, "{} keeps little", made.file);
    }
}

#[test]
fn sizes_are_those_that_the_attributes_claim() {
    use dicom_dictionary_std::tags;
    for made in samples().iter().filter(|made| made.syntax != Syntax::JpegBaseline) {
        let number = |tag| made.dataset.shown(tag).map_or(1, |text| text.parse::<usize>().unwrap());
        let Some((.., pixels)) = made.dataset.elements().find(|(tag, ..)| *tag == tags::PIXEL_DATA)
        else {
            continue;
        };
        let crate::demo::Value::Bytes(pixels) = pixels else { panic!("pixels are not bytes") };
        let expected = number(tags::ROWS)
            * number(tags::COLUMNS)
            * number(tags::SAMPLES_PER_PIXEL)
            * number(tags::NUMBER_OF_FRAMES)
            * number(tags::BITS_ALLOCATED)
            / 8;
        assert_eq!(pixels.len(), expected, "{}", made.file);
    }
}

#[test]
fn boxes_lie_in_the_picture_and_hold_more_than_one_grey() {
    use dicom_dictionary_std::tags;
    let made = instance(Sample::Chest, 1, SEED);
    let (.., pixels) = made.dataset.elements().find(|(tag, ..)| *tag == tags::PIXEL_DATA).unwrap();
    let crate::demo::Value::Bytes(pixels) = pixels else { panic!("pixels are not bytes") };
    assert_eq!(made.burned.len(), 3);
    for text in &made.burned {
        let region = text.region;
        assert!(region.x1 <= 1024 && region.y1 <= 1024 && region.area() > 100, "{region:?}");
        let bright = (region.y0..region.y1)
            .flat_map(|y| (region.x0..region.x1).map(move |x| (y * 1024 + x) as usize))
            .filter(|at| u16::from_le_bytes([pixels[at * 2], pixels[at * 2 + 1]]) > 3900)
            .count();
        assert!(bright > 50, "{bright} bright pixels in {region:?}");
    }
    assert_eq!(made.burned.iter().filter(|text| text.identifies).count(), 2);
}

#[test]
fn a_report_refers_to_slices_of_the_series() {
    let report = instance(Sample::Report, 1, SEED).truth();
    let slice = instance(Sample::CtSlice, 7, SEED).truth();
    assert!(report.phi.iter().any(|phi| phi.text == slice.uid));
    let other = instance(Sample::CtSlice, 7, SEED + 1).truth();
    assert_ne!(slice.uid, other.uid);
}

#[test]
fn the_batch_is_the_same_twice_and_never_overwrites() {
    let place = tempfile::tempdir().unwrap();
    let (one, two) = (place.path().join("one"), place.path().join("two"));
    let options =
        DemoOptions { truth: Some(place.path().join("truth.json")), ..Default::default() };
    let report = write(&one, &options).unwrap();
    assert!((55..=80).contains(&report.files), "{} files", report.files);
    assert!(report.bytes < 30_000_000, "{} bytes", report.bytes);
    write(&two, &DemoOptions { truth: None, ..options.clone() }).unwrap();
    let names: BTreeSet<&str> = report.truth.files.iter().map(|file| file.file.as_str()).collect();
    assert_eq!(names.len(), report.files);
    for name in names {
        let same = std::fs::read(one.join(name)).unwrap() == std::fs::read(two.join(name)).unwrap();
        assert!(same, "{name} differs");
    }
    assert!(matches!(write(&one, &options), Err(DemoError::NotEmpty(_))));
    let within = DemoOptions { truth: Some(place.path().join("three/truth.json")), ..options };
    let refused = write(&place.path().join("three"), &within);
    assert!(matches!(refused, Err(DemoError::TruthInside(_))));
}

#[test]
fn what_must_fail_says_how() {
    let problems = crate::demo::problems(SEED);
    for (bytes, truth) in &problems {
        assert!(!bytes.is_empty() && !truth.expected.released);
        assert!(crate::model::Cause::from_slug(&truth.expected.cause).is_some());
    }
    let causes: BTreeSet<&str> =
        problems.iter().map(|(_, truth)| truth.expected.cause.as_str()).collect();
    assert_eq!(causes.len(), 4);
}
