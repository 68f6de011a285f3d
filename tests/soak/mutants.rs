//! Mutants of every kind of file that we can make or have, through the whole binary.

use std::fs;
use std::path::Path;
use std::time::Duration;

use veridact::demo::{Rng, Sample, instance};

use crate::common::soak::scaled;
use crate::common::{files, shared};
use crate::hostile::{folder_run, mutate};

/// Files beyond this would only fill the disk: what is damaged are headers.
const LARGEST: u64 = 300_000;
/// Mutants of one run.
const AT_ONCE: usize = 400;
/// Real files: whole ones, and damaged ones, damaged once more.
const FOLDERS: [&str; 4] = [
    "corpus/dev/files",
    "corpus/dev/made_with_dcmtk",
    "corpus/dev/malformed_public",
    "corpus/malformed",
];

/// Every kind of demo instance, and every `step`-th small file of the shared corpus.
fn seeds(step: usize) -> Vec<Vec<u8>> {
    let made = Sample::ALL.map(|sample| instance(sample, 1, 20_261_122).bytes());
    // Of a long cine a part is enough to hit.
    let mut seeds: Vec<Vec<u8>> = made.into_iter().collect();
    seeds.retain(|bytes| bytes.len() as u64 <= LARGEST);
    let corpus = FOLDERS.iter().filter_map(|folder| shared(folder)).flat_map(|root| files(&root));
    let small = |path: &std::path::PathBuf| path.metadata().is_ok_and(|is| is.len() <= LARGEST);
    seeds.extend(corpus.filter(small).step_by(step).map(|path| fs::read(path).unwrap()));
    seeds
}

/// Mutants of all seeds in turn, in runs of some hundred.
fn run(name: &str, seeds: &[Vec<u8>], count: usize, more: &[&str]) {
    let mut rng = Rng::lane(20_261_122, name);
    let mut number = 0;
    while number < count {
        let input = tempfile::tempdir().unwrap();
        let end = count.min(number + AT_ONCE);
        for at in number..end {
            let bytes = mutate(&mut rng, &seeds[at % seeds.len()]);
            fs::write(input.path().join(format!("m{at:06}")), bytes).unwrap();
        }
        let name = format!("{name} {number} to {end}");
        keep_on_failure(input.path(), || {
            folder_run(&name, input.path(), more, Duration::from_secs(600));
        });
        number = end;
    }
}

/// Says where the files lie that made a run fail, and lets them lie there.
fn keep_on_failure(input: &Path, run: impl FnOnce()) {
    let kept = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
    if let Err(panic) = kept {
        let place = std::env::temp_dir().join(format!("veridact-mutants-{}", std::process::id()));
        if fs::rename(input, &place).is_ok() {
            println!("the mutants were kept in {}", place.display());
        }
        std::panic::resume_unwind(panic);
    }
}

#[test]
fn mutants_of_every_kind_of_file_end_with_one_outcome_each() {
    let seeds = seeds(scaled(8, 1));
    run("every kind", &seeds, scaled(60, 12_000), &["--no-detect"]);
}

#[test]
fn mutants_of_every_kind_of_file_are_looked_at_without_harm() {
    if veridact::detect::TextDetector::embedded().is_err() {
        println!("skipped: no text detector in this build");
        return;
    }
    let seeds = seeds(scaled(40, 1));
    run("every kind, seen", &seeds, scaled(8, 800), &["--suspected", "mask", "-j", "2"]);
}
