//! In plain words: what may still identify somebody after a run.

use crate::export::report::guard::Guard;
use crate::export::report::work::{steps, to_do};
use crate::export::report::{Report, residuals};
use crate::export::run::Exported;
use crate::index::{Batch, Instance};
use crate::profile::{
    BurnedInText, ConfidentialityOption as Opt, DatePolicy, DocumentPolicy, OffsetOf, PhrasePolicy,
    Profile, TextPolicy, UnknownPrivate,
};

/// What verify says where detection did not run on masked frames.
pub(super) const NO_SECOND_LOOK: &str = "masked frames were not looked through for text again";

/// How a run was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HowRun {
    /// Whether text in pixels was searched for.
    pub detect: bool,
    /// Whether series were released by what a person decided about each.
    pub reviewed: bool,
}

impl Report {
    /// Says what verify found and a person accepted; `reason` gives what was typed.
    pub fn tell_residuals<'a>(
        &mut self,
        (batch, exported): (&Batch, &[Exported]),
        reason: &dyn Fn(&Instance, &str) -> Option<&'a str>,
        guard: &Guard<'_>,
    ) {
        self.residuals = residuals::residuals((batch, exported), reason, guard);
    }

    /// Says what follows from all counts: steps, risks, and what is left to do. Comes last.
    pub fn conclude(&mut self, profile: &Profile, how: HowRun) {
        self.steps = steps(self, profile, how);
        self.risks = risks(self, profile, how);
        self.to_do = to_do(self, how);
    }
}

/// `1 file`, `2 files`.
pub(super) fn count(number: u64, one: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {one}s"),
    }
}

fn risks(report: &Report, profile: &Profile, how: HowRun) -> Vec<String> {
    let mut lines = pixel_risks(report, profile, how);
    lines.extend(header_risks(report, profile));
    lines.extend(
        [
            "Who holds the project key, or a crosswalk, can lead every file back to its source. Keep both \
             apart from the data.",
            "What identifies only when put together (a rare disease, a place, a day) no program can tell.",
        ]
        .map(str::to_owned),
    );
    lines
}

fn pixel_risks(report: &Report, profile: &Profile, how: HowRun) -> Vec<String> {
    let mut lines = Vec::new();
    if !how.detect || report.frames_looked_at + report.frames_compared == 0 {
        lines.push(
            "No picture was searched for text. What is burned into a picture that nobody saw went out."
                .into(),
        );
    } else {
        lines.push(
            "The detector misses some text: faint, tiny, turned, or like the picture behind it. What \
             it misses goes out."
                .into(),
        );
    }
    if report.frames_compared > 0 {
        lines.push(format!(
            "{} of films and stacks were compared, not searched: text on a single frame may be missed.",
            count(report.frames_compared, "frame")
        ));
    }
    if how.detect && report.has_masks() && !report.not_checked.iter().any(|it| it == NO_SECOND_LOOK)
    {
        lines.push(
            "The second look at masked frames uses the same detector: what it cannot see once it cannot \
             see twice."
                .into(),
        );
    }
    if how.detect && !how.reviewed {
        lines.extend(match profile.burned_in_text() {
            BurnedInText::MaskMatching => Some(
                "Only text that reads like an identifier was painted over. One in seven to one in five \
                 such words is misread, and stays."
                    .into(),
            ),
            BurnedInText::MaskUnlessAllowed | BurnedInText::ByKind => {
                Some("Text in pixels that was read as naming nobody stays.".into())
            }
            BurnedInText::MaskAll | BurnedInText::Paranoid => None,
        });
    }
    if report.faces > 0 {
        lines.push(format!(
            "{} may show a face, or allow one to be rendered: nothing was done to faces.",
            count(report.faces as u64, "released instance")
        ));
    }
    lines
}

fn header_risks(report: &Report, profile: &Profile) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut say = |applies: bool, line: &str| lines.extend(applies.then(|| line.to_owned()));
    say(
        profile.has(Opt::CleanDescriptors)
            && !matches!(profile.free_text(), TextPolicy::Empty | TextPolicy::Strict),
        "Free text stays where nothing in it was found to identify. A name that stands in no header of the \
         batch, without a title or a label, stays in it.",
    );
    say(
        profile.free_text() == TextPolicy::Strict,
        "Free text stays where every word is clinical language. A name that is also such a word stays.",
    );
    say(
        profile.phrases() == PhrasePolicy::Keep,
        "Names inside clinical phrases, such as “Bishop score”, stay, also where a patient bears \
         that name.",
    );
    say(
        profile.has(Opt::RetainFullDates),
        "Dates stand as they were: who knows when somebody was examined finds the study.",
    );
    let moved = profile.has(Opt::RetainModifiedDates);
    say(
        moved && profile.dates() == DatePolicy::Shift && profile.offset_of() == OffsetOf::Patient,
        "Dates are moved by one offset for each patient: who knows one true date of a patient knows all.",
    );
    say(
        moved && profile.dates() == DatePolicy::Shift && profile.offset_of() == OffsetOf::Study,
        "Dates are moved by one offset for each study: who knows one true date of a study knows all of it.",
    );
    say(
        moved && profile.dates() == DatePolicy::Hash,
        "Each date became another one, the same everywhere: equal dates can still be seen to be equal.",
    );
    say(
        profile.dates() == DatePolicy::YearOnly && profile.modifies_dates(),
        "The year of dates stays.",
    );
    say(
        profile.has(Opt::RetainPatientCharacteristics),
        "Sex, age, size and weight of patients stay; rare ones may be enough to tell who somebody is.",
    );
    say(profile.has(Opt::RetainDeviceIdentity), "Devices can be told apart: they name a place.");
    say(
        profile.has(Opt::RetainInstitutionIdentity),
        "The institution stays: it narrows down who it is.",
    );
    say(
        profile.has(Opt::RetainUids),
        "UIDs stay: who has access to the source finds each study by them.",
    );
    let private = profile.has(Opt::RetainSafePrivate);
    say(
        private,
        "Private attributes stay that lists call safe. A device may put more into them than its list says.",
    );
    say(
        private && profile.unknown_private() == UnknownPrivate::Clean,
        "Private attributes on no list stay, too, cleaned by the kind of their value.",
    );
    say(
        profile.documents() == DocumentPolicy::KeepClean,
        "Encapsulated documents stay where all of them could be read and named nobody.",
    );
    if report.phrases_kept > 0 {
        lines.push(format!(
            "In {} a clinical word stays on purpose that is also a name of the batch.",
            count(report.phrases_kept as u64, "released instance")
        ));
    }
    if report.hidden.keys().any(|place| place.ends_with(": searched and kept")) {
        lines.push(
            "Places where nobody looks, listed below, stay as they were where nothing that identifies was \
             found in them."
                .into(),
        );
    }
    if !report.residuals.is_empty() {
        let all: usize = report.residuals.iter().map(|row| row.instances).sum();
        lines.push(format!(
            "{} of verification were accepted by a person and went out.",
            count(all as u64, "finding")
        ));
    }
    lines
}
