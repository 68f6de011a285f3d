//! What verify found in released files and a person accepted.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::export::report::guard::Guard;
use crate::export::run::Exported;
use crate::index::{Batch, Instance};

/// What a person typed when a residual was accepted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ResidualReason {
    /// It names nobody of the batch.
    Told(String),
    /// It stands in the review: it holds a string of a subject, or something of its form.
    InReview,
}

/// A finding that was accepted, with the number of instances that it was accepted in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Residual {
    /// Which check spoke.
    pub check: String,
    /// Where.
    pub place: String,
    /// What it found.
    pub what: String,
    /// Why it may stay.
    pub reason: ResidualReason,
    /// Released instances with it.
    pub instances: usize,
}

/// The accepted findings of all released files; `reason` gives what was typed for a place of an instance.
pub(super) fn residuals<'a>(
    (batch, exported): (&Batch, &[Exported]),
    reason: &dyn Fn(&Instance, &str) -> Option<&'a str>,
    guard: &Guard<'_>,
) -> Vec<Residual> {
    let mut checked: BTreeMap<&str, bool> = BTreeMap::new();
    let mut rows: BTreeMap<(&str, &str, &str, ResidualReason), usize> = BTreeMap::new();
    for entry in exported {
        let (Some(told), Some(instance)) = (&entry.told, batch.instances.get(&entry.path)) else {
            continue;
        };
        for found in &told.accepted {
            let typed = reason(instance, &found.place)
                .map(str::trim)
                .filter(|typed| *checked.entry(typed).or_insert_with(|| guard.may_be_told(typed)));
            let reason =
                typed.map_or(ResidualReason::InReview, |typed| ResidualReason::Told(typed.into()));
            *rows.entry((&found.check, &found.place, &found.what, reason)).or_default() += 1;
        }
    }
    let row =
        |((check, place, what, reason), instances): ((&str, &str, &str, _), usize)| Residual {
            check: check.to_owned(),
            place: place.to_owned(),
            what: what.to_owned(),
            reason,
            instances,
        };
    rows.into_iter().map(row).collect()
}
