//! Messages on a pipe: lengths first, nothing believed.
//!
//! A message is `total: u32`, `header: u32` (little endian), the header (JSON), the tail (bytes).
//! `total` counts what follows it. Both sides distrust each other: a claimed length bounds what is
//! read, it never sizes an allocation.

use std::io::{self, Read, Write};

/// No message is longer than this: an 8-bit picture of 256 million samples.
pub(crate) const LONGEST_MESSAGE: u32 = 256 << 20;
/// No header is longer than this.
pub(crate) const LONGEST_HEADER: u32 = 32 << 20;
/// Bytes of a length.
const PREFIX: usize = size_of::<u32>();

/// One message.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// JSON.
    pub header: Vec<u8>,
    /// Samples of a picture; often empty.
    pub tail: Vec<u8>,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Message({} + {} bytes)", self.header.len(), self.tail.len())
    }
}

/// Reads one message; `None` when the stream ends before one begins.
///
/// # Errors
/// [`io::ErrorKind::UnexpectedEof`] when it ends inside, [`io::ErrorKind::InvalidData`] when the
/// lengths are beyond the limits or contradict each other, and those of the stream.
pub fn read_message(input: &mut impl Read) -> io::Result<Option<Message>> {
    let first = read_up_to(input, PREFIX as u32)?;
    if first.is_empty() {
        return Ok(None);
    }
    let total = length(&first)?;
    if total > LONGEST_MESSAGE || (total as usize) < PREFIX {
        return Err(refused("a length beyond the limit"));
    }
    let header = length(&read_up_to(input, PREFIX as u32)?)?;
    let tail = (total - PREFIX as u32).checked_sub(header);
    let Some(tail) = tail.filter(|_| header <= LONGEST_HEADER) else {
        return Err(refused("lengths that contradict each other"));
    };
    let message = Message { header: read_up_to(input, header)?, tail: read_up_to(input, tail)? };
    if message.header.len() != header as usize || message.tail.len() != tail as usize {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(message))
}

/// Writes one message and flushes.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] when it is longer than the limits (nothing was written), and
/// those of the stream.
pub fn write_message(output: &mut impl Write, message: &Message) -> io::Result<()> {
    let too_long = || io::Error::new(io::ErrorKind::InvalidInput, "the message is too long");
    let total = PREFIX + message.header.len() + message.tail.len();
    if total > LONGEST_MESSAGE as usize || message.header.len() > LONGEST_HEADER as usize {
        return Err(too_long());
    }
    for number in [total, message.header.len()] {
        output.write_all(&u32::try_from(number).map_err(|_| too_long())?.to_le_bytes())?;
    }
    output.write_all(&message.header)?;
    output.write_all(&message.tail)?;
    output.flush()
}

/// Reads `limit` bytes, or fewer where the stream ends. Memory grows with what arrives.
fn read_up_to(input: &mut impl Read, limit: u32) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(u64::from(limit)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn length(bytes: &[u8]) -> io::Result<u32> {
    let bytes = bytes.try_into().map_err(|_short| io::ErrorKind::UnexpectedEof)?;
    Ok(u32::from_le_bytes(bytes))
}

fn refused(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::{
        LONGEST_HEADER, LONGEST_MESSAGE, Message, read_message, read_up_to, write_message,
    };

    #[test]
    fn hostile_lengths_are_refused_before_anything_is_read() {
        for (total, header) in [
            (u32::MAX, 0),
            (LONGEST_MESSAGE + 1, 4),
            (0, 0),
            (3, 0),
            (100, 97),
            (LONGEST_MESSAGE, LONGEST_HEADER + 1),
        ] {
            let mut bytes = Vec::from(u32::to_le_bytes(total));
            bytes.extend(u32::to_le_bytes(header));
            bytes.extend([b'x'; 200]);
            let mut input = Cursor::new(bytes);
            assert!(read_message(&mut input).is_err(), "{total} {header}");
            assert!(input.position() <= 8);
        }
    }

    #[test]
    fn a_claimed_length_sizes_no_allocation() {
        let bytes = read_up_to(&mut &b"ten bytes!"[..], LONGEST_MESSAGE).unwrap();
        assert_eq!(bytes.len(), 10);
        assert!(bytes.capacity() < 4096);
    }

    proptest! {
        #[test]
        fn messages_round_trip(header: Vec<u8>, tail: Vec<u8>, more: Vec<u8>) {
            let message = Message { header, tail };
            let mut bytes = Vec::new();
            write_message(&mut bytes, &message).unwrap();
            let end = bytes.len();
            for cut in 1..end {
                prop_assert!(read_message(&mut &bytes[..cut]).is_err());
            }
            bytes.extend(&more);
            let mut input = Cursor::new(bytes);
            prop_assert_eq!(read_message(&mut input).unwrap(), Some(message));
            prop_assert_eq!(input.position(), end as u64);
        }

        #[test]
        fn any_bytes_are_a_message_or_an_error(bytes: Vec<u8>) {
            let mut input = Cursor::new(&bytes);
            while let Ok(Some(message)) = read_message(&mut input) {
                prop_assert!(message.header.len() + message.tail.len() + 8 <= bytes.len());
            }
        }
    }
}
