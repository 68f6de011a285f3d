//! What a panel draws: plain values, built each time, tested without a window.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use crate::model::{
    Cause, FindingSource, IdentityAnswer, InstanceUid, MaskId, PatientKey, Phi, Proposal, Region,
    Scope, SeriesUid,
};
use crate::profile::GateDemand;
use crate::review::command::{FindingRef, ScopeLevel};
use crate::review::decisions::FindingState;
use crate::review::identity::PersonSaid;
use crate::review::series::{OpenItem, SeriesState};

/// One series in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesRow {
    /// Which.
    pub series: SeriesUid,
    /// Its patient.
    pub patient_label: Phi<String>,
    /// Its study.
    pub study_label: Phi<String>,
    /// What to show for it.
    pub label: Phi<String>,
    /// Modality.
    pub modality: String,
    /// SOP Class of its first instance.
    pub sop_class: String,
    /// Columns and rows of its first image.
    pub image_size: Option<(u32, u32)>,
    /// Number of instances.
    pub instances: usize,
    /// Number of frames.
    pub frames: u64,
    /// Frames seen by a person.
    pub seen: u64,
    /// How it stands, on disk.
    pub state: SeriesState,
    /// Whether a verdict on it is on its way to the disk.
    pub pending: bool,
    /// What keeps it from being approved.
    pub open: Vec<OpenItem>,
    /// Findings: open, masked, kept.
    pub findings: [u64; 3],
    /// Whether it may show recognizable features.
    pub face_risk: bool,
    /// What is wrong with instances of it, each cause once.
    pub causes: Vec<Cause>,
    /// Whether it is the one shown.
    pub selected: bool,
}

/// One instance of the series shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceRow {
    /// Which.
    pub instance: InstanceUid,
    /// Its place in the series, counted from 1.
    pub position: usize,
    /// Instance Number, where it has one.
    pub number: Option<i64>,
    /// Number of frames; 0 without an image.
    pub frames: u32,
    /// Frames seen by a person.
    pub seen: u32,
    /// Findings: open, masked, kept.
    pub findings: [u64; 3],
    /// Whether the series' masks leave it out because of its size.
    pub other_size: bool,
    /// Whether it is the one shown.
    pub selected: bool,
}

/// One frame of the series shown, for the strip under the tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct FrameMark {
    /// Whether a person saw it; always so without an image.
    pub seen: bool,
    /// Whether the detector looked at it.
    pub looked_at: bool,
    /// Findings: open, masked, kept.
    pub findings: [u32; 3],
}

/// One file that is not part of the batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProblemRow {
    /// Its path, relative to the input folder.
    pub path: Phi<PathBuf>,
    /// Why.
    pub cause: Cause,
    /// The cause in words.
    pub words: String,
}

/// How a question of identity stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuestionState {
    /// An answer, or what follows from it, is on its way.
    Saving,
    /// Nobody answered; files are held.
    Holds,
    /// Nobody answered; it is only listed.
    Listed,
    /// The answer ended, as the files say something new since.
    Changed,
    /// It is answered, and yet files are held: the answer does not tell them apart.
    InVain,
    /// It is answered.
    Answered,
}

/// One answer that a question can be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The answer.
    pub answer: IdentityAnswer,
    /// In short, such as `One person`.
    pub title: String,
    /// What follows from it.
    pub consequence: String,
    /// Whether it is the answer in force.
    pub chosen: bool,
}

/// One question whose files these are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuestionRow {
    /// Names it in commands.
    pub patients: BTreeSet<PatientKey>,
    /// What to show for it: IDs and names.
    pub label: Phi<String>,
    /// What is the matter, each in words.
    pub matter: Vec<String>,
    /// How it stands.
    pub state: QuestionState,
    /// How it stands, in words.
    pub words: String,
    /// Those whom the files tell apart.
    pub people: Arc<[PersonSaid]>,
    /// The answers that make sense.
    pub choices: Vec<Choice>,
    /// Whether it is the one shown.
    pub shown: bool,
}

/// One finding of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingRow {
    /// Names it in commands.
    pub finding: FindingRef,
    /// What was read.
    pub text: Phi<String>,
    /// Who found it.
    pub source: FindingSource,
    /// How sure the detector is, 0 to 100.
    pub score: u8,
    /// How sure the recogniser is, 0 to 100.
    pub read_confidence: u8,
    /// What the profile would do with it, where that is known.
    pub proposal: Option<Proposal>,
    /// How it stands, on disk.
    pub state: FindingState,
    /// Whether an answer is on its way to the disk.
    pub pending: bool,
    /// Whether it is the selected one.
    pub selected: bool,
}

/// What masks of one series would do as those of its look-alike group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupOffer {
    /// Masks and answers *mask* that the group has not; 0 where all were given.
    pub masks: usize,
    /// Other series of the group.
    pub series: usize,
    /// Instances in them that would be masked.
    pub instances: usize,
    /// Instances of these series that look otherwise: they are not touched.
    pub left_out: usize,
    /// Of the series those with a verdict: it would turn stale.
    pub decided: usize,
    /// Columns and rows of all of them.
    pub size: Option<(u32, u32)>,
    /// The instance with the most text that nobody answered, and how much.
    pub most_text: Option<(InstanceUid, usize)>,
    /// Instances in which something is otherwise than where the masks were drawn.
    pub exceptions: Vec<GroupException>,
    /// Exceptions that are not listed.
    pub more_exceptions: usize,
}

/// An instance of a group in which something is otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupException {
    /// Which.
    pub instance: InstanceUid,
    /// The frame to look at.
    pub frame: u32,
    /// Its place in its series, counted from 1.
    pub position: usize,
    /// What to show for its series.
    pub series_label: Phi<String>,
    /// What is otherwise.
    pub why: &'static str,
}

/// One step of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryRow {
    /// Its place in the log.
    pub seq: u64,
    /// When it was made, in the time of this computer.
    pub when: String,
    /// Who made it, as claimed.
    pub reader: String,
    /// What it decided, and where.
    pub words: Phi<String>,
    /// Whether it was taken back.
    pub undone: bool,
    /// Steps that are taken back so that this one is, too; `None` where that cannot be.
    pub takes_back: Option<usize>,
}

/// One place of a stack where text was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoldBox {
    /// Where.
    pub region: Region,
    /// What was read on the first frame.
    pub text: Phi<String>,
    /// Frames that have it.
    pub frames: usize,
    /// Of these, those that nobody answered.
    pub open: usize,
    /// Of these, those where it is painted over.
    pub masked: usize,
    /// The first frame that has it.
    pub first: (InstanceUid, u32),
}

/// One mask that reaches a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaskRow {
    /// Names it in commands.
    pub id: MaskId,
    /// Where it is, or will be when what is pending is on disk.
    pub region: Region,
    /// Where it applies.
    pub scope: Scope,
    /// How far that is.
    pub level: ScopeLevel,
    /// Whether it paints this frame: of the right size, and not excepted.
    pub applies: bool,
    /// Whether it, a change of it, or its removal is on its way to the disk.
    pub pending: bool,
    /// Whether it is about to go.
    pub going: bool,
    /// Whether this frame was taken out of it.
    pub excepted: bool,
}

/// How far what one does next reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeBanner {
    /// The level.
    pub level: ScopeLevel,
    /// Instances it touches.
    pub instances: usize,
    /// Instances in reach that have another size: they stay undecided.
    pub other_size: usize,
    /// In words, such as `512 instances; 3 of another size stay undecided`.
    pub text: String,
}

/// Figures for the status bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct StatusCounts {
    /// Instances of the batch.
    pub instances: usize,
    /// Series of the batch.
    pub series: usize,
    /// Series nobody decided.
    pub undecided: usize,
    /// Series approved.
    pub approved: usize,
    /// Series held.
    pub held: usize,
    /// Series rejected.
    pub rejected: usize,
    /// Series whose verdict is stale.
    pub stale: usize,
    /// Findings nobody answered.
    pub open_findings: u64,
    /// Questions of identity that hold files.
    pub questions: usize,
    /// Files that are not part of the batch.
    pub problems: usize,
    /// Decisions on their way to the disk.
    pub pending: usize,
}

/// One thing the gate shows before an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateRow {
    /// Where it is mended; `None` for the whole batch.
    pub series: Option<SeriesUid>,
    /// The question of identity by which it is mended.
    pub question: Option<BTreeSet<PatientKey>>,
    /// The demand of the profile that is not met.
    pub demand: Option<GateDemand>,
    /// What to show for its patient.
    pub patient: Phi<String>,
    /// Modality of the series.
    pub modality: String,
    /// What to show for the series.
    pub label: Phi<String>,
    /// What is the matter.
    pub words: String,
    /// Whether it must be answered before anything is exported; what else is listed only stays
    /// out of the export.
    pub must_answer: bool,
}

/// One reason why a file ended as it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeReason {
    /// In words, with the place.
    pub words: String,
    /// What verify found and a reader may accept: the place it named. `None` for all else.
    pub residual: Option<String>,
    /// Words that the reason to accept it must hold: it names somebody by itself.
    pub spelled: Option<&'static str>,
    /// Whether it was accepted since.
    pub accepted: bool,
    /// The question of identity by which it is mended.
    pub question: Option<BTreeSet<PatientKey>>,
}

/// How one file ended in the last export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeRow {
    /// Its path, relative to the input folder.
    pub path: Phi<PathBuf>,
    /// Its instance, where it has one.
    pub instance: Option<InstanceUid>,
    /// What to show for its series.
    pub series_label: Phi<String>,
    /// Modality of its series.
    pub modality: String,
    /// `released`, `held`, `rejected`, `quarantined` or `problem`.
    pub outcome: &'static str,
    /// Why, in words.
    pub reasons: Vec<OutcomeReason>,
}
