//! The thread that folds the stacks of a folder: first one picture of each look-alike group, then each
//! stack, those first that the curator asks for.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};

use crate::index::Instance;
use crate::jobs::backend::JobEvent;
use crate::jobs::projections::{keep, kept};
use crate::jobs::session_folder::Shared;
use crate::jobs::worker::Lane;
use crate::model::{FoldKind, LookAlike, Picture, SeriesUid};
use crate::render::{Folded, Folding, Rendering};
use crate::review::stack_digest;

/// Most frames of a stack that is folded without being asked for: slides and long films are no stacks.
const MOST: usize = 5_000;
/// Between two looks whether an export has ended.
const PAUSE: Duration = Duration::from_millis(200);
/// Longest side of a picture of a group, in pixels.
const THUMB: u32 = 256;

/// What the thread is told.
pub(crate) enum Wish {
    /// The folder was read: there is something to show of each group.
    Indexed,
    /// Nothing else waits for the workers any more: all stacks are folded.
    Idle,
    /// The curator wants to see a stack.
    Stack(SeriesUid, Arc<LookAlike>),
}

/// Instances of a series that look alike, in the order in which they are listed.
struct Stack {
    series: SeriesUid,
    look: Arc<LookAlike>,
    members: Vec<Instance>,
}

impl Stack {
    fn frames(&self) -> impl Iterator<Item = (&Instance, u32)> {
        self.members.iter().flat_map(|it| (0..it.frames).map(move |frame| (it, frame)))
    }
}

/// Serves wishes; between them it folds what nobody asked for yet.
pub(crate) fn project(shared: &Shared, wishes: &Receiver<Wish>) {
    let (mut waiting, mut thumbs) = (VecDeque::new(), BTreeMap::new());
    loop {
        let wish = match waiting.is_empty() {
            true => match wishes.recv() {
                Ok(wish) => Some(wish),
                Err(_closing) => return,
            },
            // While an export runs nothing is folded that nobody asked for.
            false => match wishes.recv_timeout(if shared.is_exporting() {
                PAUSE
            } else {
                Duration::ZERO
            }) {
                Ok(wish) => Some(wish),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            },
        };
        if shared.is_stopping() {
            return;
        }
        match wish {
            Some(Wish::Indexed) => show_groups(shared, &mut thumbs),
            Some(Wish::Idle) => {
                let fits = |stack: &Stack| stack.frames().take(MOST + 1).count() <= MOST;
                waiting = stacks(shared, &|_| true).into_iter().filter(fits).collect();
            }
            Some(Wish::Stack(series, look)) => {
                let group = look.id();
                let is_asked = |it: &Instance| it.series == series && it.group == group;
                if let Some(stack) = stacks(shared, &is_asked).pop()
                    && let Some(folded) = fold(shared, &stack, &|| false)
                {
                    tell_thumb(shared, &mut thumbs, &stack.look, &folded);
                    let at = stack.frames().map(|(it, frame)| (it.uid.clone(), frame)).collect();
                    let (series, look, folded) = (stack.series, stack.look, Arc::new(folded));
                    shared.tell(JobEvent::Folded { series, look, folded, stack: at });
                }
            }
            None if shared.is_exporting() => {}
            None => {
                let Some(stack) = waiting.pop_front() else { continue };
                // What the curator asks for goes before; then this stack begins anew.
                let is_wanted =
                    || !wishes.is_empty() || shared.is_stopping() || shared.is_exporting();
                match fold(shared, &stack, &is_wanted) {
                    Some(folded) => tell_thumb(shared, &mut thumbs, &stack.look, &folded),
                    None if is_wanted() => waiting.push_front(stack),
                    // Nothing of it can be decoded.
                    None => {}
                }
            }
        }
    }
}

/// The stacks of those instances of the batch that are `wanted` and have an image.
fn stacks(shared: &Shared, wanted: &dyn Fn(&Instance) -> bool) -> Vec<Stack> {
    let folder = shared.folder();
    let mut found: BTreeMap<(SeriesUid, LookAlike), Vec<Instance>> = BTreeMap::new();
    let mut named = BTreeSet::new();
    for instance in folder.batch.instances.values().filter(|it| it.frames > 0 && wanted(it)) {
        if named.insert(&instance.uid) {
            let place = (instance.series.clone(), instance.look_alike());
            found.entry(place).or_default().push(instance.clone());
        }
    }
    let stack = |((series, look), mut members): ((SeriesUid, LookAlike), Vec<Instance>)| {
        let number = |it: &Instance| match it.labels.instance_number {
            i64::MIN => i64::MAX,
            number => number,
        };
        members.sort_by(|a, b| (number(a), &a.uid).cmp(&(number(b), &b.uid)));
        Stack { series, look: Arc::new(look), members }
    };
    found.into_iter().map(stack).collect()
}

/// Folds a stack, or takes what was kept of it; `None` where it was interrupted or nothing could be decoded.
fn fold(shared: &Shared, stack: &Stack, interrupted: &dyn Fn() -> bool) -> Option<Folded> {
    let review = shared.folder().review.clone();
    let digest = stack_digest(stack.frames().map(|(it, frame)| (it.digest, frame)));
    if let Some(folded) = kept(&review, digest) {
        return Some(folded);
    }
    let (mut folding, mut skipped): (Option<Folding>, u32) = (None, 0);
    for (instance, frame) in stack.frames() {
        if interrupted() {
            return None;
        }
        let file = shared.folder().batch.file(instance);
        let rendered = shared.options.pool.render(Lane::Batch, &file, frame, Rendering::Default);
        match (rendered, &mut folding) {
            (Ok(rendered), Some(folding)) => folding.push(&rendered.picture),
            (Ok(rendered), None) => {
                let mut begun = Folding::begin(&rendered.picture);
                (0..skipped).for_each(|_| begun.skip());
                folding = Some(begun);
            }
            (Err(_said_elsewhere), Some(folding)) => folding.skip(),
            (Err(_said_elsewhere), None) => skipped += 1,
        }
    }
    let folded = folding?.finish();
    // On a full disk it is made again next time.
    let _kept = keep(&review, digest, &folded).is_ok();
    Some(folded)
}

/// Shows one image of each group, so that the wall is not empty until the stacks are folded.
fn show_groups(shared: &Shared, thumbs: &mut BTreeMap<Arc<LookAlike>, Picture>) {
    let mut groups: BTreeMap<Arc<LookAlike>, (u32, PathBuf)> = BTreeMap::new();
    for stack in stacks(shared, &|_| true) {
        let middle = stack.members.len() / 2;
        let Some(example) = stack.members.get(middle) else { continue };
        let file = shared.folder().batch.file(example);
        groups.entry(stack.look).or_insert((example.frames / 2, file));
    }
    for (look, (frame, file)) in groups {
        if shared.is_stopping() {
            return;
        }
        let rendered = shared.options.pool.render(Lane::Batch, &file, frame, Rendering::Default);
        let Ok(rendered) = rendered else { continue };
        // A stack that was folded meanwhile shows more.
        if !thumbs.contains_key(&look) {
            let picture = Arc::new(reduced(&rendered.picture));
            shared.tell(JobEvent::Thumb { look, picture, folded: false });
        }
    }
}

/// Takes a stack into the picture of its group: the greatest values of all its stacks.
fn tell_thumb(
    shared: &Shared,
    thumbs: &mut BTreeMap<Arc<LookAlike>, Picture>,
    look: &Arc<LookAlike>,
    folded: &Folded,
) {
    let new = reduced(&folded.picture(FoldKind::Max));
    let thumb = thumbs.entry(Arc::clone(look)).or_insert_with(|| new.clone());
    if thumb.samples.len() == new.samples.len() {
        let samples = thumb.samples.iter_mut().zip(&new.samples);
        samples.for_each(|(greatest, it)| *greatest = *it.max(greatest));
    }
    let (look, picture) = (Arc::clone(look), Arc::new(thumb.clone()));
    shared.tell(JobEvent::Thumb { look, picture, folded: true });
}

/// A picture of at most [`THUMB`] pixels on a side; of each block the greatest value stays, so that thin
/// print does.
fn reduced(picture: &Picture) -> Picture {
    let block = picture.width.max(picture.height).div_ceil(THUMB).max(1);
    let (width, height) = (picture.width.div_ceil(block), picture.height.div_ceil(block));
    let channels = usize::from(picture.channels);
    let mut samples = vec![0_u8; width as usize * height as usize * channels];
    let stride = picture.width as usize * channels;
    for (y, line) in picture.samples.chunks(stride.max(1)).enumerate() {
        for (at, sample) in line.iter().enumerate() {
            let (x, channel) = (at / channels, at % channels);
            let to =
                (y / block as usize * width as usize + x / block as usize) * channels + channel;
            if let Some(greatest) = samples.get_mut(to) {
                *greatest = (*greatest).max(*sample);
            }
        }
    }
    Picture { width, height, channels: picture.channels, samples }
}

#[cfg(test)]
mod tests {
    use super::reduced;
    use crate::model::Picture;

    #[test]
    fn a_reduced_picture_keeps_thin_print() {
        let mut samples = vec![10; 600 * 300];
        samples[150 * 600 + 599] = 250;
        let small = reduced(&Picture { width: 600, height: 300, channels: 1, samples });
        assert_eq!((small.width, small.height), (200, 100));
        assert_eq!(small.samples[50 * 200 + 199], 250);
        assert_eq!(small.samples[0], 10);
    }
}
