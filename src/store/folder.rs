//! The folder of a review: where it may stand and who may read it.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::model::resolved;
use crate::store::StoreError;

/// Name of the database in the folder.
pub(super) const DATABASE: &str = "review.db";
/// Name of the audit key in the folder.
const AUDIT_KEY: &str = "audit.key";
/// Its name until it is whole.
const UNFINISHED_KEY: &str = "audit.partial";
const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// Why a review may not stand where it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlacementFault {
    /// It would be part of the input.
    #[error("the review may not lie inside the input folder")]
    InsideInput,
    /// It would be part of what is given away.
    #[error("the review may not lie inside the output folder: it is as sensitive as the input")]
    InsideOutput,
    /// The input lies inside it.
    #[error("the input may not lie inside the review")]
    AroundInput,
    /// The output lies inside it.
    #[error("the output may not lie inside the review: it is as sensitive as the input")]
    AroundOutput,
    /// A path leads nowhere that can be told.
    #[error("a path cannot be followed to its end: a link is broken, or a folder cannot be read")]
    Unresolvable,
}

/// Says why a review may not stand at `review`; `None` when it may.
///
/// Paths are compared after links are followed; what does not exist yet is taken to lie in the
/// nearest folder that does. `output` may be unknown.
pub fn placement_fault(
    review: &Path,
    input: &Path,
    output: Option<&Path>,
) -> Option<PlacementFault> {
    let (Some(review), Some(input)) = (resolved(review), resolved(input)) else {
        return Some(PlacementFault::Unresolvable);
    };
    // An input may be one file: what lies beside it is not inside it.
    if review.starts_with(&input) {
        return Some(PlacementFault::InsideInput);
    }
    if input.starts_with(&review) {
        return Some(PlacementFault::AroundInput);
    }
    let Some(output) = resolved(output?) else { return Some(PlacementFault::Unresolvable) };
    if review.starts_with(&output) {
        return Some(PlacementFault::InsideOutput);
    }
    output.starts_with(&review).then_some(PlacementFault::AroundOutput)
}

fn io_error(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    move |source| StoreError::Io { doing, source, path: path.to_owned() }
}

/// Whether a folder is not there, or so far that whoever began to make a review of it was killed:
/// nothing was ever recorded. An empty folder is that, too.
pub(super) fn is_unmade(folder: &Path) -> bool {
    let Ok(mut entries) = fs::read_dir(folder) else {
        return folder.symlink_metadata().is_err();
    };
    // What cannot be listed may be a review.
    entries.all(|entry| {
        let Ok(entry) = entry else { return false };
        let name = entry.file_name();
        // Of the entry itself: a link is nothing that was begun.
        let length = entry.metadata().ok().filter(Metadata::is_file).map(|meta| meta.len());
        (name == UNFINISHED_KEY && length.is_some()) || (name == DATABASE && length == Some(0))
    })
}

/// Makes the folder, an empty database file and the audit key, all for the owner only. The key
/// comes last and whole.
pub(super) fn create(folder: &Path) -> Result<(), StoreError> {
    if !is_unmade(folder) {
        return Err(StoreError::Exists { path: folder.to_owned() });
    }
    match DirBuilder::new().mode(FOLDER_MODE).create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        made => made.map_err(io_error("making the review", folder))?,
    }
    own(folder, FOLDER_MODE)?;
    let database = folder.join(DATABASE);
    open_file(&database)?.sync_all().map_err(io_error("making the database", &database))?;
    let mut key = Zeroizing::new([0u8; 32]);
    getrandom::fill(key.as_mut()).map_err(|_no_source| StoreError::Random)?;
    let (unfinished, path) = (folder.join(UNFINISHED_KEY), folder.join(AUDIT_KEY));
    open_file(&unfinished)?
        .write_all(Zeroizing::new(hex::encode(key.as_slice())).as_bytes())
        .and_then(|()| File::open(&unfinished)?.sync_all())
        .and_then(|()| fs::rename(&unfinished, &path))
        .map_err(io_error("writing the audit key", &path))?;
    sync_folder(folder)?;
    // The name of the review itself must survive a crash too.
    match folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => sync_folder(parent),
        None => sync_folder(Path::new(".")),
    }
}

fn open_file(path: &Path) -> Result<File, StoreError> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(FILE_MODE)
        .open(path)
        .map_err(io_error("making a file of the review", path))
}

fn sync_folder(path: &Path) -> Result<(), StoreError> {
    File::open(path).and_then(|folder| folder.sync_all()).map_err(io_error("flushing", path))
}

/// Checks that a review is there, and no link in it: the database and what stands beside it would be
/// written wherever a stranger's links lead.
pub(super) fn stands(folder: &Path) -> Result<(), StoreError> {
    let entries = fs::read_dir(folder).map(|entries| entries.map_while(Result::ok));
    let link = entries
        .into_iter()
        .flatten()
        .find(|entry| entry.file_type().is_ok_and(|kind| kind.is_symlink()));
    if let Some(link) = link {
        return Err(StoreError::Link { path: link.path() });
    }
    if folder.join(DATABASE).is_file() && folder.join(AUDIT_KEY).is_file() {
        Ok(())
    } else {
        Err(StoreError::NotAReview { path: folder.to_owned() })
    }
}

/// Whether entries stand beside the database that are not in it yet.
pub(super) fn has_journal(folder: &Path) -> bool {
    let journals = ["-wal", "-journal"].map(|end| folder.join(format!("{DATABASE}{end}")));
    journals.iter().any(|path| path.metadata().is_ok_and(|meta| meta.len() > 0))
}

/// A path as SQLite takes it with options behind it.
pub(super) fn as_uri(path: &Path) -> String {
    let byte = |byte: u8| match byte {
        b'/' | b'-' | b'_' | b'.' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    };
    let path = path.as_os_str().as_bytes();
    format!("file:{}", path.iter().copied().map(byte).collect::<String>())
}

/// Makes an empty file for a copy of the database as it was in an older version, for the owner only.
/// What an earlier attempt left there is overwritten.
pub(super) fn backup_for(folder: &Path, version: i64) -> Result<PathBuf, StoreError> {
    let path = folder.join(format!("review.version{version}.db"));
    open_file(&path)?;
    Ok(path)
}

/// Has a file on the disk, with its name.
pub(super) fn flush(path: &Path) -> Result<(), StoreError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(io_error("flushing", path))?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Checks that a review is there and takes all rights from others, should a copy have lost that.
pub(super) fn secure(folder: &Path) -> Result<(), StoreError> {
    stands(folder)?;
    own(folder, FOLDER_MODE)?;
    let entries = fs::read_dir(folder).map_err(io_error("reading the review", folder))?;
    for entry in entries {
        let path = entry.map_err(io_error("reading the review", folder))?.path();
        let meta = path.symlink_metadata().map_err(io_error("reading the review", &path))?;
        if meta.is_file() {
            own(&path, FILE_MODE)?;
        }
    }
    Ok(())
}

fn own(path: &Path, mode: u32) -> Result<(), StoreError> {
    let meta = path.metadata().map_err(io_error("reading the rights", path))?;
    if meta.permissions().mode() & 0o7777 == mode {
        return Ok(());
    }
    fs::set_permissions(path, Permissions::from_mode(mode))
        .map_err(io_error("closing the review to others", path))
}

/// Reads the audit key.
pub(super) fn audit_key(folder: &Path) -> Result<Zeroizing<[u8; 32]>, StoreError> {
    let path = folder.join(AUDIT_KEY);
    let mut text = Zeroizing::new(String::new());
    File::open(&path)
        .and_then(|file| file.take(65).read_to_string(&mut text))
        .map_err(io_error("reading the audit key", &path))?;
    let mut key = Zeroizing::new([0u8; 32]);
    hex::decode_to_slice(text.trim_end(), key.as_mut()).map_err(|_not_hex| StoreError::AuditKey)?;
    Ok(key)
}

/// Whether the folder lies on a share of a network, where a WAL cannot be trusted.
pub(super) fn on_network(folder: &Path) -> bool {
    // NFS, SMB, CIFS, SMB2, AFS, Ceph, 9P: the magic numbers of Linux's statfs.
    const SHARES: [u64; 7] =
        [0x6969, 0x517B, 0xFF53_4D42, 0xFE53_4D42, 0x5346_414F, 0x00C3_6400, 0x0102_1997];
    // The type of the field differs between systems; its lower 32 bits are the number.
    rustix::fs::statfs(folder)
        .is_ok_and(|found| SHARES.contains(&(found.f_type as u64 & 0xFFFF_FFFF)))
}
