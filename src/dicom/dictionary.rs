//! What the standard's data dictionary (PS3.6) says of a tag.

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry, VirtualVr};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::StandardDataDictionary;

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
}
