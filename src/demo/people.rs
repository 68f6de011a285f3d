//! Invented people. Nobody here lives; telephone numbers are of the ranges kept for fiction.

use crate::demo::calendar::Day;
use crate::demo::encode::Charset;

/// One invented patient, and who looked after them.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    /// Patient's Name as PN writes it.
    pub name: &'static str,
    /// Family name in Latin letters, as devices burn it in.
    pub family: &'static str,
    /// Given name in Latin letters.
    pub given: &'static str,
    /// `F`, `M` or `O`.
    pub sex: &'static str,
    /// Patient ID.
    pub id: &'static str,
    /// Day of birth.
    pub birth: Day,
    /// Patient's Age at the study.
    pub age: &'static str,
    /// Social security number.
    pub ssn: &'static str,
    /// Telephone.
    pub phone: &'static str,
    /// Postal address.
    pub address: &'static str,
    /// E-mail address.
    pub email: &'static str,
    /// Hospital.
    pub institution: &'static str,
    /// Its address.
    pub place: &'static str,
    /// Referring physician, as PN.
    pub physician: &'static str,
    /// Operator, as PN.
    pub operator: &'static str,
    /// Day of the study.
    pub study: Day,
    /// Accession Number.
    pub accession: &'static str,
    /// Character set of the files.
    pub charset: Charset,
}

impl Person {
    /// `Given Family` in Latin letters, as free text has it.
    pub fn spoken(&self) -> String {
        format!("{} {}", self.given, self.family)
    }

    /// `FAMILY GIVEN S MM.DD.YYYY`, as X-ray devices burn it in; the date is the study's.
    pub fn label(&self) -> String {
        let name = format!("{} {}", self.family, self.given).to_uppercase();
        format!("{name} {} {}", self.sex, self.study.dotted())
    }

    /// `DOB: MM.DD.YYYY`.
    pub fn birth_label(&self) -> String {
        format!("DOB: {}", self.birth.dotted())
    }

    /// `FAMILY, GIVEN`.
    pub fn banner(&self) -> String {
        format!("{}, {}", self.family, self.given).to_uppercase()
    }
}

/// CT of the thorax, dose report, structured report.
pub const JANE: Person = Person {
    name: "Roe^Jane^Marguerite",
    family: "Roe",
    given: "Jane",
    sex: "F",
    id: "48211907",
    birth: Day::new(1961, 3, 14),
    age: "058Y",
    ssn: "912-64-3308",
    phone: "(555) 010-0142",
    address: "27 Quarrystone Lane, Eldermere VT 05099",
    email: "jane.roe61@postbox.example",
    institution: "Saint Orsola General Hospital",
    place: "400 Harbinger Road, Eldermere VT 05099",
    physician: "Whitcombe^Alastair^^Dr.",
    operator: "Pemberley^Tess",
    study: Day::new(2019, 5, 17),
    accession: "SO19-558213",
    charset: Charset::Ascii,
};

/// Ultrasound; an apostrophe in the name.
pub const SIOBHAN: Person = Person {
    name: "O'Neill^Siobhan",
    family: "O'Neill",
    given: "Siobhan",
    sex: "F",
    id: "ON-773104",
    birth: Day::new(1988, 11, 2),
    age: "032Y",
    ssn: "934-20-7715",
    phone: "555-010-0187",
    address: "9 Ferrybank Terrace, Cragmoor ME 04999",
    email: "siobhan.oneill@lantern.example",
    institution: "Cragmoor Women's Clinic",
    place: "2 Lighthouse Drive, Cragmoor ME 04999",
    physician: "Abernathy^Rosalind^^Dr.",
    operator: "Castellane^Yvette",
    study: Day::new(2021, 2, 9),
    accession: "CW21-004417",
    charset: Charset::Ascii,
};

/// MR of the head; Latin-1.
pub const JUERGEN: Person = Person {
    name: "Müller-Lüdke^Jürgen",
    family: "Mueller-Luedke",
    given: "Juergen",
    sex: "M",
    id: "ML5500218",
    birth: Day::new(1974, 7, 29),
    age: "044Y",
    ssn: "928-31-6604",
    phone: "+49 30 23125 014",
    address: "Fichtenweg 12, 19999 Grünwalde",
    email: "j.mueller-luedke@brieftaube.example",
    institution: "Klinikum Grünwalde",
    place: "Am Mühlgraben 3, 19999 Grünwalde",
    physician: "Weißhaupt^Brünhild^^Dr.",
    operator: "Größmann^Käthe",
    study: Day::new(2018, 9, 3),
    accession: "KG18-90277",
    charset: Charset::Latin1,
};

/// Chest and hand X-rays; ISO 2022.
pub const TAROU: Person = Person {
    name: "Yamada^Tarou=山田^太郎=やまだ^たろう",
    family: "Yamada",
    given: "Tarou",
    sex: "M",
    id: "YT0031877",
    birth: Day::new(1953, 4, 21),
    age: "067Y",
    ssn: "941-77-2059",
    phone: "555-010-0109",
    address: "1180 Cedarwick Street, Port Alder WA 98999",
    email: "tarou.yamada@kumomail.example",
    institution: "Port Alder Bayside Hospital",
    place: "77 Wharfinger Avenue, Port Alder WA 98999",
    physician: "Lindqvist^Maren^^Dr.",
    operator: "Okonedo^Philippa",
    study: Day::new(2020, 10, 6),
    accession: "PA20-331840",
    charset: Charset::Japanese,
};

/// Angiography; Greek.
pub const ELENI: Person = Person {
    name: "Παπαδάκη^Ελένη",
    family: "Papadaki",
    given: "Eleni",
    sex: "F",
    id: "GR-1902-77",
    birth: Day::new(1966, 1, 30),
    age: "050Y",
    ssn: "955-12-8840",
    phone: "+30 21 0555 0134",
    address: "Οδός Ανέμων 18, Κρανιά",
    email: "eleni.papadaki@tachydromos.example",
    institution: "Νοσοκομείο Κρανιάς",
    place: "Λεωφόρος Ελαιών 5, Κρανιά",
    physician: "Καραλής^Μάνος",
    operator: "Βλάχου^Ρένα",
    study: Day::new(2016, 6, 14),
    accession: "KR16-7713",
    charset: Charset::Greek,
};

/// Aged 93; big endian, enhanced CT, UTF-8.
pub const RUTH: Person = Person {
    name: "Delgado-Peña^Ruth^Inés",
    family: "Delgado-Pena",
    given: "Ruth",
    sex: "F",
    id: "DP-60417",
    birth: Day::new(1924, 8, 5),
    age: "093Y",
    ssn: "967-45-1123",
    phone: "555-010-0166",
    address: "305 Saltmarsh Road, Winterbay NM 87999",
    email: "ruth.delgado@palomar.example",
    institution: "Winterbay Medical Center",
    place: "1 Mesa Drive, Winterbay NM 87999",
    physician: "Thistlewood^Edmund^^Dr.",
    operator: "Nuñez^Jacinta",
    study: Day::new(2017, 12, 11),
    accession: "WB17-20934",
    charset: Charset::Utf8,
};
