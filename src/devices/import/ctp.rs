//! Scripts of RSNA's CTP DicomPixelAnonymizer: `{ conditions } (x,y,w,h) (x,y,w,h) …`, and comments
//! around them.
//!
//! Source: the CTP pages of RSNA's MIRC wiki, and CTP's reader: it takes the text between a brace
//! and the next closing one, then all parentheses in front of the next brace.

use crate::devices::import::boxes::{Convention, numbers};
use crate::devices::import::draft::{Draft, DraftBox, What};
use crate::devices::import::expression;
use crate::devices::import::{Fault, Ledger};

/// Reads a script.
pub(super) fn read(text: &str, ledger: &mut Ledger<'_>) {
    let breaks = text.match_indices('\n').map(|(at, _)| at).collect();
    let mut script = Script { text, breaks, name: String::new(), draft: None };
    let mut at = 0;
    while let Some(open) = text[at..].find('{').map(|found| at + found) {
        script.between(at, open, ledger);
        script.close(ledger);
        let Some(length) = text[open..].find('}') else {
            let lines = script.lines(open, text.len());
            lines.for_each(|line| ledger.refuse(Fault::new(line, "a brace is not closed")));
            return;
        };
        script.open(open, open + length);
        at = open + length + 1;
    }
    script.between(at, text.len(), ledger);
    script.close(ledger);
}

struct Script<'a> {
    text: &'a str,
    /// Where its lines end.
    breaks: Vec<usize>,
    /// The last comment: scripts name what follows.
    name: String,
    /// The signature whose regions are being read.
    draft: Option<Draft>,
}

impl<'a> Script<'a> {
    fn line(&self, at: usize) -> usize {
        self.breaks.partition_point(|end| *end < at) + 1
    }

    /// The lines from one byte to before another.
    fn lines(&self, from: usize, to: usize) -> std::ops::RangeInclusive<usize> {
        let first = self.line(from);
        first..=first + self.text[from..to].trim_end_matches('\n').matches('\n').count()
    }

    /// Starts a signature between two braces.
    fn open(&mut self, open: usize, close: usize) {
        let mut draft = Draft {
            line: self.line(open),
            lines: self.lines(open, close + 1).collect(),
            name: self.name.clone(),
            ..Draft::default()
        };
        match expression::parse(&self.text[open + 1..close]) {
            Ok(condition) => draft.conditions.push(condition),
            Err(misread) => {
                let line = self.line(open + 1 + misread.at.min(close - open - 1));
                draft.blame(Fault::new(line, misread.why));
            }
        }
        self.draft = Some(draft);
    }

    /// Reads regions and comments between two signatures.
    fn between(&mut self, mut at: usize, end: usize, ledger: &mut Ledger<'_>) {
        while let Some(mark) = self.text[at..end].find(['(', ')', '}']).map(|found| at + found) {
            self.comment(&self.text[at..mark]);
            at = mark + 1;
            if !self.text[mark..].starts_with('(') {
                let why = "it closes what was not opened";
                ledger.refuse(Fault::new(self.line(mark), why));
                continue;
            }
            let Some(length) = self.text[mark..end].find(')') else {
                let why = "a parenthesis is not closed";
                ledger.refuse(Fault::new(self.line(mark), why));
                continue;
            };
            at = mark + length + 1;
            self.parentheses(mark, at, ledger);
        }
        self.comment(&self.text[at..end]);
    }

    /// Remembers the last line of a comment that has a word in it.
    fn comment(&mut self, text: &'a str) {
        let has_word = |line: &&str| line.contains(char::is_alphanumeric);
        if let Some(line) = text.lines().rfind(has_word) {
            self.name = line.trim().to_owned();
        }
    }

    /// Reads what stands between parentheses: a region, or what CTP passes over.
    fn parentheses(&mut self, from: usize, to: usize, ledger: &mut Ledger<'_>) {
        let inside = &self.text[from + 1..to - 1];
        let lines = self.lines(from, to);
        let line = *lines.start();
        let is_region = inside.split(',').count() == 4;
        match (&mut self.draft, numbers(inside)) {
            (Some(draft), Some(four)) => {
                let what = What::Numbers(four, Convention::Extent);
                draft.lines.extend(lines);
                draft.boxes.push(DraftBox { line, is_kept: false, what });
            }
            (Some(draft), None) if is_region => {
                draft.lines.extend(lines);
                draft.blame(Fault::new(line, "a region is four whole numbers (x,y,w,h)"));
            }
            _ => {
                let why = match is_region {
                    true => "a region without a signature in front of it",
                    false => "parentheses that hold no region (x,y,w,h)",
                };
                lines.for_each(|line| ledger.refuse(Fault::new(line, why)));
            }
        }
    }

    /// Ends the signature whose regions were read.
    fn close(&mut self, ledger: &mut Ledger<'_>) {
        let Some(mut draft) = self.draft.take() else { return };
        if draft.boxes.is_empty() {
            let why = "without a region it exempts images from what follows; rules exempt none";
            draft.blame(Fault::new(draft.line, why));
        }
        ledger.settle(draft);
    }
}
