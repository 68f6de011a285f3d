//! Finds out how a dataset is written by looking at its first elements.

use std::io;
use std::ops::Range;

use crate::dicom::cursor::{Cursor, HEAD};
use crate::dicom::header::{
    EXPLICIT, EXPLICIT_BIG, Header, IMPLICIT, ITEM_END, NoHeader, Reading, SEQUENCE_END, UNDEFINED,
    is_dataset_group, is_known,
};
use dicom_core::{Tag, VR};

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

/// The header at `at` whose VR is not known: taken only where just one of the three forms fits.
///
/// The two explicit forms are tried, and the implicit one against them.
pub(crate) fn settle_unknown_vr(
    cursor: &mut Cursor<'_>,
    range: Range<u64>,
    tag: Tag,
    reading: Reading,
) -> io::Result<Option<Header>> {
    let (head, _real) = cursor.head(range.start)?;
    let [_, _, _, _, b0, b1, b2, b3, l0, l1, l2, l3] = head;
    let header = |length, size| Header { tag, vr: VR::UN, length, size };
    let short = header(u32::from(reading.u16([b2, b3])), 8);
    let long = header(reading.u32([l0, l1, l2, l3]), HEAD as u64);
    let implicit = header(reading.u32([b0, b1, b2, b3]), 8);
    let short_fits = fits(cursor, &range, short, reading)?;
    // The reserved bytes of the long form are zero, which as a short length means: empty.
    let long_fits = [b2, b3] == [0, 0] && fits(cursor, &range, long, reading)?;
    Ok(match (short_fits, long_fits, fits(cursor, &range, implicit, reading)?) {
        (true, false, false) => Some(short),
        (false, true, false) => Some(long),
        _ => None,
    })
}

/// Whether an element with this header ends where the next one starts, or where the range ends.
fn fits(
    cursor: &mut Cursor<'_>,
    range: &Range<u64>,
    header: Header,
    reading: Reading,
) -> io::Result<bool> {
    let next = range.start + header.size + u64::from(header.length);
    if header.length == UNDEFINED || next >= range.end {
        return Ok(header.length != UNDEFINED && next == range.end);
    }
    let (head, real) = cursor.head(next)?;
    Ok(match reading.header(&head, real) {
        Ok(after) => {
            matches!(after.tag, ITEM_END | SEQUENCE_END)
                || (after.tag > header.tag && is_dataset_group(after.tag.group()))
        }
        // The next one may have the same fault.
        Err(NoHeader::BadVr(after)) => {
            after >= header.tag && is_dataset_group(after.group()) && is_known(after)
        }
        Err(NoHeader::Short) => false,
    })
}
