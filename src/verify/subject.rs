//! The strings of one patient that must not come out again, and which of them can be looked for.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::model::Phi;

/// What the input says of one patient: the subject dictionary, handed in by the export.
///
/// Values stand as they are in the input, decoded; verify makes its own forms of them.
#[derive(Clone, Debug, Default)]
pub struct Subject {
    /// Names of the patient: `FAMILY^GIVEN^MIDDLE^PREFIX^SUFFIX`, component groups parted by `=`,
    /// or free text. Also birth names and aliases.
    pub names: Vec<Phi<String>>,
    /// Names of other people around the patient: physicians, operators, relatives.
    pub people: Vec<Phi<String>>,
    /// Patient IDs, accession numbers, social security numbers, order and visit numbers.
    pub ids: Vec<Phi<String>>,
    /// Telephone and fax numbers.
    pub phones: Vec<Phi<String>>,
    /// Birth dates, `YYYYMMDD` or `YYYY-MM-DD`.
    pub birth_dates: Vec<Phi<String>>,
    /// Every other full date of the patient, `YYYYMMDD…` or `YYYY-MM-DD…`; a time behind it is
    /// ignored.
    pub dates: Vec<Phi<String>>,
    /// Instance, series, study and other UIDs that must not come out again.
    pub uids: Vec<Phi<String>>,
    /// Names, departments, acronyms of institutions.
    pub institutions: Vec<Phi<String>>,
    /// Anything else: addresses, e-mail addresses, user names.
    pub others: Vec<Phi<String>>,
}

/// Words that stand where a name or ID should and name nobody.
const DUMMIES: [&str; 34] = [
    "anon",
    "anonym",
    "anonymised",
    "anonymized",
    "anonymous",
    "blank",
    "deidentified",
    "dummy",
    "empty",
    "identified",
    "masked",
    "missing",
    "na",
    "name",
    "noname",
    "none",
    "not",
    "null",
    "patient",
    "phantom",
    "pseudonym",
    "redacted",
    "removed",
    "sample",
    "subject",
    "test",
    "tester",
    "testing",
    "unbekannt",
    "undefined",
    "unknown",
    "unnamed",
    "unspecified",
    "void",
];

/// Titles, degrees and particles: never looked for alone.
const PARTICLES: [&str; 36] = [
    "and",
    "bin",
    "bint",
    "bsc",
    "ben",
    "dal",
    "das",
    "del",
    "della",
    "den",
    "der",
    "des",
    "dipl",
    "dos",
    "esq",
    "iii",
    "jnr",
    "los",
    "mag",
    "med",
    "miss",
    "mme",
    "mrs",
    "msc",
    "och",
    "phd",
    "prof",
    "professor",
    "rev",
    "san",
    "sir",
    "snr",
    "the",
    "van",
    "von",
    "zur",
];

/// Words of clinical and technical language that are also names of people.
///
/// One of these alone does not hold a file where it stands in a value that equals the input's and
/// that the rules keep on purpose: it is listed. Anywhere else it holds.
const CLINICAL: [&str; 172] = [
    "abdomen",
    "agfa",
    "angio",
    "angle",
    "ankle",
    "anterior",
    "apex",
    "arch",
    "arm",
    "art",
    "axial",
    "back",
    "baker",
    "barium",
    "basic",
    "bell",
    "best",
    "black",
    "block",
    "bone",
    "brain",
    "breast",
    "brown",
    "canon",
    "cardiac",
    "carestream",
    "chest",
    "clean",
    "clear",
    "coil",
    "colon",
    "contrast",
    "coronal",
    "cross",
    "day",
    "down",
    "early",
    "echo",
    "elbow",
    "esaote",
    "fast",
    "female",
    "femur",
    "field",
    "fine",
    "finger",
    "flow",
    "foot",
    "forearm",
    "frame",
    "french",
    "fuji",
    "fujifilm",
    "gas",
    "general",
    "grade",
    "gray",
    "green",
    "grey",
    "hall",
    "hand",
    "hardy",
    "head",
    "heart",
    "hill",
    "hip",
    "hitachi",
    "hodgkin",
    "hologic",
    "hong",
    "image",
    "inner",
    "iodine",
    "jaw",
    "june",
    "kidney",
    "knee",
    "kodak",
    "large",
    "late",
    "lateral",
    "lead",
    "left",
    "leg",
    "light",
    "line",
    "liver",
    "lobe",
    "localizer",
    "long",
    "low",
    "lower",
    "lung",
    "major",
    "male",
    "mammo",
    "marker",
    "max",
    "may",
    "mean",
    "medium",
    "micro",
    "middle",
    "min",
    "neck",
    "new",
    "normal",
    "nova",
    "oblique",
    "open",
    "orbit",
    "organ",
    "outer",
    "ovary",
    "page",
    "pain",
    "palm",
    "parkinson",
    "pelvis",
    "phantom",
    "philips",
    "phillips",
    "pitt",
    "plain",
    "pole",
    "port",
    "portable",
    "post",
    "posterior",
    "prone",
    "ray",
    "rgb",
    "right",
    "rose",
    "sagittal",
    "scan",
    "series",
    "sharp",
    "shimadzu",
    "short",
    "shoulder",
    "siemens",
    "sinus",
    "skin",
    "skull",
    "small",
    "soft",
    "spin",
    "spine",
    "standard",
    "stomach",
    "stone",
    "stress",
    "supine",
    "temple",
    "test",
    "thigh",
    "thorax",
    "thumb",
    "tissue",
    "toe",
    "tongue",
    "toshiba",
    "trunk",
    "upper",
    "vein",
    "volume",
    "wall",
    "west",
    "white",
    "wrist",
    "young",
];

static VOCABULARY: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let lines = include_str!("../../assets/text/vocabulary.txt").lines();
    let words = lines.filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace);
    words.map(str::to_lowercase).collect()
});

/// Whether a word of names, folded, names nobody.
pub(crate) fn is_dummy(word: &str) -> bool {
    let mut chars = word.chars();
    let first = chars.next();
    DUMMIES.contains(&word) || chars.all(|c| Some(c) == first)
}

/// Whether a word, folded, stands for no value: what a dummy may be made of.
pub(crate) fn is_placeholder(word: &str) -> bool {
    let zeros = word.bytes().all(|byte| byte == b'0');
    DUMMIES.contains(&word) || zeros || (word.len() >= 3 && word.bytes().all(|byte| byte == b'x'))
}

/// Whether a word of names, folded, is a title, degree or particle.
pub(crate) fn is_particle(word: &str) -> bool {
    PARTICLES.contains(&word)
}

/// Whether a word, folded, belongs to clinical language as well.
pub(crate) fn is_clinical(word: &str) -> bool {
    CLINICAL.contains(&word) || VOCABULARY.contains(word)
}

/// Whether an ID, letters and digits only, can be told from chance.
///
/// Shorter than three characters, one sign repeated (`0`, `XXX`), a dummy word or a run such as
/// `123` or `1234` tells nobody from another.
pub(crate) fn is_telling_id(compact: &str) -> bool {
    let bytes = compact.as_bytes();
    let ascending = bytes.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1));
    // Letters alone are as often a word of the protocol as an ID.
    let enough = bytes.len() >= 5 || bytes.iter().any(u8::is_ascii_digit);
    bytes.len() >= 3 && enough && !is_dummy(compact) && !(ascending && bytes.len() <= 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dummies_name_nobody() {
        for word in ["anonymous", "xxx", "unknown", "0", "", "000000"] {
            assert!(is_dummy(word), "{word}");
        }
        assert!(!is_dummy("doe") && !is_dummy("anna"));
    }

    #[test]
    fn an_id_that_could_be_chance_is_left_out() {
        for id in ["", "0", "12", "123", "1234", "000", "na", "unknown", "pkd", "head"] {
            assert!(!is_telling_id(id), "{id}");
        }
        assert!(is_telling_id("4711") && is_telling_id("1234567") && is_telling_id("a12"));
    }

    #[test]
    fn lists_are_sorted_and_hold_each_word_once() {
        assert!(CLINICAL.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(DUMMIES.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
