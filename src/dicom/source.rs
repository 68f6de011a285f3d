//! Bytes with a length, read by position: a file, or memory (an inflated dataset, a test).

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
}

impl std::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::File(_) => "File",
            Self::Memory(_) => "Memory",
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

#[cfg(test)]
mod tests {
    use super::Source;

    #[test]
    fn a_range_outside_is_an_error_and_allocates_nothing() {
        let source = Source::from_bytes(vec![1, 2, 3, 4]);
        assert_eq!(source.read(1..3).unwrap(), [2, 3]);
        assert!(source.read(2..u64::MAX).is_err());
        let backwards = std::ops::Range { start: 3, end: 1 };
        assert!(source.read(backwards).is_err());
    }
}
