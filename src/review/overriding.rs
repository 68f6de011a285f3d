//! Which overrides of an attribute are possible, so that none is accepted that the export cannot
//! carry out.

use crate::model::{Override, Tag, VR};
use crate::profile::is_protected;

/// Why the attribute must stay as it is, whatever anybody wants.
const PROTECTED: &str = "The rest of the file cannot be read without this attribute: it stays";

/// Says why an override cannot be; `None` when it can.
pub fn override_fault(tag: Tag, vr: VR, action: &Override) -> Option<&'static str> {
    if is_protected(tag) {
        return Some(PROTECTED);
    }
    match action {
        Override::ReplaceWith(text) => replacement_fault(vr, text.expose()),
        Override::Keep | Override::Remove | Override::Empty | Override::Clean => None,
    }
}

/// Says why a text cannot be the value of an attribute of that VR; `None` when it can (PS3.5,
/// Table 6.2-1).
fn replacement_fault(vr: VR, text: &str) -> Option<&'static str> {
    if text.is_empty() {
        return Some("Type a replacement, or empty the value");
    }
    if matches!(vr, VR::LT | VR::ST | VR::UT) {
        let most = match vr {
            VR::LT => 10_240,
            VR::ST => 1_024,
            _ => usize::MAX,
        };
        let fine = |c: char| !c.is_control() || matches!(c, '\r' | '\n' | '\t');
        return (text.chars().count() > most || !text.chars().all(fine))
            .then_some("The text is too long, or holds control characters");
    }
    if text.chars().any(char::is_control) {
        return Some("The text holds control characters");
    }
    text.split('\\').find_map(|value| value_fault(vr, value))
}

fn value_fault(vr: VR, value: &str) -> Option<&'static str> {
    let count = value.chars().count();
    let only = |wanted: fn(char) -> bool| value.chars().all(wanted);
    let (fits, says) = match vr {
        VR::AE | VR::SH => (count <= 16, "At most 16 characters"),
        VR::LO => (count <= 64, "At most 64 characters"),
        VR::PN => (
            value.split('=').count() <= 3 && value.split('=').all(|it| it.chars().count() <= 64),
            "A name: at most 64 characters in each of at most three groups",
        ),
        VR::UC | VR::UR => (true, ""),
        VR::CS => (
            count <= 16
                && only(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || " _".contains(c)),
            "At most 16 capital letters, digits, blanks or underscores",
        ),
        VR::UI => (
            count <= 64
                && value.split('.').all(|part| {
                    !part.is_empty()
                        && part.bytes().all(|byte| byte.is_ascii_digit())
                        && (part.len() == 1 || !part.starts_with('0'))
                }),
            "A UID: digits and points, at most 64",
        ),
        VR::IS => (count <= 12 && value.trim().parse::<i32>().is_ok(), "A whole number"),
        VR::DS => (
            count <= 16 && value.trim().parse::<f64>().is_ok_and(f64::is_finite),
            "A number of at most 16 characters",
        ),
        VR::AS => (is_age(value), "An age: three digits and D, W, M or Y, such as 042Y"),
        VR::DA => (is_date(value), "A date: YYYYMMDD"),
        VR::TM => (is_time(value), "A time: HHMMSS"),
        VR::DT => {
            let (date, time) = value.split_at_checked(8).unwrap_or((value, ""));
            (is_date(date) && (time.is_empty() || is_time(time)), "A date and time: YYYYMMDDHHMMSS")
        }
        _ => (false, "A value of this kind cannot be typed; keep, empty or remove it"),
    };
    (!fits).then_some(says)
}

fn is_age(value: &str) -> bool {
    let bytes = value.as_bytes();
    bytes.len() == 4
        && bytes.iter().take(3).all(u8::is_ascii_digit)
        && bytes.last().is_some_and(|unit| b"DWMY".contains(unit))
}

fn is_date(value: &str) -> bool {
    let part = |from: usize, to: usize| value.get(from..to)?.parse::<i16>().ok();
    let (Some(year), Some(month), Some(day)) = (part(0, 4), part(4, 6), part(6, 8)) else {
        return false;
    };
    let (month, day) = (i8::try_from(month).unwrap_or(0), i8::try_from(day).unwrap_or(0));
    value.len() == 8
        && value.bytes().all(|byte| byte.is_ascii_digit())
        && jiff::civil::Date::new(year, month, day).is_ok()
}

fn is_time(value: &str) -> bool {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, "0"));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let part = |from: usize, most: u8| {
        whole.get(from..from + 2).is_none_or(|text| text.parse::<u8>().is_ok_and(|it| it < most))
    };
    matches!(whole.len(), 2 | 4 | 6)
        && digits(whole)
        && digits(fraction)
        && (1..=6).contains(&fraction.len())
        && (part(0, 24) && part(2, 60) && part(4, 61))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Phi;

    fn fits(vr: VR, text: &str) -> bool {
        let action = Override::ReplaceWith(Phi::new(text.to_owned()));
        override_fault(Tag(0x0010, 0x1000), vr, &action).is_none()
    }

    #[test]
    fn what_the_vr_cannot_hold_is_refused() {
        let good = [
            (VR::PN, "NOBODY^AT ALL"),
            (VR::DA, "20240229"),
            (VR::DA, "20240101\\20240102"),
            (VR::TM, "235959.123"),
            (VR::TM, "12"),
            (VR::DT, "202401021530"),
            (VR::AS, "042Y"),
            (VR::UI, "2.25.0.17"),
            (VR::IS, "-12"),
            (VR::DS, "1.5e3"),
            (VR::CS, "CHEST_2"),
            (VR::LT, "one\r\ntwo \\ three"),
        ];
        for (vr, text) in good {
            assert!(fits(vr, text), "{vr} {text}");
        }
        let bad = [
            (VR::PN, ""),
            (VR::DA, "20230229"),
            (VR::DA, "2024"),
            (VR::DA, "+2024101"),
            (VR::TM, "2460"),
            (VR::TM, "24"),
            (VR::DT, "20241302"),
            (VR::AS, "42Y"),
            (VR::UI, "2.25.017"),
            (VR::UI, "2..25"),
            (VR::IS, "1.5"),
            (VR::DS, "nan"),
            (VR::CS, "Chest"),
            (VR::SH, "seventeen letters"),
            (VR::LO, "two\nlines"),
            (VR::US, "512"),
            (VR::SQ, "x"),
        ];
        for (vr, text) in bad {
            assert!(!fits(vr, text), "{vr} {text}");
        }
    }

    #[test]
    fn what_the_rest_is_read_by_cannot_be_overridden() {
        for tag in [Tag(0x0008, 0x0005), Tag(0x0028, 0x0010), Tag(0x7FE0, 0x0010)] {
            assert_eq!(override_fault(tag, VR::US, &Override::Remove), Some(PROTECTED));
        }
        assert_eq!(override_fault(Tag(0x0010, 0x0010), VR::PN, &Override::Remove), None);
    }
}
