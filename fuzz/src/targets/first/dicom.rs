//! Small files in every encoding.

use veridact::demo::{Dataset, Sample, Syntax, Value, instance};
use veridact::model::{Tag, VR};

use super::super::verifier::clean;

const SEED: u64 = 20_261_122;
/// Larger files are slow to change.
const LARGEST: usize = 12_000;

/// Gives the pixel data two bytes, if it has any: what counts are headers.
fn without_picture(dataset: &mut Dataset) {
    let pixels = Tag(0x7FE0, 0x0010);
    let native =
        dataset.elements().any(|(tag, _, value)| tag == pixels && matches!(value, Value::Bytes(_)));
    if native {
        dataset.u16(Tag(0x0028, 0x0010), &[1]).u16(Tag(0x0028, 0x0011), &[2]);
        dataset.bytes(pixels, VR::OB, vec![7; 2]);
    }
}

fn files() -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    for sample in Sample::ALL {
        let mut made = instance(sample, 1, SEED);
        without_picture(&mut made.dataset);
        files.push(made.bytes());
        for syntax in [Syntax::Implicit, Syntax::BigEndian, Syntax::Deflated] {
            if sample == Sample::Report {
                made.syntax = syntax;
                files.push(made.bytes());
            }
        }
    }
    let mut little = instance(Sample::CtSlice, 1, SEED);
    without_picture(&mut little.dataset);
    let tags: Vec<Tag> = little.dataset.elements().map(|(tag, ..)| tag).collect();
    for tag in tags.into_iter().filter(|tag| tag.group() > 0x0010 && tag.group() < 0x7FE0) {
        little.dataset.remove(tag);
    }
    for syntax in [Syntax::Explicit, Syntax::Implicit, Syntax::BigEndian, Syntax::Deflated] {
        little.syntax = syntax;
        files.push(little.bytes());
    }
    files.push(odd());
    files.push(clean());
    files.retain(|file| file.len() <= LARGEST);
    files
}

/// Nested sequences of both forms of length, private ones without VR, and loose delimiters.
fn odd() -> Vec<u8> {
    let mut file = clean();
    let open = |tag: [u8; 4], vr: &[u8]| [&tag[..], vr, &[0, 0], &[0xFF; 4]].concat();
    let item = [0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF];
    let ends = [[0xFE, 0xFF, 0x0D, 0xE0, 0, 0, 0, 0], [0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]];
    let code = [&[0x08, 0, 0x00, 0x01][..], b"SH", &[4, 0], b"T-D1"].concat();
    let implicit = [&[0x09, 0, 0x01, 0x10, 4, 0, 0, 0][..], b"ABCD"].concat();
    let pixels = file.windows(4).position(|four| four == [0xE0, 0x7F, 0x10, 0]).unwrap();
    let mut more = Vec::new();
    for (tag, vr, inside) in
        [([0x40, 0, 0x30, 0xA7], b"SQ", &code), ([0x41, 0, 0x02, 0x10], b"UN", &implicit)]
    {
        more.extend(open(tag, vr));
        more.extend(item);
        more.extend(inside);
        more.extend(ends.concat());
    }
    file.splice(pixels..pixels, more);
    file
}

pub fn inputs() -> Vec<(&'static str, Vec<u8>)> {
    let mut all = Vec::new();
    for file in files() {
        for wishes in
            [&[0][..], &[1, 1, 0, 9, 9], &[2, 0, 0, 4, 0, 3, 0, 0, 77], &[1, 2, 0, 30, 17]]
        {
            all.push(("splice", [wishes, &file].concat()));
        }
        all.push(("scanner", file));
    }
    for (what, place) in [(0, 0_u16), (1, 400), (1, 700), (2, 3), (2, 9), (2, 12)] {
        for (number, file) in [(0, clean()), (1, odd()), (2, clean())] {
            let head = [&[what][..], &place.to_be_bytes(), &[number], b"a ", b" b"].concat();
            all.push(("verifier", [head, file].concat()));
        }
    }
    all
}
