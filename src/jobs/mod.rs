//! The only room that starts threads and processes.

pub mod worker;
