//! Offers the masks of a series to its look-alike group, and lists in what its instances differ.

use egui::{Align2, Button, Context, RichText, ScrollArea, Ui, Window, vec2};

use crate::review::{Command, GroupOffer, MaskCommand, SelectCommand};
use crate::ui::intent::Intent;
use crate::ui::session::Session;
use crate::ui::strings;
use crate::ui::text::one_line;
use crate::ui::theme::{self, Tone, tone};

/// Draws the offer; says whether it stays open.
pub(super) fn offer_window(ctx: &Context, session: &Session, out: &mut Vec<Intent>) -> bool {
    let mut is_open = true;
    let mut is_left = ctx.input(|input| input.key_pressed(egui::Key::Escape));
    let width = (ctx.content_rect().width() - 80.0).clamp(280.0, 640.0);
    Window::new(strings::OFFER)
        .collapsible(false)
        .resizable(false)
        .open(&mut is_open)
        .anchor(Align2::CENTER_CENTER, egui::Vec2::ZERO)
        .fixed_size(vec2(width, 420.0))
        .show(ctx, |ui| match &session.rows.offer {
            Some(offer) => is_left |= draw(ui, offer, out),
            None => {
                ui.label(strings::NO_OFFER);
            }
        });
    is_open && !is_left
}

/// What would happen, in words.
fn words(offer: &GroupOffer) -> Vec<(String, Tone)> {
    let count = |count: usize, one: &str, more: &str| strings::count(count as u64, one, more);
    let mut lines = Vec::new();
    let size = offer.size.map(|(columns, rows)| format!(" of {columns} × {rows}"));
    let reach = format!(
        "{} in {}{}",
        count(offer.instances, "other instance", "other instances"),
        count(offer.series, "other series", "other series"),
        size.unwrap_or_default(),
    );
    lines.push(match offer.masks {
        0 => (format!("All masks of this series are the group's: they reach {reach}"), Tone::Plain),
        masks => (format!("{} would reach {reach}", count(masks, "mask", "masks")), Tone::Accent),
    });
    if offer.decided > 0 && offer.masks > 0 {
        let verb = if offer.decided == 1 { "turns" } else { "turn" };
        let verdicts = count(offer.decided, "verdict", "verdicts");
        lines.push((format!("{verdicts} there {verb} stale"), Tone::Amber));
    }
    if offer.left_out > 0 {
        let verb = if offer.left_out == 1 { "looks" } else { "look" };
        let left = count(offer.left_out, "instance", "instances");
        lines.push((
            format!("{left} of these series {verb} otherwise and stay as they are"),
            Tone::Weak,
        ));
    }
    lines
}

/// Draws the preview; says whether it is through.
fn draw(ui: &mut Ui, offer: &GroupOffer, out: &mut Vec<Intent>) -> bool {
    for (words, kind) in words(offer) {
        ui.label(RichText::new(words).color(tone(ui, kind)));
    }
    if let Some((instance, texts)) = &offer.most_text {
        ui.horizontal(|ui| {
            let texts = strings::count(*texts as u64, "text", "texts");
            ui.label(
                RichText::new(format!("Most text: {texts} in one instance"))
                    .color(tone(ui, Tone::Weak)),
            );
            if ui.button(strings::OFFER_MOST).clicked() {
                out.push(Command::Select(SelectCommand::One(instance.clone(), 0)).into());
            }
        });
    }
    ui.separator();
    let all = offer.exceptions.len() + offer.more_exceptions;
    let title = match all {
        0 => strings::NO_EXCEPTIONS.to_owned(),
        all => format!(
            "{} where something is otherwise",
            strings::count(all as u64, "instance", "instances")
        ),
    };
    ui.label(RichText::new(title).strong());
    let height = (ui.available_height() - 40.0).max(60.0);
    ScrollArea::vertical().max_height(height).auto_shrink([false, true]).show_rows(
        ui,
        theme::ROW,
        offer.exceptions.len(),
        |ui, range| {
            let first = range.start;
            for (at, row) in offer.exceptions.get(range).unwrap_or(&[]).iter().enumerate() {
                let label = one_line(row.series_label.expose());
                let words = format!("{} · instance {} of {label}", row.why, row.position);
                let button = Button::new((words, egui::Atom::grow())).truncate();
                let button = ui.add_sized([ui.available_width(), theme::ROW - 2.0], button);
                let name = format!("Exception {}", first + at + 1);
                if button.accessible_name(name).clicked() {
                    let one = SelectCommand::One(row.instance.clone(), row.frame);
                    out.push(Command::Select(one).into());
                }
            }
        },
    );
    ui.add_space(4.0);
    let mut is_through = false;
    ui.horizontal(|ui| {
        let is_offered = offer.masks > 0 && offer.series > 0;
        if ui.add_enabled(is_offered, Button::new(strings::OFFER_GIVE)).clicked() {
            out.push(Command::Mask(MaskCommand::GiveToGroup).into());
        }
        is_through = ui.button(strings::CLOSE).clicked();
    });
    is_through
}
