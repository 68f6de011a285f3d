//! Identifiers of the levels of the information model, told apart by type.

use std::fmt;

use dicom_core::Tag;

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Wraps an identifier; padding (trailing NUL and blanks) is cut.
            pub fn new(value: &str) -> Self {
                Self(value.trim_matches(['\0', ' ']).to_owned())
            }

            /// The identifier as it stands in the input: it is as sensitive as the input.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Whether the input had none.
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

identifier!(
    /// SOP Instance UID (0008,0018) of the input.
    InstanceUid
);
identifier!(
    /// Series Instance UID (0020,000E) of the input.
    SeriesUid
);
identifier!(
    /// Study Instance UID (0020,000D) of the input.
    StudyUid
);
identifier!(
    /// What joins instances to one patient: Issuer of Patient ID and Patient ID, never the name.
    ///
    /// Written as `issuer\u{1f}id`, both trimmed. Instances whose Patient ID is empty or a dummy get
    /// a key of name and birth date, or of their study, so that strangers are never joined.
    PatientKey
);

/// UIDs that name definitions of the standard or of a vendor, not instances.
const DEFINITION_UIDS: [Tag; 17] = [
    Tag(0x0002, 0x0010),
    Tag(0x0004, 0x1510),
    Tag(0x0004, 0x1512),
    Tag(0x0008, 0x0016),
    Tag(0x0008, 0x001A),
    Tag(0x0008, 0x001B),
    Tag(0x0008, 0x0062),
    Tag(0x0008, 0x010C),
    Tag(0x0008, 0x0117),
    Tag(0x0008, 0x0118),
    Tag(0x0008, 0x115A),
    Tag(0x0008, 0x1150),
    Tag(0x0008, 0x1151),
    Tag(0x0400, 0x0010),
    Tag(0x0400, 0x0510),
    Tag(0x0008, 0x3002),
    Tag(0x0040, 0xA168),
];

/// Whether a UID attribute names a definition (a SOP Class, a transfer syntax, a coding scheme),
/// never an instance: its value identifies nobody.
pub fn names_a_definition(tag: Tag) -> bool {
    DEFINITION_UIDS.contains(&tag)
}
