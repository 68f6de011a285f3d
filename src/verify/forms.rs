//! The forms in which one string of a subject may come out again.

use crate::verify::fold::{Folded, is_unspaced};
use crate::verify::subject::{is_dummy, is_particle, is_telling_id};

/// One form to look for in folded text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Form {
    /// Folded words with single blanks.
    pub text: String,
    /// Whether it names the subject well enough to be looked for in files of other subjects.
    pub abroad: bool,
}

/// Forms of a person's name; empty when nothing in it can be told from chance.
///
/// Each word of three letters and more, two for scripts without blanks; whole names in both
/// orders, with blanks and without, whatever the length of their words.
pub(crate) fn name_forms(value: &str) -> Vec<Form> {
    let mut forms = Vec::new();
    for group in value.split(['=', '\\']) {
        let parts = components(group);
        let family = words(parts.first().map_or("", String::as_str));
        let given = words(parts.get(1).map_or("", String::as_str));
        let middle = words(parts.get(2).map_or("", String::as_str));
        for (component, is_family) in [(&parts, true), (&parts, false)]
            .into_iter()
            .flat_map(|(parts, first)| parts.iter().enumerate().map(move |part| (part, first)))
            .filter(|((at, _), first)| (*at == 0) == *first)
            .map(|((_, text), first)| (text, first))
        {
            single_words(component, is_family, &mut forms);
        }
        for order in [
            vec![&family, &given],
            vec![&given, &family],
            vec![&family, &given, &middle],
            vec![&given, &middle, &family],
        ] {
            whole(&order, &mut forms);
        }
    }
    forms.sort();
    forms.dedup();
    forms
}

/// Family, given, middle and further parts, from DICOM's form or from `Family, Given` or
/// `Given Middle Family`.
fn components(group: &str) -> Vec<String> {
    if group.contains('^') {
        return group.split('^').map(str::to_owned).collect();
    }
    if let Some((family, given)) = group.split_once(',') {
        return vec![family.to_owned(), given.to_owned()];
    }
    let words: Vec<_> = group.split_whitespace().collect();
    match words.as_slice() {
        [given, middle @ .., family] => {
            vec![(*family).to_owned(), (*given).to_owned(), middle.join(" ")]
        }
        _ => vec![group.to_owned()],
    }
}

fn words(component: &str) -> Vec<String> {
    Folded::new(component).words.split(' ').filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

fn single_words(component: &str, is_family: bool, forms: &mut Vec<Form>) {
    let mut candidates = Vec::new();
    for raw in component.split_whitespace() {
        let parts = words(raw);
        if parts.len() > 1 {
            candidates.push(parts.concat());
        }
        candidates.extend(parts);
        candidates.extend(spelled_out(raw));
    }
    for word in candidates {
        for text in [contracted(&word), Some(word)].into_iter().flatten() {
            if is_telling_word(&text) {
                let abroad = is_family && (text.chars().count() >= 4 || is_all_unspaced(&text));
                forms.push(Form { text, abroad });
            }
        }
    }
}

/// `Müller` as `mueller`.
fn spelled_out(raw: &str) -> Option<String> {
    let mut changed = false;
    let mut out = String::new();
    for c in raw.chars() {
        let pair = match c.to_lowercase().next().unwrap_or(c) {
            'ä' => "ae",
            'ö' | 'ø' => "oe",
            'ü' => "ue",
            'å' => "aa",
            _ => {
                out.push(c);
                continue;
            }
        };
        changed = true;
        out.push_str(pair);
    }
    changed.then(|| words(&out).concat())
}

/// `mueller` as `muller`, which is how `Müller` folds; from six letters on.
fn contracted(word: &str) -> Option<String> {
    let out = word.replace("ae", "a").replace("oe", "o").replace("ue", "u");
    (out != word && out.chars().count() >= 5).then_some(out)
}

fn is_telling_word(word: &str) -> bool {
    let length = word.chars().count();
    let unspaced = is_all_unspaced(word) && !word.chars().all(is_kana);
    let enough = length >= 3 || (unspaced && length >= 2);
    enough && !is_dummy(word) && !is_particle(word) && !word.chars().all(|c| c.is_ascii_digit())
}

fn is_kana(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30FF}')
}

/// Whether every letter is of a script without blanks between words.
pub(crate) fn is_all_unspaced(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| is_unspaced(c) || c == ' ')
}

/// A whole name: at least two parts that are not dummies, and four letters (three where words are
/// written without blanks).
fn whole(order: &[&Vec<String>], forms: &mut Vec<Form>) {
    let parts: Vec<&str> =
        order.iter().flat_map(|words| words.iter().map(String::as_str)).collect();
    if parts.len() < 2 || order.iter().filter(|words| !words.is_empty()).count() < 2 {
        return;
    }
    if parts.iter().all(|word| is_dummy(word) || is_particle(word)) {
        return;
    }
    let joined = parts.concat();
    let length = joined.chars().count();
    if is_all_unspaced(&joined) {
        if length >= 3 {
            forms.push(Form { text: joined, abroad: true });
            forms.push(Form { text: parts.join(" "), abroad: true });
        }
        return;
    }
    if length >= 4 {
        forms.push(Form { text: parts.join(" "), abroad: length >= 5 });
    }
    if length >= 6 {
        forms.push(Form { text: joined, abroad: true });
    }
}

/// The one form of a phrase (institution, address); `None` for what is too short or a dummy.
pub(crate) fn phrase_form(value: &str) -> Option<Form> {
    let text = Folded::new(value).words;
    let telling = text.split(' ').any(|word| !is_dummy(word) && !is_particle(word));
    let digits_only = text.chars().all(|c| c.is_ascii_digit() || c == ' ');
    let enough = text.chars().count() >= 3 && telling && !digits_only;
    enough.then_some(Form { text, abroad: false })
}

/// One form of an ID to look for among letters and digits without what stands between them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct IdForm {
    /// ASCII letters and digits in lower case.
    pub text: String,
    /// Whether the ID itself is written with signs inside.
    pub punctuated: bool,
}

/// Forms of an ID: as it is, without leading zeros, and its longer parts between `^` or `\`.
pub(crate) fn id_forms(value: &str) -> Vec<IdForm> {
    let mut forms = Vec::new();
    let pieces = value.split(['^', '\\']).filter(|piece| piece.len() >= 5 && *piece != value);
    for piece in [value].into_iter().chain(pieces) {
        let trimmed = piece.trim_matches(|c: char| c.is_whitespace() || c == '\0');
        let folded = Folded::new(trimmed);
        let text = String::from_utf8_lossy(&folded.compact).into_owned();
        if !is_telling_id(&text) {
            continue;
        }
        let punctuated = trimmed.chars().any(|c| !c.is_alphanumeric());
        let bare = text.trim_start_matches('0').to_owned();
        if bare != text && bare.len() >= 5 && is_telling_id(&bare) {
            forms.push(IdForm { text: bare, punctuated });
        }
        forms.push(IdForm { text, punctuated });
    }
    forms.sort();
    forms.dedup();
    forms
}

/// Forms of a telephone number: all digits, without prefix zeros, the last ten, and those with a
/// leading 1. Fewer than seven digits are left out.
pub(crate) fn phone_forms(value: &str) -> Vec<IdForm> {
    let digits: String = Folded::new(value).words.chars().filter(char::is_ascii_digit).collect();
    let bare = digits.trim_start_matches('0');
    if bare.len() < 7 || is_dummy(bare) {
        return Vec::new();
    }
    let tail = bare.get(bare.len().saturating_sub(10)..).unwrap_or(bare);
    let mut texts = vec![digits.clone(), bare.to_owned(), tail.to_owned(), format!("1{tail}")];
    texts.sort();
    texts.dedup();
    texts.into_iter().map(|text| IdForm { text, punctuated: true }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(value: &str) -> Vec<String> {
        name_forms(value).into_iter().map(|form| form.text).collect()
    }

    #[test]
    fn a_name_gives_words_and_whole_names() {
        let forms = names("O'Brien^Zoë^M^Dr");
        for form in ["obrien", "brien", "zoe", "o brien zoe", "zoe o brien", "zoe m o brien"] {
            assert!(forms.contains(&form.to_owned()), "{form} in {forms:?}");
        }
        assert!(!forms.contains(&"m".to_owned()) && !forms.contains(&"dr".to_owned()));
    }

    #[test]
    fn spellings_of_umlauts_stand_for_each_other() {
        assert!(names("Müller^Eva").contains(&"mueller".to_owned()));
        assert!(names("Mueller^Eva").contains(&"muller".to_owned()));
    }

    #[test]
    fn short_words_are_looked_for_together() {
        assert_eq!(names("Li^Wu"), ["li wu", "wu li"]);
        assert_eq!(names("ANONYMOUS^PATIENT"), Vec::<String>::new());
        assert_eq!(names("王^小東"), ["小東", "小東 王", "小東王", "王 小東", "王小東"]);
    }

    #[test]
    fn free_order_is_understood() {
        assert!(names("Doe, Jane").contains(&"jane doe".to_owned()));
        assert!(name_forms("Jane Smith").contains(&Form { text: "smith".into(), abroad: true }));
        assert!(name_forms("Jane Smith").contains(&Form { text: "jane".into(), abroad: false }));
    }

    #[test]
    fn ids_lose_zeros_and_signs() {
        let texts: Vec<_> = id_forms("0012-3456").into_iter().map(|form| form.text).collect();
        assert_eq!(texts, ["00123456", "123456"]);
        assert!(phone_forms("+49 (30) 901820").iter().any(|form| form.text == "4930901820"));
        assert!(phone_forms("123").is_empty());
    }
}
