//! People who stand in no header, where a title, a relation, a label or a deed tells of them.

use std::ops::Range;

use crate::engine::text::CutKind;
use crate::engine::text::patterns::{Shape, always, is_nothing_known};
use crate::engine::vocabulary;

/// What stands in capitals and is no pair of initials.
const ABBREVIATIONS: [&str; 25] = [
    "AI", "AP", "CR", "CT", "CTA", "DX", "ED", "ER", "FDG", "ICU", "LAT", "MD", "MG", "MR", "MRA",
    "MRI", "NM", "OR", "PA", "PET", "RN", "US", "XA", "XR", "OP",
];

/// Who somebody is to the patient.
const RELATIONS: &str = "(?:grand|step|god)?(?:mother|father|daughter|son)(?:-in-law)?|(?:sister|brother)(?:-in-law)?|wife|husband|spouse|partner|fianc[ée]e?|aunt|uncle|cousin|nephew|niece|mum|mom|dad|guardian|caregiver|carer|mutter|vater|tochter|sohn|ehefrau|ehemann|épouse|époux|mère|père|fille|fils|esposa|esposo|hija|hijo|madre|padre|hermana|hermano|moglie|marito|figlia|figlio|dochter|zoon|echtgenote|żona|mąż|córka|syn";
/// What somebody does in a hospital; those in capitals are written so.
const ROLES: &str = "(?i:nurse|physio(?:therapist)?|resident|attending|fellow|intern|consultant|registrar|coordinator|interpreter|teacher|radiographer|technologist|technician|sonographer|midwife|pharmacist|dietitian|secretary|chaplain|surgeon|neurologist|oncologist|cardiologist|radiologist|urologist|safeguarding lead|social worker|hausarzt|huisarts|zuweiser|oberarzt|m[ée]decin|lekarz)|RN|LPN|NP|SLP|CRNA|MTRA?|SHO|ODP|PCP|GDP|GP";
/// Words that somebody's name follows.
const LEADS: &str = r"d/w|s/w|discussed\s+with|spoke\s+(?:with|to)|speak\s+to|goes\s+by|(?:to\s+be|is)\s+called|known\s+as|(?:accompanied|escorted|brought|brought\s+in|booked|seen|transcribed|typed|assisted|supervised)\s+by|consult(?:ed)?\s+(?:to|with)|conveyed\s+(?:by\s+phone\s+)?to|reported\s+to|handed\s+over\s+to|copy\s+to|ref(?:erred)?\.?|rücksprache\s+mit|avisar\s+a|ask";

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
            format!(r"(?:(?:\b(?:[Dd]rs?|[Mm]rs?|[Mm]s|[Mm]iss|[Mm]x|[Pp]rof|[Pp]rofessor|Herr|Frau|Hr|Fr|Mme|Mlle|Monsieur|Madame|Se[ñn]ora?|Sra|Dra|Dott|Dhr|Mevr|Sig|Sr|Rev|Sister|Nurse)\b\.?|\b(?:DR|MRS?|MS|PROF)\.)\s*){{1,3}}(?:\p{{Lu}}\.\s*){{0,2}}(?:{particle}\s+){{0,2}}{surname}"),
            is_titled,
        ),
        // A relative: two names, or one that is no word of the field.
        person(
            format!(r"(?i:\bnext\s+of\s+kin|\bnok|\b(?:{RELATIONS}|contact|neighbou?r|friend))[,:]?\s*\(?((?i:of\s+)?{surname}\s+(?:\p{{Lu}}\.?\s+)?(?:{particle}\s+){{0,2}}{surname})"),
            is_no_term,
        ),
        person(
            format!(r"(?i:\b(?:{RELATIONS}))[,:]?\s*\(?((?i:of\s+|is\s+|'s\s+name\s+is\s+)?{name})\b"),
            is_no_term,
        ),
        // Somebody did something: a name or initials behind it.
        person(
            r"\b(?i:ordered|requested|performed|referred|dictated|signed|interpreted|transcribed|read|reviewed|approved|verified|typed|scanned|acquired|reported|entered)\s+(?i:by):?\s+((?:\p{Lu}\.\s*){1,3}\p{Lu}[\p{L}'’-]+|\p{Lu}[\p{Ll}'’-]+(?:[\s,]+(?:\p{Lu}\.\s*)?\p{Lu}[\p{Ll}'’-]+){0,2}|\p{Lu}{2,3}\b)".into(),
            is_no_term,
        ),
        // A role, or a word that leads to somebody, and a name that is no word of the field.
        person(
            format!(
                r"\b(?:{ROLES})[:,]?\s+((?:\p{{Lu}}\.\s*){{0,2}}{name}(?:\s+{name})?)"
            ),
            is_nothing_known,
        ),
        person(
            format!(
                r"\b(?i:{LEADS})\s+((?:\p{{Lu}}\.\s*){{0,2}}{name}(?:\s+{name})?)"
            ),
            is_nothing_known,
        ),
        // The same in a text of capitals, where the name ends it.
        person(
            r"\b(?:ASK|CALL|CONTACT|GUARDIAN|INTERPRETER|NOK|PARTNER|NURSE|WIFE|HUSBAND|MOTHER|FATHER|DAUGHTER|SON|SISTER|BROTHER|AVISAR A)[:,]?\s+(\p{Lu}[\p{Lu}'’-]{2,}(?:\s+\p{Lu}[\p{Lu}'’-]+)?)\s*(?:[;,.]|$)".into(),
            is_nothing_known,
        ),
        // A name and a degree.
        person(
            format!(r"\b({name}(?:-{name})?),?\s+(?:PA-C|NP|RN|CRNA|MD|M\.D\.|DO|FRCR|FACR)(?:\W|$)"),
            is_nothing_known,
        ),
        // Names in the scripts of China and Japan behind a relation.
        person(
            r"(?:妻子?|丈夫|夫|母亲?|父亲?|娘|息子|長男|長女|兄|弟|姉|妹|女儿|儿子|家属|連絡先|联系人)[：:\s]+([\p{Han}\p{Hiragana}\p{Katakana}]{2,6})".into(),
            always,
        ),
        // Names of users.
        person(
            r"(?i)\b(?:usr|user(?:\s*name)?|login|logon)\s*[:=]?\s+([a-z][\w.-]*\d[\w.-]*)\b".into(),
            always,
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
            format!(r"(?i:\b(?:attn|attention|c/o|cc))\.?\s+((?:\p{{Lu}}\.\s*){{0,2}}{name}(?:[\s,]+(?:\p{{Lu}}\.?\s+)?{name}){{0,2}})"),
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
    let title = found.split([' ', '.']).next().unwrap_or_default();
    let needs_name = ["Fr", "Sr", "Sig", "Hr", "Sister", "Nurse"].contains(&title);
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
