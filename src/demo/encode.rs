//! Datasets as bytes: an encoder of our own, so that what the product reads was not written by
//! the code that reads it.

use dicom_core::header::VR;
use dicom_dictionary_std::uids;

use crate::demo::dataset::Dataset;
use crate::demo::dataset::Value;
use crate::model::Tag;

/// How a dataset is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Syntax {
    /// Implicit VR Little Endian.
    Implicit,
    /// Explicit VR Little Endian.
    Explicit,
    /// Explicit VR Big Endian (retired, and still met).
    BigEndian,
    /// Deflated Explicit VR Little Endian.
    Deflated,
    /// JPEG Baseline in Explicit VR Little Endian.
    JpegBaseline,
    /// JPEG 2000, lossless.
    Jpeg2000,
    /// RLE Lossless.
    Rle,
}

impl Syntax {
    /// Its Transfer Syntax UID.
    pub const fn uid(self) -> &'static str {
        match self {
            Self::Implicit => uids::IMPLICIT_VR_LITTLE_ENDIAN,
            Self::Explicit => uids::EXPLICIT_VR_LITTLE_ENDIAN,
            Self::BigEndian => "1.2.840.10008.1.2.2",
            Self::Deflated => uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
            Self::JpegBaseline => uids::JPEG_BASELINE8_BIT,
            Self::Jpeg2000 => uids::JPEG2000_LOSSLESS,
            Self::Rle => uids::RLE_LOSSLESS,
        }
    }
}

/// The character sets that the demo writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// No Specific Character Set: plain ASCII.
    Ascii,
    /// `ISO_IR 100`: Latin alphabet No. 1.
    Latin1,
    /// `ISO_IR 126`: Greek.
    Greek,
    /// `ISO_IR 192`: UTF-8.
    Utf8,
    /// `\ISO 2022 IR 87`: JIS X 0208 by escape sequences.
    Japanese,
}

impl Charset {
    /// The value of Specific Character Set (0008,0005).
    pub const fn term(self) -> &'static str {
        match self {
            Self::Ascii => "",
            Self::Latin1 => "ISO_IR 100",
            Self::Greek => "ISO_IR 126",
            Self::Utf8 => "ISO_IR 192",
            Self::Japanese => "\\ISO 2022 IR 87",
        }
    }

    /// Encodes text; what the set cannot say becomes `?`.
    pub fn encode(self, text: &str) -> Vec<u8> {
        let byte = |code: u32| u8::try_from(code).unwrap_or(b'?');
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Ascii => {
                text.chars().map(|c| if c.is_ascii() { byte(c.into()) } else { b'?' }).collect()
            }
            Self::Latin1 => text.chars().map(|c| byte(c.into())).collect(),
            Self::Greek => text
                .chars()
                .map(|c| match u32::from(c) {
                    // ISO 8859-7 has the Greek block of Unicode in the same order.
                    code @ 0x384..=0x3CE => byte(code - 0x2D0),
                    code if code < 0x80 => byte(code),
                    _ => b'?',
                })
                .collect(),
            Self::Japanese => japanese(text),
        }
    }
}

/// JIS X 0208 for the few signs that the demo's people need.
fn jis(glyph: char) -> Option<[u8; 2]> {
    match glyph {
        '山' => Some([0x3B, 0x33]),
        '田' => Some([0x45, 0x44]),
        '太' => Some([0x42, 0x40]),
        '郎' => Some([0x4F, 0x3A]),
        'ぁ'..='ん' => Some([0x24, (u32::from(glyph) - 0x3041 + 0x21) as u8]),
        _ => None,
    }
}

/// ISO 2022 with IR 87: escapes to JIS X 0208, and back to ASCII before each delimiter.
fn japanese(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut shifted = false;
    for glyph in text.chars() {
        match jis(glyph) {
            Some(pair) => {
                if !shifted {
                    out.extend_from_slice(b"\x1b$B");
                }
                shifted = true;
                out.extend_from_slice(&pair);
            }
            None => {
                if shifted {
                    out.extend_from_slice(b"\x1b(B");
                }
                shifted = false;
                out.push(u8::try_from(u32::from(glyph)).unwrap_or(b'?'));
            }
        }
    }
    if shifted {
        out.extend_from_slice(b"\x1b(B");
    }
    out
}

/// Encodes a dataset, without file meta and before any deflating.
pub fn dataset(dataset: &Dataset, syntax: Syntax, charset: Charset) -> Vec<u8> {
    let writer =
        Writer { explicit: syntax != Syntax::Implicit, big: syntax == Syntax::BigEndian, charset };
    let mut out = Vec::new();
    writer.dataset(&mut out, dataset);
    out
}

/// Encodes elements as file meta: Explicit VR Little Endian, group length first.
pub fn file_meta(meta: &Dataset) -> Vec<u8> {
    let group = dataset(meta, Syntax::Explicit, Charset::Ascii);
    let mut out = b"\x02\x00\x00\x00UL\x04\x00".to_vec();
    out.extend_from_slice(&(group.len() as u32).to_le_bytes());
    out.extend_from_slice(&group);
    out
}

/// A raw deflate stream of stored blocks (RFC 1951, 3.2.4): valid, though nothing gets smaller.
pub fn deflate_stored(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 1000 + 16);
    let mut blocks = bytes.chunks(0xFFFF).peekable();
    while let Some(block) = blocks.next() {
        out.push(u8::from(blocks.peek().is_none()));
        let length = block.len() as u16;
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(block);
    }
    if out.len() % 2 == 1 {
        out.push(0);
    }
    out
}

struct Writer {
    explicit: bool,
    big: bool,
    charset: Charset,
}

const ITEM: Tag = Tag(0xFFFE, 0xE000);
const ITEM_END: Tag = Tag(0xFFFE, 0xE00D);
const SEQUENCE_END: Tag = Tag(0xFFFE, 0xE0DD);
const UNDEFINED: u32 = u32::MAX;

impl Writer {
    fn u16(&self, out: &mut Vec<u8>, number: u16) {
        out.extend(if self.big { number.to_be_bytes() } else { number.to_le_bytes() });
    }

    fn u32(&self, out: &mut Vec<u8>, number: u32) {
        out.extend(if self.big { number.to_be_bytes() } else { number.to_le_bytes() });
    }

    fn tag(&self, out: &mut Vec<u8>, tag: Tag) {
        self.u16(out, tag.group());
        self.u16(out, tag.element());
    }

    fn dataset(&self, out: &mut Vec<u8>, dataset: &Dataset) {
        for (tag, vr, value) in dataset.elements() {
            match value {
                Value::Text(text) => self.element(out, (tag, vr), &self.text(vr, text)),
                Value::Bytes(bytes) => self.element(out, (tag, vr), &self.numbers(vr, bytes)),
                Value::Items { items, defined } => self.items(out, (tag, vr), (items, *defined)),
                Value::Fragments(fragments) => {
                    self.header(out, (tag, vr), UNDEFINED);
                    for fragment in fragments {
                        self.tag(out, ITEM);
                        self.u32(out, fragment.len() as u32);
                        out.extend_from_slice(fragment);
                    }
                    self.end(out, SEQUENCE_END);
                }
            }
        }
    }

    fn items(&self, out: &mut Vec<u8>, of: (Tag, VR), (items, defined): (&[Dataset], bool)) {
        let mut inner = Vec::new();
        for item in items {
            let mut content = Vec::new();
            self.dataset(&mut content, item);
            self.tag(&mut inner, ITEM);
            self.u32(&mut inner, if defined { content.len() as u32 } else { UNDEFINED });
            inner.extend_from_slice(&content);
            if !defined {
                self.end(&mut inner, ITEM_END);
            }
        }
        self.header(out, of, if defined { inner.len() as u32 } else { UNDEFINED });
        out.extend_from_slice(&inner);
        if !defined {
            self.end(out, SEQUENCE_END);
        }
    }

    fn end(&self, out: &mut Vec<u8>, tag: Tag) {
        self.tag(out, tag);
        self.u32(out, 0);
    }

    fn element(&self, out: &mut Vec<u8>, of: (Tag, VR), bytes: &[u8]) {
        self.header(out, of, bytes.len() as u32);
        out.extend_from_slice(bytes);
    }

    fn header(&self, out: &mut Vec<u8>, (tag, vr): (Tag, VR), length: u32) {
        self.tag(out, tag);
        if !self.explicit {
            return self.u32(out, length);
        }
        out.extend_from_slice(vr.to_string().as_bytes());
        match vr {
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
            | VR::UV => {
                out.extend_from_slice(&[0, 0]);
                self.u32(out, length);
            }
            // The demo writes nothing longer than 64 kB in these.
            _ => self.u16(out, length as u16),
        }
    }

    fn text(&self, vr: VR, text: &str) -> Vec<u8> {
        let mut bytes = match vr {
            VR::LO | VR::LT | VR::PN | VR::SH | VR::ST | VR::UC | VR::UT | VR::UN => {
                self.charset.encode(text)
            }
            _ => Charset::Ascii.encode(text),
        };
        if bytes.len() % 2 == 1 {
            bytes.push(if matches!(vr, VR::UI | VR::UN) { 0 } else { b' ' });
        }
        bytes
    }

    fn numbers(&self, vr: VR, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        let width = match vr {
            VR::US | VR::SS | VR::OW | VR::AT => 2,
            VR::UL | VR::SL | VR::FL | VR::OF | VR::OL => 4,
            VR::FD | VR::OD | VR::OV | VR::SV | VR::UV => 8,
            _ => 1,
        };
        if self.big {
            bytes.chunks_exact_mut(width).for_each(<[u8]>::reverse);
        }
        if bytes.len() % 2 == 1 {
            bytes.push(0);
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::{Charset, Syntax, dataset, deflate_stored};
    use crate::demo::dataset::Dataset;
    use dicom_dictionary_std::tags;

    #[test]
    fn names_are_encoded_as_the_standard_shows() {
        // PS3.5 H.3.1, Example 1.
        let bytes = Charset::Japanese.encode("Yamada^Tarou=山田^太郎=やまだ^たろう");
        let expected =
            b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B";
        assert_eq!(bytes, expected);
        // ISO 8859-7.
        assert_eq!(Charset::Greek.encode("Διο"), [0xC4, 0xE9, 0xEF]);
        assert_eq!(Charset::Latin1.encode("Jürgen")[1], 0xFC);
    }

    #[test]
    fn lengths_and_byte_order_follow_the_syntax() {
        let mut item = Dataset::new();
        item.u16(tags::ROWS, &[0x0102]);
        let mut outer = Dataset::new();
        outer.items_defined(tags::REFERENCED_IMAGE_SEQUENCE, vec![item]);
        let little = dataset(&outer, Syntax::Implicit, Charset::Ascii);
        assert_eq!(
            little,
            [
                8, 0, 0x40, 0x11, 18, 0, 0, 0, 0xFE, 0xFF, 0, 0xE0, 10, 0, 0, 0, 0x28, 0, 0x10, 0,
                2, 0, 0, 0, 2, 1
            ]
        );
        let big = dataset(&outer, Syntax::BigEndian, Charset::Ascii);
        assert_eq!(&big[..8], [0, 8, 0x11, 0x40, b'S', b'Q', 0, 0]);
        assert_eq!(&big[big.len() - 4..], [0, 2, 1, 2]);
    }

    #[test]
    fn stored_blocks_say_their_length_twice() {
        let bytes = deflate_stored(&vec![7; 70_000]);
        assert_eq!(bytes[0], 0);
        assert_eq!(&bytes[1..5], [0xFF, 0xFF, 0, 0]);
        assert_eq!(bytes[5 + 65_535], 1);
    }
}
