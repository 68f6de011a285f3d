//! Whose files are these: where the IDs of a batch do not tell, or tell two things.
//!
//! A conflict blocks where two people may share one pseudonym; where one person may have two, it
//! is listed. A reviewer answers with an [`IdentityResolution`], which changes who is who before
//! anything is planned.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::index::person::{self, NormalName, is_dummy_id};
use crate::index::{Batch, Instance, SubjectDictionary};
use crate::model::{Digest256, IdentityAnswer, IdentityResolution, PatientKey};

/// What is the matter with an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConflictKind {
    /// The patient ID is empty or a dummy. Such files are joined by name and birth date, or by
    /// study, never by the ID.
    DummyId,
    /// One patient ID with two names.
    TwoNames,
    /// One patient ID with two birth dates.
    TwoBirthDates,
    /// One patient ID with two sexes, and names that are not the same.
    TwoSexes,
    /// One patient ID at two institutions, no issuer, and neither name nor birth date in common.
    TwoInstitutions,
    /// The same full name and birth date under two patient IDs.
    TwoIds,
    /// One patient ID with and without an issuer.
    Issuer,
}

impl ConflictKind {
    /// Every kind with its stable name and its words for people.
    pub const ALL: [(Self, &'static str, &'static str); 7] = [
        (Self::DummyId, "dummy-id", "the patient ID is empty or a dummy"),
        (Self::TwoNames, "two-names", "one patient ID with two names"),
        (Self::TwoBirthDates, "two-birth-dates", "one patient ID with two birth dates"),
        (Self::TwoSexes, "two-sexes", "one patient ID with two sexes and differing names"),
        (
            Self::TwoInstitutions,
            "two-institutions",
            "one patient ID at two institutions, without an issuer",
        ),
        (Self::TwoIds, "two-ids", "the same name and birth date under two patient IDs"),
        (Self::Issuer, "issuer", "one patient ID with and without an issuer"),
    ];

    /// The stable name, for reports and `--json`.
    pub fn slug(self) -> &'static str {
        Self::ALL.into_iter().find(|(kind, ..)| *kind == self).map_or("", |(_, slug, _)| slug)
    }

    /// Whether it holds the files of its patients: two people may share a pseudonym.
    pub const fn blocks(self) -> bool {
        matches!(
            self,
            Self::TwoNames | Self::TwoBirthDates | Self::TwoSexes | Self::TwoInstitutions
        )
    }
}

impl fmt::Display for ConflictKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = Self::ALL.into_iter().find(|(kind, ..)| kind == self);
        f.write_str(words.map_or("", |(.., words)| words))
    }
}

/// A question about the identity of patients.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// What is the matter.
    pub kind: ConflictKind,
    /// Whose.
    pub patients: BTreeSet<PatientKey>,
}

impl Conflict {
    /// The files it speaks of, by path.
    pub fn files<'a>(&'a self, batch: &'a Batch) -> impl Iterator<Item = &'a Path> {
        let concerned = |found: &&Instance| {
            self.patients.contains(&found.patient)
                && (self.kind != ConflictKind::DummyId
                    || is_dummy_id(found.labels.patient_id.expose()))
        };
        batch.instances.values().filter(concerned).map(|found| found.path.as_path())
    }
}

/// All conflicts of a batch, by kind and patient.
pub fn conflicts(batch: &Batch) -> Vec<Conflict> {
    let mut patients: BTreeMap<&PatientKey, BTreeSet<Facts<'_>>> = BTreeMap::new();
    for instance in batch.instances.values() {
        patients.entry(&instance.patient).or_default().insert(Facts::of(instance));
    }
    let mut found = of_all(&patients);
    for (patient, facts) in &patients {
        let kinds = of_one(facts).into_iter();
        found.extend(kinds.map(|kind| Conflict { kind, patients: [(*patient).clone()].into() }));
    }
    found.sort();
    found
}

/// What one or more files say of their patient.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Facts<'a> {
    id: &'a str,
    issuer: &'a str,
    name: &'a str,
    birth_date: &'a str,
    sex: &'a str,
    institution: &'a str,
}

impl<'a> Facts<'a> {
    fn of(instance: &'a Instance) -> Self {
        Self {
            id: instance.labels.patient_id.expose(),
            issuer: instance.person.issuer.expose(),
            name: instance.labels.patient_name.expose(),
            birth_date: instance.person.birth_date.expose(),
            sex: instance.person.sex.expose(),
            institution: instance.person.institution.expose(),
        }
    }

    const fn all(&self) -> [&'a str; 6] {
        [self.id, self.issuer, self.name, self.birth_date, self.sex, self.institution]
    }
}

fn of_one(facts: &BTreeSet<Facts<'_>>) -> Vec<ConflictKind> {
    let people: Vec<Seen> = facts.iter().map(Seen::of).collect();
    let names: BTreeSet<&NormalName> =
        people.iter().filter_map(|seen| seen.name.as_ref()).collect();
    let births: BTreeSet<&String> = people.iter().filter_map(|seen| seen.born.as_ref()).collect();
    let mut kinds = Vec::new();
    if names.iter().any(|a| names.iter().any(|b| !a.may_be(b))) {
        kinds.push(ConflictKind::TwoNames);
    }
    if births.len() > 1 {
        kinds.push(ConflictKind::TwoBirthDates);
    }
    if has_two_sexes(&people) {
        kinds.push(ConflictKind::TwoSexes);
    }
    if facts.iter().all(|said| said.issuer.is_empty() && !is_dummy_id(said.id))
        && has_strange_institutions(&people)
    {
        kinds.push(ConflictKind::TwoInstitutions);
    }
    kinds
}

/// What files say of their patient, ready to be compared.
struct Seen {
    name: Option<NormalName>,
    born: Option<String>,
    sex: char,
    institution: BTreeSet<String>,
}

impl Seen {
    fn of(facts: &Facts<'_>) -> Self {
        Self {
            name: NormalName::of(facts.name),
            born: person::day(facts.birth_date),
            sex: facts.sex.chars().next().unwrap_or(' ').to_ascii_uppercase(),
            institution: person::institution(facts.institution),
        }
    }
}

fn has_two_sexes(people: &[Seen]) -> bool {
    let of = |sex: char| people.iter().filter(move |seen| seen.sex == sex && seen.name.is_some());
    of('F').any(|woman| of('M').any(|man| man.name != woman.name))
}

/// Whether two institutions use one ID and nothing says that they mean one person.
fn has_strange_institutions(people: &[Seen]) -> bool {
    let mut institutions: Vec<(&BTreeSet<String>, Vec<&Seen>)> = Vec::new();
    for seen in people.iter().filter(|seen| !seen.institution.is_empty()) {
        let same = |(known, _): &&mut (&BTreeSet<String>, Vec<&Seen>)| {
            known.is_subset(&seen.institution) || seen.institution.is_subset(known)
        };
        match institutions.iter_mut().find(same) {
            Some((_, members)) => members.push(seen),
            None => institutions.push((&seen.institution, vec![seen])),
        }
    }
    let known = |a: &[&Seen], b: &[&Seen]| a.iter().any(|a| b.iter().any(|b| is_one_person(a, b)));
    let Some(((_, first), rest)) = institutions.split_first() else { return false };
    rest.iter().any(|(_, members)| !known(first, members))
}

fn is_one_person(a: &Seen, b: &Seen) -> bool {
    let named = a.name.as_ref().zip(b.name.as_ref()).is_some_and(|(a, b)| a.is_surely(b));
    named || (a.born.is_some() && a.born == b.born)
}

/// Conflicts between patients.
fn of_all(patients: &BTreeMap<&PatientKey, BTreeSet<Facts<'_>>>) -> Vec<Conflict> {
    let mut dummies = BTreeSet::new();
    let mut people: BTreeMap<(String, String), BTreeMap<&str, BTreeSet<PatientKey>>> =
        BTreeMap::new();
    let mut issued: BTreeMap<&str, [BTreeSet<PatientKey>; 2]> = BTreeMap::new();
    for (&patient, facts) in patients {
        for said in facts {
            if is_dummy_id(said.id) {
                dummies.insert(patient.clone());
            } else {
                let sides = issued.entry(said.id).or_default();
                sides[usize::from(said.issuer.is_empty())].insert(patient.clone());
            }
            let name = NormalName::of(said.name).and_then(|name| name.in_full());
            if let (Some(name), Some(born)) = (name, person::day(said.birth_date)) {
                // One ID with and without an issuer is no second ID; a dummy is none at all.
                let id = if is_dummy_id(said.id) { patient.as_str() } else { said.id };
                let ids = people.entry((name, born)).or_default();
                ids.entry(id).or_default().insert(patient.clone());
            }
        }
    }
    let with_and_without = issued.into_values().filter(|[with, without]| {
        !with.is_empty() && !without.is_empty() && with.union(without).count() > 1
    });
    let issuers = with_and_without.map(|[with, without]| Conflict {
        kind: ConflictKind::Issuer,
        patients: with.into_iter().chain(without).collect(),
    });
    let under_two_ids = people.into_values().filter(|ids| ids.len() > 1);
    let two_ids = under_two_ids
        .map(|ids| ids.into_values().flatten().collect::<BTreeSet<_>>())
        .filter(|patients| patients.len() > 1)
        .map(|patients| Conflict { kind: ConflictKind::TwoIds, patients });
    let mut found: Vec<Conflict> = issuers.chain(two_ids).collect();
    if !dummies.is_empty() {
        found.push(Conflict { kind: ConflictKind::DummyId, patients: dummies });
    }
    found
}

/// What the files of a batch say of some patients, as one digest.
pub fn identity_basis(batch: &Batch, patients: &BTreeSet<PatientKey>) -> Digest256 {
    let concerned = batch.instances.values().filter(|found| patients.contains(&found.patient));
    let facts: BTreeSet<_> = concerned.map(|found| (&found.patient, Facts::of(found))).collect();
    let mut hash = Sha256::new();
    for (patient, said) in &facts {
        for text in std::iter::once(patient.as_str()).chain(said.all()) {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
    }
    Digest256(hash.finalize().into())
}

/// Joins and parts the patients of a batch as a reviewer said. Gives the patients about whom no
/// question is left: those that a reviewer answered for as they still are.
pub fn resolve_identities(
    batch: &mut Batch,
    resolutions: &[IdentityResolution],
) -> BTreeSet<PatientKey> {
    let mut settled = BTreeSet::new();
    if resolutions.is_empty() {
        return settled;
    }
    let mut answers: BTreeMap<&PatientKey, &IdentityResolution> = BTreeMap::new();
    for said in resolutions {
        answers.extend(said.patients.iter().map(|patient| (patient, said)));
        if said.answer != IdentityAnswer::Split
            && said.basis == identity_basis(batch, &said.patients)
        {
            settled.extend(said.patients.iter().cloned());
        }
    }
    let mut moves = BTreeSet::new();
    for instance in batch.instances.values_mut() {
        let before = instance.patient.clone();
        if let Some(said) = answers.get(&before) {
            instance.patient = answered(said, instance);
        }
        moves.insert((before, instance.patient.clone()));
    }
    let subjects = std::mem::take(&mut batch.subjects);
    for (before, after) in moves {
        // Nobody knows whose string it was: it counts for all that were one before.
        let subject = batch.subjects.entry(after).or_default();
        for string in subjects.get(&before).into_iter().flat_map(SubjectDictionary::iter) {
            subject.add(string.clone());
        }
    }
    settled
}

/// Whose an instance is after an answer.
fn answered(said: &IdentityResolution, instance: &Instance) -> PatientKey {
    let before = instance.patient.clone();
    match said.answer {
        IdentityAnswer::Confirm => before,
        IdentityAnswer::Merge => said.patients.first().cloned().unwrap_or(before),
        IdentityAnswer::Split => parted(instance),
    }
}

/// Whose an instance is when its patient is split.
pub fn parted(instance: &Instance) -> PatientKey {
    let name = person::distinct_name(instance.labels.patient_name.expose());
    let born = person::day(instance.person.birth_date.expose());
    // Where these do not tell people apart, the institution does.
    let place = match (&name, &born) {
        (Some(_), Some(_)) => String::new(),
        _ => person::institution(instance.person.institution.expose())
            .into_iter()
            .collect::<Vec<_>>()
            .join(" "),
    };
    let parts = [name.unwrap_or_default(), born.unwrap_or_default(), place];
    PatientKey::new(&format!("{}\u{1f}{}", instance.patient.as_str(), parts.join("\u{1f}")))
}

#[cfg(test)]
mod tests;
