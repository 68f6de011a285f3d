//! Projections that readers looked at.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::model::{Digest256, FoldKind};

/// What must be looked at before a stack counts as looked at without its single frames.
const ENOUGH: [FoldKind; 3] = [FoldKind::Max, FoldKind::Min, FoldKind::Sigma];
/// Most frames of a stack that may be judged so.
pub(super) const MOST_JUDGED: u64 = 300;

/// Names a stack by its frames, in its order: with another frame or file it is another stack.
pub fn stack_digest(frames: impl IntoIterator<Item = (Digest256, u32)>) -> Digest256 {
    let mut hash = Sha256::new();
    hash.update(b"stack");
    for (input, frame) in frames {
        hash.update(input.0);
        hash.update(frame.to_be_bytes());
    }
    Digest256(hash.finalize().into())
}

/// The projections that were on a screen, by stack.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct FoldsSeen(BTreeMap<Digest256, BTreeSet<FoldKind>>);

impl FoldsSeen {
    /// Takes in projections of a stack; says whether one of them is new.
    pub fn add(&mut self, stack: Digest256, kinds: impl IntoIterator<Item = FoldKind>) -> bool {
        let there = self.0.entry(stack).or_default();
        let before = there.len();
        there.extend(kinds);
        there.len() > before
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets a stack.
    pub fn forget(&mut self, stack: Digest256) {
        self.0.remove(&stack);
    }

    /// Those of a stack that were seen.
    pub fn of(&self, stack: Digest256) -> BTreeSet<FoldKind> {
        self.0.get(&stack).cloned().unwrap_or_default()
    }
}

/// Whether so many frames may be judged by these projections alone.
pub(super) fn are_enough(seen: &BTreeSet<FoldKind>, frames: u64) -> bool {
    frames <= MOST_JUDGED && ENOUGH.iter().all(|kind| seen.contains(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greatest_least_and_deviation_are_enough_for_a_small_stack() {
        let (mut seen, stack) = (FoldsSeen::default(), stack_digest([(Digest256([1; 32]), 0)]));
        assert!(seen.add(stack, [FoldKind::Max, FoldKind::Mean, FoldKind::Min]));
        assert!(!are_enough(&seen.of(stack), 2));
        assert!(seen.add(stack, [FoldKind::Sigma]) && !seen.add(stack, [FoldKind::Sigma]));
        assert!(are_enough(&seen.of(stack), MOST_JUDGED));
        assert!(!are_enough(&seen.of(stack), MOST_JUDGED + 1));
        assert!(seen.of(stack_digest([(Digest256([1; 32]), 1)])).is_empty());
    }
}
