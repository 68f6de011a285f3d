//! Where each instance goes in the output, and under which identity: names made of new identifiers
//! only.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use crate::engine::key::ProjectKey;
use crate::index::{Batch, Instance};
use crate::model::{
    Action, ActionCode, AttributePath, Cause, Digest256, InstanceUid, Layer, NewValue, Phi, Plan,
    PlannedEdit, Tag, VR,
};

const SOP_INSTANCE: AttributePath = AttributePath::root(Tag(0x0008, 0x0018));

/// Where an instance goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// Its path below the output: `patient/study/series/instance.dcm`.
    pub path: String,
    /// Its new SOP Instance UID, where that is not the one that stands for its UID elsewhere.
    pub identity: Option<String>,
}

/// Where the files of a batch go by their path in the input, or why one has no place.
pub type Names = BTreeMap<PathBuf, Result<Name, Cause>>;

/// Names every instance. No two instances of an export have one identity.
///
/// Of files of one SOP Instance UID that are the same byte for byte the first by path goes. Where
/// contents differ, wherever in the batch they stand, each gets an identity of its own, made of UID
/// and content, if `may_part` allows it; else none of them goes.
pub(crate) fn names(
    batch: &Batch,
    key: &ProjectKey,
    may_part: &dyn Fn(&InstanceUid) -> bool,
) -> Names {
    let mut names = Names::new();
    for (uid, instances) in by_uid(batch) {
        let differ = differ(&instances);
        let refused = differ && !may_part(uid);
        let mut seen: BTreeSet<Digest256> = BTreeSet::new();
        for instance in instances {
            let name = match (refused, seen.insert(instance.digest)) {
                (true, _) => Err(Cause::ConflictingIdentity),
                (false, false) => Err(Cause::Duplicate),
                (false, true) => Ok(name(instance, key, differ)),
            };
            names.insert(instance.path.clone(), name);
        }
    }
    names
}

/// The SOP Instance UIDs that files of different content claim.
pub(crate) fn contested(batch: &Batch) -> BTreeSet<&InstanceUid> {
    by_uid(batch).into_iter().filter(|(_, same)| differ(same)).map(|(uid, _)| uid).collect()
}

fn by_uid(batch: &Batch) -> BTreeMap<&InstanceUid, Vec<&Instance>> {
    let mut by_uid: BTreeMap<&InstanceUid, Vec<&Instance>> = BTreeMap::new();
    for instance in batch.instances.values() {
        by_uid.entry(&instance.uid).or_default().push(instance);
    }
    by_uid
}

fn differ(instances: &[&Instance]) -> bool {
    instances.windows(2).any(|two| two[0].digest != two[1].digest)
}

fn name(instance: &Instance, key: &ProjectKey, apart: bool) -> Name {
    let patient = key.pseudonym(&instance.patient);
    let study = key.uid(instance.study.as_str());
    let series = key.uid(instance.series.as_str());
    let identity =
        apart.then(|| key.uid(&format!("{} of {}", instance.uid.as_str(), instance.digest)));
    let uid = identity.clone().unwrap_or_else(|| key.uid(instance.uid.as_str()));
    Name { path: format!("{patient}/{study}/{series}/{uid}.dcm"), identity }
}

/// Plans the identity that an instance has for itself. Without success where a rule or a person
/// decided otherwise than to replace its UID.
pub(crate) fn give_identity(plan: &mut Plan, identity: &str) -> Result<(), Cause> {
    let planned = plan.edits.iter_mut().find(|edit| edit.path == SOP_INSTANCE);
    let Some(planned) = planned else { return Err(Cause::ConflictingIdentity) };
    if !matches!(planned.action, Action::ReplaceUid | Action::Set) {
        return Err(Cause::ConflictingIdentity);
    }
    *planned = PlannedEdit {
        path: SOP_INSTANCE,
        vr: VR::UI,
        code: ActionCode::U,
        action: Action::ReplaceUid,
        value: NewValue::Text(Phi::new(identity.to_owned())),
        rule: Arc::from("another file of the batch has the same UID and other content"),
        layer: Layer::Standard,
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::Entry;
    use crate::model::SeriesUid;

    fn instance(path: &str, uid: &str, series: &str, content: u8) -> Instance {
        Instance {
            path: path.into(),
            digest: Digest256([content; 32]),
            series: SeriesUid::new(series),
            uid: InstanceUid::new(uid),
            ..Instance::blank()
        }
    }

    fn named(instances: &[Instance], may_part: bool) -> Vec<Result<Name, Cause>> {
        let mut batch = Batch::default();
        for instance in instances.iter().rev() {
            batch.add(Entry::Instance(Box::new(instance.clone()), Vec::new()));
        }
        let key = ProjectKey::from_bytes([1; 32]);
        names(&batch, &key, &|_| may_part).into_values().collect()
    }

    #[test]
    fn of_equal_files_the_first_by_path_goes() {
        let equal = [instance("a", "1", "s", 7), instance("b", "1", "s", 7)];
        for may_part in [true, false] {
            let names = named(&equal, may_part);
            assert_eq!(names[1], Err(Cause::Duplicate));
            assert_eq!(names[0].as_ref().unwrap().identity, None);
        }
    }

    #[test]
    fn of_different_files_each_has_its_own_identity_or_none_goes() {
        let different = [
            instance("a", "1", "s", 7),
            instance("b", "1", "t", 8),
            instance("c", "1", "s", 7),
            instance("d", "2", "s", 9),
        ];
        let refused = Err(Cause::ConflictingIdentity);
        let names = named(&different, false);
        assert_eq!(names[..3], [refused.clone(), refused.clone(), refused]);
        assert!(names[3].is_ok());
        let names = named(&different, true);
        let identity = |at: usize| names[at].as_ref().unwrap().identity.as_ref();
        assert!(identity(0).is_some() && identity(1).is_some() && identity(0) != identity(1));
        assert_eq!(names[2], Err(Cause::Duplicate));
        assert_eq!(identity(3), None);
        // It depends on nothing but UID and content.
        let others = [instance("z", "1", "s", 7), instance("y", "1", "s", 5)];
        assert_eq!(named(&others, true)[1].as_ref().unwrap().identity.as_ref(), identity(0));
    }
}
