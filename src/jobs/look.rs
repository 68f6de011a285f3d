//! Has workers look at images, and keeps what they find.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::atomic::AtomicBool;

use crossbeam_channel::bounded;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::detect::{Suspicion, detector_id};
use crate::devices::{DeviceMatch, DeviceRules};
use crate::dicom::{Limits, Source, scan};
use crate::engine::burned_in::{SLICES, carries_text};
use crate::index::{Batch, Instance};
use crate::jobs::worker::{Frames, Lane, WorkerPool};
use crate::jobs::{Progress, Stage};
use crate::model::{
    Coverage, Digest256, Finding, FindingSource, FrameFindings, Phi, Region, SeriesUid,
};
use crate::store::{Detection, ReviewStore, StoreError};

/// A film has more frames than this; fewer are all searched.
const ALL_FRAMES_UP_TO: u32 = 4;
/// Single slices of a series from this number on are looked at as a stack.
const STACK: usize = 8;

/// Whether an image has so many frames that they are compared, and few of them searched.
pub(crate) const fn is_film(instance: &Instance) -> bool {
    instance.frames > ALL_FRAMES_UP_TO
}

/// Images of a batch that are looked at as one: the slices of a stack in their order, or a single image.
pub(crate) fn together(batch: &Batch) -> Vec<Vec<&Instance>> {
    let mut stacks: BTreeMap<(&SeriesUid, (u32, u32)), Vec<&Instance>> = BTreeMap::new();
    let mut single = Vec::new();
    for instance in batch.instances.values().filter(|instance| instance.frames > 0) {
        let is_slice = SLICES.contains(&instance.modality.as_str()) && !carries_text(instance);
        if is_slice && instance.frames == 1 {
            stacks.entry((&instance.series, instance.image_size)).or_default().push(instance);
        } else {
            single.push(vec![instance]);
        }
    }
    for mut stack in stacks.into_values() {
        if stack.len() < STACK {
            single.extend(stack.into_iter().map(|slice| vec![slice]));
        } else {
            stack.sort_by_key(|slice| (slice.labels.instance_number, &slice.uid));
            single.push(stack);
        }
    }
    single
}

/// Looks at images that belong together: every frame of each gets a coverage.
pub(crate) fn look_at(
    pool: &WorkerPool,
    lane: Lane,
    batch: &Batch,
    images: &[&Instance],
    cancel: &AtomicBool,
) -> Vec<Vec<FrameFindings>> {
    let found = match images {
        [image] if !is_film(image) => pool.detect(lane, &batch.file(image), Frames::All, cancel),
        [image] if is_sampled(image) => {
            return vec![look_at_samples(pool, lane, batch, image, cancel)];
        }
        _ => {
            let file = |image: &&Instance| (batch.file(image), image.frames);
            pool.survey(lane, images.iter().map(file).collect(), cancel)
        }
    };
    let mut found = found.map(Vec::into_iter);
    let mut of_frame = |frame| match &mut found {
        // A worker that answers for fewer frames than the file has, did not look at the others.
        Ok(found) => match found.next() {
            Some(found) => FrameFindings { frame, ..found },
            None => not_looked_at(frame, MISSING.into()),
        },
        Err(error) => not_looked_at(frame, error.to_string()),
    };
    images.iter().map(|image| (0..image.frames).map(&mut of_frame).collect()).collect()
}

/// Most frames of a film that are compared.
const MOST_COMPARED: u32 = 5_000;

/// Why the other frames are not.
const SAMPLED: &str = "only the first, middle and last of these frames are looked at";

/// Whether few frames are looked at, and the others neither searched nor compared: the tiles of a slide
/// do not follow one another, and of too many nobody waits for the end.
fn is_sampled(image: &Instance) -> bool {
    image.modality == "SM" || image.frames > MOST_COMPARED
}

fn look_at_samples(
    pool: &WorkerPool,
    lane: Lane,
    batch: &Batch,
    image: &Instance,
    cancel: &AtomicBool,
) -> Vec<FrameFindings> {
    let wanted = vec![0, image.frames / 2, image.frames - 1];
    let why = |error: &dyn std::fmt::Display| error.to_string();
    let found = pool.detect(lane, &batch.file(image), Frames::These(wanted.clone()), cancel);
    let mut found = found.unwrap_or_else(|error| {
        wanted.iter().map(|&frame| not_looked_at(frame, why(&error))).collect()
    });
    let looked: BTreeSet<u32> = found.iter().map(|frame| frame.frame).collect();
    let others = (0..image.frames).filter(|frame| !looked.contains(frame));
    found.extend(others.map(|frame| not_looked_at(frame, SAMPLED.into())));
    found.sort_by_key(|frame| frame.frame);
    found
}

/// Why a frame was not looked at that the file says it has.
const MISSING: &str = "the worker did not answer for it";

const fn not_looked_at(frame: u32, why: String) -> FrameFindings {
    FrameFindings { frame, coverage: Coverage::NotLookedAt(why), findings: Vec::new() }
}

/// Names all that findings depend on: the detector, and the rules for devices where there are any.
pub(crate) fn looker_id(rules: &DeviceRules, suspicion: Suspicion) -> Digest256 {
    if rules.rules().is_empty() && suspicion == Suspicion::Sober {
        return detector_id();
    }
    let mut hash = Sha256::new();
    hash.update(detector_id().0);
    hash.update(rules.digest().0);
    hash.update([u8::from(suspicion == Suspicion::Paranoid)]);
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
    if first.coverage.is_searched() && !first.findings.is_empty() {
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
    let detector = looker_id(rules, pool.suspicion());
    let mut findings = BTreeMap::new();
    let mut wanted = Vec::new();
    for images in together(batch) {
        let mut known = Vec::new();
        for image in &images {
            let stored = store.detection(&image.uid)?;
            let same =
                |stored: &Detection| stored.input == image.digest && stored.detector == detector;
            known.extend(stored.filter(same));
        }
        // A stack is looked at again where a slice of it is new: what is found depends on all.
        if known.len() == images.len() {
            findings.extend(known.into_iter().map(|known| (known.input, known.frames)));
        } else {
            wanted.push(images);
        }
    }
    let total = wanted.iter().map(Vec::len).sum();
    progress.begin(Stage::Detect, total);
    let threads = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| LookError::Threads(io::Error::other(error)))?;
    let (answers, answered) = bounded(64);
    let look = |images: Vec<&Instance>| {
        let found = look_at(pool, Lane::Batch, batch, &images, progress.cancel());
        progress.step(Stage::Detect, images.len(), total);
        let detections = images.into_iter().zip(found).map(|(image, mut frames)| {
            apply_rules(rules, batch, image, &mut frames);
            let (uid, input) = (image.uid.clone(), image.digest);
            Detection { instance: uid, input, detector, frames }
        });
        detections.collect::<Vec<_>>()
    };
    threads.in_place_scope(|scope| -> Result<(), StoreError> {
        // The sender goes with this task: what is received below ends when all have looked.
        scope.spawn(move |_| {
            let _stopped = wanted.into_par_iter().try_for_each(|images| {
                // Where the review refused, nobody listens any more.
                let told = answers.send(look(images));
                told.ok().filter(|()| !progress.is_cancelled())
            });
        });
        for together in answered {
            // A worker that failed is asked again next time; a frame of a film or stack that cannot be
            // decoded would not be better then.
            let mut frames = together.iter().flat_map(|found| &found.frames);
            let has_failed = frames.all(|frame| frame.coverage.is_unseen());
            for detection in together {
                if !has_failed {
                    store.put_detection(&detection)?;
                }
                findings.insert(detection.input, detection.frames);
            }
        }
        Ok(())
    })?;
    Ok(findings)
}

/// Why a frame could not be looked at that should be; the first there is. No values.
pub(crate) fn why_unseen(frames: &[FrameFindings]) -> Option<&str> {
    frames.iter().find_map(|frame| match &frame.coverage {
        Coverage::NotLookedAt(why) if why != SAMPLED => Some(why.as_str()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{apply_rules, is_film, is_sampled, looker_id, not_looked_at, together};
    use crate::detect::{Suspicion, detector_id};
    use crate::devices::DeviceRules;
    use crate::index::Batch;
    use crate::jobs::read_entry;
    use crate::model::{Coverage, Finding, FindingSource, FrameFindings, Phi, Region};
    use crate::profile::IdentityBy;

    const RULE: &str = "format = 1

[[rule]]
name = \"banner\"
author = \"J. Doe\"
reason = \"writes names there\"
modality = \"CT\"
size = { rows = 40, columns = 60 }
mask = [[0, 0, 60, 8]]
keep = [[0, 30, 60, 40]]
";

    fn file(modality: &str, number: u32, frames: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        let number = format!("{number:03}");
        let frames = frames.to_string();
        for (tag, vr, value) in [
            ((0x0008_u16, 0x0016_u16), b"UI", b"1.2.840.10008.5.1.4.1.1.2".as_slice()),
            ((0x0008, 0x0018), b"UI", format!("1.2.3.{number}").as_bytes()),
            ((0x0008, 0x0060), b"CS", modality.as_bytes()),
            ((0x0010, 0x0020), b"LO", b"QF4711832"),
            ((0x0020, 0x000D), b"UI", b"1.2.3.100"),
            ((0x0020, 0x000E), b"UI", format!("1.2.3.{modality}").as_bytes()),
            ((0x0020, 0x0013), b"IS", number.as_bytes()),
            ((0x0028, 0x0008), b"IS", frames.as_bytes()),
            ((0x0028, 0x0010), b"US", &40_u16.to_le_bytes()),
            ((0x0028, 0x0011), b"US", &60_u16.to_le_bytes()),
            ((0x7FE0, 0x0010), b"OB", b""),
        ] {
            bytes.extend(tag.0.to_le_bytes());
            bytes.extend(tag.1.to_le_bytes());
            bytes.extend(vr);
            if vr == b"OB" {
                bytes.extend([0; 2]);
                bytes.extend(2_u32.to_le_bytes());
                bytes.extend([0; 2]);
                continue;
            }
            bytes.extend((value.len().next_multiple_of(2) as u16).to_le_bytes());
            bytes.extend(value);
            bytes.resize(bytes.len().next_multiple_of(2), b' ');
        }
        bytes
    }

    /// A batch of images: modality, number, frames.
    fn batch(folder: &std::path::Path, images: &[(&str, u32, u32)]) -> Batch {
        let mut batch = Batch::new(folder);
        for (modality, number, frames) in images {
            let path = folder.join(format!("{modality}-{number}.dcm"));
            fs::write(&path, file(modality, *number, *frames)).unwrap();
            batch.add(read_entry(folder, &path, IdentityBy::IssuerAndId));
        }
        assert_eq!(batch.instances.len(), images.len(), "{:?}", batch.problems);
        batch
    }

    #[test]
    fn slices_of_a_stack_are_looked_at_together_and_in_their_order() {
        let folder = tempfile::tempdir().unwrap();
        let mut images: Vec<(&str, u32, u32)> = (0..9).map(|at| ("CT", 90 - at, 1)).collect();
        images.extend((0..7).map(|at| ("MR", at, 1)));
        images.extend((0..9).map(|at| ("US", 200 + at, 1)));
        images.push(("CT", 99, 30));
        let batch = batch(folder.path(), &images);
        let found = together(&batch);
        assert_eq!(found.iter().map(Vec::len).sum::<usize>(), images.len());
        let stacks: Vec<_> = found.iter().filter(|images| images.len() > 1).collect();
        let [stack] = &stacks[..] else { panic!("{} stacks", stacks.len()) };
        let numbers: Vec<_> = stack.iter().map(|slice| slice.labels.instance_number).collect();
        assert!(numbers.len() == 9 && numbers.is_sorted(), "{numbers:?}");
        assert!(stack.iter().all(|slice| slice.modality == "CT" && !is_film(slice)));
        assert!(found.iter().flatten().any(|image| is_film(image)));
    }

    #[test]
    fn tiles_and_endless_films_are_sampled() {
        let folder = tempfile::tempdir().unwrap();
        let batch = batch(folder.path(), &[("SM", 1, 9), ("US", 2, 6000), ("US", 3, 5000)]);
        let sampled = batch.instances.values().filter(|image| is_sampled(image));
        let sampled: Vec<_> = sampled.map(|image| (&image.modality[..], image.frames)).collect();
        assert_eq!(sampled, [("SM", 9), ("US", 6000)]);
    }

    #[test]
    fn rules_add_masks_and_exempt_and_are_not_settled_of_a_file_that_cannot_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let batch = batch(folder.path(), &[("CT", 1, 1), ("MR", 2, 1)]);
        let rules = DeviceRules::parse(RULE).unwrap();
        let region = |y0, y1| Region { x0: 2, y0, x1: 9, y1 };
        let finding = |y0, y1| Finding {
            region: region(y0, y1),
            text: Phi::new(String::from("LEVEL")),
            score: 90,
            read_confidence: 90,
            source: FindingSource::Detector,
        };
        let looked = || {
            let findings = vec![finding(12, 20), finding(31, 39)];
            vec![FrameFindings { frame: 0, coverage: Coverage::Found(2), findings }]
        };
        let with_rules = |modality: &str| {
            let instance = batch.instances.values().find(|it| it.modality == modality).unwrap();
            let mut frames = looked();
            apply_rules(&rules, &batch, instance, &mut frames);
            frames.remove(0)
        };
        let sources = |frame: &FrameFindings| -> Vec<FindingSource> {
            frame.findings.iter().map(|finding| finding.source).collect()
        };
        let ct = with_rules("CT");
        let (found, exempt) = (FindingSource::Detector, FindingSource::Exempt);
        assert_eq!(sources(&ct), [found, exempt, FindingSource::Device]);
        assert_eq!(ct.coverage, Coverage::Found(3));
        assert_eq!(ct.findings[2].region, Region { x0: 0, y0: 0, x1: 60, y1: 8 });
        assert_eq!(with_rules("MR"), looked()[0], "no rule speaks of it");
        fs::remove_file(folder.path().join("CT-1.dcm")).unwrap();
        let gone = with_rules("CT");
        assert_eq!(sources(&gone), [found, found, FindingSource::Unsettled]);
        assert_eq!(gone.findings[2].region, Region { x0: 0, y0: 0, x1: 60, y1: 40 });
        let instance = batch.instances.values().next().unwrap();
        let mut unseen = vec![not_looked_at(0, "the worker crashed".into())];
        apply_rules(&rules, &batch, instance, &mut unseen);
        assert!(unseen[0].coverage.is_unseen(), "a rule is no look");
    }

    #[test]
    fn a_verdict_rests_on_the_detector_the_rules_and_the_suspicion() {
        let (none, some) = (DeviceRules::default(), DeviceRules::parse(RULE).unwrap());
        assert_eq!(looker_id(&none, Suspicion::Sober), detector_id());
        let mut all = vec![detector_id(), looker_id(&some, Suspicion::Sober)];
        all.extend([&none, &some].map(|rules| looker_id(rules, Suspicion::Paranoid)));
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 4);
    }
}
