//! Pixel Data as samples: what an image claims to be, and its frames, one at a time.
//!
//! [`image_shape`] checks all claims against each other, the limits and the bytes there are, before
//! anything is decoded. [`FrameReader`] hands out stored values. Native frames are read here, by
//! byte range; RLE, deflated and encapsulated uncompressed frames too. JPEG, JPEG-LS, JPEG 2000 and
//! JPEG XL go to dicom-rs, one frame at a time and only after the codestream's own header agrees
//! with the shape. Colours stay as they were decoded; [`RawFrame::photometric`] says what they are.

mod codestream;
mod decode;
mod error;
mod fragments;
mod frame;
mod jpeg;
mod library;
mod native;
mod palette;
mod reader;
mod rle;
mod shape;
pub mod values;

pub use error::PixelError;
pub use frame::{RawFrame, Words};
pub use native::NativeLayout;
pub use palette::Palette;
pub use reader::{FrameReader, decode_frame};
pub use shape::{ImageShape, Number, Photometric, PixelLimits, image_shape, image_shape_within};
