//! Scores an output on several threads; pixels are looked at by workers.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use crate::index::walk;
use crate::jobs::worker::{Frames, Lane, WorkerPool};
use crate::jobs::{NEVER, Progress, Stage};
use crate::model::{FrameFindings, Region};
use crate::score::{
    AnswerKey, BoxReader, Crosswalk, Grouping, Illegible, PixelBox, ScoreError, Scorecard, Scored,
    Scorer,
};

/// What to score.
#[derive(Clone, Debug)]
pub struct ScoreRequest {
    /// The database of answers.
    pub answers: PathBuf,
    /// The output of any tool.
    pub output: PathBuf,
    /// Its crosswalk of UIDs.
    pub uid_map: PathBuf,
    /// Its crosswalk of Patient IDs.
    pub patient_map: PathBuf,
    /// What counts once.
    pub grouping: Grouping,
    /// Number of threads.
    pub threads: usize,
}

/// Scores an output. Without workers the checks of pixels are not made.
///
/// # Errors
/// Those of [`ScoreError`].
pub fn score(
    request: &ScoreRequest,
    pool: Option<&WorkerPool>,
    progress: &Progress<'_>,
) -> Result<Scorecard, ScoreError> {
    let key = AnswerKey::read(&request.answers)?;
    let uids = Crosswalk::read(&request.uid_map)?;
    let patients = Crosswalk::read(&request.patient_map)?;
    let scorer = Scorer::new(key, uids, patients);
    let mut files = walk(&request.output)?.files;
    // The validator's own walk passes over names that begin with a dot.
    files.retain(|path| !path.iter().any(|part| part.to_string_lossy().starts_with('.')));
    let reader = WorkerReader { pool, seen: Mutex::default() };
    let threads = rayon::ThreadPoolBuilder::new()
        .num_threads(request.threads)
        .build()
        .map_err(io::Error::other)?;
    progress.begin(Stage::Score, files.len());
    let scored: io::Result<Vec<Scored>> = threads.install(|| {
        let one = |name: &PathBuf| {
            let scored = scorer.file(&request.output, name, &reader);
            progress.step(Stage::Score, 1, files.len());
            scored
        };
        files.par_iter().map(one).collect()
    });
    Ok(Scorecard::of(&scorer, scored?, request.grouping))
}

/// Reads boxes with the detector and Tesseract: the frame is searched once, and what was found in
/// a box is its text.
struct WorkerReader<'a> {
    pool: Option<&'a WorkerPool>,
    seen: Mutex<HashMap<PathBuf, Option<FrameFindings>>>,
}

impl BoxReader for WorkerReader<'_> {
    fn read(&self, file: &Path, [x0, y0, x1, y1]: PixelBox) -> Result<String, Illegible> {
        let pool = self.pool.ok_or(Illegible)?;
        let known = self.lock().get(file).cloned();
        let found = known.unwrap_or_else(|| {
            let looked = pool.detect(Lane::Batch, file, Frames::These(vec![0]), &NEVER);
            let first = looked.ok().and_then(|frames| frames.into_iter().next());
            self.lock().insert(file.to_owned(), first.clone());
            first
        });
        let found = found.ok_or(Illegible)?;
        if found.coverage.is_unseen() {
            return Err(Illegible);
        }
        let wanted = Region { x0, y0, x1, y1 };
        let inside = found.findings.iter().filter(|it| it.region.intersection(wanted).is_some());
        let words: Vec<&str> = inside.map(|it| it.text.expose().as_str()).collect();
        Ok(words.join(" "))
    }
}

impl WorkerReader<'_> {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<PathBuf, Option<FrameFindings>>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
