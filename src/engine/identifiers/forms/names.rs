//! The forms of a person's name: in any order, in parts, glued together, with initials.

use crate::engine::identifiers::fold::{fold, is_unspaced};
use crate::engine::identifiers::forms::{Form, Needs};

/// Parts of a family name that name nobody alone.
const PARTICLES: [&str; 47] = [
    "AB", "ABU", "AF", "AL", "AP", "AV", "BEN", "BIN", "BINT", "DA", "DAL", "DAS", "DE", "DEL",
    "DELA", "DELLA", "DEN", "DER", "DES", "DI", "DO", "DOS", "DU", "EL", "EN", "HET", "IBN", "LA",
    "LAS", "LE", "LES", "LO", "LOS", "MAC", "SAN", "SANTA", "ST", "TE", "TEN", "TER", "THE", "UND",
    "VAN", "VOM", "VON", "ZU", "ZUR",
];
/// Titles, degrees and generations.
const TITLES: [&str; 36] = [
    "BA", "BSC", "DIPL", "DO", "DR", "DRA", "ESQ", "FRAU", "FRCR", "HERR", "HON", "II", "III",
    "ING", "IV", "JNR", "JR", "MBBS", "MD", "MED", "MISS", "MME", "MR", "MRS", "MS", "MSC", "PA",
    "PHD", "PROF", "REV", "RN", "RT", "SIR", "SNR", "SR", "SRA",
];
/// Shortest name with an initial glued to it, in characters.
const SHORTEST_GLUED: usize = 5;

/// Whether a folded word is a particle or a title, and names nobody alone.
pub(crate) fn is_particle(word: &str) -> bool {
    is_in(&PARTICLES, word) || is_in(&TITLES, word)
}

/// All forms of one component group; `foreign`: in full it counts in the files of others, too.
pub(super) fn of_person(group: &str, foreign: bool) -> Vec<Form> {
    let mut forms = Vec::new();
    for spelling in spellings(group) {
        let name = Name::parse(&spelling);
        forms.extend(name.words());
        forms.extend(name.families());
        forms.extend(name.with_initials());
        forms.extend(name.initials());
        forms.extend(name.in_full(foreign));
    }
    forms
}

/// A name as it stands and, where it has umlauts, as people write it without.
fn spellings(group: &str) -> Vec<String> {
    let mut out = String::new();
    for letter in group.chars() {
        match letter.to_lowercase().next().unwrap_or(letter) {
            'ä' | 'æ' => out.push_str("AE"),
            'ö' | 'ø' => out.push_str("OE"),
            'ü' => out.push_str("UE"),
            'å' => out.push_str("AA"),
            _ => out.push(letter),
        }
    }
    if out == group { vec![out] } else { vec![group.to_owned(), out] }
}

/// A name, folded, by its components (PS3.5 6.2.1.1).
struct Name {
    family: Vec<String>,
    given: Vec<String>,
    middle: Vec<String>,
    /// Words of prefix and suffix: a name may stand there by mistake.
    around: Vec<String>,
}

impl Name {
    /// Reads `FAMILY^GIVEN^MIDDLE^PREFIX^SUFFIX`, `Family, Given Middle`, or words in any order.
    fn parse(text: &str) -> Self {
        let words = |text: &str| -> Vec<String> {
            let text = fold(text);
            text.split(' ').map(bare).filter(|word| !word.is_empty()).map(str::to_owned).collect()
        };
        if text.contains('^') {
            let mut parts = text.split('^').map(words);
            let mut next = || parts.next().unwrap_or_default();
            let (family, given, middle) = (next(), next(), next());
            return Self { family, given, middle, around: parts.flatten().collect() };
        }
        if let Some((family, rest)) = text.split_once(',') {
            let mut given = words(rest);
            given.retain(|word| !is_in(&TITLES, word));
            if given.is_empty() {
                return Self::parse(family);
            }
            let middle = given.split_off(given.len().min(1));
            return Self { family: words(family), given, middle, around: Vec::new() };
        }
        let mut all = words(text);
        let around;
        (around, all) = all.into_iter().partition(|word| is_in(&TITLES, word));
        let mut given = all.split_off(all.len().min(1));
        let middle = given.split_off(given.len().min(1));
        Self { family: all, given, middle, around }
    }

    /// Each word that names somebody, and its parts.
    fn words(&self) -> Vec<Form> {
        let mut forms = Vec::new();
        for (component, is_around) in [
            (&self.family, false),
            (&self.given, false),
            (&self.middle, false),
            (&self.around, true),
        ] {
            let is_alone = component.len() == 1 && !is_around;
            let names_somebody =
                |word: &&String| is_alone || !(is_in(&TITLES, word) || is_in(&PARTICLES, word));
            for word in component.iter().filter(names_somebody) {
                forms.extend(spelled(word));
                if word.chars().count() == 2 && word.is_ascii() {
                    forms.push(Form::own(word.clone()).with(Needs::Cue));
                }
            }
        }
        forms
    }

    /// Family names of several words, as one.
    fn families(&self) -> Vec<Form> {
        if self.family.len() < 2 {
            return Vec::new();
        }
        vec![Form::own(self.family.join(" ")), Form::own(self.family.concat())]
    }

    /// A name beside initials: `J. SMITH`, `SMITH J`, `JSMITH`.
    fn with_initials(&self) -> Vec<Form> {
        let mut forms = Vec::new();
        let family = self.family.join(" ");
        if family.chars().count() < 2 {
            return forms;
        }
        for name in self.given.iter().chain(&self.middle) {
            let Some(initial) = name.chars().next().filter(|letter| letter.is_alphabetic()) else {
                continue;
            };
            forms.extend(
                [format!("{initial} {family}"), format!("{initial}. {family}")].map(Form::own),
            );
            forms.push(Form::own(format!("{family} {initial}")));
            if family.chars().count() + 1 >= SHORTEST_GLUED && family.is_ascii() {
                let glued = family.replace([' ', '\'', '-'], "");
                forms.push(Form::own(format!("{initial}{glued}")));
                forms.push(Form::own(format!("{glued}{initial}")));
            }
        }
        // A given name of one letter, beside the family name or another given name.
        let (initials, names): (Vec<&String>, Vec<&String>) =
            self.given.iter().chain(&self.middle).partition(|word| word.chars().count() == 1);
        for initial in initials {
            for name in &names {
                forms.push(Form::own(format!("{name} {initial}")));
                forms.push(Form::own(format!("{initial} {name}")));
                forms.push(Form::own(format!("{initial}. {name}")));
            }
        }
        forms
    }

    /// First letters alone: `JS`, `J.S.`, `JAS`.
    fn initials(&self) -> Vec<Form> {
        let first = |words: &[String]| {
            let mut names = words.iter().filter(|word| !is_in(&PARTICLES, word));
            names.next().and_then(|word| word.chars().next()).filter(|c| c.is_alphabetic())
        };
        let (Some(family), Some(given)) = (first(&self.family), first(&self.given)) else {
            return Vec::new();
        };
        let mut forms = vec![vec![given, family], vec![family, given]];
        if let Some(middle) = first(&self.middle) {
            forms.push(vec![given, middle, family]);
        }
        let written = |letters: Vec<char>| {
            let dotted = |gap: &str| {
                let parts: Vec<String> = letters.iter().map(|c| format!("{c}.")).collect();
                Form::own(parts.join(gap)).with(Needs::Capitals)
            };
            let bare = Form::own(letters.iter().collect()).with(Needs::Cue);
            [bare, dotted(""), dotted(" ")]
        };
        let mut forms: Vec<Form> = forms.into_iter().flat_map(written).collect();
        forms.extend(self.all_initials());
        forms
    }

    /// One of each word, particles too: `P.J.v.d.V.`
    fn all_initials(&self) -> Option<Form> {
        let words = self.given.iter().chain(&self.middle).chain(&self.family);
        let parts = words.flat_map(|word| word.split('-'));
        let letters: Vec<char> =
            parts.filter_map(|part| part.chars().next()).filter(|c| c.is_alphabetic()).collect();
        (letters.len() > 2)
            .then(|| Form::own(letters.into_iter().map(|letter| format!("{letter}.")).collect()))
    }

    /// Family and given name together, in both orders.
    fn in_full(&self, foreign: bool) -> Vec<Form> {
        let family = self.family.join(" ");
        let Some(given) = self.given.first().filter(|_| !family.is_empty()) else {
            return Vec::new();
        };
        if given.chars().count() < 2 || family.chars().count() < 2 {
            return Vec::new();
        }
        let mut whole = vec![
            format!("{family} {given}"),
            format!("{given} {family}"),
            format!("{family}{given}"),
            format!("{given}{family}"),
        ];
        if let Some(middle) = self.middle.first()
            && let Some(initial) = middle.chars().next()
        {
            whole.push(format!("{given} {initial} {family}"));
            whole.push(format!("{given} {initial}. {family}"));
            whole.push(format!("{given} {middle} {family}"));
            // Words in any order: the last may be the family name.
            whole.push(format!("{family} {given} {middle}"));
        }
        let all: Vec<&String> = self.family.iter().chain(&self.given).chain(&self.middle).collect();
        if all.iter().all(|word| word.chars().all(is_unspaced)) {
            whole.push(all.into_iter().map(String::as_str).collect());
        }
        whole.into_iter().map(|form| Form { foreign, ..Form::own(form) }).collect()
    }
}

fn is_in(list: &[&str], word: &str) -> bool {
    list.contains(&word)
}

/// A word of a name without the signs around it.
fn bare(word: &str) -> &str {
    word.trim_matches(['.', '(', ')', '-', '\''])
}

/// A word in the ways in which it is spelled, and its parts.
fn spelled(word: &str) -> Vec<Form> {
    let mut forms = vec![Form::own(word.to_owned())];
    forms.extend(contracted(word).map(Form::own));
    if word.contains(['-', '\'']) {
        forms.push(Form::own(word.replace(['-', '\''], "")));
        forms.push(Form::own(word.replace(['-', '\''], " ")));
        let parts = word.split(['-', '\'']);
        let telling = parts.filter(|part| part.len() > 2 && !is_in(&PARTICLES, part));
        forms.extend(telling.map(|part| Form::own(part.to_owned())));
    }
    forms
}

/// `MUELLER` as `Müller` folds; of six letters and more.
fn contracted(word: &str) -> Option<String> {
    let out = word.replace("AE", "A").replace("OE", "O").replace("UE", "U");
    (out != word && out.chars().count() >= 5).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(name: &str) -> Vec<(String, Needs)> {
        of_person(name, true).into_iter().map(|form| (form.text, form.needs)).collect()
    }

    #[test]
    fn names_are_known_in_their_forms() {
        for (name, form) in [
            ("Smith^John^Adam", "JOHN SMITH"),
            ("Smith^John^Adam", "SMITH J"),
            ("Smith^John^Adam", "J. SMITH"),
            ("Smith^John^Adam", "JSMITH"),
            ("Smith^John^Adam", "JOHN A. SMITH"),
            ("Van der Berg^Anna", "ANNA VAN DER BERG"),
            ("Van der Berg^Anna", "VANDERBERG"),
            ("Van der Berg^Anna", "BERG"),
            ("O'Neill^Mary", "ONEILL"),
            ("Smith-Jones^Al", "SMITH JONES"),
            ("Smith-Jones^Al", "JONES"),
            ("Kiran Anderson, MD", "ANDERSON KIRAN"),
            ("Anderson, Kiran MD", "KIRAN ANDERSON"),
            ("Dr. Kiran Anderson", "KIRAN ANDERSON"),
            ("Mueller^Uwe", "MULLER"),
            ("Müller^Uwe", "MUELLER"),
            ("van der Velde^Pieter-Jan", "P.J.V.D.V."),
        ] {
            assert!(texts(name).contains(&(form.into(), Needs::Nothing)), "{name}: {form}");
        }
        for (name, initials, needs) in [
            ("Smith^John^Adam", "JAS", Needs::Cue),
            ("Van der Berg^Anna", "A.B.", Needs::Capitals),
            ("Li^Wei", "LI", Needs::Cue),
        ] {
            assert!(texts(name).contains(&(initials.into(), needs)), "{name}: {initials}");
        }
    }

    #[test]
    fn particles_and_titles_are_nobody() {
        for (name, word) in [
            ("Van der Berg^Anna", "VAN"),
            ("Van der Berg^Anna", "DER"),
            ("Bin Laden^Omar", "BIN"),
            ("Smith^John^^Dr.^Jr.", "DR"),
            ("Smith^John^^^III", "III"),
            ("D'Angelo^Ida", "D"),
        ] {
            let found = texts(name).into_iter().find(|(text, _)| text == word);
            assert!(found.is_none_or(|(_, needs)| needs == Needs::Cue), "{name}: {word}");
        }
        assert!(texts("Bin^Ali").contains(&("BIN".into(), Needs::Nothing)));
    }
}
