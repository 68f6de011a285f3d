//! What the rules demand of each attribute of one staged file.
//!
//! Whether a rule is meant depends on what the input was: its manufacturer and values may be gone
//! from the staged file. They are read here anew.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;

use crate::dicom::{NodeId, NodeKind, Scan};
use crate::model::{AttributePath, Tag, VR};
use crate::verify::Policy;
use crate::verify::carriers::{charsets, item_charset, shape_of};
use crate::verify::charset::CharacterSets;
use crate::verify::demand::{Asked, Demand, Kind, Reading};
use crate::verify::pairs::Pairs;
use crate::verify::policy::{top_text, vr_of};

const SOP_CLASS: Tag = Tag(0x0008, 0x0016);
const MODALITY: Tag = Tag(0x0008, 0x0060);
const MANUFACTURER: Tag = Tag(0x0008, 0x0070);
/// Longest value that a rule looks into, in bytes.
const LONGEST: u64 = 1 << 20;
/// Longest name of a creator, in bytes.
const LONGEST_CREATOR: u64 = 128;

/// The rules as one staged file meets them.
pub(crate) struct Rules<'a> {
    policy: Policy<'a>,
    input: &'a Scan,
    staged: &'a Scan,
    pairs: &'a Pairs,
    /// Of the input.
    charsets: BTreeMap<Option<NodeId>, CharacterSets>,
    kind: Kind,
    /// Each tag and VR is looked up once.
    readings: RefCell<BTreeMap<(Tag, VR), Reading<'a>>>,
}

impl<'a> Rules<'a> {
    /// Reads what the rules may ask of the instance as a whole.
    ///
    /// # Errors
    /// Those of the sources.
    pub(crate) fn new(
        policy: Policy<'a>,
        (input, staged): (&'a Scan, &'a Scan),
        pairs: &'a Pairs,
    ) -> io::Result<Self> {
        let charsets = charsets(input)?;
        let manufacturer = match input.find(MANUFACTURER) {
            Some(id) => text(input, &charsets, id)?.unwrap_or_default(),
            None => String::new(),
        };
        let kind = Kind {
            // These two stay as they are, or are made up where the input has none.
            sop_class: top_text(staged, SOP_CLASS)?.unwrap_or_default(),
            modality: top_text(staged, MODALITY)?.unwrap_or_default(),
            manufacturer,
        };
        let readings = RefCell::new(BTreeMap::new());
        Ok(Self { policy, input, staged, pairs, charsets, kind, readings })
    }

    /// What is demanded of an element of the staged file.
    ///
    /// # Errors
    /// Those of the sources.
    pub(crate) fn demand(&self, id: NodeId, path: &AttributePath) -> io::Result<Demand> {
        self.ask(id, path, |reading, asked| reading.demand(asked))
    }

    /// What a rule of the profile demands of it.
    ///
    /// # Errors
    /// Those of the sources.
    pub(crate) fn own(&self, id: NodeId, path: &AttributePath) -> io::Result<Option<Demand>> {
        self.ask(id, path, |reading, asked| reading.own(asked))
    }

    fn ask<T>(
        &self,
        id: NodeId,
        path: &AttributePath,
        question: impl FnOnce(&Reading<'_>, &Asked<'_>) -> T,
    ) -> io::Result<T> {
        let node = self.staged.node(id);
        let vr = vr_of(node);
        let mut readings = self.readings.borrow_mut();
        let reading = readings
            .entry((node.tag, vr))
            .or_insert_with(|| self.policy.read(node.tag, vr, &self.kind));
        let creator = match node.tag.group() % 2 {
            1 if reading.has_own() => self.creator(id)?,
            _ => String::new(),
        };
        let unread = RefCell::new(None);
        let value = || {
            let pair = self.pairs.of(id)?;
            let read = text(self.input, &self.charsets, pair);
            read.unwrap_or_else(|error| {
                unread.replace(Some(error));
                None
            })
        };
        let answer = question(reading, &Asked { path, creator: &creator, value: &value });
        match unread.into_inner() {
            Some(error) => Err(error),
            None => Ok(answer),
        }
    }

    /// The creator of a private element by the input, or where that has none by the staged file.
    fn creator(&self, id: NodeId) -> io::Result<String> {
        let of_input = match self.pairs.of(id) {
            Some(pair) => creator_of(self.input, pair)?,
            None => None,
        };
        let found = match of_input {
            Some(creator) => Some(creator),
            None => creator_of(self.staged, id)?,
        };
        Ok(found.unwrap_or_default())
    }
}

/// What reserves the block of a private element (PS3.5 7.8.1).
fn creator_of(scan: &Scan, id: NodeId) -> io::Result<Option<String>> {
    let node = scan.node(id);
    let reserves = Tag(node.tag.group(), node.tag.element() >> 8);
    let Some(creator) = scan.find_in(node.parent, reserves) else { return Ok(None) };
    let bytes = scan.value(creator, LONGEST_CREATOR)?;
    Ok(Some(CharacterSets::default().decode(&bytes)))
}

/// The value of an element as text, without padding; `None` for what is no text, or cannot be read
/// in the character set that the file declares.
fn text(
    scan: &Scan,
    charsets: &BTreeMap<Option<NodeId>, CharacterSets>,
    id: NodeId,
) -> io::Result<Option<String>> {
    let node = scan.node(id);
    let is_short = node.value.end - node.value.start <= LONGEST;
    if node.kind != NodeKind::Element || shape_of(vr_of(node)).is_none() || !is_short {
        return Ok(None);
    }
    let ascii = CharacterSets::default();
    let sets = item_charset(scan, charsets, node.parent).unwrap_or(&ascii);
    let decoded = sets.decode(&scan.value(id, LONGEST)?);
    let is_read = !decoded.contains(char::REPLACEMENT_CHARACTER);
    Ok(is_read.then(|| decoded.trim_matches(['\0', ' ']).to_owned()))
}
