//! The attributes that say what was done (PS3.15 E.1, PS3.3 C.12.1, C.7.1.1).
//!
//! They are built from what ran: Clean Pixel Data only where the pixels of this instance were
//! decided, the Basic Profile only where no override is weaker than the profile.

use std::sync::Arc;

use crate::dicom::{Node, NodeId, NodeKind, Scan, text};
use crate::engine::key::ProjectKey;
use crate::engine::plan::{PlanError, PlanRequest};
use crate::model::{
    Action, ActionCode, AttributePath, Layer, NewValue, Phi, Plan, PlannedEdit, PlannedItemElement,
    Tag, VR,
};
use crate::profile::Profile;

const PATIENT_NAME: Tag = Tag(0x0010, 0x0010);
const PATIENT_ID: Tag = Tag(0x0010, 0x0020);
const IDENTITY_REMOVED: Tag = Tag(0x0012, 0x0062);
const METHOD: Tag = Tag(0x0012, 0x0063);
const METHOD_CODES: Tag = Tag(0x0012, 0x0064);
const BURNED_IN: Tag = Tag(0x0028, 0x0301);
const TEMPORAL: Tag = Tag(0x0028, 0x0303);

/// Code of the Basic Application Confidentiality Profile (CID 7050).
const BASIC_PROFILE: &str = "113100";
/// Code of the Clean Pixel Data Option (CID 7050).
const CLEAN_PIXEL_DATA: &str = "113101";
/// Longest value of an existing marker that is taken over, in bytes.
const LONGEST_KEPT: u64 = 1024;

/// Whether this element is planned here and nowhere else.
pub(crate) fn owns(node: &Node) -> bool {
    node.parent.is_none() && matches!(node.tag, IDENTITY_REMOVED | METHOD | METHOD_CODES | TEMPORAL)
}

/// Adds the markers to a plan; edits then stand in dataset order.
pub(crate) fn add(
    plan: &mut Plan,
    request: &PlanRequest<'_>,
    (profile, key): (&Profile, &ProjectKey),
    pseudonym: &str,
    weakened: bool,
) -> Result<(), PlanError> {
    let text = |value: &str| NewValue::Text(Phi::new(value.to_owned()));
    for (tag, vr) in [(PATIENT_NAME, VR::PN), (PATIENT_ID, VR::LO)] {
        if request.scan.find(tag).is_none() {
            plan.edits.push(marker(tag, vr, text(pseudonym)));
        }
    }
    add_identity(plan, request, key);
    plan.edits.push(marker(IDENTITY_REMOVED, VR::CS, text("YES")));
    plan.edits.push(marker(METHOD, VR::LO, text(&method(request, profile)?)));
    let codes = codes(request, profile, weakened)?;
    plan.edits.push(marker(METHOD_CODES, VR::SQ, NewValue::Items(codes)));
    plan.edits.push(marker(TEMPORAL, VR::CS, text(profile.temporal_marker())));
    if request.pixels.decided {
        plan.edits.retain(|edit| edit.path != AttributePath::root(BURNED_IN));
        plan.edits.push(marker(BURNED_IN, VR::CS, text("NO")));
    }
    for changed in request.pixel_edits {
        plan.edits.retain(|edit| edit.path != changed.path);
        plan.edits.push(changed.clone());
    }
    plan.edits.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(())
}

/// Adds what an instance must have and this one lacks; the index derived it.
fn add_identity(plan: &mut Plan, request: &PlanRequest<'_>, key: &ProjectKey) {
    let instance = request.instance;
    let is_empty = |tag| {
        let found = request.scan.find(tag).map(|id| &request.scan.node(id).value);
        found.is_none_or(|range| range.is_empty())
    };
    for (tag, vr, value) in [
        (Tag(0x0008, 0x0016), VR::UI, instance.sop_class.clone()),
        (Tag(0x0008, 0x0018), VR::UI, key.uid(instance.uid.as_str())),
        (Tag(0x0008, 0x0060), VR::CS, instance.modality.clone()),
        (Tag(0x0020, 0x000D), VR::UI, key.uid(instance.study.as_str())),
        (Tag(0x0020, 0x000E), VR::UI, key.uid(instance.series.as_str())),
    ] {
        if is_empty(tag) {
            plan.edits.retain(|edit| edit.path != AttributePath::root(tag));
            let rule = Arc::from("every instance must have it (PS3.3 C.7)");
            plan.edits
                .push(PlannedEdit { rule, ..marker(tag, vr, NewValue::Text(Phi::new(value))) });
        }
    }
}

fn marker(tag: Tag, vr: VR, value: NewValue) -> PlannedEdit {
    PlannedEdit {
        path: AttributePath::root(tag),
        vr,
        code: ActionCode::D,
        action: Action::Set,
        value,
        rule: Arc::from("marks what was done (PS3.15 E.1)"),
        layer: Layer::Standard,
    }
}

/// What stood in De-identification Method, and our own line behind it.
fn method(request: &PlanRequest<'_>, profile: &Profile) -> Result<String, PlanError> {
    let mut lines = Vec::new();
    if let Some(id) = request.scan.find(METHOD) {
        let decoded = kept_text(request, id)?.unwrap_or_default();
        lines.extend(
            decoded.split('\\').map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()),
        );
    }
    let ours = profile.method_text();
    if !lines.contains(&ours) {
        lines.push(ours);
    }
    Ok(lines.join("\\"))
}

/// A value of the input that is taken over: `None` when it is long or identifies somebody.
fn kept_text(request: &PlanRequest<'_>, id: NodeId) -> Result<Option<String>, PlanError> {
    let range = &request.scan.node(id).value;
    if range.end - range.start > LONGEST_KEPT {
        return Ok(None);
    }
    let decoded = text::text_value(request.scan, id)?;
    let identifying = request.identifiers.found_in(&decoded.text, &request.instance.patient);
    let usable = decoded.text.is_ascii() && !identifying;
    Ok(usable.then(|| decoded.text.trim_matches(['\0', ' ']).to_owned()))
}

fn codes(
    request: &PlanRequest<'_>,
    profile: &Profile,
    weakened: bool,
) -> Result<Vec<Vec<PlannedItemElement>>, PlanError> {
    let mut items = existing_codes(request)?;
    for (code, meaning) in profile.codes() {
        let ran = match code {
            CLEAN_PIXEL_DATA => request.pixels.decided,
            BASIC_PROFILE => !weakened,
            _ => true,
        };
        let item = code_item(code, "DCM", meaning);
        if ran && !items.contains(&item) {
            items.push(item);
        }
    }
    Ok(items)
}

fn code_item(code: &str, scheme: &str, meaning: &str) -> Vec<PlannedItemElement> {
    let text = |value: &str| NewValue::Text(Phi::new(value.to_owned()));
    vec![
        (Tag(0x0008, 0x0100), VR::SH, text(code)),
        (Tag(0x0008, 0x0102), VR::SH, text(scheme)),
        (Tag(0x0008, 0x0104), VR::LO, text(meaning)),
    ]
}

/// The codes that an earlier de-identification left; items that are no plain codes are dropped.
fn existing_codes(request: &PlanRequest<'_>) -> Result<Vec<Vec<PlannedItemElement>>, PlanError> {
    let scan: &Scan = request.scan;
    let Some(sequence) = scan.find(METHOD_CODES) else { return Ok(Vec::new()) };
    let mut items = Vec::new();
    for (item, _) in scan.children(Some(sequence)).filter(|(_, node)| node.kind == NodeKind::Item) {
        let mut parts = Vec::new();
        for element in [0x0100, 0x0102, 0x0104] {
            let found = scan.find_in(Some(item), Tag(0x0008, element));
            parts.extend(found.map(|id| kept_text(request, id)).transpose()?.flatten());
        }
        if let [code, scheme, meaning] = parts.as_slice() {
            items.push(code_item(code, scheme, meaning));
        }
    }
    Ok(items)
}
