//! What can go wrong between a picture and its findings.

/// Why a picture was not looked at, or a region not read. Never holds text of the picture.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DetectError {
    /// This build has no detector.
    #[error("this build holds no weights of the text detector")]
    NoWeights,
    /// The weights are there but are not a model that can run.
    #[error("the text detector's weights cannot be used: {0}")]
    BadWeights(String),
    /// The detector stopped on this picture.
    #[error("the text detector failed: {0}")]
    DetectorFailed(String),
    /// The samples do not match width, height and channels.
    #[error("the picture contradicts itself: {width}×{height}×{channels} with {samples} samples")]
    BadPicture {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
        /// Samples per pixel.
        channels: u8,
        /// Number of samples that are there.
        samples: usize,
    },
    /// The picture is so large that it would have to shrink below what keeps print readable.
    #[error("the picture is too large to look at: {width}×{height}")]
    TooLarge {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// No folder holds Tesseract's English model.
    #[error("no folder with Tesseract's English model (eng.traineddata) was found")]
    NoReader,
    /// Tesseract refused or failed.
    #[error("Tesseract failed: {0}")]
    ReaderFailed(String),
    /// A file that should be a PNG or JPEG is none that can be decoded.
    #[error("the file is not a PNG or JPEG that can be decoded: {0}")]
    NotAPicture(String),
}
