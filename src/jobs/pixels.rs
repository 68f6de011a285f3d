//! Pixels for the export, by way of worker processes.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use crate::engine::mask::MaskReport;
use crate::export::{MaskedFile, PixelService};
use crate::jobs::worker::{Lane, WorkerPool};
use crate::model::{
    Action, ActionCode, AttributePath, Cause, Coverage, Finding, FindingSource, Layer, NewValue,
    PlannedEdit, Region,
};
use crate::verify::Samples;

/// The rule that stands beside attributes that change with masked samples.
const RULE: &str = "follows the masked pixels";

/// Masks, decodes and looks again in worker processes.
#[derive(Clone, Copy, Debug)]
pub struct WorkerPixels<'a> {
    /// The workers.
    pub pool: &'a WorkerPool,
    /// Whose lane.
    pub lane: Lane,
    /// Whether masked frames are looked at again.
    pub detect: bool,
    /// Ends a second look when set.
    pub cancel: &'a AtomicBool,
}

impl PixelService for WorkerPixels<'_> {
    fn mask(
        &self,
        input: &Path,
        regions: &[(u32, Vec<Region>)],
        out: &Path,
    ) -> Result<MaskedFile, Cause> {
        let report = self.pool.mask(self.lane, input, regions, out);
        report.map(masked_file).map_err(|error| error.cause)
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

    fn find_text(
        &self,
        file: &Path,
        frame: u32,
        painted: &[Region],
    ) -> Result<Option<Vec<Finding>>, Cause> {
        if !self.detect {
            return Ok(None);
        }
        let found = self.pool.detect_painted(self.lane, file, (frame, painted), self.cancel);
        let found = found.map_err(|error| error.cause)?;
        match found.coverage {
            Coverage::NotLookedAt(_) => Err(Cause::WorkerFailed),
            // What stands in an overlay plane is for the plan to judge, and shapes prove nothing.
            _ => Ok(Some(
                found
                    .findings
                    .into_iter()
                    .filter(|f| f.source == FindingSource::Detector)
                    .collect(),
            )),
        }
    }
}

fn masked_file(report: MaskReport) -> MaskedFile {
    let edit = |(tag, vr, value): (_, _, NewValue)| {
        let (code, action) = match &value {
            NewValue::Absent => (ActionCode::X, Action::Remove),
            NewValue::Empty => (ActionCode::Z, Action::Empty),
            _ => (ActionCode::D, Action::Set),
        };
        let path = AttributePath::root(tag);
        PlannedEdit { path, vr, code, action, value, rule: RULE.into(), layer: Layer::Standard }
    };
    MaskedFile {
        vr: report.vr,
        transfer_syntax: report.transfer_syntax.map(str::to_owned),
        edits: report.attributes.into_iter().map(edit).collect(),
        filled: report.filled.into_iter().collect(),
    }
}
