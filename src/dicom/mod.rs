//! The only room that knows bytes of DICOM and the objects of dicom-rs.
//!
//! [`scan`] runs first on every file: bounded, iterative, it allocates nothing that a header
//! claims. [`splice`] writes: ranges that nobody edited are copied as they are. [`text`] decodes
//! and encodes the character sets. What is hostile stops here; see `SECURITY.md`.

mod node;
pub mod pixels;
mod source;

pub use node::{Encoding, FileMeta, LengthForm, Node, NodeId, NodeKind, Scan, ScanNote};
pub use source::Source;
