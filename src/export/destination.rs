//! The output folder: who may write into it, and how what was staged becomes visible.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rustix::fs::{Access, FlockOperation, access, flock, syncfs};

use crate::engine::key::ProjectKey;
use crate::export::files::{NO_LINK, OwnerOnly, missing, sync_folder, sync_names};
use crate::export::ledger::{self, LEDGER_NAME, Ledger, Step};
use crate::export::manifest::{MANIFEST_NAME, Manifest, ManifestFile, Tombstone, WITHDRAWN_NAME};
use crate::model::resolved;

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
    /// A path leads nowhere that can be told.
    #[error("a path cannot be followed to its end: a link is broken, or a folder cannot be read")]
    Unresolvable,
    /// The system refused.
    #[error("the output folder cannot be used")]
    Io(#[from] io::Error),
}

/// An output folder that this process alone writes into.
#[derive(Debug)]
pub struct Destination {
    root: PathBuf,
    staging: PathBuf,
    batch: String,
    ledger: Ledger,
    /// The manifest as it lies in the folder.
    published: Manifest,
    /// What became visible since.
    visible: Mutex<Vec<ManifestFile>>,
    _lock: File,
}

/// How an export changed the output folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Files that this export published.
    pub published: usize,
    /// Files of earlier exports of the same batch that it took away.
    pub withdrawn: usize,
    /// Files that only other batches release.
    pub of_others: usize,
}

impl Destination {
    /// Opens or makes the output folder and takes its lock. Leftovers of a run that was killed are
    /// thrown away: nothing in staging was ever visible. What it did publish is entered into the
    /// manifest, which is there before the first file.
    ///
    /// # Errors
    /// [`DestinationError`]; a folder that is refused is not touched.
    pub fn open(root: &Path, input: &Path, key: &ProjectKey) -> Result<Self, DestinationError> {
        // Before anything is put into a stranger's folder.
        let (at, input) = Self::check(root, input, key)?;
        let missing = missing(&at);
        fs::create_dir_all(&at)?;
        sync_names(&at, &missing)?;
        Self::take(&at, batch_mark(key, &input), key)
    }

    /// Opens an export that is there, to take something away from it; a run that was killed is
    /// settled as by [`Destination::open`].
    ///
    /// # Errors
    /// [`DestinationError`]; [`DestinationError::NotOurs`] where there is no export.
    pub fn reopen(root: &Path, key: &ProjectKey) -> Result<Self, DestinationError> {
        let at = resolved(root).ok_or(DestinationError::Unresolvable)?;
        match published(&at, &key.fingerprint())? {
            Some(_) => Self::take(&at, String::new(), key),
            None => Err(DestinationError::NotOurs),
        }
    }

    /// Takes the lock of a folder that was looked at, and settles what was left behind.
    fn take(at: &Path, batch: String, key: &ProjectKey) -> Result<Self, DestinationError> {
        let root = at.canonicalize()?;
        let fingerprint = key.fingerprint();
        let staging = root.join(STAGING_NAME);
        let lock = take_lock(&staging)?;
        // Read again under the lock: another export may have ended in between.
        let published = published(&root, &fingerprint)?;
        let left_behind = Ledger::left_behind(&staging)?;
        let is_new = published.is_none();
        let mut destination = Self {
            ledger: Ledger::open(&staging)?,
            published: published.unwrap_or_else(|| Manifest::new(&fingerprint)),
            batch,
            visible: Mutex::default(),
            root,
            staging,
            _lock: lock,
        };
        // The ledger must be found after a crash, too.
        sync_folder(&destination.staging)?;
        sync_folder(&destination.root)?;
        destination.clear_staging()?;
        if is_new || !left_behind.is_empty() {
            ledger::replay(&destination.root, left_behind, &mut destination.published)?;
            destination.put_manifest()?;
        }
        Ok(destination)
    }

    /// Says whether an output folder would be refused, and touches nothing. Gives the folders
    /// with their links followed.
    ///
    /// # Errors
    /// Those of [`Destination::open`], but for the lock.
    pub fn check(
        root: &Path,
        input: &Path,
        key: &ProjectKey,
    ) -> Result<(PathBuf, PathBuf), DestinationError> {
        let (Some(root), Some(input)) = (resolved(root), resolved(input)) else {
            return Err(DestinationError::Unresolvable);
        };
        if root.starts_with(&input) || input.starts_with(&root) {
            return Err(DestinationError::Overlaps);
        }
        let there = root.ancestors().find(|folder| folder.exists()).unwrap_or(&root);
        if !there.is_dir() {
            return Err(io::Error::from(io::ErrorKind::NotADirectory).into());
        }
        access(there, Access::WRITE_OK | Access::EXEC_OK).map_err(io::Error::from)?;
        if there == root {
            published(&root, &key.fingerprint())?;
        }
        Ok((root, input))
    }

    /// The output folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The mark of the batch that is exported.
    pub fn batch(&self) -> &str {
        &self.batch
    }

    /// The manifest as it lies in the folder.
    pub const fn manifest(&self) -> &Manifest {
        &self.published
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

    /// Bytes that this user may still write there; `None` where the file system does not tell.
    pub fn room(&self) -> Option<u64> {
        let found = rustix::fs::statvfs(&self.staging).ok().filter(|found| found.f_blocks > 0)?;
        Some(found.f_bavail.saturating_mul(found.f_frsize))
    }

    /// Makes the staged files of one series visible: all are flushed and noted in the ledger, then
    /// renamed one after the other, then the folders are flushed. A file that lies there already as
    /// it would become stays untouched.
    ///
    /// # Errors
    /// Those of the system; files that were renamed already stay and are whole.
    pub fn publish(&self, staged: &[(PathBuf, ManifestFile)]) -> io::Result<()> {
        let (mut standing, mut changed) = (Vec::new(), Vec::new());
        for (path, file) in staged {
            match self.stands(file)? {
                true => standing.push(file.clone()),
                false => changed.push((path, file)),
            }
        }
        flush(&changed.iter().map(|(path, _)| path.as_path()).collect::<Vec<_>>())?;
        let steps: Vec<_> = staged.iter().map(|(_, file)| Step::Publish(file.clone())).collect();
        self.ledger.note(&steps)?;
        // The name of what stands may not be on disk yet: a killed run had renamed it and no more.
        let mut folders = BTreeSet::new();
        standing.iter().for_each(|file| self.folders_of(file, &mut folders));
        self.visible.lock().unwrap_or_else(PoisonError::into_inner).extend(standing);
        for (path, file) in changed {
            let target = self.root.join(&file.path);
            let folder = target.parent().unwrap_or(&self.root);
            if !folders.contains(folder) {
                self.make_folder(folder)?;
                self.folders_of(file, &mut folders);
            }
            fs::rename(path, &target)?;
            self.visible.lock().unwrap_or_else(PoisonError::into_inner).push(file.clone());
        }
        folders.iter().try_for_each(|folder| sync_folder(folder))
    }

    /// Adds the folder of a file and those above it, up to the output: new ones are lost in a crash
    /// unless all of them are flushed.
    fn folders_of(&self, file: &ManifestFile, folders: &mut BTreeSet<PathBuf>) {
        let target = self.root.join(&file.path);
        let above = target.ancestors().skip(1).take_while(|up| up.starts_with(&self.root));
        folders.extend(above.map(Path::to_owned));
    }

    /// Whether a file lies in the output byte for byte as it would be published: itself, not a link
    /// to it, in a folder that no link leads out of.
    fn stands(&self, file: &ManifestFile) -> io::Result<bool> {
        let target = self.root.join(&file.path);
        match fs::symlink_metadata(&target) {
            Ok(found) if found.is_file() && found.len() == file.bytes => {
                let inside = target.canonicalize()? == target;
                Ok(inside && ledger::is_there(&self.root, file)?)
            }
            _ => Ok(false),
        }
    }

    /// Makes a folder of the output, unless a link leads out of it: not even a folder is made there.
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        let there = folder.ancestors().find(|up| up.symlink_metadata().is_ok());
        match there.unwrap_or(&self.root).canonicalize()?.starts_with(&self.root) {
            true => fs::create_dir_all(folder),
            false => Err(io::Error::other("a link leads out of the output folder")),
        }
    }

    /// Makes manifest and folder agree at the end of a run, also of one that failed: what became
    /// visible is listed, and what the batch released earlier and releases no more is taken away,
    /// but for what is `pending`: paths of instances that this run did not come to.
    ///
    /// # Errors
    /// Those of the system; then the ledger stays, and the next run mends it.
    pub fn settle(&mut self, pending: &BTreeSet<String>) -> io::Result<Settled> {
        self.clear_staging()?; // a full disk has room for the manifest then
        let published =
            std::mem::take(self.visible.get_mut().unwrap_or_else(PoisonError::into_inner));
        let now: BTreeSet<String> = published.iter().map(|file| file.path.clone()).collect();
        self.published.take(published);
        let stays = |path: &str| now.contains(path) || pending.contains(path);
        let gone = self.published.forsake(&self.batch, &stays);
        let steps: Vec<_> = gone.iter().cloned().map(Step::Withdraw).collect();
        self.ledger.note(&steps)?;
        ledger::remove(&self.root, &gone)?;
        self.put_manifest()?;
        let others = self.published.files.iter().filter(|file| !file.batches.contains(&self.batch));
        let of_others = others.count();
        Ok(Settled { published: now.len(), withdrawn: gone.len(), of_others })
    }

    /// Takes published files away for good: their tombstones stay in the manifest.
    ///
    /// # Errors
    /// Those of the system; then the ledger stays, and the next run ends it.
    pub fn withdraw(&mut self, stones: &[Tombstone]) -> io::Result<()> {
        let steps: Vec<_> = stones.iter().cloned().map(Step::Bury).collect();
        self.ledger.note(&steps)?;
        ledger::remove(&self.root, &stones.iter().map(|stone| stone.path.clone()).collect())?;
        self.published.bury(stones.iter().cloned());
        self.put_manifest()
    }

    /// Writes the manifest and what goes with it; the ledger is then of no use any more.
    fn put_manifest(&self) -> io::Result<()> {
        match self.published.withdrawn.is_empty() {
            false => self.put(WITHDRAWN_NAME, self.published.withdrawn_list().as_bytes())?,
            true => self.unlisted()?,
        }
        self.put(MANIFEST_NAME, self.published.to_text()?.as_bytes())?;
        self.ledger.clear()
    }

    /// No list where nothing is withdrawn.
    fn unlisted(&self) -> io::Result<()> {
        match fs::remove_file(self.root.join(WITHDRAWN_NAME)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
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

    /// Throws staged files away; lock and ledger stay.
    fn clear_staging(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.staging)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?;
            } else if entry.file_name() != LOCK_NAME && entry.file_name() != LEDGER_NAME {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
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

/// Marks a batch by its folder, links followed: the same for the same key and place, and telling
/// nothing to who has not the key.
pub fn batch_mark(key: &ProjectKey, input: &Path) -> String {
    let digest = key.derive("batch", &[input.as_os_str().as_bytes()]);
    hex::encode(&digest[..8])
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

/// Puts staged files on disk: one wait for all of them where there are many. Each is asked by itself
/// then, too, which costs little by that time: older kernels and network shares say only there that
/// a write has failed.
fn flush(staged: &[&Path]) -> io::Result<()> {
    if let [first, _, ..] = staged {
        syncfs(File::open(first)?)?;
    }
    staged.iter().try_for_each(|path| File::open(path)?.sync_all())
}

/// Takes the lock, which lies in the staging folder and goes with it.
fn take_lock(staging: &Path) -> Result<File, DestinationError> {
    OwnerOnly::folder(staging)?;
    // What a link leads to would be emptied.
    if !staging.symlink_metadata()?.is_dir() {
        return Err(io::Error::other("a link stands where files are staged").into());
    }
    let path = staging.join(LOCK_NAME);
    let mut options = OpenOptions::new();
    let lock = options.write(true).create(true).mode(0o600).custom_flags(NO_LINK).open(&path)?;
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
mod tests;
