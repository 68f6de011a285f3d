//! The strings that identify the subjects of a batch.
//!
//! Collected from every instance of a patient before anything of that patient is planned for good.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use crate::dicom::{NodeId, NodeKind, Scan, text};
use crate::model::{Digest256, Phi, Tag, VR, names_a_definition};

/// Longest value that is taken as an identifying string, in bytes; longer ones are prose.
const LONGEST_VALUE: u64 = 1024;
/// Prefix of the UIDs that the standard gives: they identify nobody.
const WELL_KNOWN: &str = "1.2.840.10008.";

/// What an identifying string is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdentifierKind {
    /// A name of the patient.
    PatientName,
    /// A name of somebody else: physician, operator, relative.
    PersonName,
    /// A patient ID.
    PatientId,
    /// Another number or code given to person, visit, order or study.
    Identifier,
    /// A telephone number or e-mail address.
    Contact,
    /// A postal address or a part of one.
    Address,
    /// An institution or a department.
    Institution,
    /// A station, a serial number, an AE title.
    Device,
    /// A date, as `YYYYMMDD`.
    Date,
    /// A UID that the standard does not define.
    Uid,
}

impl IdentifierKind {
    /// Stable name, for reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PatientName => "patient name",
            Self::PersonName => "person name",
            Self::PatientId => "patient ID",
            Self::Identifier => "identifier",
            Self::Contact => "contact",
            Self::Address => "address",
            Self::Institution => "institution",
            Self::Device => "device",
            Self::Date => "date",
            Self::Uid => "UID",
        }
    }
}

/// One identifying string.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier {
    /// What it is.
    pub kind: IdentifierKind,
    /// The string as it stood in the file, trimmed.
    pub text: Phi<String>,
}

/// All identifying strings of one patient.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubjectDictionary {
    entries: BTreeSet<Identifier>,
}

impl SubjectDictionary {
    /// Adds a string; whether it is new.
    pub fn add(&mut self, identifier: Identifier) -> bool {
        self.entries.insert(identifier)
    }

    /// All strings, ordered by kind and text.
    pub fn iter(&self) -> impl Iterator<Item = &Identifier> {
        self.entries.iter()
    }

    /// Number of strings.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Changes when any string is added: part of a verdict's fingerprint.
    pub fn digest(&self) -> Digest256 {
        let mut hash = Sha256::new();
        for entry in &self.entries {
            hash.update([entry.kind as u8]);
            hash.update((entry.text.expose().len() as u64).to_be_bytes());
            hash.update(entry.text.expose());
        }
        Digest256(hash.finalize().into())
    }
}

/// What the value of an attribute identifies, by its tag or its VR; `None` when it does not.
fn kind_of(tag: Tag, vr: VR) -> Option<IdentifierKind> {
    use IdentifierKind as Kind;
    Some(match (tag.group(), tag.element()) {
        // Versions of lists of codes and of templates are nobody's dates.
        (0x0008, 0x0106 | 0x0107) | (0x0040, 0xDB06 | 0xDB07) => return None,
        (0x0010, 0x0010 | 0x1001 | 0x1005 | 0x1060) => Kind::PatientName,
        (0x0010, 0x0020) => Kind::PatientId,
        (0x0010, 0x1000 | 0x1090 | 0x0050 | 0x1050)
        | (0x0008, 0x0050)
        | (0x0020, 0x0010)
        | (0x0032, 0x0012 | 0x0034)
        | (0x0038, 0x0010 | 0x0060 | 0x0300 | 0x0400 | 0x0500)
        | (
            0x0040,
            0x1001 | 0x0009 | 0x0253 | 0x2016 | 0x2017 | 0x2006 | 0x2007 | 0x0512 | 0x0551,
        )
        | (0x0040, 0x1101)
        | (0x0012, 0x0040 | 0x0042)
        | (0x0088, 0x0130 | 0x0140) => Kind::Identifier,
        (0x0010, 0x2154 | 0x2155) | (0x0008, 0x0094) | (0x0040, 0x1103 | 0x2010 | 0x1104) => {
            Kind::Contact
        }
        (0x0010, 0x1040 | 0x2152 | 0x2150) | (0x0008, 0x0081 | 0x0092) | (0x0040, 0x1102) => {
            Kind::Address
        }
        (0x0008, 0x0080 | 0x1040) | (0x0010, 0x0021) | (0x0012, 0x0031) | (0x0040, 0xA027) => {
            Kind::Institution
        }
        (0x0032, 0x1033) => Kind::Institution,
        (0x0008, 0x1010) | (0x0018, 0x1000) | (0x0040, 0x0241 | 0x0242 | 0x0001 | 0x0010) => {
            Kind::Device
        }
        _ => match vr {
            VR::PN => Kind::PersonName,
            VR::DA | VR::DT => Kind::Date,
            VR::UI if !names_a_definition(tag) => Kind::Uid,
            _ => return None,
        },
    })
}

/// Gathers the identifying strings of one instance, at every depth.
///
/// # Errors
/// Those of reading the file.
pub fn collect(scan: &Scan, found: &mut Vec<Identifier>) -> std::io::Result<()> {
    for (id, node) in scan.iter() {
        let length = node.value.end - node.value.start;
        if node.kind != NodeKind::Element || length == 0 || length > LONGEST_VALUE {
            continue;
        }
        if let Some(kind) = kind_of(node.tag, node.vr) {
            collect_values(scan, id, kind, found)?;
        }
    }
    Ok(())
}

fn collect_values(
    scan: &Scan,
    id: NodeId,
    kind: IdentifierKind,
    found: &mut Vec<Identifier>,
) -> std::io::Result<()> {
    let decoded = text::text_value(scan, id)?;
    for value in decoded.text.split('\\') {
        let value = value.trim_matches([' ', '\0']);
        let value = match kind {
            IdentifierKind::Date => value.get(..8).unwrap_or_default(),
            _ => value,
        };
        let well_known = kind == IdentifierKind::Uid && value.starts_with(WELL_KNOWN);
        if !value.is_empty() && !well_known {
            found.push(Identifier { kind, text: Phi::new(value.to_owned()) });
        }
    }
    Ok(())
}
