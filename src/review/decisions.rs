//! The algebra of decisions: what events fold into, and what holds for one frame.
//!
//! A decision is stored once with its scope and never expanded. Narrower wins over wider (frame,
//! instance, series, look-alike group, batch); within one scope the later wins. Everything here is pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    AttributePath, Decision, Digest256, FindingAnswer, GroupId, IdentityResolution, InstanceUid,
    Lies, Mask, MaskId, Override, Phi, Region, Scope, SeriesUid, Tag, Verdict,
};

/// Pixels by which two boxes of the same text may differ on each side and still be one place, and
/// by which a found box may stick out of what is painted.
pub const TOLERANCE: u32 = 2;

/// A verdict as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerdictGiven {
    /// The verdict; never `Undecided`.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
    /// What it rested on; a verdict without one is stale.
    pub fingerprint: Option<Digest256>,
    /// Who said so, as claimed.
    pub reader: String,
    /// The event that says so.
    pub seq: u64,
}

/// A residual of verify that a reader accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResidualAccepted {
    /// The reason, as typed.
    pub reason: String,
    /// Who accepted it, as claimed.
    pub reader: String,
}

/// The event a decision stands in.
#[derive(Clone, Copy, Debug)]
pub struct Provenance<'a> {
    /// The event's place in the log.
    pub seq: u64,
    /// Its reader, as claimed.
    pub reader: &'a str,
    /// The fingerprints of its verdicts.
    pub fingerprints: &'a BTreeMap<SeriesUid, Digest256>,
}

/// What a finding's answer binds to: region, text and image size.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    region: Region,
    text: Phi<String>,
    image_size: (u32, u32),
}

impl Place {
    fn same(&self, other: &Self) -> bool {
        let near = |a: u32, b: u32| a.abs_diff(b) <= TOLERANCE;
        self.image_size == other.image_size
            && self.text == other.text
            && near(self.region.x0, other.region.x0)
            && near(self.region.y0, other.region.y0)
            && near(self.region.x1, other.region.x1)
            && near(self.region.y1, other.region.y1)
    }
}

/// An attribute at every depth, or one path only.
type Attribute = (Tag, Option<String>);

/// An override that may be in force for an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverrideInForce<'a> {
    /// Which attribute.
    pub tag: Tag,
    /// The one path that is meant; `None` at every depth.
    pub path: Option<&'a str>,
    /// What to do.
    pub action: &'a Override,
    /// Where it was decided.
    pub scope: &'a Scope,
}

impl OverrideInForce<'_> {
    /// Whether it speaks of `path`.
    pub fn speaks_of(&self, path: &AttributePath) -> bool {
        self.tag == path.tag() && self.path.is_none_or(|text| text == path.to_string())
    }
}

/// How a finding stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingState {
    /// Nobody decided.
    Open,
    /// It will be painted over.
    Masked,
    /// It stays, on purpose.
    Kept,
}

/// All that is decided in a review, folded from its events.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Decisions {
    masks: BTreeMap<MaskId, Mask>,
    masks_at: BTreeMap<Scope, BTreeSet<MaskId>>,
    answers: BTreeMap<Scope, BTreeMap<Place, FindingAnswer>>,
    overrides: BTreeMap<Scope, BTreeMap<Attribute, Override>>,
    verdicts: BTreeMap<SeriesUid, VerdictGiven>,
    /// What each reader's approval of a series rests on.
    approvals: BTreeMap<SeriesUid, BTreeMap<String, Digest256>>,
    residuals: BTreeMap<(InstanceUid, String), ResidualAccepted>,
    identities: Vec<IdentityResolution>,
}

/// The scopes around a frame, narrowest first.
fn around(lies: Lies<'_>, instance: &InstanceUid, frame: u32) -> [Scope; 5] {
    [
        Scope::Frame(instance.clone(), frame),
        Scope::Instance(instance.clone()),
        Scope::Series(lies.series.clone()),
        Scope::Group(lies.group),
        Scope::Batch,
    ]
}

impl Decisions {
    /// Takes in one decision. What speaks of a mask that is not there, or cannot be (an override
    /// for a frame, an exception that is no narrower than its mask), changes nothing.
    pub fn apply(&mut self, decision: &Decision, by: Provenance<'_>) {
        match decision {
            Decision::AddMask(mask) => self.add_mask(mask),
            Decision::ChangeMask { id, region } => {
                if let Some(mask) = self.masks.get_mut(id) {
                    mask.region = *region;
                }
            }
            Decision::RemoveMask(id) => self.remove_mask(*id),
            Decision::ExceptFromMask { id, scope } => self.except(*id, scope),
            Decision::AnswerFinding { scope, region, text, image_size, answer } => {
                let place = Place { region: *region, text: text.clone(), image_size: *image_size };
                let there = self.answers.entry(scope.clone()).or_default();
                // The later answer for the same place takes the earlier one's.
                there.retain(|other, _answer| !other.same(&place));
                there.insert(place, *answer);
            }
            Decision::OverrideAttribute { scope, tag, path, action } => {
                self.set_override(scope, (*tag, path.clone()), action.as_ref());
            }
            Decision::SetVerdict { series, verdict, reason } => {
                self.set_verdict(series, *verdict, reason, by);
            }
            Decision::AcceptResidual { instance, place, reason } => {
                let accepted =
                    ResidualAccepted { reason: reason.clone(), reader: by.reader.to_owned() };
                self.residuals.insert((instance.clone(), place.clone()), accepted);
            }
            Decision::ResolveIdentity(resolution) => {
                self.identities.retain(|said| said.patients.is_disjoint(&resolution.patients));
                self.identities.push(resolution.clone());
            }
        }
    }

    fn add_mask(&mut self, mask: &Mask) {
        self.remove_mask(mask.id);
        self.masks_at.entry(mask.scope.clone()).or_default().insert(mask.id);
        self.masks.insert(mask.id, mask.clone());
    }

    fn remove_mask(&mut self, id: MaskId) {
        let Some(mask) = self.masks.remove(&id) else { return };
        if let Some(there) = self.masks_at.get_mut(&mask.scope) {
            there.remove(&id);
            if there.is_empty() {
                self.masks_at.remove(&mask.scope);
            }
        }
    }

    fn except(&mut self, id: MaskId, scope: &Scope) {
        let Some(mask) = self.masks.get_mut(&id) else { return };
        if scope.rank() > mask.scope.rank()
            && let Err(at) = mask.exceptions.binary_search(scope)
        {
            mask.exceptions.insert(at, scope.clone());
        }
    }

    fn set_override(&mut self, scope: &Scope, attribute: Attribute, action: Option<&Override>) {
        if matches!(scope, Scope::Frame(..)) {
            return;
        }
        let there = self.overrides.entry(scope.clone()).or_default();
        match action {
            Some(action) => {
                there.insert(attribute, action.clone());
            }
            None => {
                there.remove(&attribute);
            }
        }
        if there.is_empty() {
            self.overrides.remove(scope);
        }
    }

    fn set_verdict(
        &mut self,
        series: &SeriesUid,
        verdict: Verdict,
        reason: &str,
        by: Provenance<'_>,
    ) {
        let approvals = self.approvals.entry(series.clone()).or_default();
        match by.fingerprints.get(series).filter(|_| verdict == Verdict::Approved) {
            Some(fingerprint) => drop(approvals.insert(by.reader.to_owned(), *fingerprint)),
            // Who takes an approval back, holds or rejects starts the reading anew for all.
            None => approvals.clear(),
        }
        if verdict == Verdict::Undecided {
            self.verdicts.remove(series);
            return;
        }
        let given = VerdictGiven {
            verdict,
            reason: reason.to_owned(),
            fingerprint: by.fingerprints.get(series).copied(),
            reader: by.reader.to_owned(),
            seq: by.seq,
        };
        self.verdicts.insert(series.clone(), given);
    }

    /// All masks, by name.
    pub fn masks(&self) -> impl Iterator<Item = &Mask> {
        self.masks.values()
    }

    /// The mask of that name.
    pub fn mask(&self, id: MaskId) -> Option<&Mask> {
        self.masks.get(&id)
    }

    /// The masks whose scope reaches a frame, of whatever image size, exceptions not counted.
    pub fn masks_around(
        &self,
        lies: Lies<'_>,
        instance: &InstanceUid,
        frame: u32,
    ) -> impl Iterator<Item = &Mask> {
        around(lies, instance, frame)
            .into_iter()
            .filter_map(|scope| self.masks_at.get(&scope))
            .flatten()
            .filter_map(|id| self.masks.get(id))
    }

    /// What is painted over in one frame: masks without their exceptions, and findings that were
    /// answered *mask*. In image pixels, inside the image, each once, sorted.
    pub fn masks_for(
        &self,
        lies: Lies<'_>,
        instance: &InstanceUid,
        frame: u32,
        image_size: (u32, u32),
    ) -> Vec<Region> {
        let masks = self
            .masks_around(lies, instance, frame)
            .filter(|mask| mask.applies_to(lies, instance, frame, image_size))
            .map(|mask| mask.region);
        let answers = self
            .answers_for(lies, instance, frame, image_size)
            .into_iter()
            .filter(|(_place, answer)| *answer == FindingAnswer::Mask)
            .map(|(place, _answer)| place.region);
        let painted: BTreeSet<Region> = masks
            .chain(answers)
            .filter_map(|region| region.clamped(image_size.0, image_size.1))
            .collect();
        painted.into_iter().collect()
    }

    /// The answers in force for one frame, the narrower in the place of the wider.
    fn answers_for(
        &self,
        lies: Lies<'_>,
        instance: &InstanceUid,
        frame: u32,
        image_size: (u32, u32),
    ) -> Vec<(&Place, FindingAnswer)> {
        let mut found: Vec<(&Place, FindingAnswer)> = Vec::new();
        for scope in around(lies, instance, frame) {
            let Some(there) = self.answers.get(&scope) else { continue };
            let narrower = found.len();
            for (place, answer) in there {
                let bound = place.image_size == image_size && binds(&scope, place, *answer);
                let hidden = found.iter().take(narrower).any(|(other, _)| other.same(place));
                if bound && !hidden {
                    found.push((place, *answer));
                }
            }
        }
        found
    }

    /// How a finding of one frame stands. What is painted over anyway counts as masked.
    pub fn finding_state(
        &self,
        (lies, instance, frame): (Lies<'_>, &InstanceUid, u32),
        (region, text): (Region, &Phi<String>),
        image_size: (u32, u32),
    ) -> FindingState {
        let painted = self.masks_for(lies, instance, frame, image_size);
        if covered(inner(region), &painted) {
            return FindingState::Masked;
        }
        let place = Place { region, text: text.clone(), image_size };
        let kept = self
            .answers_for(lies, instance, frame, image_size)
            .into_iter()
            .any(|(other, answer)| answer == FindingAnswer::Keep && other.same(&place));
        if kept { FindingState::Kept } else { FindingState::Open }
    }

    /// All overrides that may speak for an instance, the one that wins first: narrower before
    /// wider, and in one scope a single path before *every depth*.
    pub fn overrides_for(
        &self,
        lies: Lies<'_>,
        instance: &InstanceUid,
    ) -> Vec<OverrideInForce<'_>> {
        let scopes = [
            Scope::Instance(instance.clone()),
            Scope::Series(lies.series.clone()),
            Scope::Group(lies.group),
            Scope::Batch,
        ];
        let mut found = Vec::new();
        for scope in scopes {
            let Some((scope, there)) = self.overrides.get_key_value(&scope) else { continue };
            let of = |one_path: bool| {
                there.iter().filter(move |((_, path), _)| path.is_some() == one_path).map(
                    move |((tag, path), action)| OverrideInForce {
                        tag: *tag,
                        path: path.as_deref(),
                        action,
                        scope,
                    },
                )
            };
            found.extend(of(true).chain(of(false)));
        }
        found
    }

    /// The override in force for one attribute of an instance, and where it was decided.
    pub fn override_for(
        &self,
        lies: Lies<'_>,
        instance: &InstanceUid,
        path: &AttributePath,
    ) -> Option<(&Override, &Scope)> {
        self.overrides_for(lies, instance)
            .into_iter()
            .find(|found| found.speaks_of(path))
            .map(|found| (found.action, found.scope))
    }

    /// The verdict on a series as it was given, stale or not; `None` when there is none.
    pub fn verdict(&self, series: &SeriesUid) -> Option<&VerdictGiven> {
        self.verdicts.get(series)
    }

    /// The readers, as claimed, whose approval of a series rests on `current`.
    pub fn approvers(&self, series: &SeriesUid, current: &Digest256) -> impl Iterator<Item = &str> {
        let there = self.approvals.get(series).into_iter().flatten();
        there.filter(move |(_, rests_on)| *rests_on == current).map(|(reader, _)| reader.as_str())
    }

    /// All verdicts, by series.
    pub fn verdicts(&self) -> impl Iterator<Item = (&SeriesUid, &VerdictGiven)> {
        self.verdicts.iter()
    }

    /// The acceptance of what verify found at `place` of an instance.
    pub fn residual(&self, instance: &InstanceUid, place: &str) -> Option<&ResidualAccepted> {
        self.residuals.get(&(instance.clone(), place.to_owned()))
    }

    /// All accepted residuals: instance, place, acceptance.
    pub fn residuals(&self) -> impl Iterator<Item = (&InstanceUid, &str, &ResidualAccepted)> {
        self.residuals.iter().map(|((uid, place), accepted)| (uid, place.as_str(), accepted))
    }

    /// What was said about the identity of patients; no patient is spoken of twice.
    pub fn identities(&self) -> &[IdentityResolution] {
        &self.identities
    }

    /// Whether anything was decided about one instance alone, or about a frame of it.
    pub fn speaks_of(&self, instance: &InstanceUid) -> bool {
        let own = Scope::Instance(instance.clone());
        let decided = self.masks_at.contains_key(&own)
            || self.answers.contains_key(&own)
            || self.overrides.contains_key(&own);
        let accepted = || self.residuals.keys().any(|(accepted, _)| accepted == instance);
        decided || !self.frame_scopes(instance).is_empty() || accepted()
    }

    /// Whether anything was decided about a look-alike group.
    pub(super) fn speaks_of_group(&self, group: GroupId) -> bool {
        let own = Scope::Group(group);
        self.masks_at.contains_key(&own)
            || self.answers.contains_key(&own)
            || self.overrides.contains_key(&own)
    }

    /// The answers of one scope, for fingerprints: region, text, image size, answer.
    pub(super) fn answers_at(
        &self,
        scope: &Scope,
    ) -> impl Iterator<Item = (Region, &Phi<String>, (u32, u32), FindingAnswer)> {
        self.answers
            .get(scope)
            .into_iter()
            .flatten()
            .map(|(place, answer)| (place.region, &place.text, place.image_size, *answer))
    }

    /// The overrides of one scope, for fingerprints.
    pub(super) fn overrides_at(
        &self,
        scope: &Scope,
    ) -> impl Iterator<Item = (Tag, Option<&str>, &Override)> {
        self.overrides
            .get(scope)
            .into_iter()
            .flatten()
            .map(|((tag, path), action)| (*tag, path.as_deref(), action))
    }

    /// The masks of one scope, by name.
    pub(super) fn masks_at(&self, scope: &Scope) -> impl Iterator<Item = &Mask> {
        self.masks_at.get(scope).into_iter().flatten().filter_map(|id| self.masks.get(id))
    }

    /// Every frame of an instance that has an answer or a mask of its own.
    pub(super) fn frame_scopes(&self, instance: &InstanceUid) -> BTreeSet<u32> {
        let first = Scope::Frame(instance.clone(), 0);
        let last = Scope::Frame(instance.clone(), u32::MAX);
        let number = |scope: &Scope| match scope {
            Scope::Frame(_, frame) => Some(*frame),
            _ => None,
        };
        let masks = self.masks_at.range(first.clone()..=last.clone()).map(|(scope, _)| scope);
        let answers = self.answers.range(first..=last).map(|(scope, _)| scope);
        masks.chain(answers).filter_map(number).collect()
    }
}

/// A keep of what nobody could read says nothing about other instances: there the same box may
/// hold other words.
fn binds(scope: &Scope, place: &Place, answer: FindingAnswer) -> bool {
    answer == FindingAnswer::Mask
        || !place.text.expose().trim().is_empty()
        || matches!(scope, Scope::Frame(..) | Scope::Instance(_))
}

/// The region without its outermost pixels, or itself where nothing would be left.
fn inner(region: Region) -> Region {
    let shrunk = Region {
        x0: region.x0.saturating_add(TOLERANCE),
        y0: region.y0.saturating_add(TOLERANCE),
        x1: region.x1.saturating_sub(TOLERANCE),
        y1: region.y1.saturating_sub(TOLERANCE),
    };
    if shrunk.is_empty() { region } else { shrunk }
}

/// Whether the union of `painted` covers every pixel of `region`.
pub(super) fn covered(region: Region, painted: &[Region]) -> bool {
    let Some((first, rest)) = painted.split_first() else { return region.is_empty() };
    let Some(both) = region.intersection(*first) else { return covered(region, rest) };
    // What the first leaves free: above, below, left and right of the common part.
    let free = [
        Region { y1: both.y0, ..region },
        Region { y0: both.y1, ..region },
        Region { y0: both.y0, y1: both.y1, x1: both.x0, ..region },
        Region { y0: both.y0, y1: both.y1, x0: both.x1, ..region },
    ];
    free.into_iter().filter(|part| !part.is_empty()).all(|part| covered(part, rest))
}
