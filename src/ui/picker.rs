//! Asking for a folder, without ever holding up the window.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

/// Asks the reader for a folder; tests give a path instead.
pub trait FolderPicker {
    /// Opens the dialog. A second call before an answer changes nothing.
    fn ask(&mut self, title: &str);

    /// The answer, once: `Some(None)` when the reader closed the dialog without one.
    fn answer(&mut self) -> Option<Option<PathBuf>>;
}

type Answer = Pin<Box<dyn Future<Output = Option<rfd::FileHandle>>>>;

/// The dialog of the desktop.
pub struct DesktopPicker {
    open: Option<Answer>,
    waker: Waker,
}

struct Repaint(egui::Context);

impl Wake for Repaint {
    fn wake(self: Arc<Self>) {
        self.0.request_repaint();
    }
}

impl DesktopPicker {
    /// A picker that wakes `ctx` when the reader has answered.
    pub fn new(ctx: &egui::Context) -> Self {
        Self { open: None, waker: Waker::from(Arc::new(Repaint(ctx.clone()))) }
    }
}

impl FolderPicker for DesktopPicker {
    fn ask(&mut self, title: &str) {
        if self.open.is_none() {
            let dialog = rfd::AsyncFileDialog::new().set_title(title);
            self.open = Some(Box::pin(dialog.pick_folder()));
        }
    }

    fn answer(&mut self) -> Option<Option<PathBuf>> {
        let mut context = Context::from_waker(&self.waker);
        match self.open.as_mut()?.as_mut().poll(&mut context) {
            Poll::Pending => None,
            Poll::Ready(chosen) => {
                self.open = None;
                Some(chosen.map(|handle| handle.path().to_owned()))
            }
        }
    }
}
