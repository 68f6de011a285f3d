//! Postal addresses and names of institutions.

use std::ops::Range;

use crate::engine::text::CutKind;
use crate::engine::text::patterns::{Shape, always, is_nothing_known};
use crate::engine::vocabulary;

/// Areas of British postcodes.
const POSTCODE_AREAS: &str = "AB|AL|B|BA|BB|BD|BH|BL|BN|BR|BS|BT|CA|CB|CF|CH|CM|CO|CR|CT|CV|CW|DA|DD|DE|DG|DH|DL|DN|DT|DY|E|EC|EH|EN|EX|FK|FY|G|GL|GU|HA|HD|HG|HP|HR|HS|HU|HX|IG|IP|IV|KA|KT|KW|KY|L|LA|LD|LE|LL|LN|LS|LU|M|ME|MK|ML|N|NE|NG|NN|NP|NR|NW|OL|OX|PE|PH|PL|PO|PR|RG|RH|RM|S|SA|SE|SG|SK|SL|SM|SN|SO|SP|SR|SS|ST|SW|SY|TA|TD|TF|TN|TQ|TR|TS|TW|UB|W|WA|WC|WD|WF|WN|WR|WS|WV|YO|ZE";

pub(super) fn shapes() -> Vec<Shape> {
    use CutKind::{Address, Institution};
    let street = r"(?i:st|street|ave|avenue|rd|road|blvd|boulevard|lane|ln|dr|drive|way|court|ct|place|pl|terrace|ter|highway|hwy|parkway|pkwy|circle|cir|loop|trail|square|sq|crescent|close|gardens|grove|mews|row|walk|quay)";
    let word = r"\p{Lu}[\p{L}\d'’.-]*";
    let name = r"\p{Lu}[\p{L}'’-]+";
    let house = r"(?i:hospital|clinic|infirmary|medical\s+cent(?:er|re)|health\s+cent(?:er|re)|cancer\s+cent(?:er|re)|klinikum|krankenhaus|spital|ziekenhuis|sygehus|sjukhus|sykehus|hastanesi|szpital|imaging\s+partners|dental\s+practice|nursing\s+home|care\s+home|elementary(?:\s+school)?|primary\s+school|high\s+school|academy|nursery)";
    vec![
        Shape::new(
            Address,
            format!(
                r"\b\d{{1,6}}(?:-\d{{1,4}})?[A-Za-z]?,?\s+(?:[NSEW]\.?\s+)?(?:{word}\s+){{1,4}}{street}\b\.?(?:,?\s*(?i:apt|suite|ste|unit|flat|#)\.?\s*[\w-]+)?(?:,?\s+(?:{word}\s*){{1,3}},?\s+[A-Z]{{2}}\s+\d{{5}}(?:-\d{{4}})?\b)?"
            ),
            always,
        ),
        Shape::new(
            Address,
            format!(r"\b(?:{word}\s*){{1,3}},\s*[A-Z]{{2}},?\s+\d{{5}}(?:-\d{{4}})?\b"),
            always,
        ),
        Shape::new(Address, r"(?i)\bzip(?:\s*code)?\s*[:#]?\s*\d{5}(?:-\d{4})?\b", always),
        Shape::new(
            Address,
            r"(?i)\b(?:P\.?\s?O\.?\s*Box|Postfach|B\.?P\.|Apartado|Casilla)\s+\d+\b",
            always,
        ),
        Shape::new(
            Address,
            format!(
                r"(?:\b{name},?\s+)?\b(?:{POSTCODE_AREAS})\d[A-Z\d]?\s\d[ABD-HJLNP-UW-Z]{{2}}\b"
            ),
            always,
        ),
        // Continental: the number behind the street; a postcode and a town may follow.
        Shape::new(
            Address,
            format!(
                r"\b\p{{Lu}}[\p{{L}}-]*(?i:straße|strasse|str\.|weg|allee|platz|gasse|damm|ufer|straat|laan|plein|gracht|kade|gatan|vägen|gade|vej|veien|gata|katu|tie)\s*\d{{1,4}}\s?[a-zA-Z]?\b(?:,?\s+(?:[A-Z]{{1,2}}-)?\d{{4,5}}\s?(?:[A-Z]{{2}}\s)?\s*{name})?"
            ),
            always,
        ),
        Shape::new(
            Address,
            format!(
                r"\b\d{{1,4}}(?:\s?(?:bis|ter))?,?\s+(?i:rue|avenue|av\.|boulevard|bd|place|chemin|allée|impasse|quai|route|cours)\s+(?:(?:de|du|des|la|le|les|d'|l')\s*){{0,3}}{name}(?:\s+{name}){{0,3}}(?:,?\s+\d{{5}}\s+{name})?"
            ),
            always,
        ),
        Shape::new(
            Address,
            format!(
                r"\b(?:Calle|C/|Avda\.?|Avenida|Plaza|Paseo|Via|Viale|Piazza|Corso|Rua|Travessa|ul\.|ulica|ул\.|проспект)\s*(?:(?:de|del|della|la|las|los|da|do|dos)\s+){{0,2}}{name}(?:\s+{name}){{0,3}},?\s*(?:n[°º.]?\s*)?\d{{1,4}}\b(?:,?\s+\d{{5}}\s+{name})?"
            ),
            always,
        ),
        // Where somebody works, and the ward where somebody lies.
        Shape::new(
            Institution,
            format!(
                r"\b(?i:works?\s+(?:at|for)|employed\s+(?:by|at)|employer|employeur|arbeitet\s+bei|retired\s+from|pupil\s+of|teaches\s+at)[:,]?\s+((?i:the\s+)?{name}(?:[ &-]+{name}){{0,3}})"
            ),
            is_nothing_known,
        ),
        Shape::new(
            Institution,
            r"\b(?i:ward|wd|station)\s+((?:(?:St|Mt)\.?\s+)?\p{Lu}[\p{L}'’-]{3,})",
            is_nothing_known,
        ),
        // A house of healing by name; in a text all of capitals only where somebody says “at”.
        Shape::new(
            Institution,
            format!(r"\b((?:(?:St|Mt|Ste)\.?\s+|{name}\s+){{1,5}}{house})\b"),
            is_named,
        ),
        Shape::new(
            Institution,
            format!(
                r"\b(?i:at|from|via|bei|chez|en el|presso)\s+((?i:the\s+)?(?:(?:St|Mt|ST|MT)\.?\s+|{name}\s+){{1,5}}{house})\b"
            ),
            always,
        ),
        Shape::new(
            Institution,
            format!(
                r"\b(?:Hospital|H[ôo]pital|Ospedale|Clinique|Cl[íi]nica|Klinik|Klinikum|Universit[äa]ts(?:klinikum|spital|klinik)|CHU|CHR|Policlinico|Szpital)\s+(?:(?:de|del|della|di|da|do|du|des|la|le|les|los|am|im|der|für|St\.?|San|Santa|Saint|Sankt|d'|l')\s*){{0,3}}{name}(?:\s+{name})?"
            ),
            has_small_letters,
        ),
    ]
}

/// Whether the words in front of the house are written as names are, and some are no clinical words.
fn is_named(text: &str, range: Range<usize>) -> bool {
    let found = &text[range.clone()];
    let words: Vec<&str> = found.split_whitespace().collect();
    let Some((_, names)) = words.split_last() else { return false };
    let is_unknown = |word: &&str| !vocabulary::knows(&word.to_uppercase());
    has_small_letters(text, range) && names.iter().any(is_unknown)
}

fn has_small_letters(text: &str, range: Range<usize>) -> bool {
    text[range].chars().any(char::is_lowercase)
}
