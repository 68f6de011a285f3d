//! What was decided about a batch, as the export asks for it.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::burned_in::Proposals;
use crate::export::{Decided, Release};
use crate::index::{ConflictKind, Instance};
use crate::model::{
    AttributePath, Digest256, Finding, FindingSource, FrameFindings, HoldReason, InstanceUid,
    Override, PatientKey, Region, SeriesUid, Tier, Verdict,
};
use crate::review::{Decisions, FindingState, HELD_BY_READER};

/// Whose word releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approve {
    /// A person's word for the whole batch: the policy's proposals are taken.
    All,
    /// Only what was decided in the review.
    Reviewed,
}

/// The decisions of a review together with what detection found.
#[derive(Debug)]
pub struct ReviewDecided<'a> {
    /// The review's decisions.
    pub decisions: &'a Decisions,
    /// What detection said, by digest of the file: two files may claim one UID.
    pub findings: &'a BTreeMap<Digest256, Vec<FrameFindings>>,
    /// What the profile proposes for what was found.
    pub proposals: &'a Proposals,
    /// What each verdict would have to rest on now; a verdict that rests on something else is stale.
    pub fingerprints: &'a BTreeMap<SeriesUid, Digest256>,
    /// Patients with an identity conflict that nobody resolved.
    pub conflicts: &'a BTreeMap<PatientKey, BTreeSet<ConflictKind>>,
    /// Whose word releases.
    pub approve: Approve,
    /// Whether suspected findings are masked too.
    pub mask_suspected: bool,
}

impl ReviewDecided<'_> {
    fn frames(&self, instance: &Instance) -> &[FrameFindings] {
        self.findings.get(&instance.digest).map_or(&[], Vec::as_slice)
    }

    fn state(&self, instance: &Instance, frame: u32, finding: &Finding) -> FindingState {
        let place = (instance.lies(), &instance.uid, frame);
        self.decisions.finding_state(place, (finding.region, &finding.text), instance.image_size)
    }

    /// All findings of an instance with their frame and what the policy proposes.
    fn proposed(&self, instance: &Instance) -> impl Iterator<Item = (u32, &Finding, Tier)> {
        let digest = instance.digest;
        self.frames(instance).iter().enumerate().flat_map(move |(at, frame)| {
            let tier = move |place: usize| self.proposals.of(&digest, at, place).tier;
            let findings = frame.findings.iter().enumerate();
            findings.map(move |(place, finding)| (frame.frame, finding, tier(place)))
        })
    }

    /// Whether the policy, asked for nothing else, paints over what it proposes so for.
    const fn is_masked(&self, tier: Tier) -> bool {
        match tier {
            Tier::Mask => true,
            Tier::Suspected => self.mask_suspected,
            Tier::Listed => false,
        }
    }

    fn hold(what: &str) -> Release {
        let reason =
            HoldReason { check: "review".into(), place: "series".into(), what: what.into() };
        Release::Hold(vec![reason])
    }

    /// Why an instance waits though the review lets it go: two people may share its pseudonym.
    fn conflict(&self, instance: &Instance) -> Option<Release> {
        let kinds = self.conflicts.get(&instance.patient)?;
        let reasons = kinds.iter().map(|kind| HoldReason {
            check: "identity".into(),
            place: "patient".into(),
            what: format!("identity conflict: {kind}"),
        });
        Some(Release::Hold(reasons.collect()))
    }
}

impl Decided for ReviewDecided<'_> {
    fn release(&self, instance: &Instance) -> Release {
        let given = self.decisions.verdict(&instance.series);
        let verdict = given.map_or(Verdict::Undecided, |given| given.verdict);
        let reason = || given.map(|given| given.reason.clone()).unwrap_or_default();
        if !matches!(verdict, Verdict::Rejected | Verdict::Held)
            && let Some(conflict) = self.conflict(instance)
        {
            return conflict;
        }
        match (verdict, self.approve) {
            (Verdict::Rejected, _) => Release::Reject(reason()),
            (Verdict::Held, _) => Self::hold(HELD_BY_READER),
            (_, Approve::All) => Release::Go,
            (Verdict::Undecided, Approve::Reviewed) => Self::hold("not decided in the review"),
            (Verdict::Approved, Approve::Reviewed) => {
                let now = self.fingerprints.get(&instance.series);
                let then = given.and_then(|given| given.fingerprint.as_ref());
                if then.is_some() && then == now {
                    Release::Go
                } else {
                    Self::hold("the approval is stale")
                }
            }
        }
    }

    fn regions(&self, instance: &Instance, frame: u32) -> Vec<Region> {
        let size = instance.image_size;
        let mut regions = self.decisions.masks_for(instance.lies(), &instance.uid, frame, size);
        if self.approve == Approve::All {
            // What was found on one frame is painted over on all: text of a cine stands still.
            let masked = self.proposed(instance).filter(|(_, finding, tier)| {
                self.is_masked(*tier) && self.state(instance, frame, finding) != FindingState::Kept
            });
            regions.extend(
                masked.filter_map(|(_, finding, _)| self.proposals.mask_over(finding, size)),
            );
        }
        regions.sort();
        regions.dedup();
        regions
    }

    fn kept_regions(&self, instance: &Instance, frame: u32) -> Vec<Region> {
        let kept = |finding: &Finding, tier: Tier| match self.state(instance, frame, finding) {
            FindingState::Kept => true,
            FindingState::Masked => false,
            // What a human would have been asked is recorded as waived.
            FindingState::Open => self.approve == Approve::All && !self.is_masked(tier),
        };
        self.proposed(instance)
            // What stands in an overlay says nothing about the samples below it.
            .filter(|(_, finding, _)| finding.source != FindingSource::Overlay)
            .filter(|(_, finding, tier)| kept(finding, *tier))
            .map(|(_, finding, _)| finding.region)
            .collect()
    }

    fn looked_at(&self, instance: &Instance) -> BTreeSet<u32> {
        let looked = |found: &&FrameFindings| found.coverage.is_searched();
        self.frames(instance).iter().filter(looked).map(|found| found.frame).collect()
    }

    fn override_for(&self, instance: &Instance, path: &AttributePath) -> Option<Override> {
        let found = self.decisions.override_for(instance.lies(), &instance.uid, path);
        found.map(|(wanted, _scope)| wanted.clone())
    }

    fn shows_overlay_text(&self, instance: &Instance) -> bool {
        self.proposed(instance).any(|(frame, finding, _)| {
            finding.source == FindingSource::Overlay
                && self.state(instance, frame, finding) != FindingState::Kept
        })
    }

    fn pixels_decided(&self, instance: &Instance) -> bool {
        let frames = self.frames(instance);
        let looked_at = |frame: u32| {
            let found = frames.iter().find(|found| found.frame == frame);
            found.is_some_and(|found| found.coverage.is_searched())
        };
        let is_settled = |frame: u32, finding: &Finding, tier: Tier| match self
            .state(instance, frame, finding)
        {
            FindingState::Open => {
                self.approve == Approve::All
                    && tier != Tier::Suspected
                    && !instance.burned_in.eq_ignore_ascii_case("YES")
            }
            FindingState::Masked | FindingState::Kept => true,
        };
        (0..instance.frames).all(looked_at)
            && self.proposed(instance).all(|(frame, finding, tier)| is_settled(frame, finding, tier))
            // A tool alone never turns YES into NO.
            && (self.approve == Approve::Reviewed || !instance.burned_in.eq_ignore_ascii_case("YES"))
    }

    fn may_part(&self, uid: &InstanceUid) -> bool {
        self.approve == Approve::All && !self.decisions.speaks_of(uid)
    }

    fn accepted(&self, instance: &Instance) -> BTreeSet<String> {
        let residuals = self.decisions.residuals();
        residuals
            .filter(|(uid, ..)| **uid == instance.uid)
            .map(|(_, place, _)| place.to_owned())
            .collect()
    }
}
