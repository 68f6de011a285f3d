//! Character sets (PS3.3 C.12.1.1.2, PS3.5 6.1): decoding for matching and display, encoding for
//! what is written.
//!
//! dicom-rs leaves ISO 2022 escapes undecoded without an error, so that names in Japanese or
//! Korean would silently match nothing; this decoder follows them. What does not decode is said.

use encoding_rs::{
    EUC_JP, EUC_KR, Encoding, GB18030, GBK, ISO_8859_2, ISO_8859_3, ISO_8859_4, ISO_8859_5,
    ISO_8859_6, ISO_8859_7, ISO_8859_8, ISO_8859_15, SHIFT_JIS, UTF_8, WINDOWS_874, WINDOWS_1252,
    WINDOWS_1254,
};

use crate::dicom::{NodeId, Scan};
use crate::model::{Tag, VR};

const CHARACTER_SET: Tag = Tag(0x0008, 0x0005);
const ESCAPE: u8 = 0x1B;
/// Longest text value that is read, in bytes.
const LONGEST_TEXT: u64 = 1 << 20;

/// A decoded text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The text; what did not decode is U+FFFD.
    pub text: String,
    /// Whether all bytes decoded.
    pub clean: bool,
}

/// One code table.
#[derive(Clone, Copy, PartialEq)]
enum Table {
    /// ISO 646 / ASCII only.
    Ascii,
    /// ISO 8859-1, where encoding_rs would give windows-1252.
    Latin1,
    /// JIS X 0201: katakana in the upper half.
    Katakana,
    /// A table of encoding_rs.
    Other(&'static Encoding),
    /// Two bytes each with the high bit clear: JIS X 0208 (and 0212 with `true`).
    Jis(bool),
    /// KS X 1001 or GB 2312 in the upper half.
    Upper(&'static Encoding),
}

/// The character sets of a dataset, as (0008,0005) declares them.
#[derive(Clone)]
pub struct CharacterSets {
    initial: Table,
    /// Whether escapes may switch tables.
    escapes: bool,
    known: bool,
}

impl CharacterSets {
    /// Reads the value of Specific Character Set; an absent one is the empty string.
    pub fn from_declared(value: &str) -> Self {
        let terms: Vec<&str> =
            value.split('\\').map(|term| term.trim_matches([' ', '\0'])).collect();
        let first = terms.first().copied().unwrap_or_default();
        let initial = table_of(first);
        Self {
            initial: initial.unwrap_or(Table::Ascii),
            escapes: terms.len() > 1 || first.starts_with("ISO 2022"),
            known: initial.is_some(),
        }
    }

    /// Whether the first term is one of the standard.
    pub const fn is_known(&self) -> bool {
        self.known
    }

    /// Decodes a value. VRs outside the character sets (PS3.5 6.1.2.3) are decoded the same way:
    /// what stands there against the rules is text all the same.
    pub fn decode(&self, bytes: &[u8]) -> Decoded {
        if bytes.is_ascii() && !bytes.contains(&ESCAPE) {
            let text = bytes.iter().map(|&byte| char::from(byte)).collect();
            return Decoded { text, clean: true };
        }
        let mut decoded = Decoded { text: String::with_capacity(bytes.len()), clean: self.known };
        let mut tables = Tables { low: Table::Ascii, high: self.initial };
        let mut rest = bytes;
        while !rest.is_empty() {
            let stop = rest.iter().position(|&byte| byte == ESCAPE).filter(|_| self.escapes);
            let (run, after) = rest.split_at(stop.unwrap_or(rest.len()));
            tables = self.run(run, tables, &mut decoded);
            let Some(sequence) = after.get(1..) else { break };
            let (switched, used) = tables.switched(sequence);
            decoded.clean &= switched.is_some();
            tables = switched.unwrap_or(tables);
            rest = sequence.get(used..).unwrap_or_default();
        }
        decoded
    }

    /// Decodes bytes between escapes. Delimiters reset the tables (PS3.5 6.1.2.5.3).
    fn run(&self, bytes: &[u8], mut tables: Tables, decoded: &mut Decoded) -> Tables {
        let mut start = 0;
        if self.escapes {
            let mut at = 0;
            while let Some(&byte) = bytes.get(at) {
                let in_pair = matches!(tables.low, Table::Jis(_)) && byte > 0x20;
                if !in_pair
                    && byte < 0x80
                    && matches!(byte, b'\\' | b'^' | b'=' | b'\r' | b'\n' | b'\t' | 0x0C)
                {
                    tables.decode(&bytes[start..at], decoded);
                    decoded.text.push(char::from(byte));
                    tables = Tables { low: Table::Ascii, high: self.initial };
                    start = at + 1;
                }
                at += if in_pair { 2 } else { 1 };
            }
        }
        tables.decode(bytes.get(start..).unwrap_or_default(), decoded);
        tables
    }

    /// Encodes text; `None` when the first character set cannot hold it. Escapes are not written:
    /// ASCII, and what the initial table has.
    pub fn encode(&self, text: &str) -> Option<Vec<u8>> {
        if text.is_ascii() {
            return Some(text.as_bytes().to_vec());
        }
        match self.initial {
            Table::Latin1 => {
                text.chars().map(|letter| u8::try_from(u32::from(letter)).ok()).collect()
            }
            Table::Other(encoding) => {
                let (bytes, _, lossy) = encoding.encode(text);
                (!lossy).then(|| bytes.into_owned())
            }
            _ => None,
        }
    }
}

fn table_of(term: &str) -> Option<Table> {
    Some(match term {
        "" | "ISO_IR 6" | "ISO 2022 IR 6" => Table::Ascii,
        "ISO_IR 100" | "ISO 2022 IR 100" => Table::Latin1,
        "ISO_IR 101" | "ISO 2022 IR 101" => Table::Other(ISO_8859_2),
        "ISO_IR 109" | "ISO 2022 IR 109" => Table::Other(ISO_8859_3),
        "ISO_IR 110" | "ISO 2022 IR 110" => Table::Other(ISO_8859_4),
        "ISO_IR 144" | "ISO 2022 IR 144" => Table::Other(ISO_8859_5),
        "ISO_IR 127" | "ISO 2022 IR 127" => Table::Other(ISO_8859_6),
        "ISO_IR 126" | "ISO 2022 IR 126" => Table::Other(ISO_8859_7),
        "ISO_IR 138" | "ISO 2022 IR 138" => Table::Other(ISO_8859_8),
        "ISO_IR 148" | "ISO 2022 IR 148" => Table::Other(WINDOWS_1254),
        "ISO_IR 203" | "ISO 2022 IR 203" => Table::Other(ISO_8859_15),
        "ISO_IR 166" | "ISO 2022 IR 166" => Table::Other(WINDOWS_874),
        "ISO_IR 13" | "ISO 2022 IR 13" => Table::Katakana,
        "ISO_IR 192" => Table::Other(UTF_8),
        "GB18030" => Table::Other(GB18030),
        "GBK" => Table::Other(GBK),
        // Multi-byte sets have no place as the first term, but stand there in the wild.
        "ISO 2022 IR 87" | "ISO 2022 IR 159" | "ISO 2022 IR 149" | "ISO 2022 IR 58" => Table::Ascii,
        _ => return None,
    })
}

/// The tables in force for bytes below and above 0x80.
#[derive(Clone, Copy)]
struct Tables {
    low: Table,
    high: Table,
}

impl Tables {
    /// The tables after an escape sequence, and how many bytes it has behind the escape.
    fn switched(self, sequence: &[u8]) -> (Option<Self>, usize) {
        let high = |table, used| (Some(Self { high: table, ..self }), used);
        let low = |table, used| (Some(Self { low: table, ..self }), used);
        match sequence {
            [b'(', b'B', ..] => low(Table::Ascii, 2),
            [b'(', b'J', ..] => low(Table::Ascii, 2),
            [b')', b'I', ..] => high(Table::Katakana, 2),
            [b'$', b'B', ..] => low(Table::Jis(false), 2),
            [b'$', b'(', b'D', ..] => low(Table::Jis(true), 3),
            [b'$', b')', b'C', ..] => high(Table::Upper(EUC_KR), 3),
            [b'$', b')', b'A', ..] => high(Table::Upper(GBK), 3),
            [b'-', final_byte, ..] => match final_byte {
                b'A' => high(Table::Latin1, 2),
                b'B' => high(Table::Other(ISO_8859_2), 2),
                b'C' => high(Table::Other(ISO_8859_3), 2),
                b'D' => high(Table::Other(ISO_8859_4), 2),
                b'L' => high(Table::Other(ISO_8859_5), 2),
                b'G' => high(Table::Other(ISO_8859_6), 2),
                b'F' => high(Table::Other(ISO_8859_7), 2),
                b'H' => high(Table::Other(ISO_8859_8), 2),
                b'M' => high(Table::Other(WINDOWS_1254), 2),
                b'T' => high(Table::Other(WINDOWS_874), 2),
                b'b' => high(Table::Other(ISO_8859_15), 2),
                _ => (None, 2),
            },
            _ => (None, 0),
        }
    }

    fn decode(self, bytes: &[u8], decoded: &mut Decoded) {
        if let Table::Jis(supplement) = self.low {
            return decode_jis(bytes, supplement, decoded);
        }
        match self.high {
            Table::Ascii => bytes.iter().for_each(|&byte| match byte {
                0..=0x7F => decoded.text.push(char::from(byte)),
                _ => decoded.fail(),
            }),
            Table::Latin1 => decoded.text.extend(bytes.iter().map(|&byte| char::from(byte))),
            Table::Katakana => decoded.via(SHIFT_JIS, bytes),
            Table::Other(encoding) | Table::Upper(encoding) => decoded.via(encoding, bytes),
            Table::Jis(_) => decoded.fail(),
        }
    }
}

impl Decoded {
    fn fail(&mut self) {
        self.text.push('\u{FFFD}');
        self.clean = false;
    }

    fn via(&mut self, encoding: &'static Encoding, bytes: &[u8]) {
        let (text, faulty) = encoding.decode_without_bom_handling(bytes);
        self.text.push_str(&text);
        self.clean &= !faulty;
    }
}

/// JIS X 0208 and 0212 are EUC-JP with the high bits set (0212 behind 0x8F).
fn decode_jis(bytes: &[u8], supplement: bool, decoded: &mut Decoded) {
    let mut euc = Vec::with_capacity(bytes.len() * 2);
    for pair in bytes.chunks(2) {
        match pair {
            [a @ 0x21..=0x7E, b @ 0x21..=0x7E] => {
                euc.extend(supplement.then_some(0x8F));
                euc.extend([a | 0x80, b | 0x80]);
            }
            other => euc.extend(other.iter().map(|byte| byte & 0x7F)),
        }
    }
    decoded.via(EUC_JP, &euc);
}

/// The character sets in force for a node: those of the nearest item that declares any, or of the
/// dataset.
///
/// # Errors
/// Those of reading.
pub fn charset_of(scan: &Scan, id: NodeId) -> std::io::Result<CharacterSets> {
    let mut at = scan.node(id).parent;
    loop {
        if let Some(declared) = scan.find_in(at, CHARACTER_SET) {
            let bytes = scan.value(declared, 1024)?;
            return Ok(CharacterSets::from_declared(&String::from_utf8_lossy(&bytes)));
        }
        match at {
            None => return Ok(CharacterSets::from_declared("")),
            Some(id) => at = scan.node(id).parent,
        }
    }
}

/// Decodes the text of an element, padding cut; beyond a mebibyte the rest is left out and the
/// text is not clean.
///
/// # Errors
/// Those of reading.
pub fn text_value(scan: &Scan, id: NodeId) -> std::io::Result<Decoded> {
    let bytes = scan.value(id, LONGEST_TEXT)?;
    let range = &scan.node(id).value;
    let mut decoded = match bytes.is_ascii() && !bytes.contains(&ESCAPE) {
        true => CharacterSets::from_declared("").decode(&bytes),
        false => charset_of(scan, id)?.decode(&bytes),
    };
    let length = decoded.text.trim_end_matches([' ', '\0']).len();
    decoded.text.truncate(length);
    decoded.clean &= range.end - range.start <= LONGEST_TEXT;
    Ok(decoded)
}

/// Whether a VR holds text in the dataset's character sets (PS3.5 6.1.2.3).
pub const fn is_in_character_sets(vr: VR) -> bool {
    matches!(vr, VR::LO | VR::LT | VR::PN | VR::SH | VR::ST | VR::UC | VR::UT)
}

/// A safe default table for bytes of which nothing is declared: every byte is a letter.
pub fn decode_latin(bytes: &[u8]) -> String {
    WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(declared: &str, bytes: &[u8]) -> String {
        let decoded = CharacterSets::from_declared(declared).decode(bytes);
        assert!(decoded.clean, "{declared}: {}", decoded.text);
        decoded.text
    }

    /// The names of PS3.5 Annexes H to K, as bytes.
    #[test]
    fn the_standards_examples_decode() {
        let kanji =
            b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B";
        assert_eq!(decode("\\ISO 2022 IR 87", kanji), "Yamada^Tarou=山田^太郎=やまだ^たろう");
        let katakana = b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J";
        assert_eq!(decode("ISO 2022 IR 13\\ISO 2022 IR 87", katakana), "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎");
        let hangul = b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf";
        assert_eq!(decode("\\ISO 2022 IR 149", hangul), "Hong^Gildong=洪^吉洞=홍^길동");
        let chinese = b"Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab=";
        assert_eq!(decode("GB18030", chinese), "Wang^XiaoDong=王^小东=");
        assert_eq!(
            decode("ISO_IR 192", "Wang^XiaoDong=王^小東=".as_bytes()),
            "Wang^XiaoDong=王^小東="
        );
        assert_eq!(decode("ISO_IR 100", b"Buc^J\xe9r\xf4me"), "Buc^Jérôme");
        assert_eq!(decode("ISO_IR 144", b"\xbb\xee\xdace\xdc\xd1yp\xd3"), "Люкceмбypг");
        assert_eq!(decode("ISO_IR 126", b"\xc4\xe9\xef\xed\xf5\xf3\xe9\xef\xf2"), "Διονυσιος");
    }

    #[test]
    fn what_does_not_decode_is_said() {
        for (declared, bytes) in [
            ("", &b"J\xe9r"[..]),
            ("ISO_IR 192", b"J\xe9r"),
            ("ISO_IR 999", b"\xe9"),
            ("ISO 2022 IR 6", b"\x1b(Zx"),
        ] {
            assert!(!CharacterSets::from_declared(declared).decode(bytes).clean, "{declared}");
        }
    }

    #[test]
    fn a_backslash_inside_two_bytes_is_no_delimiter() {
        // U+4E57 is 0x81 0x5C in GB18030.
        let text = decode("GB18030", b"a\x81\x5cb");
        assert_eq!(text.split('\\').count(), 1);
    }

    #[test]
    fn encoding_gives_back_what_it_can() {
        assert_eq!(
            CharacterSets::from_declared("ISO_IR 100").encode("é").as_deref(),
            Some(&[0xE9][..])
        );
        assert_eq!(
            CharacterSets::from_declared("ISO_IR 192").encode("é").as_deref(),
            Some("é".as_bytes())
        );
        assert_eq!(CharacterSets::from_declared("").encode("é"), None);
        assert_eq!(CharacterSets::from_declared("ISO_IR 100").encode("山"), None);
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(0u8.., 0..60), which in 0usize..6) {
            let declared = ["", "\\ISO 2022 IR 87", "ISO_IR 13", "\\ISO 2022 IR 149", "GB18030", "x"][which];
            let _ = CharacterSets::from_declared(declared).decode(&bytes);
        }
    }
}
