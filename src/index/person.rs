//! What files say of a person, in forms that can be compared.
//!
//! Names are compared without case, accents, order and titles; whether two of them may be one
//! person's is answered generously, as a middle name is often missing.

use std::collections::BTreeSet;

use crate::model::Phi;

/// What tells a patient from others, beside name and ID.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Issuer of Patient ID (0010,0021).
    pub issuer: Phi<String>,
    /// Patient's Birth Date (0010,0030).
    pub birth_date: Phi<String>,
    /// Patient's Sex (0010,0040).
    pub sex: Phi<String>,
    /// Institution Name (0008,0080).
    pub institution: Phi<String>,
}

/// Words that stand where an ID or a name should and mean nobody.
const DUMMIES: [&str; 34] = [
    "ANON",
    "ANONYM",
    "ANONYMISED",
    "ANONYMIZED",
    "ANONYMOUS",
    "BLANK",
    "DEFAULT",
    "DEIDENTIFIED",
    "DUMMY",
    "EMPTY",
    "ID",
    "NA",
    "NAME",
    "NIL",
    "NOID",
    "NONAME",
    "NONE",
    "NOTAVAILABLE",
    "NOTGIVEN",
    "NOTSET",
    "NULL",
    "PATIENT",
    "PATIENTID",
    "PHANTOM",
    "REDACTED",
    "REMOVED",
    "TEST",
    "TESTPATIENT",
    "UNBEKANNT",
    "UNDEFINED",
    "UNIDENTIFIED",
    "UNKNOWN",
    "UNSPECIFIED",
    "VOID",
];
/// Words around a name that are no part of it.
const TITLES: [&str; 16] = [
    "DR", "FRAU", "HERR", "II", "III", "JR", "MD", "MISS", "MME", "MR", "MRS", "MS", "PHD", "PROF",
    "SIR", "SR",
];

/// Whether a Patient ID is empty, or stands for nobody: zeros, nines, `123456`, `ANONYMOUS`, …
pub fn is_dummy_id(id: &str) -> bool {
    let joined: String = id.chars().filter(|c| c.is_alphanumeric()).collect();
    let all = |wanted: char| joined.chars().all(|c| c == wanted);
    let is_counted = joined.len() >= 6 && "01234567890".contains(&joined);
    all('0') || (all('9') && joined.len() >= 3) || is_counted || means_nobody(id)
}

fn means_nobody(text: &str) -> bool {
    let words: Vec<String> = words(text).collect();
    let joined = words.concat();
    let is_dummy = |word: &str| DUMMIES.contains(&word) || word.chars().all(|c| c == 'X');
    is_dummy(&joined) || words.iter().all(|word| is_dummy(word))
}

fn words(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’');
    words.map(|word| word.to_uppercase().replace(['\'', '’'], "")).filter(|word| !word.is_empty())
}

/// A name in one spelling of case and blanks, all else as it is written; `None` when it is missing
/// or means nobody. Where it decides who is who, resembling is not enough.
pub(super) fn distinct_name(name: &str) -> Option<String> {
    let groups = name.split('=').map(|group| words(group).collect::<Vec<_>>().join(" "));
    let first = groups.into_iter().find(|group| !group.is_empty())?;
    (!means_nobody(&first)).then_some(first)
}

/// A day of the calendar as `YYYYMMDD`; `None` for what is none, or is known as a dummy.
pub(super) fn day(date: &str) -> Option<String> {
    let digits: String = date.chars().filter(|c| !matches!(c, '.' | ' ' | '-')).take(8).collect();
    let number = |range: std::ops::Range<usize>| digits.get(range)?.parse::<u16>().ok();
    let is_day = number(0..4)? > 0
        && (1..=12).contains(&number(4..6)?)
        && (1..=31).contains(&number(6..8)?)
        && digits != "19000101";
    is_day.then_some(digits)
}

/// A name as names are compared: the words of each component group, sorted.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct NormalName([Words; 3]);

#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Words {
    words: BTreeSet<String>,
    /// Components without the blanks in them: `DE VRIES` is `DEVRIES`.
    parts: BTreeSet<String>,
}

impl NormalName {
    /// `None` when the name is missing or means nobody.
    pub(super) fn of(name: &str) -> Option<Self> {
        let mut groups = name.split('=').map(Words::of);
        let mut next = || groups.next().unwrap_or_default();
        let normal = Self([next(), next(), next()]);
        (normal.0.iter().any(|group| !group.words.is_empty()) && !means_nobody(name))
            .then_some(normal)
    }

    /// Whether both may be names of one person.
    pub(super) fn may_be(&self, other: &Self) -> bool {
        self.pairs(other).all(|(a, b)| a.may_be(b))
    }

    /// Whether both have two words in common, which chance hardly does.
    pub(super) fn is_surely(&self, other: &Self) -> bool {
        self.pairs(other).any(|(a, b)| {
            a.words.intersection(&b.words).filter(|word| word.chars().nth(1).is_some()).count() > 1
        })
    }

    /// The words of a name of two words or more: not of initials, not of a family name alone.
    pub(super) fn in_full(&self) -> Option<String> {
        let full = self.0.iter().find(|group| !group.words.is_empty())?;
        let long = full.words.iter().filter(|word| word.chars().nth(1).is_some()).count();
        (long > 1).then(|| full.words.iter().cloned().collect::<Vec<_>>().join(" "))
    }

    /// The groups that both have: the same name in two scripts cannot be compared.
    fn pairs<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = (&'a Words, &'a Words)> {
        let pairs = self.0.iter().zip(&other.0);
        pairs.filter(|(a, b)| !a.words.is_empty() && !b.words.is_empty())
    }
}

impl Words {
    fn of(group: &str) -> Self {
        // Prefix and suffix, the fourth and the fifth component, come and go.
        let parts: Vec<Vec<String>> = group
            .split('^')
            .take(3)
            .map(|part| words(part).map(|word| base(&word)).collect())
            .collect();
        let all: BTreeSet<String> = parts.iter().flatten().cloned().collect();
        let named: BTreeSet<String> =
            all.iter().filter(|word| !TITLES.contains(&word.as_str())).cloned().collect();
        Self {
            words: if named.is_empty() { all } else { named },
            parts: parts.iter().map(|part| part.concat()).filter(|part| !part.is_empty()).collect(),
        }
    }

    fn may_be(&self, other: &Self) -> bool {
        let fits = |a: &BTreeSet<String>, b: &BTreeSet<String>| {
            let (small, large) = if a.len() <= b.len() { (a, b) } else { (b, a) };
            small.iter().all(|word| large.iter().any(|other| is_same_word(word, other)))
        };
        fits(&self.words, &other.words) || fits(&self.parts, &other.parts)
    }
}

/// Whether two words are the same, or one is the initial of the other.
fn is_same_word(a: &str, b: &str) -> bool {
    let is_initial =
        |short: &str, long: &str| short.chars().nth(1).is_none() && long.starts_with(short);
    a == b || is_initial(a, b) || is_initial(b, a)
}

/// An upper-case word without accents, and with umlauts in one spelling.
fn base(word: &str) -> String {
    let letters: String = word.chars().filter_map(base_letter).collect();
    letters.replace("AE", "A").replace("OE", "O").replace("UE", "U")
}

fn base_letter(letter: char) -> Option<char> {
    const BASES: [(&str, char); 19] = [
        ("ÀÁÂÃÄÅĀĂĄÆ", 'A'),
        ("ÇĆĈĊČ", 'C'),
        ("ÐĎĐ", 'D'),
        ("ÈÉÊËĒĔĖĘĚ", 'E'),
        ("ĜĞĠĢ", 'G'),
        ("ĤĦ", 'H'),
        ("ÌÍÎÏĨĪĬĮİ", 'I'),
        ("Ĵ", 'J'),
        ("Ķ", 'K'),
        ("ĹĻĽĿŁ", 'L'),
        ("ÑŃŅŇ", 'N'),
        ("ÒÓÔÕÖØŌŎŐŒ", 'O'),
        ("ŔŖŘ", 'R'),
        ("ŚŜŞŠȘ", 'S'),
        ("ŢŤŦȚ", 'T'),
        ("ÙÚÛÜŨŪŬŮŰŲ", 'U'),
        ("Ŵ", 'W'),
        ("ÝŶŸ", 'Y'),
        ("ŹŻŽ", 'Z'),
    ];
    if letter.is_ascii() {
        return Some(letter);
    }
    if ('\u{300}'..='\u{36F}').contains(&letter) {
        return None;
    }
    let found = BASES.iter().find(|(letters, _)| letters.contains(letter));
    Some(found.map_or(letter, |(_, base)| *base))
}

/// The words of an institution's name, sorted; empty when it is missing or names none.
pub(super) fn institution(name: &str) -> BTreeSet<String> {
    if means_nobody(name) { BTreeSet::new() } else { words(name).map(|word| base(&word)).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dummies_are_told_from_ids() {
        for dummy in [
            "",
            " ",
            "0",
            "0000",
            "999999",
            "ANONYMOUS",
            "unknown",
            "N/A",
            "None",
            "Test",
            "DUMMY",
            "xxx",
            "-",
            "Test Patient",
            "PATIENT_ID",
            "000-00-0000",
            "123456",
            "1234567890",
        ] {
            assert!(is_dummy_id(dummy), "{dummy}");
        }
        for id in [
            "1",
            "9",
            "90",
            "4711",
            "ANON-17",
            "TEST1",
            "00017",
            "ML5500218",
            "1234",
            "1234568",
            "X7",
            "山田",
        ] {
            assert!(!is_dummy_id(id), "{id}");
        }
    }

    #[test]
    fn names_are_compared_without_case_order_accents_titles_and_missing_parts() {
        let may_be =
            |a: &str, b: &str| NormalName::of(a).unwrap().may_be(&NormalName::of(b).unwrap());
        for (a, b) in [
            ("DOE^JANE", "Doe^Jane"),
            ("DOE^JANE", "Jane Doe"),
            ("DOE^JANE^M", "DOE^JANE"),
            ("DOE^JANE^M", "DOE^JANE^MARY"),
            ("DOE^JANE^^DR", "Dr. Jane Doe"),
            ("Müller^José", "MUELLER^JOSE"),
            ("De Vries^Jan", "DEVRIES^JAN"),
            ("O'Neill^Ann", "ONEILL^ANN"),
            ("Yamada^Tarou=山田^太郎", "=山田^太郎"),
            ("Yamada^Tarou", "=山田^太郎"),
            ("DOE", "DOE^JANE"),
        ] {
            assert!(may_be(a, b) && may_be(b, a), "{a} {b}");
        }
        for (a, b) in [
            ("DOE^JANE", "DOE^JOHN"),
            ("DOE^JANE", "ROE^JANE"),
            ("DOE^JANE^M", "DOE^JANE^K"),
            ("Yamada^Tarou=山田^太郎", "=山本^太郎"),
        ] {
            assert!(!may_be(a, b) && !may_be(b, a), "{a} {b}");
        }
        assert!(NormalName::of("ANONYMOUS^PATIENT").is_none() && NormalName::of("^^").is_none());
    }

    #[test]
    fn resembling_names_stay_apart_where_they_decide() {
        assert_eq!(distinct_name("Doe^Jane "), distinct_name("DOE JANE"));
        assert_ne!(distinct_name("Doe^Jane"), distinct_name("Do^Jane"));
        assert_ne!(distinct_name("Müller^A"), distinct_name("Muller^A"));
        assert_eq!(distinct_name("Unknown^"), None);
    }

    #[test]
    fn days() {
        assert_eq!(day("1970.01.02").as_deref(), Some("19700102"));
        for none in ["", "00000000", "19000101", "1970", "19701302", "UNKNOWN!", "é9700102"] {
            assert_eq!(day(none), None, "{none}");
        }
    }
}
