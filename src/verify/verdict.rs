//! What verify says of a file.

use std::collections::BTreeSet;

use crate::model::{Cause, HoldReason};
use crate::verify::Stated;

/// What verify says of one file. Lists are sorted and hold each entry once; none holds a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// What holds the file.
    pub findings: Vec<HoldReason>,
    /// What would hold it but was accepted by a person.
    pub accepted: Vec<HoldReason>,
    /// What was found and is kept on purpose: a clinical word that is also a name, in a value
    /// that a rule keeps as it was.
    pub listed: Vec<HoldReason>,
    /// What quarantines it: it does not parse, or does not agree with itself.
    pub broken: Vec<HoldReason>,
    /// SOP Instance UIDs that it refers to, for the caller to tell dangling references.
    pub references: Vec<String>,
    /// What was not, or not wholly, looked at.
    pub not_checked: Vec<String>,
    /// What the file says of itself.
    pub stated: Stated,
}

impl Verdict {
    /// Whether nothing stands against a release.
    pub fn passes(&self) -> bool {
        self.findings.is_empty() && self.broken.is_empty()
    }

    /// The cause of a quarantine, if there is one.
    pub fn structure(&self) -> Option<Cause> {
        (!self.broken.is_empty()).then_some(Cause::VerifyStructure)
    }
}

/// Which check speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    /// Strings of the subject dictionary.
    Identifier,
    /// The table of the standard and the profile.
    Policy,
    /// The markers of what was done.
    Markers,
    /// Pixel data.
    Pixels,
    /// Form and agreement.
    Structure,
    /// The list of what was published.
    Manifest,
}

impl Check {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Identifier => "identifier",
            Self::Policy => "policy",
            Self::Markers => "markers",
            Self::Pixels => "pixels",
            Self::Structure => "structure",
            Self::Manifest => "manifest",
        }
    }

    pub(crate) fn reason(self, place: &str, what: &str) -> HoldReason {
        HoldReason { check: self.as_str().into(), place: place.into(), what: what.into() }
    }
}

/// Collects what the checks find.
#[derive(Default)]
pub(crate) struct Collected {
    findings: BTreeSet<HoldReason>,
    listed: BTreeSet<HoldReason>,
    broken: BTreeSet<HoldReason>,
    references: BTreeSet<String>,
    not_checked: BTreeSet<String>,
    stated: Stated,
}

impl Collected {
    pub(crate) fn hold(&mut self, check: Check, place: &str, what: &str) {
        self.findings.insert(check.reason(place, what));
    }

    /// How many findings there are so far.
    pub(crate) fn count(&self) -> usize {
        self.findings.len()
    }

    pub(crate) fn list(&mut self, place: &str, what: &str) {
        self.listed.insert(Check::Identifier.reason(place, what));
    }

    pub(crate) fn broken(&mut self, place: &str, what: &str) {
        self.broken.insert(Check::Structure.reason(place, what));
    }

    pub(crate) fn refers_to(&mut self, uid: &str) {
        self.references.insert(uid.to_owned());
    }

    pub(crate) fn not_checked(&mut self, what: impl Into<String>) {
        self.not_checked.insert(what.into());
    }

    pub(crate) fn states(&mut self, stated: Stated) {
        self.stated = stated;
    }

    /// The verdict; findings at accepted places hold no longer. What is broken stays broken.
    pub(crate) fn verdict(self, accepted: &BTreeSet<String>) -> Verdict {
        let (accepted, findings) =
            self.findings.into_iter().partition(|reason| accepted.contains(&reason.place));
        Verdict {
            findings,
            accepted,
            listed: self.listed.into_iter().collect(),
            broken: self.broken.into_iter().collect(),
            references: self.references.into_iter().collect(),
            not_checked: self.not_checked.into_iter().collect(),
            stated: self.stated,
        }
    }
}
