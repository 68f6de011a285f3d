//! A session as a window has it.

use veridact::engine::key::ProjectKey;
use veridact::jobs::SessionOptions;
use veridact::jobs::worker::{WorkerOptions, WorkerPool};
use veridact::profile::Profile;

/// What a window of a curator asks for: the key of sevens, no search for text, and nothing is folded, so
/// that every run makes the same calls.
pub fn options() -> SessionOptions {
    SessionOptions {
        profile: Profile::load("research").unwrap(),
        key: ProjectKey::from_bytes([7; 32]),
        pool: WorkerPool::new(WorkerOptions::new(env!("CARGO_BIN_EXE_veridact"))),
        reader: "curator".into(),
        review: None,
        news: None,
        detect: false,
        device_rules: veridact::devices::DeviceRules::default(),
        folds: false,
        threads: 1,
    }
}
