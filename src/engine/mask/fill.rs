//! What black is, and painting with it.

use dicom_dictionary_std::tags;

use crate::dicom::Scan;
use crate::dicom::pixels::ImageShape;
use crate::dicom::pixels::NativeLayout;
use crate::dicom::pixels::Palette;
use crate::dicom::pixels::Photometric;
use crate::dicom::pixels::RawFrame;
use crate::dicom::pixels::Words;
use crate::dicom::pixels::values;
use crate::model::Region;

/// What to paint with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fill {
    /// These cells, whatever the frame holds.
    Cells([u64; 4]),
    /// The least (or greatest) finite value of a floating point frame.
    Finite {
        /// Whether the greatest is shown black.
        greatest: bool,
    },
}

impl Fill {
    /// What is shown black where samples are of `photometric`.
    pub fn new(scan: &Scan, shape: &ImageShape, photometric: Photometric) -> Self {
        let falling = values::decimals(scan, None, tags::RESCALE_SLOPE)
            .first()
            .is_some_and(|slope| *slope < 0.0);
        let greatest = falling != (photometric == Photometric::Monochrome1);
        if shape.number != crate::dicom::pixels::Number::Integer {
            return Self::Finite { greatest };
        }
        let (low, high) = stored_range(shape);
        let middle = if shape.signed { 0 } else { 1_i64 << (shape.bits_stored - 1) };
        let stored = match photometric {
            Photometric::Monochrome1 | Photometric::Monochrome2 => {
                [if greatest { high } else { low }; 4]
            }
            Photometric::PaletteColor => {
                let palette = Palette::read(scan, shape);
                [palette.map_or(low, |palette| palette.darkest((low, high))); 4]
            }
            Photometric::YbrFull | Photometric::YbrFull422 => [low, middle, middle, low],
            Photometric::YbrPartial422 | Photometric::YbrPartial420 => {
                let black = low + (16_i64 << shape.bits_stored.saturating_sub(8));
                [black.min(high), middle, middle, low]
            }
            _ => [low; 4],
        };
        Self::Cells(stored.map(|value| cell(shape, value)))
    }

    /// The cells of each sample, where they do not depend on the frame; zeros otherwise.
    pub const fn fixed(&self) -> [u64; 4] {
        match self {
            Self::Cells(cells) => *cells,
            Self::Finite { .. } => [0; 4],
        }
    }

    /// The cells of each sample for this frame.
    pub fn cells(&self, frame: &RawFrame) -> [u64; 4] {
        let Self::Finite { greatest } = self else { return self.fixed() };
        let best = |a: f64, b: f64| if *greatest { a.max(b) } else { a.min(b) };
        let bits = match &frame.words {
            Words::F32(words) => {
                let finite = words.iter().copied().filter(|word| word.is_finite());
                let found = finite.map(f64::from).reduce(best).unwrap_or(0.0);
                u64::from((found as f32).to_bits())
            }
            Words::F64(words) => {
                let finite = words.iter().copied().filter(|word| word.is_finite());
                finite.reduce(best).unwrap_or(0.0).to_bits()
            }
            _ => 0,
        };
        [bits; 4]
    }
}

fn stored_range(shape: &ImageShape) -> (i64, i64) {
    let bits = u32::from(shape.bits_stored);
    if shape.signed {
        (-(1_i64 << (bits - 1)), (1_i64 << (bits - 1)) - 1)
    } else {
        (0, (1_i64 << bits) - 1)
    }
}

/// The whole cell for a stored value: unused high bits repeat the sign, or are 0.
fn cell(shape: &ImageShape, value: i64) -> u64 {
    let shift = (shape.high_bit + 1).saturating_sub(shape.bits_stored);
    let cell = (value << shift).cast_unsigned();
    cell & (u64::MAX >> (64 - u32::from(shape.bits_allocated)))
}

/// Paints regions in a decoded frame.
pub(crate) fn paint_frame(frame: &mut RawFrame, regions: &[Region], cells: [u64; 4]) {
    let columns = frame.columns as usize;
    let samples = usize::from(frame.samples_per_pixel);
    for region in regions {
        for row in region.y0 as usize..region.y1 as usize {
            let first = (row * columns + region.x0 as usize) * samples;
            let last = (row * columns + region.x1 as usize) * samples;
            match &mut frame.words {
                Words::U8(words) => paint_run(words, first..last, cells, samples, |c| c as u8),
                Words::U16(words) => paint_run(words, first..last, cells, samples, |c| c as u16),
                Words::U32(words) => paint_run(words, first..last, cells, samples, |c| c as u32),
                Words::F32(words) => {
                    paint_run(words, first..last, cells, samples, |c| f32::from_bits(c as u32));
                }
                Words::F64(words) => {
                    paint_run(words, first..last, cells, samples, f64::from_bits);
                }
            }
        }
    }
}

fn paint_run<T: Copy>(
    words: &mut [T],
    run: std::ops::Range<usize>,
    cells: [u64; 4],
    samples: usize,
    word: impl Fn(u64) -> T,
) {
    let cells = cells.map(word);
    for pixel in words.get_mut(run).unwrap_or_default().chunks_exact_mut(samples.max(1)) {
        for (place, cell) in pixel.iter_mut().zip(cells) {
            *place = cell;
        }
    }
}

/// Bytes of native pixel data as they lie in the file.
pub(crate) struct Target<'a> {
    /// The bytes.
    pub bytes: &'a mut [u8],
    /// The position of the first of them.
    pub first: u64,
    /// The layout of the whole value.
    pub layout: &'a NativeLayout,
    /// Whether a masked byte was not among them.
    pub missed: bool,
}

impl Target<'_> {
    /// Paints regions of a frame that lies in these bytes.
    pub fn paint(&mut self, shape: &ImageShape, frame: u32, regions: &[Region], cells: [u64; 4]) {
        for region in regions {
            for row in region.y0..region.y1 {
                for column in region.x0..region.x1 {
                    self.pixel(shape, frame, (column, row), cells);
                }
            }
        }
    }

    fn pixel(&mut self, shape: &ImageShape, frame: u32, at: (u32, u32), cells: [u64; 4]) {
        let pixel = u64::from(at.1) * u64::from(shape.columns) + u64::from(at.0);
        let first_bit = self.layout.first_bit(frame);
        if shape.bits_allocated == 1 {
            self.bit(first_bit + pixel, cells[0] & 1 == 1);
            return;
        }
        let width = u64::from(shape.bits_allocated / 8);
        let start = first_bit / 8;
        if shape.subsampled {
            // Y₁ Y₂ Cb Cr for two pixels; both are painted.
            let [y, cb, cr, _] = cells;
            let pair = start + pixel / 2 * 4;
            self.cell(pair + pixel % 2, 1, y);
            self.cell(pair + 2, 1, cb);
            self.cell(pair + 3, 1, cr);
            return;
        }
        let samples = u64::from(shape.samples_per_pixel);
        let pixels = u64::from(shape.rows) * u64::from(shape.columns);
        for (sample, cell) in (0..samples).zip(cells) {
            let index =
                if shape.planar { sample * pixels + pixel } else { pixel * samples + sample };
            self.cell(start + index * width, width, cell);
        }
    }

    fn cell(&mut self, logical: u64, width: u64, cell: u64) {
        for (place, byte) in (0..width).zip(cell.to_le_bytes()) {
            let place = if self.layout.big_endian() { width - 1 - place } else { place };
            match self.byte(logical + place) {
                Some(there) => *there = byte,
                None => self.missed = true,
            }
        }
    }

    fn bit(&mut self, bit: u64, set: bool) {
        let mask = 1 << (bit % 8);
        match self.byte(bit / 8) {
            Some(there) => *there = if set { *there | mask } else { *there & !mask },
            None => self.missed = true,
        }
    }

    fn byte(&mut self, logical: u64) -> Option<&mut u8> {
        let index = self.layout.position(logical).checked_sub(self.first)?;
        self.bytes.get_mut(usize::try_from(index).ok()?)
    }
}
