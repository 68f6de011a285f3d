//! The review on disk: a folder with one SQLite file and the key of its audit chain.
//!
//! It holds old values and text read from images: it is as sensitive as the input. One program at
//! a time has it; what [`ReviewStore::append`] returned survives a crash of program and machine.

mod audit;
mod error;
mod event;
mod folder;
mod log;
mod record;
mod schema;
mod tables;
mod wire;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use zeroize::Zeroizing;

pub use error::{AuditFault, StoreError};
pub use event::{AuditHead, EventBody, LookedAt, NewEvent, Recorded, SampledFrame};
pub use folder::{PlacementFault, placement_fault};
pub use record::{Detection, InstanceRecord, OutcomeRecord, Settings};

/// An open review; nobody else can open it as long as this lives.
pub struct ReviewStore {
    connection: Connection,
    key: Zeroizing<[u8; 32]>,
    head: AuditHead,
    folder: PathBuf,
}

impl std::fmt::Debug for ReviewStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ReviewStore({} events)", self.head.seq)
    }
}

impl ReviewStore {
    /// Makes a new review (by custom `NAME.veridact`), readable by its owner only, and opens it.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when something stands there; [`StoreError::Io`].
    pub fn create(folder: &Path) -> Result<Self, StoreError> {
        folder::create(folder)?;
        Self::open(folder)
    }

    /// Opens a review: takes it for this program alone, checks the file, brings it up to date.
    ///
    /// Whether the log was changed from outside is a question of its own:
    /// [`ReviewStore::check_audit`].
    ///
    /// # Errors
    /// [`StoreError::NotAReview`], [`StoreError::InUse`], [`StoreError::Damaged`],
    /// [`StoreError::NewerSchema`], [`StoreError::AuditKey`], [`StoreError::Io`].
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        folder::secure(folder)?;
        let key = folder::audit_key(folder)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(folder.join(folder::DATABASE), flags)?;
        let journal = if folder::on_network(folder) { "DELETE" } else { "WAL" };
        take(&connection, folder, journal)?;
        check(&connection)?;
        schema::migrate(&mut connection, &mut |version| folder::backup_for(folder, version))?;
        let head = Self::read_head(&connection)?;
        Ok(Self { connection, key, head, folder: folder.to_owned() })
    }

    /// Opens a review to read it, also one that a newer program wrote, or in a folder where nobody can
    /// write. Nothing is brought up to date, and whatever would write is refused.
    ///
    /// # Errors
    /// [`StoreError::NotAReview`], [`StoreError::InUse`], [`StoreError::Damaged`],
    /// [`StoreError::Unclosed`], [`StoreError::AuditKey`], [`StoreError::Io`].
    pub fn open_to_read(folder: &Path) -> Result<Self, StoreError> {
        folder::stands(folder)?;
        let key = folder::audit_key(folder)?;
        let connection = reading(folder)?;
        connection.execute_batch("PRAGMA query_only = ON")?;
        check(&connection)?;
        schema::is_ours(&connection)?;
        let head = Self::read_head(&connection)?;
        Ok(Self { connection, key, head, folder: folder.to_owned() })
    }

    /// Opens the review, or makes it where nothing stands yet.
    ///
    /// # Errors
    /// Those of [`ReviewStore::open`] and [`ReviewStore::create`].
    pub fn open_or_create(folder: &Path) -> Result<Self, StoreError> {
        if Self::is_at(folder) { Self::open(folder) } else { Self::create(folder) }
    }

    /// Whether something stands there that is to be opened. Where a review was begun and never
    /// finished, or a folder is empty, nothing does.
    pub fn is_at(folder: &Path) -> bool {
        !folder::is_unmade(folder)
    }

    /// The review's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes the journal into the database and closes it. Dropping does the same but cannot say
    /// when it fails; nothing durable is lost either way.
    ///
    /// # Errors
    /// Those of the database.
    pub fn close(self) -> Result<(), StoreError> {
        self.connection.flush_prepared_statement_cache();
        self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
        self.connection.close().map_err(|(_connection, error)| error.into())
    }
}

/// A connection that only reads. Where not even the locks of readers can be written, nobody writes
/// the database either.
fn reading(folder: &Path) -> Result<Connection, StoreError> {
    let path = folder.join(folder::DATABASE);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = || -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(&path, flags)?;
        connection.busy_timeout(Duration::ZERO)?;
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_row| Ok(()))?;
        Ok(connection)
    };
    match opened() {
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::CannotOpen) => {
            if folder::has_journal(folder) {
                return Err(StoreError::Unclosed { path: folder.to_owned() });
            }
            let name = folder::as_uri(&path) + "?immutable=1";
            Ok(Connection::open_with_flags(name, flags | OpenFlags::SQLITE_OPEN_URI)?)
        }
        opened => opened.map_err(|error| in_use(error, folder)),
    }
}

fn in_use(error: rusqlite::Error, folder: &Path) -> StoreError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
            StoreError::InUse { path: folder.to_owned() }
        }
        _ => error.into(),
    }
}

/// Takes the database for this connection alone, with every commit on disk before it returns.
fn take(connection: &Connection, folder: &Path, journal: &str) -> Result<(), StoreError> {
    let in_use = |error| in_use(error, folder);
    connection.busy_timeout(Duration::ZERO)?;
    // Before the first access: a WAL is then kept without shared memory.
    connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE").map_err(in_use)?;
    connection
        .execute_batch(&format!(
            "PRAGMA journal_mode = {journal};
             PRAGMA synchronous = FULL;
             PRAGMA foreign_keys = ON;
             PRAGMA secure_delete = ON;
             BEGIN EXCLUSIVE; COMMIT;"
        ))
        .map_err(in_use)
}

fn check(connection: &Connection) -> Result<(), StoreError> {
    let answer: String = connection.pragma_query_value(None, "quick_check", |row| row.get(0))?;
    if answer == "ok" { Ok(()) } else { Err(StoreError::Damaged) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What SQLite says of itself once a connection was taken.
    fn settings(connection: &Connection) -> (String, String, [i64; 3]) {
        let word = |name| connection.pragma_query_value(None, name, |row| row.get(0)).unwrap();
        let number = |name| connection.pragma_query_value(None, name, |row| row.get(0)).unwrap();
        let numbers = ["synchronous", "foreign_keys", "secure_delete"].map(number);
        (word("journal_mode"), word("locking_mode"), numbers)
    }

    #[test]
    fn every_commit_is_flushed_and_nobody_else_gets_in() {
        let folder = tempfile::tempdir().unwrap();
        let store = ReviewStore::create(&folder.path().join("r.veridact")).unwrap();
        // 2 is FULL: the journal is flushed before a commit returns.
        let wanted = ("wal".to_owned(), "exclusive".to_owned(), [2, 1, 1]);
        assert_eq!(settings(&store.connection), wanted);
        let shared = Connection::open(folder.path().join("shared.db")).unwrap();
        take(&shared, folder.path(), "DELETE").unwrap();
        let wanted = ("delete".to_owned(), "exclusive".to_owned(), [2, 1, 1]);
        assert_eq!(settings(&shared), wanted, "on a share of a network");
    }
}
