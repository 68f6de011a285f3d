//! What a reader wants: the one list behind menu, keys and palette.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use crate::model::{
    AttributePath, FindingAnswer, FoldKind, IdentityAnswer, InstanceUid, LookAlike, MaskId,
    Override, PatientKey, Region, Scope, SeriesUid, Tag, Verdict,
};
use crate::profile::GateDemand;

/// Names a finding by its place; [`crate::review::ReviewState`] ignores one that is gone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FindingRef {
    /// Which instance.
    pub instance: InstanceUid,
    /// Which frame, counted from 0.
    pub frame: u32,
    /// Its region.
    pub region: Region,
}

/// How far what one does next shall reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScopeLevel {
    /// The frame shown.
    Frame,
    /// The instance shown.
    Instance,
    /// The series shown.
    Series,
    /// All instances that look like the one shown: answers that keep, and attributes; masks by a command of
    /// their own.
    Group,
    /// The whole batch: attributes and keeps only, never masks.
    Batch,
}

impl ScopeLevel {
    /// All, narrowest first.
    pub const ALL: [Self; 5] =
        [Self::Frame, Self::Instance, Self::Series, Self::Group, Self::Batch];

    /// The word shown to people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Frame => "frame",
            Self::Instance => "instance",
            Self::Series => "series",
            Self::Group => "group",
            Self::Batch => "batch",
        }
    }
}

/// What is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SelectCommand {
    /// A series, at its first instance.
    Series(SeriesUid),
    /// An instance, at its first frame.
    Instance(InstanceUid),
    /// A frame of the instance shown.
    Frame(u32),
    /// A frame of an instance, which a projection led to.
    One(InstanceUid, u32),
    /// So many frames on (or back) in the series, across its instances.
    StepFrames(i32),
    /// The first frame of the series.
    FirstFrame,
    /// The last frame of the series.
    LastFrame,
    /// A look-alike group, at its first series that needs a verdict: from then on one goes through its
    /// series only. `None` goes through all again.
    Group(Option<Arc<LookAlike>>),
    /// The group that many places on or back, by risk.
    StepGroups(i32),
    /// The next series of the outline, or of the group.
    NextSeries,
    /// The series before.
    PreviousSeries,
    /// A finding.
    Finding(FindingRef),
    /// The next finding of the series.
    NextFinding,
    /// The finding before.
    PreviousFinding,
}

/// Masks on the instance shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MaskCommand {
    /// Draws one at the current scope, never wider than the series.
    Add(Region),
    /// Moves or resizes one; one drag is one command.
    Change(MaskId, Region),
    /// Takes one away.
    Remove(MaskId),
    /// Takes the frame, instance or series shown out of a wider mask.
    Except(MaskId, ScopeLevel),
    /// Paints the frame shown though it was taken out of this mask: a mask of its own there.
    Again(MaskId),
    /// Draws one where a finding is, so that it can be moved.
    FromFinding(FindingRef),
    /// Makes the masks of the series shown, and its findings answered *mask*, those of its look-alike group.
    GiveToGroup,
}

/// Answers to findings, at the current scope. Ignored before the image is painted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FindingCommand {
    /// Answers one of the frame shown.
    Answer(FindingRef, FindingAnswer),
    /// Answers the selected one.
    AnswerSelected(FindingAnswer),
    /// Answers all open ones of the frame shown: one step of undo.
    AnswerShown(FindingAnswer),
}

/// Overrides of what the profile does to an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeCommand {
    /// Overrides at the current scope (a frame counts as its instance).
    Set {
        /// Which attribute.
        tag: Tag,
        /// The one path that is meant; `None` at every depth.
        path: Option<AttributePath>,
        /// What to do.
        action: Override,
    },
    /// Takes an override back where it was decided.
    TakeBack {
        /// Which attribute.
        tag: Tag,
        /// The one path that was meant.
        path: Option<AttributePath>,
        /// Where it was decided.
        scope: Scope,
    },
}

/// Says whether the series shown may be released.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerdictCommand {
    /// The instance on the screen when the key went down: another one now, and nothing happens.
    pub shown: InstanceUid,
    /// The verdict; `Undecided` clears.
    pub verdict: Verdict,
    /// Why: needed to hold or reject.
    pub reason: String,
    /// Whether the key repeats by itself: then nothing happens.
    pub repeat: bool,
}

/// Questions whose files these are; a question is named by its patients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentityCommand {
    /// Shows one.
    Show(BTreeSet<PatientKey>),
    /// Shows the one that many places on or back.
    Step(i32),
    /// Shows the next one that holds files.
    NextHeld,
    /// Answers one.
    Answer(BTreeSet<PatientKey>, IdentityAnswer),
}

/// The gate and the export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExportCommand {
    /// Shows the gate.
    Ask,
    /// Says that one has seen which files cannot be read.
    SeenProblems,
    /// Says that a series which may show a face may go.
    ReleaseFace(SeriesUid),
    /// Says that the profile, which is for a benchmark only, is used for one.
    ForBenchmark {
        /// What was typed: the word `benchmark`.
        typed: String,
    },
    /// Lets the next export go though a demand is not met.
    Override {
        /// Which.
        demand: GateDemand,
        /// Why.
        reason: String,
    },
    /// Draws a sample of what no person looked at.
    Draw,
    /// Shows the next frame of the sample that was not judged.
    NextSampled,
    /// Judges the frame shown, which is in the sample, and goes to the next.
    Judge {
        /// Whether something in it identifies.
        leak: bool,
    },
    /// Signs for exactly what would go out.
    Sign {
        /// What one signs.
        statement: String,
    },
    /// Exports the approved series.
    Confirm {
        /// Where to.
        destination: PathBuf,
        /// Whether the reader said yes to what may show faces.
        faces_accepted: bool,
        /// Whether the reader typed that an export which lies there may change.
        into_existing: bool,
    },
}

/// Which screen is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Screen {
    /// The look-alike groups, the riskiest first.
    #[default]
    Wall,
    /// One series.
    Review,
    /// The steps of the readers.
    History,
    /// A question whose files these are.
    Identity,
    /// What stands in the way of an export.
    Gate,
    /// How the last export ended.
    Report,
}

/// How things are shown; never recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ViewCommand {
    /// Goes to a screen.
    Screen(Screen),
    /// Shows or hides the metadata diff beside the image.
    ToggleDiff,
    /// Shows or hides the boxes of findings.
    ToggleFindings,
    /// Shows the next of frame, max, min, mean and σ of the stack.
    CycleFolds,
    /// Shows the stack as one picture; `None` shows the frame.
    Fold(Option<FoldKind>),
    /// Shows what is under the masks while held.
    Reveal(bool),
}

/// One intent of the reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Looks at something.
    Select(SelectCommand),
    /// Masks.
    Mask(MaskCommand),
    /// Findings.
    Finding(FindingCommand),
    /// Attributes.
    Attribute(AttributeCommand),
    /// Questions of identity.
    Identity(IdentityCommand),
    /// Verdicts.
    Verdict(VerdictCommand),
    /// The next thing that needs a decision; when nothing is left in the series, approves it and
    /// goes on.
    Next {
        /// The instance on the screen when the key went down.
        shown: Option<InstanceUid>,
        /// Whether the key repeats by itself: then it moves but never approves.
        repeat: bool,
    },
    /// One level narrower.
    Narrower,
    /// One level wider.
    Wider,
    /// That level.
    Scope(ScopeLevel),
    /// Accepts something that verify found.
    AcceptResidual {
        /// Which instance.
        instance: InstanceUid,
        /// The place that verify named.
        place: String,
        /// The reason; needed.
        reason: String,
    },
    /// Takes back the reader's own last step.
    Undo,
    /// Takes it in again.
    Redo,
    /// Takes back the reader's own steps down to this one, which goes, too; each is a step of redo.
    UndoTo(u64),
    /// Goes where a step took place.
    ShowStep(u64),
    /// The gate and the export.
    Export(ExportCommand),
    /// How things are shown.
    View(ViewCommand),
    /// Closes the review when all is on disk.
    Quit,
}

impl Command {
    /// Whether it must wait until what was decided before is on disk.
    pub(super) const fn waits(&self) -> bool {
        matches!(
            self,
            Self::Verdict(_)
                | Self::Next { .. }
                | Self::Undo
                | Self::Redo
                | Self::UndoTo(_)
                | Self::Export(
                    ExportCommand::Confirm { .. }
                        | ExportCommand::SeenProblems
                        | ExportCommand::ForBenchmark { .. }
                        | ExportCommand::Override { .. }
                        | ExportCommand::Draw
                        | ExportCommand::Judge { .. }
                        | ExportCommand::Sign { .. }
                )
                | Self::Quit
        )
    }
}
