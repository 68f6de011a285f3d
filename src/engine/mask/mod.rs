//! Paints over regions of an image, so that nothing of them is left in the pixel data.
//!
//! Native pixel data, deflated datasets among them, keep every byte but those of the masked
//! samples. Anything else that can be decoded is written as native little endian cells for
//! Explicit VR Little Endian, which adds no loss. One frame is held at a time.

mod extremes;
mod fill;
mod sink;

use std::io;
use std::io::Write;

use dicom_dictionary_std::tags;

use crate::dicom::Scan;
use crate::dicom::pixels::FrameReader;
use crate::dicom::pixels::ImageShape;
use crate::dicom::pixels::NativeLayout;
use crate::dicom::pixels::Number;
use crate::dicom::pixels::Photometric;
use crate::dicom::pixels::PixelError;
use crate::dicom::pixels::RawFrame;
use crate::dicom::pixels::Words;
use crate::engine::mask::extremes::Extremes;
use crate::engine::mask::fill::Fill;
use crate::engine::mask::sink::BitPacker;
use crate::engine::mask::sink::Counted;
use crate::model::Cause;
use crate::model::NewValue;
use crate::model::Phi;
use crate::model::Region;
use crate::model::Tag;
use crate::model::VR;

/// Explicit VR Little Endian.
const EXPLICIT_LITTLE: &str = "1.2.840.10008.1.2.1";

/// Why an image could not be masked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MaskError {
    /// The pixels could not be read or decoded.
    #[error(transparent)]
    Pixels(#[from] PixelError),
    /// The decoded image is longer than an element can be.
    #[error("the decoded image is too long for one element")]
    TooLong,
    /// The result could not be written.
    #[error("the masked pixels could not be written")]
    Sink(#[source] io::Error),
}

impl MaskError {
    /// The place of this error in the report.
    pub const fn cause(&self) -> Cause {
        match self {
            Self::Pixels(error) => error.cause(),
            Self::TooLong => Cause::ImageLimits,
            Self::Sink(_) => Cause::ApplyFailed,
        }
    }
}

/// What was masked, and what must be written with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaskReport {
    /// The transfer syntax that the dataset must now have; `None` when it stays as it is.
    pub transfer_syntax: Option<&'static str>,
    /// VR of the pixel data element, of defined length.
    pub vr: VR,
    /// Bytes written to the sink, an even number: the whole value with its padding.
    pub length: u64,
    /// Attributes of the top level that change with the pixels; those that stay are not named.
    pub attributes: Vec<(Tag, VR, NewValue)>,
    /// The frames that were masked, and what was painted in each: regions clamped to the frame,
    /// and widened to even columns where two pixels share their chroma.
    pub filled: Vec<(u32, Vec<Region>)>,
    /// Bytes behind the last frame that were written as zeros, because nobody is ever shown them.
    pub surplus_cleared: u64,
}

/// Masks an image and writes the new value of its pixel data element to `sink`.
///
/// `regions` gives what to paint in a frame, counted from 0; what lies outside the frame is left
/// out. Painted is what is shown black: the least stored value of MONOCHROME2, the greatest of
/// MONOCHROME1 (the other way round under a negative Rescale Slope), the darkest colour of a
/// palette, zeros of RGB, black with neutral chroma of YBR; the least finite value of a floating
/// point frame. Whole cells are painted, so that overlay bits in unused high bits go too.
///
/// Without any region native bytes come out as they are; an encapsulated image is decoded all the
/// same, so the caller asks only where something is to be painted.
///
/// # Errors
/// When the pixels cannot be read or decoded, or the sink fails; what was written to it then is
/// worthless.
pub fn mask_pixels(
    scan: &Scan,
    shape: &ImageShape,
    regions: &dyn Fn(u32) -> Vec<Region>,
    sink: &mut dyn Write,
) -> Result<MaskReport, MaskError> {
    let reader = FrameReader::new(scan, shape)?;
    let job = Job { scan, shape, reader, extremes: Extremes::wanted(scan, shape) };
    if shape.encapsulated {
        job.decoded(regions, &mut Counted { sink, written: 0 })
    } else {
        job.native(regions, &mut Counted { sink, written: 0 })
    }
}

struct Job<'a> {
    scan: &'a Scan,
    shape: &'a ImageShape,
    reader: FrameReader<'a>,
    extremes: Option<Extremes>,
}

impl Job<'_> {
    /// Copies native pixel data, changing only masked cells.
    fn native(
        mut self,
        regions: &dyn Fn(u32) -> Vec<Region>,
        sink: &mut Counted<'_>,
    ) -> Result<MaskReport, MaskError> {
        let layout = NativeLayout::new(self.scan, self.shape);
        let fill = Fill::new(self.scan, self.shape, self.shape.photometric);
        let mut filled = Vec::new();
        // Frames may share their outermost bytes: the first of `held` has position `sink.written`.
        let mut held = Vec::new();
        for frame in 0..self.shape.frames {
            let window = layout.window(frame);
            let next = sink.written + held.len() as u64..window.end;
            if next.start < next.end {
                held.append(&mut self.read(&layout, next)?);
            }
            let regions = effective(self.shape, regions(frame));
            if !regions.is_empty() || self.extremes.is_some() {
                let cells = self.cells(&fill, frame, &regions)?;
                let first = sink.written;
                let mut target =
                    fill::Target { bytes: &mut held, first, layout: &layout, missed: false };
                target.paint(self.shape, frame, &regions, cells);
                if target.missed {
                    return Err(PixelError::Short.into());
                }
            }
            if !regions.is_empty() {
                filled.push((frame, regions));
            }
            let last = frame + 1 == self.shape.frames;
            let done = if last { window.end } else { layout.window(frame + 1).start };
            let count = usize::try_from(done - sink.written).unwrap_or(usize::MAX);
            let rest = held.split_off(count.min(held.len()));
            sink.write(&held)?;
            held = rest;
        }
        let surplus_cleared = self.tail(&layout, sink)?;
        let node = self.scan.node(self.shape.element);
        Ok(MaskReport {
            transfer_syntax: None,
            vr: if self.scan.encoding.explicit_vr { node.vr } else { VR::OW },
            length: sink.padded()?,
            attributes: self.extreme_values(layout.big_endian()),
            filled,
            surplus_cleared,
        })
    }

    /// Decodes frame by frame and writes native little endian cells.
    fn decoded(
        mut self,
        regions: &dyn Fn(u32) -> Vec<Region>,
        sink: &mut Counted<'_>,
    ) -> Result<MaskReport, MaskError> {
        let cell_bits = u64::from(self.shape.bits_allocated);
        let bits = self.shape.samples() * u64::from(self.shape.frames) * cell_bits;
        if bits.div_ceil(8) >= u64::from(u32::MAX) {
            return Err(MaskError::TooLong);
        }
        let mut filled = Vec::new();
        let mut bits = BitPacker::default();
        let mut kind = None;
        for frame in 0..self.shape.frames {
            let mut raw = self.reader.decode(frame)?;
            let found = (raw.photometric, raw.signed);
            if *kind.get_or_insert(found) != found {
                return Err(PixelError::Contradiction("frames of several kinds").into());
            }
            let regions = effective_decoded(self.shape, regions(frame));
            let shape = ImageShape { signed: raw.signed, ..*self.shape };
            let cells = Fill::new(self.scan, &shape, raw.photometric).cells(&raw);
            fill::paint_frame(&mut raw, &regions, cells);
            self.note_extremes(&raw);
            match (&raw.words, self.shape.bits_allocated) {
                (Words::U8(words), 1) => sink.write(&bits.pack(words))?,
                _ => sink.write(&raw.words.to_le_bytes())?,
            }
            if !regions.is_empty() {
                filled.push((frame, regions));
            }
        }
        sink.write(&bits.rest())?;
        let mut attributes = kind.map_or_else(Vec::new, |kind| self.changed(kind));
        attributes.extend(self.extreme_values(false));
        Ok(MaskReport {
            transfer_syntax: Some(EXPLICIT_LITTLE),
            vr: if self.shape.bits_allocated > 8 { VR::OW } else { VR::OB },
            length: sink.padded()?,
            attributes,
            filled,
            surplus_cleared: 0,
        })
    }

    fn read(
        &self,
        layout: &NativeLayout,
        positions: std::ops::Range<u64>,
    ) -> Result<Vec<u8>, MaskError> {
        let bytes = self.scan.source.read(layout.in_source(&positions));
        bytes.map_err(|error| PixelError::Io(error).into())
    }

    /// The cells to paint; the frame itself is only read where it is needed to know.
    fn cells(
        &mut self,
        fill: &Fill,
        frame: u32,
        regions: &[Region],
    ) -> Result<[u64; 4], MaskError> {
        if self.shape.number == Number::Integer && self.extremes.is_none() {
            return Ok(fill.fixed());
        }
        let mut raw = self.reader.decode(frame)?;
        let cells = fill.cells(&raw);
        if self.extremes.is_some() {
            fill::paint_frame(&mut raw, regions, cells);
            self.note_extremes(&raw);
        }
        Ok(cells)
    }

    /// What stands behind the last frame: padding is copied, anything more becomes zeros.
    fn tail(&self, layout: &NativeLayout, sink: &mut Counted<'_>) -> Result<u64, MaskError> {
        let rest = layout.length().saturating_sub(sink.written);
        if self.shape.surplus == 0 {
            let bytes = self.read(layout, sink.written..sink.written + rest)?;
            sink.write(&bytes)?;
            return Ok(0);
        }
        let mut left = rest;
        while left > 0 {
            let zeros = [0; 4096];
            let count = left.min(zeros.len() as u64);
            sink.write(zeros.get(..count as usize).unwrap_or_default())?;
            left -= count;
        }
        Ok(rest)
    }

    /// The attributes that change because the pixels were decoded.
    fn changed(&self, (photometric, signed): (Photometric, bool)) -> Vec<(Tag, VR, NewValue)> {
        let mut attributes = Vec::new();
        if signed != self.shape.signed {
            let value = NewValue::Bytes(Phi::new(vec![u8::from(signed), 0]));
            attributes.push((tags::PIXEL_REPRESENTATION, VR::US, value));
        }
        if photometric != self.shape.photometric {
            let term = photometric.as_str().unwrap_or_default();
            let value = NewValue::Text(Phi::new(term.to_owned()));
            attributes.push((tags::PHOTOMETRIC_INTERPRETATION, VR::CS, value));
        }
        if self.shape.samples_per_pixel > 1 {
            let value = NewValue::Bytes(Phi::new(vec![0, 0]));
            attributes.push((tags::PLANAR_CONFIGURATION, VR::US, value));
        }
        // Offsets, lengths and total length speak of fragments, which are no more.
        for element in 1..=3 {
            let tag = Tag(0x7FE0, element);
            if self.scan.find(tag).is_some() {
                let vr = if element == 3 { VR::UV } else { VR::OV };
                attributes.push((tag, vr, NewValue::Absent));
            }
        }
        attributes
    }

    fn note_extremes(&mut self, raw: &RawFrame) {
        if let Some(extremes) = &mut self.extremes {
            extremes.note(raw);
        }
    }

    fn extreme_values(&self, big_endian: bool) -> Vec<(Tag, VR, NewValue)> {
        self.extremes.as_ref().map_or_else(Vec::new, |extremes| extremes.values(big_endian))
    }
}

/// Regions as they are painted in native cells.
fn effective(shape: &ImageShape, regions: Vec<Region>) -> Vec<Region> {
    let mut regions = effective_decoded(shape, regions);
    if shape.subsampled {
        for region in &mut regions {
            region.x0 &= !1;
            region.x1 = region.x1.next_multiple_of(2);
        }
    }
    regions
}

fn effective_decoded(shape: &ImageShape, regions: Vec<Region>) -> Vec<Region> {
    let clamped = regions.into_iter().map(|region| region.clamped(shape.columns, shape.rows));
    clamped.flatten().collect()
}
