//! Counts marks: by action, by category, over instances or over series.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;

use crate::model::Phi;
use crate::score::scorer::Marked;
use crate::score::{CheckAction, Leak, Mark, Scored, Scorer, Unseen};

/// What counts once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// Every check of every instance.
    Instances,
    /// The same check of all instances of a series, with its worst mark: as the continuous
    /// benchmark counts.
    Series,
}

/// How many checks ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Line {
    /// Passed.
    pub pass: u64,
    /// Failed.
    pub fail: u64,
    /// Not to be judged; they count as not passed.
    pub blank: u64,
}

impl Line {
    fn add(&mut self, mark: Mark) {
        match mark {
            Mark::Pass => self.pass += 1,
            Mark::Fail => self.fail += 1,
            Mark::Blank => self.blank += 1,
        }
    }

    /// All checks.
    pub const fn total(&self) -> u64 {
        self.pass + self.fail + self.blank
    }

    /// The part that passed, in percent; 100 where nothing was asked.
    pub fn percent(&self) -> f64 {
        if self.total() == 0 { 100.0 } else { 100.0 * self.pass as f64 / self.total() as f64 }
    }
}

/// A check that did not pass. It holds values: as sensitive as the answers.
#[derive(Clone, Debug)]
pub struct Discrepancy {
    /// `fail` or `blank`.
    pub mark: Mark,
    /// What was asked.
    pub action: CheckAction,
    /// Where.
    pub place: String,
    /// Name of the attribute.
    pub name: String,
    /// Class and rule of the check.
    pub category: (&'static str, String),
    /// Modality of the instance.
    pub modality: String,
    /// What must stay or go.
    pub wanted: Phi<String>,
    /// What stood there; `None` where the attribute or the instance is missing.
    pub found: Option<Phi<String>>,
    /// Path below the output; `None` where the instance is missing.
    pub path: Option<PathBuf>,
}

/// The score of an output.
#[derive(Clone, Debug, Default)]
pub struct Scorecard {
    /// Over all checks.
    pub total: Line,
    /// By action.
    pub actions: BTreeMap<CheckAction, Line>,
    /// By class and rule.
    pub categories: BTreeMap<(&'static str, String), Line>,
    /// What did not pass, in the order of the answers.
    pub discrepancies: Vec<Discrepancy>,
    /// What no check can see.
    pub unseen: Unseen,
    /// Checks of pixels that could not be made: they count nowhere.
    pub not_made: u64,
}

impl Scorecard {
    /// Counts the files of an output. What it gives does not depend on their order.
    pub fn of(scorer: &Scorer, scored: Vec<Scored>, grouping: Grouping) -> Self {
        let mut card = Self::default();
        let mut marked: Vec<Marked> = Vec::new();
        let mut leaks: Vec<Leak> = Vec::new();
        let mut there = HashSet::new();
        let mut asked = 0;
        for file in scored {
            match file {
                Scored::Matched { answer, checks } => {
                    there.insert(answer);
                    asked += scorer.key.answers[answer].checks.len();
                    marked.extend(checks.marked);
                    leaks.extend(checks.leaks);
                }
                Scored::Unmatched(path) => card.unseen.unmatched.push(path),
                Scored::Unreadable(path) => card.unseen.unreadable.push(path),
            }
        }
        card.not_made = (asked - marked.len()) as u64;
        let all = 0..scorer.key.answers.len();
        for answer in all.clone().filter(|answer| !there.contains(answer)) {
            marked.extend(scorer.missing(answer));
        }
        card.unseen.instances = all.len() as u64;
        card.unseen.missing = (all.len() - there.len()) as u64;
        marked.sort_by(|a, b| (a.answer, a.check, &a.path).cmp(&(b.answer, b.check, &b.path)));
        card.unseen.count(scorer, &marked, leaks);
        let counted = match grouping {
            Grouping::Instances => marked,
            Grouping::Series => worst_of_series(scorer, marked),
        };
        for mark in &counted {
            card.add(scorer, mark);
        }
        card
    }

    fn add(&mut self, scorer: &Scorer, marked: &Marked) {
        let check = scorer.check(marked);
        let category = (check.category, check.subcategory.clone());
        self.total.add(marked.mark);
        self.actions.entry(check.action).or_default().add(marked.mark);
        self.categories.entry(category.clone()).or_default().add(marked.mark);
        if marked.mark != Mark::Pass {
            let wanted = check.text.clone().or_else(|| check.value.clone()).unwrap_or_default();
            self.discrepancies.push(Discrepancy {
                mark: marked.mark,
                action: check.action,
                place: check.place.clone().unwrap_or_default(),
                name: check.name.clone(),
                category,
                modality: scorer.key.answers[marked.answer].modality.clone(),
                wanted,
                found: marked.found.clone(),
                path: marked.path.clone(),
            });
        }
    }

    /// The score without the two checks of pixels.
    pub fn without_pixels(&self) -> Line {
        let pixels = [CheckAction::PixelsHidden, CheckAction::PixelsRetained];
        let mut line = Line::default();
        for (action, found) in &self.actions {
            if !pixels.contains(action) {
                line.pass += found.pass;
                line.fail += found.fail;
                line.blank += found.blank;
            }
        }
        line
    }
}

/// One mark for each check of a series: a failure wins, a blank counts only where nothing else is.
fn worst_of_series(scorer: &Scorer, mut marked: Vec<Marked>) -> Vec<Marked> {
    let mut worst: HashMap<_, usize> = HashMap::new();
    let mut keep = vec![false; marked.len()];
    for (at, mark) in marked.iter().enumerate() {
        let answer = &scorer.key.answers[mark.answer];
        let check = scorer.check(mark);
        let group = (
            check.action,
            check.place.as_deref(),
            answer.patient.expose().as_str(),
            answer.study.expose().as_str(),
            answer.series.expose().as_str(),
        );
        match worst.get(&group) {
            Some(&before) if marked[before].mark <= mark.mark => {}
            Some(&before) => {
                keep[before] = false;
                keep[at] = true;
                worst.insert(group, at);
            }
            None => {
                keep[at] = true;
                worst.insert(group, at);
            }
        }
    }
    let mut keep = keep.into_iter();
    marked.retain(|_| keep.next().unwrap_or_default());
    marked
}
