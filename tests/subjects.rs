//! Names that come from elsewhere: of another patient, of a file that came later, of a shard.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::common::r#gen::{Element, Item, PLAIN, Value, padded};
use crate::common::run::{Deid, tree};

const CLASS: &str = "1.2.840.10008.5.1.4.1.1.7";

fn text(tag: (u16, u16), vr: &'static str, text: &str) -> Element {
    Element { tag, vr, value: Value::Bytes(padded(vr, text.as_bytes())) }
}

/// One instance of a patient, in `folder/ID/NUMBER.dcm`.
fn write(folder: &Path, (id, name): (&str, &str), number: u32, more: Vec<Element>) {
    let uid = |part: u32| {
        format!(
            "1.2.826.0.1.9.{}.{number}.{part}",
            id.len() + id.bytes().map(usize::from).sum::<usize>()
        )
    };
    let mut elements = vec![
        text((0x0008, 0x0016), "UI", CLASS),
        text((0x0008, 0x0018), "UI", &uid(1)),
        text((0x0008, 0x0020), "DA", "20200229"),
        text((0x0008, 0x0060), "CS", "OT"),
        text((0x0010, 0x0010), "PN", name),
        text((0x0010, 0x0020), "LO", id),
        text((0x0010, 0x0030), "DA", "19500101"),
        text((0x0020, 0x000D), "UI", &uid(2)),
        text((0x0020, 0x000E), "UI", &uid(3)),
    ];
    elements.extend(more);
    elements.sort_by_key(|element| element.tag);
    let path = folder.join(id).join(format!("{number}.dcm"));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, PLAIN.file(&elements)).unwrap();
}

/// Whether any file below `folder` has these bytes.
fn holds(folder: &Path, wanted: &str) -> bool {
    tree(folder).iter().any(|(path, bytes)| {
        path.extension().is_some_and(|extension| extension == "dcm")
            && bytes.windows(wanted.len()).any(|window| window == wanted.as_bytes())
    })
}

const JANE: (&str, &str) = ("QF0001", "Quillfeather^Ottoline");
const OTHER: (&str, &str) = ("QF0002", "Thistlewood^Barnaby");

#[test]
fn the_name_of_another_patient_gets_out_of_no_carrier() {
    let content = vec![
        text((0x0040, 0xA040), "CS", "TEXT"),
        text((0x0040, 0xA160), "UT", "compared with Barnaby Thistlewood, unchanged"),
    ];
    let tree =
        Value::Items { items: vec![Item { elements: content, defined: true }], defined: true };
    for (what, more) in [
        ("free text", text((0x0008, 0x1030), "LO", "Thistlewood Barnaby, CT chest")),
        ("unknown", text((0x0019, 0x1001), "UN", "THISTLEWOOD^BARNABY")),
        ("report", Element { tag: (0x0040, 0xA730), vr: "SQ", value: tree }),
    ] {
        let place = tempfile::tempdir().unwrap();
        let input = place.path().join("in");
        write(&input, JANE, 1, vec![text((0x0019, 0x0010), "LO", "SIEMENS MR HEADER"), more]);
        write(&input, OTHER, 1, Vec::new());
        let deid = Deid::new(&input, place.path());
        let ran = deid.run();
        assert!(matches!(ran.code, Some(0 | 1)), "{what}: {}", ran.err);
        for name in ["Thistlewood", "THISTLEWOOD", "Barnaby"] {
            assert!(!holds(&deid.output, name), "{what}");
        }
        let ended = &ran.outcomes()[&format!("{}/1.dcm", JANE.0)];
        assert!(matches!(&*ended.outcome, "released" | "held"), "{what}");
    }
}

#[test]
fn a_late_file_that_tells_a_name_cleans_what_was_published_before() {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    let comment = text((0x0008, 0x1030), "LO", "CT chest, calls herself Wilhelmina");
    write(&input, JANE, 1, vec![comment]);
    let deid = Deid::new(&input, place.path());
    assert_eq!(deid.run().code, Some(0));
    assert!(holds(&deid.output, "Wilhelmina"), "no header says that this is a name");
    write(&input, JANE, 2, vec![text((0x0010, 0x1001), "PN", "Quillfeather^Wilhelmina")]);
    assert_eq!(deid.run().code, Some(0));
    assert!(!holds(&deid.output, "Wilhelmina"));
    assert!(holds(&deid.output, "CT chest"));
}

#[test]
fn shards_by_patient_make_the_files_that_one_run_makes() {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    let people = [JANE, OTHER, ("QF0003", "Marchbanks^Rupert"), ("QF0004", "Ashdown^Cecily")];
    for person in people {
        for number in 1..4 {
            let comment = format!("{} seen on 20200229, knee", person.1.replace('^', " "));
            write(&input, person, number, vec![text((0x0008, 0x1030), "LO", &comment)]);
        }
    }
    let dicom = |folder: &Path| -> BTreeMap<PathBuf, Vec<u8>> {
        let files = tree(folder).into_iter();
        files.filter(|(path, _)| path.extension().is_some_and(|end| end == "dcm")).collect()
    };
    let whole = Deid::new(&input, &place.path().join("whole"));
    assert_eq!(whole.run().code, Some(0));
    let mut shards = BTreeMap::new();
    for (id, _) in people {
        let shard = Deid::new(&input.join(id), &place.path().join(id));
        assert_eq!(shard.run().code, Some(0));
        shards.extend(dicom(&shard.output));
    }
    assert_eq!(shards.len(), 12);
    assert!(shards == dicom(&whole.output));
    for (_, name) in people {
        assert!(!name.split('^').any(|part| holds(&whole.output, part)));
    }
}
