//! Lists the files of a folder.

use std::io;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

/// What a walk found: paths relative to the folder, sorted by their bytes.
#[derive(Debug, Default)]
pub struct Walk {
    /// Regular files.
    pub files: Vec<PathBuf>,
    /// What could not be listed, and symbolic links: they may lead out of the tree, so they are
    /// reported and never followed.
    pub unreadable: Vec<PathBuf>,
}

/// Lists every regular file under `root`, in any depth, whatever its name. A `root` that is a file
/// is listed as the one file of its folder.
///
/// # Errors
/// When `root` itself cannot be read.
pub fn walk(root: &Path) -> io::Result<Walk> {
    let mut found = Walk::default();
    if std::fs::metadata(root)?.is_dir() {
        // Not one unreadable file among none, but no batch at all.
        drop(std::fs::read_dir(root)?);
    }
    for entry in WalkDir::new(root).follow_links(false).follow_root_links(true) {
        match entry {
            Ok(entry) if entry.file_type().is_file() || (entry.depth() == 0 && root.is_file()) => {
                found.files.push(relative(root, entry.path()));
            }
            Ok(entry) if entry.file_type().is_dir() || entry.depth() == 0 => {}
            Ok(entry) => found.unreadable.push(relative(root, entry.path())),
            Err(error) => {
                found.unreadable.push(relative(root, error.path().unwrap_or(root)));
            }
        }
    }
    found.files.sort();
    found.unreadable.sort();
    Ok(found)
}

fn relative(root: &Path, path: &Path) -> PathBuf {
    let rest = path.strip_prefix(root).unwrap_or(path);
    if rest.as_os_str().is_empty() {
        path.file_name().map(PathBuf::from).unwrap_or_default()
    } else {
        rest.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::walk;

    #[test]
    fn every_file_is_listed_and_links_are_reported_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("b")).unwrap();
        for name in ["b/2.dcm", ".hidden", "a"] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        std::os::unix::fs::symlink("/etc/hostname", folder.path().join("link")).unwrap();
        let found = walk(folder.path()).unwrap();
        let names: Vec<_> = found.files.iter().map(|path| path.to_string_lossy()).collect();
        assert_eq!(names, [".hidden", "a", "b/2.dcm"]);
        assert_eq!(found.unreadable.len(), 1);
        assert!(walk(&folder.path().join("gone")).is_err());
        assert_eq!(walk(&folder.path().join("a")).unwrap().files.len(), 1);
    }
}
