//! What a run is about to change in the output, on disk before it does.
//!
//! The manifest is written when a run ends. Until then the ledger tells what became visible: after
//! a kill, the next run reads it and makes manifest and folder agree again.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::export::files::{NO_LINK, sync_folder};
use crate::export::manifest::{Manifest, ManifestFile, Tombstone, is_inside};
use crate::index::digest_file;

/// Its name in the staging folder.
pub(super) const LEDGER_NAME: &str = "ledger";

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Step {
    /// A file becomes visible.
    Publish(ManifestFile),
    /// A file goes.
    Withdraw(String),
    /// A file goes, and must not come back by itself.
    Bury(Tombstone),
}

/// The ledger of one run.
#[derive(Debug)]
pub(super) struct Ledger(Mutex<File>);

impl Ledger {
    /// Opens the ledger of a staging folder, owner-only.
    pub fn open(staging: &Path) -> io::Result<Self> {
        let path = staging.join(LEDGER_NAME);
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .custom_flags(NO_LINK)
            .open(path)?;
        Ok(Self(Mutex::new(file)))
    }

    /// Writes steps down; they are on disk when this returns. When it fails, none of them is.
    pub fn note(&self, steps: &[Step]) -> io::Result<()> {
        if steps.is_empty() {
            return Ok(());
        }
        let mut text = String::new();
        for step in steps {
            text += &serde_json::to_string(step).map_err(io::Error::other)?;
            text.push('\n');
        }
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = file.metadata()?.len();
        let noted = file.write_all(text.as_bytes()).and_then(|()| file.sync_data());
        if noted.is_err() {
            // Half a line would hide all that is noted behind it.
            file.set_len(before)?;
        }
        noted
    }

    /// Forgets all steps: the manifest tells of them now.
    pub fn clear(&self) -> io::Result<()> {
        let file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.set_len(0)?;
        file.sync_data()
    }

    /// The steps that a run left behind. A last line that is not whole was never acted upon.
    pub fn left_behind(staging: &Path) -> io::Result<Vec<Step>> {
        let text = match fs::read(staging.join(LEDGER_NAME)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            text => text?,
        };
        let whole = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        let lines = text[..whole].split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
        let steps = lines.map_while(|line| serde_json::from_slice(line).ok());
        Ok(steps.collect())
    }
}

/// Does to the manifest, and where it was not done yet to the folder, what a killed run meant to.
pub(super) fn replay(root: &Path, steps: Vec<Step>, manifest: &mut Manifest) -> io::Result<()> {
    let (mut published, mut withdrawn, mut buried) = (Vec::new(), BTreeSet::new(), Vec::new());
    for step in steps {
        match step {
            Step::Publish(file) if is_inside(&file.path) => {
                // Where the kill came first, what was there before still is.
                if is_there(root, &file)? {
                    published.push(file);
                }
            }
            Step::Withdraw(path) if is_inside(&path) => drop(withdrawn.insert(path)),
            Step::Bury(stone) if is_inside(&stone.path) => {
                withdrawn.insert(stone.path.clone());
                buried.push(stone);
            }
            _ => return Err(io::Error::other("the ledger names a place outside of its folder")),
        }
    }
    manifest.take(published);
    manifest.files.retain(|file| !withdrawn.contains(&file.path));
    manifest.bury(buried);
    remove(root, &withdrawn)
}

/// Whether a file is there as it was meant to become visible. One that cannot be read may be: it must
/// not be forgotten.
pub(super) fn is_there(root: &Path, file: &ManifestFile) -> io::Result<bool> {
    match digest_file(&root.join(&file.path)) {
        Ok(digest) => Ok(digest.to_hex() == file.sha256),
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::IsADirectory => Ok(false),
            _ => Err(error),
        },
    }
}

/// Takes files away, and the folders that are empty then.
pub(super) fn remove(root: &Path, paths: &BTreeSet<String>) -> io::Result<()> {
    let mut emptied = BTreeSet::new();
    for path in paths {
        let target = root.join(path);
        let folders = target.ancestors().skip(1).take_while(|up| *up != root);
        let Some(folder) = target.parent() else { continue };
        match folder.canonicalize() {
            Ok(real) if !real.starts_with(root) => {
                return Err(io::Error::other("a link leads out of the output folder"));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            real => drop(real?),
        }
        match fs::remove_file(&target) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => emptied.extend(folders.map(Path::to_owned)),
        }
    }
    // The deepest first: those above may then be empty, too.
    for folder in emptied.iter().rev() {
        match fs::remove_dir(folder) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => sync_folder(folder)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    sync_folder(root)
}
