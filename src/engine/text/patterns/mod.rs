//! What identifies by its shape, whoever it belongs to.

mod dates;
mod months;
pub(crate) mod numbers;
mod people;
mod places;

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Regex, RegexSet, RegexSetBuilder};

use crate::engine::text::{Cut, CutKind};
use crate::engine::vocabulary;

/// Most memory, in bytes, that a thread may take to look for all shapes at once. With what the crate
/// allows by itself the fast way to look has no room, and every text costs a hundredfold.
const SET_MEMORY: usize = 32 << 20;

/// A shape; its first group is what goes, or all of it where there is none.
struct Pattern {
    kind: CutKind,
    regex: Regex,
    holds: Holds,
}

/// What the shape alone cannot tell: the text, and where the match lies.
type Holds = fn(&str, Range<usize>) -> bool;

/// A shape as it is written down.
struct Shape {
    kind: CutKind,
    pattern: String,
    holds: Holds,
}

impl Shape {
    fn new(kind: CutKind, pattern: impl Into<String>, holds: Holds) -> Self {
        Self { kind, pattern: pattern.into(), holds }
    }
}

struct Patterns {
    each: Vec<Pattern>,
    /// Which of them match, in one pass: most texts have none.
    all: RegexSet,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let shapes = [numbers::shapes(), dates::shapes(), places::shapes(), people::shapes()];
    let compiled = |shape: Shape| Pattern {
        kind: shape.kind,
        regex: Regex::new(&shape.pattern).expect("a pattern of our own"),
        holds: shape.holds,
    };
    let each: Vec<Pattern> = shapes.into_iter().flatten().map(compiled).collect();
    let all = RegexSetBuilder::new(each.iter().map(|pattern| pattern.regex.as_str()))
        .size_limit(SET_MEMORY)
        .dfa_size_limit(SET_MEMORY)
        .build()
        .expect("patterns that stand alone stand together");
    Patterns { each, all }
});

/// Adds what identifies by its shape.
pub(crate) fn find(text: &str, cuts: &mut Vec<Cut>) {
    // An underscore parts words here; to the patterns it is a letter.
    let parted = text.replace('_', " ");
    let text = parted.as_str();
    for at in PATTERNS.all.matches(text) {
        let pattern = &PATTERNS.each[at];
        for found in pattern.regex.captures_iter(text) {
            let Some(matched) = found.get(1).or_else(|| found.get(0)) else { continue };
            if (pattern.holds)(text, matched.range()) {
                cuts.push(Cut { range: matched.range(), kind: pattern.kind });
            }
        }
    }
}

const fn always(_: &str, _: Range<usize>) -> bool {
    true
}

/// Whether neither a point nor a dash ties the match to further digits: a UID, a measurement.
fn stands_alone(text: &str, range: Range<usize>) -> bool {
    let mut before = text[..range.start].chars().rev();
    let mut after = text[range.end..].chars();
    let tied = |sign: Option<char>, digit: Option<char>| {
        matches!(sign, Some('.' | '-' | '/' | ',')) && digit.is_some_and(|c| c.is_ascii_digit())
    };
    !tied(before.next(), before.next()) && !tied(after.next(), after.next())
}

/// Whether no word of a match belongs to clinical language.
fn is_nothing_known(text: &str, range: Range<usize>) -> bool {
    let words = text[range].split([' ', '.', '-', '&', '\'', '’']);
    let telling = words.filter(|word| word.chars().count() > 1 && !matches!(*word, "St" | "Mt"));
    let mut known = telling
        .map(|word| vocabulary::knows(&deunicode::deunicode(word).to_uppercase()))
        .peekable();
    known.peek().is_some() && !known.any(|known| known)
}

fn digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}
