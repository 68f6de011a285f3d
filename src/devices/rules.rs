//! An ordered set of rules.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::devices::rule::LONGEST;
use crate::devices::{
    Area, Ask, Condition, DeviceMatch, DeviceRule, DeviceRulesError, load, matching, write,
};
use crate::dicom::Scan;
use crate::model::Digest256;

const SHIPPED: &str = include_str!("../../profiles/devices.toml");

/// A set of rules, checked. All that are about a file count: none shuts another out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeviceRules {
    rules: Vec<DeviceRule>,
}

impl DeviceRules {
    /// Takes rules as they are.
    ///
    /// # Errors
    /// In words, where one of them means nothing or cannot be written, or two share a name.
    pub fn new(rules: Vec<DeviceRule>) -> Result<Self, String> {
        let mut names = BTreeSet::new();
        for rule in &rules {
            rule.check().map_err(|what| format!("rule {}: {what}", rule.name))?;
            if !names.insert(&rule.name) {
                return Err(twice(&rule.name));
            }
        }
        Ok(Self { rules })
    }

    /// Reads the text of a file of rules (TOML; `docs/device-rules.md` has its form).
    ///
    /// # Errors
    /// [`DeviceRulesError`], with the line and what is wrong there.
    pub fn parse(text: &str) -> Result<Self, DeviceRulesError> {
        let mut names = BTreeSet::new();
        let mut rules = Vec::new();
        for (line, rule) in load::read(text)? {
            if !names.insert(rule.name.clone()) {
                return Err(DeviceRulesError::Wrong { line, what: twice(&rule.name) });
            }
            rules.push(rule);
        }
        Ok(Self { rules })
    }

    /// The rules that come with the program: those that hold for every maker.
    ///
    /// # Panics
    /// Never: a test reads them.
    pub fn shipped() -> Self {
        Self::parse(SHIPPED).expect("the shipped device rules are read by a test")
    }

    /// The rules, in their order.
    pub fn rules(&self) -> &[DeviceRule] {
        &self.rules
    }

    /// The rule of a name.
    pub fn rule(&self, name: &str) -> Option<&DeviceRule> {
        self.rules.iter().find(|rule| rule.name == name)
    }

    /// These rules, and behind them the others. Of two with the same name, the other gets a number.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        let mut names = Names::default();
        for rule in &self.rules {
            names.free(&rule.name);
        }
        for mut rule in others.rules {
            rule.name = names.free(&rule.name);
            self.rules.push(rule);
        }
        self
    }

    /// Text that [`DeviceRules::parse`] reads to the same rules.
    pub fn to_toml(&self) -> String {
        let mut out = String::from("format = 1\n");
        for rule in &self.rules {
            out.push('\n');
            write::rule(rule, &mut out);
        }
        out
    }

    /// A digest of what the rules mean: which files each is about, and where.
    ///
    /// Layout, comments, authors, reasons and the case of words do not count; names and order do, as
    /// findings and reports name rules.
    pub fn digest(&self) -> Digest256 {
        let mut hash = Sha256::new();
        for rule in &self.rules {
            let mut text = String::new();
            write::rule(&meaning(rule), &mut text);
            hash.update(text);
        }
        Digest256(hash.finalize().into())
    }

    /// What they mean for a scanned file whose pictures have that size: columns, then rows.
    ///
    /// Depends on nothing but the rules, the file and the size. A value that cannot be read never
    /// fits; a rule that hangs on it stands in [`DeviceMatch::unsettled`].
    pub fn matching(&self, scan: &Scan, size: (u32, u32)) -> DeviceMatch {
        matching::matching(&self.rules, scan, size)
    }
}

fn twice(name: &str) -> String {
    format!("there are two rules called {name}")
}

/// The names of a set of rules while it grows.
#[derive(Default)]
pub(crate) struct Names {
    taken: BTreeSet<String>,
    /// The number that comes next, by the name that it stands behind.
    next: BTreeMap<String, usize>,
}

impl Names {
    /// Takes a name that is free: the name itself, or with a number behind it. It is no longer than
    /// a name may be.
    pub(crate) fn free(&mut self, name: &str) -> String {
        let next = self.next.entry(name.to_owned()).or_insert(2);
        let mut free = name.to_owned();
        while self.taken.contains(&free) {
            let number = format!(" ({next})");
            let room = LONGEST - number.chars().count();
            free = name.chars().take(room).collect::<String>() + &number;
            *next += 1;
        }
        self.taken.insert(free.clone());
        free
    }
}

/// The rule without what changes nothing.
fn meaning(rule: &DeviceRule) -> DeviceRule {
    let mut area = rule.area.clone();
    if let Area::Boxes(boxes) = &mut area {
        for regions in [&mut boxes.masks, &mut boxes.keeps] {
            regions.sort_unstable();
            regions.dedup();
        }
    }
    DeviceRule {
        name: rule.name.clone(),
        author: String::new(),
        reason: String::new(),
        conditions: rule.conditions.iter().map(folded).collect(),
        area,
    }
}

/// The condition with its words in lower case.
fn folded(condition: &Condition) -> Condition {
    let many = |parts: &[Condition]| parts.iter().map(folded).collect();
    match condition {
        Condition::Test { attribute, ask: Ask::Text(compare, words) } => {
            let words = words.iter().map(|word| word.to_lowercase()).collect();
            Condition::test(attribute.clone(), Ask::Text(*compare, words))
        }
        Condition::Test { .. } => condition.clone(),
        Condition::All(parts) => Condition::All(many(parts)),
        Condition::Any(parts) => Condition::Any(many(parts)),
        Condition::Not(part) => Condition::Not(Box::new(folded(part))),
    }
}
