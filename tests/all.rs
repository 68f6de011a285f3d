//! One binary for all integration tests; each module is a file or folder beside this one.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "tests may panic, and their names say what they do"
)]

mod common;
mod demo;
mod detect;
mod export;
mod pixels;
mod scan_corpus;
mod scan_splice;
mod store_review;
#[cfg(feature = "gui")]
mod ui;
mod verify;
mod walls;
mod worker;
