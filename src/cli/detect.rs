//! `detect`: finds burned-in text in files and pictures, and says what a policy would do with it.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use serde_json::json;

use crate::cli::arguments::DetectArguments;
use crate::cli::commands::workers;
use crate::cli::out::{one_line, print, say};
use crate::cli::{FAILED, RELEASED, World};
use crate::detect::picture_size;
use crate::engine::burned_in::{BurnedIn, Proposals, Resemblance, mask_over};
use crate::export::write_owner_only;
use crate::index::{Batch, Entry, Instance};
use crate::jobs::worker::{Frames, Lane, WorkerPool};
use crate::jobs::{NEVER, is_film, read_entry};
use crate::model::{Coverage, Finding, FrameFindings, Proposal, Tier, plain};
use crate::profile::{BurnedInText, IdentityBy};

/// What was found in one input.
struct Looked<'a> {
    path: &'a Path,
    frames: Vec<FrameFindings>,
    /// What it is as a DICOM file.
    instance: Option<Box<Instance>>,
    /// CPU seconds of the worker, where the system tells them.
    cpu: Option<f64>,
}

/// A finding with its place and what the policy says.
struct Judged<'a> {
    frame: u32,
    finding: &'a Finding,
    proposal: Proposal,
}

/// Looks at each path, one after the other; the exit code.
pub(crate) fn run(world: &World, arguments: &DetectArguments) -> anyhow::Result<u8> {
    let pool = workers(world, 1, arguments.policy);
    let mut batch = Batch::new(Path::new(""));
    let mut failed = false;
    let mut all = Vec::new();
    for path in &arguments.paths {
        let instance = if is_picture(path) { None } else { read(path, &mut batch) };
        let before = cpu_seconds(&pool);
        let found = look(&pool, path, instance.as_deref());
        let cpu = before.zip(cpu_seconds(&pool)).map(|(before, after)| after - before);
        let frames = found.unwrap_or_else(|what| {
            say(format_args!("{what}: {}", plain(path)));
            failed = true;
            Vec::new()
        });
        all.push(Looked { path, frames, instance, cpu });
    }
    let subjects = Resemblance::compile(&batch.subjects);
    let burned_in = BurnedIn { policy: arguments.policy, subjects: &subjects };
    let found = all.iter().filter_map(|looked| {
        let instance = looked.instance.as_ref()?;
        Some((instance.digest, looked.frames.clone()))
    });
    let instances = all.iter().filter_map(|looked| looked.instance.as_deref());
    let proposals = burned_in.propose(instances, &found.collect());
    let judged = all.iter().map(|looked| (looked, judge(looked, &burned_in, &proposals)));
    let judged: Vec<_> = judged.collect();
    match &arguments.json {
        Some(file) => write_owner_only(file, as_json(&judged, arguments.policy)?.as_bytes())?,
        None => print(|out| as_lines(&judged, out))?,
    }
    Ok(if failed { FAILED } else { RELEASED })
}

fn is_picture(path: &Path) -> bool {
    let endings = ["png", "jpg", "jpeg"];
    path.extension().is_some_and(|end| endings.iter().any(|known| end.eq_ignore_ascii_case(known)))
}

fn look(
    pool: &WorkerPool,
    path: &Path,
    instance: Option<&Instance>,
) -> Result<Vec<FrameFindings>, String> {
    let found = match instance {
        _ if is_picture(path) => pool.detect_picture(Lane::Batch, path).map(|found| vec![found]),
        Some(film) if is_film(film) => {
            pool.survey(Lane::Batch, vec![(path.to_owned(), film.frames)], &NEVER)
        }
        _ => pool.detect(Lane::Batch, path, Frames::All, &NEVER),
    };
    found.map_err(|error| error.to_string())
}

/// CPU time that the one worker took so far.
fn cpu_seconds(pool: &WorkerPool) -> Option<f64> {
    pool.ping(Lane::Batch).ok()?.cpu.map(|cpu| cpu.as_secs_f64())
}

/// Reads a DICOM file as one of a batch, so that texts can be compared with its subjects.
fn read(path: &Path, batch: &mut Batch) -> Option<Box<Instance>> {
    let entry = read_entry(Path::new(""), path, IdentityBy::IssuerAndId);
    let instance = match &entry {
        Entry::Instance(instance, _) => Some(instance.clone()),
        Entry::Problem(_) => None,
    };
    batch.add(entry);
    instance
}

/// The findings of an input, those that are masked automatically first.
fn judge<'a>(
    looked: &'a Looked<'_>,
    burned_in: &BurnedIn<'_>,
    proposals: &Proposals,
) -> Vec<Judged<'a>> {
    let mut judged = Vec::new();
    for (at, frame) in looked.frames.iter().enumerate() {
        let of_picture = match &looked.instance {
            Some(_) => Vec::new(),
            None => burned_in.propose_picture(frame),
        };
        for (place, finding) in frame.findings.iter().enumerate() {
            let proposal = match &looked.instance {
                Some(instance) => proposals.of(&instance.digest, at, place),
                None => of_picture.get(place).copied().unwrap_or_default(),
            };
            judged.push(Judged { frame: frame.frame, finding, proposal });
        }
    }
    judged.sort_by_key(|judged| judged.proposal.tier);
    judged
}

const fn tier_word(tier: Tier) -> &'static str {
    match tier {
        Tier::Mask => "automatic",
        Tier::Suspected => "suspected",
        Tier::Listed => "listed",
    }
}

/// Columns and rows of an input, as far as can be told.
fn size_of(looked: &Looked<'_>) -> (u32, u32) {
    match &looked.instance {
        Some(instance) => instance.image_size,
        None => picture_size(looked.path).unwrap_or((u32::MAX, u32::MAX)),
    }
}

/// A line for each frame, and one for each finding.
fn as_lines(all: &[(&Looked<'_>, Vec<Judged<'_>>)], out: &mut dyn Write) -> anyhow::Result<()> {
    for (looked, judged) in all {
        for frame in &looked.frames {
            let coverage = match &frame.coverage {
                Coverage::NotLookedAt(why) => format!("not looked at: {why}"),
                Coverage::Compared if frame.findings.is_empty() => {
                    "compared with others".to_owned()
                }
                Coverage::Compared => "compared with others: text as in these".to_owned(),
                Coverage::NothingFound => "nothing found".to_owned(),
                Coverage::Found(1) => "1 place with text".to_owned(),
                Coverage::Found(count) => format!("{count} places with text"),
            };
            writeln!(out, "{} frame {}: {coverage}", plain(looked.path), frame.frame + 1)?;
            for Judged { finding, proposal, .. } in
                judged.iter().filter(|judged| judged.frame == frame.frame)
            {
                let region = finding.region;
                let (x, y) = (format!("{},{}", region.x0, region.y0), (region.x1, region.y1));
                let text = one_line(finding.text.expose());
                let word = tier_word(proposal.tier);
                writeln!(out, "  {x} to {},{}  {}%  {word}  {text}", y.0, y.1, finding.score)?;
                writeln!(out, "      {}", proposal.why.as_str())?;
            }
        }
    }
    Ok(())
}

/// `{"images": {STEM: {"boxes": [[x0,y0,x1,y1]…], "texts": […], "tiers": […], "cpu_s": s}}}`; every
/// input is there, and of two with one stem the second by its whole path.
fn as_json(all: &[(&Looked<'_>, Vec<Judged<'_>>)], policy: BurnedInText) -> anyhow::Result<String> {
    let mut images = BTreeMap::new();
    for (looked, judged) in all {
        // What is only shaped like letters, and not masked, is apart: it is no text yet.
        let is_text = |judged: &&Judged<'_>| {
            !judged.finding.source.is_shape() || judged.proposal.tier == Tier::Mask
        };
        let (texts, shapes): (Vec<_>, Vec<_>) = judged.iter().partition(is_text);
        let of = |read: &dyn Fn(&Judged<'_>) -> serde_json::Value| -> Vec<_> {
            texts.iter().map(|judged| read(judged)).collect()
        };
        let region = |judged: &Judged<'_>| {
            let region = match judged.proposal.tier {
                Tier::Mask => mask_over(policy, judged.finding, size_of(looked)),
                _ => None,
            };
            let region = region.unwrap_or(judged.finding.region);
            json!([region.x0, region.y0, region.x1, region.y1])
        };
        let image = json!({
            "boxes": of(&region),
            "texts": of(&|judged| json!(judged.finding.text.expose())),
            "tiers": of(&|judged| json!(tier_word(judged.proposal.tier))),
            "reasons": of(&|judged| json!(judged.proposal.why.as_str())),
            "scores": of(&|judged| json!(judged.finding.score)),
            "frames": of(&|judged| json!(judged.frame)),
            "shapes": shapes.iter().map(|judged| region(judged)).collect::<Vec<_>>(),
            "looked_at": looked.frames.iter().any(|frame| !frame.coverage.is_unseen()),
            "cpu_s": looked.cpu,
        });
        let stem = looked.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let name = if images.contains_key(&stem) { plain(looked.path).to_string() } else { stem };
        images.insert(name, image);
    }
    Ok(serde_json::to_string_pretty(&json!({ "images": images }))? + "\n")
}
