//! What the standard's data dictionary (PS3.6) says of a tag, and which items it belongs to
//! (PS3.3).

use std::collections::HashMap;
use std::sync::OnceLock;

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry, VirtualVr};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::StandardDataDictionary;

/// Attributes that stand in the items of one sequence only.
const ITEMS: &str = include_str!("../../assets/tables/items.tsv");

/// Whether the standard knows the attribute (repeating groups included, private ones not).
pub fn is_known(tag: Tag) -> bool {
    tag.group().is_multiple_of(2) && StandardDataDictionary.by_tag(tag).is_some()
}

/// The keyword of a standard attribute, such as `PatientName`; empty for others.
pub fn keyword(tag: Tag) -> &'static str {
    if tag.group() % 2 == 1 {
        return "";
    }
    StandardDataDictionary.by_tag(tag).map_or("", |entry| entry.alias())
}

/// The VR of a standard attribute; where the dictionary allows several, the first that it names.
/// [`VR::UN`] for others.
pub fn vr(tag: Tag) -> VR {
    let entry = StandardDataDictionary.by_tag(tag).filter(|_| tag.group().is_multiple_of(2));
    match entry.map(DataDictionaryEntry::vr) {
        Some(VirtualVr::Exact(vr)) => vr,
        Some(VirtualVr::Xs) => VR::US,
        Some(VirtualVr::Ox | VirtualVr::Px) => VR::OW,
        Some(VirtualVr::Lt) => VR::US,
        _ => VR::UN,
    }
}

/// The VR of an attribute that holds sample values or a table of them, US or SS; `None` for others.
pub(crate) fn vr_of_samples(tag: Tag, is_signed: bool) -> Option<VR> {
    let entry = StandardDataDictionary.by_tag(tag).filter(|_| tag.group().is_multiple_of(2));
    match entry.map(DataDictionaryEntry::vr)? {
        VirtualVr::Xs if is_signed => Some(VR::SS),
        VirtualVr::Xs | VirtualVr::Lt => Some(VR::US),
        _ => None,
    }
}

/// The sequence of which the standard says that all these attributes belong to its items and stand
/// nowhere else. `None` if one of them says nothing, or two disagree, or there are none.
pub(crate) fn only_sequence_of(tags: impl Iterator<Item = Tag>) -> Option<Tag> {
    static SEQUENCES: OnceLock<HashMap<Tag, Tag>> = OnceLock::new();
    let sequences = SEQUENCES.get_or_init(|| {
        let parse = |hex: &str| {
            let number = u32::from_str_radix(hex, 16).ok()?;
            Some(Tag((number >> 16) as u16, number as u16))
        };
        let rows = ITEMS.lines().filter(|line| !line.starts_with('#'));
        rows.flat_map(|row| {
            let mut tags = row.split('\t').filter_map(parse);
            let sequence = tags.next();
            tags.filter_map(move |tag| Some((tag, sequence?)))
        })
        .collect()
    });
    let mut found = None;
    for tag in tags {
        let sequence = sequences.get(&tag)?;
        if *found.get_or_insert(sequence) != sequence {
            return None;
        }
    }
    found.copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_repeating_and_private_attributes_are_told_apart() {
        assert_eq!(
            (keyword(Tag(0x0010, 0x0010)), vr(Tag(0x0010, 0x0010))),
            ("PatientName", VR::PN)
        );
        assert!(is_known(Tag(0x6002, 0x3000)) && is_known(Tag(0x0028, 0x0010)));
        assert!(!is_known(Tag(0x0009, 0x0010)) && !is_known(Tag(0x0010, 0xFFF7)));
    }

    #[test]
    fn items_name_their_sequence_only_when_all_agree() {
        let of = |elements: &[u16]| {
            only_sequence_of(elements.iter().map(|&element| Tag(0x0018, element)))
        };
        // Region Spatial Format and Region Data Type: Sequence of Ultrasound Regions.
        assert_eq!(of(&[0x6012, 0x6014]), Some(Tag(0x0018, 0x6011)));
        // KVP stands at the top level of many.
        assert_eq!(of(&[0x6012, 0x0060]), None);
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn sample_values_are_signed_as_the_samples_are() {
        let padding = Tag(0x0028, 0x0120);
        assert_eq!(vr_of_samples(padding, true), Some(VR::SS));
        assert_eq!(vr_of_samples(padding, false), Some(VR::US));
        assert_eq!(vr_of_samples(Tag(0x0028, 0x3006), true), Some(VR::US));
        assert_eq!(vr_of_samples(Tag(0x0028, 0x0010), true), None);
    }
}
