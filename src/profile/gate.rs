//! What must hold before an export.

use serde::{Deserialize, Serialize};

/// Something that must hold before an export, besides what always must: no series goes out whose
/// approval is stale, that has an open finding, or whose files may be two people's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GateDemand {
    /// Every series of the batch has a verdict, and none is stale.
    Decided,
    /// Every question whose files these are is answered.
    Identity,
    /// A person saw the list of files that cannot be read.
    Problems,
    /// A person said of each series that may show a face that it may go.
    Faces,
    /// Two readers approved each series that goes.
    SecondReading,
    /// A study goes whole or not at all.
    WholeStudies,
    /// A random sample of what no person looked at was judged, and has no leak.
    Sample,
    /// Somebody signed for exactly what goes.
    Signed,
    /// A person typed that what goes is for a benchmark only: the profile de-identifies nothing that may
    /// leave the house. No override takes the place of that, no profile built on it drops it, and it is
    /// asked under `--approve all`, too.
    Benchmark,
}

impl GateDemand {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 9] = [
        Self::Decided,
        Self::Identity,
        Self::Problems,
        Self::Faces,
        Self::SecondReading,
        Self::WholeStudies,
        Self::Sample,
        Self::Signed,
        Self::Benchmark,
    ];

    /// Its name in profiles, on the command line and in the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Decided => "decided",
            Self::Identity => "identity",
            Self::Problems => "problems",
            Self::Faces => "faces",
            Self::SecondReading => "second-reading",
            Self::WholeStudies => "whole-studies",
            Self::Sample => "sample",
            Self::Signed => "signed",
            Self::Benchmark => "benchmark",
        }
    }

    /// Whether a typed reason can take its place.
    pub const fn can_be_overridden(self) -> bool {
        !matches!(self, Self::Benchmark)
    }

    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|demand| demand.name() == name)
    }

    /// What it demands, for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Decided => "every series has a verdict",
            Self::Identity => "every question of identity is answered",
            Self::Problems => "somebody saw which files cannot be read",
            Self::Faces => "somebody said that what may show a face may go",
            Self::SecondReading => "two readers approved each series that goes",
            Self::WholeStudies => "studies go whole or not at all",
            Self::Sample => "a random sample of what no person looked at has no leak",
            Self::Signed => "somebody signed for exactly what goes",
            Self::Benchmark => "somebody said that this is for a benchmark only",
        }
    }
}
