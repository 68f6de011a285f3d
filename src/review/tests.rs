//! The algebra against slow references, and the state against a disk in memory.

mod algebra;
mod gate;
mod groups;
mod identity;
mod state;
mod verdicts;

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use crate::model::{
    Coverage, Decision, Digest256, Finding, FindingSource, FrameFindings, InstanceUid, LookAlike,
    Mask, MaskId, PatientKey, Phi, Region, Scope, SeriesUid, StudyUid,
};
use crate::review::{
    Basis, Command, Effect, InstanceCard, InstanceEntry, Journal, ReviewState, SelectCommand,
};
use crate::store::{EventBody, NewEvent, Recorded};

pub(super) const SIZE: (u32, u32) = (100, 80);

pub(super) fn series(name: &str) -> SeriesUid {
    SeriesUid::new(name)
}

pub(super) fn instance(name: &str) -> InstanceUid {
    InstanceUid::new(name)
}

pub(super) fn region(x0: u32, y0: u32, x1: u32, y1: u32) -> Region {
    Region { x0, y0, x1, y1 }
}

pub(super) fn mask(id: u64, region: Region, scope: Scope) -> Decision {
    let exceptions = Vec::new();
    Decision::AddMask(Mask { id: MaskId(id), region, image_size: SIZE, scope, exceptions })
}

/// A disk that never fails, with a clock that stands still.
#[derive(Default)]
pub(super) struct Disk {
    pub log: Vec<Recorded>,
}

impl Disk {
    pub fn append(&mut self, event: &NewEvent) -> Recorded {
        let recorded = Recorded {
            ticket: event.ticket,
            seq: self.log.len() as u64 + 1,
            at: Timestamp::UNIX_EPOCH,
            reader: event.reader.clone(),
            body: event.body.clone(),
            hmac: Digest256([0; 32]),
        };
        self.log.push(recorded.clone());
        recorded
    }

    pub fn write(&mut self, reader: &str, body: EventBody) -> Recorded {
        self.append(&NewEvent { ticket: 0, reader: reader.to_owned(), body })
    }
}

fn look_of(modality: &str, frames: u32) -> Arc<LookAlike> {
    let image_size = (frames > 0).then_some(SIZE);
    Arc::new(LookAlike { modality: modality.to_owned(), image_size, ..LookAlike::default() })
}

/// A card of a series: `frames` of [`SIZE`], of patient `p`.
pub(super) fn card(of: &str, modality: &str, name: &str, frames: u32) -> InstanceCard {
    InstanceCard {
        patient: PatientKey::new("p"),
        patient_label: Phi::new("DOE^JANE".to_owned()),
        study: StudyUid::new("study"),
        study_label: Phi::new("study".to_owned()),
        series: series(of),
        series_label: Phi::new(of.to_owned()),
        modality: modality.to_owned(),
        entry: InstanceEntry {
            instance: instance(name),
            path: Phi::new(PathBuf::from(name)),
            input: Some(Digest256([name.len() as u8; 32])),
            number: None,
            sop_class: "CT Image Storage".to_owned(),
            image_size: (frames > 0).then_some(SIZE),
            frames,
            group: look_of(modality, frames).id(),
            look: look_of(modality, frames),
            face_risk: false,
            causes: Default::default(),
        },
    }
}

pub(super) fn finding(region: Region, text: &str) -> Finding {
    Finding {
        region,
        text: Phi::new(text.to_owned()),
        score: 90,
        read_confidence: 80,
        source: FindingSource::Detector,
    }
}

pub(super) fn found(frame: u32, findings: Vec<Finding>) -> FrameFindings {
    let coverage = match findings.len() {
        0 => Coverage::NothingFound,
        count => Coverage::Found(count),
    };
    FrameFindings { frame, coverage, findings }
}

pub(super) fn basis() -> Basis {
    Basis { profile: Digest256([1; 32]), detector: Some(Digest256([2; 32])) }
}

/// A state, a disk, and a window that paints at once.
pub(super) struct Desk {
    pub state: ReviewState,
    pub disk: Disk,
    /// What was told and asked beside appending and showing.
    pub effects: Vec<Effect>,
    /// Whether frames are painted as soon as they are asked for.
    pub paints: bool,
}

impl Desk {
    /// Two CT series (`s1`: `a`, `b`; `s2`: `c`) and a DX (`s3`: `d`), indexed whole.
    pub fn new() -> Self {
        Self::on(Disk::default())
    }

    pub fn on(disk: Disk) -> Self {
        let mut state = ReviewState::new("ann", basis(), Journal::replay(&disk.log));
        state.grow(vec![
            card("s1", "CT", "a", 2),
            card("s1", "CT", "b", 1),
            card("s2", "CT", "c", 1),
            card("s3", "DX", "d", 2),
        ]);
        state.dictionary(&PatientKey::new("p"), Some(Digest256([3; 32])));
        Self { state, disk, effects: Vec::new(), paints: true }
    }

    pub fn send(&mut self, command: Command) {
        let effects = self.state.handle(command);
        self.run(effects);
    }

    pub fn run(&mut self, effects: Vec<Effect>) {
        let mut queue: std::collections::VecDeque<Effect> = effects.into();
        while let Some(effect) = queue.pop_front() {
            match effect {
                Effect::Append(event) => {
                    let recorded = self.disk.append(&event);
                    queue.extend(self.state.recorded(&recorded));
                }
                Effect::Show { instance, frame } if self.paints => {
                    self.state.painted(&instance, frame);
                }
                other => self.effects.push(other),
            }
        }
    }

    pub fn show(&mut self, name: &str) {
        self.send(Command::Select(SelectCommand::Instance(instance(name))));
    }

    pub fn shown(&self) -> &str {
        self.state.selection().instance.as_ref().map_or("", |uid| uid.as_str())
    }

    pub fn notices(&mut self) -> Vec<String> {
        let effects = std::mem::take(&mut self.effects);
        effects
            .into_iter()
            .filter_map(|effect| match effect {
                Effect::Notify(notice) => Some(notice.text),
                _ => None,
            })
            .collect()
    }
}
