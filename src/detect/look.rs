//! One frame looked at: regions found, each read where a reader is there.

use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use crate::detect::detector::{PARAMETERS, WEIGHTS};
use crate::detect::join::joined;
use crate::detect::{Depth, DetectError, FoundRegion, Reading, TextDetector, TextReader};
use crate::model::{Coverage, Digest256, Finding, FindingSource, FrameFindings, Picture};

/// Looks at one frame in its renderings, all of one size: finds text and, with a reader, reads it.
///
/// The reader only labels. A region that it cannot read, or that makes it fail, stands all the
/// same, with empty text. `frame` counts from 0 and is only passed on.
pub fn look(
    (pictures, depth): (&[Picture], Depth<'_>),
    frame: u32,
    detector: &TextDetector,
    reader: Option<&mut TextReader>,
) -> FrameFindings {
    match findings((pictures, depth), FindingSource::Detector, detector, reader) {
        Ok(findings) => {
            let coverage = match findings.len() {
                0 => Coverage::NothingFound,
                count => Coverage::Found(count),
            };
            FrameFindings { frame, coverage, findings }
        }
        Err(error) => not_looked_at(frame, &error),
    }
}

/// What is found in the renderings of one thing.
///
/// # Errors
/// Those of [`TextDetector::find`].
pub fn findings(
    (pictures, depth): (&[Picture], Depth<'_>),
    source: FindingSource,
    detector: &TextDetector,
    mut reader: Option<&mut TextReader>,
) -> Result<Vec<Finding>, DetectError> {
    let mut found = Vec::new();
    for picture in pictures {
        let regions = detector.find(picture, depth)?.regions;
        found.push((picture, regions));
    }
    let size = pictures.first().map_or((0, 0), |picture| (picture.width, picture.height));
    let all = found.iter().flat_map(|(_, regions)| regions.iter().copied()).collect();
    let regions = joined(all, size).into_iter();
    let finding = |FoundRegion { region, score }| {
        // Read where it was seen best.
        let overlap = |regions: &[FoundRegion]| {
            let common = regions.iter().filter_map(|other| region.intersection(other.region));
            common.map(|common| common.area()).sum::<u64>()
        };
        let best = found.iter().rev().max_by_key(|(_, regions)| overlap(regions));
        let mut read = |picture| reader.as_deref_mut()?.read(picture, region).ok();
        let reading = best.and_then(|(picture, _)| read(picture));
        let Reading { text, confidence } = reading.unwrap_or_default();
        Finding { region, text, score, read_confidence: confidence, source }
    };
    Ok(regions.map(finding).collect())
}

/// Says of a frame that nobody looked, and why.
pub fn not_looked_at(frame: u32, why: &DetectError) -> FrameFindings {
    let coverage = Coverage::NotLookedAt(why.to_string());
    FrameFindings { frame, coverage, findings: Vec::new() }
}

/// Names the detector in verdicts: SHA-256 over its weights and parameters. It changes whenever
/// the same picture could give other boxes; a build without weights has its own.
pub fn detector_id() -> Digest256 {
    static ID: OnceLock<Digest256> = OnceLock::new();
    *ID.get_or_init(|| {
        let weights = Sha256::digest(WEIGHTS.unwrap_or(b"none"));
        let mut hash = Sha256::new();
        hash.update(weights);
        hash.update(PARAMETERS);
        Digest256(hash.finalize().into())
    })
}

#[cfg(test)]
mod tests {
    use super::{detector_id, not_looked_at};
    use crate::detect::DetectError;
    use crate::model::Coverage;

    #[test]
    fn the_detector_has_one_name() {
        assert_eq!(detector_id(), detector_id());
        assert_ne!(detector_id().0, [0; 32]);
    }

    #[test]
    fn not_looked_at_says_why_and_claims_nothing() {
        let frame = not_looked_at(3, &DetectError::NoWeights);
        assert_eq!(frame.frame, 3);
        assert_eq!(frame.coverage, Coverage::NotLookedAt(DetectError::NoWeights.to_string()));
        assert!(frame.findings.is_empty());
    }
}
