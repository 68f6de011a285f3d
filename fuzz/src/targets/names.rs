//! Tables of names that people hand in: who becomes whom, and what to look for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use veridact::dicom::Scan;
use veridact::engine::crosswalk::Crosswalk;
use veridact::engine::key::ProjectKey;
use veridact::export::identifying_strings;
use veridact::index::{IdentifierKind, SubjectDictionary};
use veridact::jobs::{parse_identifiers, parse_identity_answers};
use veridact::model::{IdentityAnswer, PatientKey};
use veridact::verify::Identifiers;

use super::fixture::{self, Case};
use super::read_twice;
use super::verifier::verdict_on;

/// Strings of one list that are looked for in a file.
const MOST_PLANTED: usize = 3;

/// A table is read, or refused; what is read is a way there that does not fork or join, to words
/// that may be names of folders. Some inputs are a project key instead.
pub fn crosswalk(data: &[u8]) {
    key(data);
    let Some(found) = read_twice(|| Crosswalk::parse(data)) else { return };
    if let Ok(text) = std::str::from_utf8(data)
        && !text.contains('"')
    {
        simple(text, &found);
    }
}

/// A table without quotes, read once more by hand.
fn simple(text: &str, found: &Crosswalk) {
    let mut lines = text.trim_start_matches('\u{feff}').split(['\n', '\r']);
    let Some(header) = lines.find(|line| !line.is_empty()) else { return };
    let columns: Vec<String> =
        header.split(',').map(|name| name.trim().to_ascii_lowercase()).collect();
    let at = |name: &str| columns.iter().position(|column| column == name);
    let (mut there, mut back) = (BTreeMap::new(), BTreeMap::new());
    for line in lines.filter(|line| !line.is_empty()) {
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        let cell = |name| at(name).and_then(|at| cells.get(at)).copied().unwrap_or_default();
        let (id, issuer) = (cell("patient_id"), cell("issuer"));
        let pseudonym = cell("pseudonym");
        if id.is_empty() || id == "*" {
            continue;
        }
        let patient = PatientKey::new(&format!("{issuer}\u{1f}{id}"));
        if let Some(days) = found.day_offset(&patient) {
            assert!(days != 0 && days.unsigned_abs() <= 36_525);
        }
        if pseudonym.is_empty() {
            continue;
        }
        assert_eq!(found.pseudonym(&patient), Some(pseudonym), "the table says so");
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        assert!(pseudonym.bytes().all(fits) && !pseudonym.starts_with('.'));
        let to = there.insert(patient.clone(), pseudonym);
        assert!(to.is_none_or(|to| to == pseudonym), "one patient becomes two");
        let from = back.insert(pseudonym, patient.clone());
        assert!(from.is_none_or(|from| from == patient), "two patients become one");
    }
}

/// A key that is read is written so that it is read again.
fn key(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(key) = ProjectKey::parse(text) else { return };
    let again = ProjectKey::parse(&key.to_text()).expect("what was written can be read");
    assert_eq!(again.fingerprint(), key.fingerprint());
}

/// Answers are read, or refused; no patient has two, and who is merged is merged with somebody.
pub fn identity_answers(data: &[u8]) {
    let Some(found) = read_twice(|| parse_identity_answers(data)) else { return };
    let all: Vec<&PatientKey> = found.iter().flat_map(|given| &given.patients).collect();
    let each: BTreeSet<&PatientKey> = all.iter().copied().collect();
    assert_eq!(each.len(), all.len(), "a patient has two answers");
    for given in &found {
        let merged = given.answer == IdentityAnswer::Merge;
        assert_eq!(merged, given.patients.len() > 1, "a merge is of two or more");
        assert!(given.line > 1, "the first line is the header");
    }
}

/// What is the same for all inputs.
fn clean() -> &'static (Case, Scan) {
    static CLEAN: OnceLock<(Case, Scan)> = OnceLock::new();
    CLEAN.get_or_init(|| {
        let case = Case::new();
        let input = case.input.scan();
        (case, input)
    })
}

/// A list is read, or refused; what is read can be looked for, and plain words are found.
pub fn identifiers(data: &[u8]) {
    let Some(found) = read_twice(|| parse_identifiers(data)) else { return };
    let lines = data.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count();
    assert!(found.len() <= lines + 1, "a string for each row at most");
    let subjects = BTreeMap::from([(PatientKey::new("the list"), found)]);
    let identifiers = identifying_strings(&subjects).expect("so few strings can be looked for");
    if identifiers.not_checked(0) == 0 {
        let found = &subjects[&PatientKey::new("the list")];
        plain_words(found).for_each(|word| assert!(holds(&identifiers, word)));
    }
}

/// Strings that stand for themselves: names of one word, and IDs of letters and digits.
fn plain_words(found: &SubjectDictionary) -> impl Iterator<Item = &str> {
    let is_plain = |text: &&str| {
        let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
        let all = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        all && letters >= 5 && text.len() <= 60
    };
    let kinds = [IdentifierKind::PatientName, IdentifierKind::PatientId];
    let entries = found.iter().filter(move |entry| kinds.contains(&entry.kind));
    entries.map(|entry| entry.text.expose().as_str()).filter(is_plain).take(MOST_PLANTED)
}

/// Whether a file is held in which the word stands.
fn holds(identifiers: &Identifiers, word: &str) -> bool {
    let (case, input) = clean();
    let mut staged = fixture::clean();
    staged.set((8, 0x1030), "LO", format!("seen {word} again"));
    let verdict = verdict_on(case, identifiers, input, &staged.scan());
    let place = |reason: &veridact::model::HoldReason| {
        reason.check == "identifier" && reason.place == "(0008,1030)"
    };
    verdict.findings.iter().any(place)
}
