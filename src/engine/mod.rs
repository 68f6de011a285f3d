//! The verbs: plan what happens to each attribute, apply it, mask pixels.
//!
//! No threads, no clock, no dialogs: what comes out is a function of what goes in.

pub mod dates;
pub mod key;
