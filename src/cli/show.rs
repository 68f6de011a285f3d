//! What commands print. Values go to the screen only where the command is there to show them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use serde_json::json;

use crate::cli::arguments::PlanArguments;
use crate::cli::commands::key_with_crosswalk;
use crate::cli::out::{one_line, path_text, print};
use crate::cli::{RELEASED, World};
use crate::dicom::{Limits, Source, scan};
use crate::engine::identifiers::Identifiers;
use crate::engine::plan::{PixelWork, PlanRequest, Planner};
use crate::index::{Batch, Conflict, conflicts};
use crate::jobs::{DeidRequest, DeidResult, read_entry};
use crate::model::{HoldReason, NewValue, Outcome, PlannedEdit, plain};
use crate::profile::Profile;
use crate::review::Decisions;
use crate::store::ReviewStore;

/// Most files that are shown of an identity conflict.
const MOST_SHOWN: usize = 6;

/// Prints how a run went.
pub(crate) fn deid(done: &DeidResult, request: &DeidRequest, as_json: bool) -> anyhow::Result<()> {
    print(|out| match as_json {
        true => deid_json(done, request, out),
        false => deid_text(done, request, out),
    })
}

fn deid_json(done: &DeidResult, request: &DeidRequest, out: &mut dyn Write) -> anyhow::Result<()> {
    let why = |outcome: &Outcome| -> Vec<String> {
        match outcome {
            Outcome::Released => Vec::new(),
            Outcome::Held { reasons } => {
                reasons.iter().map(|r| format!("{}: {}: {}", r.check, r.place, r.what)).collect()
            }
            Outcome::Rejected { reason } => vec![reason.clone()],
            Outcome::Quarantined { cause } | Outcome::Problem { cause } => {
                vec![cause.slug().to_owned()]
            }
        }
    };
    let files: Vec<_> = done
        .exported
        .iter()
        .map(|entry| {
            json!({
                "input": path_text(&entry.path),
                "outcome": entry.outcome.slug(),
                "output": entry.file.as_ref().map(|file| file.path.as_str()),
                "why": why(&entry.outcome),
            })
        })
        .collect();
    let all = json!({
        "tally": done.report.tally,
        "withdrawn": done.report.withdrawn,
        "of_other_batches": done.report.of_other_batches,
        "files": files,
        "report": path_text(&done.report_path),
        "output": path_text(&request.output),
        "review": path_text(&request.review),
    });
    writeln!(out, "{}", serde_json::to_string_pretty(&all)?)?;
    Ok(())
}

fn deid_text(done: &DeidResult, request: &DeidRequest, out: &mut dyn Write) -> anyhow::Result<()> {
    for entry in &done.exported {
        let path = plain(&entry.path);
        match &entry.outcome {
            Outcome::Released => {}
            Outcome::Held { reasons } => {
                writeln!(out, "held         {path}: {}", first_of(reasons))?
            }
            Outcome::Rejected { reason } => writeln!(out, "rejected     {path}: {reason}")?,
            Outcome::Quarantined { cause } => writeln!(out, "quarantined  {path}: {cause}")?,
            Outcome::Problem { cause } => writeln!(out, "problem      {path}: {cause}")?,
        }
    }
    let tally = &done.report.tally;
    writeln!(
        out,
        "{} files: {} released, {} held, {} rejected, {} quarantined, {} problems",
        tally.files, tally.released, tally.held, tally.rejected, tally.quarantined, tally.problems
    )?;
    if done.report.withdrawn > 0 {
        let withdrawn = done.report.withdrawn;
        writeln!(out, "{withdrawn} files of an earlier export were taken away")?;
    }
    if done.report.of_other_batches > 0 {
        writeln!(out, "{} files of other batches stay", done.report.of_other_batches)?;
    }
    writeln!(out, "output {}", plain(&request.output))?;
    writeln!(out, "review {} (as sensitive as the input)", plain(&request.review))?;
    writeln!(out, "report {}", plain(&done.report_path))?;
    Ok(())
}

fn first_of(reasons: &[HoldReason]) -> String {
    let first = reasons.first().map(|r| format!("{} at {}", r.what, r.place)).unwrap_or_default();
    match reasons.len() {
        0 | 1 => first,
        more => format!("{first} and {} more", more - 1),
    }
}

/// Prints what a folder holds.
pub(crate) fn index(batch: &Batch, as_json: bool) -> anyhow::Result<()> {
    let patients: BTreeSet<_> = batch.instances.values().map(|found| &found.patient).collect();
    let studies: BTreeSet<_> = batch.instances.values().map(|found| &found.study).collect();
    let series: BTreeSet<_> = batch.instances.values().map(|found| &found.series).collect();
    let mut modalities: BTreeMap<&str, usize> = BTreeMap::new();
    batch.instances.values().for_each(|found| *modalities.entry(&found.modality).or_default() += 1);
    let problems: BTreeMap<String, &str> =
        batch.problems.iter().map(|(path, cause)| (path_text(path), cause.slug())).collect();
    let identity = conflicts(batch);
    print(|out| {
        if as_json {
            let all = json!({
                "patients": patients.len(), "studies": studies.len(), "series": series.len(),
                "instances": batch.instances.len(), "modalities": modalities, "problems": problems,
                "identity": identity.iter().map(|found| conflict_json(found, batch)).collect::<Vec<_>>(),
            });
            writeln!(out, "{}", serde_json::to_string_pretty(&all)?)?;
            return Ok(());
        }
        writeln!(
            out,
            "{} patients, {} studies, {} series, {} instances, {} problems",
            patients.len(),
            studies.len(),
            series.len(),
            batch.instances.len(),
            problems.len()
        )?;
        for (modality, count) in &modalities {
            writeln!(out, "  {modality:4} {count:6}")?;
        }
        for (path, cause) in &batch.problems {
            writeln!(out, "problem  {}: {cause}", plain(path))?;
        }
        identity.iter().try_for_each(|found| conflict_text(found, batch, out))
    })
}

fn conflict_json(found: &Conflict, batch: &Batch) -> serde_json::Value {
    json!({
        "kind": found.kind.slug(),
        "holds": found.kind.blocks(),
        "patients": found.patients.len(),
        "files": found.files(batch).map(path_text).collect::<Vec<_>>(),
    })
}

/// One conflict, with the files of the first few of its series: they show what is meant.
fn conflict_text(found: &Conflict, batch: &Batch, out: &mut dyn Write) -> anyhow::Result<()> {
    let standing = if found.kind.blocks() { "conflict" } else { "notice" };
    let files = found.files(batch).count();
    writeln!(out, "{standing:8} {}: {} patients, {files} files", found.kind, found.patients.len())?;
    let mut series = BTreeSet::new();
    let first_of_series = found.files(batch).filter(|path| {
        batch.instances.get(*path).is_some_and(|instance| series.insert(&instance.series))
    });
    for path in first_of_series.take(MOST_SHOWN) {
        writeln!(out, "           {}", plain(path))?;
    }
    Ok(())
}

/// Prints the plan of one file; the names in the file itself are its only dictionary.
pub(crate) fn plan(world: &World, arguments: &PlanArguments) -> anyhow::Result<u8> {
    let profile = Profile::load(&arguments.profile)?;
    let key =
        key_with_crosswalk(world, arguments.key_file.as_deref(), arguments.crosswalk.as_deref())?;
    let mut batch = Batch::new(&arguments.file);
    let name = PathBuf::from(arguments.file.file_name().unwrap_or_default());
    batch.add(read_entry(&arguments.file, &name, profile.identity()));
    if let Some(cause) = batch.problems.get(&name) {
        anyhow::bail!("{cause}: {}", plain(&arguments.file));
    }
    let instance = batch.instances.get(&name).context("the file cannot be read")?;
    let decisions = match &arguments.review {
        Some(folder) => crate::review::load(&ReviewStore::open(folder)?)?,
        None => Decisions::default(),
    };
    let identifiers = Identifiers::compile(&batch.subjects)?;
    let scanned = scan(Source::open(&arguments.file)?, &Limits::default())?;
    let planner = Planner { profile: &profile, key: &key, identifiers: &identifiers };
    let plan = planner.plan(&PlanRequest {
        scan: &scanned,
        instance,
        overrides: &|path| {
            let found = decisions.override_for(instance.lies(), &instance.uid, path);
            found.map(|(wanted, _)| wanted.clone())
        },
        pixels: PixelWork::default(),
        pixel_edits: &[],
        identifiers: &identifiers,
        provisional: true,
    })?;
    print(|out| {
        writeln!(
            out,
            "# provisional: the names of this file alone are known; pixels are not decided\n\
             # attribute, keyword, VR, what is done, action code, new value, layer and rule"
        )?;
        for edit in &plan.edits {
            writeln!(out, "{}", line(edit))?;
        }
        Ok(())
    })?;
    Ok(RELEASED)
}

fn line(edit: &PlannedEdit) -> String {
    let after = match &edit.value {
        NewValue::Absent => "(removed)".to_owned(),
        NewValue::Empty => "(empty)".to_owned(),
        NewValue::Text(text) => format!("«{}»", one_line(text.expose())),
        NewValue::Bytes(bytes) => format!("({} bytes)", bytes.expose().len()),
        NewValue::Items(items) => format!("({} items)", items.len()),
    };
    format!(
        "{:40} {:32} {} {} {:6} {after}  [{}: {}]",
        edit.path.to_string(),
        crate::dicom::dictionary::keyword(edit.path.tag()),
        edit.vr.to_string(),
        edit.action.letter(),
        edit.code.as_str(),
        edit.layer.as_str(),
        edit.rule
    )
}
