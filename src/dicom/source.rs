//! Bytes with a length, read by position: a file, memory (an inflated dataset, a test), or ranges
//! of such a source with other bytes between them (a dataset with mended headers).

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

/// Bytes that are read by position. Cloning shares them.
#[derive(Clone, Debug)]
pub struct Source {
    bytes: Bytes,
    len: u64,
}

#[derive(Clone)]
enum Bytes {
    File(Arc<File>),
    // Not Arc<[u8]>: taking a Vec must not copy it.
    Memory(Arc<Vec<u8>>),
    Patched(Arc<Patched>),
}

/// Bytes in the place of a range of a source.
pub(crate) struct SourcePatch {
    pub range: Range<u64>,
    pub with: Vec<u8>,
}

/// A source with patches: what lies between them is read from it, never held.
struct Patched {
    base: Source,
    pieces: Vec<Piece>,
}

/// A stretch of a patched source; the pieces follow each other without gaps.
struct Piece {
    /// Where it starts in the patched source.
    at: u64,
    len: u64,
    content: Content,
}

enum Content {
    /// From here in the base.
    Base(u64),
    New(Vec<u8>),
}

impl std::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::File(_) => "File",
            Self::Memory(_) => "Memory",
            Self::Patched(_) => "Patched",
        })
    }
}

impl Source {
    /// Opens a file. Its length is taken once: what is appended later is not seen.
    ///
    /// # Errors
    /// Those of the system; also when the path is not a regular file.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let meta = file.metadata()?;
        if !meta.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        Ok(Self { len: meta.len(), bytes: Bytes::File(Arc::new(file)) })
    }

    /// Takes bytes in memory.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self { len: bytes.len() as u64, bytes: Bytes::Memory(Arc::new(bytes)) }
    }

    /// The bytes of `range` with patches in it, which stand in order and do not overlap.
    pub(crate) fn patched(&self, range: Range<u64>, patches: Vec<SourcePatch>) -> Self {
        let (mut pieces, mut len, mut from) = (Vec::new(), 0, range.start);
        let mut add = |count: u64, content| {
            if count > 0 {
                pieces.push(Piece { at: len, len: count, content });
                len += count;
            }
        };
        for SourcePatch { range, with } in patches {
            add(range.start.saturating_sub(from), Content::Base(from));
            add(with.len() as u64, Content::New(with));
            from = range.end;
        }
        add(range.end.saturating_sub(from), Content::Base(from));
        let base = self.clone();
        Self { bytes: Bytes::Patched(Arc::new(Patched { base, pieces })), len }
    }

    /// Number of bytes.
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Fills `buffer` from `offset`.
    ///
    /// # Errors
    /// [`io::ErrorKind::UnexpectedEof`] when the bytes end before the buffer is full.
    pub fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        match &self.bytes {
            Bytes::File(file) => file.read_exact_at(buffer, offset),
            Bytes::Memory(bytes) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX);
                let range = start..start.saturating_add(buffer.len());
                let found = bytes.get(range).ok_or(io::ErrorKind::UnexpectedEof)?;
                buffer.copy_from_slice(found);
                Ok(())
            }
            Bytes::Patched(patched) => patched.read_exact_at(buffer, offset),
        }
    }

    /// Reads the bytes of `range`; the caller has bounded its length.
    ///
    /// # Errors
    /// [`io::ErrorKind::UnexpectedEof`] when the range leaves the source; nothing was allocated.
    pub fn read(&self, range: Range<u64>) -> io::Result<Vec<u8>> {
        if range.start > range.end || range.end > self.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let length = usize::try_from(range.end - range.start)
            .map_err(|_too_long| io::Error::from(io::ErrorKind::OutOfMemory))?;
        let mut buffer = vec![0; length];
        self.read_exact_at(&mut buffer, range.start)?;
        Ok(buffer)
    }
}

impl Patched {
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let first = self.pieces.partition_point(|piece| piece.at + piece.len <= offset);
        let (mut rest, mut offset) = (buffer, offset);
        for piece in self.pieces.get(first..).unwrap_or_default() {
            if rest.is_empty() {
                break;
            }
            let skip = offset - piece.at;
            let count = (piece.len - skip).min(rest.len() as u64) as usize;
            let (part, more) = rest.split_at_mut(count);
            match &piece.content {
                Content::Base(from) => self.base.read_exact_at(part, from + skip)?,
                Content::New(bytes) => {
                    let from = skip as usize;
                    let found = bytes.get(from..from + count);
                    part.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
                }
            }
            rest = more;
            offset += count as u64;
        }
        if rest.is_empty() { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Source, SourcePatch};

    #[test]
    fn a_range_outside_is_an_error_and_allocates_nothing() {
        let source = Source::from_bytes(vec![1, 2, 3, 4]);
        assert_eq!(source.read(1..3).unwrap(), [2, 3]);
        assert!(source.read(2..u64::MAX).is_err());
        let backwards = std::ops::Range { start: 3, end: 1 };
        assert!(source.read(backwards).is_err());
    }

    #[test]
    fn a_patched_source_reads_as_the_patched_bytes() {
        let base = Source::from_bytes((0..20).collect());
        let patch = |range, with: &[u8]| SourcePatch { range, with: with.to_vec() };
        let patches = vec![
            patch(2..4, &[100, 101, 102]),
            patch(6..6, &[103]),
            patch(6..9, &[]),
            patch(17..18, &[104]),
        ];
        let source = base.patched(2..18, patches);
        let expected = [100, 101, 102, 4, 5, 103, 9, 10, 11, 12, 13, 14, 15, 16, 104];
        assert_eq!(source.len(), expected.len() as u64);
        for start in 0..=expected.len() {
            for end in start..=expected.len() {
                let read = source.read(start as u64..end as u64).unwrap();
                assert_eq!(read, &expected[start..end]);
            }
        }
        assert!(source.read_exact_at(&mut [0; 2], 14).is_err());
        assert!(source.read_exact_at(&mut [0; 1], 99).is_err());
    }
}
