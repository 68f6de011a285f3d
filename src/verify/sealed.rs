//! What no search can look through: overlays in unused bits of the samples, and speech.

use std::io;

use crate::dicom::{NodeKind, Scan};
use crate::model::Tag;
use crate::verify::pixels;
use crate::verify::policy::top_text;
use crate::verify::verdict::{Check, Collected};

/// Basic Voice Audio and General Audio Waveform Storage.
const SPEECH: [&str; 2] = ["1.2.840.10008.5.1.4.1.1.9.4.1", "1.2.840.10008.5.1.4.1.1.9.4.2"];
/// Waveform Sequence.
const WAVEFORMS: Tag = Tag(0x5400, 0x0100);
/// Bytes that are looked at at once.
const STEP: u64 = 1 << 20;

/// Holds a file with something that nobody can search.
///
/// # Errors
/// Those of the sources.
pub(crate) fn check(input: &Scan, staged: &Scan, found: &mut Collected) -> io::Result<()> {
    let class = top_text(staged, Tag(0x0008, 0x0016))?.unwrap_or_default();
    if SPEECH.contains(&class.as_str()) && staged.find(WAVEFORMS).is_some() {
        found.hold(Check::Policy, "(5400,0100)", "speech that nobody has listened to");
    }
    for (group, bit) in overlay_bits(input)? {
        if is_used(staged, bit)? {
            let place = format!("({group:04X},0102)");
            found.hold(Check::Pixels, &place, "an overlay in unused bits of the samples");
        }
    }
    Ok(())
}

/// The overlays that stand in samples (retired: PS3.3 2004 C.9.2), each with its bit.
fn overlay_bits(input: &Scan) -> io::Result<Vec<(u16, u16)>> {
    let mut bits = Vec::new();
    for group in (0x6000..=0x601E).step_by(2) {
        let Some(id) = input.find(Tag(group, 0x0102)) else { continue };
        let value = input.value(id, 2)?;
        let Ok(value) = <[u8; 2]>::try_from(value) else { continue };
        let big = input.encoding.big_endian;
        let bit = if big { u16::from_be_bytes(value) } else { u16::from_le_bytes(value) };
        if bit > 0 && input.find(Tag(group, 0x3000)).is_none() {
            bits.push((group, bit));
        }
    }
    Ok(bits)
}

/// Whether a bit is set in any sample; of compressed samples it may be.
fn is_used(staged: &Scan, bit: u16) -> io::Result<bool> {
    let Some(id) = pixels::find(staged) else { return Ok(false) };
    let node = staged.node(id);
    let size = match pixels::sample_bytes(staged)? {
        Some(size @ 1..=4) if node.kind == NodeKind::Element => u64::from(size),
        _ => return Ok(true),
    };
    if u64::from(bit) >= 8 * size {
        return Ok(false);
    }
    let byte = u64::from(bit / 8);
    let at = if staged.encoding.big_endian { size - 1 - byte } else { byte };
    let mask = 1_u8 << (bit % 8);
    let mut from = node.value.start;
    while from < node.value.end {
        let to = node.value.end.min(from + STEP * size);
        let samples = staged.source.read(from..to)?;
        if samples.chunks(size as usize).any(|s| s.get(at as usize).is_some_and(|b| b & mask != 0))
        {
            return Ok(true);
        }
        from = to;
    }
    Ok(false)
}
