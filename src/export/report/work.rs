//! In plain words: what ran and what did not, and what is left to do.

use crate::export::report::risks::{HowRun, NO_SECOND_LOOK, count};
use crate::export::report::{Report, Step};
use crate::profile::{ConfidentialityOption as Opt, Profile};

/// What ran and what did not.
pub(super) fn steps(report: &Report, profile: &Profile, how: HowRun) -> Vec<Step> {
    let step = |what: &str, ran: bool, how: String| Step { what: what.into(), ran, how };
    let looked = report.frames_looked_at + report.frames_compared > 0;
    let search = match (how.detect, looked) {
        (true, true) => {
            let searched = count(report.frames_looked_at, "frame");
            let compared = count(report.frames_compared, "frame");
            format!("{searched} searched, {compared} compared with those around them")
        }
        (true, false) => "it was asked for, and no frame could be searched".to_owned(),
        (false, _) => "it was not asked for".to_owned(),
    };
    let masked: u64 = report.masks.iter().map(|row| row.frames).sum();
    let masked_frames = count(masked, "frame");
    let is_missing = report.not_checked.iter().any(|line| line == NO_SECOND_LOOK);
    let second_look = match masked {
        0 => (false, "no pixel was painted over".to_owned()),
        _ if is_missing || !how.detect => {
            (false, "masked frames were not searched again".to_owned())
        }
        _ => (true, format!("{masked_frames} with a mask, by the same detector")),
    };
    let review = match how.reviewed {
        true => format!("series by series; a person saw {}", count(report.frames_seen, "frame")),
        false => "everything was released on one person's word".to_owned(),
    };
    let sampled = !report.assurances.is_empty();
    let kept = profile.has(Opt::RetainUids);
    vec![
        step(
            "Attributes, by the rules of the profile",
            true,
            "every element at every depth".into(),
        ),
        step(
            "New UIDs",
            !kept,
            if kept { "the profile retains them" } else { "under the project key" }.into(),
        ),
        step("Search for text in pixels", how.detect && looked, search),
        step(
            "Painting over",
            masked > 0,
            match masked {
                0 => "nothing was painted over".into(),
                _ => format!("{masked_frames}; the samples outside of masks were proven equal"),
            },
        ),
        step("Second look at what was painted over", second_look.0, second_look.1),
        step("Removal of faces", false, "this program does not do it".into()),
        step("Review by a person", how.reviewed, review),
        step(
            "Random sample or signature",
            sampled,
            if sampled { "see below" } else { "none was made" }.into(),
        ),
        step(
            "Verification of every released file",
            true,
            "read back, by code that shares nothing with what cleaned it".into(),
        ),
    ]
}

/// What a person must still do.
pub(super) fn to_do(report: &Report, how: HowRun) -> Vec<String> {
    let tally = &report.tally;
    let mut lines = Vec::new();
    let mut line = |number: usize, one: &str, rest: &str| {
        if number > 0 {
            lines.push(format!("{} {rest}", count(number as u64, one)));
        }
    };
    line(tally.held, "file", "held: decide in the review, then export again.");
    line(
        tally.quarantined,
        "file",
        "quarantined: look at the causes below; the review lists which files these are.",
    );
    line(
        tally.problems,
        "file",
        "could not be read as DICOM instances: see that nothing is missed that should have gone.",
    );
    line(report.withdrawn, "file", "taken away since the export before: tell who has copies.");
    line(
        report.dangling_references,
        "reference",
        "to instances outside of this export: tell who uses the data, or release what is missing.",
    );
    line(
        usize::try_from(report.frames_not_looked_at).unwrap_or(usize::MAX),
        "frame",
        "that neither the detector nor a person looked at: look at them before you pass them on.",
    );
    line(
        report.faces,
        "instance",
        "that may show a face: see that the recipients may have them, and may not render faces.",
    );
    line(report.residuals.len(), "accepted finding", "below: see that you agree with each.");
    line(
        report.overridden.len(),
        "demand",
        "of the gate overridden: see that the reasons in the review hold.",
    );
    if !how.reviewed {
        let what =
            "Nobody reviewed this export: who passes it on answers for what is waived below.";
        lines.push(what.into());
    }
    if report.assurances.is_empty() {
        lines.push(
            "No random sample was judged, and nobody signed: nothing bounds what was missed."
                .into(),
        );
    }
    if !report.legal_basis_not_satisfied.is_empty() {
        lines.push("Find the legal basis on which the data may be passed on; see below.".into());
    }
    lines
}
