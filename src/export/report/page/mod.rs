//! The report as a page: self-contained, for screens and for paper (A4 and Letter). First what went, what
//! did not and what a person must still do; then the details.

mod conformance;
mod figures;
mod parts;

use std::collections::BTreeMap;

use crate::export::report::page::parts::{Cell, escape, list, paragraph, section, table};
use crate::export::report::risks::count;
use crate::export::report::{Report, ResidualReason};

pub(super) use figures::without_pictures;

const STYLE: &str = include_str!("style.css");
/// Most rows of a table on the page.
const MOST_ROWS: usize = 200;
/// Most rows of tables of which the first tell enough.
const FEW_ROWS: usize = 60;

impl Report {
    /// The page.
    pub fn to_html(&self) -> String {
        let parts = [
            summary(self),
            table_of("Why files were not released", "Cause", "Files", &self.causes),
            groups(self),
            masks(self),
            section("What ran and what did not", &steps(self)),
            section("What may still identify somebody", &list(&self.risks)),
            section("Not checked, never to be read as clean", &list(&self.not_checked)),
            section(
                "Legal bases that this does not satisfy",
                &list(&self.legal_basis_not_satisfied),
            ),
            residuals(self),
            section("Whose files these are: noted, not held", &list(&self.identity)),
            section("Waived by the command, not by a reviewer", &list(&self.waived)),
            section("Samples and signature", &list(&self.assurances)),
            section(
                "Demands of the gate that a reader overrode, with a reason that stands in the review",
                &list(&self.overridden),
            ),
            conformance::conformance(self),
            rules(self),
            table_of(
                "Places where nobody looks, in released files",
                "Place",
                "Instances",
                &self.hidden,
            ),
            table_of("Added, as the IOD asks for it", "Attribute", "Instances", &self.completed),
            footer(self),
        ];
        format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src \
             'unsafe-inline'; img-src data:\"><title>De-identification report</title>\n\
             <style>\n{STYLE}</style></head>\n<body><main>\n{}</main></body></html>\n",
            parts.concat()
        )
    }
}

fn summary(report: &Report) -> String {
    let tally = &report.tally;
    let tile = |(name, number): (&str, usize)| {
        let class = if number == 0 { " class=\"none\"" } else { "" };
        format!("<li><b{class}>{number}</b>{name}</li>\n")
    };
    let tiles: String = tally.named().into_iter().map(tile).collect();
    let (studies, files) = (count_of(report.studies.len(), "study", "studies"), tally.files);
    let went = match tally.released {
        0 => "Nothing was released.".to_owned(),
        released => {
            format!("{released} of {} released, in {studies}.", count(files as u64, "file"))
        }
    };
    let stayed = match files - tally.released {
        0 if files > 0 => "Nothing was left behind.".to_owned(),
        0 => String::new(),
        left => format!("{} not: the causes stand below.", count(left as u64, "file")),
    };
    let to_do = match report.to_do.is_empty() {
        true => paragraph("Nothing that this program knows of."),
        false => list(&report.to_do),
    };
    format!(
        "<header><h1>De-identification report</h1>\n<p class=\"soft\">Profile {}</p>\n</header>\n\
         <ul class=\"tiles\">{tiles}</ul>\n{}{}{}{}\
         <section class=\"do\"><h2>What a person must still do</h2>\n{to_do}</section>\n",
        escape(&report.profile),
        report.part.map_or_else(String::new, |(number, of)| paragraph(&format!(
            "Part {number} of {of} of the batch: the other parts have reports of their own."
        ))),
        paragraph(format!("{went} {stayed}").trim()),
        sentence(
            report.withdrawn,
            "released by an earlier export of this batch and not any more: taken away.",
        ),
        sentence(
            report.of_other_batches,
            "in this folder released by other batches: not counted here.",
        ),
    )
}

fn count_of(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn sentence(number: usize, what: &str) -> String {
    match number {
        0 => String::new(),
        _ => paragraph(&format!("{} {what}", count(number as u64, "file"))),
    }
}

fn table_of(
    title: &str,
    what: &'static str,
    number: &'static str,
    counts: &BTreeMap<String, usize>,
) -> String {
    let rows = counts.iter().map(|(name, count)| vec![Cell::text(name), cell(*count)]).collect();
    match table(&[(what, ""), (number, "n")], rows, MOST_ROWS) {
        table if table.is_empty() => table,
        table => section(title, &format!("<div class=\"short\">{table}</div>\n")),
    }
}

fn cell(number: usize) -> Cell {
    Cell::number(number as u64)
}

fn groups(report: &Report) -> String {
    let columns = [
        ("No.", "n"),
        ("Group of look-alike instances", ""),
        ("Files", "n"),
        ("Released", "n"),
        ("Not released", "n"),
        ("Masked", "n"),
    ];
    let rows = report.groups.iter().map(|group| {
        let left = group.tally.files - group.tally.released;
        let numbers = [group.tally.files, group.tally.released, left, group.masked].map(cell);
        [cell(group.number), Cell::text(&group.name)].into_iter().chain(numbers).collect()
    });
    let groups = section("By group", &table(&columns, rows.collect(), MOST_ROWS));
    groups
        + &table_of("Released instances by modality", "Modality", "Instances", &report.modalities)
}

fn masks(report: &Report) -> String {
    let columns = [
        ("Group", "n"),
        ("Series", ""),
        ("Instances", "n"),
        ("Frames", "n"),
        ("Areas", "n"),
        ("Uncompressed", "n"),
    ];
    let rows = report.masks.iter().map(|row| {
        vec![
            cell(row.group),
            Cell::uid(&row.series),
            cell(row.instances),
            Cell::number(row.frames),
            Cell::number(row.areas),
            cell(row.stored_uncompressed),
        ]
    });
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return String::new();
    }
    let mut body = table(&columns, rows, FEW_ROWS);
    if !report.pictures.is_empty() {
        body += "<h3>As they were released</h3>\n";
        body += &paragraph(
            "Small pictures of masked frames, made from the released files; what was painted over is \
             outlined. At most one frame of each way in which an instance was masked is shown.",
        );
        body += &figures::figures(report);
    }
    if report.not_pictured > 0 {
        body += &paragraph(&format!(
            "{} not shown here, as it may show a face.",
            count(report.not_pictured as u64, "masked instance")
        ));
    }
    section("What was painted over", &body)
}

fn steps(report: &Report) -> String {
    let columns = [("Step", ""), ("Ran", "s"), ("How", "")];
    let rows = report.steps.iter().map(|step| {
        let ran = match step.ran {
            true => Cell::text("yes").class("s yes"),
            false => Cell::text("no").class("s no"),
        };
        vec![Cell::text(&step.what), ran, Cell::text(&step.how)]
    });
    let key = paragraph(&format!("Project key {}.", report.key));
    let pixels = match report.detection.is_empty() {
        true => String::new(),
        false => paragraph(&format!(
            "Pixels: {} {} frames were searched, {} compared with those around them, {} seen by a \
             person, {} not looked at by anybody.",
            report.detection,
            report.frames_looked_at,
            report.frames_compared,
            report.frames_seen,
            report.frames_not_looked_at
        )),
    };
    key + &table(&columns, rows.collect(), MOST_ROWS) + &pixels
}

fn residuals(report: &Report) -> String {
    let columns =
        [("Check", "s"), ("Place", ""), ("What", ""), ("Reason, as typed", ""), ("Instances", "n")];
    let rows = report.residuals.iter().map(|row| {
        let reason = match &row.reason {
            ResidualReason::Told(reason) => Cell::text(reason),
            ResidualReason::InReview => Cell::text("it stands in the review").class("soft"),
        };
        let check = Cell::text(&row.check).class("s");
        vec![check, Cell::text(&row.place), Cell::text(&row.what), reason, cell(row.instances)]
    });
    section(
        "Findings of verification that a person accepted",
        &table(&columns, rows.collect(), MOST_ROWS),
    )
}

fn rules(report: &Report) -> String {
    let columns = [("Layer", "s"), ("Rule", ""), ("Attributes", "n"), ("Instances", "n")];
    let rows = report.rules.iter().map(|row| {
        let layer = Cell::text(row.layer).class("s");
        vec![layer, Cell::text(&row.rule), Cell::number(row.attributes), cell(row.instances)]
    });
    section(
        "What each rule decided in released instances",
        &table(&columns, rows.collect(), MOST_ROWS),
    )
}

fn footer(report: &Report) -> String {
    let head = match report.audit_head.is_empty() {
        true => String::new(),
        false => format!("Audit head <span class=\"uid\">{}</span>. ", escape(&report.audit_head)),
    };
    format!(
        "<footer class=\"small\"><p>{head}Readers’ names are claimed, not authenticated. All UIDs in this \
         report are new ones. report.json holds everything but the pictures, report.csv the counts.</p>\
         </footer>\n"
    )
}
