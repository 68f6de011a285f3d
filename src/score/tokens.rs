//! Splits an answer into words, as the validator's tokenizer does (NLTK's `word_tokenize`).
//!
//! Sentences come first, since a full stop leaves a word only at the end of one. The tokenizer's
//! trained model of abbreviations is not carried over; a list of titles and single letters stands
//! for it, which covers names and addresses.

/// Words before a full stop that does not end a sentence.
const ABBREVIATIONS: [&str; 18] = [
    "dr", "mr", "mrs", "ms", "st", "jr", "sr", "prof", "no", "vs", "e.g", "i.e", "etc", "approx",
    "dept", "ave", "inc", "fig",
];
/// Signs that always stand alone.
const ALONE: &str = ";@#$%&?!*[](){}<>";
/// Quotation marks and such: they stand alone, too.
const QUOTES: &str = "«»“”‘’„";

/// Words that are two.
const CONTRACTIONS: [(&str, [&str; 2]); 6] = [
    ("cannot", ["can", "not"]),
    ("gimme", ["gim", "me"]),
    ("gonna", ["gon", "na"]),
    ("gotta", ["got", "ta"]),
    ("lemme", ["lem", "me"]),
    ("wanna", ["wan", "na"]),
];

fn stands_alone(sign: char) -> bool {
    ALONE.contains(sign) || QUOTES.contains(sign)
}

/// The words of a text that is in lower case already.
pub(crate) fn words(text: &str) -> Vec<String> {
    sentences(text).into_iter().flat_map(words_of_sentence).collect()
}

/// Parts that end with a full stop, a question mark or an exclamation mark before a blank.
fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    for (at, mark) in text.char_indices() {
        let end = at + mark.len_utf8();
        let ends = matches!(mark, '.' | '?' | '!')
            && text[end..].starts_with(char::is_whitespace)
            && !(mark == '.' && is_abbreviated(&text[start..at]));
        if ends {
            found.push(text[start..end].trim());
            start = end;
        }
    }
    found.push(text[start..].trim());
    found.retain(|sentence| !sentence.is_empty());
    found
}

fn is_abbreviated(before: &str) -> bool {
    let word = before.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default();
    let single = word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
    single || ABBREVIATIONS.contains(&word)
}

fn words_of_sentence(sentence: &str) -> Vec<String> {
    let letters: Vec<char> = sentence.chars().collect();
    let last_stop = final_stop(&letters);
    let mut out = Splitter::default();
    let mut at = 0;
    while let Some(&letter) = letters.get(at) {
        let next = letters.get(at + 1).copied();
        let run = letters[at..].iter().take_while(|c| **c == letter).count();
        let step = match letter {
            c if c.is_whitespace() => {
                out.end();
                1
            }
            '.' if run >= 2 => {
                out.alone(&".".repeat(run));
                run
            }
            '.' if last_stop == Some(at) => {
                out.alone(".");
                1
            }
            '-' if run >= 2 => {
                out.alone("--");
                2
            }
            '`' => {
                out.alone(&"`".repeat(run));
                run
            }
            // An opening mark becomes two back ticks, a closing one two apostrophes.
            '"' => {
                let opens = at == 0 || matches!(letters[at - 1], ' ' | '(' | '[' | '{' | '<');
                out.alone(if opens { "``" } else { "''" });
                1
            }
            '\'' if run >= 2 => {
                out.alone("''");
                2
            }
            ':' | ',' if !next.is_some_and(|c| c.is_ascii_digit()) => {
                out.alone(&letter.to_string());
                1
            }
            c if stands_alone(c) => {
                out.alone(&letter.to_string());
                1
            }
            '\'' => {
                out.apostrophe(&letters[at + 1..]);
                1
            }
            c => {
                out.word.push(c);
                1
            }
        };
        at += step;
    }
    out.end();
    out.words
}

/// Where the full stop of a sentence is that stands at its end, brackets and quotes after it apart.
fn final_stop(letters: &[char]) -> Option<usize> {
    let behind = |c: &&char| c.is_whitespace() || "])}>\"'»”’".contains(**c);
    let after = letters.iter().rev().take_while(behind).count();
    let at = letters.len().checked_sub(after + 1)?;
    let single = at > 0 && letters[at - 1] != '.';
    (letters[at] == '.' && single).then_some(at)
}

#[derive(Default)]
struct Splitter {
    words: Vec<String>,
    word: String,
}

impl Splitter {
    fn end(&mut self) {
        let word = std::mem::take(&mut self.word);
        match CONTRACTIONS.iter().find(|(whole, _)| *whole == word) {
            Some((_, parts)) => self.words.extend(parts.map(str::to_owned)),
            None if !word.is_empty() => self.words.push(word),
            None => {}
        }
    }

    fn alone(&mut self, mark: &str) {
        self.end();
        self.words.push(mark.to_owned());
    }

    /// An apostrophe inside a word stays, but where it begins an ending of English (`'s`, `n't`).
    fn apostrophe(&mut self, rest: &[char]) {
        let tail: String = rest.iter().take_while(|c| c.is_alphanumeric()).collect();
        let ends = |after: usize| {
            rest.get(after)
                .is_none_or(|c| c.is_whitespace() || ",:.".contains(*c) || stands_alone(*c))
        };
        if self.word.is_empty() {
            let short = ["re", "ve", "ll", "m", "t", "s", "d", "n"];
            let opens = ["tis", "twas"].contains(&tail.as_str())
                || (tail.chars().next().is_some_and(char::is_alphanumeric)
                    && !short.iter().any(|ending| tail.starts_with(ending)));
            if opens {
                self.alone("'");
            } else {
                self.word.push('\'');
            }
        } else if tail == "t" && self.word.ends_with('n') && self.word.len() > 1 && ends(1) {
            self.word.pop();
            self.end();
            self.word.push_str("n'");
        } else if ["s", "m", "d", "ll", "re", "ve"].contains(&tail.as_str()) && ends(tail.len()) {
            self.end();
            self.word.push('\'');
        } else if tail.is_empty() && ends(0) {
            self.alone("'");
        } else {
            self.word.push('\'');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn texts_split_as_the_validators_tokenizer_splits_them() {
        for (text, expected) in [
            (
                "1385 bayview avenue, greensburgh oh 44017",
                "1385|bayview|avenue|,|greensburgh|oh|44017",
            ),
            ("delacroix^farouk^m", "delacroix^farouk^m"),
            ("ordered by dr. lee at 12:30", "ordered|by|dr.|lee|at|12:30"),
            ("chest pain. seen by j. doe.", "chest|pain|.|seen|by|j.|doe|."),
            ("o'neill's id: 4711", "o'neill|'s|id|:|4711"),
            ("a@b.example", "a|@|b.example"),
            ("\"quoted\" text", "``|quoted|''|text"),
            ("wait... -- what?", "wait|...|--|what|?"),
            ("(555) 123-4567", "(|555|)|123-4567"),
            ("1,234 a,b", "1,234|a|,|b"),
            ("don't ['a', 'b']", "do|n't|[|'|a|'|,|'|b|'|]"),
            (
                "it's. l' d'arcy 'tis 'kim' rock 'n roll",
                "it|'s|.|l|'|d'arcy|'|tis|'|kim|'|rock|'n|roll",
            ),
            ("a''b 5' 3\" cannot isn't", "a|''|b|5|'|3|''|can|not|is|n't"),
            ("p4^p101, gated, 0.0% k&r;#1", "p4^p101|,|gated|,|0.0|%|k|&|r|;|#|1"),
            ("u.s.a.", "u.s.a|."),
            ("dob 01/02/1960", "dob|01/02/1960"),
            ("", ""),
        ] {
            assert_eq!(words(text).join("|"), expected, "{text}");
        }
    }
}
