//! Frames of an instance in a worker: shown, looked at, masked.

use std::cell::RefCell;
use std::fs::{self, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::detect::Depth;
use crate::devices::ultrasound_regions;
use crate::dicom::pixels::{
    FrameReader, ImageShape, Photometric, PixelError, PixelLimits, RawFrame, decode_frame,
    image_shape_within,
};
use crate::dicom::{Limits, Scan, Source, scan};
use crate::engine::mask::{MaskError, MaskReport, mask_pixels};
use crate::jobs::worker::work::{Eyes, Tick};
use crate::jobs::worker::{FrameSamples, Frames, Rendered, WorkerError};
use crate::model::{Cause, Coverage, Finding, FindingSource, FrameFindings, Picture, Region};
use crate::render::{RenderContext, Rendering, auto_window, needed, overlays, render};

/// Pixels along an edge, to each side, whose mean is drawn into what is painted over.
const EDGE: u32 = 4;
/// A frame is at most this large once decoded: with its copies it must fit a worker.
const LIMITS: PixelLimits =
    PixelLimits { frame_bytes: 512 << 20, total_bytes: 1 << 36, frames: 1 << 20 };

/// Scans a file.
pub(crate) fn open(path: &Path) -> Result<Scan, WorkerError> {
    let source = Source::open(path).map_err(|error| WorkerError::unreadable(&error))?;
    scan(source, &Limits::default())
        .map_err(|error| WorkerError::new(error.cause(), error.to_string()))
}

/// What the image claims to be, checked; `None` when the instance has no image.
fn shape(scan: &Scan) -> Result<Option<ImageShape>, WorkerError> {
    image_shape_within(scan, &LIMITS).map_err(|error| pixels(&error))
}

/// What the image claims to be; an instance without one is an error.
pub(crate) fn needed_shape(scan: &Scan) -> Result<ImageShape, WorkerError> {
    shape(scan)?.ok_or_else(|| WorkerError::new(Cause::Undecodable, "the instance has no image"))
}

pub(crate) fn pixels(error: &PixelError) -> WorkerError {
    WorkerError::new(error.cause(), error.to_string())
}

/// Shows one frame.
pub(crate) fn show(path: &Path, frame: u32, rendering: Rendering) -> Result<Rendered, WorkerError> {
    let scan = open(path)?;
    let shape = needed_shape(&scan)?;
    let reader = FrameReader::new(&scan, &shape).map_err(|error| pixels(&error))?;
    let raw = reader.decode(frame).map_err(|error| pixels(&error))?;
    let context = RenderContext::from_scan(&scan, &shape);
    Ok(Rendered {
        picture: render(&raw, &context, rendering),
        frames: shape.frames,
        window: window(&raw, &context, rendering),
        notes: context.notes().to_vec(),
    })
}

/// Decodes one frame.
pub(crate) fn samples(path: &Path, frame: u32) -> Result<FrameSamples, WorkerError> {
    let scan = open(path)?;
    let shape = needed_shape(&scan)?;
    let raw = decode_frame(&scan, &shape, frame).map_err(|error| pixels(&error))?;
    let bytes = raw.words.to_le_bytes();
    let bytes_per_sample = bytes.len() / raw.words.len().max(1);
    Ok(FrameSamples {
        columns: raw.columns,
        rows: raw.rows,
        samples_per_pixel: raw.samples_per_pixel.into(),
        bytes_per_sample: bytes_per_sample as u32,
        bytes,
    })
}

fn window(
    raw: &RawFrame,
    context: &RenderContext,
    rendering: Rendering,
) -> Option<crate::render::Window> {
    if raw.samples_per_pixel != 1 || raw.photometric == Photometric::PaletteColor {
        return None;
    }
    match rendering {
        Rendering::Window(window) => Some(window),
        Rendering::FullRange | Rendering::Indices | Rendering::UnusedBits => None,
        Rendering::Default => match context.window(raw.frame) {
            Some(window) => Some(window),
            None if context.voi_table().is_some() => None,
            None => Some(auto_window(raw, context)),
        },
    }
}

/// Looks at frames, in the renderings that they need, and at overlay planes. An instance without an
/// image has none to look at.
///
/// `painted` has what is around it in each picture; with `lines` each line is told by itself. A frame that does not decode, or is not there, was not
/// looked at; the others are.
pub(crate) fn look_at(
    eyes: &mut Eyes,
    path: &Path,
    (frames, painted, lines): (&Frames, &[Region], bool),
    tick: Tick<'_>,
) -> Result<Vec<FrameFindings>, WorkerError> {
    let scan = open(path)?;
    let Some(shape) = shape(&scan)? else { return Ok(Vec::new()) };
    let reader = FrameReader::new(&scan, &shape).map_err(|error| pixels(&error))?;
    let context = RenderContext::from_scan(&scan, &shape);
    let wanted = match frames {
        Frames::All => (0..shape.frames).collect(),
        Frames::These(frames) => frames.clone(),
    };
    let mut found = Vec::new();
    for frame in wanted {
        found.push(match reader.decode(frame) {
            Ok(raw) => {
                let mut pictures = shown(&raw, &context);
                for picture in &mut pictures {
                    painted.iter().for_each(|&region| paint_over(picture, region));
                }
                let depth = if lines { Depth::ByLines } else { Depth::Thorough };
                let mut found = eyes.look((&pictures, depth), frame);
                tell_outside(&scan, (shape.columns, shape.rows), &mut found.findings);
                found
            }
            Err(error) => FrameFindings {
                frame,
                coverage: Coverage::NotLookedAt(error.to_string()),
                findings: Vec::new(),
            },
        });
        tick().map_err(|error| WorkerError::unreadable(&error))?;
    }
    if let Some(first) =
        found.iter_mut().find(|found| found.frame == 0 && !found.coverage.is_unseen())
    {
        look_at_overlays(eyes, &scan, (shape.columns, shape.rows), first);
    }
    Ok(found)
}

/// Tells shapes apart that stand outside of where an ultrasound device says that its image is.
pub(crate) fn tell_outside(scan: &Scan, size: (u32, u32), findings: &mut [Finding]) {
    let mut shapes =
        findings.iter_mut().filter(|finding| finding.source == FindingSource::Shape).peekable();
    if shapes.peek().is_none() {
        return;
    }
    let images = ultrasound_regions(scan, size);
    if images.is_empty() {
        return;
    }
    for shape in shapes {
        if images.iter().all(|image| image.intersection(shape.region).is_none()) {
            shape.source = FindingSource::ShapeOutside;
        }
    }
}

/// Adds what stands in overlay planes to what was found in the first frame.
pub(crate) fn look_at_overlays(
    eyes: &mut Eyes,
    scan: &Scan,
    size: (u32, u32),
    first: &mut FrameFindings,
) {
    for plane in overlays(scan) {
        for mut finding in eyes.look_at_plane(&plane.picture) {
            finding.region = plane.in_image(finding.region, size);
            first.findings.push(finding);
        }
    }
    if first.coverage.is_searched() && !first.findings.is_empty() {
        first.coverage = Coverage::Found(first.findings.len());
    }
}

/// The pictures that are looked at. One in which nothing can be seen is none, if there is another.
pub(crate) fn shown(raw: &RawFrame, context: &RenderContext) -> Vec<Picture> {
    let is_flat =
        |picture: &Picture| picture.samples.windows(2).all(|pair| pair.first() == pair.last());
    let mut pictures: Vec<Picture> =
        needed(raw, context).into_iter().map(|how| render(raw, context, how)).collect();
    if pictures.iter().any(|picture| !is_flat(picture)) {
        pictures.retain(|picture| !is_flat(picture));
    } else {
        pictures.truncate(1);
    }
    pictures
}

/// Paints a region with what is around it, from edge to edge: a plain colour would have an outline, and
/// that can look like text.
fn paint_over(picture: &mut Picture, region: Region) {
    let Some(region) = region.clamped(picture.width, picture.height) else { return };
    let (channels, width) = (usize::from(picture.channels), picture.width as usize);
    let outside = region.grown(1).clamped(picture.width, picture.height).unwrap_or(region);
    // The mean of a few pixels along the edge, so that no noise is drawn out to a stroke.
    let mean = |samples: &[u8], (x, y): (u32, u32), (across, down): (u32, u32), channel: usize| {
        let near =
            |at: u32, reach: u32, most: u32| at.saturating_sub(reach)..(at + reach + 1).min(most);
        let rows = near(y, down, picture.height);
        let places = rows.flat_map(|y| near(x, across, picture.width).map(move |x| (x, y)));
        let (mut sum, mut count) = (0_u32, 0_u32);
        for (x, y) in places {
            let at = (y as usize * width + x as usize) * channels + channel;
            sum += u32::from(samples.get(at).copied().unwrap_or_default());
            count += 1;
        }
        f64::from(sum) / f64::from(count.max(1))
    };
    let before = picture.samples.clone();
    let part = |at: u32, from: u32, to: u32| f64::from(at - from) / f64::from((to - from).max(1));
    let edge = |limit: u32, most: u32| limit.min(most.saturating_sub(1));
    let (right, bottom) = (edge(region.x1, picture.width), edge(region.y1, picture.height));
    for channel in 0..channels {
        let side = |x: u32| -> Vec<f64> {
            (region.y0..region.y1).map(|y| mean(&before, (x, y), (0, EDGE), channel)).collect()
        };
        let end = |y: u32| -> Vec<f64> {
            (region.x0..region.x1).map(|x| mean(&before, (x, y), (EDGE, 0), channel)).collect()
        };
        let (left_side, right_side) = (side(outside.x0), side(right));
        let (top, low) = (end(outside.y0), end(bottom));
        for (y, (left, right)) in (region.y0..).zip(left_side.iter().zip(&right_side)) {
            for (x, (above, below)) in (region.x0..).zip(top.iter().zip(&low)) {
                let (u, v) = (part(x, region.x0, region.x1), part(y, region.y0, region.y1));
                let level = ((1.0 - u) * left + u * right + (1.0 - v) * above + v * below) / 2.0;
                let at = (y as usize * width + x as usize) * channels + channel;
                if let Some(sample) = picture.samples.get_mut(at) {
                    *sample = level.round() as u8;
                }
            }
        }
    }
}

/// Writes the masked samples to a new file, owner-only; on failure the file is gone again.
pub(crate) fn mask(
    path: &Path,
    regions: &[(u32, Vec<Region>)],
    out: &Path,
    tick: Tick<'_>,
) -> Result<MaskReport, WorkerError> {
    let scan = open(path)?;
    let shape = needed_shape(&scan)?;
    let not_written = |error: std::io::Error| {
        WorkerError::new(Cause::ApplyFailed, format!("the masked pixels: {}", error.kind()))
    };
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(out);
    let mut sink = BufWriter::with_capacity(1 << 20, file.map_err(not_written)?);
    // Each frame asks for its regions once: that is the step that starts the deadline anew.
    let tick = RefCell::new((tick, Ok(())));
    let of_frame = |frame: u32| {
        let (tick, told) = &mut *tick.borrow_mut();
        *told = tick();
        let regions = regions.iter().filter(|(other, _)| *other == frame);
        regions.flat_map(|(_, regions)| regions.iter().copied()).collect()
    };
    let masked = mask_pixels(&scan, &shape, &of_frame, &mut sink)
        .map_err(|error: MaskError| WorkerError::new(error.cause(), error.to_string()))
        .and_then(|report| sink.flush().map_err(not_written).map(|()| report));
    if masked.is_err() {
        // What is left of it is worthless; that it cannot be removed changes nothing.
        let _left = fs::remove_file(out);
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::paint_over;
    use crate::model::{Picture, Region};

    #[test]
    fn what_is_painted_over_has_neither_text_nor_an_outline() {
        for channels in [1, 3] {
            let ground = |x: u32, y: u32| (40 + x + y / 2) as u8;
            let mut samples = Vec::new();
            for (y, x) in (0..60).flat_map(|y| (0..80).map(move |x| (y, x))) {
                let is_ink = (20..50).contains(&x) && (30..40).contains(&y) && x % 4 < 2;
                let grey = if is_ink { 250 } else { ground(x, y) };
                samples.extend((0..channels).map(|_| grey));
            }
            let mut picture = Picture { width: 80, height: 60, channels, samples };
            let before = picture.clone();
            let region = Region { x0: 18, y0: 28, x1: 52, y1: 42 };
            paint_over(&mut picture, region);
            let at = |picture: &Picture, x: u32, y: u32, channel: usize| {
                picture.samples[(y * 80 + x) as usize * usize::from(channels) + channel]
            };
            for (y, x) in (0..60).flat_map(|y| (0..80).map(move |x| (y, x))) {
                for channel in 0..usize::from(channels) {
                    let is = at(&picture, x, y, channel);
                    if region.contains(x, y) {
                        assert!(is.abs_diff(ground(x, y)) <= 6, "{x} {y}: {is}");
                    } else {
                        assert_eq!(is, at(&before, x, y, channel), "{x} {y}");
                    }
                }
            }
            // At the edge there is less around it, and outside there is nothing to paint.
            paint_over(&mut picture, Region { x0: 70, y0: 50, x1: 200, y1: 200 });
            paint_over(&mut picture, Region { x0: 0, y0: 0, x1: 80, y1: 60 });
            paint_over(&mut picture, Region { x0: 90, y0: 0, x1: 99, y1: 60 });
        }
    }
}
