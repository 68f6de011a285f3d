//! Rules over files made here.

mod form;
mod import;
mod meaning;
mod roundtrip;

use crate::devices::DeviceRules;
use crate::dicom::{Limits, Scan, Source, scan};

/// An element: group, element, VR, value.
type Element<'a> = (u16, u16, &'a [u8; 2], &'a [u8]);

fn element((group, number, vr, value): Element<'_>) -> Vec<u8> {
    let mut bytes = [group.to_le_bytes(), number.to_le_bytes()].concat();
    let padded = value.len().next_multiple_of(2);
    bytes.extend(vr);
    match vr {
        b"OB" | b"OW" | b"SQ" | b"UN" | b"UT" => {
            bytes.extend([0, 0]);
            bytes.extend((padded as u32).to_le_bytes());
        }
        _ => bytes.extend((padded as u16).to_le_bytes()),
    }
    bytes.extend(value);
    bytes.resize(bytes.len() + padded - value.len(), b' ');
    bytes
}

/// A scanned file of these elements.
fn file(elements: &[Element<'_>]) -> Scan {
    let mut bytes = vec![0; 128];
    bytes.extend(b"DICM\x02\0\x10\0UI\x14\x001.2.840.10008.1.2.1\0");
    elements.iter().for_each(|one| bytes.extend(element(*one)));
    scan(Source::from_bytes(bytes), &Limits::default()).unwrap()
}

/// Items of Sequence of Ultrasound Regions, each with its corners as the file has them.
fn regions(corners: &[[u32; 4]]) -> Vec<u8> {
    let item = |corners: &[u32; 4]| {
        let tags = [0x6018, 0x601A, 0x601C, 0x601E];
        let numbers = tags.into_iter().zip(corners);
        let content: Vec<u8> = numbers
            .flat_map(|(tag, number)| element((0x0018, tag, b"UL", &number.to_le_bytes())))
            .collect();
        [&b"\xFE\xFF\0\xE0"[..], &(content.len() as u32).to_le_bytes(), &content].concat()
    };
    corners.iter().flat_map(item).collect()
}

/// Rules whose file has one rule with these lines in it.
fn rules(lines: &str) -> DeviceRules {
    let head = "format = 1\n[[rule]]\nname = \"n\"\nauthor = \"a\"\nreason = \"r\"\n";
    DeviceRules::parse(&format!("{head}{lines}\n")).unwrap()
}
