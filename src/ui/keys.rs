//! The one table of commands: shortcuts, menus and the sheet of keys are made from it.

use egui::{Key, Modifiers};

use crate::model::{FindingAnswer, InstanceUid, Verdict};
use crate::review::{
    Command, ExportCommand, FindingCommand, ScopeLevel, Screen, SelectCommand, VerdictCommand,
    ViewCommand,
};
use crate::ui::intent::{Ask, Intent, Tool, UiIntent};

/// One command of the window; [`TABLE`] has the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Action {
    Open,
    Export,
    Undo,
    Redo,
    DeleteMask,
    Escape,
    Up,
    Down,
    Left,
    Right,
    First,
    Last,
    PreviousGroup,
    NextGroup,
    LeaveGroup,
    CycleFolds,
    Play,
    Rectangle,
    Fit,
    ZoomIn,
    ZoomOut,
    AutoWindow,
    Preset(usize),
    FullRange,
    Invert,
    Findings,
    Diff,
    Search,
    Theme,
    Focus,
    NextFinding,
    PreviousFinding,
    Mask,
    Keep,
    MaskAll,
    KeepAll,
    FromFinding,
    ExceptFrame,
    GiveToGroup,
    Narrower,
    Wider,
    Next,
    Approve,
    Hold,
    Reject,
    Clear,
    ToWall,
    ToReview,
    ToIdentity,
    ToReport,
    ToHistory,
    Palette,
    Help,
}

impl Action {
    /// Whether it makes sense without an open folder.
    pub const fn needs_none(self) -> bool {
        matches!(self, Self::Open | Self::Help | Self::Theme | Self::Palette)
    }
}

/// Where a command stands in menu and help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Group {
    File,
    Edit,
    Look,
    Findings,
    Verdict,
    Help,
}

impl Group {
    /// All, in the order of the menu.
    pub const ALL: [Self; 6] =
        [Self::File, Self::Edit, Self::Look, Self::Findings, Self::Verdict, Self::Help];

    /// The word of the menu.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::File => "File",
            Self::Edit => "Edit",
            Self::Look => "View",
            Self::Findings => "Scope and findings",
            Self::Verdict => "Verdict",
            Self::Help => "Help",
        }
    }
}

/// A key with what is held beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chord {
    ctrl: bool,
    /// `None`: with or without, for signs that need Shift on some keyboards.
    shift: Option<bool>,
    key: Key,
}

impl Chord {
    fn matches(self, key: Key, held: Modifiers) -> bool {
        self.key == key
            && held.command == self.ctrl
            && !held.alt
            && self.shift.is_none_or(|shift| shift == held.shift)
    }

    /// As shown in menus and help.
    pub fn shown(self) -> String {
        let held = match (self.ctrl, self.shift) {
            (true, Some(true)) => "Ctrl+Shift+",
            (true, _) => "Ctrl+",
            (false, Some(true)) => "Shift+",
            _ => "",
        };
        format!("{held}{}", name(self.key))
    }
}

fn name(key: Key) -> &'static str {
    match key {
        Key::ArrowUp => "Up",
        Key::ArrowDown => "Down",
        Key::ArrowLeft => "Left",
        Key::ArrowRight => "Right",
        Key::PageUp => "PgUp",
        Key::PageDown => "PgDn",
        Key::OpenBracket => "[",
        Key::CloseBracket => "]",
        Key::Questionmark => "?",
        Key::Escape => "Esc",
        Key::Plus => "+",
        Key::Equals => "=",
        Key::Minus => "-",
        Key::Slash => "/",
        _ => key.name(),
    }
}

const fn plain(key: Key) -> Chord {
    Chord { ctrl: false, shift: Some(false), key }
}

const fn shift(key: Key) -> Chord {
    Chord { ctrl: false, shift: Some(true), key }
}

const fn sign(key: Key) -> Chord {
    Chord { ctrl: false, shift: None, key }
}

const fn ctrl(key: Key) -> Chord {
    Chord { ctrl: true, shift: Some(false), key }
}

const fn ctrl_shift(key: Key) -> Chord {
    Chord { ctrl: true, shift: Some(true), key }
}

/// A line of the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Binding {
    pub action: Action,
    pub group: Group,
    pub words: &'static str,
    pub chords: &'static [Chord],
    /// Whether a held key goes on doing it.
    pub repeats: bool,
}

const fn once(
    action: Action,
    group: Group,
    words: &'static str,
    chords: &'static [Chord],
) -> Binding {
    Binding { action, group, words, chords, repeats: false }
}

const fn held(
    action: Action,
    group: Group,
    words: &'static str,
    chords: &'static [Chord],
) -> Binding {
    Binding { action, group, words, chords, repeats: true }
}

/// Windows by number: name, centre, width (Hounsfield units).
pub(super) const PRESETS: [(&str, f64, f64); 5] = [
    ("Soft tissue", 40.0, 400.0),
    ("Lung", -600.0, 1500.0),
    ("Bone", 480.0, 2500.0),
    ("Brain", 40.0, 80.0),
    ("Liver", 80.0, 150.0),
];

/// Every command.
pub(super) const TABLE: &[Binding] = &[
    once(Action::Open, Group::File, "Open folder…", &[ctrl(Key::O)]),
    once(Action::ToWall, Group::File, "Triage wall", &[plain(Key::F5)]),
    once(Action::ToReview, Group::File, "Back to the review", &[plain(Key::F2)]),
    once(Action::ToIdentity, Group::File, "Questions of identity", &[plain(Key::F3)]),
    once(Action::Export, Group::File, "Gate and export…", &[ctrl(Key::E)]),
    once(Action::ToReport, Group::File, "Report of the last export", &[plain(Key::F4)]),
    once(Action::ToHistory, Group::File, "History of decisions", &[plain(Key::F7)]),
    once(Action::Undo, Group::Edit, "Undo", &[ctrl(Key::Z)]),
    once(Action::Redo, Group::Edit, "Redo", &[ctrl_shift(Key::Z), ctrl(Key::Y)]),
    once(Action::Rectangle, Group::Edit, "Draw a rectangular mask", &[plain(Key::M)]),
    once(
        Action::DeleteMask,
        Group::Edit,
        "Delete the selected mask",
        &[plain(Key::Delete), plain(Key::Backspace)],
    ),
    once(Action::ExceptFrame, Group::Edit, "Take this frame out of the mask", &[plain(Key::E)]),
    once(Action::GiveToGroup, Group::Edit, "Masks for the look-alike group…", &[ctrl(Key::G)]),
    once(Action::Escape, Group::Edit, "Select tool, nothing selected", &[plain(Key::Escape)]),
    held(Action::Up, Group::Look, "Frame before, or nudge the mask up", &[plain(Key::ArrowUp)]),
    held(Action::Down, Group::Look, "Next frame, or nudge the mask down", &[plain(Key::ArrowDown)]),
    held(Action::Left, Group::Look, "Series before, or nudge left", &[plain(Key::ArrowLeft)]),
    held(Action::Right, Group::Look, "Next series, or nudge right", &[plain(Key::ArrowRight)]),
    once(Action::First, Group::Look, "First frame", &[plain(Key::Home)]),
    once(Action::Last, Group::Look, "Last frame", &[plain(Key::End)]),
    held(Action::PreviousGroup, Group::Look, "Look-alike group before", &[plain(Key::PageUp)]),
    held(Action::NextGroup, Group::Look, "Next look-alike group", &[plain(Key::PageDown)]),
    once(Action::LeaveGroup, Group::Look, "Go through all series", &[plain(Key::L)]),
    once(Action::Play, Group::Look, "Play the frames, or stop", &[plain(Key::C)]),
    once(Action::CycleFolds, Group::Look, "Frame, max, min, mean, σ", &[plain(Key::V)]),
    once(Action::Fit, Group::Look, "Fit the image", &[plain(Key::Z)]),
    held(Action::ZoomIn, Group::Look, "Zoom in", &[sign(Key::Plus), sign(Key::Equals)]),
    held(Action::ZoomOut, Group::Look, "Zoom out", &[sign(Key::Minus)]),
    once(Action::AutoWindow, Group::Look, "Window of the file", &[plain(Key::Num0)]),
    once(Action::Preset(0), Group::Look, "Window: soft tissue", &[plain(Key::Num1)]),
    once(Action::Preset(1), Group::Look, "Window: lung", &[plain(Key::Num2)]),
    once(Action::Preset(2), Group::Look, "Window: bone", &[plain(Key::Num3)]),
    once(Action::Preset(3), Group::Look, "Window: brain", &[plain(Key::Num4)]),
    once(Action::Preset(4), Group::Look, "Window: liver", &[plain(Key::Num5)]),
    once(Action::FullRange, Group::Look, "Window: full range", &[plain(Key::Num9)]),
    once(Action::Invert, Group::Look, "Invert", &[plain(Key::I)]),
    once(Action::Findings, Group::Look, "Show or hide boxes", &[plain(Key::O)]),
    once(Action::Diff, Group::Look, "Show or hide the metadata", &[plain(Key::D)]),
    once(Action::Search, Group::Look, "Search attributes", &[sign(Key::Slash)]),
    once(Action::Theme, Group::Look, "Light or dark", &[plain(Key::F9)]),
    once(Action::Focus, Group::Look, "Move the keyboard focus to the panels", &[plain(Key::F6)]),
    held(Action::NextFinding, Group::Findings, "Next finding", &[plain(Key::Tab)]),
    held(Action::PreviousFinding, Group::Findings, "Finding before", &[shift(Key::Tab)]),
    once(Action::Mask, Group::Findings, "Mask the finding", &[plain(Key::Y)]),
    once(Action::Keep, Group::Findings, "Keep the finding", &[plain(Key::N)]),
    once(Action::MaskAll, Group::Findings, "Mask all open findings shown", &[plain(Key::A)]),
    once(Action::KeepAll, Group::Findings, "Keep all open findings shown", &[shift(Key::A)]),
    once(Action::FromFinding, Group::Findings, "Draw a mask on the finding", &[shift(Key::Y)]),
    once(Action::Narrower, Group::Findings, "Narrower scope", &[sign(Key::OpenBracket)]),
    once(Action::Wider, Group::Findings, "Wider scope", &[sign(Key::CloseBracket)]),
    held(Action::Next, Group::Verdict, "Next thing to decide", &[plain(Key::Space)]),
    once(Action::Approve, Group::Verdict, "Approve the series", &[plain(Key::P)]),
    once(Action::Hold, Group::Verdict, "Hold the series…", &[plain(Key::H)]),
    once(Action::Reject, Group::Verdict, "Reject the series…", &[plain(Key::X)]),
    once(Action::Clear, Group::Verdict, "Clear the verdict", &[plain(Key::U)]),
    once(Action::Palette, Group::Help, "Command palette…", &[ctrl(Key::K)]),
    once(Action::Help, Group::Help, "Keys and mouse", &[sign(Key::Questionmark), plain(Key::F1)]),
];

/// What a key does, if anything; `repeat` tells a key that is held down.
pub(super) fn action_for(key: Key, held: Modifiers, repeat: bool) -> Option<Action> {
    let found = |line: &&Binding| line.chords.iter().any(|chord| chord.matches(key, held));
    let line = TABLE.iter().find(found)?;
    // A held verdict key must let nothing through.
    (!repeat || line.repeats).then_some(line.action)
}

/// Whether a key has no meaning in a field of text.
pub(super) fn types_nothing(key: Key, held: Modifiers) -> bool {
    matches!(key, Key::F1 | Key::F2 | Key::F3 | Key::F4 | Key::F5 | Key::F6 | Key::F7 | Key::F9)
        || (held.command && matches!(key, Key::E | Key::K | Key::O))
}

/// Whether a command is there on every screen.
pub(super) const fn is_everywhere(action: Action) -> bool {
    matches!(
        action,
        Action::Open
            | Action::Export
            | Action::ToWall
            | Action::ToReview
            | Action::ToIdentity
            | Action::ToReport
            | Action::ToHistory
            | Action::Palette
            | Action::Undo
            | Action::Redo
            | Action::Escape
            | Action::Theme
            | Action::Focus
            | Action::Help
    )
}

/// The keys of a command as shown, such as `Ctrl+Shift+Z`.
pub(super) fn keys_of(action: Action) -> String {
    let line = TABLE.iter().find(|line| line.action == action);
    line.and_then(|line| line.chords.first()).map(|chord| chord.shown()).unwrap_or_default()
}

/// What a command depends on at the moment it is given.
#[derive(Clone, Debug, Default)]
pub(super) struct Moment {
    /// The instance whose image, or metadata, is on the screen.
    pub shown: Option<InstanceUid>,
    /// Whether a mask is selected.
    pub mask: bool,
    /// Whether the key repeats by itself.
    pub repeat: bool,
}

/// What a command asks for.
pub(super) fn intent(action: Action, moment: &Moment) -> Option<Intent> {
    let select = |command| Some(Command::Select(command).into());
    let finding = |command| Some(Command::Finding(command).into());
    match action {
        Action::Open => Some(UiIntent::AskFolder(Ask::Input).into()),
        Action::Export => Some(Command::Export(ExportCommand::Ask).into()),
        Action::ToWall => Some(Command::View(ViewCommand::Screen(Screen::Wall)).into()),
        Action::ToReview => Some(Command::View(ViewCommand::Screen(Screen::Review)).into()),
        Action::ToIdentity => Some(Command::View(ViewCommand::Screen(Screen::Identity)).into()),
        Action::ToReport => Some(Command::View(ViewCommand::Screen(Screen::Report)).into()),
        Action::ToHistory => Some(Command::View(ViewCommand::Screen(Screen::History)).into()),
        Action::Undo => Some(Command::Undo.into()),
        Action::Redo => Some(Command::Redo.into()),
        Action::Up if moment.mask => Some(UiIntent::Nudge(0, -1).into()),
        Action::Down if moment.mask => Some(UiIntent::Nudge(0, 1).into()),
        Action::Left if moment.mask => Some(UiIntent::Nudge(-1, 0).into()),
        Action::Right if moment.mask => Some(UiIntent::Nudge(1, 0).into()),
        Action::Up => select(SelectCommand::StepFrames(-1)),
        Action::Down => select(SelectCommand::StepFrames(1)),
        Action::First => select(SelectCommand::FirstFrame),
        Action::Last => select(SelectCommand::LastFrame),
        Action::Left => select(SelectCommand::PreviousSeries),
        Action::Right => select(SelectCommand::NextSeries),
        Action::PreviousGroup => select(SelectCommand::StepGroups(-1)),
        Action::NextGroup => select(SelectCommand::StepGroups(1)),
        Action::LeaveGroup => select(SelectCommand::Group(None)),
        Action::CycleFolds => Some(Command::View(ViewCommand::CycleFolds).into()),
        Action::NextFinding => select(SelectCommand::NextFinding),
        Action::PreviousFinding => select(SelectCommand::PreviousFinding),
        Action::Mask | Action::Keep | Action::MaskAll | Action::KeepAll | Action::FromFinding
            if moment.shown.is_none() =>
        {
            None
        }
        Action::Mask => finding(FindingCommand::AnswerSelected(FindingAnswer::Mask)),
        Action::Keep => finding(FindingCommand::AnswerSelected(FindingAnswer::Keep)),
        Action::MaskAll => finding(FindingCommand::AnswerShown(FindingAnswer::Mask)),
        Action::KeepAll => finding(FindingCommand::AnswerShown(FindingAnswer::Keep)),
        Action::Narrower => Some(Command::Narrower.into()),
        Action::Wider => Some(Command::Wider.into()),
        Action::Next => {
            Some(Command::Next { shown: moment.shown.clone(), repeat: moment.repeat }.into())
        }
        Action::Approve => verdict(Verdict::Approved, moment),
        Action::Clear => verdict(Verdict::Undecided, moment),
        Action::Diff => Some(Command::View(ViewCommand::ToggleDiff).into()),
        Action::Findings => Some(Command::View(ViewCommand::ToggleFindings).into()),
        Action::Hold | Action::Reject if moment.shown.is_none() => None,
        other => of_window(other, moment).map(Into::into),
    }
}

fn verdict(verdict: Verdict, moment: &Moment) -> Option<Intent> {
    let shown = moment.shown.clone()?;
    let (reason, repeat) = (String::new(), moment.repeat);
    Some(Command::Verdict(VerdictCommand { shown, verdict, reason, repeat }).into())
}

fn of_window(action: Action, moment: &Moment) -> Option<UiIntent> {
    Some(match action {
        Action::Rectangle => UiIntent::Tool(Tool::Rectangle),
        Action::Escape => UiIntent::Escape,
        Action::DeleteMask if moment.mask => UiIntent::DeleteMask,
        Action::FromFinding => UiIntent::MaskFromFinding,
        Action::GiveToGroup => UiIntent::Offer,
        Action::ExceptFrame if moment.mask => UiIntent::ExceptMask(ScopeLevel::Frame),
        Action::Fit => UiIntent::Fit,
        Action::ZoomIn => UiIntent::Zoom(1.25),
        Action::ZoomOut => UiIntent::Zoom(0.8),
        Action::AutoWindow => UiIntent::AutoWindow,
        Action::Preset(at) => {
            let (_, centre, width) = PRESETS.get(at)?;
            UiIntent::Window(*centre, *width)
        }
        Action::FullRange => UiIntent::FullRange,
        Action::Invert => UiIntent::Invert,
        Action::Search => UiIntent::Search,
        Action::Theme => UiIntent::Theme,
        Action::Focus => UiIntent::Focus,
        Action::Hold => UiIntent::AskReason(Verdict::Held),
        Action::Reject => UiIntent::AskReason(Verdict::Rejected),
        Action::Help => UiIntent::Help,
        Action::Palette => UiIntent::Palette,
        Action::Play => UiIntent::Play,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_commands_share_a_key_or_their_words() {
        for (at, line) in TABLE.iter().enumerate() {
            for other in TABLE.iter().skip(at + 1) {
                assert_ne!(line.words, other.words);
                assert_ne!(line.action, other.action);
                for chord in line.chords {
                    assert!(!other.chords.contains(chord), "{} / {}", line.words, other.words);
                }
            }
        }
    }

    #[test]
    fn every_command_has_a_key_and_asks_for_something() {
        let shown = Some(InstanceUid::new("1.2"));
        let moment = Moment { shown, mask: true, repeat: false };
        for line in TABLE {
            assert!(!line.chords.is_empty(), "{}", line.words);
            assert!(intent(line.action, &moment).is_some(), "{}", line.words);
        }
    }

    #[test]
    fn a_held_verdict_key_does_nothing() {
        for key in [Key::P, Key::U, Key::H, Key::X, Key::Y, Key::N] {
            assert!(action_for(key, Modifiers::NONE, false).is_some());
            assert_eq!(action_for(key, Modifiers::NONE, true), None);
        }
        assert_eq!(action_for(Key::ArrowDown, Modifiers::NONE, true), Some(Action::Down));
    }

    #[test]
    fn nothing_is_approved_when_nothing_is_shown() {
        for action in [Action::Approve, Action::Reject, Action::Mask, Action::MaskAll] {
            assert_eq!(intent(action, &Moment::default()), None);
        }
    }

    #[test]
    fn arrows_nudge_a_selected_mask() {
        let moment = Moment { mask: true, ..Moment::default() };
        assert_eq!(intent(Action::Left, &moment), Some(UiIntent::Nudge(-1, 0).into()));
    }

    #[test]
    fn keys_are_shown_as_people_write_them() {
        assert_eq!(keys_of(Action::Redo), "Ctrl+Shift+Z");
        assert_eq!(keys_of(Action::Narrower), "[");
        assert_eq!(keys_of(Action::PreviousFinding), "Shift+Tab");
    }
}
