//! Reads the few attributes that rules ask for.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::devices::Attribute;
use crate::dicom::pixels::values::is_big_endian;
use crate::dicom::{NodeId, NodeKind, Scan, text};
use crate::model::{Tag, VR};

/// Longest value that is read, in bytes.
const LONGEST: u64 = 1 << 16;

/// What a file says of an attribute.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// It is not there.
    Missing,
    /// It is there, without a value or an item.
    Empty,
    /// Its values, parted by backslashes, without padding.
    Text(String),
    /// It is there, and it cannot be told what it says: it is binary, too long, in a character set
    /// that does not fit, or there twice.
    Unreadable,
}

/// The top level of a scanned file. Each value is read once, when it is first asked for.
pub(crate) struct Attributes<'a> {
    scan: &'a Scan,
    top: BTreeMap<Tag, Vec<NodeId>>,
    read: RefCell<BTreeMap<Attribute, Value>>,
}

impl<'a> Attributes<'a> {
    pub(crate) fn new(scan: &'a Scan) -> Self {
        let mut top: BTreeMap<Tag, Vec<NodeId>> = BTreeMap::new();
        for (id, node) in scan.children(None) {
            top.entry(node.tag).or_default().push(id);
        }
        Self { scan, top, read: RefCell::default() }
    }

    /// All elements of a tag at the top level.
    pub(crate) fn elements(&self, tag: Tag) -> &[NodeId] {
        self.top.get(&tag).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn value(&self, attribute: &Attribute) -> Value {
        if let Some(known) = self.read.borrow().get(attribute) {
            return known.clone();
        }
        let value = match self.found(attribute)[..] {
            [] => Value::Missing,
            [id] => self.of_element(id),
            // One program would read the first, another the last.
            [..] => Value::Unreadable,
        };
        self.read.borrow_mut().insert(attribute.clone(), value.clone());
        value
    }

    fn found(&self, attribute: &Attribute) -> Vec<NodeId> {
        let Some(creator) = attribute.creator() else {
            return self.elements(attribute.tag()).to_vec();
        };
        let group = attribute.tag().group();
        let reserved = self.top.range(Tag(group, 0x10)..=Tag(group, 0xFF));
        let is_named = |id: &NodeId| match self.of_element(*id) {
            Value::Text(name) => name.trim().eq_ignore_ascii_case(creator),
            _ => false,
        };
        let blocks = reserved.filter(|(_, ids)| ids.iter().any(is_named));
        let tags =
            blocks.map(|(block, _)| Tag(group, block.element() << 8 | attribute.tag().element()));
        tags.flat_map(|tag| self.elements(tag)).copied().collect()
    }

    fn of_element(&self, id: NodeId) -> Value {
        let node = self.scan.node(id);
        let length = node.value.end.saturating_sub(node.value.start);
        if length == 0 {
            return Value::Empty;
        }
        if node.kind != NodeKind::Element || length > LONGEST {
            return Value::Unreadable;
        }
        let read = match node.vr {
            VR::US | VR::SS | VR::UL | VR::SL | VR::FL | VR::FD => self.numbers(id),
            vr if text::is_text(vr) => self.text(id),
            // Without a VR in the file, private attributes come so.
            VR::UN => self.text(id).filter(|text| !text.contains(char::is_control)),
            _ => None,
        };
        match read {
            Some(text) if text.is_empty() => Value::Empty,
            Some(text) => Value::Text(text),
            None => Value::Unreadable,
        }
    }

    fn text(&self, id: NodeId) -> Option<String> {
        let decoded = text::text_value(self.scan, id).ok()?;
        decoded.clean.then(|| decoded.text.trim_matches([' ', '\0']).to_owned())
    }

    fn numbers(&self, id: NodeId) -> Option<String> {
        let bytes = self.scan.value(id, LONGEST).ok()?;
        let (vr, big) = (self.scan.node(id).vr, is_big_endian(self.scan, id));
        let width = match vr {
            VR::US | VR::SS => 2,
            VR::FD => 8,
            _ => 4,
        };
        if !bytes.len().is_multiple_of(width) {
            return None;
        }
        let numbers = bytes.chunks_exact(width).map(|bytes| number(bytes, vr, big));
        Some(numbers.collect::<Option<Vec<String>>>()?.join("\\"))
    }
}

/// A number as text.
fn number(bytes: &[u8], vr: VR, big: bool) -> Option<String> {
    let mut bytes = bytes.to_vec();
    if big {
        bytes.reverse();
    }
    Some(match vr {
        VR::US => u16::from_le_bytes(bytes.try_into().ok()?).to_string(),
        VR::SS => i16::from_le_bytes(bytes.try_into().ok()?).to_string(),
        VR::UL => u32::from_le_bytes(bytes.try_into().ok()?).to_string(),
        VR::SL => i32::from_le_bytes(bytes.try_into().ok()?).to_string(),
        VR::FL => f32::from_le_bytes(bytes.try_into().ok()?).to_string(),
        VR::FD => f64::from_le_bytes(bytes.try_into().ok()?).to_string(),
        _ => return None,
    })
}
