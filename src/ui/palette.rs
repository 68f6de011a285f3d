//! The command palette: every command and every series, found by typing.

use egui::{Align2, Context, Key, Modifiers, RichText, TextEdit, Window, vec2};

use crate::review::{Command, SelectCommand};
use crate::ui::intent::Intent;
use crate::ui::keys::{Moment, TABLE, intent};
use crate::ui::session::Session;
use crate::ui::strings;
use crate::ui::text::one_line;
use crate::ui::theme::{Tone, tone};

/// Lines that are listed at once.
const MOST: usize = 14;

/// The palette as it stands open.
#[derive(Default)]
pub(super) struct Palette {
    typed: String,
    at: usize,
}

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    /// What it does.
    pub words: String,
    /// Its key, if it has one.
    pub key: String,
    /// What is asked for; `None` where that makes no sense now.
    pub intent: Option<Intent>,
}

/// The lines that hold every word that was typed: commands first, then series.
pub(super) fn lines(typed: &str, session: Option<&Session>, moment: &Moment) -> Vec<Line> {
    let wanted: Vec<String> = typed.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let fits = |words: &str| {
        let words = words.to_lowercase();
        wanted.iter().all(|it| words.contains(it))
    };
    let commands = TABLE.iter().filter(|line| fits(line.words)).map(|line| Line {
        words: line.words.to_owned(),
        key: line.chords.first().map(|chord| chord.shown()).unwrap_or_default(),
        intent: intent(line.action, moment)
            .filter(|_| session.is_some() || line.action.needs_none()),
    });
    let rows = session.map(|session| session.rows.series.as_slice()).unwrap_or_default();
    let series = rows.iter().map(|row| Line {
        words: format!(
            "{} {} · {}",
            row.modality,
            one_line(row.label.expose()),
            one_line(row.patient_label.expose())
        ),
        key: row.state.as_str().to_owned(),
        intent: Some(Command::Select(SelectCommand::Series(row.series.clone())).into()),
    });
    // Without a word typed the commands alone are enough.
    let series = series.filter(|line| !wanted.is_empty() && fits(&line.words));
    commands.chain(series).take(MOST).collect()
}

/// Draws the palette; says whether it stays open.
pub(super) fn palette_window(
    ctx: &Context,
    palette: &mut Palette,
    (session, moment): (Option<&Session>, &Moment),
    out: &mut Vec<Intent>,
) -> bool {
    let lines = lines(&palette.typed, session, moment);
    let last = lines.len().saturating_sub(1);
    let pressed = |key: Key| ctx.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    if pressed(Key::Escape) {
        return false;
    }
    if pressed(Key::ArrowDown) {
        palette.at += 1;
    }
    if pressed(Key::ArrowUp) {
        palette.at = palette.at.saturating_sub(1);
    }
    palette.at = palette.at.min(last);
    let mut chosen = pressed(Key::Enter).then_some(palette.at);
    let width = (ctx.content_rect().width() - 80.0).clamp(260.0, 620.0);
    let window = Window::new(strings::PALETTE)
        .collapsible(false)
        .resizable(false)
        .anchor(Align2::CENTER_TOP, vec2(0.0, 70.0))
        .fixed_size(vec2(width, 420.0));
    window.show(ctx, |ui| {
        let edit = TextEdit::singleline(&mut palette.typed)
            .hint_text(strings::PALETTE_HINT)
            .desired_width(f32::INFINITY);
        let edit = ui.add(edit);
        edit.request_focus();
        if edit.changed() {
            palette.at = 0;
        }
        edit.accessible_name(strings::PALETTE_HINT);
        ui.add_space(4.0);
        if lines.is_empty() {
            ui.label(RichText::new(strings::PALETTE_NOTHING).color(tone(ui, Tone::Weak)));
        }
        for (at, line) in lines.iter().enumerate() {
            let words = RichText::new(&line.words);
            let words = match line.intent {
                Some(_) => words,
                None => words.color(tone(ui, Tone::Weak)),
            };
            let button = egui::Button::selectable(at == palette.at, (words, egui::Atom::grow()))
                .truncate()
                .shortcut_text(line.key.as_str())
                .min_size(vec2(ui.available_width(), 0.0));
            let button = ui.add_enabled(line.intent.is_some(), button);
            if button.accessible_name(format!("Run {}", line.words)).clicked() {
                chosen = Some(at);
            }
        }
    });
    let Some(line) = chosen.and_then(|at| lines.get(at)) else { return true };
    out.extend(line.intent.clone());
    line.intent.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::InstanceUid;

    #[test]
    fn lines_hold_all_words_in_any_order() {
        let moment = Moment { shown: Some(InstanceUid::new("1")), ..Moment::default() };
        let found = |typed| -> Vec<String> {
            lines(typed, None, &moment).into_iter().map(|line| line.words).collect()
        };
        assert_eq!(found("SERIES approve"), ["Approve the series"]);
        assert_eq!(found("no such thing"), Vec::<String>::new());
        assert_eq!(found("").len(), MOST);
    }

    #[test]
    fn without_a_folder_only_what_needs_none_can_be_run() {
        let line = |typed| lines(typed, None, &Moment::default()).remove(0);
        assert!(line("open folder").intent.is_some());
        assert!(line("triage").intent.is_none());
        assert_eq!(line("open folder").key, "Ctrl+O");
    }
}
