//! Makes datasets and files, sharing no code with the scanner and the writer: a tree of elements,
//! an encoder for it, strategies for random trees, and edits applied to the tree the slow way.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use proptest::collection::vec;
use proptest::prelude::*;

/// A data element.
#[derive(Clone, Debug)]
pub struct Element {
    pub tag: (u16, u16),
    pub vr: &'static str,
    pub value: Value,
}

/// Its value.
#[derive(Clone, Debug)]
pub enum Value {
    Bytes(Vec<u8>),
    Items { items: Vec<Item>, defined: bool },
    Fragments(Vec<Vec<u8>>),
}

#[derive(Clone, Debug)]
pub struct Item {
    pub elements: Vec<Element>,
    pub defined: bool,
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    pub explicit: bool,
    pub big: bool,
    pub deflated: bool,
    pub preamble: bool,
    pub group_length: bool,
    pub meta: bool,
}

pub const PLAIN: Form = Form {
    explicit: true,
    big: false,
    deflated: false,
    preamble: true,
    group_length: true,
    meta: true,
};

const LONG: [&str; 13] =
    ["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"];

fn padding(vr: &str) -> u8 {
    let text = [
        "AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UR",
        "UT",
    ];
    if text.contains(&vr) { b' ' } else { 0 }
}

/// The value made even as its VR asks for.
pub fn padded(vr: &str, bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if bytes.len() % 2 == 1 {
        bytes.push(padding(vr));
    }
    bytes
}

impl Form {
    fn u16(self, number: u16) -> [u8; 2] {
        if self.big { number.to_be_bytes() } else { number.to_le_bytes() }
    }

    fn u32(self, number: u32) -> [u8; 4] {
        if self.big { number.to_be_bytes() } else { number.to_le_bytes() }
    }

    fn tag(self, (group, element): (u16, u16)) -> Vec<u8> {
        [self.u16(group), self.u16(element)].concat()
    }

    fn bare(self, tag: (u16, u16), length: u32) -> Vec<u8> {
        [self.tag(tag), self.u32(length).to_vec()].concat()
    }

    fn header(self, tag: (u16, u16), vr: &str, length: u32) -> Vec<u8> {
        if !self.explicit {
            return self.bare(tag, length);
        }
        let mut out = [self.tag(tag), vr.as_bytes().to_vec()].concat();
        if LONG.contains(&vr) {
            out.extend([0, 0]);
            out.extend(self.u32(length));
        } else {
            out.extend(self.u16(u16::try_from(length).unwrap()));
        }
        out
    }

    /// How the items of an element are written: in UN without VRs, little endian (CP-246).
    fn inside(self, vr: &str) -> Self {
        if vr == "UN" { Self { explicit: false, big: false, ..self } } else { self }
    }

    /// Encodes elements.
    pub fn elements(self, elements: &[Element]) -> Vec<u8> {
        elements.iter().flat_map(|element| self.element(element)).collect()
    }

    fn element(self, element: &Element) -> Vec<u8> {
        let Element { tag, vr, value } = element;
        match value {
            Value::Bytes(bytes) => {
                [self.header(*tag, vr, bytes.len() as u32), bytes.clone()].concat()
            }
            Value::Items { items, defined } => {
                let inside = self.inside(vr);
                let content: Vec<u8> = items.iter().flat_map(|item| inside.item(item)).collect();
                if *defined {
                    return [self.header(*tag, vr, content.len() as u32), content].concat();
                }
                let end = inside.bare((0xFFFE, 0xE0DD), 0);
                [self.header(*tag, vr, u32::MAX), content, end].concat()
            }
            Value::Fragments(fragments) => {
                let mut out = self.header(*tag, vr, u32::MAX);
                for fragment in fragments {
                    out.extend(self.bare((0xFFFE, 0xE000), fragment.len() as u32));
                    out.extend(fragment);
                }
                out.extend(self.bare((0xFFFE, 0xE0DD), 0));
                out
            }
        }
    }

    fn item(self, item: &Item) -> Vec<u8> {
        let content = self.elements(&item.elements);
        if item.defined {
            return [self.bare((0xFFFE, 0xE000), content.len() as u32), content].concat();
        }
        let end = self.bare((0xFFFE, 0xE00D), 0);
        [self.bare((0xFFFE, 0xE000), u32::MAX), content, end].concat()
    }

    /// The transfer syntax of such a file.
    pub fn syntax(self, elements: &[Element]) -> &'static str {
        let fragments = elements.iter().any(|element| matches!(element.value, Value::Fragments(_)));
        match self {
            _ if fragments => "1.2.840.10008.1.2.4.50",
            Self { deflated: true, .. } => "1.2.840.10008.1.2.1.99",
            Self { big: true, .. } => "1.2.840.10008.1.2.2",
            Self { explicit: true, .. } => "1.2.840.10008.1.2.1",
            _ => "1.2.840.10008.1.2",
        }
    }

    /// A whole file.
    pub fn file(self, elements: &[Element]) -> Vec<u8> {
        let dataset = self.elements(elements);
        let mut out = Vec::new();
        if self.meta {
            if self.preamble {
                out.extend([0xAA; 128]);
                out.extend(b"DICM");
            }
            out.extend(self.meta(self.syntax(elements)));
        }
        if self.deflated {
            let mut deflate =
                flate2::write::DeflateEncoder::new(out, flate2::Compression::default());
            deflate.write_all(&dataset).unwrap();
            return deflate.finish().unwrap();
        }
        out.extend(dataset);
        out
    }

    fn meta(self, syntax: &str) -> Vec<u8> {
        let ui = |element, text: &str| Element {
            tag: (2, element),
            vr: "UI",
            value: Value::Bytes(padded("UI", text.as_bytes())),
        };
        let group = PLAIN.elements(&[
            Element { tag: (2, 1), vr: "OB", value: Value::Bytes(vec![0, 1]) },
            ui(2, "1.2.840.10008.5.1.4.1.1.7"),
            ui(3, "1.2.3"),
            ui(0x10, syntax),
        ]);
        let mut out = Vec::new();
        if self.group_length {
            let length = (group.len() as u32).to_le_bytes().to_vec();
            let element = Element { tag: (2, 0), vr: "UL", value: Value::Bytes(length) };
            out.extend(PLAIN.elements(&[element]));
        }
        out.extend(group);
        out
    }
}

/// Nodes of a subtree, itself included, as a scan counts them.
fn count(element: &Element) -> u32 {
    1 + match &element.value {
        Value::Bytes(_) => 0,
        Value::Fragments(fragments) => fragments.len() as u32,
        Value::Items { items, .. } => {
            items.iter().map(|item| 1 + item.elements.iter().map(count).sum::<u32>()).sum()
        }
    }
}

/// A change to the tree; nodes are counted in the order of the file.
#[derive(Clone, Debug)]
pub enum Change {
    Remove,
    Set(Vec<u8>),
    Replace(Element),
}

#[derive(Clone, Debug, Default)]
pub struct Changes {
    pub nodes: BTreeMap<u32, Change>,
    pub inserts: BTreeMap<Option<u32>, Vec<Element>>,
}

impl Changes {
    /// The tree with the changes made. Group lengths of changed groups are gone.
    pub fn applied(&self, elements: &[Element]) -> Vec<Element> {
        self.list(elements, None, &mut 0).0
    }

    fn list(
        &self,
        elements: &[Element],
        parent: Option<u32>,
        next: &mut u32,
    ) -> (Vec<Element>, bool) {
        let (mut out, mut touched, mut lengths) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        for element in elements {
            let id = *next;
            let (tag, vr) = (element.tag, element.vr);
            match self.nodes.get(&id) {
                None => {
                    *next += 1;
                    let (value, changed) = self.value(&element.value, next);
                    if changed {
                        touched.insert(tag.0);
                    }
                    out.push(Element { tag, vr, value });
                    if tag.1 == 0 {
                        lengths.insert(tag.0);
                    }
                    continue;
                }
                Some(Change::Remove) => {}
                Some(Change::Set(bytes)) => {
                    out.push(Element { tag, vr, value: Value::Bytes(padded(vr, bytes)) });
                }
                Some(Change::Replace(new)) => out.push(new.clone()),
            }
            touched.insert(tag.0);
            *next += count(element);
        }
        for new in self.inserts.get(&parent).into_iter().flatten() {
            let at = out.iter().position(|old| old.tag > new.tag).unwrap_or(out.len());
            out.insert(at, new.clone());
            touched.insert(new.tag.0);
        }
        out.retain(|old| {
            old.tag.1 != 0 || !touched.contains(&old.tag.0) || !lengths.contains(&old.tag.0)
        });
        (out, !touched.is_empty())
    }

    fn value(&self, value: &Value, next: &mut u32) -> (Value, bool) {
        match value {
            Value::Bytes(_) => (value.clone(), false),
            Value::Fragments(fragments) => {
                *next += fragments.len() as u32;
                (value.clone(), false)
            }
            Value::Items { items, defined } => {
                let (mut kept, mut changed) = (Vec::new(), false);
                for item in items {
                    let id = *next;
                    *next += 1;
                    if self.nodes.contains_key(&id) {
                        *next += item.elements.iter().map(count).sum::<u32>();
                        changed = true;
                        continue;
                    }
                    let (elements, inside) = self.list(&item.elements, Some(id), next);
                    changed |= inside;
                    kept.push(Item { elements, defined: item.defined });
                }
                (Value::Items { items: kept, defined: *defined }, changed)
            }
        }
    }
}

/// What a node of the tree is, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Element { tag: (u16, u16), vr: &'static str },
    Sequence { tag: (u16, u16) },
    Item,
    Other,
}

/// All nodes of the tree as a scan must find them.
pub fn kinds(elements: &[Element]) -> Vec<Kind> {
    let mut out = Vec::new();
    for Element { tag, vr, value } in elements {
        match value {
            Value::Bytes(_) => out.push(Kind::Element { tag: *tag, vr }),
            Value::Fragments(fragments) => {
                out.extend(std::iter::repeat_n(Kind::Other, fragments.len() + 1));
            }
            Value::Items { items, .. } => {
                out.push(Kind::Sequence { tag: *tag });
                for item in items {
                    out.push(Kind::Item);
                    out.extend(kinds(&item.elements));
                }
            }
        }
    }
    out
}

/// Plain elements that may be there: their VR is the dictionary's, so that all encodings agree.
const LEAVES: [((u16, u16), &str); 16] = [
    ((0x0008, 0x0000), "UL"),
    ((0x0008, 0x0008), "CS"),
    ((0x0008, 0x0060), "CS"),
    ((0x0008, 0x1030), "LO"),
    ((0x0009, 0x0000), "UL"),
    ((0x0009, 0x0010), "LO"),
    ((0x0009, 0x1001), "UN"),
    ((0x0010, 0x0000), "UL"),
    ((0x0010, 0x0010), "PN"),
    ((0x0010, 0x4000), "LT"),
    ((0x0020, 0x000D), "UI"),
    ((0x0028, 0x0010), "US"),
    ((0x0028, 0x3006), "OW"),
    ((0x0040, 0xA160), "UT"),
    ((0x0054, 0x1001), "CS"),
    ((0x6000, 0x3000), "OW"),
];

/// Sequences that may be there.
const SEQUENCES: [((u16, u16), &str); 5] = [
    ((0x0008, 0x1140), "SQ"),
    ((0x0009, 0x1002), "SQ"),
    ((0x0009, 0x1003), "UN"),
    ((0x0040, 0x0275), "SQ"),
    ((0x0040, 0xA730), "SQ"),
];

/// Elements that only an edit brings: none of them is in a generated dataset.
pub const NEW: [((u16, u16), &str); 6] = [
    ((0x0008, 0x0005), "CS"),
    ((0x0008, 0x0090), "PN"),
    ((0x0009, 0x0011), "LO"),
    ((0x0012, 0x0062), "CS"),
    ((0x0040, 0xA123), "PN"),
    ((0xFFFC, 0xFFFC), "OB"),
];

fn leaf() -> impl Strategy<Value = Element> {
    (prop::sample::select(&LEAVES[..]), vec(any::<u8>(), 0..9)).prop_map(|((tag, vr), bytes)| {
        let bytes = if tag.1 == 0 { vec![8, 0, 0, 0] } else { padded(vr, &bytes) };
        Element { tag, vr, value: Value::Bytes(bytes) }
    })
}

fn ordered(elements: Vec<Element>) -> Vec<Element> {
    let by_tag: BTreeMap<_, _> = elements.into_iter().map(|one| (one.tag, one)).collect();
    by_tag.into_values().collect()
}

fn list() -> impl Strategy<Value = Vec<Element>> {
    let leaves = vec(leaf(), 0..5).prop_map(ordered);
    leaves.prop_recursive(4, 40, 4, |inner| {
        let item =
            (inner, any::<bool>()).prop_map(|(elements, defined)| Item { elements, defined });
        let items = (vec(item, 0..3), any::<bool>());
        let sequence = (prop::sample::select(&SEQUENCES[..]), items).prop_map(
            |((tag, vr), (items, defined))| {
                // Without a VR only an undefined length says that a private element is a sequence.
                let told = vr == "SQ" && tag.0 % 2 == 0;
                Element { tag, vr, value: Value::Items { items, defined: defined && told } }
            },
        );
        (vec(leaf(), 0..5), vec(sequence, 0..3))
            .prop_map(|(leaves, sequences)| ordered([leaves, sequences].concat()))
    })
}

fn pixels() -> impl Strategy<Value = Option<Value>> {
    prop_oneof![
        2 => Just(None),
        2 => vec(any::<u8>(), 0..20).prop_map(|bytes| Some(Value::Bytes(padded("OW", &bytes)))),
        1 => vec(vec(any::<u8>(), 0..10).prop_map(|bytes| padded("OB", &bytes)), 0..4)
            .prop_map(|fragments| Some(Value::Fragments(fragments))),
    ]
}

/// A file: how it is written, and what is in it.
pub fn files() -> impl Strategy<Value = (Form, Vec<Element>)> {
    let encodings = prop::sample::select(vec![
        (true, false, false),
        (false, false, false),
        (true, true, false),
        (true, false, true),
    ]);
    encodings.prop_flat_map(|(explicit, big, deflated)| {
        (list(), pixels(), any::<(bool, bool)>()).prop_map(
            move |(mut elements, pixels, (preamble, group_length))| {
                let fragments = matches!(pixels, Some(Value::Fragments(_)));
                let form = Form { explicit, big, deflated, preamble, group_length, meta: true };
                if let Some(value) = pixels.filter(|_| !fragments || form.is_plain()) {
                    let vr = if fragments { "OB" } else { "OW" };
                    elements.push(Element { tag: (0x7FE0, 0x0010), vr, value });
                }
                (form, elements)
            },
        )
    })
}

impl Form {
    fn is_plain(self) -> bool {
        self.explicit && !self.big && !self.deflated
    }
}

/// Random changes to that tree: selectors of nodes, kinds and bytes.
pub fn changes(elements: &[Element]) -> impl Strategy<Value = Changes> + use<> {
    let kinds = kinds(elements);
    let one = (any::<prop::sample::Index>(), 0..5_u8, vec(b' '..b'z', 0..9), 0..NEW.len());
    vec(one, 0..6).prop_map(move |picks| {
        let mut changes = Changes::default();
        for (index, action, bytes, new) in picks {
            let id = index.index(kinds.len() + 1);
            change(&mut changes, (id as u32, kinds.get(id)), (action, bytes, NEW[new]));
        }
        changes
    })
}

type Pick = (u8, Vec<u8>, ((u16, u16), &'static str));

fn change(
    changes: &mut Changes,
    (id, kind): (u32, Option<&Kind>),
    (action, bytes, (tag, vr)): Pick,
) {
    let new = Element { tag, vr, value: Value::Bytes(padded(vr, &bytes)) };
    let item = Item { elements: vec![new.clone()], defined: true };
    let items = Value::Items { items: vec![item], defined: true };
    match (kind, action) {
        (None | Some(Kind::Item), 2..) => {
            let parent = kind.map(|_| id);
            let inserted = changes.inserts.entry(parent).or_default();
            if inserted.iter().all(|old| old.tag != tag) {
                inserted.push(new);
            }
        }
        (None | Some(Kind::Other), _) => {}
        (_, 0) => drop(changes.nodes.insert(id, Change::Remove)),
        (Some(Kind::Element { .. }), 1 | 2) => {
            changes.nodes.insert(id, Change::Set(bytes));
        }
        (Some(Kind::Element { tag, vr }), _) => {
            let value = Value::Bytes(padded(vr, &bytes));
            changes.nodes.insert(id, Change::Replace(Element { tag: *tag, vr, value }));
        }
        (Some(Kind::Sequence { .. }), 1) => {
            changes.nodes.insert(id, Change::Set(Vec::new()));
        }
        (Some(Kind::Sequence { tag }), 2) => {
            let element = Element { tag: *tag, vr: "SQ", value: items };
            changes.nodes.insert(id, Change::Replace(element));
        }
        _ => {}
    }
}
