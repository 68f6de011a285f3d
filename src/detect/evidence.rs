//! What the picture itself says for a box: letters have contrast, and several strokes.

use image::{GrayImage, Luma};
use imageproc::region_labelling::{Connectivity, connected_components};

use crate::model::{Picture, Region};

/// Grey levels between ground and ink that a person can tell apart on a screen.
const CONTRAST: u8 = 20;
/// Changes between ink and ground, by rows and columns, for each pixel of twice the short side: a
/// single edge across the box has half a one.
const STROKES: f64 = 0.8;
/// A curve (an ECG, an outline) lies in a box so much longer than high …
const CURVE_SHAPE: u32 = 4;
/// … with so little ink, in percent, …
const CURVE_INK: usize = 10;
/// … of which one connected piece has so much, in percent, and spans so much of the box.
const CURVE_PIECE: usize = 75;
const CURVE_SPAN: u32 = 80;

/// Whether something in the box can be letters.
pub(crate) fn may_be_text(picture: &Picture, region: Region) -> bool {
    let planes = (0..usize::from(picture.channels)).map(|channel| cut(picture, region, channel));
    // The plane in which ink and ground differ most: yellow on blue differs in two of three.
    let Some(plane) = planes.max_by_key(|plane| spread(plane)) else { return false };
    if spread(&plane) < CONTRAST {
        return false;
    }
    let ink = ink(&plane);
    strokes(&ink, region) >= STROKES && !is_curve(ink, region)
}

/// Which pixels are ink: the rarer side of the level that parts them best.
fn ink(plane: &[u8]) -> Vec<bool> {
    let level = threshold(&histogram(plane));
    let mut ink: Vec<bool> = plane.iter().map(|value| usize::from(*value) > level).collect();
    if 2 * ink.iter().filter(|is_ink| **is_ink).count() > ink.len() {
        ink.iter_mut().for_each(|is_ink| *is_ink = !*is_ink);
    }
    ink
}

/// Whether the ink is one long thin line and hardly anything else.
fn is_curve(ink: Vec<bool>, region: Region) -> bool {
    let (width, height) = (region.width(), region.height());
    let total = ink.iter().filter(|is_ink| **is_ink).count();
    let is_long = width.max(height) >= CURVE_SHAPE * width.min(height);
    if !is_long || total * 100 > ink.len() * CURVE_INK {
        return false;
    }
    let bits = ink.into_iter().map(|is_ink| if is_ink { 255 } else { 0 }).collect();
    let Some(image) = GrayImage::from_raw(width, height, bits) else { return false };
    let labels = connected_components(&image, Connectivity::Eight, Luma([0]));
    let along = |x: u32, y: u32| if width >= height { x } else { y };
    let mut pieces: Vec<(usize, u32, u32)> = Vec::new();
    for (x, y, Luma([label])) in labels.enumerate_pixels() {
        let at = *label as usize;
        if pieces.len() <= at {
            pieces.resize(at + 1, (0, u32::MAX, 0));
        }
        let (count, first, last) = &mut pieces[at];
        *count += 1;
        (*first, *last) = ((*first).min(along(x, y)), (*last).max(along(x, y)));
    }
    let spans = |first: u32, last: u32| {
        (last + 1).saturating_sub(first) * 100 >= CURVE_SPAN * width.max(height)
    };
    let mut pieces = pieces.into_iter().skip(1);
    pieces.any(|(count, first, last)| count * 100 >= total * CURVE_PIECE && spans(first, last))
}

/// One channel of a region, row by row.
fn cut(picture: &Picture, region: Region, channel: usize) -> Vec<u8> {
    let channels = usize::from(picture.channels);
    let mut plane = Vec::with_capacity(region.area() as usize);
    for y in region.y0..region.y1 {
        let row = y as usize * picture.width as usize;
        let from = (row + region.x0 as usize) * channels + channel;
        let to = (row + region.x1 as usize) * channels;
        let samples = picture.samples.get(from..to).unwrap_or(&[]);
        plane.extend(samples.iter().step_by(channels.max(1)));
    }
    plane
}

fn histogram(plane: &[u8]) -> [u64; 256] {
    let mut counts = [0; 256];
    for value in plane {
        counts[usize::from(*value)] += 1;
    }
    counts
}

/// From the level of two to that of 98 percent of all pixels.
fn spread(plane: &[u8]) -> u8 {
    let counts = histogram(plane);
    let total = plane.len() as u64;
    let level = |percent: u64| {
        let mut below = 0;
        let reached = counts.iter().position(|count| {
            below += count;
            below * 100 > total * percent
        });
        reached.unwrap_or(0)
    };
    level(98).saturating_sub(level(2)) as u8
}

/// Changes between ink and ground for each pixel of twice the short side.
fn strokes(ink: &[bool], region: Region) -> f64 {
    let (width, short) = (region.width() as usize, region.width().min(region.height()));
    if width == 0 || short == 0 {
        return 0.0;
    }
    let along = ink.chunks_exact(width).map(|row| row.iter().zip(row.iter().skip(1)));
    let along = along.flatten().filter(|(a, b)| a != b).count();
    let down = ink.iter().zip(ink.iter().skip(width)).filter(|(a, b)| a != b).count();
    (along + down) as f64 / (2.0 * f64::from(short))
}

/// The level that parts ink and ground best (Otsu 1979).
fn threshold(counts: &[u64; 256]) -> usize {
    let total: u64 = counts.iter().sum();
    let sum: f64 =
        counts.iter().enumerate().map(|(level, count)| level as f64 * *count as f64).sum();
    let (mut below, mut sum_below, mut best) = (0, 0.0, (-1.0, 0));
    for (level, count) in counts.iter().enumerate() {
        below += count;
        sum_below += level as f64 * *count as f64;
        if below == 0 || below == total {
            continue;
        }
        let (below, total) = (below as f64, total as f64);
        let between = (sum * below - total * sum_below).powi(2) / (below * (total - below));
        if between > best.0 {
            best = (between, level);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(inside: impl Fn(u32, u32) -> u8) -> (Picture, Region) {
        let samples = (0..20 * 80).map(|at| inside(at % 80, at / 80)).collect();
        (
            Picture { width: 80, height: 20, channels: 1, samples },
            Region { x0: 0, y0: 0, x1: 80, y1: 20 },
        )
    }

    #[test]
    fn strokes_are_told_from_edges_and_from_flat_ground() {
        for (is_text, (picture, region)) in [
            (true, picture(|x, y| if x % 7 < 2 && y > 3 { 60 } else { 30 })),
            (true, picture(|x, _| if x % 9 < 3 { 10 } else { 200 })),
            (false, picture(|x, _| if x % 7 < 2 { 45 } else { 30 })),
            (false, picture(|x, _| if x > 40 { 200 } else { 30 })),
            (false, picture(|_, _| 90)),
            // A trace: one line from end to end.
            (false, picture(|x, y| if y == 6 + (x / 4 % 8).abs_diff(4) { 200 } else { 20 })),
        ] {
            assert_eq!(may_be_text(&picture, region), is_text);
        }
    }

    #[test]
    fn colour_against_a_ground_of_the_same_brightness_counts() {
        let samples =
            (0..20 * 80).flat_map(|at| if at % 80 % 7 < 2 { [200, 90, 0] } else { [200, 0, 90] });
        let picture = Picture { width: 80, height: 20, channels: 3, samples: samples.collect() };
        assert!(may_be_text(&picture, Region { x0: 0, y0: 0, x1: 80, y1: 20 }));
    }
}
