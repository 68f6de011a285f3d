//! The window, walked as a curator would, without a display.

mod real;
mod walk;
mod world;

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use egui::{Modifiers, Pos2, Rect, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use veridact::ui::App;
use world::{Shared, TestBackend, TestPicker, World};

/// A window, and what a curator does with it.
pub struct Desk {
    pub harness: Harness<'static, App>,
}

/// A window on an invented batch.
pub struct Walk {
    desk: Desk,
    pub world: Shared,
}

impl Deref for Walk {
    type Target = Desk;

    fn deref(&self) -> &Desk {
        &self.desk
    }
}

impl DerefMut for Walk {
    fn deref_mut(&mut self) -> &mut Desk {
        &mut self.desk
    }
}

pub struct Look {
    /// Whether names may hold what no built-in font draws; our own words may not.
    pub any_script: bool,
    pub size: (f32, f32),
    pub scale: f32,
    pub theme: egui::Theme,
}

impl Default for Look {
    fn default() -> Self {
        Self { any_script: false, size: (1440.0, 900.0), scale: 1.0, theme: egui::Theme::Dark }
    }
}

impl Walk {
    /// Opens the window on a folder, or on nothing.
    pub fn new(world: World, folder: Option<&str>) -> Self {
        Self::with(world, folder, &Look::default())
    }

    pub fn with(world: World, folder: Option<&str>, look: &Look) -> Self {
        let mut walk = Self::at_the_wall(world, folder, look);
        // From the wall to the first series.
        walk.press(egui::Key::F2);
        walk
    }

    /// Opens the window on a folder and stays at its wall.
    pub fn at_the_wall(world: World, folder: Option<&str>, look: &Look) -> Self {
        let world = Rc::new(RefCell::new(world));
        let shared = world.clone();
        let folder = folder.map(str::to_owned);
        let builder = Harness::builder();
        let builder = if look.any_script { builder.allow_missing_glyphs() } else { builder };
        let harness = builder
            .with_size(vec2(look.size.0, look.size.1))
            .with_pixels_per_point(look.scale)
            .with_theme(look.theme)
            .build_eframe(move |creation| {
                let backend = Box::new(TestBackend(shared));
                let picker = Box::new(TestPicker(Some("chosen".into()), false));
                let folder = folder.as_deref().map(Path::new);
                App::new(&creation.egui_ctx, backend, picker, folder)
            });
        let mut walk = Self { desk: Desk { harness }, world };
        walk.settle();
        walk
    }
}

impl Desk {
    /// Lets time pass until something is so; three minutes are more than anything here may take.
    pub fn until(&mut self, what: &str, mut ready: impl FnMut(&Self) -> bool) {
        let begun = Instant::now();
        loop {
            self.harness.step();
            if ready(self) {
                return self.settle();
            }
            assert!(begun.elapsed() < Duration::from_secs(180), "waited in vain: {what}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Lets events, commands and drawing come to rest.
    pub fn settle(&mut self) {
        self.harness.run_steps(6);
    }

    pub fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.settle();
    }

    pub fn press(&mut self, key: egui::Key) {
        self.harness.key_press(key);
        self.settle();
    }

    pub fn press_with(&mut self, held: Modifiers, key: egui::Key) {
        self.harness.key_press_modifiers(held, key);
        self.settle();
    }

    pub fn has(&self, label: &str) -> bool {
        self.harness.query_all_by_label(label).next().is_some()
    }

    pub fn has_part(&self, label: &str) -> bool {
        self.harness.query_all_by_label_contains(label).next().is_some()
    }

    /// Types into the field of that name.
    pub fn write(&mut self, label: &str, text: &str) {
        self.harness.get_by_label(label).click();
        self.settle();
        self.harness.get_by_label(label).type_text(text);
        self.settle();
    }

    /// Where a pixel of an image of `size` that fits the canvas lies on the screen.
    pub fn at(&self, (x, y): (u32, u32), size: (u32, u32)) -> Pos2 {
        let canvas: Rect = self.harness.get_by_label("Image").rect();
        let pixels = vec2(size.0 as f32, size.1 as f32);
        let scale = (canvas.width() / pixels.x).min(canvas.height() / pixels.y);
        canvas.center() + (vec2(x as f32, y as f32) - pixels / 2.0) * scale
    }

    pub fn drag(&mut self, from: Pos2, to: Pos2) {
        self.harness.hover_at(from);
        self.harness.step();
        self.harness.drag_at(from);
        self.harness.step();
        self.harness.hover_at(from + (to - from) / 2.0);
        self.harness.step();
        self.harness.hover_at(to);
        self.harness.step();
        self.harness.drop_at(to);
        self.settle();
    }

    /// Saves what is on the screen where a person wants to look at it.
    pub fn shot(&mut self, name: &str) {
        if let Some(folder) = std::env::var_os("VERIDACT_SHOTS") {
            let image = self.harness.render().unwrap();
            image.save(Path::new(&folder).join(format!("{name}.png"))).unwrap();
        }
    }

    /// Where the instance shown lies.
    pub fn lies(&self) -> Option<veridact::model::Lies<'_>> {
        let review = self.review();
        review.outline().lies(review.selection().instance.as_ref()?)
    }

    pub fn review(&self) -> &veridact::review::ReviewState {
        self.harness.state().review().unwrap()
    }
}
