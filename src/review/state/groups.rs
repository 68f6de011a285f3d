//! Look-alike groups over the series.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use crate::model::{GroupId, LookAlike, SeriesUid};
use crate::review::ReviewState;
use crate::review::effect::Effect;
use crate::review::groups::{GroupRow, place_of, risks};

impl ReviewState {
    /// The look-alike groups, the riskiest first; among equals those with the most to decide, then the
    /// largest.
    pub fn group_rows(&self) -> Vec<GroupRow> {
        let mut groups: BTreeMap<&Arc<LookAlike>, (GroupRow, u64, u64)> = BTreeMap::new();
        let shown = self.shown().map(|(_, entry)| &entry.look);
        for (series, _) in self.outline.series() {
            let Some(summary) = self.summary(series) else { continue };
            for (look, count) in &summary.looks {
                let (row, named, undecodable) = match groups.entry(look) {
                    Entry::Occupied(there) => there.into_mut(),
                    Entry::Vacant(place) => {
                        place.insert((blank(look, count.example.clone()), 0, 0))
                    }
                };
                if row.findings == [0; 3] && count.findings != [0; 3] {
                    row.example = count.example.clone();
                }
                row.series.push(series.clone());
                row.instances += count.instances;
                row.frames += count.frames;
                row.unsearched += count.unsearched;
                row.findings.iter_mut().zip(count.findings).for_each(|(sum, it)| *sum += it);
                if let Some(states) = row.states.get_mut(place_of(&summary.state)) {
                    *states += 1;
                }
                *named += count.named;
                *undecodable += count.undecodable;
                row.selected = shown == Some(look);
            }
        }
        let finished = groups.into_values().map(|(mut row, named, undecodable)| {
            let [open, ..] = row.findings;
            row.risks = risks(&row.look, open, named, undecodable).into_iter().collect();
            row
        });
        let mut rows: Vec<GroupRow> = finished.collect();
        let order =
            |row: &GroupRow| std::cmp::Reverse((row.weight(), row.undecided(), row.instances));
        rows.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.look.cmp(&b.look)));
        rows
    }

    /// The group that the reader goes through, if any.
    pub const fn group(&self) -> Option<&Arc<LookAlike>> {
        self.group.as_ref()
    }

    /// Whether the reader goes through a series: it lies in the group, or they go through all.
    pub fn goes_through(&self, series: &SeriesUid) -> bool {
        self.group.as_ref().is_none_or(|look| self.is_in(series, look))
    }

    /// The series that instances of a group lie in.
    pub(super) fn series_of_group(&self, group: GroupId) -> Vec<SeriesUid> {
        let is_there = |uid: &&SeriesUid| self.outline.members(uid).any(|it| it.group == group);
        self.outline.series().map(|(uid, _)| uid).filter(is_there).cloned().collect()
    }

    /// The series that the reader goes through, in order: those of the group, or all.
    pub(super) fn order(&self) -> Vec<SeriesUid> {
        let all = self.outline.series().map(|(uid, _)| uid);
        match &self.group {
            Some(look) => all.filter(|uid| self.is_in(uid, look)).cloned().collect(),
            None => all.cloned().collect(),
        }
    }

    pub(super) fn is_in(&self, series: &SeriesUid, look: &Arc<LookAlike>) -> bool {
        self.summary(series).is_some_and(|summary| summary.looks.contains_key(look))
    }

    /// Goes through one group from its first series that needs a verdict on, or through all series again.
    pub(super) fn go_through(&mut self, look: Option<Arc<LookAlike>>) -> Vec<Effect> {
        let Some(look) = look else {
            self.group = None;
            return Vec::new();
        };
        let there = self.outline.series().map(|(uid, _)| uid).filter(|uid| self.is_in(uid, &look));
        let there: Vec<&SeriesUid> = there.collect();
        let open = there.iter().find(|uid| self.series_state(uid).needs_verdict());
        let Some(series) = open.or_else(|| there.first()).map(|uid| (*uid).clone()) else {
            return Vec::new();
        };
        self.group = Some(look);
        self.show_of_group(&series)
    }

    /// Shows a series at its first instance of the group that one goes through.
    pub(super) fn show_of_group(&mut self, series: &SeriesUid) -> Vec<Effect> {
        let Some(look) = &self.group else { return self.show_series(series) };
        let first = self.outline.members(series).find(|entry| entry.look == *look);
        match first.map(|entry| entry.instance.clone()) {
            Some(first) => self.show_frame(&first, 0),
            None => self.show_series(series),
        }
    }

    /// Goes to the group that many places on or back, by risk.
    pub(super) fn step_groups(&mut self, by: i64) -> Vec<Effect> {
        let rows = self.group_rows();
        let at = match &self.group {
            Some(look) => rows.iter().position(|row| row.look == *look),
            None => rows.iter().position(|row| row.selected),
        };
        let to = at.map_or(0, |at| (at as i64).saturating_add(by));
        let row = usize::try_from(to).ok().and_then(|to| rows.get(to));
        match row.map(|row| Arc::clone(&row.look)) {
            Some(look) => self.go_through(Some(look)),
            None => Vec::new(),
        }
    }

    /// The next group after this one, by risk and around the end, in which a series needs a verdict.
    pub(super) fn next_group(&self) -> Option<Arc<LookAlike>> {
        let rows = self.group_rows();
        let at = rows.iter().position(|row| Some(&row.look) == self.group.as_ref());
        let start = at.map_or(0, |at| at + 1);
        let mut around = rows.iter().cycle().skip(start).take(rows.len());
        let waits = |row: &&GroupRow| {
            let open = |uid: &SeriesUid| {
                self.series_state(uid).needs_verdict() && !self.verdict_pending(uid)
            };
            row.series.iter().any(open)
        };
        around.find(waits).map(|row| Arc::clone(&row.look))
    }
}

fn blank(look: &Arc<LookAlike>, example: crate::model::InstanceUid) -> GroupRow {
    GroupRow {
        look: Arc::clone(look),
        series: Vec::new(),
        instances: 0,
        frames: 0,
        findings: [0; 3],
        unsearched: 0,
        states: [0; 5],
        risks: Vec::new(),
        example,
        selected: false,
    }
}
