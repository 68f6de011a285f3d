//! The modules that all instances share, full of what identifies: in plain attributes, free text,
//! sequences, private blocks and values of unknown VR.

use dicom_dictionary_std::tags;

use crate::demo::dataset::{Dataset, Value, code};
use crate::demo::people::Person;
use crate::demo::rng::Rng;
use crate::demo::truth::{Kind, Planted};
use crate::model::{Tag, VR};

/// What an instance belongs to.
#[derive(Clone, Debug)]
pub struct Belongs {
    /// Whose it is.
    pub person: Person,
    /// Study Instance UID.
    pub study: String,
    /// Series Instance UID.
    pub series: String,
    /// Frame of Reference UID.
    pub frame: String,
    /// SOP Class UID.
    pub class: &'static str,
    /// Modality.
    pub modality: &'static str,
    /// Series Number.
    pub number: u16,
    /// What was examined, for the descriptions.
    pub exam: &'static str,
}

impl Belongs {
    /// A series of its own; UIDs are drawn from the seed, the person and the series number, the
    /// study's alike for all series of one person.
    pub fn new(seed: u64, person: Person, number: u16) -> Self {
        let mut study = Rng::lane(seed, person.id);
        let (study_uid, frame) = (study.uid(), study.uid());
        let mut series = Rng::lane(seed, &format!("{} {number}", person.id));
        Self {
            person,
            study: study_uid,
            series: series.uid(),
            frame,
            class: "",
            modality: "",
            number,
            exam: "",
        }
    }

    /// The same, of that kind.
    #[must_use]
    pub fn of(self, class: &'static str, modality: &'static str, exam: &'static str) -> Self {
        Self { class, modality, exam, ..self }
    }

    /// The SOP Instance UID of instance `number`, counted from 1.
    pub fn instance_uid(&self, number: u16) -> String {
        Rng::lane(0, &format!("{} {number}", self.series)).uid()
    }
}

/// The modules Patient, General Study, General Series, General Equipment and SOP Common.
pub fn common(belongs: &Belongs, number: u16) -> Dataset {
    let mut dataset = Dataset::new();
    if !belongs.person.charset.term().is_empty() {
        dataset.text(tags::SPECIFIC_CHARACTER_SET, belongs.person.charset.term());
    }
    patient(&mut dataset, &belongs.person);
    study(&mut dataset, belongs);
    series(&mut dataset, belongs);
    equipment(&mut dataset, &belongs.person);
    dataset.text(tags::SOP_CLASS_UID, belongs.class);
    dataset.plant(tags::SOP_INSTANCE_UID, Kind::Uid, &belongs.instance_uid(number));
    dataset.text(tags::INSTANCE_NUMBER, &number.to_string());
    dataset
}

fn patient(dataset: &mut Dataset, person: &Person) {
    dataset.plant(tags::PATIENT_NAME, Kind::Name, person.name);
    dataset.plant(tags::PATIENT_ID, Kind::Mrn, person.id);
    dataset.plant(tags::ISSUER_OF_PATIENT_ID, Kind::Inst, person.institution);
    dataset.plant_day(tags::PATIENT_BIRTH_DATE, Kind::Date, person.birth, &person.birth.compact());
    dataset.texts(&[
        (tags::PATIENT_SEX, person.sex),
        (tags::PATIENT_SIZE, "1.68"),
        (tags::PATIENT_WEIGHT, "66.5"),
    ]);
    match person.age {
        "093Y" => dataset.plant(tags::PATIENT_AGE, Kind::Age, person.age),
        age => dataset.text(tags::PATIENT_AGE, age),
    };
    let mut other = Dataset::new();
    other.plant(tags::PATIENT_ID, Kind::Ssn, person.ssn);
    other.text(tags::TYPE_OF_PATIENT_ID, "TEXT");
    dataset.items(tags::OTHER_PATIENT_I_DS_SEQUENCE, vec![other]);
    dataset.plant(tags::PATIENT_ADDRESS, Kind::Addr, person.address);
    dataset.plant(tags::PATIENT_TELEPHONE_NUMBERS, Kind::Phone, person.phone);
    let comment = format!(
        "{} called on {} from {}, mail {}",
        person.spoken(),
        person.study.spoken(),
        person.phone,
        person.email
    );
    dataset.plant_in(
        tags::PATIENT_COMMENTS,
        &comment,
        &[(Kind::Name, &person.spoken()), (Kind::Phone, person.phone), (Kind::Email, person.email)],
    );
    dataset.note_day(tags::PATIENT_COMMENTS, Kind::Date, person.study, &person.study.spoken());
}

fn study(dataset: &mut Dataset, belongs: &Belongs) {
    let person = &belongs.person;
    dataset.plant(tags::STUDY_INSTANCE_UID, Kind::Uid, &belongs.study);
    dataset.date(tags::STUDY_DATE, person.study);
    dataset.text(tags::STUDY_TIME, "101500");
    dataset.plant(tags::ACCESSION_NUMBER, Kind::Acc, person.accession);
    dataset.plant(tags::STUDY_ID, Kind::Acc, &format!("ST{}", person.accession));
    dataset.plant(tags::REFERRING_PHYSICIAN_NAME, Kind::Name, person.physician);
    let description = format!("{} for {}", belongs.exam, person.spoken());
    dataset.plant_in(tags::STUDY_DESCRIPTION, &description, &[(Kind::Name, &person.spoken())]);
}

fn series(dataset: &mut Dataset, belongs: &Belongs) {
    let person = &belongs.person;
    dataset.text(tags::MODALITY, belongs.modality);
    dataset.plant(tags::SERIES_INSTANCE_UID, Kind::Uid, &belongs.series);
    dataset.text(tags::SERIES_NUMBER, &belongs.number.to_string());
    dataset.date(tags::SERIES_DATE, person.study);
    dataset.text(tags::SERIES_TIME, "101730");
    dataset.plant(tags::OPERATORS_NAME, Kind::Name, person.operator);
    let description = format!("{} {}", belongs.exam, person.id);
    dataset.plant_in(tags::SERIES_DESCRIPTION, &description, &[(Kind::Mrn, person.id)]);
    let mut request = Dataset::new();
    request.plant(tags::REQUESTED_PROCEDURE_ID, Kind::Acc, &format!("RP{}", person.accession));
    request.plant(tags::SCHEDULED_PROCEDURE_STEP_ID, Kind::Acc, &format!("SP{}", person.accession));
    let wish = format!("{}, ordered for {}", belongs.exam, person.spoken());
    let name = person.spoken();
    request.plant_in(tags::REQUESTED_PROCEDURE_DESCRIPTION, &wish, &[(Kind::Name, &name)]);
    dataset.items(tags::REQUEST_ATTRIBUTES_SEQUENCE, vec![request]);
    dataset.date(tags::PERFORMED_PROCEDURE_STEP_START_DATE, person.study);
    dataset.text(tags::PERFORMED_PROCEDURE_STEP_START_TIME, "101620");
}

fn equipment(dataset: &mut Dataset, person: &Person) {
    dataset.texts(&[
        (tags::MANUFACTURER, "Demo Imaging"),
        (tags::MANUFACTURER_MODEL_NAME, "Phantom 7"),
        (tags::SOFTWARE_VERSIONS, "7.2.1"),
    ]);
    dataset.plant(tags::INSTITUTION_NAME, Kind::Inst, person.institution);
    dataset.plant(tags::INSTITUTION_ADDRESS, Kind::Addr, person.place);
    let mut equipment = Dataset::new();
    equipment.text(tags::MANUFACTURER, "Demo Archive");
    equipment.plant(tags::INSTITUTION_NAME, Kind::Inst, person.institution);
    equipment.plant(tags::INSTITUTION_ADDRESS, Kind::Addr, person.place);
    equipment.plant(tags::OPERATORS_NAME, Kind::Name, person.operator);
    let moment = format!("{}114500", person.study.compact());
    equipment.plant_day(tags::CONTRIBUTION_DATE_TIME, Kind::DateElement, person.study, &moment);
    let purpose = code("109103", "DCM", "Modifying Equipment");
    equipment.items(tags::PURPOSE_OF_REFERENCE_CODE_SEQUENCE, vec![purpose]);
    dataset.items_defined(tags::CONTRIBUTING_EQUIPMENT_SEQUENCE, vec![equipment]);
}

/// Dates and times of acquisition and content (General Image, most IODs).
pub fn image(dataset: &mut Dataset, person: &Person, image_type: &str) {
    dataset.text(tags::IMAGE_TYPE, image_type);
    dataset.date(tags::ACQUISITION_DATE, person.study);
    dataset.text(tags::ACQUISITION_TIME, "101800.250");
    dataset.date(tags::CONTENT_DATE, person.study);
    dataset.text(tags::CONTENT_TIME, "101801");
    let comment = format!("Acc. {} of {}", person.accession, person.study.slashed());
    dataset.plant_in(tags::IMAGE_COMMENTS, &comment, &[(Kind::Acc, person.accession)]);
    dataset.note_day(tags::IMAGE_COMMENTS, Kind::Date, person.study, &person.study.slashed());
}

/// A private block with a name, a day, and a sequence with both; and a value of VR UN.
pub fn private(dataset: &mut Dataset, person: &Person) {
    let put = |dataset: &mut Dataset, element: u16, vr: VR, text: &str, planted: Planted| {
        let tag = Tag(0x0099, element);
        dataset.put(tag, vr, Value::Text(text.to_owned()));
        dataset.note(tag, planted);
    };
    let creator = |dataset: &mut Dataset| {
        let name = Value::Text("DEMO RIS EXCHANGE 2".to_owned());
        dataset.put(Tag(0x0099, 0x0010), VR::LO, name);
    };
    let (name, day) = (person.spoken(), person.study);
    let dated = |kind, text: &str| Planted { day: Some(day), ..Planted::new(kind, text) };
    creator(dataset);
    let line = format!("Booked for {name}");
    put(dataset, 0x1001, VR::LO, &line, Planted::new(Kind::Name, &name));
    put(dataset, 0x1002, VR::DA, &day.compact(), dated(Kind::DateElement, &day.compact()));
    put(dataset, 0x1004, VR::UN, person.id, Planted::new(Kind::Mrn, person.id));
    put(dataset, 0x1005, VR::SH, person.accession, Planted::new(Kind::Acc, person.accession));
    let mut item = Dataset::new();
    creator(&mut item);
    put(&mut item, 0x1006, VR::PN, person.physician, Planted::new(Kind::Name, person.physician));
    let seen = format!("seen {}", day.iso());
    put(&mut item, 0x1007, VR::LT, &seen, dated(Kind::Date, &day.iso()));
    dataset.items(Tag(0x0099, 0x1003), vec![item]);
}

/// References to other instances of the study: `sequence` with one item for each UID.
pub fn references(dataset: &mut Dataset, sequence: Tag, class: &str, uids: &[String]) {
    let items = uids.iter().map(|uid| {
        let mut item = Dataset::new();
        item.text(tags::REFERENCED_SOP_CLASS_UID, class);
        item.plant(tags::REFERENCED_SOP_INSTANCE_UID, Kind::Uid, uid);
        item
    });
    let items = items.collect();
    dataset.items(sequence, items);
}

/// The module Image Pixel, without the pixels.
#[derive(Clone, Copy, Debug)]
pub struct PixelShape {
    /// Rows and columns.
    pub size: (usize, usize),
    /// Photometric Interpretation.
    pub photometric: &'static str,
    /// Bits Allocated, Bits Stored.
    pub bits: (u16, u16),
    /// Whether samples are signed.
    pub signed: bool,
}

impl PixelShape {
    /// Sets the attributes and the pixels (little endian).
    pub fn put(self, dataset: &mut Dataset, pixels: Vec<u8>) {
        let colour = self.photometric.starts_with("RGB") || self.photometric.starts_with("YBR");
        dataset.u16(tags::SAMPLES_PER_PIXEL, &[if colour { 3 } else { 1 }]);
        dataset.text(tags::PHOTOMETRIC_INTERPRETATION, self.photometric);
        if colour {
            dataset.u16(tags::PLANAR_CONFIGURATION, &[0]);
        }
        dataset.u16(tags::ROWS, &[self.size.0 as u16]);
        dataset.u16(tags::COLUMNS, &[self.size.1 as u16]);
        dataset.u16(tags::BITS_ALLOCATED, &[self.bits.0]);
        dataset.u16(tags::BITS_STORED, &[self.bits.1]);
        dataset.u16(tags::HIGH_BIT, &[self.bits.1 - 1]);
        dataset.u16(tags::PIXEL_REPRESENTATION, &[u16::from(self.signed)]);
        let vr = if self.bits.0 == 16 { VR::OW } else { VR::OB };
        dataset.bytes(tags::PIXEL_DATA, vr, pixels);
    }
}
