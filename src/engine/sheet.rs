//! Tables that people hand in as CSV with a header. Errors name lines and columns, never cells.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

/// Largest file that is read, in bytes.
const LARGEST: u64 = 256 << 20;

/// A table cannot be used. The line is that of the file, counted from 1.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct SheetError {
    /// Where.
    pub line: u64,
    /// What is the matter, without values.
    pub what: &'static str,
    /// What the system or the parser said.
    #[source]
    pub source: Option<io::Error>,
}

impl SheetError {
    /// A fault of one line.
    pub const fn at(line: u64, what: &'static str) -> Self {
        Self { line, what, source: None }
    }
}

/// One row: its line, and its cells by column, trimmed; empty ones are not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Line of the file.
    pub line: u64,
    cells: BTreeMap<&'static str, crate::model::Phi<String>>,
}

impl Row {
    /// The cell of a column; empty where there is none.
    pub fn cell(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", |cell| cell.expose())
    }
}

/// Reads a table whose columns are among `columns`, in any order.
///
/// # Errors
/// [`SheetError`] for a file that cannot be read or is no CSV, for unknown and repeated columns,
/// and for rows of another length than the header.
pub fn read_sheet(path: &Path, columns: &[&'static str]) -> Result<Vec<Row>, SheetError> {
    let unreadable =
        |source| SheetError { line: 0, what: "the table cannot be read", source: Some(source) };
    let length = std::fs::metadata(path).map_err(unreadable)?.len();
    if length > LARGEST {
        return Err(SheetError::at(0, "the table is too large"));
    }
    parse_sheet(&std::fs::read(path).map_err(unreadable)?, columns)
}

/// The same for the bytes of a file.
///
/// # Errors
/// Those of [`read_sheet`].
pub fn parse_sheet(bytes: &[u8], columns: &[&'static str]) -> Result<Vec<Row>, SheetError> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let header = reader.headers().map_err(|error| broken(bytes, &error))?.clone();
    let mut known = Vec::new();
    for name in &header {
        let column = columns.iter().find(|column| column.eq_ignore_ascii_case(name));
        known.push(*column.ok_or(SheetError::at(1, "a column of the header is not known"))?);
    }
    if known.iter().collect::<BTreeSet<_>>().len() < known.len() {
        return Err(SheetError::at(1, "a column of the header is there twice"));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| broken(bytes, &error))?;
        let line = line(bytes, record.position());
        let cells = known.iter().copied().zip(&record).filter(|(_, cell)| !cell.is_empty());
        let cells = cells.map(|(column, cell)| (column, cell.to_owned().into())).collect();
        rows.push(Row { line, cells });
    }
    Ok(rows)
}

/// The parser's own words may repeat what stands in the file: only its line is kept.
fn broken(bytes: &[u8], error: &csv::Error) -> SheetError {
    let what = match error.kind() {
        csv::ErrorKind::UnequalLengths { .. } => "the row has more or fewer cells than the header",
        csv::ErrorKind::Utf8 { .. } => "the text is not UTF-8",
        _ => "the row cannot be read",
    };
    SheetError::at(line(bytes, error.position()), what)
}

/// The line on which a record begins: its position is that of the empty lines in front of it.
fn line(bytes: &[u8], position: Option<&csv::Position>) -> u64 {
    let Some(position) = position else { return 0 };
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let rest = bytes.get(start..).unwrap_or_default();
    let blank = rest.iter().take_while(|byte| matches!(byte, b'\n' | b'\r'));
    position.line() + blank.filter(|byte| **byte == b'\n').count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [&str; 2] = ["id", "new"];

    #[test]
    fn cells_are_found_by_column_and_lines_are_those_of_the_file() {
        let rows = parse_sheet(b"\xEF\xBB\xBFnew, ID\nA,\"1\n2\"\n\n B ,\n", &COLUMNS).unwrap();
        let cells: Vec<_> =
            rows.iter().map(|row| (row.line, row.cell("id"), row.cell("new"))).collect();
        assert_eq!(cells, [(2, "1\n2", "A"), (5, "", "B")]);
    }

    #[test]
    fn faults_are_told_with_their_line_and_without_their_values() {
        for (text, line) in [
            (&b"id,secret\n"[..], 1),
            (b"id,id\n", 1),
            (b"id,new\nsecret\n", 2),
            (b"id,new\n1,2\nsecret,1,2\n", 3),
            (b"id,new\n\xFFsecret,2\n", 2),
        ] {
            let error = parse_sheet(text, &COLUMNS).unwrap_err();
            assert_eq!(error.line, line);
            assert!(!format!("{error}{error:?}").contains("secret"));
        }
    }
}
