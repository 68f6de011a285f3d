//! Veridact: verify, correct and export the de-identification of DICOM studies.
//!
//! One engine with three faces: a window for curators, a command line, and a worker process. The
//! rooms and who may import whom are mapped in `ARCHITECTURE.md`; `tests/walls.rs` guards them.

pub mod model;
pub mod dicom;
