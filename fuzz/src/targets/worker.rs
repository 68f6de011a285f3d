//! The protocol between a worker and its parent: what is no message is refused, and what is one
//! says the same after another trip.

use std::io::Cursor;

use veridact::jobs::worker::{Message, Reply, Request, read_message, write_message};

use super::Head;

/// The input: 0, and a stream of messages; 1, and the header of a request; 2, and the header of a
/// reply, a NUL, and its tail.
pub fn worker(data: &[u8]) {
    let mut head = Head::new(data);
    match head.byte() % 3 {
        0 => stream(head.rest()),
        1 => request(&Message { header: head.rest().to_vec(), tail: Vec::new() }),
        _ => {
            let rest = head.rest();
            let end = rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len());
            let tail = rest.get(end + 1..).unwrap_or_default().to_vec();
            reply(Message { header: rest[..end].to_vec(), tail });
        }
    }
}

fn stream(bytes: &[u8]) {
    let mut input = Cursor::new(bytes);
    loop {
        let start = input.position();
        let Ok(Some(message)) = read_message(&mut input) else { break };
        let Message { header, tail } = &message;
        let length = 8 + (header.len() + tail.len()) as u64;
        assert_eq!(input.position(), start + length, "it takes what it says");
        // What a length claims takes no memory: only what is there does.
        let most = 64 + 2 * bytes.len();
        assert!(header.capacity() <= most && tail.capacity() <= most);
        let mut again = Vec::new();
        write_message(&mut again, &message).expect("what was read can be written");
        assert_eq!(again, bytes[start as usize..input.position() as usize]);
        request(&message);
        reply(message);
    }
}

fn request(message: &Message) {
    let Ok(request) = Request::decode(message) else { return };
    let again = request.encode().expect("what was read can be written");
    let read = Request::decode(&again).expect("what was written can be read");
    // NaN is another number than itself, and travels all the same.
    assert_eq!(format!("{read:?}"), format!("{request:?}"));
    assert_eq!(read.encode().unwrap(), again);
}

fn reply(message: Message) {
    let length = message.tail.len();
    let Ok(reply) = Reply::decode(message) else { return };
    match &reply {
        Reply::Rendered(rendered) => {
            let picture = &rendered.picture;
            let sides = [picture.width, picture.height, picture.channels.into()];
            assert_eq!(product(&sides), length as u128, "a picture has its samples");
        }
        Reply::Samples(frame) => {
            let sides =
                [frame.columns, frame.rows, frame.samples_per_pixel, frame.bytes_per_sample];
            assert_eq!(product(&sides), length as u128, "a frame has its bytes");
        }
        _ => assert_eq!(length, 0, "nothing else has a tail"),
    }
    let again = reply.clone().encode().expect("what was read can be written");
    let read = Reply::decode(again.clone()).expect("what was written can be read");
    assert_eq!(format!("{read:?}"), format!("{reply:?}"));
    assert_eq!(read.encode().unwrap(), again);
}

fn product(sides: &[u32]) -> u128 {
    sides.iter().map(|side| u128::from(*side)).product()
}
