//! The second look: a masked picture is searched for text again.
//!
//! Verify has proved that samples outside the masks are the input's, so whatever is found was in
//! the picture that the first look passed over. Two things speak against a file: text that sticks
//! out of a mask, and text that the first look missed. But the detector weighs a picture as a
//! whole: once the plain text in it is painted over, it takes speckle and edges for text. So a
//! region far from all masks counts when something can be read in it. One near a mask counts when
//! something can be read; for others a control decides: the input, with
//! only the masks in question painted. It has the same samples in the same place, and the rest of the
//! picture as the first look saw it. What the control shows, too, and the input without any mask,
//! counts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::export::PixelService;
use crate::model::{Finding, Region};
use crate::verify::{PixelProof, ProofError, Samples};

/// How far from a mask a found region still counts as text that sticks out of it, in pixels.
const NEAR: u32 = 8;

/// What the second look at one staged file needs.
pub(crate) struct SecondLook<'a> {
    pub(crate) pixels: &'a dyn PixelService,
    pub(crate) input: &'a Path,
    pub(crate) staged: &'a Path,
    /// What was painted, by frame.
    pub(crate) masks: &'a BTreeMap<u32, Vec<Region>>,
    /// Frames in which the input was searched for text.
    pub(crate) looked_at: &'a BTreeSet<u32>,
}

/// What a found region means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weight {
    /// It speaks against the file.
    Counts,
    /// It does, if the control shows it.
    Doubtful,
    /// It tells how unsteady the detector is.
    Noise,
}

impl SecondLook<'_> {
    fn masks_near(&self, frame: u32, region: Region) -> impl Iterator<Item = Region> {
        let masks = self.masks.get(&frame).map_or(&[][..], Vec::as_slice);
        let near = move |mask: &Region| mask.grown(NEAR).intersection(region).is_some();
        masks.iter().copied().filter(near)
    }

    fn weight(&self, frame: u32, finding: &Finding) -> Weight {
        match self.masks_near(frame, finding.region).next() {
            None if finding.is_legible() => Weight::Counts,
            None => Weight::Noise,
            Some(_) if finding.is_legible() => Weight::Counts,
            Some(_) => Weight::Doubtful,
        }
    }

    fn find(&self, file: &Path, frame: u32, painted: &[Region]) -> Found {
        let found = self.pixels.find_text(file, frame, painted);
        found.map_err(|cause| ProofError(cause.to_string()))
    }

    /// Whether the greater part of what sticks out of the masks is seen by a control, too.
    fn is_seen(&self, frame: u32, region: Region, control: &[Finding]) -> bool {
        let masks: Vec<Region> = self.masks_near(frame, region).collect();
        let lies_in = |regions: &[Region], x, y| regions.iter().any(|it| it.contains(x, y));
        let seen: Vec<Region> = control.iter().map(|found| found.region).collect();
        let places =
            (region.y0..region.y1).flat_map(|y| (region.x0..region.x1).map(move |x| (x, y)));
        let outside = places.filter(|(x, y)| !lies_in(&masks, *x, *y));
        let (mut all, mut common) = (0_u64, 0_u64);
        for (x, y) in outside {
            all += 1;
            common += u64::from(lies_in(&seen, x, y));
        }
        2 * common > all
    }

    /// What the input shows with nothing painted.
    fn as_it_was(&self, frame: u32, _doubtful: &[Region]) -> Found {
        self.find(self.input, frame, &[])
    }

    /// What the input shows where only the masks near doubtful regions are painted.
    fn control(&self, frame: u32, doubtful: &[Region]) -> Found {
        let mut painted: Vec<Region> =
            doubtful.iter().flat_map(|&region| self.masks_near(frame, region)).collect();
        painted.sort();
        painted.dedup();
        self.find(self.input, frame, &painted)
    }
}

/// What a look found; nothing when detection is off.
type Found = Result<Option<Vec<Finding>>, ProofError>;

impl PixelProof for SecondLook<'_> {
    fn input_frame(&self, frame: u32) -> Result<Samples, ProofError> {
        self.pixels.samples(self.input, frame).map_err(|cause| ProofError(cause.to_string()))
    }

    fn staged_frame(&self, frame: u32) -> Result<Samples, ProofError> {
        self.pixels.samples(self.staged, frame).map_err(|cause| ProofError(cause.to_string()))
    }

    fn residual_text(&self, frame: u32) -> Result<Option<Vec<Region>>, ProofError> {
        if !self.looked_at.contains(&frame) {
            return Ok(None); // nobody looked before: it is counted as that, and noted
        }
        let Some(found) = self.find(self.staged, frame, &[])? else { return Ok(None) };
        let with = |wanted: Weight| {
            let regions = found.iter().filter(move |found| self.weight(frame, found) == wanted);
            regions.map(|found| found.region).collect::<Vec<Region>>()
        };
        let (mut counting, mut doubtful) = (with(Weight::Counts), with(Weight::Doubtful));
        // Text that sticks out of a mask is seen with the masks around it painted, and as a whole
        // before any was: what only one of the two shows is noise.
        for control in [Self::control, Self::as_it_was] {
            if doubtful.is_empty() {
                break;
            }
            let Some(control) = control(self, frame, &doubtful)? else { break };
            doubtful.retain(|region| self.is_seen(frame, *region, &control));
        }
        counting.append(&mut doubtful);
        counting.sort_by_key(|region| (region.y0, region.x0));
        Ok(Some(counting))
    }
}

#[cfg(test)]
mod tests;
