//! The gate: what stands in the way, where the export goes, how far it is.

use std::path::{Path, PathBuf};

use egui::{Button, Key, ProgressBar, RichText, ScrollArea, TextEdit, Ui};

use crate::jobs::backend::DestinationStanding;
use crate::review::{
    BENCHMARK, Command, ExportCommand, GateDemand, GateRow, IdentityCommand, Sample, SelectCommand,
};
use crate::ui::intent::{Ask, Intent, UiIntent};
use crate::ui::session::{Export, Session, Steps};
use crate::ui::strings;
use crate::ui::text::one_line;
use crate::ui::theme::{self, Tone, tone};

/// What the panel keeps between frames.
#[derive(Default)]
pub(super) struct GatePanel {
    /// The destination as typed or chosen.
    pub destination: String,
    faces_accepted: bool,
    /// The demand that is being overridden, and why, as far as it is typed.
    overriding: Option<(GateDemand, String)>,
    /// What was typed to let an export there change.
    typed: String,
    /// What was typed to say that a profile for a benchmark is used for one.
    benchmark: String,
    /// The destination whose standing was asked for last.
    asked: String,
    /// The pass in which it was drawn last: behind another screen it is not.
    drawn: u64,
    /// Whether Enter was pressed in the destination.
    entered: bool,
    /// When the running export was seen first, in seconds of the window's clock.
    begun: Option<f64>,
}

impl GatePanel {
    /// Forgets what may have changed: the destination is looked at again, and must be confirmed
    /// again.
    pub fn look_again(&mut self) {
        self.asked.clear();
        self.typed.clear();
    }

    /// The destination without blanks around it.
    fn wanted(&self) -> &str {
        self.destination.trim()
    }
}

/// What must be typed to let an export change: the name of its folder.
fn name_of(destination: &str) -> String {
    let name = Path::new(destination).file_name().unwrap_or_default();
    one_line(&name.to_string_lossy())
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
    /// How the destination stands; `None` while nobody knows.
    pub standing: Option<DestinationStanding>,
    /// The sample that speaks for what would go out.
    pub sample: Option<Sample>,
    /// Why the button is off.
    pub refused: Option<&'static str>,
}

impl GateView {
    /// The gate now.
    pub fn of(session: &Session, panel: &GatePanel) -> Self {
        let rows = session.state.what_blocks_export();
        let approved = session.state.approved().len();
        let asks_faces = rows.iter().any(|row| row.demand == Some(GateDemand::Faces));
        let demands = rows.iter().filter_map(|row| row.demand);
        let is_shut = demands.into_iter().any(|demand| demand != GateDemand::Faces);
        let known = session.destination.as_ref();
        let standing = known.filter(|(path, _)| path == Path::new(panel.wanted()));
        let standing = standing.map(|(_, standing)| standing.clone());
        let running = matches!(session.export, Export::Running { .. });
        let refused = if running {
            Some(strings::EXPORTING)
        } else if approved == 0 && session.state.waits_for_identity() {
            Some(strings::ANSWER_FIRST)
        } else if approved == 0 {
            Some("Approve a series first")
        } else if panel.wanted().is_empty() {
            Some(strings::NEEDS_DESTINATION)
        } else if let Some(why) = refusal(standing.as_ref(), panel) {
            Some(why)
        } else if is_shut {
            Some(strings::DEMANDS_FIRST)
        } else if asks_faces && !panel.faces_accepted {
            Some("Answer the question about faces first")
        } else {
            None
        };
        let sample = session.state.sample();
        Self { rows, asks_faces, approved, standing, sample, refused }
    }
}

/// Why the destination keeps the export back.
fn refusal(standing: Option<&DestinationStanding>, panel: &GatePanel) -> Option<&'static str> {
    match standing {
        None => Some(strings::LOOKING_INTO),
        Some(DestinationStanding::Free) => None,
        Some(DestinationStanding::HoldsExport { .. }) => {
            (panel.typed.trim() != name_of(panel.wanted())).then_some(strings::CONFIRM_FIRST)
        }
        Some(DestinationStanding::Refused { .. }) => Some(strings::CHOOSE_ANOTHER),
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
    standing(ui, panel, view.standing.as_ref());
    if view.rows.iter().any(|row| row.demand == Some(GateDemand::Benchmark)) {
        benchmark(ui, panel, out);
    }
    if view.asks_faces {
        ui.checkbox(&mut panel.faces_accepted, strings::FACES);
    }
    ui.add_space(4.0);
    export_button(ui, panel, &view, out);
    progress(ui, panel, &session.export, out);
    ui.separator();
    ui.label(RichText::new(strings::BLOCKS).strong());
    if view.rows.is_empty() {
        ui.label(RichText::new(strings::NOTHING_BLOCKS).color(tone(ui, Tone::Green)));
    }
    if let Some(sample) = &view.sample {
        let judged = sample.judged();
        let drawn = sample.frames.len();
        let leaks = strings::count(sample.leaks(), "leak", "leaks");
        let words = format!(
            "Sample of {} that nobody saw: {judged} of {drawn} judged, {leaks}; with 95 % confidence \
             at most {:.1} % of them leak",
            strings::count(sample.population, "frame", "frames"),
            sample.bound()
        );
        ui.label(RichText::new(words).color(tone(ui, Tone::Accent)));
    }
    overriding(ui, panel, out);
    blocks(ui, panel, &view, out);
}

/// Asks whether a profile that is for a benchmark only is used for one.
fn benchmark(ui: &mut Ui, panel: &mut GatePanel, out: &mut Vec<Intent>) {
    ui.horizontal_wrapped(|ui| {
        let label = ui.label(RichText::new(strings::BENCHMARK_ASK).color(tone(ui, Tone::Amber)));
        let edit = TextEdit::singleline(&mut panel.benchmark).desired_width(120.0);
        ui.add(edit).labelled_by(label.id).accessible_name(strings::BENCHMARK_WORD);
        let is_typed = panel.benchmark.trim() == BENCHMARK;
        if ui.add_enabled(is_typed, Button::new(strings::BENCHMARK_SAY)).clicked() {
            let typed = std::mem::take(&mut panel.benchmark);
            out.push(Command::Export(ExportCommand::ForBenchmark { typed }).into());
        }
    });
}

/// Asks why an export may go without something that the profile demands.
fn overriding(ui: &mut Ui, panel: &mut GatePanel, out: &mut Vec<Intent>) {
    let Some((demand, reason)) = &mut panel.overriding else { return };
    let demand = *demand;
    let mut is_through = false;
    ui.horizontal_wrapped(|ui| {
        let words = format!("{} {}:", strings::OVERRIDE_WHY, demand.title());
        let label = ui.label(RichText::new(words).color(tone(ui, Tone::Amber)));
        let edit = TextEdit::singleline(reason).desired_width(320.0);
        let edit = ui.add(edit).labelled_by(label.id);
        edit.accessible_name(strings::OVERRIDE_REASON);
        let is_typed = !reason.trim().is_empty();
        if ui.add_enabled(is_typed, Button::new(strings::OVERRIDE_NOW)).clicked() {
            let reason = reason.trim().to_owned();
            out.push(Command::Export(ExportCommand::Override { demand, reason }).into());
            is_through = true;
        }
        is_through |= ui.button(strings::OVERRIDE_NOT).clicked();
    });
    if is_through {
        panel.overriding = None;
    }
}

fn destination(ui: &mut Ui, panel: &mut GatePanel, out: &mut Vec<Intent>) {
    ui.horizontal(|ui| {
        let label = ui.label(strings::DESTINATION);
        let width = (ui.available_width() - 190.0).clamp(120.0, 620.0);
        let edit = TextEdit::singleline(&mut panel.destination)
            .hint_text(strings::DESTINATION_HINT)
            .desired_width(width);
        let edit = ui.add(edit).labelled_by(label.id);
        if edit.changed() {
            panel.typed.clear();
        }
        let pass = ui.ctx().cumulative_pass_nr();
        if pass > panel.drawn + 1 {
            // Who comes here by keyboard goes on by keyboard.
            edit.request_focus();
        }
        panel.drawn = pass;
        panel.entered = edit.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if ui.button(strings::CHOOSE).clicked() {
            out.push(UiIntent::AskFolder(Ask::Destination).into());
        }
    });
    if panel.wanted() != panel.asked {
        panel.asked = panel.wanted().to_owned();
        if !panel.asked.is_empty() {
            out.push(UiIntent::LookInto(PathBuf::from(&panel.asked)).into());
        }
    }
}

/// How the destination stands, and the one typed confirmation there is.
fn standing(ui: &mut Ui, panel: &mut GatePanel, standing: Option<&DestinationStanding>) {
    let Some(standing) = standing.filter(|_| !panel.wanted().is_empty()) else { return };
    match standing {
        DestinationStanding::Free => {
            ui.label(RichText::new(strings::DESTINATION_FREE).color(tone(ui, Tone::Green)));
        }
        DestinationStanding::Refused { why } => {
            let words = RichText::new(one_line(why)).color(tone(ui, Tone::Red));
            ui.add(egui::Label::new(words).wrap());
        }
        DestinationStanding::HoldsExport { files } => {
            let files = strings::count(*files as u64, "file", "files");
            let words = format!("It holds an export of {files}. {}", strings::WILL_CHANGE);
            let words = RichText::new(words).color(tone(ui, Tone::Amber));
            ui.add(egui::Label::new(words).wrap());
            ui.horizontal_wrapped(|ui| {
                let name = name_of(panel.wanted());
                let label = ui.label(format!("To let it change, type its name: {name}"));
                let edit = TextEdit::singleline(&mut panel.typed).desired_width(180.0);
                let edit = ui.add(edit).labelled_by(label.id);
                edit.accessible_name(strings::CONFIRM_NAME);
            });
        }
    }
}

fn export_button(ui: &mut Ui, panel: &GatePanel, view: &GateView, out: &mut Vec<Intent>) {
    ui.horizontal(|ui| {
        let button = ui.add_enabled(view.refused.is_none(), Button::new(strings::EXPORT_NOW));
        let entered = panel.entered && view.refused.is_none();
        if button.clicked() || entered {
            let holds = matches!(view.standing, Some(DestinationStanding::HoldsExport { .. }));
            let confirm = ExportCommand::Confirm {
                destination: PathBuf::from(panel.wanted()),
                faces_accepted: panel.faces_accepted,
                into_existing: holds,
            };
            out.push(Command::Export(confirm).into());
        }
        let words = strings::count(view.approved as u64, "approved series", "approved series");
        let words = view.refused.map_or(words, str::to_owned);
        ui.label(RichText::new(words).color(tone(ui, Tone::Weak)));
    });
}

/// What is left of a job, from how long its steps took, such as `about 3 min left`.
fn time_left((done, total): Steps, seconds: f64) -> Option<String> {
    if done == 0 || seconds < 2.0 || done >= total {
        return None;
    }
    let left = seconds / done as f64 * (total - done) as f64;
    Some(match left {
        left if left < 60.0 => format!("about {:.0} s left", left.max(1.0)),
        left if left < 5400.0 => format!("about {:.0} min left", (left / 60.0).max(1.0)),
        left => format!("about {:.1} h left", left / 3600.0),
    })
}

fn progress(ui: &mut Ui, panel: &mut GatePanel, export: &Export, out: &mut Vec<Intent>) {
    let now = ui.input(|input| input.time);
    let Export::Running { steps: (done, total), cancelled } = export else {
        panel.begun = None;
        if let Export::Failed(why) = export {
            ui.add_space(4.0);
            let words = RichText::new(format!("The export stopped: {}", one_line(why)));
            ui.add(egui::Label::new(words.color(tone(ui, Tone::Red))).wrap());
        }
        return;
    };
    let seconds = now - *panel.begun.get_or_insert(now);
    let part = if *total == 0 { 0.0 } else { *done as f32 / *total as f32 };
    let mut words = format!(
        "{} of {}",
        strings::grouped(*done as u64),
        strings::count(*total as u64, "instance", "instances"),
    );
    if let Some(left) = time_left((*done, *total), seconds) {
        words.push_str(&format!(", {left}"));
    }
    ui.add_space(4.0);
    ui.label(strings::EXPORTING);
    ui.horizontal(|ui| {
        ui.add(ProgressBar::new(part).text(words).desired_width(520.0));
        if *cancelled {
            ui.label(strings::CANCELLING);
        } else if ui.button(strings::CANCEL_EXPORT).clicked() {
            out.push(UiIntent::CancelExport.into());
        }
    });
}

fn blocks(ui: &mut Ui, panel: &mut GatePanel, view: &GateView, out: &mut Vec<Intent>) {
    ScrollArea::vertical().id_salt("gate").auto_shrink(false).show_rows(
        ui,
        theme::ROW,
        view.rows.len(),
        |ui, range| {
            let first = range.start;
            for (at, row) in view.rows.get(range).unwrap_or(&[]).iter().enumerate() {
                ui.horizontal(|ui| block(ui, (panel, view), row, (first + at + 1, out)));
            }
        },
    );
}

fn block(
    ui: &mut Ui,
    (panel, view): (&mut GatePanel, &GateView),
    row: &GateRow,
    (number, out): (usize, &mut Vec<Intent>),
) {
    let (letter, word, kind) = if row.must_answer {
        ("!", strings::MUST_ANSWER, Tone::Red)
    } else {
        ("–", strings::STAYS_OUT, Tone::Weak)
    };
    let words = RichText::new(format!("{letter} {word}")).color(tone(ui, kind));
    let place = ui.available_rect_before_wrap();
    ui.label(words);
    ui.add_space((place.min.x + 128.0 - ui.cursor().min.x).max(0.0));
    if let Some((command, place)) = mended_at(row)
        && go_button(ui, row, &format!("Go to the {place} of line {number}")).clicked()
    {
        out.push(command.into());
    }
    if let Some(demand) = row.demand {
        demanded(ui, (panel, view), (demand, row), (number, out));
    }
    let mut words = one_line(&row.words);
    if row.demand == Some(GateDemand::Signed) {
        // Nobody signs what does not stand there.
        words = format!("{words}: “{}”", strings::STATEMENT);
    }
    ui.add(egui::Label::new(&words).truncate()).on_hover_text(words);
}

/// How a demand of the profile is met here, or overridden.
fn demanded(
    ui: &mut Ui,
    (panel, view): (&mut GatePanel, &GateView),
    (demand, row): (GateDemand, &GateRow),
    (number, out): (usize, &mut Vec<Intent>),
) {
    let is_drawn = view.sample.as_ref().is_some_and(|it| it.open().next().is_some());
    let met = match (demand, &row.series) {
        (GateDemand::Sample, _) if is_drawn => {
            Some((strings::NEXT_SAMPLED, ExportCommand::NextSampled))
        }
        (GateDemand::Sample, _) => Some((strings::DRAW, ExportCommand::Draw)),
        (GateDemand::Signed, _) => {
            let statement = strings::STATEMENT.to_owned();
            Some((strings::SIGN, ExportCommand::Sign { statement }))
        }
        (GateDemand::Problems, _) => Some((strings::SEEN_PROBLEMS, ExportCommand::SeenProblems)),
        (GateDemand::Faces, Some(series)) => {
            Some((strings::FACE_MAY_GO, ExportCommand::ReleaseFace(series.clone())))
        }
        _ => None,
    };
    if let Some((words, command)) = met
        && ui.button(words).accessible_name(format!("{words}, line {number}")).clicked()
    {
        out.push(Command::Export(command).into());
    }
    if !demand.can_be_overridden() {
        return;
    }
    let name = format!("{} line {number}", strings::OVERRIDE);
    let button = ui.button(strings::OVERRIDE).on_hover_text(strings::OVERRIDE_HINT);
    if button.accessible_name(name).clicked() {
        panel.overriding = Some((demand, String::new()));
    }
}

/// Where a line is mended, and what that is called.
fn mended_at(row: &GateRow) -> Option<(Command, &'static str)> {
    if let Some(patients) = &row.question {
        return Some((Command::Identity(IdentityCommand::Show(patients.clone())), "question"));
    }
    let series = row.series.clone()?;
    Some((Command::Select(SelectCommand::Series(series)), "series"))
}

fn go_button(ui: &mut Ui, row: &GateRow, name: &str) -> egui::Response {
    let (patient, label) = (one_line(row.patient.expose()), one_line(row.label.expose()));
    let label = if label.trim().is_empty() { "(no description)".to_owned() } else { label };
    let label = format!("{} {label}", row.modality).trim_start().to_owned();
    let whole = format!("{label}\n{patient}");
    let width = (ui.available_width() * 0.34).clamp(160.0, 380.0);
    // Words begin at the left; what is left of the button stays empty.
    let words = (RichText::new(label), egui::Atom::grow());
    let button = Button::new(words).truncate().min_size(egui::vec2(width, theme::ROW - 2.0));
    let go = ui.scope(|ui| {
        ui.set_max_width(width);
        ui.add(button)
    });
    go.inner.on_hover_text(whole.trim_end()).accessible_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panel(destination: &str, typed: &str) -> GatePanel {
        GatePanel { destination: destination.into(), typed: typed.into(), ..GatePanel::default() }
    }

    #[test]
    fn an_export_changes_only_after_its_name_was_typed() {
        let holds = DestinationStanding::HoldsExport { files: 3 };
        let refused = |typed| refusal(Some(&holds), &panel("/data/out ", typed));
        assert_eq!(refused(""), Some(strings::CONFIRM_FIRST));
        assert_eq!(refused("OUT"), Some(strings::CONFIRM_FIRST));
        assert_eq!(refused(" out "), None);
        assert_eq!(refusal(Some(&DestinationStanding::Free), &panel("/data/out", "")), None);
        assert!(refusal(None, &panel("/data/out", "out")).is_some());
        let refused = DestinationStanding::Refused { why: String::new() };
        assert!(refusal(Some(&refused), &panel("/data/out", "out")).is_some());
    }

    #[test]
    fn the_time_left_is_told_when_it_can_be_known() {
        assert_eq!(time_left((0, 10), 60.0), None);
        assert_eq!(time_left((1, 10), 1.0), None);
        assert_eq!(time_left((5, 10), 10.0).unwrap(), "about 10 s left");
        assert_eq!(time_left((1, 10), 20.0).unwrap(), "about 3 min left");
        assert_eq!(time_left((1, 1001), 60.0).unwrap(), "about 16.7 h left");
        assert_eq!(time_left((10, 10), 60.0), None);
    }
}
