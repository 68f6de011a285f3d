//! How far a decision reaches, and masks.

use crate::model::{GroupId, InstanceUid, Region, SeriesUid};

/// How far a decision reaches. A narrower scope wins over a wider one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// One frame of one instance, counted from 0.
    Frame(InstanceUid, u32),
    /// All frames of one instance.
    Instance(InstanceUid),
    /// All instances of one series (of the same image size, for masks).
    Series(SeriesUid),
    /// All instances that look alike.
    Group(GroupId),
    /// All instances of the batch.
    Batch,
}

impl Scope {
    /// Precedence: 0 is the widest, a higher number wins.
    pub const fn rank(&self) -> u8 {
        match self {
            Self::Batch => 0,
            Self::Group(_) => 1,
            Self::Series(_) => 2,
            Self::Instance(_) => 3,
            Self::Frame(..) => 4,
        }
    }

    /// Whether a frame of an instance lies within.
    pub fn covers(&self, lies: Lies<'_>, instance: &InstanceUid, frame: u32) -> bool {
        match self {
            Self::Batch => true,
            Self::Group(id) => *id == lies.group,
            Self::Series(uid) => uid == lies.series,
            Self::Instance(uid) => uid == instance,
            Self::Frame(uid, number) => uid == instance && *number == frame,
        }
    }
}

/// Where an instance lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lies<'a> {
    /// Its series.
    pub series: &'a SeriesUid,
    /// Its look-alike group.
    pub group: GroupId,
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
        lies: Lies<'_>,
        instance: &InstanceUid,
        frame: u32,
        image_size: (u32, u32),
    ) -> bool {
        self.image_size == image_size
            && self.scope.covers(lies, instance, frame)
            && !self.exceptions.iter().any(|scope| scope.covers(lies, instance, frame))
    }
}
