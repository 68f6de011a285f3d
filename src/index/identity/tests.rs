use std::path::PathBuf;

use super::*;
use crate::index::{Entry, Identifier, IdentifierKind, read_instance};
use crate::model::Phi;

/// What one file says of its patient.
#[derive(Clone, Copy, Default)]
struct Says {
    id: &'static str,
    issuer: &'static str,
    name: &'static str,
    born: &'static str,
    sex: &'static str,
    institution: &'static str,
    study: &'static str,
}

const JANE: Says = Says {
    id: "4711",
    issuer: "",
    name: "DOE^JANE",
    born: "19700102",
    sex: "F",
    institution: "North Hospital",
    study: "1.2.3",
};

/// A file that says so, read as any other.
fn entry(number: usize, says: Says) -> Entry {
    let uid = format!("1.2.3.4.{number}");
    let mut bytes = vec![0; 128];
    bytes.extend(b"DICM\x02\0\x10\0UI\x14\x001.2.840.10008.1.2.1\0");
    for (group, element, vr, value) in [
        (0x0008, 0x0016, b"UI", "1.2.840.10008.5.1.4.1.1.7"),
        (0x0008, 0x0018, b"UI", &uid),
        (0x0008, 0x0080, b"LO", says.institution),
        (0x0010, 0x0010, b"PN", says.name),
        (0x0010, 0x0020, b"LO", says.id),
        (0x0010, 0x0021, b"LO", says.issuer),
        (0x0010, 0x0030, b"DA", says.born),
        (0x0010, 0x0040, b"CS", says.sex),
        (0x0020, 0x000D, b"UI", says.study),
        (0x0020, 0x000E, b"UI", &uid),
    ] {
        let padding = if vr == b"UI" { b'\0' } else { b' ' };
        let mut value = value.as_bytes().to_vec();
        value.extend((value.len() % 2 == 1).then_some(padding));
        bytes.extend([u16::to_le_bytes(group), u16::to_le_bytes(element)].concat());
        bytes.extend(vr);
        bytes.extend(u16::try_from(value.len()).unwrap().to_le_bytes());
        bytes.extend(value);
    }
    let source = crate::dicom::Source::from_bytes(bytes);
    let scanned = crate::dicom::scan(source, &crate::dicom::Limits::default()).unwrap();
    let path = PathBuf::from(format!("{number}.dcm"));
    let (instance, identifiers) = read_instance(&scanned, &path, Digest256([0; 32])).unwrap();
    Entry::Instance(Box::new(instance), identifiers)
}

fn batch(files: &[Says]) -> Batch {
    let mut batch = Batch::default();
    files.iter().enumerate().for_each(|(number, says)| batch.add(entry(number, *says)));
    batch
}

fn kinds(files: &[Says]) -> Vec<ConflictKind> {
    conflicts(&batch(files)).into_iter().map(|found| found.kind).collect()
}

fn patients(batch: &Batch) -> BTreeSet<PatientKey> {
    batch.instances.values().map(|found| found.patient.clone()).collect()
}

#[test]
fn one_person_is_no_conflict() {
    assert_eq!(kinds(&[]), []);
    let again = [
        Says { name: "Doe^Jane^M", ..JANE },
        Says { name: "Jane Doe", born: "", ..JANE },
        Says { name: "ANONYMOUS", born: "19000101", sex: "O", ..JANE },
        Says { institution: "South Clinic", ..JANE },
        Says { institution: "South Clinic", born: "", ..JANE },
    ];
    assert_eq!(kinds(&[&[JANE], &again[..]].concat()), []);
}

#[test]
fn each_kind_is_caught_and_those_block_where_two_people_may_share_a_pseudonym() {
    use ConflictKind as Kind;
    let bare = Says { name: "", born: "", ..JANE };
    let cases = [
        (Says { name: "DOE^JOHN", ..JANE }, Kind::TwoNames, true),
        (Says { born: "19700103", ..JANE }, Kind::TwoBirthDates, true),
        (Says { name: "DOE", sex: "M", ..JANE }, Kind::TwoSexes, true),
        (Says { institution: "South Clinic", ..bare }, Kind::TwoInstitutions, true),
        (Says { id: "4712", ..JANE }, Kind::TwoIds, false),
        (Says { issuer: "NORTH", ..JANE }, Kind::Issuer, false),
        (Says { id: "UNKNOWN", name: "ROE^R", ..JANE }, Kind::DummyId, false),
    ];
    for (other, kind, blocks) in cases {
        let batch = batch(&[JANE, other]);
        let found = conflicts(&batch);
        assert_eq!(found.iter().map(|found| found.kind).collect::<Vec<_>>(), [kind]);
        assert_eq!(kind.blocks(), blocks, "{kind}");
        let files = if kind == Kind::DummyId { 1 } else { 2 };
        assert_eq!(found[0].files(&batch).count(), files, "{kind}");
    }
    let issued = Says { issuer: "NORTH", ..bare };
    assert_eq!(kinds(&[issued, Says { institution: "South Clinic", ..issued }]), []);
}

#[test]
fn different_people_never_share_the_key_of_a_dummy_id() {
    for id in ["", "0000", "ANONYMOUS"] {
        let people = [
            Says { id, ..JANE },
            Says { id, name: "Doe Jane", study: "1.2.4", ..JANE },
            Says { id, name: "DOE^JOHN", ..JANE },
            Says { id, born: "19700103", ..JANE },
            Says { id, born: "", study: "1.2.5", ..JANE },
            Says { id, born: "", name: "", study: "1.2.6", ..JANE },
            Says { id, name: "DOE", study: "1.2.7", ..JANE },
            Says { id, name: "DOE", study: "1.2.8", ..JANE },
        ];
        let batch = batch(&people);
        assert_eq!(patients(&batch).len(), 7, "the first two are one person");
        assert!(conflicts(&batch).iter().all(|found| !found.kind.blocks()));
        let undated = Says { id, born: "", ..JANE };
        let found = kinds(&[undated, Says { name: "ROE^RICHARD", ..undated }]);
        assert_eq!(found, [ConflictKind::DummyId, ConflictKind::TwoNames], "one study, two names");
    }
}

fn resolution(batch: &Batch, answer: IdentityAnswer) -> IdentityResolution {
    let patients = patients(batch);
    IdentityResolution { basis: identity_basis(batch, &patients), patients, answer }
}

#[test]
fn merged_patients_are_one_subject_with_one_dictionary() {
    let mut batch = batch(&[JANE, Says { id: "4712", ..JANE }]);
    let said = resolution(&batch, IdentityAnswer::Merge);
    let settled = resolve_identities(&mut batch, &[said]);
    assert_eq!((patients(&batch).len(), batch.subjects.len()), (1, 1));
    assert!(patients(&batch).is_subset(&settled) && conflicts(&batch).is_empty());
    let subject = batch.subject(patients(&batch).first().unwrap());
    for id in ["4711", "4712"] {
        let wanted = Identifier { kind: IdentifierKind::PatientId, text: Phi::new(id.to_owned()) };
        assert!(subject.iter().any(|string| *string == wanted));
    }
}

#[test]
fn split_patients_keep_all_strings_of_both_and_leave_no_conflict() {
    let undated = Says { name: "", born: "", ..JANE };
    for other in [
        Says { name: "DOE^JOHN", ..JANE },
        Says { born: "19700103", ..JANE },
        Says { institution: "South Clinic", ..undated },
    ] {
        let mut batch = batch(&[JANE, other, JANE]);
        let whole = batch.subjects.values().next().unwrap().clone();
        let said = resolution(&batch, IdentityAnswer::Split);
        resolve_identities(&mut batch, &[said]);
        assert_eq!(patients(&batch).len(), 2);
        assert!(batch.subjects.values().all(|subject| *subject == whole));
        assert!(conflicts(&batch).iter().all(|found| !found.kind.blocks()));
    }
}

#[test]
fn a_confirmation_ends_when_a_file_says_something_new() {
    let files = [JANE, Says { name: "ROE^JANE", ..JANE }];
    let said = resolution(&batch(&files), IdentityAnswer::Confirm);
    let settled = |files: &[Says]| {
        let mut batch = batch(files);
        let settled = resolve_identities(&mut batch, std::slice::from_ref(&said));
        conflicts(&batch).iter().all(|found| found.patients.is_subset(&settled))
    };
    assert!(settled(&files));
    assert!(settled(&[files[0], files[1], files[0]]));
    assert!(!settled(&[files[0], files[1], Says { name: "POE^JANE", ..JANE }]));
}
