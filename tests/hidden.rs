//! Hidden places through the binary: encapsulated documents by the profile's word, speech, and what
//! the report says of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::common::r#gen::{Element, PLAIN, Value, padded};
use crate::common::run::{Deid, Ended};

pub(crate) const NAME: &str = "Quillfeather^Ottoline";

/// An instance of a SOP Class with one more element, as `number.dcm`.
pub(crate) fn write(folder: &Path, number: usize, sop_class: &str, more: Vec<Element>) {
    let uid = |part: usize| format!("1.2.826.0.1.9.{number}.{part}");
    let (instance, study, series) = (uid(1), uid(2), uid(3));
    let text = |(tag, vr, text): ((u16, u16), &'static str, &str)| Element {
        tag,
        vr,
        value: Value::Bytes(padded(vr, text.as_bytes())),
    };
    let mut elements: Vec<Element> = [
        ((0x0008, 0x0016), "UI", sop_class),
        ((0x0008, 0x0018), "UI", &*instance),
        ((0x0008, 0x0060), "CS", "OT"),
        ((0x0010, 0x0010), "PN", NAME),
        ((0x0010, 0x0020), "LO", "QF4711832"),
        ((0x0020, 0x000D), "UI", &*study),
        ((0x0020, 0x000E), "UI", &*series),
    ]
    .map(text)
    .into();
    elements.extend(more);
    elements.sort_by_key(|element| element.tag);
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join(format!("{number}.dcm")), PLAIN.file(&elements)).unwrap();
}

fn document(mime_type: &str, content: &[u8]) -> Vec<Element> {
    let mut content = content.to_vec();
    content.resize(content.len().next_multiple_of(2), 0);
    vec![
        Element { tag: (0x0042, 0x0011), vr: "OB", value: Value::Bytes(content) },
        Element {
            tag: (0x0042, 0x0012),
            vr: "LO",
            value: Value::Bytes(padded("LO", mime_type.as_bytes())),
        },
    ]
}

fn outcomes(place: &Path, input: &Path, policy: &str) -> (BTreeMap<String, Ended>, Deid) {
    let profile = place.join(format!("{policy}.toml"));
    let lines = "format = 1\nname = \"site\"\nextends = \"research\"\n";
    fs::write(&profile, format!("{lines}encapsulated-documents = \"{policy}\"\n")).unwrap();
    let deid = Deid::new(input, &place.join(policy));
    let deid = deid.with(&["--no-detect", "--profile", profile.to_str().unwrap()]);
    let ran = deid.run();
    assert!(matches!(ran.code, Some(0 | 1)), "{}", ran.err);
    (ran.outcomes(), deid)
}

#[test]
fn documents_are_removed_kept_when_clean_or_held_as_the_profile_says() {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    let clean = b"<?xml version=\"1.0\"?><text>chest clear</text>";
    let named = b"<?xml version=\"1.0\"?><text>chest of Ottoline clear</text>";
    let pdf = b"%PDF-1.4 chest clear";
    let cda = "1.2.840.10008.5.1.4.1.1.104.2";
    write(&input, 0, cda, document("text/xml", clean));
    write(&input, 1, cda, document("text/xml", named));
    write(&input, 2, "1.2.840.10008.5.1.4.1.1.104.1", document("application/pdf", pdf));
    for (policy, released, with_text) in [
        ("remove", 3, [false; 3]),
        ("keep-clean", 3, [true, false, false]),
        ("hold", 0, [false; 3]),
    ] {
        let (outcomes, deid) = outcomes(place.path(), &input, policy);
        let files = outcomes.values().filter(|ended| ended.outcome == "released").count();
        assert_eq!(files, released, "{policy}: {outcomes:?}");
        for (number, with_text) in with_text.into_iter().enumerate() {
            let ended = &outcomes[&format!("{number}.dcm")];
            let Some(output) = &ended.output else {
                assert!(ended.why[0].contains("(0042,0011)"), "{:?}", ended.why);
                continue;
            };
            let bytes = fs::read(deid.output.join(output)).unwrap();
            let has = |text: &[u8]| bytes.windows(text.len()).any(|part| part == text);
            assert_eq!(has(b"chest"), with_text, "{policy} {number}");
            assert!(!has(b"Ottoline"));
        }
    }
}

#[test]
fn recorded_speech_is_held_and_the_report_counts_hidden_places() {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    let channel = Element { tag: (0x5400, 0x1004), vr: "US", value: Value::Bytes(vec![8, 0]) };
    let items = vec![crate::common::r#gen::Item { elements: vec![channel], defined: true }];
    let speech =
        Element { tag: (0x5400, 0x0100), vr: "SQ", value: Value::Items { items, defined: true } };
    write(&input, 0, "1.2.840.10008.5.1.4.1.1.9.4.1", vec![speech]);
    let curve = Element { tag: (0x5000, 0x3000), vr: "OW", value: Value::Bytes(vec![1, 2]) };
    let seal = Element {
        tag: (0xFFFA, 0xFFFA),
        vr: "SQ",
        value: Value::Items { items: Vec::new(), defined: true },
    };
    write(&input, 1, "1.2.840.10008.5.1.4.1.1.7", vec![curve, seal]);
    let deid = Deid::new(&input, &place.path().join("run"));
    let ran = deid.run();
    let outcomes = ran.outcomes();
    assert_eq!(outcomes["0.dcm"].outcome, "held");
    assert!(outcomes["0.dcm"].why[0].contains("speech"), "{:?}", outcomes["0.dcm"].why);
    assert_eq!(outcomes["1.dcm"].outcome, "released");
    let report = fs::read_to_string(deid.output.join("report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let hidden: Vec<&str> =
        report["hidden"].as_object().unwrap().keys().map(String::as_str).collect();
    assert!(hidden.contains(&"digital signatures: removed"), "{hidden:?}");
    assert!(hidden.iter().any(|place| place.starts_with("curves and audio: ")), "{hidden:?}");
    let page = fs::read_to_string(deid.output.join("report.html")).unwrap();
    assert!(page.contains("Places where nobody looks"));
    let table = fs::read_to_string(deid.output.join("report.csv")).unwrap();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[..3], ["part,what,count", "outcome,\"released\",1", "outcome,\"held\",1"]);
    assert!(lines.contains(&"hidden place,\"digital signatures: removed\",1"), "{table}");
}
