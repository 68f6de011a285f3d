//! On the right: what was found on the frame shown, and the answers.

use egui::{FontId, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::model::{FindingAnswer, MaskId};
use crate::review::{
    Command, FindingCommand, FindingRef, FindingState, MaskCommand, MaskRow, ScopeLevel,
    SelectCommand,
};
use crate::ui::follow;
use crate::ui::intent::{Intent, UiIntent};
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

/// A mask as its line shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MaskLine {
    /// Names it in commands.
    pub id: MaskId,
    /// How far it reaches, in words.
    pub title: String,
    /// Its place.
    pub detail: String,
    /// Whether this frame was taken out of it.
    pub excepted: bool,
    /// What is narrower than the mask, and can be taken out of it.
    pub narrower: Vec<ScopeLevel>,
    /// Whether it is selected.
    pub selected: bool,
    /// Its accessible name.
    pub name: String,
}

impl MaskLine {
    fn of((number, row): (usize, &MaskRow), selected: bool) -> Self {
        let reach = match row.level {
            ScopeLevel::Frame => "this frame only",
            ScopeLevel::Instance => "every frame of this instance",
            ScopeLevel::Series => "the whole series",
            ScopeLevel::Group => "the whole look-alike group",
            ScopeLevel::Batch => "the whole batch",
        };
        let state = match (row.excepted, row.applies, row.pending) {
            (_, _, true) => strings::SAVING,
            (true, ..) => "not on this frame",
            (_, true, _) => "painted over",
            _ => "for images of another size",
        };
        let narrower = [ScopeLevel::Frame, ScopeLevel::Instance];
        let narrower = narrower.into_iter().filter(|level| *level < row.level).collect();
        let region = row.region;
        Self {
            id: row.id,
            title: format!("Mask of {reach}"),
            detail: format!(
                "{state}; {}×{} at {},{}",
                region.width(),
                region.height(),
                region.x0,
                region.y0
            ),
            excepted: row.excepted,
            narrower,
            selected,
            name: format!("Mask {number}, {reach}, {state}"),
        }
    }
}

/// The panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FindingsView {
    /// Findings of the frame.
    pub lines: Vec<Line>,
    /// Masks that reach the frame.
    pub masks: Vec<MaskLine>,
    /// Places that are painted over because of answers on other frames.
    pub elsewhere: usize,
    /// What is known of the frame where there is none.
    pub coverage: String,
}

impl FindingsView {
    /// The findings and masks of the frame shown; `chosen` is the selected mask.
    pub fn of(session: &Session, chosen: Option<MaskId>) -> Option<Self> {
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
            let proposal = row.proposal.map(strings::proposal).unwrap_or_default();
            let detail = format!(
                "{word}{pending}; {proposal}box {} %, text {} %; {}×{} at {},{}; {}",
                row.score,
                row.read_confidence,
                region.width(),
                region.height(),
                region.x0,
                region.y0,
                strings::source(row.source),
            );
            let name = format!("Finding {}, {text}, {word}", at + 1);
            let (finding, state, selected) = (row.finding.clone(), row.state, row.selected);
            Line { finding, letter, text, detail, state, selected, name }
        });
        let lines = lines.collect();
        let masks = session.state.mask_rows(instance, selection.frame);
        let masks = masks.iter().filter(|row| !row.going).enumerate();
        let masks =
            masks.map(|(at, row)| MaskLine::of((at + 1, row), chosen == Some(row.id))).collect();
        let coverage = match session.has_pixels() {
            true => strings::coverage(frame.map(|found| &found.coverage)),
            false => strings::NO_PIXELS_TO_SEARCH.to_owned(),
        };
        let elsewhere = session.state.painted_elsewhere(instance, selection.frame).len();
        Some(Self { lines, masks, elsewhere, coverage })
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
    let masks = view.map_or(&[][..], |view| &view.masks);
    ui.horizontal_wrapped(|ui| {
        let words = format!("{} ({})", strings::FINDINGS, lines.len());
        ui.label(RichText::new(words).strong());
        if !masks.is_empty() {
            let words = format!("{} ({})", strings::MASKS, masks.len());
            ui.label(RichText::new(words).strong());
        }
        if open > 0 {
            ui.label(RichText::new(format!("{open} open")).color(tone(ui, Tone::Amber)));
            for (answer, words, key) in [
                (FindingAnswer::Mask, "Mask all open", "A"),
                (FindingAnswer::Keep, "Keep all open", "Shift+A"),
            ] {
                let hover = format!("{key}: those of this frame, at the current scope");
                if ui.button(words).on_hover_text(hover).clicked() {
                    out.push(Command::Finding(FindingCommand::AnswerShown(answer)).into());
                }
            }
        }
    });
    if let Some(view) = view.filter(|view| view.lines.is_empty()) {
        let words = RichText::new(&view.coverage).color(tone(ui, Tone::Weak));
        ui.add(egui::Label::new(words).wrap());
    }
    if let Some(count) = view.map(|view| view.elsewhere).filter(|count| *count > 0) {
        let places = strings::count(count as u64, "place", "places");
        let words = format!("{places} painted over by answers on other frames");
        ui.label(RichText::new(words).color(tone(ui, Tone::Red)));
    }
    ui.spacing_mut().item_spacing.y = 4.0;
    // Masks come first: they are few, and made by hand.
    let mask = masks.iter().position(|mask| mask.selected);
    let line = lines.iter().position(|line| line.selected).map(|at| at + masks.len());
    let count = (masks.len() + lines.len(), line.or(mask));
    follow::rows(ui, ("findings", HEIGHT), count, |ui, range| {
        for at in range {
            let finding = at.saturating_sub(masks.len());
            match (masks.get(at), lines.get(finding)) {
                (Some(mask), _) => draw_mask(ui, mask, (at + 1, out)),
                (None, Some(line)) => draw(ui, line, (finding + 1, out)),
                _ => {}
            }
        }
    });
}

/// Draws a line's back, its bar and letter, and its two texts; `buttons` is what is kept free.
fn frame(
    ui: &mut Ui,
    (title, detail, letter): (&str, &str, &str),
    (kind, selected, name): (Tone, bool, &str),
    buttons: f32,
) -> (egui::Rect, egui::Response) {
    let size = vec2(ui.available_width(), HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, name));
    let visuals = ui.visuals();
    let back = if selected { visuals.selection.bg_fill } else { visuals.faint_bg_color };
    ui.painter().rect_filled(rect, 4.0, back);
    let bar = egui::Rect::from_min_size(rect.min, vec2(3.0, rect.height()));
    let state = tone(ui, kind);
    ui.painter().rect_filled(bar, 2.0, state);
    let mono = FontId::monospace(theme::BODY);
    let at = rect.min + vec2(12.0, 5.0);
    ui.painter().text(at, egui::Align2::LEFT_TOP, letter, mono, state);
    let plain = tone(ui, Tone::Plain);
    let body = FontId::proportional(theme::BODY);
    let galley = elided(ui.painter(), title, (body, plain), rect.width() - 38.0);
    ui.painter().galley(at + vec2(16.0, 0.0), galley, plain);
    let weak = tone(ui, Tone::Weak);
    let small = FontId::proportional(theme::SMALL);
    let galley = elided(ui.painter(), detail, (small, weak), rect.width() - buttons - 24.0);
    ui.painter().galley(pos2(rect.min.x + 12.0, rect.max.y - 22.0), galley, weak);
    let response = response.on_hover_text(format!("{title}\n{detail}"));
    (rect, response)
}

fn draw_mask(ui: &mut Ui, line: &MaskLine, (number, out): (usize, &mut Vec<Intent>)) {
    let kind = if line.excepted { Tone::Weak } else { Tone::Red };
    let letter = if line.excepted { "–" } else { "M" };
    let words = (line.title.as_str(), line.detail.as_str(), letter);
    let (rect, response) = frame(ui, words, (kind, line.selected, &line.name), 156.0);
    if response.clicked() {
        out.push(UiIntent::SelectMask(line.id).into());
    }
    let place = |at: f32, width: f32| {
        let min = pos2(rect.max.x - at, rect.max.y - 28.0);
        egui::Rect::from_min_size(min, vec2(width, 23.0))
    };
    let delete = ui.put(place(70.0, 66.0), egui::Button::new(strings::DELETE));
    if delete.accessible_name(format!("Delete mask {number}")).clicked() {
        out.push(Command::Mask(MaskCommand::Remove(line.id)).into());
    }
    let left = place(160.0, 86.0);
    if line.excepted {
        let again = ui.put(left, egui::Button::new(strings::MASK_AGAIN));
        let again = again.on_hover_text("paints this frame, and only this, again");
        if again.accessible_name(format!("Mask this frame again {number}")).clicked() {
            out.push(Command::Mask(MaskCommand::Again(line.id)).into());
        }
    } else if !line.narrower.is_empty() {
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(left));
        let opened = child.menu_button(format!("{}…", strings::NOT_ON), |ui| {
            for level in &line.narrower {
                let button = ui.button(format!("this {}", level.as_str()));
                let name = format!("{} this {}", strings::NOT_ON, level.as_str());
                if button.accessible_name(name).clicked() {
                    out.push(Command::Mask(MaskCommand::Except(line.id, *level)).into());
                    ui.close();
                }
            }
        });
        opened.response.accessible_name(format!("Take out of mask {number}"));
    }
}

fn draw(ui: &mut Ui, line: &Line, (number, out): (usize, &mut Vec<Intent>)) {
    let words = (line.text.as_str(), line.detail.as_str(), line.letter);
    let how = (state_tone(line.state), line.selected, line.name.as_str());
    let (rect, response) = frame(ui, words, how, 134.0);
    if response.clicked() {
        out.push(Command::Select(SelectCommand::Finding(line.finding.clone())).into());
    }
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
