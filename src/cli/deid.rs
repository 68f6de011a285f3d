//! `veridact deid`.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;

use crate::cli::arguments::{ApproveArgument, DeidArguments, SuspectedArgument};
use crate::cli::commands::{default_threads, project_key, workers};
use crate::cli::{NOT_ALL, RELEASED, World, show};
use crate::jobs::{Approve, DeidRequest, NEVER, Progress, Stage, deid};
use crate::profile::Profile;

/// De-identifies a folder.
pub(crate) fn run(world: &World, arguments: &DeidArguments) -> anyhow::Result<u8> {
    let threads = arguments.jobs.unwrap_or_else(default_threads).max(1);
    let request = DeidRequest {
        input: arguments.input.clone(),
        output: arguments.output.clone(),
        review: arguments.review.clone().unwrap_or_else(|| default_review(&arguments.output)),
        maps: arguments.maps.clone(),
        approve: match arguments.approve {
            ApproveArgument::All => Approve::All,
            ApproveArgument::Reviewed => Approve::Reviewed,
        },
        profile: Profile::load(&arguments.profile)?,
        key: project_key(world, arguments.key_file.as_deref())?,
        detect: !arguments.no_detect,
        mask_suspected: arguments.suspected == SuspectedArgument::Mask,
        threads,
        reader: world.reader.clone(),
        now: Timestamp::now,
    };
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
        bar.set_position(done as u64);
    };
    let pool = workers(world, threads);
    let done = deid(&request, &pool, &Progress::new(&tell, &NEVER));
    bar.finish_and_clear();
    let done = done?;
    show::deid(&done, &request, arguments.json)?;
    let tally = &done.report.tally;
    Ok(if tally.released == tally.files { RELEASED } else { NOT_ALL })
}

const fn word(stage: Stage) -> &'static str {
    match stage {
        Stage::Index => "reading",
        Stage::Detect => "looking",
        Stage::Export => "writing",
        Stage::Score => "scoring",
    }
}

/// `OUT.veridact` beside the output.
fn default_review(output: &Path) -> PathBuf {
    let mut name = output.file_name().unwrap_or(output.as_os_str()).to_owned();
    name.push(".veridact");
    output.with_file_name(name)
}
