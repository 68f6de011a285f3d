//! Key files: owner-only, one line, or that line wrapped by a passphrase (age, armoured).

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use age::secrecy::SecretString;
use zeroize::Zeroizing;

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
    /// It is wrapped, and nobody gives a passphrase.
    #[error("the key file is wrapped by a passphrase, and none can be asked for: {path}")]
    NoPassphrase {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is wrapped, and the passphrase does not open it.
    #[error("the passphrase does not open the key file: {path}")]
    WrongPassphrase {
        /// Its path.
        path: PathBuf,
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

/// How an armoured age file begins.
const ARMOUR: &str = "-----BEGIN AGE ENCRYPTED FILE-----";

/// Asks for the passphrase of a wrapped key file, by its text.
pub type AskPassphrase<'a> = &'a dyn Fn(&str) -> io::Result<Zeroizing<String>>;

/// Reads a key file; one that is wrapped is opened with the passphrase that `ask` gives.
///
/// # Errors
/// [`KeyFileError`]; also when anybody but the owner may read it.
pub fn read_key_file(path: &Path, ask: AskPassphrase<'_>) -> Result<ProjectKey, KeyFileError> {
    let text = owners_text(path)?;
    let text = match is_wrapped(&text) {
        true => opened(path, &text, ask)?,
        false => text,
    };
    ProjectKey::parse(&text)
        .map_err(|source| KeyFileError::NotAKey { path: path.to_owned(), source })
}

/// What stands in a wrapped key file; nothing where it is plain.
///
/// # Errors
/// [`KeyFileError`]; also when anybody but the owner may read it.
pub fn wrapped_text(path: &Path) -> Result<Option<Zeroizing<String>>, KeyFileError> {
    Ok(Some(owners_text(path)?).filter(|text| is_wrapped(text)))
}

fn is_wrapped(text: &str) -> bool {
    text.trim_start().starts_with(ARMOUR)
}

/// The text of a file that only its owner may read.
fn owners_text(path: &Path) -> Result<Zeroizing<String>, KeyFileError> {
    let failed = |source| KeyFileError::Io { path: path.to_owned(), source };
    let mode = fs::metadata(path).map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(KeyFileError::OpenToOthers { path: path.to_owned() });
    }
    fs::read_to_string(path).map(Zeroizing::new).map_err(failed)
}

/// The text inside a wrapped key file.
fn opened(
    path: &Path,
    text: &str,
    ask: AskPassphrase<'_>,
) -> Result<Zeroizing<String>, KeyFileError> {
    let missing = |source| KeyFileError::NoPassphrase { path: path.to_owned(), source };
    let passphrase = ask(text).map_err(missing)?;
    let secret = SecretString::from(passphrase.as_str());
    let wrong = || KeyFileError::WrongPassphrase { path: path.to_owned() };
    // Why it does not open is nobody's business: the passphrase is wrong, or the file is not whole.
    let bytes = age::decrypt(&age::scrypt::Identity::new(secret), text.trim().as_bytes())
        .map_err(|_error| wrong())?;
    let bytes = Zeroizing::new(bytes);
    let text = std::str::from_utf8(&bytes).map_err(|_error| wrong())?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// The text of a key file: wrapped by a passphrase, or plain.
fn text_of(
    path: &Path,
    key: &ProjectKey,
    passphrase: Option<&str>,
) -> Result<Zeroizing<String>, KeyFileError> {
    let plain = key.to_text();
    let Some(passphrase) = passphrase else { return Ok(plain) };
    let recipient = age::scrypt::Recipient::new(SecretString::from(passphrase));
    let wrapped = age::encrypt_and_armor(&recipient, plain.as_bytes());
    let failed = |error| KeyFileError::Io {
        path: path.to_owned(),
        source: io::Error::other(format!("it cannot be wrapped: {error}")),
    };
    wrapped.map(Zeroizing::new).map_err(failed)
}

/// Makes a new key and writes it to a new, owner-only file, wrapped where there is a passphrase.
///
/// # Errors
/// [`KeyFileError`]; an existing file is never touched.
pub fn make_key_file(path: &Path, passphrase: Option<&str>) -> Result<ProjectKey, KeyFileError> {
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
    write_owner_only(path, text_of(path, &key, passphrase)?.as_bytes()).map_err(failed)?;
    Ok(key)
}

/// Changes how a key file is wrapped: by another passphrase, or not at all. The key stays the same. The
/// new file takes the place of the old one when it is whole.
///
/// # Errors
/// [`KeyFileError`]; then the old file stands as it was.
pub fn rewrap_key_file(
    path: &Path,
    ask: AskPassphrase<'_>,
    passphrase: Option<&str>,
) -> Result<ProjectKey, KeyFileError> {
    let key = read_key_file(path, ask)?;
    let text = text_of(path, &key, passphrase)?;
    let failed = |source| KeyFileError::Io { path: path.to_owned(), source };
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let beside = path.with_file_name(name);
    write_owner_only(&beside, text.as_bytes())
        .and_then(|()| fs::File::open(&beside)?.sync_all())
        .and_then(|()| fs::rename(&beside, path))
        .map_err(failed)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_the_owners_and_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/project.key");
        let key = make_key_file(&path, None).unwrap();
        let nobody = |_: &str| Err(io::Error::other("nobody is there"));
        assert_eq!(read_key_file(&path, &nobody).unwrap().fingerprint(), key.fingerprint());
        assert!(matches!(make_key_file(&path, None), Err(KeyFileError::Exists { .. })));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let refused = read_key_file(&path, &nobody);
        assert!(matches!(refused, Err(KeyFileError::OpenToOthers { .. })));
    }

    #[test]
    fn a_wrapped_key_opens_with_its_passphrase_and_changes_its_wrapping_but_not_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("project.key");
        let key = make_key_file(&path, Some("korrekt pferd")).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with(ARMOUR) && !text.contains(key.to_text().trim()));
        let saying = |word: &'static str| move |_: &str| Ok(Zeroizing::new(word.to_owned()));
        let read = |word| read_key_file(&path, &saying(word));
        assert_eq!(read("korrekt pferd").unwrap().fingerprint(), key.fingerprint());
        let wrong = read("korrekt Pferd").unwrap_err();
        assert!(matches!(wrong, KeyFileError::WrongPassphrase { .. }), "{wrong}");
        assert!(!wrong.to_string().contains("pferd"));
        let nobody = |_: &str| Err(io::Error::other("nobody is there"));
        let asked = read_key_file(&path, &nobody);
        assert!(matches!(asked, Err(KeyFileError::NoPassphrase { .. })));
        rewrap_key_file(&path, &saying("wrong"), Some("other")).unwrap_err();
        assert_eq!(fs::read_to_string(&path).unwrap(), text, "nothing changed");
        rewrap_key_file(&path, &saying("korrekt pferd"), Some("other")).unwrap();
        assert_eq!(read("other").unwrap().fingerprint(), key.fingerprint());
        assert!(read("korrekt pferd").is_err());
        rewrap_key_file(&path, &saying("other"), None).unwrap();
        assert_eq!(read_key_file(&path, &nobody).unwrap().fingerprint(), key.fingerprint());
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
