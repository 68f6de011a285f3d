//! Scanner and writer against generated files and a slow reference writer.

use std::time::{Duration, Instant};

use dicom_core::{Tag, VR};
use proptest::prelude::*;
use veridact::dicom::{
    Edits, LengthForm, Limits, NewContent, NewElement, NewMeta, NodeId, NodeKind, Scan, ScanNote,
    Source, SpliceError, scan, splice,
};
use veridact::model::Cause;

use crate::common::r#gen::{
    Change, Changes, Element, Form, Item, Kind, PLAIN, Value, changes, files, kinds,
};
use crate::common::soak::cases;

fn scanned(bytes: Vec<u8>) -> Scan {
    scan(Source::from_bytes(bytes), &Limits::default()).unwrap()
}

fn cause(bytes: Vec<u8>) -> Option<Cause> {
    scan(Source::from_bytes(bytes), &Limits::default()).err().map(|error| error.cause())
}

fn dataset(scan: &Scan) -> Vec<u8> {
    scan.source.read(scan.dataset.clone()).unwrap()
}

fn meta(scan: &Scan) -> NewMeta {
    NewMeta {
        transfer_syntax: scan.meta.transfer_syntax.clone(),
        sop_class: "1.2.840.10008.5.1.4.1.1.7".to_owned(),
        sop_instance: "2.25.1".to_owned(),
    }
}

fn written(scan: &Scan, edits: &Edits) -> Result<Vec<u8>, SpliceError> {
    let mut out = Vec::new();
    let count = splice(scan, edits, &meta(scan), &mut out)?;
    assert_eq!(count, out.len() as u64);
    Ok(out)
}

fn new_element(element: &Element) -> NewElement {
    let content = match &element.value {
        Value::Bytes(bytes) => NewContent::Bytes(bytes.clone()),
        Value::Items { items, .. } => NewContent::Items(
            items.iter().map(|item| item.elements.iter().map(new_element).collect()).collect(),
        ),
        Value::Fragments(_) => unreachable!("no test writes new fragments"),
    };
    let vr = element.vr.parse().unwrap();
    NewElement { tag: Tag(element.tag.0, element.tag.1), vr, content }
}

fn edits(changes: &Changes) -> Edits {
    let mut edits = Edits::default();
    for (id, change) in &changes.nodes {
        match change {
            Change::Remove => edits.remove(NodeId(*id)),
            Change::Set(bytes) => edits.set_value(NodeId(*id), bytes.clone()),
            Change::Replace(element) => edits.replace(NodeId(*id), new_element(element)),
        }
    }
    for (parent, elements) in &changes.inserts {
        for element in elements {
            edits.insert(parent.map(NodeId), new_element(element));
        }
    }
    edits
}

/// What must hold of every scan, whatever the file.
fn is_sound(scan: &Scan) {
    let root = scan.dataset.clone();
    assert!(root.end <= scan.source.len());
    for (id, node) in scan.iter() {
        let around = node.parent.map_or(root.clone(), |id| scan.node(id).value.clone());
        assert!(node.parent.is_none_or(|parent| parent < id));
        assert!(around.start <= node.start && node.end <= around.end, "{id:?}");
        assert!(node.start < node.value.start && node.value.start <= node.value.end);
        assert!(node.value.end <= node.end);
    }
}

proptest! {
    #![proptest_config(cases(256, 50_000))]

    #[test]
    fn what_was_generated_is_found((form, elements) in files()) {
        let found = scanned(form.file(&elements));
        is_sound(&found);
        let expected = kinds(&elements);
        prop_assert_eq!(found.nodes.len(), expected.len());
        for (node, kind) in found.nodes.iter().zip(expected) {
            match kind {
                Kind::Element { tag, vr } => {
                    prop_assert_eq!((node.tag.0, node.tag.1), tag);
                    prop_assert_eq!(node.kind, NodeKind::Element);
                    prop_assert_eq!(node.vr.to_string(), vr);
                }
                Kind::Sequence { tag } => {
                    prop_assert_eq!((node.tag.0, node.tag.1), tag);
                    prop_assert_eq!(node.kind, NodeKind::Sequence);
                }
                Kind::Item => prop_assert_eq!(node.kind, NodeKind::Item),
                Kind::Other => {
                    let fragments = matches!(node.kind, NodeKind::Fragments | NodeKind::Fragment);
                    prop_assert!(fragments);
                }
            }
        }
        let expected: Vec<ScanNote> = [
            (!form.preamble, ScanNote::NoPreamble),
            (!form.group_length, ScanNote::NoGroupLength),
        ].into_iter().filter(|(odd, _)| *odd).map(|(_, note)| note).collect();
        prop_assert_eq!(&found.notes, &expected);
        prop_assert_eq!(dataset(&found), form.elements(&elements));
    }

    #[test]
    fn without_edits_the_dataset_is_the_same((form, elements) in files()) {
        let found = scanned(form.file(&elements));
        let again = scanned(written(&found, &Edits::default()).unwrap());
        prop_assert_eq!(again.notes.len(), 0);
        prop_assert_eq!(again.encoding, found.encoding);
        prop_assert_eq!(dataset(&again), form.elements(&elements));
    }

    #[test]
    fn edits_give_what_the_reference_writer_gives(
        (form, elements, changes) in files().prop_flat_map(|(form, elements)| {
            let changes = changes(&elements);
            (Just(form), Just(elements), changes)
        })
    ) {
        let found = scanned(form.file(&elements));
        let again = scanned(written(&found, &edits(&changes)).unwrap());
        prop_assert_eq!(dataset(&again), form.elements(&changes.applied(&elements)));
    }

    #[test]
    fn mutants_are_read_soundly_or_refused(
        (form, elements) in files(),
        mutations in prop::collection::vec((any::<prop::sample::Index>(), 0..5_u8, any::<u8>()), 1..6),
    ) {
        let mut bytes = form.file(&elements);
        for (index, kind, byte) in mutations {
            let at = index.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes[at] ^= 1 << (byte % 8),
                2 => bytes.truncate(at + 1),
                3 => drop(bytes.drain(at..(at + usize::from(byte)).min(bytes.len() - 1).max(at))),
                _ => {
                    let part = bytes[at..(at + usize::from(byte)).min(bytes.len())].to_vec();
                    bytes.splice(at..at, part);
                }
            }
        }
        if let Ok(found) = scan(Source::from_bytes(bytes), &Limits::default()) {
            is_sound(&found);
            let again = scanned(written(&found, &Edits::default()).unwrap());
            let only = [ScanNote::OutOfOrder, ScanNote::SyntaxMismatch];
            prop_assert!(again.notes.iter().all(|note| only.contains(note)), "{:?}", again.notes);
            prop_assert_eq!(again.nodes.len(), found.nodes.len());
            if !found.notes.contains(&ScanNote::LooseDelimiter) {
                prop_assert_eq!(dataset(&again), dataset(&found));
            }
        }
    }
}

fn text(tag: (u16, u16), vr: &'static str, text: &str) -> Element {
    Element { tag, vr, value: Value::Bytes(text.as_bytes().to_vec()) }
}

fn some_elements() -> Vec<Element> {
    vec![
        text((0x0008, 0x0060), "CS", "CT"),
        text((0x0010, 0x0010), "PN", "DOE^JANE"),
        text((0x0010, 0x0020), "LO", "1234"),
        text((0x0020, 0x000D), "UI", "1.2.3\0"),
        text((0x0020, 0x0010), "SH", "77"),
    ]
}

#[test]
fn a_dataset_without_file_meta_is_found_in_each_encoding() {
    for (explicit, big) in [(true, false), (false, false), (true, true)] {
        let form = Form { explicit, big, meta: false, ..PLAIN };
        let found = scanned(form.file(&some_elements()));
        assert_eq!((found.encoding.explicit_vr, found.encoding.big_endian), (explicit, big));
        assert_eq!(found.meta.transfer_syntax, form.syntax(&[]));
        assert!(found.notes.contains(&ScanNote::NoFileMeta));
        assert_eq!(dataset(&found), form.elements(&some_elements()));
    }
}

#[test]
fn a_dataset_in_another_encoding_than_declared_is_found() {
    for (explicit, big) in [(true, false), (false, false), (true, true)] {
        for (said, said_big) in [(true, false), (false, false), (true, true)] {
            let real = Form { explicit, big, ..PLAIN };
            let declared = Form { explicit: said, big: said_big, ..PLAIN };
            let mut bytes = declared.file(&[]);
            bytes.extend(real.elements(&some_elements()));
            let found = scanned(bytes);
            assert_eq!(found.meta.transfer_syntax, real.syntax(&[]), "{real:?} as {declared:?}");
            let mismatch = found.notes.contains(&ScanNote::SyntaxMismatch);
            assert_eq!(mismatch, real != declared, "{real:?} as {declared:?}");
        }
    }
}

#[test]
fn a_million_levels_are_refused_at_once() {
    let level = [PLAIN.elements(&[]), b"\x08\0\x40\x11SQ\0\0\xFF\xFF\xFF\xFF".to_vec()].concat();
    let level = [level, b"\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF".to_vec()].concat();
    let bytes = [PLAIN.file(&[]), level.repeat(1_000_000)].concat();
    let started = Instant::now();
    assert_eq!(cause(bytes.clone()), Some(Cause::TooDeep));
    let source = Source::from_bytes(bytes);
    let deep = Limits { depth: 10_000_000, nodes: 10_000_000, ..Limits::default() };
    let ended = scan(source, &deep).unwrap_err();
    assert_eq!(ended.cause(), Cause::Truncated, "walked to the end, without recursion");
    // A quadratic walk would take hours; a busy machine takes its seconds.
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_claim_of_four_gigabytes_is_refused_without_taking_them() {
    for (header, form) in [
        (&b"\xE0\x7F\x10\0OB\0\0\xFE\xFF\xFF\xFF"[..], PLAIN),
        (b"\x10\0\x10\0\xFE\xFF\xFF\xFF", Form { explicit: false, ..PLAIN }),
        (b"\x08\0\x40\x11SQ\0\0\xFE\xFF\xFF\xFF", PLAIN),
    ] {
        let bytes = [form.file(&[]), header.to_vec(), vec![0; 8]].concat();
        let started = Instant::now();
        assert_eq!(cause(bytes), Some(Cause::Truncated));
        assert!(started.elapsed() < Duration::from_millis(500));
    }
}

#[test]
fn the_number_of_nodes_is_limited() {
    let limits = Limits { nodes: 4, ..Limits::default() };
    let error = scan(Source::from_bytes(PLAIN.file(&some_elements())), &limits).unwrap_err();
    assert_eq!(error.cause(), Cause::TooManyElements);
}

#[test]
fn what_inflates_beyond_the_limit_is_refused() {
    let form = Form { deflated: true, ..PLAIN };
    let zeros = Value::Bytes(vec![0; 20 << 20]);
    let bytes = form.file(&[Element { tag: (0x7FE0, 0x0010), vr: "OW", value: zeros }]);
    assert_eq!(cause(bytes.clone()), Some(Cause::InflateLimit), "by its ratio");
    let limits = Limits { inflated: 1 << 20, ..Limits::default() };
    let small = form.file(&[Element {
        tag: (0x7FE0, 0x0010),
        vr: "OW",
        value: Value::Bytes(vec![0; 2 << 20]),
    }]);
    assert!(scan(Source::from_bytes(small.clone()), &Limits::default()).is_ok());
    let error = scan(Source::from_bytes(small), &limits).unwrap_err();
    assert_eq!(error.cause(), Cause::InflateLimit);
}

#[test]
fn every_cut_of_a_file_is_refused_or_ends_between_elements() {
    let item = Item { elements: some_elements(), defined: false };
    let items = Value::Items { items: vec![item], defined: false };
    let mut elements = some_elements();
    elements.push(Element { tag: (0x0040, 0xA730), vr: "SQ", value: items });
    let pixels = Value::Fragments(vec![vec![], vec![1, 2, 3, 4], vec![5, 6]]);
    elements.push(Element { tag: (0x7FE0, 0x0010), vr: "OB", value: pixels });
    let bytes = PLAIN.file(&elements);
    let whole = scanned(bytes.clone());
    let between: Vec<u64> = whole.children(None).map(|(_, node)| node.start).collect();
    for length in 133..bytes.len() {
        let cut = scan(Source::from_bytes(bytes[..length].to_vec()), &Limits::default());
        let ok = between.contains(&(length as u64));
        assert_eq!(cut.is_ok(), ok, "cut at {length} of {}", bytes.len());
    }
}

#[test]
fn loose_delimiters_are_noted_and_left_out() {
    let sequence = |extra: &[u8], length: u32| {
        let item = PLAIN.elements(&some_elements());
        let mut bytes = PLAIN.file(&[]);
        bytes.extend(b"\x08\0\x40\x11SQ\0\0");
        bytes.extend(length.to_le_bytes());
        bytes.extend(b"\xFE\xFF\0\xE0");
        bytes.extend((item.len() as u32).to_le_bytes());
        bytes.extend(&item);
        bytes.extend(extra);
        bytes.extend(PLAIN.elements(&[text((0x0020, 0x0010), "SH", "77")]));
        bytes
    };
    let inner = PLAIN.elements(&some_elements()).len() as u32 + 8;
    let end = b"\xFE\xFF\xDD\xE0\0\0\0\0";
    let clean = dataset(&scanned(sequence(b"", inner)));
    for bytes in [sequence(end, inner), sequence(end, inner + 8)] {
        let found = scanned(bytes);
        assert_eq!(found.notes, [ScanNote::LooseDelimiter]);
        assert_eq!(dataset(&scanned(written(&found, &Edits::default()).unwrap())), clean);
    }
}

#[test]
fn bytes_behind_the_dataset_are_noted_and_left_out() {
    let mut elements = some_elements();
    for (element, value) in [(0x02, 1_u16), (0x10, 2), (0x11, 3), (0x0100, 16)] {
        let value = Value::Bytes(value.to_le_bytes().to_vec());
        elements.push(Element { tag: (0x0028, element), vr: "US", value });
    }
    let pixels = Value::Bytes(vec![7; 12]);
    elements.push(Element { tag: (0x7FE0, 0x0010), vr: "OW", value: pixels });
    for junk in [&b"\0\0\0\0"[..], b"junk behind the pixels", &[0; 100], b"\xFF"] {
        let found = scanned([PLAIN.file(&elements), junk.to_vec()].concat());
        assert_eq!(found.notes, [ScanNote::TrailingBytes]);
        let again = scanned(written(&found, &Edits::default()).unwrap());
        assert_eq!(dataset(&again), PLAIN.elements(&elements));
    }
    assert!(cause([PLAIN.file(&some_elements()), b"junk behind".to_vec()].concat()).is_some());
}

#[test]
fn pixels_cut_short_by_their_length_are_not_taken_for_whole() {
    let mut elements = some_elements();
    for (element, value) in [(0x02, 1_u16), (0x10, 200), (0x11, 3), (0x0100, 16)] {
        let value = Value::Bytes(value.to_le_bytes().to_vec());
        elements.push(Element { tag: (0x0028, element), vr: "US", value });
    }
    elements.push(Element { tag: (0x7FE0, 0x0010), vr: "OW", value: Value::Bytes(vec![0; 12]) });
    let bytes = [PLAIN.file(&elements), vec![0; 1188]].concat();
    assert!(cause(bytes).is_some());
}

#[test]
fn values_too_long_for_their_vr_are_refused() {
    let found = scanned(PLAIN.file(&some_elements()));
    let name = found.find(Tag(0x0010, 0x0010)).unwrap();
    let mut edits = Edits::default();
    edits.set_value(name, vec![b'A'; 65_534]);
    let again = scanned(written(&found, &edits).unwrap());
    assert_eq!(again.value(name, u64::MAX).unwrap().len(), 65_534);
    edits.set_value(name, vec![b'A'; 65_535]);
    assert!(written(&found, &edits).is_err());
    let mut edits = Edits::default();
    let content = NewContent::Bytes(vec![b'A'; 65_536]);
    edits.insert(None, NewElement { tag: Tag(0x0010, 0x4000), vr: VR::LT, content });
    assert!(written(&found, &edits).is_err());
}

#[test]
fn an_element_is_added_only_where_its_tag_is_free() {
    let found = scanned(PLAIN.file(&some_elements()));
    let name = found.find(Tag(0x0010, 0x0010)).unwrap();
    let content = NewContent::Stream(Source::from_bytes(b"ROE^JOHN1".to_vec()));
    let element = NewElement { tag: Tag(0x0010, 0x0010), vr: VR::PN, content };
    let mut edits = Edits::default();
    edits.insert(None, element.clone());
    assert!(written(&found, &edits).is_err());
    edits.remove(name);
    let again = scanned(written(&found, &edits).unwrap());
    let name = again.find(Tag(0x0010, 0x0010)).unwrap();
    assert_eq!(again.value(name, 99).unwrap(), b"ROE^JOHN1 ");
    assert_eq!(again.nodes.len(), found.nodes.len());
}

#[test]
fn new_items_stand_in_sequences_of_defined_length() {
    let found = scanned(PLAIN.file(&some_elements()));
    let code = NewElement {
        tag: Tag(0x0008, 0x0100),
        vr: VR::SH,
        content: NewContent::Bytes(b"113100".to_vec()),
    };
    let content = NewContent::Items(vec![vec![code.clone()], vec![code]]);
    let mut edits = Edits::default();
    edits.insert(None, NewElement { tag: Tag(0x0012, 0x0064), vr: VR::SQ, content });
    let again = scanned(written(&found, &edits).unwrap());
    let sequence = again.find(Tag(0x0012, 0x0064)).unwrap();
    assert_eq!(again.node(sequence).length, LengthForm::Defined);
    assert_eq!(again.children(Some(sequence)).count(), 2);
    assert_eq!(again.notes, []);
}

#[test]
fn an_unknown_vr_is_refused() {
    // How long its header is could only be guessed from what stands behind it.
    let mut bytes = PLAIN.file(&some_elements());
    let at = bytes.windows(2).position(|pair| pair == b"PN").unwrap();
    for vr in [b"QQ", b"??", b" N", b"pn"] {
        bytes[at..at + 2].copy_from_slice(vr);
        assert_eq!(cause(bytes.clone()), Some(Cause::Malformed));
    }
}
