//! The gate over a batch, for whoever exports it.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::key::ProjectKey;
use crate::index::{Batch, ConflictKind, Instance};
use crate::jobs::export::BatchExportError;
use crate::model::{Digest256, PatientKey, SeriesUid};
use crate::profile::{GateDemand, Profile};
use crate::review::{
    GateFacts, GateSeries, Journal, Sample, SeriesState, Unmet, batch_digest, problems_question,
    unmet,
};
use crate::store::{EventBody, SampledFrame};

/// What the gate is asked about.
pub(crate) struct AtGate<'a> {
    /// The batch, its patients as the review settles them.
    pub(crate) batch: &'a Batch,
    /// The log.
    pub(crate) journal: &'a Journal,
    /// What each verdict would rest on now.
    pub(crate) fingerprints: &'a BTreeMap<SeriesUid, Digest256>,
    /// Patients with an identity conflict that nobody resolved.
    pub(crate) conflicts: &'a BTreeMap<PatientKey, BTreeSet<ConflictKind>>,
}

impl AtGate<'_> {
    /// The instances of the batch: of files with one UID one stands for it, as everywhere in a review.
    fn instances(&self) -> impl Iterator<Item = &Instance> {
        let mut named = BTreeSet::new();
        self.batch.instances.values().filter(move |it| named.insert(&it.uid))
    }

    fn facts(&self) -> GateFacts<'_> {
        let mut series: BTreeMap<&SeriesUid, Vec<&Instance>> = BTreeMap::new();
        for instance in self.instances() {
            series.entry(&instance.series).or_default().push(instance);
        }
        let decisions = self.journal.decisions();
        let one = |(uid, members): (&SeriesUid, Vec<&Instance>)| {
            let fingerprint = self.fingerprints.get(uid).copied();
            Some(GateSeries {
                series: uid.clone(),
                study: members.first()?.study.clone(),
                state: SeriesState::of(decisions.verdict(uid), fingerprint),
                fingerprint,
                face_risk: members.iter().any(|member| member.has_face_risk()),
                identity: members.iter().any(|it| self.conflicts.contains_key(&it.patient)),
                unseen: members.iter().map(|it| unseen(self.journal, it).count() as u64).sum(),
            })
        };
        GateFacts {
            series: series.into_iter().filter_map(one).collect(),
            problems: self.batch.problems.len(),
            problems_question: question(self.batch),
            journal: self.journal,
        }
    }

    /// Draws a sample of the frames that would go out and nobody looked at: those that come first by an
    /// HMAC under the project key, so that nobody chooses them.
    pub(crate) fn draw(&self, key: &ProjectKey, size: u32) -> EventBody {
        let facts = self.facts();
        let basis = batch_digest(&facts.series);
        let going: BTreeSet<&SeriesUid> =
            facts.series.iter().filter(|it| it.goes()).map(|it| &it.series).collect();
        let mut all: Vec<([u8; 32], SampledFrame)> = self
            .instances()
            .filter(|it| going.contains(&it.series))
            .flat_map(|it| unseen(self.journal, it).map(move |frame| (it, frame)))
            .map(|(it, frame)| {
                let parts: [&[u8]; 3] =
                    [&basis.0, it.uid.as_str().as_bytes(), &frame.to_be_bytes()];
                let (instance, input) = (it.uid.clone(), it.digest);
                (key.derive("sample", &parts), SampledFrame { instance, input, frame })
            })
            .collect();
        let population = all.len() as u64;
        all.sort();
        all.truncate(size as usize);
        let frames = all.into_iter().map(|(_, frame)| frame).collect();
        EventBody::Sampled { population, basis, frames }
    }

    /// What samples and signatures say, for the report.
    pub(crate) fn assurances(&self) -> Vec<String> {
        let samples = self.journal.samples().iter().map(Sample::words);
        let signed = self.journal.signed(&batch_digest(&self.facts().series));
        let signed = signed.map(|(_, entry)| {
            format!("What went out was signed for in entry {entry} of the review's log.")
        });
        samples.chain(signed).collect()
    }

    /// The demands that are not met.
    pub(crate) fn unmet(&self, demands: &[GateDemand]) -> Vec<Unmet> {
        unmet(demands, &self.facts())
    }

    /// Refuses an export for which demands are not met.
    ///
    /// # Errors
    /// [`BatchExportError::Gate`] with one line a demand.
    pub(crate) fn check(&self, demands: &[GateDemand]) -> Result<(), BatchExportError> {
        let open = self.unmet(demands);
        match open.is_empty() {
            true => Ok(()),
            false => Err(BatchExportError::Gate(open.iter().map(line).collect())),
        }
    }
}

fn line(unmet: &Unmet) -> String {
    format!("{} ({})", unmet.words(), unmet.demand.name())
}

/// What is said where a profile for a benchmark is used, and nobody said that it is for one.
pub(crate) fn unsaid_benchmark() -> String {
    line(&Unmet { demand: GateDemand::Benchmark, count: 1, series: Vec::new() })
}

/// The frames of an instance that no person looked at.
fn unseen<'a>(journal: &'a Journal, instance: &'a Instance) -> impl Iterator<Item = u32> + 'a {
    let was_seen = |frame: &u32| journal.seen().has(&instance.uid, instance.digest, *frame);
    (0..instance.frames).filter(move |frame| !was_seen(frame))
}

/// Whether studies must go whole: the profile says so, and nobody overrode it.
pub(crate) fn whole_studies(profile: &Profile, journal: &Journal) -> bool {
    let demand = GateDemand::WholeStudies;
    profile.gate().contains(&demand) && !journal.is_overridden(demand)
}

/// The question about the files of a batch that cannot be read.
pub(crate) fn question(batch: &Batch) -> String {
    problems_question(batch.problems.iter().map(|(path, cause)| (path.as_path(), *cause)))
}
