//! On the right: what was found on the frame shown, and the answers.

use egui::{FontId, RichText, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::model::FindingAnswer;
use crate::review::{Command, FindingCommand, FindingRef, FindingState, SelectCommand};
use crate::ui::intent::Intent;
use crate::ui::session::Session;
use crate::ui::strings;
use crate::ui::text::{elided, one_line};
use crate::ui::theme::{self, Tone, tone};

/// Height of one finding with its buttons.
const HEIGHT: f32 = 58.0;

/// A finding as its line shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Names it in commands.
    pub finding: FindingRef,
    /// One letter for how it stands.
    pub letter: &'static str,
    /// What was read.
    pub text: String,
    /// Source, confidence, place.
    pub detail: String,
    /// How it stands.
    pub state: FindingState,
    /// Whether it is selected.
    pub selected: bool,
    /// Its accessible name.
    pub name: String,
}

/// The panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FindingsView {
    /// Findings of the frame.
    pub lines: Vec<Line>,
    /// What is known of the frame where there is none.
    pub coverage: String,
}

impl FindingsView {
    /// The findings of the frame shown.
    pub fn of(session: &Session) -> Option<Self> {
        let selection = session.state.selection();
        let instance = selection.instance.as_ref()?;
        let rows = session.state.finding_rows(instance, selection.frame);
        let frames = session.state.findings_of(instance);
        let frame = frames.iter().find(|found| found.frame == selection.frame);
        let lines = rows.iter().enumerate().map(|(at, row)| {
            let read = one_line(row.text.expose());
            let text = if read.is_empty() { strings::NOTHING_READ.to_owned() } else { read };
            let region = row.finding.region;
            let (letter, word) = strings::finding_state(row.state);
            let pending = if row.pending { ", saving…" } else { "" };
            let detail = format!(
                "{word}{pending}; {}, box {} %, text {} %; at {},{} {}×{}",
                strings::source(row.source),
                row.score,
                row.read_confidence,
                region.x0,
                region.y0,
                region.width(),
                region.height(),
            );
            let name = format!("Finding {}, {text}, {word}", at + 1);
            let (finding, state, selected) = (row.finding.clone(), row.state, row.selected);
            Line { finding, letter, text, detail, state, selected, name }
        });
        let lines = lines.collect();
        Some(Self { lines, coverage: strings::coverage(frame.map(|found| &found.coverage)) })
    }
}

/// The tone of a finding's state.
const fn state_tone(state: FindingState) -> Tone {
    match state {
        FindingState::Open => Tone::Amber,
        FindingState::Masked => Tone::Red,
        FindingState::Kept => Tone::Green,
    }
}

/// Draws the findings.
pub(super) fn findings_panel(ui: &mut Ui, view: Option<&FindingsView>, out: &mut Vec<Intent>) {
    ui.add_space(4.0);
    let lines = view.map_or(&[][..], |view| &view.lines);
    let open = lines.iter().filter(|line| line.state == FindingState::Open).count();
    ui.horizontal(|ui| {
        let words = format!("{} ({})", strings::FINDINGS, lines.len());
        ui.label(RichText::new(words).strong());
        if open > 0 {
            ui.label(RichText::new(format!("{open} open")).color(tone(ui, Tone::Amber)));
            let button = ui.button("Mask all open").on_hover_text("A, at the current scope");
            if button.clicked() {
                let all = FindingCommand::AnswerShown(FindingAnswer::Mask);
                out.push(Command::Finding(all).into());
            }
        }
    });
    if let Some(view) = view.filter(|view| view.lines.is_empty()) {
        ui.label(RichText::new(&view.coverage).color(tone(ui, Tone::Weak)));
        return;
    }
    ui.spacing_mut().item_spacing.y = 2.0;
    ScrollArea::vertical().id_salt("findings").auto_shrink(false).show_rows(
        ui,
        HEIGHT,
        lines.len(),
        |ui, range| {
            let first = range.start;
            for (at, line) in lines.get(range).unwrap_or(&[]).iter().enumerate() {
                draw(ui, line, (first + at + 1, out));
            }
        },
    );
}

fn draw(ui: &mut Ui, line: &Line, (number, out): (usize, &mut Vec<Intent>)) {
    let size = vec2(ui.available_width(), HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, line.selected, &line.name));
    let visuals = ui.visuals();
    let back = if line.selected { visuals.selection.bg_fill } else { visuals.faint_bg_color };
    ui.painter().rect_filled(rect, 4.0, back);
    let bar = egui::Rect::from_min_size(rect.min, vec2(3.0, rect.height()));
    let state = tone(ui, state_tone(line.state));
    ui.painter().rect_filled(bar, 2.0, state);
    let mono = FontId::monospace(theme::BODY);
    let at = rect.min + vec2(12.0, 5.0);
    ui.painter().text(at, egui::Align2::LEFT_TOP, line.letter, mono, state);
    let plain = tone(ui, Tone::Plain);
    let body = FontId::proportional(theme::BODY);
    let galley = elided(ui.painter(), &line.text, (body, plain), rect.width() - 38.0);
    ui.painter().galley(at + vec2(16.0, 0.0), galley, plain);
    let weak = tone(ui, Tone::Weak);
    let small = FontId::proportional(theme::SMALL);
    let room = rect.width() - 158.0;
    let galley = elided(ui.painter(), &line.detail, (small, weak), room);
    ui.painter().galley(pos2(rect.min.x + 12.0, rect.max.y - 22.0), galley, weak);
    if response.clicked() {
        out.push(Command::Select(SelectCommand::Finding(line.finding.clone())).into());
    }
    response.on_hover_text(format!("{}\n{}", line.text, line.detail));
    answers(ui, line, (rect, number), out);
}

fn answers(ui: &mut Ui, line: &Line, (rect, number): (egui::Rect, usize), out: &mut Vec<Intent>) {
    let choices = [
        (FindingAnswer::Mask, strings::MASK_IT, FindingState::Masked, "Y"),
        (FindingAnswer::Keep, strings::KEEP_IT, FindingState::Kept, "N"),
    ];
    for (at, (answer, words, state, key)) in choices.into_iter().enumerate() {
        let min = pos2(rect.max.x - 134.0 + at as f32 * 66.0, rect.max.y - 28.0);
        let place = egui::Rect::from_min_size(min, vec2(62.0, 23.0));
        let chosen = line.state == state;
        let stroke = egui::Stroke::new(1.5, tone(ui, state_tone(state)));
        let button = egui::Button::new(words);
        let button = if chosen { button.stroke(stroke) } else { button };
        let button = ui.put(place, button).on_hover_text(format!("{key}, at the current scope"));
        if button.accessible_name(format!("{words} finding {number}")).clicked() {
            let answer = FindingCommand::Answer(line.finding.clone(), answer);
            out.push(Command::Finding(answer).into());
        }
    }
}
