//! Colours: everything to RGB of eight bits.

use crate::dicom::pixels::Palette;
use crate::dicom::pixels::Photometric;
use crate::dicom::pixels::RawFrame;
use crate::dicom::pixels::Words;

/// The colours that stand for the indices of a frame.
pub(crate) fn from_palette(frame: &RawFrame, palette: &Palette) -> Vec<u8> {
    let colour = |cell: u32| palette.colour(frame.stored(cell));
    match &frame.words {
        Words::U8(words) => {
            let table: Vec<[u8; 3]> = (0..=255).map(colour).collect();
            let picked = words.iter().map(|word| table.get(usize::from(*word)));
            picked.flat_map(|colour| colour.copied().unwrap_or_default()).collect()
        }
        Words::U16(words) => {
            let table: Vec<[u8; 3]> = (0..=65_535).map(colour).collect();
            let picked = words.iter().map(|word| table.get(usize::from(*word)));
            picked.flat_map(|colour| colour.copied().unwrap_or_default()).collect()
        }
        Words::U32(words) => words.iter().flat_map(|word| colour(*word)).collect(),
        Words::F32(_) | Words::F64(_) => vec![0; frame.words.len() * 3],
    }
}

/// The colours of a frame of two to four samples a pixel.
pub(crate) fn to_rgb(frame: &RawFrame) -> Vec<u8> {
    as_rgb(frame, frame.stored_range())
}

/// The same, brighter: the greatest value that is there is the greatest that can be. What stands for
/// chroma is left as it is, as it has its middle and no greatest value.
pub(crate) fn to_bright_rgb(frame: &RawFrame) -> Vec<u8> {
    let (low, high) = frame.stored_range();
    let is_rgb = matches!(frame.photometric, Photometric::Rgb | Photometric::Other);
    let values = (0..frame.words.len()).filter_map(|at| frame.value(at));
    let greatest = values.fold(low as f64, f64::max) as i64;
    as_rgb(frame, (low, if is_rgb { greatest.clamp(low + 1, high) } else { high }))
}

fn as_rgb(frame: &RawFrame, range: (i64, i64)) -> Vec<u8> {
    let mut bytes = three_samples(to_bytes(frame, range), frame.samples_per_pixel.into());
    match frame.photometric {
        Photometric::YbrFull | Photometric::YbrFull422 => {
            bytes.as_chunks_mut().0.iter_mut().for_each(|pixel| *pixel = full_range(*pixel));
        }
        Photometric::YbrPartial422 | Photometric::YbrPartial420 => {
            bytes.as_chunks_mut().0.iter_mut().for_each(|pixel| *pixel = partial_range(*pixel));
        }
        _ => {}
    }
    bytes
}

/// The first three samples of each pixel; the first thrice, where there are two.
fn three_samples(bytes: Vec<u8>, samples: usize) -> Vec<u8> {
    if samples == 3 {
        return bytes;
    }
    let pixels = bytes.chunks_exact(samples.max(1));
    let three = pixels.flat_map(|pixel| match pixel {
        [a, b, c, ..] => [*a, *b, *c],
        [grey, ..] => [*grey; 3],
        [] => [0; 3],
    });
    three.collect()
}

/// Samples of eight bits, from the least to the greatest value.
fn to_bytes(frame: &RawFrame, (low, high): (i64, i64)) -> Vec<u8> {
    let byte = |cell: u32| {
        let value = (frame.stored(cell) - low) as u64;
        (value * 255 / ((high - low) as u64).max(1)).min(255) as u8
    };
    match &frame.words {
        Words::U8(words) if (low, high) == (0, 255) && !frame.signed => words.clone(),
        Words::U8(words) => words.iter().map(|word| byte((*word).into())).collect(),
        Words::U16(words) => words.iter().map(|word| byte((*word).into())).collect(),
        Words::U32(words) => words.iter().map(|word| byte(*word)).collect(),
        Words::F32(_) | Words::F64(_) => vec![0; frame.words.len()],
    }
}

/// YBR_FULL (PS3.3 C.7.6.3.1.2), in 1/65,536.
fn full_range([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let y = i32::from(y) << 16;
    mixed(y, i32::from(cb) - 128, i32::from(cr) - 128, [91_881, 22_554, 46_802, 116_130])
}

/// Luminance from 16 to 235, chroma from 16 to 240.
fn partial_range([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let y = (i32::from(y) - 16) * 76_309;
    mixed(y, i32::from(cb) - 128, i32::from(cr) - 128, [104_597, 25_675, 53_279, 132_201])
}

fn mixed(y: i32, cb: i32, cr: i32, [red, green_b, green_r, blue]: [i32; 4]) -> [u8; 3] {
    let level = |sum: i32| ((sum + 32_768) >> 16).clamp(0, 255) as u8;
    [level(y + red * cr), level(y - green_b * cb - green_r * cr), level(y + blue * cb)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn black_white_and_red_come_out_so() {
        assert_eq!(full_range([0, 128, 128]), [0, 0, 0]);
        assert_eq!(full_range([255, 128, 128]), [255, 255, 255]);
        assert_eq!(full_range([76, 85, 255]), [254, 0, 0]);
        assert_eq!(partial_range([16, 128, 128]), [0, 0, 0]);
        assert_eq!(partial_range([235, 128, 128]), [255, 255, 255]);
    }
}
