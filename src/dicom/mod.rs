//! The only room that knows bytes of DICOM and the objects of dicom-rs.
//!
//! [`scan()`] runs first on every file: bounded, iterative, it allocates nothing that a header
//! claims. [`splice()`] writes: ranges that nobody edited are copied as they are. [`text`] decodes
//! and encodes the character sets. What is hostile stops here; see `SECURITY.md`.

mod cursor;
mod deflate;
pub mod dictionary;
mod header;
mod mend;
mod meta;
mod node;
pub mod pixels;
mod probe;
mod scan;
mod source;
mod splice;
pub mod syntax;
pub mod text;
mod walk;

pub use node::{Encoding, FileMeta, LengthForm, Node, NodeId, NodeKind, Scan, ScanNote};
pub use scan::{Limits, ScanError, scan};
pub use source::Source;
pub use splice::{
    Edits, IMPLEMENTATION_CLASS, IMPLEMENTATION_VERSION, NewContent, NewElement, NewMeta,
    SpliceError, splice,
};
