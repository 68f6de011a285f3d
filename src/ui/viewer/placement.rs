//! Where the image lies on the screen. Regions stay in image pixels; only this knows points.

use egui::{Pos2, Rect, Vec2, pos2, vec2};

use crate::model::Region;

/// Least and greatest zoom, in points for a pixel.
const ZOOM: std::ops::RangeInclusive<f32> = 0.02..=40.0;

/// How the image is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub(in crate::ui) struct Camera {
    /// Points for a pixel; `None` fits the image into the canvas.
    zoom: Option<f32>,
    /// Pixels by which the middle of the canvas lies off the middle of the image.
    offset: Vec2,
}

/// One image on one canvas.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::ui) struct Placement {
    /// The canvas.
    pub canvas: Rect,
    /// Columns and rows of the image.
    pub size: (u32, u32),
    /// Points for a pixel.
    pub scale: f32,
    /// Where the image's first pixel begins.
    pub origin: Pos2,
}

impl Camera {
    /// The whole image.
    pub fn fit(&mut self) {
        *self = Self::default();
    }

    /// Where an image of `size` lies on `canvas`.
    pub fn place(&self, canvas: Rect, size: (u32, u32)) -> Placement {
        let pixels = vec2(size.0.max(1) as f32, size.1.max(1) as f32);
        let fit = (canvas.width() / pixels.x).min(canvas.height() / pixels.y).max(*ZOOM.start());
        let scale = self.zoom.unwrap_or(fit);
        let origin = canvas.center() - (pixels / 2.0 + self.offset) * scale;
        Placement { canvas, size, scale, origin }
    }

    /// Zooms so that what is under `at` stays there.
    pub fn zoom(&mut self, factor: f32, at: Pos2, now: &Placement) {
        let scale = (now.scale * factor).clamp(*ZOOM.start(), *ZOOM.end());
        let pixel = (at - now.origin) / now.scale;
        let middle = vec2(now.size.0 as f32, now.size.1 as f32) / 2.0;
        self.zoom = Some(scale);
        self.offset = pixel - (at - now.canvas.center()) / scale - middle;
    }

    /// Moves the image with the pointer.
    pub fn pan(&mut self, by: Vec2, now: &Placement) {
        self.zoom = Some(now.scale);
        self.offset -= by / now.scale;
    }
}

impl Placement {
    /// The image on the screen.
    pub fn image(&self) -> Rect {
        Rect::from_min_size(self.origin, vec2(self.size.0 as f32, self.size.1 as f32) * self.scale)
    }

    /// A region on the screen.
    pub fn rect(&self, region: Region) -> Rect {
        let corner =
            |x: u32, y: u32| self.origin + vec2(x as f32 * self.scale, y as f32 * self.scale);
        Rect::from_min_max(corner(region.x0, region.y0), corner(region.x1, region.y1))
    }

    /// The place in the image, in pixels, under a point of the screen; may lie outside.
    pub fn pixel(&self, at: Pos2) -> Pos2 {
        let off = (at - self.origin) / self.scale;
        pos2(off.x, off.y)
    }

    /// The region between two places of the image, widened to whole pixels and cut at its edges;
    /// `None` where nothing is left.
    pub fn region(&self, a: Pos2, b: Pos2) -> Option<Region> {
        let (columns, rows) = self.size;
        let low = |a: f32, b: f32, most: u32| (a.min(b).floor().max(0.0) as u32).min(most);
        let high = |a: f32, b: f32, most: u32| (a.max(b).ceil().max(0.0) as u32).min(most);
        let from = (low(a.x, b.x, columns), low(a.y, b.y, rows));
        Region::from_corners(from, (high(a.x, b.x, columns), high(a.y, b.y, rows)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canvas() -> Rect {
        Rect::from_min_size(pos2(100.0, 50.0), vec2(400.0, 200.0))
    }

    #[test]
    fn fitted_images_touch_the_canvas_and_stay_in_its_middle() {
        let placement = Camera::default().place(canvas(), (100, 100));
        assert_eq!(placement.scale, 2.0);
        assert_eq!(placement.image(), Rect::from_min_size(pos2(200.0, 50.0), vec2(200.0, 200.0)));
    }

    #[test]
    fn what_is_under_the_pointer_stays_there_when_zooming() {
        let mut camera = Camera::default();
        let before = camera.place(canvas(), (100, 100));
        let at = pos2(250.0, 90.0);
        camera.zoom(3.0, at, &before);
        let after = camera.place(canvas(), (100, 100));
        assert!((before.pixel(at) - after.pixel(at)).length() < 0.01);
        assert!((after.scale - 6.0).abs() < 0.01);
    }

    #[test]
    fn panning_moves_the_image_with_the_pointer() {
        let mut camera = Camera::default();
        let before = camera.place(canvas(), (100, 100));
        camera.pan(vec2(10.0, -4.0), &before);
        let after = camera.place(canvas(), (100, 100));
        assert!(((after.origin - before.origin) - vec2(10.0, -4.0)).length() < 0.01);
    }

    #[test]
    fn a_region_covers_every_pixel_it_touches_and_is_cut_at_the_edges() {
        let placement = Camera::default().place(canvas(), (100, 100));
        let region = placement.region(pos2(20.4, 10.9), pos2(10.2, 5.1));
        assert_eq!(region, Some(Region { x0: 10, y0: 5, x1: 21, y1: 11 }));
        let region = placement.region(pos2(-50.0, 90.0), pos2(3.0, 500.0));
        assert_eq!(region, Some(Region { x0: 0, y0: 90, x1: 3, y1: 100 }));
        assert_eq!(placement.region(pos2(-50.0, -9.0), pos2(-3.0, -1.0)), None);
    }
}
