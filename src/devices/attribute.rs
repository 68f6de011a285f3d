//! How a rule names an attribute.

use std::fmt;

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_dictionary_std::StandardDataDictionary;

use crate::model::{AttributePath, Tag};

/// An attribute at the top level of a dataset.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attribute {
    /// Its tag; of one that is named by its creator the block is 00.
    tag: Tag,
    /// The private creator of its block.
    creator: Option<Box<str>>,
}

impl Attribute {
    /// The attribute of a tag.
    ///
    /// # Errors
    /// In words: items and the file meta information are not looked at.
    pub fn of_tag(tag: Tag) -> Result<Self, String> {
        match tag.group() {
            0..=7 => Err("the file meta information is not looked at".into()),
            0xFFFE => Err("items and delimiters are no attributes".into()),
            _ => Ok(Self { tag, creator: None }),
        }
    }

    /// The attribute of a private block, whatever its number in a file.
    ///
    /// # Errors
    /// In words, where the group is even, or the creator is empty or cannot be written.
    pub fn private(group: u16, creator: &str, element: u8) -> Result<Self, String> {
        let creator = creator.trim();
        if group.is_multiple_of(2) || group < 9 || group == u16::MAX {
            return Err(format!("{group:04X} is no private group"));
        }
        if creator.is_empty() || creator.contains(['"', '\\']) || creator.contains(char::is_control)
        {
            return Err("the name of the private creator cannot be used".into());
        }
        Ok(Self { tag: Tag(group, element.into()), creator: Some(creator.into()) })
    }

    /// Reads a keyword of the standard, a tag `(gggg,eeee)`, or `(gggg,"CREATOR",ee)`.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(inside) = text.strip_prefix('(') {
            let wrong = || format!("{text} is no tag; one is written (gggg,eeee)");
            let inside = inside.strip_suffix(')').ok_or_else(wrong)?;
            let (group, rest) = inside.split_once(',').ok_or_else(wrong)?;
            let group = hex(group, 4).ok_or_else(wrong)?;
            if let Some(quoted) = rest.strip_prefix('"') {
                let (creator, element) = quoted.rsplit_once("\",").ok_or_else(wrong)?;
                let element = hex(element, 2).ok_or_else(wrong)?;
                return Self::private(group, creator, element as u8);
            }
            return Self::of_tag(Tag(group, hex(rest, 4).ok_or_else(wrong)?));
        }
        let found = StandardDataDictionary.by_name(text);
        let tag = found.map(|entry| entry.tag());
        Self::of_tag(tag.ok_or_else(|| format!("there is no attribute called {text}"))?)
    }

    /// Its tag; the low byte of the element alone where it is named by a creator.
    pub const fn tag(&self) -> Tag {
        self.tag
    }

    /// The private creator that it is named by.
    pub fn creator(&self) -> Option<&str> {
        self.creator.as_deref()
    }
}

/// Reads exactly `digits` hexadecimal digits.
pub(crate) fn hex(text: &str, digits: usize) -> Option<u16> {
    let all = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    all.then(|| u16::from_str_radix(text, 16).ok()).flatten()
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(creator) = &self.creator {
            return write!(
                f,
                "({:04X},\"{creator}\",{:02X})",
                self.tag.group(),
                self.tag.element()
            );
        }
        let keyword = StandardDataDictionary.by_tag(self.tag).map_or("", |entry| entry.alias());
        // Repeating groups share a keyword, which names the first of them.
        let named = StandardDataDictionary.by_name(keyword).map(|entry| entry.tag());
        match named == Some(self.tag) {
            true => f.write_str(keyword),
            false => write!(f, "{}", AttributePath::root(self.tag)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for (written, shown) in [
            ("Manufacturer", "Manufacturer"),
            ("(0008,0070)", "Manufacturer"),
            ("(6000,0022)", "OverlayDescription"),
            ("(6002,0022)", "(6002,0022)"),
            ("(0019,1001)", "(0019,1001)"),
            ("(0019,\"ACME 1,0\",0a)", "(0019,\"ACME 1,0\",0A)"),
        ] {
            let attribute = Attribute::parse(written).unwrap();
            assert_eq!(attribute.to_string(), shown);
            assert_eq!(Attribute::parse(shown), Ok(attribute));
        }
    }

    #[test]
    fn what_names_no_attribute_is_refused() {
        for text in [
            "",
            "Manfacturer",
            "(0008,007)",
            "(0008,0070",
            "(0002,0013)",
            "(FFFE,E000)",
            "(0018,\"ACME\",01)",
            "(0019,\"\",01)",
            "(0019,\"ACME\",1001)",
            "(é008,0070)",
        ] {
            assert!(Attribute::parse(text).is_err(), "{text}");
        }
    }
}
