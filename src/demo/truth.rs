//! What was planted where, and what must become of it: the ground truth of the demo batch.

use serde::{Deserialize, Serialize};

use crate::demo::calendar::Day;
use crate::model::{AttributePath, PathStep, Region};

/// What a planted string is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A person's name, whole or in part.
    Name,
    /// A patient's identifier.
    Mrn,
    /// An accession, visit, order or employee number.
    Acc,
    /// A social security number.
    Ssn,
    /// A telephone number.
    Phone,
    /// A postal address.
    Addr,
    /// A hospital, a department, a station.
    Inst,
    /// An e-mail address.
    Email,
    /// A date within text, or one that must go altogether.
    Date,
    /// A date that is an attribute's whole value, and that a profile may shift.
    DateElement,
    /// An age above 89.
    Age,
    /// A UID of an instance, series, study or frame of reference.
    Uid,
    /// Anything else that singles a person out.
    Other,
}

/// One string that must not be found in what is released.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planted {
    /// What it is.
    pub kind: Kind,
    /// As it was written.
    pub text: String,
    /// The words of it that tell something on their own.
    pub words: Vec<String>,
    /// Where; `None` when it is no attribute of the dataset.
    pub path: Option<AttributePath>,
    /// The day, for dates.
    pub day: Option<Day>,
}

impl Planted {
    /// A string of which every word of three characters or more tells something.
    pub fn new(kind: Kind, text: &str) -> Self {
        let words = match kind {
            Kind::Name | Kind::Inst | Kind::Other => words(text),
            Kind::Addr => words(text),
            Kind::Date | Kind::DateElement | Kind::Uid | Kind::Age => Vec::new(),
            Kind::Mrn | Kind::Acc | Kind::Ssn | Kind::Phone | Kind::Email => vec![text.to_owned()],
        };
        Self { kind, text: text.to_owned(), words, path: None, day: None }
    }

    /// The same, found at `path`.
    #[must_use]
    pub fn at(self, path: AttributePath) -> Self {
        Self { path: Some(path), ..self }
    }

    /// The same inside an item: `step` stands before its path.
    #[must_use]
    pub(crate) fn inside(mut self, step: PathStep) -> Self {
        self.path = self.path.map(|path| {
            let mut steps = vec![step];
            steps.extend_from_slice(path.steps());
            AttributePath::nested(steps, path.tag())
        });
        self
    }
}

/// Words that stand in many names of streets and hospitals, and alone tell nothing.
const COMMON: [&str; 20] = [
    "and",
    "avenue",
    "center",
    "centre",
    "clinic",
    "department",
    "drive",
    "general",
    "hospital",
    "imaging",
    "lane",
    "medical",
    "north",
    "of",
    "radiology",
    "road",
    "street",
    "suite",
    "the",
    "university",
];

fn words(text: &str) -> Vec<String> {
    let mut found: Vec<String> = text
        .split(|glyph: char| !glyph.is_alphanumeric() && glyph != '\'')
        .filter(|word| word.chars().count() >= 3 || !word.is_ascii())
        .filter(|word| !word.is_empty() && !COMMON.contains(&word.to_lowercase().as_str()))
        .filter(|word| word.len() >= 5 || !word.bytes().all(|byte| byte.is_ascii_digit()))
        .map(str::to_owned)
        .collect();
    found.sort();
    found.dedup();
    found
}

/// A text burned into the pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BurnedText {
    /// What is written.
    pub text: String,
    /// The smallest region that holds its ink.
    pub region: Region,
    /// First and last frame that show it, counted from 0.
    pub frames: (u32, u32),
    /// Whether it identifies; what does not should survive.
    pub identifies: bool,
}

/// The whole truth about a batch, as `truth.json` holds it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Truth {
    /// What the pictures and identifiers were drawn from.
    pub seed: u64,
    /// The profile that [`FileTruth::kept`] is about.
    pub profile: String,
    /// Every file of the batch, sorted by path.
    pub files: Vec<FileTruth>,
}

impl Truth {
    /// A truth about no file yet.
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, profile: "research".to_owned(), files: Vec::new() }
    }
}

/// The truth about one file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FileTruth {
    /// Path within the batch, with `/`.
    pub file: String,
    /// SOP Instance UID; empty where there is none.
    pub uid: String,
    /// Patient ID; empty where there is none.
    pub patient: String,
    /// Modality; empty where there is none.
    pub modality: String,
    /// Transfer Syntax UID; empty where there is none.
    pub syntax: String,
    /// What must not be found in the released file.
    pub phi: Vec<PhiTruth>,
    /// What must be found in it, unchanged.
    pub kept: Vec<KeptTruth>,
    /// What is written in its pixels.
    pub boxes: Vec<BoxTruth>,
    /// How it must end when everything is approved.
    pub expected: Expected,
}

/// A planted string.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhiTruth {
    /// What it is.
    pub kind: Kind,
    /// As it was written.
    pub text: String,
    /// The words of it that tell something on their own.
    pub words: Vec<String>,
    /// `(gggg,eeee)[item].(gggg,eeee)`, `META (gggg,eeee)`, `FILE` (its path) or `PIXELS`.
    pub path: String,
    /// The day as `YYYY-MM-DD`; empty for what is no date.
    pub iso: String,
}

/// An attribute that must survive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptTruth {
    /// Which: `(gggg,eeee)`.
    pub path: String,
    /// Its value: text as written, numbers in decimal, several parted by a backslash.
    pub value: String,
}

/// A text in the pixels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoxTruth {
    /// What is written.
    pub text: String,
    /// `x0, y0, x1, y1` in pixels of the frame, half-open.
    #[serde(rename = "box")]
    pub region: [u32; 4],
    /// First and last frame, counted from 0.
    pub frames: [u32; 2],
    /// Whether it identifies.
    pub identifies: bool,
}

/// How a file must end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// Whether it is released when everything is approved.
    pub released: bool,
    /// The stable name of the cause ([`crate::model::Cause::slug`]); empty when released.
    pub cause: String,
}

impl PhiTruth {
    /// A planted string as the truth tells it; `place` stands where there is no attribute.
    pub(crate) fn new(planted: &Planted, place: &str) -> Self {
        Self {
            kind: planted.kind,
            text: planted.text.clone(),
            words: planted.words.clone(),
            path: planted.path.as_ref().map_or_else(|| place.to_owned(), ToString::to_string),
            iso: planted.day.map(Day::iso).unwrap_or_default(),
        }
    }
}

impl From<&BurnedText> for BoxTruth {
    fn from(burned: &BurnedText) -> Self {
        let region = burned.region;
        Self {
            text: burned.text.clone(),
            region: [region.x0, region.y0, region.x1, region.y1],
            frames: [burned.frames.0, burned.frames.1],
            identifies: burned.identifies,
        }
    }
}
