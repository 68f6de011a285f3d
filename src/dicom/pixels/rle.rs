//! RLE Lossless (PS3.5 Annex G): byte planes, each packed in runs.

use crate::dicom::pixels::PixelError;

/// Bytes of the header: a count and 15 offsets, 32 bits each.
const HEADER: usize = 64;

/// Unpacks one frame into interleaved little endian cells of `cell` bytes.
///
/// `pixels` counts pixels, or bytes where single bits are packed.
pub(crate) fn decode(
    data: &[u8],
    pixels: usize,
    samples: usize,
    cell: usize,
) -> Result<Vec<u8>, PixelError> {
    let offsets = segment_offsets(data, samples * cell)?;
    let mut out = vec![0; pixels * samples * cell];
    for (segment, range) in offsets.windows(2).enumerate() {
        let &[start, end] = range else { continue };
        let packed = data.get(start..end).ok_or(PixelError::Broken("RLE segment"))?;
        let plane = unpack(packed, pixels)?;
        // The most significant byte of a sample comes first.
        let place = segment / cell * cell + (cell - 1 - segment % cell);
        for (pixel, byte) in out.chunks_exact_mut(samples * cell).zip(plane) {
            if let Some(cell) = pixel.get_mut(place) {
                *cell = byte;
            }
        }
    }
    Ok(out)
}

/// Where the segments begin, and where the last one ends.
fn segment_offsets(data: &[u8], wanted: usize) -> Result<Vec<usize>, PixelError> {
    let header = data.get(..HEADER).ok_or(PixelError::Broken("RLE header"))?;
    let mut numbers = header.as_chunks::<4>().0.iter().map(|four| u32::from_le_bytes(*four));
    let count = numbers.next().unwrap_or(0) as usize;
    if count != wanted || count > 15 {
        return Err(PixelError::Broken("number of RLE segments"));
    }
    let mut offsets: Vec<usize> = numbers.take(count).map(|offset| offset as usize).collect();
    offsets.push(data.len());
    let ascending = offsets.windows(2).all(|pair| pair.first() <= pair.last());
    if !ascending || offsets.first().is_some_and(|first| *first < HEADER) {
        return Err(PixelError::Broken("RLE offsets"));
    }
    Ok(offsets)
}

/// Unpacks runs until `length` bytes are there.
fn unpack(mut packed: &[u8], length: usize) -> Result<Vec<u8>, PixelError> {
    // A run of two bytes gives at most 128: what the data cannot fill is not reserved.
    let mut out = Vec::with_capacity(length.min(packed.len().saturating_mul(64)));
    while out.len() < length {
        let (&control, rest) = packed.split_first().ok_or(PixelError::Short)?;
        packed = match control.cast_signed() {
            count @ 0.. => {
                let count = count as usize + 1;
                let literal = rest.get(..count).ok_or(PixelError::Short)?;
                out.extend_from_slice(literal);
                rest.get(count..).unwrap_or_default()
            }
            -128 => rest,
            count => {
                let (&byte, rest) = rest.split_first().ok_or(PixelError::Short)?;
                out.resize(out.len() + usize::from(count.unsigned_abs()) + 1, byte);
                rest
            }
        };
    }
    out.truncate(length);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(segments: &[&[u8]]) -> Vec<u8> {
        let mut data = (segments.len() as u32).to_le_bytes().to_vec();
        let mut offset = HEADER as u32;
        for segment in segments {
            data.extend(offset.to_le_bytes());
            offset += segment.len() as u32;
        }
        data.resize(HEADER, 0);
        data.extend(segments.concat());
        data
    }

    #[test]
    fn runs_literals_and_nothing_are_told_apart() {
        let data = frame(&[&[0x80, 1, 7, 8, 0xFE, 9]]);
        assert_eq!(decode(&data, 5, 1, 1).unwrap(), [7, 8, 9, 9, 9]);
    }

    #[test]
    fn the_high_byte_comes_first_and_samples_are_interleaved() {
        let data = frame(&[&[0, 1], &[0, 2], &[0, 3], &[0, 4]]);
        assert_eq!(decode(&data, 1, 2, 2).unwrap(), [2, 1, 4, 3]);
    }

    #[test]
    fn what_is_cut_or_lies_is_an_error() {
        let whole = frame(&[&[3, 1, 2, 3, 4]]);
        for end in 0..whole.len() {
            assert!(decode(&whole[..end], 4, 1, 1).is_err(), "cut at {end}");
        }
        assert!(decode(&whole, 5, 1, 1).is_err());
        assert!(decode(&whole, 4, 3, 1).is_err());
        let mut lying = whole.clone();
        lying[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(decode(&lying, 4, 1, 1).is_err());
    }
}
