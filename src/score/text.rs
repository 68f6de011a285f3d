//! Whether a text stayed, or went: by number, by substring, by word.

use std::collections::HashSet;
use std::sync::OnceLock;

use crate::score::Mark;
use crate::score::tokens;

const STOP_WORDS: &str = include_str!("../../assets/score/stop_words.txt");
/// What is no word to the validator, beside the stop words.
const PUNCTUATION: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~“”‘’•";

/// What is asked of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// It stays.
    Retained,
    /// It goes.
    Removed,
}

/// Compares what stands in a file with a text of the answers.
///
/// Case and angle brackets do not count. Two numbers are compared as numbers. Otherwise a text that
/// stands there whole stayed; else each of its words is looked for, as a part of the value, not as
/// a word of it. A text that must go and has no word but stop words cannot be judged.
pub(crate) fn judge(found: &str, answer: &str, wanted: Wanted) -> Mark {
    let plain = |text: &str| text.replace(['<', '>'], "").to_lowercase();
    let (found, answer) = (plain(found), plain(answer));
    if is_number(&found) && is_number(&answer) {
        let same = found.parse::<f64>().ok() == answer.parse::<f64>().ok();
        return Mark::of(same == (wanted == Wanted::Retained));
    }
    if found.contains(&answer) {
        return Mark::of(wanted == Wanted::Retained);
    }
    let words = telling_words(&answer);
    if words.is_empty() {
        return Mark::Blank;
    }
    let there = |word: &String| found.contains(word.as_str());
    Mark::of(match wanted {
        Wanted::Retained => words.iter().all(there),
        Wanted::Removed => !words.iter().any(there),
    })
}

/// The words of an answer that count; the answer is in lower case.
pub(crate) fn telling_words(answer: &str) -> Vec<String> {
    let mut words = tokens::words(answer);
    words.retain(|word| !is_stop_word(word) && !is_punctuation(word));
    words
}

/// Digits with at most one point.
fn is_number(text: &str) -> bool {
    let digits = text.replacen('.', "", 1);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_punctuation(word: &str) -> bool {
    let mut letters = word.chars();
    let single =
        letters.next().is_some_and(|c| PUNCTUATION.contains(c)) && letters.next().is_none();
    single || word == "``"
}

pub(crate) fn is_stop_word(word: &str) -> bool {
    static WORDS: OnceLock<HashSet<&str>> = OnceLock::new();
    let words = WORDS.get_or_init(|| {
        let lines = STOP_WORDS.lines().filter(|line| !line.starts_with('#'));
        lines.flat_map(str::split_whitespace).collect()
    });
    words.contains(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASS: Mark = Mark::Pass;
    const FAIL: Mark = Mark::Fail;

    #[test]
    fn the_rule_and_its_quirks() {
        for (found, answer, retained, removed) in [
            // Case and brackets do not count.
            ("<CT Chest>", "<ct chest>", PASS, FAIL),
            // Numbers are numbers.
            ("<12>", "<12.0>", PASS, FAIL),
            ("<12.5>", "<12>", FAIL, PASS),
            // Whole, within something.
            ("<CT chest for Jane>", "<chest for>", PASS, FAIL),
            // By word: some stayed, some went.
            (
                "<The patient's address is 1261 AR 72223>",
                "<1261 Leawood Street, Little Rock AR 72223>",
                FAIL,
                FAIL,
            ),
            ("<nothing>", "<Leawood Street>", FAIL, PASS),
            // A word counts as a part of others: initials are found in words.
            ("<mammography>", "<RA, MD>", FAIL, FAIL),
            // Stop words alone cannot be judged, unless they stand there whole.
            ("<chest>", "<for by>", Mark::Blank, Mark::Blank),
            ("<chest for by>", "<for by>", PASS, FAIL),
            ("<>", "<for>", Mark::Blank, Mark::Blank),
            // An empty answer stands in everything.
            ("<x>", "<>", PASS, FAIL),
            // A number beside a text is a text.
            ("<12 mm>", "<12>", PASS, FAIL),
            // Full width digits are no number here.
            ("<1.2.3>", "<1.2>", PASS, FAIL),
        ] {
            assert_eq!(judge(found, answer, Wanted::Retained), retained, "{found} {answer}");
            assert_eq!(judge(found, answer, Wanted::Removed), removed, "{found} {answer}");
        }
    }

    #[test]
    fn stop_words_are_words_of_the_list() {
        assert!(is_stop_word("for") && is_stop_word("shouldn't") && !is_stop_word("chest"));
        assert_eq!(
            telling_words("ordered for jane, the 2nd (“x”)"),
            ["ordered", "jane", "2nd", "x"]
        );
    }
}
