//! Frames that are rendered before they are asked for, and kept as long as there is room.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::model::{InstanceUid, Picture};
use crate::render::Rendering;

/// Most bytes of pictures that are kept.
const MOST: usize = 256 << 20;

/// A frame as it was asked for.
pub(crate) type Wanted = (InstanceUid, u32, Rendering);

/// A rendered frame.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    /// The picture.
    pub(crate) picture: Arc<Picture>,
    /// Centre and width of the window it was rendered with; `None` for colours.
    pub(crate) window: Option<(f64, f64)>,
}

/// The frames that are kept, the newest at the end, and those that are still to be rendered.
#[derive(Debug, Default)]
pub(crate) struct Ahead {
    kept: VecDeque<(Wanted, Kept)>,
    bytes: usize,
    waiting: VecDeque<Wanted>,
}

impl Ahead {
    /// Says what is likely to be asked for, the likeliest first; what was said before is forgotten.
    pub(crate) fn expect(&mut self, frames: Vec<Wanted>) {
        self.waiting = frames.into();
    }

    /// The next frame to render, if any.
    pub(crate) fn next(&mut self) -> Option<Wanted> {
        while let Some(wanted) = self.waiting.pop_front() {
            if !self.kept.iter().any(|(there, _)| *there == wanted) {
                return Some(wanted);
            }
        }
        None
    }

    /// A frame that is kept; it counts as used now.
    pub(crate) fn find(&mut self, wanted: &Wanted) -> Option<Kept> {
        let at = self.kept.iter().position(|(there, _)| there == wanted)?;
        let entry = self.kept.remove(at)?;
        let found = entry.1.clone();
        self.kept.push_back(entry);
        Some(found)
    }

    /// Keeps a frame; what was not used for longest goes where there is no room.
    pub(crate) fn keep(&mut self, wanted: Wanted, kept: Kept) {
        let size = kept.picture.samples.len();
        if size > MOST || self.kept.iter().any(|(there, _)| *there == wanted) {
            return;
        }
        self.bytes += size;
        self.kept.push_back((wanted, kept));
        while self.bytes > MOST {
            let Some((_, gone)) = self.kept.pop_front() else { return };
            self.bytes -= gone.picture.samples.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(frame: u32) -> Wanted {
        (InstanceUid::new("1.2"), frame, Rendering::Default)
    }

    fn picture(bytes: usize) -> Kept {
        let samples = vec![0; bytes];
        let picture = Picture { width: bytes as u32, height: 1, channels: 1, samples };
        Kept { picture: Arc::new(picture), window: None }
    }

    #[test]
    fn what_is_there_is_not_rendered_again() {
        let mut ahead = Ahead::default();
        ahead.expect(vec![wanted(1), wanted(2), wanted(3)]);
        assert_eq!(ahead.next(), Some(wanted(1)));
        ahead.keep(wanted(1), picture(4));
        ahead.keep(wanted(2), picture(4));
        assert_eq!(ahead.next(), Some(wanted(3)));
        assert_eq!(ahead.next(), None);
        assert!(ahead.find(&wanted(2)).is_some() && ahead.find(&wanted(9)).is_none());
        let other = (InstanceUid::new("1.2"), 2, Rendering::FullRange);
        assert!(ahead.find(&other).is_none(), "another rendering is another picture");
        ahead.expect(vec![wanted(1), wanted(5)]);
        assert_eq!(ahead.next(), Some(wanted(5)));
    }

    #[test]
    fn room_is_bounded_and_what_is_used_stays() {
        let mut ahead = Ahead::default();
        let size = MOST / 4;
        for frame in 0..4 {
            ahead.keep(wanted(frame), picture(size));
        }
        assert!(ahead.find(&wanted(0)).is_some());
        ahead.keep(wanted(4), picture(size));
        assert!(ahead.find(&wanted(0)).is_some() && ahead.find(&wanted(1)).is_none());
        assert!(ahead.bytes <= MOST);
        ahead.keep(wanted(9), picture(MOST + 1));
        assert!(ahead.find(&wanted(9)).is_none() && ahead.find(&wanted(4)).is_some());
    }
}
