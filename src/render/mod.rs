//! Frames as people and detectors look at them: eight bits, grey or RGB.
//!
//! Grey goes through modality, VOI and presentation as PS3.3 C.11 says; a table is built once a
//! frame, so that a picture costs one look-up a pixel. Colours are taken to RGB. Nothing here
//! fails: what cannot be honoured is left out and named in [`RenderContext::notes`].

mod colour;
mod context;
mod fold;
mod grey;
mod needed;
mod overlay;
mod spare;

pub use context::{RenderContext, RenderNote};
pub use fold::{Folded, Folding, MOST_FOLDED};
pub use grey::{Window, auto_window};
pub use needed::needed;
pub use overlay::{OverlayPlane, overlays};

use crate::dicom::pixels::Photometric;
use crate::dicom::pixels::RawFrame;
use crate::model::Picture;

/// Which values are shown from black to white.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rendering {
    /// As the file says: its window or VOI table; without one, [`auto_window`].
    Default,
    /// A window of the reader, in values after the modality step (Hounsfield units of a CT).
    Window(Window),
    /// From the least to the greatest value of the frame; of colours from none to the greatest.
    FullRange,
    /// The indices of a palette as grey, from the least to the greatest; else as `FullRange`.
    Indices,
    /// The bits of each cell that no sample uses.
    UnusedBits,
}

/// Renders a frame.
pub fn render(frame: &RawFrame, context: &RenderContext, rendering: Rendering) -> Picture {
    let (channels, samples) = match (frame.samples_per_pixel, context.palette()) {
        _ if rendering == Rendering::UnusedBits => (1, spare::samples(frame)),
        (1, Some(palette))
            if frame.photometric == Photometric::PaletteColor
                && rendering != Rendering::Indices =>
        {
            (3, colour::from_palette(frame, palette))
        }
        (1, _) => (1, grey::samples(frame, context, rendering)),
        _ if rendering == Rendering::FullRange => (3, colour::to_bright_rgb(frame)),
        _ => (3, colour::to_rgb(frame)),
    };
    Picture { width: frame.columns, height: frame.rows, channels, samples }
}
