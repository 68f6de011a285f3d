//! Every call that reads or writes fails in turn, and the power at each of them.

mod curator;
pub mod decisions;
pub mod export;
pub mod layer;
mod model;
