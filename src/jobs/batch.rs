//! Reads a folder on several threads.

use std::io;
use std::path::Path;

use rayon::prelude::*;

use crate::index::{Batch, Entry, Problem, walk};
use crate::jobs::{Progress, Stage};
use crate::model::Cause;
use crate::profile::IdentityBy;

/// Reads every file of a folder on `threads` threads. The batch does not depend on their number.
///
/// Files that a cancelled run did not read are left out: the caller must then not use the batch.
///
/// # Errors
/// When the folder cannot be listed or no threads can be started.
pub fn index_batch(
    root: &Path,
    identity: IdentityBy,
    threads: usize,
    progress: &Progress<'_>,
) -> io::Result<Batch> {
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
                let entry = read_entry(root, path, identity);
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

/// Reads one file of a batch in which patients are told apart so.
pub(crate) fn read_entry(root: &Path, path: &Path, identity: IdentityBy) -> Entry {
    let entry = Entry::read(root, path);
    match identity {
        IdentityBy::Id => entry.ignoring_issuers(),
        IdentityBy::IssuerAndId => entry,
    }
}
