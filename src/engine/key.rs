//! The project key, and all that must be consistent and unguessable.
//!
//! UIDs, pseudonyms and date offsets are HMAC-SHA-256 of the key, each in a domain of its own: the
//! same key gives the same mapping across batches and machines, with no shared state.

use std::fmt;
use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::engine::crosswalk::Crosswalk;
use crate::model::PatientKey;

/// Length of a project key in bytes.
pub const KEY_LENGTH: usize = 32;

const HEADER: &str = "veridact-key-1";
/// Letters of pseudonyms: no vowels and no digits that look like letters, so that no word arises.
const ALPHABET: &[u8; 28] = b"23456789BCDFGHJKLMNPQRSTVWXZ";

/// 32 secret bytes: who has them can link what was published to its source.
///
/// A crosswalk goes with it where there is one: all that asks for pseudonym or day offset asks here.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct ProjectKey {
    bytes: [u8; KEY_LENGTH],
    #[zeroize(skip)]
    crosswalk: Option<Arc<Crosswalk>>,
}

impl fmt::Debug for ProjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProjectKey({})", self.fingerprint())
    }
}

/// The text is no key file of this product.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a project key: expected one line, `veridact-key-1` and 64 hexadecimal digits")]
pub struct ParseKeyError;

impl ProjectKey {
    /// A key of these bytes; they must be random.
    pub const fn from_bytes(bytes: [u8; KEY_LENGTH]) -> Self {
        Self { bytes, crosswalk: None }
    }

    /// The same key, with identifiers from outside.
    pub fn with_crosswalk(mut self, crosswalk: Crosswalk) -> Self {
        self.crosswalk = Some(Arc::new(crosswalk));
        self
    }

    /// The identifiers from outside.
    pub fn crosswalk(&self) -> Option<&Crosswalk> {
        self.crosswalk.as_deref()
    }

    /// A new key from the system's random source.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; KEY_LENGTH];
        getrandom::fill(&mut bytes)?;
        Ok(Self::from_bytes(bytes))
    }

    /// The text of a key file: one line.
    pub fn to_text(&self) -> zeroize::Zeroizing<String> {
        zeroize::Zeroizing::new(format!("{HEADER} {}\n", hex::encode(self.bytes)))
    }

    /// Reads the text of a key file.
    ///
    /// # Errors
    /// [`ParseKeyError`]; it does not repeat the text.
    pub fn parse(text: &str) -> Result<Self, ParseKeyError> {
        let digits = text.trim_end().strip_prefix(HEADER).ok_or(ParseKeyError)?.trim();
        let mut bytes = [0; KEY_LENGTH];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_not_hex| ParseKeyError)?;
        Ok(Self::from_bytes(bytes))
    }

    /// Names the key without betraying it: 16 hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        hex::encode(&self.derive("fingerprint", &[])[..8])
    }

    /// HMAC-SHA-256 of `parts` in `domain`. Parts are length-prefixed, so that no two lists of
    /// parts give the same input.
    pub fn derive(&self, domain: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.bytes)
            .expect("HMAC-SHA-256 takes a key of any length");
        for part in std::iter::once(domain.as_bytes()).chain(parts.iter().copied()) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// The UID that stands for `original` everywhere: `2.25.` and a UUID in decimal (PS3.5 B.2).
    ///
    /// At most 44 characters. Padding of the original does not matter.
    pub fn uid(&self, original: &str) -> String {
        let digest = self.derive("uid", &[original.trim_matches(['\0', ' ']).as_bytes()]);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        bytes[6] = (bytes[6] & 0x0f) | 0x80; // version 8: bits by a method of one's own (RFC 9562)
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        format!("2.25.{}", u128::from_be_bytes(bytes))
    }

    /// The pseudonym of a patient: that of the crosswalk, else `VD-` and 12 letters or digits
    /// (57 bits).
    pub fn pseudonym(&self, patient: &PatientKey) -> String {
        if let Some(given) = self.crosswalk().and_then(|given| given.pseudonym(patient)) {
            return given.to_owned();
        }
        if let Some(pattern) = self.crosswalk().and_then(Crosswalk::pattern) {
            return pattern.fill(self, "patient-pattern", patient.as_str());
        }
        let digest = self.derive("patient", &[patient.as_str().as_bytes()]);
        let letters = digest[..12].iter().map(|byte| ALPHABET[usize::from(byte % 28)] as char);
        std::iter::once("VD-").map(str::to_owned).chain(letters.map(String::from)).collect()
    }

    /// The whole days by which a patient's dates move, the same for all of them: those of the
    /// crosswalk, else −366 to −4015.
    ///
    /// Only into the past: a date that the key shifts is never in the future.
    pub fn day_offset(&self, patient: &PatientKey) -> i32 {
        if let Some(given) = self.crosswalk().and_then(|given| given.day_offset(patient)) {
            return given;
        }
        self.offset("days", patient.as_str())
    }

    /// The whole days by which the dates of one study move, unlike those of any other.
    pub fn day_offset_of_study(&self, study: &str) -> i32 {
        self.offset("study-days", study)
    }

    fn offset(&self, domain: &str, whose: &str) -> i32 {
        -366 - self.number(domain, whose, 3650) as i32
    }

    /// A number below `limit` that stands for a string.
    pub fn number(&self, domain: &str, of: &str, limit: u32) -> u32 {
        let digest = self.derive(domain, &[of.as_bytes()]);
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&digest[..8]);
        u32::try_from(u64::from_be_bytes(bytes) % u64::from(limit)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> ProjectKey {
        ProjectKey::from_bytes([byte; KEY_LENGTH])
    }

    #[test]
    fn a_key_round_trips_and_does_not_print() {
        let text = key(7).to_text();
        let back = ProjectKey::parse(&text).unwrap();
        assert_eq!(back.bytes, key(7).bytes);
        assert!(!format!("{back:?}").contains("0707"));
        assert_eq!(ProjectKey::parse("veridact-key-1 12").err(), Some(ParseKeyError));
    }

    #[test]
    fn uids_are_valid_and_depend_on_key_and_original() {
        let uid = key(1).uid("1.2.3\0");
        assert_eq!(uid, key(1).uid("1.2.3"));
        assert_ne!(uid, key(2).uid("1.2.3"));
        assert_ne!(uid, key(1).uid("1.2.4"));
        assert!(uid.len() <= 44 && uid.starts_with("2.25.") && !uid.starts_with("2.25.0"));
    }

    #[test]
    fn parts_cannot_slide_into_each_other() {
        assert_ne!(key(1).derive("a", &[b"bc"]), key(1).derive("ab", &[b"c"]));
        assert_ne!(key(1).derive("a", &[b"b", b"c"]), key(1).derive("a", &[b"bc"]));
    }

    #[test]
    fn offsets_are_at_least_a_leap_year_into_the_past() {
        for byte in 0..=255 {
            let offset = key(byte).day_offset(&PatientKey::new("x"));
            assert!((-4016..=-366).contains(&offset));
            assert!((-4016..=-366).contains(&key(byte).day_offset_of_study("1.2.3")));
        }
    }
}
