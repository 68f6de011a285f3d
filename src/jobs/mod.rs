//! Threads, worker processes, progress and cancelling: the only room that starts any of them.

mod archive;
pub mod backend;
mod batch;
mod conclude;
mod decided;
mod deid;
mod export;
mod gate;
mod identity;
mod keyring;
mod keys;
mod look;
mod pictures;
mod pixels;
mod progress;
mod projections;
mod rules;
mod score;
mod session;
mod session_ahead;
mod session_export;
mod session_folder;
mod session_glance;
mod session_identity;
mod session_look;
mod session_plan;
mod session_project;
mod session_rows;
mod session_store;
mod shard;
mod verify;
mod withdraw;
pub mod worker;

pub use archive::{ArchiveError, input_folder};
pub use batch::index_batch;
pub(crate) use batch::read_entry;
pub use decided::{Approve, ReviewDecided};
pub use deid::{DeidError, DeidRequest, DeidResult, NEVER, deid};
pub use export::{BatchExportError, ExportInputs, ExportedBatch, export_batch};
pub use identity::{
    AnswerGiven, IdentityStanding, parse_identity_answers, read_identity_answers, settle_identities,
};
pub use keyring::{Keyring, KeyringError, random_passphrase};
pub use keys::{
    AskPassphrase, KeyFileError, make_key_file, read_key_file, rewrap_key_file, wrapped_text,
};
pub use look::LookError;
pub(crate) use look::is_film;
pub use pixels::WorkerPixels;
pub use progress::{Progress, Stage};
pub use rules::{FileTried, MaskTried, RuleTried, RulesTried, TextFound, TryRulesError, try_rules};
pub use score::{ScoreRequest, score};
pub use session::{Session, SessionOptions, Wake};
pub use shard::{NoShard, Shard};
pub use verify::{
    ExportVerdict, VerifyExportError, VerifyRequest, parse_identifiers, read_identifiers,
    verify_export,
};
pub use withdraw::{WithdrawError, WithdrawRequest, Withdrawn, withdraw};
