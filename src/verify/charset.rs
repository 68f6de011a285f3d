//! Character sets, decoded by verify's own code.
//!
//! The engine decodes text with `dicom::text`; a mistake there must not hide a name here as well.
//! So this file reads PS3.3 C.12.1.1.2 anew: single-byte sets, UTF-8, GB18030, GBK, and ISO 2022
//! with JIS X 0201, 0208 and 0212, KS X 1001 and GB 2312. The code tables behind them come from
//! `encoding_rs`. Nothing is refused: what cannot be decoded becomes U+FFFD, and every text is
//! also read in other plausible ways ([`readings`]), since a declaration may be wrong.

use encoding_rs::Encoding;

/// One coded character set that can be in use.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Set {
    Ascii,
    Single(&'static Encoding),
    Kana,
    Jis0208,
    Jis0212,
    Ks1001,
    Gb2312,
    Whole(&'static Encoding),
}

/// What a Specific Character Set (0008,0005) declares.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct CharacterSets(Vec<Set>);

impl Default for CharacterSets {
    fn default() -> Self {
        Self(vec![Set::Ascii])
    }
}

impl CharacterSets {
    /// Reads the value of (0008,0005). A term that is not known counts as ISO IR 6.
    pub(crate) fn declared(value: &[u8]) -> Self {
        let text = String::from_utf8_lossy(value);
        let sets: Vec<_> = text.split('\\').map(term).collect();
        Self(sets)
    }

    /// Decodes a value as declared. Escape sequences are followed even where none was declared.
    pub(crate) fn decode(&self, bytes: &[u8]) -> String {
        if let Some(Set::Whole(encoding)) = self.0.first() {
            return encoding.decode_without_bom_handling(bytes).0.into_owned();
        }
        Iso2022::new(self).decode(bytes)
    }

    /// What high bytes mean before any escape sequence.
    fn initial_g1(&self) -> Set {
        let first = self.0.first().copied().unwrap_or(Set::Ascii);
        if first != Set::Ascii {
            return first;
        }
        let double = |set: &Set| matches!(set, Set::Ks1001 | Set::Gb2312);
        self.0.iter().copied().find(double).unwrap_or(Set::Ascii)
    }
}

/// The set of one defined term, however its blanks and underscores are written.
fn term(text: &str) -> Set {
    let plain: String =
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
    match plain.as_str() {
        "GB18030" => return Set::Whole(encoding_rs::GB18030),
        "GBK" => return Set::Whole(encoding_rs::GBK),
        "UTF8" => return Set::Whole(encoding_rs::UTF_8),
        _ => {}
    }
    let digits = plain.rsplit("IR").next().unwrap_or("");
    match digits {
        "100" => Set::Single(encoding_rs::WINDOWS_1252),
        "101" => Set::Single(encoding_rs::ISO_8859_2),
        "109" => Set::Single(encoding_rs::ISO_8859_3),
        "110" => Set::Single(encoding_rs::ISO_8859_4),
        "144" => Set::Single(encoding_rs::ISO_8859_5),
        "127" => Set::Single(encoding_rs::ISO_8859_6),
        "126" => Set::Single(encoding_rs::ISO_8859_7),
        "138" => Set::Single(encoding_rs::ISO_8859_8),
        "148" => Set::Single(encoding_rs::WINDOWS_1254),
        "203" => Set::Single(encoding_rs::ISO_8859_15),
        "166" => Set::Single(encoding_rs::WINDOWS_874),
        "13" => Set::Kana,
        "87" => Set::Jis0208,
        "159" => Set::Jis0212,
        "149" => Set::Ks1001,
        "58" => Set::Gb2312,
        "192" => Set::Whole(encoding_rs::UTF_8),
        _ => Set::Ascii,
    }
}

/// Escape sequences (without ESC), which half they load, and with what.
fn escapes() -> [(&'static [u8], bool, Set); 19] {
    [
        (b"(B", false, Set::Ascii),
        (b"(J", false, Set::Ascii),
        (b"$B", false, Set::Jis0208),
        (b"$@", false, Set::Jis0208),
        (b"$(D", false, Set::Jis0212),
        (b")I", true, Set::Kana),
        (b"$)C", true, Set::Ks1001),
        (b"$)A", true, Set::Gb2312),
        (b"-A", true, Set::Single(encoding_rs::WINDOWS_1252)),
        (b"-B", true, Set::Single(encoding_rs::ISO_8859_2)),
        (b"-C", true, Set::Single(encoding_rs::ISO_8859_3)),
        (b"-D", true, Set::Single(encoding_rs::ISO_8859_4)),
        (b"-L", true, Set::Single(encoding_rs::ISO_8859_5)),
        (b"-G", true, Set::Single(encoding_rs::ISO_8859_6)),
        (b"-F", true, Set::Single(encoding_rs::ISO_8859_7)),
        (b"-H", true, Set::Single(encoding_rs::ISO_8859_8)),
        (b"-M", true, Set::Single(encoding_rs::WINDOWS_1254)),
        (b"-b", true, Set::Single(encoding_rs::ISO_8859_15)),
        (b"-T", true, Set::Single(encoding_rs::WINDOWS_874)),
    ]
}

/// The state of a text with code extensions.
struct Iso2022 {
    start: Set,
    g0: Set,
    g1: Set,
    out: String,
}

impl Iso2022 {
    fn new(sets: &CharacterSets) -> Self {
        let start = sets.initial_g1();
        Self { start, g0: Set::Ascii, g1: start, out: String::new() }
    }

    fn decode(mut self, bytes: &[u8]) -> String {
        let mut rest = bytes;
        while let Some((&byte, after)) = rest.split_first() {
            rest = match byte {
                0x1B => self.escape(after),
                // Controls end every extension, and so do the delimiters of values and of names.
                b'\t' | b'\n' | 0x0C | b'\r' => self.reset(byte, after),
                b'\\' | b'^' | b'=' if self.g0 == Set::Ascii => self.reset(byte, after),
                0x21..=0x7E if self.g0 != Set::Ascii => self.pair(self.g0, rest),
                0..=0x7F => {
                    self.out.push(char::from(byte));
                    after
                }
                _ => self.high(rest),
            };
        }
        self.out
    }

    fn reset<'a>(&mut self, byte: u8, after: &'a [u8]) -> &'a [u8] {
        self.g0 = Set::Ascii;
        self.g1 = self.start;
        self.out.push(char::from(byte));
        after
    }

    fn escape<'a>(&mut self, after: &'a [u8]) -> &'a [u8] {
        for (sequence, is_g1, set) in escapes() {
            if let Some(rest) = after.strip_prefix(sequence) {
                if is_g1 {
                    self.g1 = set;
                } else {
                    self.g0 = set;
                }
                return rest;
            }
        }
        after
    }

    fn high<'a>(&mut self, rest: &'a [u8]) -> &'a [u8] {
        let Some((&byte, after)) = rest.split_first() else { return rest };
        let encoding = match self.g1 {
            Set::Single(encoding) => encoding,
            Set::Kana => encoding_rs::SHIFT_JIS,
            Set::Ks1001 | Set::Gb2312 => return self.pair(self.g1, rest),
            _ => encoding_rs::WINDOWS_1252,
        };
        self.out.push_str(&encoding.decode_without_bom_handling(&[byte]).0);
        after
    }

    /// One character of a double-byte set.
    fn pair<'a>(&mut self, set: Set, rest: &'a [u8]) -> &'a [u8] {
        let (Some(&a), Some(&b)) = (rest.first(), rest.get(1)) else {
            self.out.push(char::REPLACEMENT_CHARACTER);
            return rest.get(1..).unwrap_or_default();
        };
        let (a, b) = (a | 0x80, b | 0x80);
        let bytes = [0x8F, a, b];
        let (encoding, from) = match set {
            Set::Jis0208 => (encoding_rs::EUC_JP, 1),
            Set::Jis0212 => (encoding_rs::EUC_JP, 0),
            Set::Ks1001 => (encoding_rs::EUC_KR, 1),
            _ => (encoding_rs::GBK, 1),
        };
        let (decoded, _) = encoding.decode_without_bom_handling(&bytes[from..]);
        self.out.push_str(&decoded);
        rest.get(2..).unwrap_or_default()
    }
}

/// Every plausible reading of a value, each once; the declared one first.
///
/// Plain ASCII has one. Bytes above 127 are also read as UTF-8, Latin-1 and the common East Asian
/// sets, NULs between characters as UTF-16.
pub(crate) fn readings(sets: &CharacterSets, bytes: &[u8]) -> Vec<String> {
    let mut all = vec![sets.decode(bytes)];
    let mut add = |text: String| {
        if !all.contains(&text) {
            all.push(text);
        }
    };
    if bytes.iter().any(|byte| *byte > 0x7F) {
        add(CharacterSets::default().decode(bytes));
        for encoding in [
            encoding_rs::UTF_8,
            encoding_rs::SHIFT_JIS,
            encoding_rs::EUC_JP,
            encoding_rs::EUC_KR,
            encoding_rs::GB18030,
        ] {
            if let (text, false) = encoding.decode_without_bom_handling(bytes) {
                add(text.into_owned());
            }
        }
    }
    if bytes.contains(&0x1B) {
        add(CharacterSets::default().decode(bytes));
    }
    let body = bytes.strip_suffix(b"\0").unwrap_or(bytes);
    if body.contains(&0) || bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        for encoding in [encoding_rs::UTF_16LE, encoding_rs::UTF_16BE] {
            add(encoding.decode_without_bom_handling(bytes).0.into_owned());
            // A text that starts at an odd byte.
            let shifted = bytes.get(1..).unwrap_or_default();
            add(encoding.decode_without_bom_handling(shifted).0.into_owned());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{CharacterSets, readings};

    #[test]
    fn the_standards_examples_decode() {
        // PS3.5 H.3.1, I.2, J.3, K.2.
        let japanese = CharacterSets::declared(b"\\ISO 2022 IR 87");
        let name =
            b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B";
        assert_eq!(japanese.decode(name), "Yamada^Tarou=山田^太郎=やまだ^たろう");
        let korean = CharacterSets::declared(b"\\ISO 2022 IR 149");
        let name = b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7";
        assert_eq!(korean.decode(name), "Hong^Gildong=洪^吉洞");
        let kana = CharacterSets::declared(b"ISO_IR 13");
        assert_eq!(kana.decode(b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3"), "ﾔﾏﾀﾞ^ﾀﾛｳ");
        let chinese = CharacterSets::declared(b"\\ISO 2022 IR 58");
        assert_eq!(chinese.decode(b"Wang=\x1b$)A\xcd\xf5^\x1b$)A\xd0\xa1\xb6\xab"), "Wang=王^小东");
    }

    #[test]
    fn single_byte_sets_and_unicode_decode() {
        for (term, bytes, text) in [
            (&b"ISO_IR 100"[..], &b"Buc^J\xe9r\xf4me"[..], "Buc^Jérôme"),
            (b"ISO_IR 144", b"\xbb\xee\xda", "Люк"),
            (b"ISO_IR 192", "王^小東".as_bytes(), "王^小東"),
            (b"GB18030", b"\xcd\xf5", "王"),
            (b"ISO 2022 IR 100", b"\xfc", "ü"),
            (b"ISO 2022 IR 6\\ISO 2022 IR 126", b"\x1b-F\xc4", "Δ"),
        ] {
            assert_eq!(CharacterSets::declared(term).decode(bytes), text);
        }
    }

    #[test]
    fn a_wrong_declaration_does_not_hide_a_reading() {
        let ascii = CharacterSets::default();
        assert!(readings(&ascii, "Müller".as_bytes()).contains(&"Müller".to_owned()));
        assert!(readings(&ascii, b"\x8eR\x93c").contains(&"山田".to_owned()));
        assert!(readings(&ascii, b"D\0O\0E\0").contains(&"DOE".to_owned()));
        assert!(readings(&ascii, b"\0\0D\0O\0E").iter().any(|text| text.contains("DOE")));
        assert!(readings(&ascii, b"\x1b$B;3ED").contains(&"山田".to_owned()));
        assert_eq!(readings(&ascii, b"plain ").len(), 1);
    }
}
