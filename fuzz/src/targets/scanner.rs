//! The scanner: sound, bounded, and the same twice.

use std::collections::BTreeMap;

use veridact::dicom::{
    LengthForm, Limits, NodeId, NodeKind, Scan, ScanNote, Source, scan, text::text_value,
};

/// Of a deflated dataset: more would only take time.
const INFLATED: u64 = 8 << 20;
/// Values that are decoded as text.
const DECODED: usize = 64;

pub(crate) fn limits() -> Limits {
    Limits { inflated: INFLATED, ..Limits::default() }
}

pub(crate) fn scanned(bytes: &[u8]) -> Option<Scan> {
    scan(Source::from_bytes(bytes.to_vec()), &limits()).ok()
}

pub fn scanner(data: &[u8]) {
    let first = scan(Source::from_bytes(data.to_vec()), &limits());
    let again = scan(Source::from_bytes(data.to_vec()), &limits());
    let (found, again) = match (first, again) {
        (Ok(found), Ok(again)) => (found, again),
        (Err(first), Err(again)) => {
            assert_eq!(first.to_string(), again.to_string(), "refused in two ways");
            assert_eq!(first.cause(), again.cause());
            return;
        }
        (first, again) => panic!("read once only: {} {}", first.is_ok(), again.is_ok()),
    };
    assert_eq!(found.nodes, again.nodes);
    assert_eq!(found.notes, again.notes);
    assert_eq!(found.meta, again.meta);
    assert_eq!((found.encoding, &found.dataset), (again.encoding, &again.dataset));
    is_sound(&found);
    let bytes = found.source.read(0..found.source.len()).unwrap();
    assert_eq!(bytes, again.source.read(0..again.source.len()).unwrap());
    assert_eq!(found.file.read(0..found.file.len()).unwrap(), data);
    if !found.notes.contains(&ScanNote::LooseDelimiter) {
        is_gapless(&found);
    }
    let elements = found.iter().filter(|(_, node)| node.kind == NodeKind::Element);
    for (id, _) in elements.take(DECODED) {
        let read = text_value(&found, id).unwrap();
        assert_eq!(read.text, text_value(&found, id).unwrap().text);
        found.path(id);
    }
}

/// Spans lie in the file, nest, and follow each other; there are no more than headers fit in.
pub(crate) fn is_sound(scan: &Scan) {
    let root = scan.dataset.clone();
    assert!(root.start <= root.end && root.end <= scan.source.len());
    // A header has eight bytes, and what is taken for nodes grows with what is there.
    assert!(scan.nodes.len() as u64 <= (root.end - root.start) / 8);
    assert!(scan.nodes.capacity() as u64 <= 16 + scan.source.len());
    let mut ends: BTreeMap<Option<NodeId>, (u64, u32)> = BTreeMap::new();
    for (id, node) in scan.iter() {
        let around = node.parent.map_or(root.clone(), |id| scan.node(id).value.clone());
        assert!(node.parent.is_none_or(|parent| parent < id), "{id:?} stands before its parent");
        assert!(around.start <= node.start && node.end <= around.end, "{id:?} leaves its parent");
        assert!(node.start < node.value.start && node.value.start <= node.value.end);
        assert!(node.value.end <= node.end);
        let (end, count) = ends.insert(node.parent, (node.end, 0)).unwrap_or((around.start, 0));
        assert!(end <= node.start, "{id:?} overlaps with the one before");
        let parent = node.parent.map(|id| scan.node(id).kind);
        let fits = match node.kind {
            NodeKind::Item => parent == Some(NodeKind::Sequence),
            NodeKind::Fragment => parent == Some(NodeKind::Fragments),
            _ => matches!(parent, None | Some(NodeKind::Item)),
        };
        assert!(fits, "{id:?} is a {:?} in {parent:?}", node.kind);
        if matches!(node.kind, NodeKind::Item | NodeKind::Fragment) {
            assert_eq!(node.index, count, "{id:?}");
            ends.insert(node.parent, (node.end, count + 1));
        }
    }
}

/// Put together again, headers, values and delimiters are the dataset: nothing lies between them.
fn is_gapless(scan: &Scan) {
    let mut next: BTreeMap<Option<NodeId>, u64> = BTreeMap::from([(None, scan.dataset.start)]);
    for (id, node) in scan.iter() {
        let at = next.insert(node.parent, node.end);
        assert_eq!(at, Some(node.start), "a gap before {id:?}");
        if !matches!(node.kind, NodeKind::Element | NodeKind::Fragment) {
            next.insert(Some(id), node.value.start);
        }
        let tail = node.end - node.value.end;
        match node.length {
            LengthForm::Defined => assert_eq!(tail, 0, "{id:?}"),
            LengthForm::Undefined => assert_eq!(tail, 8, "{id:?}"),
        }
    }
    for (parent, at) in next {
        let end = parent.map_or(scan.dataset.end, |id| scan.node(id).value.end);
        assert_eq!(at, end, "a gap at the end of {parent:?}");
    }
}
