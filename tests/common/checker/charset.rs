//! Bytes as all the texts that they may be.

use encoding_rs::{EUC_JP, EUC_KR, Encoding, GBK, ISO_8859_2, ISO_8859_3, ISO_8859_4, ISO_8859_5};
use encoding_rs::{GB18030, ISO_8859_6, ISO_8859_7, ISO_8859_8, ISO_8859_15, SHIFT_JIS, UTF_8};
use encoding_rs::{WINDOWS_874, WINDOWS_1252, WINDOWS_1254};

/// The encoding of a defined term, with or without code extensions.
fn encoding(term: &str) -> Option<&'static Encoding> {
    let number = term.rsplit(' ').next().unwrap_or_default();
    Some(match (term, number) {
        ("GB18030" | "GBK", _) => GB18030,
        (_, "100") => WINDOWS_1252,
        (_, "101") => ISO_8859_2,
        (_, "109") => ISO_8859_3,
        (_, "110") => ISO_8859_4,
        (_, "144") => ISO_8859_5,
        (_, "127") => ISO_8859_6,
        (_, "126") => ISO_8859_7,
        (_, "138") => ISO_8859_8,
        (_, "148") => WINDOWS_1254,
        (_, "166") => WINDOWS_874,
        (_, "203") => ISO_8859_15,
        (_, "13") => SHIFT_JIS,
        (_, "192") => UTF_8,
        _ => return None,
    })
}

/// What an escape sequence calls in: how the bytes after it are read.
#[derive(Clone, Copy)]
enum Page {
    /// One encoding for all bytes.
    Plain(&'static Encoding),
    /// Pairs of seven bits: JIS X 0208.
    Jis,
    /// Pairs of seven bits: JIS X 0212.
    JisSupplement,
}

/// Longest first, where one is the beginning of another.
const ESCAPES: [(&[u8], Page); 19] = [
    (b"\x1b$(D", Page::JisSupplement),
    (b"\x1b$)C", Page::Plain(EUC_KR)),
    (b"\x1b$)A", Page::Plain(GBK)),
    (b"\x1b$B", Page::Jis),
    (b"\x1b$@", Page::Jis),
    (b"\x1b(B", Page::Plain(WINDOWS_1252)),
    (b"\x1b(J", Page::Plain(SHIFT_JIS)),
    (b"\x1b)I", Page::Plain(SHIFT_JIS)),
    (b"\x1b-A", Page::Plain(WINDOWS_1252)),
    (b"\x1b-B", Page::Plain(ISO_8859_2)),
    (b"\x1b-C", Page::Plain(ISO_8859_3)),
    (b"\x1b-D", Page::Plain(ISO_8859_4)),
    (b"\x1b-L", Page::Plain(ISO_8859_5)),
    (b"\x1b-G", Page::Plain(ISO_8859_6)),
    (b"\x1b-F", Page::Plain(ISO_8859_7)),
    (b"\x1b-H", Page::Plain(ISO_8859_8)),
    (b"\x1b-M", Page::Plain(WINDOWS_1254)),
    (b"\x1b-T", Page::Plain(WINDOWS_874)),
    (b"\x1b-b", Page::Plain(ISO_8859_15)),
];

impl Page {
    fn decode(self, bytes: &[u8]) -> String {
        match self {
            Self::Plain(encoding) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
            Self::Jis => pairs(bytes, &[]),
            Self::JisSupplement => pairs(bytes, &[0x8F]),
        }
    }
}

/// Reads pairs of seven bits by way of EUC-JP, which has them with the eighth bit set.
fn pairs(bytes: &[u8], before: &[u8]) -> String {
    let mut moved = Vec::new();
    for pair in bytes.chunks(2) {
        // Delimiters and blanks stand as they are.
        if pair.iter().all(|byte| (0x21..0x7F).contains(byte)) && pair.len() == 2 {
            moved.extend_from_slice(before);
            moved.extend(pair.iter().map(|byte| byte | 0x80));
        } else {
            moved.extend_from_slice(pair);
        }
    }
    EUC_JP.decode_without_bom_handling(&moved).0.into_owned()
}

/// Decodes with code extensions, starting in `first`.
fn extended(bytes: &[u8], first: Page) -> String {
    let mut out = String::new();
    let (mut page, mut start, mut at) = (first, 0, 0);
    while at < bytes.len() {
        let escape = ESCAPES.iter().find(|(escape, _)| bytes[at..].starts_with(escape));
        if let Some((escape, next)) = escape {
            out += &page.decode(&bytes[start..at]);
            page = *next;
            at += escape.len();
            start = at;
        } else {
            at += 1;
        }
    }
    out + &page.decode(&bytes[start..])
}

/// All the texts that bytes of a text-bearing value may be: as declared, with code extensions
/// whatever was declared, as UTF-8 and as Latin-1.
pub fn readings(bytes: &[u8], declared: &[String]) -> Vec<String> {
    let first = declared.iter().find_map(|term| encoding(term)).unwrap_or(WINDOWS_1252);
    let mut texts = vec![
        first.decode_without_bom_handling(bytes).0.into_owned(),
        extended(bytes, Page::Plain(first)),
        String::from_utf8_lossy(bytes).into_owned(),
        bytes.iter().map(|byte| char::from(*byte)).collect(),
    ];
    for encoding in [EUC_KR, GB18030, SHIFT_JIS] {
        if declared.iter().any(|term| term.contains("149") || term.contains("58"))
            || bytes.contains(&0x1B)
        {
            texts.push(encoding.decode_without_bom_handling(bytes).0.into_owned());
        }
    }
    texts.dedup();
    texts
}

/// The runs of opaque bytes that look like text: in one byte a letter, UTF-8, and UTF-16 either
/// way round.
pub fn runs(bytes: &[u8], least: usize) -> Vec<String> {
    let mut found = Vec::new();
    let printable = |byte: u8| byte == b'\t' || byte >= 0x20 && byte != 0x7F;
    for run in bytes.split(|byte| !printable(*byte)).filter(|run| run.len() >= least) {
        found.push(run.iter().map(|byte| char::from(*byte)).collect());
        found.push(String::from_utf8_lossy(run).into_owned());
    }
    for (shift, big) in [(0, false), (1, false), (0, true), (1, true)] {
        let units = bytes.get(shift..).unwrap_or_default().chunks_exact(2).map(|pair| {
            if big {
                u16::from_be_bytes([pair[0], pair[1]])
            } else {
                u16::from_le_bytes([pair[0], pair[1]])
            }
        });
        let units: Vec<u16> = units.collect();
        let wide = |unit: &u16| !(0x20..0x2FFF).contains(unit);
        for run in units.split(wide).filter(|run| run.len() >= least) {
            found.push(String::from_utf16_lossy(run));
        }
    }
    found
}

/// What stands in the base64 and hexadecimal words of a text, as text.
pub fn unwrapped(text: &str) -> Vec<String> {
    let is_sign = |glyph: char| glyph.is_ascii_alphanumeric() || "+/-_".contains(glyph);
    let words = text.split(|glyph: char| !is_sign(glyph)).filter(|word| word.len() >= 8);
    let bytes = words.flat_map(|word| [base64(word), hex::decode(word).unwrap_or_default()]);
    let bytes = bytes.filter(|bytes| bytes.len() >= 4);
    bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect()
}

fn base64(word: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for glyph in word.bytes() {
        let six = match glyph {
            b'A'..=b'Z' => glyph - b'A',
            b'a'..=b'z' => glyph - b'a' + 26,
            b'0'..=b'9' => glyph - b'0' + 52,
            b'+' | b'-' => 62,
            _ => 63,
        };
        bits = bits << 6 | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    out
}
