//! The standard's tables, embedded: Table E.1-1 of PS3.15 and the Types of PS3.3.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_dictionary_std::StandardDataDictionary;

use crate::model::{ActionCode, AttributePath, Tag};
use crate::profile::option::COLUMNS;
use crate::profile::quick::QuickMap;

const E1_1: &str = include_str!("../../assets/tables/ps315_e1_1.tsv");
const TYPES: &str = include_str!("../../assets/tables/iod_types.tsv");

/// Edition of Table E.1-1, as profiles must name it.
pub const EDITION: &str = "PS3.15 2026d Table E.1-1";

/// One row of Table E.1-1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The tag as the table writes it; digits of repeating groups are `x`.
    pub tag: String,
    /// The attribute's name.
    pub name: String,
    /// The action code of the Basic Profile.
    pub basic: ActionCode,
    /// The action codes of the ten option columns.
    pub options: [Option<ActionCode>; COLUMNS],
    /// How a plan names the row: for each option, and last for the Basic Profile; written once.
    pub(crate) rule_texts: [OnceLock<Arc<str>>; COLUMNS + 1],
}

struct Table {
    rows: Vec<Row>,
    by_tag: QuickMap<Tag, usize>,
    /// Rows with `x` in their tag.
    repeating: Vec<(TagPattern, usize)>,
    private: Option<usize>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let rows: Vec<Row> =
            E1_1.lines().filter(|line| !line.starts_with('#')).filter_map(parse_row).collect();
        let mut found =
            Table { by_tag: QuickMap::default(), repeating: Vec::new(), private: None, rows };
        for (at, row) in found.rows.iter().enumerate() {
            match parse_tag(&row.tag) {
                Some(tag) => {
                    found.by_tag.insert(tag, at);
                }
                None if row.tag.contains("odd") => found.private = Some(at),
                None => {
                    found.repeating.extend(TagPattern::parse(&row.tag).map(|tag| (tag, at)));
                }
            }
        }
        found
    })
}

fn parse_row(line: &str) -> Option<Row> {
    let cells: Vec<&str> = line.split('\t').collect();
    let mut options = [None; COLUMNS];
    for (cell, option) in cells.get(3..)?.iter().zip(&mut options) {
        *option = ActionCode::parse(cell);
    }
    Some(Row {
        tag: (*cells.first()?).into(),
        name: (*cells.get(1)?).into(),
        basic: ActionCode::parse(cells.get(2)?)?,
        options,
        rule_texts: Default::default(),
    })
}

/// Reads `(gggg,eeee)`.
pub(crate) fn parse_tag(text: &str) -> Option<Tag> {
    text.parse::<AttributePath>().ok().filter(|path| path.depth() == 0).map(|path| path.tag())
}

/// A tag in which some digits may be any, such as `(60xx,3000)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TagPattern {
    mask: u32,
    digits: u32,
}

impl TagPattern {
    /// Reads `(gggg,eeee)` with `x` for any digit.
    pub fn parse(text: &str) -> Option<Self> {
        let inside = text.strip_prefix('(')?.strip_suffix(')')?;
        let (group, element) = inside.split_once(',')?;
        let mut pattern = Self { mask: 0, digits: 0 };
        for digit in group.chars().chain(element.chars()) {
            let (mask, value) = match digit {
                'x' | 'X' => (0, 0),
                digit => (0xF, digit.to_digit(16)?),
            };
            pattern.mask = pattern.mask << 4 | mask;
            pattern.digits = pattern.digits << 4 | value;
        }
        (group.len() == 4 && element.len() == 4).then_some(pattern)
    }

    /// Whether a tag is one of those.
    pub const fn fits(self, tag: Tag) -> bool {
        ((tag.0 as u32) << 16 | tag.1 as u32) & self.mask == self.digits
    }

    /// The tag, where every digit is told.
    pub const fn exact(self) -> Option<Tag> {
        let tag = Tag((self.digits >> 16) as u16, self.digits as u16);
        if self.mask == u32::MAX { Some(tag) } else { None }
    }

    /// The group, where its digits are told.
    pub const fn group(self) -> Option<u16> {
        if self.mask >> 16 == 0xFFFF { Some((self.digits >> 16) as u16) } else { None }
    }

    /// The tag in the first block that a private creator can reserve, where all but the block is
    /// told.
    pub(crate) const fn in_first_block(self) -> Option<Tag> {
        Self { mask: self.mask | 0xFF00, digits: self.digits & 0xFFFF_00FF | 0x1000 }.exact()
    }
}

impl fmt::Display for TagPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:08X}", self.digits);
        let told = digits.chars().enumerate();
        let text: String = told
            .map(|(at, digit)| if self.mask >> (28 - 4 * at) & 0xF == 0 { 'x' } else { digit })
            .collect();
        write!(f, "({},{})", &text[..4], &text[4..])
    }
}

/// All rows.
pub fn rows() -> &'static [Row] {
    &table().rows
}

/// The row of an attribute; for a private one that of all private attributes.
pub fn row_for(tag: Tag) -> Option<&'static Row> {
    let table = table();
    let at = if tag.group() % 2 == 1 {
        table.private
    } else {
        let mut repeating = table.repeating.iter().filter(|(pattern, _)| pattern.fits(tag));
        table.by_tag.get(&tag).copied().or_else(|| repeating.next().map(|(_, at)| *at))
    };
    at.map(|at| &table.rows[at])
}

/// The Type of an attribute in an IOD (PS3.5 7.4); ordered, the strictest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AttributeType {
    /// May be absent or empty.
    Type3,
    /// Present under a condition, may be empty.
    Type2C,
    /// Present, may be empty.
    Type2,
    /// Present under a condition, never empty.
    Type1C,
    /// Present, never empty.
    Type1,
}

impl AttributeType {
    /// Whether an attribute of this Type that is present must have a value.
    pub const fn needs_value(self) -> bool {
        matches!(self, Self::Type1 | Self::Type1C)
    }

    /// Whether it must stay present where it is.
    pub const fn needs_presence(self) -> bool {
        !matches!(self, Self::Type3)
    }
}

/// Paths of the tables are no deeper than two sequences; what is not there is a tag of zeros.
type Key = [Tag; 3];
type ByPath = QuickMap<Key, AttributeType>;

struct Types {
    /// IOD by SOP Class.
    iod_of: QuickMap<&'static str, usize>,
    iods: Vec<Iod>,
    modules: HashMap<&'static str, Vec<(Vec<Tag>, AttributeType)>>,
    /// By sequence and attribute, in whatever module.
    nested: QuickMap<(Tag, Tag), AttributeType>,
}

struct Iod {
    name: &'static str,
    modules: Vec<&'static str>,
    /// Of all its modules, put together when first asked for.
    paths: OnceLock<ByPath>,
}

/// Keeps the stricter Type.
fn tighten<K: std::hash::Hash + Eq>(
    map: &mut QuickMap<K, AttributeType>,
    key: K,
    kind: AttributeType,
) {
    let entry = map.entry(key).or_insert(kind);
    *entry = (*entry).max(kind);
}

fn types() -> &'static Types {
    static TYPES_BY_IOD: OnceLock<Types> = OnceLock::new();
    TYPES_BY_IOD.get_or_init(|| {
        let mut found = Types {
            iod_of: QuickMap::default(),
            iods: Vec::new(),
            modules: HashMap::new(),
            nested: QuickMap::default(),
        };
        let mut classes: Vec<(&'static str, &'static str)> = Vec::new();
        for line in TYPES.lines() {
            match line.split('\t').collect::<Vec<_>>().as_slice() {
                ["M", module, cells @ ..] => {
                    let attributes: Vec<_> =
                        cells.iter().filter_map(|cell| parse_typed(cell)).collect();
                    for (path, kind) in &attributes {
                        if let [.., sequence, tag] = path.as_slice() {
                            tighten(&mut found.nested, (*sequence, *tag), *kind);
                        }
                    }
                    found.modules.insert(module, attributes);
                }
                ["I", iod, used @ ..] => {
                    let modules = used.iter().filter_map(|cell| cell.split(':').next()).collect();
                    found.iods.push(Iod { name: iod, modules, paths: OnceLock::new() });
                }
                ["S", sop_class, iod] => classes.push((*sop_class, *iod)),
                _ => {}
            }
        }
        for (sop_class, name) in classes {
            let at = found.iods.iter().position(|iod| iod.name == name);
            found.iod_of.extend(at.map(|at| (sop_class, at)));
        }
        found
    })
}

impl Types {
    fn paths(&self, sop_class: &str) -> Option<&ByPath> {
        let iod = self.iods.get(*self.iod_of.get(sop_class)?)?;
        Some(iod.paths.get_or_init(|| {
            let mut paths = ByPath::default();
            for (path, kind) in
                iod.modules.iter().filter_map(|name| self.modules.get(name)).flatten()
            {
                if let Some(key) = key(path.iter().copied()) {
                    tighten(&mut paths, key, *kind);
                }
            }
            paths
        }))
    }
}

fn parse_typed(cell: &str) -> Option<(Vec<Tag>, AttributeType)> {
    let (path, kind) = cell.split_once('=')?;
    let kind = match kind {
        "1" => AttributeType::Type1,
        "1C" => AttributeType::Type1C,
        "2" => AttributeType::Type2,
        "2C" => AttributeType::Type2C,
        _ => return None,
    };
    let tags: Option<Vec<Tag>> = path
        .split('/')
        .map(|keyword| StandardDataDictionary.by_name(keyword).map(|entry| entry.tag()))
        .collect();
    Some((tags?, kind))
}

/// The IOD of a SOP Class.
pub(crate) fn iod_of(sop_class: &str) -> Option<&'static str> {
    let types = types();
    Some(types.iods.get(*types.iod_of.get(sop_class)?)?.name)
}

/// The Type of an attribute of an instance, over the modules of its IOD.
///
/// The strictest Type counts, also of modules that the IOD makes optional: the attribute is there,
/// so its module may be too. Paths are known to a depth of two sequences; beyond, and where the
/// IOD is not known, the sequence around an attribute tells its Type. `None` where the tables have
/// nothing: of what is not in Table E.1-1 they have text that needs a value.
pub fn attribute_type(sop_class: &str, path: &AttributePath) -> Option<AttributeType> {
    let types = types();
    let tag = path.tag();
    let around = path.steps().iter().map(|step| step.sequence);
    let of_iod = || types.paths(sop_class)?.get(&key(around.clone().chain([tag]))?).copied();
    let nested = || {
        let sequence = path.steps().last()?.sequence;
        types.nested.get(&(sequence, tag)).copied().or(of_macro(tag))
    };
    of_iod().or_else(nested)
}

/// A path as the tables know it; `None` for one that is deeper.
fn key(mut tags: impl Iterator<Item = Tag>) -> Option<Key> {
    let mut key = [Tag(0, 0); 3];
    for (slot, tag) in key.iter_mut().zip(tags.by_ref()) {
        *slot = tag;
    }
    tags.next().is_none().then_some(key)
}

/// The Type of an attribute of any code sequence (PS3.3 Table 8.8-1) or content item (Table 10-2).
const fn of_macro(tag: Tag) -> Option<AttributeType> {
    match tag {
        Tag(0x0008, 0x0104) => Some(AttributeType::Type1),
        Tag(0x0008, 0x0100 | 0x0102 | 0x0103 | 0x0119 | 0x0120)
        | Tag(0x0040, 0xA120..=0xA124 | 0xA160 | 0xA30A) => Some(AttributeType::Type1C),
        _ => None,
    }
}
