//! Spans of a text that go, and how the rest is put together.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::index::IdentifierKind;

/// What a cut is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CutKind {
    /// A name of somebody.
    Person,
    /// A number or code of a person, order or visit.
    Number,
    /// A telephone number, an e-mail or web address.
    Contact,
    /// A place where somebody lives.
    Address,
    /// An institution or department.
    Institution,
    /// A device.
    Device,
    /// A date.
    Date,
    /// An age over 89 years.
    Age,
    /// A UID of the batch.
    Uid,
    /// A word that is not known to be clinical language.
    Word,
}

impl CutKind {
    pub(crate) const fn of(kind: IdentifierKind) -> Self {
        match kind {
            IdentifierKind::PatientName | IdentifierKind::PersonName => Self::Person,
            IdentifierKind::PatientId | IdentifierKind::Identifier => Self::Number,
            IdentifierKind::Contact => Self::Contact,
            IdentifierKind::Address => Self::Address,
            IdentifierKind::Institution => Self::Institution,
            IdentifierKind::Device => Self::Device,
            IdentifierKind::Date => Self::Date,
            IdentifierKind::Uid => Self::Uid,
        }
    }

    /// The word that stands in its place.
    pub const fn placeholder(self) -> &'static str {
        match self {
            Self::Person => "NAME",
            Self::Number => "ID",
            Self::Contact => "CONTACT",
            Self::Address => "ADDRESS",
            Self::Institution => "INSTITUTION",
            Self::Device => "DEVICE",
            Self::Date => "DATE",
            Self::Age => "AGE",
            Self::Uid => "UID",
            Self::Word => "WORD",
        }
    }
}

/// A span that goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Bytes of the text.
    pub range: Range<usize>,
    /// What it is.
    pub kind: CutKind,
}

/// Signs that part words, at the ends of what is left.
const SEPARATORS: [char; 11] = [' ', '\t', ',', ';', ':', '-', '/', '_', '^', '=', '|'];

/// Overlapping spans as one, and parts of a name or address with only signs or initials between
/// them as one; ordered.
pub(crate) fn joined(text: &str, mut cuts: Vec<Cut>) -> Vec<Cut> {
    // Of spans that begin together the longest names the kind.
    cuts.sort_by_key(|cut| (cut.range.start, std::cmp::Reverse(cut.range.end), cut.kind));
    let mut out: Vec<Cut> = Vec::with_capacity(cuts.len());
    for cut in cuts {
        match out.last_mut() {
            Some(last) if belongs(text, last, &cut) => {
                last.range.end = last.range.end.max(cut.range.end);
            }
            _ => out.push(cut),
        }
    }
    out
}

fn belongs(text: &str, last: &Cut, next: &Cut) -> bool {
    if next.range.start < last.range.end {
        return true;
    }
    let between = &text[last.range.end..next.range.start];
    match (last.kind, next.kind) {
        (CutKind::Uid, _) | (_, CutKind::Uid) => false,
        (CutKind::Person, CutKind::Person) => is_within_name(between),
        (CutKind::Address | CutKind::Institution, CutKind::Address | CutKind::Institution) => {
            between.chars().all(|letter| matches!(letter, ' ' | ',' | '.' | '-'))
        }
        _ => false,
    }
}

/// Signs, and at most two initials.
fn is_within_name(between: &str) -> bool {
    static WITHIN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^[\s,.^=]*(?:\p{Lu}\.?[\s,.^]*){0,2}$").expect("a pattern of our own")
    });
    between.len() <= 12 && WITHIN.is_match(between)
}

/// What is left of a text. Where a cut leaves two blanks, one goes; signs that parted what is gone
/// go with it.
pub(crate) fn mend(
    text: &str,
    cuts: &[Cut],
    replacement: impl Fn(CutKind, &str) -> String,
) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for cut in cuts {
        out.push_str(&text[at..cut.range.start]);
        let new = replacement(cut.kind, &text[cut.range.clone()]);
        at = cut.range.end;
        if new.is_empty() {
            at += close_up(&mut out, &text[at..]);
        } else {
            out.push_str(&new);
        }
    }
    out.push_str(&text[at..]);
    trim_ends(text, cuts, out)
}

/// Joins what stands before a gap with what stands behind it; how many bytes behind it go, too.
fn close_up(out: &mut String, behind: &str) -> usize {
    let mut skipped = 0;
    // Brackets around nothing.
    let opening = out.trim_end_matches(' ').chars().next_back();
    let inner = behind.trim_start_matches(' ');
    let closing = inner.chars().next();
    if matches!(
        (opening, closing),
        (Some('('), Some(')')) | (Some('['), Some(']')) | (Some('<'), Some('>'))
    ) {
        out.truncate(out.trim_end_matches(' ').len() - 1);
        skipped = behind.len() - inner.len() + 1;
    }
    let rest = &behind[skipped..];
    let ends_open = out.is_empty() || out.ends_with([' ', '\n', '(', '[']);
    // A sign that parted the gap from what follows, when the gap was parted before, too.
    let sign = rest.trim_start_matches(' ');
    let parted = out.trim_end_matches(' ').is_empty()
        || out.trim_end_matches(' ').ends_with([',', ';', ':', '(', '\n']);
    if parted && sign.starts_with([',', ';', ':']) {
        skipped += rest.len() - sign.len() + 1;
    }
    let rest = &behind[skipped..];
    // The other half of a word with a hyphen.
    let mut half = rest.chars();
    if ends_open
        && matches!(half.next(), Some('-' | '_' | '^'))
        && half.next().is_some_and(char::is_alphanumeric)
    {
        return skipped + 1;
    }
    if ends_open || rest.starts_with([',', ';', '.', ')', ']', '\n']) {
        let blanks = rest.len() - rest.trim_start_matches(' ').len();
        if ends_open {
            skipped += blanks;
        }
        if rest[blanks..].starts_with([',', ';', '.', ')', ']']) {
            out.truncate(out.trim_end_matches(' ').len());
        }
    }
    skipped
}

/// Signs at an end of the text that a cut laid bare.
fn trim_ends(text: &str, cuts: &[Cut], mut out: String) -> String {
    let bare = |part: &str| part.chars().all(|letter| !letter.is_alphanumeric());
    let first = cuts.first().map_or(text.len(), |cut| cut.range.start);
    let last = cuts.last().map_or(0, |cut| cut.range.end);
    if bare(&text[last..]) {
        let stop = out.ends_with('.');
        let kept = out.trim_end_matches(['.', ' ']).trim_end_matches(SEPARATORS).len();
        // A full stop that ended a sentence stays.
        let whole = out[..kept].ends_with(char::is_alphanumeric) && stop && text.ends_with('.');
        out.truncate(kept);
        if whole {
            out.push('.');
        }
    }
    if bare(&text[..first]) {
        let kept = out.trim_start_matches(SEPARATORS).trim_start_matches(['.', ' ']);
        out = kept.to_owned();
    }
    if out.chars().any(char::is_alphanumeric) { out } else { String::new() }
}
