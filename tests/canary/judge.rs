//! Plans, writes and verifies one file, so that a test can leave something out on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use veridact::dicom::{Limits, Scan, Source, scan};
use veridact::engine::apply::apply;
use veridact::engine::identifiers::Identifiers as Known;
use veridact::engine::key::ProjectKey;
use veridact::engine::plan::{PixelWork, PlanRequest, Planner};
use veridact::index::{Batch, IdentifierKind, Instance};
use veridact::model::{Action, AttributePath, Plan};
use veridact::profile::Profile;
use veridact::verify::{
    Expectation, Identifiers, PixelExpectation, Policy, Subject, Verdict, verify_file,
};

/// One file of a batch of one patient, with its whole plan.
pub struct Judge {
    instance: Instance,
    scan: Scan,
    profile: Profile,
    key: ProjectKey,
    identifiers: Identifiers,
    new_uids: BTreeMap<String, String>,
    written: BTreeSet<AttributePath>,
    kept: BTreeSet<AttributePath>,
    place: tempfile::TempDir,
    /// What the planner says.
    pub plan: Plan,
}

fn subject(batch: &Batch) -> Subject {
    use IdentifierKind as Kind;
    let mut subject = Subject::default();
    for entry in batch.subjects.values().flat_map(|dictionary| dictionary.iter()) {
        let list = match entry.kind {
            Kind::PatientName => &mut subject.names,
            Kind::PersonName => &mut subject.people,
            Kind::PatientId | Kind::Identifier => &mut subject.ids,
            Kind::Institution => &mut subject.institutions,
            Kind::Date => &mut subject.dates,
            Kind::Uid => &mut subject.uids,
            _ => &mut subject.others,
        };
        list.push(entry.text.clone());
    }
    subject
}

impl Judge {
    /// Of the only file of `batch`.
    pub fn new(batch: &Batch) -> Self {
        assert!(batch.problems.is_empty(), "{:?}", batch.problems);
        let instance = batch.instances.values().next().unwrap().clone();
        let profile = Profile::load("research").unwrap();
        let key = ProjectKey::from_bytes([5; 32]);
        let scanned = scan(Source::open(&batch.file(&instance)).unwrap(), &Limits::default());
        let scanned = scanned.unwrap();
        let known = Known::compile(&batch.subjects).unwrap();
        let plan = Planner { profile: &profile, key: &key, identifiers: &known }
            .plan(&PlanRequest {
                scan: &scanned,
                instance: &instance,
                overrides: &|_| None,
                pixels: PixelWork::default(),
                pixel_edits: &[],
                identifiers: &known,
                provisional: false,
            })
            .unwrap();
        let subject = subject(batch);
        let new_uids =
            subject.uids.iter().map(|uid| (uid.expose().clone(), key.uid(uid.expose()))).collect();
        let dated = |action| matches!(action, Action::ShiftDate | Action::YearOnly);
        let written = plan.edits.iter().filter(|edit| dated(edit.action));
        Self {
            written: written.map(|edit| edit.path.clone()).collect(),
            kept: plan.kept.iter().map(|edit| edit.path.clone()).collect(),
            identifiers: Identifiers::new(&[subject]).unwrap(),
            place: tempfile::tempdir().unwrap(),
            scan: scanned,
            instance,
            profile,
            key,
            new_uids,
            plan,
        }
    }

    /// The bytes that a plan makes; `None` when it cannot be applied.
    pub fn try_staged(&self, plan: &Plan) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        apply(&self.scan, plan, None, &mut out).ok().map(|_| out)
    }

    /// The bytes that a plan makes.
    pub fn staged(&self, plan: &Plan) -> Vec<u8> {
        self.try_staged(plan).unwrap()
    }

    fn path(&self) -> PathBuf {
        self.place.path().join("staged")
    }

    /// What verify says of these bytes under that name.
    pub fn verdict(&self, staged: &[u8], name: &str) -> Verdict {
        std::fs::write(self.path(), staged).unwrap();
        let pseudonym = self.key.pseudonym(&self.instance.patient);
        let expectation = Expectation {
            input: &self.scan,
            name: Path::new(name),
            identifiers: &self.identifiers,
            own: 0,
            policy: Policy {
                options: self.profile.options(),
                rules: self.profile.rules(),
                cap_ages: true,
                keeps_phrases: false,
                temporal: self.profile.temporal_marker(),
            },
            overrides: &BTreeMap::new(),
            kept: &self.kept,
            written: &self.written,
            pseudonyms: &BTreeSet::from([pseudonym]),
            new_uids: &self.new_uids,
            transfer_syntax: &self.scan.meta.transfer_syntax,
            pixels: PixelExpectation::Untouched,
            pixels_decided: false,
            accepted: &BTreeSet::new(),
        };
        verify_file(&expectation, &self.path()).unwrap()
    }
}
