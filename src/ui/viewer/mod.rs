//! The image: what of it is on the screen, how it is looked at, and what is drawn over it.

mod banner;
mod canvas;
mod folded;
mod gesture;
mod overlay;
mod placement;
mod strip;
mod texture;

use std::sync::Arc;

use crate::model::{FoldKind, InstanceUid, LookAlike, MaskId, Picture, Region, SeriesUid};
use crate::render::{Rendering, Window};
use crate::ui::intent::Tool;
use crate::ui::session::Session;
pub(super) use banner::viewer_bar;
pub(super) use canvas::{Scene, canvas, peeks};
pub(super) use gesture::{Gesture, moved};
pub(super) use placement::{Camera, Placement};
pub(super) use texture::Tiles;

/// A rendered frame.
#[derive(Clone, Debug)]
pub(super) struct Rendered {
    /// Which instance.
    pub instance: InstanceUid,
    /// Which frame.
    pub frame: u32,
    /// The picture.
    pub picture: Arc<Picture>,
    /// Centre and width; `None` for colours.
    pub window: Option<(f64, f64)>,
}

/// The state of the image panel. Nothing here is recorded.
pub(super) struct Viewer {
    /// What was rendered last.
    pub rendered: Option<Rendered>,
    /// It, on the graphics card; empty until it is drawn first.
    tiles: Tiles,
    /// How frames are asked for.
    pub rendering: Rendering,
    /// Black for white.
    pub inverted: bool,
    /// Zoom and pan.
    pub camera: Camera,
    /// What left-drag does.
    pub tool: Tool,
    /// The selected mask.
    pub mask: Option<MaskId>,
    /// What left-drag is doing.
    pub gesture: Gesture,
    /// The canvas, for the keyboard focus.
    pub id: Option<egui::Id>,
    /// Where the image lay when it was drawn last.
    placed: Option<Placement>,
    /// The series that rendering and camera belong to.
    series: Option<SeriesUid>,
    /// When the next frame is due while the series is played, in seconds of the window's clock.
    pub playing: Option<f64>,
    /// A frame that was drawn and that the review has not heard of.
    pub drawn: Option<(InstanceUid, u32)>,
    /// The projection on the graphics card.
    fold: Option<FoldTiles>,
    /// A projection that was drawn and that the review may not have heard of.
    pub drawn_fold: Option<(SeriesUid, Arc<LookAlike>, FoldKind)>,
}

/// A projection on the graphics card.
struct FoldTiles {
    of: (SeriesUid, Arc<LookAlike>, FoldKind),
    inverted: bool,
    tiles: Tiles,
}

impl Default for Viewer {
    fn default() -> Self {
        Self {
            rendered: None,
            tiles: Tiles::default(),
            rendering: Rendering::Default,
            inverted: false,
            camera: Camera::default(),
            tool: Tool::Select,
            mask: None,
            gesture: Gesture::None,
            id: None,
            placed: None,
            series: None,
            playing: None,
            drawn: None,
            fold: None,
            drawn_fold: None,
        }
    }
}

impl Viewer {
    /// Takes in a rendered frame.
    pub fn take(&mut self, rendered: Rendered) {
        self.rendered = Some(rendered);
        self.tiles = Tiles::default();
    }

    /// Notes that another series is looked at: its window and zoom begin anew.
    pub fn enter(&mut self, series: Option<&SeriesUid>) {
        self.placed = None;
        if self.series.as_ref() != series {
            self.series = series.cloned();
            self.rendering = Rendering::Default;
            self.inverted = false;
            self.playing = None;
            self.camera.fit();
        }
        self.mask = None;
        self.gesture = Gesture::None;
    }

    /// Turns black for white.
    pub fn invert(&mut self) {
        self.inverted = !self.inverted;
        self.tiles = Tiles::default();
    }

    /// Whether this frame is the one rendered last.
    pub fn has(&self, instance: &InstanceUid, frame: u32) -> bool {
        let rendered = self.rendered.as_ref();
        rendered.is_some_and(|it| it.instance == *instance && it.frame == frame)
    }

    /// Zooms around the middle of the canvas.
    pub fn zoom_middle(&mut self, factor: f32) {
        if let Some(place) = self.placed {
            self.camera.zoom(factor, place.canvas.center(), &place);
        }
    }

    /// Whether a frame was drawn that the review has not heard of.
    pub fn drawn_is_news(&self, session: Option<&Session>) -> bool {
        let selection = session.map(|session| session.state.selection());
        let is_drawn = self.drawn.is_some() || self.drawn_fold.is_some();
        is_drawn && selection.is_some_and(|selection| !selection.painted)
    }

    /// Size, zoom and window of the image on the screen, in words.
    pub fn facts(&self) -> String {
        let (Some(place), Some(_)) = (&self.placed, &self.rendered) else { return String::new() };
        let (columns, rows) = place.size;
        let mut words = format!("{columns} × {rows}   {:.0} %", place.scale * 100.0);
        if let Some((centre, width)) = self.window() {
            words.push_str(&format!("   C {centre:.0}  W {width:.0}"));
        }
        if self.inverted {
            words.push_str("   inverted");
        }
        words
    }

    /// Centre and width as they are, or as they were last asked for.
    pub fn window(&self) -> Option<(f64, f64)> {
        match self.rendering {
            Rendering::Window(Window { center, width }) => Some((center, width)),
            _ => self.rendered.as_ref()?.window,
        }
    }

    /// The window after a right-drag by so many points: across widens, down darkens.
    pub fn dragged_window(&self, by: egui::Vec2) -> Option<(f64, f64)> {
        let rendered = self.rendered.as_ref()?;
        rendered.window?;
        let (centre, width) = self.window()?;
        let step = (width / 250.0).max(0.01);
        let wider = (width + f64::from(by.x) * step).max(1e-3);
        Some((centre + f64::from(by.y) * step, wider))
    }
}

/// A region moved by whole pixels inside an image.
pub(super) fn nudged(region: Region, (x, y): (i64, i64), size: (u32, u32)) -> Region {
    moved(region, egui::vec2(x as f32, y as f32), size)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn viewer(window: Option<(f64, f64)>) -> Viewer {
        let picture = Arc::new(Picture { width: 1, height: 1, channels: 1, samples: vec![0] });
        let instance = InstanceUid::new("1");
        let mut viewer = Viewer::default();
        viewer.take(Rendered { instance, frame: 0, picture, window });
        viewer
    }

    #[test]
    fn a_right_drag_widens_and_never_turns_the_window_over() {
        let found = viewer(Some((40.0, 400.0))).dragged_window(egui::vec2(25.0, -10.0)).unwrap();
        assert!((found.0 - 24.0).abs() < 1e-9 && (found.1 - 440.0).abs() < 1e-9);
        let found = viewer(Some((40.0, 400.0))).dragged_window(egui::vec2(-9000.0, 0.0)).unwrap();
        assert!(found.1 > 0.0);
        assert_eq!(viewer(None).dragged_window(egui::vec2(9.0, 9.0)), None);
    }

    #[test]
    fn another_series_begins_with_its_own_window() {
        let mut viewer = viewer(Some((40.0, 400.0)));
        viewer.enter(Some(&SeriesUid::new("1")));
        viewer.rendering = Rendering::FullRange;
        viewer.enter(Some(&SeriesUid::new("1")));
        assert_eq!(viewer.rendering, Rendering::FullRange);
        viewer.enter(Some(&SeriesUid::new("2")));
        assert_eq!(viewer.rendering, Rendering::Default);
    }
}
