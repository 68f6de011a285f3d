//! Projections that were made of stacks, kept beside the review so that they need not be made again.
//!
//! A file is named by a digest of the frames that are in it, so that one of other frames is never taken for
//! it. What a stranger may have put there is bounded and refused where it does not fit: then the stack is
//! folded anew.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use crate::model::Digest256;
use crate::render::{Folded, MOST_FOLDED};

/// The folder of a review in which they lie.
const FOLDER: &str = "projections";
/// Begins each file; another form has another word.
const MAGIC: &[u8; 8] = b"VDFOLD1\n";
/// Longest side of a picture that is read, and of the frames it stands for.
const LONGEST: (u32, u32) = (1 << 11, 1 << 17);

fn place(review: &Path, stack: Digest256) -> PathBuf {
    review.join(FOLDER).join(hex::encode(stack.0))
}

/// Keeps the projections of a stack. What cannot be kept is made again next time.
pub(crate) fn keep(review: &Path, stack: Digest256, folded: &Folded) -> std::io::Result<()> {
    let place = place(review, stack);
    fs::create_dir_all(review.join(FOLDER))?;
    let staged = place.with_extension("part");
    let mut file = fs::File::create(&staged)?;
    file.write_all(MAGIC)?;
    let mut packed = ZlibEncoder::new(file, Compression::fast());
    let (size, form) = (folded.size, folded.folded);
    for number in
        [size.0, size.1, form.0, form.1, u32::from(folded.channels), folded.frames, folded.left_out]
    {
        packed.write_all(&number.to_le_bytes())?;
    }
    for plane in &folded.planes {
        packed.write_all(plane)?;
    }
    for extremes in &folded.extremes {
        let bytes: Vec<u8> = extremes.iter().flat_map(|frame| frame.to_le_bytes()).collect();
        packed.write_all(&bytes)?;
    }
    packed.finish()?.flush()?;
    fs::rename(staged, place)
}

/// The projections of a stack as they were kept, if they were.
pub(crate) fn kept(review: &Path, stack: Digest256) -> Option<Folded> {
    let mut file = fs::File::open(place(review, stack)).ok()?;
    let mut magic = [0; 8];
    file.read_exact(&mut magic).ok()?;
    if magic != *MAGIC {
        return None;
    }
    read(&mut ZlibDecoder::new(file))
}

fn read(packed: &mut impl Read) -> Option<Folded> {
    let mut numbers = [0_u32; 7];
    for number in &mut numbers {
        let mut bytes = [0; 4];
        packed.read_exact(&mut bytes).ok()?;
        *number = u32::from_le_bytes(bytes);
    }
    let [columns, rows, width, height, channels, frames, left_out] = numbers;
    let is_sound = (1..=LONGEST.0).contains(&width)
        && (1..=LONGEST.0).contains(&height)
        && (width..=LONGEST.1).contains(&columns)
        && (height..=LONGEST.1).contains(&rows)
        && matches!(channels, 1 | 3)
        && frames <= MOST_FOLDED;
    if !is_sound {
        return None;
    }
    let pixels = width as usize * height as usize;
    let mut plane = |length: usize| {
        let mut bytes = vec![0; length];
        packed.read_exact(&mut bytes).ok().map(|()| bytes)
    };
    let samples = pixels * channels as usize;
    let planes = [plane(samples)?, plane(samples)?, plane(samples)?, plane(samples)?];
    let extremes = [plane(pixels * 2)?, plane(pixels * 2)?].map(|bytes| {
        let pairs = bytes.chunks_exact(2);
        pairs.map(|pair| pair.try_into().map_or(0, u16::from_le_bytes)).collect()
    });
    // The end holds the check sum of all before.
    if !matches!(packed.read(&mut [0]), Ok(0)) {
        return None;
    }
    Some(Folded {
        size: (columns, rows),
        frames,
        left_out,
        folded: (width, height),
        channels: u8::try_from(channels).ok()?,
        planes,
        extremes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Picture;
    use crate::render::Folding;
    use crate::review::stack_digest;

    fn folded() -> Folded {
        let picture = |samples: Vec<u8>| Picture { width: 3, height: 2, channels: 1, samples };
        let mut folding = Folding::begin(&picture(vec![1, 2, 3, 4, 5, 6]));
        folding.push(&picture(vec![6, 5, 4, 3, 2, 1]));
        folding.finish()
    }

    #[test]
    fn what_was_kept_is_found_and_other_frames_are_another_stack() {
        let review = tempfile::tempdir().unwrap();
        let of = |frame| stack_digest([(Digest256([1; 32]), 0), (Digest256([2; 32]), frame)]);
        keep(review.path(), of(0), &folded()).unwrap();
        assert_eq!(kept(review.path(), of(0)), Some(folded()));
        assert_eq!(kept(review.path(), of(1)), None);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let review = tempfile::tempdir().unwrap();
        let stack = stack_digest(None);
        keep(review.path(), stack, &folded()).unwrap();
        let place = place(review.path(), stack);
        let whole = fs::read(&place).unwrap();
        for length in 0..whole.len() {
            fs::write(&place, &whole[..length]).unwrap();
            assert_eq!(kept(review.path(), stack), None, "{length} of {} bytes", whole.len());
        }
        let mut claims = Vec::new();
        for number in [1_u32 << 17, 1 << 17, 1 << 16, 1 << 16, 3, 2, 0] {
            claims.extend(number.to_le_bytes());
        }
        assert_eq!(read(&mut claims.as_slice()), None);
    }
}
