//! A rule of a profile, checked.

use std::fmt;
use std::sync::Arc;

use regex::{Regex, RegexBuilder};

use crate::model::{Action, ActionCode, AttributePath, Layer, VR};
use crate::profile::file::{OneOrMore, RuleFile};
use crate::profile::resolve::{can_carry, dictionary_vr, is_protected};
use crate::profile::{AttributeQuery, Place};

/// Most bytes of memory for one regular expression: a few letters can ask for gigabytes.
const LARGEST_PATTERN: usize = 1 << 20;

/// A rule of a profile, checked. All that it asks for must fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The attributes that it names; `None` matches by VR only.
    pub place: Option<Place>,
    /// VR.
    pub vr: Option<VR>,
    /// SOP Class UID.
    pub sop_class: Option<String>,
    /// Modalities, one of which the instance must be of; none: it may be of any.
    pub modalities: Vec<String>,
    /// What the name of the manufacturer has in it, in lower case.
    pub manufacturer: Option<String>,
    /// What the value must be like.
    pub value: Option<ValuePattern>,
    /// The action code that comes nearest.
    pub code: ActionCode,
    /// What is done; `None` where the code is settled by the attribute's Type.
    pub action: Option<Action>,
    /// Why.
    pub why: String,
    /// Shipped profile or site.
    pub layer: Layer,
    /// The line of its profile on which it starts, counted from 1.
    pub line: usize,
    /// How a plan names it: the profile that it stands in, and why.
    pub label: Arc<str>,
}

/// A regular expression that is looked for in a value.
#[derive(Clone, Debug)]
pub struct ValuePattern(Regex);

impl ValuePattern {
    /// Whether a value, as text without padding, is like that.
    pub fn fits(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

impl PartialEq for ValuePattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for ValuePattern {}

impl fmt::Display for ValuePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

/// Where a rule stands.
#[derive(Clone, Copy)]
pub(crate) struct Origin<'a> {
    pub profile: &'a str,
    pub layer: Layer,
    pub line: usize,
}

impl Rule {
    /// Reads what was written; what is wrong, in words.
    pub(crate) fn check(written: &RuleFile, origin: Origin<'_>) -> Result<Self, String> {
        let place = place(written)?;
        let vr = written.vr.as_deref().map(str::parse::<VR>).transpose();
        let vr = vr.map_err(|_unknown| "there is no such VR")?;
        if place.is_none() && vr.is_none() {
            return Err("a rule needs a tag, a path or a VR".into());
        }
        if written.why.trim().is_empty() {
            return Err("a rule needs a reason (why)".into());
        }
        let (code, action) = action(&written.action)
            .ok_or_else(|| format!("there is no action {}", written.action))?;
        let rule = Self {
            place,
            vr,
            sop_class: sop_class(written.sop_class.as_deref())?,
            modalities: modalities(written.modality.as_ref())?,
            manufacturer: manufacturer(written.manufacturer.as_deref())?,
            value: pattern(written.value.as_deref())?,
            code,
            action,
            why: written.why.clone(),
            layer: origin.layer,
            line: origin.line,
            label: format!("profile {}: {}", origin.profile, written.why).into(),
        };
        rule.can_be_done(&written.action)?;
        Ok(rule)
    }

    /// Refuses what no attribute that the rule names could become.
    fn can_be_done(&self, word: &str) -> Result<(), String> {
        let tag = self.place.as_ref().and_then(|place| place.tags().exact());
        if let Some(tag) = tag
            && is_protected(tag)
            && self.action != Some(Action::Keep)
        {
            let tag = AttributePath::root(tag);
            return Err(format!("{tag} is protected: the rest cannot be read without it"));
        }
        // What private attributes are, only files say.
        let of_tag = tag.filter(|tag| tag.group() % 2 == 0).map(dictionary_vr);
        match (self.action, self.vr.or(of_tag)) {
            (Some(action), Some(vr)) if !can_carry(vr, action) => {
                Err(format!("VR {} cannot carry the action {word}", vr.to_string()))
            }
            _ => Ok(()),
        }
    }

    /// Whether the rule is about instances like this one.
    pub fn fits_instance(&self, sop_class: &str, modality: &str, manufacturer: &str) -> bool {
        let is_one = |wanted: &String| wanted.eq_ignore_ascii_case(modality);
        self.sop_class.as_ref().is_none_or(|uid| uid == sop_class)
            && (self.modalities.is_empty() || self.modalities.iter().any(is_one))
            && self.manufacturer.as_ref().is_none_or(|part| has_part(manufacturer, part))
    }

    /// Whether the rule is about an attribute; its value is asked for when all else fits.
    pub(crate) fn fits(&self, query: &AttributeQuery<'_>) -> bool {
        let creator = query.private.map_or("", |private| private.creator);
        self.vr.is_none_or(|vr| vr == query.vr)
            && self.place.as_ref().is_none_or(|place| place.fits(query.path, creator))
            && self.fits_instance(query.sop_class, query.modality, query.manufacturer)
            && self.fits_value(query.value)
    }

    /// Whether the value is as the rule wants it; one that cannot be read never is.
    pub fn fits_value(&self, read: &dyn Fn() -> Option<String>) -> bool {
        let is_like = |pattern: &ValuePattern| read().is_some_and(|text| pattern.fits(&text));
        self.value.as_ref().is_none_or(is_like)
    }

    /// All that decides what it does, for a profile's digest: not where it stands.
    pub(crate) fn meaning(&self) -> impl fmt::Debug {
        (
            (&self.place, self.vr, &self.sop_class, &self.modalities, &self.manufacturer),
            self.value.as_ref().map(ToString::to_string),
            (self.code, self.action, &self.why, self.layer),
        )
    }

    /// What it asks for and does, in a line.
    pub fn describe(&self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.place.as_ref().map(ToString::to_string));
        parts.extend(self.vr.map(|vr| format!("VR {}", vr.to_string())));
        parts.extend(self.sop_class.as_ref().map(|uid| format!("SOP Class {uid}")));
        if !self.modalities.is_empty() {
            parts.push(format!("modality {}", self.modalities.join(" or ")));
        }
        parts.extend(self.manufacturer.as_ref().map(|part| format!("manufacturer with {part}")));
        parts.extend(self.value.as_ref().map(|pattern| format!("value like {pattern}")));
        parts.join(", ")
    }

    /// The word or code that a profile writes for what it does.
    pub fn action_word(&self) -> &'static str {
        self.action.map_or_else(|| self.code.as_str(), action_word)
    }

    /// Whether this rule says all that another one says, or less, so that it fits wherever that one
    /// does.
    pub fn covers(&self, other: &Self) -> bool {
        let covers_vr = self.vr.is_none() || self.vr == other.vr;
        let covers_class = self.sop_class.is_none() || self.sop_class == other.sop_class;
        let covers_modality = self.modalities.is_empty() || self.modalities == other.modalities;
        let covers_maker = self.manufacturer.is_none() || self.manufacturer == other.manufacturer;
        let covers_value = self.value.is_none() || self.value == other.value;
        let covers_instance = covers_class && covers_modality && covers_maker;
        self.place == other.place && covers_vr && covers_instance && covers_value
    }
}

/// The word that a profile writes for an action.
pub fn action_word(action: Action) -> &'static str {
    let found = WORDS.iter().find(|(_, _, known)| *known == action);
    found.map_or("set", |(word, ..)| word)
}

/// Whether a name has a part in it that is given in lower case.
fn has_part(name: &str, part: &str) -> bool {
    name.to_lowercase().contains(part)
}

fn place(written: &RuleFile) -> Result<Option<Place>, &'static str> {
    match (&written.tag, &written.path) {
        (Some(_), Some(_)) => Err("a rule has a tag or a path, not both"),
        (Some(tag), None) => Place::of_tag(tag).map(Some),
        (None, Some(path)) => Place::of_path(path).map(Some),
        (None, None) => Ok(None),
    }
}

fn sop_class(written: Option<&str>) -> Result<Option<String>, &'static str> {
    let is_uid = |uid: &str| {
        let is_arc = |arc: &str| !arc.is_empty() && arc.bytes().all(|byte| byte.is_ascii_digit());
        uid.len() <= 64 && uid.split('.').all(is_arc)
    };
    match written {
        Some(uid) if !is_uid(uid) => Err("a SOP Class is named by its UID"),
        uid => Ok(uid.map(str::to_owned)),
    }
}

fn modalities(written: Option<&OneOrMore>) -> Result<Vec<String>, &'static str> {
    let Some(words) = written.map(OneOrMore::words) else { return Ok(Vec::new()) };
    let is_code = |word: &String| {
        (1..=16).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    match !words.is_empty() && words.iter().all(is_code) {
        true => Ok(words.to_vec()),
        false => Err("a modality is written as CT, several as [\"CT\", \"MR\"]"),
    }
}

fn manufacturer(written: Option<&str>) -> Result<Option<String>, &'static str> {
    match written.map(|part| part.trim().to_lowercase()) {
        // Every name has nothing in it: it would fit everywhere, and surely was not meant.
        Some(part) if part.is_empty() => Err("a manufacturer needs a part of its name"),
        part => Ok(part),
    }
}

fn pattern(written: Option<&str>) -> Result<Option<ValuePattern>, String> {
    let compile = |text| RegexBuilder::new(text).size_limit(LARGEST_PATTERN).build();
    let compiled = written.map(compile).transpose().map_err(|error| {
        let said = error.to_string();
        let last = said.lines().last().unwrap_or_default();
        format!("the value is no regular expression: {}", last.trim_start_matches("error: "))
    })?;
    Ok(compiled.map(ValuePattern))
}

/// Words for actions, with the code that comes nearest.
const WORDS: [(&str, ActionCode, Action); 11] = [
    ("keep", ActionCode::K, Action::Keep),
    ("remove", ActionCode::X, Action::Remove),
    ("empty", ActionCode::Z, Action::Empty),
    ("dummy", ActionCode::D, Action::Dummy),
    ("clean", ActionCode::C, Action::Clean),
    ("uid", ActionCode::U, Action::ReplaceUid),
    ("shift", ActionCode::C, Action::ShiftDate),
    ("hash", ActionCode::C, Action::HashDate),
    ("year-only", ActionCode::C, Action::YearOnly),
    ("pseudonym", ActionCode::D, Action::Pseudonym),
    ("cap-age", ActionCode::C, Action::CapAge),
];

fn action(word: &str) -> Option<(ActionCode, Option<Action>)> {
    let found = WORDS.iter().find(|(known, ..)| *known == word);
    match found {
        Some((_, code, action)) => Some((*code, Some(*action))),
        None => Some((ActionCode::parse(word)?, None)),
    }
}
