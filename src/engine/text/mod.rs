//! Free text: what identifies is cut out with the phrase that carried it, and nothing else.
//!
//! Three sources say what identifies: the dictionary of the batch ([`Identifiers`]), patterns
//! (module `patterns`: numbers, addresses, dates, ages, titles), and what stands around a cut
//! (module `cues`). Order, case, spacing and punctuation of the rest stay; a word is never cut for
//! looking like a name.

mod cues;
mod cut;
mod patterns;
mod phrases;
mod strict;

use crate::engine::identifiers::Identifiers;
use crate::engine::key::ProjectKey;
use crate::model::{PatientKey, VR};

pub use cut::{Cut, CutKind};

/// How often a text is cleaned at most.
const MOST_PASSES: usize = 4;

/// What takes the place of what was cut.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Replacement<'a> {
    /// Nothing.
    #[default]
    Nothing,
    /// A word for its kind, in square brackets.
    Placeholder,
    /// The pseudonym for a name or number of a person, nothing for the rest.
    Pseudonym(&'a str),
}

impl std::fmt::Debug for Replacement<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Nothing => "Nothing",
            Self::Placeholder => "Placeholder",
            Self::Pseudonym(_) => "Pseudonym",
        })
    }
}

/// What is done with a name that is part of a clinical phrase, such as *Bishop score*.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Eponyms {
    /// It is cut: it may be the patient.
    #[default]
    Cut,
    /// It stays within a phrase of the list.
    Keep,
}

/// How texts are cleaned.
#[derive(Clone, Copy)]
pub struct Cleaner<'a> {
    /// The identifying strings of the batch.
    pub identifiers: &'a Identifiers,
    /// Whose text it is.
    pub patient: &'a PatientKey,
    /// What takes the place of a cut.
    pub replacement: Replacement<'a>,
    /// What is done with names in clinical phrases.
    pub eponyms: Eponyms,
    /// Whether only words of clinical language stay.
    pub strict: bool,
    /// Makes the UID that stands for one of the batch.
    pub key: &'a ProjectKey,
}

impl std::fmt::Debug for Cleaner<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cleaner({:?}, {:?})", self.replacement, self.eponyms)
    }
}

/// A cleaned text.
#[derive(Clone, PartialEq, Eq)]
pub struct Cleaned {
    /// What is left; empty when nothing that says anything is.
    pub text: String,
    /// What was cut, ordered; byte ranges of the text before.
    pub cuts: Vec<Cut>,
}

impl std::fmt::Debug for Cleaned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cleaned({} cuts)", self.cuts.len())
    }
}

impl Cleaner<'_> {
    /// Cleans a value of that VR; several values are cleaned one by one.
    pub fn clean(&self, text: &str, vr: VR) -> Cleaned {
        if !matches!(vr, VR::LO | VR::SH | VR::UC | VR::CS | VR::PN) || !text.contains('\\') {
            return self.one(text);
        }
        let mut cleaned = Cleaned { text: String::with_capacity(text.len()), cuts: Vec::new() };
        let mut start = 0;
        for (at, value) in text.split('\\').enumerate() {
            let mut one = self.one(value);
            if at > 0 {
                cleaned.text.push('\\');
            }
            cleaned.text.push_str(&one.text);
            for cut in &mut one.cuts {
                cut.range = cut.range.start + start..cut.range.end + start;
            }
            cleaned.cuts.append(&mut one.cuts);
            start += value.len() + 1;
        }
        if self.is_split(&cleaned.text) {
            let cuts = vec![Cut { range: 0..text.len(), kind: CutKind::Person }];
            return Cleaned { text: String::new(), cuts };
        }
        if cleaned.text.chars().all(|letter| letter == '\\') {
            cleaned.text.clear();
        }
        cleaned
    }

    /// Whether values put together name somebody that none of them names.
    fn is_split(&self, text: &str) -> bool {
        let joined: String = text.split('\\').map(str::trim).collect();
        self.identifiers.found_in(&joined, self.patient)
            || self.identifiers.found_in(&text.replace('\\', " "), self.patient)
    }

    /// Cleans until nothing more is found: what a cut lays bare may identify, too.
    fn one(&self, text: &str) -> Cleaned {
        let mut cleaned = self.pass(text);
        for _ in 1..MOST_PASSES {
            if cleaned.cuts.is_empty() {
                break;
            }
            let again = self.pass(&cleaned.text);
            if again.cuts.is_empty() {
                break;
            }
            cleaned.text = again.text;
        }
        if self.strict {
            self.cut_unknown(text, &mut cleaned);
        }
        cleaned
    }

    /// Takes out what is left of words that nobody knows. Ranges are of what was left.
    fn cut_unknown(&self, before: &str, cleaned: &mut Cleaned) {
        let unknown = strict::unknown(&cleaned.text);
        if unknown.is_empty() {
            return;
        }
        cleaned.text = cut::mend(&cleaned.text, &unknown, |kind, _| match self.replacement {
            Replacement::Placeholder => format!("[{}]", kind.placeholder()),
            _ => String::new(),
        });
        // Where they stood in the text before cannot be told any more: all of it counts as cut.
        cleaned.cuts = vec![Cut { range: 0..before.len(), kind: CutKind::Word }];
    }

    fn pass(&self, text: &str) -> Cleaned {
        let mut cuts: Vec<Cut> = self
            .identifiers
            .hits(text, self.patient)
            .into_iter()
            .map(|hit| Cut { range: hit.range, kind: CutKind::of(hit.kind) })
            .collect();
        patterns::find(text, &mut cuts);
        if self.eponyms == Eponyms::Keep && !cuts.is_empty() {
            phrases::spare(text, &mut cuts);
        }
        if cuts.is_empty() {
            return Cleaned { text: text.to_owned(), cuts };
        }
        let mut cuts = cut::joined(text, cuts);
        if self.replacement != Replacement::Placeholder {
            cuts = cues::widened(text, cuts);
        }
        let text = cut::mend(text, &cuts, |kind, old| match (kind, self.replacement) {
            (CutKind::Uid, _) => self.key.uid(old),
            (_, Replacement::Nothing) => String::new(),
            (kind, Replacement::Placeholder) => format!("[{}]", kind.placeholder()),
            (CutKind::Person | CutKind::Number, Replacement::Pseudonym(name)) => name.to_owned(),
            (_, Replacement::Pseudonym(_)) => String::new(),
        });
        Cleaned { text, cuts }
    }
}

/// Whether anything in a text identifies by its shape, whoever it belongs to.
pub(crate) fn identifies_by_shape(text: &str) -> bool {
    let mut cuts = Vec::new();
    patterns::find(text, &mut cuts);
    !cuts.is_empty()
}

#[cfg(test)]
mod tests;
