//! Values that are valid for their VR and say nothing.

use crate::model::VR;

/// A dummy for a VR that is written as text; empty for binary VRs and sequences.
pub const fn dummy_text(vr: VR) -> &'static str {
    match vr {
        VR::PN | VR::LO | VR::SH | VR::ST | VR::LT | VR::UT | VR::UC | VR::CS | VR::AE => "REMOVED",
        VR::DA => "19000101",
        VR::DT => "19000101000000",
        VR::TM => "000000",
        VR::AS => "000Y",
        VR::DS | VR::IS => "0",
        VR::UR => "urn:removed",
        VR::UI => "2.25.0",
        _ => "",
    }
}
