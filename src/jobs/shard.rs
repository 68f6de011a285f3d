//! Parts of a batch that are exported by runs of their own, into one folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::index::{Batch, Instance};

/// One of several parts of a batch. Patients are dealt out by a digest of how their files name them, so
/// that neither the number of files nor their order moves anybody; patients who share a series or a study
/// stay together, in the part of the first of them by path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    number: u32,
    of: u32,
}

/// Not `I/N` with 1 ≤ I ≤ N.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a part such as 2/4: its number, and how many there are")]
pub struct NoShard;

impl FromStr for Shard {
    type Err = NoShard;

    fn from_str(text: &str) -> Result<Self, NoShard> {
        let (number, of) = text.split_once('/').ok_or(NoShard)?;
        let whole = |text: &str| text.parse::<u32>().map_err(|_why| NoShard);
        let (number, of) = (whole(number)?, whole(of)?);
        if number == 0 || number > of { Err(NoShard) } else { Ok(Self { number, of }) }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl Shard {
    const fn is_first(self) -> bool {
        self.number == 1
    }

    /// Its number and how many there are.
    pub const fn parts(self) -> (u32, u32) {
        (self.number, self.of)
    }

    /// This part of a batch, as it was read: answers about identities come later, and move nobody. The
    /// files that belong to no patient are in the first.
    pub fn part(self, batch: &Batch) -> Batch {
        batch.part(&self.members(batch), self.is_first())
    }

    fn members(self, batch: &Batch) -> BTreeSet<PathBuf> {
        let mut groups = Groups::default();
        for instance in batch.instances.values() {
            groups.join(instance);
        }
        let mut patients: BTreeMap<usize, &str> = BTreeMap::new();
        let instances: Vec<(&Instance, usize)> =
            batch.instances.values().map(|instance| (instance, groups.of(instance))).collect();
        for (instance, group) in &instances {
            patients.entry(*group).or_insert(instance.patient.as_str());
        }
        let is_mine = |group: &usize| {
            patients.get(group).is_some_and(|patient| self.deals_out(patient) == self.number)
        };
        instances
            .into_iter()
            .filter(|(_, group)| is_mine(group))
            .map(|(instance, _)| instance.path.clone())
            .collect()
    }

    /// The number of the part that a patient falls into.
    fn deals_out(self, patient: &str) -> u32 {
        let digest = Sha256::digest(patient.as_bytes());
        let head = digest.iter().take(8).fold(0_u64, |head, byte| head << 8 | u64::from(*byte));
        1 + (head % u64::from(self.of)) as u32
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Patient,
    Study,
    Series,
}

/// Patients, series and studies that share an instance, joined.
#[derive(Default)]
struct Groups<'a> {
    /// The number of each patient, study and series.
    numbers: BTreeMap<(Level, &'a str), usize>,
    /// The number that each number was joined to.
    joined: Vec<usize>,
}

impl<'a> Groups<'a> {
    fn number(&mut self, name: (Level, &'a str)) -> usize {
        let next = self.joined.len();
        let number = *self.numbers.entry(name).or_insert(next);
        if number == next {
            self.joined.push(next);
        }
        number
    }

    fn root(&mut self, mut number: usize) -> usize {
        while let Some(&up) = self.joined.get(number).filter(|up| **up != number) {
            let above = self.joined.get(up).copied().unwrap_or(up);
            if let Some(place) = self.joined.get_mut(number) {
                *place = above;
            }
            number = up;
        }
        number
    }

    fn join(&mut self, instance: &'a Instance) {
        let patient = self.of(instance);
        for name in
            [(Level::Study, instance.study.as_str()), (Level::Series, instance.series.as_str())]
        {
            let number = self.number(name);
            let (one, other) = (self.root(number), self.root(patient));
            if let Some(place) = self.joined.get_mut(one.max(other)) {
                *place = one.min(other);
            }
        }
    }

    fn of(&mut self, instance: &'a Instance) -> usize {
        let patient = self.number((Level::Patient, instance.patient.as_str()));
        self.root(patient)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::Entry;
    use crate::model::{InstanceUid, PatientKey, SeriesUid, StudyUid};

    fn batch(files: &[(&str, &str, &str)]) -> Batch {
        let mut batch = Batch::default();
        for (number, (patient, study, series)) in files.iter().enumerate() {
            let instance = Instance {
                path: format!("{number:03}").into(),
                patient: PatientKey::new(patient),
                study: StudyUid::new(study),
                series: SeriesUid::new(series),
                uid: InstanceUid::new(&number.to_string()),
                ..Instance::blank()
            };
            batch.add(Entry::Instance(Box::new(instance), Vec::new()));
        }
        batch
    }

    fn parts(of: u32, batch: &Batch) -> Vec<BTreeSet<PathBuf>> {
        (1..=of).map(|number| Shard { number, of }.members(batch)).collect()
    }

    #[test]
    fn parts_are_told_by_number_and_count() {
        assert_eq!("2/4".parse(), Ok(Shard { number: 2, of: 4 }));
        assert_eq!(Shard { number: 2, of: 4 }.to_string(), "2/4");
        for wrong in ["", "2", "0/4", "5/4", "1/0", "-1/4", "a/b", "1/4/4"] {
            assert_eq!(wrong.parse::<Shard>(), Err(NoShard), "{wrong}");
        }
    }

    #[test]
    fn every_file_is_in_one_part_and_patients_stay_where_they_are() {
        let names: Vec<String> = (0..60).map(|number| format!("p{number}")).collect();
        let files: Vec<_> =
            names.iter().map(|name| (name.as_str(), name.as_str(), name.as_str())).collect();
        let all = batch(&files);
        let four = parts(4, &all);
        assert_eq!(four.iter().map(BTreeSet::len).sum::<usize>(), 60);
        assert!(four.iter().all(|part| part.len() > 5), "{four:?}");
        assert_eq!(parts(1, &all)[0].len(), 60);
        // Fewer files, the same parts.
        let half = parts(4, &batch(&files[..30]));
        for (part, whole) in half.iter().zip(&four) {
            assert!(part.is_subset(whole));
        }
    }

    #[test]
    fn what_hangs_together_stays_together() {
        let names: Vec<String> = (0..20).map(|number| format!("p{number}")).collect();
        // Each patient shares a series with the next one, or a study.
        let mut files = Vec::new();
        for (at, two) in names.windows(2).enumerate() {
            let shared = if at % 2 == 0 { ("s", two[0].as_str()) } else { (two[1].as_str(), "t") };
            files.extend([
                (two[0].as_str(), shared.0, shared.1),
                (two[1].as_str(), shared.0, shared.1),
            ]);
        }
        let four = parts(4, &batch(&files));
        assert_eq!(four.iter().filter(|part| !part.is_empty()).count(), 1);
    }
}
