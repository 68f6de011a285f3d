//! Writes an instance as its plan says, through the splice writer.

use std::collections::BTreeMap;
use std::io::Write;

use crate::dicom::{
    Edits, NewContent, NewElement, NewMeta, NodeId, NodeKind, Scan, Source, splice, text,
};
use crate::model::{AttributePath, NewValue, Plan, PlannedEdit, PlannedItemElement, Tag, VR};

const SOP_CLASS: Tag = Tag(0x0008, 0x0016);
const SOP_INSTANCE: Tag = Tag(0x0008, 0x0018);
/// Pixel Data, Float Pixel Data, Double Float Pixel Data: an image has one of them.
const PIXEL_DATA: [Tag; 3] = [Tag(0x7FE0, 0x0010), Tag(0x7FE0, 0x0008), Tag(0x7FE0, 0x0009)];

/// Pixel Data that take the place of the input's.
#[derive(Clone, Debug)]
pub struct PixelReplacement {
    /// The native samples.
    pub content: Source,
    /// OB or OW.
    pub vr: VR,
    /// The transfer syntax of the whole file, where it changes with them.
    pub transfer_syntax: Option<String>,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Number of bytes.
    pub bytes: u64,
    /// The new SOP Instance UID.
    pub sop_instance: String,
    /// The transfer syntax.
    pub transfer_syntax: String,
}

/// A plan could not be applied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// A value cannot be written in the character set of its dataset.
    #[error("the new value of {path} cannot be written in the dataset's character set")]
    CharacterSet {
        /// Which attribute.
        path: AttributePath,
    },
    /// A planned path lies in a sequence that the file does not have.
    #[error("{path} has no place in the dataset")]
    NoPlace {
        /// Which attribute.
        path: AttributePath,
    },
    /// The plan leaves no SOP Class or SOP Instance UID.
    #[error("the plan leaves no {0}")]
    NoIdentity(&'static str),
    /// A value could not be read.
    #[error("a value could not be read")]
    Read(#[from] std::io::Error),
    /// The writer refused.
    #[error(transparent)]
    Splice(#[from] crate::dicom::SpliceError),
}

/// Writes the instance with all edits of `plan` done.
///
/// # Errors
/// [`ApplyError`]; what was written so far is then of no use.
pub fn apply(
    scan: &Scan,
    plan: &Plan,
    pixels: Option<&PixelReplacement>,
    out: &mut dyn Write,
) -> Result<Applied, ApplyError> {
    let mut edits = Edits::default();
    let places = places(scan, plan);
    // Of an attribute that is there twice the last edit counts, for both; so it is done but once.
    let last: BTreeMap<_, _> = plan.edits.iter().map(|edit| (&edit.path, edit)).collect();
    for edit in &plan.edits {
        let counts = last.get(&edit.path).is_some_and(|last| std::ptr::eq(*last, edit));
        match places.get(&edit.path) {
            Some(nodes) if counts => {
                nodes.iter().try_for_each(|&id| change(scan, id, edit, &mut edits))?;
            }
            Some(_) => {}
            None => insert(scan, edit, &mut edits)?,
        }
    }
    if let Some(pixels) = pixels {
        let content = NewContent::Stream(pixels.content.clone());
        let id = PIXEL_DATA.into_iter().find_map(|tag| scan.find(tag));
        let id = id.ok_or(ApplyError::NoIdentity("pixel data"))?;
        edits.replace(id, NewElement { tag: scan.node(id).tag, vr: pixels.vr, content });
    }
    let meta = NewMeta {
        transfer_syntax: pixels
            .and_then(|pixels| pixels.transfer_syntax.clone())
            .unwrap_or_else(|| scan.meta.transfer_syntax.clone()),
        sop_class: identity(scan, plan, SOP_CLASS)?,
        sop_instance: identity(scan, plan, SOP_INSTANCE)?,
    };
    let bytes = splice(scan, &edits, &meta, out)?;
    Ok(Applied { bytes, sop_instance: meta.sop_instance, transfer_syntax: meta.transfer_syntax })
}

/// Where the edited attributes stand. A malformed dataset may have one twice: both are edited.
fn places<'a>(scan: &Scan, plan: &'a Plan) -> BTreeMap<&'a AttributePath, Vec<NodeId>> {
    let wanted: BTreeMap<_, _> = plan.edits.iter().map(|edit| (&edit.path, ())).collect();
    let tags: std::collections::BTreeSet<Tag> =
        plan.edits.iter().map(|edit| edit.path.tag()).collect();
    let mut places: BTreeMap<&AttributePath, Vec<NodeId>> = BTreeMap::new();
    for (id, node) in scan.iter() {
        let is_element = !matches!(node.kind, NodeKind::Item | NodeKind::Fragment);
        if is_element
            && tags.contains(&node.tag)
            && let Some((path, ())) = wanted.get_key_value(&scan.path(id))
        {
            places.entry(path).or_default().push(id);
        }
    }
    places
}

fn change(
    scan: &Scan,
    id: NodeId,
    edit: &PlannedEdit,
    edits: &mut Edits,
) -> Result<(), ApplyError> {
    let node = scan.node(id);
    match &edit.value {
        NewValue::Absent => edits.remove(id),
        NewValue::Items(items) => {
            let content = NewContent::Items(items.iter().map(|item| new_item(item)).collect());
            edits.replace(id, NewElement { tag: node.tag, vr: VR::SQ, content });
        }
        NewValue::Empty if node.kind == NodeKind::Element => edits.set_value(id, Vec::new()),
        NewValue::Empty => {
            let content = match node.kind {
                NodeKind::Sequence => NewContent::Items(Vec::new()),
                _ => NewContent::Bytes(Vec::new()),
            };
            edits.replace(id, NewElement { tag: node.tag, vr: node.vr, content });
        }
        NewValue::Bytes(bytes) => edits.set_value(id, bytes.expose().clone()),
        NewValue::Text(value) => {
            let charset = text::charset_of(scan, id)?;
            let bytes = charset
                .encode(value.expose())
                .ok_or_else(|| ApplyError::CharacterSet { path: edit.path.clone() })?;
            edits.set_value(id, bytes);
        }
    }
    Ok(())
}

/// Inserts an attribute that the dataset does not have: top level only, ASCII only.
fn insert(scan: &Scan, edit: &PlannedEdit, edits: &mut Edits) -> Result<(), ApplyError> {
    let content = match &edit.value {
        NewValue::Absent => return Ok(()),
        NewValue::Text(value) if !value.expose().is_ascii() => {
            return Err(ApplyError::CharacterSet { path: edit.path.clone() });
        }
        value => new_content(value),
    };
    if edit.path.depth() > 0 || scan.find(edit.path.tag()).is_some() {
        return Err(ApplyError::NoPlace { path: edit.path.clone() });
    }
    edits.insert(None, NewElement { tag: edit.path.tag(), vr: edit.vr, content });
    Ok(())
}

fn new_item(item: &[PlannedItemElement]) -> Vec<NewElement> {
    item.iter()
        .map(|(tag, vr, value)| NewElement { tag: *tag, vr: *vr, content: new_content(value) })
        .collect()
}

fn new_content(value: &NewValue) -> NewContent {
    match value {
        NewValue::Absent | NewValue::Empty => NewContent::Bytes(Vec::new()),
        NewValue::Text(text) => NewContent::Bytes(text.expose().clone().into_bytes()),
        NewValue::Bytes(bytes) => NewContent::Bytes(bytes.expose().clone()),
        NewValue::Items(items) => {
            NewContent::Items(items.iter().map(|item| new_item(item)).collect())
        }
    }
}

/// The SOP Class or SOP Instance UID after the plan.
fn identity(scan: &Scan, plan: &Plan, tag: Tag) -> Result<String, ApplyError> {
    let name = if tag == SOP_CLASS { "SOP Class UID" } else { "SOP Instance UID" };
    let planned = plan.edits.iter().find(|edit| edit.path == AttributePath::root(tag));
    let text = match planned.map(|edit| &edit.value) {
        Some(NewValue::Text(text)) => text.expose().clone(),
        Some(_) => String::new(),
        None => {
            let id = scan.find(tag).ok_or(ApplyError::NoIdentity(name))?;
            text::text_value(scan, id)?.text
        }
    };
    let trimmed = text.trim_matches(['\0', ' ']).to_owned();
    if trimmed.is_empty() { Err(ApplyError::NoIdentity(name)) } else { Ok(trimmed) }
}
