//! What was read in pixels, and what it tells by itself.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::engine::identifiers::fold;
use crate::engine::{text, vocabulary};

/// Confidence of the recogniser from which its reading may clear text, in percent.
pub(super) const SURE: u8 = 90;
/// Digits in a row that may be a number of somebody.
const DIGITS: usize = 4;

const LATERALITY: [&str; 16] = [
    "L", "R", "LT", "RT", "LEFT", "RIGHT", "LCC", "RCC", "LMLO", "RMLO", "L CC", "R CC", "L MLO",
    "R MLO", "LML", "RML",
];

const ALLOWED: &str = include_str!("../../../assets/text/pixel_words.txt");

static WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let lines = ALLOWED.lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(str::split_whitespace).collect()
});

/// Labels of devices in front of what identifies, sex and age by themselves, and times of day.
static SHAPES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)
        \b(?: NAME | PAT(?:IENT)? | PT | MRN | DOB | D\.O\.B | BIRTH\w* | BORN | GEB\w* | SEX | AGE | ACC(?:ESSION)?
            | ADM(?:ISSION)? | REF(?:ERR\w*)? | DR | MD | PHYS\w* | DOC(?:TOR)? | TECH | OPERATOR | OPER | INST\w* | HOSP\w*
            | KLINIK\w* | CLINI\w* | DEPT | STUDY\s?DATE | ACQ(?:UIRED)? | EXAM\s?DATE | DATE | TIME | SSN | ID ) \b
      | \[ [FMUO] \] | ^ [FM] $ | ^ (?: SEX | [FM] ) \s* [:/,]? \s* [FM]? \d{0,3} Y? $
      | \b \d{2,3} [YMD] \b | \b \d{1,3} \s? (?: YRS? | YO | Y/O ) \b
      | \b [0-2]?\d : [0-5]\d (?: : [0-5]\d )? \b
      | \b \d{1,4} [./-] (?: \d{1,2} | [A-Z]{3,4} ) [./-] \d{1,4} \b
      | \b (?: JAN | FEB | MAR | APR | MAY | MAI | JUN | JUL | AUG | SEPT? | OCT | OKT | NOV | DEC | DEZ ) [A-Z]* \.? [\s-]? \d{1,4} \b",
    )
    .expect("a pattern of our own")
});

/// A number, with a unit or without.
static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^[+-]?\d{1,3}(?:[.,]\d{1,3})?(?:[X*/:][+-]?\d{1,3}(?:[.,]\d{1,3})?)?([A-Z%°/*]{0,7}\d?)$",
    )
    .expect("a pattern of our own")
});

/// A text as it was read.
pub(super) struct Reading {
    /// Folded: capitals without accents.
    text: String,
    original: String,
}

impl Reading {
    pub(super) fn new(text: &str) -> Self {
        Self { text: fold(text.trim()), original: text.to_owned() }
    }

    /// Whether it is a mark of a side that clinical use needs.
    pub(super) fn is_laterality(&self) -> bool {
        LATERALITY.contains(&self.text.as_str())
    }

    /// Whether it has one letter or figure, or none.
    pub(super) fn is_single(&self) -> bool {
        self.text.chars().filter(|letter| letter.is_alphanumeric()).count() < 2
    }

    /// Whether it identifies whoever it belongs to: a date, a label, sex and age, a long number, an
    /// address, a telephone number.
    pub(super) fn identifies_by_shape(&self) -> bool {
        SHAPES.is_match(&self.text)
            || self.has_long_number()
            // To prose `MI 1.2` is a Wednesday in February.
            || (!self.is_allowed() && text::identifies_by_shape(&self.original))
    }

    fn has_long_number(&self) -> bool {
        self.longest_number() >= DIGITS
    }

    fn longest_number(&self) -> usize {
        let runs = self.text.split(|letter: char| !letter.is_ascii_digit());
        runs.map(str::len).max().unwrap_or(0)
    }

    /// Whether it is made of words that devices burn in, or mostly of known words and without what may
    /// be left of a number of somebody.
    pub(super) fn is_harmless(&self) -> bool {
        self.is_allowed() || (self.is_mostly_known() && self.longest_number() + 1 < DIGITS)
    }

    /// Whether half of its words and more are such as devices burn in or clinical language has; a text
    /// without words is not.
    pub(super) fn is_mostly_known(&self) -> bool {
        let words = self.text.split(|letter: char| !letter.is_alphabetic());
        let words: Vec<&str> = words.filter(|word| word.chars().count() >= 2).collect();
        let is_known = |word: &&&str| WORDS.contains(**word) || vocabulary::knows_all(word);
        !words.is_empty() && 2 * words.iter().filter(is_known).count() >= words.len()
    }

    /// Whether it is made of words that devices burn in and of numbers with units, of nothing else.
    pub(super) fn is_allowed(&self) -> bool {
        let mut words = self.text.split([' ', ':', '=', '(', ')']).filter(|word| !word.is_empty());
        let is_allowed = |word: &str| {
            WORDS.contains(word)
                || NUMBER.captures(word).is_some_and(|found| {
                    found.get(1).is_none_or(|unit| unit.is_empty() || WORDS.contains(unit.as_str()))
                })
        };
        !self.text.is_empty()
            && !self.has_long_number()
            && !SHAPES.is_match(&self.text)
            && words.all(is_allowed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_labels_ages_and_long_numbers_identify_by_their_shape() {
        for text in [
            "03/14/1962",
            "14.MAR.1962",
            "DOB",
            "Name: X",
            "[F]",
            "045Y",
            "F 61Y",
            "M",
            "12:44:07",
            "7741182",
            "JAN 2004",
            "ACC# A12",
            "F/62",
            "Ref Dr",
            "2004-05-17",
            "tel 555-0134",
        ] {
            assert!(Reading::new(text).identifies_by_shape(), "{text}");
        }
        for text in
            ["120 kVp", "AP", "MI 1.2", "Gain 45", "5 cm", "FR 32", "T2 FLAIR", "W 400 L 40"]
        {
            assert!(!Reading::new(text).identifies_by_shape(), "{text}");
        }
    }

    #[test]
    fn technique_sides_scales_and_units_are_allowed_and_nothing_else() {
        for text in ["120 kVp", "AP ERECT", "MI: 1.2", "Gain 45 %", "5cm", "45dB", "W 400", "1.5x2"]
        {
            assert!(Reading::new(text).is_allowed(), "{text}");
        }
        for text in ["SMITH", "AP SMITH", "20040517", "F", "61Y", "12:44", "", "ID 7", "St Mary"] {
            assert!(!Reading::new(text).is_allowed(), "{text}");
        }
    }

    #[test]
    fn known_words_without_a_number_are_harmless() {
        for text in ["MEDIAN LATERAL", "120 kVp", "LYMPH NODE 2"] {
            assert!(Reading::new(text).is_harmless(), "{text}");
        }
        for text in ["NOT 201", "xq vvbz", "", "Doe"] {
            assert!(!Reading::new(text).is_harmless(), "{text}");
        }
    }

    #[test]
    fn half_of_its_words_make_a_text_known() {
        for text in ["TIS<@.4 MI=@. 82A0=190%17", "LYMPH NODE", "AP ERECT xq"] {
            assert!(Reading::new(text).is_mostly_known(), "{text}");
        }
        for text in ["", "a a", "& ce", "Cokonospa*Ekatepuna", "'xqs.b3-08", "MARTIH ADELIME AP"] {
            assert!(!Reading::new(text).is_mostly_known(), "{text}");
        }
    }

    #[test]
    fn marks_of_a_side_are_told_from_initials() {
        assert!(Reading::new(" r ").is_laterality() && Reading::new("L MLO").is_laterality());
        assert!(!Reading::new("RK").is_laterality() && !Reading::new("").is_laterality());
    }
}
