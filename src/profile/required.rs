//! What an IOD asks every instance to have: Types 1 and 2 of its mandatory modules.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::model::Tag;
use crate::profile::table::{AttributeType, iod_of};

const TABLE: &str = include_str!("../../assets/tables/iod_required.tsv");

type Required = Vec<(Tag, AttributeType)>;

/// The attributes at the top level that instances of a SOP Class must have, in dataset order, each
/// with its Type: the stricter one where modules differ. Empty where the IOD is not known.
pub fn required(sop_class: &str) -> &'static [(Tag, AttributeType)] {
    static BY_IOD: OnceLock<HashMap<&'static str, Required>> = OnceLock::new();
    let by_iod = BY_IOD.get_or_init(parse);
    iod_of(sop_class).and_then(|iod| by_iod.get(iod)).map_or(&[], Vec::as_slice)
}

fn parse() -> HashMap<&'static str, Required> {
    let mut modules: HashMap<&str, Required> = HashMap::new();
    let mut iods: Vec<(&'static str, Vec<&'static str>)> = Vec::new();
    for line in TABLE.lines() {
        match line.split('\t').collect::<Vec<_>>().as_slice() {
            ["I", iod, used @ ..] => iods.push((iod, used.to_vec())),
            ["M", module, cells @ ..] => {
                modules.insert(module, cells.iter().filter_map(|cell| parse_cell(cell)).collect());
            }
            _ => {}
        }
    }
    let together = |used: Vec<&str>| {
        let mut all: Required =
            used.into_iter().filter_map(|module| modules.get(module)).flatten().copied().collect();
        // The stricter Type of an attribute comes first.
        all.sort_by(|a, b| (a.0, b.1).cmp(&(b.0, a.1)));
        all.dedup_by_key(|(tag, _)| *tag);
        all
    };
    iods.into_iter().map(|(iod, used)| (iod, together(used))).collect()
}

fn parse_cell(cell: &str) -> Option<(Tag, AttributeType)> {
    let (tag, kind) = cell.split_once('=')?;
    let tag = u32::from_str_radix(tag, 16).ok()?;
    let kind = if kind == "1" { AttributeType::Type1 } else { AttributeType::Type2 };
    Some((Tag((tag >> 16) as u16, tag as u16), kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ct_image_needs_what_the_standard_says() {
        let ct = required("1.2.840.10008.5.1.4.1.1.2");
        let kind = |tag| ct.iter().find(|(found, _)| *found == tag).map(|(_, kind)| *kind);
        assert_eq!(kind(Tag(0x0018, 0x0060)), Some(AttributeType::Type2), "KVP");
        assert_eq!(kind(Tag(0x0028, 0x1052)), Some(AttributeType::Type1), "Rescale Intercept");
        assert_eq!(kind(Tag(0x0010, 0x0010)), Some(AttributeType::Type2), "Patient's Name");
        assert_eq!(kind(Tag(0x0018, 0x0010)), None, "contrast is no matter of every CT");
        assert!(ct.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(required("1.2.3").is_empty());
    }
}
