//! How the files of the last export ended, and why.

use crate::model::{DIRECT_IDENTIFIERS, HoldReason, InstanceUid, Outcome, Verdict};
use crate::review::ReviewState;
use crate::review::rows::{OutcomeReason, OutcomeRow};
use crate::store::OutcomeRecord;

/// The checks that stand beside what was held by decision, not by verify: there is nothing to accept.
const BY_DECISION: [&str; 3] = ["review", "gate", "withdrawn"];
/// The check that stands beside what a question of identity holds.
const IDENTITY: &str = "identity";

/// What the export says of an instance whose series a reader holds.
pub const HELD_BY_READER: &str = "held by a reviewer";

/// Words that the reason to let something stay must hold, if it names somebody by itself.
fn spelled(reason: &HoldReason) -> Option<&'static str> {
    DIRECT_IDENTIFIERS.into_iter().find(|what| *what == reason.what)
}

impl ReviewState {
    /// The words of [`DIRECT_IDENTIFIERS`] that the reason to accept a place must hold.
    pub(super) fn must_spell(&self, instance: &InstanceUid, place: &str) -> Vec<&'static str> {
        let of = self.outcomes.iter().filter(|record| record.instance.as_ref() == Some(instance));
        let held = of.flat_map(|record| match &record.outcome {
            Outcome::Held { reasons } => reasons.as_slice(),
            _ => &[],
        });
        held.filter(|reason| reason.place == place).filter_map(spelled).collect()
    }

    /// How the files of the last export ended.
    pub fn outcome_rows(&self) -> Vec<OutcomeRow> {
        let series = |instance: &Option<InstanceUid>| {
            let series = instance.as_ref().and_then(|uid| self.outline.series_of(uid));
            series.and_then(|uid| self.outline.one_series(uid))
        };
        let rows = self.outcomes.iter().map(|record| {
            let entry = series(&record.instance);
            OutcomeRow {
                path: record.path.clone(),
                instance: record.instance.clone(),
                series_label: entry.map(|entry| entry.label.clone()).unwrap_or_default(),
                modality: entry.map(|entry| entry.modality.clone()).unwrap_or_default(),
                outcome: record.outcome.slug(),
                reasons: self.outcome_reasons(record),
            }
        });
        rows.collect()
    }

    fn outcome_reasons(&self, record: &OutcomeRecord) -> Vec<OutcomeReason> {
        let plain = |words: String| OutcomeReason {
            words,
            residual: None,
            spelled: None,
            accepted: false,
            question: None,
        };
        match &record.outcome {
            Outcome::Released => Vec::new(),
            Outcome::Held { reasons } => {
                let held = reasons.iter().map(|reason| match (&record.instance, &*reason.check) {
                    (Some(instance), IDENTITY) => OutcomeReason {
                        question: self.question_of(instance),
                        ..plain(reason.what.clone())
                    },
                    (Some(instance), check) if !BY_DECISION.contains(&check) => OutcomeReason {
                        words: format!("{}: {} ({check})", reason.place, reason.what),
                        residual: Some(reason.place.clone()),
                        spelled: spelled(reason),
                        accepted: self.decisions().residual(instance, &reason.place).is_some(),
                        question: None,
                    },
                    // The export holds no reader's own words: they stand in the review.
                    (Some(instance), _) if reason.what == HELD_BY_READER => {
                        let because = self.held_because(instance);
                        let because = because.map(|words| format!(": {words}"));
                        plain(format!("{HELD_BY_READER}{}", because.unwrap_or_default()))
                    }
                    _ => plain(reason.what.clone()),
                });
                held.collect()
            }
            Outcome::Rejected { reason } => vec![plain(reason.clone())],
            Outcome::Quarantined { cause } | Outcome::Problem { cause } => {
                vec![plain(cause.to_string())]
            }
        }
    }

    /// Why a reader holds the series of an instance.
    fn held_because(&self, instance: &InstanceUid) -> Option<&str> {
        let given = self.decisions().verdict(self.outline.series_of(instance)?)?;
        (given.verdict == Verdict::Held).then_some(given.reason.as_str())
    }
}
