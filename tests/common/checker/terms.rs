//! What is searched for: the forms in which a planted string may survive.

use std::collections::BTreeSet;

/// One planted string, as a truth tells it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Planted {
    /// `name`, `mrn`, `acc`, `ssn`, `phone`, `addr`, `inst`, `email`, `date`, `date_element`, `age`,
    /// `uid` or `other`.
    pub kind: String,
    /// As written.
    pub text: String,
    /// Words that tell something on their own.
    pub words: Vec<String>,
    /// `(gggg,eeee)[item].(gggg,eeee)` or words for another place.
    pub path: String,
    /// `YYYY-MM-DD`, or empty.
    pub iso: String,
}

/// One thing to search for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Term {
    /// Text in lower case with single blanks for `^`, `=`, `,`, `_` and white space.
    Text(String),
    /// Digits, whatever parts them.
    Digits(String),
    /// A UID.
    Uid(String),
    /// A day as eight digits, also at the head of a date and time.
    Day(String),
    /// A day as the value at a path: that one may not stand there again.
    DayAt {
        /// Eight digits.
        day: String,
        /// The path.
        path: String,
    },
}

/// Words that stand in names of streets and hospitals, and alone tell nothing.
const COMMON: [&str; 48] = [
    "and",
    "apt",
    "ave",
    "avenue",
    "blvd",
    "cancer",
    "care",
    "center",
    "centre",
    "children",
    "clinic",
    "community",
    "county",
    "court",
    "department",
    "dept",
    "dr",
    "drive",
    "east",
    "general",
    "health",
    "hospital",
    "imaging",
    "institute",
    "lane",
    "main",
    "medical",
    "memorial",
    "mill",
    "mr",
    "mri",
    "north",
    "old",
    "park",
    "radiology",
    "regional",
    "road",
    "rooms",
    "south",
    "st",
    "street",
    "suite",
    "the",
    "unit",
    "university",
    "veterans",
    "ward",
    "west",
];

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Lower case, and one blank for each run of white space and of what parts the components of names.
pub fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for glyph in text.chars() {
        if glyph.is_whitespace() || matches!(glyph, '^' | '=' | ',' | '_' | '\0' | '\\') {
            if !out.ends_with(' ') {
                out.push(' ');
            }
        } else {
            out.extend(glyph.to_lowercase());
        }
    }
    out.trim().to_owned()
}

/// Text with what parts groups of digits taken out between them.
pub fn joined(text: &str) -> String {
    let glyphs: Vec<char> = text.chars().collect();
    let mut out = String::new();
    let mut at = 0;
    while at < glyphs.len() {
        let mut next = at;
        while next < glyphs.len() && " -.()/+".contains(glyphs[next]) {
            next += 1;
        }
        let between = out.ends_with(|glyph: char| glyph.is_ascii_digit())
            && glyphs.get(next).is_some_and(char::is_ascii_digit);
        if next > at && between && next - at <= 3 {
            at = next;
        }
        out.push(glyphs[at]);
        at += 1;
    }
    out
}

/// Whether a word tells something on its own.
fn telling(word: &str) -> bool {
    let digits = word.chars().all(|glyph| glyph.is_ascii_digit());
    let long = word.chars().count() >= if word.is_ascii() { 3 } else { 2 };
    long && !COMMON.contains(&word) && (!digits || word.len() >= 5)
}

/// What to search for in a file that `planted` stood in.
pub fn terms(planted: &Planted) -> BTreeSet<Term> {
    let mut found = BTreeSet::new();
    let whole = folded(&planted.text);
    let digits: String = planted.text.chars().filter(char::is_ascii_digit).collect();
    match planted.kind.as_str() {
        "uid" => {
            found.insert(Term::Uid(planted.text.trim().to_owned()));
        }
        "date" | "date_element" => found.extend(days(planted)),
        "phone" | "ssn" => {
            if digits.len() >= 7 {
                found.insert(Term::Digits(digits));
            }
        }
        "age" => {
            if whole.len() >= 3 {
                found.insert(Term::Text(whole));
            }
        }
        _ => {
            if whole.chars().count() >= 3 && !COMMON.contains(&whole.as_str()) {
                found.insert(Term::Text(whole));
            }
            for word in &planted.words {
                let word = folded(word.trim_matches(|glyph: char| !glyph.is_alphanumeric()));
                if telling(&word) {
                    found.insert(Term::Text(word));
                }
            }
        }
    }
    found
}

/// A day in the forms that people and devices write.
fn days(planted: &Planted) -> BTreeSet<Term> {
    let mut found = BTreeSet::new();
    let parts: Vec<&str> = planted.iso.split('-').collect();
    let [year, month, day] = parts[..] else { return found };
    let Some(name) = month.parse::<usize>().ok().and_then(|number| MONTHS.get(number - 1)) else {
        return found;
    };
    let compact = format!("{year}{month}{day}");
    found.insert(Term::DayAt { day: compact.clone(), path: planted.path.clone() });
    found.insert(Term::Day(compact.clone()));
    let written = folded(&planted.text);
    if written.len() >= 6 && written != compact && !written.starts_with(&compact) {
        found.insert(Term::Text(written));
    }
    for sign in ['/', '.'] {
        let last = &year[2..];
        found.insert(Term::Text(format!("{month}{sign}{day}{sign}{last}")));
        found.insert(Term::Text(format!("{day}{sign}{month}{sign}{last}")));
    }
    let short = |part: &str| part.trim_start_matches('0').to_owned();
    let (m, d) = (short(month), short(day));
    for sign in ['-', '/', '.'] {
        for (m, d) in [(month, day), (m.as_str(), d.as_str())] {
            found.insert(Term::Text(format!("{year}{sign}{m}{sign}{d}")));
            found.insert(Term::Text(format!("{m}{sign}{d}{sign}{year}")));
            found.insert(Term::Text(format!("{d}{sign}{m}{sign}{year}")));
        }
    }
    for name in [*name, &name[..3]] {
        for d in [day, d.as_str()] {
            for form in [
                format!("{d} {name} {year}"),
                format!("{d}-{name}-{year}"),
                format!("{d}. {name} {year}"),
                format!("{name} {d} {year}"),
                format!("{name}-{d}-{year}"),
                format!("{d}{name}{year}"),
            ] {
                found.insert(Term::Text(form));
            }
        }
    }
    found
}

/// A text made ready to be searched.
pub struct Seen {
    plain: String,
    folded: String,
    joined: String,
}

impl Seen {
    pub fn new(text: &str) -> Self {
        Self { plain: text.to_owned(), folded: folded(text), joined: joined(text) }
    }

    /// The same without the phrases in which the term may stay.
    fn without(&self, phrases: &[Self], term: &Term) -> Option<Self> {
        let mut rest = self.folded.clone();
        for phrase in phrases.iter().filter(|phrase| !phrase.folded.is_empty()) {
            if rest.contains(&phrase.folded) && term.stands_in(phrase, "", false) {
                rest = rest.replace(&phrase.folded, " ");
            }
        }
        (rest != self.folded).then(|| Self::new(&rest))
    }
}

impl Term {
    /// Whether it stands in a text; `place` is the text's path and `date` whether it is a DA or DT.
    pub fn stands_in(&self, seen: &Seen, place: &str, date: bool) -> bool {
        match self {
            Self::Text(_) | Self::Day(_) if date => false,
            Self::Text(term) if term.chars().all(is_joined) => seen.folded.contains(term),
            Self::Text(term) => bounded(&seen.folded, term, char::is_alphanumeric),
            Self::Digits(term) => bounded(&seen.joined, term, |glyph| glyph.is_ascii_digit()),
            Self::Uid(term) => {
                bounded(&seen.plain, term, |glyph| glyph.is_ascii_digit() || glyph == '.')
            }
            Self::Day(term) => starts_a_moment(&seen.plain, term),
            Self::DayAt { day, path } => {
                date && place == path && seen.plain.trim().starts_with(day)
            }
        }
    }

    /// Whether it stands in text, apart from phrases that were to be kept.
    pub fn stands_beside(&self, kept: &[Seen], seen: &Seen, place: &str, date: bool) -> bool {
        self.stands_in(seen, place, date)
            && seen.without(kept, self).is_none_or(|rest| self.stands_in(&rest, place, date))
    }

    /// What to look for in opaque bytes, where short strings turn up by chance.
    pub fn in_bytes(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Digits(text) | Self::Uid(text) if text.len() >= 8 => {
                Some(text)
            }
            _ => None,
        }
    }
}

/// Whether a letter is of a script that writes words without blanks, or joins endings to them.
fn is_joined(glyph: char) -> bool {
    matches!(u32::from(glyph), 0x0E00..=0x0E7F | 0x2E80..=0xD7FF | 0xF900..=0xFAFF | 0xFF61..=0xFF9F)
        || glyph == ' '
}

/// Whether `term` stands in `text` with nothing of the same kind before and after.
fn bounded(text: &str, term: &str, same: impl Fn(char) -> bool) -> bool {
    text.match_indices(term).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + term.len()..].chars().next();
        !before.is_some_and(&same) && !after.is_some_and(&same)
    })
}

/// Whether eight digits stand alone, or are followed by the four or six of a time.
fn starts_a_moment(text: &str, day: &str) -> bool {
    text.match_indices(day).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + day.len()..].chars().take_while(char::is_ascii_digit).count();
        !before.is_some_and(|glyph| glyph.is_ascii_digit()) && matches!(after, 0 | 2 | 4 | 6)
    })
}
