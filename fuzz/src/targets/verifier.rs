//! The verifier: whatever was staged, a verdict, the same twice; and never a pass for a file in
//! which a name of the subject stands in plain letters.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::OnceLock;

use veridact::dicom::{Edits, NewMeta, NodeId, NodeKind, Scan};
use veridact::model::VR;
use veridact::verify::{Expectation, Identifiers, PixelExpectation, Policy, Verdict, verify};

use super::Head;
use super::fixture::{self, Case};
use super::scanner::scanned;

/// Strings of the subject, with signs around them that end a word in every character set.
const PLANTED: [&[u8]; 4] =
    [b" ZWETSCHGE ", b" Zwetschge^Ottilie ", b" PX-774411 ", b" acc778812 "];
/// Files with more nodes take too long.
const MOST_NODES: usize = 3000;

/// What is the same for all inputs.
struct Known {
    case: Case,
    input: Scan,
    clean: Scan,
    identifiers: Identifiers,
}

fn known() -> &'static Known {
    static KNOWN: OnceLock<Known> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let case = Case::new();
        let identifiers = Identifiers::new(&case.subjects).unwrap();
        let (input, clean) = (case.input.scan(), case.staged.scan());
        let known = Known { case, input, clean, identifiers };
        // A verifier that passes nothing would be easily right.
        let verdict = verdict(&known, &known.input, &known.clean);
        assert!(verdict.passes(), "{verdict:?}");
        known
    })
}

/// The file that passes, for inputs to start from.
pub fn clean() -> Vec<u8> {
    fixture::clean().bytes()
}

/// The input: what to do (one byte), where (two), with which string (one), what stands before and
/// behind it (two each), and the staged file.
pub fn verifier(data: &[u8]) {
    let mut head = Head::new(data);
    let (what, place, number) = (head.byte(), head.number(), head.byte());
    let around = [head.bytes(2), head.bytes(2)];
    let bytes = head.rest();
    let Some(staged) = scanned(bytes) else { return };
    if staged.nodes.len() > MOST_NODES {
        return;
    }
    let planted = PLANTED[usize::from(number) % PLANTED.len()];
    judge(bytes, &staged);
    match what % 3 {
        0 => as_input(&staged),
        1 => {
            let bytes = overwritten(bytes, place, planted);
            if let Some(staged) = scanned(&bytes) {
                judge(&bytes, &staged);
            }
        }
        _ => in_a_value(&staged, place, &[around[0], planted, around[1]].concat()),
    }
}

fn verdict(known: &Known, input: &Scan, staged: &Scan) -> Verdict {
    verdict_on(&known.case, &known.identifiers, input, staged)
}

/// What is said of a staged file, the same twice.
pub(crate) fn verdict_on(
    case: &Case,
    identifiers: &Identifiers,
    input: &Scan,
    staged: &Scan,
) -> Verdict {
    let expectation = Expectation {
        input,
        name: Path::new(&case.name),
        identifiers,
        own: 0,
        policy: Policy {
            options: &case.options,
            rules: &case.rules,
            cap_ages: true,
            keeps_phrases: false,
            temporal: "MODIFIED",
        },
        overrides: &case.overrides,
        kept: &case.kept,
        written: &case.written,
        pseudonyms: &BTreeSet::from(["VD-8C1A".to_owned()]),
        new_uids: &BTreeMap::new(),
        transfer_syntax: &case.staged.transfer_syntax,
        pixels: PixelExpectation::Untouched,
        pixels_decided: false,
        accepted: &case.accepted,
    };
    let verdict = verify(&expectation, staged).expect("bytes in memory can be read");
    assert_eq!(verify(&expectation, staged).unwrap(), verdict, "two verdicts on one file");
    verdict
}

/// A file that was staged for the input.
fn judge(bytes: &[u8], staged: &Scan) -> Verdict {
    let verdict = verdict(known(), &known().input, staged);
    let inside = staged.source.read(0..staged.source.len()).unwrap();
    let leaks = |planted: &[u8]| has(bytes, planted) || has(&inside, planted);
    let leak = PLANTED.iter().position(|planted| leaks(planted));
    assert!(leak.is_none() || !verdict.passes(), "string {leak:?} of the subject goes out");
    verdict
}

fn has(bytes: &[u8], planted: &[u8]) -> bool {
    bytes.windows(planted.len()).any(|window| window.eq_ignore_ascii_case(planted))
}

/// The file in the role of the input: the clean one was not made of it, or was.
fn as_input(input: &Scan) {
    let known = known();
    verdict(known, input, &known.clean);
    verdict(known, input, input);
}

/// The string in the place of other bytes.
fn overwritten(bytes: &[u8], place: usize, planted: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let at = place % bytes.len().max(1);
    bytes.iter_mut().skip(at).zip(planted).for_each(|(byte, new)| *byte = *new);
    bytes
}

/// The string in the value of some text element, with signs before and behind it: blanks still
/// stand around it.
fn in_a_value(staged: &Scan, place: usize, value: &[u8]) {
    let text = [VR::LO, VR::SH, VR::PN, VR::LT, VR::ST, VR::UT, VR::UC, VR::CS, VR::AE, VR::UI];
    let is_text = |id: &NodeId| {
        let node = staged.node(*id);
        node.kind == NodeKind::Element && text.contains(&node.vr) && node.tag.element() != 5
    };
    let places: Vec<NodeId> = staged.iter().map(|(id, _)| id).filter(is_text).collect();
    let Some(id) = places.get(place % places.len().max(1)) else { return };
    let mut edits = Edits::default();
    edits.set_value(*id, value.to_vec());
    let meta = NewMeta {
        transfer_syntax: staged.meta.transfer_syntax.clone(),
        sop_class: "1.2.840.10008.5.1.4.1.1.2".to_owned(),
        sop_instance: fixture::NEW_INSTANCE.to_owned(),
    };
    let mut bytes = Vec::new();
    veridact::dicom::splice(staged, &edits, &meta, &mut bytes).expect("a short value fits");
    let staged = scanned(&bytes).expect("what is written can be read");
    assert!(!judge(&bytes, &staged).passes(), "a planted string goes out");
}
