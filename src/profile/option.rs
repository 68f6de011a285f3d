//! The options of the Basic Application Level Confidentiality Profile (PS3.15 E.3, CID 7050).

/// An option of PS3.15 Annex E.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConfidentialityOption {
    /// Clean Pixel Data.
    CleanPixelData,
    /// Clean Recognizable Visual Features.
    CleanRecognizableVisualFeatures,
    /// Clean Graphics.
    CleanGraphics,
    /// Clean Structured Content.
    CleanStructuredContent,
    /// Clean Descriptors.
    CleanDescriptors,
    /// Retain Longitudinal Temporal Information With Full Dates.
    RetainFullDates,
    /// Retain Longitudinal Temporal Information With Modified Dates.
    RetainModifiedDates,
    /// Retain Patient Characteristics.
    RetainPatientCharacteristics,
    /// Retain Device Identity.
    RetainDeviceIdentity,
    /// Retain UIDs.
    RetainUids,
    /// Retain Safe Private.
    RetainSafePrivate,
    /// Retain Institution Identity.
    RetainInstitutionIdentity,
}

use ConfidentialityOption as Opt;

/// Option, name in profiles, code and meaning of CID 7050, column of Table E.1-1; in the order of
/// the options.
const OPTIONS: [(Opt, &str, &str, &str, Option<usize>); 12] = [
    (Opt::CleanPixelData, "clean-pixel-data", "113101", "Clean Pixel Data Option", None),
    (
        Opt::CleanRecognizableVisualFeatures,
        "clean-recognizable-visual-features",
        "113102",
        "Clean Recognizable Visual Features Option",
        None,
    ),
    (Opt::CleanGraphics, "clean-graphics", "113103", "Clean Graphics Option", Some(9)),
    (
        Opt::CleanStructuredContent,
        "clean-structured-content",
        "113104",
        "Clean Structured Content Option",
        Some(8),
    ),
    (Opt::CleanDescriptors, "clean-descriptors", "113105", "Clean Descriptors Option", Some(7)),
    (
        Opt::RetainFullDates,
        "retain-full-dates",
        "113106",
        "Retain Longitudinal Temporal Information Full Dates Option",
        Some(5),
    ),
    (
        Opt::RetainModifiedDates,
        "retain-modified-dates",
        "113107",
        "Retain Longitudinal Temporal Information Modified Dates Option",
        Some(6),
    ),
    (
        Opt::RetainPatientCharacteristics,
        "retain-patient-characteristics",
        "113108",
        "Retain Patient Characteristics Option",
        Some(4),
    ),
    (
        Opt::RetainDeviceIdentity,
        "retain-device-identity",
        "113109",
        "Retain Device Identity Option",
        Some(2),
    ),
    (Opt::RetainUids, "retain-uids", "113110", "Retain UIDs Option", Some(1)),
    (
        Opt::RetainSafePrivate,
        "retain-safe-private",
        "113111",
        "Retain Safe Private Option",
        Some(0),
    ),
    (
        Opt::RetainInstitutionIdentity,
        "retain-institution-identity",
        "113112",
        "Retain Institution Identity Option",
        Some(3),
    ),
];

/// Number of option columns of Table E.1-1.
pub const COLUMNS: usize = 10;

impl ConfidentialityOption {
    /// Every option.
    pub fn all() -> impl Iterator<Item = Self> {
        OPTIONS.iter().map(|row| row.0)
    }

    fn row(self) -> &'static (Opt, &'static str, &'static str, &'static str, Option<usize>) {
        &OPTIONS[self as usize]
    }

    /// The name in profiles.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// Reads the name in profiles.
    pub fn parse(name: &str) -> Option<Self> {
        OPTIONS.iter().find(|row| row.1 == name).map(|row| row.0)
    }

    /// Code value and meaning (CID 7050, scheme DCM).
    pub fn code(self) -> (&'static str, &'static str) {
        (self.row().2, self.row().3)
    }

    /// The column of Table E.1-1 that holds its action codes, counted from 0.
    pub fn column(self) -> Option<usize> {
        self.row().4
    }

    /// Whether the product can do it. Defacing is not there yet: a profile that asks for it is
    /// refused.
    pub const fn is_implemented(self) -> bool {
        !matches!(self, Self::CleanRecognizableVisualFeatures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_stand_in_their_order() {
        assert!(ConfidentialityOption::all().all(|option| option.row().0 == option));
    }
}
