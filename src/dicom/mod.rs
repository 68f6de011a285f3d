//! The only room that knows bytes of DICOM and the objects of dicom-rs.
//!
//! [`scan`] runs first on every file: bounded, iterative, it allocates nothing that a header
//! claims. [`splice`] writes: ranges that nobody edited are copied as they are. [`text`] decodes
//! and encodes the character sets. What is hostile stops here; see `SECURITY.md`.

mod cursor;
mod deflate;
mod header;
mod meta;
mod node;
mod probe;
pub mod scan;
mod source;
pub mod splice;
pub mod syntax;
pub mod text;
mod walk;

pub use node::{Encoding, FileMeta, LengthForm, Node, NodeId, NodeKind, Scan, ScanNote};
pub use scan::{Limits, ScanError, scan};
pub use source::Source;
pub use splice::{Edits, NewContent, NewElement, NewMeta, SpliceError, splice};
