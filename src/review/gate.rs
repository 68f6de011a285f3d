//! The gate: what keeps a batch from being exported, for the window and the command line alike.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::model::{Cause, SeriesUid, StudyUid};
use crate::profile::GateDemand;
use crate::review::going::{GateSeries, batch_digest};
use crate::review::journal::Journal;
use crate::review::sample::Sample;
use crate::review::series::SeriesState;

/// The question about recognizable features, as it stands in the log.
pub const FACES: &str = "face-risk";
/// What must be typed to use a profile for a benchmark, and how that stands in the log.
pub const BENCHMARK: &str = "benchmark";

/// What the gate judges.
#[derive(Debug)]
pub struct GateFacts<'a> {
    /// All series of the batch.
    pub series: Vec<GateSeries>,
    /// Number of files that cannot be read.
    pub problems: usize,
    /// How the question about these very files stands in the log: see [`problems_question`].
    pub problems_question: String,
    /// The log.
    pub journal: &'a Journal,
}

/// A demand that is not met, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmet {
    /// Which.
    pub demand: GateDemand,
    /// Number of series, studies or files that do not meet it.
    pub count: usize,
    /// The series where that is mended; none for the whole batch.
    pub series: Vec<SeriesUid>,
}

impl Unmet {
    /// What is the matter, for people; no values.
    pub fn words(&self) -> String {
        let count = |one: &str, more: &str| match self.count {
            1 => format!("1 {one}"),
            count => format!("{count} {more}"),
        };
        match self.demand {
            GateDemand::Decided => count("series has no verdict", "series have no verdict"),
            GateDemand::Identity => count(
                "series waits for an answer whose files these are",
                "series wait for an answer whose files these are",
            ),
            GateDemand::Problems => count(
                "file cannot be read, and nobody said to have seen that",
                "files cannot be read, and nobody said to have seen that",
            ),
            GateDemand::Faces => count(
                "series may show a face, and nobody said that it may go",
                "series may show a face, and nobody said that they may go",
            ),
            GateDemand::SecondReading => {
                count("series needs a second reader", "series need a second reader")
            }
            GateDemand::WholeStudies => count("study would go in part", "studies would go in part"),
            GateDemand::Sample => count(
                "frame waits for a sample without a leak",
                "frames wait for a sample without a leak",
            ),
            GateDemand::Signed => count("series is not signed for", "series are not signed for"),
            GateDemand::Benchmark => {
                "The profile is for a benchmark only, and nobody said that this \
                                      is one"
                    .to_owned()
            }
        }
    }
}

/// How the question about files that cannot be read stands in the log: other files are another
/// question. `files` are their paths and causes, in any order.
pub fn problems_question<'a>(files: impl IntoIterator<Item = (&'a Path, Cause)>) -> String {
    let named = |(path, cause): (&'a Path, Cause)| (path.as_os_str().as_bytes(), cause.to_string());
    let sorted: BTreeSet<(&[u8], String)> = files.into_iter().map(named).collect();
    let mut hash = Sha256::new();
    for (path, cause) in &sorted {
        for part in [path, cause.as_bytes()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    format!("problems {:.16}", hex::encode(hash.finalize()))
}

/// Which demands are not met, and were not overridden, in the order of [`GateDemand::ALL`].
pub fn unmet(demands: &[GateDemand], facts: &GateFacts<'_>) -> Vec<Unmet> {
    let wanted = GateDemand::ALL.into_iter().filter(|demand| demands.contains(demand));
    let open = wanted
        .filter(|demand| !(demand.can_be_overridden() && facts.journal.is_overridden(*demand)));
    open.filter_map(|demand| facts.against(demand)).collect()
}

impl GateFacts<'_> {
    /// The sample that speaks for what would go out now.
    pub fn sample(&self) -> Option<&Sample> {
        let last = self.journal.samples().last()?;
        (last.basis == batch_digest(&self.series)).then_some(last)
    }

    fn against(&self, demand: GateDemand) -> Option<Unmet> {
        let of = |wanted: &dyn Fn(&GateSeries) -> bool| {
            let series: Vec<SeriesUid> =
                self.series.iter().filter(|it| wanted(it)).map(|it| it.series.clone()).collect();
            let count = series.len();
            (count > 0).then_some(Unmet { demand, count, series })
        };
        match demand {
            GateDemand::Decided => of(&|it| it.state.needs_verdict()),
            GateDemand::Identity => {
                of(&|it| it.identity && !matches!(it.state, SeriesState::Rejected { .. }))
            }
            GateDemand::Problems => {
                let open =
                    self.problems > 0 && !self.journal.acknowledged_whole(&self.problems_question);
                open.then_some(Unmet { demand, count: self.problems, series: Vec::new() })
            }
            GateDemand::Faces => {
                of(&|it| it.goes() && it.face_risk && !self.journal.acknowledged(FACES, &it.series))
            }
            GateDemand::SecondReading => of(&|it| {
                let current = it.fingerprint.as_ref();
                it.goes()
                    && current.is_none_or(|now| {
                        self.journal.decisions().approvers(&it.series, now).count() < 2
                    })
            }),
            GateDemand::Sample => {
                let going = self.series.iter().filter(|it| it.goes());
                let unseen: u64 = going.map(|it| it.unseen).sum();
                let speaks = self.sample().is_some_and(Sample::is_clean);
                // A leak that was found stays one until what goes has changed.
                let basis = batch_digest(&self.series);
                let samples = self.journal.samples().iter().filter(|it| it.basis == basis);
                let leaks: u64 = samples.map(Sample::leaks).sum();
                let open = leaks.max(if speaks { 0 } else { unseen });
                let count = usize::try_from(open).unwrap_or(usize::MAX);
                (count > 0).then_some(Unmet { demand, count, series: Vec::new() })
            }
            GateDemand::Signed => {
                let count = self.series.iter().filter(|it| it.goes()).count();
                let is_signed = self.journal.signed(&batch_digest(&self.series)).is_some();
                (count > 0 && !is_signed).then_some(Unmet { demand, count, series: Vec::new() })
            }
            GateDemand::Benchmark => {
                let is_said = self.journal.acknowledged_whole(BENCHMARK);
                (!is_said).then_some(Unmet { demand, count: 1, series: Vec::new() })
            }
            GateDemand::WholeStudies => {
                let mut studies: BTreeMap<&StudyUid, Vec<&GateSeries>> = BTreeMap::new();
                for it in &self.series {
                    studies.entry(&it.study).or_default().push(it);
                }
                studies.retain(|_, there| {
                    there.iter().any(|it| it.goes()) && !there.iter().all(|it| it.goes())
                });
                let kept_back = studies.values().flatten().filter(|it| !it.goes());
                let series = kept_back.map(|it| it.series.clone()).collect();
                let count = studies.len();
                (count > 0).then_some(Unmet { demand, count, series })
            }
        }
    }
}
