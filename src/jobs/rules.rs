//! Tries device rules on a folder: which fit, what text they leave, which masks cover none.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::devices::{Area, DeviceMatch, DeviceRule, DeviceRules, Unsettled, without};
use crate::dicom::{Limits, Source, scan};
use crate::index::{Batch, Instance};
use crate::jobs::look::{look_at, why_unseen};
use crate::jobs::worker::{Lane, WorkerPool};
use crate::jobs::{Progress, Stage, index_batch};
use crate::model::{Cause, Coverage, Finding, FrameFindings, Region};
use crate::profile::IdentityBy;

/// Pixels by which the detector's boxes are wider than the ink, at least.
const MARGIN: u32 = 2;

/// Why a folder could not be tried.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TryRulesError {
    /// The folder cannot be listed, or no threads can be started.
    #[error("the folder cannot be read")]
    Input(#[source] io::Error),
    /// There is nothing to try them on: more likely a wrong folder, or one that is not mounted.
    #[error("the folder holds no files")]
    Empty,
    /// Somebody stopped it.
    #[error("stopped")]
    Cancelled,
}

/// What rules do to the files of a folder. No value of a file stands in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RulesTried {
    /// Files with pictures, by path below the folder.
    pub files: BTreeMap<PathBuf, FileTried>,
    /// Files that cannot be read or looked at, and why.
    pub problems: BTreeMap<PathBuf, Cause>,
}

/// What rules do to one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileTried {
    /// The rules that fit, in their order.
    pub rules: Vec<RuleTried>,
    /// The rules that could not be applied.
    pub unsettled: Vec<Unsettled>,
    /// Text that is at least in part under no mask.
    pub left: Vec<TextFound>,
    /// Text that a rule keeps on purpose; it is under no mask, too.
    pub kept: Vec<TextFound>,
    /// Frames that were not looked at: of many only some are.
    pub not_looked_at: usize,
    /// Frames that were.
    pub looked_at: usize,
    /// Why a frame could not be looked at that should be.
    pub unseen: Option<String>,
}

/// A rule that fits a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleTried {
    /// Its name.
    pub name: String,
    /// Its masks, as it names them, and whether text is under each on any frame that was looked at;
    /// none where no frame was.
    pub masks: Vec<(MaskTried, bool)>,
}

/// A mask of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MaskTried {
    /// A box.
    Box(Region),
    /// All that lies outside of ultrasound regions.
    OutsideUltrasoundRegions,
}

/// A place with text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TextFound {
    /// Frame, counted from 0.
    pub frame: u32,
    /// Where, in pixels of the image.
    pub region: Region,
}

impl RulesTried {
    /// Whether the rules do what they are for wherever they fit: no text is left, no mask covers none,
    /// each could be applied, and every file could be read and looked at.
    pub fn is_clean(&self) -> bool {
        let is_clean = |file: &FileTried| {
            let covers = |rule: &RuleTried| rule.masks.iter().all(|(_, has_text)| *has_text);
            let leaves = !file.rules.is_empty() && !file.left.is_empty();
            file.unseen.is_none()
                && !leaves
                && file.unsettled.is_empty()
                && file.rules.iter().all(covers)
        };
        self.problems.is_empty() && self.files.values().all(is_clean)
    }
}

/// Tries rules on a folder, on `threads` threads.
///
/// # Errors
/// [`TryRulesError`]. A file that cannot be read or looked at is no error but a problem.
pub fn try_rules(
    rules: &DeviceRules,
    input: &Path,
    (pool, threads): (&WorkerPool, usize),
    progress: &Progress<'_>,
) -> Result<RulesTried, TryRulesError> {
    let batch = index_batch(input, IdentityBy::IssuerAndId, threads, progress)
        .map_err(TryRulesError::Input)?;
    if batch.is_empty() {
        return Err(TryRulesError::Empty);
    }
    let wanted: Vec<&Instance> = batch.instances.values().filter(|it| it.frames > 0).collect();
    let total = wanted.len();
    progress.begin(Stage::Detect, total);
    let threads = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| TryRulesError::Input(io::Error::other(error)))?;
    let tried: Vec<_> = threads.install(|| {
        let one = |instance: &&Instance| {
            let tried = try_file(rules, &batch, instance, pool, progress);
            progress.step(Stage::Detect, 1, total);
            (instance.path.clone(), tried)
        };
        wanted.par_iter().filter(|_| !progress.is_cancelled()).map(one).collect()
    });
    if progress.is_cancelled() {
        return Err(TryRulesError::Cancelled);
    }
    let mut all = RulesTried { problems: batch.problems, ..RulesTried::default() };
    for (path, tried) in tried {
        match tried {
            Ok(tried) => drop(all.files.insert(path, tried)),
            Err(cause) => drop(all.problems.insert(path, cause)),
        }
    }
    Ok(all)
}

fn try_file(
    rules: &DeviceRules,
    batch: &Batch,
    instance: &Instance,
    pool: &WorkerPool,
    progress: &Progress<'_>,
) -> Result<FileTried, Cause> {
    let source = Source::open(&batch.file(instance)).map_err(|_io| Cause::Unreadable)?;
    let scanned = scan(source, &Limits::default()).map_err(|error| error.cause())?;
    let found = rules.matching(&scanned, instance.image_size);
    let frames = look_at(pool, Lane::Batch, batch, &[instance], progress.cancel());
    let frames: Vec<FrameFindings> = frames.into_iter().flatten().collect();
    Ok(compare(rules, found, &frames, instance.image_size))
}

/// Holds what the rules mask against what was found.
fn compare(
    rules: &DeviceRules,
    found: DeviceMatch,
    frames: &[FrameFindings],
    size: (u32, u32),
) -> FileTried {
    let mut tried =
        FileTried { unseen: why_unseen(frames).map(str::to_owned), ..FileTried::default() };
    let mut text: Vec<TextFound> = Vec::new();
    for frame in frames {
        match frame.coverage {
            Coverage::NotLookedAt(_) => tried.not_looked_at += 1,
            _ => tried.looked_at += 1,
        }
        let place = |finding: &Finding| TextFound { frame: frame.frame, region: finding.region };
        text.extend(frame.findings.iter().map(place));
        // What may well be speckle is nothing that a mask misses.
        let sure = frame.findings.iter();
        let sure = sure.filter(|finding| !finding.is_faint() && !finding.source.is_shape());
        let left = sure.filter(|finding| is_left(finding.region, &found.masks)).map(place);
        let (kept, left): (Vec<_>, Vec<_>) =
            left.partition(|place| !is_left(place.region, &found.keeps));
        tried.left.extend(left);
        tried.kept.extend(kept);
    }
    let has_text = |mask: &[Region]| {
        let touches = |one: &Region| text.iter().any(|it| it.region.intersection(*one).is_some());
        mask.iter().any(touches)
    };
    for hit in found.rules {
        let Some(rule) = rules.rule(&hit.name) else { continue };
        let masks = match &rule.area {
            _ if tried.looked_at == 0 => Vec::new(),
            Area::OutsideUltrasoundRegions if hit.masks.is_empty() => Vec::new(),
            Area::OutsideUltrasoundRegions => {
                vec![(MaskTried::OutsideUltrasoundRegions, has_text(&hit.masks))]
            }
            Area::Boxes(_) => {
                let boxes =
                    boxes(rule, size).map(|(one, left)| (MaskTried::Box(one), has_text(&left)));
                boxes.collect()
            }
        };
        tried.rules.push(RuleTried { name: hit.name, masks });
    }
    tried.unsettled = found.unsettled;
    tried
}

/// The boxes that a rule masks in a picture, each with what its keeps leave of it.
fn boxes(
    rule: &DeviceRule,
    (columns, rows): (u32, u32),
) -> impl Iterator<Item = (Region, Vec<Region>)> {
    let boxes = match &rule.area {
        Area::Boxes(boxes) => Some(boxes),
        Area::OutsideUltrasoundRegions => None,
    };
    boxes.into_iter().flat_map(move |boxes| {
        let inside = boxes.masks.iter().filter_map(move |one| one.clamped(columns, rows));
        inside.map(|one| (one, without(&[one], &boxes.keeps)))
    })
}

/// Whether a part of a text, without the margin around it, lies outside of all these regions.
fn is_left(text: Region, regions: &[Region]) -> bool {
    let ink = Region {
        x0: text.x0.saturating_add(MARGIN),
        y0: text.y0.saturating_add(MARGIN),
        x1: text.x1.saturating_sub(MARGIN),
        y1: text.y1.saturating_sub(MARGIN),
    };
    let ink = if ink.is_empty() { text } else { ink };
    !without(&[ink], regions).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FindingSource;

    fn region(x0: u32, y0: u32, x1: u32, y1: u32) -> Region {
        Region { x0, y0, x1, y1 }
    }

    fn finding(region: Region, score: u8) -> Finding {
        let source = FindingSource::Detector;
        Finding { region, text: String::new().into(), score, read_confidence: 0, source }
    }

    #[test]
    fn text_is_left_where_more_than_its_margin_is_outside() {
        let mask = [region(0, 0, 100, 20), region(0, 20, 50, 40)];
        for (text, expected) in [
            (region(10, 5, 40, 15), false),
            (region(10, 10, 40, 30), false),
            (region(10, 5, 102, 15), false),
            (region(10, 5, 103, 15), true),
            (region(60, 10, 90, 30), true),
            (region(200, 200, 203, 203), true),
        ] {
            assert_eq!(is_left(text, &mask), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_found_is_held_against_masks_and_keeps() {
        let text = "format = 1\n[[rule]]\nname = 'n'\nauthor = 'a'\nreason = 'r'\nmodality = 'US'\n\
                    size = 'any'\nmask = [[0, 0, 100, 20], [0, 90, 300, 110]]\nkeep = [[50, 0, 100, 20]]\n";
        let rules = DeviceRules::parse(text).unwrap();
        let found = DeviceMatch {
            masks: vec![region(0, 0, 50, 20), region(0, 90, 100, 100)],
            keeps: vec![region(50, 0, 100, 20)],
            rules: vec![crate::devices::RuleHit {
                name: "n".into(),
                reason: "r".into(),
                masks: vec![region(0, 0, 50, 20), region(0, 90, 100, 100)],
            }],
            unsettled: Vec::new(),
        };
        let all = [
            finding(region(5, 5, 40, 15), 95),
            finding(region(60, 5, 90, 15), 95),
            finding(region(5, 50, 40, 60), 95),
            finding(region(5, 70, 40, 80), 55),
        ];
        let frames = [FrameFindings {
            frame: 0,
            coverage: Coverage::Found(all.len()),
            findings: all.to_vec(),
        }];
        let tried = compare(&rules, found, &frames, (100, 100));
        assert_eq!(tried.left, [TextFound { frame: 0, region: region(5, 50, 40, 60) }]);
        assert_eq!(tried.kept, [TextFound { frame: 0, region: region(60, 5, 90, 15) }]);
        let expected = [
            (MaskTried::Box(region(0, 0, 100, 20)), true),
            (MaskTried::Box(region(0, 90, 100, 100)), false),
        ];
        assert_eq!(tried.rules[0].masks, expected);
    }
}
