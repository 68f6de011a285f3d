//! Text inside compressed images: JPEG APPn and COM segments, JPEG 2000 comments, boxes.

use std::io;
use std::ops::Range;

use crate::dicom::Source;

/// Largest box or segment that is read as a whole; what is longer is read in part and said so.
const LARGEST: u64 = 4 << 20;
/// Bytes read at once when markers are looked for.
const STEP: u64 = 1 << 16;

/// A place in a codestream that can hold text.
pub(crate) struct Segment {
    /// Such as `APP1` or `box uuid`.
    pub name: String,
    /// Its payload.
    pub bytes: Vec<u8>,
    /// Whether `bytes` is only its beginning.
    pub cut: bool,
}

/// Several ranges of a source, read as if they stood behind each other.
pub(crate) struct Joined<'a> {
    source: &'a Source,
    parts: Vec<Range<u64>>,
    length: u64,
}

impl<'a> Joined<'a> {
    pub(crate) fn new(source: &'a Source, parts: Vec<Range<u64>>) -> Self {
        let length = parts.iter().map(|part| part.end.saturating_sub(part.start)).sum();
        Self { source, parts, length }
    }

    /// At most `length` bytes from `offset`; fewer at the end.
    pub(crate) fn read(&self, offset: u64, length: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut before = 0;
        let end = offset.saturating_add(length).min(self.length);
        for part in &self.parts {
            let size = part.end.saturating_sub(part.start);
            let from = offset.max(before);
            let to = end.min(before + size);
            if from < to {
                let start = part.start + (from - before);
                bytes.extend(self.source.read(start..start + (to - from))?);
            }
            before += size;
        }
        Ok(bytes)
    }

    fn be16(&self, at: u64) -> io::Result<Option<u16>> {
        let bytes = self.read(at, 2)?;
        Ok(bytes.try_into().ok().map(u16::from_be_bytes))
    }

    fn be32(&self, at: u64) -> io::Result<Option<u32>> {
        let bytes = self.read(at, 4)?;
        Ok(bytes.try_into().ok().map(u32::from_be_bytes))
    }

    fn segment(&self, name: String, range: Range<u64>) -> io::Result<Segment> {
        let length = range.end.min(self.length).saturating_sub(range.start);
        let bytes = self.read(range.start, length.min(LARGEST))?;
        Ok(Segment { name, bytes, cut: length > LARGEST })
    }

    /// The next marker (0xFF and a byte that is neither stuffing, restart nor fill) from `at` on.
    fn next_marker(&self, mut at: u64) -> io::Result<Option<u64>> {
        while at < self.length {
            let bytes = self.read(at, STEP)?;
            let place = bytes.windows(2).position(|pair| {
                matches!(pair, [0xFF, code] if !matches!(code, 0x00 | 0x01 | 0xD0..=0xD7 | 0xFF))
            });
            if let Some(place) = place {
                return Ok(Some(at + place as u64));
            }
            if bytes.len() < 2 {
                return Ok(None);
            }
            at += bytes.len() as u64 - 1;
        }
        Ok(None)
    }
}

/// Whether a fragment begins an image of its own.
pub(crate) fn begins_image(head: &[u8]) -> bool {
    head.starts_with(&[0xFF, 0xD8])
        || head.starts_with(&[0xFF, 0x4F])
        || head.starts_with(&[0xFF, 0x0A])
        || is_boxed(head)
}

fn is_boxed(head: &[u8]) -> bool {
    matches!(head.get(4..8), Some(b"jP  " | b"JXL " | b"ftyp"))
}

/// The text-bearing segments of one image, and whether its form was understood.
///
/// # Errors
/// Those of the source.
pub(crate) fn segments(image: &Joined<'_>) -> io::Result<(Vec<Segment>, bool)> {
    let head = image.read(0, 12)?;
    let mut found = Vec::new();
    let understood = if head.starts_with(&[0xFF, 0xD8]) {
        jpeg(image, &mut found)?
    } else if head.starts_with(&[0xFF, 0x4F]) {
        jpeg_2000(image, 0, image.length, &mut found)?
    } else if is_boxed(&head) {
        boxes(image, &mut found)?
    } else {
        // A bare JPEG XL codestream has no place for text; anything else is not known.
        head.starts_with(&[0xFF, 0x0A])
    };
    Ok((found, understood))
}

/// What stands behind the last segment of an RLE image (PS3.5 Annex G) with so many samples in a
/// plane; `None` where that cannot be told.
///
/// # Errors
/// Those of the source.
pub(crate) fn behind_rle(image: &Joined<'_>, plane: u64) -> io::Result<Option<Segment>> {
    let header = image.read(0, 64)?;
    let word = |at: usize| {
        let bytes = header.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map(u32::from_le_bytes)
    };
    let last =
        word(0).filter(|count| (1..=15).contains(count)).and_then(|count| word(4 * count as usize));
    let Some(last) = last else { return Ok(None) };
    let bytes = image.read(last.into(), LARGEST)?;
    let (mut at, mut samples) = (0, 0);
    while samples < plane {
        let Some(&control) = bytes.get(at) else { return Ok(None) };
        let (taken, given) = match control {
            0..=127 => (2 + usize::from(control), u64::from(control) + 1),
            128 => (1, 0),
            129..=255 => (2, 257 - u64::from(control)),
        };
        (at, samples) = (at + taken, samples + given);
    }
    let start = (u64::from(last) + at as u64).min(image.length);
    image.segment("bytes after the image".into(), start..image.length).map(Some)
}

/// Walks the markers of a JPEG or JPEG-LS image up to its end, between scans as well.
fn jpeg(image: &Joined<'_>, found: &mut Vec<Segment>) -> io::Result<bool> {
    let mut at = 2;
    loop {
        let Some(marker) = image.next_marker(at)? else { return Ok(false) };
        let code = image.be16(marker)?.unwrap_or(0) & 0xFF;
        if code == 0xD9 {
            let rest = marker + 2..image.length;
            if rest.end - rest.start > 1 {
                found.push(image.segment("bytes after the image".into(), rest)?);
            }
            return Ok(true);
        }
        if code == 0xD8 {
            at = marker + 2;
            continue;
        }
        let Some(length) = image.be16(marker + 2)? else { return Ok(false) };
        let end = marker + 2 + u64::from(length.max(2));
        match code {
            0xE0..=0xEF => {
                let name = format!("APP{}", code - 0xE0);
                found.push(image.segment(name, marker + 4..end)?);
            }
            0xFE => found.push(image.segment("COM".into(), marker + 4..end)?),
            _ => {}
        }
        at = end;
    }
}

/// Walks the main header and the tile-part headers of a JPEG 2000 codestream.
fn jpeg_2000(
    image: &Joined<'_>,
    start: u64,
    end: u64,
    found: &mut Vec<Segment>,
) -> io::Result<bool> {
    let mut at = start + 2;
    let mut tile_end = None;
    while at < end {
        let Some(marker) = image.be16(at)? else { return Ok(false) };
        match marker {
            0xFFD9 => {
                if end - at > 3 {
                    found.push(image.segment("bytes after the image".into(), at + 2..end)?);
                }
                return Ok(true);
            }
            // Start of data: jump to the end of the tile part.
            0xFF93 => match tile_end.take() {
                Some(next) if next > at => at = next,
                _ => return Ok(true),
            },
            _ if marker < 0xFF00 => return Ok(false),
            _ => {
                let Some(length) = image.be16(at + 2)? else { return Ok(false) };
                let next = at + 2 + u64::from(length.max(2));
                if marker == 0xFF90 {
                    let size = image.be32(at + 6)?.unwrap_or(0);
                    tile_end = (size > 0).then(|| at + u64::from(size));
                } else if marker == 0xFF64 {
                    found.push(image.segment("COM".into(), at + 6..next)?);
                }
                at = next;
            }
        }
    }
    Ok(false)
}

/// Walks the boxes of a JP2 or JPEG XL file; the codestream inside is walked as well.
fn boxes(image: &Joined<'_>, found: &mut Vec<Segment>) -> io::Result<bool> {
    let mut at = 0;
    while at + 8 <= image.length {
        let (Some(short), kind) = (image.be32(at)?, image.read(at + 4, 4)?) else {
            return Ok(false);
        };
        let (header, size) = match short {
            0 => (8, image.length - at),
            1 => {
                let high = u64::from(image.be32(at + 8)?.unwrap_or(0));
                (16, (high << 32) | u64::from(image.be32(at + 12)?.unwrap_or(0)))
            }
            size => (8, u64::from(size)),
        };
        if size < header || size > image.length - at {
            return Ok(false);
        }
        let payload = at + header..at + size;
        match kind.as_slice() {
            b"jp2c" => {
                jpeg_2000(image, payload.start, payload.end, found)?;
            }
            b"jxlc" | b"jxlp" => {}
            _ => {
                // Only kinds that are known are named: four bytes of a file are a value.
                let known =
                    ["uuid", "xml ", "asoc", "lbl ", "uinf", "url ", "jumb", "Exif", "brob"];
                let kind = known.into_iter().find(|name| name.as_bytes() == kind.as_slice());
                let name = kind.map_or("a box".into(), |name| format!("box {}", name.trim()));
                // The identifier in front is no text, and would join the first word.
                let from = payload.start + if kind == Some("uuid") { 16 } else { 0 };
                found.push(image.segment(name, from.min(payload.end)..payload.end)?);
            }
        }
        at += size;
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(bytes: &[u8]) -> (Vec<(String, Vec<u8>)>, bool) {
        let source = Source::from_bytes(bytes.to_vec());
        // Cut in two, to see that a segment may cross fragments.
        let cut = source.len() / 2;
        let joined = Joined::new(&source, vec![0..cut, cut..source.len()]);
        let (found, understood) = segments(&joined).unwrap();
        (found.into_iter().map(|segment| (segment.name, segment.bytes)).collect(), understood)
    }

    #[test]
    fn segments_of_a_jpeg_are_found_behind_scans_too() {
        let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xE1, 0, 5];
        bytes.extend(b"abc");
        bytes.extend([0xFF, 0xDA, 0, 3, 1, 0x12, 0xFF, 0, 0x34, 0xFF, 0xFE, 0, 4]);
        bytes.extend(b"de");
        bytes.extend([0xFF, 0xD9, b'f', b'g']);
        let (found, understood) = names(&bytes);
        let expected = [("APP1", "abc"), ("COM", "de"), ("bytes after the image", "fg")];
        assert!(understood);
        assert_eq!(found.len(), 3);
        for ((name, bytes), (a, b)) in found.iter().zip(expected) {
            assert_eq!((name.as_str(), bytes.as_slice()), (a, b.as_bytes()));
        }
    }

    #[test]
    fn comments_and_boxes_of_jpeg_2000_are_found() {
        let mut stream = vec![0xFF, 0x4F, 0xFF, 0x64, 0, 7, 0, 1];
        stream.extend(b"abc");
        stream.extend([0xFF, 0x90, 0, 10, 0, 0, 0, 0, 0, 16, 0, 1, 0xFF, 0x93, 9, 9]);
        stream.extend([0xFF, 0xD9]);
        assert_eq!(names(&stream), (vec![("COM".into(), b"abc".to_vec())], true));
        let mut boxed = vec![0, 0, 0, 12];
        boxed.extend(b"jP  \r\n\x87\n");
        boxed.extend([0, 0, 0, 11]);
        boxed.extend(b"xml def");
        boxed.extend([0, 0, 0, 0]);
        boxed.extend(b"jp2c");
        boxed.extend(&stream);
        let (found, understood) = names(&boxed);
        assert!(understood);
        assert!(found.contains(&("box xml".into(), b"def".to_vec())));
        assert!(found.contains(&("COM".into(), b"abc".to_vec())));
    }

    #[test]
    fn bytes_behind_a_run_length_image_are_found() {
        let mut bytes = vec![1, 0, 0, 0, 64, 0, 0, 0];
        bytes.resize(64, 0);
        bytes.extend([1, 7, 8, 254, 9]);
        bytes.extend(b"DOE^JANE");
        let source = Source::from_bytes(bytes);
        let image = Joined::new(&source, vec![0..8, 8..source.len()]);
        assert_eq!(behind_rle(&image, 5).unwrap().unwrap().bytes, b"DOE^JANE");
        assert!(behind_rle(&image, 5000).unwrap().is_none());
    }

    #[test]
    fn broken_streams_end() {
        for bytes in [&b"\xFF\xD8"[..], b"\xFF\xD8\xFF\xE1", b"\xFF\x4F\xFF\x64\0\0", b"", b"xx"] {
            assert!(!names(bytes).1);
        }
    }
}
