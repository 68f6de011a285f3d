//! The nouns of the house: what every other room talks about.
//!
//! Nothing here reads a file's content, decides or draws. The only outside words are [`Tag`] and [`VR`].

mod action;
mod decision;
mod finding;
mod fingerprint;
mod fold;
mod location;
mod look_alike;
mod outcome;
mod path;
mod phi;
mod picture;
mod plan;
mod region;
mod scope;
mod uid;

pub use action::{Action, ActionCode, Layer};
pub use decision::{
    Decision, FindingAnswer, IdentityAnswer, IdentityResolution, Override, Verdict,
};
pub use dicom_core::{Tag, VR};
pub use finding::{Coverage, Finding, FindingSource, FrameFindings, Proposal, Tier, Why};
pub use fingerprint::Digest256;
pub use fold::FoldKind;
pub use location::{plain, quoted, resolved};
pub use look_alike::{GroupId, LookAlike};
pub use outcome::{Cause, DIRECT_IDENTIFIERS, HoldReason, Outcome};
pub use path::{AttributePath, PathStep};
pub use phi::Phi;
pub use picture::Picture;
pub use plan::{NewValue, Plan, PlannedEdit, PlannedItemElement};
pub use region::Region;
pub use scope::{Lies, Mask, MaskId, Scope};
pub use uid::{InstanceUid, PatientKey, SeriesUid, StudyUid, names_a_definition};
