//! Which frames of a series show thin strokes that their neighbours do not: text that comes and goes.
//!
//! Anatomy changes from frame to frame, too, but seldom by strokes two pixels wide that stand in one
//! frame only, or that come and then stay where they are. Each frame gets a figure for the place in it
//! where this is most unlike what that place shows over the whole series; the frames with the most of it
//! are to be searched. What a frame keeps is 1/26 of its size.

use crate::model::Picture;

/// A stroke is thinner than this many pixels to both sides.
const REACH: usize = 2;
/// A stroke counts no more than this, however bright.
const MOST: u8 = 32;
/// Side of a cell, in pixels.
const CELL: usize = 8;
/// Cells of a window: a short line of text, upright or turned.
const WINDOWS: [(usize, usize); 2] = [(8, 2), (2, 8)];
/// What is added to the mean deviation of a place, so that quiet places do not count for everything.
const QUIET: f64 = 8.0;
/// The part of places that may be unlike in a frame that changed as a whole.
const PART: f64 = 0.9;

/// Strokes of one size of the frames.
#[derive(Debug, Default)]
struct Level {
    /// Strokes of the last frame.
    strokes: Vec<u8>,
    /// Strokes of the last frame but one, and of the last, each grown by a pixel.
    grown: [Vec<u8>; 2],
    /// By frame: cells of strokes in that frame only, and of strokes that begin in it.
    alone: Vec<Vec<u8>>,
    begun: Vec<Vec<u8>>,
}

/// Compares the frames of a series, given one after the other.
#[derive(Debug, Default)]
pub struct Novelty {
    size: (usize, usize),
    frames: usize,
    /// Full and half size: large print has wide strokes.
    levels: [Level; 2],
    /// All strokes of each frame, by cells of the full size.
    cells: Vec<Vec<u8>>,
}

impl Novelty {
    /// Takes in the next frame. One of another size than the first is as if it were empty.
    pub fn push(&mut self, picture: &Picture) {
        if self.frames == 0 {
            self.size = (picture.width as usize, picture.height as usize);
        }
        let (width, height) = self.size;
        let mut plane = brightest(picture);
        if (picture.width as usize, picture.height as usize) != self.size {
            plane = vec![0; width * height];
        }
        plane.resize(width * height, 0);
        let halved = halved(&plane, width);
        let sizes = [(width, height), (width / 2, height / 2)];
        for ((level, plane), size) in self.levels.iter_mut().zip([plane, halved]).zip(sizes) {
            level.push(&plane, size, self.frames);
        }
        let [full, _] = &self.levels;
        self.cells.push(cells(&full.strokes, self.size));
        self.frames += 1;
    }

    /// How much is new in each frame; none in the first and the last, whose neighbours are not known.
    pub fn figures(&self) -> Vec<f64> {
        let mut figures = vec![0.0_f64; self.frames];
        let (width, height) = self.size;
        for (level, size) in self.levels.iter().zip([(width, height), (width / 2, height / 2)]) {
            let size = (size.0 / CELL, size.1 / CELL);
            for planes in [&level.alone, &level.begun] {
                for (at, figure) in unlike(planes, size).into_iter().enumerate() {
                    // The first of the planes is that of the second frame.
                    if let Some(most) = figures.get_mut(at + 1) {
                        *most = most.max(figure);
                    }
                }
            }
        }
        figures
    }

    /// All strokes of each frame, summed in cells.
    pub fn into_cells(self) -> Vec<Vec<u8>> {
        self.cells
    }
}

impl Level {
    fn push(&mut self, plane: &[u8], size: (usize, usize), before: usize) {
        let strokes = strokes(plane, size.0);
        let grown = grown(&strokes, size.0);
        if before >= 2 {
            // The last frame has both its neighbours now.
            let [earlier, _] = &self.grown;
            let both = earlier.iter().zip(&grown).map(|(earlier, later)| *earlier.max(later));
            let alone: Vec<u8> = self
                .strokes
                .iter()
                .zip(both)
                .map(|(it, others)| it.saturating_sub(others))
                .collect();
            let staying = self.strokes.iter().zip(&strokes).map(|(it, next)| *it.min(next));
            let begun: Vec<u8> =
                staying.zip(earlier).map(|(it, earlier)| it.saturating_sub(*earlier)).collect();
            self.alone.push(cells(&alone, size));
            self.begun.push(cells(&begun, size));
        }
        self.strokes = strokes;
        self.grown.swap(0, 1);
        self.grown[1] = grown;
    }
}

/// The frames to search: those with the most that is new, and others with a great deal of it.
///
/// So many are searched in any case; up to three times as many where that much is new.
pub fn newest(figures: &[f64]) -> Vec<usize> {
    /// Much is new from here on.
    const GREAT_DEAL: f64 = 10.0;
    let count = (2 + figures.len() / 75).clamp(2, 10);
    let mut order: Vec<usize> = (0..figures.len()).collect();
    let figure = |at: usize| figures.get(at).copied().unwrap_or_default();
    order.sort_by(|a, b| figure(*b).total_cmp(&figure(*a)).then(a.cmp(b)));
    let ranked = order.into_iter().take(3 * count).enumerate();
    let chosen = ranked.filter(|(rank, at)| *rank < count || figure(*at) > GREAT_DEAL);
    let mut chosen: Vec<usize> = chosen.map(|(_, at)| at).collect();
    chosen.sort_unstable();
    chosen
}

/// One channel: of colours the brightest.
fn brightest(picture: &Picture) -> Vec<u8> {
    match picture.channels {
        1 => picture.samples.clone(),
        channels => {
            let pixels = picture.samples.chunks_exact(usize::from(channels).max(1));
            pixels.map(|pixel| pixel.iter().copied().max().unwrap_or_default()).collect()
        }
    }
}

/// Means of two by two pixels.
fn halved(plane: &[u8], width: usize) -> Vec<u8> {
    let mut halved = Vec::with_capacity(plane.len() / 4);
    if width < 2 {
        return halved;
    }
    for rows in plane.chunks_exact(2 * width) {
        let (upper, lower) = rows.split_at(width);
        let pairs = upper.chunks_exact(2).zip(lower.chunks_exact(2));
        halved.extend(pairs.map(|(upper, lower)| {
            let sum: u16 = upper.iter().chain(lower).map(|grey| u16::from(*grey)).sum();
            ((sum + 2) / 4) as u8
        }));
    }
    halved
}

/// How much each pixel differs from those to its left and right, both brighter or both darker.
fn strokes(plane: &[u8], width: usize) -> Vec<u8> {
    let mut strokes = vec![0; plane.len()];
    if width <= 2 * REACH {
        return strokes;
    }
    for (row, out) in plane.chunks_exact(width).zip(strokes.chunks_exact_mut(width)) {
        let (left, right) = (&row[..width - 2 * REACH], &row[2 * REACH..]);
        let middle = &row[REACH..width - REACH];
        let out = &mut out[REACH..width - REACH];
        for (out, ((middle, left), right)) in out.iter_mut().zip(middle.iter().zip(left).zip(right))
        {
            let light = middle.saturating_sub(*left.max(right));
            let dark = left.min(right).saturating_sub(*middle);
            *out = light.max(dark);
        }
    }
    strokes
}

/// The greatest of each pixel and those around it.
fn grown(plane: &[u8], width: usize) -> Vec<u8> {
    let mut across = plane.to_vec();
    if width == 0 {
        return across;
    }
    for (row, out) in plane.chunks_exact(width).zip(across.chunks_exact_mut(width)) {
        for (out, next) in out.iter_mut().zip(row.iter().skip(1)) {
            *out = (*out).max(*next);
        }
        for (out, before) in out.iter_mut().skip(1).zip(row) {
            *out = (*out).max(*before);
        }
    }
    let mut grown = across.clone();
    for (out, next) in grown.iter_mut().zip(across.iter().skip(width)) {
        *out = (*out).max(*next);
    }
    for (out, before) in grown.iter_mut().skip(width).zip(&across) {
        *out = (*out).max(*before);
    }
    grown
}

/// Sums of whole cells, an eighth of them.
fn cells(plane: &[u8], (width, height): (usize, usize)) -> Vec<u8> {
    let (across, down) = (width / CELL, height / CELL);
    let mut cells = Vec::with_capacity(across * down);
    if width == 0 {
        return cells;
    }
    let mut sums = vec![0_u16; across];
    for rows in plane.chunks_exact(width * CELL).take(down) {
        sums.fill(0);
        for row in rows.chunks_exact(width) {
            for (sum, cell) in sums.iter_mut().zip(row.chunks_exact(CELL)) {
                *sum += cell.iter().map(|stroke| u16::from(*stroke.min(&MOST))).sum::<u16>();
            }
        }
        cells.extend(sums.iter().map(|sum| (sum >> 3).min(255) as u8));
    }
    cells
}

/// Sums of windows with their first cell at each cell, cut at the edges.
fn windows(cells: &[u8], across: usize, (wide, high): (usize, usize)) -> Vec<u16> {
    let mut lines = vec![0_u16; cells.len()];
    if across == 0 {
        return lines;
    }
    for (row, out) in cells.chunks_exact(across).zip(lines.chunks_exact_mut(across)) {
        for (at, out) in out.iter_mut().enumerate() {
            *out = row.iter().skip(at).take(wide).map(|cell| u16::from(*cell)).sum();
        }
    }
    let mut sums = lines.clone();
    for below in 1..high {
        for (sum, line) in sums.iter_mut().zip(lines.iter().skip(below * across)) {
            *sum += line;
        }
    }
    sums
}

/// How unlike the rest of the series each frame is, where it is most so.
fn unlike(planes: &[Vec<u8>], (across, down): (usize, usize)) -> Vec<f64> {
    let places = across * down;
    let mut most = vec![0.0_f64; planes.len()];
    if planes.is_empty() || places == 0 {
        return most;
    }
    let count = planes.len() as f64;
    // Both directions of windows, so that the part of places counts both. They are summed anew each
    // time: to keep them would take more than all the cells.
    let sums = |cells: &[u8]| WINDOWS.map(|window| windows(cells, across, window)).concat();
    let mut means = vec![0.0_f64; places * WINDOWS.len()];
    for cells in planes {
        means.iter_mut().zip(sums(cells)).for_each(|(mean, sum)| *mean += f64::from(sum));
    }
    means.iter_mut().for_each(|mean| *mean /= count);
    let mut deviations = vec![0.0_f64; means.len()];
    for cells in planes {
        for ((deviation, mean), sum) in deviations.iter_mut().zip(&means).zip(sums(cells)) {
            *deviation += (f64::from(sum) - mean).abs();
        }
    }
    deviations.iter_mut().for_each(|deviation| *deviation = *deviation / count + QUIET);
    let mut found = vec![0.0_f64; means.len()];
    for (most, cells) in most.iter_mut().zip(planes) {
        for (found, ((sum, mean), deviation)) in
            found.iter_mut().zip(sums(cells).into_iter().zip(&means).zip(&deviations))
        {
            *found = (f64::from(sum) - mean) / deviation;
        }
        let greatest = found.iter().copied().fold(0.0, f64::max);
        let at = ((found.len() as f64 * PART) as usize).min(found.len() - 1);
        let (_, ordinary, _) = found.select_nth_unstable_by(at, f64::total_cmp);
        *most = (greatest - *ordinary).max(0.0);
    }
    most
}

#[cfg(test)]
mod tests {
    use super::{Novelty, cells, grown, halved, newest, strokes, windows};
    use crate::model::Picture;

    /// A frame with grain; with strokes like letters, or none.
    fn frame(time: u32, has_text: bool) -> Picture {
        let mut state = time.wrapping_mul(2_654_435_761).wrapping_add(5);
        let mut samples = Vec::new();
        for (y, x) in (0..96_u32).flat_map(|y| (0..128_u32).map(move |x| (y, x))) {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let is_ink = has_text && (24..88).contains(&x) && (40..52).contains(&y) && x % 5 < 2;
            let ground = 60 + ((x + time) / 4) as u8 + (state >> 29) as u8;
            samples.push(if is_ink { ground + 40 } else { ground });
        }
        Picture { width: 128, height: 96, channels: 1, samples }
    }

    fn figures(with_text: std::ops::Range<u32>) -> Vec<f64> {
        let mut novelty = Novelty::default();
        (0..40).for_each(|time| novelty.push(&frame(time, with_text.contains(&time))));
        novelty.figures()
    }

    fn greatest(figures: &[f64]) -> usize {
        let order = (0..figures.len()).max_by(|a, b| figures[*a].total_cmp(&figures[*b]));
        order.unwrap()
    }

    #[test]
    fn text_on_one_frame_and_the_first_of_a_run_stand_out() {
        assert_eq!(greatest(&figures(17..18)), 17);
        assert_eq!(greatest(&figures(11..25)), 11);
        let without = figures(0..0);
        let most = without[greatest(&without)];
        assert!(figures(17..18)[17] > 2.0 * most, "{most}");
        assert_eq!((without[0], without[39]), (0.0, 0.0));
    }

    #[test]
    fn what_stays_as_it_is_is_not_new() {
        let mut novelty = Novelty::default();
        let still = frame(3, true);
        (0..9).for_each(|_| novelty.push(&still));
        assert!(novelty.figures().iter().all(|figure| *figure == 0.0));
    }

    #[test]
    fn small_strange_and_few_frames_do_no_harm() {
        let picture = |width: u32, height: u32, channels: u8| {
            let samples = vec![7; (width * height) as usize * usize::from(channels)];
            Picture { width, height, channels, samples }
        };
        assert!(Novelty::default().figures().is_empty());
        for (width, height) in [(0, 0), (1, 1), (3, 50), (8, 8), (17, 9)] {
            let mut novelty = Novelty::default();
            for channels in [1, 3, 1, 1] {
                novelty.push(&picture(width, height, channels));
            }
            novelty.push(&picture(5, 40, 1));
            assert_eq!(novelty.figures().len(), 5);
            assert_eq!(novelty.into_cells().len(), 5);
        }
    }

    #[test]
    fn so_many_frames_are_searched_and_more_where_much_is_new() {
        let mut figures = vec![0.5; 300];
        assert_eq!(newest(&figures).len(), 6);
        figures[200] = 3.0;
        figures[100..110].fill(30.0);
        assert_eq!(newest(&figures), (100..110).collect::<Vec<_>>());
        figures.fill(30.0);
        assert_eq!(newest(&figures).len(), 18);
        assert_eq!(newest(&[1.0, 2.0, 1.0]), [0, 1]);
        assert!(newest(&[]).is_empty());
    }

    #[test]
    fn the_steps_do_what_they_say() {
        assert_eq!(strokes(&[9, 9, 50, 9, 9, 9, 1, 9, 9], 9), [0, 0, 41, 0, 0, 0, 8, 0, 0]);
        assert_eq!(grown(&[0, 0, 0, 0, 5, 0, 0, 0, 0], 3), [5; 9]);
        assert_eq!(halved(&[1, 3, 5, 7, 2, 2, 0, 0], 4), [2, 3]);
        let plane: Vec<u8> = (0..16 * 9).map(|at| if at % 16 < 8 { 200 } else { 1 }).collect();
        assert_eq!(cells(&plane, (16, 9)), [255, 8]);
        assert_eq!(windows(&[1, 2, 3, 4, 5, 6], 3, (2, 2)), [12, 16, 9, 9, 11, 6]);
    }
}
