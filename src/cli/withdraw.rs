//! `veridact withdraw`.

use anyhow::Context;
use jiff::Timestamp;

use crate::cli::arguments::WithdrawArguments;
use crate::cli::commands::{existing_key, with_crosswalk};
use crate::cli::deid::default_review;
use crate::cli::out::print;
use crate::cli::{RELEASED, World};
use crate::jobs::{WithdrawRequest, withdraw};
use crate::model::plain;

/// Takes published files back.
pub(crate) fn run(world: &World, arguments: &WithdrawArguments) -> anyhow::Result<u8> {
    let beside = default_review(&arguments.output);
    let key = existing_key(world, arguments.key_file.as_deref())?
        .context("there is no project key here; give that of the export with --key-file")?;
    let request = WithdrawRequest {
        output: arguments.output.clone(),
        review: arguments.review.clone().or_else(|| beside.exists().then_some(beside)),
        key: with_crosswalk(key, arguments.crosswalk.as_deref())?,
        patients: arguments.patient.clone(),
        issuer: arguments.issuer.clone(),
        studies: arguments.study.clone(),
        files: arguments.file.clone(),
        reason: arguments.reason.clone(),
        reader: world.reader.clone(),
        now: Timestamp::now,
    };
    let done = withdraw(&request)?;
    print(|out| {
        writeln!(out, "{} files withdrawn, {} were before", done.files, done.before)?;
        writeln!(out, "recipients must delete what is listed in {}", plain(&done.list))?;
        if !done.is_logged {
            writeln!(out, "there is no review beside the export: no log tells of it")?;
        }
        Ok(())
    })?;
    Ok(RELEASED)
}
