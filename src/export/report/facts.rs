//! What the report keeps of each released instance. Instances of a series share what is alike in them:
//! a batch has hundreds of thousands.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{HoldReason, Layer, PlannedEdit, Region};
use crate::verify::{Stated, Verdict};

/// Most looks at one instance: frames of which each has other masks than those before.
const MOST_LOOKS: usize = 4;

/// What the report tells of a released instance.
#[derive(Clone, Debug)]
pub struct Told {
    /// What it has in common with others of its series.
    pub alike: Arc<Alike>,
    /// What was painted over.
    pub masks: Masks,
    /// What verify or the plan found and a person accepted.
    pub accepted: Vec<HoldReason>,
    /// Places where a clinical word that may be a name stays on purpose.
    pub listed: usize,
}

/// What instances of a series mostly have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alike {
    /// What the released file says of itself.
    pub stated: Stated,
    /// How many attributes each rule decided, by layer and rule.
    pub rules: Vec<(Layer, Arc<str>, u32)>,
}

/// What was painted over in one instance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Masks {
    /// Frames with a mask.
    pub frames: u64,
    /// Areas in all of them together.
    pub areas: u64,
    /// Frames worth a look, with their areas: the first, and those masked otherwise than the ones before.
    pub looks: Vec<(u32, Vec<Region>)>,
}

impl Told {
    /// What is told of a file that verify passed; `accepted` is what the plan held.
    pub fn new(
        edits: &[PlannedEdit],
        verdict: &Verdict,
        filled: &BTreeMap<u32, Vec<Region>>,
        mut accepted: Vec<HoldReason>,
    ) -> Self {
        accepted.extend(verdict.accepted.iter().cloned());
        let alike = Alike { stated: verdict.stated.clone(), rules: rules(edits) };
        let (alike, masks) = (Arc::new(alike), Masks::of(filled));
        Self { alike, masks, accepted, listed: verdict.listed.len() }
    }

    /// Keeps one copy of what the instance before said, too.
    pub fn share(&mut self, last: &mut Option<Arc<Alike>>) {
        match last {
            Some(last) if *last == self.alike => self.alike = last.clone(),
            _ => *last = Some(self.alike.clone()),
        }
    }
}

impl Masks {
    fn of(filled: &BTreeMap<u32, Vec<Region>>) -> Self {
        let mut masks = Self::default();
        for (frame, regions) in filled {
            masks.frames += 1;
            masks.areas += regions.len() as u64;
            let is_new = masks.looks.iter().all(|(_, seen)| seen != regions);
            if is_new && masks.looks.len() < MOST_LOOKS {
                masks.looks.push((*frame, regions.clone()));
            }
        }
        masks
    }
}

fn rules(edits: &[PlannedEdit]) -> Vec<(Layer, Arc<str>, u32)> {
    let mut counts: BTreeMap<(Layer, &Arc<str>), u32> = BTreeMap::new();
    for edit in edits {
        *counts.entry((edit.layer, &edit.rule)).or_default() += 1;
    }
    counts.into_iter().map(|((layer, rule), count)| (layer, rule.clone(), count)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_masked_alike_need_one_look() {
        let region = |x0| Region { x0, y0: 0, x1: 20, y1: 9 };
        let filled = (0..100).map(|frame| (frame, vec![region(u32::from(frame >= 40))]));
        let masks = Masks::of(&filled.collect());
        assert_eq!((masks.frames, masks.areas), (100, 100));
        assert_eq!(masks.looks, [(0, vec![region(0)]), (40, vec![region(1)])]);
        let filled = (0..100).map(|frame| (frame, vec![region(frame % 20)]));
        assert_eq!(Masks::of(&filled.collect()).looks.len(), MOST_LOOKS);
    }
}
