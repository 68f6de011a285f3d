//! A profile as it is written.

use serde::{Deserialize, Serialize};
use toml::Spanned;

/// What happens to ages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AgePolicy {
    /// They stay as the rules say.
    Keep,
    /// Over 89 years they become 90.
    Cap89,
}

/// What happens to dates that a rule retains in modified form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DatePolicy {
    /// They move by the patient's offset.
    Shift,
    /// Each goes to another one that the project key picks, the same everywhere.
    Hash,
    /// Their year stays.
    YearOnly,
}

/// Whose offset it is by which dates move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OffsetOf {
    /// The patient's: intervals between studies stay.
    Patient,
    /// The study's own: intervals stay within it only.
    Study,
}

/// What happens to free text that a rule wants cleaned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TextPolicy {
    /// All of it goes: also a name that stands in no header.
    Empty,
    /// What identifies is cut out; nothing takes its place.
    Remove,
    /// What identifies is cut out; a word for its kind takes its place.
    Placeholder,
    /// What identifies is cut out; the pseudonym takes the place of names and numbers.
    Pseudonym,
    /// What identifies is cut out, and every word that is not known to be clinical language.
    Strict,
}

/// What is done with a name inside a listed clinical phrase, such as *Bishop score*.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PhrasePolicy {
    /// It is cut: it may be the patient.
    Cut,
    /// It stays.
    Keep,
}

/// What happens to private attributes that no list names, where safe ones are retained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnknownPrivate {
    /// They go.
    Remove,
    /// What identifies goes, by their VR; binary values go.
    Clean,
}

/// What happens to encapsulated documents: PDF, CDA, STL and the like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentPolicy {
    /// A dummy takes their place.
    Remove,
    /// What can be read wholly and names nobody stays; a dummy takes the place of the rest.
    KeepClean,
    /// The file waits for a person.
    Hold,
}

/// What happens to text that is found in pixels, where no person decides. Laterality marks are only
/// listed, whatever stands here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BurnedInText {
    /// All text is masked on images that carry it as a rule (ultrasound, radiographs, photographs,
    /// captures); on others what reads like an identifier, or stands in one place of the series.
    ByKind,
    /// All text is masked.
    MaskAll,
    /// And what only has the shape of letters.
    Paranoid,
    /// Text is masked unless it was surely read and is made of words that name nobody.
    MaskUnlessAllowed,
    /// Only what reads like an identifier is masked. One in seven to one in five words of patients
    /// stays: they are misread.
    MaskMatching,
}

/// What tells patients apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdentityBy {
    /// Issuer and ID: the ID of another issuer is another patient's, and so is one without issuer.
    IssuerAndId,
    /// The ID alone, for collections in which every ID is of one issuer, whoever forgot to say so.
    Id,
}

/// A profile as it is written: nothing is checked but the form.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProfileFile {
    /// 1.
    pub format: Spanned<u32>,
    /// Short name, as on the command line.
    pub name: String,
    /// A line for people.
    pub title: Option<String>,
    /// The shipped profile that this one changes.
    pub extends: Option<Spanned<String>>,
    /// Edition of the standard's table that it was written for.
    pub standard: Option<Spanned<String>>,
    /// Options of the standard.
    pub options: Option<Vec<Spanned<String>>>,
    /// Ages.
    pub ages: Option<AgePolicy>,
    /// Dates.
    pub dates: Option<DatePolicy>,
    /// Whose offset.
    pub date_offset: Option<OffsetOf>,
    /// What happens to free text that a rule wants cleaned.
    pub free_text: Option<TextPolicy>,
    /// Names inside clinical phrases.
    pub names_in_clinical_phrases: Option<PhrasePolicy>,
    /// Private attributes that no list names.
    pub unknown_private: Option<UnknownPrivate>,
    /// Encapsulated documents.
    pub encapsulated_documents: Option<DocumentPolicy>,
    /// Text in pixels.
    pub burned_in_text: Option<BurnedInText>,
    /// What must hold before an export; names of [`crate::profile::GateDemand`].
    pub gate: Option<Vec<Spanned<String>>>,
    /// Number of frames that are drawn where the gate demands a sample.
    pub sample_size: Option<Spanned<u32>>,
    /// Whether creators that the tables know stay, also where nothing of their block does.
    pub keep_known_creators: Option<bool>,
    /// Whether attributes that the IOD asks for and an instance lacks are added.
    pub complete_iod: Option<bool>,
    /// What tells patients apart.
    pub identity: Option<IdentityBy>,
    /// In plain words, which legal basis it does not satisfy, and why.
    pub legal_basis_not_satisfied: Option<Vec<String>>,
    /// Its own rules.
    #[serde(default, rename = "rule")]
    pub rules: Vec<Spanned<RuleFile>>,
}

/// A rule as it is written. All that it asks for must fit.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RuleFile {
    /// `(gggg,eeee)`, at any depth; `x` stands for any digit. `(gggg,"CREATOR",ee)` names a private
    /// attribute whatever its block.
    pub tag: Option<String>,
    /// `(gggg,eeee).(gggg,eeee)`: an attribute in every item of a sequence at the top level; with
    /// `*.` in front at any depth.
    pub path: Option<String>,
    /// A VR, such as `DA`; without tag and path for attributes that no other rule of the profile
    /// and no row of the standard's table names.
    pub vr: Option<String>,
    /// Only in instances of this SOP Class.
    pub sop_class: Option<String>,
    /// Only in instances of this Modality (0008,0060), or one of these.
    pub modality: Option<OneOrMore>,
    /// Only in instances whose Manufacturer (0008,0070) has this in it, in whatever case.
    pub manufacturer: Option<String>,
    /// Only where this regular expression is found in the value; the values of an attribute are one
    /// text, parted by backslashes. What cannot be read as text never fits: so the careful rule is
    /// the one without a value, and the exception behind it names one.
    pub value: Option<String>,
    /// An action code of the standard, or a word: keep, remove, empty, dummy, clean, uid, shift,
    /// year-only, pseudonym, cap-age.
    pub action: String,
    /// Why.
    pub why: String,
}

/// One word, or a list of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "a word or a list of words")]
pub enum OneOrMore {
    /// One.
    One(String),
    /// A list.
    More(Vec<String>),
}

impl OneOrMore {
    /// The words.
    pub fn words(&self) -> &[String] {
        match self {
            Self::One(word) => std::slice::from_ref(word),
            Self::More(words) => words,
        }
    }
}
