//! Small files of invented people, and what became of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use veridact::dicom::{Limits, Source, scan, text};
use veridact::model::Tag;

use crate::common::r#gen::{Element, PLAIN, Value, padded};
use crate::common::run::{Deid, Ran};

/// ID, issuer, name and birth date of one file.
pub type Person = (&'static str, &'static str, &'static str, &'static str);

/// Writes a file for each person: `0.dcm`, `1.dcm`, … with accession number `QX-ACC-0`, … and the
/// Study Date 20200229.
pub fn write_people(folder: &Path, people: &[Person]) {
    fs::create_dir_all(folder).unwrap();
    for (number, (id, issuer, name, born)) in people.iter().enumerate() {
        let (uid, accession) = (format!("1.2.826.0.1.9.{number}"), format!("QX-ACC-{number}"));
        let elements: Vec<Element> = [
            ((0x0008, 0x0016), "UI", "1.2.840.10008.5.1.4.1.1.7"),
            ((0x0008, 0x0018), "UI", uid.as_str()),
            ((0x0008, 0x0020), "DA", "20200229"),
            ((0x0008, 0x0050), "SH", accession.as_str()),
            ((0x0008, 0x0060), "CS", "OT"),
            ((0x0010, 0x0010), "PN", name),
            ((0x0010, 0x0020), "LO", id),
            ((0x0010, 0x0021), "LO", issuer),
            ((0x0010, 0x0030), "DA", born),
            ((0x0020, 0x000D), "UI", uid.as_str()),
            ((0x0020, 0x000E), "UI", uid.as_str()),
        ]
        .into_iter()
        .map(|(tag, vr, text)| Element {
            tag,
            vr,
            value: Value::Bytes(padded(vr, text.as_bytes())),
        })
        .collect();
        fs::write(folder.join(format!("{number}.dcm")), PLAIN.file(&elements)).unwrap();
    }
}

/// What a released file says now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Now {
    pub id: String,
    pub name: String,
    pub date: String,
    pub accession: String,
}

/// The released files by their path in the input.
pub fn released(deid: &Deid, ran: &Ran) -> BTreeMap<String, Now> {
    let ended = ran.outcomes().into_iter();
    let files = ended.filter_map(|(input, ended)| Some((input, deid.output.join(ended.output?))));
    files
        .map(|(input, path)| {
            let scanned = scan(Source::open(&path).unwrap(), &Limits::default()).unwrap();
            let value = |group, element| {
                let id = scanned.find(Tag(group, element)).unwrap();
                text::text_value(&scanned, id).unwrap().text.trim().to_owned()
            };
            let now = Now {
                id: value(0x0010, 0x0020),
                name: value(0x0010, 0x0010),
                date: value(0x0008, 0x0020),
                accession: value(0x0008, 0x0050),
            };
            (input, now)
        })
        .collect()
}
