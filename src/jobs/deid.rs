//! De-identifies a folder without a window: index → detect → export, into one review.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use jiff::Timestamp;

use crate::devices::DeviceRules;
use crate::engine::burned_in::{BurnedIn, Resemblance};
use crate::engine::identifiers::Identifiers;
use crate::engine::key::ProjectKey;
use crate::engine::sheet::SheetError;
use crate::export::{
    DestinationError, Exported, Guard, HowRun, MANIFEST_NAME, Report, VerifyContext, contested,
    destination_standing, report_names, write_maps, write_report,
};
use crate::index::{Batch, ConflictKind, Instance, digest_file};
use crate::jobs::conclude::{Concluding, complete, outcome_records, write_quarantine};
use crate::jobs::export::{BatchExportError, ExportInputs, ExportedBatch, export_batch};
use crate::jobs::gate::{AtGate, question, unsaid_benchmark, whole_studies};
use crate::jobs::identity::{
    check_pseudonyms, identity_decisions, merged_key, strangers_to_crosswalk,
};
use crate::jobs::look::{LookError, look_at_batch, looker_id};
use crate::jobs::shard::Shard;
use crate::jobs::worker::{Lane, WorkerPool};
use crate::jobs::{
    AnswerGiven, Approve, IdentityStanding, Progress, ReviewDecided, WorkerPixels, index_batch,
    settle_identities,
};
use crate::model::{Decision, Digest256, FrameFindings, Phi, SeriesUid, resolved};
use crate::profile::{ConfidentialityOption, GateDemand, Profile};
use crate::review::{BENCHMARK, Decisions, FACES, Journal, Member, SeriesBasis, fingerprint};
use crate::store::{
    AuditHead, EventBody, InstanceRecord, NewEvent, PlacementFault, ReviewStore, Settings,
    StoreError, placement_fault,
};

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
    /// What is known of devices that burn text in.
    pub device_rules: DeviceRules,
    /// Whether suspected text is masked too.
    pub mask_suspected: bool,
    /// What a reviewer says of the identity of patients; it is recorded in the review.
    pub identity: Vec<AnswerGiven>,
    /// Identity conflicts that do not hold, on one person's word.
    pub accept_identity: BTreeSet<ConflictKind>,
    /// Whether what was withdrawn from the output may go again.
    pub republish: bool,
    /// Demands of the gate that may stay unmet this time, each with a typed reason.
    pub overrides: Vec<(GateDemand, String)>,
    /// Whether the reader says to have seen which files cannot be read.
    pub seen_problems: bool,
    /// Whether the reader says that approved series which may show a face may go.
    pub faces_may_go: bool,
    /// Whether the reader says that a profile which is for a benchmark only is used for one.
    pub for_benchmark: bool,
    /// The part of the batch that this run looks at and exports, if not all of it.
    pub shard: Option<Shard>,
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
    /// The crosswalk says two things of one subject.
    #[error("the crosswalk cannot be used")]
    Crosswalk(#[source] SheetError),
    /// An answer on the identity of patients cannot be taken.
    #[error("the answers on identities cannot be used")]
    Identity(#[source] SheetError),
    /// There is nothing to do: more likely a wrong folder, or one that is not mounted.
    #[error("the input folder holds no files")]
    Empty,
    /// The search for text failed.
    #[error(transparent)]
    Look(#[from] LookError),
    /// Verify cannot be set up.
    #[error(transparent)]
    Verify(#[from] crate::verify::VerifyError),
    /// The export failed.
    #[error(transparent)]
    Export(#[from] BatchExportError),
    /// The export is whole and visible, but the review does not know all about it, or maps are
    /// missing.
    #[error("the export was published whole, but not all about it could be recorded")]
    Unrecorded(#[source] Box<Self>),
    /// A list of the review, the report or a map cannot be written.
    #[error("the report, a map or a list of the review cannot be written")]
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
    // What would refuse at the end refuses before hours of work.
    check_places(request)?;
    let store = open_review(&request.review)?;
    check_benchmark(request, store.as_ref())?;
    let mut batch =
        index_batch(&request.input, request.profile.identity(), request.threads, progress)
            .map_err(DeidError::Input)?;
    stop_if_cancelled(progress)?;
    if batch.is_empty() {
        return Err(DeidError::Empty);
    }
    let mut store = store.map_or_else(|| ReviewStore::create(&request.review), Ok)?;
    let detector = request.detect.then(|| looker_id(&request.device_rules, pool.suspicion()));
    // Before anybody answers whose files these are: that moves no file into another part.
    let part = request.shard.map(|shard| shard.part(&batch));
    record_batch(&mut store, (request, detector), &batch)?;
    record_identities(&mut store, request, &batch)?;
    let findings = match request.detect {
        true => look_at_batch(
            &mut store,
            part.as_ref().unwrap_or(&batch),
            (pool, request.threads),
            &request.device_rules,
            progress,
        )?,
        false => BTreeMap::new(),
    };
    stop_if_cancelled(progress)?;
    let journal = crate::review::load_journal(&store)?;
    let decisions = journal.decisions().clone();
    // Verdicts rest on the batch as it was read: who is who is decided apart from them.
    let fingerprints =
        current_fingerprints(&batch, &request.profile, detector, &findings, &decisions);
    let identity = settle_identities(&mut batch, &decisions, &request.accept_identity);
    let key = merged_key(&request.key, &decisions).map_err(DeidError::Crosswalk)?;
    check_pseudonyms(&batch, &key).map_err(DeidError::Crosswalk)?;
    let at_gate = AtGate {
        batch: &batch,
        journal: &journal,
        fingerprints: &fingerprints,
        conflicts: &identity.open,
    };
    let (journal, assurances) = pass_gate(&mut store, request, at_gate)?;
    let guard = Guard::new(&batch, &key);
    let reviewed = Reviewed {
        key: &key,
        findings: &findings,
        decisions: &decisions,
        fingerprints: &fingerprints,
        identity: &identity,
        whole_studies: whole_studies(&request.profile, &journal),
        part: part.as_ref(),
        guard: &guard,
    };
    let context = VerifyContext::new(&batch, &key)?;
    let exported = match export(request, (&batch, &context), &reviewed, pool, progress) {
        Ok(exported) => exported,
        Err(error) => {
            // What became visible stands in the log, whatever came after.
            if error.published() > 0 {
                record_published(&mut store, request, error.published())?;
            }
            return Err(error.into());
        }
    };
    let ExportedBatch { exported, mut report, destination } = exported;
    report.part = request.shard.map(Shard::parts);
    // The report of a part speaks of its own files.
    let told = part.as_ref().unwrap_or(&batch);
    if request.approve == Approve::All {
        report.waived = waived(request, told);
    }
    report.assurances = assurances;
    report.overridden = journal.overridden().map(str::to_owned).collect();
    report.waived.extend(identity.waived());
    report.identity = identity.listed();
    report.identity.extend(strangers_to_crosswalk(&batch, &key));
    let concluding = Concluding {
        batch: told,
        profile: &request.profile,
        guard: &guard,
        journal: &journal,
        findings: &findings,
        exported: &exported,
        how: HowRun { detect: request.detect, reviewed: request.approve == Approve::Reviewed },
        short_strings: context.not_checked(),
        pool,
        output: destination.root(),
    };
    complete(&mut report, &concluding);
    let recorded = record_export(&mut store, request, &report);
    report.audit_head = match &recorded {
        Ok(head) => format!("{} {}", head.seq, head.hmac),
        Err(_told_below) => "missing: the review could not record this export".to_owned(),
    };
    write_report(&destination, &report)?;
    destination.close()?;
    let report_path = request.output.join(&report_names(report.part)[0]);
    let done = DeidResult { exported, report, report_path };
    let concluded = recorded
        .map_err(DeidError::from)
        .and_then(|_head| conclude(store, request, (&batch, &key), &done.exported));
    concluded.map_err(|error| DeidError::Unrecorded(Box::new(error)))?;
    Ok(done)
}

/// Refuses a profile that is for a benchmark only where nobody says, or said, that it is used for one.
fn check_benchmark(request: &DeidRequest, store: Option<&ReviewStore>) -> Result<(), DeidError> {
    if !request.profile.is_for_benchmark() || request.for_benchmark {
        return Ok(());
    }
    let is_said = match store {
        Some(store) => crate::review::load_journal(store)?.acknowledged_whole(BENCHMARK),
        None => false,
    };
    match is_said {
        true => Ok(()),
        false => Err(BatchExportError::Gate(vec![unsaid_benchmark()]).into()),
    }
}

/// Writes down what the command says at the gate, then asks whether it opens; the log as it is then, and
/// what samples and signatures in it say.
/// Under `--approve all` nothing is asked but whether a profile for a benchmark is used for one.
fn pass_gate(
    store: &mut ReviewStore,
    request: &DeidRequest,
    at_gate: AtGate<'_>,
) -> Result<(Journal, Vec<String>), DeidError> {
    let gate = request.profile.gate().iter().copied();
    let demands: Vec<GateDemand> = gate.filter(|demand| is_asked(request, *demand)).collect();
    let answers = answers_at_gate(request, &at_gate, &demands);
    let journal = match answers.is_empty() {
        true => at_gate.journal.clone(),
        false => {
            for body in answers {
                append(store, request, body)?;
            }
            crate::review::load_journal(store)?
        }
    };
    let at_gate = AtGate { journal: &journal, ..at_gate };
    at_gate.check(&demands)?;
    // Without a review nobody looked, whatever the log says of earlier times.
    let assurances = match request.approve {
        Approve::All => Vec::new(),
        Approve::Reviewed => at_gate.assurances(),
    };
    Ok((journal, assurances))
}

/// Whether a run asks for a demand of the gate.
fn is_asked(request: &DeidRequest, demand: GateDemand) -> bool {
    request.approve == Approve::Reviewed || demand == GateDemand::Benchmark
}

/// What the command says at the gate in the place of a reader, as events.
fn answers_at_gate(
    request: &DeidRequest,
    at_gate: &AtGate<'_>,
    demands: &[GateDemand],
) -> Vec<EventBody> {
    let open = at_gate.unmet(demands);
    let of = |demand: GateDemand| open.iter().find(|unmet| unmet.demand == demand);
    let mut answers = Vec::new();
    if request.seen_problems && of(GateDemand::Problems).is_some() {
        let (what, series) = (question(at_gate.batch), Vec::new());
        answers.push(EventBody::Acknowledged { what, series });
    }
    if let Some(faces) = of(GateDemand::Faces).filter(|_| request.faces_may_go) {
        let (what, series) = (FACES.to_owned(), faces.series.clone());
        answers.push(EventBody::Acknowledged { what, series });
    }
    if request.for_benchmark && of(GateDemand::Benchmark).is_some() {
        let (what, series) = (BENCHMARK.to_owned(), Vec::new());
        answers.push(EventBody::Acknowledged { what, series });
    }
    let unmet = request.overrides.iter().filter(|(demand, _)| of(*demand).is_some());
    answers.extend(unmet.map(|(demand, reason)| EventBody::Overridden {
        demand: demand.name().to_owned(),
        reason: reason.clone(),
    }));
    answers
}

/// Keeps how an export ended.
fn conclude(
    mut store: ReviewStore,
    request: &DeidRequest,
    (batch, key): (&Batch, &ProjectKey),
    exported: &[Exported],
) -> Result<(), DeidError> {
    store.put_outcomes(&outcome_records(batch, exported))?;
    write_quarantine(&request.review, exported)?;
    if let Some(maps) = &request.maps {
        write_maps(maps, batch, key)?;
    }
    Ok(store.close()?)
}

/// What the review says of a batch.
struct Reviewed<'a> {
    /// The project key, its crosswalk as the merges of the review ask for.
    key: &'a ProjectKey,
    findings: &'a BTreeMap<Digest256, Vec<FrameFindings>>,
    decisions: &'a Decisions,
    fingerprints: &'a BTreeMap<SeriesUid, Digest256>,
    identity: &'a IdentityStanding,
    whole_studies: bool,
    part: Option<&'a Batch>,
    guard: &'a Guard<'a>,
}

/// Exports what was decided.
fn export(
    request: &DeidRequest,
    (batch, context): (&Batch, &VerifyContext),
    reviewed: &Reviewed<'_>,
    pool: &WorkerPool,
    progress: &Progress<'_>,
) -> Result<ExportedBatch, BatchExportError> {
    let subjects = Resemblance::compile(&batch.subjects);
    let burned_in = BurnedIn { policy: request.profile.burned_in_text(), subjects: &subjects };
    let proposals = burned_in.propose(batch.instances.values(), reviewed.findings);
    let decided = ReviewDecided {
        decisions: reviewed.decisions,
        findings: reviewed.findings,
        proposals: &proposals,
        fingerprints: reviewed.fingerprints,
        conflicts: &reviewed.identity.open,
        approve: request.approve,
        mask_suspected: request.mask_suspected,
    };
    let (lane, detect, cancel) = (Lane::Batch, request.detect, progress.cancel());
    let inputs = ExportInputs {
        batch,
        profile: &request.profile,
        key: reviewed.key,
        identifiers: &Identifiers::compile(&batch.subjects)?,
        decided: &decided,
        pixels: &WorkerPixels { pool, lane, detect, cancel },
        context,
        output: &request.output,
        threads: request.threads,
        republish: request.republish,
        whole_studies: reviewed.whole_studies,
        part: reviewed.part,
        guard: reviewed.guard,
    };
    export_batch(&inputs, progress)
}

/// Opens the review where there is one. Decisions are only taken from a log that nobody changed.
fn open_review(folder: &Path) -> Result<Option<ReviewStore>, StoreError> {
    if !ReviewStore::is_at(folder) {
        return Ok(None);
    }
    let store = ReviewStore::open(folder)?;
    store.check_audit()?;
    Ok(Some(store))
}

/// Writes into the log what was waived and what became visible.
fn record_export(
    store: &mut ReviewStore,
    request: &DeidRequest,
    report: &Report,
) -> Result<AuditHead, StoreError> {
    for waived in &report.waived {
        append(store, request, EventBody::Waived { what: waived.clone() })?;
    }
    record_published(store, request, report.tally.released)
}

fn record_published(
    store: &mut ReviewStore,
    request: &DeidRequest,
    released: usize,
) -> Result<AuditHead, StoreError> {
    let path = request.output.join(MANIFEST_NAME);
    let manifest = digest_file(&path).map_err(|source| StoreError::Io {
        doing: "reading the manifest",
        source,
        path,
    })?;
    append(store, request, EventBody::Published { manifest, released: released as u64 })?;
    Ok(store.audit_head())
}

fn stop_if_cancelled(progress: &Progress<'_>) -> Result<(), DeidError> {
    if progress.is_cancelled() { Err(DeidError::Cancelled) } else { Ok(()) }
}

fn append(
    store: &mut ReviewStore,
    request: &DeidRequest,
    body: EventBody,
) -> Result<(), StoreError> {
    let event = NewEvent { ticket: 0, reader: request.reader.clone(), body };
    store.append(&event, (request.now)()).map(drop)
}

fn check_places(request: &DeidRequest) -> Result<(), DeidError> {
    std::fs::metadata(&request.input).map_err(DeidError::Input)?;
    if let Some(fault) = placement_fault(&request.review, &request.input, Some(&request.output)) {
        return Err(fault.into());
    }
    let misplaced =
        |maps: &PathBuf| placement_fault(maps, &request.input, Some(&request.output)).is_some();
    if request.maps.as_ref().is_some_and(misplaced) {
        return Err(DeidError::MapsPlacement);
    }
    match destination_standing(&request.output, &request.input, &request.key) {
        // Another part exports now: this one waits for its turn when it has something to export.
        Err(DestinationError::Locked) if request.shard.is_some() => Ok(()),
        standing => Ok(standing.map(|_files| ()).map_err(BatchExportError::from)?),
    }
}

/// Writes what was indexed and what it is worked with into the review.
fn record_batch(
    store: &mut ReviewStore,
    (request, detector): (&DeidRequest, Option<Digest256>),
    batch: &Batch,
) -> Result<(), DeidError> {
    let root = resolved(&request.input).unwrap_or_else(|| request.input.clone());
    store.put_instances(&root, &instance_records(batch))?;
    store.put_settings(&Settings {
        input: Phi::new(root),
        profile_name: request.profile.name().to_owned(),
        profile: request.profile.digest(),
        key: Some(key_digest(&request.key)),
        detector,
    })?;
    Ok(())
}

/// Writes what was said of the identity of patients into the log, as one step.
fn record_identities(
    store: &mut ReviewStore,
    request: &DeidRequest,
    batch: &Batch,
) -> Result<(), DeidError> {
    if request.identity.is_empty() {
        return Ok(());
    }
    let decided = crate::review::load(store)?;
    let said = identity_decisions(batch, &request.identity, decided.identities())
        .map_err(DeidError::Identity)?;
    if !said.is_empty() {
        let decisions = said.into_iter().map(Decision::ResolveIdentity).collect();
        append(store, request, EventBody::decided(decisions))?;
    }
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
            instance: instance.uid.clone(),
            series: instance.series.clone(),
        })
        .collect()
}

/// What a verdict on each series would rest on now.
pub(crate) fn current_fingerprints(
    batch: &Batch,
    profile: &Profile,
    detector: Option<Digest256>,
    findings: &BTreeMap<Digest256, Vec<FrameFindings>>,
    decisions: &Decisions,
) -> BTreeMap<SeriesUid, Digest256> {
    // Of files with one UID the first by path stands for it, as in the outline; the others are
    // never released.
    let mut seen = BTreeSet::new();
    let mut series: BTreeMap<&SeriesUid, Vec<&Instance>> = BTreeMap::new();
    for instance in batch.instances.values().filter(|instance| seen.insert(&instance.uid)) {
        series.entry(&instance.series).or_default().push(instance);
    }
    series
        .into_iter()
        .map(|(uid, instances)| {
            let patient = instances.first().map(|instance| &instance.patient);
            let member = |instance: &Instance| Member {
                input: instance.digest,
                group: instance.group,
                image_size: (instance.frames > 0).then_some(instance.image_size),
                findings: findings.get(&instance.digest).map_or(&[], Vec::as_slice),
            };
            let members =
                instances.iter().map(|instance| (&instance.uid, member(instance))).collect();
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

/// What the gate would have asked a person, under `--approve all`.
fn waived(request: &DeidRequest, batch: &Batch) -> Vec<String> {
    let mut waived =
        vec!["Every series was released on one person's word, without a review.".to_owned()];
    let faces = batch.instances.values().filter(|instance| instance.has_face_risk()).count();
    if faces > 0 {
        waived.push(format!("{faces} instances may show a face, or allow one to be rendered."));
    }
    // That studies go whole is no question to a person: it holds all the same.
    let holds = |demand| {
        matches!(demand, GateDemand::WholeStudies | GateDemand::Faces | GateDemand::Identity)
    };
    let gate = request.profile.gate().iter().copied();
    let asked = gate.filter(|demand| !holds(*demand) && !is_asked(request, *demand));
    waived.extend(asked.map(|demand| format!("The gate did not ask whether {}.", demand.title())));
    let contested = contested(batch);
    let apart = batch.instances.values().filter(|found| contested.contains(&found.uid)).count();
    if apart > 0 {
        waived.push(format!(
            "{apart} files share their SOP Instance UID with a file of other content: each got an \
             identity of its own, and references to that UID lead nowhere."
        ));
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

/// A flag that is never set, for jobs that nobody can cancel.
pub static NEVER: AtomicBool = AtomicBool::new(false);
