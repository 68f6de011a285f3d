//! What rules did to a folder, for people and for programs. Never a value of a file.

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::{Value, json};

use crate::cli::out::path_text;
use crate::devices::DeviceRules;
use crate::jobs::{MaskTried, RulesTried, TextFound};
use crate::model::{Region, plain};

/// What one rule did.
#[derive(Default)]
struct Summary {
    /// Files that it fits.
    files: usize,
    /// Those of them with text under no mask.
    with_text_left: usize,
    /// Files that it might fit.
    unsettled: usize,
    /// Each mask: files that have it, and those with text under it.
    masks: BTreeMap<MaskTried, (usize, usize)>,
}

fn summaries<'a>(rules: &'a DeviceRules, tried: &RulesTried) -> Vec<(&'a str, Summary)> {
    let summary = |name: &str| {
        let mut summary = Summary::default();
        for file in tried.files.values() {
            summary.unsettled += file.unsettled.iter().filter(|it| it.name == name).count();
            for rule in file.rules.iter().filter(|rule| rule.name == name) {
                summary.files += 1;
                summary.with_text_left += usize::from(!file.left.is_empty());
                for (mask, has_text) in &rule.masks {
                    let counted = summary.masks.entry(*mask).or_default();
                    counted.0 += 1;
                    counted.1 += usize::from(*has_text);
                }
            }
        }
        summary
    };
    let names = rules.rules().iter().map(|rule| rule.name.as_str());
    names.map(|name| (name, summary(name))).collect()
}

/// Files that no rule fits, and those of them with text.
fn without_rule(tried: &RulesTried) -> (usize, usize) {
    let files = || tried.files.values().filter(|file| file.rules.is_empty());
    (files().count(), files().filter(|file| !file.left.is_empty()).count())
}

/// Prints a summary of each rule, and what a person has to look at.
pub(super) fn text(
    rules: &DeviceRules,
    tried: &RulesTried,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let (bare, bare_with_text) = without_rule(tried);
    let (all, problems) = (tried.files.len(), tried.problems.len());
    writeln!(
        out,
        "{all} files with pictures; no rule fits {bare} of them, {bare_with_text} with text; {problems} problems"
    )?;
    for (name, summary) in summaries(rules, tried) {
        let Summary { files, with_text_left, unsettled, masks } = summary;
        writeln!(out, "\n{name}\n  fits {files} files; text is left in {with_text_left}")?;
        if unsettled > 0 {
            writeln!(out, "  could not be applied to {unsettled} files")?;
        }
        for (mask, (files, with_text)) in masks {
            let mask = mask_text(mask);
            writeln!(out, "  {mask}: text under it in {with_text} of {files} files")?;
        }
    }
    writeln!(out)?;
    for (path, file) in &tried.files {
        let path = plain(path);
        if !file.rules.is_empty() {
            file.left.iter().try_for_each(|found| place("left", &path, found, out))?;
        }
        file.kept.iter().try_for_each(|found| place("kept", &path, found, out))?;
        for unsettled in &file.unsettled {
            writeln!(out, "unsettled  {path}: {}: {}", unsettled.name, unsettled.why)?;
        }
        if let Some(why) = &file.unseen {
            writeln!(out, "unseen     {path}: {why}")?;
        }
    }
    for (path, cause) in &tried.problems {
        writeln!(out, "problem    {}: {cause}", plain(path))?;
    }
    Ok(())
}

fn place(what: &str, path: &str, found: &TextFound, out: &mut dyn Write) -> std::io::Result<()> {
    let TextFound { frame, region } = found;
    writeln!(out, "{what:10} {path}: frame {}, {}", frame + 1, region_text(*region))
}

fn region_text(region: Region) -> String {
    let Region { x0, y0, x1, y1 } = region;
    format!("{x0},{y0} to {x1},{y1}")
}

fn mask_text(mask: MaskTried) -> String {
    match mask {
        MaskTried::Box(region) => format!("mask {}", region_text(region)),
        MaskTried::OutsideUltrasoundRegions => "outside ultrasound regions".to_owned(),
    }
}

/// Prints all of it for programs.
pub(super) fn json(
    rules: &DeviceRules,
    tried: &RulesTried,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let (bare, bare_with_text) = without_rule(tried);
    let rules: Vec<Value> = summaries(rules, tried).iter().map(summary_json).collect();
    let problems: BTreeMap<String, &str> =
        tried.problems.iter().map(|(path, cause)| (path_text(path), cause.slug())).collect();
    let files = tried.files.iter().map(|(path, file)| {
        let names: Vec<&str> = file.rules.iter().map(|rule| rule.name.as_str()).collect();
        let empty = file.rules.iter().flat_map(|rule| &rule.masks).filter(|(_, text)| !text);
        let empty: Vec<Value> = empty.map(|(mask, _)| mask_json(*mask)).collect();
        let unsettled = file.unsettled.iter();
        json!({
            "path": path_text(path), "rules": names,
            "left": file.left.iter().map(place_json).collect::<Vec<_>>(),
            "kept": file.kept.iter().map(place_json).collect::<Vec<_>>(),
            "masks_without_text": empty,
            "unsettled": unsettled
                .map(|it| json!({ "rule": it.name, "why": it.why.slug() }))
                .collect::<Vec<_>>(),
            "frames_looked_at": file.looked_at, "frames_not_looked_at": file.not_looked_at,
            "unseen": file.unseen,
        })
    });
    let all = json!({
        "rules": rules, "files": files.collect::<Vec<_>>(), "problems": problems,
        "without_rule": { "files": bare, "with_text": bare_with_text },
    });
    writeln!(out, "{}", serde_json::to_string_pretty(&all)?)?;
    Ok(())
}

fn summary_json((name, summary): &(&str, Summary)) -> Value {
    let masks = summary.masks.iter().map(|(mask, (files, with_text))| {
        json!({ "mask": mask_json(*mask), "files": files, "with_text": with_text })
    });
    json!({
        "name": name, "files": summary.files, "with_text_left": summary.with_text_left,
        "unsettled": summary.unsettled, "masks": masks.collect::<Vec<_>>(),
    })
}

fn place_json(found: &TextFound) -> Value {
    json!({ "frame": found.frame, "box": box_json(found.region) })
}

fn box_json(region: Region) -> Value {
    json!([region.x0, region.y0, region.x1, region.y1])
}

fn mask_json(mask: MaskTried) -> Value {
    match mask {
        MaskTried::Box(region) => box_json(region),
        MaskTried::OutsideUltrasoundRegions => json!("outside-ultrasound-regions"),
    }
}
