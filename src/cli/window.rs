//! Opens the window, where this build has one.

use crate::cli::World;
use crate::cli::arguments::OpenArguments;

/// Opens the window, on a folder if one is given.
#[cfg(feature = "gui")]
pub(crate) fn open(world: &World, arguments: OpenArguments) -> anyhow::Result<()> {
    use crate::cli::commands::{default_key, default_threads, project_key, workers};
    use crate::jobs::{Session, SessionOptions};
    use crate::profile::{Profile, shipped};

    let threads = default_threads();
    let made = arguments.key_file.is_none() && !default_key(world)?.exists();
    let profile = arguments.profile.as_deref().or(shipped().next()).unwrap_or("research");
    let key = project_key(world, arguments.key_file.as_deref())?;
    let news = || {
        Some(format!(
            "The project key {} was made. Who reads it can link exports to their source; keep a \
             copy in a safe place: {}",
            key.fingerprint(),
            default_key(world).ok()?.display()
        ))
    };
    let profile = Profile::load(profile)?;
    let options = SessionOptions {
        news: made.then(news).flatten(),
        pool: workers(world, threads, profile.burned_in_text()),
        profile,
        key,
        reader: world.reader.clone(),
        review: arguments.path.clone().zip(arguments.review),
        detect: !arguments.no_detect,
        device_rules: crate::cli::rules::device_rules(&arguments.device_rules)?,
        folds: true,
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
