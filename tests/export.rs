//! The export over real and made-up identified files, where there are any: every file one outcome.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use veridact::demo::{Sample, instance};
use veridact::engine::identifiers::Identifiers;
use veridact::engine::key::ProjectKey;
use veridact::engine::plan::Planner;
use veridact::export::{
    Decided, Destination, ExportError, Exported, Exporter, MaskedFile, PixelService, Release,
    VerifyContext,
};
use veridact::index::{Batch, Instance};
use veridact::model::{AttributePath, Cause, Finding, InstanceUid, Outcome, Override, Region};
use veridact::profile::Profile;
use veridact::verify::Samples;

use crate::common::run::demo_files;
use crate::common::shared;

/// Everything may go, nothing is masked; whether files of one UID and other content go, too.
struct AllGo(bool);

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
    fn looked_at(&self, _: &Instance) -> BTreeSet<u32> {
        BTreeSet::new()
    }
    fn override_for(&self, _: &Instance, _: &AttributePath) -> Option<Override> {
        None
    }
    fn pixels_decided(&self, _: &Instance) -> bool {
        false
    }
    fn shows_overlay_text(&self, _: &Instance) -> bool {
        false
    }
    fn may_part(&self, _: &InstanceUid) -> bool {
        self.0
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

#[test]
fn a_series_that_is_stopped_in_the_middle_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    demo_files(&input, &[(Sample::CtSlice, 1), (Sample::CtSlice, 2), (Sample::CtSlice, 3)]);
    let batch = Batch::read(&input).unwrap();
    let profile = Profile::load("research").unwrap();
    let key = ProjectKey::from_bytes([9; 32]);
    let identifiers = Identifiers::compile(&batch.subjects).unwrap();
    let destination = Destination::open(&output, &input, &key).unwrap();
    let context = VerifyContext::new(&batch, &key).unwrap();
    let planner = Planner { profile: &profile, key: &key, identifiers: &identifiers };
    let stopped_after = |most: usize| {
        let (cancel, done) = (AtomicBool::new(false), AtomicUsize::new(0));
        let exporter = Exporter {
            batch: &batch,
            planner: &planner,
            decided: &AllGo(false),
            pixels: &NoPixels,
            context: &context,
            destination: &destination,
            whole_studies: false,
            part: None,
            republish: false,
            cancel: &cancel,
            one_done: &|| {
                let enough = done.fetch_add(1, Ordering::Relaxed) + 1 >= most;
                cancel.store(enough, Ordering::Relaxed);
            },
        };
        let names = exporter.names();
        let (_, instances) = exporter.groups().into_iter().next().unwrap();
        exporter.group("s", &instances, &names)
    };
    let files = || {
        let all = crate::common::files(&output).into_iter();
        all.filter(|path| path.extension().is_some_and(|end| end == "dcm"))
    };
    assert!(matches!(stopped_after(2), Err(ExportError::Cancelled)));
    assert_eq!(files().count(), 0, "nothing is visible, nothing is left in staging");
    let done = stopped_after(4).unwrap();
    assert_eq!(tally("stopped", &done).get("released"), Some(&3));
    assert_eq!(files().count(), 3);
}

/// Exports a folder and gives every outcome.
fn export(input: &Path, output: &Path, (profile, may_part): (&str, bool)) -> Vec<Exported> {
    let batch = Batch::read(input).unwrap();
    let profile = Profile::load(profile).unwrap();
    let key = ProjectKey::from_bytes([9; 32]);
    let identifiers = Identifiers::compile(&batch.subjects).unwrap();
    let planner = Planner { profile: &profile, key: &key, identifiers: &identifiers };
    let destination = Destination::open(output, input, &key).unwrap();
    let context = VerifyContext::new(&batch, &key).unwrap();
    let exporter = Exporter {
        batch: &batch,
        planner: &planner,
        decided: &AllGo(may_part),
        pixels: &NoPixels,
        context: &context,
        destination: &destination,
        republish: false,
        whole_studies: false,
        part: None,
        cancel: &AtomicBool::new(false),
        one_done: &|| {},
    };
    let names = exporter.names();
    let mut done: Vec<Exported> = batch
        .problems
        .iter()
        .map(|(path, &cause)| Exported::without_file(path.clone(), Outcome::Problem { cause }))
        .collect();
    for (number, (_, instances)) in exporter.groups().into_iter().enumerate() {
        done.extend(exporter.group(&number.to_string(), &instances, &names).unwrap());
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
        let counts = tally(part, &export(&input, output.path(), ("research", true)));
        assert_eq!(counts.get("released"), Some(&64));
    }
}

#[test]
fn real_files_are_released_or_have_a_cause() {
    let Some(input) = shared("corpus/dev") else { return };
    let output = tempfile::tempdir().unwrap();
    let done = export(&input, output.path(), ("research", true));
    let ordinary: Vec<Exported> =
        done.into_iter().filter(|entry| !entry.path.starts_with("malformed_public")).collect();
    tally("corpus/dev", &ordinary);
}

#[test]
fn what_a_review_cannot_tell_apart_does_not_go() {
    let (input, output) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut bytes = instance(Sample::CtSlice, 1, 20_261_122).bytes();
    fs::write(input.path().join("a"), &bytes).unwrap();
    fs::write(input.path().join("other"), instance(Sample::Report, 1, 20_261_122).bytes()).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(input.path().join("b"), &bytes).unwrap();
    let released = |may_part| {
        let done = export(input.path(), output.path(), ("research", may_part));
        done.into_iter().filter(|entry| entry.outcome == Outcome::Released).count()
    };
    assert_eq!(released(true), 3);
    assert_eq!(released(false), 1);
}
