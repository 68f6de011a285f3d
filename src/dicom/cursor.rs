//! Reads headers through a small window, so that values are skipped without being read.

use std::io;

use crate::dicom::Source;

const WINDOW: usize = 1 << 14;

/// A window over a source, moved as headers are asked for.
pub(crate) struct Cursor<'a> {
    source: &'a Source,
    end: u64,
    start: u64,
    window: Vec<u8>,
}

impl<'a> Cursor<'a> {
    /// A cursor over the bytes up to `end`.
    pub(crate) fn new(source: &'a Source, end: u64) -> Self {
        Self { source, end: end.min(source.len()), start: 0, window: Vec::new() }
    }

    /// One past the last byte.
    pub(crate) const fn end(&self) -> u64 {
        self.end
    }

    /// The `N` bytes at `at`; `None` when the source ends before.
    pub(crate) fn bytes<const N: usize>(&mut self, at: u64) -> io::Result<Option<[u8; N]>> {
        if at.checked_add(N as u64).is_none_or(|stop| stop > self.end) {
            return Ok(None);
        }
        let inside = at.checked_sub(self.start).and_then(|from| usize::try_from(from).ok());
        let from = match inside.filter(|from| from + N <= self.window.len()) {
            Some(from) => from,
            None => {
                let length = WINDOW.min(usize::try_from(self.end - at).unwrap_or(WINDOW));
                self.window.resize(length, 0);
                self.source.read_exact_at(&mut self.window, at)?;
                self.start = at;
                0
            }
        };
        let mut found = [0; N];
        found.copy_from_slice(&self.window[from..from + N]);
        Ok(Some(found))
    }
}
