//! The words of clinical and technical language: they name nobody.
//!
//! A list of our own, and the names of the attributes of Table E.1-1 of PS3.15. A person's name that
//! is such a word is for the subject dictionary to find.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::profile::table;

const LIST: &str = include_str!("../../assets/text/vocabulary.txt");

static WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let lines = LIST.lines().filter(|line| !line.starts_with('#'));
    let names = table::rows().iter().map(|row| row.name.as_str());
    let parts = names.flat_map(|name| name.split(|letter: char| !letter.is_alphanumeric()));
    let words = lines.flat_map(str::split_whitespace).chain(parts);
    words.filter(|word| !word.is_empty()).map(str::to_ascii_uppercase).collect()
});

/// Whether a word, folded to capitals without accents, belongs to that language; also in the plural.
pub(crate) fn knows(word: &str) -> bool {
    let singular = || word.strip_suffix("'S").or_else(|| word.strip_suffix('S'));
    WORDS.contains(word) || singular().is_some_and(|word| WORDS.contains(word))
}

/// Whether all words of a folded text do, and there are some.
pub(crate) fn knows_all(text: &str) -> bool {
    let mut words = words_of(text).peekable();
    words.peek().is_some() && words.all(knows)
}

fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '\'')
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_field_are_known() {
        for text in ["RADIOLOGY", "CHEST PA/LAT", "NODULES", "PATIENT'S BIRTH DATE"] {
            assert!(knows_all(text), "{text}");
        }
        for text in ["NORTHGATE", "CHEST SMITH", "", "--"] {
            assert!(!knows_all(text), "{text}");
        }
    }
}
