//! Character sets: every defined term of PS3.3 C.12.1.1.2, decoding and encoding.
//!
//! A value is decoded whole, never split as bytes: in GB18030, GBK and the Japanese sets a trail
//! byte can be that of the backslash. What does not decode is kept readable as well as can be, and
//! the result says that it is not [`Decoded::clean`].

mod iso2022;
mod sets;

use std::io;

use dicom_core::{Tag, VR};
use encoding_rs::{Encoding, GB18030, GBK};

use crate::dicom::text::iso2022::Extended;
use crate::dicom::text::sets::Term;
use crate::dicom::{NodeId, NodeKind, Scan};

/// Specific Character Set.
pub(crate) const SPECIFIC_CHARACTER_SET: Tag = Tag(0x0008, 0x0005);
/// Longest declaration that is looked at, in bytes.
const LONGEST_DECLARATION: u64 = 1024;
/// Longest text that is decoded, in bytes.
const LONGEST_TEXT: u64 = 64 << 20;

/// A decoded value.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Decoded {
    /// The text; U+FFFD or a likely character for each byte that did not decode.
    pub text: String,
    /// Whether every byte decoded in the declared character sets.
    pub clean: bool,
}

impl std::fmt::Debug for Decoded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Decoded {{ clean: {} }}", self.clean)
    }
}

/// A term of Specific Character Set (0008,0005) that the standard does not define.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the specific character set is not known")]
pub struct UnknownCharacterSet;

/// The character sets in force for a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CharacterSets(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// One set, or several with escapes between them.
    Extended(Extended),
    Utf8,
    Gb18030,
    Gbk,
    /// Declared, but not known.
    Unknown,
}

impl Default for CharacterSets {
    /// The default repertoire, ISO-IR 6.
    fn default() -> Self {
        Self(Kind::Extended(Extended::default()))
    }
}

impl CharacterSets {
    /// Reads the value of Specific Character Set (0008,0005). Usual misspellings of the terms
    /// (case, `-` and `_` for blanks, missing blanks) are understood.
    ///
    /// # Errors
    /// [`UnknownCharacterSet`] if any of its terms is not known.
    pub fn from_declared(declared: &str) -> Result<Self, UnknownCharacterSet> {
        let terms = values(declared).map(Term::parse).collect::<Option<Vec<_>>>();
        let terms = terms.ok_or(UnknownCharacterSet)?;
        // These stand alone; what follows one of them can have no meaning (C.12.1.1.2).
        Ok(Self(match terms.first() {
            Some(Term::Utf8) => Kind::Utf8,
            Some(Term::Gb18030) => Kind::Gb18030,
            Some(Term::Gbk) => Kind::Gbk,
            _ => Kind::Extended(Extended::new(&terms).ok_or(UnknownCharacterSet)?),
        }))
    }

    /// Stands for a declaration that is not known: only ASCII decodes cleanly.
    pub const fn unknown() -> Self {
        Self(Kind::Unknown)
    }

    /// Whether the declaration was understood.
    pub const fn is_known(&self) -> bool {
        !matches!(self.0, Kind::Unknown)
    }

    /// Decodes the value of an element of that VR.
    ///
    /// VRs that the character set does not concern (CS, UI, DA …) are read in the default
    /// repertoire. Padding and delimiters stay in the text.
    pub fn decode(&self, bytes: &[u8], vr: VR) -> Decoded {
        if !concerns(vr) {
            return Extended::default().decode(bytes, vr);
        }
        match &self.0 {
            Kind::Extended(sets) => sets.decode(bytes, vr),
            Kind::Utf8 => match std::str::from_utf8(bytes) {
                Ok(text) => Decoded { text: text.to_owned(), clean: true },
                Err(_) => {
                    Decoded { text: String::from_utf8_lossy(bytes).into_owned(), clean: false }
                }
            },
            Kind::Gb18030 => whole(GB18030, bytes),
            Kind::Gbk => whole(GBK, bytes),
            Kind::Unknown => sets::guess(bytes),
        }
    }

    /// Encodes a text with its delimiters; `None` when the sets cannot represent it.
    ///
    /// Escapes are written so that each part between delimiters stands for itself, whatever the
    /// VR. What comes out decodes to the same text, cleanly.
    pub fn encode(&self, text: &str) -> Option<Vec<u8>> {
        let bytes = match &self.0 {
            Kind::Extended(sets) => sets.encode(text)?,
            Kind::Utf8 => text.as_bytes().to_vec(),
            Kind::Gb18030 => all_of(GB18030, text)?,
            Kind::Gbk => all_of(GBK, text)?,
            Kind::Unknown => text.is_ascii().then(|| text.as_bytes().to_vec())?,
        };
        let same = |decoded: Decoded| decoded.clean && decoded.text == text;
        let [name, long] = [VR::PN, VR::LT].map(|vr| same(self.decode(&bytes, vr)));
        (name || long).then_some(bytes)
    }
}

fn whole(encoding: &'static Encoding, bytes: &[u8]) -> Decoded {
    let (text, broken) = encoding.decode_without_bom_handling(bytes);
    Decoded { text: text.into_owned(), clean: !broken }
}

fn all_of(encoding: &'static Encoding, text: &str) -> Option<Vec<u8>> {
    let (bytes, _, broken) = encoding.encode(text);
    (!broken).then(|| bytes.into_owned())
}

/// Whether Specific Character Set concerns values of this VR (PS3.5 6.1.2.3). Unknown ones may
/// hold such text.
const fn concerns(vr: VR) -> bool {
    matches!(
        vr,
        VR::SH | VR::LO | VR::ST | VR::LT | VR::UC | VR::UT | VR::PN | VR::UN | VR::OB | VR::OW
    )
}

/// The values of a decoded text: split at backslashes, blanks and NULs around each cut.
///
/// Not for ST, LT, UT and UR, in which a backslash is a character.
pub fn values(text: &str) -> impl Iterator<Item = &str> {
    text.split('\\').map(|value| value.trim_matches([' ', '\0']))
}

/// The character sets in force at a node: those declared in the nearest enclosing item that
/// declares any, else at the top level, else the default repertoire.
///
/// Source: PS3.5 7.5.1.2 (items inherit unless they declare their own).
///
/// # Errors
/// Those of the source. An unknown declaration is no error: [`CharacterSets::is_known`] tells.
pub fn charset_of(scan: &Scan, id: NodeId) -> io::Result<CharacterSets> {
    let mut at = scan.nodes.get(id.0 as usize).and_then(|node| node.parent);
    loop {
        let item = at.map(|id| scan.node(id));
        if item.is_none_or(|node| node.kind == NodeKind::Item)
            && let Some(&declared) = scan.declarations.get(&at)
        {
            let bytes = scan.value(declared, LONGEST_DECLARATION)?;
            let text = String::from_utf8_lossy(&bytes);
            let sets = CharacterSets::from_declared(&text);
            return Ok(sets.unwrap_or_else(|_unknown| CharacterSets::unknown()));
        }
        let Some(node) = item else { return Ok(CharacterSets::default()) };
        at = node.parent;
    }
}

/// Whether a value of this VR is text (PS3.5 6.2); UIDs are, too.
pub const fn is_text(vr: VR) -> bool {
    matches!(
        vr,
        VR::AE
            | VR::AS
            | VR::CS
            | VR::DA
            | VR::DS
            | VR::DT
            | VR::IS
            | VR::LO
            | VR::LT
            | VR::PN
            | VR::SH
            | VR::ST
            | VR::TM
            | VR::UC
            | VR::UI
            | VR::UR
            | VR::UT
    )
}

/// Decodes a value that no character set concerns: nearly all are plain, and say what they hold.
fn in_default_repertoire(bytes: Vec<u8>, vr: VR) -> Decoded {
    let is_plain = bytes.iter().all(|byte| (b' '..=b'~').contains(byte));
    match String::from_utf8(bytes) {
        Ok(text) if is_plain => Decoded { text, clean: true },
        Ok(text) => CharacterSets::default().decode(text.as_bytes(), vr),
        Err(error) => CharacterSets::default().decode(error.as_bytes(), vr),
    }
}

/// Reads and decodes the value of an element, without its padding (blanks and NULs at the end).
///
/// # Errors
/// Those of the source, and [`io::ErrorKind::FileTooLarge`] for values above 64 MiB.
pub fn text_value(scan: &Scan, id: NodeId) -> io::Result<Decoded> {
    let node = scan.node(id);
    if node.value.end - node.value.start > LONGEST_TEXT {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let bytes = scan.value(id, LONGEST_TEXT)?;
    let mut decoded = if concerns(node.vr) {
        charset_of(scan, id)?.decode(&bytes, node.vr)
    } else {
        in_default_repertoire(bytes, node.vr)
    };
    let length = decoded.text.trim_end_matches([' ', '\0']).len();
    decoded.text.truncate(length);
    Ok(decoded)
}

#[cfg(test)]
mod tests;
