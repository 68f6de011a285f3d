//! On the left: patients, studies and series with counts and state; below them the Problems lane.

use egui::{Align2, FontId, Rect, RichText, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::model::{LookAlike, SeriesUid};
use crate::review::{Command, OpenItem, ProblemRow, SelectCommand, SeriesRow, SeriesState};
use crate::ui::follow;
use crate::ui::intent::Intent;
use crate::ui::keys::{Action, keys_of};
use crate::ui::session::Session;
use crate::ui::strings;
use crate::ui::text::{elided, one_line};
use crate::ui::theme::{self, Tone, tone};

/// One line of the outline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A patient.
    Patient(String),
    /// A study.
    Study(String),
    /// A series.
    Series(Box<SeriesLine>),
}

/// A series as its line shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SeriesLine {
    /// Which.
    pub series: SeriesUid,
    /// One letter for its state.
    pub letter: &'static str,
    /// Modality and label.
    pub label: String,
    /// Instances, and frames where they are more, such as `24` or `1/8`.
    pub counts: String,
    /// `ID?` where a question of identity holds files; open findings, such as `3?`; a dot where
    /// something else is open; else nothing.
    pub open: String,
    /// State, for its colour.
    pub state: SeriesState,
    /// Whether it is shown.
    pub selected: bool,
    /// Its accessible name, unlike any other.
    pub name: String,
    /// All of it in words.
    pub hover: String,
}

/// Builds the lines.
pub(super) fn lines<'a>(rows: impl IntoIterator<Item = &'a SeriesRow>) -> Vec<Line> {
    let mut lines = Vec::new();
    let (mut patient, mut study) = (None, None);
    for (at, row) in rows.into_iter().enumerate() {
        if patient != Some(&row.patient_label) {
            patient = Some(&row.patient_label);
            study = None;
            lines.push(Line::Patient(one_line(row.patient_label.expose())));
        }
        if study != Some(&row.study_label) {
            study = Some(&row.study_label);
            lines.push(Line::Study(one_line(row.study_label.expose())));
        }
        lines.push(Line::Series(Box::new(series_line(at + 1, row))));
    }
    lines
}

fn series_line(number: usize, row: &SeriesRow) -> SeriesLine {
    let label = format!("{} {}", row.modality, one_line(row.label.expose()));
    let letter = if row.pending { "…" } else { strings::state_letter(&row.state) };
    let mut counts = strings::grouped(row.instances as u64);
    if row.frames > row.instances as u64 {
        counts.push_str(&format!("/{}", strings::grouped(row.frames)));
    }
    let state = row.state.as_str();
    let name = format!("Series {number}, {label}, {state}");
    SeriesLine {
        series: row.series.clone(),
        letter,
        hover: hover(row, &label),
        label,
        counts,
        open: open_signs(row),
        state: row.state.clone(),
        selected: row.selected,
        name,
    }
}

fn open_signs(row: &SeriesRow) -> String {
    let (identity, others) = (OpenItem::Identity, |item: &&OpenItem| **item != OpenItem::Identity);
    let open = match row.findings[0] {
        _ if !row.state.needs_verdict() => String::new(),
        0 if row.open.iter().find(others).is_none() => String::new(),
        0 => "•".to_owned(),
        found => format!("{}?", strings::grouped(found)),
    };
    match row.open.contains(&identity) {
        // Approved or not, the export holds it.
        true => format!("ID? {open}").trim_end().to_owned(),
        false => open,
    }
}

fn hover(row: &SeriesRow, label: &str) -> String {
    let mut words = format!("{label}\n{}\n", one_line(&row.sop_class));
    if let Some((columns, rows)) = row.image_size {
        words.push_str(&format!("{columns} × {rows}, "));
    }
    words.push_str(&strings::count(row.instances as u64, "instance", "instances"));
    words.push_str(&format!(", {}", strings::count(row.frames, "frame", "frames")));
    words.push_str(&format!(", {} seen\n{}", strings::grouped(row.seen), row.state.as_str()));
    if let SeriesState::Held { reason } | SeriesState::Rejected { reason } = &row.state {
        words.push_str(&format!(": {}", one_line(reason)));
    }
    for item in &row.open {
        words.push_str(&format!("\n• {item}"));
    }
    for cause in &row.causes {
        words.push_str(&format!("\n• {cause}"));
    }
    if row.face_risk {
        words.push_str("\n• may show a face");
    }
    words
}

/// The tone of a state.
pub(super) const fn state_tone(state: &SeriesState) -> Tone {
    match state {
        SeriesState::Undecided => Tone::Weak,
        SeriesState::Approved => Tone::Green,
        SeriesState::Held { .. } => Tone::Blue,
        SeriesState::Rejected { .. } => Tone::Red,
        SeriesState::Stale { .. } => Tone::Amber,
    }
}

/// Draws the outline.
pub(super) fn outline_panel(ui: &mut Ui, session: &Session, out: &mut Vec<Intent>) {
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        ui.label(RichText::new(strings::SERIES).strong());
        let counts = session.rows.counts;
        let words = format!("{} undecided of {}", counts.undecided + counts.stale, counts.series);
        ui.label(RichText::new(words).color(tone(ui, Tone::Weak)));
    });
    if let Some((done, total)) = session.index {
        reading(ui, (done, total));
    }
    if let Some(look) = session.state.group() {
        group(ui, look, out);
    }
    let through = |row: &&SeriesRow| session.state.goes_through(&row.series);
    let lines = lines(session.rows.series.iter().filter(through));
    if lines.is_empty() && session.index.is_none() {
        ui.add_space(8.0);
        ui.add(egui::Label::new(strings::NO_SERIES).wrap());
        if session.rows.counts.problems > 0 {
            ui.label(strings::SEE_PROBLEMS);
        }
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let chosen = lines.iter().position(|line| matches!(line, Line::Series(it) if it.selected));
    follow::rows(ui, ("outline", theme::ROW), (lines.len(), chosen), |ui, range| {
        for line in lines.get(range).unwrap_or(&[]) {
            draw(ui, line, out);
        }
    });
}

/// Says which group one goes through, and leads back to all series.
fn group(ui: &mut Ui, look: &LookAlike, out: &mut Vec<Intent>) {
    ui.horizontal(|ui| {
        let button = ui.button(strings::LEAVE_GROUP).on_hover_text(keys_of(Action::LeaveGroup));
        if button.clicked() {
            out.push(Command::Select(SelectCommand::Group(None)).into());
        }
        let size = look.image_size.map(|(columns, rows)| format!(" {columns} × {rows}"));
        let words = format!("{}{}", look.modality, size.unwrap_or_default());
        let words = format!("{}: {}", strings::THROUGH_GROUP, one_line(&words));
        let label = RichText::new(&words).color(tone(ui, Tone::Accent));
        ui.add(egui::Label::new(label).truncate())
            .on_hover_text(one_line(look.device_words().expose()));
    });
}

fn reading(ui: &mut Ui, (done, total): (usize, usize)) {
    let words = if total == 0 {
        strings::READING.to_owned()
    } else {
        let (done, total) = (strings::grouped(done as u64), strings::grouped(total as u64));
        format!("{}: {done} of {total} files", strings::READING)
    };
    ui.label(RichText::new(words).color(tone(ui, Tone::Weak)));
    let part = if total == 0 { 0.0 } else { done as f32 / total as f32 };
    ui.add(egui::ProgressBar::new(part).desired_height(6.0));
}

fn draw(ui: &mut Ui, line: &Line, out: &mut Vec<Intent>) {
    match line {
        Line::Patient(label) => heading(ui, label, (0.0, Tone::Plain)),
        Line::Study(label) => heading(ui, label, (10.0, Tone::Weak)),
        Line::Series(line) => series(ui, line, out),
    }
}

fn heading(ui: &mut Ui, label: &str, (indent, kind): (f32, Tone)) {
    let size = vec2(ui.available_width(), theme::ROW);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, label));
    let font = FontId::proportional(theme::BODY);
    let galley = elided(ui.painter(), label, (font, tone(ui, kind)), rect.width() - indent - 6.0);
    let cut = galley.elided;
    let at = pos2(rect.min.x + indent + 4.0, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, tone(ui, kind));
    if cut {
        response.on_hover_text(label);
    }
}

fn series(ui: &mut Ui, line: &SeriesLine, out: &mut Vec<Intent>) {
    let size = vec2(ui.available_width(), theme::ROW);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let info = || WidgetInfo::selected(Role::Button, true, line.selected, &line.name);
    response.widget_info(info);
    paint_series(ui, line, (rect, response.hovered() || response.has_focus()));
    if response.clicked() {
        out.push(Command::Select(SelectCommand::Series(line.series.clone())).into());
    }
    response.on_hover_text(&line.hover);
}

fn paint_series(ui: &Ui, line: &SeriesLine, (rect, over): (Rect, bool)) {
    let visuals = ui.visuals();
    if line.selected {
        ui.painter().rect_filled(rect, 4.0, visuals.selection.bg_fill);
    } else if over {
        ui.painter().rect_filled(rect, 4.0, visuals.faint_bg_color);
    }
    let state = tone(ui, state_tone(&line.state));
    let chip = Rect::from_center_size(pos2(rect.min.x + 28.0, rect.center().y), vec2(17.0, 17.0));
    ui.painter().rect_stroke(chip, 4.0, (1.0, state), egui::StrokeKind::Inside);
    let font = FontId::monospace(theme::SMALL);
    ui.painter().text(chip.center(), Align2::CENTER_CENTER, line.letter, font, state);
    let small = FontId::proportional(theme::SMALL);
    let mut right = pos2(rect.max.x - 6.0, rect.center().y);
    let (open, counts) = (tone(ui, Tone::Amber), tone(ui, Tone::Weak));
    if !line.open.is_empty() {
        let font = small.clone();
        let drawn = ui.painter().text(right, Align2::RIGHT_CENTER, &line.open, font, open);
        right.x = drawn.min.x - 7.0;
    }
    let drawn = ui.painter().text(right, Align2::RIGHT_CENTER, &line.counts, small, counts);
    let left = chip.max.x + 7.0;
    let font = FontId::proportional(theme::BODY);
    let plain = tone(ui, Tone::Plain);
    let galley = elided(ui.painter(), &line.label, (font, plain), drawn.min.x - left - 6.0);
    ui.painter().galley(pos2(left, rect.center().y - galley.size().y / 2.0), galley, plain);
}

/// Draws the Problems lane.
pub(super) fn problems_panel(ui: &mut Ui, rows: &[ProblemRow], reading: bool) {
    ui.add_space(4.0);
    let kind = if rows.is_empty() { Tone::Weak } else { Tone::Amber };
    let words = format!("{} ({})", strings::PROBLEMS, strings::grouped(rows.len() as u64));
    ui.label(RichText::new(words).strong().color(tone(ui, kind)));
    let hint = match (rows.is_empty(), reading) {
        (true, true) => strings::NO_PROBLEMS_YET,
        (true, false) => strings::NO_PROBLEMS,
        (false, _) => strings::NOT_IN_BATCH,
    };
    let hint = RichText::new(hint).small().color(tone(ui, Tone::Weak));
    ui.add(egui::Label::new(hint).truncate());
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical().id_salt("problems").auto_shrink(false).show_rows(
        ui,
        theme::TALL_ROW,
        rows.len(),
        |ui, range| {
            for row in rows.get(range).unwrap_or(&[]) {
                problem(ui, row);
            }
        },
    );
}

fn problem(ui: &mut Ui, row: &ProblemRow) {
    let path = one_line(&row.path.expose().to_string_lossy());
    let size = vec2(ui.available_width(), theme::TALL_ROW);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let name = format!("Problem: {path}: {}", row.words);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
    let plain = tone(ui, Tone::Plain);
    let weak = tone(ui, Tone::Amber);
    let body = FontId::proportional(theme::BODY);
    let small = FontId::proportional(theme::SMALL);
    let width = rect.width() - 10.0;
    let first = elided(ui.painter(), &path, (body, plain), width);
    ui.painter().galley(rect.min + vec2(4.0, 3.0), first, plain);
    let second = elided(ui.painter(), &row.words, (small, weak), width);
    ui.painter().galley(rect.min + vec2(4.0, 20.0), second, weak);
    response.on_hover_text(format!("{path}\n{}", row.words));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Phi;
    use crate::review::OpenItem;

    fn row(uid: &str, patient: &str, study: &str) -> SeriesRow {
        SeriesRow {
            series: SeriesUid::new(uid),
            patient_label: Phi::new(patient.to_owned()),
            study_label: Phi::new(study.to_owned()),
            label: Phi::new("Thorax\n5 mm".to_owned()),
            modality: "CT".to_owned(),
            sop_class: "CT Image Storage".to_owned(),
            image_size: Some((512, 512)),
            instances: 1204,
            frames: 1204,
            seen: 0,
            state: SeriesState::Undecided,
            pending: false,
            open: vec![OpenItem::Findings(3)],
            findings: [3, 0, 0],
            face_risk: false,
            causes: Vec::new(),
            selected: false,
        }
    }

    #[test]
    fn patients_and_studies_stand_once_over_their_series() {
        let rows =
            [row("1", "A", "S1"), row("2", "A", "S1"), row("3", "A", "S2"), row("4", "B", "S2")];
        let kinds: String = lines(&rows)
            .iter()
            .map(|line| match line {
                Line::Patient(_) => 'p',
                Line::Study(_) => 's',
                Line::Series(_) => '.',
            })
            .collect();
        assert_eq!(kinds, "ps..s.ps.");
    }

    #[test]
    fn a_series_shows_counts_and_what_is_open_on_one_line() {
        let line = series_line(7, &row("1", "A", "S"));
        assert_eq!((line.counts.as_str(), line.open.as_str()), ("1,204", "3?"));
        assert_eq!(line.name, "Series 7, CT Thorax 5 mm, undecided");
        assert!(line.hover.contains("3 findings are not answered"));
    }
}
