//! What a rule asks of a header, and the answer: yes, no, or not to be told.

use std::fmt;

use regex::{Regex, RegexBuilder};

use crate::devices::Attribute;
use crate::devices::attributes::{Attributes, Value};

/// Most bytes of memory for one regular expression: a few letters can ask for gigabytes.
const LARGEST_PATTERN: usize = 1 << 20;
/// How deep conditions may nest.
pub(crate) const MOST_NESTED: usize = 12;

/// What a rule asks of a header.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// A question about one attribute.
    Test {
        /// The attribute.
        attribute: Attribute,
        /// The question.
        ask: Ask,
    },
    /// All of these.
    All(Vec<Self>),
    /// At least one of these.
    Any(Vec<Self>),
    /// Anything but this.
    Not(Box<Self>),
}

/// A question about the value of an attribute. Case counts nowhere.
///
/// The values of an attribute with several are one text, parted by backslashes, and blanks around
/// each value do not count. Text is asked for in the whole and in each value alone.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// Whether the whole, or one value, compares so with one of the words.
    Text(Compare, Vec<String>),
    /// Whether the pattern is found in the whole, or in one value (which `^` and `$` then bound).
    Matches(Pattern),
    /// Whether one value is a number below this one.
    LessThan(f64),
    /// Whether one value is a number above this one.
    GreaterThan(f64),
    /// Whether it is there at all.
    Is(Presence),
}

/// How a text compares with a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// They are the same.
    Equals,
    /// The word stands in it.
    Contains,
    /// It starts with the word.
    StartsWith,
    /// It ends with the word.
    EndsWith,
}

/// Whether an attribute is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is not in the dataset.
    Missing,
    /// It is in the dataset, without a value or an item.
    Empty,
    /// It is in the dataset, with or without a value.
    Present,
}

/// A regular expression that does not tell upper from lower case.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl Pattern {
    /// Reads a regular expression.
    ///
    /// # Errors
    /// In words, where it is none, or fits every value.
    pub fn new(text: &str) -> Result<Self, String> {
        let regex =
            RegexBuilder::new(text).case_insensitive(true).size_limit(LARGEST_PATTERN).build();
        let regex = regex.map_err(|error| {
            let said = error.to_string();
            let last = said.lines().last().unwrap_or_default();
            format!("this is no regular expression: {}", last.trim_start_matches("error: "))
        })?;
        match regex.is_match("") {
            true => Err("the regular expression fits every value".into()),
            false => Ok(Self(regex)),
        }
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Pattern {}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Condition {
    /// A question about one attribute.
    pub const fn test(attribute: Attribute, ask: Ask) -> Self {
        Self::Test { attribute, ask }
    }

    /// Whether it holds; `None` where a value that decides cannot be read.
    pub(crate) fn holds(&self, attributes: &Attributes<'_>) -> Option<bool> {
        match self {
            Self::Test { attribute, ask } => ask.answer(&attributes.value(attribute)),
            Self::All(parts) => all(parts.iter().map(|part| part.holds(attributes))),
            Self::Any(parts) => {
                let not = all(parts.iter().map(|part| part.holds(attributes).map(|it| !it)));
                not.map(|none| !none)
            }
            Self::Not(part) => part.holds(attributes).map(|it| !it),
        }
    }

    /// Refuses what asks for nothing, nests too deeply, or cannot be written in a line.
    pub(crate) fn check(&self) -> Result<(), String> {
        self.check_at(0)
    }

    fn check_at(&self, depth: usize) -> Result<(), String> {
        if depth > MOST_NESTED {
            return Err("conditions nest too deeply".into());
        }
        match self {
            Self::Test { ask, .. } => ask.check(),
            Self::All(parts) | Self::Any(parts) if parts.is_empty() => {
                Err("a list of conditions is empty".into())
            }
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().try_for_each(|part| part.check_at(depth + 1))
            }
            Self::Not(part) => part.check_at(depth + 1),
        }
    }
}

/// Whether all hold: one “no” decides, whatever cannot be told.
pub(crate) fn all(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut so_far = Some(true);
    for answer in answers {
        match answer {
            Some(false) => return Some(false),
            Some(true) => {}
            None => so_far = None,
        }
    }
    so_far
}

impl Ask {
    fn answer(&self, value: &Value) -> Option<bool> {
        if let Self::Is(presence) = self {
            return Some(match presence {
                Presence::Missing => *value == Value::Missing,
                Presence::Empty => *value == Value::Empty,
                Presence::Present => *value != Value::Missing,
            });
        }
        match value {
            Value::Missing | Value::Empty => Some(false),
            Value::Unreadable => None,
            Value::Text(text) => self.answer_text(text),
        }
    }

    fn answer_text(&self, text: &str) -> Option<bool> {
        let mut parts = std::iter::once(text).chain(text.split('\\').map(str::trim));
        let number = |holds: &dyn Fn(f64) -> bool| {
            let numbers = text.split('\\').filter_map(|part| part.trim().parse::<f64>().ok());
            let numbers: Vec<f64> = numbers.filter(|number| number.is_finite()).collect();
            (!numbers.is_empty()).then(|| numbers.into_iter().any(holds))
        };
        match self {
            Self::Text(compare, words) => {
                let words: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
                Some(parts.any(|part| {
                    let part = part.to_lowercase();
                    words.iter().any(|word| compare.holds(&part, word))
                }))
            }
            Self::Matches(pattern) => Some(parts.any(|part| pattern.0.is_match(part))),
            Self::LessThan(limit) => number(&|value| value < *limit),
            Self::GreaterThan(limit) => number(&|value| value > *limit),
            Self::Is(_) => None,
        }
    }

    fn check(&self) -> Result<(), String> {
        let is_odd = |word: &str| word.contains(char::is_control);
        match self {
            Self::Text(_, words) if words.is_empty() => Err("a list of words is empty".into()),
            Self::Text(_, words) if words.iter().any(|word| word.trim().is_empty()) => {
                Err("an empty word stands in every value; to ask for no value say is = \"empty\""
                    .into())
            }
            Self::Text(_, words) if words.iter().any(|word| is_odd(word)) => {
                Err("a word has control characters".into())
            }
            Self::Matches(pattern) if is_odd(pattern.as_str()) => {
                Err("a pattern has control characters".into())
            }
            Self::LessThan(limit) | Self::GreaterThan(limit) if !limit.is_finite() => {
                Err("this is no number to compare with".into())
            }
            _ => Ok(()),
        }
    }
}

impl Compare {
    /// Both in lower case.
    fn holds(self, text: &str, word: &str) -> bool {
        match self {
            Self::Equals => text == word.trim(),
            Self::Contains => text.contains(word),
            Self::StartsWith => text.starts_with(word),
            Self::EndsWith => text.ends_with(word),
        }
    }
}
