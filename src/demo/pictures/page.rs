//! A page of text, as scanners and workstations save it.

use crate::demo::canvas::Canvas;
use crate::model::Region;

/// Draws `lines` from `top`, `size` pixels high, at `left`; gives the region of each.
pub fn page(
    canvas: &mut Canvas,
    lines: &[String],
    place: (usize, usize),
    size: f32,
) -> Vec<Region> {
    let (left, top) = place;
    let step = (size * 1.75) as usize;
    let line =
        |(at, text): (usize, &String)| canvas.text((left, top + at * step), size, text, 0.92);
    lines.iter().enumerate().map(line).collect()
}
