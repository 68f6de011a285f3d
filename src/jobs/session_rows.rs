//! The index's instances as the window lists them.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::index::{Instance, Problem};
use crate::model::Phi;
use crate::review::{InstanceCard, InstanceEntry, ProblemCard};

/// An instance for the window's outline.
pub(crate) fn card(instance: &Instance) -> InstanceCard {
    let labels = &instance.labels;
    let joined = |parts: &[&Phi<String>]| {
        let words: Vec<&str> = parts
            .iter()
            .map(|part| part.expose().as_str())
            .filter(|part| !part.is_empty())
            .collect();
        Phi::new(words.join(" · "))
    };
    InstanceCard {
        patient: instance.patient.clone(),
        patient_label: joined(&[&labels.patient_name, &labels.patient_id]),
        study: instance.study.clone(),
        study_label: joined(&[&labels.study_date, &labels.study_description]),
        series: instance.series.clone(),
        series_label: joined(&[&labels.series_number, &labels.series_description]),
        modality: instance.modality.clone(),
        entry: InstanceEntry {
            instance: instance.uid.clone(),
            path: Phi::new(instance.path.clone()),
            input: Some(instance.digest),
            number: (instance.labels.instance_number != i64::MIN)
                .then_some(instance.labels.instance_number),
            sop_class: instance.sop_class.clone(),
            image_size: (instance.frames > 0).then_some(instance.image_size),
            frames: instance.frames,
            look: Arc::new(instance.look_alike()),
            group: instance.group,
            face_risk: instance.has_face_risk(),
            causes: BTreeSet::new(),
        },
    }
}

/// A file that is no instance, for the window's Problems lane.
pub(crate) fn problem_card(problem: &Problem) -> ProblemCard {
    ProblemCard { path: Phi::new(problem.path.clone()), cause: problem.cause }
}
