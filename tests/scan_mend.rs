//! Datasets that are not written as they should be: the scanner gives back the right bytes, or
//! refuses.

use dicom_core::Tag;
use proptest::prelude::*;
use veridact::dicom::{
    Edits, Limits, NewMeta, NodeId, NodeKind, Scan, ScanError, ScanNote, Source, scan, splice,
};
use veridact::model::Cause;

use crate::common::r#gen::{Element, Form, Item, PLAIN, Value, files, padded};
use crate::common::soak::cases;

const LITTLE: &str = "1.2.840.10008.1.2";
const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const JPEG: &str = "1.2.840.10008.1.2.4.50";

fn scanned(bytes: Vec<u8>) -> Result<Scan, ScanError> {
    scan(Source::from_bytes(bytes), &Limits::default())
}

fn dataset(scan: &Scan) -> Vec<u8> {
    scan.source.read(scan.dataset.clone()).unwrap()
}

/// Asserts that the file is read as this dataset, and written so when nobody edits it.
#[track_caller]
fn assert_mended(found: &Scan, expected: &[u8]) {
    assert!(found.notes.contains(&ScanNote::Mended));
    assert!(dataset(found) == expected);
    let meta = NewMeta {
        transfer_syntax: found.meta.transfer_syntax.clone(),
        sop_class: "1.2.840.10008.5.1.4.1.1.7".to_owned(),
        sop_instance: "2.25.1".to_owned(),
    };
    let mut out = Vec::new();
    splice(found, &Edits::default(), &meta, &mut out).unwrap();
    let again = scanned(out).unwrap();
    assert!(!again.notes.contains(&ScanNote::Mended));
    assert!(dataset(&again) == expected);
}

#[track_caller]
fn assert_refused(bytes: Vec<u8>) {
    assert_eq!(scanned(bytes).err().map(|error| error.cause()), Some(Cause::Malformed));
}

/// The tree as it is written anew: without group lengths, sequences as such, nothing implicit.
fn anew(elements: &[Element]) -> Vec<Element> {
    let kept = elements.iter().filter(|element| element.tag.1 != 0);
    kept.map(|element| match &element.value {
        Value::Items { items, defined } => {
            let items = items
                .iter()
                .map(|item| Item { elements: anew(&item.elements), defined: item.defined })
                .collect();
            let value = Value::Items { items, defined: *defined };
            Element { vr: "SQ", value, ..element.clone() }
        }
        _ => element.clone(),
    })
    .collect()
}

fn text(tag: (u16, u16), vr: &'static str, text: &str) -> Element {
    Element { tag, vr, value: Value::Bytes(padded(vr, text.as_bytes())) }
}

fn number(tag: (u16, u16), number: u16) -> Element {
    Element { tag, vr: "US", value: Value::Bytes(number.to_le_bytes().to_vec()) }
}

fn some_elements() -> Vec<Element> {
    vec![
        text((0x0008, 0x0060), "CS", "CT"),
        text((0x0010, 0x0010), "PN", "DOE^JANE"),
        text((0x0010, 0x0020), "LO", "1234"),
        text((0x0018, 0x0015), "CS", "CHEST"),
        text((0x0020, 0x000D), "UI", "1.2.3"),
        text((0x0020, 0x0010), "SH", "77"),
    ]
}

fn items(tag: (u16, u16), items: Vec<Vec<Element>>, defined: bool) -> Element {
    let items = items.into_iter().map(|elements| Item { elements, defined }).collect();
    Element { tag, vr: "SQ", value: Value::Items { items, defined } }
}

fn with(elements: Vec<Element>, more: Element) -> Vec<Element> {
    let mut all = elements;
    let at = all.iter().position(|element| element.tag > more.tag).unwrap_or(all.len());
    all.insert(at, more);
    all
}

/// Meta that declares `syntax`, then `dataset`.
fn declared(syntax: &str, dataset: &[u8]) -> Vec<u8> {
    let mut bytes = if syntax == JPEG {
        let fragments = Value::Fragments(Vec::new());
        let pixels = Element { tag: (0x7FE0, 0x0010), vr: "OB", value: fragments };
        let mut whole = PLAIN.file(std::slice::from_ref(&pixels));
        whole.truncate(whole.len() - PLAIN.elements(&[pixels]).len());
        whole
    } else {
        Form { explicit: syntax == EXPLICIT, ..PLAIN }.file(&[])
    };
    bytes.extend(dataset);
    bytes
}

const IMPLICIT: Form = Form { explicit: false, ..PLAIN };

// Blanks for a VR.

/// Every element with a VR of two letters and a short header that the dictionary knows.
fn can_be_blank(element: &Element) -> bool {
    let short = ["CS", "LO", "PN", "LT", "UI", "US", "UL"].contains(&element.vr);
    short && element.tag.0.is_multiple_of(2) && element.tag.1 != 0
}

/// Blanks the VR of the `pick`-th such element, at any depth; whether there was one.
fn blank(elements: &mut [Element], pick: &mut usize, by: &'static str) -> bool {
    for element in elements {
        if can_be_blank(element) {
            if *pick == 0 {
                element.vr = by;
                return true;
            }
            *pick -= 1;
        }
        if let Value::Items { items, .. } = &mut element.value
            && element.vr == "SQ"
            && items.iter_mut().any(|item| blank(&mut item.elements, pick, by))
        {
            return true;
        }
    }
    false
}

#[test]
fn a_blank_vr_is_read_by_what_follows_and_written_by_the_dictionary() {
    for by in ["  ", "\0\0"] {
        for (at, element) in some_elements().iter().enumerate() {
            let mut elements = some_elements();
            elements[at].vr = by;
            let found = scanned(PLAIN.file(&elements)).unwrap();
            assert_mended(&found, &PLAIN.elements(&some_elements()));
            assert_eq!(found.node(NodeId(at as u32)).vr.to_string(), element.vr);
        }
    }
}

#[test]
fn sample_values_get_the_sign_of_the_samples() {
    for (signed, vr) in [(1, "SS"), (0, "US")] {
        let mut elements = some_elements();
        elements.push(number((0x0028, 0x0103), signed));
        elements.push(Element { vr, ..number((0x0028, 0x0120), 9) });
        let expected = PLAIN.elements(&elements);
        elements.last_mut().unwrap().vr = "  ";
        assert_mended(&scanned(PLAIN.file(&elements)).unwrap(), &expected);
    }
}

#[test]
fn a_blank_vr_that_could_mean_anything_is_refused() {
    // A private attribute and a sequence: no dictionary tells how they go on.
    let private = Element { vr: "  ", ..text((0x0009, 0x1001), "LO", "A B") };
    assert_refused(PLAIN.file(&with(some_elements(), private)));
    let sequence = Element { vr: "  ", ..text((0x0008, 0x1140), "LO", "A B") };
    assert_refused(PLAIN.file(&with(some_elements(), sequence)));
    // A header that ends behind the VR.
    let mut bytes = PLAIN.elements(&some_elements());
    let at = bytes.windows(2).position(|pair| pair == b"CH").unwrap();
    bytes.splice(at..at, *b"\x18\0\x15\0  ");
    assert_refused(declared(EXPLICIT, &bytes));
    // Two letters that are no VR: nothing says how long such a header is.
    let unknown = Element { vr: "QQ", ..text((0x0008, 0x1030), "LO", "A B") };
    assert_refused(PLAIN.file(&with(some_elements(), unknown)));
}

#[test]
fn a_blank_vr_with_two_readings_is_refused() {
    // With a length of 2 bytes the value is empty; with one of 4 bytes, which are the tag of the
    // next element, it is 32 bytes long, and where it ends another element starts, too.
    let file = |uid: &str| {
        let after = [
            Element { vr: "UL", ..text((0x0020, 0x0000), "UL", "abcd") },
            text((0x0020, 0x000D), "UI", uid),
            text((0x0020, 0x0010), "SH", "77"),
        ];
        let empty = Element { vr: "  ", ..text((0x0018, 0x0022), "CS", "") };
        PLAIN.file(&[&some_elements()[..4], &[empty], &after].concat())
    };
    assert_refused(file("1.2.840.113619.2"));
    assert!(scanned(file("1.2.840.113619.2.1")).is_ok());
}

// Fragments without VRs.

fn fragments() -> Element {
    let value = Value::Fragments(vec![vec![], vec![0xFF, 0xD8, 0xFF, 0xD9]]);
    Element { tag: (0x7FE0, 0x0010), vr: "OB", value }
}

#[test]
fn fragments_without_vrs_get_them_under_the_declared_syntax() {
    let referenced = items((0x0008, 0x1140), vec![some_elements(), vec![]], true);
    let mut elements = with(some_elements(), referenced);
    elements.insert(0, Element { vr: "UL", ..text((0x0008, 0x0000), "UL", "abcd") });
    elements.push(fragments());
    let found = scanned(declared(JPEG, &IMPLICIT.elements(&elements))).unwrap();
    assert_mended(&found, &PLAIN.elements(&anew(&elements)));
    assert_eq!(found.meta.transfer_syntax, JPEG);
    assert!(found.encoding.explicit_vr);
    // Nothing declares how the pixels are compressed.
    for syntax in [LITTLE, EXPLICIT] {
        assert_refused(declared(syntax, &IMPLICIT.elements(&elements)));
    }
}

#[test]
fn an_empty_private_value_in_front_of_an_item_is_no_sequence() {
    let private = vec![Element { vr: "UN", ..text((0x0009, 0x1001), "LO", "") }];
    let two = vec![
        Item { elements: private, defined: true },
        Item { elements: some_elements(), defined: false },
    ];
    let value = Value::Items { items: two, defined: false };
    let elements = vec![Element { tag: (0x0008, 0x1140), vr: "SQ", value }];
    let bytes = IMPLICIT.elements(&elements);
    let found = scanned(declared(LITTLE, &bytes)).unwrap();
    assert_eq!(found.notes, []);
    assert!(dataset(&found) == bytes);
}

#[test]
fn a_value_too_long_for_its_vr_is_refused() {
    let long =
        Element { value: Value::Bytes(vec![b'A'; 70_000]), ..text((0x0010, 0x4000), "LT", "") };
    let elements = with(with(some_elements(), long), fragments());
    assert_refused(declared(JPEG, &IMPLICIT.elements(&elements)));
}

// A sequence without its header.

fn region(number: u16) -> Vec<Element> {
    vec![self::number((0x0018, 0x6012), number), self::number((0x0018, 0x6014), number)]
}

/// The dataset with the header of one sequence cut out.
fn without_header(elements: &[Element], sequence: (u16, u16)) -> Vec<u8> {
    let mut bytes = PLAIN.elements(elements);
    let tag = [sequence.0.to_le_bytes(), sequence.1.to_le_bytes()].concat();
    let header = [&tag[..], b"SQ"].concat();
    let at = bytes.windows(6).position(|part| part == header).unwrap();
    bytes.drain(at..at + 12);
    bytes
}

#[test]
fn a_sequence_without_its_header_gets_it_back() {
    for regions in [vec![region(1)], vec![region(1), region(2), region(3)]] {
        let elements = with(some_elements(), items((0x0018, 0x6011), regions, true));
        let bytes = without_header(&elements, (0x0018, 0x6011));
        assert_mended(&scanned(declared(EXPLICIT, &bytes)).unwrap(), &PLAIN.elements(&elements));
        // The same inside an item that only a delimiter ends.
        let outer = vec![items((0x0040, 0xA730), vec![elements], false)];
        let bytes = without_header(&outer, (0x0018, 0x6011));
        assert_mended(&scanned(declared(EXPLICIT, &bytes)).unwrap(), &PLAIN.elements(&outer));
    }
}

#[test]
fn items_that_do_not_tell_their_sequence_are_refused() {
    // An attribute that stands in many places, none at all, and two that disagree.
    let disagreeing = vec![number((0x0018, 0x6012), 1), number((0x0028, 0x1410), 1)];
    for inside in [some_elements(), vec![], disagreeing] {
        let elements = with(some_elements(), items((0x0018, 0x6011), vec![inside], true));
        assert_refused(declared(EXPLICIT, &without_header(&elements, (0x0018, 0x6011))));
    }
    // The right items in the wrong place, of undefined length, and in front of garbage.
    let misplaced = items((0x0020, 0x4000), vec![region(1)], true);
    let elements = with(some_elements(), misplaced);
    assert_refused(declared(EXPLICIT, &without_header(&elements, (0x0020, 0x4000))));
    let open = items((0x0018, 0x6011), vec![region(1)], false);
    assert_refused(declared(
        EXPLICIT,
        &without_header(&with(some_elements(), open), (0x0018, 0x6011)),
    ));
    let last = vec![number((0x0008, 0x0040), 1), items((0x0018, 0x6011), vec![region(1)], true)];
    let mut bytes = without_header(&last, (0x0018, 0x6011));
    bytes.extend(b"garbage!");
    assert_refused(declared(EXPLICIT, &bytes));
}

// A private sequence with VRs in a dataset without, whose length was counted without them.

const PRIVATE: (u16, u16) = (0x2005, 0x140F);

fn with_private_sequence(inside: Vec<Element>) -> Vec<Element> {
    let item = Item { elements: inside, defined: false };
    let value = Value::Items { items: vec![item], defined: true };
    let mut elements = some_elements();
    elements.push(text((0x2005, 0x0014), "LO", "VENDOR"));
    elements.push(Element { tag: PRIVATE, vr: "SQ", value });
    elements.push(Element { vr: "UN", ..text((0x2005, 0x141A), "LO", "") });
    elements.push(Element { tag: (0x7FE0, 0x0010), vr: "OW", value: Value::Bytes(vec![7; 12]) });
    elements
}

/// The file: without VRs but inside the private sequence, which claims `wrong` bytes less.
fn with_wrong_length(elements: &[Element], wrong: i32) -> Vec<u8> {
    let encode = |element: &Element| {
        let Value::Items { .. } = element.value else {
            return IMPLICIT.elements(std::slice::from_ref(element));
        };
        if element.tag != PRIVATE {
            return IMPLICIT.elements(std::slice::from_ref(element));
        }
        let mut bytes = PLAIN.elements(std::slice::from_ref(element));
        // Tag, VR, two NULs, length → tag, length.
        bytes.drain(4..8);
        let length = (bytes.len() as i32 - 8 - wrong).max(0) as u32;
        bytes[4..8].copy_from_slice(&length.to_le_bytes());
        bytes
    };
    declared(LITTLE, &elements.iter().flat_map(encode).collect::<Vec<u8>>())
}

fn nested() -> Vec<Element> {
    let inner = vec![text((0x0018, 0x9077), "CS", "NO"), text((0x0018, 0x9174), "CS", "IEC")];
    with(inner, items((0x0018, 0x9176), vec![vec![text((0x0018, 0x9177), "CS", "RF")]], false))
}

#[test]
fn a_sequence_measured_without_its_vrs_ends_where_its_items_do() {
    let elements = with_private_sequence(nested());
    for wrong in [4, 8, -4] {
        let found = scanned(with_wrong_length(&elements, wrong)).unwrap();
        assert_mended(&found, &PLAIN.elements(&anew(&elements)));
        assert_eq!(found.meta.transfer_syntax, EXPLICIT);
        let sequence = found.find(Tag(PRIVATE.0, PRIVATE.1)).unwrap();
        assert_eq!(found.node(sequence).kind, NodeKind::Sequence);
    }
    // With the right length it is one opaque value, as it was.
    let found = scanned(with_wrong_length(&elements, 0)).unwrap();
    assert!(!found.notes.contains(&ScanNote::Mended));
}

#[test]
fn items_with_vrs_in_a_dataset_without_are_written_as_all_others() {
    for defined in [true, false] {
        let referenced = items((0x0008, 0x1140), vec![nested()], defined);
        let elements = with(some_elements(), referenced.clone());
        let mut bytes = Vec::new();
        for element in &elements {
            if element.tag == referenced.tag {
                let mut explicit = PLAIN.elements(std::slice::from_ref(element));
                explicit.drain(4..8);
                bytes.extend(explicit);
            } else {
                bytes.extend(IMPLICIT.elements(std::slice::from_ref(element)));
            }
        }
        let found = scanned(declared(LITTLE, &bytes)).unwrap();
        assert_mended(&found, &PLAIN.elements(&elements));
    }
}

proptest! {
    #![proptest_config(cases(512, 50_000))]

    #[test]
    fn a_blank_vr_is_mended_rightly_or_refused(
        (form, elements) in files(),
        pick in 0..8_usize,
        by in prop::sample::select(vec!["  ", "\0\0"]),
    ) {
        let form = Form { explicit: true, big: false, ..form };
        let mut damaged = elements.clone();
        if blank(&mut damaged, &mut pick.clone(), by)
            && let Ok(found) = scanned(form.file(&damaged))
        {
            if found.notes.contains(&ScanNote::Mended) {
                assert_mended(&found, &PLAIN.elements(&anew(&elements)));
            } else {
                // Two NULs and a short length are a length of 4 bytes, too.
                let bare: Vec<_> = elements.iter().map(|element| element.tag).collect();
                let tags = |(_, node): (NodeId, &veridact::dicom::Node)| (node.tag.0, node.tag.1);
                prop_assert_eq!(found.children(None).map(tags).collect::<Vec<_>>(), bare);
            }
        }
    }

    #[test]
    fn fragments_without_vrs_are_mended_rightly_or_refused((_, elements) in files()) {
        let mut elements: Vec<_> =
            elements.into_iter().filter(|element| element.tag.0 != 0x7FE0).collect();
        elements.push(fragments());
        if let Ok(found) = scanned(declared(JPEG, &IMPLICIT.elements(&elements))) {
            assert_mended(&found, &PLAIN.elements(&anew(&elements)));
        }
    }

    #[test]
    fn a_wrong_length_is_mended_rightly_or_refused(
        (_, inside) in files(),
        wrong in -40..40_i32,
    ) {
        let inside = inside.into_iter().filter(|element| element.tag.0 != 0x7FE0).collect();
        let elements = with_private_sequence(inside);
        let bytes = with_wrong_length(&elements, 2 * wrong);
        if let Ok(found) = scanned(bytes.clone()) {
            if found.notes.contains(&ScanNote::Mended) {
                assert_mended(&found, &PLAIN.elements(&anew(&elements)));
            } else {
                // The claimed length leads on: the bytes stay as they are.
                prop_assert!(bytes.ends_with(&dataset(&found)));
            }
        }
    }
}
