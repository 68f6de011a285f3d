//! The export over real and made-up identified files, where there are any: every file one outcome.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use veridact::engine::identifiers::Identifiers;
use veridact::engine::key::ProjectKey;
use veridact::engine::plan::Planner;
use veridact::export::{
    Decided, Destination, Exported, Exporter, MaskedFile, PixelService, Release, VerifyContext,
};
use veridact::index::{Batch, Instance};
use veridact::model::{AttributePath, Cause, Finding, Outcome, Override, Region};
use veridact::profile::Profile;
use veridact::verify::Samples;

use crate::common::shared;

/// Everything may go, nothing is masked.
struct AllGo;

impl Decided for AllGo {
    fn release(&self, _: &Instance) -> Release {
        Release::Go
    }
    fn regions(&self, _: &Instance, _: u32) -> Vec<Region> {
        Vec::new()
    }
    fn kept_regions(&self, _: &Instance, _: u32) -> Vec<Region> {
        Vec::new()
    }
    fn faint_regions(&self, _: &Instance, _: u32) -> Vec<Region> {
        Vec::new()
    }
    fn looked_at(&self, _: &Instance) -> BTreeSet<u32> {
        BTreeSet::new()
    }
    fn override_for(&self, _: &Instance, _: &AttributePath) -> Option<Override> {
        None
    }
    fn pixels_decided(&self, _: &Instance) -> bool {
        false
    }
    fn accepted(&self, _: &Instance) -> BTreeSet<String> {
        BTreeSet::new()
    }
}

/// Nobody asks for pixels where nothing is masked.
struct NoPixels;

impl PixelService for NoPixels {
    fn mask(&self, _: &Path, _: &[(u32, Vec<Region>)], _: &Path) -> Result<MaskedFile, Cause> {
        Err(Cause::Undecodable)
    }
    fn samples(&self, _: &Path, _: u32) -> Result<Samples, Cause> {
        Err(Cause::Undecodable)
    }
    fn find_text(&self, _: &Path, _: u32, _: &[Region]) -> Result<Option<Vec<Finding>>, Cause> {
        Ok(None)
    }
}

/// Exports a folder and gives every outcome.
fn export(input: &Path, output: &Path, profile: &str) -> Vec<Exported> {
    let batch = Batch::read(input).unwrap();
    let profile = Profile::load(profile).unwrap();
    let key = ProjectKey::from_bytes([9; 32]);
    let identifiers = Identifiers::compile(&batch.subjects).unwrap();
    let planner = Planner { profile: &profile, key: &key, identifiers: &identifiers };
    let destination = Destination::open(output, input, &key.fingerprint()).unwrap();
    let context = VerifyContext::new(&batch, &key).unwrap();
    let exporter = Exporter {
        batch: &batch,
        planner: &planner,
        decided: &AllGo,
        pixels: &NoPixels,
        context: &context,
        destination: &destination,
    };
    let names = exporter.names();
    let mut done: Vec<Exported> = batch
        .problems
        .iter()
        .map(|(path, &cause)| Exported::without_file(path.clone(), Outcome::Problem { cause }))
        .collect();
    for (number, (_, instances)) in exporter.groups().into_iter().enumerate() {
        done.extend(exporter.series(&number.to_string(), &instances, &names).unwrap());
    }
    assert_eq!(done.len(), batch.len(), "every file has exactly one outcome");
    destination.close().unwrap();
    done
}

/// Counts outcomes, and prints why the rest was not released. Paths and places only, no values.
fn tally(part: &str, done: &[Exported]) -> BTreeMap<&'static str, usize> {
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    for entry in done {
        *counts.entry(entry.outcome.slug()).or_default() += 1;
        match &entry.outcome {
            Outcome::Released => {}
            Outcome::Held { reasons } => {
                for reason in reasons.iter().take(6) {
                    println!(
                        "{part} held {}: {} {} {}",
                        entry.path.display(),
                        reason.check,
                        reason.place,
                        reason.what
                    );
                }
            }
            other => println!("{part} {}: {other:?}", entry.path.display()),
        }
    }
    println!("{part}: {counts:?}");
    counts
}

#[test]
fn identified_sets_are_released_whole() {
    for part in ["midi/set11/input", "midi/set12/input"] {
        let Some(input) = shared(part) else { continue };
        let output = tempfile::tempdir().unwrap();
        let counts = tally(part, &export(&input, output.path(), "research"));
        assert_eq!(counts.get("released"), Some(&64));
    }
}

#[test]
fn real_files_are_released_or_have_a_cause() {
    let Some(input) = shared("corpus/dev") else { return };
    let output = tempfile::tempdir().unwrap();
    let done = export(&input, output.path(), "research");
    let ordinary: Vec<Exported> =
        done.into_iter().filter(|entry| !entry.path.starts_with("malformed_public")).collect();
    tally("corpus/dev", &ordinary);
}
