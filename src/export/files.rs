//! Files that only their owner may read, and renames that survive a crash.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

/// Opens no link: whoever made it chose where it leads.
pub(super) const NO_LINK: i32 = OFlags::NOFOLLOW.bits().cast_signed();

/// Makes folders and files that only their owner may open.
#[derive(Clone, Copy, Debug)]
pub struct OwnerOnly;

impl OwnerOnly {
    /// Makes a folder and those above it that are missing, mode 0700.
    ///
    /// # Errors
    /// Those of the system.
    pub fn folder(path: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)
    }

    /// Makes a new file, mode 0600.
    ///
    /// # Errors
    /// Those of the system; also when the file is there already.
    pub fn file(path: &Path) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
    }
}

/// Writes a whole file that only its owner may read: beside it first, flushed, then renamed.
///
/// # Errors
/// Those of the system; an older file of that name then stays as it was.
pub fn write_owner_only(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".veridact-partial");
    let beside = Path::new(&beside);
    match fs::remove_file(beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OwnerOnly::file(beside)?;
    let written = file
        .write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(beside, path));
    if written.is_err() {
        // It may hold a part of a secret; the first error is the one to tell.
        let _gone = fs::remove_file(beside).is_ok();
    }
    written?;
    sync_folder(path.parent().unwrap_or(Path::new(".")))
}

/// Flushes the name of a folder, and those of all above it that `missing` holds: a crash does not
/// take them away. What this user may not flush stays as it is.
///
/// # Errors
/// Those of the system.
pub fn sync_names(path: &Path, missing: &[PathBuf]) -> io::Result<()> {
    let names = missing.iter().map(PathBuf::as_path).chain([path]);
    for folder in names.filter_map(Path::parent).collect::<BTreeSet<_>>() {
        match sync_folder(folder) {
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidInput
                ) => {}
            flushed => flushed?,
        }
    }
    Ok(())
}

/// A folder that is to be made, and those above it, as far as they are not there.
pub fn missing(path: &Path) -> Vec<PathBuf> {
    let above = path.ancestors().filter(|up| !up.as_os_str().is_empty());
    above.take_while(|up| !up.exists()).map(Path::to_owned).collect()
}

/// Flushes a folder's entries, so that a rename in it survives a crash.
///
/// # Errors
/// Those of the system.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    File::open(path)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_is_written_is_the_owners_alone_and_replaces_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er");
        OwnerOnly::folder(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        let file = path.join("map.csv");
        write_owner_only(&file, b"a").unwrap();
        write_owner_only(&file, b"b").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"b");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(&path).unwrap().count(), 1);
        fs::create_dir(path.join("taken")).unwrap();
        assert!(write_owner_only(&path.join("taken"), b"c").is_err());
        assert_eq!(fs::read_dir(&path).unwrap().count(), 2, "a part was left behind");
    }
}
