//! What a click or key asks for: commands of the review, and what belongs to the window alone.

use std::path::PathBuf;

use crate::model::{MaskId, Verdict};
use crate::review::{Command, ScopeLevel};

/// What left-drag does on the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) enum Tool {
    /// Selects, moves and resizes masks; pans where there is none.
    #[default]
    Select,
    /// Draws a rectangle.
    Rectangle,
}

/// Which folder a dialog asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// The folder to read.
    Input,
    /// The folder to export to.
    Destination,
}

/// What belongs to the window alone.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum UiIntent {
    /// Opens the dialog for a folder.
    AskFolder(Ask),
    /// Reads a folder.
    Open(PathBuf),
    /// Chooses what left-drag does.
    Tool(Tool),
    /// Back to the select tool, with nothing selected.
    Escape,
    /// The window of the file, or one found from the values.
    AutoWindow,
    /// Centre and width.
    Window(f64, f64),
    /// From the least to the greatest value.
    FullRange,
    /// Black for white.
    Invert,
    /// The whole image in view.
    Fit,
    /// Zooms by a factor around the middle.
    Zoom(f32),
    /// Moves the selected mask by so many pixels.
    Nudge(i64, i64),
    /// Deletes the selected mask.
    DeleteMask,
    /// Selects a mask.
    SelectMask(MaskId),
    /// Draws a mask where the selected finding is, and selects it.
    MaskFromFinding,
    /// Takes what is shown, at this level, out of the selected mask.
    ExceptMask(ScopeLevel),
    /// Asks how the destination stands that is typed at the gate.
    LookInto(PathBuf),
    /// Asks why to hold or reject.
    AskReason(Verdict),
    /// Puts the caret into the search of the diff.
    Search,
    /// Shows or hides the sheet of keys.
    Help,
    /// Plays the frames of the series, or stops.
    Play,
    /// Shows or hides what can be offered to the look-alike group.
    Offer,
    /// Shows or hides the command palette.
    Palette,
    /// Light for dark.
    Theme,
    /// Moves the keyboard focus on.
    Focus,
    /// Stops the export.
    CancelExport,
}

/// One intent.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Intent {
    /// Of the review.
    Review(Command),
    /// Of the window.
    Ui(UiIntent),
}

impl From<Command> for Intent {
    fn from(command: Command) -> Self {
        Self::Review(command)
    }
}

impl From<UiIntent> for Intent {
    fn from(intent: UiIntent) -> Self {
        Self::Ui(intent)
    }
}
