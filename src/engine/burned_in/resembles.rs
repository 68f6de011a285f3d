//! Whether text read in pixels is like an identifying string of a subject, as a recogniser errs.
//!
//! Of the image's own patient every string counts, anywhere in the text, with one character in four
//! wrong. Those of all others are found by their deletions in an index, word by word, so that the
//! cost does not grow with the batch.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::engine::identifiers::{fold, is_particle};
use crate::engine::vocabulary;
use crate::index::{IdentifierKind, SubjectDictionary};
use crate::model::PatientKey;

/// Characters of which one may be wrong.
const ONE_IN: usize = 4;
/// Most errors that are looked for in the words of others.
const MOST_ERRORS: usize = 2;
/// Shortest string of the own patient, and of others.
const SHORTEST: usize = 3;
const SHORTEST_OF_OTHERS: usize = 4;
/// Own strings up to this length must be whole words.
const WHOLE_WORD: usize = 4;
/// In pictures that carry no text as a rule, strings up to this length must be read without an error: noise is
/// read as three or four letters, and some subject has a code like them.
const SOON_NOISE: usize = 5;
/// Words of the field up to this length must be read exactly: chance makes them out of others.
const SURELY_MEANT: usize = 8;

/// The identifying strings of a batch, prepared for comparison.
#[derive(Debug, Default)]
pub struct Resemblance {
    own: BTreeMap<PatientKey, BTreeSet<String>>,
    others: Vec<String>,
    deletions: HashMap<u64, Vec<u32>>,
}

impl Resemblance {
    /// Prepares the dictionaries of a batch.
    pub fn compile(subjects: &BTreeMap<PatientKey, SubjectDictionary>) -> Self {
        let mut own = BTreeMap::new();
        let mut others = BTreeSet::new();
        for (patient, dictionary) in subjects {
            let mut strings = BTreeSet::new();
            for identifier in dictionary.iter() {
                for string in strings_of(identifier.kind, identifier.text.expose()) {
                    let counts = string.len() >= SHORTEST_OF_OTHERS && is_telling(identifier.kind);
                    if counts && !vocabulary::knows(&string) {
                        others.insert(alike(&string));
                    }
                    strings.insert(string);
                }
            }
            own.insert(patient.clone(), strings);
        }
        let others: Vec<String> = others.into_iter().collect();
        let mut deletions: HashMap<u64, Vec<u32>> = HashMap::new();
        for (number, string) in others.iter().enumerate() {
            for shorter in shortened(string) {
                deletions.entry(shorter).or_default().push(number as u32);
            }
        }
        Self { own, others, deletions }
    }

    /// Whether a text that was read in an image of `patient`, or of nobody known, may hold a string of
    /// any subject.
    pub fn is_like(&self, text: &str, patient: Option<&PatientKey>) -> bool {
        self.is_like_within(0, text, patient)
    }

    /// The same of what may as well be no text.
    pub fn stands_out(&self, text: &str, patient: Option<&PatientKey>) -> bool {
        self.holds(text, patient) || self.is_like_within(SOON_NOISE, text, patient)
    }

    /// Whether it is like a string that is longer than `short`.
    fn is_like_within(&self, short: usize, text: &str, patient: Option<&PatientKey>) -> bool {
        let folded = fold(text);
        patient.is_some_and(|patient| self.is_like_own(&folded, short, patient))
            || self.is_like_others(&folded, short)
    }

    /// Whether such a text holds one as a word of its own, without an error.
    pub fn holds(&self, text: &str, patient: Option<&PatientKey>) -> bool {
        let folded = fold(text);
        let own = patient.and_then(|patient| self.own.get(patient));
        words(&folded).any(|word| {
            own.is_some_and(|strings| strings.contains(word))
                || self.others.binary_search(&alike(word)).is_ok()
        })
    }

    fn is_like_own(&self, folded: &str, short: usize, patient: &PatientKey) -> bool {
        let Some(strings) = self.own.get(patient) else { return false };
        let words: Vec<&str> = words(folded).collect();
        let glued: String = words.concat();
        let (glued_alike, words_alike): (Vec<u8>, Vec<String>) =
            (alike(&glued).into_bytes(), words.iter().map(|word| alike(word)).collect());
        strings.iter().filter(|string| string.len() > short).any(|string| {
            let errors = errors_in(string);
            if string.len() <= WHOLE_WORD || errors == 0 {
                return words_alike.iter().zip(&words).any(|(alike_word, word)| {
                    let allowed = if vocabulary::knows(word) { 0 } else { errors };
                    distance(alike(string).as_bytes(), alike_word.as_bytes()) <= allowed
                });
            }
            least_distance(alike(string).as_bytes(), &glued_alike) <= errors
        })
    }

    fn is_like_others(&self, folded: &str, short: usize) -> bool {
        let words: Vec<&str> = words(folded).collect();
        let pairs = words.windows(2).map(<[&str]>::concat);
        let single = words.iter().map(|word| (*word).to_owned());
        single.chain(pairs).any(|word| self.is_like_another(&word, short))
    }

    fn is_like_another(&self, word: &str, short: usize) -> bool {
        if word.len() < SHORTEST_OF_OTHERS {
            return false;
        }
        let is_of_the_field = word.len() < SURELY_MEANT && vocabulary::knows(word);
        let word = alike(word);
        shortened(&word).iter().filter_map(|shorter| self.deletions.get(shorter)).flatten().any(
            |number| {
                let found = self.others.get(*number as usize);
                let Some(string) = found.filter(|string| string.len() > short) else {
                    return false;
                };
                let allowed = if is_of_the_field { 0 } else { errors_in(string).min(MOST_ERRORS) };
                distance(string.as_bytes(), word.as_bytes()) <= allowed
            },
        )
    }
}

/// Whether a string of that kind tells people apart: institutions and devices are shared.
const fn is_telling(kind: IdentifierKind) -> bool {
    use IdentifierKind as Kind;
    matches!(
        kind,
        Kind::PatientName | Kind::PersonName | Kind::PatientId | Kind::Identifier | Kind::Contact
    )
}

/// The parts of an identifying string that are looked for, folded, letters and figures only.
fn strings_of(kind: IdentifierKind, text: &str) -> Vec<String> {
    use IdentifierKind as Kind;
    let folded = fold(text);
    let is_long = |string: &String| string.len() >= SHORTEST;
    match kind {
        Kind::PatientName | Kind::PersonName => {
            let names = words(&folded).filter(|word| !is_particle(word));
            names.map(str::to_owned).filter(is_long).collect()
        }
        Kind::PatientId | Kind::Identifier | Kind::Contact | Kind::Device => {
            let glued: String = words(&folded).collect();
            let has_digits = glued.bytes().any(|byte| byte.is_ascii_digit());
            Some(glued).filter(|glued| has_digits && is_long(glued)).into_iter().collect()
        }
        Kind::Institution | Kind::Address => {
            let telling =
                words(&folded).filter(|word| word.len() > SHORTEST && !vocabulary::knows(word));
            telling.map(str::to_owned).collect()
        }
        Kind::Date => dates(&folded),
        Kind::Uid => Vec::new(),
    }
}

/// A date `YYYYMMDD` in the orders in which devices write it.
fn dates(date: &str) -> Vec<String> {
    let (Some(year), Some(month), Some(day)) = (date.get(..4), date.get(4..6), date.get(6..8))
    else {
        return Vec::new();
    };
    vec![
        format!("{year}{month}{day}"),
        format!("{day}{month}{year}"),
        format!("{month}{day}{year}"),
    ]
}

fn words(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// Letters and figures that recognisers take for one another, as one.
fn alike(text: &str) -> String {
    let one = |letter: char| match letter {
        'O' | 'Q' | 'D' => '0',
        'I' | 'L' | 'J' | '|' | '!' => '1',
        'Z' => '2',
        'S' => '5',
        'G' => '6',
        'B' => '8',
        letter => letter,
    };
    text.chars().map(one).collect()
}

const fn errors_in(string: &str) -> usize {
    string.len() / ONE_IN
}

/// Hashes of a string and of all that is left of it without one or two characters.
fn shortened(string: &str) -> BTreeSet<u64> {
    let hash = |letters: &[char]| {
        let mut hasher = DefaultHasher::new();
        letters.hash(&mut hasher);
        hasher.finish()
    };
    let mut level: BTreeSet<Vec<char>> = BTreeSet::from([string.chars().collect()]);
    let mut hashes: BTreeSet<u64> = level.iter().map(|letters| hash(letters)).collect();
    for _ in 0..errors_in(string).min(MOST_ERRORS) {
        level = level
            .iter()
            .flat_map(|letters| {
                (0..letters.len()).map(|at| {
                    let mut rest = letters.clone();
                    rest.remove(at);
                    rest
                })
            })
            .collect();
        hashes.extend(level.iter().map(|letters| hash(letters)));
    }
    hashes
}

/// Edit distance (Levenshtein).
fn distance(a: &[u8], b: &[u8]) -> usize {
    let start: Vec<usize> = (0..=b.len()).collect();
    last_row(a, b, start).last().copied().unwrap_or(0)
}

/// The least edit distance of `pattern` to any part of `text` (Sellers).
fn least_distance(pattern: &[u8], text: &[u8]) -> usize {
    last_row(pattern, text, vec![0; text.len() + 1]).into_iter().min().unwrap_or(pattern.len())
}

/// The last row of the table of edit distances, from its first.
fn last_row(a: &[u8], b: &[u8], mut row: Vec<usize>) -> Vec<usize> {
    for (at, letter) in a.iter().enumerate() {
        let mut diagonal = at;
        let mut left = at + 1;
        for (cell, other) in row.iter_mut().skip(1).zip(b) {
            let above = *cell;
            let kept = diagonal + usize::from(letter != other);
            left = kept.min(above + 1).min(left + 1);
            diagonal = above;
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = at + 1;
        }
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::Identifier;
    use crate::model::Phi;

    fn compiled() -> (Resemblance, PatientKey) {
        use IdentifierKind as Kind;
        let (jane, other) = (PatientKey::new("\u{1f}1"), PatientKey::new("\u{1f}2"));
        let dictionary = |entries: &[(Kind, &str)]| {
            let mut dictionary = SubjectDictionary::default();
            for (kind, text) in entries {
                dictionary.add(Identifier { kind: *kind, text: Phi::new((*text).into()) });
            }
            dictionary
        };
        let subjects = BTreeMap::from([
            (
                jane.clone(),
                dictionary(&[
                    (Kind::PatientName, "Thornbury^Jane^^Dr"),
                    (Kind::PatientId, "QF-4711832"),
                    (Kind::Date, "19620314"),
                    (Kind::Institution, "Larkspur Memorial Hospital"),
                    (Kind::PersonName, "van der Chest^Li"),
                ]),
            ),
            (
                other,
                dictionary(&[
                    (Kind::PatientName, "Featherstone^Axial"),
                    (Kind::PatientId, "88120"),
                    (Kind::Institution, "Northgate Clinic"),
                ]),
            ),
        ]);
        (Resemblance::compile(&subjects), jane)
    }

    #[test]
    fn own_strings_are_seen_through_errors_of_a_recogniser() {
        let (compiled, jane) = compiled();
        for text in [
            "THORNBURY",
            "TH0RNBURY, J",
            "Thombury",
            "JANE",
            "4ANE",
            "QF4711832",
            "0F 47I1B32",
            "QF-471183",
            "14031962",
            "14.03.1962",
            "LARKSPUR",
            "Lark5pur Mem",
            "CHEST",
            "THORNBURYJANE",
        ] {
            assert!(compiled.is_like(text, Some(&jane)), "{text}");
        }
        for text in ["JANITOR", "HOSPITAL", "120 kVp", "van der", "DR", "", "4711", "THORN"] {
            assert!(!compiled.is_like(text, Some(&jane)), "{text}");
        }
    }

    #[test]
    fn people_of_the_batch_are_found_in_the_images_of_others() {
        let (compiled, jane) = compiled();
        for text in
            ["FEATHERSTONE", "Feathers tone", "FEATHERST0NE M", "FEATHERSTON", "88120", "B8l20"]
        {
            assert!(compiled.is_like(text, Some(&jane)), "{text}");
        }
        for text in ["AXIAL", "NORTHGATE", "FEATHER", "STONE", "881"] {
            assert!(!compiled.is_like(text, Some(&jane)), "{text}");
        }
        let nobody = PatientKey::new("\u{1f}3");
        assert!(
            compiled.is_like("Thornbury", Some(&nobody)) && !compiled.is_like("Larkspur", None)
        );
    }

    #[test]
    fn distances_are_those_of_levenshtein_and_sellers() {
        for (a, b, wanted) in
            [("kitten", "sitting", 3), ("", "abc", 3), ("abc", "", 3), ("same", "same", 0)]
        {
            assert_eq!(distance(a.as_bytes(), b.as_bytes()), wanted, "{a} {b}");
        }
        for (pattern, text, wanted) in [("abc", "xxabcxx", 0), ("abc", "xxabxx", 1), ("abc", "", 3)]
        {
            assert_eq!(
                least_distance(pattern.as_bytes(), text.as_bytes()),
                wanted,
                "{pattern} {text}"
            );
        }
    }

    #[test]
    fn what_noise_is_read_as_must_be_a_short_string_without_an_error() {
        let (compiled, jane) = compiled();
        for text in ["THORNBURY", "Thombury", "JANE", "xx JANE |", "B8l20 88120"] {
            assert!(compiled.stands_out(text, Some(&jane)), "{text}");
        }
        for text in ["4ANE", "88121", "ore ical"] {
            assert!(!compiled.stands_out(text, Some(&jane)), "{text}");
        }
    }

    #[test]
    fn letter_by_letter_is_stricter_than_alike() {
        let mut dictionary = SubjectDictionary::default();
        let text = Phi::new("Gain^Maria".into());
        dictionary.add(Identifier { kind: IdentifierKind::PatientName, text });
        let patient = PatientKey::new("p");
        let compiled = Resemblance::compile(&BTreeMap::from([(patient.clone(), dictionary)]));
        assert!(compiled.holds("GAIN 45", Some(&patient)) && compiled.holds("maria", None));
        assert!(!compiled.holds("Morta 45", None) && !compiled.holds("", Some(&patient)));
        assert!(compiled.is_like("Marla", Some(&patient)));
    }
}
