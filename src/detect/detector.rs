//! Where text is: DBNet (PP-OCRv5 mobile) on rten.

use std::sync::Arc;

use image::imageops::{FilterType, resize};
use image::{ImageBuffer, Luma, Pixel, Rgb};
use rten::{Model, NodeId, RunOptions, ThreadPool};
use rten_tensor::NdTensor;

use crate::detect::DetectError;
use crate::detect::geometry::View;
use crate::detect::outline::{TextMap, outlines};
use crate::model::{Picture, Region};

/// Weights of the detector, where this build has them; `build.rs` has checked their digest.
#[cfg(embedded_detector)]
pub(crate) const WEIGHTS: Option<&[u8]> =
    Some(include_bytes!("../../assets/models/ppocrv5_det.onnx"));
/// This build has none.
#[cfg(not(embedded_detector))]
pub(crate) const WEIGHTS: Option<&[u8]> = None;

/// Everything besides the weights that the boxes depend on; changed with any change of it.
pub(crate) const PARAMETERS: &str = "dbnet-1: x1, x2 below 400, at most 2.5 Mpx, sides to 32, \
     pixel 0.3, box 0.5, unclip 1.6, thinnest 3, margin 2";

/// Boxes are grown by this many pixels of the picture on each side.
const MARGIN: u32 = 2;
/// Mean and standard deviation of each input plane, first to last (the planes are B, G, R; the
/// model was trained with ImageNet's figures applied in this order).
const PLANES: [(f32, f32); 3] = [(0.485, 0.229), (0.456, 0.224), (0.406, 0.225)];

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
    /// The scale at which the picture was looked at: 2 when it was small, less than 1 when it was
    /// too large to be looked at in full.
    pub scale: f64,
}

/// Finds text in pictures. Holds the loaded model and one thread of its own; costs about 0.15 CPU
/// seconds to make, so keep it.
pub struct TextDetector {
    model: Model,
    input: NodeId,
    output: NodeId,
    options: RunOptions,
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
        Ok(Self { model, input, output, options })
    }

    /// Looks for text in a picture.
    ///
    /// # Errors
    /// [`DetectError::BadPicture`], [`DetectError::TooLarge`], [`DetectError::DetectorFailed`].
    pub fn find(&self, picture: &Picture) -> Result<Detection, DetectError> {
        let view = View::of(picture.width, picture.height)?;
        let map = self.map(input_planes(picture, view.input)?, view.input)?;
        let mut regions: Vec<FoundRegion> = outlines(&map)
            .into_iter()
            .filter_map(|outline| {
                let region = view.region(outline.edges, MARGIN)?;
                Some(FoundRegion { region, score: (outline.score * 100.0).round() as u8 })
            })
            .collect();
        regions.sort_by_key(|FoundRegion { region, score }| {
            (region.y0, region.x0, region.y1, region.x1, u8::MAX - score)
        });
        regions.dedup_by_key(|found| found.region);
        Ok(Detection { regions, scale: view.scale })
    }

    fn map(&self, planes: Vec<f32>, size: (u32, u32)) -> Result<TextMap, DetectError> {
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
        Ok(TextMap { columns: size.0, rows: size.1, values })
    }
}

/// The picture at the size of the input, as normalised planes B, G, R.
fn input_planes(picture: &Picture, size: (u32, u32)) -> Result<Vec<f32>, DetectError> {
    match picture.channels {
        1 => Ok(planes(&scaled::<Luma<u8>>(picture, size)?, size, [0, 0, 0])),
        3 => Ok(planes(&scaled::<Rgb<u8>>(picture, size)?, size, [2, 1, 0])),
        _ => Err(bad_picture(picture)),
    }
}

fn planes(samples: &[u8], size: (u32, u32), order: [usize; 3]) -> Vec<f32> {
    let pixels = size.0 as usize * size.1 as usize;
    let channels = samples.len() / pixels.max(1);
    let mut planes = Vec::with_capacity(3 * pixels);
    for (channel, (mean, deviation)) in order.into_iter().zip(PLANES) {
        let plane = samples.iter().skip(channel).step_by(channels.max(1));
        planes.extend(plane.map(|value| (f32::from(*value) / 255.0 - mean) / deviation));
    }
    planes
}

fn scaled<P>(picture: &Picture, size: (u32, u32)) -> Result<Vec<u8>, DetectError>
where
    P: Pixel<Subpixel = u8> + 'static,
{
    let wanted = u64::from(picture.width) * u64::from(picture.height) * u64::from(picture.channels);
    if wanted != picture.samples.len() as u64 {
        return Err(bad_picture(picture));
    }
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
    use super::{PLANES, input_planes};
    use crate::model::Picture;

    #[test]
    fn planes_come_blue_first_and_normalised() {
        let picture =
            Picture { width: 32, height: 32, channels: 3, samples: [255, 0, 51].repeat(1024) };
        let planes = input_planes(&picture, (32, 32)).unwrap();
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
            assert!(input_planes(&picture, (32, 32)).is_err());
        }
    }
}
