//! What the window asks of the rest of the house, and what comes back. Nothing here ever blocks.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::{
    Cause, Digest256, FrameFindings, InstanceUid, LookAlike, PatientKey, Picture, Plan, Proposal,
    SeriesUid,
};
use crate::profile::GateDemand;
use crate::render::{Folded, Rendering};
use crate::review::{BeforeValue, Effect, Identities, InstanceCard, ProblemCard};

pub use crate::store::{EventBody, NewEvent, OutcomeRecord, Recorded};

/// Does the long work of a window on other threads.
pub trait Backend {
    /// Starts reading a folder, and opens or makes its review beside it (`FOLDER.veridact`).
    /// Answered by [`JobEvent::Opened`] or [`JobEvent::Failed`]; a folder that is open stays open
    /// until another one is.
    fn open(&mut self, folder: &Path);

    /// Carries out one effect of the review state. The window itself takes
    /// [`Effect::Show`] (see [`Backend::show`]), [`Effect::Notify`] and [`Effect::Quit`].
    fn run(&mut self, effect: Effect);

    /// Renders a frame; the latest request wins, earlier ones need no answer.
    fn show(&mut self, instance: &InstanceUid, frame: u32, rendering: Rendering);

    /// Says which frames are likely to be asked for next, the likeliest first; needs no answer.
    fn ahead(&mut self, frames: Vec<(InstanceUid, u32, Rendering)>);

    /// Asks for the projections of what of a group lies in a series; answered by [`JobEvent::Folded`].
    fn fold(&mut self, series: &SeriesUid, look: &Arc<LookAlike>);

    /// Asks how a destination stands; answered by [`JobEvent::Destination`], the latest request
    /// wins.
    fn look_into(&mut self, destination: &Path);

    /// Asks the running export to stop; what is published already stays whole.
    fn cancel_export(&mut self);

    /// What has happened since the last call.
    fn poll(&mut self) -> Vec<JobEvent>;
}

/// What has happened outside.
#[derive(Clone, Debug)]
pub enum JobEvent {
    /// A folder is being read and its review is open.
    Opened(Box<Opened>),
    /// So many files of the folder were read.
    IndexProgress {
        /// Files read.
        done: usize,
        /// Files there are.
        total: usize,
    },
    /// Instances, or news of instances sent before, and files that are none.
    Indexed {
        /// Instances.
        cards: Vec<InstanceCard>,
        /// Files that are not part of the batch.
        problems: Vec<ProblemCard>,
    },
    /// All files were read; the subject dictionaries are complete.
    IndexFinished {
        /// Each patient's dictionary.
        dictionaries: Vec<(PatientKey, Digest256)>,
    },
    /// What is asked about identities, and what the answers so far make of the batch: when all
    /// files were read, and after each answer.
    Identities(Box<Identities>),
    /// An event is durable.
    Recorded(Recorded),
    /// An event could not be written.
    AppendFailed {
        /// Which request.
        ticket: u64,
        /// Why, without values.
        why: String,
    },
    /// A frame was rendered.
    Shown {
        /// Which instance.
        instance: InstanceUid,
        /// Which frame, counted from 0.
        frame: u32,
        /// The picture.
        picture: Arc<Picture>,
        /// Centre and width of the window it was rendered with; `None` for colours.
        window: Option<(f64, f64)>,
    },
    /// A frame cannot be rendered.
    ShowFailed {
        /// Which instance.
        instance: InstanceUid,
        /// Which frame, counted from 0.
        frame: u32,
        /// Why.
        cause: Cause,
    },
    /// A look-alike group has a picture, or a better one.
    Thumb {
        /// Which.
        look: Arc<LookAlike>,
        /// The picture, at most 256 pixels on a side.
        picture: Arc<Picture>,
        /// Whether it is the greatest values of stacks, not a single image.
        folded: bool,
    },
    /// A stack was folded.
    Folded {
        /// The series.
        series: SeriesUid,
        /// The group: what of it lies in the series is the stack.
        look: Arc<LookAlike>,
        /// Its projections.
        folded: Arc<Folded>,
        /// Its frames, in order.
        stack: Vec<(InstanceUid, u32)>,
    },
    /// An instance was planned.
    Planned {
        /// Which instance.
        instance: InstanceUid,
        /// What will be changed.
        plan: Arc<Plan>,
        /// Every attribute of the input, in its order.
        values: Vec<BeforeValue>,
    },
    /// Detection went through an instance.
    Detected {
        /// Which instance.
        instance: InstanceUid,
        /// Its frames.
        frames: Vec<FrameFindings>,
    },
    /// What the profile would do with what was found, once all was looked at.
    Proposed {
        /// By frame and finding, each in the order in which detection told them.
        proposals: Vec<(InstanceUid, Vec<Vec<Proposal>>)>,
    },
    /// Detection went through so many instances.
    DetectProgress {
        /// Instances done.
        done: usize,
        /// Instances there are.
        total: usize,
    },
    /// How a destination stands.
    Destination {
        /// Which.
        path: PathBuf,
        /// How it stands.
        standing: DestinationStanding,
    },
    /// So many instances of the export are through.
    ExportProgress {
        /// Instances done.
        done: usize,
        /// Instances there are.
        total: usize,
    },
    /// The export is through.
    Exported {
        /// How each file ended.
        outcomes: Vec<OutcomeRecord>,
        /// The report.
        report: PathBuf,
        /// The output folder.
        output: PathBuf,
    },
    /// The export stopped.
    ExportFailed {
        /// Why, without values.
        why: String,
    },
    /// Something failed, such as opening the folder.
    Failed {
        /// Why, without values.
        why: String,
    },
}

/// How a folder stands as the destination of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DestinationStanding {
    /// It is new or empty.
    Free,
    /// It holds an export of this key, which would change.
    HoldsExport {
        /// Files in it.
        files: usize,
    },
    /// It cannot be used.
    Refused {
        /// Why, and what to do, without values.
        why: String,
    },
}

/// An open review as it lies on disk.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The folder.
    pub folder: PathBuf,
    /// Who decides in this window, as claimed.
    pub reader: String,
    /// The events so far, from the first.
    pub log: Vec<Recorded>,
    /// How the files of the last export ended; empty when there was none.
    pub outcomes: Vec<OutcomeRecord>,
    /// Name of the profile in force.
    pub profile: String,
    /// Digest of the profile with all its layers.
    pub profile_digest: Digest256,
    /// What the profile demands of an export.
    pub demands: Vec<GateDemand>,
    /// Names detector, model and settings; `None` when there is no detection.
    pub detector: Option<Digest256>,
    /// Fingerprint of the project key.
    pub key: String,
    /// The review's folder.
    pub review: PathBuf,
    /// Words for the curator, if any.
    pub news: Option<String>,
}
