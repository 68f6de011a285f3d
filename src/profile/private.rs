//! Private attributes of which somebody knows what they hold: TCIA's knowledge base and Table
//! E.3.10-1 of PS3.15, embedded.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::OnceLock;

use crate::model::{Tag, VR};
use crate::profile::quick::QuickMap;

const TABLE: &str = include_str!("../../assets/tables/private.tsv");
/// The sequences around an attribute at the top level, as the table writes them.
pub const ROOT: &str = ".";

/// What must be known of a private attribute to look it up.
#[derive(Clone, Copy, Debug)]
pub struct PrivateAttribute<'a> {
    /// The creator of its block (PS3.5 7.8.1) as it stands in the file; empty where there is none.
    pub creator: &'a str,
    /// The sequences around it from outside in, joined by `/`: eight hexadecimal digits for a
    /// standard one, `gggg,creator,ee` for a private one; [`ROOT`] at the top level.
    pub parents: &'a str,
}

/// What the table says of a private attribute; the more careful one is the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Disposition {
    /// It stays; text in it is still cleaned.
    Keep,
    /// A date, of whatever VR, moves by the patient's offset.
    ShiftDate,
    /// A number of seconds or a date as a number moves, too.
    ShiftNumber,
    /// UIDs are replaced.
    ReplaceUid,
    /// It goes.
    Remove,
}

impl Disposition {
    const fn parse(letter: u8) -> Option<Self> {
        Some(match letter {
            b'k' => Self::Keep,
            b'o' => Self::ShiftDate,
            b'i' => Self::ShiftNumber,
            b'h' => Self::ReplaceUid,
            b'd' => Self::Remove,
            _ => return None,
        })
    }
}

/// One element of a block: low byte of its number, VR as written, what is to be done.
type Cell = (u8, [u8; 2], Disposition);

/// The blocks of one group and creator, each with the sequences around it.
type Blocks = Vec<(&'static str, Vec<Cell>)>;

fn table() -> &'static QuickMap<(u16, &'static str), Blocks> {
    static PARSED: OnceLock<QuickMap<(u16, &'static str), Blocks>> = OnceLock::new();
    PARSED.get_or_init(|| {
        let mut table: QuickMap<_, Blocks> = QuickMap::default();
        let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
        for (group, creator, parents, cells) in lines.filter_map(parse_line) {
            table.entry((group, creator)).or_default().push((parents, cells));
        }
        table
    })
}

fn parse_line(line: &'static str) -> Option<(u16, &'static str, &'static str, Vec<Cell>)> {
    let mut cells = line.split('\t');
    let (parents, group, creator) = (cells.next()?, cells.next()?, cells.next()?);
    let group = u16::from_str_radix(group, 16).ok()?;
    let cells = cells.next()?.split(' ').filter_map(|cell| {
        let low = u8::from_str_radix(cell.get(..2)?, 16).ok()?;
        let &[_, _, a, b, letter] = cell.as_bytes() else { return None };
        Some((low, [a, b], Disposition::parse(letter)?))
    });
    let mut cells: Vec<Cell> = cells.collect();
    cells.sort_unstable();
    Some((group, creator, parents, cells))
}

/// How the table writes a creator: without padding, in lower case.
pub fn canonical(creator: &str) -> Cow<'_, str> {
    let trimmed = creator.trim_matches([' ', '\0']);
    let is_plain = trimmed.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if !is_plain && trimmed.chars().any(char::is_uppercase) {
        Cow::Owned(trimmed.to_lowercase())
    } else {
        Cow::Borrowed(trimmed)
    }
}

/// Whether the table has blocks of this creator: then its name is nobody's.
pub fn is_known_creator(creator: &str) -> bool {
    static NAMES: OnceLock<HashSet<&'static str>> = OnceLock::new();
    let names = NAMES.get_or_init(|| table().keys().map(|(_, creator)| *creator).collect());
    names.contains(canonical(creator).as_ref())
}

/// What the table says of the private attribute `tag`; `None` where nobody knows it.
///
/// A nested attribute of which the table says nothing counts as one at the top level. Where the
/// table does not name the VR, as of values of VR UN, the most careful word on the element counts.
pub fn disposition(tag: Tag, vr: VR, attribute: PrivateAttribute<'_>) -> Option<Disposition> {
    let creator = canonical(attribute.creator);
    let blocks = table().get(&(tag.group(), creator.as_ref()))?;
    let low = tag.element() as u8;
    let of = |parents: &str| {
        let blocks = blocks.iter().filter(|(around, _)| *around == parents);
        let cells = blocks.flat_map(|(_, cells)| {
            let from = cells.partition_point(|cell| cell.0 < low);
            cells[from..].iter().take_while(move |cell| cell.0 == low)
        });
        in_cells(cells, tag, vr)
    };
    let is_nested = attribute.parents != ROOT;
    of(attribute.parents).or_else(|| is_nested.then(|| of(ROOT)).flatten())
}

/// The VR of a private attribute by the table, for datasets that do not say it; `None` where the
/// table does not know it, or knows several. Of several kinds of text the longest counts.
pub fn vr_of(tag: Tag, creator: &str) -> Option<VR> {
    const TEXT: [VR; 5] = [VR::SH, VR::LO, VR::ST, VR::LT, VR::UT];
    let creator = canonical(creator);
    let blocks = table().get(&(tag.group(), creator.as_ref()))?;
    let cells = blocks.iter().flat_map(|(_, cells)| cells);
    let vrs = cells
        .filter(|(low, ..)| *low == tag.element() as u8)
        .filter_map(|(_, written, _)| VR::from_binary(*written))
        .filter(|vr| !matches!(vr, VR::UN | VR::OB));
    let length = |vr: VR| TEXT.iter().position(|text| *text == vr);
    vrs.map(Some).reduce(|one, other| match (one?, other?) {
        (one, other) if one == other => Some(one),
        (one, other) => length(one).zip(length(other)).map(|(a, b)| TEXT[a.max(b)]),
    })?
}

fn in_cells<'a>(cells: impl Iterator<Item = &'a Cell>, tag: Tag, vr: VR) -> Option<Disposition> {
    let low = tag.element() as u8;
    let wanted = vr.to_bytes();
    let (mut exact, mut any) = (None, None);
    for (_, written, disposition) in cells.filter(|cell| cell.0 == low) {
        if *written == wanted {
            exact = exact.max(Some(*disposition));
        }
        any = any.max(Some(*disposition));
    }
    exact.or(any)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(tag: (u16, u16), creator: &str, vr: VR) -> Option<Disposition> {
        let attribute = PrivateAttribute { creator, parents: ROOT };
        disposition(Tag(tag.0, tag.1), vr, attribute)
    }

    #[test]
    fn every_line_of_the_table_is_read() {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#')).count();
        let blocks: usize = table().values().map(Vec::len).sum();
        let cells: usize = table().values().flatten().map(|(_, cells)| cells.len()).sum();
        assert_eq!(blocks, lines);
        assert!(lines > 600 && cells > 7_900, "{lines} {cells}");
    }

    #[test]
    fn creators_are_known_however_they_are_padded_or_written() {
        for creator in ["GEMS_PARM_01", "gems_parm_01 ", "Gems_Parm_01\0"] {
            assert_eq!(says((0x0043, 0x1027), creator, VR::SH), Some(Disposition::Keep));
            // Of another block the high byte of the element differs.
            assert_eq!(says((0x0043, 0x1127), creator, VR::SH), Some(Disposition::Keep));
        }
        assert!(is_known_creator("ELSCINT1 ") && !is_known_creator("Jane Roe"));
        assert_eq!(says((0x0045, 0x1027), "GEMS_PARM_01", VR::SH), None);
        assert_eq!(says((0x0043, 0x1027), "GEMS_PARM_99", VR::SH), None);
    }

    #[test]
    fn the_vr_is_known_where_the_table_knows_one() {
        assert_eq!(vr_of(Tag(0x0043, 0x1027), "GEMS_PARM_01"), Some(VR::LO), "LO and SH");
        assert_eq!(vr_of(Tag(0x2001, 0x1003), "Philips Imaging DD 001"), Some(VR::FL));
        assert_eq!(vr_of(Tag(0x2001, 0x1003), "nobody"), None);
    }

    #[test]
    fn without_the_vr_the_most_careful_word_counts() {
        let cells = [
            (1, *b"LO", Disposition::Keep),
            (1, *b"OB", Disposition::Remove),
            (2, *b"DA", Disposition::ShiftDate),
        ];
        let says = |element, vr| in_cells(cells.iter(), Tag(0x0009, element), vr);
        assert_eq!(says(0x1001, VR::LO), Some(Disposition::Keep));
        assert_eq!(says(0x1001, VR::UN), Some(Disposition::Remove));
        assert_eq!(says(0x1002, VR::UN), Some(Disposition::ShiftDate));
        assert_eq!(says(0x1003, VR::UN), None);
    }
}
