//! What readers had on the screen.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Digest256, InstanceUid};
use crate::store::LookedAt;

/// The frames that were painted on a screen, by instance and input file.
///
/// Another file under the same UID was not seen.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Seen {
    frames: BTreeMap<InstanceUid, BTreeMap<Digest256, BTreeSet<u32>>>,
}

impl Seen {
    fn entry(&mut self, instance: &InstanceUid, input: Digest256) -> &mut BTreeSet<u32> {
        self.frames.entry(instance.clone()).or_default().entry(input).or_default()
    }

    fn of(&self, instance: &InstanceUid, input: Digest256) -> Option<&BTreeSet<u32>> {
        self.frames.get(instance)?.get(&input)
    }

    /// Takes in one frame; says whether it is new.
    pub fn add(&mut self, instance: &InstanceUid, input: Digest256, frame: u32) -> bool {
        self.entry(instance, input).insert(frame)
    }

    /// Takes in what an event says.
    pub fn take(&mut self, looked: &LookedAt) {
        let there = self.entry(&looked.instance, looked.input);
        for (start, end) in &looked.frames {
            there.extend(*start..*end);
        }
    }

    /// Takes in all of another.
    pub fn merge(&mut self, other: Self) {
        for (instance, files) in other.frames {
            for (input, frames) in files {
                self.entry(&instance, input).extend(frames);
            }
        }
    }

    /// Whether a frame was seen.
    pub fn has(&self, instance: &InstanceUid, input: Digest256, frame: u32) -> bool {
        self.of(instance, input).is_some_and(|there| there.contains(&frame))
    }

    /// Number of frames of an instance that were seen.
    pub fn count(&self, instance: &InstanceUid, input: Digest256) -> usize {
        self.of(instance, input).map_or(0, BTreeSet::len)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// All of it as an event says it.
    pub fn to_looked_at(&self) -> Vec<LookedAt> {
        let files = self.frames.iter().flat_map(|(instance, files)| {
            files.iter().map(move |(input, frames)| (instance, input, frames))
        });
        files
            .map(|(instance, input, frames)| LookedAt {
                instance: instance.clone(),
                input: *input,
                frames: ranges(frames),
            })
            .collect()
    }
}

fn ranges(frames: &BTreeSet<u32>) -> Vec<(u32, u32)> {
    let mut found: Vec<(u32, u32)> = Vec::new();
    for frame in frames {
        match found.last_mut() {
            Some((_, end)) if *end == *frame => *end = end.saturating_add(1),
            _ => found.push((*frame, frame.saturating_add(1))),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_survive_the_way_through_an_event() {
        let (uid, input) = (InstanceUid::new("1.2"), Digest256([7; 32]));
        let mut seen = Seen::default();
        for frame in [4, 0, 1, 2, 9] {
            assert!(seen.add(&uid, input, frame));
        }
        assert!(!seen.add(&uid, input, 2));
        let events = seen.to_looked_at();
        assert_eq!(events[0].frames, [(0, 3), (4, 5), (9, 10)]);
        let mut read = Seen::default();
        events.iter().for_each(|looked| read.take(looked));
        assert_eq!(read, seen);
    }

    #[test]
    fn another_file_under_the_same_uid_was_not_seen() {
        let uid = InstanceUid::new("1.2");
        let mut seen = Seen::default();
        seen.add(&uid, Digest256([1; 32]), 0);
        assert!(seen.has(&uid, Digest256([1; 32]), 0));
        assert!(!seen.has(&uid, Digest256([2; 32]), 0));
    }
}
