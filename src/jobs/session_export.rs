//! An export of what was approved in a window: the same steps as without one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use crossbeam_channel::Sender;

use crate::engine::burned_in::Proposals;
use crate::engine::identifiers::Identifiers;
use crate::export::{Guard, HowRun, MANIFEST_NAME, VerifyContext, write_report};
use crate::index::digest_file;
use crate::jobs::backend::{DestinationStanding, JobEvent};
use crate::jobs::conclude::{Concluding, complete, outcome_records, write_quarantine};
use crate::jobs::deid::current_fingerprints;
use crate::jobs::export::{BatchExportError, ExportInputs, export_batch, report_path};
use crate::jobs::gate::{AtGate, whole_studies};
use crate::jobs::identity::{check_pseudonyms, merged_key};
use crate::jobs::look::looker_id;
use crate::jobs::session_folder::{Folder, Shared};
use crate::jobs::session_glance::{look_into, refusal};
use crate::jobs::session_store::{ExportDone, StoreRequest};
use crate::jobs::worker::Lane;
use crate::jobs::{Approve, Progress, ReviewDecided, Stage, WorkerPixels, settle_identities};
use crate::model::{Digest256, SeriesUid};
use crate::store::{EventBody, NewEvent, OutcomeRecord};

/// What to export.
pub(crate) struct ExportJob {
    /// Where to.
    pub(crate) destination: PathBuf,
    /// The approved series, as the window saw them.
    pub(crate) series: Vec<SeriesUid>,
    /// Whether the curator said that it may go into an export that lies there.
    pub(crate) into_existing: bool,
}

/// Exports; the store's thread then records what was published.
///
/// # Errors
/// Words for the curator, without values.
pub(crate) fn export(
    shared: &Shared,
    job: &ExportJob,
    store: &Sender<StoreRequest>,
) -> Result<(), String> {
    match look_into(shared, &job.destination) {
        DestinationStanding::Refused { why } => return Err(why),
        DestinationStanding::HoldsExport { .. } if !job.into_existing => {
            return Err("the destination holds an export since; confirm that it may change".into());
        }
        _ => {}
    }
    let folder = shared.folder();
    if !folder.complete {
        return Err("the folder is still being read; wait until that is through".into());
    }
    let options = &shared.options;
    let (mut batch, findings) = (folder.batch.clone(), folder.findings.clone());
    let mut fingerprints = fingerprints(shared, &folder);
    let journal = folder.journal.clone();
    drop(folder);
    let decisions = journal.decisions();
    let identity = settle_identities(&mut batch, decisions, &BTreeSet::new());
    let at_gate = AtGate {
        batch: &batch,
        journal: &journal,
        fingerprints: &fingerprints,
        conflicts: &identity.open,
    };
    at_gate.check(options.profile.gate()).map_err(|error| words(&error))?;
    let assurances = at_gate.assurances();
    // What the window did not see as approved is not released, whatever came in since.
    let approved: BTreeSet<&SeriesUid> = job.series.iter().collect();
    fingerprints.retain(|series, _| approved.contains(series));
    let key = merged_key(&options.key, decisions).map_err(|error| words(&error))?;
    check_pseudonyms(&batch, &key).map_err(|error| words(&error))?;
    let decided = ReviewDecided {
        decisions,
        findings: &findings,
        proposals: &Proposals::default(),
        fingerprints: &fingerprints,
        conflicts: &identity.open,
        approve: Approve::Reviewed,
        mask_suspected: false,
    };
    let tell = |stage: Stage, done: usize, total: usize| {
        if stage == Stage::Export {
            shared.tell(JobEvent::ExportProgress { done, total });
        }
    };
    let cancel: &AtomicBool = &shared.cancel_export;
    let identifiers = Identifiers::compile(&batch.subjects).map_err(|error| words(&error))?;
    let context = VerifyContext::new(&batch, &key).map_err(|error| words(&error))?;
    let pixels =
        WorkerPixels { pool: &options.pool, lane: Lane::Batch, detect: options.detect, cancel };
    let guard = Guard::new(&batch, &key);
    let inputs = ExportInputs {
        batch: &batch,
        profile: &options.profile,
        key: &key,
        identifiers: &identifiers,
        decided: &decided,
        pixels: &pixels,
        context: &context,
        output: &job.destination,
        threads: options.threads,
        republish: false,
        whole_studies: whole_studies(&options.profile, &journal),
        part: None,
        guard: &guard,
    };
    let manifest =
        || digest_file(&job.destination.join(MANIFEST_NAME)).map_err(|error| words(&error));
    let done = match export_batch(&inputs, &Progress::new(&tell, cancel)) {
        Ok(done) => done,
        Err(error) => {
            // What became visible stands in the log, whatever came after.
            if error.published() > 0 {
                let released = error.published() as u64;
                let body = EventBody::Published { manifest: manifest()?, released };
                let event = NewEvent { ticket: 0, reader: options.reader.clone(), body };
                store.send(StoreRequest::Append(event)).map_err(closed)?;
            }
            return Err(stopped(&error));
        }
    };
    let mut report = done.report;
    report.identity = identity.listed();
    report.assurances = assurances;
    report.overridden = journal.overridden().map(str::to_owned).collect();
    let concluding = Concluding {
        batch: &batch,
        profile: &options.profile,
        guard: &guard,
        journal: &journal,
        findings: &findings,
        exported: &done.exported,
        how: HowRun { detect: options.detect, reviewed: true },
        short_strings: context.not_checked(),
        pool: &options.pool,
        output: done.destination.root(),
    };
    complete(&mut report, &concluding);
    let outcomes =
        keep_outcomes(&shared.folder(), &done.exported).map_err(|error| words(&error))?;
    let manifest = manifest()?;
    let (destination, output) = (done.destination, job.destination.clone());
    let released = report.tally.released as u64;
    let page = report_path(&output);
    let finish = move |head: String| {
        report.audit_head = head;
        write_report(&destination, &report)?;
        destination.close()?;
        Ok(page)
    };
    let done = ExportDone { outcomes, manifest, released, finish: Box::new(finish), output };
    store.send(StoreRequest::Exported(Box::new(done))).map_err(closed)
}

fn closed<T>(_: T) -> String {
    "the review is closed".to_owned()
}

/// An error with all that led to it.
fn words(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let words: Vec<String> = causes.map(ToString::to_string).collect();
    words.join(": ")
}

/// Words for an export that stopped, with what to do.
fn stopped(error: &BatchExportError) -> String {
    match error {
        BatchExportError::Destination(refused) => refusal(refused),
        BatchExportError::Empty => words(error),
        _ if error.is_cancelled() => words(error),
        other => {
            format!(
                "{}. Make room or mend the rights, then export again into the same folder",
                words(other)
            )
        }
    }
}

/// The fingerprints on which verdicts would rest now.
pub(crate) fn fingerprints(shared: &Shared, folder: &Folder) -> BTreeMap<SeriesUid, Digest256> {
    let detector = shared
        .options
        .detect
        .then(|| looker_id(&shared.options.device_rules, shared.options.pool.suspicion()));
    current_fingerprints(
        &folder.batch,
        &shared.options.profile,
        detector,
        &folder.findings,
        folder.journal.decisions(),
    )
}

/// The outcomes of an export, and the lists of what is quarantined, in the review.
fn keep_outcomes(
    folder: &Folder,
    exported: &[crate::export::Exported],
) -> std::io::Result<Vec<OutcomeRecord>> {
    write_quarantine(&folder.review, exported)?;
    Ok(outcome_records(&folder.batch, exported))
}
