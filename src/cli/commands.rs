//! One function a command.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::CommandFactory;
use zeroize::Zeroizing;

use crate::cli::arguments::{Arguments, Command, KeyCommand};
use crate::cli::bar::with_bar;
use crate::cli::out::{print, say};
use crate::cli::{
    NOT_ALL, RELEASED, World, audit, deid, detect, man, profile, rules, score, show, support,
    verify, window, withdraw,
};
use crate::detect::Suspicion;
use crate::engine::crosswalk::Crosswalk;
use crate::engine::key::ProjectKey;
use crate::jobs::worker::{WorkerArguments, WorkerOptions, WorkerPool, serve_standard_streams};
use crate::jobs::{NEVER, Progress, index_batch, make_key_file, read_key_file, rewrap_key_file};
use crate::model::plain;
use crate::profile::BurnedInText;
use crate::profile::IdentityBy;

/// Does one command; the exit code.
pub(crate) fn run(world: &World, command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Open(arguments) => window::open(world, arguments).map(|()| RELEASED),
        Command::Deid(arguments) => deid::run(world, &arguments),
        Command::Plan(arguments) => show::plan(world, &arguments),
        Command::Index { input, json } => index(&input, json),
        Command::Verify(arguments) => verify::run(world, &arguments),
        Command::Withdraw(arguments) => withdraw::run(world, &arguments),
        Command::Score(arguments) => score::run(world, &arguments),
        Command::Profile { command } => profile::run(command),
        Command::Profiles => profile::list(),
        Command::Rules { command } => rules::run(world, &command),
        Command::Audit { command } => audit::run(&command),
        Command::Support { review } => support::run(world, review.as_deref()),
        Command::Key { command } => key(world, command),
        Command::Demo { folder } => demo(&folder),
        Command::Detect(arguments) => detect::run(world, &arguments),
        Command::Completions { shell } => {
            // Into memory first: the generator panics where nobody reads.
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "veridact", &mut text);
            print(|out| Ok(out.write_all(&text)?))?;
            Ok(RELEASED)
        }
        Command::Man => {
            print(|out| Ok(man::write(&Arguments::command(), out)?))?;
            Ok(RELEASED)
        }
        Command::Worker { arguments } => {
            let told = WorkerArguments::parse(arguments)?;
            serve_standard_streams(&told)?;
            Ok(RELEASED)
        }
    }
}

/// Where the key of the user lies.
pub(crate) fn default_key(world: &World) -> anyhow::Result<PathBuf> {
    let folder = world
        .configuration
        .as_ref()
        .context("there is no configuration folder; give --key-file")?;
    Ok(folder.join("project.key"))
}

/// Reads the given key file, or the user's; makes the user's when there is none, and says so.
pub(crate) fn project_key(world: &World, given: Option<&Path>) -> anyhow::Result<ProjectKey> {
    if let Some(path) = given {
        return Ok(read_key_file(path, &|| passphrase(world))?);
    }
    let path = default_key(world)?;
    if path.exists() {
        return Ok(read_key_file(&path, &|| passphrase(world))?);
    }
    let key = make_key_file(&path, None)?;
    say(format_args!(
        "made the project key {} in {}. It is not protected by a passphrase: who reads it can link \
         exports to their source. Keep a copy in a safe place.",
        key.fingerprint(),
        plain(&path)
    ));
    Ok(key)
}

/// The project key, with the crosswalk that was given.
pub(crate) fn key_with_crosswalk(
    world: &World,
    key: Option<&Path>,
    crosswalk: Option<&Path>,
) -> anyhow::Result<ProjectKey> {
    with_crosswalk(project_key(world, key)?, crosswalk)
}

/// A key with the crosswalk that was given.
pub(crate) fn with_crosswalk(
    key: ProjectKey,
    crosswalk: Option<&Path>,
) -> anyhow::Result<ProjectKey> {
    Ok(match crosswalk {
        Some(file) => key.with_crosswalk(Crosswalk::read(file).context("the crosswalk")?),
        None => key,
    })
}

/// Reads the given key file, or the user's where there is one. None is made.
pub(crate) fn existing_key(
    world: &World,
    given: Option<&Path>,
) -> anyhow::Result<Option<ProjectKey>> {
    match given {
        Some(path) => Ok(Some(read_key_file(path, &|| passphrase(world))?)),
        None => {
            let path = default_key(world).ok().filter(|path| path.exists());
            Ok(path.and_then(|path| read_key_file(&path, &|| passphrase(world)).ok()))
        }
    }
}

/// The passphrase of a key: from the file that the environment names, or from the terminal.
fn passphrase(world: &World) -> io::Result<Zeroizing<String>> {
    match &world.passphrase_file {
        Some(file) => passphrase_in(file),
        None => rpassword::prompt_password("Passphrase of the project key: ").map(Zeroizing::new),
    }
}

/// The first line of a file that only its owner may read.
fn passphrase_in(file: &Path) -> io::Result<Zeroizing<String>> {
    let mode = std::fs::metadata(file)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(io::Error::other("others may read the file of the passphrase"));
    }
    let text = Zeroizing::new(std::fs::read_to_string(file)?);
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

fn key(world: &World, command: KeyCommand) -> anyhow::Result<u8> {
    let (key, words) = match command {
        KeyCommand::New { path, passphrase, passphrase_file } => {
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
            let ask = || passphrase(world);
            let secret = new_passphrase(passphrase_file.as_deref())?;
            let key = rewrap_key_file(&path, &ask, Some(secret.as_str()))?;
            (key, format!("wrapped {}; the key itself is the same", plain(&path)))
        }
        KeyCommand::Unwrap { path } => {
            let key = rewrap_key_file(&path, &|| passphrase(world), None)?;
            (key, format!("{} is not protected by a passphrase any more", plain(&path)))
        }
        KeyCommand::Show { path } => {
            let path = path.map_or_else(|| default_key(world), Ok)?;
            let key = read_key_file(&path, &|| passphrase(world))?;
            (key, String::new())
        }
    };
    print(|out| Ok(writeln!(out, "{}", key.fingerprint())?))?;
    if !words.is_empty() {
        say(words);
    }
    Ok(RELEASED)
}

/// Threads to use when nothing is said.
pub(crate) fn default_threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Worker processes of this program.
pub(crate) fn workers(world: &World, count: usize, policy: BurnedInText) -> WorkerPool {
    let mut options = WorkerOptions::new(&world.program);
    options.count = count;
    if policy == BurnedInText::Paranoid {
        options.suspicion = Suspicion::Paranoid;
    }
    options.tessdata.clone_from(&world.tessdata);
    WorkerPool::new(options)
}

fn index(input: &Path, json: bool) -> anyhow::Result<u8> {
    let read = |progress: &Progress<'_>| {
        index_batch(input, IdentityBy::IssuerAndId, default_threads(), progress)
    };
    let batch = with_bar(&NEVER, read)?.context("the folder cannot be read")?;
    show::index(&batch, json)?;
    Ok(if batch.problems.is_empty() { RELEASED } else { NOT_ALL })
}

fn demo(folder: &Path) -> anyhow::Result<u8> {
    let options = crate::demo::DemoOptions::default();
    let report = crate::demo::write(folder, &options)?;
    let (files, people) = (report.files, crate::demo::PEOPLE.len());
    let size = report.bytes as f64 / 1e6;
    let folder = plain(folder);
    let line = format!("{files} files, {size:.1} MB, {people} invented people in {folder}");
    print(|out| Ok(writeln!(out, "{line}")?))?;
    Ok(RELEASED)
}
