//! A file of the output, with every value at its place.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use md5::{Digest, Md5};

use crate::dicom::{Limits, Node, NodeId, NodeKind, Scan, Source, scan, text};
use crate::model::Tag;
use crate::score::print;

const PIXEL_DATA: Tag = Tag(0x7FE0, 0x0010);
const SOP_INSTANCE_UID: Tag = Tag(0x0008, 0x0018);
/// Bytes that are read at once.
const STEP: u64 = 1 << 20;

/// What the checks need of one file.
pub(crate) struct IndexedFile {
    /// The scan itself, for what no check sees.
    pub(crate) scan: Scan,
    /// Its SOP Instance UID.
    pub(crate) instance: String,
    /// Places as the validator writes them, each with the printed value.
    values: HashMap<String, String>,
    /// The place of each node.
    places: Vec<String>,
}

impl IndexedFile {
    /// Reads a file; `None` when it is no DICOM that can be read.
    ///
    /// # Errors
    /// Those of the system.
    pub(crate) fn read(path: &Path) -> io::Result<Option<Self>> {
        let Ok(scan) = scan(Source::open(path)?, &Limits::default()) else { return Ok(None) };
        let mut values = HashMap::new();
        let mut places: Vec<String> = Vec::with_capacity(scan.nodes.len());
        for (id, node) in scan.iter() {
            let place = match node.kind {
                NodeKind::Item => format!("{}[<{:04}>]", parent(&places, node), node.index),
                NodeKind::Fragment => String::new(),
                _ => format!("{}<{}>", parent(&places, node), label(&scan, node)?),
            };
            if !matches!(node.kind, NodeKind::Item | NodeKind::Fragment) {
                values.insert(place.clone(), print::printed(&scan, id)?);
            }
            places.push(place);
        }
        let uid = scan.find(SOP_INSTANCE_UID).map(|id| text::text_value(&scan, id));
        let instance = uid.transpose()?.map(|decoded| decoded.text).unwrap_or_default();
        Ok(Some(Self { scan, instance, values, places }))
    }

    /// Where a node stands, as the answers write it.
    pub(crate) fn place(&self, id: NodeId) -> &str {
        self.places.get(id.0 as usize).map_or("", String::as_str)
    }

    /// The printed value at a place of the answers.
    pub(crate) fn value(&self, place: &str) -> Option<&str> {
        self.values.get(place).map(String::as_str)
    }

    /// MD5 of the pixel data as they stand in the file, with the headers of their fragments; the
    /// word `None` where there are none.
    ///
    /// # Errors
    /// Those of the system.
    pub(crate) fn pixel_digest(&self) -> io::Result<String> {
        let Some(id) = self.scan.find(PIXEL_DATA) else { return Ok("None".into()) };
        let range = self.scan.node(id).value.clone();
        let mut hash = Md5::new();
        let mut at = range.start;
        while at < range.end {
            let end = range.end.min(at + STEP);
            hash.update(self.scan.source.read(at..end)?);
            at = end;
        }
        Ok(hex::encode(hash.finalize()))
    }
}

fn parent<'a>(places: &'a [String], node: &Node) -> &'a str {
    node.parent.and_then(|id| places.get(id.0 as usize)).map_or("", String::as_str)
}

/// `(gggg,eeee)` in lower case, or `(gggg,"CREATOR",ee)` for a private element with a creator.
fn label(scan: &Scan, node: &Node) -> io::Result<String> {
    let (group, element) = (node.tag.group(), node.tag.element());
    if let Some(id) = creator(scan, node) {
        let name = text::text_value(scan, id)?.text;
        if !name.is_empty() {
            return Ok(format!("({group:04x},\"{}\",{:02x})", name.to_uppercase(), element & 0xFF));
        }
    }
    Ok(format!("({group:04x},{element:04x})"))
}

/// The Private Creator of a private element's block.
fn creator(scan: &Scan, node: &Node) -> Option<NodeId> {
    let (group, element) = (node.tag.group(), node.tag.element());
    if group.is_multiple_of(2) || element < 0x1000 {
        return None;
    }
    scan.find_in(node.parent, Tag(group, element >> 8))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(out: &mut Vec<u8>, tag: (u16, u16), vr: &str, value: &[u8]) {
        out.extend(tag.0.to_le_bytes());
        out.extend(tag.1.to_le_bytes());
        out.extend(vr.as_bytes());
        let pad = value.len() % 2;
        if matches!(vr, "SQ" | "UN" | "OB" | "OW") {
            out.extend([0, 0]);
            out.extend(((value.len() + pad) as u32).to_le_bytes());
        } else {
            out.extend(((value.len() + pad) as u16).to_le_bytes());
        }
        out.extend(value);
        out.extend(vec![if vr == "UI" { 0 } else { b' ' }; pad]);
    }

    #[test]
    fn places_are_written_as_the_answers_write_them() {
        let mut inner = Vec::new();
        element(&mut inner, (0x0008, 0x1155), "UI", b"1.2.3");
        element(&mut inner, (0x0019, 0x0010), "LO", b"Acme ct");
        element(&mut inner, (0x0019, 0x10AB), "LO", b"x");
        let mut item = vec![0xFE, 0xFF, 0x00, 0xE0];
        item.extend((inner.len() as u32).to_le_bytes());
        item.extend(&inner);
        let mut file = vec![0; 128];
        file.extend(b"DICM");
        let mut meta = Vec::new();
        element(&mut meta, (0x0002, 0x0010), "UI", b"1.2.840.10008.1.2.1");
        element(&mut file, (0x0002, 0x0000), "UL", &(meta.len() as u32).to_le_bytes());
        file.extend(meta);
        element(&mut file, (0x0008, 0x0018), "UI", b"1.2.3.4");
        element(&mut file, (0x0008, 0x103E), "LO", b" it's ");
        element(&mut file, (0x0008, 0x1140), "SQ", &item);
        element(&mut file, (0x0009, 0x1001), "LO", b"no creator");
        element(&mut file, (0x0018, 0x1020), "LO", b"a\\b");
        element(&mut file, (0x0028, 0x0010), "US", &[5, 0]);
        element(&mut file, (0x7FE0, 0x0010), "OB", b"1234");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, file).unwrap();
        let read = IndexedFile::read(&path).unwrap().unwrap();
        for (place, value) in [
            ("<(0008,103e)>", "<it's>"),
            ("<(0008,1140)>", "<[1 items]>"),
            ("<(0008,1140)>[<0000>]<(0008,1155)>", "<1.2.3>"),
            ("<(0008,1140)>[<0000>]<(0019,0010)>", "<Acme ct>"),
            ("<(0008,1140)>[<0000>]<(0019,\"ACME CT\",ab)>", "<x>"),
            ("<(0009,1001)>", "<no creator>"),
            ("<(0018,1020)>", "<['a', 'b']>"),
            ("<(0028,0010)>", "<5>"),
            ("<(7fe0,0010)>", "<REMOVED>"),
        ] {
            assert_eq!(read.value(place), Some(value), "{place}");
        }
        assert_eq!(read.value("<(0010,0010)>"), None);
        assert_eq!(read.instance, "1.2.3.4");
        // MD5 of "1234".
        assert_eq!(read.pixel_digest().unwrap(), "81dc9bdb52d04dc20036dbd8313ed055");
    }
}
