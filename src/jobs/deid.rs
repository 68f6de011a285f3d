//! De-identifies a folder without a window: index → detect → export, into one review.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use jiff::Timestamp;
use rayon::prelude::*;

use crate::detect::detector_id;
use crate::engine::identifiers::{Identifiers, TooManyIdentifiers};
use crate::engine::key::ProjectKey;
use crate::export::{
    Exported, OwnerOnly, Report, VerifyContext, write_maps, write_owner_only, write_report,
};
use crate::index::{Batch, Instance};
use crate::jobs::export::{BatchExportError, ExportInputs, export_batch, report_path};
use crate::jobs::worker::{Frames, Lane, WorkerPool};
use crate::jobs::{Approve, Progress, ReviewDecided, Stage, WorkerPixels, index_batch};
use crate::model::{Coverage, Digest256, FrameFindings, Outcome, Phi, SeriesUid};
use crate::profile::{ConfidentialityOption, Profile};
use crate::review::{Decisions, Member, SeriesBasis, fingerprint};
use crate::store::{
    Detection, EventBody, InstanceRecord, NewEvent, OutcomeRecord, PlacementFault, ReviewStore,
    Settings, StoreError, placement_fault,
};

/// Frames of a multi-frame image that are looked at: more are sampled, first, middle and last.
const ALL_FRAMES_UP_TO: u32 = 4;

/// Why the other frames are not.
const SAMPLED: &str = "only the first, middle and last frame of many are looked at";

/// What to de-identify, and how.
#[derive(Debug)]
pub struct DeidRequest {
    /// The input folder.
    pub input: PathBuf,
    /// The output folder.
    pub output: PathBuf,
    /// The review.
    pub review: PathBuf,
    /// Where the crosswalk goes, if anywhere.
    pub maps: Option<PathBuf>,
    /// Whose word releases.
    pub approve: Approve,
    /// The rules.
    pub profile: Profile,
    /// The project key.
    pub key: ProjectKey,
    /// Whether burned-in text is looked for.
    pub detect: bool,
    /// Whether suspected text is masked too.
    pub mask_suspected: bool,
    /// Number of threads.
    pub threads: usize,
    /// Who runs it, as claimed.
    pub reader: String,
    /// The clock, for the audit log only.
    pub now: fn() -> Timestamp,
}

/// How it went.
#[derive(Debug)]
pub struct DeidResult {
    /// One entry for each file.
    pub exported: Vec<Exported>,
    /// The report as it lies in the output.
    pub report: Report,
    /// Where that is.
    pub report_path: PathBuf,
}

/// The run itself failed. Paths come last.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeidError {
    /// The input cannot be listed.
    #[error("the input folder cannot be read")]
    Input(#[source] io::Error),
    /// The review cannot lie there.
    #[error(transparent)]
    Placement(#[from] PlacementFault),
    /// The crosswalk cannot lie there.
    #[error("the maps may not lie inside input or output: they are the key to re-identification")]
    MapsPlacement,
    /// The review cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The review's decisions cannot be read.
    #[error(transparent)]
    Review(#[from] crate::review::ReviewError),
    /// Too many identifying strings.
    #[error(transparent)]
    Identifiers(#[from] TooManyIdentifiers),
    /// Verify cannot be set up.
    #[error(transparent)]
    Verify(#[from] crate::verify::VerifyError),
    /// The export failed.
    #[error(transparent)]
    Export(#[from] BatchExportError),
    /// A file of the review or the report cannot be written.
    #[error("the review or the report cannot be written")]
    Io(#[from] io::Error),
    /// It was cancelled.
    #[error("cancelled")]
    Cancelled,
}

/// De-identifies a folder.
///
/// # Errors
/// [`DeidError`]; a file that cannot be released is no error but an outcome.
pub fn deid(
    request: &DeidRequest,
    pool: &WorkerPool,
    progress: &Progress<'_>,
) -> Result<DeidResult, DeidError> {
    check_places(request)?;
    let batch = index_batch(&request.input, request.threads, progress).map_err(DeidError::Input)?;
    stop_if_cancelled(progress)?;
    let mut store = ReviewStore::open_or_create(&request.review)?;
    record_batch(&mut store, request, &batch)?;
    let findings = findings(&mut store, request, &batch, pool, progress)?;
    stop_if_cancelled(progress)?;
    let decisions = crate::review::load(&store)?;
    let detector = request.detect.then(detector_id);
    let fingerprints =
        current_fingerprints(&batch, &request.profile, detector, &findings, &decisions);
    let decided = ReviewDecided {
        decisions: &decisions,
        findings: &findings,
        fingerprints: &fingerprints,
        approve: request.approve,
        mask_suspected: request.mask_suspected,
    };
    let identifiers = Identifiers::compile(&batch.subjects)?;
    let context = VerifyContext::new(&batch, &request.key)?;
    let pixels = WorkerPixels { pool, lane: Lane::Batch, detect: request.detect, cancel: &NEVER };
    let done = export_batch(
        &ExportInputs {
            batch: &batch,
            profile: &request.profile,
            key: &request.key,
            identifiers: &identifiers,
            decided: &decided,
            pixels: &pixels,
            context: &context,
            output: &request.output,
            threads: request.threads,
        },
        progress,
    )?;
    let mut report = done.report;
    let looked_at = PixelsLookedAt { findings: &findings, detect: request.detect };
    complete(&mut report, &batch, &looked_at, &done.exported, context.not_checked());
    if request.approve == Approve::All {
        report.waived = waived(request, &batch);
    }
    for waived in &report.waived {
        append(&mut store, request, EventBody::Waived { what: waived.clone() })?;
    }
    let manifest = crate::index::digest_file(&request.output.join(crate::export::MANIFEST_NAME))?;
    let released = report.tally.released as u64;
    append(&mut store, request, EventBody::Published { manifest, released })?;
    let head = store.audit_head();
    report.audit_head = format!("{} {}", head.seq, head.hmac);
    write_report(&done.destination, &report)?;
    done.destination.close()?;
    store.put_outcomes(&outcome_records(&batch, &done.exported))?;
    write_quarantine(&request.review, &done.exported)?;
    if let Some(maps) = &request.maps {
        write_maps(maps, &batch, &request.key)?;
    }
    store.close()?;
    Ok(DeidResult { exported: done.exported, report, report_path: report_path(&request.output) })
}

fn stop_if_cancelled(progress: &Progress<'_>) -> Result<(), DeidError> {
    if progress.is_cancelled() { Err(DeidError::Cancelled) } else { Ok(()) }
}

fn append(
    store: &mut ReviewStore,
    request: &DeidRequest,
    body: EventBody,
) -> Result<(), DeidError> {
    let event = NewEvent { ticket: 0, reader: request.reader.clone(), body };
    store.append(&event, (request.now)())?;
    Ok(())
}

fn check_places(request: &DeidRequest) -> Result<(), DeidError> {
    if let Some(fault) = placement_fault(&request.review, &request.input, Some(&request.output)) {
        return Err(fault.into());
    }
    let misplaced =
        |maps: &PathBuf| placement_fault(maps, &request.input, Some(&request.output)).is_some();
    if request.maps.as_ref().is_some_and(misplaced) {
        return Err(DeidError::MapsPlacement);
    }
    Ok(())
}

/// Writes what was indexed and what it is worked with into the review.
fn record_batch(
    store: &mut ReviewStore,
    request: &DeidRequest,
    batch: &Batch,
) -> Result<(), DeidError> {
    store.put_instances(&instance_records(batch))?;
    store.put_settings(&Settings {
        input: Phi::new(request.input.clone()),
        profile_name: request.profile.name().to_owned(),
        profile: request.profile.digest(),
        key: Some(key_digest(&request.key)),
        detector: request.detect.then(detector_id),
    })?;
    Ok(())
}

/// The fingerprint of a key as a digest, for the review's settings.
pub(crate) fn key_digest(key: &ProjectKey) -> Digest256 {
    Digest256(key.derive("settings", &[]))
}

/// The batch's files as the review keeps them.
pub(crate) fn instance_records(batch: &Batch) -> Vec<InstanceRecord> {
    batch
        .instances
        .values()
        .map(|instance| InstanceRecord {
            path: Phi::new(instance.path.clone()),
            input: instance.digest,
            size: instance.bytes,
            modified_ns: 0,
            instance: instance.uid.clone(),
            series: instance.series.clone(),
        })
        .collect()
}

/// Which frames of an instance are looked at.
pub(crate) fn frames_to_look_at(instance: &Instance) -> Vec<u32> {
    match instance.frames {
        frames if frames <= ALL_FRAMES_UP_TO => (0..frames).collect(),
        frames => vec![0, frames / 2, frames - 1],
    }
}

/// Looks at an instance: every frame gets a coverage, also those that are only sampled past.
pub(crate) fn look_at(
    pool: &WorkerPool,
    lane: Lane,
    batch: &Batch,
    instance: &Instance,
) -> Vec<FrameFindings> {
    let wanted = frames_to_look_at(instance);
    let not_looked_at = |frame, why: String| FrameFindings {
        frame,
        coverage: Coverage::NotLookedAt(why),
        findings: Vec::new(),
    };
    let mut found =
        match pool.detect(lane, &batch.file(instance), Frames::These(wanted.clone()), &NEVER) {
            Ok(found) => found,
            Err(error) => {
                wanted.iter().map(|&frame| not_looked_at(frame, error.to_string())).collect()
            }
        };
    let looked: BTreeSet<u32> = found.iter().map(|frame| frame.frame).collect();
    found.extend(
        (0..instance.frames)
            .filter(|frame| !looked.contains(frame))
            .map(|frame| not_looked_at(frame, SAMPLED.into())),
    );
    found.sort_by_key(|frame| frame.frame);
    found
}

/// What detection says of each instance: from the review where the file and the detector are the
/// same, else by looking now.
fn findings(
    store: &mut ReviewStore,
    request: &DeidRequest,
    batch: &Batch,
    pool: &WorkerPool,
    progress: &Progress<'_>,
) -> Result<BTreeMap<Digest256, Vec<FrameFindings>>, DeidError> {
    let mut findings = BTreeMap::new();
    if !request.detect {
        return Ok(findings);
    }
    let detector = detector_id();
    let mut wanted = Vec::new();
    for instance in batch.instances.values().filter(|instance| instance.frames > 0) {
        let stored = store.detection(&instance.uid)?;
        match stored.filter(|stored| stored.input == instance.digest && stored.detector == detector)
        {
            Some(stored) => {
                findings.insert(instance.digest, stored.frames);
            }
            None => wanted.push(instance),
        }
    }
    progress.begin(Stage::Detect, wanted.len());
    let threads = rayon::ThreadPoolBuilder::new()
        .num_threads(request.threads)
        .build()
        .map_err(io::Error::other)?;
    let found: Vec<Detection> = threads.install(|| {
        wanted
            .par_iter()
            .filter(|_| !progress.is_cancelled())
            .map(|instance| {
                let frames = look_at(pool, Lane::Batch, batch, instance);
                progress.step(Stage::Detect, 1, wanted.len());
                Detection {
                    instance: instance.uid.clone(),
                    input: instance.digest,
                    detector,
                    frames,
                }
            })
            .collect()
    });
    for detection in found {
        // A worker that failed is asked again next time.
        let failed = |frame: &FrameFindings| matches!(&frame.coverage, Coverage::NotLookedAt(why) if why != SAMPLED);
        if !detection.frames.iter().any(failed) {
            store.put_detection(&detection)?;
        }
        findings.insert(detection.input, detection.frames);
    }
    Ok(findings)
}

/// What a verdict on each series would rest on now.
pub(crate) fn current_fingerprints(
    batch: &Batch,
    profile: &Profile,
    detector: Option<Digest256>,
    findings: &BTreeMap<Digest256, Vec<FrameFindings>>,
    decisions: &Decisions,
) -> BTreeMap<SeriesUid, Digest256> {
    let mut series: BTreeMap<&SeriesUid, Vec<&Instance>> = BTreeMap::new();
    for instance in batch.instances.values() {
        series.entry(&instance.series).or_default().push(instance);
    }
    series
        .into_iter()
        .map(|(uid, instances)| {
            let patient = instances.first().map(|instance| &instance.patient);
            let member = |instance: &Instance| Member {
                input: instance.digest,
                image_size: (instance.frames > 0).then_some(instance.image_size),
                findings: findings.get(&instance.digest).map_or(&[], Vec::as_slice),
            };
            // Of files with one UID the first by path stands for it, as in the outline.
            let members =
                instances.iter().rev().map(|instance| (&instance.uid, member(instance))).collect();
            let dictionary = patient.map(|patient| batch.subject(patient).digest());
            let basis = SeriesBasis {
                series: uid,
                profile: profile.digest(),
                dictionary: dictionary.unwrap_or(Digest256([0; 32])),
                detector,
                members,
            };
            (uid.clone(), fingerprint(&basis, decisions))
        })
        .collect()
}

/// How pixels were looked at, for the report.
pub(crate) struct PixelsLookedAt<'a> {
    /// What detection said, by digest of the file.
    pub(crate) findings: &'a BTreeMap<Digest256, Vec<FrameFindings>>,
    /// Whether it ran.
    pub(crate) detect: bool,
}

/// Completes the report: what was looked at, and what nobody checked.
pub(crate) fn complete(
    report: &mut Report,
    batch: &Batch,
    pixels: &PixelsLookedAt<'_>,
    exported: &[Exported],
    short_strings: usize,
) {
    let total: u64 = batch.instances.values().map(|instance| u64::from(instance.frames)).sum();
    let frames = pixels.findings.values().flatten();
    let looked =
        frames.filter(|frame| !matches!(frame.coverage, Coverage::NotLookedAt(_))).count() as u64;
    report.frames_looked_at = looked;
    report.frames_not_looked_at = total.saturating_sub(looked);
    report.detection = match pixels.detect {
        true => format!(
            "text detector {:.16}, one plain pass, read by Tesseract.",
            detector_id().to_hex()
        ),
        false => "text in pixels was not looked for.".into(),
    };
    let mut not_checked: BTreeSet<String> =
        exported.iter().flat_map(|entry| entry.not_checked.clone()).collect();
    not_checked.insert(
        "Text in pixels that the detector misses, and names that stand in no header of the batch."
            .into(),
    );
    if short_strings > 0 {
        let what = "identifying strings that are too short or too common to look for.";
        not_checked.insert(format!("{short_strings} {what}"));
    }
    if report.frames_not_looked_at > 0 {
        not_checked.insert(format!(
            "Pixels of {} frames that nobody looked at.",
            report.frames_not_looked_at
        ));
    }
    report.not_checked = not_checked.into_iter().collect();
}

/// What the gate would have asked a person, under `--approve all`.
fn waived(request: &DeidRequest, batch: &Batch) -> Vec<String> {
    let mut waived =
        vec!["Every series was released on one person's word, without a review.".to_owned()];
    let faces = batch.instances.values().filter(|instance| instance.has_face_risk()).count();
    if faces > 0 {
        waived.push(format!("{faces} instances may show a face, or allow one to be rendered."));
    }
    if request.detect && !request.mask_suspected {
        waived.push("Text that is only suspected stays unmasked.".to_owned());
    }
    if !request.detect && request.profile.has(ConfidentialityOption::CleanPixelData) {
        waived.push(
            "The profile asks for clean pixels; nobody looked at them, and no file claims it."
                .to_owned(),
        );
    }
    waived
}

/// The outcomes as the review keeps them.
pub(crate) fn outcome_records(batch: &Batch, exported: &[Exported]) -> Vec<OutcomeRecord> {
    exported
        .iter()
        .map(|entry| OutcomeRecord {
            path: Phi::new(entry.path.clone()),
            instance: batch.instances.get(&entry.path).map(|instance| instance.uid.clone()),
            outcome: entry.outcome.clone(),
        })
        .collect()
}

/// Writes one list of paths for each cause into the review: the originals stay where they are.
pub(crate) fn write_quarantine(review: &Path, exported: &[Exported]) -> io::Result<()> {
    let folder = review.join("quarantine");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let mut lists: BTreeMap<&str, String> = BTreeMap::new();
    for entry in exported {
        let (Outcome::Quarantined { cause } | Outcome::Problem { cause }) = &entry.outcome else {
            continue;
        };
        let list = lists.entry(cause.slug()).or_default();
        list.push_str(&entry.path.to_string_lossy());
        list.push('\n');
    }
    OwnerOnly::folder(&folder)?;
    lists.iter().try_for_each(|(cause, list)| {
        write_owner_only(&folder.join(format!("{cause}.txt")), list.as_bytes())
    })
}

/// A flag that is never set, for jobs that nobody can cancel.
pub static NEVER: AtomicBool = AtomicBool::new(false);
