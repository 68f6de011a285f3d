//! The forms in which an identifying string may stand in a text.

use crate::engine::identifiers::FEWEST_DIGITS;
use crate::engine::identifiers::fold::{fold, is_unspaced};
use crate::index::IdentifierKind;

/// Values that stand where an identifier should and identify nobody.
const DUMMIES: [&str; 22] = [
    "ANON",
    "ANONYMOUS",
    "ANONYMIZED",
    "ANONYMISED",
    "UNKNOWN",
    "NONE",
    "NULL",
    "N/A",
    "TEST",
    "PATIENT",
    "NAME",
    "DOE",
    "PHANTOM",
    "REMOVED",
    "DEIDENTIFIED",
    "PUBLIC",
    "FIRST",
    "LAST",
    "THE",
    "AND",
    "FOR",
    "HOSPITAL",
];
/// Words of institutions and addresses that name none.
const GENERIC: [&str; 30] = [
    "HOSPITAL",
    "CLINIC",
    "CENTER",
    "CENTRE",
    "MEDICAL",
    "RADIOLOGY",
    "IMAGING",
    "UNIVERSITY",
    "DEPARTMENT",
    "DEPT",
    "HEALTH",
    "INSTITUTE",
    "GENERAL",
    "STREET",
    "AVENUE",
    "ROAD",
    "DRIVE",
    "SUITE",
    "NORTH",
    "SOUTH",
    "EAST",
    "WEST",
    "CITY",
    "UNIT",
    "CARE",
    "DIAGNOSTIC",
    "SERVICES",
    "OF",
    "AND",
    "THE",
];

/// Shortest string without signs that is searched for whatever signs stand in it.
const SHORTEST_COMPACT: usize = 6;

/// The folded forms to search for, and whether each counts in the files of others too.
pub(super) fn forms(kind: IdentifierKind, text: &str) -> Vec<(String, bool)> {
    use IdentifierKind as Kind;
    let whole = fold(text).trim().to_owned();
    let mut forms = match kind {
        Kind::PatientName | Kind::PersonName => {
            // Three groups: as written in Latin letters, in ideographs, by sound (PS3.5 6.2.1.2).
            let groups = text.split(['=', '\\']);
            groups.flat_map(|group| name_forms(group, kind == Kind::PatientName)).collect()
        }
        Kind::PatientId => vec![(whole, true)],
        Kind::Identifier => vec![(whole.clone(), false)],
        Kind::Contact => contact_forms(&whole),
        Kind::Address | Kind::Institution => place_forms(text, &whole),
        Kind::Device => vec![(whole, false)],
        Kind::Date => date_forms(&whole).into_iter().map(|form| (form, false)).collect(),
        Kind::Uid => vec![(whole, true)],
    };
    forms.retain(|(form, _)| is_telling(kind, form));
    forms
}

/// Whether a form is long and odd enough to mean something where it stands alone.
fn is_telling(kind: IdentifierKind, form: &str) -> bool {
    use IdentifierKind as Kind;
    let letters = form.chars().filter(|c| c.is_alphabetic()).count();
    let digits = form.chars().filter(char::is_ascii_digit).count();
    if DUMMIES.contains(&form) || form.chars().all(|c| !c.is_alphanumeric() || c == '0') {
        return false;
    }
    match kind {
        Kind::PatientName | Kind::PersonName => {
            form.chars().count() >= 3 || (letters == 2 && !form.is_ascii())
        }
        Kind::PatientId => {
            digits >= 3 || letters >= 4 || (letters + digits >= 3 && letters > 0 && digits > 0)
        }
        Kind::Identifier | Kind::Device => {
            digits >= 5 || (letters > 0 && digits > 0 && letters + digits >= 4) || letters >= 5
        }
        Kind::Contact => digits >= 7 || form.contains('@'),
        Kind::Address | Kind::Institution => letters + digits >= 4,
        Kind::Date => digits >= 5,
        Kind::Uid => form.len() >= 10 && form.contains('.'),
    }
}

fn name_forms(group: &str, foreign: bool) -> Vec<(String, bool)> {
    let mut forms = Vec::new();
    for spelling in spellings(group) {
        let whole = fold(&spelling).trim().to_owned();
        let words: Vec<&str> = whole.split(' ').filter(|word| !word.is_empty()).collect();
        let parts = whole.split([' ', '-']).map(|word| word.trim_matches(['.', '(', ')']));
        forms.extend(parts.chain(words.iter().copied()).map(|word| (word.to_owned(), false)));
        forms.extend(words.iter().filter_map(|word| contracted(word)).map(|word| (word, false)));
        forms.extend(beside_initials(&words).into_iter().map(|form| (form, false)));
        forms.extend(full_names(&words, foreign));
    }
    forms
}

/// A name as it stands and, where it has umlauts, as people write it without.
fn spellings(group: &str) -> Vec<String> {
    let mut out = String::new();
    for letter in group.chars() {
        match letter.to_lowercase().next().unwrap_or(letter) {
            'ä' | 'æ' => out.push_str("AE"),
            'ö' | 'ø' => out.push_str("OE"),
            'ü' => out.push_str("UE"),
            'å' => out.push_str("AA"),
            _ => out.push(letter),
        }
    }
    if out == group { vec![out] } else { vec![group.to_owned(), out] }
}

/// `MUELLER` as `Müller` folds; of six letters and more.
fn contracted(word: &str) -> Option<String> {
    let out = word.replace("AE", "A").replace("OE", "O").replace("UE", "U");
    (out != word && out.chars().count() >= 5).then_some(out)
}

/// Initials say something beside a name only.
fn beside_initials(words: &[&str]) -> Vec<String> {
    let (initials, names): (Vec<&str>, Vec<&str>) =
        words.iter().partition(|word| word.trim_end_matches('.').chars().count() == 1);
    let initials = initials.iter().map(|initial| initial.trim_end_matches('.'));
    let beside = initials.flat_map(|initial| {
        names.iter().flat_map(move |name| {
            [format!("{name} {initial}"), format!("{initial} {name}"), format!("{initial}. {name}")]
        })
    });
    beside.collect()
}

/// Family and given name together, in both orders.
fn full_names(words: &[&str], foreign: bool) -> Vec<(String, bool)> {
    let [family, given, rest @ ..] = words else { return Vec::new() };
    let mut whole = vec![
        format!("{family} {given}"),
        format!("{given} {family}"),
        format!("{family}{given}"),
        format!("{given}{family}"),
    ];
    if let Some(middle) = rest.first()
        && let Some(initial) = middle.chars().next()
    {
        whole.push(format!("{given} {initial} {family}"));
        whole.push(format!("{given} {initial}. {family}"));
        whole.push(format!("{given} {middle} {family}"));
    }
    if words.iter().all(|word| word.chars().all(is_unspaced)) {
        whole.push(words.concat());
    }
    whole.into_iter().map(|form| (form, foreign)).collect()
}

/// A number or code without its signs, for texts in which others stand; `None` where so little
/// could be chance.
pub(super) fn compact_form(kind: IdentifierKind, text: &str) -> Option<(String, bool)> {
    use IdentifierKind as Kind;
    if !matches!(kind, Kind::PatientId | Kind::Identifier | Kind::Contact) {
        return None;
    }
    let compact: String = fold(text).chars().filter(char::is_ascii_alphanumeric).collect();
    let digits = compact.chars().filter(char::is_ascii_digit).count();
    let is_telling = compact.len() >= SHORTEST_COMPACT && digits >= FEWEST_DIGITS;
    (is_telling && compact.chars().any(|letter| letter != '0')).then(|| {
        let foreign = matches!(kind, Kind::PatientId | Kind::Contact);
        (compact, foreign)
    })
}

fn contact_forms(whole: &str) -> Vec<(String, bool)> {
    let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
    vec![(whole.to_owned(), true), (digits, true)]
}

fn place_forms(text: &str, whole: &str) -> Vec<(String, bool)> {
    let mut forms = vec![(whole.to_owned(), true)];
    forms.extend(text.split([',', ';', '\n']).map(|part| (fold(part).trim().to_owned(), false)));
    let words = whole.split([' ', '.', '(', ')', '-']).filter(|word| {
        word.chars().all(char::is_alphabetic)
            && word.chars().count() >= 4
            && !GENERIC.contains(word)
    });
    forms.extend(words.map(|word| (word.to_owned(), false)));
    forms
}

/// `YYYYMMDD` in the forms that people write.
fn date_forms(date: &str) -> Vec<String> {
    const MONTHS: [&str; 12] = [
        "JANUARY",
        "FEBRUARY",
        "MARCH",
        "APRIL",
        "MAY",
        "JUNE",
        "JULY",
        "AUGUST",
        "SEPTEMBER",
        "OCTOBER",
        "NOVEMBER",
        "DECEMBER",
    ];
    let parts = (date.get(..4), date.get(4..6), date.get(6..8));
    let (Some(year), Some(month), Some(day)) = parts else { return Vec::new() };
    let index = month.parse::<usize>().ok().and_then(|month| month.checked_sub(1));
    let Some(name) = index.and_then(|index| MONTHS.get(index)) else { return Vec::new() };
    if !date.bytes().all(|byte| byte.is_ascii_digit()) || date.len() != 8 {
        return Vec::new();
    }
    let (plain_day, plain_month) = (day.trim_start_matches('0'), month.trim_start_matches('0'));
    let short = &name[..3];
    let mut forms =
        vec![date.to_owned(), format!("{day}{month}{year}"), format!("{month}{day}{year}")];
    for mark in ['-', '/', '.', ' '] {
        forms.push(format!("{year}{mark}{month}{mark}{day}"));
        for (first, second) in
            [(day, month), (month, day), (plain_day, plain_month), (plain_month, plain_day)]
        {
            forms.push(format!("{first}{mark}{second}{mark}{year}"));
            forms.push(format!("{first}{mark}{second}{mark}{}", &year[2..]));
        }
    }
    for word in [name, short] {
        for number in [day, plain_day] {
            forms.push(format!("{number} {word} {year}"));
            forms.push(format!("{number}-{word}-{year}"));
            forms.push(format!("{word} {number} {year}"));
            forms.push(format!("{number}{word}{year}"));
        }
    }
    forms
}
