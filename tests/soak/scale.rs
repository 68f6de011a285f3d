//! Many instances: time grows with their number and no faster, memory hardly at all.

use std::fs;
use std::path::Path;
use std::time::Duration;

use dicom_dictionary_std::tags;
use veridact::demo::{Sample, instance};

use crate::common::run::{Deid, Ran};
use crate::common::soak::scaled;
use crate::hostile::shrink;

/// Instances of a series, and of a patient.
const SERIES: usize = 100;
const PATIENT: usize = 500;

/// Most that one more instance may take in the parent, in bytes.
const EACH: u64 = 24 << 10;

fn write(folder: &Path, count: usize) {
    let mut made = instance(Sample::CtSlice, 1, 20_261_122);
    shrink(&mut made.dataset);
    for number in 0..count {
        made.dataset
            .text(tags::PATIENT_ID, &format!("MADE{:06}", number / PATIENT))
            .text(tags::STUDY_INSTANCE_UID, &format!("2.25.77{:06}", number / PATIENT))
            .text(tags::SERIES_INSTANCE_UID, &format!("2.25.78{:06}", number / SERIES))
            .text(tags::SOP_INSTANCE_UID, &format!("2.25.79{number:09}"));
        let series = folder.join((number / SERIES).to_string());
        fs::create_dir_all(&series).unwrap();
        fs::write(series.join(number.to_string()), made.bytes()).unwrap();
    }
}

fn run(count: usize) -> Ran {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    write(&input, count);
    let deid = Deid::new(&input, &place.path().join("run")).with(&["--no-detect", "-j", "2"]);
    let ran = deid.run_within(Duration::from_secs(3600));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let released = ran.outcomes().values().filter(|ended| ended.outcome == "released").count();
    assert_eq!(released, count);
    let folders = fs::read_dir(&deid.output).unwrap().count();
    assert!(folders >= count.div_ceil(PATIENT), "{folders}");
    println!("{count} instances: {:?} of CPU, {:?}, {} KiB", ran.cpu, ran.wall, ran.peak_kib);
    ran
}

#[test]
fn time_grows_with_the_number_of_instances_and_memory_hardly() {
    let few = scaled(100, 2_500);
    let many = 4 * few;
    let (small, large) = (run(few), run(many));
    if large.peak_kib == 0 {
        println!("skipped: no /proc to measure by");
        return;
    }
    let most = small.peak_kib + (((many - few) as u64 * EACH) >> 10) + (16 << 10);
    assert!(large.peak_kib <= most, "{} KiB, not {most}", large.peak_kib);
    // A quadratic step would make it sixteen times as long.
    let most = small.cpu * 6 + Duration::from_secs(2);
    assert!(large.cpu <= most, "{:?} for four times what took {:?}", large.cpu, small.cpu);
}
