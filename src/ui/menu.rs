//! The menu bar and the sheet of keys, both made from the one table.

use egui::{Button, Grid, MenuBar, RichText, ScrollArea, Ui, Window};

use crate::review::{Command, Screen, ViewCommand};
use crate::ui::intent::Intent;
use crate::ui::keys::{Group, Moment, TABLE, intent};
use crate::ui::session::Session;
use crate::ui::strings;
use crate::ui::text::one_line;
use crate::ui::theme::{Tone, tone};

/// Draws the menus, the screens, and the folder.
pub(super) fn menu_bar(
    ui: &mut Ui,
    session: Option<&Session>,
    moment: &Moment,
    out: &mut Vec<Intent>,
) {
    MenuBar::new().ui(ui, |ui| {
        for group in Group::ALL {
            let name = group.as_str();
            let opened =
                ui.menu_button(name, |ui| lines(ui, group, (session.is_some(), moment), out));
            opened.response.accessible_name(format!("{} {name}", strings::MENU));
        }
        let Some(session) = session else { return };
        ui.separator();
        screens(ui, session, out);
        ui.separator();
        let folder = one_line(&session.folder.display().to_string());
        let words = RichText::new(&folder).color(tone(ui, Tone::Weak));
        ui.add(egui::Label::new(words).truncate());
    });
}

fn lines(ui: &mut Ui, group: Group, (open, moment): (bool, &Moment), out: &mut Vec<Intent>) {
    ui.set_min_width(290.0);
    for line in TABLE.iter().filter(|line| line.group == group) {
        let keys = line.chords.first().map(|chord| chord.shown()).unwrap_or_default();
        let asked = intent(line.action, moment);
        let always = line.action.needs_none();
        let button = Button::new(line.words).shortcut_text(keys);
        if ui.add_enabled(asked.is_some() && (open || always), button).clicked() {
            out.extend(asked);
            ui.close();
        }
    }
}

fn screens(ui: &mut Ui, session: &Session, out: &mut Vec<Intent>) {
    let now = session.state.view().screen;
    for (screen, words) in [
        (Screen::Wall, strings::WALL),
        (Screen::Review, strings::REVIEW),
        (Screen::Identity, strings::IDENTITY),
        (Screen::History, strings::HISTORY),
        (Screen::Gate, strings::GATE),
        (Screen::Report, strings::REPORT),
    ] {
        // Most batches ask nothing.
        if screen == Screen::Identity && session.rows.questions.is_empty() && now != screen {
            continue;
        }
        let on = now == screen;
        let choice = ui.selectable_label(on, words);
        if choice.accessible_name(format!("Screen {words}")).clicked() {
            out.push(Command::View(ViewCommand::Screen(screen)).into());
        }
    }
}

/// Draws the sheet of keys.
pub(super) fn help_sheet(ctx: &egui::Context, open: &mut bool) {
    let mut close = false;
    let height = (ctx.content_rect().height() - 90.0).min(700.0);
    Window::new(strings::HELP)
        .collapsible(false)
        .resizable(false)
        .anchor(egui::Align2::CENTER_CENTER, egui::Vec2::ZERO)
        .fixed_size([820.0, height])
        .show(ctx, |ui| {
            let list = ScrollArea::vertical().auto_shrink(false).max_height(height - 46.0);
            list.show(ui, |ui| {
                ui.columns(2, |columns| {
                    if let [left, right] = columns {
                        sheet(left, &[Group::File, Group::Edit, Group::Look]);
                        sheet(right, &[Group::Findings, Group::Verdict, Group::Help]);
                        mouse(right);
                    }
                });
            });
            ui.separator();
            close = ui.button(strings::CLOSE_HELP).clicked();
        });
    if close {
        *open = false;
    }
}

fn sheet(ui: &mut Ui, groups: &[Group]) {
    for group in groups {
        ui.label(RichText::new(group.as_str()).strong().color(tone(ui, Tone::Accent)));
        Grid::new(group.as_str())
            .num_columns(2)
            .spacing([14.0, 1.0])
            .min_col_width(126.0)
            .min_row_height(16.0)
            .show(ui, |ui| {
                for line in TABLE.iter().filter(|line| line.group == *group) {
                    let keys: Vec<String> = line.chords.iter().map(|chord| chord.shown()).collect();
                    ui.label(RichText::new(keys.join(", ")).monospace());
                    ui.label(line.words.trim_end_matches('…'));
                    ui.end_row();
                }
            });
        ui.add_space(6.0);
    }
}

fn mouse(ui: &mut Ui) {
    ui.label(RichText::new("Mouse on the image").strong().color(tone(ui, Tone::Accent)));
    Grid::new("mouse")
        .num_columns(2)
        .spacing([14.0, 1.0])
        .min_col_width(126.0)
        .min_row_height(16.0)
        .show(ui, |ui| {
            for (input, does) in strings::MOUSE {
                ui.label(RichText::new(input).monospace());
                ui.label(does);
                ui.end_row();
            }
            ui.label(RichText::new("` held").monospace());
            ui.label("lifts the masks");
            ui.end_row();
        });
}
