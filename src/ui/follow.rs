//! Lists of equal rows that keep the chosen row in view.

use std::ops::Range;

use egui::{Id, ScrollArea, Ui};

/// What is known of a list since it was drawn last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
struct Drawn {
    chosen: Option<usize>,
    first: usize,
    last: usize,
}

/// The row to begin with, so that `chosen` is in view; `None` where nothing need move.
fn first_row(before: Drawn, chosen: Option<usize>) -> Option<usize> {
    // Before it was drawn once nobody knows what is in view.
    let at = chosen.filter(|_| chosen != before.chosen && before.last > 0)?;
    let seen = before.last.saturating_sub(before.first);
    // The outermost rows may be cut: they count as out of view.
    let inside = at > before.first && at + 1 < before.last;
    (!inside).then(|| {
        if at <= before.first { at.saturating_sub(1) } else { (at + 3).saturating_sub(seen) }
    })
}

/// Draws `count` rows of `height`; when another row is chosen and out of view, scrolls to it.
pub(super) fn rows(
    ui: &mut Ui,
    (name, height): (&'static str, f32),
    (count, chosen): (usize, Option<usize>),
    draw: impl FnOnce(&mut Ui, Range<usize>),
) {
    let id = Id::unique(name).with("follow");
    let before: Drawn = ui.data(|data| data.get_temp(id)).unwrap_or_default();
    let mut area = ScrollArea::vertical().id_salt(name).auto_shrink(false);
    if let Some(first) = first_row(before, chosen) {
        let step = height + ui.spacing().item_spacing.y;
        area = area.vertical_scroll_offset(first as f32 * step);
    }
    let shown = area.show_rows(ui, height, count, |ui, range| {
        let shown = range.clone();
        draw(ui, range);
        shown
    });
    let (first, last) = (shown.inner.start, shown.inner.end);
    let chosen = if before.last > 0 { chosen } else { None };
    ui.data_mut(|data| data.insert_temp(id, Drawn { chosen, first, last }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_moves_only_when_another_row_is_chosen_and_out_of_view() {
        assert_eq!(first_row(Drawn::default(), Some(2)), None, "it was not drawn yet");
        let before = Drawn { chosen: Some(4), first: 0, last: 10 };
        assert_eq!(first_row(before, Some(4)), None, "scrolled by hand it stays");
        assert_eq!(first_row(before, Some(7)), None, "it is in view");
        assert_eq!(first_row(before, None), None);
        assert_eq!(first_row(before, Some(20)), Some(13), "it comes up from below");
        let before = Drawn { chosen: Some(30), first: 20, last: 30 };
        assert_eq!(first_row(before, Some(5)), Some(4), "it comes down from above");
        assert_eq!(first_row(before, Some(0)), Some(0));
    }
}
