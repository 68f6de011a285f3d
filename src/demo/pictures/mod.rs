//! Pictures that look like medical images and show nobody.

mod chest;
mod fan;
mod hand;
mod head;
mod page;
mod thorax;
mod vessels;

pub use chest::chest;
pub use fan::{Fan, fan};
pub use hand::hand;
pub use head::head;
pub use page::page;
pub use thorax::thorax;
pub use vessels::vessels;

/// 0 at `low` and below, 1 at `high` and above, smooth between.
fn smooth(low: f32, high: f32, value: f32) -> f32 {
    let part = ((value - low) / (high - low)).clamp(0.0, 1.0);
    part * part * (3.0 - 2.0 * part)
}
