use std::path::Path;

use super::*;
use crate::dicom::{Limits, Source, scan};
use crate::index::{Batch, Entry, Identifier, IdentifierKind, SubjectDictionary, read_instance};
use crate::model::{Coverage, PatientKey, Phi, Region};

/// An instance of that modality, of one series.
fn instance(modality: &str, number: u8) -> Instance {
    let mut bytes = Vec::new();
    let uid = format!("1.2.3.{number}");
    for (tag, vr, value) in [
        ((0x0008_u16, 0x0016_u16), b"UI", "1.2.840.10008.5.1.4.1.1.4"),
        ((0x0008, 0x0018), b"UI", uid.as_str()),
        ((0x0008, 0x0060), b"CS", modality),
        ((0x0010, 0x0020), b"LO", "QF4711832"),
        ((0x0020, 0x000D), b"UI", "1.2.3.100"),
        ((0x0020, 0x000E), b"UI", "1.2.3.200"),
    ] {
        bytes.extend(tag.0.to_le_bytes());
        bytes.extend(tag.1.to_le_bytes());
        bytes.extend(vr);
        bytes.extend((value.len().next_multiple_of(2) as u16).to_le_bytes());
        bytes.extend(value.as_bytes());
        if !value.len().is_multiple_of(2) {
            bytes.push(b' ');
        }
    }
    let scanned = scan(Source::from_bytes(bytes), &Limits::default()).unwrap();
    read_instance(&scanned, Path::new("a.dcm"), Digest256([number; 32])).unwrap().0
}

fn finding(text: &str, at: (u32, u32)) -> Finding {
    let region = Region { x0: at.0, y0: at.1, x1: at.0 + 60, y1: at.1 + 14 };
    let source = FindingSource::Detector;
    Finding { region, text: Phi::new(text.into()), score: 90, read_confidence: 95, source }
}

fn subjects() -> Resemblance {
    let mut dictionary = SubjectDictionary::default();
    let text = Phi::new("Thornbury^Jane".into());
    dictionary.add(Identifier { kind: IdentifierKind::PatientName, text });
    Resemblance::compile(&BTreeMap::from([(PatientKey::new("x"), dictionary)]))
}

fn proposed(policy: BurnedInText, images: &[(Instance, Vec<Finding>)]) -> Vec<Vec<(Tier, Why)>> {
    let subjects = subjects();
    let found = images.iter().map(|(instance, findings)| {
        let coverage = Coverage::Found(findings.len());
        let frame = FrameFindings { frame: 0, coverage, findings: findings.clone() };
        (instance.digest, vec![frame])
    });
    let burned_in = BurnedIn { policy, subjects: &subjects };
    let proposals =
        burned_in.propose(images.iter().map(|(instance, _)| instance), &found.collect());
    let of = |instance: &Instance, place| proposals.of(&instance.digest, 0, place);
    let all = images.iter().map(|(instance, findings)| {
        (0..findings.len()).map(|place| of(instance, place)).map(|it| (it.tier, it.why)).collect()
    });
    all.collect()
}

fn one(policy: BurnedInText, modality: &str, text: &str) -> (Tier, Why) {
    proposed(policy, &[(instance(modality, 1), vec![finding(text, (10, 10))])])[0][0]
}

#[test]
fn by_kind_all_text_of_ultrasound_goes_and_that_of_slices_needs_support() {
    use BurnedInText::ByKind;
    assert_eq!(one(ByKind, "US", "Gain 45"), (Tier::Mask, Why::Always));
    assert_eq!(one(ByKind, "CR", ""), (Tier::Mask, Why::Always));
    // Masked in any case, it is told why somebody should look there first.
    assert_eq!(one(ByKind, "US", "Thornbury"), (Tier::Mask, Why::Resembles));
    assert_eq!(one(BurnedInText::MaskAll, "US", "03/14/1962"), (Tier::Mask, Why::Identifies));
    assert_eq!(one(ByKind, "MR", "rib"), (Tier::Suspected, Why::Unsupported));
    assert_eq!(one(ByKind, "MR", ""), (Tier::Suspected, Why::Unsupported));
    assert_eq!(one(ByKind, "MR", "TH0RNBURY"), (Tier::Mask, Why::Resembles));
    assert_eq!(one(ByKind, "CT", "03/14/1962"), (Tier::Mask, Why::Identifies));
}

#[test]
fn marks_of_a_side_are_listed_under_every_policy() {
    use BurnedInText::{ByKind, MaskAll, MaskMatching, MaskUnlessAllowed, Paranoid};
    for policy in [ByKind, MaskAll, MaskMatching, MaskUnlessAllowed, Paranoid] {
        assert_eq!(one(policy, "CR", " l "), (Tier::Listed, Why::Laterality), "{policy:?}");
    }
}

#[test]
fn the_other_policies_are_what_they_are_called() {
    use BurnedInText::{MaskAll, MaskMatching, MaskUnlessAllowed};
    assert_eq!(one(MaskAll, "MR", ""), (Tier::Mask, Why::Always));
    assert_eq!(one(MaskMatching, "US", "Gain 45"), (Tier::Suspected, Why::Unsupported));
    assert_eq!(one(MaskMatching, "US", "Thornbury"), (Tier::Mask, Why::Resembles));
    assert_eq!(one(MaskUnlessAllowed, "US", "Gain 45"), (Tier::Suspected, Why::Allowed));
    assert_eq!(one(MaskUnlessAllowed, "US", "Gxin 45"), (Tier::Mask, Why::Always));
    let unsure = Finding { read_confidence: 89, ..finding("Gain 45", (10, 10)) };
    let found = proposed(MaskUnlessAllowed, &[(instance("US", 1), vec![unsure])]);
    assert_eq!(found, [[(Tier::Mask, Why::Always)]]);
}

#[test]
fn text_that_stands_still_over_a_series_is_supported_and_what_nobody_read_is_not() {
    let images: Vec<(Instance, Vec<Finding>)> = (1..=3)
        .map(|number| {
            let moving = u32::from(number) * 40;
            let findings = vec![
                finding("Ward", (10, 10)),
                finding("rib", (100 + moving, 200)),
                finding("", (10, 300)),
            ];
            (instance("MR", number), findings)
        })
        .collect();
    let unsupported = (Tier::Suspected, Why::Unsupported);
    for found in proposed(BurnedInText::ByKind, &images) {
        assert_eq!(found, [(Tier::Mask, Why::Lasting), unsupported, unsupported]);
    }
    let two = proposed(BurnedInText::ByKind, &images[..2]);
    assert_eq!(two[0][0], unsupported, "twice may be chance");
}

#[test]
fn what_is_as_long_as_a_name_and_cannot_be_read_is_masked_even_where_only_matches_are() {
    let why = |text: &str, length: u32| {
        let region = Region { x0: 10, y0: 10, x1: 10 + length, y1: 30 };
        let found = [(instance("US", 1), vec![Finding { region, ..finding(text, (10, 10)) }])];
        proposed(BurnedInText::MaskMatching, &found)[0][0]
    };
    assert_eq!(why("xq vvbz", 80), (Tier::Mask, Why::Unread));
    assert_eq!(why("", 200), (Tier::Mask, Why::Unread));
    assert_eq!(why("", 60), (Tier::Suspected, Why::Unsupported), "too short for a name");
    assert_eq!(why("LYMPH NODE", 200), (Tier::Suspected, Why::Unsupported));
    assert_eq!(why("Thornbury", 60).1, Why::Resembles);
}

#[test]
fn what_stands_beside_an_identifier_goes_with_it_unless_it_reads_as_a_devices_words() {
    let texts = [("Thornbury", 10), ("NOT 201", 300), ("Gain 45", 600), ("L", 900)];
    let found = texts.map(|(text, at)| finding(text, (at, at)));
    let judged = |which: &[usize]| {
        let found = which.iter().map(|at| found[*at].clone()).collect();
        proposed(BurnedInText::MaskMatching, &[(instance("US", 1), found)]).remove(0)
    };
    let alone = judged(&[1, 2, 3]);
    assert_eq!(alone[0], (Tier::Suspected, Why::Unsupported));
    let beside = judged(&[0, 1, 2, 3]);
    assert_eq!(beside[1], (Tier::Mask, Why::Company));
    assert_eq!(beside[2], (Tier::Suspected, Why::Unsupported));
    assert_eq!(beside[3], (Tier::Listed, Why::Laterality));
}

#[test]
fn a_single_letter_supports_no_mask_on_a_slice() {
    let why = |modality, text| {
        let found = [(instance(modality, 1), vec![finding(text, (10, 10))])];
        proposed(BurnedInText::ByKind, &found)[0][0]
    };
    assert_eq!(why("MR", "M"), (Tier::Suspected, Why::Unsupported));
    assert_eq!(why("MR", "M 61"), (Tier::Mask, Why::Identifies));
    assert_eq!(why("US", "M"), (Tier::Mask, Why::Always));
}

#[test]
fn a_label_goes_as_a_whole_and_a_mark_of_a_side_in_it_stays() {
    let findings = vec![
        finding("Thornbury", (10, 10)),
        finding("xq", (75, 10)),
        finding("second line", (10, 28)),
        finding("R", (10, 46)),
        finding("far away", (10, 200)),
    ];
    let found = proposed(BurnedInText::ByKind, &[(instance("CT", 1), findings)]);
    let whys: Vec<Why> = found[0].iter().map(|(_, why)| *why).collect();
    assert_eq!(whys, [Why::Resembles, Why::Label, Why::Label, Why::Laterality, Why::Unsupported]);
}

#[test]
fn rules_shapes_and_overlays_have_a_proposal_of_their_own() {
    use BurnedInText::{ByKind, Paranoid};
    let of = |policy, source| {
        let found = Finding { source, ..finding("rib", (10, 10)) };
        proposed(policy, &[(instance("US", 1), vec![found])])[0][0]
    };
    assert_eq!(of(ByKind, FindingSource::Device), (Tier::Mask, Why::Device));
    assert_eq!(of(ByKind, FindingSource::Shape), (Tier::Suspected, Why::Shape));
    assert_eq!(of(ByKind, FindingSource::ShapeOutside), (Tier::Mask, Why::Outside));
    assert_eq!(of(Paranoid, FindingSource::Shape), (Tier::Mask, Why::Always));
    assert_eq!(of(Paranoid, FindingSource::Overlay), (Tier::Listed, Why::Overlay));
}

#[test]
fn a_paranoid_mask_reaches_beyond_what_was_found_and_others_do_not() {
    let found = finding("Thornbury", (10, 10));
    let Region { x0, y0, x1, y1 } = found.region;
    let height = y1 - y0;
    let of = |policy, found: &Finding| mask_over(policy, found, (1000, 1000)).unwrap();
    assert_eq!(of(BurnedInText::MaskAll, &found), found.region);
    let reached = of(BurnedInText::Paranoid, &found);
    assert_eq!((reached.x1, reached.y1), (x1 + 2 * height, y1 + height / 4));
    assert_eq!((reached.x0, reached.y0), (x0.saturating_sub(2 * height), y0 - height / 4));
    let tall = Finding { region: Region { x0: 500, x1: 510, y0: 300, y1: 400 }, ..found.clone() };
    let reached = of(BurnedInText::Paranoid, &tall);
    assert_eq!(reached, Region { x0: 498, x1: 512, y0: 280, y1: 420 });
    let rule = Finding { source: FindingSource::Device, ..found.clone() };
    assert_eq!(of(BurnedInText::Paranoid, &rule), rule.region);
    assert_eq!(mask_over(BurnedInText::Paranoid, &found, (5, 5)), None);
}

#[test]
fn captures_carry_text_whatever_their_modality_says() {
    let mut capture = instance("CT", 1);
    assert!(!carries_text(&capture));
    capture.image_type = "DERIVED\\SECONDARY\\SCREEN SAVE".into();
    assert!(carries_text(&capture));
    capture.sop_class = format!("{SECONDARY_CAPTURE}.1");
    capture.image_type = String::new();
    assert!(carries_text(&capture));
    capture.image_type = "ORIGINAL\\PRIMARY\\AXIAL".into();
    assert!(!carries_text(&capture), "a slice that was stored as a capture");
    capture.modality = "SC".into();
    assert!(carries_text(&capture));
    let mut batch = Batch::new(Path::new("in"));
    batch.add(Entry::Instance(Box::new(capture), Vec::new()));
    assert_eq!(batch.instances.len(), 1);
}
