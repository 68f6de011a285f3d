//! What rules mean for one file.

use std::fmt;

use crate::devices::attributes::Attributes;
use crate::devices::condition::all;
use crate::devices::{Area, Boxes, DeviceRule, rectangles::without, ultrasound};
use crate::dicom::Scan;
use crate::model::Region;

/// What a set of rules means for one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceMatch {
    /// What is masked on every frame: all masks of all rules, without overlaps.
    pub masks: Vec<Region>,
    /// Where text that is found is not masked by itself. A mask of any rule goes before a keep of
    /// another, so that these and `masks` have no pixel in common.
    pub keeps: Vec<Region>,
    /// The rules that are about this file, in their order.
    pub rules: Vec<RuleHit>,
    /// The rules of which it cannot be told, or which cannot be applied: a person has to look.
    pub unsettled: Vec<Unsettled>,
}

/// A rule that is about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleHit {
    /// Its name.
    pub name: String,
    /// Its reason.
    pub reason: String,
    /// What it masks in this file, its own keeps taken out, without overlaps. It may be nothing.
    pub masks: Vec<Region>,
}

/// A rule that could not be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsettled {
    /// Its name.
    pub name: String,
    /// Why.
    pub why: Hindrance,
}

/// Why a rule could not be applied. Without values of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Hindrance {
    /// An attribute that decides is binary, there twice, or in no known character set.
    Unreadable,
    /// All its boxes lie outside the picture.
    OutsidePicture,
    /// The file names no ultrasound regions.
    NoRegions,
    /// An ultrasound region is inverted, a mere line, outside the picture, or cannot be read.
    AbsurdRegion,
    /// There are more ultrasound regions than anybody writes.
    TooManyRegions,
}

impl Hindrance {
    /// A word for programs.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::OutsidePicture => "outside-picture",
            Self::NoRegions => "no-regions",
            Self::AbsurdRegion => "absurd-region",
            Self::TooManyRegions => "too-many-regions",
        }
    }
}

impl fmt::Display for Hindrance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreadable => "an attribute that it asks for cannot be read",
            Self::OutsidePicture => "all its boxes lie outside the picture",
            Self::NoRegions => "the file names no ultrasound regions",
            Self::AbsurdRegion => "an ultrasound region of the file makes no sense",
            Self::TooManyRegions => "the file names too many ultrasound regions",
        })
    }
}

/// What rules mean for a scanned file with pictures of `columns` × `rows`; nothing where it has none.
pub(crate) fn matching(rules: &[DeviceRule], scan: &Scan, size: (u32, u32)) -> DeviceMatch {
    let mut found = DeviceMatch::default();
    if size.0 == 0 || size.1 == 0 {
        return found;
    }
    let attributes = Attributes::new(scan);
    let mut keeps = Vec::new();
    for rule in rules {
        match area(rule, scan, &attributes, size) {
            Ok(None) => {}
            Ok(Some(area)) => {
                let masks = without(&area.masks, &area.keeps);
                keeps.extend(area.keeps);
                let (name, reason) = (rule.name.clone(), rule.reason.clone());
                found.rules.push(RuleHit { name, reason, masks });
            }
            Err(why) => found.unsettled.push(Unsettled { name: rule.name.clone(), why }),
        }
    }
    let masks: Vec<Region> = found.rules.iter().flat_map(|hit| &hit.masks).copied().collect();
    found.masks = without(&masks, &[]);
    found.keeps = without(&keeps, &found.masks);
    found
}

/// What one rule masks and keeps; they may overlap.
struct OneArea {
    masks: Vec<Region>,
    keeps: Vec<Region>,
}

/// What a rule means for a file; `None` where it is not about it.
fn area(
    rule: &DeviceRule,
    scan: &Scan,
    attributes: &Attributes<'_>,
    size: (u32, u32),
) -> Result<Option<OneArea>, Hindrance> {
    if let Area::Boxes(boxes) = &rule.area
        && !boxes.size.fits(size)
    {
        return Ok(None);
    }
    match all(rule.conditions.iter().map(|condition| condition.holds(attributes))) {
        Some(true) => {}
        Some(false) => return Ok(None),
        None => return Err(Hindrance::Unreadable),
    }
    match &rule.area {
        Area::Boxes(boxes) => within(boxes, size).map(Some),
        Area::OutsideUltrasoundRegions => {
            let whole = Region { x0: 0, y0: 0, x1: size.0, y1: size.1 };
            let keeps = ultrasound::regions(scan, attributes, size)?;
            Ok(Some(OneArea { masks: vec![whole], keeps }))
        }
    }
}

/// What of boxes lies in a picture.
fn within(boxes: &Boxes, (columns, rows): (u32, u32)) -> Result<OneArea, Hindrance> {
    let inside = |all: &[Region]| -> Vec<Region> {
        all.iter().filter_map(|one| one.clamped(columns, rows)).collect()
    };
    let area = OneArea { masks: inside(&boxes.masks), keeps: inside(&boxes.keeps) };
    match area.masks.is_empty() && area.keeps.is_empty() {
        true => Err(Hindrance::OutsidePicture),
        false => Ok(area),
    }
}
