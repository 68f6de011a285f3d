//! Inflates datasets within bounds, and deflates what is written.

use std::io::{self, Read, Write};

use flate2::read::{DeflateDecoder, ZlibDecoder};

use crate::dicom::Source;
use crate::dicom::scan::ScanError;

/// Reads a source from a place on.
struct From<'a> {
    source: &'a Source,
    at: u64,
}

impl Read for From<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.source.len().saturating_sub(self.at)).unwrap_or(usize::MAX);
        let count = left.min(buffer.len());
        self.source.read_exact_at(&mut buffer[..count], self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

/// Inflates what stands from `at` on: raw deflate (PS3.5 A.5), or with a zlib header, which some
/// writers add.
///
/// # Errors
/// [`ScanError::InflateLimit`] beyond `limit` bytes, [`ScanError::Inflate`] for a damaged stream.
pub(crate) fn inflate(file: &Source, at: u64, limit: u64) -> Result<Vec<u8>, ScanError> {
    let raw = drain(DeflateDecoder::new(From { source: file, at }), limit);
    match raw {
        Err(ScanError::Inflate) => drain(ZlibDecoder::new(From { source: file, at }), limit),
        raw => raw,
    }
}

fn drain(mut decoder: impl Read, limit: u64) -> Result<Vec<u8>, ScanError> {
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match decoder.read(&mut buffer) {
            Ok(0) => return Ok(bytes),
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(_damaged) => return Err(ScanError::Inflate),
        }
        if bytes.len() as u64 > limit {
            return Err(ScanError::InflateLimit);
        }
    }
}

/// Deflates what is written to it; [`Deflate::finish`] pads to an even length (PS3.5 A.5).
pub(crate) struct Deflate<'a> {
    encoder: flate2::write::DeflateEncoder<Counting<'a>>,
}

/// Counts what passes through.
pub(crate) struct Counting<'a> {
    out: &'a mut dyn Write,
    /// Bytes so far.
    pub(crate) count: u64,
}

impl<'a> Counting<'a> {
    /// Counts what is written to `out`.
    pub(crate) fn new(out: &'a mut dyn Write) -> Self {
        Self { out, count: 0 }
    }
}

impl Write for Counting<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.count += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl<'a> Deflate<'a> {
    /// Deflates into `out`.
    pub(crate) fn new(out: &'a mut dyn Write) -> Self {
        let level = flate2::Compression::default();
        Self { encoder: flate2::write::DeflateEncoder::new(Counting::new(out), level) }
    }

    /// Ends the stream; the number of bytes written.
    ///
    /// # Errors
    /// Those of the sink.
    pub(crate) fn finish(self) -> io::Result<u64> {
        let mut counting = self.encoder.finish()?;
        if counting.count % 2 == 1 {
            counting.write_all(&[0])?;
        }
        Ok(counting.count)
    }
}

impl Write for Deflate<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.encoder.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.encoder.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bomb_stops_at_the_limit_and_damage_is_told() {
        let mut bytes = Vec::new();
        let mut deflate = Deflate::new(&mut bytes);
        deflate.write_all(&vec![0; 1 << 20]).unwrap();
        deflate.finish().unwrap();
        assert_eq!(bytes.len() % 2, 0);
        let source = Source::from_bytes(bytes);
        assert_eq!(inflate(&source, 0, 1 << 20).unwrap().len(), 1 << 20);
        assert!(matches!(inflate(&source, 0, 1 << 19), Err(ScanError::InflateLimit)));
        assert!(matches!(
            inflate(&Source::from_bytes(vec![0xFF; 9]), 0, 99),
            Err(ScanError::Inflate)
        ));
    }
}
