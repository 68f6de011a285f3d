//! One instance of the demo: dataset, encoding, file meta, and what is known about it.

use dicom_dictionary_std::tags;

use crate::demo::dataset::{Dataset, Value};
use crate::demo::encode::{self, Charset, Syntax};
use crate::demo::truth::{BoxTruth, BurnedText, Expected, FileTruth, Kind};
use crate::demo::truth::{KeptTruth, PhiTruth, Planted};
use crate::model::{Tag, VR};

/// The Implementation Class UID of the demo's encoder.
pub(super) const IMPLEMENTATION: &str = "2.25.190278469210847300120387452903841";

/// What the `research` profile keeps, and the demo holds it to: none of these identifies.
const KEPT: [Tag; 22] = [
    tags::MODALITY,
    tags::SOP_CLASS_UID,
    tags::PATIENT_SEX,
    tags::PATIENT_AGE,
    tags::PATIENT_SIZE,
    tags::PATIENT_WEIGHT,
    tags::BODY_PART_EXAMINED,
    tags::SLICE_THICKNESS,
    tags::KVP,
    tags::REPETITION_TIME,
    tags::ECHO_TIME,
    tags::PIXEL_SPACING,
    tags::IMAGER_PIXEL_SPACING,
    tags::ROWS,
    tags::COLUMNS,
    tags::SAMPLES_PER_PIXEL,
    tags::PHOTOMETRIC_INTERPRETATION,
    tags::BITS_ALLOCATED,
    tags::BITS_STORED,
    tags::PIXEL_REPRESENTATION,
    tags::RESCALE_INTERCEPT,
    tags::NUMBER_OF_FRAMES,
];

/// One instance, not yet written.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Path within the batch, with `/`.
    pub file: String,
    /// Its attributes.
    pub dataset: Dataset,
    /// How it is written.
    pub syntax: Syntax,
    /// In which character set.
    pub charset: Charset,
    /// Whether it has preamble and file meta; without, it is bare Implicit VR Little Endian.
    pub part10: bool,
    /// Source Application Entity Title (0002,0016); it names the hospital.
    pub source_title: Option<&'static str>,
    /// What is written in its pixels.
    pub burned: Vec<BurnedText>,
    /// Parts of the path that identify.
    pub named: Vec<Planted>,
}

impl Instance {
    /// An instance of ordinary encoding.
    pub fn new(file: impl Into<String>, dataset: Dataset, charset: Charset) -> Self {
        Self {
            file: file.into(),
            dataset,
            syntax: Syntax::Explicit,
            charset,
            part10: true,
            source_title: None,
            burned: Vec::new(),
            named: Vec::new(),
        }
    }

    /// The text of an attribute of the top level; empty when there is none.
    pub fn shown(&self, tag: Tag) -> String {
        self.dataset.shown(tag).unwrap_or_default()
    }

    /// The file as bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let dataset = encode::dataset(&self.dataset, self.syntax, self.charset);
        if !self.part10 {
            return dataset;
        }
        let mut out = vec![0; 128];
        out.extend_from_slice(b"DICM");
        out.extend(encode::file_meta(&self.meta()));
        match self.syntax {
            Syntax::Deflated => out.extend(encode::deflate_stored(&dataset)),
            _ => out.extend(dataset),
        }
        out
    }

    fn meta(&self) -> Dataset {
        let mut meta = Dataset::new();
        meta.bytes(tags::FILE_META_INFORMATION_VERSION, VR::OB, vec![0, 1]);
        meta.texts(&[
            (tags::MEDIA_STORAGE_SOP_CLASS_UID, &self.shown(tags::SOP_CLASS_UID)),
            (tags::MEDIA_STORAGE_SOP_INSTANCE_UID, &self.shown(tags::SOP_INSTANCE_UID)),
            (tags::TRANSFER_SYNTAX_UID, self.syntax.uid()),
            (tags::IMPLEMENTATION_CLASS_UID, IMPLEMENTATION),
            (tags::IMPLEMENTATION_VERSION_NAME, "DEMO_BATCH_1"),
        ]);
        if let Some(title) = self.source_title {
            meta.put(tags::SOURCE_APPLICATION_ENTITY_TITLE, VR::AE, Value::Text(title.to_owned()));
        }
        meta
    }

    /// What is known about it.
    pub fn truth(&self) -> FileTruth {
        let mut phi: Vec<PhiTruth> =
            self.dataset.planted().iter().map(|planted| PhiTruth::new(planted, "")).collect();
        phi.extend(self.named.iter().map(|planted| PhiTruth::new(planted, "FILE")));
        if let Some(title) = self.source_title.filter(|_| self.part10) {
            phi.push(PhiTruth::new(&Planted::new(Kind::Inst, title), "META (0002,0016)"));
        }
        let burned = self.burned.iter().filter(|burned| burned.identifies);
        phi.extend(
            burned.map(|text| PhiTruth::new(&Planted::new(Kind::Other, &text.text), "PIXELS")),
        );
        FileTruth {
            file: self.file.clone(),
            uid: self.shown(tags::SOP_INSTANCE_UID),
            patient: self.shown(tags::PATIENT_ID),
            modality: self.shown(tags::MODALITY),
            syntax: self.syntax.uid().to_owned(),
            phi,
            kept: self.kept(),
            boxes: self.burned.iter().map(BoxTruth::from).collect(),
            expected: Expected { released: true, cause: String::new() },
        }
    }

    fn kept(&self) -> Vec<KeptTruth> {
        let planted: Vec<Tag> = self
            .dataset
            .planted()
            .iter()
            .filter_map(|planted| planted.path.as_ref())
            .filter(|path| path.depth() == 0)
            .map(crate::model::AttributePath::tag)
            .collect();
        KEPT.iter()
            .filter(|tag| !planted.contains(tag))
            .filter_map(|tag| {
                let value = self.dataset.shown(*tag).filter(|value| !value.is_empty())?;
                let path = crate::model::AttributePath::root(*tag).to_string();
                Some(KeptTruth { path, value })
            })
            .collect()
    }
}
