//! Strings of the subject, planted in every carrier.

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, ZlibEncoder};

use crate::verify::fixture::{
    Case, JPEG, OLD_INSTANCE, assert_found, assert_passes, element, fragments, item,
};

#[test]
fn a_clean_file_passes() {
    let verdict = Case::new().run();
    assert_passes(&verdict);
    assert!(verdict.listed.is_empty() && verdict.accepted.is_empty());
}

#[test]
fn a_name_is_found_under_every_text_vr() {
    // Attributes that no rule names, so that only this check can speak.
    for (tag, vr) in [
        ((0x0008, 0x0070), "LO"),
        ((0x0018, 0x0022), "CS"),
        ((0x0018, 0x0023), "CS"),
        ((0x0018, 0x0024), "SH"),
        ((0x0018, 0x0050), "DS"),
        ((0x0020, 0x0011), "IS"),
        ((0x0008, 0x0030), "TM"),
        ((0x0018, 0x0010), "LO"),
        ((0x0040, 0xA160), "UT"),
        ((0x0040, 0x0310), "ST"),
        ((0x0008, 0x0119), "UC"),
        ((0x0028, 0x3003), "LO"),
    ] {
        let mut case = Case::new();
        case.staged.set(tag, vr, "x Zwetschge y");
        let place = format!("({:04X},{:04X})", tag.0, tag.1);
        assert_found(&case.run(), "identifier", &place);
    }
}

#[test]
fn a_name_is_found_in_every_character_set() {
    for (charset, bytes) in [
        ("ISO_IR 100", &b"M\xfcnzenm\xe4ier"[..]),
        ("ISO_IR 192", "Münzenmäier".as_bytes()),
        // Declared wrongly.
        ("ISO_IR 100", "Münzenmäier".as_bytes()),
        ("ISO_IR 192", b"M\xfcnzenm\xe4ier"),
        ("ISO_IR 100", b"MUENZENMAEIER"),
        ("ISO_IR 6", b"Munzenmaier"),
        ("\\ISO 2022 IR 100", b"\x1b-AM\xfcnzenm\xe4ier"),
    ] {
        let mut case = Case::new();
        case.subjects[0].names.push("Münzenmäier^Jo".to_owned().into());
        case.input.set((8, 5), "CS", charset);
        case.staged.set((8, 5), "CS", charset).set((8, 0x70), "LO", bytes);
        assert_found(&case.run(), "identifier", "(0008,0070)");
    }
}

#[test]
fn a_japanese_or_korean_name_is_found_whatever_is_declared() {
    for charset in ["\\ISO 2022 IR 87", "", "ISO_IR 192"] {
        let mut case = Case::new();
        case.subjects[0].names.push("Yamada^Tarou=山田^太郎".to_owned().into());
        case.subjects[0].names.push("洪^吉洞".to_owned().into());
        case.input.set((8, 5), "CS", charset);
        case.staged.set((8, 5), "CS", charset).set((8, 0x70), "LO", b"\x1b$B;3ED\x1b(B");
        assert_found(&case.run(), "identifier", "(0008,0070)");
        case.staged.set((8, 0x70), "LO", b"\x1b$)C\xfb\xf3\xd1\xce\xd4\xd7");
        assert_found(&case.run(), "identifier", "(0008,0070)");
        case.staged.set((8, 0x70), "LO", "山田病院");
        assert_found(&case.run(), "identifier", "(0008,0070)");
    }
}

#[test]
fn ids_dates_uids_and_institutions_are_found() {
    for value in [
        "px774411",
        "PX 774411",
        "study ACC778812.",
        "born 03.11.1967",
        "Nov 3, 1967",
        "scanned 2024-01-15",
        OLD_INSTANCE,
        "at St Elsewhere Hospital",
        "QUITTENBAUM",
        "PX-990022",
        "see file:///Ottilie%20Zwetschge",
    ] {
        let mut case = Case::new();
        case.staged.set((8, 0x70), "LO", value);
        assert_found(&case.run(), "identifier", "(0008,0070)");
    }
}

#[test]
fn an_original_date_is_found_outside_of_what_the_plan_wrote() {
    let mut case = Case::new();
    case.input.set((8, 0x23), "DA", "20240115");
    case.staged.set((8, 0x23), "DA", "20240115");
    let verdict = case.run();
    assert_found(&verdict, "identifier", "(0008,0023)");
    assert_found(&verdict, "policy", "(0008,0023)");
    // A shifted date may equal another original date by chance.
    let mut case = Case::new();
    case.staged.set((8, 0x20), "DA", "19671103");
    assert_passes(&case.run());
    case.written.clear();
    assert_found(&case.run(), "identifier", "(0008,0020)");
}

#[test]
fn nested_private_and_unknown_values_are_read() {
    let mut case = Case::new();
    let inner = item(&element(0x0008, 0x0104, "LO", b"Zwetschge"));
    let outer = item(&element(0x0008, 0x1111, "SQ", &inner));
    case.staged.set((0x0008, 0x2218), "SQ", outer);
    assert_found(&case.run(), "identifier", "(0008,2218)[0].(0008,1111)[0].(0008,0104)");
    for value in [
        &b"Zwetschge"[..],
        b"\x01\x02\x03Zwetschge\x01",
        b"\x01\x02Z\0w\0e\0t\0s\0c\0h\0g\0e\0\x01",
        b"\x01\0PX-774411\0\x01",
    ] {
        let mut case = Case::new();
        case.staged.set((9, 0x10), "LO", "INVENTED").set((9, 0x1001), "UN", value);
        case.kept.insert("(0009,1001)".parse().unwrap());
        let verdict = case.run();
        assert_found(&verdict, "identifier", "(0009,1001)");
        assert_eq!(verdict.findings.len(), 1, "{verdict:?}");
    }
}

#[test]
fn file_meta_preamble_and_names_are_read() {
    let mut case = Case::new();
    case.staged.meta.push((0x16, "AE", b"ZWETSCHGE".to_vec()));
    assert_found(&case.run(), "identifier", "file meta (0002,0016)");
    let mut case = Case::new();
    case.staged.preamble[..9].copy_from_slice(b"Zwetschge");
    let verdict = case.run();
    assert_found(&verdict, "identifier", "preamble");
    assert_found(&verdict, "structure", "preamble");
    for (name, place) in [
        ("Ottilie/1.dcm", "folder name"),
        ("a/zwetschge_1.dcm", "file name"),
        ("a/IM-20240115.dcm", "file name"),
        ("774411PX/PX774411.dcm", "file name"),
    ] {
        let mut case = Case::new();
        case.name = name.into();
        assert_found(&case.run(), "identifier", place);
    }
}

fn jpeg(comment: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xFE];
    bytes.extend((comment.len() as u16 + 2).to_be_bytes());
    bytes.extend(comment);
    bytes.extend([0xFF, 0xDA, 0, 2, 0x11, 0x22, 0x33, 0xFF, 0xD9]);
    bytes
}

#[test]
fn comments_in_compressed_images_are_read_though_the_bytes_are_the_inputs() {
    for (comment, leaks) in [(&b"Zwetschge"[..], true), (b"made by a scanner", false)] {
        let mut case = Case::new();
        for set in [&mut case.input, &mut case.staged] {
            set.transfer_syntax = JPEG.into();
            set.set((0x7FE0, 0x10), "OB", fragments(&[&jpeg(b"first"), &jpeg(comment)]));
        }
        let verdict = case.run();
        if leaks {
            assert_found(&verdict, "identifier", "(7FE0,0010) fragment 2 COM");
        } else {
            assert_passes(&verdict);
        }
    }
}

#[test]
fn documents_and_bulk_are_read() {
    let mut case = Case::new();
    let mut pdf = b"%PDF-1.4\n1 0 obj << /Author (Ottilie Zwetschge) >>\n".to_vec();
    pdf.extend([0; 70_000]);
    case.staged.set((0x0042, 0x0011), "OB", pdf);
    assert_found(&case.run(), "identifier", "(0042,0011)");
    let mut case = Case::new();
    let mut bulk = vec![1; 100_000];
    bulk[70_000..70_017].copy_from_slice(b"Ottilie Zwetschge");
    case.staged.set((0x0028, 0x1201), "OW", bulk);
    assert_found(&case.run(), "identifier", "(0028,1201)");
}

#[test]
fn what_is_there_by_chance_is_not_found() {
    let mut case = Case::new();
    case.subjects[0].names.push("PARK^ROSE".to_owned().into());
    case.subjects[0].ids.push("512".to_owned().into());
    // Short names in samples, an ID among numbers, a date inside a UID.
    let mut samples = vec![0x80; 256];
    samples[10..14].copy_from_slice(b"PARK");
    let table = samples.clone();
    samples[30..44].copy_from_slice(b"  PARK  ROSE  ");
    for set in [&mut case.input, &mut case.staged] {
        set.set((0x7FE0, 0x10), "OB", &samples)
            .set((0x28, 0x1201), "OW", &table)
            .set((0x18, 0x1100), "DS", "512\\512.0")
            .set((0x28, 0x3003), "LO", "PARKINSON, PARKS, SPARK")
            .set((8, 0x1090), "LO", "ROSETTA 196711031");
    }
    case.staged.set((0x20, 0x52), "UI", "2.25.19671103.20240115");
    assert_passes(&case.run());
}

#[test]
fn a_clinical_word_that_a_rule_keeps_is_listed() {
    let mut case = Case::new();
    case.subjects[0].names.push("Parkinson^James".to_owned().into());
    case.staged.set((8, 0x1030), "LO", "PARKINSON DISEASE, HEAD");
    let verdict = case.run();
    assert_passes(&verdict);
    assert_eq!(verdict.listed[0].place, "(0008,1030)");
    // Not where it is new.
    case.staged.set((8, 0x1030), "LO", "PARKINSON JAMES");
    assert_found(&case.run(), "identifier", "(0008,1030)");
}

#[test]
fn an_accepted_place_holds_no_longer() {
    let mut case = Case::new();
    case.staged.set((8, 0x70), "LO", "Zwetschge");
    case.accepted.insert("(0008,0070)".into());
    let verdict = case.run();
    assert_passes(&verdict);
    assert_eq!(verdict.accepted.len(), 1);
}

#[test]
fn a_verdict_never_shows_a_value() {
    let mut case = Case::new();
    case.staged.set((8, 0x70), "LO", "Ottilie Zwetschge PX-774411 19671103");
    let text = format!("{:?}", case.run()).to_lowercase();
    for value in ["ottilie", "zwetschge", "774411", "1967"] {
        assert!(!text.contains(value));
    }
}

fn zlib(plain: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

/// One entry of an archive, deflated or as it is.
fn zip(name: &str, plain: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain).unwrap();
    let mut bytes = vec![b'P', b'K', 3, 4, 20, 0, 0, 0, 8];
    bytes.resize(26, 0);
    bytes.extend([name.len() as u8, 0, 0, 0]);
    bytes.extend(name.as_bytes());
    bytes.extend(encoder.finish().unwrap());
    bytes
}

fn pdf(content: &str) -> Vec<u8> {
    let packed = zlib(content.as_bytes());
    let mut bytes = b"%PDF-1.7\n1 0 obj\n<< /Filter /FlateDecode >>\nstream\n".to_vec();
    bytes.extend(packed);
    bytes.extend(b"\nendstream\nendobj\n%%EOF\n");
    bytes
}

fn base64(plain: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in plain.chunks(3) {
        let bits = three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - three.len()));
        for at in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * at) & 63) as usize];
            text.push(if at <= three.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

/// Values in which `said` stands in another form, each with the name of the form.
fn packed(said: &str) -> Vec<(&'static str, Vec<u8>)> {
    let bytes = said.as_bytes();
    let letters: String = said.chars().map(|letter| format!("({letter}) Tj 9 0 Td ")).collect();
    let behind = |before: usize, packed: Vec<u8>| [vec![0xEE; before], packed].concat();
    vec![
        ("base64", format!("key={}", base64(bytes)).into_bytes()),
        ("hexadecimal", hex::encode(bytes).into_bytes()),
        ("base64 of base64", base64(base64(bytes).as_bytes()).into_bytes()),
        ("zlib", behind(7, zlib(bytes))),
        ("zlib far behind", behind(200_001, zlib(bytes))),
        ("zlib in zlib", zlib(&zlib(bytes))),
        ("base64 of zlib", base64(&zlib(bytes)).into_bytes()),
        ("zip", zip("a.txt", bytes)),
        ("name in a zip", zip(said, b"nothing to see in here")),
        ("pdf", pdf(&format!("BT /F1 9 Tf ({said}) Tj ET"))),
        ("pdf by letters", pdf(&format!("BT /F1 9 Tf {letters} ET"))),
        ("pdf in a zip", zip("a.pdf", &pdf(&format!("BT ({said}) Tj ET")))),
        ("large", zlib(&[vec![b'-'; 70_000], bytes.to_vec(), vec![b'-'; 70_000]].concat())),
    ]
}

#[test]
fn what_is_encoded_or_packed_is_read() {
    for (form, value) in packed("Ottilie Zwetschge, Ward 7, PX-774411") {
        let mut case = Case::new();
        case.staged.set((9, 0x10), "LO", "INVENTED").set((9, 0x1001), "OB", value.as_slice());
        case.kept.insert("(0009,1001)".parse().unwrap());
        let verdict = case.run();
        let held = verdict
            .findings
            .iter()
            .any(|found| found.check == "identifier" && found.place.starts_with("(0009,1001)"));
        assert!(held, "{form}: {verdict:?}");
    }
    // The same forms around what identifies nobody.
    for (form, value) in packed("Axial T2 weighted, slice 7 of 60") {
        let mut case = Case::new();
        case.staged.set((9, 0x10), "LO", "INVENTED").set((9, 0x1001), "OB", value.as_slice());
        case.kept.insert("(0009,1001)".parse().unwrap());
        let verdict = case.run();
        assert!(verdict.findings.is_empty(), "{form}: {verdict:?}");
    }
}

#[test]
fn encoded_text_is_read_in_text_too_and_what_cannot_be_unpacked_is_said() {
    let mut case = Case::new();
    case.staged.set((8, 0x70), "LO", format!("v2 {}", base64(b"Zwetschge")).as_str());
    assert_found(&case.run(), "identifier", "(0008,0070) encoded");
    let mut encrypted = zip("a.txt", b"nobody can tell what");
    encrypted[6] = 1;
    for (value, said) in [
        (encrypted, "encrypted entry"),
        (pdf("BT (nothing) Tj ET"), "fonts with a code of their own"),
        (
            (0..6).fold(b"nothing to see in here at all".to_vec(), |bytes, _| zlib(&bytes)),
            "more that is packed",
        ),
    ] {
        let mut case = Case::new();
        case.staged.set((9, 0x10), "LO", "INVENTED").set((9, 0x1001), "OB", value.as_slice());
        case.kept.insert("(0009,1001)".parse().unwrap());
        let verdict = case.run();
        assert!(verdict.not_checked.iter().any(|line| line.contains(said)), "{said}: {verdict:?}");
    }
}
