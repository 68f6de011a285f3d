//! Where a dataset ends, when its bytes do not say so cleanly.

use dicom_core::Tag;

use crate::dicom::header::{Reading, is_dataset_group, is_known};
use crate::dicom::scan::ScanError;
use crate::dicom::walk::{Frame, Place, Walk};
use crate::dicom::{Node, NodeKind, ScanNote, Source};

impl Walk<'_> {
    /// Whether fragments that end with the bytes lack nothing but their delimiter: there is one for
    /// each frame behind the offset table, and the last ends as a JPEG stream of any kind does.
    pub(super) fn has_every_frame(&mut self, frame: Frame) -> Result<bool, ScanError> {
        let source = self.cursor.source();
        let whole = frame.place == Place::Fragments && frame.depth == 0 && self.at == source.len();
        let frames = frame_count(source, &self.nodes).unwrap_or(0);
        let Some(last) = self.nodes.last().filter(|node| node.kind == NodeKind::Fragment) else {
            return Ok(false);
        };
        if !whole || frames == 0 || u64::from(frame.count) != frames + 1 {
            return Ok(false);
        }
        let tail = source.read(last.value.end.saturating_sub(3).max(last.value.start)..self.at)?;
        let ends = tail.ends_with(&[0xFF, 0xD9]) || tail.ends_with(&[0xFF, 0xD9, 0]);
        if ends {
            self.notes.insert(ScanNote::LooseDelimiter);
        }
        Ok(ends)
    }

    /// Whether what cannot be read at the top level surely stands behind the dataset.
    ///
    /// So it is when it is no element that could follow and the dataset is surely whole: it ends
    /// with complete Pixel Data or padding, or nothing but zeros follow.
    pub(super) fn is_trailing(
        &mut self,
        error: &ScanError,
        last: Option<Tag>,
    ) -> Result<bool, ScanError> {
        let (head, real) = self.cursor.head(self.at)?;
        let could_follow = self.reading.header(&head, real).is_ok_and(|header| {
            is_dataset_group(header.tag.group()) && Some(header.tag) > last && is_known(header.tag)
        });
        let of_structure =
            matches!(error, ScanError::Malformed { .. } | ScanError::Truncated { .. });
        if !of_structure || could_follow {
            return Ok(false);
        }
        let Some(end) = self.nodes.iter().rev().find(|node| node.parent.is_none()) else {
            return Ok(false);
        };
        match end.tag {
            Tag(0xFFFC, 0xFFFC) => Ok(true),
            Tag(0x7FE0, _) if end.kind == NodeKind::Fragments => Ok(true),
            Tag(0x7FE0, _) => {
                let length = end.value.end - end.value.start;
                let native = native_length(self.cursor.source(), &self.nodes, self.reading);
                Ok(native.is_some_and(|native| native <= length))
            }
            _ => self.only_zeros(),
        }
    }

    fn only_zeros(&self) -> Result<bool, ScanError> {
        let source = self.cursor.source();
        let (mut at, mut buffer) = (self.at, [0; 4096]);
        while at < source.len() {
            let count = (source.len() - at).min(buffer.len() as u64) as usize;
            let part = buffer.get_mut(..count).unwrap_or_default();
            source.read_exact_at(part, at)?;
            if part.iter().any(|byte| *byte != 0) {
                return Ok(false);
            }
            at += count as u64;
        }
        Ok(true)
    }
}

/// The length of uncompressed Pixel Data by the attributes that describe them (PS3.5 8.1.1).
fn native_length(source: &Source, nodes: &[Node], reading: Reading) -> Option<u64> {
    let root = |tag| nodes.iter().find(|node| node.parent.is_none() && node.tag == tag);
    let number = |element| {
        let value = &root(Tag(0x0028, element))?.value;
        let bytes = source.read(value.start..value.end.min(value.start + 2)).ok()?;
        Some(u64::from(reading.u16(bytes.try_into().ok()?)))
    };
    let frames = frame_count(source, nodes)?;
    let samples = match root_text(source, nodes, Tag(0x0028, 0x0004)).as_deref() {
        Some("YBR_FULL_422" | "YBR_PARTIAL_422") => 2,
        _ => number(0x0002)?,
    };
    let bits = number(0x0010)?
        .checked_mul(number(0x0011)?)?
        .checked_mul(samples)?
        .checked_mul(number(0x0100)?)?
        .checked_mul(frames)?;
    Some(bits.div_ceil(8))
}

/// Number of Frames (0028,0008), 1 if absent; `None` if it is no number.
fn frame_count(source: &Source, nodes: &[Node]) -> Option<u64> {
    match root_text(source, nodes, Tag(0x0028, 0x0008)) {
        Some(text) if !text.is_empty() => text.parse().ok(),
        _ => Some(1),
    }
}

fn root_text(source: &Source, nodes: &[Node], tag: Tag) -> Option<String> {
    let value = &nodes.iter().find(|node| node.parent.is_none() && node.tag == tag)?.value;
    let bytes = source.read(value.start..value.end.min(value.start + 16)).ok()?;
    String::from_utf8(bytes).ok().map(|text| text.trim_matches([' ', '\0']).to_owned())
}
