//! Over the image: how far what one does next reaches; the tools; where in the series one is.

use egui::{Button, RichText, Ui};

use crate::model::{FoldKind, InstanceUid};
use crate::review::{Command, ExportCommand, InstanceRow, ScopeLevel, SelectCommand, ViewCommand};
use crate::ui::intent::{Intent, Tool, UiIntent};
use crate::ui::keys::{self, Action, PRESETS};
use crate::ui::session::Session;
use crate::ui::strings;
use crate::ui::theme::{Tone, tone};
use crate::ui::viewer::Viewer;
use crate::ui::viewer::strip::strip;

/// Where in the series the frame shown is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ui) struct Position {
    /// Frame of the series, counted from 1.
    pub at: u64,
    /// Frames of the series; an instance without an image counts as one.
    pub of: u64,
    /// In words, such as `instance 2 of 24, frame 1 of 1`.
    pub words: String,
}

impl Position {
    /// The place of a frame among the instances of its series.
    pub fn of(rows: &[InstanceRow], instance: &InstanceUid, frame: u32) -> Option<Self> {
        let before = rows.iter().take_while(|row| row.instance != *instance);
        let before: u64 = before.map(|row| u64::from(row.frames.max(1))).sum();
        let here = rows.iter().find(|row| row.instance == *instance)?;
        let of = rows.iter().map(|row| u64::from(row.frames.max(1))).sum();
        let mut words = format!("instance {} of {}", here.position, rows.len());
        if here.frames > 1 {
            words.push_str(&format!(", frame {} of {}", frame.saturating_add(1), here.frames));
        }
        Some(Self { at: before + u64::from(frame) + 1, of, words })
    }
}

/// Draws the scope banner, the tools and the slider.
pub(in crate::ui) fn viewer_bar(
    ui: &mut Ui,
    viewer: &Viewer,
    session: &Session,
    out: &mut Vec<Intent>,
) {
    if session.state.is_sampled() {
        ui.horizontal_wrapped(|ui| sampled(ui, session, out));
    }
    ui.horizontal_wrapped(|ui| scope(ui, session, out));
    if session.has_pixels() {
        ui.horizontal_wrapped(|ui| tools(ui, viewer, session, out));
    }
    let selection = session.state.selection();
    let position = selection
        .instance
        .as_ref()
        .and_then(|instance| Position::of(&session.rows.instances, instance, selection.frame));
    ui.horizontal(|ui| {
        if let Some(position) = &position {
            frames(ui, session, position, out);
        }
        if ui.available_width() < 110.0 {
            return;
        }
        let facts = RichText::new(viewer.facts()).color(tone(ui, Tone::Weak));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.add(egui::Label::new(facts).truncate());
        });
    });
}

/// Asks about a frame of the sample.
fn sampled(ui: &mut Ui, session: &Session, out: &mut Vec<Intent>) {
    let words = RichText::new(strings::SAMPLED).strong().color(tone(ui, Tone::Amber));
    ui.label(words);
    for (words, leak) in [(strings::NO_LEAK, false), (strings::LEAK, true)] {
        let is_shown = session.state.selection().painted;
        if ui.add_enabled(is_shown, Button::new(words)).clicked() {
            out.push(Command::Export(ExportCommand::Judge { leak }).into());
        }
    }
}

fn scope(ui: &mut Ui, session: &Session, out: &mut Vec<Intent>) {
    ui.label(RichText::new("Scope").color(tone(ui, Tone::Weak)));
    let level = session.state.selection().level;
    for (at, each) in ScopeLevel::ALL.into_iter().enumerate() {
        if at > 0 {
            ui.label(RichText::new("›").color(tone(ui, Tone::Weak)));
        }
        let words = RichText::new(each.as_str());
        let words =
            if each == level { words.strong().color(tone(ui, Tone::Accent)) } else { words };
        let button = Button::selectable(each == level, words);
        let response = ui.add(button).on_hover_text("[ narrower, ] wider");
        if named(response, &format!("Scope {}", each.as_str())).clicked() {
            out.push(Command::Scope(each).into());
        }
    }
    if let Some(banner) = session.state.scope_banner() {
        ui.separator();
        let kind = if banner.other_size > 0 { Tone::Amber } else { Tone::Accent };
        ui.label(RichText::new(format!("touches {}", banner.text)).color(tone(ui, kind)));
        if level == ScopeLevel::Batch {
            let words = "masks reach the series at most";
            ui.label(RichText::new(words).color(tone(ui, Tone::Weak)));
        }
    }
}

/// Gives a widget an accessible name of its own.
pub(in crate::ui) fn named(response: egui::Response, name: &str) -> egui::Response {
    response.accessible_name(name)
}

fn tools(ui: &mut Ui, viewer: &Viewer, session: &Session, out: &mut Vec<Intent>) {
    for (tool, words, key) in [(Tool::Select, "Select", "Esc"), (Tool::Rectangle, "Draw mask", "M")]
    {
        let button = Button::selectable(viewer.tool == tool, words);
        if ui.add(button).on_hover_text(key).clicked() {
            out.push(UiIntent::Tool(tool).into());
        }
    }
    ui.separator();
    folds(ui, session, out);
    ui.menu_button("Window", |ui| windows(ui, viewer.inverted, out));
    if ui.button("Fit").on_hover_text("Z or double click").clicked() {
        out.push(UiIntent::Fit.into());
    }
    ui.separator();
    let view = session.state.view();
    if ui
        .selectable_label(view.findings, "Boxes")
        .on_hover_text("O; hold ` to lift masks")
        .clicked()
    {
        out.push(Command::View(ViewCommand::ToggleFindings).into());
    }
    if ui.selectable_label(view.diff, strings::METADATA).on_hover_text("D").clicked() {
        out.push(Command::View(ViewCommand::ToggleDiff).into());
    }
}

/// Frame, max, min, mean and σ, where there is a stack; those that were looked at have a dot.
fn folds(ui: &mut Ui, session: &Session, out: &mut Vec<Intent>) {
    let Some(seen) = &session.rows.folds_seen else { return };
    let now = session.state.view().fold;
    for kind in [
        None,
        Some(FoldKind::Max),
        Some(FoldKind::Min),
        Some(FoldKind::Mean),
        Some(FoldKind::Sigma),
    ] {
        let words = kind.map_or("frame", FoldKind::as_str);
        let dot = if kind.is_some_and(|kind| seen.contains(&kind)) { " •" } else { "" };
        let button = ui.selectable_label(now == kind, format!("{words}{dot}"));
        let button = button.on_hover_text("V goes through them");
        if named(button, &format!("Show {}", kind.map_or("frame", FoldKind::name))).clicked() {
            out.push(Command::View(ViewCommand::Fold(kind)).into());
        }
    }
    ui.separator();
}

fn windows(ui: &mut Ui, inverted: bool, out: &mut Vec<Intent>) {
    let mut line = |ui: &mut Ui, words: &str, key: String, intent: UiIntent| {
        if ui.add(Button::new(words).shortcut_text(key)).clicked() {
            out.push(intent.into());
            ui.close();
        }
    };
    line(ui, "Of the file", keys::keys_of(Action::AutoWindow), UiIntent::AutoWindow);
    line(ui, "Full range", keys::keys_of(Action::FullRange), UiIntent::FullRange);
    let invert = if inverted { "Not inverted" } else { "Inverted" };
    line(ui, invert, keys::keys_of(Action::Invert), UiIntent::Invert);
    ui.separator();
    for (at, (words, centre, width)) in PRESETS.into_iter().enumerate() {
        let key = keys::keys_of(Action::Preset(at));
        line(ui, words, key, UiIntent::Window(centre, width));
    }
}

fn frames(ui: &mut Ui, session: &Session, position: &Position, out: &mut Vec<Intent>) {
    let marks = &session.rows.marks;
    // While rows and selection do not agree yet, there is nothing to point at.
    if position.of > 1 && marks.len() as u64 == position.of {
        let width = (ui.available_width() - 400.0).clamp(140.0, 460.0);
        let at = usize::try_from(position.at).unwrap_or(1).saturating_sub(1);
        if let Some(to) = strip(ui, marks, at, width) {
            let by = i32::try_from(to as i64 - at as i64).unwrap_or(0);
            out.push(Command::Select(SelectCommand::StepFrames(by)).into());
        }
    }
    ui.label(RichText::new(&position.words).color(tone(ui, Tone::Weak)));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(uid: &str, position: usize, frames: u32) -> InstanceRow {
        InstanceRow {
            instance: InstanceUid::new(uid),
            position,
            number: None,
            frames,
            seen: 0,
            findings: [0; 3],
            other_size: false,
            selected: false,
        }
    }

    #[test]
    fn the_place_counts_frames_over_instances() {
        let rows = [row("1", 1, 3), row("2", 2, 0), row("3", 3, 5)];
        let found = Position::of(&rows, &InstanceUid::new("3"), 1).unwrap();
        assert_eq!((found.at, found.of), (6, 9));
        assert_eq!(found.words, "instance 3 of 3, frame 2 of 5");
        assert_eq!(Position::of(&rows, &InstanceUid::new("9"), 0), None);
    }
}
