//! The bounded, iterative element scanner: it runs first on every file.
//!
//! It walks headers and skips values; nothing is allocated that a header claims, and nesting needs
//! no recursion. What it cannot read with certainty it refuses with a cause; a half-read file is
//! never passed on.

use std::ops::Range;

use crate::dicom::cursor::Cursor;
use crate::dicom::meta::{self, Preface};
use crate::dicom::{
    Encoding, LengthForm, Node, NodeId, NodeKind, Scan, ScanNote, Source, deflate, dictionary,
    syntax,
};
use crate::model::{Cause, Tag, VR};

const ITEM: Tag = Tag(0xFFFE, 0xE000);
const ITEM_END: Tag = Tag(0xFFFE, 0xE00D);
const SEQUENCE_END: Tag = Tag(0xFFFE, 0xE0DD);
const PIXEL_DATA: Tag = Tag(0x7FE0, 0x0010);
/// Undefined length (PS3.5 7.1.1).
const UNDEFINED: u32 = 0xFFFF_FFFF;

/// Bounds of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Sequences inside each other.
    pub depth: usize,
    /// Elements, items and fragments.
    pub nodes: usize,
    /// Bytes of an inflated dataset.
    pub inflated: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 64, nodes: 1_000_000, inflated: 512 << 20 }
    }
}

/// A file cannot be scanned. Places are byte offsets; no values.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScanError {
    /// Nothing of it looks like DICOM.
    #[error("not a DICOM file")]
    NotDicom,
    /// A length claims more than there is, or the file ends inside an element.
    #[error("the data end too early: byte {at}")]
    Truncated {
        /// First byte of the element.
        at: u64,
    },
    /// What stands there is no element, item or delimiter.
    #[error("no element can be read at byte {at}")]
    Malformed {
        /// Where.
        at: u64,
    },
    /// Sequences are nested beyond the limit.
    #[error("sequences are nested too deeply at byte {at}")]
    TooDeep {
        /// Where.
        at: u64,
    },
    /// There are more elements than the limit.
    #[error("more elements than the limit")]
    TooManyElements,
    /// The transfer syntax is not one of the standard.
    #[error("the transfer syntax is unknown")]
    UnknownTransferSyntax,
    /// The deflated dataset grows beyond the limit.
    #[error("the deflated dataset grows beyond the limit")]
    InflateLimit,
    /// The deflate stream is damaged.
    #[error("the deflated dataset is damaged")]
    Inflate,
    /// The file could not be read.
    #[error("the file could not be read")]
    Read(#[from] std::io::Error),
}

impl ScanError {
    /// The outcome's cause.
    pub const fn cause(&self) -> Cause {
        match self {
            Self::NotDicom => Cause::NotDicom,
            Self::Truncated { .. } | Self::Inflate => Cause::Truncated,
            Self::Malformed { .. } => Cause::Malformed,
            Self::TooDeep { .. } => Cause::TooDeep,
            Self::TooManyElements => Cause::TooManyElements,
            Self::UnknownTransferSyntax => Cause::UnknownTransferSyntax,
            Self::InflateLimit => Cause::InflateLimit,
            Self::Read(_) => Cause::Unreadable,
        }
    }
}

/// Scans a file.
///
/// # Errors
/// [`ScanError`]; then nothing of the file may be used.
pub fn scan(file: Source, limits: &Limits) -> Result<Scan, ScanError> {
    let Preface { mut meta, dataset, mut notes } = meta::read(&file)?;
    let declared = syntax::encoding(&meta.transfer_syntax);
    let (source, range, deflated) = match declared {
        Some(encoding) if encoding.deflated => {
            let bytes = deflate::inflate(&file, dataset, limits.inflated)?;
            let length = bytes.len() as u64;
            (Source::from_bytes(bytes), 0..length, true)
        }
        _ => (file.clone(), dataset..file.len(), false),
    };
    let looks = meta::encoding_by_looking(&source, range.clone())?;
    let encoding = match (declared, looks) {
        (Some(declared), Some(found))
            if declared.explicit_vr == found.explicit_vr
                && declared.big_endian == found.big_endian =>
        {
            declared
        }
        (Some(declared), None) if range.is_empty() => declared,
        (None, Some(found)) if meta.transfer_syntax.is_empty() => {
            meta.transfer_syntax = syntax::plain_uid(found).to_owned();
            found
        }
        (None, _) if !meta.transfer_syntax.is_empty() => {
            return Err(ScanError::UnknownTransferSyntax);
        }
        (Some(_), Some(found)) if !deflated && !syntax::is_encapsulated(&meta.transfer_syntax) => {
            notes.push(ScanNote::SyntaxMismatch);
            meta.transfer_syntax = syntax::plain_uid(found).to_owned();
            found
        }
        (None, None) => return Err(ScanError::NotDicom),
        _ => return Err(ScanError::Malformed { at: range.start }),
    };
    let encoding = Encoding { deflated, ..encoding };
    let mut walk = Walk::new(&source, range.clone(), encoding, limits);
    let end = walk.run()?;
    notes.append(&mut walk.notes);
    if end < range.end {
        notes.push(ScanNote::TrailingBytes);
    }
    notes.sort();
    notes.dedup();
    let nodes = walk.nodes;
    if nodes.is_empty() {
        return Err(ScanError::NotDicom);
    }
    Ok(Scan { dataset: range.start..end, source, file, encoding, meta, notes, nodes })
}

/// A container that is open while the walk is inside it.
struct Open {
    node: NodeId,
    kind: NodeKind,
    /// Where it ends, if that was said.
    end: Option<u64>,
    /// Whether what is inside is implicit VR.
    implicit: bool,
    children: u32,
    last: Tag,
}

struct Walk<'a> {
    cursor: Cursor<'a>,
    encoding: Encoding,
    limits: &'a Limits,
    nodes: Vec<Node>,
    open: Vec<Open>,
    notes: Vec<ScanNote>,
    at: u64,
    last: Tag,
    depth: usize,
}

/// An element header as written.
struct Header {
    tag: Tag,
    vr: VR,
    length: u32,
    size: u64,
}

impl<'a> Walk<'a> {
    fn new(source: &'a Source, range: Range<u64>, encoding: Encoding, limits: &'a Limits) -> Self {
        Self {
            cursor: Cursor::new(source, range.end),
            encoding,
            limits,
            nodes: Vec::with_capacity(256),
            open: Vec::new(),
            notes: Vec::new(),
            at: range.start,
            last: Tag(0, 0),
            depth: 0,
        }
    }

    /// Walks the whole dataset; where it ended.
    fn run(&mut self) -> Result<u64, ScanError> {
        loop {
            self.close_finished()?;
            if self.at == self.cursor.end() {
                return match self.open.last() {
                    None => Ok(self.at),
                    Some(_) => Err(ScanError::Truncated { at: self.at }),
                };
            }
            let (start, last) = (self.at, self.last);
            let step = match self.open.last().map(|open| open.kind) {
                None | Some(NodeKind::Item) => self.element(),
                Some(kind) => self.item(kind),
            };
            match step {
                Err(ScanError::Truncated { .. } | ScanError::Malformed { .. })
                    if self.is_behind_pixels(start, last) =>
                {
                    return Ok(start);
                }
                step => step?,
            }
        }
    }

    /// Whether only what follows the Pixel Data at the top level is unreadable: then it is no part
    /// of the instance.
    fn is_behind_pixels(&self, start: u64, last: Tag) -> bool {
        self.open.is_empty() && self.at == start && last >= PIXEL_DATA
    }

    /// Closes containers whose defined length is used up.
    fn close_finished(&mut self) -> Result<(), ScanError> {
        while let Some(end) = self.open.last().and_then(|open| open.end) {
            if self.at < end {
                return Ok(());
            }
            if self.at > end {
                return Err(ScanError::Malformed { at: self.at });
            }
            self.close(end);
        }
        Ok(())
    }

    fn close(&mut self, value_end: u64) {
        if let Some(open) = self.open.pop() {
            let node = &mut self.nodes[open.node.0 as usize];
            node.value.end = value_end;
            node.end = self.at;
            if open.kind == NodeKind::Sequence {
                self.depth -= 1;
            }
        }
    }

    /// How far a value may reach here.
    fn limit(&self) -> u64 {
        self.open.iter().rev().find_map(|open| open.end).unwrap_or_else(|| self.cursor.end())
    }

    fn is_big_endian(&self) -> bool {
        self.encoding.big_endian && !self.open.last().is_some_and(|open| open.implicit)
    }

    fn tag_at(&mut self, at: u64) -> Result<Option<Tag>, ScanError> {
        let big = self.is_big_endian();
        Ok(self.cursor.bytes::<4>(at)?.map(|[a, b, c, d]| match big {
            true => Tag(u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])),
            false => Tag(u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d])),
        }))
    }

    fn length_at(&mut self, at: u64) -> Result<u32, ScanError> {
        let bytes = self.cursor.bytes::<4>(at)?.ok_or(ScanError::Truncated { at })?;
        Ok(if self.is_big_endian() { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    fn header(&mut self) -> Result<Header, ScanError> {
        let at = self.at;
        let tag = self.tag_at(at)?.ok_or(ScanError::Truncated { at })?;
        let implicit =
            !self.encoding.explicit_vr || self.open.last().is_some_and(|open| open.implicit);
        if implicit || tag.group() == 0xFFFE {
            let vr = if tag.group() == 0xFFFE { VR::UN } else { implicit_vr(tag) };
            return Ok(Header { tag, vr, length: self.length_at(at + 4)?, size: 8 });
        }
        let code = self.cursor.bytes::<2>(at + 4)?.ok_or(ScanError::Truncated { at })?;
        let vr = VR::from_binary(code).ok_or(ScanError::Malformed { at })?;
        if syntax::has_long_form(vr) {
            return Ok(Header { tag, vr, length: self.length_at(at + 8)?, size: 12 });
        }
        let bytes = self.cursor.bytes::<2>(at + 6)?.ok_or(ScanError::Truncated { at })?;
        let length = if self.is_big_endian() {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        };
        Ok(Header { tag, vr, length: length.into(), size: 8 })
    }

    /// Reads an element of the dataset or of an item, or the delimiter that ends the item.
    fn element(&mut self) -> Result<(), ScanError> {
        let at = self.at;
        let header = self.header()?;
        if header.tag == ITEM_END && self.open.last().is_some_and(|open| open.end.is_none()) {
            self.at = at + 8;
            self.close(at);
            return Ok(());
        }
        if header.tag.group() == 0xFFFE {
            return Err(ScanError::Malformed { at });
        }
        let previous = self.open.last_mut().map_or(&mut self.last, |open| &mut open.last);
        if header.tag <= *previous && *previous != Tag(0, 0) {
            self.notes.push(ScanNote::OutOfOrder);
            self.notes.dedup();
        }
        *previous = header.tag;
        let value = at + header.size;
        let (kind, implicit_inside) = self.kind_of(&header, value)?;
        if header.length == UNDEFINED {
            if kind == NodeKind::Element {
                return Err(ScanError::Malformed { at });
            }
            self.at = value;
            let node = self.push(&header, kind, at, value..value)?;
            return self.enter(node, kind, None, implicit_inside);
        }
        let end = self.end_of(at, value, header.length)?;
        let node = self.push(&header, kind, at, value..end)?;
        if kind == NodeKind::Sequence && end > value {
            self.at = value;
            return self.enter(node, kind, Some(end), implicit_inside);
        }
        self.at = end;
        Ok(())
    }

    /// Reads an item or fragment, or the delimiter that ends the sequence.
    fn item(&mut self, kind: NodeKind) -> Result<(), ScanError> {
        let at = self.at;
        let tag = self.tag_at(at)?.ok_or(ScanError::Truncated { at })?;
        let length = self.length_at(at + 4)?;
        let is_open = self.open.last().is_some_and(|open| open.end.is_none());
        if tag == SEQUENCE_END && is_open {
            self.at = at + 8;
            self.close(at);
            return Ok(());
        }
        if tag != ITEM || (kind == NodeKind::Fragments && length == UNDEFINED) {
            return Err(ScanError::Malformed { at });
        }
        let value = at + 8;
        let header = Header { tag, vr: VR::UN, length, size: 8 };
        let inner = if kind == NodeKind::Fragments { NodeKind::Fragment } else { NodeKind::Item };
        let end = if length == UNDEFINED { None } else { Some(self.end_of(at, value, length)?) };
        let node = self.push(&header, inner, at, value..end.unwrap_or(value))?;
        if let Some(open) = self.open.last_mut() {
            self.nodes[node.0 as usize].index = open.children;
            open.children += 1;
        }
        match (inner, end) {
            (NodeKind::Fragment, Some(end)) => self.at = end,
            (_, end) => {
                let implicit = self.open.last().is_some_and(|open| open.implicit);
                self.at = value;
                self.enter(node, NodeKind::Item, end, implicit)?;
            }
        }
        Ok(())
    }

    /// Whether an element holds a value, items or fragments, and whether those are implicit VR.
    fn kind_of(&mut self, header: &Header, value: u64) -> Result<(NodeKind, bool), ScanError> {
        let implicit =
            self.open.last().is_some_and(|open| open.implicit) || !self.encoding.explicit_vr;
        let undefined = header.length == UNDEFINED;
        Ok(match header.vr {
            VR::SQ => (NodeKind::Sequence, implicit && self.encoding.explicit_vr),
            VR::OB | VR::OW | VR::UN if undefined && header.tag == PIXEL_DATA => {
                (NodeKind::Fragments, false)
            }
            // PS3.5 6.2.2: UN of undefined length is a sequence in implicit VR little endian.
            VR::UN if undefined => (NodeKind::Sequence, self.encoding.explicit_vr),
            VR::OB | VR::OW if undefined && !implicit => (NodeKind::Fragments, false),
            _ if undefined
                && implicit
                && self.tag_at(value)?.is_some_and(|tag| tag.group() == 0xFFFE) =>
            {
                (NodeKind::Sequence, self.encoding.explicit_vr)
            }
            _ => (NodeKind::Element, false),
        })
    }

    fn end_of(&self, at: u64, value: u64, length: u32) -> Result<u64, ScanError> {
        let end = value + u64::from(length);
        match end {
            end if end > self.cursor.end() => Err(ScanError::Truncated { at }),
            end if end > self.limit() => Err(ScanError::Malformed { at }),
            end => Ok(end),
        }
    }

    fn push(
        &mut self,
        header: &Header,
        kind: NodeKind,
        start: u64,
        value: Range<u64>,
    ) -> Result<NodeId, ScanError> {
        if self.nodes.len() >= self.limits.nodes {
            return Err(ScanError::TooManyElements);
        }
        let id = NodeId(self.nodes.len() as u32);
        let length =
            if header.length == UNDEFINED { LengthForm::Undefined } else { LengthForm::Defined };
        let implicit_inside = self.open.last().is_some_and(|open| open.implicit);
        self.nodes.push(Node {
            kind,
            tag: header.tag,
            vr: header.vr,
            start,
            end: value.end,
            value,
            length,
            parent: self.open.last().map(|open| open.node),
            index: 0,
            implicit_inside,
        });
        Ok(id)
    }

    fn enter(
        &mut self,
        node: NodeId,
        kind: NodeKind,
        end: Option<u64>,
        implicit: bool,
    ) -> Result<(), ScanError> {
        if kind == NodeKind::Sequence {
            self.depth += 1;
            if self.depth > self.limits.depth {
                return Err(ScanError::TooDeep { at: self.at });
            }
        }
        self.nodes[node.0 as usize].implicit_inside |= implicit && kind == NodeKind::Sequence;
        self.open.push(Open { node, kind, end, implicit, children: 0, last: Tag(0, 0) });
        Ok(())
    }
}

/// The VR of an attribute where none is written (PS3.5 A.1, 7.8.1).
fn implicit_vr(tag: Tag) -> VR {
    match (tag.group() % 2, tag.element()) {
        (_, 0x0000) => VR::UL,
        (1, 0x0010..=0x00FF) => VR::LO,
        _ => dictionary::vr(tag),
    }
}
