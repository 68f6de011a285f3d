//! The attributes that say what was done (PS3.15 E.1, PS3.3 C.12.1).

use std::io;

use crate::dicom::Scan;
use crate::model::Tag;
use crate::verify::policy::top_text;
use crate::verify::verdict::{Check, Collected};

const IDENTITY_REMOVED: Tag = Tag(0x0012, 0x0062);
const METHOD: Tag = Tag(0x0012, 0x0063);
const METHOD_CODES: Tag = Tag(0x0012, 0x0064);
const BURNED_IN: Tag = Tag(0x0028, 0x0301);
const RECOGNIZABLE: Tag = Tag(0x0028, 0x0302);
const TEMPORAL: Tag = Tag(0x0028, 0x0303);

/// What the markers may say.
#[derive(Clone, Copy)]
pub(crate) struct Allowed<'a> {
    /// The value of (0028,0303); `None` for any valid one.
    pub temporal: Option<&'a str>,
    /// The file before; without it changes cannot be told.
    pub input: Option<&'a Scan>,
    /// Whether every frame was decided.
    pub pixels_decided: bool,
}

/// Checks the markers of a file.
///
/// # Errors
/// Those of the sources.
pub(crate) fn check(staged: &Scan, allowed: Allowed<'_>, found: &mut Collected) -> io::Result<()> {
    let mut hold = |tag: Tag, what: &str| {
        let place = format!("({:04X},{:04X})", tag.group(), tag.element());
        found.hold(Check::Markers, &place, what);
    };
    if top_text(staged, IDENTITY_REMOVED)?.as_deref() != Some("YES") {
        hold(IDENTITY_REMOVED, "it does not say YES");
    }
    let method = top_text(staged, METHOD)?.is_some_and(|text| !text.is_empty());
    let codes =
        staged.find(METHOD_CODES).is_some_and(|id| staged.children(Some(id)).next().is_some());
    if !method && !codes {
        hold(METHOD, "neither method nor codes say what was done");
    }
    let temporal = top_text(staged, TEMPORAL)?.unwrap_or_default();
    let valid = match allowed.temporal {
        Some(expected) => temporal == expected,
        None => matches!(temporal.as_str(), "REMOVED" | "MODIFIED" | "UNMODIFIED"),
    };
    if !valid {
        hold(TEMPORAL, "it does not say what happened to dates");
    }
    let Some(input) = allowed.input else { return Ok(()) };
    let turned = |tag: Tag| -> io::Result<bool> {
        let now = top_text(staged, tag)?;
        Ok(now.as_deref() == Some("NO") && top_text(input, tag)?.as_deref() != Some("NO"))
    };
    if turned(BURNED_IN)? && !allowed.pixels_decided {
        hold(BURNED_IN, "it became NO though not every frame was decided");
    }
    if turned(RECOGNIZABLE)? {
        hold(RECOGNIZABLE, "it became NO without defacing");
    }
    Ok(())
}
