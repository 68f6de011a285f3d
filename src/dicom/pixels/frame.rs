//! One decoded frame: stored cells, interleaved.

use crate::dicom::pixels::ImageShape;
use crate::dicom::pixels::Number;
use crate::dicom::pixels::Photometric;

/// The cells of a frame as unsigned words or floating point, row by row, samples interleaved.
#[derive(Clone, Debug, PartialEq)]
pub enum Words {
    /// Cells of 8 bits, or single bits as 0 and 1.
    U8(Vec<u8>),
    /// Cells of 16 bits.
    U16(Vec<u16>),
    /// Cells of 32 bits.
    U32(Vec<u32>),
    /// Float Pixel Data.
    F32(Vec<f32>),
    /// Double Float Pixel Data.
    F64(Vec<f64>),
}

impl Words {
    /// Number of cells.
    pub const fn len(&self) -> usize {
        match self {
            Self::U8(words) => words.len(),
            Self::U16(words) => words.len(),
            Self::U32(words) => words.len(),
            Self::F32(words) => words.len(),
            Self::F64(words) => words.len(),
        }
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The cells as little endian bytes.
    pub fn to_le_bytes(&self) -> Vec<u8> {
        match self {
            Self::U8(words) => words.clone(),
            Self::U16(words) => words.iter().flat_map(|word| word.to_le_bytes()).collect(),
            Self::U32(words) => words.iter().flat_map(|word| word.to_le_bytes()).collect(),
            Self::F32(words) => words.iter().flat_map(|word| word.to_le_bytes()).collect(),
            Self::F64(words) => words.iter().flat_map(|word| word.to_le_bytes()).collect(),
        }
    }

    /// Reads cells of `bits` and `number` from bytes in logical order.
    pub(crate) fn from_bytes(bytes: Vec<u8>, shape: &ImageShape, big_endian: bool) -> Self {
        macro_rules! cells {
            ($kind:ident, $number:ty) => {
                Self::$kind(
                    bytes
                        .as_chunks()
                        .0
                        .iter()
                        .map(|cell| {
                            if big_endian {
                                <$number>::from_be_bytes(*cell)
                            } else {
                                <$number>::from_le_bytes(*cell)
                            }
                        })
                        .collect(),
                )
            };
        }
        match (shape.number, shape.bits_allocated) {
            (Number::Float, _) => cells!(F32, f32),
            (Number::Double, _) => cells!(F64, f64),
            (Number::Integer, 16) => cells!(U16, u16),
            (Number::Integer, 32) => cells!(U32, u32),
            (Number::Integer, _) => Self::U8(bytes),
        }
    }

    /// Turns planes into interleaved samples.
    pub(crate) fn interleaved(self, samples_per_pixel: usize) -> Self {
        match self {
            Self::U8(words) => Self::U8(interleave(&words, samples_per_pixel)),
            Self::U16(words) => Self::U16(interleave(&words, samples_per_pixel)),
            Self::U32(words) => Self::U32(interleave(&words, samples_per_pixel)),
            Self::F32(words) => Self::F32(interleave(&words, samples_per_pixel)),
            Self::F64(words) => Self::F64(interleave(&words, samples_per_pixel)),
        }
    }
}

fn interleave<T: Copy + Default>(planes: &[T], samples_per_pixel: usize) -> Vec<T> {
    let pixels = planes.len() / samples_per_pixel.max(1);
    let mut out = vec![T::default(); pixels * samples_per_pixel];
    for (sample, plane) in planes.chunks_exact(pixels.max(1)).take(samples_per_pixel).enumerate() {
        for (pixel, word) in out.chunks_exact_mut(samples_per_pixel).zip(plane) {
            if let Some(cell) = pixel.get_mut(sample) {
                *cell = *word;
            }
        }
    }
    out
}

/// One decoded frame.
#[derive(Clone, PartialEq)]
pub struct RawFrame {
    /// Which frame, counted from 0.
    pub frame: u32,
    /// Rows.
    pub rows: u32,
    /// Columns.
    pub columns: u32,
    /// Samples a pixel.
    pub samples_per_pixel: u16,
    /// Bits of a cell; single bits lie in cells of 8 here.
    pub bits_allocated: u16,
    /// Bits of the sample within its cell.
    pub bits_stored: u16,
    /// Highest bit of the sample within its cell.
    pub high_bit: u16,
    /// Whether samples are two's complement. Differs from the dataset where the codestream says so.
    pub signed: bool,
    /// What the samples here are. Differs from the dataset where the decoder transformed colours
    /// or shared chroma was spread: it must be written when these samples are.
    pub photometric: Photometric,
    /// The cells: `rows × columns × samples_per_pixel`.
    pub words: Words,
}

impl std::fmt::Debug for RawFrame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "RawFrame(#{} {}×{}×{} {:?})",
            self.frame, self.columns, self.rows, self.samples_per_pixel, self.photometric
        )
    }
}

impl RawFrame {
    /// The stored value in a cell: its bits from `bits_stored` and `high_bit`, with its sign.
    pub const fn stored(&self, cell: u32) -> i64 {
        let bits = self.bits_stored as u32;
        let shift = (self.high_bit as u32 + 1).saturating_sub(bits);
        let value = ((cell as u64) >> shift) & ((1_u64 << bits) - 1);
        if self.signed && value >> (bits - 1) & 1 == 1 {
            value as i64 - (1_i64 << bits)
        } else {
            value as i64
        }
    }

    /// Least and greatest value that `bits_stored` can hold.
    pub const fn stored_range(&self) -> (i64, i64) {
        let bits = self.bits_stored as u32;
        if self.signed {
            (-(1_i64 << (bits - 1)), (1_i64 << (bits - 1)) - 1)
        } else {
            (0, (1_i64 << bits) - 1)
        }
    }

    /// The stored value at `index` of [`RawFrame::words`] as a number; `None` outside.
    pub fn value(&self, index: usize) -> Option<f64> {
        Some(match &self.words {
            Words::U8(words) => self.stored((*words.get(index)?).into()) as f64,
            Words::U16(words) => self.stored((*words.get(index)?).into()) as f64,
            Words::U32(words) => self.stored(*words.get(index)?) as f64,
            Words::F32(words) => (*words.get(index)?).into(),
            Words::F64(words) => *words.get(index)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_values_take_their_bits_and_their_sign() {
        let mut frame = RawFrame {
            frame: 0,
            rows: 1,
            columns: 1,
            samples_per_pixel: 1,
            bits_allocated: 16,
            bits_stored: 12,
            high_bit: 11,
            signed: true,
            photometric: Photometric::Monochrome2,
            words: Words::U16(vec![0xF801]),
        };
        assert_eq!(frame.value(0), Some(-2047.0));
        assert_eq!(frame.stored_range(), (-2048, 2047));
        assert_eq!(frame.stored(0x0801), -2047, "bits above the sample do not count");
        frame.signed = false;
        frame.high_bit = 15;
        assert_eq!(frame.stored(0x801F), 0x801);
        assert_eq!(frame.value(1), None);
    }

    #[test]
    fn planes_become_pixels() {
        assert_eq!(interleave(&[1, 2, 10, 20, 100, 200], 3), [1, 10, 100, 2, 20, 200]);
    }
}
