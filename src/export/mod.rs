//! Stage → verify → publish: nothing reaches the output before every check has passed.
//!
//! Each series is written to an owner-only staging folder on the destination's filesystem, flushed,
//! read back, checked, and renamed into place. Every input file gets exactly one outcome.

mod check;
mod destination;
mod files;
mod manifest;
mod maps;
mod naming;
mod report;
mod run;
mod second_look;

pub use check::{PixelService, VerifyContext};
pub use destination::{Destination, DestinationError, STAGING_NAME};
pub use files::{OwnerOnly, write_owner_only};
pub use manifest::{MANIFEST_NAME, Manifest, ManifestFile};
pub use maps::write_maps;
pub use report::{Report, Tally, write_report};
pub use run::{Decided, ExportError, Exported, Exporter, MaskedFile, Names, Release, SeriesGroups};
