//! The third check: each attribute of the staged file is in a state that the rules allow.

use std::collections::BTreeSet;
use std::io;

use crate::dicom::{Node, NodeId, NodeKind, Scan, dictionary};
use crate::model::{AttributePath, Override, Tag, VR};
use crate::verify::carriers::shape_of;
use crate::verify::charset::CharacterSets;
use crate::verify::dates::Day;
use crate::verify::demand::{Demand, names_class};
use crate::verify::fold::Folded;
use crate::verify::pairs::{Pairs, same_bytes};
use crate::verify::rules::Rules;
use crate::verify::subject::is_placeholder;
use crate::verify::verdict::{Check, Collected};
use crate::verify::{Expectation, uids};

/// Longest value that is looked into.
const LONGEST: u64 = 1 << 20;

/// Attributes that say what was done: the markers' own check looks at them.
const MARKERS: [Tag; 4] =
    [Tag(0x0012, 0x0062), Tag(0x0012, 0x0063), Tag(0x0012, 0x0064), Tag(0x0028, 0x0303)];

/// Encapsulated Document.
const DOCUMENT: Tag = Tag(0x0042, 0x0011);

/// Compares a staged file with the rules.
pub(crate) struct PolicyCheck<'a, 'r> {
    pub expectation: &'a Expectation<'a>,
    pub staged: &'a Scan,
    pub pairs: &'a Pairs,
    pub rules: &'a Rules<'r>,
    /// UIDs of the input that may not come out.
    pub uids: &'a BTreeSet<String>,
    pub found: &'a mut Collected,
}

/// UIDs of the input that name things: no class, nothing that the standard registers.
///
/// # Errors
/// Those of the source.
pub(crate) fn input_uids(input: &Scan) -> io::Result<BTreeSet<String>> {
    let mut things = BTreeSet::new();
    let mut classes = BTreeSet::new();
    for (id, node) in input.iter() {
        if node.kind != NodeKind::Element || vr_of(node) != VR::UI {
            continue;
        }
        let text = latin(&input.value(id, LONGEST)?);
        let known = text.split('\\').map(uids::trim).filter(|uid| uids::is_telling(uid));
        let target = if names_class(node.tag) { &mut classes } else { &mut things };
        target.extend(known.map(str::to_owned));
    }
    things.insert(input.meta.sop_instance.clone());
    Ok(things.difference(&classes).filter(|uid| uids::is_telling(uid)).cloned().collect())
}

/// VR as written, or by the dictionary where it is UN.
pub(crate) fn vr_of(node: &Node) -> VR {
    match node.vr {
        VR::UN if dictionary::is_known(node.tag) => dictionary::vr(node.tag),
        vr => vr,
    }
}

pub(crate) fn latin(bytes: &[u8]) -> String {
    CharacterSets::default().decode(bytes)
}

/// The text of the first element of that tag at the top level, without padding.
///
/// # Errors
/// Those of the source.
pub(crate) fn top_text(scan: &Scan, tag: Tag) -> io::Result<Option<String>> {
    let Some(id) = scan.find(tag) else { return Ok(None) };
    Ok(Some(latin(&scan.value(id, LONGEST)?).trim_matches(['\0', ' ']).to_owned()))
}

fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, 0 | b' '))
}

impl PolicyCheck<'_, '_> {
    /// Checks every element at every depth.
    ///
    /// # Errors
    /// Those of the sources.
    pub(crate) fn run(&mut self) -> io::Result<()> {
        let creators = self.kept_blocks();
        let mut markers_end = 0;
        for (id, node) in self.staged.iter() {
            let is_element = !matches!(node.kind, NodeKind::Item | NodeKind::Fragment);
            if !is_element || node.tag.element() == 0 || node.start < markers_end {
                continue;
            }
            if node.parent.is_none() && MARKERS.contains(&node.tag) {
                markers_end = node.end;
                continue;
            }
            let path = self.staged.path(id);
            if let Some(wanted) = self.expectation.overrides.get(&path) {
                let wanted = wanted.clone();
                self.overridden(id, &path, &wanted)?;
                continue;
            }
            if path == AttributePath::root(DOCUMENT) && self.is_kept_document(id, &path)? {
                continue;
            }
            let vr = vr_of(node);
            let demand = match node.tag.group() % 2 {
                1 => {
                    self.private(node, &path, &creators);
                    let own = self.rules.own(id, &path)?;
                    let Some(demand) = own.filter(|demand| can_be_told(*demand, vr)) else {
                        continue;
                    };
                    demand
                }
                _ => self.rules.demand(id, &path)?,
            };
            if let Some(what) = self.violation((id, node, vr), demand)? {
                self.found.hold(Check::Policy, &path.to_string(), what);
            }
        }
        Ok(())
    }

    /// Whether a document is the input's, and the plan keeps it; its bytes are searched elsewhere.
    fn is_kept_document(&self, id: NodeId, path: &AttributePath) -> io::Result<bool> {
        let Some(pair) = self.pairs.of(id).filter(|_| self.expectation.kept.contains(path)) else {
            return Ok(false);
        };
        let input = self.expectation.input;
        same_bytes(
            (&self.staged.source, self.staged.node(id).value.clone()),
            (&input.source, input.node(pair).value.clone()),
        )
    }

    /// Groups, blocks and places whose private attributes are kept on purpose.
    fn kept_blocks(&self) -> BTreeSet<(Vec<crate::model::PathStep>, Tag)> {
        self.expectation
            .kept
            .iter()
            .filter(|path| path.tag().group() % 2 == 1)
            .map(|path| {
                let block = path.tag().element() >> 8;
                (path.steps().to_vec(), Tag(path.tag().group(), block))
            })
            .collect()
    }

    /// A private attribute stays only where a rule kept it, or for what is kept behind it.
    fn private(
        &mut self,
        node: &Node,
        path: &AttributePath,
        blocks: &BTreeSet<(Vec<crate::model::PathStep>, Tag)>,
    ) {
        let is_creator = (0x0010..=0x00FF).contains(&node.tag.element());
        let kept = self.expectation.kept.contains(path)
            || (is_creator && blocks.contains(&(path.steps().to_vec(), node.tag)))
            || self.expectation.kept.iter().any(|kept| is_inside(path, kept));
        if !kept {
            self.found.hold(Check::Policy, &path.to_string(), "a private attribute should be gone");
        }
    }

    /// Whether what a reviewer wanted stands there.
    fn overridden(
        &mut self,
        id: NodeId,
        path: &AttributePath,
        wanted: &Override,
    ) -> io::Result<()> {
        let value = self.staged.value(id, LONGEST)?;
        let what = match wanted {
            Override::Keep | Override::Clean => None,
            Override::Remove => Some("a reviewer removed it"),
            Override::Empty => (!is_blank(&value)).then_some("a reviewer emptied it"),
            Override::ReplaceWith(_) if self.is_input(id)? == Some(true) => {
                Some("a reviewer replaced it")
            }
            Override::ReplaceWith(_) => None,
        };
        if let Some(what) = what {
            self.found.hold(Check::Policy, &path.to_string(), what);
        }
        Ok(())
    }

    /// Whether the value is the input's; `None` where the input has none.
    fn is_input(&self, id: NodeId) -> io::Result<Option<bool>> {
        let Some(pair) = self.pairs.of(id) else { return Ok(None) };
        let input = self.expectation.input;
        let ours = (&self.staged.source, self.staged.node(id).value.clone());
        let theirs = (&input.source, input.node(pair).value.clone());
        Ok(Some(same_bytes(ours, theirs)?))
    }

    fn violation(
        &self,
        (id, node, vr): (NodeId, &Node, VR),
        demand: Demand,
    ) -> io::Result<Option<&'static str>> {
        let value = self.staged.value(id, LONGEST)?;
        if is_blank(&value) && demand != Demand::Absent && shape_of(vr).is_some() {
            return Ok(None);
        }
        if node.value.is_empty() && demand != Demand::Absent {
            return Ok(None);
        }
        let same = self.is_input(id)? == Some(true);
        let is_date = matches!(vr, VR::DA | VR::DT);
        let free = shape_of(vr).is_some() || vr == VR::SQ;
        let what = match demand {
            Demand::Absent => Some("it should be gone"),
            Demand::Gone => (!is_generic(&value)).then_some("it should be gone"),
            Demand::Empty if vr == VR::PN => self.name(&value),
            Demand::Empty => Some("it should be gone or empty"),
            // Sequences may stay when what is in them was cleaned: that is checked inside.
            Demand::Changed if vr == VR::SQ => None,
            Demand::Changed | Demand::YearOnly if vr == VR::PN => self.name(&value),
            Demand::Changed => {
                (same && !is_generic(&value)).then_some("it should have another value")
            }
            Demand::Cleaned if is_date => same.then_some("the date should be another one"),
            Demand::Cleaned => (!free).then_some("it cannot be cleaned, and should be gone"),
            Demand::NewUids if vr == VR::SQ => None,
            Demand::NewUids => self.new_uids(id, &value)?,
            Demand::Pseudonym => (!self.is_pseudonym(&value)).then_some("it is not the pseudonym"),
            Demand::YearOnly => has_month_and_day(&value).then_some("it has a month and day"),
            Demand::Kept { .. } => None,
        };
        let what = what.or_else(|| match vr {
            VR::PN if !matches!(demand, Demand::Kept { named: true } | Demand::Pseudonym) => {
                self.name(&value)
            }
            VR::AS if self.expectation.policy.cap_ages => {
                is_over_89(&value).then_some("an age over 89 years")
            }
            _ => None,
        });
        Ok(what)
    }

    /// A name is empty, a dummy or the pseudonym.
    fn name(&self, value: &[u8]) -> Option<&'static str> {
        let ok = self.is_pseudonym(value) || is_generic(value);
        (!ok).then_some("a name that is not the pseudonym")
    }

    fn is_pseudonym(&self, value: &[u8]) -> bool {
        let text = latin(value);
        let text = text.trim_matches(['\0', ' ']);
        text.is_empty() || text.split('\\').all(|one| self.expectation.pseudonyms.contains(one))
    }

    fn new_uids(&self, id: NodeId, value: &[u8]) -> io::Result<Option<&'static str>> {
        let text = latin(value);
        let ours: Vec<&str> = text.split('\\').map(uids::trim).collect();
        let old = match self.pairs.of(id) {
            Some(pair) => latin(&self.expectation.input.value(pair, LONGEST)?),
            None => String::new(),
        };
        let old: Vec<&str> = old.split('\\').map(uids::trim).collect();
        for (at, uid) in ours.iter().enumerate() {
            if uid.is_empty() || uids::is_standard(uid) {
                continue;
            }
            if self.uids.contains(*uid) || old.contains(uid) {
                return Ok(Some("a UID of the input"));
            }
            if !uid.starts_with("2.25.") {
                return Ok(Some("a UID that was not made by de-identification"));
            }
            let expected = old.get(at).and_then(|old| self.expectation.new_uids.get(*old));
            if expected.is_some_and(|expected| expected != uid) {
                return Ok(Some("not the UID that stands for the input's elsewhere"));
            }
        }
        Ok(None)
    }
}

/// Whether a private attribute shows that a demand is not met: what VR UN hides may be text, which
/// can be cleaned.
fn can_be_told(demand: Demand, vr: VR) -> bool {
    demand != Demand::Cleaned || vr != VR::UN
}

fn is_inside(path: &AttributePath, outer: &AttributePath) -> bool {
    let depth = outer.depth();
    path.steps().get(..depth) == Some(outer.steps())
        && path.steps().get(depth).is_some_and(|step| step.sequence == outer.tag())
}

/// Whether a value says nothing: a word for nothing, zero, or the first day of 1900. An input that
/// was de-identified before may have the dummy already.
fn is_generic(value: &[u8]) -> bool {
    let text = latin(value);
    let folded = Folded::new(text.trim_matches(['\0', ' ']));
    folded.words.split(' ').all(|word| is_placeholder(word) || word == "urn")
        || matches!(folded.words.as_str(), "000y" | "0 0" | "2 25 0")
        || text.starts_with("19000101")
        || value.iter().all(|byte| *byte == 0)
}

fn has_month_and_day(value: &[u8]) -> bool {
    latin(value).split('\\').any(|date| match Day::parse(date) {
        Some(day) => (day.month, day.day) != (1, 1),
        None => date.trim_matches(['\0', ' ']).len() > 4,
    })
}

/// Whether an age string is over 89 years; `090Y` stands for all of them.
fn is_over_89(value: &[u8]) -> bool {
    latin(value).split('\\').any(|age| {
        let age = age.trim_matches(['\0', ' ']);
        let Some((at, unit)) = age.char_indices().next_back() else { return false };
        let number: Option<u32> = age.get(..at).and_then(|digits| digits.trim().parse().ok());
        match (number, unit) {
            (Some(years), 'Y' | 'y') => years > 90,
            // 90 years in months do not fit into three digits, but files are not always valid.
            (Some(months), 'M' | 'm') => months >= 1080,
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_over_89_are_told_apart() {
        assert!(is_over_89(b"091Y") && is_over_89(b"050Y\\120Y"));
        assert!(!is_over_89(b"090Y") && !is_over_89(b"999M ") && !is_over_89(b""));
    }

    #[test]
    fn only_the_first_of_january_is_a_year() {
        assert!(!has_month_and_day(b"20240101") && !has_month_and_day(b"2024"));
        assert!(has_month_and_day(b"20240102") && has_month_and_day(b"20240101\\20240301"));
    }

    #[test]
    fn what_says_nothing_may_stay() {
        for value in [&b"REMOVED "[..], b"0", b"ANONYMOUS^PATIENT", b"19000101", b"urn:removed"] {
            assert!(is_generic(value));
        }
        assert!(!is_generic(b"F") && !is_generic(b"DOE") && !is_generic(b"20240101"));
    }
}
