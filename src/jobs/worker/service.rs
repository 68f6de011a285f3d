//! The export's work on pixels, done by workers of the batch lane.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use crate::engine::mask::MaskReport;
use crate::export::{MaskedFile, PixelService};
use crate::jobs::worker::{Frames, Lane, WorkerPool};
use crate::model::{
    Action, ActionCode, AttributePath, Cause, FrameFindings, HoldReason, Layer, NewValue,
    PlannedEdit, Region,
};

/// The rule that stands beside attributes that change with masked samples.
const RULE: &str = "follows the masked pixels";

/// Masks, compares and looks again in worker processes.
#[derive(Clone, Copy, Debug)]
pub struct WorkerPixels<'a> {
    /// The workers.
    pub pool: &'a WorkerPool,
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
        let report = self.pool.mask(Lane::Batch, input, regions, out);
        report.map(masked_file).map_err(|error| error.cause)
    }

    fn compare(
        &self,
        input: &Path,
        staged: &Path,
        regions: &[(u32, Vec<Region>)],
    ) -> Result<Vec<HoldReason>, Cause> {
        self.pool.compare(Lane::Batch, input, staged, regions).map_err(|error| error.cause)
    }

    fn look_again(
        &self,
        staged: &Path,
        frames: &[u32],
    ) -> Result<Option<Vec<FrameFindings>>, Cause> {
        if !self.detect {
            return Ok(None);
        }
        let frames = Frames::These(frames.to_vec());
        let found = self.pool.detect(Lane::Batch, staged, frames, self.cancel);
        found.map(Some).map_err(|error| error.cause)
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
        PlannedEdit { path, vr, code, action, value, rule: RULE.into(), layer: Layer::Review }
    };
    MaskedFile {
        vr: report.vr,
        transfer_syntax: report.transfer_syntax.map(str::to_owned),
        edits: report.attributes.into_iter().map(edit).collect(),
    }
}
