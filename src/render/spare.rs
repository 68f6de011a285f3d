//! Bits of cells that no sample uses: old overlays stand there (PS3.5 8.1.1, retired), or anything.

use crate::dicom::pixels::{RawFrame, Words};

/// Whether such a bit is set in any cell, other than as a copy of the sign.
pub(crate) fn are_used(frame: &RawFrame) -> bool {
    frame.bits_stored < frame.bits_allocated
        && of(frame).is_some_and(|mut bits| bits.any(|b| b > 0))
}

/// The unused bits of each pixel as grey, from nothing to the most that any has.
pub(crate) fn samples(frame: &RawFrame) -> Vec<u8> {
    let pixels = frame.rows as usize * frame.columns as usize;
    let Some(bits) = of(frame) else { return vec![0; pixels] };
    let per_pixel = usize::from(frame.samples_per_pixel).max(1);
    let bits: Vec<u32> = bits.collect();
    let most = bits.iter().copied().max().unwrap_or(0).max(1);
    let grey = |bits: &u32| (u64::from(*bits) * 255 / u64::from(most)) as u8;
    bits.chunks_exact(per_pixel).map(|pixel| pixel.iter().max().map_or(0, grey)).collect()
}

/// The unused bits of each cell; none of floating point.
fn of(frame: &RawFrame) -> Option<Box<dyn Iterator<Item = u32> + '_>> {
    let bits = u32::from(frame.bits_stored).min(32);
    let shift = (u32::from(frame.high_bit) + 1).saturating_sub(bits);
    let sample = ((1_u64 << bits) - 1) << shift;
    let above = u64::from(u32::MAX) << (shift + bits).min(32);
    let cell_bits = u64::from(u32::MAX) >> 32_u32.saturating_sub(frame.bits_allocated.into());
    let (unused, above) = (cell_bits & !sample, cell_bits & above);
    let signed = frame.signed;
    let spare = move |cell: u32| {
        let cell = u64::from(cell);
        let is_negative = signed && cell >> (shift + bits).saturating_sub(1) & 1 == 1;
        let copies_sign = is_negative && cell & above == above;
        let found = if copies_sign { cell & unused & !above } else { cell & unused };
        found as u32
    };
    Some(match &frame.words {
        Words::U8(words) => Box::new(words.iter().map(move |word| spare((*word).into()))),
        Words::U16(words) => Box::new(words.iter().map(move |word| spare((*word).into()))),
        Words::U32(words) => Box::new(words.iter().map(move |word| spare(*word))),
        Words::F32(_) | Words::F64(_) => return None,
    })
}
