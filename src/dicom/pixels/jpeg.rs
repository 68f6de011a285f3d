//! Markers of JPEG and JPEG-LS codestreams (ITU-T T.81 Annex B, T.87 Annex C).

use std::ops::Range;

use crate::dicom::pixels::Photometric;
use crate::dicom::pixels::PixelError;

const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;
const APP0: u8 = 0xE0;
const APP14: u8 = 0xEE;
/// Start of frame of JPEG-LS.
const SOF55: u8 = 0xF7;

/// What the headers of a codestream say.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct JpegHeader {
    /// The marker of its start of frame.
    pub process: u8,
    /// Bits a sample.
    pub precision: u8,
    /// Rows.
    pub rows: u32,
    /// Columns.
    pub columns: u32,
    /// Identifier and sampling factors of each component.
    pub components: Vec<(u8, u8)>,
    /// Whether samples of the first scan are plane by plane (JPEG-LS).
    pub by_plane: bool,
    jfif: bool,
    adobe: Option<u8>,
}

impl JpegHeader {
    /// Whether it is one of the lossless Huffman processes.
    pub const fn is_lossless_process(&self) -> bool {
        matches!(self.process, 0xC3 | 0xC7)
    }

    /// Whether it is JPEG-LS.
    pub const fn is_jpeg_ls(&self) -> bool {
        self.process == SOF55
    }

    /// Whether the three components are luminance and chroma rather than red, green and blue.
    ///
    /// What the codestream says of itself counts more than the dataset: encoders write the one,
    /// and software that never looked at the pixels often writes the other.
    pub fn is_luminance_chroma(&self, photometric: Photometric) -> bool {
        let ids: Vec<u8> = self.components.iter().map(|(id, _)| *id).collect();
        let factors = self.components.iter().map(|(_, factors)| *factors);
        let shared = factors.clone().any(|one| Some(one) != factors.clone().next());
        match self.adobe {
            Some(transform) => transform != 0,
            None if ids == *b"RGB" => false,
            None => self.jfif || shared || photometric != Photometric::Rgb,
        }
    }
}

/// One marker segment: the marker, and its parameters without the length.
struct Segment {
    marker: u8,
    parameters: Range<usize>,
}

/// Calls `visit` for each marker segment; gives the byte after the end of the image.
///
/// `None` when the bytes do not start an image or end before it does.
fn walk(bytes: &[u8], mut visit: impl FnMut(&Segment)) -> Option<usize> {
    if bytes.get(..2)? != [0xFF, SOI] {
        return None;
    }
    let mut at = 2;
    loop {
        at = next_marker(bytes, at)?;
        let marker = *bytes.get(at + 1)?;
        if marker == EOI {
            return Some(at + 2);
        }
        let size = bytes.get(at + 2..)?.first_chunk()?;
        let length = usize::from(u16::from_be_bytes(*size));
        let end = at + 2 + length;
        if length < 2 || end > bytes.len() {
            return None;
        }
        visit(&Segment { marker, parameters: at + 4..end });
        at = end;
    }
}

/// The next marker that is not stuffing, fill, a restart or a second start.
fn next_marker(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let skip = bytes.get(at..)?.iter().position(|byte| *byte == 0xFF)?;
        at += skip;
        match *bytes.get(at + 1)? {
            0xFF => at += 1,
            // Below 0x80 are stuffed bytes of JPEG and stuffed bits of JPEG-LS.
            0x00..0xC0 | 0xD0..=SOI => at += 2,
            _ => return Some(at),
        }
    }
}

/// One past the end of the image that starts at the first byte.
pub(crate) fn end_of_image(bytes: &[u8]) -> Option<usize> {
    walk(bytes, |_| {})
}

/// Whether another image begins within the bytes after the first one.
pub(crate) fn holds_a_second_image(bytes: &[u8]) -> bool {
    let rest = end_of_image(bytes).and_then(|end| bytes.get(end..)).unwrap_or_default();
    rest.windows(3).any(|window| window == [0xFF, SOI, 0xFF])
}

/// Reads the headers up to the first scan; the image itself may be cut off.
pub(crate) fn read_header(bytes: &[u8]) -> Result<JpegHeader, PixelError> {
    let mut header = JpegHeader::default();
    let mut scanned = false;
    let _end = walk(bytes, |segment| {
        let parameters = bytes.get(segment.parameters.clone()).unwrap_or_default();
        match segment.marker {
            _ if scanned => {}
            0xC4 | 0xC8 | 0xCC => {}
            0xC0..=0xCF | SOF55 => read_frame_header(&mut header, segment.marker, parameters),
            APP0 => header.jfif |= parameters.starts_with(b"JFIF\0"),
            APP14 if parameters.starts_with(b"Adobe") => {
                header.adobe = parameters.get(11).copied();
            }
            SOS => {
                scanned = true;
                // ILV stands before the last byte of the scan header (T.87 C.2.3).
                let interleave = parameters.len().checked_sub(2).and_then(|at| parameters.get(at));
                header.by_plane =
                    header.is_jpeg_ls() && interleave == Some(&0) && header.components.len() > 1;
            }
            _ => {}
        }
    });
    if header.process == 0 || !scanned {
        return Err(PixelError::Broken("JPEG headers"));
    }
    Ok(header)
}

fn read_frame_header(header: &mut JpegHeader, marker: u8, parameters: &[u8]) {
    let Some((&[precision, y1, y0, x1, x0, count], rest)) = parameters.split_first_chunk() else {
        return;
    };
    if header.process != 0 {
        return;
    }
    header.process = marker;
    header.precision = precision;
    header.rows = u16::from_be_bytes([y1, y0]).into();
    header.columns = u16::from_be_bytes([x1, x0]).into();
    let components = rest.as_chunks::<3>().0.iter().take(count.into());
    header.components = components.map(|&[id, factors, _]| (id, factors)).collect();
}

/// Renames the three components, so that the decoder does with the colours what we say.
///
/// It takes 1, 2, 3 for luminance and chroma, and the letters R, G, B for those.
pub(crate) fn name_components(
    bytes: &mut [u8],
    header: &JpegHeader,
    names: [u8; 3],
) -> Result<(), PixelError> {
    let ids: Vec<u8> = header.components.iter().map(|(id, _)| *id).collect();
    let &[a, b, c] = &ids[..] else { return Err(PixelError::Broken("JPEG components")) };
    if a == b || b == c || a == c {
        return Err(PixelError::Broken("JPEG components"));
    }
    let mut places = Vec::new();
    let _end = walk(bytes, |segment| match segment.marker {
        SOS => {
            let count = bytes.get(segment.parameters.start).copied().unwrap_or(0).into();
            places.extend((0..count).map(|at: usize| segment.parameters.start + 1 + 2 * at));
        }
        marker if marker == header.process => {
            places.extend((0..3).map(|at| segment.parameters.start + 6 + 3 * at));
        }
        _ => {}
    });
    for place in places {
        let Some(byte) = bytes.get_mut(place) else { continue };
        let at = ids.iter().position(|id| id == byte);
        *byte = *at.and_then(|at| names.get(at)).ok_or(PixelError::Broken("JPEG components"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(ids: &[u8; 3], extra: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0xFF, SOI];
        bytes.extend(extra);
        bytes.extend([0xFF, 0xC0, 0, 17, 8, 0, 2, 0, 3, 3]);
        bytes.extend(ids.iter().flat_map(|id| [*id, 0x11, 0]));
        bytes.extend([0xFF, SOS, 0, 12, 3, ids[0], 0, ids[1], 0, ids[2], 0, 0, 63, 0]);
        bytes.extend([1, 0xFF, 0, 2, 0xFF, 0xD0, 3, 0xFF, EOI]);
        bytes
    }

    #[test]
    fn the_end_is_not_taken_for_data_nor_data_for_the_end() {
        let one = image(&[1, 2, 3], &[0xFF, 0xE1, 0, 6, 0xFF, EOI, 0xFF, EOI]);
        assert_eq!(end_of_image(&one), Some(one.len()));
        assert!(!holds_a_second_image(&one));
        assert!(holds_a_second_image(&[one.clone(), vec![0], one.clone()].concat()));
        assert_eq!(end_of_image(&one[..one.len() - 1]), None);
    }

    #[test]
    fn headers_are_read_and_components_renamed() {
        let mut bytes = image(&[7, 8, 9], &[]);
        let header = read_header(&bytes).unwrap();
        assert_eq!((header.rows, header.columns, header.precision), (2, 3, 8));
        assert!(header.is_luminance_chroma(Photometric::YbrFull422));
        assert!(!header.is_luminance_chroma(Photometric::Rgb));
        name_components(&mut bytes, &header, *b"RGB").unwrap();
        let header = read_header(&bytes).unwrap();
        assert!(!header.is_luminance_chroma(Photometric::YbrFull422));
        assert!(bytes.windows(7).any(|scan| scan == [3, b'R', 0, b'G', 0, b'B', 0]));
    }

    #[test]
    fn the_codestream_knows_better_than_the_dataset() {
        let jfif = [&[0xFF, APP0, 0, 7][..], b"JFIF\0"].concat();
        let header = read_header(&image(&[1, 2, 3], &jfif)).unwrap();
        assert!(header.is_luminance_chroma(Photometric::Rgb));
        let adobe = [&[0xFF, APP14, 0, 14][..], b"Adobe\0d\0\0\0\0\0"].concat();
        let header = read_header(&image(&[1, 2, 3], &adobe)).unwrap();
        assert!(!header.is_luminance_chroma(Photometric::YbrFull422));
    }
}
