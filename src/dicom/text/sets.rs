//! The single sets: terms, code tables, escape sequences.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use encoding_rs::{
    EUC_JP, EUC_KR, Encoding, GBK, ISO_8859_2, ISO_8859_3, ISO_8859_4, ISO_8859_5, ISO_8859_6,
    ISO_8859_7, ISO_8859_8, ISO_8859_15, WINDOWS_874, WINDOWS_1252, WINDOWS_1254,
};

use crate::dicom::text::Decoded;

/// A defined term, without its prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Term {
    /// ISO-IR 6, or no value.
    Ascii,
    /// A set that is one code element.
    Set(Set),
    Utf8,
    Gb18030,
    Gbk,
}

impl Term {
    pub(super) fn parse(value: &str) -> Option<Self> {
        let plain: String =
            value.chars().filter(|c| !matches!(c, ' ' | '_' | '-')).collect::<String>();
        let plain = plain.to_ascii_uppercase();
        match plain.as_str() {
            "" => return Some(Self::Ascii),
            "GB18030" => return Some(Self::Gb18030),
            "GBK" => return Some(Self::Gbk),
            _ => {}
        }
        let registered = plain.strip_prefix("ISO2022IR").or_else(|| plain.strip_prefix("ISOIR"))?;
        Some(match registered {
            "6" => Self::Ascii,
            "192" => Self::Utf8,
            number => {
                let number: u16 = number.parse().ok()?;
                Self::Set(Set::ALL.into_iter().find(|set| set.registration() == number)?)
            }
        })
    }
}

/// A code element: what bytes mean while it is invoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Set {
    Latin1,
    Latin2,
    Latin3,
    Latin4,
    Latin5,
    Latin9,
    Cyrillic,
    Arabic,
    Greek,
    Hebrew,
    Thai,
    /// JIS X 0201: katakana in G1; its romaji take the place of ASCII in G0.
    Katakana,
    /// JIS X 0208, in G0.
    Kanji,
    /// JIS X 0212, in G0.
    KanjiSupplement,
    /// KS X 1001, in G1.
    Korean,
    /// GB 2312, in G1.
    Chinese,
}

impl Set {
    pub(super) const ALL: [Self; 16] = [
        Self::Latin1,
        Self::Latin2,
        Self::Latin3,
        Self::Latin4,
        Self::Latin5,
        Self::Latin9,
        Self::Cyrillic,
        Self::Arabic,
        Self::Greek,
        Self::Hebrew,
        Self::Thai,
        Self::Katakana,
        Self::Kanji,
        Self::KanjiSupplement,
        Self::Korean,
        Self::Chinese,
    ];

    /// Number in the ISO register, and what follows ESC to designate it (PS3.3 C.12-3, C.12-4).
    const fn entry(self) -> (u16, &'static [u8]) {
        match self {
            Self::Latin1 => (100, b"-A"),
            Self::Latin2 => (101, b"-B"),
            Self::Latin3 => (109, b"-C"),
            Self::Latin4 => (110, b"-D"),
            Self::Latin5 => (148, b"-M"),
            Self::Latin9 => (203, b"-b"),
            Self::Cyrillic => (144, b"-L"),
            Self::Arabic => (127, b"-G"),
            Self::Greek => (126, b"-F"),
            Self::Hebrew => (138, b"-H"),
            Self::Thai => (166, b"-T"),
            Self::Katakana => (13, b")I"),
            Self::Kanji => (87, b"$B"),
            Self::KanjiSupplement => (159, b"$(D"),
            Self::Korean => (149, b"$)C"),
            Self::Chinese => (58, b"$)A"),
        }
    }

    pub(super) const fn registration(self) -> u16 {
        self.entry().0
    }

    pub(super) const fn escape(self) -> &'static [u8] {
        self.entry().1
    }

    /// Whether it is invoked in G0, by bytes without the high bit.
    pub(super) const fn is_left(self) -> bool {
        matches!(self, Self::Kanji | Self::KanjiSupplement)
    }

    /// Bytes of one character.
    pub(super) const fn width(self) -> usize {
        match self {
            Self::Kanji | Self::KanjiSupplement | Self::Korean | Self::Chinese => 2,
            _ => 1,
        }
    }

    const fn table(self) -> &'static Encoding {
        match self {
            Self::Latin1 => WINDOWS_1252,
            Self::Latin2 => ISO_8859_2,
            Self::Latin3 => ISO_8859_3,
            Self::Latin4 => ISO_8859_4,
            Self::Latin5 => WINDOWS_1254,
            Self::Latin9 => ISO_8859_15,
            Self::Cyrillic => ISO_8859_5,
            Self::Arabic => ISO_8859_6,
            Self::Greek => ISO_8859_7,
            Self::Hebrew => ISO_8859_8,
            Self::Thai => WINDOWS_874,
            Self::Katakana | Self::Kanji | Self::KanjiSupplement => EUC_JP,
            Self::Korean => EUC_KR,
            Self::Chinese => GBK,
        }
    }

    /// The character of one code, high bits set; `None` where the set has none.
    pub(super) fn char_of(self, code: &[u8]) -> Option<char> {
        if code.len() != self.width() || code.iter().any(|byte| *byte < 0xA0) {
            return None;
        }
        match (self, code) {
            (Self::Latin1, [byte]) => Some(char::from(*byte)),
            (Self::Katakana, [byte]) => one(self.table(), &[0x8E, *byte]),
            (Self::KanjiSupplement, [first, second]) => one(self.table(), &[0x8F, *first, *second]),
            _ => one(self.table(), code),
        }
    }

    /// The code of one character, high bits set; `None` where the set has none.
    pub(super) fn code_of(self, wanted: char) -> Option<Vec<u8>> {
        match self {
            Self::KanjiSupplement => supplement().get(&wanted).map(|code| code.to_vec()),
            _ if self.width() == 1 => {
                (0xA0..=0xFF).find(|byte| self.char_of(&[*byte]) == Some(wanted)).map(|b| vec![b])
            }
            _ => {
                let text = wanted.to_string();
                let (code, _, broken) = self.table().encode(&text);
                (!broken && self.char_of(&code) == Some(wanted)).then(|| code.into_owned())
            }
        }
    }
}

fn one(table: &'static Encoding, code: &[u8]) -> Option<char> {
    let text = table.decode_without_bom_handling_and_without_replacement(code)?;
    let mut chars = text.chars();
    chars.next().filter(|_| chars.next().is_none())
}

/// JIS X 0212 by character: the library decodes it but does not encode it.
fn supplement() -> &'static BTreeMap<char, [u8; 2]> {
    static TABLE: OnceLock<BTreeMap<char, [u8; 2]>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let codes =
            (0xA1..=0xFE).flat_map(|first| (0xA1..=0xFE).map(move |second| [first, second]));
        codes.filter_map(|code| Some((Set::KanjiSupplement.char_of(&code)?, code))).collect()
    })
}

/// What bytes beyond every declared set may mean: UTF-8 if they are that, else Western European.
pub(super) fn guess(bytes: &[u8]) -> Decoded {
    let plain = bytes.is_ascii() && !bytes.contains(&0x1B);
    let text = std::str::from_utf8(bytes).map_or_else(
        |_not_utf8| WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
        str::to_owned,
    );
    Decoded { text, clean: plain }
}
