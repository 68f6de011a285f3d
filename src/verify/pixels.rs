//! The fourth check: pixels are the input's, but for what was masked.
//!
//! Native samples are compared as they lie in the file, by geometry read here. What was stored in
//! another syntax is decoded by the export (see [`PixelProof`]) and compared here. Every frame
//! that has masks is looked through for text again.

use std::io;
use std::ops::Range;

use crate::dicom::{Node, NodeId, NodeKind, Scan};
use crate::model::{Region, Tag};
use crate::verify::pairs::same_bytes;
use crate::verify::policy::top_text;
use crate::verify::verdict::{Check, Collected};
use crate::verify::{MaskedPixels, PixelExpectation, Samples};

mod layout;

use layout::Layout;

/// Pixels around a mask or a kept region in which found text counts as covered by it.
const TOLERANCE: u32 = 4;
/// Part of the short side of a kept region by which it may be seen larger on each side.
const KEPT_EDGE: u32 = 8;
/// More frames than this are not decoded twice: the file is held.
const MOST_FRAMES: u32 = 1_000_000;

/// The pixel data of an instance: integer, float or double.
pub(crate) fn find(scan: &Scan) -> Option<NodeId> {
    [0x0010, 0x0008, 0x0009].into_iter().find_map(|element| scan.find(Tag(0x7FE0, element)))
}

/// The bytes behind the last frame of native pixel data at the top level: no viewer shows them, and
/// proving the frames says nothing of them. Empty where the geometry cannot be told.
///
/// # Errors
/// Those of the source.
pub(crate) fn behind_last_frame(scan: &Scan, node: &Node) -> io::Result<Range<u64>> {
    let end = node.value.end;
    let layout = if node.parent.is_none() { Layout::read(scan)? } else { None };
    let Some(layout) = layout else { return Ok(end..end) };
    let frames = top_text(scan, Tag(0x0028, 0x0008))?.and_then(|text| text.trim().parse().ok());
    let frames: u64 = frames.unwrap_or(1);
    let length = layout.frame_bytes().saturating_mul(frames);
    Ok(node.value.start.saturating_add(length).min(end)..end)
}

/// Samples of one plane of a frame; 0 where the geometry cannot be told.
///
/// # Errors
/// Those of the source.
pub(crate) fn plane(scan: &Scan) -> io::Result<u64> {
    let layout = Layout::read(scan)?;
    Ok(layout.map_or(0, |layout| u64::from(layout.rows) * u64::from(layout.columns)))
}

/// Bytes of one sample; `None` where the geometry cannot be told.
///
/// # Errors
/// Those of the source.
pub(crate) fn sample_bytes(scan: &Scan) -> io::Result<Option<u32>> {
    Ok(Layout::read(scan)?.map(|layout| layout.bytes))
}

/// Checks the pixel data; whether all samples are proven to be the input's outside of masks.
///
/// # Errors
/// Those of the sources.
pub(crate) fn check(
    input: &Scan,
    staged: &Scan,
    expected: PixelExpectation<'_>,
    found: &mut Collected,
) -> io::Result<bool> {
    let (theirs, ours) = match (find(input), find(staged)) {
        (None, None) => return Ok(true),
        (Some(theirs), Some(ours)) => (input.node(theirs), staged.node(ours)),
        _ => {
            found.hold(Check::Pixels, "(7FE0,0010)", "pixel data came or went");
            return Ok(false);
        }
    };
    let place = format!("({:04X},{:04X})", ours.tag.group(), ours.tag.element());
    let masked = match expected {
        PixelExpectation::Untouched => {
            let same = input.meta.transfer_syntax == staged.meta.transfer_syntax
                && same_values((input, theirs), (staged, ours))?;
            if !same {
                found.hold(Check::Pixels, &place, "untouched pixels are not the input's bytes");
            }
            return Ok(same);
        }
        PixelExpectation::Masked(masked) => masked,
    };
    let before = found.count();
    let native = theirs.kind == NodeKind::Element
        && ours.kind == NodeKind::Element
        && input.encoding.big_endian == staged.encoding.big_endian;
    let layouts = (Layout::read(input)?, Layout::read(staged)?);
    match layouts {
        (Some(layout), Some(same)) if native && layout == same => {
            compare_native((input, theirs), (staged, ours), layout, masked, found)?;
        }
        _ => compare_decoded(staged, masked, found)?,
    }
    look_again(masked, found);
    Ok(before == found.count())
}

fn same_values(a: (&Scan, &Node), b: (&Scan, &Node)) -> io::Result<bool> {
    same_bytes((&a.0.source, a.1.value.clone()), (&b.0.source, b.1.value.clone()))
}

fn compare_native(
    (input, theirs): (&Scan, &Node),
    (staged, ours): (&Scan, &Node),
    layout: Layout,
    masked: MaskedPixels<'_>,
    found: &mut Collected,
) -> io::Result<()> {
    let length = ours.value.end - ours.value.start;
    let bytes = layout.frame_bytes();
    if length != theirs.value.end - theirs.value.start || bytes == 0 {
        found.hold(Check::Pixels, "pixel data", "their length changed");
        return Ok(());
    }
    let mut at = 0;
    let mut frame = 0;
    while at < length {
        let end = length.min(at.saturating_add(bytes));
        let range = |node: &Node| node.value.start + at..node.value.start + end;
        let regions = masked.regions.get(&frame).map_or(&[][..], Vec::as_slice);
        let whole = end - at == bytes;
        if regions.is_empty() || !whole {
            if !same_bytes((&input.source, range(theirs)), (&staged.source, range(ours)))? {
                found.hold(Check::Pixels, &frame_place(frame), "an untouched frame changed");
            }
        } else {
            let before = input.source.read(range(theirs))?;
            let after = staged.source.read(range(ours))?;
            compare_frame(frame, (before, after), layout, regions, found);
        }
        at = end;
        frame += 1;
    }
    unknown_frames(masked, frame, found);
    Ok(())
}

fn frame_place(frame: u32) -> String {
    format!("frame {}", u64::from(frame) + 1)
}

fn region_place(frame: u32, region: Region) -> String {
    let Region { x0, y0, x1, y1 } = region;
    format!("{} at {x0},{y0} to {x1},{y1}", frame_place(frame))
}

/// Masks of frames that do not exist were never painted.
fn unknown_frames(masked: MaskedPixels<'_>, frames: u32, found: &mut Collected) {
    for (&frame, regions) in masked.regions.range(frames..) {
        if !regions.is_empty() {
            found.hold(
                Check::Pixels,
                &frame_place(frame),
                "a mask names a frame that is not there",
            );
        }
    }
}

/// Inside of each region one value in each plane; outside the bytes of the input.
fn compare_frame(
    frame: u32,
    (mut before, mut after): (Vec<u8>, Vec<u8>),
    layout: Layout,
    regions: &[Region],
    found: &mut Collected,
) {
    let clamped: Vec<Region> =
        regions.iter().filter_map(|region| region.clamped(layout.columns, layout.rows)).collect();
    for &region in &clamped {
        if !layout.is_uniform(&after, region) {
            found.hold(Check::Pixels, &region_place(frame, region), "a mask is not of one value");
        }
    }
    for &region in &clamped {
        layout.blank(&mut before, region);
        layout.blank(&mut after, region);
    }
    if before != after {
        found.hold(Check::Pixels, &frame_place(frame), "pixels outside of masks changed");
    }
}

fn compare_decoded(
    staged: &Scan,
    masked: MaskedPixels<'_>,
    found: &mut Collected,
) -> io::Result<()> {
    let frames = match top_text(staged, Tag(0x0028, 0x0008))? {
        Some(text) => text.parse().unwrap_or(0),
        None => 1,
    };
    if frames == 0 || frames > MOST_FRAMES {
        found.hold(Check::Pixels, "(0028,0008)", "the frames cannot be counted");
        return Ok(());
    }
    for frame in 0..frames {
        let proof = masked.proof;
        let decoded = proof
            .input_frame(frame)
            .and_then(|before| proof.staged_frame(frame).map(|after| (before, after)));
        let Ok((before, after)) = decoded else {
            found.hold(Check::Pixels, &frame_place(frame), "it could not be decoded to compare");
            continue;
        };
        let layout = Layout::of(&before);
        let fits = |samples: &Samples| samples.bytes.len() as u64 == layout.frame_bytes();
        if layout != Layout::of(&after) || !fits(&before) || !fits(&after) {
            found.hold(Check::Pixels, &frame_place(frame), "it has another size than before");
            continue;
        }
        let regions = masked.regions.get(&frame).map_or(&[][..], Vec::as_slice);
        compare_frame(frame, (before.bytes, after.bytes), layout, regions, found);
    }
    unknown_frames(masked, frames, found);
    Ok(())
}

/// Text found again in changed frames lies within masks or kept regions.
fn look_again(masked: MaskedPixels<'_>, found: &mut Collected) {
    for (&frame, regions) in masked.regions.iter().filter(|(_, regions)| !regions.is_empty()) {
        let seen = match masked.proof.residual_text(frame) {
            Ok(Some(seen)) => seen,
            Ok(None) => {
                found.not_checked("masked frames were not looked through for text again");
                continue;
            }
            Err(_) => {
                let what = "it could not be looked through for text again";
                found.hold(Check::Pixels, &frame_place(frame), what);
                continue;
            }
        };
        let kept = masked.kept.get(&frame).map_or(&[][..], Vec::as_slice);
        // A kept text is seen with other edges when what is around it has changed.
        let kept = kept.iter().map(|region| {
            region.grown(TOLERANCE + region.width().min(region.height()) / KEPT_EDGE)
        });
        let masked = regions.iter().map(|region| region.grown(TOLERANCE));
        let covers: Vec<Region> = masked.chain(kept).collect();
        for region in seen {
            if !is_covered(region, &covers) {
                let what = "text outside of masks and kept regions";
                found.hold(Check::Pixels, &region_place(frame, region), what);
            }
        }
    }
}

/// Whether the union of `covers` holds every pixel of `region`.
fn is_covered(region: Region, covers: &[Region]) -> bool {
    let mut open = vec![region];
    for &cover in covers {
        let mut rest = Vec::new();
        for piece in open {
            let Some(both) = piece.intersection(cover) else {
                rest.push(piece);
                continue;
            };
            let parts = [
                Region { y1: both.y0, ..piece },
                Region { y0: both.y1, ..piece },
                Region { x1: both.x0, y0: both.y0, y1: both.y1, ..piece },
                Region { x0: both.x1, y0: both.y0, y1: both.y1, ..piece },
            ];
            rest.extend(parts.into_iter().filter(|part| !part.is_empty()));
        }
        open = rest;
    }
    open.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn region(x0: u32, y0: u32, x1: u32, y1: u32) -> Region {
        Region { x0, y0, x1, y1 }
    }

    #[test]
    fn regions_are_covered_by_the_union() {
        let covers = [region(0, 0, 5, 10), region(5, 0, 10, 6), region(4, 6, 10, 10)];
        assert!(is_covered(region(1, 1, 9, 9), &covers));
        assert!(!is_covered(region(1, 1, 11, 9), &covers));
        assert!(!is_covered(region(1, 1, 9, 9), &covers[..2]));
        assert!(!is_covered(region(1, 1, 2, 2), &[]));
    }
}
