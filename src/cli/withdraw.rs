//! `veridact withdraw`.

use jiff::Timestamp;

use crate::cli::arguments::WithdrawArguments;
use crate::cli::commands::key_with_crosswalk;
use crate::cli::deid::default_review;
use crate::cli::out::print;
use crate::cli::{RELEASED, World};
use crate::jobs::{WithdrawRequest, withdraw};
use crate::model::plain;

/// Takes published files back.
pub(crate) fn run(world: &World, arguments: &WithdrawArguments) -> anyhow::Result<u8> {
    let beside = default_review(&arguments.output);
    let request = WithdrawRequest {
        output: arguments.output.clone(),
        review: arguments.review.clone().or_else(|| beside.exists().then_some(beside)),
        key: key_with_crosswalk(
            world,
            arguments.key_file.as_deref(),
            arguments.crosswalk.as_deref(),
        )?,
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
