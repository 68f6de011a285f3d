//! Device rules: where in a picture a device writes names, known from the header.
//!
//! A rule says which files it is about ([`Condition`]), of which image size, and which boxes are
//! masked or kept, with reason and author. [`DeviceRules::parse`] reads them from TOML,
//! [`DeviceRules::matching`] says what they mean for one scanned file, and [`import`] takes over
//! what others wrote. Nothing here changes a picture: masks come from here, decisions do not.
//!
//! Limits: a rule knows where a device wrote text in the files its author saw. That no rule is about
//! a file, or that all its boxes are masked, is no proof that nothing else is burned in. What a rule
//! cannot decide, because a value cannot be read or regions make no sense, is listed in
//! [`DeviceMatch::unsettled`] for a person; it is never taken for “no”.

mod attribute;
mod attributes;
mod condition;
mod file;
pub mod import;
mod load;
mod matching;
mod rectangles;
mod rule;
mod rules;
mod ultrasound;
mod write;

pub use attribute::Attribute;
pub use condition::{Ask, Compare, Condition, Pattern, Presence};
pub use load::DeviceRulesError;
pub use matching::{DeviceMatch, Hindrance, RuleHit, Unsettled};
pub use rectangles::without;
pub use rule::{Area, Boxes, DeviceRule, ImageSize};
pub use rules::DeviceRules;
pub(crate) use ultrasound::ultrasound_regions;

#[cfg(test)]
mod tests;
