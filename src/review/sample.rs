//! A random sample of what no person looked at, and what it says of the rest.

use std::collections::BTreeMap;

use crate::model::{Digest256, InstanceUid};
use crate::store::{EventBody, SampledFrame};

/// A sample as it was drawn, and how its frames were judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Number of frames that nobody had looked at.
    pub population: u64,
    /// What would have gone out then: see [`crate::review::batch_digest`].
    pub basis: Digest256,
    /// The frames, in the order in which they are to be judged.
    pub frames: Vec<SampledFrame>,
    /// Whether a leak was found, by frame.
    judged: BTreeMap<SampledFrame, bool>,
}

impl Sample {
    /// A sample that nobody judged yet; `None` for another event.
    pub(super) fn drawn(body: &EventBody) -> Option<Self> {
        let EventBody::Sampled { population, basis, frames } = body else { return None };
        let (population, basis, frames) = (*population, *basis, frames.clone());
        Some(Self { population, basis, frames, judged: BTreeMap::new() })
    }

    /// Takes in a judgement; one of a frame that is not in the sample changes nothing.
    pub(super) fn judge(&mut self, frame: &SampledFrame, leak: bool) {
        if self.frames.contains(frame) {
            self.judged.insert(frame.clone(), leak);
        }
    }

    /// Number of frames that were judged.
    pub fn judged(&self) -> u64 {
        self.judged.len() as u64
    }

    /// Number of frames in which something identifies.
    pub fn leaks(&self) -> u64 {
        self.judged.values().filter(|leak| **leak).count() as u64
    }

    /// Whether a frame is in it and was not judged.
    pub fn asks_about(&self, instance: &InstanceUid, frame: u32) -> bool {
        self.open().any(|it| it.instance == *instance && it.frame == frame)
    }

    /// The frames that were not judged, in order.
    pub fn open(&self) -> impl Iterator<Item = &SampledFrame> {
        self.frames.iter().filter(|frame| !self.judged.contains_key(frame))
    }

    /// Whether every frame was judged and none has a leak.
    pub fn is_clean(&self) -> bool {
        self.open().next().is_none() && self.leaks() == 0
    }

    /// The highest share of frames with a leak that 95 of 100 such samples would not have hidden, in
    /// percent. It speaks of frames that nobody looked at, and of nothing else.
    pub fn bound(&self) -> f64 {
        100.0 * upper_bound(self.judged(), self.leaks())
    }

    /// What it says, for the report: figures only.
    pub fn words(&self) -> String {
        format!(
            "{} of {} frames that nobody had looked at were drawn at random under the project key; {} \
             were judged, leaks found in {}; with 95 % confidence at most {:.1} % of such frames have one.",
            self.frames.len(),
            self.population,
            self.judged(),
            self.leaks(),
            self.bound()
        )
    }
}

/// The one-sided 95 % upper bound of a share of which `found` of `count` independent draws were
/// (Clopper and Pearson 1934): the share at which so few or fewer would be found in one of twenty
/// samples. 1 where nothing was drawn.
pub fn upper_bound(count: u64, found: u64) -> f64 {
    const ALPHA: f64 = 0.05;
    if found >= count {
        return 1.0;
    }
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for _step in 0..60 {
        let middle = f64::midpoint(low, high);
        if at_most(count, found, middle) > ALPHA { low = middle } else { high = middle }
    }
    high
}

/// The probability of at most `found` in `count` draws at a share.
fn at_most(count: u64, found: u64, share: f64) -> f64 {
    // Terms as logarithms: the first underflows where the sample is large.
    let mut logarithm = count as f64 * (1.0 - share).ln();
    let mut sum = logarithm.exp();
    for at in 0..found {
        let ratio = (count - at) as f64 / (at + 1) as f64 * share / (1.0 - share);
        logarithm += ratio.ln();
        sum += logarithm.exp();
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_that_of_clopper_and_pearson() {
        // Without a leak it is 1 - 0.05^(1/n); the others are from tables of the beta distribution.
        for (count, found, wanted) in [
            (59, 0, 0.04951),
            (299, 0, 0.00997),
            (10, 1, 0.39416),
            (100, 2, 0.06162),
            (100, 10, 0.16372),
            (5000, 3, 0.00155),
        ] {
            let bound = upper_bound(count, found);
            assert!((bound - wanted).abs() < 5e-5, "{found} of {count}: {bound}");
        }
        assert_eq!(upper_bound(0, 0), 1.0);
        assert_eq!(upper_bound(4, 4), 1.0);
    }
}
