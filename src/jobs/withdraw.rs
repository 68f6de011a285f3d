//! Takes published instances back.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::engine::key::ProjectKey;
use crate::engine::sheet::SheetError;
use crate::export::{
    Destination, DestinationError, MANIFEST_NAME, Manifest, Tombstone, WITHDRAWAL_REASONS,
    WITHDRAWN_NAME, forget_pictures,
};
use crate::index::digest_file;
use crate::jobs::identity::merged_key;
use crate::model::{IdentityAnswer, PatientKey, resolved};
use crate::review::{Decisions, ReviewError};
use crate::store::{EventBody, NewEvent, ReviewStore, StoreError};

/// What to withdraw. What is named is everything that any of the lists names.
#[derive(Debug)]
pub struct WithdrawRequest {
    /// The export.
    pub output: PathBuf,
    /// The review whose log gets an entry.
    pub review: Option<PathBuf>,
    /// The project key of the export.
    pub key: ProjectKey,
    /// Patient IDs of the source, or pseudonyms.
    pub patients: Vec<String>,
    /// Issuer of the Patient IDs.
    pub issuer: String,
    /// Study Instance UIDs of the source or of the export.
    pub studies: Vec<String>,
    /// Files of the export.
    pub files: Vec<PathBuf>,
    /// Why, as typed.
    pub reason: String,
    /// Who withdraws, as claimed.
    pub reader: String,
    /// The clock, for the audit log only.
    pub now: fn() -> Timestamp,
}

/// What was withdrawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawn {
    /// Files that were taken away.
    pub files: usize,
    /// Files named that were withdrawn before.
    pub before: usize,
    /// Whether a review's log tells of it.
    pub is_logged: bool,
    /// The list for recipients.
    pub list: PathBuf,
}

/// Nothing can be withdrawn. No values.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WithdrawError {
    /// Something that was named is not there. Nothing was changed.
    #[error("the export has nothing of {kind} number {number} of those named")]
    NotThere {
        /// `patient`, `study` or `file`.
        kind: &'static str,
        /// Which of that kind, counted from 1.
        number: usize,
    },
    /// The export cannot be used.
    #[error(transparent)]
    Destination(#[from] DestinationError),
    /// The review cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The review's decisions cannot be read.
    #[error(transparent)]
    Review(#[from] ReviewError),
    /// The crosswalk says two things of one subject.
    #[error("the crosswalk cannot be used")]
    Crosswalk(#[source] SheetError),
    /// The export cannot be changed.
    #[error("the export cannot be changed; the next run into this folder ends what was begun")]
    Io(#[from] io::Error),
}

/// Withdraws what was named, and writes it down.
///
/// # Errors
/// [`WithdrawError`]; where something that was named is not in the export, nothing is changed.
pub fn withdraw(request: &WithdrawRequest) -> Result<Withdrawn, WithdrawError> {
    let mut store = request.review.as_deref().map(open_review).transpose()?;
    let decisions = match &store {
        Some(store) => crate::review::load(store)?,
        None => Decisions::default(),
    };
    let key = merged_key(&request.key, &decisions).map_err(WithdrawError::Crosswalk)?;
    let mut destination = Destination::reopen(&request.output, &request.key)?;
    let choice = Choice { request, key: &key, decisions: &decisions, root: destination.root() };
    let chosen = match choice.all(destination.manifest()) {
        Ok(chosen) => chosen,
        Err(error) => {
            destination.close()?;
            return Err(error);
        }
    };
    let paths: BTreeSet<&str> =
        destination.manifest().files.iter().map(|file| file.path.as_str()).collect();
    let reason = code(&request.reason);
    let there = chosen.iter().filter(|path| paths.contains(path.as_str()));
    let stones: Vec<Tombstone> = there.filter_map(|path| Tombstone::of(path, reason)).collect();
    // First, so that nothing is shown that is gone.
    let gone: BTreeSet<&str> =
        chosen.iter().filter_map(|path| path.rsplit('/').next()?.strip_suffix(".dcm")).collect();
    forget_pictures(&destination, &|instance| gone.contains(instance))?;
    destination.withdraw(&stones)?;
    let manifest = digest_file(&destination.root().join(MANIFEST_NAME))?;
    let done = Withdrawn {
        files: stones.len(),
        before: chosen.len() - stones.len(),
        is_logged: store.is_some(),
        list: request.output.join(WITHDRAWN_NAME),
    };
    if let Some(store) = &mut store {
        let (instances, reason) = (chosen.len() as u64, request.reason.clone());
        let body = EventBody::Withdrawn { manifest, instances, reason };
        let event = NewEvent { ticket: 0, reader: request.reader.clone(), body };
        store.append(&event, (request.now)())?;
    }
    destination.close()?;
    store.map_or(Ok(()), ReviewStore::close)?;
    Ok(done)
}

fn open_review(folder: &Path) -> Result<ReviewStore, StoreError> {
    let store = ReviewStore::open(folder)?;
    store.check_audit()?;
    Ok(store)
}

/// The code of a reason: a person's own words do not go into an export.
fn code(reason: &str) -> &str {
    WITHDRAWAL_REASONS.into_iter().find(|code| *code == reason).unwrap_or("other")
}

/// What a request names.
struct Choice<'a> {
    request: &'a WithdrawRequest,
    key: &'a ProjectKey,
    decisions: &'a Decisions,
    root: &'a Path,
}

impl Choice<'_> {
    /// Paths of files that are named, whether they are there or were withdrawn before.
    fn all(&self, manifest: &Manifest) -> Result<BTreeSet<String>, WithdrawError> {
        let files = manifest.files.iter().map(|file| &file.path);
        let known: BTreeSet<&String> =
            files.chain(manifest.withdrawn.iter().map(|stone| &stone.path)).collect();
        let mut by_part: BTreeMap<(usize, &str), Vec<&String>> = BTreeMap::new();
        for path in &known {
            for (depth, part) in path.split('/').enumerate().take(2) {
                by_part.entry((depth, part)).or_default().push(path);
            }
        }
        let mut chosen = BTreeSet::new();
        let mut choose = |(kind, number): (&'static str, usize), found: Vec<&String>| {
            let is_there = !found.is_empty();
            chosen.extend(found.into_iter().cloned());
            is_there.then_some(()).ok_or(WithdrawError::NotThere { kind, number: number + 1 })
        };
        let at = |depth: usize, names: &[String]| {
            let found = names.iter().filter_map(|name| by_part.get(&(depth, name.as_str())));
            found.flatten().copied().collect::<Vec<_>>()
        };
        for (number, patient) in self.request.patients.iter().enumerate() {
            choose(("patient", number), at(0, &self.pseudonyms(patient)))?;
        }
        for (number, study) in self.request.studies.iter().enumerate() {
            choose(("study", number), at(1, &[self.key.uid(study), study.clone()]))?;
        }
        for (number, file) in self.request.files.iter().enumerate() {
            let path = self.inside(file);
            choose(("file", number), known.get(&path).copied().into_iter().collect())?;
        }
        Ok(chosen)
    }

    /// The pseudonyms under which a patient may be found, the name given among them.
    fn pseudonyms(&self, patient: &str) -> Vec<String> {
        let own = PatientKey::new(&format!("{}\u{1f}{patient}", self.request.issuer));
        let merged =
            self.decisions.identities().iter().filter(|said| {
                said.answer == IdentityAnswer::Merge && said.patients.contains(&own)
            });
        let keys: BTreeSet<&PatientKey> =
            merged.filter_map(|said| said.patients.first()).chain([&own]).collect();
        let pseudonyms = keys.into_iter().map(|key| self.key.pseudonym(key));
        pseudonyms.chain([patient.to_owned()]).collect()
    }

    /// The path of a file below the export, with `/`.
    fn inside(&self, file: &Path) -> String {
        let absolute = resolved(file);
        let below = absolute.as_deref().and_then(|file| file.strip_prefix(self.root).ok());
        below.unwrap_or(file).to_string_lossy().into_owned()
    }
}
