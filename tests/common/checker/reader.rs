//! A tiny reader of DICOM files: all values, wherever they stand, with the character set in force.
//!
//! Of its own, so that a mistake of the product's reader is not made twice.

use std::io::Read;

/// One value found in a file.
#[derive(Clone, Debug)]
pub struct Value {
    /// `(gggg,eeee)[item].(gggg,eeee)`, `META (gggg,eeee)` or `PREAMBLE`; upper case.
    pub path: String,
    /// As written; `??` where none is.
    pub vr: [u8; 2],
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Values of Specific Character Set in force.
    pub charset: Vec<String>,
    /// Whether it is Pixel Data or a fragment of it.
    pub pixels: bool,
}

#[derive(Clone, Copy)]
struct Form {
    explicit: bool,
    big: bool,
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let end = self.at.checked_add(count).ok_or("a length overflows")?;
        let found = self.bytes.get(self.at..end).ok_or(format!("the data end at {}", self.at))?;
        self.at = end;
        Ok(found)
    }

    fn number(&mut self, width: usize, big: bool) -> Result<u32, String> {
        let bytes = self.take(width)?;
        let add = |sum: u32, byte: &u8| (sum << 8) | u32::from(*byte);
        Ok(if big { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) })
    }

    fn tag(&mut self, big: bool) -> Result<(u32, u32), String> {
        Ok((self.number(2, big)?, self.number(2, big)?))
    }

    fn done(&self) -> bool {
        self.at >= self.bytes.len()
    }
}

const UNDEFINED: u32 = u32::MAX;

/// Every value of a Part 10 file.
///
/// # Errors
/// In words, when the file cannot be read to its end.
pub fn values(file: &[u8]) -> Result<Vec<Value>, String> {
    if file.get(128..132) != Some(b"DICM") {
        return Err("there is no DICM".to_owned());
    }
    let mut found = vec![Value {
        path: "PREAMBLE".to_owned(),
        vr: *b"OB",
        bytes: file[..128].to_vec(),
        charset: Vec::new(),
        pixels: false,
    }];
    let mut cursor = Cursor { bytes: file, at: 132 };
    let explicit = Form { explicit: true, big: false };
    while file.get(cursor.at..cursor.at + 2) == Some(&[2, 0]) {
        element(&mut cursor, explicit, "META ", &mut Vec::new(), &mut found)?;
    }
    let syntax = found
        .iter()
        .find(|value| value.path == "META (0002,0010)")
        .map(|value| String::from_utf8_lossy(&value.bytes).trim_end_matches('\0').to_owned())
        .ok_or("there is no transfer syntax")?;
    let mut inflated = Vec::new();
    let rest = if syntax == "1.2.840.10008.1.2.1.99" {
        let mut inflater = flate2::read::DeflateDecoder::new(&file[cursor.at..]);
        inflater.read_to_end(&mut inflated).map_err(|error| error.to_string())?;
        &inflated[..]
    } else {
        &file[cursor.at..]
    };
    let form =
        Form { explicit: syntax != "1.2.840.10008.1.2", big: syntax == "1.2.840.10008.1.2.2" };
    let mut cursor = Cursor { bytes: rest, at: 0 };
    dataset(&mut cursor, form, ("", &[]), &mut found)?;
    // Who writes names beside the dataset writes them as in it.
    let declared = found.iter().find(|value| value.path == "(0008,0005)");
    let charset = declared.map(|value| value.charset.clone()).unwrap_or_default();
    let beside = |value: &&mut Value| value.path.starts_with(['P', 'M']);
    found.iter_mut().filter(beside).for_each(|value| value.charset.clone_from(&charset));
    Ok(found)
}

/// Reads elements up to the end of the cursor or of the item.
fn dataset(
    cursor: &mut Cursor<'_>,
    form: Form,
    (prefix, charset): (&str, &[String]),
    found: &mut Vec<Value>,
) -> Result<(), String> {
    let mut charset = charset.to_vec();
    while !cursor.done() {
        let mut peek = Cursor { bytes: cursor.bytes, at: cursor.at };
        if peek.tag(form.big)? == (0xFFFE, 0xE00D) {
            cursor.take(8)?;
            return Ok(());
        }
        element(cursor, form, prefix, &mut charset, found)?;
    }
    Ok(())
}

fn element(
    cursor: &mut Cursor<'_>,
    form: Form,
    prefix: &str,
    charset: &mut Vec<String>,
    found: &mut Vec<Value>,
) -> Result<(), String> {
    let (group, number) = cursor.tag(form.big)?;
    let path = format!("{prefix}({group:04X},{number:04X})");
    let (vr, length) = header(cursor, form)?;
    let pixels = group == 0x7FE0 && matches!(number, 8..=16);
    if vr == *b"SQ" || (length == UNDEFINED && !pixels) {
        // UN of undefined length holds items in implicit VR (CP-246).
        let inside = if vr == *b"UN" { Form { explicit: false, big: false } } else { form };
        return items(cursor, inside, (&path, length, charset), found);
    }
    if length == UNDEFINED {
        return fragments(cursor, &path, found);
    }
    let bytes = cursor.take(length as usize)?.to_vec();
    if (group, number) == (8, 5) {
        let text = String::from_utf8_lossy(&bytes);
        *charset = text.split('\\').map(|term| term.trim().to_owned()).collect();
    }
    if !form.explicit && looks_like_items(&bytes) {
        let mut inner = Cursor { bytes: &bytes, at: 0 };
        let length = bytes.len() as u32;
        let mut nested = Vec::new();
        if items(&mut inner, form, (&path, length, charset), &mut nested).is_ok() {
            found.extend(nested);
            return Ok(());
        }
    }
    found.push(Value { path, vr, bytes, charset: charset.clone(), pixels });
    Ok(())
}

/// Where VRs are not written, a sequence is known by its first item.
fn looks_like_items(bytes: &[u8]) -> bool {
    bytes.get(..4) == Some(&[0xFE, 0xFF, 0x00, 0xE0])
}

fn header(cursor: &mut Cursor<'_>, form: Form) -> Result<([u8; 2], u32), String> {
    if !form.explicit {
        return Ok((*b"??", cursor.number(4, form.big)?));
    }
    let bytes = cursor.take(2)?;
    let vr = [bytes[0], bytes[1]];
    let long: [&[u8; 2]; 13] =
        [b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"];
    if long.contains(&&vr) {
        cursor.take(2)?;
        return Ok((vr, cursor.number(4, form.big)?));
    }
    Ok((vr, cursor.number(2, form.big)?))
}

fn items(
    cursor: &mut Cursor<'_>,
    form: Form,
    (path, length, charset): (&str, u32, &[String]),
    found: &mut Vec<Value>,
) -> Result<(), String> {
    let end = cursor.at.saturating_add(length as usize);
    let mut index = 0;
    while length == UNDEFINED || cursor.at < end {
        let tag = cursor.tag(form.big)?;
        let size = cursor.number(4, form.big)?;
        match tag {
            (0xFFFE, 0xE0DD) => return Ok(()),
            (0xFFFE, 0xE000) => {}
            _ => return Err(format!("no item at {}", cursor.at)),
        }
        let prefix = format!("{path}[{index}].");
        if size == UNDEFINED {
            dataset(cursor, form, (&prefix, charset), found)?;
        } else {
            let mut inner = Cursor { bytes: cursor.take(size as usize)?, at: 0 };
            dataset(&mut inner, form, (&prefix, charset), found)?;
        }
        index += 1;
    }
    Ok(())
}

fn fragments(cursor: &mut Cursor<'_>, path: &str, found: &mut Vec<Value>) -> Result<(), String> {
    loop {
        let tag = cursor.tag(false)?;
        let size = cursor.number(4, false)?;
        if tag == (0xFFFE, 0xE0DD) {
            return Ok(());
        }
        let bytes = cursor.take(size as usize)?.to_vec();
        let value =
            Value { path: path.to_owned(), vr: *b"OB", bytes, charset: Vec::new(), pixels: true };
        found.push(value);
    }
}
