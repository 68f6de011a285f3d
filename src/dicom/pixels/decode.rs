//! Decodes one encapsulated frame.

use std::io::Read;

use crate::dicom::pixels::ImageShape;
use crate::dicom::pixels::Photometric;
use crate::dicom::pixels::PixelError;
use crate::dicom::pixels::RawFrame;
use crate::dicom::pixels::Words;
use crate::dicom::pixels::codestream;
use crate::dicom::pixels::fragments::Packing;
use crate::dicom::pixels::jpeg;
use crate::dicom::pixels::library;
use crate::dicom::pixels::native;
use crate::dicom::pixels::rle;

/// How encapsulated frames are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codec {
    Uncompressed,
    Deflated,
    Rle,
    Jpeg,
    JpegLs,
    Jpeg2000,
    JpegXl,
}

impl Codec {
    /// The codec of a transfer syntax; `None` where frames are native or nobody here decodes them.
    pub fn of(transfer_syntax: &str) -> Option<Self> {
        let last = transfer_syntax.strip_prefix("1.2.840.10008.1.2.")?;
        match last {
            "1.98" => return Some(Self::Uncompressed),
            "8.1" => return Some(Self::Deflated),
            "5" => return Some(Self::Rle),
            _ => {}
        }
        // 52 to 66 are retired; some are processes that the JPEG decoder knows.
        match last.strip_prefix("4.")?.parse().ok()? {
            50..=66 | 70 => Some(Self::Jpeg),
            80 | 81 => Some(Self::JpegLs),
            90..=93 | 201..=203 => Some(Self::Jpeg2000),
            110..=112 => Some(Self::JpegXl),
            _ => None,
        }
    }

    /// How its frames and fragments go together.
    pub const fn packing(self) -> Packing {
        match self {
            Self::Deflated | Self::Rle => Packing::Single,
            Self::Uncompressed | Self::Jpeg2000 | Self::JpegXl => Packing::Codestream,
            Self::Jpeg | Self::JpegLs => Packing::Jpeg,
        }
    }

    /// A transfer syntax whose decoder in dicom-rs takes it.
    const fn registered(self) -> &'static str {
        match self {
            Self::JpegLs => "1.2.840.10008.1.2.4.80",
            Self::Jpeg2000 => "1.2.840.10008.1.2.4.90",
            Self::JpegXl => "1.2.840.10008.1.2.4.110",
            _ => "1.2.840.10008.1.2.4.50",
        }
    }
}

/// Decodes one frame from its codestream.
pub(crate) fn decode(
    codec: Codec,
    shape: &ImageShape,
    frame: u32,
    data: Vec<u8>,
) -> Result<RawFrame, PixelError> {
    match codec {
        Codec::Uncompressed => uncompressed(shape, frame, data),
        Codec::Deflated => {
            let inflated = inflate(&data, shape.frame_bytes())?;
            uncompressed(shape, frame, inflated)
        }
        Codec::Rle => run_length(shape, frame, &data),
        Codec::Jpeg => jpeg_dct_or_lossless(shape, frame, data),
        Codec::JpegLs => jpeg_ls(shape, frame, data),
        Codec::Jpeg2000 => jpeg_2000(shape, frame, data),
        Codec::JpegXl => jpeg_xl(shape, frame, data),
    }
}

/// Little endian cells, single bits packed; one byte of padding may follow.
fn uncompressed(shape: &ImageShape, frame: u32, mut data: Vec<u8>) -> Result<RawFrame, PixelError> {
    let mut shape = *shape;
    let there = data.len() as u64;
    if shape.photometric == Photometric::YbrFull422 && there < shape.frame_bytes() {
        shape.subsampled = true;
    }
    let needed = shape.native_bits().div_ceil(8);
    if there < needed {
        return Err(PixelError::Short);
    }
    if there > needed + needed % 2 {
        return Err(PixelError::Contradiction("a frame with more bytes than it needs"));
    }
    if shape.bits_allocated == 1 {
        let bits = usize::try_from(shape.samples()).map_err(|_too_large| PixelError::TooLarge)?;
        return native::build(&shape, frame, native::unpack_bits(&data, 0, bits), false);
    }
    data.truncate(usize::try_from(needed).unwrap_or(usize::MAX));
    native::build(&shape, frame, data, false)
}

fn inflate(data: &[u8], limit: u64) -> Result<Vec<u8>, PixelError> {
    let mut out = Vec::new();
    // One byte of padding, and one more to notice what is too long.
    flate2::read::DeflateDecoder::new(data)
        .take(limit + 2)
        .read_to_end(&mut out)
        .map_err(|_corrupt| PixelError::Broken("deflated frame"))?;
    Ok(out)
}

fn run_length(shape: &ImageShape, frame: u32, data: &[u8]) -> Result<RawFrame, PixelError> {
    let pixels = u64::from(shape.rows) * u64::from(shape.columns);
    let pixels = usize::try_from(pixels).map_err(|_too_large| PixelError::TooLarge)?;
    let samples = shape.samples_per_pixel.into();
    let photometric = settled(shape.photometric);
    if shape.bits_allocated == 1 {
        let packed = rle::decode(data, pixels.div_ceil(8), 1, 1)?;
        let words = Words::U8(native::unpack_bits(&packed, 0, pixels));
        return native::raw_frame(shape, frame, photometric, words);
    }
    let bytes = rle::decode(data, pixels, samples, (shape.bits_allocated / 8).into())?;
    native::raw_frame(shape, frame, photometric, Words::from_bytes(bytes, shape, false))
}

/// What full samples of a photometric interpretation are, where the decoder leaves colours alone.
const fn settled(photometric: Photometric) -> Photometric {
    match photometric {
        Photometric::YbrFull422 => Photometric::YbrFull,
        // Only a decoder of JPEG 2000 or JPEG XL meets these, and it gives RGB; elsewhere they are
        // labels left behind by a transcoder.
        Photometric::YbrIct | Photometric::YbrRct | Photometric::Xyb => Photometric::Rgb,
        other => other,
    }
}

fn jpeg_dct_or_lossless(
    shape: &ImageShape,
    frame: u32,
    mut data: Vec<u8>,
) -> Result<RawFrame, PixelError> {
    let header = jpeg::read_header(&data)?;
    check_jpeg(shape, &header, &data)?;
    if header.is_jpeg_ls() {
        return Err(PixelError::Contradiction("JPEG-LS in a JPEG transfer syntax"));
    }
    if header.precision != 8 && !header.is_lossless_process() {
        return Err(PixelError::Unsupported("JPEG with 12-bit samples"));
    }
    let mut photometric = settled(shape.photometric);
    if header.components.len() == 3 && !header.is_lossless_process() {
        let chroma = header.is_luminance_chroma(shape.photometric);
        jpeg::name_components(&mut data, &header, if chroma { [1, 2, 3] } else { *b"RGB" })?;
        photometric = Photometric::Rgb;
    }
    // The decoder gives bytes for 8 bits and words for everything else, even for 7.
    let cell = if header.precision == 8 { 1 } else { 2 };
    let bytes = library::decode(Codec::Jpeg.registered(), shape, cell, data)?;
    let words = fit(shape, bytes, cell, cfg!(target_endian = "big"))?;
    native::raw_frame(shape, frame, photometric, words)
}

fn jpeg_ls(shape: &ImageShape, frame: u32, mut data: Vec<u8>) -> Result<RawFrame, PixelError> {
    let header = jpeg::read_header(&data)?;
    check_jpeg(shape, &header, &data)?;
    if !header.is_jpeg_ls() {
        return Err(PixelError::Contradiction("JPEG in a JPEG-LS transfer syntax"));
    }
    let cell = if header.precision <= 8 { 1 } else { 2 };
    // A stream that is cut off makes CharLS 2.4 count 2³¹ bits (half a minute); a marker stops it.
    data.extend([0xFF, 0xD9]);
    let bytes = library::decode(Codec::JpegLs.registered(), shape, cell, data)?;
    let mut words = fit(shape, bytes, cell, cfg!(target_endian = "big"))?;
    if header.by_plane {
        words = words.interleaved(shape.samples_per_pixel.into());
    }
    native::raw_frame(shape, frame, settled(shape.photometric), words)
}

fn check_jpeg(
    shape: &ImageShape,
    header: &jpeg::JpegHeader,
    data: &[u8],
) -> Result<(), PixelError> {
    let components = header.components.len() as u64;
    check_size(shape, (header.rows, header.columns), components)?;
    check_precision(shape, header.precision.into())?;
    if jpeg::holds_a_second_image(data) {
        return Err(PixelError::Contradiction("more frames than claimed"));
    }
    Ok(())
}

fn jpeg_2000(shape: &ImageShape, frame: u32, data: Vec<u8>) -> Result<RawFrame, PixelError> {
    let header = codestream::read_jpeg_2000(&data)?;
    check_size(shape, (header.rows, header.columns), header.components.into())?;
    check_precision(shape, header.precision)?;
    let photometric =
        if header.colour_transform { Photometric::Rgb } else { settled(shape.photometric) };
    let cell = if shape.bits_allocated > 8 { 2 } else { 1 };
    let bytes = library::decode(Codec::Jpeg2000.registered(), shape, cell, data)?;
    let mut raw = native::raw_frame(shape, frame, photometric, fit(shape, bytes, cell, false)?)?;
    // Datasets exist that call signed samples unsigned; the codestream was written from them.
    raw.signed |= header.signed;
    Ok(raw)
}

fn jpeg_xl(shape: &ImageShape, frame: u32, data: Vec<u8>) -> Result<RawFrame, PixelError> {
    let header = codestream::read_jpeg_xl(&data)?;
    check_size(shape, (header.rows, header.columns), shape.samples_per_pixel.into())?;
    check_precision(shape, header.precision)?;
    let photometric =
        if shape.samples_per_pixel == 3 { Photometric::Rgb } else { shape.photometric };
    let cell = if shape.bits_allocated > 8 { 2 } else { 1 };
    let bytes = library::decode(Codec::JpegXl.registered(), shape, cell, data)?;
    let mut words = fit(shape, bytes, cell, cfg!(target_endian = "big"))?;
    // The decoder spreads samples over the whole cell; this takes them back.
    let (top, wide) = ((1_u64 << header.precision) - 1, (1_u64 << (8 * cell)) - 1);
    let narrow = |word: u64| (word * top + wide / 2) / wide;
    match &mut words {
        Words::U8(words) => words.iter_mut().for_each(|word| *word = narrow((*word).into()) as u8),
        Words::U16(words) => {
            words.iter_mut().for_each(|word| *word = narrow((*word).into()) as u16);
        }
        _ => {}
    }
    native::raw_frame(shape, frame, photometric, words)
}

fn check_size(
    shape: &ImageShape,
    (rows, columns): (u32, u32),
    components: u64,
) -> Result<(), PixelError> {
    let same = rows == shape.rows
        && columns == shape.columns
        && components == u64::from(shape.samples_per_pixel);
    if same { Ok(()) } else { Err(PixelError::Contradiction("dataset and codestream")) }
}

fn check_precision(shape: &ImageShape, precision: u16) -> Result<(), PixelError> {
    if precision == 0 || precision > shape.bits_allocated || shape.bits_allocated > 16 {
        return Err(PixelError::Contradiction("bits allocated and the depth of the codestream"));
    }
    Ok(())
}

/// Bytes of cells of `cell` bytes → the cells of the shape, wider where need be.
fn fit(
    shape: &ImageShape,
    bytes: Vec<u8>,
    cell: usize,
    big_endian: bool,
) -> Result<Words, PixelError> {
    let wanted = usize::from(shape.bits_allocated.div_ceil(8));
    match (cell, wanted) {
        (1, 2) => Ok(Words::U16(bytes.into_iter().map(u16::from).collect())),
        (2, 1) => {
            let words = bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_ne_bytes(*pair));
            let narrow: Result<Vec<u8>, _> = words.map(u8::try_from).collect();
            narrow
                .map(Words::U8)
                .map_err(|_too_wide| PixelError::Broken("samples wider than their cells"))
        }
        _ => Ok(Words::from_bytes(bytes, shape, big_endian)),
    }
}
