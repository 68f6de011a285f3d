//! A dataset under construction, and what was planted where.

use veridact::demo::Rng;

use crate::canary::thousand::people::{Person, planted};
use crate::canary::thousand::script::Set;
use crate::common::checker::Planted;
use crate::common::r#gen::{Element, Form, Item, Value, padded};

pub type Tag = (u16, u16);

/// A planted string, in which carrier and where.
#[derive(Clone, Debug)]
pub struct Plant {
    pub carrier: String,
    /// As the checker writes it.
    pub path: String,
    pub what: Planted,
}

/// A dataset under construction.
pub struct Draft<'a> {
    pub set: &'static Set,
    pub form: Form,
    pub own: &'a Person,
    /// Another patient of the batch, of the same character set.
    pub other: &'a Person,
    pub rng: Rng,
    pub root: Vec<Element>,
    pub preamble: Vec<u8>,
    pub meta: Vec<Element>,
    pub behind: Vec<u8>,
    pub file: String,
    pub planted: Vec<Plant>,
    /// What is being planted now.
    pub carrier: String,
}

/// An element with a value of even length.
pub fn element(tag: Tag, vr: &'static str, bytes: &[u8]) -> Element {
    Element { tag, vr, value: Value::Bytes(padded(vr, bytes)) }
}

fn sequence(tag: Tag, items: Vec<Item>, defined: bool) -> Element {
    Element { tag, vr: "SQ", value: Value::Items { items, defined } }
}

fn written(tag: Tag) -> String {
    format!("({:04X},{:04X})", tag.0, tag.1)
}

impl Draft<'_> {
    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.rng.bits() >> 20) as usize % limit.max(1)
    }

    pub fn note(&mut self, path: &str, what: Vec<Planted>) {
        let carrier = &self.carrier;
        let plants = what.into_iter().map(|what| Plant {
            carrier: carrier.clone(),
            path: path.to_owned(),
            what: if what.iso.is_empty() {
                what
            } else {
                Planted { path: path.to_owned(), ..what }
            },
        });
        self.planted.extend(plants);
    }

    fn has(&self, tag: Tag) -> bool {
        self.root.iter().any(|there| there.tag == tag)
    }

    /// Puts an element at the root. Where there is one already, nothing happens: another carrier
    /// was there first.
    pub fn put(&mut self, tag: Tag, vr: &'static str, bytes: &[u8], what: Vec<Planted>) {
        if !self.has(tag) {
            self.root.push(element(tag, vr, bytes));
            self.note(&written(tag), what);
        }
    }

    /// Puts an element into a new item of the first sequence, or below further sequences in it.
    pub fn nest(&mut self, chain: &[Tag], inner: Vec<Element>, at: Tag, what: Vec<Planted>) {
        let defined = self.below(2) == 0;
        let Some((outer, rest)) = chain.split_first() else { return };
        let mut elements = inner;
        let mut path = String::new();
        for tag in rest.iter().rev() {
            let item = Item { elements, defined };
            elements = vec![sequence(*tag, vec![item], defined)];
            path = format!("{}[0].{path}", written(*tag));
        }
        let item = Item { elements, defined };
        let there = self.root.iter_mut().find(|there| there.tag == *outer);
        let index = match there.map(|there| &mut there.value) {
            Some(Value::Items { items, .. }) => {
                items.push(item);
                items.len() - 1
            }
            Some(_) => return,
            None => {
                self.root.push(sequence(*outer, vec![item], defined));
                0
            }
        };
        self.note(&format!("{}[{index}].{path}{}", written(*outer), written(at)), what);
    }

    /// A block of private attributes that is free, with its creator written down.
    pub fn block(&mut self, group: u16, creator: &str) -> u16 {
        let block = (0x10..0x40).find(|block| !self.has((group, *block))).unwrap();
        self.root.push(element((group, block), "LO", &self.set.encode(creator)));
        block << 8
    }

    /// The path of a root element.
    pub fn path(tag: Tag) -> String {
        written(tag)
    }

    /// Text that names the own patient, or somebody else of the batch.
    pub fn said(&mut self, longest: usize) -> (String, Vec<Planted>) {
        for _ in 0..40 {
            let (text, what) = self.sentence();
            if self.set.encode(&text).len() <= longest {
                return (text, vec![what]);
            }
        }
        (self.own.id.clone(), vec![planted("mrn", &self.own.id, Vec::new())])
    }

    fn sentence(&mut self) -> (String, Planted) {
        let pick = self.below(20);
        let own = self.own;
        let whole = |kind, text: &str| planted(kind, text, Vec::new());
        let (family, given) = (&own.family, &own.given);
        let (year, month, day) = own.born;
        match pick {
            0 => (format!("seen by {family} {given} today"), own.latin()),
            1 => (format!("{family} {given}: NO CHANGE").to_uppercase(), own.latin()),
            2 => (format!("{family}, {given}").to_lowercase(), own.latin()),
            3 => (format!("{family}^{given}"), own.latin()),
            4 => (format!("{family}'s knee"), whole("name", family)),
            5 => (format!("chest of Mr. {given} {family}."), own.latin()),
            6 => (format!("ID {} checked", own.id), whole("mrn", &own.id)),
            7 => (own.id.to_lowercase(), whole("mrn", &own.id)),
            8 => (format!("acc. {}", own.accession), whole("acc", &own.accession)),
            9 => (format!("born {year:04}-{month:02}-{day:02}"), own.day("")),
            10 => (format!("DOB {day:02}.{month:02}.{year:04}"), own.day("")),
            11 => (format!("call {}", own.phone), whole("phone", &own.phone)),
            12 => (format!("mail {}", own.email), whole("email", &own.email)),
            13 => (format!("lives at {}", own.street), whole("addr", &own.street)),
            14 => (format!("from {}", own.institution), whole("inst", &own.institution)),
            15 => {
                (format!("referred by Dr. {} {}", own.physician.1, own.physician.0), own.doctor())
            }
            16 => {
                let other = self.other;
                (format!("as in {} {}", other.given, other.family), other.latin())
            }
            17 => (format!("see {}", own.uid), whole("uid", &own.uid)),
            _ => self.in_own_script(pick == 18),
        }
    }

    /// A sentence in the language of the set.
    pub fn in_own_script(&self, other: bool) -> (String, Planted) {
        let person = if other { self.other } else { self.own };
        let (family, given, what) = match person.native_family.is_empty() {
            true => (&person.family, &person.given, person.latin()),
            false => (&person.native_family, &person.native_given, person.native()),
        };
        let blank = if family.chars().all(is_joined) { "" } else { " " };
        (self.set.said.replace('@', &format!("{family}{blank}{given}")), what)
    }
}

/// Whether names are written without a blank in this script.
fn is_joined(glyph: char) -> bool {
    (0x3000..=0xD7FF).contains(&(glyph as u32))
}
