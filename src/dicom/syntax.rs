//! Transfer syntaxes, as far as the dataset's encoding goes.

use dicom_encoding::transfer_syntax::TransferSyntaxIndex;
use dicom_transfer_syntax_registry::TransferSyntaxRegistry;

use crate::dicom::Encoding;
use crate::model::VR;

/// Implicit VR Little Endian.
pub const IMPLICIT_LITTLE: &str = "1.2.840.10008.1.2";
/// Explicit VR Little Endian.
pub const EXPLICIT_LITTLE: &str = "1.2.840.10008.1.2.1";
/// Explicit VR Big Endian (retired).
pub const EXPLICIT_BIG: &str = "1.2.840.10008.1.2.2";
/// Deflated Explicit VR Little Endian.
pub const DEFLATED: &str = "1.2.840.10008.1.2.1.99";
/// JPIP Referenced Deflate and its High-Throughput sister: deflated too.
const JPIP_DEFLATED: [&str; 2] = ["1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"];

/// Retired JPEG processes, which nothing decodes: the dataset can be read all the same.
const RETIRED: [&str; 11] = [
    "1.2.840.10008.1.2.4.52",
    "1.2.840.10008.1.2.4.53",
    "1.2.840.10008.1.2.4.54",
    "1.2.840.10008.1.2.4.55",
    "1.2.840.10008.1.2.4.56",
    "1.2.840.10008.1.2.4.58",
    "1.2.840.10008.1.2.4.59",
    "1.2.840.10008.1.2.4.60",
    "1.2.840.10008.1.2.4.61",
    "1.2.840.10008.1.2.4.64",
    "1.2.840.10008.1.2.4.66",
];

/// How the dataset of a transfer syntax is written; `None` for one that the standard does not have.
pub fn encoding(uid: &str) -> Option<Encoding> {
    let (explicit_vr, big_endian) = match uid {
        IMPLICIT_LITTLE => (false, false),
        EXPLICIT_BIG => (true, true),
        _ => (true, false),
    };
    let deflated = uid == DEFLATED || JPIP_DEFLATED.contains(&uid);
    let known = deflated || RETIRED.contains(&uid) || TransferSyntaxRegistry.get(uid).is_some();
    known.then_some(Encoding { explicit_vr, big_endian, deflated })
}

/// Whether Pixel Data are fragments in this transfer syntax.
pub fn is_encapsulated(uid: &str) -> bool {
    !matches!(uid, IMPLICIT_LITTLE | EXPLICIT_LITTLE | EXPLICIT_BIG | DEFLATED)
}

/// The plain transfer syntax of an encoding that was found by looking.
pub(crate) const fn plain_uid(encoding: Encoding) -> &'static str {
    match (encoding.explicit_vr, encoding.big_endian) {
        (false, _) => IMPLICIT_LITTLE,
        (true, false) => EXPLICIT_LITTLE,
        (true, true) => EXPLICIT_BIG,
    }
}

/// Whether the explicit header of a VR has a 32-bit length (PS3.5 7.1.2).
pub const fn has_long_form(vr: VR) -> bool {
    matches!(
        vr,
        VR::OB
            | VR::OD
            | VR::OF
            | VR::OL
            | VR::OV
            | VR::OW
            | VR::SQ
            | VR::SV
            | VR::UC
            | VR::UN
            | VR::UR
            | VR::UT
            | VR::UV
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standards_syntaxes_are_known_and_others_are_not() {
        assert!(encoding("1.2.840.10008.1.2.4.50").is_some_and(|found| found.explicit_vr));
        assert!(encoding("1.2.840.10008.1.2.4.100").is_some(), "MPEG-2, which nothing decodes");
        assert!(encoding(DEFLATED).is_some_and(|found| found.deflated));
        assert!(encoding("1.2.840.10008.1.2").is_some_and(|found| !found.explicit_vr));
        assert_eq!(encoding("1.2.3"), None);
        assert_eq!(encoding("1.2.840.10008.1.2.4.999"), None);
        assert_eq!(encoding(""), None);
    }
}
