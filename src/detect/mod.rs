//! Text in pictures: where it is, and what it says.
//!
//! A [`Picture`](crate::model::Picture) goes in, findings come out. The **detector** (DBNet,
//! PP-OCRv5 mobile, on rten) says where text is; the **reader** (Tesseract 5) only labels what was
//! found and never clears a box. Nothing here masks or decides. What the detector could not look
//! at is said so: *not looked at* is never *nothing found*.
//!
//! Three passes look at a picture: with its local contrast raised and inverted, at one and a half
//! times its size; with its local contrast raised, turned by a quarter; and as it is. A box counts by
//! its score, its size, the support of another pass, and what the picture says for it (contrast,
//! strokes). [`Depth::Glance`] makes do with one pass where that sees nothing.
//!
//! Limits, on the 130 pictures of the shared test set: of 1,413 words 1.8 % are wholly missed, of 635
//! that identify one. Missed are text below 60 grey levels of contrast (one word in nine), single
//! letters, and some quarter-turned ones. On another set with fainter text 4.3 % were missed. A picture
//! of more than 2.5 megapixels is scaled down, and looked at in full along its sides; one that would
//! shrink below a third is not looked at. Results repeat to the bit on one kind of CPU only.

mod candidate;
mod contrast;
mod crop;
mod detector;
mod error;
mod evidence;
mod geometry;
mod join;
mod look;
mod memory;
mod novelty;
mod outline;
mod picture;
mod projection;
mod reader;
mod shapes;

pub use detector::{Depth, Detection, FoundRegion, Suspicion, TextDetector};
pub use error::DetectError;
pub use look::{detector_id, findings, look, look_without_detector, not_looked_at};
pub use novelty::{Novelty, newest};
pub use picture::{picture_from_file, picture_size};
pub use projection::Projections;
pub use reader::{Reading, TextReader};
