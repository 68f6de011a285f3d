//! What can go wrong with a review on disk.

use std::io;
use std::path::PathBuf;

/// Why a review could not be made, opened, read or written. Never holds a value of a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Something stands there already.
    #[error("a review cannot be made where something stands already: {}", path.display())]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// There is no review.
    #[error("no review is there (a folder with review.db and audit.key): {}", path.display())]
    NotAReview {
        /// The folder.
        path: PathBuf,
    },
    /// A link stands in it.
    #[error("a link stands in the review, and may lead anywhere: {}", path.display())]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// Another window or command has it.
    #[error("the review is open in another window or command; close it there first: {}", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// A newer program wrote it.
    #[error("the review was written by a newer Veridact (format {found}, this one knows {known})")]
    NewerSchema {
        /// What it has.
        found: i64,
        /// What this program knows.
        known: i64,
    },
    /// It was opened for reading, or lies where nobody can write.
    #[error("the review can only be read: its folder is read-only, or a newer Veridact wrote it")]
    ReadOnly,
    /// A crash left entries beside the database, and here nobody can write them into it.
    #[error("the review was not closed, and cannot be read whole where it cannot be written: {}", path.display())]
    Unclosed {
        /// The folder.
        path: PathBuf,
    },
    /// There is no room for what should be written; nothing of it was.
    #[error("the disk of the review is full; make room on it, then do it again")]
    Full,
    /// SQLite found the file damaged.
    #[error("the review's database is damaged: restore the folder from a backup")]
    Damaged,
    /// The key of the audit chain is not what it must be.
    #[error("the review's audit key is missing or not 64 hexadecimal digits")]
    AuditKey,
    /// The log is not what was written.
    #[error("the review's log was changed from outside: {0}")]
    Audit(#[from] AuditFault),
    /// An entry does not say what this version understands.
    #[error("entry {seq} of the log cannot be read")]
    Entry {
        /// Which.
        seq: u64,
    },
    /// A row of a table does not say what this version understands.
    #[error("a row of {table} cannot be read")]
    Row {
        /// Which table.
        table: &'static str,
    },
    /// No randomness.
    #[error("the system gives no random bytes")]
    Random,
    /// A file of the review.
    #[error("{doing}: {source}: {}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The system's answer.
        source: io::Error,
        /// Which file or folder.
        path: PathBuf,
    },
    /// The database.
    #[error("the review's database refused: {0}")]
    Database(#[source] rusqlite::Error),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged,
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            _ => Self::Database(error),
        }
    }
}

/// How the log differs from what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuditFault {
    /// An entry is missing, doubled or out of order.
    #[error("entry {expected} is missing or out of its order")]
    Gap {
        /// The entry that should stand there.
        expected: u64,
    },
    /// What an entry says was changed.
    #[error("what entry {seq} says was changed")]
    Payload {
        /// Which.
        seq: u64,
    },
    /// Time, reader, kind, order or the chain itself was changed.
    #[error("entry {seq} does not follow the one before it")]
    Chain {
        /// Which.
        seq: u64,
    },
    /// The log ends before the head that was given.
    #[error("the log ends at entry {last}; entry {head} was there once")]
    Cut {
        /// The last entry there is.
        last: u64,
        /// The entry of the head.
        head: u64,
    },
    /// The log has another history than the head that was given.
    #[error("entry {seq} is not the one that was published")]
    OtherHistory {
        /// The entry of the head.
        seq: u64,
    },
}
