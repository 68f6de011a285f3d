//! Where in a dataset an attribute stands.

use std::fmt;
use std::str::FromStr;

use dicom_core::Tag;

/// One sequence on the way to a nested attribute: its tag and the item, counted from 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathStep {
    /// Tag of the Sequence attribute.
    pub sequence: Tag,
    /// Item within it, counted from 0.
    pub item: u32,
}

/// The place of one attribute of one instance, through all sequences.
///
/// Written `(0008,1140)[0].(0008,1155)`; hexadecimal digits are upper case. Paths are ordered as
/// their attributes stand in a dataset: a sequence before what is in it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct AttributePath {
    steps: Vec<PathStep>,
    tag: Tag,
}

impl AttributePath {
    /// An attribute of the top level.
    pub const fn root(tag: Tag) -> Self {
        Self { steps: Vec::new(), tag }
    }

    /// An attribute behind `steps`, outermost first.
    pub const fn nested(steps: Vec<PathStep>, tag: Tag) -> Self {
        Self { steps, tag }
    }

    /// The attribute's own tag.
    pub const fn tag(&self) -> Tag {
        self.tag
    }

    /// The sequences around it, outermost first.
    pub fn steps(&self) -> &[PathStep] {
        &self.steps
    }

    /// Number of sequences around it.
    pub fn depth(&self) -> usize {
        self.steps.len()
    }

    /// The place of `tag` inside item `item` of this attribute.
    #[must_use]
    pub fn child(&self, item: u32, tag: Tag) -> Self {
        let mut steps = self.steps.clone();
        steps.push(PathStep { sequence: self.tag, item });
        Self { steps, tag }
    }
}

impl AttributePath {
    fn in_order(&self) -> impl Iterator<Item = (Tag, u32)> {
        let steps = self.steps.iter().map(|step| (step.sequence, step.item.saturating_add(1)));
        steps.chain(std::iter::once((self.tag, 0)))
    }
}

impl PartialOrd for AttributePath {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for AttributePath {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        match (&self.steps[..], &other.steps[..]) {
            ([], []) => self.tag.cmp(&other.tag),
            _ => self.in_order().cmp(other.in_order()),
        }
    }
}

/// Formats a tag as `(gggg,eeee)`.
pub(crate) fn write_tag(f: &mut fmt::Formatter<'_>, tag: Tag) -> fmt::Result {
    write!(f, "({:04X},{:04X})", tag.group(), tag.element())
}

impl fmt::Display for AttributePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            write_tag(f, step.sequence)?;
            write!(f, "[{}].", step.item)?;
        }
        write_tag(f, self.tag)
    }
}

impl fmt::Debug for AttributePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not a path as [`AttributePath`] writes it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an attribute path; expected the form (gggg,eeee)[item].(gggg,eeee)")]
pub struct ParsePathError;

fn parse_tag(text: &str) -> Option<(Tag, &str)> {
    let inner = text.strip_prefix('(')?;
    let (group, rest) = inner.split_at_checked(4)?;
    let (element, rest) = rest.strip_prefix(',')?.split_at_checked(4)?;
    let tag = Tag(u16::from_str_radix(group, 16).ok()?, u16::from_str_radix(element, 16).ok()?);
    Some((tag, rest.strip_prefix(')')?))
}

impl FromStr for AttributePath {
    type Err = ParsePathError;

    fn from_str(text: &str) -> Result<Self, ParsePathError> {
        let mut steps = Vec::new();
        let mut rest = text;
        loop {
            let (tag, after) = parse_tag(rest).ok_or(ParsePathError)?;
            if after.is_empty() {
                return Ok(Self { steps, tag });
            }
            let (item, after) = after
                .strip_prefix('[')
                .and_then(|text| text.split_once("]."))
                .ok_or(ParsePathError)?;
            let item = item.parse().map_err(|_not_a_number| ParsePathError)?;
            steps.push(PathStep { sequence: tag, item });
            rest = after;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_round_trip_through_text() {
        let path = AttributePath::root(Tag(0x0008, 0x1140)).child(3, Tag(0x0008, 0x1155));
        assert_eq!(path.to_string(), "(0008,1140)[3].(0008,1155)");
        assert_eq!(path.to_string().parse(), Ok(path));
    }

    #[test]
    fn order_is_that_of_the_dataset() {
        let mut paths: Vec<AttributePath> = [
            "(0008,1155)",
            "(0008,1140)[1].(0008,1150)",
            "(0008,1140)",
            "(0008,1140)[0].(0008,1155)",
            "(0008,0016)",
        ]
        .iter()
        .map(|text| text.parse().unwrap())
        .collect();
        paths.sort();
        let texts: Vec<_> = paths.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "(0008,0016)",
                "(0008,1140)",
                "(0008,1140)[0].(0008,1155)",
                "(0008,1140)[1].(0008,1150)",
                "(0008,1155)"
            ]
        );
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in ["", "0008,1140", "(0008,1140)[x].(0008,1155)", "(0008,1140)[0]", "(00é8,1140)"]
        {
            assert_eq!(text.parse::<AttributePath>(), Err(ParsePathError), "{text}");
        }
    }
}
