//! The forms in which an identifying string may stand in a text.

mod names;
mod places;

pub(crate) use crate::engine::identifiers::forms::names::is_particle;

use crate::engine::identifiers::FEWEST_DIGITS;
use crate::engine::identifiers::fold::fold;
use crate::engine::vocabulary;
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

/// Shortest string without signs that is searched for whatever signs stand in it.
const SHORTEST_COMPACT: usize = 6;

/// What must hold where a form is found, beside being whole words; the strictest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Needs {
    /// Nothing.
    Nothing,
    /// It is written in capitals: an acronym.
    Capitals,
    /// It begins with a capital, and a word before it says that somebody comes: initials, and
    /// names of two letters.
    Cue,
}

/// A folded string to search for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Form {
    pub text: String,
    /// Whether it counts in the files of others, too.
    pub foreign: bool,
    pub needs: Needs,
}

impl Form {
    /// One that counts in the files of its own subject.
    fn own(text: String) -> Self {
        Self { text, foreign: false, needs: Needs::Nothing }
    }

    /// One that can hardly be chance.
    fn anywhere(text: String) -> Self {
        Self { foreign: true, ..Self::own(text) }
    }

    fn with(self, needs: Needs) -> Self {
        Self { needs, ..self }
    }
}

/// The folded forms to search for.
pub(super) fn forms(kind: IdentifierKind, text: &str) -> Vec<Form> {
    use IdentifierKind as Kind;
    let whole = fold(text).trim().to_owned();
    let mut forms = match kind {
        Kind::PatientName | Kind::PersonName => {
            // Three groups: as written in Latin letters, in ideographs, by sound (PS3.5 6.2.1.2).
            let groups = text.split(['=', '\\']);
            groups.flat_map(|group| names::of_person(group, kind == Kind::PatientName)).collect()
        }
        Kind::PatientId | Kind::Uid => vec![Form::anywhere(whole)],
        Kind::Identifier => vec![Form::own(whole)],
        Kind::Contact => {
            let digits = whole.chars().filter(char::is_ascii_digit).collect();
            vec![Form::anywhere(whole), Form::anywhere(digits)]
        }
        Kind::Address | Kind::Institution => places::of_place(text, &whole),
        Kind::Device if vocabulary::knows_all(&whole) => Vec::new(),
        Kind::Device => device_forms(text, whole),
        Kind::Date => date_forms(&whole).into_iter().map(Form::own).collect(),
    };
    forms.retain(|form| is_telling(kind, form));
    forms
}

/// A station or serial number, and capitals in it that name an institution: `WHRI-CT2`.
fn device_forms(text: &str, whole: String) -> Vec<Form> {
    let parts = text.split(|letter: char| !letter.is_ascii_alphabetic());
    let acronyms = parts.filter(|part| {
        (3..=8).contains(&part.len())
            && part.bytes().all(|byte| byte.is_ascii_uppercase())
            && part.len() < text.trim().len()
            && !vocabulary::knows(part)
    });
    let forms = acronyms.map(|part| Form::own(part.to_owned()).with(Needs::Capitals));
    forms.chain([Form::own(whole)]).collect()
}

/// Whether a form is long and odd enough to mean something where it stands alone.
fn is_telling(kind: IdentifierKind, form: &Form) -> bool {
    use IdentifierKind as Kind;
    let text = form.text.as_str();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    if DUMMIES.contains(&text) || text.chars().all(|c| !c.is_alphanumeric() || c == '0') {
        return false;
    }
    if form.needs != Needs::Nothing {
        return letters >= 2;
    }
    match kind {
        Kind::PatientName | Kind::PersonName => {
            text.chars().count() >= 3 || (letters == 2 && !text.is_ascii())
        }
        Kind::PatientId => {
            digits >= 3 || letters >= 4 || (letters + digits >= 3 && letters > 0 && digits > 0)
        }
        Kind::Identifier | Kind::Device => {
            digits >= 5 || (letters > 0 && digits > 0 && letters + digits >= 4) || letters >= 5
        }
        Kind::Contact => digits >= 7 || text.contains('@'),
        Kind::Address | Kind::Institution => letters + digits >= 4,
        Kind::Date => digits >= 5,
        Kind::Uid => text.len() >= 10 && text.contains('.'),
    }
}

/// A number or code without its signs, for texts in which others stand; `None` where so little
/// could be chance.
pub(super) fn compact_form(kind: IdentifierKind, text: &str) -> Option<Form> {
    use IdentifierKind as Kind;
    if !matches!(kind, Kind::PatientId | Kind::Identifier | Kind::Contact) {
        return None;
    }
    let compact: String = fold(text).chars().filter(char::is_ascii_alphanumeric).collect();
    let digits = compact.chars().filter(char::is_ascii_digit).count();
    let is_telling = compact.len() >= SHORTEST_COMPACT && digits >= FEWEST_DIGITS;
    (is_telling && compact.chars().any(|letter| letter != '0')).then(|| {
        let foreign = matches!(kind, Kind::PatientId | Kind::Contact);
        Form { foreign, ..Form::own(compact) }
    })
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
