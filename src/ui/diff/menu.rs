//! What can be done to an attribute instead of what the profile says.

use egui::{RichText, Ui};

use crate::model::{AttributePath, Override, VR};
use crate::review::{AttributeCommand, Command, DiffRow, ScopeLevel, override_fault};
use crate::ui::diff::line::scope_word;
use crate::ui::diff::{DiffPanel, Replacing, set};
use crate::ui::intent::Intent;
use crate::ui::session::Session;
use crate::ui::strings;
use crate::ui::theme::{Tone, tone};

/// What cleaning does as yet.
const CLEANED: &str = "Free text is emptied until it can be cleaned word by word";

/// Draws the menu of one row.
pub(super) fn menu(
    ui: &mut Ui,
    row: &DiffRow,
    (session, panel): (&Session, &mut DiffPanel),
    out: &mut Vec<Intent>,
) {
    ui.set_min_width(230.0);
    ui.label(RichText::new(title(row)).strong());
    if let Some(why) = override_fault(row.path.tag(), row.vr, &Override::Keep) {
        ui.set_max_width(260.0);
        ui.add(egui::Label::new(RichText::new(why).color(tone(ui, Tone::Weak))).wrap());
        return;
    }
    scopes(ui, session, out);
    ui.checkbox(&mut panel.every_depth, strings::EVERY_DEPTH);
    ui.separator();
    let choices = [
        (strings::KEEP, Override::Keep),
        (strings::REMOVE, Override::Remove),
        (strings::EMPTY, Override::Empty),
        (strings::CLEAN, Override::Clean),
    ];
    for (words, action) in choices {
        let button = ui.button(words);
        let button = if action == Override::Clean { button.on_hover_text(CLEANED) } else { button };
        if button.clicked() {
            out.push(set(&row.path, panel.every_depth, action));
            ui.close();
        }
    }
    // What no text can be the value of is not offered to be typed.
    let typed = !matches!(row.vr, VR::SQ | VR::OB | VR::OW | VR::OF | VR::OD | VR::OL | VR::UN);
    if ui.add_enabled(typed, egui::Button::new(strings::REPLACE)).clicked() {
        let (path, keyword, vr) = (row.path.clone(), title(row), row.vr);
        let text = String::new();
        panel.replacing = Some(Replacing { path, keyword, vr, text, fresh: true });
        ui.close();
    }
    take_back(ui, row, session, out);
}

fn title(row: &DiffRow) -> String {
    if row.keyword.is_empty() { row.path.to_string() } else { row.keyword.to_owned() }
}

/// The scope of the next override: a frame counts as its instance.
fn scopes(ui: &mut Ui, session: &Session, out: &mut Vec<Intent>) {
    let level = session.state.selection().level.max(ScopeLevel::Instance);
    ui.horizontal(|ui| {
        ui.label(RichText::new("for the").color(tone(ui, Tone::Weak)));
        for each in ScopeLevel::ALL.into_iter().filter(|each| *each != ScopeLevel::Frame) {
            let choice = ui.selectable_label(each == level, each.as_str());
            if choice.accessible_name(format!("For the {}", each.as_str())).clicked() {
                out.push(Command::Scope(each).into());
            }
        }
    });
}

fn take_back(ui: &mut Ui, row: &DiffRow, session: &Session, out: &mut Vec<Intent>) {
    let selection = session.state.selection();
    let Some(instance) = &selection.instance else { return };
    let Some(lies) = session.state.outline().lies(instance) else { return };
    let overrides = session.state.decisions().overrides_for(lies, instance);
    let found = overrides.iter().find(|found| found.speaks_of(&row.path));
    let Some(found) = found else { return };
    ui.separator();
    let words = format!("{} ({})", strings::TAKE_BACK, scope_word(found.scope));
    if ui.button(words).clicked() {
        let path = found.path.and_then(|text| text.parse::<AttributePath>().ok());
        let (tag, scope) = (found.tag, found.scope.clone());
        out.push(Command::Attribute(AttributeCommand::TakeBack { tag, path, scope }).into());
        ui.close();
    }
}
