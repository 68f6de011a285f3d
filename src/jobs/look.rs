//! Has workers look at images, and keeps what they find.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::atomic::AtomicBool;

use crossbeam_channel::bounded;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::detect::{Depth, detector_id};
use crate::devices::{DeviceMatch, DeviceRules};
use crate::dicom::{Limits, Source, scan};
use crate::engine::burned_in::carries_text;
use crate::index::{Batch, Instance};
use crate::jobs::worker::{Frames, Lane, WorkerPool};
use crate::jobs::{Progress, Stage};
use crate::model::{
    Coverage, Digest256, Finding, FindingSource, FrameFindings, InstanceUid, Phi, Region, SeriesUid,
};
use crate::store::{Detection, ReviewStore, StoreError};

/// Frames of a multi-frame image that are looked at: more are sampled, first, middle and last.
const ALL_FRAMES_UP_TO: u32 = 4;

/// Why the other frames are not.
const SAMPLED: &str = "only the first, middle and last frame of many are looked at";

/// Which frames of an instance are looked at.
pub(crate) fn frames_to_look_at(instance: &Instance) -> Vec<u32> {
    match instance.frames {
        frames if frames <= ALL_FRAMES_UP_TO => (0..frames).collect(),
        frames => vec![0, frames / 2, frames - 1],
    }
}

/// Images of a series between the first and the last that are glanced at, if there are so many.
const STACK: usize = 8;
/// Modalities whose slices lie close to one another.
const SLICED: [&str; 4] = ["CT", "MR", "PT", "NM"];

/// Which instances of a batch are only glanced at: slices of a stack, but for the first, the middle
/// and the last one. What is burned into all of them is seen on these.
pub(crate) fn glanced_at(batch: &Batch) -> BTreeSet<InstanceUid> {
    let mut stacks: BTreeMap<(&SeriesUid, (u32, u32)), Vec<&Instance>> = BTreeMap::new();
    for instance in batch.instances.values() {
        let is_slice = SLICED.contains(&instance.modality.as_str()) && !carries_text(instance);
        if is_slice && instance.frames == 1 {
            stacks.entry((&instance.series, instance.image_size)).or_default().push(instance);
        }
    }
    let mut glanced = BTreeSet::new();
    for mut stack in stacks.into_values().filter(|stack| stack.len() >= STACK) {
        stack.sort_by_key(|slice| (slice.labels.instance_number, &slice.uid));
        let last = stack.len() - 1;
        let between = stack.iter().enumerate().filter(|(at, _)| ![0, last / 2, last].contains(at));
        glanced.extend(between.map(|(_, slice)| slice.uid.clone()));
    }
    glanced
}

/// Looks at an instance: every frame gets a coverage, also those that are only sampled past.
pub(crate) fn look_at(
    pool: &WorkerPool,
    lane: Lane,
    batch: &Batch,
    (instance, depth): (&Instance, Depth),
    cancel: &AtomicBool,
) -> Vec<FrameFindings> {
    let wanted = frames_to_look_at(instance);
    let not_looked_at = |frame, why: String| FrameFindings {
        frame,
        coverage: Coverage::NotLookedAt(why),
        findings: Vec::new(),
    };
    let mut found = match pool.detect(
        lane,
        &batch.file(instance),
        (Frames::These(wanted.clone()), depth),
        cancel,
    ) {
        Ok(found) => found,
        Err(error) => wanted.iter().map(|&frame| not_looked_at(frame, error.to_string())).collect(),
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

/// Names all that findings depend on: the detector, and the rules for devices where there are any.
pub(crate) fn looker_id(rules: &DeviceRules) -> Digest256 {
    if rules.rules().is_empty() {
        return detector_id();
    }
    let mut hash = Sha256::new();
    hash.update(detector_id().0);
    hash.update(rules.digest().0);
    Digest256(hash.finalize().into())
}

/// Adds what rules for devices say of an instance to what was found in it: masks on its first frame,
/// which count for all of them. Of a file that cannot be read now nobody knows what they say.
pub(crate) fn apply_rules(
    rules: &DeviceRules,
    batch: &Batch,
    instance: &Instance,
    frames: &mut [FrameFindings],
) {
    if rules.rules().is_empty() {
        return;
    }
    let source = Source::open(&batch.file(instance)).ok();
    let scanned = source.and_then(|source| scan(source, &Limits::default()).ok());
    let size = instance.image_size;
    let matched = scanned.as_ref().map(|scanned| rules.matching(scanned, size));
    let is_unsettled = matched.as_ref().is_none_or(|matched| !matched.unsettled.is_empty());
    let DeviceMatch { masks, keeps, .. } = matched.unwrap_or_default();
    let lies_in = |region: Region, kept: &Region| region.intersection(*kept) == Some(region);
    for finding in frames.iter_mut().flat_map(|frame| &mut frame.findings) {
        if finding.source == FindingSource::Detector
            && keeps.iter().any(|kept| lies_in(finding.region, kept))
        {
            finding.source = FindingSource::Exempt;
        }
    }
    let Some(first) = frames.first_mut() else { return };
    let by_rule = |region, source| Finding {
        region,
        text: Phi::new(String::new()),
        score: 100,
        read_confidence: 0,
        source,
    };
    first.findings.extend(masks.into_iter().map(|mask| by_rule(mask, FindingSource::Device)));
    if is_unsettled {
        let whole = Region { x0: 0, y0: 0, x1: size.0, y1: size.1 };
        first.findings.push(by_rule(whole, FindingSource::Unsettled));
    }
    if !matches!(first.coverage, Coverage::NotLookedAt(_)) && !first.findings.is_empty() {
        first.coverage = Coverage::Found(first.findings.len());
    }
}

/// A whole batch could not be looked at.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LookError {
    /// The review refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No threads.
    #[error("the search for text cannot be started")]
    Threads(#[source] io::Error),
}

/// What detection says of each instance: from the review where the file and the detector are the
/// same, else by looking now. Each answer is in the review as soon as it is there, so that a run
/// that is killed does not look again. A cancelled run leaves out what it did not come to.
///
/// # Errors
/// [`LookError`].
pub(crate) fn look_at_batch(
    store: &mut ReviewStore,
    batch: &Batch,
    (pool, threads): (&WorkerPool, usize),
    rules: &DeviceRules,
    progress: &Progress<'_>,
) -> Result<BTreeMap<Digest256, Vec<FrameFindings>>, LookError> {
    let detector = looker_id(rules);
    let mut findings = BTreeMap::new();
    let mut wanted = Vec::new();
    for instance in batch.instances.values().filter(|instance| instance.frames > 0) {
        let stored = store.detection(&instance.uid)?;
        let same =
            |stored: &Detection| stored.input == instance.digest && stored.detector == detector;
        match stored.filter(same) {
            Some(stored) => drop(findings.insert(instance.digest, stored.frames)),
            None => wanted.push(instance),
        }
    }
    let glanced = glanced_at(batch);
    let total = wanted.len();
    progress.begin(Stage::Detect, total);
    let threads = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| LookError::Threads(io::Error::other(error)))?;
    let (answers, answered) = bounded(64);
    let look = |instance: &Instance| {
        let is_glanced = glanced.contains(&instance.uid);
        let depth = if is_glanced { Depth::Glance } else { Depth::Thorough };
        let mut frames = look_at(pool, Lane::Batch, batch, (instance, depth), progress.cancel());
        apply_rules(rules, batch, instance, &mut frames);
        progress.step(Stage::Detect, 1, total);
        let (uid, input) = (instance.uid.clone(), instance.digest);
        Detection { instance: uid, input, detector, frames }
    };
    threads.in_place_scope(|scope| -> Result<(), StoreError> {
        // The sender goes with this task: what is received below ends when all have looked.
        scope.spawn(move |_| {
            let _stopped = wanted.par_iter().try_for_each(|instance| {
                // Where the review refused, nobody listens any more.
                let told = answers.send(look(instance));
                told.ok().filter(|()| !progress.is_cancelled())
            });
        });
        for detection in answered {
            if is_whole(&detection.frames) {
                store.put_detection(&detection)?;
            }
            findings.insert(detection.input, detection.frames);
        }
        Ok(())
    })?;
    Ok(findings)
}

/// Whether a worker answered for every frame: one that failed is asked again next time.
fn is_whole(frames: &[FrameFindings]) -> bool {
    why_unseen(frames).is_none()
}

/// Why a frame could not be looked at that should be; the first there is. No values.
pub(crate) fn why_unseen(frames: &[FrameFindings]) -> Option<&str> {
    frames.iter().find_map(|frame| match &frame.coverage {
        Coverage::NotLookedAt(why) if why != SAMPLED => Some(why.as_str()),
        _ => None,
    })
}
