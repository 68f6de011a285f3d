//! Finds the identifying strings of a batch's subjects inside text.
//!
//! One automaton for the whole batch, over text in which case, diacritics and separators do not
//! matter; a second one for numbers and codes, over letters and digits alone. A hit must be whole
//! words. A subject's own strings count in all their parts; those of another subject only where
//! they can hardly be chance: IDs, and names in full. Names are found in other scripts, too
//! (module `script`), in an encoding (module `encoded`), and names and numbers whose letters were mistaken or spread (module
//! `lookalike`).

mod acronym;
mod encoded;
mod fold;
mod forms;
mod lookalike;
mod script;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use regex::Regex;

use crate::engine::identifiers::acronym::Acronyms;
use crate::engine::identifiers::fold::Folded;
use crate::engine::identifiers::forms::{Form, Needs};
use crate::engine::identifiers::lookalike::Lookalikes;
use crate::engine::identifiers::script::Script;
pub(crate) use crate::engine::identifiers::{fold::fold, forms::is_particle};
use crate::index::{IdentifierKind, SubjectDictionary};
use crate::model::PatientKey;

/// Signs that may stand between two characters of a number.
const MOST_SIGNS: usize = 3;
/// Digits of the shortest number that is searched for without its signs.
const FEWEST_DIGITS: usize = 4;

/// A compiled search for the identifying strings of all subjects.
pub struct Identifiers {
    words: Search,
    numbers: Search,
    sounds: Sounds,
    lookalikes: Lookalikes,
    acronyms: Acronyms,
    subjects: BTreeMap<PatientKey, u32>,
    figures: Figures,
}

impl std::fmt::Debug for Identifiers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identifiers({} patterns)", self.words.patterns.len())
    }
}

/// There are more strings than the automaton can hold.
#[derive(Debug, thiserror::Error)]
#[error("the batch has too many identifying strings to search for")]
pub struct TooManyIdentifiers;

/// An identifying string in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Bytes of the text.
    pub range: Range<usize>,
    /// What it is.
    pub kind: IdentifierKind,
}

impl Identifiers {
    /// Compiles the dictionaries of a batch.
    ///
    /// # Errors
    /// [`TooManyIdentifiers`] beyond some hundred megabytes of strings.
    pub fn compile(
        dictionaries: &BTreeMap<PatientKey, SubjectDictionary>,
    ) -> Result<Self, TooManyIdentifiers> {
        let (mut words, mut numbers) = (Collected::new(), Collected::new());
        let mut sounds = Sounds { all_latin: true, names: HashMap::new() };
        let (mut lookalikes, mut acronyms) = (Lookalikes::default(), Acronyms::default());
        let mut subjects = BTreeMap::new();
        for (number, (patient, dictionary)) in dictionaries.iter().enumerate() {
            let number = number as u32;
            subjects.insert(patient.clone(), number);
            for identifier in dictionary.iter() {
                let (kind, text) = (identifier.kind, identifier.text.expose());
                let is_name =
                    matches!(kind, IdentifierKind::PatientName | IdentifierKind::PersonName);
                for form in forms::forms(kind, text) {
                    if is_name && form.needs == Needs::Nothing {
                        lookalikes.add(&form.text, kind, number);
                    }
                    collect(&mut words, form, kind, number);
                }
                if let Some(form) = forms::compact_form(kind, text) {
                    lookalikes.add(&form.text, kind, number);
                    collect(&mut numbers, form, kind, number);
                }
                if is_name {
                    sounds.add(text, kind, number);
                }
                if kind == IdentifierKind::Institution {
                    acronyms.add(text, number);
                }
            }
        }
        let figures = Figures::of(words.keys(), numbers.keys());
        let (words, numbers) = (Search::compile(words)?, Search::compile(numbers)?);
        Ok(Self { words, numbers, sounds, lookalikes, acronyms, subjects, figures })
    }

    /// Whether `text` holds a string that identifies `patient`, or without doubt somebody else.
    pub fn found_in(&self, text: &str, patient: &PatientKey) -> bool {
        !self.hits(text, patient).is_empty()
    }

    /// Whether a text is a number, or several, that cannot be any such string; quick to tell.
    pub fn rules_out(&self, text: &str) -> bool {
        self.figures.rule_out(text)
    }

    /// Where `text` holds such strings: byte ranges of it, perhaps overlapping, each with its kind.
    /// A word that hides one in base64 or hexadecimal digits is one, too.
    pub fn hits(&self, text: &str, patient: &PatientKey) -> Vec<Hit> {
        if self.rules_out(text) {
            return Vec::new();
        }
        let mut hits = self.plain_hits(text, patient);
        for (range, decoded) in encoded::decoded(text) {
            let hidden = self.plain_hits(&decoded, patient).into_iter().next();
            hits.extend(hidden.map(|hit| Hit { range, kind: hit.kind }));
        }
        hits
    }

    fn plain_hits(&self, text: &str, patient: &PatientKey) -> Vec<Hit> {
        let folded = Folded::new(text);
        let own = self.subjects.get(patient).copied();
        let mut hits = Vec::new();
        let mut add = |range: Range<usize>, kind| {
            hits.push(Hit { range: folded.original(range), kind });
        };
        self.words.each(&folded.text, own, |range, pattern| {
            if folded.is_word(&range)
                && holds(text, pattern.needs, || folded.original(range.clone()))
            {
                add(range, pattern.kind);
            }
        });
        let has_number = text.bytes().filter(u8::is_ascii_digit).count() >= FEWEST_DIGITS;
        if has_number && !self.numbers.patterns.is_empty() {
            let compact = Compact::new(&folded.text);
            self.numbers.each(&compact.text, own, |range, pattern| {
                if let Some(range) = compact.number(&folded, &range) {
                    add(range, pattern.kind);
                }
            });
        }
        let Some(own) = own else { return hits };
        self.lookalikes.each(&folded.text, own, &mut add);
        if !(self.sounds.all_latin && text.is_ascii()) {
            for (range, word) in folded.words() {
                if let Some(kind) = self.sounds.kind_of(word, own) {
                    add(range, kind);
                }
            }
        }
        self.acronyms.each(text, own, |range| {
            hits.push(Hit { range, kind: IdentifierKind::Institution });
        });
        hits
    }
}

/// What the strings without letters begin with. Most values of a header are numbers, and most of these
/// cannot be any of the strings.
struct Figures {
    /// The first run of digits of each such string; it stands alone in a text where the string does.
    first_runs: HashSet<String>,
    /// Whether a number that is searched for without its signs begins so, by its first digits.
    beginnings: Vec<bool>,
}

impl Figures {
    fn of<'a>(
        words: impl Iterator<Item = &'a String>,
        numbers: impl Iterator<Item = &'a String>,
    ) -> Self {
        let wordless = words.filter(|text| !text.chars().any(char::is_alphabetic));
        let runs = |text: &'a String| digit_runs(text).next().unwrap_or("").to_owned();
        let mut beginnings = vec![false; 10_usize.pow(FEWEST_DIGITS as u32)];
        for at in numbers.filter_map(|number| beginning(number.bytes())) {
            beginnings[at] = true;
        }
        Self { first_runs: wordless.map(runs).collect(), beginnings }
    }

    /// Whether a text is a number, or several, that cannot be any string.
    fn rule_out(&self, text: &str) -> bool {
        let is_sign = |byte: u8| byte.is_ascii_digit() || b" .+-\\\0".contains(&byte);
        let may_begin = |run: &str| {
            let after = text.get(run.as_ptr() as usize - text.as_ptr() as usize..).unwrap_or(run);
            run.len() >= encoded::SHORTEST
                || beginning(after.bytes()).is_some_and(|at| self.beginnings[at])
                || self.first_runs.contains(run)
        };
        text.bytes().all(is_sign)
            && !self.first_runs.contains("")
            && !digit_runs(text).any(may_begin)
    }
}

/// The first digits of a text, whatever stands between them, as a number.
fn beginning(text: impl Iterator<Item = u8>) -> Option<usize> {
    let mut digits = text.filter(u8::is_ascii_digit).map(|digit| usize::from(digit - b'0'));
    let next = |so_far: usize, _| Some(so_far * 10 + digits.next()?);
    (0..FEWEST_DIGITS).try_fold(0, next)
}

fn digit_runs(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_ascii_digit()).filter(|run| !run.is_empty())
}

/// One string to search for.
struct Pattern {
    /// Whose own it is.
    owners: BTreeSet<u32>,
    /// Whether it also counts in the files of others.
    foreign: bool,
    needs: Needs,
    kind: IdentifierKind,
}

type Collected = BTreeMap<String, Pattern>;

fn collect(to: &mut Collected, form: Form, kind: IdentifierKind, owner: u32) {
    let Form { text, foreign, needs } = form;
    let fresh = || Pattern { owners: BTreeSet::new(), foreign, needs, kind };
    let pattern = to.entry(text).or_insert_with(fresh);
    pattern.owners.insert(owner);
    pattern.foreign |= foreign;
    pattern.needs = pattern.needs.min(needs);
    pattern.kind = pattern.kind.min(kind);
}

/// Somebody is named behind these words.
static CUE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)(?:\b(?:for|by|per|pts?|patients?|initials?|tech(?:nologist)?|rt|drs?|mrs?|ms|prof|rad(?:iologist)?|operator|signed|sig|attn|cc|c/o|für|pour|von|par|para|por)\b[ .,:#]*)$",
    )
    .expect("a pattern of our own")
});

/// Whether what a form needs holds where it stands; the range is asked for only where it counts.
fn holds(text: &str, needs: Needs, range: impl FnOnce() -> Range<usize>) -> bool {
    if needs == Needs::Nothing {
        return true;
    }
    let range = range();
    let (Some(found), Some(before)) = (text.get(range.clone()), text.get(..range.start)) else {
        return false;
    };
    match needs {
        Needs::Capitals => !found.chars().any(char::is_lowercase),
        _ => found.starts_with(char::is_uppercase) && CUE.is_match(before),
    }
}

struct Search {
    automaton: AhoCorasick,
    patterns: Vec<Pattern>,
}

impl Search {
    fn compile(collected: Collected) -> Result<Self, TooManyIdentifiers> {
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(collected.keys())
            .map_err(|_too_large| TooManyIdentifiers)?;
        Ok(Self { automaton, patterns: collected.into_values().collect() })
    }

    /// Calls `found` with each pattern in `text` that counts in a file of `own`.
    fn each(&self, text: &str, own: Option<u32>, mut found: impl FnMut(Range<usize>, &Pattern)) {
        for hit in self.automaton.find_overlapping_iter(text) {
            let pattern = &self.patterns[hit.pattern().as_usize()];
            if pattern.foreign || own.is_some_and(|own| pattern.owners.contains(&own)) {
                found(hit.range(), pattern);
            }
        }
    }
}

/// Letters and digits of a folded text alone.
struct Compact {
    text: String,
    /// For each byte the byte of the folded text.
    origins: Vec<usize>,
}

impl Compact {
    fn new(folded: &str) -> Self {
        let letters = folded.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_alphanumeric());
        let (origins, text): (Vec<usize>, Vec<u8>) = letters.unzip();
        Self { text: String::from_utf8(text).unwrap_or_default(), origins }
    }

    /// The range in the folded text, if the number is whole there, and its parts stand together.
    fn number(&self, folded: &Folded<'_>, range: &Range<usize>) -> Option<Range<usize>> {
        let places = self.origins.get(range.clone())?;
        let whole = *places.first()?..places.last()? + 1;
        let together = places.windows(2).all(|pair| {
            let between = folded.text.get(pair[0] + 1..pair[1]).unwrap_or("?");
            between.len() <= MOST_SIGNS && between.chars().all(|c| " -./:()#+".contains(c))
        });
        (together && folded.is_word(&whole)).then_some(whole)
    }
}

/// The names of the subjects by their sounds.
struct Sounds {
    /// Whether every name is in Latin letters: then texts in these have nothing to compare.
    all_latin: bool,
    /// Skeleton, and whether it is of consonants alone, to who has such a name in which script.
    names: HashMap<(String, bool), BTreeMap<(u32, Script), IdentifierKind>>,
}

impl Sounds {
    fn add(&mut self, name: &str, kind: IdentifierKind, owner: u32) {
        let folded = Folded::new(name);
        for (_, word) in folded.words() {
            let Some(script) = script::script(word) else { continue };
            self.all_latin &= script == Script::Latin;
            for key in keys(word) {
                self.names.entry(key).or_default().insert((owner, script), kind);
            }
        }
    }

    /// What a word is, when it is a name of the subject in another script.
    fn kind_of(&self, word: &str, own: u32) -> Option<IdentifierKind> {
        if self.names.is_empty() || word.chars().count() < 3 {
            return None;
        }
        let of_text = script::script(word)?;
        if self.all_latin && of_text == Script::Latin {
            return None;
        }
        keys(word).into_iter().find_map(|key| {
            let by_consonants = key.1;
            let owners = self.names.get(&key)?;
            let mut names = owners.range((own, Script::Latin)..=(own, Script::Abjad));
            names.find_map(|((_, script), kind)| {
                let with_abjad = *script == Script::Abjad || of_text == Script::Abjad;
                (*script != of_text && by_consonants == with_abjad).then_some(*kind)
            })
        })
    }
}

fn keys(word: &str) -> Vec<(String, bool)> {
    let full = script::skeleton(word).map(|key| (key, false));
    full.into_iter().chain(script::consonants(word).map(|key| (key, true))).collect()
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
    fn numbers_are_found_with_other_signs_and_names_in_other_scripts() {
        let (identifiers, jane, other) = identifiers();
        for text in ["(510) 555-2545 is wrong", "+1 (510) 555.2545", "15105552545"] {
            assert_eq!(identifiers.found_in(text, &jane), !text.starts_with('('), "{text}");
        }
        let mut dictionary = SubjectDictionary::default();
        for (kind, text) in [
            (IdentifierKind::PatientName, "Παπαδάκη^Ελένη"),
            (IdentifierKind::PatientName, "Wang^XiaoDong=王^小東"),
            (IdentifierKind::PatientId, "GR-0012345"),
        ] {
            dictionary.add(Identifier { kind, text: Phi::new(text.into()) });
        }
        let greek = PatientKey::new("\u{1f}GR-0012345");
        let identifiers =
            Identifiers::compile(&BTreeMap::from([(greek.clone(), dictionary)])).unwrap();
        for text in [
            "Eleni Papadaki",
            "seen: PAPADAKI.",
            "ΠΑΠΑΔΑΚΗ",
            "患者王小東さん",
            "WangXiaoDong",
            "no gr 0012345",
            "GR0012345",
            "GR--00.12345",
        ] {
            assert!(identifiers.found_in(text, &greek), "{text}");
        }
        for text in ["elongated", "papilla", "GR-00123456", "12345"] {
            assert!(!identifiers.found_in(text, &greek), "{text}");
        }
        let hits = identifiers.hits("CT of Eleni, supine", &greek);
        assert_eq!((hits.len(), hits[0].range.clone()), (1, 6..11));
        assert!(!identifiers.found_in("Eleni Papadaki", &other), "only her own");
    }

    #[test]
    fn a_number_is_searched_only_where_somebody_has_such_a_one() {
        let (identifiers, jane, _) = identifiers();
        for text in ["12.5", "0.488281\\0.488", "47110 "] {
            assert!(identifiers.figures.rule_out(text), "{text}");
        }
        for text in ["4711", "1.4711\\2", "20100728", "a", "28/07/2010", "15105552545"] {
            assert!(!identifiers.figures.rule_out(text), "{text}");
        }
        let mut dictionary = SubjectDictionary::default();
        let text = Phi::new("12.5".into());
        dictionary.add(Identifier { kind: IdentifierKind::PatientId, text });
        let of_jane = BTreeMap::from([(jane.clone(), dictionary)]);
        let identifiers = Identifiers::compile(&of_jane).unwrap();
        assert!(identifiers.found_in("12.5 ", &jane) && identifiers.found_in("(12.5)", &jane));
        assert!(!identifiers.found_in("1.5", &jane) && !identifiers.found_in("13.5", &jane));
    }

    #[test]
    fn strings_of_others_count_only_in_full() {
        let (identifiers, jane, _) = identifiers();
        assert!(identifiers.found_in("mixed up with Ann White", &jane));
        assert!(identifiers.found_in("X4712", &jane));
        assert!(!identifiers.found_in("White matter", &jane));
    }
}
