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

/// A published instance that was taken back: what recipients need to find it, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tombstone {
    /// Path that it had below the output folder, with `/`.
    pub path: String,
    /// Its Study Instance UID in the export.
    pub study: String,
    /// Its Series Instance UID in the export.
    pub series: String,
    /// Its SOP Instance UID in the export.
    pub instance: String,
    /// A code of [`WITHDRAWAL_REASONS`]: words of a person may identify.
    pub reason: String,
}

/// Name of the list of withdrawn files in the export, for its recipients.
pub const WITHDRAWN_NAME: &str = "withdrawn.csv";

/// Why an instance may be withdrawn, as codes. The last stands for what is in the log alone.
pub const WITHDRAWAL_REASONS: [&str; 6] =
    ["consent-withdrawn", "identifies", "wrong-patient", "quality", "not-given", "other"];

impl Tombstone {
    /// The tombstone of a published path, which is made of new identifiers; `None` for another one.
    pub fn of(path: &str, reason: &str) -> Option<Self> {
        let [_patient, study, series, file] = path.split('/').collect::<Vec<_>>()[..] else {
            return None;
        };
        Some(Self {
            path: path.to_owned(),
            study: study.to_owned(),
            series: series.to_owned(),
            instance: file.strip_suffix(".dcm")?.to_owned(),
            reason: reason.to_owned(),
        })
    }

    /// Whether a path is that of the instance, under whichever patient.
    pub fn is_of(&self, path: &str) -> bool {
        let stem = path.rsplit('/').next().and_then(|name| name.strip_suffix(".dcm"));
        stem == Some(self.instance.as_str())
    }
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
    /// What was withdrawn and must not come back by itself, ordered by path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withdrawn: Vec<Tombstone>,
}

impl Manifest {
    /// A manifest of nothing.
    pub fn new(key: &str) -> Self {
        let product = format!("veridact {}", env!("CARGO_PKG_VERSION"));
        Self { format: 1, product, key: key.to_owned(), files: Vec::new(), withdrawn: Vec::new() }
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
        Self::parse(&bytes).map(Some)
    }

    /// Reads the bytes of a manifest.
    ///
    /// # Errors
    /// When they are no manifest of this format, name places outside of its folder, or one twice.
    pub fn parse(bytes: &[u8]) -> io::Result<Self> {
        let manifest: Self = serde_json::from_slice(bytes).map_err(|error| {
            io::Error::other(format!("the manifest cannot be understood (line {})", error.line()))
        })?;
        if manifest.format != 1 {
            return Err(io::Error::other("the manifest was written by a newer Veridact"));
        }
        let paths = manifest.files.iter().map(|file| &file.path);
        let buried = manifest.withdrawn.iter().map(|stone| &stone.path);
        let mut named = BTreeSet::new();
        for path in paths.chain(buried) {
            if !is_inside(path) {
                return Err(io::Error::other("the manifest names a place outside of its folder"));
            }
            // Released and withdrawn, or with two digests: nobody can tell which holds.
            if !named.insert(path) {
                return Err(io::Error::other("the manifest names a place twice"));
            }
        }
        Ok(manifest)
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
            self.withdrawn.retain(|stone| !stone.is_of(&file.path));
            files.insert(file.path.clone(), file);
        }
        self.files = files.into_values().collect();
    }

    /// Takes withdrawn files out and keeps their tombstones.
    pub fn bury(&mut self, stones: impl IntoIterator<Item = Tombstone>) {
        let known = self.withdrawn.drain(..).map(|stone| (stone.path.clone(), stone));
        let mut all: BTreeMap<_, _> = known.collect();
        all.extend(stones.into_iter().map(|stone| (stone.path.clone(), stone)));
        self.files.retain(|file| !all.contains_key(&file.path));
        self.withdrawn = all.into_values().collect();
    }

    /// Whether an instance was withdrawn, by its new SOP Instance UID: the patient's part of its
    /// path may be another one now.
    pub fn is_withdrawn(&self, instance: &str) -> bool {
        self.withdrawn.iter().any(|stone| stone.instance == instance)
    }

    /// The list for recipients: CSV of names and new UIDs.
    pub fn withdrawn_list(&self) -> String {
        let header = "file,study,series,instance\n".to_owned();
        let line = |stone: &Tombstone| {
            format!("{},{},{},{}\n", stone.path, stone.study, stone.series, stone.instance)
        };
        std::iter::once(header).chain(self.withdrawn.iter().map(line)).collect()
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
    fn tombstones_stay_until_the_instance_is_published_again() {
        let mut manifest = Manifest::new("k");
        assert!(!manifest.to_text().unwrap().contains("withdrawn"), "older ones are read as ever");
        manifest.take([file("p/1/2/3.dcm", "1", &["x"]), file("p/1/2/4.dcm", "1", &["x"])]);
        manifest.bury(Tombstone::of("p/1/2/3.dcm", "quality"));
        assert_eq!(manifest.files, [file("p/1/2/4.dcm", "1", &["x"])]);
        assert!(manifest.is_withdrawn("3") && !manifest.is_withdrawn("4"));
        assert_eq!(manifest.withdrawn_list(), "file,study,series,instance\np/1/2/3.dcm,1,2,3\n");
        manifest.bury(Tombstone::of("p/1/2/3.dcm", "other"));
        assert_eq!(manifest.withdrawn.len(), 1);
        manifest.take([file("q/1/2/3.dcm", "1", &["x"])]);
        assert!(manifest.withdrawn.is_empty());
        for odd in ["3.dcm", "p/1/2/3", "p/1/2/3/4.dcm"] {
            assert_eq!(Tombstone::of(odd, "other"), None);
        }
    }

    #[test]
    fn what_names_a_place_twice_is_no_manifest() {
        let (released, stone) =
            (file("p/1/2/3.dcm", "1", &["x"]), Tombstone::of("p/1/2/3.dcm", "o"));
        let with = |files: &[&ManifestFile], stones: Option<Tombstone>| {
            let mut manifest = Manifest::new("k");
            manifest.files = files.iter().map(|file| (*file).clone()).collect();
            manifest.withdrawn = stones.into_iter().collect();
            Manifest::parse(manifest.to_text().unwrap().as_bytes()).is_ok()
        };
        assert!(with(&[&released], None) && with(&[], stone.clone()));
        assert!(!with(&[&released], stone), "released and withdrawn");
        assert!(!with(&[&released, &released], None), "with two entries");
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
