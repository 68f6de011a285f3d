//! The report that lies in the export: what ran, what ended how, and what nobody checked. No PHI.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io;

use serde::Serialize;

use crate::export::destination::Destination;
use crate::export::run::Exported;
use crate::index::Batch;
use crate::model::Outcome;
use crate::profile::Profile;

/// Names of the forms of the report in the output: for people, for programs, for tables.
pub const REPORT_NAMES: [&str; 3] = ["report.html", "report.json", "report.csv"];

/// Counts by outcome; their sum is the number of files of the batch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Files of the input.
    pub files: usize,
    /// In the export.
    pub released: usize,
    /// Waiting for a person.
    pub held: usize,
    /// Rejected by a person.
    pub rejected: usize,
    /// Never released as they are.
    pub quarantined: usize,
    /// Not readable as an instance.
    pub problems: usize,
}

impl Tally {
    /// Counts the outcomes of a whole batch.
    pub fn of<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> Self {
        let mut tally = Self::default();
        for outcome in outcomes {
            tally.files += 1;
            match outcome {
                Outcome::Released => tally.released += 1,
                Outcome::Held { .. } => tally.held += 1,
                Outcome::Rejected { .. } => tally.rejected += 1,
                Outcome::Quarantined { .. } => tally.quarantined += 1,
                Outcome::Problem { .. } => tally.problems += 1,
            }
        }
        tally
    }

    /// Whether every file has its outcome.
    pub const fn is_conserved(&self, files: usize) -> bool {
        self.files == files
            && files == self.released + self.held + self.rejected + self.quarantined + self.problems
    }
}

/// What the report says.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Counts by outcome.
    pub tally: Tally,
    /// Counts by outcome and cause or check.
    pub causes: BTreeMap<String, usize>,
    /// Released instances by modality.
    pub modalities: BTreeMap<String, usize>,
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
    /// How pixels were looked at.
    pub detection: String,
    /// Frames that were searched for text.
    pub frames_looked_at: u64,
    /// Frames of films and stacks that were only compared with those around them.
    pub frames_compared: u64,
    /// Frames that nobody looked at.
    pub frames_not_looked_at: u64,
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
    /// Head of the review's audit log: number and HMAC of its last entry.
    pub audit_head: String,
}

impl Report {
    /// Counts what ended how.
    pub fn of(batch: &Batch, exported: &[Exported], profile: &Profile, key: &str) -> Self {
        let mut causes: BTreeMap<String, usize> = BTreeMap::new();
        let mut modalities: BTreeMap<String, usize> = BTreeMap::new();
        for entry in exported {
            match &entry.outcome {
                Outcome::Released => {
                    let modality =
                        batch.instances.get(&entry.path).map(|found| found.modality.clone());
                    *modalities.entry(modality.unwrap_or_default()).or_default() += 1;
                }
                Outcome::Held { reasons } => {
                    let checks: std::collections::BTreeSet<_> = reasons
                        .iter()
                        .map(|reason| format!("held: {}: {}", reason.check, reason.what))
                        .collect();
                    checks.into_iter().for_each(|check| *causes.entry(check).or_default() += 1);
                }
                Outcome::Rejected { .. } => *causes.entry("rejected".into()).or_default() += 1,
                Outcome::Quarantined { cause } => {
                    *causes.entry(format!("quarantined: {cause}")).or_default() += 1
                }
                Outcome::Problem { cause } => {
                    *causes.entry(format!("problem: {cause}")).or_default() += 1
                }
            }
        }
        let mut hidden: BTreeMap<String, usize> = BTreeMap::new();
        for (place, fate) in exported.iter().flat_map(|entry| &entry.hidden) {
            *hidden.entry(format!("{}: {}", place.as_str(), fate.as_str())).or_default() += 1;
        }
        let mut completed: BTreeMap<String, usize> = BTreeMap::new();
        for path in exported.iter().flat_map(|entry| &entry.completed) {
            *completed.entry(path.to_string()).or_default() += 1;
        }
        let released: std::collections::BTreeSet<_> = exported
            .iter()
            .filter_map(|entry| entry.file.as_ref())
            .filter_map(|file| stem(&file.path))
            .collect();
        let dangling = exported
            .iter()
            .flat_map(|entry| &entry.references)
            .filter(|uid| !released.contains(uid.as_str()))
            .count();
        let options: Vec<_> = profile.options().iter().map(|option| option.name()).collect();
        Self {
            tally: Tally::of(exported.iter().map(|entry| &entry.outcome)),
            causes,
            modalities,
            hidden,
            completed,
            profile: format!(
                "{} ({}; options: {})",
                profile.name(),
                profile.title(),
                options.join(", ")
            ),
            key: key.to_owned(),
            legal_basis_not_satisfied: profile.legal_basis_not_satisfied().to_vec(),
            detection: String::new(),
            frames_looked_at: 0,
            frames_compared: 0,
            frames_not_looked_at: 0,
            identity: Vec::new(),
            waived: Vec::new(),
            overridden: Vec::new(),
            assurances: Vec::new(),
            not_checked: Vec::new(),
            dangling_references: dangling,
            withdrawn: 0,
            of_other_batches: 0,
            audit_head: String::new(),
        }
    }

    /// The counts as a table: a row for each, named by its part.
    pub fn to_csv(&self) -> String {
        let tally = &self.tally;
        let outcomes = [
            ("released", tally.released),
            ("held", tally.held),
            ("rejected", tally.rejected),
            ("quarantined", tally.quarantined),
            ("problems", tally.problems),
        ];
        let outcomes = outcomes.map(|(name, count)| ("outcome", name.to_owned(), count as u64));
        let of = |part: &'static str, rows: &BTreeMap<String, usize>| {
            let rows = rows.iter().map(|(name, count)| (part, name.clone(), *count as u64));
            rows.collect::<Vec<_>>()
        };
        let frames = [
            ("searched", self.frames_looked_at),
            ("compared", self.frames_compared),
            ("not looked at", self.frames_not_looked_at),
        ];
        let frames = frames.map(|(name, count)| ("frames", name.to_owned(), count));
        let rows = outcomes
            .into_iter()
            .chain(of("cause", &self.causes))
            .chain(of("modality", &self.modalities))
            .chain(of("hidden place", &self.hidden))
            .chain(of("completed", &self.completed))
            .chain(frames);
        let mut text = "part,what,count\n".to_owned();
        for (part, what, count) in rows {
            // Programs for tables run what begins like a formula.
            let what = match what.starts_with(['=', '+', '-', '@']) {
                true => format!("'{what}"),
                false => what,
            };
            // Writing to a string cannot fail.
            writeln!(text, "{part},\"{}\",{count}", what.replace('"', "\"\"")).unwrap_or_default();
        }
        text
    }

    /// The page: self-contained, prints on A4 and Letter.
    pub fn to_html(&self) -> String {
        let tally = &self.tally;
        let mut page = String::from(HEAD);
        let mut line = |text: String| {
            page.push_str(&text);
            page.push('\n');
        };
        line(format!(
            "<h1>De-identification report</h1><p>{} files in the batch.</p>",
            tally.files
        ));
        line("<table><tr><th>Outcome</th><th>Files</th></tr>".into());
        for (name, count) in [
            ("released", tally.released),
            ("held", tally.held),
            ("rejected", tally.rejected),
            ("quarantined", tally.quarantined),
            ("problems", tally.problems),
        ] {
            line(format!("<tr><td>{name}</td><td class=n>{count}</td></tr>"));
        }
        line("</table>".into());
        line(sentence(
            self.withdrawn,
            "released by an earlier export of this batch and not any more: taken away",
        ));
        line(sentence(
            self.of_other_batches,
            "in this folder released by other batches: not counted here",
        ));
        line(table("Why files were not released", "Cause", &self.causes));
        line(table("Released instances by modality", "Modality", &self.modalities));
        line(table("Places where nobody looks, in released files", "Place", &self.hidden));
        line(table("Added, as the IOD asks for it", "Attribute", &self.completed));
        line(format!(
            "<h2>What ran</h2><p>Profile {}. Project key {}.</p>",
            escape(&self.profile),
            escape(&self.key)
        ));
        line(format!(
            "<p>Pixels: {} {} frames were searched, {} compared with those around them, {} not \
             looked at.</p>",
            escape(&self.detection),
            self.frames_looked_at,
            self.frames_compared,
            self.frames_not_looked_at
        ));
        line(format!(
            "<p>References to instances outside the export: {}.</p>",
            self.dangling_references
        ));
        line(list("Whose files these are: noted, not held", &self.identity));
        line(list("Waived by the command, not by a reviewer", &self.waived));
        line(list("Samples and signature", &self.assurances));
        line(list(
            "Demands of the gate that a reader overrode, with a reason that stands in the review",
            &self.overridden,
        ));
        line(list("Not checked", &self.not_checked));
        line(list("Legal bases that this does not satisfy", &self.legal_basis_not_satisfied));
        line(format!(
            "<p class=small>Audit head {}. Readers' names are claimed, not authenticated.</p>",
            escape(&self.audit_head)
        ));
        page
    }
}

const HEAD: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>De-identification report</title>\
<style>body{font:15px/1.5 system-ui,sans-serif;max-width:46em;margin:2em auto;padding:0 1em;color:#1c2733}\
table{border-collapse:collapse;margin:.5em 0}td,th{border-bottom:1px solid #cfd8dc;padding:.25em 1em .25em 0;text-align:left}\
.n{text-align:right}.small{font-size:12px;color:#455a64}h2{font-size:1.1em;margin-top:1.6em}</style>\n";

fn stem(path: &str) -> Option<&str> {
    path.rsplit('/').next()?.strip_suffix(".dcm")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn sentence(count: usize, what: &str) -> String {
    match count {
        0 => String::new(),
        1 => format!("<p>1 file {what}.</p>"),
        _ => format!("<p>{count} files {what}.</p>"),
    }
}

fn table(title: &str, column: &str, rows: &BTreeMap<String, usize>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut text = format!("<h2>{title}</h2><table><tr><th>{column}</th><th>Files</th></tr>");
    for (name, count) in rows {
        // Writing to a string cannot fail.
        write!(text, "<tr><td>{}</td><td class=n>{count}</td></tr>", escape(name))
            .unwrap_or_default();
    }
    text + "</table>"
}

fn list(title: &str, lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let items: String = lines.iter().map(|line| format!("<li>{}</li>", escape(line))).collect();
    format!("<h2>{title}</h2><ul>{items}</ul>")
}

/// Writes the report into the export, in all its forms.
///
/// # Errors
/// Those of the system.
pub fn write_report(destination: &Destination, report: &Report) -> io::Result<()> {
    let json = serde_json::to_string_pretty(report).map_err(io::Error::other)? + "\n";
    let [page, data, table] = REPORT_NAMES;
    destination.put(data, json.as_bytes())?;
    destination.put(table, report.to_csv().as_bytes())?;
    destination.put(page, report.to_html().as_bytes())
}
