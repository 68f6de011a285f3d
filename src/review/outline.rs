//! What the screens list: patients, studies, series, instances, and the Problems lane.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use crate::model::{
    Cause, Digest256, GroupId, InstanceUid, Lies, LookAlike, PatientKey, Phi, SeriesUid, StudyUid,
};
use crate::review::identity::SeriesOwner;

/// One instance with all that is around it, as the index streams it in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceCard {
    /// Its patient.
    pub patient: PatientKey,
    /// What to show for the patient.
    pub patient_label: Phi<String>,
    /// Its study.
    pub study: StudyUid,
    /// What to show for the study.
    pub study_label: Phi<String>,
    /// Its series.
    pub series: SeriesUid,
    /// What to show for the series.
    pub series_label: Phi<String>,
    /// Modality (0008,0060).
    pub modality: String,
    /// The instance.
    pub entry: InstanceEntry,
}

/// One instance of the outline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceEntry {
    /// SOP Instance UID.
    pub instance: InstanceUid,
    /// Its path, relative to the input folder.
    pub path: Phi<PathBuf>,
    /// SHA-256 of the input file; `None` until it was read whole.
    pub input: Option<Digest256>,
    /// Instance Number (0020,0013), which orders the series.
    pub number: Option<i64>,
    /// SOP Class, by name or UID.
    pub sop_class: String,
    /// Columns and rows; `None` without an image.
    pub image_size: Option<(u32, u32)>,
    /// Number of frames; 0 without an image.
    pub frames: u32,
    /// What it has in common with the instances that look like it.
    pub look: Arc<LookAlike>,
    /// The name of that group.
    pub group: GroupId,
    /// Whether it may show a face or other recognizable features.
    pub face_risk: bool,
    /// What is wrong with it, though it could be indexed.
    pub causes: BTreeSet<Cause>,
}

impl InstanceEntry {
    /// Whether there is something to look at.
    pub const fn has_pixels(&self) -> bool {
        self.frames > 0
    }
}

/// A file that is not part of the batch, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProblemCard {
    /// Its path, relative to the input folder.
    pub path: Phi<PathBuf>,
    /// Why.
    pub cause: Cause,
}

/// A patient of the outline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatientEntry {
    /// What to show.
    pub label: Phi<String>,
    /// Their studies, in the order of coming.
    pub studies: Vec<StudyUid>,
    /// Digest of the subject dictionary once it is complete; plans are provisional before.
    pub dictionary: Option<Digest256>,
}

/// A study of the outline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StudyEntry {
    /// Its patient.
    pub patient: PatientKey,
    /// What to show.
    pub label: Phi<String>,
    /// Its series, in the order of coming.
    pub series: Vec<SeriesUid>,
}

/// A series of the outline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesEntry {
    /// Its patient.
    pub patient: PatientKey,
    /// Its study.
    pub study: StudyUid,
    /// What to show.
    pub label: Phi<String>,
    /// Modality (0008,0060).
    pub modality: String,
    /// Its instances by Instance Number, then UID.
    pub instances: Vec<InstanceUid>,
    /// Whether its instances do not agree on patient, study or modality.
    pub conflict: bool,
}

/// The batch as the screens list it. It grows while the index streams in.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Outline {
    patients: BTreeMap<PatientKey, PatientEntry>,
    patient_order: Vec<PatientKey>,
    studies: BTreeMap<StudyUid, StudyEntry>,
    series: BTreeMap<SeriesUid, SeriesEntry>,
    instances: BTreeMap<InstanceUid, (SeriesUid, InstanceEntry)>,
    problems: Vec<ProblemCard>,
    /// One of each, so that thousands of instances share it.
    looks: BTreeSet<Arc<LookAlike>>,
    owners: BTreeMap<SeriesUid, (PatientKey, Phi<String>)>,
}

impl Outline {
    /// Takes in an instance, or news of one that is there; says which series it touches.
    ///
    /// A second file under the same UID becomes a problem and is no member: a copy, or, with other
    /// content, a conflict that neither file can be released from. The member then has that cause.
    pub fn add(&mut self, mut card: InstanceCard) -> Option<SeriesUid> {
        match self.looks.get(&card.entry.look) {
            Some(look) => card.entry.look = Arc::clone(look),
            None => {
                self.looks.insert(Arc::clone(&card.entry.look));
            }
        }
        let uid = card.entry.instance.clone();
        if let Some((series, entry)) = self.instances.get_mut(&uid) {
            if entry.path == card.entry.path && *series == card.series {
                *entry = card.entry;
                let series = series.clone();
                if let Some(there) = self.series.get_mut(&series) {
                    there.instances.retain(|other| *other != uid);
                }
                self.insert_in_order(&series, uid);
                return Some(series);
            }
            let is_copy = entry.input == card.entry.input;
            let cause = if is_copy { Cause::Duplicate } else { Cause::ConflictingIdentity };
            self.problems.push(ProblemCard { path: card.entry.path, cause });
            if is_copy {
                return None;
            }
            entry.causes.insert(cause);
            return Some(series.clone());
        }
        self.place(&card);
        let series = card.series;
        self.instances.insert(uid.clone(), (series.clone(), card.entry));
        self.insert_in_order(&series, uid);
        Some(series)
    }

    /// Makes patient, study and series of a card where they are not there yet.
    fn place(&mut self, card: &InstanceCard) {
        let patient = self.patients.entry(card.patient.clone()).or_insert_with(|| {
            self.patient_order.push(card.patient.clone());
            PatientEntry {
                label: card.patient_label.clone(),
                studies: Vec::new(),
                dictionary: None,
            }
        });
        if !patient.studies.contains(&card.study) {
            patient.studies.push(card.study.clone());
        }
        let study = self.studies.entry(card.study.clone()).or_insert_with(|| StudyEntry {
            patient: card.patient.clone(),
            label: card.study_label.clone(),
            series: Vec::new(),
        });
        let mut conflict = study.patient != card.patient;
        if !study.series.contains(&card.series) {
            study.series.push(card.series.clone());
        }
        let series = self.series.entry(card.series.clone()).or_insert_with(|| SeriesEntry {
            patient: card.patient.clone(),
            study: card.study.clone(),
            label: card.series_label.clone(),
            modality: card.modality.clone(),
            instances: Vec::new(),
            conflict: false,
        });
        conflict |= series.patient != card.patient
            || series.study != card.study
            || series.modality != card.modality;
        series.conflict |= conflict;
    }

    /// Puts a member at its place in the series' order.
    fn insert_in_order(&mut self, series: &SeriesUid, uid: InstanceUid) {
        let instances = &self.instances;
        let number = |uid: &InstanceUid| {
            instances.get(uid).and_then(|(_, entry)| entry.number).unwrap_or(i64::MAX)
        };
        let Some(entry) = self.series.get_mut(series) else { return };
        let own = (number(&uid), &uid);
        let at = entry.instances.partition_point(|other| (number(other), other) < own);
        entry.instances.insert(at, uid);
    }

    /// Takes in a file that is not part of the batch.
    pub fn add_problem(&mut self, problem: ProblemCard) {
        self.problems.push(problem);
    }

    /// Notes the SHA-256 of an instance's file; says which series it touches.
    pub fn set_input(&mut self, instance: &InstanceUid, input: Digest256) -> Option<SeriesUid> {
        let (series, entry) = self.instances.get_mut(instance)?;
        entry.input = Some(input);
        Some(series.clone())
    }

    /// Notes what is wrong with an instance; says which series it touches.
    pub fn add_cause(&mut self, instance: &InstanceUid, cause: Cause) -> Option<SeriesUid> {
        let (series, entry) = self.instances.get_mut(instance)?;
        entry.causes.insert(cause);
        Some(series.clone())
    }

    /// Notes a patient's dictionary, complete or (`None`) growing; says which series it touches.
    pub fn set_dictionary(
        &mut self,
        patient: &PatientKey,
        dictionary: Option<Digest256>,
    ) -> Vec<SeriesUid> {
        let Some(entry) = self.patients.get_mut(patient) else { return Vec::new() };
        if entry.dictionary == dictionary {
            return Vec::new();
        }
        entry.dictionary = dictionary;
        // Not by way of the studies: in a conflict a study lists series of another patient.
        self.series
            .iter()
            .filter(|(_, series)| series.patient == *patient)
            .map(|(uid, _)| uid.clone())
            .collect()
    }

    /// The patients, in the order of coming.
    pub fn patients(&self) -> impl Iterator<Item = (&PatientKey, &PatientEntry)> {
        self.patient_order.iter().filter_map(|key| self.patients.get_key_value(key))
    }

    /// Says whose series are after the answers to questions of identity: where the screens list
    /// them. What verdicts rest on stays with the patients as they were read.
    pub fn set_owners(&mut self, owners: Vec<SeriesOwner>) {
        let named = |owner: SeriesOwner| (owner.series, (owner.owner, owner.label));
        self.owners = owners.into_iter().map(named).collect();
    }

    /// What to show for the patient of a series.
    pub fn patient_label(&self, series: &SeriesUid) -> Phi<String> {
        if let Some((_, label)) = self.owners.get(series) {
            return label.clone();
        }
        let patient = self.series.get(series).and_then(|entry| self.patients.get(&entry.patient));
        patient.map(|patient| patient.label.clone()).unwrap_or_default()
    }

    /// All series, in the order the screens list them: by patient, study and coming.
    pub fn series(&self) -> impl Iterator<Item = (&SeriesUid, &SeriesEntry)> {
        let mut all: Vec<_> = self.as_read().collect();
        if !self.owners.is_empty() {
            let mut places: BTreeMap<&PatientKey, usize> = BTreeMap::new();
            all.sort_by_cached_key(|(uid, entry)| {
                let owner = self.owners.get(*uid).map_or(&entry.patient, |(owner, _)| owner);
                let next = places.len();
                *places.entry(owner).or_insert(next)
            });
        }
        all.into_iter()
    }

    /// All series by patient as read, study and coming.
    fn as_read(&self) -> impl Iterator<Item = (&SeriesUid, &SeriesEntry)> {
        self.patients()
            .flat_map(move |(key, patient)| {
                let own = move |study: &&StudyEntry| study.patient == *key;
                patient.studies.iter().filter_map(|uid| self.studies.get(uid)).filter(own)
            })
            .flat_map(|study| study.series.iter().map(move |uid| (study, uid)))
            .filter_map(|(study, uid)| {
                let (uid, entry) = self.series.get_key_value(uid)?;
                // A series that two studies claim is listed once, where it came first.
                let first = self.studies.get(&entry.study)?;
                std::ptr::eq(first, study).then_some((uid, entry))
            })
    }

    /// One patient.
    pub fn patient(&self, key: &PatientKey) -> Option<&PatientEntry> {
        self.patients.get(key)
    }

    /// One study.
    pub fn study(&self, uid: &StudyUid) -> Option<&StudyEntry> {
        self.studies.get(uid)
    }

    /// One series.
    pub fn one_series(&self, uid: &SeriesUid) -> Option<&SeriesEntry> {
        self.series.get(uid)
    }

    /// One instance.
    pub fn instance(&self, uid: &InstanceUid) -> Option<&InstanceEntry> {
        self.instances.get(uid).map(|(_, entry)| entry)
    }

    /// The series of an instance.
    pub fn series_of(&self, uid: &InstanceUid) -> Option<&SeriesUid> {
        self.instances.get(uid).map(|(series, _)| series)
    }

    /// What the instances have in common, each once.
    pub fn looks(&self) -> impl Iterator<Item = &Arc<LookAlike>> {
        self.looks.iter()
    }

    /// Where an instance lies.
    pub fn lies(&self, uid: &InstanceUid) -> Option<Lies<'_>> {
        let (series, entry) = self.instances.get(uid)?;
        Some(Lies { series, group: entry.group })
    }

    /// The members of a series, in its order.
    pub fn members(&self, series: &SeriesUid) -> impl Iterator<Item = &InstanceEntry> {
        self.series
            .get(series)
            .into_iter()
            .flat_map(|entry| &entry.instances)
            .filter_map(|uid| self.instance(uid))
    }

    /// The files that are not part of the batch, in the order of coming.
    pub fn problems(&self) -> &[ProblemCard] {
        &self.problems
    }

    /// Number of instances.
    pub fn instance_count(&self) -> usize {
        self.instances.len()
    }

    /// Number of series.
    pub fn series_count(&self) -> usize {
        self.series.len()
    }
}
