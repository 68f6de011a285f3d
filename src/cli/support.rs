//! `veridact support`: what somebody who helps needs to know, and nothing of anybody.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::cli::out::print;
use crate::cli::{RELEASED, World};
use crate::detect::{TextDetector, TextReader, detector_id};
use crate::model::{Coverage, Outcome};
use crate::profile::{Profile, shipped, table};
use crate::store::ReviewStore;

/// Prints versions, abilities and, of a review, counts by kind. No path, no value, no name.
pub(crate) fn run(world: &World, review: Option<&Path>) -> anyhow::Result<u8> {
    let reader = TextReader::open(world.tessdata.as_deref());
    let profiles: BTreeMap<&str, String> = shipped()
        .filter_map(|name| Some((name, Profile::load(name).ok()?.digest().to_hex())))
        .collect();
    let mut all = json!({
        "product": env!("CARGO_PKG_VERSION"),
        "system": { "os": std::env::consts::OS, "architecture": std::env::consts::ARCH },
        "processors": std::thread::available_parallelism().map_or(0, usize::from),
        "standard": table::EDITION,
        "detector": TextDetector::embedded().map_or_else(
            |error| error.to_string(),
            |_| detector_id().to_hex(),
        ),
        "reader": reader.map_or_else(|error| error.to_string(), |_| "Tesseract, eng".to_owned()),
        "window": cfg!(feature = "gui"),
        "profiles": profiles,
    });
    if let Some(review) = review {
        all["review"] = of_review(&ReviewStore::open_to_read(review)?)?;
    }
    print(|out| Ok(writeln!(out, "{}", serde_json::to_string_pretty(&all)?)?))?;
    Ok(RELEASED)
}

fn of_review(store: &ReviewStore) -> anyhow::Result<Value> {
    let mut entries: BTreeMap<&str, usize> = BTreeMap::new();
    for event in store.events()? {
        *entries.entry(event.body.kind()).or_default() += 1;
    }
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    for record in store.outcomes()? {
        let kinds = match &record.outcome {
            Outcome::Released => vec!["released".to_owned()],
            Outcome::Rejected { .. } => vec!["rejected".to_owned()],
            Outcome::Quarantined { cause } => vec![format!("quarantined: {cause}")],
            Outcome::Problem { cause } => vec![format!("problem: {cause}")],
            // Places may hold private creators, and words of a reviewer: the check is enough.
            Outcome::Held { reasons } => {
                let checks: std::collections::BTreeSet<&str> =
                    reasons.iter().map(|reason| reason.check.as_str()).collect();
                checks.into_iter().map(|check| format!("held: {check}")).collect()
            }
        };
        kinds.into_iter().for_each(|kind| *outcomes.entry(kind).or_default() += 1);
    }
    let mut frames: BTreeMap<&str, usize> = BTreeMap::new();
    let mut findings: BTreeMap<String, usize> = BTreeMap::new();
    for detection in store.detections()? {
        for frame in &detection.frames {
            let coverage = match frame.coverage {
                Coverage::NotLookedAt(_) => "not looked at",
                Coverage::Compared => "compared",
                Coverage::NothingFound => "nothing found",
                Coverage::Found(_) => "text found",
            };
            *frames.entry(coverage).or_default() += 1;
            for finding in &frame.findings {
                *findings.entry(format!("{:?}", finding.source)).or_default() += 1;
            }
        }
    }
    let settings = store.settings()?;
    let shipped_name =
        |name: &str| shipped().find(|known| *known == name).unwrap_or("of a site").to_owned();
    Ok(json!({
        "audit": match store.check_audit() {
            Ok(()) => "holds".to_owned(),
            Err(error) => error.to_string(),
        },
        "entries": entries,
        "input_folders": store.inputs()?.len(),
        "profile": settings.as_ref().map(|it| shipped_name(&it.profile_name)),
        "profile_digest": settings.as_ref().map(|it| it.profile.to_hex()),
        "searched": settings.as_ref().map(|it| it.detector.is_some()),
        "outcomes": outcomes,
        "frames": frames,
        "findings": findings,
    }))
}
