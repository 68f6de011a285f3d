//! What the fuzzers run.

pub mod targets;
