//! Names across scripts.
//!
//! There is no one way to write a Greek, Russian or Arabic name in Latin letters, so names are
//! compared by a skeleton in which the ways of writing one sound fall together. A word counts when
//! it is of another script than the name; within one script names are compared as they stand.

/// Shortest skeleton that says something, in letters.
const SHORTEST: usize = 4;
const SHORTEST_CONSONANTS: usize = 3;

/// The scripts between which names are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Script {
    Latin,
    /// Greek, Cyrillic, Armenian, Georgian: letters for vowels, too.
    Alphabet,
    /// Hebrew, Arabic: most vowels are not written.
    Abjad,
}

/// The script of a word; `None` where it is mixed, or names are not spelled by sounds.
pub(super) fn script(word: &str) -> Option<Script> {
    let mut scripts = word.chars().filter(|letter| letter.is_alphabetic()).map(|letter| {
        Some(match letter {
            'A'..='Z' | 'a'..='z' => Script::Latin,
            '\u{370}'..='\u{58F}' | '\u{10A0}'..='\u{10FF}' | '\u{1F00}'..='\u{1FFF}' => {
                Script::Alphabet
            }
            '\u{590}'..='\u{6FF}'
            | '\u{750}'..='\u{77F}'
            | '\u{FB1D}'..='\u{FDFF}'
            | '\u{FE70}'..='\u{FEFF}' => Script::Abjad,
            _ => return None,
        })
    });
    let first = scripts.next()??;
    scripts.all(|script| script == Some(first)).then_some(first)
}

/// Ways of writing one sound, longest first.
const SOUNDS: [(&str, &str); 45] = [
    ("SHCH", "S"),
    ("SCH", "S"),
    ("TCH", "H"),
    ("SH", "S"),
    ("ZH", "Z"),
    ("KH", "H"),
    ("CH", "H"),
    ("PH", "F"),
    ("TH", "T"),
    ("DH", "D"),
    ("GH", "G"),
    ("TS", "S"),
    ("TZ", "S"),
    ("CZ", "H"),
    ("DZ", "Z"),
    ("MP", "V"),
    ("NT", "D"),
    ("GK", "G"),
    ("NG", "G"),
    ("NK", "G"),
    ("CK", "K"),
    ("KS", "X"),
    ("QU", "K"),
    ("OU", "I"),
    ("OI", "I"),
    ("AI", "I"),
    ("AY", "I"),
    ("EI", "I"),
    ("EY", "I"),
    ("YO", "I"),
    ("IO", "I"),
    ("JO", "I"),
    ("AU", "AV"),
    ("EU", "IV"),
    ("F", "V"),
    ("B", "V"),
    ("W", "V"),
    ("C", "K"),
    ("Q", "K"),
    ("E", "I"),
    ("U", "I"),
    ("Y", "I"),
    ("J", "I"),
    ("'", ""),
    ("`", ""),
];

/// A word by its sounds, in capitals; `None` where too little is left to say something.
pub(super) fn skeleton(word: &str) -> Option<String> {
    let sounds = sounds(word);
    (sounds.chars().count() >= SHORTEST).then_some(sounds)
}

/// The same without vowels and without an H at the end, which few write alike.
pub(super) fn consonants(word: &str) -> Option<String> {
    let mut left: String =
        sounds(word).chars().filter(|letter| !matches!(letter, 'A' | 'I' | 'O')).collect();
    left.truncate(left.trim_end_matches('H').len());
    (left.chars().count() >= SHORTEST_CONSONANTS).then_some(left)
}

fn sounds(word: &str) -> String {
    let latin = deunicode::deunicode(word).to_ascii_uppercase();
    let mut rest = latin.as_str();
    let mut sounds = String::with_capacity(latin.len());
    while let Some(letter) = rest.chars().next() {
        let found = SOUNDS.iter().find_map(|(from, to)| rest.strip_prefix(from).map(|r| (r, *to)));
        match found {
            Some((behind, sound)) => {
                sound.chars().for_each(|letter| push(&mut sounds, letter));
                rest = behind;
            }
            None => {
                if letter.is_ascii_uppercase() {
                    push(&mut sounds, letter);
                }
                rest = &rest[letter.len_utf8()..];
            }
        }
    }
    sounds
}

/// Adds a letter; doubled ones are one.
fn push(to: &mut String, letter: char) {
    if !to.ends_with(letter) {
        to.push(letter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_falls_together_with_the_ways_people_write_it() {
        for (name, written) in [
            ("ΠΑΠΑΔΑΚΗ", &["PAPADAKI", "PAPADAKE", "PAPADHAKI"][..]),
            ("ΕΛΕΝΗ", &["ELENI", "ELENE"]),
            ("ΓΕΩΡΓΙΟΣ", &["GEORGIOS"]),
            ("ΧΡΙΣΤΟΥ", &["CHRISTOU", "HRISTOU", "KHRISTOU"]),
            ("ΛΑΜΠΡΟΠΟΥΛΟΣ", &["LAMPROPOULOS", "LABROPOULOS"]),
            ("ИВАНОВ", &["IVANOV", "IVANOFF", "IWANOW"]),
            ("ЧАЙКОВСКИЙ", &["CHAIKOVSKY", "TCHAIKOVSKY", "CHAYKOVSKIY"]),
            ("ХРУЩЁВ", &["KHRUSHCHEV", "HRUSCHEV"]),
            ("ЮЛИЯ", &["YULIYA", "IULIIA", "JULIJA", "YULIA"]),
        ] {
            for latin in written {
                assert_eq!(skeleton(name), skeleton(latin), "{name} {latin}");
                assert!(skeleton(name).is_some());
            }
        }
        for (name, written) in
            [("محمد", &["MOHAMMED", "MUHAMMAD", "MOHAMED"][..]), ("حسين", &["HUSSEIN", "HUSAYN"])]
        {
            for latin in written {
                assert_eq!(consonants(name), consonants(latin), "{name} {latin}");
            }
        }
    }

    #[test]
    fn scripts_are_told_apart_and_mixtures_are_none() {
        assert_eq!(script("O'NEILL"), Some(Script::Latin));
        assert_eq!(script("ИВАНОВ"), Some(Script::Alphabet));
        assert_eq!(script("محمد"), Some(Script::Abjad));
        assert_eq!(script("山田"), None);
        assert_eq!(script("АBC"), None);
        assert_eq!(script(""), None);
    }
}
