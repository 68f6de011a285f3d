//! The baseline: the same files, moved and hashed, nothing else.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;
use std::process;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use crate::batch::Batch;
use crate::run::process::cpu_times;

/// What copying took.
pub struct Copied {
    /// From the first file to the last.
    pub wall: Duration,
    /// Time of the processor.
    pub cpu: Duration,
}

/// Reads each file, hashes it, writes it to `out`, flushes it.
pub fn copy(batch: &Batch, out: &Path) -> Result<Copied, String> {
    let (begun, before) = (Instant::now(), cpu_times(process::id()).0);
    for file in &batch.files {
        one(&batch.folder.join(file), &out.join(file)).map_err(|error| error.to_string())?;
    }
    let copied =
        Copied { wall: begun.elapsed(), cpu: cpu_times(process::id()).0.saturating_sub(before) };
    fs::remove_dir_all(out).map_err(|error| error.to_string())?;
    Ok(copied)
}

fn one(from: &Path, to: &Path) -> std::io::Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    let (mut from, mut to) = (File::open(from)?, File::create(to)?);
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match from.read(&mut buffer)? {
            0 => break,
            count => {
                hash.update(&buffer[..count]);
                to.write_all(&buffer[..count])?;
            }
        }
    }
    std::hint::black_box(hash.finalize());
    to.sync_all()
}
