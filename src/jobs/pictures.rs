//! Small pictures of masked frames for the report, from the released files themselves. Workers decode.

use std::path::Path;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};

use crate::export::{Drawn, Picture, Report};
use crate::index::digest_file;
use crate::jobs::worker::{Lane, WorkerPool};
use crate::model::Picture as Pixels;
use crate::render::Rendering;

/// Longer side of a picture, in pixels.
const LONGEST_SIDE: u32 = 192;
/// Most bytes of all pictures of a page together; in base64 they take a third more.
const MOST_BYTES: usize = 1_300_000;

/// Draws the pictures of a report, one after the other as long as there is room. Which are drawn depends on
/// the released files only. One that cannot be drawn stays without, and the page says so.
pub(crate) fn draw(report: &mut Report, pool: &WorkerPool, output: &Path) {
    let mut left = MOST_BYTES;
    for picture in &mut report.pictures {
        let drawn = one(pool, output, picture).filter(|drawn| drawn.png.len() <= left);
        left -= drawn.as_ref().map_or(0, |drawn| drawn.png.len());
        picture.drawn = drawn;
    }
}

fn one(pool: &WorkerPool, output: &Path, picture: &Picture) -> Option<Drawn> {
    let file = output.join(&picture.path);
    // What verify passed, and nothing that took its place since.
    if digest_file(&file).ok()?.to_hex() != picture.sha256 {
        return None;
    }
    let shown = pool.render(Lane::Batch, &file, picture.frame, Rendering::Default).ok()?.picture;
    let of = (shown.width, shown.height);
    let small = smaller(shown);
    let mut png = Vec::new();
    let colour = if small.channels == 1 { ExtendedColorType::L8 } else { ExtendedColorType::Rgb8 };
    PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::Adaptive)
        .write_image(&small.samples, small.width, small.height, colour)
        .ok()?;
    Some(Drawn { png, size: (small.width, small.height), of })
}

/// The picture with its longer side at most [`LONGEST_SIDE`]: each pixel the mean of those it stands for.
fn smaller(picture: Pixels) -> Pixels {
    let (width, height) = (picture.width, picture.height);
    let longer = width.max(height);
    if longer <= LONGEST_SIDE {
        return picture;
    }
    let scaled =
        |side: u32| (u64::from(side) * u64::from(LONGEST_SIDE) / u64::from(longer)).max(1) as u32;
    let (columns, rows) = (scaled(width), scaled(height));
    let channels = usize::from(picture.channels);
    let span = |at: u32, of: u32, all: u32| {
        let edge = |at: u32| (u64::from(at) * u64::from(all) / u64::from(of)) as u32;
        edge(at)..edge(at + 1).max(edge(at) + 1)
    };
    let mut samples = Vec::with_capacity(columns as usize * rows as usize * channels);
    for y in 0..rows {
        for x in 0..columns {
            let (across, down) = (span(x, columns, width), span(y, rows, height));
            let count = (across.len() * down.len()) as u64;
            for channel in 0..channels {
                let mut sum = 0_u64;
                for y in down.clone() {
                    for x in across.clone() {
                        let at = (y as usize * width as usize + x as usize) * channels + channel;
                        sum += u64::from(picture.samples.get(at).copied().unwrap_or_default());
                    }
                }
                samples.push(((sum + count / 2) / count) as u8);
            }
        }
    }
    Pixels { width: columns, height: rows, channels: picture.channels, samples }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_smaller_picture_keeps_its_form_and_its_means() {
        let samples: Vec<u8> =
            (0..400 * 100).map(|at| if at % 400 < 200 { 40 } else { 80 }).collect();
        let small = smaller(Pixels { width: 400, height: 100, channels: 1, samples });
        assert_eq!((small.width, small.height, small.samples.len()), (192, 48, 192 * 48));
        assert!(
            small.samples.chunks(192).all(|row| row[..96] == [40; 96] && row[96..] == [80; 96])
        );
        let thin = Pixels { width: 1, height: 5000, channels: 3, samples: vec![7; 15_000] };
        let small = smaller(thin);
        assert_eq!((small.width, small.height), (1, 192));
        assert!(small.samples.iter().all(|sample| *sample == 7));
    }
}
