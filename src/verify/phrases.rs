//! Clinical phrases with a name in them, which some profiles leave as they are.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

const LIST: &str = include_str!("../../assets/text/clinical_phrases.txt");

static PHRASES: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let lines = LIST.lines().map(str::trim);
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .ascii_case_insensitive(true)
        .build(lines.filter(|line| !line.is_empty() && !line.starts_with('#')))
        .expect("a short list")
});

/// The text with blanks in the place of each phrase; `None` when there is none in it.
pub(crate) fn without_phrases(text: &str) -> Option<String> {
    let mut blanked = String::with_capacity(text.len());
    let mut behind = 0;
    for found in PHRASES.find_iter(text) {
        let (before, after) = (text.get(..found.start())?, text.get(found.end()..)?);
        let is_whole =
            !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric);
        if is_whole {
            blanked.push_str(text.get(behind..found.start())?);
            blanked.push_str(" . ");
            behind = found.end();
        }
    }
    (behind > 0).then(|| blanked + text.get(behind..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_go_where_they_stand_as_such() {
        assert_eq!(without_phrases("Bishop score 7, Bishop").as_deref(), Some(" .  7, Bishop"));
        assert_eq!(without_phrases("Archbishop scores"), None);
        assert_eq!(without_phrases(""), None);
    }
}
