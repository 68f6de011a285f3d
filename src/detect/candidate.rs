//! What one pass takes for text, and when that is believed.

use crate::detect::FoundRegion;
use crate::detect::geometry::View;
use crate::detect::outline::{TextMap, outlines};
use crate::model::Region;

/// A box is text when its score is at least this; less may support nothing, and is only suspected.
const LEAST_SCORE: f64 = 0.5;
/// Boxes are grown by this many pixels of the picture on each side.
const MARGIN: u32 = 2;
/// Lines of text are no thicker than this many pixels of the picture, or this part of its short side:
/// what is larger is a structure, and print that large is found in its letters.
const THICKEST: f64 = 32.0;
const THICKEST_PART: f64 = 16.0;
/// A box shorter than this times its thickness is a single mark, and needs a score: dots, screws and
/// arrows look like letters.
const COMPACT: f64 = 1.5;
const COMPACT_SCORE: f64 = 0.6;
/// Print is seldom thicker than this, in pixels; what is needs another pass or a score that says so.
const LARGE: f64 = 16.0;
/// What is thicker than this needs both.
const HUGE: f64 = 24.0;
const SURE: f64 = 0.7;

/// A box of one pass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Candidate {
    /// Where, in pixels of the picture, grown by the margin.
    pub(crate) region: Region,
    score: f64,
    /// Thickness of the core, in pixels of the picture.
    thickness: f64,
    elongation: f64,
}

impl Candidate {
    /// Whether both see the same: the smaller box lies half in the other.
    pub(crate) fn supports(&self, other: &Self) -> bool {
        if self.score < LEAST_SCORE {
            return false;
        }
        self.region.lies_in(other.region, 50) || other.region.lies_in(self.region, 50)
    }

    /// Whether it is believed, by its score, its size, and the support of another pass.
    pub(crate) fn holds(&self, is_supported: bool) -> bool {
        let is_sure = self.score >= SURE;
        self.score >= LEAST_SCORE
            && (self.elongation >= COMPACT || self.score >= COMPACT_SCORE)
            && (self.thickness < LARGE || is_supported || is_sure)
            && (self.thickness < HUGE || (is_supported && is_sure))
    }

    pub(crate) fn found(&self) -> FoundRegion {
        FoundRegion { region: self.region, score: (self.score * 100.0).round() as u8 }
    }
}

/// Text on a map as boxes of the picture.
pub(crate) fn candidates(map: &TextMap, view: &View) -> Vec<Candidate> {
    let ((width, height), (columns, rows)) = (view.picture, view.input);
    let grown =
        f64::midpoint(f64::from(width) / f64::from(columns), f64::from(height) / f64::from(rows));
    let thickest = THICKEST.max(f64::from(width.min(height)) / THICKEST_PART);
    let found = outlines(map, thickest / grown).into_iter();
    found
        .filter_map(|outline| {
            Some(Candidate {
                region: view.region(outline.edges, MARGIN)?,
                score: outline.score,
                thickness: outline.thickness * grown,
                elongation: outline.elongation,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(score: f64, thickness: f64, elongation: f64) -> Candidate {
        let region = Region { x0: 10, y0: 10, x1: 60, y1: 30 };
        Candidate { region, score, thickness, elongation }
    }

    #[test]
    fn the_larger_a_box_the_more_must_speak_for_it() {
        for (score, thickness, elongation, alone, supported) in [
            (0.49, 8.0, 4.0, false, false),
            (0.5, 8.0, 4.0, true, true),
            (0.5, 8.0, 1.2, false, false),
            (0.6, 8.0, 1.2, true, true),
            (0.5, 18.0, 4.0, false, true),
            (0.8, 18.0, 4.0, true, true),
            (0.8, 28.0, 4.0, false, true),
            (0.6, 28.0, 4.0, false, false),
        ] {
            let it = candidate(score, thickness, elongation);
            assert_eq!((it.holds(false), it.holds(true)), (alone, supported), "{it:?}");
        }
    }

    #[test]
    fn a_box_is_supported_by_one_that_it_lies_in_by_half() {
        let it = candidate(0.5, 8.0, 2.0);
        let at = |x0, x1| Candidate { region: Region { x0, x1, ..it.region }, ..it };
        assert!(at(20, 90).supports(&it) && at(0, 300).supports(&it) && at(12, 18).supports(&it));
        assert!(!at(50, 100).supports(&it) && !at(70, 90).supports(&it));
    }
}
