//! The chain that shows whether the log is what was written.
//!
//! Each entry carries `HMAC-SHA-256(key, previous ‖ seq ‖ at ‖ reader ‖ kind ‖ payload hash)`, each
//! part behind its length, and `payload hash = SHA-256(salt ‖ payload)`. It finds what was changed
//! by someone who has not the key; the key lies in the folder, so it does not stop the owner. A
//! head that was given away (manifest, report) also tells when the tail was cut.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::model::Digest256;

/// What the first entry follows.
pub(super) const START: Digest256 = Digest256([0; 32]);

/// One entry as the chain sees it.
pub(super) struct Link<'a> {
    pub seq: u64,
    pub at: &'a str,
    pub reader: &'a str,
    pub kind: &'a str,
    pub payload_hash: Digest256,
}

/// The salted hash of a payload.
pub(super) fn payload_hash(salt: &[u8], payload: &str) -> Digest256 {
    let mut hash = Sha256::new();
    hash.update(salt);
    hash.update(payload.as_bytes());
    Digest256(hash.finalize().into())
}

/// The chain up to and with `link`.
pub(super) fn chain(key: &[u8; 32], previous: Digest256, link: &Link<'_>) -> Digest256 {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    let seq = link.seq.to_be_bytes();
    let parts: [&[u8]; 7] = [
        b"veridact review log 1",
        &previous.0,
        &seq,
        link.at.as_bytes(),
        link.reader.as_bytes(),
        link.kind.as_bytes(),
        &link.payload_hash.0,
    ];
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    Digest256(mac.finalize().into_bytes().into())
}
