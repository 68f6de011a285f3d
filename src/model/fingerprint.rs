//! Digests that tell whether something is still what it was.

use std::fmt;

/// A SHA-256 or HMAC-SHA-256 value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest256(pub [u8; 32]);

impl Digest256 {
    /// Lower-case hexadecimal, 64 characters.
    pub fn to_hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Reads what [`Digest256::to_hex`] wrote; `None` for anything else.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }
}

impl fmt::Display for Digest256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl fmt::Debug for Digest256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest256({}…)", &self.to_hex()[..8])
    }
}

#[cfg(test)]
mod tests {
    use super::Digest256;

    #[test]
    fn hex_round_trips_and_rejects_other_text() {
        let digest = Digest256([0xab; 32]);
        assert_eq!(Digest256::from_hex(&digest.to_hex()), Some(digest));
        assert_eq!(Digest256::from_hex("ab"), None);
        assert_eq!(Digest256::from_hex(&"zz".repeat(32)), None);
    }
}
