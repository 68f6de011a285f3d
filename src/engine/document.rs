//! Encapsulated documents (PS3.3 A.45, A.85): whether all text in one can be read, and none of it
//! identifies.
//!
//! That can be told of XML (CDA), STL, OBJ and MTL. Of a PDF it cannot: its fonts may show other
//! letters than its bytes say, and its pictures hold text.

use crate::engine::text::Cleaner;
use crate::model::VR;

/// Bytes of the header of a binary STL, and of each of its triangles.
const STL_HEADER: usize = 84;
const TRIANGLE: usize = 50;

/// Whether a document of this MIME type holds nothing that identifies, as far as anybody can tell.
pub(crate) fn is_clean(bytes: &[u8], mime_type: &str, cleaner: &Cleaner<'_>) -> bool {
    let is_text_clean = |bytes: &[u8]| {
        let bytes = bytes.strip_suffix(b"\0").unwrap_or(bytes);
        std::str::from_utf8(bytes).is_ok_and(|text| cleaner.clean(text, VR::UT).cuts.is_empty())
    };
    match mime_type.trim().to_ascii_lowercase().as_str() {
        "text/xml" | "application/xml" => {
            let bytes = bytes.strip_suffix(b"\0").unwrap_or(bytes);
            let text = std::str::from_utf8(bytes).ok().filter(|text| says_utf8(text));
            text.is_some_and(|text| is_text_clean(text_of(text).as_bytes()))
        }
        "model/obj" | "model/mtl" => is_text_clean(bytes),
        "model/stl" if bytes.starts_with(b"solid") && bytes.is_ascii() => is_text_clean(bytes),
        "model/stl" => is_plain_stl(bytes) && is_text_clean(bytes[..80].trim_ascii_end()),
        _ => false,
    }
}

/// Whether an XML declaration names no other encoding than the one that was read.
fn says_utf8(xml: &str) -> bool {
    let declaration = xml.split_once("?>").map_or("", |(before, _)| before);
    match declaration.split_once("encoding=") {
        None => true,
        Some((_, named)) => named[1..].to_ascii_uppercase().starts_with("UTF-8"),
    }
}

/// The text of elements, of attributes and of comments, each on a line of its own.
fn text_of(xml: &str) -> String {
    let mut out = String::with_capacity(xml.len());
    for (at, part) in xml.split('<').enumerate() {
        let (tag, text) =
            if at == 0 { ("", part) } else { part.split_once('>').unwrap_or((part, "")) };
        for value in tag.split(['"', '\'']).skip(1).step_by(2) {
            out.push_str(value);
            out.push('\n');
        }
        if tag.starts_with(['!', '?']) {
            out.push_str(tag);
            out.push('\n');
        }
        out.push_str(text);
        out.push('\n');
    }
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&#160;", " "),
        ("&amp;", "&"),
    ];
    entities.iter().fold(out, |text, (entity, letter)| text.replace(entity, letter))
}

/// Whether a binary STL has the length that its count says, no bytes of text behind the header's
/// end, and nothing in the two bytes that each triangle leaves to the maker.
fn is_plain_stl(bytes: &[u8]) -> bool {
    let Some(count) = bytes.get(80..84).and_then(|count| count.try_into().ok()) else {
        return false;
    };
    let count = u32::from_le_bytes(count) as usize;
    let triangles = &bytes[STL_HEADER..];
    let length = count.checked_mul(TRIANGLE);
    // One byte of padding may follow.
    let fits =
        length.is_some_and(|length| matches!(triangles.len().checked_sub(length), Some(0 | 1)));
    fits && triangles.chunks_exact(TRIANGLE).all(|triangle| triangle[48..] == [0, 0])
        && bytes[..80].iter().all(|byte| *byte == 0 || !byte.is_ascii_control())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::engine::identifiers::Identifiers;
    use crate::engine::key::ProjectKey;
    use crate::engine::text::{Eponyms, Replacement};
    use crate::index::{Identifier, IdentifierKind, SubjectDictionary};
    use crate::model::{PatientKey, Phi};

    fn clean(bytes: &[u8], mime_type: &str) -> bool {
        let patient = PatientKey::new("\u{1f}1");
        let mut dictionary = SubjectDictionary::default();
        let text = Phi::new("Quillfeather^Ottoline".to_owned());
        dictionary.add(Identifier { kind: IdentifierKind::PatientName, text });
        let identifiers =
            Identifiers::compile(&BTreeMap::from([(patient.clone(), dictionary)])).unwrap();
        let key = ProjectKey::from_bytes([1; 32]);
        let cleaner = Cleaner {
            identifiers: &identifiers,
            patient: &patient,
            replacement: Replacement::Nothing,
            eponyms: Eponyms::Cut,
            strict: false,
            key: &key,
        };
        is_clean(bytes, mime_type, &cleaner)
    }

    fn stl(header: &[u8], attribute: [u8; 2]) -> Vec<u8> {
        let mut bytes = header.to_vec();
        bytes.resize(80, b' ');
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend([7; 48]);
        bytes.extend(attribute);
        bytes
    }

    #[test]
    fn only_what_can_be_read_and_names_nobody_is_clean() {
        let xml =
            |text: &str| format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><a b=\"c\">{text}</a>");
        for (bytes, mime_type) in [
            (xml("chest clear").into_bytes(), "text/xml"),
            (stl(b"made by a slicer", [0, 0]), "model/stl"),
            (b"solid part\nfacet normal 0 0 1\nendsolid\n".to_vec(), "model/stl"),
            (b"v 1.0 2.0 3.0\nusemtl bone\n".to_vec(), "model/obj"),
        ] {
            assert!(clean(&bytes, mime_type), "{mime_type}");
        }
        for (bytes, mime_type) in [
            (xml("chest of Ottoline").into_bytes(), "text/xml"),
            (xml("</a><a b=\"Quillfeather\">").into_bytes(), "text/xml"),
            (xml("<!-- Ottoline -->").into_bytes(), "text/xml"),
            (xml("x").replace("UTF-8", "UTF-16").into_bytes(), "text/xml"),
            (xml("call 510-555-2545").into_bytes(), "text/xml"),
            (stl(b"Quillfeather", [0, 0]), "model/stl"),
            (stl(b"part", [b'O', b't']), "model/stl"),
            (b"solid Ottoline\nendsolid\n".to_vec(), "model/stl"),
            (b"# for Ottoline\nv 1 2 3\n".to_vec(), "model/obj"),
            (b"%PDF-1.4 nothing in here".to_vec(), "application/pdf"),
            (b"\xFF\xFE".to_vec(), "text/xml"),
            (b"short".to_vec(), "model/stl"),
        ] {
            assert!(!clean(&bytes, mime_type), "{mime_type}");
        }
    }
}
