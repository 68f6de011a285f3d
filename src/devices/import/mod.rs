//! Rules of other programs, taken over line by line.
//!
//! Every line of a script ends as part of a rule, as comment, as frame around rules, or in
//! [`Imported::not_understood`] with the reason: nothing is passed over. Where a rule means something
//! else than the line did in its own program, `docs/device-rules.md` says so.

mod boxes;
mod ctp;
mod deid;
mod draft;
mod expression;
mod filter;

use std::collections::BTreeMap;
use std::fmt;

pub use boxes::{Convention, region};

use crate::devices::DeviceRule;
use crate::devices::import::draft::Draft;
use crate::devices::rules::Names;

/// Whose script it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The DicomPixelAnonymizer of RSNA's CTP.
    Ctp,
    /// A recipe of pydicom/deid.
    Deid,
}

impl Format {
    /// Whose script a text looks like; `None` where it looks like neither.
    pub fn guess(text: &str) -> Option<Self> {
        let is_deid = |line: &str| {
            let word = line.split_whitespace().next().unwrap_or_default();
            ["FORMAT", "LABEL", "%FILTER", "%HEADER"]
                .iter()
                .any(|known| word.eq_ignore_ascii_case(known))
        };
        match text.lines().any(is_deid) {
            true => Some(Self::Deid),
            false => text.contains('{').then_some(Self::Ctp),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ctp => "CTP script",
            Self::Deid => "deid recipe",
        })
    }
}

/// What whoever imports adds to a script.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImportOptions<'a> {
    /// Who answers for the rules; whom the script names, if not given.
    pub author: Option<&'a str>,
    /// Takes rules that ask for no image size, too, for pictures of any size.
    pub any_size: bool,
}

/// What became of a script.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Imported {
    /// The rules, each with a name of its own.
    pub rules: Vec<DeviceRule>,
    /// The lines that are in no rule, in their order.
    pub not_understood: Vec<NotUnderstood>,
    /// What became of each line, first to last.
    pub lines: Vec<LineUse>,
}

/// A line that is in no rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotUnderstood {
    /// The line, counted from 1.
    pub line: usize,
    /// Why.
    pub why: String,
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineUse {
    /// It is blank or says nothing to a program.
    Comment,
    /// It says how to read the others.
    Frame,
    /// It is in the rule of that place; where it is in several, the first.
    Rule(usize),
    /// It is in no rule.
    NotUnderstood,
}

/// Reads a script of another program.
pub fn import(text: &str, format: Format, options: ImportOptions<'_>) -> Imported {
    let mut ledger = Ledger::new(text, format, options);
    match format {
        Format::Ctp => ctp::read(text, &mut ledger),
        Format::Deid => deid::read(text, &mut ledger),
    }
    ledger.close()
}

/// Something wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fault {
    line: usize,
    why: String,
}

impl Fault {
    fn new(line: usize, why: impl Into<String>) -> Self {
        Self { line, why: why.into() }
    }
}

/// Keeps account of every line. A line that nobody speaks of is a comment.
struct Ledger<'a> {
    format: Format,
    options: ImportOptions<'a>,
    lines: Vec<LineUse>,
    faults: BTreeMap<usize, String>,
    /// The rules, each with the lines it stands on.
    rules: Vec<(DeviceRule, Vec<usize>)>,
    /// Whether these stand last to first.
    is_turned: bool,
    names: Names,
}

impl<'a> Ledger<'a> {
    fn new(text: &str, format: Format, options: ImportOptions<'a>) -> Self {
        Self {
            format,
            options,
            lines: vec![LineUse::Comment; text.lines().count()],
            faults: BTreeMap::new(),
            rules: Vec::new(),
            is_turned: false,
            names: Names::default(),
        }
    }

    /// Marks a line, unless it was not understood or is in a rule.
    fn mark(&mut self, line: usize, now: LineUse) {
        let place = line.checked_sub(1).and_then(|at| self.lines.get_mut(at));
        let is_free = |place: &&mut LineUse| matches!(place, LineUse::Comment | LineUse::Frame);
        if let Some(place) = place.filter(|place| now == LineUse::NotUnderstood || is_free(place)) {
            *place = now;
        }
    }

    fn is_refused(&self, line: usize) -> bool {
        self.faults.contains_key(&line)
    }

    /// Lists a line as not understood; the first reason stays.
    fn refuse(&mut self, fault: Fault) {
        self.mark(fault.line, LineUse::NotUnderstood);
        self.faults.entry(fault.line).or_insert(fault.why);
    }

    /// Takes a rule, or lists all its lines: half a rule is none.
    fn settle(&mut self, draft: Draft) {
        let lines = draft.lines.clone();
        match draft.into_rule(self.format, self.options) {
            Ok(mut rule) => {
                rule.name = self.names.free(&rule.name);
                self.rules.push((rule, lines));
            }
            Err(fault) => {
                let at = fault.line;
                self.refuse(fault);
                self.refuse_all(&lines, at);
            }
        }
    }

    /// Lists all lines of a rule as not understood, because of one of them.
    fn refuse_all(&mut self, lines: &[usize], because: usize) {
        let first = lines.iter().min().copied().unwrap_or_default();
        for line in lines.iter().copied().filter(|line| *line != because) {
            let why = match line == first {
                true => format!("not imported, as line {because} is not understood"),
                false => format!("belongs to what starts on line {first}"),
            };
            self.refuse(Fault::new(line, why));
        }
    }

    /// Gives up rules that share a line with something that was not understood: who can tell where that
    /// ends? Their other lines may be those of their neighbours, so it is asked forwards and backwards until
    /// no more go.
    fn give_up(&mut self) {
        loop {
            let before = self.rules.len();
            let mut kept = Vec::with_capacity(before);
            for (rule, lines) in std::mem::take(&mut self.rules) {
                match lines.iter().copied().find(|line| self.is_refused(*line)) {
                    Some(because) => self.refuse_all(&lines, because),
                    None => kept.push((rule, lines)),
                }
            }
            kept.reverse();
            self.rules = kept;
            self.is_turned = !self.is_turned;
            if self.rules.len() == before && !self.is_turned {
                return;
            }
        }
    }

    fn close(mut self) -> Imported {
        self.give_up();
        let (mut rules, mut stand) = (Vec::new(), Vec::new());
        for (rule, lines) in std::mem::take(&mut self.rules) {
            stand.push(lines);
            rules.push(rule);
        }
        for (at, lines) in stand.into_iter().enumerate() {
            lines.into_iter().for_each(|line| self.mark(line, LineUse::Rule(at)));
        }
        let not_understood = self.faults.into_iter();
        Imported {
            rules,
            not_understood: not_understood.map(|(line, why)| NotUnderstood { line, why }).collect(),
            lines: self.lines,
        }
    }
}
