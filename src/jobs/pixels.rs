//! Pixels for the export, by way of worker processes.

use std::path::Path;

use crate::export::{MaskedFile, PixelService};
use crate::jobs::NEVER;
use crate::jobs::worker::{Frames, Lane, WorkerPool};
use crate::model::{
    Action, ActionCode, AttributePath, Cause, Coverage, Layer, PlannedEdit, Region,
};
use crate::verify::Samples;

/// Has worker processes decode, mask and look.
#[derive(Debug)]
pub struct WorkerPixels<'a> {
    /// The workers.
    pub pool: &'a WorkerPool,
    /// Whose lane.
    pub lane: Lane,
    /// Whether detection is on.
    pub detect: bool,
}

impl PixelService for WorkerPixels<'_> {
    fn mask(
        &self,
        input: &Path,
        regions: &[(u32, Vec<Region>)],
        out: &Path,
    ) -> Result<MaskedFile, Cause> {
        let report = self.pool.mask(self.lane, input, regions, out).map_err(|error| error.cause)?;
        let edits = report.attributes.into_iter().map(|(tag, vr, value)| PlannedEdit {
            path: AttributePath::root(tag),
            vr,
            code: ActionCode::C,
            action: Action::Set,
            value,
            rule: "follows from masked pixels".into(),
            layer: Layer::Standard,
        });
        Ok(MaskedFile {
            vr: report.vr,
            transfer_syntax: report.transfer_syntax.map(|uid| uid.to_string()),
            edits: edits.collect(),
            filled: report.filled.into_iter().collect(),
        })
    }

    fn samples(&self, file: &Path, frame: u32) -> Result<Samples, Cause> {
        let found = self.pool.samples(self.lane, file, frame).map_err(|error| error.cause)?;
        Ok(Samples {
            columns: found.columns,
            rows: found.rows,
            samples_per_pixel: found.samples_per_pixel,
            bytes_per_sample: found.bytes_per_sample,
            bytes: found.bytes,
        })
    }

    fn find_text(&self, file: &Path, frame: u32) -> Result<Option<Vec<Region>>, Cause> {
        if !self.detect {
            return Ok(None);
        }
        let found = self
            .pool
            .detect(self.lane, file, Frames::These(vec![frame]), &NEVER)
            .map_err(|error| error.cause)?;
        let Some(found) = found.into_iter().find(|found| found.frame == frame) else {
            return Ok(None);
        };
        match found.coverage {
            Coverage::NotLookedAt(_) => Ok(None),
            _ => Ok(Some(found.findings.into_iter().map(|finding| finding.region).collect())),
        }
    }
}
