//! What the files of each study say of themselves.

use std::collections::BTreeMap;

use crate::export::report::page::parts::{Cell, more, section, table};
use crate::export::report::page::{FEW_ROWS, cell, count_of};
use crate::export::report::risks::count;
use crate::export::report::{Report, StudyLine};

/// Most studies on the page.
const MOST_STUDIES: usize = 100;

/// Claims of studies that say the same, then study by study.
pub(super) fn conformance(report: &Report) -> String {
    let mut kinds: BTreeMap<(bool, &str), (usize, usize)> = BTreeMap::new();
    for study in &report.studies {
        let kind = kinds.entry((study.conforms, &study.claim)).or_default();
        *kind = (kind.0 + 1, kind.1 + study.instances);
    }
    let several = kinds.len() > 1 && report.studies.len() > kinds.len();
    let rows = kinds.into_iter().map(|((_, claim), (studies, instances))| {
        vec![Cell::text(claim), cell(studies), cell(instances)]
    });
    let columns =
        [("What the files of a study claim together", ""), ("Studies", "n"), ("Instances", "n")];
    let kinds = if several { table(&columns, rows.collect(), FEW_ROWS) } else { String::new() };
    // What does not conform stands first: it must not be left out.
    let mut studies: Vec<&StudyLine> = report.studies.iter().collect();
    studies.sort_by_key(|study| (study.conforms, study.dangling == 0));
    let left = studies.len().saturating_sub(MOST_STUDIES);
    let row = |study: &&StudyLine| {
        let modalities: Vec<&str> = study.modalities.iter().map(String::as_str).collect();
        let series = count_of(study.series, "series", "series");
        vec![
            Cell::uid(&study.study)
                .class("uid study")
                .with_note(&format!("{} · {series}", modalities.join(", "),)),
            cell(study.instances),
            Cell::text(&study.claim).with_note(&details(study)),
        ]
    };
    let rows = studies.iter().take(MOST_STUDIES).map(row).collect();
    let columns = [("Study", "study"), ("Instances", "n"), ("What its files say", "")];
    let lines = table(&columns, rows, MOST_STUDIES) + &more(left, "study", "studies");
    section("Conformance, study by study", &(kinds + &lines))
}

/// What the files of a study say beside their codes.
fn details(study: &StudyLine) -> String {
    let counts = |counts: &BTreeMap<String, usize>| {
        let all: Vec<String> = counts
            .iter()
            .map(|(value, count)| match *count == study.instances {
                true => value.clone(),
                false => format!("{value} ({count})"),
            })
            .collect();
        all.join(", ")
    };
    let mut parts = vec![
        format!("Codes {}", counts(&study.codes)),
        match study.identity_removed == study.instances {
            true => "Patient Identity Removed YES".to_owned(),
            false => format!("Patient Identity Removed YES in {}", study.identity_removed),
        },
        format!("Burned In Annotation {}", counts(&study.burned_in)),
        format!("Longitudinal Temporal Information {}", counts(&study.temporal)),
    ];
    parts.extend((study.masked > 0).then(|| count(study.masked as u64, "masked instance")));
    let dangling = count(study.dangling as u64, "reference");
    parts.extend(
        (study.dangling > 0).then(|| format!("{dangling} to instances outside of the export")),
    );
    parts.join(" · ")
}
