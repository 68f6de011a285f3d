//! The places of a stack where text was found, beside its projections.

use egui::{Button, RichText, ScrollArea, Ui};

use crate::review::{Command, FoldBox, SelectCommand};
use crate::ui::intent::Intent;
use crate::ui::session::Session;
use crate::ui::strings;
use crate::ui::text::one_line;
use crate::ui::theme::{self, Tone, tone};

/// Draws the list; a click leads to the first frame that has the text.
pub(super) fn fold_list(ui: &mut Ui, session: &Session, out: &mut Vec<Intent>) {
    let boxes = &session.rows.fold_boxes;
    ui.add_space(4.0);
    let words = format!("{} ({})", strings::FOLD_PLACES, boxes.len());
    ui.label(RichText::new(words).strong());
    let hint = if boxes.is_empty() { strings::FOLD_NO_PLACE } else { strings::FOLD_PLACES_HINT };
    ui.add(egui::Label::new(RichText::new(hint).color(tone(ui, Tone::Weak))).wrap());
    ScrollArea::vertical().id_salt("places").auto_shrink(false).show_rows(
        ui,
        theme::ROW,
        boxes.len(),
        |ui, range| {
            let first = range.start;
            for (at, it) in boxes.get(range).unwrap_or(&[]).iter().enumerate() {
                place(ui, (first + at + 1, it), out);
            }
        },
    );
}

fn place(ui: &mut Ui, (number, it): (usize, &FoldBox), out: &mut Vec<Intent>) {
    let read = one_line(it.text.expose());
    let read = if read.is_empty() { strings::NOTHING_READ.to_owned() } else { read };
    let frames = strings::count(it.frames as u64, "frame", "frames");
    let kept = it.frames - it.open - it.masked;
    let states = [(it.open, "open"), (it.masked, "masked"), (kept, "kept")];
    let there = states.into_iter().filter(|(count, _)| *count > 0);
    let states: Vec<String> = there.map(|(count, word)| format!("{count} {word}")).collect();
    let words = format!("{read} · {frames}: {}", states.join(", "));
    let kind = if it.open > 0 { Tone::Amber } else { Tone::Plain };
    let text = RichText::new(&words).color(tone(ui, kind));
    let button = Button::new((text, egui::Atom::grow())).truncate();
    let button = ui.add_sized([ui.available_width(), theme::ROW - 2.0], button);
    if button.accessible_name(format!("Place {number}, {words}")).clicked() {
        let (instance, frame) = it.first.clone();
        out.push(Command::Select(SelectCommand::One(instance, frame)).into());
    }
}
