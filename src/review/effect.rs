//! What must happen outside before or after a command is done.

use std::path::PathBuf;

use crate::model::{InstanceUid, SeriesUid};
use crate::store::NewEvent;

/// How grave a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoticeLevel {
    /// News.
    News,
    /// Something was not done.
    Refused,
    /// Something failed.
    Failed,
}

/// Words for the reader, without values of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How grave it is.
    pub level: NoticeLevel,
    /// The words.
    pub text: String,
}

/// What is to be exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportRequest {
    /// Where to.
    pub destination: PathBuf,
    /// The approved series whose approval is not stale; all others are held.
    pub series: Vec<SeriesUid>,
    /// Whether an export that lies there may change.
    pub into_existing: bool,
}

/// What must happen outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Append to the log, in the order given; answer with
    /// [`crate::review::ReviewState::recorded`] or `not_recorded`.
    Append(NewEvent),
    /// Decode and show this frame; answer with [`crate::review::ReviewState::painted`] when it is
    /// on the screen. For an instance without pixels, frame 0 stands for its metadata.
    Show {
        /// Which instance.
        instance: InstanceUid,
        /// Which frame, counted from 0.
        frame: u32,
    },
    /// Plan this instance anew for the diff; the latest request wins.
    Plan {
        /// Which instance.
        instance: InstanceUid,
    },
    /// Draw a sample of what no person looked at, and append it to the log.
    Draw,
    /// Export.
    Export(ExportRequest),
    /// Tell the reader.
    Notify(Notice),
    /// Close the review and the window: all is on disk.
    Quit,
}

impl Effect {
    pub(super) fn news(text: impl Into<String>) -> Self {
        Self::Notify(Notice { level: NoticeLevel::News, text: text.into() })
    }

    pub(super) fn refused(text: impl Into<String>) -> Self {
        Self::Notify(Notice { level: NoticeLevel::Refused, text: text.into() })
    }

    pub(super) fn failed(text: impl Into<String>) -> Self {
        Self::Notify(Notice { level: NoticeLevel::Failed, text: text.into() })
    }
}
