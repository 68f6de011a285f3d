//! Acronyms of institutions: capitals that the words of a name give, one or more each.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::engine::identifiers::fold::fold;
use crate::engine::vocabulary;

/// Words that no acronym needs a letter of.
const SMALL: [&str; 26] = [
    "A", "AM", "AND", "AT", "DE", "DEL", "DELLA", "DER", "DES", "DI", "DU", "E", "ET", "FOR",
    "FUR", "IM", "IN", "LA", "LE", "OF", "ON", "THE", "UND", "VAN", "Y", "&",
];
/// Letters of an acronym.
const LENGTHS: std::ops::RangeInclusive<usize> = 3..=8;

/// The names of each subject's institutions, in words.
#[derive(Default)]
pub(super) struct Acronyms {
    names: BTreeMap<u32, Vec<Vec<String>>>,
}

impl Acronyms {
    pub(super) fn add(&mut self, name: &str, owner: u32) {
        for part in name.split([',', ';', '\n', '(', ')']) {
            let folded = fold(part);
            let words = folded.split(|letter: char| !letter.is_alphanumeric());
            let words = words.filter(|word| !word.is_empty() && !SMALL.contains(word));
            let words: Vec<String> = words.map(str::to_owned).collect();
            if words.len() > 1 {
                self.names.entry(owner).or_default().push(words);
            }
        }
    }

    /// Calls `found` with the places of the text where an acronym of `own` stands.
    pub(super) fn each(&self, text: &str, own: u32, mut found: impl FnMut(Range<usize>)) {
        let Some(names) = self.names.get(&own) else { return };
        let mut at = 0;
        for word in text.split(|letter: char| !letter.is_alphanumeric()) {
            let range = at..at + word.len();
            at = range.end + text[range.end..].chars().next().map_or(0, char::len_utf8);
            let is_acronym = LENGTHS.contains(&word.len())
                && word.bytes().all(|byte| byte.is_ascii_uppercase())
                && !vocabulary::knows(word);
            if is_acronym && names.iter().any(|name| stands_for(word, name)) {
                found(range);
            }
        }
    }
}

/// Whether the letters come from the words in their order: of each its first, and perhaps more.
fn stands_for(letters: &str, words: &[String]) -> bool {
    let Some((word, rest)) = words.split_first() else { return letters.is_empty() };
    let (Some(first), true) = (letters.chars().next(), !letters.is_empty()) else { return false };
    if !word.starts_with(first) {
        return false;
    }
    let mut of_word = word[first.len_utf8()..].chars();
    let mut left = &letters[first.len_utf8()..];
    loop {
        if stands_for(left, rest) {
            return true;
        }
        let Some(next) = left.chars().next() else { return false };
        if !of_word.any(|letter| letter == next) {
            return false;
        }
        left = &left[next.len_utf8()..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str, text: &str) -> Vec<Range<usize>> {
        let mut acronyms = Acronyms::default();
        acronyms.add(name, 3);
        let mut found = Vec::new();
        acronyms.each(text, 3, |range| found.push(range));
        found
    }

    #[test]
    fn acronyms_are_known_by_the_words_they_come_from() {
        for (name, text) in [
            ("Saint Agnes General Hospital", "seen at SAGH"),
            ("University of Texas Health Science Center", "CT/UTHSC"),
            ("Whitcombe Royal Infirmary", "WHRI: CT"),
            ("Klinikum Oberhavel Nord", "via KOHN"),
            ("Tachibana Memorial Hospital, Tokyo", "TCMH"),
            ("Allgemeines Krankenhaus der Stadt Linz", "AKSL"),
        ] {
            assert_eq!(found(name, text).len(), 1, "{name}: {text}");
        }
        for (name, text) in [
            ("Mayo Clinic Arizona", "MCA territory"),
            ("Northgate General Hospital", "head NOT"),
            ("Northgate General Hospital", "ngh"),
            ("Northgate", "NGT NORTHG"),
            ("Saint Agnes Hospital", "SAGITTAL STAT SE"),
        ] {
            assert!(found(name, text).is_empty(), "{name}: {text}");
        }
    }
}
