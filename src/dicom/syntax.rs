//! Transfer syntaxes: how each writes a dataset and its pixels.

use dicom_transfer_syntax_registry::{TransferSyntaxIndex, TransferSyntaxRegistry};

use crate::dicom::Encoding;

/// Implicit VR Little Endian.
pub const IMPLICIT_LITTLE: &str = "1.2.840.10008.1.2";
/// Explicit VR Little Endian.
pub const EXPLICIT_LITTLE: &str = "1.2.840.10008.1.2.1";
/// Explicit VR Big Endian (retired).
pub const EXPLICIT_BIG: &str = "1.2.840.10008.1.2.2";
/// Deflated Explicit VR Little Endian.
pub const DEFLATED_LITTLE: &str = "1.2.840.10008.1.2.1.99";

const PAPYRUS_IMPLICIT: &str = "1.2.840.10008.1.20";
const JPIP: [&str; 4] = [
    "1.2.840.10008.1.2.4.94",
    "1.2.840.10008.1.2.4.95",
    "1.2.840.10008.1.2.4.204",
    "1.2.840.10008.1.2.4.205",
];
/// Retired JPEG processes, which the registry leaves out: arcs under 1.2.840.10008.1.2.4.
const RETIRED_JPEG: [u32; 14] = [52, 53, 54, 55, 56, 58, 59, 60, 61, 62, 63, 64, 65, 66];

/// What a transfer syntax says of a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Syntax {
    /// How elements are written.
    pub encoding: Encoding,
    /// Whether Pixel Data of the top level are fragments.
    pub encapsulated: bool,
}

/// Looks a transfer syntax up; padding (trailing NUL and blanks) must be cut. `None`: unknown.
///
/// Source: PS3.5 Annex A, PS3.6 Table A-1.
pub fn syntax(uid: &str) -> Option<Syntax> {
    let retired = uid
        .strip_prefix("1.2.840.10008.1.2.4.")
        .and_then(|arc| arc.parse().ok())
        .is_some_and(|arc: u32| RETIRED_JPEG.contains(&arc));
    let registered = TransferSyntaxRegistry.get(uid).is_some_and(|found| found.uid() == uid);
    if !registered && !retired && uid != PAPYRUS_IMPLICIT {
        return None;
    }
    let implicit = matches!(uid, IMPLICIT_LITTLE | PAPYRUS_IMPLICIT);
    let deflated = uid == DEFLATED_LITTLE || uid == JPIP[1] || uid == JPIP[3];
    let by_reference = JPIP.contains(&uid) || uid.starts_with("1.2.840.10008.1.2.7.");
    let native = implicit || matches!(uid, EXPLICIT_LITTLE | EXPLICIT_BIG | DEFLATED_LITTLE);
    Some(Syntax {
        encoding: Encoding { explicit_vr: !implicit, big_endian: uid == EXPLICIT_BIG, deflated },
        encapsulated: !native && !by_reference,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syntaxes_say_how_a_dataset_is_written() {
        let of = |uid: &str| {
            let found = syntax(uid)?;
            let Encoding { explicit_vr, big_endian, deflated } = found.encoding;
            Some((explicit_vr, big_endian, deflated, found.encapsulated))
        };
        assert_eq!(of(IMPLICIT_LITTLE), Some((false, false, false, false)));
        assert_eq!(of(EXPLICIT_LITTLE), Some((true, false, false, false)));
        assert_eq!(of(EXPLICIT_BIG), Some((true, true, false, false)));
        assert_eq!(of(DEFLATED_LITTLE), Some((true, false, true, false)));
        for uid in ["4.50", "4.55", "4.70", "4.81", "4.91", "4.107", "4.202", "5", "8.1", "1.98"] {
            let uid = format!("1.2.840.10008.1.2.{uid}");
            assert_eq!(of(&uid), Some((true, false, false, true)), "{uid}");
        }
        assert_eq!(of("1.2.840.10008.1.2.4.95"), Some((true, false, true, false)));
        for uid in ["", "1.2.840.10008.1.2.6.1", "1.2.840.10008.1.2.1 ", "1.2.840.113619.5.2"] {
            assert_eq!(of(uid), None, "{uid}");
        }
    }
}
