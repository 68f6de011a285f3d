//! What several tests use.

pub mod checker;
pub mod people;
pub mod process;
pub mod run;
pub mod session;
pub mod soak;

pub mod r#gen;

use std::path::{Path, PathBuf};

/// The shared test data, where this machine has them; tests over them say that they were skipped.
pub fn shared(part: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let root = std::env::var_os("VERIDACT_SHARED").map_or_else(beside, PathBuf::from);
    let path = root.join(part);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: no shared data ({part})");
    None
}

/// Every file below a folder, sorted.
pub fn files(root: &Path) -> Vec<PathBuf> {
    let walk = veridact::index::walk(root).unwrap();
    walk.files.into_iter().map(|path| root.join(path)).collect()
}
