//! What is drawn over the image: boxes of found text, masks, handles.

use egui::{Align2, Color32, FontId, Painter, Rect, Stroke, StrokeKind, pos2, vec2};

use crate::model::Region;
use crate::review::{FindingRow, FindingState, FoldBox, MaskRow};
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

/// A mask that this frame was taken out of: only where it would be.
fn excepted(painter: &Painter, rect: Rect, selected: bool) {
    let colour = if selected { overlay::SELECTED } else { overlay::MASK };
    let around = [
        rect.left_top(),
        rect.right_top(),
        rect.right_bottom(),
        rect.left_bottom(),
        rect.left_top(),
    ];
    painter.extend(egui::Shape::dashed_line(&around, Stroke::new(1.5, colour), 5.0, 5.0));
}

/// Draws the masks of the frame, the one in hand where it will be.
pub(super) fn masks(
    painter: &Painter,
    viewer: &Viewer,
    (rows, pointer, reveal): (&[MaskRow], Option<egui::Pos2>, bool),
    place: &Placement,
) {
    let preview = pointer.and_then(|at| viewer.gesture.preview(at, place));
    for row in rows.iter().filter(|row| row.excepted && !row.going) {
        excepted(painter, place.rect(row.region), viewer.mask == Some(row.id));
    }
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
        label(painter, rect, (&size, overlay::MASK), &mut Vec::new());
    }
}

/// Draws what is painted over because of answers on other frames.
pub(super) fn painted(painter: &Painter, (regions, reveal): (&[Region], bool), place: &Placement) {
    for region in regions {
        mask(painter, place.rect(*region), (reveal, false));
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
    // Labels stand where they hide no box; the selected one always has its label.
    // A box over half the picture is no place that a label must keep free.
    let most = place.canvas.area() / 8.0;
    let boxes = rows.iter().map(|row| place.rect(row.finding.region));
    let mut taken: Vec<Rect> = boxes.filter(|rect| rect.area() < most).collect();
    let mut order: Vec<&FindingRow> = rows.iter().collect();
    order.sort_by_key(|row| !row.selected);
    for row in order {
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
        label(painter, rect.expand(3.0), (&format!("{letter}  {read}"), colour), &mut taken);
    }
}

/// Draws the places of a stack where text was found, with how many frames have it.
pub(super) fn fold_boxes(
    painter: &Painter,
    (boxes, reveal): (&[FoldBox], bool),
    place: &Placement,
) {
    let mut taken: Vec<Rect> = boxes.iter().map(|it| place.rect(it.region)).collect();
    for it in boxes {
        let rect = place.rect(it.region);
        let (letter, colour) = match (it.open, it.masked) {
            (0, 0) => ("K", overlay::KEPT),
            (0, _) => ("M", overlay::MASK),
            _ => ("?", overlay::OPEN),
        };
        if it.open == 0 && it.masked == it.frames {
            mask(painter, rect, (reveal, false));
        }
        painter.rect_stroke(rect, 1.0, Stroke::new(1.5, colour), StrokeKind::Outside);
        let read = it.text.expose();
        let read = if read.is_empty() { strings::NOTHING_READ } else { read.as_str() };
        let words = format!("{letter}  {read} ×{}", it.frames);
        label(painter, rect.expand(3.0), (&words, colour), &mut taken);
    }
}

/// Where a label of `size` goes beside `rect`: the first place inside `shown` that hides nothing
/// that is `taken`.
fn beside(rect: Rect, size: egui::Vec2, shown: Rect, taken: &[Rect]) -> Option<Rect> {
    let x = rect.min.x.min(shown.max.x - size.x).max(shown.min.x);
    let right = (rect.max.x - size.x).max(shown.min.x);
    let y = rect.center().y - size.y / 2.0;
    let places = [
        pos2(x, rect.min.y - size.y),
        pos2(x, rect.max.y),
        pos2(rect.max.x, y),
        pos2(rect.min.x - size.x, y),
        pos2(right, rect.min.y - size.y),
        pos2(right, rect.max.y),
    ];
    let free = |place: &Rect| {
        shown.contains_rect(*place)
            && !taken.iter().any(|other| other.shrink(1.0).intersects(*place))
    };
    places.into_iter().map(|min| Rect::from_min_size(min, size)).find(free)
}

/// Writes words beside a rectangle where there is room; else they stand in the list only.
fn label(painter: &Painter, rect: Rect, (words, colour): (&str, Color32), taken: &mut Vec<Rect>) {
    let shown = painter.clip_rect();
    if !shown.intersects(rect) {
        return;
    }
    let font = FontId::proportional(theme::SMALL);
    let galley = elided(painter, words, (font, overlay::TEXT), LABEL.min(shown.width()));
    let size = galley.size() + vec2(8.0, 2.0);
    let Some(back) = beside(rect, size, shown, taken) else { return };
    taken.push(back);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn rect(x: f32, y: f32, width: f32, height: f32) -> Rect {
        Rect::from_min_size(pos2(x, y), vec2(width, height))
    }

    #[test]
    fn a_label_hides_no_box_and_no_other_label() {
        let shown = rect(0.0, 0.0, 300.0, 200.0);
        let (upper, lower) = (rect(10.0, 40.0, 100.0, 20.0), rect(10.0, 62.0, 100.0, 20.0));
        let size = vec2(80.0, 16.0);
        let mut taken = vec![upper, lower];
        let above = beside(upper, size, shown, &taken).unwrap();
        assert_eq!(above.min, pos2(10.0, 24.0), "over its box");
        taken.push(above);
        let below = beside(lower, size, shown, &taken).unwrap();
        assert_eq!(below.min, pos2(10.0, 82.0), "under its box, as the other box is over it");
        taken.push(rect(10.0, 82.0, 100.0, 20.0));
        let right = beside(lower, size, shown, &taken).unwrap();
        assert_eq!(right.min.x, 110.0, "beside it, where nothing else is left");
        taken.push(rect(0.0, 0.0, 300.0, 200.0));
        assert_eq!(beside(lower, size, shown, &taken), None);
    }

    #[test]
    fn a_label_stays_on_the_canvas() {
        let shown = rect(0.0, 0.0, 300.0, 200.0);
        let corner = rect(260.0, 0.0, 40.0, 20.0);
        let place = beside(corner, vec2(80.0, 16.0), shown, &[corner]).unwrap();
        assert!(shown.contains_rect(place) && place.min == pos2(220.0, 20.0));
    }
}
