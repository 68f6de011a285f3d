//! Full dates in the forms that people and machines write.
//!
//! The text is cut into numbers, words and what stands between; three of them in a row make a
//! date. A form that can be read two ways (03/04/2024) is given both ways.

use std::collections::BTreeSet;

/// A day of the calendar.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day {
    pub year: u16,
    pub month: u8,
    pub day: u8,
}

impl Day {
    /// Checks the ranges; leap days are not told apart.
    pub(crate) fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let fits =
            (1850..=2199).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
        fits.then_some(Self { year, month, day })
    }

    /// Reads `YYYYMMDD` at the beginning, or `YYYY-MM-DD`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits: Vec<u8> = text
            .bytes()
            .filter(|byte| !matches!(byte, b'-' | b'.' | b'/'))
            .take_while(u8::is_ascii_digit)
            .take(8)
            .collect();
        let digits = std::str::from_utf8(&digits).ok()?;
        Self::new(number(digits.get(..4)?)?, number(digits.get(4..6)?)?, number(digits.get(6..8)?)?)
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

/// The days that stand in a text.
#[derive(Default)]
pub(crate) struct Days {
    /// With four digits of the year.
    pub full: BTreeSet<Day>,
    /// With two digits of the year: (year modulo 100, month, day).
    pub short: BTreeSet<(u8, u8, u8)>,
}

impl Days {
    /// Finds them all.
    pub(crate) fn find(text: &str) -> Self {
        let mut days = Self::default();
        let tokens = tokens(text);
        for at in 0..tokens.len() {
            if let (Some(Token::Number(digits)), false) = (tokens.get(at), is_in_chain(&tokens, at))
            {
                days.run(digits);
            }
            days.three(&tokens, at);
        }
        days
    }

    /// A run of digits: `YYYYMMDD`, with a time behind it, `DDMMYYYY` or `MMDDYYYY`.
    fn run(&mut self, digits: &str) {
        if !matches!(digits.len(), 8 | 10 | 12 | 14 | 17) {
            return;
        }
        let pair = |at: usize| digits.get(at..at + 2).and_then(number::<u8>);
        let timely = |at: usize, limit: u8| pair(at).is_none_or(|value| value < limit);
        if timely(8, 24) && timely(10, 60) && timely(12, 61) {
            self.full.extend(Day::parse(digits));
        }
        if let (8, Some(a), Some(b), Some(year)) =
            (digits.len(), pair(0), pair(2), digits.get(4..8).and_then(number))
        {
            self.full.extend(Day::new(year, b, a));
            self.full.extend(Day::new(year, a, b));
        }
    }

    fn three(&mut self, tokens: &[Token<'_>], at: usize) {
        let Some((parts, between, end)) = parts(tokens, at) else { return };
        if between == "." && is_dotted(tokens, at, end) {
            return;
        }
        match parts {
            [Part::Number(a), Part::Number(b), Part::Number(c)] if !between.is_empty() => {
                if let (Some(year), Some(month), Some(day)) = (year(a), part(b), part(c)) {
                    self.full.extend(Day::new(year, month, day));
                }
                for (day, month) in [(part(a), part(b)), (part(b), part(a))] {
                    self.add(day, month, c);
                }
            }
            [Part::Number(day), Part::Month(month), Part::Number(y)] => {
                self.add(part(day), Some(month), y);
                self.add(part(y), Some(month), day);
            }
            [Part::Month(month), Part::Number(day), Part::Number(y)] => {
                self.add(part(day), Some(month), y);
            }
            _ => {}
        }
    }

    fn add(&mut self, day: Option<u8>, month: Option<u8>, written: &str) {
        let (Some(day), Some(month)) = (day, month) else { return };
        if let Some(year) = year(written) {
            self.full.extend(Day::new(year, month, day));
        } else if written.len() == 2 && (1..=12).contains(&month) && (1..=31).contains(&day) {
            self.short.extend(number(written).map(|short| (short, month, day)));
        }
    }
}

fn year(text: &str) -> Option<u16> {
    (text.len() == 4).then(|| number(text)).flatten()
}

fn part(text: &str) -> Option<u8> {
    (text.len() <= 2).then(|| number(text)).flatten()
}

#[derive(Clone, Copy)]
enum Token<'a> {
    Number(&'a str),
    Word(&'a str),
    Between(&'a str),
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let class = |c: char| match c {
        '年' | '月' | '日' => 2,
        '0'..='9' => 0,
        _ if c.is_alphabetic() => 1,
        _ => 2,
    };
    let mut found = Vec::new();
    let mut start = 0;
    let mut current = None;
    for (at, c) in text.char_indices().chain([(text.len(), '\0')]) {
        let next = (at < text.len()).then(|| class(c));
        if at > 0 && next != current {
            let piece = &text[start..at];
            found.push(match current {
                Some(0) => Token::Number(piece),
                Some(1) => Token::Word(piece),
                _ => Token::Between(piece),
            });
            start = at;
        }
        current = next;
    }
    found
}

#[derive(Clone, Copy)]
enum Part<'a> {
    Number(&'a str),
    Month(u8),
}

/// Three parts of a date from token `at` on, the first separator, and where they end.
fn parts<'a>(tokens: &[Token<'a>], at: usize) -> Option<([Part<'a>; 3], &'a str, usize)> {
    let mut found = Vec::with_capacity(3);
    let mut between = "";
    let mut end = at;
    for token in tokens.get(at..)? {
        end += 1;
        match *token {
            Token::Number(text) if text.len() <= 4 => found.push(Part::Number(text)),
            Token::Number(_) => return None,
            Token::Word(word) => match month(word) {
                Some(month) => found.push(Part::Month(month)),
                None if !found.is_empty() && is_joint(word) => {}
                None => return None,
            },
            Token::Between(text) => {
                if found.is_empty() || text.chars().count() > 3 || text.contains(['\\', '^', ':']) {
                    return None;
                }
                if between.is_empty() {
                    between = text;
                }
            }
        }
        if let [a, b, c] = found[..] {
            return Some(([a, b, c], between, end));
        }
    }
    None
}

/// Whether more dotted numbers stand before or behind: a UID, a version, an address.
fn is_dotted(tokens: &[Token<'_>], at: usize, end: usize) -> bool {
    let dot = |token: Option<&Token<'_>>| matches!(token, Some(Token::Between(".")));
    let digits = |token: Option<&Token<'_>>| matches!(token, Some(Token::Number(_)));
    (at >= 2 && dot(tokens.get(at - 1)) && digits(tokens.get(at - 2)))
        || (dot(tokens.get(end)) && digits(tokens.get(end + 1)))
}

/// Whether token `at` is one of at least three dotted numbers, as in a UID.
fn is_in_chain(tokens: &[Token<'_>], at: usize) -> bool {
    let linked = |dot: Option<usize>, next: Option<usize>| {
        let token = |at: Option<usize>| at.and_then(|at| tokens.get(at));
        matches!(token(dot), Some(Token::Between(".")))
            && matches!(token(next), Some(Token::Number(_)))
    };
    let before = |steps: usize| linked(at.checked_sub(steps - 1), at.checked_sub(steps));
    let after = |steps: usize| linked(Some(at + steps - 1), Some(at + steps));
    (before(2) && before(4)) || (after(2) && after(4)) || (before(2) && after(2))
}

fn is_joint(word: &str) -> bool {
    let word = word.to_lowercase();
    matches!(word.as_str(), "st" | "nd" | "rd" | "th" | "of" | "de" | "del" | "den" | "er" | "º")
}

/// Month names in English, German, French, Spanish, Italian, Portuguese and Dutch by their
/// beginnings; a word must begin with one and have no more than ten letters.
const MONTHS: [&[&str]; 12] = [
    &["jan", "jän", "gen", "ene"],
    &["feb", "fév", "fev"],
    &["mar", "mär", "mrz", "maa", "mrt"],
    &["apr", "avr", "abr"],
    &["may", "mai", "mag", "mei"],
    &["jun", "juin", "giu"],
    &["jul", "juil", "lug"],
    &["aug", "aoû", "aou", "ago"],
    &["sep", "set"],
    &["oct", "okt", "ott", "out"],
    &["nov"],
    &["dec", "dez", "déc", "dic"],
];

fn month(word: &str) -> Option<u8> {
    if word.chars().count() > 10 {
        return None;
    }
    let word = word.to_lowercase();
    let at = MONTHS.iter().position(|names| names.iter().any(|name| word.starts_with(name)))?;
    u8::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::{Day, Days};

    #[test]
    fn the_forms_that_people_write_are_found() {
        let day = Day::new(2024, 1, 15).unwrap();
        for text in [
            "20240115",
            "20240115103000",
            "20240115103000.5+0100",
            "2024-01-15",
            "2024/1/15",
            "15.01.2024",
            "15.1.2024",
            "01/15/2024",
            "1/15/2024",
            "15-01-2024",
            "15 Jan 2024",
            "15-JAN-2024",
            "15JAN2024",
            "Jan 15, 2024",
            "January 15th, 2024",
            "15th of January 2024",
            "15. Januar 2024",
            "15 de enero de 2024",
            "2024年1月15日",
            "2024-01-15T10:00:00",
            "seen 15012024 again",
            "on 1 2024-01-15 2024-01-16",
            "date:20240115.",
            "2024 Jan 15",
        ] {
            assert!(Days::find(text).full.contains(&day), "{text}");
        }
        assert!(Days::find("15.01.24").short.contains(&(24, 1, 15)));
        assert!(Days::find("01/15/24").short.contains(&(24, 1, 15)));
    }

    #[test]
    fn what_only_resembles_a_date_is_not_one() {
        for text in [
            "2.25.20240115",
            "1.2.15.01.2024.7",
            "120240115",
            "202401159",
            "20240115993000",
            "15:01:2024",
            "15\\01\\2024",
            "2024",
            "Jan 2024",
            "15 Marathons 20240",
            "1.15.2024.3",
        ] {
            let days = Days::find(text);
            assert!(!days.full.contains(&Day::new(2024, 1, 15).unwrap()), "{text}");
        }
    }
}
