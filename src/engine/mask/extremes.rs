//! The attributes that tell the least and the greatest value.

use dicom_dictionary_std::tags;

use crate::dicom::Scan;
use crate::dicom::pixels::ImageShape;
use crate::dicom::pixels::Number;
use crate::dicom::pixels::RawFrame;
use crate::dicom::pixels::Words;
use crate::model::NewValue;
use crate::model::Phi;
use crate::model::Tag;
use crate::model::VR;

/// Smallest and Largest Image Pixel Value, where the dataset tells them.
pub(crate) struct Extremes {
    tags: Vec<Tag>,
    signed: bool,
    low: i64,
    high: i64,
}

impl Extremes {
    pub fn wanted(scan: &Scan, shape: &ImageShape) -> Option<Self> {
        let tags: Vec<Tag> = [tags::SMALLEST_IMAGE_PIXEL_VALUE, tags::LARGEST_IMAGE_PIXEL_VALUE]
            .into_iter()
            .filter(|tag| scan.find(*tag).is_some())
            .collect();
        let fits = shape.number == Number::Integer && shape.bits_stored <= 16;
        (!tags.is_empty() && fits).then_some(Self {
            tags,
            signed: shape.signed,
            low: i64::MAX,
            high: i64::MIN,
        })
    }

    pub fn note(&mut self, raw: &RawFrame) {
        let cells: Box<dyn Iterator<Item = u32> + '_> = match &raw.words {
            Words::U8(words) => Box::new(words.iter().map(|word| (*word).into())),
            Words::U16(words) => Box::new(words.iter().map(|word| (*word).into())),
            Words::U32(words) => Box::new(words.iter().copied()),
            Words::F32(_) | Words::F64(_) => return,
        };
        self.signed = raw.signed;
        for cell in cells {
            let value = raw.stored(cell);
            self.low = self.low.min(value);
            self.high = self.high.max(value);
        }
    }

    pub fn values(&self, big_endian: bool) -> Vec<(Tag, VR, NewValue)> {
        let vr = if self.signed { VR::SS } else { VR::US };
        let values = self.tags.iter().map(|tag| {
            let value = if *tag == tags::SMALLEST_IMAGE_PIXEL_VALUE { self.low } else { self.high };
            // At most 16 bits stored: the low half of the number is the number.
            let [a, b, ..] = value.to_le_bytes();
            let bytes = if big_endian { vec![b, a] } else { vec![a, b] };
            (*tag, vr, NewValue::Bytes(Phi::new(bytes)))
        });
        values.collect()
    }
}
