//! The binary: asks the environment, picks a face, maps the exit code.

use std::path::PathBuf;
use std::process::ExitCode;

use veridact::cli::{self, World};

fn main() -> ExitCode {
    let folders = directories::ProjectDirs::from("", "", "veridact");
    let world = World {
        program: std::env::current_exe().unwrap_or_else(|_| PathBuf::from("veridact")),
        configuration: folders.map(|folders| folders.config_dir().to_owned()),
        reader: std::env::var("USER").unwrap_or_else(|_| "unnamed".into()),
        passphrase_file: std::env::var_os("VERIDACT_PASSPHRASE_FILE").map(PathBuf::from),
        tessdata: std::env::var_os("TESSDATA_PREFIX").map(PathBuf::from),
    };
    cli::run(&world)
}
