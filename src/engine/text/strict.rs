//! The words of a text that are not known to be clinical language.

use crate::engine::text::{Cut, CutKind};
use crate::engine::vocabulary;

/// Most digits of a number that stays.
const MOST_DIGITS: usize = 4;
/// Most letters beside the figures of a code, such as `L5`, `B30f` or `120kV`.
const MOST_LETTERS: usize = 3;

/// Where they stand; ordered.
pub(super) fn unknown(text: &str) -> Vec<Cut> {
    let mut cuts = Vec::new();
    let mut at = 0;
    for word in text.split(|letter: char| !letter.is_alphanumeric() && letter != '\'') {
        let range = at..at + word.len();
        at = range.end + text[range.end..].chars().next().map_or(0, char::len_utf8);
        if !is_known(word.trim_matches('\'')) {
            cuts.push(Cut { range, kind: CutKind::Word });
        }
    }
    cuts
}

fn is_known(word: &str) -> bool {
    let folded = deunicode::deunicode(word).to_ascii_uppercase();
    // What has to be spelled in Latin letters first is no word of the list.
    let is_latin = word.chars().all(|letter| letter < '\u{250}');
    let letters = word.chars().filter(|letter| letter.is_alphabetic()).count();
    let digits = word.chars().filter(char::is_ascii_digit).count();
    match (letters, digits) {
        (0, digits) => digits <= MOST_DIGITS,
        (1, 0) => is_latin,
        (_, 0) => is_latin && vocabulary::knows(&folded),
        (letters, digits) => {
            letters <= MOST_LETTERS && digits <= MOST_DIGITS && is_latin && is_one_code(&folded)
        }
    }
}

/// Whether letters and figures change places twice at most, and the letters of each run are one,
/// or a word.
fn is_one_code(folded: &str) -> bool {
    let kinds: Vec<bool> = folded.chars().map(|letter| letter.is_ascii_digit()).collect();
    let changes = kinds.windows(2).filter(|pair| pair[0] != pair[1]).count();
    let mut runs = folded.split(|letter: char| letter.is_ascii_digit());
    changes <= 2 && runs.all(|run| run.len() <= 1 || vocabulary::knows(run))
}
