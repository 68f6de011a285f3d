//! Connected pieces of strokes.

use std::ops::RangeInclusive;

use crate::detect::shapes::{HEIGHTS, INK, LEVELS};

/// What stands out by more than this times the level is seen at a higher one.
const STRONGEST: f64 = 3.2;
/// A pixel that stands out by more than this times the level is other ink: a brighter line that
/// crosses faint letters must not make one piece of them.
const OTHER_INK: u8 = 5;
/// So much wider than high, letters that touch are no word.
const LONGEST: u32 = 20;

/// A connected piece of strokes. Along is by rows, across by columns, until it is turned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Piece {
    /// First column and row, and one past the last ones.
    pub(super) edges: [u32; 4],
    pub(super) area: u32,
    /// Grey levels by which its pixels stand out, together.
    pub(super) sum: u32,
    /// Strokes that its rows, and its columns, meet together.
    pub(super) met: [u32; 2],
}

impl Piece {
    pub(super) fn along(&self) -> u32 {
        self.edges[2] - self.edges[0]
    }

    pub(super) fn across(&self) -> u32 {
        self.edges[3] - self.edges[1]
    }

    pub(super) fn mean(&self) -> f64 {
        f64::from(self.sum) / f64::from(self.area.max(1))
    }

    /// Pixels of the box.
    pub(super) fn room(&self) -> f64 {
        f64::from(self.along()) * f64::from(self.across())
    }

    pub(super) fn turned(&self) -> Self {
        let ([x0, y0, x1, y1], [rows, columns]) = (self.edges, self.met);
        Self { edges: [y0, x0, y1, x1], met: [columns, rows], ..*self }
    }

    pub(super) fn add(&mut self, other: &Self) {
        for at in 0..2 {
            self.edges[at] = self.edges[at].min(other.edges[at]);
            self.edges[at + 2] = self.edges[at + 2].max(other.edges[at + 2]);
            self.met[at] += other.met[at];
        }
        self.area += other.area;
        self.sum += other.sum;
    }

    /// How many letters it may be: none, one, or several that touch.
    pub(super) fn letters(&self, level: u8) -> u32 {
        let (along, across, ink) = (self.along(), self.across(), f64::from(self.area));
        let is_highest = LEVELS.last() == Some(&level);
        let is_stronger = !is_highest && self.mean() > STRONGEST * f64::from(level);
        if across < HEIGHTS.0 || across > HEIGHTS.1 || ink < INK.0 * self.room() || is_stronger {
            0
        } else if 2 * along <= 3 * across {
            1
        } else if along > LONGEST * across || self.met[0] < along || ink > 0.8 * self.room() {
            // A cut across letters meets a stroke for each length of their height at least.
            0
        } else {
            (5 * along).div_ceil(4 * across)
        }
    }

    /// Whether both can be letters of one line: alike in height and strength, a letter apart at most.
    pub(super) fn is_beside(&self, other: &Self) -> bool {
        let (low, high) = in_order(self.across(), other.across());
        let (weak, strong) = in_order(self.mean(), other.mean());
        let bottom = self.edges[3].min(other.edges[3]);
        let common = bottom.saturating_sub(self.edges[1].max(other.edges[1]));
        10 * high <= 17 * low
            && 10 * other.edges[0] <= 10 * self.edges[2] + 8 * high
            && 10 * other.edges[0] + 2 * high >= 10 * self.edges[2]
            && 4 * common >= 3 * low
            && strong <= 1.5 * weak
    }
}

pub(super) fn in_order<T: PartialOrd>(a: T, b: T) -> (T, T) {
    if b < a { (b, a) } else { (a, b) }
}

/// Sets of places, each named by its first.
#[derive(Default)]
pub(super) struct Sets(pub(super) Vec<usize>);

impl Sets {
    pub(super) fn add(&mut self) -> usize {
        self.0.push(self.0.len());
        self.0.len() - 1
    }

    pub(super) fn first(&mut self, mut at: usize) -> usize {
        while self.0[at] != at {
            self.0[at] = self.0[self.0[at]];
            at = self.0[at];
        }
        at
    }

    /// Makes one set of two; gives its first, and the other one's where they were two.
    pub(super) fn unite(&mut self, a: usize, b: usize) -> (usize, Option<usize>) {
        let (low, high) = in_order(self.first(a), self.first(b));
        self.0[high] = low;
        (low, (low != high).then_some(high))
    }
}

/// The pieces at a level (eight neighbours), in the order of their first pixels.
pub(super) fn pieces(hat: &[u8], width: usize, level: u8) -> Vec<Piece> {
    let ink = level..=level.saturating_mul(OTHER_INK);
    let (mut out, mut sets): (Vec<Piece>, _) = (Vec::new(), Sets::default());
    // Runs of the row above and of this one: from, to, piece.
    let (mut above, mut here): (Vec<(usize, usize, usize)>, Vec<_>) = (Vec::new(), Vec::new());
    let mut before: &[u8] = &[];
    for (y, row) in hat.chunks_exact(width).enumerate() {
        let (mut from, mut near) = (0, 0);
        while let Some(skip) = row[from..].iter().position(|value| ink.contains(value)) {
            from += skip;
            let length = row[from..].iter().position(|value| !ink.contains(value));
            let to = length.map_or(width, |length| from + length);
            let mut label = sets.add();
            out.push(run(row, before, (from, to, y), &ink));
            near += above[near..].iter().take_while(|run| run.1 < from).count();
            for (_, _, other) in above[near..].iter().take_while(|run| run.0 <= to) {
                let (first, gone) = sets.unite(label, *other);
                if let Some(gone) = gone {
                    let gone = out[gone];
                    out[first].add(&gone);
                }
                label = first;
            }
            here.push((from, to, label));
            from = to;
        }
        std::mem::swap(&mut above, &mut here);
        here.clear();
        before = row;
    }
    let firsts = out.into_iter().enumerate().filter(|(at, _)| sets.0[*at] == *at);
    firsts.map(|(_, piece)| piece).collect()
}

/// One run of a row as a piece.
pub(super) fn run(
    row: &[u8],
    before: &[u8],
    (from, to, y): (usize, usize, usize),
    ink: &RangeInclusive<u8>,
) -> Piece {
    let sum = row[from..to].iter().map(|value| u32::from(*value)).sum();
    let covered = before.get(from..to).unwrap_or(&[]).iter().filter(|value| ink.contains(value));
    let area = (to - from) as u32;
    let met = [1, area - covered.count() as u32];
    Piece { edges: [from as u32, y as u32, to as u32, y as u32 + 1], area, sum, met }
}
