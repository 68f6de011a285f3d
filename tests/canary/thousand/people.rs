//! Invented people: one for each dataset, with a name in the script of its character set.

use crate::canary::thousand::script::Set;
use crate::common::checker::Planted;

/// Parts of names that stand in no language and in no clinical text.
const FIRST: [&str; 20] = [
    "Zor", "Quex", "Vilt", "Tharn", "Mux", "Belk", "Drov", "Yint", "Kesh", "Wafl", "Jorb", "Plim",
    "Gax", "Holv", "Nurz", "Fesk", "Ruq", "Sivd", "Cazh", "Oxl",
];
const MIDDLE: [&str; 20] = [
    "ava", "ebo", "igu", "oky", "uze", "yfa", "aqui", "evo", "ixo", "omu", "uha", "yzo", "ajo",
    "eku", "iwa", "opi", "ubba", "ydo", "azzi", "egri",
];
const LAST: [&str; 20] = [
    "rdt", "lmq", "nstr", "bvek", "xtol", "gwin", "dmarsk", "fnop", "kzil", "plug", "rvash",
    "stoq", "thwey", "vrund", "wixt", "zbor", "clonk", "hjelp", "jdov", "mpert",
];

/// Everything that tells who somebody is.
#[derive(Clone, Debug)]
pub struct Person {
    pub number: usize,
    /// In Latin letters.
    pub family: String,
    pub given: String,
    /// In the script of the set; empty where that is Latin without more.
    pub native_family: String,
    pub native_given: String,
    /// Patient ID, another one of figures only, accession number.
    pub id: String,
    pub figures: String,
    pub accession: String,
    /// Year, month, day.
    pub born: (u32, u32, u32),
    pub institution: String,
    pub physician: (String, String),
    pub street: String,
    pub phone: String,
    pub email: String,
    /// A UID of a study elsewhere.
    pub uid: String,
    /// SOP instance, study, series and frame of reference.
    pub uids: [String; 4],
}

/// A word for each number below 8,000; neighbours have nothing in common.
fn word(number: usize, salt: usize) -> String {
    let mixed = (number * 3_701 + salt) % 8_000;
    format!("{}{}{}", FIRST[mixed % 20], MIDDLE[mixed / 20 % 20], LAST[mixed / 400])
}

/// A name of the set's own parts for each number, and whether it is Latin.
fn native(parts: &str, latin: &str, number: usize) -> String {
    let parts: Vec<&str> = parts.split(' ').filter(|part| !part.is_empty()).collect();
    let Some(part) = parts.get(number % parts.len().max(1)) else { return String::new() };
    match part.chars().count() {
        // A letter of the alphabet, in a Latin name.
        1 => format!("{}{part}{}", &latin[..3], &latin[3..]),
        _ => {
            let other = parts[number / parts.len() % parts.len()];
            let wide = part.chars().all(|glyph| glyph as u32 >= 0x3000 && glyph as u32 <= 0xD7FF);
            if wide { (*part).to_owned() } else { format!("{part}{}", other.to_lowercase()) }
        }
    }
}

impl Person {
    /// The person of a dataset.
    pub fn new(number: usize, set: &Set) -> Self {
        let (family, given) = (word(number, 11), word(number, 4_017));
        let spread = (number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
        let code = |salt: u64, digits: u32| (spread / salt) % 10_u64.pow(digits);
        let uid = |part: usize| format!("1.2.826.0.1.3680043.9.7433.{}.{part}", 100_000 + number);
        Self {
            number,
            native_family: native(set.family, &family, number),
            native_given: native(set.given, &given, number / 2),
            id: format!("ZQ{:07}", code(1, 7)),
            figures: format!("7{:02}{:06}", code(7, 2), 100_000 + number * 37 % 900_000),
            accession: format!("ACX{:03}{:05}", code(11, 3), number),
            born: (
                1931 + (code(13, 2) as u32 % 60),
                1 + code(17, 3) as u32 % 12,
                1 + code(19, 3) as u32 % 28,
            ),
            institution: format!("{} Infirmary", word(number, 2_003)),
            physician: (word(number, 5_501), word(number, 6_607)),
            street: format!("{} {} Crescent", 11 + number % 88, word(number, 7_109)),
            phone: format!("+1 (555) {:03}-{:04}", 100 + code(23, 3) % 900, number % 10_000),
            email: format!("{}.{}@example.org", given.to_lowercase(), family.to_lowercase()),
            uid: uid(9),
            uids: [uid(1), uid(2), uid(3), uid(4)],
            family,
            given,
        }
    }

    /// Patient's Name with all its groups.
    pub fn name(&self) -> String {
        let latin = format!("{}^{}", self.family, self.given);
        match self.native_family.is_empty() {
            true => latin,
            false => format!("{latin}={}^{}", self.native_family, self.native_given),
        }
    }

    pub fn birth_date(&self) -> String {
        format!("{:04}{:02}{:02}", self.born.0, self.born.1, self.born.2)
    }

    pub fn latin(&self) -> Planted {
        let words = vec![self.family.clone(), self.given.clone()];
        planted("name", &format!("{} {}", self.family, self.given), words)
    }

    pub fn native(&self) -> Planted {
        let words = vec![self.native_family.clone(), self.native_given.clone()];
        planted("name", &format!("{} {}", self.native_family, self.native_given), words)
    }

    pub fn doctor(&self) -> Planted {
        let (family, given) = &self.physician;
        planted("name", &format!("{family} {given}"), vec![family.clone(), given.clone()])
    }

    pub fn day(&self, path: &str) -> Planted {
        let (year, month, day) = self.born;
        Planted {
            iso: format!("{year:04}-{month:02}-{day:02}"),
            path: path.to_owned(),
            ..planted("date", &self.birth_date(), Vec::new())
        }
    }

    /// All that may stand nowhere, whoever the file is of.
    pub fn all(&self) -> Vec<Planted> {
        let whole = |kind, text: &str| planted(kind, text, Vec::new());
        let mut all = vec![
            self.latin(),
            self.doctor(),
            whole("mrn", &self.id),
            whole("mrn", &self.figures),
            whole("acc", &self.accession),
            whole("inst", &self.institution),
            whole("addr", &self.street),
            whole("phone", &self.phone),
            whole("email", &self.email),
            whole("uid", &self.uid),
        ];
        all.extend(self.uids.iter().map(|uid| whole("uid", uid)));
        if !self.native_family.is_empty() {
            all.push(self.native());
        }
        all
    }
}

/// A planted string.
pub fn planted(kind: &str, text: &str, words: Vec<String>) -> Planted {
    Planted {
        kind: kind.to_owned(),
        text: text.to_owned(),
        words,
        path: String::new(),
        iso: String::new(),
    }
}
