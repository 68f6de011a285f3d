//! Finds the rules that may be about an attribute, without trying them all.

use crate::model::Tag;
use crate::profile::Rule;
use crate::profile::quick::QuickMap;

/// The rules of a profile by what they name; each list is in the order of the profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RuleIndex {
    by_tag: QuickMap<Tag, Vec<usize>>,
    /// Those that leave digits of the element open, as the block of a private one.
    by_group: QuickMap<u16, Vec<usize>>,
    /// Those that leave digits of the group open.
    patterns: Vec<usize>,
    by_vr: Vec<usize>,
    names_private: bool,
}

impl RuleIndex {
    pub(crate) fn new(rules: &[Rule]) -> Self {
        let mut index = Self::default();
        for (at, rule) in rules.iter().enumerate() {
            let tags = rule.place.as_ref().map(|place| place.tags());
            let list = match tags.map(|tags| (tags.exact(), tags.group())) {
                Some((Some(tag), _)) => index.by_tag.entry(tag).or_default(),
                Some((None, Some(group))) => index.by_group.entry(group).or_default(),
                Some((None, None)) => &mut index.patterns,
                None => &mut index.by_vr,
            };
            list.push(at);
            let group = tags.map(|tags| tags.group());
            index.names_private |= group.is_some_and(|group| group.is_none_or(|at| at % 2 == 1));
        }
        index
    }

    /// Rules that may name a tag, the last first.
    pub(crate) fn naming(&self, tag: Tag) -> impl Iterator<Item = usize> {
        let mut lists = [
            self.by_tag.get(&tag).map_or(&[][..], Vec::as_slice),
            self.by_group.get(&tag.group()).map_or(&[][..], Vec::as_slice),
            self.patterns.as_slice(),
        ];
        std::iter::from_fn(move || {
            let latest = lists.iter_mut().max_by_key(|list| list.last().copied())?;
            let (last, before) = latest.split_last()?;
            *latest = before;
            Some(*last)
        })
    }

    /// Rules that name a VR only, the last first.
    pub(crate) fn by_vr(&self) -> impl Iterator<Item = usize> {
        self.by_vr.iter().rev().copied()
    }

    /// Whether any rule may name private attributes.
    pub(crate) const fn names_private(&self) -> bool {
        self.names_private
    }
}
