//! The writer: without edits the same bytes, with edits those edits and nothing else.

use std::collections::BTreeMap;

use veridact::dicom::{
    Edits, NewContent, NewElement, NewMeta, NodeId, NodeKind, Scan, ScanNote, SpliceError,
};
use veridact::model::{Tag, VR};

use super::Head;
use super::scanner::{is_sound, scanned};

/// Files with more nodes are left to the scanner: comparing takes time.
const MOST_NODES: usize = 3000;
/// Elements that edits add.
const NEW: [(Tag, VR); 6] = [
    (Tag(0x0008, 0x0005), VR::CS),
    (Tag(0x0008, 0x0090), VR::PN),
    (Tag(0x0010, 0x4000), VR::LT),
    (Tag(0x0012, 0x0064), VR::SQ),
    (Tag(0x0040, 0xA160), VR::UT),
    (Tag(0xFFFC, 0xFFFC), VR::OB),
];

/// The input: how many edits (8 at most), four bytes for each, and the file.
pub fn splice(data: &[u8]) {
    let mut head = Head::new(data);
    let count = usize::from(head.byte() % 9);
    let wishes = head.bytes(4 * count);
    let Some(scan) = scanned(head.rest()) else { return };
    if scan.nodes.len() > MOST_NODES {
        return;
    }
    unedited(&scan);
    edited(&scan, wishes);
}

fn written(scan: &Scan, edits: &Edits) -> Result<Scan, SpliceError> {
    let meta = NewMeta {
        transfer_syntax: scan.meta.transfer_syntax.clone(),
        sop_class: "1.2.840.10008.5.1.4.1.1.7".to_owned(),
        sop_instance: "2.25.1".to_owned(),
    };
    let mut out = Vec::new();
    let length = veridact::dicom::splice(scan, edits, &meta, &mut out)?;
    assert_eq!(length, out.len() as u64, "it counts what it writes");
    let found = scanned(&out).expect("what is written can be read");
    assert_eq!(found.encoding, scan.encoding);
    assert_eq!(found.meta.transfer_syntax, meta.transfer_syntax);
    is_sound(&found);
    Ok(found)
}

fn dataset(scan: &Scan) -> Vec<u8> {
    scan.source.read(scan.dataset.clone()).unwrap()
}

fn unedited(scan: &Scan) {
    let again = written(scan, &Edits::default()).expect("nothing to do can be done");
    let may_stay = [ScanNote::OutOfOrder, ScanNote::SyntaxMismatch];
    assert!(again.notes.iter().all(|note| may_stay.contains(note)), "{:?}", again.notes);
    if scan.notes.contains(&ScanNote::LooseDelimiter) {
        assert_eq!(tree(&again, &|_| None), tree(scan, &|_| None));
    } else {
        assert!(dataset(&again) == dataset(scan), "bytes changed that nobody edited");
    }
}

/// What one wish makes of a file.
#[derive(Clone)]
enum Wish {
    Remove,
    Value(Vec<u8>),
    Replace(NewElement),
}

fn new_element(tag: Tag, vr: VR, number: u8) -> NewElement {
    let text = vec![b'a' + number % 26; usize::from(number / 8)];
    let content = match vr {
        VR::SQ => {
            let inner = NewContent::Bytes(text);
            let code = NewElement { tag: Tag(0x0008, 0x0100), vr: VR::SH, content: inner };
            NewContent::Items(vec![vec![code]; usize::from(number % 3)])
        }
        _ => NewContent::Bytes(text),
    };
    NewElement { tag, vr, content }
}

/// The edits that the bytes wish for, and the same for the slow writer below.
#[derive(Default)]
struct Wished {
    edits: Edits,
    changes: BTreeMap<NodeId, Wish>,
    inserts: BTreeMap<Option<NodeId>, Vec<NewElement>>,
}

impl Wished {
    fn new(scan: &Scan, wishes: &[u8]) -> Self {
        let mut wished = Self::default();
        for wish in wishes.chunks_exact(4) {
            let (what, number) = (wish[0], wish[3]);
            let place = usize::from(wish[1]) << 8 | usize::from(wish[2]);
            if scan.nodes.is_empty() || what % 4 == 3 {
                wished.insert(scan, place, (what, number));
            } else {
                wished.change(scan, NodeId((place % scan.nodes.len()) as u32), (what, number));
            }
        }
        wished
    }

    fn insert(&mut self, scan: &Scan, place: usize, (what, number): (u8, u8)) {
        let items = scan.iter().filter(|(_, node)| node.kind == NodeKind::Item);
        let mut places: Vec<_> = items.map(|(id, _)| Some(id)).collect();
        places.push(None);
        let at = places[place % places.len()];
        let (tag, vr) = NEW[usize::from(what / 4) % NEW.len()];
        let element = new_element(tag, vr, number);
        self.edits.insert(at, element.clone());
        self.inserts.entry(at).or_default().push(element);
    }

    fn change(&mut self, scan: &Scan, id: NodeId, (what, number): (u8, u8)) {
        let node = scan.node(id);
        let wish = match (what % 4, node.kind) {
            (_, NodeKind::Fragment) => return,
            (0, _) | (_, NodeKind::Item) => Wish::Remove,
            (1, NodeKind::Element) => Wish::Value(vec![b'0' + number % 10; number.into()]),
            (_, NodeKind::Element | NodeKind::Sequence | NodeKind::Fragments) => {
                let vr = if number % 2 == 0 { node.vr } else { VR::UN };
                let vr = if node.kind == NodeKind::Sequence { VR::SQ } else { vr };
                Wish::Replace(new_element(node.tag, vr, number))
            }
        };
        match wish.clone() {
            Wish::Remove => self.edits.remove(id),
            Wish::Value(value) => self.edits.set_value(id, value),
            Wish::Replace(element) => self.edits.replace(id, element),
        }
        self.changes.insert(id, wish);
    }
}

fn edited(scan: &Scan, wishes: &[u8]) {
    let wished = Wished::new(scan, wishes);
    if wished.edits.is_empty() {
        return;
    }
    let Ok(again) = written(scan, &wished.edits) else { return };
    let expected = tree_with(scan, &wished);
    let found = tree(&again, &|_| None);
    assert_eq!(found.len(), expected.len(), "as many nodes as the edits leave");
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found, expected);
    }
}

/// A node: how deep, which tag, whether it is an element with a value, and which.
#[derive(Debug, PartialEq, Eq)]
struct Leaf {
    depth: usize,
    tag: Tag,
    value: Option<Vec<u8>>,
}

/// All nodes in order. Group lengths are left out: the writer drops those that would be wrong.
fn tree(scan: &Scan, wished: &dyn Fn(NodeId) -> Option<Wish>) -> Vec<Leaf> {
    walk(scan, wished, &BTreeMap::new())
}

fn tree_with(scan: &Scan, wished: &Wished) -> Vec<Leaf> {
    walk(scan, &|id| wished.changes.get(&id).cloned(), &wished.inserts)
}

type Inserts = BTreeMap<Option<NodeId>, Vec<NewElement>>;

fn walk(scan: &Scan, wished: &dyn Fn(NodeId) -> Option<Wish>, inserts: &Inserts) -> Vec<Leaf> {
    let mut children: BTreeMap<Option<NodeId>, Vec<NodeId>> = BTreeMap::new();
    for (id, node) in scan.iter() {
        children.entry(node.parent).or_default().push(id);
    }
    let walk = Walk { scan, wished, inserts, children };
    let mut out = Vec::new();
    walk.list(None, 0, &mut out);
    out
}

struct Walk<'a> {
    scan: &'a Scan,
    wished: &'a dyn Fn(NodeId) -> Option<Wish>,
    inserts: &'a Inserts,
    children: BTreeMap<Option<NodeId>, Vec<NodeId>>,
}

impl Walk<'_> {
    fn list(&self, parent: Option<NodeId>, depth: usize, out: &mut Vec<Leaf>) {
        let mut new = self.inserts.get(&parent).cloned().unwrap_or_default();
        new.sort_by_key(|element| element.tag);
        let mut new = new.into_iter().peekable();
        for id in self.children.get(&parent).into_iter().flatten() {
            let node = self.scan.node(*id);
            let elements = parent.is_none_or(|id| self.scan.node(id).kind == NodeKind::Item);
            while elements && new.peek().is_some_and(|element| element.tag < node.tag) {
                put(&new.next().unwrap(), depth, out);
            }
            self.node(*id, depth, out);
        }
        new.for_each(|element| put(&element, depth, out));
    }

    fn node(&self, id: NodeId, depth: usize, out: &mut Vec<Leaf>) {
        let node = self.scan.node(id);
        let is_length = node.kind == NodeKind::Element && node.tag.element() == 0;
        match (self.wished)(id) {
            Some(Wish::Remove) => return,
            Some(_) if is_length => return,
            Some(Wish::Value(value)) => {
                let value = Some(padded(value, node.vr));
                return out.push(Leaf { depth, tag: node.tag, value });
            }
            Some(Wish::Replace(element)) => return put(&element, depth, out),
            None if is_length => return,
            None => {}
        }
        let has_value = matches!(node.kind, NodeKind::Element | NodeKind::Fragment);
        let value = has_value.then(|| self.scan.value(id, u64::MAX).unwrap());
        out.push(Leaf { depth, tag: node.tag, value });
        self.list(Some(id), depth + 1, out);
    }
}

fn put(element: &NewElement, depth: usize, out: &mut Vec<Leaf>) {
    let tag = element.tag;
    match &element.content {
        NewContent::Bytes(bytes) => {
            let value = Some(padded(bytes.clone(), element.vr));
            out.push(Leaf { depth, tag, value });
        }
        NewContent::Items(items) => {
            out.push(Leaf { depth, tag, value: None });
            for item in items {
                let tag = Tag(0xFFFE, 0xE000);
                out.push(Leaf { depth: depth + 1, tag, value: None });
                item.iter().for_each(|element| put(element, depth + 2, out));
            }
        }
        _ => unreachable!("no edit here has other content"),
    }
}

/// Values are even: text ends in a blank, all else in a NUL.
fn padded(mut value: Vec<u8>, vr: VR) -> Vec<u8> {
    let text = "AE AS CS DA DS DT IS LO LT PN SH ST TM UC UR UT";
    if value.len() % 2 == 1 {
        value.push(if text.contains(vr.to_string()) { b' ' } else { 0 });
    }
    value
}
