//! Inputs, findings, outcomes and settings: what stands beside the log.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use rusqlite::{OptionalExtension, Row, Transaction, params};

use crate::model::{Cause, Digest256, HoldReason, InstanceUid, Outcome, Phi, SeriesUid};
use crate::store::{
    Detection, InstanceRecord, OutcomeRecord, ReviewStore, Settings, StoreError, wire,
};

fn digest(bytes: &[u8], table: &'static str) -> Result<Digest256, StoreError> {
    bytes.try_into().map(Digest256).map_err(|_not_32_bytes| StoreError::Row { table })
}

fn path_from(bytes: Vec<u8>) -> Phi<PathBuf> {
    Phi::new(PathBuf::from(OsString::from_vec(bytes)))
}

fn bytes_of(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}

impl ReviewStore {
    /// Writes the input files of one input folder, in the place of what was known of it; all or
    /// none.
    ///
    /// # Errors
    /// Those of the database.
    pub fn put_instances(
        &mut self,
        root: &Path,
        records: &[InstanceRecord],
    ) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        transaction.execute("DELETE FROM instances WHERE root = ?1", [bytes_of(root)])?;
        {
            let mut statement = transaction
                .prepare_cached("INSERT INTO instances VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
            for record in records {
                statement.execute(params![
                    bytes_of(root),
                    bytes_of(record.path.expose()),
                    record.input.0.as_slice(),
                    i64::try_from(record.size).unwrap_or(i64::MAX),
                    record.instance.as_str(),
                    record.series.as_str()
                ])?;
            }
        }
        Ok(transaction.commit()?)
    }

    /// The input folders whose files are known.
    ///
    /// # Errors
    /// Those of the database.
    pub fn inputs(&self) -> Result<Vec<Phi<PathBuf>>, StoreError> {
        let mut statement =
            self.connection.prepare("SELECT DISTINCT root FROM instances ORDER BY root")?;
        let rows = statement.query_map([], |row| row.get(0).map(path_from))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// All files of one input folder, by path.
    ///
    /// # Errors
    /// Those of the database; [`StoreError::Row`].
    pub fn instances(&self, root: &Path) -> Result<Vec<InstanceRecord>, StoreError> {
        let mut statement =
            self.connection.prepare("SELECT * FROM instances WHERE root = ?1 ORDER BY path")?;
        let rows = statement.query_map([bytes_of(root)], instance_row)?;
        rows.map(|row| row?).collect()
    }

    /// Writes what detection said of an instance, in the place of what it said before.
    ///
    /// # Errors
    /// Those of the database.
    pub fn put_detection(&mut self, detection: &Detection) -> Result<(), StoreError> {
        let frames = wire::encode_frames(&detection.frames)
            .map_err(|_not_written| StoreError::Row { table: "detections" })?;
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO detections VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![
                detection.instance.as_str(),
                detection.input.0.as_slice(),
                detection.detector.0.as_slice(),
                frames
            ])?;
        Ok(())
    }

    /// What detection said of an instance. The caller compares input and detector.
    ///
    /// # Errors
    /// Those of the database; [`StoreError::Row`].
    pub fn detection(&self, instance: &InstanceUid) -> Result<Option<Detection>, StoreError> {
        self.connection
            .prepare_cached("SELECT * FROM detections WHERE sop_uid = ?1")?
            .query_row([instance.as_str()], detection_row)
            .optional()?
            .transpose()
    }

    /// What detection said of all instances, by UID.
    ///
    /// # Errors
    /// Those of the database; [`StoreError::Row`].
    pub fn detections(&self) -> Result<Vec<Detection>, StoreError> {
        let mut statement = self.connection.prepare("SELECT * FROM detections ORDER BY sop_uid")?;
        let rows = statement.query_map([], detection_row)?;
        rows.map(|row| row?).collect()
    }

    /// Writes how the files of an export ended, in the place of those of the last; all or none.
    ///
    /// # Errors
    /// Those of the database.
    pub fn put_outcomes(&mut self, records: &[OutcomeRecord]) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        transaction.execute("DELETE FROM outcomes", [])?;
        for record in records {
            insert_outcome(&transaction, record)?;
        }
        Ok(transaction.commit()?)
    }

    /// How the files of the last export ended, by path; empty when there was none.
    ///
    /// # Errors
    /// Those of the database; [`StoreError::Row`].
    pub fn outcomes(&self) -> Result<Vec<OutcomeRecord>, StoreError> {
        let mut statement = self.connection.prepare("SELECT * FROM outcomes ORDER BY path")?;
        let rows = statement.query_map([], |row| {
            Ok(OutcomeRow {
                path: row.get(0)?,
                instance: row.get(1)?,
                outcome: row.get(2)?,
                cause: row.get(3)?,
                reason: row.get(4)?,
            })
        })?;
        rows.map(|row| self.outcome(row?)).collect()
    }

    fn outcome(&self, row: OutcomeRow) -> Result<OutcomeRecord, StoreError> {
        let unreadable = || StoreError::Row { table: "outcomes" };
        let cause = || row.cause.as_deref().and_then(Cause::from_slug).ok_or_else(unreadable);
        let outcome = match row.outcome.as_str() {
            "released" => Outcome::Released,
            "held" => Outcome::Held { reasons: self.hold_reasons(&row.path)? },
            "rejected" => Outcome::Rejected { reason: row.reason.clone().ok_or_else(unreadable)? },
            "quarantined" => Outcome::Quarantined { cause: cause()? },
            "problem" => Outcome::Problem { cause: cause()? },
            _ => return Err(unreadable()),
        };
        let instance = row.instance.as_deref().map(InstanceUid::new);
        Ok(OutcomeRecord { path: path_from(row.path), instance, outcome })
    }

    fn hold_reasons(&self, path: &[u8]) -> Result<Vec<HoldReason>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT check_name, place, what FROM hold_reasons WHERE path = ?1 ORDER BY ordinal",
        )?;
        let rows = statement.query_map([path], |row| {
            Ok(HoldReason { check: row.get(0)?, place: row.get(1)?, what: row.get(2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Writes what the review works with; all or none.
    ///
    /// # Errors
    /// Those of the database.
    pub fn put_settings(&mut self, settings: &Settings) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        transaction.execute("DELETE FROM settings", [])?;
        let put = |name: &str, value: &[u8]| {
            transaction.execute("INSERT INTO settings VALUES (?1, ?2)", params![name, value])
        };
        put("input", bytes_of(settings.input.expose()))?;
        put("profile_name", settings.profile_name.as_bytes())?;
        put("profile", &settings.profile.0)?;
        if let Some(key) = settings.key {
            put("key", &key.0)?;
        }
        if let Some(detector) = settings.detector {
            put("detector", &detector.0)?;
        }
        Ok(transaction.commit()?)
    }

    /// What the review works with; `None` before it was written.
    ///
    /// # Errors
    /// Those of the database; [`StoreError::Row`].
    pub fn settings(&self) -> Result<Option<Settings>, StoreError> {
        let unreadable = || StoreError::Row { table: "settings" };
        let Some(input) = self.setting("input")? else { return Ok(None) };
        let name = self.setting("profile_name")?.ok_or_else(unreadable)?;
        let profile = self.setting("profile")?.ok_or_else(unreadable)?;
        let optional = |name| -> Result<Option<Digest256>, StoreError> {
            self.setting(name)?.map(|bytes| digest(&bytes, "settings")).transpose()
        };
        Ok(Some(Settings {
            input: path_from(input),
            profile_name: String::from_utf8(name).map_err(|_not_text| unreadable())?,
            profile: digest(&profile, "settings")?,
            key: optional("key")?,
            detector: optional("detector")?,
        }))
    }

    fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT value FROM settings WHERE name = ?1")?;
        Ok(statement.query_row([name], |row| row.get(0)).optional()?)
    }
}

fn instance_row(row: &Row<'_>) -> rusqlite::Result<Result<InstanceRecord, StoreError>> {
    let (path, input, size): (Vec<u8>, Vec<u8>, i64) = (row.get(1)?, row.get(2)?, row.get(3)?);
    let (instance, series): (String, String) = (row.get(4)?, row.get(5)?);
    Ok(digest(&input, "instances").map(|input| InstanceRecord {
        path: path_from(path),
        input,
        size: u64::try_from(size).unwrap_or(0),
        instance: InstanceUid::new(&instance),
        series: SeriesUid::new(&series),
    }))
}

fn detection_row(row: &Row<'_>) -> rusqlite::Result<Result<Detection, StoreError>> {
    let (instance, frames): (String, String) = (row.get(0)?, row.get(3)?);
    let (input, detector): (Vec<u8>, Vec<u8>) = (row.get(1)?, row.get(2)?);
    let read = || {
        let table = "detections";
        Ok(Detection {
            instance: InstanceUid::new(&instance),
            input: digest(&input, table)?,
            detector: digest(&detector, table)?,
            frames: wire::decode_frames(&frames).ok_or(StoreError::Row { table })?,
        })
    };
    Ok(read())
}

struct OutcomeRow {
    path: Vec<u8>,
    instance: Option<String>,
    outcome: String,
    cause: Option<String>,
    reason: Option<String>,
}

fn insert_outcome(transaction: &Transaction<'_>, record: &OutcomeRecord) -> rusqlite::Result<()> {
    let path = bytes_of(record.path.expose());
    let (cause, reason, holds): (_, _, &[HoldReason]) = match &record.outcome {
        Outcome::Released => (None, None, &[]),
        Outcome::Held { reasons } => (None, None, reasons),
        Outcome::Rejected { reason } => (None, Some(reason), &[]),
        Outcome::Quarantined { cause } | Outcome::Problem { cause } => {
            (Some(cause.slug()), None, &[])
        }
    };
    let instance = record.instance.as_ref().map(InstanceUid::as_str);
    transaction
        .prepare_cached("INSERT INTO outcomes VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![path, instance, record.outcome.slug(), cause, reason])?;
    let mut statement =
        transaction.prepare_cached("INSERT INTO hold_reasons VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for (ordinal, hold) in holds.iter().enumerate() {
        statement.execute(params![path, ordinal as i64, hold.check, hold.place, hold.what])?;
    }
    Ok(())
}
