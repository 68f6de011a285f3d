//! From edits to patches, and from patches to bytes.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::ops::Range;

use dicom_core::Tag;

use crate::dicom::header::{IMPLICIT, Reading};
use crate::dicom::splice::encode::{
    LONGEST, Piece, Pieces, padding, put_u32, sequence_end, with_length,
};
use crate::dicom::splice::{Change, Edits, NewElement, SpliceError};
use crate::dicom::{LengthForm, Node, NodeId, NodeKind, Scan, ScanNote, Source};

const BUFFER: usize = 64 << 10;

/// A range of the source, and what stands there instead.
pub(super) struct Patch {
    range: Range<u64>,
    with: Pieces,
    /// The item or sequence whose length it changes.
    parent: Option<NodeId>,
    /// Of patches at one place those deeper inside come first.
    depth: u32,
}

/// Everything that must change for `edits`, in order of place, none overlapping.
pub(super) fn patches(scan: &Scan, edits: &Edits) -> Result<Vec<Patch>, SpliceError> {
    let mut work = Work { scan, edits, patches: Vec::new(), touched: BTreeSet::new() };
    for (id, change) in &edits.changes {
        work.change(*id, change)?;
    }
    for (parent, elements) in &edits.inserts {
        work.insert(*parent, elements)?;
    }
    if scan.notes.contains(&ScanNote::LooseDelimiter) {
        work.tidy();
    }
    if !work.touched.is_empty() {
        work.drop_group_lengths();
    }
    work.mend_lengths()?;
    let mut patches = work.patches;
    patches.sort_by_key(|patch| (patch.range.start, patch.range.end, Reverse(patch.depth)));
    Ok(patches)
}

struct Work<'a> {
    scan: &'a Scan,
    edits: &'a Edits,
    patches: Vec<Patch>,
    /// Groups in which something changed, with the item they are in.
    touched: BTreeSet<(Option<NodeId>, u16)>,
}

impl<'a> Work<'a> {
    fn node(&self, id: NodeId) -> Result<&'a Node, SpliceError> {
        self.scan.nodes.get(id.0 as usize).ok_or(SpliceError::UnknownNode)
    }

    /// The nodes around `id`, itself first.
    fn around(&self, id: Option<NodeId>) -> impl Iterator<Item = (NodeId, &'a Node)> + use<'a> {
        let scan = self.scan;
        let named = move |id: NodeId| scan.nodes.get(id.0 as usize).map(|node| (id, node));
        std::iter::successors(id.and_then(named), move |(_, node)| node.parent.and_then(named))
    }

    /// How elements in `parent` are written, an item or the top level.
    fn reading_in(&self, parent: Option<NodeId>) -> Reading {
        if self.around(parent).nth(1).is_some_and(|(_, sequence)| sequence.implicit_inside) {
            return IMPLICIT;
        }
        let encoding = self.scan.encoding;
        Reading { explicit: encoding.explicit_vr, big: encoding.big_endian }
    }

    /// Whether the node, or something around it, goes as a whole.
    fn is_gone(&self, id: Option<NodeId>) -> bool {
        self.around(id).any(|(id, _)| self.edits.changes.contains_key(&id))
    }

    fn depth(&self, id: Option<NodeId>) -> u32 {
        self.around(id).count() as u32
    }

    fn add(&mut self, range: Range<u64>, with: Pieces, parent: Option<NodeId>) {
        let depth = 2 * self.depth(parent) + 1;
        self.patches.push(Patch { range, with, parent, depth });
    }

    /// Marks the group of `tag` in `parent`, and that of each sequence around it.
    fn touch(&mut self, parent: Option<NodeId>, tag: Tag) {
        let mut tag = tag;
        for (id, node) in self.around(parent) {
            // What stands directly in a sequence or in fragments is in no group.
            if node.kind == NodeKind::Item {
                self.touched.insert((Some(id), tag.group()));
            }
            tag = node.tag;
        }
        self.touched.insert((None, tag.group()));
    }

    fn change(&mut self, id: NodeId, change: &Change) -> Result<(), SpliceError> {
        let node = self.node(id)?;
        if self.is_gone(node.parent) {
            return Ok(());
        }
        let wrong = SpliceError::WrongKind { tag: node.tag };
        let with = match (change, node.kind) {
            (_, NodeKind::Fragment) => return Err(wrong),
            (Change::Remove, _) => Pieces::default(),
            (_, NodeKind::Item) => return Err(wrong),
            (Change::Value(value), NodeKind::Element) => self.valued(node, value)?,
            (Change::Value(value), NodeKind::Sequence) if value.is_empty() => {
                self.valued(node, value)?
            }
            (Change::Value(_), _) => return Err(wrong),
            (Change::Replace(new), _) if new.tag != node.tag => {
                return Err(SpliceError::TagOrder { tag: new.tag });
            }
            (Change::Replace(new), _) => {
                let mut with = Pieces::default();
                with.element(new, self.reading_in(node.parent))?;
                with
            }
        };
        self.touch(node.parent, node.tag);
        self.add(node.start..node.end, with, node.parent);
        Ok(())
    }

    fn valued(&self, node: &Node, value: &[u8]) -> Result<Pieces, SpliceError> {
        let length = (value.len() as u64).next_multiple_of(2);
        let old = self.scan.source.read(node.start..node.value.start)?;
        let mut bytes = with_length(old, node.tag, length, self.reading_in(node.parent))?;
        bytes.extend_from_slice(value);
        if value.len() % 2 == 1 {
            bytes.push(padding(node.vr));
        }
        Ok(Pieces::of(bytes))
    }

    fn insert(
        &mut self,
        parent: Option<NodeId>,
        elements: &[NewElement],
    ) -> Result<(), SpliceError> {
        let end = match parent {
            None => self.scan.dataset.end,
            Some(id) => {
                let node = self.node(id)?;
                if node.kind != NodeKind::Item {
                    return Err(SpliceError::WrongKind { tag: node.tag });
                }
                node.value.end
            }
        };
        if self.is_gone(parent) {
            return Ok(());
        }
        let mut new: Vec<&NewElement> = elements.iter().collect();
        new.sort_by_key(|element| element.tag);
        if let Some(pair) = new.array_windows::<2>().find(|[one, other]| one.tag == other.tag) {
            return Err(SpliceError::TagThere { tag: pair[0].tag });
        }
        let mut new = new.into_iter().peekable();
        let scan = self.scan;
        let mut there = BTreeSet::new();
        let mut placed = Vec::with_capacity(elements.len());
        for (id, node) in scan.children(parent) {
            while let Some(element) = new.next_if(|element| element.tag < node.tag) {
                placed.push((node.start, element));
            }
            if !matches!(self.edits.changes.get(&id), Some(Change::Remove)) {
                there.insert(node.tag);
            }
        }
        placed.extend(new.map(|element| (end, element)));
        for (at, element) in placed {
            if there.contains(&element.tag) {
                return Err(SpliceError::TagThere { tag: element.tag });
            }
            let mut with = Pieces::default();
            with.element(element, self.reading_in(parent))?;
            self.touch(parent, element.tag);
            self.add(at..at, with, parent);
        }
        Ok(())
    }

    /// Cuts loose delimiters, which no node covers, and adds those that are missing.
    fn tidy(&mut self) {
        let scan = self.scan;
        let mut next = BTreeMap::from([(None, scan.dataset.start)]);
        for (id, node) in scan.iter() {
            let from = next.insert(node.parent, node.end);
            self.cut_gap(from, node.start, node.parent);
            if matches!(node.kind, NodeKind::Sequence | NodeKind::Item) {
                next.insert(Some(id), node.value.start);
            }
            let open = node.length == LengthForm::Undefined && node.end == node.value.end;
            if open && !self.is_gone(Some(id)) {
                let with = Pieces::of(sequence_end(self.reading_in(node.parent)));
                let depth = 2 * self.depth(Some(id));
                let range = node.end..node.end;
                self.patches.push(Patch { range, with, parent: node.parent, depth });
            }
        }
        for (parent, from) in next {
            let end = parent.map_or(scan.dataset.end, |id| scan.node(id).value.end);
            self.cut_gap(Some(from), end, parent);
        }
    }

    fn cut_gap(&mut self, from: Option<u64>, to: u64, parent: Option<NodeId>) {
        if let Some(from) = from
            && from < to
            && !self.is_gone(parent)
        {
            self.add(from..to, Pieces::default(), parent);
        }
    }

    fn drop_group_lengths(&mut self) {
        let scan = self.scan;
        for (id, node) in scan.iter().filter(|(_, node)| node.tag.element() == 0) {
            let touched = self.touched.contains(&(node.parent, node.tag.group()));
            if touched && node.kind == NodeKind::Element && !self.is_gone(Some(id)) {
                self.add(node.start..node.end, Pieces::default(), node.parent);
            }
        }
    }

    /// Patches the defined lengths around all patches.
    fn mend_lengths(&mut self) -> Result<(), SpliceError> {
        let mut grown: BTreeMap<NodeId, i64> = BTreeMap::new();
        for patch in &self.patches {
            if let Some(parent) = patch.parent {
                let cut = patch.range.end - patch.range.start;
                *grown.entry(parent).or_default() += patch.with.len() as i64 - cut as i64;
            }
        }
        // Parents stand before their children, so the last is never around another one.
        while let Some((id, by)) = grown.pop_last() {
            let node = self.node(id)?;
            if let Some(parent) = node.parent {
                *grown.entry(parent).or_default() += by;
            }
            if node.length == LengthForm::Undefined || by == 0 {
                continue;
            }
            let length = (node.value.end - node.value.start).saturating_add_signed(by);
            if length > LONGEST {
                return Err(SpliceError::TooLong { tag: node.tag });
            }
            let inside = if node.kind == NodeKind::Item { Some(id) } else { node.parent };
            let field = put_u32(length as u32, self.reading_in(inside)).to_vec();
            let range = node.value.start - 4..node.value.start;
            self.patches.push(Patch { range, with: Pieces::of(field), parent: None, depth: 0 });
        }
        Ok(())
    }
}

/// Writes the dataset with its patches; returns the number of bytes.
pub(super) fn write(
    scan: &Scan,
    patches: &[Patch],
    out: &mut dyn Write,
) -> Result<u64, SpliceError> {
    let mut buffer = vec![0; BUFFER];
    let (mut at, mut written) = (scan.dataset.start, 0);
    for patch in patches {
        written += copy(&scan.source, at..patch.range.start, &mut buffer, out)?;
        for piece in &patch.with.list {
            written += match piece {
                Piece::Bytes(bytes) => {
                    out.write_all(bytes)?;
                    bytes.len() as u64
                }
                Piece::Stream(source) => copy(source, 0..source.len(), &mut buffer, out)?,
            };
        }
        at = patch.range.end;
    }
    Ok(written + copy(&scan.source, at..scan.dataset.end, &mut buffer, out)?)
}

fn copy(
    source: &Source,
    range: Range<u64>,
    buffer: &mut [u8],
    out: &mut dyn Write,
) -> Result<u64, SpliceError> {
    let mut at = range.start;
    while at < range.end {
        let count = (range.end - at).min(buffer.len() as u64) as usize;
        let part = buffer.get_mut(..count).unwrap_or_default();
        source.read_exact_at(part, at)?;
        out.write_all(part)?;
        at += count as u64;
    }
    Ok(range.end.saturating_sub(range.start))
}
