//! The history: what was decided, by whom, and the way back to it.

use egui::{Align2, FontId, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::review::{Command, HistoryRow};
use crate::ui::follow;
use crate::ui::intent::Intent;
use crate::ui::session::Session;
use crate::ui::strings;
use crate::ui::text::{elided, one_line};
use crate::ui::theme::{self, Tone, tone};

/// Draws the history.
pub(super) fn history_panel(ui: &mut Ui, session: &Session, out: &mut Vec<Intent>) {
    ui.add_space(6.0);
    ui.heading(strings::HISTORY);
    ui.label(RichText::new(strings::HISTORY_RULE).color(tone(ui, Tone::Weak)));
    ui.add_space(6.0);
    let rows = &session.rows.history;
    if rows.is_empty() {
        ui.label(strings::NO_HISTORY);
        return;
    }
    ui.spacing_mut().item_spacing.y = 3.0;
    follow::rows(ui, ("history", theme::ROW), (rows.len(), None), |ui, range| {
        for row in rows.get(range).unwrap_or(&[]) {
            ui.horizontal(|ui| line(ui, row, out));
        }
    });
}

fn line(ui: &mut Ui, row: &HistoryRow, out: &mut Vec<Intent>) {
    const BUTTON: f32 = 190.0;
    let words = one_line(row.words.expose());
    let size = vec2((ui.available_width() - BUTTON).max(120.0), theme::ROW);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let taken = if row.undone { strings::TAKEN_BACK } else { "" };
    let name = format!("Step {}: {words} {taken}", row.seq);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name.trim_end()));
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, 4.0, ui.visuals().faint_bg_color);
    }
    let weak = tone(ui, Tone::Weak);
    let kind = if row.undone { weak } else { tone(ui, Tone::Plain) };
    let small = FontId::proportional(theme::SMALL);
    let middle = rect.center().y;
    let stamp = format!("{}  {}", row.when, one_line(&row.reader));
    let galley = elided(ui.painter(), &stamp, (small.clone(), weak), 230.0);
    ui.painter().galley(pos2(rect.min.x + 4.0, middle - galley.size().y / 2.0), galley, weak);
    let mut left = rect.min.x + 244.0;
    if row.undone {
        let at = pos2(left, middle);
        let drawn = ui.painter().text(at, Align2::LEFT_CENTER, strings::TAKEN_BACK, small, weak);
        left = drawn.max.x + 8.0;
    }
    let font = FontId::proportional(theme::BODY);
    let galley = elided(ui.painter(), &words, (font, kind), rect.max.x - left - 8.0);
    let at = pos2(left, middle - galley.size().y / 2.0);
    if row.undone {
        let line = [at + vec2(0.0, galley.size().y / 2.0), at + galley.size() * vec2(1.0, 0.5)];
        ui.painter().line_segment(line, (1.0, weak));
    }
    ui.painter().galley(at, galley, kind);
    if response.on_hover_text(&words).clicked() {
        out.push(Command::ShowStep(row.seq).into());
    }
    let Some(steps) = row.takes_back else { return };
    let title = match steps {
        1 => strings::TAKE_STEP_BACK.to_owned(),
        more => format!("{} ({} steps)", strings::TAKE_STEP_BACK, strings::grouped(more as u64)),
    };
    let button = ui.button(title).on_hover_text(strings::TAKE_BACK_HINT);
    if button.accessible_name(format!("{} down to {}", strings::TAKE_STEP_BACK, row.seq)).clicked()
    {
        out.push(Command::UndoTo(row.seq).into());
    }
}
