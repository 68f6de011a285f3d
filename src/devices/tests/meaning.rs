use proptest::collection::vec;
use proptest::prelude::*;

use crate::devices::tests::{Element, file, regions, rules};
use crate::devices::{DeviceMatch, DeviceRules, Hindrance};
use crate::dicom::Scan;
use crate::model::Region;

const SIZE: (u32, u32) = (200, 100);
const MASK: &str = "size = { rows = 100, columns = 200 }\nmask = [[0, 0, 200, 20]]\n";

const HEADER: [Element<'_>; 8] = [
    (0x0008, 0x0008, b"CS", b"DERIVED\\SECONDARY\\ SCREEN SAVE"),
    (0x0008, 0x0060, b"CS", b"US"),
    (0x0008, 0x0070, b"LO", b"Acme Medical"),
    (0x0008, 0x1030, b"LO", b""),
    (0x0008, 0x1090, b"LO", b"M\xC9DI"),
    (0x0009, 0x0010, b"LO", b"ACME ONE"),
    (0x0009, 0x1001, b"UN", b"Fluoro"),
    (0x0028, 0x0010, b"US", b"\x64\0"),
];

fn hits(found: &DeviceMatch) -> Option<bool> {
    match (found.rules.len(), found.unsettled.len()) {
        (1, 0) => Some(true),
        (0, 0) => Some(false),
        (0, 1) => None,
        _ => panic!("one rule cannot do both"),
    }
}

/// Whether a rule with one condition is about a file; `None` where it cannot be told.
fn asked(scan: &Scan, condition: &str) -> Option<bool> {
    hits(&rules(&format!("{MASK}when = [{condition}]")).matching(scan, SIZE))
}

#[test]
fn every_operator_asks_what_it_says() {
    let scan = file(&HEADER);
    for (condition, expected) in [
        ("{ attribute = 'Manufacturer', equals = 'ACME medical' }", Some(true)),
        ("{ attribute = 'Manufacturer', equals = 'acme' }", Some(false)),
        ("{ attribute = '(0008,0070)', contains = ['nobody', 'MEDIC'] }", Some(true)),
        ("{ attribute = 'Manufacturer', starts-with = 'acme' }", Some(true)),
        ("{ attribute = 'Manufacturer', ends-with = 'acme' }", Some(false)),
        // The whole value, and each of its values without blanks.
        ("{ attribute = 'ImageType', equals = 'secondary' }", Some(true)),
        ("{ attribute = 'ImageType', equals = 'DERIVED\\SECONDARY\\ SCREEN SAVE' }", Some(true)),
        ("{ attribute = 'ImageType', contains = 'derived\\secondary' }", Some(true)),
        ("{ attribute = 'ImageType', starts-with = 'screen' }", Some(true)),
        ("{ attribute = 'ImageType', ends-with = 'derived' }", Some(true)),
        ("{ attribute = 'ImageType', matches = '^screen save$' }", Some(true)),
        ("{ attribute = 'ImageType', matches = '^save' }", Some(false)),
        // Numbers are read as text and as numbers.
        ("{ attribute = 'Rows', equals = '100' }", Some(true)),
        ("{ attribute = 'Rows', less-than = 100 }", Some(false)),
        ("{ attribute = 'Rows', less-than = 100.5 }", Some(true)),
        ("{ attribute = 'Rows', greater-than = 99 }", Some(true)),
        ("{ attribute = 'Manufacturer', greater-than = 99 }", None),
        // There or not.
        ("{ attribute = 'Columns', is = 'missing' }", Some(true)),
        ("{ attribute = 'StudyDescription', is = 'missing' }", Some(false)),
        ("{ attribute = 'StudyDescription', is = 'empty' }", Some(true)),
        ("{ attribute = 'StudyDescription', is = 'present' }", Some(true)),
        ("{ attribute = 'StudyDescription', contains = 'x' }", Some(false)),
        ("{ attribute = 'Columns', contains = 'x' }", Some(false)),
        // Private attributes by their creator, whatever their block.
        ("{ attribute = '(0009,\"acme one\",01)', equals = 'FLUORO' }", Some(true)),
        ("{ attribute = '(0009,\"ACME TWO\",01)', is = 'missing' }", Some(true)),
        ("{ attribute = '(0009,1001)', contains = 'fluo' }", Some(true)),
    ] {
        assert_eq!(asked(&scan, condition), expected, "{condition}");
    }
}

#[test]
fn what_cannot_be_read_is_neither_yes_nor_no() {
    let scan = file(&HEADER);
    let odd = "{ attribute = 'ManufacturerModelName', contains = 'x' }";
    let (yes, no) =
        ("{ attribute = 'Modality', equals = 'us' }", "{ attribute = 'Modality', equals = 'ct' }");
    for (condition, expected) in [
        (odd.to_owned(), None),
        (format!("{{ not = {odd} }}"), None),
        (format!("{{ all = [{odd}, {yes}] }}"), None),
        (format!("{{ all = [{odd}, {no}] }}"), Some(false)),
        (format!("{{ any = [{odd}, {yes}] }}"), Some(true)),
        (format!("{{ any = [{odd}, {no}] }}"), None),
        ("{ attribute = 'ManufacturerModelName', is = 'present' }".to_owned(), Some(true)),
    ] {
        assert_eq!(asked(&scan, &condition), expected, "{condition}");
    }
    let found = rules(&format!("{MASK}when = [{odd}]")).matching(&scan, SIZE);
    assert_eq!(found.unsettled[0].why, Hindrance::Unreadable);
    assert_eq!(found.masks, []);
}

#[test]
fn an_attribute_that_is_there_twice_decides_nothing() {
    let twice: [Element<'_>; 2] = [(0x0008, 0x0060, b"CS", b"US"), (0x0008, 0x0060, b"CS", b"CT")];
    assert_eq!(asked(&file(&twice), "{ attribute = 'Modality', equals = 'us' }"), None);
}

#[test]
fn boxes_are_for_pictures_of_their_size() {
    let scan = file(&HEADER);
    let one = rules(&format!("modality = 'US'\n{MASK}"));
    assert_eq!(one.matching(&scan, SIZE).masks, [Region { x0: 0, y0: 0, x1: 200, y1: 20 }]);
    for other in [(100, 200), (200, 101), (0, 0)] {
        assert_eq!(one.matching(&scan, other), DeviceMatch::default());
    }
    let any = rules("modality = 'US'\nsize = 'any'\nmask = [[0, 0, 300, 20], [150, 90, 160, 300]]");
    let found = any.matching(&scan, (100, 100));
    assert_eq!(found.masks, [Region { x0: 0, y0: 0, x1: 100, y1: 20 }]);
    let far = rules("modality = 'US'\nsize = 'any'\nmask = [[150, 90, 160, 300]]");
    let found = far.matching(&scan, (100, 100));
    assert_eq!(found.unsettled[0].why, Hindrance::OutsidePicture);
    assert_eq!(found.rules, []);
}

#[test]
fn a_keep_is_taken_out_of_its_own_masks_and_yields_to_those_of_others() {
    let scan = file(&HEADER);
    let keeps = rules(
        "modality = 'US'\nsize = { rows = 100, columns = 200 }\nmask = 'all'\nkeep = [[0, 50, 200, 100]]",
    );
    let found = keeps.matching(&scan, SIZE);
    assert_eq!(found.masks, [Region { x0: 0, y0: 0, x1: 200, y1: 50 }]);
    assert_eq!(found.keeps, [Region { x0: 0, y0: 50, x1: 200, y1: 100 }]);
    let low =
        rules("modality = 'US'\nsize = { rows = 100, columns = 200 }\nmask = [[0, 90, 200, 100]]");
    let found = keeps.and(low).matching(&scan, SIZE);
    let names: Vec<_> = found.rules.iter().map(|hit| hit.name.as_str()).collect();
    assert_eq!(names, ["n", "n (2)"]);
    assert_eq!(found.keeps, [Region { x0: 0, y0: 50, x1: 200, y1: 90 }]);
    assert_eq!(found.masks.len(), 2);
}

/// What the shipped rule says of an ultrasound picture with these regions.
fn ultrasound(corners: &[[u32; 4]]) -> DeviceMatch {
    let class: Element<'_> = (0x0008, 0x0016, b"UI", b"1.2.840.10008.5.1.4.1.1.6.1\0");
    let items = regions(corners);
    let scan = file(&[class, (0x0018, 0x6011, b"SQ", &items)]);
    DeviceRules::shipped().matching(&scan, SIZE)
}

#[test]
fn outside_of_ultrasound_regions_all_is_masked() {
    // The last row and column of a region belong to it.
    let found = ultrasound(&[[10, 20, 99, 99], [100, 20, 189, 99]]);
    let expected = [(0, 0, 200, 20), (0, 20, 10, 100), (190, 20, 200, 100)];
    let expected = expected.map(|(x0, y0, x1, y1)| Region { x0, y0, x1, y1 });
    assert_eq!((&found.masks[..], &found.unsettled[..]), (&expected[..], &[][..]));
    assert_eq!(found.keeps.iter().map(|keep| keep.area()).sum::<u64>(), 180 * 80);
    // One past the edge is the edge: some devices count so.
    assert_eq!(ultrasound(&[[0, 20, 200, 100]]).masks, [Region { x0: 0, y0: 0, x1: 200, y1: 20 }]);
    assert_eq!(ultrasound(&[[0, 0, 199, 99]]).masks, []);
    assert_eq!(ultrasound(&[[0, 0, 199, 99]]).rules.len(), 1);
}

#[test]
fn regions_that_make_no_sense_are_for_a_person() {
    for (corners, why) in [
        (vec![], Hindrance::NoRegions),
        (vec![[0, 0, 201, 99]], Hindrance::AbsurdRegion),
        (vec![[50, 20, 49, 99]], Hindrance::AbsurdRegion),
        (vec![[0, 0, 0, 0]], Hindrance::AbsurdRegion),
        (vec![[0, 0, u32::MAX, u32::MAX]], Hindrance::AbsurdRegion),
        (vec![[10, 10, 99, 99], [250, 10, 260, 99]], Hindrance::AbsurdRegion),
        (vec![[0, 0, 9, 9]; 65], Hindrance::TooManyRegions),
    ] {
        let found = ultrasound(&corners);
        assert_eq!((&found.masks[..], &found.rules[..]), (&[][..], &[][..]), "{corners:?}");
        assert_eq!(found.unsettled[0].why, why, "{corners:?}");
    }
}

#[test]
fn a_picture_without_regions_or_of_another_class_is_left_to_detection() {
    let class = |uid: &'static [u8]| -> Element<'static> { (0x0008, 0x0016, b"UI", uid) };
    let none = file(&[class(b"1.2.840.10008.5.1.4.1.1.6.1\0")]);
    assert_eq!(DeviceRules::shipped().matching(&none, SIZE), DeviceMatch::default());
    let items = regions(&[[10, 20, 99, 99]]);
    let other = file(&[class(b"1.2.840.10008.5.1.4.1.1.2"), (0x0018, 0x6011, b"SQ", &items)]);
    assert_eq!(DeviceRules::shipped().matching(&other, SIZE), DeviceMatch::default());
}

/// Elements that rules ask for, with any value in any VR, in the order of a dataset.
fn odd_elements() -> impl Strategy<Value = Vec<(u16, &'static [u8; 2], Vec<u8>)>> {
    let vr = prop::sample::select(vec![b"CS", b"LO", b"US", b"UL", b"FD", b"UN", b"OB"]);
    let number = prop::sample::select(vec![0x0060_u16, 0x0070, 0x1090]);
    vec((number, vr, vec(any::<u8>(), 0..24)), 0..5).prop_map(|mut elements| {
        elements.sort_by_key(|(number, ..)| *number);
        elements
    })
}

proptest! {
    #[test]
    fn whatever_a_file_says_masks_lie_within_its_picture_and_keeps_beside_them(
        elements in odd_elements(),
        corners in vec((any::<u16>(), 0..120_u32, 0..240_u32, 0..120_u32), 0..4),
        size in (0..300_u32, 0..150_u32),
    ) {
        let ask = |is: &str| format!("{{ attribute = '{is}', contains = 'a' }}");
        let any = [ask("Modality"), ask("Manufacturer"), ask("ManufacturerModelName")].join(", ");
        let boxes = rules(&format!("when = [{{ not = {{ any = [{any}] }} }}]\nsize = 'any'\nmask = [[5, 5, 200, 80]]\nkeep = [[0, 40, 99, 200]]"));
        let regions_of_any = rules("when = [{ attribute = 'Rows', is = 'missing' }]\nultrasound-regions = 'mask-outside'");
        let corners = corners.into_iter().map(|(x0, y0, x1, y1)| [u32::from(x0) % 250, y0, x1, y1]);
        let items = regions(&corners.collect::<Vec<_>>());
        let mut all: Vec<Element<'_>> =
            elements.iter().map(|(number, vr, value)| (0x0008, *number, *vr, &value[..])).collect();
        all.push((0x0018, 0x6011, b"SQ", &items));
        let found = boxes.and(regions_of_any).matching(&file(&all), size);
        for mask in &found.masks {
            prop_assert_eq!(mask.clamped(size.0, size.1), Some(*mask));
            prop_assert!(found.keeps.iter().all(|keep| keep.intersection(*mask).is_none()));
        }
        let told = found.rules.len() + found.unsettled.len();
        prop_assert!(told <= 2 && (told > 0 || size.0 == 0 || size.1 == 0));
    }
}
