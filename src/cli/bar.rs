//! Progress on standard error.

use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};

use crate::jobs::{Progress, Stage};

/// Does work with a progress bar, which is gone afterwards. `cancel` stops it.
pub(crate) fn with_bar<T>(
    cancel: &AtomicBool,
    work: impl FnOnce(&Progress<'_>) -> T,
) -> anyhow::Result<T> {
    let bar = ProgressBar::new(0);
    bar.set_style(
        ProgressStyle::with_template("{msg:8} {bar:30} {pos}/{len} {per_sec} {eta}")
            .context("progress")?,
    );
    let stage = Mutex::new(None);
    let tell = |now: Stage, done: usize, total: usize| {
        if let Ok(mut stage) = stage.lock()
            && *stage != Some(now)
        {
            *stage = Some(now);
            bar.set_message(word(now));
            bar.set_length(total as u64);
        }
        if cancel.load(std::sync::atomic::Ordering::Relaxed) {
            bar.set_message("stopping");
        }
        bar.set_position(done as u64);
    };
    let done = work(&Progress::new(&tell, cancel));
    bar.finish_and_clear();
    Ok(done)
}

const fn word(stage: Stage) -> &'static str {
    match stage {
        Stage::Index => "reading",
        Stage::Detect => "looking",
        Stage::Export => "writing",
        Stage::Score => "scoring",
    }
}
