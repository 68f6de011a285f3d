//! Which bytes of encapsulated pixel data make up which frame (PS3.5 A.4).

use std::ops::Range;

use dicom_core::Tag;

use crate::dicom::Node;
use crate::dicom::Scan;
use crate::dicom::pixels::ImageShape;
use crate::dicom::pixels::PixelError;
use crate::dicom::pixels::jpeg;

/// Extended Offset Table.
const EXTENDED_OFFSET_TABLE: Tag = Tag(0x7FE0, 0x0001);

/// Most bytes read to look for the ends of images where fragments do not tell.
const SEARCHED: u64 = 1 << 30;

/// How frames and fragments go together in a transfer syntax.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    /// One fragment is one frame.
    Single,
    /// A frame may take several fragments; codestreams begin in a way that can be seen.
    Codestream,
    /// As above; where images end can be seen too.
    Jpeg,
}

/// The pieces of each frame, as ranges of the source.
#[derive(Clone, Debug, Default)]
pub(crate) struct FrameIndex {
    pieces: Vec<Range<u64>>,
    /// For each frame, one past its last piece.
    ends: Vec<usize>,
}

impl FrameIndex {
    /// Finds the frames of an encapsulated image.
    pub fn find(scan: &Scan, shape: &ImageShape, packing: Packing) -> Result<Self, PixelError> {
        let children: Vec<&Node> =
            scan.children(Some(shape.element)).map(|(_, node)| node).collect();
        let Some((table, fragments)) = children.split_first() else {
            return Err(PixelError::Short);
        };
        let frames = shape.frames as usize;
        if fragments.is_empty() {
            return Err(PixelError::Short);
        }
        if fragments.len() == frames {
            return Ok(Self::grouped(fragments, (0..frames).collect()));
        }
        if packing == Packing::Single {
            return Err(PixelError::Contradiction("number of frames and of fragments"));
        }
        if frames == 1 {
            return match beginnings(scan, fragments)?.len() {
                0 | 1 => Ok(Self::grouped(fragments, vec![0])),
                _ => Err(PixelError::Contradiction("more frames than claimed")),
            };
        }
        if fragments.len() > frames {
            let starts = match by_offsets(scan, table, fragments, frames)? {
                Some(starts) => starts,
                None => beginnings(scan, fragments)?,
            };
            if starts.len() != frames || starts.first() != Some(&0) {
                return Err(PixelError::Broken("fragments do not tell the frames"));
            }
            return Ok(Self::grouped(fragments, starts));
        }
        match packing {
            Packing::Jpeg => Self::searched(scan, fragments, frames),
            _ => Err(PixelError::Contradiction("number of frames and of fragments")),
        }
    }

    /// The pieces of a frame.
    pub fn pieces(&self, frame: u32) -> Option<&[Range<u64>]> {
        let frame = frame as usize;
        let end = *self.ends.get(frame)?;
        let start = if frame == 0 { 0 } else { *self.ends.get(frame - 1)? };
        self.pieces.get(start..end)
    }

    /// Frames that begin with the fragments `starts`.
    fn grouped(fragments: &[&Node], starts: Vec<usize>) -> Self {
        let ends = starts.into_iter().skip(1).chain([fragments.len()]).collect();
        Self { pieces: fragments.iter().map(|node| node.value.clone()).collect(), ends }
    }

    /// Several images in one fragment: finds where each ends.
    fn searched(scan: &Scan, fragments: &[&Node], frames: usize) -> Result<Self, PixelError> {
        let total: u64 = fragments.iter().map(|node| node.value.end - node.value.start).sum();
        if total > SEARCHED {
            return Err(PixelError::TooLarge);
        }
        let ranges: Vec<Range<u64>> = fragments.iter().map(|node| node.value.clone()).collect();
        let bytes = read_pieces(scan, &ranges)?;
        let mut index = Self::default();
        let mut at = 0;
        while index.ends.len() < frames {
            let rest = bytes.get(at..).unwrap_or_default();
            let skip = rest
                .windows(2)
                .position(|pair| pair == [0xFF, 0xD8])
                .ok_or(PixelError::Broken("fewer images than frames"))?;
            let end = rest
                .get(skip..)
                .and_then(jpeg::end_of_image)
                .ok_or(PixelError::Broken("fewer images than frames"))?;
            index.pieces.extend(cut(&ranges, (at + skip) as u64..(at + skip + end) as u64));
            index.ends.push(index.pieces.len());
            at += skip + end;
        }
        Ok(index)
    }
}

/// Reads pieces into one buffer.
pub(crate) fn read_pieces(scan: &Scan, pieces: &[Range<u64>]) -> Result<Vec<u8>, PixelError> {
    let mut bytes = Vec::new();
    for piece in pieces {
        bytes.append(&mut scan.source.read(piece.clone())?);
    }
    Ok(bytes)
}

/// The parts of `ranges` that hold `wanted` of their bytes put together.
fn cut(ranges: &[Range<u64>], wanted: Range<u64>) -> Vec<Range<u64>> {
    let mut before = 0;
    let mut out = Vec::new();
    for range in ranges {
        let length = range.end - range.start;
        let from = wanted.start.clamp(before, before + length) - before;
        let to = wanted.end.clamp(before, before + length) - before;
        if from < to {
            out.push(range.start + from..range.start + to);
        }
        before += length;
    }
    out
}

/// The fragments where frames start, by the Extended or the Basic Offset Table.
///
/// `None` when there is no table, or one that does not point at fragments.
fn by_offsets(
    scan: &Scan,
    table: &Node,
    fragments: &[&Node],
    frames: usize,
) -> Result<Option<Vec<usize>>, PixelError> {
    let extended = match scan.find(EXTENDED_OFFSET_TABLE) {
        Some(id) => scan.value(id, 8 * frames as u64)?,
        None => Vec::new(),
    };
    let mut offsets: Vec<u64> =
        extended.as_chunks().0.iter().map(|eight| u64::from_le_bytes(*eight)).collect();
    if offsets.len() != frames {
        let length = (table.value.end - table.value.start).min(4 * frames as u64);
        let basic = scan.source.read(table.value.start..table.value.start + length)?;
        offsets = basic.as_chunks().0.iter().map(|four| u32::from_le_bytes(*four).into()).collect();
    }
    let Some(base) = fragments.first().map(|node| node.start) else { return Ok(None) };
    let starts: Option<Vec<usize>> = offsets
        .iter()
        .map(|offset| {
            let wanted = base.checked_add(*offset)?;
            fragments.binary_search_by_key(&wanted, |node| node.start).ok()
        })
        .collect();
    let ascending = |starts: &Vec<usize>| starts.windows(2).all(|two| two.first() < two.last());
    Ok(starts.filter(|starts| starts.len() == frames && ascending(starts)))
}

/// The fragments that begin a codestream.
fn beginnings(scan: &Scan, fragments: &[&Node]) -> Result<Vec<usize>, PixelError> {
    /// JPEG and JPEG-LS, JPEG 2000 bare and in boxes, JPEG XL bare and in boxes.
    const MAGIC: [&[u8]; 5] = [
        &[0xFF, 0xD8, 0xFF],
        &[0xFF, 0x4F, 0xFF, 0x51],
        &[0, 0, 0, 0x0C, 0x6A, 0x50, 0x20, 0x20],
        &[0xFF, 0x0A],
        &[0, 0, 0, 0x0C, 0x4A, 0x58, 0x4C, 0x20],
    ];
    let mut starts = Vec::new();
    for (at, node) in fragments.iter().enumerate() {
        let end = node.value.end.min(node.value.start + 8);
        let head = scan.source.read(node.value.start..end)?;
        // Two bytes alone would be found by chance in the middle of data.
        let begins =
            MAGIC.iter().any(|magic| head.starts_with(magic) && (at == 0 || magic.len() > 2));
        if begins {
            starts.push(at);
        }
    }
    Ok(starts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_over_several_pieces_is_cut_from_each() {
        let ranges = [10..14, 20..22, 30..40];
        assert_eq!(cut(&ranges, 2..9), [12..14, 20..22, 30..33]);
        assert_eq!(cut(&ranges, 4..7), [20..22, 30..31]);
        assert!(cut(&ranges, 16..20).is_empty());
    }
}
