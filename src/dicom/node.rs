//! What a scan finds: byte ranges of a dataset, flat, in the order of the file.

use std::collections::BTreeMap;
use std::ops::Range;

use dicom_core::{Tag, VR};

use crate::dicom::Source;
use crate::model::AttributePath;

/// Names one node of a scan: its place in [`Scan::nodes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NodeKind {
    /// A data element with a value.
    Element,
    /// A data element whose value is items (SQ, or UN of undefined length read as CP-246 says).
    Sequence,
    /// A data element whose value is fragments (encapsulated Pixel Data).
    Fragments,
    /// An item of a sequence.
    Item,
    /// A fragment of encapsulated Pixel Data; the first is the Basic Offset Table.
    Fragment,
}

/// How the length of a node is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LengthForm {
    /// A number, which an edit inside must mend.
    Defined,
    /// Undefined: a delimiter ends it.
    Undefined,
}

/// One element, item or fragment: where its bytes lie in [`Scan::source`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Its tag; (FFFE,E000) for items and fragments.
    pub tag: Tag,
    /// VR as written, or by the dictionary where VRs are implicit; [`VR::UN`] where neither tells
    /// or the node is an item or fragment.
    pub vr: VR,
    /// First byte of the header.
    pub start: u64,
    /// The value: without header and without delimiter.
    pub value: Range<u64>,
    /// One past the last byte, delimiter included.
    pub end: u64,
    /// How its length is written.
    pub length: LengthForm,
    /// The sequence around an item, the item around an element; `None` at the top level.
    pub parent: Option<NodeId>,
    /// Place among the parent's children of items and fragments, counted from 0; 0 for elements.
    pub index: u32,
    /// Whether this element's content is written in implicit VR though the dataset is not (UN of
    /// undefined length, CP-246).
    pub implicit_inside: bool,
}

/// How the elements of a dataset are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Encoding {
    /// Whether VRs are written.
    pub explicit_vr: bool,
    /// Whether numbers are big endian.
    pub big_endian: bool,
    /// Whether the dataset is deflated in the file; [`Scan::source`] then holds it inflated.
    pub deflated: bool,
}

/// What a scan read of the File Meta Information; the writer makes a new one.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct FileMeta {
    /// Transfer Syntax UID (0002,0010), as written or, where it was absent or wrong, as found.
    pub transfer_syntax: String,
    /// Media Storage SOP Class UID (0002,0002), as written.
    pub sop_class: String,
    /// Media Storage SOP Instance UID (0002,0003), as written.
    pub sop_instance: String,
    /// Where the whole group lies in the **file**; empty when there is none.
    pub range: Range<u64>,
}

/// Something odd that did not stop the scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScanNote {
    /// There is no preamble and no `DICM`.
    NoPreamble,
    /// There is no File Meta Information; the encoding was found by looking.
    NoFileMeta,
    /// (0002,0000) is missing or wrong.
    NoGroupLength,
    /// The dataset is not written as its transfer syntax says; the encoding was found by looking.
    SyntaxMismatch,
    /// Bytes follow the dataset; they are left out of what is written.
    TrailingBytes,
    /// Elements are not in ascending order.
    OutOfOrder,
    /// A delimiter was missing at the end of the file, or stood where none belongs.
    LooseDelimiter,
    /// Headers are not written as the standard says; [`Scan::source`] has them written anew.
    Mended,
}

/// A scanned dataset.
///
/// Nodes stand in the order of the file, parents before their children.
#[derive(Clone, Debug)]
pub struct Scan {
    /// The bytes that all ranges speak of: the file, the inflated dataset, or the dataset with
    /// mended headers.
    pub source: Source,
    /// The file itself (the same as `source` unless deflated or mended).
    pub file: Source,
    /// The dataset within `source`.
    pub dataset: Range<u64>,
    /// How it is written.
    pub encoding: Encoding,
    /// The File Meta Information.
    pub meta: FileMeta,
    /// What was odd, each once, sorted.
    pub notes: Vec<ScanNote>,
    /// All nodes.
    pub nodes: Vec<Node>,
    /// The first Specific Character Set directly in an item, or at the top level, by the item:
    /// whoever reads a text asks for it.
    pub(crate) declarations: BTreeMap<Option<NodeId>, NodeId>,
}

impl Scan {
    /// The node of that name.
    ///
    /// # Panics
    /// If the name comes from another scan.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// All nodes with their names, parents before children.
    pub fn iter(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.nodes.iter().enumerate().map(|(at, node)| (NodeId(at as u32), node))
    }

    /// The direct children of `parent`, or of the top level.
    pub fn children(&self, parent: Option<NodeId>) -> impl Iterator<Item = (NodeId, &Node)> {
        let first = parent.map_or(0, |id| id.0 as usize + 1);
        let end = parent.map_or(u64::MAX, |id| self.node(id).end);
        self.nodes[first..]
            .iter()
            .enumerate()
            .take_while(move |(_, node)| node.start < end)
            .filter(move |(_, node)| node.parent == parent)
            .map(move |(at, node)| (NodeId((first + at) as u32), node))
    }

    /// The first element `tag` at the top level.
    pub fn find(&self, tag: Tag) -> Option<NodeId> {
        self.find_in(None, tag)
    }

    /// The first element `tag` directly inside `item`, or at the top level.
    pub fn find_in(&self, item: Option<NodeId>, tag: Tag) -> Option<NodeId> {
        self.children(item).find(|(_, node)| node.tag == tag).map(|(id, _)| id)
    }

    /// The place of an element in words of the standard. For an item, that of its sequence.
    pub fn path(&self, id: NodeId) -> AttributePath {
        let mut steps = Vec::new();
        let node = self.node(id);
        let (mut at, tag) = match node.kind {
            NodeKind::Item | NodeKind::Fragment => {
                let sequence = node.parent.map(|parent| self.node(parent));
                (sequence.and_then(|node| node.parent), sequence.map_or(node.tag, |node| node.tag))
            }
            _ => (node.parent, node.tag),
        };
        while let Some(item) = at.map(|id| self.node(id)) {
            let Some(sequence) = item.parent.map(|id| self.node(id)) else { break };
            steps.push(crate::model::PathStep { sequence: sequence.tag, item: item.index });
            at = sequence.parent;
        }
        steps.reverse();
        AttributePath::nested(steps, tag)
    }

    /// Reads the value of an element, at most `limit` bytes of it.
    ///
    /// # Errors
    /// Those of the source.
    pub fn value(&self, id: NodeId, limit: u64) -> std::io::Result<Vec<u8>> {
        let range = &self.node(id).value;
        self.source.read(range.start..range.end.min(range.start.saturating_add(limit)))
    }
}
