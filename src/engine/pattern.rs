//! Pseudonyms of a given form: `LUNG-######`.

use crate::engine::key::ProjectKey;

/// Letters for `?`: no vowels and none that look like figures, so that no word arises.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// A form of pseudonyms: `#` is a figure, `?` a letter, that the project key picks; the rest stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    /// The line that says so.
    line: u64,
}

impl Pattern {
    /// Reads a form with at least `fewest` places for the key; `None` where it has fewer.
    pub fn parse(text: &str, fewest: usize, line: u64) -> Option<Self> {
        let places = text.bytes().filter(|byte| matches!(byte, b'#' | b'?')).count();
        (places >= fewest).then(|| Self { text: text.to_owned(), line })
    }

    /// The line that gives it.
    pub const fn line(&self) -> u64 {
        self.line
    }

    /// What stands for a string; the same for it under one key, everywhere.
    pub fn fill(&self, key: &ProjectKey, domain: &str, of: &str) -> String {
        let digest = key.derive(domain, &[self.text.as_bytes(), of.as_bytes()]);
        let more = key.derive(domain, &[&digest]);
        // Two bytes a place: what remains of their division is as good as even.
        let mut picks = digest.chunks(2).chain(more.chunks(2)).cycle().map(|pair| match pair {
            [a, b] => usize::from(u16::from_be_bytes([*a, *b])),
            _ => 0,
        });
        let mut pick = |of: usize| picks.next().unwrap_or_default() % of;
        let filled = self.text.chars().map(|sign| match sign {
            '#' => char::from(b'0' + u8::try_from(pick(10)).unwrap_or_default()),
            '?' => char::from(LETTERS[pick(LETTERS.len())]),
            sign => sign,
        });
        filled.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_by_the_key_and_the_rest_stays() {
        let (key, other) = (ProjectKey::from_bytes([1; 32]), ProjectKey::from_bytes([2; 32]));
        let pattern = Pattern::parse("LUNG-####-??", 4, 2).unwrap();
        let filled = pattern.fill(&key, "patient", "a");
        assert!(filled.starts_with("LUNG-") && filled.len() == 12, "{filled}");
        assert!(filled[5..9].bytes().all(|byte| byte.is_ascii_digit()));
        assert!(filled[10..].bytes().all(|byte| LETTERS.contains(&byte)));
        assert_eq!(filled, pattern.fill(&key, "patient", "a"));
        assert_ne!(filled, pattern.fill(&key, "patient", "b"));
        assert_ne!(filled, pattern.fill(&other, "patient", "a"));
        assert_eq!(Pattern::parse("LUNG-###", 4, 2), None);
    }
}
