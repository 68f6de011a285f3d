//! Decodes one checked frame with dicom-rs.
//!
//! The frame is put into an object of its own that holds nothing but it and what describes it, as
//! it was checked here: no byte of the file's header reaches the library.

use std::panic::{AssertUnwindSafe, catch_unwind};

use dicom_core::value::PixelFragmentSequence;
use dicom_core::{DataElement, PrimitiveValue, Tag, VR};
use dicom_dictionary_std::{tags, uids};
use dicom_object::{FileDicomObject, FileMetaTableBuilder, InMemDicomObject};
use dicom_pixeldata::PixelDecoder;

use crate::dicom::pixels::{ImageShape, PixelError};

/// Decodes a frame whose size was checked to cells of `cell` bytes.
///
/// # Errors
/// [`PixelError::Broken`] when it does not decode, or not to the samples that `shape` claims; also
/// when the decoder panics.
pub(crate) fn decode(
    transfer_syntax: &str,
    shape: &ImageShape,
    cell: usize,
    mut data: Vec<u8>,
) -> Result<Vec<u8>, PixelError> {
    let expected = shape.samples() * cell as u64;
    // The adapters take a frame of 16 MiB for a trap when it was compressed more than 64 times,
    // as empty slides and masked frames are. Its size was checked here, so it is padded past that.
    let least = usize::try_from(expected / 64 + 1).unwrap_or(usize::MAX);
    if expected >= 1 << 24 && data.len() < least {
        data.resize(least, 0);
    }
    let decoded = catch_unwind(AssertUnwindSafe(|| {
        let object = one_frame(transfer_syntax, shape, cell, data)?;
        Some(object.decode_pixel_data_frame(0).ok()?.into_data())
    }));
    match decoded {
        Ok(Some(samples)) if samples.len() as u64 == expected => Ok(samples),
        _ => Err(PixelError::Broken("its codestream")),
    }
}

/// An object of one frame in one fragment.
fn one_frame(
    transfer_syntax: &str,
    shape: &ImageShape,
    cell: usize,
    data: Vec<u8>,
) -> Option<FileDicomObject<InMemDicomObject>> {
    let meta = FileMetaTableBuilder::new()
        .transfer_syntax(transfer_syntax)
        .media_storage_sop_class_uid(uids::SECONDARY_CAPTURE_IMAGE_STORAGE)
        .media_storage_sop_instance_uid("2.25.1")
        .build()
        .ok()?;
    let bits_allocated = 8 * u16::try_from(cell).ok()?;
    let bits_stored = shape.bits_stored.min(bits_allocated);
    let mut object = InMemDicomObject::new_empty();
    let mut number = |tag: Tag, value: u16| {
        object.put(DataElement::new(tag, VR::US, PrimitiveValue::from(value)));
    };
    number(tags::ROWS, u16::try_from(shape.rows).ok()?);
    number(tags::COLUMNS, u16::try_from(shape.columns).ok()?);
    number(tags::SAMPLES_PER_PIXEL, shape.samples_per_pixel);
    number(tags::BITS_ALLOCATED, bits_allocated);
    number(tags::BITS_STORED, bits_stored);
    number(tags::HIGH_BIT, bits_stored.saturating_sub(1));
    number(tags::PIXEL_REPRESENTATION, 0);
    // What the samples mean is settled by who asked; the decoders do not look at it.
    let photometric = if shape.samples_per_pixel == 3 { "RGB" } else { "MONOCHROME2" };
    object.put(DataElement::new(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, photometric));
    let fragments = PixelFragmentSequence::new(Vec::new(), vec![data]);
    object.put(DataElement::new(tags::PIXEL_DATA, VR::OB, fragments));
    Some(object.with_exact_meta(meta))
}
