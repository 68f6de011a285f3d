//! The binary: parses, picks a face, maps the exit code. So far only the worker process.

use std::process::ExitCode;

use veridact::jobs::worker::{WorkerArguments, serve_standard_streams};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let served = match arguments.next() {
        Some(command) if command == "worker" => {
            WorkerArguments::parse(arguments).and_then(|told| serve_standard_streams(&told))
        }
        _ => return ExitCode::from(2),
    };
    if served.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(2) }
}
