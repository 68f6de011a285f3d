//! Pictures from image files, for `detect PATH…` and for tests.

use std::io::Cursor;
use std::path::Path;

use image::{DynamicImage, ImageReader, Limits};

use crate::detect::DetectError;
use crate::model::Picture;

/// No side is longer than this.
const LONGEST_SIDE: u32 = 32_768;
/// The decoder may take this many bytes.
const MOST_BYTES: u64 = 512 << 20;

/// Decodes a PNG or JPEG into an 8-bit picture: grey stays grey, all else becomes RGB, deeper
/// samples are scaled to 8 bits, transparency is dropped (what it would hide is looked at too).
///
/// # Errors
/// [`DetectError::NotAPicture`] for other formats, broken files, and pictures beyond 32,768 pixels
/// a side or 512 MiB.
pub fn picture_from_file(bytes: &[u8]) -> Result<Picture, DetectError> {
    let not_a_picture = |error: image::ImageError| DetectError::NotAPicture(error.to_string());
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|error| DetectError::NotAPicture(error.to_string()))?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_BYTES);
    reader.limits(limits);
    let image = reader.decode().map_err(not_a_picture)?;
    let (width, height) = (image.width(), image.height());
    let grey = matches!(
        image,
        DynamicImage::ImageLuma8(_)
            | DynamicImage::ImageLumaA8(_)
            | DynamicImage::ImageLuma16(_)
            | DynamicImage::ImageLumaA16(_)
    );
    let (channels, samples) =
        if grey { (1, image.into_luma8().into_raw()) } else { (3, image.into_rgb8().into_raw()) };
    Ok(Picture { width, height, channels, samples })
}

/// Columns and rows that a PNG or JPEG claims; `None` where it cannot be told.
pub fn picture_size(path: &Path) -> Option<(u32, u32)> {
    image::image_dimensions(path).ok()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{GrayImage, ImageFormat, Luma, Rgb, RgbImage};

    use super::picture_from_file;

    fn png(image: impl Into<image::DynamicImage>) -> Vec<u8> {
        let mut bytes = Vec::new();
        image.into().write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
        bytes
    }

    #[test]
    fn grey_stays_grey_and_colour_stays_colour() {
        let grey = picture_from_file(&png(GrayImage::from_pixel(5, 3, Luma([7])))).unwrap();
        assert_eq!((grey.width, grey.height, grey.channels), (5, 3, 1));
        assert_eq!(grey.samples, [7; 15]);
        let colour = picture_from_file(&png(RgbImage::from_pixel(2, 1, Rgb([1, 2, 3])))).unwrap();
        assert_eq!(colour.samples, [1, 2, 3, 1, 2, 3]);
    }

    #[test]
    fn other_bytes_are_refused() {
        assert!(picture_from_file(b"").is_err());
        assert!(picture_from_file(b"not a picture at all").is_err());
        let whole = png(GrayImage::new(64, 64));
        assert!(picture_from_file(&whole[..whole.len() / 2]).is_err());
    }
}
