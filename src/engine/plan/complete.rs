//! Adds what the IOD asks for and the instance lacks: Type 2 empty, Type 1 only where another
//! attribute tells its value. Values are never invented.

use std::collections::BTreeSet;
use std::io;

use crate::dicom::{Scan, dictionary, text};
use crate::engine::plan::edit;
use crate::model::{Action, ActionCode, AttributePath, Layer, NewValue, Phi, Plan, Tag, VR};
use crate::profile::{Resolved, required};

/// How the plan names such an addition.
pub const COMPLETED: &str = "IOD: every instance has it, so it is added";

const PHOTOMETRIC: Tag = Tag(0x0028, 0x0004);
/// Anatomic Region Sequence may not be empty where Body Part Examined says what it is.
const ANATOMIC_REGION: Tag = Tag(0x0008, 0x2218);
const BODY_PART: Tag = Tag(0x0018, 0x0015);
const LATERALITY: Tag = Tag(0x0020, 0x0060);
/// SOP Classes of images for processing (PS3.3 C.8.11.1).
const FOR_PROCESSING: [&str; 3] = [
    "1.2.840.10008.5.1.4.1.1.1.1.1",
    "1.2.840.10008.5.1.4.1.1.1.2.1",
    "1.2.840.10008.5.1.4.1.1.1.3.1",
];

/// Adds to a plan what instances of the SOP Class must have.
///
/// # Errors
/// Those of reading the file.
pub(super) fn complete(plan: &mut Plan, scan: &Scan, sop_class: &str) -> io::Result<()> {
    let planned: BTreeSet<Tag> = plan
        .edits
        .iter()
        .filter(|edit| edit.path.depth() == 0)
        .map(|edit| edit.path.tag())
        .collect();
    for (tag, kind) in required(sop_class) {
        let is_told = *tag == ANATOMIC_REGION && scan.find(BODY_PART).is_some();
        if planned.contains(tag) || scan.find(*tag).is_some() || is_told {
            continue;
        }
        let vr = dictionary::vr(*tag);
        let value = match kind.needs_value() {
            true => derived(scan, *tag, sop_class)?.map(|text| NewValue::Text(Phi::new(text))),
            false if vr == VR::SQ => Some(NewValue::Items(Vec::new())),
            false => Some(NewValue::Empty),
        };
        let resolved = Resolved {
            code: ActionCode::D,
            action: Action::Set,
            rule: COMPLETED.into(),
            layer: Layer::Profile,
        };
        let added = value.map(|value| edit(AttributePath::root(*tag), vr, resolved, value));
        plan.edits.extend(added);
    }
    plan.edits.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(())
}

/// A value that follows from the rest of the instance.
fn derived(scan: &Scan, tag: Tag, sop_class: &str) -> io::Result<Option<String>> {
    let said = |tag| -> io::Result<String> {
        let Some(id) = scan.find(tag) else { return Ok(String::new()) };
        Ok(text::text_value(scan, id)?.text.trim_matches([' ', '\0']).to_owned())
    };
    let value = match (tag.group(), tag.element()) {
        // Presentation LUT Shape (C.8.11.3.1.2).
        (0x2050, 0x0020) => match said(PHOTOMETRIC)?.as_str() {
            "MONOCHROME1" => "INVERSE",
            "MONOCHROME2" => "IDENTITY",
            _ => return Ok(None),
        },
        // Presentation Intent Type.
        (0x0008, 0x0068) if FOR_PROCESSING.contains(&sop_class) => "FOR PROCESSING",
        (0x0008, 0x0068) => "FOR PRESENTATION",
        // Burned In Annotation: nobody has said that there is none.
        (0x0028, 0x0301) => "YES",
        // Image Laterality, of a part that the series names.
        (0x0020, 0x0062) => match said(LATERALITY)?.as_str() {
            "L" => "L",
            "R" => "R",
            _ => return Ok(None),
        },
        _ => return Ok(None),
    };
    Ok(Some(value.to_owned()))
}
