//! Rows of figures.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use crate::batch::Batch;
use crate::copy::Copied;
use crate::run::Ran;

/// One measured run.
pub struct Row {
    what: String,
    files: usize,
    megabytes: f64,
    wall: Duration,
    cpu: Duration,
    /// Parent and worker, in KiB.
    peaks: Option<(u64, u64)>,
    outcomes: BTreeMap<String, usize>,
}

/// A number for a name, for folders that nobody else uses.
pub fn short_hash(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

/// The heads of the columns.
pub fn head() -> String {
    format!(
        "{:<28}{:>7}{:>9}{:>9}{:>9}{:>11}{:>10}{:>9}{:>9}{:>8}{:>8}  ended",
        "run",
        "files",
        "MB",
        "wall s",
        "CPU s",
        "files/CPU",
        "MB/CPU s",
        "parent",
        "worker",
        "CPU ×",
        "wall ×"
    )
}

impl Row {
    /// The row of the baseline.
    pub fn baseline(batch: &Batch, copied: &Copied) -> Self {
        Self {
            what: format!("{} copy+sha256", batch.name),
            files: batch.files.len(),
            megabytes: batch.bytes as f64 / 1e6,
            wall: copied.wall,
            cpu: copied.cpu,
            peaks: None,
            outcomes: BTreeMap::new(),
        }
    }

    /// The row of a run of the program.
    pub fn of(batch: &Batch, detect: bool, ran: &Ran) -> Self {
        Self {
            what: format!("{} detect {}", batch.name, if detect { "on" } else { "off" }),
            files: batch.files.len(),
            megabytes: batch.bytes as f64 / 1e6,
            wall: ran.wall,
            cpu: ran.cpu,
            peaks: Some((ran.parent, ran.worker)),
            outcomes: ran.outcomes.clone(),
        }
    }

    /// The row as text, with its ratio to a baseline. Sizes are MiB.
    pub fn line(&self, base: Option<&Self>) -> String {
        let (wall, cpu) = (self.wall.as_secs_f64(), self.cpu.as_secs_f64().max(0.01));
        let size = |kib: Option<u64>| kib.map_or("-".into(), |kib| format!("{} MiB", kib >> 10));
        let ratio = |ours: f64, theirs: Option<f64>| {
            theirs.map_or("-".into(), |theirs| format!("{:.1}", ours / theirs.max(0.01)))
        };
        let ended: Vec<String> =
            self.outcomes.iter().map(|(outcome, count)| format!("{count} {outcome}")).collect();
        format!(
            "{:<28}{:>7}{:>9.1}{:>9.2}{:>9.2}{:>11.1}{:>10.2}{:>9}{:>9}{:>8}{:>8}  {}",
            self.what,
            self.files,
            self.megabytes,
            wall,
            cpu,
            self.files as f64 / cpu,
            self.megabytes / cpu,
            size(self.peaks.map(|peaks| peaks.0)),
            size(self.peaks.map(|peaks| peaks.1)),
            ratio(cpu, base.map(|base| base.cpu.as_secs_f64())),
            ratio(wall, base.map(|base| base.wall.as_secs_f64())),
            ended.join(", ")
        )
    }
}
