//! The batch: every file of a folder, whatever its name, and what identifies its subjects.
//!
//! A file is an instance or a problem, never skipped silently. While instances are read, the
//! strings that identify each patient are gathered into that patient's [`SubjectDictionary`].

mod batch;
mod dictionary;
mod instance;
mod walk;

pub use batch::{Batch, Entry, Problem, digest_file};
pub use dictionary::{Identifier, IdentifierKind, SubjectDictionary};
pub use instance::{Instance, InstanceLabels, read_instance};
pub use walk::{Walk, walk};
