//! Whole runs of the program over a folder, held against copying the same files.
//!
//! `cargo bench --profile dev --bench whole_run -- demo ct=2000 /some/folder` runs
//! `veridact deid` on each batch, with detection off and on, and prints what a CPU-second gives,
//! the time, and the highest resident size of parent and workers. Beside each stands
//! `copy+sha256`: the same files in the same order, read, hashed, written and flushed by one
//! thread. The ratio to it says what de-identifying costs over moving the bytes, on any machine.
//!
//! `--profile dev` measures the program as `make build` makes it and shares its artefacts; without
//! it Cargo builds everything anew with `[profile.bench]`, which is the release profile.

mod batch;
mod copy;
mod run;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use batch::Batch;
use table::Row;

const USAGE: &str = "usage: whole_run [--detect off|on|both] [--threads N] [--program FILE] [--keep] \
     [BATCH…]\n\nA BATCH is demo, ct=N (N slices of CT in series of 20) or a folder; without any: \
     demo ct=200.\n--keep leaves what was written in the temporary folder.";

/// What is asked for.
struct Asked {
    batches: Vec<String>,
    detect: Vec<bool>,
    threads: Option<usize>,
    program: PathBuf,
    keep: bool,
}

fn main() -> ExitCode {
    let asked = match asked(std::env::args().skip(1)) {
        Ok(asked) => asked,
        Err(what) => {
            eprintln!("{what}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match measure_all(&asked) {
        Ok(()) => ExitCode::SUCCESS,
        Err(what) => {
            eprintln!("{what}");
            ExitCode::FAILURE
        }
    }
}

fn measure_all(asked: &Asked) -> Result<(), String> {
    let place = tempfile::Builder::new().prefix("veridact-bench").tempdir();
    let place = place.map_err(|error| format!("no temporary folder: {error}"))?;
    println!("{}", table::head());
    for name in &asked.batches {
        measure(name, asked, place.path()).map_err(|what| format!("{name}: {what}"))?;
    }
    if asked.keep {
        println!("kept {}", place.keep().display());
    }
    Ok(())
}

fn asked(arguments: impl Iterator<Item = String>) -> Result<Asked, String> {
    let mut asked = Asked {
        batches: Vec::new(),
        detect: vec![false, true],
        threads: None,
        program: env!("CARGO_BIN_EXE_veridact").into(),
        keep: false,
    };
    let mut arguments = arguments;
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            // Cargo says so to every bench.
            "--bench" => {}
            "--keep" => asked.keep = true,
            "--program" => asked.program = value()?.into(),
            "--threads" => {
                let threads = value()?;
                asked.threads = Some(threads.parse().map_err(|_no| "--threads needs a number")?);
            }
            "--detect" => {
                asked.detect = match value()?.as_str() {
                    "off" => vec![false],
                    "on" => vec![true],
                    "both" => vec![false, true],
                    _ => return Err("--detect is off, on or both".into()),
                }
            }
            other if other.starts_with('-') => return Err(format!("{other} is unknown")),
            other => asked.batches.push(other.to_owned()),
        }
    }
    if asked.batches.is_empty() {
        asked.batches = vec!["demo".into(), "ct=200".into()];
    }
    Ok(asked)
}

fn measure(name: &str, asked: &Asked, place: &Path) -> Result<(), String> {
    let room = place.join(format!("{:016x}", table::short_hash(name)));
    let batch = Batch::of(name, &room.join("in"))?;
    let baseline = copy::copy(&batch, &room.join("copy"))?;
    let base = Row::baseline(&batch, &baseline);
    println!("{}", base.line(None));
    for &detect in &asked.detect {
        let out = room.join(if detect { "seen" } else { "unseen" });
        let ran = run::deid(asked, &batch, &out, detect)?;
        println!("{}", Row::of(&batch, detect, &ran).line(Some(&base)));
        if !asked.keep {
            std::fs::remove_dir_all(&out).map_err(|error| error.to_string())?;
        }
    }
    if !asked.keep {
        std::fs::remove_dir_all(&room).map_err(|error| error.to_string())?;
    }
    Ok(())
}
