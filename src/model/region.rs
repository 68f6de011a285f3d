//! Rectangles in an image.

/// A rectangle in the pixels of one frame, half-open, origin at the top left.
///
/// Covers columns `x0..x1` and rows `y0..y1`, in image pixels (never screen points).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region {
    /// First column.
    pub x0: u32,
    /// First row.
    pub y0: u32,
    /// One past the last column.
    pub x1: u32,
    /// One past the last row.
    pub y1: u32,
}

impl Region {
    /// A region from two corners in any order; `None` when it covers no pixel.
    pub fn from_corners(a: (u32, u32), b: (u32, u32)) -> Option<Self> {
        let region =
            Self { x0: a.0.min(b.0), y0: a.1.min(b.1), x1: a.0.max(b.0), y1: a.1.max(b.1) };
        (!region.is_empty()).then_some(region)
    }

    /// Number of columns.
    pub const fn width(self) -> u32 {
        self.x1.saturating_sub(self.x0)
    }

    /// Number of rows.
    pub const fn height(self) -> u32 {
        self.y1.saturating_sub(self.y0)
    }

    /// Number of pixels.
    pub const fn area(self) -> u64 {
        self.width() as u64 * self.height() as u64
    }

    /// Whether it covers no pixel.
    pub const fn is_empty(self) -> bool {
        self.width() == 0 || self.height() == 0
    }

    /// The smallest region that holds both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            x0: self.x0.min(other.x0),
            y0: self.y0.min(other.y0),
            x1: self.x1.max(other.x1),
            y1: self.y1.max(other.y1),
        }
    }

    /// The pixels in both.
    pub fn intersection(self, other: Self) -> Option<Self> {
        let both = Self {
            x0: self.x0.max(other.x0),
            y0: self.y0.max(other.y0),
            x1: self.x1.min(other.x1),
            y1: self.y1.min(other.y1),
        };
        (!both.is_empty()).then_some(both)
    }

    /// The number of pixels in both.
    pub fn common(self, other: Self) -> u64 {
        self.intersection(other).map_or(0, Self::area)
    }

    /// Whether so many percent of it, or more, lie in another; an empty region lies in none.
    pub fn lies_in(self, other: Self, percent: u64) -> bool {
        // A hundred times the largest area is more than 64 bits hold.
        let (common, area) = (u128::from(self.common(other)), u128::from(self.area()));
        !self.is_empty() && 100 * common >= u128::from(percent) * area
    }

    /// What lies inside a frame of `columns` × `rows`.
    pub fn clamped(self, columns: u32, rows: u32) -> Option<Self> {
        self.intersection(Self { x0: 0, y0: 0, x1: columns, y1: rows })
    }

    /// Grown by `margin` pixels on each side; the top left is cut at the origin.
    #[must_use]
    pub const fn grown(self, margin: u32) -> Self {
        Self {
            x0: self.x0.saturating_sub(margin),
            y0: self.y0.saturating_sub(margin),
            x1: self.x1.saturating_add(margin),
            y1: self.y1.saturating_add(margin),
        }
    }

    /// The same, farther right and down.
    #[must_use]
    pub const fn shifted(self, across: u32, down: u32) -> Self {
        Self {
            x0: self.x0.saturating_add(across),
            y0: self.y0.saturating_add(down),
            x1: self.x1.saturating_add(across),
            y1: self.y1.saturating_add(down),
        }
    }

    /// Whether pixel (`x`, `y`) lies inside.
    pub const fn contains(self, x: u32, y: u32) -> bool {
        x >= self.x0 && x < self.x1 && y >= self.y0 && y < self.y1
    }
}

#[cfg(test)]
mod tests {
    use super::Region;

    #[test]
    fn corners_may_come_in_any_order_and_need_an_area() {
        let region = Region::from_corners((9, 2), (4, 7)).unwrap();
        assert_eq!(region, Region { x0: 4, y0: 2, x1: 9, y1: 7 });
        assert_eq!(Region::from_corners((4, 2), (4, 7)), None);
        assert_eq!(region.area(), 25);
    }

    #[test]
    fn a_region_lies_in_another_by_so_much() {
        let region = |x0, x1| Region { x0, y0: 0, x1, y1: 10 };
        assert_eq!(region(0, 10).common(region(7, 30)), 30);
        assert!(region(0, 10).lies_in(region(7, 30), 30));
        assert!(!region(0, 10).lies_in(region(7, 30), 31));
        assert!(!region(0, 10).lies_in(region(10, 30), 1));
        assert!(!region(5, 5).lies_in(region(0, 30), 0));
        let all = Region { x0: 0, y0: 0, x1: u32::MAX, y1: u32::MAX };
        assert!(all.lies_in(all, 100) && !all.lies_in(region(0, 10), 1));
    }

    #[test]
    fn clamping_drops_what_is_outside() {
        let region = Region { x0: 90, y0: 0, x1: 200, y1: 5 };
        assert_eq!(region.clamped(100, 100), Some(Region { x0: 90, y0: 0, x1: 100, y1: 5 }));
        assert_eq!(region.clamped(90, 100), None);
    }
}
