//! The end of an export: the rest of the report, outcomes and lists in the review.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use crate::detect::detector_id;
use crate::export::{Exported, OwnerOnly, Report, write_owner_only};
use crate::index::Batch;
use crate::model::{Coverage, Digest256, FrameFindings, Outcome, Phi, plain};
use crate::store::OutcomeRecord;

/// What is known of frames that were only compared; the figures are measured (`docs/detection.md`).
const BOUND: &str = "frames of films and stacks were not searched by themselves: they were compared \
    with the frames around them, and those that differ most were searched. Of texts that stand on a \
    single frame, this picks out 85 % at a contrast of 28 grey levels, 90 % at 40, 96 % at 60, and \
    all at 120.";

/// How pixels were looked at, for the report.
pub(crate) struct PixelsLookedAt<'a> {
    /// What detection said, by digest of the file.
    pub(crate) findings: &'a BTreeMap<Digest256, Vec<FrameFindings>>,
    /// Whether it ran.
    pub(crate) detect: bool,
}

/// Completes the report: what was looked at, and what nobody checked.
pub(crate) fn complete(
    report: &mut Report,
    batch: &Batch,
    pixels: &PixelsLookedAt<'_>,
    exported: &[Exported],
    short_strings: usize,
) {
    let total: u64 = batch.instances.values().map(|instance| u64::from(instance.frames)).sum();
    let count = |wanted: fn(&Coverage) -> bool| {
        let frames = pixels.findings.values().flatten();
        frames.filter(|frame| wanted(&frame.coverage)).count() as u64
    };
    report.frames_looked_at = count(Coverage::is_searched);
    report.frames_compared = count(|coverage| *coverage == Coverage::Compared);
    report.frames_not_looked_at =
        total.saturating_sub(report.frames_looked_at + report.frames_compared);
    report.detection = match pixels.detect {
        true => format!(
            "text detector {:.16}, three passes, read by Tesseract.",
            detector_id().to_hex()
        ),
        false => "text in pixels was not looked for.".into(),
    };
    let mut not_checked: BTreeSet<String> =
        exported.iter().flat_map(|entry| entry.not_checked.clone()).collect();
    not_checked.insert(
        "Text in pixels that the detector misses, and names that stand in no header of the batch."
            .into(),
    );
    if short_strings > 0 {
        let what = "identifying strings that are too short or too common to look for.";
        not_checked.insert(format!("{short_strings} {what}"));
    }
    if report.frames_compared > 0 {
        not_checked.insert(format!("{} {BOUND}", report.frames_compared));
    }
    if report.frames_not_looked_at > 0 {
        not_checked.insert(format!(
            "Pixels of {} frames that nobody looked at.",
            report.frames_not_looked_at
        ));
    }
    report.not_checked = not_checked.into_iter().collect();
}

/// The outcomes as the review keeps them.
pub(crate) fn outcome_records(batch: &Batch, exported: &[Exported]) -> Vec<OutcomeRecord> {
    exported
        .iter()
        .map(|entry| OutcomeRecord {
            path: Phi::new(entry.path.clone()),
            instance: batch.instances.get(&entry.path).map(|instance| instance.uid.clone()),
            outcome: entry.outcome.clone(),
        })
        .collect()
}

/// Writes one list of paths for each cause into the review: the originals stay where they are.
/// One path a line, written as [`plain`] does.
pub(crate) fn write_quarantine(review: &Path, exported: &[Exported]) -> io::Result<()> {
    let folder = review.join("quarantine");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let mut lists: BTreeMap<&str, String> = BTreeMap::new();
    for entry in exported {
        let (Outcome::Quarantined { cause } | Outcome::Problem { cause }) = &entry.outcome else {
            continue;
        };
        let list = lists.entry(cause.slug()).or_default();
        list.push_str(&plain(&entry.path));
        list.push('\n');
    }
    OwnerOnly::folder(&folder)?;
    lists.iter().try_for_each(|(cause, list)| {
        write_owner_only(&folder.join(format!("{cause}.txt")), list.as_bytes())
    })
}
