//! What JPEG 2000 and JPEG XL codestreams say of themselves, before anybody decodes them.

use crate::dicom::pixels::PixelError;

/// What the headers of a JPEG 2000 or JPEG XL codestream say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CodestreamHeader {
    /// Rows.
    pub rows: u32,
    /// Columns.
    pub columns: u32,
    /// Components; 0 when the header was not read that far.
    pub components: u16,
    /// Bits a sample.
    pub precision: u16,
    /// Whether samples are two's complement, where the header tells.
    pub signed: bool,
    /// Whether the decoder transforms three components to red, green and blue (JPEG 2000).
    pub colour_transform: bool,
}

/// Reads SIZ and COD of a JPEG 2000 codestream, bare or in JP2 boxes (ITU-T T.800 Annex A and I).
pub(crate) fn read_jpeg_2000(bytes: &[u8]) -> Result<CodestreamHeader, PixelError> {
    const BROKEN: PixelError = PixelError::Broken("JPEG 2000 headers");
    let bare = bytes.starts_with(&[0xFF, 0x4F]);
    let stream = if bare { bytes } else { box_named(bytes, *b"jp2c").ok_or(BROKEN)? };
    let mut header = siz(stream).ok_or(BROKEN)??;
    let mut at = 2;
    while let Some(&[0xFF, marker, high, low]) = stream.get(at..at + 4) {
        let length = usize::from(u16::from_be_bytes([high, low]));
        match marker {
            // SOT: tiles begin.
            0x90 => break,
            0x52 => header.colour_transform = stream.get(at + 8) == Some(&1),
            _ => {}
        }
        at += 2 + length.max(2);
    }
    Ok(header)
}

fn siz(stream: &[u8]) -> Option<Result<CodestreamHeader, PixelError>> {
    if stream.get(..4)? != [0xFF, 0x4F, 0xFF, 0x51] {
        return None;
    }
    let number = |at: usize| stream.get(at..)?.first_chunk().map(|four| u32::from_be_bytes(*four));
    let components = u16::from_be_bytes(*stream.get(40..)?.first_chunk()?);
    let depths = stream.get(42..42 + 3 * usize::from(components))?.as_chunks::<3>().0;
    let first = depths.first()?;
    if depths.iter().any(|depth| depth != first || depth.get(1..) != Some(&[1, 1])) {
        return Some(Err(PixelError::Unsupported("JPEG 2000 with components of several sizes")));
    }
    Some(Ok(CodestreamHeader {
        rows: number(12)?.checked_sub(number(20)?)?,
        columns: number(8)?.checked_sub(number(16)?)?,
        components,
        precision: u16::from(first.first()? & 0x7F) + 1,
        signed: first.first()? & 0x80 != 0,
        colour_transform: false,
    }))
}

/// The content of the first box of that name (ISO base media boxes, as JP2 and JPEG XL have).
fn box_named(bytes: &[u8], name: [u8; 4]) -> Option<&[u8]> {
    let mut at: usize = 0;
    loop {
        let head: [u8; 8] = *bytes.get(at..)?.first_chunk()?;
        let [a, b, c, d, found @ ..] = head;
        let (start, length) = match u32::from_be_bytes([a, b, c, d]) {
            0 => (at + 8, bytes.len() - at),
            1 => {
                let long = u64::from_be_bytes(*bytes.get(at + 8..)?.first_chunk()?);
                (at + 16, usize::try_from(long).ok()?)
            }
            length => (at + 8, length as usize),
        };
        let end = at.checked_add(length)?;
        if found == name {
            return bytes.get(start..end.min(bytes.len()));
        }
        if end <= at + 7 {
            return None;
        }
        at = end;
    }
}

/// Reads size and depth of a JPEG XL codestream, bare or in boxes (ISO/IEC 18181-1 Annex D).
pub(crate) fn read_jpeg_xl(bytes: &[u8]) -> Result<CodestreamHeader, PixelError> {
    let stream = if bytes.starts_with(&[0xFF, 0x0A]) {
        bytes
    } else {
        box_named(bytes, *b"jxlc")
            .or_else(|| box_named(bytes, *b"jxlp").and_then(|part| part.get(4..)))
            .ok_or(PixelError::Broken("JPEG XL boxes"))?
    };
    let bits = stream.strip_prefix(&[0xFF, 0x0A]).ok_or(PixelError::Broken("JPEG XL headers"))?;
    let mut bits = Bits { bytes: bits, at: 0 };
    jpeg_xl_size(&mut bits).ok_or(PixelError::Broken("JPEG XL headers"))?
}

fn jpeg_xl_size(bits: &mut Bits<'_>) -> Option<Result<CodestreamHeader, PixelError>> {
    const SIZES: [(u32, u32); 4] = [(9, 1), (13, 1), (18, 1), (30, 1)];
    let small = bits.take(1)? == 1;
    let rows = if small { 8 * (bits.take(5)? + 1) } else { bits.choice(SIZES)? };
    let columns = match bits.take(3)? {
        0 if small => 8 * (bits.take(5)? + 1),
        0 => bits.choice(SIZES)?,
        1 => rows,
        ratio => {
            let (over, under) =
                *[(12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1)].get(ratio as usize - 2)?;
            u32::try_from(u64::from(rows) * over / under).ok()?
        }
    };
    let mut precision = 8;
    let all_default = bits.take(1)? == 1;
    if !all_default {
        let extra_fields = bits.take(1)? == 1;
        if extra_fields && bits.take(6)? != 0 {
            return Some(Err(PixelError::Unsupported(
                "JPEG XL turned, animated or with a preview",
            )));
        }
        if bits.take(1)? == 1 {
            return Some(Err(PixelError::Unsupported("floating point JPEG XL")));
        }
        precision = bits.choice([(0, 8), (0, 10), (0, 12), (6, 1)])?;
    }
    Some(Ok(CodestreamHeader {
        rows,
        columns,
        components: 0,
        precision: u16::try_from(precision).ok()?,
        signed: false,
        colour_transform: false,
    }))
}

/// Bits of a codestream, the lowest of a byte first.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: u32) -> Option<u32> {
        let mut value = 0;
        for place in 0..count {
            let byte = self.bytes.get(self.at / 8)?;
            value |= u32::from(byte >> (self.at % 8) & 1) << place;
            self.at += 1;
        }
        Some(value)
    }

    /// Two bits choose how many bits follow and what is added to them.
    fn choice(&mut self, choices: [(u32, u32); 4]) -> Option<u32> {
        let &(count, add) = choices.get(self.take(2)? as usize)?;
        Some(self.take(count)? + add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_that_lie_end_the_search() {
        let mut bytes = vec![0, 0, 0, 12];
        bytes.extend(b"abcd1234");
        bytes.extend([0, 0, 0, 0]);
        bytes.extend(b"jp2cXYZ");
        assert_eq!(box_named(&bytes, *b"jp2c"), Some(&b"XYZ"[..]));
        assert_eq!(box_named(&bytes, *b"none"), None);
        assert_eq!(box_named(&[0, 0, 0, 3, 1, 2, 3, 4, 5], *b"none"), None);
        assert_eq!(box_named(&[0xFF; 64], *b"none"), None);
    }

    #[test]
    fn cut_headers_are_errors() {
        let mut stream = vec![0xFF, 0x4F, 0xFF, 0x51, 0, 41, 0, 0];
        for number in [64_u32, 32, 0, 0, 64, 32, 0, 0] {
            stream.extend(number.to_be_bytes());
        }
        stream.extend([0, 1, 0x0B, 1, 1]);
        let header = read_jpeg_2000(&stream).unwrap();
        assert_eq!((header.rows, header.columns, header.precision), (32, 64, 12));
        for end in 0..stream.len() {
            assert!(read_jpeg_2000(&stream[..end]).is_err());
        }
        assert!(read_jpeg_xl(&[0xFF, 0x0A]).is_err());
    }
}
