//! Boxes of several passes over one picture become as few as cover the same.

use crate::detect::FoundRegion;
use crate::model::Region;

/// Two boxes become one where the box around both is covered so far by all boxes, in percent.
const FILLED: u64 = 85;

/// Joins boxes that touch while hardly anything between them is added. What was covered stays covered.
pub(crate) fn joined(mut boxes: Vec<FoundRegion>, size: (u32, u32)) -> Vec<FoundRegion> {
    let covered = Covered::by(&boxes, size);
    in_order(&mut boxes);
    let mut at = 0;
    while at < boxes.len() {
        match partner(&boxes, at, &covered) {
            Some((other, both)) => {
                let score = boxes[at].score.max(boxes[other].score);
                boxes.remove(other);
                boxes[at] = FoundRegion { region: both, score };
                // It may touch now what it did not before, and so may those before it.
                at = 0;
            }
            None => at += 1,
        }
    }
    in_order(&mut boxes);
    boxes
}

fn in_order(boxes: &mut Vec<FoundRegion>) {
    boxes.sort_by_key(|FoundRegion { region, score }| {
        (region.y0, region.x0, region.y1, region.x1, u8::MAX - score)
    });
    boxes.dedup_by_key(|found| found.region);
}

/// The first box behind `at` that it can be joined with.
fn partner(boxes: &[FoundRegion], at: usize, covered: &Covered) -> Option<(usize, Region)> {
    let one = boxes.get(at)?.region;
    boxes.iter().enumerate().skip(at + 1).find_map(|(place, found)| {
        let other = found.region;
        let touch = one.x0.max(other.x0) <= one.x1.min(other.x1)
            && one.y0.max(other.y0) <= one.y1.min(other.y1);
        let both = one.and(other);
        (touch && covered.inside(both) * 100 >= FILLED * both.area()).then_some((place, both))
    })
}

/// How many pixels above and left of each are covered by a box.
struct Covered {
    columns: usize,
    sums: Vec<u32>,
}

impl Covered {
    fn by(boxes: &[FoundRegion], (width, height): (u32, u32)) -> Self {
        let columns = width as usize + 1;
        let mut sums = vec![0_u32; columns * (height as usize + 1)];
        for FoundRegion { region, .. } in boxes {
            for y in region.y0..region.y1.min(height) {
                let row = (y as usize + 1) * columns + 1;
                let cells = row + region.x0 as usize..row + region.x1.min(width) as usize;
                sums.get_mut(cells).unwrap_or_default().fill(1);
            }
        }
        for at in columns..sums.len() {
            // The first of each row stays 0.
            if at % columns > 0 {
                sums[at] = sums[at] + sums[at - 1] + sums[at - columns] - sums[at - columns - 1];
            }
        }
        Self { columns, sums }
    }

    fn inside(&self, region: Region) -> u64 {
        let sum = |x: u32, y: u32| {
            let at = y as usize * self.columns + x as usize;
            i64::from(self.sums.get(at).copied().unwrap_or_default())
        };
        let Region { x0, y0, x1, y1 } = region;
        (sum(x1, y1) - sum(x0, y1) - sum(x1, y0) + sum(x0, y0)).max(0).cast_unsigned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(x0: u32, y0: u32, x1: u32, y1: u32) -> FoundRegion {
        FoundRegion { region: Region { x0, y0, x1, y1 }, score: 80 }
    }

    #[test]
    fn boxes_of_one_word_become_one_and_lines_stay_apart() {
        let boxes = vec![found(10, 10, 60, 24), found(12, 9, 63, 25), found(10, 40, 60, 54)];
        let out = joined(boxes, (100, 100));
        assert_eq!(out, [found(10, 9, 63, 25), found(10, 40, 60, 54)]);
        let corner = vec![found(0, 0, 50, 10), found(40, 10, 50, 60)];
        assert_eq!(
            joined(corner.clone(), (100, 100)),
            corner,
            "the box around them is mostly bare"
        );
    }

    #[test]
    fn the_edge_of_the_picture_is_no_obstacle() {
        let out = joined(vec![found(80, 90, 100, 100), found(80, 88, 100, 100)], (100, 100));
        assert_eq!(out, [found(80, 88, 100, 100)]);
        assert_eq!(joined(Vec::new(), (0, 0)), []);
    }

    proptest! {
        #[test]
        fn what_was_covered_stays_so_and_little_is_added(
            corners in prop::collection::vec((0_u32..90, 0_u32..90, 1_u32..40, 1_u32..40), 0..14)
        ) {
            let boxes: Vec<FoundRegion> = corners
                .into_iter()
                .map(|(x, y, w, h)| found(x, y, (x + w).min(100), (y + h).min(100)))
                .collect();
            let out = joined(boxes.clone(), (100, 100));
            prop_assert!(out.len() <= boxes.len());
            let pixels = |boxes: &[FoundRegion]| Covered::by(boxes, (100, 100)).inside(Region { x0: 0, y0: 0, x1: 100, y1: 100 });
            let both: Vec<FoundRegion> = boxes.iter().chain(&out).copied().collect();
            prop_assert_eq!(pixels(&both), pixels(&out), "something is bare now");
            prop_assert!(pixels(&out) * FILLED <= pixels(&boxes) * 100 + 100 * 100);
        }
    }
}
