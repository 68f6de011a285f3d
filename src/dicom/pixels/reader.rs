//! Hands out the frames of an image.

use crate::dicom::Scan;
use crate::dicom::pixels::ImageShape;
use crate::dicom::pixels::PixelError;
use crate::dicom::pixels::RawFrame;
use crate::dicom::pixels::decode;
use crate::dicom::pixels::decode::Codec;
use crate::dicom::pixels::fragments;
use crate::dicom::pixels::fragments::FrameIndex;
use crate::dicom::pixels::native;

/// Reads the frames of one image, in any order. Finds the fragments of all frames once.
#[derive(Debug)]
pub struct FrameReader<'a> {
    scan: &'a Scan,
    shape: ImageShape,
    encapsulated: Option<(Codec, FrameIndex)>,
}

impl<'a> FrameReader<'a> {
    /// Prepares to read. Reads offset tables, decodes nothing.
    ///
    /// # Errors
    /// When nothing here decodes the transfer syntax, or the frames cannot be told apart.
    pub fn new(scan: &'a Scan, shape: &ImageShape) -> Result<Self, PixelError> {
        let codec = Codec::of(&scan.meta.transfer_syntax);
        let encapsulated = match (codec, shape.encapsulated) {
            (Some(codec), true) => Some((codec, FrameIndex::find(scan, shape, codec.packing())?)),
            (None, true) => return Err(PixelError::Unsupported("this transfer syntax")),
            (Some(_), false) => {
                return Err(PixelError::Contradiction("transfer syntax and native pixel data"));
            }
            (None, false) => None,
        };
        Ok(Self { scan, shape: *shape, encapsulated })
    }

    /// What the image claims to be.
    pub const fn shape(&self) -> &ImageShape {
        &self.shape
    }

    /// Reads or decodes one frame, counted from 0.
    ///
    /// A panic of a decoder is caught; one that aborts or loops is for the worker process to bear.
    ///
    /// # Errors
    /// When there is no such frame, its bytes end early, or it does not decode.
    pub fn decode(&self, frame: u32) -> Result<RawFrame, PixelError> {
        if frame >= self.shape.frames {
            return Err(PixelError::NoSuchFrame);
        }
        let Some((codec, index)) = &self.encapsulated else {
            return native::read_frame(self.scan, &self.shape, frame);
        };
        let pieces = index.pieces(frame).ok_or(PixelError::NoSuchFrame)?;
        let data = fragments::read_pieces(self.scan, pieces)?;
        decode::decode(*codec, &self.shape, frame, data)
    }
}

/// Reads or decodes one frame, counted from 0. For several frames use [`FrameReader`].
///
/// # Errors
/// Those of [`FrameReader::new`] and [`FrameReader::decode`].
pub fn decode_frame(scan: &Scan, shape: &ImageShape, frame: u32) -> Result<RawFrame, PixelError> {
    FrameReader::new(scan, shape)?.decode(frame)
}
