//! How the last export ended, file by file, and why: a list to walk, and what can be done.

use egui::{Key, Panel, RichText, ScrollArea, TextEdit, Ui};

use crate::model::InstanceUid;
use crate::review::{Command, IdentityCommand, OutcomeReason, OutcomeRow, SelectCommand};
use crate::ui::follow;
use crate::ui::intent::Intent;
use crate::ui::session::{Export, Session};
use crate::ui::strings;
use crate::ui::text::one_line;
use crate::ui::theme::{self, Tone, tone};

/// The outcomes, in the order of the report.
const OUTCOMES: [(&str, Tone); 5] = [
    ("released", Tone::Green),
    ("held", Tone::Blue),
    ("rejected", Tone::Red),
    ("quarantined", Tone::Amber),
    ("problem", Tone::Amber),
];

/// What the panel keeps between frames.
#[derive(Default)]
pub(super) struct ReportPanel {
    /// The one outcome that is listed; all where there is none.
    only: Option<&'static str>,
    /// The row that is looked at: its place among all.
    chosen: Option<usize>,
    accepting: Option<Accepting>,
}

/// A residual that is being accepted.
struct Accepting {
    instance: InstanceUid,
    place: String,
    /// Words that the reason must hold.
    spelled: Option<&'static str>,
    reason: String,
    fresh: bool,
}

/// How often each outcome stands among the rows.
pub(super) fn tally(rows: &[OutcomeRow]) -> [(&'static str, Tone, usize); 5] {
    OUTCOMES.map(|(word, kind)| (word, kind, rows.iter().filter(|row| row.outcome == word).count()))
}

/// The places of the rows that are listed.
fn listed(rows: &[OutcomeRow], only: Option<&str>) -> Vec<usize> {
    let wanted = |row: &OutcomeRow| only.is_none_or(|only| row.outcome == only);
    rows.iter().enumerate().filter(|(_, row)| wanted(row)).map(|(at, _)| at).collect()
}

/// The reasons of a row on one line.
fn on_one_line(reasons: &[OutcomeReason]) -> String {
    let Some((first, more)) = reasons.split_first() else { return String::new() };
    match more.len() {
        0 => one_line(&first.words),
        more => format!("{} (+{more} more)", one_line(&first.words)),
    }
}

/// Draws how the last export ended.
pub(super) fn report_panel(
    ui: &mut Ui,
    panel: &mut ReportPanel,
    session: &Session,
    out: &mut Vec<Intent>,
) {
    let rows = &session.rows.outcomes;
    ui.add_space(6.0);
    ui.heading(strings::LAST_EXPORT);
    if rows.is_empty() {
        ui.label(RichText::new(strings::NO_REPORT).color(tone(ui, Tone::Weak)));
        return;
    }
    places(ui, session);
    ui.add_space(4.0);
    chips(ui, panel, rows);
    ui.separator();
    keys(ui, panel, rows);
    if let Some(row) = panel.chosen.and_then(|at| rows.get(at)) {
        let detail = Panel::bottom("outcome").resizable(true).default_size(150.0);
        detail.show(ui, |ui| chosen(ui, row, &mut panel.accepting, out));
    }
    list(ui, panel, rows, out);
}

fn places(ui: &mut Ui, session: &Session) {
    let Export::Done { report, output } = &session.export else {
        ui.label(RichText::new(strings::EARLIER_EXPORT).color(tone(ui, Tone::Weak)));
        return;
    };
    for (words, path) in [(strings::REPORT_FILE, report), (strings::OUTPUT_FOLDER, output)] {
        ui.horizontal(|ui| {
            ui.label(RichText::new(words).color(tone(ui, Tone::Weak)));
            let path = path.display().to_string();
            let copy = ui.button(strings::COPY).on_hover_text("copies the path");
            if copy.accessible_name(format!("{} {}", strings::COPY, words.to_lowercase())).clicked()
            {
                ui.copy_text(path.clone());
            }
            ui.add(egui::Label::new(path).truncate());
        });
    }
}

fn chips(ui: &mut Ui, panel: &mut ReportPanel, rows: &[OutcomeRow]) {
    ui.horizontal_wrapped(|ui| {
        for (word, kind, count) in tally(rows) {
            let many = if word == "problem" && count != 1 { "problems" } else { word };
            let words = RichText::new(format!("{} {many}", strings::grouped(count as u64)));
            let chip = ui.selectable_label(panel.only == Some(word), words.color(tone(ui, kind)));
            if chip.accessible_name(format!("Show {word} files")).clicked() {
                panel.only = if panel.only == Some(word) { None } else { Some(word) };
                panel.chosen = None;
            }
        }
        let all = strings::count(rows.len() as u64, "file in all", "files in all");
        ui.label(RichText::new(all).color(tone(ui, Tone::Weak)));
    });
}

/// Up and down walk the list.
fn keys(ui: &Ui, panel: &mut ReportPanel, rows: &[OutcomeRow]) {
    if ui.ctx().text_edit_focused() {
        return;
    }
    let by = ui.input(|input| {
        i64::from(input.key_pressed(Key::ArrowDown)) - i64::from(input.key_pressed(Key::ArrowUp))
    });
    if by != 0 {
        let listed = listed(rows, panel.only);
        let at = panel.chosen.and_then(|at| listed.iter().position(|row| *row == at));
        let to = at.map_or(0, |at| (at as i64 + by).max(0) as usize);
        panel.chosen = listed.get(to).or(listed.last()).copied();
        panel.accepting = None;
    }
}

fn list(ui: &mut Ui, panel: &mut ReportPanel, rows: &[OutcomeRow], out: &mut Vec<Intent>) {
    let listed = listed(rows, panel.only);
    let chosen = panel.chosen.and_then(|at| listed.iter().position(|row| *row == at));
    follow::rows(ui, ("report", theme::ROW), (listed.len(), chosen), |ui, range| {
        for at in listed.get(range).unwrap_or(&[]) {
            let Some(row) = rows.get(*at) else { continue };
            let response = line(ui, row, (*at + 1, panel.chosen == Some(*at)));
            if response.clicked() {
                panel.chosen = Some(*at);
                panel.accepting = None;
            }
            if response.double_clicked() {
                out.extend(go_to(row));
            }
        }
    });
}

/// Where the instance of a row is looked at.
fn go_to(row: &OutcomeRow) -> Option<Intent> {
    let instance = row.instance.clone()?;
    Some(Command::Select(SelectCommand::Instance(instance)).into())
}

fn line(ui: &mut Ui, row: &OutcomeRow, (number, chosen): (usize, bool)) -> egui::Response {
    let size = egui::vec2(ui.available_width(), theme::ROW);
    let (rect, response) = ui.allocate_exact_size(size, egui::Sense::click());
    let path = one_line(&row.path.expose().to_string_lossy());
    let reasons = on_one_line(&row.reasons);
    let name = format!("File {number}, {}, {path}, {reasons}", row.outcome);
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, chosen, &name));
    let visuals = ui.visuals();
    if chosen {
        ui.painter().rect_filled(rect, 4.0, visuals.selection.bg_fill);
    } else if response.hovered() {
        ui.painter().rect_filled(rect, 4.0, visuals.faint_bg_color);
    }
    let kind = OUTCOMES.iter().find(|(word, _)| *word == row.outcome);
    let kind = tone(ui, kind.map_or(Tone::Plain, |(_, kind)| *kind));
    let (plain, weak) = (tone(ui, Tone::Plain), tone(ui, Tone::Weak));
    let series = format!("{} {}", row.modality, one_line(row.series_label.expose()));
    let room = (rect.width() - 108.0).max(120.0);
    let mut x = rect.min.x + 6.0;
    let cells = [
        (row.outcome.to_owned(), kind, 94.0),
        (series, weak, room * 0.24),
        (path, plain, room * 0.38),
        (reasons, plain, room * 0.38),
    ];
    for (words, colour, width) in cells {
        let font = egui::FontId::proportional(theme::BODY);
        let galley = crate::ui::text::elided(ui.painter(), &words, (font, colour), width - 10.0);
        let y = rect.center().y - galley.size().y / 2.0;
        ui.painter().galley(egui::pos2(x, y), galley, colour);
        x += width;
    }
    response
}

/// The chosen row in full, with what can be done about it.
fn chosen(ui: &mut Ui, row: &OutcomeRow, accepting: &mut Option<Accepting>, out: &mut Vec<Intent>) {
    ScrollArea::vertical().id_salt("reasons").auto_shrink(false).show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(row.outcome).strong());
            ui.label(one_line(&row.path.expose().to_string_lossy()));
            if let Some(go) = go_to(row)
                && ui.button(strings::GO_TO_INSTANCE).clicked()
            {
                out.push(go);
            }
        });
        if row.reasons.is_empty() && row.outcome == "released" {
            ui.label(RichText::new(strings::RELEASED_WHY).color(tone(ui, Tone::Weak)));
        }
        for (at, reason) in row.reasons.iter().enumerate() {
            ui.horizontal_wrapped(|ui| {
                ui.label(format!("• {}", one_line(&reason.words)));
                accept(ui, row, (at + 1, reason), accepting);
                ask_whose(ui, (at + 1, reason), out);
            });
        }
        accept_reason(ui, accepting, out);
    });
}

fn accept(
    ui: &mut Ui,
    row: &OutcomeRow,
    (number, reason): (usize, &OutcomeReason),
    accepting: &mut Option<Accepting>,
) {
    let (Some(place), Some(instance)) = (&reason.residual, &row.instance) else { return };
    if reason.accepted {
        ui.label(RichText::new(strings::ACCEPTED).color(tone(ui, Tone::Green)));
        return;
    }
    let button = ui.button(strings::ACCEPT).on_hover_text(strings::ACCEPT_HINT);
    if button.accessible_name(format!("{} reason {number}", strings::ACCEPT)).clicked() {
        *accepting = Some(Accepting {
            instance: instance.clone(),
            place: place.clone(),
            spelled: reason.spelled,
            reason: String::new(),
            fresh: true,
        });
    }
}

fn ask_whose(ui: &mut Ui, (number, reason): (usize, &OutcomeReason), out: &mut Vec<Intent>) {
    let Some(question) = &reason.question else { return };
    let go = ui.button(strings::GO_TO_QUESTION);
    if go.accessible_name(format!("{} of reason {number}", strings::GO_TO_QUESTION)).clicked() {
        out.push(Command::Identity(IdentityCommand::Show(question.clone())).into());
    }
}

/// The line in which the reason to accept is typed.
fn accept_reason(ui: &mut Ui, accepting: &mut Option<Accepting>, out: &mut Vec<Intent>) {
    let Some(asked) = accepting else { return };
    let mut done = false;
    ui.horizontal_wrapped(|ui| {
        ui.label(format!("It may stay at {} because", one_line(&asked.place)));
        let edit = TextEdit::singleline(&mut asked.reason).desired_width(260.0);
        let edit = ui.add(edit).accessible_name(strings::ACCEPT_REASON);
        if std::mem::take(&mut asked.fresh) {
            edit.request_focus();
        }
        let entered = edit.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let said = asked.reason.to_lowercase();
        let spelled = asked.spelled.is_none_or(|words| said.contains(&words.to_lowercase()));
        let ready = spelled && !asked.reason.trim().is_empty();
        let button = ui.add_enabled(ready, egui::Button::new(strings::ACCEPT_NOW));
        if ready && (entered || button.clicked()) {
            let (instance, place) = (asked.instance.clone(), asked.place.clone());
            let reason = asked.reason.trim().to_owned();
            out.push(Command::AcceptResidual { instance, place, reason }.into());
            done = true;
        }
        if let Some(words) = asked.spelled.filter(|_| !spelled) {
            ui.label(format!("This names somebody: the reason must say “{words}”."));
        }
        let cancel = ui.button(strings::CANCEL).accessible_name("Cancel acceptance");
        done |= cancel.clicked();
    });
    if done {
        *accepting = None;
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::model::Phi;

    fn row(outcome: &'static str, reasons: &[&str]) -> OutcomeRow {
        let reason = |words: &&str| OutcomeReason {
            words: (*words).to_owned(),
            residual: None,
            spelled: None,
            accepted: false,
            question: None,
        };
        OutcomeRow {
            path: Phi::new(PathBuf::from("a")),
            instance: None,
            series_label: Phi::new(String::new()),
            modality: "CT".into(),
            outcome,
            reasons: reasons.iter().map(reason).collect(),
        }
    }

    #[test]
    fn outcomes_are_counted_filtered_and_put_on_one_line() {
        let rows = [row("released", &[]), row("held", &["one", "two", "three"])];
        assert_eq!(tally(&rows).map(|(_, _, count)| count), [1, 1, 0, 0, 0]);
        assert_eq!(listed(&rows, Some("held")), [1]);
        assert_eq!(listed(&rows, None), [0, 1]);
        assert_eq!(on_one_line(&rows[1].reasons), "one (+2 more)");
        assert_eq!(on_one_line(&rows[0].reasons), "");
    }
}
