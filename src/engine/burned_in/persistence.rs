//! Text that stands in the same place of many images of a series is burned in: anatomy moves.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Finding, FrameFindings};

/// Images in which it must stand.
const FEWEST: usize = 3;
/// Boxes of the same text differ by less than this many pixels on each side.
const STEP: u32 = 8;
/// Characters that must have been read alike: two letters of noise are soon the same.
const LETTERS: usize = 3;

/// A text in its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    place: [u32; 2],
    text: String,
}

impl Spot {
    pub(super) fn of(finding: &Finding) -> Self {
        let region = finding.region;
        let middle = |a: u32, b: u32| u32::midpoint(a, b) / STEP;
        let text = finding.text.expose().chars().filter(|letter| letter.is_alphanumeric());
        Self {
            place: [middle(region.x0, region.x1), middle(region.y0, region.y1)],
            text: text.flat_map(char::to_uppercase).collect(),
        }
    }
}

/// The spots of one series that last. What could not be read lasts nowhere: edges of organs and
/// tables stand still, too.
pub(super) fn lasting<'a>(frames: impl Iterator<Item = &'a FrameFindings>) -> BTreeSet<Spot> {
    let mut counts: BTreeMap<Spot, usize> = BTreeMap::new();
    for frame in frames {
        let spots: BTreeSet<Spot> = frame.findings.iter().map(Spot::of).collect();
        for spot in spots.into_iter().filter(|spot| spot.text.chars().count() >= LETTERS) {
            *counts.entry(spot).or_default() += 1;
        }
    }
    counts.into_iter().filter(|(_, count)| *count >= FEWEST).map(|(spot, _)| spot).collect()
}
