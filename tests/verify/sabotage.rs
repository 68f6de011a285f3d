//! Sabotage: the engine forgets a whole class of what it has to do, and verify holds what comes of it.
//!
//! A class is a kind of action, a group of attributes, a VR or a layer of rules; a source of the subject
//! dictionary; or the decoder of a character set. Each run without sabotage passes: a verifier that
//! always fails would be worth as little as one that never does. What is painted over and then not is
//! in `samples.rs`, and what verify cannot see by its nature stands in `SECURITY.md`.

use std::collections::{BTreeMap, BTreeSet};

use dicom_dictionary_std::tags;
use veridact::demo::{Charset, Sample};
use veridact::dicom::{Limits, Scan, Source, scan};
use veridact::index::{Batch, IdentifierKind, SubjectDictionary};
use veridact::model::{Plan, PlannedEdit, Tag, VR};

use super::dropped::{Staging, must_be_missed};
use crate::canary::carriers::base;

/// The classes that an edit belongs to.
fn classes(edit: &PlannedEdit) -> Vec<String> {
    let tag = edit.path.tag();
    let group = match tag.group() {
        odd if odd % 2 == 1 => "private".to_owned(),
        group => format!("{group:04X}"),
    };
    let depth = if edit.path.steps().is_empty() { "top" } else { "nested" };
    // A rule is named by what it is of, then by its place.
    let rule = edit.rule.split(['(', ':', ',']).next().unwrap_or_default().trim();
    vec![
        format!("action {:?}", edit.action),
        format!("group {group}"),
        format!("depth {depth}"),
        format!("layer {:?}", edit.layer),
        format!("rule {rule}"),
        format!("{:?} in {group}", edit.action),
    ]
}

#[test]
fn a_class_of_edits_that_is_forgotten_is_seen_in_every_file() {
    let mut cases: BTreeMap<String, usize> = BTreeMap::new();
    let mut unseen = Vec::new();
    for profile in ["research", "basic", "safe-harbor", "tcia"] {
        for sample in
            [Sample::CtSlice, Sample::MrSlice, Sample::Chest, Sample::CineRgb, Sample::Report]
        {
            let staging = Staging::new(sample, profile);
            let whole = staging.plan();
            assert!(staging.check(&whole).unwrap().passes(), "{sample:?} {profile}");
            let counted = whole.edits.iter().filter(|edit| must_be_missed(&staging, edit));
            let found: BTreeSet<String> = counted.flat_map(classes).collect();
            for class in found {
                let mut less = whole.clone();
                less.edits.retain(|edit| !classes(edit).contains(&class));
                // A file that cannot even be written is quarantined.
                if staging.check(&less).is_some_and(|verdict| verdict.passes()) {
                    unseen.push(format!("{sample:?} {profile}: {class}"));
                }
                *cases.entry(class).or_default() += 1;
            }
        }
    }
    let tried: usize = cases.values().sum();
    println!("{} classes, {tried} cases: {cases:?}", cases.len());
    assert!(unseen.is_empty(), "of {tried}: {unseen:#?}");
    assert!(cases.len() >= 40 && tried >= 300, "{} classes, {tried} cases", cases.len());
}

/// What stands in headers, by source of the dictionary, and again in a comment.
const SAID: [(IdentifierKind, &str); 7] = [
    (IdentifierKind::PatientName, "Zqxcanary"),
    (IdentifierKind::PersonName, "Tarfidquist"),
    (IdentifierKind::PatientId, "ZQX-73519-CNRY"),
    (IdentifierKind::Identifier, "ACNQ7319X"),
    (IdentifierKind::Institution, "Marrowgrove Infirmary"),
    (IdentifierKind::Address, "12 Quillfeather Lane"),
    (IdentifierKind::Uid, "1.3.6.1.4.1.99999.7.3.1.9"),
];

fn chatty(said: &str) -> Staging {
    let mut made = base(7, Charset::Ascii);
    made.dataset.texts(&[
        (tags::REFERRING_PHYSICIAN_NAME, "Tarfidquist^Ottoline"),
        (tags::INSTITUTION_NAME, "Marrowgrove Infirmary"),
        (tags::PATIENT_ADDRESS, "12 Quillfeather Lane"),
        (tags::FRAME_OF_REFERENCE_UID, "1.3.6.1.4.1.99999.7.3.1.9"),
        (tags::SERIES_DESCRIPTION, &format!("artefact; {said}; motion")),
    ]);
    Staging::of(made.bytes(), "research")
}

/// The batch, whose dictionaries never heard of a kind of string.
fn without(batch: &Batch, kind: IdentifierKind) -> Batch {
    let mut deaf = batch.clone();
    for dictionary in deaf.subjects.values_mut() {
        let mut less = SubjectDictionary::default();
        for known in dictionary.iter().filter(|it| it.kind != kind) {
            less.add(known.clone());
        }
        *dictionary = less;
    }
    deaf
}

/// The plan, its comment as another plan has it.
fn comment_of(whole: &Plan, other: &Plan) -> Plan {
    let is_comment = |edit: &&PlannedEdit| edit.path.tag() == tags::SERIES_DESCRIPTION;
    let mut mixed = whole.clone();
    mixed.edits.retain(|edit| !is_comment(&edit));
    mixed.edits.extend(other.edits.iter().filter(is_comment).cloned());
    mixed.edits.sort_by(|a, b| a.path.cmp(&b.path));
    mixed
}

#[test]
fn a_source_of_the_dictionary_that_is_forgotten_is_seen() {
    let mut needed = Vec::new();
    for (kind, text) in SAID {
        let staging = chatty(text);
        let whole = staging.plan();
        assert!(staging.check(&whole).unwrap().passes(), "{kind:?}");
        let deaf = staging.plan_of(&staging.input, &without(&staging.batch, kind));
        let less = comment_of(&whole, &deaf);
        let bytes = staging.written(&less).unwrap();
        let stays = bytes.windows(text.len()).any(|part| part == text.as_bytes());
        // Some strings are cut by their shape, or for what stands in the same file.
        if stays {
            let verdict = staging.check(&less);
            assert!(verdict.is_none_or(|verdict| !verdict.passes()), "{kind:?} is not missed");
            needed.push(kind);
        }
    }
    println!("only the dictionary keeps away: {needed:?}");
    assert!(needed.len() >= 4, "{needed:?}");
}

#[test]
fn a_decoder_that_reads_another_character_set_is_seen() {
    let mut left = 0;
    for (charset, family, taken_for) in [
        (Charset::Greek, "Παπαδόπουλος", "ISO_IR 100"),
        (Charset::Greek, "Παπαδόπουλος", "ISO_IR 144"),
        (Charset::Utf8, "Соколова", "ISO_IR 100"),
        (Charset::Utf8, "Żółkiewska", "ISO_IR 126"),
        (Charset::Latin1, "Müllerström", "ISO_IR 144"),
        (Charset::Japanese, "山田太郎", "ISO_IR 100"),
    ] {
        let mut made = base(9, charset);
        made.dataset.texts(&[
            (tags::PATIENT_NAME, family),
            (tags::SERIES_DESCRIPTION, &format!("artefact {family} motion")),
        ]);
        let staging = Staging::of(made.bytes(), "research");
        let whole = staging.plan();
        assert!(staging.check(&whole).unwrap().passes(), "{family}");
        let mut lied = made.clone();
        lied.dataset.text(tags::SPECIFIC_CHARACTER_SET, taken_for);
        let lied: Scan = scan(Source::from_bytes(lied.bytes()), &Limits::default()).unwrap();
        let misread = comment_of(&whole, &staging.plan_of(&lied, &staging.batch));
        assert_ne!(misread, whole, "{family}: misread or not makes no difference");
        let name = charset.encode(family);
        // Where so little could be read that the whole text went, nothing is left to be found.
        let stays = staging
            .written(&misread)
            .is_none_or(|bytes| bytes.windows(name.len()).any(|part| part == name));
        println!("{family} as {taken_for}: {}", if stays { "stays" } else { "goes" });
        if stays {
            let verdict = staging.check(&misread);
            assert!(verdict.is_none_or(|verdict| !verdict.passes()), "{family} as {taken_for}");
            left += 1;
        }
    }
    assert!(left >= 4, "only {left} names stay");
}

#[test]
fn bytes_that_hold_a_name_in_the_set_of_the_dataset_are_seen() {
    const NOTE: Tag = Tag(0x0051, 0x1008);
    for (charset, family, other) in [
        (Charset::Greek, "Παπαδόπουλος", "Καλημέρασας"),
        (Charset::Utf8, "Соколова", "Радуга"),
        (Charset::Latin1, "Müllerström", "Mühlenström"),
        (Charset::Japanese, "山田太郎", "山川"),
    ] {
        let noted = |note: &str| {
            let mut made = base(9, charset);
            made.dataset
                .texts(&[(tags::PATIENT_NAME, family), (Tag(0x0051, 0x0010), "SIEMENS MR HEADER")]);
            made.dataset.bytes(NOTE, VR::OB, charset.encode(note));
            Staging::of(made.bytes(), "research")
        };
        let staging = noted(family);
        let whole = staging.plan();
        assert!(staging.check(&whole).unwrap().passes(), "{family}");
        let mut less = whole.clone();
        less.edits.retain(|edit| edit.path.tag() != NOTE);
        assert_ne!(less, whole, "{family}: nothing is planned of it");
        assert!(!staging.check(&less).unwrap().passes(), "{family} in bytes is not seen");
        // Words that name nobody stay, and hold nothing.
        let harmless = noted(other);
        let plan = harmless.plan();
        assert!(plan.edits.iter().all(|edit| edit.path.tag() != NOTE), "{other}");
        assert!(harmless.check(&plan).unwrap().passes(), "{other}");
    }
}
