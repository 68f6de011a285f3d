//! People who stand in no header, where a title, a relation, a label or a deed tells of them.

use std::ops::Range;

use crate::engine::text::CutKind;
use crate::engine::text::patterns::{Shape, always};
use crate::engine::vocabulary;

/// What stands in capitals and is no pair of initials.
const ABBREVIATIONS: [&str; 25] = [
    "AI", "AP", "CR", "CT", "CTA", "DX", "ED", "ER", "FDG", "ICU", "LAT", "MD", "MG", "MR", "MRA",
    "MRI", "NM", "OR", "PA", "PET", "RN", "US", "XA", "XR", "OP",
];

pub(super) fn shapes() -> Vec<Shape> {
    let particle =
        r"(?i:van|von|vom|der|den|de|del|della|di|da|dos|la|le|al|el|bin|ibn|ter|ten|zu|st\.?)";
    let surname = r"\p{Lu}[\p{L}'’]*(?:-\p{Lu}[\p{L}'’]*)*";
    // As names are written in a text that is not all of capitals.
    let name = r"\p{Lu}[\p{L}]?['’]?\p{Ll}[\p{L}'’]*(?:-\p{Lu}[\p{Ll}'’]+)*";
    let person = |pattern: String, holds| Shape::new(CutKind::Person, pattern, holds);
    vec![
        // A title and one name, or an initial and two. MR and MS without a full stop are modalities
        // and diseases.
        person(
            format!(r"(?:\b(?:[Dd]rs?|[Mm]rs?|[Mm]s|[Mm]iss|[Mm]x|[Pp]rof|[Pp]rofessor|Herr|Frau|Hr|Fr|Mme|Mlle|Monsieur|Madame|Se[ñn]ora?|Sra|Dra|Dott|Dhr|Mevr|Sig|Sr|Rev|Sister|Nurse)\b\.?|\b(?:DR|MRS?|MS|PROF)\.)\s*(?:\p{{Lu}}\.\s*){{0,2}}(?:{particle}\s+){{0,2}}{surname}"),
            is_titled,
        ),
        // A relative: two names, or one that is no word of the field.
        person(
            format!(r"(?i:\bnext\s+of\s+kin|\b(?:mother|father|wife|husband|spouse|partner|daughter|son|sister|brother|aunt|uncle|cousin|grandson|granddaughter|guardian|caregiver|carer|contact|neighbou?r|friend))[,:]?\s*\(?((?i:of\s+)?{surname}\s+(?:\p{{Lu}}\.?\s+)?(?:{particle}\s+){{0,2}}{surname})"),
            is_no_term,
        ),
        person(
            format!(r"(?i:\b(?:mother|father|wife|husband|daughter|son|sister|brother|mutter|vater|tochter|sohn|ehefrau|ehemann|épouse|esposa|esposo|hija|hijo|madre|padre))[,:]?\s*\(?((?i:of\s+|is\s+|'s\s+name\s+is\s+)?{name})\b"),
            is_no_term,
        ),
        // Somebody did something: a name or initials behind it.
        person(
            r"\b(?i:ordered|requested|performed|referred|dictated|signed|interpreted|transcribed|read|reviewed|approved|verified|typed|scanned|acquired|reported|entered)\s+(?i:by):?\s+((?:\p{Lu}\.\s*){1,3}\p{Lu}[\p{L}'’-]+|\p{Lu}[\p{Ll}'’-]+(?:[\s,]+(?:\p{Lu}\.\s*)?\p{Lu}[\p{Ll}'’-]+){0,2}|\p{Lu}{2,3}\b)".into(),
            is_no_term,
        ),
        // A label, and names behind it.
        person(
            format!(r"(?i:\b(?:(?:patient|pat|pt)(?:'s)?\s+name|full\s+name|last\s+name|first\s+name|surname|maiden\s+name|née|nee|geb\.|aka|alias|name)\s*[:=]?)\s+({surname}(?:[\s,^]+(?:\p{{Lu}}\.?\s+)?{surname}){{0,2}})"),
            is_no_term,
        ),
        person(
            format!(r"(?i:\b(?:patient|pat|pt|operator|tech|technologist|radiographer|radiologist|physician|surgeon|referrer|referring|requester|attn|attention|cc|c/o|from|signed|sig|copy\s+to|contact|author))\s*[:=]\s*({surname}(?:[\s,^]+(?:\p{{Lu}}\.?\s+)?{surname}){{0,2}})"),
            is_no_term,
        ),
        person(
            format!(r"(?i:\b(?:attn|attention|c/o|cc))\.?\s+({name}(?:[\s,]+(?:\p{{Lu}}\.?\s+)?{name}){{0,2}})"),
            is_no_term,
        ),
        person(r"\b(?i:initials|tech|rt|operator|sig)\s*[:=]\s*(\p{Lu}{2,3})\b".into(), is_no_term),
        // Two names with a degree behind them.
        person(
            format!(r"\b({name}\s+(?:\p{{Lu}}\.?\s+)?(?:{particle}\s+){{0,2}}{name}),?\s+(?:M\.?D\.?|D\.?O\.?|Ph\.?D\.?|R\.?N\.?|R\.?T\.?\(R\)|FRCR|FACR|MBBS)(?:\W|$)"),
            always,
        ),
    ]
}

/// `Dr` may be the end of an address: then a number stands before it. `Fr` and `Sr` are words.
fn is_titled(text: &str, range: Range<usize>) -> bool {
    let found = &text[range.clone()];
    let name = found.rsplit([' ', '.']).next().unwrap_or_default();
    let needs_name =
        ["Fr", "Sr", "Sig", "Hr", "Sister", "Nurse"].iter().any(|word| found.starts_with(word));
    !text[..range.start].trim_end().ends_with(|c: char| c.is_ascii_digit())
        && !(needs_name && (vocabulary::knows(&name.to_uppercase()) || name.chars().count() < 3))
}

/// Whether a match has a word that is none of clinical language, and is no abbreviation.
fn is_no_term(text: &str, range: Range<usize>) -> bool {
    let found = &text[range];
    let mut words = found.split([' ', ',', '^', '.']).filter(|word| word.chars().count() > 1);
    !ABBREVIATIONS.contains(&found)
        && words.any(|word| {
            let folded = deunicode::deunicode(word).to_uppercase();
            !vocabulary::knows(&folded)
        })
}
