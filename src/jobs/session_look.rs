//! Reads the folder of a window, then looks for text in its images.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crossbeam_channel::Sender;
use rayon::prelude::*;

use crate::engine::burned_in::{BurnedIn, Resemblance};
use crate::index::{Batch, Entry, Instance, Problem, walk};
use crate::jobs::NEVER;
use crate::jobs::backend::JobEvent;
use crate::jobs::batch::read_entry;
use crate::jobs::look::{apply_rules, look_at, looker_id, together};
use crate::jobs::session_folder::Shared;
use crate::jobs::session_project::Wish;
use crate::jobs::session_rows::{card, problem_card};
use crate::jobs::session_store::StoreRequest;
use crate::jobs::worker::Lane;
use crate::model::{Cause, FrameFindings, InstanceUid, Proposal, SeriesUid};
use crate::store::Detection;

/// Instances that are sent to the window at once while the index streams.
const CHUNK: usize = 64;

/// Reads the whole folder, then looks at every image that the review knows nothing of.
pub(crate) fn read_and_look(
    shared: &Shared,
    stored: Vec<Detection>,
    (store, projector): (&Sender<StoreRequest>, &Sender<Wish>),
) {
    if let Err(why) = read(shared) {
        return shared.tell(JobEvent::Failed { why });
    }
    if shared.is_stopping() {
        return;
    }
    // When the window is closing nobody keeps it, and nobody misses it.
    let _closing = store.send(StoreRequest::Indexed).is_err();
    let folds = shared.options.folds;
    let _closing = folds && projector.send(Wish::Indexed).is_err();
    if shared.options.detect {
        look(shared, stored, store);
    }
    let _closing = folds && projector.send(Wish::Idle).is_err();
}

fn read(shared: &Shared) -> Result<(), String> {
    let root = shared.folder().root.clone();
    let gone = |error: &dyn std::fmt::Display| {
        format!(
            "the folder cannot be read ({error}); mend that and open it again: {}",
            root.display()
        )
    };
    let found = walk(&root).map_err(|error| gone(&error))?;
    let threads = rayon::ThreadPoolBuilder::new().num_threads(shared.options.threads).build();
    let threads = threads.map_err(|error| gone(&error))?;
    let total = found.files.len();
    shared.tell(JobEvent::IndexProgress { done: 0, total });
    for (at, chunk) in found.files.chunks(CHUNK).enumerate() {
        if shared.is_stopping() {
            return Ok(());
        }
        let identity = shared.options.profile.identity();
        let read = || chunk.par_iter().map(|path| read_entry(&root, path, identity)).collect();
        take_in(shared, threads.install(read));
        shared.tell(JobEvent::IndexProgress { done: (at * CHUNK + chunk.len()).min(total), total });
    }
    let unreadable = |path| Entry::Problem(Problem { path, cause: Cause::Unreadable });
    take_in(shared, found.unreadable.into_iter().map(unreadable).collect());
    let dictionaries = {
        let mut folder = shared.folder();
        folder.complete = true;
        let subjects = folder.batch.subjects.iter();
        subjects.map(|(patient, found)| (patient.clone(), found.digest())).collect()
    };
    shared.tell(JobEvent::IndexFinished { dictionaries });
    Ok(())
}

/// Takes entries into the batch and sends them to the window.
fn take_in(shared: &Shared, entries: Vec<Entry>) {
    let (mut cards, mut problems) = (Vec::new(), Vec::new());
    let mut folder = shared.folder();
    for entry in entries {
        match &entry {
            Entry::Instance(instance, _) => {
                folder.paths.entry(instance.uid.clone()).or_insert_with(|| instance.path.clone());
                cards.push(card(instance));
            }
            Entry::Problem(problem) => problems.push(problem_card(problem)),
        }
        folder.batch.add(entry);
    }
    drop(folder);
    shared.tell(JobEvent::Indexed { cards, problems });
}

/// The images that wait to be looked at: those of the series that the curator looks at go first.
struct Waiting<'a>(Mutex<VecDeque<Vec<&'a Instance>>>);

impl<'a> Waiting<'a> {
    fn next(&self, wished: Option<&SeriesUid>) -> Option<Vec<&'a Instance>> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_wished = |images: &Vec<&Instance>, uid: &SeriesUid| {
            images.first().is_some_and(|image| image.series == *uid)
        };
        let at = wished.and_then(|uid| waiting.iter().position(|images| is_wished(images, uid)));
        waiting.remove(at.unwrap_or(0))
    }
}

/// Looks at every image, on as many threads as there are workers.
fn look(shared: &Shared, stored: Vec<Detection>, store: &Sender<StoreRequest>) {
    let batch = shared.folder().batch.clone();
    let known: BTreeMap<_, _> =
        stored.into_iter().map(|found| (found.instance.clone(), found)).collect();
    let waiting: VecDeque<_> = together(&batch).into();
    let total = waiting.iter().map(Vec::len).sum();
    let done = AtomicUsize::new(0);
    let waiting = Waiting(Mutex::new(waiting));
    let one_after_the_other = || {
        while !shared.is_stopping() {
            let wished = shared.folder().wished.clone();
            let Some(images) = waiting.next(wished.as_ref()) else { return };
            look_once(shared, (&batch, &images), (&known, store));
            let done = done.fetch_add(images.len(), Ordering::Relaxed) + images.len();
            shared.tell(JobEvent::DetectProgress { done, total });
        }
    };
    thread::scope(|scope| {
        for number in 1..shared.options.threads {
            let named = thread::Builder::new().name(format!("look {number}"));
            // Without another thread this one does all of it.
            let _fewer = named.spawn_scoped(scope, one_after_the_other).is_err();
        }
        one_after_the_other();
    });
    if !shared.is_stopping() {
        propose(shared, &batch);
    }
}

/// Tells what the profile would do with all that was found.
fn propose(shared: &Shared, batch: &Batch) {
    let subjects = Resemblance::compile(&batch.subjects);
    let policy = shared.options.profile.burned_in_text();
    let found = shared.folder().findings.clone();
    let judged = BurnedIn { policy, subjects: &subjects }.propose(batch.instances.values(), &found);
    let of_instance = |instance: &Instance| {
        let frames = found.get(&instance.digest)?.iter().enumerate();
        let of_frame = |(at, frame): (usize, &FrameFindings)| -> Vec<Proposal> {
            (0..frame.findings.len()).map(|place| judged.of(&instance.digest, at, place)).collect()
        };
        Some((instance.uid.clone(), frames.map(of_frame).collect()))
    };
    let proposals = batch.instances.values().filter_map(of_instance).collect();
    shared.tell(JobEvent::Proposed { proposals });
}

/// Looks at images that belong together; what the review already knows of the same files is taken from
/// there.
fn look_once(
    shared: &Shared,
    (batch, images): (&Batch, &[&Instance]),
    (known, store): (&BTreeMap<InstanceUid, Detection>, &Sender<StoreRequest>),
) {
    let rules = &shared.options.device_rules;
    let detector = looker_id(rules, shared.options.pool.suspicion());
    let kept = |image: &&Instance| {
        let found = known.get(&image.uid);
        let found = found.filter(|found| found.input == image.digest && found.detector == detector);
        found.map(|found| found.frames.clone())
    };
    let found = match images.iter().map(kept).collect::<Option<Vec<_>>>() {
        Some(kept) => kept,
        None => {
            let mut found = look_at(&shared.options.pool, Lane::Batch, batch, images, &NEVER);
            for (image, frames) in images.iter().zip(&mut found) {
                apply_rules(rules, batch, image, frames);
                let (uid, input) = (image.uid.clone(), image.digest);
                let found = Detection { instance: uid, input, detector, frames: frames.clone() };
                // A worker that failed is asked again next time.
                let failed = frames.iter().all(|frame| frame.coverage.is_unseen());
                let _closing = !failed && store.send(StoreRequest::Detected(found)).is_err();
            }
            found
        }
    };
    for (image, frames) in images.iter().zip(found) {
        shared.folder().findings.insert(image.digest, frames.clone());
        shared.tell(JobEvent::Detected { instance: image.uid.clone(), frames });
    }
}
