//! Writes one staged file.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::dicom::{Scan, Source};
use crate::engine::apply::{Applied, PixelReplacement, apply};
use crate::export::run::{ExportError, MaskedFile};
use crate::model::Plan;

/// Writes the staged file; `None` when the plan cannot be applied.
pub(super) fn write(
    scanned: &Scan,
    plan: &Plan,
    masked: Option<&MaskedFile>,
    samples: &Path,
    staged: &Path,
) -> Result<Option<Applied>, ExportError> {
    let replacement = match masked {
        None => None,
        Some(masked) => Some(PixelReplacement {
            content: Source::open(samples)?,
            vr: masked.vr,
            transfer_syntax: masked.transfer_syntax.clone(),
        }),
    };
    let mut out =
        Written { out: BufWriter::with_capacity(1 << 16, File::create_new(staged)?), failed: None };
    let applied = apply(scanned, plan, replacement.as_ref(), &mut out);
    if let Some(error) = out.failed.take() {
        return Err(error.into());
    }
    out.flush()?;
    if masked.is_some() {
        fs::remove_file(samples)?;
    }
    Ok(applied.ok())
}

/// A staged file on its way: remembers that the destination failed, which is not the plan's fault.
struct Written {
    out: BufWriter<File>,
    failed: Option<io::Error>,
}

impl Written {
    fn note<T>(&mut self, done: &io::Result<T>) {
        match done {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                let again = error.raw_os_error().map(io::Error::from_raw_os_error);
                self.failed = Some(again.unwrap_or_else(|| error.kind().into()));
            }
            _ => {}
        }
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes);
        self.note(&written);
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.out.flush();
        self.note(&flushed);
        flushed
    }
}
