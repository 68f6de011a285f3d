//! Texts made comparable: case, diacritics, width and punctuation no longer tell them apart.

/// A text as the matcher looks at it.
#[derive(Default)]
pub(crate) struct Folded {
    /// Letters and digits in lower case without diacritics; every run of anything else is one
    /// blank. No blank at either end.
    pub words: String,
    /// Byte positions in `words` where a capital follows a small letter.
    pub humps: Vec<usize>,
    /// ASCII letters and digits only, in lower case.
    pub compact: Vec<u8>,
    /// What stands before each byte of `compact`.
    pub gaps: Vec<Gap>,
}

/// What stands between two characters of [`Folded::compact`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gap {
    /// Nothing: they touch.
    None,
    /// At most three of the signs that people write inside numbers.
    Soft,
    /// The beginning of the text, a value separator, a letter of another script, or more signs.
    Hard,
}

impl Folded {
    /// Folds `text`.
    pub(crate) fn new(text: &str) -> Self {
        let mut folder = Folder::default();
        for c in text.chars() {
            folder.push(c);
        }
        folder.done
    }
}

#[derive(Default)]
struct Folder {
    done: Folded,
    after_small: bool,
    separated: bool,
    signs: usize,
    hard: bool,
}

impl Folder {
    fn push(&mut self, c: char) {
        if is_invisible(c) {
            return;
        }
        let mut buffer = [0; 4];
        let small = c.to_ascii_lowercase();
        if c.is_ascii_alphanumeric() {
            self.word(c, small.encode_utf8(&mut buffer));
            return;
        }
        let mut folded = String::new();
        if !c.is_ascii() {
            plain(c, &mut folded);
        }
        if folded.is_empty() {
            self.separate(c);
        } else {
            self.word(c, &folded);
        }
    }

    fn word(&mut self, c: char, folded: &str) {
        if self.separated && !self.done.words.is_empty() {
            self.done.words.push(' ');
        }
        if self.after_small && !self.separated && c.is_uppercase() {
            self.done.humps.push(self.done.words.len());
        }
        self.after_small = c.is_lowercase();
        self.separated = false;
        self.done.words.push_str(folded);
        self.compact(folded);
    }

    fn separate(&mut self, c: char) {
        self.separated = true;
        self.after_small = false;
        self.signs += 1;
        if !matches!(
            c,
            '-' | '.' | '/' | ' ' | '_' | '(' | ')' | '+' | '^' | '\u{2010}'..='\u{2015}'
        ) {
            self.hard = true;
        }
    }

    fn compact(&mut self, folded: &str) {
        for c in folded.chars() {
            let Ok(byte) = u8::try_from(c).map(|byte| byte.to_ascii_lowercase()) else {
                self.hard = true;
                continue;
            };
            if !byte.is_ascii_alphanumeric() {
                self.hard = true;
                continue;
            }
            let gap = match self.signs {
                _ if self.hard || self.done.compact.is_empty() => Gap::Hard,
                0 => Gap::None,
                1..=3 => Gap::Soft,
                _ => Gap::Hard,
            };
            self.done.compact.push(byte);
            self.done.gaps.push(gap);
            self.signs = 0;
            self.hard = false;
        }
    }
}

/// Signs that nobody sees and that would split a name: marks, joiners, direction, soft hyphen.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{0300}'..='\u{036F}' | '\u{0591}'..='\u{05C7}' | '\u{0640}'
        | '\u{064B}'..='\u{0652}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{2064}' | '\u{3099}'..='\u{309C}' | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}' | '\u{FF9E}' | '\u{FF9F}')
}

/// Letters with diacritics, by the plain letters that stand for them.
const PLAIN: [(&str, &str); 29] = [
    ("a", "àáâãäåāăąǎǻ"),
    ("c", "çćĉċč"),
    ("d", "ďđð"),
    ("e", "èéêëēĕėęě"),
    ("g", "ĝğġģǧ"),
    ("h", "ĥħ"),
    ("i", "ìíîïĩīĭįıǐ"),
    ("j", "ĵ"),
    ("k", "ķĸ"),
    ("l", "ĺļľŀł"),
    ("n", "ñńņňŉŋ"),
    ("o", "òóôõöøōŏőǒǿơ"),
    ("r", "ŕŗř"),
    ("s", "śŝşšșſ"),
    ("t", "ţťŧț"),
    ("u", "ùúûüũūŭůűųǔưǖǘǚǜ"),
    ("w", "ŵẁẃẅ"),
    ("y", "ýÿŷ"),
    ("z", "źżž"),
    ("ss", "ß"),
    ("ae", "æǽ"),
    ("oe", "œ"),
    ("th", "þ"),
    ("α", "ά"),
    ("ε", "έ"),
    ("η", "ή"),
    ("ι", "ίϊΐ"),
    ("ο", "ό"),
    ("е", "ё"),
];

/// Half-width katakana U+FF66 to U+FF9D in order.
const KATAKANA: &str = "ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン";

/// Appends the plain form of a letter or digit; nothing for any other sign.
fn plain(c: char, out: &mut String) {
    let c = match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        '\u{FF66}'..='\u{FF9D}' => KATAKANA.chars().nth(c as usize - 0xFF66).unwrap_or(c),
        '\u{3041}'..='\u{3096}' => char::from_u32(c as u32 + 0x60).unwrap_or(c),
        _ => c,
    };
    if c.is_ascii() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        }
        return;
    }
    for small in c.to_lowercase() {
        if is_invisible(small) {
            continue;
        }
        if let Some((letters, _)) = PLAIN.iter().find(|(_, forms)| forms.contains(small)) {
            out.push_str(letters);
        } else if small.is_alphanumeric() {
            out.push(digit_or_base(small));
        }
    }
}

/// Vietnamese letters, voiced katakana and the last Greek accents, by their place in Unicode.
fn digit_or_base(c: char) -> char {
    match c {
        '\u{1EA0}'..='\u{1EB7}' => 'a',
        '\u{1EB8}'..='\u{1EC7}' => 'e',
        '\u{1EC8}'..='\u{1ECB}' => 'i',
        '\u{1ECC}'..='\u{1EE3}' => 'o',
        '\u{1EE4}'..='\u{1EF1}' => 'u',
        '\u{1EF2}'..='\u{1EF9}' => 'y',
        'ύ' | 'ϋ' | 'ΰ' => 'υ',
        'ώ' => 'ω',
        'ς' => 'σ',
        'ヴ' => 'ウ',
        '\u{30AC}'..='\u{30C2}' if (c as u32).is_multiple_of(2) => base(c, 1),
        'ヅ' | 'デ' | 'ド' => base(c, 1),
        '\u{30D0}'..='\u{30DD}' => base(c, (c as u32 - 0x30CF) % 3),
        '\u{0660}'..='\u{0669}' => digit(c, 0x0660),
        '\u{06F0}'..='\u{06F9}' => digit(c, 0x06F0),
        _ => c,
    }
}

fn base(c: char, back: u32) -> char {
    char::from_u32(c as u32 - back).unwrap_or(c)
}

fn digit(c: char, zero: u32) -> char {
    char::from_digit(c as u32 - zero, 10).unwrap_or(c)
}

/// Whether a script is written without blanks between words.
pub(crate) fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{0E00}'..='\u{0E7F}' | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::{Folded, Gap};

    #[test]
    fn case_diacritics_and_width_fold_away() {
        for (text, words) in [
            ("DOE^JANE", "doe jane"),
            ("Jérôme  (Müller)", "jerome muller"),
            ("Ｙａｍａｄａ", "yamada"),
            ("ﾔﾏﾀﾞ", "ヤマタ"),
            ("やまだ", "ヤマタ"),
            ("Nguyễn", "nguyen"),
            ("Łukasz Groß", "lukasz gross"),
            ("Do\u{ad}e", "doe"),
            ("e\u{301}", "e"),
            ("Ёлкин", "елкин"),
        ] {
            assert_eq!(Folded::new(text).words, words);
        }
    }

    #[test]
    fn gaps_say_what_stood_between() {
        let folded = Folded::new("12-3\\4 山5");
        assert_eq!(folded.compact, b"12345");
        assert_eq!(folded.gaps, [Gap::Hard, Gap::None, Gap::Soft, Gap::Hard, Gap::Hard]);
    }

    #[test]
    fn humps_are_seen() {
        let folded = Folded::new("JaneDoe");
        assert_eq!((folded.words.as_str(), folded.humps.as_slice()), ("janedoe", &[4][..]));
    }
}
