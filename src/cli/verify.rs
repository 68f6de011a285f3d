//! `veridact verify`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use serde_json::json;

use crate::cli::arguments::VerifyArguments;
use crate::cli::bar::with_bar;
use crate::cli::commands::{default_threads, existing_key};
use crate::cli::deid::default_review;
use crate::cli::out::{path_text, print, say};
use crate::cli::{FAILED, NOT_ALL, RELEASED, World};
use crate::export::Manifest;
use crate::jobs::{
    ExportVerdict, NEVER, VerifyExportError, VerifyRequest, read_identifiers, verify_export,
};
use crate::model::{HoldReason, plain};

/// Reads an export again and checks it.
pub(crate) fn run(world: &World, arguments: &VerifyArguments) -> anyhow::Result<u8> {
    let beside = default_review(&arguments.output);
    let mut request = VerifyRequest {
        output: arguments.output.clone(),
        review: arguments.review.clone().or_else(|| beside.exists().then_some(beside)),
        identifiers: match &arguments.identifiers {
            Some(file) => Some(read_identifiers(file).context("the list of identifiers")?),
            None => None,
        },
        key: existing_key(world, arguments.key_file.as_deref())?,
        threads: arguments.jobs.map_or_else(default_threads, usize::from),
    };
    if arguments.key_file.is_none() && !is_key_of(&request) {
        request.key = None; // the user's own, for other projects
    }
    let verify =
        |request: &VerifyRequest| with_bar(&NEVER, |progress| verify_export(request, progress));
    let mut unused = None;
    let verdict = match verify(&request)? {
        // Nobody asked for this review: the export is checked without it.
        Err(VerifyExportError::Store(error)) if arguments.review.is_none() => {
            unused = Some(format!("strings of the subjects: {error}"));
            request.review = None;
            verify(&request)??
        }
        verdict => verdict?,
    };
    let faults = faults(&verdict);
    let not_checked: Vec<&String> = verdict.not_checked.iter().chain(&unused).collect();
    let listed = request.identifiers.as_ref().map_or(0, |list| list.iter().count());
    let shown = Shown { verdict: &verdict, faults: &faults, not_checked: &not_checked, listed };
    shown.print(request.review.as_ref(), arguments.json)?;
    if !faults.is_empty() {
        return Ok(NOT_ALL);
    }
    if arguments.review.is_some() && (verdict.inputs.is_empty() || !verdict.unknown.is_empty()) {
        say("the strings of the subjects could not be looked for, see above");
        return Ok(FAILED);
    }
    Ok(RELEASED)
}

fn is_key_of(request: &VerifyRequest) -> bool {
    let manifest = Manifest::read(&request.output).ok().flatten();
    let key = request.key.as_ref().map(|key| key.fingerprint());
    manifest.map(|manifest| manifest.key) == key
}

/// What is wrong, by path; a fault of the folder itself comes before those of its content.
fn faults(verdict: &ExportVerdict) -> Vec<(&str, &HoldReason)> {
    let mut faults: Vec<_> =
        verdict.found.manifest.iter().map(|fault| (fault.place.as_str(), fault)).collect();
    for (path, file) in &verdict.found.files {
        let both = file.broken.iter().chain(&file.findings);
        faults.extend(both.map(|fault| (path.as_str(), fault)));
    }
    faults.sort_by_key(|(path, _)| *path);
    faults
}

struct Shown<'a> {
    verdict: &'a ExportVerdict,
    faults: &'a [(&'a str, &'a HoldReason)],
    not_checked: &'a [&'a String],
    /// Strings of the list that was given.
    listed: usize,
}

impl Shown<'_> {
    fn print(&self, review: Option<&PathBuf>, as_json: bool) -> anyhow::Result<()> {
        print(|out| match as_json {
            true => self.json(review, out),
            false => self.text(review, out),
        })
    }

    /// How many places were accepted by a reviewer, and how many hold a clinical word only.
    fn passed_over(&self) -> (usize, usize) {
        let files = self.verdict.found.files.values();
        files.fold((0, 0), |sum, file| (sum.0 + file.accepted.len(), sum.1 + file.listed.len()))
    }

    fn text(&self, review: Option<&PathBuf>, out: &mut dyn Write) -> anyhow::Result<()> {
        for (path, fault) in self.faults {
            let path = plain(path.as_ref());
            match fault.place == *path {
                true => writeln!(out, "{path}: {}", fault.what)?,
                false => writeln!(out, "{path}: {} at {}", fault.what, fault.place)?,
            }
        }
        writeln!(
            out,
            "{} files in the manifest, {} faults",
            self.verdict.listed,
            self.faults.len()
        )?;
        if let Some(review) = review {
            writeln!(out, "review {}", plain(review))?;
        }
        for (input, files) in &self.verdict.inputs {
            writeln!(
                out,
                "strings of the subjects of {} ({files} files): looked for",
                plain(input)
            )?;
        }
        if self.listed > 0 {
            let listed = self.listed;
            writeln!(out, "{listed} strings of the list that was given: looked for")?;
        }
        let (accepted, clinical) = self.passed_over();
        if accepted > 0 {
            writeln!(out, "{accepted} places that a reviewer accepted")?;
        }
        if clinical > 0 {
            writeln!(out, "{clinical} places with a clinical word that is also a name")?;
        }
        for what in self.not_checked {
            writeln!(out, "not checked: {what}")?;
        }
        Ok(())
    }

    fn json(&self, review: Option<&PathBuf>, out: &mut dyn Write) -> anyhow::Result<()> {
        let faults: Vec<_> = self
            .faults
            .iter()
            .map(|(path, fault)| {
                json!({
                    "path": path, "check": fault.check, "place": fault.place, "what": fault.what,
                })
            })
            .collect();
        let inputs: Vec<_> = self
            .verdict
            .inputs
            .iter()
            .map(|(input, files)| json!({ "path": path_text(input), "files": files }))
            .collect();
        let (accepted, clinical) = self.passed_over();
        let all = json!({
            "files": self.verdict.listed,
            "faults": faults,
            "accepted": accepted,
            "clinical_words": clinical,
            "review": review.map(|review| path_text(review)),
            "inputs": inputs,
            "listed": self.listed,
            "not_checked": self.not_checked,
        });
        writeln!(out, "{}", serde_json::to_string_pretty(&all)?)?;
        Ok(())
    }
}
