//! Numbers of persons and orders, and ways to reach somebody.

use std::ops::Range;

use crate::engine::text::CutKind;
use crate::engine::text::patterns::{Shape, always, digits, stands_alone};

/// Words before a number of a person, visit, order or document.
pub(crate) const NUMBERED: &str = r"(?:mrn|mr\s?#|ssn|nhs|nss|dni|nif|nie|cpf|bsn|avs|ahv|pesel|ssnr|pat(?:ient)?(?:en)?\s*[.-]?\s*(?:id|no|number|nr|num|#)|id|acc(?:ession)?(?:\s*(?:no|number|nr|#))?|case|visit|encounter|account|acct|chart|order|req(?:uisition)?|emp(?:loyee)?|passport|pass|licen[cs]e|lic|insur(?:ance)?|ins|policy|member|medicare|medicaid|beneficiary|voucher|claim|invoice|booking|referral|study|exam|file|record|rec|folder|ticket|badge|vin|plate|dl|fall|auftrag|auftrags|versicherten|versicherung|akte|dossier|expediente|historia|cartella|protocollo|journal|cpr|personnummer|pps|s[ée]cu(?:rit[ée]\s+sociale)?|nir|ref(?:erence)?)";
/// Words before a telephone, fax or pager.
pub(crate) const REACHED: &str = r"(?:tel(?:e(?:phone|fon|fono))?|t[ée]l(?:[ée]phone)?|tfno|telf|tlf|tfn|phoned?|ph|fax|telefax|call(?:\s+back)?|callback|pager|page|beeper|bleep|cell|mobile|mob|handy|portable|m[óo]vil|cellulare|контакт|тел|电话|電話|전화)";

pub(super) fn shapes() -> Vec<Shape> {
    use CutKind::{Contact, Number};
    vec![
        Shape::new(Contact, r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", always),
        Shape::new(
            Contact,
            r"(?i)[\w.+-]+\s*(?:\(at\)|\[at\])\s*[\w-]+\s*(?:\.|\(dot\)|\[dot\])\s*\w+",
            always,
        ),
        Shape::new(Contact, r"(?i)\b(?:(?:https?|s?ftp)://|www\.)[^\s,;)]+", always),
        Shape::new(
            Contact,
            r"(?i)\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|org|net|edu|gov|info|example|invalid|co\.uk|ac\.uk|de|fr|ch|at|es|it|nl|se|dk|jp|cn|kr|ru|pl|br)\b(?:/[^\s,;)]*)?",
            is_host,
        ),
        Shape::new(Contact, r"\b\d{1,3}(?:\.\d{1,3}){3}\b", is_ip),
        Shape::new(
            Contact,
            r"(?i)\b(?:[0-9a-f]{1,4}:){4,7}[0-9a-f]{1,4}\b|\b(?:[0-9a-f]{1,4}:){2,6}:[0-9a-f]{1,4}\b",
            always,
        ),
        Shape::new(Contact, r"(?i)\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b", always),
        Shape::new(Number, r"\b\d{3}-\d{2}-\d{4}\b", stands_alone),
        Shape::new(Number, r"\b\d{3} \d{2} \d{4}\b", stands_alone),
        // The French number of social insurance: sex, year, month, place, register, check.
        Shape::new(
            Number,
            r"\b[1-478] \d{2} (?:0[1-9]|1[0-2]|[2-9]\d) (?:\d{2}|2[AB]) \d{3} \d{3}(?: \d{2})?\b",
            always,
        ),
        // North America, then any land behind a plus, then numbers that begin with a nought.
        Shape::new(
            Contact,
            r"(?:\+\d{1,3}[ .-]?|\b1[ .-])?(?:\(\d{3}\)|\b\d{3})[ ./-]{0,3}\d{3}[ .-]\d{4}(?:\s*,?\s*(?i:x|ext\.?|extension|#)\s*\d{1,6})?\b",
            stands_alone,
        ),
        Shape::new(
            Contact,
            r"(?:\+|\b00)\d{1,3}(?:[ ./-]{0,2}\(?\d{1,5}\)?){2,6}\b(?:\s*(?i:x|ext\.?|extension|dw)\s*\d{1,6})?",
            has_eight_digits,
        ),
        Shape::new(Contact, r"\(?\b0\d{1,4}\)?(?:[ ./-]{1,3}\d{2,8}){1,5}\b", is_national),
        Shape::new(
            Contact,
            format!(
                r"(?i)\b{REACHED}(?:\s*(?:no|nr|number)\b)?[.:#]*\s*([+(]?\d[\d ()./-]{{4,}}\d(?:\s*(?:x|ext\.?)\s*\d{{1,6}})?)\b"
            ),
            has_six_digits,
        ),
        Shape::new(
            Contact,
            r"(?i)\b(?:pager|beeper|bleep|ext(?:ension)?|durchwahl|poste|dect)\.?\s*[:#]?\s*(\d{3,6})\b",
            always,
        ),
        Shape::new(
            Number,
            r"(?i)\bssn\s+last\s+(?:4|four)\s*[:#]?\s*\d{4}\b|\blast\s+(?:4|four)\s+(?:of\s+ssn\s*)?[:#]?\s*\d{4}\b",
            always,
        ),
        Shape::new(
            Number,
            r"\b(?i:reg(?:istration)?|(?:licen[cs]e\s+|car\s+)?plate|kennzeichen)\.?\s*[:#]?\s*([A-Z0-9]{1,4}[- ]?[A-Z0-9]{1,4}(?:[- ][A-Z0-9]{1,6})?)\b",
            is_plate,
        ),
        Shape::new(
            Number,
            r"(?i)\b(?:rm|room|bed|zi\.|zimmer|chambre|letto|cama|habitaci[óo]n|sala)\s*[:#]?\s*([A-Z]{0,2}-?\d{1,4}[A-Z]?)\b",
            always,
        ),
        Shape::new(
            CutKind::Device,
            r"\b(?:S/?N|[Ss]erial(?:\s*(?:[Nn]o|[Nn]umber|[Nn]r))?)\.?\s*[:#]?\s*([A-Z0-9][A-Z0-9-]*\d[A-Z0-9-]*)",
            has_four_digits_or_letters,
        ),
        // Too long for anything but a number of somebody.
        Shape::new(Number, r"\b(?:[A-Z]{1,4}\d{6,}[A-Z]?|\d{7,}[A-Z]{0,2})\b", stands_alone),
        Shape::new(
            Number,
            format!(
                r"(?i)\b{NUMBERED}\.?\s*-?(?:no\.?|number|nr\.?|num\.?|n[°º]|№)?\s*(?:is\b)?\s*[:#=]?\s*((?-i:[A-Z]{{1,5}}[-/ ]?)?\d[\dA-Z/-]{{2,}}\d(?:-?[A-Z])?)\b"
            ),
            has_four_digits,
        ),
        // A number in groups behind such a word and a sign: `NHS no. 943 476 5919`.
        Shape::new(
            Number,
            format!(
                r"(?i)\b{NUMBERED}(?:\.?\s*-?(?:no\.?|number|nr\.?|num\.?|n[°º]|№|id|#)\s*[:#=]?|\s*[:#=])\s*((?-i:[A-Z]{{1,5}}[-/ ]?)?\d{{1,}}(?:[ ./-]\d{{2,6}}){{1,7}}(?:[ -]?(?-i:[A-Z]))?)\b"
            ),
            has_six_digits,
        ),
        Shape::new(
            Contact,
            r"(?i)\b(?:kin|guardian|contact|emergency|reach(?:ed|able)?(?:\s+(?:at|on))?)\s*[:,]?\s*(\d{3}[-. ]\d{4})\b",
            always,
        ),
        Shape::new(
            Number,
            r"(?i)\b(?:no|nr|num|number|n[°º]|№)\.?\s*[:#]?\s*([A-Z]{0,4}-?\d{5,}[A-Z]?)\b",
            always,
        ),
    ]
}

fn is_ip(text: &str, range: Range<usize>) -> bool {
    let parts: Vec<u16> =
        text[range.clone()].split('.').filter_map(|part| part.parse().ok()).collect();
    // Versions have small first numbers, or say what they are.
    let before = text[..range.start].trim_end_matches([' ', ':', '.', 'v', 'V']).to_lowercase();
    let is_version = ["version", "ver", "release", "rel", "build", "software", "sw", "syngo"]
        .iter()
        .any(|word| before.ends_with(word));
    !is_version
        && stands_alone(text, range)
        && parts.iter().all(|part| *part <= 255)
        && parts.first() >= Some(&10)
}

/// Whether a name of a host is no end of a sentence: `Normal.De novo`.
fn is_host(text: &str, range: Range<usize>) -> bool {
    let host = &text[range];
    !host.contains(char::is_uppercase) || !host.contains(char::is_lowercase)
}

/// A plate has figures and letters.
fn is_plate(text: &str, range: Range<usize>) -> bool {
    let found = &text[range];
    digits(found) >= 2 && found.chars().any(|letter| letter.is_ascii_uppercase())
}

fn has_four_digits_or_letters(text: &str, range: Range<usize>) -> bool {
    text[range].chars().filter(|letter| letter.is_alphanumeric()).count() >= 4
}

fn has_four_digits(text: &str, range: Range<usize>) -> bool {
    digits(&text[range]) >= 4
}

fn has_six_digits(text: &str, range: Range<usize>) -> bool {
    digits(&text[range]) >= 6
}

fn has_eight_digits(text: &str, range: Range<usize>) -> bool {
    digits(&text[range]) >= 8
}

/// A national number has nine to twelve digits; a measurement has a point and fewer.
fn is_national(text: &str, range: Range<usize>) -> bool {
    let found = &text[range.clone()];
    let is_fraction = found.starts_with("0.") || found.contains(". ");
    stands_alone(text, range) && !is_fraction && (9..=12).contains(&digits(found))
}
