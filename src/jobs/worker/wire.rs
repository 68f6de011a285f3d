//! Nouns of the house as they travel between a worker and its parent.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::model::{Coverage, Finding, FindingSource, FrameFindings, Phi, Region};

/// A message that is not one of ours. Holds nothing of it.
#[derive(Debug, thiserror::Error)]
#[error("the message makes no sense")]
pub struct Senseless;

/// [`FrameFindings`]; how much was found follows from what is there.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WireFrame {
    frame: u32,
    not_looked_at: Option<String>,
    compared: bool,
    findings: Vec<WireFinding>,
}

/// [`Finding`].
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireFinding {
    region: [u32; 4],
    text: String,
    score: u8,
    read_confidence: u8,
    source: WireSource,
}

/// [`FindingSource`], without people and rules: workers have none.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WireSource {
    Detector,
    Tesseract,
    Shape,
    ShapeOutside,
    Overlay,
}

impl TryFrom<&FrameFindings> for WireFrame {
    type Error = Senseless;

    fn try_from(frame: &FrameFindings) -> Result<Self, Senseless> {
        let not_looked_at = match &frame.coverage {
            Coverage::NotLookedAt(why) => Some(why.clone()),
            Coverage::Compared | Coverage::NothingFound | Coverage::Found(_) => None,
        };
        let findings =
            frame.findings.iter().map(WireFinding::try_from).collect::<Result<_, _>>()?;
        let compared = frame.coverage == Coverage::Compared;
        Ok(Self { frame: frame.frame, not_looked_at, compared, findings })
    }
}

impl TryFrom<WireFrame> for FrameFindings {
    type Error = Senseless;

    fn try_from(wire: WireFrame) -> Result<Self, Senseless> {
        let findings: Vec<Finding> =
            wire.findings.into_iter().map(Finding::try_from).collect::<Result<_, _>>()?;
        let coverage = match (wire.not_looked_at, wire.compared, findings.len()) {
            // Where no detector runs, shapes are told all the same.
            (Some(why), false, _) => Coverage::NotLookedAt(why),
            (Some(_), true, _) => return Err(Senseless),
            (None, true, _) => Coverage::Compared,
            (None, false, 0) => Coverage::NothingFound,
            (None, false, count) => Coverage::Found(count),
        };
        Ok(Self { frame: wire.frame, coverage, findings })
    }
}

impl TryFrom<&Finding> for WireFinding {
    type Error = Senseless;

    fn try_from(finding: &Finding) -> Result<Self, Senseless> {
        Ok(Self {
            region: region_to_wire(finding.region),
            text: finding.text.expose().clone(),
            score: finding.score,
            read_confidence: finding.read_confidence,
            source: match finding.source {
                FindingSource::Detector => WireSource::Detector,
                FindingSource::Tesseract => WireSource::Tesseract,
                FindingSource::Shape => WireSource::Shape,
                FindingSource::ShapeOutside => WireSource::ShapeOutside,
                FindingSource::Overlay => WireSource::Overlay,
                FindingSource::Human
                | FindingSource::Device
                | FindingSource::Exempt
                | FindingSource::Unsettled => return Err(Senseless),
            },
        })
    }
}

impl TryFrom<WireFinding> for Finding {
    type Error = Senseless;

    fn try_from(wire: WireFinding) -> Result<Self, Senseless> {
        Ok(Self {
            region: region_from_wire(wire.region)?,
            text: Phi::new(wire.text),
            score: wire.score.min(100),
            read_confidence: wire.read_confidence.min(100),
            source: match wire.source {
                WireSource::Detector => FindingSource::Detector,
                WireSource::Tesseract => FindingSource::Tesseract,
                WireSource::Shape => FindingSource::Shape,
                WireSource::ShapeOutside => FindingSource::ShapeOutside,
                WireSource::Overlay => FindingSource::Overlay,
            },
        })
    }
}

/// Regions by frame.
pub(crate) type WireRegions = Vec<(u32, Vec<[u32; 4]>)>;

pub(crate) fn regions_to_wire(frames: &[(u32, Vec<Region>)]) -> WireRegions {
    let wire = |regions: &Vec<Region>| regions.iter().copied().map(region_to_wire).collect();
    frames.iter().map(|(frame, regions)| (*frame, wire(regions))).collect()
}

pub(crate) fn regions_from_wire(wire: WireRegions) -> Result<Vec<(u32, Vec<Region>)>, Senseless> {
    let regions =
        |wire: Vec<[u32; 4]>| wire.into_iter().map(region_from_wire).collect::<Result<Vec<_>, _>>();
    wire.into_iter().map(|(frame, wire)| Ok((frame, regions(wire)?))).collect()
}

pub(crate) fn region_to_wire(region: Region) -> [u32; 4] {
    [region.x0, region.y0, region.x1, region.y1]
}

pub(crate) fn region_from_wire([x0, y0, x1, y1]: [u32; 4]) -> Result<Region, Senseless> {
    let region = Region { x0, y0, x1, y1 };
    if region.is_empty() { Err(Senseless) } else { Ok(region) }
}

/// Paths are bytes, and JSON holds none.
pub(crate) fn path_to_hex(path: &Path) -> String {
    hex::encode(path.as_os_str().as_bytes())
}

pub(crate) fn path_from_hex(text: &str) -> Result<PathBuf, Senseless> {
    let bytes = hex::decode(text).map_err(|_hex| Senseless)?;
    Ok(OsString::from_vec(bytes).into())
}
