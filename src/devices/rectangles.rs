//! Sums and differences of rectangles.

use crate::model::Region;

/// What lies in any of `areas` and in none of `holes`, as rectangles that do not overlap.
///
/// They are as high as they can be and stand in the order of their rows, then columns, so that equal
/// areas give equal rectangles. Areas and holes may overlap; empty ones count for nothing.
pub fn without(areas: &[Region], holes: &[Region]) -> Vec<Region> {
    let mut rows: Vec<u32> = areas.iter().chain(holes).flat_map(|one| [one.y0, one.y1]).collect();
    rows.sort_unstable();
    rows.dedup();
    let (mut done, mut open): (Vec<Region>, Vec<Region>) = (Vec::new(), Vec::new());
    for strip in rows.windows(2) {
        let &[y0, y1] = strip else { continue };
        let mut here = Vec::new();
        for (x0, x1) in left_over(&spans(areas, y0), &spans(holes, y0)) {
            let above = open.iter().position(|above| (above.x0, above.x1) == (x0, x1));
            here.push(match above {
                Some(at) => Region { y1, ..open.swap_remove(at) },
                None => Region { x0, y0, x1, y1 },
            });
        }
        done.append(&mut open);
        open = here;
    }
    done.append(&mut open);
    done.sort_unstable_by_key(|one| (one.y0, one.x0));
    done
}

/// The columns that regions cover in a row, as half-open spans in order that do not touch.
fn spans(regions: &[Region], row: u32) -> Vec<(u32, u32)> {
    let covers = |one: &&Region| !one.is_empty() && one.y0 <= row && row < one.y1;
    let mut all: Vec<_> = regions.iter().filter(covers).map(|one| (one.x0, one.x1)).collect();
    all.sort_unstable();
    let mut joined: Vec<(u32, u32)> = Vec::new();
    for (start, end) in all {
        match joined.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => joined.push((start, end)),
        }
    }
    joined
}

/// What is left of spans when others are taken out; both in order.
fn left_over(spans: &[(u32, u32)], holes: &[(u32, u32)]) -> Vec<(u32, u32)> {
    let mut left = Vec::new();
    for &(start, end) in spans {
        let mut from = start;
        for &(hole, hole_end) in holes.iter().filter(|hole| hole.0 < end && hole.1 > start) {
            if from < hole {
                left.push((from, hole));
            }
            from = from.max(hole_end);
        }
        if from < end {
            left.push((from, end));
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const SIDE: u32 = 24;

    fn regions() -> impl Strategy<Value = Vec<Region>> {
        let corner = || (0..=SIDE, 0..=SIDE);
        vec((corner(), corner()), 0..7).prop_map(|corners| {
            corners.into_iter().filter_map(|(a, b)| Region::from_corners(a, b)).collect()
        })
    }

    #[test]
    fn a_frame_around_a_hole_is_four_rectangles() {
        let whole = Region { x0: 0, y0: 0, x1: 10, y1: 8 };
        let hole = Region { x0: 2, y0: 3, x1: 7, y1: 6 };
        let expected = [(0, 0, 10, 3), (0, 3, 2, 6), (7, 3, 10, 6), (0, 6, 10, 8)];
        let expected = expected.map(|(x0, y0, x1, y1)| Region { x0, y0, x1, y1 });
        assert_eq!(without(&[whole], &[hole]), expected);
        assert_eq!(without(&[whole], &[whole.grown(1)]), []);
        assert_eq!(without(&[], &[hole]), []);
    }

    #[test]
    fn the_largest_regions_there_are_do_no_harm() {
        let all = Region { x0: 0, y0: 0, x1: u32::MAX, y1: u32::MAX };
        let dot = Region { x0: u32::MAX - 1, y0: u32::MAX - 1, x1: u32::MAX, y1: u32::MAX };
        let left = without(&[all], &[dot]);
        assert_eq!(left.iter().map(|one| one.area()).sum::<u64>(), all.area() - 1);
    }

    proptest! {
        #[test]
        fn each_pixel_is_covered_once_or_not_at_all(areas in regions(), holes in regions()) {
            let left = without(&areas, &holes);
            for (x, y) in (0..SIDE).flat_map(|x| (0..SIDE).map(move |y| (x, y))) {
                let is_in = |set: &[Region]| set.iter().filter(|one| one.contains(x, y)).count();
                let expected = is_in(&areas) > 0 && is_in(&holes) == 0;
                prop_assert_eq!(is_in(&left), usize::from(expected), "pixel {},{}", x, y);
            }
            prop_assert_eq!(&without(&left, &[]), &left);
        }
    }
}
