//! The first check: every carrier of text of a file is read and compared.
//!
//! Text-bearing values count from three characters, word-bounded; runs in other values when they
//! look like text; samples and bulk only with strings of eight bytes and more, and not where they
//! are proven equal to unmasked samples of the input. A search of all bytes for everything would
//! hold almost every file.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Range;
use std::path::Path;

use crate::dicom::{Node, NodeId, NodeKind, Scan};
use crate::model::{AttributePath, Tag, VR};
use crate::profile::private::is_known_creator;
use crate::verify::Identifiers;
use crate::verify::charset::{CharacterSets, readings};
use crate::verify::codestream::{self, Joined};
use crate::verify::matcher::{DateCheck, Hit, Kind, Reading, Shape};
use crate::verify::pairs::windows;
use crate::verify::phrases::without_phrases;
use crate::verify::pixels;
use crate::verify::runs::{self, Run};
use crate::verify::uids;
use crate::verify::verdict::{Check, Collected};
use crate::verify::wrapped::{Bytes, is_pdf};

mod unwrapped;

const CHARACTER_SET: Tag = Tag(0x0008, 0x0005);
/// Code Value, Coding Scheme Designator, Code Meaning.
const CODES: [Tag; 3] = [Tag(0x0008, 0x0100), Tag(0x0008, 0x0102), Tag(0x0008, 0x0104)];
/// RLE Lossless: each fragment is a frame.
const RLE: &str = "1.2.840.10008.1.2.5";
/// Largest value of a VR without text that is looked through for short strings.
const SMALL: u64 = 64 << 10;
/// Largest value of a VR without text in which runs of high bytes are read as the dataset's text.
const SHORT: usize = 1 << 10;
/// Shortest string that counts in samples and bulk.
const BULK_FLOOR: usize = 8;
/// Shortest string that counts everywhere else.
const FLOOR: usize = 3;
/// Bytes that windows share: longer than any string that is looked for in practice.
const OVERLAP: u64 = 4096;

/// What is known of the values of a file beside their bytes.
pub(crate) trait Context {
    /// Which dates may not stand in an attribute.
    fn dates(&self, path: &AttributePath) -> DateCheck;
    /// Whether UIDs of the input may not stand in an attribute.
    fn uids_count(&self, path: &AttributePath) -> bool;
    /// Whether the value is the input's and a rule keeps it: by name, or only since no rule
    /// names it. What cannot be read counts as not kept.
    fn kept(&self, id: NodeId, path: &AttributePath) -> Kept;
    /// Whether samples are proven equal to those of the input, or to them outside of masks. What
    /// cannot be read is not proven.
    fn is_proven(&self, id: NodeId) -> bool;
}

/// Why a value stands as it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// It is not the input's, or should not be.
    No,
    /// It is the input's, and no rule asks for anything.
    Unnamed,
    /// It is the input's, and a rule keeps it.
    OnPurpose,
}

/// Looks through one file.
pub(crate) struct Search<'a> {
    pub identifiers: &'a Identifiers,
    pub own: Option<usize>,
    /// UIDs of the input.
    pub uids: &'a BTreeSet<String>,
    /// Whether names may stay inside clinical phrases.
    pub keeps_phrases: bool,
    pub context: &'a dyn Context,
    pub found: &'a mut Collected,
    /// Bytes that packed values gave so far.
    pub unpacked: u64,
}

/// One value that is being looked at.
#[derive(Clone, Copy)]
struct Place<'a> {
    name: &'a str,
    charset: &'a CharacterSets,
    dates: DateCheck,
    uids: bool,
    /// Whether it is a code or the meaning of one.
    coded: bool,
    /// The element; `None` for what is beside the dataset or the samples.
    element: Option<(NodeId, &'a AttributePath)>,
    /// How often it was packed.
    depth: u8,
    /// Whether it is part of a PDF.
    pdf: bool,
}

impl<'a> Place<'a> {
    const fn beside(name: &'a str, charset: &'a CharacterSets) -> Self {
        Self {
            name,
            charset,
            dates: DateCheck::All,
            uids: true,
            coded: false,
            element: None,
            depth: 0,
            pdf: false,
        }
    }
}

/// The form of a VR that holds text.
pub(crate) const fn shape_of(vr: VR) -> Option<Shape> {
    match vr {
        VR::AE | VR::CS | VR::LO | VR::LT | VR::PN | VR::SH | VR::ST | VR::UC | VR::UR | VR::UT => {
            Some(Shape::Text)
        }
        VR::UI => Some(Shape::Uid),
        VR::DS | VR::IS => Some(Shape::Number),
        VR::DA | VR::DT | VR::TM | VR::AS => Some(Shape::Moment),
        _ => None,
    }
}

/// Attributes whose values are samples, not text.
pub(crate) fn holds_samples(tag: Tag) -> bool {
    matches!(
        (tag.group(), tag.element()),
        (0x7FE0, 0x0008..=0x0010) | (0x5400, 0x1010 | 0x1004) | (0x0028, 0x1201..=0x1223 | 0x3006)
    ) || (tag.group() & 0xFF01 == 0x6000 && tag.element() == 0x3000)
        || (tag.group() & 0xFF01 == 0x5000 && tag.element() == 0x3000)
}

impl Search<'_> {
    /// Looks at every element of a dataset.
    ///
    /// # Errors
    /// Those of the source.
    pub(crate) fn dataset(&mut self, scan: &Scan) -> io::Result<()> {
        let charsets = charsets(scan)?;
        let ascii = CharacterSets::default();
        for (id, node) in scan.iter() {
            let item = match node.kind {
                NodeKind::Element => node.parent,
                NodeKind::Fragments => {
                    self.fragments(scan, id)?;
                    continue;
                }
                _ => continue,
            };
            let charset = item_charset(scan, &charsets, item).unwrap_or(&ascii);
            self.element(scan, (id, node), charset)?;
        }
        Ok(())
    }

    fn element(
        &mut self,
        scan: &Scan,
        (id, node): (NodeId, &Node),
        charset: &CharacterSets,
    ) -> io::Result<()> {
        if node.value.end <= node.value.start || node.tag == CHARACTER_SET {
            return Ok(());
        }
        let path = scan.path(id);
        let name = path.to_string();
        let place = Place {
            name: &name,
            charset,
            dates: self.context.dates(&path),
            uids: self.context.uids_count(&path),
            coded: node.vr == VR::CS || CODES.contains(&node.tag),
            element: Some((id, &path)),
            depth: 0,
            pdf: false,
        };
        match shape_of(node.vr) {
            Some(shape) => windows(&scan.source, node.value.clone(), OVERLAP, |bytes| {
                self.text(bytes, place, shape, FLOOR);
                Ok(())
            }),
            None if holds_samples(node.tag) => match self.context.is_proven(id) {
                true => {
                    let behind = pixels::behind_last_frame(scan, node)?;
                    self.bulk(scan, &behind, place, true)
                }
                false => self.bulk(scan, &node.value, place, true),
            },
            None => self.bulk(scan, &node.value, place, false),
        }
    }

    /// A value that is not declared as text.
    fn bulk(
        &mut self,
        scan: &Scan,
        range: &Range<u64>,
        place: Place<'_>,
        samples: bool,
    ) -> io::Result<()> {
        if samples {
            return windows(&scan.source, range.clone(), OVERLAP, |bytes| {
                self.runs(runs::find_ascii(bytes), place, true);
                Ok(())
            });
        }
        let head = scan.source.read(range.start..range.end.min(range.start + 1024))?;
        let pdf = is_pdf(&head);
        if pdf {
            let what = "pictures in a PDF, and text in fonts with a code of their own";
            self.found.not_checked(what);
        }
        let place = Place { pdf, ..place };
        if range.end - range.start <= SMALL {
            self.small(&scan.source.read(range.clone())?, place);
            return Ok(());
        }
        windows(&scan.source, range.clone(), OVERLAP, |bytes| {
            self.runs(runs::find(bytes), place, false);
            if pdf {
                self.shown(bytes, place);
            }
            Ok(())
        })?;
        self.packed(Bytes::of(&scan.source, range), place)
    }

    /// Runs of a large value: only long strings count, but where a run is surely text.
    fn runs(&mut self, found: Vec<Run<'_>>, place: Place<'_>, samples: bool) {
        for run in found {
            match run {
                Run::Bytes(run) => {
                    self.text(run, place, Shape::Text, floor_of(run, samples));
                }
                Run::Wide(text) if text.len() < BULK_FLOOR => {}
                Run::High(_) => {}
                Run::Wide(text) => self.judge(&text, place, Shape::Text, BULK_FLOOR),
            }
        }
    }

    /// A value of bounded length: text as a whole, or runs that look like text.
    fn small(&mut self, bytes: &[u8], place: Place<'_>) {
        if runs::is_text(bytes) {
            self.text(bytes, place, Shape::Text, FLOOR);
        } else {
            for run in runs::find(bytes) {
                match run {
                    Run::Bytes(run) => self.text(run, place, Shape::Text, FLOOR),
                    Run::Wide(text) => self.judge(&text, place, Shape::Text, FLOOR),
                    // Among so many high bytes any other set would find words that nobody wrote.
                    Run::High(run) if bytes.len() <= SHORT => {
                        self.judge(&place.charset.decode(run), place, Shape::Text, FLOOR);
                    }
                    Run::High(_) => {}
                }
            }
        }
        self.packed_in(bytes, place);
    }

    fn text(&mut self, bytes: &[u8], place: Place<'_>, shape: Shape, floor: usize) {
        let odd = match shape {
            Shape::Number => {
                bytes.iter().any(|b| b.is_ascii_alphabetic() && !matches!(b, b'e' | b'E'))
            }
            Shape::Moment => {
                let fits = |b: &u8| {
                    matches!(
                        b,
                        b'0'..=b'9'
                            | b' '
                            | 0
                            | b'.'
                            | b'-'
                            | b'+'
                            | b'\\'
                            | b':'
                            | b'Y'
                            | b'M'
                            | b'W'
                            | b'D'
                    )
                };
                !bytes.iter().all(fits)
            }
            _ => false,
        };
        // What does not fit its VR is read as free text.
        let shape = if odd { Shape::Text } else { shape };
        for text in readings(place.charset, bytes) {
            self.judge(&text, place, shape, floor);
            if let Some(decoded) = percent_decoded(&text) {
                self.judge(&decoded, place, shape, floor);
            }
            if shape == Shape::Text {
                self.encoded(&text, place);
            }
        }
    }

    fn judge(&mut self, text: &str, place: Place<'_>, shape: Shape, floor: usize) {
        let reading = Reading {
            own: self.own,
            floor,
            shape,
            dates: place.dates,
            uids: place.uids.then_some(self.uids),
        };
        let is_creator = |(_, path): (NodeId, &AttributePath)| {
            let tag = path.tag();
            tag.group() % 2 == 1 && (0x0010..=0x00FF).contains(&tag.element())
        };
        if place.element.is_some_and(is_creator) && is_known_creator(text) {
            return;
        }
        let hits = self.identifiers.find(text, reading);
        let is_person = |hit: &Hit| matches!(hit.kind, Kind::Name | Kind::Person);
        let beside = (self.keeps_phrases && hits.iter().any(is_person))
            .then(|| without_phrases(text))
            .flatten()
            .map(|text| self.identifiers.find(&text, reading));
        for hit in hits {
            if is_person(&hit) && beside.as_ref().is_some_and(|beside| !beside.contains(&hit)) {
                self.found.list(place.name, "a name inside a clinical phrase");
                continue;
            }
            // One word of a code, which happens to be the name of somebody else.
            let code = !hit.own && hit.single && hit.kind == Kind::Name && place.coded;
            let kept = || match place.element {
                Some((id, path)) if hit.excusable || code => self.context.kept(id, path),
                _ => Kept::No,
            };
            let kept = kept();
            if is_excused(hit, kept) || (code && kept != Kept::No) {
                self.found.list(place.name, hit.what());
            } else {
                self.found.hold(Check::Identifier, place.name, hit.what());
            }
        }
    }

    /// Encapsulated pixel data: what is beside the samples, image by image.
    fn fragments(&mut self, scan: &Scan, id: NodeId) -> io::Result<()> {
        let name = scan.path(id).to_string();
        let charset = CharacterSets::default();
        let proven = self.context.is_proven(id);
        let mut images: Vec<(u32, Vec<Range<u64>>)> = Vec::new();
        let is_rle = scan.meta.transfer_syntax == RLE;
        for (_, node) in scan.children(Some(id)) {
            if node.index == 0 {
                let table = format!("{name} offset table");
                let place = Place::beside(&table, &charset);
                self.bulk(scan, &node.value, place, false)?;
                continue;
            }
            if is_rle {
                images.push((node.index, vec![node.value.clone()]));
                continue;
            }
            let head =
                scan.source.read(node.value.start..node.value.end.min(node.value.start + 12))?;
            match images.last_mut() {
                Some((_, parts)) if !codestream::begins_image(&head) => {
                    parts.push(node.value.clone());
                }
                _ => images.push((node.index, vec![node.value.clone()])),
            }
        }
        for (index, parts) in images {
            let joined = Joined::new(&scan.source, parts.clone());
            let (mut segments, mut understood) = codestream::segments(&joined)?;
            if is_rle && let Some(rest) = codestream::behind_rle(&joined, pixels::plane(scan)?)? {
                segments.push(rest);
                understood = true;
            }
            for segment in segments {
                let name = format!("{name} fragment {index} {}", segment.name);
                self.small(&segment.bytes, Place::beside(&name, &charset));
                if segment.cut {
                    self.found.not_checked(format!("the end of {name}"));
                }
            }
            if !understood && proven {
                let what = "compressed images whose form is not known were compared, not read";
                self.found.not_checked(what);
            }
            if !proven {
                let name = format!("{name} fragment {index}");
                for part in &parts {
                    self.bulk(scan, part, Place::beside(&name, &charset), true)?;
                }
            }
        }
        Ok(())
    }

    /// Preamble and File Meta Information, read anew from the file's bytes.
    ///
    /// # Errors
    /// Those of the source.
    pub(crate) fn file_meta(&mut self, scan: &Scan) -> io::Result<()> {
        let charset = CharacterSets::default();
        if scan.meta.range.start >= 132 {
            let preamble = scan.file.read(0..128)?;
            self.small(&preamble, Place::beside("preamble", &charset));
        }
        for (tag, value) in meta_elements(scan)? {
            // The class names no instance; that it is the dataset's is checked with the structure.
            let text = String::from_utf8_lossy(&value);
            if tag == Tag(0x0002, 0x0002) && uids::is_well_formed(uids::trim(&text)) {
                continue;
            }
            let name = format!("file meta ({:04X},{:04X})", tag.group(), tag.element());
            // SOP Class and Transfer Syntax name classes; structure compares them.
            let uids = !matches!(tag.element(), 0x0002 | 0x0010);
            self.small(&value, Place { uids, ..Place::beside(&name, &charset) });
        }
        Ok(())
    }

    /// File and folder names.
    pub(crate) fn name(&mut self, name: &Path) {
        let charset = CharacterSets::default();
        let parts: Vec<_> = name.iter().collect();
        for (at, part) in parts.iter().enumerate() {
            let name = if at + 1 == parts.len() { "file name" } else { "folder name" };
            let place = Place::beside(name, &charset);
            self.text(part.as_encoded_bytes(), place, Shape::Text, FLOOR);
        }
    }
}

/// Shortest string that counts in a run of a large value.
const fn floor_of(run: &[u8], samples: bool) -> usize {
    if run.len() >= runs::SURELY_TEXT && !samples { FLOOR + 1 } else { BULK_FLOOR }
}

/// A clinical word is excused in any value that is the input's and may be; strings that name no
/// person only where a rule keeps the value by name.
const fn is_excused(hit: Hit, kept: Kept) -> bool {
    match (kept, hit.kind) {
        (Kept::No, _) => false,
        (_, Kind::Name | Kind::Person) => hit.excusable,
        (Kept::OnPurpose, Kind::Institution | Kind::Other) => true,
        _ => false,
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    let mut changed = false;
    while let Some((&byte, after)) = rest.split_first() {
        let code = (byte == b'%')
            .then(|| after.get(..2))
            .flatten()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code {
            Some(code) => {
                bytes.push(code);
                rest = after.get(2..).unwrap_or_default();
                changed = true;
            }
            None => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    changed.then(|| String::from_utf8_lossy(&bytes).into_owned())
}

/// The declared character sets of the top level and of items that declare their own.
pub(crate) fn charsets(scan: &Scan) -> io::Result<BTreeMap<Option<NodeId>, CharacterSets>> {
    let mut found = BTreeMap::new();
    for (id, node) in scan.iter() {
        if node.tag == CHARACTER_SET && node.kind == NodeKind::Element {
            found.insert(node.parent, CharacterSets::declared(&scan.value(id, 1024)?));
        }
    }
    Ok(found)
}

/// The character sets in force in an item: its own, or those around it.
pub(crate) fn item_charset<'a>(
    scan: &Scan,
    charsets: &'a BTreeMap<Option<NodeId>, CharacterSets>,
    mut item: Option<NodeId>,
) -> Option<&'a CharacterSets> {
    loop {
        if let Some(found) = charsets.get(&item) {
            return Some(found);
        }
        let sequence = scan.node(item?).parent;
        item = sequence.and_then(|id| scan.node(id).parent);
    }
}

/// The elements of the File Meta Information: Explicit VR Little Endian, bounded by its range.
///
/// # Errors
/// Those of the source.
pub(crate) fn meta_elements(scan: &Scan) -> io::Result<Vec<(Tag, Vec<u8>)>> {
    let range = &scan.meta.range;
    let bytes = scan.file.read(range.start..range.end.min(range.start + (1 << 20)))?;
    let mut found = Vec::new();
    let mut rest = bytes.as_slice();
    while let Some(([g0, g1, e0, e1, v, r, a, b], after)) = rest.split_first_chunk::<8>() {
        let tag = Tag(u16::from_le_bytes([*g0, *g1]), u16::from_le_bytes([*e0, *e1]));
        let long = matches!(&[*v, *r], b"OB" | b"OW" | b"UN" | b"UT" | b"SQ" | b"UC" | b"UR");
        let (length, body) = if long {
            let Some((length, body)) = after.split_first_chunk::<4>() else { break };
            (u32::from_le_bytes(*length) as usize, body)
        } else {
            (usize::from(u16::from_le_bytes([*a, *b])), after)
        };
        let value = body.get(..length).unwrap_or(body);
        found.push((tag, value.to_vec()));
        rest = body.get(length..).unwrap_or_default();
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::percent_decoded;

    #[test]
    fn urls_are_decoded() {
        assert_eq!(percent_decoded("a%20b%C3%BC%").as_deref(), Some("a bü%"));
        assert_eq!(percent_decoded("plain 5%"), None);
    }
}
