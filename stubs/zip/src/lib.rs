//! Stands in for `zip` in the build script of `tesseract-rs` (see the `reqwest` stand-in).

use std::io;
use std::path::PathBuf;

const NEVER: &str = "this build must not unpack anything";

pub struct ZipArchive;
pub struct ZipFile;

impl ZipArchive {
    pub fn new<R>(_reader: R) -> io::Result<Self> {
        panic!("{NEVER}")
    }
    pub fn len(&self) -> usize {
        panic!("{NEVER}")
    }
    pub fn is_empty(&self) -> bool {
        panic!("{NEVER}")
    }
    pub fn by_index(&mut self, _index: usize) -> io::Result<ZipFile> {
        panic!("{NEVER}")
    }
}

impl ZipFile {
    pub fn mangled_name(&self) -> PathBuf {
        panic!("{NEVER}")
    }
    pub fn is_dir(&self) -> bool {
        panic!("{NEVER}")
    }
}

impl io::Read for ZipFile {
    fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
        panic!("{NEVER}")
    }
}
