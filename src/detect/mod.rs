//! Text in pictures: where it is, and what it says.
//!
//! A [`Picture`](crate::model::Picture) goes in, findings come out. The **detector** (DBNet,
//! PP-OCRv5 mobile, on rten) says where text is; the **reader** (Tesseract 5) only labels what was
//! found and never clears a box. Nothing here masks or decides. What the detector could not look
//! at is said so: *not looked at* is never *nothing found*.
//!
//! Limits: one pass at the picture's own size (twice that for small pictures). On 130 test images
//! it wholly misses about one word in twenty, mostly words of low contrast and quarter-turned
//! ones. A picture of more than 2.5 megapixels is scaled down first, so that small print on it can
//! be lost; one that would shrink below a third is not looked at. Results repeat to the bit on one
//! kind of CPU only.

mod candidate;
mod contrast;
mod crop;
mod detector;
mod error;
mod evidence;
mod geometry;
mod join;
mod look;
mod outline;
mod picture;
mod reader;

pub use detector::{Detection, FoundRegion, TextDetector};
pub use error::DetectError;
pub use look::{detector_id, findings, look, not_looked_at};
pub use picture::picture_from_file;
pub use reader::{Reading, TextReader};
