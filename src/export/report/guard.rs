//! Words of people that may stand in the report only if they name nobody of the batch.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::engine::identifiers::Identifiers;
use crate::engine::key::ProjectKey;
use crate::engine::text::{Cleaner, Eponyms, Replacement};
use crate::index::{Batch, SubjectDictionary};
use crate::model::{PatientKey, VR};

/// Looks for the strings of all subjects of a batch, as if they were one.
pub struct Guard<'a> {
    batch: &'a Batch,
    key: &'a ProjectKey,
    everybody: PatientKey,
    /// Made when first asked: most reports hold no words of people. `None` inside: too many strings.
    identifiers: OnceCell<Option<Identifiers>>,
}

impl std::fmt::Debug for Guard<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Guard")
    }
}

impl<'a> Guard<'a> {
    /// For a batch and its key.
    pub fn new(batch: &'a Batch, key: &'a ProjectKey) -> Self {
        Self { batch, key, everybody: PatientKey::new("everybody"), identifiers: OnceCell::new() }
    }

    /// Whether a text of the site, such as the reason of a rule, holds no string of any subject.
    pub fn names_nobody(&self, text: &str) -> bool {
        self.strings().is_some_and(|strings| !strings.found_in(text, &self.everybody))
    }

    /// Whether words that somebody typed about a file hold no string of any subject, and nothing of the
    /// form of a name, number, date or address either.
    pub fn may_be_told(&self, text: &str) -> bool {
        let Some(identifiers) = self.strings() else { return false };
        let cleaner = Cleaner {
            identifiers,
            patient: &self.everybody,
            replacement: Replacement::Nothing,
            eponyms: Eponyms::Cut,
            strict: false,
            key: self.key,
        };
        self.names_nobody(text) && cleaner.clean(text, VR::LT).cuts.is_empty()
    }

    /// `None` where they cannot be looked for: then nothing may be told.
    fn strings(&self) -> Option<&Identifiers> {
        let all = || {
            let mut all = SubjectDictionary::default();
            for identifier in self.batch.subjects.values().flat_map(SubjectDictionary::iter) {
                all.add(identifier.clone());
            }
            Identifiers::compile(&BTreeMap::from([(self.everybody.clone(), all)])).ok()
        };
        self.identifiers.get_or_init(all).as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::{Identifier, IdentifierKind};
    use crate::model::Phi;

    #[test]
    fn words_that_name_anybody_of_the_batch_are_not_told() {
        let mut batch = Batch::default();
        for (number, name) in ["Ottoline^Brandt", "Quimby^Vera"].into_iter().enumerate() {
            let text = Phi::new(name.to_owned());
            let mut subject = SubjectDictionary::default();
            subject.add(Identifier { kind: IdentifierKind::PatientName, text });
            batch.subjects.insert(PatientKey::new(&number.to_string()), subject);
        }
        let key = ProjectKey::from_bytes([5; 32]);
        let guard = Guard::new(&batch, &key);
        assert!(guard.may_be_told("the word is part of the protocol"));
        for text in ["it is not ottoline", "Vera is the trial's name", "QUIMBY"] {
            assert!(!guard.names_nobody(text) && !guard.may_be_told(text), "{text}");
        }
        // A form is enough in what somebody typed about a file, not in the words of a rule.
        let text = "told by phone, 030 1234567, on 12.03.2024";
        assert!(guard.names_nobody(text) && !guard.may_be_told(text));
    }
}
