//! Rows to show.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Decision, InstanceUid, MaskId, Phi, Region, SeriesUid};
use crate::review::ReviewState;
use crate::review::command::{FindingRef, ScopeLevel};
use crate::review::decisions::FindingState;
use crate::review::outline::{InstanceEntry, SeriesEntry};
use crate::review::rows::{
    FindingRow, FrameMark, InstanceRow, MaskRow, ProblemRow, ScopeBanner, SeriesRow, StatusCounts,
};
use crate::review::series::{SeriesState, SeriesSummary};

impl ReviewState {
    /// All series, in the outline's order.
    pub fn series_rows(&self) -> Vec<SeriesRow> {
        self.outline.series().map(|(uid, entry)| self.series_row(uid, entry)).collect()
    }

    fn series_row(&self, uid: &SeriesUid, entry: &SeriesEntry) -> SeriesRow {
        let (outline, summary) = (&self.outline, self.summary(uid));
        let members = || outline.members(uid);
        let study = outline.study(&entry.study).map(|study| study.label.clone());
        SeriesRow {
            series: uid.clone(),
            patient_label: outline.patient_label(uid),
            study_label: study.unwrap_or_default(),
            label: entry.label.clone(),
            modality: entry.modality.clone(),
            sop_class: members().next().map(|it| it.sop_class.clone()).unwrap_or_default(),
            image_size: members().find_map(|it| it.image_size),
            instances: entry.instances.len(),
            frames: summary.map_or(0, |it| it.frames),
            seen: summary.map_or(0, |it| it.seen),
            state: self.series_state(uid),
            pending: self.verdict_pending(uid),
            open: summary.map(|it| it.open_items()).unwrap_or_default(),
            findings: summary.map_or([0; 3], SeriesSummary::findings),
            face_risk: summary.is_some_and(|it| it.face_risk > 0),
            causes: summary.map(|it| it.causes.iter().copied().collect()).unwrap_or_default(),
            selected: self.selection.series.as_ref() == Some(uid),
        }
    }

    /// The instances of a series, in its order.
    pub fn instance_rows(&self, series: &SeriesUid) -> Vec<InstanceRow> {
        let members = self.outline.members(series).enumerate();
        members.map(|(at, entry)| self.instance_row(series, at, entry)).collect()
    }

    fn instance_row(&self, series: &SeriesUid, at: usize, entry: &InstanceEntry) -> InstanceRow {
        let sight = self.sight();
        let mut findings = [0; 3];
        for found in self.findings_of(&entry.instance) {
            for finding in &found.findings {
                let state = sight.finding_state(series, entry, (found.frame, finding));
                let [open, masked, kept] = &mut findings;
                match state {
                    FindingState::Open => *open += 1,
                    FindingState::Masked => *masked += 1,
                    FindingState::Kept => *kept += 1,
                }
            }
        }
        let seen = (0..entry.frames).filter(|frame| sight.was_seen(entry, *frame)).count();
        InstanceRow {
            instance: entry.instance.clone(),
            position: at + 1,
            number: entry.number,
            frames: entry.frames,
            seen: u32::try_from(seen).unwrap_or(u32::MAX),
            findings,
            other_size: sight.left_out_by_size(series, entry),
            selected: self.selection.instance.as_ref() == Some(&entry.instance),
        }
    }

    /// The frames of a series, in its order; an instance without an image counts as one.
    pub fn frame_marks(&self, series: &SeriesUid) -> Vec<FrameMark> {
        let mut marks = Vec::new();
        for entry in self.outline.members(series) {
            if !entry.has_pixels() {
                marks.push(FrameMark { seen: true, looked_at: true, findings: [0; 3] });
                continue;
            }
            let (sight, first) = (self.sight(), marks.len());
            marks.extend((0..entry.frames).map(|frame| FrameMark {
                seen: sight.was_seen(entry, frame),
                looked_at: false,
                findings: [0; 3],
            }));
            for found in self.findings_of(&entry.instance) {
                let at = first.saturating_add(found.frame as usize);
                let Some(mark) = marks.get_mut(at) else { continue };
                mark.looked_at = found.coverage.is_searched();
                let [open, masked, kept] = &mut mark.findings;
                for finding in &found.findings {
                    match sight.finding_state(series, entry, (found.frame, finding)) {
                        FindingState::Open => *open += 1,
                        FindingState::Masked => *masked += 1,
                        FindingState::Kept => *kept += 1,
                    }
                }
            }
        }
        marks
    }

    /// The files that are not part of the batch.
    pub fn problem_rows(&self) -> Vec<ProblemRow> {
        let problems = self.outline.problems().iter();
        problems
            .map(|problem| ProblemRow {
                path: problem.path.clone(),
                cause: problem.cause,
                words: problem.cause.to_string(),
            })
            .collect()
    }

    /// The findings of one frame.
    pub fn finding_rows(&self, instance: &InstanceUid, frame: u32) -> Vec<FindingRow> {
        let (outline, sight) = (&self.outline, self.sight());
        let Some(lies) = outline.lies(instance) else { return Vec::new() };
        let Some(entry) = outline.instance(instance) else { return Vec::new() };
        let answered: BTreeSet<(Region, &Phi<String>)> = self
            .pending
            .decisions()
            .filter_map(|decision| match decision {
                Decision::AnswerFinding { scope, region, text, .. }
                    if scope.covers(lies, instance, frame) =>
                {
                    Some((*region, text))
                }
                _ => None,
            })
            .collect();
        let shown = self.is_shown(instance, frame);
        let findings = self.findings_of_frame(instance, frame).iter().enumerate();
        findings
            .map(|(at, finding)| FindingRow {
                finding: FindingRef { instance: instance.clone(), frame, region: finding.region },
                text: finding.text.clone(),
                source: finding.source,
                score: finding.score,
                read_confidence: finding.read_confidence,
                proposal: self.proposal(instance, frame, at),
                state: sight.finding_state(lies.series, entry, (frame, finding)),
                pending: answered.contains(&(finding.region, &finding.text)),
                selected: shown && self.selection.finding == Some(at),
            })
            .collect()
    }

    /// The masks that reach one frame, pending ones included. What an answered finding paints is
    /// not listed: it shows with the finding.
    pub fn mask_rows(&self, instance: &InstanceUid, frame: u32) -> Vec<MaskRow> {
        let Some(lies) = self.outline.lies(instance) else { return Vec::new() };
        let size = self.outline.instance(instance).and_then(|entry| entry.image_size);
        let mut rows: BTreeMap<MaskId, MaskRow> = BTreeMap::new();
        let row = |mask: &crate::model::Mask, pending| MaskRow {
            id: mask.id,
            region: mask.region,
            scope: mask.scope.clone(),
            level: Self::level_of(&mask.scope),
            applies: size.is_some_and(|size| mask.applies_to(lies, instance, frame, size)),
            pending,
            going: false,
            excepted: size == Some(mask.image_size)
                && mask.exceptions.iter().any(|scope| scope.covers(lies, instance, frame)),
        };
        for mask in self.decisions().masks_around(lies, instance, frame) {
            rows.insert(mask.id, row(mask, false));
        }
        for decision in self.pending.decisions() {
            match decision {
                Decision::AddMask(mask) if mask.scope.covers(lies, instance, frame) => {
                    rows.insert(mask.id, row(mask, true));
                }
                Decision::ChangeMask { id, region } => {
                    if let Some(row) = rows.get_mut(id) {
                        (row.region, row.pending) = (*region, true);
                    }
                }
                Decision::RemoveMask(id) => {
                    if let Some(row) = rows.get_mut(id) {
                        (row.going, row.pending) = (true, true);
                    }
                }
                Decision::ExceptFromMask { id, scope } if scope.covers(lies, instance, frame) => {
                    if let Some(row) = rows.get_mut(id) {
                        (row.applies, row.excepted, row.pending) = (false, true, true);
                    }
                }
                _ => {}
            }
        }
        rows.into_values().collect()
    }

    /// What else is painted over in a frame, beside its masks and its findings: answers that were
    /// given on other frames and reach this one.
    pub fn painted_elsewhere(&self, instance: &InstanceUid, frame: u32) -> Vec<Region> {
        let Some(lies) = self.outline.lies(instance) else { return Vec::new() };
        let size = self.outline.instance(instance).and_then(|entry| entry.image_size);
        let Some(size) = size else { return Vec::new() };
        let mut painted = self.decisions().masks_for(lies, instance, frame, size);
        let masks: BTreeSet<Region> = self
            .decisions()
            .masks_around(lies, instance, frame)
            .filter_map(|mask| mask.region.clamped(size.0, size.1))
            .collect();
        let found = self.findings_of_frame(instance, frame);
        painted.retain(|region| {
            !masks.contains(region) && !found.iter().any(|finding| finding.region == *region)
        });
        painted
    }

    /// How far what one does next reaches; `None` when nothing is shown.
    pub fn scope_banner(&self) -> Option<ScopeBanner> {
        let (series, shown) = self.shown()?;
        let level = self.selection.level;
        let count = |summaries: &mut dyn Iterator<Item = &SeriesSummary>| {
            let sizes = summaries.flat_map(|summary| &summary.sizes);
            sizes.fold((0, 0), |(same, other), (size, count)| {
                if *size == shown.image_size {
                    (same + count, other)
                } else {
                    (same, other + count)
                }
            })
        };
        let (instances, other_size) = match level {
            ScopeLevel::Frame | ScopeLevel::Instance => (1, 0),
            ScopeLevel::Series => count(&mut self.summaries.get(series).into_iter()),
            ScopeLevel::Group => {
                let looks = self.summaries.values().flat_map(|summary| &summary.looks);
                let own = looks.filter(|(look, _)| **look == shown.look);
                (own.map(|(_, count)| count.instances).sum(), 0)
            }
            ScopeLevel::Batch => count(&mut self.summaries.values()),
        };
        let mut text = match (level, instances) {
            (ScopeLevel::Frame, _) => format!("1 frame of {}", shown.frames.max(1)),
            (_, 1) => "1 instance".to_owned(),
            (_, count) => format!("{count} instances"),
        };
        if other_size > 0 {
            let verb = if other_size == 1 { "stays" } else { "stay" };
            text.push_str(&format!("; {other_size} of another size {verb} undecided"));
        }
        Some(ScopeBanner { level, instances, other_size, text })
    }

    /// Figures for the status bar.
    pub fn status_counts(&self) -> StatusCounts {
        let mut counts = StatusCounts {
            instances: self.outline.instance_count(),
            series: self.outline.series_count(),
            questions: self.identity.questions.iter().filter(|it| !it.held.is_empty()).count(),
            problems: self.outline.problems().len(),
            pending: self.pending.len(),
            ..StatusCounts::default()
        };
        for summary in self.summaries.values() {
            counts.open_findings += summary.open_findings;
            match summary.state {
                SeriesState::Undecided => counts.undecided += 1,
                SeriesState::Approved => counts.approved += 1,
                SeriesState::Held { .. } => counts.held += 1,
                SeriesState::Rejected { .. } => counts.rejected += 1,
                SeriesState::Stale { .. } => counts.stale += 1,
            }
        }
        counts
    }
}
