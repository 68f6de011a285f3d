//! Palettes of PALETTE COLOR images (PS3.3 C.7.6.3.1.5 and .6, C.7.9).

use dicom_core::Tag;
use dicom_core::VR;
use dicom_dictionary_std::tags;

use crate::dicom::Scan;
use crate::dicom::pixels::ImageShape;
use crate::dicom::pixels::values;

/// Most entries of one table.
const ENTRIES: usize = 65_536;

/// The colours that stand for stored values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Palette {
    first: i64,
    colours: Vec<[u8; 3]>,
}

/// Descriptor, plain table and segmented table of one colour.
const TABLES: [(Tag, Tag, Tag); 3] = [
    (
        tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
        tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        tags::SEGMENTED_RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    ),
    (
        tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
        tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        tags::SEGMENTED_GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    ),
    (
        tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
        tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        tags::SEGMENTED_BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    ),
];

impl Palette {
    /// Reads the palette at the top level; `None` when there is none or it cannot be read.
    pub fn read(scan: &Scan, shape: &ImageShape) -> Option<Self> {
        let mut columns = Vec::with_capacity(3);
        let mut first = 0;
        for (descriptor, plain, segmented) in TABLES {
            let &[length, start, bits] = values::words(scan, None, descriptor).first_chunk()?;
            let length = if length == 0 { ENTRIES } else { usize::from(length) };
            first = if shape.signed { start.cast_signed().into() } else { start.into() };
            columns.push(table(scan, (plain, segmented), length, bits)?);
        }
        let [red, green, blue] = &columns[..] else { return None };
        let colours = red.iter().zip(green).zip(blue).map(|((r, g), b)| [*r, *g, *b]).collect();
        let palette = Self { first, colours };
        (!palette.colours.is_empty()).then_some(palette)
    }

    /// A palette of these colours, the first for the stored value `first`.
    #[cfg(test)]
    pub(crate) const fn new(first: i64, colours: Vec<[u8; 3]>) -> Self {
        Self { first, colours }
    }

    /// The colour of a stored value; values outside take the nearest entry.
    pub fn colour(&self, value: i64) -> [u8; 3] {
        let last = self.colours.len().saturating_sub(1);
        let index = usize::try_from(value - self.first).unwrap_or(0).min(last);
        self.colours.get(index).copied().unwrap_or_default()
    }

    /// The stored value within `range` whose colour is darkest; the lowest of several.
    pub fn darkest(&self, range: (i64, i64)) -> i64 {
        let last = self.first + self.colours.len() as i64 - 1;
        let low = self.first.clamp(range.0, range.1);
        let high = last.clamp(range.0, range.1);
        (low..=high).min_by_key(|value| luminance(self.colour(*value))).unwrap_or(range.0)
    }
}

/// Luminance of a colour, times 1,000.
fn luminance([red, green, blue]: [u8; 3]) -> u32 {
    299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue)
}

/// One colour's entries, as 8 bits.
fn table(scan: &Scan, data: (Tag, Tag), length: usize, bits: u16) -> Option<Vec<u8>> {
    let mut entries = entries(scan, data.0, length);
    if entries.is_empty() {
        let words = segment_words(scan, data.1, bits);
        entries = expand(&words, length)?;
    }
    if entries.len() < length {
        return None;
    }
    entries.truncate(length);
    // Tables of 16 bits exist that hold 8-bit values in their low bytes.
    let wide = bits > 8 && entries.iter().any(|entry| *entry > 0xFF);
    Some(
        entries
            .into_iter()
            .map(|entry| if wide { (entry >> 8) as u8 } else { entry as u8 })
            .collect(),
    )
}

/// A plain table: one entry a word, or one a byte where the value is half as long.
fn entries(scan: &Scan, tag: Tag, length: usize) -> Vec<u16> {
    let words = values::words(scan, None, tag);
    if words.len() >= length || words.is_empty() {
        return words;
    }
    bytes_of(scan, tag, &words)
}

/// Segments: words, or bytes for 8-bit entries in OB.
fn segment_words(scan: &Scan, tag: Tag, bits: u16) -> Vec<u16> {
    let words = values::words(scan, None, tag);
    let narrow = scan.find(tag).is_some_and(|id| scan.node(id).vr == VR::OB);
    if narrow && bits <= 8 { bytes_of(scan, tag, &words) } else { words }
}

/// The bytes of words in the order of the file, as 8-bit entries lie in them.
fn bytes_of(scan: &Scan, tag: Tag, words: &[u16]) -> Vec<u16> {
    let file_order =
        scan.encoding.big_endian && scan.find(tag).is_some_and(|id| scan.node(id).vr == VR::OB);
    let split = |word: &u16| {
        let [low, high] = word.to_le_bytes();
        if file_order { [high, low] } else { [low, high] }
    };
    words.iter().flat_map(split).map(u16::from).collect()
}

/// Expands a segmented table (PS3.3 C.7.9.2); `None` when it is malformed.
fn expand(words: &[u16], length: usize) -> Option<Vec<u16>> {
    let mut out = Vec::new();
    let mut segments: Vec<usize> = Vec::new();
    let mut at = 0;
    while at < words.len() && out.len() < length {
        segments.push(at);
        at = match words.get(at..at + 2)? {
            // Indirect: earlier segments again.
            &[2, count] => {
                let &[low, high] = words.get(at + 2..)?.first_chunk()?;
                let offset = usize::from(low) | usize::from(high) << 16;
                let from = segments.iter().position(|start| *start == offset)?;
                let repeated = segments.get(from..)?.iter().take(count.into()).copied();
                for start in repeated.collect::<Vec<_>>() {
                    if words.get(start) == Some(&2) {
                        return None;
                    }
                    segment(words, start, &mut out)?;
                }
                at + 4
            }
            _ => segment(words, at, &mut out)?,
        };
        if out.len() > ENTRIES {
            return None;
        }
    }
    Some(out)
}

/// Appends a discrete or linear segment; says where the next one starts.
fn segment(words: &[u16], at: usize, out: &mut Vec<u16>) -> Option<usize> {
    let &[code, count] = words.get(at..)?.first_chunk()?;
    let count = usize::from(count);
    match code {
        0 => {
            out.extend_from_slice(words.get(at + 2..at + 2 + count)?);
            Some(at + 2 + count)
        }
        1 => {
            let end = i64::from(*words.get(at + 2)?);
            let start = i64::from(*out.last()?);
            let steps = count.max(1) as i64;
            out.extend(
                (1..=count as i64).map(|step| (start + (end - start) * step / steps) as u16),
            );
            Some(at + 3)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_expand() {
        // two entries, a ramp of four to 10, then the first segment again
        let words = [0, 2, 5, 6, 1, 4, 10, 2, 1, 0, 0];
        assert_eq!(expand(&words, 8).unwrap(), [5, 6, 7, 8, 9, 10, 5, 6]);
        assert_eq!(expand(&[1, 4, 10], 4), None, "a ramp needs a start");
        assert_eq!(expand(&[2, 1, 0, 0], 4), None, "a segment cannot repeat itself");
        assert_eq!(expand(&[9, 1, 0], 4), None);
    }

    #[test]
    fn the_darkest_entry_is_found_within_the_range() {
        let palette = Palette { first: 3, colours: vec![[9, 9, 9], [1, 0, 0], [0, 0, 0]] };
        assert_eq!(palette.darkest((0, 255)), 5);
        assert_eq!(palette.darkest((0, 4)), 4);
        assert_eq!(palette.colour(0), [9, 9, 9]);
        assert_eq!(palette.colour(99), [0, 0, 0]);
    }
}
