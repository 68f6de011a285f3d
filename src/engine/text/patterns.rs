//! What identifies by its shape, whoever it belongs to.

use std::sync::LazyLock;

use regex::{Regex, RegexSet};

use crate::engine::text::months::MONTH;
use crate::engine::text::{Cut, CutKind};

/// A shape; its first group is what goes, or all of it where there is none.
struct Pattern {
    kind: CutKind,
    regex: Regex,
    /// What the shape alone cannot tell: the text, and where the match lies.
    holds: fn(&str, std::ops::Range<usize>) -> bool,
}

struct Patterns {
    each: Vec<Pattern>,
    /// Which of them match, in one pass: most texts have none.
    all: RegexSet,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let day = r"(?:0?[1-9]|[12]\d|3[01])";
    let month = r"(?:0?[1-9]|1[0-2])";
    let year = r"(?:19|20)\d{2}";
    let street = r"(?i:st|street|ave|avenue|rd|road|blvd|boulevard|lane|ln|dr|drive|way|court|ct|place|pl|terrace|ter|highway|hwy|parkway|pkwy|circle|cir|loop|trail|square|sq)";
    let word = r"\p{Lu}[\p{L}\d'’.-]*";
    let always: fn(&str, std::ops::Range<usize>) -> bool = |_, _| true;
    let each: Vec<Pattern> = [
        (CutKind::Contact, r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+".to_owned(), always),
        (CutKind::Contact, r"(?i)\b(?:(?:https?|ftp)://|www\.)[^\s,;)]+".into(), always),
        (CutKind::Contact, r"\b\d{1,3}(?:\.\d{1,3}){3}\b".into(), is_ip),
        (CutKind::Number, r"\b\d{3}-\d{2}-\d{4}\b".into(), stands_alone),
        (
            CutKind::Contact,
            r"(?:\+\d{1,3}[ .-]?)?(?:\(\d{3}\)|\b\d{3})[ ./-]?\d{3}[ .-]\d{4}(?:\s*(?i:x|ext\.?|extension)\s*\d{1,6})?\b".into(),
            stands_alone,
        ),
        (CutKind::Contact, r"\+\d{1,3}(?:[ .-]?\(?\d{1,4}\)?){2,5}\b".into(), has_eight_digits),
        (CutKind::Contact, r"(?i)\b(?:tel|phone|ph|fax|call|pager)\b[.:#]*\s*(\d{3}[-. ]\d{4})\b".into(), always),
        // Digits that are a date and perhaps a time, or too long for anything but a number of somebody.
        (CutKind::Date, format!(r"\b{year}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:T?\d{{4}}(?:\d{{2}})?)?\b"), stands_alone),
        (CutKind::Number, r"\b(?:[A-Z]{1,3}\d{6,}|\d{7,})\b".into(), stands_alone),
        (
            CutKind::Number,
            r"(?i)\b(?:mrn|mr\s?#|ssn|pat(?:ient)?\s*(?:id|no|number|nr|#)|id|acc(?:ession)?(?:\s*(?:no|number|nr|#))?|case|visit|encounter|account|acct|chart|order|req(?:uisition)?|emp(?:loyee)?)\.?\s*(?:no\.?|number|nr\.?)?\s*[:#=]?\s*((?:[A-Z]{1,5}-?)?\d[\dA-Z-]{2,}\d)\b".into(),
            has_four_digits,
        ),
        (CutKind::Date, format!(r"\b{year}[-/.]{month}[-/.]{day}(?:T[\d:.]+Z?)?\b"), stands_alone),
        (CutKind::Date, format!(r"\b{day}[-/.]{day}[-/.]{year}\b"), stands_alone),
        (CutKind::Date, format!(r"\b{day}[-/]{day}[-/]\d{{2}}\b"), stands_alone),
        (CutKind::Date, r"\b(?:0[1-9]|[12]\d|3[01])\.(?:0[1-9]|1[0-2])\.\d{2}\b".into(), stands_alone),
        (CutKind::Date, format!(r"(?i)\b{day}(?:st|nd|rd|th|\.)?[\s-]*(?:de\s+|of\s+)?{MONTH}\.?[\s,-]*(?:de\s+)?(?:{year}|\d{{2}})\b"), always),
        (CutKind::Date, format!(r"(?i)\b{MONTH}\.?\s*{day}(?:st|nd|rd|th)?(?:\s*,\s*|\s+)(?:{year})\b"), always),
        (CutKind::Date, format!(r"(?i)\b{MONTH}\.?[\s-]+{year}\b"), always),
        (CutKind::Date, format!(r"(?i)\b{MONTH}\.?\s+{day}(?:st|nd|rd|th)\b"), always),
        (CutKind::Date, format!(r"(?i)\b{day}(?:st|nd|rd|th)\s+(?:of\s+)?{MONTH}\b"), always),
        (
            CutKind::Age,
            r"(?i)\b(?:0?9\d|1[0-3]\d)[\s-]*(?:y/?o\b|y\.o\.|yrs?\b\.?(?:[\s-]*old)?|years?\b(?:[\s-]*(?:old|of\s+age))?|y\b|jahre\b|j[äa]e?hrig\w*|ans\b|años\b)".into(),
            always,
        ),
        (CutKind::Age, r"(?i)\bage[d]?\s*[:=]?\s*(0?9\d|1[0-3]\d)\b".into(), always),
        (
            CutKind::Address,
            format!(r"\b\d{{1,6}}(?:-\d{{1,4}})?\s+(?:[NSEW]\.?\s+)?(?:{word}\s+){{1,4}}{street}\b\.?(?:,?\s*(?i:apt|suite|ste|unit|#)\.?\s*[\w-]+)?(?:,?\s+(?:{word}\s*){{1,3}},?\s+[A-Z]{{2}}\s+\d{{5}}(?:-\d{{4}})?\b)?"),
            always,
        ),
        (CutKind::Address, format!(r"\b(?:{word}\s*){{1,3}},\s*[A-Z]{{2}}\s+\d{{5}}(?:-\d{{4}})?\b"), always),
        (CutKind::Address, r"(?i)\bP\.?\s?O\.?\s*Box\s+\d+\b".into(), always),
        // A title and one name. MR and MS without a full stop are modalities and diseases.
        (
            CutKind::Person,
            r"(?:\b(?:[Dd]rs?|[Mm]rs?|[Mm]s|[Mm]iss|[Pp]rof|Herr|Frau|Mme|Mlle)\b\.?|\b(?:DR|MRS?|MS|PROF)\.)\s*(?:\p{Lu}\.\s*){0,2}(?:(?i:van|von|de|del|di|la|le|al|el|bin|ter)\s+){0,2}\p{Lu}[\p{L}'’]*(?:-\p{Lu}[\p{L}'’]*)*".into(),
            is_not_a_street,
        ),
        // A relative, by name and surname.
        (
            CutKind::Person,
            r"(?i:\bnext\s+of\s+kin|\b(?:mother|father|wife|husband|spouse|daughter|son|sister|brother|guardian|caregiver|contact)),?\s*:?\s+(\p{Lu}[\p{Ll}'’-]+\s+(?:\p{Lu}\.?\s+)?\p{Lu}[\p{L}'’-]+)".into(),
            always,
        ),
        // Somebody did something: a name or initials behind it.
        (
            CutKind::Person,
            r"\b(?i:ordered|requested|performed|referred|dictated|signed|interpreted|transcribed|read)\s+(?i:by):?\s+((?:\p{Lu}\.\s*){1,3}\p{Lu}[\p{L}'’-]+|\p{Lu}[\p{Ll}'’]+(?:[\s,]+\p{Lu}[\p{Ll}'’]+){0,2}|\p{Lu}{2,3}\b)".into(),
            is_no_abbreviation,
        ),
    ]
    .into_iter()
    .map(|(kind, pattern, holds)| Pattern {
        kind,
        regex: Regex::new(&pattern).expect("a pattern of our own"),
        holds,
    })
    .collect();
    let all = RegexSet::new(each.iter().map(|pattern| pattern.regex.as_str()))
        .expect("patterns that stand alone stand together");
    Patterns { each, all }
});

/// What stands in capitals and is no pair of initials.
const ABBREVIATIONS: [&str; 24] = [
    "AP", "CR", "CT", "CTA", "DX", "ED", "ER", "FDG", "ICU", "LAT", "MD", "MG", "MR", "MRA", "MRI",
    "NM", "OR", "PA", "PET", "RN", "US", "XA", "XR", "OP",
];

/// Adds what identifies by its shape.
pub(crate) fn find(text: &str, cuts: &mut Vec<Cut>) {
    // An underscore parts words here; to the patterns it is a letter.
    let parted = text.replace('_', " ");
    let text = parted.as_str();
    for at in PATTERNS.all.matches(text) {
        let pattern = &PATTERNS.each[at];
        for found in pattern.regex.captures_iter(text) {
            let Some(matched) = found.get(1).or_else(|| found.get(0)) else { continue };
            if (pattern.holds)(text, matched.range()) {
                cuts.push(Cut { range: matched.range(), kind: pattern.kind });
            }
        }
    }
}

/// Whether neither a point nor a dash ties the match to further digits: a UID, a measurement.
fn stands_alone(text: &str, range: std::ops::Range<usize>) -> bool {
    let mut before = text[..range.start].chars().rev();
    let mut after = text[range.end..].chars();
    let tied = |sign: Option<char>, digit: Option<char>| {
        matches!(sign, Some('.' | '-' | '/' | ',')) && digit.is_some_and(|c| c.is_ascii_digit())
    };
    !tied(before.next(), before.next()) && !tied(after.next(), after.next())
}

fn is_ip(text: &str, range: std::ops::Range<usize>) -> bool {
    let parts: Vec<u16> =
        text[range.clone()].split('.').filter_map(|part| part.parse().ok()).collect();
    // Versions have small first numbers.
    stands_alone(text, range) && parts.iter().all(|part| *part <= 255) && parts.first() >= Some(&10)
}

fn digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

fn has_eight_digits(text: &str, range: std::ops::Range<usize>) -> bool {
    digits(&text[range]) >= 8
}

fn has_four_digits(text: &str, range: std::ops::Range<usize>) -> bool {
    digits(&text[range]) >= 4
}

/// `Dr` may be the end of an address: then a number stands before it.
fn is_not_a_street(text: &str, range: std::ops::Range<usize>) -> bool {
    !text[..range.start].trim_end().ends_with(|c: char| c.is_ascii_digit())
}

fn is_no_abbreviation(text: &str, range: std::ops::Range<usize>) -> bool {
    !ABBREVIATIONS.contains(&&text[range])
}
