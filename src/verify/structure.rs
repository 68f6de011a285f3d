//! The fifth check: a file agrees with itself.

use std::io;

use crate::dicom::{NodeId, NodeKind, Scan, ScanNote};
use crate::model::{Tag, VR};
use crate::verify::carriers::meta_elements;
use crate::verify::pairs::Pairs;
use crate::verify::policy::{latin, top_text, vr_of};
use crate::verify::uids;
use crate::verify::verdict::Collected;

const SOP_CLASS: Tag = Tag(0x0008, 0x0016);
const SOP_INSTANCE: Tag = Tag(0x0008, 0x0018);
const REFERENCED_INSTANCE: Tag = Tag(0x0008, 0x1155);
/// Longest list of UIDs that is read.
const LONGEST: u64 = 1 << 20;

/// What is known of a file beside itself.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    /// The file before.
    pub input: Option<&'a Scan>,
    /// Which nodes of it were which.
    pub pairs: &'a Pairs,
    /// The transfer syntax that it should have.
    pub transfer_syntax: Option<&'a str>,
}

/// Checks form and agreement, and collects references.
///
/// # Errors
/// Those of the source.
pub(crate) fn check(staged: &Scan, known: Known<'_>, found: &mut Collected) -> io::Result<()> {
    notes(staged, known.input, found);
    meta(staged, known.transfer_syntax, found)?;
    identity(staged, found)?;
    let is_image = |tag| matches!(tag, Tag(0x7FE0, 0x0008..=0x0010));
    if staged.children(None).filter(|(_, node)| is_image(node.tag)).count() > 1 {
        found.broken("(7FE0,0010)", "there is more than one image");
    }
    for (id, node) in staged.iter() {
        if matches!(node.kind, NodeKind::Element | NodeKind::Fragment) {
            element(staged, id, known, found)?;
        }
    }
    Ok(())
}

/// What the scan found odd. Disorder that the input had is copied with it.
fn notes(staged: &Scan, input: Option<&Scan>, found: &mut Collected) {
    for note in &staged.notes {
        let inherited = matches!(note, ScanNote::OutOfOrder | ScanNote::LooseDelimiter)
            && input.is_none_or(|input| input.notes.contains(note));
        if !inherited {
            found.broken("file", words(*note));
        }
    }
}

const fn words(note: ScanNote) -> &'static str {
    match note {
        ScanNote::NoPreamble => "there is no preamble",
        ScanNote::NoFileMeta => "there is no File Meta Information",
        ScanNote::NoGroupLength => "the length of the File Meta Information is missing or wrong",
        ScanNote::SyntaxMismatch => "the dataset is not written as its transfer syntax says",
        ScanNote::TrailingBytes => "bytes follow the dataset",
        ScanNote::OutOfOrder => "elements are out of order",
        ScanNote::LooseDelimiter => "a delimiter is missing or stands where none belongs",
        ScanNote::Mended => "a header is not written as the standard says",
    }
}

fn meta(staged: &Scan, transfer_syntax: Option<&str>, found: &mut Collected) -> io::Result<()> {
    let range = &staged.meta.range;
    if range.start >= 132 && staged.file.read(0..128)?.iter().any(|byte| *byte != 0) {
        found.broken("preamble", "it is not zero");
    }
    let elements = meta_elements(staged)?;
    let value = |element: u16| {
        let value = elements.iter().find(|(tag, _)| tag.element() == element);
        value.map(|(_, bytes)| uids::trim(&latin(bytes)).to_owned()).unwrap_or_default()
    };
    for (element, tag) in [(0x0002, SOP_CLASS), (0x0003, SOP_INSTANCE)] {
        if Some(value(element)) != top_text(staged, tag)? {
            let place = format!("file meta (0002,{element:04X})");
            found.broken(&place, "it does not agree with the dataset");
        }
    }
    if transfer_syntax.is_some_and(|expected| value(0x0010) != expected) {
        found.broken("file meta (0002,0010)", "it is not the expected transfer syntax");
    }
    let allowed = [0x0000, 0x0001, 0x0002, 0x0003, 0x0010, 0x0012, 0x0013];
    for (tag, _) in &elements {
        if tag.group() != 0x0002 || !allowed.contains(&tag.element()) {
            let place = format!("file meta ({:04X},{:04X})", tag.group(), tag.element());
            found.broken(&place, "it tells where the file came from and should not be there");
        }
    }
    Ok(())
}

/// What every instance needs to be found again.
fn identity(staged: &Scan, found: &mut Collected) -> io::Result<()> {
    let modality = Tag(0x0008, 0x0060);
    let study = Tag(0x0020, 0x000D);
    let series = Tag(0x0020, 0x000E);
    let patient = Tag(0x0010, 0x0020);
    for tag in [SOP_CLASS, SOP_INSTANCE, modality, study, series, patient] {
        let place = format!("({:04X},{:04X})", tag.group(), tag.element());
        match top_text(staged, tag)? {
            Some(text) if !text.is_empty() => {
                let is_uid = ![modality, patient].contains(&tag);
                if is_uid && !uids::is_well_formed(&text) {
                    found.broken(&place, "it is not a valid UID");
                }
            }
            _ => found.broken(&place, "it is missing or empty"),
        }
    }
    Ok(())
}

fn element(staged: &Scan, id: NodeId, known: Known<'_>, found: &mut Collected) -> io::Result<()> {
    let node = staged.node(id);
    let old = known.input.zip(known.pairs.of(id)).map(|(input, pair)| (input, input.node(pair)));
    let length = node.value.end - node.value.start;
    // An odd length is an error of the writer, unless it was copied with the value.
    let inherited = old.is_some_and(|(_, old)| (old.value.end - old.value.start) == length)
        || known.input.is_none();
    if length % 2 == 1 && !inherited {
        found.broken(&staged.path(id).to_string(), "its length is odd");
    }
    if node.kind != NodeKind::Element || vr_of(node) != VR::UI {
        return Ok(());
    }
    let bytes = staged.value(id, LONGEST)?;
    let text = latin(&bytes);
    let same = match old {
        Some((input, old)) => {
            input.source.read(old.value.start..old.value.end.min(old.value.start + LONGEST))?
                == bytes
        }
        None => false,
    };
    for uid in text.split('\\').map(uids::trim).filter(|uid| !uid.is_empty()) {
        if node.tag == REFERENCED_INSTANCE {
            found.refers_to(uid);
        }
        if !same && !uids::is_well_formed(uid) {
            found.broken(&staged.path(id).to_string(), "it is not a valid UID");
        }
    }
    Ok(())
}
