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

/// A path as text for programs: as it is where it is UTF-8, else as [`plain`] writes it.
pub(crate) fn path_text(path: &Path) -> String {
    path.to_str().map_or_else(|| plain(path), str::to_owned)
}
