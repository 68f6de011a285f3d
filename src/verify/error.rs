//! Why verify itself could not run.

use std::io;

/// Verify could not do its work; the file in question is not released.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The strings of the batch do not fit into one matcher.
    #[error("the subjects of the batch have more strings than can be compared")]
    TooManyStrings,
    /// Bytes could not be read.
    #[error("a file could not be read back")]
    Read(#[from] io::Error),
    /// The manifest is missing or cannot be understood.
    #[error("the manifest cannot be understood")]
    Manifest(#[source] serde_json::Error),
}
