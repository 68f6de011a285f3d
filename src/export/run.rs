//! Exports one series after the other: each input file ends with exactly one outcome.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::dicom::{Limits, Scan, Source, scan};
use crate::engine::apply::Applied;
use crate::engine::plan::{COMPLETED, PixelWork, PlanError, PlanRequest, Planner};
use crate::export::check::{PixelService, Staged, VerifyContext, check};
use crate::export::destination::Destination;
use crate::export::hidden::{Fate, Hidden, hidden_places};
use crate::export::manifest::ManifestFile;
use crate::export::naming::{self, Name, Names};
use crate::export::report::Told;
use crate::export::write::write;
use crate::index::{Batch, Instance, digest_file};
use crate::model::{
    AttributePath, Cause, HoldReason, InstanceUid, Outcome, Override, Plan, PlannedEdit, Region, VR,
};
use crate::profile::Profile;
use crate::verify::Verdict;

/// Whether an instance may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Release {
    /// It may, if verify agrees.
    Go,
    /// It waits.
    Hold(Vec<HoldReason>),
    /// It never goes, for this reason.
    Reject(String),
}

/// What was decided about the instances of a batch.
pub trait Decided: Sync {
    /// Whether it may go.
    fn release(&self, instance: &Instance) -> Release;
    /// What is painted over in one frame; image pixels.
    fn regions(&self, instance: &Instance, frame: u32) -> Vec<Region>;
    /// Where text may stay though a detector sees it: regions with a recorded keep.
    fn kept_regions(&self, instance: &Instance, frame: u32) -> Vec<Region>;
    /// Frames in which text was looked for.
    fn looked_at(&self, instance: &Instance) -> BTreeSet<u32>;
    /// What is done to an attribute instead of what the profile says.
    fn override_for(&self, instance: &Instance, path: &AttributePath) -> Option<Override>;
    /// Whether every frame was decided by a human, or by a completed scan that masked all it found.
    fn pixels_decided(&self, instance: &Instance) -> bool;
    /// Whether text was found in an overlay plane that no person let stay.
    fn shows_overlay_text(&self, instance: &Instance) -> bool;
    /// Whether files of different content that claim this SOP Instance UID go, each with an identity
    /// of its own. Decisions name instances by UID: what was decided would be meant for any of them.
    fn may_part(&self, uid: &InstanceUid) -> bool;
    /// Places that verify named and a person accepted, with a reason.
    fn accepted(&self, instance: &Instance) -> BTreeSet<String>;
}

/// Masked samples in a file of their own.
#[derive(Clone, Debug)]
pub struct MaskedFile {
    /// OB or OW.
    pub vr: VR,
    /// The transfer syntax, where masking changes it.
    pub transfer_syntax: Option<String>,
    /// Attributes that must change with the samples.
    pub edits: Vec<PlannedEdit>,
    /// What was painted, by frame: clamped, and widened where pixels share their colour.
    pub filled: BTreeMap<u32, Vec<Region>>,
}

/// How one instance ended.
#[derive(Clone, Debug)]
pub struct Exported {
    /// Its path below the batch's folder.
    pub path: PathBuf,
    /// Its outcome.
    pub outcome: Outcome,
    /// Its line of the manifest, if it was released.
    pub file: Option<ManifestFile>,
    /// SOP Instance UIDs that it refers to, if it was released.
    pub references: Vec<String>,
    /// What verify did not look at.
    pub not_checked: Vec<String>,
    /// Hidden places of its input and what became of them, if it was released.
    pub hidden: BTreeSet<(Hidden, Fate)>,
    /// Attributes that were added as the IOD asks for them, if it was released.
    pub completed: Vec<AttributePath>,
    /// What else the report tells of it, if it was released.
    pub told: Option<Told>,
}

impl Exported {
    /// An end without a file.
    pub const fn without_file(path: PathBuf, outcome: Outcome) -> Self {
        Self {
            path,
            outcome,
            file: None,
            references: Vec::new(),
            not_checked: Vec::new(),
            hidden: BTreeSet::new(),
            completed: Vec::new(),
            told: None,
        }
    }
}

/// The export itself failed; what was published is whole.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The destination refused.
    #[error("writing to the output folder failed")]
    Io(#[from] io::Error),
    /// It was cancelled.
    #[error("cancelled")]
    Cancelled,
}

/// Exports the instances of a batch.
pub struct Exporter<'a> {
    /// The batch.
    pub batch: &'a Batch,
    /// Rules, key, identifiers.
    pub planner: &'a Planner<'a>,
    /// Decisions.
    pub decided: &'a dyn Decided,
    /// Pixels.
    pub pixels: &'a dyn PixelService,
    /// What verify knows of the batch.
    pub context: &'a VerifyContext,
    /// The output folder.
    pub destination: &'a Destination,
    /// Whether what was withdrawn from the output folder may go again.
    pub republish: bool,
    /// Whether a study goes whole or not at all.
    pub whole_studies: bool,
    /// The part of the batch that this run exports, if not all of it. What stands in one series or study
    /// is in it as a whole, or not at all.
    pub part: Option<&'a Batch>,
    /// Set by who wants the export to stop.
    pub cancel: &'a AtomicBool,
    /// Called when an instance is through, from any thread.
    pub one_done: &'a (dyn Fn() + Sync),
}

/// Whether one file keeps its whole study back: it does not go, and no equal file goes for it.
fn keeps_study_back(entry: &Exported) -> bool {
    let goes = entry.outcome == Outcome::Released
        || entry.outcome == Outcome::Quarantined { cause: Cause::Duplicate };
    !goes
}

/// Takes the release of a file back whose study does not go whole.
fn hold_with_study(entry: &mut Exported) {
    if entry.outcome == Outcome::Released {
        let reason = HoldReason {
            check: "gate".into(),
            place: "study".into(),
            what: "another file of its study is not released, and studies go whole".into(),
        };
        let outcome = Outcome::Held { reasons: vec![reason] };
        *entry = Exported::without_file(entry.path.clone(), outcome);
    }
}

/// The instances of a batch that become visible together, by the UID of their series or study, each in
/// order of their paths.
pub type Groups<'a> = BTreeMap<&'a str, Vec<&'a Instance>>;

impl<'a> Exporter<'a> {
    /// Where the instances go; it is the same whoever exports.
    pub fn names(&self) -> Names {
        naming::names(self.batch, self.planner.key, &|uid| self.decided.may_part(uid))
    }

    /// The instances by series, or by study where studies go whole.
    pub fn groups(&self) -> Groups<'a> {
        let mut groups = Groups::new();
        let is_mine =
            |it: &&Instance| self.part.is_none_or(|part| part.instances.contains_key(&it.path));
        for instance in self.batch.instances.values().filter(is_mine) {
            let together = match self.whole_studies {
                true => instance.study.as_str(),
                false => instance.series.as_str(),
            };
            groups.entry(together).or_default().push(instance);
        }
        groups
    }

    /// Bytes that the export needs beside what lies in the folder: about the length of the inputs that
    /// may go and are not there yet.
    pub fn room_needed(&self, names: &Names) -> u64 {
        let there: BTreeSet<&str> =
            self.destination.manifest().files.iter().map(|file| file.path.as_str()).collect();
        let is_new = |instance: &&Instance| {
            let name = names.get(&instance.path).and_then(|name| name.as_ref().ok());
            name.is_some_and(|name| !there.contains(name.path.as_str()))
        };
        self.length(self.groups().into_values().flatten().filter(is_new))
    }

    /// Length of those of some inputs that may go.
    fn length<'i>(&self, instances: impl Iterator<Item = &'i Instance>) -> u64 {
        let may_go = |it: &&Instance| self.decided.release(it) == Release::Go;
        instances.filter(may_go).map(|instance| instance.bytes).sum()
    }

    /// Exports one group: all its files are staged and checked, then what passed is published
    /// together. `name` names its staging folder.
    ///
    /// # Errors
    /// [`ExportError`] when the destination refuses or somebody cancels; then nothing of this
    /// group is visible, or whole files of it are.
    pub fn group(
        &self,
        name: &str,
        instances: &[&Instance],
        names: &Names,
    ) -> Result<Vec<Exported>, ExportError> {
        // Better now than in the middle of a file.
        let length = self.length(instances.iter().copied());
        if self.destination.room().is_some_and(|room| room < length) {
            return Err(io::Error::from(rustix::io::Errno::NOSPC).into());
        }
        let folder = self.destination.stage(name)?;
        let done = self.staged_and_published(&folder, instances, names);
        // Also when it failed: on a full disk the manifest needs the room.
        let cleared = fs::remove_dir_all(&folder);
        let done = done?;
        cleared?;
        Ok(done)
    }

    fn staged_and_published(
        &self,
        folder: &Path,
        instances: &[&Instance],
        names: &Names,
    ) -> Result<Vec<Exported>, ExportError> {
        let mut done = Vec::new();
        let mut passed = Vec::new();
        let mut last = None;
        for instance in instances {
            if self.cancel.load(Ordering::Relaxed) {
                return Err(ExportError::Cancelled);
            }
            let target = names.get(&instance.path).cloned().unwrap_or(Err(Cause::ApplyFailed));
            let staged = folder.join(format!("{:06}.dcm", done.len()));
            let exported = self.instance(instance, target, &staged);
            // A worker that was stopped says nothing about the file.
            if self.cancel.load(Ordering::Relaxed) {
                return Err(ExportError::Cancelled);
            }
            let mut exported = exported?;
            if let Some(told) = &mut exported.told {
                told.share(&mut last);
            }
            match &exported.file {
                Some(file) => passed.push((staged, file.clone())),
                None if staged.exists() => fs::remove_file(&staged)?,
                None => {}
            }
            done.push(exported);
            (self.one_done)();
        }
        if self.whole_studies && done.iter().any(keeps_study_back) {
            done.iter_mut().for_each(hold_with_study);
            passed.clear();
        }
        self.destination.publish(&passed)?;
        Ok(done)
    }

    fn instance(
        &self,
        instance: &Instance,
        target: Result<Name, Cause>,
        staged: &Path,
    ) -> Result<Exported, ExportError> {
        let ended = |outcome| Exported::without_file(instance.path.clone(), outcome);
        let target = match (self.decided.release(instance), target) {
            (Release::Hold(reasons), _) => return Ok(ended(Outcome::Held { reasons })),
            (Release::Reject(reason), _) => return Ok(ended(Outcome::Rejected { reason })),
            // A person must say which of them it is; both files lie there whole.
            (Release::Go, Err(Cause::ConflictingIdentity)) => {
                return Ok(ended(Outcome::Held { reasons: vec![same_uid()] }));
            }
            (Release::Go, Err(cause)) => return Ok(ended(Outcome::Quarantined { cause })),
            (Release::Go, Ok(target)) => target,
        };
        if self.is_withdrawn(instance, &target) {
            return Ok(ended(Outcome::Held { reasons: vec![withdrawn()] }));
        }
        let checked = match self.stage(instance, &target, staged)? {
            Err(cause) => return Ok(ended(Outcome::Quarantined { cause })),
            Ok(checked) => checked,
        };
        let Checked { verdict, file, hidden, completed, held, told } = checked;
        if let Some(cause) = verdict.structure() {
            return Ok(ended(Outcome::Quarantined { cause }));
        }
        if !verdict.passes() || !held.is_empty() {
            let reasons = [held, verdict.findings].concat();
            return Ok(ended(Outcome::Held { reasons }));
        }
        Ok(Exported {
            file: Some(file),
            references: verdict.references,
            not_checked: verdict.not_checked,
            hidden,
            completed,
            told: Some(told),
            ..ended(Outcome::Released)
        })
    }

    /// Whether it was withdrawn from this export, under the name that it has now or had alone.
    fn is_withdrawn(&self, instance: &Instance, target: &Name) -> bool {
        let manifest = self.destination.manifest();
        let stem = target.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".dcm");
        let is_buried = [stem, &self.planner.key.uid(instance.uid.as_str())]
            .map(|uid| manifest.is_withdrawn(uid));
        !self.republish && is_buried.contains(&true)
    }

    /// Writes one file to staging, reads it back and checks it.
    fn stage(
        &self,
        instance: &Instance,
        target: &Name,
        staged: &Path,
    ) -> Result<Result<Checked, Cause>, ExportError> {
        let input = self.batch.file(instance);
        let scanned = match self.read_again(instance, &input) {
            Ok(scanned) => scanned,
            Err(cause) => return Ok(Err(cause)),
        };
        let regions: Vec<(u32, Vec<Region>)> = (0..instance.frames)
            .map(|frame| (frame, self.decided.regions(instance, frame)))
            .filter(|(_, regions)| !regions.is_empty())
            .collect();
        let samples = staged.with_extension("samples");
        let masked = match regions.is_empty() {
            true => None,
            false => match self.pixels.mask(&input, &regions, &samples) {
                Ok(masked) => Some(masked),
                // Not the file's fault: the samples could not be written.
                Err(Cause::ApplyFailed) => {
                    return Err(io::Error::other("the masked pixels cannot be written").into());
                }
                Err(cause) => return Ok(Err(cause)),
            },
        };
        let Ok(mut plan) = self.plan(instance, &scanned, masked.as_ref()) else {
            return Ok(Err(Cause::Unreadable));
        };
        let Ok(hidden) = hidden_places(&scanned, &plan) else {
            return Ok(Err(Cause::Unreadable));
        };
        if let Some(identity) = &target.identity
            && let Err(cause) = naming::give_identity(&mut plan, identity)
        {
            return Ok(Err(cause));
        }
        let Some(applied) = write(&scanned, &plan, masked.as_ref(), &samples, staged)? else {
            return Ok(Err(Cause::ApplyFailed));
        };
        let filled = masked.as_ref().map(|masked| masked.filled.clone()).unwrap_or_default();
        let verdict = self.check(
            instance,
            &Whole {
                scan: &scanned,
                input: &input,
                plan: &plan,
                staged,
                target: &target.path,
                applied: &applied,
                filled: &filled,
            },
        );
        let Some(verdict) = verdict else { return Ok(Err(Cause::VerifyStructure)) };
        let file = ManifestFile {
            path: target.path.clone(),
            sha256: digest_file(staged)?.to_hex(),
            bytes: applied.bytes,
            masked_frames: u32::try_from(filled.len()).unwrap_or(u32::MAX),
            stored_uncompressed: masked.is_some_and(|masked| masked.transfer_syntax.is_some()),
            profile: profile_mark(self.planner.profile),
            batches: BTreeSet::from([self.destination.batch().to_owned()]),
        };
        let completed = plan.edits.iter().filter(|edit| &*edit.rule == COMPLETED);
        let completed = completed.map(|edit| edit.path.clone()).collect();
        let accepted = self.decided.accepted(instance);
        let (settled, held) =
            plan.held.into_iter().partition(|reason| accepted.contains(&reason.place));
        let told = Told::new(&plan.edits, &verdict, &filled, settled);
        Ok(Ok(Checked { verdict, file, hidden, completed, held, told }))
    }

    /// Scans the input anew; it must still be the file that was indexed and reviewed.
    fn read_again(&self, instance: &Instance, input: &Path) -> Result<Scan, Cause> {
        let source = Source::open(input).map_err(|_io| Cause::Unreadable)?;
        let scanned = scan(source, &Limits::default()).map_err(|error| error.cause())?;
        let digest = digest_file(input).map_err(|_io| Cause::Unreadable)?;
        if digest == instance.digest { Ok(scanned) } else { Err(Cause::Unreadable) }
    }

    /// Plans an instance as it is exported.
    ///
    /// # Errors
    /// When a value cannot be read.
    pub fn plan(
        &self,
        instance: &Instance,
        scanned: &Scan,
        masked: Option<&MaskedFile>,
    ) -> Result<Plan, PlanError> {
        self.planner.plan(&PlanRequest {
            scan: scanned,
            instance,
            overrides: &|path| self.decided.override_for(instance, path),
            pixels: PixelWork {
                masked: masked.is_some(),
                decided: self.is_decided(instance),
                overlay_text: self.decided.shows_overlay_text(instance),
            },
            pixel_edits: masked.map_or(&[], |masked| masked.edits.as_slice()),
            identifiers: self.planner.identifiers,
            provisional: false,
        })
    }

    fn is_decided(&self, instance: &Instance) -> bool {
        instance.frames > 0 && self.decided.pixels_decided(instance)
    }

    fn check(&self, instance: &Instance, written: &Whole<'_>) -> Option<Verdict> {
        let planned = written.plan.edits.iter().chain(&written.plan.kept);
        let overrides: BTreeMap<AttributePath, Override> = planned
            .filter_map(|edit| {
                Some((edit.path.clone(), self.decided.override_for(instance, &edit.path)?))
            })
            .collect();
        let of_frames = |regions: &dyn Fn(u32) -> Vec<Region>| {
            written.filled.keys().map(|&frame| (frame, regions(frame))).collect()
        };
        let kept_regions = of_frames(&|frame| self.decided.kept_regions(instance, frame));
        let accepted = self.decided.accepted(instance);
        check(
            self.context,
            self.planner.profile,
            self.pixels,
            &Staged {
                instance,
                input: written.scan,
                input_path: written.input,
                plan: written.plan,
                path: written.staged,
                name: written.target,
                transfer_syntax: &written.applied.transfer_syntax,
                regions: written.filled,
                kept_regions: &kept_regions,
                overrides: &overrides,
                accepted: &accepted,
                looked_at: &self.decided.looked_at(instance),
                pixels_decided: self.is_decided(instance),
                pseudonym: &self.planner.key.pseudonym(&instance.patient),
            },
        )
        .ok()
    }
}

/// A staged file that was read back.
struct Checked {
    verdict: Verdict,
    file: ManifestFile,
    hidden: BTreeSet<(Hidden, Fate)>,
    /// What was added as the IOD asks for it.
    completed: Vec<AttributePath>,
    /// What in it waits for a person.
    held: Vec<HoldReason>,
    /// What the report tells of it.
    told: Told,
}

/// A staged file with all that led to it.
struct Whole<'a> {
    scan: &'a Scan,
    input: &'a Path,
    plan: &'a Plan,
    staged: &'a Path,
    target: &'a str,
    applied: &'a Applied,
    filled: &'a BTreeMap<u32, Vec<Region>>,
}

fn same_uid() -> HoldReason {
    HoldReason {
        check: "identity".into(),
        place: "(0008,0018)".into(),
        what: "another file has the same SOP Instance UID and other content".into(),
    }
}

fn withdrawn() -> HoldReason {
    HoldReason {
        check: "withdrawn".into(),
        place: "instance".into(),
        what: "it was withdrawn from this export".into(),
    }
}

/// Names the rules in force, as the manifest does.
pub(crate) fn profile_mark(profile: &Profile) -> String {
    format!("{} {:.16}", profile.name(), profile.digest().to_hex())
}
