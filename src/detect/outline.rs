//! From a map of probabilities to boxes around text.
//!
//! DBNet marks the *core* of each line of text. A core is a connected component of the map above a
//! threshold; the smallest rectangle around it, at any angle, is grown outwards in proportion to
//! its own size ("unclip"), which gives the line back its height.

use image::{GrayImage, Luma};
use imageproc::geometry::convex_hull;
use imageproc::point::Point;
use imageproc::region_labelling::{Connectivity, connected_components};

/// A pixel belongs to text when its probability is above this.
const PIXEL_THRESHOLD: f32 = 0.3;
/// A box is told when the mean probability inside is at least this.
const BOX_THRESHOLD: f64 = 0.3;
/// How far a box grows: its area × this / its circumference.
const UNCLIP: f64 = 1.2;
/// Cores thinner than this many pixels are specks.
const THINNEST: f64 = 3.0;

/// Probabilities of text, row-major, `columns × rows`.
pub(crate) struct TextMap {
    pub(crate) columns: u32,
    pub(crate) rows: u32,
    pub(crate) values: Vec<f32>,
}

/// Text on the map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Outline {
    /// Left, top, right and bottom edge of the upright box around it.
    pub(crate) edges: [f64; 4],
    /// Mean probability in its core.
    pub(crate) score: f64,
    /// Thickness of its core, in pixels of the map.
    pub(crate) thickness: f64,
    /// Length by thickness, once it has grown.
    pub(crate) elongation: f64,
}

/// A rectangle at any angle: centre, direction of its first side, half lengths of both sides.
struct Slanted {
    centre: (f64, f64),
    along: (f64, f64),
    half: (f64, f64),
}

/// Finds text, in the order in which the map's rows meet it. A core thicker than `thickest` pixels is
/// no line of text.
pub(crate) fn outlines(map: &TextMap, thickest: f64) -> Vec<Outline> {
    cores(map)
        .into_iter()
        .filter_map(|points| {
            let core = smallest_rectangle(&convex_hull(points))?;
            let thickness = 2.0 * core.half.0.min(core.half.1);
            if thickness > thickest {
                return None;
            }
            let score = mean_inside(map, &core);
            let grown = unclipped(&core);
            let elongation = grown.half.0.max(grown.half.1) / grown.half.0.min(grown.half.1);
            (score >= BOX_THRESHOLD).then(|| Outline {
                edges: grown.bounds(),
                score,
                thickness,
                elongation,
            })
        })
        .collect()
}

/// For each connected component the first and last pixel of each of its rows: as good as all of
/// its pixels for the hull.
fn cores(map: &TextMap) -> Vec<Vec<Point<i32>>> {
    let on = |value: &f32| if *value > PIXEL_THRESHOLD { 255 } else { 0 };
    let bits: Vec<u8> = map.values.iter().map(on).collect();
    let Some(image) = GrayImage::from_raw(map.columns, map.rows, bits) else { return Vec::new() };
    let labels = connected_components(&image, Connectivity::Eight, Luma([0]));
    let mut cores: Vec<Vec<Point<i32>>> = Vec::new();
    for (x, y, Luma([label])) in labels.enumerate_pixels() {
        let Some(index) = (*label as usize).checked_sub(1) else { continue };
        if index >= cores.len() {
            cores.resize_with(index + 1, Vec::new);
        }
        let point = Point::new(x as i32, y as i32);
        let Some(core) = cores.get_mut(index) else { continue };
        match core.as_mut_slice() {
            // The row has a first and a last pixel already: the last one moves.
            [.., first, last] if first.y == point.y && last.y == point.y => *last = point,
            _ => core.push(point),
        }
    }
    cores
}

/// The smallest of the rectangles that lie along a side of the hull, around whole pixels.
fn smallest_rectangle(hull: &[Point<i32>]) -> Option<Slanted> {
    let mut best: Option<(f64, Slanted)> = None;
    for (at, from) in hull.iter().enumerate() {
        let to = hull.get((at + 1) % hull.len())?;
        let (dx, dy) = (f64::from(to.x - from.x), f64::from(to.y - from.y));
        let length = dx.hypot(dy);
        let along = if length > 0.0 { (dx / length, dy / length) } else { (1.0, 0.0) };
        let rectangle = around(hull, along);
        let area = rectangle.half.0 * rectangle.half.1;
        if best.as_ref().is_none_or(|(least, _)| area < *least) {
            best = Some((area, rectangle));
        }
    }
    let (_, rectangle) = best?;
    (2.0 * rectangle.half.0.min(rectangle.half.1) >= THINNEST).then_some(rectangle)
}

fn around(hull: &[Point<i32>], along: (f64, f64)) -> Slanted {
    let mut least = (f64::INFINITY, f64::INFINITY);
    let mut most = (f64::NEG_INFINITY, f64::NEG_INFINITY);
    for point in hull {
        let (x, y) = (f64::from(point.x) + 0.5, f64::from(point.y) + 0.5);
        let (u, v) = (x * along.0 + y * along.1, y * along.0 - x * along.1);
        least = (least.0.min(u), least.1.min(v));
        most = (most.0.max(u), most.1.max(v));
    }
    let (u, v) = (f64::midpoint(least.0, most.0), f64::midpoint(least.1, most.1));
    Slanted {
        centre: (u * along.0 - v * along.1, u * along.1 + v * along.0),
        along,
        // Half a pixel more: the points are centres of pixels.
        half: ((most.0 - least.0 + 1.0) / 2.0, (most.1 - least.1 + 1.0) / 2.0),
    }
}

impl Slanted {
    fn holds(&self, x: f64, y: f64) -> bool {
        let (dx, dy) = (x - self.centre.0, y - self.centre.1);
        (dx * self.along.0 + dy * self.along.1).abs() <= self.half.0
            && (dy * self.along.0 - dx * self.along.1).abs() <= self.half.1
    }

    /// Left, top, right and bottom edge of the upright box around it.
    fn bounds(&self) -> [f64; 4] {
        let (cos, sin) = (self.along.0.abs(), self.along.1.abs());
        let across = self.half.0 * cos + self.half.1 * sin;
        let down = self.half.0 * sin + self.half.1 * cos;
        let (x, y) = self.centre;
        [x - across, y - down, x + across, y + down]
    }
}

fn unclipped(core: &Slanted) -> Slanted {
    let (a, b) = core.half;
    let margin = UNCLIP * (a * b) / (a + b);
    Slanted { centre: core.centre, along: core.along, half: (a + margin, b + margin) }
}

fn mean_inside(map: &TextMap, core: &Slanted) -> f64 {
    let [left, top, right, bottom] = core.bounds();
    let columns =
        left.max(0.0) as usize..(right.ceil().max(0.0) as usize).min(map.columns as usize);
    let rows = top.max(0.0) as usize..(bottom.ceil().max(0.0) as usize).min(map.rows as usize);
    let (mut sum, mut count) = (0.0, 0u32);
    for y in rows {
        let start = y * map.columns as usize;
        let row = map.values.get(start + columns.start..start + columns.end).unwrap_or(&[]);
        for (x, value) in columns.clone().zip(row) {
            if core.holds(x as f64 + 0.5, y as f64 + 0.5) {
                sum += f64::from(*value);
                count += 1;
            }
        }
    }
    if count == 0 { 0.0 } else { sum / f64::from(count) }
}

#[cfg(test)]
mod tests {
    use super::{Outline, TextMap, outlines};

    fn map(columns: u32, rows: u32, inside: impl Fn(i64, i64) -> bool) -> TextMap {
        let values = (0..i64::from(rows))
            .flat_map(|y| (0..i64::from(columns)).map(move |x| (x, y)))
            .map(|(x, y)| if inside(x, y) { 0.9 } else { 0.01 })
            .collect();
        TextMap { columns, rows, values }
    }

    #[test]
    fn an_upright_core_grows_by_its_unclip_margin() {
        // 40 × 8 pixels: the margin is 40·8·1.2 / (2·48) = 4.
        let bar = map(100, 60, |x, y| (20..60).contains(&x) && (30..38).contains(&y));
        let found = outlines(&bar, 99.0);
        let [Outline { edges, score, thickness, elongation }] = found[..] else {
            panic!("{found:?}")
        };
        for (edge, wanted) in edges.into_iter().zip([16.0, 26.0, 64.0, 42.0]) {
            assert!((edge - wanted).abs() < 1e-6, "{edge} is not {wanted}");
        }
        assert!((score - 0.9).abs() < 1e-6 && (thickness - 8.0).abs() < 1e-6);
        assert!((elongation - 3.0).abs() < 1e-6, "{elongation}");
        assert_eq!(outlines(&bar, 7.0), [], "too thick for a line");
    }

    #[test]
    fn a_slanted_line_is_one_box_and_is_not_diluted_by_its_corners() {
        let line = map(200, 200, |x, y| (20..180).contains(&x) && (x - y).abs() < 5);
        let found = outlines(&line, 99.0);
        assert_eq!(found.len(), 1);
        assert!(found[0].score > 0.85, "{}", found[0].score);
        assert!(found[0].edges[0] < 20.0 && found[0].edges[3] > 180.0);
    }

    #[test]
    fn specks_and_faint_spots_are_no_text() {
        assert_eq!(outlines(&map(50, 50, |x, y| x == 9 && (4..40).contains(&y)), 99.0), []);
        let mut faint = map(50, 50, |x, y| (10..30).contains(&x) && (10..30).contains(&y));
        faint.values.iter_mut().for_each(|value| *value = value.min(0.32));
        let found = outlines(&faint, 99.0);
        assert!(found[0].score < 0.5, "it is told, and is no text by itself");
        assert_eq!(outlines(&map(50, 50, |_, _| false), 99.0), []);
    }

    #[test]
    fn two_lines_are_two_boxes() {
        let found = outlines(&map(90, 90, |x, y| x > 5 && x < 80 && (y / 20) % 2 == 1), 99.0);
        assert_eq!(found.len(), 2);
        assert!(found[0].edges[1] < found[1].edges[1]);
    }
}
