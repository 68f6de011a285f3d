//! A rule that is being taken over.

use crate::devices::import::boxes::{Convention, region};
use crate::devices::import::{Fault, Format, ImportOptions};
use crate::devices::rectangles::without;
use crate::devices::rule::MOST_BOXES;
use crate::devices::{Area, Ask, Boxes, Compare, Condition, DeviceRule, ImageSize};
use crate::model::{Region, Tag};

const ROWS: Tag = Tag(0x0028, 0x0010);
const COLUMNS: Tag = Tag(0x0028, 0x0011);
/// Longest name that is taken over, in characters.
const LONGEST_NAME: usize = 80;

/// What was read of a rule so far, with the lines that it stands on.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// The line that names it, or on which it starts.
    pub line: usize,
    pub lines: Vec<usize>,
    pub name: String,
    /// Whom the script names.
    pub author: Option<String>,
    /// All of these hold.
    pub conditions: Vec<Condition>,
    /// Boxes, in their order.
    pub boxes: Vec<DraftBox>,
    /// The first thing that is wrong with it.
    pub fault: Option<Fault>,
}

/// A box of a script.
#[derive(Clone, Copy, Debug)]
pub(super) struct DraftBox {
    pub line: usize,
    pub is_kept: bool,
    pub what: What,
}

/// Which part of a picture a box is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    All,
    Numbers([i64; 4], Convention),
    UltrasoundRegions,
}

impl Draft {
    /// Notes that something is wrong with it; the first fault stays.
    pub fn blame(&mut self, fault: Fault) {
        self.fault.get_or_insert(fault);
    }

    /// The rule.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn into_rule(
        mut self,
        format: Format,
        options: ImportOptions<'_>,
    ) -> Result<DeviceRule, Fault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        if self.conditions.is_empty() {
            return Err(Fault::new(self.line, "without a condition it is about every file"));
        }
        self.conditions = flat(self.conditions);
        let area = match self.is_on_ultrasound_regions()? {
            true => Area::OutsideUltrasoundRegions,
            false => Area::Boxes(self.take_boxes(options.any_size)?),
        };
        let rule = DeviceRule {
            name: line_of(&self.name).unwrap_or_else(|| format!("line {}", self.line)),
            author: author(&self, format, options),
            reason: reason(&self, format, options),
            conditions: self.conditions,
            area,
        };
        rule.check().map_err(|what| Fault::new(self.line, what))?;
        Ok(rule)
    }

    /// Whether all but ultrasound regions is masked.
    fn is_on_ultrasound_regions(&self) -> Result<bool, Fault> {
        let is_regions = |one: &&DraftBox| one.what == What::UltrasoundRegions;
        let Some(regions) = self.boxes.iter().find(is_regions) else { return Ok(false) };
        let is_blank = |one: &DraftBox| one.what == What::All && !one.is_kept;
        match self.boxes.iter().find(|one| !is_regions(one) && !is_blank(one)) {
            Some(other) => {
                Err(Fault::new(other.line, "a rule on ultrasound regions has no other boxes"))
            }
            None if !regions.is_kept => {
                Err(Fault::new(regions.line, "ultrasound regions can be kept only"))
            }
            None => Ok(true),
        }
    }

    fn take_boxes(&mut self, any_size: bool) -> Result<Boxes, Fault> {
        let size = match self.take_size()? {
            Some(size) => size,
            None if any_size => ImageSize::Any,
            None => {
                let why = "no image size: Rows and Columns are not both asked for with equals \
                           (--any-size takes it for pictures of any size)";
                return Err(Fault::new(self.line, why));
            }
        };
        let (mut masks, mut keeps): (Vec<Region>, Vec<Region>) = (Vec::new(), Vec::new());
        for one in &self.boxes {
            let region = match one.what {
                What::Numbers(numbers, means) => region(numbers, means, size),
                What::All | What::UltrasoundRegions => Ok(size.whole()),
            };
            let region = region.map_err(|why| Fault::new(one.line, why))?;
            if one.is_kept {
                keeps.push(region);
            } else {
                // Of a box to keep and a later one to mask, the later one counts.
                if keeps.iter().any(|keep| keep.intersection(region).is_some()) {
                    keeps = without(&keeps, &[region]);
                }
                masks.push(region);
            }
            // Each cut makes more of them.
            if masks.len() + keeps.len() > MOST_BOXES {
                return Err(Fault::new(one.line, format!("a rule has at most {MOST_BOXES} boxes")));
            }
        }
        Ok(Boxes { size, masks, keeps })
    }

    /// The size that the conditions ask for; those that say nothing else go.
    fn take_size(&mut self) -> Result<Option<ImageSize>, Fault> {
        let asked = |tag| self.conditions.iter().filter_map(move |one| equal_number(one, tag));
        let (rows, columns): (Vec<u32>, Vec<u32>) =
            (asked(ROWS).collect(), asked(COLUMNS).collect());
        if rows.windows(2).chain(columns.windows(2)).any(|two| two.first() != two.last()) {
            return Err(Fault::new(self.line, "it asks for two image sizes at once"));
        }
        let (Some(&rows), Some(&columns)) = (rows.first(), columns.first()) else {
            return Ok(None);
        };
        let says_more = |one: &Condition| {
            equal_number(one, ROWS).is_none() && equal_number(one, COLUMNS).is_none()
        };
        // A rule needs a condition: where there is no other, these stay.
        if self.conditions.iter().any(says_more) {
            self.conditions.retain(says_more);
        }
        Ok(Some(ImageSize::Exactly { rows, columns }))
    }
}

/// Conditions without those that only join others.
fn flat(conditions: Vec<Condition>) -> Vec<Condition> {
    let parts = conditions.into_iter().flat_map(|one| match one {
        Condition::All(parts) => flat(parts),
        other => vec![other],
    });
    parts.collect()
}

/// The number that a condition wants an attribute to equal.
fn equal_number(condition: &Condition, tag: Tag) -> Option<u32> {
    let Condition::Test { attribute, ask: Ask::Text(Compare::Equals, words) } = condition else {
        return None;
    };
    let is_it = attribute.tag() == tag && attribute.creator().is_none();
    let [word] = &words[..] else { return None };
    word.trim().parse().ok().filter(|number| is_it && *number > 0)
}

fn author(draft: &Draft, format: Format, options: ImportOptions<'_>) -> String {
    let named = options.author.and_then(line_of).or_else(|| line_of(draft.author.as_ref()?));
    named.unwrap_or_else(|| format!("not named in the {format}"))
}

fn reason(draft: &Draft, format: Format, options: ImportOptions<'_>) -> String {
    let by = draft.author.as_deref().filter(|_| options.author.is_some()).and_then(line_of);
    let by = by.map_or_else(String::new, |by| format!(" of {by}"));
    format!("Imported from line {} of a {format}{by}", draft.line)
}

/// A text as a short line; `None` where nothing is left.
fn line_of(text: &str) -> Option<String> {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let line: String = words.join(" ").chars().take(LONGEST_NAME).collect();
    (!line.trim().is_empty()).then(|| line.trim().to_owned())
}
