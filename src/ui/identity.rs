//! Whose files these are: the list of questions on the left, and one of them in the middle.

use std::collections::BTreeSet;

use egui::text::LayoutJob;
use egui::{
    Button, FontId, Grid, Key, Label, RichText, Role, ScrollArea, Sense, TextFormat, Ui,
    WidgetInfo, vec2,
};

use crate::model::{Phi, SeriesUid};
use crate::review::{
    Choice, Command, IdentityCommand, PersonSaid, QuestionRow, QuestionState, Screen,
    SelectCommand, ViewCommand,
};
use crate::ui::follow;
use crate::ui::intent::Intent;
use crate::ui::keys::{self, Action, Moment};
use crate::ui::session::Session;
use crate::ui::strings;
use crate::ui::text::{elided, one_line};
use crate::ui::theme::{self, Tone, tone};

/// Columns that are drawn; the rest is counted.
const MOST_PEOPLE: usize = 12;
/// Values, paths or series that are listed in one cell.
const MOST_LINES: usize = 4;
/// Height that the answers need, in points.
const ANSWERS: f32 = 96.0;
/// Between two columns, in points.
const BETWEEN: f32 = 14.0;
/// Width of the names of the rows, in points.
const NAMES: f32 = 118.0;
/// The place of the birth date among what files say.
const BORN: usize = 3;

/// A letter and a colour for how a question stands.
const fn sign(state: QuestionState) -> (&'static str, Tone) {
    match state {
        QuestionState::Saving => ("…", Tone::Accent),
        QuestionState::Holds | QuestionState::InVain => ("!", Tone::Red),
        QuestionState::Changed => ("!", Tone::Amber),
        QuestionState::Listed => ("?", Tone::Weak),
        QuestionState::Answered => ("●", Tone::Green),
    }
}

/// The second line of a question in the list.
fn in_short(row: &QuestionRow) -> String {
    let matter = row.matter.first().map(String::as_str).unwrap_or_default();
    let more = match row.matter.len() {
        0 | 1 => String::new(),
        count => format!(" (+{} more)", count - 1),
    };
    match row.state {
        QuestionState::Holds => format!("held: {matter}{more}"),
        QuestionState::Listed => format!("{matter}{more}"),
        QuestionState::InVain => "held: the answer does not tell them apart".to_owned(),
        QuestionState::Changed => "answer again: files say something new".to_owned(),
        QuestionState::Saving | QuestionState::Answered => row.words.clone(),
    }
}

/// Draws the list of questions.
pub(super) fn identity_lane(ui: &mut Ui, session: &Session, out: &mut Vec<Intent>) {
    let rows = &session.rows.questions;
    let holding = session.rows.counts.questions;
    ui.add_space(4.0);
    let (words, kind) = match holding {
        0 => (format!("{} ({})", strings::IDENTITY, rows.len()), Tone::Weak),
        open => (format!("{} ({open} open)", strings::IDENTITY), Tone::Red),
    };
    ui.label(RichText::new(words).strong().color(tone(ui, kind)));
    ui.spacing_mut().item_spacing.y = 0.0;
    let on = session.state.view().screen == Screen::Identity;
    let shown = rows.iter().position(|row| row.shown).filter(|_| on);
    follow::rows(ui, ("identity lane", theme::TALL_ROW), (rows.len(), shown), |ui, range| {
        let first = range.start;
        for (at, row) in rows.get(range).unwrap_or(&[]).iter().enumerate() {
            lane_row(ui, row, (first + at + 1, on && row.shown), out);
        }
    });
}

fn lane_row(
    ui: &mut Ui,
    row: &QuestionRow,
    (number, chosen): (usize, bool),
    out: &mut Vec<Intent>,
) {
    let size = vec2(ui.available_width(), theme::TALL_ROW);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let ((letter, kind), label) = (sign(row.state), one_line(row.label.expose()));
    let second = format!("{letter} {}", in_short(row));
    let name = format!("Question {number}: {label}: {}", in_short(row));
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, &name));
    if chosen {
        ui.painter().rect_filled(rect, 4.0, ui.visuals().selection.bg_fill);
    } else if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, 4.0, ui.visuals().faint_bg_color);
    }
    let (plain, colour) = (tone(ui, Tone::Plain), tone(ui, kind));
    let (body, small) = (FontId::proportional(theme::BODY), FontId::proportional(theme::SMALL));
    let width = rect.width() - 10.0;
    let first = elided(ui.painter(), &label, (body, plain), width);
    ui.painter().galley(rect.min + vec2(4.0, 3.0), first, plain);
    let under = elided(ui.painter(), &second, (small, colour), width);
    ui.painter().galley(rect.min + vec2(4.0, 20.0), under, colour);
    if response.clicked() {
        out.push(Command::Identity(IdentityCommand::Show(row.patients.clone())).into());
    }
    response.on_hover_text(format!("{label}\n{}\n{}", row.matter.join("\n"), row.words));
}

/// Draws the question that is shown.
pub(super) fn identity_panel(
    ui: &mut Ui,
    session: &Session,
    moment: &Moment,
    out: &mut Vec<Intent>,
) {
    let rows = &session.rows.questions;
    ui.add_space(6.0);
    ui.heading(strings::WHOSE_FILES);
    let Some((at, row)) = rows.iter().enumerate().find(|(_, row)| row.shown) else {
        let none = match session.index {
            Some(_) => strings::QUESTIONS_LATER,
            None => strings::NO_QUESTION,
        };
        ui.label(RichText::new(none).color(tone(ui, Tone::Weak)));
        return;
    };
    walk(ui, (at, rows.len()), moment, out);
    ui.add_space(6.0);
    let matter = capital(&row.matter.join("; "));
    ui.add(Label::new(RichText::new(matter).strong()).wrap());
    let (letter, kind) = sign(row.state);
    let words = RichText::new(format!("{letter} {}", capital(&row.words)));
    ui.add(Label::new(words.color(tone(ui, kind))).wrap());
    ui.add_space(8.0);
    // However long the table is, the answers stay in view.
    let height = (ui.available_height() - ANSWERS).max(120.0);
    let area = ScrollArea::both().id_salt("question").auto_shrink([false, true]);
    area.max_height(height).show(ui, |ui| people(ui, session, &row.people, out));
    ui.add_space(14.0);
    choices(ui, session, row, out);
}

/// The way from question to question, and back from an answer.
fn walk(ui: &mut Ui, (at, count): (usize, usize), moment: &Moment, out: &mut Vec<Intent>) {
    let mut by = 0;
    ui.horizontal_wrapped(|ui| {
        let words = format!("Question {} of {count}", at + 1);
        ui.label(RichText::new(words).color(tone(ui, Tone::Weak)));
        for (words, step, key, there) in [
            (strings::QUESTION_BEFORE, -1, "Up", at > 0),
            (strings::NEXT_QUESTION, 1, "Down", at + 1 < count),
        ] {
            let button = Button::new(words).shortcut_text(RichText::new(key).small());
            if ui.add_enabled(there, button).accessible_name(words).clicked() {
                by = step;
            }
        }
        ui.separator();
        for (action, words) in [(Action::Undo, "Undo"), (Action::Redo, "Redo")] {
            let asked = ui.button(words).on_hover_text(keys::keys_of(action));
            if asked.accessible_name(words).clicked() {
                out.extend(keys::intent(action, moment));
            }
        }
    });
    let pressed = ui.input(|input| {
        i32::from(input.key_pressed(Key::ArrowDown)) - i32::from(input.key_pressed(Key::ArrowUp))
    });
    if by + pressed != 0 {
        out.push(Command::Identity(IdentityCommand::Step(by + pressed)).into());
    }
}

/// What the files say, a column for each whom they tell apart.
fn people(ui: &mut Ui, session: &Session, people: &[PersonSaid], out: &mut Vec<Intent>) {
    let drawn = people.get(..MOST_PEOPLE.min(people.len())).unwrap_or(&[]);
    let room = ui.available_width() - NAMES - 20.0;
    let width = (room / drawn.len().max(1) as f32 - BETWEEN).clamp(160.0, 380.0);
    let grid = Grid::new("people").striped(true).spacing([BETWEEN, 6.0]);
    grid.show(ui, |ui| {
        cell(ui, NAMES, |_| {});
        for (at, _) in drawn.iter().enumerate() {
            cell(ui, width, |ui| {
                ui.label(RichText::new(column(at)).strong().color(tone(ui, Tone::Accent)));
            });
        }
        ui.end_row();
        for (what, name) in strings::SAID.into_iter().enumerate() {
            said(ui, (what, name), drawn, width);
        }
        plain_row(ui, strings::FILES, drawn, width, |ui, (_, person)| files(ui, person));
        plain_row(ui, strings::SERIES, drawn, width, |ui, (at, person)| {
            series(ui, session, (at, person), out);
        });
        plain_row(ui, strings::PSEUDONYM, drawn, width, |ui, (_, person)| {
            ui.label(RichText::new(one_line(&person.pseudonym)).monospace());
        });
    });
    if people.len() > drawn.len() {
        let more = strings::grouped((people.len() - drawn.len()) as u64);
        let words = format!("and {more} more whom the files tell apart");
        ui.label(RichText::new(words).color(tone(ui, Tone::Weak)));
    }
}

/// What stands over a column: `A`, `B`, …
fn column(at: usize) -> String {
    let letter = u8::try_from(at).map_or(b'?', |at| b'A'.saturating_add(at));
    char::from(letter).to_string()
}

fn cell(ui: &mut Ui, width: f32, draw: impl FnOnce(&mut Ui)) {
    ui.vertical(|ui| {
        ui.set_width(width);
        draw(ui);
    });
}

/// One attribute; that the files differ in it is said by a sign, too.
fn said(ui: &mut Ui, (what, name): (usize, &str), people: &[PersonSaid], width: f32) {
    let values = || people.iter().filter_map(|person| person.says.get(what));
    let differs = differ(values());
    let (sign, kind) = if differs { ("≠ ", Tone::Amber) } else { ("", Tone::Weak) };
    cell(ui, NAMES, |ui| {
        ui.label(RichText::new(format!("{sign}{name}")).color(tone(ui, kind)));
    });
    for value in values() {
        cell(ui, width, |ui| lines(ui, value, (what == BORN, differs)));
    }
    ui.end_row();
}

/// Whether two files say something and not the same.
fn differ<'a>(values: impl Iterator<Item = &'a Phi<BTreeSet<String>>>) -> bool {
    let given: Vec<_> = values.map(Phi::expose).filter(|value| !value.is_empty()).collect();
    given.windows(2).any(|pair| matches!(pair, [a, b] if a != b))
}

fn lines(ui: &mut Ui, values: &Phi<BTreeSet<String>>, (dated, differs): (bool, bool)) {
    let values = values.expose();
    if values.is_empty() {
        ui.label(RichText::new(strings::NOT_GIVEN).color(tone(ui, Tone::Weak)));
    }
    for value in values.iter().take(MOST_LINES) {
        let words = if dated { day(value) } else { one_line(value) };
        let words = RichText::new(words);
        let words = if differs { words.strong() } else { words };
        ui.add(Label::new(words).wrap());
    }
    more(ui, values.len());
}

fn more(ui: &mut Ui, count: usize) {
    if count > MOST_LINES {
        let words = format!("and {} more", strings::grouped((count - MOST_LINES) as u64));
        ui.label(RichText::new(words).small().color(tone(ui, Tone::Weak)));
    }
}

/// `19700102` as `1970-01-02`; all else as it stands.
fn day(value: &str) -> String {
    match (value.get(..4), value.get(4..6), value.get(6..8)) {
        (Some(year), Some(month), Some(day))
            if value.len() == 8 && value.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            format!("{year}-{month}-{day}")
        }
        _ => one_line(value),
    }
}

fn plain_row(
    ui: &mut Ui,
    name: &str,
    people: &[PersonSaid],
    width: f32,
    mut draw: impl FnMut(&mut Ui, (usize, &PersonSaid)),
) {
    cell(ui, NAMES, |ui| {
        ui.label(RichText::new(name).color(tone(ui, Tone::Weak)));
    });
    for (at, person) in people.iter().enumerate() {
        cell(ui, width, |ui| draw(ui, (at, person)));
    }
    ui.end_row();
}

fn files(ui: &mut Ui, person: &PersonSaid) {
    ui.label(strings::count(person.files as u64, "file", "files"));
    for path in person.paths.iter().take(MOST_LINES) {
        let path = one_line(&path.expose().to_string_lossy());
        let words = RichText::new(&path).small().color(tone(ui, Tone::Weak));
        ui.add(Label::new(words).truncate()).on_hover_text(path);
    }
    more(ui, person.files);
}

/// A person's series, each a way to look at it.
fn series(
    ui: &mut Ui,
    session: &Session,
    (column_at, person): (usize, &PersonSaid),
    out: &mut Vec<Intent>,
) {
    for (at, uid) in person.series.iter().take(MOST_LINES).enumerate() {
        let button = Button::new(series_words(session, uid)).truncate();
        let name = format!("Go to series {} of {}", at + 1, column(column_at));
        if ui.add(button).accessible_name(name).clicked() {
            out.push(Command::Select(SelectCommand::Series(uid.clone())).into());
        }
    }
    more(ui, person.series.len());
}

fn series_words(session: &Session, uid: &SeriesUid) -> String {
    let Some(entry) = session.state.outline().one_series(uid) else { return String::new() };
    let label = one_line(entry.label.expose());
    let label = if label.trim().is_empty() { "(no description)".to_owned() } else { label };
    format!("{} {label}", entry.modality)
}

/// The answers, each with what follows from it.
fn choices(ui: &mut Ui, session: &Session, row: &QuestionRow, out: &mut Vec<Intent>) {
    let is_answered = row.choices.iter().any(|choice| choice.chosen);
    let saves = row.state == QuestionState::Saving;
    ui.horizontal_wrapped(|ui| {
        for choice in &row.choices {
            if choice_button(ui, choice, !saves).clicked() {
                let command = IdentityCommand::Answer(row.patients.clone(), choice.answer);
                out.push(Command::Identity(command).into());
            }
        }
        let on = match (is_answered, row.state) {
            (true, _) if !others_hold(session, row) => return,
            (true, _) => (strings::GO_ON, strings::ANOTHER_HOLDS),
            (false, QuestionState::Listed) => (strings::LEAVE_OPEN, strings::STAY_LISTED),
            (false, _) => (strings::LEAVE_OPEN, strings::STAY_HELD),
        };
        if big_button(ui, (on.0, on.1, false), !saves).clicked() {
            out.push(next_or_back(session, row));
        }
    });
    if is_answered {
        ui.add_space(4.0);
        ui.label(RichText::new(strings::ANSWER_STANDS).color(tone(ui, Tone::Weak)));
    }
}

fn others_hold(session: &Session, row: &QuestionRow) -> bool {
    let holds = |state| matches!(state, QuestionState::Holds | QuestionState::InVain);
    let others = session.rows.questions.iter().filter(|other| other.patients != row.patients);
    others.map(|other| other.state).any(holds)
}

/// To the next question that holds files, or to the series where there is no other.
fn next_or_back(session: &Session, row: &QuestionRow) -> Intent {
    match others_hold(session, row) {
        true => Command::Identity(IdentityCommand::NextHeld).into(),
        false => Command::View(ViewCommand::Screen(Screen::Review)).into(),
    }
}

fn choice_button(ui: &mut Ui, choice: &Choice, enabled: bool) -> egui::Response {
    big_button(ui, (&choice.title, &choice.consequence, choice.chosen), enabled)
}

/// A button of two lines: what it says, and what follows from it.
fn big_button(
    ui: &mut Ui,
    (title, consequence, chosen): (&str, &str, bool),
    enabled: bool,
) -> egui::Response {
    let mut words = LayoutJob::default();
    let format = |size, kind| TextFormat {
        font_id: FontId::proportional(size),
        color: tone(ui, kind),
        ..TextFormat::default()
    };
    let mark = if chosen { "● " } else { "" };
    words.append(&format!("{mark}{title}\n"), 0.0, format(theme::BODY + 2.0, Tone::Plain));
    words.append(consequence, 0.0, format(theme::SMALL, Tone::Weak));
    // Words begin at the left; what is left of the button stays empty.
    let words = (words, egui::Atom::grow());
    let button = Button::new(words).selected(chosen).min_size(vec2(210.0, 46.0));
    ui.add_enabled(enabled, button).accessible_name(format!("{title}: {consequence}"))
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(given: &[&str]) -> Phi<BTreeSet<String>> {
        Phi::new(given.iter().map(|value| (*value).to_owned()).collect())
    }

    #[test]
    fn what_is_not_given_does_not_differ() {
        let differ = |all: &[&[&str]]| {
            let all: Vec<_> = all.iter().map(|given| values(given)).collect();
            differ(all.iter())
        };
        assert!(differ(&[&["DOE"], &["ROE"]]));
        assert!(!differ(&[&["DOE"], &[]]) && !differ(&[&["DOE"], &["DOE"]]));
        assert!(differ(&[&["DOE"], &[], &["ROE"]]));
    }

    #[test]
    fn days_are_written_so_that_they_can_be_read() {
        assert_eq!(day("19700102"), "1970-01-02");
        assert_eq!(day("1970"), "1970");
        assert_eq!(day("unknown!"), "unknown!");
        assert_eq!(column(1), "B");
    }
}
