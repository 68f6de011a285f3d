//! The writer: a splice. What nobody edited is copied as it is.
//!
//! Edits become patches, each a range of the source and what stands there instead; the lengths of
//! the items and sequences around them are patched too; the rest is copied through a fixed buffer.
//! Group Length elements (gggg,0000) of groups in which something was edited, at any depth below,
//! are removed: they would be wrong, and the standard has retired them; untouched groups keep
//! theirs. Bytes behind the dataset and loose delimiters are left out. With no edits, and where
//! the scan noted no loose delimiter, the dataset is written byte for byte.

mod encode;
mod file_meta;
mod patch;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::io::Write;

use dicom_core::{Tag, VR};

use crate::dicom::deflate::Deflater;
use crate::dicom::syntax::syntax;
use crate::dicom::{NodeId, Scan, Source};

pub(crate) use encode::header as encoded_header;
pub use file_meta::{IMPLEMENTATION_CLASS, IMPLEMENTATION_VERSION, NewMeta};

/// A data element to be written.
#[derive(Clone, Debug)]
pub struct NewElement {
    /// Its tag.
    pub tag: Tag,
    /// Its VR; written where the dataset writes VRs.
    pub vr: VR,
    /// Its value.
    pub content: NewContent,
}

/// The value of a new element. Odd lengths are padded as the VR asks for.
#[derive(Clone)]
pub enum NewContent {
    /// Bytes as they shall stand in the file: text in the character set of its place, numbers in
    /// the byte order of the dataset ([`crate::dicom::Encoding`]).
    Bytes(Vec<u8>),
    /// The same, copied from a source without holding it in memory.
    Stream(Source),
    /// Items, each a list of elements in ascending order of tags; written with defined lengths.
    Items(Vec<Vec<NewElement>>),
}

// Values may identify a person: they are never printed.
impl fmt::Debug for NewContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::Stream(source) => write!(f, "Stream({})", source.len()),
            Self::Items(items) => write!(f, "Items({})", items.len()),
        }
    }
}

/// What shall become of a node.
#[derive(Clone)]
enum Change {
    Remove,
    Value(Vec<u8>),
    Replace(NewElement),
}

/// Changes to a scanned dataset, addressed by its nodes.
///
/// A later change to the same node takes the place of an earlier one. Changes inside a node that
/// is removed, replaced or emptied are ignored.
#[derive(Clone, Default)]
pub struct Edits {
    changes: BTreeMap<NodeId, Change>,
    inserts: BTreeMap<Option<NodeId>, Vec<NewElement>>,
}

impl fmt::Debug for Edits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inserts: usize = self.inserts.values().map(Vec::len).sum();
        write!(f, "Edits {{ changes: {}, inserts: {inserts} }}", self.changes.len())
    }
}

impl Edits {
    /// Removes an element, or an item with all that is in it.
    pub fn remove(&mut self, node: NodeId) {
        self.changes.insert(node, Change::Remove);
    }

    /// Gives an element another value; tag and VR stay. A sequence can only be emptied.
    pub fn set_value(&mut self, node: NodeId, value: Vec<u8>) {
        self.changes.insert(node, Change::Value(value));
    }

    /// Puts an element of the same tag in the place of one, whatever its VR.
    pub fn replace(&mut self, node: NodeId, element: NewElement) {
        self.changes.insert(node, Change::Replace(element));
    }

    /// Adds an element to an item, or to the top level, in front of the first one with a higher
    /// tag. An element of that tag must not be there, or must be removed by the same edits.
    pub fn insert(&mut self, parent_item: Option<NodeId>, element: NewElement) {
        self.inserts.entry(parent_item).or_default().push(element);
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.inserts.is_empty()
    }
}

/// Why a dataset could not be written. Nothing that was written until then is of any use.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpliceError {
    /// The edits name a node that the scan does not have.
    #[error("an edit names a node that is not in this file")]
    UnknownNode,
    /// The change cannot be made to this kind of node: an item or fragment given a value, a
    /// sequence given bytes, an element added to what is no item.
    #[error("an edit of ({:04X},{:04X}) does not fit what stands there", .tag.group(), .tag.element())]
    WrongKind {
        /// Tag of the node.
        tag: Tag,
    },
    /// An element was added whose tag is there already, or twice.
    #[error("({:04X},{:04X}) is there already", .tag.group(), .tag.element())]
    TagThere {
        /// The tag.
        tag: Tag,
    },
    /// A replacement has another tag than what it replaces, or new items are not in order.
    #[error("({:04X},{:04X}) does not belong in this place", .tag.group(), .tag.element())]
    TagOrder {
        /// The tag of the new element.
        tag: Tag,
    },
    /// A value is longer than its VR or its length field allows.
    #[error("the value of ({:04X},{:04X}) is too long for its VR", .tag.group(), .tag.element())]
    TooLong {
        /// The tag.
        tag: Tag,
    },
    /// The new transfer syntax is unknown, or not one in which this dataset is written.
    #[error("the dataset is not written as the new transfer syntax says")]
    TransferSyntax,
    /// A UID for the File Meta Information is empty, too long, or has characters of no UID.
    #[error("a UID for the File Meta Information is not a UID")]
    BadUid,
    /// Reading the source or writing failed.
    #[error("reading or writing failed")]
    Io(#[from] io::Error),
}

/// Writes a file: zero preamble, new File Meta Information, and the dataset with its edits.
///
/// Returns how many bytes were written. The new transfer syntax may differ from the scanned one in
/// deflating and in how pixels are compressed (the caller replaces them), not in byte order or VRs.
///
/// # Errors
/// [`SpliceError`]. Edits are checked before the first byte is written.
pub fn splice(
    scan: &Scan,
    edits: &Edits,
    meta: &NewMeta,
    out: &mut dyn Write,
) -> Result<u64, SpliceError> {
    let target = syntax(&meta.transfer_syntax).ok_or(SpliceError::TransferSyntax)?.encoding;
    let own = scan.encoding;
    if (target.explicit_vr, target.big_endian) != (own.explicit_vr, own.big_endian) {
        return Err(SpliceError::TransferSyntax);
    }
    let patches = patch::patches(scan, edits)?;
    let head = file_meta::encode(meta)?;
    out.write_all(&head)?;
    let head = head.len() as u64;
    if target.deflated {
        let mut deflater = Deflater::new(out);
        patch::write(scan, &patches, &mut deflater)?;
        return Ok(head + deflater.finish()?);
    }
    Ok(head + patch::write(scan, &patches, out)?)
}
