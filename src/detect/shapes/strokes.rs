//! What stands out of a picture like strokes, and sums over it.

use crate::detect::FoundRegion;
use crate::model::{Picture, Region};

/// Pixels looked at, at most; a larger picture is made smaller by a whole number.
const MOST_PIXELS: u64 = 2_500_000;
/// A stroke is narrower than this, in pixels: bold print 40 pixels high has strokes of six.
const STROKE: usize = 7;

/// Size at which a picture is looked at, and that of the picture.
#[derive(Clone, Copy)]
pub(super) struct View {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Pixels of the picture for one of the view, in each direction.
    pub(super) step: u32,
    pub(super) picture: (u32, u32),
}

impl View {
    pub(super) fn of(picture: &Picture) -> Option<Self> {
        let pixels = u64::from(picture.width) * u64::from(picture.height);
        let samples = pixels.checked_mul(u64::from(picture.channels))?;
        if samples != picture.samples.len() as u64 || !matches!(picture.channels, 1 | 3) {
            return None;
        }
        let fits = |step: &u32| pixels <= MOST_PIXELS * u64::from(*step) * u64::from(*step);
        let step = (1..=picture.width.max(picture.height)).find(fits)?;
        let (width, height) = ((picture.width / step) as usize, (picture.height / step) as usize);
        let size = (picture.width, picture.height);
        (width > 0 && height > 0).then_some(Self { width, height, step, picture: size })
    }

    /// The channels that differ: letters of the ground's brightness stand out in one of them.
    pub(super) fn planes(self, picture: &Picture) -> Vec<Vec<u8>> {
        let channels = usize::from(picture.channels);
        let mut pixels = picture.samples.chunks_exact(channels);
        let is_grey =
            pixels.all(|pixel| pixel.iter().zip(pixel.iter().skip(1)).all(|(a, b)| a == b));
        let planes = 0..if is_grey { 1 } else { channels };
        let plane = |channel| picture.samples.iter().skip(channel).step_by(channels).copied();
        planes.map(|channel| self.reduced(plane(channel).collect())).collect()
    }

    /// Each pixel the mean of those it stands for.
    pub(super) fn reduced(self, plane: Vec<u8>) -> Vec<u8> {
        if self.step == 1 {
            return plane;
        }
        let (step, width) = (self.step as usize, self.picture.0 as usize);
        let mut out = Vec::with_capacity(self.width * self.height);
        for rows in plane.chunks_exact(width * step) {
            let mut sums = vec![0_u32; self.width];
            for row in rows.chunks_exact(width) {
                for (sum, part) in sums.iter_mut().zip(row.chunks_exact(step)) {
                    *sum += part.iter().map(|value| u32::from(*value)).sum::<u32>();
                }
            }
            out.extend(sums.iter().map(|sum| (sum / (self.step * self.step)) as u8));
        }
        out
    }

    pub(super) fn back(self, found: FoundRegion) -> Option<FoundRegion> {
        let Region { x0, y0, x1, y1 } = found.region;
        let [x0, y0, x1, y1] = [x0, y0, x1, y1].map(|edge| edge * self.step);
        let region = Region { x0, y0, x1, y1 }.clamped(self.picture.0, self.picture.1)?;
        Some(FoundRegion { region, ..found })
    }
}

/// By how much each pixel is lighter, and darker, than any square of [`STROKE`] pixels it lies in.
pub(super) fn hats(plane: &[u8], width: usize) -> [Vec<u8>; 2] {
    let opened = extreme(&extreme(plane, width, u8::min), width, u8::max);
    let closed = extreme(&extreme(plane, width, u8::max), width, u8::min);
    let light = plane.iter().zip(opened).map(|(grey, opened)| grey.saturating_sub(opened));
    let dark = plane.iter().zip(closed).map(|(grey, closed)| closed.saturating_sub(*grey));
    [light.collect(), dark.collect()]
}

/// The least or greatest of the square around each pixel.
pub(super) fn extreme(plane: &[u8], width: usize, pick: fn(u8, u8) -> u8) -> Vec<u8> {
    let mut across = plane.to_vec();
    for (out, row) in across.chunks_exact_mut(width).zip(plane.chunks_exact(width)) {
        for away in 1..=(STROKE / 2).min(width - 1) {
            for at in 0..width - away {
                out[at] = pick(out[at], row[at + away]);
                out[at + away] = pick(out[at + away], row[at]);
            }
        }
    }
    let mut out = across.clone();
    for away in 1..=STROKE / 2 {
        let skip = (away * width).min(plane.len());
        for (value, below) in out.iter_mut().zip(&across[skip..]) {
            *value = pick(*value, *below);
        }
        for (value, above) in out[skip..].iter_mut().zip(&across) {
            *value = pick(*value, *above);
        }
    }
    out
}

/// Sum and count of pixels.
#[derive(Clone, Copy, Default)]
pub(super) struct Sum(pub(super) f64, pub(super) f64);

impl Sum {
    pub(super) fn mean(self) -> f64 {
        if self.1 > 0.0 { self.0 / self.1 } else { 0.0 }
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 + other.0, self.1 + other.1)
    }

    pub(super) fn without(self, other: Self) -> Self {
        Self(self.0 - other.0, self.1 - other.1)
    }
}

/// Sums above and left of each pixel.
pub(super) struct Sums {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) sums: Vec<u32>,
}

impl Sums {
    /// Of values, each counted up to `most`.
    pub(super) fn of(plane: &[u8], view: View, most: u8) -> Self {
        let columns = view.width + 1;
        let mut sums = vec![0_u32; columns * (view.height + 1)];
        for (y, row) in plane.chunks_exact(view.width).enumerate() {
            let mut sum = 0;
            for (x, value) in row.iter().enumerate() {
                sum += u32::from((*value).min(most));
                sums[(y + 1) * columns + x + 1] = sums[y * columns + x + 1] + sum;
            }
        }
        Self { width: view.width, height: view.height, sums }
    }

    /// Inside edges that may lie outside the picture.
    pub(super) fn inside(&self, edges: [i64; 4]) -> Sum {
        let [x0, y0, x1, y1] = self.within(edges);
        let at = |x: usize, y: usize| f64::from(self.sums[y * (self.width + 1) + x]);
        if x1 <= x0 || y1 <= y0 {
            return Sum::default();
        }
        let sum = at(x1, y1) - at(x0, y1) - at(x1, y0) + at(x0, y0);
        Sum(sum, ((x1 - x0) * (y1 - y0)) as f64)
    }

    pub(super) fn within(&self, [x0, y0, x1, y1]: [i64; 4]) -> [usize; 4] {
        let cut = |value: i64, most: usize| usize::try_from(value).unwrap_or(0).min(most);
        [cut(x0, self.width), cut(y0, self.height), cut(x1, self.width), cut(y1, self.height)]
    }
}
