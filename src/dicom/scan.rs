//! The scanner: what lies where in a file, found without believing it.
//!
//! One walk over the headers, with an explicit stack and limits; values are passed over, nothing
//! is allocated that a header claims, so time and memory depend on the bytes that are there. What
//! is odd but can be read in one way only is read and noted ([`ScanNote`]), and written anew where
//! it would not be valid as it stands; everything else is refused with a cause. A file is never
//! passed on half read.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use crate::dicom::cursor::Cursor;
use crate::dicom::deflate::{NotInflated, inflate};
use crate::dicom::header::{EXPLICIT, EXPLICIT_BIG, IMPLICIT, PIXEL_DATA, Reading};
use crate::dicom::mend::mend;
use crate::dicom::meta::{Head, read_head};
use crate::dicom::probe::find_reading;
use crate::dicom::syntax::{
    DEFLATED_LITTLE, EXPLICIT_BIG as BIG_UID, EXPLICIT_LITTLE, IMPLICIT_LITTLE, Syntax, syntax,
};
use crate::dicom::text::SPECIFIC_CHARACTER_SET;
use crate::dicom::walk::Walk;
use crate::dicom::{Encoding, FileMeta, Node, NodeId, NodeKind, Scan, ScanNote, Source};
use crate::model::Cause;

/// What a scan may cost at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Sequences around an element.
    pub depth: u32,
    /// Nodes in all.
    pub nodes: u32,
    /// Bytes of an inflated dataset.
    pub inflated: u64,
    /// Inflated bytes for each deflated byte; 16 MiB are always allowed.
    pub inflate_ratio: u32,
}

/// Always allowed when inflating, whatever the ratio.
const INFLATE_FLOOR: u64 = 16 << 20;

impl Default for Limits {
    fn default() -> Self {
        // Deflate gives 1032 for 1 at most, and blank images come near; only files beyond the
        // floor are asked for less.
        Self { depth: 64, nodes: 1_000_000, inflated: 1 << 30, inflate_ratio: 500 }
    }
}

/// Why a file was refused. Offsets count from the start of the file or of the inflated dataset.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScanError {
    /// The bytes are not DICOM.
    #[error("not a DICOM file")]
    NotDicom,
    /// The bytes end before the data do.
    #[error("the data end too early, at byte {at}")]
    Truncated {
        /// First byte of what is cut.
        at: u64,
    },
    /// Sequences nest deeper than [`Limits::depth`].
    #[error("sequences nest too deeply at byte {at}")]
    TooDeep {
        /// Start of the first sequence too many.
        at: u64,
    },
    /// There are more nodes than [`Limits::nodes`].
    #[error("too many elements, counted up to byte {at}")]
    TooManyElements {
        /// Start of the first element too many.
        at: u64,
    },
    /// The structure can be read in no way, or in more than one.
    #[error("{why} at byte {at}")]
    Malformed {
        /// Start of what cannot be read.
        at: u64,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The transfer syntax is not known, or none is named and the pixels are compressed.
    #[error("the transfer syntax is not known")]
    UnknownTransferSyntax,
    /// Inflating gives more than the limits allow.
    #[error("the deflated dataset grows beyond the limit")]
    InflateLimit,
    /// The bytes could not be read.
    #[error("the file could not be read")]
    Read(#[from] io::Error),
}

impl ScanError {
    /// The cause to report.
    pub const fn cause(&self) -> Cause {
        match self {
            Self::NotDicom => Cause::NotDicom,
            Self::Truncated { .. } => Cause::Truncated,
            Self::TooDeep { .. } => Cause::TooDeep,
            Self::TooManyElements { .. } => Cause::TooManyElements,
            Self::Malformed { .. } => Cause::Malformed,
            Self::UnknownTransferSyntax => Cause::UnknownTransferSyntax,
            Self::InflateLimit => Cause::InflateLimit,
            Self::Read(_) => Cause::Unreadable,
        }
    }
}

/// Scans a file: its File Meta Information and every element, item and fragment.
///
/// Values are not read, except those that say how the file is written. A deflated dataset is
/// inflated into memory.
///
/// # Errors
/// [`ScanError`]; nothing half read is ever returned.
pub fn scan(file: Source, limits: &Limits) -> Result<Scan, ScanError> {
    let mut notes = BTreeSet::new();
    let Head { mut meta, dataset, .. } = read_head(&file, &mut notes)?;
    let declared = declared_syntax(&meta)?;
    let opened = open_dataset(&file, dataset, declared, limits, &mut notes)?;
    let Opened { mut source, mut start, mut reading, deflated } = opened;
    let mut walked = Walk::new(&source, reading, limits).run(start..source.len())?;
    if walked.odd || is_mislabelled(declared, reading, &walked.nodes) {
        (source, walked) = mend(&source, start, walked, limits)?;
        (start, reading) = (0, EXPLICIT);
    }
    notes.extend(walked.notes);
    let encoding = Encoding { explicit_vr: reading.explicit, big_endian: reading.big, deflated };
    let agreement = agreement(declared, (reading, deflated), &walked.nodes)?;
    if let Agreement::Other(uid) = agreement {
        uid.clone_into(&mut meta.transfer_syntax);
    }
    if !matches!(agreement, Agreement::Full) && !notes.contains(&ScanNote::NoFileMeta) {
        notes.insert(ScanNote::SyntaxMismatch);
    }
    Ok(Scan {
        dataset: start..walked.end,
        source,
        file,
        encoding,
        meta,
        notes: notes.into_iter().collect(),
        declarations: declarations(&walked.nodes),
        nodes: walked.nodes,
    })
}

/// Where character sets are declared, first in each place.
fn declarations(nodes: &[Node]) -> BTreeMap<Option<NodeId>, NodeId> {
    let mut found = BTreeMap::new();
    let all = nodes.iter().enumerate().filter(|(_, node)| node.tag == SPECIFIC_CHARACTER_SET);
    for (at, node) in all {
        found.entry(node.parent).or_insert(NodeId(at as u32));
    }
    found
}

/// Whether fragments stand in a dataset without VRs, which no transfer syntax allows, while the
/// declared one has VRs and fragments: then the VRs are what is missing.
fn is_mislabelled(declared: Option<Syntax>, reading: Reading, nodes: &[Node]) -> bool {
    let encapsulated = declared.is_some_and(|syntax| syntax.encapsulated);
    reading == IMPLICIT
        && encapsulated
        && nodes.iter().any(|node| node.parent.is_none() && node.kind == NodeKind::Fragments)
}

fn declared_syntax(meta: &FileMeta) -> Result<Option<Syntax>, ScanError> {
    if meta.transfer_syntax.is_empty() {
        return Ok(None);
    }
    syntax(&meta.transfer_syntax).map(Some).ok_or(ScanError::UnknownTransferSyntax)
}

const fn reading_of(encoding: Encoding) -> Reading {
    Reading { explicit: encoding.explicit_vr, big: encoding.big_endian }
}

/// The bytes of a dataset.
struct Opened {
    source: Source,
    start: u64,
    reading: Reading,
    deflated: bool,
}

/// Finds the bytes of the dataset, where they start, and how they are written.
fn open_dataset(
    file: &Source,
    start: u64,
    declared: Option<Syntax>,
    limits: &Limits,
    notes: &mut BTreeSet<ScanNote>,
) -> Result<Opened, ScanError> {
    let deflated = declared.is_some_and(|syntax| syntax.encoding.deflated);
    let mut cursor = Cursor::new(file);
    let plain = |reading| Opened { source: file.clone(), start, reading, deflated: false };
    if start > 0 && start >= file.len() && declared.is_none() {
        return Err(ScanError::Truncated { at: start });
    }
    if !deflated {
        let expected = declared.map(|syntax| reading_of(syntax.encoding));
        let reading = find_reading(&mut cursor, start..file.len(), expected)?;
        let refused =
            if start == 0 { ScanError::NotDicom } else { ScanError::UnknownTransferSyntax };
        return reading.map(plain).ok_or(refused);
    }
    if let Some(reading) = find_reading(&mut cursor, start..file.len(), None)? {
        return Ok(plain(reading));
    }
    let source = inflate_dataset(file, start, limits, notes)?;
    let expected = Some(EXPLICIT);
    let reading = find_reading(&mut Cursor::new(&source), 0..source.len(), expected)?;
    Ok(Opened { source, start: 0, reading: reading.unwrap_or(EXPLICIT), deflated: true })
}

fn inflate_dataset(
    file: &Source,
    start: u64,
    limits: &Limits,
    notes: &mut BTreeSet<ScanNote>,
) -> Result<Source, ScanError> {
    let packed = file.len() - start;
    let by_ratio = packed.saturating_mul(u64::from(limits.inflate_ratio)).max(INFLATE_FLOOR);
    let limit = limits.inflated.min(by_ratio);
    let mut tried = inflate(file, start, false, limit);
    if matches!(tried, Err(NotInflated::Broken)) {
        tried = inflate(file, start, true, limit);
    }
    let inflated = tried.map_err(|error| match error {
        NotInflated::Broken => {
            ScanError::Malformed { at: start, why: "the deflated stream is broken" }
        }
        NotInflated::Truncated => ScanError::Truncated { at: file.len() },
        NotInflated::TooMuch => ScanError::InflateLimit,
        NotInflated::Read(error) => ScanError::Read(error),
    })?;
    // One NUL makes the stream even (PS3.5 A.5).
    if packed - inflated.taken > 1 {
        notes.insert(ScanNote::TrailingBytes);
    }
    Ok(Source::from_bytes(inflated.bytes))
}

/// What became of the transfer syntax when the dataset was read.
enum Agreement {
    /// It is written as declared.
    Full,
    /// The elements are, but Pixel Data are native where fragments belong, or the reverse.
    NotInPixels,
    /// None was declared, or another: the bytes are in this one.
    Other(&'static str),
}

/// Holds what the walk found against what was declared.
fn agreement(
    declared: Option<Syntax>,
    opened: (Reading, bool),
    nodes: &[Node],
) -> Result<Agreement, ScanError> {
    let (reading, deflated) = opened;
    let pixels = nodes.iter().find(|node| node.parent.is_none() && node.tag == PIXEL_DATA);
    let fragments = pixels.is_some_and(|node| node.kind == NodeKind::Fragments);
    if let Some(Syntax { encoding, encapsulated }) = declared
        && reading_of(encoding) == reading
        && encoding.deflated == deflated
    {
        let agrees = pixels.is_none() || fragments == encapsulated;
        if agrees || reading.explicit {
            return Ok(if agrees { Agreement::Full } else { Agreement::NotInPixels });
        }
    }
    match (pixels, declared) {
        // Only what is explicit and little endian can be encapsulated (PS3.5 A.4).
        (Some(pixels), Some(_)) if fragments => {
            let why = "fragments in an encoding that has none";
            Err(ScanError::Malformed { at: pixels.start, why })
        }
        _ if fragments => Err(ScanError::UnknownTransferSyntax),
        _ => Ok(Agreement::Other(match reading {
            IMPLICIT => IMPLICIT_LITTLE,
            EXPLICIT_BIG => BIG_UID,
            _ if deflated => DEFLATED_LITTLE,
            _ => EXPLICIT_LITTLE,
        })),
    }
}

#[cfg(test)]
mod tests;
