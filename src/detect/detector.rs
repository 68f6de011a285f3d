//! Where text is: DBNet (PP-OCRv5 mobile) on rten.

use std::borrow::Cow;
use std::sync::Arc;

use image::imageops::{FilterType, resize};
use image::{ImageBuffer, Luma, Pixel, Rgb};
use rten::{Model, NodeId, RunOptions, ThreadPool};
use rten_tensor::NdTensor;

use crate::detect::DetectError;
use crate::detect::candidate::{Candidate, candidates};
use crate::detect::contrast::normalised;
use crate::detect::evidence::may_be_text;
use crate::detect::geometry::{View, tiles};
use crate::detect::join::joined;
use crate::detect::outline::TextMap;
use crate::detect::shapes::{LOOSE, STRICT, shapes};
use crate::model::{Picture, Region};

/// Weights of the detector, where this build has them; `build.rs` has checked their digest.
#[cfg(embedded_detector)]
pub(crate) const WEIGHTS: Option<&[u8]> =
    Some(include_bytes!("../../assets/models/ppocrv5_det.onnx"));
/// This build has none.
#[cfg(not(embedded_detector))]
pub(crate) const WEIGHTS: Option<&[u8]> = None;

/// Everything besides the weights that the boxes depend on; changed with any change of it.
pub(crate) const PARAMETERS: &str = "dbnet-5: inverted local contrast x1.5, local contrast turned, plain; \
     x2 below 400, at most 2.5 Mpx, tiles at the sides, sides to 32, pixel 0.3, box 0.5, unclip 1.2, thinnest 3, \
     thickest 32 or 1/16, single 0.6, large 16 24 0.7, glance first pass or x1 0.7, contrast 20, strokes 0.8, curves, joined 85, margin 2, shapes 70 or 20 and boxes 0.3";

/// How a pass sees the picture.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Contrast {
    AsItIs,
    /// Each pixel against its neighbourhood.
    Raised,
    /// The same, light for dark.
    Inverted,
}

/// One run of the model.
#[derive(Clone, Copy)]
struct Pass {
    contrast: Contrast,
    /// Size of its input by that of the picture.
    scale: f64,
    /// Whether it sees the picture turned by a quarter: the model reads lines from left to right.
    turned: bool,
}

/// The passes; what one misses the others see. The model was trained on print, mostly dark on light.
const PASSES: [Pass; 3] = [
    Pass { contrast: Contrast::Inverted, scale: 1.5, turned: false },
    Pass { contrast: Contrast::Raised, scale: 1.0, turned: true },
    Pass { contrast: Contrast::AsItIs, scale: 1.0, turned: false },
];
/// A glance is the first pass; from this score of a box on, in percent, the others follow.
const SUSPICIOUS: u8 = 70;
/// The pass over what is coarse: a series folded into one picture.
const COARSE: [Pass; 1] = [Pass { contrast: Contrast::Inverted, scale: 1.0, turned: false }];
/// A box of the same text in another frame may lie so far off, in pixels.
const NEAR: u32 = 4;
/// The passes over a part of a large picture at its full size.
const TILE_PASSES: [Pass; 2] = [
    Pass { contrast: Contrast::Inverted, scale: 1.0, turned: false },
    Pass { contrast: Contrast::Raised, scale: 1.0, turned: true },
];

/// Mean and standard deviation of each input plane, first to last (the planes are B, G, R; the
/// model was trained with ImageNet's figures applied in this order).
const PLANES: [(f32, f32); 3] = [(0.485, 0.229), (0.456, 0.224), (0.406, 0.225)];

/// How thoroughly a picture is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth<'a> {
    /// With all passes.
    Thorough,
    /// The same, and each line of a region is told by itself: for holding a picture against what was
    /// found in another one. Regions are joined by what lies around them, lines are not.
    ByLines,
    /// With one pass, and with all where that sees text elsewhere than in these regions: for frames
    /// between others that are looked at thoroughly.
    Glance(&'a [Region]),
    /// The same, and the first pass is coarser: for a series folded into one picture.
    Coarse(&'a [Region]),
}

impl Depth<'_> {
    /// Whether what a first pass found calls for the others.
    fn goes_on(self, found: &[FoundRegion]) -> bool {
        let (Depth::Glance(known) | Depth::Coarse(known)) = self else { return true };
        found.iter().any(|FoundRegion { region, score }| {
            let is_known = |known: &Region| region.lies_in(known.grown(NEAR), 50);
            *score >= SUSPICIOUS && !known.iter().any(is_known)
        })
    }
}

/// A region that holds text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundRegion {
    /// Where, in pixels of the picture.
    pub region: Region,
    /// Mean probability inside, 0 to 100.
    pub score: u8,
}

/// What the detector says of one picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Detection {
    /// The regions, top to bottom, then left to right. They may overlap.
    pub regions: Vec<FoundRegion>,
    /// The boxes of which the regions were made: lines, each perhaps several times.
    pub parts: Vec<FoundRegion>,
    /// Places that may be text, though the detector is not sure of them: what looks like strokes of
    /// letters. None of a glance.
    pub suspects: Vec<FoundRegion>,
    /// The scale at which the picture was looked at: 2 when it was small, less than 1 when it was
    /// too large to be looked at in full.
    pub scale: f64,
}

/// Which places that only may be text are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Suspicion {
    /// Those that are worth a look of a person.
    #[default]
    Sober,
    /// Whatever can be: for masking all of it.
    Paranoid,
}

/// Finds text in pictures. Holds the loaded model and one thread of its own; costs about 0.15 CPU
/// seconds to make, so keep it.
pub struct TextDetector {
    model: Model,
    input: NodeId,
    output: NodeId,
    options: RunOptions,
    suspicion: Suspicion,
}

impl std::fmt::Debug for TextDetector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TextDetector(PP-OCRv5 mobile)")
    }
}

impl TextDetector {
    /// Loads the weights that were built in.
    ///
    /// # Errors
    /// [`DetectError::NoWeights`] when this build has none, [`DetectError::BadWeights`] when they
    /// do not load.
    pub fn embedded() -> Result<Self, DetectError> {
        let weights = WEIGHTS.ok_or(DetectError::NoWeights)?;
        let model = Model::load_static_slice(weights)
            .map_err(|error| DetectError::BadWeights(error.to_string()))?;
        let one = |ids: &[NodeId]| match ids {
            [id] => Ok(*id),
            _ => Err(DetectError::BadWeights(String::from("not one input and one output"))),
        };
        let (input, output) = (one(model.input_ids())?, one(model.output_ids())?);
        // One thread: workers are processes, and each has one core's worth of work.
        let pool = Arc::new(ThreadPool::with_num_threads(1));
        let options = RunOptions::default().with_thread_pool(Some(pool));
        Ok(Self { model, input, output, options, suspicion: Suspicion::Sober })
    }

    /// The same, with another suspicion.
    #[must_use]
    pub fn with(self, suspicion: Suspicion) -> Self {
        Self { suspicion, ..self }
    }

    /// What it suspects.
    pub const fn suspicion(&self) -> Suspicion {
        self.suspicion
    }

    /// Looks for text in a picture.
    ///
    /// # Errors
    /// [`DetectError::BadPicture`], [`DetectError::TooLarge`], [`DetectError::DetectorFailed`].
    pub fn find(&self, picture: &Picture, depth: Depth<'_>) -> Result<Detection, DetectError> {
        let (width, height) = (picture.width, picture.height);
        let scale = View::of(width, height, 1.0)?.scale;
        let raised = raised(picture)?;
        let (first, others) = match depth {
            Depth::Coarse(_) => (&COARSE[..], &PASSES[..]),
            Depth::Thorough | Depth::ByLines | Depth::Glance(_) => PASSES.split_at(1),
        };
        let mut passes = self.passes(picture, &raised, first)?;
        let mut boxes = believed(picture, &passes);
        if !depth.goes_on(&boxes) {
            let regions = joined(boxes.clone(), (width, height));
            return Ok(Detection { regions, parts: boxes, suspects: Vec::new(), scale });
        }
        passes.extend(self.passes(picture, &raised, others)?);
        boxes = believed(picture, &passes);
        if scale < 1.0 {
            for tile in tiles(width, height) {
                let part = |whole: &Picture| crop(whole, tile);
                let picture = part(picture);
                let passes = self.passes(&picture, &part(&raised), &TILE_PASSES)?;
                let found = believed(&picture, &passes);
                boxes.extend(found.into_iter().map(|FoundRegion { region, score }| FoundRegion {
                    region: region.shifted(tile.x0, tile.y0),
                    score,
                }));
            }
        }
        let regions = joined(boxes.clone(), (width, height));
        let suspects = suspects(picture, &passes, &regions, self.suspicion);
        Ok(Detection { regions, parts: boxes, suspects, scale })
    }

    /// What each of some passes takes for text.
    fn passes(
        &self,
        picture: &Picture,
        raised: &Picture,
        passes: &[Pass],
    ) -> Result<Vec<Vec<Candidate>>, DetectError> {
        let found = passes.iter().map(|pass| {
            let look = match pass.contrast {
                Contrast::AsItIs => Cow::Borrowed(picture),
                Contrast::Raised => Cow::Borrowed(raised),
                Contrast::Inverted => Cow::Owned(inverted(raised)),
            };
            let view = View::of(picture.width, picture.height, pass.scale)?;
            Ok(candidates(&self.map(&look, view.input, pass.turned)?, &view))
        });
        found.collect()
    }

    /// The probabilities of text at the size of the input, in the picture's own orientation.
    fn map(
        &self,
        picture: &Picture,
        (columns, rows): (u32, u32),
        turned: bool,
    ) -> Result<TextMap, DetectError> {
        let samples = scaled(picture, (columns, rows))?;
        let channels = usize::from(picture.channels);
        if !turned {
            let values = self.run(planes(&samples, channels), (columns, rows))?;
            return Ok(TextMap { columns, rows, values });
        }
        let size = (columns as usize, rows as usize);
        let samples = turned_right(&samples, size, channels);
        let values = self.run(planes(&samples, channels), (rows, columns))?;
        let values = turned_left(&values, (size.1, size.0), 1);
        Ok(TextMap { columns, rows, values })
    }

    fn run(&self, planes: Vec<f32>, size: (u32, u32)) -> Result<Vec<f32>, DetectError> {
        let failed = |error: &dyn std::fmt::Display| DetectError::DetectorFailed(error.to_string());
        let shape = [1, 3, size.1 as usize, size.0 as usize];
        let input = NdTensor::from_data(shape, planes);
        let [output] = self
            .model
            .run_n(vec![(self.input, input.into())], [self.output], Some(self.options.clone()))
            .map_err(|error| failed(&error))?;
        let (found, values) = output.into_shape_vec::<f32, 4>().map_err(|error| failed(&error))?;
        if found != [1, 1, shape[2], shape[3]] || values.iter().any(|value| !value.is_finite()) {
            return Err(failed(&"its answer has another shape or holds no numbers"));
        }
        Ok(values)
    }
}

/// What passes found and the picture has evidence for.
fn believed(picture: &Picture, found: &[Vec<Candidate>]) -> Vec<FoundRegion> {
    let holds = |candidate: &&Candidate, pass: usize| {
        let others = found.iter().enumerate().filter(|(other, _)| *other != pass);
        let is_supported =
            others.flat_map(|(_, boxes)| boxes).any(|other| other.supports(candidate));
        candidate.holds(is_supported) && may_be_text(picture, candidate.region)
    };
    let accepted = found.iter().enumerate().flat_map(|(pass, candidates)| {
        candidates.iter().filter(move |candidate| holds(candidate, pass)).map(Candidate::found)
    });
    accepted.collect()
}

/// What may be text besides what was found: shapes, and for a paranoid look also what the passes were
/// not sure of.
fn suspects(
    picture: &Picture,
    passes: &[Vec<Candidate>],
    found: &[FoundRegion],
    suspicion: Suspicion,
) -> Vec<FoundRegion> {
    let least = match suspicion {
        Suspicion::Sober => STRICT,
        Suspicion::Paranoid => LOOSE,
    };
    let mut suspects = shapes(picture);
    suspects.retain(|one| one.score >= least);
    if suspicion == Suspicion::Paranoid {
        suspects.extend(passes.iter().flatten().map(Candidate::found));
    }
    let is_known = |one: &FoundRegion, others: &[FoundRegion]| {
        others.iter().any(|other| one.region.lies_in(other.region, 90))
    };
    suspects.sort_by_key(|one| (one.region.y0, one.region.x0, one.region.y1, one.region.x1));
    let mut told: Vec<FoundRegion> = Vec::new();
    for one in suspects {
        if !is_known(&one, found) && !is_known(&one, &told) {
            told.push(one);
        }
    }
    told
}

/// The picture with its local contrast raised, in each channel by itself.
pub(crate) fn raised(picture: &Picture) -> Result<Picture, DetectError> {
    let width = picture.width as usize;
    let channels = usize::from(picture.channels);
    check(picture)?;
    let mut samples = vec![0; picture.samples.len()];
    for channel in 0..channels {
        let plane: Vec<u8> =
            picture.samples.iter().skip(channel).step_by(channels).copied().collect();
        let raised = normalised(&plane, width);
        let cells = samples.iter_mut().skip(channel).step_by(channels);
        cells.zip(raised).for_each(|(cell, grey)| *cell = grey);
    }
    Ok(Picture { samples, ..*picture })
}

/// A part of a picture.
pub(crate) fn crop(picture: &Picture, part: Region) -> Picture {
    let channels = usize::from(picture.channels);
    let row = |y: u32| (y as usize * picture.width as usize + part.x0 as usize) * channels;
    let length = part.width() as usize * channels;
    let rows = (part.y0..part.y1).filter_map(|y| picture.samples.get(row(y)..row(y) + length));
    let samples = rows.flatten().copied().collect();
    Picture { width: part.width(), height: part.height(), channels: picture.channels, samples }
}

fn inverted(picture: &Picture) -> Picture {
    Picture { samples: picture.samples.iter().map(|grey| 255 - grey).collect(), ..*picture }
}

/// Pixels turned by a quarter against the clock: what was right is on top.
fn turned_left<T: Copy>(samples: &[T], (width, height): (usize, usize), channels: usize) -> Vec<T> {
    let at = move |x: usize, y: usize| (y * width + x) * channels;
    let places = (0..width).rev().flat_map(|x| (0..height).map(move |y| at(x, y)));
    places.flat_map(|from| samples[from..from + channels].iter().copied()).collect()
}

/// Pixels turned by a quarter with the clock: what was left is on top.
fn turned_right<T: Copy>(
    samples: &[T],
    (width, height): (usize, usize),
    channels: usize,
) -> Vec<T> {
    let at = move |x: usize, y: usize| (y * width + x) * channels;
    let places = (0..width).flat_map(|x| (0..height).rev().map(move |y| at(x, y)));
    places.flat_map(|from| samples[from..from + channels].iter().copied()).collect()
}

/// Samples of one or three channels as normalised planes B, G, R.
fn planes(samples: &[u8], channels: usize) -> Vec<f32> {
    let order = if channels == 3 { [2, 1, 0] } else { [0; 3] };
    let mut planes = Vec::with_capacity(samples.len() / channels.max(1) * 3);
    for (channel, (mean, deviation)) in order.into_iter().zip(PLANES) {
        let plane = samples.iter().skip(channel).step_by(channels.max(1));
        planes.extend(plane.map(|value| (f32::from(*value) / 255.0 - mean) / deviation));
    }
    planes
}

/// # Errors
/// [`DetectError::BadPicture`] where samples, size and channels do not agree.
fn check(picture: &Picture) -> Result<(), DetectError> {
    let wanted = u64::from(picture.width) * u64::from(picture.height) * u64::from(picture.channels);
    let is_sound = wanted == picture.samples.len() as u64 && matches!(picture.channels, 1 | 3);
    if is_sound { Ok(()) } else { Err(bad_picture(picture)) }
}

fn scaled(picture: &Picture, size: (u32, u32)) -> Result<Vec<u8>, DetectError> {
    check(picture)?;
    match picture.channels {
        1 => resized::<Luma<u8>>(picture, size),
        _ => resized::<Rgb<u8>>(picture, size),
    }
}

fn resized<P>(picture: &Picture, size: (u32, u32)) -> Result<Vec<u8>, DetectError>
where
    P: Pixel<Subpixel = u8> + 'static,
{
    if (picture.width, picture.height) == size {
        return Ok(picture.samples.clone());
    }
    let image: ImageBuffer<P, &[u8]> =
        ImageBuffer::from_raw(picture.width, picture.height, picture.samples.as_slice())
            .ok_or_else(|| bad_picture(picture))?;
    Ok(resize(&image, size.0, size.1, FilterType::Triangle).into_raw())
}

pub(crate) fn bad_picture(picture: &Picture) -> DetectError {
    DetectError::BadPicture {
        width: picture.width,
        height: picture.height,
        channels: picture.channels,
        samples: picture.samples.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_come_blue_first_and_normalised() {
        let planes = planes(&[255, 0, 51].repeat(1024), 3);
        assert_eq!(planes.len(), 3 * 1024);
        for (plane, (value, (mean, deviation))) in
            planes.chunks(1024).zip([0.2_f32, 0.0, 1.0].into_iter().zip(PLANES))
        {
            assert!((plane[7] - (value - mean) / deviation).abs() < 1e-6);
        }
    }

    #[test]
    fn a_picture_that_contradicts_itself_is_refused() {
        for (channels, samples) in [(1, 15), (3, 16), (2, 32), (0, 0)] {
            let picture = Picture { width: 4, height: 4, channels, samples: vec![0; samples] };
            assert!(raised(&picture).is_err() && scaled(&picture, (32, 32)).is_err());
        }
    }

    #[test]
    fn a_quarter_turn_and_back_is_the_same() {
        let samples: Vec<u8> = (0..3 * 4 * 3).collect();
        let left = turned_left(&samples, (4, 3), 3);
        assert_eq!(left[..3], samples[9..12], "the right end of the first row is first");
        assert_eq!(turned_right(&left, (3, 4), 3), samples);
    }
}
