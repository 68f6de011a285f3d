//! Claims are checked before anything is decoded.

use std::time::{Duration, Instant};

use veridact::dicom::pixels::{
    FrameReader, PixelError, PixelLimits, image_shape, image_shape_within,
};
use veridact::model::{Cause, VR};

use crate::pixels::fixture::{EXPLICIT, Image, scanned};

fn refused(image: &Image, value: &[u8]) -> PixelError {
    image_shape(&scanned(image.file_with(value))).unwrap_err()
}

#[test]
fn a_header_that_claims_a_terabyte_is_refused_at_once() {
    let image = Image { frames: 1, ..Image::new("MONOCHROME2", 1, 16) };
    let huge = Image { size: (60_000, 60_000), frames: 1000, ..image };
    let start = Instant::now();
    assert_eq!(refused(&huge, &[0; 300]).cause(), Cause::ImageLimits);
    let one_byte = Image { allocated: 8, stored: 8, high: 7, ..huge };
    let jpeg = Image { syntax: "1.2.840.10008.1.2.4.50", ..one_byte };
    let scan = scanned(jpeg.file_of_fragments(&[], &[vec![0; 4]]));
    assert_eq!(image_shape(&scan).unwrap_err().cause(), Cause::ImageLimits);
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[test]
fn attributes_that_contradict_each_other_are_refused() {
    let good = Image::new("MONOCHROME2", 1, 16);
    let value = good.encode(&good.cells);
    assert!(image_shape(&scanned(good.file())).unwrap().is_some());
    for (bad, cause) in [
        (Image { stored: 17, ..good.clone() }, Cause::ImageLimits),
        (Image { stored: 0, ..good.clone() }, Cause::ImageLimits),
        (Image { high: 16, ..good.clone() }, Cause::ImageLimits),
        (Image { stored: 12, high: 10, ..good.clone() }, Cause::ImageLimits),
        (Image { size: (0, 10), ..good.clone() }, Cause::ImageLimits),
        (Image { photometric: "RGB", ..good.clone() }, Cause::ImageLimits),
        (Image { samples: 3, ..good.clone() }, Cause::ImageLimits),
        (Image { samples: 9, photometric: "WHAT", ..good.clone() }, Cause::ImageLimits),
        (Image { frames: 4, ..good.clone() }, Cause::Truncated),
        (Image { allocated: 12, stored: 12, high: 11, ..good.clone() }, Cause::Undecodable),
        (Image { allocated: 24, ..good.clone() }, Cause::Undecodable),
    ] {
        assert_eq!(refused(&bad, &value).cause(), cause, "{bad:?}");
    }
    assert!(matches!(refused(&good, &value[..value.len() - 2]), PixelError::Short));
}

#[test]
fn limits_are_the_callers() {
    let scan = scanned(Image::new("MONOCHROME2", 1, 16).file());
    let tight = PixelLimits { frame_bytes: 139, ..PixelLimits::default() };
    assert!(matches!(image_shape_within(&scan, &tight), Err(PixelError::TooLarge)));
    let enough = PixelLimits { frame_bytes: 140, total_bytes: 420, frames: 3 };
    assert!(image_shape_within(&scan, &enough).unwrap().is_some());
}

#[test]
fn a_dataset_without_pixels_has_no_shape() {
    let image = Image { tag: veridact::model::Tag(0x7FE1, 0x1010), ..Image::new("RGB", 3, 8) };
    let scan = scanned(image.file());
    assert_eq!(image_shape(&scan).unwrap(), None);
}

#[test]
fn native_bytes_under_a_compressed_syntax_and_the_other_way_round() {
    let image = Image { vr: VR::OB, ..Image::new("MONOCHROME2", 1, 8) };
    let scan = scanned(Image { syntax: "1.2.840.10008.1.2.4.50", ..image.clone() }.file());
    let shape = image_shape(&scan).unwrap().unwrap();
    assert!(FrameReader::new(&scan, &shape).is_err());
    let scan = scanned(Image { syntax: EXPLICIT, ..image }.file_of_fragments(&[], &[vec![0; 70]]));
    if let Ok(Some(shape)) = image_shape(&scan) {
        assert!(FrameReader::new(&scan, &shape).is_err());
    }
}
