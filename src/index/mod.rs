//! The batch: every file of a folder, whatever its name, and what identifies its subjects.
//!
//! A file is an instance or a problem, never skipped silently. While instances are read, the
//! strings that identify each patient are gathered into that patient's [`SubjectDictionary`].

mod batch;
mod dictionary;
mod identity;
mod instance;
mod person;
mod walk;

pub use batch::{Batch, Entry, Problem, digest_file};
pub use dictionary::{Identifier, IdentifierKind, SubjectDictionary};
pub use identity::{Conflict, ConflictKind, conflicts, identity_basis, parted, resolve_identities};
pub use instance::{Instance, InstanceLabels, read_instance};
pub use person::{Person, is_dummy_id};
pub use walk::{Walk, walk};
