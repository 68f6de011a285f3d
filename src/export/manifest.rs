//! What was published, with hashes of the output and of nothing else.
//!
//! No function of input bytes stands here that a stranger could compute: the hash of an input that
//! equals the output but for a guessable name would confirm the guess. There is no time either, so
//! that the same batch, profile, key and decisions give the same manifest.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// File name of the manifest in the output.
pub const MANIFEST_NAME: &str = "manifest.json";

/// One published file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ManifestFile {
    /// Path below the output folder, with `/`.
    pub path: String,
    /// SHA-256 of the published file, hexadecimal.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
    /// Number of frames in which pixels were painted over.
    pub masked_frames: u32,
    /// Whether masking changed the transfer syntax to Explicit VR Little Endian.
    pub stored_uncompressed: bool,
}

/// All that was published into one output folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// 1.
    pub format: u32,
    /// Name and version of the product.
    pub product: String,
    /// Name of the profile.
    pub profile: String,
    /// Digest of the profile in force.
    pub profile_digest: String,
    /// Fingerprint of the project key.
    pub key: String,
    /// The files, ordered by path.
    pub files: Vec<ManifestFile>,
}

impl Manifest {
    /// Reads the manifest of an output folder; `None` when it has none.
    ///
    /// # Errors
    /// Those of the system, and when the file is no manifest.
    pub fn read(output: &Path) -> io::Result<Option<Self>> {
        match std::fs::read(output.join(MANIFEST_NAME)) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(io::Error::other),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The text of the file: JSON with a line for each value, ending in a newline.
    ///
    /// # Errors
    /// None in practice: strings and numbers can always be written.
    pub fn to_text(&self) -> io::Result<String> {
        Ok(serde_json::to_string_pretty(self).map_err(io::Error::other)? + "\n")
    }

    /// Takes in what another run published; entries of the same path are replaced.
    pub fn merge(&mut self, published: Vec<ManifestFile>) {
        let mut files: std::collections::BTreeMap<_, _> =
            self.files.drain(..).map(|file| (file.path.clone(), file)).collect();
        files.extend(published.into_iter().map(|file| (file.path.clone(), file)));
        self.files = files.into_values().collect();
    }
}
