//! The answers: one row an instance, each with its checks as JSON.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Row};
use serde::Deserialize;

use crate::model::Phi;
use crate::score::ScoreError;

/// What a check asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CheckAction {
    /// The attribute is there.
    TagRetained,
    /// The attribute has a value.
    TextNotNull,
    /// A text is still there.
    TextRetained,
    /// A text is gone.
    TextRemoved,
    /// A date is another one.
    DateShifted,
    /// A UID is another one.
    UidChanged,
    /// A UID is the one of the crosswalk.
    UidConsistent,
    /// A patient ID is the one of the crosswalk.
    PatientIdConsistent,
    /// The pixel data are the same bytes.
    PixelsRetained,
    /// A text in the pixels cannot be read any more.
    PixelsHidden,
}

impl CheckAction {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 10] = [
        Self::TagRetained,
        Self::TextNotNull,
        Self::TextRetained,
        Self::TextRemoved,
        Self::DateShifted,
        Self::UidChanged,
        Self::UidConsistent,
        Self::PatientIdConsistent,
        Self::PixelsRetained,
        Self::PixelsHidden,
    ];

    /// As the answers write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TagRetained => "tag_retained",
            Self::TextNotNull => "text_notnull",
            Self::TextRetained => "text_retained",
            Self::TextRemoved => "text_removed",
            Self::DateShifted => "date_shifted",
            Self::UidChanged => "uid_changed",
            Self::UidConsistent => "uid_consistent",
            Self::PatientIdConsistent => "patid_consistent",
            Self::PixelsRetained => "pixels_retained",
            Self::PixelsHidden => "pixels_hidden",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == text)
    }

    /// Whether a check passes when the whole instance is missing: what is not there leaks nothing.
    pub const fn passes_without_file(self) -> bool {
        matches!(
            self,
            Self::TextRemoved | Self::DateShifted | Self::UidChanged | Self::PixelsHidden
        )
    }
}

/// One check. Texts stand without the angle brackets around them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What it asks.
    pub action: CheckAction,
    /// Where, as the validator writes places; `None` for checks of pixels.
    pub place: Option<String>,
    /// Name of the attribute.
    pub name: String,
    /// The value that stood there.
    pub value: Option<Phi<String>>,
    /// What must stay, or go: a text, a digest, or a box as JSON.
    pub text: Option<Phi<String>>,
    /// `hipaa`, `dicom`, `tcia`, or `unknown`.
    pub category: &'static str,
    /// The rule behind it, such as `HIPAA-C`.
    pub subcategory: String,
}

/// The checks of one instance of the input.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Modality.
    pub modality: String,
    /// Patient ID of the input.
    pub patient: Phi<String>,
    /// Study Instance UID of the input.
    pub study: Phi<String>,
    /// Series Instance UID of the input.
    pub series: Phi<String>,
    /// SOP Instance UID of the input.
    pub instance: Phi<String>,
    /// What is asked of it.
    pub checks: Vec<Check>,
}

/// All answers, in the order of the database.
#[derive(Clone, Debug, Default)]
pub struct AnswerKey {
    /// One entry an instance.
    pub answers: Vec<Answer>,
}

impl AnswerKey {
    /// Reads a database of answers; it is not changed.
    ///
    /// # Errors
    /// [`ScoreError::Answers`], [`ScoreError::Row`].
    pub fn read(path: &Path) -> Result<Self, ScoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let database = Connection::open_with_flags(path, flags)?;
        let mut query = database.prepare(
            "SELECT Modality, PatientID, StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID, \
             AnswerData FROM answer_data",
        )?;
        let mut rows = query.query([])?;
        let mut answers = Vec::new();
        while let Some(row) = rows.next()? {
            let fault = ScoreError::Row { row: answers.len() + 1 };
            answers.push(read_answer(row)?.ok_or(fault)?);
        }
        Ok(Self { answers })
    }
}

/// `None` when the JSON is not what the validator writes.
fn read_answer(row: &Row<'_>) -> Result<Option<Answer>, rusqlite::Error> {
    let phi = |at: usize| text_of(row, at).map(Phi::new);
    let Ok(written) = serde_json::from_str::<BTreeMap<String, Written>>(&text_of(row, 5)?) else {
        return Ok(None);
    };
    // The keys are numbers; the order of the checks is theirs.
    let mut numbered: Vec<(u64, Written)> = Vec::with_capacity(written.len());
    for (number, check) in written {
        let Ok(number) = number.parse() else { return Ok(None) };
        numbered.push((number, check));
    }
    numbered.sort_by_key(|(number, _)| *number);
    let checks: Option<Vec<Check>> =
        numbered.into_iter().map(|(_, check)| check.understood()).collect();
    let Some(checks) = checks else { return Ok(None) };
    Ok(Some(Answer {
        modality: text_of(row, 0)?,
        patient: phi(1)?,
        study: phi(2)?,
        series: phi(3)?,
        instance: phi(4)?,
        checks,
    }))
}

/// A column as text: Patient IDs stand as numbers in some answers.
fn text_of(row: &Row<'_>, at: usize) -> Result<String, rusqlite::Error> {
    Ok(match row.get_ref(at)? {
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => bare(&String::from_utf8_lossy(text)).to_owned(),
        ValueRef::Null | ValueRef::Blob(_) => String::new(),
    })
}

/// Without the angle brackets that the answers put around texts.
fn bare(text: &str) -> &str {
    text.strip_prefix('<').and_then(|text| text.strip_suffix('>')).unwrap_or(text)
}

#[derive(Deserialize)]
struct Written {
    tag_ds: Option<String>,
    tag_name: Option<String>,
    value: Option<String>,
    action: String,
    action_text: Option<String>,
    #[serde(default)]
    answer_category_v2: Categories,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Categories {
    hipaa: Hipaa,
    dicom: Dicom,
    tcia: Tcia,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Hipaa {
    z: String,
    m: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Dicom {
    iod: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tcia {
    p15: String,
    ptkb: String,
    rev: String,
}

impl Written {
    fn understood(self) -> Option<Check> {
        let action = CheckAction::parse(bare(&self.action))?;
        let (category, subcategory) = self.answer_category_v2.of(action);
        let phi = |text: Option<String>| text.map(|text| Phi::new(bare(&text).to_owned()));
        Some(Check {
            action,
            place: self.tag_ds,
            name: self.tag_name.as_deref().map(bare).unwrap_or_default().to_owned(),
            value: phi(self.value),
            text: phi(self.action_text),
            category,
            subcategory,
        })
    }
}

impl Categories {
    /// Class and rule of a check: some actions have theirs fixed, texts take the first that is set.
    fn of(&self, action: CheckAction) -> (&'static str, String) {
        let tcia = [&self.tcia.p15, &self.tcia.ptkb, &self.tcia.rev].map(|rule| ("tcia", rule));
        let hipaa = [&self.hipaa.m, &self.hipaa.z].map(|rule| ("hipaa", rule));
        match action {
            CheckAction::TagRetained | CheckAction::TextNotNull => {
                ("dicom", self.dicom.iod.clone())
            }
            CheckAction::TextRetained => first_set(tcia),
            CheckAction::TextRemoved => first_set(hipaa.into_iter().chain(tcia)),
            CheckAction::DateShifted => ("hipaa", "HIPAA-C".into()),
            CheckAction::UidChanged => ("hipaa", "HIPAA-R".into()),
            CheckAction::PixelsHidden => ("hipaa", "HIPAA-A".into()),
            CheckAction::UidConsistent => ("dicom", "DICOM-P15-BASIC-U".into()),
            CheckAction::PatientIdConsistent => ("dicom", "DICOM-P15-BASIC-C".into()),
            CheckAction::PixelsRetained => ("tcia", "TCIA-P15-PIX-K".into()),
        }
    }
}

fn first_set<'a>(
    rules: impl IntoIterator<Item = (&'static str, &'a String)>,
) -> (&'static str, String) {
    let set = rules.into_iter().find(|(_, rule)| !rule.is_empty());
    set.map_or(("unknown", String::new()), |(class, rule)| (class, rule.clone()))
}
