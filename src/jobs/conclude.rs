//! The end of an export: the rest of the report, outcomes and lists in the review.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use crate::detect::detector_id;
use crate::export::{Exported, Guard, HowRun, OwnerOnly, Report, write_owner_only};
use crate::index::{Batch, Instance};
use crate::jobs::pictures::draw;
use crate::jobs::worker::WorkerPool;
use crate::model::{Coverage, Digest256, FrameFindings, Outcome, Phi, plain};
use crate::profile::Profile;
use crate::review::Journal;
use crate::store::OutcomeRecord;

/// What is known of frames that were only compared; the figures are measured (`docs/detection.md`).
const BOUND: &str = "frames of films and stacks were not searched by themselves: they were compared \
    with the frames around them, and those that differ most were searched. Of texts that stand on a \
    single frame, this picks out 85 % at a contrast of 28 grey levels, 90 % at 40, 96 % at 60, and \
    all at 120.";

/// What the report rests on beside the outcomes.
pub(crate) struct Concluding<'a> {
    /// The batch.
    pub(crate) batch: &'a Batch,
    /// The rules.
    pub(crate) profile: &'a Profile,
    /// What keeps names out of the report.
    pub(crate) guard: &'a Guard<'a>,
    /// The log of the review.
    pub(crate) journal: &'a Journal,
    /// What detection said, by digest of the file.
    pub(crate) findings: &'a BTreeMap<Digest256, Vec<FrameFindings>>,
    /// How each file ended.
    pub(crate) exported: &'a [Exported],
    /// How it was done.
    pub(crate) how: HowRun,
    /// Strings of subjects that verify could not look for.
    pub(crate) short_strings: usize,
    /// Draws pictures of released frames.
    pub(crate) pool: &'a WorkerPool,
    /// The output folder.
    pub(crate) output: &'a Path,
}

/// Completes the report: what was looked at, what was accepted, what nobody checked, and what follows from
/// all that. What the caller knows besides (what was waived, overridden, signed) must stand in it before.
pub(crate) fn complete(report: &mut Report, run: &Concluding<'_>) {
    count_frames(report, run);
    report.detection = match run.how.detect {
        true => format!(
            "text detector {:.16}, three passes, read by Tesseract.",
            detector_id().to_hex()
        ),
        false => "text in pixels was not looked for.".into(),
    };
    report.not_checked = not_checked(report, run);
    let decisions = run.journal.decisions();
    let reason = |instance: &Instance, place: &str| {
        decisions.residual(&instance.uid, place).map(|accepted| accepted.reason.as_str())
    };
    report.tell_residuals((run.batch, run.exported), &reason, run.guard);
    report.conclude(run.profile, run.how);
    draw(report, run.pool, run.output);
}

/// Counts frames by who looked at them: a detector, a person, nobody.
fn count_frames(report: &mut Report, run: &Concluding<'_>) {
    let count = |wanted: fn(&Coverage) -> bool| {
        let frames = run.findings.values().flatten();
        frames.filter(|frame| wanted(&frame.coverage)).count() as u64
    };
    report.frames_looked_at = count(Coverage::is_searched);
    report.frames_compared = count(|coverage| *coverage == Coverage::Compared);
    for instance in run.batch.instances.values() {
        let found = run.findings.get(&instance.digest).map_or(&[][..], Vec::as_slice);
        let looked: BTreeSet<u32> =
            found.iter().filter(|it| !it.coverage.is_unseen()).map(|it| it.frame).collect();
        for frame in 0..instance.frames {
            let seen = run.journal.seen().has(&instance.uid, instance.digest, frame);
            report.frames_seen += u64::from(seen);
            report.frames_not_looked_at += u64::from(!seen && !looked.contains(&frame));
        }
    }
}

fn not_checked(report: &Report, run: &Concluding<'_>) -> Vec<String> {
    let mut lines: BTreeSet<String> =
        run.exported.iter().flat_map(|entry| entry.not_checked.iter().cloned()).collect();
    lines.insert(
        "Text in pixels that the detector misses, and names that stand in no header of the batch."
            .into(),
    );
    if run.short_strings > 0 {
        let what = "identifying strings that are too short or too common to look for.";
        lines.insert(format!("{} {what}", run.short_strings));
    }
    if report.frames_compared > 0 {
        lines.insert(format!("{} {BOUND}", report.frames_compared));
    }
    if report.frames_not_looked_at > 0 {
        lines.insert(format!(
            "Pixels of {} frames that nobody looked at.",
            report.frames_not_looked_at
        ));
    }
    lines.into_iter().collect()
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
