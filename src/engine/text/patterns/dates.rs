//! Dates, with year or without, and ages over 89 years.

use std::ops::Range;

use crate::engine::text::CutKind;
use crate::engine::text::patterns::months::{EASTERN, MONTH};
use crate::engine::text::patterns::{Shape, always, stands_alone};

/// Names of the days of the week.
const DAY_OF_WEEK: &str = "(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tues?|wed|thurs?|fri|sat|sun|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|mo|di|mi|do|fr|sa|so|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|mi[ée]rcoles|jueves|viernes|s[áa]bado|domingo|luned[ìi]|marted[ìi]|mercoled[ìi]|gioved[ìi]|venerd[ìi]|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag)";
/// Words before the number of a version.
const VERSIONED: [&str; 12] = [
    "version", "ver", "v", "vers", "release", "rel", "build", "software", "sw", "firmware",
    "syngo", "rev",
];

pub(super) fn shapes() -> Vec<Shape> {
    let day = r"(?:0?[1-9]|[12]\d|3[01])";
    let month = r"(?:0?[1-9]|1[0-2])";
    let year = r"(?:19|20)\d{2}";
    let nth = r"(?:st|nd|rd|th|er|ª|º|°|\.)?";
    let weekday = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s+|(?:mon|tue|wed|thu|fri|sat|sun)\.?,\s+)?";
    let date = |pattern: String, holds| Shape::new(CutKind::Date, pattern, holds);
    let age = |pattern: &str| Shape::new(CutKind::Age, pattern, always);
    vec![
        // Digits that are a date and perhaps a time.
        date(format!(r"\b{year}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:T?\d{{4}}(?:\d{{2}})?)?\b"), stands_alone),
        date(format!(r"\b{year}[-/.]{month}[-/.]{day}(?:T[\d:.]+Z?)?\b"), stands_alone),
        date(format!(r"\b{day}[-/.]{day}[-/.]{year}\b"), stands_alone),
        date(format!(r"\b{day}[-/]{day}[-/]\d{{2}}\b"), stands_alone),
        date(format!(r"\b{day}\.{month}\.\d{{2}}\b"), is_no_version),
        date(format!(r"\b{day}\. ?{month}\. ?{year}\b"), stands_alone),
        date(format!(r"\b{day} / {month} / {year}\b"), stands_alone),
        date(format!(r"(?i)\b(?:on|dated?|dob|born|geb\.?|vom|am|du|le|el|del|den|op)\s*:?\s*({day}\.{month}\.(?:\d{{2}}\b)?)"), stands_alone),
        date(format!(r"\b(?:0[1-9]|1[0-2])[/-]{year}\b"), stands_alone),
        date(format!(r"\b{year}-(?:0[1-9]|1[0-2])\b"), stands_alone),
        // Months as words.
        date(format!(r"(?i)\b{weekday}{day}{nth}[\s./-]*(?:de\s+|of\s+|di\s+)?{MONTH}\.?[\s,./-]*(?:de\s+|del\s+)?(?:{year}|'?\d{{2}})\b"), is_no_measure),
        date(format!(r"(?i)\b{weekday}{MONTH}\.?[\s-]*{day}(?:st|nd|rd|th)?(?:\s*,\s*|[\s-]+){year}\b"), always),
        date(format!(r"(?i)\b{MONTH}\.?[\s-]+{day},?\s*'\d{{2}}\b"), always),
        date(format!(r"(?i)\b{year}\.?[\s-]+{MONTH}\.?[\s-]+{day}\b\.?"), always),
        date(format!(r"(?i)\b{MONTH}\.?,?(?:[\s-]+|\s+of\s+|\s+de\s+){year}\b"), always),
        date(format!(r"(?i)\b{MONTH}\.?\s+{day}(?:st|nd|rd|th)\b"), always),
        date(format!(r"(?i)\b{day}(?:st|nd|rd|th)\s+(?:of\s+)?{MONTH}\b"), always),
        date(format!(r"(?i)\b(?:on|dated|since|vom|am|le|el)\s+({weekday}(?:{day}{nth}\s+(?:de\s+)?{MONTH}|{MONTH}\s+{day}))\b"), is_no_measure),
        // Days without a year, where a word says that they are days.
        date(format!(r"(?i)\b{DAY_OF_WEEK},?\s+(?:the\s+)?(?:{MONTH}\.?\s+{day}|{day}{nth}\s+(?:de\s+)?{MONTH}|{day}(?:st|nd|rd|th))\b"), always),
        date(format!(r"(?i)\b{DAY_OF_WEEK}\.?,?\s+(?:{month}/{day}|{day}/{month}|{day}\.{month}\.?)(?:[^\d/.]|\.(?:\s|$)|$)"), always),
        date(format!(r"(?i)\b(?:on|since|dated|until|before)\s+((?:{month}/{day}|{day}/{month})\b)"), stands_alone),
        date(format!(r"\b{month}/{day}\s?[-–]\s?{month}/{day}/(?:{year}|\d{{2}})\b"), always),
        date(format!(r"(?i)\b(?:letter|report|scan|study|visit|call|exam)\s+of\s+({day}{nth}\s+{MONTH})\b"), is_no_measure),
        date(format!(r"(?i)\b(?:easter|christmas|xmas|thanksgiving|labou?r\s+day|new\s+year'?s?|halloween|memorial\s+day|independence\s+day|pentecost|whitsun|ostern|weihnachten|pâques|noël|navidad|pasqua|natale)(?:\s+(?:eve|day|sunday|monday))*(?:\s+{year})?\b"), always),
        // Other scripts.
        date(format!(r"(?i)\b\d{{1,2}}\.?\s*(?:{EASTERN})\.?\s*,?\s*\d{{4}}(?:\s*г\.?)?"), always),
        date(r"\d{2,4}\s*[年년]\s*\d{1,2}\s*[月월]\s*\d{1,2}\s*[日일號号]?".into(), always),
        date(r"(?:令和|平成|昭和|大正|\b[RHS])\s*(?:\d{1,2}|元)\s*[年.]\s*\d{1,2}\s*[月.]\s*\d{1,2}日?".into(), always),
        date(r"(?i)\bng[àa]y\s+\d{1,2}\s+th[áa]ng\s+\d{1,2}(?:\s+n[ăa]m\s+\d{4})?".into(), always),
        age(r"(?i)\b(0?9\d|1[0-3]\d)(?:\s*|-)(?:y/?o\b|y\.o\.|yrs?\b\.?(?:[\s-]*old)?|years?\b(?:[\s-]*(?:old|of\s+age))?|y\b|jahre\b|j[äa]e?hrig\w*|jaar\b|ans\b|a[ñn]os\b|anos\b|anni\b|år\b|lat\b|vuotta\b|yaş\w*|лет\b|ετών\b|岁|歲|歳|才|세)"),
        age(r"(?i)\b(?:aged?|alter|edad|idade|et[àa]|[âa]ge|leeftijd|возраст)\s*(?:of|is)?\s*[:=]?\s*(?:0?9\d|1[0-3]\d)\b"),
        age(r"(?i)\bninety(?:[\s-](?:one|two|three|four|five|six|seven|eight|nine))?[\s-]+years?\b(?:[\s-]+old)?"),
        age(r"\b(?:9\d|10\d)\s?[MF]\b|\b[MF][/ ]?(?:9[1-9]|10\d)\b"),
        age(r"(?i)\b(?:nonagenarian|centenarian|supercentenarian)\b"),
    ]
}

/// Whether nothing before three numbers says that they are a version: `syngo 5.4.23`.
fn is_no_version(text: &str, range: Range<usize>) -> bool {
    let before = text[..range.start].trim_end_matches([' ', ':', '.', '_', '-']).to_lowercase();
    let is_version = VERSIONED.iter().any(|word| before.ends_with(word));
    !is_version && stands_alone(text, range)
}

/// Whether no unit follows: `3 mar 20 mm`; and no year of two digits that is a number: `5 may 12 cm`.
fn is_no_measure(text: &str, range: Range<usize>) -> bool {
    let after = text[range.end..].trim_start();
    let unit: String = after.chars().take_while(|letter| letter.is_alphabetic()).collect();
    !matches!(
        unit.to_ascii_lowercase().as_str(),
        "mm" | "cm" | "ml" | "mg" | "kg" | "be" | "have" | "show"
    ) && !after.starts_with('%')
}
