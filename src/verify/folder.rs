//! A published folder, checked without its input: `veridact verify OUT`.
//!
//! The hashes of the manifest, form, markers, and, with the strings of a review, every carrier.
//! What needs the input cannot be checked here, and the report says so.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::dicom::{Limits, NodeId, Source, scan};
use crate::model::{AttributePath, Digest256, HoldReason};
use crate::verify::carriers::{Context, Kept, Search};
use crate::verify::matcher::DateCheck;
use crate::verify::pairs::{Pairs, windows};
use crate::verify::verdict::{Check, Collected};
use crate::verify::{Identifiers, Verdict, VerifyError, markers, structure};

/// File name of the manifest.
const MANIFEST: &str = "manifest.json";
/// Folders inside each other beyond which none is entered.
const DEEPEST: usize = 64;

/// What is known of a published folder.
#[derive(Clone, Copy, Debug)]
pub struct FolderExpectation<'a> {
    /// Strings of the subjects, from a review or a list; `None` checks no strings.
    pub identifiers: Option<&'a Identifiers>,
    /// Names of files at the top level that are no instances, beside `manifest.json`.
    pub beside: &'a [&'a str],
    /// Name of the folder that an export works in and takes away at its end.
    pub staging: &'a str,
    /// Places that a person accepted, by path of the file.
    pub accepted: &'a BTreeMap<String, BTreeSet<String>>,
    /// Paths of files whose profile leaves names inside clinical phrases.
    pub keeps_phrases: &'a BTreeSet<String>,
}

/// What verify says of a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FolderVerdict {
    /// The verdict on each instance, by path below the folder.
    pub files: BTreeMap<String, Verdict>,
    /// Files that are missing, changed, or should not be there; `place` is a path.
    pub manifest: Vec<HoldReason>,
    /// What was not checked in any file.
    pub not_checked: Vec<String>,
}

impl FolderVerdict {
    /// Whether nothing was found.
    pub fn passes(&self) -> bool {
        self.manifest.is_empty() && self.files.values().all(Verdict::passes)
    }
}

#[derive(Deserialize)]
struct Manifest {
    files: Vec<Listed>,
    #[serde(default)]
    withdrawn: Vec<Buried>,
}

#[derive(Deserialize)]
struct Buried {
    path: String,
    instance: String,
}

impl Buried {
    fn is(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or_default();
        self.path == path || name.split('.').eq(self.instance.split('.').chain(["dcm"]))
    }
}

#[derive(Deserialize)]
struct Listed {
    path: String,
    sha256: String,
    bytes: u64,
}

/// Checks a published folder.
///
/// # Errors
/// [`VerifyError::Read`] when the folder cannot be read, [`VerifyError::Manifest`] when its
/// manifest cannot be understood. A missing manifest is a finding.
pub fn verify_folder(
    folder: &Path,
    expectation: &FolderExpectation<'_>,
) -> Result<FolderVerdict, VerifyError> {
    let mut verdict = FolderVerdict { not_checked: limits(expectation), ..Default::default() };
    let (mut listed, withdrawn) = manifest(folder, &mut verdict)?;
    let (present, odd) = walk(folder, expectation.staging)?;
    if folder.join(expectation.staging).symlink_metadata().is_ok() {
        note(&mut verdict, expectation.staging, "an export did not end: run it again");
    }
    for path in odd {
        note(&mut verdict, &path, "neither a file nor a folder, or nested too deeply");
    }
    for path in present {
        if path == MANIFEST || expectation.beside.contains(&path.as_str()) {
            continue;
        }
        let file = folder.join(&path);
        if withdrawn.iter().any(|buried| buried.is(&path)) {
            note(&mut verdict, &path, "it was withdrawn and is there");
        }
        match listed.remove(&path) {
            Some(expected) if !is_the_same(&file, &expected)? => {
                note(&mut verdict, &path, "it is not what was published");
            }
            Some(_) => {}
            None => note(&mut verdict, &path, "the manifest does not name it"),
        }
        let found = one(&file, &path, expectation)?;
        verdict.files.insert(path, found);
    }
    for path in listed.keys() {
        note(&mut verdict, path, "it is missing");
    }
    verdict.manifest.sort();
    Ok(verdict)
}

fn note(verdict: &mut FolderVerdict, path: &str, what: &str) {
    verdict.manifest.push(Check::Manifest.reason(path, what));
}

fn limits(expectation: &FolderExpectation<'_>) -> Vec<String> {
    let mut limits = vec![
        "policy and pixels: they can only be compared with the input".to_owned(),
        "dates and given names: whose file is whose is not known without the input".to_owned(),
        "manifest and report: their own words are taken on trust".to_owned(),
    ];
    match expectation.identifiers {
        None => limits.push("strings of the subjects: none were given".to_owned()),
        Some(known) if known.not_checked_in_all() > 0 => limits.push(format!(
            "{} strings that are dummies or shorter than three characters",
            known.not_checked_in_all()
        )),
        Some(_) => {}
    }
    limits
}

fn manifest(
    folder: &Path,
    verdict: &mut FolderVerdict,
) -> Result<(BTreeMap<String, Listed>, Vec<Buried>), VerifyError> {
    let bytes = match fs::read(folder.join(MANIFEST)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            note(verdict, MANIFEST, "there is no manifest");
            return Ok((BTreeMap::new(), Vec::new()));
        }
        Err(error) => return Err(error.into()),
    };
    let manifest: Manifest = serde_json::from_slice(&bytes).map_err(VerifyError::Manifest)?;
    let files = manifest.files.into_iter().map(|listed| (listed.path.clone(), listed));
    Ok((files.collect(), manifest.withdrawn))
}

/// All files below a folder with `/` in their paths, sorted, and what is neither file nor folder.
/// Links are not followed, and what is called `skipped` at the top is passed over.
fn walk(folder: &Path, skipped: &str) -> Result<(Vec<String>, Vec<String>), VerifyError> {
    let mut files = Vec::new();
    let mut odd = Vec::new();
    let mut open: Vec<(PathBuf, String, usize)> = vec![(folder.to_owned(), String::new(), 0)];
    while let Some((at, prefix, depth)) = open.pop() {
        for entry in fs::read_dir(&at)? {
            let entry = entry?;
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type()?;
            if path == skipped {
                continue;
            }
            if kind.is_file() {
                files.push(path);
            } else if kind.is_dir() && depth < DEEPEST {
                open.push((entry.path(), path + "/", depth + 1));
            } else {
                odd.push(path);
            }
        }
    }
    files.sort();
    odd.sort();
    Ok((files, odd))
}

fn is_the_same(file: &Path, listed: &Listed) -> Result<bool, VerifyError> {
    let source = Source::open(file)?;
    if source.len() != listed.bytes {
        return Ok(false);
    }
    let mut hash = Sha256::new();
    windows(&source, 0..source.len(), 0, |bytes| {
        hash.update(bytes);
        Ok(())
    })?;
    Ok(Digest256::from_hex(&listed.sha256) == Some(Digest256(hash.finalize().into())))
}

fn one(
    file: &Path,
    name: &str,
    expectation: &FolderExpectation<'_>,
) -> Result<Verdict, VerifyError> {
    let none = BTreeSet::new();
    let accepted = expectation.accepted.get(name).unwrap_or(&none);
    let mut found = Collected::default();
    let Ok(staged) = scan(Source::open(file)?, &Limits::default()) else {
        found.broken("file", "it cannot be read as DICOM");
        return Ok(found.verdict(accepted));
    };
    let pairs = Pairs::new(&staged, None);
    let known = structure::Known { input: None, pairs: &pairs, transfer_syntax: None };
    structure::check(&staged, known, &mut found)?;
    let allowed = markers::Allowed { temporal: None, input: None, pixels_decided: false };
    markers::check(&staged, allowed, &mut found)?;
    if let Some(identifiers) = expectation.identifiers {
        let mut search = Search {
            identifiers,
            own: None,
            uids: &none,
            keeps_phrases: expectation.keeps_phrases.contains(name),
            context: &Published,
            found: &mut found,
            unpacked: 0,
        };
        search.name(Path::new(name));
        search.file_meta(&staged)?;
        search.dataset(&staged)?;
    }
    Ok(found.verdict(accepted))
}

/// Without the input nothing is kept on purpose and nothing is proven.
struct Published;

impl Context for Published {
    fn dates(&self, _: &AttributePath) -> DateCheck {
        DateCheck::Off
    }

    fn uids_count(&self, path: &AttributePath) -> bool {
        !crate::verify::demand::names_class(path.tag())
    }

    fn kept(&self, _: NodeId, _: &AttributePath) -> Kept {
        // A clinical word that is also a name was listed when the file was made, and is again.
        Kept::Unnamed
    }

    fn is_proven(&self, _: NodeId) -> bool {
        false
    }
}
