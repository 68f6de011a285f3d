//! The crosswalk as two tables: who has them can link what was published to its source.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use crate::engine::key::ProjectKey;
use crate::export::files::{OwnerOnly, missing, sync_names, write_owner_only};
use crate::index::{Batch, IdentifierKind};

/// Writes `uid_mapping.csv` and `patid_mapping.csv` (`id_old,id_new`) into an owner-only folder:
/// every UID of the batch that is replaced, and every Patient ID. An ID that stands for several
/// patients has a line for each.
///
/// # Errors
/// Those of the system.
pub fn write_maps(folder: &Path, batch: &Batch, key: &ProjectKey) -> io::Result<()> {
    let missing = missing(folder);
    OwnerOnly::folder(folder)?;
    sync_names(folder, &missing)?;
    let mut uids = BTreeSet::new();
    for subject in batch.subjects.values() {
        for identifier in subject.iter().filter(|entry| entry.kind == IdentifierKind::Uid) {
            let old = identifier.text.expose();
            uids.insert((old.clone(), key.uid(old)));
        }
    }
    let mut patients = BTreeSet::new();
    for instance in batch.instances.values() {
        let old = instance.labels.patient_id.expose().clone();
        patients.insert((old, key.pseudonym(&instance.patient)));
    }
    write_owner_only(&folder.join("uid_mapping.csv"), table(&uids).as_bytes())?;
    write_owner_only(&folder.join("patid_mapping.csv"), table(&patients).as_bytes())
}

fn table(rows: &BTreeSet<(String, String)>) -> String {
    let lines = rows.iter().map(|(old, new)| format!("{},{}\n", field(old), field(new)));
    std::iter::once("id_old,id_new\n".to_owned()).chain(lines).collect()
}

/// A CSV field (RFC 4180).
fn field(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        let rows = BTreeSet::from([("O\"Neill, J".to_owned(), "VD-1".to_owned())]);
        assert_eq!(table(&rows), "id_old,id_new\n\"O\"\"Neill, J\",VD-1\n");
    }
}
