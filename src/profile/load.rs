//! From what was written to what it means.

use std::io::Read;
use std::ops::Range;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::model::{Digest256, Layer, quoted};
use crate::profile::index::RuleIndex;
use crate::profile::rule::Origin;
use crate::profile::{
    AgePolicy, BurnedInText, ConfidentialityOption, DatePolicy, DocumentPolicy, GateDemand,
    IdentityBy, OffsetOf, PhrasePolicy, ProfileFile, Rule, TextPolicy, UnknownPrivate, table,
};

const SHIPPED: [(&str, &str); 5] = [
    ("research", include_str!("../../profiles/research.toml")),
    ("safe-harbor", include_str!("../../profiles/safe-harbor.toml")),
    ("basic", include_str!("../../profiles/basic.toml")),
    ("tcia", include_str!("../../profiles/tcia.toml")),
    ("midi-b", include_str!("../../profiles/midi-b.toml")),
];
/// A sample without a leak of this size bounds the share of leaks at 5 % (95 % confidence).
const SAMPLE_SIZE: u32 = 59;
/// Longest profile, in bytes: nobody writes a longer one.
const LONGEST_PROFILE: u64 = 1 << 20;
/// Most rules with a regular expression, each of which takes memory.
const MOST_PATTERNS: usize = 256;
const CODE_BASIC: (&str, &str) = ("113100", "Basic Application Confidentiality Profile");

/// A profile cannot be used. Lines are counted from 1.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// There is no shipped profile of that name and no such file.
    #[error("there is no profile {name}; shipped are {}", shipped().collect::<Vec<_>>().join(", "))]
    Unknown {
        /// The name that was asked for.
        name: String,
    },
    /// The file cannot be read.
    #[error("profile {path} cannot be read")]
    Read {
        /// The path that was asked for.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The text is not of the form of a profile.
    #[error("profile {name} is not of the right form: {message}")]
    Form {
        /// Its name or path.
        name: String,
        /// What the parser says, with line and column.
        message: String,
    },
    /// Something in it is wrong or not implemented.
    #[error("profile {name}, line {line}: {what}")]
    Wrong {
        /// Its name or path.
        name: String,
        /// The line.
        line: usize,
        /// What is wrong.
        what: String,
    },
}

/// The text of a file, unless nobody can have written so much.
fn read(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    let file = std::fs::File::open(path)?;
    match file.take(LONGEST_PROFILE + 1).read_to_string(&mut text)? as u64 > LONGEST_PROFILE {
        true => Err(std::io::Error::other("it is longer than a mebibyte")),
        false => Ok(text),
    }
}

/// The names of the shipped profiles; the first is the default.
pub fn shipped() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|(name, _)| *name)
}

/// A profile: parsed, merged, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    name: String,
    title: String,
    base: Option<String>,
    options: Vec<ConfidentialityOption>,
    ages: AgePolicy,
    dates: DatePolicy,
    offset_of: OffsetOf,
    free_text: TextPolicy,
    phrases: PhrasePolicy,
    unknown_private: UnknownPrivate,
    complete_iod: bool,
    keep_known_creators: bool,
    documents: DocumentPolicy,
    burned_in_text: BurnedInText,
    identity: IdentityBy,
    gate: Vec<GateDemand>,
    sample_size: u32,
    not_satisfied: Vec<String>,
    rules: Vec<Rule>,
    index: RuleIndex,
}

impl Profile {
    /// Loads a shipped profile by name, or a file by path.
    ///
    /// # Errors
    /// [`ProfileError`].
    pub fn load(name_or_path: &str) -> Result<Self, ProfileError> {
        if let Some((name, text)) = SHIPPED.iter().find(|(name, _)| *name == name_or_path) {
            return Self::parse(name, text, Layer::Profile);
        }
        let path = Path::new(name_or_path);
        if path.extension().is_none() && !path.exists() {
            return Err(ProfileError::Unknown { name: name_or_path.to_owned() });
        }
        let text = read(path)
            .map_err(|source| ProfileError::Read { path: name_or_path.to_owned(), source })?;
        Self::parse(name_or_path, &text, Layer::Site)
    }

    /// Reads the text of a profile; `name` is for messages.
    ///
    /// # Errors
    /// [`ProfileError`].
    pub fn parse(name: &str, text: &str, layer: Layer) -> Result<Self, ProfileError> {
        let file: ProfileFile = toml::from_str(text).map_err(|error| ProfileError::Form {
            name: name.to_owned(),
            message: quoted(&error.to_string()),
        })?;
        Checker { name, text }.check(file, layer)
    }

    /// Its short name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A line for people.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The shipped profile that it changes.
    pub fn base(&self) -> Option<&str> {
        self.base.as_deref()
    }

    /// The options of the standard that it asks for.
    pub fn options(&self) -> &[ConfidentialityOption] {
        &self.options
    }

    /// Whether it asks for an option.
    pub fn has(&self, option: ConfidentialityOption) -> bool {
        self.options.contains(&option)
    }

    /// What happens to ages.
    pub const fn ages(&self) -> AgePolicy {
        self.ages
    }

    /// What happens to retained dates.
    pub const fn dates(&self) -> DatePolicy {
        self.dates
    }

    /// Whose offset it is by which dates move.
    pub const fn offset_of(&self) -> OffsetOf {
        self.offset_of
    }

    /// What happens to free text that a rule wants cleaned.
    pub const fn free_text(&self) -> TextPolicy {
        self.free_text
    }

    /// What is done with names inside clinical phrases.
    pub const fn phrases(&self) -> PhrasePolicy {
        self.phrases
    }

    /// What happens to private attributes that no list names.
    pub const fn unknown_private(&self) -> UnknownPrivate {
        self.unknown_private
    }

    /// Whether attributes that the IOD asks for and an instance lacks are added.
    pub const fn completes_iod(&self) -> bool {
        self.complete_iod
    }

    /// Whether creators that the tables know stay, also where nothing of their block does.
    pub const fn keeps_known_creators(&self) -> bool {
        self.keep_known_creators
    }

    /// What happens to text in pixels where no person decides.
    pub const fn burned_in_text(&self) -> BurnedInText {
        self.burned_in_text
    }

    /// What happens to encapsulated documents.
    pub const fn documents(&self) -> DocumentPolicy {
        self.documents
    }

    /// What tells patients apart.
    pub const fn identity(&self) -> IdentityBy {
        self.identity
    }

    /// What must hold before an export. It decides nothing that a verdict rests on.
    pub fn gate(&self) -> &[GateDemand] {
        &self.gate
    }

    /// Whether it follows the answer key of a benchmark, so that what it makes may not leave the house.
    pub fn is_for_benchmark(&self) -> bool {
        self.gate.contains(&GateDemand::Benchmark)
    }

    /// Number of frames that are drawn where the gate demands a sample.
    pub const fn sample_size(&self) -> u32 {
        self.sample_size
    }

    /// In plain words, which legal basis it does not satisfy.
    pub fn legal_basis_not_satisfied(&self) -> &[String] {
        &self.not_satisfied
    }

    /// Its own rules, in the order in which the last that fits wins.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Whether a rule of its own may name private attributes.
    pub const fn names_private(&self) -> bool {
        self.index.names_private()
    }

    /// Where to find the rules that may be about an attribute.
    pub(crate) const fn index(&self) -> &RuleIndex {
        &self.index
    }

    /// Whether dates are retained in modified form.
    pub fn modifies_dates(&self) -> bool {
        self.has(ConfidentialityOption::RetainModifiedDates) || self.dates == DatePolicy::YearOnly
    }

    /// Value of Longitudinal Temporal Information Modified (0028,0303).
    pub fn temporal_marker(&self) -> &'static str {
        if self.has(ConfidentialityOption::RetainFullDates) {
            "UNMODIFIED"
        } else if self.modifies_dates() {
            "MODIFIED"
        } else {
            "REMOVED"
        }
    }

    /// Text for De-identification Method (0012,0063); at most 64 characters.
    pub fn method_text(&self) -> String {
        format!("Veridact {}, {}", self.name, table::EDITION).chars().take(64).collect()
    }

    /// Code value and meaning (DCM) for De-identification Method Code Sequence (0012,0064).
    pub fn codes(&self) -> Vec<(&'static str, &'static str)> {
        std::iter::once(CODE_BASIC).chain(self.options.iter().map(|option| option.code())).collect()
    }

    /// Changes with any rule or setting: part of a verdict's fingerprint.
    pub fn digest(&self) -> Digest256 {
        let mut hash = Sha256::new();
        hash.update(table::EDITION);
        let rules: Vec<_> = self.rules.iter().map(Rule::meaning).collect();
        hash.update(format!("{:?}", (&self.name, &self.options, self.ages, self.dates, rules)));
        let more = (
            self.offset_of,
            self.complete_iod,
            self.keep_known_creators,
            self.documents,
            self.burned_in_text,
            self.free_text,
            self.phrases,
            self.unknown_private,
            self.identity,
        );
        hash.update(format!("{more:?}"));
        Digest256(hash.finalize().into())
    }
}

struct Checker<'a> {
    name: &'a str,
    text: &'a str,
}

impl Checker<'_> {
    fn wrong(&self, span: &Range<usize>, what: impl Into<String>) -> ProfileError {
        let line = self.line(span);
        ProfileError::Wrong { name: self.name.to_owned(), line, what: what.into() }
    }

    fn line(&self, span: &Range<usize>) -> usize {
        self.text.get(..span.start).unwrap_or_default().matches('\n').count() + 1
    }

    fn check(&self, file: ProfileFile, layer: Layer) -> Result<Profile, ProfileError> {
        if *file.format.get_ref() != 1 {
            return Err(self.wrong(&file.format.span(), "the format must be 1"));
        }
        let mut profile = match &file.extends {
            None => Profile {
                name: String::new(),
                title: String::new(),
                base: None,
                options: Vec::new(),
                ages: AgePolicy::Cap89,
                dates: DatePolicy::Shift,
                offset_of: OffsetOf::Patient,
                free_text: TextPolicy::Empty,
                phrases: PhrasePolicy::Cut,
                unknown_private: UnknownPrivate::Remove,
                complete_iod: false,
                keep_known_creators: false,
                documents: DocumentPolicy::Remove,
                burned_in_text: BurnedInText::ByKind,
                identity: IdentityBy::IssuerAndId,
                gate: vec![GateDemand::Faces],
                sample_size: SAMPLE_SIZE,
                not_satisfied: Vec::new(),
                rules: Vec::new(),
                index: RuleIndex::default(),
            },
            Some(base) => {
                let found = SHIPPED.iter().find(|(name, _)| name == base.get_ref());
                let what = || format!("there is no shipped profile {}", base.get_ref());
                let (name, text) = found.ok_or_else(|| self.wrong(&base.span(), what()))?;
                Profile::parse(name, text, Layer::Profile)?
            }
        };
        if let Some(standard) =
            file.standard.as_ref().filter(|text| text.get_ref() != table::EDITION)
        {
            let what = format!("the table here is {}", table::EDITION);
            return Err(self.wrong(&standard.span(), what));
        }
        profile.title = file.title.clone().unwrap_or_else(|| file.name.clone());
        profile.name.clone_from(&file.name);
        profile.base = file.extends.as_ref().map(|base| base.get_ref().clone());
        self.options(&file, &mut profile)?;
        profile.ages = file.ages.unwrap_or(profile.ages);
        profile.dates = file.dates.unwrap_or(profile.dates);
        profile.offset_of = file.date_offset.unwrap_or(profile.offset_of);
        profile.free_text = file.free_text.unwrap_or(profile.free_text);
        profile.phrases = file.names_in_clinical_phrases.unwrap_or(profile.phrases);
        profile.unknown_private = file.unknown_private.unwrap_or(profile.unknown_private);
        profile.complete_iod = file.complete_iod.unwrap_or(profile.complete_iod);
        profile.keep_known_creators =
            file.keep_known_creators.unwrap_or(profile.keep_known_creators);
        profile.documents = file.encapsulated_documents.unwrap_or(profile.documents);
        profile.burned_in_text = file.burned_in_text.unwrap_or(profile.burned_in_text);
        profile.identity = file.identity.unwrap_or(profile.identity);
        self.gate(&file, &mut profile)?;
        profile.not_satisfied = file.legal_basis_not_satisfied.unwrap_or(profile.not_satisfied);
        let mut patterns = profile.rules.iter().filter(|rule| rule.value.is_some()).count();
        for rule in &file.rules {
            patterns += usize::from(rule.get_ref().value.is_some());
            if patterns > MOST_PATTERNS {
                let what = format!("more than {MOST_PATTERNS} rules ask for a value");
                return Err(self.wrong(&rule.span(), what));
            }
            let origin = Origin { profile: &file.name, layer, line: self.line(&rule.span()) };
            let checked = Rule::check(rule.get_ref(), origin);
            profile.rules.push(checked.map_err(|what| self.wrong(&rule.span(), what))?);
        }
        profile.index = RuleIndex::new(&profile.rules);
        Ok(profile)
    }

    fn gate(&self, file: &ProfileFile, profile: &mut Profile) -> Result<(), ProfileError> {
        if let Some(size) = &file.sample_size {
            if *size.get_ref() == 0 {
                return Err(self.wrong(&size.span(), "a sample of nothing says nothing"));
            }
            profile.sample_size = *size.get_ref();
        }
        let Some(names) = &file.gate else { return Ok(()) };
        profile.gate.retain(|demand| *demand == GateDemand::Benchmark);
        for name in names {
            let demand = GateDemand::parse(name.get_ref()).ok_or_else(|| {
                let known = GateDemand::ALL.map(GateDemand::name).join(", ");
                let what = format!("the gate knows no {}; it knows {known}", name.get_ref());
                self.wrong(&name.span(), what)
            })?;
            profile.gate.push(demand);
        }
        profile.gate.sort_unstable();
        profile.gate.dedup();
        Ok(())
    }

    fn options(&self, file: &ProfileFile, profile: &mut Profile) -> Result<(), ProfileError> {
        let Some(names) = &file.options else { return Ok(()) };
        profile.options.clear();
        for name in names {
            let option = ConfidentialityOption::parse(name.get_ref()).ok_or_else(|| {
                self.wrong(&name.span(), format!("there is no option {}", name.get_ref()))
            })?;
            if !option.is_implemented() {
                return Err(self
                    .wrong(&name.span(), format!("option {} is not implemented", name.get_ref())));
            }
            if profile.options.contains(&option) {
                return Err(
                    self.wrong(&name.span(), format!("option {} stands twice", name.get_ref()))
                );
            }
            profile.options.push(option);
            let both = [
                ConfidentialityOption::RetainFullDates,
                ConfidentialityOption::RetainModifiedDates,
            ];
            if both.iter().all(|option| profile.options.contains(option)) {
                return Err(self.wrong(
                    &name.span(),
                    "full and modified dates exclude each other (PS3.15 E.3.6)",
                ));
            }
        }
        profile.options.sort();
        Ok(())
    }
}
