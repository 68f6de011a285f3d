//! How far a job is, and whether it should stop.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// A part of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Files are read.
    Index,
    /// Frames are looked at.
    Detect,
    /// Instances are written and checked.
    Export,
    /// An output is scored.
    Score,
}

/// Counts what is done and carries the wish to stop; shared by threads.
pub struct Progress<'a> {
    tell: &'a (dyn Fn(Stage, usize, usize) + Sync),
    cancel: &'a AtomicBool,
    done: AtomicUsize,
}

impl std::fmt::Debug for Progress<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Progress({} done)", self.done.load(Ordering::Relaxed))
    }
}

impl<'a> Progress<'a> {
    /// `tell` is called with stage, done and total after each step, from any thread.
    pub fn new(tell: &'a (dyn Fn(Stage, usize, usize) + Sync), cancel: &'a AtomicBool) -> Self {
        Self { tell, cancel, done: AtomicUsize::new(0) }
    }

    /// Begins a stage.
    pub fn begin(&self, stage: Stage, total: usize) {
        self.done.store(0, Ordering::Relaxed);
        (self.tell)(stage, 0, total);
    }

    /// Counts steps of a stage as done.
    pub fn step(&self, stage: Stage, count: usize, total: usize) {
        let done = self.done.fetch_add(count, Ordering::Relaxed) + count;
        (self.tell)(stage, done, total);
    }

    /// The flag that cancels the job.
    pub const fn cancel(&self) -> &AtomicBool {
        self.cancel
    }

    /// Whether the job should stop at the next step.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }
}
