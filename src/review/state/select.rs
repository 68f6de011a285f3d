//! What is looked at, and how far what one does next reaches.

use crate::model::{InstanceUid, Scope, SeriesUid};
use crate::review::ReviewState;
use crate::review::command::{FindingRef, ScopeLevel, Screen, SelectCommand};
use crate::review::effect::Effect;
use crate::review::outline::InstanceEntry;
use crate::store::EventBody;

/// Frames of the series that are rendered ahead: after the one shown, and before it.
const AFTER: usize = 24;
const BEFORE: usize = 4;
/// Frames of each of the next two series.
const FIRST: usize = 6;

impl ReviewState {
    pub(super) fn select(&mut self, command: SelectCommand) -> Vec<Effect> {
        match command {
            SelectCommand::Series(series) => self.show_series(&series),
            SelectCommand::Instance(instance) => self.show_one(&instance, 0),
            SelectCommand::Frame(frame) => match self.selection.instance.clone() {
                Some(instance) => self.show_one(&instance, frame),
                None => Vec::new(),
            },
            SelectCommand::One(instance, frame) => self.show_one(&instance, frame),
            SelectCommand::StepFrames(by) => self.step_frames(i64::from(by)),
            SelectCommand::FirstFrame => self.step_frames(i64::MIN),
            SelectCommand::LastFrame => self.step_frames(i64::MAX),
            SelectCommand::Group(look) => self.go_through(look),
            SelectCommand::StepGroups(by) => self.step_groups(i64::from(by)),
            SelectCommand::NextSeries => self.step_series(1),
            SelectCommand::PreviousSeries => self.step_series(-1),
            SelectCommand::Finding(finding) => self.show_finding(&finding),
            SelectCommand::NextFinding => self.step_findings(1),
            SelectCommand::PreviousFinding => self.step_findings(-1),
        }
    }

    pub(super) fn show_series(&mut self, series: &SeriesUid) -> Vec<Effect> {
        let Some(first) = self.outline.one_series(series).and_then(|it| it.instances.first())
        else {
            return Vec::new();
        };
        self.show_frame(&first.clone(), 0)
    }

    /// Shows a frame; what is selected already is not shown again.
    pub(super) fn show_frame(&mut self, instance: &InstanceUid, frame: u32) -> Vec<Effect> {
        let Some(series) = self.outline.series_of(instance).cloned() else { return Vec::new() };
        let frames = self.outline.instance(instance).map_or(0, |entry| entry.frames);
        if frame >= frames.max(1) {
            return Vec::new();
        }
        self.view.screen = Screen::Review;
        // Who goes elsewhere has left the group.
        if self.group.as_ref().is_some_and(|look| !self.is_in(&series, look)) {
            self.group = None;
        }
        if self.is_shown(instance, frame) {
            return Vec::new();
        }
        let mut effects = Vec::new();
        if self.selection.series.as_ref() != Some(&series) {
            effects.extend(self.flush_seen());
            self.selection.level = self.selection.level.min(ScopeLevel::Series);
        }
        if self.selection.instance.as_ref() != Some(instance) {
            effects.push(Effect::Plan { instance: instance.clone() });
        }
        self.selection.series = Some(series);
        self.selection.instance = Some(instance.clone());
        self.selection.frame = frame;
        self.selection.finding = None;
        self.selection.painted = false;
        self.selection.unpaintable = false;
        effects.push(Effect::Show { instance: instance.clone(), frame });
        effects
    }

    /// Frames that are likely to be looked at next, the likeliest first: those after the one shown and some
    /// before it, then the first of the two series that come next.
    pub fn ahead(&self) -> Vec<(InstanceUid, u32)> {
        let frames = self.frames_of_series();
        let shown = |(instance, frame): &(InstanceUid, u32)| self.is_shown(instance, *frame);
        let Some(at) = frames.iter().position(shown) else { return Vec::new() };
        let mut likely: Vec<(InstanceUid, u32)> = Vec::new();
        likely.extend(frames.iter().skip(at + 1).take(AFTER).cloned());
        likely.extend(frames.iter().take(at).rev().take(BEFORE).cloned());
        let order = self.order();
        let here = order.iter().position(|uid| Some(uid) == self.selection.series.as_ref());
        for series in order.iter().skip(here.map_or(0, |here| here + 1)).take(2) {
            let first = self
                .outline
                .members(series)
                .flat_map(|entry| (0..entry.frames).map(|frame| (entry.instance.clone(), frame)));
            likely.extend(first.take(FIRST));
        }
        let has_image =
            |uid: &InstanceUid| self.outline.instance(uid).is_some_and(InstanceEntry::has_pixels);
        likely.retain(|(instance, _)| has_image(instance));
        likely
    }

    /// Sends what was painted and is not in the log yet.
    pub(super) fn flush_seen(&mut self) -> Option<Effect> {
        if self.fresh.is_empty() {
            return None;
        }
        let sent = std::mem::take(&mut self.fresh);
        let body = EventBody::Looked { at: sent.to_looked_at() };
        self.sent.merge(sent);
        Some(self.pending.send(&self.reader, body))
    }

    /// All frames of the series shown, in order; an instance without pixels counts as one.
    fn frames_of_series(&self) -> Vec<(InstanceUid, u32)> {
        let Some(series) = &self.selection.series else { return Vec::new() };
        self.outline
            .members(series)
            .flat_map(|entry| (0..entry.frames.max(1)).map(|frame| (entry.instance.clone(), frame)))
            .collect()
    }

    fn step_frames(&mut self, by: i64) -> Vec<Effect> {
        let frames = self.frames_of_series();
        let shown = |(instance, frame): &(InstanceUid, u32)| self.is_shown(instance, *frame);
        let (Some(at), Some(last)) = (frames.iter().position(shown), frames.len().checked_sub(1))
        else {
            return Vec::new();
        };
        let to = (at as i64).saturating_add(by).clamp(0, last as i64);
        match usize::try_from(to).ok().and_then(|to| frames.get(to)) {
            Some((instance, frame)) => self.show_one(&instance.clone(), *frame),
            None => Vec::new(),
        }
    }

    fn step_series(&mut self, by: i64) -> Vec<Effect> {
        let order = self.order();
        let at = order.iter().position(|uid| Some(uid) == self.selection.series.as_ref());
        let to = match at {
            Some(at) => (at as i64).saturating_add(by),
            None => 0,
        };
        match usize::try_from(to).ok().and_then(|to| order.get(to)) {
            Some(series) => self.show_series(series),
            None => Vec::new(),
        }
    }

    pub(super) fn show_finding(&mut self, finding: &FindingRef) -> Vec<Effect> {
        let Some(at) = self.finding_index(finding) else { return Vec::new() };
        let effects = self.show_one(&finding.instance, finding.frame);
        if self.is_shown(&finding.instance, finding.frame) {
            self.selection.finding = Some(at);
        }
        effects
    }

    /// All findings of the series shown, in the order of its frames.
    pub(super) fn findings_of_series(&self) -> Vec<FindingRef> {
        let Some(series) = &self.selection.series else { return Vec::new() };
        let mut found = Vec::new();
        for entry in self.outline.members(series) {
            for frame in self.findings_of(&entry.instance) {
                found.extend(frame.findings.iter().map(|finding| FindingRef {
                    instance: entry.instance.clone(),
                    frame: frame.frame,
                    region: finding.region,
                }));
            }
        }
        found
    }

    /// The place of the frame shown among all frames of the series.
    fn position(&self, instance: &InstanceUid, frame: u32) -> (usize, u32) {
        let members = self.selection.series.as_ref().and_then(|uid| self.outline.one_series(uid));
        let at = members.and_then(|it| it.instances.iter().position(|uid| uid == instance));
        (at.unwrap_or(0), frame)
    }

    fn step_findings(&mut self, by: i64) -> Vec<Effect> {
        let all = self.findings_of_series();
        let Some(instance) = self.selection.instance.clone() else { return Vec::new() };
        let to = match self.selected_finding() {
            Some(selected) => all
                .iter()
                .position(|finding| *finding == selected)
                .and_then(|at| at.checked_add_signed(by as isize)),
            None => {
                let here = self.position(&instance, self.selection.frame);
                let place = |it: &FindingRef| self.position(&it.instance, it.frame);
                if by > 0 {
                    all.iter().position(|finding| place(finding) >= here)
                } else {
                    all.iter().rposition(|finding| place(finding) <= here)
                }
            }
        };
        match to.and_then(|to| all.get(to)) {
            Some(finding) => self.show_finding(finding),
            None => Vec::new(),
        }
    }

    pub(super) fn change_level(&mut self, by: isize) -> Vec<Effect> {
        let at = ScopeLevel::ALL.iter().position(|level| *level == self.selection.level);
        let to = at.and_then(|at| at.checked_add_signed(by));
        match to.and_then(|to| ScopeLevel::ALL.get(to)) {
            Some(level) => self.set_level(*level),
            None => Vec::new(),
        }
    }

    pub(super) const fn set_level(&mut self, level: ScopeLevel) -> Vec<Effect> {
        self.selection.level = level;
        Vec::new()
    }

    /// What a level means for what is shown.
    pub(super) fn scope_at(&self, level: ScopeLevel) -> Option<Scope> {
        let (series, entry) = self.shown()?;
        Some(match level {
            ScopeLevel::Frame => Scope::Frame(entry.instance.clone(), self.selection.frame),
            ScopeLevel::Instance => Scope::Instance(entry.instance.clone()),
            ScopeLevel::Series => Scope::Series(series.clone()),
            ScopeLevel::Group => Scope::Group(entry.group),
            ScopeLevel::Batch => Scope::Batch,
        })
    }
}
