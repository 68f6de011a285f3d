//! `veridact audit`: whether the log of a review is what was written, and what it says.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde_json::json;

use crate::cli::arguments::AuditCommand;
use crate::cli::out::{one_line, path_text, print};
use crate::cli::{NOT_ALL, RELEASED};
use crate::export::{MANIFEST_NAME, REPORT_NAMES, reports_in};
use crate::index::digest_file;
use crate::model::{Decision, Digest256, Verdict, plain};
use crate::store::{AuditHead, EventBody, Recorded, ReviewStore, StoreError};

/// What to say where no head was given.
const NO_HEAD: &str =
    "that no entry is missing at the end: give the head of a report, or an export";

/// Does one of the commands; the exit code.
pub(crate) fn run(command: &AuditCommand) -> anyhow::Result<u8> {
    match command {
        AuditCommand::Check { review, head, export, json } => check(review, head, export, *json),
        AuditCommand::Show { review, json } => show(review, *json),
    }
}

/// A head as a report prints it.
///
/// # Errors
/// In words, what it must look like.
pub(crate) fn parse_head(text: &str) -> Result<AuditHead, String> {
    let parsed = text.trim().split_once(' ').and_then(|(seq, hmac)| {
        let hmac = Digest256::from_hex(hmac.trim())?;
        Some(AuditHead { seq: seq.parse().ok()?, hmac })
    });
    parsed.ok_or_else(|| "a head is a number, a blank and 64 hexadecimal digits".to_owned())
}

/// One thing that was looked at.
struct Line {
    what: String,
    holds: bool,
}

fn check(
    review: &Path,
    heads: &[AuditHead],
    exports: &[PathBuf],
    as_json: bool,
) -> anyhow::Result<u8> {
    let store = ReviewStore::open_to_read(review)?;
    let head = store.audit_head();
    let mut lines = vec![match store.check_audit() {
        Ok(()) => told("no entry was changed, dropped, added or moved".into()),
        Err(StoreError::Audit(fault)) => fault_line(fault.to_string()),
        Err(other) => return Err(other.into()),
    }];
    for head in heads {
        lines.push(against(&store, head, "the head that was given")?);
    }
    for export in exports {
        lines.extend(export_lines(&store, export)?);
    }
    let holds = lines.iter().all(|line| line.holds);
    let not_checked: Vec<&str> =
        if heads.is_empty() && exports.is_empty() { vec![NO_HEAD] } else { Vec::new() };
    print(|out| {
        if as_json {
            let lines: Vec<_> = lines
                .iter()
                .map(|line| json!({ "what": line.what, "holds": line.holds }))
                .collect();
            let all = json!({
                "entries": head.seq, "head": format!("{} {}", head.seq, head.hmac),
                "holds": holds, "checks": lines, "not_checked": not_checked,
            });
            writeln!(out, "{}", serde_json::to_string_pretty(&all)?)?;
            return Ok(());
        }
        writeln!(out, "{} entries, head {} {}", head.seq, head.seq, head.hmac)?;
        for line in &lines {
            writeln!(out, "{}: {}", if line.holds { "holds" } else { "FAULT" }, line.what)?;
        }
        for what in &not_checked {
            writeln!(out, "not checked: {what}")?;
        }
        Ok(())
    })?;
    Ok(if holds { RELEASED } else { NOT_ALL })
}

fn told(what: String) -> Line {
    Line { what, holds: true }
}

fn fault_line(what: String) -> Line {
    Line { what, holds: false }
}

fn against(store: &ReviewStore, head: &AuditHead, whose: &str) -> anyhow::Result<Line> {
    match store.check_audit_against(head) {
        Ok(()) => Ok(told(format!("{whose} (entry {}) is part of this log", head.seq))),
        Err(StoreError::Audit(fault)) => Ok(fault_line(format!("{whose}: {fault}"))),
        Err(other) => Err(other.into()),
    }
}

/// The head of the log that a report names.
fn head_in(report: &Path) -> anyhow::Result<AuditHead> {
    let text = std::fs::read(report).with_context(|| format!("the report: {}", plain(report)))?;
    let told: serde_json::Value = serde_json::from_slice(&text)
        .ok()
        .with_context(|| format!("the report cannot be understood: {}", plain(report)))?;
    let head = told["audit_head"].as_str().and_then(|head| parse_head(head).ok());
    head.with_context(|| format!("the report names no head: {}", plain(report)))
}

/// What an export says of the log, and the log of the export.
fn export_lines(store: &ReviewStore, export: &Path) -> anyhow::Result<Vec<Line>> {
    let shown = plain(export);
    let reports = reports_in(export).with_context(|| format!("the export: {shown}"))?;
    let mut heads = Vec::new();
    for name in reports.iter().filter(|name| name.ends_with(".json")) {
        heads.push((name.as_str(), head_in(&export.join(name))?));
    }
    // Of several parts each has a review of its own: this log is that of one of them.
    let mine = heads.iter().find(|(_, head)| store.check_audit_against(head).is_ok());
    let Some((name, head)) = mine.or(heads.first()) else {
        bail!("the export has no report: {shown}");
    };
    let mut lines = vec![against(store, head, &format!("the head in the report of {shown}"))?];
    if *name != REPORT_NAMES[1] {
        lines.push(told(format!(
            "the manifest of {shown} is also that of other parts: not checked"
        )));
        return Ok(lines);
    }
    let manifest = digest_file(&export.join(MANIFEST_NAME))
        .with_context(|| format!("the manifest: {shown}"))?;
    let published = |entry: &Recorded| match &entry.body {
        EventBody::Published { manifest: of, .. } | EventBody::Withdrawn { manifest: of, .. } => {
            *of == manifest
        }
        _ => false,
    };
    lines.push(match store.events() {
        Ok(events) => match events.iter().rev().find(|entry| published(entry)) {
            Some(entry) => told(format!("the manifest of {shown} is that of entry {}", entry.seq)),
            None => {
                fault_line(format!("no entry has published the manifest of {shown} as it is now"))
            }
        },
        Err(error) => fault_line(format!("the manifest of {shown} is not looked for: {error}")),
    });
    Ok(lines)
}

fn show(review: &Path, as_json: bool) -> anyhow::Result<u8> {
    let store = ReviewStore::open_to_read(review)?;
    let events = store.events()?;
    print(|out| {
        if as_json {
            let entries: Vec<_> = events
                .iter()
                .map(|entry| {
                    json!({
                        "entry": entry.seq, "at": entry.at.to_string(), "reader": entry.reader,
                        "kind": entry.body.kind(), "what": summary(&entry.body),
                        "hmac": entry.hmac.to_hex(),
                    })
                })
                .collect();
            let all = json!({ "review": path_text(review), "entries": entries });
            writeln!(out, "{}", serde_json::to_string_pretty(&all)?)?;
            return Ok(());
        }
        for entry in &events {
            let (seq, at, reader) = (entry.seq, entry.at, one_line(&entry.reader));
            let kind = entry.body.kind();
            writeln!(out, "{seq:6}  {at}  {reader:16}  {kind:12}  {}", summary(&entry.body))?;
        }
        Ok(())
    })?;
    Ok(RELEASED)
}

/// What an entry says, without a value of a file.
fn summary(body: &EventBody) -> String {
    match body {
        EventBody::Decided { decisions, .. } => {
            let mut kinds: Vec<(&str, usize)> = Vec::new();
            for kind in decisions.iter().map(kind_of) {
                match kinds.iter_mut().find(|(known, _)| *known == kind) {
                    Some((_, count)) => *count += 1,
                    None => kinds.push((kind, 1)),
                }
            }
            let words = kinds.iter().map(|(kind, count)| match count {
                1 => (*kind).to_owned(),
                count => format!("{kind} × {count}"),
            });
            words.collect::<Vec<_>>().join(", ")
        }
        EventBody::Undone { seq } => format!("entry {seq}"),
        EventBody::Redone { seq } => format!("entry {seq}"),
        EventBody::Looked { at } => {
            let instances: BTreeSet<_> = at.iter().map(|it| &it.instance).collect();
            let frames: u64 = at
                .iter()
                .flat_map(|it| &it.frames)
                .map(|(from, to)| u64::from(to.saturating_sub(*from)))
                .sum();
            format!("{frames} frames of {} instances", instances.len())
        }
        EventBody::Folded { kinds, .. } => {
            let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
            format!("{} of a stack", kinds.join(", "))
        }
        EventBody::Acknowledged { what, series } if series.is_empty() => one_line(what),
        EventBody::Acknowledged { what, series } => {
            format!("{} for {} series", one_line(what), series.len())
        }
        EventBody::Waived { what } => one_line(what),
        // The reason is a person's words: it may name somebody.
        EventBody::Overridden { demand, .. } => format!("demand of the gate: {}", one_line(demand)),
        EventBody::Sampled { population, frames, .. } => {
            format!("{} of {population} frames drawn", frames.len())
        }
        EventBody::SampleJudged { leak: true, .. } => "a leak".to_owned(),
        EventBody::SampleJudged { leak: false, .. } => "no leak".to_owned(),
        EventBody::Signed { batch, .. } => format!("batch {batch}"),
        EventBody::Published { manifest, released } => {
            format!("{released} instances released, manifest {manifest}")
        }
        EventBody::Withdrawn { manifest, instances, .. } => {
            format!("{instances} instances withdrawn, manifest {manifest}")
        }
    }
}

const fn kind_of(decision: &Decision) -> &'static str {
    match decision {
        Decision::AddMask(_) => "mask drawn",
        Decision::ChangeMask { .. } => "mask changed",
        Decision::RemoveMask(_) => "mask removed",
        Decision::ExceptFromMask { .. } => "exception from a mask",
        Decision::AnswerFinding { .. } => "finding answered",
        Decision::OverrideAttribute { .. } => "attribute overridden",
        Decision::SetVerdict { verdict, .. } => match verdict {
            Verdict::Undecided => "verdict taken back",
            Verdict::Approved => "approved",
            Verdict::Held => "held",
            Verdict::Rejected => "rejected",
        },
        Decision::AcceptResidual { .. } => "residual accepted",
        Decision::ResolveIdentity(_) => "identity answered",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_as_a_report_prints_it() {
        let hmac = Digest256([0xAB; 32]);
        let head = AuditHead { seq: 12, hmac };
        assert_eq!(parse_head(&format!("12 {hmac}")), Ok(head));
        assert_eq!(parse_head(&format!(" 12  {hmac} ")), Ok(head));
        for odd in ["", "12", "12 abc", "x 12"] {
            assert!(parse_head(odd).is_err(), "{odd}");
        }
    }
}
