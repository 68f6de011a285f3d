//! Texts made comparable: case, diacritics, width and separators no longer tell them apart.

use std::cell::OnceCell;
use std::ops::Range;

/// A text as it is searched, with the way back.
pub(super) struct Folded<'a> {
    original: &'a str,
    /// Upper case without diacritics; separators of names and numbers are blanks, runs of blanks
    /// one.
    pub text: String,
    /// For each byte of `text`, and its end, the byte of the original that it came from; made when
    /// it is asked for.
    origins: OnceCell<Vec<u32>>,
    /// Bytes of `text` in front of which a capital follows a small letter.
    humps: Vec<usize>,
}

impl<'a> Folded<'a> {
    pub(super) fn new(original: &'a str) -> Self {
        let mut folded = Self {
            original,
            text: String::with_capacity(original.len()),
            origins: OnceCell::new(),
            humps: Vec::new(),
        };
        let mut after_small = false;
        for letter in original.chars() {
            if after_small && letter.is_uppercase() {
                folded.humps.push(folded.text.len());
            }
            after_small = letter.is_lowercase();
            plain(letter, |plain| {
                if plain == ' ' && folded.text.ends_with(' ') {
                    return;
                }
                folded.text.push(plain);
            });
        }
        folded
    }

    fn origins(&self) -> &[u32] {
        self.origins.get_or_init(|| {
            let mut origins = Vec::with_capacity(self.text.len() + 1);
            let mut after_blank = false;
            for (at, letter) in self.original.char_indices() {
                plain(letter, |plain| {
                    if plain == ' ' && after_blank {
                        return;
                    }
                    after_blank = plain == ' ';
                    origins.extend(std::iter::repeat_n(at as u32, plain.len_utf8()));
                });
            }
            origins.push(self.original.len() as u32);
            origins
        })
    }

    /// The bytes of the original that became these.
    pub(super) fn original(&self, range: Range<usize>) -> Range<usize> {
        let origins = self.origins();
        let end = origins.last().copied().unwrap_or_default();
        let at = |byte: usize| origins.get(byte).copied().unwrap_or(end) as usize;
        at(range.start)..at(range.end)
    }

    /// Whether what stands there is not a part of a longer word or number.
    pub(super) fn is_word(&self, range: &Range<usize>) -> bool {
        let (before, rest) = self.text.split_at(range.start);
        let (word, after) = rest.split_at(range.len());
        self.parts(range.start, before.chars().next_back(), word.chars().next())
            && self.parts(range.end, word.chars().next_back(), after.chars().next())
    }

    /// Whether a word can end between two characters.
    fn parts(&self, at: usize, left: Option<char>, right: Option<char>) -> bool {
        let (Some(left), Some(right)) = (left, right) else { return true };
        !left.is_alphanumeric()
            || !right.is_alphanumeric()
            || is_unspaced(left)
            || is_unspaced(right)
            || self.humps.binary_search(&at).is_ok()
    }

    /// The words, as ranges of `text`.
    pub(super) fn words(&self) -> impl Iterator<Item = (Range<usize>, &str)> {
        let start = self.text.as_ptr() as usize;
        let words = self.text.split(|letter: char| !letter.is_alphabetic() && letter != '\'');
        words.filter(|word| !word.is_empty()).map(move |word| {
            let at = word.as_ptr() as usize - start;
            (at..at + word.len(), word)
        })
    }
}

/// The folded form of a string to search for.
pub(crate) fn fold(text: &str) -> String {
    Folded::new(text).text
}

/// What one character becomes.
fn plain(letter: char, mut push: impl FnMut(char)) {
    if letter.is_ascii() {
        return push(separated(letter.to_ascii_uppercase()));
    }
    match letter {
        // Zero-width characters, joiners, marks of direction; combining diacritics.
        '\u{AD}'
        | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{2064}'
        | '\u{FEFF}'
        | '\u{300}'..='\u{36F}' => {}
        '‐'..='―' | '−' => push('-'),
        '‘' | '’' | 'ʼ' => push('\''),
        // Full-width forms of ASCII.
        '\u{FF01}'..='\u{FF5E}' => {
            let ascii = char::from_u32(letter as u32 - 0xFEE0).unwrap_or(' ');
            push(separated(ascii.to_ascii_uppercase()));
        }
        // Latin letters with diacritics, Greek ones with accents.
        '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' => {
            let ascii = deunicode::deunicode_char(letter).unwrap_or("");
            ascii.chars().map(|letter| letter.to_ascii_uppercase()).for_each(push);
        }
        _ => letter.to_uppercase().map(unaccented).map(separated).for_each(push),
    }
}

/// Greek capitals without tonos and dialytika.
const fn unaccented(letter: char) -> char {
    match letter {
        'Ά' => 'Α',
        'Έ' => 'Ε',
        'Ή' => 'Η',
        'Ί' | 'Ϊ' => 'Ι',
        'Ό' => 'Ο',
        'Ύ' | 'Ϋ' => 'Υ',
        'Ώ' => 'Ω',
        letter => letter,
    }
}

/// Separators and blanks of all kinds as one.
fn separated(letter: char) -> char {
    let separates = matches!(letter, '^' | '=' | ',' | ';' | '_') || letter.is_whitespace();
    if separates { ' ' } else { letter }
}

/// Whether a letter is of a script that is written without blanks, or with particles that touch.
pub(super) const fn is_unspaced(letter: char) -> bool {
    matches!(letter,
        '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
        | '\u{3005}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF66}'..='\u{FF9D}'
        | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_width_and_separators_do_not_matter() {
        for (text, plain) in [
            ("Müller^Jürgen", "MULLER JURGEN"),
            ("Mu\u{308}ller", "MULLER"),
            ("Straße", "STRASSE"),
            ("Παπαδάκη", "ΠΑΠΑΔΑΚΗ"),
            ("ＳＭＩＴＨ，Ａ", "SMITH A"),
            ("O’Neill  \t x", "O'NEILL X"),
            ("Ja\u{200B}ne", "JANE"),
        ] {
            assert_eq!(fold(text), plain);
        }
    }

    #[test]
    fn each_byte_leads_back() {
        let text = "Frau Müßig, geb. 1950";
        let folded = Folded::new(text);
        let at = folded.text.find("MUSSIG").unwrap();
        assert_eq!(&text[folded.original(at..at + 6)], "Müßig");
        assert_eq!(folded.original(0..folded.text.len()), 0..text.len());
    }

    #[test]
    fn words_end_at_signs_humps_and_where_nobody_writes_blanks() {
        for (text, word, is_word) in [
            ("see Jane.", "JANE", true),
            ("JaneRoe", "JANE", true),
            ("janet", "JANE", false),
            ("患者山田太郎さん", "山田", true),
            ("Jane7", "JANE", false),
        ] {
            let folded = Folded::new(text);
            let at = folded.text.find(word).unwrap();
            assert_eq!(folded.is_word(&(at..at + word.len())), is_word, "{text}");
        }
        let folded = Folded::new("a-b O'Neill 7");
        let words: Vec<_> = folded.words().map(|(range, word)| (range.start, word)).collect();
        assert_eq!(words, [(0, "A"), (2, "B"), (4, "O'NEILL")]);
    }
}
