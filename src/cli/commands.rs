//! One function a command.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use anyhow::{Context, bail};
use clap::CommandFactory;

use crate::cli::arguments::{Arguments, Command, KeyCommand};
use crate::cli::{FAILED, NOT_ALL, RELEASED, World, deid, show, window};
use crate::dicom::{Limits, Source, scan};
use crate::engine::key::ProjectKey;
use crate::export::{Manifest, STAGING_NAME, write_owner_only};
use crate::jobs::worker::{
    Frames, Lane, WorkerArguments, WorkerOptions, WorkerPool, serve_standard_streams,
};
use crate::jobs::{NEVER, Progress, index_batch, make_key_file, read_key_file};
use crate::model::FrameFindings;
use crate::profile::{Profile, shipped};

/// Does one command; the exit code.
pub(crate) fn run(world: &World, command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Open(arguments) => window::open(world, arguments).map(|()| RELEASED),
        Command::Deid(arguments) => deid::run(world, &arguments),
        Command::Plan(arguments) => show::plan(world, &arguments),
        Command::Index { input, json } => index(&input, json),
        Command::Verify { output, json } => verify(&output, json),
        Command::Profiles => profiles(),
        Command::Key { command: KeyCommand::New { path } } => new_key(world, path),
        Command::Demo { folder } => demo(&folder),
        Command::Detect { paths, json } => detect(world, &paths, json.as_deref()),
        Command::Completions { shell } => {
            clap_complete::generate(
                shell,
                &mut Arguments::command(),
                "veridact",
                &mut std::io::stdout(),
            );
            Ok(RELEASED)
        }
        Command::Man => {
            clap_mangen::Man::new(Arguments::command()).render(&mut std::io::stdout())?;
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
fn default_key(world: &World) -> anyhow::Result<PathBuf> {
    let folder = world
        .configuration
        .as_ref()
        .context("there is no configuration folder; give --key-file")?;
    Ok(folder.join("project.key"))
}

/// Reads the given key file, or the user's; makes the user's when there is none, and says so.
pub(crate) fn project_key(world: &World, given: Option<&Path>) -> anyhow::Result<ProjectKey> {
    if let Some(path) = given {
        return Ok(read_key_file(path)?);
    }
    let path = default_key(world)?;
    if path.exists() {
        return Ok(read_key_file(&path)?);
    }
    let key = make_key_file(&path)?;
    eprintln!(
        "veridact: made the project key {} in {}. It is not protected by a passphrase: who reads it can \
         link exports to their source. Keep a copy in a safe place.",
        key.fingerprint(),
        path.display()
    );
    Ok(key)
}

fn new_key(world: &World, path: Option<PathBuf>) -> anyhow::Result<u8> {
    let path = path.map_or_else(|| default_key(world), Ok)?;
    let key = make_key_file(&path)?;
    println!("{}", key.fingerprint());
    eprintln!(
        "veridact: wrote {}. It is not protected by a passphrase: keep it where only you can read.",
        path.display()
    );
    Ok(RELEASED)
}

/// Threads to use when nothing is said.
pub(crate) fn default_threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Worker processes of this program.
pub(crate) fn workers(world: &World, count: usize) -> WorkerPool {
    let mut options = WorkerOptions::new(&world.program);
    options.count = count;
    options.tessdata.clone_from(&world.tessdata);
    WorkerPool::new(options)
}

fn index(input: &Path, json: bool) -> anyhow::Result<u8> {
    let silent = |_, _, _| {};
    let progress = Progress::new(&silent, &NEVER);
    let batch =
        index_batch(input, default_threads(), &progress).context("the folder cannot be read")?;
    show::index(&batch, json)?;
    Ok(if batch.problems.is_empty() { RELEASED } else { NOT_ALL })
}

/// Reads an export again: hashes, leftovers, strangers, and whether each file still scans.
fn verify(output: &Path, json: bool) -> anyhow::Result<u8> {
    let manifest = Manifest::read(output).context("the manifest cannot be read")?;
    let Some(manifest) = manifest else {
        bail!("there is no manifest in this folder: it is no export")
    };
    let mut faults = Vec::new();
    if output.join(STAGING_NAME).exists() {
        faults.push("leftovers of an export that did not end".to_owned());
    }
    for file in &manifest.files {
        match crate::index::digest_file(&output.join(&file.path)) {
            Err(_) => faults.push(format!("missing or unreadable: {}", file.path)),
            Ok(digest) if digest.to_hex() != file.sha256 => {
                faults.push(format!("changed: {}", file.path))
            }
            Ok(_) => faults.extend(structure_fault(&output.join(&file.path), &file.path)),
        }
    }
    let listed: std::collections::BTreeSet<PathBuf> =
        manifest.files.iter().map(|file| PathBuf::from(&file.path)).collect();
    for path in crate::index::walk(output)?.files {
        let ours = ["manifest.json", "report.html", "report.json"]
            .iter()
            .any(|name| path == Path::new(name));
        if !ours && !listed.contains(&path) && !path.starts_with(STAGING_NAME) {
            faults.push(format!("not in the manifest: {}", path.display()));
        }
    }
    show::verified(manifest.files.len(), &faults, json)?;
    Ok(if faults.is_empty() { RELEASED } else { NOT_ALL })
}

fn structure_fault(path: &Path, name: &str) -> Option<String> {
    let scanned = Source::open(path).map(|source| scan(source, &Limits::default()));
    match scanned {
        Ok(Ok(_)) => None,
        Ok(Err(error)) => Some(format!("{}: {name}", error.cause())),
        Err(_) => Some(format!("cannot be read: {name}")),
    }
}

fn profiles() -> anyhow::Result<u8> {
    for name in shipped() {
        let profile = Profile::load(name)?;
        println!("{name:12} {}", profile.title());
        for line in profile.legal_basis_not_satisfied() {
            println!("{:12}   not satisfied: {line}", "");
        }
    }
    Ok(RELEASED)
}

fn demo(folder: &Path) -> anyhow::Result<u8> {
    let options = crate::demo::DemoOptions::default();
    let report = crate::demo::write(folder, &options)?;
    println!(
        "{} files, {:.1} MB, {} invented people in {}",
        report.files,
        report.bytes as f64 / 1e6,
        crate::demo::PEOPLE.len(),
        folder.display()
    );
    Ok(RELEASED)
}

fn detect(world: &World, paths: &[PathBuf], json: Option<&Path>) -> anyhow::Result<u8> {
    let pool = workers(world, 1);
    let mut all = Vec::new();
    let mut failed = false;
    for path in paths {
        let is_picture = path.extension().is_some_and(|end| {
            ["png", "jpg", "jpeg"].iter().any(|known| end.eq_ignore_ascii_case(known))
        });
        let cancel = AtomicBool::new(false);
        let found: Result<Vec<FrameFindings>, _> = match is_picture {
            true => pool.detect_picture(Lane::Batch, path).map(|found| vec![found]),
            false => pool.detect(Lane::Batch, path, Frames::All, &cancel),
        };
        match found {
            Ok(frames) => all.push((path.clone(), frames)),
            Err(error) => {
                eprintln!("veridact: {error}: {}", path.display());
                failed = true;
                all.push((path.clone(), Vec::new()));
            }
        }
    }
    match json {
        Some(file) => write_owner_only(file, show::found_json(&all)?.as_bytes())?,
        None => show::found(&all, &mut std::io::stdout().lock())?,
    }
    std::io::stdout().flush()?;
    Ok(if failed { FAILED } else { RELEASED })
}
