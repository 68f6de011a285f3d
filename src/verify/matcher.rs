//! All identifiers of all subjects of a batch, compiled once, and what of them stands in a text.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::AhoCorasick;

use crate::model::{DIRECT_IDENTIFIERS, Phi};
use crate::verify::VerifyError;
use crate::verify::dates::{Day, Days};
use crate::verify::fold::{Folded, Gap, is_unspaced};
use crate::verify::forms::{
    Form, IdForm, id_forms, is_all_unspaced, name_forms, phone_forms, phrase_form,
};
use crate::verify::subject::{Subject, is_clinical};
use crate::verify::uids;

/// What kind of string was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Name,
    Person,
    Id,
    Phone,
    BirthDate,
    Date,
    Uid,
    Institution,
    Other,
}

/// One thing found in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hit {
    pub kind: Kind,
    /// Whether it is of the file's own subject (or nobody knows whose file it is).
    pub own: bool,
    /// Whether it may be a phrase of clinical language: a single word of the list, or not an
    /// identifier of a person at all.
    pub excusable: bool,
    /// Whether it is one word, not a whole name, number or date.
    pub single: bool,
}

const NAME: &str = DIRECT_IDENTIFIERS[0];
const ID: &str = DIRECT_IDENTIFIERS[1];
const PHONE: &str = DIRECT_IDENTIFIERS[2];
const BIRTH: &str = DIRECT_IDENTIFIERS[3];
const STRANGERS: &str = DIRECT_IDENTIFIERS[4];

impl Hit {
    /// Words for people, without the value.
    pub(crate) const fn what(self) -> &'static str {
        match (self.own, self.kind) {
            (_, Kind::Uid) => "a UID of the input",
            (false, _) => STRANGERS,
            (true, Kind::Name) => NAME,
            (true, Kind::Person) => "the name of a person around the subject",
            (true, Kind::Id) => ID,
            (true, Kind::Phone) => PHONE,
            (true, Kind::BirthDate) => BIRTH,
            (true, Kind::Date) => "a date of the subject",
            (true, Kind::Institution) => "the name of an institution",
            (true, Kind::Other) => "a string of the subject dictionary",
        }
    }
}

/// Which dates may not stand in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DateCheck {
    /// None is looked for.
    Off,
    /// Birth dates only: the profile keeps the others.
    Births,
    /// All.
    All,
}

/// How a text is to be read.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'a> {
    /// The subject of the file; `None` where it is not known.
    pub own: Option<usize>,
    /// Identifiers shorter than this many characters are passed over.
    pub floor: usize,
    /// The form of the value.
    pub shape: Shape,
    /// Which dates count.
    pub dates: DateCheck,
    /// UIDs that may not stand here, beside those of the batch; `None` looks for no UID at all.
    pub uids: Option<&'a BTreeSet<String>>,
}

/// The form of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Free or coded text.
    Text,
    /// UIDs.
    Uid,
    /// Decimal numbers.
    Number,
    /// A date, time or age.
    Moment,
}

struct Owner {
    subject: usize,
    kind: Kind,
    abroad: bool,
}

struct Pattern {
    chars: usize,
    excusable: bool,
    single: bool,
    unspaced: bool,
    punctuated: bool,
    owners: Vec<Owner>,
}

#[derive(Default)]
struct SubjectDays {
    births: BTreeSet<Day>,
    all: BTreeSet<Day>,
}

/// The identifiers of every subject of a batch, ready to be looked for.
pub struct Identifiers {
    words: AhoCorasick,
    word_patterns: Vec<Pattern>,
    ids: AhoCorasick,
    id_patterns: Vec<Pattern>,
    id_texts: BTreeMap<String, usize>,
    days: Vec<SubjectDays>,
    uids: BTreeSet<String>,
    left_out: Vec<usize>,
}

impl std::fmt::Debug for Identifiers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identifiers({} subjects)", self.days.len())
    }
}

type Collected = BTreeMap<String, Pattern>;

/// What is collected before it is compiled.
#[derive(Default)]
struct Collector {
    words: Collected,
    ids: Collected,
    left_out: usize,
}

impl Collector {
    fn forms(&mut self, subject: usize, kind: Kind, mut forms: Vec<Form>) {
        if kind == Kind::Institution {
            // A department that is called by clinical words alone names no place.
            forms.retain(|form| !form.text.split(' ').all(is_clinical));
        }
        self.left_out += usize::from(forms.is_empty());
        for form in forms {
            let clinical = is_clinical(&form.text);
            let person = !matches!(kind, Kind::Institution | Kind::Other);
            let pattern = self.words.entry(form.text.clone()).or_insert_with(|| Pattern {
                chars: form.text.chars().count(),
                excusable: true,
                single: !form.text.contains(' '),
                unspaced: is_all_unspaced(&form.text),
                punctuated: false,
                owners: Vec::new(),
            });
            pattern.excusable &= clinical || !person;
            let abroad = form.abroad && kind == Kind::Name && !clinical;
            pattern.owners.push(Owner { subject, kind, abroad });
        }
    }

    fn ids(&mut self, subject: usize, kind: Kind, forms: Vec<IdForm>) {
        self.left_out += usize::from(forms.is_empty());
        for form in forms {
            let chars = form.text.len();
            let pattern = self.ids.entry(form.text).or_insert_with(|| Pattern {
                chars,
                excusable: false,
                single: false,
                unspaced: false,
                punctuated: false,
                owners: Vec::new(),
            });
            pattern.punctuated |= form.punctuated;
            pattern.owners.push(Owner { subject, kind, abroad: chars >= 5 && kind == Kind::Id });
        }
    }

    fn subject(&mut self, at: usize, subject: &Subject) {
        let named = [(Kind::Name, &subject.names), (Kind::Person, &subject.people)];
        for (kind, values) in named {
            for value in present(values) {
                self.forms(at, kind, name_forms(value));
            }
        }
        let phrases = [(Kind::Institution, &subject.institutions), (Kind::Other, &subject.others)];
        for (kind, values) in phrases {
            for value in present(values) {
                self.forms(at, kind, phrase_form(value).into_iter().collect());
            }
        }
        for value in present(&subject.ids) {
            self.ids(at, Kind::Id, id_forms(value));
        }
        for value in present(&subject.phones) {
            self.ids(at, Kind::Phone, phone_forms(value));
        }
    }
}

fn present(values: &[Phi<String>]) -> impl Iterator<Item = &str> {
    values.iter().map(|value| value.expose().as_str()).filter(|text| !text.trim().is_empty())
}

fn compile(collected: Collected) -> Result<(AhoCorasick, Vec<Pattern>), VerifyError> {
    let automaton = AhoCorasick::new(collected.keys()).map_err(|_| VerifyError::TooManyStrings)?;
    Ok((automaton, collected.into_values().collect()))
}

impl Identifiers {
    /// Compiles the strings of all subjects; a subject is named by its place in `subjects`.
    ///
    /// Strings that cannot be told from chance (shorter than three characters, dummies) are left
    /// out and counted, see [`Identifiers::not_checked`].
    ///
    /// # Errors
    /// [`VerifyError::TooManyStrings`] when they do not fit into one matcher.
    pub fn new(subjects: &[Subject]) -> Result<Self, VerifyError> {
        let mut collector = Collector::default();
        let mut days = Vec::new();
        let mut all_uids = BTreeSet::new();
        let mut left_out = Vec::new();
        for (at, subject) in subjects.iter().enumerate() {
            collector.subject(at, subject);
            let births: BTreeSet<Day> =
                present(&subject.birth_dates).filter_map(Day::parse).collect();
            let mut all = births.clone();
            all.extend(present(&subject.dates).filter_map(Day::parse));
            days.push(SubjectDays { births, all });
            let wanted = present(&subject.uids).map(uids::trim).filter(|uid| uids::is_telling(uid));
            all_uids.extend(wanted.map(str::to_owned));
            left_out.push(std::mem::take(&mut collector.left_out));
        }
        let (words, word_patterns) = compile(collector.words)?;
        let id_texts = collector.ids.keys().enumerate().map(|(at, id)| (id.clone(), at)).collect();
        let (ids, id_patterns) = compile(collector.ids)?;
        Ok(Self {
            words,
            word_patterns,
            ids,
            id_patterns,
            id_texts,
            days,
            uids: all_uids,
            left_out,
        })
    }

    /// How many strings of this subject were left out since they cannot be told from chance.
    pub fn not_checked(&self, subject: usize) -> usize {
        self.left_out.get(subject).copied().unwrap_or(0)
    }

    /// How many strings of all subjects were left out.
    pub fn not_checked_in_all(&self) -> usize {
        self.left_out.iter().sum()
    }

    /// Looks for everything in `text`.
    pub(crate) fn find(&self, text: &str, reading: Reading<'_>) -> BTreeSet<Hit> {
        let mut hits = BTreeSet::new();
        let folded = Folded::new(text);
        self.find_words(&folded, reading, &mut hits);
        match reading.shape {
            Shape::Text => self.find_ids(&folded, reading, &mut hits),
            Shape::Uid => self.find_ids(&folded, reading, &mut hits),
            Shape::Number => self.find_numbers(text, reading, &mut hits),
            Shape::Moment => {}
        }
        if reading.shape != Shape::Uid && reading.shape != Shape::Number {
            self.find_days(text, reading, &mut hits);
        }
        if let Some(more) = reading.uids {
            let known = |uid: &str| self.uids.contains(uid) || more.contains(uid);
            if uids::contains(text, known) {
                hits.insert(Hit { kind: Kind::Uid, own: true, excusable: false, single: false });
            }
        }
        hits
    }

    fn add(pattern: &Pattern, reading: Reading<'_>, hits: &mut BTreeSet<Hit>) {
        let (excusable, single) = (pattern.excusable, pattern.single);
        for owner in &pattern.owners {
            let own = reading.own == Some(owner.subject);
            if own || owner.abroad {
                let own = own || reading.own.is_none();
                hits.insert(Hit { kind: owner.kind, own, excusable, single });
                if own {
                    return;
                }
            }
        }
    }

    fn find_words(&self, folded: &Folded, reading: Reading<'_>, hits: &mut BTreeSet<Hit>) {
        for found in self.words.find_overlapping_iter(&folded.words) {
            let Some(pattern) = self.word_patterns.get(found.pattern().as_usize()) else {
                continue;
            };
            // Two letters of a script without blanks tell as much as three others.
            let length = pattern.chars + usize::from(pattern.unspaced);
            if length >= reading.floor && is_whole_word(folded, found.span(), pattern) {
                Self::add(pattern, reading, hits);
            }
        }
    }

    fn find_ids(&self, folded: &Folded, reading: Reading<'_>, hits: &mut BTreeSet<Hit>) {
        for found in self.ids.find_overlapping_iter(&folded.compact) {
            let Some(pattern) = self.id_patterns.get(found.pattern().as_usize()) else { continue };
            if pattern.chars < reading.floor {
                continue;
            }
            let span = found.span();
            let digits = folded.compact.get(span.range()).unwrap_or_default();
            let short_number = pattern.chars < 5 && digits.iter().all(u8::is_ascii_digit);
            let fits = if short_number {
                reading.shape == Shape::Text && is_labelled(folded, digits)
            } else {
                is_whole_id(folded, span, pattern, reading.shape)
            };
            if fits {
                Self::add(pattern, reading, hits);
            }
        }
    }

    /// Numbers: whole values only, from five digits on.
    fn find_numbers(&self, text: &str, reading: Reading<'_>, hits: &mut BTreeSet<Hit>) {
        for value in text.split('\\') {
            let digits = value.trim_matches([' ', '\0']).trim_start_matches(['+', '0']);
            if digits.len() < 5.max(reading.floor) {
                continue;
            }
            let known = self.id_texts.get(digits).and_then(|at| self.id_patterns.get(*at));
            if let Some(pattern) = known {
                Self::add(pattern, reading, hits);
            }
        }
    }

    fn find_days(&self, text: &str, reading: Reading<'_>, hits: &mut BTreeSet<Hit>) {
        let Some(days) = reading.own.and_then(|own| self.days.get(own)) else { return };
        let wanted = match reading.dates {
            DateCheck::Off => return,
            DateCheck::Births => &days.births,
            DateCheck::All => &days.all,
        };
        if wanted.is_empty() || !text.bytes().any(|byte| byte.is_ascii_digit()) {
            return;
        }
        let found = Days::find(text);
        let short = |day: &Day| (day.year % 100, day.month, day.day);
        for day in wanted {
            let (year, month, date) = short(day);
            let two = u8::try_from(year).is_ok_and(|y| found.short.contains(&(y, month, date)));
            if found.full.contains(day) || (two && reading.floor < 8) {
                let kind = if days.births.contains(day) { Kind::BirthDate } else { Kind::Date };
                hits.insert(Hit { kind, own: true, excusable: false, single: false });
            }
        }
    }
}

/// Whether a found word stands alone. From four letters on, a change between letters and digits or
/// from small letters to a capital ends a word as well; scripts without blanks have no ends.
fn is_whole_word(folded: &Folded, span: aho_corasick::Span, pattern: &Pattern) -> bool {
    if pattern.unspaced {
        return true;
    }
    let (Some(before), Some(word), Some(after)) = (
        folded.words.get(..span.start),
        folded.words.get(span.range()),
        folded.words.get(span.end..),
    ) else {
        return false;
    };
    let ends = |inside: Option<char>, outside: Option<char>, at: usize| {
        let (Some(inside), Some(outside)) = (inside, outside) else { return true };
        outside == ' '
            || is_unspaced(outside)
            || (pattern.chars >= 4
                && (inside.is_numeric() != outside.is_numeric()
                    || folded.humps.binary_search(&at).is_ok()))
    };
    ends(word.chars().next(), before.chars().next_back(), span.start)
        && ends(word.chars().next_back(), after.chars().next(), span.end)
}

/// Whether a found ID stands alone, and is not put together from what is not one number.
fn is_whole_id(folded: &Folded, span: aho_corasick::Span, pattern: &Pattern, shape: Shape) -> bool {
    let Some(text) = folded.compact.get(span.range()) else { return false };
    let digits = text.iter().all(u8::is_ascii_digit);
    let mut start = span.start;
    while digits && folded.gaps.get(start) == Some(&Gap::None) {
        match start.checked_sub(1).and_then(|at| folded.compact.get(at)) {
            Some(b'0') => start -= 1,
            _ => break,
        }
    }
    let turns = |a: Option<&u8>, b: Option<&u8>| match (a, b) {
        (Some(a), Some(b)) => a.is_ascii_digit() != b.is_ascii_digit() && pattern.chars >= 5,
        _ => true,
    };
    let before = start.checked_sub(1).and_then(|at| folded.compact.get(at));
    let begins =
        folded.gaps.get(start) != Some(&Gap::None) || turns(before, folded.compact.get(start));
    let last = span.end.checked_sub(1).and_then(|at| folded.compact.get(at));
    let ends = folded.gaps.get(span.end).is_none_or(|gap| *gap != Gap::None)
        || turns(last, folded.compact.get(span.end));
    let inside = folded.gaps.get(span.start + 1..span.end).unwrap_or_default();
    begins && ends && is_one_number(inside, pattern, shape)
}

fn is_one_number(gaps: &[Gap], pattern: &Pattern, shape: Shape) -> bool {
    if gaps.contains(&Gap::Hard) {
        return false;
    }
    if !gaps.contains(&Gap::Soft) {
        return true;
    }
    if shape != Shape::Text || (pattern.chars < 6 && !pattern.punctuated) {
        return false;
    }
    // Groups of one character come from lists of small numbers, not from one that was grouped.
    let signs = gaps.iter().filter(|gap| **gap == Gap::Soft).count();
    (pattern.punctuated && signs * 2 <= gaps.len())
        || gaps.split(|gap| *gap == Gap::Soft).all(|group| !group.is_empty())
}

/// Whether a short number is the whole value, or follows a word that announces an ID.
fn is_labelled(folded: &Folded, digits: &[u8]) -> bool {
    const LABELS: [&str; 16] = [
        "acc",
        "accession",
        "case",
        "id",
        "mrn",
        "no",
        "nr",
        "num",
        "number",
        "pat",
        "patient",
        "patientid",
        "pid",
        "pnr",
        "rec",
        "visit",
    ];
    let words: Vec<&str> = folded.words.split(' ').collect();
    let is_it = |word: &str| word.as_bytes() == digits;
    words.len() == 1 && words.first().is_some_and(|word| is_it(word))
        || words.windows(2).any(|pair| LABELS.contains(&pair[0]) && is_it(pair[1]))
}

#[cfg(test)]
mod tests;
