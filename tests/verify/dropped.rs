//! The counter-test: an edit that was planned and not done does not get past verify.
//!
//! For one instance of each kind of the demo batch, every edit is left out in turn.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use veridact::demo::{Sample, instance};
use veridact::dicom::{Limits, Scan, Source, scan};
use veridact::engine::apply::apply;
use veridact::engine::identifiers::Identifiers as Known;
use veridact::engine::key::ProjectKey;
use veridact::engine::plan::{PixelWork, PlanRequest, Planner};
use veridact::index::{Batch, Entry, IdentifierKind, SubjectDictionary, read_instance};
use veridact::model::{Action, AttributePath, Digest256, Plan, PlannedEdit};
use veridact::profile::{AgePolicy, Profile};
use veridact::verify::{
    Expectation, Identifiers, PixelExpectation, Policy, Subject, Verdict, verify,
};

fn subject(dictionary: &SubjectDictionary) -> Subject {
    let mut subject = Subject::default();
    for entry in dictionary.iter() {
        let list = match entry.kind {
            IdentifierKind::PatientName => &mut subject.names,
            IdentifierKind::PersonName => &mut subject.people,
            IdentifierKind::PatientId | IdentifierKind::Identifier => &mut subject.ids,
            IdentifierKind::Contact => &mut subject.phones,
            IdentifierKind::Institution => &mut subject.institutions,
            IdentifierKind::Date => &mut subject.dates,
            IdentifierKind::Uid => &mut subject.uids,
            _ => &mut subject.others,
        };
        list.push(entry.text.clone());
    }
    subject
}

pub(super) struct Staging {
    pub(super) input: Scan,
    pub(super) batch: Batch,
    profile: Profile,
    key: ProjectKey,
}

impl Staging {
    pub(super) fn new(sample: Sample, profile: &str) -> Self {
        Self::of(instance(sample, 1, 7).bytes(), profile)
    }

    pub(super) fn of(bytes: Vec<u8>, profile: &str) -> Self {
        let input = scan(Source::from_bytes(bytes), &Limits::default()).unwrap();
        let digest = Digest256([0; 32]);
        let mut batch = Batch::new(Path::new("in"));
        let (instance, identifiers) = read_instance(&input, Path::new("a.dcm"), digest).unwrap();
        batch.add(Entry::Instance(Box::new(instance), identifiers));
        Self {
            input,
            batch,
            profile: Profile::load(profile).unwrap(),
            key: ProjectKey::from_bytes([3; 32]),
        }
    }

    pub(super) fn plan(&self) -> Plan {
        self.plan_of(&self.input, &self.batch)
    }

    /// A plan for what somebody took the file for, with what they know of its subjects.
    pub(super) fn plan_of(&self, seen: &Scan, batch: &Batch) -> Plan {
        let identifiers = Known::compile(&batch.subjects).unwrap();
        let planner = Planner { profile: &self.profile, key: &self.key, identifiers: &identifiers };
        planner
            .plan(&PlanRequest {
                scan: seen,
                instance: self.batch.instances.values().next().unwrap(),
                overrides: &|_| None,
                pixels: PixelWork::default(),
                pixel_edits: &[],
                identifiers: &identifiers,
                provisional: false,
            })
            .unwrap()
    }

    /// What comes of a plan; `None` where it cannot be written at all.
    pub(super) fn written(&self, plan: &Plan) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        apply(&self.input, plan, None, &mut bytes).ok()?;
        Some(bytes)
    }

    pub(super) fn check(&self, plan: &Plan) -> Option<Verdict> {
        let mut bytes = Vec::new();
        let applied = apply(&self.input, plan, None, &mut bytes).ok()?;
        let staged = scan(Source::from_bytes(bytes), &Limits::default()).unwrap();
        let (patient, dictionary) = self.batch.subjects.iter().next().unwrap();
        let identifiers = Identifiers::new(&[subject(dictionary)]).unwrap();
        let dated =
            |edit: &&PlannedEdit| matches!(edit.action, Action::ShiftDate | Action::YearOnly);
        let paths = |edits: Vec<&PlannedEdit>| -> BTreeSet<AttributePath> {
            edits.into_iter().map(|edit| edit.path.clone()).collect()
        };
        let expectation = Expectation {
            input: &self.input,
            name: Path::new("a/b.dcm"),
            identifiers: &identifiers,
            own: 0,
            policy: Policy {
                options: self.profile.options(),
                rules: self.profile.rules(),
                cap_ages: self.profile.ages() == AgePolicy::Cap89,
                keeps_phrases: false,
                temporal: self.profile.temporal_marker(),
            },
            overrides: &BTreeMap::new(),
            kept: &paths(plan.kept.iter().collect()),
            written: &paths(plan.edits.iter().filter(dated).collect()),
            pseudonyms: &BTreeSet::from([self.key.pseudonym(patient)]),
            new_uids: &BTreeMap::new(),
            transfer_syntax: &applied.transfer_syntax,
            pixels: PixelExpectation::Untouched,
            pixels_decided: false,
            accepted: &BTreeSet::new(),
        };
        Some(verify(&expectation, &staged).unwrap())
    }
}

/// Whether an edit protects by the table: cleaned text may be harmless, and some rules of the
/// planner are more careful than the table (free text, overlays, VR UN).
pub(super) fn must_be_missed(staging: &Staging, edit: &PlannedEdit) -> bool {
    let protects =
        !matches!(edit.action, Action::Clean | Action::Set | Action::CapAge | Action::Keep);
    let by_table = edit.rule.starts_with("E.1-1")
        || edit.rule.starts_with("option")
        || edit.rule.starts_with("profile")
        || edit.rule.starts_with("VR ")
        || edit.rule.starts_with("unknown");
    let value = staging.input.iter().find(|(id, _)| staging.input.path(*id) == edit.path);
    let had_value = value.is_some_and(|(id, node)| {
        let bytes = staging.input.value(id, 64).unwrap();
        !node.value.is_empty() && bytes.iter().any(|byte| !matches!(byte, b' ' | 0))
    });
    let cleaned_text = edit.rule.starts_with("option clean") && edit.action == Action::Empty;
    protects && by_table && had_value && !cleaned_text
}

#[test]
fn every_edit_that_is_left_out_is_seen() {
    let (mut tried, mut unseen) = (0, Vec::new());
    for profile in ["research", "basic", "safe-harbor"] {
        let kinds = match profile {
            "research" => &Sample::ALL[..],
            _ => &[Sample::CtSlice, Sample::Chest, Sample::Report],
        };
        for &sample in kinds {
            let staging = Staging::new(sample, profile);
            let plan = staging.plan();
            let whole = staging.check(&plan).unwrap();
            assert!(whole.passes(), "{sample:?} {profile}: {whole:?}");
            for at in 0..plan.edits.len() {
                if !must_be_missed(&staging, &plan.edits[at]) {
                    continue;
                }
                let mut less = plan.clone();
                let left_out = less.edits.remove(at);
                tried += 1;
                let Some(verdict) = staging.check(&less) else { continue };
                if verdict.passes() {
                    let PlannedEdit { path, action, rule, .. } = left_out;
                    unseen.push(format!("{sample:?} {profile}: {path} {action:?} by {rule}"));
                }
            }
        }
    }
    println!("{tried} edits were left out");
    assert!(unseen.is_empty(), "of {tried}: {unseen:#?}");
    assert!(tried > 500, "only {tried}");
}
