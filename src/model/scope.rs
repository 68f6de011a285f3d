//! How far a decision reaches, and masks.

use crate::model::{InstanceUid, Region, SeriesUid};

/// How far a decision reaches. A narrower scope wins over a wider one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// One frame of one instance, counted from 0.
    Frame(InstanceUid, u32),
    /// All frames of one instance.
    Instance(InstanceUid),
    /// All instances of one series (of the same image size, for masks).
    Series(SeriesUid),
    /// All instances of the batch.
    Batch,
}

impl Scope {
    /// Precedence: 0 is the widest, a higher number wins.
    pub const fn rank(&self) -> u8 {
        match self {
            Self::Batch => 0,
            Self::Series(_) => 1,
            Self::Instance(_) => 2,
            Self::Frame(..) => 3,
        }
    }

    /// Whether a frame of an instance of a series lies within.
    pub fn covers(&self, series: &SeriesUid, instance: &InstanceUid, frame: u32) -> bool {
        match self {
            Self::Batch => true,
            Self::Series(uid) => uid == series,
            Self::Instance(uid) => uid == instance,
            Self::Frame(uid, number) => uid == instance && *number == frame,
        }
    }
}

/// Names a mask for as long as the review lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MaskId(pub u64);

/// A region to be painted over in all frames of a scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    /// Its name.
    pub id: MaskId,
    /// In image pixels.
    pub region: Region,
    /// Columns and rows of the image it was drawn on: frames of another size are not masked by it
    /// but stay undecided.
    pub image_size: (u32, u32),
    /// Where it applies.
    pub scope: Scope,
    /// Frames or instances that are taken out of it.
    pub exceptions: Vec<Scope>,
}

impl Mask {
    /// Whether it paints this frame of an image of `image_size`.
    pub fn applies_to(
        &self,
        series: &SeriesUid,
        instance: &InstanceUid,
        frame: u32,
        image_size: (u32, u32),
    ) -> bool {
        self.image_size == image_size
            && self.scope.covers(series, instance, frame)
            && !self.exceptions.iter().any(|scope| scope.covers(series, instance, frame))
    }
}
