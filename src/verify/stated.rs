//! What a file itself says was done to it, for the report: read from what was written.

use std::fmt;
use std::io;

use crate::dicom::{NodeKind, Scan};
use crate::model::Tag;
use crate::verify::policy::{latin, top_text};

const METHOD_CODES: Tag = Tag(0x0012, 0x0064);
const CODE_VALUE: Tag = Tag(0x0008, 0x0100);
const SCHEME: Tag = Tag(0x0008, 0x0102);
/// Longest code that is read, in bytes.
const LONGEST: u64 = 64;

/// What a file says of itself. Attributes that are not there are empty. It never prints itself: a verdict
/// shows no values.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Stated {
    /// Study Instance UID (0020,000D).
    pub study: String,
    /// Series Instance UID (0020,000E).
    pub series: String,
    /// Modality (0008,0060).
    pub modality: String,
    /// Manufacturer (0008,0070).
    pub manufacturer: String,
    /// Patient Identity Removed (0012,0062).
    pub identity_removed: String,
    /// Code values of De-identification Method Code Sequence (0012,0064), in their order; those of
    /// other schemes than DCM with their scheme in front.
    pub codes: Vec<String>,
    /// Burned In Annotation (0028,0301).
    pub burned_in: String,
    /// Longitudinal Temporal Information Modified (0028,0303).
    pub temporal: String,
}

impl fmt::Debug for Stated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stated(…)")
    }
}

impl Stated {
    /// Reads it.
    ///
    /// # Errors
    /// Those of the source.
    pub(crate) fn read(scan: &Scan) -> io::Result<Self> {
        let text = |group, element| -> io::Result<String> {
            Ok(top_text(scan, Tag(group, element))?.unwrap_or_default())
        };
        Ok(Self {
            study: text(0x0020, 0x000D)?,
            series: text(0x0020, 0x000E)?,
            modality: text(0x0008, 0x0060)?,
            manufacturer: text(0x0008, 0x0070)?,
            identity_removed: text(0x0012, 0x0062)?,
            codes: codes(scan)?,
            burned_in: text(0x0028, 0x0301)?,
            temporal: text(0x0028, 0x0303)?,
        })
    }
}

fn codes(scan: &Scan) -> io::Result<Vec<String>> {
    let Some(sequence) = scan.find(METHOD_CODES) else { return Ok(Vec::new()) };
    let mut codes = Vec::new();
    for (item, _) in scan.children(Some(sequence)).filter(|(_, node)| node.kind == NodeKind::Item) {
        let text = |tag| -> io::Result<String> {
            let Some(id) = scan.find_in(Some(item), tag) else { return Ok(String::new()) };
            Ok(latin(&scan.value(id, LONGEST)?).trim_matches(['\0', ' ']).to_owned())
        };
        let (code, scheme) = (text(CODE_VALUE)?, text(SCHEME)?);
        codes.push(if scheme == "DCM" { code } else { format!("{scheme} {code}") });
    }
    Ok(codes)
}
