//! Overlay planes (PS3.3 C.9.2) as pictures of their own: text in them is not in the samples.

use crate::dicom::pixels::values;
use crate::dicom::{NodeKind, Scan};
use crate::model::{Picture, Region, Tag};

/// Elements of an overlay group.
const OVERLAY_ROWS: u16 = 0x0010;
const OVERLAY_COLUMNS: u16 = 0x0011;
const NUMBER_OF_FRAMES_IN_OVERLAY: u16 = 0x0015;
const OVERLAY_ORIGIN: u16 = 0x0050;
const OVERLAY_DATA: u16 = 0x3000;
/// Bits of the largest plane that is looked at: more than any picture has.
const MOST_BITS: u64 = 1 << 28;
/// Bits that are set in the sparsest plane worth a look: a letter has about so many.
const FEWEST_SET: usize = 16;

/// One overlay: white where any of its frames has a bit set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverlayPlane {
    /// Its group, `0x6000` to `0x601E`.
    pub group: u16,
    /// Grey, at its own size.
    pub picture: Picture,
    /// Column and row of the image where its first pixel lies, counted from 0; may lie outside.
    origin: (i64, i64),
}

impl OverlayPlane {
    /// A region of the overlay as a region of an image of that size; what lies outside comes to lie
    /// at the edge, so that it is not lost.
    pub fn in_image(&self, region: Region, size: (u32, u32)) -> Region {
        let low = |at: u32, origin: i64, most: u32| {
            (i64::from(at) + origin).clamp(0, i64::from(most.saturating_sub(1))) as u32
        };
        let (x0, y0) =
            (low(region.x0, self.origin.0, size.0), low(region.y0, self.origin.1, size.1));
        let high = |at: u32, origin: i64, from: u32, most: u32| {
            (i64::from(at) + origin).clamp(i64::from(from) + 1, i64::from(most.max(from + 1)))
                as u32
        };
        let x1 = high(region.x1, self.origin.0, x0, size.0);
        let y1 = high(region.y1, self.origin.1, y0, size.1);
        Region { x0, y0, x1, y1 }
    }
}

/// The overlays of a dataset with planes of their own that are not nearly empty. Those that stand in
/// unused bits of the samples are seen with these.
pub fn overlays(scan: &Scan) -> Vec<OverlayPlane> {
    (0x6000..=0x601E).step_by(2).filter_map(|group| overlay(scan, group)).collect()
}

fn overlay(scan: &Scan, group: u16) -> Option<OverlayPlane> {
    let of = |element: u16| Tag(group, element);
    let id = scan.find(of(OVERLAY_DATA))?;
    let number = |element: u16| values::number(scan, None, of(element));
    let rows = u32::from(number(OVERLAY_ROWS)?);
    let columns = u32::from(number(OVERLAY_COLUMNS)?);
    let bits = u64::from(rows) * u64::from(columns);
    if scan.node(id).kind != NodeKind::Element || bits == 0 || bits > MOST_BITS {
        return None;
    }
    let frames = u64::from(number(NUMBER_OF_FRAMES_IN_OVERLAY).unwrap_or(1).max(1));
    let bytes = scan.value(id, (bits * frames).min(MOST_BITS).div_ceil(8)).ok()?;
    let big_words = values::is_big_endian(scan, id) && scan.node(id).vr == crate::model::VR::OW;
    let mut samples = vec![0_u8; bits as usize];
    for (at, byte) in bytes.iter().enumerate() {
        // In words the first bit is the lowest of the word.
        let at = if big_words { at ^ 1 } else { at };
        for bit in (0..8).filter(|bit| byte >> bit & 1 == 1) {
            let pixel = (at * 8 + bit) as u64;
            if pixel < bits * frames {
                samples[(pixel % bits) as usize] = 255;
            }
        }
    }
    let is_worth_a_look = samples.iter().filter(|grey| **grey > 0).count() >= FEWEST_SET;
    let origin = values::words(scan, None, of(OVERLAY_ORIGIN));
    let place = |at: usize| i64::from(origin.get(at).map_or(1, |word| word.cast_signed())) - 1;
    is_worth_a_look.then(|| OverlayPlane {
        group,
        picture: Picture { width: columns, height: rows, channels: 1, samples },
        origin: (place(1), place(0)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dicom::{Limits, Source, scan};

    fn dataset(origin: [i16; 2], frames: u16, bits: &[u8]) -> Scan {
        let mut bytes = Vec::new();
        let mut element = |element: u16, vr: &[u8; 2], value: &[u8]| {
            bytes.extend(0x6000_u16.to_le_bytes());
            bytes.extend(element.to_le_bytes());
            bytes.extend(vr);
            if vr == b"OW" {
                bytes.extend([0, 0]);
                bytes.extend((value.len() as u32).to_le_bytes());
            } else {
                bytes.extend((value.len() as u16).to_le_bytes());
            }
            bytes.extend(value);
        };
        element(0x0010, b"US", &8_u16.to_le_bytes());
        element(0x0011, b"US", &16_u16.to_le_bytes());
        element(0x0015, b"US", &frames.to_le_bytes());
        element(0x0050, b"SS", &origin.map(i16::to_le_bytes).concat());
        element(0x3000, b"OW", bits);
        scan(Source::from_bytes(bytes), &Limits::default()).unwrap()
    }

    #[test]
    fn bits_become_pixels_and_frames_lie_over_one_another() {
        let mut bits = vec![0; 32];
        (bits[0], bits[3], bits[17]) = (0xFF, 0x80, 0xFF);
        let found = overlays(&dataset([3, -1], 2, &bits));
        let [plane] = &found[..] else { panic!("{found:?}") };
        assert_eq!((plane.group, plane.picture.width, plane.picture.height), (0x6000, 16, 8));
        let lit = |x: usize, y: usize| plane.picture.samples[y * 16 + x] == 255;
        assert!(lit(0, 0) && lit(7, 0) && lit(15, 1) && lit(8, 0) && lit(15, 0) && !lit(0, 1));
        let region = Region { x0: 4, y0: 1, x1: 12, y1: 4 };
        assert_eq!(plane.in_image(region, (100, 100)), Region { x0: 2, y0: 3, x1: 10, y1: 6 });
        assert_eq!(plane.in_image(region, (2, 2)), Region { x0: 1, y0: 1, x1: 2, y1: 2 });
    }

    #[test]
    fn planes_that_are_empty_or_make_no_sense_are_left_out() {
        assert_eq!(overlays(&dataset([1, 1], 1, &[0; 16])), []);
        assert_eq!(overlays(&dataset([1, 1], 1, &[1, 0])), [], "a speck");
        let cut = overlays(&dataset([1, 1], 60_000, &[0xFF; 4]));
        assert_eq!(cut.len(), 1, "what is there is looked at");
    }
}
