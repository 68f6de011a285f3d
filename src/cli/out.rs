//! Standard output and standard error, which may be closed at any time (`… | head -1`).

use std::fmt::Display;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::model::plain;

/// Prints to standard output. That nobody reads any more is no error: the work is done.
pub(crate) fn print(
    write: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    let done = write(&mut out).and_then(|()| Ok(out.flush()?));
    match done {
        Err(error) if is_closed(&error) => Ok(()),
        done => done,
    }
}

fn is_closed(error: &anyhow::Error) -> bool {
    let kinds = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    kinds.map(io::Error::kind).any(|kind| kind == io::ErrorKind::BrokenPipe)
}

/// Says a line on standard error.
pub(crate) fn say(words: impl Display) {
    // Where that is closed, too, nobody is left to be told.
    let _told = writeln!(io::stderr(), "veridact: {words}").is_ok();
}

/// An error and all that led to it; what was said already is not said again.
pub(crate) fn causes(error: &anyhow::Error) -> String {
    let mut said = String::new();
    for cause in error.chain().map(ToString::to_string).filter(|cause| !cause.is_empty()) {
        if said.is_empty() {
            said = cause;
        } else if !said.contains(&cause) {
            said = format!("{said}: {cause}");
        }
    }
    said
}

/// A path as text for programs: as it is where it is UTF-8, else as [`plain`] writes it.
pub(crate) fn path_text(path: &Path) -> String {
    path.to_str().map_or_else(|| plain(path), str::to_owned)
}

/// A value in one line: control characters, which could steer a terminal, as dots.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().map(|shown| if shown.is_control() { '·' } else { shown }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_said_once() {
        let error = anyhow::anyhow!("the disk is full").context("it refused: the disk is full");
        assert_eq!(causes(&error.context("no review")), "no review: it refused: the disk is full");
    }
}
