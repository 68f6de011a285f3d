//! The header of one element, item or delimiter, in each of the encodings.

use dicom_core::{Tag, VR};

use crate::dicom::cursor::HEAD;
use crate::dicom::dictionary;

/// A length that says: a delimiter ends it.
pub(crate) const UNDEFINED: u32 = u32::MAX;
pub(crate) const ITEM: Tag = Tag(0xFFFE, 0xE000);
pub(crate) const ITEM_END: Tag = Tag(0xFFFE, 0xE00D);
pub(crate) const SEQUENCE_END: Tag = Tag(0xFFFE, 0xE0DD);
pub(crate) const PIXEL_DATA: Tag = Tag(0x7FE0, 0x0010);

/// How elements are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    pub explicit: bool,
    pub big: bool,
}

pub(crate) const IMPLICIT: Reading = Reading { explicit: false, big: false };
pub(crate) const EXPLICIT: Reading = Reading { explicit: true, big: false };
pub(crate) const EXPLICIT_BIG: Reading = Reading { explicit: true, big: true };

/// A header as read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub tag: Tag,
    pub vr: VR,
    /// As written; [`UNDEFINED`] included.
    pub length: u32,
    /// Bytes of the header: 8 or 12.
    pub size: u64,
}

/// Why bytes are no header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoHeader {
    /// Fewer bytes than a header takes.
    Short,
    /// A VR that is none; the tag in front of it.
    BadVr(Tag),
}

impl Reading {
    pub(crate) fn u16(self, bytes: [u8; 2]) -> u16 {
        if self.big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
    }

    pub(crate) fn u32(self, bytes: [u8; 4]) -> u32 {
        if self.big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    }

    /// The header at the start of `head`, of which `real` bytes exist.
    pub(crate) fn header(self, head: &[u8; HEAD], real: usize) -> Result<Header, NoHeader> {
        if real < 8 {
            return Err(NoHeader::Short);
        }
        let [t0, t1, t2, t3, b0, b1, b2, b3, l0, l1, l2, l3] = *head;
        let tag = Tag(self.u16([t0, t1]), self.u16([t2, t3]));
        if !self.explicit || tag.group() == 0xFFFE {
            let vr = if tag.group() == 0xFFFE { VR::UN } else { implicit_vr(tag) };
            return Ok(Header { tag, vr, length: self.u32([b0, b1, b2, b3]), size: 8 });
        }
        let vr = known_vr([b0, b1]).ok_or(NoHeader::BadVr(tag))?;
        if !has_long_length(vr) {
            return Ok(Header { tag, vr, length: u32::from(self.u16([b2, b3])), size: 8 });
        }
        if real < HEAD {
            return Err(NoHeader::Short);
        }
        Ok(Header { tag, vr, length: self.u32([l0, l1, l2, l3]), size: 12 })
    }
}

/// The VR that two bytes spell.
fn known_vr(bytes: [u8; 2]) -> Option<VR> {
    // Spelled out: this runs once an element, and the library's way goes through text.
    Some(match &bytes {
        b"AE" => VR::AE,
        b"AS" => VR::AS,
        b"AT" => VR::AT,
        b"CS" => VR::CS,
        b"DA" => VR::DA,
        b"DS" => VR::DS,
        b"DT" => VR::DT,
        b"FL" => VR::FL,
        b"FD" => VR::FD,
        b"IS" => VR::IS,
        b"LO" => VR::LO,
        b"LT" => VR::LT,
        b"OB" => VR::OB,
        b"OD" => VR::OD,
        b"OF" => VR::OF,
        b"OL" => VR::OL,
        b"OV" => VR::OV,
        b"OW" => VR::OW,
        b"PN" => VR::PN,
        b"SH" => VR::SH,
        b"SL" => VR::SL,
        b"SQ" => VR::SQ,
        b"SS" => VR::SS,
        b"ST" => VR::ST,
        b"SV" => VR::SV,
        b"TM" => VR::TM,
        b"UC" => VR::UC,
        b"UI" => VR::UI,
        b"UL" => VR::UL,
        b"UN" => VR::UN,
        b"UR" => VR::UR,
        b"US" => VR::US,
        b"UT" => VR::UT,
        b"UV" => VR::UV,
        _ => return None,
    })
}

/// Whether the explicit header of this VR has a length of 4 bytes (PS3.5 Table 7.1-1).
pub(crate) const fn has_long_length(vr: VR) -> bool {
    matches!(
        vr,
        VR::OB
            | VR::OD
            | VR::OF
            | VR::OL
            | VR::OV
            | VR::OW
            | VR::SQ
            | VR::SV
            | VR::UC
            | VR::UN
            | VR::UR
            | VR::UT
            | VR::UV
    )
}

/// The VR of an element where none is written: by the dictionary, of several the usual one.
pub(crate) fn implicit_vr(tag: Tag) -> VR {
    if tag.element() == 0 {
        return VR::UL;
    }
    if tag.group() % 2 == 1 {
        let creator = (0x0010..=0x00FF).contains(&tag.element());
        return if creator { VR::LO } else { VR::UN };
    }
    dictionary::vr(tag)
}

/// Whether the dictionary or the rules for private elements know the tag.
pub(crate) fn is_known(tag: Tag) -> bool {
    tag.group() % 2 == 1 || tag.element() == 0 || dictionary::is_known(tag)
}

/// Whether an element of this group can be told from garbage where it stands.
///
/// Some writers use reserved odd groups as private ones, or put a whole file's group 0002 into an
/// item. With a VR written out that is readable; without, it looks like any misreading.
pub(crate) const fn is_readable_group(group: u16, reading: Reading, nested: bool) -> bool {
    is_dataset_group(group)
        || (reading.explicit && (matches!(group, 1 | 3 | 5 | 7) || (nested && group == 2)))
}

/// Whether a dataset may hold elements of this group at all (PS3.5 7.1, 7.8; PS3.7 and PS3.10
/// own the groups below 0004).
pub(crate) const fn is_dataset_group(group: u16) -> bool {
    !matches!(group, 0..=3 | 5 | 7 | 0xFFFE | 0xFFFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_element_is_read_in_each_encoding() {
        let expected = Header { tag: Tag(8, 0x60), vr: VR::CS, length: 2, size: 8 };
        for (bytes, reading) in [
            (b"\x08\0\x60\0CS\x02\0CT\0\0", EXPLICIT),
            (b"\0\x08\0\x60CS\0\x02CT\0\0", EXPLICIT_BIG),
            (b"\x08\0\x60\0\x02\0\0\0CT\0\0", IMPLICIT),
        ] {
            assert_eq!(reading.header(bytes, 10), Ok(expected), "{reading:?}");
        }
    }

    #[test]
    fn long_headers_need_their_twelve_bytes() {
        let bytes = b"\xE0\x7F\x10\0OW\0\0\x04\0\0\0";
        assert_eq!(EXPLICIT.header(bytes, 11), Err(NoHeader::Short));
        let header = EXPLICIT.header(bytes, 12).unwrap();
        assert_eq!((header.vr, header.length, header.size), (VR::OW, 4, 12));
    }

    #[test]
    fn every_vr_of_the_library_is_known_here() {
        for first in b'A'..=b'Z' {
            for second in b'A'..=b'Z' {
                let bytes = [first, second];
                assert_eq!(known_vr(bytes), VR::from_binary(bytes));
            }
        }
    }

    #[test]
    fn implicit_vrs_come_from_the_dictionary_and_the_private_rules() {
        assert_eq!(implicit_vr(Tag(0x0010, 0x0010)), VR::PN);
        assert_eq!(implicit_vr(Tag(0x7FE0, 0x0010)), VR::OW);
        assert_eq!(implicit_vr(Tag(0x0028, 0x0106)), VR::US);
        assert_eq!(implicit_vr(Tag(0x0009, 0x0010)), VR::LO);
        assert_eq!(implicit_vr(Tag(0x0009, 0x1010)), VR::UN);
        assert_eq!(implicit_vr(Tag(0x0009, 0x0000)), VR::UL);
        assert_eq!(implicit_vr(Tag(0x6002, 0x3000)), VR::OW);
        assert_eq!(implicit_vr(Tag(0x0008, 0x0002)), VR::UN);
    }
}
