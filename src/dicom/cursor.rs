//! Reads headers by position through one small window; values are passed over unread.

use std::io;

use crate::dicom::Source;

/// What the window takes after a jump.
const NARROW: usize = 4 << 10;
/// What it takes at most while reading on and on.
const WIDE: usize = 64 << 10;
/// Longest thing asked for: the header of an element.
pub(crate) const HEAD: usize = 12;

/// A window on a source. Its memory is fixed, whatever the bytes say.
pub(crate) struct Cursor<'a> {
    source: &'a Source,
    window: Vec<u8>,
    start: u64,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(source: &'a Source) -> Self {
        Self { source, window: Vec::new(), start: 0 }
    }

    pub(crate) const fn source(&self) -> &'a Source {
        self.source
    }

    /// Up to [`HEAD`] bytes from `at`, zeros behind the end, and how many are real.
    pub(crate) fn head(&mut self, at: u64) -> io::Result<([u8; HEAD], usize)> {
        let real = self.source.len().saturating_sub(at).min(HEAD as u64) as usize;
        let mut head = [0; HEAD];
        if real == 0 {
            return Ok((head, 0));
        }
        if !self.holds(at, real) {
            self.refill(at)?;
        }
        let from = (at - self.start) as usize;
        if let Some(bytes) = self.window.get(from..from + real) {
            head[..real].copy_from_slice(bytes);
        }
        Ok((head, real))
    }

    fn holds(&self, at: u64, count: usize) -> bool {
        at >= self.start && at + count as u64 <= self.start + self.window.len() as u64
    }

    fn refill(&mut self, at: u64) -> io::Result<()> {
        let end = self.start + self.window.len() as u64;
        let reads_on = at <= end && at + HEAD as u64 >= end && !self.window.is_empty();
        let wanted = if reads_on { (self.window.len() * 4).min(WIDE) } else { NARROW };
        let count = (self.source.len() - at).min(wanted as u64) as usize;
        self.window.resize(count, 0);
        self.start = at;
        let read = self.source.read_exact_at(&mut self.window, at);
        if read.is_err() {
            self.window.clear();
        }
        read
    }
}

#[cfg(test)]
mod tests {
    use super::{Cursor, HEAD};
    use crate::dicom::Source;

    #[test]
    fn every_position_reads_the_same_in_any_order() {
        let bytes: Vec<u8> = (0..200_000_u32).map(|at| (at % 251) as u8).collect();
        let source = Source::from_bytes(bytes.clone());
        let mut cursor = Cursor::new(&source);
        let order = (0..20_000_u64).map(|step| step * 10).chain((0..9_000).rev().map(|s| s * 22));
        for at in order.chain([199_995, 199_999, 200_000, u64::MAX]) {
            let (head, real) = cursor.head(at).unwrap();
            let from = usize::try_from(at).unwrap().min(bytes.len());
            let expected = &bytes[from..(from.saturating_add(HEAD)).min(bytes.len())];
            assert_eq!(&head[..real], expected, "at {at}");
        }
    }
}
