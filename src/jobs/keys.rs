//! Key files: owner-only, one line.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::engine::key::ProjectKey;
use crate::export::{OwnerOnly, write_owner_only};

/// A key file cannot be used. Paths come last.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// It is there already: a key is never overwritten.
    #[error("a key file is there already: {path}")]
    Exists {
        /// Its path.
        path: PathBuf,
    },
    /// Others may read it.
    #[error("the key file can be read by others; run `chmod 600` on it: {path}")]
    OpenToOthers {
        /// Its path.
        path: PathBuf,
    },
    /// It holds no key.
    #[error("{source}: {path}")]
    NotAKey {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: crate::engine::key::ParseKeyError,
    },
    /// The system has no random bytes.
    #[error("the system gives no random bytes")]
    NoRandom,
    /// The system refused.
    #[error("the key file cannot be read or written: {path}")]
    Io {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Reads a key file.
///
/// # Errors
/// [`KeyFileError`]; also when anybody but the owner may read it.
pub fn read_key_file(path: &Path) -> Result<ProjectKey, KeyFileError> {
    let failed = |source| KeyFileError::Io { path: path.to_owned(), source };
    let mode = fs::metadata(path).map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(KeyFileError::OpenToOthers { path: path.to_owned() });
    }
    let text = zeroize::Zeroizing::new(fs::read_to_string(path).map_err(failed)?);
    ProjectKey::parse(&text)
        .map_err(|source| KeyFileError::NotAKey { path: path.to_owned(), source })
}

/// Makes a new key and writes it to a new, owner-only file.
///
/// # Errors
/// [`KeyFileError`]; an existing file is never touched.
pub fn make_key_file(path: &Path) -> Result<ProjectKey, KeyFileError> {
    if path.exists() {
        return Err(KeyFileError::Exists { path: path.to_owned() });
    }
    let key = ProjectKey::generate().map_err(|_no_source| KeyFileError::NoRandom)?;
    let failed = |source| KeyFileError::Io { path: path.to_owned(), source };
    if let Some(folder) =
        path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists())
    {
        OwnerOnly::folder(folder).map_err(failed)?;
    }
    write_owner_only(path, key.to_text().as_bytes()).map_err(failed)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_the_owners_and_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/project.key");
        let key = make_key_file(&path).unwrap();
        assert_eq!(read_key_file(&path).unwrap().fingerprint(), key.fingerprint());
        assert!(matches!(make_key_file(&path), Err(KeyFileError::Exists { .. })));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(read_key_file(&path), Err(KeyFileError::OpenToOthers { .. })));
    }
}
