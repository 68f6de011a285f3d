//! Actions resolved for one instance, not yet applied.

use std::sync::Arc;

use dicom_core::VR;

use crate::model::{Action, ActionCode, AttributePath, HoldReason, Layer, Phi};

/// What takes the place of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewValue {
    /// The attribute is not there afterwards.
    Absent,
    /// Zero length.
    Empty,
    /// Text, already valid for the VR; it is encoded in the character set of its dataset.
    Text(Phi<String>),
    /// Encoded bytes, in the dataset's byte order, without padding.
    Bytes(Phi<Vec<u8>>),
    /// Items of a sequence that the plan adds; each a list of (attribute, VR, value).
    Items(Vec<Vec<PlannedItemElement>>),
}

/// One attribute inside an item that the plan adds.
pub type PlannedItemElement = (dicom_core::Tag, VR, NewValue);

/// One change to one attribute, with the rule that decided it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedEdit {
    /// Which attribute.
    pub path: AttributePath,
    /// Its VR, as written in the file or by the dictionary.
    pub vr: VR,
    /// What the rule says.
    pub code: ActionCode,
    /// What will be done.
    pub action: Action,
    /// What stands there afterwards.
    pub value: NewValue,
    /// Which rule decided, such as `E.1-1 (0010,0010)` or a profile's rule name. No values.
    pub rule: Arc<str>,
    /// Which layer that rule is of.
    pub layer: Layer,
}

/// All edits of one instance, in dataset order, and what they rest on.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Plan {
    /// The edits; an attribute without one keeps its bytes.
    pub edits: Vec<PlannedEdit>,
    /// Attributes that a rule keeps on purpose though they may identify, for the diff and verify.
    pub kept: Vec<PlannedEdit>,
    /// What must wait for a person, whatever the edits do.
    pub held: Vec<HoldReason>,
    /// Whether the patient's dictionary was not complete when this was planned.
    pub provisional: bool,
}
