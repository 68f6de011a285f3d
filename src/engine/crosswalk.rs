//! Identifiers that come from outside: a table of who becomes whom.
//!
//! What it does not name gets its pseudonym and day offset from the project key, as ever.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::Path;

use crate::dicom::{NodeId, Scan, text};
use crate::engine::key::ProjectKey;
use crate::engine::pattern::Pattern;
use crate::engine::sheet::{Row, SheetError, parse_sheet, read_sheet};
use crate::index::is_dummy_id;
use crate::model::{Action, IdentityAnswer, IdentityResolution, Layer, PatientKey, Phi, Tag};
use crate::profile::Resolved;

/// Columns of the table.
const COLUMNS: [&str; 6] =
    ["patient_id", "issuer", "pseudonym", "day_offset", "accession", "accession_pseudonym"];
/// Longest pseudonym: a value of VR LO.
const LONGEST_PSEUDONYM: usize = 64;
/// Longest accession number: a value of VR SH.
const LONGEST_ACCESSION: usize = 16;
/// Most days by which dates may move: a hundred years.
const MOST_DAYS: u32 = 36_525;
const ACCESSION_NUMBER: Tag = Tag(0x0008, 0x0050);

/// Whoever no other row names: the pseudonym of such a row is a [`Pattern`].
const EVERYBODY_ELSE: &str = "*";
/// Fewest places that the key fills in a pattern, for patients and for accession numbers. Patients
/// of one batch are checked to differ; of accession numbers there may be many.
const FEWEST_PLACES: [usize; 2] = [4, 8];

/// What a table says of identifiers. It re-identifies: as secret as the project key.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Crosswalk {
    pseudonyms: BTreeMap<PatientKey, String>,
    days: BTreeMap<PatientKey, i32>,
    accessions: BTreeMap<Phi<String>, String>,
    pattern: Option<Pattern>,
    accession_pattern: Option<Pattern>,
    /// The last line that speaks of a patient.
    lines: BTreeMap<PatientKey, u64>,
}

impl fmt::Debug for Crosswalk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crosswalk({} patients)", self.lines.len())
    }
}

impl Crosswalk {
    /// Reads a CSV with a header. A row of a patient has `patient_id`, if need be `issuer`, and
    /// `pseudonym`, `day_offset` or both; a row of an accession number has `accession` and
    /// `accession_pseudonym`. `*` stands for all that no row names; its pseudonym is a pattern.
    ///
    /// # Errors
    /// [`SheetError`] with the line, without values: for what cannot be read, for a source with two
    /// targets, and for a target with two sources.
    pub fn read(path: &Path) -> Result<Self, SheetError> {
        Self::of(&read_sheet(path, &COLUMNS)?)
    }

    /// The same for the bytes of a file.
    ///
    /// # Errors
    /// Those of [`Crosswalk::read`].
    pub fn parse(bytes: &[u8]) -> Result<Self, SheetError> {
        Self::of(&parse_sheet(bytes, &COLUMNS)?)
    }

    fn of(rows: &[Row]) -> Result<Self, SheetError> {
        let mut crosswalk = Self::default();
        let mut sources = Sources::default();
        for row in rows {
            let patient = COLUMNS[..4].iter().any(|column| !row.cell(column).is_empty());
            let accession = COLUMNS[4..].iter().any(|column| !row.cell(column).is_empty());
            match (patient, accession) {
                (true, false) => crosswalk.patient(row, &mut sources)?,
                (false, true) => crosswalk.accession(row, &mut sources)?,
                (false, false) => {}
                (true, true) => {
                    let what = "a patient and an accession number need rows of their own";
                    return Err(SheetError::at(row.line, what));
                }
            }
        }
        Ok(crosswalk)
    }

    fn patient(&mut self, row: &Row, sources: &mut Sources) -> Result<(), SheetError> {
        let fault = |what| SheetError::at(row.line, what);
        let id = row.cell("patient_id");
        if id == EVERYBODY_ELSE {
            let rest = [row.cell("issuer"), row.cell("day_offset")];
            if rest.iter().any(|cell| !cell.is_empty()) {
                return Err(fault("a row for everybody else has a pseudonym only"));
            }
            let longest = (LONGEST_PSEUDONYM, FEWEST_PLACES[0]);
            return set(&mut self.pattern, pattern(row, row.cell("pseudonym"), longest)?, row);
        }
        if is_dummy_id(id) {
            return Err(fault("the patient ID is empty or a dummy"));
        }
        let patient = PatientKey::new(&format!("{}\u{1f}{id}", row.cell("issuer")));
        let (pseudonym, days) = (row.cell("pseudonym"), row.cell("day_offset"));
        if pseudonym.is_empty() && days.is_empty() {
            return Err(fault("neither a pseudonym nor a day offset"));
        }
        if !pseudonym.is_empty() {
            check_target(pseudonym, LONGEST_PSEUDONYM).map_err(fault)?;
            // Where folders are read without regard to case, two that differ in it are one.
            let source = sources.patients.entry(pseudonym.to_ascii_uppercase());
            if *source.or_insert_with(|| patient.clone()) != patient {
                return Err(fault("another patient has this pseudonym"));
            }
            put(&mut self.pseudonyms, &patient, pseudonym.to_owned())
                .ok_or_else(|| fault("this patient has another pseudonym already"))?;
        }
        if !days.is_empty() {
            let days = day_offset(days).map_err(fault)?;
            put(&mut self.days, &patient, days)
                .ok_or_else(|| fault("this patient has another day offset already"))?;
        }
        self.lines.insert(patient, row.line);
        Ok(())
    }

    fn accession(&mut self, row: &Row, sources: &mut Sources) -> Result<(), SheetError> {
        let fault = |what| SheetError::at(row.line, what);
        let (old, new) = (row.cell("accession"), row.cell("accession_pseudonym"));
        if old.is_empty() || new.is_empty() {
            return Err(fault("an accession number without its pseudonym, or the other way round"));
        }
        if old == EVERYBODY_ELSE {
            let longest = (LONGEST_ACCESSION, FEWEST_PLACES[1]);
            return set(&mut self.accession_pattern, pattern(row, new, longest)?, row);
        }
        check_target(new, LONGEST_ACCESSION).map_err(fault)?;
        let old = Phi::new(old.to_owned());
        if *sources.accessions.entry(new.to_owned()).or_insert_with(|| old.clone()) != old {
            return Err(fault("another accession number has this pseudonym"));
        }
        put(&mut self.accessions, &old, new.to_owned())
            .ok_or_else(|| fault("this accession number has another pseudonym already"))
    }

    /// Gives merged patients what the table says of any of them.
    ///
    /// # Errors
    /// [`SheetError`] where it says different things of patients that are one.
    pub fn merged(mut self, resolutions: &[IdentityResolution]) -> Result<Self, SheetError> {
        let merges = resolutions.iter().filter(|said| said.answer == IdentityAnswer::Merge);
        for said in merges {
            let Some(one) = said.patients.first() else { continue };
            for other in &said.patients {
                let line = self.lines.get(other).copied().unwrap_or_default();
                let what = "a reviewer merged this patient with one of another pseudonym or offset";
                let pseudonym = self.pseudonyms.get(other).cloned();
                let days = self.days.get(other).copied();
                let agrees = pseudonym
                    .is_none_or(|new| put(&mut self.pseudonyms, one, new).is_some())
                    && days.is_none_or(|new| put(&mut self.days, one, new).is_some());
                if !agrees {
                    return Err(SheetError::at(line, what));
                }
            }
        }
        Ok(self)
    }

    /// The pseudonym of a patient, where the table has one.
    pub fn pseudonym(&self, patient: &PatientKey) -> Option<&str> {
        self.pseudonyms.get(patient).map(String::as_str)
    }

    /// The form of the pseudonyms of all others.
    pub const fn pattern(&self) -> Option<&Pattern> {
        self.pattern.as_ref()
    }

    /// The days by which a patient's dates move, where the table says so.
    pub fn day_offset(&self, patient: &PatientKey) -> Option<i32> {
        self.days.get(patient).copied()
    }

    /// What stands for the accession number in an attribute, where it is one that the table names
    /// and no rule removes it.
    ///
    /// # Errors
    /// Those of reading the value.
    pub(crate) fn accession_in(
        &self,
        (scan, id): (&Scan, NodeId),
        resolved: &Resolved,
        key: &ProjectKey,
    ) -> io::Result<Option<String>> {
        let is_removed = resolved.action == Action::Remove || resolved.layer == Layer::Review;
        let says_nothing = self.accessions.is_empty() && self.accession_pattern.is_none();
        if scan.node(id).tag != ACCESSION_NUMBER || is_removed || says_nothing {
            return Ok(None);
        }
        let old = text::text_value(scan, id)?.text;
        let old = Phi::new(old.trim_matches([' ', '\0']).to_owned());
        if old.expose().is_empty() {
            return Ok(None);
        }
        let by_form = || {
            let pattern = self.accession_pattern.as_ref()?;
            Some(pattern.fill(key, "accession-pattern", old.expose()))
        };
        Ok(self.accessions.get(&old).cloned().or_else(by_form))
    }
}

/// Who has each target.
#[derive(Default)]
struct Sources {
    patients: BTreeMap<String, PatientKey>,
    accessions: BTreeMap<String, Phi<String>>,
}

/// Enters a target; `None` where the source has another one.
fn put<K: Ord + Clone, V: PartialEq>(
    targets: &mut BTreeMap<K, V>,
    source: &K,
    new: V,
) -> Option<()> {
    match targets.get(source) {
        Some(there) => (*there == new).then_some(()),
        None => {
            targets.insert(source.clone(), new);
            Some(())
        }
    }
}

/// Reads the pattern of a row, of at most so many characters and at least so many places.
fn pattern(row: &Row, text: &str, limits: (usize, usize)) -> Result<Pattern, SheetError> {
    let fault = |what| SheetError::at(row.line, what);
    check_target(&text.replace(['#', '?'], "0"), limits.0).map_err(fault)?;
    let found = Pattern::parse(text, limits.1, row.line);
    found.ok_or_else(|| fault("a pattern needs more places (# for a figure, ? for a letter)"))
}

/// Enters the only pattern of its kind.
fn set(target: &mut Option<Pattern>, new: Pattern, row: &Row) -> Result<(), SheetError> {
    match target {
        Some(_) => Err(SheetError::at(row.line, "everybody else has a row already")),
        None => {
            *target = Some(new);
            Ok(())
        }
    }
}

/// A target is a value of a file, the name of a folder, wherever the export is taken to, and a cell
/// of a table.
fn check_target(text: &str, longest: usize) -> Result<(), &'static str> {
    if text.len() > longest {
        return Err("the pseudonym is too long for its attribute");
    }
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if !text.bytes().all(fits) || text.starts_with(['.', '-']) || text.ends_with('.') {
        return Err("a pseudonym is made of letters, digits, and - _ . inside");
    }
    match is_device(text) {
        true => Err("the pseudonym is a name that Windows keeps for devices"),
        false => Ok(()),
    }
}

/// Whether Windows takes a name for a device and no file can have it, whatever its extension.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let numbered = ["COM", "LPT"].iter().find_map(|device| stem.strip_prefix(device));
    ["CON", "PRN", "AUX", "NUL"].contains(&stem.as_str())
        || numbered.is_some_and(|rest| rest.len() == 1 && rest.as_bytes()[0].is_ascii_digit())
}

fn day_offset(text: &str) -> Result<i32, &'static str> {
    let days: i32 = text.parse().map_err(|_no| "the day offset is no whole number of days")?;
    match days {
        0 => Err("a day offset of 0 leaves all dates as they are"),
        days if days.unsigned_abs() > MOST_DAYS => Err("the day offset is beyond a hundred years"),
        days => Ok(days),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::Digest256;

    fn key(text: &str) -> PatientKey {
        PatientKey::new(text)
    }

    #[test]
    fn patients_and_accession_numbers_are_read() {
        let table = "patient_id,issuer,pseudonym,day_offset,accession,accession_pseudonym\n\
                     4711,,SITE-001,-400,,\n4711,NORTH,SITE-002,,,\n4712,,,30,,\n\
                     ,,,,A1,ACC-1\n4711,,SITE-001,-400,,\n";
        let crosswalk = Crosswalk::parse(table.as_bytes()).unwrap();
        assert_eq!(crosswalk.pseudonym(&key("\u{1f}4711")), Some("SITE-001"));
        assert_eq!(crosswalk.pseudonym(&key("NORTH\u{1f}4711")), Some("SITE-002"));
        assert_eq!(crosswalk.pseudonym(&key("\u{1f}4712")), None);
        assert_eq!(crosswalk.day_offset(&key("\u{1f}4711")), Some(-400));
        assert_eq!(crosswalk.day_offset(&key("NORTH\u{1f}4711")), None);
        assert_eq!(crosswalk.day_offset(&key("\u{1f}4712")), Some(30));
        assert_eq!(crosswalk.accessions[&Phi::new("A1".to_owned())], "ACC-1");
        assert!(!format!("{crosswalk:?}").contains("471"));
    }

    #[test]
    fn each_fault_is_told_with_its_line_and_without_values() {
        let patients = [
            ("QX1,P1,\nQX1,P2,\n", 3),
            ("QX1,P1,\nQX2,P1,\n", 3),
            ("QX1,,1\nQX1,,2\n", 3),
            ("QX1,,soon\n", 2),
            ("QX1,,1.5\n", 2),
            ("QX1,,0\n", 2),
            ("QX1,,99999\n", 2),
            ("QX1,,\n", 2),
            ("0000,P1,\n", 2),
            (",P1,\n", 2),
            ("QX1,../P1,\n", 2),
            ("QX1,.P1,\n", 2),
            ("QX1,QX^ONE,\n", 2),
            ("QX1,=QX,\n", 2),
            ("QX1,-2+3,\n", 2),
            ("QX1,QX.,\n", 2),
            ("QX1,con,\n", 2),
            ("QX1,aux.txt,\n", 2),
            ("QX1,LPT1,\n", 2),
            ("QX1,Site-1,\nQX2,SITE-1,\n", 3),
            ("*,QX-###,\n", 2),
            ("*,QX-####,-9\n", 2),
            ("*,QX-####,\n*,QX-#####,\n", 3),
        ];
        let rows =
            |header: &str, rows: &str| Crosswalk::parse(format!("{header}\n{rows}").as_bytes());
        for (text, line) in patients {
            let error = rows("patient_id,pseudonym,day_offset", text).unwrap_err();
            assert_eq!(error.line, line, "{text}: {error}");
            assert!(!error.to_string().contains("QX"), "{error}");
        }
        for (text, line) in [
            ("A1,B1\nA1,B2\n", 3),
            ("A1,B1\nA2,B1\n", 3),
            ("A1,\n", 2),
            (",B1\n", 2),
            ("A1,B0123456789ABCDEF\n", 2),
        ] {
            let error = rows("accession,accession_pseudonym", text).unwrap_err();
            assert_eq!(error.line, line, "{text}: {error}");
        }
        assert_eq!(rows("patient_id,birthday", "1,2\n").unwrap_err().line, 1);
        assert_eq!(rows("patient_id,pseudonym,accession", "1,P,2\n").unwrap_err().line, 2);
    }

    #[test]
    fn everybody_else_has_a_pseudonym_of_the_form_that_the_table_gives() {
        let table = "patient_id,pseudonym,accession,accession_pseudonym\n\
                     4711,SITE-001,,\n*,SITE-#####,,\n,,*,A########\n";
        let crosswalk = Crosswalk::parse(table.as_bytes()).unwrap();
        let key = ProjectKey::from_bytes([1; 32]).with_crosswalk(crosswalk);
        let pseudonym = |patient: &str| key.pseudonym(&PatientKey::new(patient));
        assert_eq!(pseudonym("\u{1f}4711"), "SITE-001");
        let other = pseudonym("\u{1f}4712");
        assert!(other.starts_with("SITE-") && other.len() == 10, "{other}");
        assert_ne!(other, pseudonym("\u{1f}4713"));
    }

    #[test]
    fn merged_patients_have_what_is_said_of_any_of_them_unless_it_differs() {
        let said = IdentityResolution {
            patients: BTreeSet::from([key("\u{1f}1"), key("\u{1f}2")]),
            answer: IdentityAnswer::Merge,
            basis: Digest256([0; 32]),
        };
        let merged = |table: &str| {
            Crosswalk::parse(table.as_bytes()).unwrap().merged(std::slice::from_ref(&said))
        };
        let one = merged("patient_id,pseudonym,day_offset\n2,P2,-9\n").unwrap();
        assert_eq!(one.pseudonym(&key("\u{1f}1")), Some("P2"));
        assert_eq!(one.day_offset(&key("\u{1f}1")), Some(-9));
        let two = merged("patient_id,pseudonym\n1,P1\n2,P2\n");
        assert_eq!(two.unwrap_err().line, 3);
    }
}
