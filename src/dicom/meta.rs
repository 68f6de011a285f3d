//! What stands before the dataset: preamble, prefix, File Meta Information (PS3.10 7.1).

use std::ops::Range;

use crate::dicom::cursor::Cursor;
use crate::dicom::scan::ScanError;
use crate::dicom::{Encoding, FileMeta, ScanNote, Source, syntax};
use crate::model::VR;

/// Elements of a File Meta Information beyond which it is none.
const MOST_ELEMENTS: usize = 256;
/// Longest UID that is read, in bytes; the standard's are at most 64.
const LONGEST_UID: u64 = 128;

/// What was found before the dataset.
pub(crate) struct Preface {
    /// The File Meta Information.
    pub(crate) meta: FileMeta,
    /// First byte of the dataset in the file.
    pub(crate) dataset: u64,
    /// What was odd.
    pub(crate) notes: Vec<ScanNote>,
}

/// Reads what stands before the dataset.
pub(crate) fn read(file: &Source) -> Result<Preface, ScanError> {
    let mut cursor = Cursor::new(file, file.len());
    let mut notes = Vec::new();
    let start = match cursor.bytes::<4>(128)? {
        Some(prefix) if &prefix == b"DICM" => 132,
        _ => {
            notes.push(ScanNote::NoPreamble);
            0
        }
    };
    let mut meta = FileMeta::default();
    let mut at = start;
    let mut declared_end = None;
    for _ in 0..MOST_ELEMENTS {
        let Some((element, value)) = meta_element(&mut cursor, at)? else { break };
        if value.end > file.len() {
            return Err(ScanError::Truncated { at });
        }
        let text = |limit: u64| -> Result<String, ScanError> {
            let bytes = file.read(value.start..value.end.min(value.start + limit))?;
            let text: String = bytes.iter().map(|&byte| char::from(byte)).collect();
            Ok(text.trim_matches(['\0', ' ']).to_owned())
        };
        match element {
            0x0000 => {
                let bytes = cursor.bytes::<4>(value.start)?;
                declared_end = bytes.map(|bytes| value.end + u64::from(u32::from_le_bytes(bytes)));
            }
            0x0002 => meta.sop_class = text(LONGEST_UID)?,
            0x0003 => meta.sop_instance = text(LONGEST_UID)?,
            0x0010 => meta.transfer_syntax = text(LONGEST_UID)?,
            _ => {}
        }
        at = value.end;
    }
    meta.range = start..at;
    if at == start {
        notes.push(ScanNote::NoFileMeta);
        meta.range = 0..0;
    } else if declared_end != Some(at) {
        notes.push(ScanNote::NoGroupLength);
    }
    Ok(Preface { meta, dataset: at, notes })
}

/// An element of group 0002 in Explicit VR Little Endian: its number and where its value lies.
fn meta_element(cursor: &mut Cursor<'_>, at: u64) -> Result<Option<(u16, Range<u64>)>, ScanError> {
    let Some([0x02, 0x00, low, high, v, r, a, b]) = cursor.bytes::<8>(at)? else { return Ok(None) };
    let element = u16::from_le_bytes([low, high]);
    let (value, length) = match VR::from_binary([v, r]) {
        Some(vr) if syntax::has_long_form(vr) => {
            let Some(length) = cursor.bytes::<4>(at + 8)? else { return Ok(None) };
            (at + 12, u32::from_le_bytes(length))
        }
        Some(_) => (at + 8, u16::from_le_bytes([a, b]).into()),
        // Some writers leave the VR out here too.
        None => (at + 8, u32::from_le_bytes([v, r, a, b])),
    };
    Ok(Some((element, value..value + u64::from(length))))
}

/// How the first element of a dataset is written; `None` when it looks like none.
pub(crate) fn encoding_by_looking(
    source: &Source,
    range: Range<u64>,
) -> Result<Option<Encoding>, ScanError> {
    let mut cursor = Cursor::new(source, range.end);
    let Some(head) = cursor.bytes::<8>(range.start)? else { return Ok(None) };
    let little = u16::from_le_bytes([head[0], head[1]]);
    let big = u16::from_be_bytes([head[0], head[1]]);
    let plausible = |group: u16| {
        (0x0001..=0x0100).contains(&group) || (group % 2 == 1 && group < 0x1000) || group == 0x7FE0
    };
    let found =
        |explicit_vr, big_endian| Some(Encoding { explicit_vr, big_endian, deflated: false });
    if VR::from_binary([head[4], head[5]]).is_some() {
        return Ok(match (plausible(little), plausible(big)) {
            (true, false) => found(true, false),
            (false, true) => found(true, true),
            (true, true) if little <= big => found(true, false),
            (true, true) => found(true, true),
            // An unusual first group: Explicit VR Little Endian by far the most likely.
            (false, false) => found(true, false),
        });
    }
    let length = u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
    let fits = length == 0xFFFF_FFFF || range.start + 8 + length <= range.end;
    Ok((plausible(little) && fits).then_some(Encoding {
        explicit_vr: false,
        big_endian: false,
        deflated: false,
    }))
}
