//! One binary for all integration tests; each module is a file or folder beside this one.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "tests may panic, and their names say what they do"
)]

mod canary;
mod cli;
mod common;
mod corpus;
mod crosswalk;
mod demo;
mod demo_score;
mod detect;
mod determinism;
mod devices;
mod export;
#[cfg(target_os = "linux")]
mod faults;
mod fuzz;
mod hidden;
mod hostile;
mod identity;
mod midi;
mod outside;
mod pixels;
mod plan;
mod planted;
mod quiet;
mod report;
mod rerun;
mod reverify;
mod scan_corpus;
mod scan_mend;
mod scan_splice;
mod score;
mod session;
mod soak;
mod store_review;
mod strangers;
mod subjects;
#[cfg(feature = "gui")]
mod ui;
mod verify;
mod walls;
mod withdraw;
mod worker;
