//! `veridact deid`.

use std::path::{Path, PathBuf};

use anyhow::Context;
use jiff::Timestamp;

use crate::cli::arguments::{
    AcknowledgeArgument, ApproveArgument, DeidArguments, SuspectedArgument,
};
use crate::cli::bar::with_bar;
use crate::cli::commands::{default_threads, key_with_crosswalk, workers};
use crate::cli::rules::device_rules;
use crate::cli::{NOT_ALL, RELEASED, World, interrupt, show};
use crate::jobs::{Approve, DeidRequest, deid, input_folder, read_identity_answers};
use crate::model::resolved;
use crate::profile::Profile;

/// De-identifies a folder.
pub(crate) fn run(world: &World, arguments: &DeidArguments) -> anyhow::Result<u8> {
    let threads = arguments.jobs.map_or_else(default_threads, usize::from);
    let cancel = interrupt::flag()?;
    let request = DeidRequest {
        input: input_folder(&arguments.input, &cancel)?,
        output: arguments.output.clone(),
        review: arguments.review.clone().unwrap_or_else(|| default_review(&arguments.output)),
        maps: arguments.maps.clone(),
        approve: match arguments.approve {
            ApproveArgument::All => Approve::All,
            ApproveArgument::Reviewed => Approve::Reviewed,
        },
        profile: Profile::load(&arguments.profile)?,
        key: key_with_crosswalk(
            world,
            arguments.key_file.as_deref(),
            arguments.crosswalk.as_deref(),
        )?,
        detect: !arguments.no_detect,
        device_rules: device_rules(&arguments.device_rules)?,
        mask_suspected: arguments.suspected == SuspectedArgument::Mask,
        identity: match &arguments.identity {
            Some(file) => read_identity_answers(file).context("the answers on identities")?,
            None => Vec::new(),
        },
        accept_identity: arguments
            .accept_identity
            .iter()
            .flat_map(|accepted| accepted.kinds())
            .collect(),
        republish: arguments.republish,
        overrides: arguments.overrides.clone(),
        seen_problems: arguments.acknowledge.contains(&AcknowledgeArgument::Problems),
        faces_may_go: arguments.acknowledge.contains(&AcknowledgeArgument::Faces),
        for_benchmark: arguments.acknowledge.contains(&AcknowledgeArgument::Benchmark),
        shard: arguments.shard,
        threads,
        reader: world.reader.clone(),
        now: Timestamp::now,
    };
    for (file, name) in [(&arguments.key_file, "project key"), (&arguments.crosswalk, "crosswalk")]
    {
        if let Some(file) = file
            && let (Some(file), Some(output)) = (resolved(file), resolved(&arguments.output))
            && file.starts_with(output)
        {
            anyhow::bail!("the {name} may not lie inside the output folder: it re-identifies");
        }
    }
    let pool = workers(world, threads, request.profile.burned_in_text());
    let done = with_bar(&cancel, |progress| deid(&request, &pool, progress))??;
    show::deid(&done, &request, arguments.json)?;
    let tally = &done.report.tally;
    Ok(if tally.released == tally.files { RELEASED } else { NOT_ALL })
}

/// `OUT.veridact` beside the output.
pub(crate) fn default_review(output: &Path) -> PathBuf {
    // `.` and `..` have no name of their own.
    let named = match output.file_name() {
        Some(_) => output.to_owned(),
        None => resolved(output).unwrap_or_else(|| output.to_owned()),
    };
    let mut name = named.file_name().unwrap_or_default().to_owned();
    name.push(".veridact");
    named.with_file_name(name)
}
