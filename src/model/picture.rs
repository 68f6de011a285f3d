//! Eight-bit pictures, as people and detectors look at them.

/// An 8-bit picture: one rendering of one frame.
///
/// `samples`: row-major, interleaved, `width × height × channels`; one channel is grey (0 black),
/// three are RGB.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// 1 (grey) or 3 (RGB).
    pub channels: u8,
    /// The samples.
    pub samples: Vec<u8>,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({}×{}×{})", self.width, self.height, self.channels)
    }
}
