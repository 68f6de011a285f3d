use dicom_core::VR;
use proptest::prelude::*;

use super::{CharacterSets, Decoded, UnknownCharacterSet, values};

fn sets(declared: &str) -> CharacterSets {
    CharacterSets::from_declared(declared).unwrap()
}

fn name(declared: &str, bytes: &[u8]) -> Decoded {
    sets(declared).decode(bytes, VR::PN)
}

fn clean(text: &str) -> Decoded {
    Decoded { text: text.to_owned(), clean: true }
}

const YAMADA: &[u8] = b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\
\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B";
const YAMADA_KATAKANA: &[u8] = b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=\
\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J";
const HONG: &[u8] = b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\
\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf";
const WANG_GB18030: &[u8] = b"Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab=";
const ZHANG: &[u8] = b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=";

/// The examples of PS3.5 Annexes H to K.
fn examples() -> [(&'static str, &'static [u8], &'static str); 6] {
    [
        (r"\ISO 2022 IR 87", YAMADA, "Yamada^Tarou=山田^太郎=やまだ^たろう"),
        (r"ISO 2022 IR 13\ISO 2022 IR 87", YAMADA_KATAKANA, "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"),
        (r"\ISO 2022 IR 149", HONG, "Hong^Gildong=洪^吉洞=홍^길동"),
        ("ISO_IR 192", "Wang^XiaoDong=王^小東=".as_bytes(), "Wang^XiaoDong=王^小東="),
        ("GB18030", WANG_GB18030, "Wang^XiaoDong=王^小东="),
        (r"\ISO 2022 IR 58", ZHANG, "Zhang^XiaoDong=张^小东="),
    ]
}

#[test]
fn the_names_of_the_standard_decode_and_encode_to_the_same_bytes() {
    for (declared, bytes, text) in examples() {
        let decoded = name(declared, bytes);
        assert!(decoded == clean(text), "{declared}: {}", decoded.text);
        assert_eq!(sets(declared).encode(text).unwrap(), bytes, "{declared}");
    }
}

#[test]
fn each_single_byte_set_decodes_a_word_of_its_own() {
    for (number, bytes, text) in [
        (100, &b"\xc4neas R\xfcdiger"[..], "Äneas Rüdiger"),
        (101, b"Wa\xb3\xeasa", "Wałęsa"),
        (109, b"\xa1ad\xb1ar", "Ħadħar"),
        (110, b"K\xe5\xb9e \xbf", "Kåše ŋ"),
        (148, b"\xddstanbul \xfe", "İstanbul ş"),
        (203, b"\xa4 \xbc", "€ Œ"),
        (144, b"\xbb\xee\xda\xe1\xd5\xdc\xd1\xe3\xe0\xd3", "Люксембург"),
        (127, b"\xe2\xc8\xc7\xe6\xea", "قباني"),
        (126, b"\xc4\xe9\xef\xed\xf5\xf3\xe9\xef\xf2", "Διονυσιος"),
        (138, b"\xf9\xf8\xe5\xef", "שרון"),
        (166, b"\xb9\xd2\xc1", "นาม"),
        (13, b"\xd4\xcf\xc0\xde", "ﾔﾏﾀﾞ"),
    ] {
        for declared in [format!("ISO_IR {number}"), format!("ISO 2022 IR {number}")] {
            assert!(name(&declared, bytes) == clean(text), "{declared}");
            assert_eq!(sets(&declared).encode(text).unwrap(), bytes, "{declared}");
        }
    }
}

#[test]
fn every_escape_switches_to_its_set_and_a_delimiter_switches_back() {
    let all = r"\ISO 2022 IR 100\ISO 2022 IR 101\ISO 2022 IR 109\ISO 2022 IR 110\ISO 2022 IR 144\
ISO 2022 IR 127\ISO 2022 IR 126\ISO 2022 IR 138\ISO 2022 IR 148\ISO 2022 IR 203\ISO 2022 IR 13\
ISO 2022 IR 166\ISO 2022 IR 87\ISO 2022 IR 159\ISO 2022 IR 149\ISO 2022 IR 58"
        .replace("\\\n", "\\");
    for (escape, code, text) in [
        ("(B\x1b-A", &b"\xc4"[..], "Ä"),
        ("-B", b"\xb3", "ł"),
        ("-C", b"\xa1", "Ħ"),
        ("-D", b"\xbf", "ŋ"),
        ("-L", b"\xd0", "а"),
        ("-G", b"\xc7", "ا"),
        ("-F", b"\xe1", "α"),
        ("-H", b"\xe0", "א"),
        ("-M", b"\xdd", "İ"),
        ("-b", b"\xa4", "€"),
        (")I", b"\xb1", "ｱ"),
        ("-T", b"\xa1", "ก"),
        ("$B", b"0!", "亜"),
        ("$(D", b"0!", "丂"),
        ("$)C", b"\xb0\xa1", "가"),
        ("$)A", b"\xb0\xa1", "啊"),
    ] {
        let mut bytes = b"a\x1b".to_vec();
        bytes.extend(escape.bytes());
        bytes.extend(code);
        let decoded = name(&all, &bytes);
        assert!(decoded == clean(&format!("a{text}")), "{escape}: {}", decoded.text);
        if code[0] >= 0x80 {
            bytes.push(b'^');
            bytes.extend(code);
            assert!(!name(&all, &bytes).clean, "{escape} holds no longer behind ^");
            assert!(sets(&all).decode(&bytes, VR::LO).clean, "{escape}: ^ delimits only names");
        }
    }
}

#[test]
fn a_trail_byte_is_no_backslash() {
    // In GBK and in JIS X 0208 these characters have the byte of the backslash in them.
    for (declared, bytes, first) in
        [("GBK", &b"\x82\x5c\\B"[..], "俓"), (r"\ISO 2022 IR 87", b"\x1b$B%\x5c\x1b(B\\B", "ボ")]
    {
        let decoded = sets(declared).decode(bytes, VR::LO);
        assert!(decoded.clean, "{declared}");
        assert_eq!(values(&decoded.text).collect::<Vec<_>>(), [first, "B"]);
    }
}

#[test]
fn what_does_not_decode_is_readable_and_not_clean() {
    let text = |declared: &str, bytes: &[u8]| {
        let decoded = name(declared, bytes);
        assert!(!decoded.clean, "{declared}");
        decoded.text
    };
    assert_eq!(text("", "Jörg".as_bytes()), "Jörg");
    assert_eq!(text("", b"J\xf6rg"), "Jörg");
    assert_eq!(text("ISO_IR 100", b"\x93a\x94"), "“a”");
    assert_eq!(text("ISO_IR 192", b"J\xf6rg"), "J\u{fffd}rg");
    assert_eq!(text("ISO_IR 100", b"\x1b$B;3ED\x1b(B"), "山田");
    assert_eq!(text(r"\ISO 2022 IR 149", b"\xc8\xab"), "홍");
    assert_eq!(text(r"\ISO 2022 IR 87", b"\x1b$B;"), "\u{fffd}");
    assert_eq!(text(r"\ISO 2022 IR 87", b"\x1b%Gx"), "\u{fffd}%Gx");
    let unknown = CharacterSets::unknown();
    assert!(!unknown.is_known() && unknown.decode(b"DOE^JANE", VR::PN).clean);
    assert!(!unknown.decode(b"D\xd6E", VR::PN).clean);
    assert!(!sets("ISO_IR 100").decode(b"\xd6", VR::CS).clean);
}

#[test]
fn romaji_have_a_yen_sign_only_where_a_backslash_is_a_character() {
    assert_eq!(sets("ISO_IR 13").decode(b"a\\b", VR::LO).text, "a\\b");
    assert_eq!(sets("ISO_IR 13").decode(b"a\\b~", VR::LT).text, "a¥b\u{203e}");
    assert_eq!(sets("ISO_IR 13").encode("a¥").unwrap(), b"a\\");
}

#[test]
fn terms_are_read_leniently_and_unknown_ones_refused() {
    assert_eq!(sets("ISO_IR 100 "), sets("iso-ir 100"));
    assert_eq!(sets("ISO_IR_192\0"), sets("ISO_IR 192"));
    assert_eq!(sets("ISO 2022 IR 6\\ISO 2022 IR 87"), sets("\\ISO2022IR87"));
    assert_eq!(sets(""), CharacterSets::default());
    for unknown in ["ISO_IR 999", "UTF", "ISO_IR 100\\ISO_IR 192", "ISO 2022 B"] {
        assert_eq!(CharacterSets::from_declared(unknown), Err(UnknownCharacterSet), "{unknown}");
    }
}

#[test]
fn what_cannot_be_represented_is_not_encoded() {
    assert_eq!(sets("ISO_IR 100").encode("山"), None);
    assert_eq!(sets("").encode("ä"), None);
    assert_eq!(sets(r"\ISO 2022 IR 87").encode("한"), None);
    assert_eq!(sets("ISO_IR 100").encode("a\u{1b}"), None);
    assert!(sets("GB18030").encode("한ä山𠀀").is_some());
    let both = sets(r"ISO 2022 IR 100\ISO 2022 IR 126\ISO 2022 IR 87\ISO 2022 IR 159");
    let mixed = "Jürgen^Διον丂=山 ü^α";
    assert!(both.decode(&both.encode(mixed).unwrap(), VR::PN) == clean(mixed));
}

proptest! {
    #[test]
    fn what_encodes_decodes_to_the_same(text in "[ -~äßł山田やα가\\\\^=\r\n]{0,20}") {
        for declared in [
            "", "ISO_IR 100", r"ISO 2022 IR 100\ISO 2022 IR 126", "ISO_IR 13",
            r"ISO 2022 IR 13\ISO 2022 IR 87", r"\ISO 2022 IR 149\ISO 2022 IR 101", "ISO_IR 192",
            "GB18030", "GBK", r"\ISO 2022 IR 87\ISO 2022 IR 159\ISO 2022 IR 58",
        ] {
            let sets = sets(declared);
            if let Some(bytes) = sets.encode(&text) {
                let same = [VR::PN, VR::LT].map(|vr| sets.decode(&bytes, vr) == clean(&text));
                prop_assert!(same.contains(&true), "{}", declared);
            }
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(
        prop_oneof![any::<u8>(), Just(0x1B), Just(b'$'), Just(b')'), Just(b'B'), Just(b'C')], 0..40)
    ) {
        for declared in ["", r"ISO 2022 IR 13\ISO 2022 IR 87", r"\ISO 2022 IR 149", "GB18030"] {
            for vr in [VR::PN, VR::LO, VR::UT, VR::CS] {
                let decoded = sets(declared).decode(&bytes, vr);
                prop_assert!(!decoded.text.is_empty() || bytes.first().is_none_or(|b| *b == 0x1B));
            }
        }
    }
}

/// A sequence in Japanese inside a dataset in Latin 1, as explicit little endian.
fn two_sets() -> crate::dicom::Scan {
    let element = |tag: [u8; 4], vr: &[u8], value: &[u8]| {
        [&tag[..], vr, &(value.len() as u16).to_le_bytes(), value].concat()
    };
    let kanji = element([0x10, 0, 0x10, 0], b"PN", b"\x1b$B;3ED\x1b(B");
    let inner = [element([8, 0, 5, 0], b"CS", b"\\ISO 2022 IR 87 "), kanji].concat();
    let plain = element([0x10, 0, 0x10, 0], b"PN", b"M\xfcller  ");
    let item = |inner: &[u8]| {
        [&b"\xFE\xFF\x00\xE0"[..], &(inner.len() as u32).to_le_bytes(), inner].concat()
    };
    let items = [item(&inner), item(&plain)].concat();
    let mut bytes = element([8, 0, 5, 0], b"CS", b"ISO_IR 100");
    bytes.extend(b"\x08\0\x40\x11SQ\0\0");
    bytes.extend((items.len() as u32).to_le_bytes());
    bytes.extend(items);
    bytes.extend(element([0x10, 0, 0x10, 0], b"PN", b"J\xf6rg\0\0"));
    let source = crate::dicom::Source::from_bytes(bytes);
    crate::dicom::scan(source, &crate::dicom::Limits::default()).unwrap()
}

#[test]
fn items_inherit_the_character_set_unless_they_declare_one() {
    let scan = two_sets();
    let names: Vec<_> = scan
        .iter()
        .filter(|(_, node)| node.vr == VR::PN)
        .map(|(id, _)| super::text_value(&scan, id).unwrap())
        .collect();
    assert!(names == [clean("山田"), clean("Müller"), clean("Jörg")]);
}

proptest! {
    #[test]
    fn the_default_repertoire_reads_alike_however_plain_a_value_is(
        bytes in prop_oneof![
            "[ -~]{0,20}".prop_map(String::into_bytes),
            prop::collection::vec(any::<u8>(), 0..20),
        ],
    ) {
        for vr in [VR::DS, VR::UI, VR::CS] {
            let quick = super::in_default_repertoire(bytes.clone(), vr);
            let slow = super::CharacterSets::default().decode(&bytes, vr);
            prop_assert_eq!(&quick.text, &slow.text);
            prop_assert_eq!(quick.clean, slow.clean);
        }
    }
}
