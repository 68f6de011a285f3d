//! How a stack is shown as one picture.

/// How a stack is folded into one picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FoldKind {
    /// The greatest value of each pixel.
    Max,
    /// The least value of each pixel.
    Min,
    /// The mean of each pixel.
    Mean,
    /// The standard deviation of each pixel, stretched so that the greatest is white.
    Sigma,
}

impl FoldKind {
    /// All, in the order in which they are gone through.
    pub const ALL: [Self; 4] = [Self::Max, Self::Min, Self::Mean, Self::Sigma];

    /// In one word, for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Max => "max",
            Self::Min => "min",
            Self::Mean => "mean",
            Self::Sigma => "σ",
        }
    }

    /// Its name in the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sigma => "sigma",
            other => other.as_str(),
        }
    }

    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
