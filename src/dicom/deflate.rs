//! Inflating and deflating whole datasets, within limits.

use std::io;
use std::io::Write;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use crate::dicom::Source;

const BUFFER: usize = 64 << 10;

/// What inflating gave.
pub(crate) struct Inflated {
    pub bytes: Vec<u8>,
    /// Bytes of the source that the stream took.
    pub taken: u64,
}

/// Why a stream could not be inflated.
pub(crate) enum NotInflated {
    /// It is not a deflate stream, or a broken one.
    Broken,
    /// The source ends before the stream does.
    Truncated,
    /// More than the limit came out.
    TooMuch,
    /// The source could not be read.
    Read(io::Error),
}

/// Inflates what stands from `start`: a raw stream, or with a zlib head if `zlib`.
///
/// Nothing but the bytes that came out is kept, and never more than `limit` of them.
pub(crate) fn inflate(
    source: &Source,
    start: u64,
    zlib: bool,
    limit: u64,
) -> Result<Inflated, NotInflated> {
    let mut stream = Decompress::new(zlib);
    let (mut bytes, mut out) = (Vec::new(), vec![0; BUFFER]);
    let mut input = Vec::new();
    loop {
        let at = start + stream.total_in();
        input.resize((source.len() - at).min(BUFFER as u64) as usize, 0);
        source.read_exact_at(&mut input, at).map_err(NotInflated::Read)?;
        let (before_in, before_out) = (stream.total_in(), stream.total_out());
        let status = stream
            .decompress(&input, &mut out, FlushDecompress::None)
            .map_err(|_broken| NotInflated::Broken)?;
        let count = (stream.total_out() - before_out) as usize;
        if stream.total_out() > limit {
            return Err(NotInflated::TooMuch);
        }
        bytes.try_reserve(count).map_err(|_no_memory| NotInflated::TooMuch)?;
        bytes.extend_from_slice(out.get(..count).unwrap_or_default());
        if status == Status::StreamEnd {
            return Ok(Inflated { bytes, taken: stream.total_in() });
        }
        if count == 0 && stream.total_in() == before_in {
            return Err(if input.is_empty() {
                NotInflated::Truncated
            } else {
                NotInflated::Broken
            });
        }
    }
}

/// Deflates what is written to it and passes it on; [`Deflater::finish`] ends the stream.
pub(crate) struct Deflater<'a> {
    stream: Compress,
    out: &'a mut dyn Write,
    buffer: Vec<u8>,
}

impl<'a> Deflater<'a> {
    pub(crate) fn new(out: &'a mut dyn Write) -> Self {
        let stream = Compress::new(Compression::default(), false);
        Self { stream, out, buffer: vec![0; BUFFER] }
    }

    fn step(&mut self, input: &[u8], flush: FlushCompress) -> io::Result<(usize, Status)> {
        let (before_in, before_out) = (self.stream.total_in(), self.stream.total_out());
        let status =
            self.stream.compress(input, &mut self.buffer, flush).map_err(io::Error::other)?;
        let made = (self.stream.total_out() - before_out) as usize;
        self.out.write_all(self.buffer.get(..made).unwrap_or_default())?;
        Ok(((self.stream.total_in() - before_in) as usize, status))
    }

    /// Ends the stream and returns its length, made even by a NUL (PS3.5 A.5).
    pub(crate) fn finish(mut self) -> io::Result<u64> {
        while self.step(&[], FlushCompress::Finish)?.1 != Status::StreamEnd {}
        let length = self.stream.total_out();
        if length % 2 == 1 {
            self.out.write_all(&[0])?;
        }
        Ok(length + length % 2)
    }
}

impl Write for Deflater<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        loop {
            let (taken, _status) = self.step(bytes, FlushCompress::None)?;
            if taken > 0 {
                return Ok(taken);
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deflated(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut deflater = Deflater::new(&mut out);
        deflater.write_all(bytes).unwrap();
        let length = deflater.finish().unwrap();
        assert_eq!(length, out.len() as u64);
        assert_eq!(length % 2, 0);
        out
    }

    #[test]
    fn what_was_deflated_inflates_again() {
        for count in [0_u32, 1, 1000, 300_000] {
            let bytes: Vec<u8> = (0..count).map(|at| (at.wrapping_mul(at) >> 3) as u8).collect();
            let source = Source::from_bytes(deflated(&bytes));
            let back = inflate(&source, 0, false, u64::MAX).ok().unwrap();
            assert_eq!(back.bytes, bytes);
            assert!(source.len() - back.taken < 2);
        }
    }

    #[test]
    fn limits_and_cut_streams_are_errors() {
        let packed = deflated(&[0; 100_000]);
        let source = Source::from_bytes(packed.clone());
        assert!(matches!(inflate(&source, 0, false, 99_999), Err(NotInflated::TooMuch)));
        let cut = Source::from_bytes(packed[..packed.len() / 2].to_vec());
        assert!(matches!(inflate(&cut, 0, false, u64::MAX), Err(NotInflated::Truncated)));
        let junk = Source::from_bytes(vec![0xFF; 64]);
        assert!(matches!(inflate(&junk, 0, false, u64::MAX), Err(NotInflated::Broken)));
    }
}
