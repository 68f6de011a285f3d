//! Worker processes: where pixels are decoded, looked at and masked.
//!
//! Decoders and Tesseract meet bytes of strangers: they may crash, hang or eat all memory. They
//! run in a child process (`veridact worker`, this same binary) with bounded address space and a
//! deadline, and speak with their parent in length-prefixed messages on a pipe. What kills a
//! worker fails one request, and the file gets a cause.
//!
//! The child: [`serve`]. The parent: [`WorkerPool`].

mod child;
mod error;
mod image;
mod message;
mod pool;
mod protocol;
mod serve;
mod survey;
mod wire;
mod wire_pixels;
mod work;

pub use error::WorkerError;
pub use message::{Message, read_message, write_message};
pub use pool::{Lane, WorkerOptions, WorkerPool};
pub use protocol::{Abilities, FrameSamples, Frames, Misbehaviour, Rendered, Reply, Request};
pub use serve::{WorkerArguments, no_core_dumps, serve, serve_standard_streams};
pub use wire::Senseless;
