//! What was published, with hashes of the output and of nothing else.
//!
//! No function of input bytes stands here that a stranger could compute: the hash of an input that
//! equals the output but for a guessable name would confirm the guess. There is no time either, so
//! that the same batch, profile, key and decisions give the same manifest.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Component, Path};

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
    /// The rules that made it: name and first digits of the digest of the profile.
    pub profile: String,
    /// The batches that release it: marks of their folders under the project key, which tell
    /// nothing to others. A file goes when the last of its batches does not release it any more.
    pub batches: BTreeSet<String>,
}

/// All that was published into one output folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// 1.
    pub format: u32,
    /// Name and version of the product.
    pub product: String,
    /// Fingerprint of the project key.
    pub key: String,
    /// The files, ordered by path.
    pub files: Vec<ManifestFile>,
}

impl Manifest {
    /// A manifest of nothing.
    pub fn new(key: &str) -> Self {
        let product = format!("veridact {}", env!("CARGO_PKG_VERSION"));
        Self { format: 1, product, key: key.to_owned(), files: Vec::new() }
    }

    /// Reads the manifest of an output folder; `None` when it has none.
    ///
    /// # Errors
    /// Those of the system, and when the file is no manifest of this format or names places
    /// outside of its folder.
    pub fn read(output: &Path) -> io::Result<Option<Self>> {
        let bytes = match std::fs::read(output.join(MANIFEST_NAME)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            bytes => bytes?,
        };
        let manifest: Self = serde_json::from_slice(&bytes).map_err(|error| {
            io::Error::other(format!("the manifest cannot be understood (line {})", error.line()))
        })?;
        if manifest.format != 1 {
            return Err(io::Error::other("the manifest was written by a newer Veridact"));
        }
        match manifest.files.iter().all(|file| is_inside(&file.path)) {
            true => Ok(Some(manifest)),
            false => Err(io::Error::other("the manifest names a place outside of its folder")),
        }
    }

    /// The text of the file: JSON with a line for each value, ending in a newline.
    ///
    /// # Errors
    /// None in practice: strings and numbers can always be written.
    pub fn to_text(&self) -> io::Result<String> {
        Ok(serde_json::to_string_pretty(self).map_err(io::Error::other)? + "\n")
    }

    /// Takes in what was published. What was there under the same path goes; if it was the same
    /// file, its batches release it still.
    pub fn take(&mut self, published: impl IntoIterator<Item = ManifestFile>) {
        let mut files: BTreeMap<_, _> =
            self.files.drain(..).map(|file| (file.path.clone(), file)).collect();
        for mut file in published {
            if let Some(before) = files.get(&file.path)
                && before.sha256 == file.sha256
            {
                file.batches.extend(before.batches.iter().cloned());
            }
            files.insert(file.path.clone(), file);
        }
        self.files = files.into_values().collect();
    }

    /// Ends the release of a batch's files but for those that `stay`; the paths of files that now
    /// no batch releases and that therefore were taken out.
    pub fn forsake(&mut self, batch: &str, stay: &dyn Fn(&str) -> bool) -> BTreeSet<String> {
        let mut gone = BTreeSet::new();
        self.files.retain_mut(|file| {
            let forsaken = !stay(&file.path) && file.batches.remove(batch);
            let goes = forsaken && file.batches.is_empty();
            if goes {
                gone.insert(file.path.clone());
            }
            !goes
        });
        gone
    }
}

/// Whether a path leads to a place below the folder it starts from.
pub(crate) fn is_inside(path: &str) -> bool {
    let mut parts = Path::new(path).components().peekable();
    parts.peek().is_some() && parts.all(|part| matches!(part, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, content: &str, batches: &[&str]) -> ManifestFile {
        ManifestFile {
            path: path.into(),
            sha256: content.into(),
            bytes: 1,
            masked_frames: 0,
            stored_uncompressed: false,
            profile: "basic".into(),
            batches: batches.iter().map(|mark| (*mark).to_owned()).collect(),
        }
    }

    #[test]
    fn the_same_file_belongs_to_both_batches_and_another_one_to_the_last() {
        let mut manifest = Manifest::new("k");
        manifest.take([file("b", "1", &["x"]), file("a", "1", &["x"]), file("c", "1", &["x"])]);
        manifest.take([file("a", "1", &["y"]), file("b", "2", &["y"])]);
        let wanted = [file("a", "1", &["x", "y"]), file("b", "2", &["y"]), file("c", "1", &["x"])];
        assert_eq!(manifest.files, wanted);
        assert_eq!(manifest.forsake("x", &|_| false), BTreeSet::from(["c".to_owned()]));
        assert_eq!(manifest.forsake("y", &|path| path == "a"), BTreeSet::from(["b".to_owned()]));
        assert_eq!(manifest.files, [file("a", "1", &["y"])]);
        assert!(manifest.forsake("z", &|_| false).is_empty());
    }

    #[test]
    fn what_points_out_of_the_folder_is_no_manifest() {
        let folder = tempfile::tempdir().unwrap();
        for (path, sound) in [
            ("a/b.dcm", true),
            ("../b.dcm", false),
            ("/b.dcm", false),
            ("a/../../b", false),
            ("", false),
        ] {
            let mut manifest = Manifest::new("k");
            manifest.take([file(path, "1", &["x"])]);
            std::fs::write(folder.path().join(MANIFEST_NAME), manifest.to_text().unwrap()).unwrap();
            assert_eq!(Manifest::read(folder.path()).is_ok(), sound, "{path}");
        }
        std::fs::write(folder.path().join(MANIFEST_NAME), "{\"secret\": ").unwrap();
        assert!(Manifest::read(folder.path()).is_err());
    }
}
