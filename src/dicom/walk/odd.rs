//! Headers that are not written as the encoding says, read only where nothing else can be meant.
//!
//! Each of these is seen in files of real devices and archives. What decides is what stands behind
//! the value: of several readings exactly one must lead on to a further element that fits.

use std::ops::Range;

use dicom_core::{Tag, VR};

use crate::dicom::cursor::HEAD;
use crate::dicom::header::{
    EXPLICIT, Header, IMPLICIT, ITEM, ITEM_END, Reading, SEQUENCE_END, UNDEFINED, is_dataset_group,
    is_known,
};
use crate::dicom::scan::ScanError;
use crate::dicom::walk::{Frame, Place, Walk};
use crate::dicom::{LengthForm, Node, NodeId, NodeKind};

/// The start of an item of undefined length, little endian.
const OPEN_ITEM: [u8; 8] = [0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF];

/// Whether this can be the header of an element: a standard one that is known, a private creator or
/// a private element behind one (PS3.5 7.8.1), a group length of 4 bytes. Two letters that are a VR
/// are no private group.
fn is_credible(Header { tag, length, .. }: Header) -> bool {
    let is_private = !tag.group().is_multiple_of(2);
    is_dataset_group(tag.group())
        && match tag.element() {
            0 => length == 4,
            0x0001..=0x000F | 0x0100..=0x0FFF if is_private => false,
            _ if is_private => VR::from_binary(tag.group().to_le_bytes()).is_none(),
            _ => is_known(tag),
        }
}

impl Walk<'_> {
    /// The header of a standard attribute where blanks or NULs stand for the VR.
    ///
    /// Three forms are possible: a length of 2 bytes, one of 4, or the length of an implicit VR.
    /// `None` unless exactly one of them leads on.
    pub(super) fn blank_vr(
        &mut self,
        frame: Frame,
        head: &[u8; HEAD],
        real: usize,
    ) -> Result<Option<Header>, ScanError> {
        let [.., v0, v1, s0, s1, l0, l1, l2, l3] = *head;
        let Ok(Header { tag, vr, length: bare, .. }) = IMPLICIT.header(head, real) else {
            return Ok(None);
        };
        let is_blank = matches!([v0, v1], [b' ', b' '] | [0, 0]);
        let is_plain = is_known(tag) && tag.group() != 0x7FE0 && !matches!(vr, VR::SQ | VR::UN);
        if frame.reading != EXPLICIT || !is_blank || !is_plain || frame.last >= Some(tag) {
            return Ok(None);
        }
        let short = u32::from(u16::from_le_bytes([s0, s1]));
        let long = u32::from_le_bytes([l0, l1, l2, l3]);
        let mut forms = vec![(8, short)];
        if bare != short {
            forms.push((8, bare));
        }
        if [s0, s1] == [0, 0] && real == HEAD {
            forms.push((12, long));
        }
        let mut fitting = Vec::new();
        for (size, length) in forms {
            let end = self.at + size + u64::from(length);
            if length != UNDEFINED && self.leads_on(frame, end, Some(tag))? {
                fitting.push(Header { tag, vr, length, size });
            }
        }
        let only = if let [one] = fitting.as_slice() { Some(*one) } else { None };
        self.odd |= only.is_some();
        Ok(only)
    }

    /// Whether at `at`, behind an element `last`, something stands that can follow it in `frame`.
    fn leads_on(&mut self, frame: Frame, at: u64, last: Option<Tag>) -> Result<bool, ScanError> {
        if at >= frame.until {
            return Ok(at == frame.until && frame.defined);
        }
        let (head, real) = self.cursor.head(at)?;
        let Ok(header) = frame.reading.header(&head, real) else { return Ok(false) };
        let tag = header.tag;
        if tag == ITEM_END {
            return Ok(header.length == 0 && !frame.defined);
        }
        let end = at + header.size + u64::from(header.length);
        let fits = header.length == UNDEFINED || end <= frame.until;
        Ok(fits && is_credible(header) && Some(tag) > last)
    }

    /// Whether this private element of a dataset without VRs is a sequence whose length is wrong:
    /// its value starts with an item that only a delimiter ends, and where the value should end
    /// no delimiter stands, or nothing leads on.
    pub(super) fn is_misjudged(
        &mut self,
        frame: Frame,
        header: Header,
        value: &Range<u64>,
    ) -> Result<bool, ScanError> {
        if frame.reading != IMPLICIT || header.vr != VR::UN || header.tag.group().is_multiple_of(2)
        {
            return Ok(false);
        }
        let (head, real) = self.cursor.head(value.start)?;
        let size = OPEN_ITEM.len() as u64;
        if real < OPEN_ITEM.len() || !head.starts_with(&OPEN_ITEM) || value.end - value.start < size
        {
            return Ok(false);
        }
        let (tail, real) = self.cursor.head(value.end - size)?;
        let closes = IMPLICIT
            .header(&tail, real)
            .is_ok_and(|end| matches!(end.tag, ITEM_END | SEQUENCE_END) && end.length == 0);
        Ok(!closes || !self.leads_on(frame, value.end, Some(header.tag))?)
    }

    /// Enters such a sequence.
    pub(super) fn misjudged_sequence(
        &mut self,
        frame: Frame,
        header: Header,
    ) -> Result<(), ScanError> {
        let items = self.at + header.size;
        let inside = self.inside_implicit(frame, items)?;
        if let Some(top) = self.stack.last_mut() {
            top.last = Some(header.tag);
        }
        self.open_sequence(frame, header.tag, items, inside)
    }

    /// Enters a sequence of which only the items are there; what it is shows in them.
    pub(super) fn lost_sequence(&mut self, frame: Frame, header: Header) -> Result<(), ScanError> {
        let is_whole = header.length != UNDEFINED && header.length > 0;
        if frame.reading != EXPLICIT || !is_whole {
            return Err(self.malformed("an item stands where an element belongs"));
        }
        self.open_sequence(frame, ITEM, self.at, EXPLICIT)
    }

    /// Opens a sequence that ends where no further item stands.
    fn open_sequence(
        &mut self,
        frame: Frame,
        tag: Tag,
        items: u64,
        reading: Reading,
    ) -> Result<(), ScanError> {
        if frame.depth >= self.limits.depth {
            return Err(ScanError::TooDeep { at: self.at });
        }
        let id = self.push(Node {
            kind: NodeKind::Sequence,
            tag,
            vr: VR::SQ,
            start: self.at,
            end: frame.until,
            value: items..frame.until,
            length: LengthForm::Defined,
            parent: frame.node,
            index: 0,
            implicit_inside: false,
        })?;
        self.odd = true;
        self.at = items;
        self.stack.push(Frame {
            node: Some(id),
            place: Place::Items,
            open: true,
            reading,
            depth: frame.depth + 1,
            last: None,
            count: 0,
            ..frame
        });
        Ok(())
    }

    pub(super) fn is_at_item(&mut self, frame: Frame) -> Result<bool, ScanError> {
        let (head, real) = self.cursor.head(self.at)?;
        Ok(self.at < frame.until && real >= 8 && head.starts_with(&OPEN_ITEM[..4]))
    }

    /// Ends an open sequence in front of what is no item; something must lead on there.
    pub(super) fn close_open(&mut self, frame: Frame) -> Result<(), ScanError> {
        self.stack.pop();
        let around = self.stack.last().copied();
        let leads_on = match around {
            Some(around) => self.leads_on(around, self.at, around.last)?,
            None => false,
        };
        if !leads_on {
            return Err(self.malformed("where a sequence ends cannot be told"));
        }
        if let Some(node) = frame.node.and_then(|NodeId(id)| self.nodes.get_mut(id as usize)) {
            node.value.end = self.at;
            node.end = self.at;
        }
        Ok(())
    }

    /// How the items of a sequence are written in a dataset without VRs: with VRs where their first
    /// element reads on only so.
    pub(super) fn inside_implicit(
        &mut self,
        frame: Frame,
        first_item: u64,
    ) -> Result<Reading, ScanError> {
        let (head, real) = self.cursor.head(first_item)?;
        let at = first_item + 8;
        let item = IMPLICIT.header(&head, real).ok().filter(|header| header.tag == ITEM);
        let Some(Header { length, .. }) = item else { return Ok(IMPLICIT) };
        let (until, defined) = match at + u64::from(length) {
            end if length != UNDEFINED && end <= frame.until => (end, true),
            _ => (frame.until, false),
        };
        let inside = |reading| Frame { reading, until, defined, ..frame };
        if self.reads_on(inside(EXPLICIT), at)? && !self.reads_on(inside(IMPLICIT), at)? {
            self.odd = true;
            return Ok(EXPLICIT);
        }
        Ok(IMPLICIT)
    }

    /// Whether an element stands at `at`, and something behind it that can follow.
    fn reads_on(&mut self, frame: Frame, at: u64) -> Result<bool, ScanError> {
        let (head, real) = self.cursor.head(at)?;
        let Ok(header) = frame.reading.header(&head, real) else { return Ok(false) };
        if !self.leads_on(frame, at, None)? {
            return Ok(false);
        }
        if header.length == UNDEFINED {
            return Ok(true);
        }
        let end = at + header.size + u64::from(header.length);
        Ok(header.tag == ITEM_END || self.leads_on(frame, end, Some(header.tag))?)
    }
}
