//! The append-only log: journal, undo and audit at once.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use crate::model::Digest256;
use crate::store::audit::{self, Link};
use crate::store::{AuditFault, AuditHead, EventBody, NewEvent, Recorded, ReviewStore, StoreError};

const COLUMNS: &str = "seq, at_utc, reader, kind, payload, salt, payload_hash, hmac";

/// One row of the table, unread.
struct Entry {
    seq: u64,
    at: String,
    reader: String,
    kind: String,
    payload: String,
    salt: Vec<u8>,
    payload_hash: Vec<u8>,
    hmac: Vec<u8>,
}

impl Entry {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            // No entry has a negative number: it shows as a gap.
            seq: u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0),
            at: row.get(1)?,
            reader: row.get(2)?,
            kind: row.get(3)?,
            payload: row.get(4)?,
            salt: row.get(5)?,
            payload_hash: row.get(6)?,
            hmac: row.get(7)?,
        })
    }

    fn recorded(self) -> Result<Recorded, StoreError> {
        let seq = self.seq;
        let unreadable = || StoreError::Entry { seq };
        Ok(Recorded {
            ticket: 0,
            seq,
            at: self.at.parse().map_err(|_no_time| unreadable())?,
            body: EventBody::from_payload(&self.kind, &self.payload).ok_or_else(unreadable)?,
            reader: self.reader,
            hmac: digest(&self.hmac).ok_or_else(unreadable)?,
        })
    }
}

fn digest(bytes: &[u8]) -> Option<Digest256> {
    bytes.try_into().ok().map(Digest256)
}

impl ReviewStore {
    /// Appends an event and returns when it is durable.
    ///
    /// `at` is the caller's clock; it is kept to the millisecond. When this returns an error the
    /// event is not in the log; only a disk that takes nothing at all any more cannot be made to
    /// forget what it was given, and after a crash may show it.
    ///
    /// # Errors
    /// [`StoreError::Database`] when the disk is full or fails; [`StoreError::Random`].
    pub fn append(&mut self, event: &NewEvent, at: Timestamp) -> Result<Recorded, StoreError> {
        let kind = event.body.kind();
        let seq = self.head.seq + 1;
        let payload = event.body.to_payload().ok_or(StoreError::Entry { seq })?;
        let mut salt = [0u8; 16];
        getrandom::fill(&mut salt).map_err(|_no_source| StoreError::Random)?;
        let text = format!("{at:.3}");
        let at = text.parse().map_err(|_no_time| StoreError::Entry { seq })?;
        let payload_hash = audit::payload_hash(&salt, &payload);
        let link = Link { seq, at: &text, reader: &event.reader, kind, payload_hash };
        let hmac = audit::chain(&self.key, self.head.hmac, &link);
        let sql = "INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let written = self.connection.prepare_cached(sql).and_then(|mut statement| {
            statement.execute(params![
                i64::try_from(seq).unwrap_or(i64::MAX),
                text,
                event.reader,
                kind,
                payload,
                salt.as_slice(),
                payload_hash.0.as_slice(),
                hmac.0.as_slice()
            ])
        });
        if let Err(error) = written {
            self.forget_refused();
            return Err(error.into());
        }
        self.head = AuditHead { seq, hmac };
        let (reader, body) = (event.reader.clone(), event.body.clone());
        Ok(Recorded { ticket: event.ticket, seq, at, reader, body, hmac })
    }

    /// Empties the journal. What was refused because it could not be flushed may lie in it whole, and
    /// whoever opens it after a crash would take it for made.
    fn forget_refused(&self) {
        let _emptied = self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").is_ok();
    }

    /// Reads all events, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Entry`] for one that cannot be read: a log is used whole or not at all.
    pub fn events(&self) -> Result<Vec<Recorded>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM events ORDER BY seq");
        let mut statement = self.connection.prepare(&sql)?;
        let entries = statement.query_map([], Entry::read)?;
        entries.map(|entry| entry?.recorded()).collect()
    }

    /// Where the audit chain ends.
    pub const fn audit_head(&self) -> AuditHead {
        self.head
    }

    /// Checks the whole log: nothing changed, dropped, added or moved.
    ///
    /// A tail that was cut shows only against a head: [`ReviewStore::check_audit_against`].
    ///
    /// # Errors
    /// [`StoreError::Audit`] with the first fault.
    pub fn check_audit(&self) -> Result<(), StoreError> {
        self.walk(None).map(|_last| ())
    }

    /// Checks the whole log, and that `head` is part of its history.
    ///
    /// # Errors
    /// [`StoreError::Audit`] with the first fault.
    pub fn check_audit_against(&self, head: &AuditHead) -> Result<(), StoreError> {
        let last = self.walk(Some(head))?;
        if last < head.seq {
            return Err(AuditFault::Cut { last, head: head.seq }.into());
        }
        Ok(())
    }

    fn walk(&self, head: Option<&AuditHead>) -> Result<u64, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM events ORDER BY seq");
        let mut statement = self.connection.prepare(&sql)?;
        let (mut previous, mut last) = (audit::START, 0);
        for entry in statement.query_map([], Entry::read)? {
            let entry = entry?;
            previous = self.link(&entry, last, previous)?;
            last = entry.seq;
            if head.is_some_and(|head| head.seq == last && head.hmac != previous) {
                return Err(AuditFault::OtherHistory { seq: last }.into());
            }
        }
        Ok(last)
    }

    fn link(&self, entry: &Entry, last: u64, previous: Digest256) -> Result<Digest256, AuditFault> {
        let seq = entry.seq;
        if seq != last + 1 {
            return Err(AuditFault::Gap { expected: last + 1 });
        }
        let payload_hash = audit::payload_hash(&entry.salt, &entry.payload);
        if entry.payload_hash != payload_hash.0 {
            return Err(AuditFault::Payload { seq });
        }
        let (at, reader, kind) = (&*entry.at, &*entry.reader, &*entry.kind);
        let hmac = audit::chain(&self.key, previous, &Link { seq, at, reader, kind, payload_hash });
        if entry.hmac != hmac.0 {
            return Err(AuditFault::Chain { seq });
        }
        Ok(hmac)
    }

    /// The head as the last row has it.
    pub(super) fn read_head(connection: &rusqlite::Connection) -> Result<AuditHead, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM events ORDER BY seq DESC LIMIT 1");
        let last = connection.query_row(&sql, [], Entry::read).optional()?;
        let Some(entry) = last else { return Ok(AuditHead { seq: 0, hmac: audit::START }) };
        let hmac = digest(&entry.hmac).ok_or(StoreError::Entry { seq: entry.seq })?;
        Ok(AuditHead { seq: entry.seq, hmac })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_takes_nothing_and_the_log_goes_on_when_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = ReviewStore::create(&folder.path().join("r.veridact")).unwrap();
        let event = |ticket| NewEvent {
            ticket,
            reader: "ann".into(),
            body: EventBody::Waived { what: "x".repeat(50_000) },
        };
        store.append(&event(1), Timestamp::UNIX_EPOCH).unwrap();
        let pages: i64 =
            store.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        let room = |store: &ReviewStore, pages: i64| {
            let sql = format!("PRAGMA max_page_count = {pages}");
            store.connection.query_row(&sql, [], |_row| Ok(())).unwrap();
        };
        room(&store, pages);
        let head = store.audit_head();
        let refused = store.append(&event(2), Timestamp::UNIX_EPOCH);
        assert!(matches!(refused, Err(StoreError::Full)), "{refused:?}");
        assert_eq!(store.audit_head(), head);
        assert_eq!(store.events().unwrap().len(), 1);
        room(&store, 1 << 20);
        store.append(&event(3), Timestamp::UNIX_EPOCH).unwrap();
        store.check_audit().unwrap();
        assert_eq!(store.events().unwrap().len(), 2);
    }
}
