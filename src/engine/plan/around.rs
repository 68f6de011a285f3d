//! What stands around an element and decides about it: private creators, sequences, concepts.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::Arc;

use crate::dicom::{Node, NodeId, NodeKind, Scan, text};
use crate::model::Tag;
use crate::profile::private::{ROOT, canonical};

const CONCEPT_NAME: Tag = Tag(0x0040, 0xA043);
/// Measured Value Sequence and Concept Code Sequence: they hold the value of a content item.
const VALUES: [Tag; 2] = [Tag(0x0040, 0xA300), CONCEPT_CODE];
pub(super) const CONCEPT_CODE: Tag = Tag(0x0040, 0xA168);
const CODE_VALUE: Tag = Tag(0x0008, 0x0100);
const CODING_SCHEME: Tag = Tag(0x0008, 0x0102);
/// Longest creator and code, in bytes; a longer one is none.
const LONGEST: u64 = 128;

/// The datasets and items of an instance, each looked at once.
pub(super) struct Surroundings<'a> {
    scan: &'a Scan,
    items: Vec<Item>,
    /// Which of them is whose.
    places: HashMap<Option<NodeId>, usize>,
    /// The last one that was asked for: elements of one item follow one another.
    last: Option<(Option<NodeId>, usize)>,
}

/// What one item, or the dataset, says of the elements in it.
struct Item {
    /// By group and block, as the table of private attributes writes them.
    creators: BTreeMap<Tag, Arc<str>>,
    /// The sequences around it, as the table of private attributes writes them.
    parents: Arc<str>,
    /// Coding scheme and code of what a content item is about.
    concept: Option<(Arc<str>, Arc<str>)>,
}

impl<'a> Surroundings<'a> {
    pub(super) fn new(scan: &'a Scan) -> Self {
        Self { scan, items: Vec::new(), places: HashMap::new(), last: None }
    }

    /// The creator of a private element or block, empty where there is none, and the sequences around it.
    pub(super) fn private(&mut self, node: &Node) -> io::Result<(Arc<str>, Arc<str>)> {
        let item = self.item(node.parent)?;
        let own = if is_creator(node.tag) { node.tag.element() } else { node.tag.element() >> 8 };
        let block = Tag(node.tag.group(), own);
        let creator = item.creators.get(&block).cloned().unwrap_or_default();
        Ok((creator, item.parents.clone()))
    }

    /// Scheme and code of the concept of the content item that an element stands in; a number and a
    /// code stand in sequences of their own.
    pub(super) fn concept(&mut self, node: &Node) -> io::Result<Option<(Arc<str>, Arc<str>)>> {
        let sequence = node.parent.and_then(|item| self.scan.node(item).parent);
        let measured = sequence.map(|id| self.scan.node(id));
        let item = match measured.filter(|sequence| VALUES.contains(&sequence.tag)) {
            Some(sequence) => sequence.parent,
            None => node.parent,
        };
        Ok(self.item(item)?.concept.clone())
    }

    /// Whether an element is a part of the code that is the value of a content item.
    pub(super) fn is_value_code(&self, node: &Node) -> bool {
        let is_code = matches!(node.tag, Tag(0x0008, 0x0100 | 0x0102 | 0x0104));
        let sequence = || self.scan.node(node.parent?).parent.map(|id| self.scan.node(id).tag);
        is_code && sequence() == Some(CONCEPT_CODE)
    }

    fn item(&mut self, parent: Option<NodeId>) -> io::Result<&Item> {
        let known = self.last.filter(|(of, _)| *of == parent).map(|(_, at)| at);
        let at = match known.or_else(|| self.places.get(&parent).copied()) {
            Some(at) => at,
            None => {
                let item = self.look(parent)?;
                self.items.push(item);
                self.places.insert(parent, self.items.len() - 1);
                self.items.len() - 1
            }
        };
        self.last = Some((parent, at));
        Ok(&self.items[at])
    }

    fn look(&mut self, parent: Option<NodeId>) -> io::Result<Item> {
        let (mut creators, mut concept) = (BTreeMap::new(), None);
        for (id, node) in self.scan.children(parent) {
            if is_creator(node.tag) && node.kind == NodeKind::Element {
                creators.insert(node.tag, Arc::from(canonical(&self.short(id)?)));
            } else if node.tag == CONCEPT_NAME {
                concept = self.code(id)?;
            }
        }
        Ok(Item { creators, parents: self.parents(parent)?, concept })
    }

    /// The code in the first item of a code sequence.
    fn code(&self, sequence: NodeId) -> io::Result<Option<(Arc<str>, Arc<str>)>> {
        let Some((item, _)) = self.scan.children(Some(sequence)).next() else { return Ok(None) };
        let find = |tag| self.scan.find_in(Some(item), tag);
        let (Some(scheme), Some(code)) = (find(CODING_SCHEME), find(CODE_VALUE)) else {
            return Ok(None);
        };
        Ok(Some((self.short(scheme)?, self.short(code)?)))
    }

    fn short(&self, id: NodeId) -> io::Result<Arc<str>> {
        let node = self.scan.node(id);
        if node.value.end - node.value.start > LONGEST {
            return Ok(Arc::from(""));
        }
        let decoded = text::text_value(self.scan, id)?;
        Ok(Arc::from(decoded.text.trim_matches([' ', '\0'])))
    }

    fn parents(&mut self, item: Option<NodeId>) -> io::Result<Arc<str>> {
        let Some(sequence) = item.and_then(|id| self.scan.node(id).parent) else {
            return Ok(Arc::from(ROOT));
        };
        let node = self.scan.node(sequence);
        let (tag, outer) = (node.tag, node.parent);
        let around = self.item(outer)?.parents.clone();
        let own = if tag.group().is_multiple_of(2) {
            format!("{:04x}{:04x}", tag.group(), tag.element())
        } else {
            let (creator, _) = self.private(self.scan.node(sequence))?;
            format!("{:04x},{creator},{:02x}", tag.group(), tag.element() & 0xFF)
        };
        Ok(match &*around {
            ROOT => own.into(),
            around => format!("{around}/{own}").into(),
        })
    }
}

/// The elements of the block that a creator reserves.
pub(super) fn block<'a>(
    scan: &'a Scan,
    creator: &Node,
) -> impl Iterator<Item = (NodeId, &'a Node)> + use<'a> {
    let (group, block) = (creator.tag.group(), creator.tag.element());
    let siblings = scan.children(creator.parent);
    siblings.filter(move |(_, n)| n.tag.group() == group && n.tag.element() >> 8 == block)
}

/// Whether a tag reserves a block of private elements (PS3.5 7.8.1).
pub(super) const fn is_creator(tag: Tag) -> bool {
    tag.0 % 2 == 1 && matches!(tag.1, 0x0010..=0x00FF)
}
