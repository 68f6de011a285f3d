//! The output folder: who may write into it, and how what was staged becomes visible.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::export::files::{OwnerOnly, sync_folder};
use crate::export::manifest::{MANIFEST_NAME, Manifest};
use crate::export::standing::overlap_free;

/// Name of the lock in the staging folder.
pub(super) const LOCK_NAME: &str = "lock";
/// Name of the staging folder in the output. Leftovers of it make `verify OUT` fail.
pub const STAGING_NAME: &str = ".veridact-staging";

/// The output folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DestinationError {
    /// It holds files, and no manifest of ours.
    #[error("the output folder is not empty and holds no export of Veridact")]
    NotOurs,
    /// It was written with another project key.
    #[error("the output folder was written with project key {found}; this is {wanted}")]
    OtherKey {
        /// Fingerprint in its manifest.
        found: String,
        /// Fingerprint of the key in use.
        wanted: String,
    },
    /// Another export is writing into it.
    #[error("another export is writing into the output folder")]
    Locked,
    /// It overlaps with the input.
    #[error("the output folder lies inside the input folder, or the input inside the output")]
    Overlaps,
    /// The system refused.
    #[error("the output folder cannot be used")]
    Io(#[from] io::Error),
}

/// An output folder that this process alone writes into.
#[derive(Debug)]
pub struct Destination {
    root: PathBuf,
    staging: PathBuf,
    /// What was published before.
    pub published: Option<Manifest>,
    _lock: File,
}

impl Destination {
    /// Opens or makes the output folder and takes its lock. Leftovers of a run that was killed are
    /// thrown away: nothing in staging was ever visible.
    ///
    /// # Errors
    /// [`DestinationError`].
    pub fn open(root: &Path, input: &Path, key: &str) -> Result<Self, DestinationError> {
        overlap_free(root, input)?; // before anything is made in the input
        fs::create_dir_all(root)?;
        let root = root.canonicalize()?;
        published(&root, key)?; // before anything is put into a stranger's folder
        let staging = root.join(STAGING_NAME);
        let lock = take_lock(&staging)?;
        // Read again under the lock: another export may have ended in between.
        let published = published(&root, key)?;
        for entry in fs::read_dir(&staging)? {
            let path = entry?.path();
            if path.is_dir() {
                fs::remove_dir_all(path)?;
            }
        }
        Ok(Self { root, staging, published, _lock: lock })
    }

    /// The output folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A new, empty, owner-only folder for one series.
    ///
    /// # Errors
    /// Those of the system.
    pub fn stage(&self, name: &str) -> io::Result<PathBuf> {
        let folder = self.staging.join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        OwnerOnly::folder(&folder)?;
        Ok(folder)
    }

    /// Makes the staged files of one series visible: all are flushed, then renamed one after the
    /// other, then the folder is flushed.
    ///
    /// # Errors
    /// Those of the system; files that were renamed already stay and are whole.
    pub fn publish(&self, staged: &[(PathBuf, String)]) -> io::Result<()> {
        let mut folders = std::collections::BTreeSet::new();
        for (path, _) in staged {
            File::open(path)?.sync_all()?;
        }
        for (path, relative) in staged {
            let target = self.root.join(relative);
            let folder = target.parent().unwrap_or(&self.root).to_owned();
            if folders.insert(folder.clone()) {
                fs::create_dir_all(&folder)?;
                // New folders are lost in a crash unless those above them are flushed, too.
                let above = folder.ancestors().skip(1);
                folders
                    .extend(above.take_while(|up| up.starts_with(&self.root)).map(Path::to_owned));
            }
            fs::rename(path, &target)?;
        }
        folders.iter().try_for_each(|folder| sync_folder(folder))
    }

    /// Writes a file of the export itself, such as the manifest: staged, flushed, renamed.
    ///
    /// # Errors
    /// Those of the system.
    pub fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let staged = self.staging.join(name);
        fs::write(&staged, bytes)?;
        File::open(&staged)?.sync_all()?;
        fs::rename(&staged, self.root.join(name))?;
        sync_folder(&self.root)
    }

    /// Ends the export: the staging folder goes.
    ///
    /// # Errors
    /// Those of the system.
    pub fn close(self) -> io::Result<()> {
        fs::remove_dir_all(&self.staging)?;
        sync_folder(&self.root)
    }
}

/// What an output folder says of itself.
pub(super) fn published(root: &Path, key: &str) -> Result<Option<Manifest>, DestinationError> {
    let published = Manifest::read(root)?;
    match &published {
        Some(manifest) if manifest.key != key => {
            let found = manifest.key.clone();
            Err(DestinationError::OtherKey { found, wanted: key.to_owned() })
        }
        None if !is_empty(root)? => Err(DestinationError::NotOurs),
        _ => Ok(published),
    }
}

/// Takes the lock, which lies in the staging folder and goes with it.
fn take_lock(staging: &Path) -> Result<File, DestinationError> {
    OwnerOnly::folder(staging)?;
    let path = staging.join(LOCK_NAME);
    let lock = File::create(&path)?;
    flock(&lock, FlockOperation::NonBlockingLockExclusive)
        .map_err(|_held| DestinationError::Locked)?;
    // An export that ended between the two calls took the file away: this lock guards nothing.
    match fs::metadata(&path) {
        Ok(there) if there.ino() == lock.metadata()?.ino() => Ok(lock),
        _ => Err(DestinationError::Locked),
    }
}

/// Whether a folder has nothing but what a killed first run may have left.
pub(super) fn is_empty(root: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(root)? {
        let name = entry?.file_name();
        if name != STAGING_NAME && name != MANIFEST_NAME {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let (input, output) = (folder.path().join("in"), folder.path().join("out"));
        fs::create_dir(&input).unwrap();
        (folder, input, output)
    }

    #[test]
    fn strangers_files_overlaps_and_second_writers_are_refused() {
        let (_folder, input, output) = folders();
        let first = Destination::open(&output, &input, "k").unwrap();
        assert!(matches!(Destination::open(&output, &input, "k"), Err(DestinationError::Locked)));
        first.close().unwrap();
        assert!(matches!(
            Destination::open(&input.join("x"), &input, "k"),
            Err(DestinationError::Overlaps)
        ));
        fs::write(output.join("holiday.jpg"), "x").unwrap();
        assert!(matches!(Destination::open(&output, &input, "k"), Err(DestinationError::NotOurs)));
    }

    #[test]
    fn another_key_is_refused_and_leftovers_go() {
        let (_folder, input, output) = folders();
        let destination = Destination::open(&output, &input, "k").unwrap();
        let folder = destination.stage("s").unwrap();
        fs::write(folder.join("half"), "x").unwrap();
        drop(destination); // as if killed
        let destination = Destination::open(&output, &input, "k").unwrap();
        assert!(!folder.exists());
        let manifest = Manifest {
            format: 1,
            product: String::new(),
            profile: String::new(),
            profile_digest: String::new(),
            key: "k".into(),
            files: Vec::new(),
        };
        destination.put(MANIFEST_NAME, manifest.to_text().unwrap().as_bytes()).unwrap();
        destination.close().unwrap();
        assert!(matches!(
            Destination::open(&output, &input, "l"),
            Err(DestinationError::OtherKey { .. })
        ));
        assert!(Destination::open(&output, &input, "k").is_ok());
    }

    #[test]
    fn what_is_published_is_whole_and_in_its_place() {
        let (_folder, input, output) = folders();
        let destination = Destination::open(&output, &input, "k").unwrap();
        let staged = destination.stage("s").unwrap().join("1.dcm");
        fs::write(&staged, "x").unwrap();
        destination.publish(&[(staged, "p/st/se/1.dcm".into())]).unwrap();
        assert_eq!(fs::read(output.join("p/st/se/1.dcm")).unwrap(), b"x");
        destination.close().unwrap();
        assert!(!output.join(STAGING_NAME).exists());
    }
}
