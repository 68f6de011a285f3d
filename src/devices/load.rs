//! From what was written to what it means.

use std::ops::Range;

use toml::Spanned;

use crate::devices::file::{
    AskedFile, BoxesFile, ConditionFile, OneOrMore, RuleFile, RulesFile, SizeFile,
};
use crate::devices::{
    Area, Ask, Attribute, Boxes, Compare, Condition, DeviceRule, ImageSize, Pattern, Presence,
};
use crate::model::{Region, Tag, quoted};

/// A file of rules cannot be used. Lines are counted from 1.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceRulesError {
    /// The text is not of the form of device rules.
    #[error("these device rules are not of the right form: {message}")]
    Form {
        /// What the parser says, with line and column.
        message: String,
    },
    /// Something in it is wrong.
    #[error("device rules, line {line}: {what}")]
    Wrong {
        /// The line.
        line: usize,
        /// What is wrong.
        what: String,
    },
}

/// Reads the text of a file of rules, each checked by itself.
pub(crate) fn read(text: &str) -> Result<Vec<(usize, DeviceRule)>, DeviceRulesError> {
    let file: RulesFile = toml::from_str(text)
        .map_err(|error| DeviceRulesError::Form { message: quoted(&error.to_string()) })?;
    let lines = Lines { text };
    if *file.format.get_ref() != 1 {
        return Err(lines.wrong(&file.format.span(), "the format must be 1"));
    }
    file.rules.into_iter().map(|rule| lines.rule(rule)).collect()
}

/// Knows on which line something stands.
struct Lines<'a> {
    text: &'a str,
}

impl Lines<'_> {
    fn wrong(&self, span: &Range<usize>, what: impl Into<String>) -> DeviceRulesError {
        DeviceRulesError::Wrong { line: self.line(span), what: what.into() }
    }

    fn line(&self, span: &Range<usize>) -> usize {
        self.text.get(..span.start).unwrap_or_default().matches('\n').count() + 1
    }

    /// Does something with a part of a rule; what is wrong is told with its line.
    fn on<T, R>(
        &self,
        part: Spanned<T>,
        read: impl FnOnce(T) -> Result<R, String>,
    ) -> Result<R, DeviceRulesError> {
        let span = part.span();
        read(part.into_inner()).map_err(|what| self.wrong(&span, what))
    }

    fn rule(&self, written: Spanned<RuleFile>) -> Result<(usize, DeviceRule), DeviceRulesError> {
        let span = written.span();
        let mut written = written.into_inner();
        let rule = DeviceRule {
            conditions: self.conditions(&mut written)?,
            area: self.area(&span, &mut written)?,
            name: written.name,
            author: written.author,
            reason: written.reason,
        };
        rule.check().map_err(|what| self.wrong(&span, what))?;
        Ok((self.line(&span), rule))
    }

    fn conditions(&self, written: &mut RuleFile) -> Result<Vec<Condition>, DeviceRulesError> {
        // A part of a maker's or model's name is usual, so that a plain word would be misread.
        let parts = [
            (written.manufacturer.take(), Tag(0x0008, 0x0070), false),
            (written.model.take(), Tag(0x0008, 0x1090), false),
            (written.software.take(), Tag(0x0018, 0x1020), false),
            (written.modality.take(), Tag(0x0008, 0x0060), true),
            (written.sop_class.take(), Tag(0x0008, 0x0016), true),
            (written.image_type.take(), Tag(0x0008, 0x0008), true),
        ];
        let mut conditions = Vec::new();
        for (asked, tag, is_plain) in parts {
            let Some(asked) = asked else { continue };
            conditions.push(self.on(asked, |asked| {
                let condition =
                    Condition::test(Attribute::of_tag(tag)?, asked_for(asked, is_plain)?);
                condition.check().map(|()| condition)
            })?);
        }
        for condition in std::mem::take(&mut written.when) {
            conditions.push(self.on(condition, |written| {
                let condition = condition_of(written)?;
                condition.check().map(|()| condition)
            })?);
        }
        Ok(conditions)
    }

    fn area(&self, span: &Range<usize>, written: &mut RuleFile) -> Result<Area, DeviceRulesError> {
        if let Some(word) = written.ultrasound_regions.take() {
            if written.size.is_some() || written.mask.is_some() || written.keep.is_some() {
                let what = "a rule on ultrasound regions has no size and no boxes of its own";
                return Err(self.wrong(&word.span(), what));
            }
            return self.on(word, |word| match word.as_str() {
                "mask-outside" => Ok(Area::OutsideUltrasoundRegions),
                _ => Err("ultrasound-regions can be \"mask-outside\" only".into()),
            });
        }
        let what = "boxes need the image size: size = { rows = …, columns = … }, or \"any\"";
        let size = written.size.take().ok_or_else(|| self.wrong(span, what))?;
        let size = self.on(size, size_of)?;
        let boxes = |part: Option<Spanned<BoxesFile>>, what| match part {
            Some(part) => self.on(part, |part| regions(part, size, what)),
            None => Ok(Vec::new()),
        };
        let masks = boxes(written.mask.take(), "mask")?;
        let keeps = boxes(written.keep.take(), "keep")?;
        Ok(Area::Boxes(Boxes { size, masks, keeps }))
    }
}

fn size_of(written: SizeFile) -> Result<ImageSize, String> {
    match written {
        SizeFile::Exactly(size) => {
            Ok(ImageSize::Exactly { rows: size.rows, columns: size.columns })
        }
        SizeFile::Word(word) if word == "any" => Ok(ImageSize::Any),
        SizeFile::Word(_) => Err("a size is { rows = …, columns = … }, or \"any\"".into()),
    }
}

fn regions(written: BoxesFile, size: ImageSize, what: &str) -> Result<Vec<Region>, String> {
    match written {
        BoxesFile::Word(word) if word == "all" => Ok(vec![size.whole()]),
        BoxesFile::Word(_) => Err(format!("{what} is a list of boxes, or \"all\"")),
        BoxesFile::Boxes(boxes) => boxes
            .iter()
            .enumerate()
            .map(|(at, numbers)| {
                region(numbers).ok_or_else(|| {
                    let at = at + 1;
                    format!("box {at} of {what} is not four numbers [x0, y0, x1, y1] from 0")
                })
            })
            .collect(),
    }
}

fn region(numbers: &[i64]) -> Option<Region> {
    let numbers: Option<Vec<u32>> = numbers.iter().map(|&one| u32::try_from(one).ok()).collect();
    let [x0, y0, x1, y1] = numbers?[..] else { return None };
    Some(Region { x0, y0, x1, y1 })
}

fn asked_for(written: AskedFile, is_plain: bool) -> Result<Ask, String> {
    match written {
        AskedFile::Words(words) if is_plain => Ok(Ask::Text(Compare::Equals, words.into_words())),
        AskedFile::Words(_) => Err("say how the name compares: { contains = \"…\" }".into()),
        AskedFile::How(how) => ask_of(*how)?.ok_or_else(|| ONE_OPERATOR.into()),
    }
}

const ONE_OPERATOR: &str = "a condition has one of equals, contains, starts-with, ends-with, \
     matches, less-than, greater-than, is; or one of all, any, not";

fn condition_of(mut written: ConditionFile) -> Result<Condition, String> {
    let many = |parts: Vec<ConditionFile>| {
        parts.into_iter().map(condition_of).collect::<Result<Vec<_>, _>>()
    };
    let attribute = written.attribute.take();
    let (all, any, not) = (written.all.take(), written.any.take(), written.not.take());
    let ask = ask_of(written)?;
    match (attribute, ask, all, any, not) {
        (Some(attribute), Some(ask), None, None, None) => {
            Ok(Condition::test(Attribute::parse(&attribute)?, ask))
        }
        (None, Some(_), None, None, None) => Err("a condition needs its attribute".into()),
        (None, None, Some(parts), None, None) => many(parts).map(Condition::All),
        (None, None, None, Some(parts), None) => many(parts).map(Condition::Any),
        (None, None, None, None, Some(part)) => {
            condition_of(*part).map(|part| Condition::Not(Box::new(part)))
        }
        _ => Err(ONE_OPERATOR.into()),
    }
}

/// The one operator of a condition; `None` where there is none.
fn ask_of(written: ConditionFile) -> Result<Option<Ask>, String> {
    let ConditionFile { attribute, all, any, not, .. } = &written;
    if attribute.is_some() || all.is_some() || any.is_some() || not.is_some() {
        return Err("this key names its attribute itself, and has one operator".into());
    }
    let text = |compare| move |words: OneOrMore| Ask::Text(compare, words.into_words());
    let mut asks: Vec<Ask> = Vec::new();
    asks.extend(written.equals.map(text(Compare::Equals)));
    asks.extend(written.contains.map(text(Compare::Contains)));
    asks.extend(written.starts_with.map(text(Compare::StartsWith)));
    asks.extend(written.ends_with.map(text(Compare::EndsWith)));
    asks.extend(written.less_than.map(Ask::LessThan));
    asks.extend(written.greater_than.map(Ask::GreaterThan));
    if let Some(pattern) = &written.matches {
        asks.push(Ask::Matches(Pattern::new(pattern)?));
    }
    if let Some(word) = &written.is {
        asks.push(Ask::Is(presence(word)?));
    }
    match asks.len() {
        0 | 1 => Ok(asks.pop()),
        _ => Err(ONE_OPERATOR.into()),
    }
}

fn presence(word: &str) -> Result<Presence, String> {
    match word {
        "missing" => Ok(Presence::Missing),
        "empty" => Ok(Presence::Empty),
        "present" => Ok(Presence::Present),
        _ => Err("is can be \"missing\", \"empty\" or \"present\"".into()),
    }
}
