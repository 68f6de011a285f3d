//! The plan of one instance for the diff: the same that an export will apply.

use std::path::Path;
use std::sync::Arc;

use crate::dicom::{Limits, Node, NodeId, NodeKind, Scan, Source, scan, text};
use crate::engine::burned_in::Proposals;
use crate::engine::identifiers::Identifiers;
use crate::engine::plan::{PixelWork, PlanRequest, Planner};
use crate::export::Decided;
use crate::index::Instance;
use crate::jobs::backend::JobEvent;
use crate::jobs::identity::merged_key;
use crate::jobs::session_folder::{Folder, Shared};
use crate::jobs::session_identity::as_answered;
use crate::jobs::{Approve, ReviewDecided};
use crate::model::{InstanceUid, Phi, Plan, VR};
use crate::review::BeforeValue;

/// Longest value that the diff shows, in bytes.
const LONGEST_SHOWN: u64 = 512;

/// Plans an instance and tells the window; a file that is gone since is told as a fault.
pub(crate) fn plan_instance(shared: &Shared, uid: &InstanceUid) {
    let Some(path) = shared.file_of(uid) else { return };
    match planned(shared, uid, &path) {
        Some((plan, values)) => {
            shared.tell(JobEvent::Planned { instance: uid.clone(), plan: Arc::new(plan), values });
        }
        None => {
            let why = format!(
                "this file cannot be read any more; is its folder still there? {}",
                path.display()
            );
            shared.tell(JobEvent::Failed { why });
        }
    }
}

fn planned(shared: &Shared, uid: &InstanceUid, path: &Path) -> Option<(Plan, Vec<BeforeValue>)> {
    let scanned = scan(Source::open(path).ok()?, &Limits::default()).ok()?;
    let folder = shared.folder();
    let instance = folder.batch.instances.get(folder.paths.get(uid)?)?;
    let plan = plan_one(shared, &folder, instance, &scanned)?;
    drop(folder);
    Some((plan, before(&scanned)))
}

fn plan_one(shared: &Shared, folder: &Folder, instance: &Instance, scanned: &Scan) -> Option<Plan> {
    let options = &shared.options;
    let (instance, subject) = as_answered(folder, instance);
    let subject = std::collections::BTreeMap::from([(instance.patient.clone(), subject)]);
    let key = merged_key(&options.key, folder.journal.decisions()).ok()?;
    let identifiers = Identifiers::compile(&subject).ok()?;
    let decided = ReviewDecided {
        decisions: folder.journal.decisions(),
        findings: &folder.findings,
        proposals: &Proposals::default(),
        fingerprints: &std::collections::BTreeMap::new(),
        conflicts: &std::collections::BTreeMap::new(),
        approve: Approve::Reviewed,
        mask_suspected: false,
    };
    let planner = Planner { profile: &options.profile, key: &key, identifiers: &identifiers };
    let masked = (0..instance.frames).any(|frame| !decided.regions(instance, frame).is_empty());
    planner
        .plan(&PlanRequest {
            scan: scanned,
            instance,
            overrides: &|path| decided.override_for(instance, path),
            pixels: PixelWork {
                masked,
                decided: instance.frames > 0 && decided.pixels_decided(instance),
                overlay_text: decided.shows_overlay_text(instance),
            },
            pixel_edits: &[],
            identifiers: &identifiers,
            provisional: !folder.complete,
        })
        .ok()
}

/// Every attribute of the input as text to show.
fn before(scanned: &Scan) -> Vec<BeforeValue> {
    let shown = scanned
        .iter()
        .filter(|(_, node)| !matches!(node.kind, NodeKind::Item | NodeKind::Fragment));
    shown
        .map(|(id, node)| BeforeValue {
            path: scanned.path(id),
            vr: node.vr,
            value: Phi::new(value(scanned, id, node)),
        })
        .collect()
}

fn value(scanned: &Scan, id: NodeId, node: &Node) -> String {
    let length = node.value.end - node.value.start;
    let bytes = match node.kind {
        NodeKind::Sequence => {
            let items = scanned.children(Some(id)).count();
            return format!("{items} {}", if items == 1 { "item" } else { "items" });
        }
        NodeKind::Element if length <= LONGEST_SHOWN => {
            scanned.value(id, LONGEST_SHOWN).unwrap_or_default()
        }
        NodeKind::Element if text::is_text(node.vr) => {
            let text =
                text::text_value(scanned, id).map(|decoded| decoded.text).unwrap_or_default();
            return text.chars().take(LONGEST_SHOWN as usize).chain(['…']).collect();
        }
        _ => return format!("{length} bytes"),
    };
    number(scanned, node.vr, &bytes).unwrap_or_else(|| match text::is_text(node.vr) {
        true => text::text_value(scanned, id).map(|decoded| decoded.text).unwrap_or_default(),
        false => format!("{length} bytes"),
    })
}

/// Binary numbers as text, parted by backslashes.
fn number(scanned: &Scan, vr: VR, bytes: &[u8]) -> Option<String> {
    let big = scanned.encoding.big_endian;
    let each = |width: usize, show: &dyn Fn(&[u8]) -> String| {
        let cells: Vec<String> = bytes
            .chunks_exact(width)
            .map(|cell| {
                let mut cell = cell.to_vec();
                if big {
                    cell.reverse();
                }
                show(&cell)
            })
            .collect();
        Some(cells.join("\\"))
    };
    let four = |cell: &[u8]| <[u8; 4]>::try_from(cell).unwrap_or_default();
    let eight = |cell: &[u8]| <[u8; 8]>::try_from(cell).unwrap_or_default();
    let two = |cell: &[u8]| <[u8; 2]>::try_from(cell).unwrap_or_default();
    match vr {
        VR::US => each(2, &|cell| u16::from_le_bytes(two(cell)).to_string()),
        VR::SS => each(2, &|cell| i16::from_le_bytes(two(cell)).to_string()),
        VR::UL => each(4, &|cell| u32::from_le_bytes(four(cell)).to_string()),
        VR::SL => each(4, &|cell| i32::from_le_bytes(four(cell)).to_string()),
        VR::FL => each(4, &|cell| f32::from_le_bytes(four(cell)).to_string()),
        VR::FD => each(8, &|cell| f64::from_le_bytes(eight(cell)).to_string()),
        _ => None,
    }
}
