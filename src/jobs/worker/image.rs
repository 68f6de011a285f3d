//! Frames of an instance in a worker: shown, looked at, masked.

use std::cell::RefCell;
use std::fs::{self, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::detect::Depth;
use crate::dicom::pixels::{
    FrameReader, ImageShape, Photometric, PixelError, PixelLimits, RawFrame, decode_frame,
    image_shape_within,
};
use crate::dicom::{Limits, Scan, Source, scan};
use crate::engine::mask::{MaskError, MaskReport, mask_pixels};
use crate::jobs::worker::work::{Eyes, Tick};
use crate::jobs::worker::{FrameSamples, Frames, Rendered, WorkerError};
use crate::model::{Cause, Coverage, FrameFindings, Picture, Region};
use crate::render::{RenderContext, Rendering, auto_window, needed, overlays, render};

/// A frame is at most this large once decoded: with its copies it must fit a worker.
const LIMITS: PixelLimits =
    PixelLimits { frame_bytes: 512 << 20, total_bytes: 1 << 36, frames: 1 << 20 };

/// Scans a file.
fn open(path: &Path) -> Result<Scan, WorkerError> {
    let source = Source::open(path).map_err(|error| WorkerError::unreadable(&error))?;
    scan(source, &Limits::default())
        .map_err(|error| WorkerError::new(error.cause(), error.to_string()))
}

/// What the image claims to be, checked; `None` when the instance has no image.
fn shape(scan: &Scan) -> Result<Option<ImageShape>, WorkerError> {
    image_shape_within(scan, &LIMITS).map_err(|error| pixels(&error))
}

/// What the image claims to be; an instance without one is an error.
fn needed_shape(scan: &Scan) -> Result<ImageShape, WorkerError> {
    shape(scan)?.ok_or_else(|| WorkerError::new(Cause::Undecodable, "the instance has no image"))
}

fn pixels(error: &PixelError) -> WorkerError {
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
/// `painted` is black in each picture. A frame that does not decode, or is not there, was not
/// looked at; the others are.
pub(crate) fn look_at(
    eyes: &mut Eyes,
    path: &Path,
    (frames, (painted, depth)): (&Frames, (&[Region], Depth)),
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
                    painted.iter().for_each(|&region| blacken(picture, region));
                }
                eyes.look((&pictures, depth), frame)
            }
            Err(error) => FrameFindings {
                frame,
                coverage: Coverage::NotLookedAt(error.to_string()),
                findings: Vec::new(),
            },
        });
        tick().map_err(|error| WorkerError::unreadable(&error))?;
    }
    if let Some(first) = found.iter_mut().find(|found| found.frame == 0 && is_looked_at(found)) {
        look_at_overlays(eyes, &scan, (shape.columns, shape.rows), first);
    }
    Ok(found)
}

const fn is_looked_at(found: &FrameFindings) -> bool {
    !matches!(found.coverage, Coverage::NotLookedAt(_))
}

/// Adds what stands in overlay planes to what was found in the first frame.
fn look_at_overlays(eyes: &mut Eyes, scan: &Scan, size: (u32, u32), first: &mut FrameFindings) {
    for plane in overlays(scan) {
        for mut finding in eyes.look_at_plane(&plane.picture) {
            finding.region = plane.in_image(finding.region, size);
            first.findings.push(finding);
        }
    }
    if !first.findings.is_empty() {
        first.coverage = Coverage::Found(first.findings.len());
    }
}

/// The pictures that are looked at. One in which nothing can be seen is none, if there is another.
fn shown(raw: &RawFrame, context: &RenderContext) -> Vec<Picture> {
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

/// Paints a region black.
fn blacken(picture: &mut Picture, region: Region) {
    let Some(region) = region.clamped(picture.width, picture.height) else { return };
    let channels = usize::from(picture.channels);
    for row in region.y0..region.y1 {
        let start = (row as usize * picture.width as usize + region.x0 as usize) * channels;
        let end = start + region.width() as usize * channels;
        if let Some(samples) = picture.samples.get_mut(start..end) {
            samples.fill(0);
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
