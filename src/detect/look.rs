//! One frame looked at: regions found, each read where a reader is there.

use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use crate::detect::detector::{PARAMETERS, WEIGHTS, crop, raised};
use crate::detect::join::joined;
use crate::detect::shapes::shapes;
use crate::detect::{
    Depth, DetectError, FoundRegion, Reading, Suspicion, TextDetector, TextReader,
};
use crate::model::{
    Coverage, Digest256, Finding, FindingSource, FrameFindings, Phi, Picture, Region,
};

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
    let (mut found, mut suspects, mut parts) = (Vec::new(), Vec::new(), Vec::new());
    for picture in pictures {
        let detection = detector.find(picture, depth)?;
        parts.extend(detection.parts.into_iter().map(|part| part.region));
        found.push((picture, detection.regions));
        suspects.extend(detection.suspects.into_iter().map(|one| (picture, one)));
    }
    let size = pictures.first().map_or((0, 0), |picture| (picture.width, picture.height));
    let all = found.iter().flat_map(|(_, regions)| regions.iter().copied()).collect();
    let regions = joined(all, size).into_iter().flat_map(|found| match depth {
        Depth::ByLines => {
            let lines = lines_in(found.region, &parts).into_iter();
            lines.map(|region| FoundRegion { region, ..found }).collect()
        }
        _ => vec![found],
    });
    let finding = |FoundRegion { region, score }| {
        // Read where it was seen best, then where it was seen at all.
        let overlap = |regions: &[FoundRegion]| {
            regions.iter().map(|other| region.common(other.region)).sum::<u64>()
        };
        let mut seen: Vec<(&Picture, u64)> =
            found.iter().map(|(picture, regions)| (*picture, overlap(regions))).collect();
        seen.retain(|(_, overlap)| *overlap > 0);
        seen.sort_by_key(|(_, overlap)| std::cmp::Reverse(*overlap));
        let pictures: Vec<&Picture> = seen.into_iter().map(|(picture, _)| picture).collect();
        let reading = pictures.first().zip(reader.as_deref_mut()).map(|(best, reader)| {
            let lines = lines_in(region, &parts).into_iter();
            let read = lines.map(|line| match depth {
                // What is held against another picture must not be read into noise.
                Depth::ByLines => reader.read(best, line).unwrap_or_default(),
                _ => read(reader, &pictures, line),
            });
            together(read.collect())
        });
        let Reading { text, confidence } = reading.unwrap_or_default();
        Finding { region, text, score, read_confidence: confidence, source }
    };
    let mut findings: Vec<Finding> = regions.map(finding).collect();
    if source == FindingSource::Detector {
        let reads = detector.suspicion() == Suspicion::Sober;
        add_shapes(&mut findings, &suspects, reader.filter(|_| reads));
    }
    Ok(findings)
}

/// The lines of a region: the reader takes one at a time. A region that was made of none, or of one, is
/// its own line.
fn lines_in(region: Region, parts: &[Region]) -> Vec<Region> {
    let mut parts: Vec<Region> =
        parts.iter().filter(|part| part.lies_in(region, 80)).copied().collect();
    // A column of short lines is tall, and its lines are not.
    let is_tall =
        2 * parts.iter().filter(|part| part.height() > part.width()).count() > parts.len();
    // Ends across the direction of reading.
    let ends = |it: &Region| if is_tall { (it.x0, it.x1) } else { (it.y0, it.y1) };
    let thickness = |it: &Region| ends(it).1 - ends(it).0;
    parts.sort_by_key(|part| (thickness(part), *part));
    let mut lines: Vec<Region> = Vec::new();
    for part in parts {
        let common = |line: &Region| {
            let ((from, to), (first, last)) = (ends(line), ends(&part));
            to.min(last).saturating_sub(from.max(first))
        };
        let is_of = |line: &&mut Region| 2 * common(line) > thickness(line).min(thickness(&part));
        match lines.iter_mut().find(is_of) {
            // What is much thicker holds several lines, which are there already.
            Some(line) if 5 * thickness(&part) > 8 * thickness(line) => {}
            Some(line) => *line = line.and(part),
            None => lines.push(part),
        }
    }
    if lines.len() < 2 {
        return vec![region];
    }
    lines.sort_by_key(|line| (ends(line), *line));
    lines
}

/// Reads a line, unless it is remembered, in the renderings that show it, the best first.
fn read(reader: &mut TextReader, pictures: &[&Picture], line: Region) -> Reading {
    let Some(best) = pictures.first() else { return Reading::default() };
    if let Some(known) = reader.recall(best, line) {
        return known;
    }
    let reading = read_anew(reader, (best, &pictures[1..]), line);
    reader.keep(best, line, &reading);
    reading
}

/// Reads a line; what cannot be read well is tried again in other renderings, and with its local
/// contrast raised.
fn read_anew(
    reader: &mut TextReader,
    (picture, others): (&Picture, &[&Picture]),
    line: Region,
) -> Reading {
    /// Readings below this confidence, in percent, are tried again.
    const WELL: u8 = 60;
    /// Pixels around the line from which its contrast is told.
    const AROUND: u32 = 24;
    let short = u64::from(line.width().min(line.height()));
    let long = u64::from(line.width().max(line.height()));
    // The reader is sure of bars and dots, too: a letter takes at most two heights of its line.
    let fills = |reading: &Reading| {
        let letters = reading.text.expose().chars().filter(|letter| letter.is_alphanumeric());
        2 * letters.count() as u64 * short >= long
    };
    let is_read = |reading: &Reading| reading.confidence >= WELL && fills(reading);
    let worth = |reading: &Reading| (fills(reading), reading.confidence);
    let mut plain = reader.read(picture, line).unwrap_or_default();
    for other in others {
        if is_read(&plain) {
            break;
        }
        let here = reader.read(other, line).unwrap_or_default();
        if worth(&here) > worth(&plain) {
            plain = here;
        }
    }
    if is_read(&plain) {
        return plain;
    }
    let again = line.grown(AROUND).clamped(picture.width, picture.height).and_then(|around| {
        let raised = raised(&crop(picture, around)).ok()?;
        let place = line.clamped(picture.width, picture.height)?;
        let place = Region {
            x0: place.x0 - around.x0,
            y0: place.y0 - around.y0,
            x1: place.x1 - around.x0,
            y1: place.y1 - around.y0,
        };
        reader.read(&raised, place).ok()
    });
    match again {
        Some(again) if worth(&again) > worth(&plain) => again,
        _ => plain,
    }
}

/// The lines of a region as one text, as sure as the line that is read best: the others may hold
/// pictures.
fn together(mut lines: Vec<Reading>) -> Reading {
    if lines.len() == 1 {
        return lines.remove(0);
    }
    lines.retain(|line| !line.text.expose().is_empty());
    let texts: Vec<&str> = lines.iter().map(|line| line.text.expose().as_str()).collect();
    let confidence = lines.iter().map(|line| line.confidence).max().unwrap_or_default();
    Reading { text: Phi::new(texts.join(" ")), confidence }
}

/// Adds shapes that lie in no finding, each read where there is a reader.
fn add_shapes(
    findings: &mut Vec<Finding>,
    shapes: &[(&Picture, FoundRegion)],
    mut reader: Option<&mut TextReader>,
) {
    for (picture, FoundRegion { region, score }) in shapes {
        if findings.iter().any(|other| region.lies_in(other.region, 90)) {
            continue;
        }
        let reading = reader.as_deref_mut().map(|reader| read(reader, &[picture], *region));
        let Reading { text, confidence } = reading.unwrap_or_default();
        findings.push(Finding {
            region: *region,
            text,
            score: *score,
            read_confidence: confidence,
            source: FindingSource::Shape,
        });
    }
}

/// What can be said of a frame where no detector runs: shapes like letters, read by Tesseract. All the
/// same nobody looked.
pub fn look_without_detector(
    pictures: &[Picture],
    frame: u32,
    why: &DetectError,
    reader: Option<&mut TextReader>,
) -> FrameFindings {
    /// Shapes from here on are worth a try: there is nothing else.
    const LEAST: u8 = 40;
    let all = pictures
        .iter()
        .flat_map(|picture| shapes(picture).into_iter().map(move |it| (picture, it)));
    let likely: Vec<_> = all.filter(|(_, shape)| shape.score >= LEAST).collect();
    let mut findings = Vec::new();
    add_shapes(&mut findings, &likely, reader);
    for finding in findings.iter_mut().filter(|finding| finding.is_legible()) {
        finding.source = FindingSource::Tesseract;
    }
    FrameFindings { findings, ..not_looked_at(frame, why) }
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
    use super::{detector_id, lines_in, not_looked_at, together};
    use crate::detect::{DetectError, Reading};
    use crate::model::{Coverage, Phi, Region};

    #[test]
    fn a_region_of_several_lines_is_read_line_by_line() {
        let region = |x0, y0, x1, y1| Region { x0, y0, x1, y1 };
        let whole = region(0, 0, 250, 53);
        let parts = [
            region(0, 2, 160, 20),
            region(4, 3, 90, 21),
            region(0, 26, 250, 48),
            region(0, 0, 200, 52),
            region(0, 300, 90, 320),
        ];
        assert_eq!(lines_in(whole, &parts), [region(0, 2, 160, 21), region(0, 26, 250, 48)]);
        assert_eq!(lines_in(whole, &parts[3..]), [whole]);
        assert_eq!(lines_in(whole, &[]), [whole]);
        let turned = |it: &Region| region(it.y0, it.x0, it.y1, it.x1);
        let tall: Vec<Region> = parts.iter().map(turned).collect();
        let found = lines_in(turned(&whole), &tall);
        assert_eq!(found, [region(2, 0, 21, 160), region(26, 0, 48, 250)]);
        let column = [region(9, 133, 79, 150), region(9, 160, 60, 178), region(9, 240, 70, 263)];
        assert_eq!(lines_in(region(9, 133, 79, 263), &column), column);
    }

    #[test]
    fn lines_become_one_text() {
        let line = |text: &str, confidence| Reading { text: Phi::new(text.to_owned()), confidence };
        let found = together(vec![line("Adult Echo", 91), line("", 0), line("49Hz", 80)]);
        assert_eq!(found, line("Adult Echo 49Hz", 91));
        assert_eq!(together(vec![line("a", 3)]), line("a", 3));
        assert_eq!(together(vec![line("", 0), line("", 0)]), Reading::default());
    }

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
