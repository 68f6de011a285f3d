//! Encodes new elements.

use dicom_core::{Tag, VR};

use crate::dicom::Source;
use crate::dicom::header::{ITEM, Reading, SEQUENCE_END, has_long_length};
use crate::dicom::splice::{NewContent, NewElement, SpliceError};
use crate::dicom::text::is_text;

/// Longest value of a VR whose length field has 2 bytes; lengths are even.
const LONGEST_SHORT: u64 = 65_534;
/// Longest value that any length field can say.
pub(super) const LONGEST: u64 = 0xFFFF_FFFE;

/// A stretch of output.
pub(super) enum Piece {
    Bytes(Vec<u8>),
    Stream(Source),
}

/// Output that takes the place of a range.
#[derive(Default)]
pub(super) struct Pieces {
    pub list: Vec<Piece>,
}

impl Pieces {
    pub(super) fn of(bytes: Vec<u8>) -> Self {
        Self { list: vec![Piece::Bytes(bytes)] }
    }

    pub(super) fn len(&self) -> u64 {
        let length = |piece: &Piece| match piece {
            Piece::Bytes(bytes) => bytes.len() as u64,
            Piece::Stream(source) => source.len(),
        };
        self.list.iter().map(length).sum()
    }

    fn bytes(&mut self, bytes: &[u8]) {
        if let Some(Piece::Bytes(last)) = self.list.last_mut() {
            last.extend_from_slice(bytes);
        } else {
            self.list.push(Piece::Bytes(bytes.to_vec()));
        }
    }

    /// Encodes an element.
    pub(super) fn element(
        &mut self,
        element: &NewElement,
        reading: Reading,
    ) -> Result<(), SpliceError> {
        let NewElement { tag, vr, content } = element;
        self.bytes(&header(*tag, *vr, content_length(content, reading), reading)?);
        match content {
            NewContent::Bytes(bytes) => self.bytes(bytes),
            NewContent::Stream(source) => self.list.push(Piece::Stream(source.clone())),
            NewContent::Items(items) => {
                for item in items {
                    self.item(item, reading)?;
                }
            }
        }
        if raw_length(content) % 2 == 1 {
            self.bytes(&[padding(*vr)]);
        }
        Ok(())
    }

    fn item(&mut self, item: &[NewElement], reading: Reading) -> Result<(), SpliceError> {
        let without_vr = Reading { explicit: false, ..reading };
        self.bytes(&header(ITEM, VR::UN, item_length(item, reading), without_vr)?);
        let mut last = None;
        for element in item {
            if last >= Some(element.tag) {
                return Err(SpliceError::TagOrder { tag: element.tag });
            }
            last = Some(element.tag);
            self.element(element, reading)?;
        }
        Ok(())
    }
}

fn raw_length(content: &NewContent) -> u64 {
    match content {
        NewContent::Bytes(bytes) => bytes.len() as u64,
        NewContent::Stream(source) => source.len(),
        NewContent::Items(_) => 0,
    }
}

fn content_length(content: &NewContent, reading: Reading) -> u64 {
    match content {
        NewContent::Items(items) => items.iter().map(|item| 8 + item_length(item, reading)).sum(),
        _ => raw_length(content).next_multiple_of(2),
    }
}

fn item_length(item: &[NewElement], reading: Reading) -> u64 {
    item.iter()
        .map(|element| {
            let long = reading.explicit && has_long_length(element.vr);
            (if long { 12 } else { 8 }) + content_length(&element.content, reading)
        })
        .sum()
}

pub(crate) fn header(
    tag: Tag,
    vr: VR,
    length: u64,
    reading: Reading,
) -> Result<Vec<u8>, SpliceError> {
    let mut header = tag_bytes(tag, reading).to_vec();
    let short = reading.explicit && !has_long_length(vr);
    if reading.explicit {
        header.extend(vr.to_bytes());
    }
    if reading.explicit && !short {
        header.extend([0, 0]);
    }
    put_length(&mut header, tag, length, (short, reading))?;
    Ok(header)
}

/// The header of an element that keeps tag and VR as they are written, with another length.
pub(super) fn with_length(
    mut header: Vec<u8>,
    tag: Tag,
    length: u64,
    reading: Reading,
) -> Result<Vec<u8>, SpliceError> {
    // An explicit header of 8 bytes has a length of 2, whatever VR it spells.
    let short = reading.explicit && header.len() == 8;
    header.truncate(header.len() - if short { 2 } else { 4 });
    put_length(&mut header, tag, length, (short, reading))?;
    Ok(header)
}

fn put_length(
    header: &mut Vec<u8>,
    tag: Tag,
    length: u64,
    (short, reading): (bool, Reading),
) -> Result<(), SpliceError> {
    if length > if short { LONGEST_SHORT } else { LONGEST } {
        return Err(SpliceError::TooLong { tag });
    }
    if short {
        header.extend(put_u16(length as u16, reading));
    } else {
        header.extend(put_u32(length as u32, reading));
    }
    Ok(())
}

const fn put_u16(number: u16, reading: Reading) -> [u8; 2] {
    if reading.big { number.to_be_bytes() } else { number.to_le_bytes() }
}

pub(super) const fn put_u32(number: u32, reading: Reading) -> [u8; 4] {
    if reading.big { number.to_be_bytes() } else { number.to_le_bytes() }
}

const fn tag_bytes(tag: Tag, reading: Reading) -> [u8; 4] {
    let ([a, b], [c, d]) = (put_u16(tag.0, reading), put_u16(tag.1, reading));
    [a, b, c, d]
}

/// What makes an odd value even (PS3.5 6.2): a blank for text, a NUL for UIDs and bytes.
pub(super) const fn padding(vr: VR) -> u8 {
    if is_text(vr) && !matches!(vr, VR::UI) { b' ' } else { 0 }
}

/// The delimiter that ends a sequence or fragments.
pub(super) fn sequence_end(reading: Reading) -> Vec<u8> {
    let mut bytes = tag_bytes(SEQUENCE_END, reading).to_vec();
    bytes.extend([0; 4]);
    bytes
}
