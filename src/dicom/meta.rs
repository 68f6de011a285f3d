//! The head of a file: preamble, prefix and File Meta Information.

use std::collections::BTreeSet;

use dicom_core::Tag;

use crate::dicom::cursor::Cursor;
use crate::dicom::header::{EXPLICIT, Header, IMPLICIT, Reading, UNDEFINED};
use crate::dicom::scan::ScanError;
use crate::dicom::{FileMeta, ScanNote, Source};

const PREFIX_AT: u64 = 128;
/// Longest UID that is read, padding included; the standard allows 64.
const LONGEST_UID: u32 = 128;

/// What stands in front of the dataset.
pub(crate) struct Head {
    pub meta: FileMeta,
    /// Where the dataset starts in the file.
    pub dataset: u64,
}

/// Reads preamble and File Meta Information, or finds that there are none.
pub(crate) fn read_head(file: &Source, notes: &mut BTreeSet<ScanNote>) -> Result<Head, ScanError> {
    let mut cursor = Cursor::new(file);
    let (prefix, _real) = cursor.head(PREFIX_AT)?;
    if prefix.starts_with(b"DICM") {
        return read_meta(&mut cursor, PREFIX_AT + 4, notes);
    }
    notes.insert(ScanNote::NoPreamble);
    // Without preamble, with the prefix alone, with a damaged prefix, with the preamble alone.
    for start in [0, 4, PREFIX_AT + 4, PREFIX_AT] {
        if starts_meta(&mut cursor, start)? {
            return read_meta(&mut cursor, start, notes);
        }
    }
    notes.insert(ScanNote::NoFileMeta);
    Ok(Head { meta: FileMeta::default(), dataset: 0 })
}

/// Whether File Meta Information surely starts at `at`.
fn starts_meta(cursor: &mut Cursor<'_>, at: u64) -> Result<bool, ScanError> {
    let (head, real) = cursor.head(at)?;
    Ok(EXPLICIT.header(&head, real).is_ok_and(|header| {
        header.tag.group() == 2
            && header.tag.element() <= 0x0010
            && at + header.size + u64::from(header.length) <= cursor.source().len()
    }))
}

fn read_meta(
    cursor: &mut Cursor<'_>,
    start: u64,
    notes: &mut BTreeSet<ScanNote>,
) -> Result<Head, ScanError> {
    let reading = meta_reading(cursor, start)?;
    let mut meta = FileMeta::default();
    let (mut at, mut claimed_end) = (start, None);
    while let Some(header) = meta_header(cursor, at, reading)? {
        let value = at + header.size;
        let end = value + u64::from(header.length);
        if header.length == UNDEFINED || end > cursor.source().len() {
            return Err(ScanError::Truncated { at });
        }
        match header.tag {
            Tag(2, 0) if header.length == 4 => {
                let ([a, b, c, d, ..], _real) = cursor.head(value)?;
                claimed_end = Some(end + u64::from(u32::from_le_bytes([a, b, c, d])));
            }
            Tag(2, 0x0002) => meta.sop_class = read_uid(cursor, value, header.length)?,
            Tag(2, 0x0003) => meta.sop_instance = read_uid(cursor, value, header.length)?,
            Tag(2, 0x0010) => meta.transfer_syntax = read_uid(cursor, value, header.length)?,
            _ => {}
        }
        at = end;
    }
    if claimed_end != Some(at) {
        notes.insert(ScanNote::NoGroupLength);
    }
    if at == start {
        notes.insert(ScanNote::NoFileMeta);
    }
    meta.range = start..at;
    Ok(Head { meta, dataset: at })
}

/// File Meta is explicit little endian; some old writers left the VRs out.
fn meta_reading(cursor: &mut Cursor<'_>, start: u64) -> Result<Reading, ScanError> {
    let (head, real) = cursor.head(start)?;
    let bare = EXPLICIT.header(&head, real).is_err()
        && IMPLICIT
            .header(&head, real)
            .is_ok_and(|header| header.tag.group() == 2 && header.length <= LONGEST_UID);
    Ok(if bare { IMPLICIT } else { EXPLICIT })
}

fn meta_header(
    cursor: &mut Cursor<'_>,
    at: u64,
    reading: Reading,
) -> Result<Option<Header>, ScanError> {
    let (head, real) = cursor.head(at)?;
    if real < 8 || !head.starts_with(&[2, 0]) {
        return Ok(None);
    }
    let why = "a File Meta element cannot be read";
    reading.header(&head, real).map(Some).map_err(|_no_header| ScanError::Malformed { at, why })
}

fn read_uid(cursor: &Cursor<'_>, at: u64, length: u32) -> Result<String, ScanError> {
    if length > LONGEST_UID {
        return Err(ScanError::Malformed { at, why: "a UID of File Meta is too long" });
    }
    let bytes = cursor.source().read(at..at + u64::from(length))?;
    Ok(String::from_utf8_lossy(&bytes).trim_matches(['\0', ' ']).to_owned())
}
