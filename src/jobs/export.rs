//! Exports a whole batch on several threads, for the command line and the window alike.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rayon::prelude::*;

use crate::engine::identifiers::{Identifiers, TooManyIdentifiers};
use crate::engine::key::ProjectKey;
use crate::engine::plan::Planner;
use crate::export::{
    Decided, Destination, DestinationError, ExportError, Exported, Exporter, Guard, Names,
    PixelService, Report, VerifyContext, forget_pictures,
};
use crate::index::Batch;
use crate::jobs::{Progress, Stage};
use crate::model::{Cause, Outcome};
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
    /// Whether what was withdrawn from the output folder may go again.
    pub republish: bool,
    /// Whether a study goes whole or not at all.
    pub whole_studies: bool,
    /// The part of the batch that this run exports, if not all of it: other runs export the others into
    /// the same folder. What stands in one series or study is in it as a whole, or not at all.
    pub part: Option<&'a Batch>,
    /// What keeps names out of the report.
    pub guard: &'a Guard<'a>,
}

/// What an export gave.
#[derive(Debug)]
pub struct ExportedBatch {
    /// One entry for each file of the batch, ordered by path.
    pub exported: Vec<Exported>,
    /// The report, to be completed and written by the caller.
    pub report: Report,
    /// The output folder, still locked.
    pub destination: Destination,
}

/// The export stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BatchExportError {
    /// There is nothing to export: more likely a folder that is not mounted than one to forget.
    #[error("the batch has no files")]
    Empty,
    /// Demands of the gate are not met; nothing was published.
    #[error("the gate stays shut: {}", .0.join("; "))]
    Gate(Vec<String>),
    /// The output folder refused; nothing was published.
    #[error(transparent)]
    Destination(#[from] DestinationError),
    /// Too many identifying strings; nothing was published.
    #[error(transparent)]
    Identifiers(#[from] TooManyIdentifiers),
    /// The disk has less room than the files that may go; nothing was published.
    #[error(
        "the disk of the output folder has {} MB left, and the export needs about {} MB",
        free / 1_000_000,
        needed.div_ceil(1_000_000)
    )]
    NoRoom {
        /// Bytes that are free.
        free: u64,
        /// Bytes that are needed.
        needed: u64,
    },
    /// No threads; nothing was published.
    #[error("the export cannot be started")]
    Threads(#[source] io::Error),
    /// Writing failed, or somebody cancelled.
    #[error("the export stopped; {published} files were published, each whole and listed")]
    Stopped {
        /// How many files became visible.
        published: usize,
        /// What stopped it.
        source: ExportError,
    },
    /// The end of the export cannot be written down.
    #[error("the manifest cannot be written; the next export into this folder mends it")]
    Unsettled(#[source] io::Error),
}

impl BatchExportError {
    /// How many files became visible though the export stopped, and stand in the manifest.
    pub const fn published(&self) -> usize {
        match self {
            Self::Stopped { published, .. } => *published,
            _ => 0,
        }
    }

    /// Whether somebody cancelled it.
    pub const fn is_cancelled(&self) -> bool {
        matches!(self, Self::Stopped { source: ExportError::Cancelled, .. })
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
    if inputs.batch.is_empty() {
        return Err(BatchExportError::Empty);
    }
    let mut destination = destination(inputs, progress)?;
    let planner =
        Planner { profile: inputs.profile, key: inputs.key, identifiers: inputs.identifiers };
    let mine = inputs.part.unwrap_or(inputs.batch);
    let total = mine.instances.len();
    let exporter = Exporter {
        batch: inputs.batch,
        planner: &planner,
        decided: inputs.decided,
        pixels: inputs.pixels,
        context: inputs.context,
        destination: &destination,
        republish: inputs.republish,
        whole_studies: inputs.whole_studies,
        part: inputs.part,
        cancel: progress.cancel(),
        one_done: &|| progress.step(Stage::Export, 1, total),
    };
    let names = exporter.names();
    let (free, needed) = (destination.room(), exporter.room_needed(&names));
    if let Some(free) = free
        && free < needed
    {
        destination.close().map_err(BatchExportError::Unsettled)?;
        return Err(BatchExportError::NoRoom { free, needed });
    }
    let (mut exported, failed) = all_series(&exporter, &names, inputs.threads, progress)?;
    let pending = pending(&names, &exported);
    let settled = destination.settle(&pending).map_err(BatchExportError::Unsettled);
    if let Some(source) = failed {
        let published = settled?.published;
        // The report is that of an earlier export: it may show what was taken away.
        forget_pictures(&destination, &|_| true).map_err(BatchExportError::Unsettled)?;
        destination.close().map_err(BatchExportError::Unsettled)?;
        return Err(BatchExportError::Stopped { published, source });
    }
    let settled = settled?;
    let problem = |(path, &cause): (&PathBuf, &Cause)| {
        Exported::without_file(path.clone(), Outcome::Problem { cause })
    };
    exported.extend(mine.problems.iter().map(problem));
    exported.sort_by(|a, b| a.path.cmp(&b.path));
    let rules = (inputs.profile, inputs.key.fingerprint());
    let mut report = Report::of(mine, &exported, (rules.0, &rules.1), inputs.guard);
    report.withdrawn = settled.withdrawn;
    report.of_other_batches = settled.of_others;
    assert!(
        report.tally.is_conserved(mine.len()),
        "every file of the batch must have exactly one outcome"
    );
    Ok(ExportedBatch { exported, report, destination })
}

/// How often a run that exports a part of a batch asks for its turn.
const TURN: Duration = Duration::from_millis(200);

/// Opens the output folder. Runs that export parts of a batch wait for one another.
fn destination(
    inputs: &ExportInputs<'_>,
    progress: &Progress<'_>,
) -> Result<Destination, BatchExportError> {
    loop {
        match Destination::open(inputs.output, &inputs.batch.root, inputs.key) {
            Err(DestinationError::Locked) if inputs.part.is_some() => {
                if progress.is_cancelled() {
                    let source = ExportError::Cancelled;
                    return Err(BatchExportError::Stopped { published: 0, source });
                }
                std::thread::sleep(TURN);
            }
            opened => return Ok(opened?),
        }
    }
}

/// Exports series after series on several threads, until all are done or one fails.
fn all_series(
    exporter: &Exporter<'_>,
    names: &Names,
    threads: usize,
    progress: &Progress<'_>,
) -> Result<(Vec<Exported>, Option<ExportError>), BatchExportError> {
    let groups: Vec<_> = exporter.groups().into_values().collect();
    let total = groups.iter().map(Vec::len).sum();
    progress.begin(Stage::Export, total);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| BatchExportError::Threads(io::Error::other(error)))?;
    let stop = AtomicBool::new(false);
    let done: Vec<Result<Vec<Exported>, ExportError>> = pool.install(|| {
        groups
            .par_iter()
            .enumerate()
            .map(|(number, instances)| {
                // A destination that refused one series refuses the others, too.
                if progress.is_cancelled() || stop.load(Ordering::Relaxed) {
                    return Err(ExportError::Cancelled);
                }
                let done = exporter.group(&format!("{number:06}"), instances, names);
                stop.fetch_or(done.is_err(), Ordering::Relaxed);
                done
            })
            .collect()
    });
    let mut failed = None;
    let mut exported = Vec::with_capacity(total);
    for series in done {
        match (series, &failed) {
            (Ok(series), _) => exported.extend(series),
            // That others were cancelled since is not the reason.
            (Err(error), None | Some(ExportError::Cancelled)) => failed = Some(error),
            (Err(_), Some(_)) => {}
        }
    }
    Ok((exported, failed))
}

/// The paths in the output of instances that a run did not come to.
fn pending(names: &Names, exported: &[Exported]) -> BTreeSet<String> {
    let done: BTreeSet<&PathBuf> = exported.iter().map(|entry| &entry.path).collect();
    let left = names.iter().filter(|(path, _)| !done.contains(path));
    left.filter_map(|(_, name)| name.as_ref().ok()).map(|name| name.path.clone()).collect()
}

/// Where the report of an output folder lies.
pub fn report_path(output: &Path) -> PathBuf {
    output.join("report.html")
}
