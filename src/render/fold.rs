//! A stack folded into one picture: what stands still stands out, what is on one frame only does, too.
//!
//! Burned-in text hardly varies over a stack and anatomy does, so that text is dark in the deviation and
//! sharp in the mean; text on one frame is bright in the greatest values, or dark in the least.

use crate::model::{FoldKind, Picture};

/// Longest side of what is folded, in pixels: larger pictures are folded in blocks.
const LONGEST: u32 = 1024;
/// Most frames that are folded: their squares fit.
pub const MOST_FOLDED: u32 = 65_000;

/// A stack that is being folded: pictures of one size and kind are given one after the other.
#[derive(Debug)]
pub struct Folding {
    size: (u32, u32),
    channels: u8,
    block: u32,
    pushed: u32,
    left_out: u32,
    cells: Vec<Cell>,
}

/// One sample of all frames.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    max: u8,
    min: u8,
    brightest: u16,
    darkest: u16,
    sum: u32,
    squares: u32,
}

/// A stack as one picture of each kind.
#[derive(Clone, PartialEq, Eq)]
pub struct Folded {
    /// Columns and rows of the frames.
    pub size: (u32, u32),
    /// Frames that were folded.
    pub frames: u32,
    /// Frames of another kind or that could not be decoded: they are not in it.
    pub left_out: u32,
    /// Columns and rows of the pictures: those of the frames, or fewer where these are large.
    pub folded: (u32, u32),
    /// 1 (grey) or 3 (RGB).
    pub channels: u8,
    /// Samples by [`FoldKind::ALL`], each row-major and interleaved.
    pub planes: [Vec<u8>; 4],
    /// Which frame is brightest and which darkest at each pixel, by its place in the stack.
    pub extremes: [Vec<u16>; 2],
}

impl std::fmt::Debug for Folded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Folded({} frames of {:?})", self.frames, self.size)
    }
}

impl Folding {
    /// Begins with the first picture of a stack.
    pub fn begin(first: &Picture) -> Self {
        let block = first.width.max(first.height).div_ceil(LONGEST).max(1);
        let mut folding = Self {
            size: (first.width, first.height),
            channels: first.channels,
            block,
            pushed: 0,
            left_out: 0,
            cells: Vec::new(),
        };
        let (columns, rows) = folding.folded();
        let count = columns as usize * rows as usize * usize::from(first.channels);
        folding.cells = vec![Cell { min: u8::MAX, ..Cell::default() }; count];
        folding.push(first);
        folding
    }

    const fn folded(&self) -> (u32, u32) {
        (self.size.0.div_ceil(self.block), self.size.1.div_ceil(self.block))
    }

    /// Takes in the next frame; one of another size or kind is left out.
    pub fn push(&mut self, picture: &Picture) {
        let at = self.pushed + self.left_out;
        let fits = (picture.width, picture.height) == self.size
            && picture.channels == self.channels
            && picture.samples.len()
                == self.size.0 as usize * self.size.1 as usize * usize::from(self.channels);
        if !fits || at >= MOST_FOLDED {
            self.left_out += 1;
            return;
        }
        self.pushed += 1;
        let at = u16::try_from(at).unwrap_or(u16::MAX);
        if self.block == 1 {
            let cells = self.cells.iter_mut().zip(&picture.samples);
            cells.for_each(|(cell, sample)| cell.take((*sample, *sample, *sample), at));
            return;
        }
        self.push_blocks(picture, at);
    }

    /// Of each block the greatest, least and mean value count.
    fn push_blocks(&mut self, picture: &Picture, at: u16) {
        let channels = usize::from(self.channels);
        let (columns, _) = self.folded();
        let stride = self.size.0 as usize * channels;
        let block = self.block as usize;
        for (place, cell) in self.cells.iter_mut().enumerate() {
            let (pixel, channel) = (place / channels, place % channels);
            let (x, y) = (pixel % columns as usize * block, pixel / columns as usize * block);
            let (mut max, mut min, mut sum, mut count) = (0, u8::MAX, 0_u32, 0_u32);
            for row in y..(y + block).min(self.size.1 as usize) {
                let from = row * stride + x * channels;
                let until = row * stride + (x + block).min(self.size.0 as usize) * channels;
                let line = picture.samples.get(from..until).unwrap_or(&[]);
                for sample in line.iter().skip(channel).step_by(channels) {
                    (max, min) = (max.max(*sample), min.min(*sample));
                    (sum, count) = (sum + u32::from(*sample), count + 1);
                }
            }
            let mean = sum.checked_div(count).and_then(|mean| u8::try_from(mean).ok());
            cell.take((max, min, mean.unwrap_or(0)), at);
        }
    }

    /// Notes a frame that could not be decoded.
    pub const fn skip(&mut self) {
        self.left_out += 1;
    }

    /// The pictures.
    pub fn finish(self) -> Folded {
        let frames = self.pushed.max(1);
        let sigmas: Vec<f32> = self.cells.iter().map(|cell| cell.sigma(frames)).collect();
        let most = sigmas.iter().copied().fold(0.0_f32, f32::max).max(1.0);
        let plane = |value: &dyn Fn(&Cell) -> u8| self.cells.iter().map(value).collect();
        let planes = [
            plane(&|cell| cell.max),
            plane(&|cell| cell.min),
            plane(&|cell| u8::try_from(cell.sum / frames).unwrap_or(u8::MAX)),
            sigmas.iter().map(|sigma| (sigma / most * 255.0).round() as u8).collect(),
        ];
        // Of colours the extreme of the first channel that has one is told.
        let pixels = || self.cells.chunks(usize::from(self.channels.max(1)));
        let brightest =
            |cells: &[Cell]| cells.iter().max_by_key(|it| it.max).map(|it| it.brightest);
        let darkest = |cells: &[Cell]| cells.iter().min_by_key(|it| it.min).map(|it| it.darkest);
        Folded {
            size: self.size,
            frames: self.pushed,
            left_out: self.left_out,
            folded: self.folded(),
            channels: self.channels,
            planes,
            extremes: [
                pixels().map(|cells| brightest(cells).unwrap_or(0)).collect(),
                pixels().map(|cells| darkest(cells).unwrap_or(0)).collect(),
            ],
        }
    }
}

impl Cell {
    fn take(&mut self, (max, min, mean): (u8, u8, u8), at: u16) {
        if max > self.max {
            (self.max, self.brightest) = (max, at);
        }
        if min < self.min {
            (self.min, self.darkest) = (min, at);
        }
        let mean = u32::from(mean);
        self.sum += mean;
        self.squares += mean * mean;
    }

    fn sigma(&self, frames: u32) -> f32 {
        let count = f64::from(frames);
        let mean = f64::from(self.sum) / count;
        (f64::from(self.squares) / count - mean * mean).max(0.0).sqrt() as f32
    }
}

impl Folded {
    /// The picture of one kind.
    pub fn picture(&self, kind: FoldKind) -> Picture {
        let at = FoldKind::ALL.iter().position(|it| *it == kind);
        let samples = at.and_then(|at| self.planes.get(at)).cloned().unwrap_or_default();
        let (width, height) = self.folded;
        Picture { width, height, channels: self.channels, samples }
    }

    /// The frame, by its place in the stack, that put there what a picture shows at a pixel of the frames;
    /// of mean and deviation the one that is farther from the mean.
    pub fn frame_at(&self, kind: FoldKind, (x, y): (u32, u32)) -> Option<u32> {
        let (columns, rows) = self.folded;
        let block = self.size.0.max(self.size.1).div_ceil(LONGEST).max(1);
        let (x, y) = (x / block, y / block);
        let at = (x < columns && y < rows).then_some(y as usize * columns as usize + x as usize)?;
        let sample = at * usize::from(self.channels);
        let [max, min, mean, _] = &self.planes;
        let value = |plane: &[u8]| plane.get(sample).map_or(0, |it| i32::from(*it));
        let is_bright = match kind {
            FoldKind::Max => true,
            FoldKind::Min => false,
            _ => value(max) - value(mean) >= value(mean) - value(min),
        };
        let [brightest, darkest] = &self.extremes;
        let extremes = if is_bright { brightest } else { darkest };
        extremes.get(at).map(|frame| u32::from(*frame))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, samples: Vec<u8>) -> Picture {
        let height = samples.len() as u32 / width;
        Picture { width, height, channels: 1, samples }
    }

    #[test]
    fn a_stack_is_folded_into_extremes_mean_and_deviation() {
        let mut folding = Folding::begin(&picture(2, vec![10, 20, 30, 40]));
        folding.push(&picture(2, vec![10, 60, 0, 40]));
        folding.skip();
        folding.push(&picture(2, vec![10, 10, 30, 40]));
        folding.push(&picture(4, vec![9; 4]));
        let folded = folding.finish();
        assert_eq!((folded.frames, folded.left_out), (3, 2));
        assert_eq!(folded.picture(FoldKind::Max).samples, [10, 60, 30, 40]);
        assert_eq!(folded.picture(FoldKind::Min).samples, [10, 10, 0, 40]);
        assert_eq!(folded.picture(FoldKind::Mean).samples, [10, 30, 20, 40]);
        let sigma = folded.picture(FoldKind::Sigma).samples;
        assert_eq!((sigma[0], sigma[1], sigma[3]), (0, 255, 0));
        // The frame that was left out has a place all the same.
        assert_eq!(folded.frame_at(FoldKind::Max, (1, 0)), Some(1));
        assert_eq!(folded.frame_at(FoldKind::Min, (1, 0)), Some(3));
        assert_eq!(folded.frame_at(FoldKind::Sigma, (1, 0)), Some(1));
        assert_eq!(folded.frame_at(FoldKind::Sigma, (0, 1)), Some(1));
        assert_eq!(folded.frame_at(FoldKind::Max, (2, 0)), None);
    }

    #[test]
    fn large_pictures_are_folded_in_blocks_that_lose_no_bright_dot() {
        let (width, height) = (2500_u32, 1300_u32);
        let mut samples = vec![100_u8; (width * height) as usize];
        let mut folding = Folding::begin(&picture(width, samples.clone()));
        samples[(701 * width + 2203) as usize] = 255;
        folding.push(&picture(width, samples));
        let folded = folding.finish();
        assert_eq!(folded.folded, (834, 434));
        assert_eq!(folded.picture(FoldKind::Max).samples.iter().max(), Some(&255));
        assert_eq!(folded.frame_at(FoldKind::Max, (2203, 701)), Some(1));
        assert_eq!(folded.frame_at(FoldKind::Max, (5, 5)), Some(0));
    }

    #[test]
    fn colours_keep_their_channels() {
        let pixel =
            |rgb: [u8; 3]| Picture { width: 1, height: 1, channels: 3, samples: rgb.into() };
        let mut folding = Folding::begin(&pixel([1, 2, 3]));
        folding.push(&pixel([0, 9, 3]));
        let folded = folding.finish();
        assert_eq!(folded.picture(FoldKind::Max).samples, [1, 9, 3]);
        assert_eq!(folded.picture(FoldKind::Min).samples, [0, 2, 3]);
        assert_eq!(folded.frame_at(FoldKind::Max, (0, 0)), Some(1));
    }
}
