//! The gate: what stands in the way, where the export goes, how far it is; then the report.

use std::path::PathBuf;

use egui::{Button, ProgressBar, RichText, ScrollArea, TextEdit, Ui};

use crate::review::{Command, ExportCommand, GateRow, OutcomeRow, SelectCommand};
use crate::ui::intent::{Ask, Intent, UiIntent};
use crate::ui::session::{Export, Session};
use crate::ui::strings;
use crate::ui::text::one_line;
use crate::ui::theme::{self, Tone, tone};

/// What the panel keeps between frames.
#[derive(Default)]
pub(super) struct GatePanel {
    /// The destination as typed or chosen.
    pub destination: String,
    faces_accepted: bool,
    only: Option<&'static str>,
}

/// The gate as it is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GateView {
    /// What stands in the way or stays out.
    pub rows: Vec<GateRow>,
    /// Whether somebody must say that faces may be released.
    pub asks_faces: bool,
    /// Number of series that would be released.
    pub approved: usize,
    /// Why the button is off.
    pub refused: Option<&'static str>,
}

impl GateView {
    /// The gate now.
    pub fn of(session: &Session, panel: &GatePanel) -> Self {
        let rows = session.state.what_blocks_export();
        let approved = session.state.approved().len();
        let asks_faces = rows.iter().any(|row| row.must_answer && row.series.is_some());
        let running = matches!(session.export, Export::Running { .. });
        let refused = if running {
            Some(strings::EXPORTING)
        } else if approved == 0 {
            Some("Approve a series first")
        } else if panel.destination.trim().is_empty() {
            Some(strings::NEEDS_DESTINATION)
        } else if asks_faces && !panel.faces_accepted {
            Some("Answer the question about faces first")
        } else {
            None
        };
        Self { rows, asks_faces, approved, refused }
    }
}

/// Draws the gate.
pub(super) fn gate_panel(
    ui: &mut Ui,
    panel: &mut GatePanel,
    session: &Session,
    out: &mut Vec<Intent>,
) {
    let view = GateView::of(session, panel);
    ui.add_space(6.0);
    ui.heading(strings::GATE);
    ui.label(RichText::new(strings::GATE_RULE).color(tone(ui, Tone::Weak)));
    ui.add_space(6.0);
    destination(ui, panel, out);
    if view.asks_faces {
        ui.checkbox(&mut panel.faces_accepted, strings::FACES);
    }
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        let button = ui.add_enabled(view.refused.is_none(), Button::new(strings::EXPORT_NOW));
        if button.clicked() {
            let destination = PathBuf::from(panel.destination.trim());
            let faces_accepted = panel.faces_accepted;
            out.push(
                Command::Export(ExportCommand::Confirm { destination, faces_accepted }).into(),
            );
        }
        let words = strings::count(view.approved as u64, "approved series", "approved series");
        let words = view.refused.map_or(words, str::to_owned);
        ui.label(RichText::new(words).color(tone(ui, Tone::Weak)));
    });
    progress(ui, &session.export, out);
    ui.separator();
    ui.label(RichText::new(strings::BLOCKS).strong());
    if view.rows.is_empty() {
        ui.label(RichText::new(strings::NOTHING_BLOCKS).color(tone(ui, Tone::Green)));
    }
    blocks(ui, &view.rows, out);
}

fn destination(ui: &mut Ui, panel: &mut GatePanel, out: &mut Vec<Intent>) {
    ui.horizontal(|ui| {
        let label = ui.label(strings::DESTINATION);
        let width = (ui.available_width() - 190.0).clamp(120.0, 520.0);
        let edit = TextEdit::singleline(&mut panel.destination)
            .hint_text(strings::DESTINATION_HINT)
            .desired_width(width);
        ui.add(edit).labelled_by(label.id);
        if ui.button(strings::CHOOSE).clicked() {
            out.push(UiIntent::AskFolder(Ask::Destination).into());
        }
    });
}

fn progress(ui: &mut Ui, export: &Export, out: &mut Vec<Intent>) {
    match export {
        Export::Idle | Export::Done { .. } => {}
        Export::Running { steps: (done, total), cancelled } => {
            let part = if *total == 0 { 0.0 } else { *done as f32 / *total as f32 };
            let words = format!(
                "{}: {} of {}",
                strings::EXPORTING,
                strings::grouped(*done as u64),
                strings::count(*total as u64, "instance", "instances"),
            );
            ui.add(ProgressBar::new(part).text(words).desired_width(520.0));
            if *cancelled {
                ui.label(strings::CANCELLING);
            } else if ui.button(strings::CANCEL_EXPORT).clicked() {
                out.push(UiIntent::CancelExport.into());
            }
        }
        Export::Failed(why) => {
            let words = format!("The export stopped: {why}");
            ui.label(RichText::new(words).color(tone(ui, Tone::Red)));
        }
    }
}

fn blocks(ui: &mut Ui, rows: &[GateRow], out: &mut Vec<Intent>) {
    ScrollArea::vertical().id_salt("gate").auto_shrink(false).show_rows(
        ui,
        theme::ROW,
        rows.len(),
        |ui, range| {
            let first = range.start;
            for (at, row) in rows.get(range).unwrap_or(&[]).iter().enumerate() {
                ui.horizontal(|ui| block(ui, row, (first + at + 1, out)));
            }
        },
    );
}

fn block(ui: &mut Ui, row: &GateRow, (number, out): (usize, &mut Vec<Intent>)) {
    let (letter, word, kind) = if row.must_answer {
        ("!", strings::MUST_ANSWER, Tone::Red)
    } else {
        ("–", strings::STAYS_OUT, Tone::Weak)
    };
    ui.label(RichText::new(format!("{letter} {word}")).color(tone(ui, kind)));
    if let Some(series) = &row.series {
        let label = one_line(row.label.expose());
        let label = if label.trim().is_empty() { "(no description)".to_owned() } else { label };
        let short: String = label.chars().take(60).collect();
        let go = ui.button(short).on_hover_text(label);
        if go.accessible_name(format!("Go to the series of line {number}")).clicked() {
            out.push(Command::Select(SelectCommand::Series(series.clone())).into());
        }
    }
    ui.add(egui::Label::new(one_line(&row.words)).truncate());
}

/// The five outcomes, in the order of the report.
const OUTCOMES: [(&str, Tone); 5] = [
    ("released", Tone::Green),
    ("held", Tone::Blue),
    ("rejected", Tone::Red),
    ("quarantined", Tone::Amber),
    ("problem", Tone::Amber),
];

/// How often each outcome stands among the rows.
pub(super) fn tally(rows: &[OutcomeRow]) -> Vec<(&'static str, usize)> {
    let count = |word: &str| rows.iter().filter(|row| row.outcome == word).count();
    OUTCOMES.into_iter().map(|(word, _)| (word, count(word))).collect()
}

/// Draws how the last export ended.
pub(super) fn report_panel(ui: &mut Ui, panel: &mut GatePanel, session: &Session) {
    ui.add_space(6.0);
    ui.heading("Report of the last export");
    let rows = session.state.outcome_rows();
    let Export::Done { report, output } = &session.export else {
        ui.label(RichText::new(strings::NO_REPORT).color(tone(ui, Tone::Weak)));
        return;
    };
    ui.label(format!("{}  {}", strings::REPORT_FILE, report.display()));
    ui.label(format!("{}  {}", strings::OUTPUT_FOLDER, output.display()));
    if ui.button(strings::COPY_REPORT_PATH).clicked() {
        ui.copy_text(report.display().to_string());
    }
    ui.add_space(4.0);
    ui.horizontal_wrapped(|ui| {
        for ((word, count), (_, kind)) in tally(&rows).into_iter().zip(OUTCOMES) {
            let words = RichText::new(format!("{} {word}", strings::grouped(count as u64)));
            let chip = ui.selectable_label(panel.only == Some(word), words.color(tone(ui, kind)));
            if chip.accessible_name(format!("Show {word} files")).clicked() {
                panel.only = if panel.only == Some(word) { None } else { Some(word) };
            }
        }
    });
    ui.separator();
    let wanted = |row: &&OutcomeRow| panel.only.is_none_or(|only| row.outcome == only);
    let rows: Vec<&OutcomeRow> = rows.iter().filter(wanted).collect();
    ScrollArea::vertical().id_salt("report").auto_shrink(false).show_rows(
        ui,
        theme::ROW,
        rows.len(),
        |ui, range| {
            for row in rows.get(range).unwrap_or(&[]) {
                ui.horizontal(|ui| outcome(ui, row));
            }
        },
    );
}

fn outcome(ui: &mut Ui, row: &OutcomeRow) {
    let found = OUTCOMES.iter().find(|(word, _)| *word == row.outcome);
    let kind = found.map_or(Tone::Plain, |(_, kind)| *kind);
    ui.add_sized(
        [88.0, theme::ROW],
        egui::Label::new(RichText::new(row.outcome).color(tone(ui, kind))),
    );
    let path = one_line(&row.path.expose().to_string_lossy());
    let reasons = one_line(&row.reasons.join("; "));
    let words = if reasons.is_empty() { path } else { format!("{path}   {reasons}") };
    ui.add(egui::Label::new(words).truncate());
}
