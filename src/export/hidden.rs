//! Places of a file where nobody looks, and what became of them: lines of the report.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use crate::dicom::{Node, NodeId, NodeKind, Scan, ScanNote};
use crate::model::{AttributePath, NewValue, Plan, Tag, VR};

/// A place that can carry text and that no viewer shows as such.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hidden {
    /// The 128 bytes in front of the file.
    Preamble,
    /// Titles, addresses and private values of the File Meta Information.
    FileMeta,
    /// Group Length elements.
    GroupLengths,
    /// Bytes behind the dataset, Data Set Trailing Padding.
    Padding,
    /// Planes and comments of overlays (60xx).
    Overlays,
    /// Retired curves (50xx), with the sound among them.
    Curves,
    /// Icon Image Sequence, at any depth.
    Icons,
    /// Waveforms and what is written about them.
    Waveforms,
    /// Text and graphics drawn over images.
    Annotations,
    /// PDF, CDA, STL and other documents.
    Documents,
    /// The tree of a structured report.
    Reports,
    /// Original Attributes Sequence: values before an earlier change.
    OriginalValues,
    /// Encrypted Attributes Sequence.
    EncryptedValues,
    /// Digital signatures and their MACs.
    Signatures,
    /// Private attributes.
    Private,
    /// Values of VR UN, and other bytes, outside of pixels.
    OtherBytes,
    /// Segments and boxes of compressed images, offset tables.
    Codestreams,
}

impl Hidden {
    /// The words of the report.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Preamble => "preamble",
            Self::FileMeta => "titles and private values of the file meta",
            Self::GroupLengths => "group lengths",
            Self::Padding => "padding and bytes behind the dataset",
            Self::Overlays => "overlays",
            Self::Curves => "curves and audio",
            Self::Icons => "icons",
            Self::Waveforms => "waveforms and their annotations",
            Self::Annotations => "annotations of presentation states",
            Self::Documents => "encapsulated documents",
            Self::Reports => "structured reports",
            Self::OriginalValues => "original attributes",
            Self::EncryptedValues => "encrypted attributes",
            Self::Signatures => "digital signatures",
            Self::Private => "private attributes",
            Self::OtherBytes => "other values that are no text",
            Self::Codestreams => "segments of compressed images",
        }
    }
}

/// What became of such a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// Nothing of it is written.
    Removed,
    /// It is there with another value.
    Changed,
    /// It is there as it was; verify found nothing that identifies in it.
    Searched,
}

impl Fate {
    /// The word of the report.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Changed => "emptied, replaced or cleaned",
            Self::Searched => "searched and kept",
        }
    }
}

/// The hidden places of one input file, each with what the plan does to it.
///
/// # Errors
/// Those of reading the file.
pub fn hidden_places(scan: &Scan, plan: &Plan) -> io::Result<BTreeSet<(Hidden, Fate)>> {
    let mut found = beside_the_dataset(scan)?;
    let fates = fates(plan);
    let mut settled_until = 0;
    for (id, node) in scan.iter() {
        let place = match place_of(node) {
            Some(place) if !is_empty(node) => place,
            _ => continue,
        };
        if node.tag.element() == 0 {
            found.insert((Hidden::GroupLengths, Fate::Removed));
            continue;
        }
        let fate = match node.start < settled_until {
            true => Fate::Removed,
            false => fate_of(scan, id, &fates),
        };
        if fate == Fate::Removed {
            settled_until = settled_until.max(node.end);
        }
        found.insert((place, fate));
    }
    Ok(found)
}

fn is_empty(node: &Node) -> bool {
    node.kind == NodeKind::Element && node.value.start == node.value.end
}

/// What lies in front of and behind the dataset; none of it is ever written.
fn beside_the_dataset(scan: &Scan) -> io::Result<BTreeSet<(Hidden, Fate)>> {
    let mut found = BTreeSet::new();
    let meta = &scan.meta.range;
    if meta.start >= 132 && scan.file.read(0..128)?.iter().any(|byte| *byte != 0) {
        found.insert((Hidden::Preamble, Fate::Removed));
    }
    let group = scan.file.read(meta.start..meta.end.min(meta.start + (1 << 16)))?;
    let has = |element: u16| {
        let tag = [2, 0, element.to_le_bytes()[0], element.to_le_bytes()[1]];
        group.windows(4).any(|bytes| bytes == tag)
    };
    if [0x0016, 0x0017, 0x0018, 0x0026, 0x0027, 0x0028, 0x0100, 0x0102].into_iter().any(has) {
        found.insert((Hidden::FileMeta, Fate::Removed));
    }
    if scan.notes.contains(&ScanNote::TrailingBytes) {
        found.insert((Hidden::Padding, Fate::Removed));
    }
    Ok(found)
}

/// Edits by path: whether the attribute is gone.
fn fates(plan: &Plan) -> BTreeMap<&AttributePath, Fate> {
    let fate = |value: &NewValue| match value {
        NewValue::Absent => Fate::Removed,
        _ => Fate::Changed,
    };
    plan.edits.iter().map(|edit| (&edit.path, fate(&edit.value))).collect()
}

fn fate_of(scan: &Scan, id: NodeId, fates: &BTreeMap<&AttributePath, Fate>) -> Fate {
    fates.get(&scan.path(id)).copied().unwrap_or(Fate::Searched)
}

fn place_of(node: &Node) -> Option<Hidden> {
    let (group, element) = (node.tag.group(), node.tag.element());
    Some(match node.kind {
        NodeKind::Item | NodeKind::Fragment => return None,
        NodeKind::Fragments => Hidden::Codestreams,
        _ if element == 0 => Hidden::GroupLengths,
        _ if group & 0xFF01 == 0x6000 => Hidden::Overlays,
        _ if group & 0xFF01 == 0x5000 => Hidden::Curves,
        _ if group % 2 == 1 && node.tag != Tag(0xFFFA, 0xFFFA) => Hidden::Private,
        _ => match (group, element) {
            (0x0088, 0x0200) => Hidden::Icons,
            (0x5400, 0x0100) | (0x0040, 0xB020) => Hidden::Waveforms,
            (0x0070, 0x0001) => Hidden::Annotations,
            (0x0042, 0x0011) => Hidden::Documents,
            (0x0040, 0xA730) if node.parent.is_none() => Hidden::Reports,
            (0x0400, 0x0561) => Hidden::OriginalValues,
            (0x0400, 0x0500) => Hidden::EncryptedValues,
            (0xFFFA, 0xFFFA) | (0x4FFE, 0x0001) => Hidden::Signatures,
            (0xFFFC, 0xFFFC) => Hidden::Padding,
            (0x7FE0, _) => return None,
            _ if matches!(node.vr, VR::UN | VR::OB) && node.kind == NodeKind::Element => {
                Hidden::OtherBytes
            }
            _ => return None,
        },
    })
}
