//! Stage → verify → publish: nothing reaches the output before every check has passed.
//!
//! Each series is written to an owner-only staging folder on the destination's filesystem, flushed,
//! read back, checked, and renamed into place. Every input file gets exactly one outcome.

mod check;
mod destination;
mod files;
mod hidden;
mod ledger;
mod manifest;
mod maps;
mod naming;
mod report;
mod run;
mod second_look;
mod standing;
mod write;

pub use check::{PixelService, VerifyContext, identifying_strings};
pub use destination::{Destination, DestinationError, STAGING_NAME, Settled, batch_mark};
pub use files::{OwnerOnly, sync_folder, write_owner_only};
pub use hidden::{Fate, Hidden};
pub use manifest::{
    MANIFEST_NAME, Manifest, ManifestFile, Tombstone, WITHDRAWAL_REASONS, WITHDRAWN_NAME,
};
pub use maps::write_maps;
pub(crate) use naming::contested;
pub use naming::{Name, Names};
pub use report::{
    Alike, Drawn, GroupRow, Guard, HowRun, MaskRow, Masks, Picture, REPORT_NAMES, Report, Residual,
    ResidualReason, RuleRow, Step, StudyLine, Tally, Told, forget_pictures, report_names,
    reports_in, write_report,
};
pub(crate) use run::profile_mark;
pub use run::{Decided, ExportError, Exported, Exporter, Groups, MaskedFile, Release};
pub use standing::destination_standing;
