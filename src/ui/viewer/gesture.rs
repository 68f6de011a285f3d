//! What a left-drag on the image is doing, without drawing it.

use egui::{Pos2, Vec2, pos2};

use crate::model::{MaskId, Region};
use crate::review::{MaskCommand, MaskRow};
use crate::ui::intent::Tool;
use crate::ui::viewer::Placement;

/// How near to a handle, in points, a press must be.
const REACH: f32 = 8.0;
/// A drag of fewer points draws nothing: it was a click.
const LEAST_DRAG: f32 = 3.0;

/// One of the four corners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ui) struct Corner {
    right: bool,
    bottom: bool,
}

impl Corner {
    /// All four.
    pub const ALL: [Self; 4] = [
        Self { right: false, bottom: false },
        Self { right: true, bottom: false },
        Self { right: true, bottom: true },
        Self { right: false, bottom: true },
    ];

    /// Where it is in a rectangle.
    pub fn of(self, rect: egui::Rect) -> Pos2 {
        let x = if self.right { rect.max.x } else { rect.min.x };
        pos2(x, if self.bottom { rect.max.y } else { rect.min.y })
    }

    /// The corner across, in image pixels.
    const fn across(self, region: Region) -> (u32, u32) {
        let x = if self.right { region.x0 } else { region.x1 };
        (x, if self.bottom { region.y0 } else { region.y1 })
    }
}

/// What a left-drag is doing.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub(in crate::ui) enum Gesture {
    /// Nothing.
    #[default]
    None,
    /// Moves the image.
    Pan,
    /// Draws a mask from here, in image pixels.
    Draw(Pos2),
    /// Moves a mask that was here, grabbed there.
    Move(MaskId, Region, Pos2),
    /// Resizes a mask by a corner.
    Resize(MaskId, Region, Corner),
}

/// The mask under a point, smallest first.
pub(in crate::ui) fn mask_at(masks: &[MaskRow], at: Pos2, place: &Placement) -> Option<MaskId> {
    let there = masks.iter().filter(|mask| mask.applies || mask.excepted);
    let under = there.filter(|mask| place.rect(mask.region).expand(2.0).contains(at));
    under.min_by_key(|mask| mask.region.area()).map(|mask| mask.id)
}

impl Gesture {
    /// What a press at `at` begins.
    pub fn begin(
        (tool, selected): (Tool, Option<MaskId>),
        masks: &[MaskRow],
        at: Pos2,
        place: &Placement,
    ) -> Self {
        let selected = selected.and_then(|id| masks.iter().find(|mask| mask.id == id));
        if let Some(mask) = selected {
            let rect = place.rect(mask.region);
            let near = |corner: &Corner| corner.of(rect).distance(at) <= REACH;
            if let Some(corner) = Corner::ALL.into_iter().find(near) {
                return Self::Resize(mask.id, mask.region, corner);
            }
        }
        let pixel = place.pixel(at);
        if tool == Tool::Rectangle {
            return Self::Draw(pixel);
        }
        let under = mask_at(masks, at, place);
        match masks.iter().find(|mask| Some(mask.id) == under) {
            Some(mask) => Self::Move(mask.id, mask.region, pixel),
            None => Self::Pan,
        }
    }

    /// Where the mask would be with the pointer at `at`.
    pub fn preview(&self, at: Pos2, place: &Placement) -> Option<Region> {
        let pixel = place.pixel(at);
        match *self {
            Self::None | Self::Pan => None,
            Self::Draw(from) => place.region(from, pixel),
            Self::Move(_, region, grabbed) => Some(moved(region, pixel - grabbed, place.size)),
            Self::Resize(_, region, corner) => {
                let (x, y) = corner.across(region);
                place.region(pos2(x as f32, y as f32), pos2(pixel.x.round(), pixel.y.round()))
            }
        }
    }

    /// The mask that it changes.
    pub const fn mask(&self) -> Option<MaskId> {
        match self {
            Self::Move(id, ..) | Self::Resize(id, ..) => Some(*id),
            _ => None,
        }
    }

    /// What letting go at `at` asks for; `dragged` in points.
    pub fn end(&self, at: Pos2, dragged: f32, place: &Placement) -> Option<MaskCommand> {
        if dragged < LEAST_DRAG {
            return None;
        }
        let region = self.preview(at, place)?;
        match *self {
            Self::Draw(_) => Some(MaskCommand::Add(region)),
            Self::Move(id, before, _) | Self::Resize(id, before, _) => {
                (region != before).then_some(MaskCommand::Change(id, region))
            }
            Self::None | Self::Pan => None,
        }
    }
}

/// A region moved by whole pixels; it keeps its size and stays inside the image.
pub(in crate::ui) fn moved(region: Region, by: Vec2, (columns, rows): (u32, u32)) -> Region {
    let shifted = |from: u32, length: u32, by: f32, most: u32| {
        let most = i64::from(most.saturating_sub(length));
        (i64::from(from) + by.round() as i64).clamp(0, most) as u32
    };
    let (width, height) = (region.width(), region.height());
    let x0 = shifted(region.x0, width, by.x, columns);
    let y0 = shifted(region.y0, height, by.y, rows);
    Region { x0, y0, x1: x0.saturating_add(width), y1: y0.saturating_add(height) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Scope;
    use crate::review::ScopeLevel;
    use crate::ui::viewer::Camera;
    use egui::{Rect, vec2};

    fn place() -> Placement {
        let canvas = Rect::from_min_size(pos2(0.0, 0.0), vec2(200.0, 200.0));
        Camera::default().place(canvas, (100, 100))
    }

    fn mask() -> MaskRow {
        MaskRow {
            id: MaskId(7),
            region: Region { x0: 10, y0: 10, x1: 30, y1: 20 },
            scope: Scope::Batch,
            level: ScopeLevel::Batch,
            applies: true,
            pending: false,
            going: false,
            excepted: false,
        }
    }

    #[test]
    fn a_drag_with_the_rectangle_draws_and_a_click_does_not() {
        let gesture =
            Gesture::begin((Tool::Rectangle, None), &[mask()], pos2(30.0, 30.0), &place());
        let end = gesture.end(pos2(80.0, 60.0), 40.0, &place());
        assert_eq!(end, Some(MaskCommand::Add(Region { x0: 15, y0: 15, x1: 40, y1: 30 })));
        assert_eq!(gesture.end(pos2(31.0, 31.0), 1.0, &place()), None);
    }

    #[test]
    fn a_mask_is_moved_without_leaving_the_image() {
        let gesture = Gesture::begin((Tool::Select, None), &[mask()], pos2(30.0, 30.0), &place());
        assert_eq!(gesture.mask(), Some(MaskId(7)));
        let end = gesture.end(pos2(-900.0, 50.0), 900.0, &place());
        let region = Region { x0: 0, y0: 20, x1: 20, y1: 30 };
        assert_eq!(end, Some(MaskCommand::Change(MaskId(7), region)));
    }

    #[test]
    fn a_corner_of_the_selected_mask_resizes_it() {
        let chosen = (Tool::Select, Some(MaskId(7)));
        let gesture = Gesture::begin(chosen, &[mask()], pos2(61.0, 41.0), &place());
        let end = gesture.end(pos2(100.0, 80.0), 40.0, &place());
        let region = Region { x0: 10, y0: 10, x1: 50, y1: 40 };
        assert_eq!(end, Some(MaskCommand::Change(MaskId(7), region)));
    }

    #[test]
    fn beside_every_mask_the_select_tool_pans() {
        let at = pos2(150.0, 150.0);
        assert_eq!(Gesture::begin((Tool::Select, None), &[mask()], at, &place()), Gesture::Pan);
    }
}
