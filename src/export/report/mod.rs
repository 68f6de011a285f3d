//! The report that lies in the export: what ran, what ended how, and what nobody checked. No PHI.
//!
//! Everything in it comes from released files, from the program itself, or from words of people that were
//! held against every string of the batch ([`Guard`]). It is the same whoever exports, but for the
//! head of the audit log.

mod counts;
mod csv;
mod facts;
mod groups;
mod guard;
mod masks;
mod page;
mod residuals;
mod risks;
mod studies;
mod work;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::Serialize;

use crate::export::destination::Destination;
use crate::export::run::Exported;
use crate::index::Batch;
use crate::profile::{Profile, shipped};

pub use counts::{RuleRow, Tally};
pub use facts::{Alike, Masks, Told};
pub use groups::GroupRow;
pub use guard::Guard;
pub use masks::{Drawn, MaskRow, Picture};
pub use residuals::{Residual, ResidualReason};
pub use risks::HowRun;
pub use studies::StudyLine;

/// Names of the forms of the report in the output: for people, for programs, for tables.
pub const REPORT_NAMES: [&str; 3] = ["report.html", "report.json", "report.csv"];

/// The same of one of several parts of a batch, told by its number and how many there are.
pub fn report_names(part: Option<(u32, u32)>) -> [String; 3] {
    REPORT_NAMES.map(|name| match part {
        None => name.to_owned(),
        Some((number, of)) => name.replacen("report", &format!("report-{number}-of-{of}"), 1),
    })
}

/// Names of the reports in an output folder: of a whole batch, and of parts.
///
/// # Errors
/// Those of the system.
pub fn reports_in(output: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(output)? {
        if let Ok(name) = entry?.file_name().into_string()
            && is_report(&name)
        {
            found.push(name);
        }
    }
    found.sort();
    Ok(found)
}

fn is_report(name: &str) -> bool {
    let part = || {
        let (stem, _end) = name.strip_prefix("report-")?.split_once('.')?;
        let (number, of) = stem.split_once("-of-")?;
        Some((number.parse().ok()?, of.parse().ok()?))
    };
    REPORT_NAMES.contains(&name)
        || part().is_some_and(|part| report_names(Some(part)).iter().any(|known| known == name))
}

/// What stands in the place of a site's words that hold a string of a subject.
const WITHHELD: &str = "(not told here: it holds a string of a subject)";

/// One step of the work, and whether it ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What it is.
    pub what: String,
    /// Whether it ran.
    pub ran: bool,
    /// How, or why not.
    pub how: String,
}

/// What the report says.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Which of how many parts of the batch it speaks of, if not of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<(u32, u32)>,
    /// Counts by outcome.
    pub tally: Tally,
    /// Counts by outcome and cause or check.
    pub causes: BTreeMap<String, usize>,
    /// Released instances by modality.
    pub modalities: BTreeMap<String, usize>,
    /// Groups of instances that look alike, and how they ended.
    pub groups: Vec<GroupRow>,
    /// What each rule decided in released instances.
    pub rules: Vec<RuleRow>,
    /// What was painted over, by series.
    pub masks: Vec<MaskRow>,
    /// Masked frames of released files, to be drawn into the page.
    #[serde(skip)]
    pub pictures: Vec<Picture>,
    /// Instances with masks of which no picture is shown, as they may show a face.
    pub not_pictured: usize,
    /// What verify found and a person accepted.
    pub residuals: Vec<Residual>,
    /// Released instances by hidden place and what became of it.
    pub hidden: BTreeMap<String, usize>,
    /// Released instances by attribute that was added as their IOD asks for it.
    pub completed: BTreeMap<String, usize>,
    /// Profile, its title, and the options in force.
    pub profile: String,
    /// Fingerprint of the project key.
    pub key: String,
    /// In plain words, which legal basis the profile does not satisfy.
    pub legal_basis_not_satisfied: Vec<String>,
    /// In plain words, what may still identify somebody after this run.
    pub risks: Vec<String>,
    /// What a person must still do.
    pub to_do: Vec<String>,
    /// What ran and what did not.
    pub steps: Vec<Step>,
    /// How pixels were looked at.
    pub detection: String,
    /// Frames that were searched for text.
    pub frames_looked_at: u64,
    /// Frames of films and stacks that were only compared with those around them.
    pub frames_compared: u64,
    /// Frames that neither a detector nor a person looked at.
    pub frames_not_looked_at: u64,
    /// Frames that a person saw.
    pub frames_seen: u64,
    /// Released instances that may show a face.
    pub faces: usize,
    /// Released instances in which a clinical word stays on purpose that is also a name.
    pub phrases_kept: usize,
    /// What the gate would have asked a person and the command waived.
    pub waived: Vec<String>,
    /// What random samples of what nobody looked at say, and whether somebody signed.
    pub assurances: Vec<String>,
    /// Demands of the gate that a reader overrode, by name; the reasons stand in the review.
    pub overridden: Vec<String>,
    /// Identity conflicts that did not hold, as counts and kinds.
    pub identity: Vec<String>,
    /// What was not checked, never to be read as clean.
    pub not_checked: Vec<String>,
    /// References in released instances to instances that were not released.
    pub dangling_references: usize,
    /// Files of earlier exports of this batch that are not released any more and were taken away.
    pub withdrawn: usize,
    /// Files in the folder that other batches released; this report does not speak of them.
    pub of_other_batches: usize,
    /// Each released study, and in what it conforms.
    pub studies: Vec<StudyLine>,
    /// Head of the review's audit log: number and HMAC of its last entry.
    pub audit_head: String,
}

impl Report {
    /// Counts what ended how.
    pub fn of(
        batch: &Batch,
        exported: &[Exported],
        (profile, key): (&Profile, &str),
        guard: &Guard<'_>,
    ) -> Self {
        let groups = groups::LookGroups::of(batch);
        let studies = studies::studies(exported, profile);
        let (pictures, not_pictured) = masks::pictures(batch, exported, &groups);
        let told_of = || exported.iter().filter_map(|entry| entry.told.as_ref());
        let released = exported.iter().filter(|entry| entry.told.is_some());
        let faces = released.filter_map(|entry| batch.instances.get(&entry.path));
        Self {
            tally: Tally::of(exported.iter().map(|entry| &entry.outcome)),
            causes: counts::causes(exported),
            modalities: counts::modalities(batch, exported),
            groups: groups.rows(exported),
            rules: counts::rules(exported, guard),
            masks: masks::rows(exported, &groups),
            pictures,
            not_pictured,
            hidden: counts::hidden(exported),
            completed: counts::completed(exported),
            profile: described(profile, guard),
            key: key.to_owned(),
            legal_basis_not_satisfied: told(profile, profile.legal_basis_not_satisfied(), guard),
            faces: faces.filter(|instance| instance.has_face_risk()).count(),
            phrases_kept: told_of().filter(|told| told.listed > 0).count(),
            dangling_references: studies.iter().map(|study| study.dangling).sum(),
            studies,
            ..Self::default()
        }
    }

    /// Whether any pixel was painted over.
    pub(crate) const fn has_masks(&self) -> bool {
        !self.masks.is_empty()
    }
}

/// Whether all words of a profile are the program's own.
fn is_shipped(profile: &Profile) -> bool {
    let found = shipped().find(|name| *name == profile.name()).map(Profile::load);
    found.and_then(Result::ok).is_some_and(|own| {
        own.title() == profile.title()
            && own.legal_basis_not_satisfied() == profile.legal_basis_not_satisfied()
    })
}

/// Lines of a profile; what names somebody of the batch is not told.
fn told(profile: &Profile, lines: &[String], guard: &Guard<'_>) -> Vec<String> {
    let is_own = is_shipped(profile);
    let one = |line: &String| match is_own || guard.names_nobody(line) {
        true => line.clone(),
        false => WITHHELD.to_owned(),
    };
    lines.iter().map(one).collect()
}

/// Profile, its title, and the options in force.
fn described(profile: &Profile, guard: &Guard<'_>) -> String {
    let options: Vec<_> = profile.options().iter().map(|option| option.name()).collect();
    let words = told(profile, &[profile.name().to_owned(), profile.title().to_owned()], guard);
    format!("{}; options: {})", words.join(" ("), options.join(", "))
}

/// Writes the report into the export, in all its forms.
///
/// # Errors
/// Those of the system.
pub fn write_report(destination: &Destination, report: &Report) -> io::Result<()> {
    let json = serde_json::to_string_pretty(report).map_err(io::Error::other)? + "\n";
    let [page, data, table] = report_names(report.part);
    destination.put(&data, json.as_bytes())?;
    destination.put(&table, report.to_csv().as_bytes())?;
    destination.put(&page, report.to_html().as_bytes())?;
    if report.part.is_none() {
        // One of the whole takes the place of those of parts.
        let parts = reports_in(destination.root())?.into_iter();
        for name in parts.filter(|name| !REPORT_NAMES.contains(&name.as_str())) {
            std::fs::remove_file(destination.root().join(name))?;
        }
    }
    Ok(())
}

/// Takes pictures of files that are in the export no longer out of the pages of earlier ones.
///
/// # Errors
/// Those of the system.
pub fn forget_pictures(
    destination: &Destination,
    is_gone: &dyn Fn(&str) -> bool,
) -> io::Result<()> {
    let reports = reports_in(destination.root())?;
    for page in reports.iter().filter(|name| name.ends_with(".html")) {
        // Whatever somebody else made of it: what we would have written is still found.
        let bytes = std::fs::read(destination.root().join(page))?;
        let text = String::from_utf8_lossy(&bytes);
        if let Some(less) = page::without_pictures(&text, is_gone) {
            destination.put(page, less.as_bytes())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_told_by_their_names() {
        assert_eq!(report_names(None), REPORT_NAMES);
        assert_eq!(report_names(Some((2, 4)))[0], "report-2-of-4.html");
        for name in ["report.html", "report-2-of-4.json", "report-10-of-10.csv"] {
            assert!(is_report(name), "{name}");
        }
        for name in ["report", "report-2.html", "report-2-of-4.exe", "report-02-of-4.html", "x"] {
            assert!(!is_report(name), "{name}");
        }
    }
}
