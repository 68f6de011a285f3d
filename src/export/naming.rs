//! Where each instance goes in the output: names made of new identifiers only.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::engine::key::ProjectKey;
use crate::index::{Batch, Instance};
use crate::model::{Cause, Digest256};

/// The path below the output of every instance, `patient/study/series/instance.dcm`, or why it has
/// none.
///
/// Files of one SOP Instance UID and different content are told apart by a number behind the name,
/// in the order of their digests; of files that are the same byte for byte the first by path goes.
pub(crate) fn names(batch: &Batch, key: &ProjectKey) -> BTreeMap<PathBuf, Result<String, Cause>> {
    let mut by_target: BTreeMap<String, Vec<&Instance>> = BTreeMap::new();
    for instance in batch.instances.values() {
        by_target.entry(target(instance, key)).or_default().push(instance);
    }
    let mut names = BTreeMap::new();
    for (target, mut instances) in by_target {
        instances.sort_by(|a, b| (a.digest, &a.path).cmp(&(b.digest, &b.path)));
        let mut seen: BTreeSet<Digest256> = BTreeSet::new();
        for instance in instances {
            let name = match (seen.insert(instance.digest), seen.len()) {
                (false, _) => Err(Cause::Duplicate),
                (true, 1) => Ok(format!("{target}.dcm")),
                (true, number) => Ok(format!("{target}-{number}.dcm")),
            };
            names.insert(instance.path.clone(), name);
        }
    }
    names
}

fn target(instance: &Instance, key: &ProjectKey) -> String {
    let patient = key.pseudonym(&instance.patient);
    let study = key.uid(instance.study.as_str());
    let series = key.uid(instance.series.as_str());
    format!("{patient}/{study}/{series}/{}", key.uid(instance.uid.as_str()))
}
