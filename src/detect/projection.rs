//! A series folded into one picture: what stands still stands out.

use crate::model::Picture;

/// Frames whose median is taken: an odd number, so that there is a middle one.
const MEDIAN_OF: usize = 9;

/// Folds pictures of one size, given one after the other, into their least, greatest and median values.
///
/// Light text on a restless picture is plain in the least values, dark text in the greatest, and print
/// that stands still in the median. The median is that of nine frames, evenly spaced.
#[derive(Debug)]
pub struct Projections {
    frames: usize,
    seen: usize,
    least: Option<Picture>,
    greatest: Option<Picture>,
    sampled: Vec<Picture>,
}

impl Projections {
    /// For so many frames.
    pub const fn new(frames: usize) -> Self {
        Self { frames, seen: 0, least: None, greatest: None, sampled: Vec::new() }
    }

    /// Takes in the next frame; one of another kind or size than the first is left out.
    pub fn push(&mut self, picture: &Picture) {
        let kind = |picture: &Picture| (picture.width, picture.height, picture.channels);
        let at = self.seen;
        self.seen += 1;
        let (Some(least), Some(greatest)) = (&mut self.least, &mut self.greatest) else {
            self.least = Some(picture.clone());
            self.greatest = Some(picture.clone());
            self.sampled.push(picture.clone());
            return;
        };
        if kind(least) != kind(picture) {
            return;
        }
        least
            .samples
            .iter_mut()
            .zip(&picture.samples)
            .for_each(|(least, it)| *least = *it.min(least));
        let samples = greatest.samples.iter_mut().zip(&picture.samples);
        samples.for_each(|(greatest, it)| *greatest = *it.max(greatest));
        let share = |at: usize| at * MEDIAN_OF / self.frames.max(1);
        if share(at) > share(at - 1) && self.sampled.len() < MEDIAN_OF {
            self.sampled.push(picture.clone());
        }
    }

    /// Least, greatest and median; nothing of no frames.
    pub fn pictures(self) -> Vec<Picture> {
        let median = median(&self.sampled);
        self.least.into_iter().chain(self.greatest).chain(median).collect()
    }
}

fn median(pictures: &[Picture]) -> Option<Picture> {
    let first = pictures.first()?;
    let mut values = Vec::with_capacity(pictures.len());
    let samples = (0..first.samples.len()).map(|at| {
        values.clear();
        values.extend(pictures.iter().filter_map(|picture| picture.samples.get(at).copied()));
        let middle = values.len() / 2;
        *values.select_nth_unstable(middle).1
    });
    let samples = samples.collect();
    Some(Picture { samples, ..*first })
}

#[cfg(test)]
mod tests {
    use super::Projections;
    use crate::model::Picture;

    fn picture(samples: &[u8]) -> Picture {
        Picture { width: samples.len() as u32, height: 1, channels: 1, samples: samples.to_vec() }
    }

    #[test]
    fn least_greatest_and_median_of_all() {
        let mut projections = Projections::new(100);
        for at in 0..100_u8 {
            projections.push(&picture(&[at, 100 - at, 7]));
        }
        let found = projections.pictures();
        assert_eq!(found[0].samples, [0, 1, 7]);
        assert_eq!(found[1].samples, [99, 100, 7]);
        // Of frames 0, 12, 23, 34, 45, 56, 67, 78 and 89.
        assert_eq!(found[2].samples, [45, 55, 7]);
    }

    #[test]
    fn other_sizes_and_no_frames_do_no_harm() {
        assert_eq!(Projections::new(0).pictures(), []);
        let mut projections = Projections::new(2);
        projections.push(&picture(&[1, 2]));
        projections.push(&picture(&[0, 0, 0]));
        assert!(projections.pictures().iter().all(|found| found.samples == [1, 2]));
    }
}
