//! What must hold of every staged file.
//!
//! A second opinion: this room reads the published bytes anew with its own character sets, its own
//! way through the rules, and no code that cleaned or planned. It may look at the standard's table
//! and at the scan, and at nothing else. It says where something is wrong, never what stands there.
//!
//! By nature it cannot find: what the subject dictionary does not know (a name that stands in no
//! header of the batch), misspelt or transliterated names, strings shorter than three characters,
//! given names of *other* subjects, text inside encrypted content, in video, in the pictures of a PDF
//! and in its fonts with a code of their own, numbers in binary VRs, text drawn in pixels of frames
//! that were not changed, faces, and what is identifying only in combination.

mod carriers;
mod charset;
mod check;
mod codestream;
mod dates;
mod demand;
mod error;
mod expectation;
mod fold;
mod folder;
mod forms;
mod markers;
mod matcher;
mod pairs;
mod phrases;
mod pixels;
mod policy;
mod rules;
mod runs;
mod sealed;
mod stated;
mod structure;
mod subject;
mod uids;
mod verdict;
mod wrapped;

pub use check::{verify, verify_file};
pub use error::VerifyError;
pub use expectation::{
    Expectation, MaskedPixels, PixelExpectation, PixelProof, Policy, ProofError, Samples,
};
pub use folder::{FolderExpectation, FolderVerdict, verify_folder};
pub use matcher::Identifiers;
pub use stated::Stated;
pub use subject::Subject;
pub use verdict::Verdict;
