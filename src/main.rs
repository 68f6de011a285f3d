//! The binary: so far only the worker process.
fn main() {}
