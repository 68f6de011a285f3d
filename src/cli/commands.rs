//! One function a command.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::CommandFactory;

use crate::cli::arguments::{Arguments, Command};
use crate::cli::bar::with_bar;
use crate::cli::key::{key, passphrase};
use crate::cli::out::{print, say};
use crate::cli::{
    NOT_ALL, RELEASED, World, audit, deid, detect, man, profile, rules, score, show, support,
    verify, window, withdraw,
};
use crate::detect::Suspicion;
use crate::engine::crosswalk::Crosswalk;
use crate::engine::key::ProjectKey;
use crate::jobs::worker::{WorkerArguments, WorkerOptions, WorkerPool, serve_standard_streams};
use crate::jobs::{NEVER, Progress, index_batch, input_folder, make_key_file, read_key_file};
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
        return Ok(read_key_file(path, &|wrapped| passphrase(world, wrapped))?);
    }
    let path = default_key(world)?;
    if path.exists() {
        return Ok(read_key_file(&path, &|wrapped| passphrase(world, wrapped))?);
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
        Some(path) => Ok(Some(read_key_file(path, &|wrapped| passphrase(world, wrapped))?)),
        None => {
            let path = default_key(world).ok().filter(|path| path.exists());
            Ok(path
                .and_then(|path| read_key_file(&path, &|wrapped| passphrase(world, wrapped)).ok()))
        }
    }
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
    let input = input_folder(input, &NEVER)?;
    let read = |progress: &Progress<'_>| {
        index_batch(&input, IdentityBy::IssuerAndId, default_threads(), progress)
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
