//! How an output folder stands before anything is written: nothing here changes the disk.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{Access, FlockOperation, access, flock};

use crate::export::destination::{DestinationError, LOCK_NAME, STAGING_NAME, is_empty, published};

/// Looks at an output folder as an export into it would: `None` when it is new or empty, else the
/// number of files in the export that lies there. It may have changed when the export begins.
///
/// # Errors
/// [`DestinationError`] when an export into it would be refused.
pub fn destination_standing(
    root: &Path,
    input: &Path,
    key: &str,
) -> Result<Option<usize>, DestinationError> {
    let (there, missing) = overlap_free(root, input)?;
    let may_write = access(&there, Access::WRITE_OK | Access::EXEC_OK);
    may_write.map_err(|errno| DestinationError::Io(errno.into()))?;
    if !missing.is_empty() {
        return Ok(None);
    }
    let manifest = published(&there, key)?;
    if is_locked(&there)? {
        return Err(DestinationError::Locked);
    }
    let files = manifest.map_or(0, |manifest| manifest.files.len());
    Ok(if files == 0 && is_empty(&there)? { None } else { Some(files) })
}

/// Follows both paths as far as they exist and refuses an output inside the input, or around it.
/// What there is of the output comes back, and the names that are missing below it.
///
/// # Errors
/// [`DestinationError::Overlaps`], and those of the system.
pub(super) fn overlap_free(
    root: &Path,
    input: &Path,
) -> Result<(PathBuf, Vec<OsString>), DestinationError> {
    let input = input.canonicalize()?;
    let (there, missing) = followed(root)?;
    let whole = missing.iter().fold(there.clone(), |path, name| path.join(name));
    if whole.starts_with(&input) || input.starts_with(&whole) {
        return Err(DestinationError::Overlaps);
    }
    Ok((there, missing))
}

/// The part of a path that exists, links followed, and the names that do not exist yet.
fn followed(path: &Path) -> io::Result<(PathBuf, Vec<OsString>)> {
    let absolute = std::path::absolute(path)?;
    let mut there = absolute.as_path();
    let mut missing = Vec::new();
    loop {
        match there.canonicalize() {
            Ok(found) if missing.is_empty() || found.is_dir() => {
                missing.reverse();
                return Ok((found, missing));
            }
            Ok(_file) => return Err(io::ErrorKind::NotADirectory.into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // A broken link, or `..` of what is not there, leads nobody knows where.
                let Some(Component::Normal(name)) = there.components().next_back() else {
                    return Err(error);
                };
                if fs::symlink_metadata(there).is_ok() {
                    return Err(error);
                }
                missing.push(name.to_owned());
                there = there.parent().ok_or(error)?;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Whether another export has the folder right now.
fn is_locked(root: &Path) -> io::Result<bool> {
    match File::open(root.join(STAGING_NAME).join(LOCK_NAME)) {
        Ok(lock) => Ok(flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::{Destination, MANIFEST_NAME, Manifest, ManifestFile};

    fn folders() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let (input, output) = (folder.path().join("in"), folder.path().join("out"));
        fs::create_dir(&input).unwrap();
        (folder, input, output)
    }

    #[test]
    fn new_and_empty_folders_are_free_and_looking_makes_nothing() {
        let (_folder, input, output) = folders();
        let deep = output.join("a/b");
        assert!(matches!(destination_standing(&deep, &input, "k"), Ok(None)));
        assert!(!output.exists());
        fs::create_dir(&output).unwrap();
        assert!(matches!(destination_standing(&output, &input, "k"), Ok(None)));
        assert_eq!(fs::read_dir(&output).unwrap().count(), 0);
    }

    #[test]
    fn an_earlier_export_is_counted_and_what_is_locked_or_anothers_is_refused() {
        let (_folder, input, output) = folders();
        let destination = Destination::open(&output, &input, "k").unwrap();
        let file = ManifestFile {
            path: "a.dcm".into(),
            sha256: String::new(),
            bytes: 1,
            masked_frames: 0,
            stored_uncompressed: false,
        };
        let manifest = Manifest {
            format: 1,
            product: String::new(),
            profile: String::new(),
            profile_digest: String::new(),
            key: "k".into(),
            files: vec![file],
        };
        destination.put(MANIFEST_NAME, manifest.to_text().unwrap().as_bytes()).unwrap();
        let standing = |key| destination_standing(&output, &input, key);
        assert!(matches!(standing("k"), Err(DestinationError::Locked)));
        destination.close().unwrap();
        assert!(matches!(standing("k"), Ok(Some(1))));
        assert!(matches!(standing("l"), Err(DestinationError::OtherKey { .. })));
        fs::remove_file(output.join(MANIFEST_NAME)).unwrap();
        fs::write(output.join("holiday.jpg"), "x").unwrap();
        assert!(matches!(standing("k"), Err(DestinationError::NotOurs)));
    }

    #[test]
    fn what_overlaps_with_the_input_is_refused_whether_it_is_there_or_not() {
        let (folder, input, _output) = folders();
        for place in [input.clone(), input.join("new/deep"), folder.path().to_owned()] {
            let refused = destination_standing(&place, &input, "k");
            assert!(matches!(refused, Err(DestinationError::Overlaps)), "{}", place.display());
        }
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&input, &link).unwrap();
        let refused = destination_standing(&link.join("new"), &input, "k");
        assert!(matches!(refused, Err(DestinationError::Overlaps)));
        let refused = Destination::open(&input.join("new"), &input, "k");
        assert!(matches!(refused, Err(DestinationError::Overlaps)));
        assert!(!input.join("new").exists(), "a refused export leaves nothing in the input");
    }

    #[test]
    fn a_file_in_the_way_and_a_broken_link_are_refused() {
        let (folder, input, output) = folders();
        fs::write(&output, "x").unwrap();
        for place in [output.clone(), output.join("deep")] {
            let refused = destination_standing(&place, &input, "k");
            assert!(matches!(refused, Err(DestinationError::Io(_))), "{}", place.display());
        }
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(folder.path().join("nowhere"), &link).unwrap();
        let refused = destination_standing(&link, &input, "k");
        assert!(matches!(refused, Err(DestinationError::Io(_))));
    }
}
