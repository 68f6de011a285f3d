//! What would go out: the series of a batch as gate, samples and signatures see them.

use sha2::{Digest, Sha256};

use crate::model::{Digest256, SeriesUid, StudyUid};
use crate::review::series::SeriesState;

/// One series as the gate sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateSeries {
    /// Which.
    pub series: SeriesUid,
    /// Its study.
    pub study: StudyUid,
    /// How it stands.
    pub state: SeriesState,
    /// What a verdict would rest on now; `None` while that cannot be told.
    pub fingerprint: Option<Digest256>,
    /// Whether it may show recognizable features.
    pub face_risk: bool,
    /// Whether a question of identity holds files of it.
    pub identity: bool,
    /// Frames that no person looked at.
    pub unseen: u64,
}

impl GateSeries {
    /// Whether it would go.
    pub fn goes(&self) -> bool {
        self.state == SeriesState::Approved && !self.identity
    }
}

/// Names what would go out: the series that go, and what each approval rests on. Whoever signs, signs
/// this.
pub fn batch_digest<'a>(series: impl IntoIterator<Item = &'a GateSeries>) -> Digest256 {
    let mut going: Vec<(&str, Option<Digest256>)> = series
        .into_iter()
        .filter(|it| it.goes())
        .map(|it| (it.series.as_str(), it.fingerprint))
        .collect();
    going.sort();
    let mut hash = Sha256::new();
    hash.update(b"veridact batch 1");
    for (series, fingerprint) in going {
        hash.update((series.len() as u64).to_be_bytes());
        hash.update(series);
        hash.update(fingerprint.map_or([0; 32], |it| it.0));
    }
    Digest256(hash.finalize().into())
}
