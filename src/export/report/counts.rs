//! Counts: by outcome, cause, modality, hidden place, and rule.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::export::report::guard::Guard;
use crate::export::run::Exported;
use crate::index::Batch;
use crate::model::{Layer, Outcome};

/// What stands in the place of a rule's words that hold a string of a subject.
const WITHHELD: &str = "rules whose words hold a string of a subject: they stand in the profile";

/// Counts by outcome; their sum is the number of files of the batch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Files of the input.
    pub files: usize,
    /// In the export.
    pub released: usize,
    /// Waiting for a person.
    pub held: usize,
    /// Rejected by a person.
    pub rejected: usize,
    /// Never released as they are.
    pub quarantined: usize,
    /// Not readable as an instance.
    pub problems: usize,
}

impl Tally {
    /// Counts the outcomes of a whole batch.
    pub fn of<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> Self {
        let mut tally = Self::default();
        outcomes.for_each(|outcome| tally.add(outcome));
        tally
    }

    /// Counts one more.
    pub const fn add(&mut self, outcome: &Outcome) {
        self.files += 1;
        match outcome {
            Outcome::Released => self.released += 1,
            Outcome::Held { .. } => self.held += 1,
            Outcome::Rejected { .. } => self.rejected += 1,
            Outcome::Quarantined { .. } => self.quarantined += 1,
            Outcome::Problem { .. } => self.problems += 1,
        }
    }

    /// Whether every file has its outcome.
    pub const fn is_conserved(&self, files: usize) -> bool {
        self.files == files
            && files == self.released + self.held + self.rejected + self.quarantined + self.problems
    }

    /// The outcomes by name.
    pub const fn named(&self) -> [(&'static str, usize); 5] {
        [
            ("released", self.released),
            ("held", self.held),
            ("rejected", self.rejected),
            ("quarantined", self.quarantined),
            ("problems", self.problems),
        ]
    }
}

/// What one rule decided in released instances.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleRow {
    /// The layer that it is of.
    pub layer: &'static str,
    /// Its name.
    pub rule: String,
    /// Attributes that it decided.
    pub attributes: u64,
    /// Instances in which it decided any.
    pub instances: usize,
}

/// Counts by outcome and cause or check.
pub(super) fn causes(exported: &[Exported]) -> BTreeMap<String, usize> {
    let mut causes: BTreeMap<String, usize> = BTreeMap::new();
    let mut count = |cause: String| *causes.entry(cause).or_default() += 1;
    for entry in exported {
        match &entry.outcome {
            Outcome::Released => {}
            Outcome::Held { reasons } => {
                let checks: BTreeSet<_> = reasons
                    .iter()
                    .map(|reason| format!("held: {}: {}", reason.check, reason.what))
                    .collect();
                checks.into_iter().for_each(&mut count);
            }
            Outcome::Rejected { .. } => count("rejected".into()),
            Outcome::Quarantined { cause } => count(format!("quarantined: {cause}")),
            Outcome::Problem { cause } => count(format!("problem: {cause}")),
        }
    }
    causes
}

/// Released instances by modality, as the released files say.
pub(super) fn modalities(batch: &Batch, exported: &[Exported]) -> BTreeMap<String, usize> {
    let mut modalities: BTreeMap<String, usize> = BTreeMap::new();
    for entry in exported.iter().filter(|entry| entry.outcome == Outcome::Released) {
        let modality = match &entry.told {
            Some(told) => told.alike.stated.modality.clone(),
            None => {
                batch.instances.get(&entry.path).map(|it| it.modality.clone()).unwrap_or_default()
            }
        };
        *modalities.entry(modality).or_default() += 1;
    }
    modalities
}

/// Released instances by hidden place and what became of it.
pub(super) fn hidden(exported: &[Exported]) -> BTreeMap<String, usize> {
    let mut hidden: BTreeMap<String, usize> = BTreeMap::new();
    for (place, fate) in exported.iter().flat_map(|entry| &entry.hidden) {
        *hidden.entry(format!("{}: {}", place.as_str(), fate.as_str())).or_default() += 1;
    }
    hidden
}

/// Released instances by attribute that was added.
pub(super) fn completed(exported: &[Exported]) -> BTreeMap<String, usize> {
    let mut completed: BTreeMap<String, usize> = BTreeMap::new();
    for path in exported.iter().flat_map(|entry| &entry.completed) {
        *completed.entry(path.to_string()).or_default() += 1;
    }
    completed
}

/// What each rule decided, by layer and rule.
pub(super) fn rules(exported: &[Exported], guard: &Guard<'_>) -> Vec<RuleRow> {
    let mut rows: BTreeMap<(Layer, &str), (u64, usize)> = BTreeMap::new();
    // Instances of a series mostly share their counts.
    let told = exported.iter().filter_map(|entry| entry.told.as_ref());
    let told: Vec<_> = told.map(|told| &told.alike).collect();
    for run in told.chunk_by(|one, next| std::sync::Arc::ptr_eq(one, next)) {
        for (layer, rule, count) in run.iter().take(1).flat_map(|alike| &alike.rules) {
            let row = rows.entry((*layer, rule)).or_default();
            row.0 += u64::from(*count) * run.len() as u64;
            row.1 += run.len();
        }
    }
    let mut told: BTreeMap<(Layer, String), (u64, usize)> = BTreeMap::new();
    for ((layer, rule), (attributes, instances)) in rows {
        // Only a site's own words can name anybody: all others are part of the program.
        let is_free = layer != Layer::Site || guard.names_nobody(rule);
        let rule = if is_free { rule.to_owned() } else { WITHHELD.to_owned() };
        let row = told.entry((layer, rule)).or_default();
        row.0 += attributes;
        // Of several that are not told the widest: one instance may have met all of them.
        row.1 = row.1.max(instances);
    }
    told.into_iter()
        .map(|((layer, rule), (attributes, instances))| RuleRow {
            layer: layer.as_str(),
            rule,
            attributes,
            instances,
        })
        .collect()
}
