//! The rules of the ten checks.

use std::io;
use std::path::Path;

use serde::Deserialize;

use crate::model::Phi;
use crate::score::indexed::IndexedFile;
use crate::score::text::{self, Wanted};
use crate::score::{BoxReader, Check, CheckAction, Crosswalk};

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// It failed.
    Fail,
    /// It passed.
    Pass,
    /// It could not be judged; it counts as not passed.
    Blank,
}

impl Mark {
    pub(crate) const fn of(passed: bool) -> Self {
        if passed { Self::Pass } else { Self::Fail }
    }

    /// `pass`, `fail` or `blank`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Pass => "pass",
            Self::Blank => "blank",
        }
    }
}

/// What the checks of one file rest on.
pub(crate) struct Bench<'a> {
    pub(crate) path: &'a Path,
    pub(crate) file: &'a IndexedFile,
    pub(crate) uids: &'a Crosswalk,
    pub(crate) patients: &'a Crosswalk,
    pub(crate) reader: &'a dyn BoxReader,
    /// MD5 of the pixel data.
    pub(crate) digest: &'a str,
}

impl Bench<'_> {
    /// Marks one check, and says what stood there. A check of pixels that could not be read does
    /// not count, as with the validator: `None`.
    ///
    /// # Errors
    /// Those of the system.
    pub(crate) fn mark(&self, check: &Check) -> io::Result<Option<(Mark, Option<Phi<String>>)>> {
        let found = check.place.as_deref().and_then(|place| self.file.value(place));
        let mark = match check.action {
            CheckAction::TagRetained => Mark::of(found.is_some()),
            CheckAction::TextNotNull => Mark::of(found.is_some_and(|value| value != "<>")),
            CheckAction::TextRetained => match (found, &check.text) {
                (None, _) => Mark::Fail,
                (Some(_), None) => Mark::Blank,
                (Some(value), Some(text)) => text::judge(value, text.expose(), Wanted::Retained),
            },
            CheckAction::TextRemoved => match (found, &check.text) {
                (None, _) => Mark::Pass,
                (Some(_), None) => Mark::Blank,
                (Some(value), Some(text)) => {
                    let value = if value == "<REMOVED>" { "<>" } else { value };
                    text::judge(value, text.expose(), Wanted::Removed)
                }
            },
            CheckAction::DateShifted | CheckAction::UidChanged => match (found, &check.value) {
                (None, _) => Mark::Pass,
                (Some(_), None) => Mark::Blank,
                (Some(value), Some(old)) => Mark::of(!stands_in(old.expose(), value)),
            },
            CheckAction::UidConsistent => self.is_mapped(found, check, self.uids),
            CheckAction::PatientIdConsistent => self.is_mapped(found, check, self.patients),
            CheckAction::PixelsRetained => {
                let wanted = check.text.as_ref().map(|text| text.expose().as_str());
                let mark = Mark::of(wanted == Some(self.digest));
                return Ok(Some((mark, Some(Phi::new(self.digest.to_owned())))));
            }
            CheckAction::PixelsHidden => return Ok(self.hidden(check)),
        };
        Ok(Some((mark, found.map(|value| Phi::new(value.to_owned())))))
    }

    /// An identifier that is not in the crosswalk is taken for one that became nothing.
    fn is_mapped(&self, found: Option<&str>, check: &Check, map: &Crosswalk) -> Mark {
        let Some(found) = found else { return Mark::Pass };
        let new = check.value.as_ref().and_then(|old| map.new_of(old.expose()));
        Mark::of(new.is_some_and(|new| found == format!("<{new}>")))
    }

    fn hidden(&self, check: &Check) -> Option<(Mark, Option<Phi<String>>)> {
        let told: BurnedIn = serde_json::from_str(check.text.as_ref()?.expose()).ok()?;
        let [left, top] = told.top_left;
        let [right, bottom] = told.bottom_right;
        let read = self.reader.read(self.path, [left, top, right, bottom]).ok()?;
        let mark = match read.trim() {
            "" => Mark::Pass,
            legible => text::judge(legible, &told.looked_for(), Wanted::Removed),
        };
        Some((mark, Some(Phi::new(read))))
    }
}

/// Whether an old value is part of a new one; backslashes and angle brackets do not count.
fn stands_in(old: &str, value: &str) -> bool {
    let old = old.replace(['<', '>', '\\'], "");
    value.replace('\\', "").contains(&old)
}

/// A text in pixels, as the answers write it.
#[derive(Deserialize)]
struct BurnedIn {
    text: String,
    top_left: [u32; 2],
    bottom_right: [u32; 2],
}

impl BurnedIn {
    /// The text without its label and without letters in brackets (`[F]`), on one line.
    fn looked_for(&self) -> String {
        let mut text = self.text.replace(['\n', '\r'], " ").replace("DOB:", "");
        while let Some((open, close)) = bracketed_letters(&text) {
            text.replace_range(open..=close, "");
        }
        text
    }
}

fn bracketed_letters(text: &str) -> Option<(usize, usize)> {
    text.match_indices('[').find_map(|(open, _)| {
        let inside = text[open + 1..].find(']')?;
        let letters = &text[open + 1..open + 1 + inside];
        (!letters.is_empty() && letters.chars().all(char::is_alphabetic))
            .then_some((open, open + 1 + inside))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_values_are_found_within_new_ones() {
        assert!(stands_in("20200101", "<20200101120000>"));
        assert!(!stands_in("<2020\\2021>", "<['2020', '2021']>"));
        assert!(!stands_in("20200101", "<20190101>"));
        // An empty old value stands in everything, as with the validator.
        assert!(stands_in("", "<x>"));
    }

    #[test]
    fn the_label_and_letters_in_brackets_are_not_looked_for() {
        let told = BurnedIn {
            text: "DOE JANE [F] 01.02.1960\nDOB: 03.04.1950 [1]".into(),
            top_left: [0, 0],
            bottom_right: [1, 1],
        };
        assert_eq!(told.looked_for(), "DOE JANE  01.02.1960  03.04.1950 [1]");
    }
}
