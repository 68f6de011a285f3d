//! Base64 (RFC 4648, both alphabets, padded or not) and hexadecimal digits.

/// Shortest token that is decoded, in characters: six bytes in base64.
const SHORTEST: usize = 8;
/// Decoded bytes from which on what is no text is looked through, too: a picture, an archive.
const LONG: usize = 32;

/// What the tokens of a text decode to: text, or many bytes. A line of digits that was broken into
/// lines is one token.
pub(crate) fn encoded(text: &str) -> Vec<Vec<u8>> {
    let is_digit = |letter: char| letter.is_ascii_alphanumeric() || "+/=-_".contains(letter);
    let is_broken_digit = |letter: char| is_digit(letter) || matches!(letter, '\r' | '\n');
    if !text.split(|letter| !is_broken_digit(letter)).any(|token| token.len() >= SHORTEST) {
        return Vec::new();
    }
    let unbroken: String = text.chars().filter(|letter| !matches!(letter, '\r' | '\n')).collect();
    let mut found = Vec::new();
    let broken = (unbroken.len() != text.len()).then_some(unbroken.as_str());
    for text in [Some(text), broken].into_iter().flatten() {
        for token in text.split(|letter| !is_digit(letter)) {
            token_readings(token, &mut found);
            // A digit of one alphabet may be a mark between words, too.
            if token.contains(['=', '-', '_', '/', '+']) {
                let parts = token.split(['=', '-', '_', '/', '+']);
                parts.for_each(|part| token_readings(part, &mut found));
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

fn token_readings(token: &str, found: &mut Vec<Vec<u8>>) {
    if token.len() < SHORTEST {
        return;
    }
    let readings = [hex::decode(token).ok(), from_base64(token)];
    found.extend(readings.into_iter().flatten().filter(|bytes| is_worth_a_look(bytes)));
}

/// Words decode to noise; noise of a few bytes is never UTF-8 without a control character, or
/// nearly never.
fn is_worth_a_look(bytes: &[u8]) -> bool {
    let is_control = |letter: char| letter.is_control() && !letter.is_whitespace();
    let text = std::str::from_utf8(bytes).is_ok_and(|text| !text.chars().any(is_control));
    let wide = bytes.len() >= SHORTEST
        && bytes.iter().filter(|byte| **byte == 0).count() * 2 >= bytes.len();
    text || wide || bytes.len() >= LONG
}

fn from_base64(token: &str) -> Option<Vec<u8>> {
    let digits = token.trim_end_matches('=');
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for digit in digits.bytes() {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0xFFFF;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xFF) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gives(text: &str, plain: &[u8]) -> bool {
        encoded(text).iter().any(|bytes| bytes == plain)
    }

    #[test]
    fn both_alphabets_and_hexadecimal_digits_are_decoded() {
        for text in ["see Wndldc2NoZ2U=", "Wndldc2NoZ2U", "id=Wndldc2NoZ2U="] {
            assert!(!gives(text, b"Zwetschge"), "{text} is no base64 of it");
        }
        for text in [
            "WndldHNjaGdl",
            "see WndldHNjaGdl.",
            "id=WndldHNjaGdl",
            "patient/WndldHNjaGdl",
            "WndldH\r\nNjaGdl",
            "5A77657473636867 65"[..16].into(),
            "5a776574736368676500"[..18].into(),
        ] {
            let plain: &[u8] = if text.len() == 16 { b"Zwetschg" } else { b"Zwetschge" };
            assert!(gives(text, plain), "{text}");
        }
        // Two bytes a letter.
        assert!(gives("WgB3AGUAdABzAGMAaABnAGUA", b"Z\0w\0e\0t\0s\0c\0h\0g\0e\0"));
    }

    #[test]
    fn words_and_numbers_are_no_code() {
        for text in ["Abdomen^Routine", "THORAX AP 20240115", "1.2.840.10008.5.1.4.1.1.2"] {
            assert!(encoded(text).is_empty(), "{text}: {:?}", encoded(text));
        }
    }
}
