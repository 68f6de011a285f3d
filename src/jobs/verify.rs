//! Checks an export again, with the strings of its subjects where a review tells where they are.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use crate::engine::key::ProjectKey;
use crate::engine::sheet::{Row, SheetError, parse_sheet, read_sheet};
use crate::export::{
    Manifest, STAGING_NAME, WITHDRAWN_NAME, batch_mark, identifying_strings, profile_mark,
    reports_in,
};
use crate::index::{Identifier, IdentifierKind, SubjectDictionary};
use crate::jobs::{Progress, index_batch};
use crate::model::{InstanceUid, PatientKey, Phi, plain};
use crate::profile::{IdentityBy, PhrasePolicy, Profile, shipped};
use crate::review::ReviewError;
use crate::store::{InstanceRecord, ReviewStore, StoreError};
use crate::verify::{FolderExpectation, FolderVerdict, VerifyError, verify_folder};

/// Columns of a list of identifying strings.
const IDENTIFIER_COLUMNS: [&str; 2] = ["kind", "value"];

/// What to check.
#[derive(Debug)]
pub struct VerifyRequest {
    /// The export.
    pub output: PathBuf,
    /// The review of its batches.
    pub review: Option<PathBuf>,
    /// Strings to look for, where somebody has only a list: see [`read_identifiers`].
    pub identifiers: Option<SubjectDictionary>,
    /// The project key, to tell which places a reviewer accepted, and which batch a file is of.
    pub key: Option<ProjectKey>,
    /// Number of threads.
    pub threads: usize,
}

/// What was found.
#[derive(Debug)]
pub struct ExportVerdict {
    /// Number of files that the manifest lists.
    pub listed: usize,
    /// What was found.
    pub found: FolderVerdict,
    /// The input folders whose subjects' strings were looked for, and how many files each has.
    pub inputs: Vec<(PathBuf, usize)>,
    /// Why strings of subjects that the review should know were not looked for.
    pub unknown: Vec<String>,
    /// What was not checked.
    pub not_checked: Vec<String>,
}

/// The export cannot be checked. Paths come last.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyExportError {
    /// There is nothing to check against.
    #[error("there is no manifest in this folder: it is no export")]
    NoExport,
    /// The manifest cannot be read.
    #[error("the manifest cannot be used")]
    Manifest(#[source] io::Error),
    /// The key is another one.
    #[error("the export was written with project key {found}; this is {given}")]
    OtherKey {
        /// Fingerprint in the manifest.
        found: String,
        /// Fingerprint of the key in use.
        given: String,
    },
    /// The review cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The review's decisions cannot be read.
    #[error(transparent)]
    Review(#[from] ReviewError),
    /// The export cannot be read.
    #[error(transparent)]
    Verify(#[from] VerifyError),
}

/// Checks an export again.
///
/// # Errors
/// [`VerifyExportError`]; what is wrong with the export is no error but found.
pub fn verify_export(
    request: &VerifyRequest,
    progress: &Progress<'_>,
) -> Result<ExportVerdict, VerifyExportError> {
    let manifest = Manifest::read(&request.output).map_err(VerifyExportError::Manifest)?;
    let manifest = manifest.ok_or(VerifyExportError::NoExport)?;
    if let Some(key) = &request.key
        && key.fingerprint() != manifest.key
    {
        let (found, given) = (manifest.key, key.fingerprint());
        return Err(VerifyExportError::OtherKey { found, given });
    }
    let review = request.review.as_deref().map(Reviewed::read).transpose()?.unwrap_or_default();
    let mut known = review.known(request.threads, progress);
    if let Some(list) = &request.identifiers {
        // No patient of an input has this key: it has no issuer and no ID.
        known.subjects.insert(PatientKey::new("the list that was given"), list.clone());
    }
    let identifiers = match known.subjects.is_empty() {
        true => None,
        false => Some(identifying_strings(&known.subjects)?),
    };
    let reports = reports_in(&request.output).map_err(VerifyExportError::Manifest)?;
    let mut beside: Vec<&str> = reports.iter().map(String::as_str).collect();
    beside.push(WITHDRAWN_NAME);
    let found = verify_folder(
        &request.output,
        &FolderExpectation {
            identifiers: identifiers.as_ref(),
            beside: &beside,
            staging: STAGING_NAME,
            keeps_phrases: &keeping_phrases(&manifest),
            accepted: &request
                .key
                .as_ref()
                .map(|key| review.accepted(&manifest, key))
                .unwrap_or_default(),
        },
    )?;
    let mut not_checked: BTreeSet<String> = found.not_checked.iter().cloned().collect();
    not_checked.extend(found.files.values().flat_map(|file| file.not_checked.iter().cloned()));
    not_checked.insert("text in pixels: only the export itself looks for it".to_owned());
    not_checked.extend(known.unknown.iter().chain(&known.changed).cloned());
    not_checked.extend(match &request.key {
        Some(key) => strangers(&known, &manifest, key),
        None => review.without_key(),
    });
    Ok(ExportVerdict {
        listed: manifest.files.len(),
        found,
        inputs: known.inputs,
        unknown: known.unknown,
        not_checked: not_checked.into_iter().collect(),
    })
}

/// Reads a list of identifying strings: CSV with the columns `kind` and `value`.
///
/// # Errors
/// [`SheetError`] with the line, for a kind that is not known, an empty value, and a date that is not
/// `YYYYMMDD`.
pub fn read_identifiers(path: &Path) -> Result<SubjectDictionary, SheetError> {
    identifiers_of(&read_sheet(path, &IDENTIFIER_COLUMNS)?)
}

/// The same for the bytes of a file.
///
/// # Errors
/// Those of [`read_identifiers`].
pub fn parse_identifiers(bytes: &[u8]) -> Result<SubjectDictionary, SheetError> {
    identifiers_of(&parse_sheet(bytes, &IDENTIFIER_COLUMNS)?)
}

fn identifiers_of(rows: &[Row]) -> Result<SubjectDictionary, SheetError> {
    let mut dictionary = SubjectDictionary::default();
    for row in rows {
        let kind = match row.cell("kind").to_ascii_lowercase().as_str() {
            "name" | "patient-name" => IdentifierKind::PatientName,
            "person" | "person-name" => IdentifierKind::PersonName,
            "patient-id" => IdentifierKind::PatientId,
            "id" | "identifier" => IdentifierKind::Identifier,
            "contact" => IdentifierKind::Contact,
            "address" => IdentifierKind::Address,
            "institution" => IdentifierKind::Institution,
            "date" => IdentifierKind::Date,
            "uid" => IdentifierKind::Uid,
            _ => return Err(SheetError::at(row.line, "the kind is not known")),
        };
        let value = row.cell("value");
        let is_date = value.len() == 8 && value.bytes().all(|byte| byte.is_ascii_digit());
        if value.is_empty() {
            return Err(SheetError::at(row.line, "there is no value"));
        }
        if kind == IdentifierKind::Date && !is_date {
            return Err(SheetError::at(row.line, "a date must be YYYYMMDD"));
        }
        // A name may come as people write it: the last word is the family's then.
        let is_name = matches!(kind, IdentifierKind::PatientName | IdentifierKind::PersonName);
        let written = match value.rsplit_once(' ') {
            Some((given, family)) if is_name && !value.contains(['^', ',']) => {
                format!("{family}^{}", given.replace(' ', "^"))
            }
            _ if is_name => value.replace(", ", "^").replace(',', "^"),
            _ => value.to_owned(),
        };
        dictionary.add(Identifier { kind, text: Phi::new(written) });
    }
    Ok(dictionary)
}

/// Paths of files that were made with a shipped profile, as it is today, that leaves names inside
/// clinical phrases.
fn keeping_phrases(manifest: &Manifest) -> BTreeSet<String> {
    let keeping: BTreeSet<String> = shipped()
        .filter_map(|name| Profile::load(name).ok())
        .filter(|profile| profile.phrases() == PhrasePolicy::Keep)
        .map(|profile| profile_mark(&profile))
        .collect();
    let files = manifest.files.iter().filter(|file| keeping.contains(&file.profile));
    files.map(|file| file.path.clone()).collect()
}

/// What a review tells of its batches.
#[derive(Default)]
struct Reviewed {
    inputs: Vec<(PathBuf, Vec<InstanceRecord>)>,
    /// Places that a person accepted, with the instance's UID in the input.
    residuals: Vec<(InstanceUid, String)>,
}

/// What the input folders of a review tell.
#[derive(Default)]
struct Known {
    subjects: BTreeMap<PatientKey, SubjectDictionary>,
    inputs: Vec<(PathBuf, usize)>,
    unknown: Vec<String>,
    changed: Vec<String>,
}

impl Reviewed {
    fn read(folder: &Path) -> Result<Self, VerifyExportError> {
        let store = ReviewStore::open_to_read(folder)?;
        let mut inputs = Vec::new();
        for root in store.inputs()? {
            let records = store.instances(root.expose())?;
            inputs.push((root.expose().clone(), records));
        }
        let decisions = crate::review::load(&store)?;
        let residuals = decisions.residuals();
        let residuals = residuals.map(|(uid, place, _)| (uid.clone(), place.to_owned())).collect();
        Ok(Self { inputs, residuals })
    }

    /// Reads the input folders again: the review itself has no list of the subjects' strings.
    fn known(&self, threads: usize, progress: &Progress<'_>) -> Known {
        let mut known = Known::default();
        for (root, records) in &self.inputs {
            let shown = plain(root);
            let batch = match index_batch(root, IdentityBy::IssuerAndId, threads, progress) {
                Ok(batch) if !batch.is_empty() => batch,
                _ => {
                    let what = "strings of the subjects: the input folder cannot be read";
                    known.unknown.push(format!("{what}: {shown}"));
                    continue;
                }
            };
            let same = |record: &&InstanceRecord| {
                let there = batch.instances.get(record.path.expose());
                there.is_some_and(|there| there.digest == record.input)
            };
            let changed = records.len() - records.iter().filter(same).count();
            if changed > 0 {
                let what = "input files that are gone or have changed since";
                known.changed.push(format!("strings of {changed} {what}: {shown}"));
            }
            known.inputs.push((root.clone(), batch.len()));
            for (patient, dictionary) in batch.subjects {
                let merged = known.subjects.entry(patient).or_default();
                for entry in dictionary.iter() {
                    merged.add(entry.clone());
                }
            }
        }
        known
    }

    /// The accepted places by path in the export.
    fn accepted(
        &self,
        manifest: &Manifest,
        key: &ProjectKey,
    ) -> BTreeMap<String, BTreeSet<String>> {
        let mut accepted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (uid, place) in &self.residuals {
            let name = format!("/{}.dcm", key.uid(uid.as_str()));
            let files = manifest.files.iter().filter(|file| file.path.ends_with(&name));
            for file in files {
                accepted.entry(file.path.clone()).or_default().insert(place.clone());
            }
        }
        accepted
    }

    fn without_key(&self) -> Option<String> {
        let count = self.residuals.len();
        let what = "places that a reviewer accepted count as faults: only the key tells which";
        (count > 0).then(|| format!("{count} {what}"))
    }
}

/// Tells of files whose subjects nobody knows here.
fn strangers(known: &Known, manifest: &Manifest, key: &ProjectKey) -> Option<String> {
    let marks: BTreeSet<String> =
        known.inputs.iter().map(|(root, _)| batch_mark(key, root)).collect();
    let count = manifest.files.iter().filter(|file| file.batches.is_disjoint(&marks)).count();
    let what = "files of batches that the review does not know";
    (count > 0 && !marks.is_empty()).then(|| format!("strings of the subjects of {count} {what}"))
}
