//! Opens the window, where this build has one.

use crate::cli::World;
use crate::cli::arguments::OpenArguments;

/// Opens the window, on a folder if one is given.
#[cfg(feature = "gui")]
pub(crate) fn open(world: &World, arguments: OpenArguments) -> anyhow::Result<()> {
    use crate::cli::commands::{default_threads, project_key, workers};
    use crate::jobs::{Session, SessionOptions};
    use crate::profile::{Profile, shipped};

    let threads = default_threads();
    let profile = arguments.profile.as_deref().or(shipped().next()).unwrap_or("research");
    let options = SessionOptions {
        profile: Profile::load(profile)?,
        key: project_key(world, arguments.key_file.as_deref())?,
        pool: workers(world, threads),
        reader: world.reader.clone(),
        review: arguments.path.clone().zip(arguments.review),
        detect: !arguments.no_detect,
        threads,
    };
    crate::ui::run(|wake| Box::new(Session::new(options, wake)), arguments.path)
        .map_err(|error| anyhow::anyhow!("{error}"))
}

/// This build has no window.
#[cfg(not(feature = "gui"))]
pub(crate) fn open(_world: &World, _arguments: OpenArguments) -> anyhow::Result<()> {
    anyhow::bail!("this build has no window; see `veridact deid --help`")
}
