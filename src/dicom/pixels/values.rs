//! Reads the few kinds of values that describe pixels, in the byte order of their dataset.

use dicom_core::Tag;
use dicom_core::VR;

use crate::dicom::NodeId;
use crate::dicom::NodeKind;
use crate::dicom::Scan;

/// Longest value read for text and numbers, in bytes.
const SHORT: u64 = 1024;

/// Longest lookup table read, in bytes: 65,536 entries of 16 bits.
const TABLE: u64 = 131_072;

/// Whether numbers of this element are big endian.
pub fn is_big_endian(scan: &Scan, id: NodeId) -> bool {
    let node = scan.node(id);
    let inside = node.parent.is_some_and(|parent| scan.node(parent).implicit_inside);
    scan.encoding.big_endian && !node.implicit_inside && !inside
}

/// The 16-bit words of a value (US, SS, OW, or OB pairs), at most 65,536 of them.
///
/// Empty when the element is absent, empty, or cannot be read.
pub fn words(scan: &Scan, item: Option<NodeId>, tag: Tag) -> Vec<u16> {
    let Some(id) = scan.find_in(item, tag) else { return Vec::new() };
    if scan.node(id).kind != NodeKind::Element {
        return Vec::new();
    }
    let bytes = scan.value(id, TABLE).unwrap_or_default();
    let big = is_big_endian(scan, id);
    bytes.as_chunks().0.iter().map(|pair| word(*pair, big)).collect()
}

/// The first 16-bit number of an element; text VRs are read as a decimal number.
///
/// `None` when the element is absent, empty or cannot be read as a number.
pub fn number(scan: &Scan, item: Option<NodeId>, tag: Tag) -> Option<u16> {
    let id = scan.find_in(item, tag)?;
    match scan.node(id).vr {
        VR::IS | VR::DS | VR::LO | VR::SH | VR::CS | VR::ST | VR::LT => {
            text(scan, item, tag)?.parse().ok()
        }
        VR::UL | VR::SL if scan.node(id).value.end.checked_sub(scan.node(id).value.start)? == 4 => {
            let bytes: [u8; 4] = scan.value(id, 4).ok()?.try_into().ok()?;
            let wide = if is_big_endian(scan, id) {
                u32::from_be_bytes(bytes)
            } else {
                u32::from_le_bytes(bytes)
            };
            u16::try_from(wide).ok()
        }
        _ => {
            let bytes: [u8; 2] = scan.value(id, 2).ok()?.try_into().ok()?;
            Some(word(bytes, is_big_endian(scan, id)))
        }
    }
}

/// The first component of a text value without its padding; `None` when absent or empty.
///
/// Bytes beyond ASCII become replacement characters: only code strings and numbers are read here.
pub fn text(scan: &Scan, item: Option<NodeId>, tag: Tag) -> Option<String> {
    let id = scan.find_in(item, tag)?;
    if scan.node(id).kind != NodeKind::Element {
        return None;
    }
    let bytes = scan.value(id, SHORT).ok()?;
    let whole = String::from_utf8_lossy(&bytes);
    let first = whole.split('\\').next().unwrap_or_default();
    let trimmed = first.trim_matches([' ', '\0', '\t', '\r', '\n']);
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}

/// The finite numbers of a DS, IS, FL or FD value, in order; what is not a number is left out.
pub fn decimals(scan: &Scan, item: Option<NodeId>, tag: Tag) -> Vec<f64> {
    let Some(id) = scan.find_in(item, tag) else { return Vec::new() };
    if scan.node(id).kind != NodeKind::Element {
        return Vec::new();
    }
    let bytes = scan.value(id, SHORT).unwrap_or_default();
    let big = is_big_endian(scan, id);
    let numbers: Vec<f64> = match scan.node(id).vr {
        VR::FD => bytes
            .as_chunks()
            .0
            .iter()
            .map(|eight| if big { f64::from_be_bytes(*eight) } else { f64::from_le_bytes(*eight) })
            .collect(),
        VR::FL => bytes
            .as_chunks()
            .0
            .iter()
            .map(|four| if big { f32::from_be_bytes(*four) } else { f32::from_le_bytes(*four) })
            .map(f64::from)
            .collect(),
        _ => String::from_utf8_lossy(&bytes)
            .split('\\')
            .filter_map(|part| part.trim_matches([' ', '\0']).parse().ok())
            .collect(),
    };
    numbers.into_iter().filter(|number| number.is_finite()).collect()
}

/// The items of a sequence, in order.
pub fn items(scan: &Scan, item: Option<NodeId>, tag: Tag) -> Vec<NodeId> {
    let Some(id) = scan.find_in(item, tag) else { return Vec::new() };
    let children = scan.children(Some(id));
    children.filter(|(_, node)| node.kind == NodeKind::Item).map(|(id, _)| id).collect()
}

/// The first item of a sequence.
pub fn first_item(scan: &Scan, item: Option<NodeId>, tag: Tag) -> Option<NodeId> {
    let id = scan.find_in(item, tag)?;
    scan.children(Some(id)).find(|(_, node)| node.kind == NodeKind::Item).map(|(id, _)| id)
}

const fn word(bytes: [u8; 2], big_endian: bool) -> u16 {
    if big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
}
