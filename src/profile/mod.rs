//! Rules as data: the standard's table, the options, the shipped profiles, and what they mean for
//! one attribute.
//!
//! Two stages: [`ProfileFile`] is what was written, [`Profile`] what it means: parsed, merged,
//! checked. A later layer wins (standard → option → profile → site), and each resolved rule
//! remembers its layer. What a profile asks for and the product cannot do is refused with its line.

mod concept;
mod dummy;
mod explain;
mod file;
mod gate;
mod index;
mod load;
mod option;
mod place;
pub mod private;
mod quick;
mod required;
mod resolve;
mod rule;
pub mod table;

pub use concept::Concept;
pub use dummy::dummy_text;
pub use explain::{Explanation, Standing};
pub use file::{
    AgePolicy, BurnedInText, DatePolicy, DocumentPolicy, IdentityBy, OffsetOf, PhrasePolicy,
    ProfileFile, TextPolicy, UnknownPrivate,
};
pub use gate::GateDemand;
pub use load::{Profile, ProfileError, shipped};
pub use option::ConfidentialityOption;
pub use place::Place;
pub use required::required;
pub(crate) use resolve::is_protected;
pub use resolve::{AttributeQuery, Resolved, is_weaker};
pub use rule::{Rule, ValuePattern, action_word};

#[cfg(test)]
mod tests;
