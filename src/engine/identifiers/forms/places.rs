//! The forms of institutions, departments and addresses: whole and in parts.

use crate::engine::identifiers::fold::fold;
use crate::engine::identifiers::forms::Form;
use crate::engine::vocabulary;

/// Words that make a name of clinical words the name of a place.
const PLACES: [&str; 26] = [
    "CENTER",
    "CENTRE",
    "CLINIC",
    "CLINICS",
    "CLINIQUE",
    "COLLEGE",
    "DEPARTMENT",
    "DEPT",
    "FOUNDATION",
    "GROUP",
    "HOPITAL",
    "HOSPITAL",
    "HOSPITALS",
    "HOSPICE",
    "INFIRMARY",
    "INSTITUT",
    "INSTITUTE",
    "KLINIK",
    "KLINIKUM",
    "KRANKENHAUS",
    "OSPEDALE",
    "PRACTICE",
    "SCHOOL",
    "TRUST",
    "UNIVERSITY",
    "ZENTRUM",
];

/// All forms of a place.
pub(super) fn of_place(text: &str, whole: &str) -> Vec<Form> {
    let mut forms = Vec::new();
    if is_name(whole) {
        forms.push(Form::anywhere(whole.to_owned()));
    }
    for part in text.split([',', ';', '\n']) {
        let part = fold(part).trim().to_owned();
        if is_name(&part) {
            forms.push(Form::own(part));
        }
    }
    let words = whole.split([' ', '.', '(', ')', '-']).filter(|word| {
        word.chars().all(char::is_alphabetic)
            && word.chars().count() >= 4
            && !PLACES.contains(word)
            && !vocabulary::knows(word)
    });
    forms.extend(words.map(|word| Form::own(word.to_owned())));
    forms
}

/// Whether words are more than clinical language, such as the name of a department.
fn is_name(folded: &str) -> bool {
    !vocabulary::knows_all(folded) || folded.split(' ').filter(|w| PLACES.contains(w)).count() > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(place: &str) -> Vec<String> {
        let whole = fold(place);
        of_place(place, &whole).into_iter().map(|form| form.text).collect()
    }

    #[test]
    fn clinical_words_name_no_place_alone() {
        for place in ["Radiology", "Nuclear Medicine", "Chest Heart", "Cardiac MRI"] {
            assert_eq!(texts(place), Vec::<String>::new(), "{place}");
        }
        let hospital = texts("Northgate Heart Hospital");
        assert!(hospital.contains(&"NORTHGATE".into()) && !hospital.contains(&"HEART".into()));
        assert!(texts("Department of Radiology").contains(&"DEPARTMENT OF RADIOLOGY".into()));
    }
}
