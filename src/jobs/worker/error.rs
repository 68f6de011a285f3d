//! How a request to a worker fails.

use crate::model::Cause;

/// A request failed: the file it was about gets the cause.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{cause}: {what}")]
pub struct WorkerError {
    /// What the file is filed under.
    pub cause: Cause,
    /// What happened, for people; never a value of the file, never its path.
    pub what: String,
}

impl WorkerError {
    /// An error with its words.
    pub fn new(cause: Cause, what: impl Into<String>) -> Self {
        Self { cause, what: what.into() }
    }

    /// The worker itself failed: crash, time, memory, or an answer that makes no sense.
    pub(crate) fn failed(what: impl Into<String>) -> Self {
        Self::new(Cause::WorkerFailed, what)
    }

    /// A file could not be read or written. Only the kind is told: system messages hold paths.
    pub(crate) fn unreadable(error: &std::io::Error) -> Self {
        Self::new(Cause::Unreadable, error.kind().to_string())
    }
}
