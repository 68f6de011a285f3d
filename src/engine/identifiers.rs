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
    /// What each pattern is.
    kinds: Vec<IdentifierKind>,
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
        let mut patterns: BTreeMap<String, Pattern> = BTreeMap::new();
        let mut subjects = BTreeMap::new();
        for (number, (patient, dictionary)) in dictionaries.iter().enumerate() {
            let number = number as u32;
            subjects.insert(patient.clone(), number);
            for identifier in dictionary.iter() {
                for (text, foreign) in forms(identifier.kind, identifier.text.expose()) {
                    let pattern = patterns.entry(text).or_insert_with(|| Pattern {
                        owners: BTreeSet::new(),
                        foreign,
                        kind: identifier.kind,
                    });
                    pattern.owners.insert(number);
                    pattern.foreign |= foreign;
                    pattern.kind = pattern.kind.min(identifier.kind);
                }
            }
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(patterns.keys())
            .map_err(|_too_large| TooManyIdentifiers)?;
        let mut found = Self {
            automaton,
            owners: Vec::new(),
            kinds: Vec::new(),
            foreign: Vec::new(),
            subjects,
        };
        for pattern in patterns.into_values() {
            found.owners.push(pattern.owners);
            found.kinds.push(pattern.kind);
            found.foreign.push(pattern.foreign);
        }
        Ok(found)
    }

    /// Whether `text` holds a string that identifies `patient`, or without doubt somebody else.
    pub fn found_in(&self, text: &str, patient: &PatientKey) -> bool {
        self.counting(&fold(text), patient).next().is_some()
    }

    /// Where `text` holds such strings: byte ranges of it, perhaps overlapping, each with its kind.
    pub fn hits(&self, text: &str, patient: &PatientKey) -> Vec<Hit> {
        let folded = fold(text);
        let found: Vec<_> = self.counting(&folded, patient).collect();
        if found.is_empty() {
            return Vec::new();
        }
        let origins = origins(text);
        let at = |byte: usize| origins.get(byte).copied().unwrap_or(text.len());
        found
            .into_iter()
            .map(|hit| Hit {
                range: at(hit.start())..at(hit.end()),
                kind: self.kinds[hit.pattern().as_usize()],
            })
            .collect()
    }

    fn counting<'a>(
        &'a self,
        folded: &'a str,
        patient: &PatientKey,
    ) -> impl Iterator<Item = aho_corasick::Match> + use<'a> {
        let own = self.subjects.get(patient);
        self.automaton.find_overlapping_iter(folded).filter(move |hit| {
            let at = hit.pattern().as_usize();
            let counts = self.foreign[at] || own.is_some_and(|own| self.owners[at].contains(own));
            counts && is_word(folded, hit.start(), hit.end())
        })
    }
}

/// One string to search for.
struct Pattern {
    owners: BTreeSet<u32>,
    foreign: bool,
    kind: IdentifierKind,
}

/// An identifying string in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Bytes of the text.
    pub range: std::ops::Range<usize>,
    /// What it is.
    pub kind: IdentifierKind,
}

/// For each byte of the folded text, and its end, the byte of `text` that it came from.
fn origins(text: &str) -> Vec<usize> {
    let mut origins = Vec::with_capacity(text.len() + 1);
    let mut blank = false;
    for (at, letter) in text.char_indices() {
        for upper in letter.to_uppercase().map(separated) {
            if upper == ' ' && blank {
                continue;
            }
            blank = upper == ' ';
            origins.extend(std::iter::repeat_n(at, upper.len_utf8()));
        }
    }
    origins.push(text.len());
    origins
}

/// Separators and blanks of all kinds as one.
fn separated(letter: char) -> char {
    let separates = matches!(letter, '^' | '=' | ',' | ';' | '_') || letter.is_whitespace();
    if separates { ' ' } else { letter }
}

/// Upper case, with the separators of names and numbers as blanks, runs of blanks as one.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_uppercase).map(separated) {
        if !(letter == ' ' && folded.ends_with(' ')) {
            folded.push(letter);
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
    // Initials say something beside a name only.
    let (initials, names): (Vec<&str>, Vec<&str>) =
        words.iter().partition(|word| word.trim_end_matches('.').chars().count() == 1);
    for initial in initials {
        let initial = initial.trim_end_matches('.');
        for name in &names {
            let beside = [
                format!("{name} {initial}"),
                format!("{initial} {name}"),
                format!("{initial}. {name}"),
            ];
            forms.extend(beside.map(|form| (form, false)));
        }
    }
    if let (true, [family, given, rest @ ..]) = (foreign, words.as_slice()) {
        let mut whole = vec![format!("{family} {given}"), format!("{given} {family}")];
        if let Some(middle) = rest.first().and_then(|word| word.chars().next()) {
            whole.push(format!("{given} {middle} {family}"));
            whole.push(format!("{given} {middle}. {family}"));
            whole.push(format!("{given} {} {family}", rest[0]));
        }
        forms.extend(whole.into_iter().map(|form| (form, true)));
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
