//! Recipes of pydicom/deid: sections (`%filter graylist`), labels in them, and in labels conditions
//! and coordinates, a line each.
//!
//! Source: the manual of deid (recipe filters, cleaning of pixels), and its reader. Where the two
//! disagree the line is refused.

use crate::devices::Condition;
use crate::devices::import::boxes::{Convention, numbers};
use crate::devices::import::draft::{Draft, DraftBox, What};
use crate::devices::import::filter::{self, Join};
use crate::devices::import::{Fault, Ledger, LineUse};

const KEYS: [(&str, bool, Convention); 4] = [
    ("coordinates", false, Convention::Corners),
    ("keepcoordinates", true, Convention::Corners),
    ("ctpcoordinates", false, Convention::Extent),
    ("ctpkeepcoordinates", true, Convention::Extent),
];

/// Reads a recipe.
pub(super) fn read(text: &str, ledger: &mut Ledger<'_>) {
    let mut recipe = Recipe { section: Section::Head, label: None };
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if !line.is_empty() && !line.starts_with('#') {
            recipe.line(at + 1, line, ledger);
        }
    }
    recipe.end_label(ledger);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Head,
    Filter,
    Other,
}

struct Recipe {
    section: Section,
    label: Option<Label>,
}

/// A label that is being read.
struct Label {
    draft: Draft,
    condition: Option<Condition>,
}

impl Recipe {
    fn line(&mut self, at: usize, line: &str, ledger: &mut Ledger<'_>) {
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        if let Some(section) = word.strip_prefix('%') {
            self.end_label(ledger);
            self.section(at, section, rest, ledger);
        } else if word.eq_ignore_ascii_case("format") {
            match rest.trim().eq_ignore_ascii_case("dicom") {
                true => ledger.mark(at, LineUse::Frame),
                false => ledger.refuse(Fault::new(at, "this format is not known")),
            }
        } else if self.section != Section::Filter {
            let why = match self.section {
                Section::Head => "it stands in front of all sections",
                _ => "it is about attributes, not about pixels",
            };
            ledger.refuse(Fault::new(at, why));
        } else if word.eq_ignore_ascii_case("label") {
            self.end_label(ledger);
            self.label = Some(Label::new(at, rest));
        } else if let Some(label) = &mut self.label {
            label.line(at, line);
        } else {
            ledger.refuse(Fault::new(at, "it stands in no label"));
        }
    }

    fn section(&mut self, at: usize, name: &str, rest: &str, ledger: &mut Ledger<'_>) {
        let is_filter = name.eq_ignore_ascii_case("filter");
        self.section = if is_filter { Section::Filter } else { Section::Other };
        match is_filter && !rest.trim().is_empty() {
            true => ledger.mark(at, LineUse::Frame),
            false if is_filter => ledger.refuse(Fault::new(at, "a filter needs a name")),
            false => ledger.refuse(Fault::new(at, "it is about attributes, not about pixels")),
        }
    }

    fn end_label(&mut self, ledger: &mut Ledger<'_>) {
        let Some(Label { mut draft, condition }) = self.label.take() else { return };
        draft.conditions.extend(condition);
        if draft.boxes.is_empty() {
            let why = "without coordinates it sorts files, and masks nothing";
            draft.blame(Fault::new(draft.line, why));
        }
        ledger.settle(draft);
    }
}

impl Label {
    fn new(line: usize, rest: &str) -> Self {
        let (name, author) = rest.split_once('#').unwrap_or((rest, ""));
        let author = author.trim().trim_start_matches('(').trim_end_matches(')').trim();
        let draft = Draft {
            line,
            lines: vec![line],
            name: name.trim().to_owned(),
            author: (!author.is_empty()).then(|| author.to_owned()),
            ..Draft::default()
        };
        Self { draft, condition: None }
    }

    fn line(&mut self, at: usize, line: &str) {
        self.draft.lines.push(at);
        let read = match coordinates(at, line) {
            Some(found) => found.map(|found| self.draft.boxes.push(found)),
            None => self.condition(line),
        };
        if let Err(why) = read {
            self.draft.blame(Fault::new(at, why));
        }
    }

    fn condition(&mut self, line: &str) -> Result<(), String> {
        let (join, text) = match Join::leading(line) {
            Some((join, text)) => (Some(join), text),
            None => (None, line),
        };
        let condition = filter::line(text)?;
        self.condition = Some(match (self.condition.take(), join) {
            (None, _) => condition,
            (Some(before), Some(join)) => join.of(before, condition)?,
            (Some(_), None) => {
                let why = "neither + nor || joins it to the lines above: deid's manual and its \
                           program read that differently";
                return Err(why.into());
            }
        });
        Ok(())
    }
}

/// Reads a line of coordinates; `None` where it is none.
fn coordinates(line: usize, text: &str) -> Option<Result<DraftBox, String>> {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let known = KEYS.iter().find(|(key, ..)| word.eq_ignore_ascii_case(key));
    let &(_, is_kept, means) = known?;
    let what = what(rest.trim(), means);
    Some(what.map(|what| DraftBox { line, is_kept, what }))
}

fn what(text: &str, means: Convention) -> Result<What, String> {
    if text.eq_ignore_ascii_case("all") {
        return Ok(What::All);
    }
    if let Some(field) = text.strip_prefix("from:") {
        let digits: String = field.chars().filter(char::is_ascii_alphanumeric).collect();
        let known = ["SequenceOfUltrasoundRegions", "00186011", "0x00186011"];
        return match known.iter().any(|name| digits.eq_ignore_ascii_case(name)) {
            true => Ok(What::UltrasoundRegions),
            false => Err("coordinates come from Sequence of Ultrasound Regions only".into()),
        };
    }
    match numbers(text) {
        Some(four) if four.iter().all(|number| *number >= 0) => Ok(What::Numbers(four, means)),
        _ => Err("coordinates are four whole numbers from 0, or all".into()),
    }
}
