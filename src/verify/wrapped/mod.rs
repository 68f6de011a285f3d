//! What stands in a value in another form: base64 and hexadecimal digits, compressed streams, the
//! entries of a zip archive, the text of a PDF.

mod encoded;
mod pdf;
mod streams;

pub(crate) use encoded::encoded;
pub(crate) use pdf::{is_pdf, texts};
pub(crate) use streams::{Bytes, Stream, streams};
