//! The one writer: byte ranges that nobody edited are copied as they are.
//!
//! Only edited elements are encoded, and the lengths of the defined-length items and sequences
//! around them are mended. Group lengths (gggg,0000) of a group that an edit touches are left out:
//! they are retired, and a wrong one is worse than none; those of untouched groups stay. With no
//! edits the dataset is the same bytes.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::dicom::deflate::{Counting, Deflate};
use crate::dicom::{LengthForm, Node, NodeId, NodeKind, Scan, Source, syntax};
use crate::model::{Tag, VR};

/// Implementation Class UID of this product (a UUID of its own).
pub const IMPLEMENTATION_CLASS: &str = "2.25.288030931742385019316481672341057803251";
/// Implementation Version Name of this product.
pub const IMPLEMENTATION_VERSION: &str = "VERIDACT_0_1";
/// Longest value of a VR whose length has 16 bits; it must be even.
const LONGEST_SHORT: u64 = 0xFFFE;
const COPY_BUFFER: usize = 1 << 16;

/// An element to be written.
#[derive(Clone, Debug)]
pub struct NewElement {
    /// Its tag.
    pub tag: Tag,
    /// Its VR.
    pub vr: VR,
    /// Its content.
    pub content: NewContent,
}

/// What a new element holds.
#[derive(Clone, Debug)]
pub enum NewContent {
    /// Encoded bytes; padded to even length when written.
    Bytes(Vec<u8>),
    /// Bytes copied from a source through a fixed buffer.
    Stream(Source),
    /// Items of a sequence.
    Items(Vec<Vec<NewElement>>),
}

/// The File Meta Information to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMeta {
    /// Transfer Syntax UID.
    pub transfer_syntax: String,
    /// Media Storage SOP Class UID.
    pub sop_class: String,
    /// Media Storage SOP Instance UID.
    pub sop_instance: String,
}

#[derive(Clone, Debug)]
enum Change {
    Remove,
    Value(Vec<u8>),
    Replace(NewElement),
}

/// Edits of one dataset.
#[derive(Clone, Debug, Default)]
pub struct Edits {
    changes: BTreeMap<NodeId, Change>,
    inserts: BTreeMap<Option<NodeId>, Vec<NewElement>>,
}

impl Edits {
    /// Leaves the node out, with all that is in it.
    pub fn remove(&mut self, node: NodeId) {
        self.changes.insert(node, Change::Remove);
    }

    /// Gives an element another value; tag and VR stay.
    pub fn set_value(&mut self, node: NodeId, bytes: Vec<u8>) {
        self.changes.insert(node, Change::Value(bytes));
    }

    /// Puts another element in the place of one.
    pub fn replace(&mut self, node: NodeId, element: NewElement) {
        self.changes.insert(node, Change::Replace(element));
    }

    /// Adds an element to an item, or to the top level, in tag order.
    pub fn insert(&mut self, item: Option<NodeId>, element: NewElement) {
        let list = self.inserts.entry(item).or_default();
        let at = list.partition_point(|other| other.tag <= element.tag);
        list.insert(at, element);
    }

    /// Whether nothing is edited.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.inserts.is_empty()
    }
}

/// The edits cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpliceError {
    /// A value is longer than its VR can hold.
    #[error("the new value of {tag} is longer than VR {vr} can hold")]
    TooLong {
        /// Which attribute.
        tag: Tag,
        /// Its VR.
        vr: VR,
    },
    /// An attribute is to be inserted where it already is.
    #[error("{tag} is in the dataset already")]
    Present {
        /// Which attribute.
        tag: Tag,
    },
    /// Reading the input or writing the output failed.
    #[error("reading or writing failed")]
    Io(#[from] io::Error),
}

/// Writes the instance: zero preamble, new File Meta Information, the edited dataset.
///
/// Returns the number of bytes written.
///
/// # Errors
/// [`SpliceError`]; what was written so far is then of no use.
pub fn splice(
    scan: &Scan,
    edits: &Edits,
    meta: &NewMeta,
    out: &mut dyn Write,
) -> Result<u64, SpliceError> {
    let mut head = vec![0; 128];
    head.extend_from_slice(b"DICM");
    head.extend(file_meta(meta));
    out.write_all(&head)?;
    let writer = Writer::new(scan, edits);
    writer.check()?;
    let body = if scan.encoding.deflated {
        let mut deflate = Deflate::new(out);
        writer.dataset(&mut deflate)?;
        deflate.finish()?
    } else {
        let mut counting = Counting::new(out);
        writer.dataset(&mut counting)?;
        counting.count
    };
    Ok(head.len() as u64 + body)
}

fn file_meta(meta: &NewMeta) -> Vec<u8> {
    let mut group = Vec::new();
    let mut put = |element: u16, vr: VR, value: &[u8]| {
        let new =
            NewElement { tag: Tag(2, element), vr, content: NewContent::Bytes(value.to_vec()) };
        encode_small(&new, Form { implicit: false, big_endian: false }, &mut group);
    };
    put(0x0001, VR::OB, &[0, 1]);
    put(0x0002, VR::UI, meta.sop_class.as_bytes());
    put(0x0003, VR::UI, meta.sop_instance.as_bytes());
    put(0x0010, VR::UI, meta.transfer_syntax.as_bytes());
    put(0x0012, VR::UI, IMPLEMENTATION_CLASS.as_bytes());
    put(0x0013, VR::SH, IMPLEMENTATION_VERSION.as_bytes());
    let length = u32::try_from(group.len()).unwrap_or(u32::MAX);
    let mut all = vec![0x02, 0x00, 0x00, 0x00, b'U', b'L', 0x04, 0x00];
    all.extend(length.to_le_bytes());
    all.extend(group);
    all
}

/// How numbers and headers are written at a place.
#[derive(Clone, Copy)]
struct Form {
    implicit: bool,
    big_endian: bool,
}

impl Form {
    fn short(self, value: u16) -> [u8; 2] {
        if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    fn long(self, value: u32) -> [u8; 4] {
        if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    fn header_size(self, vr: VR) -> u64 {
        if self.implicit || !syntax::has_long_form(vr) { 8 } else { 12 }
    }

    fn header(self, tag: Tag, vr: VR, length: u32) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(12);
        bytes.extend(self.short(tag.group()));
        bytes.extend(self.short(tag.element()));
        if self.implicit || tag.group() == 0xFFFE {
            bytes.extend(self.long(length));
        } else if syntax::has_long_form(vr) {
            bytes.extend(vr.to_bytes());
            bytes.extend([0, 0]);
            bytes.extend(self.long(length));
        } else {
            bytes.extend(vr.to_bytes());
            bytes.extend(self.short(u16::try_from(length).unwrap_or(u16::MAX)));
        }
        bytes
    }
}

const fn padding(vr: VR) -> u8 {
    match vr {
        VR::UI | VR::OB | VR::UN | VR::OW => 0,
        _ => b' ',
    }
}

const fn even(length: u64) -> u64 {
    length + length % 2
}

/// Content size of a new element, without its header.
fn content_size(element: &NewElement, form: Form) -> u64 {
    match &element.content {
        NewContent::Bytes(bytes) => even(bytes.len() as u64),
        NewContent::Stream(source) => even(source.len()),
        NewContent::Items(items) => items.iter().map(|item| 8 + items_size(item, form)).sum(),
    }
}

fn items_size(item: &[NewElement], form: Form) -> u64 {
    item.iter().map(|element| form.header_size(element.vr) + content_size(element, form)).sum()
}

fn encode_small(element: &NewElement, form: Form, out: &mut Vec<u8>) {
    let size = content_size(element, form);
    out.extend(form.header(element.tag, element.vr, u32::try_from(size).unwrap_or(u32::MAX)));
    if let NewContent::Bytes(bytes) = &element.content {
        out.extend_from_slice(bytes);
        if bytes.len() % 2 == 1 {
            out.push(padding(element.vr));
        }
    }
}

fn write_new(element: &NewElement, form: Form, out: &mut dyn Write) -> Result<(), SpliceError> {
    let size = content_size(element, form);
    let is_short = !form.implicit && !syntax::has_long_form(element.vr);
    let length = u32::try_from(size).ok().filter(|length| *length < u32::MAX);
    let Some(length) = length.filter(|_| !is_short || size <= LONGEST_SHORT) else {
        return Err(SpliceError::TooLong { tag: element.tag, vr: element.vr });
    };
    match &element.content {
        NewContent::Bytes(_) => {
            let mut bytes = Vec::new();
            encode_small(element, form, &mut bytes);
            out.write_all(&bytes)?;
        }
        NewContent::Stream(source) => {
            out.write_all(&form.header(element.tag, element.vr, length))?;
            copy(source, 0, source.len(), out)?;
            if source.len() % 2 == 1 {
                out.write_all(&[padding(element.vr)])?;
            }
        }
        NewContent::Items(items) => {
            out.write_all(&form.header(element.tag, element.vr, length))?;
            for item in items {
                let size = u32::try_from(items_size(item, form)).unwrap_or(u32::MAX);
                out.write_all(&form.header(Tag(0xFFFE, 0xE000), VR::UN, size))?;
                item.iter().try_for_each(|element| write_new(element, form, out))?;
            }
        }
    }
    Ok(())
}

fn copy(source: &Source, start: u64, end: u64, out: &mut dyn Write) -> io::Result<()> {
    let mut buffer = vec![0; COPY_BUFFER.min(usize::try_from(end - start).unwrap_or(COPY_BUFFER))];
    let mut at = start;
    while at < end {
        let count = buffer.len().min(usize::try_from(end - at).unwrap_or(buffer.len()));
        source.read_exact_at(&mut buffer[..count], at)?;
        out.write_all(&buffer[..count])?;
        at += count as u64;
    }
    Ok(())
}

struct Writer<'a> {
    scan: &'a Scan,
    edits: &'a Edits,
    /// One past the last node inside each node.
    inside: Vec<u32>,
    /// Whether the node or anything inside it is edited.
    touched: Vec<bool>,
}

impl<'a> Writer<'a> {
    fn new(scan: &'a Scan, edits: &'a Edits) -> Self {
        let count = scan.nodes.len();
        let mut inside: Vec<u32> = (1..=count as u32).collect();
        for at in (0..count).rev() {
            if let Some(parent) = scan.nodes[at].parent {
                let parent = parent.0 as usize;
                inside[parent] = inside[parent].max(inside[at]);
            }
        }
        let mut touched = vec![false; count];
        let edited = edits.changes.keys().copied().chain(edits.inserts.keys().copied().flatten());
        for node in edited {
            let mut at = Some(node);
            while let Some(id) = at.filter(|id| !touched[id.0 as usize]) {
                touched[id.0 as usize] = true;
                at = scan.node(id).parent;
            }
        }
        let mut writer = Self { scan, edits, inside, touched };
        writer.touch_group_lengths();
        writer
    }

    /// Marks the group lengths of edited groups, and the containers around them.
    fn touch_group_lengths(&mut self) {
        let lengths: Vec<NodeId> =
            self.scan.iter().filter(|(_, node)| is_group_length(node)).map(|(id, _)| id).collect();
        for id in lengths.into_iter().rev() {
            if self.is_stale_length(id) {
                let mut at = Some(id);
                while let Some(id) = at {
                    self.touched[id.0 as usize] = true;
                    at = self.scan.node(id).parent;
                }
            }
        }
    }

    fn is_stale_length(&self, id: NodeId) -> bool {
        let node = self.scan.node(id);
        let group = node.tag.group();
        let inserted = self.edits.inserts.get(&node.parent);
        inserted.is_some_and(|list| list.iter().any(|new| new.tag.group() == group))
            || self.siblings(id).any(|other| {
                self.scan.node(other).tag.group() == group && self.touched[other.0 as usize]
            })
    }

    /// The elements that follow `id` in the same container.
    fn siblings(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        let parent = self.scan.node(id).parent;
        let end =
            parent.map_or(self.scan.nodes.len() as u32, |parent| self.inside[parent.0 as usize]);
        std::iter::successors(Some(id.0), move |&at| {
            Some(self.inside[at as usize]).filter(|&next| next < end)
        })
        .skip(1)
        .map(NodeId)
    }

    /// Refuses an insert of what is there and stays.
    fn check(&self) -> Result<(), SpliceError> {
        for (item, list) in &self.edits.inserts {
            for new in list {
                let there = self.scan.find_in(*item, new.tag);
                let stays = there
                    .is_some_and(|id| !matches!(self.edits.changes.get(&id), Some(Change::Remove)));
                if stays {
                    return Err(SpliceError::Present { tag: new.tag });
                }
            }
        }
        Ok(())
    }

    fn form(&self, implicit_inside: bool) -> Form {
        Form {
            implicit: implicit_inside || !self.scan.encoding.explicit_vr,
            big_endian: self.scan.encoding.big_endian && !implicit_inside,
        }
    }

    fn dataset(&self, out: &mut dyn Write) -> Result<(), SpliceError> {
        if self.edits.is_empty() {
            let range = &self.scan.dataset;
            return Ok(copy(&self.scan.source, range.start, range.end, out)?);
        }
        self.children(None, 0, self.scan.nodes.len() as u32, self.form(false), out)
    }

    /// Writes the elements of a container, or the items of a sequence.
    fn children(
        &self,
        parent: Option<NodeId>,
        first: u32,
        end: u32,
        form: Form,
        out: &mut dyn Write,
    ) -> Result<(), SpliceError> {
        let mut inserts =
            self.edits.inserts.get(&parent).map_or(&[][..], Vec::as_slice).iter().peekable();
        let mut at = first;
        // Untouched neighbours are copied as one range.
        let mut pending: Option<(u64, u64)> = None;
        while at < end {
            let node = &self.scan.nodes[at as usize];
            let due =
                inserts.peek().is_some_and(|new| new.tag < node.tag && node.kind != NodeKind::Item);
            if due || self.touched[at as usize] {
                self.flush(&mut pending, out)?;
                while let Some(new) =
                    inserts.next_if(|new| new.tag < node.tag && node.kind != NodeKind::Item)
                {
                    write_new(new, form, out)?;
                }
            }
            if self.touched[at as usize] {
                self.node(NodeId(at), form, out)?;
            } else {
                pending =
                    Some(pending.map_or((node.start, node.end), |(start, _)| (start, node.end)));
            }
            at = self.inside[at as usize];
        }
        self.flush(&mut pending, out)?;
        inserts.try_for_each(|new| write_new(new, form, out))
    }

    fn flush(
        &self,
        pending: &mut Option<(u64, u64)>,
        out: &mut dyn Write,
    ) -> Result<(), SpliceError> {
        if let Some((start, end)) = pending.take() {
            copy(&self.scan.source, start, end, out)?;
        }
        Ok(())
    }

    /// Writes a node that is edited or has edits inside.
    fn node(&self, id: NodeId, form: Form, out: &mut dyn Write) -> Result<(), SpliceError> {
        let node = self.scan.node(id);
        match self.edits.changes.get(&id) {
            Some(Change::Remove) => Ok(()),
            Some(Change::Value(bytes)) => {
                let content = NewContent::Bytes(bytes.clone());
                write_new(&NewElement { tag: node.tag, vr: node.vr, content }, form, out)
            }
            Some(Change::Replace(element)) => write_new(element, form, out),
            None if is_group_length(node) => Ok(()),
            None => self.container(id, node, form, out),
        }
    }

    fn container(
        &self,
        id: NodeId,
        node: &Node,
        form: Form,
        out: &mut dyn Write,
    ) -> Result<(), SpliceError> {
        let inner = self.inner_form(node, form);
        let source = &self.scan.source;
        match node.length {
            LengthForm::Undefined => copy(source, node.start, node.value.start, out)?,
            LengthForm::Defined => {
                let size = self.inner_size(id, inner);
                let length = u32::try_from(size).ok().filter(|length| *length < u32::MAX);
                let length = length.ok_or(SpliceError::TooLong { tag: node.tag, vr: node.vr })?;
                out.write_all(&form.header(node.tag, node.vr, length))?;
            }
        }
        self.children(Some(id), id.0 + 1, self.inside[id.0 as usize], inner, out)?;
        Ok(copy(source, node.value.end, node.end, out)?)
    }

    fn inner_form(&self, node: &Node, form: Form) -> Form {
        if node.kind == NodeKind::Sequence { self.form(node.implicit_inside) } else { form }
    }

    /// Size of what will stand inside a container.
    fn inner_size(&self, id: NodeId, form: Form) -> u64 {
        let inserted: u64 =
            self.edits.inserts.get(&Some(id)).map_or(0, |list| items_size(list, form));
        let mut size = inserted;
        let (mut at, end) = (id.0 + 1, self.inside[id.0 as usize]);
        while at < end {
            size += self.size(NodeId(at), form);
            at = self.inside[at as usize];
        }
        size
    }

    fn size(&self, id: NodeId, form: Form) -> u64 {
        let node = self.scan.node(id);
        if !self.touched[id.0 as usize] {
            return node.end - node.start;
        }
        match self.edits.changes.get(&id) {
            Some(Change::Remove) => 0,
            Some(Change::Value(bytes)) => form.header_size(node.vr) + even(bytes.len() as u64),
            Some(Change::Replace(element)) => {
                form.header_size(element.vr) + content_size(element, form)
            }
            None if is_group_length(node) => 0,
            None => {
                let header = node.value.start - node.start;
                let delimiter = node.end - node.value.end;
                header + self.inner_size(id, self.inner_form(node, form)) + delimiter
            }
        }
    }
}

fn is_group_length(node: &Node) -> bool {
    node.kind == NodeKind::Element && node.tag.element() == 0
}
