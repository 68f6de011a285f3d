//! The state of a review: what is decided, shown and still open. No window, no threads, no DICOM.
//!
//! [`ReviewState::handle`] takes an intent and says what must happen outside; a decision is *made*
//! when its event came back durable through [`ReviewState::recorded`], and only then counts. What
//! holds is the fold of the log: [`Journal`], [`Decisions`]. A verdict holds as long as its
//! [`fingerprint`] does.

mod command;
mod decisions;
mod diff;
mod effect;
mod error;
mod fingerprint;
mod folds;
mod gate;
mod going;
mod groups;
mod identity;
mod journal;
mod outline;
mod overriding;
mod rows;
mod sample;
mod seen;
mod series;
mod state;
#[cfg(test)]
mod tests;

use crate::store::ReviewStore;

pub use crate::profile::GateDemand;

pub use command::{
    AttributeCommand, Command, ExportCommand, FindingCommand, FindingRef, IdentityCommand,
    MaskCommand, ScopeLevel, Screen, SelectCommand, VerdictCommand, ViewCommand,
};
pub use decisions::{
    Decisions, FindingState, OverrideInForce, Provenance, ResidualAccepted, TOLERANCE, VerdictGiven,
};
pub use diff::{
    BeforeValue, DiffClass, DiffRow, dataset_order, diff_rows, keyword, mark_overrides,
};
pub use effect::{Effect, ExportRequest, Notice, NoticeLevel};
pub use error::ReviewError;
pub use fingerprint::{Member, SeriesBasis, fingerprint};
pub use folds::{FoldsSeen, stack_digest};
pub use gate::{BENCHMARK, FACES, GateFacts, Unmet, problems_question, unmet};
pub use going::{GateSeries, batch_digest};
pub use groups::{GroupRow, LookCount, Risk};
pub use identity::{Identities, IdentityQuestion, PersonSaid, Said, SeriesOwner};
pub use journal::{Journal, StepTold};
pub use outline::{
    InstanceCard, InstanceEntry, Outline, PatientEntry, ProblemCard, SeriesEntry, StudyEntry,
};
pub use overriding::override_fault;
pub use rows::{
    Choice, FindingRow, FoldBox, FrameMark, GateRow, GroupException, GroupOffer, HistoryRow,
    InstanceRow, MaskRow, OutcomeReason, OutcomeRow, ProblemRow, QuestionRow, QuestionState,
    ScopeBanner, SeriesRow, StatusCounts,
};
pub use sample::{Sample, upper_bound};
pub use seen::Seen;
pub use series::{Basis, Demand, OpenItem, SeriesState, SeriesSummary};
pub use state::{HELD_BY_READER, ReviewState, Selection, View};

/// Folds the log of a review after checking that nobody changed it.
///
/// # Errors
/// Those of the store, [`crate::store::StoreError::Audit`] among them.
pub fn load_journal(store: &ReviewStore) -> Result<Journal, ReviewError> {
    store.check_audit()?;
    Ok(Journal::replay(&store.events()?))
}

/// Reads what is decided in a review: the same fold as the window's.
///
/// # Errors
/// Those of [`load_journal`].
pub fn load(store: &ReviewStore) -> Result<Decisions, ReviewError> {
    Ok(load_journal(store)?.into_decisions())
}
