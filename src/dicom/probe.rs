//! Finds out how a dataset is written by looking at its first elements.

use std::io;
use std::ops::Range;

use crate::dicom::cursor::Cursor;
use crate::dicom::header::{
    EXPLICIT, EXPLICIT_BIG, IMPLICIT, Reading, UNDEFINED, is_dataset_group, is_known,
};
use dicom_core::VR;

/// Elements that must read well before a reading is believed.
const ENOUGH: u32 = 8;

/// How the dataset in `range` is written: as expected if its first elements read so, else in the
/// one other way in which they do, else as expected all the same, if anything was expected.
///
/// `None`: nothing was expected and no way reads well.
pub(crate) fn find_reading(
    cursor: &mut Cursor<'_>,
    range: Range<u64>,
    expected: Option<Reading>,
) -> io::Result<Option<Reading>> {
    if let Some(reading) = expected
        && (range.is_empty() || reads(cursor, &range, reading)?)
    {
        return Ok(expected);
    }
    let mut found = None;
    for reading in [EXPLICIT, IMPLICIT, EXPLICIT_BIG] {
        if Some(reading) == expected || !reads(cursor, &range, reading)? {
            continue;
        }
        if found.is_some() {
            return Ok(expected);
        }
        found = Some(reading);
    }
    Ok(found.or(expected))
}

/// Whether the first elements of `range` read well: known groups, rising tags, lengths within.
fn reads(cursor: &mut Cursor<'_>, range: &Range<u64>, reading: Reading) -> io::Result<bool> {
    let (mut at, mut last) = (range.start, None);
    for count in 0..ENOUGH {
        if at == range.end {
            return Ok(count > 0);
        }
        let (head, real) = cursor.head(at)?;
        let Ok(header) = reading.header(&head, real) else { return Ok(false) };
        let tag = header.tag;
        let known = is_known(tag) || (reading.explicit && count > 0);
        if !is_dataset_group(tag.group()) || !known || last >= Some(tag) {
            return Ok(false);
        }
        if header.length == UNDEFINED {
            let items = !reading.explicit || matches!(header.vr, VR::SQ | VR::UN | VR::OB | VR::OW);
            return Ok(items);
        }
        at += header.size + u64::from(header.length);
        if at > range.end {
            // A file cut early still shows how it is written.
            return Ok(count >= ENOUGH / 2);
        }
        last = Some(tag);
    }
    Ok(true)
}
