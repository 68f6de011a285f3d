//! The verbs: plan what happens to each attribute, apply it, mask pixels.
//!
//! No threads, no clock, no dialogs: what comes out is a function of what goes in.

pub mod apply;
pub mod burned_in;
pub mod crosswalk;
pub mod dates;
mod document;
pub mod identifiers;
pub mod key;
mod markers;
pub mod mask;
pub mod pattern;
pub mod plan;
pub mod sheet;
pub mod text;
mod vocabulary;
