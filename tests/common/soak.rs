//! How long the long tests are. `make test` runs their quick versions; `make soak` sets
//! `VERIDACT_SOAK`, and what is a second then becomes minutes.

use proptest::test_runner::Config;

/// Settings of a property test.
pub fn cases(quick: u32, long: u32) -> Config {
    let count = scaled(quick as usize, long as usize) as u32;
    Config { cases: count, failure_persistence: None, ..Config::default() }
}

/// How much a test shall do: `quick`, or under `VERIDACT_SOAK=N` N times `long`.
pub fn scaled(quick: usize, long: usize) -> usize {
    let wanted = std::env::var("VERIDACT_SOAK").ok();
    match wanted.as_deref() {
        None | Some("" | "0") => quick,
        Some(times) => long * times.parse::<usize>().unwrap_or(1).max(1),
    }
}
