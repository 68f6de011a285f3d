//! Compressed streams inside a value: zlib (RFC 1950), gzip (RFC 1952), entries of a zip archive.

use std::io::{self, Read};
use std::ops::Range;

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use crate::dicom::Source;

/// Bytes that one stream may give; what follows is not looked at, and said so.
const MOST: u64 = 16 << 20;
/// A stream that gives less before it breaks was none.
const LEAST: usize = 16;
/// Bytes read at once.
const STEP: u64 = 1 << 16;
/// Bytes by which the beginning of a stream is told.
const HEAD: u64 = 4;

/// Bytes that lie in a source or in memory.
#[derive(Clone, Copy)]
pub(crate) enum Bytes<'a> {
    /// In memory.
    Memory(&'a [u8]),
    /// A range of a source.
    Source(&'a Source, u64, u64),
}

impl<'a> Bytes<'a> {
    /// A range of a source.
    pub(crate) const fn of(source: &'a Source, range: &Range<u64>) -> Self {
        Self::Source(source, range.start, range.end)
    }

    const fn len(self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::Source(_, start, end) => end.saturating_sub(start),
        }
    }

    /// At most `most` bytes from `at` on.
    fn read(self, at: u64, most: u64) -> io::Result<Vec<u8>> {
        let end = self.len().min(at.saturating_add(most));
        match self {
            Self::Memory(bytes) => {
                let part = bytes.get(at.min(end) as usize..end as usize);
                Ok(part.unwrap_or_default().to_vec())
            }
            Self::Source(source, start, _) => source.read(start + at.min(end)..start + end),
        }
    }
}

/// Reads on from somewhere.
struct From<'a> {
    bytes: Bytes<'a>,
    at: u64,
    buffer: io::Cursor<Vec<u8>>,
}

impl Read for From<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.buffer.position() >= self.buffer.get_ref().len() as u64 {
            self.buffer = io::Cursor::new(self.bytes.read(self.at, STEP)?);
            self.at += self.buffer.get_ref().len() as u64;
        }
        self.buffer.read(out)
    }
}

/// What a stream held.
pub(crate) struct Stream {
    /// The form it had.
    pub kind: &'static str,
    /// Its name in an archive.
    pub name: Vec<u8>,
    /// What it gave.
    pub bytes: Vec<u8>,
    /// Why not all of it was looked at.
    pub unread: Option<&'static str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Beginning {
    Zlib,
    Gzip,
    Zip,
}

/// Whether a stream may begin with these bytes.
fn beginning(head: &[u8]) -> Option<Beginning> {
    match *head {
        // Deflate, window of at most 32 KiB, no dictionary, header check (RFC 1950 2.2).
        [first, second, ..]
            if first & 0x8F == 0x08
                && second & 0x20 == 0
                && (u32::from(first) * 256 + u32::from(second)) % 31 == 0 =>
        {
            Some(Beginning::Zlib)
        }
        [0x1F, 0x8B, 8, ..] => Some(Beginning::Gzip),
        [b'P', b'K', 3, 4, ..] => Some(Beginning::Zip),
        _ => None,
    }
}

/// Hands out what each compressed stream in some bytes holds, wherever it begins. A stream that
/// breaks off is handed out as far as it goes.
///
/// # Errors
/// Those of the source, and of `look`.
pub(crate) fn streams(
    bytes: Bytes<'_>,
    mut look: impl FnMut(Stream) -> io::Result<()>,
) -> io::Result<()> {
    let mut start = 0;
    while start < bytes.len() {
        let window = bytes.read(start, STEP + HEAD)?;
        let whole = (window.len() as u64).min(STEP) as usize;
        for at in 0..whole {
            let Some(kind) = window.get(at..).and_then(beginning) else { continue };
            let at = start + at as u64;
            let stream = match kind {
                Beginning::Zip => entry(bytes, at)?,
                Beginning::Zlib => inflated("zlib", ZlibDecoder::new(from(bytes, at))),
                Beginning::Gzip => inflated("gzip", MultiGzDecoder::new(from(bytes, at))),
            };
            if let Some(stream) = stream {
                look(stream)?;
            }
        }
        start += STEP;
    }
    Ok(())
}

fn from(bytes: Bytes<'_>, at: u64) -> From<'_> {
    From { bytes, at, buffer: io::Cursor::default() }
}

/// What a decoder gives until it ends, breaks or gives too much.
fn inflated(kind: &'static str, decoder: impl Read) -> Option<Stream> {
    let mut bytes = Vec::new();
    let ended = decoder.take(MOST + 1).read_to_end(&mut bytes);
    if ended.is_err() && bytes.len() < LEAST {
        return None;
    }
    let unread = (bytes.len() as u64 > MOST).then_some("the end of a large stream");
    bytes.truncate(MOST as usize);
    Some(Stream { kind, name: Vec::new(), bytes, unread })
}

/// An entry of a zip archive, by its local header (APPNOTE 4.3.7).
fn entry(bytes: Bytes<'_>, at: u64) -> io::Result<Option<Stream>> {
    let head = bytes.read(at, 30)?;
    let number = |at: usize| match head.get(at..at + 2) {
        Some(&[low, high]) => u16::from_le_bytes([low, high]),
        _ => 0,
    };
    if head.len() < 30 {
        return Ok(None);
    }
    let (flags, method) = (number(6), number(8));
    let (name_length, extra_length) = (u64::from(number(26)), u64::from(number(28)));
    let name = bytes.read(at + 30, name_length)?;
    let body = at + 30 + name_length + extra_length;
    let unreadable =
        |why| Stream { kind: "zip", name: name.clone(), bytes: Vec::new(), unread: Some(why) };
    Ok(Some(match (flags & 1, method) {
        (1, _) => unreadable("an encrypted entry of an archive"),
        // It lies there as it is, and is found as it is.
        (_, 0) => Stream { kind: "zip", name, bytes: Vec::new(), unread: None },
        (_, 8) => match inflated("zip", DeflateDecoder::new(from(bytes, body))) {
            Some(stream) => Stream { name, ..stream },
            None => unreadable("a broken entry of an archive"),
        },
        _ => unreadable("an entry of an archive, in a form that is not known"),
    }))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    const PLAIN: &[u8] = b"Ottilie Zwetschge was here, on the third of November";

    fn found(bytes: Bytes<'_>) -> Vec<Stream> {
        let mut found = Vec::new();
        streams(bytes, |stream| {
            found.push(stream);
            Ok(())
        })
        .unwrap();
        found
    }

    fn zlib(plain: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    fn zip(plain: &[u8], flags: u8, method: u8) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(plain).unwrap();
        let mut bytes = vec![b'P', b'K', 3, 4, 20, 0, flags, 0, method];
        bytes.resize(26, 0);
        bytes.extend([5, 0, 2, 0]);
        bytes.extend(b"a.txtxx");
        bytes.extend(encoder.finish().unwrap());
        bytes
    }

    #[test]
    fn streams_are_found_wherever_they_begin() {
        for (kind, packed) in
            [("zlib", zlib(PLAIN)), ("gzip", gzip(PLAIN)), ("zip", zip(PLAIN, 0, 8))]
        {
            for before in [0, 1, STEP as usize - 1, STEP as usize, 3 * STEP as usize - 2] {
                let mut bytes = vec![0xEE; before];
                bytes.extend(&packed);
                bytes.extend([0xEE; 100]);
                let is_it = |stream: &Stream| stream.kind == kind && stream.bytes == PLAIN;
                assert!(found(Bytes::Memory(&bytes)).iter().any(is_it), "{kind} at {before}");
                let source = Source::from_bytes(bytes);
                let all = 0..source.len();
                assert!(found(Bytes::of(&source, &all)).iter().any(is_it), "{kind} at {before}");
            }
        }
    }

    #[test]
    fn what_breaks_off_is_given_as_far_as_it_goes_and_what_is_large_is_cut() {
        let plain = PLAIN.repeat(200);
        let packed = zlib(&plain);
        let streams = found(Bytes::Memory(&packed[..packed.len() - 8]));
        assert!(streams[0].bytes.len() > LEAST && plain.starts_with(&streams[0].bytes));
        let bomb = zlib(&vec![b'a'; MOST as usize + 5]);
        let streams = found(Bytes::Memory(&bomb));
        assert_eq!(streams[0].bytes.len() as u64, MOST);
        assert!(streams[0].unread.is_some());
    }

    #[test]
    fn what_cannot_be_read_in_an_archive_is_said() {
        for (flags, method) in [(1, 8), (0, 14)] {
            let streams = found(Bytes::Memory(&zip(PLAIN, flags, method)));
            assert_eq!(streams[0].name, b"a.txt");
            assert!(streams[0].unread.is_some() && streams[0].bytes.is_empty());
        }
        // Stored: its bytes lie there as they are.
        let streams = found(Bytes::Memory(&zip(PLAIN, 0, 0)));
        assert!(streams[0].unread.is_none());
    }

    #[test]
    fn noise_holds_no_streams() {
        let mut state = 1_u32;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .take(1 << 20)
        .collect();
        let bytes: usize =
            found(Bytes::Memory(&noise)).iter().map(|stream| stream.bytes.len()).sum();
        assert!(bytes < noise.len(), "{bytes} bytes came out of noise");
    }
}
