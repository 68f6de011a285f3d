//! A dataset under construction, which remembers what was planted in it.

use std::collections::BTreeMap;

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_core::header::VR;
use dicom_dictionary_std::StandardDataDictionary;

use crate::demo::calendar::Day;
use crate::demo::truth::{Kind, Planted};
use crate::model::{AttributePath, PathStep, Tag};

/// The value of an element.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Text, encoded in the dataset's character set when it is written.
    Text(String),
    /// Bytes as little endian has them; numbers are turned round for big endian.
    Bytes(Vec<u8>),
    /// Items of a sequence.
    Items {
        /// The items.
        items: Vec<Dataset>,
        /// Whether sequence and items are written with defined lengths.
        defined: bool,
    },
    /// Fragments of encapsulated Pixel Data, the first being the Basic Offset Table.
    Fragments(Vec<Vec<u8>>),
}

/// A dataset: elements by tag, and what was planted in them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dataset {
    elements: BTreeMap<Tag, (VR, Value)>,
    planted: Vec<Planted>,
}

/// The VR that the dictionary has for `tag`; UN where it has none.
fn dictionary_vr(tag: Tag) -> VR {
    StandardDataDictionary.by_tag(tag).map_or(VR::UN, |entry| entry.vr().relaxed())
}

impl Dataset {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets an element of any VR.
    pub fn put(&mut self, tag: Tag, vr: VR, value: Value) -> &mut Self {
        self.elements.insert(tag, (vr, value));
        self
    }

    /// Sets text (also of numbers: DS, IS), several values parted by backslashes.
    pub fn text(&mut self, tag: Tag, text: &str) -> &mut Self {
        self.put(tag, dictionary_vr(tag), Value::Text(text.to_owned()))
    }

    /// Sets several elements of text.
    pub fn texts(&mut self, all: &[(Tag, &str)]) -> &mut Self {
        for (tag, text) in all {
            self.text(*tag, text);
        }
        self
    }

    /// Sets elements without a value (Type 2).
    pub fn empty(&mut self, tags: &[Tag]) -> &mut Self {
        for tag in tags {
            let vr = dictionary_vr(*tag);
            let value = match vr {
                VR::SQ => Value::Items { items: Vec::new(), defined: true },
                _ => Value::Bytes(Vec::new()),
            };
            self.put(*tag, vr, value);
        }
        self
    }

    /// Sets numbers of VR US.
    pub fn u16(&mut self, tag: Tag, numbers: &[u16]) -> &mut Self {
        self.put(tag, VR::US, Value::Bytes(numbers.iter().flat_map(|n| n.to_le_bytes()).collect()))
    }

    /// Sets numbers of VR UL.
    pub fn u32(&mut self, tag: Tag, numbers: &[u32]) -> &mut Self {
        self.put(tag, VR::UL, Value::Bytes(numbers.iter().flat_map(|n| n.to_le_bytes()).collect()))
    }

    /// Sets numbers of VR FD.
    pub fn f64(&mut self, tag: Tag, numbers: &[f64]) -> &mut Self {
        self.put(tag, VR::FD, Value::Bytes(numbers.iter().flat_map(|n| n.to_le_bytes()).collect()))
    }

    /// Sets a pointer to an attribute (AT).
    pub fn pointer(&mut self, tag: Tag, to: Tag) -> &mut Self {
        let bytes = [to.group().to_le_bytes(), to.element().to_le_bytes()].concat();
        self.put(tag, VR::AT, Value::Bytes(bytes))
    }

    /// Sets bytes of a given VR.
    pub fn bytes(&mut self, tag: Tag, vr: VR, bytes: Vec<u8>) -> &mut Self {
        self.put(tag, vr, Value::Bytes(bytes))
    }

    /// Sets a sequence of undefined length; what is planted in the items is planted here too.
    pub fn items(&mut self, tag: Tag, items: Vec<Self>) -> &mut Self {
        self.sequence(tag, items, false)
    }

    /// Sets a sequence of defined length.
    pub fn items_defined(&mut self, tag: Tag, items: Vec<Self>) -> &mut Self {
        self.sequence(tag, items, true)
    }

    fn sequence(&mut self, tag: Tag, mut items: Vec<Self>, defined: bool) -> &mut Self {
        for (at, item) in items.iter_mut().enumerate() {
            let step = PathStep { sequence: tag, item: at as u32 };
            let lifted = std::mem::take(&mut item.planted);
            self.planted.extend(lifted.into_iter().map(|planted| planted.inside(step)));
        }
        self.put(tag, VR::SQ, Value::Items { items, defined })
    }

    /// Sets text that identifies as a whole.
    pub fn plant(&mut self, tag: Tag, kind: Kind, text: &str) -> &mut Self {
        self.text(tag, text);
        self.note(tag, Planted::new(kind, text))
    }

    /// Sets a sentence of which some parts identify.
    pub fn plant_in(&mut self, tag: Tag, text: &str, parts: &[(Kind, &str)]) -> &mut Self {
        self.text(tag, text);
        for (kind, part) in parts {
            self.note(tag, Planted::new(*kind, part));
        }
        self
    }

    /// Sets a date (DA).
    pub fn date(&mut self, tag: Tag, day: Day) -> &mut Self {
        self.plant_day(tag, Kind::DateElement, day, &day.compact())
    }

    /// Sets text that is or holds a day.
    pub fn plant_day(&mut self, tag: Tag, kind: Kind, day: Day, text: &str) -> &mut Self {
        self.text(tag, text);
        self.note_day(tag, kind, day, text)
    }

    /// Remembers a day that stands in an element already set.
    pub fn note_day(&mut self, tag: Tag, kind: Kind, day: Day, text: &str) -> &mut Self {
        self.note(tag, Planted { day: Some(day), ..Planted::new(kind, text) })
    }

    /// Remembers what stands in an element already set.
    pub fn note(&mut self, tag: Tag, planted: Planted) -> &mut Self {
        self.planted.push(planted.at(AttributePath::root(tag)));
        self
    }

    /// Takes an element out, with what was planted in it.
    pub fn remove(&mut self, tag: Tag) -> &mut Self {
        self.elements.remove(&tag);
        self.planted.retain(|planted| {
            let outermost = planted
                .path
                .as_ref()
                .map(|path| path.steps().first().map_or(path.tag(), |step| step.sequence));
            outermost != Some(tag)
        });
        self
    }

    /// All elements in the order of their tags.
    pub fn elements(&self) -> impl Iterator<Item = (Tag, VR, &Value)> {
        self.elements.iter().map(|(tag, (vr, value))| (*tag, *vr, value))
    }

    /// What was planted, sequences included.
    pub fn planted(&self) -> &[Planted] {
        &self.planted
    }

    /// The text of an element, or its numbers (US) in decimal; `None` when it is neither.
    pub fn shown(&self, tag: Tag) -> Option<String> {
        match self.elements.get(&tag)? {
            (_, Value::Text(text)) => Some(text.clone()),
            (VR::US, Value::Bytes(bytes)) => {
                let numbers =
                    bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
                Some(numbers.map(|number| number.to_string()).collect::<Vec<_>>().join("\\"))
            }
            _ => None,
        }
    }
}

/// An item of a code sequence.
pub fn code(value: &str, scheme: &str, meaning: &str) -> Dataset {
    use dicom_dictionary_std::tags;
    let mut item = Dataset::new();
    item.texts(&[
        (tags::CODE_VALUE, value),
        (tags::CODING_SCHEME_DESIGNATOR, scheme),
        (tags::CODE_MEANING, meaning),
    ]);
    item
}
