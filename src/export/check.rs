//! Hands verify what it needs to know; what it then says is its own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::dicom::Scan;
use crate::engine::key::ProjectKey;
use crate::export::naming::contested;
use crate::export::second_look::SecondLook;
use crate::index::{Batch, IdentifierKind, Instance, SubjectDictionary};
use crate::model::{
    Action, AttributePath, Cause, Finding, InstanceUid, NewValue, Override, PatientKey, Plan,
    PlannedEdit, Region,
};
use crate::profile::{AgePolicy, PhrasePolicy, Profile};
use crate::verify::{
    Expectation, Identifiers, MaskedPixels, PixelExpectation, Policy, Samples, Subject, Verdict,
    VerifyError, verify_file,
};

/// Work on pixels, done where hostile data can do no harm.
pub trait PixelService: Sync {
    /// Writes the samples of `input` with `regions` painted over to `out`.
    ///
    /// # Errors
    /// The cause for which the file is quarantined.
    fn mask(
        &self,
        input: &Path,
        regions: &[(u32, Vec<Region>)],
        out: &Path,
    ) -> Result<crate::export::MaskedFile, Cause>;
    /// Decodes one frame of a file.
    ///
    /// # Errors
    /// Why it cannot be decoded.
    fn samples(&self, file: &Path, frame: u32) -> Result<Samples, Cause>;
    /// Finds text in one frame of a file as it is shown, with regions painted over before; `None`
    /// when detection is off.
    ///
    /// # Errors
    /// Why it cannot be looked at.
    fn find_text(
        &self,
        file: &Path,
        frame: u32,
        painted: &[Region],
    ) -> Result<Option<Vec<Finding>>, Cause>;
}

/// What verify knows of a batch, made once.
#[derive(Debug)]
pub struct VerifyContext {
    identifiers: Identifiers,
    own: BTreeMap<PatientKey, usize>,
    new_uids: BTreeMap<String, String>,
}

impl VerifyContext {
    /// Compiles the identifying strings of all subjects.
    ///
    /// # Errors
    /// Those of [`Identifiers::new`].
    pub fn new(batch: &Batch, key: &ProjectKey) -> Result<Self, VerifyError> {
        let mut subjects = Vec::new();
        let mut own = BTreeMap::new();
        let mut new_uids = BTreeMap::new();
        // Where several instances have one UID, nothing stands for it everywhere.
        let contested = contested(batch);
        for (patient, dictionary) in &batch.subjects {
            own.insert(patient.clone(), subjects.len());
            subjects.push(subject(dictionary));
            for uid in dictionary.iter().filter(|entry| entry.kind == IdentifierKind::Uid) {
                let old = uid.text.expose();
                if !contested.contains(&InstanceUid::new(old)) {
                    new_uids.insert(old.clone(), key.uid(old));
                }
            }
        }
        Ok(Self { identifiers: Identifiers::new(&subjects)?, own, new_uids })
    }

    /// Number of strings that are too short or too common to look for, over the whole batch.
    pub fn not_checked(&self) -> usize {
        self.identifiers.not_checked_in_all()
    }
}

/// The strings of subjects, compiled for a check without plans.
///
/// # Errors
/// Those of [`Identifiers::new`].
pub fn identifying_strings(
    subjects: &BTreeMap<PatientKey, SubjectDictionary>,
) -> Result<Identifiers, VerifyError> {
    Identifiers::new(&subjects.values().map(subject).collect::<Vec<_>>())
}

fn subject(dictionary: &SubjectDictionary) -> Subject {
    let mut subject = Subject::default();
    for entry in dictionary.iter() {
        let list = match entry.kind {
            IdentifierKind::PatientName => &mut subject.names,
            IdentifierKind::PersonName => &mut subject.people,
            IdentifierKind::PatientId | IdentifierKind::Identifier => &mut subject.ids,
            IdentifierKind::Contact if entry.text.expose().contains('@') => &mut subject.others,
            IdentifierKind::Contact => &mut subject.phones,
            IdentifierKind::Address => &mut subject.others,
            IdentifierKind::Institution => &mut subject.institutions,
            // A station or device name may be any word: the policy check sees to its attributes.
            IdentifierKind::Device => continue,
            IdentifierKind::Date => &mut subject.dates,
            IdentifierKind::Uid => &mut subject.uids,
        };
        list.push(entry.text.clone());
    }
    subject
}

/// A staged file with all that was meant.
pub(crate) struct Staged<'a> {
    pub(crate) instance: &'a Instance,
    pub(crate) input: &'a Scan,
    pub(crate) input_path: &'a Path,
    pub(crate) plan: &'a Plan,
    pub(crate) path: &'a Path,
    pub(crate) name: &'a str,
    pub(crate) transfer_syntax: &'a str,
    pub(crate) regions: &'a BTreeMap<u32, Vec<Region>>,
    pub(crate) kept_regions: &'a BTreeMap<u32, Vec<Region>>,
    pub(crate) overrides: &'a BTreeMap<AttributePath, Override>,
    pub(crate) accepted: &'a BTreeSet<String>,
    pub(crate) looked_at: &'a BTreeSet<u32>,
    pub(crate) pixels_decided: bool,
    pub(crate) pseudonym: &'a str,
}

/// Checks one staged file.
pub(crate) fn check(
    context: &VerifyContext,
    profile: &Profile,
    pixels: &dyn PixelService,
    staged: &Staged<'_>,
) -> Result<Verdict, VerifyError> {
    let kept: BTreeSet<AttributePath> = staged
        .plan
        .kept
        .iter()
        .chain(changed_private(staged.plan))
        .map(|e| e.path.clone())
        .collect();
    let proof = SecondLook {
        pixels,
        input: staged.input_path,
        staged: staged.path,
        masks: staged.regions,
        looked_at: staged.looked_at,
    };
    let masked = MaskedPixels { regions: staged.regions, kept: staged.kept_regions, proof: &proof };
    let expectation = Expectation {
        input: staged.input,
        name: Path::new(staged.name),
        identifiers: &context.identifiers,
        own: context.own.get(&staged.instance.patient).copied().unwrap_or(usize::MAX),
        policy: Policy {
            options: profile.options(),
            rules: profile.rules(),
            cap_ages: profile.ages() == AgePolicy::Cap89,
            keeps_phrases: profile.phrases() == PhrasePolicy::Keep,
            temporal: profile.temporal_marker(),
        },
        overrides: staged.overrides,
        kept: &kept,
        written: &written(staged.plan),
        pseudonyms: &BTreeSet::from([staged.pseudonym.to_owned()]),
        new_uids: &context.new_uids,
        transfer_syntax: staged.transfer_syntax,
        pixels: match staged.regions.is_empty() {
            true => PixelExpectation::Untouched,
            false => PixelExpectation::Masked(masked),
        },
        pixels_decided: staged.pixels_decided,
        accepted: staged.accepted,
    };
    verify_file(&expectation, staged.path)
}

/// Attributes in which the plan wrote a date.
fn written(plan: &Plan) -> BTreeSet<AttributePath> {
    let is_date =
        |action| matches!(action, Action::ShiftDate | Action::HashDate | Action::YearOnly);
    let dated = plan
        .edits
        .iter()
        .filter(|edit| is_date(edit.action) && matches!(edit.value, NewValue::Text(_)));
    dated.map(|edit| edit.path.clone()).collect()
}

/// Private attributes that stay with another value.
fn changed_private(plan: &Plan) -> impl Iterator<Item = &PlannedEdit> {
    let is_private = |edit: &&PlannedEdit| !edit.path.tag().group().is_multiple_of(2);
    plan.edits.iter().filter(is_private).filter(|edit| edit.value != NewValue::Absent)
}
