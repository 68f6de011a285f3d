//! Veridact: verify, correct and export the de-identification of DICOM studies.
//!
//! One engine with three faces: a window for curators, a command line, and a worker process. The
//! rooms and who may import whom are mapped in `ARCHITECTURE.md`; `tests/walls.rs` guards them.

pub mod cli;
pub mod demo;
pub mod detect;
pub mod devices;
pub mod dicom;
pub mod engine;
pub mod export;
pub mod index;
pub mod jobs;
pub mod model;
pub mod profile;
pub mod render;
pub mod review;
pub mod score;
pub mod store;
#[cfg(feature = "gui")]
pub mod ui;
pub mod verify;
