//! The tables, version by version.

use std::path::PathBuf;

use rusqlite::{Connection, Transaction};

use crate::store::{StoreError, folder};

/// Marks the file as a review (`VRDT`).
const APPLICATION_ID: i64 = 0x5652_4454;

/// What turns version n into version n + 1, from 0 (an empty file) on. Never change one that was
/// released: add another.
const MIGRATIONS: &[&str] = &[VERSION_1, VERSION_2, VERSION_3, VERSION_4];

const VERSION_1: &str = "
CREATE TABLE events (
    seq          INTEGER PRIMARY KEY,
    at_utc       TEXT NOT NULL,
    reader       TEXT NOT NULL,
    kind         TEXT NOT NULL,
    payload      TEXT NOT NULL,
    salt         BLOB NOT NULL,
    payload_hash BLOB NOT NULL,
    hmac         BLOB NOT NULL
) STRICT;
CREATE TRIGGER events_no_update BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER events_no_delete BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TABLE instances (
    path        BLOB PRIMARY KEY,
    input       BLOB NOT NULL,
    size        INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    sop_uid     TEXT NOT NULL,
    series_uid  TEXT NOT NULL
) STRICT;
CREATE INDEX instances_by_series ON instances (series_uid);
CREATE TABLE detections (
    sop_uid  TEXT PRIMARY KEY,
    input    BLOB NOT NULL,
    detector BLOB NOT NULL,
    frames   TEXT NOT NULL
) STRICT;
CREATE TABLE outcomes (
    path    BLOB PRIMARY KEY,
    sop_uid TEXT,
    outcome TEXT NOT NULL,
    cause   TEXT,
    reason  TEXT
) STRICT;
CREATE TABLE hold_reasons (
    path    BLOB NOT NULL REFERENCES outcomes (path) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    check_name TEXT NOT NULL,
    place   TEXT NOT NULL,
    what    TEXT NOT NULL,
    PRIMARY KEY (path, ordinal)
) STRICT;
CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;
";

/// A review may go with several input folders: two batches in one destination.
const VERSION_2: &str = "
ALTER TABLE instances RENAME TO old_instances;
DROP INDEX instances_by_series;
CREATE TABLE instances (
    root       BLOB NOT NULL,
    path       BLOB NOT NULL,
    input      BLOB NOT NULL,
    size       INTEGER NOT NULL,
    sop_uid    TEXT NOT NULL,
    series_uid TEXT NOT NULL,
    PRIMARY KEY (root, path)
) STRICT;
INSERT INTO instances
    SELECT settings.value, path, input, size, sop_uid, series_uid
    FROM old_instances JOIN settings ON settings.name = 'input';
DROP TABLE old_instances;
";

/// The log can hold overrides of the gate: older programs must not take half of it for the whole.
const VERSION_3: &str = "";

/// The log can hold projections that were looked at.
const VERSION_4: &str = "";

/// The version this program writes.
pub(super) const fn known() -> i64 {
    MIGRATIONS.len() as i64
}

/// Brings the tables to the version this program writes. Before an older version is changed, it is
/// copied whole to where `backup` says.
///
/// # Errors
/// [`StoreError::NewerSchema`] when a newer program wrote them, or those of the copy; nothing was
/// changed.
pub(super) fn migrate(
    connection: &mut Connection,
    backup: &mut dyn FnMut(i64) -> Result<PathBuf, StoreError>,
) -> Result<(), StoreError> {
    let found = version(connection)?;
    if found > known() {
        return Err(StoreError::NewerSchema { found, known: known() });
    }
    if found < known() && found > 0 {
        let copy = backup(found)?;
        connection.execute("VACUUM INTO ?1", [copy.to_string_lossy()])?;
        folder::flush(&copy)?;
    }
    let transaction = connection.transaction()?;
    for (at, script) in MIGRATIONS.iter().enumerate().skip(usize::try_from(found).unwrap_or(0)) {
        step(&transaction, script, at as i64 + 1)?;
    }
    transaction.commit()?;
    Ok(())
}

/// The version of the tables; 0 of an empty file.
fn version(connection: &Connection) -> Result<i64, StoreError> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let id: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if found < 0 || (found > 0 && id != APPLICATION_ID) {
        return Err(StoreError::Damaged);
    }
    Ok(found)
}

/// Checks that the tables are those of a review, of whichever version.
///
/// # Errors
/// [`StoreError::Damaged`].
pub(super) fn is_ours(connection: &Connection) -> Result<(), StoreError> {
    if version(connection)? > 0 { Ok(()) } else { Err(StoreError::Damaged) }
}

fn step(transaction: &Transaction<'_>, script: &str, version: i64) -> Result<(), StoreError> {
    transaction.execute_batch(script)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", version)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_the_first_version_keep_their_folder() {
        let mut old = Connection::open_in_memory().unwrap();
        let transaction = old.transaction().unwrap();
        step(&transaction, VERSION_1, 1).unwrap();
        transaction.execute("INSERT INTO settings VALUES ('input', ?1)", [&b"/in"[..]]).unwrap();
        transaction
            .execute(
                "INSERT INTO instances VALUES (?1, ?2, 7, 9, '1.2', '1.3')",
                [&b"a.dcm"[..], b"x"],
            )
            .unwrap();
        transaction.commit().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut backups = Vec::new();
        let mut backup = |version| {
            backups.push(version);
            Ok(folder.path().join("copy"))
        };
        migrate(&mut old, &mut backup).unwrap();
        let row = old.query_row("SELECT root, path, size, series_uid FROM instances", [], |row| {
            Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?, row.get(2)?, row.get(3)?))
        });
        let wanted = (b"/in".to_vec(), b"a.dcm".to_vec(), 7_i64, "1.3".to_owned());
        assert_eq!(row.unwrap(), wanted);
        migrate(&mut old, &mut backup).unwrap();
        assert_eq!(backups, [1], "only what changes is copied");
        let copy = Connection::open(folder.path().join("copy")).unwrap();
        let sql = "SELECT path FROM instances";
        let path: Vec<u8> = copy.query_row(sql, [], |row| row.get(0)).unwrap();
        assert_eq!((path, version(&copy).unwrap()), (b"a.dcm".to_vec(), 1));
    }

    #[test]
    fn without_a_copy_nothing_is_changed() {
        let mut old = Connection::open_in_memory().unwrap();
        let transaction = old.transaction().unwrap();
        step(&transaction, VERSION_1, 1).unwrap();
        transaction.commit().unwrap();
        assert!(migrate(&mut old, &mut |_| Err(StoreError::Full)).is_err());
        let nowhere = |_| Ok(PathBuf::from("/proc/nowhere/copy"));
        assert!(migrate(&mut old, &mut { nowhere }).is_err());
        assert_eq!(version(&old).unwrap(), 1);
    }
}
