//! Runs of bytes that look like text, inside values that are not declared as text.

/// Shortest run of printable bytes that counts.
pub(crate) const SHORTEST: usize = 8;
/// Shortest run between NULs: a C string in a structure.
const SHORTEST_BETWEEN_NULS: usize = 4;
/// A run this long is text, however large the value around it.
pub(crate) const SURELY_TEXT: usize = 32;

/// One run, in the bytes as they stand or already decoded from UTF-16.
pub(crate) enum Run<'a> {
    /// Bytes of a single- or multi-byte character set.
    Bytes(&'a [u8]),
    /// Text that was written with two bytes a character.
    Wide(String),
    /// More high bytes than ASCII: text of a language that is not written in Latin letters, or none.
    High(&'a [u8]),
}

const fn is_printable(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7E | 0x80..=0xFF | b'\t' | b'\n' | b'\r' | 0x1B)
}

/// All runs of `bytes`.
///
/// A run with more than half of high bytes, which is no UTF-8, has none of the shape of text: it is told
/// apart, as it is text only in the character set of its dataset.
pub(crate) fn find(bytes: &[u8]) -> Vec<Run<'_>> {
    let mut found = Vec::new();
    let mut start = 0;
    while start < bytes.len() {
        let rest = bytes.get(start..).unwrap_or_default();
        let length = rest.iter().position(|byte| !is_printable(*byte)).unwrap_or(rest.len());
        let run = rest.get(..length).unwrap_or_default();
        let before = start.checked_sub(1).and_then(|at| bytes.get(at));
        let between_nuls =
            before.is_none_or(|byte| *byte == 0) && rest.get(length).is_none_or(|byte| *byte == 0);
        let long = length >= SHORTEST || (between_nuls && length >= SHORTEST_BETWEEN_NULS);
        if long {
            found.push(if has_shape(run) { Run::Bytes(run) } else { Run::High(run) });
        }
        start += length + 1;
    }
    wide(bytes, &mut found);
    found
}

fn has_shape(run: &[u8]) -> bool {
    let high = run.iter().filter(|byte| **byte > 0x7E).count();
    high * 2 <= run.len() || std::str::from_utf8(run).is_ok()
}

/// Text with a zero byte beside each letter (ASCII as UTF-16 of either byte order), from four
/// characters on.
fn wide(bytes: &[u8], found: &mut Vec<Run<'_>>) {
    let mut text = Vec::new();
    let mut zero_is_next = false;
    for &byte in bytes {
        if zero_is_next && byte == 0 {
            zero_is_next = false;
            continue;
        }
        let printable = is_printable(byte) && byte != 0x1B;
        if !text.is_empty() && (zero_is_next || !printable) {
            flush(&mut text, found);
        }
        if printable {
            text.push(byte);
        }
        zero_is_next = printable;
    }
    flush(&mut text, found);
}

fn flush(text: &mut Vec<u8>, found: &mut Vec<Run<'_>>) {
    if text.len() >= SHORTEST_BETWEEN_NULS {
        found.push(Run::Wide(text.iter().map(|byte| char::from(*byte)).collect()));
    }
    text.clear();
}

/// Runs of the ASCII characters that identifiers are written with, for samples, where any byte is
/// as likely as a letter: from eight bytes on, and the same with a zero beside each byte.
pub(crate) fn find_ascii(bytes: &[u8]) -> Vec<Run<'_>> {
    let mut found: Vec<Run<'_>> = bytes
        .split(|byte| {
            !matches!(byte, b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z'
                | b' ' | b'.' | b',' | b'-' | b'_' | b'/' | b'^' | b'\'' | b':' | b'(' | b')')
        })
        .filter(|run| run.len() >= SHORTEST)
        .map(Run::Bytes)
        .collect();
    wide(bytes, &mut found);
    found
}

/// Whether the whole value is printable: text under a VR that does not say so.
pub(crate) fn is_text(value: &[u8]) -> bool {
    let end = value.iter().rposition(|byte| !matches!(byte, 0 | b' ')).map_or(0, |at| at + 1);
    let body = value.get(..end).unwrap_or_default();
    !body.is_empty() && body.iter().all(|byte| is_printable(*byte)) && has_shape(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(bytes: &[u8]) -> Vec<String> {
        let text = |run: Run<'_>| match run {
            Run::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            Run::Wide(text) => Some(text),
            Run::High(_) => None,
        };
        find(bytes).into_iter().filter_map(text).collect()
    }

    #[test]
    fn runs_are_found_in_structures() {
        assert_eq!(texts(b"\x01\x02DOE^JANE\x03\x04DOE^J\x05\0ROSE\0\x01"), ["DOE^JANE", "ROSE"]);
        assert_eq!(texts(b"\x01D\0O\0E\0^\0J\0\x01\x01"), ["DOE^J"]);
        assert_eq!(texts(b"\x01\x01\0D\0O\0E\0^\0J"), ["DOE^J"]);
        assert!(texts(&[0xE5; 64]).is_empty());
    }

    #[test]
    fn runs_of_high_bytes_are_told_apart() {
        let greek = b"\xd0\xe1\xf0\xe1\xe4\xfc\xf0\xef\xf5\xeb\xef\xf2";
        let structure = [b"\x01\x02".as_slice(), greek, b"\0\x03"].concat();
        assert!(matches!(find(&structure)[..], [Run::High(run)] if run == greek));
        assert!(matches!(find("Папандопулос".as_bytes())[..], [Run::Bytes(_)]));
    }

    #[test]
    fn a_printable_value_is_text() {
        assert!(is_text(b"DOE\0") && is_text("Müller ".as_bytes()));
        assert!(!is_text(b"DO\x01E") && !is_text(b"\0\0") && !is_text(b""));
    }
}
