//! One rule: which files, of which image size, and where.

use crate::devices::Condition;
use crate::model::Region;

/// Most boxes of a rule.
pub(crate) const MOST_BOXES: usize = 256;
/// Longest name, author or reason, in characters.
pub(crate) const LONGEST: usize = 400;

/// Where the pictures of some files hold text that identifies.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceRule {
    /// What reports call it; no two rules of a set share a name.
    pub name: String,
    /// Who says so.
    pub author: String,
    /// Why.
    pub reason: String,
    /// What a file must be like: all of these hold.
    pub conditions: Vec<Condition>,
    /// Where.
    pub area: Area,
}

/// Where in a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Area {
    /// In boxes.
    Boxes(Boxes),
    /// Outside all regions that Sequence of Ultrasound Regions (0018,6011) names.
    OutsideUltrasoundRegions,
}

/// Boxes in pictures of one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boxes {
    /// The size that they are meant for.
    pub size: ImageSize,
    /// What is masked.
    pub masks: Vec<Region>,
    /// What is not: it is taken out of the masks of this rule, and text that is found there is never
    /// masked by itself. What stands in neither list is left to detection.
    pub keeps: Vec<Region>,
}

/// The picture that boxes are meant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageSize {
    /// Pictures of exactly this size.
    Exactly {
        /// Number of rows.
        rows: u32,
        /// Number of columns.
        columns: u32,
    },
    /// Pictures of any size, where an author vouches for it; boxes end at their edges.
    Any,
}

impl ImageSize {
    /// All of such a picture; for one of any size, as far as boxes reach.
    pub const fn whole(self) -> Region {
        let (x1, y1) = match self {
            Self::Exactly { rows, columns } => (columns, rows),
            Self::Any => (u32::MAX, u32::MAX),
        };
        Region { x0: 0, y0: 0, x1, y1 }
    }

    /// Whether boxes for this size are meant for a picture.
    pub(crate) fn fits(self, (columns, rows): (u32, u32)) -> bool {
        self == Self::Any || self == Self::Exactly { rows, columns }
    }
}

impl DeviceRule {
    /// Refuses what means nothing or cannot be written.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(crate) fn check(&self) -> Result<(), String> {
        for (what, text) in
            [("name", &self.name), ("author", &self.author), ("reason", &self.reason)]
        {
            if text.trim().is_empty() {
                return Err(format!("a rule needs its {what}"));
            }
            if text.contains(char::is_control) || text.chars().count() > LONGEST {
                return Err(format!("the {what} is no line of at most {LONGEST} characters"));
            }
        }
        if self.conditions.is_empty() {
            return Err("a rule needs a condition: without one it is about every file".into());
        }
        self.conditions.iter().try_for_each(Condition::check)?;
        match &self.area {
            Area::Boxes(boxes) => boxes.check(),
            Area::OutsideUltrasoundRegions => Ok(()),
        }
    }
}

impl Boxes {
    fn check(&self) -> Result<(), String> {
        let whole = self.size.whole();
        if whole.is_empty() {
            return Err("a picture has at least one row and one column".into());
        }
        if self.masks.is_empty() && self.keeps.is_empty() {
            return Err("a rule needs a box: mask, keep, or ultrasound-regions".into());
        }
        if self.masks.len() + self.keeps.len() > MOST_BOXES {
            return Err(format!("a rule has at most {MOST_BOXES} boxes"));
        }
        let all = [("mask", &self.masks), ("keep", &self.keeps)];
        for (what, at, one) in all.into_iter().flat_map(|(what, boxes)| {
            boxes.iter().enumerate().map(move |(at, one)| (what, at + 1, *one))
        }) {
            let Region { x0, y0, x1, y1 } = one;
            let written = format!("box {at} of {what}, [{x0}, {y0}, {x1}, {y1}],");
            if one.is_empty() {
                return Err(format!(
                    "{written} covers no pixel: it goes from x0, y0 to before x1, y1"
                ));
            }
            if one.intersection(whole) != Some(one) {
                let (rows, columns) = (whole.y1, whole.x1);
                return Err(format!(
                    "{written} leaves the picture of {rows} rows and {columns} columns"
                ));
            }
        }
        Ok(())
    }
}
