//! Moves dates by whole days, or to others that a key picks; keeps precision, fraction and zone.
//!
//! DA is `YYYYMMDD` (also the `YYYY.MM.DD` of ACR-NEMA), DT is `YYYY[MM[DD[HH[MM[SS[.F…]]]]]][&ZZXX]`
//! (PS3.5 6.2). What is not a date of the calendar is not moved: the caller empties it.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::engine::key::ProjectKey;

/// Where a day goes.
pub trait Moves: Copy {
    /// The day that stands for one; `None` outside of the calendar.
    fn moved_day(self, day: Date) -> Option<Date>;
    /// The year that stands for one of which month and day are not known.
    fn moved_year(self, year: i32) -> Option<i32>;
}

/// By so many days.
impl Moves for i32 {
    fn moved_day(self, day: Date) -> Option<Date> {
        day.checked_add(i64::from(self).days()).ok()
    }

    fn moved_year(self, year: i32) -> Option<i32> {
        Some(year + year_offset(self))
    }
}

/// First and number of the days that stand for others: 1970 to 2019.
const FIRST_PSEUDO_DAY: Date = Date::constant(1970, 1, 1);
const PSEUDO_DAYS: u64 = 18_262;

/// To a day that the project key picks, the same one everywhere, whoever the patient is. Nothing is
/// left of intervals and of which day came first.
impl Moves for &ProjectKey {
    fn moved_day(self, day: Date) -> Option<Date> {
        let digest = self.derive("pseudo-date", &[format_day(day)?.as_bytes()]);
        let number = u64::from_be_bytes(digest[..8].try_into().ok()?) % PSEUDO_DAYS;
        let picked = FIRST_PSEUDO_DAY.checked_add(i64::try_from(number).ok()?.days()).ok()?;
        // Never the day itself.
        if picked == day { picked.checked_add(1.days()).ok() } else { Some(picked) }
    }

    fn moved_year(self, year: i32) -> Option<i32> {
        let middle = Date::new(i16::try_from(year).ok()?, 7, 1).ok()?;
        let picked = i32::from(self.moved_day(middle)?.year());
        Some(if picked == year { picked + 1 } else { picked })
    }
}

/// One of the two, as a profile says.
#[derive(Clone, Copy)]
pub enum Movement<'a> {
    /// By so many days.
    Shift(i32),
    /// To the day that the key picks.
    Hash(&'a ProjectKey),
}

impl Moves for Movement<'_> {
    fn moved_day(self, day: Date) -> Option<Date> {
        match self {
            Self::Shift(days) => days.moved_day(day),
            Self::Hash(key) => key.moved_day(day),
        }
    }

    fn moved_year(self, year: i32) -> Option<i32> {
        match self {
            Self::Shift(days) => days.moved_year(year),
            Self::Hash(key) => key.moved_year(year),
        }
    }
}

/// Moves one DA value; `None` when it is no date.
pub fn shift_da(value: &str, by: impl Moves) -> Option<String> {
    let value = value.trim_matches([' ', '\0']);
    let dotted =
        value.len() == 10 && value.is_ascii() && &value[4..5] == "." && &value[7..8] == ".";
    let digits: String =
        if dotted { value.chars().filter(|c| *c != '.').collect() } else { value.to_owned() };
    let date = parse_day(&digits)?;
    let moved = by.moved_day(date)?;
    let text = format_day(moved)?;
    Some(if dotted { format!("{}.{}.{}", &text[..4], &text[4..6], &text[6..]) } else { text })
}

/// Moves one DT value; `None` when it is no date. A value of a year only moves by whole years, one
/// of year and month by the months between their middles.
pub fn shift_dt(value: &str, by: impl Moves) -> Option<String> {
    let value = value.trim_matches([' ', '\0']);
    let (stamp, zone) = split_zone(value)?;
    let digits = stamp.chars().take_while(char::is_ascii_digit).count();
    let moved = match digits {
        4 if stamp.len() == 4 => {
            let year: i32 = stamp.parse().ok()?;
            format!("{:04}", u16::try_from(by.moved_year(year)?).ok().filter(|y| *y > 0)?)
        }
        6 if stamp.len() == 6 => {
            let middle = parse_day(&format!("{stamp}15"))?;
            let moved = format_day(by.moved_day(middle)?)?;
            moved[..6].to_owned()
        }
        8.. => {
            let (day, time) = stamp.split_at(8);
            is_time(time).then(|| shift_da(day, by)).flatten()? + time
        }
        _ => return None,
    };
    Some(moved + zone)
}

/// Moves a date that stands in another VR, in the form in which it is written there: `YYYYMMDD`
/// alone or with a time, parts with `-`, `/` or `.` between them (the year first or last), or the
/// seconds since 1970. `None` when it is none of them.
///
/// Where day and month could be either, the first is read as the month.
pub fn shift_written(value: &str, by: impl Moves) -> Option<String> {
    let value = value.trim_matches([' ', '\0']);
    let digits = value.chars().take_while(char::is_ascii_digit).count();
    match digits {
        8 | 10 | 12 | 14 => shift_dt(value, by).or_else(|| shift_seconds(value, by)),
        9 => shift_seconds(value, by),
        4 => {
            let (day, rest) = value.split_at_checked(10)?;
            let ends = rest.is_empty() || rest.starts_with([' ', 'T', ',']);
            ends.then(|| shift_parts(day, [0, 1, 2], by)).flatten().map(|day| day + rest)
        }
        1 | 2 => {
            let end = value.find([' ', 'T', ',']).unwrap_or(value.len());
            let (day, rest) = value.split_at_checked(end)?;
            let moved = shift_parts(day, [2, 0, 1], by);
            moved.or_else(|| shift_parts(day, [2, 1, 0], by)).map(|day| day + rest)
        }
        _ => None,
    }
}

/// Moves a date of three numbers; `order` says where year, month and day stand.
fn shift_parts(text: &str, order: [usize; 3], by: impl Moves) -> Option<String> {
    let mark = text.chars().find(|letter| !letter.is_ascii_digit())?;
    let parts: Vec<&str> = text.split(mark).collect();
    if !matches!(mark, '-' | '/' | '.') || parts.len() != 3 || parts[order[0]].len() != 4 {
        return None;
    }
    let [year, month, day] = order.map(|at| parts[at]);
    let moved = format_day(by.moved_day(parse_day(&format!("{year}{month:0>2}{day:0>2}"))?)?)?;
    let mut written = [""; 3];
    for (at, part) in order.into_iter().zip([&moved[..4], &moved[4..6], &moved[6..]]) {
        written[at] = part;
    }
    Some(written.join(&mark.to_string()))
}

/// Seconds of a day, and the seconds since 1970 that are believed to be a time: 1980 to 2100.
const DAY: i64 = 86_400;
const EPOCH: Date = Date::constant(1970, 1, 1);
const SECONDS: std::ops::Range<i64> = 315_532_800..4_102_444_800;

/// Moves a number of seconds since 1970; the time of the day stays.
pub fn shift_epoch(seconds: i64, by: impl Moves) -> Option<i64> {
    let (day, time) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let date = EPOCH.checked_add(day.days()).ok().filter(|_| SECONDS.contains(&seconds))?;
    let moved = by.moved_day(date)?.since(EPOCH).ok()?.get_days();
    Some(i64::from(moved) * DAY + time)
}

fn shift_seconds(value: &str, by: impl Moves) -> Option<String> {
    let (seconds, fraction) = value.split_at(value.find('.').unwrap_or(value.len()));
    shift_epoch(seconds.parse().ok()?, by).map(|moved| format!("{moved}{fraction}"))
}

/// Whole years nearest to an offset in days, at least one in its direction.
pub fn year_offset(days: i32) -> i32 {
    let years = (f64::from(days) / 365.25).round();
    if days < 0 { (years as i32).min(-1) } else { (years as i32).max(1) }
}

/// Keeps the year of a DA or DT value: month and day become 1 January. `None` for no date.
pub fn year_only(value: &str) -> Option<String> {
    let value = value.trim_matches([' ', '\0']);
    let digits: String = value.chars().filter(|c| *c != '.').take(8).collect();
    let year = digits.get(..4).filter(|text| text.bytes().all(|b| b.is_ascii_digit()))?;
    (digits.len() < 8 || parse_day(&digits).is_some()).then_some(())?;
    Some(if value.len() == 4 { year.to_owned() } else { format!("{year}0101") })
}

/// Caps an AS value at 90 years; `None` when it need not change or is no age.
///
/// Source: 45 CFR 164.514(b)(2)(i)(C): all ages over 89 become one category.
pub fn capped_age(value: &str) -> Option<String> {
    let value = value.trim_matches([' ', '\0']);
    let years = years_of_age(value)?;
    (years >= 90.0 && value != "090Y").then(|| "090Y".to_owned())
}

/// Whether an AS value is an age or empty. What is neither may hide an age over 89.
pub fn is_age(value: &str) -> bool {
    let value = value.trim_matches([' ', '\0']);
    value.is_empty() || years_of_age(value).is_some()
}

fn years_of_age(value: &str) -> Option<f64> {
    let (number, unit) = value.split_at_checked(value.len().checked_sub(1)?)?;
    let number: f64 = number.parse::<u32>().ok()?.into();
    Some(match unit {
        "Y" => number,
        "M" => number / 12.0,
        "W" => number * 7.0 / 365.25,
        "D" => number / 365.25,
        _ => return None,
    })
}

/// Whether figures are a day from 1950 to 2099, alone or with a time behind it.
pub fn is_dated(digits: &str) -> bool {
    let time =
        |rest: &str| matches!(rest.len(), 0 | 4 | 6) && rest.bytes().all(|b| b.is_ascii_digit());
    digits.split_at_checked(8).is_some_and(|(day, rest)| {
        parse_day(day).is_some_and(|day| (1950..2100).contains(&day.year())) && time(rest)
    })
}

fn parse_day(digits: &str) -> Option<Date> {
    if digits.len() != 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let year = digits[..4].parse().ok().filter(|year| *year > 0)?;
    Date::new(year, digits[4..6].parse().ok()?, digits[6..].parse().ok()?).ok()
}

fn format_day(date: Date) -> Option<String> {
    (date.year() > 0).then(|| format!("{:04}{:02}{:02}", date.year(), date.month(), date.day()))
}

fn split_zone(value: &str) -> Option<(&str, &str)> {
    let at = value.find(['+', '-']).unwrap_or(value.len());
    let (stamp, zone) = value.split_at_checked(at)?;
    let valid =
        zone.is_empty() || (zone.len() == 5 && zone[1..].bytes().all(|b| b.is_ascii_digit()));
    valid.then_some((stamp, zone))
}

fn is_time(time: &str) -> bool {
    let (clock, fraction) = time.split_once('.').map_or((time, None), |(a, b)| (a, Some(b)));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    matches!(clock.len(), 0 | 2 | 4 | 6)
        && digits(clock)
        && fraction
            .is_none_or(|text| clock.len() == 6 && (1..=6).contains(&text.len()) && digits(text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_in_other_vrs_move_in_their_own_form() {
        for (text, moved) in [
            ("20200229", Some("20200129")),
            ("20200229101500", Some("20200129101500")),
            ("2020-02-29 10:15", Some("2020-01-29 10:15")),
            ("2020/02/29", Some("2020/01/29")),
            ("02/29/2020", Some("01/29/2020")),
            ("29.02.2020", Some("29.01.2020")),
            ("1582934400", Some("1580256000")),
            ("1582934400.25", Some("1580256000.25")),
            ("20201332", None),
            ("12345", None),
            ("2020", None),
            ("1-2-3", None),
            ("", None),
            ("29.02.2021", None),
        ] {
            assert_eq!(shift_written(text, -31).as_deref(), moved, "{text}");
        }
    }

    #[test]
    fn days_move_across_leap_years_and_keep_their_form() {
        assert_eq!(shift_da("20000301", -1).as_deref(), Some("20000229"));
        assert_eq!(shift_da("2000.03.01", -1).as_deref(), Some("2000.02.29"));
        for wrong in ["", "20001301", "2000", "TODAY123", "00000101", "2000-03-01", "20230229"] {
            assert_eq!(shift_da(wrong, -400), None, "{wrong}");
        }
    }

    #[test]
    fn stamps_keep_precision_fraction_and_zone() {
        let cases = [
            ("20100728103000.123456+0100", "20100727103000.123456+0100"),
            ("2010072810", "2010072710"),
            ("20100728", "20100727"),
            ("20100728103000-0500", "20100727103000-0500"),
        ];
        for (before, after) in cases {
            assert_eq!(shift_dt(before, -1).as_deref(), Some(after));
        }
        assert_eq!(shift_dt("2010", -400).as_deref(), Some("2009"));
        assert_eq!(shift_dt("2010+0100", -1100).as_deref(), Some("2007+0100"));
        assert_eq!(shift_dt("201007", -400).as_deref(), Some("200906"));
        for wrong in ["", "20", "201", "20100728103", "20100728103000.", "20100728+01"] {
            assert_eq!(shift_dt(wrong, -400), None, "{wrong}");
        }
    }

    #[test]
    fn a_key_picks_the_same_day_everywhere() {
        let (key, other) = (ProjectKey::from_bytes([1; 32]), ProjectKey::from_bytes([2; 32]));
        let day = shift_da("20200229", &key).unwrap();
        assert_ne!(day, "20200229");
        assert_ne!(Some(&day), shift_da("20200229", &other).as_ref());
        assert_ne!(Some(&day), shift_da("20200301", &key).as_ref());
        let stamp = shift_dt("20200229101500.5+0100", &key).unwrap();
        assert_eq!(stamp, format!("{day}101500.5+0100"));
        assert_eq!(shift_da("2020.02.29", &key).unwrap().replace('.', ""), day);
        assert_eq!(shift_written("29.02.2020", &key).unwrap().len(), 10);
        let seconds = shift_epoch(1_582_934_401, &key).unwrap();
        assert_eq!((seconds % DAY, seconds == 1_582_934_401), (1_582_934_401 % DAY, false));
        assert_ne!(shift_dt("2020", &key).as_deref(), Some("2020"));
    }

    #[test]
    fn days_are_told_from_other_figures() {
        for (digits, is) in [
            ("20200229", true),
            ("20200229101500", true),
            ("20210229", false),
            ("18500101", false),
            ("202002", false),
            ("202002291", false),
        ] {
            assert_eq!(is_dated(digits), is, "{digits}");
        }
    }

    #[test]
    fn years_and_ages() {
        assert_eq!(year_only("20100728").as_deref(), Some("20100101"));
        assert_eq!(year_only("20100728103000+0100").as_deref(), Some("20100101"));
        assert_eq!(year_only("2010").as_deref(), Some("2010"));
        assert_eq!(year_only("x010"), None);
        assert_eq!(capped_age("093Y").as_deref(), Some("090Y"));
        assert_eq!(capped_age("1200M").as_deref(), Some("090Y"));
        for fine in ["089Y", "090Y", "011M", "", "Y", "é"] {
            assert_eq!(capped_age(fine), None, "{fine}");
        }
        for (value, is) in [("089Y", true), ("", true), ("95 Y", false), ("095", false)] {
            assert_eq!(is_age(value), is, "{value}");
        }
    }

    proptest! {
        #[test]
        fn shifting_there_and_back_is_the_identity(year in 20i16..9000, day in 1u16..=365, offset in -4015i32..=-366) {
            let date = jiff::civil::Date::new(year, 1, 1).unwrap().checked_add(i64::from(day - 1).days()).unwrap();
            let text = format_day(date).unwrap();
            let moved = shift_da(&text, offset).unwrap();
            prop_assert_ne!(&moved, &text);
            prop_assert_eq!(shift_da(&moved, -offset).unwrap(), text);
        }

        #[test]
        fn nothing_panics(value in "\\PC{0,30}") {
            let _ = (shift_da(&value, -400), shift_dt(&value, -400), year_only(&value), capped_age(&value));
        }
    }
}
