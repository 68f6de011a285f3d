//! Why pixels could not be had.

use dicom_core::Tag;

use crate::model::Cause;

/// Why an image was refused or a frame could not be decoded. Holds no value of the dataset.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PixelError {
    /// An attribute that describes the pixels is absent or empty.
    #[error("{0} is missing")]
    Missing(Tag),
    /// An attribute that describes the pixels cannot be read or has an impossible value.
    #[error("{0} has an impossible value")]
    Value(Tag),
    /// Attributes contradict each other.
    #[error("the image contradicts itself: {0}")]
    Contradiction(&'static str),
    /// The image is larger than the limits.
    #[error("the image is larger than the limit")]
    TooLarge,
    /// There are fewer bytes than the attributes claim.
    #[error("the pixel data end too early")]
    Short,
    /// The encoding is valid but nobody here decodes it.
    #[error("{0} cannot be decoded")]
    Unsupported(&'static str),
    /// A frame's bytes are not what its transfer syntax says.
    #[error("the frame does not decode: {0}")]
    Broken(&'static str),
    /// The image has fewer frames.
    #[error("there is no such frame")]
    NoSuchFrame,
    /// The bytes could not be read.
    #[error("the pixel data could not be read")]
    Io(#[from] std::io::Error),
}

impl PixelError {
    /// The place of this error in the report.
    pub const fn cause(&self) -> Cause {
        match self {
            Self::Missing(_) | Self::Value(_) | Self::Contradiction(_) | Self::TooLarge => {
                Cause::ImageLimits
            }
            Self::Short => Cause::Truncated,
            Self::Unsupported(_) | Self::Broken(_) | Self::NoSuchFrame => Cause::Undecodable,
            Self::Io(_) => Cause::Unreadable,
        }
    }
}
