//! What stands in a value in another form is looked through like the value itself.

use std::io;

use crate::verify::carriers::{FLOOR, Place, SMALL, Search};
use crate::verify::matcher::Shape;
use crate::verify::runs;
use crate::verify::wrapped::{Bytes, Stream, encoded, is_pdf, streams, texts};

/// How often something may be packed in something packed.
const DEEPEST: u8 = 4;
/// Bytes that all packed things of a file may give together: as much as a large archive, and a few
/// seconds of work.
const MOST_IN_ALL: u64 = 256 << 20;

impl Search<'_> {
    /// What base64 and hexadecimal digits in a text stand for.
    pub(super) fn encoded(&mut self, text: &str, place: Place<'_>) {
        for bytes in encoded(text) {
            self.unwrapped(&bytes, place, "encoded");
        }
    }

    /// What compressed streams in a value hold, and what a PDF shows.
    ///
    /// # Errors
    /// Those of the source.
    pub(super) fn packed(&mut self, bytes: Bytes<'_>, place: Place<'_>) -> io::Result<()> {
        streams(bytes, |stream| {
            self.stream(&stream, place);
            Ok(())
        })
    }

    /// The same for bytes in memory.
    pub(super) fn packed_in(&mut self, bytes: &[u8], place: Place<'_>) {
        // Only a source can fail.
        if self.packed(Bytes::Memory(bytes), place).is_err() {
            self.found.not_checked(format!("what is packed in {}", place.name));
        }
        if place.pdf || is_pdf(bytes) {
            self.shown(bytes, place);
        }
    }

    /// The text that a page shows.
    pub(super) fn shown(&mut self, content: &[u8], place: Place<'_>) {
        for text in texts(content) {
            self.text(&text, place, Shape::Text, FLOOR);
        }
    }

    fn stream(&mut self, stream: &Stream, place: Place<'_>) {
        if let Some(why) = stream.unread {
            self.found.not_checked(format!("{why} in {}", place.name));
        }
        if !stream.name.is_empty() {
            let name = format!("{} name in archive", place.name);
            self.text(&stream.name, Place { name: &name, ..place }, Shape::Text, FLOOR);
        }
        self.unwrapped(&stream.bytes, place, stream.kind);
    }

    fn unwrapped(&mut self, bytes: &[u8], place: Place<'_>, kind: &str) {
        if bytes.is_empty() {
            return;
        }
        self.unpacked = self.unpacked.saturating_add(bytes.len() as u64);
        if place.depth >= DEEPEST || self.unpacked > MOST_IN_ALL {
            self.found.not_checked(format!("more that is packed in {}", place.name));
            return;
        }
        let name = format!("{} {kind}", place.name);
        let depth = place.depth + 1;
        let place = Place { name: &name, depth, pdf: place.pdf || is_pdf(bytes), ..place };
        match bytes.len() as u64 <= SMALL {
            true => self.small(bytes, place),
            false => {
                self.runs(runs::find(bytes), place, false);
                self.packed_in(bytes, place);
            }
        }
    }
}
