//! What Table E.3.4-1 of PS3.15 says of content items by their concept.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::model::ActionCode;
use crate::profile::ConfidentialityOption;

const TABLE: &str = include_str!("../../assets/tables/sr_concepts.tsv");
/// Options of the columns, in the table's order.
const COLUMNS: [ConfidentialityOption; 7] = [
    ConfidentialityOption::RetainUids,
    ConfidentialityOption::RetainDeviceIdentity,
    ConfidentialityOption::RetainInstitutionIdentity,
    ConfidentialityOption::RetainPatientCharacteristics,
    ConfidentialityOption::RetainFullDates,
    ConfidentialityOption::RetainModifiedDates,
    ConfidentialityOption::CleanDescriptors,
];

/// The concept that a content item is about: its Concept Name Code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Concept<'a> {
    /// Coding Scheme Designator, without padding.
    pub scheme: &'a str,
    /// Code Value, without padding.
    pub code: &'a str,
}

/// One row: value type, code of the Basic Profile, codes of the options.
type Row = (&'static str, ActionCode, [Option<ActionCode>; COLUMNS.len()]);

fn table() -> &'static HashMap<Concept<'static>, Vec<Row>> {
    static PARSED: OnceLock<HashMap<Concept<'static>, Vec<Row>>> = OnceLock::new();
    PARSED.get_or_init(|| {
        let mut table: HashMap<_, Vec<Row>> = HashMap::new();
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let cells: Vec<&'static str> = line.split('\t').collect();
            let [scheme, code, _meaning, value_type, basic, options @ ..] = cells.as_slice() else {
                continue;
            };
            let Some(basic) = ActionCode::parse(basic) else { continue };
            let mut row = (*value_type, basic, [None; COLUMNS.len()]);
            for (cell, option) in options.iter().zip(&mut row.2) {
                *option = ActionCode::parse(cell);
            }
            table.entry(Concept { scheme, code }).or_default().push(row);
        }
        table
    })
}

/// What is to be done with the value of a content item of this concept and value type under these
/// options, and by which of them; `None` where the table does not name it.
pub(crate) fn action_of(
    concept: Concept<'_>,
    value_type: &str,
    options: &[ConfidentialityOption],
) -> Option<(ActionCode, Option<ConfidentialityOption>)> {
    let rows = table().get(&Concept { scheme: concept.scheme, code: concept.code })?;
    let (_, basic, columns) = rows.iter().find(|row| row.0 == value_type)?;
    let chosen = COLUMNS.iter().zip(columns).filter(|(option, _)| options.contains(option));
    let mut best: Option<(ActionCode, ConfidentialityOption)> = None;
    for (option, code) in chosen {
        // Cleaning wins over retaining, as in Table E.1-1.
        if let Some(code) = code
            && best.is_none_or(|(other, _)| other == ActionCode::K)
        {
            best = Some((*code, *option));
        }
    }
    Some(best.map_or((*basic, None), |(code, option)| (code, Some(option))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read_and_options_decide() {
        let rows = TABLE.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(table().values().map(Vec::len).sum::<usize>(), rows);
        assert_eq!(rows, 214);
        let station = Concept { scheme: "DCM", code: "110119" };
        let device = ConfidentialityOption::RetainDeviceIdentity;
        assert_eq!(action_of(station, "TEXT", &[]), Some((ActionCode::X, None)));
        assert_eq!(action_of(station, "TEXT", &[device]), Some((ActionCode::K, Some(device))));
        assert_eq!(action_of(station, "NUM", &[]), None);
        assert_eq!(action_of(Concept { scheme: "99X", code: "110119" }, "TEXT", &[]), None);
    }
}
