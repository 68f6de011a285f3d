//! What each released study says of itself and in what it conforms, read from its files.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::export::run::Exported;
use crate::profile::{ConfidentialityOption, Profile};

/// Code of the Basic Application Confidentiality Profile (CID 7050).
const BASIC: &str = "113100";
/// What is said of an attribute that a file has not.
const NOT_THERE: &str = "not there";

/// One released study.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StudyLine {
    /// Its new Study Instance UID.
    pub study: String,
    /// Series of it.
    pub series: usize,
    /// Instances of it.
    pub instances: usize,
    /// Modalities.
    pub modalities: BTreeSet<String>,
    /// Instances by code of De-identification Method Code Sequence (0012,0064).
    pub codes: BTreeMap<String, usize>,
    /// Instances in which Patient Identity Removed (0012,0062) is YES.
    pub identity_removed: usize,
    /// Instances by value of Burned In Annotation (0028,0301).
    pub burned_in: BTreeMap<String, usize>,
    /// Instances by value of Longitudinal Temporal Information Modified (0028,0303).
    pub temporal: BTreeMap<String, usize>,
    /// Instances in which pixels were painted over.
    pub masked: usize,
    /// References to instances that are not in the export.
    pub dangling: usize,
    /// Whether all its instances claim the Basic Profile.
    pub conforms: bool,
    /// What it conforms to, or in what it does not, for people.
    pub claim: String,
}

/// The released studies by their new UIDs.
pub(super) fn studies(exported: &[Exported], profile: &Profile) -> Vec<StudyLine> {
    let stem = |path: &str| Some(path.rsplit('/').next()?.strip_suffix(".dcm")?.to_owned());
    let files = exported.iter().filter_map(|entry| entry.file.as_ref());
    let released: BTreeSet<String> = files.filter_map(|file| stem(&file.path)).collect();
    let mut lines: BTreeMap<&str, (StudyLine, BTreeSet<&str>)> = BTreeMap::new();
    for entry in exported {
        let Some(told) = &entry.told else { continue };
        let stated = &told.alike.stated;
        let (line, series) = lines.entry(&stated.study).or_default();
        series.insert(&stated.series);
        line.instances += 1;
        line.modalities.insert(stated.modality.clone());
        for code in stated.codes.iter().map(|code| known(code)).collect::<BTreeSet<_>>() {
            *line.codes.entry(code.to_owned()).or_default() += 1;
        }
        line.identity_removed += usize::from(stated.identity_removed == "YES");
        for (counts, value) in
            [(&mut line.burned_in, &stated.burned_in), (&mut line.temporal, &stated.temporal)]
        {
            let is_defined =
                matches!(value.as_str(), "YES" | "NO" | "UNMODIFIED" | "MODIFIED" | "REMOVED");
            let shown = match value.as_str() {
                "" => NOT_THERE,
                value if is_defined => value,
                _ => "another value",
            };
            *counts.entry(shown.to_owned()).or_default() += 1;
        }
        line.masked += usize::from(told.masks.frames > 0);
        line.dangling += entry.references.iter().filter(|uid| !released.contains(*uid)).count();
    }
    let finished = lines.into_iter().map(|(study, (mut line, series))| {
        (line.study, line.series) = (study.to_owned(), series.len());
        let is_benchmark = profile.is_for_benchmark();
        line.conforms = !is_benchmark && claims(&line, BASIC) == line.instances;
        line.conforms &= line.identity_removed == line.instances;
        line.claim = match is_benchmark {
            true => {
                "Claims nothing: the profile follows the answer key of a benchmark, and its codes \
                     stand there for the score."
                    .to_owned()
            }
            false => claim(&line, profile),
        };
        line
    });
    finished.collect()
}

/// A code of CID 7050 as such; any other is somebody else's.
fn known(code: &str) -> &str {
    let is_option = ConfidentialityOption::all().any(|option| option.code().0 == code);
    if is_option || code == BASIC { code } else { "another code" }
}

fn claims(line: &StudyLine, code: &str) -> usize {
    line.codes.get(code).copied().unwrap_or_default()
}

/// What the files of a study claim together, in words.
fn claim(line: &StudyLine, profile: &Profile) -> String {
    let all = line.instances;
    let mut words = Vec::new();
    match claims(line, BASIC) {
        basic if basic == all => {
            let options: Vec<&str> = ConfidentialityOption::all()
                .map(ConfidentialityOption::code)
                .filter(|(code, _)| claims(line, code) == all)
                .map(|(_, meaning)| short(meaning))
                .collect();
            let with = match options.is_empty() {
                true => "without options".to_owned(),
                false => format!("with {}", options.join(", ")),
            };
            words.push(format!(
                "Conforms to the PS3.15 Basic Application Level Confidentiality Profile {with}."
            ));
        }
        basic => words.push(format!(
            "Does not conform as a whole: {} of {all} instances do not claim the PS3.15 Basic \
             Application Level Confidentiality Profile, as a reviewer kept more than the profile does.",
            all - basic
        )),
    }
    for option in ConfidentialityOption::all() {
        let (code, meaning) = option.code();
        let (claimed, meaning) = (claims(line, code), short(meaning));
        if (1..all).contains(&claimed) {
            words.push(format!("{meaning} is claimed by {claimed} of {all} instances."));
        } else if claimed == 0 && profile.has(option) {
            words
                .push(format!("{meaning} is asked for by the profile, and no instance claims it."));
        }
    }
    if line.identity_removed < all {
        let left = all - line.identity_removed;
        words.push(format!("{left} instances do not say that the patient's identity was removed."));
    }
    words.join(" ")
}

/// The name of an option without the word that all have.
pub(super) fn short(meaning: &str) -> &str {
    meaning.strip_suffix(" Option").unwrap_or(meaning)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(instances: usize, codes: &[(&str, usize)]) -> StudyLine {
        let codes = codes.iter().map(|(code, count)| ((*code).to_owned(), *count)).collect();
        StudyLine { instances, identity_removed: instances, codes, ..StudyLine::default() }
    }

    #[test]
    fn a_claim_says_what_all_files_claim_and_what_only_some_do() {
        let profile = Profile::load("basic").unwrap();
        let whole = claim(&line(3, &[(BASIC, 3), ("113101", 3), ("113105", 3)]), &profile);
        assert_eq!(
            whole,
            "Conforms to the PS3.15 Basic Application Level Confidentiality Profile with Clean Pixel \
             Data, Clean Descriptors."
        );
        let some = claim(&line(3, &[(BASIC, 3), ("113101", 2)]), &profile);
        assert!(some.contains("without options. Clean Pixel Data is claimed by 2 of 3"), "{some}");
        let none = claim(&line(3, &[(BASIC, 1)]), &profile);
        assert!(none.starts_with("Does not conform as a whole: 2 of 3 instances"), "{none}");
        assert!(none.contains("Clean Pixel Data is asked for by the profile"), "{none}");
        let open = StudyLine { identity_removed: 1, ..line(3, &[(BASIC, 3), ("113101", 3)]) };
        assert!(claim(&open, &profile).contains("2 instances do not say that"));
        assert_eq!((known("113111"), known("99ZZ mine")), ("113111", "another code"));
    }
}
