//! A region made ready to be read: one line, upright, dark on light, stretched, padded.

use image::imageops::{FilterType, resize, rotate90, rotate270};
use image::{GrayImage, Luma};

use crate::model::{Picture, Region};

/// Height that a line gets.
const LINE_HEIGHT: u32 = 36;
/// A box is read with this part of its short side around it: letters that touch its edge are misread.
const AROUND: u32 = 8;
/// White around the line.
const PAD: u32 = 10;
/// A line grows at most this much.
const MOST_GROWTH: f64 = 6.0;
/// No line is wider than this.
const WIDEST: u32 = 4096;
/// A box this much taller than wide may hold a line turned by a quarter.
const TALL: f64 = 1.5;
/// Grey levels apart that nobody can read: stretched, they would only make the reader see ghosts.
const LEAST_SPREAD: u8 = 6;
/// A box taller than this times its width is not read upright.
const TOWER: f64 = 3.0;

/// The ways in which to read a region of this shape: as it stands, and turned where it is tall.
pub(crate) fn readings(region: Region) -> &'static [Turn] {
    let shape = f64::from(region.height()) / f64::from(region.width().max(1));
    match shape {
        _ if shape < TALL => &[Turn::None],
        _ if shape < TOWER => &[Turn::None, Turn::Right, Turn::Left],
        _ => &[Turn::Right, Turn::Left],
    }
}

/// How a crop is turned before it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    None,
    Right,
    Left,
}

/// Cuts out a region and makes it a line to read; `None` when it lies outside or is flat.
pub(crate) fn line(picture: &Picture, region: Region, turn: Turn) -> Option<GrayImage> {
    let around = region.width().min(region.height()) / AROUND;
    let region = region.grown(around).clamped(picture.width, picture.height)?;
    let cut = plainest_plane(picture, region)?;
    if spread(cut.as_raw()) < LEAST_SPREAD {
        return None;
    }
    let upright = match turn {
        Turn::None => cut,
        Turn::Right => rotate90(&cut),
        Turn::Left => rotate270(&cut),
    };
    let growth = f64::min(f64::from(LINE_HEIGHT) / f64::from(upright.height()), MOST_GROWTH);
    let width = (f64::from(upright.width()) * growth).round().clamp(1.0, f64::from(WIDEST));
    let height = (f64::from(upright.height()) * growth).round().max(1.0);
    let filter = if growth > 1.0 { FilterType::CatmullRom } else { FilterType::Triangle };
    let mut grown = resize(&upright, width as u32, height as u32, filter);
    stretch(&mut grown);
    let mut padded =
        GrayImage::from_pixel(grown.width() + 2 * PAD, grown.height() + 2 * PAD, Luma([255]));
    image::imageops::replace(&mut padded, &grown, i64::from(PAD), i64::from(PAD));
    Some(padded)
}

/// The plane in which the region has the widest range: red text on white stands out in green,
/// yellow on blue in red. Luminance wins a tie.
fn plainest_plane(picture: &Picture, region: Region) -> Option<GrayImage> {
    let channels = usize::from(picture.channels);
    let mut planes: [Vec<u8>; 4] = Default::default();
    for y in region.y0..region.y1 {
        let row = y as usize * picture.width as usize;
        let from = (row + region.x0 as usize) * channels;
        let to = (row + region.x1 as usize) * channels;
        for pixel in picture.samples.get(from..to)?.chunks_exact(channels.max(1)) {
            let [luminance, colours @ ..] = &mut planes;
            match *pixel {
                [grey] => luminance.push(grey),
                [red, green, blue] => {
                    let sum = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
                    luminance.push((sum / 1000) as u8);
                    for (plane, value) in colours.iter_mut().zip([red, green, blue]) {
                        plane.push(value);
                    }
                }
                _ => return None,
            }
        }
    }
    // Of equals `max_by_key` takes the last, so luminance stands last.
    let best = planes.into_iter().rev().max_by_key(|plane| spread(plane))?;
    GrayImage::from_raw(region.width(), region.height(), best)
}

fn spread(samples: &[u8]) -> u8 {
    let (low, _, high) = levels(samples);
    high.saturating_sub(low)
}

/// The levels below which lie 1 %, half and 99 % of the samples.
fn levels(samples: &[u8]) -> (u8, u8, u8) {
    let mut counts = [0u64; 256];
    for value in samples {
        if let Some(count) = counts.get_mut(usize::from(*value)) {
            *count += 1;
        }
    }
    let total = samples.len() as u64;
    let level = |percent: u64| {
        let mut below = 0;
        let reached = counts.iter().position(|count| {
            below += count;
            below * 100 > total * percent
        });
        reached.unwrap_or(0) as u8
    };
    (level(1), level(50), level(99))
}

/// Stretches to the full range, dark text on light: what most pixels are is the ground.
fn stretch(image: &mut GrayImage) {
    let (low, middle, high) = levels(image.as_raw());
    let range = u32::from(high.saturating_sub(low)).max(1);
    let light_text = u32::from(middle.saturating_sub(low)) * 2 < range;
    for Luma([value]) in image.pixels_mut() {
        let scaled = (u32::from(value.saturating_sub(low)) * 255 / range).min(255) as u8;
        *value = if light_text { 255 - scaled } else { scaled };
    }
}

#[cfg(test)]
mod tests {
    use super::{LINE_HEIGHT, PAD, Turn, line, readings};
    use crate::model::{Picture, Region};

    fn bar(ground: [u8; 3], ink: [u8; 3]) -> Picture {
        let samples = (0..20 * 60).flat_map(|at| if at % 60 / 4 == 3 { ink } else { ground });
        Picture { width: 60, height: 20, channels: 3, samples: samples.collect() }
    }

    #[test]
    fn any_colours_become_dark_on_light() {
        let whole = Region { x0: 0, y0: 0, x1: 60, y1: 20 };
        for (ground, ink) in [
            ([0, 0, 0], [255, 255, 255]),
            ([255, 255, 255], [90, 90, 90]),
            ([255, 255, 255], [255, 0, 0]),
            ([60, 60, 60], [60, 60, 120]),
        ] {
            let line = line(&bar(ground, ink), whole, Turn::None).unwrap();
            assert_eq!(line.height(), LINE_HEIGHT + 2 * PAD);
            assert_eq!(line.width(), 108 + 2 * PAD);
            let (x, y) = (PAD + 25, PAD + LINE_HEIGHT / 2);
            assert!(line.get_pixel(x, y).0[0] < 60, "ink of {ink:?} on {ground:?}");
            assert!(line.get_pixel(x + 40, y).0[0] > 195, "ground of {ink:?} on {ground:?}");
        }
    }

    #[test]
    fn tall_boxes_are_turned_both_ways() {
        let tall = Region { x0: 11, y0: 0, x1: 17, y1: 20 };
        assert_eq!(readings(tall), [Turn::Right, Turn::Left]);
        assert_eq!(readings(Region { x1: 60, ..tall }), [Turn::None]);
        let turned = line(&bar([0; 3], [255; 3]), tall, Turn::Right).unwrap();
        assert!(turned.width() > turned.height());
    }

    #[test]
    fn a_region_outside_gives_nothing() {
        let outside = Region { x0: 60, y0: 0, x1: 70, y1: 9 };
        assert!(line(&bar([0; 3], [1; 3]), outside, Turn::None).is_none());
        let short = Picture { width: 60, height: 20, channels: 3, samples: vec![0; 10] };
        assert!(line(&short, Region { x0: 0, y0: 0, x1: 9, y1: 9 }, Turn::None).is_none());
    }
}
