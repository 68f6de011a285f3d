//! Opens the window, where this build has one.

use std::path::PathBuf;

use crate::cli::World;

/// Opens the window, on a folder if one is given.
#[cfg(feature = "gui")]
pub(crate) fn open(world: &World, folder: Option<PathBuf>) -> anyhow::Result<()> {
    use crate::cli::commands::{default_threads, project_key, workers};
    use crate::jobs::{Session, SessionOptions};
    use crate::profile::{Profile, shipped};

    let threads = default_threads();
    let options = SessionOptions {
        profile: Profile::load(shipped().next().unwrap_or("research"))?,
        key: project_key(world, None)?,
        pool: workers(world, threads),
        reader: world.reader.clone(),
        detect: true,
        threads,
    };
    crate::ui::run(|wake| Box::new(Session::new(options, wake)), folder)
        .map_err(|error| anyhow::anyhow!("{error}"))
}

/// This build has no window.
#[cfg(not(feature = "gui"))]
pub(crate) fn open(_world: &World, _folder: Option<PathBuf>) -> anyhow::Result<()> {
    anyhow::bail!("this build has no window; see `veridact deid --help`")
}
