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
        path(ui, panel, out);
        ui.add_space(12.0);
        ui.label(RichText::new(strings::DROP_HINT).color(tone(ui, Tone::Weak)));
        ui.label(RichText::new(strings::START_PROMISE).color(tone(ui, Tone::Weak)));
        ui.add_space(12.0);
        if let Some(why) = &panel.failed {
            ui.label(RichText::new(why).color(tone(ui, Tone::Red)));
        } else if let Some(folder) = &panel.opening {
            ui.label(format!("Opening {}…", folder.display()));
        }
    });
}

fn path(ui: &mut Ui, panel: &mut StartPanel, out: &mut Vec<Intent>) {
    let (field, button) = (360.0, 92.0);
    ui.horizontal(|ui| {
        ui.add_space(((ui.available_width() - field - button - 16.0) / 2.0).max(0.0));
        let edit = TextEdit::singleline(&mut panel.path)
            .hint_text(strings::FOLDER_HINT)
            .desired_width(field);
        let edit = ui.add(edit).accessible_name(strings::FOLDER_PATH);
        let entered = edit.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let ready = !panel.path.trim().is_empty();
        let clicked = ui.add_enabled(ready, Button::new(strings::OPEN_PATH)).clicked();
        if ready && (entered || clicked) {
            out.push(UiIntent::Open(PathBuf::from(panel.path.trim())).into());
        }
    });
}
