//! How a rule names attributes: a tag, a path through sequences, a private one by its creator.

use std::fmt;

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_dictionary_std::StandardDataDictionary;

use crate::model::{AttributePath, PathStep, Tag};
use crate::profile::private::canonical;
use crate::profile::table::TagPattern;

const WRONG_TAG: &str = "a tag is written (gggg,eeee); x stands for any digit";
const WRONG_PRIVATE: &str =
    "a private attribute is written (gggg,\"CREATOR\",ee), its group is odd";
const WRONG_PATH: &str =
    "a path is written (gggg,eeee).(gggg,eeee); * in front of it stands for any depth";

/// The attributes that a rule is about. Items have no numbers here: every item is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Whether the first sequence stands at the top level.
    is_anchored: bool,
    /// The sequences around the attribute, outermost first.
    around: Vec<TagPattern>,
    tags: TagPattern,
    /// The creator of its block, as the profile writes it.
    creator: Option<Box<str>>,
}

impl Place {
    /// Reads what `tag` of a rule says: attributes at any depth.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn of_tag(text: &str) -> Result<Self, &'static str> {
        let (tags, creator) = name(text)?;
        Ok(Self { is_anchored: false, around: Vec::new(), tags, creator })
    }

    /// Reads what `path` of a rule says: sequences from the top level, then the attribute; with
    /// `*` in front of it at any depth.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn of_path(text: &str) -> Result<Self, &'static str> {
        let below = text.strip_prefix("*.");
        let steps = steps(below.unwrap_or(text));
        let (last, before) = steps.split_last().ok_or(WRONG_PATH)?;
        if steps.iter().any(|step| step.contains('[') && !step.contains('"')) {
            return Err("a path has no item numbers: it means every item");
        }
        let sequence = |step: &&str| match name(step) {
            Ok((tags, None)) => Ok(tags),
            Ok(_) => Err("a private attribute by its creator can only be the last step"),
            Err(_) => Err(WRONG_PATH),
        };
        let around = before.iter().map(sequence).collect::<Result<_, _>>()?;
        let wrong = |said| if said == WRONG_PRIVATE { said } else { WRONG_PATH };
        let (tags, creator) = name(last).map_err(wrong)?;
        Ok(Self { is_anchored: below.is_none(), around, tags, creator })
    }

    /// Reads how a person names an attribute: as a path, but keywords may stand for tags, and
    /// parentheses and the comma of a tag may be left out.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn of_words(text: &str) -> Result<Self, String> {
        let steps: Result<Vec<String>, String> = steps(text).into_iter().map(step_of).collect();
        Ok(Self::of_path(&steps?.join("."))?)
    }

    /// Whether an attribute is meant; `creator` is that of its private block, empty where there is
    /// none.
    pub fn fits(&self, path: &AttributePath, creator: &str) -> bool {
        self.fits_tag(path.tag(), creator) && self.fits_around(path.steps())
    }

    fn fits_tag(&self, tag: Tag, creator: &str) -> bool {
        let is_by =
            |wanted: &str| tag.element() >= 0x1000 && canonical(creator) == canonical(wanted);
        self.tags.fits(tag) && self.creator.as_deref().is_none_or(is_by)
    }

    fn fits_around(&self, steps: &[PathStep]) -> bool {
        let Some(more) = steps.len().checked_sub(self.around.len()) else { return false };
        let is_deep_enough = more == 0 || !self.is_anchored;
        let inner = steps[more..].iter().zip(&self.around);
        is_deep_enough && inner.into_iter().all(|(step, tags)| tags.fits(step.sequence))
    }

    /// The tags that are meant, whatever stands around them.
    pub const fn tags(&self) -> TagPattern {
        self.tags
    }

    /// The creator of the private block that is meant.
    pub fn creator(&self) -> Option<&str> {
        self.creator.as_deref()
    }

    /// A path that is meant, where all digits are told: in the first items, as high up and in as
    /// low a private block as may be.
    pub fn example(&self) -> Option<AttributePath> {
        let sequence = |tags: &TagPattern| Some(PathStep { sequence: tags.exact()?, item: 0 });
        let steps = self.around.iter().map(sequence).collect::<Option<_>>()?;
        let tag = match &self.creator {
            Some(_) => self.tags.in_first_block(),
            None => self.tags.exact(),
        };
        Some(AttributePath::nested(steps, tag?))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_anchored && !self.around.is_empty() {
            f.write_str("*.")?;
        }
        self.around.iter().try_for_each(|tags| write!(f, "{tags}."))?;
        match (&self.creator, self.tags.to_string().as_bytes()) {
            (Some(creator), [b'(', group @ .., b',', _, _, high, low, b')']) => {
                let group = String::from_utf8_lossy(group);
                write!(f, "({group},\"{creator}\",{}{})", *high as char, *low as char)
            }
            _ => write!(f, "{}", self.tags),
        }
    }
}

fn name(text: &str) -> Result<(TagPattern, Option<Box<str>>), &'static str> {
    match text.contains('"') {
        true => private(text).map(|(tags, by)| (tags, Some(by))).ok_or(WRONG_PRIVATE),
        false => TagPattern::parse(text).map(|tags| (tags, None)).ok_or(WRONG_TAG),
    }
}

/// Reads `(gggg,"CREATOR",ee)`.
fn private(text: &str) -> Option<(TagPattern, Box<str>)> {
    let inside = text.strip_prefix('(')?.strip_suffix(')')?;
    let (group, rest) = inside.split_once(',')?;
    let (creator, element) = rest.trim_start().strip_prefix('"')?.rsplit_once("\",")?;
    let tags = TagPattern::parse(&format!("({group},xx{})", element.trim_start()))?;
    let creator = creator.trim();
    let is_odd = tags.group().is_some_and(|group| group % 2 == 1);
    (is_odd && !creator.is_empty()).then(|| (tags, creator.into()))
}

/// One step of a path, by keyword or tag.
fn step_of(word: &str) -> Result<String, String> {
    if word.starts_with('(') || word == "*" {
        return Ok(word.to_owned());
    }
    let digits: String = word.chars().filter(|c| *c != ',').collect();
    if digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(format!("({},{})", &digits[..4], &digits[4..]));
    }
    let found = StandardDataDictionary.by_name(word);
    let tag = found.map(|entry| AttributePath::root(entry.tag()).to_string());
    tag.ok_or_else(|| format!("there is no attribute called {word}"))
}

/// Parts a path at its dots; those in the name of a creator are none.
fn steps(text: &str) -> Vec<&str> {
    let mut is_quoted = false;
    let parts = text.split(move |c| {
        is_quoted ^= c == '"';
        c == '.' && !is_quoted
    });
    parts.collect()
}
