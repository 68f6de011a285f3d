//! What the window shows before a folder is open.

use std::path::PathBuf;

use egui::{Button, Key, RichText, TextEdit, Ui, vec2};

use crate::ui::intent::{Ask, Intent, UiIntent};
use crate::ui::keys::{self, Action};
use crate::ui::strings;
use crate::ui::theme::{Tone, tone};

/// What the panel keeps between frames.
#[derive(Default)]
pub(super) struct StartPanel {
    /// The path as typed.
    pub path: String,
    /// The folder that is being opened.
    pub opening: Option<PathBuf>,
    /// Why it could not be opened.
    pub failed: Option<String>,
    /// Whether a path is asked for in a window of its own.
    pub asks: bool,
    /// Whether it was asked for just now, and the caret is not in its field yet.
    pub fresh: bool,
}

/// Draws the start.
pub(super) fn start_panel(ui: &mut Ui, panel: &mut StartPanel, out: &mut Vec<Intent>) {
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() * 0.26).max(12.0));
        ui.label(RichText::new(strings::APP).size(34.0).strong());
        ui.label(RichText::new(strings::TAGLINE).color(tone(ui, Tone::Weak)));
        ui.add_space(26.0);
        let words = RichText::new(strings::OPEN_FOLDER).size(16.0);
        let button = Button::new(words).min_size(vec2(220.0, 38.0));
        let key = keys::keys_of(Action::Open);
        if ui.add(button).on_hover_text(key).clicked() {
            out.push(UiIntent::AskFolder(Ask::Input).into());
        }
        ui.add_space(12.0);
        path(ui, (panel, true), out);
        ui.add_space(12.0);
        ui.label(RichText::new(strings::DROP_HINT).color(tone(ui, Tone::Weak)));
        ui.label(RichText::new(strings::START_PROMISE).color(tone(ui, Tone::Weak)));
        ui.add_space(12.0);
        if let Some(why) = &panel.failed {
            let words = RichText::new(why).color(tone(ui, Tone::Red));
            ui.add(egui::Label::new(words).wrap());
        } else if panel.asks && panel.opening.is_none() {
            ui.label(RichText::new(strings::NO_DIALOG).color(tone(ui, Tone::Amber)));
        } else if let Some(folder) = &panel.opening {
            ui.label(format!("Opening {}…", folder.display()));
        }
    });
}

/// Asks for a path in a window of its own, where the desktop has no dialog for it.
pub(super) fn path_window(ctx: &egui::Context, panel: &mut StartPanel, out: &mut Vec<Intent>) {
    let mut close = false;
    egui::Window::new(strings::OPEN_FOLDER)
        .collapsible(false)
        .resizable(false)
        .anchor(egui::Align2::CENTER_CENTER, egui::Vec2::ZERO)
        .show(ctx, |ui| {
            ui.label(RichText::new(strings::NO_DIALOG).color(tone(ui, Tone::Weak)));
            let before = out.len();
            path(ui, (panel, false), out);
            close = out.len() > before;
            close |= ui.button(strings::CANCEL).accessible_name("Cancel opening").clicked();
        });
    panel.asks &= !close;
}

fn path(ui: &mut Ui, (panel, centred): (&mut StartPanel, bool), out: &mut Vec<Intent>) {
    let (field, button) = (360.0, 92.0);
    ui.horizontal(|ui| {
        if centred {
            ui.add_space(((ui.available_width() - field - button - 16.0) / 2.0).max(0.0));
        }
        let edit = TextEdit::singleline(&mut panel.path)
            .hint_text(strings::FOLDER_HINT)
            .desired_width(field);
        let edit = ui.add(edit).accessible_name(strings::FOLDER_PATH);
        if std::mem::take(&mut panel.fresh) {
            edit.request_focus();
        }
        let entered = edit.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let ready = !panel.path.trim().is_empty();
        let clicked = ui.add_enabled(ready, Button::new(strings::OPEN_PATH)).clicked();
        if ready && (entered || clicked) {
            out.push(UiIntent::Open(PathBuf::from(panel.path.trim())).into());
        }
    });
}
