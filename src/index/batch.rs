//! All files of a batch, in an order that depends on nothing but the files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::dicom::{Limits, Source, scan};
use crate::index::{Identifier, Instance, SubjectDictionary, is_dummy_id, read_instance};
use crate::model::{Cause, Digest256, PatientKey};

/// A file that is no instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Path below the batch's folder.
    pub path: PathBuf,
    /// Why.
    pub cause: Cause,
}

/// What one file turned out to be.
#[derive(Clone, Debug)]
pub enum Entry {
    /// An instance, with the strings that identify its subject.
    Instance(Box<Instance>, Vec<Identifier>),
    /// A problem.
    Problem(Problem),
}

impl Entry {
    /// The same, with patients told apart by their ID alone, whoever issued it.
    #[must_use]
    pub fn ignoring_issuers(mut self) -> Self {
        if let Self::Instance(instance, _) = &mut self
            && !is_dummy_id(instance.labels.patient_id.expose())
        {
            instance.patient =
                PatientKey::new(&format!("\u{1f}{}", instance.labels.patient_id.expose()));
        }
        self
    }

    /// Reads one file of the batch: hashes, scans and indexes it.
    pub fn read(root: &Path, relative: &Path) -> Self {
        let path = if root.is_file() { root.to_owned() } else { root.join(relative) };
        match read_file(&path, relative) {
            Ok((instance, identifiers)) => Self::Instance(Box::new(instance), identifiers),
            Err(cause) => Self::Problem(Problem { path: relative.to_owned(), cause }),
        }
    }
}

fn read_file(path: &Path, relative: &Path) -> Result<(Instance, Vec<Identifier>), Cause> {
    let digest = digest_file(path).map_err(|_io| Cause::Unreadable)?;
    let source = Source::open(path).map_err(|_io| Cause::Unreadable)?;
    let scanned = scan(source, &Limits::default()).map_err(|error| error.cause())?;
    read_instance(&scanned, relative, digest)
}

/// SHA-256 of a file, read through a fixed buffer.
///
/// # Errors
/// Those of the system.
pub fn digest_file(path: &Path) -> io::Result<Digest256> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(Digest256(hash.finalize().into())),
            count => hash.update(&buffer[..count]),
        }
    }
}

/// Every file of a folder.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The folder.
    pub root: PathBuf,
    /// All instances, ordered by path.
    pub instances: BTreeMap<PathBuf, Instance>,
    /// All other files, by path.
    pub problems: BTreeMap<PathBuf, Cause>,
    /// What identifies each patient.
    pub subjects: BTreeMap<PatientKey, SubjectDictionary>,
}

impl Batch {
    /// An empty batch of a folder.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), ..Self::default() }
    }

    /// Some instances of this batch, with what is known of all its subjects; the files that cannot be
    /// read only where `problems` are wanted.
    pub fn part(&self, members: &BTreeSet<PathBuf>, problems: bool) -> Self {
        let mine = self.instances.iter().filter(|(path, _)| members.contains(*path));
        Self {
            root: self.root.clone(),
            instances: mine.map(|(path, instance)| (path.clone(), instance.clone())).collect(),
            problems: if problems { self.problems.clone() } else { BTreeMap::new() },
            subjects: self.subjects.clone(),
        }
    }

    /// Adds what one file turned out to be; the order of calls does not matter.
    pub fn add(&mut self, entry: Entry) {
        match entry {
            Entry::Problem(problem) => {
                self.problems.insert(problem.path, problem.cause);
            }
            Entry::Instance(instance, identifiers) => {
                let subject = self.subjects.entry(instance.patient.clone()).or_default();
                for identifier in identifiers {
                    subject.add(identifier);
                }
                self.instances.insert(instance.path.clone(), *instance);
            }
        }
    }

    /// Reads a whole folder, one file after the other.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub fn read(root: &Path) -> io::Result<Self> {
        let walk = crate::index::walk(root)?;
        let mut batch = Self::new(root);
        for path in &walk.files {
            batch.add(Entry::read(root, path));
        }
        for path in walk.unreadable {
            batch.add(Entry::Problem(Problem { path, cause: Cause::Unreadable }));
        }
        Ok(batch)
    }

    /// Where an instance's file lies.
    pub fn file(&self, instance: &Instance) -> PathBuf {
        if self.root.is_file() { self.root.clone() } else { self.root.join(&instance.path) }
    }

    /// The dictionary of a patient; empty for one the batch does not know.
    pub fn subject(&self, patient: &PatientKey) -> SubjectDictionary {
        self.subjects.get(patient).cloned().unwrap_or_default()
    }

    /// Number of files.
    pub fn len(&self) -> usize {
        self.instances.len() + self.problems.len()
    }

    /// Whether no file was found.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
