//! What was read in other frames of the same series: text that stands still is read once.

use crate::detect::Reading;
use crate::model::{Picture, Region};

/// Boxes of the same text lie so far apart at most, on each side, in pixels.
const APART: u32 = 4;
/// Side of the cells that are compared, in pixels: about a letter's half.
const CELL: u32 = 4;
/// Cells differ by no more than this, in grey levels: another digit makes more.
const DIFFERENT: u8 = 8;

/// A reading with the looks of its place.
#[derive(Debug)]
struct Known {
    region: Region,
    cells: Vec<u8>,
    reading: Reading,
}

/// Readings of one series.
#[derive(Debug, Default)]
pub(crate) struct Memory(Vec<Known>);

impl Memory {
    /// What was read in the same place that looked the same.
    pub(crate) fn recall(&self, picture: &Picture, region: Region) -> Option<Reading> {
        let is_near = |known: &Known| {
            let (a, b) = (known.region, region);
            [(a.x0, b.x0), (a.y0, b.y0), (a.x1, b.x1), (a.y1, b.y1)]
                .into_iter()
                .all(|(a, b)| a.abs_diff(b) <= APART)
        };
        let looks_alike = |known: &&Known| {
            let now = cells(picture, known.region);
            let pairs = now.iter().zip(&known.cells);
            now.len() == known.cells.len()
                && pairs.into_iter().all(|(now, then)| now.abs_diff(*then) <= DIFFERENT)
        };
        let mut near = self.0.iter().filter(|known| is_near(known));
        near.find(looks_alike).map(|known| known.reading.clone())
    }

    /// Keeps a reading.
    pub(crate) fn keep(&mut self, picture: &Picture, region: Region, reading: &Reading) {
        let cells = cells(picture, region);
        self.0.push(Known { region, cells, reading: reading.clone() });
    }
}

/// Means of the cells of a region, row by row; of colours all channels together.
fn cells(picture: &Picture, region: Region) -> Vec<u8> {
    let channels = usize::from(picture.channels);
    let mut means = Vec::new();
    for y in (region.y0..region.y1).step_by(CELL as usize) {
        for x in (region.x0..region.x1).step_by(CELL as usize) {
            let (mut sum, mut count) = (0_u32, 0_u32);
            for row in y..(y + CELL).min(region.y1).min(picture.height) {
                let start = (row as usize * picture.width as usize + x as usize) * channels;
                let wide = (x + CELL).min(region.x1).min(picture.width).saturating_sub(x) as usize;
                let pixels = picture.samples.get(start..start + wide * channels).unwrap_or(&[]);
                sum += pixels.iter().map(|sample| u32::from(*sample)).sum::<u32>();
                count += pixels.len() as u32;
            }
            means.push((sum / count.max(1)) as u8);
        }
    }
    means
}

#[cfg(test)]
mod tests {
    use super::Memory;
    use crate::detect::Reading;
    use crate::model::{Phi, Picture, Region};

    fn picture(grain: u32, ink: impl Fn(u32, u32) -> bool) -> Picture {
        let mut state = grain;
        let mut samples = Vec::new();
        for (y, x) in (0..40).flat_map(|y| (0..90).map(move |x| (y, x))) {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            samples.push(if ink(x, y) { 200 } else { 40 } + (state >> 29) as u8);
        }
        Picture { width: 90, height: 40, channels: 1, samples }
    }

    #[test]
    fn what_looks_the_same_in_the_same_place_is_known_and_nothing_else() {
        let place = Region { x0: 10, y0: 10, x1: 80, y1: 30 };
        let letters = |x: u32, y: u32| (12..28).contains(&y) && (12..76).contains(&x) && x % 9 < 3;
        let reading = Reading { text: Phi::new(String::from("MARTIN")), confidence: 90 };
        let mut memory = Memory::default();
        memory.keep(&picture(1, letters), place, &reading);
        assert_eq!(memory.recall(&picture(7, letters), place), Some(reading.clone()));
        let near = Region { x0: 8, x1: 83, ..place };
        assert_eq!(memory.recall(&picture(7, letters), near), Some(reading));
        assert_eq!(memory.recall(&picture(7, letters), Region { x0: 2, ..place }), None);
        let other = |x: u32, y: u32| letters(x, y) && !(36..40).contains(&x);
        assert_eq!(memory.recall(&picture(7, other), place), None, "a stroke is missing");
        assert_eq!(memory.recall(&picture(7, |_, _| false), place), None);
        let small = Picture { width: 2, height: 2, channels: 1, samples: vec![40; 4] };
        assert_eq!(memory.recall(&small, place), None);
    }
}
