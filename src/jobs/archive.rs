//! Zip archives as input: unpacked beside the archive, whole or not at all.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use flate2::Crc;
use rustix::fs::{FlockOperation, flock, statvfs, syncfs};
use zip::ZipArchive;

use crate::export::{OwnerOnly, sync_folder};

/// Longest name of a file on common systems, in bytes.
const LONGEST_NAME: usize = 255;
/// Bytes read at once.
const STEP: usize = 1 << 16;

/// An archive cannot be opened. Names of its entries are left out: they may identify.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// Another program unpacks it.
    #[error("another Veridact is unpacking this archive")]
    InUse,
    /// It is broken.
    #[error("the archive is broken, or no archive that can be read")]
    Broken,
    /// Entries that nobody should unpack.
    #[error("the archive is not unpacked: {count} of its entries {what}")]
    Refused {
        /// How many.
        count: usize,
        /// Why.
        what: &'static str,
    },
    /// There is not enough room.
    #[error(
        "the disk has {} MB left, and the archive unpacks to {} MB",
        free / 1_000_000,
        needed.div_ceil(1_000_000)
    )]
    NoRoom {
        /// Bytes that are free.
        free: u64,
        /// Bytes that are needed.
        needed: u64,
    },
    /// What was unpacked before is something else.
    #[error("what was unpacked from this archive before was changed; remove that folder: {0}")]
    Differs(PathBuf),
    /// Somebody cancelled.
    #[error("cancelled")]
    Cancelled,
    /// The system refused.
    #[error("the archive cannot be unpacked beside it: {path}")]
    Io {
        /// Where to.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The folder to work on: the input itself, or of a zip archive the folder `ARCHIVE.unpacked` beside it,
/// which only its owner may read. What was unpacked before is compared with the archive, and used again.
///
/// # Errors
/// [`ArchiveError`]; then nothing is left behind.
pub fn input_folder(input: &Path, cancel: &AtomicBool) -> Result<PathBuf, ArchiveError> {
    if !is_archive(input) {
        return Ok(input.to_owned());
    }
    let target = beside(input, ".unpacked");
    let failed = |source| ArchiveError::Io { path: target.clone(), source };
    let file = File::open(input).map_err(failed)?;
    flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|_held| ArchiveError::InUse)?;
    let mut archive =
        ZipArchive::new(io::BufReader::new(file)).map_err(|_why| ArchiveError::Broken)?;
    let entries = entries(&mut archive)?;
    if target.exists() {
        return match is_same(&mut archive, &entries, &target, cancel)? {
            true => Ok(target),
            false => Err(ArchiveError::Differs(target)),
        };
    }
    let unfinished = beside(input, ".unpacking");
    // What a killed run left behind; nobody else writes under this name while the archive is locked.
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).map_err(failed)?;
    }
    OwnerOnly::folder(&unfinished).map_err(failed)?;
    let done = unpack(&mut archive, &entries, &unfinished, cancel).and_then(|()| {
        let flushed = File::open(&unfinished).and_then(|folder| Ok(syncfs(folder)?));
        flushed
            .and_then(|()| fs::rename(&unfinished, &target))
            .and_then(|()| sync_folder(target.parent().unwrap_or(Path::new("."))))
            .map_err(failed)
    });
    if done.is_err() && unfinished.exists() {
        // It holds what the archive holds; the first error is the one to tell.
        let _gone = fs::remove_dir_all(&unfinished).is_ok();
    }
    done.map(|()| target)
}

/// Whether a file begins like a zip archive.
fn is_archive(path: &Path) -> bool {
    let mut head = [0; 4];
    path.is_file()
        && File::open(path).is_ok_and(|file| file.read_exact_at(&mut head, 0).is_ok())
        && matches!(&head, b"PK\x03\x04" | b"PK\x05\x06")
}

fn beside(archive: &Path, end: &str) -> PathBuf {
    let mut name = archive.file_name().unwrap_or_default().to_owned();
    name.push(end);
    archive.with_file_name(name)
}

/// A file of an archive.
struct Entry {
    /// Its number in the archive.
    number: usize,
    /// Where it goes, below the folder.
    path: PathBuf,
    bytes: u64,
    crc: u32,
}

/// The files of an archive, if each may be unpacked.
fn entries(archive: &mut ZipArchive<impl Read + io::Seek>) -> Result<Vec<Entry>, ArchiveError> {
    let mut refused: std::collections::BTreeMap<&'static str, usize> = Default::default();
    let mut found: Vec<Entry> = Vec::new();
    let mut paths = std::collections::BTreeSet::new();
    for number in 0..archive.len() {
        let entry = archive.by_index_raw(number).map_err(|_why| ArchiveError::Broken)?;
        let path = entry.enclosed_name().filter(|path| is_plain(entry.name_raw(), path));
        let why = match &path {
            None => Some("lead out of the folder, or have names that no folder can hold"),
            Some(_) if entry.is_symlink() => Some("are links"),
            Some(_) if entry.encrypted() => Some("are encrypted"),
            Some(_) if entry.is_dir() => None,
            Some(path) if !paths.insert(path.clone()) => Some("have the name of another entry"),
            Some(_) => None,
        };
        match (why, path) {
            (Some(why), _) => *refused.entry(why).or_default() += 1,
            (None, Some(path)) if !entry.is_dir() => {
                found.push(Entry { number, path, bytes: entry.size(), crc: entry.crc32() });
            }
            _ => {}
        }
    }
    match refused.into_iter().next() {
        Some((what, count)) => Err(ArchiveError::Refused { count, what }),
        None => Ok(found),
    }
}

/// Whether a name stands for just this place: nothing was mended in it, and a folder can hold it.
fn is_plain(name: &[u8], path: &Path) -> bool {
    let fits = |part: &std::ffi::OsStr| part.len() <= LONGEST_NAME;
    !name.contains(&0)
        && !name.starts_with(b"/")
        && !name.split(|byte| matches!(byte, b'/' | b'\\')).any(|part| part == b"..")
        && path.iter().count() > 0
        && path.iter().all(fits)
}

fn unpack(
    archive: &mut ZipArchive<impl Read + io::Seek>,
    entries: &[Entry],
    folder: &Path,
    cancel: &AtomicBool,
) -> Result<(), ArchiveError> {
    let needed = entries.iter().fold(0_u64, |sum, entry| sum.saturating_add(entry.bytes));
    let found = statvfs(folder).ok().filter(|found| found.f_blocks > 0);
    let free = found.map_or(u64::MAX, |found| found.f_bavail.saturating_mul(found.f_frsize));
    if needed > free {
        return Err(ArchiveError::NoRoom { free, needed });
    }
    for entry in entries {
        let target = folder.join(&entry.path);
        let failed = |source| ArchiveError::Io { path: folder.to_owned(), source };
        OwnerOnly::folder(target.parent().unwrap_or(folder)).map_err(failed)?;
        let mut file = OwnerOnly::file(&target).map_err(failed)?;
        read_entry(archive, entry, cancel, |bytes| file.write_all(bytes).map_err(failed))?;
    }
    Ok(())
}

/// Whether a folder holds just the files of an archive.
fn is_same(
    archive: &mut ZipArchive<impl Read + io::Seek>,
    entries: &[Entry],
    folder: &Path,
    cancel: &AtomicBool,
) -> Result<bool, ArchiveError> {
    let failed = |source| ArchiveError::Io { path: folder.to_owned(), source };
    let there = crate::index::walk(folder).map_err(failed)?;
    if there.files.len() != entries.len() || !there.unreadable.is_empty() {
        return Ok(false);
    }
    for entry in entries {
        let path = folder.join(&entry.path);
        let is_there = fs::symlink_metadata(&path)
            .is_ok_and(|found| found.is_file() && found.len() == entry.bytes);
        if !is_there {
            return Ok(false);
        }
        let mut file = File::open(&path).map_err(failed)?;
        let mut same = true;
        let mut there = vec![0; STEP];
        read_entry(archive, entry, cancel, |bytes| {
            let part = there.get_mut(..bytes.len()).unwrap_or_default();
            file.read_exact(part).map_err(failed)?;
            same &= part == bytes;
            Ok(())
        })?;
        if !same {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Hands out what an entry holds; it must be as long as it claims, and what its checksum says.
fn read_entry(
    archive: &mut ZipArchive<impl Read + io::Seek>,
    entry: &Entry,
    cancel: &AtomicBool,
    mut look: impl FnMut(&[u8]) -> Result<(), ArchiveError>,
) -> Result<(), ArchiveError> {
    let mut reader = archive.by_index(entry.number).map_err(|_why| ArchiveError::Broken)?;
    let mut buffer = vec![0; STEP];
    let (mut length, mut crc) = (0_u64, Crc::new());
    loop {
        if cancel.load(Ordering::Relaxed) {
            return Err(ArchiveError::Cancelled);
        }
        let count = reader.read(&mut buffer).map_err(|_why| ArchiveError::Broken)?;
        let bytes = buffer.get(..count).unwrap_or_default();
        length += count as u64;
        if count == 0 || length > entry.bytes {
            break;
        }
        crc.update(bytes);
        look(bytes)?;
    }
    match length == entry.bytes && crc.sum() == entry.crc {
        true => Ok(()),
        false => Err(ArchiveError::Broken),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;
    use crate::jobs::NEVER;

    /// What an archive is made of: a name, and its bytes.
    fn zip(path: &Path, entries: &[(&str, &[u8])]) {
        let mut writer = ZipWriter::new(File::create(path).unwrap());
        for (name, bytes) in entries {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap();
    }

    struct Room {
        place: tempfile::TempDir,
        archive: PathBuf,
    }

    fn room(entries: &[(&str, &[u8])]) -> Room {
        let place = tempfile::tempdir().unwrap();
        let archive = place.path().join("batch.zip");
        zip(&archive, entries);
        Room { place, archive }
    }

    impl Room {
        /// Names beside the archive.
        fn there(&self) -> Vec<String> {
            let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name();
            let mut names: Vec<_> = fs::read_dir(self.place.path())
                .unwrap()
                .map(|entry| name(entry).into_string().unwrap())
                .collect();
            names.sort();
            names
        }
    }

    #[test]
    fn an_archive_is_unpacked_beside_itself_and_used_again() {
        let room = room(&[("a/1.dcm", b"one"), ("a/b/2", &[7; 200_000]), ("3", b"")]);
        let folder = input_folder(&room.archive, &NEVER).unwrap();
        assert_eq!(folder, room.place.path().join("batch.zip.unpacked"));
        assert_eq!(fs::read(folder.join("a/1.dcm")).unwrap(), b"one");
        assert_eq!(fs::read(folder.join("a/b/2")).unwrap(), [7; 200_000]);
        for path in ["", "a", "a/b/2"] {
            let mode = fs::metadata(folder.join(path)).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{path} can be read by others");
        }
        assert_eq!(input_folder(&room.archive, &NEVER).unwrap(), folder);
        assert_eq!(room.there(), ["batch.zip", "batch.zip.unpacked"]);
        // A folder, and a file that is no archive, are what they are.
        assert_eq!(input_folder(&folder, &NEVER).unwrap(), folder);
        let plain = folder.join("3");
        assert_eq!(input_folder(&plain, &NEVER).unwrap(), plain);
        fs::write(folder.join("a/1.dcm"), "eno").unwrap();
        assert!(matches!(input_folder(&room.archive, &NEVER), Err(ArchiveError::Differs(_))));
        fs::write(folder.join("a/1.dcm"), "one").unwrap();
        fs::write(folder.join("new"), "").unwrap();
        assert!(matches!(input_folder(&room.archive, &NEVER), Err(ArchiveError::Differs(_))));
    }

    #[test]
    fn nothing_is_unpacked_of_an_archive_with_an_entry_that_leads_out() {
        let long = "x".repeat(300);
        for name in
            ["../evil", "a/../../evil", "/etc/evil", "a/..", "..\\evil", "C:\\evil/../..", &long]
        {
            let room = room(&[("good", b"good"), (name, b"evil")]);
            let refused = input_folder(&room.archive, &NEVER).unwrap_err();
            assert!(matches!(refused, ArchiveError::Refused { count: 1, .. }), "{name}: {refused}");
            assert!(!refused.to_string().contains("evil"), "{refused}");
            assert_eq!(room.there(), ["batch.zip"], "{name}");
        }
    }

    #[test]
    fn links_and_broken_archives_are_refused_and_leave_nothing() {
        let place = tempfile::tempdir().unwrap();
        let archive = place.path().join("batch.zip");
        let mut writer = ZipWriter::new(File::create(&archive).unwrap());
        writer.add_symlink("a", "/etc/passwd", SimpleFileOptions::default()).unwrap();
        writer.finish().unwrap();
        let refused = input_folder(&archive, &NEVER).unwrap_err();
        assert!(refused.to_string().contains("are links"), "{refused}");
        let room = room(&[("a", &b"something that can be packed".repeat(50))]);
        let whole = fs::read(&room.archive).unwrap();
        fs::write(&room.archive, &whole[..whole.len() / 2]).unwrap();
        assert!(matches!(input_folder(&room.archive, &NEVER), Err(ArchiveError::Broken)));
        // One byte of the packed data, behind the local header.
        let mut hurt = whole.clone();
        hurt[40] ^= 0x55;
        fs::write(&room.archive, &hurt).unwrap();
        assert!(matches!(input_folder(&room.archive, &NEVER), Err(ArchiveError::Broken)));
        fs::write(&room.archive, &whole).unwrap();
        let stop = AtomicBool::new(true);
        assert!(matches!(input_folder(&room.archive, &stop), Err(ArchiveError::Cancelled)));
        assert_eq!(room.there(), ["batch.zip"]);
        // What a killed run left behind goes.
        fs::create_dir(room.place.path().join("batch.zip.unpacking")).unwrap();
        input_folder(&room.archive, &NEVER).unwrap();
        assert_eq!(room.there(), ["batch.zip", "batch.zip.unpacked"]);
    }

    #[test]
    fn an_archive_that_claims_more_than_the_disk_has_is_refused_at_once() {
        let room = room(&[("a", b"aaaa")]);
        let mut bytes = fs::read(&room.archive).unwrap();
        let central = bytes.windows(4).position(|part| part == b"PK\x01\x02").unwrap();
        // Uncompressed size in the central directory, as large as can be said without Zip64.
        bytes[central + 24..central + 28].copy_from_slice(&0xFFFF_FFF0_u32.to_le_bytes());
        fs::write(&room.archive, &bytes).unwrap();
        let refused = input_folder(&room.archive, &NEVER).unwrap_err();
        assert!(matches!(refused, ArchiveError::NoRoom { .. } | ArchiveError::Broken), "{refused}");
        assert_eq!(room.there(), ["batch.zip"]);
    }
}
