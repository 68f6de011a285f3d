//! The text that a PDF shows (ISO 32000-1, 9.4), as far as its strings are written in letters: fonts
//! with a code of their own are not read.

/// Longest text object that is put together, in bytes.
const LONGEST: usize = 1 << 20;

/// Whether some bytes are a PDF: readers look for its mark in the first KiB.
pub(crate) fn is_pdf(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(1024)).unwrap_or_default();
    head.windows(5).any(|window| window == b"%PDF-")
}

/// The strings that each text object shows, one behind the other: without anything between them, as
/// where each letter stands by itself, and with a blank where the position moves.
pub(crate) fn texts(content: &[u8]) -> Vec<Vec<u8>> {
    let mut texts = Vec::new();
    let (mut close, mut wide) = (Vec::new(), Vec::new());
    let mut at = 0;
    while let Some(&byte) = content.get(at) {
        let rest = content.get(at + 1..).unwrap_or_default();
        let (string, used) = match byte {
            b'(' => literal(rest),
            b'<' if rest.first() != Some(&b'<') => hexadecimal(rest),
            b'<' => (None, 1),
            // Operators that end a text, or move to another place.
            b'T' | b'\'' | b'"' | b'E' => {
                let ends = rest.starts_with(b"T") && byte == b'E';
                let moves =
                    byte != b'E' && !matches!(rest.first(), Some(b'j' | b'J' | b'f' | b'c' | b'w'));
                if moves && !wide.is_empty() && !wide.ends_with(b" ") {
                    wide.push(b' ');
                }
                if ends || wide.len() > LONGEST {
                    flush(&mut close, &mut wide, &mut texts);
                }
                (None, 0)
            }
            // In an array, what moves a glyph by a fifth of its size is a blank.
            b'-' => {
                let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
                if digits >= 3 && rest.first().is_some_and(|digit| *digit >= b'2') {
                    wide.push(b' ');
                }
                (None, digits)
            }
            _ => (None, 0),
        };
        if let Some(string) = string {
            close.extend(&string);
            wide.extend(string);
        }
        at += 1 + used;
    }
    flush(&mut close, &mut wide, &mut texts);
    texts
}

fn flush(close: &mut Vec<u8>, wide: &mut Vec<u8>, texts: &mut Vec<Vec<u8>>) {
    let (close, wide) = (std::mem::take(close), std::mem::take(wide));
    if close.is_empty() {
        return;
    }
    if wide.trim_ascii() != close {
        texts.push(wide.trim_ascii().to_vec());
    }
    texts.push(close);
}

/// A literal string behind its bracket, and the bytes that it takes (7.3.4.2).
fn literal(rest: &[u8]) -> (Option<Vec<u8>>, usize) {
    let mut text = Vec::new();
    let (mut depth, mut at) = (1_usize, 0);
    while let Some(&byte) = rest.get(at) {
        at += 1;
        match byte {
            b'(' => depth += 1,
            b')' if depth == 1 => return (Some(unmarked(text)), at),
            b')' => depth -= 1,
            b'\\' => {
                let (letter, used) = escaped(rest.get(at..).unwrap_or_default());
                text.extend(letter);
                at += used;
                continue;
            }
            _ => {}
        }
        text.push(byte);
        if text.len() > LONGEST {
            break;
        }
    }
    // Without an end it was no string.
    (None, 0)
}

/// What stands behind a backslash, and the bytes that it takes.
fn escaped(rest: &[u8]) -> (Option<u8>, usize) {
    let octal = rest.iter().take(3).take_while(|digit| matches!(digit, b'0'..=b'7')).count();
    if octal > 0 {
        let digits = rest.get(..octal).unwrap_or_default();
        let code = digits.iter().fold(0_u32, |code, digit| code * 8 + u32::from(digit - b'0'));
        return (Some((code & 0xFF) as u8), octal);
    }
    match rest {
        [b'n', ..] => (Some(b'\n'), 1),
        [b'r' | b't' | b'b' | b'f', ..] => (Some(b' '), 1),
        [b'\r', b'\n', ..] => (None, 2),
        [b'\r' | b'\n', ..] => (None, 1),
        [letter, ..] => (Some(*letter), 1),
        [] => (None, 0),
    }
}

/// A string of hexadecimal digits behind its bracket (7.3.4.3).
fn hexadecimal(rest: &[u8]) -> (Option<Vec<u8>>, usize) {
    let Some(end) = rest.iter().take(LONGEST).position(|byte| *byte == b'>') else {
        return (None, 0);
    };
    let digits = rest.get(..end).unwrap_or_default();
    let mut digits: Vec<u8> = digits.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
    if digits.len() % 2 == 1 {
        digits.push(b'0');
    }
    match hex::decode(digits) {
        Ok(text) => (Some(unmarked(text)), end + 1),
        Err(_no_digits) => (None, 0),
    }
}

/// A string in UTF-16 says so at its beginning (7.9.2.2).
fn unmarked(text: Vec<u8>) -> Vec<u8> {
    match text.strip_prefix(&[0xFE, 0xFF]) {
        Some(wide) => {
            let units = wide.chunks_exact(2).map(|unit| u16::from_be_bytes([unit[0], unit[1]]));
            char::decode_utf16(units)
                .map(|unit| unit.unwrap_or('\u{FFFD}'))
                .collect::<String>()
                .into()
        }
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shows(content: &str, wanted: &str) -> bool {
        texts(content.as_bytes()).iter().any(|text| text == wanted.as_bytes())
    }

    #[test]
    fn strings_are_put_together() {
        for content in [
            "BT /F1 12 Tf (Doe Jane) Tj ET",
            "BT [(D) 20 (oe) -250 (Jane)] TJ ET",
            "BT (Doe) Tj 40 0 Td (Jane) Tj ET",
            "BT <446F65204A616E65> Tj ET",
            "BT <44 6F 65 20 4A 61 6E 65> Tj ET",
            "BT <FEFF0044006F00650020004A0061006E0065> Tj ET",
            r"BT (\104\157e\040Ja\
ne) Tj ET",
        ] {
            assert!(shows(content, "Doe Jane"), "{content}");
        }
        assert!(shows("BT (D) Tj 5 0 Td (o) Tj 5 0 Td (e) Tj ET", "Doe"));
        assert!(shows("BT (Doe (Jane) \\) x) Tj ET", "Doe (Jane) ) x"));
        assert!(shows("<< /Title (Doe Jane) >>", "Doe Jane"));
        assert!(shows("BT (one) Tj ET BT (two) Tj ET", "two"));
    }

    #[test]
    fn what_is_broken_ends() {
        for content in ["(", "((((", "<", "<4", "(\\", "BT [(a", "<zz>", "(a)\\"] {
            texts(content.as_bytes());
        }
        assert!(is_pdf(b"junk %PDF-1.7") && !is_pdf(b"PDF"));
    }
}
