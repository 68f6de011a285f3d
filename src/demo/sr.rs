//! A structured report with names, dates, references and free text in its tree.

use dicom_dictionary_std::{tags, uids};

use crate::demo::ct;
use crate::demo::dataset::{Dataset, code};
use crate::demo::header::{self, Belongs};
use crate::demo::instance::Instance;
use crate::demo::people::JANE;
use crate::demo::truth::{Kind, Planted};

/// A Comprehensive SR about the CT of the thorax.
pub fn report(seed: u64) -> Instance {
    let class = uids::COMPREHENSIVE_SR_STORAGE;
    let belongs = Belongs::new(seed, JANE, 7).of(class, "SR", "CT Report");
    let mut dataset = header::common(&belongs, 1);
    dataset.date(tags::CONTENT_DATE, JANE.study);
    dataset.texts(&[
        (tags::CONTENT_TIME, "143000"),
        (tags::COMPLETION_FLAG, "COMPLETE"),
        (tags::VERIFICATION_FLAG, "VERIFIED"),
        (tags::VALUE_TYPE, "CONTAINER"),
        (tags::CONTINUITY_OF_CONTENT, "SEPARATE"),
    ]);
    dataset.empty(&[
        tags::PERFORMED_PROCEDURE_CODE_SEQUENCE,
        tags::REFERENCED_PERFORMED_PROCEDURE_STEP_SEQUENCE,
    ]);
    dataset.items(tags::CONCEPT_NAME_CODE_SEQUENCE, vec![code("18747-6", "LN", "CT Report")]);
    let mut observer = Dataset::new();
    observer.plant(tags::VERIFYING_OBSERVER_NAME, Kind::Name, JANE.physician);
    observer.plant(tags::VERIFYING_ORGANIZATION, Kind::Inst, JANE.institution);
    let moment = format!("{}143000", JANE.study.compact());
    observer.plant_day(tags::VERIFICATION_DATE_TIME, Kind::DateElement, JANE.study, &moment);
    observer.empty(&[tags::VERIFYING_OBSERVER_IDENTIFICATION_CODE_SEQUENCE]);
    dataset.items(tags::VERIFYING_OBSERVER_SEQUENCE, vec![observer]);
    evidence(&mut dataset, seed);
    dataset.items(tags::CONTENT_SEQUENCE, tree(seed));
    let file = format!("Roe_Jane_{}/Report.dcm", JANE.id);
    let mut instance = Instance::new(file, dataset, JANE.charset);
    instance.source_title = Some("ORSOLA_RIS");
    instance.named = vec![Planted::new(Kind::Name, "Roe_Jane"), Planted::new(Kind::Mrn, JANE.id)];
    instance
}

/// The instances that the report speaks of.
fn evidence(dataset: &mut Dataset, seed: u64) {
    let source = ct::series(seed);
    let mut series = Dataset::new();
    series.plant(tags::SERIES_INSTANCE_UID, Kind::Uid, &source.series);
    let slices: Vec<String> = [7, 8].map(|number| source.instance_uid(number)).into();
    header::references(&mut series, tags::REFERENCED_SOP_SEQUENCE, source.class, &slices);
    let mut study = Dataset::new();
    study.plant(tags::STUDY_INSTANCE_UID, Kind::Uid, &source.study);
    study.items(tags::REFERENCED_SERIES_SEQUENCE, vec![series]);
    dataset.items(tags::CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE, vec![study]);
}

fn node(relation: &str, kind: &str, concept: (&str, &str, &str)) -> Dataset {
    let mut item = Dataset::new();
    item.texts(&[(tags::RELATIONSHIP_TYPE, relation), (tags::VALUE_TYPE, kind)]);
    item.items(tags::CONCEPT_NAME_CODE_SEQUENCE, vec![code(concept.0, concept.1, concept.2)]);
    item
}

fn tree(seed: u64) -> Vec<Dataset> {
    let source = ct::series(seed);
    let mut language =
        node("HAS CONCEPT MOD", "CODE", ("121049", "DCM", "Language of Content Item"));
    language.items(tags::CONCEPT_CODE_SEQUENCE, vec![code("en", "RFC5646", "English")]);
    let mut observer = node("HAS OBS CONTEXT", "PNAME", ("121008", "DCM", "Person Observer Name"));
    observer.plant(tags::PERSON_NAME, Kind::Name, JANE.physician);
    let mut subject =
        node("HAS OBS CONTEXT", "UIDREF", ("121018", "DCM", "Procedure Study Instance UID"));
    subject.plant(tags::UID, Kind::Uid, &source.study);
    let mut begun = node("HAS OBS CONTEXT", "DATE", ("121125", "DCM", "DateTime Started"));
    begun.date(tags::DATE, JANE.study);
    vec![language, observer, subject, begun, findings(), image(seed)]
}

fn findings() -> Dataset {
    let mut section = node("CONTAINS", "CONTAINER", ("121070", "DCM", "Findings"));
    section.text(tags::CONTINUITY_OF_CONTENT, "SEPARATE");
    let mut text = node("CONTAINS", "TEXT", ("121071", "DCM", "Finding"));
    let words = format!(
        "Mrs. Roe was seen on {}. Nodule of 6 mm in the right upper lobe. \
         Compared with her CT of 3 March 2017 at {} there is no change. Call {} (daughter).",
        JANE.study.spoken(),
        JANE.institution,
        JANE.phone
    );
    text.plant_in(
        tags::TEXT_VALUE,
        &words,
        &[(Kind::Name, JANE.family), (Kind::Inst, JANE.institution), (Kind::Phone, JANE.phone)],
    );
    text.note_day(tags::TEXT_VALUE, Kind::Date, JANE.study, &JANE.study.spoken());
    let mut size = node("CONTAINS", "NUM", ("410668003", "SCT", "Length"));
    let mut value = Dataset::new();
    value.text(tags::NUMERIC_VALUE, "6");
    let unit = code("mm", "UCUM", "millimeter");
    value.items(tags::MEASUREMENT_UNITS_CODE_SEQUENCE, vec![unit]);
    size.items(tags::MEASURED_VALUE_SEQUENCE, vec![value]);
    section.items(tags::CONTENT_SEQUENCE, vec![text, size]);
    section
}

fn image(seed: u64) -> Dataset {
    let source = ct::series(seed);
    let mut image = node("CONTAINS", "IMAGE", ("121112", "DCM", "Source of Measurement"));
    let slice = [source.instance_uid(7)];
    header::references(&mut image, tags::REFERENCED_SOP_SEQUENCE, source.class, &slice);
    image
}
