//! The identity conflicts of a folder as questions for its window, and what the answers make of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::engine::key::ProjectKey;
use crate::index::{
    Batch, ConflictKind, Instance, SubjectDictionary, conflicts, identity_basis, parted,
};
use crate::jobs::backend::JobEvent;
use crate::jobs::identity::{IdentityStanding, merged_key, settle_identities};
use crate::jobs::session_folder::{Folder, Shared};
use crate::model::{IdentityAnswer, IdentityResolution, PatientKey, Phi, SeriesUid};
use crate::review::{Decisions, Identities, IdentityQuestion, PersonSaid, Said, SeriesOwner};

/// Paths that are told of one person; more than a few nobody reads.
const PATHS: usize = 8;
/// Names or IDs in one label.
const NAMES: usize = 3;

/// Works out anew what the answers make of the folder, and tells the window. Only the store's
/// thread calls it: so no older answer takes the place of a later one.
pub(crate) fn tell_identities(shared: &Shared) {
    let (batch, decisions) = {
        let folder = shared.folder();
        if !folder.complete {
            return;
        }
        (without_strangers(&folder), folder.journal.decisions().clone())
    };
    let key = match merged_key(&shared.options.key, &decisions) {
        Ok(key) => key,
        Err(error) => return shared.tell(JobEvent::Failed { why: error.to_string() }),
    };
    let mut settled = batch.clone();
    let standing = settle_identities(&mut settled, &decisions, &BTreeSet::new());
    let seen = Seen { read: &batch, settled: &settled, standing: &standing, key: &key };
    let groups = groups(&batch, decisions.identities());
    let questions = seen.questions(&groups, decisions.identities());
    let owners = seen.owners(decisions.identities());
    let answered = answered_part(&batch, settled, &decisions);
    shared.folder().answered = answered;
    shared.tell(JobEvent::Identities(Box::new(Identities { questions, owners })));
}

/// All instances of a folder, but only the dictionaries of patients who were answered about.
fn without_strangers(folder: &Folder) -> Batch {
    let named: BTreeSet<&PatientKey> =
        folder.journal.decisions().identities().iter().flat_map(|it| &it.patients).collect();
    let subjects = folder.batch.subjects.iter().filter(|(key, _)| named.contains(key));
    Batch {
        root: folder.batch.root.clone(),
        instances: folder.batch.instances.clone(),
        subjects: subjects.map(|(key, subject)| (key.clone(), subject.clone())).collect(),
        ..Batch::default()
    }
}

/// The instances of patients who were answered about, as the answers have them.
fn answered_part(read: &Batch, mut settled: Batch, decisions: &Decisions) -> Batch {
    let named: BTreeSet<&PatientKey> =
        decisions.identities().iter().flat_map(|it| &it.patients).collect();
    settled.instances.retain(|path, _| {
        read.instances.get(path).is_some_and(|before| named.contains(&before.patient))
    });
    settled
}

/// An instance with its patient's dictionary, as the answers have both.
pub(crate) fn as_answered<'a>(
    folder: &'a Folder,
    instance: &'a Instance,
) -> (&'a Instance, SubjectDictionary) {
    match folder.answered.instances.get(&instance.path) {
        Some(answered) => (answered, folder.answered.subject(&answered.patient)),
        None => (instance, folder.batch.subject(&instance.patient)),
    }
}

/// Patients who are asked about together, and what is the matter with them.
struct Group {
    kinds: BTreeSet<ConflictKind>,
    patients: BTreeSet<PatientKey>,
}

/// The conflicts of a batch, so that no patient is in two groups: an answer takes the place of all
/// that was said of any of its patients before.
fn groups(batch: &Batch, resolutions: &[IdentityResolution]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut dummies = BTreeSet::new();
    for conflict in conflicts(batch) {
        match conflict.kind {
            // These are told apart already; they have nothing to do with one another.
            ConflictKind::DummyId => dummies = conflict.patients,
            kind => unite(&mut groups, [kind].into(), &conflict.patients),
        }
    }
    for said in resolutions {
        if groups.iter().any(|group| !group.patients.is_disjoint(&said.patients)) {
            unite(&mut groups, BTreeSet::new(), &said.patients);
        }
    }
    for group in &mut groups {
        if !group.patients.is_disjoint(&dummies) {
            group.kinds.insert(ConflictKind::DummyId);
        }
        dummies.retain(|patient| !group.patients.contains(patient));
    }
    if !dummies.is_empty() {
        groups.push(Group { kinds: [ConflictKind::DummyId].into(), patients: dummies });
    }
    // What holds files comes first, what asks for nothing last.
    groups.sort_by_key(|group| {
        (!group.blocks(), group.is_of_dummies(), group.patients.first().cloned())
    });
    groups
}

/// Adds patients to the groups, which become one where they share one of them.
fn unite(
    groups: &mut Vec<Group>,
    mut kinds: BTreeSet<ConflictKind>,
    patients: &BTreeSet<PatientKey>,
) {
    let mut patients = patients.clone();
    groups.retain_mut(|group| {
        let apart = group.patients.is_disjoint(&patients);
        if !apart {
            kinds.append(&mut group.kinds);
            patients.append(&mut group.patients);
        }
        apart
    });
    groups.push(Group { kinds, patients });
}

impl Group {
    fn blocks(&self) -> bool {
        self.kinds.iter().any(|kind| kind.blocks())
    }

    fn is_of_dummies(&self) -> bool {
        self.kinds.iter().all(|kind| *kind == ConflictKind::DummyId)
    }

    /// The answers that make sense where the files tell so many people apart.
    fn answers(&self, people: usize) -> Vec<IdentityAnswer> {
        // Dummies among themselves have nothing in common but that they are none.
        let joins = self.patients.len() > 1 && !self.is_of_dummies();
        let mut answers = Vec::new();
        answers.extend(joins.then_some(IdentityAnswer::Merge));
        answers.push(IdentityAnswer::Confirm);
        let parts = self.blocks() && people > self.patients.len();
        answers.extend(parts.then_some(IdentityAnswer::Split));
        answers
    }

    fn said(&self, resolutions: &[IdentityResolution], settled: &BTreeSet<PatientKey>) -> Said {
        let speaking: Vec<_> =
            resolutions.iter().filter(|said| !said.patients.is_disjoint(&self.patients)).collect();
        let stands = |said: &&IdentityResolution| {
            said.answer == IdentityAnswer::Split || said.patients.is_subset(settled)
        };
        match speaking.as_slice() {
            [] => Said::Nothing,
            found if !found.iter().all(stands) => Said::Changed,
            [said] if self.patients.is_subset(&said.patients) => Said::One(said.answer),
            found => {
                let spoken_of: BTreeSet<_> = found.iter().flat_map(|said| &said.patients).collect();
                match self.patients.iter().all(|patient| spoken_of.contains(patient)) {
                    true => Said::Several,
                    false => Said::Nothing,
                }
            }
        }
    }
}

/// A batch before and after the answers.
struct Seen<'a> {
    read: &'a Batch,
    settled: &'a Batch,
    standing: &'a IdentityStanding,
    key: &'a ProjectKey,
}

impl Seen<'_> {
    fn questions(
        &self,
        groups: &[Group],
        resolutions: &[IdentityResolution],
    ) -> Vec<IdentityQuestion> {
        let mut found: Vec<Vec<&Instance>> = groups.iter().map(|_| Vec::new()).collect();
        let of: BTreeMap<&PatientKey, usize> = groups
            .iter()
            .enumerate()
            .flat_map(|(at, group)| group.patients.iter().map(move |patient| (patient, at)))
            .collect();
        for instance in self.read.instances.values() {
            let group = of.get(&instance.patient).and_then(|at| found.get_mut(*at));
            if let Some(group) = group {
                group.push(instance);
            }
        }
        let pairs = groups.iter().zip(&found);
        pairs.map(|(group, found)| self.question(group, found, resolutions)).collect()
    }

    fn question(
        &self,
        group: &Group,
        instances: &[&Instance],
        resolutions: &[IdentityResolution],
    ) -> IdentityQuestion {
        let people = self.people(instances);
        let held = instances
            .iter()
            .filter(|found| self.standing.open.contains_key(&self.owner(found)))
            .map(|found| found.series.clone());
        IdentityQuestion {
            patients: group.patients.clone(),
            basis: identity_basis(self.read, &group.patients),
            label: label(instances),
            matter: group.kinds.iter().map(ToString::to_string).collect(),
            blocks: group.blocks(),
            answers: group.answers(people.len()),
            people,
            said: group.said(resolutions, &self.standing.settled),
            held: held.collect(),
        }
    }

    /// Whose an instance is after the answers.
    fn owner(&self, instance: &Instance) -> PatientKey {
        let settled = self.settled.instances.get(&instance.path);
        settled.unwrap_or(instance).patient.clone()
    }

    /// Those whom a split would tell apart.
    fn people(&self, instances: &[&Instance]) -> Arc<[PersonSaid]> {
        let mut people: BTreeMap<PatientKey, Vec<&Instance>> = BTreeMap::new();
        for instance in instances {
            people.entry(parted(instance)).or_default().push(instance);
        }
        people.into_values().map(|own| self.person(&own)).collect()
    }

    fn person(&self, own: &[&Instance]) -> PersonSaid {
        let owner = own.first().map(|first| self.owner(first));
        PersonSaid {
            says: said_of(own),
            files: own.len(),
            paths: own.iter().take(PATHS).map(|it| Phi::new(it.path.clone())).collect(),
            series: own.iter().map(|it| it.series.clone()).collect(),
            pseudonym: owner.map(|owner| self.key.pseudonym(&owner)).unwrap_or_default(),
        }
    }

    /// The series that answers gave to somebody; a series goes with its first file.
    fn owners(&self, resolutions: &[IdentityResolution]) -> Vec<SeriesOwner> {
        let moved = resolutions.iter().filter(|said| said.answer != IdentityAnswer::Confirm);
        let named: BTreeSet<&PatientKey> = moved.flat_map(|said| &said.patients).collect();
        let mut people: BTreeMap<PatientKey, Vec<&Instance>> = BTreeMap::new();
        let mut series: BTreeMap<&SeriesUid, PatientKey> = BTreeMap::new();
        for instance in self.read.instances.values().filter(|it| named.contains(&it.patient)) {
            let owner = self.owner(instance);
            series.entry(&instance.series).or_insert_with(|| owner.clone());
            people.entry(owner).or_default().push(instance);
        }
        let labels: BTreeMap<&PatientKey, Phi<String>> =
            people.iter().map(|(owner, own)| (owner, person_label(own))).collect();
        let owner = |(uid, owner): (&SeriesUid, PatientKey)| SeriesOwner {
            series: uid.clone(),
            label: labels.get(&owner).cloned().unwrap_or_default(),
            owner,
        };
        series.into_iter().map(owner).collect()
    }
}

/// ID, issuer, name, birth date, sex and institution, as files say them.
fn said_of(instances: &[&Instance]) -> [Phi<BTreeSet<String>>; 6] {
    let each = |value: &dyn Fn(&Instance) -> &Phi<String>| {
        let values = instances.iter().map(|it| value(it).expose().trim());
        Phi::new(values.filter(|value| !value.is_empty()).map(str::to_owned).collect())
    };
    [
        each(&|it| &it.labels.patient_id),
        each(&|it| &it.person.issuer),
        each(&|it| &it.labels.patient_name),
        each(&|it| &it.person.birth_date),
        each(&|it| &it.person.sex),
        each(&|it| &it.person.institution),
    ]
}

/// IDs and names, for the list of questions.
fn label(instances: &[&Instance]) -> Phi<String> {
    let [ids, _, names, ..] = said_of(instances);
    joined(&[(&ids, " + "), (&names, " / ")])
}

/// Names, IDs and birth dates of one person, for the outline.
fn person_label(instances: &[&Instance]) -> Phi<String> {
    let [ids, _, names, births, ..] = said_of(instances);
    joined(&[(&names, " / "), (&ids, " + "), (&births, " / ")])
}

fn joined(parts: &[(&Phi<BTreeSet<String>>, &str)]) -> Phi<String> {
    let part = |(values, between): &(&Phi<BTreeSet<String>>, &str)| {
        let values = values.expose();
        let mut words: Vec<&str> = values.iter().take(NAMES).map(String::as_str).collect();
        words.extend((values.len() > NAMES).then_some("…"));
        words.join(between)
    };
    let parts = parts.iter().map(part).filter(|part| !part.is_empty());
    Phi::new(parts.collect::<Vec<_>>().join(" · "))
}
