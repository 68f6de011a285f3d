//! The command line: arguments to request, report to standard output, exit codes.

mod arguments;
mod audit;
mod bar;
mod commands;
mod deid;
mod detect;
mod interrupt;
mod key;
mod man;
mod out;
mod profile;
mod rules;
mod score;
mod show;
mod support;
mod verify;
mod window;
mod withdraw;

use std::process::ExitCode;

use clap::Parser;

use crate::jobs::worker::no_core_dumps;

pub use arguments::{Arguments, Command};

/// All was done, and every file released.
pub const RELEASED: u8 = 0;
/// Something was held, rejected, quarantined or could not be read.
pub const NOT_ALL: u8 = 1;
/// The run itself failed.
pub const FAILED: u8 = 2;

/// What the caller knows of the world: the library itself asks no environment.
#[derive(Clone, Debug)]
pub struct World {
    /// The program's own path, for worker processes.
    pub program: std::path::PathBuf,
    /// The user's configuration folder for this product.
    pub configuration: Option<std::path::PathBuf>,
    /// The user's name, as claimed in the audit log.
    pub reader: String,
    /// Where Tesseract's models may be (`TESSDATA_PREFIX`).
    pub tessdata: Option<std::path::PathBuf>,
    /// A file whose first line is the passphrase of project keys (`VERIDACT_PASSPHRASE_FILE`); without
    /// it the system's keyring is asked, and then the terminal.
    pub passphrase_file: Option<std::path::PathBuf>,
}

/// Parses the arguments and does what they say.
pub fn run(world: &World) -> ExitCode {
    let arguments = Arguments::parse();
    if no_core_dumps().is_err() {
        out::say("the system does not let go of core dumps, which would hold what was read");
        return ExitCode::from(FAILED);
    }
    match commands::run(
        world,
        arguments.command.unwrap_or(Command::Open(arguments::OpenArguments::default())),
    ) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            out::say(out::causes(&error));
            ExitCode::from(FAILED)
        }
    }
}
