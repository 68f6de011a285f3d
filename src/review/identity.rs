//! Questions whose files these are, as the jobs ask them and the screens list them.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use crate::model::{Digest256, IdentityAnswer, PatientKey, Phi, SeriesUid};

/// What the index asks about identities, and whose each series is after the answers.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Identities {
    /// The questions; no patient is in two of them.
    pub questions: Vec<IdentityQuestion>,
    /// Series that answers gave to another person, or joined with another's.
    pub owners: Vec<SeriesOwner>,
}

/// One question, and how it stands on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityQuestion {
    /// Whose identity, as the batch was read; it names the question.
    pub patients: BTreeSet<PatientKey>,
    /// What the files say of them, for the answer to rest on.
    pub basis: Digest256,
    /// What to show for it: IDs and names.
    pub label: Phi<String>,
    /// What is the matter, each in words.
    pub matter: Vec<String>,
    /// Whether files are held until it is answered.
    pub blocks: bool,
    /// Those whom the files tell apart.
    pub people: Arc<[PersonSaid]>,
    /// The answers that make sense.
    pub answers: Vec<IdentityAnswer>,
    /// What reviewers said.
    pub said: Said,
    /// Series with files that are held because of it, now.
    pub held: BTreeSet<SeriesUid>,
}

/// What the files say of one whom they tell apart from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonSaid {
    /// Patient ID, issuer, name, birth date, sex and institution: each value once.
    pub says: [Phi<BTreeSet<String>>; 6],
    /// Number of files.
    pub files: usize,
    /// The first of them, by path.
    pub paths: Vec<Phi<PathBuf>>,
    /// Their series.
    pub series: BTreeSet<SeriesUid>,
    /// Their pseudonym, as it would be exported now.
    pub pseudonym: String,
}

/// What reviewers said about a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// Nothing.
    Nothing,
    /// One answer for all its patients.
    One(IdentityAnswer),
    /// Answers for single patients of it, and one for each.
    Several,
    /// An answer that ended, as the files say something new since.
    Changed,
}

/// Whose a series is after the answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesOwner {
    /// Which series.
    pub series: SeriesUid,
    /// Whose.
    pub owner: PatientKey,
    /// What to show for them.
    pub label: Phi<String>,
}
