//! The window: panels that show a review and say what the reader wants.
//!
//! A panel builds a plain struct of what it will show, then draws it; it does nothing itself but
//! put intents into a queue. [`App`] runs them on the next pass, against the review's state and a
//! [`Backend`]. No long work runs on this thread.

mod app;
mod diff;
mod findings;
mod fold_list;
mod follow;
mod gate;
mod history;
mod identity;
mod intent;
mod keys;
mod menu;
mod notices;
mod offer;
mod outline;
mod palette;
mod picker;
mod report;
mod session;
mod start;
mod strings;
mod text;
mod theme;
mod verdict;
mod viewer;
mod wall;

use std::path::PathBuf;
use std::sync::Arc;

use crate::jobs::backend::Backend;

pub use app::App;
pub use picker::{DesktopPicker, FolderPicker};

/// The window could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UiError {
    /// No display, no graphics, or the system refused.
    #[error("the window cannot be opened: {0}; work without one with the other commands (--help)")]
    Window(#[from] eframe::Error),
}

/// Wakes the window after something happened on another thread.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

/// Opens the window and returns when it was closed and all is on disk.
///
/// `backend` is called once, with a closure that its threads call after each event; `folder` is
/// opened at once.
///
/// # Errors
/// [`UiError::Window`].
pub fn run(
    backend: impl FnOnce(Waker) -> Box<dyn Backend>,
    folder: Option<PathBuf>,
) -> Result<(), UiError> {
    let mut options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title(strings::APP)
            .with_app_id("veridact")
            .with_inner_size([1440.0, 900.0])
            .with_min_inner_size([900.0, 560.0])
            .with_drag_and_drop(true),
        renderer: eframe::Renderer::Glow,
        ..eframe::NativeOptions::default()
    };
    options.glow_options.vsync = true;
    let create: eframe::AppCreator<'_> = Box::new(move |creation| {
        let ctx = creation.egui_ctx.clone();
        let waking = ctx.clone();
        let backend = backend(Arc::new(move || waking.request_repaint()));
        let picker = Box::new(DesktopPicker::new(&ctx));
        Ok(Box::new(App::new(&ctx, backend, picker, folder.as_deref())))
    });
    Ok(eframe::run_native("veridact", options, create)?)
}
