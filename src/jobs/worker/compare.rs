//! Checks a masked instance against its original, sample by sample.
//!
//! It shares nothing with the code that masks but the decoding of frames: inside the masks of a
//! frame all pixels must be the same one, outside no sample may differ.

use std::ops::Range;
use std::path::Path;

use crate::dicom::pixels::{FrameReader, ImageShape, RawFrame};
use crate::jobs::worker::WorkerError;
use crate::jobs::worker::image::{needed_shape, open, pixels};
use crate::jobs::worker::work::Tick;
use crate::model::{HoldReason, Region};

/// Says where a masked instance is not what it should be; nothing where all is well.
///
/// Frames are counted from 1 in the words, as people count.
pub(crate) fn compare(
    input: &Path,
    staged: &Path,
    regions: &[(u32, Vec<Region>)],
    tick: Tick<'_>,
) -> Result<Vec<HoldReason>, WorkerError> {
    let (before, after) = (open(input)?, open(staged)?);
    let (was, is) = (needed_shape(&before)?, needed_shape(&after)?);
    if (was.rows, was.columns, was.frames, was.samples_per_pixel)
        != (is.rows, is.columns, is.frames, is.samples_per_pixel)
    {
        return Ok(vec![reason("image".into(), "the image has another size")]);
    }
    let before = FrameReader::new(&before, &was).map_err(|error| pixels(&error))?;
    let after = FrameReader::new(&after, &is).map_err(|error| pixels(&error))?;
    let mut reasons = Vec::new();
    for frame in 0..was.frames {
        let old = before.decode(frame).map_err(|error| pixels(&error))?;
        let new = after.decode(frame).map_err(|error| pixels(&error))?;
        let masks: Vec<Region> = regions
            .iter()
            .filter(|(other, _)| *other == frame)
            .flat_map(|(_, regions)| regions)
            .filter_map(|region| region.clamped(was.columns, was.rows))
            .collect();
        let place = format!("frame {}", frame + 1);
        let (Some(old), Some(new)) = (Pixels::of(&old), Pixels::of(&new)) else {
            reasons.push(reason(place, "the samples are not as many as they should be"));
            continue;
        };
        if old.width != new.width {
            reasons.push(reason(place, "the samples are of another depth"));
        } else if !same_outside(&old, &new, &widened(&was, &masks)) {
            reasons.push(reason(place, "samples outside the masks changed"));
        } else if let Some(Region { x0, y0, x1, y1 }) = uneven(&new, &masks) {
            let place = format!("{place} at {x0},{y0} to {x1},{y1}");
            reasons.push(reason(place, "something shows through a mask"));
        }
        tick().map_err(|error| WorkerError::unreadable(&error))?;
    }
    Ok(reasons)
}

fn reason(place: String, what: &str) -> HoldReason {
    HoldReason { check: "pixels".into(), place, what: what.into() }
}

/// Where two pixels share their chroma, painting one changes both.
fn widened(shape: &ImageShape, masks: &[Region]) -> Vec<Region> {
    let even = |region: &Region| Region {
        x0: region.x0 & !1,
        x1: region.x1.next_multiple_of(2).min(shape.columns),
        ..*region
    };
    if shape.subsampled { masks.iter().map(even).collect() } else { masks.to_vec() }
}

/// The cells of a frame as bytes, `width` of them a pixel.
struct Pixels {
    bytes: Vec<u8>,
    width: usize,
    columns: usize,
}

impl Pixels {
    fn of(frame: &RawFrame) -> Option<Self> {
        let bytes = frame.words.to_le_bytes();
        let count = frame.rows as usize * frame.columns as usize;
        let width = bytes.len() / count.max(1);
        (width > 0 && width * count == bytes.len()).then_some(Self {
            bytes,
            width,
            columns: frame.columns as usize,
        })
    }

    /// Columns `run` of row `y`.
    fn run(&self, y: u32, run: Range<u32>) -> &[u8] {
        let row = y as usize * self.columns;
        let range = (row + run.start as usize) * self.width..(row + run.end as usize) * self.width;
        self.bytes.get(range).unwrap_or(&[])
    }
}

fn same_outside(old: &Pixels, new: &Pixels, masks: &[Region]) -> bool {
    let columns = old.columns as u32;
    let rows = old.bytes.len() / (old.columns * old.width).max(1);
    (0..rows as u32).all(|y| {
        let mut spans: Vec<Range<u32>> = masks
            .iter()
            .filter(|mask| (mask.y0..mask.y1).contains(&y))
            .map(|mask| mask.x0..mask.x1)
            .collect();
        spans.sort_by_key(|span| (span.start, span.end));
        spans.push(columns..columns);
        let mut from = 0;
        spans.into_iter().all(|span| {
            let outside = from..span.start.max(from);
            from = from.max(span.end);
            old.run(y, outside.clone()) == new.run(y, outside)
        })
    })
}

/// The first mask that holds a pixel other than the first masked pixel of the frame.
fn uneven(new: &Pixels, masks: &[Region]) -> Option<Region> {
    let first = masks.first()?;
    let fill = new.run(first.y0, first.x0..first.x0 + 1);
    let even = |mask: &Region| {
        (mask.y0..mask.y1).all(|y| {
            new.run(y, mask.x0..mask.x1).chunks_exact(new.width).all(|pixel| pixel == fill)
        })
    };
    masks.iter().copied().find(|mask| !even(mask))
}

#[cfg(test)]
mod tests {
    use super::{Pixels, same_outside, uneven};
    use crate::model::Region;

    fn pixels(change: impl Fn(&mut [u8])) -> Pixels {
        let mut bytes: Vec<u8> = (0..6 * 5 * 2).collect();
        change(&mut bytes);
        Pixels { bytes, width: 2, columns: 6 }
    }

    #[test]
    fn one_changed_sample_outside_is_seen_and_inside_is_not() {
        let masks = [
            Region { x0: 1, y0: 1, x1: 4, y1: 3 },
            Region { x0: 3, y0: 2, x1: 6, y1: 5 },
            Region { x0: 2, y0: 2, x1: 3, y1: 3 },
        ];
        let old = pixels(|_| {});
        for y in 0..5_u32 {
            for x in 0..6_u32 {
                let inside = masks.iter().any(|mask| mask.contains(x, y));
                let at = (y * 6 + x) as usize * 2 + 1;
                let new = pixels(|bytes| bytes[at] ^= 1);
                assert_eq!(same_outside(&old, &new, &masks), inside, "{x},{y}");
            }
        }
        assert!(!same_outside(&old, &pixels(|bytes| bytes[59] = 0), &[]));
    }

    #[test]
    fn a_pixel_that_shows_through_is_seen() {
        let masks = [Region { x0: 0, y0: 0, x1: 2, y1: 2 }, Region { x0: 4, y0: 3, x1: 6, y1: 5 }];
        let painted = |bytes: &mut [u8]| {
            for (at, pixel) in bytes.chunks_exact_mut(2).enumerate() {
                let (x, y) = (at as u32 % 6, at as u32 / 6);
                if masks.iter().any(|mask| mask.contains(x, y)) {
                    pixel.copy_from_slice(&[7, 8]);
                }
            }
        };
        assert_eq!(uneven(&pixels(painted), &masks), None);
        let shows = pixels(|bytes| {
            painted(bytes);
            bytes[(4 * 6 + 5) * 2] = 0;
        });
        assert_eq!(uneven(&shows, &masks), Some(masks[1]));
        assert_eq!(uneven(&shows, &[]), None);
    }
}
