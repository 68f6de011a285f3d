//! Text that stands in a text as base64 or as hexadecimal digits.

use std::ops::Range;

/// Shortest token that is decoded, in characters.
pub(super) const SHORTEST: usize = 8;

/// Each token that decodes to printable text, with that text.
pub(super) fn decoded(text: &str) -> impl Iterator<Item = (Range<usize>, String)> + '_ {
    let is_sign = |letter: char| letter.is_ascii_alphanumeric() || "+/=-_".contains(letter);
    let mut at = 0;
    text.split(move |letter: char| !is_sign(letter)).flat_map(move |token| {
        let range = at..at + token.len();
        at = range.end + text[range.end..].chars().next().map_or(0, char::len_utf8);
        let long = token.len() >= SHORTEST;
        let plain = [from_hex, from_base64].map(|decode| long.then(|| decode(token)).flatten());
        plain.into_iter().flatten().filter_map(readable).map(move |text| (range.clone(), text))
    })
}

fn readable(bytes: Vec<u8>) -> Option<String> {
    let text = String::from_utf8(bytes).ok()?;
    let is_text = !text.is_empty() && !text.chars().any(|letter| letter.is_control());
    is_text.then_some(text)
}

fn from_hex(token: &str) -> Option<Vec<u8>> {
    hex::decode(token).ok()
}

/// Base64 of either alphabet, padded or not (RFC 4648).
fn from_base64(token: &str) -> Option<Vec<u8>> {
    let digits = token.trim_end_matches('=').bytes();
    let (mut bytes, mut bits, mut filled) = (Vec::new(), 0_u32, 0);
    for digit in digits {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        filled += 6;
        if filled >= 8 {
            filled -= 8;
            bytes.push((bits >> filled) as u8);
            bits &= (1 << filled) - 1;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_decoded_where_they_give_text() {
        for (text, plain) in [
            ("x Sm9obiBTbWl0aA== y", "John Smith"),
            ("x Sm9obiBTbWl0aA y", "John Smith"),
            ("4A6F686E20536D697468", "John Smith"),
        ] {
            assert!(decoded(text).any(|(_, found)| found == plain), "{text}");
        }
        let (range, _) = decoded("x Sm9obiBTbWl0aA== y").next().unwrap();
        assert_eq!(range, 2..18);
        assert_eq!(decoded("20230405 AP 1.2.840.10008").count(), 0);
    }
}
