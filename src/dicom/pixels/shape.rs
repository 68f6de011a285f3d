//! What an image claims to be, checked before anything is decoded.

use dicom_core::Tag;
use dicom_dictionary_std::tags;

use crate::dicom::NodeId;
use crate::dicom::NodeKind;
use crate::dicom::Scan;
use crate::dicom::pixels::PixelError;
use crate::dicom::pixels::values;

/// How large an image may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PixelLimits {
    /// Bytes of one decoded frame.
    pub frame_bytes: u64,
    /// Bytes of all decoded frames together.
    pub total_bytes: u64,
    /// Number of frames.
    pub frames: u32,
}

impl Default for PixelLimits {
    /// 1 GiB a frame, 64 GiB in all, a million frames (tiles of a slide are frames).
    fn default() -> Self {
        Self { frame_bytes: 1 << 30, total_bytes: 1 << 36, frames: 1 << 20 }
    }
}

/// What the samples of a pixel mean (Photometric Interpretation, PS3.3 C.7.6.3.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Photometric {
    /// Grey, the lowest value white.
    Monochrome1,
    /// Grey, the lowest value black.
    Monochrome2,
    /// An index into a palette.
    PaletteColor,
    /// Red, green, blue.
    Rgb,
    /// Luminance and chroma, full range.
    YbrFull,
    /// As [`Photometric::YbrFull`], chroma at every second column.
    YbrFull422,
    /// Luminance from 16 to 235, chroma at every second column (retired).
    YbrPartial422,
    /// As above, chroma at every second column and row.
    YbrPartial420,
    /// Irreversible colour transform of JPEG 2000.
    YbrIct,
    /// Reversible colour transform of JPEG 2000.
    YbrRct,
    /// Colour space of JPEG XL.
    Xyb,
    /// Absent, or nothing that is known here.
    Other,
}

impl Photometric {
    const ALL: [(Self, &'static str); 11] = [
        (Self::Monochrome1, "MONOCHROME1"),
        (Self::Monochrome2, "MONOCHROME2"),
        (Self::PaletteColor, "PALETTE COLOR"),
        (Self::Rgb, "RGB"),
        (Self::YbrFull, "YBR_FULL"),
        (Self::YbrFull422, "YBR_FULL_422"),
        (Self::YbrPartial422, "YBR_PARTIAL_422"),
        (Self::YbrPartial420, "YBR_PARTIAL_420"),
        (Self::YbrIct, "YBR_ICT"),
        (Self::YbrRct, "YBR_RCT"),
        (Self::Xyb, "XYB"),
    ];

    /// Reads the term of the standard; anything else is [`Photometric::Other`].
    pub fn parse(text: &str) -> Self {
        let found = Self::ALL.into_iter().find(|(_, name)| *name == text);
        found.map_or(Self::Other, |(photometric, _)| photometric)
    }

    /// The term of the standard; `None` for [`Photometric::Other`].
    pub fn as_str(self) -> Option<&'static str> {
        Self::ALL.into_iter().find(|(photometric, _)| *photometric == self).map(|(_, name)| name)
    }

    /// Whether it has one sample a pixel.
    pub const fn is_single(self) -> bool {
        matches!(self, Self::Monochrome1 | Self::Monochrome2 | Self::PaletteColor)
    }
}

/// What kind of number a sample is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Number {
    /// Pixel Data (7FE0,0010).
    Integer,
    /// Float Pixel Data (7FE0,0008).
    Float,
    /// Double Float Pixel Data (7FE0,0009).
    Double,
}

/// What an image claims to be; every claim was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageShape {
    /// Rows, at least 1.
    pub rows: u32,
    /// Columns, at least 1.
    pub columns: u32,
    /// Frames, at least 1.
    pub frames: u32,
    /// Samples a pixel, 1 to 4.
    pub samples_per_pixel: u16,
    /// Bits of the cell a sample lies in: 1, 8, 16, 32 or 64.
    pub bits_allocated: u16,
    /// Bits of the sample itself.
    pub bits_stored: u16,
    /// Highest bit of the sample within its cell.
    pub high_bit: u16,
    /// Whether samples are two's complement.
    pub signed: bool,
    /// Whether native colours lie plane by plane.
    pub planar: bool,
    /// What the samples mean, as written; [`crate::dicom::pixels::RawFrame::photometric`] says what
    /// they are once decoded.
    pub photometric: Photometric,
    /// Integer or floating point.
    pub number: Number,
    /// Whether the frames are encapsulated.
    pub encapsulated: bool,
    /// Whether native chroma lies at every second column: four bytes for two pixels.
    pub subsampled: bool,
    /// Bytes behind the last native frame, beyond one byte of padding: nobody is ever shown them.
    pub surplus: u64,
    /// The pixel data element.
    pub element: NodeId,
}

impl ImageShape {
    /// Samples of one decoded frame.
    pub fn samples(&self) -> u64 {
        u64::from(self.rows) * u64::from(self.columns) * u64::from(self.samples_per_pixel)
    }

    /// Bytes of one decoded frame with interleaved samples; a bit is a byte once decoded.
    pub fn frame_bytes(&self) -> u64 {
        self.samples() * u64::from(self.bits_allocated.div_ceil(8))
    }

    /// Bits of one native frame.
    pub fn native_bits(&self) -> u64 {
        let samples = if self.subsampled { 2 } else { u64::from(self.samples_per_pixel) };
        u64::from(self.rows) * u64::from(self.columns) * samples * u64::from(self.bits_allocated)
    }

    /// Bytes of all native frames together, without padding.
    pub fn native_bytes(&self) -> u64 {
        self.native_bits().saturating_mul(u64::from(self.frames)).div_ceil(8)
    }
}

/// Reads and checks what an image claims to be, within the default limits.
///
/// `None` when there is no pixel data element at the top level.
///
/// # Errors
/// See [`image_shape_within`].
pub fn image_shape(scan: &Scan) -> Result<Option<ImageShape>, PixelError> {
    image_shape_within(scan, &PixelLimits::default())
}

/// Reads and checks what an image claims to be. Decodes nothing and allocates nothing by claim.
///
/// # Errors
/// When a needed attribute is absent, attributes contradict each other, the image is larger than
/// the limits, or there are fewer bytes than claimed.
pub fn image_shape_within(
    scan: &Scan,
    limits: &PixelLimits,
) -> Result<Option<ImageShape>, PixelError> {
    let Some((element, number)) = pixel_element(scan)? else { return Ok(None) };
    let node = scan.node(element);
    if node.value.end == node.value.start && node.kind == NodeKind::Element {
        return Err(PixelError::Short);
    }
    let photometric =
        values::text(scan, None, tags::PHOTOMETRIC_INTERPRETATION).unwrap_or_default();
    let photometric = Photometric::parse(&photometric);
    let mut shape = ImageShape {
        rows: required(scan, tags::ROWS)?.into(),
        columns: required(scan, tags::COLUMNS)?.into(),
        frames: frames(scan)?,
        samples_per_pixel: samples_per_pixel(scan, photometric)?,
        bits_allocated: 0,
        bits_stored: 0,
        high_bit: 0,
        signed: false,
        planar: values::number(scan, None, tags::PLANAR_CONFIGURATION) == Some(1),
        photometric,
        number,
        encapsulated: node.kind == NodeKind::Fragments,
        subsampled: false,
        surplus: 0,
        element,
    };
    shape.planar &= shape.samples_per_pixel > 1;
    read_depth(scan, &mut shape)?;
    check_size(&shape, limits)?;
    if shape.encapsulated {
        check_fragments(scan, &shape)?;
    } else {
        check_native(&mut shape, node.value.end - node.value.start)?;
    }
    Ok(Some(shape))
}

fn pixel_element(scan: &Scan) -> Result<Option<(NodeId, Number)>, PixelError> {
    let mut found = None;
    for (tag, number) in [
        (tags::PIXEL_DATA, Number::Integer),
        (tags::FLOAT_PIXEL_DATA, Number::Float),
        (tags::DOUBLE_FLOAT_PIXEL_DATA, Number::Double),
    ] {
        let mut elements = scan.children(None).filter(|(_, node)| node.tag == tag);
        if let Some((id, _)) = elements.next() {
            if found.is_some() || elements.next().is_some() {
                return Err(PixelError::Contradiction("more than one pixel data element"));
            }
            found = Some((id, number));
        }
    }
    Ok(found)
}

fn required(scan: &Scan, tag: Tag) -> Result<u16, PixelError> {
    let found = scan.find(tag).ok_or(PixelError::Missing(tag))?;
    if scan.node(found).value.is_empty() {
        return Err(PixelError::Missing(tag));
    }
    match values::number(scan, None, tag) {
        None | Some(0) => Err(PixelError::Value(tag)),
        Some(number) => Ok(number),
    }
}

/// An attribute that may be absent, but not unreadable.
fn optional(scan: &Scan, tag: Tag) -> Result<Option<u16>, PixelError> {
    match scan.find(tag) {
        Some(id) if !scan.node(id).value.is_empty() => {
            values::number(scan, None, tag).map(Some).ok_or(PixelError::Value(tag))
        }
        _ => Ok(None),
    }
}

/// Absent, empty and 0 all mean one frame, as readers take them.
fn frames(scan: &Scan) -> Result<u32, PixelError> {
    match values::text(scan, None, tags::NUMBER_OF_FRAMES) {
        None => Ok(1),
        Some(text) => {
            let number: u32 = text
                .strip_prefix('+')
                .unwrap_or(&text)
                .parse()
                .map_err(|_not_a_number| PixelError::Value(tags::NUMBER_OF_FRAMES))?;
            Ok(number.max(1))
        }
    }
}

fn samples_per_pixel(scan: &Scan, photometric: Photometric) -> Result<u16, PixelError> {
    let implied = if photometric.is_single() || photometric == Photometric::Other { 1 } else { 3 };
    let samples = optional(scan, tags::SAMPLES_PER_PIXEL)?.unwrap_or(implied);
    match (samples, photometric) {
        (1..=4, Photometric::Other) => Ok(samples),
        (_, Photometric::Other) => Err(PixelError::Value(tags::SAMPLES_PER_PIXEL)),
        _ if samples == implied => Ok(samples),
        _ => Err(PixelError::Contradiction("samples per pixel and photometric interpretation")),
    }
}

fn read_depth(scan: &Scan, shape: &mut ImageShape) -> Result<(), PixelError> {
    shape.bits_allocated = match shape.number {
        Number::Integer => required(scan, tags::BITS_ALLOCATED)?,
        Number::Float => 32,
        Number::Double => 64,
    };
    if shape.number != Number::Integer {
        shape.bits_stored = shape.bits_allocated;
        shape.high_bit = shape.bits_allocated - 1;
        shape.signed = true;
        let written = optional(scan, tags::BITS_ALLOCATED)?;
        return match written {
            Some(bits) if bits != shape.bits_allocated => {
                Err(PixelError::Contradiction("bits allocated and the kind of pixel data"))
            }
            _ if shape.encapsulated => Err(PixelError::Unsupported("encapsulated floating point")),
            _ => Ok(()),
        };
    }
    shape.bits_stored = optional(scan, tags::BITS_STORED)?.unwrap_or(shape.bits_allocated);
    let high_bit = optional(scan, tags::HIGH_BIT)?;
    shape.high_bit = high_bit.unwrap_or(shape.bits_stored.saturating_sub(1));
    shape.signed = optional(scan, tags::PIXEL_REPRESENTATION)? == Some(1);
    match shape.bits_allocated {
        1 | 8 | 16 | 32 => {}
        12 => return Err(PixelError::Unsupported("packed 12-bit pixel data")),
        _ => return Err(PixelError::Unsupported("this number of bits allocated")),
    }
    if shape.bits_allocated == 1 && shape.samples_per_pixel != 1 {
        return Err(PixelError::Unsupported("single-bit colour"));
    }
    if shape.bits_stored == 0
        || shape.bits_stored > shape.bits_allocated
        || shape.high_bit >= shape.bits_allocated
        || shape.high_bit + 1 < shape.bits_stored
    {
        return Err(PixelError::Contradiction("bits allocated, bits stored and high bit"));
    }
    Ok(())
}

fn check_size(shape: &ImageShape, limits: &PixelLimits) -> Result<(), PixelError> {
    let total = shape.frame_bytes().saturating_mul(u64::from(shape.frames));
    if shape.frame_bytes() > limits.frame_bytes
        || total > limits.total_bytes
        || shape.frames > limits.frames
    {
        return Err(PixelError::TooLarge);
    }
    Ok(())
}

/// A frame takes at least one byte of the fragments.
fn check_fragments(scan: &Scan, shape: &ImageShape) -> Result<(), PixelError> {
    let fragments = scan.children(Some(shape.element)).skip(1);
    let bytes: u64 = fragments.map(|(_, node)| node.value.end - node.value.start).sum();
    if bytes < u64::from(shape.frames) { Err(PixelError::Short) } else { Ok(()) }
}

fn check_native(shape: &mut ImageShape, there: u64) -> Result<(), PixelError> {
    let whole = shape.native_bytes();
    let chroma_may_be_shared =
        matches!(shape.photometric, Photometric::YbrFull422 | Photometric::YbrPartial422);
    // Files exist that say 4:2:2 and hold all samples; their length tells.
    if chroma_may_be_shared && there < whole {
        if shape.bits_allocated != 8 || !shape.columns.is_multiple_of(2) || shape.planar {
            return Err(PixelError::Contradiction("shared chroma needs 8 bits and even columns"));
        }
        shape.subsampled = true;
    }
    if shape.photometric == Photometric::YbrPartial420 {
        return Err(PixelError::Unsupported("native YBR_PARTIAL_420"));
    }
    let needed = shape.native_bytes();
    if there < needed {
        return Err(PixelError::Short);
    }
    shape.surplus = match there - needed {
        1 if needed % 2 == 1 => 0,
        more => more,
    };
    Ok(())
}
