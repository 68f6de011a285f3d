//! The thread that serves the curator: frames, plans, and a look into the destination.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossbeam_channel::Receiver;

use crate::export::{DestinationError, destination_standing};
use crate::jobs::backend::{DestinationStanding, JobEvent};
use crate::jobs::session_ahead::{Ahead, Kept, Wanted};
use crate::jobs::session_folder::Shared;
use crate::jobs::session_plan::plan_instance;
use crate::jobs::worker::{Lane, Rendered};
use crate::model::InstanceUid;
use crate::render::Rendering;
use crate::store::placement_fault;

/// What the curator waits for.
pub(crate) enum Glance {
    /// A picture.
    Show(InstanceUid, u32, Rendering),
    /// What is likely to be asked for next, the likeliest first.
    Ahead(Vec<Wanted>),
    /// A plan.
    Plan(InstanceUid),
    /// How a destination stands.
    Destination(PathBuf),
}

/// Serves the curator: of the waiting requests of one kind only the latest is answered. While nobody asks,
/// frames are rendered ahead.
pub(crate) fn glance(shared: &Shared, requests: &Receiver<Glance>) {
    let mut ahead = Ahead::default();
    loop {
        if requests.is_empty()
            && !shared.is_stopping()
            && let Some(wanted) = ahead.next()
        {
            render_ahead(shared, &mut ahead, wanted);
            continue;
        }
        let Ok(first) = requests.recv() else { return };
        let (mut show, mut plan, mut destination) = (None, None, None);
        for request in std::iter::once(first).chain(requests.try_iter()) {
            match request {
                Glance::Show(instance, frame, rendering) => {
                    show = Some((instance, frame, rendering));
                }
                Glance::Ahead(frames) => ahead.expect(frames),
                Glance::Plan(instance) => plan = Some(instance),
                Glance::Destination(path) => destination = Some(path),
            }
        }
        if let Some((instance, frame, rendering)) = show {
            show_frame(shared, &mut ahead, (instance, frame, rendering));
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

/// Renders what nobody asked for yet; what cannot be rendered is told when it is asked for.
fn render_ahead(shared: &Shared, ahead: &mut Ahead, wanted: Wanted) {
    let Some(path) = shared.file_of(&wanted.0) else { return };
    let rendered = shared.options.pool.render(Lane::Curator, &path, wanted.1, wanted.2);
    if let Ok(rendered) = rendered {
        ahead.keep(wanted, kept(rendered));
    }
}

fn kept(rendered: Rendered) -> Kept {
    let window = rendered.window.map(|window| (window.center, window.width));
    Kept { picture: Arc::new(rendered.picture), window }
}

fn show_frame(shared: &Shared, ahead: &mut Ahead, (instance, frame, rendering): Wanted) {
    let Some(path) = shared.file_of(&instance) else { return };
    {
        let mut folder = shared.folder();
        let found = folder.paths.get(&instance).and_then(|path| folder.batch.instances.get(path));
        folder.wished = found.map(|instance| instance.series.clone());
    }
    let wanted = (instance.clone(), frame, rendering);
    let found = match ahead.find(&wanted) {
        Some(found) => Ok(found),
        None => shared.options.pool.render(Lane::Curator, &path, frame, rendering).map(kept),
    };
    match found {
        Ok(found) => {
            ahead.keep(wanted, found.clone());
            let Kept { picture, window } = found;
            shared.tell(JobEvent::Shown { instance, frame, picture, window });
        }
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
