//! Exports one series after the other: each input file ends with exactly one outcome.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::dicom::{Limits, Scan, Source, scan};
use crate::engine::apply::{Applied, PixelReplacement, apply};
use crate::engine::plan::{PixelWork, PlanRequest, Planner};
use crate::export::destination::Destination;
use crate::export::manifest::ManifestFile;
use crate::export::naming;
use crate::index::{Batch, Instance};
use crate::model::{
    AttributePath, Cause, FrameFindings, HoldReason, Outcome, Override, Plan, PlannedEdit, Region,
    SeriesUid, VR,
};

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
    /// What may stay though a detector sees it: regions with a recorded keep.
    fn kept_regions(&self, instance: &Instance, frame: u32) -> Vec<Region>;
    /// What is done to an attribute instead of what the profile says.
    fn override_for(&self, instance: &Instance, path: &AttributePath) -> Option<Override>;
    /// Whether every frame was decided by a human, or by a completed scan that masked all it found.
    fn pixels_decided(&self, instance: &Instance) -> bool;
    /// Places that verify named and a person accepted, with a reason.
    fn accepted(&self, instance: &Instance) -> Vec<String>;
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
}

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
    ) -> Result<MaskedFile, Cause>;
    /// Compares the samples outside and inside the masks of a staged file with those of its input:
    /// the places where something is wrong.
    ///
    /// # Errors
    /// The cause for which the file is quarantined.
    fn compare(
        &self,
        input: &Path,
        staged: &Path,
        regions: &[(u32, Vec<Region>)],
    ) -> Result<Vec<HoldReason>, Cause>;
    /// Looks at frames of a staged file again; `None` when detection is off.
    ///
    /// # Errors
    /// The cause for which the file is quarantined.
    fn look_again(
        &self,
        staged: &Path,
        frames: &[u32],
    ) -> Result<Option<Vec<FrameFindings>>, Cause>;
}

/// What verify says of one staged file.
#[derive(Clone, Debug, Default)]
pub struct Verified {
    /// What holds it.
    pub reasons: Vec<HoldReason>,
    /// What quarantines it.
    pub structure: Option<Cause>,
    /// SOP Instance UIDs that it refers to.
    pub references: Vec<String>,
}

/// The check of a staged file; verify itself in production.
pub trait Verifier: Sync {
    /// Checks one staged file against its input and plan.
    fn verify(&self, staged: &Staged<'_>) -> Verified;
}

/// A file that was written to staging.
pub struct Staged<'a> {
    /// The instance of the batch.
    pub instance: &'a Instance,
    /// Its input.
    pub input: &'a Scan,
    /// What was planned.
    pub plan: &'a Plan,
    /// Where it was written.
    pub path: &'a Path,
    /// Its path below the output.
    pub name: &'a str,
    /// The transfer syntax that it should have.
    pub transfer_syntax: &'a str,
    /// Frames and regions that were painted over.
    pub regions: &'a [(u32, Vec<Region>)],
    /// Attributes a reviewer overrode.
    pub overridden: &'a [AttributePath],
    /// Places a person accepted.
    pub accepted: &'a [String],
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
}

/// The export itself failed; what was published is whole.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The destination refused.
    #[error("writing to the output folder failed")]
    Io(#[from] io::Error),
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
    /// Verify.
    pub verifier: &'a dyn Verifier,
    /// The output folder.
    pub destination: &'a Destination,
}

/// The instances of a batch by series, each in order of their paths.
pub type SeriesGroups<'a> = BTreeMap<&'a SeriesUid, Vec<&'a Instance>>;

impl<'a> Exporter<'a> {
    /// The paths in the output; they are the same whoever exports.
    pub fn names(&self) -> BTreeMap<PathBuf, Result<String, Cause>> {
        naming::names(self.batch, self.planner.key)
    }

    /// The instances by series.
    pub fn groups(&self) -> SeriesGroups<'a> {
        let mut groups = SeriesGroups::new();
        for instance in self.batch.instances.values() {
            groups.entry(&instance.series).or_default().push(instance);
        }
        groups
    }

    /// Exports one series: all its files are staged and checked, then what passed is published
    /// together. `name` names its staging folder.
    ///
    /// # Errors
    /// [`ExportError`] when the destination refuses; then nothing of this series is visible, or
    /// whole files of it are.
    pub fn series(
        &self,
        name: &str,
        instances: &[&Instance],
        names: &BTreeMap<PathBuf, Result<String, Cause>>,
    ) -> Result<Vec<Exported>, ExportError> {
        let folder = self.destination.stage(name)?;
        let mut done = Vec::new();
        let mut passed = Vec::new();
        for instance in instances {
            let target = names.get(&instance.path).cloned().unwrap_or(Err(Cause::ApplyFailed));
            let staged = folder.join(format!("{:06}.dcm", done.len()));
            let exported = self.instance(instance, target, &staged)?;
            match &exported.file {
                Some(file) => passed.push((staged, file.path.clone())),
                None if staged.exists() => fs::remove_file(&staged)?,
                None => {}
            }
            done.push(exported);
        }
        self.destination.publish(&passed)?;
        fs::remove_dir_all(&folder)?;
        Ok(done)
    }

    fn instance(
        &self,
        instance: &Instance,
        target: Result<String, Cause>,
        staged: &Path,
    ) -> Result<Exported, ExportError> {
        let ended = |outcome| Exported {
            path: instance.path.clone(),
            outcome,
            file: None,
            references: Vec::new(),
        };
        let target = match (self.decided.release(instance), target) {
            (Release::Hold(reasons), _) => return Ok(ended(Outcome::Held { reasons })),
            (Release::Reject(reason), _) => return Ok(ended(Outcome::Rejected { reason })),
            (Release::Go, Err(cause)) => return Ok(ended(Outcome::Quarantined { cause })),
            (Release::Go, Ok(target)) => target,
        };
        match self.stage(instance, &target, staged)? {
            Err(cause) => Ok(ended(Outcome::Quarantined { cause })),
            Ok((verified, _)) if verified.structure.is_some() => Ok(ended(Outcome::Quarantined {
                cause: verified.structure.unwrap_or(Cause::VerifyStructure),
            })),
            Ok((verified, _)) if !verified.reasons.is_empty() => {
                Ok(ended(Outcome::Held { reasons: verified.reasons }))
            }
            Ok((verified, file)) => Ok(Exported {
                file: Some(file),
                references: verified.references,
                ..ended(Outcome::Released)
            }),
        }
    }

    /// Writes one file to staging, flushes it, reads it back and checks it.
    fn stage(
        &self,
        instance: &Instance,
        target: &str,
        staged: &Path,
    ) -> Result<Result<(Verified, ManifestFile), Cause>, ExportError> {
        let input = self.batch.file(instance);
        let Ok(source) = Source::open(&input) else { return Ok(Err(Cause::Unreadable)) };
        let scanned = match scan(source, &Limits::default()) {
            Ok(scanned) => scanned,
            Err(error) => return Ok(Err(error.cause())),
        };
        if crate::index::digest_file(&input).ok() != Some(instance.digest) {
            return Ok(Err(Cause::Unreadable)); // it is not the file that was reviewed
        }
        let regions: Vec<(u32, Vec<Region>)> = (0..instance.frames)
            .map(|frame| (frame, self.decided.regions(instance, frame)))
            .filter(|(_, regions)| !regions.is_empty())
            .collect();
        let samples = staged.with_extension("samples");
        let masked = match regions.is_empty() {
            true => None,
            false => match self.pixels.mask(&input, &regions, &samples) {
                Ok(masked) => Some(masked),
                Err(cause) => return Ok(Err(cause)),
            },
        };
        let Ok(plan) = self.plan(instance, &scanned, masked.as_ref()) else {
            return Ok(Err(Cause::Unreadable));
        };
        let applied = match self.write(&scanned, &plan, masked.as_ref(), &samples, staged)? {
            Some(applied) => applied,
            None => return Ok(Err(Cause::ApplyFailed)),
        };
        let overridden: Vec<AttributePath> = plan
            .edits
            .iter()
            .chain(&plan.kept)
            .map(|edit| &edit.path)
            .filter(|path| self.decided.override_for(instance, path).is_some())
            .cloned()
            .collect();
        let accepted = self.decided.accepted(instance);
        let mut verified = self.verifier.verify(&Staged {
            instance,
            input: &scanned,
            plan: &plan,
            path: staged,
            name: target,
            transfer_syntax: &applied.transfer_syntax,
            regions: &regions,
            overridden: &overridden,
            accepted: &accepted,
        });
        if let Err(cause) = self.check_pixels(instance, &input, staged, &regions, &mut verified) {
            return Ok(Err(cause));
        }
        verified.reasons.retain(|reason| !accepted.contains(&reason.place));
        let digest = crate::index::digest_file(staged)?;
        let file = ManifestFile {
            path: target.to_owned(),
            sha256: digest.to_hex(),
            bytes: applied.bytes,
            masked_frames: u32::try_from(regions.len()).unwrap_or(u32::MAX),
            stored_uncompressed: masked.is_some_and(|masked| masked.transfer_syntax.is_some()),
        };
        Ok(Ok((verified, file)))
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
    ) -> Result<Plan, crate::engine::plan::PlanError> {
        self.planner.plan(&PlanRequest {
            scan: scanned,
            patient: &instance.patient,
            overrides: &|path| self.decided.override_for(instance, path),
            pixels: PixelWork {
                masked: masked.is_some(),
                decided: instance.frames > 0 && self.decided.pixels_decided(instance),
            },
            pixel_edits: masked.map_or(&[], |masked| masked.edits.as_slice()),
            identifiers: self.planner.identifiers,
            provisional: false,
        })
    }

    fn write(
        &self,
        scanned: &Scan,
        plan: &Plan,
        masked: Option<&MaskedFile>,
        samples: &Path,
        staged: &Path,
    ) -> Result<Option<Applied>, ExportError> {
        let replacement = match masked {
            None => None,
            Some(masked) => Some(PixelReplacement {
                content: Source::open(samples)?,
                vr: masked.vr,
                transfer_syntax: masked.transfer_syntax.clone(),
            }),
        };
        let mut out = BufWriter::with_capacity(1 << 16, File::create_new(staged)?);
        let applied = apply(scanned, plan, replacement.as_ref(), &mut out);
        out.flush()?;
        if masked.is_some() {
            fs::remove_file(samples)?;
        }
        Ok(applied.ok())
    }

    /// Checks changed pixels: inside uniform, outside equal, and nothing to read outside the masks.
    fn check_pixels(
        &self,
        instance: &Instance,
        input: &Path,
        staged: &Path,
        regions: &[(u32, Vec<Region>)],
        verified: &mut Verified,
    ) -> Result<(), Cause> {
        if regions.is_empty() {
            return Ok(());
        }
        verified.reasons.extend(self.pixels.compare(input, staged, regions)?);
        let frames: Vec<u32> = regions.iter().map(|(frame, _)| *frame).collect();
        for found in self.pixels.look_again(staged, &frames)?.unwrap_or_default() {
            let masked = regions
                .iter()
                .find(|(frame, _)| *frame == found.frame)
                .map_or(&[][..], |(_, list)| list);
            let kept = self.decided.kept_regions(instance, found.frame);
            for finding in &found.findings {
                if !is_covered(finding.region, masked, &kept) {
                    let Region { x0, y0, x1, y1 } = finding.region;
                    verified.reasons.push(HoldReason {
                        check: "pixels".into(),
                        place: format!("frame {} at {x0},{y0} to {x1},{y1}", found.frame + 1),
                        what: "text outside the masks".into(),
                    });
                }
            }
        }
        Ok(())
    }
}

/// A ring around masks in which the edge of a mask itself may look like text, in pixels.
const TOLERANCE: u32 = 6;

/// Whether a finding lies in a mask, at its edge, or mostly in a region with a recorded keep.
fn is_covered(region: Region, masked: &[Region], kept: &[Region]) -> bool {
    let inside = |other: Region| other.intersection(region).map_or(0, Region::area);
    masked.iter().any(|mask| inside(mask.grown(TOLERANCE)) * 10 >= region.area() * 9)
        || kept.iter().any(|keep| inside(keep.grown(TOLERANCE)) * 10 >= region.area() * 7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_in_masks_and_keeps_are_covered() {
        let region = Region { x0: 10, y0: 10, x1: 50, y1: 20 };
        assert!(is_covered(region, &[Region { x0: 8, y0: 8, x1: 52, y1: 22 }], &[]));
        assert!(is_covered(region, &[], &[region]));
        assert!(!is_covered(region, &[Region { x0: 200, y0: 0, x1: 300, y1: 20 }], &[]));
        assert!(!is_covered(Region { x0: 0, y0: 0, x1: 500, y1: 300 }, &[region], &[region]));
    }
}
