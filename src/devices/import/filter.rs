//! The conditions of pydicom/deid: a line of tests between `+` (and) and `||` (or).

use crate::devices::attribute::hex;
use crate::devices::condition::MOST_NESTED;
use crate::devices::{Ask, Attribute, Compare, Condition, Pattern, Presence};
use crate::model::Tag;

const WORDS: [&str; 7] =
    ["contains", "notcontains", "equals", "notequals", "missing", "empty", "present"];

/// How a condition joins those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Join {
    And,
    Or,
}

impl Join {
    /// Joins two conditions.
    ///
    /// # Errors
    /// In words, where they nest more deeply than any rule may: each `+` behind a `||` puts what
    /// stands before it one level further in.
    pub fn of(self, before: Condition, then: Condition) -> Result<Condition, String> {
        if levels(&before) > MOST_NESTED + 1 {
            return Err("the conditions nest too deeply".into());
        }
        Ok(match (self, before) {
            (Self::And, Condition::All(mut parts)) => {
                parts.push(then);
                Condition::All(parts)
            }
            (Self::Or, Condition::Any(mut parts)) => {
                parts.push(then);
                Condition::Any(parts)
            }
            (Self::And, before) => Condition::All(vec![before, then]),
            (Self::Or, before) => Condition::Any(vec![before, then]),
        })
    }

    /// The operator that a text starts with, and what stands behind it.
    pub fn leading(text: &str) -> Option<(Self, &str)> {
        let and = text.strip_prefix('+').map(|rest| (Self::And, rest));
        and.or_else(|| text.strip_prefix("||").map(|rest| (Self::Or, rest)))
    }
}

/// How deep the first of the joined conditions lies, which is the deepest.
fn levels(condition: &Condition) -> usize {
    let chain = std::iter::successors(Some(condition), |condition| match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.first(),
        Condition::Test { .. } | Condition::Not(_) => None,
    });
    chain.count()
}

/// Reads a line without the operator in front of it; its tests are joined from left to right.
pub(super) fn line(text: &str) -> Result<Condition, String> {
    let (first, mut rest) = split(text);
    let mut so_far = test(first)?;
    while let Some((join, behind)) = Join::leading(rest) {
        let (next, behind) = split(behind);
        so_far = join.of(so_far, test(next)?)?;
        rest = behind;
    }
    Ok(so_far)
}

/// A test, and the operator and tests behind it. `+` and `||` part tests only where one follows:
/// models are called “AS+”.
fn split(text: &str) -> (&str, &str) {
    let marks = text.char_indices().map(|(at, _)| at);
    let is_operator = |at: &usize| {
        let next = Join::leading(&text[*at..]).map(|(_, behind)| behind.trim_start());
        next.is_some_and(starts_test)
    };
    text.split_at(marks.into_iter().find(is_operator).unwrap_or(text.len()))
}

fn starts_test(text: &str) -> bool {
    let word = text.split_whitespace().next().unwrap_or_default();
    WORDS.iter().any(|known| word.eq_ignore_ascii_case(known))
}

fn test(text: &str) -> Result<Condition, String> {
    let (action, rest) = word(text);
    let action = action.to_ascii_lowercase();
    if !WORDS.contains(&action.as_str()) {
        return Err(format!("there is no condition {action}"));
    }
    let (field, value) = word(rest);
    let is = |presence| match value {
        "" => Ok(Ask::Is(presence)),
        _ => Err(format!("{action} has no value")),
    };
    let (ask, is_negated) = match action.as_str() {
        "missing" => (is(Presence::Missing)?, false),
        "empty" => (is(Presence::Empty)?, false),
        "present" => (is(Presence::Present)?, false),
        "equals" | "notequals" => (equals(value)?, action == "notequals"),
        _ => (contains(value)?, action == "notcontains"),
    };
    let condition = Condition::test(attribute(field)?, ask);
    condition.check()?;
    Ok(if is_negated { Condition::Not(Box::new(condition)) } else { condition })
}

fn word(text: &str) -> (&str, &str) {
    let text = text.trim();
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim())
}

/// A keyword, or a tag as `0xggggeeee`, `ggggeeee`, `gggg,eeee` or in parentheses.
fn attribute(field: &str) -> Result<Attribute, String> {
    if field.is_empty() {
        return Err("a condition needs its attribute".into());
    }
    if field.contains('"') {
        return Attribute::parse(field);
    }
    let digits = field.trim_start_matches('(').trim_end_matches(')');
    let digits = digits.strip_prefix("0x").unwrap_or(digits).replacen(',', "", 1);
    let tag = digits
        .split_at_checked(4)
        .and_then(|(group, element)| Some(Tag(hex(group, 4)?, hex(element, 4)?)));
    match tag {
        Some(tag) => Attribute::of_tag(tag),
        None => Attribute::parse(field),
    }
}

/// One of several values; the manual parts them by `|`.
fn equals(value: &str) -> Result<Ask, String> {
    plain(value)?;
    Ok(Ask::Text(Compare::Equals, value.split('|').map(|word| word.trim().to_owned()).collect()))
}

/// A regular expression; words where it is nothing but words.
fn contains(value: &str) -> Result<Ask, String> {
    plain(value)?;
    let is_plain = |c: char| c.is_alphanumeric() || [' ', '-', '_', '/', '|'].contains(&c);
    if value.chars().all(is_plain) {
        return Ok(Ask::Text(Compare::Contains, value.split('|').map(str::to_owned).collect()));
    }
    let mut pairs = value.chars().zip(value.chars().skip(1));
    if pairs.any(|(first, second)| first == '\\' && second.is_uppercase()) {
        return Err("deid puts the pattern in lower case, which changes what it means".into());
    }
    Pattern::new(value).map(Ask::Matches)
}

/// Refuses a value that deid reads in another way than it looks.
fn plain(value: &str) -> Result<(), String> {
    if value.is_empty() {
        return Err("a condition needs a value".into());
    }
    if value.contains("||") {
        return Err("|| without a condition behind it".into());
    }
    match value.contains('#') {
        true => Err("deid reads # as a part of the value".into()),
        false => Ok(()),
    }
}
