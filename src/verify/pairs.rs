//! Which element of the input each element of the staged file was.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;

use crate::dicom::{NodeId, Scan, Source};
use crate::model::Tag;

/// Bytes read at once when values are compared.
const STEP: u64 = 1 << 20;

/// The nodes of a staged file with those of the input at the same path.
pub(crate) struct Pairs(Vec<Option<NodeId>>);

impl Pairs {
    /// Pairs by sequence, item number and tag; of repeated tags the first counts.
    pub(crate) fn new(staged: &Scan, input: Option<&Scan>) -> Self {
        let Some(input) = input else { return Self(vec![None; staged.nodes.len()]) };
        let mut places: BTreeMap<(Option<NodeId>, Tag, u32), NodeId> = BTreeMap::new();
        for (id, node) in input.iter() {
            places.entry((node.parent, node.tag, node.index)).or_insert(id);
        }
        let mut pairs: Vec<Option<NodeId>> = Vec::with_capacity(staged.nodes.len());
        for node in &staged.nodes {
            let parent = match node.parent {
                None => Some(None),
                Some(parent) => pairs.get(parent.0 as usize).copied().flatten().map(Some),
            };
            let pair =
                parent.and_then(|parent| places.get(&(parent, node.tag, node.index)).copied());
            pairs.push(pair);
        }
        Self(pairs)
    }

    /// The node of the input at the same path.
    pub(crate) fn of(&self, staged: NodeId) -> Option<NodeId> {
        self.0.get(staged.0 as usize).copied().flatten()
    }
}

/// Whether two ranges hold the same bytes.
///
/// # Errors
/// Those of the sources.
pub(crate) fn same_bytes(a: (&Source, Range<u64>), b: (&Source, Range<u64>)) -> io::Result<bool> {
    let length = a.1.end.saturating_sub(a.1.start);
    if length != b.1.end.saturating_sub(b.1.start) {
        return Ok(false);
    }
    let mut at = 0;
    while at < length {
        let step = STEP.min(length - at);
        let left = a.0.read(a.1.start + at..a.1.start + at + step)?;
        let right = b.0.read(b.1.start + at..b.1.start + at + step)?;
        if left != right {
            return Ok(false);
        }
        at += step;
    }
    Ok(true)
}

/// Hands out a range in windows that overlap by `overlap` bytes: the bytes, and whether it is the
/// first and the last.
///
/// # Errors
/// Those of the source, and of `look`.
pub(crate) fn windows(
    source: &Source,
    range: Range<u64>,
    overlap: u64,
    mut look: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut start = range.start;
    loop {
        let end = range.end.min(start.saturating_add(STEP));
        look(&source.read(start..end)?)?;
        if end >= range.end {
            return Ok(());
        }
        start = end - overlap.min(STEP / 2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_overlap_and_reach_the_end() {
        let source = Source::from_bytes(vec![7; 3 << 20]);
        let mut seen = 0;
        windows(&source, 0..source.len(), 10, |bytes| {
            seen += bytes.len();
            Ok(())
        })
        .unwrap();
        assert_eq!(seen, (3 << 20) + 30);
    }

    #[test]
    fn one_other_byte_is_seen() {
        let mut bytes = vec![0; 2 << 20];
        let a = Source::from_bytes(bytes.clone());
        bytes[(2 << 20) - 1] = 1;
        let b = Source::from_bytes(bytes);
        assert!(same_bytes((&a, 0..a.len()), (&a, 0..a.len())).unwrap());
        assert!(!same_bytes((&a, 0..a.len()), (&b, 0..b.len())).unwrap());
        assert!(!same_bytes((&a, 0..4), (&b, 0..5)).unwrap());
    }
}
