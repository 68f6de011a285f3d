//! Rules as they are written.

use serde::Deserialize;
use toml::Spanned;

/// A file of rules as it is written: nothing is checked but the form.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RulesFile {
    /// 1.
    pub format: Spanned<u32>,
    /// The rules.
    #[serde(default, rename = "rule")]
    pub rules: Vec<Spanned<RuleFile>>,
}

/// A rule as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RuleFile {
    pub name: String,
    pub author: String,
    pub reason: String,
    pub manufacturer: Option<Spanned<AskedFile>>,
    pub model: Option<Spanned<AskedFile>>,
    pub software: Option<Spanned<AskedFile>>,
    pub modality: Option<Spanned<AskedFile>>,
    pub sop_class: Option<Spanned<AskedFile>>,
    pub image_type: Option<Spanned<AskedFile>>,
    #[serde(default)]
    pub when: Vec<Spanned<ConditionFile>>,
    pub size: Option<Spanned<SizeFile>>,
    pub mask: Option<Spanned<BoxesFile>>,
    pub keep: Option<Spanned<BoxesFile>>,
    pub ultrasound_regions: Option<Spanned<String>>,
}

/// What is asked of an attribute that has a key of its own.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a word, words, or how to compare, as { contains = \"…\" }")]
pub(crate) enum AskedFile {
    Words(OneOrMore),
    How(Box<ConditionFile>),
}

/// A condition: one operator, with the attribute that it asks for, or other conditions.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ConditionFile {
    pub attribute: Option<String>,
    pub equals: Option<OneOrMore>,
    pub contains: Option<OneOrMore>,
    pub starts_with: Option<OneOrMore>,
    pub ends_with: Option<OneOrMore>,
    pub matches: Option<String>,
    pub less_than: Option<f64>,
    pub greater_than: Option<f64>,
    pub is: Option<String>,
    pub all: Option<Vec<ConditionFile>>,
    pub any: Option<Vec<ConditionFile>>,
    pub not: Option<Box<ConditionFile>>,
}

/// One word, or several.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a word in quotes, or a list of them")]
pub(crate) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    pub(crate) fn into_words(self) -> Vec<String> {
        match self {
            Self::One(word) => vec![word],
            Self::More(words) => words,
        }
    }
}

/// The size of pictures.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "{ rows = …, columns = … }, or \"any\"")]
pub(crate) enum SizeFile {
    Word(String),
    Exactly(ExactSize),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExactSize {
    pub rows: u32,
    pub columns: u32,
}

/// Boxes, or a word for the whole picture.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "boxes, as [[x0, y0, x1, y1]], or \"all\"")]
pub(crate) enum BoxesFile {
    Word(String),
    Boxes(Vec<Vec<i64>>),
}
