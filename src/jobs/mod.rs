//! Threads, worker processes, progress and cancelling: the only room that starts any of them.

mod batch;
mod decided;
mod deid;
mod export;
mod keys;
mod policy;
mod progress;
pub mod worker;

pub use batch::index_batch;
pub use decided::{Approve, ReviewDecided};
pub use deid::{DeidError, DeidRequest, DeidResult, NEVER, deid};
pub use export::{ExportInputs, ExportedBatch, export_batch};
pub use keys::{KeyFileError, make_key_file, read_key_file};
pub use policy::{Tier, proposal_tier};
pub use progress::{Progress, Stage};
