//! A grey picture in floating point, and what can be painted on it.

use crate::demo::font;
use crate::demo::rng::Rng;
use crate::model::Region;

/// A grey picture; what its numbers mean (Hounsfield units, brightness) is the painter's matter.
#[derive(Clone, Debug)]
pub struct Canvas {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Row by row.
    pub data: Vec<f32>,
}

/// An ellipse in pixels, turned by `turn` radians.
#[derive(Clone, Copy, Debug)]
pub struct Ellipse {
    /// Centre.
    pub at: (f32, f32),
    /// Half axes.
    pub radii: (f32, f32),
    /// Rotation in radians, clockwise on the screen.
    pub turn: f32,
}

impl Ellipse {
    /// An upright ellipse.
    pub const fn new(at: (f32, f32), radii: (f32, f32)) -> Self {
        Self { at, radii, turn: 0.0 }
    }

    /// The same, turned.
    #[must_use]
    pub const fn turned(self, turn: f32) -> Self {
        Self { turn, ..self }
    }

    /// Distance from the centre in units of the half axes: 1 is the rim.
    pub fn radius(&self, x: f32, y: f32) -> f32 {
        let (dx, dy) = (x - self.at.0, y - self.at.1);
        let (sin, cos) = (self.turn.sin(), self.turn.cos());
        let u = (dx * cos + dy * sin) / self.radii.0;
        let v = (dy * cos - dx * sin) / self.radii.1;
        (u * u + v * v).sqrt()
    }
}

impl Canvas {
    /// A picture of one grey.
    pub fn new(width: usize, height: usize, value: f32) -> Self {
        Self { width, height, data: vec![value; width * height] }
    }

    /// Sets every pixel from its place and what it was.
    pub fn paint(&mut self, mut shade: impl FnMut(f32, f32, f32) -> f32) {
        let width = self.width;
        for (at, pixel) in self.data.iter_mut().enumerate() {
            *pixel = shade((at % width) as f32, (at / width) as f32, *pixel);
        }
    }

    /// Fills an ellipse with `value`; the rim is about one pixel soft.
    pub fn fill(&mut self, ellipse: Ellipse, value: f32) {
        let soft = 1.2 / ellipse.radii.0.min(ellipse.radii.1).max(1.0);
        self.around(ellipse, 1.0 + soft, |radius, pixel| {
            let inside = ((1.0 + soft / 2.0 - radius) / soft).clamp(0.0, 1.0);
            pixel + (value - pixel) * inside
        });
    }

    /// Adds what a ray through an ellipsoid would meet: `value` at its centre, nothing at the rim.
    pub fn project(&mut self, ellipse: Ellipse, value: f32) {
        self.around(ellipse, 1.0, |radius, pixel| {
            pixel + value * (1.0 - radius * radius).max(0.0).sqrt()
        });
    }

    fn around(&mut self, ellipse: Ellipse, reach: f32, shade: impl Fn(f32, f32) -> f32) {
        let far = ellipse.radii.0.max(ellipse.radii.1) * reach + 1.0;
        let rows = span(ellipse.at.1, far, self.height);
        let columns = span(ellipse.at.0, far, self.width);
        for y in rows {
            for x in columns.clone() {
                let radius = ellipse.radius(x as f32, y as f32);
                if radius <= reach {
                    let pixel = &mut self.data[y * self.width + x];
                    *pixel = shade(radius, *pixel);
                }
            }
        }
    }

    /// Adds a tube along `points` (x, y, radius): `value` in its middle, nothing at the rim.
    pub fn tube(&mut self, points: &[(f32, f32, f32)], value: f32) {
        let reach = points.iter().fold(0.0_f32, |most, point| most.max(point.2)) + 2.0;
        let edge = |at: fn(&(f32, f32, f32)) -> f32, limit: usize| {
            let low = points.iter().map(at).fold(f32::MAX, f32::min) - reach;
            let high = points.iter().map(at).fold(f32::MIN, f32::max) + reach;
            span((low + high) / 2.0, (high - low) / 2.0, limit)
        };
        if points.len() < 2 {
            return;
        }
        let (columns, rows) = (edge(|p| p.0, self.width), edge(|p| p.1, self.height));
        let mut most = Self::new(columns.len(), rows.len(), 0.0);
        for pair in points.windows(2) {
            let ((ax, ay, ar), (bx, by, br)) = (pair[0], pair[1]);
            let steps = ((bx - ax).hypot(by - ay) / (ar.min(br) * 0.25).max(0.5)).ceil().max(1.0);
            for step in 0..=(steps as usize) {
                let part = step as f32 / steps;
                let radius = ar + (br - ar) * part;
                let x = ax + (bx - ax) * part - columns.start as f32;
                let y = ay + (by - ay) * part - rows.start as f32;
                most.around(Ellipse::new((x, y), (radius, radius)), 1.0, |near, pixel| {
                    pixel.max((1.0 - near * near).max(0.0).sqrt())
                });
            }
        }
        for (line, row) in most.data.chunks(columns.len().max(1)).zip(rows) {
            let target = &mut self.data[row * self.width..][columns.clone()];
            for (pixel, cover) in target.iter_mut().zip(line) {
                *pixel += value * cover;
            }
        }
    }

    /// Adds noise of that standard deviation.
    pub fn noise(&mut self, rng: &mut Rng, deviation: f32) {
        for pixel in &mut self.data {
            *pixel += rng.normal() * deviation;
        }
    }

    /// Blurs with two passes of a box of `2 * radius + 1` pixels.
    pub fn blur(&mut self, radius: usize) {
        for _ in 0..2 {
            self.data = box_rows(&self.data, self.width, radius);
            self.data = transposed(&self.data, self.width);
            self.data = box_rows(&self.data, self.height, radius);
            self.data = transposed(&self.data, self.height);
        }
    }

    /// Writes `text` with capitals `size` pixels high, its ink starting near (`x`, `y`), and gives
    /// the smallest region that holds the ink.
    pub fn text(&mut self, (x, y): (usize, usize), size: f32, text: &str, value: f32) -> Region {
        let ink = font::ink(text, size);
        let mut found: Option<Region> = None;
        for (at, cover) in ink.cover.iter().enumerate() {
            let (column, row) = (x + at % ink.width, y + at / ink.width);
            if *cover <= 0.0 || column >= self.width || row >= self.height {
                continue;
            }
            let pixel = &mut self.data[row * self.width + column];
            *pixel += (value - *pixel) * cover;
            let (column, row) = (column as u32, row as u32);
            let region =
                found.get_or_insert(Region { x0: column, y0: row, x1: column + 1, y1: row + 1 });
            region.x0 = region.x0.min(column);
            region.y0 = region.y0.min(row);
            region.x1 = region.x1.max(column + 1);
            region.y1 = region.y1.max(row + 1);
        }
        found.unwrap_or(Region { x0: 0, y0: 0, x1: 0, y1: 0 })
    }

    /// Columns that `text` takes at that size.
    pub fn text_width(text: &str, size: f32) -> usize {
        font::ink(text, size).width
    }

    /// 16-bit samples, little endian, each value rounded and kept within `range`.
    pub fn words(&self, range: std::ops::RangeInclusive<f32>) -> Vec<u8> {
        let words = self.data.iter().map(|pixel| {
            // Through i32: the low half is right for signed and unsigned samples alike.
            (pixel.clamp(*range.start(), *range.end()).round() as i32) as u16
        });
        words.flat_map(u16::to_le_bytes).collect()
    }

    /// 8-bit samples: 0 is black, 1 is white.
    pub fn bytes(&self) -> Vec<u8> {
        self.data.iter().map(|pixel| (pixel.clamp(0.0, 1.0) * 255.0).round() as u8).collect()
    }
}

fn span(middle: f32, reach: f32, end: usize) -> std::ops::Range<usize> {
    let first = (middle - reach).floor().max(0.0) as usize;
    let last = (middle + reach).ceil().max(-1.0) + 1.0;
    first.min(end)..(last.max(0.0) as usize).min(end)
}

fn box_rows(data: &[f32], width: usize, radius: usize) -> Vec<f32> {
    let mut out = Vec::with_capacity(data.len());
    for row in data.chunks(width) {
        let mut sum = 0.0_f64;
        let at = |index: isize| f64::from(row[index.clamp(0, width as isize - 1) as usize]);
        let radius = radius as isize;
        for index in -radius..=radius {
            sum += at(index);
        }
        for index in 0..width as isize {
            out.push((sum / (2 * radius + 1) as f64) as f32);
            sum += at(index + radius + 1) - at(index - radius);
        }
    }
    out
}

fn transposed(data: &[f32], width: usize) -> Vec<f32> {
    let height = data.len() / width;
    let mut out = Vec::with_capacity(data.len());
    for x in 0..width {
        out.extend((0..height).map(|y| data[y * width + x]));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Canvas, Ellipse};

    #[test]
    fn text_says_where_its_ink_lies() {
        let mut canvas = Canvas::new(200, 60, 0.0);
        let region = canvas.text((10, 10), 20.0, "ROE 12", 1.0);
        for (at, pixel) in canvas.data.iter().enumerate() {
            let inside = region.contains((at % 200) as u32, (at / 200) as u32);
            assert!(inside || *pixel == 0.0, "ink outside of the region");
        }
        assert!(region.width() > 60 && region.height() >= 20);
    }

    #[test]
    fn blur_keeps_the_sum_and_a_flat_picture() {
        let mut canvas = Canvas::new(31, 17, 5.0);
        canvas.blur(3);
        assert!(canvas.data.iter().all(|pixel| (pixel - 5.0).abs() < 1e-4));
        canvas.fill(Ellipse::new((15.0, 8.0), (4.0, 4.0)), 9.0);
        assert!(canvas.data[8 * 31 + 15] > 8.9);
        assert!((canvas.data[0] - 5.0).abs() < 1e-4);
    }
}
