//! What a value becomes: cleaned text, new UIDs, moved dates, capped ages.

use crate::dicom::{Node, NodeId, NodeKind, text};
use crate::engine::dates::{self, Movement};
use crate::engine::document;
use crate::engine::plan::around::is_creator;
use crate::engine::plan::{
    LONGEST_TEXT, PlanError, Walk, dummy, fits, is_free_text, is_well_known,
};
use crate::engine::text::{Cleaner, Eponyms, Replacement};
use crate::engine::vocabulary;
use crate::model::{Action, AttributePath, NewValue, Phi, Tag, VR};
use crate::profile::private::is_known_creator;
use crate::profile::{PhrasePolicy, TextPolicy, dummy_text, is_protected};

/// Longest value of unknown VR that is taken for text, in bytes.
const LONGEST_UNKNOWN: u64 = 1 << 14;
/// Fewest bytes of numbers that are looked at as text: more than one number of any VR has.
const FEWEST_SPELLED: u64 = 9;
/// Begins the sequence that switches to another character set (ISO 2022).
const ESCAPE: u8 = 0x1B;
/// Longest value that is remembered as one that identifies nobody, in bytes.
const LONGEST_REMEMBERED: usize = 64;

/// MIME Type of Encapsulated Document, and the longest document that is looked through, in bytes.
const MIME_TYPE: Tag = Tag(0x0042, 0x0012);
const LONGEST_DOCUMENT: u64 = 64 << 20;

impl Walk<'_> {
    /// What a kept text value becomes when it holds an identifying string; `None` to leave it.
    pub(super) fn kept_value(
        &self,
        id: NodeId,
        node: &Node,
        vr: VR,
    ) -> Result<Option<(Action, NewValue)>, PlanError> {
        if node.kind != NodeKind::Element || !text::is_text(vr) || is_protected(node.tag) {
            return Ok(None);
        }
        let length = node.value.end - node.value.start;
        if length == 0 {
            return Ok(None);
        }
        if length <= LONGEST_TEXT {
            let decoded = text::text_value(self.request.scan, id)?;
            let number = decoded.text.trim();
            if vr == VR::IS && node.tag.group() == 0x0020 && dates::is_dated(number) {
                return Ok(Some((Action::Dummy, self.number_for(node.tag, number))));
            }
            let names_nobody = is_creator(node.tag) && is_known_creator(&decoded.text)
                || vr == VR::CS && vocabulary::knows_all(&decoded.text);
            let is_read = decoded.clean || decoded.text.is_ascii();
            if names_nobody || is_read && !self.identifies(&decoded.text) {
                return Ok(None);
            }
            if is_read && let Some(cleaned) = self.words_cleaned(&decoded.text, vr) {
                return Ok(Some((Action::Clean, cleaned)));
            }
        }
        let path = self.request.scan.path(id);
        let cleaned = match length > LONGEST_TEXT {
            true => Some(self.emptied(&path, vr)),
            false => self.cleaned(id, &path, vr)?,
        };
        Ok(Some(match cleaned.unwrap_or_else(|| self.emptied(&path, vr)) {
            NewValue::Empty => (Action::Empty, NewValue::Empty),
            value if is_free_text(vr) && self.planner.profile.free_text() != TextPolicy::Empty => {
                (Action::Clean, value)
            }
            value => (Action::Dummy, value),
        }))
    }

    /// A text without what identifies; `None` when nothing in it does. What cannot be cleaned is
    /// emptied: a text that does not decode, and values that are no free text.
    pub(super) fn cleaned(
        &self,
        id: NodeId,
        path: &AttributePath,
        vr: VR,
    ) -> Result<Option<NewValue>, PlanError> {
        let node = self.request.scan.node(id);
        let length = node.value.end - node.value.start;
        if length == 0 {
            return Ok(None);
        }
        let profile = self.planner.profile;
        let empties = profile.free_text() == TextPolicy::Empty;
        if empties || !is_free_text(vr) || node.kind != NodeKind::Element || length > LONGEST_TEXT {
            return Ok(Some(self.emptied(path, vr)));
        }
        let decoded = text::text_value(self.request.scan, id)?;
        if !decoded.clean && !decoded.text.is_ascii() {
            return Ok(Some(self.emptied(path, vr)));
        }
        if self.is_harmless(&decoded.text, vr) {
            return Ok(None);
        }
        let cleaner = self.cleaner();
        let mut cleaned = cleaner.clean(&decoded.text, vr);
        if cleaned.cuts.is_empty() {
            self.harmless.borrow_mut().entry(vr).or_default().insert(decoded.text);
            return Ok(None);
        }
        if !fits(&cleaned.text, vr) {
            let cleaner = Cleaner { replacement: Replacement::Nothing, ..cleaner };
            cleaned = cleaner.clean(&decoded.text, vr);
        }
        Ok(Some(match cleaned.text.is_empty() || !fits(&cleaned.text, vr) {
            true => self.emptied(path, vr),
            false => NewValue::Text(Phi::new(cleaned.text)),
        }))
    }

    /// Whether nothing was cut of the same text before: frames say the same again and again.
    fn is_harmless(&self, text: &str, vr: VR) -> bool {
        self.harmless.borrow().get(&vr).is_some_and(|texts| texts.contains(text))
    }

    fn cleaner(&self) -> Cleaner<'_> {
        let profile = self.planner.profile;
        Cleaner {
            identifiers: self.planner.identifiers,
            patient: &self.request.instance.patient,
            replacement: match profile.free_text() {
                TextPolicy::Empty | TextPolicy::Remove | TextPolicy::Strict => Replacement::Nothing,
                TextPolicy::Placeholder => Replacement::Placeholder,
                TextPolicy::Pseudonym => Replacement::Pseudonym(&self.pseudonym),
            },
            eponyms: match profile.phrases() {
                PhrasePolicy::Cut => Eponyms::Cut,
                PhrasePolicy::Keep => Eponyms::Keep,
            },
            strict: profile.free_text() == TextPolicy::Strict,
            key: self.planner.key,
        }
    }

    /// Whether a private value that is no text holds text that identifies, or is so long that nobody
    /// looked.
    pub(super) fn hides_text(&self, id: NodeId, node: &Node, vr: VR) -> Result<bool, PlanError> {
        let is_private = !node.tag.group().is_multiple_of(2);
        let may_hold = matches!(vr, VR::OB | VR::OW | VR::UN);
        if !is_private || !may_hold || node.kind == NodeKind::Sequence {
            return Ok(false);
        }
        let length = node.value.end - node.value.start;
        if length > LONGEST_TEXT || node.kind == NodeKind::Fragments {
            return Ok(vr != VR::OW);
        }
        let bytes = self.request.scan.value(id, LONGEST_TEXT)?;
        if is_file(&bytes) {
            return Ok(true);
        }
        let is_plain = bytes.is_ascii() && !bytes.contains(&ESCAPE);
        let readable = String::from_utf8(bytes)
            .unwrap_or_else(|error| error.into_bytes().into_iter().map(char::from).collect());
        if self.identifies(&readable) {
            return Ok(true);
        }
        // Who hides a name in bytes hides it as the dataset writes names.
        if !is_plain && self.identifies(&text::text_value(self.request.scan, id)?.text) {
            return Ok(true);
        }
        let text = readable.trim_matches(['\0', ' ']);
        let is_prose =
            !text.is_empty() && !text.chars().any(|c| c.is_control() && c != '\n' && c != '\r');
        Ok(is_prose && !self.cleaner().clean(text, VR::LT).cuts.is_empty())
    }

    /// Whether numbers are none, but text that identifies: all their bytes are letters and signs.
    pub(super) fn spells_text(&self, id: NodeId, node: &Node, vr: VR) -> Result<bool, PlanError> {
        let may_hold = matches!(
            vr,
            VR::AT
                | VR::FD
                | VR::FL
                | VR::OB
                | VR::OD
                | VR::OF
                | VR::OL
                | VR::OV
                | VR::OW
                | VR::SL
                | VR::SS
                | VR::SV
                | VR::UL
                | VR::US
                | VR::UV
        );
        let length = node.value.end - node.value.start;
        let fits = (FEWEST_SPELLED..=LONGEST_UNKNOWN).contains(&length);
        if !may_hold || !fits || node.kind != NodeKind::Element || is_protected(node.tag) {
            return Ok(false);
        }
        let bytes = self.request.scan.value(id, LONGEST_UNKNOWN)?;
        let declared = text::text_value(self.request.scan, id)?;
        let text = match std::str::from_utf8(&bytes) {
            Ok(text) if !bytes.contains(&ESCAPE) => text,
            _other_set if declared.clean => &declared.text,
            _numbers => return Ok(false),
        };
        let text = text.trim_matches('\0');
        Ok(!text.chars().any(char::is_control) && self.identifies(text))
    }

    /// A small number for one that is a date: the same for all of a series, as for the date.
    fn number_for(&self, tag: Tag, date: &str) -> NewValue {
        let series = self.request.instance.series.as_str();
        let of = format!("{tag} {series} {date}");
        let number = 1 + self.planner.key.number("number", &of, 9999);
        NewValue::Text(Phi::new(number.to_string()))
    }

    /// Whether the document in an attribute can be read wholly, and names nobody.
    pub(super) fn is_clean_document(&self, id: NodeId) -> Result<bool, PlanError> {
        let scan = self.request.scan;
        let Some(mime_type) = scan.find(MIME_TYPE) else { return Ok(false) };
        let node = scan.node(id);
        if node.value.end - node.value.start > LONGEST_DOCUMENT {
            return Ok(false);
        }
        let mime_type = text::text_value(scan, mime_type)?.text;
        let bytes = scan.value(id, LONGEST_DOCUMENT)?;
        Ok(document::is_clean(&bytes, mime_type.trim_matches(['\0', ' ']), &self.cleaner()))
    }

    /// Whether a value of unknown VR is text that people write, with so many letters and figures.
    pub(super) fn reads_as_text(&self, id: NodeId, fewest: usize) -> Result<bool, PlanError> {
        let node = self.request.scan.node(id);
        let length = node.value.end - node.value.start;
        if !(1..=LONGEST_UNKNOWN).contains(&length) {
            return Ok(false);
        }
        let decoded = text::text_value(self.request.scan, id)?;
        let text = decoded.text.trim_matches(['\0', ' ']);
        let is_prose = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
        Ok(decoded.clean
            && text.chars().all(is_prose)
            && text.chars().filter(|c| c.is_alphanumeric()).count() >= fewest)
    }

    fn identifies(&self, text: &str) -> bool {
        // Most values are numbers, and that is sooner seen than remembered.
        if self.planner.identifiers.rules_out(text) || self.nameless.borrow().contains(text) {
            return false;
        }
        let found =
            |text: &str| self.planner.identifiers.found_in(text, &self.request.instance.patient);
        // A name may be split over several values.
        let joined = || text.split('\\').map(str::trim).collect::<String>();
        let is_split = text.contains('\\') && text.chars().any(char::is_alphabetic);
        let identifies = found(text) || (is_split && found(&joined()));
        if !identifies && text.len() <= LONGEST_REMEMBERED {
            self.nameless.borrow_mut().insert(text.to_owned());
        }
        identifies
    }

    /// A list of words in which only the identifying ones are replaced; `None` where the value is
    /// no such list, or the rest still identifies.
    fn words_cleaned(&self, text: &str, vr: VR) -> Option<NewValue> {
        let is_list = matches!(vr, VR::AE | VR::CS);
        if !is_list || !text.contains('\\') {
            return None;
        }
        let clean = |word| if self.identifies(word) { dummy_text(vr) } else { word };
        let cleaned = text.split('\\').map(clean).collect::<Vec<_>>().join("\\");
        (!self.identifies(&cleaned)).then(|| NewValue::Text(Phi::new(cleaned)))
    }

    /// Empty, or a dummy where the attribute is of Type 1.
    pub(super) fn emptied(&self, path: &AttributePath, vr: VR) -> NewValue {
        let kind = crate::profile::table::attribute_type(&self.sop_class, path);
        let is_needed = kind.is_some_and(|kind| kind.needs_value());
        if is_needed { dummy(vr) } else { NewValue::Empty }
    }

    pub(super) fn uids(
        &self,
        id: NodeId,
        path: &AttributePath,
        vr: VR,
    ) -> Result<Option<NewValue>, PlanError> {
        let decoded = text::text_value(self.request.scan, id)?;
        if vr != VR::UI && !is_uids(&decoded.text, vr) {
            return Ok(Some(self.emptied(path, vr)));
        }
        let values = decoded.text.split('\\').map(|value| value.trim_matches([' ', '\0']));
        let replaced: Vec<String> = values
            .map(|uid| match uid {
                "" => String::new(),
                known if is_well_known(known) => known.to_owned(),
                uid => self.planner.key.uid(uid),
            })
            .collect();
        let text = replaced.join("\\");
        Ok((text != decoded.text.trim_matches([' ', '\0'])).then(|| NewValue::Text(Phi::new(text))))
    }

    pub(super) fn dates(
        &self,
        id: NodeId,
        vr: VR,
        action: Action,
        path: &AttributePath,
    ) -> Result<NewValue, PlanError> {
        let by = match action {
            Action::HashDate => Movement::Hash(self.planner.key),
            _ => Movement::Shift(self.days),
        };
        if matches!(vr, VR::SL | VR::UL) {
            return self.seconds(id, by);
        }
        let decoded = text::text_value(self.request.scan, id)?;
        let moved: Option<Vec<String>> = decoded
            .text
            .split('\\')
            .map(|value| match (value.trim_matches([' ', '\0']), action, vr) {
                ("", ..) => Some(String::new()),
                (value, Action::YearOnly, _) => dates::year_only(value),
                (value, _, VR::DT) => dates::shift_dt(value, by),
                (value, _, VR::DA) => dates::shift_da(value, by),
                (value, ..) => dates::shift_written(value, by),
            })
            .collect();
        Ok(match moved {
            Some(values) if values.iter().any(|value| !value.is_empty()) => {
                NewValue::Text(Phi::new(values.join("\\")))
            }
            Some(_) => NewValue::Empty,
            None => self.emptied(path, vr),
        })
    }

    /// Numbers of four bytes each, taken as seconds since 1970; they go when they are none.
    fn seconds(&self, id: NodeId, by: Movement<'_>) -> Result<NewValue, PlanError> {
        let scan = self.request.scan;
        let (bytes, is_big) = (scan.value(id, LONGEST_TEXT)?, scan.encoding.big_endian);
        let moved: Option<Vec<[u8; 4]>> = bytes
            .chunks(4)
            .map(|chunk| {
                let mut word: [u8; 4] = chunk.try_into().ok()?;
                if is_big {
                    word.reverse();
                }
                let moved = dates::shift_epoch(u32::from_le_bytes(word).into(), by)?;
                let mut word = u32::try_from(moved).ok()?.to_le_bytes();
                if is_big {
                    word.reverse();
                }
                Some(word)
            })
            .collect();
        Ok(match moved {
            Some(words) if !words.is_empty() => NewValue::Bytes(Phi::new(words.concat())),
            _ => NewValue::Absent,
        })
    }

    pub(super) fn age(
        &self,
        id: NodeId,
        vr: VR,
        path: &AttributePath,
    ) -> Result<Option<NewValue>, PlanError> {
        let decoded = text::text_value(self.request.scan, id)?;
        if !dates::is_age(&decoded.text) {
            return Ok(Some(self.emptied(path, vr)));
        }
        Ok(dates::capped_age(&decoded.text).map(|age| NewValue::Text(Phi::new(age))))
    }
}

/// Whether a value begins like a file of its own: compressed, a document, a picture, an object.
fn is_file(bytes: &[u8]) -> bool {
    const BEGINNINGS: [&[u8]; 13] = [
        b"\x1F\x8B",
        b"PK\x03\x04",
        b"BZh",
        b"\xFD7zXZ",
        b"7z\xBC\xAF",
        b"%PDF",
        b"\xFF\xD8\xFF",
        b"\x89PNG",
        b"GIF8",
        b"II*\0",
        b"MM\0*",
        b"RIFF",
        b"\xD0\xCF\x11\xE0",
    ];
    let is_zlib = matches!(bytes, [0x78, 0x01 | 0x5E | 0x9C | 0xDA, ..]) && bytes.len() > 16;
    let is_dicom = bytes.get(128..132) == Some(b"DICM");
    is_zlib || is_dicom || BEGINNINGS.iter().any(|beginning| bytes.starts_with(beginning))
}

/// Whether every value of a text attribute is a UID, and the VR can hold another one.
fn is_uids(text: &str, vr: VR) -> bool {
    let is_uid = |value: &str| {
        let value = value.trim_matches([' ', '\0']);
        value.is_empty()
            || ((10..=64).contains(&value.len())
                && value.contains('.')
                && value
                    .split('.')
                    .all(|arc| !arc.is_empty() && arc.bytes().all(|byte| byte.is_ascii_digit())))
    };
    vr != VR::SH && text.split('\\').all(is_uid)
}
