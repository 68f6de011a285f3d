//! What must hold of every staged file.

mod charset;
mod dates;
mod error;
mod fold;
mod forms;
mod matcher;
mod subject;
mod uids;

pub use error::VerifyError;
pub use matcher::Identifiers;
pub use subject::Subject;
