//! Writes the headers of a dataset anew where they are not written as the standard says.
//!
//! Values are not touched and not read. What comes out is in Explicit VR Little Endian, and it is
//! walked again from its start: it must give the same elements, with values of the same lengths,
//! and nothing odd. Else the file is refused.

use dicom_core::{Tag, VR};

use crate::dicom::dictionary;
use crate::dicom::header::{EXPLICIT, IMPLICIT, ITEM, PIXEL_DATA};
use crate::dicom::scan::{Limits, ScanError};
use crate::dicom::source::SourcePatch;
use crate::dicom::splice::encoded_header;
use crate::dicom::walk::{Walk, Walked};
use crate::dicom::{LengthForm, Node, NodeId, NodeKind, ScanNote, Source};

const PIXEL_REPRESENTATION: Tag = Tag(0x0028, 0x0103);
/// Longest value of a VR whose length field has 2 bytes.
const LONGEST_SHORT: u64 = 65_534;

/// The dataset from `start` on as its walk says that it is meant, and the walk over that.
///
/// # Errors
/// [`ScanError::Malformed`] when the result cannot be read as what was meant.
pub(crate) fn mend(
    source: &Source,
    start: u64,
    walked: Walked,
    limits: &Limits,
) -> Result<(Source, Walked), ScanError> {
    let Walked { mut nodes, mut notes, end, .. } = walked;
    name_lost_sequences(&mut nodes)?;
    let patches = Mender { source, nodes: &nodes, is_signed: is_signed(source, &nodes)? }.run()?;
    let mended = source.patched(start..end, patches);
    let why = "headers that cannot be written as what they mean";
    let refused = ScanError::Malformed { at: start, why };
    let mut again = match Walk::new(&mended, EXPLICIT, limits).run(0..mended.len()) {
        Ok(again) => again,
        Err(ScanError::Malformed { .. } | ScanError::Truncated { .. }) => return Err(refused),
        Err(error) => return Err(error),
    };
    let has_news = again.notes.difference(&notes).next().is_some();
    if again.odd || has_news || again.end != mended.len() || !agree(&nodes, &again.nodes) {
        return Err(refused);
    }
    notes.insert(ScanNote::Mended);
    again.notes = notes;
    Ok((mended, again))
}

/// Group lengths would be wrong, and the standard has retired them.
fn is_dropped(node: &Node) -> bool {
    node.tag.element() == 0 && matches!(node.kind, NodeKind::Element)
}

/// Whether a walk found what was meant: the same nodes, with values of the same length.
fn agree(meant: &[Node], found: &[Node]) -> bool {
    let mut meant = meant.iter().filter(|node| !is_dropped(node));
    let same = found.iter().all(|found| {
        meant.next().is_some_and(|meant| {
            let is_leaf = matches!(found.kind, NodeKind::Element | NodeKind::Fragment);
            let length = |node: &Node| node.value.end - node.value.start;
            (found.kind, found.tag, found.index) == (meant.kind, meant.tag, meant.index)
                && (!is_leaf || length(found) == length(meant))
        })
    });
    same && meant.next().is_none()
}

/// Gives sequences without a header the tag that all elements of their items tell of.
fn name_lost_sequences(nodes: &mut [Node]) -> Result<(), ScanError> {
    let is_lost = |node: &Node| node.kind == NodeKind::Sequence && node.tag == ITEM;
    let parent = |node: &Node| node.parent.and_then(|NodeId(id)| nodes.get(id as usize));
    let mut names = std::collections::BTreeMap::new();
    for (at, lost) in nodes.iter().enumerate().filter(|(_, node)| is_lost(node)) {
        let id = NodeId(at as u32);
        let inside = nodes.iter().skip(at).take_while(|node| node.start < lost.end);
        let elements = inside
            .filter(|node| parent(node).is_some_and(|item| item.parent == Some(id)))
            .map(|node| node.tag);
        let why = "an item whose sequence cannot be told";
        let tag = dictionary::only_sequence_of(elements)
            .ok_or(ScanError::Malformed { at: lost.start, why })?;
        names.insert(at, tag);
    }
    for (at, tag) in names {
        if let Some(node) = nodes.get_mut(at) {
            node.tag = tag;
        }
    }
    Ok(())
}

/// Whether samples are signed: it settles the VR of attributes that hold sample values.
fn is_signed(source: &Source, nodes: &[Node]) -> Result<bool, ScanError> {
    let root = |node: &&Node| node.parent.is_none() && node.tag == PIXEL_REPRESENTATION;
    let Some(node) = nodes.iter().find(root) else { return Ok(false) };
    let value = source.read(node.value.start..node.value.end.min(node.value.start + 2))?;
    Ok(value == [1, 0])
}

struct Mender<'a> {
    source: &'a Source,
    nodes: &'a [Node],
    is_signed: bool,
}

impl Mender<'_> {
    /// Every header that must change, in order.
    fn run(&self) -> Result<Vec<SourcePatch>, ScanError> {
        let mut grown = vec![0_i64; self.nodes.len()];
        let mut patches = Vec::new();
        // Parents stand before their children: backwards, what is inside has been measured.
        for (at, node) in self.nodes.iter().enumerate().rev() {
            let inside = grown.get(at).copied().unwrap_or_default();
            let mut by = inside;
            if is_dropped(node) {
                by -= (node.end - node.start) as i64;
                patches.push(SourcePatch { range: node.start..node.end, with: Vec::new() });
            } else {
                let range = node.start..node.value.start;
                let old = self.source.read(range.clone())?;
                let with = self.header(node, &old, inside)?;
                by += with.len() as i64 - old.len() as i64;
                if with != old {
                    patches.push(SourcePatch { range, with });
                }
            }
            let around = node.parent.and_then(|NodeId(id)| grown.get_mut(id as usize));
            if let Some(around) = around {
                *around += by;
            }
        }
        patches.reverse();
        Ok(patches)
    }

    /// The header of a node whose content grows by `inside` bytes.
    fn header(&self, node: &Node, old: &[u8], inside: i64) -> Result<Vec<u8>, ScanError> {
        let length = (node.value.end - node.value.start).saturating_add_signed(inside);
        let why = "a value too long for its VR";
        let too_long = |_error| ScanError::Malformed { at: node.start, why };
        let is_open = node.length == LengthForm::Undefined;
        let vr = self.vr(node, old, length);
        // Items have no VR in any encoding.
        let reading = if node.tag == ITEM { IMPLICIT } else { EXPLICIT };
        let header = encoded_header(node.tag, vr, if is_open { 0 } else { length }, reading);
        let mut header = header.map_err(too_long)?;
        if is_open {
            let at = header.len() - 4;
            header.truncate(at);
            header.extend([0xFF; 4]);
        }
        Ok(header)
    }

    /// The VR to write: as it is written, else by the dictionary.
    fn vr(&self, node: &Node, old: &[u8], length: u64) -> VR {
        match node.kind {
            NodeKind::Sequence => VR::SQ,
            NodeKind::Fragments => VR::OB,
            NodeKind::Item | NodeKind::Fragment => VR::UN,
            NodeKind::Element if old.get(4..6) == Some(&node.vr.to_bytes()[..]) => node.vr,
            NodeKind::Element if node.tag == PIXEL_DATA => VR::OW,
            NodeKind::Element => dictionary::vr_of_samples(node.tag, self.is_signed)
                .map(|vr| if length > LONGEST_SHORT { VR::OW } else { vr })
                .unwrap_or(node.vr),
        }
    }
}
