//! The strip of the series' frames: which were seen, where something was found, where one is.

use egui::{Color32, Rect, Response, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use crate::review::FrameMark;
use crate::ui::strings;
use crate::ui::theme::{Tone, tone};

/// Height of the strip, in points.
const HEIGHT: f32 = 18.0;
/// Least width of one cell, in points: of more frames several share one.
const LEAST: f32 = 3.0;

/// What one cell shows: one frame, or several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
struct Cell {
    /// Whether all of its frames were seen.
    seen: bool,
    /// Whether the detector looked at all of its frames.
    looked_at: bool,
    open: bool,
    masked: bool,
    kept: bool,
}

/// Puts frames into at most `most` cells; equal parts, in order.
fn cells(marks: &[FrameMark], most: usize) -> Vec<Cell> {
    let count = marks.len().min(most.max(1));
    let bound = |at: usize| at * marks.len() / count.max(1);
    (0..count)
        .map(|at| {
            let part = marks.get(bound(at)..bound(at + 1)).unwrap_or(&[]);
            let any = |at: usize| {
                part.iter().any(|mark| mark.findings.get(at).is_some_and(|count| *count > 0))
            };
            Cell {
                seen: part.iter().all(|mark| mark.seen),
                looked_at: part.iter().all(|mark| mark.looked_at),
                open: any(0),
                masked: any(1),
                kept: any(2),
            }
        })
        .collect()
}

/// The frame under a place of the strip, counted from 0.
fn frame_at(x: f32, rect: Rect, frames: usize) -> usize {
    let part = ((x - rect.min.x) / rect.width().max(1.0)).clamp(0.0, 1.0);
    ((part * frames as f32) as usize).min(frames.saturating_sub(1))
}

/// What a frame's mark says in words.
fn words(number: usize, frames: usize, mark: FrameMark) -> String {
    let [open, masked, kept] = mark.findings;
    let mut words = format!("Frame {} of {frames}: ", number + 1);
    words.push_str(if mark.seen { "seen" } else { "not seen yet" });
    words.push_str(if mark.looked_at { ", searched for text" } else { ", not searched for text" });
    for (count, what) in [(open, "open"), (masked, "masked"), (kept, "kept")] {
        if count > 0 {
            words.push_str(&format!(", {count} {what}"));
        }
    }
    words
}

/// Draws the strip; says which frame (counted from 0) was clicked.
pub(super) fn strip(ui: &mut Ui, marks: &[FrameMark], at: usize, width: f32) -> Option<usize> {
    let (rect, response) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::click_and_drag());
    let value = (at + 1) as f64;
    response.widget_info(|| WidgetInfo::slider(true, value, strings::FRAME_OF_SERIES));
    paint(ui, marks, (at, rect));
    hover(&response, marks, rect);
    let pointed = response
        .interact_pointer_pos()
        .filter(|_| response.clicked() || response.dragged_by(egui::PointerButton::Primary));
    let to = pointed.map(|place| frame_at(place.x, rect, marks.len()));
    to.filter(|to| *to != at)
}

fn hover(response: &Response, marks: &[FrameMark], rect: Rect) {
    let Some(place) = response.hover_pos() else { return };
    let number = frame_at(place.x, rect, marks.len());
    if let Some(mark) = marks.get(number) {
        response.clone().on_hover_text_at_pointer(words(number, marks.len(), *mark));
    }
}

fn paint(ui: &Ui, marks: &[FrameMark], (at, rect): (usize, Rect)) {
    let painter = ui.painter();
    let visuals = ui.visuals();
    painter.rect_filled(rect, 3.0, visuals.extreme_bg_color);
    let cells = cells(marks, (rect.width() / LEAST) as usize);
    let step = rect.width() / cells.len().max(1) as f32;
    let gap = if step > 6.0 { 1.0 } else { 0.0 };
    let line = tone(ui, Tone::Weak).gamma_multiply(0.55);
    for (number, cell) in cells.iter().enumerate() {
        let x = rect.min.x + number as f32 * step;
        let part = |top: f32, bottom: f32, colour: Color32| {
            let min = pos2(x, rect.min.y + top);
            let max = pos2(x + step - gap, rect.min.y + bottom);
            painter.rect_filled(Rect::from_min_max(min, max), 0.0, colour);
        };
        // Below: eyes. A person's fill it, the detector's alone leave it grey.
        let eyes = match (cell.seen, cell.looked_at) {
            (true, _) => Some(tone(ui, Tone::Accent)),
            (false, true) => Some(line),
            (false, false) => None,
        };
        if let Some(colour) = eyes {
            part(HEIGHT - 6.0, HEIGHT - 2.0, colour);
        }
        // Above: what was found; what is open hides what is not.
        let found = [(cell.open, Tone::Amber), (cell.masked, Tone::Red), (cell.kept, Tone::Green)];
        if let Some((_, kind)) = found.into_iter().find(|(there, _)| *there) {
            part(2.0, HEIGHT - 8.0, tone(ui, kind));
        }
    }
    let part = rect.width() / marks.len().max(1) as f32;
    let left = rect.min.x + at as f32 * part;
    let here = Rect::from_min_max(
        pos2(left.min(rect.max.x - 4.0), rect.min.y),
        pos2((left + part).max(left + 4.0).min(rect.max.x), rect.max.y),
    );
    let stroke = Stroke::new(1.5, tone(ui, Tone::Plain));
    painter.rect_stroke(here, 2.0, stroke, StrokeKind::Inside);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(seen: bool, open: u32) -> FrameMark {
        FrameMark { seen, looked_at: true, findings: [open, 0, 0] }
    }

    #[test]
    fn frames_that_share_a_cell_show_the_worst_of_them() {
        let marks = [mark(true, 0), mark(true, 1), mark(false, 0), mark(true, 0)];
        let found = cells(&marks, 2);
        assert_eq!(found.len(), 2);
        assert!(found[0].seen && found[0].open);
        assert!(!found[1].seen && !found[1].open);
        assert_eq!(cells(&marks, 100).len(), 4);
        assert!(cells(&[], 10).is_empty());
    }

    #[test]
    fn every_place_of_the_strip_is_a_frame() {
        let rect = Rect::from_min_size(pos2(10.0, 0.0), vec2(100.0, HEIGHT));
        assert_eq!(frame_at(10.0, rect, 5), 0);
        assert_eq!(frame_at(29.0, rect, 5), 0);
        assert_eq!(frame_at(31.0, rect, 5), 1);
        assert_eq!(frame_at(500.0, rect, 5), 4);
        assert_eq!(frame_at(-500.0, rect, 5), 0);
    }

    #[test]
    fn a_mark_says_what_it_means() {
        let found = words(1, 8, mark(false, 2));
        assert_eq!(found, "Frame 2 of 8: not seen yet, searched for text, 2 open");
    }
}
