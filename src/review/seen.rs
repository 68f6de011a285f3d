//! What readers had on the screen.

use std::collections::BTreeMap;

use crate::model::{Digest256, InstanceUid};
use crate::store::LookedAt;

/// The frames that were painted on a screen, by instance and input file.
///
/// Another file under the same UID was not seen.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Seen {
    frames: BTreeMap<InstanceUid, BTreeMap<Digest256, Ranges>>,
}

/// Half-open ranges, apart: the end of each by its start. What a log says of billions of frames
/// takes no more room than the words for it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
struct Ranges(BTreeMap<u32, u32>);

impl Ranges {
    fn has(&self, frame: u32) -> bool {
        self.0.range(..=frame).next_back().is_some_and(|(_, end)| frame < *end)
    }

    /// Takes in a range; those that it touches become one with it.
    fn add(&mut self, start: u32, end: u32) {
        if start >= end {
            return;
        }
        let (mut from, mut to) = (start, end);
        while let Some((&at, &until)) = self.0.range(..=to).next_back()
            && until >= from
        {
            self.0.remove(&at);
            (from, to) = (from.min(at), to.max(until));
        }
        self.0.insert(from, to);
    }

    fn count(&self) -> usize {
        self.0.iter().map(|(start, end)| (end - start) as usize).sum()
    }
}

impl Seen {
    fn entry(&mut self, instance: &InstanceUid, input: Digest256) -> &mut Ranges {
        self.frames.entry(instance.clone()).or_default().entry(input).or_default()
    }

    fn of(&self, instance: &InstanceUid, input: Digest256) -> Option<&Ranges> {
        self.frames.get(instance)?.get(&input)
    }

    /// Takes in one frame; says whether it is new.
    pub fn add(&mut self, instance: &InstanceUid, input: Digest256, frame: u32) -> bool {
        let there = self.entry(instance, input);
        let is_new = !there.has(frame);
        there.add(frame, frame.saturating_add(1));
        is_new
    }

    /// Takes in what an event says.
    pub fn take(&mut self, looked: &LookedAt) {
        let there = self.entry(&looked.instance, looked.input);
        for (start, end) in &looked.frames {
            there.add(*start, *end);
        }
    }

    /// Takes in all of another.
    pub fn merge(&mut self, other: Self) {
        for (instance, files) in other.frames {
            for (input, frames) in files {
                let there = self.entry(&instance, input);
                frames.0.into_iter().for_each(|(start, end)| there.add(start, end));
            }
        }
    }

    /// Whether a frame was seen.
    pub fn has(&self, instance: &InstanceUid, input: Digest256, frame: u32) -> bool {
        self.of(instance, input).is_some_and(|there| there.has(frame))
    }

    /// Number of frames of an instance that were seen.
    pub fn count(&self, instance: &InstanceUid, input: Digest256) -> usize {
        self.of(instance, input).map_or(0, Ranges::count)
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
                frames: frames.0.iter().map(|(start, end)| (*start, *end)).collect(),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Numbers without order, always the same.
    fn numbers() -> impl FnMut() -> u32 {
        let mut state = 7_u32;
        move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 8
        }
    }

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
    fn ranges_hold_what_single_frames_would() {
        let mut next = numbers();
        for _round in 0..300 {
            let (mut ranges, mut single) = (Ranges::default(), BTreeSet::new());
            for _step in 0..8 {
                let (start, length) = (next() % 30, next() % 6);
                ranges.add(start, start + length);
                single.extend(start..start + length);
                assert_eq!(ranges.count(), single.len());
                assert!((0..40).all(|frame| ranges.has(frame) == single.contains(&frame)));
                let ends: Vec<_> = ranges.0.iter().map(|(start, end)| (*start, *end)).collect();
                assert!(ends.array_windows::<2>().all(|[one, other]| one.1 < other.0));
            }
        }
    }

    #[test]
    fn a_range_of_all_frames_takes_no_room() {
        let (uid, input) = (InstanceUid::new("1.2"), Digest256([7; 32]));
        let mut seen = Seen::default();
        let frames = vec![(7, 9), (0, u32::MAX), (5, 3)];
        seen.take(&LookedAt { instance: uid.clone(), input, frames });
        assert_eq!(seen.count(&uid, input), u32::MAX as usize);
        assert_eq!(seen.to_looked_at()[0].frames, [(0, u32::MAX)]);
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
