//! The checker must be able to fail: each carrier, each form, and what is no leak.

use crate::common::checker::uid_map;
use crate::common::checker::{FileTruth, Leak, Planted, leaks_in_file, leaks_in_folder, midi_phi};

fn planted(kind: &str, text: &str, words: &[&str]) -> Planted {
    Planted {
        kind: kind.to_owned(),
        text: text.to_owned(),
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        path: String::new(),
        iso: String::new(),
    }
}

fn name() -> FileTruth {
    FileTruth {
        phi: vec![planted("name", "Zwingli^Ottoline", &["Zwingli", "Ottoline"])],
        ..FileTruth::default()
    }
}

fn day(path: &str) -> FileTruth {
    let mut date = planted("date_element", "20190517", &[]);
    date.iso = "2019-05-17".to_owned();
    date.path = path.to_owned();
    FileTruth { phi: vec![date], ..FileTruth::default() }
}

/// An element in Explicit VR Little Endian.
fn element(group: u16, number: u16, vr: &str, value: &[u8]) -> Vec<u8> {
    let mut out = [group.to_le_bytes(), number.to_le_bytes()].concat();
    let mut value = value.to_vec();
    if value.len() % 2 == 1 {
        value.push(b' ');
    }
    out.extend_from_slice(vr.as_bytes());
    if ["OB", "OW", "UN", "SQ", "UT", "UC", "UR"].contains(&vr) {
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(&(value.len() as u32).to_le_bytes());
    } else {
        out.extend_from_slice(&(value.len() as u16).to_le_bytes());
    }
    out.extend_from_slice(&value);
    out
}

/// An item of defined length.
fn item(content: &[u8]) -> Vec<u8> {
    let mut out = vec![0xFE, 0xFF, 0x00, 0xE0];
    out.extend_from_slice(&(content.len() as u32).to_le_bytes());
    out.extend_from_slice(content);
    out
}

fn file_of(syntax: &str, meta: &[u8], dataset: &[u8]) -> Vec<u8> {
    let mut out = vec![0; 128];
    out.extend_from_slice(b"DICM");
    out.extend(element(2, 0x10, "UI", syntax.as_bytes()));
    out.extend_from_slice(meta);
    out.extend_from_slice(dataset);
    out
}

fn file(dataset: &[u8]) -> Vec<u8> {
    file_of("1.2.840.10008.1.2.1", &[], dataset)
}

fn leaks(bytes: &[u8], truth: &FileTruth) -> Vec<Leak> {
    leaks_in_file("a.dcm", bytes, truth).into_iter().collect()
}

/// Where the leaks of a dataset are.
fn places(dataset: &[u8], truth: &FileTruth) -> Vec<String> {
    leaks(&file(dataset), truth).into_iter().map(|leak| leak.place).collect()
}

#[test]
fn every_vr_that_holds_text_is_read() {
    for vr in
        ["LO", "SH", "ST", "LT", "UT", "UC", "UR", "PN", "CS", "AE", "UN", "OB", "OW", "DS", "IS"]
    {
        let found = places(&element(0x0011, 0x1001, vr, b"seen by zwingli"), &name());
        assert_eq!(found, ["a.dcm (0011,1001)"], "{vr}");
        let clean = places(&element(0x0011, 0x1001, vr, b"seen by zwinglian"), &name());
        assert_eq!(clean, [""; 0], "{vr}: a longer word is another word");
    }
}

#[test]
fn sequences_are_entered_whatever_their_length_and_vr() {
    let inner = element(0x0010, 0x0010, "PN", b"ZWINGLI^O");
    let nested =
        element(0x0008, 0x1140, "SQ", &item(&element(0x0040, 0x0275, "SQ", &item(&inner))));
    assert_eq!(places(&nested, &name()), ["a.dcm (0008,1140)[0].(0040,0275)[0].(0010,0010)"]);

    let mut open = vec![0x08, 0x00, 0x40, 0x11, b'S', b'Q', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF];
    open.extend([0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF]);
    open.extend(&inner);
    open.extend([0xFE, 0xFF, 0x0D, 0xE0, 0, 0, 0, 0, 0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]);
    open.extend(element(0x0010, 0x4000, "LT", b"Ottoline"));
    assert_eq!(places(&open, &name()), ["a.dcm (0008,1140)[0].(0010,0010)", "a.dcm (0010,4000)"]);

    // UN of undefined length: implicit inside (CP-246).
    let mut unknown = vec![0x09, 0x00, 0x01, 0x10, b'U', b'N', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF];
    unknown.extend(item(&[&[0x10, 0, 0x10, 0, 8, 0, 0, 0][..], b"Zwingli "].concat()));
    unknown.extend([0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]);
    assert_eq!(places(&unknown, &name()), ["a.dcm (0009,1001)[0].(0010,0010)"]);
}

#[test]
fn every_transfer_syntax_is_read() {
    let implicit = [&[0x10, 0, 0x10, 0, 8, 0, 0, 0][..], b"Zwingli "].concat();
    assert_eq!(leaks(&file_of("1.2.840.10008.1.2\0", &[], &implicit), &name()).len(), 1);
    let big = [&[0, 0x10, 0, 0x10, b'P', b'N', 0, 8][..], b"Zwingli "].concat();
    assert_eq!(leaks(&file_of("1.2.840.10008.1.2.2\0", &[], &big), &name()).len(), 1);
    let mut deflater = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    let plain = element(0x0010, 0x0010, "PN", b"Zwingli");
    std::io::Write::write_all(&mut deflater, &plain).unwrap();
    let deflated = deflater.finish().unwrap();
    assert_eq!(leaks(&file_of("1.2.840.10008.1.2.1.99", &[], &deflated), &name()).len(), 1);
    let fragments = [
        &[0xE0, 0x7F, 0x10, 0, b'O', b'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF][..],
        &item(&[]),
        &item(b"\xFF\xD8\xFF\xFEcomment of Ottoline Zwingli "),
        &[0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0],
    ]
    .concat();
    let found = leaks(&file_of("1.2.840.10008.1.2.4.50", &[], &fragments), &name());
    assert!(found.iter().any(|leak| leak.place == "a.dcm (7FE0,0010)"), "{found:?}");
}

#[test]
fn names_hide_in_meta_preamble_and_file_name() {
    let meta = element(2, 0x16, "AE", b"ZWINGLI_CT");
    let found = leaks(&file_of("1.2.840.10008.1.2.1", &meta, &[]), &name());
    assert_eq!(found[0].place, "a.dcm META (0002,0016)");
    let mut bytes = file(&[]);
    bytes[20..27].copy_from_slice(b"Zwingli");
    assert_eq!(leaks(&bytes, &name())[0].place, "a.dcm PREAMBLE");
    let found = leaks_in_file("out/zwingli_1.dcm", &file(&[]), &name());
    assert_eq!(found.first().unwrap().place, "out/zwingli_1.dcm (its name)");
}

#[test]
fn character_sets_are_decoded() {
    let truth = |text: &str| FileTruth {
        phi: vec![planted("name", text, &[text])],
        ..FileTruth::default()
    };
    let with = |charset: &str, value: &[u8]| {
        [element(8, 5, "CS", charset.as_bytes()), element(0x0010, 0x0010, "PN", value)].concat()
    };
    let japanese = b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B";
    let korean = b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7";
    for (charset, bytes, text) in [
        ("ISO_IR 100", &b"M\xfcller"[..], "müller"),
        ("ISO_IR 192", "Müller".as_bytes(), "Müller"),
        ("", "Müller".as_bytes(), "Müller"),
        ("ISO_IR 126", b"\xd0\xe1\xf0\xdc\xf2", "Παπάς"),
        ("ISO_IR 144", b"\xbb\xee\xda\xd5\xdd\xd1", "Люкенб"),
        ("\\ISO 2022 IR 87", japanese, "山田"),
        ("", japanese, "太郎"),
        ("\\ISO 2022 IR 149", korean, "吉洞"),
        ("GB18030", b"\xcd\xf5\xd0\xa1", "王小"),
        ("ISO_IR 13", b"\xd4\xcf\xc0\xde", "ﾔﾏﾀﾞ"),
    ] {
        assert!(!places(&with(charset, bytes), &truth(text)).is_empty(), "{charset} {text}");
    }
    let wide: Vec<u8> = "Zwingli".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(places(&element(0x0029, 0x1010, "OB", &wide), &name()).len(), 1);
    let wide: Vec<u8> = "xZwingli".encode_utf16().skip(1).flat_map(u16::to_be_bytes).collect();
    assert_eq!(places(&element(0x0029, 0x1010, "UN", &wide), &name()).len(), 1);
}

#[test]
fn dates_are_found_in_the_forms_people_write() {
    for text in [
        "on 20190517",
        "2019-05-17",
        "05/17/2019",
        "17.05.2019",
        "5/17/2019",
        "17 May 2019",
        "MAY 17, 2019",
        "17-May-2019",
        "20190517101500",
        "17may2019",
        "05/17/19",
    ] {
        assert!(
            !places(&element(0x0010, 0x4000, "LT", text.as_bytes()), &day("")).is_empty(),
            "{text}"
        );
    }
    for text in ["20190518", "120190517", "201905171", "May 2019", "17 May 2018"] {
        assert!(
            places(&element(0x0010, 0x4000, "LT", text.as_bytes()), &day("")).is_empty(),
            "{text}"
        );
    }
}

#[test]
fn a_date_attribute_leaks_only_where_it_stood() {
    let dataset = element(0x0008, 0x0020, "DA", b"20190517");
    assert_eq!(places(&dataset, &day("(0008,0020)")).len(), 1);
    // Another attribute's date, shifted, may fall on the same day.
    assert_eq!(places(&dataset, &day("(0008,0021)")).len(), 0);
    let moment = element(0x0008, 0x002A, "DT", b"20190517101500");
    assert_eq!(places(&moment, &day("(0008,002A)")).len(), 1);
}

#[test]
fn numbers_are_found_however_they_are_grouped() {
    let truth = FileTruth {
        phi: vec![planted("phone", "+1 (555) 010-0142", &[]), planted("ssn", "912-64-3308", &[])],
        ..FileTruth::default()
    };
    for text in ["15550100142", "call 1-555-010-0142!", "912643308", "912 64 3308"] {
        assert_eq!(
            places(&element(0x0010, 0x4000, "LT", text.as_bytes()), &truth).len(),
            1,
            "{text}"
        );
    }
    assert!(places(&element(0x0010, 0x4000, "LT", b"9126433081"), &truth).is_empty());
}

#[test]
fn uids_are_bounded_by_their_own_signs() {
    let truth = FileTruth { phi: vec![planted("uid", "1.2.3.44", &[])], ..FileTruth::default() };
    assert_eq!(places(&element(0x0008, 0x0018, "UI", b"1.2.3.44\0"), &truth).len(), 1);
    assert_eq!(places(&element(0x0008, 0x0018, "UI", b"1.2.3.441"), &truth).len(), 0);
    assert_eq!(places(&element(0x0008, 0x0018, "UI", b"9.1.2.3.44"), &truth).len(), 0);
}

#[test]
fn a_phrase_that_is_to_be_kept_is_no_leak_and_hides_none() {
    let mut truth = name();
    truth.kept = vec!["Zwingli catheter".to_owned()];
    assert!(
        places(&element(0x0018, 0x1030, "LO", b"Zwingli catheter in place"), &truth).is_empty()
    );
    let both = element(0x0018, 0x1030, "LO", b"Zwingli catheter of Zwingli");
    assert_eq!(places(&both, &truth).len(), 1);
}

#[test]
fn a_folder_is_searched_to_its_last_file() {
    let place = tempfile::tempdir().unwrap();
    let deep = place.path().join("1/2");
    std::fs::create_dir_all(&deep).unwrap();
    let dataset =
        [element(8, 0x18, "UI", b"1.9\0"), element(0x0010, 0x0010, "PN", b"Zwingli")].concat();
    std::fs::write(deep.join("a"), file(&dataset)).unwrap();
    std::fs::write(place.path().join("report.html"), "<b>Ottoline</b>").unwrap();
    let (leaks, released) = leaks_in_folder(place.path(), &name(), |uid| {
        if uid == "1.9" { name() } else { FileTruth::default() }
    });
    let places: Vec<&str> = leaks.iter().map(|leak| leak.place.as_str()).collect();
    assert_eq!(places, ["1/2/a (0010,0010)", "report.html"]);
    assert_eq!(released.len(), 1);
}

#[test]
fn truths_and_maps_are_read() {
    let json = r#"{"files":[{"file":"a/b.dcm","uid":"1.2","kept":["CT"],"phi":[
        {"kind":"ssn","text":"932682724","words":["932682724"],"path":"<(0010,1002)>[<0001>]<(0010,0020)>","iso":""}]}]}"#;
    let truth = midi_phi(json);
    assert_eq!(truth["a/b.dcm"].phi[0].path, "(0010,1002)[1].(0010,0020)");
    assert_eq!(truth["a/b.dcm"].kept, ["CT"]);
    assert_eq!(uid_map("id_old,id_new\n1.2,2.25.7\n")["1.2"], "2.25.7");
}

#[test]
#[should_panic(expected = "the data end")]
fn a_file_that_cannot_be_read_is_never_clean() {
    let mut bytes = file(&element(0x0010, 0x0010, "PN", b"someone"));
    bytes.truncate(bytes.len() - 3);
    leaks_in_file("a.dcm", &bytes, &name());
}
