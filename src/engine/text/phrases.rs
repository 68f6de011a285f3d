//! Clinical phrases with somebody's name in them.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::engine::text::{Cut, CutKind};

const PHRASES: &str = include_str!("../../../assets/text/clinical_phrases.txt");

static LIST: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let phrases =
        PHRASES.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .ascii_case_insensitive(true)
        .build(phrases)
        .expect("a short list")
});

/// Takes back the names that stand in a phrase of the list.
pub(crate) fn spare(text: &str, cuts: &mut Vec<Cut>) {
    if !cuts.iter().any(|cut| cut.kind == CutKind::Person) {
        return;
    }
    let whole_word = |at: usize, end: usize| {
        !text[..at].ends_with(char::is_alphanumeric)
            && !text[end..].starts_with(char::is_alphanumeric)
    };
    let phrases: Vec<_> = LIST
        .find_iter(text)
        .filter(|found| whole_word(found.start(), found.end()))
        .map(|found| found.range())
        .collect();
    cuts.retain(|cut| {
        let inside = |phrase: &std::ops::Range<usize>| {
            phrase.start <= cut.range.start && cut.range.end <= phrase.end
        };
        cut.kind != CutKind::Person || !phrases.iter().any(inside)
    });
}
