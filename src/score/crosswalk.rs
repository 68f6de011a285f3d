//! Old and new identifiers, as a tool under test wrote them down.

use std::collections::HashMap;
use std::path::Path;

use crate::score::ScoreError;

/// One table of old and new identifiers.
#[derive(Default)]
pub struct Crosswalk {
    new: HashMap<String, String>,
    old: HashMap<String, String>,
}

impl std::fmt::Debug for Crosswalk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Crosswalk({} rows)", self.new.len())
    }
}

impl Crosswalk {
    /// Reads a CSV with the header `id_old,id_new`. Where an identifier stands twice, its first
    /// row counts.
    ///
    /// # Errors
    /// [`ScoreError::Crosswalk`], [`ScoreError::Io`].
    pub fn read(path: &Path) -> Result<Self, ScoreError> {
        let file = std::fs::File::open(path)?;
        Self::from_reader(std::io::BufReader::new(file))
    }

    fn from_reader(reader: impl std::io::Read) -> Result<Self, ScoreError> {
        let mut table = csv::Reader::from_reader(reader);
        let header = table.headers().map_err(|_csv| ScoreError::Crosswalk)?;
        let column = |name| header.iter().position(|cell| cell.trim() == name);
        let (Some(old), Some(new)) = (column("id_old"), column("id_new")) else {
            return Err(ScoreError::Crosswalk);
        };
        let mut read = Self::default();
        for row in table.records() {
            let row = row.map_err(|_csv| ScoreError::Crosswalk)?;
            let (Some(old), Some(new)) = (row.get(old), row.get(new)) else {
                return Err(ScoreError::Crosswalk);
            };
            read.new.entry(old.to_owned()).or_insert_with(|| new.to_owned());
            read.old.entry(new.to_owned()).or_insert_with(|| old.to_owned());
        }
        Ok(read)
    }

    /// The new identifier of an old one.
    pub fn new_of(&self, old: &str) -> Option<&str> {
        self.new.get(old).map(String::as_str)
    }

    /// The old identifier of a new one.
    pub fn old_of(&self, new: &str) -> Option<&str> {
        self.old.get(new).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_row_counts_and_columns_are_found_by_name() {
        let read = |text: &str| Crosswalk::from_reader(text.as_bytes());
        let map = read("x,id_new,id_old\n1,N1,\"O,1\"\n2,N2,\"O,1\"\n").unwrap();
        assert_eq!((map.new_of("O,1"), map.old_of("N1")), (Some("N1"), Some("O,1")));
        assert_eq!(map.new_of("O,2"), None);
        for wrong in ["old,new\na,b\n", "id_old,id_new\na\n", ""] {
            assert!(matches!(read(wrong), Err(ScoreError::Crosswalk)), "{wrong}");
        }
    }
}
