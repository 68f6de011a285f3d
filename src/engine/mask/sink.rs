//! Where masked pixels go.

use std::io::Write;

use crate::engine::mask::MaskError;

/// A sink that knows how much it took.
pub(crate) struct Counted<'a> {
    pub sink: &'a mut dyn Write,
    pub written: u64,
}

impl Counted<'_> {
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), MaskError> {
        self.sink.write_all(bytes).map_err(MaskError::Sink)?;
        self.written += bytes.len() as u64;
        Ok(())
    }

    /// Pads to an even length and tells it.
    pub fn padded(&mut self) -> Result<u64, MaskError> {
        if !self.written.is_multiple_of(2) {
            self.write(&[0])?;
        }
        Ok(self.written)
    }
}

/// Packs single bits of frame after frame, the lowest bit of a byte first, without gaps.
#[derive(Default)]
pub(crate) struct BitPacker {
    byte: u8,
    count: u8,
}

impl BitPacker {
    pub fn pack(&mut self, bits: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bits.len() / 8 + 1);
        for bit in bits {
            self.byte |= (bit & 1) << self.count;
            self.count += 1;
            if self.count == 8 {
                out.push(std::mem::take(&mut self.byte));
                self.count = 0;
            }
        }
        out
    }

    pub fn rest(self) -> Vec<u8> {
        if self.count > 0 { vec![self.byte] } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::BitPacker;

    #[test]
    fn bits_of_frames_follow_each_other_without_gaps() {
        let mut packer = BitPacker::default();
        assert!(packer.pack(&[1, 0, 1, 0, 1]).is_empty());
        assert_eq!(packer.pack(&[1, 1, 1, 0, 1]), [0b1111_0101]);
        assert_eq!(packer.rest(), [0b10]);
    }
}
