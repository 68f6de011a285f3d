//! Finds the identifying strings of a batch's subjects inside text.
//!
//! One automaton for the whole batch. A hit must stand between characters that are no letters and
//! no digits, in any case. A subject's own strings count in all their parts; those of another
//! subject only where they can hardly be chance: IDs, and names in full.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, MatchKind};

use crate::index::{IdentifierKind, SubjectDictionary};
use crate::model::PatientKey;

/// Values that stand where an identifier should and identify nobody.
const DUMMIES: [&str; 22] = [
    "ANON",
    "ANONYMOUS",
    "ANONYMIZED",
    "ANONYMISED",
    "UNKNOWN",
    "NONE",
    "NULL",
    "N/A",
    "TEST",
    "PATIENT",
    "NAME",
    "DOE",
    "PHANTOM",
    "REMOVED",
    "DEIDENTIFIED",
    "PUBLIC",
    "FIRST",
    "LAST",
    "THE",
    "AND",
    "FOR",
    "HOSPITAL",
];
/// Words of institutions and addresses that name none.
const GENERIC: [&str; 30] = [
    "HOSPITAL",
    "CLINIC",
    "CENTER",
    "CENTRE",
    "MEDICAL",
    "RADIOLOGY",
    "IMAGING",
    "UNIVERSITY",
    "DEPARTMENT",
    "DEPT",
    "HEALTH",
    "INSTITUTE",
    "GENERAL",
    "STREET",
    "AVENUE",
    "ROAD",
    "DRIVE",
    "SUITE",
    "NORTH",
    "SOUTH",
    "EAST",
    "WEST",
    "CITY",
    "UNIT",
    "CARE",
    "DIAGNOSTIC",
    "SERVICES",
    "OF",
    "AND",
    "THE",
];

/// A compiled search for the identifying strings of all subjects.
pub struct Identifiers {
    automaton: AhoCorasick,
    /// For each pattern the subjects whose own it is, and those for whom it also counts in the
    /// files of others.
    owners: Vec<BTreeSet<u32>>,
    foreign: Vec<bool>,
    subjects: BTreeMap<PatientKey, u32>,
}

impl std::fmt::Debug for Identifiers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identifiers({} patterns)", self.owners.len())
    }
}

/// There are more strings than the automaton can hold.
#[derive(Debug, thiserror::Error)]
#[error("the batch has too many identifying strings to search for")]
pub struct TooManyIdentifiers;

impl Identifiers {
    /// Compiles the dictionaries of a batch.
    ///
    /// # Errors
    /// [`TooManyIdentifiers`] beyond some hundred megabytes of strings.
    pub fn compile(
        dictionaries: &BTreeMap<PatientKey, SubjectDictionary>,
    ) -> Result<Self, TooManyIdentifiers> {
        let mut patterns: BTreeMap<String, (BTreeSet<u32>, bool)> = BTreeMap::new();
        let mut subjects = BTreeMap::new();
        for (number, (patient, dictionary)) in dictionaries.iter().enumerate() {
            let number = number as u32;
            subjects.insert(patient.clone(), number);
            for identifier in dictionary.iter() {
                for (text, foreign) in forms(identifier.kind, identifier.text.expose()) {
                    let entry = patterns.entry(text).or_default();
                    entry.0.insert(number);
                    entry.1 |= foreign;
                }
            }
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(patterns.keys())
            .map_err(|_too_large| TooManyIdentifiers)?;
        let (owners, foreign) = patterns.into_values().unzip();
        Ok(Self { automaton, owners, foreign, subjects })
    }

    /// Whether `text` holds a string that identifies `patient`, or without doubt somebody else.
    pub fn found_in(&self, text: &str, patient: &PatientKey) -> bool {
        let own = self.subjects.get(patient);
        let folded = fold(text);
        self.automaton.find_overlapping_iter(&folded).any(|hit| {
            let at = hit.pattern().as_usize();
            let counts = self.foreign[at] || own.is_some_and(|own| self.owners[at].contains(own));
            counts && is_word(&folded, hit.start(), hit.end())
        })
    }
}

/// Upper case, with the separators of names and numbers as blanks, runs of blanks as one.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_uppercase) {
        let letter = if matches!(letter, '^' | '=' | ',' | ';' | '_') { ' ' } else { letter };
        if !(letter.is_whitespace() && folded.ends_with(' ')) {
            folded.push(if letter.is_whitespace() { ' ' } else { letter });
        }
    }
    folded
}

fn is_word(text: &str, start: usize, end: usize) -> bool {
    let before = text[..start].chars().next_back();
    let after = text[end..].chars().next();
    !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
}

/// The folded forms to search for, and whether each counts in the files of others too.
fn forms(kind: IdentifierKind, text: &str) -> Vec<(String, bool)> {
    use IdentifierKind as Kind;
    let whole = fold(text).trim().to_owned();
    let mut forms = match kind {
        Kind::PatientName | Kind::PersonName => name_forms(&whole, kind == Kind::PatientName),
        Kind::PatientId => vec![(whole, true)],
        Kind::Identifier => vec![(whole.clone(), false)],
        Kind::Contact => contact_forms(&whole),
        Kind::Address | Kind::Institution => place_forms(text, &whole),
        Kind::Device => vec![(whole, false)],
        Kind::Date => date_forms(&whole).into_iter().map(|form| (form, false)).collect(),
        Kind::Uid => vec![(whole, true)],
    };
    forms.retain(|(form, _)| is_telling(kind, form));
    forms
}

/// Whether a form is long and odd enough to mean something where it stands alone.
fn is_telling(kind: IdentifierKind, form: &str) -> bool {
    use IdentifierKind as Kind;
    let letters = form.chars().filter(|c| c.is_alphabetic()).count();
    let digits = form.chars().filter(char::is_ascii_digit).count();
    if DUMMIES.contains(&form) || form.chars().all(|c| !c.is_alphanumeric() || c == '0') {
        return false;
    }
    match kind {
        Kind::PatientName | Kind::PersonName => {
            form.chars().count() >= 3 || (letters == 2 && !form.is_ascii())
        }
        Kind::PatientId => {
            digits >= 3 || letters >= 4 || (letters + digits >= 3 && letters > 0 && digits > 0)
        }
        Kind::Identifier | Kind::Device => {
            digits >= 5 || (letters > 0 && digits > 0 && letters + digits >= 4) || letters >= 5
        }
        Kind::Contact => digits >= 7 || form.contains('@'),
        Kind::Address | Kind::Institution => letters + digits >= 4,
        Kind::Date => digits >= 5,
        Kind::Uid => form.len() >= 10 && form.contains('.'),
    }
}

fn name_forms(whole: &str, foreign: bool) -> Vec<(String, bool)> {
    let words: Vec<&str> = whole.split(' ').filter(|word| !word.is_empty()).collect();
    let mut forms: Vec<_> = whole
        .split([' ', '-'])
        .map(|word| (word.trim_matches(['.', '(', ')']).to_owned(), false))
        .collect();
    forms.extend(words.iter().map(|word| ((*word).to_owned(), false)));
    if let (true, [first, second, ..]) = (foreign, words.as_slice()) {
        forms.push((format!("{first} {second}"), true));
        forms.push((format!("{second} {first}"), true));
    }
    forms
}

fn contact_forms(whole: &str) -> Vec<(String, bool)> {
    let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
    vec![(whole.to_owned(), true), (digits, true)]
}

fn place_forms(text: &str, whole: &str) -> Vec<(String, bool)> {
    let mut forms = vec![(whole.to_owned(), true)];
    forms.extend(text.split([',', ';', '\n']).map(|part| (fold(part).trim().to_owned(), false)));
    let words = whole.split([' ', '.', '(', ')', '-']).filter(|word| {
        word.chars().all(char::is_alphabetic)
            && word.chars().count() >= 4
            && !GENERIC.contains(word)
    });
    forms.extend(words.map(|word| (word.to_owned(), false)));
    forms
}

/// `YYYYMMDD` in the forms that people write.
fn date_forms(date: &str) -> Vec<String> {
    const MONTHS: [&str; 12] = [
        "JANUARY",
        "FEBRUARY",
        "MARCH",
        "APRIL",
        "MAY",
        "JUNE",
        "JULY",
        "AUGUST",
        "SEPTEMBER",
        "OCTOBER",
        "NOVEMBER",
        "DECEMBER",
    ];
    let parts = (date.get(..4), date.get(4..6), date.get(6..8));
    let (Some(year), Some(month), Some(day)) = parts else { return Vec::new() };
    let index = month.parse::<usize>().ok().and_then(|month| month.checked_sub(1));
    let Some(name) = index.and_then(|index| MONTHS.get(index)) else { return Vec::new() };
    if !date.bytes().all(|byte| byte.is_ascii_digit()) || date.len() != 8 {
        return Vec::new();
    }
    let (plain_day, plain_month) = (day.trim_start_matches('0'), month.trim_start_matches('0'));
    let short = &name[..3];
    let mut forms =
        vec![date.to_owned(), format!("{day}{month}{year}"), format!("{month}{day}{year}")];
    for mark in ['-', '/', '.', ' '] {
        forms.push(format!("{year}{mark}{month}{mark}{day}"));
        for (first, second) in
            [(day, month), (month, day), (plain_day, plain_month), (plain_month, plain_day)]
        {
            forms.push(format!("{first}{mark}{second}{mark}{year}"));
            forms.push(format!("{first}{mark}{second}{mark}{}", &year[2..]));
        }
    }
    for word in [name, short] {
        for number in [day, plain_day] {
            forms.push(format!("{number} {word} {year}"));
            forms.push(format!("{number}-{word}-{year}"));
            forms.push(format!("{word} {number} {year}"));
            forms.push(format!("{number}{word}{year}"));
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::Identifier;
    use crate::model::Phi;

    fn identifiers() -> (Identifiers, PatientKey, PatientKey) {
        let (jane, other) = (PatientKey::new("\u{1f}4711"), PatientKey::new("\u{1f}4712"));
        let mut dictionaries = BTreeMap::new();
        for (patient, entries) in [
            (
                &jane,
                vec![
                    (IdentifierKind::PatientName, "O'Neill^Jane^^Dr."),
                    (IdentifierKind::PatientId, "4711"),
                    (IdentifierKind::Date, "20100728"),
                    (IdentifierKind::Institution, "Northgate Veterans Hospital"),
                    (IdentifierKind::Contact, "+1 510 555 2545"),
                ],
            ),
            (
                &other,
                vec![
                    (IdentifierKind::PatientName, "White^Ann"),
                    (IdentifierKind::PatientId, "X4712"),
                ],
            ),
        ] {
            let mut dictionary = SubjectDictionary::default();
            for (kind, text) in entries {
                dictionary.add(Identifier { kind, text: Phi::new(text.into()) });
            }
            dictionaries.insert(patient.clone(), dictionary);
        }
        (Identifiers::compile(&dictionaries).unwrap(), jane, other)
    }

    #[test]
    fn own_strings_are_found_in_all_their_forms() {
        let (identifiers, jane, _) = identifiers();
        for text in [
            "chest for jane",
            "ORDERED BY O'NEILL",
            "id 4711.",
            "on 28.07.2010",
            "July 28, 2010",
            "28-JUL-2010",
            "at Northgate",
            "tel +1 510 555 2545",
            "see 20100728",
        ] {
            assert!(identifiers.found_in(text, &jane), "{text}");
        }
        for text in ["janet", "47110", "Hospital", "2010", "chest", ""] {
            assert!(!identifiers.found_in(text, &jane), "{text}");
        }
    }

    #[test]
    fn strings_of_others_count_only_in_full() {
        let (identifiers, jane, _) = identifiers();
        assert!(identifiers.found_in("mixed up with Ann White", &jane));
        assert!(identifiers.found_in("X4712", &jane));
        assert!(!identifiers.found_in("White matter", &jane));
    }
}
