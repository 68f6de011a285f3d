//! Rules as text that the loader reads back to the same rules.

use std::fmt::{self, Write};

use toml::Value;

use crate::devices::{Area, Ask, Boxes, Compare, Condition, DeviceRule, ImageSize, Presence};
use crate::model::Region;

/// Writes one rule.
pub(crate) fn rule(rule: &DeviceRule, out: &mut String) {
    let DeviceRule { name, author, reason, conditions, area } = rule;
    line(out, "[[rule]]");
    line(out, &format!("name = {}", quoted(name)));
    line(out, &format!("author = {}", quoted(author)));
    line(out, &format!("reason = {}", quoted(reason)));
    line(out, "when = [");
    for condition in conditions {
        line(out, &format!("    {},", self::condition(condition)));
    }
    line(out, "]");
    match area {
        Area::Boxes(boxes) => self::boxes(boxes, out),
        Area::OutsideUltrasoundRegions => line(out, "ultrasound-regions = \"mask-outside\""),
    }
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

fn boxes(boxes: &Boxes, out: &mut String) {
    match boxes.size {
        ImageSize::Exactly { rows, columns } => {
            line(out, &format!("size = {{ rows = {rows}, columns = {columns} }}"));
        }
        ImageSize::Any => line(out, "size = \"any\""),
    }
    for (key, regions) in [("mask", &boxes.masks), ("keep", &boxes.keeps)] {
        match regions[..] {
            [] => {}
            [one] if one == boxes.size.whole() => line(out, &format!("{key} = \"all\"")),
            _ => line(out, &format!("{key} = {}", list(regions.iter().map(region)))),
        }
    }
}

fn region(region: &Region) -> String {
    let Region { x0, y0, x1, y1 } = region;
    format!("[{x0}, {y0}, {x1}, {y1}]")
}

fn list(parts: impl Iterator<Item = String>) -> String {
    format!("[{}]", parts.collect::<Vec<_>>().join(", "))
}

/// Writes one condition in a line.
fn condition(condition: &Condition) -> String {
    match condition {
        Condition::Test { attribute, ask } => {
            format!("{{ attribute = {}, {} }}", quoted(&attribute.to_string()), self::ask(ask))
        }
        Condition::All(parts) => format!("{{ all = {} }}", list(parts.iter().map(self::condition))),
        Condition::Any(parts) => format!("{{ any = {} }}", list(parts.iter().map(self::condition))),
        Condition::Not(part) => format!("{{ not = {} }}", self::condition(part)),
    }
}

impl fmt::Display for Condition {
    /// As a file of rules writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&condition(self))
    }
}

fn ask(ask: &Ask) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _written = match ask {
        Ask::Text(compare, words) => {
            let words = match &words[..] {
                [word] => quoted(word),
                _ => list(words.iter().map(|word| quoted(word))),
            };
            write!(text, "{} = {words}", compare.key())
        }
        Ask::Matches(pattern) => write!(text, "matches = {}", quoted(pattern.as_str())),
        Ask::LessThan(limit) => write!(text, "less-than = {limit:?}"),
        Ask::GreaterThan(limit) => write!(text, "greater-than = {limit:?}"),
        Ask::Is(presence) => write!(text, "is = \"{}\"", presence.word()),
    };
    text
}

impl Compare {
    /// How the file of rules writes it.
    const fn key(self) -> &'static str {
        match self {
            Self::Equals => "equals",
            Self::Contains => "contains",
            Self::StartsWith => "starts-with",
            Self::EndsWith => "ends-with",
        }
    }
}

impl Presence {
    const fn word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Empty => "empty",
            Self::Present => "present",
        }
    }
}

/// A text in quotes, on one line: rules have no control characters in their texts.
fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}
