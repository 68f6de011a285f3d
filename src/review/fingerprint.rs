//! What a verdict rests on, as one digest.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::model::{
    Digest256, FindingAnswer, FrameFindings, GroupId, InstanceUid, Mask, Override, Phi, Region,
    Scope, SeriesUid, Tag,
};
use crate::review::decisions::Decisions;

/// One member of a series, as a verdict rests on it.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// SHA-256 of the input file.
    pub input: Digest256,
    /// Its look-alike group.
    pub group: GroupId,
    /// Columns and rows; `None` without an image.
    pub image_size: Option<(u32, u32)>,
    /// What detection found, frame by frame. That it looked and found nothing is not part.
    pub findings: &'a [FrameFindings],
}

/// What is not a decision and yet part of what a verdict rests on.
#[derive(Clone, Debug)]
pub struct SeriesBasis<'a> {
    /// Which series.
    pub series: &'a SeriesUid,
    /// The profile with all its layers.
    pub profile: Digest256,
    /// The patient's subject dictionary, complete.
    pub dictionary: Digest256,
    /// Detector, model and settings; `None` where there is no detection.
    pub detector: Option<Digest256>,
    /// All members.
    pub members: BTreeMap<&'a InstanceUid, Member<'a>>,
}

/// Computes what a verdict on a series rests on: inputs, profile, dictionary, detector, findings,
/// and all decisions that touch the series. Names of masks are no part: the same place drawn anew
/// is the same.
pub fn fingerprint(basis: &SeriesBasis<'_>, decisions: &Decisions) -> Digest256 {
    let mut canon = Canon::new();
    canon.text(basis.series.as_str());
    canon.digest(Some(basis.profile));
    canon.digest(Some(basis.dictionary));
    canon.digest(basis.detector);
    canon.scope_of_all(basis, decisions, &Scope::Batch);
    canon.scope_of_all(basis, decisions, &Scope::Series(basis.series.clone()));
    // Without a word on a group it is what it was before there were any.
    let groups: BTreeSet<GroupId> = basis.members.values().map(|member| member.group).collect();
    for group in groups.into_iter().filter(|group| decisions.speaks_of_group(*group)) {
        canon.text("group");
        canon.digest(Some(group.0));
        canon.scope_of_all(basis, decisions, &Scope::Group(group));
        let members = basis.members.iter().filter(|(_, member)| member.group == group);
        members.for_each(|(instance, _)| canon.text(instance.as_str()));
    }
    canon.number(basis.members.len() as u64);
    for (instance, member) in &basis.members {
        canon.text(instance.as_str());
        canon.digest(Some(member.input));
        canon.findings(member.findings);
        canon.scope_of_all(basis, decisions, &Scope::Instance((*instance).clone()));
        let frames = decisions.frame_scopes(instance);
        canon.number(frames.len() as u64);
        for frame in frames {
            canon.number(u64::from(frame));
            canon.scope_of_all(basis, decisions, &Scope::Frame((*instance).clone(), frame));
        }
    }
    Digest256(canon.0.finalize().into())
}

/// Writes values so that no two different sequences of them give the same bytes.
struct Canon(Sha256);

impl Canon {
    fn new() -> Self {
        let mut canon = Self(Sha256::new());
        canon.text("veridact verdict 1");
        canon
    }

    fn number(&mut self, number: u64) {
        self.0.update(number.to_be_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.update(text.as_bytes());
    }

    fn digest(&mut self, digest: Option<Digest256>) {
        self.number(u64::from(digest.is_some()));
        self.0.update(digest.unwrap_or(Digest256([0; 32])).0);
    }

    fn region(&mut self, region: Region) {
        [region.x0, region.y0, region.x1, region.y1]
            .into_iter()
            .for_each(|edge| self.number(u64::from(edge)));
    }

    fn size(&mut self, size: (u32, u32)) {
        self.number(u64::from(size.0));
        self.number(u64::from(size.1));
    }

    fn findings(&mut self, frames: &[FrameFindings]) {
        let found: Vec<_> = frames
            .iter()
            .flat_map(|frame| frame.findings.iter().map(move |finding| (frame.frame, finding)))
            .collect();
        self.number(found.len() as u64);
        for (frame, finding) in found {
            self.number(u64::from(frame));
            self.region(finding.region);
            self.text(finding.text.expose());
        }
    }

    fn scope_of_all(&mut self, basis: &SeriesBasis<'_>, decisions: &Decisions, scope: &Scope) {
        self.masks(basis, decisions.masks_at(scope));
        self.answers(basis, decisions.answers_at(scope));
        let overrides: Vec<_> = decisions.overrides_at(scope).collect();
        self.number(overrides.len() as u64);
        for (tag, path, action) in overrides {
            self.overriding(tag, path, action);
        }
    }

    fn masks<'a>(&mut self, basis: &SeriesBasis<'_>, masks: impl Iterator<Item = &'a Mask>) {
        let mut touching: Vec<_> = masks
            .filter(|mask| has_size(basis, mask.image_size))
            .map(|mask| (mask.region, mask.image_size, exceptions(basis, mask)))
            .collect();
        touching.sort();
        self.number(touching.len() as u64);
        for (region, size, exceptions) in touching {
            self.region(region);
            self.size(size);
            self.number(exceptions.len() as u64);
            for scope in exceptions {
                self.number(code(scope));
                match scope {
                    Scope::Frame(uid, frame) => {
                        self.text(uid.as_str());
                        self.number(u64::from(*frame));
                    }
                    Scope::Instance(uid) => self.text(uid.as_str()),
                    Scope::Series(uid) => self.text(uid.as_str()),
                    Scope::Group(id) => self.digest(Some(id.0)),
                    Scope::Batch => {}
                }
            }
        }
    }

    fn answers<'a>(
        &mut self,
        basis: &SeriesBasis<'_>,
        answers: impl Iterator<Item = (Region, &'a Phi<String>, (u32, u32), FindingAnswer)>,
    ) {
        let touching: Vec<_> = answers.filter(|(_, _, size, _)| has_size(basis, *size)).collect();
        self.number(touching.len() as u64);
        for (region, text, size, answer) in touching {
            self.region(region);
            self.text(text.expose());
            self.size(size);
            self.number(u64::from(answer == FindingAnswer::Mask));
        }
    }

    fn overriding(&mut self, tag: Tag, path: Option<&str>, action: &Override) {
        self.number(u64::from(tag.group()));
        self.number(u64::from(tag.element()));
        self.number(u64::from(path.is_some()));
        self.text(path.unwrap_or(""));
        let (code, value) = match action {
            Override::Keep => (0, ""),
            Override::Remove => (1, ""),
            Override::Empty => (2, ""),
            Override::ReplaceWith(text) => (3, text.expose().as_str()),
            Override::Clean => (4, ""),
        };
        self.number(code);
        self.text(value);
    }
}

/// The number of a kind of scope: it never changes, or verdicts would turn stale.
const fn code(scope: &Scope) -> u64 {
    match scope {
        Scope::Batch => 0,
        Scope::Series(_) => 1,
        Scope::Instance(_) => 2,
        Scope::Frame(..) => 3,
        Scope::Group(_) => 4,
    }
}

/// A mask or answer for images of a size that the series has not does not touch it.
fn has_size(basis: &SeriesBasis<'_>, size: (u32, u32)) -> bool {
    basis.members.values().any(|member| member.image_size == Some(size))
}

fn exceptions<'a>(basis: &SeriesBasis<'_>, mask: &'a Mask) -> Vec<&'a Scope> {
    let touches = |scope: &&Scope| match scope {
        Scope::Frame(uid, _) | Scope::Instance(uid) => basis.members.contains_key(uid),
        Scope::Series(uid) => uid == basis.series,
        Scope::Group(id) => basis.members.values().any(|member| member.group == *id),
        Scope::Batch => true,
    };
    mask.exceptions.iter().filter(touches).collect()
}
