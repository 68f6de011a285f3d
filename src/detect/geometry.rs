//! How large the detector sees a picture.

use crate::detect::DetectError;
use crate::model::Region;

/// Sides of the detector's input are multiples of this.
const STRIDE: f64 = 32.0;
/// Pictures whose short side is below this are shown at twice their size.
const SMALL_SIDE: u32 = 400;
/// At most this many pixels are shown at once: it bounds time (2.7 CPU s) and memory.
const MOST_PIXELS: f64 = 2_500_000.0;
/// Below this scale print of 20 pixels falls under what the detector sees (8 pixels).
const LEAST_SCALE: f64 = 1.0 / 3.0;

/// The size at which the detector sees a picture, and the way back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct View {
    /// Columns and rows of the picture.
    pub(crate) picture: (u32, u32),
    /// Columns and rows of the detector's input.
    pub(crate) input: (u32, u32),
    /// How much the picture grew (more than 1) or shrank.
    pub(crate) scale: f64,
}

impl View {
    /// Chooses the size: `wanted` times the picture's, more for a small one, less for a large one.
    ///
    /// # Errors
    /// [`DetectError::TooLarge`] when the picture would shrink below a third.
    pub(crate) fn of(width: u32, height: u32, wanted: f64) -> Result<Self, DetectError> {
        let (columns, rows) = (f64::from(width), f64::from(height));
        let wanted = if width.min(height) < SMALL_SIDE { wanted.max(2.0) } else { wanted };
        let scale = f64::min(wanted, (MOST_PIXELS / (columns * rows)).sqrt());
        let input = (rounded(columns * scale), rounded(rows * scale));
        let shown = f64::from(input.0) * f64::from(input.1);
        // A strip a few pixels wide is rounded up to 32: that too must stay within bounds.
        if width == 0 || height == 0 || scale < LEAST_SCALE || shown > 2.0 * MOST_PIXELS {
            return Err(DetectError::TooLarge { width, height });
        }
        Ok(Self { picture: (width, height), input, scale })
    }

    /// Carries a box of the detector's input (edges, not pixel centres) back to whole pixels of
    /// the picture, outwards, grown by `margin` and cut at its edges.
    pub(crate) fn region(&self, edges: [f64; 4], margin: u32) -> Option<Region> {
        let across = f64::from(self.picture.0) / f64::from(self.input.0);
        let down = f64::from(self.picture.1) / f64::from(self.input.1);
        let [left, top, right, bottom] = edges;
        // `as` saturates: what lies left of or above the picture becomes 0.
        let region = Region {
            x0: (left * across).floor() as u32,
            y0: (top * down).floor() as u32,
            x1: (right * across).ceil() as u32,
            y1: (bottom * down).ceil() as u32,
        };
        region.grown(margin).clamped(self.picture.0, self.picture.1)
    }
}

/// Depth, length and overlap of the parts of a large picture that are also seen at their full size.
const DEPTH: u32 = 512;
const LENGTH: u32 = 1024;
const OVERLAP: u32 = 64;

/// Parts along the four sides of a picture, where print stands as a rule.
pub(crate) fn tiles(width: u32, height: u32) -> Vec<Region> {
    let (deep, tall) = (DEPTH.min(width), DEPTH.min(height));
    let mut tiles = Vec::new();
    for (x0, x1) in steps(width) {
        tiles.push(Region { x0, y0: 0, x1, y1: tall });
        tiles.push(Region { x0, y0: height - tall, x1, y1: height });
    }
    for (y0, y1) in steps(height) {
        tiles.push(Region { x0: 0, y0, x1: deep, y1 });
        tiles.push(Region { x0: width - deep, y0, x1: width, y1 });
    }
    tiles.sort_by_key(|tile| (tile.y0, tile.x0, tile.y1, tile.x1));
    tiles.dedup();
    tiles
}

/// Stretches of a side, each overlapping the next.
fn steps(side: u32) -> impl Iterator<Item = (u32, u32)> {
    let stride = LENGTH - OVERLAP;
    let count = side.saturating_sub(OVERLAP).div_ceil(stride).max(1);
    (0..count).map(move |step| (step * stride, (step * stride + LENGTH).min(side)))
}

fn rounded(side: f64) -> u32 {
    ((side / STRIDE).round().max(1.0) * STRIDE) as u32
}

#[cfg(test)]
mod tests {
    use super::{View, tiles};
    use crate::model::Region;

    #[test]
    fn ordinary_pictures_keep_their_size_and_small_ones_double() {
        assert_eq!(View::of(512, 512, 1.0).unwrap().input, (512, 512));
        assert_eq!(View::of(835, 626, 1.0).unwrap().input, (832, 640));
        assert_eq!(View::of(320, 240, 1.0).unwrap().input, (640, 480));
        assert_eq!(View::of(1, 1, 1.0).unwrap().input, (32, 32));
        assert_eq!(View::of(512, 512, 1.5).unwrap().input, (768, 768));
    }

    #[test]
    fn large_pictures_shrink_and_huge_ones_are_refused() {
        let view = View::of(3000, 2500, 1.0).unwrap();
        assert!(view.scale < 0.6 && f64::from(view.input.0) * f64::from(view.input.1) < 2.7e6);
        assert!(View::of(60_000, 60_000, 1.0).is_err());
        assert!(View::of(u32::MAX, u32::MAX, 1.0).is_err());
        assert!(View::of(u32::MAX, 1, 1.0).is_err());
        assert!(View::of(0, 7, 1.0).is_err());
    }

    #[test]
    fn tiles_cover_the_sides_and_stay_inside() {
        for (width, height) in [(3000, 2500), (2000, 1700), (1024, 4000), (1088, 1089), (300, 9000)]
        {
            let tiles = tiles(width, height);
            let covered = |x, y| tiles.iter().any(|tile| tile.contains(x, y));
            for x in 0..width {
                assert!(covered(x, 0) && covered(x, height - 1) && covered(x, 511.min(height - 1)));
            }
            for y in 0..height {
                assert!(covered(0, y) && covered(width - 1, y));
            }
            assert!(
                tiles.iter().all(|tile| tile.x1 <= width && tile.y1 <= height && tile.area() > 0)
            );
            assert!(tiles.iter().all(|tile| tile.area() <= 512 * 1024));
        }
    }

    #[test]
    fn boxes_come_back_outwards_and_inside_the_picture() {
        let view = View::of(320, 240, 1.0).unwrap();
        let region = view.region([-7.0, 10.2, 20.1, 900.0], 2).unwrap();
        assert_eq!(region, Region { x0: 0, y0: 3, x1: 13, y1: 240 });
        assert_eq!(view.region([700.0, 0.0, 720.0, 10.0], 2), None);
    }
}
