//! Prints the value of an element as the validator sees it: as pydicom 2 turns it into text.
//!
//! A single value stands alone, several stand as a list of Python with quotes around texts; bytes
//! stand as a bytes literal; numbers that were written as text keep their digits.

use std::fmt::Write;
use std::io;

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry, VirtualVr};
use dicom_dictionary_std::StandardDataDictionary;

use crate::dicom::{Node, NodeId, NodeKind, Scan, dictionary, text};
use crate::model::{Tag, VR};
use crate::profile::private;

/// Longest value that is printed, in bytes: answers are short.
const LONGEST: u64 = 1 << 20;
const PIXEL_REPRESENTATION: Tag = Tag(0x0028, 0x0103);

/// The value of an element or sequence, trimmed, with angle brackets around it.
///
/// # Errors
/// Those of reading the file.
pub(crate) fn printed(scan: &Scan, id: NodeId) -> io::Result<String> {
    let node = scan.node(id);
    if is_passed_over(node.tag) || node.kind == NodeKind::Fragments {
        return Ok("<REMOVED>".into());
    }
    let value = match node.kind {
        NodeKind::Sequence => sequence(scan, id),
        _ => element(scan, id, node)?,
    };
    Ok(format!("<{}>", value.trim()))
}

/// Pixel Data and Overlay Data: the validator looks at neither.
fn is_passed_over(tag: Tag) -> bool {
    tag == Tag(0x7FE0, 0x0010) || (tag.group() & 0xFF00 == 0x6000 && tag.element() == 0x3000)
}

/// A sequence has no value of its own; it is empty or not.
fn sequence(scan: &Scan, id: NodeId) -> String {
    let items = scan.children(Some(id)).filter(|(_, node)| node.kind == NodeKind::Item).count();
    if items == 0 { "[]".into() } else { format!("[{items} items]") }
}

fn element(scan: &Scan, id: NodeId, node: &Node) -> io::Result<String> {
    let vr = vr_of(scan, node);
    if text::is_text(vr) {
        let mut decoded = if vr == node.vr {
            text::text_value(scan, id)?.text
        } else {
            text::charset_of(scan, id)?.decode(&scan.value(id, LONGEST)?, vr).text
        };
        decoded.truncate(decoded.trim_end_matches(['\0', ' ']).len());
        return Ok(if has_several(vr) { values(&decoded, vr) } else { decoded });
    }
    let bytes = scan.value(id, LONGEST)?;
    if bytes.is_empty() {
        return Ok(String::new());
    }
    let read = Numbers { bytes: &bytes, big: scan.encoding.big_endian };
    Ok(match vr {
        VR::US => list(read.each(|b: [u8; 2]| u16::from_le_bytes(b).to_string())),
        VR::SS => list(read.each(|b: [u8; 2]| i16::from_le_bytes(b).to_string())),
        VR::UL => list(read.each(|b: [u8; 4]| u32::from_le_bytes(b).to_string())),
        VR::SL => list(read.each(|b: [u8; 4]| i32::from_le_bytes(b).to_string())),
        VR::UV => list(read.each(|b: [u8; 8]| u64::from_le_bytes(b).to_string())),
        VR::SV => list(read.each(|b: [u8; 8]| i64::from_le_bytes(b).to_string())),
        VR::FL => list(read.each(|b: [u8; 4]| python_float(f32::from_le_bytes(b).into()))),
        VR::FD => list(read.each(|b: [u8; 8]| python_float(f64::from_le_bytes(b)))),
        VR::AT => list(read.tags()),
        _ => python_bytes(&bytes),
    })
}

/// The VR that counts: that of the dictionary for UN, that of the list of private attributes where
/// no VR is written, and the sign of the pixels where the
/// dictionary leaves US or SS open.
fn vr_of(scan: &Scan, node: &Node) -> VR {
    if node.tag.group() % 2 == 1 && !scan.encoding.explicit_vr && node.vr == VR::UN {
        return private_vr(scan, node).unwrap_or(VR::UN);
    }
    if node.tag.group() % 2 == 1 || (scan.encoding.explicit_vr && node.vr != VR::UN) {
        return node.vr;
    }
    let entry = StandardDataDictionary.by_tag(node.tag).map(DataDictionaryEntry::vr);
    match entry {
        Some(VirtualVr::Xs) if is_signed(scan) => VR::SS,
        _ => dictionary::vr(node.tag),
    }
}

fn private_vr(scan: &Scan, node: &Node) -> Option<VR> {
    let block = Tag(node.tag.group(), node.tag.element() >> 8);
    let creator = scan.find_in(node.parent, block)?;
    private::vr_of(node.tag, &text::text_value(scan, creator).ok()?.text)
}

fn is_signed(scan: &Scan) -> bool {
    let value = scan.find(PIXEL_REPRESENTATION).and_then(|id| scan.value(id, 2).ok());
    value.is_some_and(|bytes| bytes.contains(&1))
}

/// Whether a backslash parts values.
const fn has_several(vr: VR) -> bool {
    !matches!(vr, VR::LT | VR::ST | VR::UT | VR::UR)
}

fn values(text: &str, vr: VR) -> String {
    let values: Vec<&str> =
        text.split('\\').map(|value| value.trim_end_matches(['\0', ' '])).collect();
    match values[..] {
        [only] => only.trim().to_owned(),
        _ => {
            // Names and numbers are objects of their own: no quotes around them.
            let bare = matches!(vr, VR::PN | VR::DS | VR::IS);
            let shown = values.into_iter().map(|value| match value {
                number if bare && !number.is_empty() => number.trim().to_owned(),
                value => python_text(value),
            });
            format!("[{}]", shown.collect::<Vec<_>>().join(", "))
        }
    }
}

fn list(values: Vec<String>) -> String {
    match &values[..] {
        [only] => only.clone(),
        _ => format!("[{}]", values.join(", ")),
    }
}

struct Numbers<'a> {
    bytes: &'a [u8],
    big: bool,
}

impl Numbers<'_> {
    fn each<const N: usize>(&self, show: impl Fn([u8; N]) -> String) -> Vec<String> {
        let words = self.bytes.as_chunks::<N>().0.iter();
        words
            .map(|word| {
                let mut word = *word;
                if self.big {
                    word.reverse();
                }
                show(word)
            })
            .collect()
    }

    fn tags(&self) -> Vec<String> {
        let words = self.each(|b: [u8; 2]| format!("{:04x}", u16::from_le_bytes(b)));
        let pairs = words.chunks_exact(2);
        pairs.map(|pair| format!("({}, {})", pair[0], pair[1])).collect()
    }
}

/// A text in quotes, as Python writes it in a list.
fn python_text(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for letter in text.chars() {
        match letter {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            letter if letter == quote => out.extend(['\\', letter]),
            letter => out.push(letter),
        }
    }
    out.push(quote);
    out
}

/// Bytes as Python writes them.
fn python_bytes(bytes: &[u8]) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    let mut out = format!("b{quote}");
    for &byte in bytes {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            byte if char::from(byte) == quote => out.extend(['\\', quote]),
            0x20..=0x7E => out.push(byte.into()),
            byte => {
                // A string never refuses.
                let _written = write!(out, "\\x{byte:02x}").is_ok();
            }
        }
    }
    out.push(quote);
    out
}

/// The shortest digits that read back as the same number, as Python writes them.
fn python_float(number: f64) -> String {
    if number.is_nan() {
        return "nan".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf".into() } else { "-inf".into() };
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if number != 0.0 && !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    let plain = format!("{number}");
    if plain.contains('.') { plain } else { plain + ".0" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_print_as_python_prints_them() {
        for (number, expected) in [
            (1000.0, "1000.0"),
            (1e-7, "1e-07"),
            (1e22, "1e+22"),
            (0.1, "0.1"),
            (0.1_f32.into(), "0.10000000149011612"),
            (-0.0, "-0.0"),
            (1e16, "1e+16"),
            (123_456_789_012_345.0, "123456789012345.0"),
            (1.5e-5, "1.5e-05"),
            (0.0001, "0.0001"),
        ] {
            assert_eq!(python_float(number), expected);
        }
    }

    #[test]
    fn texts_and_bytes_are_quoted_as_python_quotes_them() {
        assert_eq!(python_text("it's"), "\"it's\"");
        assert_eq!(python_text("b\"c"), "'b\"c'");
        assert_eq!(python_bytes(b"x'y\"\n\xff\0"), "b'x\\'y\"\\n\\xff\\x00'");
        assert_eq!(python_bytes(b"abc"), "b'abc'");
        assert_eq!(values("A\\B ", VR::CS), "['A', 'B']");
        assert_eq!(values("0.5\\0.50", VR::DS), "[0.5, 0.50]");
        assert_eq!(values("A^B\\C", VR::PN), "[A^B, C]");
        assert_eq!(values("\\", VR::DS), "['', '']");
        assert_eq!(values(" 2.0 ", VR::DS), "2.0");
    }
}
