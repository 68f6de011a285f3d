//! A page of text, as scanners and workstations save it.

use crate::demo::canvas::Canvas;
use crate::model::Region;

/// Columns of a table are so many capitals' heights wide.
const STOP: usize = 9;

/// Draws `lines` from `top`, `size` pixels high, at `left`; gives the region of each.
///
/// A tab goes to the next column of the page.
pub fn page(
    canvas: &mut Canvas,
    lines: &[String],
    place: (usize, usize),
    size: f32,
) -> Vec<Region> {
    let (left, top) = place;
    let step = (size * 1.75) as usize;
    let mut regions = Vec::with_capacity(lines.len());
    for (at, line) in lines.iter().enumerate() {
        let mut whole: Option<Region> = None;
        for (column, cell) in line.split('\t').enumerate().filter(|(_, cell)| !cell.is_empty()) {
            let x = left + column * STOP * size as usize;
            let region = canvas.text((x, top + at * step), size, cell, 0.92);
            let grown = whole.get_or_insert(region);
            grown.x0 = grown.x0.min(region.x0);
            grown.y0 = grown.y0.min(region.y0);
            grown.x1 = grown.x1.max(region.x1);
            grown.y1 = grown.y1.max(region.y1);
        }
        regions.extend(whole);
    }
    regions
}
