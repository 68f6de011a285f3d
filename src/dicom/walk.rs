//! The walk over the headers of one dataset: iterative, bounded.

mod ending;
mod odd;

use std::collections::BTreeSet;
use std::ops::Range;

use dicom_core::{Tag, VR};

use crate::dicom::cursor::{Cursor, HEAD};
use crate::dicom::header::{
    EXPLICIT, Header, IMPLICIT, ITEM, ITEM_END, NoHeader, PIXEL_DATA, Reading, SEQUENCE_END,
    UNDEFINED, is_dataset_group, is_known, is_readable_group,
};
use crate::dicom::scan::{Limits, ScanError};
use crate::dicom::{LengthForm, Node, NodeId, NodeKind, ScanNote, Source};

/// What the walk stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Elements,
    Items,
    Fragments,
}

#[derive(Clone, Copy)]
struct Frame {
    /// Whose content this is; `None` for the dataset.
    node: Option<NodeId>,
    place: Place,
    /// What is inside ends here at the latest.
    until: u64,
    /// Whether it ends exactly there; else at its delimiter.
    defined: bool,
    /// Whether it ends where no further item stands: a sequence without a header, or with a wrong
    /// length.
    open: bool,
    reading: Reading,
    depth: u32,
    /// The last element, or how many items there were.
    last: Option<Tag>,
    count: u32,
}

/// What a walk gave.
pub(crate) struct Walked {
    pub nodes: Vec<Node>,
    pub notes: BTreeSet<ScanNote>,
    /// One past the dataset's last byte.
    pub end: u64,
    /// Whether headers were read that are not written as the dataset's encoding says. The nodes
    /// then say what is meant, not what is there; a sequence without a header has the tag of an
    /// item.
    pub odd: bool,
}

pub(crate) struct Walk<'a> {
    cursor: Cursor<'a>,
    limits: &'a Limits,
    reading: Reading,
    nodes: Vec<Node>,
    notes: BTreeSet<ScanNote>,
    stack: Vec<Frame>,
    at: u64,
    odd: bool,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(source: &'a Source, reading: Reading, limits: &'a Limits) -> Self {
        Self {
            cursor: Cursor::new(source),
            limits,
            reading,
            nodes: Vec::new(),
            notes: BTreeSet::new(),
            stack: Vec::new(),
            at: 0,
            odd: false,
        }
    }

    /// Walks over all of `range`, the whole rest of the source.
    pub(crate) fn run(mut self, range: Range<u64>) -> Result<Walked, ScanError> {
        self.at = range.start;
        self.stack.push(Frame {
            node: None,
            place: Place::Elements,
            until: range.end,
            defined: true,
            open: false,
            reading: self.reading,
            depth: 0,
            last: None,
            count: 0,
        });
        while let Some(frame) = self.stack.last().copied() {
            if frame.open && !self.is_at_item(frame)? {
                self.close_open(frame)?;
                continue;
            }
            if self.at >= frame.until {
                if !frame.defined && !self.has_every_frame(frame)? {
                    return Err(self.beyond(frame.until, "a delimiter is missing"));
                }
                self.stack.pop();
                continue;
            }
            let real = self.step(frame);
            if let Err(error) = real {
                if frame.node.is_some() || !self.is_trailing(&error, frame.last)? {
                    return Err(error);
                }
                self.notes.insert(ScanNote::TrailingBytes);
                self.stack.pop();
            }
        }
        Ok(Walked { nodes: self.nodes, notes: self.notes, end: self.at, odd: self.odd })
    }

    /// What reaches beyond `until`: cut at the end of the bytes, a contradiction elsewhere.
    fn beyond(&self, until: u64, why: &'static str) -> ScanError {
        if until >= self.cursor.source().len() {
            ScanError::Truncated { at: self.at }
        } else {
            self.malformed(why)
        }
    }

    const fn malformed(&self, why: &'static str) -> ScanError {
        ScanError::Malformed { at: self.at, why }
    }

    fn step(&mut self, frame: Frame) -> Result<(), ScanError> {
        let (head, real) = self.cursor.head(self.at)?;
        let real = real.min(usize::try_from(frame.until - self.at).unwrap_or(HEAD));
        let header = match frame.reading.header(&head, real) {
            Ok(header) => header,
            Err(NoHeader::Short) => {
                return Err(self.beyond(frame.until, "too few bytes for an element"));
            }
            // How long the header of an unknown VR is could only be guessed from what follows.
            Err(NoHeader::BadVr) => match self.blank_vr(frame, &head, real)? {
                Some(header) => header,
                None => return Err(self.malformed("a VR is not known")),
            },
        };
        match (frame.place, header.tag) {
            (_, ITEM_END | SEQUENCE_END) => self.delimiter(frame, header),
            (Place::Elements, ITEM) => self.lost_sequence(frame, header),
            (Place::Elements, _) => self.element(frame, header),
            (Place::Items, ITEM) => self.item(frame, header),
            (Place::Fragments, ITEM) => self.fragment(frame, header),
            _ => Err(self.malformed("an item is missing")),
        }
    }

    fn delimiter(&mut self, frame: Frame, header: Header) -> Result<(), ScanError> {
        if header.length != 0 {
            return Err(self.malformed("a delimiter has a length"));
        }
        let own = if frame.place == Place::Elements { ITEM_END } else { SEQUENCE_END };
        let end = self.at + header.size;
        if header.tag == own && !frame.defined {
            if let Some(node) = frame.node.and_then(|id| self.nodes.get_mut(id.0 as usize)) {
                node.value.end = self.at;
                node.end = end;
            }
            self.stack.pop();
        } else {
            // Written though the length was defined, behind an item of defined length, or left
            // over at the top level: it separates nothing, so that what is meant is certain.
            let after_item = frame.place == Place::Items && frame.count > 0;
            let at_end = frame.defined && end == frame.until && header.tag == own;
            let loose = at_end || frame.node.is_none() || (after_item && header.tag == ITEM_END);
            if !loose {
                return Err(self.malformed("a delimiter stands where none belongs"));
            }
            self.notes.insert(ScanNote::LooseDelimiter);
        }
        self.at = end;
        Ok(())
    }

    fn element(&mut self, frame: Frame, header: Header) -> Result<(), ScanError> {
        let tag = header.tag;
        if !is_readable_group(tag.group(), frame.reading, frame.node.is_some()) {
            return Err(self.malformed("a group that no dataset holds"));
        }
        if frame.last >= Some(tag) {
            if !frame.reading.explicit && !is_known(tag) {
                return Err(self.malformed("an unknown tag out of order"));
            }
            self.notes.insert(ScanNote::OutOfOrder);
        }
        let kind = self.kind(frame, header)?;
        let value = self.value(frame, header)?;
        if kind == NodeKind::Element && self.is_misjudged(frame, header, &value)? {
            return self.misjudged_sequence(frame, header);
        }
        let inside = match kind {
            NodeKind::Sequence => self.inside(frame, header, value.start)?,
            _ => frame.reading,
        };
        let id = self.push(Node {
            kind,
            tag,
            vr: header.vr,
            start: self.at,
            end: value.end,
            value: value.clone(),
            length: form(header),
            parent: frame.node,
            index: 0,
            implicit_inside: self.reading.explicit && !inside.explicit,
        })?;
        if let Some(top) = self.stack.last_mut() {
            top.last = Some(tag);
        }
        match kind {
            NodeKind::Sequence if frame.depth >= self.limits.depth => {
                return Err(ScanError::TooDeep { at: self.at });
            }
            NodeKind::Sequence => self.open(frame, Place::Items, id, header, inside),
            NodeKind::Fragments => self.open(frame, Place::Fragments, id, header, inside),
            _ => {}
        }
        self.at = if kind == NodeKind::Element { value.end } else { value.start };
        Ok(())
    }

    fn kind(&self, frame: Frame, header: Header) -> Result<NodeKind, ScanError> {
        Ok(match (header.vr, header.length == UNDEFINED) {
            (VR::SQ, _) => NodeKind::Sequence,
            (_, false) => NodeKind::Element,
            (_, true) if !frame.reading.explicit => {
                if header.tag == PIXEL_DATA {
                    NodeKind::Fragments
                } else {
                    NodeKind::Sequence
                }
            }
            (VR::UN, true) => NodeKind::Sequence,
            (VR::OB | VR::OW, true) => NodeKind::Fragments,
            _ => return Err(self.malformed("a VR that cannot have undefined length")),
        })
    }

    /// Where the value lies; for an undefined length up to the end, until its delimiter is found.
    fn value(&self, frame: Frame, header: Header) -> Result<Range<u64>, ScanError> {
        let start = self.at + header.size;
        if header.length == UNDEFINED {
            return Ok(start..frame.until);
        }
        let end = start + u64::from(header.length);
        if end > self.cursor.source().len() {
            return Err(ScanError::Truncated { at: self.at });
        }
        if end > frame.until {
            return Err(self.malformed("a value leaves the item around it"));
        }
        Ok(start..end)
    }

    /// How the items of a sequence are written, by its VR and a look at its first element.
    fn inside(
        &mut self,
        frame: Frame,
        header: Header,
        first_item: u64,
    ) -> Result<Reading, ScanError> {
        let usual = if header.vr == VR::UN { IMPLICIT } else { frame.reading };
        if frame.reading.big {
            return Ok(usual);
        }
        if !frame.reading.explicit {
            return self.inside_implicit(frame, first_item);
        }
        let at = first_item + 8;
        let (head, real) = self.cursor.head(at)?;
        let ends_within = |found: &Header| {
            found.length == UNDEFINED || at + found.size + u64::from(found.length) <= frame.until
        };
        let implicit = IMPLICIT.header(&head, real).is_ok_and(|found| {
            is_dataset_group(found.tag.group()) && is_known(found.tag) && ends_within(&found)
        });
        let explicit = EXPLICIT
            .header(&head, real)
            .is_ok_and(|found| is_dataset_group(found.tag.group()) && ends_within(&found));
        Ok(match (explicit, implicit) {
            (true, false) => EXPLICIT,
            (false, true) => IMPLICIT,
            _ => usual,
        })
    }

    fn item(&mut self, frame: Frame, header: Header) -> Result<(), ScanError> {
        let value = self.value(frame, header)?;
        let id = self.push(self.member(frame, header, &value, NodeKind::Item))?;
        self.counted();
        self.open(frame, Place::Elements, id, header, frame.reading);
        self.at = value.start;
        Ok(())
    }

    fn fragment(&mut self, frame: Frame, header: Header) -> Result<(), ScanError> {
        if header.length == UNDEFINED {
            return Err(self.malformed("a fragment of undefined length"));
        }
        let value = self.value(frame, header)?;
        self.push(self.member(frame, header, &value, NodeKind::Fragment))?;
        self.counted();
        self.at = value.end;
        Ok(())
    }

    fn member(&self, frame: Frame, header: Header, value: &Range<u64>, kind: NodeKind) -> Node {
        Node {
            kind,
            tag: ITEM,
            vr: VR::UN,
            start: self.at,
            end: value.end,
            value: value.clone(),
            length: form(header),
            parent: frame.node,
            index: frame.count,
            implicit_inside: false,
        }
    }

    fn counted(&mut self) {
        if let Some(top) = self.stack.last_mut() {
            top.count += 1;
        }
    }

    fn push(&mut self, node: Node) -> Result<NodeId, ScanError> {
        let count = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        if count >= self.limits.nodes {
            return Err(ScanError::TooManyElements { at: self.at });
        }
        self.nodes.push(node);
        Ok(NodeId(count))
    }

    fn open(&mut self, around: Frame, place: Place, id: NodeId, header: Header, reading: Reading) {
        let defined = header.length != UNDEFINED;
        let end = self.at + header.size + u64::from(header.length);
        self.stack.push(Frame {
            node: Some(id),
            place,
            until: if defined { end } else { around.until },
            defined,
            open: false,
            reading,
            depth: around.depth + u32::from(place == Place::Items),
            last: None,
            count: 0,
        });
    }
}

const fn form(header: Header) -> LengthForm {
    if header.length == UNDEFINED { LengthForm::Undefined } else { LengthForm::Defined }
}
