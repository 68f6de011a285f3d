//! What is drawn over the image: boxes of found text, masks, handles.

use egui::{Align2, Color32, FontId, Painter, Rect, Stroke, StrokeKind, pos2, vec2};

use crate::review::{FindingRow, FindingState, MaskRow};
use crate::ui::strings;
use crate::ui::text::elided;
use crate::ui::theme::{self, overlay};
use crate::ui::viewer::gesture::Corner;
use crate::ui::viewer::{Gesture, Placement, Viewer};

/// Points between two lines of a hatching.
const HATCH: f32 = 9.0;
/// Widest label of a box, in points.
const LABEL: f32 = 260.0;

/// Fills, hatches and outlines what will be painted over; with `reveal` only outlines it.
fn mask(painter: &Painter, rect: Rect, (reveal, pending): (bool, bool)) {
    if !reveal {
        painter.rect_filled(rect, 0.0, overlay::FILL);
        hatch(painter, rect);
    }
    let width = if pending { 1.0 } else { 1.5 };
    painter.rect_stroke(rect, 0.0, Stroke::new(width, overlay::MASK), StrokeKind::Outside);
}

fn hatch(painter: &Painter, rect: Rect) {
    let shown = rect.intersect(painter.clip_rect());
    if !shown.is_positive() {
        return;
    }
    let inside = painter.with_clip_rect(shown);
    // Lines begin on a grid of the mask, so that they stand still when it is cut by the canvas.
    let height = shown.height();
    let first = ((shown.min.x - height - rect.min.x) / HATCH).floor() * HATCH + rect.min.x;
    let mut x = first;
    while x < shown.max.x {
        let line = [pos2(x, shown.max.y), pos2(x + height, shown.min.y)];
        inside.line_segment(line, Stroke::new(1.0, overlay::HATCH));
        x += HATCH;
    }
}

fn handles(painter: &Painter, rect: Rect) {
    painter.rect_stroke(rect, 0.0, Stroke::new(1.5, overlay::SELECTED), StrokeKind::Outside);
    for corner in Corner::ALL {
        let handle = Rect::from_center_size(corner.of(rect), vec2(8.0, 8.0));
        painter.rect_filled(handle, 1.0, overlay::SELECTED);
        painter.rect_stroke(handle, 1.0, Stroke::new(1.0, Color32::BLACK), StrokeKind::Outside);
    }
}

/// Draws the masks of the frame, the one in hand where it will be.
pub(super) fn masks(
    painter: &Painter,
    viewer: &Viewer,
    (rows, pointer, reveal): (&[MaskRow], Option<egui::Pos2>, bool),
    place: &Placement,
) {
    let preview = pointer.and_then(|at| viewer.gesture.preview(at, place));
    for row in rows.iter().filter(|row| row.applies && !row.going) {
        let in_hand = preview.filter(|_| viewer.gesture.mask() == Some(row.id));
        let rect = place.rect(in_hand.unwrap_or(row.region));
        mask(painter, rect, (reveal, row.pending));
        if viewer.mask == Some(row.id) {
            handles(painter, rect);
        }
    }
    if let (Gesture::Draw(_), Some(region)) = (viewer.gesture, preview) {
        let rect = place.rect(region);
        mask(painter, rect, (true, false));
        let size = format!("{} × {}", region.width(), region.height());
        label(painter, rect, (&size, overlay::MASK));
    }
}

/// Draws the boxes of found text, each with its letter and what was read.
pub(super) fn findings(
    painter: &Painter,
    (rows, reveal): (&[FindingRow], bool),
    place: &Placement,
) {
    for row in rows.iter().filter(|row| row.state == FindingState::Masked) {
        mask(painter, place.rect(row.finding.region), (reveal, row.pending));
    }
    for row in rows {
        let rect = place.rect(row.finding.region);
        let colour = match row.state {
            FindingState::Open => overlay::OPEN,
            FindingState::Masked => overlay::MASK,
            FindingState::Kept => overlay::KEPT,
        };
        let width = if row.selected { 3.0 } else { 1.5 };
        painter.rect_stroke(rect, 1.0, Stroke::new(width, colour), StrokeKind::Outside);
        if row.selected {
            let around = rect.expand(4.0);
            let stroke = Stroke::new(1.0, overlay::SELECTED);
            painter.rect_stroke(around, 2.0, stroke, StrokeKind::Outside);
        }
        let read = row.text.expose();
        let read = if read.is_empty() { strings::NOTHING_READ } else { read.as_str() };
        let letter = strings::finding_state(row.state).0;
        label(painter, rect.expand(3.0), (&format!("{letter}  {read}"), colour));
    }
}

/// Writes words over a rectangle, or under it where there is no room.
fn label(painter: &Painter, rect: Rect, (words, colour): (&str, Color32)) {
    let shown = painter.clip_rect();
    if !shown.intersects(rect) {
        return;
    }
    let font = FontId::proportional(theme::SMALL);
    let galley = elided(painter, words, (font, overlay::TEXT), LABEL.min(shown.width()));
    let size = galley.size() + vec2(8.0, 2.0);
    let above = rect.min.y - size.y >= shown.min.y;
    let y = if above { rect.min.y - size.y } else { rect.max.y };
    let x = rect.min.x.min(shown.max.x - size.x).max(shown.min.x);
    let y = y.clamp(shown.min.y, (shown.max.y - size.y).max(shown.min.y));
    let back = Rect::from_min_size(pos2(x, y), size);
    painter.rect_filled(back, 2.0, overlay::TEXT_BACK);
    let bar = Rect::from_min_size(back.min, vec2(3.0, back.height()));
    painter.rect_filled(bar, 1.0, colour);
    painter.galley(back.min + vec2(6.0, 1.0), galley, overlay::TEXT);
}

/// Writes words on a badge at an edge of the canvas.
pub(super) fn badge(painter: &Painter, align: Align2, words: &str) {
    let canvas = painter.clip_rect().shrink(10.0);
    let font = FontId::proportional(theme::BODY);
    let galley = elided(painter, words, (font, overlay::TEXT), canvas.width().max(40.0));
    let rect = align.align_size_within_rect(galley.size() + vec2(14.0, 8.0), canvas);
    painter.rect_filled(rect, 4.0, overlay::TEXT_BACK);
    painter.galley(rect.min + vec2(7.0, 4.0), galley, overlay::TEXT);
}
