//! Scores files one by one, in any order and on any thread.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::model::Phi;
use crate::score::checks::Bench;
use crate::score::indexed::IndexedFile;
use crate::score::unseen::{Leak, Search};
use crate::score::{AnswerKey, BoxReader, Check, CheckAction, Crosswalk, Mark};

/// What a score rests on.
#[derive(Debug)]
pub struct Scorer {
    pub(crate) key: AnswerKey,
    uids: Crosswalk,
    patients: Crosswalk,
    by_instance: HashMap<String, usize>,
    search: Search,
}

/// One marked check.
#[derive(Clone, Debug)]
pub(crate) struct Marked {
    pub(crate) mark: Mark,
    /// Number of the answer and of the check in it.
    pub(crate) answer: usize,
    pub(crate) check: usize,
    /// What stood there.
    pub(crate) found: Option<Phi<String>>,
    /// Path below the output; `None` where the instance is missing.
    pub(crate) path: Option<PathBuf>,
}

/// How one file of the output did.
#[derive(Debug)]
pub enum Scored {
    /// It is an instance of the answers.
    Matched {
        /// Number of its answer.
        answer: usize,
        /// Its checks.
        #[doc(hidden)]
        checks: Box<Checks>,
    },
    /// It is DICOM, but no answer is about it: its UID is in no crosswalk.
    Unmatched(PathBuf),
    /// It is no DICOM that can be read.
    Unreadable(PathBuf),
}

/// The marks of one file, and what no check saw.
#[derive(Debug)]
pub struct Checks {
    pub(crate) marked: Vec<Marked>,
    pub(crate) leaks: Vec<Leak>,
}

impl Scorer {
    /// Takes the answers and the crosswalks.
    pub fn new(key: AnswerKey, uids: Crosswalk, patients: Crosswalk) -> Self {
        let by_instance = key
            .answers
            .iter()
            .enumerate()
            .map(|(at, answer)| (answer.instance.expose().clone(), at))
            .collect();
        let search = Search::new(&key);
        Self { key, uids, patients, by_instance, search }
    }

    /// Scores one file of the output; `name` is its path below `output`.
    ///
    /// # Errors
    /// Those of the system.
    pub fn file(&self, output: &Path, name: &Path, reader: &dyn BoxReader) -> io::Result<Scored> {
        let path = output.join(name);
        let Some(file) = IndexedFile::read(&path)? else {
            return Ok(Scored::Unreadable(name.to_owned()));
        };
        let old = self.uids.old_of(&file.instance);
        let Some(&answer) = old.and_then(|old| self.by_instance.get(old)) else {
            return Ok(Scored::Unmatched(name.to_owned()));
        };
        let checks = &self.key.answers[answer].checks;
        let digest = match checks.iter().any(|check| check.action == CheckAction::PixelsRetained) {
            true => file.pixel_digest()?,
            false => String::new(),
        };
        let bench = Bench {
            path: &path,
            file: &file,
            uids: &self.uids,
            patients: &self.patients,
            reader,
            digest: &digest,
        };
        let mut marked = Vec::with_capacity(checks.len());
        for (at, check) in checks.iter().enumerate() {
            if let Some((mark, found)) = bench.mark(check)? {
                let path = Some(name.to_owned());
                marked.push(Marked { mark, answer, check: at, found, path });
            }
        }
        let leaks = self.search.file(&self.key.answers[answer], &file, name)?;
        Ok(Scored::Matched { answer, checks: Box::new(Checks { marked, leaks }) })
    }

    /// The marks of an instance that is not in the output.
    pub(crate) fn missing(&self, answer: usize) -> impl Iterator<Item = Marked> {
        let checks = self.key.answers[answer].checks.iter().enumerate();
        checks.map(move |(check, asked)| Marked {
            mark: Mark::of(asked.action.passes_without_file()),
            answer,
            check,
            found: None,
            path: None,
        })
    }

    pub(crate) fn check(&self, marked: &Marked) -> &Check {
        &self.key.answers[marked.answer].checks[marked.check]
    }
}
