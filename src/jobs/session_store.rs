//! The thread that owns the review store: one request after the other.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crossbeam_channel::Receiver;
use jiff::Timestamp;

use crate::jobs::backend::JobEvent;
use crate::jobs::deid::{instance_records, key_digest};
use crate::jobs::gate::AtGate;
use crate::jobs::look::looker_id;
use crate::jobs::session_export::fingerprints;
use crate::jobs::session_folder::Shared;
use crate::jobs::session_identity::tell_identities;
use crate::jobs::settle_identities;
use crate::model::{Digest256, Phi, resolved};
use crate::store::{
    Detection, EventBody, NewEvent, OutcomeRecord, ReviewStore, Settings, StoreError,
};

/// What the store's thread is asked.
pub(crate) enum StoreRequest {
    /// To write an event, and to say so when it is durable.
    Append(NewEvent),
    /// To draw a sample of what nobody looked at until now, and write it down.
    Draw,
    /// To keep what was found.
    Detected(Detection),
    /// To keep what the folder holds.
    Indexed,
    /// To record an export, and to complete its report.
    Exported(Box<ExportDone>),
}

/// What an export leaves for the store.
pub(crate) struct ExportDone {
    pub(crate) outcomes: Vec<OutcomeRecord>,
    pub(crate) manifest: Digest256,
    pub(crate) released: u64,
    pub(crate) finish: Box<dyn FnOnce(String) -> std::io::Result<PathBuf> + Send>,
    pub(crate) output: PathBuf,
}

/// Owns the store: one event after the other, each answered when it is durable.
pub(crate) fn keep(shared: &Shared, mut store: ReviewStore, requests: &Receiver<StoreRequest>) {
    for request in requests {
        match request {
            StoreRequest::Append(event) => append(shared, &mut store, &event),
            StoreRequest::Draw => {
                let body = draw(shared);
                let reader = shared.options.reader.clone();
                append(shared, &mut store, &NewEvent { ticket: 0, reader, body });
            }
            StoreRequest::Detected(detection) => {
                tell_fault(shared, store.put_detection(&detection));
            }
            StoreRequest::Indexed => {
                tell_identities(shared);
                tell_fault(shared, record_batch(shared, &mut store));
            }
            StoreRequest::Exported(done) => finish_export(shared, &mut store, *done),
        }
    }
    tell_fault(shared, store.close());
}

fn append(shared: &Shared, store: &mut ReviewStore, event: &NewEvent) {
    match store.append(event, Timestamp::now()) {
        Ok(recorded) => {
            let answered = {
                let journal = &mut shared.folder().journal;
                let before = journal.decisions().identities().to_vec();
                journal.apply(&recorded);
                before != journal.decisions().identities()
            };
            shared.tell(JobEvent::Recorded(recorded));
            if answered {
                tell_identities(shared);
            }
        }
        Err(error) => {
            let why = error.to_string();
            shared.tell(JobEvent::AppendFailed { ticket: event.ticket, why });
        }
    }
}

/// Draws a sample of the frames that an export would release now.
fn draw(shared: &Shared) -> EventBody {
    let options = &shared.options;
    let folder = shared.folder();
    let fingerprints = fingerprints(shared, &folder);
    let mut batch = folder.batch.clone();
    let decisions = folder.journal.decisions();
    let identity = settle_identities(&mut batch, decisions, &BTreeSet::new());
    let at_gate = AtGate {
        batch: &batch,
        journal: &folder.journal,
        fingerprints: &fingerprints,
        conflicts: &identity.open,
    };
    at_gate.draw(&options.key, options.profile.sample_size())
}

fn tell_fault(shared: &Shared, done: Result<(), StoreError>) {
    if let Err(error) = done {
        shared.tell(JobEvent::Failed { why: error.to_string() });
    }
}

fn record_batch(shared: &Shared, store: &mut ReviewStore) -> Result<(), StoreError> {
    let options = &shared.options;
    let (records, root) = {
        let folder = shared.folder();
        let root = resolved(&folder.root).unwrap_or_else(|| folder.root.clone());
        (instance_records(&folder.batch), root)
    };
    store.put_instances(&root, &records)?;
    store.put_settings(&Settings {
        input: Phi::new(root),
        profile_name: options.profile.name().to_owned(),
        profile: options.profile.digest(),
        key: Some(key_digest(&options.key)),
        detector: options
            .detect
            .then(|| looker_id(&options.device_rules, options.pool.suspicion())),
    })
}

/// Records what was published, and completes the report with the head of the log.
fn finish_export(shared: &Shared, store: &mut ReviewStore, done: ExportDone) {
    let body = EventBody::Published { manifest: done.manifest, released: done.released };
    let event = NewEvent { ticket: 0, reader: shared.options.reader.clone(), body };
    let failed = |what: &str| {
        let why = format!(
            "the files are published and whole, but {what}; mend that, then export again into \
             the same folder"
        );
        shared.tell(JobEvent::ExportFailed { why });
    };
    let recorded = match store.append(&event, Timestamp::now()) {
        Ok(recorded) => recorded,
        Err(error) => return failed(&format!("the review could not record it ({error})")),
    };
    shared.folder().journal.apply(&recorded);
    shared.tell(JobEvent::Recorded(recorded));
    tell_fault(shared, store.put_outcomes(&done.outcomes));
    let head = store.audit_head();
    match (done.finish)(format!("{} {}", head.seq, head.hmac)) {
        Ok(report) => {
            let (outcomes, output) = (done.outcomes, done.output);
            shared.tell(JobEvent::Exported { outcomes, report, output });
        }
        Err(error) => failed(&format!("the report could not be written ({})", error.kind())),
    }
}
