//! What becomes of found text where no human decided: a proposal, never a mask by itself.

use crate::index::Instance;
use crate::model::Finding;

/// What a policy proposes for a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Paint it over.
    Mask,
    /// Show it to a human; unmasked without one.
    Suspected,
    /// A laterality mark that clinical use needs: never masked by a tool, always listed.
    Listed,
}

/// Modalities whose images carry burned-in text as a rule.
const TEXT_BEARING: [&str; 22] = [
    "US", "IVUS", "SC", "CR", "DX", "MG", "XA", "RF", "ES", "XC", "VL", "OT", "IO", "PX", "GM",
    "SM", "OP", "OPT", "DG", "ECG", "BDUS", "TG",
];
const LATERALITY: [&str; 16] = [
    "L", "R", "LT", "RT", "LEFT", "RIGHT", "LCC", "RCC", "LMLO", "RMLO", "L CC", "R CC", "L MLO",
    "R MLO", "LML", "RML",
];
/// Prefix of the Secondary Capture SOP Classes.
const SECONDARY_CAPTURE: &str = "1.2.840.10008.5.1.4.1.1.7";

/// Proposes what to do with a finding of an instance.
///
/// Text is masked on modalities that carry it, on secondary captures and screen saves. On original
/// CT, MR, PT and NM images, where a detector mostly sees anatomy, it is only suspected.
pub fn proposal_tier(instance: &Instance, finding: &Finding) -> Tier {
    let text = finding.text.expose().trim().to_uppercase();
    if LATERALITY.contains(&text.as_str()) {
        return Tier::Listed;
    }
    let kind = instance.image_type.to_uppercase();
    let is_capture = instance.sop_class.starts_with(SECONDARY_CAPTURE)
        || ["SECONDARY", "SAVE", "SCREEN"].iter().any(|word| kind.contains(word));
    if is_capture || TEXT_BEARING.contains(&instance.modality.as_str()) {
        Tier::Mask
    } else {
        Tier::Suspected
    }
}
