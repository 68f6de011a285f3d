//! What the answers cannot see: identifying strings in carriers that no check names, clinical
//! words that were lost, and files that were not released.
//!
//! The strings come from the answers themselves: what they want removed, of all instances of a
//! patient, is looked for in everything else of that patient's files.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::path::{Path, PathBuf};

use aho_corasick::{AhoCorasick, MatchKind};

use crate::dicom::{NodeKind, text};
use crate::model::{Phi, VR};
use crate::score::indexed::IndexedFile;
use crate::score::scorer::Marked;
use crate::score::text::telling_words;
use crate::score::{Answer, AnswerKey, CheckAction, Mark, Scorer};

/// Shortest string that is looked for in text, in characters.
const SHORTEST: usize = 4;
/// Shortest string that is looked for in bytes that are no text.
const SHORTEST_IN_BYTES: usize = 8;
/// Longest value that is searched as text, in bytes; longer ones are searched as bytes.
const LONGEST_TEXT: u64 = 4 << 20;
/// Bytes that are searched at once.
const STEP: u64 = 1 << 22;

/// An identifying string where no check looks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leak {
    /// The kind of place.
    pub carrier: &'static str,
    /// Path below the output.
    pub path: PathBuf,
    /// Place in the file; empty for its name.
    pub place: String,
    /// The string.
    pub text: Phi<String>,
}

/// The second table.
#[derive(Clone, Debug, Default)]
pub struct Unseen {
    /// Instances of the answers.
    pub instances: u64,
    /// Those that are not in the output.
    pub missing: u64,
    /// Files that no answer is about.
    pub unmatched: Vec<PathBuf>,
    /// Files that are no DICOM that can be read.
    pub unreadable: Vec<PathBuf>,
    /// Strings where no check looks, sorted.
    pub leaks: Vec<Leak>,
    /// Words that the answers want kept.
    pub words: u64,
    /// Those that are there.
    pub words_kept: u64,
}

impl Unseen {
    pub(crate) fn count(&mut self, scorer: &Scorer, marked: &[Marked], mut leaks: Vec<Leak>) {
        leaks.sort();
        leaks.dedup();
        self.leaks = leaks;
        self.unmatched.sort();
        self.unreadable.sort();
        for mark in marked {
            let check = scorer.check(mark);
            let Some(text) = &check.text else { continue };
            if check.action != CheckAction::TextRetained {
                continue;
            }
            let words = telling_words(&text.expose().to_lowercase());
            let clinical = words.iter().filter(|word| word.chars().any(char::is_alphabetic));
            let found = mark.found.as_ref().map(|value| value.expose().to_lowercase());
            for word in clinical {
                self.words += 1;
                let is_there = found.as_ref().is_some_and(|found| found.contains(word.as_str()));
                self.words_kept += u64::from(is_there || mark.mark == Mark::Pass);
            }
        }
    }

    /// Number of strings by kind of place.
    pub fn by_carrier(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for leak in &self.leaks {
            *counts.entry(leak.carrier).or_default() += 1;
        }
        counts
    }
}

/// The strings of each patient, ready to be looked for.
#[derive(Debug)]
pub(crate) struct Search {
    /// By Patient ID.
    patients: HashMap<String, Strings>,
}

#[derive(Debug)]
struct Strings {
    list: Vec<String>,
    automaton: Option<AhoCorasick>,
}

impl Search {
    pub(crate) fn new(key: &AnswerKey) -> Self {
        let mut wanted: HashMap<&str, BTreeSet<String>> = HashMap::new();
        let mut kept: HashMap<&str, BTreeSet<String>> = HashMap::new();
        for answer in &key.answers {
            let patient = answer.patient.expose().as_str();
            for check in &answer.checks {
                let Some(text) = check.text.as_ref().or(check.value.as_ref()) else { continue };
                let text = text.expose().to_lowercase();
                match check.action {
                    CheckAction::TextRemoved
                    | CheckAction::DateShifted
                    | CheckAction::UidChanged => {
                        let strings = wanted.entry(patient).or_default();
                        strings.extend(telling_words(&text));
                        strings.insert(text);
                    }
                    CheckAction::TextRetained => {
                        kept.entry(patient).or_default().extend(telling_words(&text));
                    }
                    _ => {}
                }
            }
        }
        let patients = wanted.into_iter().map(|(patient, strings)| {
            let kept = kept.remove(patient).unwrap_or_default();
            (patient.to_owned(), Strings::new(strings, &kept))
        });
        Self { patients: patients.collect() }
    }

    /// Looks through one file, but where a check looks itself.
    pub(crate) fn file(
        &self,
        answer: &Answer,
        file: &IndexedFile,
        name: &Path,
    ) -> io::Result<Vec<Leak>> {
        let Some(strings) = self.patients.get(answer.patient.expose()) else {
            return Ok(Vec::new());
        };
        let mut found = Found { strings, name, leaks: Vec::new() };
        found.text("file name", "", &name.to_string_lossy());
        let seen: BTreeSet<&str> =
            answer.checks.iter().filter_map(|check| check.place.as_deref()).collect();
        let scan = &file.scan;
        for (id, node) in scan.iter() {
            if node.kind != NodeKind::Element {
                if node.kind == NodeKind::Fragment {
                    found.bytes("fragments", "(7FE0,0010)", scan, node.value.clone())?;
                }
                continue;
            }
            let place = file.place(id);
            if seen.contains(place) {
                continue;
            }
            let length = node.value.end - node.value.start;
            let carrier = match (node.tag.group() % 2, node.parent) {
                (1, _) => "private attributes",
                (_, Some(_)) => "sequences",
                _ => "attributes",
            };
            if is_opaque(node.vr) || length > LONGEST_TEXT {
                found.bytes("bytes", place, scan, node.value.clone())?;
            } else {
                found.text(carrier, place, &text::text_value(scan, id)?.text);
            }
        }
        let meta = scan.meta.range.clone();
        found.file_bytes("file meta", scan, 0..meta.end.max(132))?;
        if !scan.encoding.deflated {
            found.file_bytes("trailing bytes", scan, scan.dataset.end..scan.file.len())?;
        }
        Ok(found.leaks)
    }
}

const fn is_opaque(vr: VR) -> bool {
    !text::is_text(vr) && !matches!(vr, VR::SQ)
}

impl Strings {
    fn new(mut strings: BTreeSet<String>, kept: &BTreeSet<String>) -> Self {
        strings.retain(|text| {
            let telling = text.chars().any(char::is_alphanumeric);
            telling && text.chars().count() >= SHORTEST && !kept.contains(text)
        });
        let list: Vec<String> = strings.into_iter().collect();
        // An automaton that cannot be built would hide leaks: there are few strings a patient.
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .ascii_case_insensitive(true)
            .build(&list)
            .ok();
        Self { list, automaton }
    }
}

struct Found<'a> {
    strings: &'a Strings,
    name: &'a Path,
    leaks: Vec<Leak>,
}

impl Found<'_> {
    fn add(&mut self, carrier: &'static str, place: &str, pattern: usize) {
        self.leaks.push(Leak {
            carrier,
            path: self.name.to_owned(),
            place: place.to_owned(),
            text: Phi::new(self.strings.list[pattern].clone()),
        });
    }

    fn text(&mut self, carrier: &'static str, place: &str, text: &str) {
        let text = text.to_lowercase();
        let Some(automaton) = &self.strings.automaton else { return };
        let hits: BTreeSet<usize> = automaton
            .find_overlapping_iter(&text)
            .filter(|hit| is_word(&text, hit.start(), hit.end()))
            .map(|hit| hit.pattern().as_usize())
            .collect();
        hits.into_iter().for_each(|hit| self.add(carrier, place, hit));
    }

    fn bytes(
        &mut self,
        carrier: &'static str,
        place: &str,
        scan: &crate::dicom::Scan,
        range: std::ops::Range<u64>,
    ) -> io::Result<()> {
        let hits = self.search(&scan.source, range)?;
        hits.into_iter().for_each(|hit| self.add(carrier, place, hit));
        Ok(())
    }

    fn file_bytes(
        &mut self,
        carrier: &'static str,
        scan: &crate::dicom::Scan,
        range: std::ops::Range<u64>,
    ) -> io::Result<()> {
        let range = range.start.min(scan.file.len())..range.end.min(scan.file.len());
        let hits = self.search(&scan.file, range)?;
        hits.into_iter().for_each(|hit| self.add(carrier, "", hit));
        Ok(())
    }

    fn search(
        &self,
        source: &crate::dicom::Source,
        range: std::ops::Range<u64>,
    ) -> io::Result<BTreeSet<usize>> {
        let mut hits = BTreeSet::new();
        let Some(automaton) = &self.strings.automaton else { return Ok(hits) };
        let longest = self.strings.list.iter().map(String::len).max().unwrap_or(0) as u64;
        let mut at = range.start;
        while at < range.end {
            let end = range.end.min(at + STEP);
            let bytes = source.read(at..end)?;
            for hit in automaton.find_overlapping_iter(&bytes) {
                let pattern = hit.pattern().as_usize();
                if self.strings.list[pattern].len() >= SHORTEST_IN_BYTES {
                    hits.insert(pattern);
                }
            }
            // The next window begins where a string could still have begun in this one.
            at = if end == range.end { end } else { end - longest.min(STEP / 2) };
        }
        Ok(hits)
    }
}

fn is_word(text: &str, start: usize, end: usize) -> bool {
    let before = text[..start].chars().next_back();
    let after = text[end..].chars().next();
    !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
}
