//! How an output folder stands before anything is written: nothing here changes the disk.

use std::fs::File;
use std::io;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

use crate::engine::key::ProjectKey;
use crate::export::destination::{
    Destination, DestinationError, LOCK_NAME, STAGING_NAME, is_empty, published,
};

/// Looks at an output folder as an export into it would: `None` when it is new or empty, else the
/// number of files in the export that lies there. It may have changed when the export begins.
///
/// # Errors
/// [`DestinationError`] when an export into it would be refused.
pub fn destination_standing(
    root: &Path,
    input: &Path,
    key: &ProjectKey,
) -> Result<Option<usize>, DestinationError> {
    let (root, _input) = Destination::check(root, input, key)?;
    if !root.exists() {
        return Ok(None);
    }
    let manifest = published(&root, &key.fingerprint())?;
    if is_locked(&root)? {
        return Err(DestinationError::Locked);
    }
    let files = manifest.map_or(0, |manifest| manifest.files.len());
    Ok(if files == 0 && is_empty(&root)? { None } else { Some(files) })
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
    use std::fs;
    use std::path::PathBuf;

    use super::*;
    use crate::export::{MANIFEST_NAME, Manifest};

    fn folders() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let (input, output) = (folder.path().join("in"), folder.path().join("out"));
        fs::create_dir(&input).unwrap();
        (folder, input, output)
    }

    fn key(byte: u8) -> ProjectKey {
        ProjectKey::from_bytes([byte; 32])
    }

    #[test]
    fn new_and_empty_folders_are_free_and_looking_makes_nothing() {
        let (_folder, input, output) = folders();
        let deep = output.join("a/b");
        assert!(matches!(destination_standing(&deep, &input, &key(1)), Ok(None)));
        assert!(!output.exists());
        fs::create_dir(&output).unwrap();
        assert!(matches!(destination_standing(&output, &input, &key(1)), Ok(None)));
        assert_eq!(fs::read_dir(&output).unwrap().count(), 0);
    }

    #[test]
    fn what_is_locked_or_anothers_is_refused() {
        let (_folder, input, output) = folders();
        let destination = Destination::open(&output, &input, &key(1)).unwrap();
        let standing = |byte| destination_standing(&output, &input, &key(byte));
        assert!(matches!(standing(1), Err(DestinationError::Locked)));
        drop(destination);
        let mut manifest = Manifest::new(&key(1).fingerprint());
        manifest.key = key(2).fingerprint();
        fs::write(output.join(MANIFEST_NAME), manifest.to_text().unwrap()).unwrap();
        assert!(matches!(standing(1), Err(DestinationError::OtherKey { .. })));
        fs::remove_file(output.join(MANIFEST_NAME)).unwrap();
        fs::write(output.join("holiday.jpg"), "x").unwrap();
        assert!(matches!(standing(1), Err(DestinationError::NotOurs)));
    }

    #[test]
    fn what_overlaps_with_the_input_is_refused_whether_it_is_there_or_not() {
        let (folder, input, _output) = folders();
        for place in [input.clone(), input.join("new/deep"), folder.path().to_owned()] {
            let refused = destination_standing(&place, &input, &key(1));
            assert!(matches!(refused, Err(DestinationError::Overlaps)), "{}", place.display());
        }
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&input, &link).unwrap();
        let refused = destination_standing(&link.join("new"), &input, &key(1));
        assert!(matches!(refused, Err(DestinationError::Overlaps)));
        let refused = Destination::open(&input.join("new"), &input, &key(1));
        assert!(matches!(refused, Err(DestinationError::Overlaps)));
        assert!(!input.join("new").exists(), "a refused export leaves nothing in the input");
    }

    #[test]
    fn a_file_in_the_way_and_a_broken_link_are_refused() {
        let (folder, input, output) = folders();
        fs::write(&output, "x").unwrap();
        for place in [output.clone(), output.join("deep")] {
            let refused = destination_standing(&place, &input, &key(1));
            assert!(refused.is_err(), "{}", place.display());
        }
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(folder.path().join("nowhere"), &link).unwrap();
        let standing = destination_standing(&link, &input, &key(1));
        assert!(matches!(standing, Ok(None) | Err(_)));
        assert!(!folder.path().join("nowhere").exists());
    }
}
