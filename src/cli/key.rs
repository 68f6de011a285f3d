//! `veridact key`: project keys, and what protects them.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use zeroize::Zeroizing;

use crate::cli::arguments::KeyCommand;
use crate::cli::commands::default_key;
use crate::cli::out::{print, say};
use crate::cli::{RELEASED, World};
use crate::jobs::{
    Keyring, make_key_file, random_passphrase, read_key_file, rewrap_key_file, wrapped_text,
};
use crate::model::plain;

/// The passphrase of a wrapped key file: from the file that the environment names, from the system's
/// keyring, or from the terminal.
pub(crate) fn passphrase(world: &World, wrapped: &str) -> io::Result<Zeroizing<String>> {
    if let Some(file) = &world.passphrase_file {
        return passphrase_in(file);
    }
    // No keyring, a locked one, or nothing in it: then a person is asked.
    let remembered = Keyring::system().and_then(|keyring| keyring.passphrase(wrapped));
    match remembered {
        Ok(Some(passphrase)) => Ok(passphrase),
        _ => rpassword::prompt_password("Passphrase of the project key: ").map(Zeroizing::new),
    }
}

/// The first line of a file that only its owner may read.
fn passphrase_in(file: &Path) -> io::Result<Zeroizing<String>> {
    let mode = fs::metadata(file)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(io::Error::other("others may read the file of the passphrase"));
    }
    let text = Zeroizing::new(fs::read_to_string(file)?);
    let first = text.lines().next().unwrap_or_default();
    match first.is_empty() {
        true => Err(io::Error::other("the file of the passphrase begins with an empty line")),
        false => Ok(Zeroizing::new(first.to_owned())),
    }
}

/// A new passphrase: from a file, or typed twice.
fn new_passphrase(file: Option<&Path>) -> anyhow::Result<Zeroizing<String>> {
    if let Some(file) = file {
        return Ok(passphrase_in(file)?);
    }
    let ask = |words: &str| rpassword::prompt_password(words).map(Zeroizing::new);
    let first = ask("New passphrase: ")?;
    anyhow::ensure!(!first.is_empty(), "the passphrase is empty");
    anyhow::ensure!(*ask("Once more: ")? == *first, "the two passphrases differ");
    Ok(first)
}

/// Does what is to be done with a key, and prints its fingerprint.
pub(crate) fn key(world: &World, command: KeyCommand) -> anyhow::Result<u8> {
    let (key, words) = match command {
        KeyCommand::New { path, keyring: true, .. } => {
            let path = path.map_or_else(|| default_key(world), Ok)?;
            let keyring = Keyring::system()?;
            let secret = random_passphrase()?;
            let key = make_key_file(&path, Some(secret.as_str()))?;
            if let Err(error) = remember(&keyring, &path, &secret) {
                // Nobody knows its passphrase.
                fs::remove_file(&path)?;
                return Err(error);
            }
            let words = "Its passphrase stands in the system's keyring and nowhere else: \
                         `veridact key wrap` gives it one that you know.";
            (key, format!("wrote {}. {words}", plain(&path)))
        }
        KeyCommand::New { path, passphrase, passphrase_file, .. } => {
            let path = path.map_or_else(|| default_key(world), Ok)?;
            let wraps = passphrase || passphrase_file.is_some();
            let secret = wraps.then(|| new_passphrase(passphrase_file.as_deref())).transpose()?;
            let key = make_key_file(&path, secret.as_ref().map(|secret| secret.as_str()))?;
            let words = match wraps {
                true => "Without its passphrase nobody can use it, you neither.",
                false => "It is not protected by a passphrase: keep it where only you can read.",
            };
            (key, format!("wrote {}. {words}", plain(&path)))
        }
        KeyCommand::Wrap { path, passphrase_file } => {
            let before = wrapped_text(&path).ok().flatten();
            let ask = |wrapped: &str| passphrase(world, wrapped);
            let secret = new_passphrase(passphrase_file.as_deref())?;
            let key = rewrap_key_file(&path, &ask, Some(secret.as_str()))?;
            forget(before.as_ref().map(|text| text.as_str()));
            (key, format!("wrapped {}; the key itself is the same", plain(&path)))
        }
        KeyCommand::Unwrap { path } => {
            let before = wrapped_text(&path).ok().flatten();
            let key = rewrap_key_file(&path, &|wrapped| passphrase(world, wrapped), None)?;
            forget(before.as_ref().map(|text| text.as_str()));
            (key, format!("{} is not protected by a passphrase any more", plain(&path)))
        }
        KeyCommand::Remember { path } => {
            let path = path.map_or_else(|| default_key(world), Ok)?;
            let keyring = Keyring::system()?;
            let secret = passphrase(world, &of_wrapped(&path)?)?;
            let key = read_key_file(&path, &|_wrapped| Ok(secret.clone()))?;
            remember(&keyring, &path, &secret)?;
            (key, "the system's keyring remembers its passphrase".to_owned())
        }
        KeyCommand::Forget { path } => {
            let path = path.map_or_else(|| default_key(world), Ok)?;
            let words = match Keyring::system()?.forget(&of_wrapped(&path)?)? {
                true => "the system's keyring has forgotten its passphrase",
                false => "the system's keyring knows no passphrase of it",
            };
            say(words);
            return Ok(RELEASED);
        }
        KeyCommand::Show { path } => {
            let path = path.map_or_else(|| default_key(world), Ok)?;
            let key = read_key_file(&path, &|wrapped| passphrase(world, wrapped))?;
            (key, String::new())
        }
    };
    print(|out| Ok(writeln!(out, "{}", key.fingerprint())?))?;
    if !words.is_empty() {
        say(words);
    }
    Ok(RELEASED)
}

/// Has the keyring remember the passphrase of a key file as it lies there.
fn remember(keyring: &Keyring, path: &Path, passphrase: &str) -> anyhow::Result<()> {
    Ok(keyring.remember(&of_wrapped(path)?, passphrase)?)
}

/// What stands in a key file that has a passphrase.
fn of_wrapped(path: &Path) -> anyhow::Result<Zeroizing<String>> {
    wrapped_text(path)?.ok_or_else(|| anyhow::anyhow!("the key has no passphrase"))
}

/// A wrapping that is no more needs no passphrase. Where the keyring does not answer it may stay: it
/// opens nothing.
fn forget(wrapped: Option<&str>) {
    if let (Some(wrapped), Ok(keyring)) = (wrapped, Keyring::system()) {
        let _forgotten = keyring.forget(wrapped).is_ok();
    }
}
