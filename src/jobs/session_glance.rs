//! The thread that serves the curator: frames, plans, and a look into the destination.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossbeam_channel::Receiver;

use crate::export::{DestinationError, destination_standing};
use crate::jobs::backend::{DestinationStanding, JobEvent};
use crate::jobs::session_folder::Shared;
use crate::jobs::session_plan::plan_instance;
use crate::jobs::worker::Lane;
use crate::model::InstanceUid;
use crate::render::Rendering;
use crate::store::placement_fault;

/// What the curator waits for.
pub(crate) enum Glance {
    /// A picture.
    Show(InstanceUid, u32, Rendering),
    /// A plan.
    Plan(InstanceUid),
    /// How a destination stands.
    Destination(PathBuf),
}

/// Serves the curator: of the waiting requests of one kind only the latest is answered.
pub(crate) fn glance(shared: &Shared, requests: &Receiver<Glance>) {
    while let Ok(first) = requests.recv() {
        let (mut show, mut plan, mut destination) = (None, None, None);
        for request in std::iter::once(first).chain(requests.try_iter()) {
            match request {
                Glance::Show(instance, frame, rendering) => {
                    show = Some((instance, frame, rendering));
                }
                Glance::Plan(instance) => plan = Some(instance),
                Glance::Destination(path) => destination = Some(path),
            }
        }
        if let Some((instance, frame, rendering)) = show {
            show_frame(shared, instance, frame, rendering);
        }
        if let Some(instance) = plan {
            plan_instance(shared, &instance);
        }
        if let Some(path) = destination {
            let standing = look_into(shared, &path);
            shared.tell(JobEvent::Destination { path, standing });
        }
    }
}

fn show_frame(shared: &Shared, instance: InstanceUid, frame: u32, rendering: Rendering) {
    let Some(path) = shared.file_of(&instance) else { return };
    {
        let mut folder = shared.folder();
        let found = folder.paths.get(&instance).and_then(|path| folder.batch.instances.get(path));
        folder.wished = found.map(|instance| instance.series.clone());
    }
    match shared.options.pool.render(Lane::Curator, &path, frame, rendering) {
        Ok(rendered) => shared.tell(JobEvent::Shown {
            instance,
            frame,
            picture: Arc::new(rendered.picture),
            window: rendered.window.map(|window| (window.center, window.width)),
        }),
        Err(error) => shared.tell(JobEvent::ShowFailed { instance, frame, cause: error.cause }),
    }
}

/// How a destination stands towards this folder, its review and the key in use.
pub(crate) fn look_into(shared: &Shared, path: &Path) -> DestinationStanding {
    if !path.is_absolute() {
        let why = "give the whole path of the folder, from / on".to_owned();
        return DestinationStanding::Refused { why };
    }
    let (root, review) = {
        let folder = shared.folder();
        (folder.root.clone(), folder.review.clone())
    };
    if !root.is_dir() {
        let root = root.display();
        let why = format!("the input folder is gone; bring it back, then try again: {root}");
        return DestinationStanding::Refused { why };
    }
    if let Some(fault) = placement_fault(&review, &root, Some(path)) {
        return DestinationStanding::Refused { why: fault.to_string() };
    }
    match destination_standing(path, &root, &shared.options.key) {
        Ok(None) => DestinationStanding::Free,
        Ok(Some(files)) => DestinationStanding::HoldsExport { files },
        Err(error) => DestinationStanding::Refused { why: refusal(&error) },
    }
}

/// Words for a destination that cannot be used, with what to do.
pub(crate) fn refusal(error: &DestinationError) -> String {
    let what_to_do = match error {
        DestinationError::Overlaps => "choose a folder outside the input",
        DestinationError::NotOurs => "choose a new or empty folder",
        DestinationError::OtherKey { .. } => {
            "choose a new folder, or start the window with that key (`--key-file`)"
        }
        DestinationError::Locked => "wait until that export has ended",
        _ => "choose a folder that you may write into",
    };
    match error {
        DestinationError::Io(source) => format!("{error} ({}); {what_to_do}", source.kind()),
        _ => format!("{error}; {what_to_do}"),
    }
}
