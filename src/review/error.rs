//! What can go wrong in this room.

use crate::store::StoreError;

/// Why a review could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReviewError {
    /// The review on disk.
    #[error(transparent)]
    Store(#[from] StoreError),
}
