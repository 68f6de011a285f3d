//! What commands print. Values go to the screen only where the command is there to show them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use serde_json::json;

use crate::cli::arguments::PlanArguments;
use crate::cli::commands::project_key;
use crate::cli::{RELEASED, World};
use crate::dicom::{Limits, Source, scan};
use crate::engine::identifiers::Identifiers;
use crate::engine::plan::{PixelWork, PlanRequest, Planner};
use crate::index::{Batch, Entry};
use crate::jobs::{DeidRequest, DeidResult};
use crate::model::{FrameFindings, NewValue, Outcome, PlannedEdit};
use crate::profile::Profile;
use crate::review::Decisions;
use crate::store::ReviewStore;

/// Prints how a run went.
pub(crate) fn deid(done: &DeidResult, request: &DeidRequest, as_json: bool) -> anyhow::Result<()> {
    let tally = &done.report.tally;
    let mut out = std::io::stdout().lock();
    if as_json {
        let files: Vec<_> = done
            .exported
            .iter()
            .map(|entry| {
                let why: Vec<String> = match &entry.outcome {
                    Outcome::Released => Vec::new(),
                    Outcome::Held { reasons } => reasons
                        .iter()
                        .map(|r| format!("{}: {}: {}", r.check, r.place, r.what))
                        .collect(),
                    Outcome::Rejected { reason } => vec![reason.clone()],
                    Outcome::Quarantined { cause } | Outcome::Problem { cause } => {
                        vec![cause.slug().to_owned()]
                    }
                };
                json!({
                    "input": entry.path.to_string_lossy(),
                    "outcome": entry.outcome.slug(),
                    "output": entry.file.as_ref().map(|file| file.path.as_str()),
                    "why": why,
                })
            })
            .collect();
        let all = json!({
            "tally": tally, "files": files, "report": done.report_path, "output": request.output, "review": request.review,
        });
        writeln!(out, "{}", serde_json::to_string_pretty(&all)?)?;
        return Ok(());
    }
    for entry in &done.exported {
        let path = entry.path.display();
        match &entry.outcome {
            Outcome::Released => {}
            Outcome::Held { reasons } => {
                let first = reasons
                    .first()
                    .map(|r| format!("{} at {}", r.what, r.place))
                    .unwrap_or_default();
                let more = if reasons.len() > 1 {
                    format!(" and {} more", reasons.len() - 1)
                } else {
                    String::new()
                };
                writeln!(out, "held         {path}: {first}{more}")?;
            }
            Outcome::Rejected { reason } => writeln!(out, "rejected     {path}: {reason}")?,
            Outcome::Quarantined { cause } => writeln!(out, "quarantined  {path}: {cause}")?,
            Outcome::Problem { cause } => writeln!(out, "problem      {path}: {cause}")?,
        }
    }
    writeln!(
        out,
        "{} files: {} released, {} held, {} rejected, {} quarantined, {} problems",
        tally.files, tally.released, tally.held, tally.rejected, tally.quarantined, tally.problems
    )?;
    writeln!(out, "output {}", request.output.display())?;
    writeln!(out, "review {} (as sensitive as the input)", request.review.display())?;
    writeln!(out, "report {}", done.report_path.display())?;
    Ok(())
}

/// Prints what a folder holds.
pub(crate) fn index(batch: &Batch, as_json: bool) -> anyhow::Result<()> {
    let patients: BTreeSet<_> = batch.instances.values().map(|found| &found.patient).collect();
    let studies: BTreeSet<_> = batch.instances.values().map(|found| &found.study).collect();
    let series: BTreeSet<_> = batch.instances.values().map(|found| &found.series).collect();
    let mut modalities: BTreeMap<&str, usize> = BTreeMap::new();
    batch.instances.values().for_each(|found| *modalities.entry(&found.modality).or_default() += 1);
    let problems: BTreeMap<String, &str> = batch
        .problems
        .iter()
        .map(|(path, cause)| (path.to_string_lossy().into_owned(), cause.slug()))
        .collect();
    if as_json {
        let all = json!({
            "patients": patients.len(), "studies": studies.len(), "series": series.len(),
            "instances": batch.instances.len(), "modalities": modalities, "problems": problems,
        });
        println!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(());
    }
    println!(
        "{} patients, {} studies, {} series, {} instances, {} problems",
        patients.len(),
        studies.len(),
        series.len(),
        batch.instances.len(),
        problems.len()
    );
    modalities.iter().for_each(|(modality, count)| println!("  {modality:4} {count}"));
    batch
        .problems
        .iter()
        .for_each(|(path, cause)| println!("problem  {}: {cause}", path.display()));
    Ok(())
}

/// Prints what reading an export again found.
pub(crate) fn verified(files: usize, faults: &[String], as_json: bool) -> anyhow::Result<()> {
    const NOT_CHECKED: [&str; 2] =
        ["names and IDs of the subjects: only the review knows them", "text in pixels"];
    if as_json {
        let all = json!({ "files": files, "faults": faults, "not_checked": NOT_CHECKED });
        println!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(());
    }
    faults.iter().for_each(|fault| println!("{fault}"));
    println!("{files} files in the manifest, {} faults", faults.len());
    NOT_CHECKED.iter().for_each(|what| println!("not checked: {what}"));
    Ok(())
}

/// Prints the plan of one file; the names in the file itself are its only dictionary.
pub(crate) fn plan(world: &World, arguments: &PlanArguments) -> anyhow::Result<u8> {
    let profile = Profile::load(&arguments.profile)?;
    let key = project_key(world, arguments.key_file.as_deref())?;
    let mut batch = Batch::new(&arguments.file);
    let name = PathBuf::from(arguments.file.file_name().unwrap_or_default());
    batch.add(Entry::read(&arguments.file, &name));
    if let Some(cause) = batch.problems.get(&name) {
        anyhow::bail!("{cause}: {}", arguments.file.display());
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
            let found = decisions.override_for(&instance.series, &instance.uid, path);
            found.map(|(wanted, _)| wanted.clone())
        },
        pixels: PixelWork::default(),
        pixel_edits: &[],
        identifiers: &identifiers,
        provisional: true,
    })?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "# provisional: the names of this file alone are known; pixels are not decided")?;
    for edit in &plan.edits {
        writeln!(out, "{}", line(edit))?;
    }
    Ok(RELEASED)
}

fn line(edit: &PlannedEdit) -> String {
    let after = match &edit.value {
        NewValue::Absent => "(removed)".to_owned(),
        NewValue::Empty => "(empty)".to_owned(),
        NewValue::Text(text) => format!("«{}»", text.expose()),
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

/// Prints found text, a line a finding.
pub(crate) fn found(
    all: &[(PathBuf, Vec<FrameFindings>)],
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    for (path, frames) in all {
        for frame in frames {
            writeln!(out, "{} frame {}: {:?}", path.display(), frame.frame + 1, frame.coverage)?;
            for finding in &frame.findings {
                let region = finding.region;
                let text = finding.text.expose();
                writeln!(
                    out,
                    "  {},{} to {},{}  {}%  {text}",
                    region.x0, region.y0, region.x1, region.y1, finding.score
                )?;
            }
        }
    }
    Ok(())
}

/// Found text as JSON: `{"images": {STEM: {"boxes": [[x0,y0,x1,y1]…], "texts": […], "tiers": […]}}}`.
pub(crate) fn found_json(all: &[(PathBuf, Vec<FrameFindings>)]) -> anyhow::Result<String> {
    let mut images = BTreeMap::new();
    for (path, frames) in all {
        let findings = || frames.iter().flat_map(|frame| &frame.findings);
        let boxes: Vec<_> =
            findings().map(|f| [f.region.x0, f.region.y0, f.region.x1, f.region.y1]).collect();
        let texts: Vec<_> = findings().map(|f| f.text.expose().clone()).collect();
        let tiers: Vec<_> = findings().map(|_| "automatic").collect();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        images.insert(stem, json!({ "boxes": boxes, "texts": texts, "tiers": tiers }));
    }
    Ok(serde_json::to_string_pretty(&json!({ "images": images }))? + "\n")
}
