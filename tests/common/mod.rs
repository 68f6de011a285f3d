//! What several test modules share.

pub mod r#gen;
