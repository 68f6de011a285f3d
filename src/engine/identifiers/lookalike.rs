//! Names and numbers of which some letters were mistaken for figures, as text recognition and typists
//! do (`SM1TH`), or which were spread out (`S M I T H`).

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use crate::index::IdentifierKind;

/// Shortest name, in characters.
const SHORTEST: usize = 4;
/// Most characters of a run that is looked through at once.
const LONGEST_SPREAD: usize = 40;

/// The strings of the subjects with each letter and figure that look alike as one.
#[derive(Default)]
pub(super) struct Lookalikes {
    owners: HashMap<String, BTreeMap<u32, IdentifierKind>>,
}

impl Lookalikes {
    /// Adds a folded string; of several words none.
    pub(super) fn add(&mut self, folded: &str, kind: IdentifierKind, owner: u32) {
        let is_one = folded.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if is_one && folded.len() >= SHORTEST {
            self.owners.entry(skeleton(folded)).or_default().insert(owner, kind);
        }
    }

    /// Calls `found` with the places of a folded text where a string of `own` stands so.
    pub(super) fn each(
        &self,
        text: &str,
        own: u32,
        found: &mut impl FnMut(Range<usize>, IdentifierKind),
    ) {
        if self.owners.is_empty() {
            return;
        }
        let kind_of = |letters: &str| self.owners.get(&skeleton(letters))?.get(&own).copied();
        let mut spread = Spread::default();
        for (range, token) in tokens(text) {
            if token.len() > 1 && is_mixed(token) && token.len() >= SHORTEST {
                found_if(kind_of(token), range.clone(), found);
            }
            if !spread.takes(&range, token) {
                spread.each(kind_of, found);
                spread = Spread::default();
                spread.takes(&range, token);
            }
        }
        spread.each(kind_of, found);
    }
}

fn found_if(
    kind: Option<IdentifierKind>,
    range: Range<usize>,
    found: &mut impl FnMut(Range<usize>, IdentifierKind),
) {
    if let Some(kind) = kind {
        found(range, kind);
    }
}

/// Single characters with one sign between each two.
#[derive(Default)]
struct Spread {
    letters: String,
    places: Vec<usize>,
}

impl Spread {
    /// Takes in a token that continues the run.
    fn takes(&mut self, range: &Range<usize>, token: &str) -> bool {
        let follows = self.places.last().is_none_or(|last| range.start == last + 2);
        if token.len() != 1 || !follows || self.places.len() == LONGEST_SPREAD {
            return false;
        }
        self.letters.push_str(token);
        self.places.push(range.start);
        true
    }

    /// The longest name in it.
    fn each(
        &self,
        kind_of: impl Fn(&str) -> Option<IdentifierKind>,
        found: &mut impl FnMut(Range<usize>, IdentifierKind),
    ) {
        let length = self.places.len();
        for size in (SHORTEST..=length).rev() {
            for from in 0..=length - size {
                let letters = &self.letters[from..from + size];
                let is_word = letters.bytes().any(|byte| byte.is_ascii_alphabetic());
                if let Some(kind) = is_word.then(|| kind_of(letters)).flatten() {
                    found(self.places[from]..self.places[from + size - 1] + 1, kind);
                    return;
                }
            }
        }
    }
}

/// Runs of ASCII letters and figures with their places.
fn tokens(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let bytes = text.as_bytes();
        while at < bytes.len() && !bytes[at].is_ascii_alphanumeric() {
            at += 1;
        }
        let start = at;
        while at < bytes.len() && bytes[at].is_ascii_alphanumeric() {
            at += 1;
        }
        (start < at).then(|| (start..at, &text[start..at]))
    })
}

fn is_mixed(token: &str) -> bool {
    let has = |test: fn(&u8) -> bool| token.bytes().any(|byte| test(&byte));
    has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic)
}

fn skeleton(letters: &str) -> String {
    let alike = letters.chars().map(|letter| match letter {
        '0' | 'Q' => 'O',
        '1' | 'L' => 'I',
        '2' => 'Z',
        '3' => 'E',
        '4' => 'A',
        '5' => 'S',
        '6' => 'G',
        '7' => 'T',
        '8' => 'B',
        letter => letter,
    });
    alike.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(usize, usize)> {
        let mut lookalikes = Lookalikes::default();
        for word in ["SMITH", "JANE", "SMITHJANE", "JANE SMITH", "MR467787"] {
            lookalikes.add(word, IdentifierKind::PatientName, 7);
        }
        let mut found = Vec::new();
        lookalikes.each(text, 7, &mut |range, _| found.push((range.start, range.end)));
        found
    }

    #[test]
    fn mistaken_and_spread_letters_are_seen_through() {
        for (text, ranges) in [
            ("SEEN: SM1TH", vec![(6, 11)]),
            ("5MITH JAN3", vec![(0, 5), (6, 10)]),
            ("X S M I T H", vec![(2, 11)]),
            ("CT S.M.I.T.H NOW", vec![(3, 12)]),
            ("S M I T H J A N E", vec![(0, 17)]),
            ("MR4677B7", vec![(0, 8)]),
            ("T1 T2 L5 S1 SMITH", vec![]),
            ("SM1THY 1 2 3 4", vec![]),
        ] {
            assert_eq!(found(text), ranges, "{text}");
        }
    }
}
