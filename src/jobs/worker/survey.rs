//! A film, or the slices of a stack, looked at as a whole.
//!
//! Every frame is decoded and compared with its neighbours; few are searched. Text that stands still is
//! seen on the first, middle and last frame and on projections; text that comes and goes, on the frames
//! in which thin strokes are new. Frames with the same samples are one.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::mem::discriminant;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::detect::{Depth, Novelty, Projections, newest};
use crate::dicom::Scan;
use crate::dicom::pixels::{FrameReader, ImageShape, RawFrame};
use crate::jobs::worker::WorkerError;
use crate::jobs::worker::image::{
    look_at_overlays, needed_shape, open, pixels, shown, tell_outside,
};
use crate::jobs::worker::work::{Eyes, Tick};
use crate::model::{Coverage, Finding, FindingSource, FrameFindings, Region};
use crate::render::{RenderContext, Rendering, needed, render};

/// Up to so many different frames are all glanced at.
const FEW: usize = 12;
/// Renderings in which frames are compared.
const MOST_RENDERINGS: usize = 3;
/// Side of the cells in which strokes are summed, in pixels.
const CELL: u32 = 8;
/// Frames that need other renderings than the first and the middle one, and are searched for that.
const MOST_ODD: usize = 20;

/// A file with what its frames need to be shown.
struct Opened {
    scan: Scan,
    shape: ImageShape,
    context: RenderContext,
}

impl Opened {
    fn new(path: &Path) -> Result<Self, WorkerError> {
        let scan = open(path)?;
        let shape = needed_shape(&scan)?;
        let context = RenderContext::from_scan(&scan, &shape);
        Ok(Self { scan, shape, context })
    }

    fn reader(&self) -> Result<FrameReader<'_>, WorkerError> {
        FrameReader::new(&self.scan, &self.shape).map_err(|error| pixels(&error))
    }
}

/// Where a frame is: its file, and its number in that.
#[derive(Clone, Copy)]
struct Place {
    file: usize,
    frame: u32,
}

/// What is known of all frames once each was decoded.
struct Compared {
    places: Vec<Place>,
    /// Why a frame could not be decoded.
    failed: BTreeMap<usize, String>,
    /// The frames that could, in their order.
    sound: Vec<usize>,
    /// The first frame with the same samples, for those that are not the first.
    same_as: BTreeMap<usize, usize>,
    /// Frames that need other renderings than most.
    odd: Vec<usize>,
    /// How much is new in each of the sound frames.
    figures: Vec<f64>,
    /// Strokes of each of the sound frames, and how many cells are side by side.
    cells: Vec<Vec<u8>>,
    across: u32,
    projections: Projections,
    /// Findings in overlay planes, by the frame that they belong to.
    overlays: BTreeMap<usize, Vec<Finding>>,
}

/// Looks at all frames of some files, in their order; the answers are numbered through all of them.
pub(crate) fn survey(
    eyes: &mut Eyes,
    files: &[(PathBuf, u32)],
    tick: Tick<'_>,
) -> Result<Vec<FrameFindings>, WorkerError> {
    eyes.remember(true);
    let found = look_at_all(eyes, files, tick);
    eyes.remember(false);
    found
}

fn look_at_all(
    eyes: &mut Eyes,
    files: &[(PathBuf, u32)],
    tick: Tick<'_>,
) -> Result<Vec<FrameFindings>, WorkerError> {
    let why_closed = eyes.why_closed();
    let mut compared = compare(eyes, files, tick)?;
    let mut sight = Sight { eyes, files, opened: None };
    let different: Vec<usize> =
        compared.sound.iter().copied().filter(|at| !compared.same_as.contains_key(at)).collect();
    let mut found: BTreeMap<usize, FrameFindings> = BTreeMap::new();
    let mut known: Vec<Region> = Vec::new();
    let middle = different.get(different.len() / 2);
    let ends = different.first().into_iter().chain(middle).chain(different.last());
    for (place, &at) in ends.enumerate() {
        if found.contains_key(&at) {
            continue;
        }
        // What two frames show, the third shows at a glance.
        let depth = if place < 2 { Depth::Thorough } else { Depth::Glance(&known) };
        let looked = sight.look(compared.places[at], depth);
        known.extend(looked.findings.iter().map(|finding| finding.region));
        found.insert(at, looked);
        tick().map_err(|error| WorkerError::unreadable(&error))?;
    }
    let standing = standing(&mut sight, &mut compared, &known);
    tick().map_err(|error| WorkerError::unreadable(&error))?;
    for at in compared.wanted(&different) {
        if let std::collections::btree_map::Entry::Vacant(entry) = found.entry(at) {
            entry.insert(sight.look(compared.places[at], Depth::Glance(&known)));
            tick().map_err(|error| WorkerError::unreadable(&error))?;
        }
    }
    let is_seen = |standing: &Finding| {
        let seen = found.values().flat_map(|frame| &frame.findings);
        seen.map(|finding| finding.region).any(|region| lies_in(standing.region, region))
    };
    let standing: Vec<Finding> = standing.into_iter().filter(|it| !is_seen(it)).collect();
    let mut answers = compared.answers(&found, &standing, files.len() == 1);
    if let Some(why) = why_closed {
        // Nothing was searched, so that there is nothing to compare with.
        answers.iter_mut().for_each(|it| it.coverage = Coverage::NotLookedAt(why.clone()));
    }
    Ok(answers)
}

/// Decodes every frame once.
fn compare(
    eyes: &mut Eyes,
    files: &[(PathBuf, u32)],
    tick: Tick<'_>,
) -> Result<Compared, WorkerError> {
    let total: usize = files.iter().map(|(_, frames)| *frames as usize).sum();
    let kinds = kinds(files, total);
    let mut trackers: Vec<Novelty> = kinds.iter().map(|_| Novelty::default()).collect();
    let mut seen: HashMap<[u8; 32], usize> = HashMap::new();
    let mut planes: HashMap<[u8; 32], Vec<Finding>> = HashMap::new();
    let mut compared = Compared {
        places: Vec::with_capacity(total.min(1 << 16)),
        failed: BTreeMap::new(),
        sound: Vec::new(),
        same_as: BTreeMap::new(),
        odd: Vec::new(),
        figures: Vec::new(),
        cells: Vec::new(),
        across: 0,
        projections: Projections::new(total),
        overlays: BTreeMap::new(),
    };
    for (file, (path, frames)) in files.iter().enumerate() {
        let first = compared.places.len();
        compared.places.extend((0..*frames).map(|frame| Place { file, frame }));
        let opened = Opened::new(path);
        let readable = opened.as_ref().map_err(ToString::to_string).and_then(|opened| {
            let reader = opened.reader().map_err(|why| why.to_string())?;
            Ok((opened, reader))
        });
        let (opened, reader) = match readable {
            Ok(readable) => readable,
            Err(why) => {
                compared.failed.extend((first..compared.places.len()).map(|at| (at, why.clone())));
                continue;
            }
        };
        for frame in 0..*frames {
            let at = first + frame as usize;
            match reader.decode(frame) {
                Ok(raw) => {
                    compared.take_in(
                        at,
                        (&raw, &opened.context),
                        (&kinds, &mut trackers),
                        &mut seen,
                    );
                }
                Err(why) => drop(compared.failed.insert(at, why.to_string())),
            }
            tick().map_err(|error| WorkerError::unreadable(&error))?;
        }
        let found = overlays_of(eyes, opened, &mut planes);
        if !found.is_empty() {
            compared.overlays.insert(first, found);
        }
    }
    for tracker in &trackers {
        let figures = tracker.figures();
        compared.figures.resize(figures.len(), 0.0);
        compared.figures.iter_mut().zip(figures).for_each(|(most, it)| *most = most.max(it));
    }
    compared.cells = trackers.into_iter().next().map_or(Vec::new(), Novelty::into_cells);
    Ok(compared)
}

/// What stands in overlay planes of a file; the same plane is looked at once.
fn overlays_of(
    eyes: &mut Eyes,
    opened: &Opened,
    known: &mut HashMap<[u8; 32], Vec<Finding>>,
) -> Vec<Finding> {
    let mut hash = Sha256::new();
    let mut is_empty = true;
    /// Planes are told apart by where they begin, wherever that is.
    const MOST: (u32, u32) = (u32::MAX, u32::MAX);
    for plane in crate::render::overlays(&opened.scan) {
        is_empty = false;
        hash.update(plane.picture.width.to_le_bytes());
        hash.update(plane.picture.height.to_le_bytes());
        hash.update(format!("{:?}", plane.in_image(Region { x0: 0, y0: 0, x1: 1, y1: 1 }, MOST)));
        hash.update(&plane.picture.samples);
    }
    if is_empty {
        return Vec::new();
    }
    let size = (opened.shape.columns, opened.shape.rows);
    let look = || {
        let mut frame =
            FrameFindings { frame: 0, coverage: Coverage::Compared, findings: Vec::new() };
        look_at_overlays(eyes, &opened.scan, size, &mut frame);
        frame.findings
    };
    known.entry(hash.finalize().into()).or_insert_with(look).clone()
}

/// The renderings in which frames are compared: those that the first and the middle frame need.
fn kinds(files: &[(PathBuf, u32)], total: usize) -> Vec<Rendering> {
    let mut kinds = vec![Rendering::Default];
    for wanted in [0, total / 2] {
        let mut left = wanted;
        let holds = |(_, frames): &&(PathBuf, u32)| {
            let is_here = left < *frames as usize;
            left = left.saturating_sub(if is_here { 0 } else { *frames as usize });
            is_here
        };
        let Some((path, _)) = files.iter().find(holds) else { continue };
        let Ok(opened) = Opened::new(path) else { continue };
        let Ok(raw) = opened
            .reader()
            .and_then(|reader| reader.decode(left as u32).map_err(|error| pixels(&error)))
        else {
            continue;
        };
        for rendering in needed(&raw, &opened.context) {
            let is_there = kinds.iter().any(|kind| discriminant(kind) == discriminant(&rendering));
            if !is_there && kinds.len() < MOST_RENDERINGS {
                kinds.push(rendering);
            }
        }
    }
    kinds
}

/// Names the samples of a frame and how they are shown.
fn digest(raw: &RawFrame, context: &RenderContext) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(format!("{:?} {} {}", context.window(raw.frame), raw.columns, raw.rows));
    hash.update(raw.words.to_le_bytes());
    hash.finalize().into()
}

impl Compared {
    fn take_in(
        &mut self,
        at: usize,
        (raw, context): (&RawFrame, &RenderContext),
        (kinds, trackers): (&[Rendering], &mut [Novelty]),
        seen: &mut HashMap<[u8; 32], usize>,
    ) {
        let first = *seen.entry(digest(raw, context)).or_insert(at);
        if first != at {
            self.same_as.insert(at, first);
        }
        let is_compared = |rendering: &Rendering| {
            kinds.iter().any(|kind| discriminant(kind) == discriminant(rendering))
        };
        if !needed(raw, context).iter().all(is_compared) {
            self.odd.push(at);
        }
        for (place, (kind, tracker)) in kinds.iter().zip(trackers).enumerate() {
            let picture = render(raw, context, *kind);
            if place == 0 {
                self.projections.push(&picture);
                self.across = picture.width / CELL;
            }
            tracker.push(&picture);
        }
        self.sound.push(at);
    }

    /// The frames to glance at, of those that are different.
    fn wanted(&self, different: &[usize]) -> BTreeSet<usize> {
        if different.len() <= FEW {
            return different.iter().copied().collect();
        }
        let newest = newest(&self.figures);
        let chosen = newest.into_iter().filter_map(|place| self.sound.get(place).copied());
        let odd = self.odd.iter().copied().take(MOST_ODD);
        chosen.chain(odd).map(|at| self.same_as.get(&at).copied().unwrap_or(at)).collect()
    }

    /// What is to be said of every frame.
    ///
    /// Masks of a film count for all its frames, so that it is enough to name what stands still once. A
    /// slice is a file of its own: it gets what was found on others where that stands on it, too.
    fn answers(
        &self,
        found: &BTreeMap<usize, FrameFindings>,
        standing: &[Finding],
        is_film: bool,
    ) -> Vec<FrameFindings> {
        let cells: BTreeMap<usize, &Vec<u8>> =
            self.sound.iter().copied().zip(&self.cells).collect();
        let answer = |at: usize| {
            let frame = at as u32;
            if let Some(why) = self.failed.get(&at) {
                let coverage = Coverage::NotLookedAt(why.clone());
                return FrameFindings { frame, coverage, findings: Vec::new() };
            }
            let first = self.same_as.get(&at).copied().unwrap_or(at);
            let mut answer = match found.get(&first) {
                Some(found) => FrameFindings { frame, ..found.clone() },
                None => {
                    let findings =
                        if is_film { Vec::new() } else { self.carried(at, found, &cells) };
                    FrameFindings { frame, coverage: Coverage::Compared, findings }
                }
            };
            let overlays = self.overlays.get(&at).into_iter().flatten();
            let standing = standing.iter().filter(|_| !is_film || at == 0);
            let are_more = answer.findings.len();
            answer.findings.extend(standing.chain(overlays).cloned());
            if answer.coverage.is_searched() && answer.findings.len() > are_more {
                answer.coverage = Coverage::Found(answer.findings.len());
            }
            answer
        };
        (0..self.places.len()).map(answer).collect()
    }

    /// Findings of searched frames that stand on this one, too: because they stand in the same place on
    /// frames before and after it, or because its strokes there are theirs.
    fn carried(
        &self,
        at: usize,
        found: &BTreeMap<usize, FrameFindings>,
        cells: &BTreeMap<usize, &Vec<u8>>,
    ) -> Vec<Finding> {
        let mut nearest: Vec<usize> = found.keys().copied().collect();
        nearest.sort_by_key(|other| other.abs_diff(at));
        let mut carried: Vec<Finding> = Vec::new();
        for other in nearest {
            let before = other < at;
            let beyond = || found.iter().filter(move |(far, _)| (**far < at) != before);
            for finding in &found[&other].findings {
                let region = finding.region;
                let overlaps =
                    |it: &Finding| it.region.lies_in(region, 50) || region.lies_in(it.region, 50);
                if carried.iter().any(overlaps) {
                    continue;
                }
                let spans = || beyond().any(|(_, frame)| frame.findings.iter().any(overlaps));
                let looks_alike = || {
                    let both = cells.get(&other).zip(cells.get(&at));
                    both.is_some_and(|(there, here)| self.is_alike(there, here, region))
                };
                if spans() || looks_alike() {
                    carried.push(finding.clone());
                }
            }
        }
        carried
    }

    /// Whether two frames have the same strokes in a region.
    fn is_alike(&self, there: &[u8], here: &[u8], region: Region) -> bool {
        /// Strokes may differ by one part of so many.
        const PARTS: u32 = 3;
        let (mut sum, mut apart) = (0_u32, 0_u32);
        for y in region.y0 / CELL..region.y1.div_ceil(CELL) {
            for x in region.x0 / CELL..region.x1.div_ceil(CELL).min(self.across) {
                let cell = (y * self.across + x) as usize;
                let Some((there, here)) = there.get(cell).zip(here.get(cell)) else { continue };
                sum += u32::from(*there);
                apart += u32::from(there.abs_diff(*here));
            }
        }
        sum > 0 && PARTS * apart <= sum
    }
}

/// Whether the greater part of a region lies in another, or next to it.
fn lies_in(region: Region, other: Region) -> bool {
    region.lies_in(other.grown(CELL / 2), 50)
}

/// Text on projections that none of the first, middle and last frame shows.
fn standing(sight: &mut Sight<'_>, compared: &mut Compared, known: &[Region]) -> Vec<Finding> {
    let projections = std::mem::replace(&mut compared.projections, Projections::new(0));
    let mut found: Vec<Finding> = Vec::new();
    for picture in projections.pictures() {
        let pictures = std::slice::from_ref(&picture);
        let looked = sight.eyes.look((pictures, Depth::Coarse(known)), 0);
        for finding in looked.findings {
            let others = known.iter().copied().chain(found.iter().map(|other| other.region));
            if !others.into_iter().any(|other| lies_in(finding.region, other)) {
                found.push(Finding { source: FindingSource::Detector, ..finding });
            }
        }
    }
    found
}

/// Searches single frames, keeping the last file open.
struct Sight<'a> {
    eyes: &'a mut Eyes,
    files: &'a [(PathBuf, u32)],
    opened: Option<(usize, Opened)>,
}

impl Sight<'_> {
    fn look(&mut self, place: Place, depth: Depth<'_>) -> FrameFindings {
        let unseen = |why: &WorkerError| FrameFindings {
            frame: place.frame,
            coverage: Coverage::NotLookedAt(why.to_string()),
            findings: Vec::new(),
        };
        if self.opened.as_ref().is_none_or(|(file, _)| *file != place.file) {
            let Some((path, _)) = self.files.get(place.file) else {
                return unseen(&WorkerError::failed("no such file"));
            };
            match Opened::new(path) {
                Ok(opened) => self.opened = Some((place.file, opened)),
                Err(why) => return unseen(&why),
            }
        }
        let Some((_, opened)) = &self.opened else {
            return unseen(&WorkerError::failed("no such file"));
        };
        let raw = opened
            .reader()
            .and_then(|reader| reader.decode(place.frame).map_err(|error| pixels(&error)));
        match raw {
            Ok(raw) => {
                let mut found = self.eyes.look((&shown(&raw, &opened.context), depth), place.frame);
                let size = (opened.shape.columns, opened.shape.rows);
                tell_outside(&opened.scan, size, &mut found.findings);
                found
            }
            Err(why) => unseen(&why),
        }
    }
}
