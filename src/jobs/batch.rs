//! Reads a folder on several threads.

use std::io;
use std::path::Path;

use rayon::prelude::*;

use crate::index::{Batch, Entry, Problem, walk};
use crate::jobs::{Progress, Stage};
use crate::model::Cause;

/// Reads every file of a folder on `threads` threads. The batch does not depend on their number.
///
/// Files that a cancelled run did not read are left out: the caller must then not use the batch.
///
/// # Errors
/// When the folder cannot be listed or no threads can be started.
pub fn index_batch(root: &Path, threads: usize, progress: &Progress<'_>) -> io::Result<Batch> {
    let found = walk(root)?;
    let total = found.files.len();
    progress.begin(Stage::Index, total);
    let pool =
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(io::Error::other)?;
    let entries: Vec<Entry> = pool.install(|| {
        found
            .files
            .par_iter()
            .filter(|_| !progress.is_cancelled())
            .map(|path| {
                let entry = Entry::read(root, path);
                progress.step(Stage::Index, 1, total);
                entry
            })
            .collect()
    });
    let mut batch = Batch::new(root);
    entries.into_iter().for_each(|entry| batch.add(entry));
    for path in found.unreadable {
        batch.add(Entry::Problem(Problem { path, cause: Cause::Unreadable }));
    }
    Ok(batch)
}
