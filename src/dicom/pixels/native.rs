//! Where the samples of native pixel data lie in the file, and how a frame is read from there.

use std::ops::Range;

use dicom_core::VR;

use crate::dicom::Scan;
use crate::dicom::Source;
use crate::dicom::pixels::ImageShape;
use crate::dicom::pixels::Photometric;
use crate::dicom::pixels::PixelError;
use crate::dicom::pixels::RawFrame;
use crate::dicom::pixels::Words;

/// The byte layout of a native pixel data element.
///
/// *Logical* bytes are those of one cell after the other; *positions* are bytes of the value in the
/// file, counted from its start. They differ only where cells of up to 8 bits are written in 16-bit
/// words of a big endian dataset (PS3.5 A.3): there the bytes of each pair change places.
#[derive(Clone, Copy, Debug)]
pub struct NativeLayout {
    start: u64,
    length: u64,
    frame_bits: u64,
    swapped: bool,
    big_endian: bool,
}

impl NativeLayout {
    /// The layout of a native image.
    pub fn new(scan: &Scan, shape: &ImageShape) -> Self {
        let node = scan.node(shape.element);
        let big_endian = scan.encoding.big_endian;
        Self {
            start: node.value.start,
            length: node.value.end - node.value.start,
            frame_bits: shape.native_bits(),
            swapped: big_endian && shape.bits_allocated <= 8 && node.vr == VR::OW,
            big_endian,
        }
    }

    /// Whether cells wider than a byte are big endian.
    pub const fn big_endian(&self) -> bool {
        self.big_endian
    }

    /// Bytes of the whole value, padding included.
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// First bit of a frame, counted in logical order from the start of the value.
    pub const fn first_bit(&self, frame: u32) -> u64 {
        frame as u64 * self.frame_bits
    }

    /// The position of a logical byte.
    pub const fn position(&self, logical: u64) -> u64 {
        if self.swapped { logical ^ 1 } else { logical }
    }

    /// The positions that hold a frame: whole bytes, whole pairs where they change places.
    pub fn window(&self, frame: u32) -> Range<u64> {
        let first = self.first_bit(frame) / 8;
        let last = (self.first_bit(frame) + self.frame_bits).div_ceil(8);
        if self.swapped {
            return first & !1..(last.div_ceil(2) * 2).min(self.length);
        }
        first..last
    }

    /// The same range of positions in the source.
    pub const fn in_source(&self, positions: &Range<u64>) -> Range<u64> {
        self.start + positions.start..self.start + positions.end
    }

    /// The logical bytes of a frame; the first may hold bits of the frame before.
    fn read(&self, source: &Source, frame: u32) -> Result<Vec<u8>, PixelError> {
        let window = self.window(frame);
        let mut bytes = source.read(self.in_source(&window))?;
        if self.swapped {
            for pair in bytes.as_chunks_mut::<2>().0 {
                pair.swap(0, 1);
            }
        }
        let skip = usize::try_from(self.first_bit(frame) / 8 - window.start).unwrap_or(usize::MAX);
        bytes.drain(..skip.min(bytes.len()));
        Ok(bytes)
    }
}

/// Reads one native frame.
pub(crate) fn read_frame(
    scan: &Scan,
    shape: &ImageShape,
    frame: u32,
) -> Result<RawFrame, PixelError> {
    let layout = NativeLayout::new(scan, shape);
    let mut bytes = layout.read(&scan.source, frame)?;
    if shape.bits_allocated == 1 {
        let bits = usize::try_from(shape.samples()).map_err(|_too_large| PixelError::TooLarge)?;
        let first = (layout.first_bit(frame) % 8) as usize;
        return build(shape, frame, unpack_bits(&bytes, first, bits), false);
    }
    bytes.truncate(usize::try_from(shape.native_bits() / 8).unwrap_or(usize::MAX));
    build(shape, frame, bytes, layout.big_endian)
}

/// Makes a frame of the logical bytes of a native or uncompressed one.
pub(crate) fn build(
    shape: &ImageShape,
    frame: u32,
    bytes: Vec<u8>,
    big_endian: bool,
) -> Result<RawFrame, PixelError> {
    let mut photometric = shape.photometric;
    let words = if shape.subsampled {
        if photometric == Photometric::YbrFull422 {
            photometric = Photometric::YbrFull;
        }
        Words::U8(spread_chroma(&bytes))
    } else {
        if photometric == Photometric::YbrFull422 {
            photometric = Photometric::YbrFull;
        }
        let words = Words::from_bytes(bytes, shape, big_endian);
        if shape.planar { words.interleaved(shape.samples_per_pixel.into()) } else { words }
    };
    raw_frame(shape, frame, photometric, words)
}

/// Makes a frame, and sees to it that it has all its cells.
pub(crate) fn raw_frame(
    shape: &ImageShape,
    frame: u32,
    photometric: Photometric,
    words: Words,
) -> Result<RawFrame, PixelError> {
    if words.len() as u64 != shape.samples() {
        return Err(PixelError::Short);
    }
    Ok(RawFrame {
        frame,
        rows: shape.rows,
        columns: shape.columns,
        samples_per_pixel: shape.samples_per_pixel,
        bits_allocated: shape.bits_allocated,
        bits_stored: shape.bits_stored,
        high_bit: shape.high_bit,
        signed: shape.signed,
        photometric,
        words,
    })
}

/// Single bits as bytes, the lowest bit of a byte first.
pub(crate) fn unpack_bits(bytes: &[u8], first: usize, count: usize) -> Vec<u8> {
    let all = bytes.iter().flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1));
    all.skip(first).take(count).collect()
}

/// Y₁ Y₂ Cb Cr → two pixels with the chroma of both.
fn spread_chroma(bytes: &[u8]) -> Vec<u8> {
    let pairs = bytes.as_chunks::<4>().0;
    pairs.iter().flat_map(|&[first, second, cb, cr]| [first, cb, cr, second, cb, cr]).collect()
}
