//! How the identity conflicts of a batch stand, once the reviewers' answers are applied.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::engine::crosswalk::Crosswalk;
use crate::engine::key::ProjectKey;
use crate::engine::sheet::{Row, SheetError, parse_sheet, read_sheet};
use crate::index::{
    Batch, Conflict, ConflictKind, conflicts, identity_basis, is_dummy_id, resolve_identities,
};
use crate::model::{IdentityAnswer, IdentityResolution, PatientKey};
use crate::review::Decisions;

/// Columns of a table of answers.
const ANSWER_COLUMNS: [&str; 4] = ["patient_id", "issuer", "answer", "group"];

/// Which conflicts hold files, and which do not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdentityStanding {
    /// Patients whose files are held.
    pub open: BTreeMap<PatientKey, BTreeSet<ConflictKind>>,
    /// Patients about whom a reviewer left no question, named as the batch was read.
    pub settled: BTreeSet<PatientKey>,
    /// Files of conflicts that would hold and were accepted.
    accepted: BTreeMap<ConflictKind, usize>,
    /// Files of conflicts that are only listed.
    listed: BTreeMap<ConflictKind, usize>,
}

/// Joins and parts patients as the reviewers said, and tells which conflicts are left. A kind in
/// `accept` does not hold.
pub fn settle_identities(
    batch: &mut Batch,
    decisions: &Decisions,
    accept: &BTreeSet<ConflictKind>,
) -> IdentityStanding {
    let settled = resolve_identities(batch, decisions.identities());
    let mut standing = IdentityStanding { settled, ..IdentityStanding::default() };
    let counts = files_of_patients(batch);
    for conflict in conflicts(batch) {
        if conflict.patients.is_subset(&standing.settled) {
            continue;
        }
        if conflict.kind.blocks() && !accept.contains(&conflict.kind) {
            standing.hold(&conflict);
            continue;
        }
        let files = match conflict.kind {
            ConflictKind::DummyId => conflict.files(batch).count(),
            _ => conflict.patients.iter().filter_map(|patient| counts.get(patient)).sum(),
        };
        let kinds = match conflict.kind.blocks() {
            true => &mut standing.accepted,
            false => &mut standing.listed,
        };
        *kinds.entry(conflict.kind).or_default() += files;
    }
    standing
}

fn files_of_patients(batch: &Batch) -> BTreeMap<PatientKey, usize> {
    let mut counts = BTreeMap::new();
    for instance in batch.instances.values() {
        *counts.entry(instance.patient.clone()).or_default() += 1;
    }
    counts
}

impl IdentityStanding {
    fn hold(&mut self, conflict: &Conflict) {
        for patient in &conflict.patients {
            self.open.entry(patient.clone()).or_default().insert(conflict.kind);
        }
    }

    /// What was accepted, for the report and the log.
    pub fn waived(&self) -> Vec<String> {
        let line = |(kind, files): (&ConflictKind, &usize)| {
            format!("{files} files could go in spite of an identity conflict: {kind}.")
        };
        self.accepted.iter().map(line).collect()
    }

    /// What holds nothing and should be known, for the report.
    pub fn listed(&self) -> Vec<String> {
        self.listed.iter().map(|(kind, files)| format!("{files} files: {kind}.")).collect()
    }
}

/// A reviewer's answer out of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerGiven {
    /// The last line that speaks of it.
    pub line: u64,
    /// Whose identity.
    pub patients: BTreeSet<PatientKey>,
    /// The answer.
    pub answer: IdentityAnswer,
}

/// Reads answers from a CSV with the columns `patient_id`, `issuer`, `answer` (`merge`, `split`,
/// `confirm`) and `group`: rows of one group are merged into one subject.
///
/// # Errors
/// [`SheetError`] with the line, without values.
pub fn read_identity_answers(path: &Path) -> Result<Vec<AnswerGiven>, SheetError> {
    answers_of(&read_sheet(path, &ANSWER_COLUMNS)?)
}

/// The same for the bytes of a file.
///
/// # Errors
/// Those of [`read_identity_answers`].
pub fn parse_identity_answers(bytes: &[u8]) -> Result<Vec<AnswerGiven>, SheetError> {
    answers_of(&parse_sheet(bytes, &ANSWER_COLUMNS)?)
}

fn answers_of(rows: &[Row]) -> Result<Vec<AnswerGiven>, SheetError> {
    let mut given = Vec::new();
    let mut groups: BTreeMap<String, AnswerGiven> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for row in rows {
        let patient = patient(row)?;
        if !seen.insert(patient.clone()) {
            return Err(SheetError::at(row.line, "this patient has an answer already"));
        }
        let (answer, line) = (answer(row)?, row.line);
        let alone = AnswerGiven { line, patients: [patient.clone()].into(), answer };
        match (answer, row.cell("group")) {
            (IdentityAnswer::Merge, "") => {
                return Err(SheetError::at(row.line, "a merge needs a group"));
            }
            (IdentityAnswer::Merge, group) => {
                let group = groups.entry(group.to_owned()).or_insert(alone);
                group.line = line;
                group.patients.insert(patient);
            }
            _ => given.push(alone),
        }
    }
    if let Some(lonely) = groups.values().find(|group| group.patients.len() < 2) {
        return Err(SheetError::at(lonely.line, "nobody to merge this patient with"));
    }
    given.extend(groups.into_values());
    Ok(given)
}

fn patient(row: &Row) -> Result<PatientKey, SheetError> {
    let id = row.cell("patient_id");
    if is_dummy_id(id) {
        return Err(SheetError::at(row.line, "the patient ID is empty or a dummy"));
    }
    Ok(PatientKey::new(&format!("{}\u{1f}{id}", row.cell("issuer"))))
}

fn answer(row: &Row) -> Result<IdentityAnswer, SheetError> {
    match row.cell("answer") {
        "merge" => Ok(IdentityAnswer::Merge),
        "split" => Ok(IdentityAnswer::Split),
        "confirm" => Ok(IdentityAnswer::Confirm),
        _ => Err(SheetError::at(row.line, "the answer is not merge, split or confirm")),
    }
}

/// The answers as decisions about a batch, but for those that were decided so already.
///
/// # Errors
/// [`SheetError`] for a patient that the batch does not have.
pub(crate) fn identity_decisions(
    batch: &Batch,
    given: &[AnswerGiven],
    decided: &[IdentityResolution],
) -> Result<Vec<IdentityResolution>, SheetError> {
    let stranger =
        |given: &&AnswerGiven| !given.patients.iter().all(|key| batch.subjects.contains_key(key));
    if let Some(given) = given.iter().find(stranger) {
        return Err(SheetError::at(given.line, "the batch has no such patient"));
    }
    let resolutions = given.iter().map(|given| IdentityResolution {
        patients: given.patients.clone(),
        answer: given.answer,
        basis: identity_basis(batch, &given.patients),
    });
    Ok(resolutions.filter(|said| !decided.contains(said)).collect())
}

/// The key with its crosswalk, in which merged patients are one.
pub(crate) fn merged_key(
    key: &ProjectKey,
    decisions: &Decisions,
) -> Result<ProjectKey, SheetError> {
    let Some(crosswalk) = key.crosswalk() else { return Ok(key.clone()) };
    let merged = crosswalk.clone().merged(decisions.identities())?;
    Ok(key.clone().with_crosswalk(merged))
}

/// Refuses a pattern that gives two patients of the batch one pseudonym: they would become one.
pub(crate) fn check_pseudonyms(batch: &Batch, key: &ProjectKey) -> Result<(), SheetError> {
    let Some(pattern) = key.crosswalk().and_then(Crosswalk::pattern) else { return Ok(()) };
    let pseudonyms: BTreeSet<String> =
        batch.subjects.keys().map(|patient| key.pseudonym(patient)).collect();
    match pseudonyms.len() == batch.subjects.len() {
        true => Ok(()),
        false => Err(SheetError::at(
            pattern.line(),
            "two patients of the batch have one pseudonym by this pattern: it needs more places",
        )),
    }
}

/// Tells of patients that a crosswalk does not name.
pub(crate) fn strangers_to_crosswalk(batch: &Batch, key: &ProjectKey) -> Option<String> {
    let crosswalk = key.crosswalk().filter(|crosswalk| crosswalk.pattern().is_none())?;
    let unnamed = batch.subjects.keys().filter(|patient| crosswalk.pseudonym(patient).is_none());
    let count = unnamed.count();
    let what = "patients are not in the crosswalk: their pseudonyms come from the project key.";
    (count > 0).then(|| format!("{count} {what}"))
}
