//! Exports a whole batch on several threads, for the command line and the window alike.

use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::engine::identifiers::Identifiers;
use crate::engine::key::ProjectKey;
use crate::engine::plan::Planner;
use crate::export::{
    Decided, Destination, DestinationError, ExportError, Exported, Exporter, MANIFEST_NAME,
    Manifest, Names, PixelService, Report, VerifyContext, Watch,
};
use crate::index::Batch;
use crate::jobs::{Progress, Stage};
use crate::model::Outcome;
use crate::profile::Profile;

/// All that an export rests on.
pub struct ExportInputs<'a> {
    /// The batch.
    pub batch: &'a Batch,
    /// The rules.
    pub profile: &'a Profile,
    /// The project key.
    pub key: &'a ProjectKey,
    /// The identifying strings of the batch.
    pub identifiers: &'a Identifiers,
    /// Decisions.
    pub decided: &'a dyn Decided,
    /// Pixels.
    pub pixels: &'a dyn PixelService,
    /// What verify knows of the batch.
    pub context: &'a VerifyContext,
    /// The output folder.
    pub output: &'a Path,
    /// Number of threads.
    pub threads: usize,
}

/// What an export gave.
#[derive(Debug)]
pub struct ExportedBatch {
    /// One entry for each file of the batch, ordered by path.
    pub exported: Vec<Exported>,
    /// The manifest as it now lies in the output.
    pub manifest: Manifest,
    /// The report, to be completed and written by the caller.
    pub report: Report,
    /// The output folder, still locked.
    pub destination: Destination,
}

/// The export stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BatchExportError {
    /// The output folder refused.
    #[error(transparent)]
    Destination(#[from] DestinationError),
    /// Writing failed.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The system refused.
    #[error("the output folder cannot be written")]
    Io(#[from] io::Error),
    /// It was cancelled; what was published is whole.
    #[error("the export was cancelled; what was published is whole and listed in its manifest")]
    Cancelled,
}

/// Tells of each instance that is through, and stops when the job is cancelled.
struct Watched<'a> {
    progress: &'a Progress<'a>,
    total: usize,
}

impl Watch for Watched<'_> {
    fn goes_on(&self) -> bool {
        !self.progress.is_cancelled()
    }

    fn one_done(&self) {
        self.progress.step(Stage::Export, 1, self.total);
    }
}

/// Exports all series of a batch. Neither the files nor the manifest depend on the number of
/// threads.
///
/// # Errors
/// [`BatchExportError`]; what was published until then is whole and stands in the manifest.
pub fn export_batch(
    inputs: &ExportInputs<'_>,
    progress: &Progress<'_>,
) -> Result<ExportedBatch, BatchExportError> {
    let fingerprint = inputs.key.fingerprint();
    let destination = Destination::open(inputs.output, &inputs.batch.root, &fingerprint)?;
    // From here on the folder is ours: a run that is killed can be taken up again.
    if destination.published.is_none() {
        destination
            .put(MANIFEST_NAME, fresh_manifest(inputs, &fingerprint).to_text()?.as_bytes())?;
    }
    let planner =
        Planner { profile: inputs.profile, key: inputs.key, identifiers: inputs.identifiers };
    let exporter = Exporter {
        batch: inputs.batch,
        planner: &planner,
        decided: inputs.decided,
        pixels: inputs.pixels,
        context: inputs.context,
        destination: &destination,
    };
    let names = exporter.names();
    let groups: Vec<_> = exporter.groups().into_values().collect();
    let total = inputs.batch.instances.len();
    progress.begin(Stage::Export, total);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(inputs.threads)
        .build()
        .map_err(io::Error::other)?;
    let watch = Watched { progress, total };
    let done: Vec<Result<Option<Vec<Exported>>, ExportError>> = pool.install(|| {
        groups
            .par_iter()
            .enumerate()
            .filter(|_| !progress.is_cancelled())
            .map(|(number, instances)| {
                exporter.watched(&format!("{number:06}"), instances, &names, &watch)
            })
            .collect()
    });
    let mut failed = None;
    let mut exported = Vec::with_capacity(inputs.batch.len());
    for series in done {
        match series {
            Ok(series) => exported.extend(series.unwrap_or_default()),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    // What was published stands in the manifest even when the rest failed.
    let manifest = merge_manifest(inputs, &destination, &fingerprint, (&exported, &names))?;
    if let Some(error) = failed {
        return Err(error.into());
    }
    if progress.is_cancelled() {
        destination.close()?;
        return Err(BatchExportError::Cancelled);
    }
    exported.extend(
        inputs
            .batch
            .problems
            .iter()
            .map(|(path, &cause)| Exported::without_file(path.clone(), Outcome::Problem { cause })),
    );
    exported.sort_by(|a, b| a.path.cmp(&b.path));
    let report = Report::of(inputs.batch, &exported, inputs.profile, &fingerprint);
    assert!(
        report.tally.is_conserved(inputs.batch.len()),
        "every file of the batch must have exactly one outcome"
    );
    Ok(ExportedBatch { exported, manifest, report, destination })
}

fn fresh_manifest(inputs: &ExportInputs<'_>, key: &str) -> Manifest {
    Manifest {
        format: 1,
        product: format!("veridact {}", env!("CARGO_PKG_VERSION")),
        profile: inputs.profile.name().to_owned(),
        profile_digest: inputs.profile.digest().to_hex(),
        key: key.to_owned(),
        files: Vec::new(),
    }
}

fn merge_manifest(
    inputs: &ExportInputs<'_>,
    destination: &Destination,
    key: &str,
    (exported, names): (&[Exported], &Names),
) -> io::Result<Manifest> {
    let fresh = fresh_manifest(inputs, key);
    let before = destination.published.as_ref().map(|manifest| manifest.files.clone());
    let mut manifest = Manifest { files: before.unwrap_or_default(), ..fresh };
    withdraw(&mut manifest, destination, exported, names)?;
    manifest.merge(exported.iter().filter_map(|entry| entry.file.clone()).collect());
    destination.put(MANIFEST_NAME, manifest.to_text()?.as_bytes())?;
    Ok(manifest)
}

/// Takes away what an earlier export published and this one does not release any more. A run that
/// was killed published files that no manifest lists: those go, too.
fn withdraw(
    manifest: &mut Manifest,
    destination: &Destination,
    exported: &[Exported],
    names: &Names,
) -> io::Result<()> {
    for entry in exported.iter().filter(|entry| entry.file.is_none()) {
        let Some(Ok(name)) = names.get(&entry.path) else { continue };
        manifest.files.retain(|file| file.path != *name);
        match std::fs::remove_file(destination.root().join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Where the report of an output folder lies.
pub fn report_path(output: &Path) -> PathBuf {
    output.join("report.html")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_a_killed_run_left_is_withdrawn_though_no_manifest_lists_it() {
        let folder = tempfile::tempdir().unwrap();
        let (input, output) = (folder.path().join("in"), folder.path().join("out"));
        fs::create_dir(&input).unwrap();
        let destination = Destination::open(&output, &input, "k").unwrap();
        for name in ["held.dcm", "other.dcm"] {
            fs::write(output.join(name), "x").unwrap();
        }
        let mut manifest = Manifest {
            format: 1,
            product: String::new(),
            profile: String::new(),
            profile_digest: String::new(),
            key: "k".into(),
            files: Vec::new(),
        };
        let held = Outcome::Held { reasons: Vec::new() };
        let exported = [Exported::without_file("a".into(), held)];
        let names = Names::from([
            (PathBuf::from("a"), Ok("held.dcm".into())),
            (PathBuf::from("b"), Ok("other.dcm".into())),
        ]);
        withdraw(&mut manifest, &destination, &exported, &names).unwrap();
        assert!(!output.join("held.dcm").exists());
        assert!(output.join("other.dcm").exists());
    }
}
