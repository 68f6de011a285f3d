//! How native samples lie in a frame (PS3.3 C.7.6.3.1, PS3.5 8.1).

use std::io;

use crate::dicom::Scan;
use crate::model::{Region, Tag};
use crate::verify::Samples;
use crate::verify::policy::top_text;

/// The geometry of one native frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub columns: u32,
    pub rows: u32,
    samples: u32,
    pub bytes: u32,
    planar: bool,
    /// YBR_FULL_422: two pixels share their colour; four bytes are Y, Y, Cb, Cr.
    shared_colour: bool,
}

impl Layout {
    /// Reads the geometry of a file; `None` where frames do not begin at whole bytes or the
    /// attributes are missing: its frames are then compared decoded.
    ///
    /// # Errors
    /// Those of the source.
    pub(crate) fn read(scan: &Scan) -> io::Result<Option<Self>> {
        let number = |element: u16| -> io::Result<Option<u32>> {
            let Some(id) = scan.find(Tag(0x0028, element)) else { return Ok(None) };
            let bytes = scan.value(id, 2)?;
            let Ok(bytes) = <[u8; 2]>::try_from(bytes) else { return Ok(None) };
            let read =
                if scan.encoding.big_endian { u16::from_be_bytes } else { u16::from_le_bytes };
            Ok(Some(u32::from(read(bytes))))
        };
        let (Some(rows), Some(columns), Some(bits)) =
            (number(0x0010)?, number(0x0011)?, number(0x0100)?)
        else {
            return Ok(None);
        };
        let samples = number(0x0002)?.unwrap_or(1);
        let photometric = top_text(scan, Tag(0x0028, 0x0004))?.unwrap_or_default();
        let shared_colour = matches!(photometric.as_str(), "YBR_FULL_422" | "YBR_PARTIAL_422");
        let possible = matches!(bits, 8 | 16 | 32 | 64)
            && (1..=4).contains(&samples)
            && (!shared_colour || (bits == 8 && samples == 3 && columns % 2 == 0))
            && !photometric.starts_with("YBR_PARTIAL_420");
        let planar = samples > 1 && number(0x0006)? == Some(1) && !shared_colour;
        Ok(possible.then_some(Self {
            columns,
            rows,
            samples,
            bytes: bits / 8,
            planar,
            shared_colour,
        }))
    }

    /// The geometry of decoded samples.
    pub(crate) const fn of(samples: &Samples) -> Self {
        Self {
            columns: samples.columns,
            rows: samples.rows,
            samples: samples.samples_per_pixel,
            bytes: samples.bytes_per_sample,
            planar: false,
            shared_colour: false,
        }
    }

    /// Bytes of one frame.
    pub(crate) fn frame_bytes(self) -> u64 {
        let pixels = u64::from(self.columns) * u64::from(self.rows);
        if self.shared_colour {
            return pixels * 2;
        }
        pixels.saturating_mul(u64::from(self.samples)).saturating_mul(u64::from(self.bytes))
    }

    /// First byte and length of sample `plane` of pixel (`x`, `y`).
    fn place(self, (x, y): (u32, u32), plane: u32) -> std::ops::Range<usize> {
        let [columns, rows, samples, bytes] =
            [self.columns, self.rows, self.samples, self.bytes].map(|number| number as usize);
        let (x, y, plane) = (x as usize, y as usize, plane as usize);
        let start = if self.shared_colour {
            let pair = y * columns * 2 + x / 2 * 4;
            pair + if plane == 0 { x % 2 } else { 1 + plane }
        } else if self.planar {
            ((plane * rows + y) * columns + x) * bytes
        } else {
            ((y * columns + x) * samples + plane) * bytes
        };
        start..start + bytes
    }

    fn pixels(region: Region) -> impl Iterator<Item = (u32, u32)> {
        (region.y0..region.y1).flat_map(move |y| (region.x0..region.x1).map(move |x| (x, y)))
    }

    /// Whether the region has one value in each plane.
    pub(crate) fn is_uniform(self, frame: &[u8], region: Region) -> bool {
        (0..self.samples).all(|plane| {
            let first = frame.get(self.place((region.x0, region.y0), plane));
            first.is_some()
                && Self::pixels(region).all(|pixel| frame.get(self.place(pixel, plane)) == first)
        })
    }

    /// Sets the samples of the region to zero.
    pub(crate) fn blank(self, frame: &mut [u8], region: Region) {
        for pixel in Self::pixels(region) {
            for plane in 0..self.samples {
                if let Some(bytes) = frame.get_mut(self.place(pixel, plane)) {
                    bytes.fill(0);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGION: Region = Region { x0: 1, y0: 0, x1: 3, y1: 2 };

    fn layout(samples: u32, bytes: u32, planar: bool, shared_colour: bool) -> Layout {
        Layout { columns: 4, rows: 2, samples, bytes, planar, shared_colour }
    }

    #[test]
    fn blanking_touches_the_region_and_nothing_else() {
        for (layout, blanked) in [
            (layout(1, 1, false, false), 4),
            (layout(1, 2, false, false), 8),
            (layout(3, 1, false, false), 12),
            (layout(3, 1, true, false), 12),
            // Columns 1 and 2 touch both pairs of each row.
            (layout(3, 1, false, true), 4 + 8),
        ] {
            let mut frame = vec![1; layout.frame_bytes() as usize];
            layout.blank(&mut frame, REGION);
            assert_eq!(frame.iter().filter(|byte| **byte == 0).count(), blanked, "{layout:?}");
            assert!(layout.is_uniform(&frame, REGION));
        }
    }

    #[test]
    fn one_other_sample_is_not_uniform() {
        for layout in
            [layout(3, 1, false, false), layout(3, 1, true, false), layout(3, 1, false, true)]
        {
            for plane in 0..3 {
                let mut frame = vec![0; layout.frame_bytes() as usize];
                let place = layout.place((2, 1), plane);
                frame[place].fill(9);
                assert!(!layout.is_uniform(&frame, REGION), "{layout:?} {plane}");
            }
        }
    }
}
