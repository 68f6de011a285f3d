//! What stands around a cut and means nothing without it: titles, labels, `ordered by …`.

use std::sync::LazyLock;

use regex::Regex;

use crate::engine::text::patterns::numbers::{NUMBERED, REACHED};
use crate::engine::text::{Cut, CutKind};

/// Longest phrase that is looked at before a cut, in bytes.
const REACH: usize = 48;

/// A title before a name.
const TITLE: &str = r"(?:\b(?:[Dd]rs?|DR|[Mm]r|[Mm]rs|[Mm]s|[Mm]iss|[Mm]x|MRS|[Pp]rof|[Pp]rofessor|Herr|Frau|Hr|Mme|Mlle|Monsieur|Madame|Se[ñn]ora?|Sra?|Dra|Dott|Dhr|Mevr|Sig|Rev|Nurse|Sister)\.?\s*|\b(?:MR|MS)\.\s*)$";
/// A label; some need a sign behind them, as they are words of their own.
const LABEL: &str = r"(?i)(?:\b(?:(?:pat(?:ient)?|pt)(?:'s)?\s*(?:name|id|no|number)|(?:full|first|last|maiden)\s+name|name|surname|address|addr|physician|doctor|surgeon|operator|tech(?:nologist)?|radiographer|radiologist|referr(?:er|ing)|requester|contact|author|initials|patient|pat|pt|id|case|visit|order|accession|account|contact|born|sig|copy\s+to)\s*[:#=]\s*|\b(?:mrn|ssn|dob|d\.o\.b|birth\s*date|date\s+of\s+birth|acc(?:ession)?\s*(?:no|number|nr|#)|t[ée]l|t[ée]l[ée]phone|telefon|phone|ph|fax|pager|beeper|bleep|ext(?:ension)?|mobile|cell|mob|handy|e-?mail|aka|alias|née|geb)\.?\s*[:#=]?\s*|#\s*)$";
/// Labels that need no sign between them and a number.
const BARE: &str = "(?:id|mrn|ssn|acc|accession|account|visit|encounter|passport|nhs|dob)";
/// A verb and a preposition, or a preposition alone.
const CARRIER: &str = r"(?i)(?:\b(?:ordered|requested|performed|referred|dictated|signed|interpreted|transcribed|read|reviewed|approved|verified|reported|typed|entered|done|booked)\s+)?\b(?:for|by|per|via|attn|attention|cc|c/o|care\s+of|on\s+behalf\s+of|für|von|durch|pour|par|para|por)\.?\s*:?\s*$";
/// The same before a place.
const PLACE: &str = r"(?i)(?:\b(?:ordered|requested|performed|referred|read|done|scanned|acquired|seen|treated|admitted|transferred)\s+)?\b(?:at|from|for|by|of|via|bei|chez|presso)\s*(?:the\s+)?:?\s*$";
/// The same before a time.
const TIME: &str = r"(?i)(?:\b(?:ordered|requested|performed|referred|dictated|signed|read|done|scanned|acquired|seen)\s+)?\b(?:on|from|of|as\s+of|vom|am|du|le|el|del|den|op)\s*:?\s*$";
/// The same before a way to reach somebody.
const BY_WAY: &str = r"(?i)\b(?:call(?:\s+back)?|callback|contact|page|reach(?:ed)?)?\s*\b(?:at|on|to|via)\s*:?\s*$|(?i)\b(?:call(?:\s+back)?|callback|contact|page)\s*:?\s*$";
/// What follows a name.
const SUFFIX: &str = r"^(?:['’][sS]\b|\s*,?\s*(?:M\.?D\.?|D\.?O\.?|Ph\.?D\.?|R\.?N\.?|PA-C|NP|CRNA|R\.?T\.?\(R\)|FACR|FRCR|Jr\.?|Sr\.?|III?|IV)(?:\b|$))+";

/// Who did it, behind the one whom it was done for.
const DOER: &str =
    r"^\s+(?i:by):?\s+(?:\p{Lu}{2,3}\b|(?:\p{Lu}\.\s*){2,3}|(?:\p{Lu}\.\s*)?\p{Lu}[\p{Ll}'’-]+)";

struct Cues {
    verb: Regex,
    doer: Regex,
    title: Regex,
    label: Regex,
    number: Regex,
    carrier: Regex,
    place: Regex,
    time: Regex,
    reached: Regex,
    phone: Regex,
    suffix: Regex,
}

static CUES: LazyLock<Cues> = LazyLock::new(|| {
    let compiled = |pattern: &str| Regex::new(pattern).expect("a pattern of our own");
    Cues {
        verb: compiled(r"(?i)^(?:ordered|requested|performed|referred|booked|done)\b"),
        doer: compiled(DOER),
        title: compiled(TITLE),
        label: compiled(LABEL),
        number: compiled(&format!(
            r"(?i)\b(?:(?:pat(?:ient)?\s*)?{BARE}\.?\s*(?:no\.?|number|nr\.?|#)?\s*[:#=]?|(?:{NUMBERED}\s+)?{NUMBERED}(?:\.?\s*-?(?:no\.?|number|nr\.?|num\.?|n[°º]|№|id|#)\s*[:#=]?|\s*[:#=]))\s*$"
        )),
        carrier: compiled(CARRIER),
        place: compiled(PLACE),
        time: compiled(TIME),
        reached: compiled(BY_WAY),
        phone: compiled(&format!(r"(?i)\b{REACHED}(?:\s*(?:no|nr|number)\b)?[.:#]*\s*$")),
        suffix: compiled(SUFFIX),
    }
});

/// Cuts with what carried them; ordered, none over another.
pub(crate) fn widened(text: &str, cuts: Vec<Cut>) -> Vec<Cut> {
    let mut out: Vec<Cut> = Vec::with_capacity(cuts.len());
    for mut cut in cuts {
        let floor = out.last().map_or(0, |last| last.range.end);
        if cut.range.end <= floor {
            continue;
        }
        cut.range.start = cut.range.start.max(floor);
        if cut.kind != CutKind::Uid {
            cut.range.start = start(text, &cut, floor);
            cut.range.end = end(text, &cut);
            if CUES.verb.is_match(&text[cut.range.clone()])
                && let Some(doer) = CUES.doer.find(&text[cut.range.end..])
            {
                cut.range.end += doer.end();
            }
        }
        match out.last_mut() {
            Some(last) if cut.range.start <= last.range.end && last.kind != CutKind::Uid => {
                last.range.end = last.range.end.max(cut.range.end);
            }
            _ => out.push(cut),
        }
    }
    out
}

fn start(text: &str, cut: &Cut, floor: usize) -> usize {
    let cues = &*CUES;
    let mut start = cut.range.start;
    let phrases: &[&Regex] = match cut.kind {
        CutKind::Person => &[&cues.title, &cues.label, &cues.carrier],
        CutKind::Number => &[&cues.number, &cues.label, &cues.carrier],
        CutKind::Contact => &[&cues.phone, &cues.label, &cues.reached],
        CutKind::Address | CutKind::Institution => &[&cues.label, &cues.place],
        CutKind::Date => &[&cues.label, &cues.time],
        CutKind::Age | CutKind::Device | CutKind::Uid | CutKind::Word => &[],
    };
    for phrase in phrases {
        let from = before(text, start, floor);
        if let Some(found) = phrase.find(&text[from..start])
            && !found.is_empty()
        {
            start = from + found.start();
        }
    }
    start
}

/// Where the phrase before a cut is looked for.
fn before(text: &str, start: usize, floor: usize) -> usize {
    let mut from = start.saturating_sub(REACH).max(floor);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    // Not from within a word: it would look like one of its own.
    while from > floor && from < start && !text[..from].ends_with(|c: char| !c.is_alphanumeric()) {
        from += text[from..].chars().next().map_or(1, char::len_utf8);
    }
    from
}

fn end(text: &str, cut: &Cut) -> usize {
    if cut.kind != CutKind::Person {
        return cut.range.end;
    }
    let found = CUES.suffix.find(&text[cut.range.end..]);
    cut.range.end + found.map_or(0, |found| found.end())
}
