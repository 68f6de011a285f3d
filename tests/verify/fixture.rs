//! Little DICOM files, written byte by byte, and what should have become of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use veridact::dicom::{Limits, Scan, Source, scan};
use veridact::model::{AttributePath, Layer, Override};
use veridact::profile::{ConfidentialityOption, Profile, Rule};
use veridact::verify::{
    Expectation, Identifiers, PixelExpectation, Policy, Subject, Verdict, verify,
};

pub const EXPLICIT: &str = "1.2.840.10008.1.2.1";
pub const JPEG: &str = "1.2.840.10008.1.2.4.50";
const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
pub const OLD_INSTANCE: &str = "1.2.276.0.7230010.3.1.4.8323329.1";
pub const OLD_STUDY: &str = "1.2.276.0.7230010.3.1.2.8323329.2";
pub const OLD_SERIES: &str = "1.2.276.0.7230010.3.1.3.8323329.3";
pub const NEW_INSTANCE: &str = "2.25.111111111111111111111111";
const NEW_STUDY: &str = "2.25.222222222222222222222222";
const NEW_SERIES: &str = "2.25.333333333333333333333333";

/// A dataset as (group, element) → VR and value.
#[derive(Clone)]
pub struct Dataset {
    pub elements: BTreeMap<(u16, u16), (String, Vec<u8>)>,
    pub transfer_syntax: String,
    /// More elements of the File Meta Information.
    pub meta: Vec<(u16, &'static str, Vec<u8>)>,
    pub preamble: [u8; 128],
}

fn padded(vr: &str, value: &[u8]) -> Vec<u8> {
    let mut bytes = value.to_vec();
    if bytes.len() % 2 == 1 {
        bytes.push(if matches!(vr, "UI" | "OB" | "UN") { 0 } else { b' ' });
    }
    bytes
}

/// One element in Explicit VR Little Endian.
pub fn element(group: u16, element: u16, vr: &str, value: &[u8]) -> Vec<u8> {
    let value = padded(vr, value);
    let mut bytes = [group.to_le_bytes(), element.to_le_bytes()].concat();
    bytes.extend(vr.as_bytes());
    if matches!(vr, "OB" | "OW" | "UN" | "UT" | "SQ" | "UC" | "UR") {
        bytes.extend([0, 0]);
        bytes.extend((value.len() as u32).to_le_bytes());
    } else {
        bytes.extend((value.len() as u16).to_le_bytes());
    }
    bytes.extend(value);
    bytes
}

/// An item of defined length.
pub fn item(content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0xFE, 0xFF, 0x00, 0xE0];
    bytes.extend((content.len() as u32).to_le_bytes());
    bytes.extend(content);
    bytes
}

/// Fragments behind an empty offset table.
pub fn fragments(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = item(&[]);
    for part in parts {
        bytes.extend(item(&padded("OB", part)));
    }
    bytes.extend([0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]);
    bytes
}

impl Dataset {
    pub fn set(&mut self, tag: (u16, u16), vr: &str, value: impl AsRef<[u8]>) -> &mut Self {
        self.elements.insert(tag, (vr.into(), value.as_ref().to_vec()));
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let value = |tag: (u16, u16)| self.elements.get(&tag).map_or(&[][..], |(_, value)| value);
        let mut meta = element(2, 1, "OB", &[0, 1]);
        meta.extend(element(2, 2, "UI", value((8, 0x16))));
        meta.extend(element(2, 3, "UI", value((8, 0x18))));
        meta.extend(element(2, 0x10, "UI", self.transfer_syntax.as_bytes()));
        meta.extend(element(2, 0x12, "UI", b"2.25.4711"));
        for (number, vr, value) in &self.meta {
            meta.extend(element(2, *number, vr, value));
        }
        let mut bytes = self.preamble.to_vec();
        bytes.extend(b"DICM");
        bytes.extend(element(2, 0, "UL", &(meta.len() as u32).to_le_bytes()));
        bytes.extend(meta);
        for ((group, number), (vr, value)) in &self.elements {
            let encapsulated = (*group, *number) == (0x7FE0, 0x10) && self.transfer_syntax == JPEG;
            if encapsulated {
                bytes.extend([0xE0, 0x7F, 0x10, 0, b'O', b'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]);
                bytes.extend(value);
            } else {
                bytes.extend(element(*group, *number, vr, value));
            }
        }
        bytes
    }

    pub fn scan(&self) -> Scan {
        scan(Source::from_bytes(self.bytes()), &Limits::default()).unwrap()
    }
}

fn image(set: &mut Dataset) {
    set.set((0x28, 2), "US", [1, 0])
        .set((0x28, 4), "CS", "MONOCHROME2")
        .set((0x28, 0x10), "US", [16, 0])
        .set((0x28, 0x11), "US", [16, 0])
        .set((0x28, 0x100), "US", [8, 0])
        .set((0x28, 0x101), "US", [8, 0])
        .set((0x28, 0x102), "US", [7, 0])
        .set((0x28, 0x103), "US", [0, 0]);
    let samples: Vec<u8> = (0..=255).collect();
    set.set((0x7FE0, 0x10), "OB", samples);
}

/// A CT slice of an invented patient.
pub fn input() -> Dataset {
    let mut set = Dataset {
        elements: BTreeMap::new(),
        transfer_syntax: EXPLICIT.into(),
        meta: Vec::new(),
        preamble: [0; 128],
    };
    set.set((8, 5), "CS", "ISO_IR 100")
        .set((8, 0x16), "UI", CT)
        .set((8, 0x18), "UI", OLD_INSTANCE)
        .set((8, 0x20), "DA", "20240115")
        .set((8, 0x50), "SH", "ACC778812")
        .set((8, 0x60), "CS", "CT")
        .set((8, 0x70), "LO", "Invented Scanners")
        .set((8, 0x80), "LO", "St. Elsewhere Hospital")
        .set((8, 0x1030), "LO", "PARKINSON DISEASE, HEAD")
        .set((0x10, 0x10), "PN", "Zwetschge^Ottilie")
        .set((0x10, 0x20), "LO", "PX-774411")
        .set((0x10, 0x30), "DA", "19671103")
        .set((0x10, 0x40), "CS", "F")
        .set((0x20, 0xD), "UI", OLD_STUDY)
        .set((0x20, 0xE), "UI", OLD_SERIES);
    image(&mut set);
    set
}

/// What the `research` profile should have made of it.
pub fn clean() -> Dataset {
    let mut set = input();
    set.set((8, 0x18), "UI", NEW_INSTANCE)
        .set((8, 0x20), "DA", "20220806")
        .set((8, 0x50), "SH", "")
        .set((8, 0x80), "LO", "REMOVED")
        .set((8, 0x1030), "LO", "")
        .set((0x10, 0x10), "PN", "VD-8C1A")
        .set((0x10, 0x20), "LO", "VD-8C1A")
        .set((0x10, 0x30), "DA", "")
        .set((0x12, 0x62), "CS", "YES")
        .set((0x12, 0x63), "LO", "Veridact research")
        .set((0x20, 0xD), "UI", NEW_STUDY)
        .set((0x20, 0xE), "UI", NEW_SERIES)
        .set((0x28, 0x303), "CS", "MODIFIED");
    set
}

/// The patient of [`input`], and one whose file it is not.
pub fn subjects() -> Vec<Subject> {
    let own = Subject {
        names: vec!["Zwetschge^Ottilie".to_owned().into()],
        ids: vec!["PX-774411".to_owned().into(), "ACC778812".to_owned().into()],
        birth_dates: vec!["19671103".to_owned().into()],
        dates: vec!["20240115".to_owned().into()],
        uids: vec![OLD_INSTANCE.to_owned().into(), OLD_STUDY.to_owned().into()],
        institutions: vec!["St. Elsewhere Hospital".to_owned().into()],
        ..Subject::default()
    };
    let other = Subject {
        names: vec!["Quittenbaum^Maria".to_owned().into()],
        ids: vec!["PX-990022".to_owned().into()],
        dates: vec!["20220806".to_owned().into()],
        ..Subject::default()
    };
    vec![own, other]
}

/// Everything that an [`Expectation`] borrows.
pub struct Case {
    pub input: Dataset,
    pub staged: Dataset,
    pub name: String,
    pub subjects: Vec<Subject>,
    pub options: Vec<ConfidentialityOption>,
    pub rules: Vec<Rule>,
    pub overrides: BTreeMap<AttributePath, Override>,
    pub kept: BTreeSet<AttributePath>,
    pub written: BTreeSet<AttributePath>,
    pub accepted: BTreeSet<String>,
    pub pixels_decided: bool,
}

impl Case {
    pub fn new() -> Self {
        use ConfidentialityOption as Opt;
        Self {
            input: input(),
            staged: clean(),
            name: "VD-8C1A/2.25.222/2.25.111.dcm".into(),
            subjects: subjects(),
            options: vec![
                Opt::CleanPixelData,
                Opt::CleanDescriptors,
                Opt::CleanGraphics,
                Opt::CleanStructuredContent,
                Opt::RetainModifiedDates,
                Opt::RetainPatientCharacteristics,
            ],
            rules: Vec::new(),
            overrides: BTreeMap::new(),
            kept: BTreeSet::new(),
            written: BTreeSet::from(["(0008,0020)".parse().unwrap()]),
            accepted: BTreeSet::new(),
            pixels_decided: false,
        }
    }

    pub fn run(&self) -> Verdict {
        self.run_with(PixelExpectation::Untouched)
    }

    pub fn run_with(&self, pixels: PixelExpectation<'_>) -> Verdict {
        self.run_on(&self.staged.scan(), pixels)
    }

    pub fn run_on(&self, staged: &Scan, pixels: PixelExpectation<'_>) -> Verdict {
        let identifiers = Identifiers::new(&self.subjects).unwrap();
        let pseudonyms = BTreeSet::from(["VD-8C1A".to_owned()]);
        let expectation = Expectation {
            input: &self.input.scan(),
            name: Path::new(&self.name),
            identifiers: &identifiers,
            own: 0,
            policy: Policy {
                options: &self.options,
                rules: &self.rules,
                cap_ages: true,
                keeps_phrases: false,
                temporal: "MODIFIED",
            },
            overrides: &self.overrides,
            kept: &self.kept,
            written: &self.written,
            pseudonyms: &pseudonyms,
            new_uids: &BTreeMap::from([(OLD_STUDY.to_owned(), NEW_STUDY.to_owned())]),
            transfer_syntax: &self.staged.transfer_syntax,
            pixels,
            pixels_decided: self.pixels_decided,
            accepted: &self.accepted,
        };
        verify(&expectation, staged).unwrap()
    }
}

/// The rules of a site's profile; the reason is added.
pub fn rules(rules: &[&str]) -> Vec<Rule> {
    let rules: Vec<String> =
        rules.iter().map(|rule| format!("[[rule]]\n{rule}\nwhy = \"w\"\n")).collect();
    let text = format!("format = 1\nname = \"s\"\n{}", rules.concat());
    Profile::parse("s", &text, Layer::Site).unwrap().rules().to_vec()
}

/// Asserts that something of `check` was found at `place`.
#[track_caller]
pub fn assert_found(verdict: &Verdict, check: &str, place: &str) {
    let all = verdict.findings.iter().chain(&verdict.broken);
    let found = all.into_iter().any(|reason| reason.check == check && reason.place == place);
    assert!(found, "no {check} at {place}: {verdict:?}");
}

#[track_caller]
pub fn assert_passes(verdict: &Verdict) {
    assert!(verdict.passes(), "{verdict:?}");
}
