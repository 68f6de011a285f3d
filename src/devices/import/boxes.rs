//! Boxes in the two ways that others write them.

use crate::devices::ImageSize;
use crate::model::Region;

/// What four numbers of a box mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Convention {
    /// x0, y0, x1, y1: the first column and row, and those behind the last.
    Corners,
    /// x, y, w, h: the first column and row, and how many there are. A negative x or y counts from
    /// the right or bottom edge.
    Extent,
}

/// The region that four numbers mean in pictures of a size, cut at its edges.
///
/// # Errors
/// In words, where it covers no pixel, or counts from an edge that is not known.
pub fn region(numbers: [i64; 4], means: Convention, size: ImageSize) -> Result<Region, String> {
    let [x, y, third, fourth] = numbers;
    let whole = size.whole();
    let (x0, y0, x1, y1) = match means {
        Convention::Corners if x < 0 || y < 0 => return Err("a corner is below 0".into()),
        Convention::Corners => (x, y, third, fourth),
        Convention::Extent if (x < 0 || y < 0) && size == ImageSize::Any => {
            return Err("it counts from an edge, and the image size is not known".into());
        }
        Convention::Extent => {
            let (x, y) = (from_edge(x, whole.x1), from_edge(y, whole.y1));
            (x, y, x.saturating_add(third), y.saturating_add(fourth))
        }
    };
    let within = |at: i64, end: u32| u32::try_from(at.clamp(0, end.into())).unwrap_or(end);
    let region = Region {
        x0: within(x0, whole.x1),
        y0: within(y0, whole.y1),
        x1: within(x1, whole.x1),
        y1: within(y1, whole.y1),
    };
    match region.is_empty() {
        true => Err("the box covers no pixel of the picture".into()),
        false => Ok(region),
    }
}

fn from_edge(at: i64, edge: u32) -> i64 {
    if at < 0 { at.saturating_add(edge.into()).max(0) } else { at }
}

/// Reads four whole numbers between commas.
pub(crate) fn numbers(text: &str) -> Option<[i64; 4]> {
    let numbers: Option<Vec<i64>> =
        text.split(',').map(|number| number.trim().parse().ok()).collect();
    numbers?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: ImageSize = ImageSize::Exactly { rows: 100, columns: 200 };

    #[test]
    fn the_same_rectangle_in_both_conventions_is_the_same_region() {
        for (corners, extent, expected) in [
            ([0, 0, 200, 20], [0, 0, 200, 20], (0, 0, 200, 20)),
            ([10, 5, 30, 9], [10, 5, 20, 4], (10, 5, 30, 9)),
            ([199, 99, 200, 100], [199, 99, 1, 1], (199, 99, 200, 100)),
            // What leaves the picture ends at its edge.
            ([150, 90, 900, 900], [150, 90, 750, 810], (150, 90, 200, 100)),
            ([0, 0, i64::MAX, 1], [0, 0, i64::MAX, 1], (0, 0, 200, 1)),
        ] {
            let (x0, y0, x1, y1) = expected;
            let expected = Ok(Region { x0, y0, x1, y1 });
            assert_eq!(region(corners, Convention::Corners, SIZE), expected, "{corners:?}");
            assert_eq!(region(extent, Convention::Extent, SIZE), expected, "{extent:?}");
        }
    }

    #[test]
    fn the_same_numbers_are_not_the_same_rectangle() {
        let numbers = [10, 20, 30, 40];
        let as_corners = region(numbers, Convention::Corners, SIZE).unwrap();
        let as_extent = region(numbers, Convention::Extent, SIZE).unwrap();
        assert_eq!((as_corners.width(), as_corners.height()), (20, 20));
        assert_eq!((as_extent.width(), as_extent.height()), (30, 40));
    }

    #[test]
    fn an_extent_may_count_from_the_right_and_bottom_edge() {
        let found = region([-50, -10, 40, 10], Convention::Extent, SIZE);
        assert_eq!(found, Ok(Region { x0: 150, y0: 90, x1: 190, y1: 100 }));
        assert!(region([-50, 0, 40, 10], Convention::Extent, ImageSize::Any).is_err());
        assert!(region([-50, 0, 40, 10], Convention::Corners, SIZE).is_err());
    }

    #[test]
    fn a_box_without_pixels_is_refused() {
        for numbers in [[10, 10, 10, 20], [30, 10, 20, 20], [200, 0, 210, 9]] {
            assert!(region(numbers, Convention::Corners, SIZE).is_err(), "{numbers:?}");
        }
        for numbers in [[10, 10, 0, 5], [10, 10, -5, 5], [200, 0, 10, 9], [i64::MAX, 0, 1, 1]] {
            assert!(region(numbers, Convention::Extent, SIZE).is_err(), "{numbers:?}");
        }
    }
}
